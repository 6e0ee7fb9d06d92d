/* trainer_sequence.h - what trainer_sequence.c and trainer_blend.c share; nobody else includes it.
*/
#ifndef RNN_TRAINER_SEQUENCE_H
#define RNN_TRAINER_SEQUENCE_H

#include "sequence_sampler.h"
#include "trainer_internal.h"

/* Logits of the parts of a text classifier for the validation texts, and the shares fitted on them.
*/
typedef struct rnn_blend_study {
    real *logits[RNN_BLEND_PARTS]; /* [valid x classes] */
    double *target, *weight;       /* [valid] */
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
    int linear_all;       /* 1: those in the model were trained on all texts */
    rnn_blend_study study;
    real quantiles[RNN_MAX_LIST];
    double right, counted; /* sums of the metric of an epoch */
    double loss, weight;   /* of the blended logits */
} rnn_sequence_task;

/* Linear models of the training part, their logits for the validation part. */
rnn_status rnn_trainer_linear(rnn_trainer *t);
/* Validation outputs of an epoch are in study.logits[0]: fit the shares, measure the task's sums. */
void rnn_trainer_blend(rnn_trainer *t);
/* Train the linear models on all texts, for models that are stored; once. */
rnn_status rnn_trainer_linear_all(rnn_trainer *t);
void rnn_trainer_linear_free(rnn_trainer *t);

#endif
