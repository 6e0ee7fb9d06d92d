/* fit.c - the training loop; see fit.h. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "fit.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "optimizer.h"
#include "rng.h"
#include "schedule.h"

/* Random streams below the member's key. */
enum { STREAM_ORDER = 1, STREAM_FILL = 2, STREAM_DROPOUT = 3 };

/* What one thread needs while it runs a task; taken and given back without a lock. */
typedef struct fit_slot {
    atomic_flag busy;
    rnn_workspace *workspace;
    real *out, *d_out;       /* [outputs x O] */
    size_t *offset, *length; /* scratch of a slice */
} fit_slot;

/* One shard of one member's minibatch. */
typedef struct fit_shard {
    rnn_batch batch;
    size_t *item, *length; /* sequences of this shard */
    size_t count, first;   /* first: number of its first sequence in the minibatch */
    real *gradient;        /* [parameters] */
    real *state;           /* [sequences x state size], with tbptt */
    double loss, weight;   /* sums of the step under way */
} fit_shard;

typedef struct fit_member {
    rnn_net *net;
    uint64_t key;
    size_t *order; /* [sequences an epoch] */
    rnn_optimizer optimizer;
    real *state; /* the optimiser's */
    double weight, norm;
} fit_member;

struct rnn_fit {
    rnn_context *ctx;
    rnn_fit_config config;
    rnn_options options;
    size_t parameters, outputs, batch, shards, shard_size, slots, epoch_size, chunk;
    fit_member *member;
    fit_shard *shard; /* [members x shards] */
    fit_slot *slot;
    rnn_decay_range *decay;
    size_t decays;
    rnn_scorer *scorer;
    rnn_plateau plateau;
    uint64_t step, planned;
    int64_t epoch;
    double rate;
    size_t begin, count; /* of the minibatch under way, in order[] */
    size_t t0, t1;       /* of the chunk under way */
};

/* Shards a minibatch is cut into: enough for four threads, but at least eight sequences each. */
static size_t shard_count(const rnn_fit_config *config, size_t batch) {
    size_t wanted = (4 + config->members - 1) / config->members, most = (batch + 7) / 8;
    return wanted < most ? wanted : most;
}

static size_t epoch_sequences(const rnn_fit_config *config) {
    return config->epoch_size ? config->epoch_size : config->sampler->train_count;
}

/* Steps of a chunk: the whole sequence without tbptt. */
static size_t chunk_steps(const rnn_fit_config *config) {
    size_t longest = config->sampler->max_steps, cut = (size_t)config->options->tbptt;
    return cut > 0 && cut < longest ? cut : longest;
}

uint64_t rnn_fit_bytes(const rnn_fit_config *config) {
    const rnn_net_spec *spec = rnn_net_get_spec(config->member[0]);
    const rnn_sampler *sampler = config->sampler;
    size_t batch = (size_t)config->options->batch, shards = shard_count(config, batch);
    size_t size = (batch + shards - 1) / shards, T = chunk_steps(config),
           tasks = config->members * shards;
    size_t threads = rnn_pool_threads(config->pool), slots = threads < tasks ? threads : tasks;
    uint64_t parameters = rnn_net_parameter_count(config->member[0]) * sizeof(real);
    uint64_t outputs = (uint64_t)size * sampler->max_outputs,
             rows = (uint64_t)size * sampler->max_steps;
    uint64_t bytes = slots * (rnn_workspace_bytes(spec, size, T, size * T, (size_t)outputs, 1) +
                              2 * outputs * spec->outputs * sizeof(real));
    bytes += tasks * (parameters + rows * (spec->numbers + spec->categories) * sizeof(real) +
                      outputs * 4 * sizeof(real));
    bytes += config->members *
             (parameters * rnn_optimizer_state((rnn_optimizer_kind)config->options->optimizer) +
              epoch_sequences(config) * sizeof(size_t));
    return bytes + rnn_scorer_bytes(spec, threads, sampler, batch);
}

static rnn_status init_shards(rnn_fit *f) {
    rnn_context *ctx = f->ctx;
    const rnn_net_spec *spec = rnn_net_get_spec(f->config.member[0]);
    const rnn_sampler *sampler = f->config.sampler;
    size_t outputs = f->shard_size * sampler->max_outputs;
    for (size_t i = 0; i < f->config.members * f->shards; i++) {
        fit_shard *s = &f->shard[i];
        rnn_status status = rnn_batch_init(ctx, &s->batch, f->shard_size, sampler->max_steps,
                                           spec->numbers, spec->categories, outputs);
        if (status) return status;
        s->item = rnn_alloc_array(ctx, f->shard_size, sizeof *s->item);
        if (s->item) s->length = rnn_alloc_array(ctx, f->shard_size, sizeof *s->length);
        if (s->length) s->gradient = rnn_alloc_array(ctx, f->parameters, sizeof *s->gradient);
        if (!s->gradient) return ctx->status;
        if (f->chunk == sampler->max_steps) continue;
        s->state = rnn_alloc_array(ctx, f->shard_size, rnn_state_size(spec) * sizeof *s->state);
        if (!s->state) return ctx->status;
    }
    return RNN_OK;
}

static rnn_status init_slots(rnn_fit *f) {
    rnn_context *ctx = f->ctx;
    const rnn_net_spec *spec = rnn_net_get_spec(f->config.member[0]);
    size_t outputs = f->shard_size * f->config.sampler->max_outputs;
    for (size_t i = 0; i < f->slots; i++) {
        fit_slot *s = &f->slot[i];
        atomic_flag_clear(&s->busy);
        rnn_status status =
            rnn_workspace_create(ctx, spec, f->shard_size, f->chunk, f->shard_size * f->chunk,
                                 outputs, 1, &s->workspace);
        if (status) return status;
        s->out = rnn_alloc_array(ctx, outputs, f->outputs * sizeof(real));
        if (s->out) s->d_out = rnn_alloc_array(ctx, outputs, f->outputs * sizeof(real));
        if (s->d_out) s->offset = rnn_alloc_array(ctx, (uint64_t)f->chunk + 1, sizeof *s->offset);
        if (s->offset) s->length = rnn_alloc_array(ctx, f->shard_size, sizeof *s->length);
        if (!s->length) return ctx->status;
    }
    return RNN_OK;
}

/* Weight decay of the tensors that take part in it. */
static rnn_status init_decay(rnn_fit *f) {
    const rnn_net *net = f->config.member[0];
    size_t tensors = rnn_net_tensor_count(net);
    f->decay = rnn_alloc_array(f->ctx, tensors, sizeof *f->decay);
    if (!f->decay) return f->ctx->status;
    for (size_t i = 0; i < tensors; i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        if (!t->decay || f->options.weight_decay <= 0) continue;
        f->decay[f->decays++] =
            (rnn_decay_range){t->offset, t->rows * t->columns, f->options.weight_decay};
    }
    return RNN_OK;
}

static rnn_status init_members(rnn_fit *f) {
    rnn_optimizer_kind kind = (rnn_optimizer_kind)f->options.optimizer;
    size_t state = f->parameters * rnn_optimizer_state(kind);
    for (size_t m = 0; m < f->config.members; m++) {
        fit_member *member = &f->member[m];
        member->net = f->config.member[m];
        if (f->config.average) {
            memcpy(rnn_net_parameters(f->config.average[m]), rnn_net_parameters(member->net),
                   f->parameters * sizeof(real));
        }
        member->key = rnn_stream(f->config.seed, 100, m);
        member->order = rnn_alloc_array(f->ctx, f->epoch_size, sizeof *member->order);
        if (member->order) member->state = rnn_alloc_array(f->ctx, state, sizeof *member->state);
        if (!member->state) return f->ctx->status;
        rnn_optimizer_init(&member->optimizer, kind, f->parameters, member->state, f->decay,
                           f->decays);
    }
    return RNN_OK;
}

rnn_status rnn_fit_create(rnn_context *ctx, const rnn_fit_config *config, rnn_fit **out) {
    *out = NULL;
    if (rnn_net_get_spec(config->member[0])->pooling &&
        chunk_steps(config) < config->sampler->max_steps) {
        return rnn_fail(
            ctx, RNN_OPTION,
            "option \"tbptt\" needs outputs at single steps, not pooled over the sequence");
    }
    rnn_fit *f = rnn_alloc_zero(ctx, sizeof *f);
    if (!f) return ctx->status;
    f->ctx = ctx;
    f->config = *config;
    f->options = *config->options;
    f->parameters = rnn_net_parameter_count(config->member[0]);
    f->outputs = config->loss.outputs;
    f->epoch_size = epoch_sequences(config);
    f->batch = (size_t)f->options.batch < f->epoch_size ? (size_t)f->options.batch : f->epoch_size;
    f->shards = shard_count(config, f->batch);
    f->shard_size = (f->batch + f->shards - 1) / f->shards;
    f->chunk = chunk_steps(config);
    f->planned = (f->epoch_size + f->batch - 1) / f->batch * (uint64_t)f->options.epochs;
    size_t tasks = config->members * f->shards, threads = rnn_pool_threads(config->pool);
    f->slots = threads < tasks ? threads : tasks;
    rnn_plateau_init(&f->plateau, f->options.patience / 3);
    f->member = rnn_alloc_array_zero(ctx, config->members, sizeof *f->member);
    if (f->member) f->shard = rnn_alloc_array_zero(ctx, tasks, sizeof *f->shard);
    if (f->shard) f->slot = rnn_alloc_array_zero(ctx, f->slots, sizeof *f->slot);
    rnn_status status = f->slot ? RNN_OK : ctx->status;
    if (status == RNN_OK) status = init_decay(f);
    if (status == RNN_OK) status = init_members(f);
    if (status == RNN_OK) status = init_shards(f);
    if (status == RNN_OK) status = init_slots(f);
    if (status == RNN_OK && config->sampler->valid_count > 0) {
        status =
            rnn_scorer_create(ctx, config->average ? config->average : config->member,
                              config->members, config->pool, config->sampler, f->batch, &f->scorer);
    }
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
    rnn_scorer_free(f->scorer);
    for (size_t i = 0; f->member && i < f->config.members; i++) {
        rnn_free(ctx, f->member[i].order);
        rnn_free(ctx, f->member[i].state);
    }
    for (size_t i = 0; f->shard && i < f->config.members * f->shards; i++) {
        fit_shard *s = &f->shard[i];
        rnn_batch_free(ctx, &s->batch);
        rnn_free(ctx, s->item);
        rnn_free(ctx, s->length);
        rnn_free(ctx, s->gradient);
        rnn_free(ctx, s->state);
    }
    for (size_t i = 0; f->slot && i < f->slots; i++) {
        fit_slot *s = &f->slot[i];
        rnn_workspace_free(s->workspace);
        rnn_free(ctx, s->out);
        rnn_free(ctx, s->d_out);
        rnn_free(ctx, s->offset);
        rnn_free(ctx, s->length);
    }
    rnn_free(ctx, f->member);
    rnn_free(ctx, f->shard);
    rnn_free(ctx, f->slot);
    rnn_free(ctx, f->decay);
    rnn_free(ctx, f);
}

/* The sequences of this epoch, in order. */
static void draw_order(rnn_fit *f, fit_member *member) {
    const rnn_sampler *sampler = f->config.sampler;
    uint64_t key = rnn_stream(member->key, STREAM_ORDER, (uint64_t)f->epoch);
    for (size_t i = 0; i < f->epoch_size; i++) {
        if (f->config.epoch_size == 0) {
            member->order[i] = i;
        } else if (sampler->draw) {
            member->order[i] = sampler->draw(sampler, key, i);
        } else {
            member->order[i] = (size_t)rnn_below(key, i, sampler->train_count);
        }
    }
    if (f->config.epoch_size == 0) rnn_shuffle(key, member->order, f->epoch_size);
}

/* Task: choose, sort and fill one shard. Shard s takes every S-th of the minibatch's sequences. */
static void fill_shard(void *arg, size_t task) {
    rnn_fit *f = arg;
    const rnn_sampler *sampler = f->config.sampler;
    const fit_member *member = &f->member[task / f->shards];
    fit_shard *s = &f->shard[task];
    size_t shard = task % f->shards;
    s->count = 0;
    for (size_t i = shard; i < f->count; i += f->shards)
        s->item[s->count++] = member->order[f->begin + i];
    s->first = shard * f->shard_size;
    rnn_sort_by_length(sampler, 0, s->item, s->count, s->length);
    rnn_batch_layout(&s->batch, s->length, s->count);
    uint64_t key = rnn_stream(member->key, STREAM_FILL, f->step * f->shards + shard);
    if (s->count) sampler->fill(sampler, 0, s->item, s->count, key, &s->batch);
}

static fit_slot *take_slot(rnn_fit *f) {
    for (;;) {
        for (size_t i = 0; i < f->slots; i++) {
            if (!atomic_flag_test_and_set_explicit(&f->slot[i].busy, memory_order_acquire))
                return &f->slot[i];
        }
    }
}

/* The part of the shard's batch in the chunk under way; 0 if no sequence reaches it. */
static int shard_chunk(const rnn_fit *f, const fit_shard *s, size_t *offset, size_t *length,
                       rnn_batch *chunk) {
    if (s->count == 0 || f->t0 >= s->batch.steps) return 0;
    size_t end = f->t1 < s->batch.steps ? f->t1 : s->batch.steps;
    *chunk = rnn_batch_slice(&s->batch, f->t0, end, offset, length);
    return 1;
}

/* Task: weights of one shard's outputs in this chunk. */
static void weigh_shard(rnn_fit *f, fit_shard *s, size_t *offset, size_t *length) {
    rnn_batch chunk;
    s->loss = s->weight = 0;
    if (!shard_chunk(f, s, offset, length, &chunk)) return;
    for (size_t o = 0; o < chunk.outputs; o++) s->weight += (double)chunk.weight[o];
}

/* Task: forward, loss and backward of one shard. */
static void train_shard(void *arg, size_t task) {
    rnn_fit *f = arg;
    fit_member *member = &f->member[task / f->shards];
    fit_shard *s = &f->shard[task];
    memset(s->gradient, 0, f->parameters * sizeof(real));
    fit_slot *slot = take_slot(f);
    rnn_batch chunk;
    if (shard_chunk(f, s, slot->offset, slot->length, &chunk)) {
        rnn_pass pass = {1, rnn_stream(member->key, STREAM_DROPOUT, f->step), s->first, NULL, NULL};
        if (s->state) pass.state_out = s->state;
        if (f->t0 > 0) pass.state_in = s->state;
        rnn_net_forward(member->net, &chunk, &pass, slot->workspace, slot->out);
        if (member->weight > 0) {
            real share = (real)(1 / member->weight);
            s->loss = rnn_loss_evaluate(&f->config.loss, chunk.outputs, slot->out, chunk.target,
                                        chunk.weight, chunk.unit, share, slot->d_out);
            rnn_net_backward(member->net, &chunk, &pass, slot->workspace, slot->d_out, s->gradient);
        }
    }
    atomic_flag_clear_explicit(&slot->busy, memory_order_release);
}

static void update_average(const rnn_fit *f, const fit_member *member, real *average) {
    const real *now = rnn_net_parameters(member->net);
    double t = (double)member->optimizer.steps, decay = fmin(0.995, (1 + t) / (10 + t));
    real share = (real)(1 - decay);
    for (size_t i = 0; i < f->parameters; i++) average[i] += share * (now[i] - average[i]);
}

/* Task: add a member's shard gradients in order, clip, update. */
static void update_member(void *arg, size_t m) {
    rnn_fit *f = arg;
    fit_member *member = &f->member[m];
    fit_shard *shard = &f->shard[m * f->shards];
    real *gradient = shard[0].gradient;
    if (member->weight <= 0) return;
    for (size_t s = 1; s < f->shards; s++) {
        const real *other = shard[s].gradient;
        for (size_t i = 0; i < f->parameters; i++) gradient[i] += other[i];
    }
    member->norm = rnn_gradient_norm(f->parameters, gradient);
    double norm = member->norm;
    if (f->options.clip_value > 0) {
        rnn_clip_value(f->parameters, gradient, f->options.clip_value);
        norm = rnn_gradient_norm(f->parameters, gradient);
    }
    if (!isfinite(norm)) return; /* the loss decides whether training goes on */
    double scale = rnn_clip_norm(norm, f->options.clip_norm);
    rnn_optimizer_step(&member->optimizer, f->rate, scale, gradient,
                       rnn_net_parameters(member->net));
    if (f->config.average) update_average(f, member, rnn_net_parameters(f->config.average[m]));
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
        for (size_t s = 0; s < f->shards; s++) {
            fit_shard *shard = &f->shard[m * f->shards + s];
            weigh_shard(f, shard, f->slot[0].offset, f->slot[0].length);
            f->member[m].weight += shard->weight;
        }
    }
    rnn_pool_run(f->config.pool, members * f->shards, train_shard, f);
    rnn_pool_run(f->config.pool, members, update_member, f);
    for (size_t i = 0; i < members * f->shards; i++) sums->loss += f->shard[i].loss;
    for (size_t m = 0; m < members; m++) sums->weight += f->member[m].weight;
    if (isfinite(sums->loss)) return RNN_OK;
    return rnn_fail(f->ctx, RNN_DATA,
                    "training diverged in epoch %lld: the loss is no finite number; lower "
                    "learning_rate (now %g) or "
                    "set clip_norm",
                    (long long)f->epoch, f->options.learning_rate);
}

static rnn_status train_minibatch(rnn_fit *f, epoch_sums *sums) {
    size_t tasks = f->config.members * f->shards, longest = 0;
    rnn_status status = rnn_check(f->ctx);
    rnn_pool_run(f->config.pool, tasks, fill_shard, f);
    for (size_t i = 0; i < tasks; i++) {
        sums->steps += (double)f->shard[i].batch.rows;
        if (f->shard[i].count && f->shard[i].batch.steps > longest)
            longest = f->shard[i].batch.steps;
    }
    f->rate = rnn_schedule_rate((rnn_schedule)f->options.schedule, f->options.learning_rate,
                                f->step, f->planned);
    f->rate *= f->plateau.factor;
    for (f->t0 = 0; f->t0 < longest && status == RNN_OK; f->t0 += f->chunk) {
        f->t1 = f->t0 + f->chunk;
        status = train_chunk(f, sums);
        if (status == RNN_OK && f->t1 < longest) status = rnn_check(f->ctx);
    }
    f->step++;
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

rnn_status rnn_fit_epoch_run(rnn_fit *f, rnn_fit_epoch *result, rnn_observe_fn observe, void *arg) {
    epoch_sums sums = {0, 0, 0};
    rnn_status status = RNN_OK;
    f->epoch++;
    for (size_t m = 0; m < f->config.members; m++) draw_order(f, &f->member[m]);
    for (f->begin = 0; f->begin < f->epoch_size && status == RNN_OK; f->begin += f->batch) {
        if (f->begin > 0 && late(f)) break;
        f->count = f->epoch_size - f->begin < f->batch ? f->epoch_size - f->begin : f->batch;
        status = train_minibatch(f, &sums);
    }
    if (status) return status;
    observation o = {f, 0, 0, observe, arg};
    if (f->scorer) {
        status = rnn_scorer_run(f->scorer, 1, 0, f->config.sampler->valid_count, observe_loss, &o);
        if (status) return status;
    }
    result->train_loss = sums.weight > 0 ? sums.loss / sums.weight : NAN;
    result->valid_loss = o.weight > 0 ? o.loss / o.weight : NAN;
    result->learning_rate = f->rate;
    result->gradient_norm = 0;
    for (size_t m = 0; m < f->config.members; m++) {
        if (!(f->member[m].norm <= result->gradient_norm))
            result->gradient_norm = f->member[m].norm;
    }
    result->steps = sums.steps;
    if (f->options.schedule == RNN_SCHEDULE_PLATEAU) {
        rnn_plateau_epoch(&f->plateau, o.weight > 0 ? result->valid_loss : result->train_loss);
    }
    return RNN_OK;
}
