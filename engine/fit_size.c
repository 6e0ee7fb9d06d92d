/* fit_size.c - how a minibatch is cut and what training allocates; see fit.h. */
#include "fit_internal.h"
#include "update.h"

/* Allocations of a shard or a slot, about, and what each costs besides its bytes (status.h). */
enum { BLOCKS = 16, BLOCK = 80 };

/* Fewer steps than this are not worth slices; more rows than this not one batch of the scorer. */
enum { LEAST_SLICED = 16, MANY_ROWS = 1 << 15 };

/* Shards a minibatch is cut into: tasks for four threads over all members, but not so thin that the
** products of a step lose more than they gain. Two need 8 sequences each, more need 16: an LSTM of
** 256 units costs 5 % more in shards of 16 sequences than in shards of 32. A shard's activations
** live while a thread works on it, so that thinner shards also take less memory. */
static size_t shard_count(const rnn_fit_config *config, size_t batch) {
    size_t wanted = (4 + config->members - 1) / config->members, most = (batch + 7) / 8;
    if (most > 2) most = batch < 64 ? 2 : batch / 16;
    return wanted < most ? wanted : most;
}

/* Steps of a chunk: the whole sequence without tbptt. */
static size_t chunk_steps(const rnn_fit_config *config) {
    size_t longest = config->sampler->max_steps, cut = (size_t)config->options->tbptt;
    return cut > 0 && cut < longest ? cut : longest;
}

/* Steps whose activations are kept at a time. */
static size_t kept_steps(const rnn_fit_config *config) {
    return config->slice ? config->slice : chunk_steps(config);
}

static rnn_workspace_size workspace_size(const rnn_fit_config *config, size_t sequences) {
    size_t steps = kept_steps(config), targets = config->sampler->max_targets;
    size_t outputs = rnn_sampler_outputs(config->sampler);
    /* Of a part there is at most one a step. */
    if (steps < config->sampler->max_steps && steps < outputs) outputs = steps;
    return (rnn_workspace_size){sequences,           steps,   sequences * steps,
                                sequences * outputs, targets, sequences * targets};
}

/* Steps that the scorer takes at a time; 0: whole sequences. */
static size_t scorer_chunk(const rnn_fit_config *config) {
    size_t longest = config->sampler->max_steps;
    int cut = chunk_steps(config) < longest || config->slice_scores;
    if (rnn_net_get_spec(config->member[0])->pooling || !cut) return 0;
    return kept_steps(config) < longest ? kept_steps(config) : 0;
}

/* Sequences of a batch of the scorer. In chunks a batch is one task at a time, so that it takes
** several to occupy the threads. Where only training goes in slices, about as many rows as they have.
** Long sequences in shards, as in training: their outputs take memory, and nothing is gained. */
static size_t scorer_batch(const rnn_fit_config *config, const rnn_fit_size *size) {
    size_t longest = config->sampler->max_steps;
    if (size->scorer_chunk) return (size->batch + 3) / 4;
    if (config->slice) return size->batch * config->slice / longest + 1;
    return longest > MANY_ROWS / size->batch ? size->shard_size : size->batch;
}

rnn_fit_size rnn_fit_measure(const rnn_fit_config *config, size_t threads) {
    rnn_fit_size s = {.chunk = chunk_steps(config)};
    size_t batch = (size_t)config->options->batch;
    s.epoch = config->epoch_size ? config->epoch_size : config->sampler->train_count;
    if (config->folds) s.epoch -= (s.epoch + config->members - 1) / config->members;
    s.batch = batch < s.epoch ? batch : s.epoch;
    s.shards = shard_count(config, s.batch);
    s.shard_size = (s.batch + s.shards - 1) / s.shards;
    s.tasks = config->members * s.shards;
    s.slots = threads < s.tasks ? threads : s.tasks;
    s.chunks = (config->sampler->max_steps + s.chunk - 1) / s.chunk;
    s.work = workspace_size(config, s.shard_size);
    s.scorer_chunk = scorer_chunk(config);
    s.scorer_batch = scorer_batch(config, &s);
    s.scorer_slots = config->narrow ? s.slots : threads;
    return s;
}

/* Sparse rows that so many sequences touch at most in one step, which sees one chunk of each.
** Embedding dropout touches the unknown word of each category besides. */
static size_t touched_rows(const rnn_fit_config *config, size_t sequences) {
    const rnn_net_spec *spec = rnn_net_get_spec(config->member[0]);
    const rnn_sampler *sampler = config->sampler;
    uint64_t rows = rnn_net_sparse_rows(config->member[0]), one = sampler->max_touched, all;
    uint64_t words = (uint64_t)chunk_steps(config) * spec->categories;
    int parts = 0;
    for (size_t c = 0; c < spec->categories; c++) parts |= spec->subwords[c] > 0;
    if (parts) words = rows;
    if (one == 0 || words < one) one = words;
    one += spec->categories;
    return rnn_mul_overflow(one, sequences, &all) || all > rows ? (size_t)rows : (size_t)all;
}

size_t rnn_fit_touched(const rnn_fit_config *config, const rnn_fit_size *size, size_t shard) {
    return touched_rows(config, shard ? size->shard_size : size->batch);
}

/* Bytes of a thread's slot. */
static uint64_t slot_bytes(const rnn_fit_config *config, const rnn_fit_size *s) {
    const rnn_net_spec *spec = rnn_net_get_spec(config->member[0]);
    uint64_t bytes = rnn_workspace_bytes(spec, &s->work, 1) +
                     2 * (uint64_t)s->work.outputs * spec->outputs * sizeof(real);
    if (config->slice) bytes += rnn_checkpoint_bytes(spec, s->shard_size, s->chunk, config->slice);
    return bytes + sizeof(rnn_fit_slot) + (s->shard_size + s->chunk) * sizeof(size_t) +
           (uint64_t)BLOCKS * BLOCK;
}

/* Bytes of shard `shard` of a member. */
static uint64_t shard_bytes(const rnn_fit_config *config, const rnn_fit_size *s, size_t shard) {
    const rnn_net *net = config->member[0];
    const rnn_net_spec *spec = rnn_net_get_spec(net);
    uint64_t bytes =
        rnn_sampler_batch_bytes(config->sampler, spec, s->shard_size) +
        rnn_gradient_bytes(rnn_net_dense_count(net), rnn_net_sparse_rows(net),
                           rnn_net_sparse_width(net), rnn_fit_touched(config, s, shard));
    if (s->chunks > 1) bytes += (uint64_t)s->shard_size * rnn_state_size(spec) * sizeof(real);
    return bytes + sizeof(rnn_fit_shard) + sizeof(rnn_gradient *) +
           2 * (uint64_t)s->shard_size * sizeof(size_t) + (uint64_t)BLOCKS * BLOCK;
}

static uint64_t bytes_with(const rnn_fit_config *config, size_t threads) {
    const rnn_net *net = config->member[0];
    rnn_fit_size s = rnn_fit_measure(config, threads);
    uint64_t member = rnn_update_bytes(net, config->average != NULL, config->options) +
                      (config->folds ? config->sampler->train_count : s.epoch) * sizeof(size_t);
    for (size_t i = 0; i < s.shards; i++) member += shard_bytes(config, &s, i);
    uint64_t bytes = s.slots * slot_bytes(config, &s) + config->members * member;
    if (config->sampler->valid_count == 0) return bytes;
    size_t scorers = config->folds ? config->members : 1;
    return bytes + config->sampler->valid_count * sizeof(size_t) +
           scorers * rnn_scorer_bytes(rnn_net_get_spec(net), config->folds ? 1 : config->members,
                                      s.scorer_slots, config->sampler, s.scorer_batch,
                                      s.scorer_chunk);
}

uint64_t rnn_fit_bytes(const rnn_fit_config *config) {
    return bytes_with(config, rnn_pool_threads(config->pool));
}

/* The slice for the limit; what it gives does not depend on the number of threads. */
static size_t find_slice(const rnn_fit_config *config, uint64_t limit) {
    rnn_fit_config trial = *config;
    trial.slice = 0;
    trial.narrow = 1;
    size_t tasks = rnn_fit_measure(&trial, 1).tasks, chunk = chunk_steps(config);
    if (chunk < LEAST_SLICED || bytes_with(&trial, tasks) <= limit) return 0;
    if (!rnn_checkpoint_possible(rnn_net_get_spec(config->member[0]))) return 0;
    for (size_t n = 2; (n - 1) * (n - 1) < chunk; n++) {
        trial.slice = (chunk + n - 1) / n;
        if (bytes_with(&trial, tasks) <= limit) break;
    }
    return trial.slice;
}

void rnn_fit_reduce(rnn_fit_config *config, uint64_t limit) {
    config->narrow = 0;
    config->slice = find_slice(config, limit);
    config->narrow = config->slice > 0 || rnn_fit_bytes(config) > limit;
}
