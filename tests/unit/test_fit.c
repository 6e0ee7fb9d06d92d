/* test_fit.c - the training loop on toy tasks: it learns, repeats to the bit on any number of
** threads, stops.
**
** A toy's sequences are functions of their number, so any number of threads may ask for them in
** any order. */
#include <stdatomic.h>

#include "net_testing.h"

#include "fit.h"

enum { MAX_MEMBERS = 3, TRAIN = 160, VALID = 48, BATCH = 20 };

/* What a toy asks of each sequence of numbers x in [-1, 1). */
typedef enum toy_task {
    TOY_SUM,   /* the sum, at the last step */
    TOY_FIRST, /* the first number, at every step */
    TOY_SINE,  /* the next value of a sine of its own phase and frequency, at every step */
    TOY_CLASS  /* whether the sum is above 0: class 1, else 0 */
} toy_task;

typedef struct toy {
    rnn_sampler sampler; /* first: the loop hands it back */
    toy_task task;
    size_t shortest;
    int poisoned;         /* 1: one training target is NaN */
    atomic_size_t *fills; /* training sequences filled so far */
} toy;

static uint64_t toy_seed(int valid, size_t item) { return (uint64_t)item * 2 + (uint64_t)valid; }

static size_t toy_length(const rnn_sampler *s, int valid, size_t i) {
    const toy *t = (const toy *)s;
    uint64_t seed = toy_seed(valid, i) + 1000000;
    return t->shortest + testing_below(&seed, s->max_steps - t->shortest + 1);
}

/* Input x[step] and target y[step] of one sequence. */
static void toy_sequence(const toy *t, int valid, size_t item, size_t length, double *x,
                         double *y) {
    uint64_t seed = toy_seed(valid, item);
    double sum = 0, phase = 3 * testing_uniform(&seed),
           frequency = 0.7 + 0.3 * testing_uniform(&seed);
    for (size_t i = 0; i < length; i++) {
        x[i] = t->task == TOY_SINE ? sin(phase + frequency * (double)i) : testing_uniform(&seed);
        sum += x[i];
        y[i] = t->task == TOY_SUM     ? sum
               : t->task == TOY_FIRST ? x[0]
               : t->task == TOY_CLASS ? sum > 0
                                      : 0;
        if (t->task == TOY_SINE) y[i] = sin(phase + frequency * (double)(i + 1));
    }
}

static void toy_fill(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                     rnn_batch *b) {
    const toy *t = (const toy *)s;
    double x[64], y[64];
    (void)seed;
    if (!valid) atomic_fetch_add(t->fills, n);
    b->outputs = 0;
    for (size_t step = 0; step < b->steps; step++) {
        for (size_t i = 0; i < b->running[step]; i++) {
            size_t row = rnn_batch_row(b, i, step), out = b->outputs;
            toy_sequence(t, valid, item[i], b->length[i], x, y);
            b->numbers[row] = (real)x[step];
            if (s->max_outputs == 1 && step + 1 < b->length[i]) continue;
            b->out_row[out] = (uint32_t)row;
            b->target[out] = (real)(t->poisoned && !valid && item[i] == 7 ? (double)NAN : y[step]);
            b->weight[out] = 1;
            b->unit[out] = 1;
            b->outputs++;
        }
    }
}

/* One training: everything rnn_fit_create needs. */
typedef struct training {
    rnn_context ctx;
    toy toy;
    atomic_size_t fills;
    rnn_net_spec spec;
    rnn_options options;
    size_t members, threads, epoch_size;
    rnn_loss loss;
    rnn_net *net[MAX_MEMBERS];
    rnn_pool *pool;
    rnn_fit_config config;
    rnn_fit *fit;
} training;

/* Defaults, to be changed before start(). */
static void prepare(training *t, toy_task task) {
    memset(t, 0, sizeof *t);
    atomic_init(&t->fills, 0);
    t->toy.task = task;
    t->toy.shortest = 4;
    t->toy.fills = &t->fills;
    t->toy.sampler.train_count = TRAIN;
    t->toy.sampler.valid_count = VALID;
    t->toy.sampler.max_steps = 10;
    t->toy.sampler.max_outputs = task == TOY_SUM || task == TOY_CLASS ? 1 : 10;
    t->toy.sampler.length = toy_length;
    t->toy.sampler.fill = toy_fill;
    t->spec = testing_spec();
    t->spec.hidden = 8;
    t->spec.numbers = 1;
    t->spec.outputs = task == TOY_CLASS ? 2 : 1;
    t->members = t->threads = 1;
    t->loss.kind = task == TOY_CLASS ? RNN_LOSS_CROSS_ENTROPY : RNN_LOSS_MSE;
    t->loss.outputs = t->spec.outputs;
    rnn_options_default(&t->options);
    t->options.batch = BATCH;
    t->options.epochs = 30;
    t->options.learning_rate = 0.02;
    t->options.weight_decay = 0;
    t->options.optimizer = RNN_ADAM;
    t->options.schedule = RNN_SCHEDULE_CONSTANT;
    t->options.clip_norm = 1;
}

static void start(training *t) {
    testing_ok(&t->ctx, rnn_pool_create(&t->ctx, t->threads, &t->pool));
    for (size_t m = 0; m < t->members; m++) {
        testing_ok(&t->ctx, rnn_net_create(&t->ctx, &t->spec, &t->net[m]));
        rnn_net_initialise(t->net[m], m + 1);
    }
    t->config = (rnn_fit_config){.options = &t->options,
                                 .epoch_size = t->epoch_size,
                                 .loss = t->loss,
                                 .sampler = &t->toy.sampler,
                                 .member = t->net,
                                 .members = t->members,
                                 .pool = t->pool,
                                 .seed = 1};
    testing_ok(&t->ctx, rnn_fit_create(&t->ctx, &t->config, &t->fit));
}

static void finish(training *t) {
    rnn_fit_free(t->fit);
    for (size_t m = 0; m < t->members; m++) rnn_net_free(t->net[m]);
    rnn_pool_free(t->pool);
    testing_no_leak(&t->ctx);
}

static rnn_fit_epoch epoch(training *t) {
    rnn_fit_epoch e;
    testing_ok(&t->ctx, rnn_fit_epoch_run(t->fit, &e, NULL, NULL));
    return e;
}

/* Train all epochs; *first and the result are what the first and the last gave. */
static rnn_fit_epoch train(training *t, rnn_fit_epoch *first) {
    rnn_fit_epoch e = {0};
    start(t);
    for (int64_t i = 0; i < t->options.epochs; i++) {
        e = epoch(t);
        if (i == 0) *first = e;
    }
    finish(t);
    return e;
}

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

/* Truncated BPTT: 30 steps cut every 5. What an output needs lies up to 29 steps back, so that
** only a state carried over the cuts can know it: without, no output after the first slice can
** do better than a constant. */
static void test_tbptt(void **state) {
    (void)state;
    training t;
    rnn_fit_epoch first = {0}, last;
    prepare(&t, TOY_FIRST);
    t.spec.cell = RNN_CELL_GRU;
    t.toy.shortest = 22;
    t.toy.sampler.max_steps = t.toy.sampler.max_outputs = 30;
    t.options.tbptt = 5;
    t.options.epochs = 40;
    last = train(&t, &first);
    if (!(last.train_loss < 0.4 / 3) || !(last.valid_loss < 0.4 / 3)) {
        fail_msg("training loss %g to %g, validation %g", first.train_loss, last.train_loss,
                 last.valid_loss);
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

/* Collects what an observer is shown: which items, outputs, and the loss they give. */
typedef struct observed {
    const training *t;
    size_t seen[VALID];
    real out[VALID];
    double loss, weight;
} observed;

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
        o->weight += (double)batch->weight[i];
    }
    o->loss += rnn_loss_evaluate(&o->t->loss, batch->outputs, out, batch->target, batch->weight,
                                 batch->unit, 1, NULL);
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
               rnn_scorer_create(&t.ctx, t.net, t.members, t.pool, &t.toy.sampler, 7, &scorer));
    testing_ok(&t.ctx, rnn_scorer_run(scorer, 1, 0, VALID, observe, &scored));
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

static void *failing_realloc(void *arg, void *p, uint64_t n) {
    int *left = arg;
    if (n == 0) {
        free(p);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(p, (size_t)n) : NULL;
}

/* rnn_fit_create fails cleanly at every allocation, and never takes more than rnn_fit_bytes
** said. */
static void test_memory(void **state) {
    (void)state;
    training t;
    rnn_scorer *scorer = NULL;
    int left = INT32_MAX;
    rnn_status status = RNN_NOMEM;
    prepare(&t, TOY_SUM);
    t.members = 3;
    t.ctx.allocate = failing_realloc;
    t.ctx.allocate_arg = &left;
    start(&t);
    rnn_fit_free(t.fit);
    t.fit = NULL;
    uint64_t before = t.ctx.memory_used, told = rnn_fit_bytes(&t.config);
    for (int allowed = 0; status != RNN_OK; allowed++) {
        assert_true(allowed < 2000);
        left = allowed;
        status = rnn_fit_create(&t.ctx, &t.config, &t.fit);
        assert_true(status == RNN_OK || (status == RNN_NOMEM && t.fit == NULL));
        if (status != RNN_OK) assert_int_equal(t.ctx.memory_used, before);
    }
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
            rnn_scorer_create(&t.ctx, t.net, t.members, t.pool, &t.toy.sampler, BATCH, &scorer);
        assert_true(status == RNN_OK || status == RNN_NOMEM);
        if (status != RNN_OK) assert_int_equal(t.ctx.memory_used, before);
    }
    rnn_scorer_free(scorer);
    left = INT32_MAX;
    finish(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),     cmocka_unit_test(test_optimizers),
        cmocka_unit_test(test_tbptt),      cmocka_unit_test(test_epoch_figures),
        cmocka_unit_test(test_validation), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_interrupt),  cmocka_unit_test(test_bad_loss),
        cmocka_unit_test(test_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
