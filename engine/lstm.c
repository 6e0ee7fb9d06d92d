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

void rnn_lstm_forward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 0), at = d->batch->offset[t];
        real *gates = rnn_direction_at(d, d->gates, at, 4 * H);
        real *c = d->c ? d->c + at * H : d->c_state, *h = d->h + at * d->ld;
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from, n = part[p].n;
            rnn_direction_recur(&part[p], d->hidden, gates, 4 * H, gates, 4 * H);
            real *to = d->raw ? rnn_direction_at(d, d->raw, at, H) : h;
            size_t ld = d->raw ? H : d->ld;
            kernels->lstm_forward(n, H, gates + from * 4 * H, part[p].c, d->peephole, c + from * H,
                                  to + from * ld, ld);
            if (d->raw) {
                rnn_packed_product(d->project, n, to + from * ld, ld, NULL, 0, h + from * d->ld,
                                   d->ld);
            }
        }
    }
}

/* Gradient of o tanh(c) through the projection, into d_hidden; that of h_t is kept in d_total. */
static void project_back(rnn_direction *d, size_t t) {
    size_t P = d->P, n = d->batch->running[t], at = d->batch->offset[t];
    const real *d_out = d->d_out + at * d->ld;
    real *total = d->d_total + at * P;
    for (size_t b = 0; b < n; b++) {
        for (size_t j = 0; j < P; j++) total[b * P + j] = d->dh[b * P + j] + d_out[b * d->ld + j];
    }
    rnn_packed_product(d->project_back, n, total, P, NULL, 0, d->d_hidden, d->H);
}

void rnn_lstm_backward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H, P = d->P;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 1), at = d->batch->offset[t];
        size_t wanted = rnn_direction_wanted(d, t);
        real *gates = d->gates + at * 4 * H;
        const real *d_out = d->raw ? NULL : d->d_out + at * d->ld;
        const real *dh = d->raw ? d->d_hidden : d->dh;
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        rnn_direction_keep(d, t);
        if (d->raw) project_back(d, t);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from;
            kernels->lstm_backward(part[p].n, H, gates + from * 4 * H, part[p].c,
                                   d->c + (at + from) * H, d->peephole, dh + from * H,
                                   d_out ? d_out + from * d->ld : NULL, d->ld, d->dc + from * H);
        }
        rnn_packed_product(d->hidden_back, wanted, gates, 4 * H, NULL, 0, d->dh, P);
        rnn_direction_mask(d, wanted);
    }
}

void rnn_lstm_peephole_gradient(const rnn_direction *d, size_t k0, size_t k1, real *d_peephole) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 1);
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        for (size_t p = 0; p < parts; p++) {
            size_t row = d->batch->offset[t] + part[p].from;
            kernels->lstm_peephole_gradient(part[p].n, H, d->gates + row * 4 * H, part[p].c,
                                            d->c + row * H, d_peephole);
        }
    }
}
