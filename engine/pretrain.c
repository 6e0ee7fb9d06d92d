/* pretrain.c - see pretrain.h. */
#include "pretrain.h"

#include <math.h>
#include <string.h>

#include "automatic.h"
#include "calibrate.h"
#include "fit.h"
#include "mixture.h"
#include "rng.h"
#include "simulate.h"

/* The network, and how it is trained. */
enum { HIDDEN = 128, LAYERS = 1, MEMBERS = 1, BATCH = 128, BATCHES = 128, CONTEXT = 48 };
static const double LEARNING_RATE = 2e-3, DROPOUT = 0.05;
/* Above any series' own (rnn_track.floor). */
static const double HIGHEST_FLOOR = 1e300;
/* What the model itself is asked for at once; further steps continue from its own. */
enum { HORIZON = 24 };
static const int64_t horizons[] = {18, 8, 24, 6, 13, 36, 18, 12};
enum { HORIZONS = sizeof horizons / sizeof *horizons, LONGEST = 36, HELD_OUT = 2048 };
enum { ORIGINS = 16, EVERY = 6, FIRST = 2, LEAST_SERIES = 256 };

/* Simulated series under a model, and the windows that are drawn from. */
typedef struct collection {
    rnn_series_set set;
    rnn_window *list;
    size_t count;
    rnn_windows *windows;
    rnn_model *model; /* own options: the horizon differs */
} collection;

/* Hands out the windows of the collection of the day. */
typedef struct day_sampler {
    rnn_sampler sampler;
    collection day, held;
} day_sampler;

static const rnn_sampler *windows_of(const rnn_sampler *s, int valid) {
    const day_sampler *d = (const day_sampler *)s;
    return &(valid ? d->held : d->day).windows->sampler;
}

static size_t length(const rnn_sampler *s, int valid, size_t item) {
    const rnn_sampler *w = windows_of(s, valid);
    return w->length(w, 1, item);
}

static size_t draw(const rnn_sampler *s, uint64_t key, uint64_t index) {
    const day_sampler *d = (const day_sampler *)s;
    return (size_t)rnn_below(key, index, d->day.count);
}

static void fill(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                 rnn_batch *b) {
    const rnn_sampler *w = windows_of(s, valid);
    w->fill(w, 1, item, n, seed, b);
}

/* ---- the model ---- */

static rnn_model *create_model(rnn_context *ctx, uint64_t seed, int64_t horizon, int logs) {
    rnn_model *m = rnn_model_create(ctx);
    if (!m) return NULL;
    rnn_options *o = &m->options;
    rnn_options_default_for(o, RNN_FOR_TRAIN);
    o->task = RNN_TASK_FORECAST;
    o->loss = RNN_LOSS_QUANTILE;
    o->scale = RNN_SCALE_WINDOW;
    o->horizon = horizon;
    o->context = CONTEXT;
    o->hidden = HIDDEN;
    o->layers = LAYERS;
    o->ensemble = MEMBERS;
    o->batch = BATCH;
    o->dropout = DROPOUT;
    o->learning_rate = LEARNING_RATE;
    o->seed = (int64_t)seed;
    o->given[RNN_KEY_dropout] = o->given[RNN_KEY_learning_rate] = 1;
    rnn_data_size size = {0, 0, 0, 0};
    rnn_automatic_options(o, &size);
    rnn_forecast_model *f = &m->forecast;
    f->frequency = (rnn_frequency){RNN_STEP_ROW, 1, 0x7f, 0, 0};
    f->spread = 0.1;
    rnn_recipe *r = &f->recipe;
    r->base = (rnn_baseline){1, 1, 0, 0};
    r->scale_lag = 1;
    r->scale_floor = 1;
    r->shrink = 1;
    r->mixture = r->careful = r->any_step = 1;
    r->log = logs;
    r->log_floor = logs ? HIGHEST_FLOOR : 0;
    rnn_model_spec(m, &m->spec);
    return m;
}

/* ---- collections ---- */

static void collection_free(rnn_context *ctx, collection *c) {
    rnn_windows_free(c->windows);
    for (size_t i = 0; i < c->set.count; i++) rnn_free(ctx, c->set.series[i].target);
    rnn_free(ctx, c->set.series);
    rnn_free(ctx, c->list);
    rnn_model_free(c->model);
    memset(c, 0, sizeof *c);
}

/* What a plan too small for an epoch and a collection of the usual size has. */
static size_t batches_of(const rnn_pretrain_plan *plan) {
    return plan->steps < BATCHES ? plan->steps : BATCHES;
}

static size_t held_out_of(const rnn_pretrain_plan *plan) {
    return plan->series < LEAST_SERIES ? plan->series : HELD_OUT;
}

/* Origins of series s: a few, anywhere, with at least a third of the horizon behind them. */
static void add_origins(collection *c, size_t s, uint64_t key, size_t most) {
    int64_t n = (int64_t)c->set.series[s].known, h = c->model->options.horizon;
    int64_t behind = h < n / 3 ? h : n / 3, last = n - 1 - (behind > 1 ? behind : 1);
    size_t origins = 1 + (size_t)n / EVERY < most ? 1 + (size_t)n / EVERY : most;
    for (size_t i = 0; i < origins && last >= FIRST; i++) {
        int64_t at =
            most == 1 ? last : FIRST + (int64_t)rnn_below(key, i, (uint64_t)(last - FIRST) + 1);
        if (at >= (int64_t)c->windows->tracks[s].first) c->list[c->count++] = (rnn_window){s, at};
    }
}

/* Can its logarithms be taken? */
static int is_positive(const rnn_simulated *s) {
    for (size_t p = 0; p < s->length; p++)
        if (s->value[p] <= 0) return 0;
    return 1;
}

/* Series number first ... first + count of the collection `seed`, up to `most` origins of each;
** those of positive values alone where the model takes logarithms. */
static rnn_status collect(rnn_context *ctx, collection *c, uint64_t seed, uint64_t first,
                          size_t count, size_t most, const rnn_smoothing *smoothing) {
    rnn_status status = RNN_OK;
    c->model->forecast.recipe.smoothing = *smoothing;
    c->set.ctx = ctx;
    c->set.series = rnn_alloc_array_zero(ctx, count, sizeof *c->set.series);
    if (c->set.series) c->list = rnn_alloc_array(ctx, count * most, sizeof *c->list);
    if (!c->list) return ctx->status;
    for (size_t i = 0; i < count && status == RNN_OK; i++) {
        rnn_simulated s;
        status = rnn_simulate(ctx, seed, first + i, &s);
        if (status) break;
        if (c->model->forecast.recipe.log && !is_positive(&s)) {
            rnn_simulated_free(ctx, &s);
            continue;
        }
        rnn_series *series = &c->set.series[c->set.count++];
        series->target = s.value;
        series->length = s.length;
        series->known = s.length;
        while (series->known && isnan(s.value[series->known - 1])) series->known--;
        series->season = s.season[0];
        series->long_season = s.season[1] > 1 ? s.season[1] : s.season[0] == 7 ? 364 : 0;
    }
    if (status == RNN_OK) status = rnn_windows_create(ctx, &c->set, c->model, NULL, &c->windows);
    if (status) return status;
    for (size_t s = 0; s < c->set.count; s++)
        add_origins(c, s, rnn_stream(seed, 77, first + s), most);
    return rnn_windows_set_list(c->windows, c->list, c->count);
}

/* The mixture's prior: of the held-out series, as a model learns that of its own. */
static rnn_status learn_prior(rnn_context *ctx, collection *c, rnn_smoothing *smoothing) {
    size_t *ends = rnn_alloc_array(ctx, c->set.count, sizeof *ends);
    if (!ends) return ctx->status;
    for (size_t s = 0; s < c->set.count; s++) ends[s] = c->set.series[s].known;
    rnn_status status = rnn_mixture_learn(ctx, &c->set, ends, c->windows->tracks, c->model);
    *smoothing = c->model->forecast.recipe.smoothing;
    rnn_free(ctx, ends);
    return status;
}

/* ---- training ---- */

typedef struct pretraining {
    rnn_context *ctx;
    const rnn_pretrain_plan *plan;
    rnn_model *model; /* its members are the averaged networks */
    rnn_net *live[MEMBERS];
    real storage[RNN_MAX_LIST];
    rnn_pool *pool;
    rnn_fit *fit;
    day_sampler sampler;
} pretraining;

static rnn_status begin(pretraining *t) {
    rnn_context *ctx = t->ctx;
    rnn_model *m = t->model = create_model(ctx, t->plan->seed, HORIZON, 0);
    if (!m) return ctx->status;
    m->options.epochs = (int64_t)((t->plan->steps + BATCHES - 1) / BATCHES);
    m->member = rnn_alloc_array_zero(ctx, MEMBERS, sizeof *m->member);
    if (!m->member) return ctx->status;
    m->members = MEMBERS;
    rnn_status status = rnn_pool_create(ctx, t->plan->threads, &t->pool);
    for (size_t i = 0; i < MEMBERS && status == RNN_OK; i++) {
        status = rnn_net_create(ctx, &m->spec, &m->member[i]);
        if (status == RNN_OK) status = rnn_net_create(ctx, &m->spec, &t->live[i]);
        if (status) break;
        rnn_net_initialise(t->live[i], rnn_stream(t->plan->seed, 1, i));
        rnn_calibrate_start(m, t->live[i]);
    }
    if (status) return status;
    /* Held-out series come from a collection of their own. The mixture's prior first. */
    collection *held = &t->sampler.held;
    rnn_smoothing *smoothing = &m->forecast.recipe.smoothing;
    for (int round = 0; round < 2 && status == RNN_OK; round++) {
        collection_free(ctx, held);
        held->model = create_model(ctx, t->plan->seed, horizons[0], 0);
        if (!held->model) return ctx->status;
        status = collect(ctx, held, rnn_stream(t->plan->seed, 2, 0), 0, held_out_of(t->plan), 1,
                         smoothing);
        if (status == RNN_OK && round == 0) status = learn_prior(ctx, held, smoothing);
    }
    return status;
}

static rnn_status create_fit(pretraining *t) {
    rnn_model *m = t->model;
    rnn_sampler *s = &t->sampler.sampler;
    s->train_count = t->plan->series;
    s->valid_count = t->sampler.held.count;
    s->max_steps = CONTEXT + LONGEST;
    s->max_outputs = LONGEST;
    s->length = length;
    s->draw = draw;
    s->fill = fill;
    rnn_fit_config config = {.options = &m->options,
                             .epoch_size = BATCH * batches_of(t->plan),
                             .loss = rnn_model_loss(m, t->storage),
                             .sampler = s,
                             .member = t->live,
                             .average = m->member,
                             .members = MEMBERS,
                             .pool = t->pool,
                             .seed = t->plan->seed};
    return rnn_fit_create(t->ctx, &config, &t->fit);
}

static void ignore(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    (void)arg;
    (void)item;
    (void)batch;
    (void)out;
}

static rnn_status run_epoch(pretraining *t, int64_t number) {
    collection *day = &t->sampler.day;
    rnn_fit_epoch result;
    rnn_model *m = t->model;
    collection_free(t->ctx, day);
    /* Every other day logarithms; each horizon with and without. */
    day->model =
        create_model(t->ctx, t->plan->seed, horizons[number / 2 % HORIZONS], (int)(number % 2));
    if (!day->model) return t->ctx->status;
    rnn_status status =
        collect(t->ctx, day, rnn_stream(t->plan->seed, 3, 0), (uint64_t)number * t->plan->series,
                t->plan->series, ORIGINS, &m->forecast.recipe.smoothing);
    t->sampler.sampler.train_count = day->count;
    if (status == RNN_OK) status = rnn_fit_epoch_run(t->fit, &result, ignore, NULL);
    if (status) return status;
    rnn_epoch epoch = {.epoch = number + 1,
                       .train_loss = result.train_loss,
                       .valid_loss = result.valid_loss,
                       .metric = NAN,
                       .learning_rate = result.learning_rate,
                       .gradient_norm = result.gradient_norm,
                       .best = number + 1 == m->options.epochs};
    m->history[m->epochs++] = epoch;
    if (t->plan->progress) t->plan->progress(t->plan->arg, &epoch);
    return RNN_OK;
}

rnn_status rnn_pretrain(rnn_context *ctx, const rnn_pretrain_plan *plan, uint8_t **bytes,
                        size_t *size) {
    pretraining t = {.ctx = ctx, .plan = plan};
    rnn_writer w;
    *bytes = NULL;
    *size = 0;
    rnn_status status = begin(&t);
    if (status == RNN_OK) status = create_fit(&t);
    if (status == RNN_OK) {
        rnn_model *m = t.model;
        m->history = rnn_alloc_array(ctx, (size_t)m->options.epochs, sizeof *m->history);
        if (!m->history) status = ctx->status;
        for (int64_t e = 0; e < m->options.epochs && status == RNN_OK; e++)
            status = run_epoch(&t, e);
        m->best_epoch = m->options.epochs;
    }
    rnn_writer_init(&w, ctx);
    if (status == RNN_OK) status = rnn_model_write(t.model, &w);
    if (status) {
        rnn_writer_free(&w);
    } else {
        *bytes = w.data;
        *size = w.size;
    }
    rnn_fit_free(t.fit);
    collection_free(ctx, &t.sampler.day);
    collection_free(ctx, &t.sampler.held);
    for (size_t i = 0; i < MEMBERS; i++) rnn_net_free(t.live[i]);
    rnn_pool_free(t.pool);
    rnn_model_free(t.model);
    return status;
}
