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

#include "gemm.h"
#include "kernels.h"

/* Rows of `to` [n x width] all equal to `bias`. */
static void fill_rows(real *to, const real *bias, size_t n, size_t width) {
    for (size_t r = 0; r < n; r++) memcpy(to + r * width, bias, width * sizeof(real));
}

void rnn_gru_after_forward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    fill_rows(d->recurrent, d->b_hh, d->batch->rows, 3 * H);
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 0), n = d->batch->running[t], at = d->batch->offset[t];
        real *u = d->recurrent + at * 3 * H;
        rnn_direction_enter(d, t);
        rnn_gemm_nt(n, 3 * H, H, d->h_masked + at * H, H, d->w_hh, H, 1, u, 3 * H);
        kernels->gru_after_forward(n, H, d->gates + at * 3 * H, u, d->h_prev + at * H, H,
                                   d->h + at * d->ld, d->ld);
        rnn_direction_leave(d, t);
    }
}

void rnn_gru_after_score(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 0), n = d->batch->running[t], at = d->batch->offset[t];
        kernels->affine(n, 3 * H, H, d->h_state, H, d->w_hh_transposed, d->b_hh, d->recurrent);
        kernels->gru_after_score(n, H, d->word_gates, d->word + at, d->recurrent, d->h_state,
                                 d->h + at * d->ld, d->ld);
    }
}

/* dh = gradient through the products (masked) + direct part. */
static void add_direct(rnn_direction *d, size_t t, const real *direct) {
    size_t n = d->batch->running[t] * d->P;
    rnn_direction_mask(d, t);
    for (size_t i = 0; i < n; i++) d->dh[i] += direct[i];
}

void rnn_gru_after_backward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 1), n = d->batch->running[t], at = d->batch->offset[t];
        real *u = d->recurrent + at * 3 * H;
        rnn_direction_gather(d, t, d->d_total);
        kernels->gru_after_backward(n, H, d->gates + at * 3 * H, u, d->h_prev + at * H, H,
                                    d->d_total);
        rnn_gemm_nn(n, H, 3 * H, u, 3 * H, d->w_hh, H, 0, d->dh, H);
        add_direct(d, t, d->d_total);
    }
}

void rnn_gru_before_forward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    const real *w_n = d->w_hh + 2 * H * H;
    fill_rows(d->recurrent, d->b_hh, d->batch->rows, 3 * H);
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 0), n = d->batch->running[t], at = d->batch->offset[t];
        real *x = d->gates + at * 3 * H, *u = d->recurrent + at * 3 * H, *rh = d->reset_h + at * H;
        const real *h_prev = d->h_prev + at * H, *h_masked = d->h_masked + at * H;
        rnn_direction_enter(d, t);
        rnn_gemm_nt(n, 2 * H, H, h_masked, H, d->w_hh, H, 1, u, 3 * H);
        kernels->gru_before_gates(n, H, x, u, h_masked, H, rh);
        rnn_gemm_nt(n, H, H, rh, H, w_n, H, 1, u + 2 * H, 3 * H);
        kernels->gru_before_output(n, H, x, u, h_prev, H, d->h + at * d->ld, d->ld);
        rnn_direction_leave(d, t);
    }
}

void rnn_gru_before_backward(rnn_direction *d) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t H = d->H;
    const real *w_n = d->w_hh + 2 * H * H;
    for (size_t k = 0; k < d->batch->steps; k++) {
        size_t t = rnn_direction_step(d, k, 1), n = d->batch->running[t], at = d->batch->offset[t];
        real *x = d->gates + at * 3 * H, *u = d->recurrent + at * 3 * H;
        rnn_direction_gather(d, t, d->d_total);
        kernels->gru_before_output_back(n, H, x, u, d->h_prev + at * H, H, d->d_total);
        rnn_gemm_nn(n, H, H, u + 2 * H, 3 * H, w_n, H, 0, d->d_hidden, H);
        /* dh collects what reaches the masked h: first through r h, then through the gates. */
        memset(d->dh, 0, n * H * sizeof(real));
        kernels->gru_before_gates_back(n, H, x, u, d->h_masked + at * H, H, d->d_hidden, d->dh);
        rnn_gemm_nn(n, H, 2 * H, u, 3 * H, d->w_hh, H, 1, d->dh, H);
        add_direct(d, t, d->d_total);
    }
}
