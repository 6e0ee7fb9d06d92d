/* forecast.c - see forecast.h. */
#include "forecast.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"
#include "calibrate.h"
#include "json.h"
#include "metrics.h"
#include "trainer.h"

enum { JOBS = 256, BATCH = 32 }; /* origins computed at a time */

/* One forecast: a series and an origin. */
typedef struct job {
    size_t series;
    int64_t origin;     /* last position known; -1: nothing is */
    const char *status; /* "ok" or why not */
} job;

struct rnn_forecaster {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model; /* borrowed, or `refitted`, or `bound` */
    rnn_model *refitted, *bound;
    const rnn_table *rows;
    rnn_options options;
    int backtest;
    size_t horizon, quantiles; /* H steps asked for; quantiles of each */
    rnn_series_set set;
    rnn_pool *pool;
    rnn_windows *windows; /* over `set`, for forecasts within the trained horizon; of this round */
    rnn_scorer *scorer;
    job *jobs;
    size_t job_count, chunk_start, chunk_count, refit_round;
    double *q;                  /* [JOBS x H x quantiles] */
    double *base;               /* [JOBS x H] the baseline, in the data's units */
    size_t next_job, next_step; /* the row that comes next; steps from 0 */
    char series_time[48], origin_time[48], *json;
    size_t json_size;
};

static int has_positive(const rnn_series *s) {
    for (size_t p = 0; p < s->known; p++) {
        if (s->target[p] > 0) return 1;
    }
    return 0;
}

/* Origins of series s: its last known step, or for backtests `origins` ones, the last of them
** `horizon` before the end. */
static void add_jobs(rnn_forecaster *f, size_t s, size_t round) {
    const rnn_series *series = &f->set.series[s];
    int64_t first = 0; /* known target: before it there is nothing to forecast from */
    while (first < (int64_t)series->known && isnan(series->target[first])) first++;
    size_t origins = f->backtest ? (size_t)f->options.origins : 1, i = 0;
    /* Origins before the series begins are passed over without looking at each. */
    int64_t past = (int64_t)series->known - 1 - (int64_t)f->horizon - first;
    size_t fit = past >= 0 ? (size_t)(past / f->options.stride) + 1 : 1;
    if (f->backtest && origins > fit) i = origins - fit;
    for (; i < origins; i++) {
        if (f->options.refit && i != round) continue;
        job j = {s, (int64_t)series->known - 1, "ok"};
        if (f->backtest)
            j.origin -= (int64_t)f->horizon + (int64_t)(origins - 1 - i) * f->options.stride;
        /* Nothing is known, or this series is younger than that origin: one row in all. */
        if (j.origin < first) {
            if (i + 1 < origins) continue;
            j.origin = -1;
            j.status = series->known == 0 ? "no known target" : "shorter than the horizon";
        } else if (f->model->forecast.recipe.log && !has_positive(series)) {
            j.origin = -1;
            j.status = "no value above zero, which a model of logarithms needs";
        }
        f->jobs[f->job_count++] = j;
    }
}

static void drop_windows(rnn_forecaster *f) {
    rnn_scorer_free(f->scorer);
    rnn_windows_free(f->windows);
    f->scorer = NULL;
    f->windows = NULL;
}

static rnn_status list_jobs(rnn_forecaster *f) {
    rnn_status status = RNN_OK;
    drop_windows(f);
    f->job_count = 0;
    for (size_t s = 0; s < f->set.count && status == RNN_OK; s++) {
        add_jobs(f, s, f->refit_round);
        if (s % 256 == 0) status = rnn_check(f->ctx);
    }
    f->chunk_start = f->chunk_count = f->next_job = f->next_step = 0;
    return status;
}

/* Options that came with the pretrained network, for data that may ask for another. */
static void reopen(rnn_options *o) {
    if (o->given[RNN_KEY_pretrained]) return;
    if (o->pretrained == 1) {
        if (!o->given[RNN_KEY_hidden]) o->hidden = 0;
        if (!o->given[RNN_KEY_ensemble]) o->ensemble = 0;
        if (!o->given[RNN_KEY_batch]) o->batch = 0;
        if (!o->given[RNN_KEY_epochs]) o->epochs = 0;
    }
    o->pretrained = -1;
}

/* Train anew on what precedes origin number `refit_round`. */
static rnn_status refit(rnn_forecaster *f) {
    size_t after = (size_t)f->options.origins - 1 - f->refit_round;
    size_t holdback = f->horizon + after * (size_t)f->options.stride;
    rnn_trainer *t = NULL;
    rnn_epoch epoch;
    uint8_t *bytes = NULL;
    size_t size;
    rnn_options options = f->model->options;
    options.threads = f->options.threads;
    reopen(&options);
    rnn_status status =
        rnn_trainer_create(f->ctx, f->function, f->rows, &options, NULL, holdback, &t);
    while (status == RNN_OK) status = rnn_trainer_step(t, &epoch);
    if (status == RNN_DONE) status = rnn_trainer_model(t, 1, &bytes, &size);
    rnn_trainer_free(t);
    rnn_model *model = NULL;
    if (status == RNN_OK) status = rnn_model_read(f->ctx, bytes, size, &model);
    rnn_free(f->ctx, bytes);
    if (status) return status;
    rnn_model_free(f->refitted);
    f->model = f->refitted = model;
    /* The new model's scalers and vocabularies are its own. */
    drop_windows(f);
    rnn_series_set_free(&f->set);
    return rnn_series_build(f->ctx, f->function, f->rows, f->model, &f->set);
}

/* A backtest has something to forecast unless nothing is known at all; refitting starts at the
** first origin that leaves enough to train on. */
static rnn_status check_length(rnn_forecaster *f) {
    size_t longest = 0, least = (size_t)f->model->options.horizon + 2;
    for (size_t s = 0; s < f->set.count; s++) {
        longest = f->set.series[s].known > longest ? f->set.series[s].known : longest;
    }
    if (f->backtest && longest > 0 && longest <= f->horizon) {
        return rnn_fail(f->ctx, RNN_DATA,
                        "%s: horizon %zu needs a series of at least %zu steps; the longest has "
                        "%zu; lower horizon or give "
                        "more rows",
                        f->function, f->horizon, f->horizon + 1, longest);
    }
    while (f->options.refit && f->refit_round + 1 < (size_t)f->options.origins &&
           longest <
               least + f->horizon +
                   ((size_t)f->options.origins - 1 - f->refit_round) * (size_t)f->options.stride) {
        f->refit_round++;
    }
    return RNN_OK;
}

static rnn_status prepare(rnn_forecaster *f) {
    rnn_context *ctx = f->ctx;
    rnn_status status = RNN_OK;
    if (f->model->forecast.recipe.any_step) {
        status = rnn_bind(ctx, f->function, f->model, f->rows, f->options.horizon, &f->bound);
        f->options.refit = 0; /* there is nothing to train */
        if (status == RNN_OK) f->model = f->bound;
    }
    if (!f->options.horizon) f->options.horizon = f->model->options.horizon;
    if (!f->options.stride) f->options.stride = f->options.horizon;
    f->horizon = (size_t)f->options.horizon;
    if (status == RNN_OK) status = rnn_series_build(ctx, f->function, f->rows, f->model, &f->set);
    if (status == RNN_OK) status = check_length(f);
    if (status == RNN_OK) status = rnn_pool_create(ctx, (size_t)f->options.threads, &f->pool);
    if (status == RNN_OK && f->options.refit) status = refit(f);
    if (status) return status;
    uint64_t jobs = 0;
    for (size_t s = 0; s < f->set.count; s++) {
        /* An origin a step at most, or a row that says why there is none. */
        uint64_t most = (uint64_t)f->set.series[s].known + 1,
                 origins = (uint64_t)f->options.origins;
        jobs += !f->backtest ? 1 : origins < most ? origins : most;
    }
    f->jobs = rnn_alloc_array(ctx, jobs, sizeof *f->jobs);
    if (f->jobs) {
        f->q = rnn_alloc_array(ctx, (jobs < JOBS ? jobs : JOBS) * f->horizon,
                               f->quantiles * sizeof *f->q);
    }
    f->json_size = f->quantiles * 48 + 8;
    if (f->q)
        f->base = rnn_alloc_array(ctx, (jobs < JOBS ? jobs : JOBS) * f->horizon, sizeof *f->base);
    if (f->base) f->json = rnn_alloc(ctx, f->json_size);
    if (!f->json) return ctx->status;
    return list_jobs(f);
}

rnn_status rnn_forecaster_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                 const rnn_table *rows, const rnn_options *options, int backtest,
                                 rnn_forecaster **out) {
    *out = NULL;
    rnn_forecaster *f = rnn_alloc_zero(ctx, sizeof *f);
    if (!f) return ctx->status;
    f->ctx = ctx;
    f->function = function;
    f->model = model;
    f->rows = rows;
    f->options = *options;
    f->backtest = backtest;
    if (!backtest) f->options.refit = 0;
    f->quantiles = model->options.quantiles.n;
    rnn_status status = prepare(f);
    if (status == RNN_OK) {
        *out = f;
    } else {
        rnn_forecaster_free(f);
    }
    return status;
}

void rnn_forecaster_free(rnn_forecaster *f) {
    if (!f) return;
    rnn_context *ctx = f->ctx;
    drop_windows(f);
    rnn_series_set_free(&f->set);
    rnn_pool_free(f->pool);
    rnn_model_free(f->refitted);
    rnn_unbind(f->bound);
    rnn_free(ctx, f->jobs);
    rnn_free(ctx, f->q);
    rnn_free(ctx, f->base);
    rnn_free(ctx, f->json);
    rnn_free(ctx, f);
}

/* Where the outputs of a scoring run go: slot[item] is the job's place in the chunk, at `first`
** steps after its own origin. */
typedef struct collecting {
    rnn_forecaster *f;
    const rnn_windows *windows;
    const size_t *slot;
    size_t first;
    const real *out;
} collecting;

static void collect_output(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    collecting *c = arg;
    rnn_forecaster *f = c->f;
    size_t step = c->first + (size_t)k - 1, n = f->quantiles;
    if (step >= f->horizon) return;
    double *q = f->q + (c->slot[item] * f->horizon + step) * n;
    rnn_calibrate_quantiles(c->windows, at, k, c->out + output * f->model->spec.outputs, q);
    rnn_window_scale scale = rnn_windows_scale(c->windows, at);
    double base = scale.level + scale.unit * rnn_windows_base(c->windows, at, scale, k);
    f->base[c->slot[item] * f->horizon + step] =
        rnn_recipe_restore(&f->model->forecast.recipe, base);
    if (c->first == 0) return;
    /* Behind the first block the point forecasts stand in for values: what they are off by at its
    ** end adds to every step's own spread, as independent errors do. */
    const double *end = f->q + (c->slot[item] * f->horizon + c->first - 1) * n;
    double median = rnn_calibrate_between(f->model, q, 0.5),
           before = rnn_calibrate_between(f->model, end, 0.5);
    for (size_t i = 0; i < n; i++) {
        double own = q[i] - median, past = end[i] - before;
        q[i] = own + past < 0 ? median - hypot(own, past) : median + hypot(own, past);
        if (f->model->forecast.nonnegative && q[i] < 0) q[i] = 0;
    }
}

static void collect_batch(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    collecting *c = arg;
    c->out = out;
    rnn_windows_visit(c->windows, 1, item, batch, collect_output, c);
}

/* Score the list of `w` into the chunk's quantiles. */
static rnn_status score_list(rnn_forecaster *f, rnn_windows *w, rnn_scorer *scorer,
                             const rnn_window *list, const size_t *slot, size_t n, size_t first) {
    collecting c = {f, w, slot, first, NULL};
    rnn_status status = rnn_windows_set_list(w, list, n);
    return status ? status : rnn_scorer_run(scorer, 1, NULL, 0, n, collect_batch, &c);
}

static rnn_status create_scorer(rnn_forecaster *f, rnn_windows *w, rnn_scorer **out) {
    return rnn_scorer_create(f->ctx, f->model->member, f->model->members, f->pool, &w->sampler,
                             BATCH, 0, out);
}

/* A set in which each job of the chunk is a series of its own that ends at its origin and has room
** to grow: for forecasts past the trained horizon, which continue from their own medians. */
typedef struct continuation {
    rnn_series_set set;
    double *target;
    rnn_window *list;
    size_t *slot, *ends;
} continuation;

static void continuation_free(rnn_context *ctx, continuation *c) {
    rnn_free(ctx, c->set.series);
    rnn_free(ctx, c->target);
    rnn_free(ctx, c->list);
    rnn_free(ctx, c->slot);
    rnn_free(ctx, c->ends);
}

static rnn_status continuation_create(rnn_forecaster *f, size_t block, continuation *c) {
    rnn_context *ctx = f->ctx;
    /* The last block's windows may reach past the horizon. */
    size_t total = 0, n = 0, room = (f->horizon + block - 1) / block * block;
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < f->chunk_count; i++) {
        const job *j = &f->jobs[f->chunk_start + i];
        if (j->origin >= 0) total += (size_t)j->origin + 1 + room;
    }
    c->set = f->set;
    c->set.series = rnn_alloc_array(ctx, f->chunk_count, sizeof *c->set.series);
    if (c->set.series) c->target = rnn_alloc_array(ctx, total, sizeof *c->target);
    if (c->target) c->list = rnn_alloc_array(ctx, f->chunk_count, sizeof *c->list);
    if (c->list) c->slot = rnn_alloc_array(ctx, f->chunk_count, sizeof *c->slot);
    if (c->slot) c->ends = rnn_alloc_array(ctx, f->chunk_count, sizeof *c->ends);
    if (!c->ends) return ctx->status;
    double *target = c->target;
    for (size_t i = 0; i < f->chunk_count; i++) {
        const job *j = &f->jobs[f->chunk_start + i];
        if (j->origin < 0) continue;
        size_t past = (size_t)j->origin + 1;
        rnn_series *s = &c->set.series[n];
        *s = f->set.series[j->series];
        memcpy(target, s->target, past * sizeof *target);
        s->target = target;
        s->known = s->hidden_from = past;
        target += past;
        for (size_t k = 0; k < room; k++) *target++ = NAN;
        c->slot[n] = i;
        c->ends[n] = past;
        n++;
    }
    c->set.count = n;
    return RNN_OK;
}

/* One block of all jobs. The tracks grow from block to block: windows are made anew. */
static rnn_status run_block(rnn_forecaster *f, const continuation *c, size_t first) {
    rnn_windows *w = NULL;
    rnn_scorer *scorer = NULL;
    rnn_status status = rnn_windows_create(f->ctx, &c->set, f->model, c->ends, &w);
    if (status) return status;
    status = create_scorer(f, w, &scorer);
    if (status == RNN_OK) status = score_list(f, w, scorer, c->list, c->slot, c->set.count, first);
    rnn_scorer_free(scorer);
    rnn_windows_free(w);
    return status;
}

/* Blocks of the trained horizon, each from the medians of those before. */
static rnn_status run_continued(rnn_forecaster *f, size_t block) {
    continuation c;
    rnn_status status = continuation_create(f, block, &c);
    for (size_t first = 0; first < f->horizon && status == RNN_OK; first += block) {
        for (size_t i = 0; i < c.set.count; i++) {
            rnn_series *s = &c.set.series[i];
            for (size_t k = first > block ? first - block : 0; k < first; k++) {
                const double *q = f->q + (c.slot[i] * f->horizon + k) * f->quantiles;
                s->target[s->known++] = rnn_calibrate_between(f->model, q, 0.5);
            }
            c.list[i] = (rnn_window){i, (int64_t)s->known - 1};
        }
        if (c.set.count) status = run_block(f, &c, first);
    }
    continuation_free(f->ctx, &c);
    return status;
}

/* The usual case: every window lies in the series as they are. */
static rnn_status run_direct(rnn_forecaster *f) {
    rnn_context *ctx = f->ctx;
    size_t n = 0;
    rnn_window *list = rnn_alloc_array(ctx, f->chunk_count, sizeof *list);
    size_t *slot = list ? rnn_alloc_array(ctx, f->chunk_count, sizeof *slot) : NULL;
    rnn_status status = slot ? RNN_OK : ctx->status;
    if (status == RNN_OK && !f->windows) {
        status = rnn_windows_create(ctx, &f->set, f->model, NULL, &f->windows);
        if (status == RNN_OK) status = create_scorer(f, f->windows, &f->scorer);
    }
    for (size_t i = 0; i < f->chunk_count && status == RNN_OK; i++) {
        const job *j = &f->jobs[f->chunk_start + i];
        if (j->origin < 0) continue;
        list[n] = (rnn_window){j->series, j->origin};
        slot[n++] = i;
    }
    if (status == RNN_OK && n) status = score_list(f, f->windows, f->scorer, list, slot, n, 0);
    rnn_free(ctx, list);
    rnn_free(ctx, slot);
    return status;
}

static rnn_status run_chunk(rnn_forecaster *f) {
    size_t left = f->job_count - f->chunk_start, block = rnn_windows_horizon(f->model);
    f->chunk_count = left < JOBS ? left : JOBS;
    return f->horizon > block ? run_continued(f, block) : run_direct(f);
}

static const char *quantiles_json(rnn_forecaster *f, const double *q) {
    char *to = f->json, *end = f->json + f->json_size, p[32], v[32];
    *to++ = '{';
    for (size_t i = 0; i < f->quantiles; i++) {
        rnn_print_number(f->model->options.quantiles.v[i], 6, p, sizeof p);
        rnn_print_number(q[i], 10, v, sizeof v);
        to += snprintf(to, (size_t)(end - to), "%s\"%s\":%s", i ? "," : "", p, v);
    }
    snprintf(to, (size_t)(end - to), "}");
    return f->json;
}

/* Row of step `step` of job number `at`. */
static void fill_row(rnn_forecaster *f, size_t at, size_t step, rnn_forecast_row *row) {
    const job *j = &f->jobs[at];
    const rnn_series *s = &f->set.series[j->series];
    const double *q = f->q + ((at - f->chunk_start) * f->horizon + step) * f->quantiles;
    double tail = (1 - f->options.level) / 2;
    memset(row, 0, sizeof *row);
    row->series = s->key;
    row->step = (int64_t)step + 1;
    row->level = f->options.level;
    row->status = j->status;
    row->actual = row->forecast = row->lower = row->upper = row->baseline = NAN;
    if (j->origin < 0) return;
    size_t p = (size_t)j->origin + step + 1;
    row->time = rnn_series_time(&f->set, f->model, s, p, f->series_time, sizeof f->series_time);
    row->origin = rnn_series_time(&f->set, f->model, s, (size_t)j->origin, f->origin_time,
                                  sizeof f->origin_time);
    if (f->backtest && p < s->length) row->actual = s->target[p];
    row->baseline = f->base[(at - f->chunk_start) * f->horizon + step];
    row->forecast = rnn_calibrate_between(f->model, q, 0.5);
    row->lower = rnn_calibrate_between(f->model, q, tail);
    row->upper = rnn_calibrate_between(f->model, q, 1 - tail);
    if (isfinite(row->forecast) && isfinite(row->lower) && isfinite(row->upper)) {
        row->quantiles = quantiles_json(f, q);
    } else {
        row->status = "values too large to forecast";
        row->forecast = row->lower = row->upper = NAN;
    }
}

rnn_status rnn_forecaster_next(rnn_forecaster *f, rnn_forecast_row *row) {
    if (f->next_job == f->job_count && f->options.refit &&
        f->refit_round + 1 < (size_t)f->options.origins) {
        f->refit_round++;
        rnn_status status = refit(f);
        if (status == RNN_OK) status = list_jobs(f);
        if (status) return status;
    }
    if (f->next_job == f->job_count) return RNN_DONE;
    if (f->next_job >= f->chunk_start + f->chunk_count) {
        f->chunk_start = f->next_job;
        rnn_status status = run_chunk(f);
        if (status) return status;
    }
    fill_row(f, f->next_job, f->next_step, row);
    /* A series without a forecast is one row, not one a step. */
    if (++f->next_step == f->horizon || f->jobs[f->next_job].origin < 0) {
        f->next_step = 0;
        f->next_job++;
    }
    return RNN_OK;
}

static void write_weights(void *arg, size_t origin, const rnn_smoothing_origin *at,
                          const double *base, const double *spread) {
    (void)origin;
    (void)base;
    (void)spread;
    rnn_smoothing_write_json(at->weight, arg);
}

rnn_status rnn_forecaster_mixture(rnn_forecaster *f, rnn_writer *w) {
    const rnn_recipe *r = &f->model->forecast.recipe;
    size_t at = f->next_step ? f->next_job : f->next_job - 1;
    const job *j = &f->jobs[at];
    rnn_track *tracks;
    if (!r->mixture || j->origin < 0) return RNN_OK;
    rnn_series_set one = f->set;
    one.series += j->series;
    one.count = 1;
    rnn_status status = rnn_tracks_create(f->ctx, &one, f->model, NULL, &tracks);
    if (status) return status;
    for (size_t p = 0; p < tracks->known; p++) /* the mixture is of the values: paths.c */
        tracks->z[p] = rnn_recipe_restore(r, tracks->z[p]);
    rnn_smoothing_series s = rnn_paths_series(f->model, one.series, tracks, tracks->known);
    size_t origin = (size_t)j->origin;
    status = rnn_smoothing_run(f->ctx, &r->smoothing, &s, rnn_windows_horizon(f->model), 1, origin,
                               origin, write_weights, w);
    rnn_tracks_free(f->ctx, tracks, 1);
    return status ? status : w->status;
}

rnn_status rnn_forecast_evaluate(rnn_context *ctx, const char *function, const rnn_model *model,
                                 const rnn_table *rows, const rnn_options *options,
                                 rnn_metric metric[RNN_FORECAST_METRICS]) {
    rnn_forecaster *f;
    rnn_forecast_row row;
    rnn_metrics sums;
    rnn_status status = rnn_forecaster_create(ctx, function, model, rows, options, 1, &f);
    if (status) return status;
    rnn_metrics_init(&sums);
    const rnn_forecast_model *made = &f->model->forecast;
    size_t season = made->seasons ? made->season[0] : 1, last = SIZE_MAX;
    double scale = NAN;
    while ((status = rnn_forecaster_next(f, &row)) == RNN_OK) {
        size_t at = f->next_step ? f->next_job : f->next_job - 1, step = (size_t)row.step - 1;
        const job *j = &f->jobs[at];
        if (j->origin < 0 || isnan(row.forecast)) continue;
        if (j->series != last) { /* the scale of a series: what precedes its first origin */
            scale = rnn_mase_scale(f->set.series[j->series].target, (size_t)j->origin + 1, season);
            last = j->series;
        }
        const double *q = f->q + ((at - f->chunk_start) * f->horizon + step) * f->quantiles;
        rnn_metrics_add(&sums, row.actual, row.forecast, row.lower, row.upper, scale);
        rnn_metrics_add_quantiles(&sums, row.actual, model->options.quantiles.v, q, f->quantiles);
    }
    rnn_forecaster_free(f);
    if (status != RNN_DONE) return status;
    for (int i = 0; i < RNN_FORECAST_METRICS; i++) {
        metric[i].name = rnn_metric_name((rnn_metric_kind)i);
        metric[i].value = rnn_metrics_result(&sums, (rnn_metric_kind)i);
    }
    return RNN_OK;
}
