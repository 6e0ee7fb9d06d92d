/* surprise.h - how surprising a miss is: a distribution of misses that outliers cannot move.
**
** A miss u is (actual - median forecast) / spread of its own forecast, so that misses of quiet and
** restless times, and of different series, are alike. They are taken for Student's t, which has
** normal and heavy tails among its members and goes on beyond the data:
**
**   u = c T,  T ~ t(nu);   probability = P(|T| < |u| / c)
**
** A c for misses downwards and one for those upwards, and nu, are those for which the median of
** |T| and its `high` quantile are those of |u| / c. So a share of 1 - high of the misses may be
** anything: 0.9 for raw misses, 0.97 once the outliers are out, which is closer to the tail that is
** asked for. Few misses say little: the calibrated intervals hold on held-out data, which means
** c = 1, and count like PRIOR more misses; so do those of both directions for each of them. A standard error is added to c, because intervals that
** are too narrow alarm without end, and those that are a little too wide do no harm.
*/
#ifndef RNN_SURPRISE_H
#define RNN_SURPRISE_H

#include "status.h"

typedef struct rnn_surprise {
    double scale[2]; /* c of misses downwards and upwards, > 0 */
    double degrees;  /* nu */
} rnn_surprise;

/* Fit to n misses u (finite). `scratch` holds n values. */
rnn_surprise rnn_surprise_fit(const double *u, size_t n, double high, double *scratch);
/* Probability that so large a miss is not chance: 0 at 0, growing with |u| to 1. */
double rnn_surprise_probability(const rnn_surprise *s, double u);
/* The miss whose probability is `level`, 0 < level < 1: below 0 downwards (direction 0), above it
** upwards (1). */
double rnn_surprise_bound(const rnn_surprise *s, double level, int direction);

/* Standard deviation of the normal distribution that has the median of the misses of a direction. */
double rnn_surprise_deviation(const rnn_surprise *s, int direction);

#endif
