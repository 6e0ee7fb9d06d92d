/* patches.c - see patches.h. */
#include "patches.h"

#include <math.h>

#include "columns.h"
#include "rng.h"

size_t rnn_value_count(const rnn_model *model) {
    size_t n = 0;
    for (size_t k = 0; k < model->inputs; k++)
        n += rnn_input_has_words(model->input[k].kind) ? 0 : model->input[k].width;
    return n;
}

size_t rnn_patch_steps(const rnn_model *model, size_t steps) {
    size_t stride = model->sequence.patch_stride;
    return model->sequence.patch_width && steps ? (steps + stride - 1) / stride : steps;
}

size_t rnn_patch_place(const rnn_model *model, size_t patch, size_t steps) {
    const rnn_sequence_model *s = &model->sequence;
    size_t at = s->patch_width ? patch * s->patch_stride + s->patch_stride / 2 : patch;
    return at < steps ? at : steps - 1;
}

size_t rnn_patch_numbers(const rnn_model *model) {
    const rnn_sequence_model *s = &model->sequence;
    size_t values = rnn_value_count(model), columns = rnn_model_numbers(model) - values;
    if (!s->patch_width) return values + columns + s->derived;
    return values * (s->patch_width + 2) + columns;
}

void rnn_patch_scale(const real *numbers, size_t stride, size_t steps, size_t at, size_t mask,
                     double *mean, double *deviation) {
    size_t n = 0;
    double sum = 0, squares = 0;
    *mean = 0;
    *deviation = 1;
    for (size_t t = 0; t < steps; t++) {
        const real *x = numbers + t * stride;
        if (x[mask] != 0) continue;
        sum += (double)x[at];
        n++;
    }
    if (n == 0) return;
    *mean = sum / (double)n;
    for (size_t t = 0; t < steps; t++) {
        const real *x = numbers + t * stride;
        double d = (double)x[at] - *mean;
        if (x[mask] == 0) squares += d * d;
    }
    double s = sqrt(squares / (double)n);
    if (s > 1e-5 * (1 + fabs(*mean))) *deviation = s;
}

/* A value that is being read: where it is, its scale, its noise. */
typedef struct reading {
    const real *numbers;
    size_t steps, width; /* of numbers */
    size_t at, mask, value, values;
    double mean, deviation; /* what the values are read by */
    double factor;
    const rnn_patch_noise *noise;
} reading;

/* The value at a step; beyond the ends that of the first or last one. */
static real read_value(const reading *r, ptrdiff_t step) {
    size_t t = step < 0 ? 0 : (size_t)step < r->steps ? (size_t)step : r->steps - 1;
    const real *x = r->numbers + t * r->width;
    if (x[r->mask] != 0) return 0;
    double z = ((double)x[r->at] - r->mean) / r->deviation * r->factor;
    if (r->noise)
        z += r->noise->deviation[r->value] *
             rnn_normal(rnn_stream(r->noise->key, 1, 0), t * r->values + r->value);
    return (real)fmin(fmax(z, -RNN_INPUT_CUT), RNN_INPUT_CUT);
}

/* Patches of one value: to[p * ld ... + width). What a patch shares with the one before is copied. */
static void fill_value(const rnn_sequence_model *s, const reading *r, size_t column,
                       size_t sequence, rnn_batch *b) {
    ptrdiff_t before = (ptrdiff_t)(s->patch_width - s->patch_stride) / 2;
    size_t W = s->patch_width, S = s->patch_stride, patches = b->length[sequence];
    const real *last = NULL;
    for (size_t p = 0; p < patches; p++) {
        real *to = b->numbers + rnn_batch_row(b, sequence, p) * b->number_width + column;
        ptrdiff_t from = (ptrdiff_t)(p * S) - before;
        size_t j = 0;
        for (; last && j + S < W; j++) to[j] = last[j + S];
        for (; j < W; j++) to[j] = read_value(r, from + (ptrdiff_t)j);
        last = to;
    }
}

/* The share of each patch's steps that are missing. */
static void fill_missing(const rnn_sequence_model *s, const reading *r, size_t column,
                         size_t sequence, rnn_batch *b) {
    ptrdiff_t before = (ptrdiff_t)(s->patch_width - s->patch_stride) / 2;
    for (size_t p = 0; p < b->length[sequence]; p++) {
        ptrdiff_t from = (ptrdiff_t)(p * s->patch_stride) - before;
        size_t missing = 0;
        for (size_t j = 0; j < s->patch_width; j++) {
            ptrdiff_t t = from + (ptrdiff_t)j;
            size_t i = t < 0 ? 0 : (size_t)t < r->steps ? (size_t)t : r->steps - 1;
            missing += r->numbers[i * r->width + r->mask] != 0;
        }
        b->numbers[rnn_batch_row(b, sequence, p) * b->number_width + column] =
            (real)missing / (real)s->patch_width;
    }
}

/* Level and size of a series, in every patch. */
static void fill_scale(double mean, double deviation, size_t column, size_t sequence,
                       rnn_batch *b) {
    double level = fmin(fmax(mean, -RNN_INPUT_CUT), RNN_INPUT_CUT);
    double size = fmin(fmax(log(deviation), -RNN_INPUT_CUT), RNN_INPUT_CUT);
    for (size_t p = 0; p < b->length[sequence]; p++) {
        real *to = b->numbers + rnn_batch_row(b, sequence, p) * b->number_width + column;
        to[0] = (real)level;
        to[1] = (real)size;
    }
}

void rnn_patch_fill(const rnn_model *model, const real *numbers, size_t steps,
                    const rnn_patch_noise *noise, size_t sequence, rnn_batch *batch) {
    const rnn_sequence_model *s = &model->sequence;
    size_t values = rnn_value_count(model), columns = rnn_model_numbers(model) - values;
    size_t scale = values * s->patch_width + columns, to = 0;
    reading r = {.numbers = numbers,
                 .steps = steps,
                 .width = rnn_model_numbers(model),
                 .values = values,
                 .noise = noise,
                 .factor = 1};
    for (size_t k = 0; k < model->inputs; k++) {
        size_t width = model->input[k].width;
        if (rnn_input_has_words(model->input[k].kind)) continue;
        r.mask = r.at + width;
        for (; r.at < r.mask; r.at++, r.value++) {
            double mean, deviation;
            rnn_patch_scale(numbers, r.width, steps, r.at, r.mask, &mean, &deviation);
            r.mean = s->own_scale ? mean : 0;
            r.deviation = s->own_scale ? deviation : 1;
            if (noise)
                r.factor = 1 + noise->factor * rnn_normal(rnn_stream(noise->key, 2, 0), r.value);
            fill_value(s, &r, to, sequence, batch);
            fill_scale(mean, deviation, scale + 2 * r.value, sequence, batch);
            to += s->patch_width;
        }
        fill_missing(s, &r, to++, sequence, batch);
        r.at++;
    }
}
