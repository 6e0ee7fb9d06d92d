/* trainer_sequence.c - training for classify, regress, generate and seq2seq: what is held out,
** weights of classes, the network, the metric. See trainer_internal.h. */
#include "trainer_sequence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "automatic_sequence.h"
#include "calibrate.h"
#include "patches.h"
#include "rng.h"

enum { FEW_SEQUENCES = 10 /* fewer long ones: the end of each is held out */ };

static int is_label(const rnn_trainer *t) {
    int task = t->model->options.task;
    return task == RNN_TASK_CLASSIFY || task == RNN_TASK_REGRESS;
}

/* ---- what is learned from, what is held out ---- */

/* 1 if a sequence has steps and something to learn. */
static int is_known(const rnn_trainer *t, const rnn_sequence_set *set, size_t s) {
    const rnn_sequence *q = &set->sequence[s];
    if (q->steps == 0) return 0;
    if (t->model->options.task == RNN_TASK_SEQ2SEQ) /* an empty text is one, NULL is none */
        return rnn_table_get(set->rows, q->row, 0).type != RNN_NULL;
    if (!is_label(t)) return 1;
    if (!t->model->sequence.every) return !isnan(set->target[s]);
    for (size_t i = 0; i < q->steps; i++) {
        if (!isnan(set->target[q->first + i])) return 1;
    }
    return 0;
}

/* Of the sequences that are learned from. */
static void count_targets(rnn_trainer *t) {
    const rnn_sequence_task *task = t->task;
    rnn_sequence_model *s = &t->model->sequence;
    for (size_t i = 0; i < task->train_count && is_label(t); i++) {
        const rnn_sequence *q = &task->set.sequence[task->list[i]];
        const double *target = task->set.target + (s->every ? q->first : task->list[i]);
        for (size_t k = 0; k < (s->every ? q->steps : 1); k++) {
            if (isnan(target[k]))
                t->model->report.missing_targets++;
            else if (s->classes)
                s->class_count[(size_t)target[k]]++;
        }
    }
}

static rnn_status list_known(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_sequence_set *set = &task->set;
    rnn_report *report = &t->model->report;
    task->list = rnn_alloc_array(t->ctx, set->count, sizeof *task->list);
    if (!task->list) return t->ctx->status;
    size_t n = 0;
    for (size_t s = 0; s < set->count; s++) {
        if (is_known(t, set, s)) task->list[n++] = s;
    }
    report->series = n;
    report->series_skipped = set->count - n;
    if (n < set->count) {
        snprintf(report->reason, sizeof report->reason,
                 "%zu sequences have no known target or no steps", set->count - n);
    }
    task->train_count = n;
    if (n > 0) return RNN_OK;
    return rnn_fail(t->ctx, RNN_DATA,
                    "%s: none of the %zu sequences has both steps and a known target; check the "
                    "order of the columns",
                    t->function, set->count);
}

/* Shuffled by the seed; the last ones are the validation part. */
static void hold_out(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_options *o = &t->model->options;
    size_t n = task->train_count;
    rnn_shuffle(rnn_stream((uint64_t)o->seed, 20, 0), task->list, n);
    task->valid_count = (size_t)(o->validation * (double)n + 0.5);
    if (task->valid_count >= n) task->valid_count = n - 1;
    task->train_count = n - task->valid_count;
}

/* For cross-validation: sequence i is in fold i mod folds (fit.h), so those of a class stand together.
*/
static rnn_status make_folds(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    size_t n = task->train_count, K = t->model->sequence.classes, filled = 0;
    size_t *list = rnn_alloc_array(t->ctx, n, sizeof *list);
    if (!list) return t->ctx->status;
    rnn_shuffle(rnn_stream((uint64_t)t->model->options.seed, 20, 0), task->list, n);
    for (size_t k = 0; k < (K ? K : 1); k++) {
        for (size_t i = 0; i < n; i++) {
            if (!K || task->set.target[task->list[i]] == (double)k) list[filled++] = task->list[i];
        }
    }
    rnn_free(t->ctx, task->list);
    task->list = list;
    task->folds = 1;
    return RNN_OK;
}

/* A single long sequence, or a few: the end of each is held out instead of whole ones. */
static rnn_status split_ends(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    rnn_sequence_set *set = &task->set;
    size_t n = task->train_count, ends = 0, tbptt = (size_t)t->model->options.tbptt;
    rnn_sequence *both = rnn_alloc_array(t->ctx, set->count + n, sizeof *both);
    size_t *list = both ? rnn_alloc_array(t->ctx, 2 * n, sizeof *list) : NULL;
    if (!list) {
        rnn_free(t->ctx, both);
        return t->ctx->status;
    }
    memcpy(both, set->sequence, set->count * sizeof *both);
    for (size_t i = 0; i < n; i++) {
        rnn_sequence *q = &both[task->list[i]], *end = &both[set->count + ends];
        size_t held = (size_t)(t->model->options.validation * (double)q->steps);
        list[i] = task->list[i];
        if (held == 0 && is_label(t)) continue;
        *end = *q;
        end->steps = held;
        end->first += q->steps - held;
        q->steps -= held;
        if (is_label(t)) end->warm = q->steps < tbptt ? q->steps : tbptt;
        list[n + ends] = set->count + ends;
        ends++;
    }
    rnn_free(t->ctx, set->sequence);
    rnn_free(t->ctx, task->list);
    set->sequence = both;
    set->count += ends;
    task->list = list;
    task->valid_count = ends;
    if (ends == 0) hold_out(t); /* too short */
    return RNN_OK;
}

/* What truncated backpropagation through time cannot be used for. */
static rnn_status check_cuts(const rnn_trainer *t) {
    const rnn_model *m = t->model;
    if (!is_label(t) || m->options.tbptt == 0) return RNN_OK;
    if (!m->sequence.every) {
        return rnn_fail(
            t->ctx, RNN_OPTION,
            "%s: option \"tbptt\" is %lld, but output is last: the one answer comes after the "
            "last step, and a gradient that is cut would not reach the steps before; give "
            "\"output\":\"every\", which takes a target at each step, or leave tbptt out",
            t->function, (long long)m->options.tbptt);
    }
    if (!m->spec.bidirectional) return RNN_OK;
    return rnn_fail(t->ctx, RNN_OPTION,
                    "%s: option \"tbptt\" is %lld, but the model is bidirectional; the backward "
                    "direction has no state to carry over a cut: leave one of them out",
                    t->function, (long long)m->options.tbptt);
}

/* ---- weights, noise ---- */

static rnn_status weigh_classes(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_sequence_model *s = &t->model->sequence;
    const rnn_class_weights *w = &t->model->options.class_weights;
    double total = 0;
    if (!s->classes || (!w->kind && !w->n)) return RNN_OK;
    task->class_weight = rnn_alloc_array(t->ctx, s->classes, sizeof *task->class_weight);
    if (!task->class_weight) return t->ctx->status;
    int named[RNN_MAX_CLASS_WEIGHTS] = {0};
    for (size_t k = 0; k < s->classes; k++) total += (double)s->class_count[k];
    for (size_t k = 0; k < s->classes; k++) {
        int at = w->kind ? -1 : rnn_class_weights_find(w, &s->class_value[k]);
        double n = (double)s->class_count[k];
        task->class_weight[k] = at >= 0 ? w->weight[at] : 1;
        if (w->kind) task->class_weight[k] = n > 0 ? total / ((double)s->classes * n) : 1;
        if (w->kind == RNN_WEIGHTS_SQRT) task->class_weight[k] = sqrt(task->class_weight[k]);
        if (at >= 0) named[at] = 1;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (named[i]) continue;
        return rnn_fail(t->ctx, RNN_OPTION,
                        "%s: option \"class_weights\" names \"%.*s\", which is none of the %zu "
                        "classes in the target column",
                        t->function, (int)w->name[i].n, w->name[i].s, s->classes);
    }
    return RNN_OK;
}

/* Adds the squares of a value's known changes in a series, in the units that patches have. */
static void add_changes(const rnn_model *m, const rnn_sequence_set *set, const rnn_sequence *q,
                        size_t at, size_t mask, double *n, double *squares) {
    const real *x = set->numbers + q->first * set->number_width;
    double mean, deviation = 1;
    if (m->sequence.own_scale)
        rnn_patch_scale(x, set->number_width, q->steps, at, mask, &mean, &deviation);
    for (size_t s = 1; s < q->steps; s++) {
        const real *before = x, *now = x + set->number_width;
        x = now;
        if (before[mask] != 0 || now[mask] != 0) continue;
        double d = (double)(now[at] - before[at]) / deviation;
        *squares += d * d;
        *n += 1;
    }
}

/* Noise of values that are read in patches: half the deviation of their changes, at most half of a
** unit. */
static rnn_status measure_patch_noise(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_model *m = t->model;
    task->noise = rnn_alloc_array_zero(t->ctx, rnn_value_count(m), sizeof *task->noise);
    if (!task->noise) return t->ctx->status;
    for (size_t k = 0, at = 0, v = 0; k < m->inputs; at++, k++) {
        for (size_t mask = at + m->input[k].width; at < mask; at++, v++) {
            double n = 0, squares = 0;
            for (size_t i = 0; i < task->train_count; i++)
                add_changes(m, &task->set, &task->set.sequence[task->list[i]], at, mask, &n,
                            &squares);
            task->noise[v] = 0.5 * fmin(1, n > 0 ? sqrt(squares / n) : 0);
        }
    }
    return RNN_OK;
}

/* Noise of each value: half the deviation of its changes, at most half its own. */
static rnn_status measure_noise(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_model *m = t->model;
    const rnn_sequence_set *set = &task->set;
    size_t width = set->number_width, values = m->sequence.derived / RNN_PATCH;
    if (m->sequence.patch_width) return measure_patch_noise(t);
    if (m->options.task != RNN_TASK_CLASSIFY || !values) return RNN_OK;
    task->noise = rnn_alloc_array_zero(t->ctx, values, sizeof *task->noise);
    if (!task->noise) return t->ctx->status;
    size_t changes = rnn_model_numbers(m); /* the first derived number of each value */
    for (size_t v = 0; v < values; v++) {
        double n = 0, squares = 0;
        for (size_t i = 0; i < task->train_count; i++) {
            const rnn_sequence *q = &set->sequence[task->list[i]];
            for (size_t s = 1; s < q->steps; s++) {
                double d = (double)set->numbers[(q->first + s) * width + changes + v * RNN_PATCH];
                squares += d * d;
                n += 1;
            }
        }
        task->noise[v] = 0.5 * fmin(1, n > 0 ? sqrt(squares / n) : 0);
    }
    return RNN_OK;
}

/* ---- trainer_internal.h ---- */

/* Vectors of one_hot are as wide as a vocabulary. */
static rnn_status check_one_hot(const rnn_trainer *t) {
    double most = rnn_option_at(RNN_KEY_embedding)->maximum;
    const rnn_model *m = t->model;
    for (size_t i = 0; m->options.one_hot && i < m->inputs; i++) {
        size_t n = rnn_input_has_words(m->input[i].kind) ? m->input[i].vocabulary.count : 0;
        if ((double)n <= most) continue;
        return rnn_fail(
            t->ctx, RNN_OPTION,
            "%s: option \"one_hot\" is true, but input %zu has a vocabulary of %zu; allowed "
            "are %.0f: set \"vocabulary\" or \"min_count\", or leave one_hot out",
            t->function, i + 1, n, most);
    }
    return RNN_OK;
}

/* What is asked for and only texts, or whole numeric series, have. */
static rnn_status check_whole(const rnn_trainer *t) {
    const rnn_model *m = t->model;
    int text = m->input[0].kind == RNN_INPUT_TEXT && m->options.task == RNN_TASK_CLASSIFY;
    if (m->options.given[RNN_KEY_patch] && !rnn_model_is_whole(m))
        return rnn_fail(
            t->ctx, RNN_OPTION,
            "%s: option \"patch\" is %lld, but these rows are read step by step: patches are "
            "for series of numbers that have one prediction each and are read in both directions; "
            "leave it out",
            t->function, (long long)m->options.patch);
    if (m->options.wide <= 0 || text || m->sequence.wide_series) return RNN_OK;
    return rnn_fail(
        t->ctx, RNN_OPTION,
        "%s: option \"wide\" is true, but its linear models are of the words of whole texts "
        "(target, text) and of series of numbers that have one prediction each and are read in "
        "both directions; leave it out",
        t->function);
}

static rnn_status learn(rnn_trainer *t, const rnn_table *rows) {
    rnn_automatic_reading(&t->model->options);
    rnn_status status = rnn_sequences_learn(t->ctx, t->function, rows, t->model);
    if (status) return status;
    rnn_automatic_shape(t->model);
    status = check_one_hot(t);
    if (status) return status;
    return check_whole(t);
}

static rnn_status make_sampler(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    const rnn_options *o = &t->model->options;
    size_t lanes = o->task == RNN_TASK_GENERATE && o->tbptt ? (size_t)o->batch : 0;
    rnn_status status = rnn_sequence_sampler_create(
        t->ctx, t->model, &task->set, task->list, task->train_count, task->list + task->train_count,
        task->valid_count, lanes, &task->sampler);
    if (status) return status;
    task->sampler->class_weight = task->class_weight;
    task->sampler->noise = task->noise;
    t->sampler = &task->sampler->sampler;
    return RNN_OK;
}

static rnn_status sequence_prepare(rnn_trainer *t, const rnn_table *rows, int resumed,
                                   size_t holdback) {
    rnn_sequence_task *task = rnn_alloc_zero(t->ctx, sizeof *task);
    rnn_model *m = t->model;
    (void)holdback;
    if (!task) return t->ctx->status;
    t->task = task;
    task->resumed = resumed;
    rnn_status status = resumed ? RNN_OK : learn(t, rows);
    if (status == RNN_OK) status = check_cuts(t);
    if (status == RNN_OK)
        status = rnn_sequences_build(t->ctx, t->function, rows, m, RNN_FIRST_TARGET, &task->set);
    if (status == RNN_OK) status = list_known(t);
    if (status) return status;
    rnn_sequence_size size = {task->train_count, 0, 0};
    for (size_t i = 0; i < task->train_count; i++) {
        size_t steps = task->set.sequence[task->list[i]].steps;
        size.steps += steps;
        if (steps > size.longest) size.longest = steps;
    }
    if (!resumed) count_targets(t);
    rnn_automatic_training(m, &size);
    int few = task->train_count < FEW_SEQUENCES;
    int cut = m->options.tbptt > 0;
    if (cut && few && m->options.validation > 0) { /* seq2seq and output last have no tbptt */
        status = split_ends(t);
    } else if (m->sequence.patch_width && m->options.validation == 0 &&
               !m->options.given[RNN_KEY_validation] && task->train_count >= 2 &&
               task->train_count <= RNN_RIDGE_DUAL) {
        status = make_folds(t);
    } else {
        hold_out(t);
    }
    if (status == RNN_OK && cut && is_label(t))
        status = rnn_sequence_lanes(&task->set, (size_t)m->options.batch, (size_t)m->options.tbptt,
                                    &task->list, &task->train_count, task->valid_count);
    if (status == RNN_OK) status = weigh_classes(t);
    if (status == RNN_OK && !resumed) {
        rnn_model_spec(m, &m->spec);
        status = rnn_model_is_whole(m) ? rnn_trainer_series_scale(t) : RNN_OK;
    }
    if (status == RNN_OK) status = measure_noise(t);
    if (status == RNN_OK) status = make_sampler(t);
    if (status) return status;
    if (m->options.task == RNN_TASK_SEQ2SEQ && !resumed)
        m->sequence.target_steps = t->sampler->max_targets;
    t->loss = rnn_model_loss(m, task->quantiles);
    task->blended = m->sequence.wide_order > 0 || m->sequence.wide_series;
    if (m->sequence.wide_series) return rnn_trainer_series(t);
    return task->blended ? rnn_trainer_linear(t) : RNN_OK;
}

static uint64_t sequence_bytes(const rnn_trainer *t) {
    const rnn_sequence_task *task = t->task;
    int trial = task->blended && task->folds && !task->resumed;
    return trial ? rnn_trainer_folds_bytes(t) : 0;
}

static rnn_status sequence_ready(rnn_trainer *t) {
    const rnn_sequence_task *task = t->task;
    return task->blended && task->folds && !task->resumed ? rnn_trainer_cross_validate(t) : RNN_OK;
}

static void sequence_reset(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    task->right = task->counted = task->loss = task->weight = 0;
}

static size_t argmax(const real *o, size_t n) {
    size_t best = 0;
    for (size_t k = 1; k < n; k++) best = o[k] > o[best] ? k : best;
    return best;
}

/* Targets written entirely right, token by token: what a greedy search would write. */
static void observe_targets(rnn_sequence_task *task, const rnn_batch *batch, const real *out,
                            size_t outputs) {
    const rnn_batch *d = batch->decoder;
    for (size_t j = 0; j < d->sequences; j++) {
        int right = 1;
        for (size_t s = 0; s < d->length[j] && right; s++) {
            size_t o = rnn_batch_row(d, j, s);
            right = argmax(out + o * outputs, outputs) == (size_t)batch->target[o];
        }
        task->right += right;
        task->counted += 1;
    }
}

static void sequence_observe(rnn_trainer *t, const size_t *item, const rnn_batch *batch,
                             const real *out) {
    rnn_sequence_task *task = t->task;
    size_t O = t->model->spec.outputs;
    if (t->model->options.task == RNN_TASK_SEQ2SEQ) {
        observe_targets(task, batch, out, O);
        return;
    }
    if (t->model->options.task == RNN_TASK_GENERATE) {
        task->right += rnn_loss_evaluate(&t->loss, batch->outputs, out, batch->target,
                                         batch->weight, batch->unit, 1, NULL);
        for (size_t o = 0; o < batch->outputs; o++) task->counted += (double)batch->weight[o];
        return;
    }
    for (size_t o = 0; o < batch->outputs; o++) {
        if (task->blended)
            memcpy(task->study.logits[0] + item[o] * O, out + o * O, O * sizeof *out);
        if (!(batch->weight[o] > 0)) continue;
        double y = (double)batch->target[o];
        double miss = rnn_loss_quantile(&t->loss, out + o * O, 1, 0.5) - y;
        task->counted += 1;
        if (t->model->options.task == RNN_TASK_CLASSIFY)
            task->right += argmax(out + o * O, O) == (size_t)y;
        else
            task->right += miss * miss;
    }
}

static double sequence_metric(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    if (task->blended && task->valid_count) rnn_trainer_blend(t);
    if (!(task->counted > 0)) return NAN;
    double mean = task->right / task->counted;
    if (t->model->options.task == RNN_TASK_REGRESS)
        return sqrt(mean) * t->model->sequence.target_scale;
    return t->model->options.task == RNN_TASK_GENERATE ? exp(mean) : mean;
}

static double sequence_valid_loss(const rnn_trainer *t, double loss) {
    const rnn_sequence_task *task = t->task;
    return task->blended && task->valid_count && task->weight > 0 ? task->loss / task->weight
                                                                  : loss;
}

static void sequence_best(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    memcpy(task->study.best, task->study.share, sizeof task->study.best);
}

/* Entropy of the classes as they are weighed: the loss of a network that has learned nothing but how
** often they are. */
static double chance_loss(const rnn_trainer *t) {
    const rnn_sequence_model *s = &t->model->sequence;
    const double *weight = ((const rnn_sequence_task *)t->task)->class_weight;
    double total = 0, sum = 0;
    for (size_t k = 0; k < s->classes; k++)
        total += (weight ? weight[k] : 1) * (double)s->class_count[k];
    for (size_t k = 0; k < s->classes; k++) {
        double p = (weight ? weight[k] : 1) * (double)s->class_count[k] / total;
        if (p > 0) sum -= p * log(p);
    }
    return sum;
}

/* A network of series that has failed to learn, being nearer to chance than to the best of the
** others, takes the weights of that one. */
static void replace_failed(rnn_trainer *t) {
    rnn_model *m = t->model;
    size_t best = 0, n = rnn_net_parameter_count(m->member[0]);
    if (!rnn_model_is_whole(m) || !m->sequence.classes) return;
    if (m->best_epoch != t->epoch) return; /* the losses are those of the last epoch */
    for (size_t i = 1; i < m->members; i++)
        if (rnn_fit_member_loss(t->fit, i) < rnn_fit_member_loss(t->fit, best)) best = i;
    double limit = (chance_loss(t) + rnn_fit_member_loss(t->fit, best)) / 2;
    for (size_t i = 0; i < m->members; i++) {
        if (i == best || !(rnn_fit_member_loss(t->fit, i) > limit)) continue;
        memcpy(rnn_net_parameters(m->member[i]), rnn_net_parameters(m->member[best]),
               n * sizeof(real));
    }
}

static rnn_status sequence_finish(rnn_trainer *t, int best) {
    const rnn_sequence_task *task = t->task;
    replace_failed(t);
    if (!task->blended) return RNN_OK;
    memcpy(t->model->sequence.share, best ? task->study.best : task->study.share,
           sizeof task->study.best);
    return t->model->sequence.wide_series ? RNN_OK : rnn_trainer_linear_all(t);
}

static void sequence_free(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    if (!task) return;
    rnn_trainer_linear_free(t);
    rnn_sequence_sampler_free(task->sampler);
    rnn_sequence_set_free(&task->set);
    rnn_free(t->ctx, task->list);
    rnn_free(t->ctx, task->class_weight);
    rnn_free(t->ctx, task->noise);
    rnn_free(t->ctx, task);
}

const rnn_task_ops rnn_sequence_ops = {
    .prepare = sequence_prepare,
    .bytes = sequence_bytes,
    .ready = sequence_ready,
    .reset = sequence_reset,
    .observe = sequence_observe,
    .metric = sequence_metric,
    .valid_loss = sequence_valid_loss,
    .best = sequence_best,
    .finish = sequence_finish,
    .free = sequence_free,
};
