/* gemm.c - see gemm.h. */
#include "gemm.h"

#include <string.h>

#include "kernels.h"

#ifdef RNN_ACCELERATE
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

/* One row: c [n] = B a + beta c, B [n x k], or its transpose. A general product would first copy
** all of B into a packed form to use it once, which costs three times the product itself. beta is
** never 0 in the call: BLAS libraries differ in what 0 times an old NaN is. */
static void gemv(int transpose_b, size_t n, size_t k, const real *a, const real *b, size_t ldb,
                 real beta, real *c) {
    enum CBLAS_TRANSPOSE t = transpose_b ? CblasNoTrans : CblasTrans;
    int rows = (int)(transpose_b ? n : k), columns = (int)(transpose_b ? k : n);
    if (beta == 0) {
        memset(c, 0, n * sizeof *c);
        beta = 1;
    }
    if (sizeof(real) == sizeof(float)) {
        cblas_sgemv(CblasRowMajor, t, rows, columns, 1.0f, (const float *)(const void *)b, (int)ldb,
                    (const float *)(const void *)a, 1, (float)beta, (float *)(void *)c, 1);
    } else {
        cblas_dgemv(CblasRowMajor, t, rows, columns, 1.0, (const double *)(const void *)b, (int)ldb,
                    (const double *)(const void *)a, 1, (double)beta, (double *)(void *)c, 1);
    }
}

static void gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const real *a,
                 size_t lda, const real *b, size_t ldb, real beta, real *c, size_t ldc) {
    if (m == 0 || n == 0) return;
    if (m == 1 && k > 0 && !transpose_a) {
        gemv(transpose_b, n, k, a, b, ldb, beta, c);
        return;
    }
    enum CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans;
    enum CBLAS_TRANSPOSE tb = transpose_b ? CblasTrans : CblasNoTrans;
    /* The type of `real` decides; the other branch is discarded by the compiler. */
    if (sizeof(real) == sizeof(float)) {
        cblas_sgemm(CblasRowMajor, ta, tb, (int)m, (int)n, (int)k, 1.0f,
                    (const float *)(const void *)a, (int)lda, (const float *)(const void *)b,
                    (int)ldb, (float)beta, (float *)(void *)c, (int)ldc);
    } else {
        cblas_dgemm(CblasRowMajor, ta, tb, (int)m, (int)n, (int)k, 1.0,
                    (const double *)(const void *)a, (int)lda, (const double *)(const void *)b,
                    (int)ldb, (double)beta, (double *)(void *)c, (int)ldc);
    }
}

void rnn_gemm_nt(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
                 real beta, real *c, size_t ldc) {
    gemm(0, 1, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void rnn_gemm_nn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
                 real beta, real *c, size_t ldc) {
    gemm(0, 0, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void rnn_gemm_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b, size_t ldb,
                 real beta, real *c, size_t ldc) {
    gemm(1, 0, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void rnn_gemm_add_tn(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                     size_t ldb, real *c, size_t ldc) {
    const rnn_kernels *kernels = rnn_kernels_get();
    if (m == 0 || n == 0) return;
    if (kernels->outer) {
        kernels->outer(m, n, k, a, lda, b, ldb, c, ldc);
    } else {
        gemm(1, 0, m, n, k, a, lda, b, ldb, 1, c, ldc);
    }
}

const char *rnn_blas_name(void) {
#if defined(RNN_ACCELERATE)
    return "Accelerate";
#elif defined(OPENBLAS_VERSION)
    return OPENBLAS_VERSION;
#else
    return "CBLAS";
#endif
}
