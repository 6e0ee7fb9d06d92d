/* trainer_sequence.h - what trainer_sequence.c and trainer_blend.c share; nobody else includes it.
*/
#ifndef RNN_TRAINER_SEQUENCE_H
#define RNN_TRAINER_SEQUENCE_H

#include "sequence_sampler.h"
#include "trainer_internal.h"

/* Outputs of the networks and of the linear models for the validation part, and the shares fitted
** on them. */
typedef struct rnn_blend_study {
    size_t count, outputs;         /* sequences of the validation part; classes, or 1 */
    real *logits[RNN_BLEND_PARTS]; /* [count x outputs] */
    double *target, *weight;       /* [count] */
    double *scratch;               /* [2 x outputs] */
    const double *center;          /* shares before anything is measured, ... */
    double prior;                  /* ... and how many sequences they are worth (blend.h) */
    double share[RNN_BLEND_PARTS]; /* of the epoch under way */
    double best[RNN_BLEND_PARTS];  /* of the best epoch */
} rnn_blend_study;

enum { RNN_TRAINER_FOLDS = 4 }; /* of cross-validation */

/* t->task */
typedef struct rnn_sequence_task {
    rnn_sequence_set set;
    size_t *list; /* [sequences to learn from] training part, then validation part */
    size_t train_count, valid_count;
    int resumed;
    int folds; /* 1: nothing is held out; the study is of the training part, by cross-validation */
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

/* The study's buffers; targets and weights of the validation part. */
rnn_status rnn_trainer_study(rnn_trainer *t, const double *center, double prior);
/* Numeric series that are read whole: are they standardised each by itself? Decided by which way a
** linear model of them makes the smaller error on sequences it has not seen. */
rnn_status rnn_trainer_series_scale(rnn_trainer *t);
/* Numeric series (trainer_series.c): linear models of all sequences, what they say of the validation
** part without having seen it. */
rnn_status rnn_trainer_series(rnn_trainer *t);
/* Shares of networks and linear models where nothing is held out (trainer_folds.c): networks of their
** own are trained, each without a fold. */
rnn_status rnn_trainer_cross_validate(rnn_trainer *t);
/* Bytes that they take. */
uint64_t rnn_trainer_folds_bytes(const rnn_trainer *t);
/* Linear models of the training part, their logits for the validation part. */
rnn_status rnn_trainer_linear(rnn_trainer *t);
/* Validation outputs of an epoch are in study.logits[0]: fit the shares, measure the task's sums. */
void rnn_trainer_blend(rnn_trainer *t);
/* Train the linear models on all texts, for models that are stored; once. */
rnn_status rnn_trainer_linear_all(rnn_trainer *t);
void rnn_trainer_linear_free(rnn_trainer *t);

#endif
