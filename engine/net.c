/* net.c - the network's shape: sizes, tensors, life and death; see net.h. The arithmetic is in
** layer.c and pass.c. */
#include <stdio.h>
#include <string.h>

#include "net_internal.h"

enum { MAX_WIDTH = 1 << 16, MAX_LAYERS = 64, MAX_VOCABULARY = 1 << 24 };
/* A table with more elements than this has its gradient kept by row. */
enum { MOST_DENSE = 1 << 14 };
static const uint64_t MAX_PARAMETERS = (uint64_t)1 << 31;

size_t rnn_spec_gates(const rnn_net_spec *s) {
    return s->cell == RNN_CELL_LSTM ? 4 : s->cell == RNN_CELL_GRU ? 3 : 1;
}

size_t rnn_spec_directions(const rnn_net_spec *s) { return s->bidirectional ? 2 : 1; }

size_t rnn_spec_inputs(const rnn_net_spec *s) {
    size_t n = s->numbers;
    for (size_t c = 0; c < s->categories; c++) n += s->embedding[c];
    return n;
}

size_t rnn_spec_state(const rnn_net_spec *s) { return s->projection ? s->projection : s->hidden; }

size_t rnn_state_size(const rnn_net_spec *s) {
    size_t one = rnn_spec_state(s) + (s->cell == RNN_CELL_LSTM ? s->hidden : 0);
    return s->layers * rnn_spec_directions(s) * one;
}

size_t rnn_spec_all_layers(const rnn_net_spec *s) {
    return s->target_vocabulary ? 2 * s->layers : s->layers;
}

size_t rnn_head_width(const rnn_net *net) {
    return net->directions * net->state + (net->spec.skip ? net->inputs : 0);
}

static int in_range(size_t v, size_t low, size_t high) { return v >= low && v <= high; }

static int decoder_valid(const rnn_net_spec *s) {
    if (s->target_vocabulary == 0) return !s->attention;
    if (s->pooling || s->skip || s->outputs != s->target_vocabulary) return 0;
    return in_range(s->target_embedding, 1, MAX_WIDTH);
}

static int spec_valid(const rnn_net_spec *s) {
    int lstm = s->cell == RNN_CELL_LSTM;
    if ((unsigned)s->cell > RNN_CELL_RNN || (unsigned)s->activation > RNN_RELU) return 0;
    if ((unsigned)s->reset > RNN_RESET_BEFORE || (unsigned)s->init > RNN_INIT_IDENTITY) return 0;
    if ((unsigned)s->pooling > RNN_POOL_MIXED || (s->pooling && s->skip)) return 0;
    if (!in_range(s->layers, 1, MAX_LAYERS) || !in_range(s->hidden, 1, MAX_WIDTH)) return 0;
    if (s->projection > MAX_WIDTH || ((s->projection || s->peephole) && !lstm)) return 0;
    if (s->numbers > MAX_WIDTH || s->categories > RNN_MAX_CATEGORIES) return 0;
    if (!in_range(s->outputs, 1, MAX_VOCABULARY)) return 0;
    for (size_t c = 0; c < s->categories; c++) {
        if (!in_range(s->vocabulary[c], 1, MAX_VOCABULARY) ||
            !in_range(s->embedding[c], 1, MAX_WIDTH) || s->subwords[c] > MAX_VOCABULARY)
            return 0;
    }
    if (!in_range(rnn_spec_inputs(s), 1, 4 * (size_t)MAX_WIDTH)) return 0;
    if (!decoder_valid(s)) return 0;
    if (s->tied && !s->target_vocabulary && (s->categories < 1 || s->outputs != s->vocabulary[0]))
        return 0;
    if (!(s->dropout >= 0 && s->dropout < 1 && s->recurrent_dropout >= 0 &&
          s->recurrent_dropout < 1))
        return 0;
    return s->embedding_dropout >= 0 && s->embedding_dropout < 1;
}

/* Lays tensors one behind the other. With net NULL it only counts. */
struct rnn_layout {
    rnn_net *net;
    uint64_t at;
    size_t tensors, sparse_rows;
    int sparse; /* the tensors of this round */
};

size_t rnn_layout_tensor(rnn_layout *l, size_t rows, size_t columns, int decay, const char *format,
                         size_t a, const char *b) {
    size_t at = (size_t)l->at;
    if (l->net) {
        rnn_tensor *t = &l->net->tensor[l->tensors];
        snprintf(t->name, sizeof t->name, format, a, b);
        t->offset = at;
        t->rows = rows;
        t->columns = columns;
        t->decay = decay;
        t->sparse = l->sparse;
    }
    l->at += (uint64_t)rows * (columns ? columns : 1);
    l->tensors++;
    return at;
}

/* A tensor without a number in its name. */
static size_t place(rnn_layout *l, size_t rows, size_t columns, int decay, const char *name) {
    return rnn_layout_tensor(l, rows, columns, decay, "%.0zu%s", 0, name);
}

/* A table, in the round it belongs to. Tables do not decay: a row would, with every step that does
** not see it. */
static void place_table(rnn_layout *l, size_t rows, size_t width, int tied, const char *format,
                        size_t a, rnn_lookup *table) {
    int sparse = (uint64_t)rows * width > MOST_DENSE && !tied;
    if (rows == 0 || sparse != l->sparse) return;
    table->rows = rows;
    table->width = width;
    table->first = sparse ? l->sparse_rows : RNN_NO_SLOT;
    table->offset = rnn_layout_tensor(l, rows, width, 0, format, a, "");
    if (sparse) l->sparse_rows += rows;
}

/* A tensor of a layer: "rnn" + ".weight_ih_l%zu%s". */
static size_t place_part(rnn_layout *l, const char *stack, const char *part, size_t layer,
                         const char *suffix, size_t rows, size_t columns, int decay) {
    char format[64];
    snprintf(format, sizeof format, "%s%s", stack, part);
    return rnn_layout_tensor(l, rows, columns, decay, format, layer, suffix);
}

static void place_direction(rnn_layout *l, const rnn_net_spec *s, const char *stack, size_t layer,
                            size_t inputs, const char *suffix, int initial, rnn_slots *slots) {
    size_t gh = rnn_spec_gates(s) * s->hidden, p = rnn_spec_state(s), h = s->hidden;
    slots->w_ih = place_part(l, stack, ".weight_ih_l%zu%s", layer, suffix, gh, inputs, 1);
    slots->w_hh = place_part(l, stack, ".weight_hh_l%zu%s", layer, suffix, gh, p, 1);
    slots->b_ih = place_part(l, stack, ".bias_ih_l%zu%s", layer, suffix, gh, 0, 0);
    slots->b_hh = place_part(l, stack, ".bias_hh_l%zu%s", layer, suffix, gh, 0, 0);
    slots->w_hr = slots->peephole = slots->h0 = slots->c0 = RNN_NO_SLOT;
    if (s->projection)
        slots->w_hr = place_part(l, stack, ".weight_hr_l%zu%s", layer, suffix, p, h, 1);
    if (s->peephole)
        slots->peephole = place_part(l, stack, ".weight_peephole_l%zu%s", layer, suffix, 3, h, 0);
    if (!initial) return;
    slots->h0 = place_part(l, stack, ".h0_l%zu%s", layer, suffix, p, 0, 0);
    if (s->cell == RNN_CELL_LSTM)
        slots->c0 = place_part(l, stack, ".c0_l%zu%s", layer, suffix, h, 0, 0);
}

void rnn_layout_layer(rnn_layout *l, const rnn_net_spec *s, const char *stack, size_t number,
                      size_t inputs, rnn_layer_slots *slots) {
    int encoder = strcmp(stack, "rnn") == 0, both = encoder && s->bidirectional;
    size_t width = (both ? 2 : 1) * rnn_spec_state(s);
    slots->inputs = inputs;
    for (int k = 0; k <= both; k++) {
        place_direction(l, s, stack, number, inputs, k ? "_reverse" : "",
                        encoder && s->learned_initial, &slots->direction[k]);
    }
    slots->norm_weight = slots->norm_bias = RNN_NO_SLOT;
    if (!s->layer_norm) return;
    slots->norm_weight = place_part(l, stack, ".norm_l%zu.weight%s", number, "", width, 0, 0);
    slots->norm_bias = place_part(l, stack, ".norm_l%zu.bias%s", number, "", width, 0, 0);
}

static void place_tables(rnn_layout *l, const rnn_net_spec *s, rnn_net *net) {
    for (size_t c = 0; c < s->categories; c++) {
        int tied = s->tied && c == 0 && !s->target_vocabulary;
        place_table(l, s->vocabulary[c], s->embedding[c], tied, "embedding.%zu.weight%s", c,
                    &net->embedding[c]);
        place_table(l, s->subwords[c], s->embedding[c], 0, "embedding.%zu.subword.weight%s", c,
                    &net->subword[c]);
    }
}

static void place_head(rnn_layout *l, const rnn_net_spec *s, rnn_net *net) {
    size_t width = rnn_spec_directions(s) * rnn_spec_state(s);
    if (s->skip) width += rnn_spec_inputs(s);
    if (s->target_vocabulary) width = s->target_embedding;
    net->project = net->project_bias = RNN_NO_SLOT;
    if (!s->tied) {
        net->head_weight = place(l, s->outputs, width, 1, "head.weight");
    } else if (s->target_vocabulary) {
        net->head_weight = net->decoder.embedding;
    } else {
        net->project = place(l, s->embedding[0], width, 1, "head.project.weight");
        net->project_bias = place(l, s->embedding[0], 0, 0, "head.project.bias");
        net->head_weight = net->embedding[0].offset;
    }
    net->head_bias = place(l, s->outputs, 0, 0, "head.bias");
}

/* One round over the tensors. `net` gets the offsets; its layers only if they exist. */
static void place_dense(rnn_layout *l, const rnn_net_spec *s, rnn_net *net) {
    size_t width = rnn_spec_directions(s) * rnn_spec_state(s), inputs = rnn_spec_inputs(s);
    rnn_layer_slots scratch;
    place_tables(l, s, net);
    for (size_t k = 0; k < s->layers; k++)
        rnn_layout_layer(l, s, "rnn", k, k ? width : inputs,
                         net->layer ? &net->layer[k] : &scratch);
    net->pool_weight = net->pool_bias = net->pool_query = RNN_NO_SLOT;
    if (s->pooling == RNN_POOL_ATTENTION) {
        net->pool_weight = place(l, width, width, 1, "pooling.weight");
        net->pool_bias = place(l, width, 0, 0, "pooling.bias");
        net->pool_query = place(l, width, 0, 0, "pooling.query");
    }
    if (s->target_vocabulary)
        rnn_decoder_place(l, s, &net->decoder, net->layer ? net->layer + s->layers : NULL);
    place_head(l, s, net);
}

/* All tensors, the sparse ones last. l->net NULL: only counted. */
static void place_all(rnn_layout *l, const rnn_net_spec *s, rnn_net *net) {
    l->sparse = 0;
    place_dense(l, s, net);
    net->dense = (size_t)l->at;
    l->sparse = 1;
    net->sparse_tensors = l->tensors;
    place_tables(l, s, net);
    net->tensors = l->tensors;
    net->sparse_tensors = l->tensors - net->sparse_tensors;
    net->sparse_rows = l->sparse_rows;
}

/* Sizes of `net`, whose tensors and layers do not exist yet, from its spec. */
static uint64_t count_tensors(rnn_net *net) {
    rnn_layout count = {.net = NULL};
    place_all(&count, &net->spec, net);
    return count.at <= MAX_PARAMETERS ? count.at : 0;
}

uint64_t rnn_spec_parameters(const rnn_net_spec *s) {
    rnn_net scratch;
    if (!spec_valid(s)) return 0;
    memset(&scratch, 0, sizeof scratch);
    scratch.spec = *s;
    return count_tensors(&scratch);
}

static void place_packed(rnn_packed *to, size_t source, size_t k, size_t m, int backward) {
    /* The tensor is [m x k]: W of the forward pass is its transpose. */
    *to =
        backward ? (rnn_packed){m, k, source, k, 1, NULL} : (rnn_packed){k, m, source, 1, k, NULL};
}

static void place_packings(const rnn_net *net, size_t layer, size_t direction, int backward,
                           rnn_packed *to) {
    const rnn_slots *s = &net->layer[layer].direction[direction];
    size_t H = net->spec.hidden, P = net->state, GH = net->gates * H;
    size_t merged = net->spec.cell == RNN_CELL_GRU ? 2 * H : GH;
    place_packed(to + RNN_PACKED_INPUT, s->w_ih, net->layer[layer].inputs, GH, backward);
    place_packed(to + RNN_PACKED_HIDDEN, s->w_hh, P, merged, backward);
    if (merged < GH) place_packed(to + RNN_PACKED_CANDIDATE, s->w_hh + merged * P, P, H, backward);
    if (net->spec.projection) place_packed(to + RNN_PACKED_PROJECT, s->w_hr, H, P, backward);
}

static size_t layer_directions(const rnn_net *net, size_t layer) {
    return layer < net->spec.layers ? net->directions : 1;
}

static rnn_status create_packing(rnn_net *net) {
    size_t layers = rnn_spec_all_layers(&net->spec), half = layers * 2 * RNN_PACKED;
    rnn_packed *all = rnn_alloc_array_zero(net->ctx, 2 * half, sizeof *all);
    if (!all) return net->ctx->status;
    for (size_t i = 0; i < layers * 2; i++) {
        if (i % 2 >= layer_directions(net, i / 2)) continue;
        place_packings(net, i / 2, i % 2, 0, all + i * RNN_PACKED);
        place_packings(net, i / 2, i % 2, 1, all + half + i * RNN_PACKED);
    }
    rnn_status status = rnn_packing_create(net->ctx, all, 2 * half, half, &net->packing);
    rnn_free(net->ctx, all);
    return status;
}

const rnn_packed *rnn_net_packed(const rnn_net *net, size_t layer, size_t direction, int kind,
                                 int backward) {
    size_t at = layer * 2 + direction, half = rnn_spec_all_layers(&net->spec) * 2;
    return rnn_packing_matrix(net->packing,
                              (at + (backward ? half : 0)) * RNN_PACKED + (size_t)kind);
}

rnn_status rnn_net_create(rnn_context *ctx, const rnn_net_spec *spec, rnn_net **out) {
    *out = NULL;
    uint64_t parameters = rnn_spec_parameters(spec);
    if (parameters == 0) {
        return rnn_fail(
            ctx, RNN_LIMIT,
            "a network of this size is out of range; lower hidden, layers or embedding");
    }
    rnn_net *net = rnn_alloc_zero(ctx, sizeof *net);
    if (!net) return ctx->status;
    net->ctx = ctx;
    net->spec = *spec;
    net->gates = rnn_spec_gates(spec);
    net->directions = rnn_spec_directions(spec);
    net->inputs = rnn_spec_inputs(spec);
    net->state = rnn_spec_state(spec);
    net->parameters = (size_t)parameters;
    count_tensors(net);
    net->tensor = rnn_alloc_array(ctx, net->tensors, sizeof *net->tensor);
    if (net->tensor)
        net->layer = rnn_alloc_array(ctx, rnn_spec_all_layers(spec), sizeof *net->layer);
    if (net->layer) net->parameter = rnn_alloc_array_zero(ctx, parameters, sizeof *net->parameter);
    if (!net->parameter) {
        rnn_net_free(net);
        return ctx->status;
    }
    rnn_layout l = {.net = net};
    place_all(&l, spec, net);
    rnn_status status = create_packing(net);
    if (status == RNN_OK) {
        *out = net;
    } else {
        rnn_net_free(net);
    }
    return status;
}

void rnn_net_free(rnn_net *net) {
    if (!net) return;
    rnn_context *ctx = net->ctx;
    rnn_free(ctx, net->tensor);
    rnn_free(ctx, net->layer);
    rnn_free(ctx, net->parameter);
    rnn_packing_free(ctx, net->packing);
    rnn_free(ctx, net);
}

const rnn_net_spec *rnn_net_get_spec(const rnn_net *net) { return &net->spec; }

size_t rnn_net_parameter_count(const rnn_net *net) { return net->parameters; }

real *rnn_net_parameters(rnn_net *net) {
    rnn_packing_stale(net->packing);
    return net->parameter;
}

size_t rnn_net_tensor_count(const rnn_net *net) { return net->tensors; }

const rnn_tensor *rnn_net_tensor(const rnn_net *net, size_t i) { return &net->tensor[i]; }

size_t rnn_net_dense_count(const rnn_net *net) { return net->dense; }

size_t rnn_net_sparse_rows(const rnn_net *net) { return net->sparse_rows; }

size_t rnn_net_sparse_width(const rnn_net *net) {
    size_t width = 0;
    for (size_t i = net->tensors - net->sparse_tensors; i < net->tensors; i++)
        if (net->tensor[i].columns > width) width = net->tensor[i].columns;
    return width;
}

const rnn_tensor *rnn_net_sparse_row(const rnn_net *net, size_t r, size_t *at) {
    const rnn_tensor *t = &net->tensor[net->tensors - net->sparse_tensors];
    while (r >= t->rows) r -= t++->rows;
    *at = t->offset + r * t->columns;
    return t;
}
