/* scorer.c - see scorer.h. */
#include "scorer.h"

#include <string.h>

/* Batches under way at a time when scoring in chunks. The calls of the observer take turns among
** them, so their number must not depend on that of the threads. */
enum { CHUNKED_SLOTS = 4 };

/* A batch under way: one task of a round. */
typedef struct score_slot {
    rnn_batch batch, view; /* view: the part under way */
    rnn_workspace *workspace;
    real *out, *sum; /* [outputs x O] of one member; of all */
    real *state;     /* [members x batch x state size], in chunks */
    size_t *item, *length;
    size_t *view_offset, *view_length; /* scratch of a slice */
    size_t first, count;
} score_slot;

struct rnn_scorer {
    rnn_context *ctx;
    rnn_net **member;
    size_t members;
    rnn_pool *pool;
    const rnn_sampler *sampler;
    size_t batch, chunk; /* chunk: steps of a part, the longest sequence where there is only one */
    size_t slots;
    score_slot *slot;
    const rnn_word_gates *words; /* or NULL */
    int valid;                   /* of the run under way */
    const size_t *order;
    size_t t0; /* of the part under way */
};

void rnn_sort_by_length(const rnn_sampler *sampler, int valid, size_t *item, size_t n,
                        size_t *length) {
    for (size_t i = 0; i < n; i++) length[i] = sampler->length(sampler, valid, item[i]);
    /* Insertion sort: batches are small and often sorted already. */
    for (size_t i = 1; i < n; i++) {
        size_t it = item[i], len = length[i], j = i;
        for (; j > 0 && length[j - 1] < len; j--) {
            item[j] = item[j - 1];
            length[j] = length[j - 1];
        }
        item[j] = it;
        length[j] = len;
    }
}

size_t rnn_sampler_outputs(const rnn_sampler *s) {
    return s->max_targets > s->max_outputs ? s->max_targets : s->max_outputs;
}

rnn_status rnn_sampler_batch(rnn_context *ctx, const rnn_sampler *s, const rnn_net_spec *spec,
                             size_t sequences, rnn_batch *b) {
    rnn_status status = rnn_batch_init(ctx, b, sequences, s->max_steps, spec->numbers,
                                       spec->categories, sequences * rnn_sampler_outputs(s));
    if (status) return status;
    if (spec->target_vocabulary) status = rnn_batch_add_decoder(ctx, b, s->max_targets);
    if (status) rnn_batch_free(ctx, b);
    return status;
}

uint64_t rnn_sampler_batch_bytes(const rnn_sampler *s, const rnn_net_spec *spec, size_t sequences) {
    uint64_t rows = (uint64_t)sequences * s->max_steps, steps = s->max_steps;
    uint64_t outputs = (uint64_t)sequences * rnn_sampler_outputs(s);
    uint64_t bytes = rows * (spec->numbers * sizeof(real) + spec->categories * sizeof(uint32_t)) +
                     outputs * (3 * sizeof(real) + sizeof(uint32_t)) +
                     (2 * steps + 1) * sizeof(size_t);
    if (spec->target_vocabulary) {
        bytes += (uint64_t)sequences * (s->max_targets + 1) * sizeof(uint32_t) +
                 (2 * (uint64_t)s->max_targets + 1) * sizeof(size_t) + sizeof(rnn_batch);
    }
    return bytes;
}

/* Steps of a part. */
static size_t part_steps(const rnn_net_spec *spec, const rnn_sampler *sampler, size_t chunk) {
    int whole = spec->bidirectional || spec->pooling || spec->target_vocabulary;
    if (chunk == 0 || whole || chunk > sampler->max_steps) return sampler->max_steps;
    return chunk;
}

static size_t slot_count(const rnn_sampler *sampler, size_t part, size_t threads) {
    return part < sampler->max_steps ? CHUNKED_SLOTS : threads;
}

/* There is at most one output a step. */
static rnn_workspace_size part_size(const rnn_sampler *sampler, size_t part, size_t batch) {
    size_t outputs = rnn_sampler_outputs(sampler), targets = sampler->max_targets;
    if (part < sampler->max_steps && part < outputs) outputs = part;
    return (rnn_workspace_size){batch,           part,    batch * part,
                                batch * outputs, targets, batch * targets};
}

static rnn_status slot_init(rnn_scorer *s, score_slot *slot) {
    rnn_context *ctx = s->ctx;
    const rnn_net_spec *spec = rnn_net_get_spec(s->member[0]);
    rnn_workspace_size size = part_size(s->sampler, s->chunk, s->batch);
    size_t states = s->chunk < s->sampler->max_steps ? s->members * s->batch : 0;
    rnn_status status = rnn_sampler_batch(ctx, s->sampler, spec, s->batch, &slot->batch);
    if (status) return status;
    status = rnn_workspace_create(ctx, spec, &size, 0, &slot->workspace);
    if (status) return status;
    slot->out = rnn_alloc_array(ctx, size.outputs, spec->outputs * sizeof(real));
    if (slot->out) slot->sum = rnn_alloc_array(ctx, size.outputs, spec->outputs * sizeof(real));
    if (slot->sum) slot->item = rnn_alloc_array(ctx, s->batch, sizeof *slot->item);
    if (slot->item) slot->length = rnn_alloc_array(ctx, s->batch, sizeof *slot->length);
    if (!slot->length) return ctx->status;
    slot->view_offset = rnn_alloc_array(ctx, (uint64_t)s->chunk + 1, sizeof *slot->view_offset);
    if (slot->view_offset)
        slot->view_length = rnn_alloc_array(ctx, s->batch, sizeof *slot->view_length);
    if (slot->view_length)
        slot->state = rnn_alloc_array(ctx, states, rnn_state_size(spec) * sizeof(real));
    return slot->state ? RNN_OK : ctx->status;
}

rnn_status rnn_scorer_create(rnn_context *ctx, rnn_net **member, size_t members, rnn_pool *pool,
                             const rnn_sampler *sampler, size_t batch, size_t chunk,
                             rnn_scorer **out) {
    return rnn_scorer_create_narrow(ctx, member, members, pool, sampler, batch, chunk,
                                    rnn_pool_threads(pool), out);
}

rnn_status rnn_scorer_create_narrow(rnn_context *ctx, rnn_net **member, size_t members,
                                    rnn_pool *pool, const rnn_sampler *sampler, size_t batch,
                                    size_t chunk, size_t slots, rnn_scorer **out) {
    *out = NULL;
    rnn_scorer *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->member = member;
    s->members = members;
    s->pool = pool;
    s->sampler = sampler;
    s->batch = batch;
    s->chunk = part_steps(rnn_net_get_spec(member[0]), sampler, chunk);
    s->slots = slot_count(sampler, s->chunk, slots);
    s->slot = rnn_alloc_array_zero(ctx, s->slots, sizeof *s->slot);
    rnn_status status = s->slot ? RNN_OK : ctx->status;
    for (size_t i = 0; i < s->slots && status == RNN_OK; i++) status = slot_init(s, &s->slot[i]);
    if (status == RNN_OK) {
        *out = s;
    } else {
        rnn_scorer_free(s);
    }
    return status;
}

void rnn_scorer_free(rnn_scorer *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    for (size_t i = 0; s->slot && i < s->slots; i++) {
        score_slot *slot = &s->slot[i];
        rnn_batch_free(ctx, &slot->batch);
        rnn_workspace_free(slot->workspace);
        rnn_free(ctx, slot->out);
        rnn_free(ctx, slot->sum);
        rnn_free(ctx, slot->state);
        rnn_free(ctx, slot->item);
        rnn_free(ctx, slot->length);
        rnn_free(ctx, slot->view_offset);
        rnn_free(ctx, slot->view_length);
    }
    rnn_free(ctx, s->slot);
    rnn_free(ctx, s);
}

void rnn_scorer_look_up(rnn_scorer *s, const rnn_word_gates *words) { s->words = words; }

uint64_t rnn_scorer_bytes(const rnn_net_spec *spec, size_t members, size_t threads,
                          const rnn_sampler *sampler, size_t batch, size_t chunk) {
    size_t part = part_steps(spec, sampler, chunk);
    rnn_workspace_size size = part_size(sampler, part, batch);
    uint64_t one = rnn_workspace_bytes(spec, &size, 0);
    one += rnn_sampler_batch_bytes(sampler, spec, batch);
    one += 2 * (uint64_t)size.outputs * spec->outputs * sizeof(real);
    if (part < sampler->max_steps)
        one += (uint64_t)members * batch * rnn_state_size(spec) * sizeof(real);
    return slot_count(sampler, part, threads) * one;
}

static void fill_batch(rnn_scorer *s, score_slot *slot) {
    for (size_t i = 0; i < slot->count; i++)
        slot->item[i] = s->order ? s->order[slot->first + i] : slot->first + i;
    rnn_sort_by_length(s->sampler, s->valid, slot->item, slot->count, slot->length);
    rnn_batch_layout(&slot->batch, slot->length, slot->count);
    s->sampler->fill(s->sampler, s->valid, slot->item, slot->count, 0, &slot->batch);
}

/* The view through all members. */
static void score_view(rnn_scorer *s, score_slot *slot) {
    const rnn_net_spec *spec = rnn_net_get_spec(s->member[0]);
    size_t n = slot->view.outputs * spec->outputs, states = s->batch * rnn_state_size(spec);
    rnn_pass pass = {0, 0, 0, NULL, NULL};
    memset(slot->sum, 0, n * sizeof(real));
    for (size_t m = 0; m < s->members; m++) {
        if (s->chunk < s->sampler->max_steps) pass.state_out = slot->state + m * states;
        if (s->t0 > 0) pass.state_in = pass.state_out;
        rnn_workspace_look_up(slot->workspace, s->words, m);
        rnn_net_forward(s->member[m], &slot->view, &pass, slot->workspace, slot->out);
        for (size_t i = 0; i < n; i++) slot->sum[i] += slot->out[i];
    }
    for (size_t i = 0; i < n; i++) slot->sum[i] /= (real)s->members;
}

/* Task: the part from t0 on of one batch; the first part fills it. */
static void score_part(void *arg, size_t task) {
    rnn_scorer *s = arg;
    score_slot *slot = &s->slot[task];
    if (s->t0 == 0) fill_batch(s, slot);
    size_t steps = slot->batch.steps, end = s->t0 + s->chunk;
    slot->view.sequences = 0;
    if (s->t0 >= steps) return; /* ended before */
    slot->view = rnn_batch_slice(&slot->batch, s->t0, end < steps ? end : steps, slot->view_offset,
                                 slot->view_length);
    score_view(s, slot);
}

/* One round: `tasks` batches, part by part. */
static rnn_status score_round(rnn_scorer *s, size_t tasks, rnn_observe_fn observe, void *arg) {
    size_t longest = 1; /* known after the first part */
    for (s->t0 = 0; s->t0 < longest; s->t0 += s->chunk) {
        rnn_status status = rnn_check(s->ctx);
        if (status) return status;
        rnn_pool_run(s->pool, tasks, score_part, s);
        for (size_t i = 0; i < tasks; i++) {
            score_slot *slot = &s->slot[i];
            if (slot->batch.steps > longest) longest = slot->batch.steps;
            if (slot->view.sequences) observe(arg, slot->item, &slot->view, slot->sum);
        }
    }
    return RNN_OK;
}

rnn_status rnn_scorer_run(rnn_scorer *s, int valid, const size_t *order, size_t first, size_t count,
                          rnn_observe_fn observe, void *arg) {
    rnn_status status = RNN_OK;
    s->valid = valid;
    s->order = order;
    for (size_t done = 0; done < count && status == RNN_OK;) {
        size_t tasks = 0;
        for (; tasks < s->slots && done < count; tasks++) {
            score_slot *slot = &s->slot[tasks];
            slot->first = first + done;
            slot->count = count - done < s->batch ? count - done : s->batch;
            done += slot->count;
        }
        status = score_round(s, tasks, observe, arg);
    }
    return status;
}
