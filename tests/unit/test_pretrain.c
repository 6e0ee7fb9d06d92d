/* test_pretrain.c - making the library's forecaster, in small: the same bytes for the same plan. */
#include "values_testing.h"

#include <math.h>

#include "model.h"
#include "pretrain.h"

typedef struct made {
    uint8_t *bytes;
    size_t size, epochs;
    double loss;
} made;

static void count(void *arg, const rnn_epoch *epoch) {
    made *m = arg;
    m->epochs++;
    m->loss = epoch->valid_loss;
}

static made make(rnn_context *ctx, uint64_t seed, size_t threads) {
    made m = {0};
    rnn_pretrain_plan plan = {
        .seed = seed, .series = 64, .steps = 4, .threads = threads, .progress = count, .arg = &m};
    if (rnn_pretrain(ctx, &plan, &m.bytes, &m.size) != RNN_OK) fail_msg("%s", ctx->message);
    assert_int_equal(m.epochs, 1);
    assert_true(m.loss > 0 && isfinite(m.loss));
    return m;
}

static void test_same_bytes(void **state) {
    static const size_t threads[] = {1, 1, 2, 3};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    made first = make(&ctx, 1, 1);
    (void)state;
    for (size_t i = 1; i < sizeof threads / sizeof *threads; i++) {
        made again = make(&ctx, 1, threads[i]);
        assert_int_equal(again.size, first.size);
        assert_memory_equal(again.bytes, first.bytes, first.size);
        rnn_free(&ctx, again.bytes);
    }
    made other = make(&ctx, 2, 2);
    assert_true(other.size != first.size || memcmp(other.bytes, first.bytes, first.size) != 0);
    rnn_free(&ctx, other.bytes);
    rnn_free(&ctx, first.bytes);
    testing_no_leak(&ctx, &host);
}

/* What comes out is a model for any series, with a prior of the mixture's. */
static void test_model(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    made m = make(&ctx, 3, 2);
    rnn_model *model;
    size_t priors = 0;
    (void)state;
    if (rnn_model_read(&ctx, m.bytes, m.size, &model) != RNN_OK) fail_msg("%s", ctx.message);
    const rnn_recipe *r = &model->forecast.recipe;
    assert_true(r->any_step && r->mixture && r->careful);
    assert_int_equal(r->smoothing.profile_length, 0);
    for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) priors += r->smoothing.prior[j] != 0;
    assert_int_equal(priors, RNN_SMOOTHING_COUNT - RNN_SMOOTHING_TRENDS); /* nothing is shared */
    assert_int_equal(model->epochs, 1);
    assert_int_equal(model->best_epoch, 1);
    rnn_model_free(model);
    rnn_free(&ctx, m.bytes);
    testing_no_leak(&ctx, &host);
}

static void test_interrupt(void **state) {
    (void)state;
    for (int calls = 1; calls < 2000; calls *= 7) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        made m = {0};
        int left = calls;
        rnn_pretrain_plan plan = {.seed = 1, .series = 16, .steps = 2};
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        rnn_status status = rnn_pretrain(&ctx, &plan, &m.bytes, &m.size);
        if (status == RNN_OK) {
            rnn_free(&ctx, m.bytes);
            calls = 2000;
        } else {
            assert_int_equal(status, RNN_INTERRUPT);
            assert_null(m.bytes);
        }
        testing_no_leak(&ctx, &host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_interrupt),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
