/* net.c - the network's shape: sizes, tensors, life and death; see net.h. The arithmetic is in
** layer.c and pass.c. */
#include <stdio.h>
#include <string.h>

#include "net_internal.h"

enum { MAX_WIDTH = 1 << 16, MAX_LAYERS = 64, MAX_VOCABULARY = 1 << 24 };
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

size_t rnn_head_width(const rnn_net *net) {
    return net->directions * net->state + (net->spec.skip ? net->inputs : 0);
}

static int in_range(size_t v, size_t low, size_t high) { return v >= low && v <= high; }

static int spec_valid(const rnn_net_spec *s) {
    int lstm = s->cell == RNN_CELL_LSTM;
    if ((unsigned)s->cell > RNN_CELL_RNN || (unsigned)s->activation > RNN_RELU) return 0;
    if ((unsigned)s->reset > RNN_RESET_BEFORE || (unsigned)s->init > RNN_INIT_IDENTITY) return 0;
    if ((unsigned)s->pooling > RNN_POOL_ATTENTION || (s->pooling && s->skip)) return 0;
    if (!in_range(s->layers, 1, MAX_LAYERS) || !in_range(s->hidden, 1, MAX_WIDTH)) return 0;
    if (s->projection > MAX_WIDTH || ((s->projection || s->peephole) && !lstm)) return 0;
    if (s->numbers > MAX_WIDTH || s->categories > RNN_MAX_CATEGORIES) return 0;
    if (!in_range(s->outputs, 1, MAX_VOCABULARY)) return 0;
    for (size_t c = 0; c < s->categories; c++) {
        if (!in_range(s->vocabulary[c], 1, MAX_VOCABULARY) ||
            !in_range(s->embedding[c], 1, MAX_WIDTH))
            return 0;
    }
    if (!in_range(rnn_spec_inputs(s), 1, 4 * (size_t)MAX_WIDTH)) return 0;
    if (!(s->dropout >= 0 && s->dropout < 1 && s->recurrent_dropout >= 0 &&
          s->recurrent_dropout < 1))
        return 0;
    return s->embedding_dropout >= 0 && s->embedding_dropout < 1;
}

/* Lays tensors one behind the other. With net NULL it only counts. */
typedef struct layout {
    rnn_net *net;
    uint64_t at;
    size_t tensors;
} layout;

static size_t place(layout *l, size_t rows, size_t columns, int decay, const char *format, size_t a,
                    const char *b) {
    size_t at = (size_t)l->at;
    if (l->net) {
        rnn_tensor *t = &l->net->tensor[l->tensors];
        snprintf(t->name, sizeof t->name, format, a, b);
        t->offset = at;
        t->rows = rows;
        t->columns = columns;
        t->decay = decay;
    }
    l->at += (uint64_t)rows * (columns ? columns : 1);
    l->tensors++;
    return at;
}

static void place_direction(layout *l, const rnn_net_spec *s, size_t layer, size_t inputs,
                            const char *suffix, rnn_slots *slots) {
    size_t gh = rnn_spec_gates(s) * s->hidden, p = rnn_spec_state(s);
    slots->w_ih = place(l, gh, inputs, 1, "rnn.weight_ih_l%zu%s", layer, suffix);
    slots->w_hh = place(l, gh, p, 1, "rnn.weight_hh_l%zu%s", layer, suffix);
    slots->b_ih = place(l, gh, 0, 0, "rnn.bias_ih_l%zu%s", layer, suffix);
    slots->b_hh = place(l, gh, 0, 0, "rnn.bias_hh_l%zu%s", layer, suffix);
    slots->w_hr = slots->peephole = slots->h0 = slots->c0 = RNN_NO_SLOT;
    if (s->projection)
        slots->w_hr = place(l, p, s->hidden, 1, "rnn.weight_hr_l%zu%s", layer, suffix);
    if (s->peephole)
        slots->peephole = place(l, 3, s->hidden, 0, "rnn.weight_peephole_l%zu%s", layer, suffix);
    if (!s->learned_initial) return;
    slots->h0 = place(l, p, 0, 0, "rnn.h0_l%zu%s", layer, suffix);
    if (s->cell == RNN_CELL_LSTM)
        slots->c0 = place(l, s->hidden, 0, 0, "rnn.c0_l%zu%s", layer, suffix);
}

static void place_all(layout *l, const rnn_net_spec *s) {
    rnn_layer_slots scratch;
    size_t inputs = rnn_spec_inputs(s), width = rnn_spec_directions(s) * rnn_spec_state(s), at;
    for (size_t c = 0; c < s->categories; c++) {
        at = place(l, s->vocabulary[c], s->embedding[c], 0, "embedding.%zu.weight%s", c, "");
        if (l->net) l->net->embedding[c] = at;
    }
    for (size_t k = 0; k < s->layers; k++) {
        rnn_layer_slots *slots = l->net ? &l->net->layer[k] : &scratch;
        slots->inputs = k ? width : inputs;
        place_direction(l, s, k, slots->inputs, "", &slots->direction[0]);
        if (s->bidirectional)
            place_direction(l, s, k, slots->inputs, "_reverse", &slots->direction[1]);
        slots->norm_weight = slots->norm_bias = RNN_NO_SLOT;
        if (!s->layer_norm) continue;
        slots->norm_weight = place(l, width, 0, 0, "rnn.norm_l%zu.weight%s", k, "");
        slots->norm_bias = place(l, width, 0, 0, "rnn.norm_l%zu.bias%s", k, "");
    }
    size_t pool[3] = {RNN_NO_SLOT, RNN_NO_SLOT, RNN_NO_SLOT};
    if (s->pooling == RNN_POOL_ATTENTION) {
        pool[0] = place(l, width, width, 1, "pooling.weight%.0zu%s", 0, "");
        pool[1] = place(l, width, 0, 0, "pooling.bias%.0zu%s", 0, "");
        pool[2] = place(l, width, 0, 0, "pooling.query%.0zu%s", 0, "");
    }
    if (l->net) {
        l->net->pool_weight = pool[0];
        l->net->pool_bias = pool[1];
        l->net->pool_query = pool[2];
    }
    at = place(l, s->outputs, width + (s->skip ? inputs : 0), 1, "head.weight%.0zu%s", 0, "");
    if (l->net) l->net->head_weight = at;
    at = place(l, s->outputs, 0, 0, "head.bias%.0zu%s", 0, "");
    if (l->net) l->net->head_bias = at;
}

uint64_t rnn_spec_parameters(const rnn_net_spec *s) {
    layout count = {NULL, 0, 0};
    if (!spec_valid(s)) return 0;
    place_all(&count, s);
    return count.at <= MAX_PARAMETERS ? count.at : 0;
}

rnn_status rnn_net_create(rnn_context *ctx, const rnn_net_spec *spec, rnn_net **out) {
    layout l = {NULL, 0, 0};
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
    place_all(&l, spec);
    net->tensors = l.tensors;
    net->tensor = rnn_alloc_array(ctx, net->tensors, sizeof *net->tensor);
    if (net->tensor) net->layer = rnn_alloc_array(ctx, spec->layers, sizeof *net->layer);
    if (net->layer) net->parameter = rnn_alloc_array_zero(ctx, parameters, sizeof *net->parameter);
    if (!net->parameter) {
        rnn_net_free(net);
        return ctx->status;
    }
    l = (layout){net, 0, 0};
    place_all(&l, spec);
    *out = net;
    return RNN_OK;
}

void rnn_net_free(rnn_net *net) {
    if (!net) return;
    rnn_context *ctx = net->ctx;
    rnn_free(ctx, net->tensor);
    rnn_free(ctx, net->layer);
    rnn_free(ctx, net->parameter);
    rnn_free(ctx, net);
}

const rnn_net_spec *rnn_net_get_spec(const rnn_net *net) { return &net->spec; }

size_t rnn_net_parameter_count(const rnn_net *net) { return net->parameters; }

real *rnn_net_parameters(rnn_net *net) { return net->parameter; }

size_t rnn_net_tensor_count(const rnn_net *net) { return net->tensors; }

const rnn_tensor *rnn_net_tensor(const rnn_net *net, size_t i) { return &net->tensor[i]; }
