/* trainer.c - see trainer.h. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "automatic.h"
#include "calibrate.h"
#include "fit.h"
#include "metrics.h"
#include "rng.h"

/* Validation windows: of each series where there are many, of one alone, and in all. */
enum {
    PANEL = 10,
    PANEL_ORIGINS = 3,
    SINGLE_ORIGINS = 100,
    NEAR_ORIGINS = 400,
    MOST_ORIGINS = 3000
};

struct rnn_trainer {
    rnn_context *ctx;
    const char *function;
    rnn_model *model; /* its members are the averaged networks */
    rnn_series_set set;
    size_t *ends; /* [series] training targets lie before */
    rnn_windows *windows;
    rnn_window
        *held; /* validation windows; without a validation part: training windows to calibrate on */
    size_t held_count;
    int validated;
    rnn_pool *pool;
    rnn_net **live; /* [members] the networks that are trained */
    real storage[RNN_MAX_LIST];
    rnn_fit *fit;
    rnn_scorer *scorer;      /* over the averaged networks, for calibration */
    real *best;              /* [members x parameters] */
    double best_loss, *past; /* past [series]: MASE scale */
    int64_t epoch, first_epoch;
    struct timespec started;
    double steps;
};

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

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
    const rnn_options *o = &t->model->options;
    size_t longest = 0, h = (size_t)o->horizon;
    t->ends = rnn_alloc_array(t->ctx, t->set.count, sizeof *t->ends);
    if (!t->ends) return t->ctx->status;
    for (size_t s = 0; s < t->set.count; s++) {
        rnn_series *series = &t->set.series[s];
        series->known = series->known > holdback ? series->known - holdback : 0;
        t->ends[s] = series->known;
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
            t->function, t->set.count);
    }
    return RNN_OK;
}

/* Moves the ends before the validation part; option validation then tells its share. */
static void hold_out(rnn_trainer *t) {
    double known = 0, held = 0;
    for (size_t s = 0; s < t->set.count; s++) {
        size_t n = t->set.series[s].known;
        t->ends[s] = n - held_steps(&t->model->options, t->set.count, n);
        if (t->ends[s] < n) t->validated = 1;
        known += (double)n;
        held += (double)(n - t->ends[s]);
    }
    if (!t->model->options.given[RNN_KEY_validation])
        t->model->options.validation = known > 0 ? held / known : 0;
}

/* Origins first ... last of one series, at most `most` of them, evenly. */
static void add_origins(rnn_trainer *t, size_t s, size_t first, size_t last, size_t most) {
    size_t n = last - first + 1 < most ? last - first + 1 : most;
    for (size_t i = 0; i < n; i++) {
        size_t at = n > 1 ? first + (last - first) * i / (n - 1) : last;
        t->held[t->held_count++] = (rnn_window){s, (int64_t)at};
    }
}

/* First and last origin of series s whose targets are held out; 0 if there is none. */
static int held_range(const rnn_trainer *t, size_t s, size_t *first, size_t *last) {
    size_t h = t->windows->horizon, known = t->set.series[s].known, end = t->ends[s];
    size_t begin = t->windows->tracks[s].first;
    if (known < h + 1) return 0;
    if (end < known) {
        *first = end - 1 > begin ? end - 1 : begin;
        *last = known - h - 1;
        return *first <= *last;
    }
    if (t->validated || t->windows->last[s] < t->windows->first[s]) return 0;
    *first = (size_t)t->windows->first[s];
    *last = (size_t)t->windows->last[s];
    return 1;
}

/* Windows whose targets are held out; without a validation part the last training windows stand in
** for them. */
static rnn_status list_held(rnn_trainer *t) {
    size_t n = 0, most = SINGLE_ORIGINS, stride = 1, number = 0, first, last;
    for (size_t s = 0; s < t->set.count; s++) n += (size_t)held_range(t, s, &first, &last);
    if (t->windows->horizon <= 4) most = NEAR_ORIGINS;
    if (n > 1) most = most / n > PANEL_ORIGINS ? most / n : PANEL_ORIGINS;
    if (n * most > MOST_ORIGINS) stride = (n * most + MOST_ORIGINS - 1) / MOST_ORIGINS;
    t->held = rnn_alloc_array(t->ctx, (n / stride + 1) * most, sizeof *t->held);
    if (!t->held) return t->ctx->status;
    for (size_t s = 0; s < t->set.count; s++) {
        if (!held_range(t, s, &first, &last) || number++ % stride) continue;
        if (!t->validated && last - first > most) first = last - most;
        add_origins(t, s, first, last, most);
    }
    return RNN_OK;
}

/* Median, and the quartiles' distance in standard deviations of a normal distribution (0 where they
** meet). */
static rnn_status robust_scale(const rnn_trainer *t, size_t values, double *center,
                               double *spread) {
    size_t n = 0;
    double *sorted = rnn_alloc_array(t->ctx, values, sizeof *sorted);
    if (!sorted) return t->ctx->status;
    for (size_t s = 0; s < t->set.count; s++) {
        for (size_t p = 0; p < t->ends[s]; p++) {
            double y = t->set.series[s].target[p];
            if (!isnan(y)) sorted[n++] = y;
        }
    }
    qsort(sorted, n, sizeof *sorted, rnn_compare_doubles);
    *center = n ? sorted[n / 2] : 0;
    *spread = n ? (sorted[3 * n / 4] - sorted[n / 4]) / 1.349 : 0;
    rnn_free(t->ctx, sorted);
    return RNN_OK;
}

/* Level and spread for scale other than window, from the training part. */
static rnn_status global_scale(rnn_trainer *t) {
    rnn_forecast_model *f = &t->model->forecast;
    double n = 0, mean = 0, squares = 0, low = INFINITY, high = -INFINITY;
    for (size_t s = 0; s < t->set.count; s++) {
        for (size_t p = 0; p < t->ends[s]; p++) {
            double y = t->set.series[s].target[p], off = y - mean;
            if (isnan(y)) continue;
            n += 1;
            mean += off / n; /* Welford 1962: no difference of large squares */
            squares += off * (y - mean);
            low = fmin(low, y);
            high = fmax(high, y);
        }
    }
    double deviation = n > 0 ? sqrt(squares / n) : 1;
    f->center = 0;
    f->spread = t->model->options.scale == RNN_SCALE_WINDOW ? 0 : 1;
    switch (t->model->options.scale) {
    case RNN_SCALE_STANDARD:
        f->center = mean;
        f->spread = deviation;
        break;
    case RNN_SCALE_MINMAX:
        f->center = low;
        f->spread = high - low;
        break;
    case RNN_SCALE_MEAN: f->spread = fabs(mean); break;
    case RNN_SCALE_ROBUST: {
        rnn_status status = robust_scale(t, (size_t)n, &f->center, &f->spread);
        if (status) return status;
        if (!(f->spread > 0)) f->spread = deviation;
        break;
    }
    default: break;
    }
    if (t->model->options.scale != RNN_SCALE_WINDOW && (!(f->spread > 0) || !isfinite(f->spread)))
        f->spread = 1;
    if (!isfinite(f->center)) f->center = 0;
    return RNN_OK;
}

/* Median over the series of their unit in levels; with other scales than window there is a spread
** already. */
static rnn_status typical_unit(rnn_trainer *t) {
    rnn_forecast_model *f = &t->model->forecast;
    size_t n = 0;
    if (t->model->options.scale != RNN_SCALE_WINDOW) return RNN_OK;
    double *unit = rnn_alloc_array(t->ctx, t->set.count, sizeof *unit);
    if (!unit) return t->ctx->status;
    for (size_t s = 0; s < t->set.count; s++) {
        const rnn_track *track = &t->windows->tracks[s];
        if (t->ends[s] == 0) continue;
        double level =
            f->recipe.log ? 1 : fabs(rnn_track_level(track, (int64_t)t->ends[s] - 1, t->ends[s]));
        if (level > 0) unit[n++] = track->unit / level;
    }
    qsort(unit, n, sizeof *unit, rnn_compare_doubles);
    f->spread = n ? fmin(fmax(unit[n / 2], 1e-9), 1) : 1e-9;
    rnn_free(t->ctx, unit);
    return RNN_OK;
}

/* The network's spec from the resolved options and the model's columns. */
static void build_spec(rnn_model *m) {
    const rnn_options *o = &m->options;
    rnn_net_spec *s = &m->spec;
    memset(s, 0, sizeof *s);
    s->cell = (rnn_cell)o->cell;
    s->activation = (rnn_activation)o->activation;
    s->reset = (rnn_reset)o->reset;
    s->bidirectional = o->bidirectional;
    s->peephole = o->peephole;
    s->layer_norm = o->layer_norm;
    s->learned_initial = o->initial_state == RNN_INITIAL_LEARNED;
    s->layers = (size_t)o->layers;
    s->hidden = (size_t)o->hidden;
    s->projection = (size_t)o->projection;
    s->numbers = rnn_windows_width(m);
    for (size_t k = 0; k < m->inputs; k++) {
        if (m->input[k].kind != RNN_INPUT_CATEGORY) continue;
        s->vocabulary[s->categories] = m->input[k].vocabulary;
        s->embedding[s->categories++] = (size_t)o->embedding;
    }
    if (o->series_embedding > 0) {
        s->vocabulary[s->categories] = m->forecast.series + 1;
        s->embedding[s->categories++] = (size_t)o->series_embedding;
    }
    s->skip = 1;
    s->outputs = rnn_loss_outputs((rnn_loss_kind)o->loss, o->quantiles.n, 0);
    s->init = (rnn_init)o->init;
    s->forget_bias = o->forget_bias;
    s->dropout = o->dropout;
    s->recurrent_dropout = o->recurrent_dropout;
    s->embedding_dropout = o->embedding_dropout;
    s->average_gradient = o->average_gradient;
}

/* The network starts as the baseline itself: no weight on anything, quantiles spread around it. */
static void start_at_baseline(const rnn_model *m, rnn_net *net) {
    real *p = rnn_net_parameters(net);
    const rnn_list *q = &m->options.quantiles;
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        if (strcmp(t->name, "head.weight") == 0)
            memset(p + t->offset, 0, t->rows * t->columns * sizeof *p);
        for (size_t k = 0; strcmp(t->name, "head.bias") == 0 && k < t->rows; k++) {
            p[t->offset + k] =
                m->options.loss == RNN_LOSS_QUANTILE ? (real)(3 * (q->v[k] - 0.5)) : 0;
        }
    }
}

static rnn_status create_networks(rnn_trainer *t, const rnn_model *base) {
    rnn_model *m = t->model;
    rnn_status status = RNN_OK;
    size_t members = (size_t)m->options.ensemble;
    if (!base) {
        m->member = rnn_alloc_array_zero(t->ctx, members, sizeof *m->member);
        if (!m->member) return t->ctx->status;
        m->members = members;
    }
    t->live = rnn_alloc_array_zero(t->ctx, m->members, sizeof *t->live);
    if (!t->live) return t->ctx->status;
    for (size_t i = 0; i < m->members && status == RNN_OK; i++) {
        if (!base) status = rnn_net_create(t->ctx, &m->spec, &m->member[i]);
        if (status == RNN_OK) status = rnn_net_create(t->ctx, &m->spec, &t->live[i]);
        if (status) break;
        if (base) {
            size_t n = rnn_net_parameter_count(t->live[i]);
            memcpy(rnn_net_parameters(t->live[i]), rnn_net_parameters(m->member[i]),
                   n * sizeof(real));
        } else {
            rnn_net_initialise(t->live[i], rnn_stream((uint64_t)m->options.seed, 1, i));
            if (m->options.scale == RNN_SCALE_WINDOW) start_at_baseline(m, t->live[i]);
        }
    }
    return status;
}

/* Refuse before allocating what would pass memory_limit. */
static rnn_status check_memory(rnn_trainer *t, const rnn_fit_config *config) {
    rnn_context *ctx = t->ctx;
    uint64_t parameters = rnn_net_parameter_count(t->live[0]) * t->model->members * sizeof(real);
    uint64_t need = ctx->memory_used + rnn_fit_bytes(config) + parameters +
                    rnn_calibrate_bytes(t->model, t->held_count, t->windows->horizon) +
                    rnn_scorer_bytes(&t->model->spec, rnn_pool_threads(t->pool), config->sampler,
                                     (size_t)t->model->options.batch);
    if (ctx->memory_limit == 0 || need <= ctx->memory_limit) return RNN_OK;
    return rnn_fail(ctx, RNN_LIMIT,
                    "%s: training needs about %llu bytes, memory_limit is %llu; raise it, or lower "
                    "batch, context, "
                    "hidden or ensemble",
                    t->function, (unsigned long long)need, (unsigned long long)ctx->memory_limit);
}

static rnn_status create_fit(rnn_trainer *t, size_t epoch_size) {
    rnn_model *m = t->model;
    rnn_fit_config config = {&m->options,
                             epoch_size,
                             rnn_model_loss(m, t->storage),
                             &t->windows->sampler,
                             t->live,
                             m->member,
                             m->members,
                             t->pool,
                             (uint64_t)m->options.seed,
                             0};
    if (m->options.time_limit > 0) {
        config.deadline =
            (double)t->started.tv_sec + 1e-9 * (double)t->started.tv_nsec + m->options.time_limit;
    }
    size_t parameters = rnn_net_parameter_count(t->live[0]);
    rnn_status status = check_memory(t, &config);
    if (status) return status;
    rnn_windows_set_list(t->windows, t->held, t->validated ? t->held_count : 0);
    status = rnn_fit_create(t->ctx, &config, &t->fit);
    if (status) return status;
    rnn_windows_set_list(t->windows, t->held, t->held_count);
    status = rnn_scorer_create(t->ctx, m->member, m->members, t->pool, &t->windows->sampler,
                               (size_t)m->options.batch, &t->scorer);
    if (status) return status;
    rnn_windows_set_list(t->windows, t->held, t->validated ? t->held_count : 0);
    t->best = rnn_alloc_array(t->ctx, m->members * parameters, sizeof *t->best);
    return t->best ? RNN_OK : t->ctx->status;
}

/* Options left open, from the size of the data; returns the windows of an epoch. */
static size_t resolve_options(rnn_trainer *t) {
    rnn_data_size size = {0, t->set.count, t->windows->sampler.train_count};
    for (size_t s = 0; s < t->set.count; s++) size.values += t->set.series[s].known;
    return rnn_automatic_options(&t->model->options, &size);
}

/* Columns, grid and recipe learned from the rows. */
static rnn_status learn(rnn_trainer *t, const rnn_table *rows, const rnn_options *options,
                        size_t holdback, size_t *epoch_size) {
    rnn_model *m = t->model;
    m->options = *options;
    rnn_status status = rnn_series_learn(t->ctx, t->function, rows, options, m);
    if (status == RNN_OK) status = rnn_series_build(t->ctx, t->function, rows, m, &t->set);
    if (status == RNN_OK) status = place_ends(t, holdback);
    if (status) return status;
    /* The recipe fits nothing: it may look at all known steps. What is held out depends on the
    ** horizon it settles. */
    status = rnn_recipe_choose(t->ctx, &t->set, t->ends, m);
    if (status) return status;
    hold_out(t);
    status = global_scale(t);
    if (status) return status;
    status = rnn_windows_create(t->ctx, &t->set, m, t->ends, &t->windows);
    if (status == RNN_OK) status = typical_unit(t);
    if (status) return status;
    *epoch_size = resolve_options(t);
    build_spec(m);
    return RNN_OK;
}

/* The base model's columns, recipe and weights; options given may not contradict it. */
static rnn_status resume(rnn_trainer *t, const rnn_table *rows, const rnn_options *options,
                         const rnn_model *base, size_t *epoch_size) {
    rnn_writer w;
    rnn_writer_init(&w, t->ctx);
    rnn_status status = rnn_model_write(base, &w);
    rnn_model_free(t->model);
    t->model = NULL;
    if (status == RNN_OK) status = rnn_model_read(t->ctx, w.data, w.size, &t->model);
    rnn_writer_free(&w);
    if (status == RNN_OK)
        status = rnn_options_continue(t->ctx, &t->model->options, options, t->function);
    if (status == RNN_OK) status = rnn_series_build(t->ctx, t->function, rows, t->model, &t->set);
    if (status == RNN_OK) status = place_ends(t, 0);
    if (status) return status;
    hold_out(t);
    status = rnn_windows_create(t->ctx, &t->set, t->model, t->ends, &t->windows);
    if (status) return status;
    t->first_epoch = t->epoch = (int64_t)t->model->epochs;
    /* The base model's calibration was for its weights. */
    t->model->forecast.calibration.count = 0;
    t->model->forecast.recipe.shrink = 1;
    *epoch_size = resolve_options(t);
    build_spec(t->model);
    return RNN_OK;
}

static rnn_status measure_past(rnn_trainer *t) {
    const rnn_forecast_model *f = &t->model->forecast;
    t->past = rnn_alloc_array(t->ctx, t->set.count, sizeof *t->past);
    if (!t->past) return t->ctx->status;
    for (size_t s = 0; s < t->set.count; s++) {
        t->past[s] =
            rnn_mase_scale(t->set.series[s].target, t->ends[s], f->seasons ? f->season[0] : 1);
    }
    return RNN_OK;
}

static rnn_status prepare(rnn_trainer *t, const rnn_table *rows, const rnn_options *options,
                          const rnn_model *base, size_t holdback) {
    size_t epoch_size = 0;
    rnn_status status = rnn_pool_create(t->ctx, (size_t)options->threads, &t->pool);
    if (status) return status;
    status = base ? resume(t, rows, options, base, &epoch_size)
                  : learn(t, rows, options, holdback, &epoch_size);
    if (status) return status;
    if (t->windows->sampler.train_count == 0) {
        return rnn_fail(t->ctx, RNN_DATA,
                        "%s: no series has %zu steps to learn from; lower horizon or validation",
                        t->function, (size_t)t->model->options.horizon + 2);
    }
    status = measure_past(t);
    if (status == RNN_OK) status = list_held(t);
    if (status == RNN_OK) status = create_networks(t, base);
    if (status == RNN_OK) status = create_fit(t, epoch_size);
    return status;
}

rnn_status rnn_trainer_create(rnn_context *ctx, const char *function, const rnn_table *rows,
                              const rnn_options *options, const rnn_model *base, size_t holdback,
                              rnn_trainer **out) {
    *out = NULL;
    rnn_trainer *t = rnn_alloc_zero(ctx, sizeof *t);
    if (!t) return ctx->status;
    t->ctx = ctx;
    t->function = function;
    t->best_loss = INFINITY;
    clock_gettime(CLOCK_MONOTONIC, &t->started);
    ctx->memory_limit = (uint64_t)options->memory_limit;
    t->model = rnn_model_create(ctx);
    rnn_status status = t->model ? prepare(t, rows, options, base, holdback) : ctx->status;
    if (status == RNN_OK) {
        *out = t;
    } else {
        rnn_trainer_free(t);
    }
    return status;
}

void rnn_trainer_free(rnn_trainer *t) {
    if (!t) return;
    rnn_context *ctx = t->ctx;
    rnn_fit_free(t->fit);
    rnn_scorer_free(t->scorer);
    for (size_t i = 0; t->live && i < t->model->members; i++) rnn_net_free(t->live[i]);
    rnn_free(ctx, t->live);
    rnn_windows_free(t->windows);
    rnn_series_set_free(&t->set);
    rnn_pool_free(t->pool);
    rnn_free(ctx, t->ends);
    rnn_free(ctx, t->held);
    rnn_free(ctx, t->best);
    rnn_free(ctx, t->past);
    rnn_model_free(t->model);
    rnn_free(ctx, t);
}

/* Scaled absolute errors of the medians of an epoch's validation. */
typedef struct scoring {
    rnn_trainer *t;
    const rnn_batch *batch;
    const real *out;
    rnn_metrics metrics;
} scoring;

static void score_output(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    scoring *s = arg;
    const rnn_trainer *t = s->t;
    double q[RNN_MAX_LIST];
    (void)item;
    if (!(s->batch->weight[output] > 0)) return;
    rnn_calibrate_quantiles(t->windows, at, k, s->out + output * t->model->spec.outputs, q);
    double actual = t->set.series[at.series].target[at.origin + k];
    rnn_metrics_add(&s->metrics, actual, rnn_calibrate_between(t->model, q, 0.5), NAN, NAN,
                    t->past[at.series]);
}

static void score_batch(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    scoring *s = arg;
    s->batch = batch;
    s->out = out;
    rnn_windows_visit(s->t->windows, 1, item, batch, score_output, s);
}

static rnn_status add_history(rnn_trainer *t, const rnn_epoch *epoch) {
    rnn_model *m = t->model;
    rnn_epoch *history = rnn_realloc(t->ctx, m->history, (m->epochs + 1) * sizeof *history);
    if (!history) return t->ctx->status;
    m->history = history;
    m->history[m->epochs++] = *epoch;
    return RNN_OK;
}

static void keep_best(rnn_trainer *t) {
    size_t n = rnn_net_parameter_count(t->live[0]);
    for (size_t i = 0; i < t->model->members; i++) {
        memcpy(t->best + i * n, rnn_net_parameters(t->model->member[i]), n * sizeof(real));
    }
    t->model->best_epoch = t->epoch;
}

static int finished(const rnn_trainer *t) {
    const rnn_options *o = &t->model->options;
    int64_t done = t->epoch - t->first_epoch, best = t->model->best_epoch - t->first_epoch;
    if (done >= o->epochs) return 1;
    if (o->patience > 0 && done > 0 && done - (best > 0 ? best : 0) >= o->patience) return 1;
    return o->time_limit > 0 && done > 0 && seconds_since(&t->started) >= o->time_limit;
}

rnn_status rnn_trainer_step(rnn_trainer *t, rnn_epoch *epoch) {
    scoring s = {t, NULL, NULL, {{0}, {0}}};
    rnn_fit_epoch result;
    if (finished(t)) return RNN_DONE;
    rnn_metrics_init(&s.metrics);
    rnn_status status = rnn_fit_epoch_run(t->fit, &result, score_batch, &s);
    if (status) return status;
    t->epoch++;
    t->steps += result.steps;
    memset(epoch, 0, sizeof *epoch);
    epoch->epoch = t->epoch;
    epoch->train_loss = result.train_loss;
    epoch->valid_loss = result.valid_loss;
    epoch->metric = rnn_metrics_result(&s.metrics, RNN_METRIC_MASE);
    epoch->learning_rate = result.learning_rate;
    epoch->gradient_norm = result.gradient_norm;
    epoch->seconds = seconds_since(&t->started);
    epoch->steps_per_second = t->steps / (epoch->seconds > 0 ? epoch->seconds : 1);
    double loss = isnan(result.valid_loss) ? result.train_loss : result.valid_loss;
    if (loss < t->best_loss) {
        epoch->best = 1;
        t->best_loss = loss;
        keep_best(t);
    }
    return add_history(t, epoch);
}

int64_t rnn_trainer_epochs(const rnn_trainer *t) {
    return t->first_epoch + t->model->options.epochs;
}

/* Exchange the averaged networks' weights with `stored` [members x parameters]. */
static void swap_weights(rnn_trainer *t, real *stored) {
    size_t n = rnn_net_parameter_count(t->live[0]);
    for (size_t i = 0; i < t->model->members; i++) {
        real *p = rnn_net_parameters(t->model->member[i]);
        for (size_t j = 0; j < n; j++) {
            real v = p[j];
            p[j] = stored[i * n + j];
            stored[i * n + j] = v;
        }
    }
}

rnn_status rnn_trainer_model(rnn_trainer *t, int best, uint8_t **bytes, size_t *size) {
    rnn_writer w;
    *bytes = NULL;
    *size = 0;
    int swap = best && t->model->best_epoch > t->first_epoch;
    if (swap) swap_weights(t, t->best);
    rnn_windows_set_list(t->windows, t->held, t->held_count);
    rnn_status status = rnn_calibrate_measure(t->ctx, t->model, t->windows, t->scorer);
    rnn_windows_set_list(t->windows, t->held, t->validated ? t->held_count : 0);
    rnn_writer_init(&w, t->ctx);
    if (status == RNN_OK) status = rnn_model_write(t->model, &w);
    if (swap) swap_weights(t, t->best);
    /* What was measured belongs to these weights; later epochs are scored without it. */
    t->model->forecast.calibration.count = 0;
    t->model->forecast.recipe.shrink = 1;
    if (status) {
        rnn_writer_free(&w);
        return status;
    }
    *bytes = w.data;
    *size = w.size;
    return RNN_OK;
}
