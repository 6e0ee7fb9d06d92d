/* ridge_sums.c - many rows: sums of products, added up block by block. See ridge.h.
**
** With s = sum of v, z and y as measured by the first block: sums of v z z^T, v z y^T, v z, v y. A
** model's system is made of them less the part of the means.
*/
#include <math.h>
#include <string.h>

#include "cholesky.h"
#include "gemm.h"
#include "ridge_internal.h"

enum { ROWS = 64 };
static const double MOST_LAMBDA = 1e6; /* of features, where rounding asks for more than is given */

struct rnn_ridge_sums {
    rnn_context *ctx;
    rnn_pool *pool;
    size_t F, K;
    double *mean, *factor; /* [F] of the first block */
    real *gram, *l, *work; /* [F x F], lower half; scratch */
    double *cross;         /* [F x K] */
    double *sum_z, *sum_y; /* [F]; [K] */
    double total;          /* of the weights */
    double *solution;      /* [F x K] */
    const rnn_ridge_data *adding;
};

rnn_status rnn_ridge_sums_create(rnn_context *ctx, rnn_pool *pool, const rnn_ridge_data *data,
                                 rnn_ridge_sums **out) {
    size_t F = data->features, K = data->outputs;
    *out = NULL;
    rnn_ridge_sums *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->pool = pool;
    s->F = F;
    s->K = K;
    s->mean = rnn_alloc_array(ctx, F, 3 * sizeof *s->mean);
    if (s->mean) s->gram = rnn_alloc_array_zero(ctx, (uint64_t)F * F, 2 * sizeof *s->gram);
    if (s->gram) s->work = rnn_alloc_array(ctx, rnn_cholesky_scratch(F), sizeof *s->work);
    if (s->work) s->cross = rnn_alloc_array_zero(ctx, (uint64_t)F * K, 2 * sizeof *s->cross);
    if (s->cross) s->sum_y = rnn_alloc_array_zero(ctx, K, sizeof *s->sum_y);
    if (!s->sum_y) {
        rnn_ridge_sums_free(s);
        return ctx->status;
    }
    s->factor = s->mean + F;
    s->sum_z = s->factor + F;
    memset(s->sum_z, 0, F * sizeof *s->sum_z);
    s->l = s->gram + F * F;
    s->solution = s->cross + F * K;
    rnn_ridge_measure(pool, data, s->mean, s->factor);
    *out = s;
    return RNN_OK;
}

void rnn_ridge_sums_free(rnn_ridge_sums *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    rnn_free(ctx, s->mean);
    rnn_free(ctx, s->gram);
    rnn_free(ctx, s->work);
    rnn_free(ctx, s->cross);
    rnn_free(ctx, s->sum_y);
    rnn_free(ctx, s);
}

/* Task: a block of the sums' rows, up to the diagonal, and their products with the targets. */
static void add_rows(void *arg, size_t task) {
    rnn_ridge_sums *s = arg;
    const rnn_ridge_data *d = s->adding;
    size_t i = task * ROWS, F = s->F, m = F - i < ROWS ? F - i : ROWS;
    rnn_gemm_tn(m, i + m, d->count, d->x + i, F, d->x, F, 1, s->gram + i * F, F);
    for (size_t r = 0; r < d->count; r++) {
        double root = d->weight ? sqrt(d->weight[r]) : 1;
        for (size_t j = i; j < i + m; j++) {
            double z = root * (double)d->x[r * F + j];
            s->sum_z[j] += z;
            for (size_t k = 0; k < s->K; k++) s->cross[j * s->K + k] += z * d->y[r * s->K + k];
        }
    }
}

void rnn_ridge_sums_add(rnn_ridge_sums *s, const rnn_ridge_data *data) {
    rnn_ridge_scale(s->pool, data, s->mean, s->factor);
    for (size_t r = 0; r < data->count; r++) {
        double w = data->weight ? data->weight[r] : 1;
        s->total += w;
        for (size_t k = 0; k < s->K; k++) s->sum_y[k] += w * data->y[r * s->K + k];
    }
    s->adding = data;
    rnn_pool_run(s->pool, (s->F + ROWS - 1) / ROWS, add_rows, s);
}

typedef struct system_of {
    rnn_ridge_sums *s;
    double lambda;
} system_of;

/* Task: some rows of a model's system. */
static void make_rows(void *arg, size_t task) {
    const system_of *y = arg;
    rnn_ridge_sums *s = y->s;
    size_t F = s->F, end = (task + 1) * ROWS < F ? (task + 1) * ROWS : F;
    for (size_t i = task * ROWS; i < end; i++) {
        double share = s->sum_z[i] / s->total;
        for (size_t j = 0; j <= i; j++)
            s->l[i * F + j] = (real)(((double)s->gram[i * F + j] - share * s->sum_z[j]));
        s->l[i * F + i] += (real)y->lambda;
    }
}

rnn_status rnn_ridge_sums_solve(rnn_ridge_sums *s, double lambda, rnn_ridge *m) {
    size_t F = s->F, K = s->K;
    rnn_status status = rnn_ridge_init(s->ctx, m, F, K);
    int solved = 0;
    while (!solved && status == RNN_OK) {
        system_of y = {s, lambda * (double)F};
        if (lambda > MOST_LAMBDA)
            status =
                rnn_fail(s->ctx, RNN_DATA, "the linear model of %zu features has no solution", F);
        if (status == RNN_OK) status = rnn_check(s->ctx);
        if (status) break;
        rnn_pool_run(s->pool, (F + ROWS - 1) / ROWS, make_rows, &y);
        solved = rnn_cholesky(s->pool, F, s->l, s->work) == 0;
        if (!solved) lambda *= 10;
    }
    if (status) {
        rnn_ridge_free(s->ctx, m);
        return status;
    }
    for (size_t j = 0; j < F; j++) {
        for (size_t k = 0; k < K; k++)
            s->solution[j * K + k] = s->cross[j * K + k] - s->sum_z[j] * s->sum_y[k] / s->total;
    }
    rnn_cholesky_solve(s->pool, F, s->l, K, s->solution);
    m->lambda = lambda;
    for (size_t i = 0; i < F * K; i++) m->weight[i] = (real)s->solution[i];
    double *mean_y = s->solution; /* its work is done */
    for (size_t k = 0; k < K; k++) {
        mean_y[k] = s->sum_y[k] / s->total;
        for (size_t j = 0; j < F; j++) /* of the rows, not of the first block alone */
            mean_y[k] -= (double)m->weight[j * K + k] * s->sum_z[j] / s->total;
    }
    rnn_ridge_fold(m, s->mean, s->factor, mean_y);
    return RNN_OK;
}
