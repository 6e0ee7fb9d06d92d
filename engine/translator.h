/* translator.h - a text for a source: what a seq2seq model writes, by beam search (decode.h).
**
** A translator holds all that one source at a time needs: an encoder's batch, a stepper, a beam.
** Made once, it writes any number of texts without an allocation and cannot fail, so that each
** worker thread can have one.
*/
#ifndef RNN_TRANSLATOR_H
#define RNN_TRANSLATOR_H

#include "model.h"

typedef struct rnn_translator rnn_translator; /* translator.c */

/* For sources of up to `steps` steps. `model` (task seq2seq) is borrowed and only read. */
rnn_status rnn_translator_create(rnn_context *ctx, const rnn_model *model, size_t steps,
                                 rnn_translator **out);
void rnn_translator_free(rnn_translator *t);
/* Hypotheses that the model's beam search keeps: its option `beam`, or 4. */
size_t rnn_translator_beam(const rnn_model *model);
/* Most tokens of a text of the model: token[] below has room for so many. */
size_t rnn_translator_most(const rnn_model *model);
/* Write the text for a source of 1 to `steps` steps, numbers [steps x N], ids [steps x C], bags [C]
** or NULL: token[0...*count) without the end, and the text's log-probability, its end included. */
void rnn_translator_run(rnn_translator *t, size_t steps, const real *numbers, const uint32_t *ids,
                        const rnn_bags *bags, uint32_t *token, size_t *count,
                        double *log_probability);
/* Append tokens of the target vocabulary as text. scratch [count]. */
void rnn_translator_text(const rnn_model *model, const uint32_t *token, size_t count,
                         rnn_token *scratch, rnn_writer *w);

#endif
