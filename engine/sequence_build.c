/* sequence_build.c - rows that are whole sequences as a set: the second half of sequence_rows.c. */
#include <math.h>
#include <string.h>

#include "sequences_internal.h"
#include "vectors.h"

enum { CHECK_ROWS = 0xff };

/* What building takes along. */
typedef struct build {
    const rnn_sequence_job *job;
    const rnn_model *model;
    rnn_sequence_set *set;
    size_t column;   /* of the (first) input */
    uint32_t *order; /* [rows] table rows of the sequences */
    rnn_tokenizer source, target;
    rnn_word_reader words;
    rnn_text_store texts; /* tokens of the inputs */
} build;

static rnn_status bad_input(const build *b, size_t row, const char *advice) {
    char shown[RNN_VALUE_LABEL];
    rnn_value v = rnn_table_get(b->job->rows, row, b->column);
    return rnn_fail(b->job->ctx, RNN_DATA, "%s: column %zu of row %zu is %s; %s", b->job->function,
                    b->column + 1, row + 1, rnn_value_print(&v, shown, sizeof shown), advice);
}

/* Tokens of the input text of a row into b->source. */
static rnn_status tokenize(build *b, size_t row) {
    rnn_value v = rnn_table_get(b->job->rows, row, b->column);
    b->source.count = 0;
    if (v.type == RNN_NULL) return RNN_OK;
    if (v.type != RNN_TEXT) return bad_input(b, row, "the model reads text in this column");
    return rnn_tokenize(&b->source, v.p, v.n);
}

/* Steps of a row, a text's tokens put away: 0 for NULL; an empty text is one unknown word. */
static rnn_status count_steps(build *b, size_t row, size_t *steps) {
    rnn_value v = rnn_table_get(b->job->rows, row, b->column);
    *steps = 0;
    if (b->model->input[0].kind == RNN_INPUT_TEXT) {
        rnn_status status = tokenize(b, row);
        if (status == RNN_OK)
            status = rnn_text_store_add(&b->texts, b->source.token, b->source.count);
        *steps = b->source.count;
        if (*steps == 0 && v.type == RNN_TEXT && b->model->options.task != RNN_TASK_GENERATE)
            *steps = 1;
        return status;
    }
    if (b->model->input[0].kind != RNN_INPUT_SEQUENCE) {
        *steps = 1;
        return RNN_OK;
    }
    if (v.type == RNN_NULL) return RNN_OK;
    const char *wrong = rnn_vector_read(&v, NULL, 0, steps);
    return wrong ? bad_input(b, row, wrong) : RNN_OK;
}

/* Elements of an array, standardised, each with its mask and its change. */
static rnn_status read_array(build *b, size_t sequence) {
    const rnn_sequence *q = &b->set->sequence[sequence];
    const rnn_input_column *in = &b->model->input[0];
    rnn_value v = rnn_table_get(b->job->rows, q->row, b->column);
    double *x = rnn_alloc_array(b->set->ctx, q->steps, sizeof *x);
    size_t width = b->set->number_width, n;
    if (!x) return b->set->ctx->status;
    if (q->steps) rnn_vector_read(&v, x, q->steps, &n);
    for (size_t i = 0; i < q->steps; i++) {
        real *to = b->set->numbers + (q->first + i) * width;
        double z = (x[i] - in->mean[0]) / in->scale[0];
        to[0] = (real)fmin(fmax(z, -RNN_INPUT_CUT), RNN_INPUT_CUT);
        to[1] = 0;
    }
    rnn_derive_sequence(b->model, q, b->set);
    rnn_free(b->set->ctx, x);
    return RNN_OK;
}

/* Numbers and vectors: a view with the columns of row-per-step data. */
static rnn_status read_numbers(build *b) {
    const rnn_sequence_job *job = b->job;
    rnn_column_reader reader = {0};
    rnn_table *view;
    rnn_status status = rnn_rows_view(job, b->order, &view);
    if (status) return status;
    status = rnn_column_reader_open(job->ctx, job->function, view, b->model, &reader);
    for (size_t i = 0; i < b->set->count && status == RNN_OK; i++) {
        real *numbers = b->set->numbers + i * b->set->number_width;
        rnn_missing_inputs(b->model, numbers);
        status = rnn_column_reader_read(&reader, i, numbers, b->set->ids);
    }
    rnn_column_reader_close(&reader);
    rnn_table_free(view);
    return status;
}

/* seq2seq: the target text of every row as ids, unknown tokens as such. */
static rnn_status read_target_texts(build *b) {
    rnn_sequence_set *set = b->set;
    const rnn_vocabulary *v = &b->model->sequence.target_vocabulary;
    size_t room = 0;
    set->token_first =
        rnn_alloc_array_zero(set->ctx, (uint64_t)set->count + 1, sizeof *set->token_first);
    if (!set->token_first) return set->ctx->status;
    for (size_t s = 0; s < set->count; s++) {
        rnn_value text = rnn_table_get(b->job->rows, set->sequence[s].row, 0);
        size_t at = set->token_first[s], n = 0;
        if (text.type == RNN_TEXT) {
            rnn_status status = rnn_tokenize(&b->target, text.p, text.n);
            if (status) return status;
            n = b->target.count;
        }
        if (at + n > room || !set->tokens) {
            uint32_t *tokens =
                rnn_realloc(set->ctx, set->tokens, 2 * (at + n + 1) * sizeof *tokens);
            if (!tokens) return set->ctx->status;
            set->tokens = tokens;
            room = 2 * (at + n + 1);
        }
        for (size_t i = 0; i < n; i++)
            set->tokens[at + i] =
                rnn_vocabulary_find(v, b->target.token[i].p, b->target.token[i].n);
        set->token_first[s + 1] = at + n;
    }
    return RNN_OK;
}

static rnn_status read_targets(build *b) {
    rnn_sequence_set *set = b->set;
    set->target = rnn_alloc_array(set->ctx, set->count, sizeof *set->target);
    if (!set->target) return set->ctx->status;
    rnn_status status = RNN_OK;
    for (size_t s = 0; s < set->count && status == RNN_OK; s++)
        status = rnn_sequence_target(b->job, b->model, set->sequence[s].row, 0, &set->target[s]);
    return status;
}

static rnn_status make_room(build *b) {
    rnn_sequence_set *set = b->set;
    size_t rows = rnn_table_rows(b->job->rows), steps = 0;
    rnn_sequence *q = rnn_alloc_array_zero(set->ctx, rows, sizeof *q);
    rnn_status status = q ? rnn_text_store_init(&b->texts, set->ctx, rows) : set->ctx->status;
    for (size_t i = 0; i < rows && status == RNN_OK; i++) {
        q[i].row = b->order[i];
        q[i].key = rnn_table_get(b->job->rows, q[i].row, 0);
        q[i].first = steps;
        status = count_steps(b, q[i].row, &q[i].steps);
        steps += q[i].steps;
        if (status == RNN_OK && (i & CHECK_ROWS) == CHECK_ROWS) status = rnn_check(set->ctx);
    }
    if (status == RNN_OK) status = rnn_sequence_set_reserve(set, rows, steps);
    if (status == RNN_OK) memcpy(set->sequence, q, rows * sizeof *q);
    rnn_free(set->ctx, q);
    set->count = rows;
    set->steps = steps;
    return status;
}

static rnn_status read_sequences(build *b) {
    rnn_sequence_set *set = b->set;
    rnn_input_kind kind = b->model->input[0].kind;
    rnn_status status = RNN_OK;
    if (kind == RNN_INPUT_NUMBER || kind == RNN_INPUT_VECTOR) return read_numbers(b);
    if (kind == RNN_INPUT_TEXT) {
        status = rnn_text_store_read(&b->texts, b->job->pool, b->model, &b->words, set);
        if (status == RNN_OK && b->words.subwords)
            status = rnn_word_reader_bags(&b->words, &b->model->sequence.grams, &set->bags[0]);
        return status;
    }
    for (size_t s = 0; s < set->count && status == RNN_OK; s++) {
        status = read_array(b, s);
        if (status == RNN_OK && (s & CHECK_ROWS) == CHECK_ROWS) status = rnn_check(set->ctx);
    }
    return status;
}

static rnn_status check_columns(const build *b) {
    size_t columns = rnn_table_columns(b->job->rows), inputs = b->model->inputs;
    if (columns == b->column + inputs) return RNN_OK;
    return rnn_fail(b->job->ctx, RNN_DATA,
                    "%s: the rows have %zu column%s; the model was trained with %zu: %s%zu input%s",
                    b->job->function, columns, columns == 1 ? "" : "s", b->column + inputs,
                    b->column ? "target (or any key) and " : "", inputs, inputs == 1 ? "" : "s");
}

rnn_status rnn_texts_build(const rnn_sequence_job *job, const rnn_model *model,
                           rnn_first_cell first, rnn_sequence_set *set) {
    build b = {.job = job, .model = model, .set = set};
    const rnn_sequence_model *s = &model->sequence;
    int task = model->options.task;
    b.column = task != RNN_TASK_GENERATE;
    rnn_status status = check_columns(&b);
    if (status) return status;
    rnn_tokenizer_init(&b.source, job->ctx, &s->text);
    rnn_tokenizer_init(&b.target, job->ctx, &s->target_text);
    status = rnn_word_reader_init(job->ctx, &b.words, &model->input[0].vocabulary,
                                  set->categories ? model->spec.subwords[0] : 0);
    if (status == RNN_OK) status = rnn_rows_order(job, first == RNN_FIRST_TARGET, &b.order);
    if (status == RNN_OK) status = make_room(&b);
    if (status == RNN_OK) status = read_sequences(&b);
    if (status == RNN_OK && first == RNN_FIRST_TARGET) {
        if (task == RNN_TASK_SEQ2SEQ) status = read_target_texts(&b);
        if (task == RNN_TASK_CLASSIFY || task == RNN_TASK_REGRESS) status = read_targets(&b);
    }
    rnn_free(job->ctx, b.order);
    rnn_word_reader_free(&b.words);
    rnn_text_store_free(&b.texts);
    rnn_tokenizer_free(&b.source);
    rnn_tokenizer_free(&b.target);
    return status;
}
