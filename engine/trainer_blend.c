/* trainer_blend.c - the linear models of a classifier of words: trained beside the networks, mixed by
** shares that are fitted on the validation part (blend.h). */
#include <math.h>
#include <string.h>

#include "rng.h"
#include "trainer_sequence.h"

/* Shares before anything is measured, and how many outputs they are worth. */
static const double FIRST_SHARE[RNN_BLEND_PARTS] = {0.2, 0.45, 0.45};
static const double PRIOR = 20;

/* Outputs of sequence s of the set: itself, or its steps. */
static void output_range(const rnn_trainer *t, size_t s, size_t *first, size_t *end) {
    const rnn_sequence_task *task = t->task;
    const rnn_sequence *q = &task->set.sequence[s];
    int every = t->model->sequence.every;
    *first = every ? q->first : s;
    *end = every ? q->first + q->steps : s + 1;
}

/* Labelled outputs of the sequences list[first ... first + count) into output[] (NULL: only count
** them). */
static size_t list_outputs(const rnn_trainer *t, size_t first, size_t count, size_t *output) {
    const rnn_sequence_task *task = t->task;
    size_t n = 0, o, end;
    for (size_t i = first; i < first + count; i++) {
        for (output_range(t, task->list[i], &o, &end); o < end; o++) {
            if (isnan(task->set.target[o])) continue;
            if (output) output[n] = o;
            n++;
        }
    }
    return n;
}

static double weight_of(const rnn_sequence_task *task, size_t output) {
    return task->class_weight ? task->class_weight[(size_t)task->set.target[output]] : 1;
}

/* Linear models of the first `count` sequences of the list, into model->sequence.linear. */
static rnn_status train_linear(rnn_trainer *t, size_t count) {
    const rnn_sequence_task *task = t->task;
    rnn_sequence_model *s = &t->model->sequence;
    size_t n = list_outputs(t, 0, count, NULL);
    size_t *output = rnn_alloc_array(t->ctx, n, sizeof *output);
    rnn_keys *keys = output ? rnn_alloc_array(t->ctx, n, sizeof *keys) : NULL;
    double *target = keys ? rnn_alloc_array(t->ctx, n, 2 * sizeof *target) : NULL;
    rnn_status status = target ? RNN_OK : t->ctx->status;
    if (target) list_outputs(t, 0, count, output);
    for (size_t i = 0; target && i < n; i++) {
        target[i] = task->set.target[output[i]];
        target[n + i] = weight_of(task, output[i]);
    }
    for (size_t p = 0; p < RNN_WIDE_PARTS && status == RNN_OK; p++) {
        rnn_linear_data data = {n, keys, target, target + n};
        uint64_t seed = rnn_stream((uint64_t)t->model->options.seed, 30, p);
        for (size_t i = 0; i < n; i++) keys[i] = task->set.keys[p][output[i]];
        rnn_linear_free(t->ctx, &s->linear[p]);
        status = rnn_linear_train(t->ctx, &data, s->classes, seed, &s->linear[p]);
    }
    rnn_free(t->ctx, output);
    rnn_free(t->ctx, keys);
    rnn_free(t->ctx, target);
    return status;
}

static rnn_status make_study(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    rnn_blend_study *study = &task->study;
    size_t K = t->model->sequence.classes, valid = task->valid_count;
    size_t n = study->count = list_outputs(t, task->train_count, valid, NULL);
    memcpy(study->share, FIRST_SHARE, sizeof study->share);
    memcpy(study->best, FIRST_SHARE, sizeof study->best);
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) {
        study->logits[p] = rnn_alloc_array_zero(t->ctx, (uint64_t)n * K, sizeof(real));
        if (!study->logits[p]) return t->ctx->status;
    }
    study->output = rnn_alloc_array(t->ctx, n, sizeof *study->output);
    if (study->output)
        study->seen = rnn_alloc_array(t->ctx, (uint64_t)t->model->options.batch, sizeof(size_t));
    if (study->seen) study->first = rnn_alloc_array(t->ctx, valid + 1, sizeof *study->first);
    if (study->first) study->target = rnn_alloc_array(t->ctx, n, sizeof *study->target);
    if (study->target) study->weight = rnn_alloc_array(t->ctx, n, sizeof *study->weight);
    if (study->weight) study->scratch = rnn_alloc_array(t->ctx, K, 2 * sizeof *study->scratch);
    if (!study->scratch) return t->ctx->status;
    list_outputs(t, task->train_count, valid, study->output);
    study->first[0] = 0;
    for (size_t i = 0; i < valid; i++) {
        study->first[i + 1] = study->first[i] + list_outputs(t, task->train_count + i, 1, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        study->target[i] = task->set.target[study->output[i]];
        study->weight[i] = weight_of(task, study->output[i]);
    }
    return RNN_OK;
}

rnn_status rnn_trainer_linear(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_sequence_model *s = &t->model->sequence;
    rnn_status status = make_study(t);
    if (status == RNN_OK && task->valid_count) status = train_linear(t, task->train_count);
    for (size_t i = 0; i < task->study.count && status == RNN_OK; i++) {
        for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
            rnn_linear_logits(&s->linear[p], &task->set.keys[p][task->study.output[i]],
                              task->study.logits[p + 1] + i * s->classes);
        }
    }
    return status;
}

void rnn_trainer_note(rnn_trainer *t, const size_t *item, const rnn_batch *batch, const real *out) {
    rnn_sequence_task *task = t->task;
    rnn_blend_study *study = &task->study;
    size_t K = t->model->sequence.classes, o = 0;
    if (!t->model->sequence.every) {
        for (; o < batch->outputs; o++)
            memcpy(study->logits[0] + study->first[item[o]] * K, out + o * K, K * sizeof *out);
        return;
    }
    /* Outputs are the labelled steps in the order of the batch's rows. */
    memset(study->seen, 0, batch->sequences * sizeof *study->seen);
    for (size_t step = 0; step < batch->steps; step++) {
        for (size_t b = 0; b < batch->running[step] && o < batch->outputs; b++) {
            if (batch->out_row[o] != rnn_batch_row(batch, b, step)) continue;
            size_t at = study->first[item[b]] + study->seen[b]++;
            memcpy(study->logits[0] + at * K, out + o++ * K, K * sizeof *out);
        }
    }
}

void rnn_trainer_blend(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    rnn_blend_study *study = &task->study;
    size_t K = t->model->sequence.classes;
    rnn_blend_data data = {study->count, K, {0}, study->target, study->weight};
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) data.logits[p] = study->logits[p];
    memcpy(study->share, FIRST_SHARE, sizeof study->share);
    task->loss = rnn_blend_fit(&data, PRIOR, study->share, study->scratch);
    task->weight = 1;
    task->right = 0;
    task->counted = (double)study->count;
    for (size_t i = 0; i < study->count; i++) {
        size_t best = 0;
        double top = -INFINITY;
        for (size_t k = 0; k < K; k++) {
            double z = 0;
            for (size_t p = 0; p < RNN_BLEND_PARTS; p++)
                z += study->share[p] * (double)study->logits[p][i * K + k];
            if (z > top) best = k;
            top = fmax(top, z);
        }
        task->right += best == (size_t)study->target[i];
    }
}

rnn_status rnn_trainer_linear_all(rnn_trainer *t) {
    const rnn_sequence_task *task = t->task;
    return train_linear(t, task->train_count + task->valid_count);
}

void rnn_trainer_linear_free(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) rnn_free(t->ctx, task->study.logits[p]);
    rnn_free(t->ctx, task->study.output);
    rnn_free(t->ctx, task->study.first);
    rnn_free(t->ctx, task->study.seen);
    rnn_free(t->ctx, task->study.target);
    rnn_free(t->ctx, task->study.weight);
    rnn_free(t->ctx, task->study.scratch);
}
