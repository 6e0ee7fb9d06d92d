/* trainer_sequence.h - what trainer_sequence.c and trainer_blend.c share; nobody else includes it.
*/
#ifndef RNN_TRAINER_SEQUENCE_H
#define RNN_TRAINER_SEQUENCE_H

#include "sequence_sampler.h"
#include "trainer_internal.h"

/* Logits of the parts of a classifier of words for the validation part, and the shares fitted on
** them. An output is a text, or with output every a labelled step. */
typedef struct rnn_blend_study {
    size_t count;                  /* outputs of the validation part */
    size_t *output;                /* [count] in the set: sequence or step */
    size_t *first;                 /* [valid_count + 1] first of each validation sequence */
    size_t *seen;                  /* [batch] scratch */
    real *logits[RNN_BLEND_PARTS]; /* [count x classes] */
    double *target, *weight;       /* [count] */
    double *scratch;               /* [2 x classes] */
    double share[RNN_BLEND_PARTS]; /* of the epoch under way */
    double best[RNN_BLEND_PARTS];  /* of the best epoch */
} rnn_blend_study;

/* t->task */
typedef struct rnn_sequence_task {
    rnn_sequence_set set;
    size_t *list; /* [sequences to learn from] training part, then validation part */
    size_t train_count, valid_count;
    rnn_sequence_sampler *sampler;
    double *class_weight; /* [classes] or NULL */
    double *noise;        /* [values] or NULL */
    int blended;          /* 1: there are linear models */
    rnn_blend_study study;
    real quantiles[RNN_MAX_LIST];
    double right, counted; /* sums of the metric of an epoch */
    double loss, weight;   /* of the blended logits */
} rnn_sequence_task;

/* Linear models of the training part, their logits for the validation part. */
rnn_status rnn_trainer_linear(rnn_trainer *t);
/* Note the networks' logits [outputs x classes] of a validation batch. */
void rnn_trainer_note(rnn_trainer *t, const size_t *item, const rnn_batch *batch, const real *out);
/* All are noted: fit the shares, measure the task's sums. */
void rnn_trainer_blend(rnn_trainer *t);
/* Train the linear models on all texts, for the model that is stored. */
rnn_status rnn_trainer_linear_all(rnn_trainer *t);
void rnn_trainer_linear_free(rnn_trainer *t);

#endif
