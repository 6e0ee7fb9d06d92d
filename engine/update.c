/* update.c - see update.h. */
#include "update.h"

#include <math.h>
#include <string.h>

/* Weight decay of the tensors that take part in it; sparse ones never do. */
static rnn_status init_decay(rnn_context *ctx, rnn_update *u) {
    size_t tensors = rnn_net_tensor_count(u->net);
    u->range = rnn_alloc_array(ctx, tensors, sizeof *u->range);
    if (!u->range) return ctx->status;
    for (size_t i = 0; i < tensors; i++) {
        const rnn_tensor *t = rnn_net_tensor(u->net, i);
        if (!t->decay || u->weight_decay <= 0) continue;
        u->range[u->ranges++] = (rnn_decay_range){t->offset, t->rows * t->columns, u->weight_decay};
    }
    return RNN_OK;
}

/* Dense parts, and one for the sparse rows. */
static size_t dense_parts(const rnn_net *net) {
    return (rnn_net_dense_count(net) + RNN_UPDATE_PART - 1) / RNN_UPDATE_PART;
}

static size_t parts_of(const rnn_net *net) {
    return dense_parts(net) + (rnn_net_sparse_rows(net) > 0);
}

rnn_status rnn_update_init(rnn_context *ctx, rnn_update *u, rnn_net *net, rnn_net *average,
                           const rnn_options *options) {
    rnn_optimizer_kind kind = (rnn_optimizer_kind)options->optimizer;
    size_t n = rnn_net_parameter_count(net), rows = rnn_net_sparse_rows(net);
    memset(u, 0, sizeof *u);
    u->net = net;
    u->average = average;
    u->weight_decay = options->weight_decay;
    u->clip_value = options->clip_value;
    u->clip_norm = options->clip_norm;
    u->parts = parts_of(net);
    rnn_status status = init_decay(ctx, u);
    if (status == RNN_OK) {
        u->moments = rnn_alloc_array(ctx, n, rnn_optimizer_state(kind) * sizeof *u->moments);
        if (u->moments && average) u->averaged = rnn_alloc_array(ctx, rows, sizeof *u->averaged);
        if (!average || u->averaged)
            u->squares = rnn_alloc_array(ctx, u->parts, 2 * sizeof(double));
        if (!u->moments || !u->squares) status = ctx->status;
    }
    if (status) {
        rnn_update_free(ctx, u);
        return status;
    }
    if (average) {
        memcpy(rnn_net_parameters(average), rnn_net_parameters(net), n * sizeof(real));
        /* Never touched: there is nothing to catch up with. */
        for (size_t r = 0; r < rows; r++) u->averaged[r] = -INFINITY;
    }
    rnn_optimizer_init(&u->optimizer, kind, n, u->moments, u->range, u->ranges);
    return RNN_OK;
}

void rnn_update_free(rnn_context *ctx, rnn_update *u) {
    rnn_free(ctx, u->range);
    rnn_free(ctx, u->moments);
    rnn_free(ctx, u->averaged);
    rnn_free(ctx, u->squares);
    memset(u, 0, sizeof *u);
}

uint64_t rnn_update_bytes(const rnn_net *net, int averaged, const rnn_options *options) {
    uint64_t n = rnn_net_parameter_count(net), rows = rnn_net_sparse_rows(net);
    return n * rnn_optimizer_state((rnn_optimizer_kind)options->optimizer) * sizeof(real) +
           (averaged ? rows * sizeof(double) : 0) + parts_of(net) * 2 * sizeof(double) +
           rnn_net_tensor_count(net) * sizeof(rnn_decay_range);
}

static void blend(size_t n, real share, const real *restrict now, real *restrict average) {
    for (size_t i = 0; i < n; i++) average[i] += share * (now[i] - average[i]);
}

/* Bring one row's average up to date: D never grows. */
static void catch_up(rnn_update *u, size_t row, const real *now, real *average, size_t width) {
    if (u->averaged[row] <= u->log_decay) return;
    blend(width, (real)(1 - exp(u->log_decay - u->averaged[row])), now, average);
    u->averaged[row] = u->log_decay;
}

/* Rows lie anywhere in buffers far larger than the caches: ask for what the update of this one will
** read. */
static void prefetch(const rnn_update *u, size_t row) {
    size_t at, n = u->optimizer.parameters, line = 64 / sizeof(real);
    size_t states = rnn_optimizer_state(u->optimizer.kind);
    const rnn_tensor *t = rnn_net_sparse_row(u->net, row, &at);
    for (size_t j = 0; j < t->columns; j += line) {
        __builtin_prefetch(rnn_net_parameters(u->net) + at + j, 1);
        if (u->average) __builtin_prefetch(rnn_net_parameters(u->average) + at + j, 1);
        for (size_t k = 0; k < states; k++) __builtin_prefetch(u->moments + k * n + at + j, 1);
    }
}

/* Update of the rows touched. Before it, their averages see what they were; what they become is
** left to the next time. */
static void update_rows(rnn_update *u, const rnn_gradient *g) {
    enum { AHEAD = 4 };
    real *parameter = rnn_net_parameters(u->net);
    for (size_t i = 0; i < g->touched && i < AHEAD; i++) prefetch(u, g->row[i]);
    for (size_t i = 0; i < g->touched; i++) {
        size_t at, row = g->row[i];
        const rnn_tensor *t = rnn_net_sparse_row(u->net, row, &at);
        if (i + AHEAD < g->touched) prefetch(u, g->row[i + AHEAD]);
        if (u->average) {
            catch_up(u, row, parameter + at, rnn_net_parameters(u->average) + at, t->columns);
            u->averaged[row] = u->log_decay; /* also where it was never touched before */
        }
        rnn_optimizer_apply_row(&u->optimizer, at, t->columns, 0, g->value + g->at[i], parameter);
    }
}

/* The dense elements of a part; 0: it is that of the sparse rows. */
static size_t dense_range(const rnn_update *u, size_t part, size_t *first) {
    size_t all = rnn_net_dense_count(u->net);
    *first = part * RNN_UPDATE_PART;
    if (*first >= all) return 0;
    return all - *first < RNN_UPDATE_PART ? all - *first : RNN_UPDATE_PART;
}

void rnn_update_gather(rnn_update *u, size_t part, rnn_gradient *const *shard, size_t shards) {
    rnn_gradient *sum = shard[0];
    size_t first, count = dense_range(u, part, &first);
    for (size_t s = 1; s < shards; s++) {
        if (count > 0) {
            rnn_gradient_add_dense(sum, shard[s], first, count);
        } else {
            rnn_gradient_add_rows(sum, shard[s]);
        }
    }
    real *value = count > 0 ? sum->dense + first : sum->value;
    if (count == 0) count = sum->at[sum->touched];
    double *squares = u->squares + 2 * part;
    squares[0] = squares[1] = rnn_gradient_squares(count, value);
    if (!(u->clip_value > 0)) return;
    rnn_clip_value(count, value, u->clip_value);
    squares[1] = rnn_gradient_squares(count, value);
}

/* The step that was under way is over. */
static void finish_step(rnn_update *u) {
    if (u->decay > 0) u->log_decay += log(u->decay);
    u->decay = 0;
}

void rnn_update_begin(rnn_update *u, double rate) {
    double before = 0, after = 0;
    for (size_t i = 0; i < u->parts; i++) {
        before += u->squares[2 * i];
        after += u->squares[2 * i + 1];
    }
    finish_step(u);
    u->norm = sqrt(before);
    u->skipped = !isfinite(after);
    if (u->skipped) return;
    rnn_net_parameters(u->net); /* are about to change */
    rnn_optimizer_begin(&u->optimizer, rate, rnn_clip_norm(sqrt(after), u->clip_norm));
    double t = (double)u->optimizer.steps;
    u->decay = fmin(0.995, (1 + t) / (10 + t));
}

void rnn_update_apply(rnn_update *u, size_t part, const rnn_gradient *sum) {
    size_t first, count = dense_range(u, part, &first);
    if (u->skipped) return;
    if (count == 0) {
        update_rows(u, sum);
    } else {
        real *parameter = rnn_net_parameters(u->net);
        rnn_optimizer_apply(&u->optimizer, first, count, sum->dense, parameter);
        if (u->average) {
            blend(count, (real)(1 - u->decay), parameter + first,
                  rnn_net_parameters(u->average) + first);
        }
    }
}

void rnn_update_step(rnn_update *u, double rate, rnn_gradient *const *shard, size_t shards) {
    for (size_t i = 0; i < u->parts; i++) rnn_update_gather(u, i, shard, shards);
    rnn_update_begin(u, rate);
    for (size_t i = 0; i < u->parts; i++) rnn_update_apply(u, i, shard[0]);
}

void rnn_update_flush(rnn_update *u) {
    if (!u->average) return;
    finish_step(u);
    const real *now = rnn_net_parameters(u->net);
    real *average = rnn_net_parameters(u->average);
    for (size_t r = 0; r < rnn_net_sparse_rows(u->net); r++) {
        size_t at;
        const rnn_tensor *t = rnn_net_sparse_row(u->net, r, &at);
        catch_up(u, r, now + at, average + at, t->columns);
    }
}
