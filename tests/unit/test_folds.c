/* test_folds.c - cross-validation in the training loop: no network sees sequences of its own fold,
** which are what it is validated with; repeatable to the bit on any number of threads. */
#include "fit_testing.h"

enum { MOST = 24, EPOCHS = 3 };

static void prepare_folds(training *t, size_t items, size_t members) {
    prepare(t, TOY_SUM);
    t->toy.one_part = 1;
    t->toy.sampler.train_count = t->toy.sampler.valid_count = items;
    t->members = members;
    t->folds = 1;
    t->options.batch = 5;
}

/* ---- who sees what ---- */

/* Weights of all members after some epochs, where the inputs of sequence `moved` (from 1; 0:
** none) are others. */
static size_t weights_after(size_t items, size_t members, size_t moved, int epochs, real *to) {
    training t;
    prepare_folds(&t, items, members);
    t.toy.moved = moved;
    start(&t);
    size_t n = rnn_net_parameter_count(t.net[0]);
    for (int i = 0; i < epochs; i++) epoch(&t);
    for (size_t m = 0; m < members; m++)
        memcpy(to + m * n, rnn_net_parameters(t.net[m]), n * sizeof *to);
    finish(&t);
    return n;
}

/* What a sequence is does not matter to the member whose fold it is in, and does to all others.
** Where folds are of one size, an epoch has all of the others; else a member may leave out one. */
static void check_members(size_t items, size_t members, int epochs) {
    static real before[MAX_MEMBERS * 1024], after[MAX_MEMBERS * 1024];
    size_t n = weights_after(items, members, 0, epochs, before);
    assert_true(n <= 1024);
    for (size_t i = 0; i < items; i++) {
        weights_after(items, members, i + 1, epochs, after);
        for (size_t m = 0; m < members; m++) {
            int same = memcmp(before + m * n, after + m * n, n * sizeof *before) == 0;
            if (same != (i % members == m))
                fail_msg("%zu sequences, %zu members: member %zu %s sequence %zu", items, members,
                         m, same ? "does not see" : "sees", i);
        }
    }
}

static void test_members(void **state) {
    (void)state;
    check_members(12, 3, 1);
    check_members(12, 2, 1);
    check_members(3, 3, 1);
    check_members(2, 2, 1);
    check_members(13, 3, 12); /* folds of 5, 4, 4: in 12 epochs all have their turn */
    check_members(11, 2, 12);
}

/* An epoch has as many sequences for each member as the one with the largest fold has; the toy
** counts those of training. */
static void test_epochs(void **state) {
    static const struct {
        size_t items, members, each;
    } rows[] = {{12, 3, 8}, {13, 3, 8}, {14, 3, 9}, {2, 2, 1}, {5, 2, 2}};
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(rows); i++) {
        training t;
        prepare_folds(&t, rows[i].items, rows[i].members);
        start(&t);
        epoch(&t);
        assert_int_equal(atomic_load(&t.fills), rows[i].members * rows[i].each);
        epoch(&t);
        assert_int_equal(atomic_load(&t.fills), 2 * rows[i].members * rows[i].each);
        finish(&t);
    }
}

/* ---- validation ---- */

/* Outputs by sequence. */
typedef struct scores {
    training *t;
    size_t seen[MOST];
    double out[MOST], loss, weight;
} scores;

static void observe(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    scores *s = arg;
    for (size_t o = 0; o < batch->outputs; o++) {
        size_t sequence = 0;
        while (rnn_batch_row(batch, sequence, batch->length[sequence] - 1) != batch->out_row[o])
            sequence++;
        assert_true(item[sequence] < s->t->toy.sampler.train_count);
        s->seen[item[sequence]]++;
        s->out[item[sequence]] = (double)out[o];
        s->weight += (double)batch->weight[o];
    }
    s->loss += rnn_loss_evaluate(&s->t->loss, batch->outputs, out, batch->target, batch->weight,
                                 batch->unit, 1, NULL);
}

/* What a network says of a sequence. */
static double output_of(training *t, rnn_net *net, size_t item) {
    rnn_batch b;
    const rnn_pass pass = {.training = 0};
    real out;
    size_t length = toy_length(&t->toy.sampler, 1, item);
    testing_batch(&t->ctx, &b, &t->spec, &length, 1, 0, 1);
    toy_fill(&t->toy.sampler, 1, &item, 1, 0, &b);
    rnn_workspace *w = testing_workspace(&t->ctx, &t->spec, &b, 0);
    rnn_net_forward(net, &b, &pass, w, &out);
    rnn_workspace_free(w);
    rnn_batch_free(&t->ctx, &b);
    return (double)out;
}

/* Each sequence is scored once, by the member of its fold, by its averaged weights where they
** are. */
static void check_validation(size_t items, size_t members, int averaged) {
    training t;
    rnn_net *average[MAX_MEMBERS];
    rnn_fit_epoch e;
    prepare_folds(&t, items, members);
    t.threads = 2;
    start(&t);
    for (size_t m = 0; m < members; m++)
        testing_ok(&t.ctx, rnn_net_create(&t.ctx, &t.spec, &average[m]));
    t.config.average = averaged ? average : NULL;
    rnn_fit_free(t.fit);
    testing_ok(&t.ctx, rnn_fit_create(&t.ctx, &t.config, &t.fit));
    for (int i = 0; i < EPOCHS; i++) {
        scores s = {.t = &t};
        testing_ok(&t.ctx, rnn_fit_epoch_run(t.fit, &e, observe, &s));
        for (size_t k = 0; k < items; k++) {
            double want = output_of(&t, averaged ? average[k % members] : t.net[k % members], k);
            assert_int_equal(s.seen[k], 1);
            assert_true(fabs(s.out[k] - want) <= 64 * TESTING_ROUNDOFF * (1 + fabs(want)));
        }
        assert_true(s.weight == (double)items);
        assert_true(fabs(e.valid_loss - s.loss / s.weight) <= 1e-9 * e.valid_loss);
    }
    for (size_t m = 0; m < members; m++) rnn_net_free(average[m]);
    finish(&t);
}

static void test_validation(void **state) {
    (void)state;
    check_validation(12, 3, 0);
    check_validation(13, 3, 1);
    check_validation(MOST, 2, 1);
    check_validation(2, 2, 0);
}

/* ---- repeatable, in memory that was told ---- */

static void test_threads(void **state) {
    static real weights[2][MAX_MEMBERS * 1024];
    double figures[2][4] = {{0}};
    (void)state;
    for (size_t threads = 1; threads <= 4; threads++) {
        training t;
        rnn_fit_epoch e;
        size_t to = threads > 1;
        prepare_folds(&t, 23, 3);
        t.threads = threads;
        t.spec.dropout = 0.2;
        start(&t);
        for (int i = 0; i < EPOCHS; i++) e = epoch(&t);
        const double all[] = {e.train_loss, e.valid_loss, e.gradient_norm, e.steps};
        memcpy(figures[to], all, sizeof all);
        size_t n = rnn_net_parameter_count(t.net[0]);
        for (size_t m = 0; m < 3; m++)
            memcpy(weights[to] + m * n, rnn_net_parameters(t.net[m]), n * sizeof(real));
        finish(&t);
        if (!to) continue;
        assert_memory_equal(figures[0], figures[1], sizeof figures[0]);
        assert_memory_equal(weights[0], weights[1], 3 * n * sizeof(real));
    }
}

/* Creation fails cleanly at every allocation, and takes no more than rnn_fit_bytes said. */
static void test_memory(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= 3; threads += 2) {
        training t;
        int left = INT32_MAX;
        prepare_folds(&t, 20000, 3); /* so many that their numbers count */
        t.options.batch = 64;
        t.threads = threads;
        t.ctx.allocate = testing_failing_realloc;
        t.ctx.allocate_arg = &left;
        start(&t);
        uint64_t told = rnn_fit_bytes(&t.config), before = create_fails_cleanly(&t, &left);
        uint64_t used = t.ctx.memory_used - before;
        if (used > told + told / 20 + 16384 || told > 2 * used + 16384) {
            fail_msg("training allocated %llu bytes, the estimate was %llu",
                     (unsigned long long)used, (unsigned long long)told);
        }
        left = INT32_MAX;
        finish(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),    cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_validation), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
