/* words_testing.h - vocabularies in tests: made from a list, a word compared. */
#ifndef RNN_WORDS_TESTING_H
#define RNN_WORDS_TESTING_H

#include "values_testing.h"

#include "vocabulary.h"

/* Word `id` of v is `word`. */
static inline void assert_word(const rnn_vocabulary *v, size_t id, const char *word) {
    size_t n;
    const char *p = rnn_vocabulary_word(v, id, &n);
    if (n != strlen(word) || memcmp(p, word, n) != 0)
        fail_msg("word %d is '%.*s', not '%s'", (int)id, (int)n, p, word);
}

/* A vocabulary of `words`, whose counts are 10, 20, 30 ... from the last to the first. */
static inline void testing_vocabulary(rnn_context *ctx, size_t specials, const char *const *words,
                                      size_t n, rnn_vocabulary *out) {
    rnn_word_counter c;
    assert_int_equal(rnn_word_counter_init(ctx, &c), RNN_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rnn_word_counter_add(&c, words[i], strlen(words[i]), 10 * (n - i)),
                         RNN_OK);
    assert_int_equal(rnn_vocabulary_build(&c, specials, n, 1, out), RNN_OK);
    rnn_word_counter_free(&c);
}

#endif
