/* update.h - an optimiser step of one network: clipping, update rule, moving average.
**
** Dense tensors are loops over one array. Of sparse tensors (net.h) only the rows that the step
** touched are updated ("lazily"): with the bias correction of the step at hand, while the moments of
** other rows stay as they were.
**
** The moving average a of the weights p with decays d_1, d_2 ... (Polyak & Juditsky 1992),
**
**   a_t = d_t a_{t-1} + (1 - d_t) p_t,   d_t = min(0.995, (1 + t) / (10 + t)),
**
** has a closed form over steps s+1 ... t in which p did not change:
**
**   a_t = p + (a_s - p) exp(D_t - D_s),  D_t = log d_1 + ... + log d_t.
**
** So each sparse row notes the D up to which it is averaged, catches up when it is touched, just
** before it changes, and rnn_update_flush brings all rows up to date before anyone looks at the
** average.
**
** A step of a large network is a matter of memory, tens of megabytes, so it can be done in parts by
** several threads: each part of the dense elements, RNN_UPDATE_PART of them, and the sparse rows as
** one more.
**
**   for all parts, in any order:  rnn_update_gather    shards' gradients added up, squares
**   once:                         rnn_update_begin     norm, clipping, the step's factors
**   for all parts, in any order:  rnn_update_apply     update rule, average
**
** The cut depends on the network alone, so that results do not depend on the threads.
*/
#ifndef RNN_UPDATE_H
#define RNN_UPDATE_H

#include "net.h"
#include "optimizer.h"

enum { RNN_UPDATE_PART = 1 << 15 };

/* Fields are read only outside update.c. */
typedef struct rnn_update {
    rnn_net *net, *average; /* borrowed; average may be NULL */
    rnn_optimizer optimizer;
    real *moments; /* the optimiser's */
    rnn_decay_range *range;
    size_t ranges;
    double weight_decay, clip_value, clip_norm;
    double log_decay; /* D of the steps before the one under way */
    double
        *averaged; /* [sparse rows] D up to which each row is averaged; -infinity: never touched */
    double *squares; /* [parts x 2] of the gradient; before and after clipping by value */
    size_t parts;
    double decay; /* d of the step under way; 0: there is none */
    int skipped;  /* 1: the gradient of the step under way is not finite */
    double norm;  /* of the last step's gradient before clipping */
} rnn_update;

/* For a network and, unless NULL, its average, which is set to the network's weights. Options are
** optimizer, weight_decay, clip_value and clip_norm. On failure everything is freed. */
rnn_status rnn_update_init(rnn_context *ctx, rnn_update *u, rnn_net *net, rnn_net *average,
                           const rnn_options *options);
void rnn_update_free(rnn_context *ctx, rnn_update *u);
/* Bytes that rnn_update_init would allocate. */
uint64_t rnn_update_bytes(const rnn_net *net, int averaged, const rnn_options *options);
/* Part `part` of u->parts: adds to shard[0] the gradients shard[1 ... shards), in that order, and
** clips the sum by value. */
void rnn_update_gather(rnn_update *u, size_t part, rnn_gradient *const *shard, size_t shards);
/* Before the parts of a step at this learning rate are applied. Where the gradient is not finite
** the step changes nothing: the loss decides whether training goes on. */
void rnn_update_begin(rnn_update *u, double rate);
void rnn_update_apply(rnn_update *u, size_t part, const rnn_gradient *sum);
/* A whole step, on any thread. */
void rnn_update_step(rnn_update *u, double rate, rnn_gradient *const *shard, size_t shards);
/* Bring the average of all sparse rows up to date. Any thread. */
void rnn_update_flush(rnn_update *u);

#endif
