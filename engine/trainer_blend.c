/* trainer_blend.c - networks and linear models mixed by shares that are fitted on the validation
** part (blend.h); the linear models of texts. */
#include <math.h>
#include <string.h>

#include "rng.h"
#include "trainer_sequence.h"

/* Shares before anything is measured, and how many sequences they are worth. */
static const double TEXT_SHARE[RNN_BLEND_PARTS] = {0.2, 0.45, 0.45};
static const double TEXT_PRIOR = 20;

/* Linear models of the first `count` texts of the list, into model->sequence.linear. */
static rnn_status train_linear(rnn_trainer *t, size_t count) {
    const rnn_sequence_task *task = t->task;
    rnn_sequence_model *s = &t->model->sequence;
    rnn_keys *keys = rnn_alloc_array(t->ctx, count, sizeof *keys);
    double *target = keys ? rnn_alloc_array(t->ctx, count, 2 * sizeof *target) : NULL;
    rnn_status status = target ? RNN_OK : t->ctx->status;
    for (size_t i = 0; target && i < count; i++) {
        target[i] = task->set.target[task->list[i]];
        target[count + i] = task->class_weight ? task->class_weight[(size_t)target[i]] : 1;
    }
    for (size_t p = 0; p < RNN_WIDE_PARTS && status == RNN_OK; p++) {
        rnn_linear_data data = {count, keys, target, target + count};
        uint64_t seed = rnn_stream((uint64_t)t->model->options.seed, 30, p);
        for (size_t i = 0; i < count; i++) keys[i] = task->set.keys[p][task->list[i]];
        rnn_linear_free(t->ctx, &s->linear[p]);
        status = rnn_linear_train(t->ctx, &data, s->classes, seed, &s->linear[p]);
    }
    rnn_free(t->ctx, keys);
    rnn_free(t->ctx, target);
    return status;
}

rnn_status rnn_trainer_study(rnn_trainer *t, const double *center, double prior) {
    rnn_sequence_task *task = t->task;
    rnn_blend_study *study = &task->study;
    size_t first = task->folds ? 0 : task->train_count;
    size_t n = task->folds ? task->train_count : task->valid_count;
    study->count = n;
    study->outputs = t->model->spec.outputs;
    study->center = center;
    study->prior = prior;
    memcpy(study->share, center, sizeof study->share);
    memcpy(study->best, center, sizeof study->best);
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) {
        study->logits[p] = rnn_alloc_array_zero(t->ctx, (uint64_t)n * study->outputs, sizeof(real));
        if (!study->logits[p]) return t->ctx->status;
    }
    study->target = rnn_alloc_array(t->ctx, n, sizeof *study->target);
    if (study->target) study->weight = rnn_alloc_array(t->ctx, n, sizeof *study->weight);
    if (study->weight)
        study->scratch = rnn_alloc_array(t->ctx, study->outputs, 2 * sizeof *study->scratch);
    if (!study->scratch) return t->ctx->status;
    for (size_t i = 0; i < n; i++) {
        study->target[i] = task->set.target[task->list[first + i]];
        study->weight[i] = task->class_weight ? task->class_weight[(size_t)study->target[i]] : 1;
    }
    return RNN_OK;
}

rnn_status rnn_trainer_linear(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_sequence_model *s = &t->model->sequence;
    rnn_status status = rnn_trainer_study(t, TEXT_SHARE, TEXT_PRIOR);
    if (status == RNN_OK && task->valid_count) status = train_linear(t, task->train_count);
    for (size_t i = 0; i < task->valid_count && status == RNN_OK; i++) {
        size_t q = task->list[task->train_count + i];
        for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
            rnn_linear_logits(&s->linear[p], &task->set.keys[p][q],
                              task->study.logits[p + 1] + i * s->classes);
        }
    }
    return status;
}

/* What the parts say together of a validation sequence: right or not, or the squared error. */
static double judge(const rnn_blend_study *study, size_t i) {
    size_t best = 0, K = study->outputs;
    double top = -INFINITY, z = 0;
    for (size_t k = 0; k < K; k++) {
        z = 0;
        for (size_t p = 0; p < RNN_BLEND_PARTS; p++)
            z += study->share[p] * (double)study->logits[p][i * K + k];
        if (z > top) best = k;
        top = fmax(top, z);
    }
    if (K > 1) return best == (size_t)study->target[i];
    return (z - study->target[i]) * (z - study->target[i]);
}

void rnn_trainer_blend(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    rnn_blend_study *study = &task->study;
    rnn_blend_data data = {study->count, study->outputs, {0}, study->target, study->weight};
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) data.logits[p] = study->logits[p];
    task->loss = rnn_blend_fit(&data, study->prior, study->center, study->share, study->scratch);
    task->weight = 1;
    task->right = 0;
    task->counted = (double)study->count;
    for (size_t i = 0; i < study->count; i++) task->right += judge(study, i);
}

rnn_status rnn_trainer_linear_all(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    if (task->linear_all) return RNN_OK;
    rnn_status status = train_linear(t, task->train_count + task->valid_count);
    task->linear_all = status == RNN_OK;
    return status;
}

void rnn_trainer_linear_free(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) rnn_free(t->ctx, task->study.logits[p]);
    rnn_free(t->ctx, task->study.target);
    rnn_free(t->ctx, task->study.weight);
    rnn_free(t->ctx, task->study.scratch);
}
