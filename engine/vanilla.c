/* vanilla.c - the plain recurrent network over a packed batch.
**
**   h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh),  f = tanh or ReLU           Elman 1990; ReLU
**                                                    with identity start: Le 2015
**   backward: da = dh f'(a),  dh_{t-1} = da W_hh
*/
#include "cell.h"
#include "gemm.h"
#include "kernels.h"

void rnn_vanilla_forward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 0), n = d->batch->running[t], at = d->batch->offset[t];
        real *gates = d->gates + at * H;
        rnn_direction_enter(d, t);
        rnn_gemm_nt(n, H, H, d->h_masked + at * H, H, d->w_hh, H, 1, gates, H);
        kernels->rnn_forward(n, H, d->relu, gates, d->h + at * d->ld, d->ld);
        rnn_direction_leave(d, t);
    }
}

void rnn_vanilla_backward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 1), n = d->batch->running[t], at = d->batch->offset[t];
        real *gates = d->gates + at * H;
        rnn_direction_gather(d, t, d->d_total);
        kernels->rnn_backward(n, H, d->relu, gates, d->h + at * d->ld, d->ld, d->d_total);
        rnn_gemm_nn(n, H, H, gates, H, d->w_hh, H, 0, d->dh, H);
        rnn_direction_mask(d, t);
    }
}
