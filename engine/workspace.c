/* workspace.c - one block of memory for all activations of a pass; see net.h.
**
** Laid out twice by the same code: once with no block, to count, once to hand out the parts. In
** scoring, layers and directions share their buffers, because nothing is kept for a backward pass;
** only the outputs of two neighbouring layers live at a time.
*/
#include <string.h>

#include "net_internal.h"

/* Hands out parts of a block of reals, each on a 64-byte boundary. */
typedef struct cursor {
    real *base; /* NULL: only counting */
    uint64_t at, peak;
} cursor;

static real *take(cursor *c, uint64_t rows, uint64_t width) {
    uint64_t n = (rows * width + 15) / 16 * 16; /* 16 reals: 64 bytes or more */
    real *p = c->base ? c->base + c->at : NULL;
    c->at += n;
    if (c->at > c->peak) c->peak = c->at;
    return p;
}

static void place_direction(cursor *c, const rnn_net_spec *s, rnn_workspace *w, rnn_direction *d,
                            int training) {
    size_t H = s->hidden, P = rnn_spec_state(s), R = w->rows, B = w->sequences;
    int lstm = s->cell == RNN_CELL_LSTM, gru = s->cell == RNN_CELL_GRU;
    d->H = H;
    d->P = P;
    d->relu = s->activation == RNN_RELU;
    d->gates = take(c, R, rnn_spec_gates(s) * H);
    d->h_prev = take(c, R, P);
    d->recurrent = gru ? take(c, R, 3 * H) : NULL;
    d->reset_h = gru && s->reset == RNN_RESET_BEFORE ? take(c, R, H) : NULL;
    d->c_prev = lstm ? take(c, R, H) : NULL;
    d->tanh_c = lstm ? take(c, R, H) : NULL;
    d->c = s->peephole ? take(c, R, H) : NULL;
    d->unprojected = s->projection ? take(c, R, H) : NULL;
    d->h_state = take(c, B, P);
    d->c_state = lstm ? take(c, B, H) : NULL;
    if (!training) return;
    d->dh = take(c, B, P);
    d->dc = lstm ? take(c, B, H) : NULL;
    d->d_total = take(c, s->projection ? R : B, P);
    d->d_hidden = take(c, B, H);
}

static void place_layers(cursor *c, const rnn_net_spec *s, rnn_workspace *w,
                         rnn_layer_space *layers) {
    size_t width = rnn_spec_directions(s) * rnn_spec_state(s), R = w->rows, B = w->sequences;
    int training = w->training;
    real *outputs[2] = {NULL, NULL};
    if (!training) {
        outputs[0] = take(c, R, width);
        outputs[1] = take(c, R, width);
    }
    uint64_t mark = c->at;
    for (size_t l = 0; l < s->layers; l++) {
        rnn_layer_space scratch, *space = layers ? &layers[l] : &scratch;
        memset(space, 0, sizeof *space);
        if (!training) c->at = mark;
        space->h = training ? take(c, R, width) : outputs[l % 2];
        /* In scoring a separate buffer would be overwritten by the next layer's while that layer
        ** reads it: normalise in place. */
        space->spare = training && (s->layer_norm || s->dropout > 0) ? take(c, R, width) : space->h;
        space->normed = s->layer_norm ? take(c, R, width) : NULL;
        space->scale = s->layer_norm ? take(c, R, 1) : NULL;
        real *out_mask = training && s->dropout > 0 ? take(c, B, width) : NULL;
        if (layers) w->out_mask[l] = out_mask;
        for (size_t k = 0; k < rnn_spec_directions(s); k++) {
            rnn_direction *d = &space->direction[k];
            uint64_t before = c->at;
            place_direction(c, s, w, d, training);
            int drops = training && s->recurrent_dropout > 0;
            real *mask = drops ? take(c, B, rnn_spec_state(s)) : NULL;
            real *masked = drops ? take(c, R, rnn_spec_state(s)) : NULL;
            if (layers) w->mask[l * 2 + k] = mask;
            if (layers) w->masked[l * 2 + k] = masked;
            d->reverse = k == 1;
            d->h = space->h ? space->h + k * rnn_spec_state(s) : NULL;
            d->ld = width;
            if (!training) c->at = before;
        }
    }
    c->at = c->peak;
}

static uint64_t place_all(real *base, const rnn_net_spec *s, rnn_workspace *w,
                          rnn_layer_space *layers) {
    cursor c = {base, 0, 0};
    size_t width = rnn_spec_directions(s) * rnn_spec_state(s), inputs = rnn_spec_inputs(s);
    size_t head = width + (s->skip ? inputs : 0), wide = width > inputs ? width : inputs;
    place_layers(&c, s, w, layers);
    w->x = s->categories ? take(&c, w->rows, inputs) : NULL;
    w->ids = (uint32_t *)(void *)(s->categories ? take(&c, w->rows, s->categories) : NULL);
    w->bias = take(&c, 1, rnn_spec_gates(s) * s->hidden);
    if (s->pooling == RNN_POOL_MAX) w->pool_row = (uint32_t *)(void *)take(&c, w->sequences, width);
    if (s->pooling == RNN_POOL_ATTENTION) {
        w->pool_share = take(&c, w->rows, 1);
        w->pool_hidden = take(&c, w->rows, width);
    }
    w->head_in = take(&c, w->outputs, head);
    if (w->training) {
        w->d_head_in = take(&c, w->outputs, head);
        w->d_upper = take(&c, w->rows, wide);
        w->d_lower = take(&c, w->rows, wide);
        w->d_skip = s->skip && s->categories ? take(&c, w->rows, inputs) : NULL;
    }
    return c.peak;
}

uint64_t rnn_workspace_bytes(const rnn_net_spec *spec, size_t sequences, size_t steps, size_t rows,
                             size_t outputs, int training) {
    rnn_workspace w;
    memset(&w, 0, sizeof w);
    w.sequences = sequences;
    w.steps = steps;
    w.rows = rows;
    w.outputs = outputs;
    w.training = training;
    return place_all(NULL, spec, &w, NULL) * sizeof(real) + sizeof w +
           spec->layers * sizeof(rnn_layer_space);
}

rnn_status rnn_workspace_create(rnn_context *ctx, const rnn_net_spec *spec, size_t sequences,
                                size_t steps, size_t rows, size_t outputs, int training,
                                rnn_workspace **out) {
    *out = NULL;
    rnn_workspace *w = rnn_alloc_zero(ctx, sizeof *w);
    if (!w) return ctx->status;
    w->ctx = ctx;
    w->sequences = sequences;
    w->steps = steps;
    w->rows = rows;
    w->outputs = outputs;
    w->training = training;
    uint64_t n = place_all(NULL, spec, w, NULL);
    w->layer = rnn_alloc_array_zero(ctx, spec->layers, sizeof *w->layer);
    if (w->layer) w->mask = rnn_alloc_array_zero(ctx, spec->layers * 2, sizeof *w->mask);
    if (w->mask) w->masked = rnn_alloc_array_zero(ctx, spec->layers * 2, sizeof *w->masked);
    if (w->masked) w->out_mask = rnn_alloc_array_zero(ctx, spec->layers, sizeof *w->out_mask);
    if (w->out_mask) w->memory = rnn_alloc_array_zero(ctx, n, sizeof *w->memory);
    if (!w->memory) {
        rnn_workspace_free(w);
        return ctx->status;
    }
    place_all(w->memory, spec, w, w->layer);
    *out = w;
    return RNN_OK;
}

void rnn_workspace_free(rnn_workspace *w) {
    if (!w) return;
    rnn_context *ctx = w->ctx;
    rnn_free(ctx, w->layer);
    rnn_free(ctx, w->mask);
    rnn_free(ctx, w->masked);
    rnn_free(ctx, w->out_mask);
    rnn_free(ctx, w->memory);
    rnn_free(ctx, w);
}
