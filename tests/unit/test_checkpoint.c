/* test_checkpoint.c - training in slices learns what plain training does, in less memory, with the
** same bits on any number of threads. */
#include "fit_testing.h"

#include "checkpoint.h"

enum { EPOCHS = 3, LONG = 60 };

/* Sequences of up to LONG steps, with dropout. */
static void prepare_long(training *t, toy_task task, rnn_cell cell) {
    prepare(t, task);
    t->toy.sampler.max_steps = LONG;
    if (t->toy.sampler.max_outputs > 1) t->toy.sampler.max_outputs = LONG;
    t->spec.cell = cell;
    t->spec.dropout = 0.2;
    t->spec.recurrent_dropout = 0.2;
    t->options.epochs = EPOCHS;
    t->options.learning_rate = 0.01;
    t->members = 2;
}

/* One output a sequence, in the order of the batch, as pooling wants them. */
static void toy_fill_pooled(const rnn_sampler *s, int valid, const size_t *item, size_t n,
                            uint64_t seed, rnn_batch *b) {
    const toy *t = (const toy *)s;
    double x[64], y[64];
    toy_fill(s, valid, item, n, seed, b);
    b->outputs = n;
    for (size_t i = 0; i < n; i++) {
        toy_sequence(t, valid, item[i], b->length[i], x, y);
        b->target[i] = (real)y[b->length[i] - 1];
        b->weight[i] = b->unit[i] = 1;
    }
}

/* Losses of the epochs, and the weights at the end. */
typedef struct outcome {
    double train[EPOCHS], valid[EPOCHS];
    size_t n;
    real weight[4096];
} outcome;

static void record(training *t, outcome *o) {
    start(t);
    for (size_t i = 0; i < EPOCHS; i++) {
        rnn_fit_epoch e = epoch(t);
        o->train[i] = e.train_loss;
        o->valid[i] = e.valid_loss;
    }
    o->n = rnn_net_parameter_count(t->net[1]);
    assert_true(o->n <= TESTING_COUNT(o->weight));
    memcpy(o->weight, rnn_net_parameters(t->net[1]), o->n * sizeof(real));
    finish(t);
}

static const struct {
    const char *name;
    toy_task task;
    rnn_cell cell;
    int64_t tbptt;
    int pooled;
} ROWS[] = {
    {"lstm, last output", TOY_SUM, RNN_CELL_LSTM, 0, 0},
    {"gru, every output", TOY_SINE, RNN_CELL_GRU, 0, 0},
    {"rnn, in chunks", TOY_SINE, RNN_CELL_RNN, 25, 0},
    {"lstm, pooled", TOY_CLASS, RNN_CELL_LSTM, 0, 1},
};

static void prepare_row(training *t, size_t row, size_t slice) {
    prepare_long(t, ROWS[row].task, ROWS[row].cell);
    t->options.tbptt = ROWS[row].tbptt;
    t->slice = slice;
    if (ROWS[row].pooled) t->spec.pooling = RNN_POOL_LAST;
    if (ROWS[row].pooled) t->toy.sampler.fill = toy_fill_pooled;
}

/* The same losses as without but for rounding, which grows from epoch to epoch. */
static void test_same_losses(void **state) {
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(ROWS); i++) {
        static outcome plain, sliced;
        training t;
        prepare_row(&t, i, 0);
        record(&t, &plain);
        prepare_row(&t, i, 9);
        record(&t, &sliced);
        for (size_t e = 0; e < EPOCHS; e++) {
            if (!(fabs(sliced.train[e] - plain.train[e]) <= 1e-4 * plain.train[e]) ||
                !(fabs(sliced.valid[e] - plain.valid[e]) <= 1e-4 * plain.valid[e]))
                fail_msg("%s, epoch %zu: losses %.9g and %.9g, in slices %.9g and %.9g",
                         ROWS[i].name, e, plain.train[e], plain.valid[e], sliced.train[e],
                         sliced.valid[e]);
        }
        assert_true(plain.train[EPOCHS - 1] < plain.train[0]);
    }
}

static void test_same_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(ROWS); i++) {
        static outcome one, more;
        for (size_t threads = 1; threads <= 4; threads *= 2) {
            training t;
            outcome *o = threads == 1 ? &one : &more;
            prepare_row(&t, i, 7);
            t.threads = threads;
            record(&t, o);
            assert_int_equal(o->n, one.n);
            assert_memory_equal(o->weight, one.weight, one.n * sizeof(real));
            assert_memory_equal(o->train, one.train, sizeof o->train);
            assert_memory_equal(o->valid, one.valid, sizeof o->valid);
        }
    }
}

/* ---- the choice ---- */

/* A training so long that slices matter, not started. */
static void prepare_huge(training *t, size_t threads) {
    prepare_long(t, TOY_SUM, RNN_CELL_LSTM);
    t->toy.sampler.max_steps = 5000;
    t->spec.hidden = 32;
    t->threads = threads;
    testing_ok(&t->ctx, rnn_pool_create(&t->ctx, t->threads, &t->pool));
    for (size_t m = 0; m < t->members; m++)
        testing_ok(&t->ctx, rnn_net_create(&t->ctx, &t->spec, &t->net[m]));
    t->config = (rnn_fit_config){.options = &t->options,
                                 .loss = t->loss,
                                 .sampler = &t->toy.sampler,
                                 .member = t->net,
                                 .members = t->members,
                                 .pool = t->pool};
}

static size_t chosen(const rnn_fit_config *config, uint64_t limit) {
    rnn_fit_config reduced = *config;
    rnn_fit_reduce(&reduced, limit);
    return reduced.slice;
}

static uint64_t told_with(training *t, size_t slice) {
    rnn_fit_config config = t->config;
    config.slice = slice;
    return rnn_fit_bytes(&config);
}

/* The longest slices that fit: none if all fits, shorter ones with less memory, never below what
** sqrt(steps) asks for. What is told is what is taken. */
static void test_choice(void **state) {
    (void)state;
    training t;
    prepare_huge(&t, 4);
    uint64_t all = told_with(&t, 0);
    size_t last = 5000, least = chosen(&t.config, 1);
    assert_int_equal(chosen(&t.config, all), 0);
    assert_true(least >= 70 && least <= 72);
    assert_true(told_with(&t, least) < all / 12);
    for (uint64_t limit = all - 1; limit > told_with(&t, least); limit = limit / 3 * 2) {
        size_t slice = chosen(&t.config, limit);
        assert_true(slice > 0 && slice <= last);
        assert_true(told_with(&t, slice) <= limit);
        last = slice;
    }
    for (size_t slice = 2500; slice >= least; slice /= 3) {
        t.config.slice = slice;
        uint64_t before = t.ctx.memory_used, told = rnn_fit_bytes(&t.config);
        testing_ok(&t.ctx, rnn_fit_create(&t.ctx, &t.config, &t.fit));
        uint64_t used = t.ctx.memory_used - before;
        if (used > told + told / 20 + 16384 || told > used + used / 20 + 16384)
            fail_msg("slices of %zu: %llu bytes allocated, %llu told", slice,
                     (unsigned long long)used, (unsigned long long)told);
        rnn_fit_free(t.fit);
        t.fit = NULL;
    }
    finish(&t);
}

/* Rounding depends on the slices, so they may not depend on the number of threads. */
static void test_choice_of_threads(void **state) {
    (void)state;
    size_t slice[3];
    for (size_t i = 0; i < 3; i++) {
        training t;
        prepare_huge(&t, (size_t)1 << i);
        slice[i] = chosen(&t.config, 20000000);
        finish(&t);
    }
    assert_true(slice[0] > 0);
    assert_int_equal(slice[1], slice[0]);
    assert_int_equal(slice[2], slice[0]);
}

/* Networks that need the whole sequence, and sequences too short, stay whole. */
static void test_not_chosen(void **state) {
    (void)state;
    training t;
    prepare_huge(&t, 1);
    t.toy.sampler.max_steps = 10;
    assert_int_equal(chosen(&t.config, 1), 0);
    t.toy.sampler.max_steps = 5000;
    t.options.tbptt = 12;
    assert_int_equal(chosen(&t.config, 1), 0);
    t.options.tbptt = 100;
    assert_int_equal(chosen(&t.config, 1), 10);
    finish(&t);
}

/* ---- memory ---- */

static void test_failures(void **state) {
    (void)state;
    training t;
    int left = INT32_MAX;
    prepare_row(&t, 1, 9);
    t.ctx.allocate = testing_failing_realloc;
    t.ctx.allocate_arg = &left;
    start(&t);
    create_fails_cleanly(&t, &left);
    left = INT32_MAX;
    finish(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_losses), cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_choice),      cmocka_unit_test(test_choice_of_threads),
        cmocka_unit_test(test_not_chosen),  cmocka_unit_test(test_failures),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("checkpointing", tests, NULL, NULL);
}
