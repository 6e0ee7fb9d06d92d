/* forecast.h - using a forecast model: forecasts, rolling origins, metrics.
**
** All take rows and give rows through an iterator that computes series in batches over the worker
** pool. Errors concern the whole call; a series that cannot be forecast gives rows with a status
** text and NULLs (NaN).
*/
#ifndef RNN_FORECAST_H
#define RNN_FORECAST_H

#include "model.h"

typedef struct rnn_forecast_row {
    rnn_value series; /* borrowed from the iterator's rows */
    /* Text borrowed until the next row; origin: backtests only (time of the last step known). */
    rnn_value time, origin;
    int64_t step;                         /* from 1 */
    double actual;                        /* backtests; NaN = unknown */
    double forecast, lower, upper, level; /* NaN = NULL */
    /* JSON object {"0.05":...}, NULL where there is no forecast; borrowed until the next row */
    const char *quantiles;
    const char *status; /* "ok", or why there is no forecast */
    /* What the forecast starts from, before the network (baseline.h, smoothing.h) */
    double baseline;
} rnn_forecast_row;

typedef struct rnn_forecaster rnn_forecaster;

/* `rows` and `model` are borrowed until the forecaster is freed. options: horizon (0: the trained
** one; longer than that is continued), level, threads; for backtests also origins, stride (0:
** horizon). */
rnn_status rnn_forecaster_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                 const rnn_table *rows, const rnn_options *options, int backtest,
                                 rnn_forecaster **out);
void rnn_forecaster_free(rnn_forecaster *f);
/* The next row, ordered by (series, origin, step), with refit by (origin, series, step); RNN_DONE
** at the end. */
rnn_status rnn_forecaster_next(rnn_forecaster *f, rnn_forecast_row *row);

/* Of the row that came last: JSON object of the forecasters that its series' baseline is a mixture
** of, with their weights, into w; nothing where it is none (model.h). */
rnn_status rnn_forecaster_mixture(rnn_forecaster *f, rnn_writer *w);

/* Metrics of a backtest with the same options. */
typedef struct rnn_metric {
    const char *name; /* mae rmse mape smape mase pinball coverage */
    double value;     /* NaN = undefined (NULL) */
} rnn_metric;
enum { RNN_FORECAST_METRICS = 7 };
rnn_status rnn_forecast_evaluate(rnn_context *ctx, const char *function, const rnn_model *model,
                                 const rnn_table *rows, const rnn_options *options,
                                 rnn_metric metric[RNN_FORECAST_METRICS]);

#endif
