/* loss.h - training losses and the forecast distributions they stand for.
**
** Raw network outputs o [n x O] -> loss and gradient. O by kind: mse, mae, huber 1; quantile Q;
** gaussian 2 (mean, raw scale); student_t 3 (location, raw scale, raw degrees); negative_binomial 2
** (raw mean, raw dispersion); cross_entropy K classes (target = class index). With y the target and
** e = y - o_0:
**
**   mse        e^2
**   mae        |e|
**   huber      e^2/2 for |e| <= 1, |e| - 1/2 beyond                  Huber 1964
**   quantile   sum_q max(q e_q, (q-1) e_q) / Q, e_q = y - o_q        Koenker & Bassett 1978
**   gaussian   log s + (e/s)^2/2 + log(2 pi)/2, s = softplus(o_1) + 1e-4
**   student_t  -log of the density of location o_0, scale s = softplus(o_1) + 1e-4 and
**              nu = 2 + softplus(o_2) degrees of freedom
**   negative_binomial  -log P(count), count = unit y, mean m = unit softplus(o_0), dispersion
**              a = softplus(o_1) + 1e-8, variance m + a m^2          Salinas 2017
**   cross_entropy      log sum_k exp(o_k) - o_y
**
** softplus(x) = log(1 + e^x). All is computed in double and stays finite for outputs up to 1e4 and
** beyond: exponentials are of negative numbers, densities are never formed. Where a loss has a
** corner the gradient there is the 0 that is among its subgradients.
**
** `unit` is the size of one scaled unit in the data's units: targets are scaled for the network (by
** the level of their window), counts are counts, so only the negative binomial has to know. A count
** that scaling to float has made inexact, or that was none, is no problem: the loss is continuous
** in it; below 0 it counts as 0.
*/
#ifndef RNN_LOSS_H
#define RNN_LOSS_H

#include "distribution.h"
#include "options.h"

typedef struct rnn_loss {
    rnn_loss_kind kind;
    size_t outputs;       /* O */
    const real *quantile; /* [O] for RNN_LOSS_QUANTILE, ascending, in (0, 1) */
} rnn_loss;

/* O for a kind; `quantiles` and `classes` count only for the kinds that have them. */
size_t rnn_loss_outputs(rnn_loss_kind kind, size_t quantiles, size_t classes);

/* Sum over n rows of weight * loss, added in row order; d_out [n x O] (may be NULL) gets
** weight * d loss/d o * `share`. Rows of weight 0 are skipped (their targets may be NaN) and give
** zero gradient, as do rows whose class is none of 0 ... O-1. `unit` [n], > 0, may be NULL (1). Any
** thread. */
double rnn_loss_evaluate(const rnn_loss *loss, size_t n, const real *out, const real *target,
                         const real *weight, const real *unit, real share, real *d_out);

/* The p-quantile, 0 < p < 1, of the distribution the outputs o [O] of one row stand for, in scaled
** units: times `unit` it is in the data's (negative binomial: a whole count over unit). Point
** losses give their point for every p, cross_entropy its likeliest class. Quantile outputs (at most
** RNN_MAX_LIST) are sorted, which mends quantiles that cross (Chernozhukov 2010), and interpolated
** linearly over the normal score of p, so that a normal distribution comes back exactly; beyond the
** ends the outermost pieces go on. Never falls with p. */
double rnn_loss_quantile(const rnn_loss *loss, const real *o, double unit, double p);

#endif
