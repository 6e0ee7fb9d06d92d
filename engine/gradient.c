/* gradient.c - see gradient.h. */
#include "gradient.h"

rnn_status rnn_gradient_init(rnn_context *ctx, rnn_gradient *g, size_t dense, size_t rows,
                             size_t width, size_t capacity) {
    memset(g, 0, sizeof *g);
    g->dense_count = dense;
    g->rows = rows;
    g->width = width;
    g->capacity = capacity < rows ? capacity : rows;
    g->dense = rnn_alloc_array_zero(ctx, dense, sizeof *g->dense);
    if (g->dense) g->slot = rnn_alloc_array_zero(ctx, rows, sizeof *g->slot);
    if (g->slot) g->row = rnn_alloc_array(ctx, g->capacity, sizeof *g->row);
    if (g->row) g->at = rnn_alloc_array_zero(ctx, (uint64_t)g->capacity + 1, sizeof *g->at);
    if (g->at) g->value = rnn_alloc_array(ctx, g->capacity, width * sizeof *g->value);
    if (g->value) return RNN_OK;
    rnn_gradient_free(ctx, g);
    return ctx->status;
}

void rnn_gradient_free(rnn_context *ctx, rnn_gradient *g) {
    rnn_free(ctx, g->dense);
    rnn_free(ctx, g->slot);
    rnn_free(ctx, g->row);
    rnn_free(ctx, g->at);
    rnn_free(ctx, g->value);
    memset(g, 0, sizeof *g);
}

uint64_t rnn_gradient_bytes(size_t dense, size_t rows, size_t width, size_t capacity) {
    uint64_t slots = capacity < rows ? capacity : rows;
    return dense * (uint64_t)sizeof(real) + rows * (uint64_t)sizeof(uint32_t) +
           slots * (sizeof(uint32_t) + sizeof(size_t) + width * sizeof(real));
}

void rnn_gradient_clear(rnn_gradient *g) {
    memset(g->dense, 0, g->dense_count * sizeof *g->dense);
    for (size_t i = 0; i < g->touched; i++) g->slot[g->row[i]] = 0;
    g->touched = 0;
}

void rnn_gradient_add_dense(rnn_gradient *to, const rnn_gradient *from, size_t first,
                            size_t count) {
    real *restrict sum = to->dense + first;
    const real *restrict add = from->dense + first;
    for (size_t i = 0; i < count; i++) sum[i] += add[i];
}

void rnn_gradient_add_rows(rnn_gradient *to, const rnn_gradient *from) {
    for (size_t i = 0; i < from->touched; i++) {
        const real *value = from->value + from->at[i];
        size_t width = from->at[i + 1] - from->at[i];
        real *sum = rnn_gradient_row(to, from->row[i], width);
        for (size_t j = 0; j < width; j++) sum[j] += value[j];
    }
}
