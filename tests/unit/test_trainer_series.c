/* test_trainer_series.c - training models of whole series: that they learn, what is in them, the
** same bytes on any number of threads, going on from a model, options that do not go together,
** failures.
**
** The series are short and few, so that a training takes milliseconds.
*/
#include "testing.h"
#include "values_testing.h"

#include "model.h"
#include "predictor.h"
#include "rng.h"
#include "trainer.h"

enum { SERIES = 14, LONGEST = 24 };

/* ---- rows and trainings ---- */

static rnn_value int_value(int64_t i) {
    return (rnn_value){.type = RNN_INT, .i = i, .d = (double)i};
}

static rnn_value real_value(double d) { return (rnn_value){.type = RNN_FLOAT, .d = d}; }

/* Series of class or number s % 2: rising or falling again and again, at any level, some a step or
** two shorter; a few values are missing. Columns: series, time, target, number. */
static rnn_table *make_rows(rnn_context *ctx, size_t series, int backwards) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 4, &t), RNN_OK);
    for (size_t n = 0; n < series; n++) {
        size_t s = backwards ? series - 1 - n : n, steps = LONGEST - s % 3;
        for (size_t k = 0; k < steps; k++) {
            size_t i = backwards ? steps - 1 - k : k;
            double wave = (s % 2 ? (double)(i % 6) : (double)(5 - i % 6)) + 20 * rnn_uniform(s, 0);
            rnn_value row[4] = {int_value((int64_t)s), int_value((int64_t)i),
                                int_value((int64_t)(s % 2)),
                                real_value(wave + 0.3 * rnn_normal(s, i))};
            if ((s + i) % 11 == 0) row[3].type = RNN_NULL;
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    return t;
}

/* Series of class or number s % 2 that have no shape: all steps are near -1 or 1. */
static rnn_table *make_levels(rnn_context *ctx, size_t series) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 4, &t), RNN_OK);
    for (size_t s = 0; s < series; s++) {
        double level = (s % 2 ? 1 : -1) + 0.2 * rnn_normal(series, s);
        for (size_t i = 0; i < LONGEST; i++) {
            rnn_value row[4] = {int_value((int64_t)s), int_value((int64_t)i),
                                int_value((int64_t)(s % 2)),
                                real_value(level + 0.3 * rnn_normal(s, i))};
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    return t;
}

static void give(rnn_options *o, rnn_option_key key) { o->given[key] = 1; }

static rnn_options small(rnn_task task) {
    rnn_options o;
    memset(&o, 0, sizeof o);
    rnn_options_default(&o);
    o.task = task;
    o.hidden = 4;
    o.ensemble = 2;
    o.epochs = 3;
    o.batch = 8;
    o.threads = 1;
    give(&o, RNN_KEY_task);
    give(&o, RNN_KEY_hidden);
    give(&o, RNN_KEY_ensemble);
    give(&o, RNN_KEY_epochs);
    give(&o, RNN_KEY_batch);
    return o;
}

/* A whole training; the bytes are the caller's. */
static rnn_status train(rnn_context *ctx, const rnn_table *rows, const rnn_options *o,
                        const rnn_model *base, uint8_t **bytes, size_t *size) {
    rnn_trainer *t = NULL;
    rnn_epoch epoch;
    *bytes = NULL;
    rnn_status status = rnn_trainer_create(ctx, "rnn_train", rows, o, base, 0, &t);
    while (status == RNN_OK) status = rnn_trainer_step(t, &epoch);
    if (status == RNN_DONE) status = rnn_trainer_model(t, 1, bytes, size);
    rnn_trainer_free(t);
    return status;
}

static rnn_model *trained(rnn_context *ctx, const rnn_table *rows, const rnn_options *o,
                          const rnn_model *base) {
    uint8_t *bytes;
    size_t size;
    rnn_model *m;
    if (train(ctx, rows, o, base, &bytes, &size) != RNN_OK) fail_msg("%s", ctx->message);
    if (rnn_model_read(ctx, bytes, size, &m) != RNN_OK) fail_msg("%s", ctx->message);
    rnn_free(ctx, bytes);
    return m;
}

/* ---- what comes of it ---- */

static size_t count_right(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_options o;
    rnn_predictor *p;
    rnn_prediction row;
    size_t right = 0;
    rnn_options_default(&o);
    o.threads = 1;
    if (rnn_predictor_create(ctx, "rnn_predict", m, rows, &o, &p) != RNN_OK)
        fail_msg("%s", ctx->message);
    while (rnn_predictor_next(p, &row) == RNN_OK)
        right += fabs(row.prediction.d - (double)(row.series.i % 2)) < 0.5;
    rnn_predictor_free(p);
    return right;
}

/* Series that were not among those of training are told apart, classes and numbers, with a
** validation part and by cross-validation. */
static void test_learns(void **state) {
    static const rnn_task tasks[] = {RNN_TASK_CLASSIFY, RNN_TASK_REGRESS};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows = make_rows(&ctx, 2 * SERIES, 0), *more = make_rows(&ctx, 3 * SERIES, 0);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rnn_options o = small(tasks[i / 2]);
        if (i % 2) {
            o.validation = 0.25;
            give(&o, RNN_KEY_validation);
        }
        rnn_model *m = trained(&ctx, rows, &o, NULL);
        size_t right = count_right(&ctx, m, more);
        if (right < 3 * SERIES - 2) fail_msg("training %zu: %zu are right", i, right);
        assert_int_equal(m->spec.pooling, RNN_POOL_MIXED);
        assert_int_equal(rnn_model_format(m), 2);
        rnn_model_free(m);
    }
    rnn_table_free(rows);
    rnn_table_free(more);
    testing_no_leak(&ctx, &host);
}

/* Patches for the length of the series: 24 steps or so are read one by one, eight at a time. */
static void test_shape(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows = make_rows(&ctx, SERIES, 0);
    rnn_options o = small(RNN_TASK_CLASSIFY);
    (void)state;
    rnn_model *m = trained(&ctx, rows, &o, NULL);
    assert_int_equal(m->sequence.patch_width, 8);
    assert_int_equal(m->sequence.patch_stride, 1);
    assert_int_equal(m->options.bidirectional, 1);
    assert_int_equal(m->sequence.wide_series, 1);
    const rnn_convolution_spec *spec = rnn_convolutions_spec(m->sequence.convolutions);
    assert_int_equal(spec->channels, 1);
    assert_int_equal(spec->length, 24); /* 23.2 on average */
    assert_int_equal(spec->biases, 64);
    assert_int_equal(spec->groups, 32);
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++)
        assert_true(m->sequence.share[p] >= 0 && m->sequence.share[p] < 10);
    rnn_model_free(m);
    o.patch = 17;
    o.wide = 0;
    give(&o, RNN_KEY_patch);
    give(&o, RNN_KEY_wide);
    m = trained(&ctx, rows, &o, NULL);
    assert_int_equal(m->sequence.patch_width, 17);
    assert_int_equal(m->sequence.patch_stride, 3); /* an eighth, rounded up */
    assert_int_equal(m->sequence.wide_series, 0);
    assert_null(m->sequence.convolutions);
    rnn_model_free(m);
    rnn_table_free(rows);
    testing_no_leak(&ctx, &host);
}

/* Series whose shapes tell them apart are standardised each by itself, those whose levels do are
** not; two series say nothing about it. */
static void test_scale(void **state) {
    static const rnn_task tasks[] = {RNN_TASK_CLASSIFY, RNN_TASK_REGRESS};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *shapes = make_rows(&ctx, 2 * SERIES, 0), *levels = make_levels(&ctx, 2 * SERIES);
    rnn_table *two = make_levels(&ctx, 2);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rnn_options o = small(tasks[i / 2]);
        o.epochs = 1;
        if (i % 2) {
            o.validation = 0.25;
            give(&o, RNN_KEY_validation);
        }
        rnn_model *m = trained(&ctx, shapes, &o, NULL);
        assert_int_equal(m->sequence.own_scale, 1);
        rnn_model_free(m);
        m = trained(&ctx, levels, &o, NULL);
        assert_int_equal(m->sequence.own_scale, 0);
        rnn_model_free(m);
        if (i % 2) continue;
        m = trained(&ctx, two, &o, NULL);
        assert_int_equal(m->sequence.own_scale, 1);
        rnn_model_free(m);
    }
    rnn_table_free(shapes);
    rnn_table_free(levels);
    rnn_table_free(two);
    testing_no_leak(&ctx, &host);
}

/* A training says the same on any number of threads, in any order of the rows. */
static void check_same(rnn_options o) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows[] = {make_rows(&ctx, SERIES, 0), make_rows(&ctx, SERIES, 1)};
    uint8_t *first = NULL, *bytes;
    size_t size = 0, n = 0;
    for (int64_t threads = 1; threads <= 4; threads++) {
        o.threads = threads;
        if (train(&ctx, rows[threads / 2 % 2], &o, NULL, &bytes, &n) != RNN_OK)
            fail_msg("%s", ctx.message);
        if (!first) {
            first = bytes;
            size = n;
            continue;
        }
        assert_int_equal(n, size);
        assert_memory_equal(bytes, first, size);
        rnn_free(&ctx, bytes);
    }
    rnn_free(&ctx, first);
    rnn_table_free(rows[0]);
    rnn_table_free(rows[1]);
    testing_no_leak(&ctx, &host);
}

static void test_threads(void **state) {
    (void)state;
    rnn_options o = small(RNN_TASK_CLASSIFY);
    check_same(o);
    o.class_weights.kind = RNN_WEIGHTS_BALANCED;
    give(&o, RNN_KEY_class_weights);
    check_same(o);
    o = small(RNN_TASK_REGRESS);
    check_same(o);
    o.validation = 0.25;
    give(&o, RNN_KEY_validation);
    check_same(o);
}

/* ---- going on ---- */

/* From a model, with other rows: patches, their scale and convolutions stay, as the inputs of the
** networks do. */
static void test_goes_on(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows = make_rows(&ctx, SERIES, 0), *more = make_rows(&ctx, SERIES + 4, 0);
    rnn_options o = small(RNN_TASK_CLASSIFY), again;
    (void)state;
    rnn_model *m = trained(&ctx, rows, &o, NULL);
    m->sequence.own_scale = 0; /* not what these rows would get */
    memset(&again, 0, sizeof again);
    rnn_options_default(&again);
    again.threads = 1;
    again.epochs = 2;
    give(&again, RNN_KEY_epochs);
    rnn_model *next = trained(&ctx, more, &again, m);
    assert_int_equal(next->epochs, 5);
    assert_int_equal(next->sequence.own_scale, 0);
    assert_int_equal(next->sequence.patch_width, m->sequence.patch_width);
    assert_int_equal(next->sequence.patch_stride, m->sequence.patch_stride);
    assert_memory_equal(rnn_convolutions_spec(next->sequence.convolutions),
                        rnn_convolutions_spec(m->sequence.convolutions),
                        sizeof(rnn_convolution_spec));
    assert_int_equal(next->sequence.ridge[0].features, m->sequence.ridge[0].features);
    rnn_model_free(next);
    rnn_model_free(m);
    rnn_table_free(rows);
    rnn_table_free(more);
    testing_no_leak(&ctx, &host);
}

/* ---- refusals ---- */

static void refuse(rnn_context *ctx, const rnn_table *rows, const rnn_options *o, const char *why) {
    uint8_t *bytes;
    size_t size;
    assert_int_equal(train(ctx, rows, o, NULL, &bytes, &size), RNN_OPTION);
    if (!strstr(ctx->message, why)) fail_msg("'%s' is not in: %s", why, ctx->message);
}

static void test_refusals(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows = make_rows(&ctx, SERIES, 0);
    (void)state;
    rnn_options o = small(RNN_TASK_CLASSIFY);
    o.bidirectional = 0;
    give(&o, RNN_KEY_bidirectional);
    o.wide = 1;
    give(&o, RNN_KEY_wide);
    refuse(&ctx, rows, &o, "option \"wide\" is true, but");
    o = small(RNN_TASK_CLASSIFY);
    o.bidirectional = 0;
    give(&o, RNN_KEY_bidirectional);
    o.patch = 4;
    give(&o, RNN_KEY_patch);
    refuse(&ctx, rows, &o, "option \"patch\" is 4, but these rows are read step by step");
    rnn_table_free(rows);
    testing_no_leak(&ctx, &host);
}

/* ---- failures ---- */

/* Every few allocations fail, each at another training; nothing is left behind. */
static void test_no_memory(void **state) {
    testing_host own;
    rnn_context mine = testing_context(&own);
    rnn_table *rows = make_rows(&mine, 6, 0);
    rnn_options o = small(RNN_TASK_CLASSIFY);
    (void)state;
    o.epochs = 1;
    for (int held = 0; held < 2; held++) {
        rnn_status status = RNN_NOMEM;
        if (held) give(&o, RNN_KEY_validation);
        o.validation = held ? 0.3 : -1;
        for (uint64_t fail = 1; status == RNN_NOMEM; fail += 1 + fail % 5) {
            testing_host host;
            rnn_context ctx = testing_context(&host);
            uint8_t *bytes;
            size_t size;
            host.fail_at = fail;
            status = train(&ctx, rows, &o, NULL, &bytes, &size);
            rnn_free(&ctx, bytes);
            testing_no_leak(&ctx, &host);
            assert_true(status != RNN_OK || fail > 100);
        }
        assert_int_equal(status, RNN_OK);
    }
    rnn_table_free(rows);
    testing_no_leak(&mine, &own);
}

static void test_interrupts(void **state) {
    testing_host own;
    rnn_context mine = testing_context(&own);
    rnn_table *rows = make_rows(&mine, 6, 0);
    rnn_options o = small(RNN_TASK_CLASSIFY);
    rnn_status status = RNN_INTERRUPT;
    (void)state;
    o.epochs = 1;
    for (int at = 1; status == RNN_INTERRUPT; at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        uint8_t *bytes;
        size_t size;
        int left = at;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        status = train(&ctx, rows, &o, NULL, &bytes, &size);
        rnn_free(&ctx, bytes);
        testing_no_leak(&ctx, &host);
        assert_true(status != RNN_OK || at > 14); /* 7 lambdas of two models, epochs */
    }
    assert_int_equal(status, RNN_OK);
    rnn_table_free(rows);
    testing_no_leak(&mine, &own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),    cmocka_unit_test(test_shape),
        cmocka_unit_test(test_scale),     cmocka_unit_test(test_threads),
        cmocka_unit_test(test_goes_on),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_interrupts),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
