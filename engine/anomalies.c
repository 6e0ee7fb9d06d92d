/* anomalies.c - see anomalies.h. */
#include "anomalies.h"

#include "bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly_walk.h"
#include "surprise.h"

enum { PASSES = 3 };

/* Change of the deviations, as a logarithm, that is worth another pass. */
static const double CHANGED = 0.15;
/* Outliers of which this share was to be expected are the tail of a distribution. */
static const double EXPECTED = 0.3;
/* Quantiles for the fit: of raw misses, and of those without outliers. */
static const double HIGH_RAW = 0.9, HIGH_CLEAN = 0.97;
/* Correlation of neighbouring misses: what one counts at most, in deviations, and the highest. */
static const double MOST_COUNTED = 2.5, MOST_CORRELATION = 0.5;

struct rnn_anomalies {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model;
    rnn_model *bound; /* or NULL */
    double level;
    rnn_series_set set;
    rnn_pool *pool;
    rnn_walker walker;
    double *misses;          /* [2 x positions] scratch */
    rnn_surprise usual;      /* of the pass under way, then of its result */
    size_t series, position; /* of the row that comes next */
    char time[48];
};

/* ---- what misses usually are ---- */

/* Geometric mean of the spreads of a series' forecasts so far. */
static void measure_typical(rnn_anomalies *a) {
    for (size_t s = 0; s < a->set.count; s++) {
        double sum = 0, n = 0;
        for (size_t p = a->walker.from[s]; p < a->set.series[s].known; p++) {
            const rnn_verdict *v = &rnn_walker_verdicts(&a->walker, s)[p];
            if (isnan(v->off)) continue;
            sum += log(v->spread);
            n += 1;
        }
        a->walker.typical[s] = n > 0 ? exp(sum / n) : 1;
    }
}

/* Misses of all positions that are no part of a shift, and no outliers unless `all`, to a->misses;
** *sharpness = mean logarithm of the scales they were measured in. */
static size_t collect_misses(const rnn_anomalies *a, int all, double *sharpness) {
    size_t n = 0;
    *sharpness = 0;
    for (size_t s = 0; s < a->set.count; s++) {
        for (size_t p = a->walker.from[s]; p < a->set.series[s].known; p++) {
            const rnn_verdict *v = &rnn_walker_verdicts(&a->walker, s)[p];
            if (v->fate == RNN_FATE_SHIFTED || (v->fate == RNN_FATE_OUT && !all) || isnan(v->off))
                continue;
            a->misses[n++] = rnn_walker_miss(&a->walker, s, v);
            *sharpness += log(rnn_walker_scale(&a->walker, s, v));
        }
    }
    if (n) *sharpness /= (double)n;
    return n;
}

/* The trust with which intervals that hold alike are narrowest. */
static double best_trust(rnn_anomalies *a, double high) {
    double best = 0, least = INFINITY, sharpness;
    for (int half = 0; half <= 2; half++) {
        a->walker.trust = 0.5 * half;
        size_t n = collect_misses(a, 0, &sharpness);
        for (size_t i = 0; i < n; i++) a->misses[i] = fabs(a->misses[i]);
        qsort(a->misses, n, sizeof *a->misses, rnn_compare_doubles);
        double width = n ? sharpness + log(a->misses[(size_t)(high * (double)(n - 1))]) : 0;
        if (width < least - 0.01) {
            least = width;
            best = a->walker.trust;
        }
    }
    return best;
}

/* 1 if the distribution of the other misses has room for those of the outliers. */
static int outliers_expected(const rnn_anomalies *a, const rnn_surprise *usual, size_t n) {
    double expected = 0, out = 0;
    for (size_t s = 0; s < a->set.count; s++) {
        for (size_t p = a->walker.from[s]; p < a->set.series[s].known; p++)
            out += rnn_walker_verdicts(&a->walker, s)[p].fate == RNN_FATE_OUT;
    }
    for (int d = 0; d < 2; d++) {
        double least = RNN_OUT_MISS * a->walker.deviation[d];
        expected += 0.5 * (double)n * (1 - rnn_surprise_probability(usual, d ? least : -least));
    }
    return expected > EXPECTED * out;
}

static void measure_usual(rnn_anomalies *a, double high) {
    double sharpness;
    measure_typical(a);
    a->walker.trust = best_trust(a, high);
    size_t n = collect_misses(a, 0, &sharpness);
    rnn_surprise usual = rnn_surprise_fit(a->misses, n, high, a->misses + n);
    if (outliers_expected(a, &usual, n)) {
        n = collect_misses(a, 1, &sharpness);
        usual = rnn_surprise_fit(a->misses, n, high, a->misses + n);
    }
    a->usual = usual;
    for (int d = 0; d < 2; d++) a->walker.deviation[d] = rnn_surprise_deviation(&usual, d);
}

/* Correlation of neighbouring misses makes runs of one sign likelier: the standard error of a sum
** of them grows by this factor, as for an autoregression. */
static double measure_caution(const rnn_anomalies *a) {
    double square = 0, product = 0;
    for (size_t s = 0; s < a->set.count; s++) {
        double before = NAN;
        for (size_t p = a->walker.from[s]; p < a->set.series[s].known; p++) {
            const rnn_verdict *v = &rnn_walker_verdicts(&a->walker, s)[p];
            double u = rnn_walker_miss(&a->walker, s, v) / a->walker.deviation[v->off > 0];
            if (!isnan(u)) u = fmin(fmax(u, -MOST_COUNTED), MOST_COUNTED);
            if (!isnan(u * before)) {
                product += u * before;
                square += 0.5 * (u * u + before * before);
            }
            before = u;
        }
    }
    double r = square > 0 ? product / square : 0;
    r = fmin(fmax(r, 0), MOST_CORRELATION);
    return sqrt((1 + r) / (1 - r));
}

/* Once as the series is, then without outliers and shifts until what is usual stays. */
static rnn_status judge_all(rnn_anomalies *a) {
    rnn_status status = rnn_walker_raw(&a->walker);
    if (status == RNN_OK) {
        measure_usual(a, HIGH_RAW);
        a->walker.caution = measure_caution(a);
    }
    for (int pass = 1; status == RNN_OK; pass++) {
        double before[2] = {a->walker.deviation[0], a->walker.deviation[1]},
               trust = a->walker.trust;
        status = rnn_walker_run(&a->walker);
        if (status) break;
        measure_usual(a, HIGH_CLEAN);
        double change = fmax(fabs(log(a->walker.deviation[0] / before[0])),
                             fabs(log(a->walker.deviation[1] / before[1])));
        if (pass == PASSES || (change < CHANGED && trust == a->walker.trust)) break;
    }
    return status;
}

/* ---- the whole ---- */

static rnn_status prepare(rnn_anomalies *a, const rnn_table *rows, const rnn_options *options) {
    rnn_context *ctx = a->ctx;
    const rnn_model *m = a->model;
    if (m->forecast.recipe.any_step) {
        rnn_status bound = rnn_bind(ctx, a->function, m, rows, 0, &a->bound);
        if (bound) return bound;
        a->model = m = a->bound;
    }
    rnn_status status = rnn_series_build(ctx, a->function, rows, m, &a->set);
    if (status == RNN_OK) status = rnn_pool_create(ctx, (size_t)options->threads, &a->pool);
    if (status == RNN_OK) status = rnn_walker_create(ctx, m, &a->set, a->pool, &a->walker);
    if (status) return status;
    size_t positions = a->walker.start[a->set.count];
    a->misses = rnn_alloc_array(ctx, positions, 2 * sizeof *a->misses);
    return a->misses ? judge_all(a) : ctx->status;
}

rnn_status rnn_anomalies_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                const rnn_table *rows, const rnn_options *options,
                                rnn_anomalies **out) {
    *out = NULL;
    rnn_anomalies *a = rnn_alloc_zero(ctx, sizeof *a);
    if (!a) return ctx->status;
    a->ctx = ctx;
    a->function = function;
    a->model = model;
    a->level = options->level;
    rnn_status status = prepare(a, rows, options);
    if (status == RNN_OK) {
        *out = a;
    } else {
        rnn_anomalies_free(a);
    }
    return status;
}

void rnn_anomalies_free(rnn_anomalies *a) {
    if (!a) return;
    rnn_context *ctx = a->ctx;
    rnn_walker_free(&a->walker);
    rnn_series_set_free(&a->set);
    rnn_unbind(a->bound);
    rnn_pool_free(a->pool);
    rnn_free(ctx, a->misses);
    rnn_free(ctx, a);
}

/* In the data's units. */
static double restored(const rnn_anomalies *a, double z) {
    double y = rnn_recipe_restore(&a->model->forecast.recipe, z);
    return a->model->forecast.nonnegative && y < 0 ? 0 : y;
}

static void fill_row(const rnn_anomalies *a, const rnn_verdict *v, rnn_anomaly_row *row) {
    row->forecast = row->lower = row->upper = row->probability = NAN;
    row->anomaly = 0;
    if (isnan(v->off)) return;
    double scale = rnn_walker_scale(&a->walker, a->series, v),
           miss = rnn_walker_miss(&a->walker, a->series, v);
    row->forecast = restored(a, v->center);
    row->lower = restored(a, v->center + scale * rnn_surprise_bound(&a->usual, a->level, 0));
    row->upper = restored(a, v->center + scale * rnn_surprise_bound(&a->usual, a->level, 1));
    row->probability = rnn_surprise_probability(&a->usual, miss);
    row->anomaly = row->probability > a->level;
}

rnn_status rnn_anomalies_next(rnn_anomalies *a, rnn_anomaly_row *row) {
    memset(row, 0, sizeof *row);
    for (; a->series < a->set.count; a->series++, a->position = 0) {
        const rnn_series *s = &a->set.series[a->series];
        while (a->position < s->known && isnan(s->target[a->position])) a->position++;
        if (a->position == s->known) continue;
        size_t p = a->position++;
        row->series = s->key;
        row->time = rnn_series_time(&a->set, a->model, s, p, a->time, sizeof a->time);
        row->actual = s->target[p];
        fill_row(a, &rnn_walker_verdicts(&a->walker, a->series)[p], row);
        return RNN_OK;
    }
    return RNN_DONE;
}
