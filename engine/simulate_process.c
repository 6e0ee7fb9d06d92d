/* simulate_process.c - the processes; see simulate_internal.h. */
#include "simulate_internal.h"

#include <math.h>
#include <string.h>

/* ---- helpers --------------------------------------------------------------------------------- */

/* Alpha of the exponential smoothing that would suit the series: still, slow, usual, quick. Levels
** of long series by the day and hour move less. */
static double draw_smoothness(rnn_sim *s) {
    static const double least[] = {0.0, 0.02, 0.25, 0.75}, most[] = {0.02, 0.25, 0.75, 1.0};
    double moving = s->unit->level;
    double weight[4] = {0.1 + 0.5 * (1.0 - moving), 0.25 + 0.2 * (1.0 - moving), 0.4 * moving,
                        0.35 * moving * moving};
    size_t kind = rnn_draw_weighted(&s->draws, weight, 4);
    return rnn_draw_uniform(&s->draws, least[kind], most[kind]);
}

/* s->value from the sum of parts: logarithms (65 %, and wherever 1 + x would be near zero), shares
** of the level, or, in one of 25, around zero: balances, temperatures. */
static void finish(rnn_sim *s) {
    double least = 0.0, base = 1.0;
    int plain = rnn_draw_chance(&s->draws, 0.35);
    if (rnn_draw_chance(&s->draws, 0.04)) {
        base = rnn_draw_uniform(&s->draws, -0.3, 0.5);
        s->nonnegative = 0;
    }
    for (size_t t = 0; t < s->length; t++) least = s->part[t] < least ? s->part[t] : least;
    plain = (plain && least > -0.9) || !s->nonnegative;
    for (size_t t = 0; t < s->length; t++) {
        s->value[t] = plain ? base + s->part[t] : exp(s->part[t]);
    }
}

/* ---- structural ------------------------------------------------------------------------------ */

/* Level, trend, cycle, season, noise: of a one-step error of variance v, alpha^2 v is the level's
** and (1 - alpha) v the noise's, as in the local level model that exponential smoothing is best
** for. */
static void structural(rnn_sim *s) {
    rnn_sim_add_trend(s, s->part);
    rnn_sim_add_level(s, s->part, 1.0);
    rnn_sim_add_cycle(s, s->part);
    rnn_sim_add_season(s, s->part, 1.0);
    rnn_sim_add_noise(s, s->part, s->noise * sqrt(1.0 - 0.98 * s->smoothness));
    finish(s);
}

/* ---- exponential smoothing ------------------------------------------------------------------- */

typedef struct ets {
    int error, trend, season; /* error, season: 0 none, 1 additive, 2 multiplicative; trend: 0, 1 */
    double alpha, beta, gamma, phi;
} ets;

static ets draw_ets(rnn_sim *s) {
    static const double season[] = {0.0, 0.45, 0.55};
    double n = (double)s->length, reach = rnn_draw_log_uniform(&s->draws, 0.1, 1.0), most;
    ets m = {0};
    m.error = rnn_draw_chance(&s->draws, 0.5) ? 1 : 2;
    m.trend = rnn_draw_chance(&s->draws, 0.7);
    m.season = s->seasonal ? (int)rnn_draw_weighted(&s->draws, season, 3) : 0;
    m.phi = rnn_draw_chance(&s->draws, 0.6) ? 1.0 : rnn_draw_uniform(&s->draws, 0.8, 0.98);
    most = rnn_draw_log_uniform(&s->draws, 0.3, 1.5) / (s->noise * sqrt(n)); /* as any level */
    m.alpha = s->smoothness < most ? s->smoothness : most;
    /* the slope's walk leads no further than `reach` */
    m.beta = reach / (s->noise * sqrt(n)) * (m.phi < 1.0 ? 1.0 - m.phi : 1.732 / n);
    most = 0.5 * m.alpha * rnn_draw_uniform(&s->draws, 0.0, 1.0);
    m.beta = m.beta < most ? m.beta : most;
    if (rnn_draw_chance(&s->draws, 0.6)) {
        m.gamma = (1.0 - m.alpha) * rnn_draw_log_uniform(&s->draws, 0.005, 0.4);
    }
    return m;
}

/* Growth at the beginning, relative to a level of 1. */
static double first_slope(rnn_sim *s) {
    double usual = s->unit->year > 0.0 ? 0.075 / s->unit->year : 0.3 / (double)s->length;
    double g = usual * (0.8 + 1.0 * rnn_draw_normal(&s->draws)), most = 3.0 / (double)s->length;
    return g < -0.4 * most ? -0.4 * most : g > most ? most : g;
}

/* The innovations form of Hyndman et al. 2008, chapter 2, any error with any trend and season. */
static void exponential_smoothing(rnn_sim *s) {
    double season[RNN_SIM_PROFILE], level = 1.0, slope = first_slope(s), size;
    size_t m = s->unit->season[0] > 1 ? s->unit->season[0] : 1;
    ets k = draw_ets(s);
    rnn_sim_profile(s, season, m);
    size = rnn_sim_amplitude(s);
    size = size < 0.35 ? size : 0.35;
    for (size_t i = 0; i < m; i++) {
        season[i] = k.season == 0 ? 0.0 : k.season == 1 ? size * season[i] : exp(size * season[i]);
    }
    rnn_sim_errors(s, s->work);
    for (size_t t = 0; t < s->length; t++) {
        size_t i = (t + s->phase) % m;
        double before = level + (k.trend ? k.phi * slope : 0.0);
        double factor = k.season == 2 ? season[i] : 1.0, addend = k.season == 1 ? season[i] : 0.0;
        double mean = before * factor + addend, e = s->noise * s->work[t];
        e = k.error == 2 ? mean * (e > -0.9 ? e : -0.9) : e;
        s->value[t] = mean + e;
        level = before + k.alpha * e / factor;
        if (k.trend) slope = k.phi * slope + k.beta * e / factor;
        season[i] += k.gamma * e / (k.season == 2 ? before : 1.0) * (k.season > 0);
    }
}

/* ---- ARIMA ----------------------------------------------------------------------------------- */

/* phi[1 ... order] of a stationary process from partial autocorrelations within +-most: Barndorff-
** Nielsen and Schou 1973. Negated, they are the coefficients of an invertible moving average. */
static void stationary(rnn_sim *s, double phi[3], size_t order, double least, double most) {
    double a = order > 0 ? rnn_draw_uniform(&s->draws, least, most) : 0.0;
    double b = order > 1 ? rnn_draw_uniform(&s->draws, -0.6, 0.6) : 0.0;
    phi[0] = 0.0;
    phi[1] = a * (1.0 - b);
    phi[2] = b;
}

/* (1 - phi B)(1 - Phi B^m) x = (1 + theta B)(1 + Theta B^m) e, in place: x holds e at first. */
static void filter(rnn_sim *s, double *x, const double ar[3], const double ma[3], double seasonal,
                   double seasonal_ma, size_t m) {
    for (size_t t = s->length; t-- > 0;) { /* moving averages, from the end */
        x[t] += (t >= m ? seasonal_ma * x[t - m] : 0.0);
    }
    for (size_t t = s->length; t-- > 0;) {
        x[t] += (t >= 1 ? ma[1] * x[t - 1] : 0.0) + (t >= 2 ? ma[2] * x[t - 2] : 0.0);
    }
    for (size_t t = 0; t < s->length; t++) {
        x[t] += (t >= 1 ? ar[1] * x[t - 1] : 0.0) + (t >= 2 ? ar[2] * x[t - 2] : 0.0);
    }
    for (size_t t = m; t < s->length; t++) x[t] += seasonal * x[t - m];
}

/* Seasonal ARIMA (0-2, 0-2, 0-2)(0-1, 0-1, 0-1): differences want moving averages that take most of
** them back, as in the airline model, or the series would go anywhere. */
static void arima(rnn_sim *s) {
    static const double differences[] = {0.35, 0.57, 0.08};
    double ar[3], ma[3], phi = 0.0, theta = 0.0, drift = first_slope(s), p[RNN_SIM_PROFILE], size;
    size_t d = rnn_draw_weighted(&s->draws, differences, 3), m = s->unit->season[0];
    int seasonal = s->seasonal && m > 1 && m < s->length / 2;
    int walks = seasonal && rnn_draw_chance(&s->draws, 0.4);
    double *e = s->work, n = (double)s->length, most;
    stationary(s, ar, rnn_draw_between(&s->draws, 0, d == 2 ? 1 : 2), -0.5, d == 0 ? 0.95 : 0.6);
    stationary(s, ma, rnn_draw_between(&s->draws, d > 0, 2), d > 0 ? -0.9 : -0.6,
               d > 0 ? 0.3 : 0.6);
    if (seasonal) {
        if (!walks && rnn_draw_chance(&s->draws, 0.5)) phi = rnn_draw_uniform(&s->draws, 0.2, 0.9);
        theta = walks ? rnn_draw_uniform(&s->draws, -0.95, -0.4) : 0.0;
    }
    rnn_sim_errors(s, e);
    if (d == 2) ma[1] = rnn_draw_uniform(&s->draws, -0.97, -0.6);
    filter(s, e, ar, ma, phi, theta, m);
    for (size_t t = m; walks && t < s->length; t++) e[t] += e[t - m];
    most = d == 2 ? 1.2 / (n * sqrt(n)) : d == 1 ? 1.0 / sqrt(n) : 1.0;
    size = s->noise < most ? s->noise : most;
    for (size_t t = 0; t < s->length; t++) {
        s->part[t] += size * e[t] + (d == 1 ? drift : 0.0);
    }
    for (size_t i = 0; i < d; i++) {
        for (size_t t = 1; t < s->length; t++) s->part[t] += s->part[t - 1];
    }
    for (size_t t = 0; d == 2 && t < s->length;
         t++) { /* the integrated error is not the only one */
        s->part[t] += 0.7 * s->noise * rnn_draw_normal(&s->draws);
    }
    if (d == 0 && rnn_draw_chance(&s->draws, 0.5)) rnn_sim_add_trend(s, s->part);
    if (seasonal) {
        rnn_sim_profile(s, p, m);
        size = rnn_sim_amplitude(s);
        for (size_t t = 0; t < s->length; t++) s->part[t] += size * p[(t + s->phase) % m];
    }
    finish(s);
}

/* ---- counts ---------------------------------------------------------------------------------- */

/* exp(parts) as a mean, at most `most`. */
static void take_means(rnn_sim *s, double mean, double most) {
    rnn_sim_add_level(s, s->part, 1.0);
    rnn_sim_add_trend(s, s->part);
    rnn_sim_add_cycle(s, s->part);
    rnn_sim_add_season(s, s->part, 1.5);
    for (size_t t = 0; t < s->length; t++) {
        double x = mean * exp(s->part[t]);
        s->part[t] = x < most ? x : most;
    }
}

/* Poisson, or negative binomial: a Poisson whose mean is gamma. Some series have another share of
** zeros beside (closed, sold out), some weekends without any. */
static void counts(rnn_sim *s) {
    double mean = rnn_draw_log_uniform(&s->draws, 0.4, 500.0);
    double shape =
        rnn_draw_chance(&s->draws, 0.5) ? rnn_draw_log_uniform(&s->draws, 0.7, 60.0) : 0.0;
    double empty = rnn_draw_chance(&s->draws, 0.08) ? rnn_draw_uniform(&s->draws, 0.01, 0.15) : 0.0;
    int closed = s->unit->season[0] == 7 && rnn_draw_chance(&s->draws, 0.15);
    take_means(s, mean, 1e5);
    s->counts = 1;
    for (size_t t = 0; t < s->length; t++) {
        double x = s->part[t] * (shape > 0.0 ? rnn_draw_gamma(&s->draws, shape) : 1.0);
        int none = rnn_draw_chance(&s->draws, empty) || (closed && (t + s->phase) % 7 == 6);
        s->value[t] = none ? 0.0 : rnn_draw_poisson(&s->draws, x);
    }
}

/* Demand now and then: a chance at each step that drifts, may have a season, may come in clusters,
** may die out; sizes from 1 up, lognormal or geometric; in packs, for some. */
static void intermittent(rnn_sim *s) {
    double p = rnn_draw_log_uniform(&s->draws, 0.05, 0.7), size, spread, dies, cluster, pack = 1.0;
    int before = 0;
    take_means(s, 1.0, 8.0);
    s->counts = 1;
    size = rnn_draw_log_uniform(&s->draws, 0.1, 30.0);
    spread = rnn_draw_uniform(&s->draws, 0.2, 1.0);
    dies = rnn_draw_chance(&s->draws, 0.1) ? rnn_draw_uniform(&s->draws, 1.0, 3.0) : 0.0;
    cluster = rnn_draw_chance(&s->draws, 0.3) ? rnn_draw_uniform(&s->draws, 1.5, 4.0) : 1.0;
    if (rnn_draw_chance(&s->draws, 0.12)) pack = (double)rnn_draw_between(&s->draws, 2, 24);
    for (size_t t = 0; t < s->length; t++) {
        double chance = p * s->part[t] * exp(-dies * (double)t / (double)s->length);
        chance *= before ? cluster : 1.0;
        before = rnn_draw_chance(&s->draws, chance < 0.97 ? chance : 0.97);
        s->value[t] = 0.0;
        if (before) {
            double x = size * exp(spread * rnn_draw_normal(&s->draws));
            s->value[t] = pack * (1.0 + floor(x < 1e5 ? x : 1e5));
        }
    }
}

/* ---- others ---------------------------------------------------------------------------------- */

/* Prices, rates of exchange: a walk of the logarithm with drift. */
static void price(rnn_sim *s) {
    double n = (double)s->length, step = s->noise, most = 1.2 / sqrt(n), level = 0.0;
    double drift = rnn_draw_chance(&s->draws, 0.6) ? first_slope(s) : 0.0;
    double slow = rnn_draw_chance(&s->draws, 0.25) ? rnn_draw_uniform(&s->draws, 0.1, 0.5) : 0.0;
    double before = 0.0;
    step = step < most ? step : most;
    rnn_sim_errors(s, s->work);
    for (size_t t = 0; t < s->length; t++) {
        before = slow * before + step * (1.0 - slow) * s->work[t];
        level += before + drift;
        s->value[t] = exp(level);
    }
}

/* A level to come back to: loads, rates, spreads, queues. */
static void reverting(rnn_sim *s) {
    double deviation = rnn_draw_log_uniform(&s->draws, 0.01, 0.4);
    rnn_sim_add_reverting(s, s->part, deviation, rnn_draw_uniform(&s->draws, 0.3, 0.98));
    if (rnn_draw_chance(&s->draws, 0.6)) rnn_sim_add_season(s, s->part, 1.0);
    if (rnn_draw_chance(&s->draws, 0.4)) rnn_sim_add_noise(s, s->part, 0.5 * deviation);
    finish(s);
}

/* Between 0 and a capacity that some reach and stay at. */
static void share_of_capacity(rnn_sim *s) {
    double middle = rnn_draw_uniform(&s->draws, -2.5, 2.5), cut = 2.0;
    rnn_sim_add_level(s, s->part, 1.0);
    rnn_sim_add_trend(s, s->part);
    rnn_sim_add_season(s, s->part, 2.0);
    rnn_sim_add_noise(s, s->part, 2.0 * s->noise);
    if (rnn_draw_chance(&s->draws, 0.25)) cut = rnn_draw_uniform(&s->draws, 0.6, 1.1);
    for (size_t t = 0; t < s->length; t++) {
        double usual = 1.0 / (1.0 + exp(-middle));
        double x = 1.0 / (1.0 + exp(-middle - s->part[t] * 1.5));
        s->value[t] = x < cut * usual * 1.1 ? x : cut * usual * 1.1;
    }
}

/* The life of a product: t^k exp(-t / tau), the series being any part of it. */
static void life_cycle(rnn_sim *s) {
    double n = (double)s->length, k = rnn_draw_log_uniform(&s->draws, 0.3, 3.0);
    double top = n * rnn_draw_uniform(&s->draws, 0.2, 1.3),
           at = rnn_draw_uniform(&s->draws, 0.02, 0.3);
    rnn_sim_add_level(s, s->part, 1.0);
    rnn_sim_add_season(s, s->part, 1.0);
    rnn_sim_add_noise(s, s->part, s->noise);
    for (size_t t = 0; t < s->length; t++) {
        double x = ((double)t + at * n) / top;
        s->part[t] += k * (log(x) + 1.0 - x);
    }
    for (size_t t = 0; t < s->length; t++) s->value[t] = exp(s->part[t]);
}

/* Tariffs, rates of central banks, headcounts: the same for a while, then another. */
static void steps(rnn_sim *s) {
    double p = rnn_draw_log_uniform(&s->draws, 0.02, 0.4), level = 1.0;
    double size = rnn_draw_log_uniform(&s->draws, 0.01, 0.15),
           up = rnn_draw_uniform(&s->draws, 0.3, 0.95);
    for (size_t t = 0; t < s->length; t++) {
        if (rnn_draw_chance(&s->draws, p)) {
            double by = size * rnn_draw_gamma(&s->draws, 2.0);
            level *= exp(rnn_draw_chance(&s->draws, up) ? by : -by);
            level = level < 50.0 ? level : 50.0;
        }
        s->value[t] = level;
    }
}

static void constant(rnn_sim *s) {
    for (size_t t = 0; t < s->length; t++) s->value[t] = 1.0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct {
    double weight; /* percent; of counts less where the step is a quarter or a year */
    void (*run)(rnn_sim *s);
} process[] = {{46.0, structural},  {17.0, exponential_smoothing},
               {12.0, arima},       {6.5, counts},
               {3.5, intermittent}, {4.2, price},
               {4.0, reverting},    {2.5, share_of_capacity},
               {2.5, life_cycle},   {1.5, steps},
               {0.3, constant}};

enum { PROCESSES = sizeof process / sizeof process[0] };

void rnn_sim_run(rnn_sim *s) {
    double weight[PROCESSES];
    int long_steps = s->unit->year > 0.0 && s->unit->year <= 4.0;
    for (size_t i = 0; i < PROCESSES; i++) {
        int of_counts = process[i].run == counts || process[i].run == intermittent;
        weight[i] = process[i].weight * (of_counts && long_steps ? 0.4 : 1.0);
    }
    memset(s->part, 0, s->length * sizeof *s->part);
    s->noise = rnn_draw_lognormal(&s->draws, s->unit->noise, 0.8, 0.004, 0.3);
    s->smoothness = draw_smoothness(s);
    process[rnn_draw_weighted(&s->draws, weight, PROCESSES)].run(s);
}
