/* frame.h - the rows of a window frame: added at its end, taken from its front, read by time.
**
** SQLite hands a window function the rows that enter and the rows that leave, and does not say
** beforehand whether any will leave. So the rows are kept (as bytes, one behind the other, in one
** buffer that grows by halves) as long as there are not too many: a frame of more than
** RNNX_FRAME_ROWS rows or RNNX_FRAME_BYTES bytes is one that grows, and keeps only those that were
** not read yet.
*/
#ifndef RNN_FRAME_H
#define RNN_FRAME_H

#include "../engine/table.h"

enum { RNNX_FRAME_ROWS = 65536, RNNX_FRAME_BYTES = 64 << 20 };

typedef struct rnnx_frame_row {
    double time; /* NaN: NULL */
    size_t at;   /* in the bytes */
} rnnx_frame_row;

typedef struct rnnx_frame {
    rnn_context *ctx;
    size_t columns;
    rnn_writer bytes;
    rnnx_frame_row *row; /* [capacity]; [first ... count) are in the frame */
    size_t first, count, capacity;
    size_t read;     /* rows from the first that were read */
    int forgotten;   /* 1: rows that were read are not kept */
    int stale;       /* 1: a row that was read has left */
    uint32_t *order; /* [2 x order_room] unread rows by time; scratch */
    size_t order_room;
    rnn_value *cell; /* [columns] of the row read last; bytes are borrowed until the next change */
} rnnx_frame;

/* Rows of `columns` values each; memory is ctx's. rnnx_frame_free after a failure, too. */
rnn_status rnnx_frame_init(rnn_context *ctx, size_t columns, rnnx_frame *f);
/* NULL members are fine. */
void rnnx_frame_free(rnnx_frame *f);
/* A row enters; bytes are copied. */
rnn_status rnnx_frame_add(rnnx_frame *f, double time, const rnn_value *cell);
/* The row that entered first leaves. RNN_MISUSE where rows are not kept any more. */
rnn_status rnnx_frame_drop(rnnx_frame *f);
/* Puts the rows that were not read yet in the order of their times, NULLs in the order of arrival;
** *count of them. Where a row that was read has left, all count as unread: *restart is 1. */
rnn_status rnnx_frame_sort(rnnx_frame *f, size_t *count, int *restart);
/* The i-th of them, [columns] values. */
const rnn_value *rnnx_frame_cell(rnnx_frame *f, size_t i);
/* All of them were read. */
void rnnx_frame_done(rnnx_frame *f);

#endif
