/* convolutions.c - see convolutions.h. */
#include "convolutions.h"

#include <math.h>
#include <string.h>

#include "rng.h"

enum {
    LANES = RNN_CONVOLVE_LANES,
    TAPS = RNN_CONVOLVE_TAPS,
    CONTENDERS = RNN_CONTEST_KERNELS,
    KERNELS = 84, /* of shapes: 9 choose 3 */
    TILES = (KERNELS + LANES - 1) / LANES,
    TILE = TAPS * LANES, /* weights */
    MOST_DILATIONS = 10,
    MOST_SUBSET = 9, /* channels that a block looks at */
    CENTER = TAPS / 2,
    MANY_BIASES = 12,     /* of a kernel: enough for twice as many dilations */
    LEARNED_PLACES = 2048 /* that the quantiles of a bias are taken from */
};
/* Random streams below the seed. */
enum { STREAM_SUBSET = 1, STREAM_CONTEST = 2, STREAM_SERIES = 3 };

/* LANES kernels, or groups of them, at one dilation. */
typedef struct block {
    int differences; /* looks at the changes of the series */
    int inside;      /* leaves out places whose kernels reach beyond the ends */
    size_t dilation;
    size_t level;   /* shapes: number of the bias, for its quantile */
    size_t weights; /* first of its weights */
    size_t channels, channel[MOST_SUBSET];
} block;

struct rnn_convolutions {
    rnn_context *ctx;
    rnn_convolution_spec spec;
    size_t blocks[RNN_CONVOLUTION_PARTS];
    block *block[RNN_CONVOLUTION_PARTS];
    real *weight[RNN_CONVOLUTION_PARTS];
    real *bias;   /* [blocks of shapes x LANES] */
    size_t reach; /* places that a kernel looks beyond the one it is at, at most */
};

/* Numbers that a block gives. */
static size_t block_features(rnn_convolution_part part) {
    return part == RNN_SHAPES ? (size_t)LANES : (size_t)2 * CONTENDERS * LANES;
}

/* ---- making ---- */

/* Powers of two, or with step 0.5 of its root, up to where a kernel spans the length. */
static size_t choose_dilations(size_t length, double step, size_t out[MOST_DILATIONS]) {
    double most = fmax(1, ((double)length - 1) / (TAPS - 1));
    double count = floor(log2(most) / step);
    size_t n = 0;
    if (count >= MOST_DILATIONS) step = log2(most) / (MOST_DILATIONS - 1);
    for (size_t i = 0; i < MOST_DILATIONS; i++) {
        double d = floor(exp2((double)i * step) + 1e-9);
        if (d > most || (n > 0 && (double)out[n - 1] >= d)) continue;
        out[n++] = (size_t)d;
    }
    return n;
}

/* Some channels, few rather than many: 1 to MOST_SUBSET, all alike. */
static void choose_channels(const rnn_convolution_spec *s, size_t part, size_t number, block *b) {
    uint64_t key = rnn_stream(rnn_stream(s->seed, STREAM_SUBSET, part), number, 0);
    size_t most = s->channels < MOST_SUBSET ? s->channels : MOST_SUBSET, draw = 1;
    b->channels = (size_t)exp2(rnn_uniform(key, 0) * log2((double)most + 1));
    if (b->channels < 1) b->channels = 1;
    if (b->channels > most) b->channels = most;
    for (size_t i = 0; i < b->channels; draw++) {
        size_t c = (size_t)rnn_below(key, draw, s->channels), j = 0;
        while (j < i && b->channel[j] != c) j++;
        if (j == i) b->channel[i++] = c;
    }
}

static rnn_status make_blocks(rnn_convolutions *c, rnn_convolution_part part, size_t count) {
    c->block[part] = rnn_alloc_array_zero(c->ctx, count, sizeof *c->block[part]);
    return c->block[part] ? RNN_OK : c->ctx->status;
}

static void add_block(rnn_convolutions *c, rnn_convolution_part part, const block *b) {
    size_t at = c->blocks[part]++;
    c->block[part][at] = *b;
    choose_channels(&c->spec, part, at, &c->block[part][at]);
    if ((TAPS - 1) * b->dilation > c->reach) c->reach = (TAPS - 1) * b->dilation;
}

/* The 84 kernels, in tiles; what lanes are left over have no weights. */
static rnn_status make_shape_weights(rnn_convolutions *c) {
    real *w = c->weight[RNN_SHAPES] = rnn_alloc_array_zero(c->ctx, TILES * TILE, sizeof *w);
    size_t kernel = 0;
    if (!w) return c->ctx->status;
    for (size_t i = 0; i < TAPS; i++) {
        for (size_t j = i + 1; j < TAPS; j++) {
            for (size_t k = j + 1; k < TAPS; k++, kernel++) {
                real *to = w + kernel / LANES * TILE + kernel % LANES;
                for (size_t t = 0; t < TAPS; t++)
                    to[t * LANES] = t == i || t == j || t == k ? 2 : -1;
            }
        }
    }
    return RNN_OK;
}

static rnn_status make_shapes(rnn_convolutions *c) {
    size_t dilation[MOST_DILATIONS];
    size_t n = choose_dilations(c->spec.length, c->spec.biases < MANY_BIASES ? 1 : 0.5, dilation);
    size_t levels = c->spec.biases / n ? c->spec.biases / n : 1;
    rnn_status status = make_shape_weights(c);
    if (status == RNN_OK) status = make_blocks(c, RNN_SHAPES, n * levels * TILES);
    if (status) return status;
    for (size_t d = 0; d < n; d++) {
        for (size_t i = 0; i < levels * TILES; i++) {
            const block b = {.inside = (i / TILES + d) % 2 == 1,
                             .dilation = dilation[d],
                             .level = i / TILES,
                             .weights = i % TILES * TILE};
            add_block(c, RNN_SHAPES, &b);
        }
    }
    c->bias = rnn_alloc_array_zero(c->ctx, c->blocks[RNN_SHAPES], LANES * sizeof *c->bias);
    return c->bias ? RNN_OK : c->ctx->status;
}

/* Normal weights whose mean is 0 and whose sizes add up to 1. */
static void draw_contender(uint64_t key, size_t kernel, real *to) {
    double w[TAPS], mean = 0, size = 0;
    for (size_t j = 0; j < TAPS; j++) mean += w[j] = rnn_normal(key, kernel * TAPS + j);
    for (size_t j = 0; j < TAPS; j++) size += fabs(w[j] - mean / TAPS);
    for (size_t j = 0; j < TAPS; j++) to[j * LANES] = (real)((w[j] - mean / TAPS) / size);
}

static rnn_status make_contests(rnn_convolutions *c) {
    size_t dilation[MOST_DILATIONS], n = choose_dilations(c->spec.length, 1, dilation);
    size_t each = c->spec.groups / LANES, tile = (size_t)CONTENDERS * TILE;
    uint64_t key = rnn_stream(c->spec.seed, STREAM_CONTEST, 0);
    rnn_status status = make_blocks(c, RNN_CONTESTS, 2 * n * each);
    if (status) return status;
    real *w = c->weight[RNN_CONTESTS] = rnn_alloc_array(c->ctx, 2 * n * each, tile * sizeof *w);
    if (!w) return c->ctx->status;
    for (size_t i = 0; i < 2 * n * each; i++) {
        const block b = {
            .differences = i >= n * each, .dilation = dilation[i / each % n], .weights = i * tile};
        add_block(c, RNN_CONTESTS, &b);
        for (size_t k = 0; k < CONTENDERS * LANES; k++)
            draw_contender(key, i * CONTENDERS * LANES + k,
                           w + b.weights + k / LANES * TILE + k % LANES);
    }
    return RNN_OK;
}

rnn_status rnn_convolutions_create(rnn_context *ctx, const rnn_convolution_spec *spec,
                                   rnn_convolutions **out) {
    *out = NULL;
    rnn_convolutions *c = rnn_alloc_zero(ctx, sizeof *c);
    if (!c) return ctx->status;
    c->ctx = ctx;
    c->spec = *spec;
    rnn_status status = make_shapes(c);
    if (status == RNN_OK) status = make_contests(c);
    if (status == RNN_OK) {
        *out = c;
    } else {
        rnn_convolutions_free(c);
    }
    return status;
}

void rnn_convolutions_free(rnn_convolutions *c) {
    if (!c) return;
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
        rnn_free(c->ctx, c->block[p]);
        rnn_free(c->ctx, c->weight[p]);
    }
    rnn_free(c->ctx, c->bias);
    rnn_free(c->ctx, c);
}

const rnn_convolution_spec *rnn_convolutions_spec(const rnn_convolutions *c) { return &c->spec; }

size_t rnn_convolutions_count(const rnn_convolutions *c, rnn_convolution_part part) {
    return c->blocks[part] * block_features(part);
}

/* ---- a series ---- */

size_t rnn_convolutions_scratch(const rnn_convolutions *c, size_t steps) {
    return (2 * c->spec.channels + 2) * (steps + c->reach);
}

/* A series between zeros: the channels, then their differences, then room for a sum of some. */
typedef struct view {
    size_t steps, stride; /* stride: of a channel */
    real *padded, *sum;
} view;

static view lay_out(const rnn_convolutions *c, const rnn_channels *series, real *scratch) {
    size_t stride = series->steps + c->reach, before = c->reach / 2, K = c->spec.channels;
    view v = {series->steps, stride, scratch, scratch + 2 * K * stride};
    memset(scratch, 0, 2 * K * stride * sizeof *scratch);
    for (size_t k = 0; k < K; k++) {
        const real *from = series->value + k * series->steps;
        real *to = scratch + k * stride + before, *change = to + K * stride;
        memcpy(to, from, series->steps * sizeof *to);
        for (size_t t = 1; t < series->steps; t++) change[t - 1] = from[t] - from[t - 1];
    }
    return v;
}

/* What a block slides over: *from its first tap at the first place; returns the places. */
static size_t block_places(const rnn_convolutions *c, const block *b, const view *v,
                           const real **from) {
    const real *base = v->padded + (b->differences ? c->spec.channels * v->stride : 0);
    size_t n = v->steps - (b->differences ? 1 : 0), span = (TAPS - 1) * b->dilation;
    if (b->channels == 1) {
        base += b->channel[0] * v->stride;
    } else {
        memcpy(v->sum, base + b->channel[0] * v->stride, v->stride * sizeof *v->sum);
        for (size_t i = 1; i < b->channels; i++) {
            const real *add = base + b->channel[i] * v->stride;
            for (size_t t = 0; t < v->stride; t++) v->sum[t] += add[t];
        }
        base = v->sum;
    }
    base += c->reach / 2;
    if (b->inside && n > span) {
        *from = base;
        return n - span;
    }
    *from = base - CENTER * b->dilation;
    return n;
}

static void shape_features(const real *bias, const real *weight, size_t n, const real *x,
                           size_t dilation, real *out) {
    rnn_kernels_get()->convolve_count(n, x, dilation, weight, bias, out);
    for (size_t l = 0; l < LANES; l++) out[l] = n ? out[l] / (real)n : 0;
}

static void contest_features(const real *weight, size_t n, const real *x, size_t dilation,
                             real *out) {
    real share = n ? 1 / (real)n : 0;
    rnn_kernels_get()->convolve_contest(n, x, dilation, weight, out);
    for (size_t i = 0; i < 2 * CONTENDERS * LANES; i++)
        out[i] = out[i] > 0 ? (real)sqrt((double)(out[i] * share)) : 0;
}

void rnn_convolutions_features(const rnn_convolutions *c, rnn_convolution_part part,
                               const rnn_channels *series, real *scratch, real *out) {
    view v = lay_out(c, series, scratch);
    for (size_t i = 0; i < c->blocks[part]; i++) {
        const block *b = &c->block[part][i];
        const real *x, *w = c->weight[part] + b->weights;
        size_t n = block_places(c, b, &v, &x);
        real *to = out + i * block_features(part);
        if (part == RNN_SHAPES) {
            shape_features(c->bias + i * LANES, w, n, x, b->dilation, to);
        } else {
            contest_features(w, n, x, b->dilation, to);
        }
    }
}

/* ---- biases ---- */

/* The k-th smallest of v [n], which is put into another order. Hoare 1961. */
static real select_rank(real *v, size_t n, size_t k) {
    size_t low = 0, high = n - 1;
    while (low < high) {
        real pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i >= j) break;
            real swap = v[i];
            v[i++] = v[j];
            v[j--] = swap;
        }
        if (k <= j) {
            high = j;
        } else {
            low = j + 1;
        }
    }
    return v[k];
}

typedef struct learning {
    rnn_convolutions *c;
    const rnn_channels *series;
    size_t count;
    real *scratch;
    size_t scratch_size;
} learning;

/* Quantiles of what a block's kernels give on one series; their levels are spread evenly by the
** golden ratio. z: scratch for the values. */
static void learn_block(rnn_convolutions *c, size_t number, const view *v, real *z) {
    const block *b = &c->block[RNN_SHAPES][number];
    const real *x, *w = c->weight[RNN_SHAPES] + b->weights;
    size_t n = block_places(c, b, v, &x);
    if (n > LEARNED_PLACES) {
        x += (size_t)rnn_below(c->spec.seed, number, n - LEARNED_PLACES);
        n = LEARNED_PLACES;
    }
    for (size_t l = 0; l < LANES && n; l++) {
        double level = fmod((double)(number * LANES + l + 1) * 0.6180339887498949, 1);
        for (size_t i = 0; i < n; i++) {
            z[i] = 0;
            for (size_t j = 0; j < TAPS; j++) z[i] += w[j * LANES + l] * x[i + j * b->dilation];
        }
        c->bias[number * LANES + l] = select_rank(z, n, (size_t)(level * (double)n));
    }
}

/* Task: every 16th block, as there are 16 tasks. */
static void learn_some(void *arg, size_t task) {
    const learning *job = arg;
    rnn_convolutions *c = job->c;
    real *scratch = job->scratch + task * job->scratch_size;
    uint64_t key = rnn_stream(c->spec.seed, STREAM_SERIES, 0);
    for (size_t i = task; i < c->blocks[RNN_SHAPES]; i += rnn_convolutions_tasks(c)) {
        const rnn_channels *s = &job->series[rnn_below(key, i, job->count)];
        view v = lay_out(c, s, scratch);
        learn_block(c, i, &v, v.sum + v.stride);
    }
}

size_t rnn_convolutions_tasks(const rnn_convolutions *c) {
    (void)c;
    return 16;
}

void rnn_convolutions_learn(rnn_convolutions *c, rnn_pool *pool, const rnn_channels *series,
                            size_t count, real *scratch, size_t scratch_size) {
    learning job = {c, series, count, scratch, scratch_size};
    rnn_pool_run(pool, rnn_convolutions_tasks(c), learn_some, &job);
}

/* ---- bytes ---- */

void rnn_convolutions_write(const rnn_convolutions *c, rnn_writer *w) {
    rnn_write_u64(w, c->spec.seed);
    rnn_write_u64(w, c->spec.channels);
    rnn_write_u64(w, c->spec.length);
    rnn_write_u64(w, c->spec.biases);
    rnn_write_u64(w, c->spec.groups);
    rnn_write_reals(w, c->bias, c->blocks[RNN_SHAPES] * LANES);
}

rnn_status rnn_convolutions_read(rnn_context *ctx, rnn_reader *r, rnn_convolutions **out) {
    rnn_convolution_spec s = {.seed = rnn_read_u64(r)};
    *out = NULL;
    s.channels = (size_t)rnn_read_u64(r);
    s.length = (size_t)rnn_read_u64(r);
    s.biases = (size_t)rnn_read_u64(r);
    s.groups = (size_t)rnn_read_u64(r);
    if (r->failed || s.channels < 1 || s.channels > RNN_MOST_CHANNELS || s.length < 1 ||
        s.length > RNN_MOST_LENGTH || s.biases < 1 || s.biases > RNN_MOST_BIASES ||
        s.groups < LANES || s.groups > RNN_MOST_GROUPS || s.groups % LANES)
        return rnn_fail(ctx, RNN_MODEL, "the convolutions are corrupt");
    rnn_status status = rnn_convolutions_create(ctx, &s, out);
    if (status) return status;
    rnn_convolutions *c = *out;
    size_t n = c->blocks[RNN_SHAPES] * LANES;
    rnn_read_reals(r, c->bias, n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(c->bias[i])) r->failed = 1;
    if (!r->failed) return RNN_OK;
    rnn_convolutions_free(c);
    *out = NULL;
    return rnn_fail(ctx, RNN_MODEL, "the convolutions are corrupt");
}
