/* season.h - which seasons a set of series really has.
**
** Candidates come from the step unit (frequency.h) and, where that offers none (integer times,
** rows) or where none is confirmed, from the data itself. A candidate m is tested on each series
** that has two full cycles of it:
**
**   - the trend is removed by a centred moving average over one cycle (classical decomposition).
**     What is left of white noise, of a random walk and of a twice integrated one then has zero
**     autocorrelation at lag m, because the filter's support ends there; so only a repetition is
**     left to make it large;
**   - shorter seasons already confirmed are removed by their phase means, extreme values are cut at
**     four mean absolute deviations;
**   - the autocorrelation at m must pass its standard error (Bartlett's, at most that of a random
**     walk) by a factor that is smaller for the seasons of the calendar than for those searched
**     for, and must be a local peak: higher than at lags beside it; where m is a multiple of a
**     shorter season, higher than at the multiples before and after it.
**
** It is confirmed where series that hold at least 30 % of the weight (their lengths) pass. Long
** cycles are looked at in block means, at most 400 blocks a cycle, and both as they are and
** smoothed over a 24th of a cycle. A year is fitted to the week: 364 days, not 365, where a week is
** confirmed (8736 hours, 260 business days), so that seasonal lags meet the same weekday. The
** result is what the forecaster's seasonal lags use; it is stored in the model.
*/
#ifndef RNN_SEASON_H
#define RNN_SEASON_H

#include "frequency.h"

enum { RNN_MAX_SEASONS = 4 };

typedef struct rnn_season_input {
    const double *const *values; /* [series][length]: NaN = missing */
    const size_t *length;        /* [series] */
    size_t series;
} rnn_season_input;

/* Confirmed season lengths in steps (>= 2), ascending, at most RNN_MAX_SEASONS. strength[k] in
** 0...1: the median autocorrelation over the series long enough. At most `sample` series (evenly
** spread; 0 = 200) are looked at, of each at most the last 20,000 values (of block means where a
** cycle is longer than 400 steps): cost is bounded. The result depends on the values and their
** order alone. RNN_NOMEM, RNN_LIMIT or RNN_INTERRUPT otherwise; *count = 0 then. */
rnn_status rnn_season_detect(rnn_context *ctx, const rnn_season_input *in,
                             const rnn_frequency *frequency, size_t sample,
                             size_t season[RNN_MAX_SEASONS], double strength[RNN_MAX_SEASONS],
                             size_t *count);

/* Autocorrelation of v[0...n) at `lag`, ignoring pairs with a missing value; NaN with fewer than 3
** pairs or no variance. */
double rnn_autocorrelation(const double *v, size_t n, size_t lag);

#endif
