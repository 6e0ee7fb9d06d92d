/* gradient.h - the gradient of a network: one flat buffer, and touched rows of large tables.
**
** A minibatch of text touches a few hundred rows of an embedding of a hundred thousand. Clearing,
** adding up, clipping and updating all of it would cost more than the network itself, so the rows
** of sparse tensors (net.h) have their gradient in slots, in the order in which they were first
** touched:
**
**   rnn_gradient_row(g, r, width)  ->  the slot of row r, zeroed when it is first touched
**
** Slots lie one behind the other, each as wide as its row: clipping and norms are loops over one
** array. Their order depends on the batch alone, so that sums over shards are the same for any
** number of threads. Nothing here allocates after creation; the capacity is the caller's bound on
** the rows that one batch can touch.
*/
#ifndef RNN_GRADIENT_H
#define RNN_GRADIENT_H

#include <string.h>

#include "status.h"

typedef struct rnn_gradient {
    real *dense;        /* [dense] gradient of the parameters before the sparse ones */
    size_t dense_count; /* dense parameters */
    uint32_t *slot;     /* [rows] 1 + slot of each sparse row, 0: untouched */
    uint32_t *row;      /* [capacity] row of each slot */
    size_t *at;         /* [capacity + 1] where each slot begins in value; at[touched]: their end */
    real *value;        /* [capacity x width] */
    size_t rows, width; /* sparse rows of the network; widest of them */
    size_t capacity, touched;
} rnn_gradient;

/* Room for a network of `dense` parameters and `rows` sparse rows of at most `width`, of which one
** batch touches at most `capacity` (more than `rows` counts as `rows`). Cleared. On failure everything is freed. */
rnn_status rnn_gradient_init(rnn_context *ctx, rnn_gradient *g, size_t dense, size_t rows,
                             size_t width, size_t capacity);
void rnn_gradient_free(rnn_context *ctx, rnn_gradient *g);
uint64_t rnn_gradient_bytes(size_t dense, size_t rows, size_t width, size_t capacity);
/* All zero, no row touched. */
void rnn_gradient_clear(rnn_gradient *g);
/* to += from for the dense elements [first, first + count). */
void rnn_gradient_add_dense(rnn_gradient *to, const rnn_gradient *from, size_t first, size_t count);
/* to += from for the touched rows, those of `from` in its order. `to` has room for them. */
void rnn_gradient_add_rows(rnn_gradient *to, const rnn_gradient *from);

/* Gradient of sparse row r, `width` wide, to be added to. */
static inline real *rnn_gradient_row(rnn_gradient *g, size_t r, size_t width) {
    if (g->slot[r] == 0) {
        real *value = g->value + g->at[g->touched];
        g->row[g->touched] = (uint32_t)r;
        g->slot[r] = (uint32_t)++g->touched;
        g->at[g->touched] = g->at[g->touched - 1] + width;
        memset(value, 0, width * sizeof(real));
    }
    return g->value + g->at[g->slot[r] - 1];
}

#endif
