/* cell.h - a recurrent cell run over a packed batch in one direction: lstm.c, gru.c, vanilla.c.
**
** The caller (layer.c) has computed W_ih x_t + b_ih for all rows in one product; a cell adds the
** sequential part. At each step t the n sequences running are the first n rows of every
** per-sequence array, so the state is a dense [B x ...] array that each step updates in place:
** sequences that have ended (forward) or not yet begun (reverse) are simply not touched. Forward
** and backward pass differ only in the order of t.
**
** Every array below is a borrowed part of a workspace. R rows, B sequences, H units, P size of h
** (H, or the projection's).
*/
#ifndef RNN_CELL_H
#define RNN_CELL_H

#include "batch.h"

typedef struct rnn_direction {
    const rnn_batch *batch;
    int reverse; /* 1: every sequence from its last step to its first */
    int relu;    /* vanilla cell */
    size_t H, P;

    const real *w_hh;     /* [G*H x P] */
    const real *b_hh;     /* [G*H]; GRU only (elsewhere the caller has added it to b_ih) */
    const real *w_hr;     /* [P x H] projection or NULL */
    const real *peephole; /* [3 x H] or NULL */

    /* [R x G*H] in: W_ih x + b_ih; after forward: activated gates; after backward: gradient of
    ** the input */
    real *gates;
    real *recurrent; /* GRU [R x 3H]: W_hh h + b_hh; after backward: its gradient */
    real *h_prev;    /* [R x P] h_{t-1} */
    real *h_masked;  /* [R x P] h_{t-1} times mask; the same buffer as h_prev where mask is NULL */
    real *reset_h;   /* GRU, reset before: [R x H] r h_{t-1} */
    real *c_prev;    /* LSTM [R x H] c_{t-1} */
    real *c;         /* LSTM with peephole [R x H] c_t */
    real *tanh_c;    /* LSTM [R x H] */
    real *unprojected; /* LSTM with projection [R x H] o tanh(c) */
    const real *mask;  /* [B x P] recurrent dropout, or NULL */
    /* Scoring with rows looked up (word_gates.c): of each word W_ih x + b_ih; the batch's rows in it;
    ** w_hh transposed [P x G*H]. NULL: gates hold all rows, as above */
    const real *word_gates;
    const uint32_t *word;
    const real *w_hh_transposed;

    real *h; /* output: row r, unit j at h[r*ld + j] */
    size_t ld;
    real *h_state; /* [B x P] in: initial, out: final state */
    real *c_state; /* LSTM [B x H] likewise */

    const real *d_out; /* gradient of h from above, laid out as h */
    real *dh;          /* [B x P] zero at the start; after backward: gradient of the initial h */
    real *dc;          /* LSTM [B x H] likewise for c */
    /* [R x P] LSTM with projection: whole gradient of h_t, kept for d_w_hr; elsewhere [B x P]
    ** scratch */
    real *d_total;
    real *d_hidden;   /* [B x H] scratch */
    real *d_peephole; /* [3 x H] added to, or NULL */
} rnn_direction;

/* c_t = f c_{t-1} + i g, h_t = o tanh(c_t)                        Hochreiter & Schmidhuber 1997,
** Gers 2000 */
void rnn_lstm_forward(rnn_direction *d);
void rnn_lstm_backward(rnn_direction *d);
/* n = tanh(W_n x + b_n + r (U_n h + b_hn)), h' = (1-z) n + z h    Cho 2014, reset after as in cuDNN
*/
void rnn_gru_after_forward(rnn_direction *d);
void rnn_gru_after_backward(rnn_direction *d);
/* The same for scoring with rows looked up: nothing is kept of a step but its output, so that its
** gates stay in the processor's cache. */
void rnn_gru_after_score(rnn_direction *d);
/* n = tanh(W_n x + b_n + U_n (r h) + b_hn), h' = (1-z) n + z h    Cho 2014 */
void rnn_gru_before_forward(rnn_direction *d);
void rnn_gru_before_backward(rnn_direction *d);
/* h_t = f(W_ih x + b_ih + W_hh h_{t-1} + b_hh), f tanh or ReLU    Elman 1990 */
void rnn_vanilla_forward(rnn_direction *d);
void rnn_vanilla_backward(rnn_direction *d);

/* Shared by the cells (cell.c). Step number k of T in the order of the forward or backward pass. */
size_t rnn_direction_step(const rnn_direction *d, size_t k, int backward);
/* h_prev and h_masked of step t from h_state. */
void rnn_direction_enter(rnn_direction *d, size_t t);
/* h_state from the outputs of step t. */
void rnn_direction_leave(rnn_direction *d, size_t t);
/* out [n x P] = d_out at step t + dh of its sequences. */
void rnn_direction_gather(const rnn_direction *d, size_t t, real *out);
/* dh of step t's sequences times the dropout mask, if any. */
void rnn_direction_mask(rnn_direction *d, size_t t);

#endif
