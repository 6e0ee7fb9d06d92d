/* frequency.c - positions and times on a grid, and the seasons that a step suggests; see
** frequency.h. The text forms are in frequency_text.c, finding the step in frequency_infer.c.
*/
#include "frequency.h"

#include <math.h>

#define DAY 86400.0
#define EXACT_TOLERANCE 1e-3 /* of a step */
#define MAX_POSITION 1e15
#define MAX_MONTHS 1200000 /* years stay within +-100,000: no overflow in the calendar */

static int64_t bounded_position(double x) {
    if (!(x > -MAX_POSITION)) { /* NaN too */
        return (int64_t)-MAX_POSITION;
    }
    return (int64_t)(x < MAX_POSITION ? x : MAX_POSITION);
}

/* ---- plain steps: NUMBER, SECOND, ROW -------------------------------------------------------- */

/* Decimal digits (0...9) after which both numbers end, or -1. */
static int common_decimals(double a, double b) {
    double scale = 1.0;
    for (int digits = 0; digits <= 9; digits++) {
        double x = a * scale, y = b * scale;
        if (fabs(x) > 4e15 || fabs(y) > 4e15) {
            return -1;
        }
        if (fabs(x - round(x)) < 1e-6 && fabs(y - round(y)) < 1e-6) {
            return digits;
        }
        scale *= 10.0;
    }
    return -1;
}

/* origin + p * size without the noise of binary fractions: 0 + 3 * 0.1 is 0.3. */
static double plain_time(const rnn_frequency *f, double origin, int64_t p) {
    double time = origin + (double)p * f->size;
    int digits = common_decimals(origin, f->size);
    if (digits > 0) {
        double scale = pow(10.0, digits), x = time * scale;
        if (fabs(x) < 4e15) {
            time = round(x) / scale;
        }
    }
    return time;
}

/* ---- business days --------------------------------------------------------------------------- */

/* Is local day number `day` (0 = 1970-01-01, a Thursday) in the mask? */
static int open_day(uint8_t mask, int64_t day) { return mask >> (((day + 3) % 7 + 7) % 7) & 1; }

static int mask_count(uint8_t mask) {
    int count = 0;
    for (int i = 0; i < 7; i++) {
        count += mask >> i & 1;
    }
    return count;
}

/* Days of the mask in [monday, day), monday = the Monday 1969-12-29 (day -3); negative before
** it. */
static int64_t open_days_before(uint8_t mask, int64_t day) {
    int64_t since = day + 3;
    int64_t week = since >= 0 ? since / 7 : -((6 - since) / 7);
    int rest = (int)(since - week * 7);
    return week * mask_count(mask) + mask_count((uint8_t)(mask & ((1u << rest) - 1u)));
}

/* The day of the mask that has `count` days of the mask before it. */
static int64_t open_day_number(uint8_t mask, int64_t count) {
    int64_t each = mask_count(mask);
    int64_t week = count >= 0 ? count / each : -((each - 1 - count) / each);
    int64_t day = week * 7 - 3;
    for (int64_t left = count - week * each;; day++) {
        if (open_day(mask, day) && left-- == 0) {
            return day;
        }
    }
}

/* The nearest day of the mask; of two, the one before. */
static int64_t nearest_open_day(uint8_t mask, int64_t day) {
    for (int64_t i = 0; i < 7; i++) {
        if (open_day(mask, day - i)) {
            return day - i;
        }
        if (open_day(mask, day + i)) {
            return day + i;
        }
    }
    return day;
}

static uint8_t usable_mask(const rnn_frequency *f) {
    uint8_t mask = f->weekdays & 0x7f;
    return mask ? mask : 0x7f;
}

static int64_t day_position(const rnn_frequency *f, double origin, double time, int *exact) {
    uint8_t mask = usable_mask(f);
    double first = floor((origin + f->shift) / DAY);
    double day = round((time + f->shift - (origin + f->shift - first * DAY)) / DAY);
    double off = time - origin - (day - first) * DAY;
    int64_t whole = bounded_position(day);
    *exact = fabs(off) <= DAY * EXACT_TOLERANCE && open_day(mask, whole);
    return open_days_before(mask, nearest_open_day(mask, whole)) -
           open_days_before(mask, nearest_open_day(mask, bounded_position(first)));
}

static double day_time(const rnn_frequency *f, double origin, int64_t p) {
    uint8_t mask = usable_mask(f);
    double first = floor((origin + f->shift) / DAY);
    int64_t start = nearest_open_day(mask, bounded_position(first));
    int64_t day = open_day_number(mask, open_days_before(mask, start) + p);
    return origin + ((double)day - first) * DAY;
}

/* ---- months ---------------------------------------------------------------------------------- */

static double month_time(const rnn_frequency *f, double origin, int64_t p) {
    double local = origin + f->shift;
    rnn_civil c = rnn_civil_from_seconds(local);
    double time_of_day = local - rnn_civil_seconds(c.year, c.month, c.day);
    double steps = (double)p * f->size;
    int64_t month, year;
    int days, day;

    steps = steps > MAX_MONTHS ? MAX_MONTHS : steps < -MAX_MONTHS ? -MAX_MONTHS : steps;
    month = (int64_t)c.year * 12 + c.month - 1 + (int64_t)steps;
    year = month >= 0 ? month / 12 : -((11 - month) / 12);
    days = rnn_days_in_month((int)year, (int)(month - year * 12) + 1);
    day = f->month_end || c.day > days ? days : c.day;
    return rnn_civil_seconds((int)year, (int)(month - year * 12) + 1, day) + time_of_day - f->shift;
}

static int64_t month_position(const rnn_frequency *f, double origin, double time, int *exact) {
    rnn_civil a = rnn_civil_from_seconds(origin + f->shift);
    rnn_civil b = rnn_civil_from_seconds(time + f->shift);
    double months = ((double)b.year - a.year) * 12.0 + b.month - a.month;
    int64_t guess = bounded_position(floor(months / f->size)), best = guess;
    double distance = INFINITY;

    for (int64_t p = guess - 1; p <= guess + 1; p++) {
        double d = fabs(month_time(f, origin, p) - time);
        if (d < distance) {
            distance = d;
            best = p;
        }
    }
    *exact = distance <= f->size * 30.0 * DAY * EXACT_TOLERANCE;
    return best;
}

/* ---- both ways ------------------------------------------------------------------------------- */

int64_t rnn_frequency_position(const rnn_frequency *f, double origin, double time, int *exact) {
    int ignored = 0;
    int *on_grid = exact != NULL ? exact : &ignored;
    double x;
    if (f->unit == RNN_STEP_MONTH) {
        return month_position(f, origin, time, on_grid);
    }
    if (f->unit == RNN_STEP_DAY) {
        return day_position(f, origin, time, on_grid);
    }
    x = (time - origin) / f->size;
    *on_grid = fabs(x - round(x)) <= EXACT_TOLERANCE;
    return bounded_position(round(x));
}

size_t rnn_frequency_phase(const rnn_frequency *f, double time, size_t m) {
    if (f->unit == RNN_STEP_ROW) return 0;
    int64_t cycle = (int64_t)m, p = rnn_frequency_position(f, -f->shift, time, NULL) % cycle;
    return (size_t)(p < 0 ? p + cycle : p);
}

double rnn_frequency_time(const rnn_frequency *f, double origin, int64_t p) {
    if (p == 0) {
        return origin; /* also where it is not on the grid: a Saturday, a business month end */
    }
    if (f->unit == RNN_STEP_MONTH) {
        return month_time(f, origin, p);
    }
    if (f->unit == RNN_STEP_DAY) {
        return day_time(f, origin, bounded_position((double)p));
    }
    return plain_time(f, origin, p);
}

/* ---- seasons --------------------------------------------------------------------------------- */

/* Cycles of people and planets, in seconds; `least` steps must fit: an hour of 15-minute data says
** nothing. */
static size_t clock_seasons(double step, double season[4]) {
    static const struct {
        double seconds, least;
        int whole; /* must be a whole number of steps */
    } cycle[] = {{60.0, 6.0, 1},
                 {3600.0, 6.0, 1},
                 {DAY, 2.0, 1},
                 {7.0 * DAY, 2.0, 1},
                 {365.25 * DAY, 12.0, 0}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof cycle / sizeof cycle[0] && count < 4; i++) {
        double steps = cycle[i].seconds / step, nearest = round(steps);
        if (nearest < cycle[i].least || (cycle[i].whole && fabs(steps - nearest) > 1e-6 * steps)) {
            continue;
        }
        if (!cycle[i].whole && step < 600.0) {
            continue; /* a year of minutes: more than anyone looks back over */
        }
        season[count++] = nearest;
    }
    return count;
}

/* Numeric times have no unit, but some sizes give one away: seconds or milliseconds since an epoch,
** Julian days. */
static size_t number_seasons(double size, double season[4]) {
    static const double telling[] = {60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, DAY, 7.0 * DAY};
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
        double s = telling[i];
        if (fabs(size - s) < 1e-6 * s || fabs(size - s * 1000.0) < 1e-3 * s ||
            (s < DAY && fabs(size - s / DAY) < 1e-6 * s / DAY)) {
            return clock_seasons(s, season);
        }
    }
    return 0;
}

size_t rnn_frequency_seasons(const rnn_frequency *f, double season[4]) {
    switch (f->unit) {
    case RNN_STEP_MONTH:
        season[0] = 12.0 / f->size;
        return season[0] >= 2.0 && season[0] == floor(season[0]) ? 1 : 0;
    case RNN_STEP_DAY:
        season[0] = mask_count(usable_mask(f));
        season[1] = round(365.25 * season[0] / 7.0);
        if (season[0] < 2.0) {
            season[0] = season[1];
            return 1;
        }
        return 2;
    case RNN_STEP_SECOND: return clock_seasons(f->size, season);
    case RNN_STEP_NUMBER: return number_seasons(f->size, season);
    case RNN_STEP_ROW: break;
    }
    return 0;
}
