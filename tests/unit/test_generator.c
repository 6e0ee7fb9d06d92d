/* test_generator.c - text that goes on: the tokens are those of a whole pass over the text so far,
** whatever cuts and temperature; a seed is a text; length, beam, interrupts and missing memory. See
** test_generator_text.c for what texts end at and begin with. */
#include "generator_testing.h"

enum { MOST_OUT = 16, LONG = 60 };

#define TOLERANCE 2e-5

/* Probabilities of what follows tokens [n], begin among them, the unproducible left out. */
static void whole_pass(rnn_context *ctx, const rnn_model *m, const uint32_t *token, size_t n,
                       double *p) {
    rnn_batch b;
    rnn_workspace *w;
    rnn_pass pass = {0};
    rnn_workspace_size size = {1, n, n, 1, 0, 0};
    real one[MOST_OUT];
    double sum = 0, logit[MOST_OUT] = {0};
    assert_int_equal(rnn_batch_init(ctx, &b, 1, n, 0, 1, 1), RNN_OK);
    rnn_batch_layout(&b, &n, 1);
    memcpy(b.ids, token, n * sizeof *token);
    b.outputs = 1;
    b.out_row[0] = (uint32_t)n - 1;
    assert_int_equal(rnn_workspace_create(ctx, &m->spec, &size, 0, &w), RNN_OK);
    for (size_t i = 0; i < m->members; i++) {
        rnn_net_forward(m->member[i], &b, &pass, w, one);
        for (size_t o = 0; o < m->spec.outputs; o++)
            logit[o] += (double)one[o] / (double)m->members;
    }
    for (size_t o = 0; o < m->spec.outputs; o++) sum += p[o] = o < RNN_WORD_END ? 0 : exp(logit[o]);
    for (size_t o = 0; o < m->spec.outputs; o++) p[o] /= sum;
    rnn_workspace_free(w);
    rnn_batch_free(ctx, &b);
}

/* ---- tokens ---- */

/* Each token is among the likeliest `k` after what precedes it, with the probability it has there
** before temperature and cuts. */
static void check_tokens(rnn_context *ctx, const rnn_model *m, const rnn_options *o, size_t k) {
    const rnn_vocabulary *v = &m->input[0].vocabulary;
    rnn_value prompt = text_value("ab");
    uint32_t token[LONG + 3] = {RNN_WORD_BEGIN, rnn_vocabulary_find(v, "a", 1),
                                rnn_vocabulary_find(v, "b", 1)};
    rnn_generator *g = open_generator(ctx, m, &prompt, o);
    rnn_generated t;
    size_t n = 3;
    while (rnn_generator_next(g, &t) == RNN_OK) {
        double p[MOST_OUT];
        size_t better = 0;
        uint32_t id = rnn_vocabulary_find(v, t.text, t.n);
        assert_true(id >= RNN_TEXT_SPECIALS && n < LONG + 3);
        whole_pass(ctx, m, token, n, p);
        assert_near(t.probability, p[id], TOLERANCE);
        for (size_t i = 0; i < m->spec.outputs; i++) better += p[i] > p[id] * (1 + TOLERANCE);
        if (better >= k) fail_msg("token %d is not among the likeliest", (int)t.position);
        token[n++] = id;
    }
    assert_true(n > 5);
    rnn_generator_free(g);
}

static void tokens_are_those_of_whole_passes(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_options o = greedy(LONG);
    (void)state;
    forbid_end(m);
    check_tokens(&ctx, m, &o, 1);
    o = with_length(LONG);
    check_tokens(&ctx, m, &o, MOST_OUT);
    o.temperature = 2.5;
    o.top_k = 2;
    check_tokens(&ctx, m, &o, 2);
    o.temperature = 0.2;
    o.top_k = 0;
    o.top_p = 0.5;
    check_tokens(&ctx, m, &o, 4);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void a_seed_is_a_text(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_options o = with_length(40);
    char *a, *b;
    (void)state;
    a = whole_text(&ctx, m, "ab", &o);
    b = whole_text(&ctx, m, "ab", &o);
    assert_string_equal(a, b);
    assert_string_equal(a, joined_tokens(&ctx, m, "ab", &o));
    free(b);
    o.seed = 2;
    b = whole_text(&ctx, m, "ab", &o);
    assert_string_not_equal(a, b);
    free(a);
    free(b);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static size_t count_tokens(rnn_context *ctx, const rnn_model *m, const rnn_options *o) {
    rnn_generator *g = open_generator(ctx, m, &NOTHING, o);
    rnn_generated t;
    size_t n = 0;
    while (rnn_generator_next(g, &t) == RNN_OK) n++;
    assert_int_equal(rnn_generator_next(g, &t), RNN_DONE); /* and stays so */
    rnn_generator_free(g);
    return n;
}

static void lengths(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *c = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_model *w = make_model(&ctx, RNN_TOKENS_WORD, RNN_SHAPE_SEQUENCES);
    rnn_options o = make_options();
    (void)state;
    forbid_end(c);
    forbid_end(w);
    assert_int_equal(count_tokens(&ctx, c, &o), 200);
    assert_int_equal(count_tokens(&ctx, w, &o), 50);
    o = with_length(7);
    assert_int_equal(count_tokens(&ctx, c, &o), 7);
    assert_int_equal(count_tokens(&ctx, w, &o), 7);
    o.beam = 3;
    o.given[RNN_KEY_beam] = 1;
    assert_int_equal(count_tokens(&ctx, c, &o), 7);
    rnn_model_free(c);
    rnn_model_free(w);
    testing_no_leak(&ctx, &host);
}

/* A text whose limit is too small is refused before it is finished. */
static void texts_have_a_limit(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_options o = with_length(1000000);
    rnn_generator *g;
    char *text;
    size_t n;
    (void)state;
    forbid_end(m);
    g = open_generator(&ctx, m, &NOTHING, &o);
    assert_int_equal(rnn_generator_text(g, 100, &text, &n), RNN_LIMIT);
    assert_null(text);
    assert_non_null(strstr(ctx.message, "passed 100 bytes"));
    rnn_generator_free(g);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- beam ---- */

static double log_probability(rnn_context *ctx, const rnn_model *m, const rnn_options *o,
                              size_t *count) {
    rnn_value prompt = text_value("ab");
    rnn_generator *g = open_generator(ctx, m, &prompt, o);
    rnn_generated t;
    double sum = 0;
    *count = 0;
    while (rnn_generator_next(g, &t) == RNN_OK) {
        sum += log(t.probability);
        ++*count;
    }
    rnn_generator_free(g);
    return sum;
}

static void a_beam_finds_likelier_texts(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    rnn_options o = greedy(12);
    size_t a, b;
    double alone, beam;
    (void)state;
    forbid_end(m);
    alone = log_probability(&ctx, m, &o, &a);
    o = with_length(12);
    o.beam = 4;
    o.given[RNN_KEY_beam] = 1;
    beam = log_probability(&ctx, m, &o, &b);
    assert_int_equal(a, 12);
    assert_int_equal(b, 12);
    assert_true(beam > alone + 1e-3);
    o.temperature = 0.5;
    o.given[RNN_KEY_temperature] = 1;
    rnn_generator *g;
    assert_int_equal(rnn_generator_create(&ctx, "rnn_generate", m, &NOTHING, 1, &o, &g),
                     RNN_OPTION);
    assert_non_null(strstr(ctx.message, "\"beam\" is 4"));
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- interrupts, memory ---- */

static int stop_after(void *arg) {
    int *left = arg;
    return (*left)-- <= 0;
}

static void interrupts_stop_it(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, RNN_TOKENS_CHAR, RNN_SHAPE_SEQUENCES);
    (void)state;
    forbid_end(m);
    for (int beam = 1; beam <= 3; beam += 2) {
        rnn_options o = with_length(1000000);
        rnn_generator *g;
        rnn_generated t;
        int left = 10, given = 0;
        rnn_status status;
        if (beam > 1) o = with_length(200);
        o.beam = beam;
        o.given[RNN_KEY_beam] = 1;
        g = open_generator(&ctx, m, &NOTHING, &o);
        ctx.check = stop_after;
        ctx.check_arg = &left;
        while ((status = rnn_generator_next(g, &t)) == RNN_OK) given++;
        assert_int_equal(status, RNN_INTERRUPT);
        assert_int_equal(given, beam > 1 ? 0 : 10);
        ctx.check = NULL;
        rnn_generator_free(g);
    }
    /* While the prompt is read. */
    char prompt[1000];
    int left = 3;
    rnn_generator *g;
    memset(prompt, 'a', sizeof prompt);
    rnn_value v = {.type = RNN_TEXT, .p = prompt, .n = sizeof prompt};
    ctx.check = stop_after;
    ctx.check_arg = &left;
    assert_int_equal(rnn_generator_create(&ctx, "rnn_generate", m, &v, 1, NULL, &g), RNN_INTERRUPT);
    ctx.check = NULL;
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static rnn_status generate_all(rnn_context *ctx, const rnn_model *m) {
    rnn_options o = with_length(12);
    rnn_value prompt = text_value("you go");
    rnn_generator *g;
    char *text = NULL;
    size_t n;
    add_stop(&o, "you are not", 11);
    rnn_status status = rnn_generator_create(ctx, "rnn_generate", m, &prompt, 1, &o, &g);
    if (status == RNN_OK) status = rnn_generator_text(g, 1000, &text, &n);
    rnn_free(ctx, text);
    rnn_generator_free(g);
    return status;
}

static void memory_that_is_missing(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m[2] = {make_model(&ctx, RNN_TOKENS_WORD, RNN_SHAPE_SEQUENCES),
                       sample_seq2seq(&ctx)};
    (void)state;
    for (int k = 0; k < 2; k++) {
        int64_t blocks = host.blocks;
        rnn_status status = RNN_NOMEM;
        for (uint64_t n = 1; status != RNN_OK; n++) {
            host.fail_at = host.requests + n;
            status = generate_all(&ctx, m[k]);
            host.fail_at = 0;
            if (status == RNN_OK) assert_true(n > 10);
            if (status != RNN_OK) assert_int_equal(status, RNN_NOMEM);
            assert_int_equal(host.blocks, blocks);
        }
        rnn_model_free(m[k]);
    }
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_those_of_whole_passes),
        cmocka_unit_test(a_seed_is_a_text),
        cmocka_unit_test(lengths),
        cmocka_unit_test(texts_have_a_limit),
        cmocka_unit_test(a_beam_finds_likelier_texts),
        cmocka_unit_test(interrupts_stop_it),
        cmocka_unit_test(memory_that_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
