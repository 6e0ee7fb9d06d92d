/* answer.h - what the raw outputs of a model of sequences stand for: a class and its probability,
** or a number.
**
**   classify   softmax of the logits. The likeliest class; of equal ones the first in the order of
**              classes.
**   regress    mean + scale x output
**
** With linear models beside the networks, of texts (wide_features.h) or of numeric series
** (series_wide.h), logits and output are a mixture (blend.h).
**
** Weights out of a forged model can make any number: probabilities are always a distribution, a
** number that is not finite is NULL.
*/
#ifndef RNN_ANSWER_H
#define RNN_ANSWER_H

#include "model.h"

/* What the linear models read: of a text the features of each part, NULL where it has none; or a
** series, numbers [steps x rnn_model_numbers] `stride` apart. */
typedef struct rnn_wide_input {
    const rnn_keys *keys[RNN_WIDE_PARTS];
    const real *numbers;
    size_t stride, steps;
} rnn_wide_input;
/* 1 if the model has linear models. */
int rnn_answer_is_blended(const rnn_model *model);
/* Numbers of scratch that blending takes for series of up to so many steps. */
size_t rnn_answer_scratch(const rnn_model *model, size_t steps);
/* out [outputs] of the networks becomes that of the model. Any thread. */
void rnn_answer_blend(const rnn_model *model, const rnn_wide_input *in, real *scratch, real *out);
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
