/* gradient_lag.c - see gradient_lag.h. */
#include "gradient_lag.h"

#include <math.h>
#include <string.h>

#include "activations.h"
#include "calibrate.h"
#include "pool.h"
#include "probe.h"

typedef struct measuring {
    rnn_context *ctx;
    const rnn_model *model;
    rnn_probe probe;
    rnn_workspace *workspace;
    rnn_gradient gradient; /* of the weights: nobody asks for it */
    rnn_loss loss;
    real quantiles[RNN_MAX_LIST];
    real *out, *d_out; /* [outputs x O] */
    real *d_h;         /* see activations.h */
    size_t *count;     /* [lags] sequences that have the lag */
    rnn_gradient_lags *result;
} measuring;

/* The output whose loss it is: weight 1, all others 0. 0 if there is none. */
static int choose_output(measuring *m, size_t *output) {
    rnn_batch *b = &m->probe.batch;
    int found = 0;
    for (size_t o = 0; o < b->outputs; o++) {
        if (!(b->weight[o] > 0) || (found && m->model->spec.target_vocabulary)) continue;
        *output = o;
        found = 1;
    }
    for (size_t o = 0; o < b->outputs; o++) b->weight[o] = found && o == *output ? 1 : 0;
    return found;
}

/* Add the norms of one layer. `end` is step s, and that of the reverse direction. */
static void add_norms(const measuring *m, size_t layer, const size_t end[2]) {
    size_t P = rnn_spec_state(&m->model->spec), T = m->probe.batch.steps;
    size_t D = rnn_spec_directions(&m->model->spec);
    double *norm = m->result->norm + layer * m->result->lags;
    for (size_t lag = 0; lag <= end[0] || (D == 2 && lag < T - end[1]); lag++) {
        double squares = 0;
        for (size_t k = 0; k < D; k++) {
            if (k == 0 ? lag > end[0] : lag >= T - end[1]) continue;
            const real *d = rnn_activations_gradient(m->workspace, layer, k,
                                                     k == 0 ? end[0] - lag : end[1] + lag);
            for (size_t j = 0; j < P; j++) squares += (double)d[j] * (double)d[j];
        }
        norm[lag] += sqrt(squares);
        if (layer == 0) m->count[lag]++;
    }
}

/* A task for the floating-point mode that training has (pool.h). */
static void measure_sequence(void *arg, size_t task) {
    measuring *m = arg;
    const rnn_net *net = m->model->member[0];
    const rnn_net_spec *spec = &m->model->spec;
    rnn_batch *b = &m->probe.batch;
    const rnn_pass pass = {0};
    size_t output = 0;
    (void)task;
    if (!choose_output(m, &output)) return;
    rnn_gradient_clear(&m->gradient);
    rnn_net_forward(net, b, &pass, m->workspace, m->out);
    rnn_loss_evaluate(&m->loss, b->outputs, m->out, b->target, b->weight, b->unit, 1, m->d_out);
    rnn_net_backward(net, b, &pass, m->workspace, m->d_out, NULL, &m->gradient);
    int whole = spec->pooling != RNN_POOL_NONE || spec->target_vocabulary > 0;
    size_t end[2] = {b->steps - 1, 0};
    if (!whole) end[0] = end[1] = b->out_row[output]; /* of one sequence, rows are steps */
    for (size_t l = 0; l < spec->layers; l++) add_norms(m, l, end);
}

static rnn_status make(measuring *m, const char *function, const rnn_table *rows) {
    const rnn_net_spec *spec = &m->model->spec;
    const rnn_net *net = m->model->member[0];
    rnn_context *ctx = m->ctx;
    rnn_status status = rnn_probe_open(ctx, function, m->model, rows, 1, &m->probe);
    if (status) return status;
    const rnn_sampler *s = m->probe.sampler;
    size_t T = s->max_steps, outputs = rnn_sampler_outputs(s), touched = s->max_touched;
    rnn_workspace_size size = {1, T, T, outputs, s->max_targets, s->max_targets};
    if (touched == 0) touched = T * spec->categories;
    status = rnn_workspace_create(ctx, spec, &size, 1, &m->workspace);
    if (status == RNN_OK)
        status = rnn_gradient_init(ctx, &m->gradient, rnn_net_dense_count(net),
                                   rnn_net_sparse_rows(net), rnn_net_sparse_width(net), touched);
    if (status) return status;
    uint64_t states = (uint64_t)spec->layers * rnn_spec_directions(spec) * rnn_spec_state(spec);
    m->result->layers = spec->layers;
    m->result->lags = T;
    m->out = rnn_alloc_array(ctx, outputs, spec->outputs * sizeof *m->out);
    if (m->out) m->d_out = rnn_alloc_array(ctx, outputs, spec->outputs * sizeof *m->d_out);
    if (m->d_out) m->d_h = rnn_alloc_array(ctx, T, states * sizeof *m->d_h);
    if (m->d_h) m->count = rnn_alloc_array_zero(ctx, T, sizeof *m->count);
    if (m->count) m->result->norm = rnn_alloc_array_zero(ctx, T, spec->layers * sizeof(double));
    if (!m->result->norm) return ctx->status;
    rnn_activations_keep(net, m->workspace, m->d_h);
    return RNN_OK;
}

/* Sums to means; lags that no sequence has are dropped. */
static void finish(measuring *m) {
    rnn_gradient_lags *g = m->result;
    size_t lags = 0;
    while (lags < g->lags && m->count[lags]) lags++;
    for (size_t l = 0; l < g->layers; l++) {
        for (size_t k = 0; k < lags; k++)
            g->norm[l * lags + k] = g->norm[l * g->lags + k] / (double)m->count[k];
    }
    g->lags = lags;
}

rnn_status rnn_gradient_lags_measure(rnn_context *ctx, const char *function, const rnn_model *model,
                                     const rnn_table *rows, rnn_gradient_lags *out) {
    memset(out, 0, sizeof *out);
    measuring *m = rnn_alloc_zero(ctx, sizeof *m);
    if (!m) return ctx->status;
    m->ctx = ctx;
    m->model = model;
    m->result = out;
    m->loss = rnn_model_loss(model, m->quantiles);
    rnn_status status = make(m, function, rows);
    while (status == RNN_OK && (status = rnn_probe_next(&m->probe)) == RNN_OK)
        rnn_pool_run(NULL, 1, measure_sequence, m);
    if (status == RNN_DONE) {
        finish(m);
        status = RNN_OK;
    }
    rnn_probe_close(&m->probe);
    rnn_workspace_free(m->workspace);
    rnn_gradient_free(ctx, &m->gradient);
    rnn_free(ctx, m->out);
    rnn_free(ctx, m->d_out);
    rnn_free(ctx, m->d_h);
    rnn_free(ctx, m->count);
    rnn_free(ctx, m);
    if (status) rnn_gradient_lags_free(ctx, out);
    return status;
}

void rnn_gradient_lags_free(rnn_context *ctx, rnn_gradient_lags *g) {
    rnn_free(ctx, g->norm);
    memset(g, 0, sizeof *g);
}
