/* net_testing.h - what the tests of the network share: a stream of random numbers, batches,
** comparison.
**
** Everything is static, so that a test is one file linked with the engine. Values drawn here are
** short binary fractions: the float and the double build see the same numbers. */
#ifndef RNN_NET_TESTING_H
#define RNN_NET_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

#define TESTING_UNUSED __attribute__((unused))
#define TESTING_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Unit roundoff of the build's real: half the distance from 1 to the next number. */
#define TESTING_ROUNDOFF (sizeof(real) == sizeof(float) ? 0x1p-24 : 0x1p-53)

/* SplitMix64 (Steele 2014): a number of 64 random bits from a counter. */
static inline uint64_t testing_bits(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Uniform in [-1, 1), a multiple of 2^-12. */
static inline double testing_uniform(uint64_t *state) {
    return (double)(testing_bits(state) >> 51) * 0x1p-12 - 1.0;
}

static inline size_t testing_below(uint64_t *state, size_t n) {
    return (size_t)(testing_bits(state) % n);
}

TESTING_UNUSED static void testing_draw(real *v, size_t n, double scale, uint64_t *state) {
    for (size_t i = 0; i < n; i++) v[i] = (real)(scale * testing_uniform(state));
}

/* Stop the test with the engine's message unless status is RNN_OK. */
TESTING_UNUSED static void testing_ok(const rnn_context *ctx, rnn_status status) {
    if (status != RNN_OK) fail_msg("%s: %s", rnn_status_text(status), ctx->message);
}

/* An allocator that gives `*arg` (int) times and then no more. */
TESTING_UNUSED static void *testing_failing_realloc(void *arg, void *p, uint64_t n) {
    int *left = arg;
    if (n == 0) {
        free(p);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(p, (size_t)n) : NULL;
}

/* A small LSTM; a test changes what it is about. */
TESTING_UNUSED static rnn_net_spec testing_spec(void) {
    rnn_net_spec s = {.cell = RNN_CELL_LSTM, .layers = 1, .hidden = 4, .numbers = 2, .outputs = 1};
    s.forget_bias = 1;
    return s;
}

/* A batch with the given lengths, random numbers and ids, and an output at every row (every = 1)
** or at each sequence's last one; targets random, weights 1, units 1. rnn_batch_free when done. */
TESTING_UNUSED static void testing_batch(rnn_context *ctx, rnn_batch *b, const rnn_net_spec *s,
                                         const size_t *lengths, size_t sequences, int every,
                                         uint64_t seed) {
    uint64_t state = seed;
    testing_ok(ctx, rnn_batch_init(ctx, b, sequences, lengths[0], s->numbers, s->categories,
                                   sequences * lengths[0]));
    rnn_batch_layout(b, lengths, sequences);
    testing_draw(b->numbers, b->rows * s->numbers, 1.0, &state);
    for (size_t r = 0; r < b->rows; r++) {
        for (size_t c = 0; c < s->categories; c++) {
            b->ids[r * s->categories + c] = (uint32_t)testing_below(&state, s->vocabulary[c]);
        }
    }
    b->outputs = 0;
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++) {
            if (!every && t + 1 < lengths[i]) continue;
            b->out_row[b->outputs] = (uint32_t)rnn_batch_row(b, i, t);
            b->target[b->outputs] = (real)testing_uniform(&state);
            b->weight[b->outputs] = 1;
            b->unit[b->outputs++] = 1;
        }
    }
}

/* Parts of `words` words, 0...3 each, among `rows`; start [words + 1] and item [3 words] are the
** caller's. */
TESTING_UNUSED static rnn_bags testing_bags(uint32_t *start, uint32_t *item, size_t words,
                                            size_t rows, uint64_t seed) {
    start[0] = 0;
    for (size_t i = 0; i < words; i++) {
        start[i + 1] = start[i] + (uint32_t)((i + 1) % 4);
        for (size_t k = start[i]; k < start[i + 1]; k++)
            item[k] = (uint32_t)testing_below(&seed, rows);
    }
    return (rnn_bags){start, item, words};
}

/* A network with random parameters, none of them zero by construction (biases and norms too). */
TESTING_UNUSED static rnn_net *testing_net(rnn_context *ctx, const rnn_net_spec *s, double scale,
                                           uint64_t seed) {
    rnn_net *net = NULL;
    testing_ok(ctx, rnn_net_create(ctx, s, &net));
    testing_draw(rnn_net_parameters(net), rnn_net_parameter_count(net), scale, &seed);
    return net;
}

/* The tensor of this name. */
TESTING_UNUSED static const rnn_tensor *testing_tensor(const rnn_net *net, const char *name) {
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        if (!strcmp(rnn_net_tensor(net, i)->name, name)) return rnn_net_tensor(net, i);
    }
    fail_msg("there is no tensor %s", name);
    return NULL;
}

/* to = from, tensor by tensor, as many rows as both have; rows beyond stay. */
TESTING_UNUSED static void testing_copy_tensors(const rnn_net *from_net, const real *from,
                                                const rnn_net *to_net, real *to) {
    for (size_t i = 0; i < rnn_net_tensor_count(to_net); i++) {
        const rnn_tensor *t = rnn_net_tensor(to_net, i), *f = testing_tensor(from_net, t->name);
        size_t rows = t->rows < f->rows ? t->rows : f->rows;
        memcpy(to + t->offset, from + f->offset, rows * (t->columns ? t->columns : 1) * sizeof *to);
    }
}

/* A workspace of just the size that the batch needs. */
TESTING_UNUSED static rnn_workspace *testing_workspace(rnn_context *ctx, const rnn_net_spec *s,
                                                       const rnn_batch *b, int training) {
    rnn_workspace *w = NULL;
    rnn_workspace_size size = {.sequences = b->sequences,
                               .steps = b->steps,
                               .rows = b->rows,
                               .outputs = b->outputs,
                               .target_steps = b->decoder ? b->decoder->steps : 0,
                               .target_rows = b->decoder ? b->decoder->rows : 0};
    testing_ok(ctx, rnn_workspace_create(ctx, s, &size, training, &w));
    return w;
}

/* A gradient with room for every row of the network. */
TESTING_UNUSED static void testing_gradient(rnn_context *ctx, const rnn_net *net, rnn_gradient *g) {
    size_t rows = rnn_net_sparse_rows(net);
    testing_ok(ctx, rnn_gradient_init(ctx, g, rnn_net_dense_count(net), rows,
                                      rnn_net_sparse_width(net), rows));
}

/* flat [parameters] += the gradient, its sparse rows in their places. */
TESTING_UNUSED static void testing_flatten(const rnn_net *net, const rnn_gradient *g, real *flat) {
    for (size_t i = 0; i < g->dense_count; i++) flat[i] += g->dense[i];
    for (size_t i = 0; i < g->touched; i++) {
        size_t at, width = rnn_net_sparse_row(net, g->row[i], &at)->columns;
        assert_int_equal(g->at[i + 1] - g->at[i], width);
        for (size_t j = 0; j < width; j++) flat[at + j] += g->value[g->at[i] + j];
    }
}

/* rnn_net_backward into a flat array, which is added to. */
TESTING_UNUSED static void testing_backward(rnn_context *ctx, const rnn_net *net,
                                            const rnn_batch *batch, const rnn_pass *pass,
                                            rnn_workspace *w, const real *d_out, real *flat) {
    rnn_gradient g;
    testing_gradient(ctx, net, &g);
    memcpy(g.dense, flat, g.dense_count * sizeof *flat);
    rnn_net_backward(net, batch, pass, w, d_out, NULL, &g);
    memset(flat, 0, g.dense_count * sizeof *flat);
    testing_flatten(net, &g, flat);
    rnn_gradient_free(ctx, &g);
}

TESTING_UNUSED static double testing_largest(const real *v, size_t n) {
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)v[i]));
    return largest;
}

/* Fail unless |got - want| <= tolerance everywhere. */
TESTING_UNUSED static void testing_near(const char *what, const real *got, const real *want,
                                        size_t n, double tolerance) {
    for (size_t i = 0; i < n; i++) {
        double difference = fabs((double)got[i] - (double)want[i]);
        if (!(difference <= tolerance)) {
            fail_msg("%s[%zu] is %.12g, expected %.12g: off by %.3g, allowed is %.3g", what, i,
                     (double)got[i], (double)want[i], difference, tolerance);
        }
    }
}

/* No test may leave memory behind. */
TESTING_UNUSED static void testing_no_leak(const rnn_context *ctx) {
    if (ctx->memory_used)
        fail_msg("%llu bytes were not freed", (unsigned long long)ctx->memory_used);
}

#endif
