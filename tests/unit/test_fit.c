/* test_fit.c - the training loop on toy tasks: it learns, repeats to the bit on any number of
** threads, stops. */
#include "fit_testing.h"

/* ---- learning ---- */

/* Each cell learns each toy: the loss on sequences never trained on falls below a share of what
** a constant reaches. */
static void test_learns(void **state) {
    (void)state;
    static const struct {
        const char *name;
        toy_task task;
        rnn_cell cell;
        size_t members;
        double constant; /* loss of the best constant: variances, log 2 */
    } rows[] = {
        {"sum, lstm", TOY_SUM, RNN_CELL_LSTM, 1, 7 / 3.0},
        {"sum, gru", TOY_SUM, RNN_CELL_GRU, 2, 7 / 3.0},
        {"sum, rnn", TOY_SUM, RNN_CELL_RNN, 1, 7 / 3.0},
        {"first, lstm", TOY_FIRST, RNN_CELL_LSTM, 1, 1 / 3.0},
        {"first, gru", TOY_FIRST, RNN_CELL_GRU, 1, 1 / 3.0},
        {"sine, lstm", TOY_SINE, RNN_CELL_LSTM, 1, 0.5},
        {"sine, gru", TOY_SINE, RNN_CELL_GRU, 3, 0.5},
        {"class, lstm", TOY_CLASS, RNN_CELL_LSTM, 1, 0.69},
    };
    for (size_t i = 0; i < TESTING_COUNT(rows); i++) {
        training t;
        rnn_fit_epoch first = {0}, last;
        prepare(&t, rows[i].task);
        t.spec.cell = rows[i].cell;
        t.members = rows[i].members;
        last = train(&t, &first);
        if (!(last.train_loss < 0.5 * first.train_loss) ||
            !(last.valid_loss < 0.3 * rows[i].constant)) {
            fail_msg("%s: training loss %g to %g, validation %g to %g", rows[i].name,
                     first.train_loss, last.train_loss, first.valid_loss, last.valid_loss);
        }
    }
}

/* Every optimiser under every schedule brings the loss down. */
static void test_optimizers(void **state) {
    (void)state;
    static const double rate[] = {0.2, 0.05, 0.01, 0.05, 0.02, 0.02};
    for (int optimizer = RNN_SGD; optimizer <= RNN_ADAMW; optimizer++) {
        for (int schedule = RNN_SCHEDULE_CONSTANT; schedule <= RNN_SCHEDULE_ONE_CYCLE; schedule++) {
            training t;
            rnn_fit_epoch first = {0}, last;
            prepare(&t, TOY_SUM);
            t.options.optimizer = optimizer;
            t.options.schedule = schedule;
            t.options.epochs = 8;
            t.options.learning_rate = rate[optimizer];
            t.options.weight_decay = 0.001;
            last = train(&t, &first);
            if (!(last.train_loss < 0.7 * first.train_loss) ||
                !(last.valid_loss < first.valid_loss)) {
                fail_msg("%s, %s: training loss %g to %g",
                         rnn_option_choice(RNN_KEY_optimizer, optimizer),
                         rnn_option_choice(RNN_KEY_schedule, schedule), first.train_loss,
                         last.train_loss);
            }
            assert_true(last.learning_rate > 0 &&
                        last.learning_rate <= rate[optimizer] * (1 + 1e-12));
        }
    }
}

/* ---- what an epoch reports ---- */

static size_t toy_steps(const training *t, int valid) {
    size_t n = valid ? t->toy.sampler.valid_count : t->toy.sampler.train_count, sum = 0;
    for (size_t i = 0; i < n; i++) sum += toy_length(&t->toy.sampler, valid, i);
    return sum;
}

static void test_epoch_figures(void **state) {
    (void)state;
    training t;
    prepare(&t, TOY_SUM);
    t.members = 2;
    start(&t);
    rnn_fit_epoch e = epoch(&t);
    assert_true(isfinite(e.train_loss) && isfinite(e.valid_loss) && e.gradient_norm > 0);
    assert_true(fabs(e.learning_rate - t.options.learning_rate) < 1e-12);
    assert_true(e.steps == 2.0 * (double)toy_steps(&t, 0));
    finish(&t);

    prepare(&t, TOY_SUM);
    t.toy.sampler.valid_count = 0;
    start(&t);
    e = epoch(&t);
    assert_true(isfinite(e.train_loss) && isnan(e.valid_loss));
    finish(&t);

    prepare(&t, TOY_SUM);
    t.toy.shortest = t.toy.sampler.max_steps; /* equal lengths: steps count sequences */
    t.epoch_size = 50;
    start(&t);
    e = epoch(&t);
    assert_true(e.steps == 50.0 * 10);
    assert_int_equal(atomic_load(&t.fills), 50);
    finish(&t);
}

static void observe(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    observed *o = arg;
    for (size_t i = 0; i < batch->outputs; i++) {
        size_t sequence = 0;
        while (rnn_batch_row(batch, sequence, batch->length[sequence] - 1) != batch->out_row[i])
            sequence++;
        assert_true(sequence < batch->sequences && item[sequence] < VALID);
        assert_int_equal(batch->length[sequence],
                         toy_length(&o->t->toy.sampler, 1, item[sequence]));
        o->seen[item[sequence]]++;
        o->out[item[sequence]] = out[i];
    }
    observe_loss(arg, item, batch, out);
}

/* Mean output of the members for validation sequence `item`, by hand. */
static double mean_output(training *t, size_t item) {
    rnn_batch b;
    rnn_pass pass = {.training = 0};
    double sum = 0;
    size_t length = toy_length(&t->toy.sampler, 1, item);
    testing_batch(&t->ctx, &b, &t->spec, &length, 1, 0, 1);
    toy_fill(&t->toy.sampler, 1, &item, 1, 0, &b);
    rnn_workspace *w = testing_workspace(&t->ctx, &t->spec, &b, 0);
    for (size_t m = 0; m < t->members; m++) {
        real out;
        rnn_net_forward(t->net[m], &b, &pass, w, &out);
        sum += (double)out;
    }
    rnn_workspace_free(w);
    rnn_batch_free(&t->ctx, &b);
    return sum / (double)t->members;
}

/* Validation shows every sequence once, with the members' mean output, whose loss is valid_loss;
** so does a scorer. */
static void test_validation(void **state) {
    (void)state;
    training t;
    static observed seen, scored;
    rnn_fit_epoch e;
    rnn_scorer *scorer;
    memset(&seen, 0, sizeof seen);
    memset(&scored, 0, sizeof scored);
    prepare(&t, TOY_SUM);
    t.members = 3;
    t.threads = 2;
    t.spec.dropout = t.spec.recurrent_dropout = 0.3;
    seen.t = scored.t = &t;
    start(&t);
    testing_ok(&t.ctx, rnn_fit_epoch_run(t.fit, &e, observe, &seen));
    testing_ok(&t.ctx,
               rnn_scorer_create(&t.ctx, t.net, t.members, t.pool, &t.toy.sampler, 7, 0, &scorer));
    testing_ok(&t.ctx, rnn_scorer_run(scorer, 1, NULL, 0, VALID, observe, &scored));
    rnn_scorer_free(scorer);
    for (size_t i = 0; i < VALID; i++) {
        double mean = mean_output(&t, i), tolerance = 64 * TESTING_ROUNDOFF * (1 + fabs(mean));
        assert_int_equal(seen.seen[i], 1);
        assert_int_equal(scored.seen[i], 1);
        assert_true(fabs((double)seen.out[i] - mean) <= tolerance);
        assert_true(fabs((double)scored.out[i] - mean) <= tolerance);
    }
    assert_true(fabs(e.valid_loss - seen.loss / seen.weight) <= 1e-9 * e.valid_loss);
    finish(&t);
}

/* ---- repeatable ---- */

/* All weights and figures after three epochs, as bytes. */
static size_t fingerprint(size_t members, size_t threads, int64_t tbptt, unsigned char *to,
                          size_t room) {
    training t;
    size_t used = 0;
    prepare(&t, TOY_FIRST);
    t.members = members;
    t.threads = threads;
    t.spec.layers = 2;
    t.spec.dropout = t.spec.recurrent_dropout = 0.2;
    t.options.tbptt = tbptt;
    t.options.batch = 37; /* the last minibatch is smaller */
    start(&t);
    for (int i = 0; i < 3; i++) {
        rnn_fit_epoch e = epoch(&t);
        double figures[] = {e.train_loss, e.valid_loss, e.gradient_norm, e.learning_rate, e.steps};
        memcpy(to + used, figures, sizeof figures);
        used += sizeof figures;
    }
    for (size_t m = 0; m < members; m++) {
        size_t bytes = rnn_net_parameter_count(t.net[m]) * sizeof(real);
        assert_true(used + bytes <= room);
        memcpy(to + used, rnn_net_parameters(t.net[m]), bytes);
        used += bytes;
    }
    finish(&t);
    return used;
}

static void test_threads(void **state) {
    (void)state;
    static unsigned char one[65536], many[65536];
    for (size_t members = 1; members <= MAX_MEMBERS; members += 2) {
        for (int64_t tbptt = 0; tbptt <= 4; tbptt += 4) {
            size_t n = fingerprint(members, 1, tbptt, one, sizeof one);
            for (size_t threads = 1; threads <= 4; threads *= 2) {
                assert_int_equal(fingerprint(members, threads, tbptt, many, sizeof many), n);
                if (memcmp(one, many, n)) {
                    fail_msg("%zu threads, %zu members, tbptt %d: other bits than with one thread",
                             threads, members, (int)tbptt);
                }
            }
        }
    }
}

/* ---- stopping ---- */

typedef struct stopper {
    const training *t;
    int left; /* checks until it says stop */
    int stopped;
    size_t filled; /* training sequences filled when it did */
} stopper;

static int stop(void *arg) {
    stopper *s = arg;
    if (s->stopped || s->left-- > 0) return s->stopped;
    s->stopped = 1;
    s->filled = atomic_load(&s->t->fills);
    return 1;
}

/* Whenever the host says stop, at most one more minibatch of each member is begun. */
static void test_interrupt(void **state) {
    (void)state;
    for (int allowed = 0; allowed <= 6; allowed += 2) {
        training t;
        rnn_fit_epoch e;
        rnn_status status = RNN_OK;
        stopper s = {.left = allowed};
        prepare(&t, TOY_SUM);
        t.members = t.threads = 2;
        start(&t);
        s.t = &t;
        t.ctx.check = stop;
        t.ctx.check_arg = &s;
        status = rnn_fit_epoch_run(t.fit, &e, NULL, NULL);
        assert_int_equal(status, RNN_INTERRUPT); /* an epoch has 8 minibatches, each with a check */
        assert_true(t.ctx.message[0] != 0);
        assert_true(atomic_load(&t.fills) - s.filled <= BATCH * t.members);
        finish(&t);
    }
}

/* A loss that is no number stops the training with a message, and is not trained on further. */
static void test_bad_loss(void **state) {
    (void)state;
    training t;
    rnn_fit_epoch e;
    prepare(&t, TOY_SUM);
    t.toy.poisoned = 1;
    start(&t);
    assert_int_equal(rnn_fit_epoch_run(t.fit, &e, NULL, NULL), RNN_DATA);
    assert_int_equal(t.ctx.status, RNN_DATA);
    assert_true(strlen(t.ctx.message) > 20);
    finish(&t);
}

/* ---- memory ---- */

/* rnn_fit_create fails cleanly at every allocation, and never takes more than rnn_fit_bytes
** said. */
static void test_memory(void **state) {
    (void)state;
    training t;
    rnn_scorer *scorer = NULL;
    int left = INT32_MAX;
    rnn_status status;
    prepare(&t, TOY_SUM);
    t.members = 3;
    t.ctx.allocate = testing_failing_realloc;
    t.ctx.allocate_arg = &left;
    start(&t);
    uint64_t told = rnn_fit_bytes(&t.config), before = create_fails_cleanly(&t, &left);
    uint64_t used = t.ctx.memory_used - before;
    if (used > told + told / 20 + 16384 || told > 2 * used + 16384) {
        fail_msg("training allocated %llu bytes, the estimate was %llu", (unsigned long long)used,
                 (unsigned long long)told);
    }
    before = t.ctx.memory_used;
    for (int allowed = 0; scorer == NULL; allowed++) {
        assert_true(allowed < 2000);
        left = allowed;
        status =
            rnn_scorer_create(&t.ctx, t.net, t.members, t.pool, &t.toy.sampler, BATCH, 0, &scorer);
        assert_true(status == RNN_OK || status == RNN_NOMEM);
        if (status != RNN_OK) assert_int_equal(t.ctx.memory_used, before);
    }
    rnn_scorer_free(scorer);
    left = INT32_MAX;
    finish(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),        cmocka_unit_test(test_optimizers),
        cmocka_unit_test(test_epoch_figures), cmocka_unit_test(test_validation),
        cmocka_unit_test(test_threads),       cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_bad_loss),      cmocka_unit_test(test_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
