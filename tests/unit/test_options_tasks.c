/* test_options_tasks.c - options of tasks other than forecast: tokens, class_weights, stop; which option
** belongs to which task. */
#include "options_testing.h"

/* ---- tokens, class_weights, stop ---- */

static rnn_json_member member(const char *key, rnn_json_type type, const char *text,
                              double number) {
    rnn_json_member m = {.type = type, .number = number};
    m.key.n = strlen(key);
    m.text.n = strlen(text);
    if (m.key.n <= sizeof m.key.s) memcpy(m.key.s, key, m.key.n);
    if (m.text.n <= sizeof m.text.s) memcpy(m.text.s, text, m.text.n);
    return m;
}

static rnn_json_value of_members(rnn_json_type type, const rnn_json_member *m, size_t n) {
    return (rnn_json_value){.type = type, .text = "...", .n = 3, .member = m, .member_count = n};
}

static void test_tokens(void **state) {
    static const char allowed[] =
        "rnn_train: option \"tokens\" is ...; allowed is one of word, char, "
        "byte, or an object with one for source and one for target";
    const rnn_json_member both[2] = {member("target", RNN_JSON_TEXT, "byte", 0),
                                     member("source", RNN_JSON_TEXT, "char", 0)},
                          other = member("input", RNN_JSON_TEXT, "char", 0),
                          number = member("source", RNN_JSON_INT, "", 1),
                          twice[2] = {both[0], both[0]};
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    rnn_options_default(&o);
    assert_int_equal(o.tokens.source, -1);
    assert_int_equal(train(&ctx, &o, "tokens", json_text("char")), RNN_OK);
    assert_int_equal(o.tokens.source, RNN_TOKENS_CHAR);
    assert_int_equal(o.tokens.target, RNN_TOKENS_CHAR);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "tokens", of_members(RNN_JSON_OBJECT, both, 2)), RNN_OK);
    assert_int_equal(o.tokens.source, RNN_TOKENS_CHAR);
    assert_int_equal(o.tokens.target, RNN_TOKENS_BYTE);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "tokens", of_members(RNN_JSON_OBJECT, both, 1)), RNN_OK);
    assert_int_equal(o.tokens.source, -1);
    refuse_train("tokens", of_members(RNN_JSON_OBJECT, NULL, 0), allowed);
    refuse_train("tokens", of_members(RNN_JSON_OBJECT, &other, 1), allowed);
    refuse_train("tokens", of_members(RNN_JSON_OBJECT, &number, 1), allowed);
    refuse_train("tokens", of_members(RNN_JSON_OBJECT, twice, 2), allowed);
    refuse_train("tokens", of_members(RNN_JSON_ARRAY, both, 2), allowed);
    refuse_train(
        "tokens", json_text("words"),
        "rnn_train: option \"tokens\" is \"words\"; allowed is one of word, char, byte, or "
        "an object with one for source and one for target; did you mean \"word\"?");
}

static void test_class_weights(void **state) {
    static const char allowed[] =
        "rnn_train: option \"class_weights\" is ...; allowed is none, sqrt, balanced, or an object "
        "that "
        "gives up to 32 classes (64 bytes at most) each a number from 0 to 1000000";
    static const char long_name[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789";
    const rnn_value spam = {.type = RNN_TEXT, .p = "spam", .n = 4}, one = {.type = RNN_INT, .i = 1},
                    half = {.type = RNN_FLOAT, .d = 0.5},
                    none = {.type = RNN_TEXT, .p = "", .n = 0};
    rnn_json_member m[RNN_MAX_MEMBERS] = {member("spam", RNN_JSON_REAL, "", 2.5),
                                          member("1", RNN_JSON_INT, "", 0),
                                          member("0.5", RNN_JSON_INT, "", 3)};
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    rnn_options_default(&o);
    assert_int_equal(o.class_weights.n + (size_t)o.class_weights.kind, 0);
    assert_int_equal(train(&ctx, &o, "class_weights", of_members(RNN_JSON_OBJECT, m, 3)), RNN_OK);
    assert_int_equal(rnn_class_weights_find(&o.class_weights, &spam), 0);
    assert_int_equal(rnn_class_weights_find(&o.class_weights, &one), 1);
    assert_int_equal(rnn_class_weights_find(&o.class_weights, &half), 2);
    assert_int_equal(rnn_class_weights_find(&o.class_weights, &none), -1);
    assert_true(o.class_weights.weight[0] == 2.5 && o.class_weights.weight[1] == 0);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "class_weights", json_text("balanced")), RNN_OK);
    assert_int_equal(o.class_weights.kind, 1);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "class_weights", json_text("none")), RNN_OK);
    assert_int_equal(o.class_weights.kind, 0);
    refuse_train("class_weights", of_members(RNN_JSON_ARRAY, m, 3), allowed);
    m[1] = m[0]; /* a class twice */
    refuse_train("class_weights", of_members(RNN_JSON_OBJECT, m, 2), allowed);
    m[1] = member("ham", RNN_JSON_REAL, "", -1);
    refuse_train("class_weights", of_members(RNN_JSON_OBJECT, m, 2), allowed);
    m[1] = member("ham", RNN_JSON_TEXT, "2", 0);
    refuse_train("class_weights", of_members(RNN_JSON_OBJECT, m, 2), allowed);
    m[1] = member(long_name, RNN_JSON_INT, "", 2);
    refuse_train("class_weights", of_members(RNN_JSON_OBJECT, m, 2), allowed);
    for (int i = 0; i < RNN_MAX_MEMBERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        m[i] = member(name, RNN_JSON_INT, "", 1);
    }
    refuse_train("class_weights", of_members(RNN_JSON_OBJECT, m, RNN_MAX_MEMBERS), allowed);
    assert_int_equal(train(&ctx, &o, "batch", json_number(3)), RNN_OK);
    rnn_options_default(&o);
    assert_int_equal(
        train(&ctx, &o, "class_weights", of_members(RNN_JSON_OBJECT, m, RNN_MAX_MEMBERS - 1)),
        RNN_OK);
}

static void test_stop(void **state) {
    static const char allowed[] =
        "rnn_generate: option \"stop\" is ...; allowed is a text of 1 to 64 "
        "bytes or an array of up to 8 of them";
    const rnn_json_value end = json_text("\n\n");
    rnn_json_member m[9];
    rnn_json_value many;
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    for (int i = 0; i < 9; i++) m[i] = member("", RNN_JSON_TEXT, "x", 0);
    many = of_members(RNN_JSON_ARRAY, m, 8);
    rnn_options_default(&o);
    assert_int_equal(rnn_options_set(&ctx, &o, "rnn_generate", RNN_FOR_GENERATE, "stop", 4, &end),
                     RNN_OK);
    assert_int_equal(o.stop.n, 1);
    assert_int_equal(o.stop.v[0].n, 2);
    rnn_options_default(&o);
    assert_int_equal(rnn_options_set(&ctx, &o, "rnn_generate", RNN_FOR_GENERATE, "stop", 4, &many),
                     RNN_OK);
    assert_int_equal(o.stop.n, 8);
    assert_memory_equal(o.stop.v[7].s, "x", 1);
    refuse("rnn_generate", RNN_FOR_GENERATE, "stop", of_members(RNN_JSON_ARRAY, m, 9), allowed);
    m[1] = member("", RNN_JSON_TEXT, "", 0);
    refuse("rnn_generate", RNN_FOR_GENERATE, "stop", of_members(RNN_JSON_ARRAY, m, 2), allowed);
    m[1] = member("", RNN_JSON_INT, "", 7);
    refuse("rnn_generate", RNN_FOR_GENERATE, "stop", of_members(RNN_JSON_ARRAY, m, 2), allowed);
    refuse_train("stop", end, "rnn_train: option \"stop\" belongs to rnn_generate");
}

/* The level of an alarm is another than that of a forecast, also where null gives it back. */
static void test_default_for(void **state) {
    const rnn_json_value null = {.type = RNN_JSON_NULL};
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    rnn_options_default_for(&o, RNN_FOR_FORECAST);
    assert_true(o.level == 0.9);
    rnn_options_default_for(&o, RNN_FOR_ANOMALIES);
    assert_true(o.level == 0.99);
    o.level = 0.5;
    assert_int_equal(
        rnn_options_set(&ctx, &o, "rnn_anomalies", RNN_FOR_ANOMALIES, "level", 5, &null), RNN_OK);
    assert_true(o.level == 0.99);
    assert_int_equal(o.given[RNN_KEY_level], 0);
}

/* What {"task":task,key:v} is told (NULL: fine). */
static void check_task(const char *task, const char *key, rnn_json_value v, const char *message) {
    rnn_context ctx = {0};
    rnn_options o;
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "task", json_text(task)), RNN_OK);
    check_with(o, key, v, message);
}

static void test_tasks(void **state) {
    const rnn_json_member pair[2] = {member("source", RNN_JSON_TEXT, "word", 0),
                                     member("target", RNN_JSON_TEXT, "char", 0)};
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    check_task("classify", "horizon", json_number(3),
               "rnn_train: option \"horizon\" belongs to task forecast, but the task is classify; "
               "leave it out");
    check_task("classify", "pretrained", json_bool(1),
               "rnn_train: option \"pretrained\" belongs to task forecast, but the task is "
               "classify; leave it out");
    check_task(
        "forecast", "pooling", json_text("mean"),
        "rnn_train: option \"pooling\" belongs to tasks classify and regress, but the task is "
        "forecast; leave it out");
    check_task("forecast", "tokens", json_text("word"),
               "rnn_train: option \"tokens\" belongs to tasks classify, regress, generate and "
               "seq2seq, but the task is forecast; leave it out");
    check_task("generate", "attention", json_bool(0),
               "rnn_train: option \"attention\" belongs to task seq2seq, but the task is generate; "
               "leave it out");
    check_task(
        "generate", "beam", json_number(3),
        "rnn_train: option \"beam\" belongs to task seq2seq, but the task is generate; leave "
        "it out");
    check_task("seq2seq", "beam", json_number(3), NULL);
    check_task("generate", "tbptt", json_number(100), NULL);
    check_task("generate", "bidirectional", json_bool(0), NULL);
    check_task("generate", "bidirectional", json_bool(1),
               "rnn_train: option \"bidirectional\" is true, but task generate writes a text from "
               "its beginning and cannot read it from its end; leave it out");
    check_task("classify", "loss", json_text("cross_entropy"), NULL);
    check_task("classify", "loss", json_text("mse"),
               "rnn_train: option \"loss\" is \"mse\"; with task classify allowed is "
               "cross_entropy");
    check_task("regress", "loss", json_text("huber"), NULL);
    check_task("regress", "loss", json_text("quantile"),
               "rnn_train: option \"loss\" is \"quantile\"; with task regress allowed is one of "
               "mse, mae, huber");
    check_task("forecast", "loss", json_text("cross_entropy"),
               "rnn_train: option \"loss\" is \"cross_entropy\"; with task forecast allowed is any "
               "other loss");
    check_task("regress", "scale", json_text("standard"), NULL);
    check_task("regress", "scale", json_text("window"),
               "rnn_train: option \"scale\" is \"window\"; with task regress allowed is one of "
               "none, standard, robust, minmax, mean");
    check_task("seq2seq", "tokens", of_members(RNN_JSON_OBJECT, pair, 2), NULL);
    check_task("classify", "tokens", of_members(RNN_JSON_OBJECT, pair, 2),
               "rnn_train: option \"tokens\" is an object, which is for the two texts of task "
               "seq2seq; with task classify allowed is one of word, char, byte");
    check_task("classify", "peephole", json_bool(1),
               "rnn_train: option \"peephole\" needs \"cell\":\"lstm\"; add that, or leave out "
               "peephole");
    /* Functions that get a model check against its task. */
    rnn_options_default(&o);
    o.given[RNN_KEY_origins] = 1;
    assert_int_equal(
        rnn_options_check_task(&ctx, &o, "rnn_evaluate", RNN_FOR_EVALUATE, RNN_TASK_CLASSIFY),
        RNN_OPTION);
    assert_string_equal(
        ctx.message, "rnn_evaluate: option \"origins\" belongs to task forecast, but the task is "
                     "classify; leave it out");
    rnn_options_default(&o);
    o.given[RNN_KEY_beam] = o.given[RNN_KEY_threads] = 1;
    assert_int_equal(
        rnn_options_check_task(&ctx, &o, "rnn_generate", RNN_FOR_GENERATE, RNN_TASK_GENERATE),
        RNN_OK);
}

/* Options of the other tasks: what is not the task's is neither shown nor stored. */
static void test_other_tasks_stored(void **state) {
    const rnn_json_member pair[2] = {member("source", RNN_JSON_TEXT, "word", 0),
                                     member("target", RNN_JSON_TEXT, "char", 0)};
    const rnn_json_member weights[2] = {member("a\"b", RNN_JSON_REAL, "", 0.5),
                                        member("c", RNN_JSON_INT, "", 2)};
    static const char *const shown[][4] = {
        {"\"task\":\"classify\"", "\"class_weights\":{\"a\\\"b\":0.5,\"c\":2}",
         "\"lowercase\":null,", "\"tokens\":null,"},
        {"\"task\":\"seq2seq\"", "\"tokens\":{\"source\":\"word\",\"target\":\"char\"}",
         "\"attention\":null,", "\"beam\":5"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_options o, back;
        rnn_writer w;
        rnn_reader r;
        rnn_options_default(&o);
        if (i == 0) {
            assert_int_equal(train(&ctx, &o, "task", json_text("classify")), RNN_OK);
            assert_int_equal(
                train(&ctx, &o, "class_weights", of_members(RNN_JSON_OBJECT, weights, 2)), RNN_OK);
        } else {
            assert_int_equal(train(&ctx, &o, "task", json_text("seq2seq")), RNN_OK);
            assert_int_equal(train(&ctx, &o, "tokens", of_members(RNN_JSON_OBJECT, pair, 2)),
                             RNN_OK);
            assert_int_equal(train(&ctx, &o, "beam", json_number(5)), RNN_OK);
        }
        rnn_writer_init(&w, &ctx);
        assert_int_equal(rnn_options_json(&o, &w), RNN_OK);
        rnn_write_u8(&w, 0);
        for (int k = 0; k < 4; k++)
            if (strstr((const char *)w.data, shown[i][k]) == NULL)
                fail_msg("%s lacks %s", (const char *)w.data, shown[i][k]);
        assert_null(strstr((const char *)w.data, "horizon"));
        w.size = 0;
        assert_int_equal(rnn_options_write(&o, &w), RNN_OK);
        rnn_reader_init(&r, w.data, w.size);
        if (rnn_options_read(&ctx, &r, &back) != RNN_OK) fail_msg("%s", ctx.message);
        assert_int_equal(rnn_reader_left(&r), 0);
        assert_memory_equal(&back, &o, sizeof o);
        rnn_writer_free(&w);
        testing_no_leak(&ctx, &host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens), cmocka_unit_test(test_class_weights),
        cmocka_unit_test(test_stop),   cmocka_unit_test(test_default_for),
        cmocka_unit_test(test_tasks),  cmocka_unit_test(test_other_tasks_stored),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
