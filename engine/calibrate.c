/* calibrate.c - see calibrate.h. */
#include "calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEAST_FACTOR = 0.5, MOST_FACTOR = 3;
/* Held-out windows that the pretrained network's own spread is worth. */
static const double PRETRAINED_WORTH = 8;

rnn_loss rnn_model_loss(const rnn_model *model, real storage[RNN_MAX_LIST]) {
    const rnn_list *list = &model->options.quantiles;
    rnn_loss loss = {(rnn_loss_kind)model->options.loss, model->spec.outputs, storage};
    for (size_t i = 0; i < list->n; i++) storage[i] = (real)list->v[i];
    return loss;
}

/* Did training start from the pretrained network? Models from before there was one do not say. */
static int is_pretrained(const rnn_model *model) { return model->options.pretrained == 1; }

void rnn_calibrate_start(const rnn_model *model, rnn_net *net) {
    const rnn_options *o = &model->options;
    real *p = rnn_net_parameters(net);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *tensor = rnn_net_tensor(net, i);
        if (strcmp(tensor->name, "head.weight") == 0)
            memset(p + tensor->offset, 0, tensor->rows * tensor->columns * sizeof *p);
        for (size_t k = 0; strcmp(tensor->name, "head.bias") == 0 && k < tensor->rows; k++) {
            p[tensor->offset + k] =
                o->loss == RNN_LOSS_QUANTILE ? (real)(3 * (o->quantiles.v[k] - 0.5)) : 0;
        }
    }
}

/* 1 if the loss learns a point only. */
static int point_loss(const rnn_model *model) { return model->options.loss <= RNN_LOSS_HUBER; }

/* Raw quantiles relative to the base, in scaled units. */
static void raw_quantiles(const rnn_model *model, const real *out, double unit, double *q) {
    real storage[RNN_MAX_LIST];
    rnn_loss loss = rnn_model_loss(model, storage);
    const rnn_list *list = &model->options.quantiles;
    for (size_t i = 0; i < list->n; i++) {
        q[i] = rnn_loss_quantile(&loss, out, unit, list->v[i]);
        if (point_loss(model)) q[i] += rnn_normal_quantile(list->v[i]);
    }
}

static size_t median_index(const rnn_model *model) {
    const rnn_list *list = &model->options.quantiles;
    for (size_t i = 0; i < list->n; i++) {
        if (fabs(list->v[i] - 0.5) < 1e-9) return i;
    }
    return list->n / 2;
}

/* Group of a step: all alike where the network learns spreads, doubling otherwise. */
static size_t step_group(int64_t k, size_t groups) {
    size_t g = 0;
    while (g + 1 < groups && ((int64_t)1 << (g + 1)) <= k) g++;
    return g;
}

static double share_at(const rnn_recipe *r, size_t kind, int64_t k) {
    return r->share_groups ? r->share[kind][step_group(k, r->share_groups)] : r->shrink;
}

static void calibrated(const rnn_model *model, size_t kind, int64_t k, double base,
                       const double *raw, double *q) {
    const rnn_forecast_model *f = &model->forecast;
    const rnn_calibration *c = &f->calibration;
    size_t n = model->options.quantiles.n, middle = median_index(model);
    double median = base + share_at(&f->recipe, kind, k) * raw[middle];
    for (size_t i = 0; i < n; i++) {
        double factor = c->count == n ? c->factor[step_group(k, c->groups) * n + i] : 1;
        q[i] = median + factor * (raw[i] - raw[middle]);
    }
    /* Factors differ: put the quantiles back in order (Chernozhukov 2010). */
    for (size_t i = 1; i < n; i++) {
        double v = q[i];
        size_t j = i;
        for (; j > 0 && q[j - 1] > v; j--) q[j] = q[j - 1];
        q[j] = v;
    }
}

void rnn_calibrate_transformed(const rnn_windows *w, rnn_window at, int64_t k, const real *out,
                               double *q) {
    const rnn_model *model = w->model;
    rnn_window_scale scale = rnn_windows_scale(w, at);
    double raw[RNN_MAX_LIST];
    raw_quantiles(model, out, scale.unit, raw);
    calibrated(model, rnn_windows_kind(w, at), k, rnn_windows_base(w, at, scale, k), raw, q);
    for (size_t i = 0; i < model->options.quantiles.n; i++) q[i] = scale.level + scale.unit * q[i];
}

void rnn_calibrate_quantiles(const rnn_windows *w, rnn_window at, int64_t k, const real *out,
                             double *q) {
    const rnn_forecast_model *f = &w->model->forecast;
    rnn_calibrate_transformed(w, at, k, out, q);
    for (size_t i = 0; i < w->model->options.quantiles.n; i++) {
        q[i] = rnn_recipe_restore(&f->recipe, q[i]);
        if (f->nonnegative && q[i] < 0) q[i] = 0;
    }
}

double rnn_calibrate_interpolate(const rnn_model *model, const double *q, double p) {
    real storage[RNN_MAX_LIST], values[RNN_MAX_LIST];
    rnn_loss loss = rnn_model_loss(model, storage);
    size_t n = model->options.quantiles.n, middle = median_index(model);
    for (size_t i = 0; i < n; i++) {
        if (fabs(model->options.quantiles.v[i] - p) < 1e-9) return q[i];
    }
    /* Reals are floats: interpolate shares of the whole width from the median, not the values
    ** themselves. */
    double width = q[n - 1] - q[0];
    if (width == 0) return q[middle];
    for (size_t i = 0; i < n; i++) values[i] = (real)((q[i] - q[middle]) / width);
    loss.kind = RNN_LOSS_QUANTILE;
    loss.outputs = n;
    return q[middle] + width * rnn_loss_quantile(&loss, values, 1, p);
}

double rnn_calibrate_between(const rnn_model *model, const double *q, double p) {
    double v = rnn_calibrate_interpolate(model, q, p);
    return model->forecast.nonnegative && v < 0 ? 0 : v;
}

/* What the measurement keeps of each held-out output. */
typedef struct held_out {
    double base, target, weight; /* target relative to the base */
    int64_t k;
    size_t kind;
} held_out;

typedef struct measuring {
    const rnn_model *model;
    const rnn_windows *windows;
    held_out *sample;
    double *raw; /* [count][quantiles] */
    size_t count, capacity, quantiles;
    double apart; /* held-out windows that do not overlap */
    double apart_of[RNN_SERIES_KINDS];
    const rnn_batch *batch; /* under observation */
    const real *out;
} measuring;

static void keep(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    measuring *m = arg;
    (void)item;
    if (!(m->batch->weight[output] > 0) || m->count == m->capacity) return;
    held_out *s = &m->sample[m->count];
    s->target = (double)m->batch->target[output];
    s->weight = (double)m->batch->weight[output];
    s->k = k;
    s->kind = rnn_windows_kind(m->windows, at);
    raw_quantiles(m->model, m->out + output * m->model->spec.outputs,
                  (double)m->batch->unit[output], m->raw + m->count * m->quantiles);
    m->count++;
}

static void observe(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    measuring *m = arg;
    m->batch = batch;
    m->out = out;
    rnn_windows_visit(m->windows, 1, item, batch, keep, m);
}

/* Share of the way from the base to the network's median with the least absolute error. Targets are
** relative to the base. */
static double best_shrink(const measuring *m, size_t middle) {
    double best = 1, least = INFINITY, none = 0,
           penalty = 20 / ((double)m->windows->sampler.train_count + 1);
    if (m->count == 0) return 1; /* nothing speaks against the network */
    for (size_t i = 0; i < m->count; i++) none += m->sample[i].weight * fabs(m->sample[i].target);
    for (int quarter = 0; quarter <= 4; quarter++) {
        double share = quarter / 4.0, error = penalty * share * none;
        for (size_t i = 0; i < m->count; i++) {
            double off = m->sample[i].target - share * m->raw[i * m->quantiles + middle];
            error += m->sample[i].weight * fabs(off);
        }
        if (error < least) {
            least = error;
            best = share;
        }
    }
    return best;
}

/* Share of the way for one kind of series and a group of steps. A pretrained network is to be
** trusted until held-out windows speak against it, one that was trained on these series the other
** way round. */
static double best_share(const measuring *m, size_t middle, size_t kind, size_t group,
                         size_t groups) {
    double best = 1, least = INFINITY, none = 0, prior = 1, penalty = 1 / (m->apart_of[kind] + 1);
    if (!is_pretrained(m->model)) {
        prior = 0;
        penalty = 20 / ((double)m->windows->sampler.train_count + 1);
    }
    for (int quarter = -1; quarter <= 4; quarter++) { /* -1: the error of the baseline alone */
        double share = quarter / 4.0, error = penalty * fabs(share - prior) * none;
        for (size_t i = 0; i < m->count; i++) {
            const held_out *s = &m->sample[i];
            if (s->kind != kind || step_group(s->k, groups) != group) continue;
            double raw = quarter < 0 ? 0 : m->raw[i * m->quantiles + middle];
            error += s->weight * fabs(s->target - share * raw);
        }
        if (quarter < 0) none = error;
        if (quarter >= 0 && error < least) {
            least = error;
            best = share;
        }
    }
    return none > 0 ? best : prior;
}

/* Windows of the list that would fit side by side: origins of a series lie together, in order. */
static double windows_apart(const rnn_windows *w, double of_kind[RNN_SERIES_KINDS]) {
    double apart = 0;
    for (size_t k = 0; k < RNN_SERIES_KINDS; k++) of_kind[k] = 0;
    for (size_t i = 0, first = 0; i < w->sampler.valid_count; i++) {
        const rnn_window *at = &w->list[i];
        if (at->series != w->list[first].series) first = i;
        int last = i + 1 == w->sampler.valid_count || w->list[i + 1].series != at->series;
        if (!last) continue;
        double here = 1 + (double)(at->origin - w->list[first].origin) / (double)w->horizon;
        apart += here;
        of_kind[rnn_windows_kind(w, *at)] += here;
    }
    return apart;
}

/* Factor of quantile `i` for steps low...high. `ratio` [count] is scratch. */
static double factor(const measuring *m, int64_t low, int64_t high, size_t i, size_t middle,
                     double *ratio) {
    const rnn_model *model = m->model;
    double p = model->options.quantiles.v[i];
    const rnn_recipe *recipe = &model->forecast.recipe;
    size_t n = 0;
    if (i == middle) return 1;
    for (size_t s = 0; s < m->count; s++) {
        const double *raw = m->raw + s * m->quantiles;
        double spread = raw[i] - raw[middle];
        if (m->sample[s].k < low || m->sample[s].k > high) continue;
        if (fabs(spread) < 1e-9) continue;
        double share = share_at(recipe, m->sample[s].kind, m->sample[s].k);
        ratio[n++] = (m->sample[s].target - share * raw[middle]) / spread;
    }
    if (n < 5) return 1;
    qsort(ratio, n, sizeof *ratio, rnn_compare_doubles);
    /* Where the quantiles were good before, few windows change little. */
    double tail = p > 0.5 ? p : 1 - p, trust = m->apart / (m->apart + PRETRAINED_WORTH),
           further = is_pretrained(model) ? 0 : (1 - tail) / (1 + m->apart),
           rank = ceil((double)(n + 1) * (tail + further));
    double value = ratio[rank < (double)n ? (size_t)rank - 1 : n - 1];
    double least = point_loss(model) ? 0 : LEAST_FACTOR,
           most = point_loss(model) ? RNN_TARGET_CUT : MOST_FACTOR;
    value = value < least ? least : value > most ? most : value;
    return is_pretrained(model) ? trust * value + (1 - trust) : value;
}

size_t rnn_calibration_groups(const rnn_model *model) {
    size_t h = rnn_windows_horizon(model), groups = 1;
    for (size_t k = 2; k <= h; k *= 2) groups++;
    return groups;
}

uint64_t rnn_calibrate_bytes(const rnn_model *model, size_t windows, size_t h) {
    uint64_t outputs = (uint64_t)windows * h, quantiles = model->options.quantiles.n;
    return outputs * (sizeof(held_out) + quantiles * sizeof(double) + sizeof(double));
}

rnn_status rnn_calibrate_measure(rnn_context *ctx, rnn_model *model, const rnn_windows *windows,
                                 rnn_scorer *scorer) {
    rnn_forecast_model *f = &model->forecast;
    rnn_calibration *c = &f->calibration;
    measuring m = {.model = model, .windows = windows, .quantiles = model->options.quantiles.n};
    m.apart = windows_apart(windows, m.apart_of);
    size_t middle = median_index(model), groups = rnn_calibration_groups(model);
    double *ratio = NULL;
    rnn_status status;
    m.capacity = windows->sampler.valid_count * windows->horizon;
    rnn_free(ctx, c->probability);
    rnn_free(ctx, c->factor);
    memset(c, 0, sizeof *c);
    m.sample = rnn_alloc_array(ctx, m.capacity, sizeof *m.sample);
    if (m.sample) m.raw = rnn_alloc_array(ctx, m.capacity, m.quantiles * sizeof *m.raw);
    if (m.raw) ratio = rnn_alloc_array(ctx, m.capacity, sizeof *ratio);
    if (ratio) c->probability = rnn_alloc_array(ctx, m.quantiles, sizeof *c->probability);
    if (c->probability) c->factor = rnn_alloc_array(ctx, groups * m.quantiles, sizeof *c->factor);
    status = c->factor ? RNN_OK : ctx->status;
    if (status == RNN_OK)
        status = rnn_scorer_run(scorer, 1, NULL, 0, windows->sampler.valid_count, observe, &m);
    if (status == RNN_OK) {
        int shrinks = model->options.scale == RNN_SCALE_WINDOW &&
                      model->options.loss != RNN_LOSS_NEGATIVE_BINOMIAL;
        f->recipe.shrink = shrinks ? best_shrink(&m, middle) : 1;
        f->recipe.share_groups = f->recipe.mixture && shrinks ? groups : 0;
        for (size_t i = 0; i < f->recipe.share_groups * RNN_SERIES_KINDS && status == RNN_OK; i++) {
            f->recipe.share[i % RNN_SERIES_KINDS][i / RNN_SERIES_KINDS] =
                best_share(&m, middle, i % RNN_SERIES_KINDS, i / RNN_SERIES_KINDS, groups);
            status = rnn_check(ctx);
        }
        for (size_t at = 0; at < groups * m.quantiles && status == RNN_OK; at++) {
            size_t g = at / m.quantiles; /* steps 2^g ... 2^(g+1) - 1 */
            c->factor[at] =
                factor(&m, (int64_t)1 << g, ((int64_t)2 << g) - 1, at % m.quantiles, middle, ratio);
            status = rnn_check(ctx);
        }
        for (size_t i = 0; i < m.quantiles; i++) c->probability[i] = model->options.quantiles.v[i];
        c->count = status == RNN_OK ? m.quantiles : 0;
        c->groups = groups;
    }
    rnn_free(ctx, m.sample);
    rnn_free(ctx, m.raw);
    rnn_free(ctx, ratio);
    return status;
}
