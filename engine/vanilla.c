/* vanilla.c - the plain recurrent network over a packed batch.
**
**   h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh),  f = tanh or ReLU           Elman 1990; ReLU
**                                                    with identity start: Le 2015
**   backward: da = dh f'(a),  dh_{t-1} = da W_hh
*/
#include "cell.h"

void rnn_vanilla_forward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 0), at = d->batch->offset[t];
        real *gates = rnn_direction_at(d, d->gates, at, H);
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        for (size_t p = 0; p < parts; p++) {
            rnn_direction_recur(&part[p], d->hidden, gates, H, gates, H);
            kernels->rnn_forward(part[p].n, H, d->relu, gates + part[p].from * H,
                                 d->h + (at + part[p].from) * d->ld, d->ld);
        }
    }
}

void rnn_vanilla_backward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 1), n = d->batch->running[t], at = d->batch->offset[t];
        size_t wanted = rnn_direction_wanted(d, t);
        real *gates = d->gates + at * H;
        rnn_direction_keep(d, t);
        kernels->rnn_backward(n, H, d->relu, gates, d->h + at * d->ld, d->ld, d->dh,
                              d->d_out + at * d->ld, d->ld);
        rnn_packed_product(d->hidden_back, wanted, gates, H, NULL, 0, d->dh, H);
        rnn_direction_mask(d, wanted);
    }
}
