/* checkpoint.c - see checkpoint.h. */
#include "checkpoint.h"

#include <string.h>

int rnn_checkpoint_possible(const rnn_net_spec *s) {
    return !s->bidirectional && !s->target_vocabulary && s->pooling <= RNN_POOL_LAST;
}

static size_t slices_of(size_t steps, size_t slice) { return (steps + slice - 1) / slice; }

uint64_t rnn_checkpoint_bytes(const rnn_net_spec *spec, size_t sequences, size_t steps,
                              size_t slice) {
    uint64_t states = slices_of(steps, slice) + 1;
    return sequences * (states * rnn_state_size(spec) + 1) * sizeof(real) +
           (sequences + slice + 1) * sizeof(size_t);
}

rnn_status rnn_checkpoint_init(rnn_context *ctx, rnn_checkpoint *c, const rnn_net_spec *spec,
                               size_t sequences, size_t steps, size_t slice) {
    memset(c, 0, sizeof *c);
    c->slice = slice;
    c->stride = sequences * rnn_state_size(spec);
    c->kept = rnn_alloc_array(ctx, slices_of(steps, slice), c->stride * sizeof *c->kept);
    if (c->kept) c->d_state = rnn_alloc_array(ctx, c->stride, sizeof *c->d_state);
    if (c->d_state) c->weight = rnn_alloc_array(ctx, sequences, sizeof *c->weight);
    if (c->weight) c->offset = rnn_alloc_array(ctx, (uint64_t)slice + 1, sizeof *c->offset);
    if (c->offset) c->length = rnn_alloc_array(ctx, sequences, sizeof *c->length);
    if (c->length) return RNN_OK;
    rnn_checkpoint_free(ctx, c);
    return ctx->status;
}

void rnn_checkpoint_free(rnn_context *ctx, rnn_checkpoint *c) {
    rnn_free(ctx, c->kept);
    rnn_free(ctx, c->d_state);
    rnn_free(ctx, c->weight);
    rnn_free(ctx, c->offset);
    rnn_free(ctx, c->length);
    memset(c, 0, sizeof *c);
}

/* A batch under way. */
typedef struct sliced {
    rnn_checkpoint *c;
    const rnn_net *net;
    const rnn_net_spec *spec;
    const rnn_batch *batch;
    const rnn_pass *pass;
    const rnn_checkpoint_work *work;
    size_t slices, state; /* state: numbers of a sequence's state */
} sliced;

/* Sequences that go on after slice j: the first ones. */
static size_t sequences_after(const sliced *s, size_t j) {
    return j + 1 < s->slices ? s->batch->running[(j + 1) * s->c->slice] : 0;
}

/* Slice j of the batch. With pooling every sequence of it has an output, of which those count whose
** sequence ends here. */
static rnn_batch take_slice(const sliced *s, size_t j) {
    rnn_checkpoint *c = s->c;
    rnn_batch all = *s->batch;
    size_t begin = j * c->slice, end = begin + c->slice;
    if (s->spec->pooling) all.outputs = 0; /* out_row says nothing */
    rnn_batch part =
        rnn_batch_slice(&all, begin, end < all.steps ? end : all.steps, c->offset, c->length);
    part.whole = all.length;
    if (!s->spec->pooling) return part;
    for (size_t b = 0; b < part.sequences; b++)
        c->weight[b] = b < sequences_after(s, j) ? 0 : s->batch->weight[b];
    part.outputs = part.sequences;
    part.weight = c->weight;
    return part;
}

/* The pass over slice j: where its state comes from and goes to. */
static rnn_pass slice_pass(const sliced *s, size_t j) {
    rnn_pass p = *s->pass;
    real *before = s->c->kept + j * s->c->stride;
    int last = j + 1 == s->slices;
    p.state_in = j > 0 || s->pass->state_in ? before : NULL;
    p.state_out = last ? s->pass->state_out : before + s->c->stride;
    return p;
}

/* Slice j forward without outputs: the state before the next one. The sequences that end in it have
** their last state. */
static void advance(const sliced *s, size_t j) {
    rnn_batch part = take_slice(s, j);
    rnn_pass pass = slice_pass(s, j);
    part.outputs = 0;
    rnn_net_forward(s->net, &part, &pass, s->work->workspace, s->work->out);
    size_t done = sequences_after(s, j) * s->state, all = part.sequences * s->state;
    if (s->pass->state_out)
        memcpy(s->pass->state_out + done, pass.state_out + done, (all - done) * sizeof(real));
}

/* Slice j forward and backward; returns its loss. */
static double train_slice(const sliced *s, size_t j) {
    const rnn_checkpoint_work *work = s->work;
    rnn_batch part = take_slice(s, j);
    rnn_pass pass = slice_pass(s, j);
    if (j + 1 < s->slices) pass.state_out = NULL; /* known */
    rnn_net_forward(s->net, &part, &pass, work->workspace, work->out);
    if (!(work->share > 0)) return 0;
    double loss = rnn_loss_evaluate(work->loss, part.outputs, work->out, part.target, part.weight,
                                    part.unit, work->share, work->d_out);
    rnn_net_backward(s->net, &part, &pass, work->workspace, work->d_out, s->c->d_state,
                     work->gradient);
    return loss;
}

double rnn_checkpoint_train(rnn_checkpoint *c, const rnn_net *net, const rnn_batch *batch,
                            const rnn_pass *pass, const rnn_checkpoint_work *work) {
    const rnn_net_spec *spec = rnn_net_get_spec(net);
    sliced s = {c, net, spec, batch, pass, work, slices_of(batch->steps, c->slice), 0};
    s.state = rnn_state_size(spec);
    size_t n = batch->sequences * s.state;
    double loss = 0;
    /* A copy: state_out may be the same. */
    if (pass->state_in) memcpy(c->kept, pass->state_in, n * sizeof(real));
    memset(c->d_state, 0, n * sizeof(real));
    for (size_t j = 0; j + 1 < s.slices; j++) advance(&s, j);
    for (size_t j = s.slices; j-- > 0;) {
        loss += train_slice(&s, j);
        if (!(work->share > 0)) break; /* the states are all there */
    }
    return loss;
}
