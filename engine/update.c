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
    rnn_status status = init_decay(ctx, u);
    if (status == RNN_OK) {
        u->moments = rnn_alloc_array(ctx, n, rnn_optimizer_state(kind) * sizeof *u->moments);
        if (u->moments && average) u->averaged = rnn_alloc_array(ctx, rows, sizeof *u->averaged);
        if (!u->moments || (average && !u->averaged)) status = ctx->status;
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
    memset(u, 0, sizeof *u);
}

uint64_t rnn_update_bytes(const rnn_net *net, int averaged, const rnn_options *options) {
    uint64_t n = rnn_net_parameter_count(net), rows = rnn_net_sparse_rows(net);
    return n * rnn_optimizer_state((rnn_optimizer_kind)options->optimizer) * sizeof(real) +
           (averaged ? rows * sizeof(double) : 0) +
           rnn_net_tensor_count(net) * sizeof(rnn_decay_range);
}

/* Over dense elements and touched rows alike. */
static double norm_of(const rnn_gradient *g) {
    double dense = rnn_gradient_norm(g->dense_count, g->dense);
    if (g->touched == 0) return dense;
    return hypot(dense, rnn_gradient_norm(g->at[g->touched], g->value));
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

void rnn_update_step(rnn_update *u, double rate, rnn_gradient *g) {
    double norm = u->norm = norm_of(g);
    if (u->clip_value > 0) {
        rnn_clip_value(g->dense_count, g->dense, u->clip_value);
        rnn_clip_value(g->at[g->touched], g->value, u->clip_value);
        norm = norm_of(g);
    }
    if (!isfinite(norm)) return;
    real *parameter = rnn_net_parameters(u->net);
    rnn_optimizer_begin(&u->optimizer, rate, rnn_clip_norm(norm, u->clip_norm));
    rnn_optimizer_apply(&u->optimizer, 0, g->dense_count, g->dense, parameter);
    update_rows(u, g);
    if (!u->average) return;
    double t = (double)u->optimizer.steps, decay = fmin(0.995, (1 + t) / (10 + t));
    blend(g->dense_count, (real)(1 - decay), parameter, rnn_net_parameters(u->average));
    u->log_decay += log(decay);
}

void rnn_update_flush(rnn_update *u) {
    if (!u->average) return;
    const real *now = rnn_net_parameters(u->net);
    real *average = rnn_net_parameters(u->average);
    for (size_t r = 0; r < rnn_net_sparse_rows(u->net); r++) {
        size_t at;
        const rnn_tensor *t = rnn_net_sparse_row(u->net, r, &at);
        catch_up(u, r, now + at, average + at, t->columns);
    }
}
