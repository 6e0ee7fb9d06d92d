/* kernels.h - what a step of a cell consists of, one set of functions an instruction set, chosen at
** run time.
**
** A cell is matrix products with packed weights (packed.h) plus elementwise arithmetic on their
** results; both are here. Heads are gemm.h's, and so are gradients of weights where the set has no
** product for them. The same source (kernels_impl.h, kernels_product.h) is compiled once for each
** instruction set; the compiler vectorises it. Results of different sets differ in the last bits
** (fused multiply-add), results of one set never differ. Sets: avx512 and avx2 on x86-64, and
** everywhere "scalar", vectors of 16 bytes as the compiler's default has them (SSE2; on 64-bit ARM
** NEON, which has not been tried).
**
** All arrays are row-major with n rows. sigma(x) = 1/(1+exp(-x)). Gate orders are PyTorch's: LSTM i
** f g o, GRU r z n.
*/
#ifndef RNN_KERNELS_H
#define RNN_KERNELS_H

#include "status.h"

/* Convolutions that are done side by side, their weights, and how many contend in a group. */
enum { RNN_CONVOLVE_LANES = 16, RNN_CONVOLVE_TAPS = 9, RNN_CONTEST_KERNELS = 8 };

typedef struct rnn_kernels {
    const char *name; /* "scalar", "avx2", "avx512" */

    /* Packed weights, packed.h. Panels of a matrix of m columns; panel number p of W [k x m], W[i][j]
    ** at from[i * down + j * right], written to its place in data; c = start + a W as
    ** rnn_packed_product, start NULL: zero. */
    size_t (*panels)(size_t m);
    void (*pack)(size_t k, size_t m, size_t p, const real *from, size_t down, size_t right,
                 real *data);
    void (*product)(size_t n, size_t k, size_t m, const real *a, size_t lda, const real *data,
                    const real *start, size_t ld_start, real *c, size_t ldc);

    /* c [m x n] += a^T b, a [k x m], b [k x n]: the gradient of weights, m, n > 0. NULL: the set
    ** has none that is faster than gemm.h's. */
    void (*outer)(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                  size_t ldb, real *c, size_t ldc);

    /* LSTM step. gates [n x 4H] preactivations in, activated i f g o out; c = f c_prev + i g;
    ** h [n x ldh] = o tanh(c). peephole [3H] (i, f see c_prev; o sees c; Gers 2000) or NULL. c may be
    ** c_prev. */
    void (*lstm_forward)(size_t n, size_t H, real *gates, const real *c_prev, const real *peephole,
                         real *c, real *h, size_t ldh);
    /* gates [n x 4H] activated in, gradients of the preactivations out. Gradient of h: dh [n x H],
    ** plus d_out [n x ld_out] unless NULL; dc [n x H] in: gradient of c from the step after, out:
    ** gradient of c_prev. */
    void (*lstm_backward)(size_t n, size_t H, real *gates, const real *c_prev, const real *c,
                          const real *peephole, const real *dh, const real *d_out, size_t ld_out,
                          real *dc);
    /* d_peephole [3H] is added to, given the gradients of the preactivations. */
    void (*lstm_peephole_gradient)(size_t n, size_t H, const real *gates, const real *c_prev,
                                   const real *c, real *d_peephole);

    /* GRU, reset after: x [n x 3H] in: W x + b + U h of r and z, W x + b_ih of n; out: r z n;
    ** candidate [n x H]: U_n h + b_hn; h = (1-z) n + z h_prev. */
    void (*gru_after_forward)(size_t n, size_t H, real *x, const real *candidate,
                              const real *h_prev, size_t ld_prev, real *h, size_t ldh);
    /* x: r z n in, gradient of the preactivations out; candidate: U_n h + b_hn in, its gradient out;
    ** dh [n x H], to which d_out [n x ld_out] is added, in, its direct part to h_prev (dh z) out. */
    void (*gru_after_backward)(size_t n, size_t H, real *x, real *candidate, const real *h_prev,
                               size_t ld_prev, real *dh, const real *d_out, size_t ld_out);

    /* GRU, reset before, in two halves around the product (r h_prev) U_n^T:
    ** gates: r and z of x as above; rh [n x H] = r h_prev. */
    void (*gru_before_gates)(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                             real *rh);
    /* n of x: W x + b + U_n (r h) in, n out; h = (1-z) n + z h_prev. */
    void (*gru_before_output)(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                              real *h, size_t ldh);
    /* backward of output: x_n and x_z become the gradients of their preactivations; dh, to which
    ** d_out is added, becomes dh z. */
    void (*gru_before_output_back)(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                                   real *dh, const real *d_out, size_t ld_out);
    /* backward of gates: d_rh [n x H] in; x_r becomes the gradient of its preactivation; dh += d_rh
    ** r. */
    void (*gru_before_gates_back)(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                                  const real *d_rh, real *dh);

    /* Vanilla RNN: h = f(gates); backward: gates := (dh + d_out) f'(gates), from the stored h; d_out
    ** may be NULL. relu 0: tanh. */
    void (*rnn_forward)(size_t n, size_t H, int relu, const real *gates, real *h, size_t ldh);
    void (*rnn_backward)(size_t n, size_t H, int relu, real *gates, const real *h, size_t ldh,
                         const real *dh, const real *d_out, size_t ld_out);

    /* to [m] += sum of the rows of from [n x m], ld apart. */
    void (*add_rows)(size_t n, size_t m, const real *from, size_t ld, real *to);
    /* to [n] = the larger of to and from, unit by unit; `to` where they cannot be compared. */
    void (*maximum)(size_t n, const real *from, real *to);

    /* Convolutions of a series (convolutions.h), z(i) = sum_j weight_j x[i + j dilation] for i < n;
    ** L = RNN_CONVOLVE_LANES kernels, weight [TAPS x L]. count: how often z(i) > bias; bias [L], out
    ** [L]. contest: weight [KERNELS x TAPS x L], L groups of KERNELS kernels each; where a kernel's z
    ** is the largest of its group, the sum of it, and the number of times where it is the smallest;
    ** out [2 x KERNELS x L]. */
    void (*convolve_count)(size_t n, const real *x, size_t dilation, const real *weight,
                           const real *bias, real *out);
    void (*convolve_contest)(size_t n, const real *x, size_t dilation, const real *weight,
                             real *out);
} rnn_kernels;

/* The set in use: the best the processor has, unless another was forced. */
const rnn_kernels *rnn_kernels_get(void);
const char *rnn_kernels_name(void);
/* Force a set by name for the whole process (tests, rnn_debug; NULL: back to the best). Returns 0,
** or 1 if this machine or build has no such set. */
int rnn_kernels_force(const char *name);

#endif
