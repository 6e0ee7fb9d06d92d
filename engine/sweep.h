/* sweep.h - a model's networks over many sequences of a set: sorted by length, packed, on all
** cores.
**
** Sequences of alike lengths share a batch, so that no thread works on short ones that have ended.
** They are scored in groups whose lengths differ by less than a factor of two; a group's batches are
** as large as a budget of rows and outputs allows, so that memory does not grow with the longest
** sequence times the number of sequences. Which sequences share a batch depends on the rows alone,
** never on the number of threads.
**
** rnn_sweep gives the outputs back in the order of the set. It works through the set in chunks, so
** that memory stays bounded and a caller who stops early has not paid for the rest.
*/
#ifndef RNN_SWEEP_H
#define RNN_SWEEP_H

#include "pool.h"
#include "sequences.h"

/* Receives raw outputs of the networks, as rnn_observe_fn of scorer.h, but with the numbers of
** sequences in the set. On the calling thread. */
typedef void (*rnn_sweep_fn)(void *arg, const size_t *sequence, const rnn_batch *batch,
                             const real *out);

typedef struct rnn_sweep_job {
    rnn_context *ctx;
    const rnn_model *model;
    const rnn_sequence_set *set;
    rnn_pool *pool;
    int predicting; /* 1: outputs for steps without a target, too */
} rnn_sweep_job;

/* Score sequences list[0...n), all with steps or of task generate. The list is sorted. seq2seq:
** outputs are those of teacher forcing. */
rnn_status rnn_sweep_score(const rnn_sweep_job *job, size_t *list, size_t n, rnn_sweep_fn observe,
                           void *arg);

/* One prediction: of a sequence, or of a step of it (output every). */
typedef struct rnn_swept {
    size_t sequence, step; /* step 0 where there is one prediction a sequence */
    const real *out;       /* [O] outputs, with the linear models mixed in; NULL: no steps */
    const uint32_t *token; /* seq2seq: the text written, NULL: no steps */
    size_t tokens;
    double log_probability; /* seq2seq */
} rnn_swept;

typedef struct rnn_sweep rnn_sweep; /* sweep.c */

/* Predictions for all sequences of a set, for tasks classify, regress and seq2seq. What the job
** points to is borrowed. */
rnn_status rnn_sweep_create(const rnn_sweep_job *job, rnn_sweep **out);
void rnn_sweep_free(rnn_sweep *s);
/* The next prediction, by (sequence, step); RNN_DONE at the end. Borrowed until the next call. */
rnn_status rnn_sweep_next(rnn_sweep *s, rnn_swept *row);

#endif
