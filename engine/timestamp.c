/* timestamp.c - see timestamp.h. The calendar arithmetic counts days in 400-year eras of 146,097
** days that start on 1 March, so that the leap day is the last of its year (H. Hinnant,
** "chrono-compatible low-level date algorithms").
*/
#include "timestamp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_A_DAY 86400
#define MAX_EXACT_INTEGER 9007199254740992 /* 2^53 */

static const char *const accepted_forms =
    "a time is an INTEGER, a REAL, or text such as '2024-01', '2024-01-31', '2024-01-31 23:59' or "
    "'2024-01-31T23:59:59+02:00'";

/* ---- calendar -------------------------------------------------------------------------------- */

static int64_t days_from_civil(int64_t year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int rnn_days_in_month(int year, int month) {
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12) {
        return 0;
    }
    return days[month - 1] + (month == 2 && is_leap(year));
}

double rnn_civil_seconds(int year, int month, int day) {
    int64_t months = (int64_t)year * 12 + month - 1;
    int64_t y = months >= 0 ? months / 12 : -((11 - months) / 12);
    int64_t days = days_from_civil(y, (int)(months - y * 12) + 1, 1) + day - 1;
    return (double)(days * SECONDS_A_DAY);
}

rnn_civil rnn_civil_from_seconds(double seconds) {
    rnn_civil c = {0};
    double bounded = seconds > -1e14 ? (seconds < 1e14 ? seconds : 1e14) : -1e14; /* NaN: -1e14 */
    int64_t total = (int64_t)floor(bounded);
    int64_t days =
        total >= 0 ? total / SECONDS_A_DAY : -((SECONDS_A_DAY - 1 - total) / SECONDS_A_DAY);
    int rest = (int)(total - days * SECONDS_A_DAY);

    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;                                      /* 0...146096 */
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365; /* 0...399 */
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);               /* 0 = 1 March */
    int64_t mp = (5 * doy + 2) / 153;                                    /* 0 = March */
    c.day = (int)(doy - (153 * mp + 2) / 5) + 1;
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    c.hour = rest / 3600;
    c.minute = rest / 60 % 60;
    c.second = rest % 60;
    c.weekday = (int)(((days + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    c.yearday = (int)(days - days_from_civil(c.year, 1, 1));
    c.leap = is_leap(c.year);
    return c;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A cursor over the text of a time; `bad` is set by the first thing that is not as expected. */
typedef struct scanner {
    const char *at, *end;
    int bad;
} scanner;

/* Exactly `digits` decimal digits. */
static int scan_digits(scanner *s, int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (s->at >= s->end || *s->at < '0' || *s->at > '9') {
            s->bad = 1;
            return 0;
        }
        value = value * 10 + (*s->at++ - '0');
    }
    return value;
}

static int scan_char(scanner *s, char c) {
    if (s->at < s->end && *s->at == c) {
        s->at++;
        return 1;
    }
    return 0;
}

static void scan_expect(scanner *s, char c) {
    if (!scan_char(s, c)) {
        s->bad = 1;
    }
}

/* `.ffffff`: one to nine digits; rounded to microseconds. */
static double scan_fraction(scanner *s, rnn_time_style *style) {
    double value = 0.0, scale = 1.0;
    int digits = 0;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && digits < 9) {
        value = value * 10.0 + (*s->at++ - '0');
        scale *= 10.0;
        digits++;
    }
    s->bad |= digits == 0;
    style->fraction = digits < 6 ? digits : 6;
    return round(value / scale * 1e6) / 1e6;
}

/* Z, +HH:MM, +HHMM or +HH at the end of the text, or nothing. */
static void scan_zone(scanner *s, rnn_time_style *style) {
    int sign = 0, hours = 0, minutes = 0;
    if (scan_char(s, 'Z')) {
        style->zone = RNN_ZONE_UTC;
        return;
    }
    sign = scan_char(s, '+') ? 1 : scan_char(s, '-') ? -1 : 0;
    if (sign == 0) {
        return;
    }
    hours = scan_digits(s, 2);
    style->zone = RNN_ZONE_HOURS;
    if (scan_char(s, ':')) {
        style->zone = RNN_ZONE_COLON;
        minutes = scan_digits(s, 2);
    } else if (s->at < s->end) {
        style->zone = RNN_ZONE_DIGITS;
        minutes = scan_digits(s, 2);
    }
    s->bad |= hours > 23 || minutes > 59;
    style->offset = sign * (hours * 60 + minutes);
}

static int looks_like_number(const rnn_value *v) {
    int digits = 0, points = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (v->p[i] >= '0' && v->p[i] <= '9') {
            digits = 1;
        } else if (v->p[i] == '.') {
            points++; /* two of them are a date: 31.12.2024 */
        } else if (!(i == 0 && (v->p[i] == '-' || v->p[i] == '+'))) {
            return 0;
        }
    }
    return digits && points < 2;
}

static rnn_status unreadable(rnn_context *ctx, const rnn_value *v) {
    char shown[96];
    rnn_value_print(v, shown, sizeof shown);
    if (v->type == RNN_TEXT && looks_like_number(v)) {
        return rnn_fail(ctx, RNN_DATA,
                        "time %s is a number stored as text; pass CAST(... AS INTEGER), or, if it "
                        "is a date, text such as 2014-12-31 or 2014-12",
                        shown);
    }
    return rnn_fail(ctx, RNN_DATA, "time %s cannot be read; %s", shown, accepted_forms);
}

/* The part after the date: separator, time of day and zone. Returns its seconds, UTC. */
static double scan_time_of_day(scanner *s, rnn_time_style *style, const char **wrong) {
    double fraction = 0.0;
    int hour, minute, second = 0;
    style->kind = RNN_TIME_STAMP;
    style->separator = scan_char(s, 'T') ? 'T' : ' ';
    if (style->separator == ' ') {
        scan_expect(s, ' ');
    }
    hour = scan_digits(s, 2);
    scan_expect(s, ':');
    minute = scan_digits(s, 2);
    if (scan_char(s, ':')) {
        style->seconds = 1;
        second = scan_digits(s, 2);
        if (scan_char(s, '.')) {
            fraction = scan_fraction(s, style);
        }
    }
    scan_zone(s, style);
    if (hour > 23) {
        *wrong = "hours are 00 to 23; midnight is 00:00 of the next day";
    } else if (minute > 59) {
        *wrong = "minutes are 00 to 59";
    } else if (second > 59) {
        *wrong = "seconds are 00 to 59; leap seconds are not supported";
    }
    return hour * 3600.0 + minute * 60.0 + second + fraction - style->offset * 60.0;
}

static rnn_status parse_text(rnn_context *ctx, const rnn_value *v, double *time,
                             rnn_time_style *style) {
    scanner s = {v->p, v->p + v->n, 0};
    const char *wrong = NULL;
    double seconds = 0.0;
    int year, month, day = 1;
    char shown[96];

    year = scan_digits(&s, 4);
    scan_expect(&s, '-');
    month = scan_digits(&s, 2);
    style->kind = RNN_TIME_MONTH;
    if (!s.bad && s.at < s.end) {
        style->kind = RNN_TIME_DATE;
        scan_expect(&s, '-');
        day = scan_digits(&s, 2);
        if (!s.bad && s.at < s.end) {
            seconds = scan_time_of_day(&s, style, &wrong);
        }
    }
    if (s.bad || s.at != s.end) {
        return unreadable(ctx, v);
    }
    rnn_value_print(v, shown, sizeof shown);
    if (month < 1 || month > 12) {
        return rnn_fail(ctx, RNN_DATA,
                        "time %s has month %02d; months are 01 to 12 (year-month-day)", shown,
                        month);
    }
    if (day < 1 || day > rnn_days_in_month(year, month)) {
        return rnn_fail(ctx, RNN_DATA, "time %s has day %02d; that month has the days 01 to %d",
                        shown, day, rnn_days_in_month(year, month));
    }
    if (wrong != NULL) {
        return rnn_fail(ctx, RNN_DATA, "time %s: %s", shown, wrong);
    }
    *time = rnn_civil_seconds(year, month, day) + seconds;
    return RNN_OK;
}

rnn_status rnn_time_parse(rnn_context *ctx, const rnn_value *v, double *time,
                          rnn_time_style *style) {
    rnn_time_style found = {0};
    rnn_status status = RNN_OK;
    double value = 0.0;
    char shown[96];

    *time = 0.0;
    memset(style, 0, sizeof *style);
    if (v->type == RNN_INT) {
        if (v->i > MAX_EXACT_INTEGER || v->i < -MAX_EXACT_INTEGER) {
            return rnn_fail(
                ctx, RNN_DATA,
                "time %s is beyond 2^53 (9007199254740992); use a coarser unit, such as "
                "milliseconds instead of nanoseconds",
                rnn_value_print(v, shown, sizeof shown));
        }
        found.kind = RNN_TIME_INTEGER;
        value = (double)v->i;
    } else if (v->type == RNN_FLOAT) {
        if (!isfinite(v->d)) {
            return rnn_fail(ctx, RNN_DATA, "time %s is not finite; %s",
                            rnn_value_print(v, shown, sizeof shown), accepted_forms);
        }
        found.kind = RNN_TIME_REAL;
        value = v->d;
    } else if (v->type == RNN_TEXT) {
        status = parse_text(ctx, v, &value, &found);
    } else {
        status = unreadable(ctx, v);
    }
    if (status == RNN_OK) {
        *time = value;
        *style = found;
    }
    return status;
}

/* ---- styles ---------------------------------------------------------------------------------- */

static const char *style_name(const rnn_time_style *s) {
    switch (s->kind) {
    case RNN_TIME_ORDER: return "NULL";
    case RNN_TIME_INTEGER: return "INTEGER";
    case RNN_TIME_REAL: return "REAL";
    case RNN_TIME_MONTH: return "YYYY-MM";
    case RNN_TIME_DATE: return "YYYY-MM-DD";
    case RNN_TIME_STAMP:
        return s->zone ? "YYYY-MM-DD HH:MM with an offset" : "YYYY-MM-DD HH:MM without an offset";
    }
    return "unknown";
}

/* Both are DATE or STAMP; zones agree in being there or not. Every line is symmetric in its two
** sides. */
static void merge_stamps(rnn_time_style *into, const rnn_time_style *other) {
    into->kind = into->kind > other->kind ? into->kind : other->kind;
    into->seconds |= other->seconds;
    into->fraction = into->fraction > other->fraction ? into->fraction : other->fraction;
    into->separator = into->separator > other->separator ? into->separator : other->separator;
    if (into->zone == RNN_ZONE_UTC || other->zone == RNN_ZONE_UTC ||
        into->offset != other->offset) {
        into->zone = RNN_ZONE_UTC;
        into->offset = 0;
    } else if (other->zone < into->zone) {
        into->zone = other->zone;
    }
}

rnn_status rnn_time_merge(rnn_context *ctx, rnn_time_style *into, const rnn_time_style *other,
                          const rnn_value *value) {
    int into_number = into->kind == RNN_TIME_INTEGER || into->kind == RNN_TIME_REAL;
    int other_number = other->kind == RNN_TIME_INTEGER || other->kind == RNN_TIME_REAL;
    char shown[96];

    if (other->kind == RNN_TIME_ORDER) {
        return RNN_OK;
    }
    if (into->kind == RNN_TIME_ORDER) {
        *into = *other;
        return RNN_OK;
    }
    if (into_number && other_number) {
        into->kind = into->kind > other->kind ? into->kind : other->kind;
        return RNN_OK;
    }
    if (into->kind == RNN_TIME_MONTH && other->kind == RNN_TIME_MONTH) {
        return RNN_OK;
    }
    if (into->kind >= RNN_TIME_DATE && other->kind >= RNN_TIME_DATE &&
        (into->zone == RNN_ZONE_NONE) == (other->zone == RNN_ZONE_NONE)) {
        merge_stamps(into, other);
        return RNN_OK;
    }
    return rnn_fail(ctx, RNN_DATA,
                    "time %s (%s) does not go with other times in that column (%s); give all of "
                    "them in one form",
                    rnn_value_print(value, shown, sizeof shown), style_name(other),
                    style_name(into));
}

double rnn_time_shift(const rnn_time_style *style) {
    return style->kind == RNN_TIME_STAMP ? style->offset * 60.0 : 0.0;
}

/* ---- writing --------------------------------------------------------------------------------- */

static rnn_value number_value(rnn_time_kind kind, double time) {
    rnn_value v = {0};
    v.d = time;
    v.type = RNN_FLOAT;
    if (kind != RNN_TIME_REAL && time == floor(time) && fabs(time) <= (double)MAX_EXACT_INTEGER) {
        v.type = RNN_INT;
        v.i = (int64_t)time;
    }
    return v;
}

/* HH:MM[:SS[.fff]][zone] behind a date that is already in buf; returns the length of the whole. */
static int print_time_of_day(const rnn_time_style *s, const rnn_civil *c, long micros, char *buf,
                             int at, size_t size) {
    int n = at;
    long scale = 1000000;
    int offset = s->offset < 0 ? -s->offset : s->offset;
    const char *form = s->zone == RNN_ZONE_COLON ? "%c%02d:%02d" : "%c%02d%02d";
    n += snprintf(buf + n, size - (size_t)n, "%c%02d:%02d", s->separator == 'T' ? 'T' : ' ',
                  c->hour, c->minute);
    if (s->seconds) {
        n += snprintf(buf + n, size - (size_t)n, ":%02d", c->second);
    }
    if (s->seconds && s->fraction > 0) {
        for (int i = 0; i < s->fraction && i < 6; i++) {
            scale /= 10;
        }
        n += snprintf(buf + n, size - (size_t)n, ".%0*ld", s->fraction, micros / scale);
    }
    if (s->zone == RNN_ZONE_UTC) {
        n += snprintf(buf + n, size - (size_t)n, "Z");
    } else if (s->zone == RNN_ZONE_HOURS && offset % 60 == 0) {
        n += snprintf(buf + n, size - (size_t)n, "%c%02d", s->offset < 0 ? '-' : '+', offset / 60);
    } else if (s->zone != RNN_ZONE_NONE) {
        n += snprintf(buf + n, size - (size_t)n, form, s->offset < 0 ? '-' : '+', offset / 60,
                      offset % 60);
    }
    return n;
}

/* The length of what the style writes last, in seconds. */
static double style_unit(const rnn_time_style *s) {
    if (s->kind != RNN_TIME_STAMP) {
        return SECONDS_A_DAY;
    }
    return !s->seconds ? 60.0 : s->fraction <= 0 ? 1.0 : pow(10.0, -(double)s->fraction);
}

rnn_value rnn_time_format(const rnn_time_style *style, double time, char *buf, size_t size) {
    rnn_value v = {0};
    double local, whole, unit = style_unit(style);
    long micros;
    rnn_civil c;
    int n;

    if (!isfinite(time)) {
        return v;
    }
    if (style->kind <= RNN_TIME_REAL) {
        return number_value(style->kind, time);
    }
    local = time + rnn_time_shift(style);
    /* rounding the part within the day keeps all digits of a fraction */
    whole = floor(local / SECONDS_A_DAY) * SECONDS_A_DAY;
    if (unit < 1.0) {
        local = whole + round((local - whole) / unit) * unit;
        micros = lround((local - floor(local)) * 1e6);
        if (micros >= 1000000) { /* 0.9999999 left by the multiplication */
            local = floor(local) + 1.0;
            micros = 0;
        }
    } else {
        local = whole + floor((local - whole) / unit + 0.5) * unit;
        micros = 0;
    }
    if (size < RNN_TIME_TEXT_BYTES || local < rnn_civil_seconds(0, 1, 1) ||
        local >= rnn_civil_seconds(10000, 1, 1)) {
        return v;
    }
    c = rnn_civil_from_seconds(local);
    n = snprintf(buf, size, style->kind == RNN_TIME_MONTH ? "%04d-%02d" : "%04d-%02d-%02d", c.year,
                 c.month, c.day);
    if (style->kind == RNN_TIME_STAMP) {
        n = print_time_of_day(style, &c, micros, buf, n, size);
    }
    v.type = RNN_TEXT;
    v.p = buf;
    v.n = (size_t)n;
    return v;
}
