/* activations.h - what a pass leaves behind of each step: states, gates, gradients of states.
**
** A workspace made for training keeps everything that the backward pass needs, each layer and
** direction in buffers of its own. This is the one door to it for those who want to look (states.h,
** gradient_lag.h); nobody else knows how the cells lay their buffers out (cell.h). All of it holds
** for batches of one sequence, whose rows are its steps.
*/
#ifndef RNN_ACTIVATIONS_H
#define RNN_ACTIVATIONS_H

#include "net.h"

/* One step of one direction of a layer, as the cell left it after a forward pass: borrowed from the
** workspace until its next pass. What the cell does not have is NULL. */
typedef struct rnn_cell_view {
    const real *h; /* [P] the cell's output, before layer norm and dropout */
    const real *c; /* LSTM [H] */
    /* LSTM [H]: i, f, o, and g = tanh(.) */
    const real *input_gate, *forget_gate, *output_gate;
    const real *update_gate, *reset_gate; /* GRU [H]: z, which keeps the old state, and r */
    const real *candidate;                /* LSTM g, GRU n [H] */
} rnn_cell_view;

/* The recurrent layers alone, without pooling and head: of the encoder where there is a decoder. */
void rnn_activations_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                             rnn_workspace *w);
/* After that, or after rnn_net_forward, with a workspace for training and the same batch. Layers L
** ... 2L-1 are the decoder's, whose steps are those of batch->decoder. */
rnn_cell_view rnn_activations_view(const rnn_net *net, const rnn_workspace *w, size_t layer,
                                   size_t direction, size_t step);
/* From now on backward passes through w set d_h [L][D][rows x P] to the whole gradient of each h of
** the layers (not the decoder's), from above and through time; `rows` those that w has room for.
** Borrowed; NULL: no more. */
void rnn_activations_keep(const rnn_net *net, rnn_workspace *w, real *d_h);
/* Where in d_h the gradient [P] of a step is. */
const real *rnn_activations_gradient(const rnn_workspace *w, size_t layer, size_t direction,
                                     size_t step);

#endif
