/* principal.c - see principal.h. */
#include "principal.h"

#include <math.h>
#include <string.h>

#include "rng.h"

enum { MOST_STEPS = 100, MOST_SWEEPS = 60, OPERATIONS = 1 << 20 };

/* A residual below this share of the largest one is rounding: the space is exhausted. */
static const double EXHAUSTED = 1e-12;

/* What one decomposition works on. */
typedef struct lanczos {
    rnn_context *ctx;
    const real *vectors;
    const double *mean;
    size_t n, E, K;
    double *basis;  /* [K x E] orthonormal rows */
    double *matrix; /* [K x K] C on the basis; its diagonal becomes the eigenvalues */
    double *turn;   /* [K x K] columns: eigenvectors of `matrix` */
    double *next;   /* [E] */
    double largest; /* norm of a residual so far */
} lanczos;

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* ---- passes over the vectors ----------------------------------------------------------------- */

/* Every how many vectors of E elements to look for an interrupt. */
static size_t check_every(size_t E) { return OPERATIONS / E + 1; }

static rnn_status find_mean(rnn_context *ctx, const real *vectors, size_t n, size_t E,
                            double *mean) {
    memset(mean, 0, E * sizeof *mean);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < E; j++) mean[j] += (double)vectors[i * E + j];
        if (i % check_every(E) == 0 && rnn_check(ctx) != RNN_OK) return ctx->status;
    }
    for (size_t j = 0; j < E && n > 0; j++) mean[j] /= (double)n;
    return RNN_OK;
}

/* next = C q. */
static rnn_status multiply(lanczos *l, const double *q) {
    size_t E = l->E;
    memset(l->next, 0, E * sizeof *l->next);
    for (size_t i = 0; i < l->n; i++) {
        const real *v = l->vectors + i * E;
        double along = 0;
        for (size_t j = 0; j < E; j++) along += ((double)v[j] - l->mean[j]) * q[j];
        for (size_t j = 0; j < E; j++) l->next[j] += ((double)v[j] - l->mean[j]) * along;
        if (i % check_every(E) == 0 && rnn_check(l->ctx) != RNN_OK) return l->ctx->status;
    }
    for (size_t j = 0; j < E && l->n > 0; j++) l->next[j] /= (double)l->n;
    return RNN_OK;
}

/* ---- the basis ------------------------------------------------------------------------------- */

/* Takes out of `next` what lies along the first k rows of the basis, and gives its length; twice,
** for the first time leaves rounding behind. */
static double orthogonalise(lanczos *l, size_t k) {
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < k; i++) {
            const double *q = l->basis + i * l->E;
            double along = dot(q, l->next, l->E);
            for (size_t j = 0; j < l->E; j++) l->next[j] -= along * q[j];
        }
    }
    return sqrt(dot(l->next, l->next, l->E));
}

/* Row k of the basis from `next`, whose length is given. */
static void append(lanczos *l, size_t k, double length) {
    for (size_t j = 0; j < l->E; j++) l->basis[k * l->E + j] = l->next[j] / length;
}

/* Row k of the basis in a direction of no meaning: the first one, and where C has no more to say. */
static void append_random(lanczos *l, size_t k) {
    double length = 0;
    for (uint64_t attempt = 0; length < 1e-6; attempt++) {
        uint64_t key = rnn_stream(0, k, attempt);
        for (size_t j = 0; j < l->E; j++) l->next[j] = rnn_normal(key, j);
        length = orthogonalise(l, k);
    }
    append(l, k, length);
}

/* Basis and matrix. The matrix is tridiagonal; all of its elements are set. */
static rnn_status build(lanczos *l) {
    size_t K = l->K;
    append_random(l, 0);
    for (size_t k = 0; k < K; k++) {
        const double *q = l->basis + k * l->E;
        rnn_status status = multiply(l, q);
        if (status) return status;
        l->matrix[k * K + k] = dot(q, l->next, l->E);
        if (k + 1 == K) break;
        double length = orthogonalise(l, k + 1);
        l->largest = length > l->largest ? length : l->largest;
        if (length > EXHAUSTED * l->largest) {
            append(l, k + 1, length);
            l->matrix[k * K + k + 1] = l->matrix[(k + 1) * K + k] = length;
        } else {
            append_random(l, k + 1);
        }
    }
    return RNN_OK;
}

/* ---- eigenvectors of the small matrix -------------------------------------------------------- */

/* Turns the plane (p, q) so that matrix[p][q] becomes 0. */
static void rotate(lanczos *l, size_t p, size_t q) {
    size_t K = l->K;
    double *a = l->matrix, off = a[p * K + q];
    double theta = (a[q * K + q] - a[p * K + p]) / (2 * off);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + hypot(theta, 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (size_t i = 0; i < K; i++) {
        double x = a[i * K + p], y = a[i * K + q];
        a[i * K + p] = c * x - s * y;
        a[i * K + q] = s * x + c * y;
    }
    for (size_t i = 0; i < K; i++) {
        double x = a[p * K + i], y = a[q * K + i];
        a[p * K + i] = c * x - s * y;
        a[q * K + i] = s * x + c * y;
    }
    for (size_t i = 0; i < K; i++) {
        double x = l->turn[i * K + p], y = l->turn[i * K + q];
        l->turn[i * K + p] = c * x - s * y;
        l->turn[i * K + q] = s * x + c * y;
    }
    a[p * K + q] = a[q * K + p] = 0;
}

/* Cyclic Jacobi: sweeps over all pairs until nothing is left beside the diagonal that would move an
** eigenvalue. Convergence is quadratic; ten sweeps are many. */
static rnn_status diagonalise(lanczos *l) {
    size_t K = l->K, turned = 1;
    double scale = 0;
    for (size_t i = 0; i < K; i++) l->turn[i * K + i] = 1;
    for (size_t i = 0; i < K * K; i++) scale = fmax(scale, fabs(l->matrix[i]));
    for (int sweep = 0; turned > 0 && sweep < MOST_SWEEPS; sweep++) {
        turned = 0;
        for (size_t p = 0; p + 1 < K; p++) {
            for (size_t q = p + 1; q < K; q++) {
                if (!(fabs(l->matrix[p * K + q]) > 1e-17 * scale)) continue;
                rotate(l, p, q);
                turned++;
            }
        }
        rnn_status status = rnn_check(l->ctx);
        if (status) return status;
    }
    return RNN_OK;
}

/* The index of the largest eigenvalue, but for `but`. */
static size_t largest(const lanczos *l, size_t but) {
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < l->K; i++) {
        if (i == but) continue;
        if (best == SIZE_MAX || l->matrix[i * l->K + i] > l->matrix[best * l->K + best]) best = i;
    }
    return best;
}

/* Eigenvector i as an axis: unit length, sign as the header says. */
static void make_axis(const lanczos *l, size_t i, double *axis) {
    size_t top = 0;
    memset(axis, 0, l->E * sizeof *axis);
    for (size_t k = 0; k < l->K; k++) {
        double share = l->turn[k * l->K + i];
        for (size_t j = 0; j < l->E; j++) axis[j] += share * l->basis[k * l->E + j];
    }
    for (size_t j = 1; j < l->E; j++) top = fabs(axis[j]) > fabs(axis[top]) ? j : top;
    double length = sqrt(dot(axis, axis, l->E)) * (axis[top] < 0 ? -1 : 1);
    for (size_t j = 0; j < l->E; j++) axis[j] /= length;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static rnn_status decompose(lanczos *l, rnn_principal *out) {
    rnn_status status = build(l);
    if (status == RNN_OK) status = diagonalise(l);
    if (status) return status;
    size_t first = largest(l, SIZE_MAX), second = largest(l, first);
    const size_t chosen[2] = {first, second};
    for (int a = 0; a < 2 && chosen[a] != SIZE_MAX; a++) {
        make_axis(l, chosen[a], out->axis[a]);
        out->variance[a] = fmax(l->matrix[chosen[a] * l->K + chosen[a]], 0);
    }
    return RNN_OK;
}

rnn_status rnn_principal_find(rnn_context *ctx, const real *vectors, size_t n, size_t width,
                              rnn_principal *out) {
    lanczos l = {.ctx = ctx, .vectors = vectors, .n = n, .E = width};
    rnn_status status = RNN_OK;
    memset(out, 0, sizeof *out);
    out->ctx = ctx;
    out->width = width;
    l.K = width < MOST_STEPS ? width : MOST_STEPS;
    l.basis = rnn_alloc_array(ctx, l.K * width, sizeof *l.basis);
    if (l.basis) l.matrix = rnn_alloc_array_zero(ctx, l.K * l.K, sizeof *l.matrix);
    if (l.matrix) l.turn = rnn_alloc_array_zero(ctx, l.K * l.K, sizeof *l.turn);
    if (l.turn) l.next = rnn_alloc_array(ctx, width, sizeof *l.next);
    if (l.next) out->mean = rnn_alloc_array(ctx, width, sizeof *out->mean);
    if (out->mean) out->axis[0] = rnn_alloc_array_zero(ctx, width, sizeof *out->axis[0]);
    if (out->axis[0]) out->axis[1] = rnn_alloc_array_zero(ctx, width, sizeof *out->axis[1]);
    if (!out->axis[1]) {
        status = ctx->status;
        goto done;
    }
    l.mean = out->mean;
    status = find_mean(ctx, vectors, n, width, out->mean);
    if (status == RNN_OK) status = decompose(&l, out);
done:
    rnn_free(ctx, l.basis);
    rnn_free(ctx, l.matrix);
    rnn_free(ctx, l.turn);
    rnn_free(ctx, l.next);
    if (status) rnn_principal_free(out);
    return status;
}

void rnn_principal_free(rnn_principal *p) {
    if (!p || !p->ctx) return;
    rnn_free(p->ctx, p->mean);
    rnn_free(p->ctx, p->axis[0]);
    rnn_free(p->ctx, p->axis[1]);
    memset(p, 0, sizeof *p);
}

double rnn_principal_project(const rnn_principal *p, const real *vector, int axis) {
    double along = 0;
    for (size_t j = 0; j < p->width; j++)
        along += ((double)vector[j] - p->mean[j]) * p->axis[axis][j];
    return along;
}
