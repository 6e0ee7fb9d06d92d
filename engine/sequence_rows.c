/* sequence_rows.c - a whole sequence a row: texts as tokens, arrays as numeric steps, numbers or a
** vector as one step; see sequences.h.
**
** Training rows are read in the order of their cells, input first, so that the order in which they
** arrive changes nothing; rows to predict stay in theirs.
*/
#include <math.h>
#include <string.h>

#include "sequences_internal.h"
#include "vectors.h"

/* Words on average below which texts are read character by character: names and codes; to write, also
** dates and forms of words, which words joined by spaces would not give back. */
enum { CHECK_ROWS = 0xff, SHORT_TEXT = 2, SHORT_PAIR = 8 };

/* The column of the first input: behind the target, but for generate, which has none. */
static size_t first_input(const rnn_model *m) { return m->options.task != RNN_TASK_GENERATE; }

static rnn_status bad_cell(const rnn_sequence_job *job, size_t row, size_t column,
                           const char *advice) {
    char shown[RNN_VALUE_LABEL];
    rnn_value v = rnn_table_get(job->rows, row, column);
    return rnn_fail(job->ctx, RNN_DATA, "%s: column %zu of row %zu is %s; %s", job->function,
                    column + 1, row + 1, rnn_value_print(&v, shown, sizeof shown), advice);
}

/* ---- order of training rows ---- */

static int row_before(const void *arg, uint32_t a, uint32_t b) {
    const rnn_table *rows = arg;
    size_t columns = rnn_table_columns(rows);
    for (size_t k = 0; k < columns; k++) {
        size_t column = (k + 1) % columns; /* the target last */
        rnn_value x = rnn_table_get(rows, a, column), y = rnn_table_get(rows, b, column);
        int order = rnn_value_compare(&x, &y);
        if (order) return order < 0;
    }
    return 0;
}

rnn_status rnn_rows_order(const rnn_sequence_job *job, int sorted, uint32_t **out) {
    size_t n = rnn_table_rows(job->rows);
    *out = rnn_alloc_array(job->ctx, n, 2 * sizeof **out);
    if (!*out) return job->ctx->status;
    for (size_t i = 0; i < n; i++) (*out)[i] = (uint32_t)i;
    if (sorted) rnn_sort_index(*out, *out + n, n, row_before, job->rows);
    return RNN_OK;
}

/* ---- kinds ---- */

/* What the cells of a column are: all text, all arrays or BLOBs, all numbers. NULLs are skipped. */
static rnn_status find_kind(const rnn_sequence_job *job, const rnn_model *m, size_t column,
                            rnn_input_kind *kind) {
    size_t rows = rnn_table_rows(job->rows), word = SIZE_MAX, array = SIZE_MAX, number = SIZE_MAX;
    int vectors = m->options.task == RNN_TASK_SEQ2SEQ;
    for (size_t row = 0; row < rows; row++) {
        rnn_value v = rnn_table_get(job->rows, row, column);
        if (v.type == RNN_NULL) continue;
        size_t *found = &word;
        if (v.type == RNN_INT || v.type == RNN_FLOAT) found = &number;
        if (v.type == RNN_BLOB || (v.type == RNN_TEXT && rnn_vector_looks_like(v.p, v.n)))
            found = &array;
        if (*found == SIZE_MAX) *found = row;
    }
    if (m->options.task == RNN_TASK_GENERATE && array != SIZE_MAX &&
        rnn_table_get(job->rows, array, column).type == RNN_TEXT) {
        word = array; /* text that looks like an array is text */
        array = SIZE_MAX;
    }
    *kind = word != SIZE_MAX    ? RNN_INPUT_TEXT
            : array == SIZE_MAX ? RNN_INPUT_NUMBER
            : vectors           ? RNN_INPUT_VECTOR
                                : RNN_INPUT_SEQUENCE;
    if (word != SIZE_MAX && array != SIZE_MAX &&
        rnn_table_get(job->rows, array, column).type == RNN_TEXT)
        array = SIZE_MAX; /* text in brackets beside other text */
    if (number != SIZE_MAX && !(vectors && *kind == RNN_INPUT_NUMBER)) {
        return bad_cell(job, number, column,
                        "an input is a text, a JSON array of numbers or a BLOB of float32; numbers "
                        "need CAST(... AS TEXT) to be read as text");
    }
    if (word != SIZE_MAX && array != SIZE_MAX)
        return bad_cell(job, array, column, "other rows of this column hold text");
    if (word == SIZE_MAX && array == SIZE_MAX && number == SIZE_MAX && rows > 0) {
        return rnn_fail(job->ctx, RNN_DATA, "%s: column %zu is NULL in all %zu rows", job->function,
                        column + 1, rows);
    }
    return RNN_OK;
}

/* ---- text ---- */

/* Tokens of a cell that is text or NULL (none). */
static rnn_status tokenize_cell(const rnn_sequence_job *job, rnn_tokenizer *t, size_t row,
                                size_t column) {
    rnn_value v = rnn_table_get(job->rows, row, column);
    t->count = 0;
    if (v.type == RNN_NULL) return RNN_OK;
    if (v.type != RNN_TEXT)
        return bad_cell(job, row, column, "the model reads text in this column");
    if ((row & CHECK_ROWS) == CHECK_ROWS) {
        rnn_status status = rnn_check(job->ctx);
        if (status) return status;
    }
    return rnn_tokenize(t, v.p, v.n);
}

/* Texts of a column have fewer than `least` words on average. */
static rnn_status texts_are_short(const rnn_sequence_job *job, size_t column, size_t least,
                                  int *result) {
    rnn_tokenizer t;
    rnn_text_settings words = {RNN_TOKENS_WORD, 1, 0, RNN_TRUNCATE_HEAD};
    size_t rows = rnn_table_rows(job->rows), texts = 0, tokens = 0;
    rnn_status status = RNN_OK;
    rnn_tokenizer_init(&t, job->ctx, &words);
    for (size_t row = 0; row < rows && status == RNN_OK; row++) {
        status = tokenize_cell(job, &t, row, column);
        texts += t.count > 0;
        tokens += t.count;
    }
    rnn_tokenizer_free(&t);
    *result = tokens < least * texts;
    return status;
}

/* How the texts of a column are cut: as given, else characters for generated text and for short
** ones, words otherwise. `given` is option tokens. */
static rnn_status settle_tokens(const rnn_sequence_job *job, rnn_model *m, size_t column,
                                int *given, rnn_text_settings *out) {
    const rnn_options *o = &m->options;
    int brief = 0;
    if (*given < 0) {
        rnn_status status = texts_are_short(
            job, column, o->task == RNN_TASK_SEQ2SEQ ? SHORT_PAIR : SHORT_TEXT, &brief);
        if (status) return status;
        *given = brief || o->task == RNN_TASK_GENERATE ? RNN_TOKENS_CHAR : RNN_TOKENS_WORD;
    }
    out->kind = (rnn_tokens)*given;
    out->lowercase = o->given[RNN_KEY_lowercase]
                         ? o->lowercase
                         : *given == RNN_TOKENS_WORD && o->task != RNN_TASK_SEQ2SEQ;
    out->max_tokens =
        o->task == RNN_TASK_GENERATE && !o->given[RNN_KEY_max_tokens] ? 0 : (size_t)o->max_tokens;
    out->truncate = (rnn_truncate)o->truncate;
    return RNN_OK;
}

static rnn_status learn_words(const rnn_sequence_job *job, rnn_model *m, size_t column,
                              const rnn_text_settings *settings, rnn_vocabulary *out) {
    rnn_tokenizer t;
    rnn_word_counter counter;
    size_t rows = rnn_table_rows(job->rows);
    rnn_status status = rnn_word_counter_init(job->ctx, &counter);
    rnn_tokenizer_init(&t, job->ctx, settings);
    for (size_t row = 0; row < rows && status == RNN_OK; row++) {
        status = tokenize_cell(job, &t, row, column);
        for (size_t i = 0; i < t.count && status == RNN_OK; i++)
            status = rnn_word_counter_add(&counter, t.token[i].p, t.token[i].n, 1);
    }
    if (status == RNN_OK && rnn_word_counter_distinct(&counter) == 0) {
        status = rnn_fail(job->ctx, RNN_DATA, "%s: all texts of column %zu are empty",
                          job->function, column + 1);
    }
    if (status == RNN_OK)
        status = rnn_vocabulary_build(&counter, RNN_TEXT_SPECIALS, (size_t)m->options.vocabulary,
                                      (uint64_t)m->options.min_count, out);
    rnn_tokenizer_free(&t);
    rnn_word_counter_free(&counter);
    return status;
}

static rnn_status learn_text(const rnn_sequence_job *job, rnn_model *m, size_t column) {
    rnn_options *o = &m->options;
    rnn_sequence_model *s = &m->sequence;
    rnn_status status = settle_tokens(job, m, column, &o->tokens.source, &s->text);
    if (status) return status;
    o->lowercase = s->text.lowercase;
    return learn_words(job, m, column, &s->text, &m->input[0].vocabulary);
}

/* seq2seq: the texts to be written. */
static rnn_status learn_target_text(const rnn_sequence_job *job, rnn_model *m) {
    rnn_sequence_model *s = &m->sequence;
    rnn_input_kind kind;
    rnn_status status = find_kind(job, m, 0, &kind);
    if (status == RNN_OK && kind != RNN_INPUT_TEXT)
        status = bad_cell(job, 0, 0, "the first column of task \"seq2seq\" is the text to write");
    if (status == RNN_OK)
        status = settle_tokens(job, m, 0, &m->options.tokens.target, &s->target_text);
    if (status) return status;
    return learn_words(job, m, 0, &s->target_text, &s->target_vocabulary);
}

/* ---- numbers ---- */

/* Welford's mean and variance over the elements of all arrays, in the order of the rows. */
static rnn_status learn_arrays(const rnn_sequence_job *job, rnn_model *m, size_t column,
                               const uint32_t *order) {
    rnn_input_column *in = &m->input[0];
    size_t rows = rnn_table_rows(job->rows), room = 0;
    double n = 0, mean = 0, squares = 0, *x = NULL;
    rnn_status status = RNN_OK;
    in->mean = rnn_alloc_array_zero(m->ctx, 1, sizeof *in->mean);
    if (in->mean) in->scale = rnn_alloc_array_zero(m->ctx, 1, sizeof *in->scale);
    if (!in->scale) return m->ctx->status;
    in->width = 1;
    for (size_t i = 0; i < rows && status == RNN_OK; i++) {
        rnn_value v = rnn_table_get(job->rows, order[i], column);
        size_t width;
        if (v.type == RNN_NULL) continue;
        const char *wrong = rnn_vector_read(&v, x, room, &width);
        if (!wrong && width > room) {
            double *grown = rnn_realloc(job->ctx, x, 2 * width * sizeof *x);
            if (!grown) status = job->ctx->status;
            if (!grown) break;
            x = grown;
            room = 2 * width;
            rnn_vector_read(&v, x, room, &width);
        }
        if (wrong) status = bad_cell(job, order[i], column, wrong);
        for (size_t k = 0; k < width && !wrong; k++) {
            double off = x[k] - mean;
            n += 1;
            mean += off / n;
            squares += off * (x[k] - mean);
        }
        if (status == RNN_OK && (i & CHECK_ROWS) == CHECK_ROWS) status = rnn_check(job->ctx);
    }
    rnn_free(job->ctx, x);
    double deviation = n > 0 ? sqrt(squares / n) : 0;
    in->mean[0] = isfinite(mean) ? mean : 0;
    in->scale[0] = !isfinite(deviation)                    ? 1e300
                   : deviation > 1e-12 * fabs(in->mean[0]) ? deviation
                                                           : 1;
    return status;
}

rnn_status rnn_rows_view(const rnn_sequence_job *job, const uint32_t *order, rnn_table **out) {
    size_t columns = rnn_table_columns(job->rows), rows = rnn_table_rows(job->rows);
    rnn_value cell[RNN_ROW_INPUT + RNN_MAX_INPUTS];
    *out = NULL;
    if (columns - 1 > RNN_MAX_INPUTS) {
        return rnn_fail(job->ctx, RNN_DATA, "%s: %zu inputs are too many; at most %d",
                        job->function, columns - 1, (int)RNN_MAX_INPUTS);
    }
    memset(cell, 0, sizeof cell);
    rnn_status status = rnn_table_create(job->ctx, RNN_ROW_INPUT + columns - 1, out);
    for (size_t i = 0; i < rows && status == RNN_OK; i++) {
        for (size_t k = 1; k < columns; k++)
            cell[RNN_ROW_INPUT + k - 1] = rnn_table_get(job->rows, order[i], k);
        status = rnn_table_append(*out, cell);
    }
    if (status) rnn_table_free(*out);
    if (status) *out = NULL;
    return status;
}

static rnn_status learn_numbers(const rnn_sequence_job *job, rnn_model *m, const uint32_t *order) {
    rnn_table *view;
    rnn_row_order rows;
    rnn_status status = rnn_rows_view(job, order, &view);
    if (status) return status;
    status = rnn_row_order_create(job->ctx, job->function, view, &rows);
    if (status == RNN_OK) {
        status = rnn_columns_learn(&rows, job->function, view, &m->options, m);
        rnn_row_order_free(&rows);
    }
    rnn_table_free(view);
    for (size_t k = 0; k < m->inputs && status == RNN_OK; k++) {
        if (rnn_input_has_words(m->input[k].kind))
            status = rnn_fail(job->ctx, RNN_DATA,
                              "%s: column %zu is text beside numbers; the source of \"seq2seq\" is "
                              "one text, one vector, or numbers",
                              job->function, k + 2);
    }
    return status;
}

rnn_status rnn_texts_learn(const rnn_sequence_job *job, rnn_model *m) {
    rnn_options *o = &m->options;
    size_t column = first_input(m);
    rnn_input_kind kind;
    uint32_t *order = NULL;
    rnn_status status = rnn_rows_order(job, 1, &order);
    if (status == RNN_OK) status = find_kind(job, m, column, &kind);
    if (status) goto done;
    if (o->output == RNN_OUTPUT_EVERY) {
        status = rnn_fail(job->ctx, RNN_OPTION,
                          "%s: option \"output\" is \"every\", but the rows are whole sequences "
                          "with one target; give a step a row: series, time, target, input",
                          job->function);
        goto done;
    }
    if (o->task == RNN_TASK_CLASSIFY || o->task == RNN_TASK_REGRESS) o->output = RNN_OUTPUT_LAST;
    if (kind == RNN_INPUT_NUMBER || kind == RNN_INPUT_VECTOR) {
        status = learn_numbers(job, m, order);
    } else {
        m->input = rnn_alloc_array_zero(m->ctx, 1, sizeof *m->input);
        if (!m->input) status = m->ctx->status;
        if (m->input) {
            m->inputs = 1;
            m->input[0].kind = kind;
            status = kind == RNN_INPUT_TEXT ? learn_text(job, m, column)
                                            : learn_arrays(job, m, column, order);
        }
    }
    if (status == RNN_OK && o->task == RNN_TASK_SEQ2SEQ) status = learn_target_text(job, m);
    if (status == RNN_OK && (o->task == RNN_TASK_CLASSIFY || o->task == RNN_TASK_REGRESS))
        status = rnn_targets_learn(job, m, 0);
done:
    rnn_free(job->ctx, order);
    return status;
}
