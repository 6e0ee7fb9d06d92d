/* test_neighbors.c - embeddings by column, neighbours by cosine against values worked out by hand,
** expressions, and what is said where a token is not there. */
#include "model_testing.h"
#include "testing.h"

#include "neighbors.h"
#include "spelling.h"

#define FUNCTION "rnn_neighbors"

/* A model of texts whose words have vectors of two elements: word i the i-th pair. */
static rnn_model *word_model(rnn_context *ctx, rnn_tokens kind, const char *const *words, size_t n,
                             const real *vectors) {
    rnn_model *m = sample_start(ctx, RNN_TASK_GENERATE);
    rnn_input_column *c = sample_inputs(m, 1);
    c->kind = RNN_INPUT_TEXT;
    testing_vocabulary(ctx, RNN_TEXT_SPECIALS, words, n, &c->vocabulary);
    m->sequence.text = (rnn_text_settings){.kind = kind, .lowercase = 1};
    m->sequence.shape = RNN_SHAPE_SEQUENCES;
    m->spec.outputs = c->vocabulary.count;
    sample_category(m, c, 0);
    sample_members(m, 1);
    rnn_embedding e;
    assert_int_equal(rnn_embedding_open(ctx, m, 0, &e), RNN_OK);
    real *table = rnn_net_parameters(m->member[0]) + (e.vectors - rnn_net_parameters(m->member[0]));
    memcpy(table + 2 * RNN_TEXT_SPECIALS, vectors, 2 * n * sizeof *vectors);
    rnn_embedding_close(&e);
    return m;
}

/* Words with lengths of their own: a cosine sees the direction alone. */
static const char *const words[] = {"king", "man", "woman", "queen", "apple", "zero", "-"};
static const real vectors[] = {3, 3, 2, 0, -1, 0, -2, 2.5, 0, -1, 0, 0, 1, 1};

static rnn_neighbors ask(rnn_context *ctx, const rnn_model *m, const char *text, size_t k) {
    rnn_neighbors found;
    if (rnn_neighbors_find(ctx, FUNCTION, m, text, strlen(text), k, &found) != RNN_OK)
        fail_msg("%s: %s", text, ctx->message);
    return found;
}

static void expect_neighbor(const rnn_neighbors *found, size_t i, const char *word,
                            double similarity) {
    rnn_value v = rnn_embedding_token(&found->embedding, found->item[i].id);
    if (v.n != strlen(word) || memcmp(v.p, word, v.n) != 0)
        fail_msg("neighbour %d is '%.*s', not '%s'", (int)i + 1, (int)v.n, v.p, word);
    assert_near(found->item[i].similarity, similarity, 1e-6);
}

static void test_by_hand(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = word_model(&ctx, RNN_TOKENS_WORD, words, COUNT(words), vectors);
    rnn_neighbors found = ask(&ctx, m, "man", 100);
    const double half = sqrt(0.5), queen = 2 / sqrt(4 + 6.25);
    (void)state;
    assert_int_equal(found.count, 6);         /* all but itself and the specials */
    expect_neighbor(&found, 0, "king", half); /* as near as "-"; the more frequent first */
    expect_neighbor(&found, 1, "-", half);
    expect_neighbor(&found, 2, "apple", 0);
    expect_neighbor(&found, 3, "zero", 0); /* zeros */
    expect_neighbor(&found, 4, "queen", -queen);
    expect_neighbor(&found, 5, "woman", -1);
    rnn_neighbors_free(&found);
    found = ask(&ctx, m, "man", 2);
    assert_int_equal(found.count, 2);
    rnn_neighbors_free(&found);
    rnn_neighbors_free(&found);
    rnn_neighbors_free(NULL);
    rnn_model_free(m);
    assert_int_equal(ctx.memory_used, 0);
}

/* king - man + woman = (1, 1)/sqrt 2 - (1, 0) + (-1, 0): the vectors at unit length. */
static void test_expression(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = word_model(&ctx, RNN_TOKENS_WORD, words, COUNT(words), vectors);
    const double x = sqrt(0.5) - 2, y = sqrt(0.5), length = sqrt(x * x + y * y);
    (void)state;
    static const char *const same[] = {"king - man + woman", "KING - Man + woman",
                                       "king  -  man  +  woman", "woman + king - man"};
    for (size_t i = 0; i < COUNT(same); i++) {
        rnn_neighbors found = ask(&ctx, m, same[i], 10);
        assert_int_equal(found.count, 4); /* no term */
        expect_neighbor(&found, 0, "queen", (-2 * x + 2.5 * y) / sqrt(10.25) / length);
        expect_neighbor(&found, 1, "zero", 0);
        expect_neighbor(&found, 2, "-", (x + y) * sqrt(0.5) / length);
        expect_neighbor(&found, 3, "apple", -y / length);
        rnn_neighbors_free(&found);
    }
    /* A term twice counts twice, and is left out once. */
    rnn_neighbors found = ask(&ctx, m, "man + man + man", 10);
    assert_int_equal(found.count, 6);
    expect_neighbor(&found, 0, "king", sqrt(0.5));
    rnn_neighbors_free(&found);
    /* "-" is a token here: alone, and as a term. */
    found = ask(&ctx, m, "-", 1);
    expect_neighbor(&found, 0, "king", 1);
    rnn_neighbors_free(&found);
    found = ask(&ctx, m, "- - - + woman", 9);
    expect_neighbor(&found, 0, "queen", 2 / sqrt(10.25));
    rnn_neighbors_free(&found);
    rnn_model_free(m);
    assert_int_equal(ctx.memory_used, 0);
}

/* Of whole cells, a token may have signs in it: the whole text wins. */
static void test_whole(void **state) {
    static const char *const cells[] = {"e", "mail", "e - mail", "E", "a + b - c"};
    static const real v[] = {1, 0, 0, 1, 1, -1, 1, 1, -1, 0};
    rnn_context ctx = {0};
    rnn_model *m = word_model(&ctx, RNN_TOKENS_WORD, cells, COUNT(cells), v);
    rnn_neighbors found;
    (void)state;
    m->sequence.shape = RNN_SHAPE_STEPS;
    found = ask(&ctx, m, "e - mail", 9);
    assert_int_equal(found.count, 4);
    assert_string_equal(found.embedding.column, "token");
    expect_neighbor(&found, 0, "e", sqrt(0.5));
    rnn_neighbors_free(&found);
    found = ask(&ctx, m, "mail - e", 9); /* (-1, 1) */
    assert_int_equal(found.count, 3);
    expect_neighbor(&found, 0, "a + b - c", sqrt(0.5));
    expect_neighbor(&found, 1, "E", 0);
    rnn_neighbors_free(&found);
    found = ask(&ctx, m, "E", 1); /* no folding of cells */
    expect_neighbor(&found, 0, "e", sqrt(0.5));
    rnn_neighbors_free(&found);
    rnn_model_free(m);
}

/* Characters: a space is one, and case folds. */
static void test_characters(void **state) {
    static const char *const letters[] = {"a", "b", " ", "-"};
    static const real v[] = {1, 0, 1, 1, 0, 1, -1, 0};
    rnn_context ctx = {0};
    rnn_model *m = word_model(&ctx, RNN_TOKENS_CHAR, letters, COUNT(letters), v);
    rnn_neighbors found = ask(&ctx, m, " ", 1);
    (void)state;
    expect_neighbor(&found, 0, "b", sqrt(0.5));
    rnn_neighbors_free(&found);
    found = ask(&ctx, m, "  - A", 9); /* space - a */
    assert_int_equal(found.count, 2);
    expect_neighbor(&found, 0, "-", sqrt(0.5));
    rnn_neighbors_free(&found);
    found = ask(&ctx, m, "- + b", 9);
    expect_neighbor(&found, 0, " ", (sqrt(0.5)) / sqrt(2 - sqrt(2)));
    rnn_neighbors_free(&found);
    rnn_model_free(m);
}

static void expect_refusal(rnn_context *ctx, const rnn_model *m, const char *text,
                           const char *message) {
    rnn_neighbors found;
    assert_int_equal(rnn_neighbors_find(ctx, FUNCTION, m, text, strlen(text), 3, &found), RNN_DATA);
    assert_null(found.item);
    if (strstr(ctx->message, message) == NULL) fail_msg("the message was: %s", ctx->message);
}

static void test_refusals(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = word_model(&ctx, RNN_TOKENS_WORD, words, COUNT(words), vectors);
    (void)state;
    expect_refusal(&ctx, m, "quen",
                   "rnn_neighbors: the token 'quen' is not in column \"text\"; did you mean "
                   "'queen'? rnn_vocabulary(model) lists all tokens");
    expect_refusal(&ctx, m, "xylophone", "\"text\"; rnn_vocabulary(model) lists all tokens");
    expect_refusal(&ctx, m, "king - mann + woman", "the token 'mann' is not");
    expect_refusal(&ctx, m, "king - ", "the token '' is not");
    expect_refusal(&ctx, m, "", "the token '' is not");
    expect_refusal(&ctx, m, "king man", "the token 'king man' is not");
    expect_refusal(&ctx, m, "<end>", "the token '<end>' is not");
    expect_refusal(&ctx, m, "king - king", "cancel out");
    expect_refusal(&ctx, m, "king + man - king - man", "cancel out");
    expect_refusal(&ctx, m, "zero", "cancel out"); /* zeros have no direction */
    rnn_model_free(m);
    m = sample_regress(&ctx); /* its column of words is left, the first is a number */
    assert_int_equal(rnn_embedding_columns(m), 1);
    expect_refusal(&ctx, m, "onn", "not in column \"input 2\"; did you mean 'on'?");
    rnn_model_free(m);
    m = sample_start(&ctx, RNN_TASK_REGRESS);
    assert_int_equal(rnn_embedding_columns(m), 0);
    expect_refusal(&ctx, m, "on", "the model has no vocabulary");
    rnn_model_free(m);
    assert_int_equal(ctx.memory_used, 0);
}

/* ---- columns of every task ------------------------------------------------------------------- */

static void expect_column(rnn_context *ctx, const rnn_model *m, size_t column, const char *name,
                          size_t count, size_t specials, const char *first, int64_t times) {
    rnn_embedding e;
    assert_int_equal(rnn_embedding_open(ctx, m, column, &e), RNN_OK);
    assert_string_equal(e.column, name);
    assert_int_equal(e.count, count);
    assert_int_equal(e.specials, specials);
    rnn_value v = rnn_embedding_token(&e, 0);
    assert_int_equal(v.n, 9);
    assert_memory_equal(v.p, "<unknown>", 9);
    v = rnn_embedding_token(&e, specials);
    if (first) {
        assert_int_equal(v.n, strlen(first));
        assert_memory_equal(v.p, first, v.n);
    }
    assert_int_equal(rnn_embedding_count(&e, specials), times);
    rnn_embedding_close(&e);
    rnn_embedding_close(&e);
}

static void test_columns(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = sample_model(&ctx);
    (void)state;
    assert_int_equal(rnn_embedding_columns(m), 2);
    expect_column(&ctx, m, 0, "input 2", 3, 1, "rain", 20);
    expect_column(&ctx, m, 1, "series", 3, 1, NULL, -1);
    rnn_embedding e;
    uint32_t id;
    assert_int_equal(rnn_embedding_open(&ctx, m, 1, &e), RNN_OK);
    rnn_value v = rnn_embedding_token(&e, 1); /* a key as it was */
    assert_int_equal(v.type, RNN_INT);
    assert_int_equal(v.i, 7);
    assert_int_equal(rnn_embedding_find(&e, "7", 1, &id), RNN_OK);
    assert_int_equal(id, 1);
    assert_int_equal(rnn_embedding_find(&e, "north", 5, &id), RNN_OK);
    assert_int_equal(id, 2);
    assert_int_equal(rnn_embedding_find(&e, "south", 5, &id), RNN_OK);
    assert_int_equal(id, 0);
    rnn_embedding_close(&e);
    rnn_neighbors found = ask(&ctx, m, "north", 5); /* the second column */
    assert_string_equal(found.embedding.column, "series");
    assert_int_equal(found.count, 1);
    rnn_neighbors_free(&found);
    expect_refusal(&ctx, m, "noth",
                   "the token 'noth' is not in column \"input 2\", and no other column has all of "
                   "the expression; did you mean 'north'?");
    rnn_model_free(m);
    m = sample_classify(&ctx);
    expect_column(&ctx, m, 0, "text", 7, 4, "good", 30);
    rnn_model_free(m);
    m = sample_generate(&ctx);
    expect_column(&ctx, m, 0, "text", 7, 4, "good", 30);
    rnn_model_free(m);
    m = sample_tags(&ctx);
    expect_column(&ctx, m, 0, "input 2", 3, 1, "on", 20);
    rnn_model_free(m);
    m = sample_seq2seq(&ctx);
    assert_int_equal(rnn_embedding_columns(m), 2);
    expect_column(&ctx, m, 0, "source", 7, 4, "good", 30);
    expect_column(&ctx, m, 1, "target", 6, 4, "x", 20);
    found = ask(&ctx, m, "x - y", 5); /* found in the target, of which nothing is left */
    assert_string_equal(found.embedding.column, "target");
    assert_int_equal(found.count, 0);
    rnn_neighbors_free(&found);
    rnn_model_free(m);
    assert_int_equal(ctx.memory_used, 0);
}

/* With parts of words a vector is what the network reads: the word's row and the mean of its
** parts' rows, here recomputed from the tensors. */
static void test_parts(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = sample_classify(&ctx);
    const real *row = NULL, *part = NULL, *parameters = rnn_net_parameters(m->member[0]);
    uint32_t bucket[16];
    rnn_embedding e;
    (void)state;
    for (size_t i = 0; i < rnn_net_tensor_count(m->member[0]); i++) {
        const rnn_tensor *t = rnn_net_tensor(m->member[0], i);
        if (strcmp(t->name, "embedding.0.weight") == 0) row = parameters + t->offset;
        if (strcmp(t->name, "embedding.0.subword.weight") == 0) part = parameters + t->offset;
    }
    assert_true(row != NULL && part != NULL);
    assert_int_equal(rnn_embedding_open(&ctx, m, 0, &e), RNN_OK);
    size_t n = rnn_word_grams(&m->sequence.grams, "good", 4, 7, bucket, COUNT(bucket));
    assert_true(n > 3);
    for (size_t j = 0; j < 2; j++) {
        double mean = 0;
        for (size_t k = 0; k < n; k++) mean += (double)part[2 * bucket[k] + j] / (double)n;
        assert_near((double)e.vectors[2 * 4 + j], (double)row[2 * 4 + j] + mean, 1e-6);
        assert_true(e.vectors[j] == row[j]); /* specials have no parts */
    }
    rnn_embedding_close(&e);
    rnn_model_free(m);
    assert_int_equal(ctx.memory_used, 0);
}

/* ---- spelling --------------------------------------------------------------------------------- */

static size_t spelling(const char *written, const char *name) {
    return rnn_spelling_distance(written, strlen(written), name, strlen(name));
}

static void test_spelling(void **state) {
    (void)state;
    assert_int_equal(spelling("queen", "queen"), 0);
    assert_int_equal(spelling("Quene", "queen"), 1); /* a swap; case does not count */
    assert_int_equal(spelling("quen", "queen"), 1);
    assert_int_equal(spelling("kitten", "sitting"), SIZE_MAX); /* 3 of 7 */
    assert_int_equal(spelling("e mail", "e-mail"), 0);
    assert_int_equal(spelling("cat", "car"), 1);
    assert_int_equal(spelling("at", "to"), SIZE_MAX);
    assert_true(spelling("hidden_size", "hidden") > 40 && spelling("hidden_size", "hidden") < 99);
    assert_int_equal(spelling("sizes", "hidden"), SIZE_MAX);
    assert_int_equal(spelling("lr", "learning_rate"), 40);
    assert_int_equal(spelling("clip", "clip_norm"), 45);
    assert_int_equal(spelling("", "a"), SIZE_MAX);
}

/* ---- memory and interrupts -------------------------------------------------------------------- */

static void test_allocations(void **state) {
    static const char *const text[] = {"good - \xF0\x9F\x98\x80", "god"};
    static const rnn_status want[] = {RNN_OK, RNN_DATA};
    testing_host host;
    (void)state;
    for (size_t i = 0; i < COUNT(text); i++) {
        rnn_context own = {0};
        rnn_model *m = sample_classify(&own);
        rnn_status status = RNN_NOMEM;
        for (uint64_t n = 1; status == RNN_NOMEM; n++) {
            rnn_context ctx = testing_context(&host);
            rnn_neighbors found;
            host.fail_at = n;
            status = rnn_neighbors_find(&ctx, FUNCTION, m, text[i], strlen(text[i]), 3, &found);
            assert_true(status == RNN_OK || found.item == NULL);
            rnn_neighbors_free(&found);
            testing_no_leak(&ctx, &host);
            assert_true(n < 100);
        }
        assert_int_equal(status, want[i]);
        rnn_model_free(m);
    }
}

static void test_interrupt(void **state) {
    rnn_context own = {0};
    rnn_model *m = word_model(&own, RNN_TOKENS_WORD, words, COUNT(words), vectors);
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_neighbors found;
    int left = 1;
    (void)state;
    ctx.check = testing_stop;
    ctx.check_arg = &left;
    assert_int_equal(rnn_neighbors_find(&ctx, FUNCTION, m, "man", 3, 3, &found), RNN_INTERRUPT);
    assert_null(found.item);
    testing_no_leak(&ctx, &host);
    rnn_model_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),     cmocka_unit_test(test_expression),
        cmocka_unit_test(test_whole),       cmocka_unit_test(test_characters),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_columns),
        cmocka_unit_test(test_parts),       cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_allocations), cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
