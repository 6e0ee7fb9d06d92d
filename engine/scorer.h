/* scorer.h - where sequences come from, and running an ensemble over them without training.
*/
#ifndef RNN_SCORER_H
#define RNN_SCORER_H

#include "net.h"
#include "pool.h"

/* Where training sequences come from. All functions may run on worker threads: they only read the
** sampler. */
typedef struct rnn_sampler rnn_sampler;
struct rnn_sampler {
    size_t train_count, valid_count; /* number of sequences */
    size_t max_steps;                /* longest sequence */
    size_t max_outputs;              /* most outputs of one sequence */
    /* Length of sequence i (valid: of the validation part). */
    size_t (*length)(const rnn_sampler *s, int valid, size_t i);
    /* Optional: the training sequence that random number `index` under `key` stands for, where an
    ** epoch is a sample of unequal shares; NULL: all alike. */
    size_t (*draw)(const rnn_sampler *s, uint64_t key, uint64_t index);
    /* Fill numbers, ids, out_row, target, weight, unit of a batch already laid out for sequences
    ** item[0...n) (sorted by length, longest first). `seed` is a random stream for augmentation
    ** (training only). */
    void (*fill)(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                 rnn_batch *b);
};

/* Receives the ensemble's averaged outputs of one batch: sequences item[0...batch->sequences), out
** [outputs x O] at the batch's out rows. Runs on the calling thread, batch after batch in order. */
typedef void (*rnn_observe_fn)(void *arg, const size_t *item, const rnn_batch *batch,
                               const real *out);

/* Scores batches of `batch` sequences (order[] of the caller, sorted by length inside each batch)
** on the pool; an output is the mean of the members'. */
typedef struct rnn_scorer rnn_scorer; /* scorer.c */
rnn_status rnn_scorer_create(rnn_context *ctx, rnn_net **member, size_t members, rnn_pool *pool,
                             const rnn_sampler *sampler, size_t batch, rnn_scorer **out);
void rnn_scorer_free(rnn_scorer *s);
/* Score sequences [first, first + count) of the validation (valid = 1) or training part. */
rnn_status rnn_scorer_run(rnn_scorer *s, int valid, size_t first, size_t count,
                          rnn_observe_fn observe, void *arg);
/* Bytes rnn_scorer_create would allocate. */
uint64_t rnn_scorer_bytes(const rnn_net_spec *spec, size_t threads, const rnn_sampler *sampler,
                          size_t batch);

/* Sort item[0...n) by length, longest first, ties in the given order; writes the lengths.. */
void rnn_sort_by_length(const rnn_sampler *sampler, int valid, size_t *item, size_t n,
                        size_t *length);

#endif
