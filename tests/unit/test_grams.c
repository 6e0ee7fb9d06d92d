/* test_grams.c - hashed features: the same bits everywhere, complete, within bounds. */
#include "testing.h"
#include "values_testing.h"

#include "grams.h"

/* The hash by its definition: FNV-1a (offset 14695981039346656037, prime 1099511628211) and then
** MurmurHash3's 64-bit finaliser. Values from an independent implementation. */
static void test_hash(void **state) {
    (void)state;
    assert_int_equal(rnn_hash_bytes(0, "", 0), UINT64_C(0xEFD01F60BA992926));
    assert_int_equal(rnn_hash_bytes(0, "a", 1), UINT64_C(0x82A2A958A9BECE5B));
    assert_int_equal(rnn_hash_bytes(0, "<wh", 3), UINT64_C(0x549D58BC338642F4));
    assert_int_equal(rnn_hash_bytes(7, "\xC3\xA9\0", 3), UINT64_C(0x25186494EE51BD6E));
}

static void test_word(void **state) {
    static const char *const parts[] = {"<wh", "<whe", "<wher", "whe", "wher", "where",
                                        "her", "here", "here>", "ere", "ere>", "re>"};
    const rnn_gram_settings g = RNN_GRAM_DEFAULT;
    const size_t buckets = (size_t)1 << 31;
    uint32_t out[64];
    size_t n = rnn_word_grams(&g, "where", 5, buckets, out, COUNT(out));
    (void)state;
    assert_int_equal(n, COUNT(parts));
    assert_true(n <= rnn_word_grams_most(&g, 5));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(out[i], rnn_hash_bytes(0, parts[i], strlen(parts[i])) % buckets);
}

/* A part is made of code points, not of bytes. */
static void test_points(void **state) {
    static const char *const parts[] = {"<\u00FCb", "\u00FCb\U0001F600", "b\U0001F600>"};
    static const char *const broken[] = {"<\xFFx", "\xFFx\xC3", "x\xC3>"};
    const rnn_gram_settings g = {3, 3};
    uint32_t out[64];
    (void)state;
    assert_int_equal(rnn_word_grams(&g, "\u00FCb\U0001F600", 7, 1000, out, COUNT(out)), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(out[i], rnn_hash_bytes(0, parts[i], strlen(parts[i])) % 1000);
    assert_int_equal(rnn_word_grams(&g, "\xFFx\xC3", 3, 1000, out, COUNT(out)), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(out[i], rnn_hash_bytes(0, broken[i], strlen(broken[i])) % 1000);
}

static void test_edges(void **state) {
    const rnn_gram_settings g = RNN_GRAM_DEFAULT, single = {1, 1}, long_ones = {8, 8};
    uint32_t out[8] = {0};
    char *word = malloc(100000);
    uint32_t *many = malloc(400000 * sizeof *many);
    (void)state;
    assert_int_equal(rnn_word_grams(&g, "", 0, 10, out, 8), 0);
    assert_int_equal(rnn_word_grams(&g, "a", 1, 10, out, 8), 1); /* <a> */
    assert_int_equal(rnn_word_grams(&single, "a", 1, 10, out, 8), 3);
    assert_int_equal(rnn_word_grams(&long_ones, "abcde", 5, 10, out, 8), 0);
    assert_int_equal(rnn_word_grams(&long_ones, "abcdef", 6, 10, out, 8), 1);
    assert_int_equal(rnn_word_grams(&g, "where", 5, 1, out, 3), 3); /* no room for more */
    assert_int_equal(out[0] + out[1] + out[2] + out[3], 0);
    memset(word, 'x', 100000);
    assert_true(rnn_word_grams_most(&g, 100000) < 400000);
    assert_int_equal(rnn_word_grams(&g, word, 100000, 97, many, 400000), 100000 * 3 - 3);
    for (size_t i = 0; i < 299997; i++) assert_true(many[i] < 97);
    free(word);
    free(many);
}

static rnn_token token_of(const char *s) { return (rnn_token){s, strlen(s)}; }

static void test_wide(void **state) {
    const rnn_token text[] = {token_of("not"), token_of("good"), token_of("not"), token_of("good")};
    const rnn_token turned[] = {token_of("good"), token_of("not"), token_of("good"),
                                token_of("not")};
    const rnn_token glued[] = {token_of("notgood")};
    const size_t buckets = (size_t)1 << 30;
    uint32_t out[32], other[32], single[4];
    size_t n = rnn_wide_features(text, 4, 2, 0, buckets, out, 16), m;
    (void)state;
    assert_int_equal(n, 4); /* not, good, not good, good not */
    for (size_t i = 1; i < n; i++) assert_true(out[i] > out[i - 1]);
    assert_int_equal(rnn_wide_features(text, 4, 1, 0, buckets, other, 16), 2);
    assert_int_equal(rnn_wide_features(text, 2, 2, 0, buckets, other, 16), 3);
    m = rnn_wide_features(turned, 4, 2, 0, buckets, other, 16);
    assert_int_equal(m, 4); /* the same runs */
    assert_memory_equal(out, other, n * sizeof *out);
    m = rnn_wide_features(turned, 4, 4, 0, buckets, other, 16);
    assert_int_equal(m, 2 + 2 + 2 + 1);
    /* A run is not the word that its tokens make together; other columns have other features. */
    assert_int_equal(rnn_wide_features(glued, 1, 2, 0, buckets, single, 2), 1);
    for (size_t i = 0; i < n; i++) assert_true(out[i] != single[0]);
    assert_int_equal(single[0], rnn_hash_bytes(0, "notgood", 7) % buckets);
    assert_int_equal(rnn_wide_features(glued, 1, 2, 1, buckets, other, 2), 1);
    assert_true(other[0] != single[0]);
    assert_int_equal(other[0], rnn_hash_bytes(1, "notgood", 7) % buckets);
}

static void test_wide_bounds(void **state) {
    rnn_token text[100];
    char words[100][4];
    uint32_t out[2 * 800 + 1];
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        snprintf(words[i], sizeof words[i], "%d", (int)i);
        text[i] = token_of(words[i]);
    }
    assert_int_equal(rnn_wide_features(text, 0, 2, 0, 10, out, 8), 0);
    assert_int_equal(rnn_wide_features(text, 100, 8, 0, 1, out, 800), 1);
    assert_int_equal(rnn_wide_features(text, 100, 8, 0, UINT32_MAX, out, 800), 100 * 8 - 28);
    out[20] = 77;
    assert_true(rnn_wide_features(text, 100, 2, 0, UINT32_MAX, out, 10) == 10);
    assert_int_equal(out[20], 77);
    assert_int_equal(rnn_wide_features(text, 100, 2, 0, 16, out, 200), 16);
    for (uint32_t i = 0; i < 16; i++) assert_int_equal(out[i], i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),   cmocka_unit_test(test_word),
        cmocka_unit_test(test_points), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_wide),   cmocka_unit_test(test_wide_bounds)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
