/* anomalies.h - values that a forecast model would not have expected: rnn_anomalies.
**
** Each known target of the rows is forecast one step ahead from what precedes it, and its miss is
** compared with what misses usually are (surprise.h). Two things make that more than a backtest:
**
** Outliers. A value that is more than OUT_MISS deviations off is unknown to the later windows: its
** own forecast takes its place, so that it neither shifts nor widens what follows. At most MOST_OUT
** of the last OUT_REACH steps are taken out: what happens that often is how the series is.
**
** Shifts. Where the last 3 to 8 misses go one way, further than chance would have it even without
** the largest of them, the series has a new level. From the first of them on their median is
** subtracted before the network sees the series, and added to its forecasts: what is known of
** season, drift and spread stays usable, and the new level is the usual one at once (the level
** shift of Chen & Liu 1993, found with the past alone). Until LEARN steps after the shift each step
** improves the amount.
**
** So a window depends on the misses before it. Windows are nevertheless scored in batches, a chunk
** of each series at a time as if nothing happened in it; where a value is taken out or a shift is
** found, what comes after is scored again. Results do not depend on the number of threads.
**
** What misses usually are is measured on the rows themselves: first over the raw values, to tell
** outliers, then on the misses of the windows without them, to tell probabilities. If the two
** disagree much, the windows are made once more. Outliers count as misses where the distribution of
** the others has room for them (heavy tails), and not where they are apart from it. How far the
** spread of each forecast is trusted against what is typical for its series is measured too.
**
** One row for each known target, by (series, time). Not judged, with NaN for forecast, bounds and
** probability, and anomaly 0, are:
**
**   - the first steps of a series: two seasons of up to 50 steps, else 16 steps, as in training, but
**     no more than a quarter of the series, and at least 4
**   - a series whose values are all 0 or below, with a model of logarithms
**   - a step whose forecast is not finite
*/
#ifndef RNN_ANOMALIES_H
#define RNN_ANOMALIES_H

#include "model.h"

typedef struct rnn_anomaly_row {
    rnn_value series, time; /* borrowed from the rows; the text of a time until the next row */
    double actual, forecast, lower, upper;
    double probability; /* that so large a miss is not chance */
    int anomaly;        /* 1: outside lower...upper, that is probability > level */
} rnn_anomaly_row;

typedef struct rnn_anomalies rnn_anomalies;

/* Judges all rows. `rows` and `model` (task forecast) are borrowed until the end. options: level,
** threads. `function` goes into messages. */
rnn_status rnn_anomalies_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                const rnn_table *rows, const rnn_options *options,
                                rnn_anomalies **out);
void rnn_anomalies_free(rnn_anomalies *a);
/* The next row; RNN_DONE at the end. */
rnn_status rnn_anomalies_next(rnn_anomalies *a, rnn_anomaly_row *row);

#endif
