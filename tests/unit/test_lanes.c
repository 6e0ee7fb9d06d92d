/* test_lanes.c - truncated backpropagation through time: state and gradients across the cuts, and
** the training of a language model, all of whose lanes are one minibatch of many chunks. */
#include "fit_testing.h"

#include "schedule.h"

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

/* A language model's training: all lanes in one minibatch, in many chunks of 3 steps. */
enum { LANES = 12, CHUNK = 3, CHUNKS = 10 };

static void prepare_lanes(training *t, toy_task task) {
    prepare(t, task);
    t->toy.shortest = t->toy.sampler.max_steps = t->toy.sampler.max_outputs = CHUNK * CHUNKS;
    t->toy.sampler.train_count = LANES;
    t->options.batch = LANES;
    t->options.tbptt = CHUNK;
    t->options.schedule = RNN_SCHEDULE_COSINE;
    t->options.epochs = 2;
}

/* Every chunk is a step of the schedule, which ends with the last chunk of the last epoch. */
static void test_lanes_schedule(void **state) {
    (void)state;
    for (size_t shortest = 2; shortest <= CHUNK * CHUNKS; shortest += CHUNK * CHUNKS - 2) {
        training t;
        prepare_lanes(&t, TOY_SINE);
        t.toy.shortest = shortest;
        start(&t);
        double half = rnn_schedule_rate(RNN_SCHEDULE_COSINE, 0.02, CHUNKS - 1, 2 * CHUNKS);
        double end = rnn_schedule_rate(RNN_SCHEDULE_COSINE, 0.02, 2 * CHUNKS - 1, 2 * CHUNKS);
        assert_true(fabs(epoch(&t).learning_rate - half) < (shortest == 2 ? 0.003 : 1e-12));
        assert_true(fabs(epoch(&t).learning_rate - end) < (shortest == 2 ? 0.001 : 1e-12));
        finish(&t);
    }
}

/* Dropout draws new masks for every chunk: of one that never changes, the loss of each of these
** equal steps would be that of the whole sequence. */
static void test_lanes_dropout(void **state) {
    (void)state;
    double loss[2];
    for (int cut = 0; cut < 2; cut++) {
        training t;
        prepare_lanes(&t, TOY_SAME);
        t.options.tbptt = cut ? 1 : 0;
        t.options.optimizer = RNN_SGD;
        t.options.learning_rate = 1e-30;
        t.spec.cell = RNN_CELL_RNN;
        t.spec.dropout = 0.5;
        start(&t);
        for (size_t i = 0; i < rnn_net_tensor_count(t.net[0]); i++) {
            const rnn_tensor *w = rnn_net_tensor(t.net[0], i); /* no state to carry */
            if (strstr(w->name, "weight_hh"))
                memset(rnn_net_parameters(t.net[0]) + w->offset, 0,
                       w->rows * w->columns * sizeof(real));
        }
        loss[cut] = epoch(&t).train_loss;
        finish(&t);
    }
    if (!(fabs(loss[0] - loss[1]) > 1e-3 * loss[0]))
        fail_msg("losses of %g whole and %g in chunks", loss[0], loss[1]);
}

static int count_checks(void *arg) {
    int *left = arg;
    return (*left)-- <= 0;
}

/* The host is asked at every chunk, and a deadline ends the epoch with the chunk under way. */
static void test_lanes_stop(void **state) {
    (void)state;
    for (int allowed = 0; allowed < CHUNKS; allowed += 3) {
        training t;
        rnn_fit_epoch e;
        int left = allowed;
        prepare_lanes(&t, TOY_SINE);
        start(&t);
        t.ctx.check = count_checks;
        t.ctx.check_arg = &left;
        assert_int_equal(rnn_fit_epoch_run(t.fit, &e, NULL, NULL), RNN_INTERRUPT);
        assert_int_equal(left, -1); /* and stops at the first no */
        finish(&t);
    }
    training t;
    prepare_lanes(&t, TOY_SINE);
    start(&t);
    rnn_fit_free(t.fit);
    t.config.deadline = 1e-9; /* long past */
    testing_ok(&t.ctx, rnn_fit_create(&t.ctx, &t.config, &t.fit));
    rnn_fit_epoch e = epoch(&t);
    assert_true(e.steps == LANES * CHUNK);
    assert_true(isfinite(e.train_loss) && isfinite(e.valid_loss));
    finish(&t);
}

/* Sees validation in parts no longer than a chunk. */
static void observe_part(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    size_t *outputs = arg;
    (void)item;
    (void)out;
    assert_true(batch->steps <= CHUNK && batch->outputs <= CHUNK * batch->sequences);
    *outputs += batch->outputs;
}

static void test_lanes_validation(void **state) {
    (void)state;
    training t;
    rnn_fit_epoch cut, whole;
    rnn_scorer *scorer;
    size_t outputs = 0;
    observed sums = {.t = &t};
    prepare_lanes(&t, TOY_SINE);
    t.members = 2;
    start(&t);
    testing_ok(&t.ctx, rnn_fit_epoch_run(t.fit, &cut, observe_part, &outputs));
    assert_int_equal(outputs, VALID * CHUNK * CHUNKS);
    testing_ok(&t.ctx,
               rnn_scorer_create(&t.ctx, t.net, t.members, t.pool, &t.toy.sampler, 9, 0, &scorer));
    testing_ok(&t.ctx, rnn_scorer_run(scorer, 1, NULL, 0, VALID, observe_loss, &sums));
    whole.valid_loss = sums.loss / sums.weight;
    assert_true(fabs(cut.valid_loss - whole.valid_loss) < 1e-5 * whole.valid_loss);
    rnn_scorer_free(scorer);
    finish(&t);
}

/* Bytes of training on lanes of so many steps, of a language model with a large vocabulary; what is
** told beforehand is about that. */
static uint64_t lanes_bytes(size_t steps, uint64_t *data) {
    training t;
    prepare_lanes(&t, TOY_SINE);
    t.spec.categories = 1;
    t.spec.vocabulary[0] = 50000; /* sparse */
    t.spec.embedding[0] = 4;
    t.spec.outputs = t.loss.outputs = 300;
    t.loss.kind = RNN_LOSS_CROSS_ENTROPY;
    t.toy.sampler.max_steps = t.toy.sampler.max_outputs = steps;
    start(&t);
    rnn_fit_free(t.fit);
    t.fit = NULL;
    uint64_t before = t.ctx.memory_used, told = rnn_fit_bytes(&t.config);
    testing_ok(&t.ctx, rnn_fit_create(&t.ctx, &t.config, &t.fit));
    uint64_t used = t.ctx.memory_used - before;
    if (used > told + told / 20 + 16384 || told > used + used / 20 + 16384)
        fail_msg("%llu bytes allocated, %llu told", (unsigned long long)used,
                 (unsigned long long)told);
    /* The batches: 2 shards of training, 4 of validation; 3 sequences a validation batch. */
    *data = rnn_sampler_batch_bytes(&t.toy.sampler, &t.spec, LANES / 2) * 2 +
            rnn_sampler_batch_bytes(&t.toy.sampler, &t.spec, LANES / 4) * 4;
    finish(&t);
    return used;
}

/* Besides the batches' own numbers, longer lanes take no more memory. */
static void test_lanes_memory(void **state) {
    (void)state;
    uint64_t little, much;
    uint64_t shorter = lanes_bytes(CHUNK * 10, &little), longer = lanes_bytes(30000, &much);
    assert_true(much > little * 500);
    if (longer - much > shorter - little + 1024) {
        fail_msg("%llu bytes besides the batches, with short lanes %llu",
                 (unsigned long long)(longer - much), (unsigned long long)(shorter - little));
    }
}

/* What needs the whole sequence is not cut. */
static void test_not_cut(void **state) {
    (void)state;
    for (int decoder = 0; decoder < 2; decoder++) {
        training t;
        rnn_fit *fit = NULL;
        prepare(&t, TOY_CLASS);
        if (decoder) {
            t.spec.target_vocabulary = t.spec.target_embedding = 2;
            t.toy.sampler.max_targets = 3;
        } else {
            t.spec.pooling = RNN_POOL_MEAN;
        }
        start(&t);
        t.options.tbptt = 3;
        assert_int_equal(rnn_fit_create(&t.ctx, &t.config, &fit), RNN_OPTION);
        assert_null(fit);
        assert_non_null(strstr(t.ctx.message, "tbptt"));
        finish(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tbptt),         cmocka_unit_test(test_lanes_schedule),
        cmocka_unit_test(test_lanes_dropout), cmocka_unit_test(test_lanes_stop),
        cmocka_unit_test(test_not_cut),       cmocka_unit_test(test_lanes_validation),
        cmocka_unit_test(test_lanes_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
