/* generator.h - text that goes on: rnn_generate and rnn_suggest.
**
** A generator reads a prompt through the model's tokenizer, then gives one token a call: lazily, so
** that a LIMIT stops the work, and looks for an interrupt at each. Words the model does not know
** are read as the unknown token; unknown, padding and begin are never produced; the end token ends
** the text. The prompt of a model of row-per-step data is its tokens with white space between.
**
** Options (option_table.h): length, temperature, top_k, top_p, beam, stop, seed. A token is drawn
** as decode.h says; the same seed draws the same text. With `beam` above 1 nothing is drawn, the
** likeliest text of at most `length` tokens is searched for at the first call. A stop text is found
** wherever it begins, inside a token or across several; the output ends before it. Tokens that may
** be the beginning of one are held back until that is known.
**
** For seq2seq models the prompt is the source and the text the target, searched for with the
** model's own beam (rnn_predict gives the same) unless beam, temperature, top_k or top_p is given;
** `length` is then that of the longest target in training. Elsewhere it is 200, for words 50.
**
** Joined to a text, words have spaces where running text has them, one in front of the first
** included, so that prompt || text reads well; tokens of row-per-step data are joined by spaces.
*/
#ifndef RNN_GENERATOR_H
#define RNN_GENERATOR_H

#include "decode.h"
#include "model.h"

typedef struct rnn_generated {
    int64_t position; /* from 1; of suggestions the rank */
    const char *text; /* of the token, borrowed until the next call */
    size_t n;
    double probability; /* of the token where it was chosen, before temperature and cuts */
} rnn_generated;

typedef struct rnn_generator rnn_generator; /* generator.c */

/* prompt [count]: TEXT, or NULL for none; seq2seq: the source, which may be several numbers; of a
** source that is NULL there is no text. options NULL: the defaults. RNN_MISUSE for a model of the
** wrong task or a bidirectional one; RNN_DATA where the prompt is no text; RNN_OPTION for options
** that exclude one another. Borrowed: model. */
rnn_status rnn_generator_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                const rnn_value *prompt, size_t count, const rnn_options *options,
                                rnn_generator **out);
void rnn_generator_free(rnn_generator *g);
/* The next token; RNN_DONE at the end of the text, at `length` and at a stop text. */
rnn_status rnn_generator_next(rnn_generator *g, rnn_generated *token);
/* All that is left, joined to a text (rnn_free). RNN_LIMIT past `most_bytes`. */
rnn_status rnn_generator_text(rnn_generator *g, size_t most_bytes, char **text, size_t *n);
/* Instead of these two: the k likeliest next tokens after the prompt, best first; returns how many
** in *count. Where the prompt of a model of words ends inside a word (a letter there would belong
** to it), those that the word may become: tokens that begin with it, itself among them, after what
** stands before it, with probabilities that add up to 1 over all such tokens. The texts are the
** model's. RNN_MISUSE for seq2seq. */
rnn_status rnn_generator_suggest(rnn_generator *g, size_t k, rnn_generated *token, size_t *count);

#endif
