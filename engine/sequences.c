/* sequences.c - see sequences.h: shapes of rows, targets, life of a set. */
#include "sequences.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "patches.h"
#include "scale.h"
#include "sequences_internal.h"

enum { MAX_CLASSES = 65536 };
static const double LARGEST_TARGET = 1e300; /* that a model can store */

/* ---- shapes ---- */

static rnn_status wrong_columns(rnn_context *ctx, const char *function, const rnn_options *o,
                                size_t columns) {
    static const char *const shapes[RNN_TASKS] = {
        [RNN_TASK_FORECAST] = "series, time, target, input...",
        [RNN_TASK_CLASSIFY] = "either class, input (a sequence a row: a text, a JSON array or a "
                              "BLOB of float32), or series, time, class, input... (a step a row)",
        [RNN_TASK_REGRESS] = "either target, input (a sequence a row: a text, a JSON array or a "
                             "BLOB of float32), or series, time, target, input... (a step a row)",
        [RNN_TASK_GENERATE] = "either text (one a row), or series, time, token (a step a row)",
        [RNN_TASK_SEQ2SEQ] = "target text, then the source: a text, a vector or numbers",
    };
    return rnn_fail(ctx, RNN_DATA, "%s: the rows have %zu column%s; task \"%s\" takes %s", function,
                    columns, columns == 1 ? "" : "s", rnn_option_choice(RNN_KEY_task, o->task),
                    shapes[o->task]);
}

/* The shape that so many columns mean for a task; 0: none. */
static int find_shape(int task, size_t columns, rnn_row_shape *shape) {
    *shape = RNN_SHAPE_SEQUENCES;
    switch (task) {
    case RNN_TASK_CLASSIFY:
    case RNN_TASK_REGRESS:
        if (columns >= 4) *shape = RNN_SHAPE_STEPS;
        return columns == 2 || columns >= 4;
    case RNN_TASK_GENERATE:
        if (columns == 3) *shape = RNN_SHAPE_STEPS;
        return columns == 1 || columns == 3;
    case RNN_TASK_SEQ2SEQ: return columns >= 2;
    default: return 0;
    }
}

/* ---- targets ---- */

static int compare_values(const void *a, const void *b) { return rnn_value_compare(a, b); }

int64_t rnn_class_find(const rnn_model *model, const rnn_value *v) {
    const rnn_sequence_model *s = &model->sequence;
    const rnn_value *found =
        bsearch(v, s->class_value, s->classes, sizeof *s->class_value, compare_values);
    return found ? found - s->class_value : -1;
}

rnn_status rnn_sequence_target(const rnn_sequence_job *job, const rnn_model *model, size_t row,
                               size_t column, double *target) {
    const rnn_sequence_model *s = &model->sequence;
    rnn_value v = rnn_table_get(job->rows, row, column);
    char shown[RNN_VALUE_LABEL];
    *target = NAN;
    if (v.type == RNN_NULL) return RNN_OK;
    if (model->options.task == RNN_TASK_CLASSIFY) {
        int64_t k = rnn_class_find(model, &v);
        if (k >= 0) *target = (double)k;
        return RNN_OK;
    }
    if ((v.type != RNN_INT && v.type != RNN_FLOAT) || !(fabs(v.d) <= LARGEST_TARGET)) {
        return rnn_fail(
            job->ctx, RNN_DATA,
            "%s: the target of row %zu is %s; task \"regress\" takes a finite number "
            "up to 1e300, or NULL where it is unknown (task \"classify\" takes any value)",
            job->function, row + 1, rnn_value_print(&v, shown, sizeof shown));
    }
    *target = (v.d - s->target_mean) / s->target_scale;
    return RNN_OK;
}

/* Owned copy of a value. */
static rnn_status copy_value(rnn_context *ctx, const rnn_value *v, rnn_value *out) {
    *out = *v;
    if (v->type != RNN_TEXT && v->type != RNN_BLOB) return RNN_OK;
    out->p = rnn_strndup(ctx, v->p, v->n);
    return out->p ? RNN_OK : ctx->status;
}

/* The distinct targets, sorted, into model->sequence. */
static rnn_status store_classes(const rnn_sequence_job *job, rnn_model *model,
                                const rnn_dictionary *values) {
    rnn_sequence_model *s = &model->sequence;
    size_t n = rnn_dictionary_count(values);
    s->class_value = rnn_alloc_array_zero(model->ctx, n, sizeof *s->class_value);
    if (s->class_value)
        s->class_count = rnn_alloc_array_zero(model->ctx, n, sizeof *s->class_count);
    if (!s->class_count) return model->ctx->status;
    for (size_t i = 0; i < n; i++) {
        rnn_value v = rnn_dictionary_value(values, (uint32_t)i);
        rnn_status status = copy_value(model->ctx, &v, &s->class_value[i]);
        if (status) return status;
        s->classes = i + 1;
    }
    qsort(s->class_value, n, sizeof *s->class_value, compare_values);
    if (n >= 2) return RNN_OK;
    if (n == 0) {
        return rnn_fail(
            job->ctx, RNN_DATA,
            "%s: the target is NULL in all %zu rows; training needs rows whose class is "
            "known",
            job->function, rnn_table_rows(job->rows));
    }
    char shown[RNN_VALUE_LABEL];
    return rnn_fail(job->ctx, RNN_DATA,
                    "%s: the target is %s in all rows where it is known; task \"classify\" needs "
                    "two classes or more; check the order of the columns: %s",
                    job->function, rnn_value_print(&s->class_value[0], shown, sizeof shown),
                    s->shape == RNN_SHAPE_STEPS ? "series, time, target, input" : "target, input");
}

static rnn_status learn_classes(const rnn_sequence_job *job, rnn_model *model, size_t column) {
    rnn_dictionary *values = rnn_dictionary_create(job->ctx);
    rnn_status status = values ? RNN_OK : job->ctx->status;
    size_t rows = rnn_table_rows(job->rows);
    for (size_t row = 0; row < rows && status == RNN_OK; row++) {
        rnn_value v = rnn_table_get(job->rows, row, column);
        uint32_t id;
        if (v.type == RNN_NULL) continue;
        status = rnn_dictionary_add(values, &v, &id);
        if (status == RNN_OK && rnn_dictionary_count(values) > MAX_CLASSES) {
            status = rnn_fail(job->ctx, RNN_DATA,
                              "%s: the target has more than %d different values; for numbers use "
                              "task \"regress\"",
                              job->function, (int)MAX_CLASSES);
        }
        if (status == RNN_OK && (row & 0xffff) == 0xffff) status = rnn_check(job->ctx);
    }
    if (status == RNN_OK) status = store_classes(job, model, values);
    rnn_dictionary_free(values);
    return status;
}

/* Mean and scale of the targets, summed in the order of their values, so that the order of rows
** changes nothing. */
static rnn_status learn_scale(const rnn_sequence_job *job, rnn_model *model, size_t column) {
    rnn_sequence_model *s = &model->sequence;
    size_t rows = rnn_table_rows(job->rows), n = 0;
    double *y = rnn_alloc_array(job->ctx, rows, sizeof *y);
    if (!y) return job->ctx->status;
    rnn_status status = RNN_OK;
    s->target_mean = 0;
    s->target_scale = 1;
    for (size_t row = 0; row < rows && status == RNN_OK; row++) {
        status = rnn_sequence_target(job, model, row, column, &y[n]);
        if (!isnan(y[n])) n++;
    }
    if (status == RNN_OK && n == 0) {
        status = rnn_fail(job->ctx, RNN_DATA,
                          "%s: no row has a known target; training needs rows whose target is a "
                          "number",
                          job->function);
    }
    if (status == RNN_OK) {
        qsort(y, n, sizeof *y, rnn_compare_doubles);
        rnn_scale_measure((rnn_scale)model->options.scale, y, n, &s->target_mean, &s->target_scale);
        s->integer_target = rnn_table_kind(job->rows, column) == RNN_COLUMN_INT;
    }
    rnn_free(job->ctx, y);
    return status;
}

rnn_status rnn_targets_learn(const rnn_sequence_job *job, rnn_model *model, size_t column) {
    if (model->options.task == RNN_TASK_CLASSIFY) return learn_classes(job, model, column);
    return learn_scale(job, model, column);
}

/* ---- derived inputs ---- */

size_t rnn_derived_width(const rnn_model *model) {
    int task = model->options.task;
    if (task != RNN_TASK_CLASSIFY && task != RNN_TASK_REGRESS) return 0;
    return model->sequence.every || model->sequence.patch_width
               ? 0
               : rnn_value_count(model) * RNN_PATCH;
}

size_t rnn_patch_before(const rnn_model *model) {
    return model->spec.bidirectional ? RNN_PATCH / 2 : RNN_PATCH - 1;
}

void rnn_missing_inputs(const rnn_model *model, real *numbers) {
    for (size_t k = 0; k < model->inputs; k++) {
        size_t width = model->input[k].width;
        if (rnn_input_has_words(model->input[k].kind)) continue;
        memset(numbers, 0, width * sizeof(real));
        numbers[width] = 1;
        numbers += width + 1;
    }
}

void rnn_derive_inputs(const rnn_model *model, const real *const around[RNN_PATCH], real *numbers) {
    size_t self = rnn_patch_before(model), at = 0;
    real *to = numbers + rnn_model_numbers(model);
    if (!model->sequence.derived) return;
    for (size_t k = 0; k < model->inputs; k++) {
        size_t width = model->input[k].width, mask = at + width;
        if (rnn_input_has_words(model->input[k].kind)) continue;
        for (; at < mask; at++) {
            int known = around[self][mask] == 0 && around[self - 1][mask] == 0;
            *to++ = known ? around[self][at] - around[self - 1][at] : 0;
            for (size_t j = 0; j < RNN_PATCH; j++) {
                if (j != self) *to++ = around[j][at];
            }
        }
        at++;
    }
}

/* ---- sets ---- */

rnn_status rnn_sequence_set_reserve(rnn_sequence_set *set, size_t sequences, size_t steps) {
    rnn_context *ctx = set->ctx;
    set->sequence = rnn_alloc_array_zero(ctx, sequences, sizeof *set->sequence);
    if (!set->sequence) return ctx->status;
    set->numbers = rnn_alloc_array_zero(ctx, (uint64_t)steps * set->number_width, sizeof(real));
    if (!set->numbers) return ctx->status;
    set->ids = rnn_alloc_array_zero(ctx, (uint64_t)steps * set->categories, sizeof *set->ids);
    if (!set->ids) return ctx->status;
    set->bags = rnn_alloc_array_zero(ctx, set->categories, sizeof *set->bags);
    return set->bags ? RNN_OK : ctx->status;
}

void rnn_sequence_set_free(rnn_sequence_set *s) {
    rnn_context *ctx = s->ctx;
    if (!ctx) return;
    for (size_t c = 0; s->bags && c < s->categories; c++) rnn_bags_free(ctx, &s->bags[c]);
    rnn_free(ctx, s->bags);
    rnn_free(ctx, s->sequence);
    rnn_free(ctx, s->numbers);
    rnn_free(ctx, s->ids);
    rnn_free(ctx, s->row);
    rnn_free(ctx, s->time);
    rnn_free(ctx, s->target);
    rnn_free(ctx, s->tokens);
    rnn_free(ctx, s->token_first);
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
        rnn_free(ctx, s->keys[p]);
        rnn_free(ctx, s->key_data[p]);
    }
    memset(s, 0, sizeof *s);
}

rnn_status rnn_sequences_learn(rnn_context *ctx, const char *function, const rnn_table *rows,
                               rnn_model *model) {
    rnn_sequence_job job = {ctx, function, rows, NULL};
    rnn_options *o = &model->options;
    size_t columns = rnn_table_columns(rows);
    if (!find_shape(o->task, columns, &model->sequence.shape))
        return wrong_columns(ctx, function, o, columns);
    model->report.rows = rnn_table_rows(rows);
    return model->sequence.shape == RNN_SHAPE_STEPS ? rnn_steps_learn(&job, model)
                                                    : rnn_texts_learn(&job, model);
}

rnn_status rnn_sequences_build(rnn_context *ctx, const char *function, const rnn_table *rows,
                               const rnn_model *model, rnn_first_cell first,
                               rnn_sequence_set *out) {
    return rnn_sequences_build_on(NULL, ctx, function, rows, model, first, out);
}

rnn_status rnn_sequences_build_on(rnn_pool *pool, rnn_context *ctx, const char *function,
                                  const rnn_table *rows, const rnn_model *model,
                                  rnn_first_cell first, rnn_sequence_set *out) {
    rnn_sequence_job job = {ctx, function, rows, pool};
    size_t columns = rnn_table_columns(rows);
    rnn_row_shape shape;
    memset(out, 0, sizeof *out);
    if (!find_shape(model->options.task, columns, &shape) || shape != model->sequence.shape)
        return wrong_columns(ctx, function, &model->options, columns);
    out->ctx = ctx;
    out->rows = rows;
    out->number_width = rnn_model_numbers(model) + model->sequence.derived;
    out->categories = rnn_model_categories(model);
    out->report.rows = rnn_table_rows(rows);
    rnn_status status = shape == RNN_SHAPE_STEPS ? rnn_steps_build(&job, model, out)
                                                 : rnn_texts_build(&job, model, first, out);
    if (status) rnn_sequence_set_free(out);
    return status;
}
