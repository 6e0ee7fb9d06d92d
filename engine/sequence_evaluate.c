/* sequence_evaluate.c - rnn_sequence_evaluate: predictions for rows with targets, and their metrics.
**
** Sequences without steps (NULL inputs) or without a known target are left out, as in training.
*/
#include <math.h>

#include "answer.h"
#include "calibrate.h"
#include "predictor.h"
#include "row_order.h"
#include "sequence_metrics.h"
#include "sweep.h"
#include "translator.h"

/* What is measured, whatever the task. */
typedef struct evaluation {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model;
    rnn_sequence_set set;
    rnn_pool *pool;
    rnn_sweep_job job;
    rnn_class_metrics classes;
    rnn_dictionary *unseen; /* actual classes that the model does not know */
    rnn_number_metrics numbers;
    double texts, exact, edits; /* seq2seq: texts; the same as written; sum of distances */
    double tokens, right, nats; /* teacher forcing: tokens, predicted ones, cross-entropy */
    rnn_loss loss;
    real quantiles[RNN_MAX_LIST];
} evaluation;

static rnn_status fail_unknown(const evaluation *e) {
    int generate = e->model->options.task == RNN_TASK_GENERATE;
    return rnn_fail(e->ctx, RNN_DATA, "%s: none of the %zu rows has %s; nothing can be measured",
                    e->function, rnn_table_rows(e->set.rows),
                    generate ? "a text with tokens" : "both an input and a known target");
}

/* ---- classes and numbers ---- */

/* The target cell of a prediction: of its step or sequence; of a series the last one that is not
** NULL. */
static rnn_value target_cell(const evaluation *e, const rnn_swept *at) {
    const rnn_sequence *q = &e->set.sequence[at->sequence];
    const rnn_sequence_model *s = &e->model->sequence;
    rnn_value v = {.type = RNN_NULL};
    if (s->shape == RNN_SHAPE_SEQUENCES) return rnn_table_get(e->set.rows, q->row, 0);
    if (s->every)
        return rnn_table_get(e->set.rows, e->set.row[q->first + at->step], RNN_ROW_TARGET);
    for (size_t i = q->steps; i-- > 0 && v.type == RNN_NULL;)
        v = rnn_table_get(e->set.rows, e->set.row[q->first + i], RNN_ROW_TARGET);
    return v;
}

static double known_target(const evaluation *e, const rnn_swept *at) {
    const rnn_sequence *q = &e->set.sequence[at->sequence];
    return e->set.target[e->model->sequence.every ? q->first + at->step : at->sequence];
}

static rnn_status add_class(evaluation *e, const rnn_swept *at, double *p) {
    double target = known_target(e, at);
    int64_t actual = isnan(target) ? -1 : (int64_t)target;
    rnn_status status = RNN_OK;
    if (actual < 0) {
        rnn_value v = target_cell(e, at);
        uint32_t id;
        if (v.type == RNN_NULL) return RNN_OK;
        status = rnn_dictionary_add(e->unseen, &v, &id);
        e->classes.unseen = rnn_dictionary_count(e->unseen);
    }
    size_t k = rnn_answer_class(e->model, at->out, p);
    return status ? status : rnn_class_metrics_add(&e->classes, actual, k, p);
}

static void add_number(evaluation *e, const rnn_swept *at) {
    const rnn_sequence_model *s = &e->model->sequence;
    double target = known_target(e, at);
    rnn_value v = rnn_answer_number(e->model, at->out);
    if (isnan(target) || v.type == RNN_NULL) return;
    rnn_number_metrics_add(&e->numbers, s->target_mean + s->target_scale * target, v.d);
}

static rnn_status sweep_labels(evaluation *e) {
    size_t K = e->model->sequence.classes;
    rnn_sweep *sweep = NULL;
    rnn_swept at;
    double *p = rnn_alloc_array(e->ctx, K, sizeof *p);
    rnn_status status = p ? rnn_class_metrics_init(e->ctx, K, &e->classes) : e->ctx->status;
    if (status == RNN_OK) {
        e->unseen = rnn_dictionary_create(e->ctx);
        status = e->unseen ? rnn_sweep_create(&e->job, &sweep) : e->ctx->status;
    }
    while (status == RNN_OK && (status = rnn_sweep_next(sweep, &at)) == RNN_OK) {
        if (!at.out) continue;
        if (K > 0) {
            status = add_class(e, &at, p);
        } else {
            add_number(e, &at);
        }
    }
    rnn_sweep_free(sweep);
    rnn_free(e->ctx, p);
    if (status != RNN_DONE) return status;
    return e->classes.counted + e->numbers.counted > 0 ? RNN_OK : fail_unknown(e);
}

/* ---- texts ---- */

static void observe_tokens(void *arg, const size_t *sequence, const rnn_batch *b, const real *out) {
    evaluation *e = arg;
    size_t O = e->model->spec.outputs;
    (void)sequence;
    e->nats += rnn_loss_evaluate(&e->loss, b->outputs, out, b->target, b->weight, b->unit, 1, NULL);
    for (size_t o = 0; o < b->outputs; o++) {
        size_t best = 0;
        for (size_t k = 1; k < O; k++) best = out[o * O + k] > out[o * O + best] ? k : best;
        e->right += best == (size_t)b->target[o];
    }
    e->tokens += (double)b->outputs;
}

/* Score the texts token by token, each told what really came before. */
static rnn_status force_texts(evaluation *e) {
    const rnn_sequence_set *set = &e->set;
    int generate = e->model->options.task == RNN_TASK_GENERATE;
    size_t n = 0, *list = rnn_alloc_array(e->ctx, set->count, sizeof *list);
    if (!list) return e->ctx->status;
    for (size_t i = 0; i < set->count; i++) {
        const rnn_sequence *q = &set->sequence[i];
        int known = generate || rnn_table_get(set->rows, q->row, 0).type == RNN_TEXT;
        if (q->steps > 0 && known) list[n++] = i;
    }
    e->loss = rnn_model_loss(e->model, e->quantiles);
    rnn_status status = n ? rnn_sweep_score(&e->job, list, n, observe_tokens, e) : fail_unknown(e);
    rnn_free(e->ctx, list);
    return status;
}

/* Compare what beam search writes with the targets. */
static rnn_status sweep_texts(evaluation *e) {
    const rnn_sequence_set *set = &e->set;
    rnn_sweep *sweep = NULL;
    rnn_swept at;
    size_t longest = 0, *scratch;
    for (size_t i = 0; i < set->count; i++) {
        size_t n = set->token_first[i + 1] - set->token_first[i];
        if (n > longest) longest = n;
    }
    scratch = rnn_alloc_array(e->ctx, (uint64_t)longest + 1, sizeof *scratch);
    rnn_status status = scratch ? rnn_sweep_create(&e->job, &sweep) : e->ctx->status;
    while (status == RNN_OK && (status = rnn_sweep_next(sweep, &at)) == RNN_OK) {
        const rnn_sequence *q = &set->sequence[at.sequence];
        if (!at.token || rnn_table_get(set->rows, q->row, 0).type != RNN_TEXT) continue;
        const uint32_t *target = set->tokens + set->token_first[at.sequence];
        size_t n = set->token_first[at.sequence + 1] - set->token_first[at.sequence];
        size_t distance = rnn_edit_distance(at.token, at.tokens, target, n, scratch);
        e->texts += 1;
        e->exact += distance == 0;
        e->edits += (double)distance;
    }
    rnn_sweep_free(sweep);
    rnn_free(e->ctx, scratch);
    return status == RNN_DONE ? RNN_OK : status;
}

/* ---- results ---- */

static void add_metric(rnn_sequence_metric *metric, size_t *count, const char *name, double value) {
    metric[(*count)++] = (rnn_sequence_metric){name, value};
}

static void report(evaluation *e, rnn_sequence_metric *to, size_t *n) {
    double mean = e->nats / e->tokens;
    switch (e->model->options.task) {
    case RNN_TASK_CLASSIFY:
        add_metric(to, n, "accuracy", rnn_class_metrics_accuracy(&e->classes));
        add_metric(to, n, "macro_f1", rnn_class_metrics_macro_f1(&e->classes));
        add_metric(to, n, "log_loss", rnn_class_metrics_log_loss(&e->classes));
        if (e->classes.classes == 2) add_metric(to, n, "auc", rnn_class_metrics_auc(&e->classes));
        break;
    case RNN_TASK_REGRESS:
        add_metric(to, n, "mae", rnn_number_metrics_mae(&e->numbers));
        add_metric(to, n, "rmse", rnn_number_metrics_rmse(&e->numbers));
        add_metric(to, n, "r2", rnn_number_metrics_r2(&e->numbers));
        break;
    case RNN_TASK_GENERATE:
        add_metric(to, n, "cross_entropy", mean);
        add_metric(to, n, "perplexity", exp(mean));
        add_metric(to, n, "bits_per_token", mean / log(2));
        break;
    default:
        add_metric(to, n, "exact_match", e->exact / e->texts);
        add_metric(to, n, "token_accuracy", e->right / e->tokens);
        add_metric(to, n, "edit_distance", e->edits / e->texts);
    }
}

static rnn_status measure(evaluation *e, const rnn_table *rows, const rnn_options *options) {
    rnn_status status =
        rnn_sequences_build(e->ctx, e->function, rows, e->model, RNN_FIRST_TARGET, &e->set);
    if (status == RNN_OK) status = rnn_pool_create(e->ctx, (size_t)options->threads, &e->pool);
    if (status) return status;
    e->job = (rnn_sweep_job){.ctx = e->ctx, .model = e->model, .set = &e->set, .pool = e->pool};
    switch (e->model->options.task) {
    case RNN_TASK_CLASSIFY:
    case RNN_TASK_REGRESS: return sweep_labels(e);
    case RNN_TASK_GENERATE: return force_texts(e);
    default: status = force_texts(e);
    }
    return status ? status : sweep_texts(e);
}

rnn_status rnn_sequence_evaluate(rnn_context *ctx, const char *function, const rnn_model *model,
                                 const rnn_table *rows, const rnn_options *options,
                                 rnn_sequence_metric metric[RNN_MAX_SEQUENCE_METRICS],
                                 size_t *count) {
    evaluation e = {.ctx = ctx, .function = function, .model = model};
    rnn_task task = (rnn_task)model->options.task;
    *count = 0;
    rnn_status status = rnn_answer_check_model(ctx, function, model, ~(1u << RNN_TASK_FORECAST));
    if (status == RNN_OK)
        status = rnn_options_check_task(ctx, options, function, RNN_FOR_EVALUATE, task);
    if (status == RNN_OK) status = measure(&e, rows, options);
    if (status == RNN_OK) report(&e, metric, count);
    rnn_class_metrics_free(&e.classes);
    rnn_dictionary_free(e.unseen);
    rnn_pool_free(e.pool);
    rnn_sequence_set_free(&e.set);
    return status;
}
