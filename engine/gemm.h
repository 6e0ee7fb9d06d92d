/* gemm.h - matrix products, through CBLAS.
**
** Row-major, as everywhere in the engine. For the products that are large and happen once: gradients
** of weights over many rows, heads, attention. Products of steps with the layers' weights are
** packed.h's. A call is single-threaded (the
** serial OpenBLAS) and its result depends on its arguments alone: the worker pool parallelises
** above it. A single row (a stream, a scalar prediction) is multiplied as a vector: 3 to 4 times as
** fast as the general product.
*/
#ifndef RNN_GEMM_H
#define RNN_GEMM_H

#include "status.h"

/* C [m x n] = A [m x k] B^T + beta C, B is [n x k]: inputs times a weight matrix as PyTorch stores
** it. Leading dimensions in elements. */
void rnn_gemm_nt(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
                 real beta, real *c, size_t ldc);
/* C [m x n] = A [m x k] B + beta C, B is [k x n]: gradients back through a weight matrix. */
void rnn_gemm_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
                 real beta, real *c, size_t ldc);
/* C [m x n] = A^T B + beta C, A is [k x m], B is [k x n]: weight gradients, summed over k rows. */
void rnn_gemm_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
                 real beta, real *c, size_t ldc);
/* The same with beta 1, by the kernels' own product where the set in use has one. */
void rnn_gemm_add_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                     size_t ldb, real *c, size_t ldc);
/* Name and version of the BLAS in use, static text. */
const char *rnn_blas_name(void);

#endif
