/* table.c - appending typed rows to columns, and reading them back (see table.h). */
#include "table_internal.h"

#include <math.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

static const int64_t EXACT = INT64_C(1) << 53; /* integers up to here are exact as doubles */

rnn_status rnn_table_create(rnn_context *ctx, size_t columns, rnn_table **out) {
    rnn_table *t;
    *out = NULL;
    if (columns == 0 || columns > RNN_TABLE_MAX_COLUMNS)
        return rnn_fail(ctx, RNN_DATA, "rows have %zu columns; allowed are 1 to %d", columns,
                        (int)RNN_TABLE_MAX_COLUMNS);
    t = rnn_alloc_zero(ctx, sizeof *t);
    if (t == NULL) return ctx->status;
    t->ctx = ctx;
    t->columns = columns;
    t->column = rnn_alloc_array_zero(ctx, columns, sizeof *t->column);
    if (t->column == NULL) {
        rnn_table_free(t);
        return ctx->status;
    }
    *out = t;
    return RNN_OK;
}

void rnn_table_free(rnn_table *t) {
    if (t == NULL) return;
    for (size_t i = 0; t->column != NULL && i < t->columns; i++) {
        rnn_column *c = &t->column[i];
        for (size_t k = 0; k < c->chunks; k++) rnn_free(t->ctx, c->chunk[k]);
        rnn_free(t->ctx, c->chunk);
        rnn_dictionary_free(c->dictionary);
    }
    rnn_free(t->ctx, t->column);
    rnn_free(t->ctx, t);
}

/* ---- room ------------------------------------------------------------------------------------ */

/* Cells from `first` on as no row has written them: zeros, or no id. */
static void clear_cells(const rnn_column *c, uint8_t *chunk, size_t first, size_t end) {
    size_t size = rnn_cell_size(c->kind);
    memset(chunk + RNN_CHUNK_NULLS + first * size, c->kind == RNN_COLUMN_DICT ? 0xFF : 0,
           (end - first) * size);
}

/* One more chunk of `rows` rows. */
static rnn_status add_chunk(rnn_context *ctx, rnn_column *c, size_t rows) {
    uint8_t *chunk;
    if (c->chunks == c->chunk_slots) {
        size_t slots = c->chunk_slots == 0 ? 1 : 2 * c->chunk_slots;
        uint8_t **grown = rnn_realloc(ctx, c->chunk, (uint64_t)slots * sizeof *grown);
        if (grown == NULL) return ctx->status;
        c->chunk = grown;
        c->chunk_slots = slots;
    }
    chunk = rnn_alloc(ctx, RNN_CHUNK_NULLS + (uint64_t)rows * rnn_cell_size(c->kind));
    if (chunk == NULL) return ctx->status;
    memset(chunk, 0xFF, RNN_CHUNK_NULLS);
    clear_cells(c, chunk, 0, rows);
    c->chunk[c->chunks++] = chunk;
    c->capacity += rows;
    return RNN_OK;
}

/* Grow the first chunk to `rows` rows. */
static rnn_status grow_first(rnn_context *ctx, rnn_column *c, size_t rows) {
    uint64_t bytes = RNN_CHUNK_NULLS + (uint64_t)rows * rnn_cell_size(c->kind);
    uint8_t *chunk = rnn_realloc(ctx, c->chunk[0], bytes);
    if (chunk == NULL) return ctx->status;
    clear_cells(c, chunk, c->capacity, rows);
    c->chunk[0] = chunk;
    c->capacity = rows;
    return RNN_OK;
}

rnn_status rnn_column_reserve(rnn_context *ctx, rnn_column *c, size_t rows) {
    rnn_status status = RNN_OK;
    while (status == RNN_OK && c->capacity < rows) {
        size_t first = c->capacity == 0 ? FIRST_CAPACITY : 4 * c->capacity;
        while (first < rows && first < RNN_TABLE_CHUNK) first *= 4;
        if (first > RNN_TABLE_CHUNK) first = RNN_TABLE_CHUNK;
        if (c->chunks == 0)
            status = add_chunk(ctx, c, first);
        else if (c->capacity < RNN_TABLE_CHUNK)
            status = grow_first(ctx, c, first);
        else
            status = add_chunk(ctx, c, RNN_TABLE_CHUNK);
        if (status == RNN_OK) status = rnn_check(ctx);
    }
    return status;
}

/* ---- changes of kind ------------------------------------------------------------------------- */

static int is_null(const rnn_column *c, size_t row) {
    size_t at = row % RNN_TABLE_CHUNK;
    return rnn_chunk_nulls(c, row)[at / 8] >> (at % 8) & 1;
}

/* The number in a cell of an INT or REAL column. */
static rnn_value number_at(const rnn_column *c, size_t row) {
    const uint8_t *cell = rnn_chunk_cells(c, row) + row % RNN_TABLE_CHUNK * sizeof(int64_t);
    rnn_value v = {.type = RNN_INT};
    if (c->kind == RNN_COLUMN_REAL) {
        v.type = RNN_FLOAT;
        memcpy(&v.d, cell, sizeof v.d);
    } else {
        memcpy(&v.i, cell, sizeof v.i);
        v.d = (double)v.i;
    }
    return v;
}

/* EMPTY becomes `kind`: room for the NULLs of all rows so far. On failure it stays EMPTY. */
static rnn_status start_column(rnn_table *t, rnn_column *c, rnn_column_kind kind) {
    rnn_column made = {.kind = kind, .nulls = c->nulls};
    rnn_status status = RNN_OK;
    if (kind == RNN_COLUMN_DICT) {
        made.dictionary = rnn_dictionary_create(t->ctx);
        if (made.dictionary == NULL) return t->ctx->status;
    }
    status = rnn_column_reserve(t->ctx, &made, t->rows + 1);
    if (status != RNN_OK) {
        for (size_t k = 0; k < made.chunks; k++) rnn_free(t->ctx, made.chunk[k]);
        rnn_free(t->ctx, made.chunk);
        rnn_dictionary_free(made.dictionary);
        return status;
    }
    *c = made;
    return RNN_OK;
}

/* INT becomes REAL, in place. */
static void integers_to_reals(rnn_table *t, rnn_column *c) {
    for (size_t row = 0; row < t->rows; row++) {
        uint8_t *cell = rnn_chunk_cells(c, row) + row % RNN_TABLE_CHUNK * sizeof(double);
        int64_t i;
        double d;
        memcpy(&i, cell, sizeof i);
        d = (double)i;
        memcpy(cell, &d, sizeof d);
    }
    c->kind = RNN_COLUMN_REAL;
}

/* INT or REAL becomes DICT: first all values go into the dictionary, which may fail and then
** changes nothing; then the ids take the place of the numbers, each id in front of the numbers
** still to be read; then the chunks shrink. */
static rnn_status numbers_to_ids(rnn_table *t, rnn_column *c) {
    rnn_dictionary *d = rnn_dictionary_create(t->ctx);
    rnn_status status = d == NULL ? t->ctx->status : RNN_OK;
    uint32_t id;
    for (size_t row = 0; status == RNN_OK && row < t->rows; row++) {
        rnn_value v = number_at(c, row);
        if (row % RNN_TABLE_CHUNK == 0) status = rnn_check(t->ctx);
        if (status == RNN_OK && !is_null(c, row)) status = rnn_dictionary_add(d, &v, &id);
    }
    if (status != RNN_OK) {
        rnn_dictionary_free(d);
        return status;
    }
    for (size_t row = 0; row < t->rows; row++) {
        rnn_value v = number_at(c, row);
        id = is_null(c, row) ? RNN_NO_ID : rnn_dictionary_find(d, &v);
        memcpy(rnn_chunk_cells(c, row) + row % RNN_TABLE_CHUNK * sizeof id, &id, sizeof id);
    }
    c->kind = RNN_COLUMN_DICT;
    c->dictionary = d;
    for (size_t k = 0; k < c->chunks; k++) {
        size_t rows = c->chunks == 1 ? c->capacity : RNN_TABLE_CHUNK;
        size_t used = t->rows < (k + 1) * RNN_TABLE_CHUNK ? t->rows - k * RNN_TABLE_CHUNK : rows;
        uint8_t *chunk =
            rnn_realloc(t->ctx, c->chunk[k], RNN_CHUNK_NULLS + (uint64_t)rows * sizeof id);
        if (chunk != NULL) c->chunk[k] = chunk; /* one that would not shrink is merely large */
        clear_cells(c, c->chunk[k], used, rows);
    }
    return RNN_OK;
}

/* Make the column able to hold v, which is not NULL. */
static rnn_status accept(rnn_table *t, rnn_column *c, const rnn_value *v) {
    int number = v->type == RNN_INT || v->type == RNN_FLOAT;
    int wide = v->type == RNN_INT && (v->i > EXACT || v->i < -EXACT);
    if (c->kind == RNN_COLUMN_EMPTY)
        return start_column(t, c,
                            !number              ? RNN_COLUMN_DICT
                            : v->type == RNN_INT ? RNN_COLUMN_INT
                                                 : RNN_COLUMN_REAL);
    if (c->kind == RNN_COLUMN_INT && v->type == RNN_FLOAT && !c->wide) {
        integers_to_reals(t, c);
        return RNN_OK;
    }
    if (c->kind == RNN_COLUMN_INT && v->type != RNN_INT) return numbers_to_ids(t, c);
    if (c->kind == RNN_COLUMN_REAL && (!number || wide)) return numbers_to_ids(t, c);
    return RNN_OK;
}

/* ---- appending ------------------------------------------------------------------------------- */

/* Write v, which is not NULL, into the cell of the row to come. */
static rnn_status put(rnn_table *t, rnn_column *c, const rnn_value *v) {
    size_t at = t->rows % RNN_TABLE_CHUNK;
    rnn_status status = accept(t, c, v);
    uint32_t id = 0;
    double d = v->type == RNN_INT ? (double)v->i : v->d + 0.0; /* -0.0 becomes 0.0 */
    uint8_t *cells;
    if (status == RNN_OK) status = rnn_column_reserve(t->ctx, c, t->rows + 1);
    if (status == RNN_OK && c->kind == RNN_COLUMN_DICT)
        status = rnn_dictionary_add(c->dictionary, v, &id);
    if (status != RNN_OK) return status;
    cells = rnn_chunk_cells(c, t->rows);
    if (c->kind == RNN_COLUMN_DICT) {
        memcpy(cells + at * sizeof id, &id, sizeof id);
    } else if (c->kind == RNN_COLUMN_REAL) {
        memcpy(cells + at * sizeof d, &d, sizeof d);
    } else {
        memcpy(cells + at * sizeof v->i, &v->i, sizeof v->i);
        if (v->i > EXACT || v->i < -EXACT) c->wide = 1;
    }
    rnn_chunk_nulls(c, t->rows)[at / 8] &= (uint8_t) ~(1u << (at % 8));
    return RNN_OK;
}

/* A NULL into the cell of the row to come; a failed append may have left something there. */
static rnn_status put_null(rnn_table *t, rnn_column *c) {
    size_t at = t->rows % RNN_TABLE_CHUNK;
    if (c->kind == RNN_COLUMN_EMPTY) return RNN_OK;
    if (rnn_column_reserve(t->ctx, c, t->rows + 1) != RNN_OK) return t->ctx->status;
    rnn_chunk_nulls(c, t->rows)[at / 8] |= (uint8_t)(1u << (at % 8));
    clear_cells(c, c->chunk[t->rows / RNN_TABLE_CHUNK], at, at + 1);
    return RNN_OK;
}

/* NaN is SQL's NULL. */
static int means_null(const rnn_value *v) {
    return v->type == RNN_NULL || (v->type == RNN_FLOAT && isnan(v->d));
}

rnn_status rnn_table_append(rnn_table *t, const rnn_value *row) {
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < t->columns; i++)
        status = means_null(&row[i]) ? put_null(t, &t->column[i]) : put(t, &t->column[i], &row[i]);
    if (status != RNN_OK) return status;
    for (size_t i = 0; i < t->columns; i++)
        if (means_null(&row[i])) t->column[i].nulls++;
    t->rows++;
    return RNN_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

size_t rnn_table_rows(const rnn_table *t) { return t->rows; }

size_t rnn_table_columns(const rnn_table *t) { return t->columns; }

rnn_column_kind rnn_table_kind(const rnn_table *t, size_t column) { return t->column[column].kind; }

size_t rnn_table_distinct(const rnn_table *t, size_t column) {
    const rnn_dictionary *d = t->column[column].dictionary;
    return d == NULL ? 0 : rnn_dictionary_count(d);
}

rnn_value rnn_table_dict_value(const rnn_table *t, size_t column, uint32_t id) {
    const rnn_value none = {.type = RNN_NULL};
    const rnn_dictionary *d = t->column[column].dictionary;
    return d == NULL ? none : rnn_dictionary_value(d, id);
}

uint32_t rnn_table_dict_id(const rnn_table *t, size_t row, size_t column) {
    const rnn_column *c = &t->column[column];
    uint32_t id;
    if (c->kind != RNN_COLUMN_DICT) return RNN_NO_ID;
    memcpy(&id, rnn_chunk_cells(c, row) + row % RNN_TABLE_CHUNK * sizeof id, sizeof id);
    return id;
}

rnn_value rnn_table_get(const rnn_table *t, size_t row, size_t column) {
    const rnn_value none = {.type = RNN_NULL};
    const rnn_column *c = &t->column[column];
    if (c->kind == RNN_COLUMN_EMPTY || is_null(c, row)) return none;
    if (c->kind == RNN_COLUMN_DICT)
        return rnn_dictionary_value(c->dictionary, rnn_table_dict_id(t, row, column));
    return number_at(c, row);
}
