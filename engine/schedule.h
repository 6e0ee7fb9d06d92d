/* schedule.h - the learning rate over the course of a training.
**
** S optimiser steps are planned, s = 0 ... S-1 is the one about to be taken, `peak` the
** learning_rate option (the highest rate any schedule reaches):
**
**   constant   peak
**   cosine     peak (1 + cos(pi (s - w) / (S - w))) / 2, after a linear warm-up over the first
**              w = min(S / 20, 500) steps that starts at peak / (w + 1)
**                                                                  Loshchilov & Hutter 2017
**   one_cycle  from peak / 25 up to peak over 30 % of the steps, then down to peak / 250000,
**              both along half a cosine: the figures of PyTorch's OneCycleLR. Momentum is not
**              cycled                                              Smith & Topin 2018
**   plateau    peak, halved after every `patience` epochs without a lower validation loss: the
**              caller multiplies by rnn_plateau_epoch()
**
** Adam's first steps are large whatever the gradient (both moments start empty), which is what the
** warm-up is for. The cosine ends just above zero, so the last step still learns.
*/
#ifndef RNN_SCHEDULE_H
#define RNN_SCHEDULE_H

#include "options.h"

/* Rate of step `step` of `steps`. Steps past the plan (training continued) get the rate of the
** last; a plan of 0 steps (unknown) is constant. A function of its arguments alone. */
double rnn_schedule_rate(rnn_schedule kind, double peak, uint64_t step, uint64_t steps);

/* State of schedule plateau; plain data. */
typedef struct rnn_plateau {
    double best;      /* lowest loss so far; infinite before the first epoch */
    double factor;    /* 1, 1/2, 1/4 ... 1/1024 at the least */
    int64_t bad;      /* epochs since the best, or since the last halving */
    int64_t patience; /* epochs to wait, at least 1 */
} rnn_plateau;

/* patience < 1 counts as 1. */
void rnn_plateau_init(rnn_plateau *p, int64_t patience);
/* Tell the loss of an epoch (validation, or training without a split); returns the factor for the
** next one. An epoch is better if it is lower than the best by 0.01 % of it (PyTorch's
** ReduceLROnPlateau); NaN is not better. */
double rnn_plateau_epoch(rnn_plateau *p, double loss);

#endif
