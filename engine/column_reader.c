/* column_reader.c - the inputs of rows in the layout of series.h; see columns.h. */
#include <math.h>
#include <string.h>

#include "columns.h"

/* id_of[dictionary id] for one category column; RNN_NO_ID for what is no text. */
static rnn_status map_words(rnn_context *ctx, const rnn_table *rows, size_t column,
                            const rnn_input_column *in, uint32_t **out) {
    size_t distinct = rnn_table_distinct(rows, column);
    uint32_t *map = rnn_alloc_array(ctx, distinct, sizeof *map);
    *out = map;
    if (!map) return ctx->status;
    for (size_t i = 0; i < distinct; i++) {
        rnn_value v = rnn_table_dict_value(rows, column, (uint32_t)i);
        map[i] = v.type == RNN_TEXT ? rnn_vocabulary_find(&in->vocabulary, v.p, v.n) : RNN_NO_ID;
    }
    return RNN_OK;
}

rnn_status rnn_column_reader_open(rnn_context *ctx, const char *function, const rnn_table *rows,
                                  const rnn_model *model, rnn_column_reader *out) {
    rnn_column_reader r = {ctx, function, rows, model, NULL, NULL};
    rnn_status status = RNN_OK;
    size_t columns = rnn_table_columns(rows), widest = 1;
    memset(out, 0, sizeof *out);
    if (columns != RNN_ROW_INPUT + model->inputs) {
        return rnn_fail(
            ctx, RNN_DATA,
            "%s: the rows have %zu columns; the model was trained with %zu: series, time, "
            "target and %zu inputs",
            function, columns, RNN_ROW_INPUT + model->inputs, model->inputs);
    }
    for (size_t k = 0; k < model->inputs; k++) {
        if (model->input[k].width > widest) widest = model->input[k].width;
    }
    r.id_of = rnn_alloc_array_zero(ctx, model->inputs, sizeof *r.id_of);
    r.values = r.id_of ? rnn_alloc_array(ctx, widest, sizeof *r.values) : NULL;
    if (!r.values) status = ctx->status;
    for (size_t k = 0; k < model->inputs && status == RNN_OK; k++) {
        size_t column = RNN_ROW_INPUT + k;
        if (!rnn_input_has_words(model->input[k].kind)) continue;
        if (rnn_table_kind(rows, column) != RNN_COLUMN_DICT) continue;
        status = map_words(ctx, rows, column, &model->input[k], &r.id_of[k]);
    }
    if (status != RNN_OK)
        rnn_column_reader_close(&r);
    else
        *out = r;
    return status;
}

void rnn_column_reader_close(rnn_column_reader *r) {
    if (!r || !r->id_of) return;
    for (size_t k = 0; k < r->model->inputs; k++) rnn_free(r->ctx, r->id_of[k]);
    rnn_free(r->ctx, r->id_of);
    rnn_free(r->ctx, r->values);
    memset(r, 0, sizeof *r);
}

static rnn_status read_word(const rnn_column_reader *r, size_t row, size_t k, uint32_t *id) {
    size_t column = RNN_ROW_INPUT + k;
    if (r->id_of[k]) {
        uint32_t entry = rnn_table_dict_id(r->rows, row, column);
        if (entry == RNN_NO_ID) return RNN_OK;
        if (r->id_of[k][entry] != RNN_NO_ID) {
            *id = r->id_of[k][entry];
            return RNN_OK;
        }
    } else if (rnn_table_get(r->rows, row, column).type == RNN_NULL) {
        return RNN_OK;
    }
    return rnn_bad_cell(
        r->ctx, r->function, r->rows, row, column,
        "the training rows hold text in this column; use CAST(... AS TEXT), or NULL where "
        "it is unknown");
}

/* Standardised values and a mask of 0, unless the cell is NULL. */
static rnn_status read_numbers(const rnn_column_reader *r, size_t row, size_t k, real *out) {
    const rnn_input_column *in = &r->model->input[k];
    int found = rnn_column_values(r->ctx, r->function, r->rows, row, RNN_ROW_INPUT + k, in->kind,
                                  r->values, in->width);
    if (found < 0) return r->ctx->status;
    if (found == 0) return RNN_OK;
    for (size_t i = 0; i < in->width; i++) {
        double z = (r->values[i] - in->mean[i]) / in->scale[i];
        out[i] = (real)(z > RNN_INPUT_CUT    ? RNN_INPUT_CUT
                        : z < -RNN_INPUT_CUT ? -RNN_INPUT_CUT
                                             : z);
    }
    out[in->width] = 0;
    return RNN_OK;
}

rnn_status rnn_column_reader_read(const rnn_column_reader *r, size_t row, real *numbers,
                                  uint32_t *ids) {
    rnn_status status = RNN_OK;
    for (size_t k = 0; k < r->model->inputs && status == RNN_OK; k++) {
        if (rnn_input_has_words(r->model->input[k].kind)) {
            status = read_word(r, row, k, ids++);
        } else {
            status = read_numbers(r, row, k, numbers);
            numbers += r->model->input[k].width + 1;
        }
    }
    return status;
}
