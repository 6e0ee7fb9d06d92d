/* test_pretrained.c - the models of the library are the files of models/, are models, and say what
** their baseline is made of. */
#include "forecast_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forecast.h"
#include "model.h"
#include "pretrained.h"

/* What a file that everyone downloads may take. */
enum { MOST_BYTES = 2 * 1024 * 1024 };

static void test_bytes(void **state) {
    size_t size, n;
    const uint8_t *bytes = rnn_pretrained("forecast", &size);
    uint8_t *file = malloc(MOST_BYTES + 1);
    FILE *f = fopen("models/forecast.rnn", "rb");
    (void)state;
    assert_non_null(bytes);
    assert_non_null(file);
    assert_non_null(f);
    n = fread(file, 1, MOST_BYTES + 1, f);
    (void)fclose(f);
    assert_int_equal(size, n);
    assert_in_range(size, 1, MOST_BYTES);
    assert_memory_equal(bytes, file, n);
    free(file);
}

static void test_is_a_model(void **state) {
    rnn_context ctx = {0};
    rnn_model *m;
    size_t size;
    const uint8_t *bytes = rnn_pretrained("forecast", &size);
    (void)state;
    if (rnn_model_read(&ctx, bytes, size, &m) != RNN_OK) fail_msg("%s", ctx.message);
    assert_int_equal(m->options.task, RNN_TASK_FORECAST);
    rnn_model_free(m);
    assert_int_equal(ctx.memory_used, 0);
}

static void test_names(void **state) {
    size_t size = 5, again;
    (void)state;
    assert_null(rnn_pretrained("forecasts", &size));
    assert_int_equal(size, 0);
    assert_null(rnn_pretrained("", &size));
    assert_non_null(strstr(rnn_pretrained_names(), "'forecast'"));
    assert_int_equal(rnn_pretrained_names()[0], '\'');
    assert_ptr_equal(rnn_pretrained("forecast", &size), rnn_pretrained("forecast", &again));
    assert_int_equal(size, again);
}

static void test_has(void **state) {
    size_t size;
    const uint8_t *bytes = rnn_pretrained("forecast", &size);
    uint8_t *copy = malloc(size);
    (void)state;
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_int_equal(rnn_pretrained_has(bytes, size), 1);
    assert_int_equal(rnn_pretrained_has(bytes, size - 1), 0);
    assert_int_equal(rnn_pretrained_has(bytes + 1, size - 1), 0);
    assert_int_equal(rnn_pretrained_has(copy, size), 0);
    assert_int_equal(rnn_pretrained_has(NULL, 0), 0);
    free(copy);
}

static double growing(size_t series, size_t t) {
    (void)series;
    return exp(3 + 0.03 * (double)t + 0.05 * gauss(1, t));
}

/* What rnn_forecast says its baseline is a mixture of. */
static rnn_writer mixture_of(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_options o;
    rnn_forecaster *f = NULL;
    rnn_forecast_row row;
    rnn_writer w;
    rnn_options_default(&o);
    o.threads = 1;
    o.horizon = 4;
    rnn_writer_init(&w, ctx);
    assert_int_equal(rnn_forecaster_create(ctx, "rnn_forecast", m, rows, &o, 0, &f), RNN_OK);
    assert_int_equal(rnn_forecaster_next(f, &row), RNN_OK);
    assert_int_equal(rnn_forecaster_mixture(f, &w), RNN_OK);
    rnn_forecaster_free(f);
    return w;
}

/* The mixture is of the values, whatever the network is given. */
static void test_mixture_of_logarithms(void **state) {
    rnn_context ctx = {0};
    rnn_model *m;
    size_t size;
    const uint8_t *bytes = rnn_pretrained("forecast", &size);
    rnn_table *rows = rows_of(&ctx, 1, 60, growing);
    (void)state;
    assert_int_equal(rnn_model_read(&ctx, bytes, size, &m), RNN_OK);
    rnn_writer plain = mixture_of(&ctx, m, rows);
    m->forecast.recipe.log = 1;
    m->forecast.recipe.log_floor = 1e-3;
    rnn_writer logs = mixture_of(&ctx, m, rows);
    assert_true(plain.size > 10);
    assert_int_equal(plain.size, logs.size);
    assert_memory_equal(plain.data, logs.data, plain.size);
    rnn_writer_free(&plain);
    rnn_writer_free(&logs);
    rnn_model_free(m);
    rnn_table_free(rows);
    assert_int_equal(ctx.memory_used, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_is_a_model),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_mixture_of_logarithms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
