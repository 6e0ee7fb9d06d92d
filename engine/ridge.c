/* ridge.c - few rows, many features; life and bytes of a model. See ridge.h. */
#include "ridge.h"

#include <math.h>
#include <string.h>

#include "cholesky.h"
#include "gemm.h"
#include "ridge_internal.h"

/* Penalties that are tried, as shares of the number of features, and how much smaller the errors have
** to be for a larger one. Squared errors like large ones, but with many more features than rows it
** is the smallest that tells most rows apart. */
static const double LAMBDAS[] = {1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3};
static const double GAIN = 0.9;
enum { TRIED = sizeof LAMBDAS / sizeof *LAMBDAS, ROWS = 64 };

/* ---- columns ---- */

enum { COLUMNS = 256 };

typedef struct measuring {
    const rnn_ridge_data *data;
    double total, *mean, *factor;
} measuring;

/* Task: a block of columns, weighted. The factor standardises, 0 for a constant. */
static void measure_columns(void *arg, size_t task) {
    const measuring *m = arg;
    const rnn_ridge_data *d = m->data;
    size_t first = task * COLUMNS, n = d->features - first;
    double sum[COLUMNS] = {0}, squares[COLUMNS] = {0};
    if (n > COLUMNS) n = COLUMNS;
    for (size_t i = 0; i < d->count; i++) {
        const real *x = d->x + i * d->features + first;
        double w = d->weight ? d->weight[i] : 1;
        for (size_t j = 0; j < n; j++) sum[j] += w * (double)x[j];
    }
    for (size_t j = 0; j < n; j++) sum[j] /= m->total;
    for (size_t i = 0; i < d->count; i++) {
        const real *x = d->x + i * d->features + first;
        double w = d->weight ? d->weight[i] : 1;
        for (size_t j = 0; j < n; j++)
            squares[j] += w * ((double)x[j] - sum[j]) * ((double)x[j] - sum[j]);
    }
    for (size_t j = 0; j < n; j++) {
        double s = sqrt(squares[j] / m->total), penalty = d->penalty ? d->penalty[first + j] : 1;
        m->mean[first + j] = sum[j];
        m->factor[first + j] = s > 1e-6 * (1e-6 + fabs(sum[j])) ? 1 / (s * sqrt(penalty)) : 0;
    }
}

void rnn_ridge_measure(rnn_pool *pool, const rnn_ridge_data *data, double *mean, double *factor) {
    measuring m = {data, 0, mean, factor};
    for (size_t i = 0; i < data->count; i++) m.total += data->weight ? data->weight[i] : 1;
    rnn_pool_run(pool, (data->features + COLUMNS - 1) / COLUMNS, measure_columns, &m);
}

typedef struct scaling {
    const rnn_ridge_data *data;
    const double *mean, *factor;
} scaling;

/* Task: a block of rows, standardised and weighted. */
static void scale_rows(void *arg, size_t task) {
    const scaling *s = arg;
    const rnn_ridge_data *d = s->data;
    size_t end = (task + 1) * ROWS < d->count ? (task + 1) * ROWS : d->count;
    for (size_t i = task * ROWS; i < end; i++) {
        double root = d->weight ? sqrt(d->weight[i]) : 1;
        real *x = d->x + i * d->features;
        for (size_t j = 0; j < d->features; j++)
            x[j] = (real)(root * s->factor[j] * ((double)x[j] - s->mean[j]));
    }
}

void rnn_ridge_scale(rnn_pool *pool, const rnn_ridge_data *data, const double *mean,
                     const double *factor) {
    scaling s = {data, mean, factor};
    rnn_pool_run(pool, (data->count + ROWS - 1) / ROWS, scale_rows, &s);
}

void rnn_ridge_fold(rnn_ridge *m, const double *mean, const double *factor, const double *mean_y) {
    for (size_t k = 0; k < m->outputs; k++) {
        double bias = mean_y[k];
        for (size_t j = 0; j < m->features; j++) {
            real *w = &m->weight[j * m->outputs + k];
            *w = (real)(factor[j] * (double)*w);
            bias -= mean[j] * (double)*w;
        }
        m->bias[k] = (real)bias;
    }
}

/* ---- few rows ---- */

typedef struct dual {
    rnn_context *ctx;
    rnn_pool *pool;
    const rnn_ridge_data *data;
    size_t n, block;                 /* block: first one under way */
    double *mean, *factor;           /* [features] */
    double *mean_y, *y;              /* [outputs]; [n x outputs] centred and weighted */
    double *root;                    /* [n] of the rows' weights */
    double total;                    /* of the weights */
    real *gram, *l, *inverse, *work; /* [n x n]; scratch */
    double *c, *best, *miss, *part;  /* [n x outputs] */
    size_t folds;
    double *block_inverse; /* [rows of a fold] squared */
} dual;

static void dual_free(dual *d) {
    rnn_free(d->ctx, d->mean);
    rnn_free(d->ctx, d->mean_y);
    rnn_free(d->ctx, d->y);
    rnn_free(d->ctx, d->root);
    rnn_free(d->ctx, d->gram);
    rnn_free(d->ctx, d->work);
}

static rnn_status dual_init(dual *d) {
    size_t n = d->n, K = d->data->outputs, m = (n + d->folds - 1) / d->folds;
    d->mean = rnn_alloc_array(d->ctx, d->data->features, 2 * sizeof *d->mean);
    if (d->mean) d->mean_y = rnn_alloc_array_zero(d->ctx, K, sizeof *d->mean_y);
    if (d->mean_y) d->y = rnn_alloc_array(d->ctx, (uint64_t)n * K, 5 * sizeof *d->y);
    if (d->y) d->root = rnn_alloc_array(d->ctx, n + (uint64_t)m * m, sizeof *d->root);
    if (d->root)
        d->gram = rnn_alloc_array(d->ctx, (uint64_t)n * (n + n + (n > K ? n : K)), sizeof *d->gram);
    if (d->gram) d->work = rnn_alloc_array(d->ctx, rnn_cholesky_scratch(n), sizeof *d->work);
    if (!d->work) return d->ctx->status;
    d->factor = d->mean + d->data->features;
    d->block_inverse = d->root + n;
    d->c = d->y + n * K;
    d->best = d->c + n * K;
    d->miss = d->best + n * K;
    d->part = d->miss + n * K;
    d->inverse = d->gram + n * n;
    d->l = d->inverse + n * n;
    return RNN_OK;
}

static void center_targets(dual *d) {
    const rnn_ridge_data *data = d->data;
    size_t K = data->outputs;
    for (size_t i = 0; i < d->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        d->root[i] = sqrt(w);
        d->total += w;
        for (size_t k = 0; k < K; k++) d->mean_y[k] += w * data->y[i * K + k];
    }
    for (size_t k = 0; k < K; k++) d->mean_y[k] /= d->total;
    for (size_t i = 0; i < d->n; i++) {
        for (size_t k = 0; k < K; k++)
            d->y[i * K + k] = d->root[i] * (data->y[i * K + k] - d->mean_y[k]);
    }
}

/* Task: a block of rows of Z Z^T / features, up to its diagonal. The direction of the rows' weights,
** in which there is nothing because the columns are centred, is filled with 1, or the leverage of a
** row would be the small difference of large numbers. */
static void gram_rows(void *arg, size_t task) {
    const dual *d = arg;
    size_t i = (d->block + task) * ROWS, F = d->data->features, n = d->n;
    size_t m = n - i < ROWS ? n - i : ROWS;
    rnn_gemm_nt(m, i + m, F, d->data->x + i * F, F, d->data->x, F, 0, d->gram + i * n, n);
    for (size_t r = i; r < i + m; r++) {
        for (size_t j = 0; j < i + m; j++)
            d->gram[r * n + j] =
                (real)((double)d->gram[r * n + j] / (double)F + d->root[r] * d->root[j] / d->total);
    }
}

/* g [m x m] = the rows f, f + folds ... of (Z Z^T + lambda)^-1, less its part in the direction of the
** rows' weights, which is not the model's. */
static void fold_inverse(const dual *d, double lambda, size_t f, size_t folds, size_t m,
                         double *g) {
    size_t n = d->n;
    memset(g, 0, m * m * sizeof *g);
    for (size_t k = f; k < n; k++) {
        const real *x = d->inverse + k * n;
        for (size_t a = 0; a < m && f + a * folds <= k; a++) {
            double v = (double)x[f + a * folds];
            for (size_t b = 0; b <= a; b++) g[a * m + b] += v * (double)x[f + b * folds];
        }
    }
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b <= a; b++)
            g[a * m + b] -=
                d->root[f + a * folds] * d->root[f + b * folds] / d->total / (1 + lambda);
    }
}

/* b [m x K] = g^-1 b by Cholesky's decomposition, in place. */
static void solve_fold(size_t m, double *g, size_t K, double *b) {
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = g[i * m + j];
            for (size_t k = 0; k < j; k++) sum -= g[i * m + k] * g[j * m + k];
            g[i * m + j] = i == j ? sqrt(fmax(sum, 1e-12)) : sum / g[j * m + j];
        }
        for (size_t q = 0; q < K; q++) {
            double sum = b[i * K + q];
            for (size_t k = 0; k < i; k++) sum -= g[i * m + k] * b[k * K + q];
            b[i * K + q] = sum / g[i * m + i];
        }
    }
    for (size_t i = m; i-- > 0;) {
        for (size_t q = 0; q < K; q++) {
            double sum = b[i * K + q];
            for (size_t k = i + 1; k < m; k++) sum -= g[k * m + i] * b[k * K + q];
            b[i * K + q] = sum / g[i * m + i];
        }
    }
}

/* What rows miss when their fold is left out, weighted, into d->miss, from d->inverse and d->c. */
static void leave_out(dual *d, double lambda) {
    size_t n = d->n, K = d->data->outputs, folds = d->folds;
    for (size_t f = 0; f < folds; f++) {
        size_t m = (n - f + folds - 1) / folds;
        fold_inverse(d, lambda, f, folds, m, d->block_inverse);
        for (size_t a = 0; a < m; a++)
            memcpy(d->part + a * K, d->c + (f + a * folds) * K, K * sizeof *d->part);
        solve_fold(m, d->block_inverse, K, d->part);
        for (size_t a = 0; a < m; a++)
            memcpy(d->miss + (f + a * folds) * K, d->part + a * K, K * sizeof *d->part);
    }
}

/* The sum of squared errors of the rows, their folds left out, with this lambda; d->c are the
** coefficients. NaN: it cannot be solved. */
static double try_lambda(dual *d, double lambda) {
    size_t n = d->n, K = d->data->outputs;
    double error = 0;
    memcpy(d->l, d->gram, n * n * sizeof *d->l);
    for (size_t i = 0; i < n; i++) d->l[i * n + i] += (real)lambda;
    if (rnn_cholesky(d->pool, n, d->l, d->work)) return NAN;
    rnn_cholesky_invert(d->pool, n, d->l, d->inverse);
    memcpy(d->c, d->y, n * K * sizeof *d->c);
    rnn_cholesky_solve(d->pool, n, d->l, K, d->c);
    leave_out(d, lambda);
    for (size_t i = 0; i < n * K; i++) error += d->miss[i] * d->miss[i];
    return error;
}

/* The best of the lambdas: its coefficients into d->best, what rows get from the others. */
static rnn_status choose_lambda(dual *d, double *lambda, double *left_out) {
    size_t n = d->n, K = d->data->outputs;
    double least = INFINITY;
    for (size_t i = 0; i < TRIED; i++) {
        rnn_status status = rnn_check(d->ctx);
        if (status) return status;
        double error = try_lambda(d, LAMBDAS[i]);
        if (!(error < GAIN * least)) continue;
        least = error;
        *lambda = LAMBDAS[i];
        memcpy(d->best, d->c, n * K * sizeof *d->c);
        for (size_t r = 0; r < n * K; r++)
            left_out[r] = d->data->y[r] - d->miss[r] / d->root[r / K];
    }
    if (isfinite(least)) return RNN_OK;
    return rnn_fail(d->ctx, RNN_DATA, "the linear model of %zu features has no solution",
                    d->data->features);
}

typedef struct weighing {
    const dual *d;
    const real *c; /* [n x outputs] coefficients */
    rnn_ridge *m;
} weighing;

/* Task: the weights of a block of features, Z^T c / features. */
static void weigh_columns(void *arg, size_t task) {
    const weighing *w = arg;
    size_t F = w->d->data->features, K = w->d->data->outputs, first = task * COLUMNS;
    size_t n = F - first < COLUMNS ? F - first : COLUMNS;
    real *to = w->m->weight + first * K;
    rnn_gemm_tn(n, K, w->d->n, w->d->data->x + first, F, w->c, K, 0, to, K);
    for (size_t i = 0; i < n * K; i++) to[i] /= (real)F;
}

/* Rows of Z Z^T, a few blocks at a time between two looks at the interrupt flag. */
static rnn_status make_gram(dual *d) {
    enum { AT_A_TIME = 4 };
    size_t blocks = (d->n + ROWS - 1) / ROWS;
    rnn_status status = RNN_OK;
    for (d->block = 0; d->block < blocks && status == RNN_OK; d->block += AT_A_TIME) {
        size_t left = blocks - d->block;
        rnn_pool_run(d->pool, left < AT_A_TIME ? left : AT_A_TIME, gram_rows, d);
        status = rnn_check(d->ctx);
    }
    return status;
}

rnn_status rnn_ridge_train(rnn_context *ctx, rnn_pool *pool, const rnn_ridge_data *data,
                           rnn_ridge *m, double *left_out) {
    dual d = {.ctx = ctx, .pool = pool, .data = data, .n = data->count};
    d.folds = data->folds && data->folds < d.n ? data->folds : d.n;
    memset(m, 0, sizeof *m);
    rnn_status status = rnn_ridge_init(ctx, m, data->features, data->outputs);
    if (status == RNN_OK) status = dual_init(&d);
    if (status == RNN_OK) {
        center_targets(&d);
        rnn_ridge_measure(pool, data, d.mean, d.factor);
        rnn_ridge_scale(pool, data, d.mean, d.factor);
        status = make_gram(&d);
    }
    if (status == RNN_OK) status = choose_lambda(&d, &m->lambda, left_out);
    if (status == RNN_OK) {
        weighing w = {&d, d.l, m}; /* its work is done */
        for (size_t i = 0; i < d.n * data->outputs; i++) d.l[i] = (real)d.best[i];
        rnn_pool_run(pool, (data->features + COLUMNS - 1) / COLUMNS, weigh_columns, &w);
        rnn_ridge_fold(m, d.mean, d.factor, d.mean_y);
    }
    dual_free(&d);
    if (status) rnn_ridge_free(ctx, m);
    return status;
}

/* ---- models ---- */

rnn_status rnn_ridge_init(rnn_context *ctx, rnn_ridge *m, size_t features, size_t outputs) {
    memset(m, 0, sizeof *m);
    m->weight = rnn_alloc_array_zero(ctx, (uint64_t)features * outputs, sizeof *m->weight);
    if (m->weight) m->bias = rnn_alloc_array_zero(ctx, outputs, sizeof *m->bias);
    if (!m->bias) {
        rnn_ridge_free(ctx, m);
        return ctx->status;
    }
    m->features = features;
    m->outputs = outputs;
    return RNN_OK;
}

void rnn_ridge_free(rnn_context *ctx, rnn_ridge *m) {
    rnn_free(ctx, m->weight);
    rnn_free(ctx, m->bias);
    memset(m, 0, sizeof *m);
}

void rnn_ridge_predict(const rnn_ridge *m, const real *x, real *out) {
    enum { PIECE = 16 };
    for (size_t first = 0; first < m->outputs; first += PIECE) {
        size_t n = m->outputs - first < PIECE ? m->outputs - first : PIECE;
        double sum[PIECE];
        for (size_t k = 0; k < n; k++) sum[k] = (double)m->bias[first + k];
        for (size_t j = 0; j < m->features; j++) {
            const real *w = m->weight + j * m->outputs + first;
            for (size_t k = 0; k < n; k++) sum[k] += (double)x[j] * (double)w[k];
        }
        for (size_t k = 0; k < n; k++) out[first + k] = (real)sum[k];
    }
}

void rnn_ridge_write(const rnn_ridge *m, rnn_writer *w) {
    rnn_write_u64(w, m->features);
    rnn_write_u64(w, m->outputs);
    rnn_write_f64(w, m->lambda);
    rnn_write_reals(w, m->bias, m->outputs);
    rnn_write_reals(w, m->weight, m->features * m->outputs);
}

rnn_status rnn_ridge_read(rnn_context *ctx, rnn_reader *r, rnn_ridge *m) {
    memset(m, 0, sizeof *m);
    size_t features = rnn_read_count(r, sizeof(float));
    size_t outputs = rnn_read_count(r, features ? features * sizeof(float) : 1);
    double lambda = rnn_read_f64(r);
    if (r->failed || (features == 0) != (outputs == 0))
        return rnn_fail(ctx, RNN_MODEL, "the ridge model is corrupt");
    if (features == 0) return RNN_OK;
    rnn_status status = rnn_ridge_init(ctx, m, features, outputs);
    if (status) return status;
    m->lambda = lambda;
    rnn_read_reals(r, m->bias, outputs);
    rnn_read_reals(r, m->weight, features * outputs);
    for (size_t i = 0; i < features * outputs; i++)
        if (!isfinite(m->weight[i])) r->failed = 1;
    for (size_t k = 0; k < outputs; k++)
        if (!isfinite(m->bias[k])) r->failed = 1;
    if (!r->failed) return RNN_OK;
    rnn_ridge_free(ctx, m);
    return rnn_fail(ctx, RNN_MODEL, "the ridge model is corrupt");
}
