/* test_sparse.c - large tables: a gradient kept by row is the one kept as an array, whatever is
** touched, and training with it repeats to the bit on any number of threads. */
#include "net_testing.h"

#include "fit.h"

/* A table of LIMIT elements is dense, one row more makes it sparse. */
enum { WIDTH = 4, LIMIT = 1 << 14, DENSE = LIMIT / WIDTH, SPARSE = DENSE + 1, WORDS = DENSE + 5 };

static uint32_t start[WORDS + 1], part[3 * WORDS];

static rnn_net_spec text_spec(size_t rows) {
    rnn_net_spec s = testing_spec();
    s.categories = 2;
    s.vocabulary[0] = s.subwords[0] = rows;
    s.vocabulary[1] = 7;
    s.embedding[0] = s.outputs = WIDTH;
    s.embedding[1] = 2;
    s.embedding_dropout = 0.2;
    return s;
}

/* Sparse tensors are the large tables, behind all others, and their rows are numbered through. */
static void test_layout(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_net_spec s = text_spec(SPARSE);
    rnn_net *net = testing_net(&ctx, &s, 1, 1);
    size_t row = 0, behind = 0;
    static const char *names[] = {"embedding.0.weight", "embedding.0.subword.weight"};
    assert_int_equal(rnn_net_sparse_rows(net), 2 * SPARSE);
    assert_int_equal(rnn_net_sparse_width(net), WIDTH);
    assert_int_equal(rnn_net_parameter_count(net) - rnn_net_dense_count(net), 2 * SPARSE * WIDTH);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        assert_int_equal(t->offset >= rnn_net_dense_count(net), t->sparse);
        if (!t->sparse) continue;
        assert_string_equal(t->name, names[behind++]);
        for (size_t r = 0; r < t->rows; r += t->rows - 1) {
            size_t at;
            assert_ptr_equal(rnn_net_sparse_row(net, row + r, &at), t);
            assert_int_equal(at, t->offset + r * t->columns);
        }
        row += t->rows;
    }
    assert_int_equal(behind, 2);
    rnn_net_free(net);

    s = text_spec(DENSE);
    net = testing_net(&ctx, &s, 1, 1);
    assert_int_equal(rnn_net_sparse_rows(net), 0);
    assert_int_equal(rnn_net_dense_count(net), rnn_net_parameter_count(net));
    rnn_net_free(net);

    /* A tied table gets a gradient at every row. */
    s = text_spec(SPARSE);
    s.subwords[0] = 0;
    s.tied = 1;
    s.outputs = SPARSE;
    net = testing_net(&ctx, &s, 1, 1);
    assert_int_equal(rnn_net_sparse_rows(net), 0);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

/* Specs that make no network. */
static void test_refused(void **state) {
    (void)state;
    rnn_net_spec s = text_spec(9);
    assert_true(rnn_spec_parameters(&s) > 0);
    s.tied = 1; /* 4 outputs, 9 words */
    assert_int_equal(rnn_spec_parameters(&s), 0);
    s.outputs = 9;
    assert_true(rnn_spec_parameters(&s) > 0);
    s.categories = 0;
    assert_int_equal(rnn_spec_parameters(&s), 0);
    s = text_spec(9);
    s.subwords[0] = (size_t)1 << 40;
    assert_int_equal(rnn_spec_parameters(&s), 0);
    s = text_spec(9);
    s.attention = 1; /* without a decoder */
    assert_int_equal(rnn_spec_parameters(&s), 0);
}

/* Gradient of random output gradients over a training pass, flat. */
static void flat_gradient(rnn_context *ctx, rnn_net *net, const rnn_batch *b, real *flat) {
    enum { OUTPUTS = 40 };
    static real out[OUTPUTS * WIDTH], d_out[OUTPUTS * WIDTH];
    uint64_t random = 3;
    rnn_pass pass = {.training = 1, .seed = 5};
    assert_true(b->outputs <= OUTPUTS);
    rnn_workspace *w = testing_workspace(ctx, rnn_net_get_spec(net), b, 1);
    testing_draw(d_out, OUTPUTS * WIDTH, 1, &random);
    memset(flat, 0, rnn_net_parameter_count(net) * sizeof *flat);
    rnn_net_forward(net, b, &pass, w, out);
    testing_backward(ctx, net, b, &pass, w, d_out, flat);
    rnn_workspace_free(w);
}

/* The same network and batch with tables just below and just above the limit: the same bits. */
static void test_same_gradient(void **state) {
    (void)state;
    static const size_t lengths[] = {9, 7, 7, 2, 1};
    rnn_context ctx = {0};
    rnn_net_spec small = text_spec(DENSE), large = text_spec(SPARSE);
    rnn_net *dense = testing_net(&ctx, &small, 0.7, 1), *sparse = testing_net(&ctx, &large, 0.7, 2);
    rnn_batch b;
    testing_batch(&ctx, &b, &small, lengths, TESTING_COUNT(lengths), 1, 4);
    for (size_t r = 0; r < b.rows; r++) {
        if (r % 4 == 0) b.ids[r * 2] = (uint32_t)(r % 8); /* words that come often */
        if (r % 5 == 0) b.ids[r * 2] = WORDS - 1;         /* unknown in both */
    }
    rnn_bags bags[2] = {testing_bags(start, part, WORDS, DENSE, 5), {start, part, 0}};
    b.bags = bags;
    testing_copy_tensors(dense, rnn_net_parameters(dense), sparse, rnn_net_parameters(sparse));
    size_t n = rnn_net_parameter_count(dense), m = rnn_net_parameter_count(sparse);
    real *want = rnn_alloc_array(&ctx, n, sizeof *want),
         *flat = rnn_alloc_array(&ctx, m, sizeof *flat),
         *got = rnn_alloc_array_zero(&ctx, n, sizeof *got);
    assert_true(want && flat && got);
    flat_gradient(&ctx, dense, &b, want);
    flat_gradient(&ctx, sparse, &b, flat);
    testing_copy_tensors(sparse, flat, dense, got);
    testing_near("gradient by row", got, want, n, 0);
    for (size_t k = 0; k < 2; k++) {
        static const char *names[] = {"embedding.0.weight", "embedding.0.subword.weight"};
        const rnn_tensor *t = testing_tensor(dense, names[k]);
        assert_true(testing_largest(want + t->offset, t->rows * t->columns) > 0);
    }
    rnn_free(&ctx, want);
    rnn_free(&ctx, flat);
    rnn_free(&ctx, got);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(dense);
    rnn_net_free(sparse);
    testing_no_leak(&ctx);
}

/* ---- the gradient's own functions ---- */

static void test_gradient_sum(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_gradient a, b;
    uint64_t before = ctx.memory_used;
    testing_ok(&ctx, rnn_gradient_init(&ctx, &a, 3, 10, 4, 20));
    assert_int_equal(a.capacity, 10);
    assert_true(rnn_gradient_bytes(3, 10, 4, 20) <= ctx.memory_used - before);
    testing_ok(&ctx, rnn_gradient_init(&ctx, &b, 3, 10, 4, 2));
    for (int round = 0; round < 2; round++) { /* after a clear everything is as at first */
        rnn_gradient_row(&a, 7, 4)[3] += 1;
        rnn_gradient_row(&a, 2, 2)[1] += 2;
        rnn_gradient_row(&a, 7, 4)[3] += 4;
        rnn_gradient_row(&b, 9, 2)[0] += 8;
        rnn_gradient_row(&b, 7, 4)[3] += 16;
        b.dense[1] = 32;
        rnn_gradient_add_dense(&a, &b, 0, a.dense_count);
        rnn_gradient_add_rows(&a, &b);
        assert_int_equal(a.touched, 3);
        assert_int_equal(a.at[3], 4 + 2 + 2);
        const real want[] = {0, 0, 0, 21, 0, 2, 8, 0};
        testing_near("rows", a.value, want, 8, 0);
        assert_true(a.row[0] == 7 && a.row[1] == 2 && a.row[2] == 9);
        assert_true(a.dense[1] == 32);
        rnn_gradient_clear(&a);
        rnn_gradient_clear(&b);
        assert_true(a.touched == 0 && a.dense[1] == 0);
    }
    rnn_gradient_free(&ctx, &a);
    rnn_gradient_free(&ctx, &b);
    testing_no_leak(&ctx);
}

/* ---- training ---- */

enum { TRAIN = 90, VALID = 30, STEPS = 8 };

/* Sequences of words; the class is whether the sum of the words' hidden signs is positive. */
static uint32_t word_of(int valid, size_t item, size_t step) {
    uint64_t seed = item * 100 + step * 2 + (uint64_t)valid;
    return (uint32_t)(testing_below(&seed, 2) ? testing_below(&seed, 40)
                                              : testing_below(&seed, SPARSE));
}

static size_t text_length(const rnn_sampler *s, int valid, size_t i) {
    (void)valid;
    return 1 + i % s->max_steps;
}

static void text_fill(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                      rnn_batch *b) {
    static const rnn_bags bags[2] = {{start, part, WORDS}, {start, part, 0}};
    (void)s;
    (void)seed;
    b->bags = bags;
    b->outputs = n;
    for (size_t i = 0; i < n; i++) {
        int sum = 0;
        for (size_t t = 0; t < b->length[i]; t++) {
            size_t row = rnn_batch_row(b, i, t);
            uint32_t word = word_of(valid, item[i], t);
            b->numbers[row * 2] = b->numbers[row * 2 + 1] = (real)0.5;
            b->ids[row * 2] = word;
            b->ids[row * 2 + 1] = 1;
            sum += word % 2 ? 1 : -1;
        }
        b->target[i] = sum > 0;
        b->weight[i] = b->unit[i] = 1;
    }
}

/* Trains a few epochs; the live and averaged weights' bits, and the last epoch's figures. */
static rnn_fit_epoch train(size_t threads, size_t members, unsigned char *to, size_t *used) {
    rnn_context ctx = {0};
    rnn_net *net[2], *average[2];
    rnn_pool *pool;
    rnn_fit *fit;
    rnn_fit_epoch e = {0};
    rnn_options o;
    rnn_net_spec spec = text_spec(SPARSE);
    rnn_sampler sampler = {.train_count = TRAIN,
                           .valid_count = VALID,
                           .max_steps = STEPS,
                           .max_outputs = 1,
                           .max_touched = STEPS * 4,
                           .length = text_length,
                           .fill = text_fill};
    spec.pooling = RNN_POOL_MEAN;
    spec.outputs = 2;
    rnn_options_default(&o);
    o.batch = 32;
    o.epochs = 35;
    o.learning_rate = 0.03;
    o.optimizer = RNN_ADAMW;
    o.schedule = RNN_SCHEDULE_COSINE;
    o.weight_decay = 0.01;
    o.clip_norm = 1;
    o.clip_value = 0.05;
    testing_bags(start, part, WORDS, SPARSE, 5);
    testing_ok(&ctx, rnn_pool_create(&ctx, threads, &pool));
    for (size_t m = 0; m < members; m++) {
        testing_ok(&ctx, rnn_net_create(&ctx, &spec, &net[m]));
        testing_ok(&ctx, rnn_net_create(&ctx, &spec, &average[m]));
        rnn_net_initialise(net[m], m + 1);
    }
    rnn_fit_config config = {.options = &o,
                             .loss = {.kind = RNN_LOSS_CROSS_ENTROPY, .outputs = 2},
                             .sampler = &sampler,
                             .member = net,
                             .average = average,
                             .members = members,
                             .pool = pool,
                             .seed = 1};
    uint64_t before = ctx.memory_used, told = rnn_fit_bytes(&config);
    testing_ok(&ctx, rnn_fit_create(&ctx, &config, &fit));
    uint64_t size = ctx.memory_used - before;
    if (size > told + told / 20 + 32768 || told > size + size / 20) {
        fail_msg("training allocated %llu bytes, the estimate was %llu", (unsigned long long)size,
                 (unsigned long long)told);
    }
    for (int64_t i = 0; i < o.epochs; i++) testing_ok(&ctx, rnn_fit_epoch_run(fit, &e, NULL, NULL));
    *used = 0;
    for (size_t m = 0; m < 2 * members; m++) {
        size_t bytes = rnn_net_parameter_count(net[0]) * sizeof(real);
        memcpy(to + *used, rnn_net_parameters(m < members ? net[m] : average[m - members]), bytes);
        *used += bytes;
    }
    rnn_fit_free(fit);
    for (size_t m = 0; m < members; m++) {
        rnn_net_free(net[m]);
        rnn_net_free(average[m]);
    }
    rnn_pool_free(pool);
    testing_no_leak(&ctx);
    return e;
}

static void test_training(void **state) {
    (void)state;
    enum { ROOM = 4 * 200000 * sizeof(real) };
    unsigned char *one = malloc(ROOM), *many = malloc(ROOM);
    assert_true(one && many);
    for (size_t members = 1; members <= 2; members++) {
        size_t n, used;
        rnn_fit_epoch first = train(1, members, one, &n);
        assert_true(n <= ROOM);
        if (!(first.train_loss < 0.3)) fail_msg("training loss is %g", first.train_loss);
        for (size_t threads = 2; threads <= 4; threads += 2) {
            rnn_fit_epoch e = train(threads, members, many, &used);
            assert_int_equal(used, n);
            assert_memory_equal(one, many, n);
            assert_true(e.valid_loss == first.valid_loss && e.train_loss == first.train_loss);
        }
    }
    free(one);
    free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_same_gradient), cmocka_unit_test(test_gradient_sum),
        cmocka_unit_test(test_training),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
