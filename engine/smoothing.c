/* smoothing.c - see smoothing.h. */
#include "smoothing.h"

#include <math.h>
#include <string.h>

enum { A = RNN_SMOOTHING_ADJUSTMENTS, T = RNN_SMOOTHING_TRENDS, M = RNN_SMOOTHING_COUNT };
enum { PLAIN, LOGARITHM, ADDITIVE, MULTIPLICATIVE, SHARED };
enum { MAX_STEPS = 24, LEAST_REACH = 96, WARM = 4, YOUNG = 5 };
/* Steps forecast between two looks at whether to go on: some milliseconds. */
enum { CHECK_STEPS = 4096 };

static const double GAMMA = 0.1, LAMBDA = 0.99, KAPPA = RNN_SMOOTHING_TRUST, TEMPERATURE = 0.1,
                    CLIP = 4;
static const double PHI = 0.9, BETA = 0.1;
/* A season's own level: gain and damped trend. */
static const double SEASON_GAIN = 0.3, SEASON_TREND = 0.1;
/* Worth of the model's profile, in squared units of its size, against a series' own strength. */
static const double PROFILE_WORTH = 12;
/* Furthest that a trend of logarithms leads up: tenfold. Three values are no trend at all. */
static const double MOST_LOG = 2.302585092994046;

static const double GAIN[3] = {0.1, 0.3, 1};
enum { SIMPLE, DAMPED, HALF, LINE };

/* A season under adjustment. */
typedef struct season_state {
    double level, trend, s[RNN_SMOOTHING_SEASON];
} season_state;

/* The trends of one adjustment. */
typedef struct trend_state {
    double level[T], trend[T], usual[T];
    double size[T];            /* exp(level), of logarithms */
    int side[T];               /* of the last error, where it was cut */
    double seen, x, y, xx, xy; /* sums of the least squares line */
    double slope;
    /* Half of what the line rose while each gain's level caught up: as a factor, of logarithms */
    double behind[3];
} trend_state;

struct rnn_smoother {
    const rnn_smoothing *shared;
    const rnn_smoothing_series *in;
    size_t season, horizon, ahead; /* ahead: steps visited */
    size_t start;                  /* place in z of the pass's first value */
    size_t steps, step[MAX_STEPS]; /* at which errors are taken */
    double far[MAX_STEPS];         /* LAMBDA^step */
    double *damped;                /* [horizon + 1] PHI + ... + PHI^k */
    int positive, nonnegative;     /* of the values so far */
    season_state additive, multiplicative;
    double strength_xy, strength_xx, shared_level;
    trend_state trends[A];
    double error[M], reference[A], seen[A]; /* sums; reference: over the same origins */
    double own, own_count, change;          /* of the mixture, one step ahead; of the values */
    double profile_size;                    /* mean square of the shared profile */
    double *ring[MAX_STEPS];                /* [step[i]][M] forecasts on their way */
    double *rings, *forecast, *base, *spread;
    double last_base;
    rnn_smoothing_origin at;
};
typedef rnn_smoother pass;

size_t rnn_smoothing_reach(size_t season) {
    size_t m = season <= RNN_SMOOTHING_SEASON ? season : 1,
           reach = 8 * m > LEAST_REACH ? 8 * m : LEAST_REACH;
    return reach + reach / 2;
}

static size_t block_of(size_t season) { return rnn_smoothing_reach(season) / 3; }

static int is_log(size_t a) { return a == LOGARITHM || a >= MULTIPLICATIVE; }

/* ---- adjustments ---- */

/* Mean of two detrended cycles. */
static void begin_season(season_state *s, const double *z, size_t m, int logs) {
    double first = 0, second = 0, mean = 0;
    for (size_t i = 0; i < m; i++) {
        first += (logs ? log(z[i]) : z[i]) / (double)m;
        second += (logs ? log(z[m + i]) : z[m + i]) / (double)m;
    }
    double slope = (second - first) / (double)m;
    for (size_t i = 0; i < m; i++) {
        double off = slope * ((double)i - (double)(m - 1) / 2);
        double a = logs ? log(z[i]) : z[i], b = logs ? log(z[m + i]) : z[m + i];
        s->s[i] = (a - first + b - second) / 2 - off;
        mean += s->s[i] / (double)m;
    }
    for (size_t i = 0; i < m; i++) s->s[i] -= mean;
    s->level = second;
    s->trend = 0;
    /* The second cycle again, for level and trend alone. */
    for (size_t i = 0; i < m; i++) {
        double v = (logs ? log(z[m + i]) : z[m + i]) - s->s[i], e = v - s->level - s->trend;
        s->level += s->trend + SEASON_GAIN * e;
        s->trend = PHI * s->trend + SEASON_GAIN * SEASON_TREND * e;
    }
}

static void update_season(season_state *s, double z, size_t t, size_t m) {
    double *own = &s->s[t % m], e = z - *own - s->level - s->trend;
    size_t cycles = t / m + 1;
    double gain = 1 / (double)cycles;
    s->level += s->trend + SEASON_GAIN * e;
    s->trend = PHI * s->trend + SEASON_GAIN * SEASON_TREND * e;
    *own += (gain > GAMMA ? gain : GAMMA) * (z - s->level - *own);
}

static double profile_at(const pass *p, size_t t) {
    const rnn_smoothing *s = p->shared;
    return s->profile[(p->in->phase + p->start + t) % s->profile_length];
}

static double profile_size(const rnn_smoothing *s) {
    double size = 0;
    if (s->profile_length == 0) return 0;
    for (size_t i = 0; i < s->profile_length; i++) size += s->profile[i] * s->profile[i];
    return size / (double)s->profile_length + 1e-12;
}

static double strength(const pass *p) {
    return (PROFILE_WORTH + p->strength_xy) / (PROFILE_WORTH + p->strength_xx);
}

/* The strength of the shared profile in a series: regression of what its logarithm has above its
** level on the profile. */
static void update_strength(pass *p, double z, size_t t) {
    double g = profile_at(p, t), size = p->profile_size;
    if (t == 0) p->shared_level = z - g;
    p->strength_xy += g * (z - p->shared_level) / size;
    p->strength_xx += g * g / size;
    p->shared_level += SEASON_GAIN * (z - strength(p) * g - p->shared_level);
}

/* 1 if adjustment `a` exists after value t. */
static int available(const pass *p, size_t a, size_t t) {
    if (is_log(a) && !p->positive) return 0;
    if (a == ADDITIVE || a == MULTIPLICATIVE) return p->season > 1 && t + 1 >= 2 * p->season;
    return a != SHARED || p->shared->profile_length > 1;
}

/* What the season adds at place t of the pass. */
static double seasonal(const pass *p, size_t a, size_t t) {
    if (a == ADDITIVE) return p->additive.s[t % p->season];
    if (a == MULTIPLICATIVE) return p->multiplicative.s[t % p->season];
    return a == SHARED ? strength(p) * profile_at(p, t) : 0;
}

/* ---- trends ---- */

/* A level of gain a lies (1 - a)/a steps behind a line, and half of them behind as long as it is a
** plain mean. */
static void update_line(trend_state *s, int logs) {
    double n = s->seen, d = n > 2 ? s->xx - s->x * s->x / n : 0;
    s->slope = d > 0 && !(logs && n < YOUNG) ? (s->xy - s->x * s->y / n) / d : 0;
    for (size_t i = 0; i < 3; i++) {
        double half = s->slope / 2 * fmin((1 - GAIN[i]) / GAIN[i], (n - 1) / 2);
        s->behind[i] = logs ? exp(half < MOST_LOG / 2 ? half : MOST_LOG / 2) : half;
    }
}

static void update_trends(trend_state *s, double v, int logs) {
    double n = s->seen++;
    for (size_t j = 0; j < T; j++) {
        double phi = j % 4 == DAMPED ? PHI : 0, gain = GAIN[j / 4], least = 1 / (n + 1);
        double expected = s->level[j] + phi * s->trend[j], e = n > 0 ? v - expected : 0;
        if (gain < least) gain = least;
        if (n == 0) expected = v;
        double most = CLIP * s->usual[j], size = fabs(e);
        int side = n >= WARM && size > most ? (e > 0 ? 1 : -1) : 0;
        if (side && side != s->side[j]) {
            e = side * most;
            size = most;
        }
        s->side[j] = side;
        s->usual[j] += (n < 10 ? least : 0.1) * (size - s->usual[j]);
        s->level[j] = expected + gain * e;
        if (logs) s->size[j] = exp(s->level[j]);
        double beta = BETA > 1 / (n + 2) ? BETA : 1 / (n + 2);
        s->trend[j] = phi > 0 && n >= (logs ? YOUNG : 1) ? phi * s->trend[j] + gain * beta * e : 0;
    }
    s->x += n;
    s->y += v;
    s->xx += n * n;
    s->xy += n * v;
    update_line(s, logs);
}

/* Forecasts of step k of adjustment `a` after value t, into f[T]. */
static void forecast_step(const pass *p, size_t a, size_t t, size_t k, double *f) {
    const trend_state *s = &p->trends[a];
    double rise = s->slope * (double)k, damped = p->damped[k], season = seasonal(p, a, t + k);
    if (is_log(a)) {
        double factor = exp(season), half = exp((rise < MOST_LOG ? rise : MOST_LOG) / 2);
        for (size_t j = 0; j < T; j += 4) {
            f[j + SIMPLE] = factor * s->size[j + SIMPLE];
            double rise_damped = damped * s->trend[j + DAMPED];
            f[j + DAMPED] =
                factor * s->size[j + DAMPED] * exp(rise_damped < MOST_LOG ? rise_damped : MOST_LOG);
            double up = half * s->behind[j / 4];
            f[j + HALF] = factor * s->size[j + HALF] * up;
            f[j + LINE] = factor * s->size[j + LINE] * up * up;
        }
        return;
    }
    for (size_t j = 0; j < T; j += 4) {
        f[j + SIMPLE] = s->level[j + SIMPLE] + season;
        f[j + DAMPED] = s->level[j + DAMPED] + damped * s->trend[j + DAMPED] + season;
        f[j + HALF] = s->level[j + HALF] + rise / 2 + s->behind[j / 4] + season;
        f[j + LINE] = s->level[j + LINE] + rise + 2 * s->behind[j / 4] + season;
    }
    for (size_t j = 0; j < T && p->nonnegative; j++) f[j] = f[j] < 0 ? 0 : f[j];
}

/* ---- the mixture ---- */

/* Errors of the forecasts whose target is z_t. */
static void take_errors(pass *p, size_t t, double z) {
    size_t warm = p->season > 1 && p->shared->profile_length < 2 ? 2 * p->season : WARM;
    for (size_t i = 0; i < p->steps; i++) {
        size_t k = p->step[i];
        if (t < k || t - k < warm) continue;
        const double *f = p->ring[i] + (t % k) * M;
        double far = p->far[i], mean = 0;
        for (size_t j = 0; j < T; j++) mean += fabs(f[j] - z) / T;
        for (size_t a = 0; a < A; a++) {
            if (isnan(f[a * T])) continue;
            for (size_t j = a * T; j < (a + 1) * T; j++) p->error[j] += far * fabs(f[j] - z);
            p->reference[a] += far * mean;
            p->seen[a] += far / (double)p->steps;
        }
    }
}

static void age(pass *p) {
    for (size_t j = 0; j < M; j++) p->error[j] *= LAMBDA;
    for (size_t a = 0; a < A; a++) {
        p->reference[a] *= LAMBDA;
        p->seen[a] *= LAMBDA;
    }
    p->own *= LAMBDA;
    p->own_count *= LAMBDA;
}

static void weigh(pass *p, size_t t) {
    rnn_smoothing_origin *at = &p->at;
    double least = INFINITY, total = 0;
    at->seasonal = at->trending = 0;
    for (size_t j = 0; j < M; j++) {
        size_t a = j / T;
        double c = p->seen[a], trust = c / (c + KAPPA);
        int known = p->reference[a] > 0 && c > 0;
        at->seen[a] = c;
        at->relative[j] = known ? log(fmax(p->error[j] / p->reference[a], 1e-3)) : NAN;
        at->weight[j] = NAN;
        if (!available(p, a, t)) continue;
        at->weight[j] = (known ? trust * at->relative[j] : 0) + (1 - trust) * p->shared->prior[j];
        if (at->weight[j] < least) least = at->weight[j];
    }
    for (size_t j = 0; j < M; j++) {
        at->weight[j] = isnan(at->weight[j]) ? 0 : exp((least - at->weight[j]) / TEMPERATURE);
        total += at->weight[j];
    }
    for (size_t j = 0; j < M; j++) {
        at->weight[j] /= total;
        if (j / T >= ADDITIVE) at->seasonal += at->weight[j];
        if (j % 4 != SIMPLE) at->trending += at->weight[j];
    }
}

/* The mixture's forecasts for all steps, or for the first alone. */
static void mix(pass *p, size_t t, size_t horizon) {
    for (size_t k = 1; k <= horizon; k++) {
        double sum = 0, off = 0, *f = p->forecast;
        for (size_t a = 0; a < A; a++) {
            if (available(p, a, t)) forecast_step(p, a, t, k, f + a * T);
        }
        for (size_t j = 0; j < M; j++) {
            if (p->at.weight[j] > 0) sum += p->at.weight[j] * f[j];
        }
        for (size_t j = 0; j < M; j++) {
            if (p->at.weight[j] > 0) off += p->at.weight[j] * fabs(f[j] - sum);
        }
        p->base[k - 1] = sum;
        p->spread[k - 1] = off;
    }
}

/* Value t of the pass. */
static void update(pass *p, size_t t) {
    const double *z = p->in->z + p->start;
    size_t m = p->season;
    double now = z[t];
    if (t > 0) {
        take_errors(p, t, now);
        double change = fabs(now - z[t - 1]);
        p->change += (t < 20 ? 1 / (double)t : 0.05) * (change - p->change);
        double off = fabs(now - p->last_base), most = 3 * CLIP * p->at.unit;
        if (t > WARM) {
            p->own += off > most ? most : off;
            p->own_count += 1;
        }
    }
    if (!(now > 0)) p->positive = 0;
    if (now < 0) p->nonnegative = 0;
    double log_now = p->positive ? log(now) : 0;
    if (m > 1 && t + 1 == 2 * m) {
        begin_season(&p->additive, z, m, 0);
        if (p->positive) begin_season(&p->multiplicative, z, m, 1);
        for (size_t a = ADDITIVE; a <= MULTIPLICATIVE; a++) { /* the trends of what came before */
            for (size_t i = 0; i < t && available(p, a, t); i++)
                update_trends(&p->trends[a], (a == ADDITIVE ? z[i] : log(z[i])) - seasonal(p, a, i),
                              is_log(a));
        }
    } else if (m > 1 && t >= 2 * m) {
        update_season(&p->additive, now, t, m);
        if (p->positive) update_season(&p->multiplicative, log_now, t, m);
    }
    if (available(p, SHARED, t)) update_strength(p, log_now, t);
    for (size_t a = 0; a < A; a++) {
        if (available(p, a, t))
            update_trends(&p->trends[a], (is_log(a) ? log_now : now) - seasonal(p, a, t),
                          is_log(a));
    }
}

/* Forecasts of origin t whose errors will be taken. */
static void send(pass *p, size_t t) {
    for (size_t i = 0; i < p->steps; i++) {
        size_t k = p->step[i];
        double *f = p->ring[i] + (t % k) * M;
        for (size_t a = 0; a < A; a++) {
            if (available(p, a, t)) {
                forecast_step(p, a, t, k, f + a * T);
            } else {
                f[a * T] = NAN;
            }
        }
    }
}

/* One pass from place `start` to the origin `last`, visiting from `first` on. */
static rnn_status run_pass(rnn_context *ctx, pass *p, size_t start, size_t first, size_t last,
                           rnn_smoothing_fn visit, void *arg) {
    double *ring[MAX_STEPS];
    size_t work = 0;
    memcpy(ring, p->ring, sizeof ring);
    pass fresh = {.shared = p->shared,
                  .in = p->in,
                  .season = p->season,
                  .horizon = p->horizon,
                  .ahead = p->ahead,
                  .start = start,
                  .steps = p->steps,
                  .positive = 1,
                  .nonnegative = 1,
                  .damped = p->damped,
                  .profile_size = p->profile_size,
                  .rings = p->rings,
                  .forecast = p->forecast,
                  .base = p->base,
                  .spread = p->spread};
    memcpy(fresh.step, p->step, sizeof fresh.step);
    memcpy(fresh.far, p->far, sizeof fresh.far);
    *p = fresh;
    memcpy(p->ring, ring, sizeof ring);
    for (size_t t = 0; start + t <= last; t++) {
        int wanted = start + t >= first;
        update(p, t);
        age(p);
        weigh(p, t);
        /* Until errors tell, the mixture's own are taken to be like the changes. */
        p->at.unit = (p->own + 4 * 0.7 * p->change) / (p->own_count + 4);
        mix(p, t, wanted ? p->ahead : 1);
        p->last_base = p->base[0];
        if (wanted) visit(arg, start + t, &p->at, p->base, p->spread);
        send(p, t);
        work += wanted ? p->ahead : 1;
        if (work < CHECK_STEPS) continue;
        work = 0;
        rnn_status status = rnn_check(ctx);
        if (status) return status;
    }
    return rnn_check(ctx);
}

static rnn_status allocate(rnn_context *ctx, pass *p) {
    size_t total = 0, previous = 1;
    for (size_t k = 1; p->steps < MAX_STEPS && k <= p->horizon;) {
        p->far[p->steps] = pow(LAMBDA, (double)k);
        p->step[p->steps++] = k;
        total += k;
        size_t next = k + previous;
        if (k == p->horizon) break;
        previous = k;
        k = next < p->horizon ? next : p->horizon;
    }
    p->rings = rnn_alloc_array(ctx, total, M * sizeof *p->rings);
    if (p->rings) p->forecast = rnn_alloc_array(ctx, M + 3 * p->horizon + 1, sizeof *p->forecast);
    if (!p->forecast) return ctx->status;
    p->base = p->forecast + M;
    p->spread = p->base + p->horizon;
    p->damped = p->spread + p->horizon;
    p->damped[0] = 0;
    for (size_t k = 1; k <= p->horizon; k++) p->damped[k] = PHI * (p->damped[k - 1] + 1);
    for (size_t i = 0, at = 0; i < p->steps; i++) {
        p->ring[i] = p->rings + at * M;
        at += p->step[i];
    }
    return RNN_OK;
}

rnn_status rnn_smoother_create(rnn_context *ctx, size_t horizon, size_t steps, rnn_smoother **out) {
    *out = NULL;
    rnn_smoother *p = rnn_alloc_zero(ctx, sizeof *p);
    if (!p) return ctx->status;
    p->horizon = horizon;
    p->ahead = steps;
    rnn_status status = allocate(ctx, p);
    if (status) {
        rnn_smoother_free(ctx, p);
        return status;
    }
    *out = p;
    return RNN_OK;
}

void rnn_smoother_free(rnn_context *ctx, rnn_smoother *p) {
    if (!p) return;
    rnn_free(ctx, p->rings);
    rnn_free(ctx, p->forecast);
    rnn_free(ctx, p);
}

rnn_status rnn_smoother_run(rnn_context *ctx, rnn_smoother *p, const rnn_smoothing *s,
                            const rnn_smoothing_series *series, size_t first, size_t last,
                            rnn_smoothing_fn visit, void *arg) {
    p->shared = s;
    p->in = series;
    p->season = series->season <= RNN_SMOOTHING_SEASON ? series->season : 1;
    p->profile_size = profile_size(s);
    size_t block = block_of(series->season), reach = 2 * block, before = series->before;
    while (first <= last) {
        /* All origins whose pass starts where that of `first` does. */
        size_t position = before + first,
               start = position > reach ? (position - reach) / block * block : 0,
               end = start + reach + block - 1 - before;
        size_t until = end < last ? end : last;
        rnn_status status =
            run_pass(ctx, p, start > before ? start - before : 0, first, until, visit, arg);
        if (status) return status;
        first = until + 1;
    }
    return RNN_OK;
}

rnn_status rnn_smoothing_run(rnn_context *ctx, const rnn_smoothing *s,
                             const rnn_smoothing_series *series, size_t horizon, size_t steps,
                             size_t first, size_t last, rnn_smoothing_fn visit, void *arg) {
    rnn_smoother *p;
    rnn_status status = rnn_smoother_create(ctx, horizon, steps, &p);
    if (status == RNN_OK) status = rnn_smoother_run(ctx, p, s, series, first, last, visit, arg);
    rnn_smoother_free(ctx, p);
    return status;
}

const char *rnn_smoothing_name(size_t kind) {
#define TRENDS(season)                                                                             \
    season ", level", season ", damped trend", season ", theta", season ", linear trend"
    static const char *const name[RNN_SMOOTHING_KINDS] = {
        TRENDS("no season"), TRENDS("no season, of logarithms"), TRENDS("additive season"),
        TRENDS("multiplicative season"), TRENDS("shared season")};
#undef TRENDS
    return name[kind];
}

void rnn_smoothing_kinds(const double weight[RNN_SMOOTHING_COUNT],
                         double kind[RNN_SMOOTHING_KINDS]) {
    memset(kind, 0, RNN_SMOOTHING_KINDS * sizeof *kind);
    for (size_t j = 0; j < M; j++) kind[j / T * 4 + j % 4] += weight[j];
}
