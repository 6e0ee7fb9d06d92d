/* sequence_sampler.h - batches of sequences: for training, validation and prediction.
**
** A sampler (scorer.h) over lists of sequences of a set. What an item is depends on the task:
**
**   classify, regress   a sequence; one output pooled over it, or one a step with a known target
**   seq2seq             a source; outputs are its target's tokens and the end, the decoder reads
**                       begin and the tokens (in training: teacher forcing)
**   generate            a text: the network reads begin and the tokens, outputs are the tokens and
**                       the end. Or, with lanes: all texts, each closed by the end token, are one
**                       long stream cut into contiguous lanes of one length, read side by side;
**                       with tbptt the state runs on through a lane while the gradient is cut. The
**                       stream begins anywhere in it, another place each epoch, so that the cuts
**                       between lanes move.
**
** Truncated backpropagation through time for classify and regress with output every: with tbptt T
** the training loop (fit.h) reads T steps of a minibatch's sequences side by side, updates, and
** goes on with the next T steps from the state where it stopped; the gradient ends at the cut. A
** sequence begins with the initial state, zero or learned. One long sequence alone would be a
** batch of one: small matrix products, noisy gradients. So it is cut into contiguous lanes first,
** as a text is. The state before a lane is not known in training; it is made by reading the T
** steps before the lane without a loss (rnn_sequence.warm), so that what a lane's first targets
** depend on has been seen, as far as T steps reach. Every step is trained on once an epoch. With
** batch 1 nothing is cut: the state runs through the whole sequence. The held-out end of a
** sequence is warmed up likewise; other validation sequences, and all in prediction, are read from
** beginning to end, the state carried.
**
** Numbers of sequences to classify are disturbed in training: by noise at each step, of a standard
** deviation of its own for each value, and for the whole sequence by a factor for each value, 1 +
** RNN_FACTOR_NOISE times a normal number. It keeps small sets of series from being learned by heart.
*/
#ifndef RNN_SEQUENCE_SAMPLER_H
#define RNN_SEQUENCE_SAMPLER_H

#include "scorer.h"
#include "sequences.h"

#define RNN_FACTOR_NOISE 0.1
#define RNN_LANE_CHUNKS 8 /* chunks of tbptt steps that a labelled lane has at least */

typedef struct rnn_sequence_sampler {
    rnn_sampler sampler;
    rnn_context *ctx;
    const rnn_model *model;
    const rnn_sequence_set *set;
    const size_t *list[2];      /* borrowed: items of the training and the validation part */
    const double *class_weight; /* borrowed [classes]; NULL: all 1 */
    const double *noise;        /* borrowed [values]; NULL for none */
    int predicting;             /* 1: an output at every step, whether its target is known or not */
    size_t lanes[2], lane_steps[2]; /* generate with lanes; else 0 */
    uint32_t *stream[2];            /* tokens of the texts and their ends */
    size_t stream_count[2];
} rnn_sequence_sampler;

/* A sampler over the sequences train[0...train_count) and valid[0...valid_count) of a set; all have
** steps. `set`, `model` and the lists are borrowed. lanes > 0 (generate only): that many in training.
*/
rnn_status rnn_sequence_sampler_create(rnn_context *ctx, const rnn_model *model,
                                       const rnn_sequence_set *set, const size_t *train,
                                       size_t train_count, const size_t *valid, size_t valid_count,
                                       size_t lanes, rnn_sequence_sampler **out);
/* Cut the sequences (*list)[0...*train_count), whose targets are step by step, into contiguous
** lanes: each as many as its share of all their steps is of `batch`, as far as lanes are then long
** enough. The first lane takes the place of the whole in the set, the others are added to it.
** *list is replaced (rnn_free) by the lanes, then the valid_count sequences that followed. */
rnn_status rnn_sequence_lanes(rnn_sequence_set *set, size_t batch, size_t tbptt, size_t **list,
                              size_t *train_count, size_t valid_count);
void rnn_sequence_sampler_free(rnn_sequence_sampler *s);

#endif
