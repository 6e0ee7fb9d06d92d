/* cholesky.h - symmetric positive definite systems: A = L L^T.
**
** In blocks of 64 columns, so that nearly all of the work is matrix products (gemm.h), shared out
** over a pool; a block's own factor is found in double precision. The result does not depend on the
** number of threads.
*/
#ifndef RNN_CHOLESKY_H
#define RNN_CHOLESKY_H

#include "pool.h"

/* Numbers of scratch for a matrix of n rows. */
size_t rnn_cholesky_scratch(size_t n);
/* a [n x n], of which the lower half is read, becomes L in the lower half. Returns 0, or 1 where it
** is not positive definite to working precision: a is then spoilt. */
int rnn_cholesky(rnn_pool *pool, size_t n, real *a, real *scratch);
/* inverse [n x n] = L^-1, lower half, zeros above; L as rnn_cholesky left it. */
void rnn_cholesky_invert(rnn_pool *pool, size_t n, const real *l, real *inverse);
/* b [n x m] becomes A^-1 b. */
void rnn_cholesky_solve(rnn_pool *pool, size_t n, const real *l, size_t m, double *b);

#endif
