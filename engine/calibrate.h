/* calibrate.h - from a network's raw outputs to quantiles that hold on data it has not seen.
**
** A network is surer of itself than it should be: its quantiles were fitted to the training part.
** On the held-out part each quantile q_p is moved along its distance from the median m until the
** share of values below it is p (split conformal prediction, Vovk 2005; conformalized quantile
** regression, Romano 2019, with a factor instead of a shift because windows have different widths):
**
**   r_i = (y_i - m_i) / (q_{p,i} - m_i)       over the held-out outputs i
**   factor_p = empirical quantile of r at p (p > 1/2) or 1 - p (p < 1/2), of rank ceil((n + 1) p);
**   with few held-out
**              windows that do not overlap (w of them) further out, at p + (1 - p)/(1 + w): errors
**              of one window go together
**   q'_p = m' + factor_p (q_p - m)
**
** Losses that learn a point only (mse, mae, huber) get q_p - m = normal quantile of p, so that
** factor_p carries the residuals' spread. Factors are taken for groups of steps 1, 2-3, 4-7, 8-15,
** ... With that, m' = base + shrink (m - base): on little data the baseline can be the better
** median (shrink is the best of 0, 1/4, 1/2, 3/4, 1 on held-out data, less being preferred where
** there is little of it).
*/
#ifndef RNN_CALIBRATE_H
#define RNN_CALIBRATE_H

#include "loss.h"
#include "windows.h"

/* The loss of a model, with the quantile list in `storage` (one value each for RNN_MAX_LIST). */
rnn_loss rnn_model_loss(const rnn_model *model, real storage[RNN_MAX_LIST]);
/* Make an untrained network of the model the baseline itself: no weight on anything, quantiles of the
** quantile loss spread around it. */
void rnn_calibrate_start(const rnn_model *model, rnn_net *net);
/* Calibrated quantiles of one output, in the data's units: q [options.quantiles.n], ascending.
** `out`: the network's raw outputs. */
void rnn_calibrate_quantiles(const rnn_windows *w, rnn_window at, int64_t k, const real *out,
                             double *q);
/* The same before they are put into the data's units: as logarithms where the recipe has them,
** not cut at zero. */
void rnn_calibrate_transformed(const rnn_windows *w, rnn_window at, int64_t k, const real *out,
                               double *q);
/* Quantile p between those of transformed `q` (loss.h explains how). */
double rnn_calibrate_interpolate(const rnn_model *model, const double *q, double p);
/* The same between quantiles in the data's units. */
double rnn_calibrate_between(const rnn_model *model, const double *q, double p);
/* Groups of horizon steps that have factors of their own. */
size_t rnn_calibration_groups(const rnn_model *model);
/* Bytes that rnn_calibrate_measure allocates for `windows` windows of h steps. */
uint64_t rnn_calibrate_bytes(const rnn_model *model, size_t windows, size_t h);
/* Measure shrink and factors of `model` on the windows' list (the held-out part). `windows` was
** made for `model`. */
rnn_status rnn_calibrate_measure(rnn_context *ctx, rnn_model *model, const rnn_windows *windows,
                                 rnn_scorer *scorer);

#endif
