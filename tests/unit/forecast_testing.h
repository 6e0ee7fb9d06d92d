/* forecast_testing.h - what the tests of the forecast task share: rows made by a function, a model
** learned from them, random numbers. */
#ifndef RNN_FORECAST_TESTING_H
#define RNN_FORECAST_TESTING_H

#include "series_testing.h"

#include "recipe.h"

/* Value of step t of a series; NaN: unknown. */
typedef double (*value_fn)(size_t series, size_t t);

/* Uniform in [0, 1): a function of its name (SplitMix64, Steele 2014). */
static inline double chance(uint64_t stream, uint64_t index) {
    uint64_t z = (stream << 32) + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Standard normal, Box and Muller 1958. */
static inline double gauss(uint64_t stream, uint64_t index) {
    double u = 1 - chance(stream, 2 * index), v = chance(stream, 2 * index + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static inline rnn_value int_cell(int64_t i) {
    return (rnn_value){.type = RNN_INT, .i = i, .d = (double)i};
}

static inline rnn_value real_cell(double d) {
    if (isnan(d)) return (rnn_value){.type = RNN_NULL};
    return (rnn_value){.type = RNN_FLOAT, .d = d};
}

static inline rnn_value text_cell(const char *s) {
    return (rnn_value){.type = RNN_TEXT, .p = s, .n = strlen(s)};
}

/* Rows (series, time, value) with integer times 0, 1, 2 ... */
static inline rnn_table *rows_of(rnn_context *ctx, size_t series, size_t length, value_fn value) {
    rnn_table *t = NULL;
    assert_int_equal(rnn_table_create(ctx, 3, &t), RNN_OK);
    for (size_t s = 0; s < series; s++) {
        for (size_t p = 0; p < length; p++) {
            rnn_value row[3] = {int_cell((int64_t)s), int_cell((int64_t)p), real_cell(value(s, p))};
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    return t;
}

/* Day number `day` after 2001-01-01 (a Monday) as text; buf holds 16 bytes. */
static inline const char *day_text(size_t day, char *buf) {
    rnn_civil d = rnn_civil_from_seconds(rnn_civil_seconds(2001, 1, 1) + 86400.0 * (double)day);
    snprintf(buf, 16, "%04u-%02u-%02u", (unsigned)d.year % 10000, (unsigned)d.month % 100,
             (unsigned)d.day % 100);
    return buf;
}

/* The same with a day a step. */
static inline rnn_table *daily_rows(rnn_context *ctx, size_t length, value_fn value) {
    rnn_table *t = NULL;
    char buf[16];
    assert_int_equal(rnn_table_create(ctx, 3, &t), RNN_OK);
    for (size_t p = 0; p < length; p++) {
        rnn_value row[3] = {int_cell(0), text_cell(day_text(p, buf)), real_cell(value(0, p))};
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    return t;
}

/* Options where nothing is open that tests depend on, small and fast. */
static inline rnn_options small_options(void) {
    rnn_options o;
    memset(&o, 0, sizeof o);
    rnn_options_default(&o);
    o.hidden = 6;
    o.ensemble = 1;
    o.epochs = 3;
    o.threads = 1;
    o.given[RNN_KEY_epochs] = 1;
    return o;
}

static inline void set_seasons(rnn_options *o, size_t n, const double *season) {
    o->given[RNN_KEY_season] = 1;
    o->season.n = n;
    for (size_t i = 0; i < n; i++) o->season.v[i] = season[i];
}

/* Learn the columns from f->rows and build the series; the model has the fixture's options. */
static inline void learn_rows(fixture *f, rnn_table *rows) {
    f->rows = rows;
    f->model = rnn_model_create(&f->ctx);
    assert_non_null(f->model);
    f->model->options = f->options;
    rnn_status status = rnn_series_learn(&f->ctx, TRAIN, rows, &f->options, f->model);
    if (status == RNN_OK) status = rnn_series_build(&f->ctx, TRAIN, rows, f->model, &f->set);
    if (status != RNN_OK) fail_msg("%s", f->ctx.message);
}

/* Choose the recipe from the first `end` steps of each series (0: all known ones). */
static inline void choose(fixture *f, size_t end) {
    size_t ends[512];
    assert_true(f->set.count <= 512);
    for (size_t s = 0; s < f->set.count; s++) {
        ends[s] = end && end < f->set.series[s].known ? end : f->set.series[s].known;
    }
    rnn_status status = rnn_recipe_choose(&f->ctx, &f->set, ends, f->model);
    if (status != RNN_OK) fail_msg("%s", f->ctx.message);
}

#endif
