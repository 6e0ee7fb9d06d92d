/* calendar.h - what a timestamp says of itself: inputs that are known for every past and future
** step.
**
** Which features are used is decided once per model from the frequency and the span of the training
** data, and stored as a bit mask: a feature whose cycle was not seen at least about twice is left
** out, as is one that is constant at that step size (hour for daily data). Cycles that the steps
** themselves walk through one by one get a one-hot code (hours, weekdays, days, months), which can
** say anything of each of them; positions within a cycle get angles, which say that its end is next
** to its start.
*/
#ifndef RNN_CALENDAR_H
#define RNN_CALENDAR_H

#include "frequency.h"

/* Bits of a calendar mask; X(bit, name, width): width real features each. One-hot values are 0 or
** 1, one of them 1; angles are pairs of sin, cos in -1...1. The numbers are part of the model
** format. */
#define RNN_CALENDAR_LIST(X)                                                                       \
    X(0, MINUTE_ANGLE, 2) /* minute of the hour, with seconds */                                   \
    X(1, HOUR_ONEHOT, 24)                                                                          \
    X(2, HOUR_ANGLE, 2)       /* hour of the day, with minutes */                                  \
    X(3, WEEKDAY_ONEHOT, 7)   /* Monday first */                                                   \
    X(4, MONTHDAY_ONEHOT, 31) /* first day first: paydays, ends of billing periods */              \
    X(5, MONTH_ONEHOT, 12)    /* January first */                                                  \
    X(6, YEAR_ANGLE, 4)       /* position in the year, first and second harmonic */                \
    X(7, QUARTER_ONEHOT, 4)

typedef enum rnn_calendar_bit {
#define RNN_CALENDAR_ENUM(bit, name, width) RNN_CALENDAR_##name = 1 << (bit),
    RNN_CALENDAR_LIST(RNN_CALENDAR_ENUM)
#undef RNN_CALENDAR_ENUM
} rnn_calendar_bit;

/* The most that rnn_calendar_width can be: all widths above together. */
enum { RNN_CALENDAR_MAX_WIDTH = 86 };

/* Features that fit the step unit and a span of `steps` steps (the longest series'); 0 for numeric
** times and RNN_STEP_ROW. */
unsigned rnn_calendar_choose(const rnn_frequency *f, size_t steps);
/* Number of values that rnn_calendar_write writes for `mask`. Unknown bits count nothing. */
size_t rnn_calendar_width(unsigned mask);
/* Write the features of local `seconds` (a text time + f->shift, see timestamp.h), bits in
** ascending order. */
void rnn_calendar_write(unsigned mask, double seconds, real *out);

#endif
