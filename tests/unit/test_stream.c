/* test_stream.c - a model that gets rows one by one says what a whole pass over the rows so far says,
** whatever the task, the pooling and the inputs; its state can be stored and goes on bit for bit; a
** state that is none is refused; a row costs no memory. */
#include "model_testing.h"

#include "sequences.h"
#include "stream.h"
#include "testing.h"

enum { ROWS = 24, VALUES = 5, MOST_OUT = 16 };

/* Both sides add up the same numbers in another order. */
#define TOLERANCE 2e-5

/* Rows: series, time, target, number, word. Numbers and words are missing now and then; "storm" is
** in no vocabulary. */
static rnn_value text_value(const char *s) {
    return (rnn_value){.type = RNN_TEXT, .p = s, .n = strlen(s)};
}

static rnn_value int_value(int64_t i) {
    return (rnn_value){.type = RNN_INT, .i = i, .d = (double)i};
}

static void make_row(size_t i, rnn_value row[VALUES]) {
    static const char *const words[4] = {"on", "off", "storm", "stormy weather"};
    const rnn_value none = {.type = RNN_NULL};
    row[0] = int_value(1);
    row[1] = int_value((int64_t)(10 * i));
    row[2] = none;
    row[3] = i % 7 == 5
                 ? none
                 : (rnn_value){.type = RNN_FLOAT, .d = sin(1.3 * (double)i) * (double)(i % 5)};
    row[4] = i % 5 == 3 ? none : text_value(words[i * i % 4]);
}

/* ---- models ---- */

typedef struct kind {
    const char *name;
    rnn_task task;
    int every;
    rnn_pooling pooling;
    rnn_cell cell;
    size_t subwords;
} kind;

static const kind KINDS[] = {
    {"classes, every, lstm", RNN_TASK_CLASSIFY, 1, RNN_POOL_NONE, RNN_CELL_LSTM, 13},
    {"classes, last", RNN_TASK_CLASSIFY, 0, RNN_POOL_LAST, RNN_CELL_GRU, 13},
    {"classes, mean", RNN_TASK_CLASSIFY, 0, RNN_POOL_MEAN, RNN_CELL_GRU, 0},
    {"classes, max", RNN_TASK_CLASSIFY, 0, RNN_POOL_MAX, RNN_CELL_LSTM, 7},
    {"numbers, attention", RNN_TASK_REGRESS, 0, RNN_POOL_ATTENTION, RNN_CELL_GRU, 7},
    {"numbers, mixed", RNN_TASK_REGRESS, 0, RNN_POOL_MIXED, RNN_CELL_LSTM, 0},
    {"numbers, every, plain", RNN_TASK_REGRESS, 1, RNN_POOL_NONE, RNN_CELL_RNN, 0},
    {"tokens", RNN_TASK_GENERATE, 0, RNN_POOL_NONE, RNN_CELL_LSTM, 0},
};

static void make_inputs(rnn_model *m, const kind *k) {
    static const double mean[1] = {0.25}, scale[1] = {1.5};
    static const char *const words[3] = {"on", "off", "3"};
    rnn_context *ctx = m->ctx;
    rnn_input_column *c = sample_inputs(m, k->task == RNN_TASK_GENERATE ? 1 : 2);
    if (k->task == RNN_TASK_GENERATE) {
        c[0].kind = RNN_INPUT_TEXT;
        testing_vocabulary(ctx, RNN_TEXT_SPECIALS, words, 3, &c[0].vocabulary);
        sample_category(m, &c[0], 0);
        m->spec.outputs = c[0].vocabulary.count;
        return;
    }
    c[0].kind = RNN_INPUT_NUMBER;
    c[0].width = 1;
    c[0].mean = sample_doubles(ctx, mean, 1);
    c[0].scale = sample_doubles(ctx, scale, 1);
    c[1].kind = RNN_INPUT_CATEGORY;
    testing_vocabulary(ctx, RNN_CATEGORY_SPECIALS, words, 2, &c[1].vocabulary);
    sample_category(m, &c[1], k->subwords);
}

/* Weights are large, so that answers differ from row to row. */
static void amplify(rnn_model *m) {
    for (size_t i = 0; i < m->members; i++) {
        real *w = rnn_net_parameters(m->member[i]);
        for (size_t j = 0; j < rnn_net_parameter_count(m->member[i]); j++) w[j] *= 3;
    }
}

static rnn_model *make_model(rnn_context *ctx, const kind *k) {
    rnn_model *m = sample_start(ctx, k->task);
    m->options.output = k->every ? RNN_OUTPUT_EVERY : RNN_OUTPUT_LAST;
    m->sequence.shape = RNN_SHAPE_STEPS;
    m->sequence.every = k->every;
    m->sequence.target_mean = -2;
    m->sequence.target_scale = 3;
    m->spec.cell = k->cell;
    m->spec.pooling = k->pooling;
    m->spec.outputs = 1;
    make_inputs(m, k);
    if (k->task == RNN_TASK_CLASSIFY) {
        sample_classes(m);
        m->spec.outputs = 3;
    }
    if (k->task == RNN_TASK_REGRESS) m->options.loss = RNN_LOSS_MSE;
    m->sequence.derived = rnn_derived_width(m);
    m->spec.numbers = rnn_model_numbers(m) + m->sequence.derived;
    sample_members(m, 2);
    amplify(m);
    return m;
}

/* The values that a stream gets of a row; n of them. `generate`: the word is the token. */
static const rnn_value *stream_row(const kind *k, size_t i, rnn_value row[VALUES], size_t *n) {
    make_row(i, row);
    *n = VALUES - 1;
    if (k->task != RNN_TASK_GENERATE) return row + 1;
    row[2] = i % 4 == 1 ? int_value(3) : row[4];
    *n = 2;
    return row + 1;
}

static void push_row(rnn_stream *s, rnn_context *ctx, const kind *k, size_t i) {
    rnn_value row[VALUES];
    size_t n;
    const rnn_value *values = stream_row(k, i, row, &n);
    if (rnn_stream_push(s, values, n) != RNN_OK)
        fail_msg("%s, row %d: %s", k->name, (int)i, ctx->message);
}

static rnn_stream *open_stream(rnn_context *ctx, const rnn_model *m) {
    rnn_stream *s;
    if (rnn_stream_create(ctx, "rnn_score", m, &s) != RNN_OK) fail_msg("%s", ctx->message);
    return s;
}

/* ---- the same as a whole pass ---- */

/* Mean of the members' outputs after the first n rows, which are read as training reads them. */
static void whole_pass(rnn_context *ctx, const rnn_model *m, const kind *k, size_t n, real *out) {
    rnn_table *table;
    rnn_sequence_set set;
    rnn_batch b;
    rnn_workspace *w;
    rnn_pass pass = {0};
    int generate = k->task == RNN_TASK_GENERATE;
    size_t N = m->spec.numbers, C = m->spec.categories, O = m->spec.outputs,
           steps = n + (size_t)generate;
    rnn_workspace_size size = {1, steps, steps, 1, 0, 0};
    real one[MOST_OUT];
    assert_int_equal(rnn_table_create(ctx, generate ? 3 : VALUES, &table), RNN_OK);
    for (size_t i = 0; i < n; i++) {
        rnn_value row[VALUES];
        size_t values;
        stream_row(k, i, row, &values);
        assert_int_equal(rnn_table_append(table, row), RNN_OK);
    }
    if (rnn_sequences_build(ctx, "rnn_predict", table, m, RNN_FIRST_KEY, &set) != RNN_OK)
        fail_msg("%s", ctx->message);
    assert_int_equal(rnn_batch_init(ctx, &b, 1, steps, N, C, 1), RNN_OK);
    rnn_batch_layout(&b, &steps, 1);
    if (generate) b.ids[0] = RNN_WORD_BEGIN;
    memcpy(b.ids + (generate ? 1 : 0), set.ids, n * C * sizeof *b.ids);
    if (N) memcpy(b.numbers, set.numbers, n * N * sizeof(real));
    b.bags = set.bags;
    b.outputs = 1;
    b.out_row[0] = k->pooling == RNN_POOL_NONE ? (uint32_t)steps - 1 : 0;
    assert_int_equal(rnn_workspace_create(ctx, &m->spec, &size, 0, &w), RNN_OK);
    memset(out, 0, O * sizeof *out);
    for (size_t i = 0; i < m->members; i++) {
        rnn_net_forward(m->member[i], &b, &pass, w, one);
        for (size_t o = 0; o < O; o++) out[o] += one[o] / (real)m->members;
    }
    rnn_workspace_free(w);
    rnn_batch_free(ctx, &b);
    rnn_sequence_set_free(&set);
    rnn_table_free(table);
}

/* Moves the head's bias between the outputs after a few rows and after many, so that neither class
** wins always. */
static void balance(rnn_context *ctx, rnn_model *m, const kind *k) {
    real early[MOST_OUT], late[MOST_OUT];
    whole_pass(ctx, m, k, ROWS / 4, early);
    whole_pass(ctx, m, k, ROWS - ROWS / 4, late);
    for (size_t i = 0; i < m->members; i++) {
        for (size_t t = 0; t < rnn_net_tensor_count(m->member[i]); t++) {
            const rnn_tensor *tensor = rnn_net_tensor(m->member[i], t);
            real *bias = rnn_net_parameters(m->member[i]) + tensor->offset;
            if (strcmp(tensor->name, "head.bias") != 0) continue;
            for (size_t o = 0; o < m->spec.outputs; o++) bias[o] -= (early[o] + late[o]) / 2;
        }
    }
}

static void check_answer(const rnn_model *m, const kind *k, size_t i, const real *out,
                         const rnn_value *got) {
    size_t best = k->task == RNN_TASK_GENERATE ? RNN_TEXT_SPECIALS : 0;
    rnn_value want = {.type = RNN_TEXT};
    if (k->task == RNN_TASK_REGRESS) {
        assert_int_equal(got->type, RNN_FLOAT);
        assert_near(got->d, -2 + 3 * (double)out[0], TOLERANCE);
        return;
    }
    for (size_t o = best; o < m->spec.outputs; o++) best = out[o] > out[best] ? o : best;
    if (k->task == RNN_TASK_CLASSIFY)
        want = m->sequence.class_value[best];
    else
        want.p = rnn_vocabulary_word(&m->input[0].vocabulary, best, &want.n);
    if (got->type != want.type || rnn_value_compare(got, &want) != 0)
        fail_msg("%s: another answer at row %d", k->name, (int)i);
}

static void answers_are_those_of_whole_sequences(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        rnn_model *m = make_model(&ctx, &KINDS[i]);
        balance(&ctx, m, &KINDS[i]);
        rnn_stream *s = open_stream(&ctx, m);
        int changes = 0;
        rnn_value got, before = {.type = RNN_NULL};
        for (size_t row = 0; row < ROWS; row++) {
            real out[MOST_OUT];
            push_row(s, &ctx, &KINDS[i], row);
            assert_int_equal(rnn_stream_output(s, &got), RNN_OK);
            whole_pass(&ctx, m, &KINDS[i], row + 1, out);
            check_answer(m, &KINDS[i], row, out, &got);
            changes += rnn_value_compare(&got, &before) != 0;
            before = got;
        }
        if (changes < 3) fail_msg("%s: always the same answer", KINDS[i].name);
        assert_int_equal(rnn_stream_rows(s), ROWS);
        rnn_stream_free(s);
        rnn_model_free(m);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- states ---- */

static void a_stored_state_goes_on(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        rnn_model *m = make_model(&ctx, &KINDS[i]);
        rnn_stream *whole = open_stream(&ctx, m), *other = open_stream(&ctx, m);
        rnn_writer all, one;
        rnn_writer_init(&all, &ctx);
        rnn_writer_init(&one, &ctx);
        for (size_t row = 0; row < ROWS; row++) {
            rnn_value a, b;
            push_row(whole, &ctx, &KINDS[i], row);
            if (row > 0) {
                if (rnn_stream_load(other, one.data, one.size) != RNN_OK)
                    fail_msg("%s", ctx.message);
                assert_int_equal(rnn_stream_rows(other), row);
            }
            push_row(other, &ctx, &KINDS[i], row);
            all.size = one.size = 0;
            assert_int_equal(rnn_stream_save(whole, &all), RNN_OK);
            assert_int_equal(rnn_stream_save(other, &one), RNN_OK);
            assert_int_equal(all.size, one.size);
            assert_memory_equal(all.data, one.data, one.size);
            rnn_stream_output(whole, &a);
            rnn_stream_output(other, &b);
            assert_int_equal(rnn_value_compare(&a, &b), 0);
            push_row(other, &ctx, &KINDS[i], row + 1); /* what it has is not what is stored */
        }
        rnn_writer_free(&all);
        rnn_writer_free(&one);
        rnn_stream_free(whole);
        rnn_stream_free(other);
        rnn_model_free(m);
    }
    testing_no_leak(&ctx, &host);
}

static void expect_push(rnn_stream *s, rnn_context *ctx, const rnn_value *row, size_t n,
                        const char *message) {
    assert_int_equal(rnn_stream_push(s, row, n), RNN_DATA);
    if (!strstr(ctx->message, message))
        fail_msg("the message is '%s', without '%s'", ctx->message, message);
}

static void expect_load(rnn_stream *s, rnn_context *ctx, const uint8_t *data, size_t size,
                        const char *message) {
    uint8_t *copy = testing_copy(data, size);
    assert_int_equal(rnn_stream_load(s, copy, size), RNN_DATA);
    if (!strstr(ctx->message, message))
        fail_msg("the message is '%s', without '%s'", ctx->message, message);
    assert_int_equal(rnn_stream_rows(s), 0);
    free(copy);
}

static void states_that_are_none_are_refused(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, &KINDS[4]), *other = make_model(&ctx, &KINDS[3]);
    rnn_stream *s = open_stream(&ctx, m), *foreign = open_stream(&ctx, other);
    rnn_writer w;
    uint64_t random = 7;
    (void)state;
    rnn_writer_init(&w, &ctx);
    for (size_t i = 0; i < 9; i++) push_row(s, &ctx, &KINDS[4], i);
    assert_int_equal(rnn_stream_save(s, &w), RNN_OK);
    expect_load(foreign, &ctx, w.data, w.size, "belongs to another model");
    expect_load(s, &ctx, (const uint8_t *)"", 0, "is no state of rnn_advance");
    expect_load(s, &ctx, (const uint8_t *)"RNNMODEL and more", 17, "is no state of rnn_advance");
    expect_load(s, &ctx, (const uint8_t *)"RNNFSTRM and more", 17, "belongs to another model");
    for (size_t n = 8; n < w.size; n++) expect_load(s, &ctx, w.data, n, "truncated or corrupt");
    for (size_t i = 0; i < w.size; i++) {
        w.data[i] ^= 0x10;
        assert_int_equal(rnn_stream_load(s, w.data, w.size), RNN_DATA);
        w.data[i] ^= 0x10;
    }
    /* Sealed again after the damage: refused or used, and whatever comes of it is an answer. */
    for (size_t i = 0; i < 2000; i++) {
        uint8_t *copy = testing_copy(w.data, w.size);
        rnn_value out;
        for (size_t j = 0; j < 3; j++)
            copy[32 + testing_random(&random) % (w.size - 32)] = (uint8_t)testing_random(&random);
        testing_seal(copy, w.size);
        if (rnn_stream_load(s, copy, w.size) == RNN_OK) {
            rnn_value row[VALUES];
            make_row(1000, row);
            (void)rnn_stream_push(s, row + 1, VALUES - 1);
            assert_int_equal(rnn_stream_output(s, &out), RNN_OK);
        }
        free(copy);
    }
    rnn_writer_free(&w);
    rnn_stream_free(s);
    rnn_stream_free(foreign);
    rnn_model_free(m);
    rnn_model_free(other);
    testing_no_leak(&ctx, &host);
}

/* A class or token out of range in a sealed state. */
static void forged_answers_are_refused(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static const double forged[] = {3, -1, 0.5, 1e300, NAN, INFINITY};
    (void)state;
    for (size_t k = 0; k < COUNT(KINDS); k += COUNT(KINDS) - 1) { /* classes, tokens */
        rnn_model *m = make_model(&ctx, &KINDS[k]);
        rnn_stream *s = open_stream(&ctx, m);
        for (size_t i = 0; i < COUNT(forged); i++) {
            rnn_writer w, number;
            rnn_writer_init(&w, &ctx);
            rnn_writer_init(&number, &ctx);
            rnn_stream_reset(s);
            push_row(s, &ctx, &KINDS[k], 0);
            assert_int_equal(rnn_stream_save(s, &w), RNN_OK);
            rnn_write_f64(&number, KINDS[k].task == RNN_TASK_GENERATE && i == 0 ? 7 : forged[i]);
            memcpy(w.data + 24 + 16 + 13 + 8, number.data, 8); /* behind fingerprint, rows, times */
            testing_seal(w.data, w.size);
            expect_load(s, &ctx, w.data, w.size, "corrupt");
            rnn_writer_free(&w);
            rnn_writer_free(&number);
        }
        rnn_stream_free(s);
        rnn_model_free(m);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- rows that do not fit ---- */

static void rows_that_do_not_fit_change_nothing(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, &KINDS[0]);
    rnn_stream *s = open_stream(&ctx, m);
    rnn_value row[VALUES], out, *values = row + 1;
    rnn_writer before, after;
    (void)state;
    rnn_writer_init(&before, &ctx);
    rnn_writer_init(&after, &ctx);
    assert_int_equal(rnn_stream_output(s, &out), RNN_OK);
    assert_int_equal(out.type, RNN_NULL);
    make_row(1, row);
    values[0] = text_value("2024-03-01");
    assert_int_equal(rnn_stream_push(s, values, 4), RNN_OK);
    assert_int_equal(rnn_stream_save(s, &before), RNN_OK);
    expect_push(s, &ctx, values, 4, "time '2024-03-01' follows time '2024-03-01'");
    values[0] = text_value("2024-02-29");
    expect_push(s, &ctx, values, 4, "time '2024-02-29' follows time '2024-03-01'");
    values[0] = (rnn_value){.type = RNN_NULL};
    expect_push(s, &ctx, values, 4, "time NULL follows time '2024-03-01'");
    values[0] = int_value(5);
    expect_push(s, &ctx, values, 4, "5");
    values[0] = text_value("yesterday");
    expect_push(s, &ctx, values, 4, "'yesterday'");
    values[0] = text_value("2024-03-02");
    expect_push(s, &ctx, values, 2, "takes time, target and 2 inputs, 4 values, or without");
    expect_push(s, &ctx, values, 5, "a row of 5 values");
    values[2] = text_value("much");
    expect_push(s, &ctx, values, 4, "input 1 is 'much'");
    values[2] = (rnn_value){.type = RNN_FLOAT, .d = INFINITY};
    expect_push(s, &ctx, values, 4, "input 1 is Inf");
    values[2] = (rnn_value){.type = RNN_NULL};
    values[3] = int_value(3);
    expect_push(s, &ctx, values, 4, "input 2 is 3");
    assert_int_equal(rnn_stream_save(s, &after), RNN_OK);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    values[3] = text_value("on");
    assert_int_equal(rnn_stream_push(s, values, 4), RNN_OK); /* and it goes on */
    assert_int_equal(rnn_stream_rows(s), 2);
    rnn_writer_free(&before);
    rnn_writer_free(&after);
    rnn_stream_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* With or without the target, which nobody looks at; without times. */
static void targets_and_times_may_be_missing(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, &KINDS[1]);
    rnn_stream *with = open_stream(&ctx, m), *without = open_stream(&ctx, m);
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        rnn_value row[VALUES], a, b, *values = row + 1;
        make_row(i, row);
        values[1] = text_value("spam");
        assert_int_equal(rnn_stream_push(with, values, 4), RNN_OK);
        values[1] = (rnn_value){.type = RNN_NULL}; /* now the time */
        assert_int_equal(rnn_stream_push(without, values + 1, 3), RNN_OK);
        rnn_stream_output(with, &a);
        rnn_stream_score(without, &b);
        assert_int_equal(rnn_value_compare(&a, &b), 0);
    }
    rnn_stream_free(with);
    rnn_stream_free(without);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void refuses(rnn_context *ctx, const rnn_model *m, const char *message) {
    rnn_stream *s;
    assert_int_equal(rnn_stream_create(ctx, "rnn_score", m, &s), RNN_MISUSE);
    assert_null(s);
    if (!strstr(ctx->message, message))
        fail_msg("the message is '%s', without '%s'", ctx->message, message);
}

static void models_that_cannot_stream_are_refused(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_classify(&ctx);
    (void)state;
    refuses(&ctx, m, "use rnn_predict(model, input)");
    rnn_model_free(m);
    m = sample_generate(&ctx);
    refuses(&ctx, m, "use rnn_generate(model, prompt)");
    rnn_model_free(m);
    m = sample_seq2seq(&ctx);
    refuses(&ctx, m, "use rnn_generate(model, source)");
    rnn_model_free(m);
    m = make_model(&ctx, &KINDS[0]);
    m->spec.bidirectional = 1;
    refuses(&ctx, m, "bidirectional: it reads a series from its end");
    m->spec.bidirectional = 0;
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- memory ---- */

static void a_row_allocates_nothing(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        rnn_model *m = make_model(&ctx, &KINDS[i]);
        rnn_stream *s = open_stream(&ctx, m);
        uint64_t requests;
        rnn_value out;
        for (size_t row = 0; row < 20; row++) push_row(s, &ctx, &KINDS[i], row);
        requests = host.requests;
        for (size_t row = 20; row < 2000; row++) {
            push_row(s, &ctx, &KINDS[i], row);
            assert_int_equal(rnn_stream_output(s, &out), RNN_OK);
        }
        assert_int_equal(host.requests, requests);
        rnn_stream_reset(s);
        push_row(s, &ctx, &KINDS[i], 0);
        assert_int_equal(host.requests, requests);
        rnn_stream_free(s);
        rnn_model_free(m);
    }
    testing_no_leak(&ctx, &host);
}

/* Each allocation of making a stream fails once. */
static void memory_that_is_missing(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, &KINDS[1]);
    int64_t blocks = host.blocks;
    rnn_status status = RNN_NOMEM;
    (void)state;
    for (uint64_t n = 1; status != RNN_OK; n++) {
        rnn_stream *s;
        host.fail_at = host.requests + n;
        status = rnn_stream_create(&ctx, "rnn_score", m, &s);
        host.fail_at = 0;
        if (status == RNN_OK) assert_true(n > 10);
        if (status != RNN_OK) assert_int_equal(status, RNN_NOMEM);
        rnn_stream_free(s);
        assert_int_equal(host.blocks, blocks);
    }
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_whole_sequences),
        cmocka_unit_test(a_stored_state_goes_on),
        cmocka_unit_test(states_that_are_none_are_refused),
        cmocka_unit_test(forged_answers_are_refused),
        cmocka_unit_test(rows_that_do_not_fit_change_nothing),
        cmocka_unit_test(targets_and_times_may_be_missing),
        cmocka_unit_test(models_that_cannot_stream_are_refused),
        cmocka_unit_test(a_row_allocates_nothing),
        cmocka_unit_test(memory_that_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
