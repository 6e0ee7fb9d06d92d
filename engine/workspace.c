/* workspace.c - one block of memory for all activations of a pass; see net.h.
**
** Laid out twice by the same code: once with no block, to count, once to hand out the parts. In
** scoring, layers and directions share their buffers, because nothing is kept for a backward pass;
** only the outputs of two neighbouring layers live at a time. The block is not cleared: what no pass
** needs, because batches are smaller than they might be, takes no memory.
*/
#include <string.h>

#include "net_internal.h"

/* Hands out parts of a block of reals, each on a 64-byte boundary. */
struct rnn_cursor {
    real *base; /* NULL: only counting */
    uint64_t at, peak;
};

real *rnn_cursor_take(rnn_cursor *c, uint64_t rows, uint64_t width) {
    uint64_t n = (rows * width + 15) / 16 * 16; /* 16 reals: 64 bytes or more */
    real *p = c->base ? c->base + c->at : NULL;
    c->at += n;
    if (c->at > c->peak) c->peak = c->at;
    return p;
}

size_t rnn_block_rows(size_t sequences, size_t rows) {
    size_t most = sequences > RNN_BLOCK_ROWS ? sequences : RNN_BLOCK_ROWS;
    return rows < most ? rows : most;
}

static void place_direction(rnn_cursor *c, const rnn_net_spec *s, size_t B, size_t R,
                            rnn_direction *d, int training) {
    size_t H = s->hidden, P = rnn_spec_state(s), kept = training ? R : rnn_block_rows(B, R);
    int lstm = s->cell == RNN_CELL_LSTM, gru = s->cell == RNN_CELL_GRU;
    int drops = training && s->recurrent_dropout > 0;
    int before = gru && s->reset == RNN_RESET_BEFORE;
    d->H = H;
    d->P = P;
    d->relu = s->activation == RNN_RELU;
    d->gates = rnn_cursor_take(c, kept, rnn_spec_gates(s) * H);
    d->u = gru && !before ? rnn_cursor_take(c, kept, H) : NULL;
    d->reset_h = before ? rnn_cursor_take(c, kept, H) : NULL;
    d->raw = s->projection ? rnn_cursor_take(c, kept, H) : NULL;
    d->c = lstm && training ? rnn_cursor_take(c, R, H) : NULL;
    d->h_state = rnn_cursor_take(c, B, P);
    d->c_state = lstm ? rnn_cursor_take(c, B, H) : NULL;
    d->h_masked = drops ? rnn_cursor_take(c, B, P) : NULL;
    if (!training) return;
    d->dh = rnn_cursor_take(c, B, P);
    d->dc = lstm ? rnn_cursor_take(c, B, H) : NULL;
    d->d_total = s->projection ? rnn_cursor_take(c, R, P) : drops ? rnn_cursor_take(c, B, P) : NULL;
    d->d_hidden = s->projection || before ? rnn_cursor_take(c, B, H) : NULL;
}

/* A stack of spec.layers layers from number `first`: the network's own, or the decoder's. */
static void place_stack(rnn_cursor *c, const rnn_net_spec *s, rnn_workspace *w, size_t first,
                        size_t directions, size_t R) {
    size_t P = rnn_spec_state(s), width = directions * P, B = w->sequences;
    int training = w->training, drops = training && s->recurrent_dropout > 0;
    real *outputs[2] = {NULL, NULL};
    if (!training) {
        outputs[0] = rnn_cursor_take(c, R, width);
        outputs[1] = s->layers > 1 ? rnn_cursor_take(c, R, width) : NULL;
    }
    uint64_t mark = c->at;
    for (size_t l = first; l < first + s->layers; l++) {
        rnn_layer_space scratch, *space = w->layer ? &w->layer[l] : &scratch;
        memset(space, 0, sizeof *space);
        if (!training) c->at = mark;
        space->h = training ? rnn_cursor_take(c, R, width) : outputs[(l - first) % 2];
        /* In scoring a separate buffer would be overwritten by the next layer's while that layer
        ** reads it: normalise in place. */
        int apart = training && (s->layer_norm || s->dropout > 0);
        space->spare = apart ? rnn_cursor_take(c, R, width) : space->h;
        space->normed = s->layer_norm ? rnn_cursor_take(c, R, width) : NULL;
        space->scale = s->layer_norm ? rnn_cursor_take(c, R, 1) : NULL;
        real *out_mask = training && s->dropout > 0 ? rnn_cursor_take(c, B, width) : NULL;
        if (w->layer) w->out_mask[l] = out_mask;
        for (size_t k = 0; k < directions; k++) {
            rnn_direction *d = &space->direction[k];
            uint64_t before = c->at;
            place_direction(c, s, B, R, d, training);
            real *mask = drops ? rnn_cursor_take(c, B, P) : NULL;
            if (w->layer) w->mask[l * 2 + k] = mask;
            d->reverse = k == 1;
            d->h = space->h ? space->h + k * P : NULL;
            d->ld = width;
            if (!training) c->at = before;
        }
    }
    c->at = c->peak;
}

/* What lies between the last layer and the outputs, without a decoder. */
static void place_head(rnn_cursor *c, const rnn_net_spec *s, rnn_workspace *w, size_t width) {
    size_t head = width + (s->skip ? rnn_spec_inputs(s) : 0);
    if ((s->pooling == RNN_POOL_MAX || s->pooling == RNN_POOL_MIXED) && w->training)
        w->pool_row = (uint32_t *)(void *)rnn_cursor_take(c, w->sequences, width);
    if (s->pooling == RNN_POOL_ATTENTION) {
        w->pool_share = rnn_cursor_take(c, w->rows, 1);
        w->pool_hidden = rnn_cursor_take(c, w->rows, width);
    }
    w->head_in = rnn_cursor_take(c, w->outputs, head);
    w->project = s->tied ? rnn_cursor_take(c, w->outputs, s->embedding[0]) : NULL;
    if (!w->training) return;
    w->d_head_in = rnn_cursor_take(c, w->outputs, head);
    w->d_project = s->tied ? rnn_cursor_take(c, w->outputs, s->embedding[0]) : NULL;
}

/* Reals of the block. The layers are handed their parts once w->layer exists. */
static uint64_t place_all(real *base, const rnn_net_spec *s, rnn_workspace *w) {
    rnn_cursor c = {base, 0, 0};
    size_t directions = rnn_spec_directions(s), width = directions * rnn_spec_state(s);
    size_t inputs = rnn_spec_inputs(s), wide = width;
    if (s->categories && inputs > wide) wide = inputs;
    place_stack(&c, s, w, 0, directions, w->rows);
    w->x = s->categories ? rnn_cursor_take(&c, w->rows, inputs) : NULL;
    w->ids =
        (uint32_t *)(void *)(s->categories ? rnn_cursor_take(&c, w->rows, s->categories) : NULL);
    w->bias = rnn_cursor_take(&c, 1, rnn_spec_gates(s) * s->hidden);
    if (w->training) {
        size_t most = w->rows > w->target_rows ? w->rows : w->target_rows;
        size_t block = rnn_block_rows(w->sequences, most);
        w->history = rnn_cursor_take(&c, block, rnn_spec_state(s));
        w->bias_sum = rnn_cursor_take(&c, 1, (rnn_spec_gates(s) + 1) * s->hidden);
    }
    if (s->target_vocabulary) {
        place_stack(&c, s, w, s->layers, 1, w->target_rows);
        rnn_decoder_place_space(&c, s, w, &w->decoder);
    } else {
        place_head(&c, s, w, width);
    }
    if (w->training) {
        w->d_upper = rnn_cursor_take(&c, w->rows, wide);
        int below = s->layers > 1 || s->categories > 0; /* the numbers need no gradient */
        w->d_lower = below ? rnn_cursor_take(&c, w->rows, wide) : NULL;
        w->d_skip = s->skip && s->categories ? rnn_cursor_take(&c, w->rows, inputs) : NULL;
    }
    return c.peak;
}

static void set_size(rnn_workspace *w, const rnn_workspace_size *size, int training) {
    w->sequences = size->sequences;
    w->steps = size->steps;
    w->rows = size->rows;
    w->outputs = size->outputs;
    w->target_steps = size->target_steps;
    w->target_rows = size->target_rows;
    w->training = training;
}

uint64_t rnn_workspace_bytes(const rnn_net_spec *spec, const rnn_workspace_size *size,
                             int training) {
    rnn_workspace w;
    memset(&w, 0, sizeof w);
    set_size(&w, size, training);
    return place_all(NULL, spec, &w) * sizeof(real) + sizeof w +
           rnn_spec_all_layers(spec) * sizeof(rnn_layer_space);
}

rnn_status rnn_workspace_create(rnn_context *ctx, const rnn_net_spec *spec,
                                const rnn_workspace_size *size, int training, rnn_workspace **out) {
    size_t layers = rnn_spec_all_layers(spec);
    *out = NULL;
    rnn_workspace *w = rnn_alloc_zero(ctx, sizeof *w);
    if (!w) return ctx->status;
    w->ctx = ctx;
    set_size(w, size, training);
    uint64_t n = place_all(NULL, spec, w);
    w->layer = rnn_alloc_array_zero(ctx, layers, sizeof *w->layer);
    if (w->layer) w->mask = rnn_alloc_array_zero(ctx, layers * 2, sizeof *w->mask);
    if (w->mask) w->out_mask = rnn_alloc_array_zero(ctx, layers, sizeof *w->out_mask);
    if (w->out_mask) w->memory = rnn_alloc_array(ctx, n, sizeof *w->memory);
    if (!w->memory) {
        rnn_workspace_free(w);
        return ctx->status;
    }
    place_all(w->memory, spec, w);
    *out = w;
    return RNN_OK;
}

void rnn_workspace_free(rnn_workspace *w) {
    if (!w) return;
    rnn_context *ctx = w->ctx;
    rnn_free(ctx, w->layer);
    rnn_free(ctx, w->mask);
    rnn_free(ctx, w->out_mask);
    rnn_free(ctx, w->memory);
    rnn_free(ctx, w);
}
