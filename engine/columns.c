/* columns.c - see columns.h. Vectors are read in vectors.c. */
#include "columns.h"

#include <math.h>
#include <string.h>

#include "vectors.h"

#define CHECK_MASK 0xffffu /* rows between two looks at the interrupt flag, minus 1 */

/* "function: input 2 (argument 6), series 'A', time '2014-01-31' <what>; <advice>" about one cell.
** */
rnn_status rnn_bad_cell(rnn_context *ctx, const char *function, const rnn_table *rows, size_t row,
                        size_t column, const char *expected) {
    char label[RNN_COLUMN_LABEL], place[RNN_ROW_LABEL], shown[RNN_VALUE_LABEL];
    rnn_value value = rnn_table_get(rows, row, column);
    return rnn_fail(
        ctx, RNN_DATA, "%s: %s is %s (%s); %s", function, rnn_column_label(function, column, label),
        rnn_value_print(&value, shown, sizeof shown), rnn_row_label(rows, row, place), expected);
}

/* ---- target ---- */

rnn_status rnn_target_read(rnn_context *ctx, const char *function, const rnn_table *rows,
                           size_t row, double *value) {
    rnn_value v = rnn_table_get(rows, row, RNN_ROW_TARGET);
    *value = (double)NAN;
    if (v.type == RNN_NULL) return RNN_OK;
    if (v.type != RNN_INT && v.type != RNN_FLOAT) {
        return rnn_bad_cell(ctx, function, rows, row, RNN_ROW_TARGET,
                            "a target is a number, or NULL where it is unknown; a number "
                            "stored as text needs CAST(nullif(..., '') AS REAL)");
    }
    if (!isfinite(v.d)) {
        return rnn_bad_cell(ctx, function, rows, row, RNN_ROW_TARGET,
                            "a target is a finite number, or NULL where it is unknown");
    }
    *value = v.d;
    return RNN_OK;
}

rnn_status rnn_target_learn(const rnn_row_order *order, const char *function, const rnn_table *rows,
                            int needed, uint8_t *known, rnn_target_summary *out) {
    char label[RNN_COLUMN_LABEL];
    memset(out, 0, sizeof *out);
    out->nonnegative = 1;
    for (size_t s = 0; s < order->series; s++) {
        size_t missing = 0; /* since the last known target */
        known[s] = 0;
        for (size_t i = order->start[s]; i < order->start[s + 1]; i++) {
            double value;
            rnn_status status =
                rnn_target_read(order->ctx, function, rows, rnn_row_order_at(order, i), &value);
            if (status == RNN_OK && (i & CHECK_MASK) == CHECK_MASK) status = rnn_check(order->ctx);
            if (status != RNN_OK) return status;
            if (isnan(value)) {
                missing++;
                continue;
            }
            out->missing += missing;
            missing = 0;
            known[s] = 1;
            if (value < 0) out->nonnegative = 0;
        }
        out->series += known[s];
    }
    out->integer = rnn_table_kind(rows, RNN_ROW_TARGET) == RNN_COLUMN_INT;
    if (out->series > 0 || !needed) return RNN_OK;
    return rnn_fail(
        order->ctx, RNN_DATA,
        "%s: %s is NULL in all %zu rows: no known target; training needs rows whose target "
        "is a number",
        function, rnn_column_label(function, RNN_ROW_TARGET, label), order->rows);
}

/* ---- kinds ---- */

/* What a dictionary column holds: for each sort of cell a row that has one, or SIZE_MAX. */
typedef struct cell_census {
    size_t number, blob, word, array; /* array: text in the form [...] */
} cell_census;

static void count_cell(cell_census *c, const rnn_value *v, size_t row) {
    size_t *slot = v->type == RNN_BLOB                 ? &c->blob
                   : v->type != RNN_TEXT               ? &c->number
                   : rnn_vector_looks_like(v->p, v->n) ? &c->array
                                                       : &c->word;
    if (row < *slot) *slot = row;
}

/* One row for each distinct value of a dictionary column. */
static rnn_status take_census(const rnn_row_order *order, const rnn_table *rows, size_t column,
                              cell_census *out) {
    size_t distinct = rnn_table_distinct(rows, column);
    uint8_t *seen = rnn_alloc_array_zero(order->ctx, distinct, 1);
    cell_census census = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    *out = census;
    if (!seen) return order->ctx->status;
    for (size_t row = 0; row < order->rows; row++) {
        uint32_t id = rnn_table_dict_id(rows, row, column);
        rnn_value value;
        if (id >= distinct || seen[id]) continue;
        seen[id] = 1;
        value = rnn_table_dict_value(rows, column, id);
        count_cell(&census, &value, row);
    }
    rnn_free(order->ctx, seen);
    *out = census;
    return RNN_OK;
}

/* Text in brackets beside other words is a category, unless it is an array of numbers. */
static rnn_status settle_arrays(rnn_context *ctx, const char *function, const rnn_table *rows,
                                size_t column, const cell_census *c) {
    rnn_value value = rnn_table_get(rows, c->array, column);
    size_t width;
    if (c->blob == SIZE_MAX && rnn_vector_read(&value, NULL, 0, &width) != NULL) return RNN_OK;
    return rnn_bad_cell(
        ctx, function, rows, c->word, column,
        "other rows of this column hold vectors; give every row a JSON array of numbers, a "
        "BLOB of float32, or NULL");
}

static rnn_status find_kind(const rnn_row_order *order, const char *function, const rnn_table *rows,
                            size_t column, rnn_input_kind *kind) {
    cell_census c;
    rnn_status status;
    *kind = RNN_INPUT_NUMBER;
    if (rnn_table_kind(rows, column) != RNN_COLUMN_DICT) return RNN_OK;
    if ((status = take_census(order, rows, column, &c)) != RNN_OK) return status;
    if (c.number != SIZE_MAX) {
        size_t other = c.word != SIZE_MAX ? c.word : c.array != SIZE_MAX ? c.array : c.blob;
        if (other == SIZE_MAX) return RNN_OK;
        return rnn_bad_cell(
            order->ctx, function, rows, other, column,
            "other rows of this column hold numbers; make all of them numbers or NULL, or "
            "all of them text with CAST(... AS TEXT)");
    }
    if (c.word != SIZE_MAX && (c.array != SIZE_MAX || c.blob != SIZE_MAX)) {
        if (c.array == SIZE_MAX) c.array = c.blob;
        if ((status = settle_arrays(order->ctx, function, rows, column, &c)) != RNN_OK)
            return status;
    }
    if (c.word != SIZE_MAX)
        *kind = RNN_INPUT_CATEGORY;
    else if (c.array != SIZE_MAX || c.blob != SIZE_MAX)
        *kind = RNN_INPUT_VECTOR;
    return RNN_OK;
}

/* ---- numbers and vectors ---- */

/* Values of a cell into x[0...width); 0 for NULL, 1 for values, -1 for an error that is in ctx. */
int rnn_column_values(rnn_context *ctx, const char *function, const rnn_table *rows, size_t row,
                      size_t column, rnn_input_kind kind, double *x, size_t width) {
    rnn_value v = rnn_table_get(rows, row, column);
    const char *wrong = NULL;
    size_t found = 1;
    if (v.type == RNN_NULL) return 0;
    if (kind == RNN_INPUT_VECTOR) {
        wrong = rnn_vector_read(&v, x, width, &found);
    } else if (v.type != RNN_INT && v.type != RNN_FLOAT) {
        wrong = "the training rows hold numbers in this column; give a number, or NULL where it is "
                "unknown";
    } else if (!isfinite(v.d)) {
        wrong = "give a finite number, or NULL where it is unknown";
    } else {
        x[0] = v.d;
    }
    if (wrong) {
        rnn_bad_cell(ctx, function, rows, row, column, wrong);
        return -1;
    }
    if (found != width) {
        char label[RNN_COLUMN_LABEL], place[RNN_ROW_LABEL];
        rnn_fail(ctx, RNN_DATA,
                 "%s: %s is a vector of %zu (%s), others are of %zu; all vectors of a column have "
                 "one width",
                 function, rnn_column_label(function, column, label), found,
                 rnn_row_label(rows, row, place), width);
        return -1;
    }
    return 1;
}

/* Welford's running mean and sum of squares; sums in the sorted order of the rows. scratch holds
** `width` values. */
static rnn_status learn_scale(const rnn_row_order *order, const char *function,
                              const rnn_table *rows, size_t column, rnn_input_column *in,
                              double *x) {
    double n = 0;
    for (size_t i = 0; i < order->rows; i++) {
        int found = rnn_column_values(order->ctx, function, rows, rnn_row_order_at(order, i),
                                      column, in->kind, x, in->width);
        if (found < 0 || ((i & CHECK_MASK) == CHECK_MASK && rnn_check(order->ctx) != RNN_OK)) {
            return order->ctx->status;
        }
        if (found == 0) continue;
        n += 1;
        for (size_t k = 0; k < in->width; k++) {
            double delta = x[k] - in->mean[k];
            in->mean[k] += delta / n;
            in->scale[k] += delta * (x[k] - in->mean[k]);
        }
    }
    for (size_t k = 0; k < in->width; k++) {
        double deviation = n > 0 ? sqrt(in->scale[k] / n) : 0;
        if (!isfinite(in->mean[k])) in->mean[k] = 0;
        /* Squares of values near 1e308 overflow: any scale that keeps them finite will do. */
        if (!isfinite(deviation)) deviation = 1e300;
        in->scale[k] = deviation > 1e-12 * fabs(in->mean[k]) ? deviation : 1;
    }
    return RNN_OK;
}

/* Width of the first vector of a column. */
static rnn_status find_width(rnn_context *ctx, const char *function, const rnn_table *rows,
                             size_t column, size_t *width) {
    for (size_t row = 0;; row++) { /* a vector column has one that is not NULL */
        rnn_value v = rnn_table_get(rows, row, column);
        const char *wrong;
        if (v.type == RNN_NULL) continue;
        wrong = rnn_vector_read(&v, NULL, 0, width);
        if (!wrong && *width > RNN_MAX_VECTOR) wrong = "a vector has at most 65,536 elements";
        return wrong ? rnn_bad_cell(ctx, function, rows, row, column, wrong) : RNN_OK;
    }
}

static rnn_status learn_numbers(const rnn_row_order *order, const char *function,
                                const rnn_table *rows, size_t column, rnn_model *model,
                                rnn_input_column *in) {
    rnn_status status = RNN_OK;
    double *x;
    size_t width = 1;
    if (in->kind == RNN_INPUT_VECTOR) {
        status = find_width(order->ctx, function, rows, column, &width);
        if (status != RNN_OK) return status;
    }
    in->mean = rnn_alloc_array_zero(model->ctx, width, sizeof *in->mean);
    if (!in->mean) return model->ctx->status;
    in->scale = rnn_alloc_array_zero(model->ctx, width, sizeof *in->scale);
    if (!in->scale) return model->ctx->status;
    in->width = width;
    x = rnn_alloc_array(order->ctx, width, sizeof *x);
    if (!x) return order->ctx->status;
    status = learn_scale(order, function, rows, column, in, x);
    rnn_free(order->ctx, x);
    return status;
}

/* ---- categories ---- */

/* So many words, all of them numbers, nearly all different: no categories, but a column of numbers
** that was imported as text. */
enum { NUMBERS_AS_TEXT = 50 };

static int all_numbers(const rnn_table *rows, size_t column, size_t distinct) {
    for (size_t i = 0; i < distinct; i++) {
        rnn_value v = rnn_table_dict_value(rows, column, (uint32_t)i);
        size_t digits = 0;
        for (size_t k = 0; k < v.n; k++) {
            if (v.p[k] >= '0' && v.p[k] <= '9')
                digits++;
            else if (!strchr("+-.eE", v.p[k]) || v.p[k] == 0)
                return 0;
        }
        if (digits == 0 && v.n > 0) return 0;
    }
    return 1;
}

static rnn_status learn_words(const rnn_row_order *order, const char *function,
                              const rnn_table *rows, size_t column, const rnn_options *options,
                              rnn_model *model, rnn_input_column *in) {
    size_t most = options->vocabulary > 0 ? (size_t)options->vocabulary : RNN_MAX_WORDS;
    uint64_t least = options->min_count > 0 ? (uint64_t)options->min_count : 1;
    size_t distinct = rnn_table_distinct(rows, column);
    rnn_word_counter counter = {0};
    rnn_status status = RNN_OK;
    uint64_t *counts = rnn_alloc_array_zero(order->ctx, (uint64_t)distinct + 1, sizeof *counts);
    if (!counts) return order->ctx->status;
    for (size_t row = 0; row < order->rows; row++) {
        uint32_t id = rnn_table_dict_id(rows, row, column);
        counts[id < distinct ? id : distinct]++;
    }
    if (distinct >= NUMBERS_AS_TEXT && 2 * distinct > order->rows &&
        all_numbers(rows, column, distinct)) {
        size_t row = 0;
        rnn_free(order->ctx, counts);
        while (rnn_table_dict_id(rows, row, column) >= distinct) row++; /* NULLs */
        return rnn_bad_cell(order->ctx, function, rows, row, column,
                            "nearly every row has another number, stored as text; pass "
                            "CAST(nullif(..., '') AS REAL)");
    }
    status = rnn_word_counter_init(model->ctx, &counter);
    counter.unknown = counts[distinct]; /* NULLs */
    for (size_t i = 0; i < distinct && status == RNN_OK; i++) {
        rnn_value v = rnn_table_dict_value(rows, column, (uint32_t)i);
        if (counts[i] > 0) status = rnn_word_counter_add(&counter, v.p, v.n, counts[i]);
    }
    if (status == RNN_OK)
        status =
            rnn_vocabulary_build(&counter, RNN_CATEGORY_SPECIALS, most, least, &in->vocabulary);
    rnn_word_counter_free(&counter);
    rnn_free(order->ctx, counts);
    return status;
}

/* ---- all columns ---- */

static rnn_status mark_known_ahead(rnn_context *ctx, const char *function,
                                   const rnn_options *options, rnn_model *model) {
    const rnn_list *list = &options->known_ahead;
    for (size_t k = 0; k < model->inputs && list->all; k++) model->input[k].known_ahead = 1;
    for (size_t i = 0; i < list->n && !list->all; i++) {
        double number = list->v[i];
        if (!(number >= 1 && number <= (double)model->inputs) || number != floor(number)) {
            return rnn_fail(
                ctx, RNN_OPTION,
                "%s: option \"known_ahead\" has %.17g, but there are %zu inputs after the "
                "target; they are numbered from 1",
                function, number, model->inputs);
        }
        model->input[(size_t)number - 1].known_ahead = 1;
    }
    return RNN_OK;
}

rnn_status rnn_columns_learn(const rnn_row_order *order, const char *function,
                             const rnn_table *rows, const rnn_options *options, rnn_model *model) {
    size_t inputs = rnn_table_columns(rows) - RNN_ROW_INPUT;
    rnn_status status;
    if (inputs > RNN_MAX_INPUTS) {
        return rnn_fail(order->ctx, RNN_DATA,
                        "%s: %zu inputs after the target are too many; at most %d", function,
                        inputs, (int)RNN_MAX_INPUTS);
    }
    model->input = rnn_alloc_array_zero(model->ctx, inputs, sizeof *model->input);
    if (!model->input) return model->ctx->status;
    model->inputs = inputs;
    if ((status = mark_known_ahead(order->ctx, function, options, model)) != RNN_OK) return status;
    for (size_t k = 0; k < inputs; k++) {
        rnn_input_column *in = &model->input[k];
        size_t column = RNN_ROW_INPUT + k;
        rnn_input_kind kind;
        if ((status = rnn_check(order->ctx)) != RNN_OK) return status;
        if ((status = find_kind(order, function, rows, column, &kind)) != RNN_OK) return status;
        in->kind = kind;
        status = kind == RNN_INPUT_CATEGORY
                     ? learn_words(order, function, rows, column, options, model, in)
                     : learn_numbers(order, function, rows, column, model, in);
        if (status != RNN_OK) return status;
    }
    return RNN_OK;
}
