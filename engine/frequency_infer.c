/* frequency_infer.c - finding the step of a time column; see frequency.h.
**
** Three questions, in this order:
**   1. months: are the dates calendar-true months (same day, or month ends)?
**   2. exact steps: which is the largest unit that explains nearly all differences as whole
**      multiples and keeps the rows in phase? Candidates: frequent differences, their greatest
**      common divisor, and round clock units.
**   3. jitter: is the median difference close to a calendar unit, with the rows on different
**      positions? Also asked where the exact step leaves most positions empty.
** A difference is looked at in a sample first (no memory is allocated here), and a candidate that
** survives is checked against every row.
*/
#include "frequency.h"

#include <math.h>
#include <stdlib.h>

#define DAY 86400.0
#define SAMPLE 2048
#define CANDIDATES 64
#define EXPLAINED 0.95    /* share of the differences that must be whole multiples */
#define MAX_SHARED 0.01   /* share of the rows that may share a position with the row before */
#define TYPICAL_STEPS 8.0 /* a typical difference of more steps than this is no grid */
#define SPARSE_STEPS 2.5  /* from here on a longer step with jitter is the better explanation */
#define MAX_DRIFT 0.02    /* of a step per step: how far a round unit may be from the average */
#define TOLERANCE 1e-3    /* of a step: clock seconds, noise of REAL times */
#define PHASE 0.2         /* of a step: how far off the grid a row may be (a day of 23 hours) */
#define LOOSE 0.3         /* the same for differences that jitter: both ends do */

typedef struct column {
    const double *times;
    const size_t *starts;
    size_t series;
    const rnn_time_style *style;
    size_t differences;
    size_t sampled;
    double sample[SAMPLE]; /* differences, ascending */
} column;

/* Sample differences at places that no period of the data can follow (golden-ratio jitter inside
** equal strata). */
static void take_sample(column *c) {
    double stratum = (double)c->differences / SAMPLE;
    size_t index = 0, next = 0;
    c->sampled = 0;
    for (size_t s = 0; s < c->series; s++) {
        for (size_t i = c->starts[s] + 1; i < c->starts[s + 1]; i++, index++) {
            double place, k = (double)c->sampled;
            if (index < next || c->sampled == SAMPLE) {
                continue;
            }
            c->sample[c->sampled++] = c->times[i] - c->times[i - 1];
            place = k + 1.0 + fmod((k + 1.0) * 0.6180339887498949, 1.0);
            next = stratum <= 2.0 ? index + 1 : (size_t)(place * stratum);
        }
    }
    qsort(c->sample, c->sampled, sizeof c->sample[0], rnn_compare_doubles);
}

static double median_difference(const column *c) {
    return c->sample[(c->sampled - 1) / 2]; /* the lower one: a difference that occurs */
}

/* ---- exact steps ----------------------------------------------------------------------------- */

/* Is d a whole multiple (1 or more) of u, within tol steps? */
static int is_multiple(double d, double u, double tol) {
    double k = d / u, nearest = floor(k + 0.5);
    return nearest >= 1.0 && fabs(k - nearest) <= tol * (nearest < 100.0 ? 1.0 : nearest / 100.0);
}

/* Snap a step that was averaged from noisy differences to the number it stands for: 0.1, 3600,
** 1/24. */
static double snap(double u) {
    double scale = 1.0, tol = 2e-6 * u;
    for (int digits = 0; digits <= 9; digits++) {
        double r = floor(u * scale + 0.5) / scale, inverse = floor(1.0 / u + 0.5);
        if (r > 0.0 && fabs(r - u) <= tol) {
            return r;
        }
        if (digits == 4 && inverse >= 2.0 && inverse <= 100000.0 &&
            fabs(1.0 / inverse - u) <= tol) {
            return 1.0 / inverse;
        }
        scale *= 10.0;
    }
    return u;
}

/* Share of all differences that are whole multiples of *u; *u becomes their exact average per
** step. */
static double explained_share(const column *c, double *u, double tol) {
    double sum = 0.0, steps = 0.0;
    size_t good = 0;
    for (size_t s = 0; s < c->series; s++) {
        for (size_t i = c->starts[s] + 1; i < c->starts[s + 1]; i++) {
            double d = c->times[i] - c->times[i - 1];
            if (is_multiple(d, *u, tol)) {
                good++;
                sum += d;
                steps += floor(d / *u + 0.5);
            }
        }
    }
    if (good > 0) {
        *u = snap(sum / steps);
    }
    return (double)good / (double)c->differences;
}

/* Shares of the rows (first rows of series not counted) that lie on the grid, and that share a
** position. */
static void grid_shares(const column *c, double u, double *on_grid, double *shared) {
    size_t on = 0, same = 0;
    for (size_t s = 0; s < c->series; s++) {
        double before = 0.0;
        for (size_t i = c->starts[s] + 1; i < c->starts[s + 1]; i++) {
            double x = (c->times[i] - c->times[c->starts[s]]) / u, p = floor(x + 0.5);
            on += fabs(x - p) <= PHASE;
            same += p == before;
            before = p;
        }
    }
    *on_grid = (double)on / (double)c->differences;
    *shared = (double)same / (double)c->differences;
}

static double sample_share(const column *c, double u) {
    size_t good = 0;
    for (size_t i = 0; i < c->sampled; i++) {
        good += (size_t)is_multiple(c->sample[i], u, TOLERANCE);
    }
    return (double)good / (double)c->sampled;
}

/* Greatest common divisor by Euclid with a tolerance; 0 where it would shrink below `least`. */
static double common_divisor(double a, double b, double least) {
    double tol = least * 0.01;
    while (b > tol) {
        double r = fmod(a, b);
        if (b - r <= tol) {
            r = 0.0;
        }
        a = b;
        b = r;
    }
    return a >= least ? a : 0.0;
}

/* The greatest common divisor of the differences but for the rarest of the sample (`ignored` of
** it); 0 if it is tiny. */
static double sample_divisor(const column *c, double ignored) {
    double g = 0.0, least = median_difference(c) / (2.0 * TYPICAL_STEPS);
    size_t rare = (size_t)(ignored * (double)c->sampled / 16.0);
    for (size_t i = 0, run; i < c->sampled; i += run) {
        for (run = 1; i + run < c->sampled &&
                      c->sample[i + run] - c->sample[i] <= TOLERANCE * c->sample[i];) {
            run++;
        }
        if (run <= rare) {
            continue;
        }
        g = g == 0.0 ? c->sample[i] : common_divisor(g, c->sample[i], least);
        if (g == 0.0) {
            return 0.0;
        }
    }
    return g;
}

/* The most frequent differences of the sample, most frequent first; returns how many. */
static size_t frequent_differences(const column *c, double *out, size_t most) {
    size_t count[CANDIDATES], n = 0;
    for (size_t i = 0, run; i < c->sampled; i += run) {
        size_t at;
        for (run = 1; i + run < c->sampled &&
                      c->sample[i + run] - c->sample[i] <= TOLERANCE * c->sample[i];) {
            run++;
        }
        for (at = n < most ? n++ : most; at > 0 && count[at - 1] < run; at--) {
            if (at < most) {
                count[at] = count[at - 1];
                out[at] = out[at - 1];
            }
        }
        if (at < most) {
            count[at] = run;
            out[at] = c->sample[i + run / 2];
        }
    }
    return n;
}

static const double clock_units[] = {
    1.0,     2.0,     5.0,     10.0,   15.0,      20.0,      30.0,       60.0,      120.0,
    300.0,   600.0,   900.0,   1200.0, 1800.0,    3600.0,    7200.0,     10800.0,   14400.0,
    21600.0, 28800.0, 43200.0, DAY,    2.0 * DAY, 7.0 * DAY, 14.0 * DAY, 28.0 * DAY};
enum { CLOCK_UNITS = sizeof clock_units / sizeof clock_units[0] };

/* Question 2; 0 if there is no such step. */
static double exact_step(const column *c) {
    double candidate[CANDIDATES + CLOCK_UNITS];
    size_t n = frequent_differences(c, candidate, 16);
    candidate[n++] = sample_divisor(c, 0.0);
    candidate[n++] = sample_divisor(c, 1.0 - EXPLAINED);
    for (size_t i = 0; i < CLOCK_UNITS && c->style->kind >= RNN_TIME_MONTH; i++) {
        candidate[n++] = clock_units[i];
    }
    qsort(candidate, n, sizeof candidate[0], rnn_compare_doubles);
    while (n-- > 0) {
        double u = candidate[n], on_grid, shared;
        if (!(u > 0.0) || median_difference(c) > TYPICAL_STEPS * u * (1.0 + TOLERANCE)) {
            return 0.0; /* all that follow are smaller */
        }
        if (sample_share(c, u) < EXPLAINED - 0.03 ||
            explained_share(c, &u, TOLERANCE) < EXPLAINED) {
            continue;
        }
        grid_shares(c, u, &on_grid, &shared);
        if (on_grid >= EXPLAINED && shared <= MAX_SHARED) {
            return u;
        }
    }
    return 0.0;
}

/* Question 3; 0 if there is no such step. */
static double jittered_step(const column *c) {
    double middle = median_difference(c), tries[3] = {0.0, middle, middle};
    if (c->style->kind >= RNN_TIME_MONTH) {
        for (size_t i = 0; i < CLOCK_UNITS; i++) {
            if (fabs(middle / clock_units[i] - 1.0) < 0.12) {
                tries[0] = clock_units[i];
            }
        }
    }
    for (int t = 0; t < 3; t++) {
        double u = tries[t], average = u, on_grid, shared;
        if (!(u > 0.0) || explained_share(c, &average, LOOSE) < 0.9) {
            continue;
        }
        if (t < 2 && fabs(average / u - 1.0) > MAX_DRIFT) {
            continue; /* twice a month is not every 14 days */
        }
        u = t == 2 ? average : u;
        grid_shares(c, u, &on_grid, &shared);
        if (shared <= MAX_SHARED) {
            return u;
        }
    }
    return 0.0;
}

/* ---- months ---------------------------------------------------------------------------------- */

/* Do the rows lie on the grid of `f`? Exactly, or (loose) each month at its own day. */
static int month_grid_holds(const column *c, const rnn_frequency *f, int loose) {
    size_t on = 0, same = 0;
    for (size_t s = 0; s < c->series; s++) {
        int64_t before = 0;
        for (size_t i = c->starts[s] + 1; i < c->starts[s + 1]; i++) {
            int exact;
            int64_t p = rnn_frequency_position(f, c->times[c->starts[s]], c->times[i], &exact);
            if (loose) {
                double off = rnn_frequency_time(f, c->times[c->starts[s]], p) - c->times[i];
                exact = fabs(off) <= LOOSE * f->size * 30.4 * DAY;
            }
            on += (size_t)exact;
            same += p == before;
            before = p;
        }
    }
    return (double)on >= EXPLAINED * (double)c->differences &&
           (double)same <= MAX_SHARED * (double)c->differences;
}

/* Share of the rows within `slack` days of their month's end. */
static double month_end_share(const column *c, double shift, int slack) {
    size_t at_end = 0, rows = c->starts[c->series] - c->starts[0];
    for (size_t i = c->starts[0]; i < c->starts[c->series]; i++) {
        rnn_civil civil = rnn_civil_from_seconds(c->times[i] + shift);
        at_end += civil.day >= rnn_days_in_month(civil.year, civil.month) - slack;
    }
    return (double)at_end / (double)rows;
}

/* Question 1 (and 3 for months): fills *f and returns 1 if the step is a number of months. */
static int month_step(const column *c, int loose, rnn_frequency *f) {
    static const double sizes[] = {1200.0, 600.0, 240.0, 120.0, 60.0, 48.0, 36.0,
                                   24.0,   12.0,  6.0,   4.0,   3.0,  2.0,  1.0};
    double middle = median_difference(c);
    rnn_frequency month = *f;
    if (c->style->kind != RNN_TIME_MONTH && middle < 27.0 * DAY) {
        return 0;
    }
    month.unit = RNN_STEP_MONTH;
    for (int k = 0; k < 2; k++) {
        int ends =
            loose ? 1 - k : k; /* dates that are only near a month's end have no day to keep */
        month.month_end = (uint8_t)ends;
        if (ends && month_end_share(c, f->shift, loose ? 3 : 0) < (loose ? EXPLAINED : 1.0)) {
            continue;
        }
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            month.size = sizes[i];
            if (middle < sizes[i] * 27.0 * DAY ||
                (c->style->kind != RNN_TIME_MONTH &&
                 middle > TYPICAL_STEPS * sizes[i] * 31.0 * DAY)) {
                continue;
            }
            if (month_grid_holds(c, &month, loose)) {
                month.month_end = month_end_share(c, f->shift, 0) == 1.0 ? 1 : (uint8_t)ends;
                *f = month;
                return 1;
            }
        }
    }
    return 0;
}

/* ---- business days --------------------------------------------------------------------------- */

/* Daily rows in which some weekdays never occur: step over those. Asks for enough rows that it is
** no accident. */
static void business_days(const column *c, rnn_frequency *f) {
    rnn_frequency days = *f;
    size_t rows = c->starts[c->series] - c->starts[0], next = 0;
    unsigned mask = 0;
    double span = 0.0;

    for (size_t s = 0; s < c->series; s++) {
        for (size_t i = c->starts[s]; i < c->starts[s + 1] && mask != 0x7f; i++) {
            mask |= 1u << rnn_civil_from_seconds(c->times[i] + f->shift).weekday;
        }
        if (c->starts[s + 1] > c->starts[s]) {
            double length = c->times[c->starts[s + 1] - 1] - c->times[c->starts[s]];
            span = length > span ? length : span;
        }
    }
    if (mask == 0x7f || mask == 0 || rows < 6 || span < 13.0 * DAY) {
        return;
    }
    days.unit = RNN_STEP_DAY;
    days.size = 1.0;
    days.weekdays = (uint8_t)mask;
    for (size_t s = 0; s < c->series; s++) {
        for (size_t i = c->starts[s] + 1; i < c->starts[s + 1]; i++) {
            next += rnn_frequency_position(&days, c->times[i - 1], c->times[i], NULL) == 1;
        }
    }
    if ((double)next >= 0.6 * (double)c->differences || rows >= 100) {
        *f = days;
    }
}

/* ---- all together ---------------------------------------------------------------------------- */

rnn_frequency rnn_frequency_natural(const rnn_time_style *style) {
    rnn_frequency f = {RNN_STEP_NUMBER, 1.0, 0x7f, 0, rnn_time_shift(style)};
    switch (style->kind) {
    case RNN_TIME_ORDER: f.unit = RNN_STEP_ROW; break;
    case RNN_TIME_INTEGER:
    case RNN_TIME_REAL: break;
    case RNN_TIME_MONTH: f.unit = RNN_STEP_MONTH; break;
    case RNN_TIME_DATE:
        f.unit = RNN_STEP_SECOND;
        f.size = DAY;
        break;
    case RNN_TIME_STAMP:
        f.unit = RNN_STEP_SECOND;
        f.size = style->seconds ? 1.0 : 60.0;
        break;
    }
    return f;
}

/* Without a difference, all that is left is what the times of day are multiples of. */
static rnn_frequency natural_of_times(const column *c) {
    rnn_frequency f = rnn_frequency_natural(c->style);
    double unit = DAY;
    if (c->style->kind != RNN_TIME_STAMP || c->series == 0) {
        return f;
    }
    for (size_t i = c->starts[0]; i < c->starts[c->series]; i++) {
        double t = c->times[i] + f.shift;
        while (unit > 1.0 && fmod(t, unit) != 0.0) {
            unit = unit == DAY ? 3600.0 : unit == 3600.0 ? 60.0 : 1.0;
        }
    }
    f.size = unit;
    return f;
}

rnn_frequency rnn_frequency_infer(const double *times, const size_t *starts, size_t series,
                                  const rnn_time_style *style) {
    column c = {times, starts, series, style, 0, 0, {0.0}};
    rnn_frequency f = rnn_frequency_natural(style);
    double step;

    for (size_t s = 0; s < series; s++) {
        c.differences += starts[s + 1] - starts[s] > 1 ? starts[s + 1] - starts[s] - 1 : 0;
    }
    if (c.differences == 0) {
        return natural_of_times(&c);
    }
    take_sample(&c);
    if (style->kind == RNN_TIME_ORDER || !(median_difference(&c) > 0.0)) {
        f.unit = RNN_STEP_ROW;
        return f;
    }
    if (style->kind >= RNN_TIME_MONTH) {
        if (month_step(&c, 0, &f) || style->kind == RNN_TIME_MONTH) {
            return f; /* months always lie on the grid of one month */
        }
    }
    step = exact_step(&c);
    if (step == 0.0 && style->kind >= RNN_TIME_MONTH && month_step(&c, 1, &f)) {
        return f;
    }
    if (step == 0.0 || median_difference(&c) > SPARSE_STEPS * step) {
        double schedule = jittered_step(&c); /* weekly rows that move by a day also lie on days */
        step = schedule > 0.0 ? schedule : step;
    }
    f.size = step > 0.0 ? step : median_difference(&c);
    f.unit = step == 0.0                     ? RNN_STEP_ROW
             : style->kind >= RNN_TIME_MONTH ? RNN_STEP_SECOND
                                             : RNN_STEP_NUMBER;
    if (f.unit == RNN_STEP_SECOND && f.size == DAY) {
        business_days(&c, &f);
    }
    return f;
}
