/* model_testing.h - a small forecast model with a bit of everything, made by hand: three kinds of
** columns, two series with an embedding, a calibration, a history, two networks.
*/
#ifndef RNN_MODEL_TESTING_H
#define RNN_MODEL_TESTING_H

#include "values_testing.h"

#include <math.h>

#include "calendar.h"
#include "loss.h"
#include "model.h"
#include "windows.h"

static inline void *sample_doubles(rnn_context *ctx, const double *v, size_t n) {
    double *copy = rnn_alloc_array(ctx, n, sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, v, n * sizeof *v);
    return copy;
}

static inline void sample_columns(rnn_model *m) {
    static const char *const words[3] = {"", "rain", "s\xC3\xBCn"};
    static const double mean[2] = {1.5, -2}, scale[2] = {0.5, 3};
    rnn_context *ctx = m->ctx;
    rnn_input_column *c;
    m->input = rnn_alloc_array_zero(ctx, 3, sizeof *m->input);
    assert_non_null(m->input);
    m->inputs = 3;
    c = &m->input[0];
    c->kind = RNN_INPUT_NUMBER;
    c->known_ahead = 1;
    c->width = 1;
    c->mean = sample_doubles(ctx, mean, 1);
    c->scale = sample_doubles(ctx, scale, 1);
    c = &m->input[1];
    c->kind = RNN_INPUT_CATEGORY;
    c->words = rnn_alloc_array_zero(ctx, 3, sizeof *c->words);
    c->word_bytes = rnn_alloc_array(ctx, 3, sizeof *c->word_bytes);
    c->counts = rnn_alloc_array(ctx, 3, sizeof *c->counts);
    assert_true(c->words != NULL && c->word_bytes != NULL && c->counts != NULL);
    for (; c->vocabulary < 3; c->vocabulary++) {
        size_t k = c->vocabulary;
        c->word_bytes[k] = strlen(words[k]);
        c->words[k] = rnn_strndup(ctx, words[k], c->word_bytes[k]);
        c->counts[k] = 10 * k;
    }
    c = &m->input[2];
    c->kind = RNN_INPUT_VECTOR;
    c->width = 2;
    c->mean = sample_doubles(ctx, mean, 2);
    c->scale = sample_doubles(ctx, scale, 2);
}

static inline void sample_series(rnn_model *m) {
    static const double p[3] = {0.1, 0.5, 0.9}, factor[6] = {1.1, 1, 1.2, 1.3, 1, 1.4};
    rnn_forecast_model *f = &m->forecast;
    f->style.kind = RNN_TIME_MONTH;
    f->frequency = (rnn_frequency){.unit = RNN_STEP_MONTH, .size = 1, .weekdays = 0x7f};
    f->seasons = 1;
    f->season[0] = 12;
    f->calendar = RNN_CALENDAR_MONTH_ONEHOT;
    f->recipe.log_floor = 0.5;
    f->recipe.base = (rnn_baseline){.season = 12, .level = 1, .terms = 1, .drift = 1};
    f->recipe.scale_lag = 1;
    f->recipe.scale_floor = 0.5;
    f->recipe.shrink = 0.75;
    f->integer_target = 1;
    f->nonnegative = 1;
    f->center = 3;
    f->spread = 2;
    f->series_key = rnn_alloc_array_zero(m->ctx, 2, sizeof *f->series_key);
    assert_non_null(f->series_key);
    f->series = 2;
    f->series_key[0] = (rnn_value){.type = RNN_INT, .i = 7, .d = 7};
    f->series_key[1] = (rnn_value){.type = RNN_TEXT, .p = rnn_strndup(m->ctx, "north", 5), .n = 5};
    f->calibration.count = 3;
    f->calibration.groups = 2;
    f->calibration.probability = sample_doubles(m->ctx, p, 3);
    f->calibration.factor = sample_doubles(m->ctx, factor, 6);
}

static inline void sample_options(rnn_options *o) {
    o->given[RNN_KEY_task] = 1;
    o->horizon = 3;
    o->context = 6;
    o->cell = RNN_CELL_LSTM;
    o->loss = RNN_LOSS_QUANTILE;
    o->scale = RNN_SCALE_WINDOW;
    o->hidden = 4;
    o->series_embedding = 2;
    o->quantiles.n = 3;
    o->quantiles.v[0] = 0.1;
    o->quantiles.v[1] = 0.5;
    o->quantiles.v[2] = 0.9;
}

static inline void sample_history(rnn_model *m) {
    m->history = rnn_alloc_array_zero(m->ctx, 2, sizeof *m->history);
    assert_non_null(m->history);
    m->epochs = 2;
    m->best_epoch = 2;
    for (int i = 0; i < 2; i++)
        m->history[i] = (rnn_epoch){.epoch = i + 1,
                                    .train_loss = 0.5 - 0.1 * i,
                                    .valid_loss = i == 0 ? NAN : 0.45,
                                    .metric = 0.9,
                                    .learning_rate = 0.01,
                                    .gradient_norm = 1.25,
                                    .steps_per_second = 1e6 * i,
                                    .seconds = 17 + i,
                                    .best = 1};
    m->report = (rnn_report){.rows = 100, .series = 2, .series_skipped = 1, .missing_targets = 4};
    snprintf(m->report.reason, sizeof m->report.reason, "1 series has no known target");
}

/* The model; freed with rnn_model_free. */
static inline rnn_model *sample_model(rnn_context *ctx) {
    rnn_model *m = rnn_model_create(ctx);
    rnn_net_spec *s;
    assert_non_null(m);
    sample_options(&m->options);
    sample_columns(m);
    sample_series(m);
    sample_history(m);
    s = &m->spec;
    s->cell = RNN_CELL_LSTM;
    s->layers = 1;
    s->hidden = 4;
    s->numbers = rnn_windows_width(m);
    s->categories = 2;
    s->vocabulary[0] = s->vocabulary[1] = 3;
    s->embedding[0] = s->embedding[1] = 2;
    s->skip = 1;
    s->outputs = rnn_loss_outputs(RNN_LOSS_QUANTILE, 3, 0);
    s->forget_bias = 1;
    m->member = rnn_alloc_array_zero(ctx, 2, sizeof *m->member);
    assert_non_null(m->member);
    m->members = 2;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rnn_net_create(ctx, s, &m->member[i]), RNN_OK);
        rnn_net_initialise(m->member[i], i + 1);
    }
    return m;
}

#endif
