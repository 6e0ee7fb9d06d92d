/* word_gates.h - scoring many words with few distinct ones: the first layer's input product once a
** word.
**
** In a network whose step reads one word and nothing else, what the first layer makes of a step's
** input, W_ih x + b, is a function of the word alone: E W_ih^T + b, with E the rows of the embedding
** (and the mean of their parts). Where many texts are scored, the words are few beside the tokens:
** those rows are computed once, on all cores, and looked up at every step; neither the embedding
** nor the product, half of the arithmetic, is left. Results differ from the plain pass by rounding.
**
** Only for scoring: training changes the embedding at every step.
*/
#ifndef RNN_WORD_GATES_H
#define RNN_WORD_GATES_H

#include "net.h"
#include "pool.h"

typedef struct rnn_word_gates rnn_word_gates; /* word_gates.c */

/* Whether a network's steps read one word and nothing else, which the head does not see again. */
int rnn_word_gates_possible(const rnn_net_spec *spec);
/* Bytes a word takes. */
uint64_t rnn_word_gates_bytes(const rnn_net_spec *spec, size_t members);
/* Rows for the ids word[0...words), which are all that batches will have; bags as in batch.h, or
** NULL. `place` [ids] is borrowed: the number of each of them in word[]. */
rnn_status rnn_word_gates_create(rnn_context *ctx, rnn_net **member, size_t members, rnn_pool *pool,
                                 const rnn_bags *bags, const uint32_t *word, size_t words,
                                 const uint32_t *place, rnn_word_gates **out);
void rnn_word_gates_free(rnn_word_gates *g);
/* From now on passes through this workspace, which is one for scoring and runs this member next,
** look the rows up. NULL: no more. */
void rnn_workspace_look_up(rnn_workspace *w, const rnn_word_gates *g, size_t member);

#endif
