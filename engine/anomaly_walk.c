/* anomaly_walk.c - see anomaly_walk.h. */
#include "anomaly_walk.h"

#include <math.h>

#include "calibrate.h"

enum {
    BATCH = 32,
    WALKS = 256,      /* series under way at a time */
    LEAST_CHUNK = 16, /* steps of a series scored at a time: after an event ... */
    MOST_CHUNK = 256, /* ... and at most */
    OUT_REACH = 10,   /* see anomaly_walk.h */
    MOST_OUT = 3,
    RUN_LEAST = 3, /* misses that make a shift */
    RUN_MOST = 8,
    LEARN = 12,
    WARM = 16, /* steps that are not judged, see first_judged */
    LEAST_WARM = 4,
    SEASON_MORE = 8, /* windows.c asks for 8 pairs */
    LONG_SEASON = 50
};

/* In deviations: evidence of a shift (of a mean), the least miss that is part of one, and what a
** miss counts at most. */
static const double EVIDENCE = 4.5, LEAST_MISS = 0.8, MOST_MISS = 8;
/* A walk has become worse than the series as it is where its misses are so many times the others',
** and so many deviations more: chance makes one of two equal ones a little better, and where both
** are small neither matters. */
static const double WORSE = 1.5, WORSE_BY = 0.3;
/* Weight of the latest miss in that: the last 1 / RECENT or so count. Half a dozen show that a
** shift was wrong, and the few bad ones in which a right one is found do not. */
static const double RECENT = 0.15;
/* Factor on the evidence of further shifts once one did not help. Misses of 8 in a run of 8 are
** evidence of 21, which 4.5 x 1.5^4 exceeds. */
static const double DOUBT = 1.5;
/* Central share of a forecast distribution that its spread is taken from, and that share's half
** width in a standard normal one. */
static const double CENTRAL = 0.8, CENTRAL_HALF = 1.2815515655446004;
/* Share of a series that is not judged at most where its season is awaited. */
static const double MOST_WARM = 0.8;

/* A series under way. */
struct rnn_walk {
    size_t series, next, chunk; /* positions before `next` are judged */
    double shift;               /* subtracted from the values since `begun` */
    size_t begun, learn_end;    /* first position of the new level; where learning it ends */
    size_t since;               /* first position of misses that may be a new shift */
    size_t changed;             /* from here on the track is not the series as it is */
    size_t as_is;               /* before it nothing is taken out of the track */
    double miss, raw;           /* recent misses of the walk, and from the series as it is */
    double doubt;               /* factor on the evidence */
};

static const size_t UNCHANGED = SIZE_MAX;

/* ---- windows ---- */

static const rnn_recipe *recipe(const rnn_walker *w) { return &w->model->forecast.recipe; }

typedef struct collecting {
    const rnn_walker *w;
    const real *out;
} collecting;

static void collect_output(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    const collecting *c = arg;
    const rnn_model *m = c->w->model;
    double q[RNN_MAX_LIST];
    (void)item;
    if (k != 1) return;
    rnn_calibrate_transformed(c->w->windows, at, k, c->out + output * m->spec.outputs, q);
    rnn_verdict *v = &rnn_walker_verdicts(c->w, at.series)[at.origin + 1];
    double unit = rnn_windows_scale(c->w->windows, at).unit;
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
    rnn_windows_visit(c->w->windows, 1, item, batch, collect_output, c);
}

static rnn_status score_list(rnn_walker *w) {
    collecting c = {w, NULL};
    rnn_status status = rnn_windows_set_list(w->windows, w->list, w->list_size);
    if (status) return status;
    return rnn_scorer_run(w->scorer, 1, NULL, 0, w->list_size, collect_batch, &c);
}

/* List the window that forecasts position p, if there is something to compare it with. */
static void list_window(rnn_walker *w, size_t series, size_t p) {
    if (isnan(w->set->series[series].target[p])) return;
    w->list[w->list_size++] = (rnn_window){series, (int64_t)p - 1};
}

/* How far a known target is from its window's forecast of the shifted series. */
static void measure_off(const rnn_walker *w, size_t series, size_t p, double shift) {
    rnn_verdict *v = &rnn_walker_verdicts(w, series)[p];
    const rnn_track *t = &w->windows->tracks[series];
    double z = rnn_recipe_transform(recipe(w), t, w->set->series[series].target[p]);
    v->center += shift;
    v->off = z - v->center;
    if (!isfinite(v->off) || !isfinite(v->center) || !(v->spread > 0)) v->off = NAN;
}

double rnn_walker_scale(const rnn_walker *w, size_t series, const rnn_verdict *v) {
    return w->typical[series] * pow(v->spread / w->typical[series], w->trust);
}

double rnn_walker_miss(const rnn_walker *w, size_t series, const rnn_verdict *v) {
    return v->off / rnn_walker_scale(w, series, v);
}

static void clear_verdicts(rnn_walker *w) {
    size_t total = w->start[w->set->count];
    for (size_t i = 0; i < total; i++)
        w->verdict[i] = (rnn_verdict){NAN, NAN, NAN, w->verdict[i].raw, RNN_FATE_USED};
}

/* Of the windows listed: how far off forecasts from the series as it is are. */
static rnn_status score_raw(rnn_walker *w) {
    rnn_status status = score_list(w);
    for (size_t i = 0; i < w->list_size && status == RNN_OK; i++) {
        size_t p = (size_t)w->list[i].origin + 1;
        rnn_verdict *v = &rnn_walker_verdicts(w, w->list[i].series)[p];
        measure_off(w, w->list[i].series, p, 0);
        v->raw = v->off;
    }
    w->list_size = 0;
    return status;
}

rnn_status rnn_walker_raw(rnn_walker *w) {
    rnn_status status = RNN_OK;
    size_t total = w->start[w->set->count];
    for (size_t i = 0; i < total; i++) w->verdict[i].raw = NAN;
    clear_verdicts(w);
    w->list_size = 0;
    for (size_t s = 0; s < w->set->count; s++) {
        for (size_t p = w->from[s]; p < w->set->series[s].known && status == RNN_OK; p++) {
            list_window(w, s, p);
            if (w->list_size == w->list_room) status = score_raw(w);
        }
    }
    return status == RNN_OK ? score_raw(w) : status;
}

/* ---- walking along a series ---- */

/* Make the track of the walk end before position `end`, anew from `first` on. */
static void grow(const rnn_walker *w, const rnn_walk *walk, size_t first, size_t end) {
    rnn_track *t = &w->windows->tracks[walk->series];
    const rnn_series *series = &w->set->series[walk->series];
    const rnn_verdict *v = rnn_walker_verdicts(w, walk->series);
    if (end > series->known) end = series->known;
    for (t->known = first; t->known < end;) {
        size_t p = t->known;
        double z = v[p].fate == RNN_FATE_OUT
                       ? v[p].center
                       : rnn_recipe_transform(recipe(w), t, series->target[p]);
        rnn_track_append(recipe(w), t,
                         isnan(series->target[p]) ? rnn_track_filled(&w->model->forecast, t)
                                                  : z - walk->shift);
    }
}

/* In deviations: a miss of `off` where a forecast has the spread of v. */
static double scaled_miss(const rnn_walker *w, size_t series, double off, const rnn_verdict *v) {
    return off / rnn_walker_scale(w, series, v) / w->deviation[off > 0];
}

/* 1 if run[0...n) misses, the largest of them left out, go one way far beyond chance. */
static int is_shift(const rnn_walker *w, double doubt, const double *run, size_t n) {
    size_t largest = 0;
    double sum = 0;
    for (size_t i = 1; i < n; i++) {
        if (fabs(run[i]) > fabs(run[largest])) largest = i;
    }
    for (size_t i = 0; i < n; i++) {
        if (run[i] * run[largest] < 0 || fabs(run[i]) < LEAST_MISS) return 0;
        if (i != largest) sum += fabs(run[i]);
    }
    return sum > EVIDENCE * w->caution * doubt * sqrt((double)(n - 1));
}

/* Median of how far the values at the n positions at[] are off. */
static double median_off(const rnn_walker *w, const rnn_walk *walk, const size_t *at, size_t n) {
    double v[RUN_MOST];
    for (size_t i = 0; i < n; i++) {
        double x = rnn_walker_verdicts(w, walk->series)[at[i]].off;
        size_t j = i;
        for (; j > 0 && v[j - 1] > x; j--) v[j] = v[j - 1];
        v[j] = x;
    }
    return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

/* Look for a shift that the miss at p completes; if there is one, the track has the new level. */
static int find_shift(const rnn_walker *w, rnn_walk *walk, size_t p) {
    rnn_verdict *v = rnn_walker_verdicts(w, walk->series);
    double run[RUN_MOST];
    size_t at[RUN_MOST], n = 0;
    for (size_t q = p + 1; q-- > walk->since && n < RUN_MOST;) {
        if (isnan(v[q].off)) continue;
        at[n] = q;
        double miss = scaled_miss(w, walk->series, v[q].off, &v[q]);
        run[n++] = fmin(fmax(miss, -MOST_MISS), MOST_MISS);
        if (n < RUN_LEAST || !is_shift(w, walk->doubt, run, n)) continue;
        walk->shift += median_off(w, walk, at, n);
        walk->begun = at[n - 1];
        if (walk->changed > walk->begun) walk->changed = walk->begun;
        walk->learn_end = walk->begun + LEARN;
        walk->since = p + 1;
        for (size_t i = 0; i < n; i++) v[at[i]].fate = RNN_FATE_SHIFTED;
        grow(w, walk, walk->begun, p + 1);
        return 1;
    }
    return 0;
}

/* Take the value at p out, unless too many just before it were. */
static int take_out(const rnn_walker *w, rnn_walk *walk, size_t p) {
    rnn_verdict *v = rnn_walker_verdicts(w, walk->series);
    size_t out = 0, first = p > OUT_REACH ? p - OUT_REACH : 0;
    if (fabs(scaled_miss(w, walk->series, v[p].off, &v[p])) < RNN_OUT_MISS) return 0;
    for (size_t q = first; q < p; q++) out += v[q].fate == RNN_FATE_OUT;
    if (out >= MOST_OUT) return 0;
    v[p].fate = RNN_FATE_OUT;
    if (walk->changed > p) walk->changed = p;
    grow(w, walk, p, p + 1);
    return 1;
}

/* The miss at p, shortly after a shift, says more about its size: mean of the misses so far. */
static int learn_shift(const rnn_walker *w, rnn_walk *walk, size_t p) {
    const rnn_verdict *v = &rnn_walker_verdicts(w, walk->series)[p];
    if (p >= walk->learn_end) return 0;
    walk->shift += v->off / (double)(p - walk->begun + 1);
    grow(w, walk, walk->begun, p + 1);
    return 1;
}

/* Keep up how far off the walk and forecasts from the series as it is have been; 1 if the walk has
** become clearly the worse of the two. */
static int is_worse(const rnn_walker *w, rnn_walk *walk, const rnn_verdict *v) {
    if (walk->changed == UNCHANGED || isnan(v->raw)) return 0;
    double miss = fabs(scaled_miss(w, walk->series, v->off, v)),
           raw = fabs(scaled_miss(w, walk->series, v->raw, v));
    walk->miss += RECENT * (fmin(miss, MOST_MISS) - walk->miss);
    walk->raw += RECENT * (fmin(raw, MOST_MISS) - walk->raw);
    return walk->miss > WORSE * walk->raw + WORSE_BY;
}

/* Make the track the series as it is, up to and with p, where changing it did not help. Outliers
** that are some for that series too remain so for what misses usually are. */
static int go_back(const rnn_walker *w, rnn_walk *walk, size_t p) {
    rnn_verdict *v = rnn_walker_verdicts(w, walk->series);
    if (!is_worse(w, walk, &v[p])) return 0;
    size_t first = walk->changed;
    for (size_t q = first; q <= p; q++) {
        double raw = scaled_miss(w, walk->series, v[q].raw, &v[q]);
        if (v[q].fate == RNN_FATE_OUT && !(fabs(raw) >= RNN_OUT_MISS)) v[q].fate = RNN_FATE_USED;
    }
    walk->shift = walk->miss = walk->raw = 0;
    walk->changed = UNCHANGED;
    walk->as_is = p + 1;
    walk->learn_end = 0;
    walk->since = p + 1;
    walk->doubt *= DOUBT;
    grow(w, walk, first, p + 1);
    return 1;
}

/* Judge the positions that were scored. Stops after the first that changes what later ones see. */
static void judge(const rnn_walker *w, rnn_walk *walk, size_t end) {
    for (size_t p = walk->next; p < end; p++) {
        if (isnan(w->set->series[walk->series].target[p])) continue;
        measure_off(w, walk->series, p, walk->shift);
        if (isnan(rnn_walker_verdicts(w, walk->series)[p].off)) continue;
        if (go_back(w, walk, p) || find_shift(w, walk, p) || take_out(w, walk, p) ||
            learn_shift(w, walk, p)) {
            walk->next = p + 1;
            walk->chunk = p < walk->learn_end ? 1 : LEAST_CHUNK;
            return;
        }
    }
    walk->next = end;
    walk->chunk = 2 * walk->chunk < MOST_CHUNK ? 2 * walk->chunk : MOST_CHUNK;
}

static size_t chunk_end(const rnn_walker *w, const rnn_walk *walk) {
    size_t known = w->set->series[walk->series].known;
    return known - walk->next < walk->chunk ? known : walk->next + walk->chunk;
}

/* A chunk of each of the n walks; those at their end are dropped. */
static rnn_status walk_round(rnn_walker *w, size_t *n) {
    size_t left = 0;
    w->list_size = 0;
    for (size_t i = 0; i < *n; i++) {
        const rnn_walk *walk = &w->walks[i];
        size_t end = chunk_end(w, walk);
        grow(w, walk, w->windows->tracks[walk->series].known, end);
        for (size_t p = walk->next; p < end; p++) list_window(w, walk->series, p);
    }
    rnn_status status = score_list(w);
    for (size_t i = 0; i < *n && status == RNN_OK; i++) {
        rnn_walk *walk = &w->walks[i];
        judge(w, walk, chunk_end(w, walk));
        if (walk->next < w->set->series[walk->series].known) w->walks[left++] = *walk;
    }
    *n = left;
    return status;
}

rnn_status rnn_walker_run(rnn_walker *w) {
    rnn_status status = RNN_OK;
    size_t n = 0;
    clear_verdicts(w);
    for (size_t s = 0; s < w->set->count && status == RNN_OK; s++) {
        size_t from = w->from[s];
        if (from < w->set->series[s].known) {
            w->windows->tracks[s].known = from;
            w->walks[n++] = (rnn_walk){.series = s,
                                       .next = from,
                                       .chunk = LEAST_CHUNK,
                                       .begun = from,
                                       .learn_end = from,
                                       .since = from,
                                       .changed = UNCHANGED,
                                       .doubt = 1};
        }
        while (status == RNN_OK && n > 0 && (n == WALKS || s + 1 == w->set->count))
            status = walk_round(w, &n);
    }
    return status;
}

/* ---- where judging begins ---- */

static int has_positive(const rnn_series *s) {
    for (size_t p = 0; p < s->known; p++) {
        if (s->target[p] > 0) return 1;
    }
    return 0;
}

/* Steps until the baseline has its seasonal term: the season, and the level that the first cycle's
** values stand on (rnn_track_season); then some for the unit of a window, which spans a season too.
** Two seasons are enough for all of it. */
static size_t steps_to_season(const rnn_baseline *b) {
    if (b->terms == 0) return 0;
    size_t more = (b->level < b->season ? b->level : 0) + SEASON_MORE;
    return b->season + (more < b->season ? more : b->season);
}

/* First position of a series that is judged. */
static size_t first_judged(const rnn_walker *w, size_t series) {
    const rnn_forecast_model *f = &w->model->forecast;
    const rnn_series *s = &w->set->series[series];
    size_t first = w->windows->tracks[series].first, warm = WARM,
           season = steps_to_season(&f->recipe.base);
    if (first >= s->known || (f->recipe.log && !has_positive(s))) return s->known;
    if (f->seasons && f->season[0] < LONG_SEASON) warm = 2 * f->season[0];
    size_t known = s->known - first, most = known / 4 > LEAST_WARM ? known / 4 : LEAST_WARM;
    if (warm > most) warm = most;
    if (warm < season && season <= (size_t)(MOST_WARM * (double)known)) warm = season;
    return warm < known ? first + warm : s->known;
}

/* ---- the whole ---- */

static rnn_status allocate(rnn_walker *w) {
    rnn_context *ctx = w->ctx;
    size_t n = w->set->count, total = 0;
    w->start = rnn_alloc_array(ctx, (uint64_t)n + 1, sizeof *w->start);
    if (w->start) w->from = rnn_alloc_array(ctx, n, sizeof *w->from);
    if (!w->from) return ctx->status;
    for (size_t s = 0; s < n; s++) {
        w->start[s] = total;
        total += w->set->series[s].known;
        w->from[s] = first_judged(w, s);
    }
    w->start[n] = total;
    w->list_room = (n < WALKS ? n : WALKS) * (total < MOST_CHUNK ? total : MOST_CHUNK);
    w->verdict = rnn_alloc_array(ctx, total, sizeof *w->verdict);
    if (w->verdict) w->typical = rnn_alloc_array(ctx, n, sizeof *w->typical);
    if (w->typical) w->walks = rnn_alloc_array(ctx, WALKS, sizeof *w->walks);
    if (w->walks) w->list = rnn_alloc_array(ctx, w->list_room, sizeof *w->list);
    return w->list ? RNN_OK : ctx->status;
}

rnn_status rnn_walker_create(rnn_context *ctx, const rnn_model *model, const rnn_series_set *set,
                             rnn_pool *pool, rnn_walker *w) {
    *w = (rnn_walker){.ctx = ctx, .model = model, .set = set};
    rnn_status status = rnn_windows_create(ctx, set, model, NULL, &w->windows);
    if (status) return status;
    rnn_windows_shorten(w->windows, 1);
    status = rnn_scorer_create(ctx, model->member, model->members, pool, &w->windows->sampler,
                               BATCH, 0, &w->scorer);
    return status == RNN_OK ? allocate(w) : status;
}

void rnn_walker_free(rnn_walker *w) {
    if (!w || !w->ctx) return;
    rnn_scorer_free(w->scorer);
    rnn_windows_free(w->windows);
    rnn_free(w->ctx, w->start);
    rnn_free(w->ctx, w->from);
    rnn_free(w->ctx, w->verdict);
    rnn_free(w->ctx, w->typical);
    rnn_free(w->ctx, w->walks);
    rnn_free(w->ctx, w->list);
    *w = (rnn_walker){0};
}
