/* loss.c - losses and their gradients by the raw outputs: see loss.h for the formulas.
**
** One function a kind works on one row: it returns the loss and, where d is not NULL, writes factor
** times its gradient. log p's parameters come from raw outputs through softplus, whose derivative
** is the sigmoid.
*/
#include "loss.h"

#include <math.h>

static const double HALF_LOG_2PI = 0.91893853320467274178;
static const double SMALLEST_SCALE = 1e-4;      /* gaussian, student_t */
static const double SMALLEST_DISPERSION = 1e-8; /* a Poisson distribution to float accuracy */

/* One row: outputs o [O], target y, factor of the gradient d [O]. */
typedef struct loss_row {
    const rnn_loss *loss;
    const real *o;
    double y, unit, factor;
    real *d; /* NULL: no gradient wanted */
} loss_row;

static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

static double sigmoid(double x) {
    if (x >= 0) return 1 / (1 + exp(-x));
    double e = exp(x);
    return e / (1 + e);
}

static double row_mse(const loss_row *r) {
    double e = r->y - (double)r->o[0];
    if (r->d) r->d[0] = (real)(-2 * e * r->factor);
    return e * e;
}

static double row_mae(const loss_row *r) {
    double e = r->y - (double)r->o[0];
    if (r->d) r->d[0] = (real)(e > 0 ? -r->factor : e < 0 ? r->factor : 0);
    return fabs(e);
}

static double row_huber(const loss_row *r) {
    double e = r->y - (double)r->o[0], size = fabs(e);
    if (r->d) r->d[0] = (real)(-r->factor * (size <= 1 ? e : e > 0 ? 1 : -1));
    return size <= 1 ? 0.5 * e * e : size - 0.5;
}

static double row_quantile(const loss_row *r) {
    size_t count = r->loss->outputs;
    double sum = 0, share = r->factor / (double)count;
    for (size_t k = 0; k < count; k++) {
        double q = (double)r->loss->quantile[k], e = r->y - (double)r->o[k];
        double slope = e > 0 ? q : e < 0 ? q - 1 : 0;
        sum += e * slope; /* NaN stays NaN */
        if (r->d) r->d[k] = (real)(-share * slope);
    }
    return sum / (double)count;
}

static double row_gaussian(const loss_row *r) {
    double raw = (double)r->o[1], s = softplus(raw) + SMALLEST_SCALE;
    double z = (r->y - (double)r->o[0]) / s;
    if (r->d) {
        r->d[0] = (real)(-r->factor * z / s);
        r->d[1] = (real)(r->factor * sigmoid(raw) * (1 - z * z) / s);
    }
    return log(s) + 0.5 * z * z + HALF_LOG_2PI;
}

static double row_student_t(const loss_row *r) {
    double raw_s = (double)r->o[1], s = softplus(raw_s) + SMALLEST_SCALE;
    double raw_nu = (double)r->o[2], nu = 2 + softplus(raw_nu);
    double z = (r->y - (double)r->o[0]) / s, square = z * z;
    double by_half_nu, rising = rnn_log_rising(0.5 * nu, 0.5, &by_half_nu);
    double bend = log1p(square / nu), pull = (nu + 1) / (nu + square);
    if (r->d) {
        r->d[0] = (real)(-r->factor * pull * z / s);
        r->d[1] = (real)(r->factor * sigmoid(raw_s) * (1 - pull * square) / s);
        r->d[2] =
            (real)(r->factor * sigmoid(raw_nu) * 0.5 * (bend - by_half_nu - pull * square / nu));
    }
    return log(s) + HALF_LOG_2PI - rising + 0.5 * (nu + 1) * bend;
}

/* With r = 1/a and D = log(Gamma(r + y) / (Gamma(r) r^y)):
**   -log P(y) = log Gamma(y + 1) - D + (r + y) log(1 + a m) - y log m */
static double row_negative_binomial(const loss_row *r) {
    double raw_m = (double)r->o[0], raw_a = (double)r->o[1];
    double y = r->y < 0 ? 0 : r->y * r->unit;
    double soft = softplus(raw_m), m = r->unit * soft;
    /* Far out, softplus(x) is exp(x), which leaves double's range long before its logarithm does.
    ** */
    int far = raw_m < -35;
    double log_m = log(r->unit) + (far ? raw_m : log(soft));
    double a = softplus(raw_a) + SMALLEST_DISPERSION, inverse = 1 / a;
    double by_r, rising = rnn_log_rising(inverse, y, &by_r);
    double am = a * m, grow = log1p(am);
    if (r->d) {
        double slope = sigmoid(raw_m), log_slope = far ? 1 : slope / soft;
        double by_m = (1 + a * y) / (1 + am) * r->unit * slope - y * log_slope;
        double by_a = inverse * inverse * (by_r - grow) + (inverse + y) * m / (1 + am);
        r->d[0] = (real)(r->factor * by_m);
        r->d[1] = (real)(r->factor * by_a * sigmoid(raw_a));
    }
    return rnn_log_gamma(y + 1) - rising + (inverse + y) * grow - y * log_m;
}

static double row_cross_entropy(const loss_row *r) {
    size_t count = r->loss->outputs;
    int known = r->y >= 0 && r->y < (double)count;
    size_t right = known ? (size_t)r->y : count;
    double largest = -INFINITY, sum = 0;
    for (size_t k = 0; k < count; k++)
        largest = (double)r->o[k] > largest ? (double)r->o[k] : largest;
    for (size_t k = 0; k < count; k++) sum += exp((double)r->o[k] - largest);
    for (size_t k = 0; r->d && k < count; k++) {
        double p = exp((double)r->o[k] - largest) / sum;
        r->d[k] = known ? (real)(r->factor * (p - (k == right))) : 0;
    }
    return known ? largest - (double)r->o[right] + log(sum) : 0;
}

typedef double (*row_fn)(const loss_row *r);

static row_fn row_function(rnn_loss_kind kind) {
    switch (kind) {
    case RNN_LOSS_MSE: return row_mse;
    case RNN_LOSS_MAE: return row_mae;
    case RNN_LOSS_HUBER: return row_huber;
    case RNN_LOSS_QUANTILE: return row_quantile;
    case RNN_LOSS_GAUSSIAN: return row_gaussian;
    case RNN_LOSS_STUDENT_T: return row_student_t;
    case RNN_LOSS_NEGATIVE_BINOMIAL: return row_negative_binomial;
    case RNN_LOSS_CROSS_ENTROPY: return row_cross_entropy;
    }
    return row_mse;
}

size_t rnn_loss_outputs(rnn_loss_kind kind, size_t quantiles, size_t classes) {
    switch (kind) {
    case RNN_LOSS_MSE:
    case RNN_LOSS_MAE:
    case RNN_LOSS_HUBER: return 1;
    case RNN_LOSS_QUANTILE: return quantiles;
    case RNN_LOSS_GAUSSIAN:
    case RNN_LOSS_NEGATIVE_BINOMIAL: return 2;
    case RNN_LOSS_STUDENT_T: return 3;
    case RNN_LOSS_CROSS_ENTROPY: return classes;
    }
    return 1;
}

double rnn_loss_evaluate(const rnn_loss *loss, size_t n, const real *out, const real *target,
                         const real *weight, const real *unit, real share, real *d_out) {
    row_fn row = row_function(loss->kind);
    size_t width = loss->outputs;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double w = (double)weight[i];
        real *d = d_out ? d_out + i * width : NULL;
        if (w == 0) {
            for (size_t k = 0; d && k < width; k++) d[k] = 0;
            continue;
        }
        loss_row r = {
            loss, out + i * width, (double)target[i], unit ? (double)unit[i] : 1, w * (double)share,
            d};
        sum += w * row(&r);
    }
    return sum;
}

/* Quantile outputs, sorted, as a piecewise linear function of the normal score. */
static double quantile_between(const rnn_loss *loss, const real *o, double p) {
    double value[RNN_MAX_LIST];
    size_t n = loss->outputs < RNN_MAX_LIST ? loss->outputs : RNN_MAX_LIST, k = 0;
    for (size_t i = 0; i < n; i++) { /* insertion: they are all but in order */
        double v = (double)o[i];
        size_t j = i;
        for (; j > 0 && value[j - 1] > v; j--) value[j] = value[j - 1];
        value[j] = v;
    }
    if (n < 2) return n ? value[0] : 0;
    while (k + 2 < n && p > (double)loss->quantile[k + 1]) k++;
    double z0 = rnn_normal_quantile((double)loss->quantile[k]);
    double z1 = rnn_normal_quantile((double)loss->quantile[k + 1]);
    if (!(z1 > z0)) return value[k];
    double share = (rnn_normal_quantile(p) - z0) / (z1 - z0);
    return value[k] + share * (value[k + 1] - value[k]);
}

static double likeliest_class(const rnn_loss *loss, const real *o) {
    size_t best = 0;
    for (size_t k = 1; k < loss->outputs; k++)
        if (o[k] > o[best]) best = k;
    return (double)best;
}

double rnn_loss_quantile(const rnn_loss *loss, const real *o, double unit, double p) {
    switch (loss->kind) {
    case RNN_LOSS_MSE:
    case RNN_LOSS_MAE:
    case RNN_LOSS_HUBER: break;
    case RNN_LOSS_QUANTILE: return quantile_between(loss, o, p);
    case RNN_LOSS_GAUSSIAN:
        return (double)o[0] + (softplus((double)o[1]) + SMALLEST_SCALE) * rnn_normal_quantile(p);
    case RNN_LOSS_STUDENT_T:
        return (double)o[0] + (softplus((double)o[1]) + SMALLEST_SCALE) *
                                  rnn_student_quantile(p, 2 + softplus((double)o[2]));
    case RNN_LOSS_NEGATIVE_BINOMIAL:
        return rnn_negative_binomial_quantile(p, unit * softplus((double)o[0]),
                                              softplus((double)o[1]) + SMALLEST_DISPERSION) /
               unit;
    case RNN_LOSS_CROSS_ENTROPY: return likeliest_class(loss, o);
    }
    return (double)o[0];
}
