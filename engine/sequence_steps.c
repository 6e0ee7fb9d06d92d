/* sequence_steps.c - row-per-step data as sequences: one a series, a step a row; see sequences.h.
**
** Unlike forecasts (series.h) there is no grid: every row is a step, whatever the time between.
*/
#include <math.h>
#include <string.h>

#include "sequences_internal.h"

#define CHECK_MASK 0xffffu /* rows between two looks at the interrupt flag, minus 1 */

/* ---- learning ---- */

int rnn_token_text(const rnn_value *v, char *buf, size_t size, const char **p, size_t *n) {
    if (v->type == RNN_NULL) return 0;
    *p = v->p;
    *n = v->n;
    if (v->type == RNN_INT || v->type == RNN_FLOAT) {
        *p = rnn_value_print(v, buf, size);
        *n = strlen(buf);
    }
    return 1;
}

/* Task generate: the vocabulary of the token column. */
static rnn_status learn_tokens(const rnn_sequence_job *job, rnn_model *model) {
    const rnn_options *o = &model->options;
    rnn_word_counter counter;
    size_t rows = rnn_table_rows(job->rows);
    model->input = rnn_alloc_array_zero(model->ctx, 1, sizeof *model->input);
    if (!model->input) return model->ctx->status;
    model->inputs = 1;
    model->input[0].kind = RNN_INPUT_TEXT;
    rnn_status status = rnn_word_counter_init(job->ctx, &counter);
    for (size_t row = 0; row < rows && status == RNN_OK; row++) {
        char buf[RNN_VALUE_LABEL];
        const char *p;
        size_t n;
        rnn_value v = rnn_table_get(job->rows, row, RNN_ROW_TARGET);
        if (rnn_token_text(&v, buf, sizeof buf, &p, &n))
            status = rnn_word_counter_add(&counter, p, n, 1);
        if (status == RNN_OK && (row & CHECK_MASK) == CHECK_MASK) status = rnn_check(job->ctx);
    }
    if (status == RNN_OK && rnn_word_counter_distinct(&counter) == 0) {
        status = rnn_fail(job->ctx, RNN_DATA,
                          "%s: the token column (the third) is NULL in all rows; check the order "
                          "of the columns: series, time, token",
                          job->function);
    }
    if (status == RNN_OK)
        status = rnn_vocabulary_build(&counter, RNN_TEXT_SPECIALS, (size_t)o->vocabulary,
                                      (uint64_t)o->min_count, &model->input[0].vocabulary);
    rnn_word_counter_free(&counter);
    return status;
}

/* 1 if a known target changes inside a series. */
static int target_changes(const rnn_row_order *order, const rnn_table *rows) {
    for (size_t s = 0; s < order->series; s++) {
        rnn_value first = {.type = RNN_NULL};
        for (size_t i = order->start[s]; i < order->start[s + 1]; i++) {
            rnn_value v = rnn_table_get(rows, rnn_row_order_at(order, i), RNN_ROW_TARGET);
            if (v.type == RNN_NULL) continue;
            if (first.type == RNN_NULL) first = v;
            if (rnn_value_compare(&first, &v) != 0) return 1;
        }
    }
    return 0;
}

static rnn_status learn_labels(const rnn_sequence_job *job, const rnn_row_order *order,
                               rnn_model *model) {
    rnn_sequence_model *s = &model->sequence;
    rnn_options *o = &model->options;
    rnn_status status = rnn_columns_learn(order, job->function, job->rows, o, model);
    if (status == RNN_OK) status = rnn_targets_learn(job, model, RNN_ROW_TARGET);
    if (status) return status;
    if (o->output == RNN_OUTPUT_AUTO)
        o->output = target_changes(order, job->rows) ? RNN_OUTPUT_EVERY : RNN_OUTPUT_LAST;
    s->every = o->output == RNN_OUTPUT_EVERY;
    return RNN_OK;
}

rnn_status rnn_steps_learn(const rnn_sequence_job *job, rnn_model *model) {
    rnn_row_order order;
    rnn_status status = rnn_row_order_create(job->ctx, job->function, job->rows, &order);
    if (status) return status;
    model->sequence.style = order.style;
    status = model->options.task == RNN_TASK_GENERATE ? learn_tokens(job, model)
                                                      : learn_labels(job, &order, model);
    rnn_row_order_free(&order);
    return status;
}

/* ---- building ---- */

void rnn_derive_sequence(const rnn_model *model, const rnn_sequence *q, rnn_sequence_set *set) {
    const real *around[RNN_PATCH];
    size_t width = set->number_width, before = rnn_patch_before(model);
    real *numbers = set->numbers + q->first * width;
    for (size_t t = 0; model->sequence.derived && t < q->steps; t++) {
        for (size_t j = 0; j < RNN_PATCH; j++) {
            size_t at = t + j < before ? 0 : t + j - before;
            around[j] = numbers + (at < q->steps ? at : q->steps - 1) * width;
        }
        rnn_derive_inputs(model, around, numbers + t * width);
    }
}

/* Words that the vocabulary lacks get the ids of their own bags. */
static rnn_status read_unknown(const rnn_sequence_job *job, const rnn_model *model, size_t row,
                               rnn_word_reader *reader, uint32_t *ids) {
    rnn_status status = RNN_OK;
    for (size_t k = 0, c = 0; k < model->inputs && status == RNN_OK; k++) {
        if (!rnn_input_has_words(model->input[k].kind)) continue;
        rnn_value v = rnn_table_get(job->rows, row, RNN_ROW_INPUT + k);
        if (v.type == RNN_TEXT && ids[c] == RNN_WORD_UNKNOWN && reader[c].subwords)
            status = rnn_word_reader_id(&reader[c], v.p, v.n, &ids[c]);
        c++;
    }
    return status;
}

static rnn_status read_step(const rnn_sequence_job *job, const rnn_model *model,
                            const rnn_column_reader *columns, rnn_word_reader *reader, size_t row,
                            size_t at, rnn_sequence_set *set) {
    real *numbers = set->numbers + at * set->number_width;
    uint32_t *ids = set->ids + at * set->categories;
    if (model->options.task == RNN_TASK_GENERATE) {
        char buf[RNN_VALUE_LABEL];
        const char *p;
        size_t n;
        rnn_value v = rnn_table_get(job->rows, row, RNN_ROW_TARGET);
        if (!rnn_token_text(&v, buf, sizeof buf, &p, &n)) return RNN_OK;
        return rnn_word_reader_id(&reader[0], p, n, &ids[0]);
    }
    rnn_missing_inputs(model, numbers);
    rnn_status status = rnn_column_reader_read(columns, row, numbers, ids);
    if (status == RNN_OK) status = read_unknown(job, model, row, reader, ids);
    return status;
}

/* The target of a step; output last: a known one is the sequence's. */
static rnn_status read_target(const rnn_sequence_job *job, const rnn_model *model, size_t row,
                              size_t sequence, size_t at, rnn_sequence_set *set) {
    double target;
    if (!set->target) return RNN_OK;
    rnn_status status = rnn_sequence_target(job, model, row, RNN_ROW_TARGET, &target);
    if (model->sequence.every) {
        set->target[at] = target;
    } else if (!isnan(target)) {
        set->target[sequence] = target;
    }
    return status;
}

static rnn_status read_series(const rnn_sequence_job *job, const rnn_model *model,
                              const rnn_row_order *order, const rnn_column_reader *columns,
                              rnn_word_reader *reader, rnn_sequence_set *set) {
    rnn_status status = RNN_OK;
    for (size_t s = 0; s < order->series; s++) {
        size_t first = order->start[s], end = order->start[s + 1];
        rnn_sequence *q = &set->sequence[s];
        q->key = rnn_table_get(job->rows, rnn_row_order_at(order, first), RNN_ROW_SERIES);
        q->first = first;
        q->steps = end - first;
        if (set->target && !model->sequence.every) set->target[s] = NAN;
        for (size_t i = first; i < end && status == RNN_OK; i++) {
            size_t row = rnn_row_order_at(order, i);
            set->row[i] = row;
            set->time[i] = order->time[i];
            status = read_step(job, model, columns, reader, row, i, set);
            if (status == RNN_OK) status = read_target(job, model, row, s, i, set);
            if (status == RNN_OK && (i & CHECK_MASK) == CHECK_MASK) status = rnn_check(job->ctx);
        }
        if (status) break;
        rnn_derive_sequence(model, q, set);
    }
    return status;
}

static rnn_status make_room(const rnn_model *model, const rnn_row_order *order,
                            rnn_sequence_set *set) {
    rnn_status status = rnn_sequence_set_reserve(set, order->series, order->rows);
    if (status) return status;
    set->style = order->style;
    set->count = order->series;
    set->steps = order->rows;
    set->row = rnn_alloc_array(set->ctx, order->rows, sizeof *set->row);
    if (set->row) set->time = rnn_alloc_array(set->ctx, order->rows, sizeof *set->time);
    if (!set->time) return set->ctx->status;
    if (model->options.task == RNN_TASK_GENERATE) return RNN_OK;
    size_t targets = model->sequence.every ? set->steps : set->count;
    set->target = rnn_alloc_array(set->ctx, targets, sizeof *set->target);
    return set->target ? RNN_OK : set->ctx->status;
}

/* A reader for each column that has words. */
static rnn_status open_words(rnn_context *ctx, const rnn_model *model, rnn_word_reader *reader) {
    rnn_status status = RNN_OK;
    for (size_t k = 0, c = 0; k < model->inputs && status == RNN_OK; k++) {
        if (!rnn_input_has_words(model->input[k].kind)) continue;
        size_t subwords = model->spec.subwords[c];
        status = rnn_word_reader_init(ctx, &reader[c++], &model->input[k].vocabulary, subwords);
    }
    return status;
}

rnn_status rnn_steps_build(const rnn_sequence_job *job, const rnn_model *model,
                           rnn_sequence_set *set) {
    rnn_row_order order;
    rnn_column_reader columns = {0};
    int generate = model->options.task == RNN_TASK_GENERATE;
    rnn_status status = rnn_row_order_create(job->ctx, job->function, job->rows, &order);
    if (status) return status;
    rnn_word_reader *reader = rnn_alloc_array_zero(job->ctx, set->categories, sizeof *reader);
    status = reader ? make_room(model, &order, set) : job->ctx->status;
    if (status == RNN_OK) status = open_words(job->ctx, model, reader);
    if (status == RNN_OK && !generate)
        status = rnn_column_reader_open(job->ctx, job->function, job->rows, model, &columns);
    if (status == RNN_OK) status = read_series(job, model, &order, &columns, reader, set);

    for (size_t c = 0; c < set->categories && status == RNN_OK; c++) {
        if (reader[c].subwords)
            status = rnn_word_reader_bags(&reader[c], &model->sequence.grams, &set->bags[c]);
    }
    for (size_t c = 0; reader && c < set->categories; c++) rnn_word_reader_free(&reader[c]);
    rnn_free(job->ctx, reader);
    rnn_column_reader_close(&columns);
    rnn_row_order_free(&order);
    return status;
}
