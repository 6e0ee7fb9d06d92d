/* frequency.h - the step of a time column: found from the data or given, and calendar-true
** stepping.
**
** Forecasts need a regular grid: position 0, 1, 2... of a series, each a step after the other. The
** unit is a calendar month (x count) or a number of seconds / plain units (x count); with months
** the day of the month of the series' first step is the anchor, and a month too short for it takes
** its last day (31 January + 1 month = 28/29 February, + 2 months = 31 March). Series whose days
** are all month ends stay on month ends. Daily data in which some weekdays never occur (business
** days) steps over those weekdays. Every series has its own origin (the time of its position 0), so
** series of different phases share one step.
**
** Days, months and weekdays are local ones: `shift` holds the offset of zoned text times
** (timestamp.h) and is added inside these functions; all times that go in and come out are as
** rnn_time_parse gives them.
*/
#ifndef RNN_FREQUENCY_H
#define RNN_FREQUENCY_H

#include "timestamp.h"

/* The numbers are part of the model format. */
typedef enum rnn_step_unit {
    RNN_STEP_ROW = 0, /* irregular or order-only: positions are ranks, `size` is the median gap */
    RNN_STEP_NUMBER = 1, /* INTEGER or REAL time: `size` units a step */
    RNN_STEP_SECOND = 2, /* text times: `size` seconds a step (60, 3600, 86400, 604800 ...) */
    RNN_STEP_DAY = 3,    /* business days: a day, skipping weekdays not in `weekdays`; size 1 */
    RNN_STEP_MONTH = 4   /* `size` calendar months a step (1, 3, 12) */
} rnn_step_unit;

typedef struct rnn_frequency {
    rnn_step_unit unit;
    double size;       /* > 0; whole for MONTH */
    uint8_t weekdays;  /* DAY: bit 0 = Monday, at least one set; otherwise 0x7f */
    uint8_t month_end; /* MONTH: 1 if every date is its month's last day, or near it (business) */
    double shift;      /* seconds to add for local time: rnn_time_shift(style) */
} rnn_frequency;

enum { RNN_FREQUENCY_TEXT_BYTES = 48 };

/* Find the step from the sorted distinct times of all series. `starts[s]...starts[s+1]` are the
** indices in `times` of series s (starts has series + 1 entries). Gaps (missing steps) are normal:
** the step is the largest unit that explains at least 95 % of all differences as whole multiples
** and keeps the rows on the grid, not merely the smallest or most frequent difference. Where no
** unit does (measurements that jitter around their schedule) it is the calendar unit near the
** median difference, if the rows fall on different positions. Where that fails too, or the typical
** difference is more than 8 steps, the unit is RNN_STEP_ROW. Up to 1 % of the rows can still share
** a position with their predecessor (a reading at 12:30 in hourly data): the caller decides about
** them. A single time or none gives the natural unit of the style (month, day, hour, 1). Never
** fails; no memory; O(rows). */
rnn_frequency rnn_frequency_infer(const double *times, const size_t *starts, size_t series,
                                  const rnn_time_style *style);
/* Step without any data: a month, a day, a minute or a second (the last unit that the style
** writes), 1. */
rnn_frequency rnn_frequency_natural(const rnn_time_style *style);

/* Parse the option `frequency`: "year", "quarter", "month", "week", "business day", "day", "hour",
** "30 minutes", "15 minutes", "second", plural forms, "N unit", short forms (Y Q M W D B H min S),
** weekdays ("Tue Thu"), "irregular" (positions are ranks), or a plain number for numeric times.
** RNN_OPTION otherwise, or where the unit does not fit the style (months on integer time, hours on
** dates). */
rnn_status rnn_frequency_parse(rnn_context *ctx, const char *text, size_t n,
                               const rnn_time_style *style, rnn_frequency *out);
/* "month", "3 hours", "business day", "1" ...; at least RNN_FREQUENCY_TEXT_BYTES; returns buf.
** rnn_frequency_parse reads it back. */
const char *rnn_frequency_print(const rnn_frequency *f, char *buf, size_t size);

/* Position of `time` on the grid that starts at `origin` (position 0), rounded to the nearest;
** *exact (may be NULL) = 1 if time lies on the grid (within a thousandth of a step: REAL times
** carry rounding noise). Negative before the origin; cut at +-10^15. Not for RNN_STEP_ROW with
** original times (a plain division by size there). */
int64_t rnn_frequency_position(const rnn_frequency *f, double origin, double time, int *exact);
/* Time of position p on that grid; position 0 is `origin`. For RNN_STEP_ROW origin + p * size. */
double rnn_frequency_time(const rnn_frequency *f, double origin, int64_t p);

/* Place of `time` in a cycle of m >= 1 steps that is counted from 1970 on, the same for all series
** of one step: 0 ... m - 1. 0 for RNN_STEP_ROW. */
size_t rnn_frequency_phase(const rnn_frequency *f, double time, size_t m);

/* Candidate season lengths in steps, ascending, from the unit alone (month: 12; quarter: 4; week:
** 52; day: 7, 365; hour: 24, 168, 8766; 30 minutes: 48, 336; minute: 60, 1440, 10080; business days
** (5): 5, 261). For NUMBER only where the size is a day or less in seconds, milliseconds or days
** (3600, 60000, 1/24); otherwise none. Returns how many were written (at most 4). season.h decides
** which of them are real and fits long ones to short ones (364 = 52 x 7). */
size_t rnn_frequency_seasons(const rnn_frequency *f, double season[4]);

#endif
