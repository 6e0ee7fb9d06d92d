/* scale.c - see scale.h. */
#include "scale.h"

#include <math.h>

void rnn_scale_measure(rnn_scale scale, const double *y, size_t n, double *center, double *spread) {
    double mean = 0, squares = 0, unit = n ? fmax(fabs(y[0]), fabs(y[n - 1])) : 1;
    if (!(unit > 1e140)) unit = 1; /* squares of larger values overflow */
    for (size_t i = 0; i < n; i++) {
        double off = y[i] / unit - mean;
        mean += off / (double)(i + 1); /* Welford 1962: no difference of large squares */
        squares += off * (y[i] / unit - mean);
    }
    double deviation = n ? sqrt(squares / (double)n) * unit : 1;
    mean *= unit;
    *center = 0;
    *spread = 1;
    switch (scale) {
    case RNN_SCALE_STANDARD:
        *center = mean;
        *spread = deviation;
        break;
    case RNN_SCALE_MINMAX:
        *center = n ? y[0] : 0;
        *spread = n ? y[n - 1] - y[0] : 1;
        break;
    case RNN_SCALE_MEAN: *spread = fabs(mean); break;
    case RNN_SCALE_ROBUST:
        *center = n ? y[n / 2] : 0;
        *spread = n ? (y[3 * n / 4] - y[n / 4]) / 1.349 : 1;
        if (!(*spread > 0)) *spread = deviation;
        break;
    default: break;
    }
    if (!(*spread >= 1e-300)) *spread = 1;
    if (*spread > 1e300) *spread = 1e300; /* the most that a model stores */
    *center = isfinite(*center) ? fmin(fmax(*center, -1e300), 1e300) : 0;
}
