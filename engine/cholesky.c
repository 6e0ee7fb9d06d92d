/* cholesky.c - see cholesky.h. */
#include "cholesky.h"

#include <math.h>
#include <string.h>

#include "gemm.h"

enum { B = 64 };

static size_t block_at(size_t n, size_t k) { return n - k < B ? n - k : B; }

size_t rnn_cholesky_scratch(size_t n) { return (n + B) * B; }

/* The factor of a block [b x b] of a, ld apart, and its inverse, [b x b] B apart. */
static int factor_block(size_t b, real *a, size_t ld, real *inverse) {
    double l[B][B] = {{0}}, x[B][B] = {{0}};
    for (size_t i = 0; i < b; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = (double)a[i * ld + j];
            for (size_t k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 0)) return 1;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    }
    for (size_t j = 0; j < b; j++) {
        for (size_t i = j; i < b; i++) {
            double sum = i == j ? 1 : 0;
            for (size_t k = j; k < i; k++) sum -= l[i][k] * x[k][j];
            x[i][j] = sum / l[i][i];
        }
    }
    for (size_t i = 0; i < b; i++) {
        for (size_t j = 0; j <= i; j++) a[i * ld + j] = (real)l[i][j];
        for (size_t j = 0; j < b; j++) inverse[i * B + j] = (real)x[i][j];
    }
    return 0;
}

/* A column of blocks under way: rows from `next` on have its panel. */
typedef struct column {
    size_t n, k, b, next;
    real *a;
    real *minus; /* [n - next x B] minus the panel */
    const real *inverse;
} column;

/* Task: a block of rows of the panel, L21 = A21 L11^-T. */
static void panel_rows(void *arg, size_t task) {
    const column *c = arg;
    size_t i = c->next + task * B, m = block_at(c->n, i), n = c->n;
    real copy[B * B] = {0};
    for (size_t r = 0; r < m; r++)
        memcpy(copy + r * B, c->a + (i + r) * n + c->k, c->b * sizeof *copy);
    rnn_gemm_nt(m, c->b, c->b, copy, B, c->inverse, B, 0, c->a + i * n + c->k, n);
    for (size_t r = 0; r < m; r++) {
        for (size_t j = 0; j < c->b; j++)
            c->minus[(i - c->next + r) * B + j] = -c->a[(i + r) * n + c->k + j];
    }
}

/* Task: a block of rows of what is left, A22 -= L21 L21^T up to its diagonal. */
static void update_rows(void *arg, size_t task) {
    const column *c = arg;
    size_t i = c->next + task * B, m = block_at(c->n, i), n = c->n;
    rnn_gemm_nt(m, i + m - c->next, c->b, c->minus + (i - c->next) * B, B,
                c->a + c->next * n + c->k, n, 1, c->a + i * n + c->next, n);
}

int rnn_cholesky(rnn_pool *pool, size_t n, real *a, real *scratch) {
    real *inverse = scratch;
    for (size_t k = 0; k < n; k += B) {
        column c = {n, k, block_at(n, k), k + block_at(n, k), a, scratch + B * B, inverse};
        if (factor_block(c.b, a + k * n + k, n, inverse)) return 1;
        size_t tasks = (n - c.next + B - 1) / B;
        rnn_pool_run(pool, tasks, panel_rows, &c);
        rnn_pool_run(pool, tasks, update_rows, &c);
    }
    return 0;
}

typedef struct inversion {
    size_t n;
    const real *l;
    real *x;
} inversion;

/* Task: a column of blocks of the inverse, X_ij = -X_ii sum over k of L_ik X_kj. */
static void invert_column(void *arg, size_t task) {
    const inversion *v = arg;
    size_t n = v->n, j = task * B, w = block_at(n, j);
    real sum[B * B], diagonal[B * B], own[B * B];
    for (size_t i = j; i < n; i += B) {
        size_t h = block_at(n, i);
        for (size_t r = 0; r < h; r++) {
            memset(own + r * B, 0, B * sizeof *own);
            memcpy(own + r * B, v->l + (i + r) * n + i, (r + 1) * sizeof *own);
        }
        for (size_t c = 0; c < h; c++) {
            for (size_t r = 0; r < h; r++) {
                double s = r == c ? 1 : 0;
                for (size_t k = c; k < r; k++)
                    s -= (double)own[r * B + k] * (double)diagonal[k * B + c];
                diagonal[r * B + c] = r < c ? 0 : (real)(s / (double)own[r * B + r]);
            }
        }
        if (i == j) {
            for (size_t r = 0; r < h; r++)
                memcpy(v->x + (i + r) * n + j, diagonal + r * B, w * sizeof *sum);
            continue;
        }
        rnn_gemm_nn(h, w, i - j, v->l + i * n + j, n, v->x + j * n + j, n, 0, sum, B);
        for (size_t r = 0; r < h * B; r++) diagonal[r] = -diagonal[r];
        rnn_gemm_nn(h, w, h, diagonal, B, sum, B, 0, v->x + i * n + j, n);
    }
}

void rnn_cholesky_invert(rnn_pool *pool, size_t n, const real *l, real *inverse) {
    inversion v = {n, l, inverse};
    memset(inverse, 0, n * n * sizeof *inverse);
    rnn_pool_run(pool, (n + B - 1) / B, invert_column, &v);
}

typedef struct solving {
    size_t n, m;
    const real *l;
    double *b;
} solving;

enum { SOLVED = 8 }; /* columns of b that a task solves for */

/* Task: some columns of b. */
static void solve_columns(void *arg, size_t task) {
    const solving *s = arg;
    size_t n = s->n, m = s->m, first = task * SOLVED;
    size_t end = first + SOLVED < m ? first + SOLVED : m;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            double v = (double)s->l[i * n + k];
            for (size_t j = first; j < end; j++) s->b[i * m + j] -= v * s->b[k * m + j];
        }
        for (size_t j = first; j < end; j++) s->b[i * m + j] /= (double)s->l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = first; j < end; j++) s->b[i * m + j] /= (double)s->l[i * n + i];
        for (size_t k = 0; k < i; k++) {
            double v = (double)s->l[i * n + k];
            for (size_t j = first; j < end; j++) s->b[k * m + j] -= v * s->b[i * m + j];
        }
    }
}

void rnn_cholesky_solve(rnn_pool *pool, size_t n, const real *l, size_t m, double *b) {
    solving s = {n, m, l, b};
    rnn_pool_run(pool, (m + SOLVED - 1) / SOLVED, solve_columns, &s);
}
