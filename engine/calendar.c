/* calendar.c - see calendar.h. */
#include "calendar.h"

#include <math.h>

#define HOUR 3600.0
#define DAY 86400.0
#define YEAR (365.25 * DAY)
#define SEEN 1.9 /* cycles: "about twice" */
#define TWO_PI 6.283185307179586

/* Seconds a step, on average. */
static double step_seconds(const rnn_frequency *f) {
    int open = 0;
    switch (f->unit) {
    case RNN_STEP_SECOND: return f->size;
    case RNN_STEP_MONTH: return f->size * YEAR / 12.0;
    case RNN_STEP_DAY:
        for (int i = 0; i < 7; i++) {
            open += f->weekdays >> i & 1;
        }
        return open ? 7.0 * DAY / open : DAY;
    case RNN_STEP_ROW:
    case RNN_STEP_NUMBER: break;
    }
    return 0.0;
}

/* Is the step longer than `cycle` or a whole number of them? Then that feature never changes. */
static int constant_at(double step, double cycle) {
    return step >= cycle * 0.999 || fmod(step, cycle) == 0.0;
}

static unsigned choose_month(const rnn_frequency *f, double span) {
    if (f->size >= 12.0 || span < SEEN * YEAR) {
        return 0;
    }
    return fmod(f->size, 3.0) == 0.0 ? RNN_CALENDAR_QUARTER_ONEHOT : RNN_CALENDAR_MONTH_ONEHOT;
}

unsigned rnn_calendar_choose(const rnn_frequency *f, size_t steps) {
    double step = step_seconds(f), span = step * (double)steps;
    int weekdays_only = f->unit == RNN_STEP_DAY; /* its steps are days, whatever their average */
    unsigned mask = 0;

    if (!(step > 0.0)) {
        return 0;
    }
    if (f->unit == RNN_STEP_MONTH) {
        return choose_month(f, span);
    }
    if (!constant_at(step, HOUR) && span >= SEEN * HOUR) {
        mask |= RNN_CALENDAR_MINUTE_ANGLE;
    }
    if (!constant_at(step, DAY) && span >= SEEN * DAY && !weekdays_only) {
        mask |= RNN_CALENDAR_HOUR_ONEHOT;
        mask |= constant_at(step, HOUR)
                    ? 0
                    : RNN_CALENDAR_HOUR_ANGLE; /* the one-hot has whole hours only */
    }
    if ((weekdays_only || !constant_at(step, 7.0 * DAY)) && span >= SEEN * 7.0 * DAY) {
        mask |= RNN_CALENDAR_WEEKDAY_ONEHOT;
    }
    if ((weekdays_only || step <= DAY) && span >= SEEN * YEAR) {
        mask |= RNN_CALENDAR_MONTH_ONEHOT;
        mask |= weekdays_only || step == DAY ? RNN_CALENDAR_MONTHDAY_ONEHOT : 0;
    }
    if (step < YEAR / 3.9 && span >= SEEN * YEAR) {
        mask |= RNN_CALENDAR_YEAR_ANGLE;
    }
    return mask;
}

size_t rnn_calendar_width(unsigned mask) {
    size_t width = 0;
#define RNN_CALENDAR_ADD(bit, name, n) width += mask & RNN_CALENDAR_##name ? (n) : 0;
    RNN_CALENDAR_LIST(RNN_CALENDAR_ADD)
#undef RNN_CALENDAR_ADD
    return width;
}

static real *write_angle(real *out, double cycles) {
    out[0] = (real)sin(TWO_PI * cycles);
    out[1] = (real)cos(TWO_PI * cycles);
    return out + 2;
}

static real *write_onehot(real *out, int width, int at) {
    for (int i = 0; i < width; i++) {
        out[i] = (real)(i == at);
    }
    return out + width;
}

void rnn_calendar_write(unsigned mask, double seconds, real *out) {
    rnn_civil c = rnn_civil_from_seconds(seconds);
    double minute = c.minute + c.second / 60.0;
    double hour = c.hour + minute / 60.0;
    if (mask & RNN_CALENDAR_MINUTE_ANGLE) {
        out = write_angle(out, minute / 60.0);
    }
    if (mask & RNN_CALENDAR_HOUR_ONEHOT) {
        out = write_onehot(out, 24, c.hour);
    }
    if (mask & RNN_CALENDAR_HOUR_ANGLE) {
        out = write_angle(out, hour / 24.0);
    }
    if (mask & RNN_CALENDAR_WEEKDAY_ONEHOT) {
        out = write_onehot(out, 7, c.weekday);
    }
    if (mask & RNN_CALENDAR_MONTHDAY_ONEHOT) {
        out = write_onehot(out, 31, c.day - 1);
    }
    if (mask & RNN_CALENDAR_MONTH_ONEHOT) {
        out = write_onehot(out, 12, c.month - 1);
    }
    if (mask & RNN_CALENDAR_YEAR_ANGLE) {
        double year = (c.yearday + hour / 24.0) / (365.0 + c.leap);
        out = write_angle(out, year);
        out = write_angle(out, 2.0 * year);
    }
    if (mask & RNN_CALENDAR_QUARTER_ONEHOT) {
        write_onehot(out, 4, (c.month - 1) / 3);
    }
}
