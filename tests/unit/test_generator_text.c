/* test_generator_text.c - where generated text ends and what it goes on from: stop texts wherever
** they begin, prompts of words, characters and rows, suggestions that complete words, sources that
** are translated as rnn_predict does it; what cannot be generated from is refused. */
#include "generator_testing.h"

#include "translator.h"

/* ---- stop texts ---- */

/* Every part of the text as a stop text ends it before its first occurrence, in both forms; one
** that never comes does nothing. */
static void stop_texts_end_it(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_options plain = with_length(40);
    char *text, expected[4096];
    size_t n;
    (void)state;
    forbid_end(m);
    text = whole_text(&ctx, m, "ab", &plain);
    n = strlen(text);
    for (size_t at = 0; at < n; at++) {
        for (size_t size = 1; size <= 6 && at + size <= n; size++) {
            rnn_options o = plain;
            char stop[8] = {0}, *got;
            memcpy(stop, text + at, size);
            snprintf(expected, sizeof expected, "%.*s", (int)(strstr(text, stop) - text), text);
            add_stop(&o, "zzz", 3);
            add_stop(&o, stop, size);
            got = whole_text(&ctx, m, "ab", &o);
            assert_string_equal(got, expected);
            free(got);
            assert_string_equal(joined_tokens(&ctx, m, "ab", &o), expected);
            o = plain;
            stop[size] = 'z'; /* begins everywhere, is nowhere */
            add_stop(&o, stop, size + 1);
            assert_string_equal(joined_tokens(&ctx, m, "ab", &o), text);
        }
    }
    free(text);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* The parts of a word before a stop text stay, and the space in front of a word goes with it. */
static void stop_texts_cut_words(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_WORD, RNN_SHAPE_SEQUENCES);
    rnn_options plain = with_length(30);
    char *text;
    size_t n;
    (void)state;
    forbid_end(m);
    text = whole_text(&ctx, m, "you", &plain);
    n = strlen(text);
    for (size_t at = 0; at < n; at++) {
        rnn_options o = plain;
        size_t size = n - at < 9 ? n - at : 9, end;
        char stop[16] = {0}, *got;
        memcpy(stop, text + at, size);
        end = (size_t)(strstr(text, stop) - text);
        if (end > 0 && text[end - 1] == ' ') end--;
        add_stop(&o, stop, size);
        got = whole_text(&ctx, m, "you", &o);
        assert_int_equal(strlen(got), end);
        assert_memory_equal(got, text, end);
        free(got);
    }
    free(text);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- prompts ---- */

static void words_continue_the_prompt(void **state) {
    static const char *const prompts[] = {"you are", "YOU  ARE", "you are "};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_WORD, RNN_SHAPE_SEQUENCES);
    rnn_options o = with_length(20);
    (void)state;
    forbid_end(m);
    char *first = whole_text(&ctx, m, prompts[0], &o);
    assert_true(first[0] == ' ' || first[0] == ',' || first[0] == '!');
    for (size_t i = 1; i < COUNT(prompts); i++) {
        char *text = whole_text(&ctx, m, prompts[i], &o);
        assert_string_equal(text, first + (i == 2 && first[0] == ' '));
        free(text);
    }
    free(first);
    first = whole_text(&ctx, m, "", &o);
    char *none = whole_text(&ctx, m, NULL, &o);
    assert_string_equal(first, none);
    assert_true(first[0] != ' ');
    free(first);
    free(none);
    first = whole_text(&ctx, m, "xyzzy \xFF\xFE \xF0\x9F\x98\x80", &o); /* all of it unknown */
    assert_true(strlen(first) > 20);
    free(first);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* max_tokens of the model (2) does not cut a prompt. */
static void all_of_a_prompt_counts(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_generated a, b;
    rnn_value x = text_value("abcab a"), y = text_value("abcab b");
    rnn_generator *g;
    size_t n;
    (void)state;
    g = open_generator(&ctx, m, &x, NULL);
    assert_int_equal(rnn_generator_suggest(g, 1, &a, &n), RNN_OK);
    rnn_generator_free(g);
    g = open_generator(&ctx, m, &y, NULL);
    assert_int_equal(rnn_generator_suggest(g, 1, &b, &n), RNN_OK);
    rnn_generator_free(g);
    assert_true(a.probability != b.probability);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void rows_of_tokens(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_WORD, RNN_SHAPE_STEPS);
    rnn_options o = with_length(10);
    rnn_generated t[16];
    rnn_value prompt = text_value("good  you, go");
    rnn_generator *g;
    size_t n;
    (void)state;
    forbid_end(m);
    char *text = whole_text(&ctx, m, "good you", &o);
    assert_true(text[0] == ' '); /* also before punctuation: tokens are what the rows had */
    free(text);
    g = open_generator(&ctx, m, &prompt, NULL);
    assert_int_equal(rnn_generator_suggest(g, 16, t, &n), RNN_OK);
    assert_int_equal(n, 4); /* go, going, gone, good */
    rnn_generator_free(g);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- suggestions ---- */

static size_t suggest(rnn_context *ctx, const rnn_model *m, const char *prompt, size_t k,
                      rnn_generated *t) {
    rnn_value v = text_value(prompt);
    rnn_generator *g = open_generator(ctx, m, &v, NULL);
    size_t n;
    assert_int_equal(rnn_generator_suggest(g, k, t, &n), RNN_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t[i].position, i + 1);
        if (i > 0) assert_true(t[i].probability <= t[i - 1].probability);
    }
    rnn_generator_free(g);
    return n;
}

static double total(const rnn_generated *t, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += t[i].probability;
    return sum;
}

static void suggestions_complete_words(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_WORD, RNN_SHAPE_SEQUENCES);
    rnn_generated t[16], first[16];
    double sum = 0;
    (void)state;
    assert_int_equal(suggest(&ctx, m, "you are ", 16, first), 8); /* all words, no specials */
    assert_near(total(first, 8), 1, 1e-12);
    assert_int_equal(suggest(&ctx, m, "you are ", 3, t), 3);
    for (size_t i = 0; i < 3; i++) assert_ptr_equal(t[i].text, first[i].text);
    assert_int_equal(suggest(&ctx, m, "you are GO", 16, t), 4);
    assert_near(total(t, 4), 1, 1e-12);
    /* What the words before make of them, among those that begin so. */
    for (size_t i = 0; i < 8; i++)
        sum += first[i].n >= 2 && memcmp(first[i].text, "go", 2) == 0 ? first[i].probability : 0;
    for (size_t i = 0; i < 4; i++) {
        size_t at = 0;
        while (first[at].text != t[i].text) at++;
        assert_near(t[i].probability, first[at].probability / sum, 1e-9);
    }
    assert_int_equal(suggest(&ctx, m, "you are goin", 16, t), 1);
    assert_int_equal(t[0].n, 5);
    assert_near(t[0].probability, 1, 1e-12);
    assert_int_equal(suggest(&ctx, m, "you are xyz", 16, t), 0);
    assert_int_equal(suggest(&ctx, m, "you are good,", 16, t), 8); /* a comma is finished */
    assert_int_equal(suggest(&ctx, m, "", 16, t), 8);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- sources ---- */

static rnn_model *number_source(rnn_context *ctx) {
    static const double mean[1] = {3}, scale[1] = {4};
    static const char *const characters[2] = {"x", "y"};
    rnn_model *m = sample_start(ctx, RNN_TASK_SEQ2SEQ);
    rnn_input_column *c = sample_inputs(m, 2);
    for (size_t i = 0; i < 2; i++) {
        c[i].kind = RNN_INPUT_NUMBER;
        c[i].width = 1;
        c[i].mean = sample_doubles(ctx, mean, 1);
        c[i].scale = sample_doubles(ctx, scale, 1);
    }
    m->sequence.shape = RNN_SHAPE_SEQUENCES;
    m->sequence.target_text = (rnn_text_settings){RNN_TOKENS_CHAR, 0, 30, RNN_TRUNCATE_HEAD};
    m->sequence.target_steps = 9;
    testing_vocabulary(ctx, RNN_TEXT_SPECIALS, characters, 2, &m->sequence.target_vocabulary);
    m->spec.numbers = 4;
    m->spec.target_embedding = 3;
    m->spec.target_vocabulary = m->spec.outputs = m->sequence.target_vocabulary.count;
    sample_members(m, 1);
    return m;
}

/* What the translator of rnn_predict writes for ids or numbers. */
static char *translated(rnn_context *ctx, const rnn_model *m, size_t steps, const real *numbers,
                        const uint32_t *ids) {
    static char text[256];
    rnn_translator *t;
    uint32_t token[32];
    rnn_token scratch[32];
    rnn_writer w;
    size_t n;
    double p;
    assert_int_equal(rnn_translator_create(ctx, m, steps, &t), RNN_OK);
    rnn_translator_run(t, steps, numbers, ids, NULL, token, &n, &p);
    rnn_writer_init(&w, ctx);
    rnn_translator_text(m, token, n, scratch, &w);
    snprintf(text, sizeof text, "%.*s", (int)w.size, w.size ? (const char *)w.data : "");
    rnn_writer_free(&w);
    rnn_translator_free(t);
    return text;
}

static void sources_are_translated(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_seq2seq(&ctx);
    const rnn_vocabulary *v = &m->input[0].vocabulary;
    uint32_t ids[3] = {rnn_vocabulary_find(v, "good", 4), RNN_WORD_UNKNOWN,
                       rnn_vocabulary_find(v, "good", 4)};
    rnn_options o = make_options();
    rnn_generated t;
    (void)state;
    char *text = whole_text(&ctx, m, "Good unheard good", &o);
    assert_string_equal(text, translated(&ctx, m, 3, NULL, ids));
    free(text);
    text = whole_text(&ctx, m, "", &o); /* an empty text is one unknown word */
    assert_string_equal(text, translated(&ctx, m, 1, NULL, ids + 1));
    free(text);
    rnn_generator *g = open_generator(&ctx, m, &NOTHING, &o);
    assert_int_equal(rnn_generator_next(g, &t), RNN_DONE);
    assert_int_equal(rnn_generator_suggest(g, 1, &t, &(size_t){0}), RNN_MISUSE);
    rnn_generator_free(g);
    o.temperature = 3;
    o.given[RNN_KEY_temperature] = 1;
    text = whole_text(&ctx, m, "good", &o); /* drawn */
    char *drawn = joined_tokens(&ctx, m, "good", &o);
    assert_string_equal(text, drawn);
    free(text);
    rnn_model_free(m);

    m = number_source(&ctx);
    rnn_value numbers[2] = {{.type = RNN_INT, .i = 7, .d = 7}, NOTHING};
    real inputs[4] = {1, 0, 0, 1};
    size_t n;
    assert_int_equal(rnn_generator_create(&ctx, "rnn_predict", m, numbers, 2, NULL, &g), RNN_OK);
    assert_int_equal(rnn_generator_text(g, 1000, &text, &n), RNN_OK);
    assert_string_equal(text, translated(&ctx, m, 1, inputs, NULL));
    rnn_free(&ctx, text);
    rnn_generator_free(g);
    assert_int_equal(rnn_generator_create(&ctx, "rnn_generate", m, numbers, 1, NULL, &g), RNN_DATA);
    assert_non_null(strstr(ctx.message, "1 value; the model was trained on 2: use rnn_predict"));
    numbers[1] = text_value("seven");
    assert_int_equal(rnn_generator_create(&ctx, "rnn_predict", m, numbers, 2, NULL, &g), RNN_DATA);
    assert_non_null(strstr(ctx.message, "input 2 is 'seven'"));
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- what is refused ---- */

static void refuses(rnn_context *ctx, const rnn_model *m, const rnn_value *prompt, rnn_status want,
                    const char *message) {
    rnn_generator *g;
    assert_int_equal(rnn_generator_create(ctx, "rnn_generate", m, prompt, 1, NULL, &g), want);
    assert_null(g);
    if (!strstr(ctx->message, message))
        fail_msg("the message is '%s', without '%s'", ctx->message, message);
}

static void what_has_no_text_is_refused(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static const struct {
        int task;
        const char *use;
    } wrong[] = {{RNN_TASK_FORECAST, "rnn_forecast"},
                 {RNN_TASK_CLASSIFY, "rnn_predict"},
                 {RNN_TASK_REGRESS, "rnn_predict"}};
    rnn_value number = {.type = RNN_INT, .i = 5, .d = 5},
              blob = {.type = RNN_BLOB, .p = "x", .n = 1};
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        rnn_model *m = sample_task(&ctx, wrong[i].task);
        refuses(&ctx, m, &NOTHING, RNN_MISUSE, wrong[i].use);
        rnn_model_free(m);
    }
    rnn_model *m = sample_generate(&ctx);
    refuses(&ctx, m, &number, RNN_DATA, "the prompt is 5");
    refuses(&ctx, m, &blob, RNN_DATA, "the prompt is x'78'");
    m->spec.bidirectional = 1;
    refuses(&ctx, m, &NOTHING, RNN_MISUSE, "bidirectional");
    m->spec.bidirectional = 0;
    rnn_model_free(m);
    m = sample_seq2seq(&ctx);
    refuses(&ctx, m, &number, RNN_DATA, "the prompt is 5");
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_texts_end_it),
        cmocka_unit_test(stop_texts_cut_words),
        cmocka_unit_test(words_continue_the_prompt),
        cmocka_unit_test(all_of_a_prompt_counts),
        cmocka_unit_test(rows_of_tokens),
        cmocka_unit_test(suggestions_complete_words),
        cmocka_unit_test(sources_are_translated),
        cmocka_unit_test(what_has_no_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
