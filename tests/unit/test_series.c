/* test_series.c - rows as sorted series on a grid: order, frequency, gaps, times, what is refused.
** The inputs are in test_columns.c. */
#include "series_testing.h"

/* ---- order ---- */

static void test_sorting(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3,
          "b|2014-01-03|23\na|2014-01-02|12\nb|2014-01-01|21\na|2014-01-01|11\n"
          "7|2014-01-01|1\nb|2014-01-02|22\n|2014-01-02|0\n");
    assert_int_equal(f.set.count, 4);
    assert_int_equal(f.set.series[0].key.type, RNN_NULL); /* NULL < numbers < text */
    assert_int_equal(f.set.series[1].key.i, 7);
    assert_targets(&f, 0, "0");
    assert_targets(&f, 2, "11 12");
    assert_targets(&f, 3, "21 22 23");
    assert_time(&f, 3, 1, "'2014-01-02'");
    drop(&f);
}

/* The same model and the same series for any arrival order. */
static void test_arrival_order(void **state) {
    (void)state;
    static const char *const line[] = {"a|1|0.1|x|3.7\n", "a|2|0.2|y|1.1\n", "a|4||x|\n",
                                       "2.5|1|9|y|1e9\n", "2.5|2|8|z|0.3\n", "a|3|0.7|z|0.2\n"};
    fixture first = {0};
    first.options.series_embedding = 2;
    for (unsigned shift = 0; shift < 6; shift++) {
        for (int backwards = 0; backwards < 2; backwards++) {
            fixture f = {0};
            char lines[256] = "";
            for (unsigned i = 0; i < 6; i++) {
                strcat(lines, line[backwards ? 5 - (i + shift) % 6 : (i + shift) % 6]);
            }
            if (!first.rows) learn(&first, 5, lines);
            f.options.series_embedding = 2;
            learn(&f, 5, lines);
            assert_targets(&f, 0, "9 8");
            assert_targets(&f, 1, "0.1 0.2 0.7 .");
            assert_memory_equal(f.model->input[1].mean, first.model->input[1].mean, 8);
            assert_memory_equal(f.model->input[1].scale, first.model->input[1].scale, 8);
            size_t n, first_n;
            const char *word = rnn_vocabulary_word(&f.model->input[0].vocabulary, 1, &n);
            const char *first_word =
                rnn_vocabulary_word(&first.model->input[0].vocabulary, 1, &first_n);
            assert_int_equal(n, first_n);
            assert_memory_equal(word, first_word, n);
            assert_memory_equal(f.set.numbers, first.set.numbers, 12 * sizeof(real));
            assert_memory_equal(f.set.ids, first.set.ids, 6 * sizeof(uint32_t));
            drop(&f);
        }
    }
    drop(&first);
}

static void test_equal_keys(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3, "1|1|1\n1.0|2|2\n-0.0|1|5\n0|2|6\n"); /* a REAL column */
    assert_int_equal(f.set.count, 2);
    assert_targets(&f, 0, "5 6");
    drop(&f);
    memset(&f, 0, sizeof f);
    learn(&f, 3, "x|1|0\n1|1|1\n1.0|2|2\n"); /* a mixed column */
    assert_int_equal(f.set.count, 2);
    assert_targets(&f, 0, "1 2");
    drop(&f);
}

static void test_many_series(void **state) {
    (void)state;
    fixture f = {0};
    enum { SERIES = 3000 };
    char *lines = malloc(SERIES * 3 * 32), *at = lines;
    assert_non_null(lines);
    for (int i = 0; i < 3 * SERIES; i++) { /* 7 is coprime to 3000: every key, far apart */
        at += sprintf(at, "%d|%d|%d\n", i * 7 % SERIES, 10 - i / SERIES, i * 7 % SERIES);
    }
    learn(&f, 3, lines);
    assert_int_equal(f.set.count, SERIES);
    for (int s = 0; s < SERIES; s++) {
        assert_int_equal(f.set.series[s].key.i, s);
        assert_int_equal(f.set.series[s].length, 3);
        assert_true(f.set.series[s].target[2] == s && f.set.series[s].origin == 8);
    }
    drop(&f);
    free(lines);
}

static void test_duplicates(void **state) {
    (void)state;
    refuse(3, "a|2014-01-01|1\na|2014-01-02|1\na|2014-01-01|2\n",
           "rnn_train: two rows have series 'a' and time '2014-01-01'");
    refuse(3, "7|1|1\n7|1|1\n", "series 7 and time 1;");
    refuse(3, "|2014-01-01|1\n|2014-01-01 00:00|2\n",
           "series NULL|'2014-01-01'| = |'2014-01-01 00:00'");
}

static void test_no_times(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3, "b||1\na||2\nb||3\na||4\na||5\n");
    assert_int_equal(f.model->forecast.frequency.unit, RNN_STEP_ROW);
    assert_targets(&f, 0, "2 4 5");
    assert_targets(&f, 1, "1 3");
    assert_true(f.set.series[0].ordered && f.set.series[0].time[2] == 2);
    assert_time(&f, 0, 2, "2");
    assert_time(&f, 0, 4, "4"); /* past the end */
    assert_int_equal(rebuild_status(&f, 3, "a|2014-01-01|1\n"), RNN_DATA);
    assert_message(&f.ctx,
                   "rnn_forecast: time (argument 2 of rnn_rows)|'2014-01-01'|without times");
    drop(&f);
    refuse(3, "a|1|1\na||2\na|3|1\n",
           "time (argument 3) is NULL in 1 of the 3 rows|series 'a', time 1");
}

/* A series without times beside others. */
static void test_some_without_times(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3,
          "b||5\na|2014-01-01|1\nb||3\na|2014-01-02|2\nc|2014-01-02|1\nb||4\na|2014-01-04|4\n"
          "c|2014-01-03|2\n");
    assert_int_equal(f.model->forecast.frequency.unit, RNN_STEP_SECOND);
    assert_true(f.model->forecast.frequency.size == 86400);
    assert_targets(&f, 0, "1 2 . 4");
    assert_targets(&f, 1, "5 3 4");
    assert_time(&f, 1, 3, "3");
    assert_null(f.set.series[1].time);
    drop(&f);
}

/* ---- frequency and gaps ---- */

static void test_months(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3,
          "a|2013-10-31|1\na|2013-11-30|2\na|2013-12-31|3\na|2014-01-31|4\na|2014-03-31|6\n");
    assert_targets(&f, 0, "1 2 3 4 . 6");
    assert_time(&f, 0, 4, "'2014-02-28'");
    assert_time(&f, 0, 6, "'2014-04-30'");
    assert_int_equal(f.set.report.filled_steps, 1);
    drop(&f);
    memset(&f, 0, sizeof f);
    learn(&f, 3, "|2014-01|1\n|2014-02|2\n|2014-04|4\n");
    assert_targets(&f, 0, "1 2 . 4");
    assert_time(&f, 0, 4, "'2014-05'");
    drop(&f);
}

static void test_frequency_option(void **state) {
    (void)state;
    fixture f = {0};
    strcpy(f.options.frequency.s, "week");
    learn(&f, 3, "a|2014-01-01|1\na|2014-01-15|2\na|2014-01-29|3\n");
    assert_targets(&f, 0, "1 . 2 . 3");
    assert_time(&f, 0, 5, "'2014-02-05'");
    drop(&f);
    memset(&f, 0, sizeof f);
    strcpy(f.options.frequency.s, "fortnite");
    refuse_with(&f, RNN_OPTION, 3, "a|2014-01-01|1\na|2014-01-15|2\n",
                "rnn_train: option frequency|fortnite");
}

static void test_skip(void **state) {
    (void)state;
    fixture f = {0};
    f.options.gaps = RNN_GAPS_SKIP;
    learn(&f, 3, "a|2014-01-01|1\na|2014-02-01|2\na|2014-05-01|5\na|2014-06-01|6\n");
    assert_int_equal(f.model->forecast.frequency.unit, RNN_STEP_ROW);
    assert_targets(&f, 0, "1 2 5 6");
    assert_time(&f, 0, 2, "'2014-05-01'");
    assert_time(&f, 0, 5, "'2014-08-01'"); /* calendar months go on */
    assert_int_equal(f.set.report.filled_steps, 0);
    drop(&f);
    memset(&f, 0, sizeof f);
    f.options.gaps = RNN_GAPS_SKIP;
    learn(&f, 3, "a|2014-01|1\na|2014-02|2\na|2014-04|5\n");
    assert_time(&f, 0, 3, "'2014-05'");
    drop(&f);
}

static void test_gap_error(void **state) {
    (void)state;
    fixture f = {0};
    f.options.gaps = RNN_GAPS_ERROR;
    refuse_with(&f, RNN_DATA, 3,
                "a|2014-01-01|1\nb|2014-01-01|1\nb|2014-01-02|1\nb|2014-01-05|1\n"
                "a|2014-01-02|1\na|2014-01-03|1\nb|2014-01-06|1\n",
                "series 'b' has no row for '2014-01-03'|between '2014-01-02' and '2014-01-05'");
    memset(&f, 0, sizeof f);
    f.options.gaps = RNN_GAPS_ERROR;
    learn(&f, 3, "a|1|1\na|2|1\na|3|1\n");
    assert_int_equal(rebuild_status(&f, 3, "a|1|1\na|2|1\na|5|1\n"), RNN_DATA);
    assert_message(&f.ctx, "rnn_forecast|argument 2 of rnn_rows|no row for 3,");
    drop(&f);
}

/* 10:07 in hourly data is 10:00, unless that is there as well. */
static void test_off_grid(void **state) {
    (void)state;
    fixture f = {0};
    strcpy(f.options.frequency.s, "hour");
    learn(&f, 3,
          "a|2014-01-01 08:00|8\na|2014-01-01 09:00|9\na|2014-01-01 10:07|10\n"
          "a|2014-01-01 11:00|11\n");
    assert_targets(&f, 0, "8 9 10 11");
    assert_time(&f, 0, 2, "'2014-01-01 10:00'");
    drop(&f);
    memset(&f, 0, sizeof f);
    strcpy(f.options.frequency.s, "hour");
    refuse_with(&f, RNN_DATA, 3,
                "a|2014-01-01 08:00|8\na|2014-01-01 09:00|9\na|2014-01-01 09:20|10\n"
                "a|2014-01-01 10:00|11\n",
                "'2014-01-01 09:00' and '2014-01-01 09:20' of series 'a'|\"hour\"|\"frequency\"|"
                "\"gaps\":\"skip\"");
    memset(&f, 0, sizeof f);
    strcpy(f.options.frequency.s,
           "hour"); /* 09:25 is nearest to 09:00, which is taken; 10:00 is free */
    learn(&f, 3,
          "a|2014-01-01 08:00|8\na|2014-01-01 09:00|9\na|2014-01-01 09:25|10\n"
          "a|2014-01-01 11:00|11\n");
    assert_targets(&f, 0, "8 9 10 11");
    drop(&f);
}

/* One stray first row does not move the grid of all others. */
static void test_anchor(void **state) {
    (void)state;
    fixture f = {0};
    strcpy(f.options.frequency.s, "hour");
    learn(&f, 3,
          "a|2014-01-01 08:10|8\na|2014-01-01 09:00|9\na|2014-01-01 10:00|10\n"
          "a|2014-01-01 12:00|12\n");
    assert_targets(&f, 0, "8 9 10 . 12");
    assert_time(&f, 0, 0, "'2014-01-01 08:00'");
    assert_time(&f, 0, 5, "'2014-01-01 13:00'");
    drop(&f);
}

static void test_sparse(void **state) {
    (void)state;
    fixture f = {0};
    const char *far = "a|1970-01-01 00:00:00|1\na|1970-01-01 00:00:01|2\na|1970-01-01 00:00:02|2\n"
                      "a|2020-01-01 00:00:00|3\n";
    learn(&f, 3, far); /* found, not given: ranks instead */
    assert_int_equal(f.model->forecast.frequency.unit, RNN_STEP_ROW);
    assert_targets(&f, 0, "1 2 2 3");
    assert_time(&f, 0, 3, "'2020-01-01 00:00:00'");
    drop(&f);
    memset(&f, 0, sizeof f);
    strcpy(f.options.frequency.s, "second");
    refuse_with(
        &f, RNN_DATA, 3, far,
        "series 'a' goes from '1970-01-01 00:00:00' to '2020-01-01 00:00:00'|1577836801 steps|"
        "\"second\"|4 rows|\"gaps\":\"skip\"");
    refuse_rows(3, "a|1|1\na|2|2\na|3|2\n", 3, "b|-1000000000|1\nb|1000000000|1\n",
                "series 'b' goes from -1000000000 to 1000000000");
    memset(&f, 0, sizeof f);
    learn(&f, 3, "a|-1e300|1\na|0.5|2\na|1e300|3\na|1.1e300|3\n"); /* absurd, but no harm */
    assert_int_equal(f.set.series[0].length, 4);
    drop(&f);
}

/* ---- styles ---- */

static void test_styles(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3, "a|2014-01-01 00:00|1\na|2014-01-01 01:00|2\na|2014-01-01 02:00|3\n");
    rebuild(&f, 3, "a|2015-05-05|1\n"); /* the model's hours need more than a date */
    assert_time(&f, 0, 1, "'2015-05-05 01:00'");
    rebuild(&f, 3, "a|2015-05-05T10:00|1\n");
    assert_time(&f, 0, 1, "'2015-05-05T11:00'");
    rebuild(&f, 3, "a||1\na||2\n");
    assert_time(&f, 0, 2, "2");
    drop(&f);
    refuse_rows(3, "a|2014-01-01|1\na|2014-01-02|2\n", 3, "a|17|1\n",
                "rnn_forecast: time (argument 2 of rnn_rows)|17|YYYY-MM-DD");
    refuse(3, "a|2014-01-01|1\nb|5|2\n", "rnn_train: time (argument 3)|5");
    refuse(3, "a|2014-01-01|1\na|31.12.2014|2\n",
           "rnn_train: time (argument 3), series 'a'|31.12.2014");
    refuse(3, "a|1|1\na|inf|2\n", "series 'a'|finite");
}

static void test_real_times(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3, "a|0.1|1\na|0.2|2\na|0.3|3\na|0.5|5\n");
    assert_targets(&f, 0, "1 2 3 . 5");
    assert_time(&f, 0, 3, "0.4");
    rebuild(&f, 3, "a|3|1\n"); /* integers, steps of 0.1 */
    assert_time(&f, 0, 1, "3.1");
    drop(&f);
}

/* ---- targets ---- */

static void test_targets(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3, "a|1|\na|2|5\na|3|\na|4|0\na|5|\nb|1|\nb|2|\n");
    assert_int_equal(f.set.series[0].known, 4);
    assert_int_equal(f.set.series[0].length, 5);
    assert_int_equal(f.set.series[1].known, 0);
    assert_int_equal(f.model->forecast.integer_target, 1);
    assert_int_equal(f.model->forecast.nonnegative, 1);
    assert_int_equal(f.model->report.rows, 7);
    assert_int_equal(f.model->report.series, 1);
    assert_int_equal(f.model->report.series_skipped, 1);
    assert_int_equal(f.model->report.missing_targets, 2);
    assert_string_equal(f.model->report.reason, "1 series has no known target");
    assert_memory_equal(&f.set.report, &f.model->report, sizeof(rnn_report));
    rebuild(&f, 3, "a|1|\nb|1|\n"); /* nothing known is no error when forecasting */
    assert_string_equal(f.set.report.reason, "2 series have no known target");
    drop(&f);
    memset(&f, 0, sizeof f);
    learn(&f, 3, "a|1|-0.5\n");
    assert_int_equal(f.model->forecast.integer_target, 0);
    assert_int_equal(f.model->forecast.nonnegative, 0);
    drop(&f);
}

static void test_bad_targets(void **state) {
    (void)state;
    refuse(3, "a|1|5\na|2|many\n",
           "rnn_train: target (argument 4) is 'many' (series 'a', time 2)|number");
    refuse(3, "a|1|5\na|2|#1\n", "target (argument 4) is x'|series 'a'");
    refuse(3, "a|1|5\na|2|inf\n", "target (argument 4) is |series 'a', time 2|finite");
    refuse(3, "a|1|5\na|2|-inf\n", "finite");
    refuse(3, "a|1|\na|2|\n", "target (argument 4) is NULL in all 2 rows|no known target");
    refuse(3, "", "rnn_train: no rows");
    refuse(2, "a|1\n", "rnn_train: 2 columns are too few|series, time and target");
    refuse(1, "a\n", "1 column is too few");
    refuse_rows(3, "a|1|1\na|2|2\n", 3, "a|1|x\n",
                "rnn_forecast: target (argument 3 of rnn_rows) is 'x'");
    refuse_rows(3, "a|1|1\na|2|2\n", 4, "a|1|1|1\n",
                "rnn_forecast: the rows have 4 columns; the model was trained with 3");
    refuse_rows(4, "a|1|1|1\n", 2, "a|1\n", "2 columns|4: series, time, target and 1 input");
}

static void test_empty_set(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 3, "a|1|1\na|2|2\n");
    rebuild(&f, 3, "");
    assert_int_equal(f.set.count, 0);
    drop(&f);
}

/* ---- series embedding ---- */

static void test_series_ids(void **state) {
    (void)state;
    fixture f = {0};
    f.options.series_embedding = 4;
    learn(&f, 3, "c|1|1\na|1|1\nb|1|\n9|1|1\n|1|1\n");
    assert_int_equal(f.model->forecast.series, 4); /* b is never known */
    rebuild(&f, 3, "z|1|1\na|1|1\nb|1|1\nc|1|1\n9.0|1|1\n|1|1\n");
    static const uint32_t expected[6] = {1, 2, 3, 0, 4, 0}; /* NULL 9 a b c z */
    for (size_t s = 0; s < 6; s++) assert_int_equal(f.set.series[s].id, expected[s]);
    drop(&f);
}

/* ---- memory and interrupts ---- */

static const char *const WHOLE =
    "b|2014-01-02|1|red|0.5|[1,2]\na|2014-01-01|2|blue||[3,4]\na|2014-01-03|||7|\n"
    "b|2014-01-01|4|red|0.5|[1,2]\nc|||green|1|\n";

static void *limited(void *arg, void *p, uint64_t n) {
    int *left = arg;
    if (n == 0) {
        free(p);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(p, (size_t)n) : NULL;
}

/* The N-th allocation fails, for every N until none does. */
static void test_out_of_memory(void **state) {
    (void)state;
    int left = INT32_MAX, done = 0;
    rnn_context plain = {0};
    rnn_table *rows = table_of(&plain, 6, WHOLE);
    for (int allowed = 0; !done; allowed++) {
        rnn_context ctx = {0};
        rnn_options options = {0};
        rnn_series_set set = {0};
        rnn_model *model;
        rnn_status status = RNN_NOMEM;
        ctx.allocate = limited;
        ctx.allocate_arg = &left;
        options.series_embedding = 1;
        left = allowed;
        assert_true(allowed < 500);
        model = rnn_model_create(&ctx);
        if (model) status = rnn_series_learn(&ctx, TRAIN, rows, &options, model);
        if (status == RNN_OK) status = rnn_series_build(&ctx, TRAIN, rows, model, &set);
        if (status != RNN_OK) {
            assert_int_equal(status, RNN_NOMEM);
            assert_true(ctx.message[0] != 0 && set.count == 0);
        }
        done = status == RNN_OK;
        rnn_series_set_free(&set);
        rnn_model_free(model);
        assert_int_equal(ctx.memory_used, 0);
    }
    rnn_table_free(rows);
}

static int stop_at(void *arg) { return --*(int *)arg < 0; }

static void test_interrupt(void **state) {
    (void)state;
    int done = 0;
    rnn_context plain = {0};
    rnn_table *rows = table_of(&plain, 6, WHOLE);
    for (int allowed = 0; !done; allowed++) {
        int left = allowed;
        rnn_context ctx = {0};
        rnn_options options = {0};
        rnn_series_set set = {0};
        rnn_model *model = rnn_model_create(&ctx);
        rnn_status status;
        ctx.check = stop_at;
        ctx.check_arg = &left;
        status = rnn_series_learn(&ctx, TRAIN, rows, &options, model);
        if (status == RNN_OK) status = rnn_series_build(&ctx, TRAIN, rows, model, &set);
        assert_true(status == RNN_OK || status == RNN_INTERRUPT);
        assert_true(status == RNN_OK || allowed < 100);
        done = status == RNN_OK;
        rnn_series_set_free(&set);
        rnn_model_free(model);
        assert_int_equal(ctx.memory_used, 0);
        if (done) assert_true(allowed > 0); /* it was asked at all */
    }
    rnn_table_free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorting),
        cmocka_unit_test(test_arrival_order),
        cmocka_unit_test(test_equal_keys),
        cmocka_unit_test(test_many_series),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_no_times),
        cmocka_unit_test(test_some_without_times),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_frequency_option),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_gap_error),
        cmocka_unit_test(test_off_grid),
        cmocka_unit_test(test_anchor),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_real_times),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_bad_targets),
        cmocka_unit_test(test_empty_set),
        cmocka_unit_test(test_series_ids),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
