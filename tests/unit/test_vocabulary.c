/* test_vocabulary.c - vocabularies: order, limits, specials, bytes. */
#include "values_testing.h"

#include "vocabulary.h"

static void add(rnn_word_counter *c, const char *word, uint64_t times) {
    assert_int_equal(rnn_word_counter_add(c, word, strlen(word), times), RNN_OK);
}

static void expect_word(const rnn_vocabulary *v, size_t id, const char *word, uint64_t count) {
    size_t n;
    const char *p = rnn_vocabulary_word(v, id, &n);
    assert_int_equal(n, strlen(word));
    assert_memory_equal(p, word, n);
    assert_int_equal(v->counts[id], count);
    if (id >= v->specials) assert_int_equal(rnn_vocabulary_find(v, word, n), id);
}

/* be 3, to 2, or 2, "" 1, not 1, 2 NULLs; in any order. */
static void count_words(rnn_word_counter *c, int backwards) {
    static const char *const words[] = {"to", "be", "or", "not", "to", "be", "or", "", "be"};
    size_t n = sizeof words / sizeof *words;
    for (size_t i = 0; i < n; i++) add(c, words[backwards ? n - 1 - i : i], 1);
    c->unknown = 2;
}

static void test_build(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_word_counter c;
    rnn_vocabulary v;
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        assert_int_equal(rnn_word_counter_init(&ctx, &c), RNN_OK);
        count_words(&c, backwards);
        assert_int_equal(rnn_word_counter_distinct(&c), 5);
        assert_int_equal(rnn_vocabulary_build(&c, RNN_CATEGORY_SPECIALS, 100, 0, &v), RNN_OK);
        assert_int_equal(v.count, 6);
        expect_word(&v, 0, "", 2);
        expect_word(&v, 1, "be", 3);
        expect_word(&v, 2, "or", 2);
        expect_word(&v, 3, "to", 2);
        expect_word(&v, 4, "", 1);
        expect_word(&v, 5, "not", 1);
        assert_int_equal(rnn_vocabulary_find(&v, "bee", 3), RNN_WORD_UNKNOWN);
        rnn_vocabulary_free(&v);
        assert_int_equal(rnn_vocabulary_find(&v, "be", 2), RNN_WORD_UNKNOWN);
        /* The limit keeps the most frequent; what is left out is unknown. */
        assert_int_equal(rnn_vocabulary_build(&c, RNN_TEXT_SPECIALS, 2, 1, &v), RNN_OK);
        assert_int_equal(v.count, 6);
        expect_word(&v, 0, "", 6);
        expect_word(&v, RNN_WORD_END, "", 0);
        expect_word(&v, 4, "be", 3);
        expect_word(&v, 5, "or", 2);
        rnn_vocabulary_free(&v);
        assert_int_equal(rnn_vocabulary_build(&c, RNN_TEXT_SPECIALS, 100, 3, &v), RNN_OK);
        assert_int_equal(v.count, 5);
        rnn_vocabulary_free(&v);
        assert_int_equal(rnn_vocabulary_build(&c, RNN_TEXT_SPECIALS, 0, 1, &v), RNN_OK);
        assert_int_equal(v.count, 4);
        assert_int_equal(rnn_vocabulary_find(&v, "be", 2), RNN_WORD_UNKNOWN);
        rnn_vocabulary_free(&v);
        rnn_word_counter_free(&c);
    }
    rnn_vocabulary_free(NULL);
    rnn_word_counter_free(NULL);
    testing_no_leak(&ctx, &host);
}

/* No text is a special: ids 0 to 3 are never found, whatever the text says. */
static void test_specials(void **state) {
    rnn_context ctx = {0};
    rnn_word_counter c;
    rnn_vocabulary v;
    size_t n = 7;
    (void)state;
    assert_int_equal(rnn_word_counter_init(&ctx, &c), RNN_OK);
    add(&c, "<end>", 1);
    add(&c, "", 1);
    assert_int_equal(rnn_vocabulary_build(&c, RNN_TEXT_SPECIALS, 9, 1, &v), RNN_OK);
    assert_int_equal(rnn_vocabulary_find(&v, "<end>", 5), 5);
    assert_int_equal(rnn_vocabulary_find(&v, "", 0), 4);
    assert_string_equal(rnn_special_name(&v, RNN_WORD_END), "<end>");
    assert_string_equal(rnn_special_name(&v, RNN_WORD_UNKNOWN), "<unknown>");
    assert_null(rnn_special_name(&v, 4));
    assert_string_equal(rnn_vocabulary_word(&v, 99, &n), "");
    assert_int_equal(n, 0);
    rnn_vocabulary_free(&v);
    rnn_word_counter_free(&c);
}

/* Thousands of words, with NULs and what is not UTF-8, and back from their bytes. */
static void test_round_trip(void **state) {
    enum { WORDS = 5000 };
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_word_counter c;
    rnn_vocabulary v, back, copy;
    rnn_writer w, again;
    rnn_reader r;
    (void)state;
    assert_int_equal(rnn_word_counter_init(&ctx, &c), RNN_OK);
    for (int i = 0; i < WORDS; i++) {
        char word[16];
        int n = snprintf(word, sizeof word, "w%d", i);
        word[0] = i % 2 ? '\0' : '\xFF';
        assert_int_equal(rnn_word_counter_add(&c, word, (size_t)n, (uint64_t)(i % 7) + 1), RNN_OK);
    }
    assert_int_equal(rnn_vocabulary_build(&c, RNN_TEXT_SPECIALS, WORDS, 1, &v), RNN_OK);
    assert_int_equal(v.count, WORDS + 4);
    rnn_writer_init(&w, &ctx);
    rnn_writer_init(&again, &ctx);
    rnn_vocabulary_write(&v, &w);
    assert_int_equal(w.status, RNN_OK);
    rnn_reader_init(&r, w.data, w.size);
    assert_int_equal(rnn_vocabulary_read(&ctx, &r, RNN_TEXT_SPECIALS, &back), RNN_OK);
    assert_int_equal(rnn_reader_left(&r), 0);
    assert_int_equal(rnn_vocabulary_copy(&ctx, &back, &copy), RNN_OK);
    rnn_vocabulary_free(&v);
    rnn_word_counter_free(&c);
    for (size_t id = 4; id < back.count; id++) {
        size_t n;
        const char *p = rnn_vocabulary_word(&back, id, &n);
        assert_int_equal(rnn_vocabulary_find(&back, p, n), id);
        assert_int_equal(rnn_vocabulary_find(&copy, p, n), id);
        assert_int_equal(back.counts[id], copy.counts[id]);
    }
    rnn_vocabulary_write(&copy, &again);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    rnn_vocabulary_free(&back);
    rnn_vocabulary_free(&copy);
    rnn_writer_free(&w);
    rnn_writer_free(&again);
    testing_no_leak(&ctx, &host);
}

static void expect_refused(const char *const *words, size_t count, uint64_t claimed,
                           size_t specials) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_vocabulary v;
    rnn_writer w;
    rnn_reader r;
    rnn_writer_init(&w, &ctx);
    rnn_write_u64(&w, claimed);
    for (size_t i = 0; i < count; i++) {
        rnn_write_string(&w, words[i], strlen(words[i]));
        rnn_write_u64(&w, 1);
    }
    rnn_reader_init(&r, w.data, w.size);
    assert_int_equal(rnn_vocabulary_read(&ctx, &r, specials, &v), RNN_MODEL);
    assert_non_null(strstr(ctx.message, "the model is corrupt: its vocabulary"));
    assert_int_equal(v.count, 0);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

static void test_forged(void **state) {
    static const char *const words[] = {"", "", "", "", "a", "b", "a"};
    static const char *const named[] = {"x", "a"};
    (void)state;
    expect_refused(words, 7, 7, 4);          /* a word twice */
    expect_refused(words, 6, 6, 1);          /* the empty one, three times */
    expect_refused(words, 3, 3, 4);          /* fewer than the specials */
    expect_refused(named, 2, 2, 1);          /* a special with a text */
    expect_refused(words, 2, 3, 1);          /* ends early */
    expect_refused(words, 2, UINT64_MAX, 1); /* cannot be that many */
    expect_refused(words, 2, 1ull << 33, 1);
}

static void test_allocation_failures(void **state) {
    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_word_counter c;
        rnn_vocabulary v = {0}, copy = {0};
        rnn_status status;
        host.fail_at = fail_at;
        status = rnn_word_counter_init(&ctx, &c);
        for (int i = 0; i < 200 && status == RNN_OK; i++) {
            char word[16];
            snprintf(word, sizeof word, "%d", i);
            status = rnn_word_counter_add(&c, word, strlen(word), 1);
        }
        if (status == RNN_OK) status = rnn_vocabulary_build(&c, 4, 150, 1, &v);
        if (status == RNN_OK) status = rnn_vocabulary_copy(&ctx, &v, &copy);
        rnn_vocabulary_free(&v);
        rnn_vocabulary_free(&copy);
        rnn_word_counter_free(&c);
        testing_no_leak(&ctx, &host);
        if (status == RNN_OK) break;
        assert_int_equal(status, RNN_NOMEM);
        assert_true(fail_at < 200);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build), cmocka_unit_test(test_specials),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_forged),
        cmocka_unit_test(test_allocation_failures)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
