/* layer.c - one recurrent layer over a packed batch: input product, cells, layer norm, dropout.
**
** The input product X W_ih^T + b for all rows of all steps is one large product; so are the weight
** gradients after the backward loop. Only h W_hh^T and its backward stay sequential, inside the
** cells.
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

static void run_forward(const rnn_net *net, rnn_direction *d) {
    switch (net->spec.cell) {
    case RNN_CELL_LSTM: rnn_lstm_forward(d); break;
    case RNN_CELL_GRU:
        if (net->spec.reset == RNN_RESET_AFTER) {
            rnn_gru_after_forward(d);
        } else {
            rnn_gru_before_forward(d);
        }
        break;
    case RNN_CELL_RNN: rnn_vanilla_forward(d); break;
    }
}

static void run_backward(const rnn_net *net, rnn_direction *d) {
    switch (net->spec.cell) {
    case RNN_CELL_LSTM: rnn_lstm_backward(d); break;
    case RNN_CELL_GRU:
        if (net->spec.reset == RNN_RESET_AFTER) {
            rnn_gru_after_backward(d);
        } else {
            rnn_gru_before_backward(d);
        }
        break;
    case RNN_CELL_RNN: rnn_vanilla_backward(d); break;
    }
}

void rnn_input_bias(const rnn_net *net, const rnn_slots *s, real *to) {
    const real *b_ih = net->parameter + s->b_ih, *b_hh = net->parameter + s->b_hh;
    for (size_t j = 0; j < net->gates * net->spec.hidden; j++)
        to[j] = b_ih[j] + (net->spec.cell == RNN_CELL_GRU ? 0 : b_hh[j]);
}

/* d->gates = W_ih x + b of all rows. */
static void input_gates(const rnn_net *net, size_t layer, size_t k, size_t rows, rnn_workspace *w,
                        const real *in, rnn_direction *d) {
    const rnn_slots *s = &net->layer[layer].direction[k];
    size_t GH = net->gates * net->spec.hidden, I = net->layer[layer].inputs;
    if (d->word_gates) {
        for (size_t r = 0; r < rows; r++)
            memcpy(d->gates + r * GH, d->word_gates + d->word[r] * GH, GH * sizeof(real));
        return;
    }
    rnn_input_bias(net, s, w->bias);
    for (size_t r = 0; r < rows; r++) memcpy(d->gates + r * GH, w->bias, GH * sizeof(real));
    rnn_gemm_nt(rows, GH, I, in, I, net->parameter + s->w_ih, I, 1, d->gates, GH);
}

static void direction_forward(const rnn_net *net, size_t layer, size_t k, const rnn_batch *batch,
                              const rnn_pass *pass, rnn_workspace *w, const real *in) {
    const rnn_slots *s = &net->layer[layer].direction[k];
    rnn_direction *d = &w->layer[layer].direction[k];
    size_t H = net->spec.hidden, P = net->state, B = batch->sequences;
    size_t stride, at = state_offset(net, layer, k, &stride);
    int lstm = net->spec.cell == RNN_CELL_LSTM;

    d->batch = batch;
    d->w_hh = net->parameter + s->w_hh;
    d->b_hh = net->parameter + s->b_hh;
    d->w_hr = slot(net, s->w_hr);
    d->peephole = slot(net, s->peephole);
    real *mask = w->mask[layer * 2 + k];
    int masked = pass->training && net->spec.recurrent_dropout > 0;
    if (masked)
        fill_mask(mask, B, P, net->spec.recurrent_dropout, mask_key(pass, layer, k), pass->first);
    d->mask = masked ? mask : NULL;
    d->h_masked = masked ? w->masked[layer * 2 + k] : d->h_prev;

    const real *from = pass->state_in ? pass->state_in + at : NULL;
    load_state(d->h_state, B, P, from, stride, slot(net, s->h0));
    if (lstm) load_state(d->c_state, B, H, from ? from + P : NULL, stride, slot(net, s->c0));
    d->word_gates = NULL;
    if (w->words && layer == 0) rnn_word_gates_enter(w, k, d);
    if (d->word_gates && net->spec.cell == RNN_CELL_GRU && net->spec.reset == RNN_RESET_AFTER) {
        rnn_gru_after_score(d);
    } else {
        input_gates(net, layer, k, batch->rows, w, in, d);
        run_forward(net, d);
    }
    if (pass->state_out) {
        store_state(d->h_state, B, P, pass->state_out + at, stride);
        if (lstm) store_state(d->c_state, B, H, pass->state_out + at + P, stride);
    }
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
    space->out = dropped || net->spec.layer_norm ? space->spare : space->h;
    for (size_t k = 0; k < layer_directions(net, layer); k++)
        direction_forward(net, layer, k, batch, pass, w, in);
    if (net->spec.layer_norm) norm_forward(net, layer, batch->rows, space);
    if (!dropped) return;
    fill_mask(w->out_mask[layer], batch->sequences, width, net->spec.dropout,
              mask_key(pass, layer, 4), pass->first);
    drop_outputs(net, layer, batch, w, net->spec.layer_norm ? space->out : space->h, space->out);
}

/* Sum of the rows of d [rows x width] added to `to` [width]. */
static void add_rows(const real *d, size_t rows, size_t width, real *to) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < width; j++) to[j] += d[r * width + j];
    }
}

/* Divide each row by its sequence's length: option average_gradient. */
static void average_rows(const rnn_batch *batch, size_t width, real *d) {
    for (size_t t = 0; t < batch->steps; t++) {
        for (size_t b = 0; b < batch->running[t]; b++) {
            real share = 1 / (real)batch->length[b], *row = d + (batch->offset[t] + b) * width;
            for (size_t j = 0; j < width; j++) row[j] *= share;
        }
    }
}

/* The peepholes' gradient from averaged gates; without averaging the cell adds it up step by step.
*/
static void peephole_gradient(const rnn_direction *d, real *gradient) {
    size_t H = d->H;
    for (size_t r = 0; r < d->batch->rows; r++) {
        const real *gates = d->gates + r * 4 * H, *c_prev = d->c_prev + r * H, *c = d->c + r * H;
        for (size_t j = 0; j < H; j++) {
            gradient[j] += gates[j] * c_prev[j];
            gradient[H + j] += gates[H + j] * c_prev[j];
            gradient[2 * H + j] += gates[3 * H + j] * c[j];
        }
    }
}

/* Products of the weight gradients, once for all steps. */
static void weight_gradients(const rnn_net *net, const rnn_layer_slots *ls, const rnn_slots *s,
                             const rnn_direction *d, const real *in, real *gradient) {
    size_t H = d->H, P = d->P, GH = net->gates * H, R = d->batch->rows, in_width = ls->inputs;
    int gru = net->spec.cell == RNN_CELL_GRU;
    real *recurrent = gru ? d->recurrent : d->gates;
    if (net->spec.average_gradient) {
        average_rows(d->batch, GH, d->gates);
        if (gru) average_rows(d->batch, GH, d->recurrent);
        if (d->w_hr) average_rows(d->batch, P, d->d_total);
        if (d->peephole) peephole_gradient(d, gradient + s->peephole);
    }
    rnn_gemm_tn(GH, in_width, R, d->gates, GH, in, in_width, 1, gradient + s->w_ih, in_width);
    if (gru && net->spec.reset == RNN_RESET_BEFORE) {
        rnn_gemm_tn(2 * H, P, R, recurrent, GH, d->h_masked, P, 1, gradient + s->w_hh, P);
        rnn_gemm_tn(H, P, R, recurrent + 2 * H, GH, d->reset_h, H, 1,
                    gradient + s->w_hh + 2 * H * P, P);
    } else {
        rnn_gemm_tn(GH, P, R, recurrent, GH, d->h_masked, P, 1, gradient + s->w_hh, P);
    }
    add_rows(d->gates, R, GH, gradient + s->b_ih);
    add_rows(recurrent, R, GH, gradient + s->b_hh);
    if (d->w_hr) rnn_gemm_tn(P, H, R, d->d_total, P, d->unprojected, H, 1, gradient + s->w_hr, H);
}

static void direction_backward(const rnn_net *net, size_t layer, size_t k, const rnn_pass *pass,
                               rnn_workspace *w, const real *in, const real *d_out, real *d_in,
                               real *gradient) {
    const rnn_layer_slots *ls = &net->layer[layer];
    const rnn_slots *s = &ls->direction[k];
    rnn_direction *d = &w->layer[layer].direction[k];
    size_t H = d->H, P = d->P, GH = net->gates * H, B = d->batch->sequences, R = d->batch->rows;
    memset(d->dh, 0, B * P * sizeof(real));
    if (net->spec.cell == RNN_CELL_LSTM) memset(d->dc, 0, B * H * sizeof(real));
    d->d_out = d_out + k * P;
    /* With average_gradient the cell's own sum is not wanted: it goes to scratch (b_ih + b_hh, used
    ** in forward only). */
    real *d_peephole = s->peephole == RNN_NO_SLOT ? NULL : gradient + s->peephole;
    d->d_peephole = d_peephole && net->spec.average_gradient ? w->bias : d_peephole;
    run_backward(net, d);
    if (d_in) {
        rnn_gemm_nn(R, ls->inputs, GH, d->gates, GH, net->parameter + s->w_ih, ls->inputs,
                    k ? 1 : 0, d_in, ls->inputs);
    }
    weight_gradients(net, ls, s, d, in, gradient);
    if (s->h0 == RNN_NO_SLOT || pass->state_in) return;
    add_rows(d->dh, B, P, gradient + s->h0);
    if (s->c0 != RNN_NO_SLOT) add_rows(d->dc, B, H, gradient + s->c0);
}

void rnn_layer_backward(const rnn_net *net, size_t layer, const rnn_batch *batch,
                        const rnn_pass *pass, rnn_workspace *w, const real *in, real *d_out,
                        real *d_in, real *gradient) {
    rnn_layer_space *space = &w->layer[layer];
    if (pass->training && net->spec.dropout > 0) drop_outputs(net, layer, batch, w, d_out, d_out);
    if (net->spec.layer_norm) norm_backward(net, layer, batch->rows, space, d_out, gradient);
    for (size_t k = 0; k < layer_directions(net, layer); k++) {
        direction_backward(net, layer, k, pass, w, in, d_out, d_in, gradient);
    }
}
