/* pretrain.h - the forecaster that is part of the library: trained on simulated series alone
** (simulate.h), on top of the mixture of smoothing.h, for any step, season and history.
**
** Every epoch sees new series, as many as the plan says, of each a few origins, one horizon for all
** windows of an epoch, another one the next. So nothing is seen twice, and what is learned cannot
** be learned by heart. What comes out is a model whose time step and seasons are open
** (recipe.any_step): they are taken from the rows it is used with (bind.h).
*/
#ifndef RNN_PRETRAIN_H
#define RNN_PRETRAIN_H

#include "model.h"

typedef struct rnn_pretrain_plan {
    uint64_t seed;
    size_t series;  /* an epoch */
    size_t steps;   /* optimiser steps in all; beyond one epoch, whole epochs */
    size_t threads; /* 0: one a core */
    void (*progress)(void *arg, const rnn_epoch *epoch); /* after each epoch; may be NULL */
    void *arg;
} rnn_pretrain_plan;

/* Train; `bytes` [size] are the model's, the caller frees them with rnn_free. The same plan gives
** the same bytes on the same instruction set, whatever the number of threads. */
rnn_status rnn_pretrain(rnn_context *ctx, const rnn_pretrain_plan *plan, uint8_t **bytes,
                        size_t *size);

#endif
