/* fit.c - the training loop; see fit.h. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "fit_internal.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "rng.h"
#include "schedule.h"
#include "update.h"

/* Random streams below the member's key. */
enum { STREAM_ORDER = 1, STREAM_FILL = 2, STREAM_DROPOUT = 3 };

typedef struct fit_member {
    rnn_net *net;
    uint64_t key;
    size_t *order; /* [sequences an epoch] */
    rnn_update update;
    double weight;           /* of the chunk under way */
    double loss, all_weight; /* sums of the epoch */
} fit_member;

struct rnn_fit {
    rnn_context *ctx;
    rnn_fit_config config;
    rnn_options options;
    rnn_fit_size size;
    size_t outputs;
    fit_member *member;
    rnn_fit_shard *shard;    /* [members x shards] */
    rnn_gradient **gradient; /* [members x shards] the shards' */
    rnn_fit_slot *slot;
    rnn_scorer **scorer; /* [scorers] of all members, with folds of each; none without validation */
    size_t scorers;
    size_t *fold; /* [sequences] with folds: those that a member is validated with */
    rnn_plateau plateau;
    uint64_t step;               /* chunks trained so far */
    uint64_t minibatch, planned; /* minibatches trained so far; chunks in all */
    int64_t epoch;
    double rate;
    size_t begin, count; /* of the minibatch under way, in order[] */
    size_t t0, t1;       /* of the chunk under way */
};

static rnn_status init_shard(rnn_fit *f, rnn_fit_shard *s, size_t shard) {
    rnn_context *ctx = f->ctx;
    const rnn_net *net = f->config.member[0];
    const rnn_net_spec *spec = rnn_net_get_spec(net);
    rnn_status status =
        rnn_sampler_batch(ctx, f->config.sampler, spec, f->size.shard_size, &s->batch);
    if (status == RNN_OK) {
        status = rnn_gradient_init(ctx, &s->gradient, rnn_net_dense_count(net),
                                   rnn_net_sparse_rows(net), rnn_net_sparse_width(net),
                                   rnn_fit_touched(&f->config, &f->size, shard));
    }
    if (status) return status;
    s->item = rnn_alloc_array(ctx, f->size.shard_size, sizeof *s->item);
    if (s->item) s->length = rnn_alloc_array(ctx, f->size.shard_size, sizeof *s->length);
    if (!s->length) return ctx->status;
    if (f->size.chunks == 1) return RNN_OK;
    s->state = rnn_alloc_array(ctx, f->size.shard_size, rnn_state_size(spec) * sizeof *s->state);
    return s->state ? RNN_OK : ctx->status;
}

static rnn_status init_slot(rnn_fit *f, rnn_fit_slot *s) {
    rnn_context *ctx = f->ctx;
    rnn_workspace_size size = f->size.work;
    atomic_flag_clear(&s->busy);
    rnn_status status =
        rnn_workspace_create(ctx, rnn_net_get_spec(f->config.member[0]), &size, 1, &s->workspace);
    if (status) return status;
    s->out = rnn_alloc_array(ctx, size.outputs, f->outputs * sizeof(real));
    if (s->out) s->d_out = rnn_alloc_array(ctx, size.outputs, f->outputs * sizeof(real));
    if (s->d_out) s->offset = rnn_alloc_array(ctx, (uint64_t)f->size.chunk + 1, sizeof *s->offset);
    if (s->offset) s->length = rnn_alloc_array(ctx, f->size.shard_size, sizeof *s->length);
    if (!s->length) return ctx->status;
    if (!f->config.slice) return RNN_OK;
    return rnn_checkpoint_init(ctx, &s->checkpoint, rnn_net_get_spec(f->config.member[0]),
                               f->size.shard_size, f->size.chunk, f->config.slice);
}

static rnn_status init_member(rnn_fit *f, size_t m) {
    fit_member *member = &f->member[m];
    member->net = f->config.member[m];
    member->key = rnn_stream(f->config.seed, 100, m);
    size_t drawn = f->config.folds ? f->config.sampler->train_count : f->size.epoch;
    member->order = rnn_alloc_array(f->ctx, drawn, sizeof *member->order);
    if (!member->order) return f->ctx->status;
    return rnn_update_init(f->ctx, &member->update, member->net,
                           f->config.average ? f->config.average[m] : NULL, &f->options);
}

/* One of all members' mean; with folds one of each member. */
static rnn_status init_scorers(rnn_fit *f) {
    const rnn_fit_config *config = &f->config;
    rnn_net **net = config->average ? config->average : config->member;
    size_t count = config->folds ? config->members : 1, each = config->folds ? 1 : config->members;
    rnn_status status = RNN_OK;
    f->scorer = rnn_alloc_array_zero(f->ctx, count, sizeof(rnn_scorer *));
    if (f->scorer) f->fold = rnn_alloc_array(f->ctx, config->sampler->valid_count, sizeof *f->fold);
    if (!f->fold) return f->ctx->status;
    for (; f->scorers < count && status == RNN_OK; f->scorers++) {
        status = rnn_scorer_create_narrow(
            f->ctx, net + f->scorers, each, config->pool, config->sampler, f->size.scorer_batch,
            f->size.scorer_chunk, f->size.scorer_slots, &f->scorer[f->scorers]);
    }
    return status;
}

/* Everything that rnn_fit_free frees. */
static rnn_status init_parts(rnn_fit *f) {
    const rnn_fit_config *config = &f->config;
    size_t tasks = f->size.tasks;
    f->member = rnn_alloc_array_zero(f->ctx, config->members, sizeof *f->member);
    if (f->member) f->shard = rnn_alloc_array_zero(f->ctx, tasks, sizeof *f->shard);
    if (f->shard) f->gradient = rnn_alloc_array(f->ctx, tasks, sizeof *f->gradient);
    for (size_t i = 0; f->gradient && i < tasks; i++) f->gradient[i] = &f->shard[i].gradient;
    if (f->gradient) f->slot = rnn_alloc_array_zero(f->ctx, f->size.slots, sizeof *f->slot);
    rnn_status status = f->slot ? RNN_OK : f->ctx->status;
    for (size_t m = 0; m < config->members && status == RNN_OK; m++) status = init_member(f, m);
    for (size_t i = 0; i < tasks && status == RNN_OK; i++)
        status = init_shard(f, &f->shard[i], i % f->size.shards);
    for (size_t i = 0; i < f->size.slots && status == RNN_OK; i++)
        status = init_slot(f, &f->slot[i]);
    return status || config->sampler->valid_count == 0 ? status : init_scorers(f);
}

/* What cannot be cut into chunks. */
static rnn_status check_chunks(rnn_context *ctx, const rnn_fit_config *config) {
    const rnn_net_spec *spec = rnn_net_get_spec(config->member[0]);
    if (rnn_fit_measure(config, 1).chunks == 1) return RNN_OK;
    if (spec->pooling) {
        return rnn_fail(
            ctx, RNN_OPTION,
            "option \"tbptt\" needs outputs at single steps, not pooled over the sequence");
    }
    if (spec->target_vocabulary) {
        return rnn_fail(ctx, RNN_OPTION,
                        "option \"tbptt\" (now %lld) does not go with task \"seq2seq\", whose "
                        "decoder needs the whole source; leave it out, or lower max_tokens",
                        (long long)config->options->tbptt);
    }
    return RNN_OK;
}

rnn_status rnn_fit_create(rnn_context *ctx, const rnn_fit_config *config, rnn_fit **out) {
    *out = NULL;
    rnn_status status = check_chunks(ctx, config);
    if (status) return status;
    rnn_fit *f = rnn_alloc_zero(ctx, sizeof *f);
    if (!f) return ctx->status;
    f->ctx = ctx;
    f->config = *config;
    f->options = *config->options;
    f->outputs = config->loss.outputs;
    f->size = rnn_fit_measure(config, rnn_pool_threads(config->pool));
    f->planned = (f->size.epoch + f->size.batch - 1) / f->size.batch * (uint64_t)f->size.chunks *
                 (uint64_t)(f->options.epochs - (f->config.look_first && f->options.epochs > 1));
    rnn_plateau_init(&f->plateau, f->options.patience / 3);
    status = init_parts(f);
    if (status == RNN_OK) {
        *out = f;
    } else {
        rnn_fit_free(f);
    }
    return status;
}

void rnn_fit_free(rnn_fit *f) {
    if (!f) return;
    rnn_context *ctx = f->ctx;
    for (size_t i = 0; i < f->scorers; i++) rnn_scorer_free(f->scorer[i]);
    rnn_free(ctx, f->scorer);
    rnn_free(ctx, f->fold);
    for (size_t i = 0; f->member && i < f->config.members; i++) {
        rnn_free(ctx, f->member[i].order);
        rnn_update_free(ctx, &f->member[i].update);
    }
    for (size_t i = 0; f->shard && i < f->config.members * f->size.shards; i++) {
        rnn_fit_shard *s = &f->shard[i];
        rnn_batch_free(ctx, &s->batch);
        rnn_free(ctx, s->item);
        rnn_free(ctx, s->length);
        rnn_gradient_free(ctx, &s->gradient);
        rnn_free(ctx, s->state);
    }
    for (size_t i = 0; f->slot && i < f->size.slots; i++) {
        rnn_fit_slot *s = &f->slot[i];
        rnn_workspace_free(s->workspace);
        rnn_checkpoint_free(ctx, &s->checkpoint);
        rnn_free(ctx, s->out);
        rnn_free(ctx, s->d_out);
        rnn_free(ctx, s->offset);
        rnn_free(ctx, s->length);
    }
    rnn_free(ctx, f->member);
    rnn_free(ctx, f->shard);
    rnn_free(ctx, f->gradient);
    rnn_free(ctx, f->slot);
    rnn_free(ctx, f);
}

/* The sequences of this epoch, in order. */
static void draw_order(rnn_fit *f, fit_member *member) {
    const rnn_sampler *sampler = f->config.sampler;
    uint64_t key = rnn_stream(member->key, STREAM_ORDER, (uint64_t)f->epoch);
    if (f->config.folds) {
        size_t n = 0, own = (size_t)(member - f->member);
        for (size_t i = 0; i < sampler->train_count; i++)
            if (i % f->config.members != own) member->order[n++] = i;
        rnn_shuffle(key, member->order, n);
        return;
    }
    for (size_t i = 0; i < f->size.epoch; i++) {
        if (f->config.epoch_size == 0) {
            member->order[i] = i;
        } else if (sampler->draw) {
            member->order[i] = sampler->draw(sampler, key, i);
        } else {
            member->order[i] = (size_t)rnn_below(key, i, sampler->train_count);
        }
    }
    if (f->config.epoch_size == 0) rnn_shuffle(key, member->order, f->size.epoch);
}

/* Task: choose, sort and fill one shard. Shard s takes every S-th of the minibatch's sequences. */
static void fill_shard(void *arg, size_t task) {
    rnn_fit *f = arg;
    const rnn_sampler *sampler = f->config.sampler;
    const fit_member *member = &f->member[task / f->size.shards];
    rnn_fit_shard *s = &f->shard[task];
    size_t shard = task % f->size.shards;
    s->count = 0;
    for (size_t i = shard; i < f->count; i += f->size.shards)
        s->item[s->count++] = member->order[f->begin + i];
    s->first = shard * f->size.shard_size;
    rnn_sort_by_length(sampler, 0, s->item, s->count, s->length);
    rnn_batch_layout(&s->batch, s->length, s->count);
    uint64_t key = rnn_stream(member->key, STREAM_FILL, f->step * f->size.shards + shard);
    if (s->count) sampler->fill(sampler, 0, s->item, s->count, key, &s->batch);
}

static rnn_fit_slot *take_slot(rnn_fit *f) {
    for (;;) {
        for (size_t i = 0; i < f->size.slots; i++) {
            if (!atomic_flag_test_and_set_explicit(&f->slot[i].busy, memory_order_acquire))
                return &f->slot[i];
        }
    }
}

/* The part of the shard's batch in the chunk under way; 0 if no sequence reaches it. */
static int shard_chunk(const rnn_fit *f, const rnn_fit_shard *s, size_t *offset, size_t *length,
                       rnn_batch *chunk) {
    if (s->count == 0 || f->t0 >= s->batch.steps) return 0;
    size_t end = f->t1 < s->batch.steps ? f->t1 : s->batch.steps;
    *chunk = rnn_batch_slice(&s->batch, f->t0, end, offset, length);
    return 1;
}

/* Weights of one shard's outputs in this chunk, and its rows. */
static void weigh_shard(rnn_fit *f, rnn_fit_shard *s, size_t *offset, size_t *length) {
    rnn_batch chunk;
    s->loss = s->weight = s->rows = 0;
    if (!shard_chunk(f, s, offset, length, &chunk)) return;
    s->rows = (double)chunk.rows;
    for (size_t o = 0; o < chunk.outputs; o++) s->weight += (double)chunk.weight[o];
}

/* Forward, loss and backward of a shard's chunk; returns the loss, 0 where nothing has a weight. */
static double train_pass(const rnn_fit *f, rnn_fit_shard *s, rnn_fit_slot *slot,
                         const fit_member *member, const rnn_batch *chunk, const rnn_pass *pass) {
    real share = (real)(member->weight > 0 ? 1 / member->weight : 0);
    if (f->config.slice) {
        const rnn_checkpoint_work work = {slot->workspace, slot->out, slot->d_out,
                                          &f->config.loss, share,     &s->gradient};
        return rnn_checkpoint_train(&slot->checkpoint, member->net, chunk, pass, &work);
    }
    rnn_net_forward(member->net, chunk, pass, slot->workspace, slot->out);
    if (!(share > 0)) return 0;
    double loss = rnn_loss_evaluate(&f->config.loss, chunk->outputs, slot->out, chunk->target,
                                    chunk->weight, chunk->unit, share, slot->d_out);
    rnn_net_backward(member->net, chunk, pass, slot->workspace, slot->d_out, NULL, &s->gradient);
    return loss;
}

/* Task: forward, loss and backward of one shard. */
static void train_shard(void *arg, size_t task) {
    rnn_fit *f = arg;
    fit_member *member = &f->member[task / f->size.shards];
    rnn_fit_shard *s = &f->shard[task];
    rnn_gradient_clear(&s->gradient);
    rnn_fit_slot *slot = take_slot(f);
    rnn_batch chunk;
    if (shard_chunk(f, s, slot->offset, slot->length, &chunk)) {
        rnn_pass pass = {1, rnn_stream(member->key, STREAM_DROPOUT, f->step), s->first, NULL, NULL};
        if (s->state) pass.state_out = s->state;
        if (f->t0 > 0) pass.state_in = s->state;
        s->loss = train_pass(f, s, slot, member, &chunk, &pass);
    }
    atomic_flag_clear_explicit(&slot->busy, memory_order_release);
}

/* Task: add a member's shard gradients in order, clip, update. */
static void update_member(void *arg, size_t m) {
    rnn_fit *f = arg;
    fit_member *member = &f->member[m];
    if (member->weight > 0)
        rnn_update_step(&member->update, f->rate, &f->gradient[m * f->size.shards], f->size.shards);
}

/* The same of a large network, in parts. */
static void gather_part(void *arg, size_t task) {
    rnn_fit *f = arg;
    size_t parts = f->member[0].update.parts, m = task / parts;
    if (f->member[m].weight > 0)
        rnn_update_gather(&f->member[m].update, task % parts, &f->gradient[m * f->size.shards],
                          f->size.shards);
}

static void apply_part(void *arg, size_t task) {
    rnn_fit *f = arg;
    size_t parts = f->member[0].update.parts, m = task / parts;
    if (f->member[m].weight > 0)
        rnn_update_apply(&f->member[m].update, task % parts, f->gradient[m * f->size.shards]);
}

static void update_members(rnn_fit *f) {
    size_t members = f->config.members, parts = f->member[0].update.parts;
    if (parts == 1) {
        rnn_pool_run(f->config.pool, members, update_member, f);
        return;
    }
    rnn_pool_run(f->config.pool, members * parts, gather_part, f);
    for (size_t m = 0; m < members; m++)
        if (f->member[m].weight > 0) rnn_update_begin(&f->member[m].update, f->rate);
    rnn_pool_run(f->config.pool, members * parts, apply_part, f);
}

/* Task: a member's averaged weights are about to be looked at. */
static void flush_member(void *arg, size_t m) {
    rnn_fit *f = arg;
    rnn_update_flush(&f->member[m].update);
}

static int late(const rnn_fit *f) {
    struct timespec now;
    if (!(f->config.deadline > 0)) return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec >= f->config.deadline;
}

/* Sums of an epoch. */
typedef struct epoch_sums {
    double loss, weight, steps;
} epoch_sums;

static rnn_status train_chunk(rnn_fit *f, epoch_sums *sums) {
    size_t members = f->config.members;
    for (size_t m = 0; m < members; m++) {
        f->member[m].weight = 0;
        for (size_t s = 0; s < f->size.shards; s++) {
            rnn_fit_shard *shard = &f->shard[m * f->size.shards + s];
            weigh_shard(f, shard, f->slot[0].offset, f->slot[0].length);
            f->member[m].weight += shard->weight;
        }
    }
    rnn_pool_run(f->config.pool, members * f->size.shards, train_shard, f);
    update_members(f);
    for (size_t i = 0; i < members * f->size.shards; i++) {
        sums->loss += f->shard[i].loss;
        f->member[i / f->size.shards].loss += f->shard[i].loss;
        sums->steps += f->shard[i].rows;
    }
    for (size_t m = 0; m < members; m++) {
        sums->weight += f->member[m].weight;
        f->member[m].all_weight += f->member[m].weight;
    }
    if (isfinite(sums->loss)) return RNN_OK;
    return rnn_fail(f->ctx, RNN_DATA,
                    "training diverged in epoch %lld: the loss is no finite number; lower "
                    "learning_rate (now %g) or "
                    "set clip_norm",
                    (long long)f->epoch, f->options.learning_rate);
}

/* The rate of the chunk under way, chunk `at` of the minibatch's `count`. A minibatch counts as so
** many steps of the schedule as the longest sequence has chunks, however few its own have, so that
** the schedule ends where training does. */
static double chunk_rate(const rnn_fit *f, uint64_t at, uint64_t count) {
    uint64_t step = f->minibatch * f->size.chunks + at * f->size.chunks / count;
    return f->plateau.factor * rnn_schedule_rate((rnn_schedule)f->options.schedule,
                                                 f->options.learning_rate, step, f->planned);
}

/* Chunk by chunk, each a step of its own: update, rate, dropout masks. A language model's whole
** epoch may be one minibatch, so the deadline and interrupts count here too. */
static rnn_status train_minibatch(rnn_fit *f, epoch_sums *sums) {
    size_t tasks = f->config.members * f->size.shards, longest = 0;
    rnn_status status = rnn_check(f->ctx);
    rnn_pool_run(f->config.pool, tasks, fill_shard, f);
    for (size_t i = 0; i < tasks; i++) {
        if (f->shard[i].count && f->shard[i].batch.steps > longest)
            longest = f->shard[i].batch.steps;
    }
    size_t chunks = (longest + f->size.chunk - 1) / f->size.chunk;
    for (size_t c = 0; c < chunks && status == RNN_OK; c++) {
        if (c > 0 && late(f)) break;
        f->t0 = c * f->size.chunk;
        f->t1 = f->t0 + f->size.chunk;
        f->rate = chunk_rate(f, c, chunks);
        status = train_chunk(f, sums);
        f->step++;
        if (status == RNN_OK && c + 1 < chunks) status = rnn_check(f->ctx);
    }
    f->minibatch++;
    return status;
}

/* Validation loss of the averaged outputs, passed on to the task's own observer. */
typedef struct observation {
    rnn_fit *fit;
    double loss, weight;
    rnn_observe_fn observe;
    void *arg;
} observation;

static void observe_loss(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    observation *o = arg;
    o->loss += rnn_loss_evaluate(&o->fit->config.loss, batch->outputs, out, batch->target,
                                 batch->weight, batch->unit, 1, NULL);
    for (size_t i = 0; i < batch->outputs; i++) o->weight += (double)batch->weight[i];
    if (o->observe) o->observe(o->arg, item, batch, out);
}

/* The validation part, or each member's own fold. */
static rnn_status validate(rnn_fit *f, observation *o) {
    size_t n = f->config.sampler->valid_count;
    rnn_status status = RNN_OK;
    for (size_t m = 0; m < f->scorers && status == RNN_OK; m++) {
        size_t count = 0;
        for (size_t i = m; i < n; i += f->scorers) f->fold[count++] = i;
        status = rnn_scorer_run(f->scorer[m], 1, f->fold, 0, count, observe_loss, o);
    }
    return status;
}

double rnn_fit_member_loss(const rnn_fit *f, size_t m) {
    return f->member[m].all_weight > 0 ? f->member[m].loss / f->member[m].all_weight : NAN;
}

rnn_status rnn_fit_epoch_run(rnn_fit *f, rnn_fit_epoch *result, rnn_observe_fn observe, void *arg) {
    epoch_sums sums = {0, 0, 0};
    rnn_status status = RNN_OK;
    f->epoch++;
    for (size_t m = 0; m < f->config.members; m++) {
        draw_order(f, &f->member[m]);
        f->member[m].loss = f->member[m].all_weight = 0;
    }
    int look = f->config.look_first && f->epoch == 1;
    for (f->begin = look ? f->size.epoch : 0; f->begin < f->size.epoch && status == RNN_OK;
         f->begin += f->size.batch) {
        if (f->begin > 0 && late(f)) break;
        f->count =
            f->size.epoch - f->begin < f->size.batch ? f->size.epoch - f->begin : f->size.batch;
        status = train_minibatch(f, &sums);
    }
    if (status) return status;
    rnn_pool_run(f->config.pool, f->config.members, flush_member, f);
    observation o = {f, 0, 0, observe, arg};
    status = validate(f, &o);
    if (status) return status;
    result->train_loss = sums.weight > 0 ? sums.loss / sums.weight : NAN;
    result->valid_loss = o.weight > 0 ? o.loss / o.weight : NAN;
    result->learning_rate = look ? 0 : f->rate;
    result->gradient_norm = 0;
    for (size_t m = 0; m < f->config.members; m++) {
        double norm = f->member[m].update.norm;
        if (!(norm <= result->gradient_norm)) result->gradient_norm = norm;
    }
    result->steps = sums.steps;
    if (f->options.schedule == RNN_SCHEDULE_PLATEAU) {
        rnn_plateau_epoch(&f->plateau, o.weight > 0 ? result->valid_loss : result->train_loss);
    }
    return RNN_OK;
}
