/* anomalies.h - values that a forecast model would not have expected: rnn_anomalies.
**
** Each known target of the rows is forecast one step ahead from what precedes it, and its miss is
** compared with what misses usually are (surprise.h). Unlike in a backtest, what a forecast sees
** are not the values themselves: outliers are taken out, level shifts subtracted, and where that
** made forecasts worse it is undone (anomaly_walk.h). So a spike does not hide the next one or
** alarm for a season, and a new level is the usual one after a few steps.
**
** What misses usually are is measured on the rows themselves: first with the values as they are, to
** tell outliers, then on the misses of the windows without them, to tell probabilities. If the two
** disagree much, the windows are made once more. Outliers count as misses where the distribution of
** the others has room for them (heavy tails), and not where they are apart from it. How far the
** spread of each forecast is trusted against what is typical for its series is measured too.
**
** One row for each known target, by (series, time). Not judged, with NaN for forecast, bounds and
** probability, and anomaly 0, are:
**
**   - the first steps of a series: two seasons of up to 50 steps, else 16 steps, as in training,
**     but no more than a quarter of the series, and at least 4
**   - those before the baseline has its season (baseline.h: one cycle, and the level it stands on):
**     their misses are of another kind, and would make alarms or hide what is found later. They
**     may be four fifths of the series; if it is shorter, it is judged without the season
**   - a series whose values are all 0 or below, with a model of logarithms
**   - a step whose forecast is not finite
**
** What happens in the steps that are not judged is taken as it is. Where a season is long it comes
** back: an outlier of the first cycle is a miss one cycle later, half as large another cycle later,
** and misses of that kind widen the intervals.
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
