/* scorer.h - where sequences come from, and running an ensemble over them without training.
*/
#ifndef RNN_SCORER_H
#define RNN_SCORER_H

#include "net.h"
#include "pool.h"
#include "word_gates.h"

/* Where training sequences come from. All functions may run on worker threads: they only read the
** sampler. */
typedef struct rnn_sampler rnn_sampler;
struct rnn_sampler {
    size_t train_count, valid_count; /* number of sequences */
    size_t max_steps;                /* longest sequence */
    size_t max_outputs;              /* most outputs of one sequence */
    size_t max_targets;              /* most decoder steps of one sequence; 0 without a decoder */
    /* Most sparse rows (net.h) that one sequence touches in training; 0: one of each category a
    ** step. Must not be too small: it is the room there is. */
    size_t max_touched;
    /* Length of sequence i (valid: of the validation part). */
    size_t (*length)(const rnn_sampler *s, int valid, size_t i);
    /* Optional: the training sequence that random number `index` under `key` stands for, where an
    ** epoch is a sample of unequal shares; NULL: all alike. */
    size_t (*draw)(const rnn_sampler *s, uint64_t key, uint64_t index);
    /* Fill numbers, ids, out_row, target, weight, unit (where the network has them also bags,
    ** the decoder and its layout) of a batch already laid out for sequences item[0...n)
    ** (sorted by length, longest first). `seed` is a random stream for augmentation (training
    ** only). */
    void (*fill)(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                 rnn_batch *b);
};

/* Most outputs of one sequence, a decoder's among them. */
size_t rnn_sampler_outputs(const rnn_sampler *s);
/* A batch with room for any `sequences` of the sampler's, as networks of this spec need it; on
** failure everything is freed. rnn_batch_free when done. */
rnn_status rnn_sampler_batch(rnn_context *ctx, const rnn_sampler *s, const rnn_net_spec *spec,
                             size_t sequences, rnn_batch *b);
/* Bytes that it allocates. */
uint64_t rnn_sampler_batch_bytes(const rnn_sampler *s, const rnn_net_spec *spec, size_t sequences);

/* Receives the ensemble's averaged outputs of one batch: sequences item[0...batch->sequences), out
** [outputs x O] at the batch's out rows. Runs on the calling thread, in an order that does not
** depend on the number of threads. Where sequences are scored in chunks, a batch comes in several
** calls, each with a slice (rnn_batch_slice): `batch` then has the outputs of some steps, out_row
** counts rows of the whole batch (less batch->first_row: of the slice), and item[] are the
** sequences still running. Calls of different batches may take turns; those of one batch come step
** by step. */
typedef void (*rnn_observe_fn)(void *arg, const size_t *item, const rnn_batch *batch,
                               const real *out);

/* Scores batches of `batch` sequences, sorted by length inside each batch, on the pool; an output
** is the mean of the members'. `chunk` > 0: in pieces of so many steps with the state carried over,
** so that the activations' memory does not grow with the length (only where sequences are longer
** than that, for networks of one direction without pooling and decoder; whole otherwise). 0: whole.
*/
typedef struct rnn_scorer rnn_scorer; /* scorer.c */
rnn_status rnn_scorer_create(rnn_context *ctx, rnn_net **member, size_t members, rnn_pool *pool,
                             const rnn_sampler *sampler, size_t batch, size_t chunk,
                             rnn_scorer **out);
/* The same with `slots` batches under way at a time instead of one a thread: less memory. In pieces
** there are always a few. */
rnn_status rnn_scorer_create_narrow(rnn_context *ctx, rnn_net **member, size_t members,
                                    rnn_pool *pool, const rnn_sampler *sampler, size_t batch,
                                    size_t chunk, size_t slots, rnn_scorer **out);
void rnn_scorer_free(rnn_scorer *s);
/* Runs from now on look up what the words' rows are (word_gates.h), borrowed, for all words of the
** sequences; NULL: no more. */
void rnn_scorer_look_up(rnn_scorer *s, const rnn_word_gates *words);
/* Score sequences order[first ... first + count) (order NULL: those numbers themselves) of the
** validation (valid = 1) or training part, batch after batch in that order. An order by length
** makes batches of alike lengths: little time is lost to short sequences that have ended. */
rnn_status rnn_scorer_run(rnn_scorer *s, int valid, const size_t *order, size_t first, size_t count,
                          rnn_observe_fn observe, void *arg);
/* Bytes rnn_scorer_create would allocate; `threads` may be slots. */
uint64_t rnn_scorer_bytes(const rnn_net_spec *spec, size_t members, size_t threads,
                          const rnn_sampler *sampler, size_t batch, size_t chunk);

/* Sort item[0...n) by length, longest first, ties in the given order; writes the
** lengths. */
void rnn_sort_by_length(const rnn_sampler *sampler, int valid, size_t *item, size_t n,
                        size_t *length);

#endif
