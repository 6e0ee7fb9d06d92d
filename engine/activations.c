/* activations.c - see activations.h. */
#include "activations.h"

#include "net_internal.h"

void rnn_activations_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                             rnn_workspace *w) {
    rnn_pass_layers(net, batch, pass, w);
}

rnn_cell_view rnn_activations_view(const rnn_net *net, const rnn_workspace *w, size_t layer,
                                   size_t direction, size_t step) {
    const rnn_direction *d = &w->layer[layer].direction[direction];
    const real *gates = d->gates + step * net->gates * d->H;
    rnn_cell_view v = {.h = d->h + step * d->ld};
    switch (net->spec.cell) {
    case RNN_CELL_LSTM: /* i f g o */
        v.c = d->c + step * d->H;
        v.input_gate = gates;
        v.forget_gate = gates + d->H;
        v.candidate = gates + 2 * d->H;
        v.output_gate = gates + 3 * d->H;
        break;
    case RNN_CELL_GRU: /* r z n */
        v.reset_gate = gates;
        v.update_gate = gates + d->H;
        v.candidate = gates + 2 * d->H;
        break;
    case RNN_CELL_RNN: break;
    }
    return v;
}

void rnn_activations_keep(const rnn_net *net, rnn_workspace *w, real *d_h) {
    size_t D = net->directions, one = w->rows * net->state;
    for (size_t l = 0; l < net->spec.layers; l++) {
        for (size_t k = 0; k < D; k++)
            w->layer[l].direction[k].d_h = d_h ? d_h + (l * D + k) * one : NULL;
    }
}

const real *rnn_activations_gradient(const rnn_workspace *w, size_t layer, size_t direction,
                                     size_t step) {
    const rnn_direction *d = &w->layer[layer].direction[direction];
    return d->d_h + step * d->P;
}
