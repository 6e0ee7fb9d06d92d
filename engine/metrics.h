/* metrics.h - how good forecasts were: sums over (actual, forecast, interval, quantiles), one point
** at a time.
**
** With e = y - f for a point with actual y and forecast f:
**
**   mae       mean |e|
**   rmse      sqrt(mean e^2)
**   mape      100 mean |e| / |y|                      points with y = 0 are left out
**   smape     100 mean 2 |e| / (|y| + |f|)       0 where y = f = 0     (Makridakis 2020, M4)
**   mase      mean |e| / s, s = mean |y_t - y_{t-m}| over the past    (Hyndman & Koehler 2006)
**             points with s = 0 or NaN (constant past, too short a past) are left out
**   pinball   mean over points and quantiles of max(p (y - q), (p - 1) (y - q)) (Koenker 1978)
**   coverage  share of points with lower <= y <= upper, 0...1
**
** A point whose actual or forecast is NaN counts nowhere; an interval with a NaN end does not count
** for the coverage, a NaN quantile not for pinball. A metric without any point is NaN (NULL in
** SQL). Sums are kept in the order in which points are added: the same order gives the same bits.
*/
#ifndef RNN_METRICS_H
#define RNN_METRICS_H

#include <stddef.h>

/* X(NAME, "name in SQL"), in the order of rnn_evaluate's rows. */
#define RNN_METRIC_LIST(X)                                                                         \
    X(MAE, "mae")                                                                                  \
    X(RMSE, "rmse")                                                                                \
    X(MAPE, "mape")                                                                                \
    X(SMAPE, "smape")                                                                              \
    X(MASE, "mase")                                                                                \
    X(PINBALL, "pinball")                                                                          \
    X(COVERAGE, "coverage")

typedef enum rnn_metric_kind {
#define RNN_METRIC_ENUM(name, text) RNN_METRIC_##name,
    RNN_METRIC_LIST(RNN_METRIC_ENUM)
#undef RNN_METRIC_ENUM
        RNN_METRIC_COUNT
} rnn_metric_kind;

/* Sum and number of terms of each metric (RMSE: of squares). */
typedef struct rnn_metrics {
    double sum[RNN_METRIC_COUNT];
    double count[RNN_METRIC_COUNT];
} rnn_metrics;

void rnn_metrics_init(rnn_metrics *m);
/* Add a point. lower and upper NaN: no interval. scale: rnn_mase_scale of the series' past; NaN: no
** MASE. */
void rnn_metrics_add(rnn_metrics *m, double actual, double forecast, double lower, double upper,
                     double scale);
/* Add n forecast quantiles quantile[0...n) with probabilities p[0...n) of one point. */
void rnn_metrics_add_quantiles(rnn_metrics *m, double actual, const double *p,
                               const double *quantile, size_t n);
/* The metric so far; NaN without a point. */
double rnn_metrics_result(const rnn_metrics *m, rnn_metric_kind kind);
/* "mae" ... */
const char *rnn_metric_name(rnn_metric_kind kind);

/* Mean |y_t - y_{t-season}| over the pairs of y[0...n) that are both known; season 0 is read as 1.
** NaN without a pair. */
double rnn_mase_scale(const double *y, size_t n, size_t season);

#endif
