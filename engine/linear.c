/* linear.c - see linear.h. */
#include "linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradient.h"
#include "rng.h"
#include "schedule.h"

enum { BATCH = 32, EPOCHS = 10, MAX_BITS = 20, MANY_CLASSES = 64 };
static const double SMOOTH = 0.3; /* a */

/* ---- keys ---- */

/* Row of a key, or SIZE_MAX. */
static size_t find_row(const rnn_linear *m, uint32_t key) {
    size_t bucket = key >> (32 - m->bits);
    for (size_t row = m->start[bucket]; row < m->start[bucket + 1]; row++) {
        if (m->key[row] == key) return row;
    }
    return SIZE_MAX;
}

/* The index over m->key [rows]: about one key a bucket, for they are hashes. */
static rnn_status make_index(rnn_context *ctx, rnn_linear *m) {
    m->bits = 1;
    while (m->bits < MAX_BITS && ((size_t)1 << m->bits) < m->rows) m->bits++;
    size_t buckets = (size_t)1 << m->bits, row = 0;
    m->start = rnn_alloc_array(ctx, buckets + 1, sizeof *m->start);
    if (!m->start) return ctx->status;
    for (size_t b = 0; b <= buckets; b++) {
        while (row < m->rows && (m->key[row] >> (32 - m->bits)) < b) row++;
        m->start[b] = (uint32_t)row;
    }
    return RNN_OK;
}

/* Room for the weights of rows x classes, and the index. m->key is there. */
static rnn_status make_rows(rnn_context *ctx, rnn_linear *m, size_t classes) {
    m->classes = classes;
    m->theta = rnn_alloc_array_zero(ctx, (uint64_t)m->rows * classes, sizeof *m->theta);
    if (m->theta) m->bias = rnn_alloc_array_zero(ctx, classes, sizeof *m->bias);
    return m->bias ? make_index(ctx, m) : ctx->status;
}

void rnn_linear_free(rnn_context *ctx, rnn_linear *m) {
    rnn_free(ctx, m->key);
    rnn_free(ctx, m->start);
    rnn_free(ctx, m->theta);
    rnn_free(ctx, m->bias);
    memset(m, 0, sizeof *m);
}

static int compare_keys(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Keep the keys that occur at least `least` times in sorted[0...n), once each, in `out` (which may
** be `sorted`). Returns how many. */
static size_t keep_keys(const uint32_t *sorted, size_t n, size_t least, uint32_t *out) {
    size_t kept = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && sorted[end] == sorted[i]; end++) {}
        if (end - i < least) continue;
        if (out) out[kept] = sorted[i];
        kept++;
    }
    return kept;
}

static rnn_status learn_keys(rnn_context *ctx, const rnn_linear_data *data, size_t classes,
                             rnn_linear *m) {
    size_t total = 0, n = 0, least = 1, most = RNN_LINEAR_WEIGHTS / classes;
    if (most > RNN_LINEAR_MOST) most = RNN_LINEAR_MOST;
    for (size_t i = 0; i < data->count; i++) total += data->text[i].count;
    m->key = rnn_alloc_array(ctx, total, sizeof *m->key);
    if (!m->key) return ctx->status;
    for (size_t i = 0; i < data->count; i++) {
        if (!(data->weight[i] > 0) || !data->text[i].count) continue;
        memcpy(m->key + n, data->text[i].key, data->text[i].count * sizeof *m->key);
        n += data->text[i].count;
    }
    qsort(m->key, n, sizeof *m->key, compare_keys);
    while (keep_keys(m->key, n, least, NULL) > most) least++;
    m->rows = keep_keys(m->key, n, least, m->key);
    uint32_t *fitting = rnn_realloc(ctx, m->key, (m->rows ? m->rows : 1) * sizeof *fitting);
    if (!fitting) return ctx->status;
    m->key = fitting;
    return RNN_OK;
}

/* ---- using ---- */

static real value_of(size_t n) { return (real)pow((double)(n ? n : 1), -0.25); }

void rnn_linear_logits(const rnn_linear *m, const rnn_keys *text, real *out) {
    size_t K = m->classes, n = 0;
    memset(out, 0, K * sizeof *out);
    for (size_t j = 0; j < text->count; j++) {
        size_t row = find_row(m, text->key[j]);
        if (row == SIZE_MAX) continue;
        n++;
        for (size_t k = 0; k < K; k++) out[k] += m->theta[row * K + k];
    }
    real value = value_of(n);
    for (size_t k = 0; k < K; k++) out[k] = m->bias[k] + value * out[k];
}

/* ---- training ---- */

/* What training holds. */
typedef struct course {
    rnn_linear *m;
    const rnn_linear_data *data;
    size_t *first; /* [count + 1] known features of each text in `row` */
    uint32_t *row;
    real *scale, *squares; /* [rows x K] r, and Adagrad's sums of w's squared gradients */
    double *bias_squares;  /* [K] */
    real *p;               /* [K] */
    size_t *order, texts;  /* [texts] those that count */
    rnn_gradient gradient; /* of theta */
} course;

/* Features as rows. */
static rnn_status map_rows(rnn_context *ctx, course *c) {
    size_t total = 0;
    for (size_t i = 0; i < c->data->count; i++) total += c->data->text[i].count;
    c->first = rnn_alloc_array_zero(ctx, (uint64_t)c->data->count + 1, sizeof *c->first);
    if (c->first) c->row = rnn_alloc_array(ctx, total, sizeof *c->row);
    if (c->row) c->order = rnn_alloc_array(ctx, c->data->count, sizeof *c->order);
    if (!c->order) return ctx->status;
    for (size_t i = 0; i < c->data->count; i++) {
        size_t n = c->first[i];
        int counts = c->data->weight[i] > 0;
        if (counts) c->order[c->texts++] = i;
        for (size_t j = 0; counts && j < c->data->text[i].count; j++) {
            size_t row = find_row(c->m, c->data->text[i].key[j]);
            if (row != SIZE_MAX) c->row[n++] = (uint32_t)row;
        }
        c->first[i + 1] = n;
    }
    return RNN_OK;
}

/* c->scale = r. */
static rnn_status bayes_scale(rnn_context *ctx, course *c) {
    size_t K = c->m->classes;
    double *total = rnn_alloc_array_zero(ctx, K, sizeof *total), all = 0;
    double smooth = SMOOTH * (double)c->m->rows;
    if (!total) return ctx->status;
    for (size_t i = 0; i < c->data->count; i++) {
        size_t n = c->first[i + 1] - c->first[i], k = n ? (size_t)c->data->target[i] : 0;
        for (size_t j = c->first[i]; j < c->first[i + 1]; j++) c->scale[c->row[j] * K + k] += 1;
        total[k] += (double)n;
        all += (double)n;
    }
    for (size_t f = 0; f < c->m->rows; f++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++) sum += (double)c->scale[f * K + k];
        for (size_t k = 0; k < K; k++) {
            double in = (double)c->scale[f * K + k];
            c->scale[f * K + k] = (real)(log((in + SMOOTH) / (total[k] + smooth)) -
                                         log((sum - in + SMOOTH) / (all - total[k] + smooth)));
        }
    }
    rnn_free(ctx, total);
    return RNN_OK;
}

/* p = weight x (softmax(logits) - one-hot) of text i; returns the value of its features. */
static real residual(const course *c, size_t i, double weight) {
    size_t K = c->m->classes, right = (size_t)c->data->target[i];
    real value = value_of(c->first[i + 1] - c->first[i]), *p = c->p;
    double largest = -INFINITY, sum = 0;
    memset(p, 0, K * sizeof *p);
    for (size_t j = c->first[i]; j < c->first[i + 1]; j++) {
        const real *theta = c->m->theta + c->row[j] * K;
        for (size_t k = 0; k < K; k++) p[k] += theta[k];
    }
    for (size_t k = 0; k < K; k++) {
        p[k] = c->m->bias[k] + value * p[k];
        largest = fmax(largest, (double)p[k]);
    }
    for (size_t k = 0; k < K; k++) sum += exp((double)p[k] - largest);
    for (size_t k = 0; k < K; k++)
        p[k] = (real)(weight * (exp((double)p[k] - largest) / sum - (k == right)));
    return value;
}

/* One row of theta [K] by its gradient d: that of w is r times it, and a step of w moves theta by r
** times it. Plain floats, so that compilers use vectors: with many classes this is where the time
** goes. */
static void move_row(size_t K, real rate, const real *restrict r, const real *restrict d,
                     real *restrict squares, real *restrict theta) {
    for (size_t k = 0; k < K; k++) {
        real dw = r[k] * d[k];
        squares[k] += dw * dw;
        theta[k] -= rate * r[k] * dw / ((real)sqrtf((float)squares[k]) + (real)1e-10);
    }
}

/* Adagrad on what the minibatch touched. */
static void update(course *c, double rate) {
    size_t K = c->m->classes;
    const rnn_gradient *g = &c->gradient;
    for (size_t k = 0; k < K; k++) {
        double d = (double)g->dense[k];
        c->bias_squares[k] += d * d;
        c->m->bias[k] -= (real)(rate * d / (sqrt(c->bias_squares[k]) + 1e-10));
    }
    for (size_t t = 0; t < g->touched; t++) {
        size_t at = g->row[t] * K;
        move_row(K, (real)rate, c->scale + at, g->value + t * K, c->squares + at, c->m->theta + at);
    }
}

/* One step on texts order[0...n). */
static void step(course *c, const size_t *order, size_t n, double rate) {
    size_t K = c->m->classes;
    rnn_gradient_clear(&c->gradient);
    for (size_t i = 0; i < n; i++) {
        size_t text = order[i];
        real value = residual(c, text, c->data->weight[text] / (double)n);
        for (size_t k = 0; k < K; k++) c->gradient.dense[k] += c->p[k];
        for (size_t k = 0; k < K; k++) c->p[k] *= value;
        for (size_t j = c->first[text]; j < c->first[text + 1]; j++) {
            real *to = rnn_gradient_row(&c->gradient, c->row[j], K);
            for (size_t k = 0; k < K; k++) to[k] += c->p[k];
        }
    }
    update(c, rate);
}

static rnn_status course_init(rnn_context *ctx, course *c) {
    size_t K = c->m->classes, most = 0;
    uint64_t cells = (uint64_t)c->m->rows * K;
    rnn_status status = map_rows(ctx, c);
    if (status) return status;
    for (size_t i = 0; i < c->data->count; i++)
        most = c->data->text[i].count > most ? c->data->text[i].count : most;
    c->scale = rnn_alloc_array_zero(ctx, cells, sizeof *c->scale);
    if (c->scale) c->squares = rnn_alloc_array_zero(ctx, cells, sizeof *c->squares);
    if (c->squares) c->bias_squares = rnn_alloc_array_zero(ctx, K, sizeof *c->bias_squares);
    if (c->bias_squares) c->p = rnn_alloc_array(ctx, K, sizeof *c->p);
    if (!c->p) return ctx->status;
    status = rnn_gradient_init(ctx, &c->gradient, K, c->m->rows, K, BATCH * most);
    return status ? status : bayes_scale(ctx, c);
}

static void course_free(rnn_context *ctx, course *c) {
    rnn_gradient_free(ctx, &c->gradient);
    rnn_free(ctx, c->first);
    rnn_free(ctx, c->row);
    rnn_free(ctx, c->order);
    rnn_free(ctx, c->scale);
    rnn_free(ctx, c->squares);
    rnn_free(ctx, c->bias_squares);
    rnn_free(ctx, c->p);
}

rnn_status rnn_linear_train(rnn_context *ctx, const rnn_linear_data *data, size_t classes,
                            uint64_t seed, rnn_linear *m) {
    course c = {.m = m, .data = data};
    rnn_status status = learn_keys(ctx, data, classes, m);
    if (status == RNN_OK) status = make_rows(ctx, m, classes);
    if (status == RNN_OK) status = course_init(ctx, &c);
    size_t n = c.texts;
    double features = n ? (double)c.first[data->count] / (double)n : 1;
    double peak = 1.2 / pow(fmax(features, 1), 0.75);
    uint64_t steps = (uint64_t)((n + BATCH - 1) / BATCH) * EPOCHS, at = 0;
    for (uint64_t e = 0; e < EPOCHS && status == RNN_OK; e++) {
        rnn_shuffle(rnn_stream(seed, 1, e), c.order, n);
        for (size_t i = 0; i < n && status == RNN_OK; i += BATCH) {
            double rate = rnn_schedule_rate(RNN_SCHEDULE_COSINE, peak, at++, steps);
            step(&c, c.order + i, n - i < BATCH ? n - i : BATCH, rate);
            if ((at & 63) == 0 || classes > MANY_CLASSES) status = rnn_check(ctx);
        }
    }
    course_free(ctx, &c);
    if (status) rnn_linear_free(ctx, m);
    return status;
}

/* ---- format ---- */

void rnn_linear_write(const rnn_linear *m, rnn_writer *w) {
    rnn_write_u64(w, m->rows);
    rnn_write_u64(w, m->rows ? m->classes : 0);
    for (size_t i = 0; i < m->rows; i++) rnn_write_u32(w, m->key[i]);
    if (m->rows) rnn_write_reals(w, m->bias, m->classes);
    rnn_write_reals(w, m->theta, m->rows * m->classes);
}

rnn_status rnn_linear_read(rnn_context *ctx, rnn_reader *r, rnn_linear *m) {
    memset(m, 0, sizeof *m);
    size_t rows = rnn_read_count(r, sizeof(uint32_t));
    size_t classes = rnn_read_count(r, rows ? rows * sizeof(float) : 1);
    if (r->failed || rows > RNN_LINEAR_MOST || (rows == 0) != (classes == 0))
        return rnn_fail(ctx, RNN_MODEL, "the linear model is corrupt");
    if (rows == 0) return RNN_OK;
    m->rows = rows;
    m->key = rnn_alloc_array(ctx, rows, sizeof *m->key);
    rnn_status status = m->key ? RNN_OK : ctx->status;
    for (size_t i = 0; i < rows && status == RNN_OK; i++) {
        m->key[i] = rnn_read_u32(r);
        if (i > 0 && m->key[i] <= m->key[i - 1])
            status = rnn_fail(ctx, RNN_MODEL, "the linear model is corrupt");
    }
    if (status == RNN_OK) status = make_rows(ctx, m, classes);
    if (status == RNN_OK) {
        rnn_read_reals(r, m->bias, classes);
        rnn_read_reals(r, m->theta, rows * classes);
        if (r->failed) status = rnn_fail(ctx, RNN_MODEL, "the linear model is corrupt");
    }
    if (status) rnn_linear_free(ctx, m);
    return status;
}
