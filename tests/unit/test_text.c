/* test_text.c - words, characters and bytes of texts of many scripts, of none, and of what is no
** text. */
#include "values_testing.h"

#include "json.h"
#include "text.h"

#define FAMILY "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
#define THUMB "\U0001F44D\U0001F3FD"
#define FLAG_DE "\U0001F1E9\U0001F1EA"
#define FLAG_FR "\U0001F1EB\U0001F1F7"
#define HEART "\u2764\uFE0F"
#define WALES "\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F"
#define BAD "\uFFFD"

static const rnn_text_settings WORDS = {RNN_TOKENS_WORD, 1, 0, RNN_TRUNCATE_HEAD};
static const rnn_text_settings CASED = {RNN_TOKENS_WORD, 0, 0, RNN_TRUNCATE_HEAD};
static const rnn_text_settings CHARS = {RNN_TOKENS_CHAR, 0, 0, RNN_TRUNCATE_HEAD};
static const rnn_text_settings BYTES = {RNN_TOKENS_BYTE, 0, 0, RNN_TRUNCATE_HEAD};

/* The tokens of n bytes of text with a bar between them are `want`. */
static void expect_bytes(const rnn_text_settings *s, const char *text, size_t n, const char *want) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    char *copy = (char *)testing_copy((const uint8_t *)text, n);
    rnn_tokenizer t;
    rnn_writer w;
    rnn_tokenizer_init(&t, &ctx, s);
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_tokenize(&t, copy, n), RNN_OK);
    free(copy); /* tokens do not point into it */
    for (size_t i = 0; i < t.count; i++) {
        assert_true(t.token[i].n > 0);
        if (i > 0) rnn_write_u8(&w, '|');
        rnn_write_bytes(&w, t.token[i].p, t.token[i].n);
    }
    if (w.size != strlen(want) || (w.size > 0 && memcmp(w.data, want, w.size) != 0))
        fail_msg("'%.*s' is not '%s'", (int)w.size, (const char *)w.data, want);
    rnn_writer_free(&w);
    rnn_tokenizer_free(&t);
    testing_no_leak(&ctx, &host);
}

static void expect(const rnn_text_settings *s, const char *text, const char *want) {
    expect_bytes(s, text, strlen(text), want);
}

static void test_words(void **state) {
    (void)state;
    expect(&WORDS, "", "");
    expect(&WORDS, " \t\n", "");
    expect(&WORDS, "It doesn't work.", "it|doesn't|work|.");
    expect(&WORDS, "rock 'n' roll, 'quoted' it's'", "rock|'|n|'|roll|,|'|quoted|'|it's|'");
    expect(&WORDS, "a''b o'", "a|'|'|b|o|'");
    expect(&WORDS, "don\u2019t \u2018quote\u2019", "don't|'|quote|'");
    expect(&WORDS, "3.14 1,000,000 10% 7. .5 4,", "3.14|1,000,000|10|%|7|.|.|5|4|,");
    expect(&WORDS, "v2.0beta x2 2nd 1.a a.1", "v2.0beta|x2|2nd|1|.|a|a|.|1");
    expect(&WORDS, "state-of-the-art e\u2013mail", "state|-|of|-|the|-|art|e|-|mail");
    expect(&WORDS, "me@example.com #tag snake_case", "me|@|example|.|com|#|tag|snake|_|case");
    expect(&WORDS, "Wow!!! ...", "wow|!|!|!|.|.|.");
    expect(&CASED, "NASA and Nasa", "NASA|and|Nasa");
    expect(&WORDS, "col\u00B7legi", "col\u00B7legi"); /* Catalan */
}

/* The same word in whatever way it is written. */
static void test_normalised(void **state) {
    (void)state;
    expect(&WORDS, "caf\u00E9 cafe\u0301", "caf\u00E9|caf\u00E9");
    expect(&WORDS, "\uFF21\uFF22\uFF23 \uFB01ne x\u00B2", "abc|fine|x2");
    expect(&WORDS, "\u212Bngstr\u00F6m", "\u00E5ngstr\u00F6m");
    expect(&WORDS, "a\u00A0b\u3000c\u2028d", "a|b|c|d");
    expect(&WORDS, "co\u00ADop \u200Eleft\u200F \uFEFFbom", "coop|left|bom");
    expect(&WORDS, "zero\u200Bwidth", "zero|width");
    expect(&CHARS, "e\u0301\uFB01", "\u00E9|\uFB01"); /* NFC alone */
    expect(&CHARS, "a\u00AD", "a|\u00AD");
}

static void test_case(void **state) {
    static const rnn_text_settings folded = {RNN_TOKENS_CHAR, 1, 0, RNN_TRUNCATE_HEAD};
    (void)state;
    expect(&WORDS, "\u039F\u0394\u039F\u03A3 \u03BF\u03B4\u03BF\u03C2 \u03BF\u03B4\u03BF\u03C3",
           "\u03BF\u03B4\u03BF\u03C3|\u03BF\u03B4\u03BF\u03C3|\u03BF\u03B4\u03BF\u03C3");
    expect(&WORDS, "STRASSE Stra\u00DFe STRA\u1E9EE", "strasse|strasse|strasse");
    expect(&WORDS, "\u0130stanbul \u0131s\u0131", "i\u0307stanbul|\u0131s\u0131");
    expect(&WORDS, "\u0414\u0410 \u0534\u0531", "\u0434\u0430|\u0564\u0561");
    expect(&folded, "\u00C4\u00DF", "\u00E4|s|s");
    expect(&CHARS, "\u00C4 b", "\u00C4| |b");
}

static void test_scripts(void **state) {
    (void)state;
    /* Chinese and Japanese: a character is a word; Korean: as written. */
    expect(&WORDS, "\u6211\u7231\u4F60\u3002OK", "\u6211|\u7231|\u4F60|\u3002|ok");
    expect(&WORDS, "\u3053\u3093\u306B \uFF76\uFF9E\uFF70", "\u3053|\u3093|\u306B|\u30AC|\u30FC");
    expect(&WORDS, "\uD55C\uAD6D\uC5B4 \uB9D0", "\uD55C\uAD6D\uC5B4|\uB9D0");
    expect(&WORDS, "\u1112\u1161\u11AB", "\uD55C"); /* conjoining jamo */
    /* Thai vowels and tone marks, Hindi vowel signs and viramas stay in their word. */
    expect(&WORDS, "\u0E19\u0E49\u0E33 \u0E1B\u0E35\u0E48",
           "\u0E19\u0E49\u0E4D\u0E32|\u0E1B\u0E35\u0E48");
    expect(&WORDS, "\u0939\u093F\u0928\u094D\u0926\u0940", "\u0939\u093F\u0928\u094D\u0926\u0940");
    expect(&WORDS, "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
           "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"); /* Persian, with a non-joiner */
    expect(&WORDS, "\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD!",
           "\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD|!");
    expect(&WORDS, "\u0661\u0662\u0663 \u2163", "\u0661\u0662\u0663|iv");
}

static void test_emoji(void **state) {
    (void)state;
    expect(&WORDS, "good " THUMB THUMB "!", "good|" THUMB "|" THUMB "|!");
    expect(&WORDS, FAMILY FAMILY "x", FAMILY "|" FAMILY "|x");
    expect(&WORDS, FLAG_DE FLAG_FR, FLAG_DE "|" FLAG_FR);
    expect(&WORDS, "I" HEART "U", "i|" HEART "|u");
    expect(&WORDS, WALES WALES, WALES "|" WALES);
    expect(&WORDS, "1\uFE0F\u20E3", "1\uFE0F\u20E3");
    expect(&WORDS, "\u20AC5 \u00A75", "\u20AC|5|\u00A7|5");
    expect(&CHARS, THUMB, "\U0001F44D|\U0001F3FD"); /* code points */
}

/* Bytes that are no characters: one U+FFFD each, whatever is wrong with them. */
static void test_invalid(void **state) {
    (void)state;
    expect(&CHARS, "\xFF", BAD);
    expect(&CHARS, "a\x80z", "a|" BAD "|z"); /* stray */
    expect(&CHARS, "\xC3", BAD);             /* cut off */
    expect(&CHARS, "\xE2\x82", BAD "|" BAD);
    expect(&CHARS, "\xF0\x9F\x98", BAD "|" BAD "|" BAD);
    expect(&CHARS, "\xC3(", BAD "|(");
    expect(&CHARS, "\xC0\xAF", BAD "|" BAD); /* overlong */
    expect(&CHARS, "\xE0\x80\xAF", BAD "|" BAD "|" BAD);
    expect(&CHARS, "\xED\xA0\x80", BAD "|" BAD "|" BAD); /* lone surrogates */
    expect(&CHARS, "\xED\xBF\xBF", BAD "|" BAD "|" BAD);
    expect(&CHARS, "\xF4\x90\x80\x80", BAD "|" BAD "|" BAD "|" BAD); /* above U+10FFFF */
    expect(&CHARS, "\xF8\x88\x80\x80\x80", BAD "|" BAD "|" BAD "|" BAD "|" BAD);
    expect(&CHARS, "\xC3\xA9\xC3", "\u00E9|" BAD);
    expect(&CHARS, "\xEF\xBF\xBF", "\uFFFF");                 /* no character, but a code point */
    expect(&WORDS, "caf\xE9 au lait", "caf|" BAD "|au|lait"); /* Latin-1 */
    expect(&WORDS, "\xFF\xFE", BAD "|" BAD);
}

static void test_nul(void **state) {
    (void)state;
    expect_bytes(&WORDS, "a\0b", 3, "a|b");
    expect_bytes(&WORDS, "\0", 1, "");
    {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_tokenizer t;
        rnn_tokenizer_init(&t, &ctx, &CHARS);
        assert_int_equal(rnn_tokenize(&t, "a\0\xC3\xA9", 4), RNN_OK);
        assert_int_equal(t.count, 3);
        assert_memory_equal(t.token[1].p, "", 1);
        assert_int_equal(t.token[1].n, 1);
        rnn_tokenizer_free(&t);
        testing_no_leak(&ctx, &host);
    }
}

static void test_bytes(void **state) {
    static const rnn_text_settings folded = {RNN_TOKENS_BYTE, 1, 0, RNN_TRUNCATE_HEAD};
    (void)state;
    expect(&BYTES, "Az\xC3\xA9\xFF", "A|z|\xC3|\xA9|\xFF");
    expect(&folded, "Az\xC3\x89", "a|z|\xC3|\x89");
    expect(&BYTES, "", "");
}

static void test_limits(void **state) {
    static const rnn_tokens kinds[] = {RNN_TOKENS_WORD, RNN_TOKENS_CHAR, RNN_TOKENS_BYTE};
    static const char *const texts[] = {"a b c d", "abcd", "abcd"};
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        rnn_text_settings s = {kinds[k], 0, 2, RNN_TRUNCATE_HEAD};
        expect(&s, texts[k], "a|b");
        s.truncate = RNN_TRUNCATE_TAIL;
        expect(&s, texts[k], "c|d");
        s.max_tokens = 4;
        expect(&s, texts[k], "a|b|c|d");
        s.max_tokens = 5;
        expect(&s, texts[k], "a|b|c|d");
    }
}

/* ASCII goes a shorter way: it must come to the same. */
static void test_ascii_agrees(void **state) {
    char text[130];
    rnn_context ctx = {0};
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        for (int lowercase = 0; lowercase < 2; lowercase++) {
            rnn_text_settings s = {(rnn_tokens)kind, lowercase, 0, RNN_TRUNCATE_HEAD};
            rnn_tokenizer plain, other;
            for (int i = 0; i < 128; i++) text[i] = (char)i;
            memcpy(text + 128, "\u0101", 2);
            rnn_tokenizer_init(&plain, &ctx, &s);
            rnn_tokenizer_init(&other, &ctx, &s);
            /* The last one would join the letter behind it. */
            assert_int_equal(rnn_tokenize(&plain, text, 128), RNN_OK);
            assert_int_equal(rnn_tokenize(&other, text, 130), RNN_OK);
            assert_int_equal(plain.count + 1, other.count);
            for (size_t i = 0; i < plain.count; i++) {
                assert_int_equal(plain.token[i].n, other.token[i].n);
                assert_memory_equal(plain.token[i].p, other.token[i].p, plain.token[i].n);
            }
            rnn_tokenizer_free(&plain);
            rnn_tokenizer_free(&other);
        }
    }
}

/* A megabyte of one word, of marks in the worst order, of broken bytes: in time, and all there. */
static void test_long(void **state) {
    enum { SIZE = 1 << 20 };
    testing_host host;
    rnn_context ctx = testing_context(&host);
    char *text = malloc(SIZE);
    rnn_tokenizer t;
    (void)state;
    rnn_tokenizer_init(&t, &ctx, &WORDS);
    memset(text, 'A', SIZE);
    assert_int_equal(rnn_tokenize(&t, text, SIZE), RNN_OK);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.token[0].n, SIZE);
    memcpy(text, "a\u0301", 3); /* above, then below, which has to come first */
    for (size_t i = 1; i + 5 <= SIZE; i += 4) memcpy(text + i, "\u0301\u0323", 4);
    assert_int_equal(rnn_tokenize(&t, text, SIZE - 3), RNN_OK);
    assert_int_equal(t.count, 1);
    assert_true(t.token[0].n > SIZE - 8 && t.token[0].n < SIZE + SIZE / 20);
    memset(text, 0xFF, SIZE);
    assert_int_equal(rnn_tokenize(&t, text, SIZE), RNN_OK);
    assert_int_equal(t.count, SIZE);
    assert_true(ctx.memory_peak < (uint64_t)60 * SIZE);
    for (size_t i = 0; i < SIZE; i += 2) memcpy(text + i, "b ", 2);
    assert_int_equal(rnn_tokenize(&t, text, SIZE), RNN_OK);
    assert_int_equal(t.count, SIZE / 2);
    rnn_tokenizer_free(&t);
    testing_no_leak(&ctx, &host);
    free(text);
}

/* The second text of a size needs no allocation. */
static void test_no_allocation(void **state) {
    static const char text[] = "Gr\u00FC\u00DFe, \U0001F600 und 3,5 mehr";
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        rnn_text_settings s = {(rnn_tokens)kind, 1, 0, RNN_TRUNCATE_HEAD};
        rnn_tokenizer t;
        uint64_t requests;
        rnn_tokenizer_init(&t, &ctx, &s);
        assert_int_equal(rnn_tokenize(&t, text, sizeof text - 1), RNN_OK);
        requests = host.requests;
        for (int i = 0; i < 3; i++)
            assert_int_equal(rnn_tokenize(&t, text + i, sizeof text - 1 - (size_t)i), RNN_OK);
        assert_int_equal(host.requests, requests);
        rnn_tokenizer_free(&t);
    }
    testing_no_leak(&ctx, &host);
}

static void test_allocation_failures(void **state) {
    static const char text[] = "Gr\u00FC\u00DFe, \uFDFA\uFDFA\uFDFA";
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        for (uint64_t fail_at = 1;; fail_at++) {
            testing_host host;
            rnn_context ctx = testing_context(&host);
            rnn_text_settings s = {(rnn_tokens)kind, 1, 0, RNN_TRUNCATE_HEAD};
            rnn_tokenizer t;
            rnn_status status;
            host.fail_at = fail_at;
            rnn_tokenizer_init(&t, &ctx, &s);
            status = rnn_tokenize(&t, text, sizeof text - 1);
            rnn_tokenizer_free(&t);
            testing_no_leak(&ctx, &host);
            if (status == RNN_OK) break;
            assert_int_equal(status, RNN_NOMEM);
            assert_true(fail_at < 20);
        }
    }
    rnn_tokenizer_free(NULL);
}

/* Any bytes: every token is UTF-8, and what they hold together is no more than the text. */
static void test_random(void **state) {
    static const char *const pieces[] = {"a",      "\xFF",   "\u0301", "\u200D",  "\U0001F468",
                                         "\u0600", "\xED",   "\xA0",   "'",       ".",
                                         "1",      "\u4E00", "\u00AD", " ",       "\U0001F1E9",
                                         "\uFE0F", "\u1100", "\u1161", "\xF0\x9F"};
    rnn_context ctx = {0};
    uint64_t random = 5;
    rnn_tokenizer t;
    (void)state;
    rnn_tokenizer_init(&t, &ctx, &WORDS);
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t n = 0, total = 0;
        for (uint64_t k = testing_random(&random) % 12; k > 0; k--) {
            const char *p = pieces[testing_random(&random) % (sizeof pieces / sizeof *pieces)];
            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        }
        assert_int_equal(rnn_tokenize(&t, text, n), RNN_OK);
        for (size_t i = 0; i < t.count; i++) {
            const rnn_token *token = &t.token[i];
            assert_true(token->n > 0);
            for (size_t at = 0, length; at < token->n; at += length) {
                length = rnn_utf8_length(token->p + at, token->n - at);
                assert_true(length > 0);
            }
            total += token->n;
        }
        assert_true(total <= 3 * n);
    }
    rnn_tokenizer_free(&t);
}

static void expect_joined(rnn_tokens kind, const char *const *tokens, size_t n, const char *want) {
    rnn_context ctx = {0};
    rnn_token token[16];
    rnn_writer w;
    for (size_t i = 0; i < n; i++) token[i] = (rnn_token){tokens[i], strlen(tokens[i])};
    rnn_writer_init(&w, &ctx);
    rnn_text_join(kind, token, n, &w);
    assert_int_equal(w.status, RNN_OK);
    rnn_write_u8(&w, 0);
    assert_string_equal((const char *)w.data, want);
    rnn_writer_free(&w);
}

static void test_join(void **state) {
    static const char *const english[] = {"he", "said", "(", "twice", ")", ",", "\u00AB", "no",
                                          "!",  "it's", "5", "%",     ";", "[", "x",      "]"};
    static const char *const chinese[] = {"\u6211", "\u7231",     "sql",
                                          "\u3002", "\U0001F600", "\U0001F600"};
    static const char *const odd[] = {"a", "", "\xFF", "\u0301", "\xC3"};
    (void)state;
    expect_joined(RNN_TOKENS_WORD, english, 16, "he said (twice), \u00AB no! it's 5%; [x]");
    expect_joined(RNN_TOKENS_WORD, chinese, 6, "\u6211\u7231 sql \u3002 \U0001F600 \U0001F600");
    expect_joined(RNN_TOKENS_CHAR, chinese, 4, "\u6211\u7231sql\u3002");
    expect_joined(RNN_TOKENS_BYTE, odd, 5, "a\xFF\u0301\xC3");
    expect_joined(RNN_TOKENS_WORD, odd, 5, "a\xFF \u0301 \xC3");
    expect_joined(RNN_TOKENS_WORD, english, 0, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_normalised),
                                       cmocka_unit_test(test_case),
                                       cmocka_unit_test(test_scripts),
                                       cmocka_unit_test(test_emoji),
                                       cmocka_unit_test(test_invalid),
                                       cmocka_unit_test(test_nul),
                                       cmocka_unit_test(test_bytes),
                                       cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_ascii_agrees),
                                       cmocka_unit_test(test_long),
                                       cmocka_unit_test(test_no_allocation),
                                       cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_join),
                                       cmocka_unit_test(test_allocation_failures)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
