/* kernels.h - the elementwise part of the cells, one set of functions an instruction set, chosen at
** run time.
**
** A cell is matrix products (gemm.h) plus elementwise arithmetic on their results. Only the latter
** is here. The same source (kernels_impl.h) is compiled once for each instruction set; the compiler
** vectorises it. Results of different sets differ in the last bits (fused multiply-add), results of
** one set never differ.
**
** All arrays are row-major with n rows. sigma(x) = 1/(1+exp(-x)). Gate orders are PyTorch's: LSTM i
** f g o, GRU r z n.
*/
#ifndef RNN_KERNELS_H
#define RNN_KERNELS_H

#include "status.h"

typedef struct rnn_kernels {
    const char *name; /* "scalar", "avx2", "avx512" */

    /* LSTM step. gates [n x 4H] preactivations in, activated i f g o out; c = f c_prev + i g;
    ** tanh_c = tanh(c); h [n x ldh] = o tanh_c. peephole [3H] (i, f see c_prev; o sees c; Gers
    ** 2000) or NULL. c may not alias c_prev. */
    void (*lstm_forward)(size_t n, size_t H, real *gates, const real *c_prev, const real *peephole,
                         real *c, real *tanh_c, real *h, size_t ldh);
    /* gates [n x 4H] activated in, gradients of the preactivations out. dh [n x H]; dc [n x H] in:
    ** gradient of c from the step after,
    ** out: gradient of c_prev. d_peephole [3H] is added to (NULL without peephole). */
    void (*lstm_backward)(size_t n, size_t H, real *gates, const real *c_prev, const real *c,
                          const real *tanh_c, const real *peephole, const real *dh, real *dc,
                          real *d_peephole);

    /* GRU, reset after: x [n x 3H] in: W x + b_ih, out: r z n; u [n x 3H]: U h + b_hh (kept); h =
    ** (1-z) n + z h_prev. */
    void (*gru_after_forward)(size_t n, size_t H, real *x, const real *u, const real *h_prev,
                              size_t ld_prev, real *h, size_t ldh);
    /* x: r z n in, gradient of W x + b_ih out; u: U h + b_hh in, its gradient out; dh [n x H] in,
    ** its direct part to h_prev (dh z) out. */
    void (*gru_after_backward)(size_t n, size_t H, real *x, real *u, const real *h_prev,
                               size_t ld_prev, real *dh);

    /* GRU, reset before, in two halves around the product (r h_prev) U_n^T:
    ** gates: x, u as above but only r and z of u are used; rh [n x H] = r h_prev, r and z stored in
    ** x. */
    void (*gru_before_gates)(size_t n, size_t H, real *x, const real *u, const real *h_prev,
                             size_t ld_prev, real *rh);
    /* candidate: n = tanh(x_n + u_n); h = (1-z) n + z h_prev. */
    void (*gru_before_output)(size_t n, size_t H, real *x, const real *u, const real *h_prev,
                              size_t ld_prev, real *h, size_t ldh);
    /* backward of output: x_n := d(preactivation of n), also to u_n; x_z := d(preactivation of z);
    ** dh := dh z. */
    void (*gru_before_output_back)(size_t n, size_t H, real *x, real *u, const real *h_prev,
                                   size_t ld_prev, real *dh);
    /* backward of gates: d_rh [n x H] in; x_r := d(preactivation of r); u_r, u_z := the same as
    ** x's; dh += d_rh r. */
    void (*gru_before_gates_back)(size_t n, size_t H, real *x, real *u, const real *h_prev,
                                  size_t ld_prev, const real *d_rh, real *dh);

    /* Vanilla RNN: h = f(gates); backward: gates := dh f'(gates), from the stored h. relu 0: tanh.
    */
    void (*rnn_forward)(size_t n, size_t H, int relu, const real *gates, real *h, size_t ldh);
    void (*rnn_backward)(size_t n, size_t H, int relu, real *gates, const real *h, size_t ldh,
                         const real *dh);

    /* Scoring: out [n x m] = b + a [n x k] W^T for a small W that is used over and over, which a
    ** general product would copy into its own form each time. w [k x m] is W transposed. Each
    ** output is summed up in the order of k, whatever n and m. */
    void (*affine)(size_t n, size_t m, size_t k, const real *a, size_t lda, const real *w,
                   const real *b, real *out);
    /* Scoring: a step of the GRU, reset after, whose W x + b_ih is row word[i] of x for sequence i.
    ** state [n x H] h_prev in, h out; nothing else is kept. */
    void (*gru_after_score)(size_t n, size_t H, const real *x, const uint32_t *word, const real *u,
                            real *state, real *h, size_t ldh);
    /* to [n] = the larger of to and from, unit by unit; `to` where they cannot be compared. */
    void (*maximum)(size_t n, const real *from, real *to);
} rnn_kernels;

/* The set in use: the best the processor has, unless another was forced. */
const rnn_kernels *rnn_kernels_get(void);
const char *rnn_kernels_name(void);
/* Force a set by name for the whole process (tests, rnn_debug; NULL: back to the best). Returns 0,
** or 1 if this machine or build has no such set. */
int rnn_kernels_force(const char *name);

#endif
