/* cell.h - a recurrent cell run over a packed batch in one direction: lstm.c, gru.c, vanilla.c.
**
** The caller (layer.c) has computed W_ih x_t + b for rows of many steps in one product; a cell adds
** the sequential part, step after step, with weights packed once (packed.h). At each step t the n
** sequences running are the first n rows of every per-sequence array. Forward and backward pass
** differ only in the order of t.
**
** Nothing is copied from one step to the next. What a step starts from is where it was written: for
** sequences that were running at the step before, their rows of h and c at that step; for those
** that begin here (all at t = 0; in the reverse direction each at its own last step), the initial
** state. So a step consists of at most two parts (rnn_previous), each a range of sequences.
**
** A pass goes over blocks of steps [k0, k1), so that what is merged over time, the input product and
** the products of the weight gradients, finds the block's gates in the processor's cache. In scoring
** only one block's gates are kept, and of c only the newest: arrays marked "block" begin with packed
** row `first`, which is 0 in training.
**
** Every array below is a borrowed part of a workspace. R rows, B sequences, H units, P size of h
** (H, or the projection's).
*/
#ifndef RNN_CELL_H
#define RNN_CELL_H

#include "batch.h"
#include "packed.h"

typedef struct rnn_direction {
    const rnn_batch *batch;
    int reverse; /* 1: every sequence from its last step to its first */
    int relu;    /* vanilla cell */
    int started; /* 0: the initial state is zero; products with it are left out */
    size_t H, P;

    /* Recurrent weights, packed, for the forward pass [P x G*H] and the backward pass [G*H x P].
    ** GRU: those of r and z; of n, which sees another state: candidate */
    const rnn_packed *hidden, *hidden_back, *candidate, *candidate_back;
    const rnn_packed *project, *project_back; /* projection [H x P] [P x H]; k = 0: none */
    const real *b_candidate;                  /* [H] b_hn; GRU with reset after */
    const real *peephole;                     /* [3 x H] or NULL */

    size_t first; /* packed row that the arrays marked "block" begin with */
    /* block [R x G*H] in: W_ih x + b; after forward: activated gates; after backward: gradient of
    ** the preactivations */
    real *gates;
    real *u;       /* GRU, reset after: block [R x H] U_n h + b_hn; after backward: its gradient */
    real *reset_h; /* GRU, reset before: block [R x H] r h_{t-1} */
    real *raw;     /* LSTM with projection: block [R x H] o tanh(c) */
    real *c;       /* LSTM, training: [R x H] c_t; NULL: c_state is updated in place */
    const real *mask; /* [B x P] recurrent dropout, or NULL */
    real *h_masked;   /* [B x P] scratch: h_{t-1} times mask */

    real *h; /* output: row r, unit j at h[r*ld + j] */
    size_t ld;
    real *h_state; /* [B x P] initial state */
    real *c_state; /* LSTM [B x H] likewise; in scoring the state so far */

    const real *d_out; /* gradient of h from above, laid out as h */
    /* [B x P] zero at the start; after backward, where `started`: gradient of the initial h */
    real *dh;
    real *dc;       /* LSTM [B x H] likewise for c */
    real *d_total;  /* LSTM with projection: [R x P] whole gradient of h_t, kept for d_w_hr; with
                    ** recurrent dropout [B x P] scratch */
    real *d_hidden; /* [B x H] scratch */
    /* [R x P] or NULL: set by backward to the whole gradient of each h_t, from above and from later
    ** steps (for activations.h) */
    real *d_h;
} rnn_direction;

/* c_t = f c_{t-1} + i g, h_t = o tanh(c_t)                        Hochreiter & Schmidhuber 1997,
** Gers 2000. Steps [k0, k1) in the order of the pass. */
void rnn_lstm_forward(rnn_direction *d, size_t k0, size_t k1);
void rnn_lstm_backward(rnn_direction *d, size_t k0, size_t k1);
/* d_peephole [3H] is added to: steps [k0, k1) of the backward pass, which has been there. */
void rnn_lstm_peephole_gradient(const rnn_direction *d, size_t k0, size_t k1, real *d_peephole);
/* n = tanh(W_n x + b_n + r (U_n h + b_hn)), h' = (1-z) n + z h    Cho 2014, reset after as in cuDNN
*/
void rnn_gru_after_forward(rnn_direction *d, size_t k0, size_t k1);
void rnn_gru_after_backward(rnn_direction *d, size_t k0, size_t k1);
/* n = tanh(W_n x + b_n + U_n (r h) + b_hn), h' = (1-z) n + z h    Cho 2014 */
void rnn_gru_before_forward(rnn_direction *d, size_t k0, size_t k1);
void rnn_gru_before_backward(rnn_direction *d, size_t k0, size_t k1);
/* h_t = f(W_ih x + b_ih + W_hh h_{t-1} + b_hh), f tanh or ReLU    Elman 1990 */
void rnn_vanilla_forward(rnn_direction *d, size_t k0, size_t k1);
void rnn_vanilla_backward(rnn_direction *d, size_t k0, size_t k1);

/* ---- shared by the cells and layer.c (cell.c) ---- */

/* Sequences [from, from + n) of a step and what they start from. */
typedef struct rnn_previous {
    size_t from, n;
    const real *h,
        *masked; /* [n x ld] [n x ld_masked] h_{t-1}, and times mask; alike without one */
    size_t ld, ld_masked;
    const real *c; /* LSTM [n x H] */
    int zero;      /* h is all zero */
} rnn_previous;

/* Step number k of T in the order of the forward or backward pass. */
size_t rnn_direction_step(const rnn_direction *d, size_t k, int backward);
/* End of the block of steps that begins with k: `most` rows or fewer, but at least one step. Its
** packed rows are [*row0, *row1). */
size_t rnn_direction_block(const rnn_direction *d, size_t k, int backward, size_t most,
                           size_t *row0, size_t *row1);
/* Parts of step t: 1 or 2. */
size_t rnn_direction_previous(const rnn_direction *d, size_t t, rnn_previous part[2]);
/* out [n x ld_out] = start + masked h_{t-1} W for the sequences of one part; start and out are those
** of the step's first sequence. start NULL is zero; it may be out. */
void rnn_direction_recur(const rnn_previous *part, const rnn_packed *w, const real *start,
                         size_t ld_start, real *out, size_t ld_out);
/* d_h of step t, where it is wanted: before the step's backward pass. */
void rnn_direction_keep(const rnn_direction *d, size_t t);
/* Sequences of step t whose gradient of h_{t-1} is wanted: the first ones. */
size_t rnn_direction_wanted(const rnn_direction *d, size_t t);
/* dh of the first n sequences times the dropout mask, if any. */
void rnn_direction_mask(rnn_direction *d, size_t n);
/* h_{t-1} times mask of the packed rows of steps [k0, k1) of the backward pass, one behind the
** other, ld apart: where it lies, or copied into `scratch` [rows x P]. */
const real *rnn_direction_history(const rnn_direction *d, size_t k0, size_t k1, real *scratch,
                                  size_t *ld);
/* Final state of all sequences, after the forward pass: to h [B x stride] and, LSTM, c. */
void rnn_direction_final(const rnn_direction *d, real *h, real *c, size_t stride);

/* Where the block arrays have what belongs to packed row `row`. */
static inline real *rnn_direction_at(const rnn_direction *d, real *block, size_t row,
                                     size_t width) {
    return block + (row - d->first) * width;
}

#endif
