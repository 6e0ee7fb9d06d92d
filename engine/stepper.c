/* stepper.c - see stepper.h.
**
** A step is a pass over a packed batch of one step and `lanes` sequences, with the states carried
** in and out. Without pooling, and with pooling `last`, that pass is the whole network's; with the
** others the layers run, the lane's pool takes their outputs in, and the head sees the pool.
*/
#include "stepper.h"

#include <math.h>
#include <string.h>

#include "net_internal.h"

struct rnn_stepper {
    rnn_context *ctx;
    rnn_net *const *member;
    size_t members, lanes, source_steps;
    size_t outputs;
    size_t recurrent, pool; /* reals of one member's and lane's state: recurrent layers; pool */
    rnn_batch batch;        /* one step of `lanes` sequences */
    size_t *ones;           /* [lanes] their lengths */
    rnn_workspace *work;    /* of all members, one after the other */
    real *state;            /* [lanes x recurrent] of one member */
    real *out;              /* [lanes x O] of one member */
    real *source;           /* [members x source_steps x D P] encoder's outputs, with attention */
    real *last;             /* [D P] */
    size_t encoded;         /* steps of the source encoded last */
};

static size_t pool_size(const rnn_net_spec *s) {
    size_t width = rnn_spec_state(s);
    switch (s->pooling) {
    case RNN_POOL_MEAN:
    case RNN_POOL_MIXED: return width + 1;
    case RNN_POOL_MAX: return width;
    case RNN_POOL_ATTENTION: return width + 2;
    default: return 0;
    }
}

static rnn_status make(rnn_stepper *s, const rnn_net_spec *spec) {
    rnn_context *ctx = s->ctx;
    int decoder = spec->target_vocabulary > 0;
    size_t W = rnn_spec_directions(spec) * rnn_spec_state(spec);
    rnn_workspace_size size = {s->lanes, 1, s->lanes, s->lanes, 0, 0};
    if (decoder) {
        size.steps = size.rows = s->source_steps;
        size.target_steps = size.target_rows = s->lanes;
    }
    rnn_status status = rnn_batch_init(ctx, &s->batch, s->lanes, 1, decoder ? 0 : spec->numbers,
                                       decoder ? 1 : spec->categories, s->lanes);
    if (status == RNN_OK) status = rnn_workspace_create(ctx, spec, &size, 0, &s->work);
    if (status) return status;
    for (size_t i = 0; i < s->lanes; i++) s->batch.out_row[i] = (uint32_t)i;
    s->ones = rnn_alloc_array(ctx, s->lanes, sizeof *s->ones);
    if (!s->ones) return ctx->status;
    for (size_t i = 0; i < s->lanes; i++) s->ones[i] = 1;
    uint64_t kept = decoder && spec->attention ? (uint64_t)s->members * s->source_steps : 0;
    s->state = rnn_alloc_array(ctx, s->lanes, s->recurrent * sizeof *s->state);
    if (s->state) s->out = rnn_alloc_array(ctx, s->lanes, s->outputs * sizeof *s->out);
    if (s->out) s->source = rnn_alloc_array(ctx, kept, W * sizeof *s->source);
    if (s->source) s->last = rnn_alloc_array(ctx, W, sizeof *s->last);
    return s->last ? RNN_OK : ctx->status;
}

rnn_status rnn_stepper_create(rnn_context *ctx, rnn_net *const *member, size_t members,
                              size_t lanes, size_t source_steps, rnn_stepper **out) {
    const rnn_net_spec *spec = rnn_net_get_spec(member[0]);
    *out = NULL;
    if (spec->bidirectional && !spec->target_vocabulary) {
        return rnn_fail(ctx, RNN_MISUSE,
                        "a bidirectional network cannot run step by step: it reads each sequence "
                        "from its end, too; train one with \"bidirectional\":false");
    }
    rnn_stepper *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->member = member;
    s->members = members;
    s->lanes = lanes;
    s->source_steps = source_steps;
    s->outputs = spec->outputs;
    s->recurrent = spec->target_vocabulary ? rnn_decoder_state_size(spec) : rnn_state_size(spec);
    s->pool = spec->target_vocabulary ? 0 : pool_size(spec);
    rnn_status status = make(s, spec);
    if (status == RNN_OK) {
        *out = s;
    } else {
        rnn_stepper_free(s);
    }
    return status;
}

void rnn_stepper_free(rnn_stepper *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    rnn_batch_free(ctx, &s->batch);
    rnn_workspace_free(s->work);
    rnn_free(ctx, s->ones);
    rnn_free(ctx, s->state);
    rnn_free(ctx, s->out);
    rnn_free(ctx, s->source);
    rnn_free(ctx, s->last);
    rnn_free(ctx, s);
}

size_t rnn_stepper_state_size(const rnn_stepper *s) {
    return s->members * (s->recurrent + s->pool);
}

/* The learned vector, or zeros; returns what comes after it. */
static real *start_vector(const rnn_net *net, size_t at, size_t width, real *state) {
    if (at == RNN_NO_SLOT) {
        memset(state, 0, width * sizeof *state);
    } else {
        memcpy(state, net->parameter + at, width * sizeof *state);
    }
    return state + width;
}

void rnn_stepper_start(const rnn_stepper *s, real *state) {
    for (size_t m = 0; m < s->members; m++) {
        const rnn_net *net = s->member[m];
        for (size_t l = 0; l < net->spec.layers; l++) {
            const rnn_slots *slots = &net->layer[l].direction[0];
            state = start_vector(net, slots->h0, net->state, state);
            if (net->spec.cell == RNN_CELL_LSTM)
                state = start_vector(net, slots->c0, net->spec.hidden, state);
        }
        memset(state, 0, s->pool * sizeof *state);
        for (size_t j = 0; net->spec.pooling == RNN_POOL_MAX && j < s->pool; j++)
            state[j] = -(real)INFINITY;
        for (size_t j = 0; net->spec.pooling == RNN_POOL_MIXED && j + 1 < s->pool; j += 2)
            state[j] = -(real)INFINITY;
        if (net->spec.pooling == RNN_POOL_ATTENTION) state[0] = -(real)INFINITY;
        state += s->pool;
    }
}

void rnn_stepper_encode(rnn_stepper *s, const rnn_batch *source, real *state) {
    const rnn_pass pass = {0, 0, 0, NULL, NULL};
    for (size_t m = 0; m < s->members; m++) {
        const rnn_net *net = s->member[m];
        size_t W = net->directions * net->state;
        const real *h = rnn_pass_layers(net, source, &pass, s->work);
        rnn_decoder_last(net, source, 0, h, s->last);
        rnn_decoder_bridge(net, 1, s->work, s->last, state + m * s->recurrent);
        if (net->spec.attention)
            memcpy(s->source + m * s->source_steps * W, h, source->rows * W * sizeof *h);
    }
    s->encoded = source->steps;
}

/* pool: m, sum of exp(score - m), sum of exp(score - m) h. A score above m makes it the new m and
** scales the sums down, so that no exponential overflows. */
static void attend(real *pool, size_t width, const real *h, real score, real *pooled) {
    real *most = pool, *sum = pool + 1, *weighted = pool + 2;
    if (score > *most) {
        real shrink = (real)exp((double)*most - (double)score);
        *most = score;
        *sum *= shrink;
        for (size_t j = 0; j < width; j++) weighted[j] *= shrink;
    }
    real share = (real)exp((double)score - (double)*most);
    *sum += share;
    for (size_t j = 0; j < width; j++) {
        weighted[j] += share * h[j];
        pooled[j] = weighted[j] / *sum;
    }
}

/* Takes h [W] into one lane's pool; pooled [W] is that of all steps so far. */
static void pool_step(const rnn_net *net, real *pool, const real *h, real score, real *pooled) {
    size_t W = net->state;
    switch (net->spec.pooling) {
    case RNN_POOL_MEAN:
        pool[W] += 1;
        for (size_t j = 0; j < W; j++) {
            pool[j] += h[j];
            pooled[j] = pool[j] / pool[W];
        }
        break;
    case RNN_POOL_MAX:
        for (size_t j = 0; j < W; j++) {
            if (h[j] > pool[j]) pool[j] = h[j];
            pooled[j] = pool[j];
        }
        break;
    case RNN_POOL_MIXED:
        pool[W] += 1;
        for (size_t j = 0; j < W; j++) {
            if (j % 2) {
                pool[j] += h[j];
                pooled[j] = pool[j] / pool[W];
            } else {
                if (h[j] > pool[j]) pool[j] = h[j];
                pooled[j] = pool[j];
            }
        }
        break;
    case RNN_POOL_ATTENTION: attend(pool, W, h, score, pooled); break;
    default: break;
    }
}

/* One member's pass; state[lane] + at is where its pools are. */
static void run(rnn_stepper *s, const rnn_net *net, const rnn_pass *pass, size_t source,
                real *const *state, size_t at, real *out) {
    rnn_workspace *w = s->work;
    size_t W = net->directions * net->state;
    if (net->spec.target_vocabulary) {
        rnn_decoder_step(net, &s->batch, pass, w, s->source + source * s->source_steps * W,
                         s->encoded, out);
        return;
    }
    if (s->pool == 0) {
        rnn_net_forward(net, &s->batch, pass, w, out);
        return;
    }
    const real *h = rnn_pass_layers(net, &s->batch, pass, w);
    int scored = net->spec.pooling == RNN_POOL_ATTENTION;
    if (scored) rnn_pool_scores(net, s->batch.sequences, w, h);
    for (size_t i = 0; i < s->batch.sequences; i++) {
        pool_step(net, state[i] + at, h + i * W, scored ? w->pool_share[i] : 0, w->head_in + i * W);
    }
    rnn_pass_head(net, &s->batch, w, out);
}

static void set_inputs(rnn_stepper *s, size_t lanes, const real *numbers, const uint32_t *ids,
                       const rnn_bags *bags) {
    rnn_batch *b = &s->batch;
    rnn_batch_layout(b, s->ones, lanes);
    b->outputs = lanes;
    b->bags = bags;
    if (b->number_width) memcpy(b->numbers, numbers, lanes * b->number_width * sizeof *numbers);
    if (b->id_width) memcpy(b->ids, ids, lanes * b->id_width * sizeof *ids);
}

void rnn_stepper_step(rnn_stepper *s, size_t lanes, const real *numbers, const uint32_t *ids,
                      const rnn_bags *bags, real *const *state, real *out) {
    size_t n = s->recurrent, values = lanes * s->outputs;
    set_inputs(s, lanes, numbers, ids, bags);
    for (size_t m = 0; m < s->members; m++) {
        size_t at = m * (n + s->pool);
        /* A single lane's state is used where it lies. */
        real *states = lanes == 1 ? state[0] + at : s->state, *to = m ? s->out : out;
        const rnn_pass pass = {0, 0, 0, states, states};
        for (size_t i = 0; lanes > 1 && i < lanes; i++)
            memcpy(states + i * n, state[i] + at, n * sizeof *states);
        run(s, s->member[m], &pass, m, state, at + n, to);
        for (size_t i = 0; lanes > 1 && i < lanes; i++)
            memcpy(state[i] + at, states + i * n, n * sizeof *states);
        for (size_t i = 0; m > 0 && i < values; i++) out[i] += to[i];
    }
    for (size_t i = 0; s->members > 1 && i < values; i++) out[i] /= (real)s->members;
}
