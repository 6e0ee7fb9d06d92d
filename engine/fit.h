/* fit.h - the training loop: members x shards over the worker pool, one epoch a call.
**
** Every task hands in a sampler that can fill packed batches; the loop knows nothing of series,
** text or SQL. For each minibatch: shards of every member run forward, loss and backward in
** parallel (each with its own workspace and gradient); gradients of a member are added in shard
** order; clip by value, then by norm; one optimiser step (update.h); next. The cut into shards
** depends on the minibatch and the number of members alone, never on the number of threads: results
** are the same bit for bit on 1, 2 or 64 threads.
**
** With tbptt (truncated backpropagation through time) a minibatch is trained in chunks of so many
** steps, the state carried from one to the next. Each chunk is a step like any other: an update, a
** step of the schedule, new dropout masks, a look at the deadline and at the host. A language
** model's epoch may be one minibatch whose sequences are long lanes of text, cut into thousands of
** chunks. Sequences are not cut where the network needs the whole of them: with pooling or a decoder
** tbptt is refused.
**
** Where the activations of a chunk, or of whole sequences without chunks, take more memory than
** there is, they run in slices (config.slice, checkpoint.h): the same gradients in less memory, at
** most 4/3 of the work. rnn_fit_reduce finds the longest slices that fit: the fewest steps run twice.
** What it finds does not depend on the number of threads, because rounding depends on the slices.
*/
#ifndef RNN_FIT_H
#define RNN_FIT_H

#include "loss.h"
#include "net.h"
#include "pool.h"
#include "scorer.h"

typedef struct rnn_fit_config {
    /* resolved: batch, epochs, learning_rate, schedule, optimizer, clip_*, tbptt, dropout ... */
    const rnn_options *options;
    /* training sequences an epoch; 0: each once, in a new order; otherwise that many, drawn anew */
    size_t epoch_size;
    rnn_loss loss;
    const rnn_sampler *sampler;
    rnn_net **member; /* [members], borrowed; weights change in place */
    /* [members] or NULL: moving averages of the weights, decay min(0.995, (1+t)/(10+t)) after
    ** step t (Polyak & Juditsky 1992); set to the members' weights at the start; validation then
    ** looks at them */
    rnn_net **average;
    size_t members;
    /* 1: cross-validation. The validation part is the training part; member m is trained without
    ** sequences m, m + members, m + 2 members ..., and validated with those (Stone 1974). An epoch
    ** has as many sequences for each, so that of a short fold one is left out, another each time.
    ** Not with epoch_size. */
    int folds;
    rnn_pool *pool;
    uint64_t seed;
    /* Steps whose activations are kept at a time (checkpoint.h), below those of a chunk; 0: all */
    size_t slice;
    int look_first; /* 1: the first epoch trains nothing: it validates what training starts from */
    int narrow;     /* 1: validation on no more threads than training, where it takes less memory */
    int slice_scores; /* 1: with slices, validation may come in slices too (rnn_observe_fn) */
    /* Time of CLOCK_MONOTONIC in seconds after which an epoch ends with the chunk under way; 0:
    ** none. */
    double deadline;
} rnn_fit_config;

typedef struct rnn_fit rnn_fit; /* fit.c */

/* What an epoch gave. */
typedef struct rnn_fit_epoch {
    /* Mean per target; NaN without a validation part; the ensemble's mean output decides valid_loss. */
    double train_loss, valid_loss;
    double learning_rate,
        gradient_norm; /* of the last step; norm before clipping, largest over the members */
    double steps;      /* time steps trained, over all members */
} rnn_fit_epoch;

rnn_status rnn_fit_create(rnn_context *ctx, const rnn_fit_config *config, rnn_fit **out);
void rnn_fit_free(rnn_fit *fit);
/* Train one epoch and validate. With look_first the first one has no train_loss (NaN) and a
** learning_rate of 0. RNN_DATA if the loss is no finite number (the message says what to
** change). */
rnn_status rnn_fit_epoch_run(rnn_fit *fit, rnn_fit_epoch *result, rnn_observe_fn observe,
                             void *arg);
/* Training loss of one member in the last epoch, per target; NaN where it had none. */
double rnn_fit_member_loss(const rnn_fit *fit, size_t m);
/* Bytes that training with this config allocates (workspaces, gradients, optimiser), for the memory
** estimate. */
uint64_t rnn_fit_bytes(const rnn_fit_config *config);
/* Sets slice and narrow so that training takes at most `limit` bytes, if it can; they stay 0 where
** nothing has to be reduced, and slice where the network cannot be trained in slices. The longest
** slices that fit on as many threads as have work, whatever their number is, down to about
** sqrt(steps). */
void rnn_fit_reduce(rnn_fit_config *config, uint64_t limit);
#endif
