/* automatic_sequence.h - options left open by the user, for every task but forecast.
**
** Found by measurement on validation parts of the data sets in docs/accuracy.md; see there for what
** each choice gave. Some have to be known before the rows are read, the rest follow from how much
** there is.
*/
#ifndef RNN_AUTOMATIC_SEQUENCE_H
#define RNN_AUTOMATIC_SEQUENCE_H

#include "sequences.h"

/* Before rnn_sequences_learn: vocabulary, min_count, max_tokens, scale, loss, attention. */
void rnn_automatic_reading(rnn_options *o);
/* After it: bidirectional, subwords, wide, whether series are read as patches, and the settings of
** the model that follow from them; they decide what rnn_sequences_build makes. */
void rnn_automatic_shape(rnn_model *m);
/* What the choices depend on. */
typedef struct rnn_sequence_size {
    size_t sequences, steps; /* to learn from */
    size_t longest;          /* steps */
} rnn_sequence_size;
/* All others: patch, cell, hidden, embedding, pooling, dropout, learning_rate, batch, epochs, patience,
** ensemble, validation, tbptt ... */
void rnn_automatic_training(rnn_model *m, const rnn_sequence_size *size);

#endif
