/* simulate_season.c - seasons and what the calendar does; see simulate_internal.h. */
#include "simulate_internal.h"

#include "timestamp.h"

#include <math.h>
#include <string.h>

#define TURN 6.283185307179586

/* ---- profiles -------------------------------------------------------------------------------- */

/* One to three harmonics, the higher the smaller: temperature, energy, tourism. */
static void smooth_profile(rnn_sim *s, double *p, size_t m, double weight) {
    size_t harmonics = rnn_draw_between(&s->draws, 1, m >= 6 ? 3 : 1);
    for (size_t h = 1; h <= harmonics; h++) {
        double size = weight * rnn_draw_uniform(&s->draws, 0.3, 1.0) / (double)h;
        double shift = rnn_draw_uniform(&s->draws, 0.0, TURN);
        for (size_t i = 0; i < m; i++) {
            p[i] += size * cos(TURN * (double)(h * i) / (double)m + shift);
        }
    }
}

/* Each place by itself: months of a branch. */
static void random_profile(rnn_sim *s, double *p, size_t m, double weight) {
    for (size_t i = 0; i < m; i++) p[i] += weight * rnn_draw_normal(&s->draws);
}

/* Christmas, summer holidays, sales: a few places, the ones beside them a little. */
static void peak_profile(rnn_sim *s, double *p, size_t m, double weight) {
    size_t peaks = rnn_draw_between(&s->draws, 1, m >= 6 ? 3 : 1);
    double width = rnn_draw_log_uniform(&s->draws, 0.2, 0.2 + (double)m / 40.0);
    int down = rnn_draw_chance(&s->draws, 0.3);
    for (size_t k = 0; k < peaks; k++) {
        size_t at = rnn_draw_between(&s->draws, 0, m - 1);
        double size = weight * rnn_draw_uniform(&s->draws, 1.0, 4.0) * (down ? -1.0 : 1.0);
        down = rnn_draw_chance(&s->draws, 0.25) ? !down : down;
        for (size_t i = 0; i < m; i++) {
            size_t apart = i > at ? i - at : at - i;
            double off = (double)(apart < m - apart ? apart : m - apart) / width;
            p[i] += size * exp(-0.5 * off * off);
        }
    }
}

/* The last place of every quarter (of three, where there are twelve). */
static void quarter_profile(rnn_sim *s, double *p, size_t m, double weight) {
    size_t every = m / 4, at = rnn_draw_between(&s->draws, 0, every - 1);
    for (size_t i = at; i < m; i += every) p[i] += 2.0 * weight;
}

/* Working days much alike, the weekend (the last two of seven) another thing. */
static void week_profile(rnn_sim *s, double *p, size_t m) {
    double end = rnn_draw_chance(&s->draws, 0.55) ? -1.0 : 1.0;
    double alike = rnn_draw_uniform(&s->draws, 0.05, 0.4);
    for (size_t i = 0; i < m; i++) {
        p[i] = alike * rnn_draw_normal(&s->draws) + (i == 4 ? 0.3 * fabs(end) : 0.0);
        if (m == 7 && i >= 5) p[i] += end * rnn_draw_uniform(&s->draws, 0.5, 1.8);
    }
}

/* Quiet at night, one hump or two in the day. */
static void day_profile(rnn_sim *s, double *p, size_t m) {
    double night = rnn_draw_uniform(&s->draws, 2.5, 4.5);
    double deep = rnn_draw_uniform(&s->draws, 1.0, 3.0),
           wide = rnn_draw_uniform(&s->draws, 2.0, 4.0);
    double peak[2], size[2], width[2];
    for (size_t k = 0; k < 2; k++) {
        peak[k] = rnn_draw_uniform(&s->draws, k ? 16.0 : 7.5, k ? 21.0 : 13.0);
        size[k] = rnn_draw_uniform(&s->draws, -0.2, 1.0);
        width[k] = rnn_draw_uniform(&s->draws, 1.0, 3.0);
    }
    for (size_t i = 0; i < m; i++) {
        double hour = 24.0 * (double)i / (double)m;
        double off = fabs(hour - night) < 12.0 ? hour - night : 24.0 - fabs(hour - night);
        p[i] = -deep * exp(-0.5 * off * off / (wide * wide));
        for (size_t k = 0; k < 2; k++) {
            double x = (hour - peak[k]) / width[k];
            p[i] += size[k] * exp(-0.5 * x * x);
        }
    }
}

static void standardize(double *p, size_t m) {
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < m; i++) mean += p[i] / (double)m;
    for (size_t i = 0; i < m; i++) square += (p[i] - mean) * (p[i] - mean) / (double)m;
    for (size_t i = 0; i < m; i++) p[i] = square > 0.0 ? (p[i] - mean) / sqrt(square) : 0.0;
}

void rnn_sim_profile(rnn_sim *s, double *p, size_t m) {
    static const double kind[] = {0.3, 0.22, 0.16, 0.27, 0.05};
    memset(p, 0, m * sizeof *p);
    if ((m == 7 || m == 5) && rnn_draw_chance(&s->draws, 0.7)) {
        week_profile(s, p, m);
    } else if ((m == 24 || m == 48 || m == 96) && rnn_draw_chance(&s->draws, 0.75)) {
        day_profile(s, p, m);
    } else {
        switch (rnn_draw_weighted(&s->draws, kind, m % 4 == 0 && m >= 12 && m <= 13 ? 5 : 4)) {
        case 0: smooth_profile(s, p, m, 1.0); break;
        case 1: random_profile(s, p, m, 1.0); break;
        case 2: peak_profile(s, p, m, 1.0); break;
        case 3:
            smooth_profile(s, p, m, 1.0);
            random_profile(s, p, m, rnn_draw_uniform(&s->draws, 0.1, 0.5));
            peak_profile(s, p, m, rnn_draw_uniform(&s->draws, 0.1, 1.0));
            break;
        default:
            quarter_profile(s, p, m, 1.0);
            random_profile(s, p, m, rnn_draw_uniform(&s->draws, 0.1, 0.5));
        }
    }
    standardize(p, m);
}

/* ---- seasons --------------------------------------------------------------------------------- */

double rnn_sim_amplitude(rnn_sim *s) {
    double beside = rnn_draw_chance(&s->draws, 0.5) ? s->noise * 1.6 : s->unit->amplitude;
    return rnn_draw_lognormal(&s->draws, beside, 0.85, 0.003, 0.7);
}

/* Add a season whose cycle of `period` steps need not be whole, the profile's m places spread over
** it; `at` is where in it the series begins, in steps. In three of ten the profile drifts, in one
** of four the amplitude changes. */
static void add_cycle_of(rnn_sim *s, double *x, double *p, size_t m, double period, double at,
                         double size) {
    double drift =
        rnn_draw_chance(&s->draws, 0.3) ? rnn_draw_log_uniform(&s->draws, 0.03, 0.4) : 0.0;
    double n = (double)s->length, end = 1.0, wander = 0.0, swing = 0.0;
    size_t last = m;
    if (rnn_draw_chance(&s->draws, 0.15)) end = rnn_draw_uniform(&s->draws, 0.2, 2.0);
    if (rnn_draw_chance(&s->draws, 0.1)) wander = 0.5 / sqrt(n);
    for (size_t t = 0; t < s->length; t++) {
        double turns = ((double)t + at) / period;
        size_t i = (size_t)((turns - floor(turns)) * (double)m + 1e-6);
        i = i < m ? i : m - 1;
        if (drift > 0.0 && i != last) p[i] += drift * rnn_draw_normal(&s->draws);
        last = i;
        if (wander > 0.0) swing += wander * rnn_draw_normal(&s->draws);
        x[t] += size * (1.0 + (end - 1.0) * (double)t / n) * exp(swing) * p[i];
    }
}

/* The day of a half-hourly to hourly series that is another on weekends. */
static void add_days_of_week(rnn_sim *s, double *x, size_t day, size_t week, double size) {
    double p[RNN_SIM_PROFILE], other[RNN_SIM_PROFILE], of_day[7];
    double scale = size * rnn_draw_uniform(&s->draws, 0.1, 0.7);
    double mix = rnn_draw_chance(&s->draws, 0.6) ? rnn_draw_uniform(&s->draws, 0.2, 1.0) : 0.0;
    rnn_sim_profile(s, p, day);
    rnn_sim_profile(s, other, day);
    week_profile(s, of_day, 7);
    standardize(of_day, 7);
    for (size_t t = 0; t < s->length; t++) {
        size_t place = (t + s->phase) % week, i = place % day, d = place / day % 7;
        double share = d >= 5 ? mix : 0.0;
        x[t] += size * ((1.0 - share) * p[i] + share * other[i]) + scale * of_day[d];
    }
}

/* ---- the calendar ---------------------------------------------------------------------------- */

/* Days since 1970 of Easter Sunday: the anonymous Gregorian algorithm (Nature, 1876). */
static double easter(int year) {
    int a = year % 19, b = year / 100, c = year % 100;
    int d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
    int f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
    return rnn_civil_seconds(year, f / 31, f % 31 + 1) / 86400.0;
}

/* First day of step t, in days since 1970. */
static double first_day(const rnn_sim *s, size_t t) {
    double at = s->start + (double)t * s->unit->step;
    if (s->unit->calendar == RNN_SIM_MONTHS) {
        int months = (int)at;
        return rnn_civil_seconds(months / 12, months % 12 + 1, 1) / 86400.0;
    }
    return floor(at);
}

/* Totals of months and quarters: so many days, each weekday with its weight. */
static void add_trading_days(rnn_sim *s, double *x) {
    double weight[7], sum = 0.0, depth = rnn_draw_uniform(&s->draws, 0.1, 1.0), steps;
    for (size_t d = 0; d < 7; d++) {
        weight[d] = 1.0 + 0.1 * rnn_draw_normal(&s->draws) - (d >= 5 ? depth : 0.0);
        sum += weight[d] > 0.0 ? weight[d] / 7.0 : 0.0;
    }
    steps = s->unit->step * 365.25 / 12.0;
    for (size_t t = 0; t < s->length; t++) {
        double from = first_day(s, t), total = 0.0;
        size_t days = (size_t)(first_day(s, t + 1) - from);
        size_t day = (size_t)rnn_civil_from_seconds(from * 86400.0).weekday;
        for (size_t d = 0; d < days; d++) total += fmax(weight[(day + d) % 7], 0.0);
        x[t] += log(total / (steps * sum));
    }
}

/* More or less in the days up to Easter; a step gets the share of them that it has. */
static void add_easter(rnn_sim *s, double *x) {
    double size = rnn_draw_log_uniform(&s->draws, 0.03, 0.4);
    double before = rnn_draw_uniform(&s->draws, 2.0, 12.0), after = 2.0;
    size *= rnn_draw_sign(&s->draws);
    if (s->unit->calendar == RNN_SIM_MONTHS) size *= 0.4;
    for (size_t t = 0; t < s->length; t++) {
        double from = first_day(s, t), to = first_day(s, t + 1);
        double day = easter(rnn_civil_from_seconds(from * 86400.0).year), first, last;
        to = to > from ? to : from + 1.0;
        first = day - before > from ? day - before : from;
        last = day + after < to ? day + after : to;
        if (last > first) {
            double whole = to - from < before + after ? to - from : before + after;
            x[t] += size * (last - first) / whole;
        }
    }
}

/* Days of the year on which everything is closed, or everybody comes. */
static void add_holidays(rnn_sim *s, double *x) {
    size_t holidays = rnn_draw_between(&s->draws, 1, 8), on[8], length[8];
    double size[8], usual = rnn_draw_chance(&s->draws, 0.75) ? -1.0 : 1.0;
    for (size_t k = 0; k < holidays; k++) {
        on[k] = k == 0 ? 358 : rnn_draw_between(&s->draws, 0, 364);
        length[k] = rnn_draw_chance(&s->draws, 0.7) ? 1 : rnn_draw_between(&s->draws, 2, 5);
        size[k] = usual * rnn_draw_log_uniform(&s->draws, 0.1, 1.2);
    }
    for (size_t t = 0; t < s->length; t++) {
        size_t day = (size_t)rnn_civil_from_seconds(first_day(s, t) * 86400.0).yearday;
        for (size_t k = 0; k < holidays; k++) {
            if (day >= on[k] && day < on[k] + length[k]) x[t] += size[k];
        }
    }
}

static void add_calendar(rnn_sim *s, double *x) {
    int months = s->unit->calendar == RNN_SIM_MONTHS;
    double step = s->unit->step;
    if (months && step < 6.0 && rnn_draw_chance(&s->draws, 0.2)) add_trading_days(s, x);
    if (step < 12.0 && rnn_draw_chance(&s->draws, months ? 0.08 : 0.15)) add_easter(s, x);
    if (!months && step <= 1.0 && rnn_draw_chance(&s->draws, 0.25)) add_holidays(s, x);
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* A year behind the days, weeks or hours: smooth, or of any shape where the unit is the week. */
static void add_year(rnn_sim *s, double *x, double size) {
    double p[RNN_SIM_PROFILE], year = s->unit->year;
    size_t m = year < 60.0 ? 52 : RNN_SIM_PROFILE;
    if (m == 52) {
        rnn_sim_profile(s, p, m);
    } else {
        memset(p, 0, sizeof p);
        smooth_profile(s, p, m, 1.0);
        if (rnn_draw_chance(&s->draws, 0.3)) peak_profile(s, p, m, 0.7);
        standardize(p, m);
    }
    add_cycle_of(s, x, p, m, year, rnn_draw_uniform(&s->draws, 0.0, year), size);
}

void rnn_sim_add_season(rnn_sim *s, double *x, double share) {
    double p[RNN_SIM_PROFILE], size = rnn_sim_amplitude(s) * share;
    size_t m = s->unit->season[0], second = s->unit->season[1];
    if (!s->seasonal) return;
    if (m == 52) {
        add_year(s, x, size);
    } else if (m > 1 && second > 1 && rnn_draw_chance(&s->draws, 0.7)) {
        add_days_of_week(s, x, m, second, size);
    } else if (m > 1) {
        rnn_sim_profile(s, p, m);
        add_cycle_of(s, x, p, m, (double)m, (double)(s->phase % m), size);
    }
    if (m != 52 && s->unit->year > 60.0 && rnn_draw_chance(&s->draws, 0.5)) {
        add_year(s, x, rnn_sim_amplitude(s) * share);
    }
    if (s->unit->calendar != RNN_SIM_NONE) add_calendar(s, x);
}
