/* frame.c - see frame.h. */
#include "frame.h"

#include <math.h>
#include <string.h>

#include "../engine/row_order.h"

rnn_status rnnx_frame_init(rnn_context *ctx, size_t columns, rnnx_frame *f) {
    memset(f, 0, sizeof *f);
    f->ctx = ctx;
    f->columns = columns;
    rnn_writer_init(&f->bytes, ctx);
    f->cell = rnn_alloc_array(ctx, columns, sizeof *f->cell);
    return f->cell != NULL ? RNN_OK : ctx->status;
}

void rnnx_frame_free(rnnx_frame *f) {
    if (f->ctx == NULL) return;
    rnn_writer_free(&f->bytes);
    rnn_free(f->ctx, f->row);
    rnn_free(f->ctx, f->order);
    rnn_free(f->ctx, f->cell);
    memset(f, 0, sizeof *f);
}

/* Move what is in the frame to the front of the buffers. */
static void compact(rnnx_frame *f) {
    size_t n = f->count - f->first, from = n > 0 ? f->row[f->first].at : f->bytes.size;

    if (n > 0) memmove(f->row, f->row + f->first, n * sizeof *f->row);
    for (size_t i = 0; i < n; i++) f->row[i].at -= from;
    f->bytes.size -= from;
    if (f->bytes.size > 0) memmove(f->bytes.data, f->bytes.data + from, f->bytes.size);
    f->count = n;
    f->first = 0;
}

rnn_status rnnx_frame_add(rnnx_frame *f, double time, const rnn_value *cell) {
    /* At least as many rows as are moved have left since the last time. */
    if (f->first > 0 && f->first >= f->count - f->first) compact(f);
    if (f->count == f->capacity) {
        size_t capacity = f->capacity + f->capacity / 2 + 16;
        rnnx_frame_row *grown = rnn_realloc(f->ctx, f->row, capacity * sizeof *grown);
        if (grown == NULL) return f->ctx->status;
        f->row = grown;
        f->capacity = capacity;
    }
    f->row[f->count] = (rnnx_frame_row){time, f->bytes.size};
    for (size_t i = 0; i < f->columns; i++) rnn_value_write(&cell[i], &f->bytes);
    if (f->bytes.status == RNN_OK) f->count++;
    return f->bytes.status;
}

rnn_status rnnx_frame_drop(rnnx_frame *f) {
    if (f->forgotten)
        return rnn_fail(f->ctx, RNN_MISUSE,
                        "a row leaves a frame that has had more than %d rows or %d MB, which are "
                        "not kept; use a shorter frame, such as ROWS BETWEEN 999 PRECEDING AND "
                        "CURRENT ROW, or one that only grows",
                        (int)RNNX_FRAME_ROWS, (int)(RNNX_FRAME_BYTES >> 20));
    if (f->first == f->count) return RNN_OK;
    f->first++;
    if (f->read > 0) {
        f->read--;
        f->stale = 1;
    }
    return RNN_OK;
}

/* NULLs come first: rows with and without times are an error later on, whatever their order. */
static int before(const void *arg, uint32_t a, uint32_t b) {
    const rnnx_frame_row *row = arg;
    double x = row[a].time, y = row[b].time;

    if (isnan(x) || isnan(y)) return isnan(x) && !isnan(y);
    return x < y;
}

rnn_status rnnx_frame_sort(rnnx_frame *f, size_t *count, int *restart) {
    *restart = f->stale;
    if (f->stale) f->read = 0;
    f->stale = 0;
    size_t first = f->first + f->read, n = f->count - first;
    *count = n;
    if (n > UINT32_MAX)
        return rnn_fail(f->ctx, RNN_LIMIT, "a frame has more than %u rows", UINT32_MAX);
    if (n > f->order_room) {
        rnn_free(f->ctx, f->order);
        f->order_room = 0;
        f->order = rnn_alloc_array(f->ctx, n, 4 * sizeof *f->order);
        if (f->order == NULL) return f->ctx->status;
        f->order_room = 2 * n;
    }
    for (size_t i = 0; i < n; i++) f->order[i] = (uint32_t)i;
    rnn_sort_index(f->order, f->order + f->order_room, n, before, f->row + first);
    return RNN_OK;
}

const rnn_value *rnnx_frame_cell(rnnx_frame *f, size_t i) {
    size_t at = f->row[f->first + f->read + f->order[i]].at;
    rnn_reader r;

    rnn_reader_init(&r, f->bytes.data + at, f->bytes.size - at);
    for (size_t k = 0; k < f->columns; k++) f->cell[k] = rnn_value_read(&r);
    return f->cell;
}

void rnnx_frame_done(rnnx_frame *f) {
    size_t rows = f->count - f->first;

    f->read = rows;
    if (rows > RNNX_FRAME_ROWS || f->bytes.size > RNNX_FRAME_BYTES) {
        if (!f->forgotten) { /* the memory, too: from now on a few rows at a time are there */
            rnn_writer_free(&f->bytes);
            rnn_writer_init(&f->bytes, f->ctx);
            rnn_free(f->ctx, f->row);
            f->row = NULL;
            f->capacity = 0;
        }
        f->forgotten = 1;
    }
    if (!f->forgotten) return;
    f->bytes.size = 0;
    f->first = f->count = f->read = 0;
}
