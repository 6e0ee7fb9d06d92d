/* layer.c - one recurrent layer over a packed batch: input product, cells, layer norm, dropout.
**
** The input product X W_ih^T + b is one product for the rows of many steps, a block (cell.h); so are,
** after the block's backward steps, the gradients of its inputs and weights. Only h W_hh^T and its
** backward stay sequential, inside the cells.
**
**   layer norm (Ba 2016), over the D*P outputs of a row: y = gain (h - mean) / sqrt(variance +
**   1e-5) + bias. The recurrence itself sees h, not y.
**   dropout (Gal & Ghahramani 2016): outputs times one mask a sequence, the same at each step, kept
**   units scaled by 1/(1-rate).
*/
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "net_internal.h"
#include "rng.h"

static const real *slot(const rnn_net *net, size_t at) {
    return at == RNN_NO_SLOT ? NULL : net->parameter + at;
}

/* Random stream of a mask: distinct for each layer and use (0...3 recurrent by direction, 4
** outputs). */
static uint64_t mask_key(const rnn_pass *pass, size_t layer, size_t use) {
    return rnn_stream(pass->seed, layer + 1, use);
}

/* mask [B x width] of 0 and 1/(1-rate). */
static void fill_mask(real *mask, size_t sequences, size_t width, double rate, uint64_t key,
                      uint64_t first) {
    real keep = (real)(1 / (1 - rate));
    for (size_t i = 0; i < sequences * width; i++) {
        mask[i] = rnn_uniform_at(key, first * width + i) < (real)rate ? 0 : keep;
    }
}

/* Rows [B x width] of the initial state from `from` (stride `stride`), a learned vector, or zero.
*/
static void load_state(real *state, size_t sequences, size_t width, const real *from, size_t stride,
                       const real *learned) {
    for (size_t b = 0; b < sequences; b++) {
        const real *source = from ? from + b * stride : learned;
        if (source) {
            memcpy(state + b * width, source, width * sizeof(real));
        } else {
            memset(state + b * width, 0, width * sizeof(real));
        }
    }
}

/* Rows [B x width] back to where load_state takes them from. */
static void store_state(const real *state, size_t sequences, size_t width, real *to,
                        size_t stride) {
    for (size_t b = 0; b < sequences; b++)
        memcpy(to + b * stride, state + b * width, width * sizeof(real));
}

/* Directions of a layer: those of the decoder (layers L ... 2L-1) have one. */
static size_t layer_directions(const rnn_net *net, size_t layer) {
    return layer < net->spec.layers ? net->directions : 1;
}

/* Offset of this layer and direction inside one sequence's carried state, whose size is put into
** `stride`. The decoder's state is one of its own. */
static size_t state_offset(const rnn_net *net, size_t layer, size_t direction, size_t *stride) {
    size_t one = net->state + (net->spec.cell == RNN_CELL_LSTM ? net->spec.hidden : 0);
    size_t directions = layer_directions(net, layer);
    *stride = net->spec.layers * directions * one;
    return (layer % net->spec.layers * directions + direction) * one;
}

static void run_forward(const rnn_net *net, rnn_direction *d, size_t k0, size_t k1) {
    switch (net->spec.cell) {
    case RNN_CELL_LSTM: rnn_lstm_forward(d, k0, k1); break;
    case RNN_CELL_GRU:
        if (net->spec.reset == RNN_RESET_AFTER) {
            rnn_gru_after_forward(d, k0, k1);
        } else {
            rnn_gru_before_forward(d, k0, k1);
        }
        break;
    case RNN_CELL_RNN: rnn_vanilla_forward(d, k0, k1); break;
    }
}

static void run_backward(const rnn_net *net, rnn_direction *d, size_t k0, size_t k1) {
    switch (net->spec.cell) {
    case RNN_CELL_LSTM: rnn_lstm_backward(d, k0, k1); break;
    case RNN_CELL_GRU:
        if (net->spec.reset == RNN_RESET_AFTER) {
            rnn_gru_after_backward(d, k0, k1);
        } else {
            rnn_gru_before_backward(d, k0, k1);
        }
        break;
    case RNN_CELL_RNN: rnn_vanilla_backward(d, k0, k1); break;
    }
}

/* GRU with reset after: the recurrent part of n stays apart until the reset gate has scaled it. */
static int reset_after(const rnn_net *net) {
    return net->spec.cell == RNN_CELL_GRU && net->spec.reset == RNN_RESET_AFTER;
}

void rnn_input_bias(const rnn_net *net, const rnn_slots *s, real *to) {
    const real *b_ih = net->parameter + s->b_ih, *b_hh = net->parameter + s->b_hh;
    size_t H = net->spec.hidden, GH = net->gates * H, merged = reset_after(net) ? 2 * H : GH;
    for (size_t j = 0; j < GH; j++) to[j] = b_ih[j] + (j < merged ? b_hh[j] : 0);
}

/* d->gates = W_ih x + b of the packed rows [row0, row1). */
static void input_gates(const rnn_net *net, size_t layer, size_t k, size_t row0, size_t row1,
                        const rnn_workspace *w, const real *in, const rnn_direction *d) {
    size_t GH = net->gates * net->spec.hidden, I = net->layer[layer].inputs;
    real *gates = rnn_direction_at(d, d->gates, row0, GH);
    if (w->words && layer == 0) {
        rnn_word_gates_look_up(w, k, row0, row1, gates);
    } else {
        rnn_packed_product(rnn_net_packed(net, layer, k, RNN_PACKED_INPUT, 0), row1 - row0,
                           in + row0 * I, I, w->bias, 0, gates, GH);
    }
}

/* Everything of a direction that a pass does not change. */
static void enter(const rnn_net *net, size_t layer, size_t k, const rnn_batch *batch,
                  const rnn_pass *pass, const rnn_workspace *w, rnn_direction *d) {
    const rnn_slots *s = &net->layer[layer].direction[k];
    size_t H = net->spec.hidden, P = net->state, B = batch->sequences;
    size_t stride, at = state_offset(net, layer, k, &stride);
    d->batch = batch;
    d->first = 0;
    d->hidden = rnn_net_packed(net, layer, k, RNN_PACKED_HIDDEN, 0);
    d->hidden_back = rnn_net_packed(net, layer, k, RNN_PACKED_HIDDEN, 1);
    d->candidate = rnn_net_packed(net, layer, k, RNN_PACKED_CANDIDATE, 0);
    d->candidate_back = rnn_net_packed(net, layer, k, RNN_PACKED_CANDIDATE, 1);
    d->project = rnn_net_packed(net, layer, k, RNN_PACKED_PROJECT, 0);
    d->project_back = rnn_net_packed(net, layer, k, RNN_PACKED_PROJECT, 1);
    d->b_candidate = reset_after(net) ? net->parameter + s->b_hh + 2 * H : NULL;
    d->peephole = slot(net, s->peephole);
    real *mask = w->mask[layer * 2 + k];
    d->mask = NULL;
    if (pass->training && net->spec.recurrent_dropout > 0) {
        fill_mask(mask, B, P, net->spec.recurrent_dropout, mask_key(pass, layer, k), pass->first);
        d->mask = mask;
    }
    const real *from = pass->state_in ? pass->state_in + at : NULL;
    d->started = from || s->h0 != RNN_NO_SLOT;
    load_state(d->h_state, B, P, from, stride, slot(net, s->h0));
    if (d->c_state) load_state(d->c_state, B, H, from ? from + P : NULL, stride, slot(net, s->c0));
}

static void direction_forward(const rnn_net *net, size_t layer, size_t k, const rnn_batch *batch,
                              const rnn_pass *pass, rnn_workspace *w, const real *in) {
    rnn_direction *d = &w->layer[layer].direction[k];
    size_t stride, at = state_offset(net, layer, k, &stride), end, row0, row1;
    size_t most = rnn_block_rows(batch->sequences, batch->rows);
    enter(net, layer, k, batch, pass, w, d);
    rnn_input_bias(net, &net->layer[layer].direction[k], w->bias);
    for (size_t begin = 0; begin < batch->steps; begin = end) {
        end = rnn_direction_block(d, begin, 0, most, &row0, &row1);
        if (!w->training) d->first = row0;
        input_gates(net, layer, k, row0, row1, w, in, d);
        run_forward(net, d, begin, end);
    }
    if (!pass->state_out) return;
    rnn_direction_final(d, pass->state_out + at,
                        d->c_state ? pass->state_out + at + net->state : NULL, stride);
}

static void norm_forward(const rnn_net *net, size_t layer, size_t rows, rnn_layer_space *space) {
    size_t width = layer_directions(net, layer) * net->state;
    const real *gain = net->parameter + net->layer[layer].norm_weight;
    const real *bias = net->parameter + net->layer[layer].norm_bias;
    for (size_t r = 0; r < rows; r++) {
        const real *h = space->h + r * width;
        real *x = space->normed + r * width, *y = space->out + r * width, mean = 0, variance = 0;
        for (size_t j = 0; j < width; j++) mean += h[j];
        mean /= (real)width;
        for (size_t j = 0; j < width; j++) variance += (h[j] - mean) * (h[j] - mean);
        real scale = (real)(1 / sqrt((double)(variance / (real)width) + 1e-5));
        space->scale[r] = scale;
        for (size_t j = 0; j < width; j++) {
            x[j] = (h[j] - mean) * scale;
            y[j] = gain[j] * x[j] + bias[j];
        }
    }
}

/* dh = scale (dx - mean(dx) - x mean(dx x)), dx = gain dy; in place on d [R x DP]. */
static void norm_backward(const rnn_net *net, size_t layer, size_t rows,
                          const rnn_layer_space *space, real *d, real *gradient) {
    size_t width = layer_directions(net, layer) * net->state;
    const real *gain = net->parameter + net->layer[layer].norm_weight;
    real *d_gain = gradient + net->layer[layer].norm_weight,
         *d_bias = gradient + net->layer[layer].norm_bias;
    for (size_t r = 0; r < rows; r++) {
        const real *x = space->normed + r * width;
        real *dr = d + r * width, sum = 0, dot = 0;
        for (size_t j = 0; j < width; j++) {
            d_gain[j] += dr[j] * x[j];
            d_bias[j] += dr[j];
            dr[j] *= gain[j];
            sum += dr[j];
            dot += dr[j] * x[j];
        }
        sum /= (real)width;
        dot /= (real)width;
        for (size_t j = 0; j < width; j++) dr[j] = space->scale[r] * (dr[j] - sum - x[j] * dot);
    }
}

/* to = from times the sequences' output mask; to may be from. */
static void drop_outputs(const rnn_net *net, size_t layer, const rnn_batch *batch, rnn_workspace *w,
                         const real *from, real *to) {
    size_t width = layer_directions(net, layer) * net->state;
    const real *mask = w->out_mask[layer];
    for (size_t t = 0; t < batch->steps; t++) {
        size_t n = batch->running[t] * width, at = batch->offset[t] * width;
        for (size_t i = 0; i < n; i++) to[at + i] = from[at + i] * mask[i];
    }
}

void rnn_layer_forward(const rnn_net *net, size_t layer, const rnn_batch *batch,
                       const rnn_pass *pass, rnn_workspace *w, const real *in) {
    rnn_layer_space *space = &w->layer[layer];
    size_t width = layer_directions(net, layer) * net->state;
    int dropped = pass->training && net->spec.dropout > 0;
    rnn_packing_refresh(net->packing, net->parameter, 0);
    space->out = dropped || net->spec.layer_norm ? space->spare : space->h;
    for (size_t k = 0; k < layer_directions(net, layer); k++)
        direction_forward(net, layer, k, batch, pass, w, in);
    if (net->spec.layer_norm) norm_forward(net, layer, batch->rows, space);
    if (!dropped) return;
    fill_mask(w->out_mask[layer], batch->sequences, width, net->spec.dropout,
              mask_key(pass, layer, 4), pass->first);
    drop_outputs(net, layer, batch, w, net->spec.layer_norm ? space->out : space->h, space->out);
}

/* Divide each row by its sequence's length: option average_gradient. Steps [k0, k1) of the backward
** pass. */
static void average_rows(const rnn_direction *d, size_t k0, size_t k1, size_t width, real *rows) {
    const rnn_batch *batch = d->batch;
    for (size_t k = k0; k < k1; k++) {
        size_t t = rnn_direction_step(d, k, 1);
        for (size_t b = 0; b < batch->running[t]; b++) {
            size_t length = batch->whole ? batch->whole[b] : batch->length[b];
            real share = 1 / (real)length, *row = rows + (batch->offset[t] + b) * width;
            for (size_t j = 0; j < width; j++) row[j] *= share;
        }
    }
}

static void average_gradients(const rnn_net *net, const rnn_direction *d, size_t k0, size_t k1) {
    if (!net->spec.average_gradient) return;
    average_rows(d, k0, k1, net->gates * d->H, d->gates);
    if (d->u) average_rows(d, k0, k1, d->H, d->u);
    if (d->raw) average_rows(d, k0, k1, d->P, d->d_total);
}

/* Products of the weight gradients and sums of the biases' for packed rows [row0, row1), which are
** the steps [k0, k1) of the backward pass. */
static void weight_gradients(const rnn_net *net, size_t layer, const rnn_slots *s,
                             const rnn_direction *d, size_t k0, size_t k1, size_t row0, size_t row1,
                             const real *in, rnn_workspace *w, real *gradient) {
    size_t H = d->H, P = d->P, GH = net->gates * H, n = row1 - row0, ld;
    size_t I = net->layer[layer].inputs, merged = d->hidden->m;
    const real *gates = d->gates + row0 * GH;
    const real *history = rnn_direction_history(d, k0, k1, w->history, &ld);
    real *candidate = gradient + s->w_hh + merged * P;
    rnn_gemm_add_tn(GH, I, n, gates, GH, in + row0 * I, I, gradient + s->w_ih, I);
    rnn_gemm_add_tn(merged, P, n, gates, GH, history, ld, gradient + s->w_hh, P);
    if (d->u) {
        rnn_gemm_add_tn(H, P, n, d->u + row0 * H, H, history, ld, candidate, P);
    } else if (d->reset_h) {
        rnn_gemm_add_tn(H, P, n, gates + merged, GH, d->reset_h + row0 * H, H, candidate, P);
    }
    rnn_kernels_get()->add_rows(n, GH, gates, GH, w->bias_sum);
    if (d->u) rnn_kernels_get()->add_rows(n, H, d->u + row0 * H, H, w->bias_sum + GH);
    if (d->raw) {
        rnn_gemm_add_tn(P, H, n, d->d_total + row0 * P, P, d->raw + row0 * H, H, gradient + s->w_hr,
                        H);
    }
    if (d->peephole) rnn_lstm_peephole_gradient(d, k0, k1, gradient + s->peephole);
}

/* Both biases see the same gradient, but where the recurrent part of n stays apart. */
static void bias_gradients(const rnn_slots *s, const rnn_direction *d, size_t GH, const real *sum,
                           real *gradient) {
    size_t merged = d->u ? GH - d->H : GH;
    for (size_t j = 0; j < GH; j++) {
        gradient[s->b_ih + j] += sum[j];
        gradient[s->b_hh + j] += sum[j < merged ? j : j - merged + GH];
    }
}

static void direction_backward(const rnn_net *net, size_t layer, size_t k, const rnn_pass *pass,
                               rnn_workspace *w, const real *in, const real *d_out, real *d_in,
                               real *d_state, real *gradient) {
    const rnn_slots *s = &net->layer[layer].direction[k];
    rnn_direction *d = &w->layer[layer].direction[k];
    size_t H = d->H, P = d->P, GH = net->gates * H, B = d->batch->sequences;
    size_t I = net->layer[layer].inputs, end, row0, row1;
    size_t most = rnn_block_rows(B, d->batch->rows);
    size_t stride, at = state_offset(net, layer, k, &stride);
    real *later = d_state ? d_state + at : NULL;
    load_state(d->dh, B, P, later, stride, NULL);
    if (d->dc) load_state(d->dc, B, H, later ? later + P : NULL, stride, NULL);
    memset(w->bias_sum, 0, (GH + H) * sizeof(real));
    d->d_out = d_out + k * P;
    for (size_t begin = 0; begin < d->batch->steps; begin = end) {
        end = rnn_direction_block(d, begin, 1, most, &row0, &row1);
        run_backward(net, d, begin, end);
        if (d_in) {
            real *to = d_in + row0 * I;
            rnn_packed_product(rnn_net_packed(net, layer, k, RNN_PACKED_INPUT, 1), row1 - row0,
                               d->gates + row0 * GH, GH, k ? to : NULL, I, to, I);
        }
        average_gradients(net, d, begin, end);
        weight_gradients(net, layer, s, d, begin, end, row0, row1, in, w, gradient);
    }
    bias_gradients(s, d, GH, w->bias_sum, gradient);
    if (later && pass->state_in) {
        store_state(d->dh, B, P, later, stride);
        if (d->dc) store_state(d->dc, B, H, later + P, stride);
    }
    if (s->h0 == RNN_NO_SLOT || pass->state_in) return;
    rnn_kernels_get()->add_rows(B, P, d->dh, P, gradient + s->h0);
    if (s->c0 != RNN_NO_SLOT) rnn_kernels_get()->add_rows(B, H, d->dc, H, gradient + s->c0);
}

void rnn_layer_backward(const rnn_net *net, size_t layer, const rnn_batch *batch,
                        const rnn_pass *pass, rnn_workspace *w, const real *in, real *d_out,
                        real *d_in, real *d_state, real *gradient) {
    rnn_layer_space *space = &w->layer[layer];
    rnn_packing_refresh(net->packing, net->parameter, 1);
    if (pass->training && net->spec.dropout > 0) drop_outputs(net, layer, batch, w, d_out, d_out);
    if (net->spec.layer_norm) norm_backward(net, layer, batch->rows, space, d_out, gradient);
    for (size_t k = 0; k < layer_directions(net, layer); k++) {
        direction_backward(net, layer, k, pass, w, in, d_out, d_in, d_state, gradient);
    }
}
