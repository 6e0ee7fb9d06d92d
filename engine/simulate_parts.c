/* simulate_parts.c - level, trend, cycle, noise and events; see simulate_internal.h. */
#include "simulate_internal.h"

#include <math.h>
#include <string.h>

/* ---- errors ---------------------------------------------------------------------------------- */

/* Standardised lognormal: skewed to one side. */
static double skewed(rnn_draws *d, double spread) {
    double square = spread * spread, mean = exp(0.5 * square);
    return (exp(spread * rnn_draw_normal(d)) - mean) / (mean * sqrt(exp(square) - 1.0));
}

/* Student's t with `freedom` > 2 degrees, variance 1, cut at 12 deviations. */
static double student(rnn_draws *d, double freedom) {
    double x = rnn_draw_student(d, freedom) * sqrt((freedom - 2.0) / freedom);
    return x < -12.0 ? -12.0 : x > 12.0 ? 12.0 : x;
}

/* Independent, variance 1: normal, Student with 3 ... 6 degrees, skewed. */
static void draw_errors(rnn_sim *s, double *e) {
    static const double kind[] = {0.62, 0.24, 0.14};
    size_t shape = rnn_draw_weighted(&s->draws, kind, 3);
    double freedom = rnn_draw_uniform(&s->draws, 3.0, 6.0);
    double spread = rnn_draw_uniform(&s->draws, 0.2, 0.8);
    double side = rnn_draw_chance(&s->draws, 0.7) ? 1.0 : -1.0;
    for (size_t t = 0; t < s->length; t++) {
        e[t] = shape == 0   ? rnn_draw_normal(&s->draws)
               : shape == 1 ? student(&s->draws, freedom)
                            : side * skewed(&s->draws, spread);
    }
}

/* GARCH(1, 1), Bollerslev 1986: v = (1 - a - b) + a e'^2 + b v, mean of v is 1. */
static void garch(rnn_sim *s, double *e) {
    double a = rnn_draw_uniform(&s->draws, 0.05, 0.25);
    double b = rnn_draw_uniform(&s->draws, 0.5, 0.97 - a), v = 1.0;
    for (size_t t = 0; t < s->length; t++) {
        e[t] *= sqrt(v);
        v = 1.0 - a - b + a * e[t] * e[t] + b * v;
        v = v < 25.0 ? v : 25.0;
    }
}

/* Deviation times 0.3 ... 3 from one step on. */
static void change_deviation(rnn_sim *s, double *e) {
    size_t from = rnn_draw_between(&s->draws, 1, s->length - 1);
    double factor = rnn_draw_log_uniform(&s->draws, 0.3, 3.0);
    for (size_t t = from; t < s->length; t++) e[t] *= factor;
}

/* The logarithm of the deviation is a slow random walk. */
static void drift_deviation(rnn_sim *s, double *e) {
    double step = rnn_draw_uniform(&s->draws, 0.2, 0.7) / sqrt((double)s->length), log_v = 0.0;
    for (size_t t = 0; t < s->length; t++) {
        e[t] *= exp(log_v);
        log_v += step * rnn_draw_normal(&s->draws);
        log_v = log_v < 1.5 ? log_v : 1.5;
    }
}

/* More noise in one part of the season than in the other. */
static void season_deviation(rnn_sim *s, double *e) {
    double period = (double)s->unit->season[0], depth = rnn_draw_uniform(&s->draws, 0.3, 0.8);
    double shift = rnn_draw_uniform(&s->draws, 0.0, 6.283185307179586);
    for (size_t t = 0; period > 1.0 && t < s->length; t++) {
        e[t] *= 1.0 + depth * cos(6.283185307179586 * (double)t / period + shift);
    }
}

void rnn_sim_errors(rnn_sim *s, double *e) {
    static const double kind[] = {0.74, 0.08, 0.07, 0.07, 0.04};
    draw_errors(s, e);
    switch (rnn_draw_weighted(&s->draws, kind, 5)) {
    case 1: garch(s, e); break;
    case 2: change_deviation(s, e); break;
    case 3: drift_deviation(s, e); break;
    case 4: season_deviation(s, e); break;
    default: break;
    }
}

/* ---- noise, level ---------------------------------------------------------------------------- */

void rnn_sim_add_noise(rnn_sim *s, double *x, double deviation) {
    static const double kind[] = {0.55, 0.25, 0.1, 0.1}; /* white, AR, MA, ARMA */
    size_t dynamics = rnn_draw_weighted(&s->draws, kind, 4);
    double phi = rnn_draw_uniform(&s->draws, -0.5, 0.95);
    double theta = rnn_draw_uniform(&s->draws, -0.8, 0.8), state = 0.0, before = 0.0, gain;
    phi = dynamics == 1 || dynamics == 3 ? phi : 0.0;
    theta = dynamics >= 2 ? theta : 0.0;
    /* the variance of an ARMA(1, 1) is this times that of its errors */
    gain = (1.0 + 2.0 * phi * theta + theta * theta) / (1.0 - phi * phi);
    rnn_sim_errors(s, s->work);
    for (size_t t = 0; t < s->length; t++) {
        state = phi * state + s->work[t] + theta * before;
        before = s->work[t];
        x[t] += deviation / sqrt(gain > 0.5 ? gain : 0.5) * state;
    }
}

void rnn_sim_add_level(rnn_sim *s, double *x, double share) {
    double step = s->smoothness * s->noise * share, level = 0.0;
    /* where it may be by the end, as a deviation */
    double most = rnn_draw_log_uniform(&s->draws, 0.3, 1.5) / sqrt((double)s->length);
    step = step < most ? step : most;
    for (size_t t = 0; t < s->length; t++) {
        level += step * rnn_draw_normal(&s->draws);
        x[t] += level;
    }
}

void rnn_sim_add_reverting(rnn_sim *s, double *x, double deviation, double phi) {
    double scale = deviation * sqrt(1.0 - phi * phi),
           state = deviation * rnn_draw_normal(&s->draws);
    rnn_sim_errors(s, s->work);
    for (size_t t = 0; t < s->length; t++) {
        state = phi * state + scale * s->work[t];
        x[t] += state;
    }
}

/* ---- trend ----------------------------------------------------------------------------------- */

/* Growth a step. Where there are years: 7.5 % a year in the median, mostly -10 ... 25 %, with heavy
** tails; elsewhere, whatever leads to a change of about a third over the series. No more than by a
** factor of 50 in all. */
static double growth(rnn_sim *s) {
    double n = (double)s->length, year = s->unit->year, g, most = 4.0 / n;
    double heavy = rnn_draw_student(&s->draws, 3.0);
    g = year > 0.0 ? (0.075 + 0.07 * heavy) / year : 0.3 * heavy / n;
    return g < -most ? -most : g > most ? most : g;
}

/* In two of five business series it is growth that is hit, not the level, and stays for a while:
** larger errors of the slope for smaller ones beside it. Returns the slope's. */
static double persistent(rnn_sim *s, double phi, double step) {
    double own = s->noise * rnn_draw_uniform(&s->draws, 0.3, 0.9);
    double most = (1.0 - phi) / sqrt((double)s->length);
    if (!(s->unit->year > 0.0) || !rnn_draw_chance(&s->draws, 0.4)) return step;
    s->noise *= 0.5;
    own = own < most ? own : most;
    return own > step ? own : step;
}

/* Slope with errors: phi 1: local linear; below: damped towards the growth (or towards zero). */
static void local_slope(rnn_sim *s, double *x, double phi) {
    double n = (double)s->length, span = 1.0, mean = 0.0, level = 0.0, step, off;
    double reach = rnn_draw_log_uniform(&s->draws, 0.12, 1.3); /* the deviation at the end */
    if (s->unit->year > 0.0) span = n / s->unit->year;
    reach *= span < 1.0 ? sqrt(span) : 1.0; /* less in some weeks of hours than in years */
    step = phi < 1.0 ? reach * (1.0 - phi) / sqrt(n) : 1.732 * reach / (n * sqrt(n));
    off = growth(s);
    if (phi < 1.0) {
        mean = rnn_draw_chance(&s->draws, 0.75) ? off : 0.0;
        off = growth(s);
        off += 0.7 * s->noise * rnn_draw_normal(&s->draws);
        step = persistent(s, phi, step);
    }
    for (size_t t = 0; t < s->length; t++) {
        off = phi * off + step * rnn_draw_normal(&s->draws);
        level += mean + off;
        x[t] += level;
    }
}

/* Straight, but in one to four places the slope becomes another. */
static void broken_slope(rnn_sim *s, double *x) {
    double slope = growth(s), level = 0.0;
    double p = (double)rnn_draw_between(&s->draws, 1, 4) / (double)s->length;
    for (size_t t = 0; t < s->length; t++) {
        if (rnn_draw_chance(&s->draws, p)) {
            slope = rnn_draw_chance(&s->draws, 0.25) ? 0.0 : slope * 0.3 + growth(s) * 1.2;
        }
        level += slope;
        x[t] += level;
    }
}

/* Logistic from one level to another. */
static void saturating(rnn_sim *s, double *x) {
    double n = (double)s->length, total = growth(s) * n;
    double middle = rnn_draw_uniform(&s->draws, -0.3, 1.0) * n;
    double width = rnn_draw_log_uniform(&s->draws, 0.05, 0.4) * n;
    for (size_t t = 0; t < s->length; t++) {
        x[t] += total / (1.0 + exp(-((double)t - middle) / width));
    }
}

/* Straight in the values, where parts are logarithms. */
static void add_logarithm(rnn_sim *s, double *x) {
    double total = exp(fabs(growth(s)) * (double)s->length) - 1.0, n = (double)s->length;
    int up = rnn_draw_chance(&s->draws, 0.75);
    for (size_t t = 0; t < s->length; t++) {
        double share = up ? (double)t / n : 1.0 - (double)t / n;
        x[t] += log(1.0 + total * share);
    }
}

void rnn_sim_add_trend(rnn_sim *s, double *x) {
    static const double kind[] = {0.10, 0.14, 0.22, 0.23, 0.18, 0.06, 0.07};
    double slope;
    switch (rnn_draw_weighted(&s->draws, kind, 7)) {
    case 1:
        slope = growth(s);
        for (size_t t = 0; t < s->length; t++) x[t] += slope * (double)t;
        break;
    case 2: local_slope(s, x, 1.0); break;
    case 3: local_slope(s, x, rnn_draw_uniform(&s->draws, 0.4, 0.98)); break;
    case 4: broken_slope(s, x); break;
    case 5: saturating(s, x); break;
    case 6: add_logarithm(s, x); break;
    default: break;
    }
}

/* Complex roots of modulus r, a period of 3 ... 11 years or of a sixth to the whole of the series:
** Harvey's stochastic cycle is the same thing. Its deviation is some times that of the noise. */
void rnn_sim_add_cycle(rnn_sim *s, double *x) {
    double n = (double)s->length, period = n * rnn_draw_log_uniform(&s->draws, 0.17, 1.0);
    double deviation = s->noise * rnn_draw_log_uniform(&s->draws, 0.5, 4.0), square = 0.0;
    double a = rnn_draw_normal(&s->draws), b = rnn_draw_normal(&s->draws), r;
    int years = s->unit->year > 0.0 && n > 2.0 * s->unit->year;
    if (!rnn_draw_chance(&s->draws, 0.25)) return;
    if (years) period = s->unit->year * rnn_draw_uniform(&s->draws, 3.0, 11.0);
    period = period > 4.0 ? period : 4.0;
    r = exp(-rnn_draw_log_uniform(&s->draws, 0.1, 1.5) / period);
    for (size_t t = 0; t < s->length; t++) { /* after t cycles in a plane, errors in both */
        double turn = 6.283185307179586 / period, old = a, error = sqrt(1.0 - r * r);
        a = r * (cos(turn) * a + sin(turn) * b) + error * rnn_draw_normal(&s->draws);
        b = r * (cos(turn) * b - sin(turn) * old) + error * rnn_draw_normal(&s->draws);
        s->work[t] = a;
        square += a * a;
    }
    deviation = deviation < 0.4 ? deviation : 0.4;
    for (size_t t = 0; t < s->length; t++) x[t] += deviation * s->work[t] / sqrt(square / n + 0.1);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* A place for an event: rarely among the steps to be forecast, where nothing foretells it. */
static size_t place(rnn_sim *s) {
    if (rnn_draw_chance(&s->draws, 0.05)) {
        return rnn_draw_between(&s->draws, s->length - s->horizon, s->length - 1);
    }
    return rnn_draw_between(&s->draws, 0, s->length - s->horizon - 1);
}

/* Mean absolute change from step to step, as a deviation. */
static double usual_change(const rnn_sim *s) {
    double sum = 0.0;
    for (size_t t = 1; t < s->length; t++) sum += fabs(s->value[t] - s->value[t - 1]);
    return 0.886 * sum / (double)(s->length - 1);
}

/* Factor (where values are nonnegative) or addend of `size` relative units, from `from` to `to`,
** fading by `keep` a step. */
static void change(rnn_sim *s, size_t from, size_t to, double size, double keep) {
    for (size_t t = from; t < to && t < s->length; t++) {
        double v = s->nonnegative ? s->value[t] * exp(size) : s->value[t] + size;
        s->value[t] = s->counts ? floor(v + 0.5) : v;
        size *= keep;
    }
}

static void shift_levels(rnn_sim *s) {
    size_t shifts = rnn_draw_chance(&s->draws, 0.75) ? 1 : rnn_draw_between(&s->draws, 2, 3);
    for (size_t i = 0; i < shifts; i++) {
        double size = rnn_draw_log_uniform(&s->draws, 0.1, 0.6);
        size = rnn_draw_chance(&s->draws, 0.5) ? log(1.0 + size) : log(1.0 - size);
        change(s, place(s), s->length, size, 1.0);
    }
}

/* Strike, promotion, heat: a jump that fades, or a stretch that ends. */
static void change_for_a_while(rnn_sim *s) {
    size_t changes = rnn_draw_between(&s->draws, 1, 2);
    for (size_t i = 0; i < changes; i++) {
        size_t from = place(s), steps = rnn_draw_between(&s->draws, 2, 2 + s->length / 10);
        double size = rnn_draw_log_uniform(&s->draws, 0.08, 0.8), side = rnn_draw_sign(&s->draws);
        double keep =
            rnn_draw_chance(&s->draws, 0.5) ? rnn_draw_uniform(&s->draws, 0.4, 0.95) : 1.0;
        change(s, from, keep < 1.0 ? s->length : from + steps, side * size, keep);
    }
}

/* Single values 3 ... 20 usual changes off; now and then a typing error of 10 or 100 times. */
static void add_outliers(rnn_sim *s) {
    double deviation = usual_change(s);
    size_t outliers = 1 + (size_t)rnn_draw_poisson(&s->draws, (double)s->length / 150.0);
    for (size_t i = 0; i < outliers; i++) {
        size_t t = place(s);
        double size = rnn_draw_log_uniform(&s->draws, 3.0, 20.0) * deviation;
        double v = s->value[t] + (rnn_draw_chance(&s->draws, 0.6) ? size : -size);
        if (rnn_draw_chance(&s->draws, 0.06) && t + s->horizon < s->length) {
            v = s->value[t] * (rnn_draw_chance(&s->draws, 0.5) ? 10.0 : 100.0);
        }
        v = s->nonnegative && v < 0.0 ? 0.0 : v;
        s->value[t] = s->counts ? floor(v + 0.5) : v;
    }
}

void rnn_sim_add_events(rnn_sim *s) {
    if (rnn_draw_chance(&s->draws, 0.14)) shift_levels(s);
    if (rnn_draw_chance(&s->draws, 0.06)) change_for_a_while(s);
    if (rnn_draw_chance(&s->draws, 0.08)) add_outliers(s);
}
