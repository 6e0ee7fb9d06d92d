/* batch.h - a packed batch: sequences of different lengths without padding.
**
** Letters used everywhere in the network code:
**   T steps of the longest sequence, B sequences, R rows = sum of the lengths, I inputs a step, H
**   hidden units, G gates (LSTM 4, GRU 3, RNN 1), D directions, O outputs.
**
** Sequences are sorted by length, longest first. Rows are time-major: all running sequences' step
** 0, then step 1, ... Row of sequence b at step t: offset[t] + b, for b < running[t]. running[]
** never grows with t, so the sequences still running at t are always the first rows of the step
** before. A range of steps [t0, t1) is a contiguous range of rows: a chunk for truncated BPTT is a
** view, not a copy.
**
**        t=0   t=1   t=2            running = 3 2 1
**   b=0   0     3     5             offset  = 0 3 5 6
**   b=1   1     4
**   b=2   2
*/
#ifndef RNN_BATCH_H
#define RNN_BATCH_H

#include "status.h"

/* Parts of words: word w stands for the table rows item[start[w]] ... item[start[w+1]-1]. */
typedef struct rnn_bags {
    const uint32_t *start; /* [words + 1] */
    const uint32_t *item;
    size_t words;
} rnn_bags;

typedef struct rnn_batch rnn_batch;
struct rnn_batch {
    size_t steps;     /* T */
    size_t sequences; /* B */
    size_t rows;      /* R */
    size_t *length;   /* [B], never increasing */
    /* [B] In a slice whose means are to be over the whole sequences: their lengths. NULL: length */
    const size_t *whole;
    size_t *running; /* [T] */
    size_t *offset;  /* [T+1] */
    real *numbers;   /* [R x N] real inputs; N = spec.numbers */
    /* [R x C] category ids; C = spec.categories. From spec.vocabulary[c] on: an unknown word, which
    ** has the embedding of id 0 and its own bag */
    uint32_t *ids;
    const rnn_bags *bags; /* [C] borrowed: parts of each category's words; NULL: none have any */
    /* Encoder-decoder networks: the target sequences, packed by their own lengths; ids [R' x 1] are
    ** the tokens before each step. Outputs are then all rows of the decoder, in order: out_row[o] =
    ** o. NULL: none. */
    rnn_batch *decoder;
    uint32_t *source;  /* [decoder->sequences] the sequence of this batch each one belongs to */
    size_t first_row;  /* 0; in a slice: what to subtract from out_row */
    size_t outputs;    /* number of rows with an output and a loss (at most out_capacity) */
    uint32_t *out_row; /* [outputs] packed row of each output, ascending, none twice */
    real *target;      /* [outputs] number, or class id as a number */
    real *weight;      /* [outputs] weight in the loss; 0: no part in it */
    real *unit; /* [outputs] size of one scaled unit in the data's units (negative_binomial loss) */
    size_t capacity_steps, capacity_sequences, capacity_rows, out_capacity;
    size_t number_width, id_width; /* N and C the buffers were made for */
};

/* Buffers for at most `sequences` sequences of at most `steps` steps and `outputs` outputs. */
rnn_status rnn_batch_init(rnn_context *ctx, rnn_batch *b, size_t sequences, size_t steps,
                          size_t number_width, size_t id_width, size_t outputs);
/* After rnn_batch_init: room for target sequences of up to target_steps steps. */
rnn_status rnn_batch_add_decoder(rnn_context *ctx, rnn_batch *b, size_t target_steps);
void rnn_batch_free(rnn_context *ctx, rnn_batch *b);
/* Lay out `sequences` sequences with the given lengths (never increasing, >= 1): fills length,
** running, offset, rows. */
void rnn_batch_layout(rnn_batch *b, const size_t *lengths, size_t sequences);
/* Packed row of sequence b at step t. */
static inline size_t rnn_batch_row(const rnn_batch *b, size_t sequence, size_t step) {
    return b->offset[step] + sequence;
}
/* View of the steps [t0, t1) of b, which may be a view itself: shares b's buffers except offset and
** length (caller's scratch [T+1] and [B]). With a decoder, or pooling, only the whole [0, steps). */
rnn_batch rnn_batch_slice(const rnn_batch *b, size_t t0, size_t t1, size_t *offset, size_t *length);

#endif
