/* timestamp.h - time values of rows: INTEGER, REAL or ISO-8601 text, and how they are printed back.
**
** A time column has one style (rnn_time_style), found by merging the styles of all its values; the
** result does not depend on their order. Mixing what cannot be mixed is an error that names the
** value and the style of the others. Text times become seconds since 1970-01-01T00:00:00 in the
** proleptic Gregorian calendar, years 0000-9999; leap seconds (`:60`) and `24:00` are refused.
** Fractions of a second are kept to the microsecond.
**
** A time with an offset (`+02:00`, `Z`) is kept as UTC seconds, one without as if it were UTC. The
** offset is part of the style: where it is the same in all values they come back as they were
** written; several different offsets come back as UTC with `Z`. What people call a day, a month or
** an hour is the local one, so the grid (frequency.h) and the calendar features add the offset of
** the style; see rnn_time_shift().
*/
#ifndef RNN_TIMESTAMP_H
#define RNN_TIMESTAMP_H

#include "table.h"

/* The numbers are part of the model format, here and below. */
typedef enum rnn_time_kind {
    RNN_TIME_ORDER = 0, /* NULL times: arrival order 0, 1, 2...; comes back as INTEGER */
    RNN_TIME_INTEGER = 1,
    RNN_TIME_REAL = 2,
    RNN_TIME_MONTH = 3, /* YYYY-MM */
    RNN_TIME_DATE = 4,  /* YYYY-MM-DD */
    RNN_TIME_STAMP = 5  /* YYYY-MM-DD HH:MM[:SS[.fff]] */
} rnn_time_kind;

/* How an offset is written. */
typedef enum rnn_time_zone {
    RNN_ZONE_NONE = 0,
    RNN_ZONE_UTC = 1,    /* Z */
    RNN_ZONE_COLON = 2,  /* +HH:MM */
    RNN_ZONE_DIGITS = 3, /* +HHMM */
    RNN_ZONE_HOURS = 4   /* +HH */
} rnn_time_zone;

typedef struct rnn_time_style { /* all zero: no value seen yet, or RNN_TIME_ORDER */
    rnn_time_kind kind;
    char separator; /* STAMP: ' ' or 'T'; otherwise 0 */
    int seconds;    /* STAMP: 1 if :SS is written */
    int fraction;   /* STAMP: digits after the seconds, 0...6 */
    int zone;       /* STAMP: an rnn_time_zone */
    int offset;     /* STAMP: minutes east of UTC */
} rnn_time_style;

typedef struct rnn_civil { /* a date and time of day; month and day from 1; weekday 0 = Monday */
    int year, month, day, hour, minute, second, weekday, yearday; /* yearday from 0 */
    int leap;                                                     /* 1 in a leap year */
} rnn_civil;

enum { RNN_TIME_TEXT_BYTES = 40 }; /* enough for every text that rnn_time_format writes */

/* Seconds since 1970-01-01 of a civil date, and back. A month outside 1...12 moves the year, a day
** outside its month moves the month. Fractions of a second are dropped downwards; times beyond
** +-10^14 seconds are cut to it. */
double rnn_civil_seconds(int year, int month, int day);
rnn_civil rnn_civil_from_seconds(double seconds);
/* Month 1...12. */
int rnn_days_in_month(int year, int month);

/* Parse one non-NULL value. *time: the number itself (INTEGER, REAL) or seconds. *style: of this
** value alone. RNN_DATA with a message that quotes the value and lists the accepted forms; outputs
** are zero then. INTEGER beyond +-2^53 (inexact as a double) and non-finite REAL are errors. */
rnn_status rnn_time_parse(rnn_context *ctx, const rnn_value *v, double *time,
                          rnn_time_style *style);
/* Merge the style of another value of the same column into *into. INTEGER + REAL = REAL; DATE +
** STAMP without zone = STAMP; seconds, fractions and the 'T' are written if any value has them;
** different offsets = Z; the all-zero style + x = x. RNN_DATA for text with numbers, MONTH with
** DATE or STAMP, zoned with unzoned: *into stays. `value` is the other value, for the message. */
rnn_status rnn_time_merge(rnn_context *ctx, rnn_time_style *into, const rnn_time_style *other,
                          const rnn_value *value);
/* Seconds to add to a time of this style to get local time: offset * 60, 0 for all but zoned
** STAMPs. */
double rnn_time_shift(const rnn_time_style *style);
/* Print `time` in `style` as a value: INT (FLOAT if not whole) or FLOAT for numeric kinds, RNN_TEXT
** in buf (at least RNN_TIME_TEXT_BYTES) otherwise, rounded to the style's last written unit. Times
** outside the years 0000-9999 and non-finite times give RNN_NULL. */
rnn_value rnn_time_format(const rnn_time_style *style, double time, char *buf, size_t size);

#endif
