/* test_predictor.c - predictions for rows: each is what its sequence has alone, in the order of the
** rows, on any number of threads; and for one sequence at a time, without allocations once the
** buffers have grown. The networks have random weights. */
#include "model_testing.h"

#include "predictor.h"

enum { TEXTS = 700 };
static const char FUNCTION[] = "rnn_predict";

static rnn_table *new_table(rnn_context *ctx, size_t columns) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, columns, &t), RNN_OK);
    return t;
}

static rnn_value text_value(const char *p, size_t n) {
    return (rnn_value){.type = RNN_TEXT, .p = p, .n = n};
}

static rnn_value int_value(int64_t i) {
    return (rnn_value){.type = RNN_INT, .i = i, .d = (double)i};
}

/* Text i: words of the vocabulary and others, of lengths from one word to many. buf [2048]. */
static rnn_value make_text(size_t i, char *buf) {
    static const char *const words[] = {"good ", "b\303\244d ", "unknown ", "\xF0\x9F\x98\x80 ",
                                        "x",     "\xFF ",       "zebras! "};
    uint64_t seed = i + 77;
    size_t n = 0, count = i % 9 == 0 ? 1 : i % 10 == 1 ? 60 : testing_random(&seed) % 25;
    for (size_t k = 0; k < count; k++) {
        const char *w = words[testing_random(&seed) % 7];
        memcpy(buf + n, w, strlen(w));
        n += strlen(w);
    }
    return text_value(buf, n);
}

/* Key and text of each row; every 50th text is NULL. */
static rnn_table *text_rows(rnn_context *ctx) {
    rnn_table *t = new_table(ctx, 2);
    for (size_t i = 0; i < TEXTS; i++) {
        char buf[2048];
        rnn_value row[2] = {int_value((int64_t)i), make_text(i, buf)};
        if (i % 50 == 49) row[1] = (rnn_value){.type = RNN_NULL};
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    return t;
}

static rnn_predictor *predictor_of(rnn_context *ctx, const rnn_model *m, const rnn_table *rows,
                                   int64_t threads) {
    rnn_options o;
    rnn_predictor *p;
    rnn_options_default(&o);
    o.threads = threads;
    if (rnn_predictor_create(ctx, FUNCTION, m, rows, &o, &p) != RNN_OK)
        fail_msg("%s", ctx->message);
    return p;
}

static void assert_same_value(const rnn_value *a, const rnn_value *b) {
    assert_int_equal(a->type, b->type);
    if (a->type == RNN_TEXT) {
        assert_int_equal(a->n, b->n);
        assert_memory_equal(a->p, b->p, a->n);
    }
}

/* Rows come back in order, and their predictions are those of single texts. */
static void check_texts(rnn_model *(*make)(rnn_context *)) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make(&ctx);
    rnn_table *rows = text_rows(&ctx);
    rnn_predictor *p = predictor_of(&ctx, m, rows, 3);
    rnn_single *s;
    rnn_prediction row;
    size_t i = 0;
    assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
    for (; rnn_predictor_next(p, &row) == RNN_OK; i++) {
        rnn_value text = rnn_table_get(rows, i, 1), alone;
        double probability;
        assert_int_equal(row.key.i, i);
        assert_true(row.series.type == RNN_NULL && row.time.type == RNN_NULL);
        assert_int_equal(rnn_single_predict(s, &ctx, FUNCTION, &text, 1, &alone), RNN_OK);
        assert_same_value(&row.prediction, &alone);
        assert_int_equal(row.prediction.type == RNN_NULL, i % 50 == 49);
        assert_int_equal(isnan(row.probability), i % 50 == 49);
        if (m->options.task == RNN_TASK_CLASSIFY) {
            assert_int_equal(
                rnn_single_probability(s, &ctx, FUNCTION, &row.prediction, &text, 1, &probability),
                RNN_OK);
            if (i % 50 == 49) {
                assert_true(isnan(probability));
            } else {
                assert_true(fabs(probability - row.probability) < 1e-5);
            }
        }
    }
    assert_int_equal(i, TEXTS);
    assert_int_equal(rnn_predictor_next(p, &row), RNN_DONE);
    assert_int_equal(rnn_predictor_next(p, &row), RNN_DONE);
    rnn_single_free(s);
    rnn_predictor_free(p);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_classify(void **state) {
    (void)state;
    check_texts(sample_classify);
}

static void test_seq2seq(void **state) {
    (void)state;
    check_texts(sample_seq2seq);
}

/* The same bits on 1, 2 and 5 threads. */
static void test_threads(void **state) {
    (void)state;
    rnn_model *(*const make[])(rnn_context *) = {sample_classify, sample_seq2seq};
    for (size_t k = 0; k < 2; k++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_model *m = make[k](&ctx);
        rnn_table *rows = text_rows(&ctx);
        rnn_predictor *p[3] = {predictor_of(&ctx, m, rows, 1), predictor_of(&ctx, m, rows, 2),
                               predictor_of(&ctx, m, rows, 5)};
        for (size_t i = 0; i < TEXTS; i++) {
            rnn_prediction row[3];
            for (size_t j = 0; j < 3; j++) {
                assert_int_equal(rnn_predictor_next(p[j], &row[j]), RNN_OK);
                assert_same_value(&row[j].prediction, &row[0].prediction);
                assert_memory_equal(&row[j].probability, &row[0].probability, sizeof(double));
            }
        }
        for (size_t j = 0; j < 3; j++) rnn_predictor_free(p[j]);
        rnn_table_free(rows);
        rnn_model_free(m);
        testing_no_leak(&ctx, &host);
    }
}

/* 40 series of 1 to 9 steps, but one of 3000: series, day, NULL, number, word. The rows of `only`
** (SIZE_MAX: all), last steps first. */
static rnn_table *step_rows(rnn_context *ctx, size_t only) {
    rnn_table *t = new_table(ctx, 5);
    for (size_t s = 0; s < 40; s++) {
        size_t steps = s == 20 ? 3000 : 1 + s * 7 % 9;
        for (size_t i = steps; i-- > 0 && (only == SIZE_MAX || only == s);) {
            rnn_value row[5] = {int_value((int64_t)s), int_value((int64_t)i), {.type = RNN_NULL}};
            row[3] = (rnn_value){.type = RNN_FLOAT, .d = (double)((s * 31 + i * 17) % 13)};
            row[4] = i % 5 ? text_value(i % 2 ? "on" : "off", i % 2 ? 2 : 3)
                           : (rnn_value){.type = RNN_NULL};
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    return t;
}

/* A series among others, short and long, is predicted as alone. */
static void test_series(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_regress(&ctx);
    rnn_table *rows = step_rows(&ctx, SIZE_MAX);
    rnn_predictor *p = predictor_of(&ctx, m, rows, 2);
    for (size_t s = 0; s < 40; s++) {
        rnn_prediction among, alone;
        rnn_table *own = step_rows(&ctx, s);
        rnn_predictor *q = predictor_of(&ctx, m, own, 1);
        assert_int_equal(rnn_predictor_next(p, &among), RNN_OK);
        assert_int_equal(rnn_predictor_next(q, &alone), RNN_OK);
        assert_int_equal(among.series.i, s);
        assert_int_equal(among.key.type, RNN_NULL);
        assert_int_equal(among.time.i, s == 20 ? 2999 : s * 7 % 9);
        assert_int_equal(among.prediction.type, RNN_FLOAT);
        assert_true(isnan(among.probability));
        assert_null(rnn_predictor_probabilities(p));
        assert_true(fabs(among.prediction.d - alone.prediction.d) < 1e-5);
        assert_int_equal(rnn_predictor_next(q, &alone), RNN_DONE);
        rnn_predictor_free(q);
        rnn_table_free(own);
    }
    rnn_predictor_free(p);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* The network itself is told apart from what surrounds it: outputs of a network of biases alone. */
static void test_numbers(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_regress(&ctx);
    rnn_table *rows = step_rows(&ctx, 3);
    rnn_prediction row;
    real *w = rnn_net_parameters(m->member[0]);
    for (size_t i = 0; i < rnn_net_tensor_count(m->member[0]); i++) {
        const rnn_tensor *t = rnn_net_tensor(m->member[0], i);
        if (strcmp(t->name, "head.weight") == 0)
            memset(w + t->offset, 0, t->rows * t->columns * sizeof *w);
        if (strcmp(t->name, "head.bias") == 0) w[t->offset] = 3;
    }
    rnn_predictor *p = predictor_of(&ctx, m, rows, 1);
    assert_int_equal(rnn_predictor_next(p, &row), RNN_OK);
    assert_true(fabs(row.prediction.d - (-2 + 0.25 * 3)) < 1e-6); /* target_mean, target_scale */
    rnn_predictor_free(p);
    for (size_t i = 0; i < rnn_net_parameter_count(m->member[0]); i++) w[i] = (real)NAN;
    p = predictor_of(&ctx, m, rows, 1);
    assert_int_equal(rnn_predictor_next(p, &row), RNN_OK);
    assert_int_equal(row.prediction.type, RNN_NULL);
    rnn_predictor_free(p);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_probabilities(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_classify(&ctx);
    rnn_table *rows = text_rows(&ctx);
    rnn_predictor *p = predictor_of(&ctx, m, rows, 1);
    rnn_prediction row;
    double a, b, c;
    assert_int_equal(rnn_predictor_next(p, &row), RNN_OK);
    const char *json = rnn_predictor_probabilities(p);
    assert_non_null(json);
    assert_int_equal(sscanf(json, "{\"0\":%lf,\"1.5\":%lf,\"spam\":%lf}", &a, &b, &c), 3);
    assert_true(fabs(a + b + c - 1) < 1e-12);
    assert_true(row.probability == fmax(a, fmax(b, c)));
    assert_ptr_equal(rnn_predictor_probabilities(p), json);
    rnn_predictor_free(p);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* After the longest text nothing is allocated any more. */
static void test_single_allocates_once(void **state) {
    (void)state;
    rnn_model *(*const make[])(rnn_context *) = {sample_classify, sample_seq2seq};
    for (size_t k = 0; k < 2; k++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_model *m = make[k](&ctx);
        rnn_single *s;
        char buf[2048];
        uint64_t requests = 0;
        assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
        for (size_t round = 0; round < 3; round++) {
            if (round == 1) requests = host.requests;
            for (size_t i = 0; i < 60; i++) {
                rnn_value text = make_text(i, buf), out;
                assert_int_equal(rnn_single_predict(s, &ctx, FUNCTION, &text, 1, &out), RNN_OK);
            }
        }
        assert_int_equal(host.requests, requests);
        rnn_single_free(s);
        rnn_model_free(m);
        testing_no_leak(&ctx, &host);
    }
}

/* What a text was told before does not matter to the next. */
static void test_single_forgets(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_classify(&ctx);
    rnn_single *s, *fresh;
    rnn_value spam = m->sequence.class_value[2];
    assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
    for (size_t i = 0; i < 100; i++) {
        char buf[2048];
        rnn_value text = make_text(i / 2, buf);
        double a, b;
        assert_int_equal(rnn_single_create(&ctx, m, &fresh), RNN_OK);
        assert_int_equal(rnn_single_probability(s, &ctx, FUNCTION, &spam, &text, 1, &a), RNN_OK);
        assert_int_equal(rnn_single_probability(fresh, &ctx, FUNCTION, &spam, &text, 1, &b),
                         RNN_OK);
        assert_memory_equal(&a, &b, sizeof a);
        rnn_single_free(fresh);
        if (i % 10 == 0) { /* an error between leaves nothing behind */
            rnn_value number = int_value(1), out;
            assert_int_equal(rnn_single_predict(s, &ctx, FUNCTION, &number, 1, &out), RNN_DATA);
        }
    }
    rnn_single_free(s);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void expect(rnn_context *ctx, rnn_status got, rnn_status want, const char *message) {
    assert_int_equal(got, want);
    if (strstr(ctx->message, message) == NULL) fail_msg("the message was: %s", ctx->message);
}

/* Models that do not fit, each with the function that does. */
static void test_misuse(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows = text_rows(&ctx);
    rnn_options o;
    rnn_options_default(&o);
    for (int task = 0; task < RNN_TASKS; task++) {
        rnn_model *m = sample_task(&ctx, task);
        rnn_predictor *p = NULL;
        rnn_single *s;
        rnn_value out, text = text_value("good", 4), none = {.type = RNN_NULL};
        double probability;
        assert_int_equal(rnn_single_create(&ctx, m, &s), RNN_OK);
        if (task == RNN_TASK_FORECAST || task == RNN_TASK_GENERATE) {
            const char *use = task == RNN_TASK_FORECAST ? "use rnn_forecast" : "use rnn_generate";
            expect(&ctx, rnn_predictor_create(&ctx, FUNCTION, m, rows, &o, &p), RNN_MISUSE, use);
            assert_null(p);
            expect(&ctx, rnn_single_predict(s, &ctx, FUNCTION, &text, 1, &out), RNN_MISUSE, use);
        }
        if (task == RNN_TASK_REGRESS)
            expect(&ctx, rnn_single_predict(s, &ctx, FUNCTION, &text, 1, &out), RNN_MISUSE,
                   "rnn_score");
        if (task != RNN_TASK_CLASSIFY)
            expect(&ctx, rnn_single_probability(s, &ctx, FUNCTION, &text, &text, 1, &probability),
                   RNN_MISUSE, "use rnn_");
        if (task == RNN_TASK_CLASSIFY) {
            expect(&ctx, rnn_single_predict(s, &ctx, FUNCTION, &text, 0, &out), RNN_DATA,
                   "0 inputs are given; the model was trained with 1");
            assert_int_equal(
                rnn_single_probability(s, &ctx, FUNCTION, &none, &text, 1, &probability), RNN_OK);
            assert_true(isnan(probability));
        }
        rnn_single_free(s);
        m->sequence.derived = 5; /* forged */
        if (task == RNN_TASK_CLASSIFY)
            expect(&ctx, rnn_predictor_create(&ctx, FUNCTION, m, rows, &o, &p), RNN_MODEL,
                   "corrupt");
        m->sequence.derived = 0;
        rnn_model_free(m);
    }
    rnn_table_free(rows);
    testing_no_leak(&ctx, &host);
}

static rnn_status predict_all(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_options o;
    rnn_predictor *p = NULL;
    rnn_prediction row;
    rnn_options_default(&o);
    o.threads = 2;
    rnn_status status = rnn_predictor_create(ctx, FUNCTION, m, rows, &o, &p);
    while (status == RNN_OK) {
        status = rnn_predictor_next(p, &row);
        ctx->status = RNN_OK;
        if (status == RNN_OK && !rnn_predictor_probabilities(p)) status = ctx->status;
    }
    rnn_predictor_free(p);
    return status;
}

static rnn_status predict_one(rnn_context *ctx, const rnn_model *m) {
    rnn_single *s = NULL;
    char buf[2048];
    rnn_value text = make_text(1, buf), out;
    rnn_status status = rnn_single_create(ctx, m, &s);
    if (status == RNN_OK) status = rnn_single_predict(s, ctx, FUNCTION, &text, 1, &out);
    rnn_single_free(s);
    return status;
}

static rnn_status evaluate(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_options o;
    rnn_sequence_metric metric[RNN_MAX_SEQUENCE_METRICS];
    size_t count;
    rnn_options_default(&o);
    o.threads = 2;
    return rnn_sequence_evaluate(ctx, "rnn_evaluate", m, rows, &o, metric, &count);
}

/* The n-th allocation fails, until none does. */
static void test_no_memory(void **state) {
    (void)state;
    for (int task = RNN_TASK_CLASSIFY; task < RNN_TASKS; task++) {
        testing_host own, host;
        rnn_context mine = testing_context(&own);
        rnn_model *m = sample_task(&mine, task);
        int steps = task == RNN_TASK_REGRESS, generate = task == RNN_TASK_GENERATE;
        rnn_table *rows = new_table(&mine, steps ? 5 : generate ? 1 : 2);
        for (int64_t i = 0; i < 5; i++) {
            rnn_value row[5] = {text_value("xyx", 3), text_value("good unknown", 12)};
            if (task == RNN_TASK_CLASSIFY) row[0] = int_value(i);
            if (steps) {
                row[0] = row[1] = row[2] = row[3] = int_value(i);
                row[4] = text_value("on", 2);
            }
            assert_int_equal(rnn_table_append(rows, row), RNN_OK);
        }
        for (int what = 0; what < 3; what++) {
            rnn_status status = RNN_NOMEM;
            if (what < 2 && generate) continue;
            if (what == 1 && steps) continue;
            for (uint64_t fail = 1; status == RNN_NOMEM; fail++) {
                rnn_context ctx = testing_context(&host);
                host.fail_at = fail;
                status = what == 0   ? predict_all(&ctx, m, rows)
                         : what == 1 ? predict_one(&ctx, m)
                                     : evaluate(&ctx, m, rows);
                testing_no_leak(&ctx, &host);
                assert_true(fail < 2000);
            }
            assert_int_equal(status, what == 0 ? RNN_DONE : RNN_OK);
        }
        rnn_table_free(rows);
        rnn_model_free(m);
        testing_no_leak(&mine, &own);
    }
}

/* Stopped at the n-th look, with nothing left behind. */
static void test_interrupt(void **state) {
    (void)state;
    testing_host own, host;
    rnn_context mine = testing_context(&own);
    rnn_model *m = sample_seq2seq(&mine);
    rnn_table *rows = text_rows(&mine);
    for (int at = 1; at < 40; at += 6) {
        rnn_context ctx = testing_context(&host);
        int left = at;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        assert_int_equal(predict_all(&ctx, m, rows), RNN_INTERRUPT);
        testing_no_leak(&ctx, &host);
    }
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&mine, &own);
}

/* Linear models of whole series take milliseconds a series: the flag is looked at every few. */
static void test_interrupt_series(void **state) {
    (void)state;
    enum { ARRAYS = 300, EACH = 8 /* on two threads */ };
    testing_host own, host;
    rnn_context mine = testing_context(&own);
    rnn_model *m = sample_whole_of(&mine, RNN_TASK_CLASSIFY, RNN_SHAPE_SEQUENCES, 1);
    rnn_table *rows = new_table(&mine, 2);
    for (int64_t i = 0; i < ARRAYS; i++) {
        rnn_value row[2] = {int_value(i), text_value("[1,2,0.5]", 9)};
        assert_int_equal(rnn_table_append(rows, row), RNN_OK);
    }
    int left = INT32_MAX, looks;
    rnn_context all = testing_context(&host);
    all.check = testing_stop;
    all.check_arg = &left;
    assert_int_equal(predict_all(&all, m, rows), RNN_DONE);
    looks = INT32_MAX - left;
    assert_true(looks >= ARRAYS / EACH);
    for (int at = 1; at <= looks; at += 7) {
        rnn_context ctx = testing_context(&host);
        left = at;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        assert_int_equal(predict_all(&ctx, m, rows), RNN_INTERRUPT);
        testing_no_leak(&ctx, &host);
    }
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&mine, &own);
}

/* No rows: nothing to predict, nothing to measure. */
static void test_empty(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_classify(&ctx);
    rnn_table *rows = new_table(&ctx, 2);
    assert_int_equal(predict_all(&ctx, m, rows), RNN_DONE);
    expect(&ctx, evaluate(&ctx, m, rows), RNN_DATA, "none of the 0 rows");
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_seq2seq),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_probabilities),
        cmocka_unit_test(test_single_allocates_once),
        cmocka_unit_test(test_single_forgets),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_interrupt_series),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
