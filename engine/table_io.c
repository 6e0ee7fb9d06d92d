/* table_io.c - the rows BLOB: writing and reading a table (layout in docs/formats.md). */
#include "table_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char MAGIC[8] = {'R', 'N', 'N', 'R', 'O', 'W', 'S', '\n'};

enum {
    ROWS_VERSION = 1,
    HEADER_SIZE = 24, /* magic, version, checksum, total size */
    COUNTS_SIZE = 16, /* rows, columns, reserved */
    COLUMN_SIZE = 8,  /* kind, flags */
    HAS_NULLS = 1     /* flag: a bitmap of NULLs comes before the cells */
};

/* ---- writing --------------------------------------------------------------------------------- */

static int has_bitmap(const rnn_column *c) {
    return c->nulls > 0 && (c->kind == RNN_COLUMN_INT || c->kind == RNN_COLUMN_REAL);
}

uint64_t rnn_table_bytes(const rnn_table *t) {
    uint64_t rows = t->rows, bytes = HEADER_SIZE + COUNTS_SIZE;
    for (size_t i = 0; i < t->columns; i++) {
        const rnn_column *c = &t->column[i];
        bytes += COLUMN_SIZE;
        if (has_bitmap(c)) bytes += (rows + 7) / 8;
        if (c->kind == RNN_COLUMN_DICT) bytes += 8 + rnn_dictionary_bytes(c->dictionary);
        bytes += c->kind == RNN_COLUMN_EMPTY ? rows : rows * rnn_cell_size(c->kind);
    }
    return bytes;
}

static void write_bitmap(const rnn_column *c, size_t rows, rnn_writer *w) {
    for (size_t first = 0; first < rows; first += RNN_TABLE_CHUNK) {
        size_t n = rows - first < RNN_TABLE_CHUNK ? rows - first : RNN_TABLE_CHUNK;
        const uint8_t *nulls = rnn_chunk_nulls(c, first);
        rnn_write_bytes(w, nulls, n / 8);
        if (n % 8 != 0) rnn_write_u8(w, (uint8_t)(nulls[n / 8] & ((1u << (n % 8)) - 1u)));
    }
}

static void write_dictionary(const rnn_dictionary *d, rnn_writer *w) {
    size_t count = rnn_dictionary_count(d);
    rnn_write_u64(w, count);
    for (size_t id = 0; id < count; id++) {
        rnn_value v = rnn_dictionary_value(d, (uint32_t)id);
        rnn_value_write(&v, w);
    }
}

static void write_cells(const rnn_column *c, size_t rows, rnn_writer *w) {
    for (size_t first = 0; first < rows; first += RNN_TABLE_CHUNK) {
        size_t n = rows - first < RNN_TABLE_CHUNK ? rows - first : RNN_TABLE_CHUNK;
        const void *cells = rnn_chunk_cells(c, first);
        if (c->kind == RNN_COLUMN_DICT)
            rnn_write_u32s(w, cells, n);
        else if (c->kind == RNN_COLUMN_REAL)
            rnn_write_doubles(w, cells, n);
        else
            rnn_write_u64s(w, cells, n);
    }
}

static void write_column(const rnn_column *c, size_t rows, rnn_writer *w) {
    rnn_write_u32(w, (uint32_t)c->kind);
    rnn_write_u32(w, has_bitmap(c) ? HAS_NULLS : 0u);
    if (c->kind == RNN_COLUMN_EMPTY) {
        for (size_t row = 0; row < rows; row++) rnn_write_u8(w, 0);
        return;
    }
    if (has_bitmap(c)) write_bitmap(c, rows, w);
    if (c->kind == RNN_COLUMN_DICT) write_dictionary(c->dictionary, w);
    write_cells(c, rows, w);
}

rnn_status rnn_table_write(const rnn_table *t, rnn_writer *w) {
    size_t start = w->size;
    rnn_writer_reserve(w, rnn_table_bytes(t));
    rnn_write_bytes(w, MAGIC, sizeof MAGIC);
    rnn_write_u32(w, ROWS_VERSION);
    rnn_write_u32(w, 0); /* checksum and size: patched below */
    rnn_write_u64(w, 0);
    rnn_write_u64(w, t->rows);
    rnn_write_u32(w, (uint32_t)t->columns);
    rnn_write_u32(w, 0);
    for (size_t i = 0; w->status == RNN_OK && i < t->columns; i++) {
        write_column(&t->column[i], t->rows, w);
        if (w->status == RNN_OK) w->status = rnn_check(t->ctx);
    }
    if (w->status != RNN_OK) return w->status;
    rnn_patch_u64(w, start + 16, w->size - start);
    rnn_patch_u32(w, start + 12,
                  rnn_crc32(0, w->data + start + HEADER_SIZE, w->size - start - HEADER_SIZE));
    return RNN_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What the bytes are, and what to give instead. */
static rnn_status not_rows(rnn_context *ctx, size_t size, const char *why) {
    return rnn_fail(ctx, RNN_DATA,
                    "a BLOB of %zu bytes is not rows made by rnn_rows() (%s); "
                    "give (SELECT rnn_rows(...) FROM ...)",
                    size, why);
}

static rnn_status corrupt(rnn_context *ctx, const rnn_reader *r) {
    return not_rows(ctx, r->size, "corrupt: its contents contradict each other");
}

/* Check the header: magic, version, size, checksum. */
static rnn_status read_header(rnn_context *ctx, rnn_reader *r) {
    const uint8_t *magic = rnn_read_bytes(r, sizeof MAGIC);
    uint32_t version = rnn_read_u32(r), crc = rnn_read_u32(r);
    uint64_t total = rnn_read_u64(r);
    char why[120];
    if (magic != NULL && memcmp(magic, "RNNMODEL", 8) == 0)
        return not_rows(ctx, r->size, "it is a model: are the arguments in the wrong order?");
    if (magic == NULL || memcmp(magic, MAGIC, sizeof MAGIC) != 0)
        return not_rows(ctx, r->size, "it does not start as rows do");
    if (r->failed) return not_rows(ctx, r->size, "truncated inside its header");
    if (version == 0 || version > ROWS_VERSION) {
        snprintf(why, sizeof why, "format version %lu needs a newer sqlite-rnn, this one reads 1",
                 (unsigned long)version);
        return not_rows(ctx, r->size, why);
    }
    if (total != r->size) {
        snprintf(why, sizeof why, "%s: it has %zu bytes and says %llu",
                 total > r->size ? "truncated" : "corrupt", r->size, (unsigned long long)total);
        return not_rows(ctx, r->size, why);
    }
    if (rnn_crc32(0, r->data + HEADER_SIZE, r->size - HEADER_SIZE) != crc)
        return not_rows(ctx, r->size, "corrupt: its checksum does not match");
    return RNN_OK;
}

static rnn_status read_dictionary(rnn_context *ctx, rnn_reader *r, rnn_dictionary **out) {
    size_t count = rnn_read_count(r, 9);
    rnn_dictionary *d = *out = rnn_dictionary_create(ctx);
    if (d == NULL) return ctx->status;
    for (size_t id = 0; id < count; id++) {
        rnn_value v = rnn_value_read(r);
        if (v.type == RNN_NULL) return corrupt(ctx, r);
        if (rnn_dictionary_append(d, &v) != RNN_OK) return ctx->status;
        if (id % RNN_TABLE_CHUNK == 0 && rnn_check(ctx) != RNN_OK) return ctx->status;
    }
    return RNN_OK;
}

/* Copy the bitmap, or note that there are no NULLs. */
static void read_bitmap(rnn_reader *r, rnn_column *c, size_t rows, int present) {
    for (size_t first = 0; first < rows; first += RNN_TABLE_CHUNK) {
        size_t n = rows - first < RNN_TABLE_CHUNK ? rows - first : RNN_TABLE_CHUNK;
        uint8_t *nulls = rnn_chunk_nulls(c, first);
        const uint8_t *from = present ? rnn_read_bytes(r, (n + 7) / 8) : NULL;
        if (from != NULL)
            memcpy(nulls, from, (n + 7) / 8);
        else
            memset(nulls, 0, (n + 7) / 8);
        for (size_t i = 0; i < n; i++) c->nulls += (size_t)nulls[i / 8] >> (i % 8) & 1u;
    }
}

/* Ids of a chunk: 0 if one is of no entry. */
static int read_ids(rnn_reader *r, rnn_column *c, size_t first, size_t n) {
    size_t distinct = rnn_dictionary_count(c->dictionary);
    uint32_t *id = (void *)rnn_chunk_cells(c, first);
    uint8_t *nulls = rnn_chunk_nulls(c, first);
    rnn_read_u32s(r, id, n);
    for (size_t i = 0; i < n; i++) {
        if (id[i] == RNN_NO_ID) {
            c->nulls++;
            continue;
        }
        if (id[i] >= distinct) return 0;
        nulls[i / 8] &= (uint8_t) ~(1u << (i % 8));
    }
    return 1;
}

/* Numbers of a chunk: 0 if one is NaN. */
static int read_numbers(rnn_reader *r, rnn_column *c, size_t first, size_t n) {
    const uint64_t exact = UINT64_C(1) << 53, infinity = UINT64_C(0x7FF0000000000000);
    uint64_t *cell = (void *)rnn_chunk_cells(c, first), bad = 0;
    rnn_read_u64s(r, cell, n);
    if (c->kind == RNN_COLUMN_REAL) {
        for (size_t i = 0; i < n; i++) bad |= (cell[i] & ~(UINT64_C(1) << 63)) > infinity;
        return bad == 0;
    }
    for (size_t i = 0; i < n; i++) c->wide |= cell[i] + exact > 2 * exact;
    return 1;
}

static rnn_status read_cells(rnn_context *ctx, rnn_reader *r, rnn_column *c, size_t rows) {
    for (size_t first = 0; first < rows; first += RNN_TABLE_CHUNK) {
        size_t n = rows - first < RNN_TABLE_CHUNK ? rows - first : RNN_TABLE_CHUNK;
        if (rnn_check(ctx) != RNN_OK) return ctx->status;
        if (c->kind == RNN_COLUMN_DICT ? !read_ids(r, c, first, n) : !read_numbers(r, c, first, n))
            return corrupt(ctx, r);
    }
    return RNN_OK;
}

static rnn_status read_column(rnn_context *ctx, rnn_reader *r, rnn_column *c, size_t rows) {
    uint32_t kind = rnn_read_u32(r), flags = rnn_read_u32(r);
    rnn_status status;
    if (r->failed || kind > RNN_COLUMN_DICT || flags > HAS_NULLS) return corrupt(ctx, r);
    if (kind == RNN_COLUMN_EMPTY) {
        const uint8_t *zeros = rnn_read_bytes(r, rows);
        for (size_t row = 0; zeros != NULL && row < rows; row++)
            if (zeros[row] != 0) return corrupt(ctx, r);
        c->nulls = rows;
        return r->failed || flags != 0 ? corrupt(ctx, r) : RNN_OK;
    }
    if (kind == RNN_COLUMN_DICT) {
        status = flags != 0 ? corrupt(ctx, r) : read_dictionary(ctx, r, &c->dictionary);
        if (status != RNN_OK) return status;
    }
    c->kind = (rnn_column_kind)kind;
    /* All of its cells are there before room for them is made. */
    if (r->failed || rows > rnn_reader_left(r) / rnn_cell_size(c->kind)) return corrupt(ctx, r);
    status = rnn_column_reserve(ctx, c, rows);
    if (status != RNN_OK) return status;
    if (kind != RNN_COLUMN_DICT) read_bitmap(r, c, rows, flags == HAS_NULLS);
    status = read_cells(ctx, r, c, rows);
    return status == RNN_OK && r->failed ? corrupt(ctx, r) : status;
}

rnn_status rnn_table_read(rnn_context *ctx, const void *data, size_t size, rnn_table **out) {
    rnn_reader r;
    rnn_table *t = NULL;
    rnn_status status;
    uint64_t rows;
    uint32_t columns;
    *out = NULL;
    rnn_reader_init(&r, data, size);
    status = read_header(ctx, &r);
    if (status != RNN_OK) return status;
    rows = rnn_read_u64(&r);
    columns = rnn_read_u32(&r);
    /* Every row takes at least a byte of every column, every column at least its head. */
    if (rnn_read_u32(&r) != 0 || r.failed || columns == 0 || columns > RNN_TABLE_MAX_COLUMNS ||
        rows > rnn_reader_left(&r))
        return corrupt(ctx, &r);
    status = rnn_table_create(ctx, columns, &t);
    if (status != RNN_OK) goto done;
    for (size_t i = 0; status == RNN_OK && i < columns; i++)
        status = read_column(ctx, &r, &t->column[i], (size_t)rows);
    if (status == RNN_OK && rnn_reader_left(&r) != 0) status = corrupt(ctx, &r);
    t->rows = (size_t)rows;
done:
    if (status != RNN_OK) {
        rnn_table_free(t);
        t = NULL;
    }
    *out = t;
    return status;
}
