/* wide_features.h - the sparse features of a text for the linear models of a classifier (linear.h).
**
** Two parts, each for a model of its own, because together the second drowns the first:
**
**   words   which words, and which pairs of neighbours, occur
**   parts   which runs of 3 to 5 characters of words (grams.h), so that unknown words, endings and
**           misspellings count
**
** A feature is its hash in 32 bits, what linear.h takes for a key: among a million features, one in
** four thousand meets another.
*/
#ifndef RNN_WIDE_FEATURES_H
#define RNN_WIDE_FEATURES_H

#include "model.h"

typedef enum rnn_wide_part { RNN_WIDE_WORDS, RNN_WIDE_GRAMS } rnn_wide_part;

/* Upper bound of the features of a text. */
size_t rnn_wide_most(const rnn_model *m, rnn_wide_part part, const rnn_token *token, size_t count);
/* Keys of the features of a text, ascending, none twice; out has room for 2 x capacity, capacity is
** at least rnn_wide_most. Returns how many. Any thread. */
size_t rnn_wide_keys(const rnn_model *m, rnn_wide_part part, const rnn_token *token, size_t count,
                     uint32_t *out, size_t capacity);

#endif
