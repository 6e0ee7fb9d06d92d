/* metrics.c - see metrics.h. */
#include "metrics.h"

#include <math.h>
#include <string.h>

void rnn_metrics_init(rnn_metrics *m) { memset(m, 0, sizeof *m); }

static void add(rnn_metrics *m, rnn_metric_kind kind, double term) {
    m->sum[kind] += term;
    m->count[kind] += 1;
}

void rnn_metrics_add(rnn_metrics *m, double actual, double forecast, double lower, double upper,
                     double scale) {
    double error, size;
    if (isnan(actual) || isnan(forecast)) return;
    error = fabs(actual - forecast);
    size = fabs(actual) + fabs(forecast);
    add(m, RNN_METRIC_MAE, error);
    add(m, RNN_METRIC_RMSE, error * error);
    if (actual < 0 || actual > 0) add(m, RNN_METRIC_MAPE, 100 * error / fabs(actual));
    add(m, RNN_METRIC_SMAPE, size > 0 ? 200 * error / size : 0);
    if (scale > 0) add(m, RNN_METRIC_MASE, error / scale);
    if (!isnan(lower) && !isnan(upper)) {
        add(m, RNN_METRIC_COVERAGE, lower <= actual && actual <= upper ? 1 : 0);
    }
}

void rnn_metrics_add_quantiles(rnn_metrics *m, double actual, const double *p,
                               const double *quantile, size_t n) {
    if (isnan(actual)) return;
    for (size_t i = 0; i < n; i++) {
        double error = actual - quantile[i];
        if (!isnan(error))
            add(m, RNN_METRIC_PINBALL, error > 0 ? p[i] * error : (p[i] - 1) * error);
    }
}

double rnn_metrics_result(const rnn_metrics *m, rnn_metric_kind kind) {
    double mean;
    if (m->count[kind] < 1) return (double)NAN;
    mean = m->sum[kind] / m->count[kind];
    return kind == RNN_METRIC_RMSE ? sqrt(mean) : mean;
}

const char *rnn_metric_name(rnn_metric_kind kind) {
    static const char *const names[] = {
#define RNN_METRIC_NAME(name, text) text,
        RNN_METRIC_LIST(RNN_METRIC_NAME)
#undef RNN_METRIC_NAME
    };
    return kind < RNN_METRIC_COUNT ? names[kind] : "";
}

double rnn_mase_scale(const double *y, size_t n, size_t season) {
    double sum = 0;
    size_t pairs = 0, lag = season ? season : 1;
    for (size_t t = lag; t < n; t++) {
        double change = fabs(y[t] - y[t - lag]);
        if (isnan(change)) continue;
        sum += change;
        pairs++;
    }
    return pairs ? sum / (double)pairs : (double)NAN;
}
