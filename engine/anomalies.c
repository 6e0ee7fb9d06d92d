/* anomalies.c - see anomalies.h. */
#include "anomalies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "surprise.h"

enum {
    BATCH = 32,
    GROUP = 256,      /* series under way at a time */
    LEAST_CHUNK = 16, /* steps of a series scored at a time: after an event ... */
    MOST_CHUNK = 256, /* ... and at most */
    SAMPLE = 4096,    /* raw windows measured first ... */
    SAMPLE_RUN = 64,  /* ... so many side by side */
    OUT_REACH = 10,   /* see anomalies.h */
    MOST_OUT = 3,
    RUN_LEAST = 3,
    RUN_MOST = 8,
    LEARN = 12,
    WARM = 16,
    LONG_SEASON = 50,
    PASSES = 3
};

/* In deviations: the miss of an outlier; evidence of a shift (of a mean), the least miss that is
** part of one, and what a miss counts at most. */
static const double OUT_MISS = 4.5, EVIDENCE = 4.5, LEAST_MISS = 0.8, MOST_MISS = 8;
/* Change of the deviations, as a logarithm, that is worth another pass. */
static const double CHANGED = 0.15;
/* Outliers of which this share was to be expected are the tail of a distribution. */
static const double EXPECTED = 0.3;
/* Quantiles for the fit: of raw misses, and of those without outliers. */
static const double HIGH_RAW = 0.9, HIGH_CLEAN = 0.97;
/* Central share of a forecast distribution that its spread is taken from, and that share's half
** width in a standard normal one. */
static const double CENTRAL = 0.8, CENTRAL_HALF = 1.2815515655446004;

/* What became of a position. */
enum { USED, OUT, SHIFTED };

/* A position: its forecast and the spread that goes with it, in the recipe's transform, and how far
** the target is from it (NaN: not judged). */
typedef struct verdict {
    double center, spread, off;
    uint8_t fate;
} verdict;

/* A series under way. */
typedef struct walk {
    size_t series, next, chunk; /* positions before `next` are judged */
    double shift;               /* subtracted from the values since `begun` */
    size_t begun, learn_end;    /* first position of the new level; where learning it ends */
    size_t since;               /* first position of misses that may be a new shift */
} walk;

struct rnn_anomalies {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model;
    double level;
    rnn_series_set set;
    rnn_pool *pool;
    rnn_windows *windows;
    rnn_scorer *scorer;
    size_t *start;    /* [series + 1] where a series' verdicts begin */
    size_t *from;     /* [series] first position that is judged; its known positions: none is */
    verdict *verdict; /* [start[series]] */
    double *typical;  /* [series] spread of most of its forecasts */
    double trust;     /* 0...1: how much of the differences from it is real */
    double *misses;   /* [2 x start[series]] scratch */
    walk *walks;      /* [GROUP] */
    rnn_window *list; /* of windows under way */
    size_t list_size;
    rnn_surprise usual;      /* of the pass under way, then of its result */
    double deviation[2];     /* of it, downwards and upwards */
    double caution;          /* factor on the evidence: misses may go together */
    size_t series, position; /* of the row that comes next */
    char time[48];
};

/* ---- windows ---- */

static const rnn_recipe *recipe(const rnn_anomalies *a) { return &a->model->forecast.recipe; }

static verdict *verdicts(const rnn_anomalies *a, size_t series) {
    return a->verdict + a->start[series];
}

typedef struct collecting {
    const rnn_anomalies *a;
    const real *out;
} collecting;

static void collect_output(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    const collecting *c = arg;
    const rnn_model *m = c->a->model;
    double q[RNN_MAX_LIST];
    (void)item;
    if (k != 1) return;
    rnn_calibrate_transformed(c->a->windows, at, k, c->out + output * m->spec.outputs, q);
    verdict *v = &verdicts(c->a, at.series)[at.origin + 1];
    double unit = rnn_windows_scale(c->a->windows, at).unit;
    v->center = rnn_calibrate_interpolate(m, q, 0.5);
    v->spread = (rnn_calibrate_interpolate(m, q, 0.5 + CENTRAL / 2) -
                 rnn_calibrate_interpolate(m, q, 0.5 - CENTRAL / 2)) /
                (2 * CENTRAL_HALF);
    /* A network that is sure of everything says nothing of what misses are. */
    v->spread = fmax(v->spread, 0.01 * unit);
}

static void collect_batch(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    collecting *c = arg;
    c->out = out;
    rnn_windows_visit(c->a->windows, 1, item, batch, collect_output, c);
}

static rnn_status score_list(rnn_anomalies *a) {
    collecting c = {a, NULL};
    rnn_windows_set_list(a->windows, a->list, a->list_size);
    return rnn_scorer_run(a->scorer, 1, NULL, 0, a->list_size, collect_batch, &c);
}

/* List the window that forecasts position p, if there is something to compare it with. */
static void list_window(rnn_anomalies *a, size_t series, size_t p) {
    if (isnan(a->set.series[series].target[p])) return;
    a->list[a->list_size++] = (rnn_window){series, (int64_t)p - 1};
}

/* How far a known target is from its window's forecast of the shifted series. */
static void measure_off(const rnn_anomalies *a, size_t series, size_t p, double shift) {
    verdict *v = &verdicts(a, series)[p];
    const rnn_track *t = &a->windows->tracks[series];
    double z = rnn_recipe_transform(recipe(a), t, a->set.series[series].target[p]);
    v->center += shift;
    v->off = z - v->center;
    if (!isfinite(v->off) || !isfinite(v->center) || !(v->spread > 0)) v->off = NAN;
}

/* Spread that the misses of a series are measured in. */
static double scale_of(const rnn_anomalies *a, size_t series, const verdict *v) {
    return a->typical[series] * pow(v->spread / a->typical[series], a->trust);
}

static double miss_of(const rnn_anomalies *a, size_t series, const verdict *v) {
    return v->off / scale_of(a, series, v);
}

/* ---- what misses usually are ---- */

/* Geometric mean of the spreads of a series' forecasts so far. */
static void measure_typical(rnn_anomalies *a) {
    for (size_t s = 0; s < a->set.count; s++) {
        double sum = 0, n = 0;
        for (size_t p = a->from[s]; p < a->set.series[s].known; p++) {
            const verdict *v = &verdicts(a, s)[p];
            if (isnan(v->off)) continue;
            sum += log(v->spread);
            n += 1;
        }
        a->typical[s] = n > 0 ? exp(sum / n) : 1;
    }
}

/* Misses of all positions that are no part of a shift, and no outliers unless `all`, to a->misses;
** *sharpness = mean logarithm of the scales they were measured in. */
static size_t collect_misses(const rnn_anomalies *a, int all, double *sharpness) {
    size_t n = 0;
    *sharpness = 0;
    for (size_t s = 0; s < a->set.count; s++) {
        for (size_t p = a->from[s]; p < a->set.series[s].known; p++) {
            const verdict *v = &verdicts(a, s)[p];
            if (v->fate == SHIFTED || (v->fate == OUT && !all) || isnan(v->off)) continue;
            a->misses[n++] = miss_of(a, s, v);
            *sharpness += log(scale_of(a, s, v));
        }
    }
    if (n) *sharpness /= (double)n;
    return n;
}

/* The trust with which intervals that hold alike are narrowest. */
static double best_trust(rnn_anomalies *a, double high) {
    double best = 0, least = INFINITY, sharpness;
    for (int half = 0; half <= 2; half++) {
        a->trust = 0.5 * half;
        size_t n = collect_misses(a, 0, &sharpness);
        for (size_t i = 0; i < n; i++) a->misses[i] = fabs(a->misses[i]);
        qsort(a->misses, n, sizeof *a->misses, rnn_compare_doubles);
        double width = n ? sharpness + log(a->misses[(size_t)(high * (double)(n - 1))]) : 0;
        if (width < least - 0.01) {
            least = width;
            best = a->trust;
        }
    }
    return best;
}

/* 1 if the distribution of the other misses has room for those of the outliers. */
static int outliers_expected(const rnn_anomalies *a, const rnn_surprise *usual, size_t n) {
    double expected = 0, out = 0;
    for (size_t s = 0; s < a->set.count; s++) {
        for (size_t p = a->from[s]; p < a->set.series[s].known; p++)
            out += verdicts(a, s)[p].fate == OUT;
    }
    for (int d = 0; d < 2; d++) {
        double least = OUT_MISS * a->deviation[d];
        expected += 0.5 * (double)n * (1 - rnn_surprise_probability(usual, d ? least : -least));
    }
    return expected > EXPECTED * out;
}

static void measure_usual(rnn_anomalies *a, double high) {
    double sharpness;
    measure_typical(a);
    a->trust = best_trust(a, high);
    size_t n = collect_misses(a, 0, &sharpness);
    rnn_surprise usual = rnn_surprise_fit(a->misses, n, high, a->misses + n);
    if (outliers_expected(a, &usual, n)) {
        n = collect_misses(a, 1, &sharpness);
        usual = rnn_surprise_fit(a->misses, n, high, a->misses + n);
    }
    a->usual = usual;
    for (int d = 0; d < 2; d++) a->deviation[d] = rnn_surprise_deviation(&usual, d);
}

/* Correlation of neighbouring misses of the sample makes runs of one sign likelier: the standard
** error of a sum of them grows by this factor, as for an autoregression. */
static double measure_caution(const rnn_anomalies *a) {
    double square = 0, product = 0, before = NAN;
    for (size_t i = 0; i < a->list_size; i++) {
        const rnn_window *at = &a->list[i];
        double s = miss_of(a, at->series, &verdicts(a, at->series)[at->origin + 1]);
        s /= a->deviation[s > 0];
        s = isnan(s) ? s : fmin(fmax(s, -2.5), 2.5);
        int neighbour = i > 0 && at[-1].series == at->series && at[-1].origin + 1 == at->origin;
        if (neighbour && !isnan(s * before)) {
            product += s * before;
            square += 0.5 * (s * s + before * before);
        }
        before = s;
    }
    double r = square > 0 ? product / square : 0;
    r = fmin(fmax(r, 0), 0.5);
    return sqrt((1 + r) / (1 - r));
}

static void clear_verdicts(rnn_anomalies *a) {
    size_t total = a->start[a->set.count];
    for (size_t i = 0; i < total; i++) a->verdict[i] = (verdict){NAN, NAN, NAN, USED};
}

/* Raw windows, runs of them evenly over all there are. */
static rnn_status measure_sample(rnn_anomalies *a) {
    size_t total = 0, number = 0;
    for (size_t s = 0; s < a->set.count; s++) total += a->set.series[s].known - a->from[s];
    size_t runs = total / SAMPLE_RUN + 1,
           stride = (runs + SAMPLE / SAMPLE_RUN - 1) / (SAMPLE / SAMPLE_RUN);
    a->list_size = 0;
    for (size_t s = 0; s < a->set.count; s++) {
        for (size_t p = a->from[s]; p < a->set.series[s].known; p++) {
            if (number++ / SAMPLE_RUN % stride == 0) list_window(a, s, p);
        }
    }
    clear_verdicts(a);
    rnn_status status = score_list(a);
    if (status) return status;
    for (size_t i = 0; i < a->list_size; i++)
        measure_off(a, a->list[i].series, (size_t)a->list[i].origin + 1, 0);
    measure_usual(a, HIGH_RAW);
    a->caution = measure_caution(a);
    return RNN_OK;
}

/* ---- walking along a series ---- */

/* Make the track of the walk end before position `end`, anew from `first` on. */
static void grow(const rnn_anomalies *a, const walk *w, size_t first, size_t end) {
    rnn_track *t = &a->windows->tracks[w->series];
    const rnn_series *series = &a->set.series[w->series];
    const verdict *v = verdicts(a, w->series);
    if (end > series->known) end = series->known;
    for (t->known = first; t->known < end;) {
        size_t p = t->known;
        double z =
            v[p].fate == OUT ? v[p].center : rnn_recipe_transform(recipe(a), t, series->target[p]);
        rnn_track_append(recipe(a), t,
                         isnan(series->target[p]) ? rnn_track_filled(&a->model->forecast, t)
                                                  : z - w->shift);
    }
}

static double scaled_miss(const rnn_anomalies *a, size_t series, const verdict *v) {
    return miss_of(a, series, v) / a->deviation[v->off > 0];
}

/* 1 if run[0...n) misses, the largest of them left out, go one way far beyond chance. */
static int is_shift(const rnn_anomalies *a, const double *run, size_t n) {
    size_t largest = 0;
    double sum = 0;
    for (size_t i = 1; i < n; i++) {
        if (fabs(run[i]) > fabs(run[largest])) largest = i;
    }
    for (size_t i = 0; i < n; i++) {
        if (run[i] * run[largest] < 0 || fabs(run[i]) < LEAST_MISS) return 0;
        if (i != largest) sum += fabs(run[i]);
    }
    return sum > EVIDENCE * a->caution * sqrt((double)(n - 1));
}

/* Median of how far the values at the n positions at[] are off. */
static double median_off(const rnn_anomalies *a, const walk *w, const size_t *at, size_t n) {
    double v[RUN_MOST];
    for (size_t i = 0; i < n; i++) {
        double x = verdicts(a, w->series)[at[i]].off;
        size_t j = i;
        for (; j > 0 && v[j - 1] > x; j--) v[j] = v[j - 1];
        v[j] = x;
    }
    return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

/* Look for a shift that the miss at p completes; if there is one, the track has the new level. */
static int find_shift(const rnn_anomalies *a, walk *w, size_t p) {
    verdict *v = verdicts(a, w->series);
    double run[RUN_MOST];
    size_t at[RUN_MOST], n = 0;
    for (size_t q = p + 1; q-- > w->since && n < RUN_MOST;) {
        if (isnan(v[q].off)) continue;
        at[n] = q;
        double miss = scaled_miss(a, w->series, &v[q]);
        run[n++] = fmin(fmax(miss, -MOST_MISS), MOST_MISS);
        if (n < RUN_LEAST || !is_shift(a, run, n)) continue;
        w->shift += median_off(a, w, at, n);
        w->begun = at[n - 1];
        w->learn_end = w->begun + LEARN;
        w->since = p + 1;
        for (size_t i = 0; i < n; i++) v[at[i]].fate = SHIFTED;
        grow(a, w, w->begun, p + 1);
        return 1;
    }
    return 0;
}

/* Take the value at p out, unless too many just before it were. */
static int take_out(const rnn_anomalies *a, walk *w, size_t p) {
    verdict *v = verdicts(a, w->series);
    size_t out = 0, first = p > OUT_REACH ? p - OUT_REACH : 0;
    if (fabs(scaled_miss(a, w->series, &v[p])) < OUT_MISS) return 0;
    for (size_t q = first; q < p; q++) out += v[q].fate == OUT;
    if (out >= MOST_OUT) return 0;
    v[p].fate = OUT;
    grow(a, w, p, p + 1);
    return 1;
}

/* The miss at p, shortly after a shift, says more about its size: mean of the misses so far. */
static int learn_shift(const rnn_anomalies *a, walk *w, size_t p) {
    const verdict *v = &verdicts(a, w->series)[p];
    if (p >= w->learn_end) return 0;
    w->shift += v->off / (double)(p - w->begun + 1);
    grow(a, w, w->begun, p + 1);
    return 1;
}

/* Judge the positions that were scored. Stops after the first that changes what later ones see. */
static void judge(const rnn_anomalies *a, walk *w, size_t end) {
    for (size_t p = w->next; p < end; p++) {
        if (isnan(a->set.series[w->series].target[p])) continue;
        measure_off(a, w->series, p, w->shift);
        if (isnan(verdicts(a, w->series)[p].off)) continue;
        if (find_shift(a, w, p) || take_out(a, w, p) || learn_shift(a, w, p)) {
            w->next = p + 1;
            w->chunk = p < w->learn_end ? 1 : LEAST_CHUNK;
            return;
        }
    }
    w->next = end;
    w->chunk = 2 * w->chunk < MOST_CHUNK ? 2 * w->chunk : MOST_CHUNK;
}

static size_t chunk_end(const rnn_anomalies *a, const walk *w) {
    size_t known = a->set.series[w->series].known;
    return known - w->next < w->chunk ? known : w->next + w->chunk;
}

/* A chunk of each of the n walks; those at their end are dropped. */
static rnn_status walk_round(rnn_anomalies *a, size_t *n) {
    size_t left = 0;
    a->list_size = 0;
    for (size_t i = 0; i < *n; i++) {
        const walk *w = &a->walks[i];
        size_t end = chunk_end(a, w);
        grow(a, w, a->windows->tracks[w->series].known, end);
        for (size_t p = w->next; p < end; p++) list_window(a, w->series, p);
    }
    rnn_status status = score_list(a);
    for (size_t i = 0; i < *n && status == RNN_OK; i++) {
        walk *w = &a->walks[i];
        judge(a, w, chunk_end(a, w));
        if (w->next < a->set.series[w->series].known) a->walks[left++] = *w;
    }
    *n = left;
    return status;
}

/* All series from their beginning. */
static rnn_status walk_all(rnn_anomalies *a) {
    rnn_status status = RNN_OK;
    size_t n = 0;
    clear_verdicts(a);
    for (size_t s = 0; s < a->set.count && status == RNN_OK; s++) {
        size_t from = a->from[s];
        if (from < a->set.series[s].known) {
            a->windows->tracks[s].known = from;
            a->walks[n++] = (walk){s, from, LEAST_CHUNK, 0, from, from, from};
        }
        while (status == RNN_OK && n > 0 && (n == GROUP || s + 1 == a->set.count))
            status = walk_round(a, &n);
    }
    return status;
}

static rnn_status judge_all(rnn_anomalies *a) {
    rnn_status status = measure_sample(a);
    for (int pass = 1; status == RNN_OK; pass++) {
        double before[2] = {a->deviation[0], a->deviation[1]}, trust = a->trust;
        status = walk_all(a);
        if (status) break;
        measure_usual(a, HIGH_CLEAN);
        double change =
            fmax(fabs(log(a->deviation[0] / before[0])), fabs(log(a->deviation[1] / before[1])));
        if (pass == PASSES || (change < CHANGED && trust == a->trust)) break;
    }
    return status;
}

/* ---- the whole ---- */

static int has_positive(const rnn_series *s) {
    for (size_t p = 0; p < s->known; p++) {
        if (s->target[p] > 0) return 1;
    }
    return 0;
}

/* First position of a series that is judged. */
static size_t first_judged(const rnn_anomalies *a, size_t series) {
    const rnn_forecast_model *f = &a->model->forecast;
    const rnn_series *s = &a->set.series[series];
    size_t first = a->windows->tracks[series].first, warm = WARM;
    if (first >= s->known || (recipe(a)->log && !has_positive(s))) return s->known;
    if (f->seasons && f->season[0] < LONG_SEASON) warm = 2 * f->season[0];
    size_t most = (s->known - first) / 4 > 4 ? (s->known - first) / 4 : 4;
    first += warm < most ? warm : most;
    return first < s->known ? first : s->known;
}

static rnn_status allocate(rnn_anomalies *a) {
    rnn_context *ctx = a->ctx;
    size_t n = a->set.count, total = 0;
    a->start = rnn_alloc_array(ctx, (uint64_t)n + 1, sizeof *a->start);
    if (a->start) a->from = rnn_alloc_array(ctx, n, sizeof *a->from);
    if (!a->from) return ctx->status;
    for (size_t s = 0; s < n; s++) {
        a->start[s] = total;
        total += a->set.series[s].known;
        a->from[s] = first_judged(a, s);
    }
    a->start[n] = total;
    size_t groups = n < GROUP ? n : GROUP, chunk = total < MOST_CHUNK ? total : MOST_CHUNK,
           most = total < SAMPLE + 2 * SAMPLE_RUN ? total : SAMPLE + 2 * SAMPLE_RUN;
    if (groups * chunk > most) most = groups * chunk;
    a->verdict = rnn_alloc_array(ctx, total, sizeof *a->verdict);
    if (a->verdict) a->typical = rnn_alloc_array(ctx, n, sizeof *a->typical);
    if (a->typical) a->misses = rnn_alloc_array(ctx, total, 2 * sizeof *a->misses);
    if (a->misses) a->walks = rnn_alloc_array(ctx, GROUP, sizeof *a->walks);
    if (a->walks) a->list = rnn_alloc_array(ctx, most, sizeof *a->list);
    return a->list ? RNN_OK : ctx->status;
}

static rnn_status prepare(rnn_anomalies *a, const rnn_table *rows, const rnn_options *options) {
    rnn_context *ctx = a->ctx;
    const rnn_model *m = a->model;
    rnn_status status = rnn_series_build(ctx, a->function, rows, m, &a->set);
    if (status == RNN_OK) status = rnn_pool_create(ctx, (size_t)options->threads, &a->pool);
    if (status == RNN_OK) status = rnn_windows_create(ctx, &a->set, m, NULL, &a->windows);
    if (status) return status;
    rnn_windows_shorten(a->windows, 1);
    status = rnn_scorer_create(ctx, m->member, m->members, a->pool, &a->windows->sampler, BATCH, 0,
                               &a->scorer);
    if (status == RNN_OK) status = allocate(a);
    if (status == RNN_OK) status = judge_all(a);
    return status;
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
    rnn_scorer_free(a->scorer);
    rnn_windows_free(a->windows);
    rnn_series_set_free(&a->set);
    rnn_pool_free(a->pool);
    rnn_free(ctx, a->start);
    rnn_free(ctx, a->from);
    rnn_free(ctx, a->verdict);
    rnn_free(ctx, a->typical);
    rnn_free(ctx, a->misses);
    rnn_free(ctx, a->walks);
    rnn_free(ctx, a->list);
    rnn_free(ctx, a);
}

/* In the data's units. */
static double restored(const rnn_anomalies *a, double z) {
    double y = rnn_recipe_restore(recipe(a), z);
    return a->model->forecast.nonnegative && y < 0 ? 0 : y;
}

static void fill_row(const rnn_anomalies *a, const verdict *v, rnn_anomaly_row *row) {
    row->forecast = row->lower = row->upper = row->probability = NAN;
    row->anomaly = 0;
    if (isnan(v->off)) return;
    double scale = scale_of(a, a->series, v), miss = miss_of(a, a->series, v);
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
        fill_row(a, &verdicts(a, a->series)[p], row);
        return RNN_OK;
    }
    return RNN_DONE;
}
