/* decoder.c - the decoder of an encoder-decoder network; equations in net.h, the network's side of
** it in decoder_internal.h.
**
**   forward:   last states -> bridge -> layers over the embedded target -> attention -> combine ->
**              head
**   backward:  the same in reverse; the layers' gradient of their initial states goes through the
**              bridge into the encoder's outputs
**
** A target token is replaced by id 0 (unknown) at the rate of embedding_dropout, as the source's
** are (word dropout: Bowman 2016); the other dropouts are the layers' own.
*/
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "net_internal.h"
#include "rng.h"

/* Random stream of embedding dropout: pass.c has 1000, the layers 1...128. */
enum { EMBEDDING_STREAM = 1001 };

/* Width of what is combined into u_t. */
static size_t combine_width(const rnn_net_spec *s) {
    size_t state = rnn_spec_state(s);
    return state + (s->attention ? rnn_spec_directions(s) * state : 0);
}

size_t rnn_decoder_state_size(const rnn_net_spec *s) {
    return s->layers * (rnn_spec_state(s) + (s->cell == RNN_CELL_LSTM ? s->hidden : 0));
}

void rnn_decoder_place(rnn_layout *l, const rnn_net_spec *s, rnn_decoder_slots *slots,
                       rnn_layer_slots *layers) {
    size_t U = s->target_embedding, P = rnn_spec_state(s), width = rnn_spec_directions(s) * P;
    slots->embedding =
        rnn_layout_tensor(l, s->target_vocabulary, U, 0, "decoder.embedding.weight%.0zu%s", 0, "");
    for (size_t k = 0; k < s->layers; k++) {
        rnn_layer_slots scratch;
        rnn_layout_layer(l, s, "decoder", k, k ? P : U, layers ? &layers[k] : &scratch);
    }
    for (size_t k = 0; k < s->layers; k++) {
        size_t at = rnn_layout_tensor(l, P, width, 1, "bridge.weight_l%zu%s", k, "");
        if (k == 0) slots->bridge = at;
        rnn_layout_tensor(l, P, 0, 0, "bridge.bias_l%zu%s", k, "");
        if (s->cell != RNN_CELL_LSTM) continue;
        rnn_layout_tensor(l, s->hidden, width, 1, "bridge.cell_weight_l%zu%s", k, "");
        rnn_layout_tensor(l, s->hidden, 0, 0, "bridge.cell_bias_l%zu%s", k, "");
    }
    slots->query = RNN_NO_SLOT;
    if (s->attention)
        slots->query = rnn_layout_tensor(l, P, width, 1, "attention.query.weight%.0zu%s", 0, "");
    slots->combine_weight =
        rnn_layout_tensor(l, U, combine_width(s), 1, "combine.weight%.0zu%s", 0, "");
    slots->combine_bias = rnn_layout_tensor(l, U, 0, 0, "combine.bias%.0zu%s", 0, "");
}

void rnn_decoder_place_space(rnn_cursor *c, const rnn_net_spec *s, const rnn_workspace *w,
                             rnn_decoder_space *space) {
    size_t U = s->target_embedding, P = rnn_spec_state(s), width = rnn_spec_directions(s) * P;
    size_t B = w->sequences, R = w->target_rows, T = w->target_steps;
    memset(space, 0, sizeof *space);
    space->ids = (uint32_t *)(void *)rnn_cursor_take(c, R, 1);
    space->x = rnn_cursor_take(c, R, U);
    space->last = rnn_cursor_take(c, B, width);
    space->initial = rnn_cursor_take(c, B, rnn_decoder_state_size(s));
    space->bridge = rnn_cursor_take(c, B, P > s->hidden ? P : s->hidden);
    space->combine_in = rnn_cursor_take(c, R, combine_width(s));
    space->combined = rnn_cursor_take(c, R, U);
    if (s->attention) {
        space->query = rnn_cursor_take(c, R, width);
        space->source = rnn_cursor_take(c, w->steps, width);
        space->target = rnn_cursor_take(c, T, width);
        space->context = rnn_cursor_take(c, T, width);
        space->share = rnn_cursor_take(c, T, w->steps);
    }
    if (!w->training) return;
    space->d_combined = rnn_cursor_take(c, R, U);
    space->d_combine_in = rnn_cursor_take(c, R, combine_width(s));
    space->d_upper = rnn_cursor_take(c, R, P > U ? P : U);
    space->d_lower = rnn_cursor_take(c, R, P > U ? P : U);
    space->d_last = rnn_cursor_take(c, B, width);
    if (!s->attention) return;
    space->d_source = rnn_cursor_take(c, w->steps, width);
    space->d_share = rnn_cursor_take(c, T, w->steps);
}

static void glorot(rnn_net *net, size_t at, size_t rows, size_t columns, uint64_t key) {
    double bound = sqrt(6.0 / (double)(rows + columns));
    for (size_t i = 0; i < rows * columns; i++)
        net->parameter[at + i] = (real)(bound * (2 * rnn_uniform(key, i) - 1));
}

/* The bridge's parts in order: h of layer 0, its c (LSTM), h of layer 1 ... */
typedef struct bridge_part {
    size_t layer, width, weight, bias; /* weight [width x D P] */
    int cell;                          /* c, not h */
    size_t state;                      /* where it lies in a sequence's state */
} bridge_part;

static bridge_part bridge_first(const rnn_net *net) {
    bridge_part p = {0, net->state, net->decoder.bridge, 0, 0, 0};
    p.bias = p.weight + p.width * net->directions * net->state;
    return p;
}

static void bridge_next(const rnn_net *net, bridge_part *p) {
    int lstm = net->spec.cell == RNN_CELL_LSTM;
    p->weight = p->bias + p->width;
    p->state += p->width;
    if (p->cell || !lstm) p->layer++;
    p->cell = lstm && !p->cell;
    p->width = p->cell ? net->spec.hidden : net->state;
    p->bias = p->weight + p->width * net->directions * net->state;
}

void rnn_decoder_initialise(rnn_net *net, uint64_t seed) {
    const rnn_net_spec *s = &net->spec;
    size_t U = s->target_embedding, P = net->state, width = net->directions * P, part = 0;
    uint64_t key = rnn_stream(seed, 5, 0);
    double deviation = rnn_word_deviation(U, s->tied);
    for (size_t i = s->tied ? 0 : U; i < s->target_vocabulary * U; i++)
        net->parameter[net->decoder.embedding + i] = (real)(rnn_normal(key, i) * deviation);
    for (bridge_part p = bridge_first(net); p.layer < s->layers; bridge_next(net, &p))
        glorot(net, p.weight, p.width, width, rnn_stream(seed, 6, part++));
    if (s->attention) glorot(net, net->decoder.query, P, width, rnn_stream(seed, 5, 1));
    glorot(net, net->decoder.combine_weight, U, combine_width(s), rnn_stream(seed, 5, 2));
}

/* Packed row that has unit j of the final state of sequence b. */
static size_t last_row(const rnn_net *net, const rnn_batch *batch, size_t b, size_t j) {
    return rnn_batch_row(batch, b, j < net->state ? batch->length[b] - 1 : 0);
}

void rnn_decoder_last(const rnn_net *net, const rnn_batch *batch, size_t b, const real *encoder_out,
                      real *last) {
    size_t W = net->directions * net->state;
    for (size_t j = 0; j < W; j++) last[j] = encoder_out[last_row(net, batch, b, j) * W + j];
}

void rnn_decoder_bridge(const rnn_net *net, size_t sequences, rnn_workspace *w, const real *last,
                        real *state) {
    size_t W = net->directions * net->state, S = rnn_decoder_state_size(&net->spec);
    real *scratch = w->decoder.bridge;
    for (bridge_part p = bridge_first(net); p.layer < net->spec.layers; bridge_next(net, &p)) {
        rnn_affine(net, p.weight, p.bias, sequences, W, last, p.width, scratch);
        rnn_kernels_get()->rnn_forward(sequences, p.width, 0, scratch, state + p.state, S);
    }
}

/* From the layers' gradients of their initial states: d_encoder is added to. */
static void bridge_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                            real *d_encoder, real *gradient) {
    rnn_decoder_space *space = &w->decoder;
    size_t W = net->directions * net->state, S = rnn_decoder_state_size(&net->spec);
    size_t B = batch->decoder->sequences, L = net->spec.layers;
    for (bridge_part p = bridge_first(net); p.layer < L; bridge_next(net, &p)) {
        const rnn_direction *d = &w->layer[L + p.layer].direction[0];
        rnn_kernels_get()->rnn_backward(B, p.width, 0, space->bridge, space->initial + p.state, S,
                                        p.cell ? d->dc : d->dh, NULL, 0);
        rnn_affine_backward(net, p.weight, p.bias, B, W, space->last, p.width, space->bridge,
                            p.state > 0, space->d_last, gradient);
    }
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < W; j++) {
            size_t row = last_row(net, batch, batch->source[b], j);
            d_encoder[row * W + j] += space->d_last[b * W + j];
        }
    }
}

/* x and ids of the target's tokens. */
static void embed(const rnn_net *net, const rnn_batch *decoder, const rnn_pass *pass,
                  rnn_decoder_space *space) {
    size_t U = net->spec.target_embedding;
    const real *table = net->parameter + net->decoder.embedding;
    real rate = pass->training ? (real)net->spec.embedding_dropout : 0;
    uint64_t key = rate > 0 ? rnn_stream(pass->seed, EMBEDDING_STREAM, pass->first) : 0;
    for (size_t r = 0; r < decoder->rows; r++) {
        uint32_t id = decoder->ids[r];
        if (id >= net->spec.target_vocabulary || (rate > 0 && rnn_uniform_at(key, r) < rate))
            id = 0;
        space->ids[r] = id;
        memcpy(space->x + r * U, table + id * U, U * sizeof(real));
    }
}

/* Embedding and layers; their outputs s_t go behind the room for c_t in combine_in. */
static void run_layers(const rnn_net *net, const rnn_batch *decoder, const rnn_pass *pass,
                       rnn_workspace *w) {
    rnn_decoder_space *space = &w->decoder;
    size_t P = net->state, width = combine_width(&net->spec), L = net->spec.layers;
    embed(net, decoder, pass, space);
    const real *in = space->x;
    for (size_t l = L; l < 2 * L; l++) {
        rnn_layer_forward(net, l, decoder, pass, w, in);
        in = w->layer[l].out;
    }
    for (size_t r = 0; r < decoder->rows; r++)
        memcpy(space->combine_in + r * width + width - P, in + r * P, P * sizeof(real));
}

/* Combine and head: out [rows x O] from combine_in. */
static void output_forward(const rnn_net *net, size_t rows, rnn_decoder_space *space, real *out) {
    const rnn_decoder_slots *slots = &net->decoder;
    size_t U = net->spec.target_embedding, width = combine_width(&net->spec);
    rnn_affine(net, slots->combine_weight, slots->combine_bias, rows, width, space->combine_in, U,
               space->combined);
    rnn_kernels_get()->rnn_forward(rows, U, 0, space->combined, space->combined, U);
    rnn_affine(net, net->head_weight, net->head_bias, rows, U, space->combined, net->spec.outputs,
               out);
}

/* The pass of the decoder's layers: their states come from the bridge. */
static rnn_pass layers_pass(const rnn_pass *pass, const rnn_decoder_space *space) {
    rnn_pass p = *pass;
    p.state_in = space->initial;
    p.state_out = NULL;
    return p;
}

void rnn_decoder_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                         rnn_workspace *w, const real *encoder_out, real *out) {
    const rnn_batch *decoder = batch->decoder;
    rnn_decoder_space *space = &w->decoder;
    size_t W = net->directions * net->state;
    for (size_t b = 0; b < decoder->sequences; b++)
        rnn_decoder_last(net, batch, batch->source[b], encoder_out, space->last + b * W);
    rnn_decoder_bridge(net, decoder->sequences, w, space->last, space->initial);
    rnn_pass own = layers_pass(pass, space);
    run_layers(net, decoder, &own, w);
    if (net->spec.attention) rnn_attention_forward(net, batch, w, encoder_out);
    output_forward(net, decoder->rows, space, out);
}

void rnn_decoder_step(const rnn_net *net, const rnn_batch *decoder, const rnn_pass *pass,
                      rnn_workspace *w, const real *source, size_t steps, real *out) {
    run_layers(net, decoder, pass, w);
    if (net->spec.attention) rnn_attention_step(net, decoder->rows, w, source, steps);
    output_forward(net, decoder->rows, &w->decoder, out);
}

/* Gradient of combine_in into d_combine_in. */
static void output_backward(const rnn_net *net, size_t rows, rnn_decoder_space *space,
                            const real *d_out, real *gradient) {
    const rnn_decoder_slots *slots = &net->decoder;
    size_t U = net->spec.target_embedding, width = combine_width(&net->spec);
    real *d = space->d_combined;
    rnn_affine_backward(net, net->head_weight, net->head_bias, rows, U, space->combined,
                        net->spec.outputs, d_out, 0, d, gradient);
    for (size_t i = 0; i < rows * U; i++) d[i] *= 1 - space->combined[i] * space->combined[i];
    rnn_affine_backward(net, slots->combine_weight, slots->combine_bias, rows, width,
                        space->combine_in, U, d, 0, space->d_combine_in, gradient);
}

/* Layers and embedding, from the gradient of s_t in d_combine_in. */
static void layers_backward(const rnn_net *net, const rnn_batch *decoder, const rnn_pass *pass,
                            rnn_workspace *w, real *gradient) {
    rnn_decoder_space *space = &w->decoder;
    size_t P = net->state, U = net->spec.target_embedding, width = combine_width(&net->spec);
    size_t L = net->spec.layers;
    real *upper = space->d_upper, *lower = space->d_lower;
    for (size_t r = 0; r < decoder->rows; r++) {
        memcpy(upper + r * P, space->d_combine_in + r * width + width - P, P * sizeof(real));
    }
    for (size_t l = 2 * L; l-- > L;) {
        rnn_layer_backward(net, l, decoder, pass, w, l > L ? w->layer[l - 1].out : space->x, upper,
                           lower, NULL, gradient);
        real *swap = upper;
        upper = lower;
        lower = swap;
    }
    real *table = gradient + net->decoder.embedding;
    for (size_t r = 0; r < decoder->rows; r++) {
        real *to = table + space->ids[r] * U;
        for (size_t j = 0; j < U; j++) to[j] += upper[r * U + j];
    }
}

void rnn_decoder_backward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                          rnn_workspace *w, const real *encoder_out, const real *d_out,
                          real *d_encoder, rnn_gradient *gradient) {
    rnn_pass own = layers_pass(pass, &w->decoder);
    memset(d_encoder, 0, batch->rows * net->directions * net->state * sizeof(real));
    output_backward(net, batch->decoder->rows, &w->decoder, d_out, gradient->dense);
    if (net->spec.attention)
        rnn_attention_backward(net, batch, w, encoder_out, d_encoder, gradient->dense);
    layers_backward(net, batch->decoder, &own, w, gradient->dense);
    bridge_backward(net, batch, w, d_encoder, gradient->dense);
}
