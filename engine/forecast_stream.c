/* forecast_stream.c - rows and forecasts of a stream; see forecast_stream.h. */
#include "forecast_stream_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibrate.h"
#include "cells.h"
#include "grid.h"

enum { LEAST_ROOM = 64, ANNIVERSARY_DAYS = 5 * 366 + 28 };

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

size_t rnn_forecast_stream_reach(const rnn_model *model) {
    const rnn_forecast_model *f = &model->forecast;
    const rnn_baseline *b = &f->recipe.base;
    const rnn_series none = {0};
    size_t past = larger(2 * b->season, f->recipe.scale_lag);
    past = larger(past, (b->terms + 1) * b->season);
    for (size_t i = 0; i < f->seasons; i++) past = larger(past, 4 * f->season[i]);
    if (f->recipe.mixture) past = larger(past, rnn_smoothing_reach(b->season));
    if (f->recipe.mixture) past = larger(past, 2 * rnn_paths_long_season(model, &none));
    if (f->recipe.annual) past = larger(past, RNN_ANNUAL_DATE + 7);
    if (f->recipe.anniversary) past = larger(past, ANNIVERSARY_DAYS);
    return (size_t)model->options.context + (size_t)model->options.horizon + b->level + past +
           RNN_RECENT + 2;
}

/* ---- memory ---- */

/* *p grows to n elements; others than the old ones are undefined. */
static rnn_status grow_array(rnn_context *ctx, void *p, uint64_t n, size_t size) {
    void *old, *wider;
    uint64_t bytes;
    memcpy(&old, p, sizeof old);
    if (rnn_mul_overflow(n, size, &bytes)) bytes = UINT64_MAX;
    wider = rnn_realloc(ctx, old, bytes);
    if (!wider) return ctx->status;
    memcpy(p, &wider, sizeof wider);
    return RNN_OK;
}

void rnn_tail_missing(rnn_forecast_stream *s, size_t p, size_t n) {
    size_t width = s->set.number_width, categories = s->set.categories;
    if (categories) memset(s->series.ids + p * categories, 0, n * categories * sizeof(uint32_t));
    if (!width) return;
    memset(s->series.numbers + p * width, 0, n * width * sizeof(real));
    for (size_t k = 0; k < s->model->inputs; k++) {
        rnn_input_place place = rnn_series_input(s->model, k);
        real *mask = s->series.numbers + p * width + place.first + place.width;
        for (size_t i = 0; i < n && !place.category; i++) mask[i * width] = 1;
    }
}

rnn_status rnn_tail_room(rnn_forecast_stream *s, size_t room) {
    rnn_context *ctx = s->ctx;
    rnn_series *r = &s->series;
    rnn_track *t = rnn_tail_track(s);
    uint64_t n = (uint64_t)room + s->ahead;
    rnn_status status = grow_array(ctx, &r->target, n, sizeof *r->target);
    if (status == RNN_OK) status = grow_array(ctx, &r->time, n, sizeof *r->time);
    if (status == RNN_OK && s->set.number_width)
        status = grow_array(ctx, &r->numbers, n, s->set.number_width * sizeof *r->numbers);
    if (status == RNN_OK && s->set.categories)
        status = grow_array(ctx, &r->ids, n, s->set.categories * sizeof *r->ids);
    if (status == RNN_OK) status = grow_array(ctx, &t->z, n, sizeof *t->z);
    if (status == RNN_OK) status = grow_array(ctx, &t->sum, n + 1, sizeof *t->sum);
    if (status == RNN_OK) status = grow_array(ctx, &t->moves, n + 1, sizeof *t->moves);
    if (status == RNN_OK && t->effect) status = grow_array(ctx, &t->effect, n, sizeof *t->effect);
    if (status) return status;
    for (size_t p = 0; p < n; p++) r->target[p] = NAN; /* windows ask for it, and nobody else */
    s->room = room;
    rnn_tail_missing(s, t->known, s->ahead);
    return RNN_OK;
}

static void drop_front(rnn_forecast_stream *s, size_t n) {
    rnn_track *t = rnn_tail_track(s);
    rnn_series *r = &s->series;
    size_t left = t->known - n, width = s->set.number_width, categories = s->set.categories;
    /* The drift's first season, before it is gone. */
    if (t->before == 0) t->head = t->sum[s->model->forecast.recipe.base.season];
    t->before += n;
    t->known = left;
    t->first = t->first > n ? t->first - n : 0;
    s->first_positive = s->first_positive > n ? s->first_positive - n : 0;
    memmove(t->z, t->z + n, left * sizeof *t->z);
    memmove(t->sum, t->sum + n, (left + 1) * sizeof *t->sum);
    memmove(t->moves, t->moves + n, (left + 1) * sizeof *t->moves);
    if (t->effect) memmove(t->effect, t->effect + n, left * sizeof *t->effect);
    memmove(r->time, r->time + n, left * sizeof *r->time);
    if (width)
        memmove(r->numbers, r->numbers + n * width, (left + s->ahead) * width * sizeof(real));
    if (categories)
        memmove(r->ids, r->ids + n * categories, (left + s->ahead) * categories * sizeof(uint32_t));
}

/* Room for one more position. */
static rnn_status reserve(rnn_forecast_stream *s) {
    rnn_track *t = rnn_tail_track(s);
    if (t->known < s->room) return RNN_OK;
    if (s->room < 2 * s->reach) {
        size_t room = s->room ? 2 * s->room : LEAST_ROOM;
        return rnn_tail_room(s, room < 2 * s->reach ? room : 2 * s->reach);
    }
    drop_front(s, t->known - s->reach);
    return RNN_OK;
}

/* A scorer for windows of the tail as it is. */
static rnn_status prepare_scorer(rnn_forecast_stream *s) {
    rnn_windows *w = s->windows;
    size_t context = rnn_tail_track(s)->known < w->context ? rnn_tail_track(s)->known : w->context;
    if (context + w->ahead <= s->scorer_steps) return RNN_OK;
    size_t wanted = 2 * context < w->context ? 2 * context : w->context;
    rnn_scorer_free(s->scorer);
    s->scorer = NULL;
    s->scorer_steps = 0;
    w->sampler.max_steps = wanted + w->ahead;
    rnn_status status = rnn_scorer_create(s->ctx, s->model->member, s->model->members, NULL,
                                          &w->sampler, 1, 0, &s->scorer);
    if (status == RNN_OK) s->scorer_steps = wanted + w->ahead;
    return status;
}

static rnn_status prepare(rnn_forecast_stream *s) {
    rnn_context *ctx = s->ctx;
    const rnn_model *m = s->model;
    s->set.ctx = ctx;
    s->set.style = m->forecast.style;
    s->set.count = 1;
    s->set.series = &s->series;
    s->set.number_width = rnn_series_number_width(m);
    s->set.categories = rnn_series_categories(m);
    s->reach = rnn_forecast_stream_reach(m);
    rnn_status status = rnn_windows_create(ctx, &s->set, m, NULL, &s->windows);
    if (status) return status;
    rnn_windows_shorten(s->windows, 1);
    s->ahead = s->windows->ahead;
    s->vector = rnn_alloc_array(ctx, rnn_cells_widest(m), sizeof *s->vector);
    if (s->vector) s->row_numbers = rnn_alloc_array(ctx, s->set.number_width, sizeof(real));
    if (s->row_numbers) s->row_ids = rnn_alloc_array(ctx, s->set.categories, sizeof(uint32_t));
    status = s->row_ids ? rnn_tail_room(s, LEAST_ROOM) : ctx->status;
    if (status == RNN_OK) status = rnn_model_fingerprint(ctx, m, &s->fingerprint);
    if (status == RNN_OK) rnn_forecast_stream_reset(s);
    return status;
}

rnn_status rnn_forecast_stream_create(rnn_context *ctx, const rnn_model *model,
                                      rnn_forecast_stream **out) {
    *out = NULL;
    rnn_forecast_stream *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->model = model;
    rnn_status status = prepare(s);
    if (status == RNN_OK) {
        *out = s;
    } else {
        rnn_forecast_stream_free(s);
    }
    return status;
}

void rnn_forecast_stream_free(rnn_forecast_stream *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    rnn_scorer_free(s->scorer);
    rnn_windows_free(s->windows);
    rnn_free(ctx, s->series.target);
    rnn_free(ctx, s->series.time);
    rnn_free(ctx, s->series.numbers);
    rnn_free(ctx, s->series.ids);
    rnn_free(ctx, s->vector);
    rnn_free(ctx, s->row_numbers);
    rnn_free(ctx, s->row_ids);
    rnn_free(ctx, s);
}

void rnn_forecast_stream_reset(rnn_forecast_stream *s) {
    rnn_track *t = rnn_tail_track(s);
    t->known = t->first = t->before = 0;
    t->wild = (rnn_wild){0, 0, 0, 0, 0};
    t->sum[0] = t->moves[0] = t->head = 0;
    t->floor = s->model->forecast.recipe.log_floor;
    s->series.origin = s->last_time = s->last = 0;
    s->untimed = s->known = s->positive = s->has_last = 0;
    s->rows = 0;
    s->first_positive = 0;
    rnn_tail_missing(s, 0, s->ahead);
}

uint64_t rnn_forecast_stream_rows(const rnn_forecast_stream *s) { return s->rows; }

/* ---- forecasts ---- */

typedef struct collecting {
    const rnn_forecast_stream *s;
    const real *out;
    double forecast;
} collecting;

static void collect_output(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    collecting *c = arg;
    const rnn_model *m = c->s->model;
    double q[RNN_MAX_LIST];
    (void)item;
    if (k != 1) return;
    rnn_calibrate_quantiles(c->s->windows, at, k, c->out + output * m->spec.outputs, q);
    c->forecast = rnn_calibrate_between(m, q, 0.5);
}

static void collect_batch(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    collecting *c = arg;
    c->out = out;
    rnn_windows_visit(c->s->windows, 1, item, batch, collect_output, c);
}

double rnn_tail_time_at(const rnn_forecast_stream *s, size_t p) {
    const rnn_track *t = rnn_tail_track(s);
    rnn_frequency f = s->model->forecast.frequency;
    if (s->untimed) return (double)(t->before + p);
    if (f.unit != RNN_STEP_ROW)
        return rnn_frequency_time(&f, s->series.origin, (int64_t)(t->before + p));
    return rnn_frequency_time(&f, s->last_time, (int64_t)p - (int64_t)t->known + 1);
}

/* Forecast of position p <= known from the p positions before it. */
static rnn_status forecast_position(rnn_forecast_stream *s, size_t p, double *forecast) {
    const rnn_track *t = rnn_tail_track(s);
    collecting c = {s, NULL, NAN};
    *forecast = NAN;
    if (!s->known || p <= t->first) return RNN_OK;
    if (s->model->forecast.recipe.log && (!s->positive || p <= s->first_positive)) return RNN_OK;
    rnn_status status = prepare_scorer(s);
    if (status) return status;
    for (size_t k = t->known; k < t->known + s->ahead; k++)
        s->series.time[k] = rnn_tail_time_at(s, k);
    s->series.known = t->known;
    s->series.length = t->known + s->ahead;
    s->window = (rnn_window){0, (int64_t)p - 1};
    status = rnn_windows_set_list(s->windows, &s->window, 1);
    if (status) return status;
    status = rnn_scorer_run(s->scorer, 1, NULL, 0, 1, collect_batch, &c);
    if (status == RNN_OK && isfinite(c.forecast)) *forecast = c.forecast;
    return status;
}

rnn_status rnn_forecast_stream_last(rnn_forecast_stream *s, double *forecast) {
    rnn_status status = RNN_OK;
    if (!s->has_last && s->rows > 0) {
        status = forecast_position(s, rnn_tail_track(s)->known - 1, &s->last);
        s->has_last = status == RNN_OK;
    }
    *forecast = s->has_last ? s->last : NAN;
    return status;
}

rnn_status rnn_forecast_stream_next(rnn_forecast_stream *s, double *forecast) {
    return forecast_position(s, rnn_tail_track(s)->known, forecast);
}

/* ---- rows ---- */

/* A row before anything of it is kept. */
typedef struct incoming {
    double time, target;
    int untimed;
    size_t skipped; /* steps between the row before and this one */
} incoming;

static rnn_status fail_time(const rnn_forecast_stream *s, const char *function,
                            const rnn_value *time, const char *problem) {
    char shown[RNN_VALUE_LABEL], before[RNN_VALUE_LABEL], buf[RNN_TIME_TEXT_BYTES];
    rnn_value last = rnn_time_format(&s->set.style, s->last_time, buf, sizeof buf);
    return rnn_fail(s->ctx, RNN_DATA, "%s: the time is %s, the row before it has %s; %s", function,
                    rnn_value_print(time, shown, sizeof shown),
                    rnn_value_print(&last, before, sizeof before), problem);
}

/* The time as a number; its form is that of the training rows. */
static rnn_status parse_time(rnn_forecast_stream *s, const char *function, const rnn_value *time,
                             incoming *in) {
    rnn_context *ctx = s->ctx;
    rnn_time_style style = s->model->forecast.style, own;
    char shown[RNN_VALUE_LABEL];
    in->untimed = time->type == RNN_NULL;
    in->time = 0;
    if (s->rows > 0 && in->untimed != s->untimed)
        return rnn_fail(ctx, RNN_DATA,
                        "%s: the time is %s, but those of the rows before it are %s; give every "
                        "row of a series a time, or none",
                        function, rnn_value_print(time, shown, sizeof shown),
                        s->untimed ? "NULL" : "not NULL");
    if (in->untimed) return RNN_OK;
    if (style.kind == RNN_TIME_ORDER)
        return rnn_fail(ctx, RNN_DATA,
                        "%s: the time is %s, but the model was trained on rows without times; pass "
                        "NULL",
                        function, rnn_value_print(time, shown, sizeof shown));
    rnn_status status = rnn_time_parse(ctx, time, &in->time, &own);
    if (status == RNN_OK) status = rnn_time_merge(ctx, &style, &own, time);
    if (status)
        return rnn_fail(ctx, status, "%s: the time is not of the form of the training rows: %s",
                        function, ctx->message);
    if (own.kind == style.kind) {
        style.zone = own.zone;
        style.offset = own.offset;
    }
    s->set.style = style; /* for messages */
    return RNN_OK;
}

/* How far, in steps, the time lies behind grid position p. */
static double steps_off(const rnn_forecast_stream *s, double time, int64_t p) {
    const rnn_frequency *f = &s->model->forecast.frequency;
    double here = rnn_frequency_time(f, s->series.origin, p),
           next = rnn_frequency_time(f, s->series.origin, p + 1);
    return (time - here) / (next - here);
}

/* Steps between the last row and this one. */
static rnn_status place_row(const rnn_forecast_stream *s, const char *function,
                            const rnn_value *time, incoming *in) {
    const rnn_frequency *f = &s->model->forecast.frequency;
    const rnn_track *t = rnn_tail_track(s);
    char step[RNN_FREQUENCY_TEXT_BYTES], problem[256];
    in->skipped = 0;
    if (s->rows == 0 || in->untimed) return RNN_OK;
    if (!(in->time > s->last_time))
        return fail_time(s, function, time, "rows come in ascending time");
    if (f->unit == RNN_STEP_ROW) return RNN_OK;
    int64_t last = (int64_t)(t->before + t->known) - 1,
            p = rnn_frequency_position(f, s->series.origin, in->time, NULL);
    if (p == last && steps_off(s, in->time, p) >= RNN_GRID_OFF_STEP) p++;
    rnn_frequency_print(f, step, sizeof step);
    if (p <= last) {
        snprintf(problem, sizeof problem,
                 "both fall on one step of \"%s\"; train with a shorter step in \"frequency\" or "
                 "with \"gaps\":\"skip\", or aggregate the rows",
                 step);
        return fail_time(s, function, time, problem);
    }
    uint64_t skipped = (uint64_t)(p - last) - 1, rows = s->rows < t->known ? s->rows : t->known,
             most = RNN_GRID_FREE + (uint64_t)RNN_GRID_SPARSE * rows;
    if (skipped > most) {
        snprintf(problem, sizeof problem,
                 "that is %llu steps of \"%s\" later, more than the %llu that are filled; start a "
                 "new series",
                 (unsigned long long)skipped + 1, step, (unsigned long long)most);
        return fail_time(s, function, time, problem);
    }
    if (skipped > 0 && s->model->options.gaps == RNN_GAPS_ERROR)
        return fail_time(s, function, time,
                         "steps between them have no row, and \"gaps\" is \"error\": add the "
                         "rows, or train with \"gaps\":\"fill\" or \"skip\"");
    in->skipped = (size_t)skipped;
    return RNN_OK;
}

/* A lower value than any before tells values apart that stood on the floor. */
static void lower_floor(rnn_forecast_stream *s, double y) {
    const rnn_recipe *r = &s->model->forecast.recipe;
    rnn_track *t = rnn_tail_track(s);
    if (!r->log || !(y > 0) || !(0.1 * y < t->floor)) return;
    double old = log(t->floor);
    t->floor = 0.1 * y;
    size_t known = t->known, p = 0;
    while (p < known && t->z[p] != old) p++;
    for (t->known = p; t->known < known;) {
        double z = t->z[t->known];
        rnn_track_append(r, t, z == old ? log(t->floor) : z);
    }
}

/* The first known target: what precedes it takes its value. */
static void begin_values(rnn_forecast_stream *s, double z) {
    rnn_track *t = rnn_tail_track(s);
    const rnn_recipe *r = &s->model->forecast.recipe;
    size_t known = t->known, head = t->before + known;
    t->sum[0] = z * (double)t->before;
    t->moves[0] = 0;
    for (t->known = 0; t->known < known;) rnn_track_append(r, t, z);
    if (head > r->base.season) head = r->base.season;
    t->head = z * (double)head;
    t->first = known;
    s->known = 1;
}

/* A position behind the tail: y NaN is unknown. There is room for it. */
static void append(rnn_forecast_stream *s, double y) {
    const rnn_forecast_model *f = &s->model->forecast;
    rnn_track *t = rnn_tail_track(s);
    size_t p = t->known;
    double z = 0;
    if (f->recipe.careful && rnn_wild_next(&t->wild, y)) y = NAN;
    if (!isnan(y)) {
        lower_floor(s, y);
        z = rnn_recipe_transform(&f->recipe, t, y);
        if (!s->known) begin_values(s, z);
    } else if (s->known) {
        z = rnn_track_filled(f, t);
    }
    rnn_track_append(&f->recipe, t, z);
    if (y > 0 && !s->positive) {
        s->positive = 1;
        s->first_positive = p;
    }
    s->series.time[p] = rnn_tail_time_at(s, p);
    rnn_tail_missing(s, p + s->ahead, 1);
}

static rnn_status read_row(rnn_forecast_stream *s, const char *function, const rnn_value *row,
                           size_t n, incoming *in) {
    const rnn_model *m = s->model;
    if (n != m->inputs + 2)
        return rnn_fail(s->ctx, RNN_DATA,
                        "%s: %zu values for a row; the model was trained with a time, a target and "
                        "%zu input%s",
                        function, n, m->inputs, m->inputs == 1 ? "" : "s");
    rnn_status status = parse_time(s, function, &row[0], in);
    if (status == RNN_OK) status = rnn_cells_target(s->ctx, function, &row[1], &in->target);
    if (status == RNN_OK)
        status =
            rnn_cells_read(s->ctx, function, m, row + 2, s->vector, s->row_numbers, s->row_ids);
    if (status == RNN_OK) status = place_row(s, function, &row[0], in);
    if (status == RNN_OK &&
        rnn_tail_track(s)->before + rnn_tail_track(s)->known + in->skipped >= RNN_STREAM_STEPS)
        status = fail_time(s, function, &row[0], "that is too far from where the series began");
    return status;
}

static void write_inputs(rnn_forecast_stream *s, size_t p) {
    size_t width = s->set.number_width, categories = s->set.categories;
    if (width) memcpy(s->series.numbers + p * width, s->row_numbers, width * sizeof(real));
    if (categories)
        memcpy(s->series.ids + p * categories, s->row_ids, categories * sizeof(uint32_t));
}

rnn_status rnn_forecast_stream_push(rnn_forecast_stream *s, const char *function,
                                    const rnn_value *row, size_t n) {
    incoming in;
    rnn_status status = read_row(s, function, row, n, &in);
    if (status) return status;
    if (s->rows == 0) {
        s->untimed = in.untimed;
        s->series.origin = in.time;
    }
    for (size_t i = 0; i < in.skipped && status == RNN_OK; i++) {
        status = reserve(s);
        if (status == RNN_OK) append(s, NAN);
        if (status == RNN_OK && i % 4096 == 4095) status = rnn_check(s->ctx);
    }
    if (status == RNN_OK) status = reserve(s);
    if (status) return status;
    size_t p = rnn_tail_track(s)->known;
    write_inputs(s, p);
    s->rows++;
    s->has_last = 0;
    if (isnan(in.target)) {
        /* The forecast stands in for it; `last` is asked for often enough to keep it. */
        status = forecast_position(s, p, &s->last);
        if (status) return status;
        s->has_last = 1;
        in.target = s->last;
    }
    s->last_time = in.time;
    append(s, in.target);
    return RNN_OK;
}
