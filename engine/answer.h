/* answer.h - what the raw outputs of a model of sequences stand for: a class and its probability,
** or a number.
**
**   classify   softmax of the logits; those of a text classifier with linear models are a mixture
**              (blend.h). The likeliest class; of equal ones the first in the order of classes.
**   regress    mean + scale x output
**
** Weights out of a forged model can make any number: probabilities are always a distribution, a
** number that is not finite is NULL.
*/
#ifndef RNN_ANSWER_H
#define RNN_ANSWER_H

#include "model.h"

/* logits [classes] of the networks become those of the model. keys[part]: the text's features, NULL
** where it has none. scratch [RNN_WIDE_PARTS x classes]. Any thread. */
void rnn_answer_blend(const rnn_model *model, const rnn_keys *const keys[RNN_WIDE_PARTS],
                      real *scratch, real *logits);
/* p [classes] from the model's logits; returns the likeliest class. Any thread. */
size_t rnn_answer_class(const rnn_model *model, const real *logits, double *p);
/* The number that the raw outputs o [O] of task regress stand for, in the data's units; RNN_NULL if
** it is not finite. */
rnn_value rnn_answer_number(const rnn_model *model, const real *o);
/* RNN_MISUSE for a model whose task is none of the bits 1 << task in `tasks`: says which task it is
** of and which function takes it. RNN_MODEL for one that does not fit its own inputs. */
rnn_status rnn_answer_check_model(rnn_context *ctx, const char *function, const rnn_model *model,
                                  unsigned tasks);

#endif
