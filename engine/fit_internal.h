/* fit_internal.h - what fit.c, the training loop, and fit_size.c, how large everything in it is,
** have in common; nobody else includes it. */
#ifndef RNN_FIT_INTERNAL_H
#define RNN_FIT_INTERNAL_H

#include <stdatomic.h>

#include "checkpoint.h"
#include "fit.h"

/* What one thread needs while it runs a task; taken and given back without a lock. */
typedef struct rnn_fit_slot {
    atomic_flag busy;
    rnn_workspace *workspace;
    rnn_checkpoint checkpoint; /* with config.slice */
    real *out, *d_out;         /* [outputs x O] */
    size_t *offset, *length;   /* scratch of a chunk's view */
} rnn_fit_slot;

/* One shard of one member's minibatch. */
typedef struct rnn_fit_shard {
    rnn_batch batch;
    size_t *item, *length;     /* sequences of this shard */
    size_t count, first;       /* first: number of its first sequence in the minibatch */
    rnn_gradient gradient;     /* the first shard's also holds the sum */
    real *state;               /* [sequences x state size], with tbptt */
    double loss, weight, rows; /* sums of the step under way */
} rnn_fit_shard;

/* How training is cut. */
typedef struct rnn_fit_size {
    size_t epoch, batch;       /* sequences of an epoch, of a minibatch */
    size_t shards, shard_size; /* of a member's minibatch; sequences of one */
    size_t tasks, slots;       /* shards of all members; those under way at a time */
    size_t chunk, chunks;      /* steps of a chunk; chunks of the longest sequence */
    rnn_workspace_size work;   /* of a slot */
    /* Of the scorer: sequences of a batch, steps of a part (0: all), batches under way at a time. */
    size_t scorer_batch, scorer_chunk, scorer_slots;
} rnn_fit_size;

/* The cut for so many threads; on them depend the slots alone. */
rnn_fit_size rnn_fit_measure(const rnn_fit_config *config, size_t threads);
/* Capacity of the gradient of shard `shard`: sparse rows that it touches at most in one step. The
** first one's becomes the sum of all. */
size_t rnn_fit_touched(const rnn_fit_config *config, const rnn_fit_size *size, size_t shard);

#endif
