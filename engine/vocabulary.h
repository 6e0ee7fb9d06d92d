/* vocabulary.h - words and their ids: of tokens of text, of category columns.
**
** An id is a row of an embedding. Ids start with the specials:
**
**   0  unknown    words that are not in the vocabulary; in category columns NULLs as well
**   1  padding    text only from here on
**   2  begin      of a text, what a decoder reads first
**   3  end
**
** A vocabulary of text has all four, one of a category column the first alone. Then follow the
** words by descending count, ties by their bytes, so that a vocabulary is a function of what was
** counted and not of the order. Specials have no text and are never found: a text that says
** "<end>" does not end. The empty string is a word like any other.
**
** Words are found through the hash table of dictionary.h, in a vocabulary that was read as in one
** that was made.
*/
#ifndef RNN_VOCABULARY_H
#define RNN_VOCABULARY_H

#include "dictionary.h"

enum {
    RNN_WORD_UNKNOWN = 0,
    RNN_WORD_PADDING = 1,
    RNN_WORD_BEGIN = 2,
    RNN_WORD_END = 3,
    RNN_CATEGORY_SPECIALS = 1, /* of a category column */
    RNN_TEXT_SPECIALS = 4      /* of text */
};

typedef struct rnn_vocabulary {
    rnn_context *ctx;
    size_t count;          /* entries, specials included; 0: there is no vocabulary */
    size_t specials;       /* 1 or 4 */
    uint64_t *counts;      /* [count] occurrences in training; [0] those of words left out */
    rnn_dictionary *words; /* word id - specials; owned */
} rnn_vocabulary;

/* Frees what it holds; a zeroed vocabulary and NULL are fine. */
void rnn_vocabulary_free(rnn_vocabulary *v);
/* Id of n bytes, 0 if unknown (or if there is no vocabulary). Any thread. */
uint32_t rnn_vocabulary_find(const rnn_vocabulary *v, const char *p, size_t n);
/* The word of an id, borrowed; for specials, and ids that are out of range, empty. */
const char *rnn_vocabulary_word(const rnn_vocabulary *v, size_t id, size_t *n);
/* "<unknown>", "<padding>", "<begin>", "<end>" for people; NULL if id is no special. */
const char *rnn_special_name(const rnn_vocabulary *v, size_t id);
/* *to becomes a vocabulary of its own that is equal to `from`. Empty on failure. */
rnn_status rnn_vocabulary_copy(rnn_context *ctx, const rnn_vocabulary *from, rnn_vocabulary *to);

/* Format: docs/formats.md. `specials` is known from what the vocabulary is for, and not written.
** RNN_MODEL where the bytes are none: fewer entries than specials, a special with a text, a word
** twice; 0 entries are no vocabulary. *out is empty on failure. */
void rnn_vocabulary_write(const rnn_vocabulary *v, rnn_writer *w);
rnn_status rnn_vocabulary_read(rnn_context *ctx, rnn_reader *r, size_t specials,
                               rnn_vocabulary *out);

/* Counts words one by one. */
typedef struct rnn_word_counter {
    rnn_context *ctx;
    rnn_dictionary *words;
    uint64_t *counts; /* [capacity] */
    size_t capacity;
    uint64_t unknown; /* what goes to id 0 whatever is kept: NULLs. The caller's to set */
} rnn_word_counter;
rnn_status rnn_word_counter_init(rnn_context *ctx, rnn_word_counter *c);
/* A zeroed counter and NULL are fine. */
void rnn_word_counter_free(rnn_word_counter *c);
/* `times` more occurrences of a word; the bytes are copied. */
rnn_status rnn_word_counter_add(rnn_word_counter *c, const char *p, size_t n, uint64_t times);
/* Distinct words so far. */
size_t rnn_word_counter_distinct(const rnn_word_counter *c);
/* The vocabulary of the `limit` most frequent words that occur at least `min_count` times (and at
** least once). The counter stays as it is. *out is empty on failure. */
rnn_status rnn_vocabulary_build(const rnn_word_counter *c, size_t specials, size_t limit,
                                uint64_t min_count, rnn_vocabulary *out);

#endif
