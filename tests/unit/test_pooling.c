/* test_pooling.c - pooled outputs against sums over the steps written down directly, and what
** padding-free batches
** promise: a sequence gives the same whatever it is packed with. */
#include "net_testing.h"

enum { SEQUENCES = 3, STEPS = 5 };

static const size_t LENGTHS[SEQUENCES] = {5, 3, 1};

static rnn_net_spec pooled_spec(rnn_pooling pooling) {
    rnn_net_spec s = testing_spec();
    s.bidirectional = 1;
    s.pooling = pooling;
    s.outputs = 2;
    return s;
}

/* Outputs of the network for the batch [SEQUENCES x O]. */
static void run(rnn_context *ctx, rnn_net *net, const rnn_batch *b, real *out) {
    const rnn_net_spec *s = rnn_net_get_spec(net);
    rnn_workspace *w = testing_workspace(ctx, s, b, 0);
    rnn_pass pass = {0, 0, 0, NULL, NULL};
    rnn_net_forward(net, b, &pass, w, out);
    rnn_workspace_free(w);
}

/* States of every step of sequence i, from a head that copies them: h [length x W]. */
static void states(rnn_context *ctx, const rnn_net_spec *pooled, const rnn_net *from, size_t i,
                   const rnn_batch *b, real *h) {
    rnn_net_spec s = *pooled;
    rnn_net *net = NULL;
    size_t W = 2 * s.hidden;
    real all[SEQUENCES * STEPS * 8];
    s.pooling = RNN_POOL_NONE;
    s.outputs = W;
    testing_ok(ctx, rnn_net_create(ctx, &s, &net));
    for (size_t k = 0; k < rnn_net_tensor_count(net); k++) {
        const rnn_tensor *t = rnn_net_tensor(net, k);
        real *to = rnn_net_parameters(net) + t->offset;
        if (strcmp(t->name, "head.weight") == 0) {
            for (size_t j = 0; j < W; j++) to[j * W + j] = 1;
        } else if (strcmp(t->name, "head.bias") !=
                   0) { /* recurrent tensors come first, in the same order */
            memcpy(to, rnn_net_parameters((rnn_net *)from) + t->offset,
                   t->rows * (t->columns ? t->columns : 1) * sizeof *to);
        }
    }
    run(ctx, net, b, all);
    for (size_t t = 0; t < b->length[i]; t++)
        memcpy(h + t * W, all + rnn_batch_row(b, i, t) * W, W * sizeof *h);
    rnn_net_free(net);
}

static const real *tensor(rnn_net *net, const char *name) {
    for (size_t k = 0; k < rnn_net_tensor_count(net); k++) {
        if (strcmp(rnn_net_tensor(net, k)->name, name) == 0) {
            return rnn_net_parameters(net) + rnn_net_tensor(net, k)->offset;
        }
    }
    fail_msg("no tensor %s", name);
    return NULL;
}

/* The pooled vector by its definition. */
static void expected(rnn_net *net, rnn_pooling pooling, const real *h, size_t n, size_t W,
                     double *v) {
    double share[STEPS], sum = 0;
    for (size_t t = 0; t < n && pooling == RNN_POOL_ATTENTION; t++) {
        const real *weight = tensor(net, "pooling.weight"), *bias = tensor(net, "pooling.bias");
        double score = 0;
        for (size_t j = 0; j < W; j++) {
            double a = (double)bias[j];
            for (size_t k = 0; k < W; k++) a += (double)weight[j * W + k] * (double)h[t * W + k];
            score += (double)tensor(net, "pooling.query")[j] * tanh(a);
        }
        share[t] = exp(score);
        sum += share[t];
    }
    for (size_t j = 0; j < W; j++) {
        int mixed = pooling == RNN_POOL_MIXED;
        int most = pooling == RNN_POOL_MAX || (mixed && j % 2 == 0);
        int mean = pooling == RNN_POOL_MEAN || (mixed && j % 2 == 1);
        v[j] = most ? -INFINITY : 0;
        for (size_t t = 0; t < n; t++) {
            double x = (double)h[t * W + j];
            int last = t == (j < W / 2 ? n - 1 : 0);
            if (pooling == RNN_POOL_LAST && last) v[j] = x;
            if (mean) v[j] += x / (double)n;
            if (most) v[j] = fmax(v[j], x);
            if (pooling == RNN_POOL_ATTENTION) v[j] += share[t] / sum * x;
        }
    }
}

static void check_spec(rnn_net_spec s) {
    rnn_context ctx = {0};
    rnn_net *net = testing_net(&ctx, &s, 0.8, 3);
    rnn_batch b, every;
    real out[SEQUENCES * 2], h[STEPS * 8];
    double v[8];
    size_t W = 2 * s.hidden;
    testing_batch(&ctx, &b, &s, LENGTHS, SEQUENCES, 0, 4);
    testing_batch(&ctx, &every, &s, LENGTHS, SEQUENCES, 1,
                  4); /* the same inputs, an output a row */
    run(&ctx, net, &b, out);
    for (size_t i = 0; i < SEQUENCES; i++) {
        states(&ctx, &s, net, i, &every, h);
        expected(net, s.pooling, h, LENGTHS[i], W, v);
        for (size_t o = 0; o < 2; o++) {
            double y = (double)tensor(net, "head.bias")[o];
            for (size_t j = 0; j < W; j++)
                y += (double)tensor(net, "head.weight")[o * W + j] * v[j];
            assert_true(fabs(y - (double)out[i * 2 + o]) <
                        2e-6); /* 8 products of numbers below 1, and tanh to 3e-7 */
        }
    }
    rnn_batch_free(&ctx, &b);
    rnn_batch_free(&ctx, &every);
    rnn_net_free(net);
    assert_int_equal(ctx.memory_used, 0);
}

static void check(rnn_pooling pooling) { check_spec(pooled_spec(pooling)); }

static void test_last(void **state) {
    (void)state;
    check(RNN_POOL_LAST);
}

static void test_mean(void **state) {
    (void)state;
    check(RNN_POOL_MEAN);
}

static void test_max(void **state) {
    (void)state;
    check(RNN_POOL_MAX);
}

static void test_attention(void **state) {
    (void)state;
    check(RNN_POOL_ATTENTION);
}

/* Also of an odd number of units. */
static void test_mixed(void **state) {
    (void)state;
    rnn_net_spec s = pooled_spec(RNN_POOL_MIXED);
    check_spec(s);
    s.hidden = 3;
    check_spec(s);
}

static void test_skip_is_refused(void **state) {
    (void)state;
    rnn_net_spec s = pooled_spec(RNN_POOL_MEAN);
    assert_true(rnn_spec_parameters(&s) > 0);
    s.skip = 1;
    assert_true(rnn_spec_parameters(&s) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last),  cmocka_unit_test(test_mean),
        cmocka_unit_test(test_max),   cmocka_unit_test(test_attention),
        cmocka_unit_test(test_mixed), cmocka_unit_test(test_skip_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
