/* test_series_wide.c - what the linear models of numeric series are given: channels, gaps, level
** and size, penalties; and what they give. */
#include "testing.h"
#include "values_testing.h"

#include "patches.h"
#include "rng.h"
#include "series_wide.h"

/* Numbers a step: a value, its mask; a vector of two, its mask. Steps are STRIDE apart. */
enum { STEPS = 9, VALUES = 3, NUMBERS = 5, STRIDE = 7, OUTPUTS = 2 };
static const size_t AT[VALUES] = {0, 2, 3}, MASK[VALUES] = {1, 4, 4};

static rnn_model *make_model(rnn_context *ctx, size_t length) {
    const rnn_convolution_spec spec = {1, VALUES, length, 2, 16};
    rnn_model *m = rnn_model_create(ctx);
    assert_non_null(m);
    m->options.task = RNN_TASK_CLASSIFY;
    m->input = rnn_alloc_array_zero(ctx, 2, sizeof *m->input);
    assert_non_null(m->input);
    m->inputs = 2;
    m->input[0].width = 1;
    m->input[1] = (rnn_input_column){.kind = RNN_INPUT_VECTOR, .width = 2};
    m->spec.outputs = OUTPUTS;
    m->sequence.patch_width = m->sequence.patch_stride = 1;
    m->sequence.wide_series = m->sequence.own_scale = 1;
    assert_int_equal(rnn_convolutions_create(ctx, &spec, &m->sequence.convolutions), RNN_OK);
    return m;
}

/* Random values, none missing. */
static void draw(real *numbers, uint64_t seed) {
    for (size_t i = 0; i < STEPS * STRIDE; i++) numbers[i] = (real)rnn_normal(seed, i);
    for (size_t t = 0; t < STEPS; t++) numbers[t * STRIDE + 1] = numbers[t * STRIDE + 4] = 0;
}

/* ---- channels ---- */

/* The first value of a series, given as text: a number each, "-" where it is missing; what
** becomes of it, undone with its mean and deviation where it was scaled by them. */
static void check_gaps(const char *given, const double want[STEPS]) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, STEPS);
    real numbers[STEPS * STRIDE], channel[VALUES * STEPS];
    double mean, deviation;
    draw(numbers, 3);
    for (size_t t = 0; t < STEPS; t++) {
        real *x = numbers + t * STRIDE;
        x[1] = given[t] == '-';
        x[0] = (real)(given[t] == '-' ? 0 : given[t] - '0');
    }
    rnn_patch_scale(numbers, STRIDE, STEPS, 0, 1, &mean, &deviation);
    for (int own = 0; own < 2; own++) {
        m->sequence.own_scale = own;
        rnn_series_wide_channels(m, numbers, STRIDE, STEPS, channel);
        for (size_t t = 0; t < STEPS; t++) {
            double got = (double)channel[t] * (own ? deviation : 1) + (own ? mean : 0);
            if (fabs(got - want[t]) > 1e-5)
                fail_msg("%s: step %zu is %g, not %g", given, t, got, want[t]);
        }
    }
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* On the line between what is known; before the first and after the last, those. */
static void test_gaps(void **state) {
    (void)state;
    check_gaps("123456789", (double[]){1, 2, 3, 4, 5, 6, 7, 8, 9});
    check_gaps("1--4-0--6", (double[]){1, 2, 3, 4, 2, 0, 2, 4, 6});
    check_gaps("--7-3----", (double[]){7, 7, 7, 5, 3, 3, 3, 3, 3});
    check_gaps("----5----", (double[]){5, 5, 5, 5, 5, 5, 5, 5, 5});
    check_gaps("3-------7", (double[]){3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7});
    check_gaps("---------", (double[]){0, 0, 0, 0, 0, 0, 0, 0, 0});
}

static void check_channels(int own_scale) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, STEPS);
    real numbers[STEPS * STRIDE], channel[VALUES * STEPS];
    m->sequence.own_scale = own_scale;
    draw(numbers, 4);
    numbers[3 * STRIDE + 4] = 1; /* the vector of step 3 */
    rnn_series_wide_channels(m, numbers, STRIDE, STEPS, channel);
    for (size_t v = 0; v < VALUES; v++) {
        const real *c = channel + v * STEPS;
        double mean, deviation;
        rnn_patch_scale(numbers, STRIDE, STEPS, AT[v], MASK[v], &mean, &deviation);
        for (size_t t = 0; t < STEPS; t++) {
            double want = (double)numbers[t * STRIDE + AT[v]];
            if (own_scale) want = (want - mean) / deviation;
            if (v > 0 && t == 3) want = ((double)c[2] + (double)c[4]) / 2;
            assert_near((double)c[t], want, 1e-6);
        }
    }
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* Each channel is standardised by itself, or is as it comes; gaps of one column are none of
** another. */
static void test_channels(void **state) {
    (void)state;
    check_channels(0);
    check_channels(1);
}

/* ---- features ---- */

/* Those of the convolutions of the channels, then each value's mean and the logarithm of its
** deviation. */
static void check_features(const rnn_model *m, rnn_convolution_part part, const real *numbers) {
    rnn_context *ctx = m->ctx;
    const rnn_convolutions *c = m->sequence.convolutions;
    size_t n = rnn_series_wide_count(m, part), convolved = rnn_convolutions_count(c, part);
    real *got = rnn_alloc_array(ctx, n, sizeof *got);
    real *want = rnn_alloc_array(ctx, n, sizeof *want);
    real *scratch = rnn_alloc_array(ctx, rnn_series_wide_scratch(m, STEPS), sizeof *scratch);
    real *rest = rnn_alloc_array(ctx, rnn_convolutions_scratch(c, STEPS), sizeof *rest);
    real channel[VALUES * STEPS];
    const rnn_channels series = {channel, STEPS};
    assert_true(got && scratch && rest);
    assert_int_equal(n, convolved + 2 * VALUES);
    rnn_series_wide_features(m, part, numbers, STRIDE, STEPS, scratch, got);
    rnn_series_wide_channels(m, numbers, STRIDE, STEPS, channel);
    rnn_convolutions_features(c, part, &series, rest, want);
    assert_memory_equal(got, want, convolved * sizeof *got);
    for (size_t v = 0; v < VALUES; v++) {
        double mean, deviation;
        rnn_patch_scale(numbers, STRIDE, STEPS, AT[v], MASK[v], &mean, &deviation);
        assert_near((double)got[convolved + 2 * v], mean, 1e-6);
        assert_near((double)got[convolved + 2 * v + 1], log(deviation), 1e-6);
    }
    rnn_free(ctx, got);
    rnn_free(ctx, want);
    rnn_free(ctx, scratch);
    rnn_free(ctx, rest);
}

static void test_features(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, STEPS);
    real numbers[STEPS * STRIDE];
    (void)state;
    draw(numbers, 5);
    numbers[4 * STRIDE + 1] = 1;
    for (m->sequence.own_scale = 0; m->sequence.own_scale < 2; m->sequence.own_scale++) {
        check_features(m, RNN_SHAPES, numbers);
        check_features(m, RNN_CONTESTS, numbers);
    }
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* Together level and size weigh a fiftieth of the other features: their penalties are lower, but
** never higher. */
static void test_penalty(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (size_t length = 9; length < 1000; length *= 10) {
        rnn_model *m = make_model(&ctx, length);
        for (int p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
            rnn_convolution_part part = (rnn_convolution_part)p;
            size_t n = rnn_series_wide_count(m, part), others = n - 2 * VALUES;
            double *penalty = rnn_alloc_array(&ctx, n, sizeof *penalty), weight = 0;
            assert_non_null(penalty);
            rnn_series_wide_penalty(m, part, penalty);
            for (size_t j = 0; j < n; j++) {
                if (j < others) assert_true(penalty[j] == 1);
                if (j >= others) assert_true(penalty[j] > 0 && penalty[j] <= 1);
                if (j >= others) weight += 1 / penalty[j];
            }
            assert_near(weight, fmax(2 * VALUES, 0.02 * (double)others), 1e-9);
            rnn_free(&ctx, penalty);
        }
        rnn_model_free(m);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- what they say ---- */

static void predict(const rnn_model *m, const real *numbers, size_t steps, real out[OUTPUTS]) {
    rnn_context *ctx = m->ctx;
    real *scratch = rnn_alloc_array(ctx, rnn_series_wide_scratch(m, STEPS), sizeof *scratch);
    real *feature = rnn_alloc_array(ctx, rnn_series_wide_count(m, RNN_SHAPES), sizeof *feature);
    assert_true(scratch && feature);
    for (size_t k = 0; k < OUTPUTS; k++) out[k] = (real)NAN;
    rnn_series_wide_predict(m, RNN_SHAPES, numbers, STRIDE, steps, scratch, feature, out);
    rnn_free(ctx, scratch);
    rnn_free(ctx, feature);
}

/* Nothing without a model, or of no steps; else the model's answer to the features. */
static void test_predict(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, STEPS);
    rnn_ridge *ridge = &m->sequence.ridge[RNN_SHAPES];
    size_t n = rnn_series_wide_count(m, RNN_SHAPES);
    real numbers[STEPS * STRIDE], out[OUTPUTS], want[OUTPUTS] = {5, -6};
    (void)state;
    draw(numbers, 6);
    predict(m, numbers, STEPS, out);
    assert_true(out[0] == 0 && out[1] == 0);
    assert_int_equal(rnn_ridge_init(&ctx, ridge, n, OUTPUTS), RNN_OK);
    ridge->bias[0] = 5;
    ridge->bias[1] = -6;
    predict(m, numbers, STEPS, out);
    assert_memory_equal(out, want, sizeof out);
    predict(m, numbers, 0, out);
    assert_true(out[0] == 0 && out[1] == 0);
    ridge->weight[(n - 1) * OUTPUTS] = 2; /* of the size of the last value */
    double mean, deviation;
    rnn_patch_scale(numbers, STRIDE, STEPS, AT[2], MASK[2], &mean, &deviation);
    predict(m, numbers, STEPS, out);
    assert_near((double)out[0], 5 + 2 * log(deviation), 1e-6);
    assert_true(out[1] == -6);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps),     cmocka_unit_test(test_channels),
        cmocka_unit_test(test_features), cmocka_unit_test(test_penalty),
        cmocka_unit_test(test_predict),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
