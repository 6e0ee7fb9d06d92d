/* model_series.c - the part of a model that reads whole numeric series: patches (patches.h) and the
** linear models beside the networks (series_wide.h). */
#include "model_internal.h"
#include "patches.h"
#include "series_wide.h"

#include <math.h>

void rnn_series_section_free(rnn_model *m) {
    rnn_sequence_model *s = &m->sequence;
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) rnn_ridge_free(m->ctx, &s->ridge[p]);
    rnn_convolutions_free(s->convolutions);
}

void rnn_series_section_write(const rnn_model *m, rnn_writer *w) {
    const rnn_sequence_model *s = &m->sequence;
    rnn_write_u64(w, s->patch_width);
    rnn_write_u64(w, s->patch_stride);
    rnn_write_u8(w, s->own_scale != 0);
    rnn_write_u8(w, s->wide_series != 0);
    if (!s->wide_series) return;
    rnn_convolutions_write(s->convolutions, w);
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) rnn_ridge_write(&s->ridge[p], w);
}

rnn_status rnn_series_section_read(rnn_model *m, rnn_reader *r) {
    rnn_sequence_model *s = &m->sequence;
    s->patch_width = rnn_part_size(r, RNN_MOST_PATCH);
    s->patch_stride = rnn_part_size(r, RNN_MOST_PATCH);
    s->own_scale = rnn_part_flag(r);
    s->wide_series = rnn_part_flag(r);
    if (r->failed || s->patch_stride > s->patch_width || (s->patch_width > 0 && !s->patch_stride))
        return rnn_model_corrupt(m->ctx, "description of the series");
    if (!s->wide_series) return RNN_OK;
    rnn_status status = rnn_convolutions_read(m->ctx, r, &s->convolutions);
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS && status == RNN_OK; p++)
        status = rnn_ridge_read(m->ctx, r, &s->ridge[p]);
    return status;
}

/* The linear models are of the model's channels, features and outputs. */
static int linear_models_fit(const rnn_model *m) {
    const rnn_sequence_model *s = &m->sequence;
    if (!s->wide_series) return s->convolutions == NULL;
    if (!s->patch_width || !s->convolutions) return 0;
    if (rnn_convolutions_spec(s->convolutions)->channels != rnn_value_count(m)) return 0;
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
        const rnn_ridge *ridge = &s->ridge[p];
        size_t count = rnn_series_wide_count(m, (rnn_convolution_part)p);
        if (ridge->features != count || ridge->outputs != m->spec.outputs) return 0;
    }
    return 1;
}

/* Patches are of numbers alone, of series that have one prediction and are there as a whole. */
int rnn_series_section_fits(const rnn_model *m) {
    const rnn_sequence_model *s = &m->sequence;
    int label = m->options.task == RNN_TASK_CLASSIFY || m->options.task == RNN_TASK_REGRESS;
    int series = s->shape == RNN_SHAPE_STEPS || m->input[0].kind == RNN_INPUT_SEQUENCE;
    if (!linear_models_fit(m)) return 0;
    if (!s->patch_width) return 1;
    return label && series && !s->every && m->spec.bidirectional && rnn_model_categories(m) == 0 &&
           s->derived == 0 && (int64_t)s->patch_width == m->options.patch;
}
