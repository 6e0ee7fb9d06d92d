/* series_wide.c - see series_wide.h. */
#include "series_wide.h"

#include <math.h>
#include <string.h>

#include "patches.h"

static const double SCALE_SHARE = 0.02; /* weight of level and size among the features */

static const rnn_convolutions *convolutions(const rnn_model *m) { return m->sequence.convolutions; }

size_t rnn_series_wide_count(const rnn_model *model, rnn_convolution_part part) {
    return rnn_convolutions_count(convolutions(model), part) + 2 * rnn_value_count(model);
}

void rnn_series_wide_penalty(const rnn_model *model, rnn_convolution_part part, double *penalty) {
    size_t n = rnn_convolutions_count(convolutions(model), part),
           extra = 2 * rnn_value_count(model);
    double weight = fmax(1, SCALE_SHARE * (double)n / (double)extra);
    for (size_t j = 0; j < n + extra; j++) penalty[j] = j < n ? 1 : 1 / weight;
}

size_t rnn_series_wide_scratch(const rnn_model *model, size_t steps) {
    return rnn_value_count(model) * steps + rnn_convolutions_scratch(convolutions(model), steps);
}

/* Missing values from their neighbours, x [steps]. */
static void fill_gaps(const real *numbers, size_t stride, size_t steps, size_t mask, real *x) {
    size_t last = SIZE_MAX; /* the known step before */
    for (size_t t = 0; t < steps; t++) {
        if (numbers[t * stride + mask] != 0) continue;
        size_t gap = last == SIZE_MAX ? t : t - last - 1;
        for (size_t i = 1; i <= gap; i++) {
            real share = last == SIZE_MAX ? 1 : (real)i / (real)(gap + 1);
            real from = last == SIZE_MAX ? 0 : x[last];
            x[t - gap + i - 1] = from + share * (x[t] - from);
        }
        last = t;
    }
    for (size_t t = last == SIZE_MAX ? 0 : last + 1; t < steps; t++)
        x[t] = last == SIZE_MAX ? 0 : x[last];
}

void rnn_series_wide_channels(const rnn_model *model, const real *numbers, size_t stride,
                              size_t steps, real *channel) {
    for (size_t k = 0, at = 0, c = 0; k < model->inputs; k++) {
        size_t width = model->input[k].width, mask = at + width;
        if (rnn_input_has_words(model->input[k].kind)) continue;
        for (; at < mask; at++, c++) {
            double mean, deviation;
            real *x = channel + c * steps;
            rnn_patch_scale(numbers, stride, steps, at, mask, &mean, &deviation);
            if (!model->sequence.own_scale) {
                mean = 0;
                deviation = 1;
            }
            for (size_t t = 0; t < steps; t++)
                x[t] = (real)(((double)numbers[t * stride + at] - mean) / deviation);
            fill_gaps(numbers, stride, steps, mask, x);
        }
        at++;
    }
}

static void scale_features(const rnn_model *model, const real *numbers, size_t stride, size_t steps,
                           real *out) {
    for (size_t k = 0, at = 0; k < model->inputs; k++) {
        size_t width = model->input[k].width, mask = at + width;
        if (rnn_input_has_words(model->input[k].kind)) continue;
        for (; at < mask; at++) {
            double mean, deviation;
            rnn_patch_scale(numbers, stride, steps, at, mask, &mean, &deviation);
            *out++ = (real)mean;
            *out++ = (real)log(deviation);
        }
        at++;
    }
}

void rnn_series_wide_features(const rnn_model *model, rnn_convolution_part part,
                              const real *numbers, size_t stride, size_t steps, real *scratch,
                              real *out) {
    const rnn_channels series = {scratch, steps};
    real *rest = scratch + rnn_value_count(model) * steps;
    rnn_series_wide_channels(model, numbers, stride, steps, scratch);
    rnn_convolutions_features(convolutions(model), part, &series, rest, out);
    scale_features(model, numbers, stride, steps,
                   out + rnn_convolutions_count(convolutions(model), part));
}

void rnn_series_wide_predict(const rnn_model *model, rnn_convolution_part part, const real *numbers,
                             size_t stride, size_t steps, real *scratch, real *feature, real *out) {
    const rnn_ridge *ridge = &model->sequence.ridge[part];
    if (!convolutions(model) || !ridge->features || !steps) {
        memset(out, 0, model->spec.outputs * sizeof *out);
        return;
    }
    rnn_series_wide_features(model, part, numbers, stride, steps, scratch, feature);
    rnn_ridge_predict(ridge, feature, out);
}
