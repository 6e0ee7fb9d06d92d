/* mixture.c - see mixture.h. */
#include "mixture.h"

#include <math.h>
#include <string.h>

#include "windows.h"

enum { GROUP = 10, MOST_SERIES = 300, LEAST_SHARED = 5, MANY = 100000 };
/* What training windows may keep of the mixture. */
static const uint64_t MOST_BYTES = (uint64_t)1 << 28;
static const double REPEATS = 0.5;

int rnn_mixture_possible(const rnn_context *ctx, const rnn_model *model,
                         const rnn_series_set *set) {
    const rnn_options *o = &model->options;
    uint64_t most = MOST_BYTES;
    if (ctx->memory_limit && ctx->memory_limit / 4 < most) most = ctx->memory_limit / 4;
    return o->scale == RNN_SCALE_WINDOW && o->loss != RNN_LOSS_NEGATIVE_BINOMIAL &&
           rnn_windows_learn_bytes(set, rnn_windows_horizon(model)) <= most;
}

int rnn_mixture_is_late(const rnn_series_set *set) {
    size_t total = 0;
    for (size_t s = 0; s < set->count; s++) total += set->series[s].known;
    return total >= MANY;
}

size_t rnn_mixture_season(const rnn_forecast_model *f) {
    double natural[4];
    size_t m = 1; /* of confirmed seasons the longest that holds the shorter ones: 28 days, not 7 */
    for (size_t i = 0; i < f->seasons; i++)
        if (f->season[i] <= RNN_SMOOTHING_SEASON && f->season[i] % m == 0) m = f->season[i];
    if (m > 1) return m;
    if (rnn_frequency_seasons(&f->frequency, natural) > 0 && natural[0] <= RNN_SMOOTHING_SEASON)
        return (size_t)natural[0];
    return 1;
}

/* ---- the shared season ---- */

/* Sums of a profile under way, by phase. */
typedef struct pooled {
    size_t m, series;
    double sum[RNN_SMOOTHING_SEASON], count[RNN_SMOOTHING_SEASON];
} pooled;

/* log z of a series less its line, into v[n]; 0 if it has none. */
static int above_line(const rnn_track *t, size_t n, size_t m, double *v) {
    double slope = 0, mean = 0;
    if (n < m + (m + 3) / 4 || t->first > 0) return 0;
    for (size_t p = 0; p < n; p++) {
        if (!(t->z[p] > 0)) return 0;
        v[p] = log(t->z[p]);
    }
    for (size_t p = m; p < n; p++) slope += (v[p] - v[p - m]) / (double)(n - m) / (double)m;
    for (size_t p = 0; p < n; p++) mean += (v[p] - slope * (double)p) / (double)n;
    for (size_t p = 0; p < n; p++) v[p] -= mean + slope * (double)p;
    return 1;
}

/* Every value counts for its phase. */
static void add_series(pooled *b, const double *v, size_t n, size_t phase) {
    for (size_t p = 0; p < n; p++) {
        b->sum[(phase + p) % b->m] += v[p];
        b->count[(phase + p) % b->m] += 1;
    }
    b->series++;
}

/* Does the mean series repeat? `mean` [longest], sums of the series by age from their end. */
static int repeats(const double *mean, size_t n, size_t m) {
    double ab = 0, aa = 0, bb = 0, ma = 0, mb = 0, count = (double)(n - m);
    for (size_t p = m; p < n; p++) {
        ma += mean[p] / count;
        mb += mean[p - m] / count;
    }
    for (size_t p = m; p < n; p++) {
        double a = mean[p] - ma, b = mean[p - m] - mb;
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    return ab > REPEATS * sqrt(aa * bb) && aa > 0 && bb > 0;
}

static rnn_status learn_profile(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                                const rnn_track *tracks, rnn_model *model) {
    rnn_smoothing *s = &model->forecast.recipe.smoothing;
    size_t longest = 0, shortest = SIZE_MAX, m = rnn_mixture_season(&model->forecast);
    s->profile_length = 0;
    if (m < 2 || set->count < LEAST_SHARED || model->forecast.frequency.unit == RNN_STEP_ROW)
        return RNN_OK;
    for (size_t i = 0; i < set->count; i++) longest = ends[i] > longest ? ends[i] : longest;
    double *v = rnn_alloc_array(ctx, longest, 2 * sizeof *v), *mean = v ? v + longest : NULL;
    if (!v) return ctx->status;
    memset(mean, 0, longest * sizeof *mean);
    pooled b = {.m = m};
    for (size_t i = 0; i < set->count; i++) {
        size_t n = ends[i];
        if (!above_line(&tracks[i], n, m, v)) continue;
        size_t phase = rnn_frequency_phase(&model->forecast.frequency, set->series[i].origin, m);
        add_series(&b, v, n, phase);
        for (size_t p = 0; p < n; p++) mean[p] += v[n - 1 - p];
        shortest = n < shortest ? n : shortest;
    }
    int good = b.series >= LEAST_SHARED && repeats(mean, shortest, m);
    double center = 0;
    for (size_t i = 0; i < m && good; i++) {
        if (!(b.count[i] > 0)) good = 0;
        s->profile[i] = b.sum[i] / fmax(b.count[i], 1);
        center += s->profile[i] / (double)m;
    }
    for (size_t i = 0; i < m && good; i++) s->profile[i] -= center;
    if (good) s->profile_length = m;
    rnn_free(ctx, v);
    return RNN_OK;
}

/* ---- the prior ---- */

typedef struct prior_sums {
    double sum[RNN_SMOOTHING_COUNT], count[RNN_SMOOTHING_COUNT], weight[RNN_SMOOTHING_COUNT];
    double series;
} prior_sums;

static void add_prior(void *arg, size_t origin, const rnn_smoothing_origin *at, const double *base,
                      const double *spread) {
    prior_sums *p = arg;
    (void)origin;
    (void)base;
    (void)spread;
    p->series += 1;
    for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
        p->weight[j] += at->weight[j];
        double c = at->seen[j / RNN_SMOOTHING_TRENDS], trust = c / (c + RNN_SMOOTHING_TRUST);
        if (isnan(at->relative[j])) continue;
        p->sum[j] += trust * at->relative[j];
        p->count[j] += trust;
    }
}

rnn_status rnn_mixture_learn(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                             const rnn_track *tracks, rnn_model *model) {
    rnn_smoothing *s = &model->forecast.recipe.smoothing;
    size_t stride = set->count / MOST_SERIES + 1, h = rnn_windows_horizon(model);
    prior_sums sums;
    memset(&sums, 0, sizeof sums);
    rnn_status status = learn_profile(ctx, set, ends, tracks, model);
    for (size_t i = 0; i < set->count && status == RNN_OK; i += stride) {
        if (ends[i] <= tracks[i].first + 1) continue;
        rnn_smoothing_series series = rnn_paths_series(model, &set->series[i], &tracks[i], ends[i]);
        status =
            rnn_smoothing_run(ctx, s, &series, h, 1, ends[i] - 1, ends[i] - 1, add_prior, &sums);
    }
    for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
        s->prior[j] = (GROUP * s->prior[j] + sums.sum[j]) / (GROUP + sums.count[j]);
        s->weight[j] = sums.series > 0 ? fmin(sums.weight[j] / sums.series, 1) : 0;
    }
    return status;
}

/* ---- trials ---- */

typedef struct trying {
    const double *target;
    const rnn_window *trials;
    size_t next, end, steps;
    double total;
} trying;

static void try_origin(void *arg, size_t origin, const rnn_smoothing_origin *at, const double *base,
                       const double *spread) {
    trying *t = arg;
    double error = 0;
    size_t n = 0;
    (void)at;
    (void)spread;
    if (t->next == t->end || t->trials[t->next].origin != (int64_t)origin) return;
    t->next++;
    for (size_t k = 1; k <= t->steps; k++) {
        double actual = t->target[origin + k];
        if (isnan(actual)) continue;
        error += fabs(base[k - 1] - actual);
        n++;
    }
    if (n) t->total += error / (double)n;
}

rnn_status rnn_mixture_error(rnn_context *ctx, const rnn_series_set *set, const rnn_track *tracks,
                             const rnn_model *model, const rnn_window *trials, size_t count,
                             const double *change, double *error) {
    rnn_status status = RNN_OK;
    size_t h = (size_t)model->options.horizon;
    *error = 0;
    for (size_t i = 0, end = 0; i < count && status == RNN_OK; i = end) {
        size_t s = trials[i].series;
        while (end < count && trials[end].series == s) end++;
        trying t = {set->series[s].target, trials, i, end, h, 0};
        rnn_smoothing_series series =
            rnn_paths_series(model, &set->series[s], &tracks[s], tracks[s].known);
        status = rnn_smoothing_run(ctx, &model->forecast.recipe.smoothing, &series, h, h,
                                   (size_t)trials[i].origin, (size_t)trials[end - 1].origin,
                                   try_origin, &t);
        *error += t.total / change[s];
    }
    return status;
}
