/* principal.h - the first two principal components of a set of vectors.
**
** Of n vectors r_i of E elements (float), with mean m and covariance
**
**   C = 1/n sum_i (r_i - m)(r_i - m)^T                               [E x E]
**
** the components are the unit eigenvectors a, b of the two largest eigenvalues: the directions in
** which the vectors vary most (Pearson 1901; Hotelling 1933). x_i = a . (r_i - m), y_i = b . (r_i - m)
** is the plane picture of the vectors that keeps most of their variance. x and y are uncorrelated,
** and the variance of x is at least that of y.
**
** Found by the Lanczos method with full reorthogonalisation (Golub & Van Loan, Matrix Computations,
** 10.3): an orthonormal basis of the Krylov space of C, then the eigenvectors of C on that space by
** Jacobi's rotations (8.5). C itself is never made: a step is one pass over the vectors, so that
** memory is K E doubles, and time 4 K n E operations, for K = min(E, 100) steps. Up to 100 elements
** the basis is the whole space and the result that of a full decomposition. Beyond, x and y are
** uncorrelated all the same (they diagonalise C on the space), and what the first hundred steps
** have not found are directions hardly better than those they have.
**
** Everything is double and in one fixed order; the start comes from rng.h. An eigenvector's sign is
** free: here its element of largest magnitude (of several, the first) is positive, as in
** scikit-learn's PCA, so that a picture does not flip from one training to the next.
*/
#ifndef RNN_PRINCIPAL_H
#define RNN_PRINCIPAL_H

#include "status.h"

typedef struct rnn_principal {
    rnn_context *ctx;
    size_t width;       /* E; 0: nothing was found yet */
    double *mean;       /* [E] */
    double *axis[2];    /* [E] unit vectors; of E = 1 the second is zero */
    double variance[2]; /* along them */
} rnn_principal;

/* The components of `vectors` [n x width], width > 0. n may be 0: then everything is projected to
** (0, 0). Looks for an interrupt every million operations. *out is empty on failure. */
rnn_status rnn_principal_find(rnn_context *ctx, const real *vectors, size_t n, size_t width,
                              rnn_principal *out);
/* A zeroed one and NULL are fine. */
void rnn_principal_free(rnn_principal *p);
/* Coordinates of a vector [E], one of those given or another one, along axis 0 or 1. */
double rnn_principal_project(const rnn_principal *p, const real *vector, int axis);

#endif
