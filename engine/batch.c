/* batch.c - see batch.h. */
#include "batch.h"

#include <string.h>

rnn_status rnn_batch_init(rnn_context *ctx, rnn_batch *b, size_t sequences, size_t steps,
                          size_t number_width, size_t id_width, size_t outputs) {
    memset(b, 0, sizeof *b);
    uint64_t rows;
    if (rnn_mul_overflow(sequences, steps, &rows) || rows > UINT32_MAX) {
        return rnn_fail(
            ctx, RNN_LIMIT,
            "a batch of %zu sequences of %zu steps is too large; lower batch or context", sequences,
            steps);
    }
    b->capacity_sequences = sequences;
    b->capacity_steps = steps;
    b->capacity_rows = (size_t)rows;
    b->out_capacity = outputs;
    b->number_width = number_width;
    b->id_width = id_width;
    b->length = rnn_alloc_array(ctx, sequences, sizeof *b->length);
    if (b->length) b->running = rnn_alloc_array(ctx, steps, sizeof *b->running);
    if (b->running) b->offset = rnn_alloc_array(ctx, (uint64_t)steps + 1, sizeof *b->offset);
    if (b->offset) b->numbers = rnn_alloc_array(ctx, rows * number_width, sizeof *b->numbers);
    if (b->numbers) b->ids = rnn_alloc_array(ctx, rows * id_width, sizeof *b->ids);
    if (b->ids) b->out_row = rnn_alloc_array(ctx, outputs, sizeof *b->out_row);
    if (b->out_row) b->target = rnn_alloc_array(ctx, outputs, sizeof *b->target);
    if (b->target) b->weight = rnn_alloc_array(ctx, outputs, sizeof *b->weight);
    if (b->weight) b->unit = rnn_alloc_array(ctx, outputs, sizeof *b->unit);
    if (b->unit) return RNN_OK;
    rnn_batch_free(ctx, b);
    return ctx->status;
}

rnn_status rnn_batch_add_decoder(rnn_context *ctx, rnn_batch *b, size_t target_steps) {
    b->decoder = rnn_alloc_zero(ctx, sizeof *b->decoder);
    if (b->decoder) b->source = rnn_alloc_array(ctx, b->capacity_sequences, sizeof *b->source);
    if (!b->source) return ctx->status;
    return rnn_batch_init(ctx, b->decoder, b->capacity_sequences, target_steps, 0, 1, 0);
}

void rnn_batch_free(rnn_context *ctx, rnn_batch *b) {
    if (b->decoder) rnn_batch_free(ctx, b->decoder);
    rnn_free(ctx, b->decoder);
    rnn_free(ctx, b->source);
    rnn_free(ctx, b->length);
    rnn_free(ctx, b->running);
    rnn_free(ctx, b->offset);
    rnn_free(ctx, b->numbers);
    rnn_free(ctx, b->ids);
    rnn_free(ctx, b->out_row);
    rnn_free(ctx, b->target);
    rnn_free(ctx, b->weight);
    rnn_free(ctx, b->unit);
    memset(b, 0, sizeof *b);
}

void rnn_batch_layout(rnn_batch *b, const size_t *lengths, size_t sequences) {
    b->sequences = sequences;
    b->steps = sequences ? lengths[0] : 0;
    b->outputs = 0;
    for (size_t i = 0; i < sequences; i++) b->length[i] = lengths[i];
    size_t row = 0, running = sequences;
    for (size_t t = 0; t < b->steps; t++) {
        while (running > 0 && lengths[running - 1] <= t) running--;
        b->running[t] = running;
        b->offset[t] = row;
        row += running;
    }
    b->offset[b->steps] = row;
    b->rows = row;
}

/* The first output at or after a packed row. */
static size_t first_output(const rnn_batch *b, size_t row) {
    size_t low = 0, high = b->outputs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->out_row[middle] < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

rnn_batch rnn_batch_slice(const rnn_batch *b, size_t t0, size_t t1, size_t *offset,
                          size_t *length) {
    rnn_batch s = *b;
    size_t first = b->offset[t0], end = b->offset[t1], lo = 0, hi = b->outputs;
    s.steps = t1 - t0;
    s.sequences = b->running[t0];
    s.rows = end - first;
    s.running = b->running + t0;
    s.offset = offset;
    for (size_t t = t0; t <= t1; t++) offset[t - t0] = b->offset[t] - first;
    s.length = length;
    for (size_t i = 0; i < s.sequences; i++)
        length[i] = (b->length[i] < t1 ? b->length[i] : t1) - t0;
    s.numbers = b->numbers + first * b->number_width;
    s.ids = b->ids + first * b->id_width;
    /* out_row is ascending: the slice's outputs are a range of it. Their rows are numbered in the
    ** whole batch; first_row says where the slice begins. */
    if (t0 > 0 || t1 < b->steps) { /* with a decoder or pooling, out_row says nothing */
        lo = first_output(b, b->first_row + first);
        hi = first_output(b, b->first_row + end);
    }
    s.outputs = hi - lo;
    s.first_row = b->first_row + first;
    s.out_row = b->out_row + lo;
    s.target = b->target + lo;
    s.weight = b->weight + lo;
    s.unit = b->unit + lo;
    return s;
}
