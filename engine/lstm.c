/* lstm.c - long short-term memory over a packed batch.
**
**   [i f g o] = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh          preactivations, PyTorch's order
**   i, f, o = sigma(.), g = tanh(.)
**   c_t = f c_{t-1} + i g                                      Hochreiter & Schmidhuber 1997, with
**   the forget gate of Gers 2000
**   h_t = o tanh(c_t),  or  W_hr (o tanh(c_t)) with a projection                 Sak 2014
**   with peepholes i and f also see p_i c_{t-1}, p_f c_{t-1}, and o sees p_o c_t             Gers
**   2000
**
** Backward, with dh_t = gradient of h_t from above and from step t+1:
**   do = dh tanh(c) o(1-o),  dc += dh o (1-tanh(c)^2)
**   di = dc g i(1-i),  df = dc c_{t-1} f(1-f),  dg = dc i (1-g^2),  dc_{t-1} = dc f
**   dh_{t-1} = [di df dg do] W_hh
** The elementwise lines are in kernels_impl.h.
*/
#include "cell.h"

#include <string.h>

#include "gemm.h"
#include "kernels.h"

void rnn_lstm_forward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H, P = d->P;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 0), n = d->batch->running[t], at = d->batch->offset[t];
        real *gates = d->gates + at * 4 * H, *c_prev = d->c_prev + at * H;
        real *c = d->peephole ? d->c + at * H : d->c_state;
        real *h = d->h + at * d->ld;
        rnn_direction_enter(d, t);
        memcpy(c_prev, d->c_state, n * H * sizeof(real));
        rnn_gemm_nt(n, 4 * H, P, d->h_masked + at * P, P, d->w_hh, P, 1, gates, 4 * H);
        if (d->w_hr) {
            real *raw = d->unprojected + at * H;
            kernels->lstm_forward(n, H, gates, c_prev, d->peephole, c, d->tanh_c + at * H, raw, H);
            rnn_gemm_nt(n, P, H, raw, H, d->w_hr, H, 0, h, d->ld);
        } else {
            kernels->lstm_forward(n, H, gates, c_prev, d->peephole, c, d->tanh_c + at * H, h,
                                  d->ld);
        }
        if (d->peephole) memcpy(d->c_state, c, n * H * sizeof(real));
        rnn_direction_leave(d, t);
    }
}

void rnn_lstm_backward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H, P = d->P;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 1), n = d->batch->running[t], at = d->batch->offset[t];
        real *gates = d->gates + at * 4 * H;
        const real *c = d->peephole ? d->c + at * H : NULL, *dh;
        if (d->w_hr) {
            real *total = d->d_total + at * P;
            rnn_direction_gather(d, t, total);
            rnn_gemm_nn(n, H, P, total, P, d->w_hr, H, 0, d->d_hidden, H);
            dh = d->d_hidden;
        } else {
            rnn_direction_gather(d, t, d->d_total);
            dh = d->d_total;
        }
        kernels->lstm_backward(n, H, gates, d->c_prev + at * H, c, d->tanh_c + at * H, d->peephole,
                               dh, d->dc, d->d_peephole);
        rnn_gemm_nn(n, P, 4 * H, gates, 4 * H, d->w_hh, P, 0, d->dh, P);
        rnn_direction_mask(d, t);
    }
}
