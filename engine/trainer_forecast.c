/* trainer_forecast.c - training a forecast model: series, what is held out, scales, windows,
** calibration. See trainer_internal.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "automatic.h"
#include "calibrate.h"
#include "metrics.h"
#include "scale.h"
#include "trainer_internal.h"

/* Validation windows: of each series where there are many, of one alone, and in all. */
enum {
    PANEL = 10,
    PANEL_ORIGINS = 3,
    SINGLE_ORIGINS = 100,
    NEAR_ORIGINS = 400,
    MOST_ORIGINS = 3000
};

/* t->task */
typedef struct forecast_task {
    rnn_series_set set;
    size_t *ends; /* [series] training targets lie before */
    rnn_windows *windows;
    rnn_model *pretrained; /* training starts from it, or NULL */
    rnn_window
        *held; /* validation windows; without a validation part: training windows to calibrate on */
    size_t held_count;
    int validated;
    real storage[RNN_MAX_LIST];
    rnn_scorer *scorer;     /* over the averaged networks, for calibration */
    double *past;           /* [series] MASE scale */
    rnn_metrics metrics;    /* scaled absolute errors of the medians of an epoch's validation */
    const rnn_batch *batch; /* being observed */
    const real *out;
} forecast_task;

/* Steps held out at the end of a series of n known ones; 0: none, it is too short. */
static size_t held_steps(const rnn_options *o, size_t series, size_t n) {
    size_t h = (size_t)o->horizon, wanted;
    if (o->given[RNN_KEY_validation]) {
        if (o->validation == 0) return 0;
        wanted = (size_t)ceil(o->validation * (double)n);
    } else {
        wanted = series >= PANEL || 2 * h > n / 5 ? 2 * h : n / 5;
        if (wanted > 2 * n / 5) wanted = 2 * n / 5;
    }
    if (wanted < h) wanted = h;
    return n >= wanted + h + 2 ? wanted : 0;
}

/* The end of each series' training part; `holdback` known steps at the end are dropped first
** (backtests with refit). */
static rnn_status place_ends(rnn_trainer *t, size_t holdback) {
    forecast_task *task = t->task;
    const rnn_options *o = &t->model->options;
    size_t longest = 0, h = (size_t)o->horizon;
    task->ends = rnn_alloc_array(t->ctx, task->set.count, sizeof *task->ends);
    if (!task->ends) return t->ctx->status;
    for (size_t s = 0; s < task->set.count; s++) {
        rnn_series *series = &task->set.series[s];
        series->known = series->known > holdback ? series->known - holdback : 0;
        task->ends[s] = series->known;
        longest = series->known > longest ? series->known : longest;
    }
    if (h && longest < h + 2) {
        return rnn_fail(t->ctx, RNN_DATA,
                        "%s: horizon %zu needs a series of at least %zu steps; the longest has "
                        "%zu; lower horizon or "
                        "give more rows",
                        t->function, h, h + 2, longest);
    }
    if (longest < 3) {
        return rnn_fail(
            t->ctx, RNN_DATA,
            "%s: none of the %zu series has 3 or more steps with a target; give more rows, "
            "and check the order of the columns: series, time, target",
            t->function, task->set.count);
    }
    return RNN_OK;
}

/* Values that can only be errors are missing ones, for all that is learned. */
static void drop_wild(rnn_trainer *t) {
    forecast_task *task = t->task;
    int negative = 0;
    for (size_t s = 0; s < task->set.count; s++) {
        rnn_series *series = &task->set.series[s];
        unsigned char first[RNN_WILD_BEGIN];
        rnn_wild w;
        size_t judged = rnn_wild_begin(&w, series->target, series->known, first);
        for (size_t p = 0; p < series->known; p++) {
            if (p < judged ? first[p] : rnn_wild_next(&w, series->target[p]))
                series->target[p] = NAN;
            negative |= series->target[p] < 0;
        }
        while (series->known > 0 && isnan(series->target[series->known - 1])) series->known--;
    }
    t->model->forecast.nonnegative = !negative;
}

/* Moves the ends before the validation part; option validation then tells its share. */
static void hold_out(rnn_trainer *t) {
    forecast_task *task = t->task;
    double known = 0, held = 0;
    for (size_t s = 0; s < task->set.count; s++) {
        size_t n = task->set.series[s].known;
        task->ends[s] = n - held_steps(&t->model->options, task->set.count, n);
        if (task->ends[s] < n) task->validated = 1;
        known += (double)n;
        held += (double)(n - task->ends[s]);
    }
    if (!t->model->options.given[RNN_KEY_validation])
        t->model->options.validation = known > 0 ? held / known : 0;
}

/* Origins first ... last of one series, at most `most` of them, evenly. */
static void add_origins(rnn_trainer *t, size_t s, size_t first, size_t last, size_t most) {
    forecast_task *task = t->task;
    size_t n = last - first + 1 < most ? last - first + 1 : most;
    for (size_t i = 0; i < n; i++) {
        size_t at = n > 1 ? first + (last - first) * i / (n - 1) : last;
        task->held[task->held_count++] = (rnn_window){s, (int64_t)at};
    }
}

/* First and last origin of series s whose targets are held out; 0 if there is none. */
static int held_range(const rnn_trainer *t, size_t s, size_t *first, size_t *last) {
    const forecast_task *task = t->task;
    size_t h = task->windows->horizon, known = task->set.series[s].known, end = task->ends[s];
    size_t begin = task->windows->tracks[s].first;
    if (known < h + 1) return 0;
    if (end < known) {
        *first = end - 1 > begin ? end - 1 : begin;
        *last = known - h - 1;
        return *first <= *last;
    }
    if (task->validated || task->windows->last[s] < task->windows->first[s]) return 0;
    *first = (size_t)task->windows->first[s];
    *last = (size_t)task->windows->last[s];
    return 1;
}

/* Windows whose targets are held out; without a validation part the last training windows stand in
** for them. */
static rnn_status list_held(rnn_trainer *t) {
    forecast_task *task = t->task;
    size_t n = 0, most = SINGLE_ORIGINS, stride = 1, number = 0, first, last;
    for (size_t s = 0; s < task->set.count; s++) n += (size_t)held_range(t, s, &first, &last);
    if (task->windows->horizon <= 4) most = NEAR_ORIGINS;
    if (n > 1) most = most / n > PANEL_ORIGINS ? most / n : PANEL_ORIGINS;
    if (n * most > MOST_ORIGINS) stride = (n * most + MOST_ORIGINS - 1) / MOST_ORIGINS;
    task->held = rnn_alloc_array(t->ctx, (n / stride + 1) * most, sizeof *task->held);
    if (!task->held) return t->ctx->status;
    for (size_t s = 0; s < task->set.count; s++) {
        if (!held_range(t, s, &first, &last) || number++ % stride) continue;
        if (!task->validated && last - first > most) first = last - most;
        add_origins(t, s, first, last, most);
    }
    return RNN_OK;
}

/* Level and spread for scale other than window, from the training part. */
static rnn_status global_scale(rnn_trainer *t) {
    const forecast_task *task = t->task;
    rnn_forecast_model *f = &t->model->forecast;
    size_t n = 0, most = 0;
    f->center = f->spread = 0;
    if (t->model->options.scale == RNN_SCALE_WINDOW) return RNN_OK;
    for (size_t s = 0; s < task->set.count; s++) most += task->ends[s];
    double *y = rnn_alloc_array(t->ctx, most, sizeof *y);
    if (!y) return t->ctx->status;
    for (size_t s = 0; s < task->set.count; s++) {
        for (size_t p = 0; p < task->ends[s]; p++) {
            double value = task->set.series[s].target[p];
            if (!isnan(value)) y[n++] = value;
        }
    }
    qsort(y, n, sizeof *y, rnn_compare_doubles);
    rnn_scale_measure((rnn_scale)t->model->options.scale, y, n, &f->center, &f->spread);
    rnn_free(t->ctx, y);
    return RNN_OK;
}

/* Median over the series of their unit in levels; with other scales than window there is a spread
** already. */
static rnn_status typical_unit(rnn_trainer *t) {
    forecast_task *task = t->task;
    rnn_forecast_model *f = &t->model->forecast;
    size_t n = 0;
    if (t->model->options.scale != RNN_SCALE_WINDOW) return RNN_OK;
    double *unit = rnn_alloc_array(t->ctx, task->set.count, sizeof *unit);
    if (!unit) return t->ctx->status;
    for (size_t s = 0; s < task->set.count; s++) {
        const rnn_track *track = &task->windows->tracks[s];
        if (task->ends[s] == 0) continue;
        double level =
            f->recipe.log ? 1
                          : fabs(rnn_track_level(track, (int64_t)task->ends[s] - 1, task->ends[s]));
        if (level > 0) unit[n++] = track->unit / level;
    }
    qsort(unit, n, sizeof *unit, rnn_compare_doubles);
    f->spread = n ? fmin(fmax(unit[n / 2], 1e-9), 1) : 1e-9;
    rnn_free(t->ctx, unit);
    return RNN_OK;
}

/* The network starts as the pretrained one, or as the baseline itself. */
static void start_network(const rnn_trainer *t, rnn_net *net) {
    const forecast_task *task = t->task;
    size_t member = 0;
    if (task->pretrained) {
        while (member + 1 < t->model->members && t->live[member] != net) member++;
        rnn_trainer_take_weights(task->pretrained, member, net);
    } else if (t->model->options.scale == RNN_SCALE_WINDOW) {
        rnn_calibrate_start(t->model, net);
    }
}

/* Options left open, from the size of the data; returns the windows of an epoch. */
static size_t resolve_options(rnn_trainer *t) {
    forecast_task *task = t->task;
    rnn_data_size size = {0, task->set.count, task->windows->sampler.train_count,
                          task->pretrained != NULL};
    for (size_t s = 0; s < task->set.count; s++) size.values += task->set.series[s].known;
    return rnn_automatic_options(&t->model->options, &size);
}

/* What the pretrained network reads is there where the mixture is the baseline. Of inputs it knows
** nothing: with them it is no better a start than another, unless it is asked for. */
static rnn_status settle_pretrained(rnn_trainer *t) {
    forecast_task *task = t->task;
    if (t->model->options.pretrained == 1 && !t->model->forecast.recipe.mixture)
        return rnn_fail(t->ctx, RNN_OPTION,
                        "%s: option \"pretrained\" is true, but these are more values than the "
                        "pretrained forecaster's baseline is kept for; leave it out",
                        t->function);
    int wanted = t->model->inputs == 0 || t->model->options.pretrained == 1;
    if (task->pretrained && t->model->forecast.recipe.mixture && wanted) {
        rnn_trainer_take_options(task->pretrained, &t->model->options);
    } else {
        rnn_model_free(task->pretrained);
        task->pretrained = NULL;
    }
    t->model->options.pretrained = task->pretrained != NULL;
    return RNN_OK;
}

/* Columns, grid and recipe learned from the rows. */
static rnn_status learn(rnn_trainer *t, const rnn_table *rows, size_t holdback) {
    forecast_task *task = t->task;
    rnn_model *m = t->model;
    rnn_status status = rnn_series_learn(t->ctx, t->function, rows, &m->options, m);
    if (status == RNN_OK) status = rnn_series_build(t->ctx, t->function, rows, m, &task->set);
    if (status == RNN_OK) {
        drop_wild(t);
        status = place_ends(t, holdback);
    }
    if (status == RNN_OK) status = rnn_trainer_pretrained(t, &task->pretrained);
    if (status) return status;
    if (task->pretrained)
        m->forecast.recipe.smoothing = task->pretrained->forecast.recipe.smoothing;
    /* The recipe fits nothing: it may look at all known steps. What is held out depends on the
    ** horizon it settles. */
    status = rnn_recipe_choose(t->ctx, &task->set, task->ends, m);
    if (status) return status;
    status = settle_pretrained(t);
    if (status) return status;
    hold_out(t);
    status = global_scale(t);
    if (status) return status;
    status = rnn_windows_create(t->ctx, &task->set, m, task->ends, &task->windows);
    if (status == RNN_OK) status = rnn_windows_learn(task->windows);
    return status ? status : typical_unit(t);
}

/* The base model's columns and recipe. */
static rnn_status resume(rnn_trainer *t, const rnn_table *rows) {
    forecast_task *task = t->task;
    rnn_status status = rnn_series_build(t->ctx, t->function, rows, t->model, &task->set);
    if (status == RNN_OK && t->model->forecast.recipe.careful) drop_wild(t);
    if (status == RNN_OK) status = place_ends(t, 0);
    if (status) return status;
    hold_out(t);
    /* The base model's calibration was for its weights. */
    t->model->forecast.calibration.count = 0;
    t->model->forecast.recipe.shrink = 1;
    t->model->forecast.recipe.share_groups = 0;
    status = rnn_windows_create(t->ctx, &task->set, t->model, task->ends, &task->windows);
    return status ? status : rnn_windows_learn(task->windows);
}

static rnn_status measure_past(rnn_trainer *t) {
    forecast_task *task = t->task;
    const rnn_forecast_model *f = &t->model->forecast;
    task->past = rnn_alloc_array(t->ctx, task->set.count, sizeof *task->past);
    if (!task->past) return t->ctx->status;
    for (size_t s = 0; s < task->set.count; s++) {
        task->past[s] = rnn_mase_scale(task->set.series[s].target, task->ends[s],
                                       f->seasons ? f->season[0] : 1);
    }
    return RNN_OK;
}

static rnn_status forecast_prepare(rnn_trainer *t, const rnn_table *rows, int resumed,
                                   size_t holdback) {
    forecast_task *task = rnn_alloc_zero(t->ctx, sizeof *task);
    if (!task) return t->ctx->status;
    t->task = task;
    rnn_status status = resumed ? resume(t, rows) : learn(t, rows, holdback);
    if (status) return status;
    t->epoch_size = resolve_options(t);
    t->look_first = task->pretrained != NULL;
    rnn_model_spec(t->model, &t->model->spec);
    t->loss = rnn_model_loss(t->model, task->storage);
    t->sampler = &task->windows->sampler;
    if (t->sampler->train_count == 0) {
        return rnn_fail(t->ctx, RNN_DATA,
                        "%s: no series has %zu steps to learn from; lower horizon or validation",
                        t->function, (size_t)t->model->options.horizon + 2);
    }
    status = measure_past(t);
    if (status == RNN_OK) status = list_held(t);
    if (status == RNN_OK)
        rnn_windows_set_list(task->windows, task->held, task->validated ? task->held_count : 0);
    return status;
}

static uint64_t forecast_bytes(const rnn_trainer *t) {
    const forecast_task *task = t->task;
    return rnn_calibrate_bytes(t->model, task->held_count, task->windows->horizon) +
           rnn_scorer_bytes(&t->model->spec, t->model->members, rnn_pool_threads(t->pool),
                            t->sampler, (size_t)t->model->options.batch, 0);
}

static rnn_status forecast_ready(rnn_trainer *t) {
    forecast_task *task = t->task;
    const rnn_model *m = t->model;
    rnn_windows_set_list(task->windows, task->held, task->held_count);
    rnn_status status = rnn_scorer_create(t->ctx, m->member, m->members, t->pool, t->sampler,
                                          (size_t)m->options.batch, 0, &task->scorer);
    rnn_windows_set_list(task->windows, task->held, task->validated ? task->held_count : 0);
    return status;
}

static void forecast_reset(rnn_trainer *t) {
    forecast_task *task = t->task;
    rnn_metrics_init(&task->metrics);
}

static void score_output(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    const rnn_trainer *t = arg;
    forecast_task *task = t->task;
    double q[RNN_MAX_LIST];
    (void)item;
    if (!(task->batch->weight[output] > 0)) return;
    rnn_calibrate_quantiles(task->windows, at, k, task->out + output * t->model->spec.outputs, q);
    double actual = task->set.series[at.series].target[at.origin + k];
    rnn_metrics_add(&task->metrics, actual, rnn_calibrate_between(t->model, q, 0.5), NAN, NAN,
                    task->past[at.series]);
}

static void forecast_observe(rnn_trainer *t, const size_t *item, const rnn_batch *batch,
                             const real *out) {
    forecast_task *task = t->task;
    task->batch = batch;
    task->out = out;
    rnn_windows_visit(task->windows, 1, item, batch, score_output, t);
}

static double forecast_metric(rnn_trainer *t) {
    const forecast_task *task = t->task;
    return rnn_metrics_result(&task->metrics, RNN_METRIC_MASE);
}

static rnn_status forecast_finish(rnn_trainer *t, int best) {
    (void)best; /* they are in the members */
    forecast_task *task = t->task;
    rnn_windows_set_list(task->windows, task->held, task->held_count);
    rnn_status status = rnn_calibrate_measure(t->ctx, t->model, task->windows, task->scorer);
    rnn_windows_set_list(task->windows, task->held, task->validated ? task->held_count : 0);
    return status;
}

/* What was measured belongs to the weights stored; later epochs are scored without it. */
static void forecast_undo(rnn_trainer *t) {
    t->model->forecast.calibration.count = 0;
    t->model->forecast.recipe.shrink = 1;
    t->model->forecast.recipe.share_groups = 0;
}

static void forecast_free(rnn_trainer *t) {
    forecast_task *task = t->task;
    if (!task) return;
    rnn_model_free(task->pretrained);
    rnn_scorer_free(task->scorer);
    rnn_windows_free(task->windows);
    rnn_series_set_free(&task->set);
    rnn_free(t->ctx, task->ends);
    rnn_free(t->ctx, task->held);
    rnn_free(t->ctx, task->past);
    rnn_free(t->ctx, task);
}

const rnn_task_ops rnn_forecast_ops = {
    .prepare = forecast_prepare,
    .start = start_network,
    .bytes = forecast_bytes,
    .ready = forecast_ready,
    .reset = forecast_reset,
    .observe = forecast_observe,
    .metric = forecast_metric,
    .finish = forecast_finish,
    .undo = forecast_undo,
    .free = forecast_free,
};
