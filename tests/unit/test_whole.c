/* test_whole.c - models that read whole series say the same of a series whichever way it comes:
** among the rows of a table, as an array, step by step, or as numbers; and what that is: the mean
** of the networks' outputs for its patches, and the linear models', each with its share. The
** networks have random weights.
*/
#include "model_testing.h"
#include "testing.h"

#include "answer.h"
#include "predictor.h"
#include "states.h"
#include "stream.h"

/* Both sides add up the same numbers, in another order where several series are in a batch. */
#define TOLERANCE 1e-5

enum { SERIES = 14, LONGEST = 40, MOST_CELLS = 5, MOST_OUT = 3 };

static const rnn_task TASKS[] = {RNN_TASK_CLASSIFY, RNN_TASK_REGRESS};

/* ---- rows ---- */

static size_t length_of(size_t series) { return series == 5 ? LONGEST : 1 + series * 5 % 17; }

/* Cells of a row: series, time, NULL, a number, a vector; values missing now and then. text [64].
*/
static void make_row(size_t series, size_t t, char *text, rnn_value row[MOST_CELLS]) {
    double x = 3 + 4 * sin(0.7 * (double)t + (double)series) + (double)(t * series % 3);
    int n = snprintf(text, 64, "[%g,%g]", x / 2, (double)(t % 4) - 1);
    row[0] = (rnn_value){.type = RNN_INT, .i = (int64_t)series, .d = (double)series};
    row[1] = (rnn_value){.type = RNN_INT, .i = (int64_t)t, .d = (double)t};
    row[2] = (rnn_value){.type = RNN_NULL};
    row[3] = (rnn_value){.type = RNN_FLOAT, .d = x};
    row[4] = (rnn_value){.type = RNN_TEXT, .p = text, .n = (size_t)n};
    if ((t + series) % 5 == 4) row[3].type = RNN_NULL;
    if ((t + series) % 7 == 2 || series == 9) row[4].type = RNN_NULL;
}

/* All series, or one (only < SERIES) with its first `steps` rows; the last rows come first. */
static rnn_table *make_rows(rnn_context *ctx, size_t columns, size_t only, size_t steps) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 3 + columns, &t), RNN_OK);
    for (size_t s = SERIES; s-- > 0;) {
        size_t n = only < SERIES ? steps : length_of(s);
        for (size_t i = n; i-- > 0 && (only >= SERIES || only == s);) {
            char text[64];
            rnn_value row[MOST_CELLS];
            make_row(s, i, text, row);
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    return t;
}

/* ---- by definition ---- */

/* Outputs for a series, numbers [steps x rnn_model_numbers]. */
static void plain_outputs(const rnn_model *m, const real *numbers, size_t steps, real *out) {
    rnn_context *ctx = m->ctx;
    const rnn_sequence_model *s = &m->sequence;
    size_t patches = rnn_patch_steps(m, steps), K = m->spec.outputs, width = rnn_model_numbers(m);
    rnn_workspace_size size = {1, patches, patches, 1, 0, 0};
    const rnn_pass pass = {0};
    rnn_batch b;
    rnn_workspace *w;
    double sum[MOST_OUT] = {0};
    assert_int_equal(rnn_batch_init(ctx, &b, 1, patches, m->spec.numbers, 0, 1), RNN_OK);
    rnn_batch_layout(&b, &patches, 1);
    b.outputs = 1;
    rnn_patch_fill(m, numbers, steps, NULL, 0, &b);
    assert_int_equal(rnn_workspace_create(ctx, &m->spec, &size, 0, &w), RNN_OK);
    for (size_t i = 0; i < m->members; i++) {
        rnn_net_forward(m->member[i], &b, &pass, w, out);
        for (size_t k = 0; k < K; k++) sum[k] += s->share[0] * (double)out[k] / (double)m->members;
    }
    rnn_workspace_free(w);
    rnn_batch_free(ctx, &b);
    for (int p = 0; p < RNN_CONVOLUTION_PARTS && s->wide_series; p++) {
        rnn_convolution_part part = (rnn_convolution_part)p;
        real *scratch = rnn_alloc_array(ctx, rnn_series_wide_scratch(m, steps), sizeof *scratch);
        real *feature = rnn_alloc_array(ctx, rnn_series_wide_count(m, part), sizeof *feature);
        assert_true(scratch && feature);
        rnn_series_wide_predict(m, part, numbers, width, steps, scratch, feature, out);
        for (size_t k = 0; k < K; k++) sum[k] += s->share[p + 1] * (double)out[k];
        rnn_free(ctx, scratch);
        rnn_free(ctx, feature);
    }
    for (size_t k = 0; k < K; k++) out[k] = (real)(s->wide_series ? sum[k] : sum[k] / s->share[0]);
}

/* The first `steps` rows of a series, or all of `rows`' only one, as numbers in new memory. */
static real *numbers_of(const rnn_model *m, size_t series, size_t steps) {
    rnn_context *ctx = m->ctx;
    rnn_table *rows = make_rows(ctx, m->inputs, series, steps);
    rnn_sequence_set set;
    if (rnn_sequences_build(ctx, "rnn_predict", rows, m, RNN_FIRST_KEY, &set) != RNN_OK)
        fail_msg("%s", ctx->message);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.number_width, rnn_model_numbers(m));
    size_t n = steps * set.number_width;
    real *numbers = rnn_alloc_array(ctx, n, sizeof *numbers);
    assert_non_null(numbers);
    memcpy(numbers, set.numbers, n * sizeof *numbers);
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    return numbers;
}

/* A prediction is what the outputs stand for; NaN: nobody says how probable it is. */
static void expect_answer(const rnn_model *m, const real *out, const rnn_value *got,
                          double probability) {
    double p[MOST_OUT];
    if (m->options.task == RNN_TASK_REGRESS) {
        rnn_value want = rnn_answer_number(m, out);
        assert_int_equal(got->type, RNN_FLOAT);
        assert_near(got->d, want.d, TOLERANCE);
        return;
    }
    size_t best = rnn_answer_class(m, out, p);
    assert_int_equal(got->type, m->sequence.class_value[best].type);
    assert_int_equal(rnn_value_compare(got, &m->sequence.class_value[best]), 0);
    if (!isnan(probability)) assert_near(probability, p[best], TOLERANCE);
}

static rnn_predictor *predictor_of(rnn_context *ctx, const rnn_model *m, const rnn_table *rows,
                                   int64_t threads) {
    rnn_options o;
    rnn_predictor *p;
    rnn_options_default(&o);
    o.threads = threads;
    if (rnn_predictor_create(ctx, "rnn_predict", m, rows, &o, &p) != RNN_OK)
        fail_msg("%s", ctx->message);
    return p;
}

/* ---- a table of rows ---- */

/* Series of all lengths beside each other, with and without linear models and a scale of their
** own. */
static void check_rows(rnn_task task, int wide, int own_scale) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, task, RNN_SHAPE_STEPS, 2);
    m->sequence.wide_series = wide;
    m->sequence.own_scale = own_scale;
    rnn_table *rows = make_rows(&ctx, 2, SERIES, 0);
    rnn_predictor *p = predictor_of(&ctx, m, rows, 2);
    rnn_prediction row;
    double first = NAN, differ = 0;
    for (size_t s = 0; s < SERIES; s++) {
        real out[MOST_OUT], *numbers = numbers_of(m, s, length_of(s));
        plain_outputs(m, numbers, length_of(s), out);
        assert_int_equal(rnn_predictor_next(p, &row), RNN_OK);
        assert_int_equal(row.series.i, s);
        assert_int_equal(row.time.i, length_of(s) - 1);
        expect_answer(m, out, &row.prediction, row.probability);
        if (s == 0) first = (double)out[0];
        differ = fmax(differ, fabs((double)out[0] - first));
        rnn_free(&ctx, numbers);
    }
    assert_int_equal(rnn_predictor_next(p, &row), RNN_DONE);
    assert_true(differ > 0.1);
    rnn_predictor_free(p);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(TASKS); i++) {
        check_rows(TASKS[i], 1, 1);
        check_rows(TASKS[i], 1, 0);
        check_rows(TASKS[i], 0, 1);
        check_rows(TASKS[i], 0, 0);
    }
}

/* The same bits on any number of threads. */
static void test_threads(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole(&ctx);
    rnn_table *rows = make_rows(&ctx, 2, SERIES, 0);
    rnn_predictor *p[3] = {predictor_of(&ctx, m, rows, 1), predictor_of(&ctx, m, rows, 2),
                           predictor_of(&ctx, m, rows, 5)};
    (void)state;
    for (size_t s = 0; s < SERIES; s++) {
        rnn_prediction row[3];
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(rnn_predictor_next(p[j], &row[j]), RNN_OK);
            assert_int_equal(rnn_value_compare(&row[j].prediction, &row[0].prediction), 0);
            assert_memory_equal(&row[j].probability, &row[0].probability, sizeof(double));
        }
    }
    for (size_t j = 0; j < 3; j++) rnn_predictor_free(p[j]);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- arrays ---- */

/* A series of single numbers, none missing, as an array. text [32 LONGEST]. */
static rnn_value array_of(size_t series, size_t steps, char *text) {
    size_t n = 0;
    n += (size_t)sprintf(text, "[");
    for (size_t t = 0; t < steps; t++) {
        double x = 3 + 4 * sin(0.7 * (double)t + (double)series);
        n += (size_t)sprintf(text + n, "%s%.17g", t ? "," : "", x);
    }
    n += (size_t)sprintf(text + n, "]");
    return (rnn_value){.type = RNN_TEXT, .p = text, .n = n};
}

/* What rnn_single_series says of the elements of that array. */
static void say_of_numbers(const rnn_model *m, rnn_single *s, size_t series, size_t steps,
                           real *out) {
    const rnn_input_column *in = &m->input[0];
    real numbers[2 * LONGEST];
    const real *got;
    for (size_t t = 0; t < steps; t++) {
        double x = 3 + 4 * sin(0.7 * (double)t + (double)series);
        numbers[2 * t] = (real)((x - in->mean[0]) / in->scale[0]);
        numbers[2 * t + 1] = 0;
    }
    assert_int_equal(rnn_single_series(s, numbers, steps, &got), RNN_OK);
    memcpy(out, got, m->spec.outputs * sizeof *out);
}

/* Rows of a key and an array; of every fifth there is none. */
static rnn_table *array_rows(rnn_context *ctx) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 2, &t), RNN_OK);
    for (size_t s = 0; s < SERIES; s++) {
        char text[32 * LONGEST];
        rnn_value row[2] = {{.type = RNN_INT, .i = (int64_t)s, .d = (double)s},
                            array_of(s, length_of(s), text)};
        if (s % 5 == 4) row[1].type = RNN_NULL;
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    return t;
}

/* One by one, among others, as numbers: all the same, and the same as of a model of steps with
** these weights. */
static void check_arrays(rnn_task task) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, task, RNN_SHAPE_SEQUENCES, 1);
    rnn_model *steps = sample_whole_of(&ctx, task, RNN_SHAPE_STEPS, 1);
    rnn_table *rows = array_rows(&ctx);
    rnn_predictor *p = predictor_of(&ctx, m, rows, 2);
    rnn_single *s, *of_steps;
    rnn_prediction row;
    assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
    assert_int_equal(rnn_single_create(&ctx, steps, &of_steps), RNN_OK);
    for (size_t i = 0; i < SERIES; i++) {
        char text[32 * LONGEST];
        rnn_value array = array_of(i, length_of(i), text), got;
        real out[MOST_OUT], other[MOST_OUT];
        int missing = i % 5 == 4;
        if (missing) array.type = RNN_NULL;
        assert_int_equal(rnn_predictor_next(p, &row), RNN_OK);
        assert_int_equal(row.key.i, i);
        if (rnn_single_predict(s, &ctx, "rnn_predict", &array, 1, &got) != RNN_OK)
            fail_msg("%s", ctx.message);
        assert_int_equal(got.type == RNN_NULL, missing);
        assert_int_equal(row.prediction.type, got.type);
        if (missing) continue;
        say_of_numbers(m, s, i, length_of(i), out);
        say_of_numbers(steps, of_steps, i, length_of(i), other);
        assert_memory_equal(out, other, m->spec.outputs * sizeof *out);
        expect_answer(m, out, &got, NAN);
        expect_answer(m, out, &row.prediction, row.probability);
    }
    rnn_single_free(s);
    rnn_single_free(of_steps);
    rnn_predictor_free(p);
    rnn_table_free(rows);
    rnn_model_free(m);
    rnn_model_free(steps);
    testing_no_leak(&ctx, &host);
}

static void test_arrays(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(TASKS); i++) check_arrays(TASKS[i]);
}

/* Probabilities of the classes of an array, asked for one by one, add up; the last array is
** remembered, but not over a series that was read as numbers. */
static void test_probabilities(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, RNN_TASK_CLASSIFY, RNN_SHAPE_SEQUENCES, 1);
    rnn_single *s;
    char text[32 * LONGEST];
    rnn_value array = array_of(3, 12, text);
    double p[3], again, sum = 0;
    real out[MOST_OUT];
    (void)state;
    assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(rnn_single_probability(s, &ctx, "rnn_probability",
                                                &m->sequence.class_value[k], &array, 1, &p[k]),
                         RNN_OK);
        sum += p[k];
    }
    assert_near(sum, 1, 1e-12);
    say_of_numbers(m, s, 6, 20, out);
    assert_int_equal(rnn_single_probability(s, &ctx, "rnn_probability", &m->sequence.class_value[1],
                                            &array, 1, &again),
                     RNN_OK);
    assert_true(again == p[1]);
    rnn_single_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- streams ---- */

static rnn_stream *open_stream(rnn_context *ctx, const rnn_model *m) {
    rnn_stream *s;
    if (rnn_stream_create(ctx, "rnn_score", m, &s) != RNN_OK) fail_msg("%s", ctx->message);
    return s;
}

static rnn_status push(rnn_stream *s, const rnn_model *m, size_t series, size_t t) {
    char text[64];
    rnn_value row[MOST_CELLS];
    make_row(series, t, text, row);
    return rnn_stream_push(s, row + 1, 2 + m->inputs);
}

/* After each row the answer is that to all rows so far; asking changes nothing, and a stream that
** begins anew has forgotten. */
static void check_stream(rnn_task task, size_t inputs) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, task, RNN_SHAPE_STEPS, inputs);
    rnn_stream *s = open_stream(&ctx, m);
    rnn_value got, score;
    for (size_t series = 4; series < 6; series++) {
        assert_int_equal(rnn_stream_output(s, &got), RNN_OK);
        assert_int_equal(got.type, RNN_NULL);
        for (size_t t = 0; t < LONGEST; t++) {
            real out[MOST_OUT], *numbers = numbers_of(m, series, t + 1);
            plain_outputs(m, numbers, t + 1, out);
            assert_int_equal(push(s, m, series, t), RNN_OK);
            assert_int_equal(rnn_stream_rows(s), t + 1);
            if (t % 3 < 2) {
                assert_int_equal(rnn_stream_output(s, &got), RNN_OK);
                expect_answer(m, out, &got, NAN);
                assert_int_equal(rnn_stream_score(s, &score), RNN_OK);
                assert_int_equal(rnn_value_compare(&got, &score), 0);
            }
            rnn_free(&ctx, numbers);
        }
        rnn_stream_reset(s);
        assert_int_equal(rnn_stream_rows(s), 0);
    }
    rnn_stream_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_stream(void **state) {
    (void)state;
    check_stream(RNN_TASK_CLASSIFY, 2);
    check_stream(RNN_TASK_REGRESS, 2);
    check_stream(RNN_TASK_REGRESS, 1);
}

/* A row that does not fit is not kept. */
static void test_bad_rows(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, RNN_TASK_REGRESS, RNN_SHAPE_STEPS, 2);
    rnn_stream *s = open_stream(&ctx, m);
    rnn_value before, after, row[MOST_CELLS];
    char text[64];
    (void)state;
    for (size_t t = 0; t < 9; t++) assert_int_equal(push(s, m, 2, t), RNN_OK);
    assert_int_equal(rnn_stream_output(s, &before), RNN_OK);
    assert_int_equal(push(s, m, 2, 8), RNN_DATA); /* its time was there */
    make_row(2, 9, text, row);
    row[3] = (rnn_value){.type = RNN_TEXT, .p = "much", .n = 4};
    assert_int_equal(rnn_stream_push(s, row + 1, 4), RNN_DATA);
    make_row(2, 9, text, row);
    assert_int_equal(rnn_stream_push(s, row + 1, 2), RNN_DATA);
    assert_int_equal(rnn_stream_rows(s), 9);
    assert_int_equal(rnn_stream_output(s, &after), RNN_OK);
    assert_true(before.d == after.d);
    rnn_stream_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* There is no state to be stored; models of arrays have no rows that could come. */
static void test_no_states(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole(&ctx);
    rnn_stream *s = open_stream(&ctx, m);
    rnn_writer w;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_stream_set_function(s, "rnn_advance");
    assert_int_equal(push(s, m, 1, 0), RNN_OK);
    assert_int_equal(rnn_stream_save(s, &w), RNN_MISUSE);
    assert_int_equal(w.size, 0);
    assert_string_equal(ctx.message,
                        "rnn_advance: the model is bidirectional: it reads series as a whole, and "
                        "a state that does not grow cannot hold one; use rnn_score(model, time, "
                        "input...) or rnn_predict(model, rows), or train it with "
                        "\"bidirectional\":false");
    ctx.message[0] = 0;
    assert_int_equal(rnn_stream_load(s, "RNNSTATE", 8), RNN_MISUSE);
    assert_non_null(strstr(ctx.message, "cannot hold one; use rnn_score"));
    assert_int_equal(rnn_stream_rows(s), 0);
    rnn_writer_free(&w);
    rnn_stream_free(s);
    rnn_model_free(m);
    m = sample_whole_of(&ctx, RNN_TASK_REGRESS, RNN_SHAPE_SEQUENCES, 1);
    assert_int_equal(rnn_stream_create(&ctx, "rnn_score", m, &s), RNN_MISUSE);
    assert_non_null(strstr(ctx.message, "rows that are whole sequences"));
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- inside ---- */

/* Steps of the network are patches: as many rows of states, each with the time of its middle. */
static void test_states(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole(&ctx);
    rnn_table *rows = make_rows(&ctx, 2, SERIES, 0);
    size_t units = 2 * m->spec.hidden; /* of both directions */
    rnn_states *states;
    rnn_state_row row;
    (void)state;
    assert_int_equal(rnn_states_create(&ctx, "rnn_states", m, rows, &states), RNN_OK);
    for (size_t s = 0; s < SERIES; s++) {
        size_t n = length_of(s);
        for (size_t p = 0; p < (n + 1) / 2; p++) {
            size_t middle = 2 * p + 1 < n ? 2 * p + 1 : n - 1;
            for (size_t u = 0; u < units; u++) {
                assert_int_equal(rnn_states_next(states, &row), RNN_OK);
                assert_int_equal(row.series.i, s);
                assert_int_equal(row.step, p + 1);
                assert_int_equal(row.time.i, middle);
                assert_int_equal(row.token.type, RNN_NULL);
                assert_true(row.h > -1 && row.h < 1);
            }
        }
    }
    assert_int_equal(rnn_states_next(states, &row), RNN_DONE);
    rnn_states_free(states);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- memory ---- */

/* After the longest array nothing is allocated any more. */
static void test_allocates_once(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, RNN_TASK_CLASSIFY, RNN_SHAPE_SEQUENCES, 1);
    rnn_single *s;
    uint64_t requests = 0;
    (void)state;
    assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
    for (size_t round = 0; round < 3; round++) {
        if (round == 1) requests = host.requests;
        for (size_t i = 0; i < SERIES; i++) {
            char text[32 * LONGEST];
            rnn_value array = array_of(i, length_of(i), text), got;
            assert_int_equal(rnn_single_predict(s, &ctx, "rnn_predict", &array, 1, &got), RNN_OK);
        }
    }
    assert_int_equal(host.requests, requests);
    rnn_single_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* All ways to use a model once; each allocation fails once. */
static rnn_status use_all(rnn_context *ctx, const rnn_model *m, const rnn_model *of_arrays,
                          const rnn_table *rows) {
    rnn_options o;
    rnn_predictor *p = NULL;
    rnn_single *single = NULL;
    rnn_stream *stream = NULL;
    rnn_states *states = NULL;
    rnn_prediction row;
    rnn_state_row of_state;
    rnn_value got;
    char text[32 * LONGEST];
    rnn_options_default(&o);
    o.threads = 2;
    rnn_status status = rnn_predictor_create(ctx, "rnn_predict", m, rows, &o, &p);
    if (status == RNN_OK) status = rnn_predictor_next(p, &row);
    if (status == RNN_OK) status = rnn_stream_create(ctx, "rnn_score", m, &stream);
    for (size_t t = 0; t < 70 && status == RNN_OK; t++) status = push(stream, m, 1, t);
    if (status == RNN_OK) status = rnn_stream_output(stream, &got);
    if (status == RNN_OK) status = rnn_single_create(ctx, of_arrays, &single);
    rnn_value array = array_of(1, 12, text);
    if (status == RNN_OK) status = rnn_single_predict(single, ctx, "rnn_predict", &array, 1, &got);
    if (status == RNN_OK) status = rnn_states_create(ctx, "rnn_states", m, rows, &states);
    if (status == RNN_OK) status = rnn_states_next(states, &of_state);
    rnn_predictor_free(p);
    rnn_stream_free(stream);
    rnn_single_free(single);
    rnn_states_free(states);
    return status;
}

static void test_no_memory(void **state) {
    testing_host own;
    rnn_context mine = testing_context(&own);
    rnn_model *m = sample_whole(&mine);
    rnn_model *arrays = sample_whole_of(&mine, RNN_TASK_REGRESS, RNN_SHAPE_SEQUENCES, 1);
    rnn_table *rows = make_rows(&mine, 2, 5, 20);
    rnn_status status = RNN_NOMEM;
    (void)state;
    for (uint64_t fail = 1; status == RNN_NOMEM; fail++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        host.fail_at = fail;
        status = use_all(&ctx, m, arrays, rows);
        testing_no_leak(&ctx, &host);
        assert_true(status != RNN_OK || fail > 50);
    }
    assert_int_equal(status, RNN_OK);
    rnn_table_free(rows);
    rnn_model_free(m);
    rnn_model_free(arrays);
    testing_no_leak(&mine, &own);
}

/* A stream that found no memory for an answer, or for a row, goes on when there is some. */
static void test_stream_goes_on(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole_of(&ctx, RNN_TASK_REGRESS, RNN_SHAPE_STEPS, 2);
    rnn_stream *s = open_stream(&ctx, m);
    rnn_value got;
    real out[MOST_OUT];
    (void)state;
    for (size_t t = 0; t < LONGEST; t++) {
        rnn_status status = RNN_NOMEM;
        for (uint64_t n = 1; status != RNN_OK; n++) {
            host.fail_at = host.requests + n;
            status = push(s, m, 5, t);
            assert_int_equal(rnn_stream_rows(s), t + (status == RNN_OK));
        }
        status = RNN_NOMEM;
        for (uint64_t n = 1; status != RNN_OK; n++) {
            host.fail_at = host.requests + n;
            status = rnn_stream_output(s, &got);
            assert_true(status == RNN_OK || status == RNN_NOMEM);
        }
    }
    host.fail_at = 0;
    real *numbers = numbers_of(m, 5, LONGEST);
    plain_outputs(m, numbers, LONGEST, out);
    expect_answer(m, out, &got, NAN);
    rnn_free(&ctx, numbers);
    rnn_stream_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_threads),
        cmocka_unit_test(test_arrays),         cmocka_unit_test(test_probabilities),
        cmocka_unit_test(test_stream),         cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_no_states),      cmocka_unit_test(test_states),
        cmocka_unit_test(test_allocates_once), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_stream_goes_on),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
