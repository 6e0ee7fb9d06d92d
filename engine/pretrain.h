/* pretrain.h - training of the forecaster that is part of the library, on made-up series alone
** (simulate.h). scripts/pretrain.c runs it for `make pretrain`; nothing in the extension does.
*/
#ifndef RNN_PRETRAIN_H
#define RNN_PRETRAIN_H

#include "model.h"

typedef struct rnn_pretrain_plan {
    uint64_t seed;
    size_t series; /* made-up series to train on */
    size_t steps;  /* updates of the weights */
    /* Called after each epoch, on the calling thread; NULL: not called. */
    void (*progress)(void *arg, const rnn_epoch *epoch);
    void *arg;
} rnn_pretrain_plan;

/* The trained model's bytes, the caller's to free (rnn_free); on failure NULL and 0. They are a
** function of the plan and the instruction set, whatever the number of threads. */
rnn_status rnn_pretrain(rnn_context *ctx, const rnn_pretrain_plan *plan, uint8_t **bytes,
                        size_t *size);

#endif
