/* grams.h - hashed features of text: parts of words, and words and word pairs of a text.
**
** An n-gram is known by its hash, cut to a bucket: a row of a table of fixed size, or a key of 32
** bits. N-grams that meet in one bucket share it. No text of theirs has to be stored, and what
** training never saw still has a bucket.
**
** Parts of words (Bojanowski 2017, "Enriching word vectors with subword information"): the word in
** boundary marks, <where>, cut into all runs of `shortest` to `longest` code points: <wh whe her
** ere re> ... A word's embedding is its own row and the mean of its parts (net.h), so that unknown
** words, suffixes and misspellings mean something.
**
** Wide features (Wang & Manning 2012, "Baselines and bigrams"): which tokens, and which runs of up
** to `order` tokens, occur in a text. A linear model over these (linear.h) is what a recurrent
** network has to beat on small data, so a classifier has both.
**
** The hash is part of the model format: FNV-1a of the bytes, 64 bits, and the finaliser of
** MurmurHash3, the same on every machine.
*/
#ifndef RNN_GRAMS_H
#define RNN_GRAMS_H

#include "text.h"

enum { RNN_MAX_GRAM = 8, RNN_MAX_WIDE_ORDER = 8 };

/* Which parts of words. Stored in models; what scripts need may differ. */
typedef struct rnn_gram_settings {
    size_t shortest, longest; /* code points, marks counted; 1 <= shortest <= longest <= 8 */
} rnn_gram_settings;
#define RNN_GRAM_DEFAULT ((rnn_gram_settings){3, 5})

/* Hash of n bytes, going on from `seed` (0, or what tells apart what is hashed). */
uint64_t rnn_hash_bytes(uint64_t seed, const void *p, size_t n);

/* Upper bound of the parts of a word of n bytes. */
size_t rnn_word_grams_most(const rnn_gram_settings *g, size_t n);
/* Buckets in [0, buckets) of a word's parts, in order, those that occur twice twice; at most
** `capacity`. Returns how many. A byte that is not UTF-8 counts as a code point. buckets > 0. Any
** thread. */
size_t rnn_word_grams(const rnn_gram_settings *g, const char *word, size_t n, size_t buckets,
                      uint32_t *out, size_t capacity);

/* Buckets in [0, buckets) of all runs of 1 to `order` tokens, ascending, none twice; returns how
** many. `column` sets apart the inputs of a row that has several texts. `out` has room for
** 2 x `capacity` elements (the second half is scratch) and gets at most `capacity`; count x order
** is always enough, beyond that the last tokens' are left out. buckets > 0. Any thread. */
size_t rnn_wide_features(const rnn_token *token, size_t count, size_t order, uint64_t column,
                         size_t buckets, uint32_t *out, size_t capacity);

#endif
