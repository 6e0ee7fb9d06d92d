/* gru.c - gated recurrent unit over a packed batch, reset gate after or before the recurrent
** product.
**
**   r = sigma(W_r x + b_r + U_r h + b_hr)           gates in PyTorch's order r, z, n
**   z = sigma(W_z x + b_z + U_z h + b_hz)
**   n = tanh(W_n x + b_n + r (U_n h + b_hn))        reset after: PyTorch, cuDNN; one product a step
**   n = tanh(W_n x + b_n + U_n (r h) + b_hn)        reset before: Cho 2014; two products a step
**   h' = (1 - z) n + z h                            z keeps. Texts in which z updates, h' = (1 - z)
**                                                   h + z n, mean the same family with z -> 1 - z:
**                                                   the stored weights of z mean "keep".
** Backward, with dh = gradient of h':
**   dn = dh (1-z) (1-n^2),  dz = dh (h-n) z(1-z),  direct part to h: dh z
**   after:  dr = dn (U_n h + b_hn) r(1-r),  gradient of U_n h + b_hn: dn r
**   before: d(r h) = dn U_n,  dr = d(r h) h r(1-r),  d(r h) r goes to h
** With recurrent dropout h in the products is h times the mask; the direct paths z h stay whole.
*/
#include "cell.h"

#include <string.h>

void rnn_gru_after_forward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 0), at = d->batch->offset[t];
        real *x = rnn_direction_at(d, d->gates, at, 3 * H), *u = rnn_direction_at(d, d->u, at, H);
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from;
            rnn_direction_recur(&part[p], d->hidden, x, 3 * H, x, 3 * H);
            rnn_direction_recur(&part[p], d->candidate, d->b_candidate, 0, u, H);
            kernels->gru_after_forward(part[p].n, H, x + from * 3 * H, u + from * H, part[p].h,
                                       part[p].ld, d->h + (at + from) * d->ld, d->ld);
        }
    }
}

/* dh holds the direct part of the gradient of h_{t-1}. Where the products see a masked h, theirs is
** masked before both are added. */
static void part_direct(rnn_direction *d, size_t n) {
    if (!d->mask) return;
    memcpy(d->d_total, d->dh, n * d->P * sizeof(real));
    memset(d->dh, 0, n * d->P * sizeof(real));
}

static void add_direct(rnn_direction *d, size_t n) {
    if (!d->mask) return;
    rnn_direction_mask(d, n);
    for (size_t i = 0; i < n * d->P; i++) d->dh[i] += d->d_total[i];
}

void rnn_gru_after_backward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 1), at = d->batch->offset[t];
        size_t wanted = rnn_direction_wanted(d, t);
        real *x = d->gates + at * 3 * H, *u = d->u + at * H;
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        rnn_direction_keep(d, t);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from;
            kernels->gru_after_backward(part[p].n, H, x + from * 3 * H, u + from * H, part[p].h,
                                        part[p].ld, d->dh + from * H,
                                        d->d_out + (at + from) * d->ld, d->ld);
        }
        part_direct(d, wanted);
        rnn_packed_product(d->hidden_back, wanted, x, 3 * H, d->dh, H, d->dh, H);
        rnn_packed_product(d->candidate_back, wanted, u, H, d->dh, H, d->dh, H);
        add_direct(d, wanted);
    }
}

void rnn_gru_before_forward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 0), at = d->batch->offset[t];
        real *x = rnn_direction_at(d, d->gates, at, 3 * H);
        real *reset = rnn_direction_at(d, d->reset_h, at, H);
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from, n = part[p].n;
            real *own = x + from * 3 * H, *rh = reset + from * H;
            rnn_direction_recur(&part[p], d->hidden, x, 3 * H, x, 3 * H);
            kernels->gru_before_gates(n, H, own, part[p].masked, part[p].ld_masked, rh);
            rnn_packed_product(d->candidate, n, rh, H, own + 2 * H, 3 * H, own + 2 * H, 3 * H);
            kernels->gru_before_output(n, H, own, part[p].h, part[p].ld, d->h + (at + from) * d->ld,
                                       d->ld);
        }
    }
}

void rnn_gru_before_backward(rnn_direction *d, size_t k0, size_t k1) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 1), n = d->batch->running[t], at = d->batch->offset[t];
        size_t wanted = rnn_direction_wanted(d, t);
        real *x = d->gates + at * 3 * H;
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part);
        rnn_direction_keep(d, t);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from;
            kernels->gru_before_output_back(part[p].n, H, x + from * 3 * H, part[p].h, part[p].ld,
                                            d->dh + from * H, d->d_out + (at + from) * d->ld,
                                            d->ld);
        }
        rnn_packed_product(d->candidate_back, n, x + 2 * H, 3 * H, NULL, 0, d->d_hidden, H);
        part_direct(d, n);
        for (size_t p = 0; p < parts; p++) {
            size_t from = part[p].from;
            kernels->gru_before_gates_back(part[p].n, H, x + from * 3 * H, part[p].masked,
                                           part[p].ld_masked, d->d_hidden + from * H,
                                           d->dh + from * H);
        }
        rnn_packed_product(d->hidden_back, wanted, x, 3 * H, d->dh, H, d->dh, H);
        add_direct(d, wanted);
    }
}
