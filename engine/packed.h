/* packed.h - weights in the form that the product kernel reads, made once after they have changed.
**
** A general matrix product first copies its operands into panels that fit its registers. For the
** products of single steps, h W_hh^T and dG W_hh with n = 8...64 rows, that copy of the same W_hh at
** every step costs as much as the product. So a network keeps each of its recurrent and input
** matrices as panels, in both directions:
**
**   W [k x m] is cut into panels of as many columns as the kernel's block of registers is wide;
**   a panel lies row by row, one element for each column, zeros behind column m.
**
** The width of panels belongs to an instruction set (kernels.h). What is packed is a copy: the
** parameters in the network's flat buffer stay what they are. rnn_net_parameters (net.h) marks the
** copy stale; the first passes after that bring it up to date, all threads that wait for it taking
** part. No thread holds a lock, nothing is allocated.
*/
#ifndef RNN_PACKED_H
#define RNN_PACKED_H

#include "kernels.h"

/* A matrix W [k x m] with W[i][j] at source[i * down + j * right]. */
typedef struct rnn_packed {
    size_t k, m, source, down, right; /* source: offset into the parameters */
    real *data;                       /* [rnn_packed_size] */
} rnn_packed;

typedef struct rnn_packing rnn_packing; /* packed.c */

/* Reals that a packed matrix takes, whatever the instruction set. */
uint64_t rnn_packed_size(size_t k, size_t m);
/* Takes over matrices of which k = 0 where there is none: those before `forward` are needed by
** every pass, the others by backward passes alone. data is set here. */
rnn_status rnn_packing_create(rnn_context *ctx, const rnn_packed *matrix, size_t matrices,
                              size_t forward, rnn_packing **out);
void rnn_packing_free(rnn_context *ctx, rnn_packing *p);
/* The parameters are about to change, or have changed. Not while a pass runs. */
void rnn_packing_stale(rnn_packing *p);
/* Before a pass, on any thread: when it returns, the matrices hold what `parameter` does. */
void rnn_packing_refresh(rnn_packing *p, const real *parameter, int backward);
/* Matrix number i. */
const rnn_packed *rnn_packing_matrix(const rnn_packing *p, size_t i);
/* c [n x m] = start + a [n x k] W. start [n x m]; NULL: zero; ld_start 0: the same vector for every
** row; may be c. The result of a row does not depend on the other rows. */
static inline void rnn_packed_product(const rnn_packed *w, size_t n, const real *a, size_t lda,
                                      const real *start, size_t ld_start, real *c, size_t ldc) {
    rnn_kernels_get()->product(n, w->k, w->m, a, lda, w->data, start, ld_start, c, ldc);
}

#endif
