/* trainer_internal.h - what trainer.c leaves to each task; trainer.c and trainer_*.c alone include
** it.
**
** trainer.c owns what all tasks have in common: the worker pool, the networks and their averages,
** the training loop, memory and time limits, history and best epoch, the model's bytes. A task
** (trainer_forecast.c, trainer_sequence.c) reads the rows, settles the open options, describes the
** network and hands in a sampler; it measures its metric on the validation outputs of each epoch.
*/
#ifndef RNN_TRAINER_INTERNAL_H
#define RNN_TRAINER_INTERNAL_H

#include <time.h>

#include "fit.h"
#include "trainer.h"

/* What a task does. Any function but prepare, metric and free may be NULL. */
typedef struct rnn_task_ops {
    /* Read the rows into t->model and t->task, settle options, fill model->spec, t->sampler,
    ** t->loss and t->epoch_size. `base` as in rnn_trainer_create; t->model is then its copy, with
    ** the options that may change changed. */
    rnn_status (*prepare)(rnn_trainer *t, const rnn_table *rows, int resumed, size_t holdback);
    /* A network has its initial weights: change them. Not where training is resumed. */
    void (*start)(const rnn_trainer *t, rnn_net *net);
    /* Bytes that `ready` and `finish` will allocate. */
    uint64_t (*bytes)(const rnn_trainer *t);
    /* Networks and the loop exist. */
    rnn_status (*ready)(rnn_trainer *t);
    /* Validation outputs of an epoch: reset, then batch by batch, then the figure (NaN: none). */
    void (*reset)(rnn_trainer *t);
    void (*observe)(rnn_trainer *t, const size_t *item, const rnn_batch *batch, const real *out);
    double (*metric)(rnn_trainer *t);
    /* After metric: the validation loss, where it is not that of the networks' outputs. */
    double (*valid_loss)(const rnn_trainer *t, double loss);
    /* The epoch just measured is the best so far. */
    void (*best)(rnn_trainer *t);
    /* The weights to be stored, of the best epoch or of the last, are in the members; measure what
    ** goes with them into the model. `undo` after the bytes are written. */
    rnn_status (*finish)(rnn_trainer *t, int best);
    void (*undo)(rnn_trainer *t);
    void (*free)(rnn_trainer *t);
} rnn_task_ops;

struct rnn_trainer {
    rnn_context *ctx;
    const char *function;
    rnn_model *model; /* its members are the averaged networks */
    const rnn_task_ops *ops;
    void *task;             /* of the task; freed by ops->free */
    const rnn_model *start; /* borrowed: a model for any series to start from; NULL: library's */
    const rnn_sampler *sampler;
    rnn_loss loss;
    size_t epoch_size; /* as in rnn_fit_config */
    int look_first;    /* as there */
    rnn_pool *pool;
    rnn_net **live; /* [members] the networks that are trained */
    rnn_fit *fit;
    real *best; /* [members x parameters] */
    double best_loss;
    int64_t epoch, first_epoch;
    struct timespec started;
    double steps;
};

/* Since it was created. */
double rnn_trainer_seconds(const rnn_trainer *t);

/* ---- trainer_pretrained.c ---- */

/* The forecaster of the library, the caller's to free; NULL where training is not to start from it:
** option pretrained is false, or auto and other options ask for another network. RNN_OPTION where
** they do and it is true. */
rnn_status rnn_trainer_pretrained(rnn_trainer *t, rnn_model **out);
/* Options of its network, where they are open. */
void rnn_trainer_take_options(const rnn_model *pretrained, rnn_options *o);
/* Weights of one of its networks into one with the same inputs first and perhaps more: what those
** weigh is zero. */
void rnn_trainer_take_weights(const rnn_model *pretrained, size_t member, rnn_net *net);

extern const rnn_task_ops rnn_forecast_ops; /* trainer_forecast.c */
extern const rnn_task_ops rnn_sequence_ops; /* trainer_sequence.c: every other task */

#endif
