/* scorer.c - see scorer.h. */
#include "scorer.h"

#include <string.h>

/* A batch under way: one task of a round. */
typedef struct score_slot {
    rnn_batch batch;
    rnn_workspace *workspace;
    real *out, *sum; /* [outputs x O] of one member; of all */
    size_t *item, *length;
    size_t first, count;
} score_slot;

struct rnn_scorer {
    rnn_context *ctx;
    rnn_net **member;
    size_t members;
    rnn_pool *pool;
    const rnn_sampler *sampler;
    size_t batch;
    size_t slots;
    score_slot *slot;
    int valid; /* of the run under way */
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

static rnn_status slot_init(rnn_scorer *s, score_slot *slot) {
    rnn_context *ctx = s->ctx;
    const rnn_net_spec *spec = rnn_net_get_spec(s->member[0]);
    const rnn_sampler *sampler = s->sampler;
    size_t outputs = s->batch * sampler->max_outputs, T = sampler->max_steps;
    rnn_status status =
        rnn_batch_init(ctx, &slot->batch, s->batch, T, spec->numbers, spec->categories, outputs);
    if (status) return status;
    status =
        rnn_workspace_create(ctx, spec, s->batch, T, s->batch * T, outputs, 0, &slot->workspace);
    if (status) return status;
    slot->out = rnn_alloc_array(ctx, outputs, spec->outputs * sizeof(real));
    if (slot->out) slot->sum = rnn_alloc_array(ctx, outputs, spec->outputs * sizeof(real));
    if (slot->sum) slot->item = rnn_alloc_array(ctx, s->batch, sizeof *slot->item);
    if (slot->item) slot->length = rnn_alloc_array(ctx, s->batch, sizeof *slot->length);
    return slot->length ? RNN_OK : ctx->status;
}

rnn_status rnn_scorer_create(rnn_context *ctx, rnn_net **member, size_t members, rnn_pool *pool,
                             const rnn_sampler *sampler, size_t batch, rnn_scorer **out) {
    *out = NULL;
    rnn_scorer *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->member = member;
    s->members = members;
    s->pool = pool;
    s->sampler = sampler;
    s->batch = batch;
    s->slots = rnn_pool_threads(pool);
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
        rnn_free(ctx, slot->item);
        rnn_free(ctx, slot->length);
    }
    rnn_free(ctx, s->slot);
    rnn_free(ctx, s);
}

uint64_t rnn_scorer_bytes(const rnn_net_spec *spec, size_t threads, const rnn_sampler *sampler,
                          size_t batch) {
    uint64_t rows = (uint64_t)batch * sampler->max_steps,
             outputs = (uint64_t)batch * sampler->max_outputs;
    uint64_t one =
        rnn_workspace_bytes(spec, batch, sampler->max_steps, (size_t)rows, (size_t)outputs, 0);
    one += rows * (spec->numbers + spec->categories) * sizeof(real);
    one += outputs * (2 * spec->outputs + 4) * sizeof(real);
    return threads * one;
}

/* Task: one batch through all members. */
static void score_batch(void *arg, size_t task) {
    rnn_scorer *s = arg;
    score_slot *slot = &s->slot[task];
    const rnn_sampler *sampler = s->sampler;
    rnn_pass pass = {0, 0, 0, NULL, NULL};
    for (size_t i = 0; i < slot->count; i++) slot->item[i] = slot->first + i;
    rnn_sort_by_length(sampler, s->valid, slot->item, slot->count, slot->length);
    rnn_batch_layout(&slot->batch, slot->length, slot->count);
    sampler->fill(sampler, s->valid, slot->item, slot->count, 0, &slot->batch);
    size_t n = slot->batch.outputs * rnn_net_get_spec(s->member[0])->outputs;
    memset(slot->sum, 0, n * sizeof(real));
    for (size_t m = 0; m < s->members; m++) {
        rnn_net_forward(s->member[m], &slot->batch, &pass, slot->workspace, slot->out);
        for (size_t i = 0; i < n; i++) slot->sum[i] += slot->out[i];
    }
    for (size_t i = 0; i < n; i++) slot->sum[i] /= (real)s->members;
}

rnn_status rnn_scorer_run(rnn_scorer *s, int valid, size_t first, size_t count,
                          rnn_observe_fn observe, void *arg) {
    s->valid = valid;
    for (size_t done = 0; done < count;) {
        rnn_status status = rnn_check(s->ctx);
        if (status) return status;
        size_t tasks = 0;
        for (; tasks < s->slots && done < count; tasks++) {
            score_slot *slot = &s->slot[tasks];
            slot->first = first + done;
            slot->count = count - done < s->batch ? count - done : s->batch;
            done += slot->count;
        }
        rnn_pool_run(s->pool, tasks, score_batch, s);
        for (size_t i = 0; i < tasks; i++)
            observe(arg, s->slot[i].item, &s->slot[i].batch, s->slot[i].sum);
    }
    return RNN_OK;
}
