/* pooling.c - one vector a sequence from its steps; see rnn_pooling in net.h.
**
** h [R x W], W = D*P units a row, R rows of B sequences in packed order (batch.h): row of sequence
** b at step t is offset[t] + b. Padding does not exist, so nothing has to be masked.
*/
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "kernels.h"
#include "net_internal.h"

/* Row in which sequence b has unit j of its last state: the reverse direction ends at the first
** step. */
static size_t last_row(const rnn_net *net, const rnn_batch *batch, size_t b, size_t j) {
    return rnn_batch_row(batch, b, j < net->state ? batch->length[b] - 1 : 0);
}

static void last_forward(const rnn_net *net, const rnn_batch *batch, size_t W, const real *h,
                         real *pooled) {
    for (size_t b = 0; b < batch->sequences; b++) {
        for (size_t j = 0; j < W; j++) pooled[b * W + j] = h[last_row(net, batch, b, j) * W + j];
    }
}

static void mean_forward(const rnn_batch *batch, size_t W, const real *h, real *pooled) {
    memset(pooled, 0, batch->sequences * W * sizeof *pooled);
    for (size_t t = 0; t < batch->steps; t++) {
        const real *rows = h + batch->offset[t] * W;
        for (size_t i = 0; i < batch->running[t] * W; i++) pooled[i] += rows[i];
    }
    for (size_t b = 0; b < batch->sequences; b++) {
        for (size_t j = 0; j < W; j++) pooled[b * W + j] /= (real)batch->length[b];
    }
}

/* In scoring nobody asks which row a maximum came from. */
static void max_score(const rnn_batch *batch, size_t W, const real *h, real *pooled) {
    const rnn_kernels *kernels = rnn_kernels_get();
    memcpy(pooled, h, batch->sequences * W * sizeof *pooled);
    for (size_t t = 1; t < batch->steps; t++)
        kernels->maximum(batch->running[t] * W, h + batch->offset[t] * W, pooled);
}

/* The first of equal maxima counts. */
static void max_forward(const rnn_batch *batch, size_t W, const real *h, uint32_t *row,
                        real *pooled) {
    for (size_t t = 0; t < batch->steps; t++) {
        for (size_t b = 0; b < batch->running[t]; b++) {
            size_t r = rnn_batch_row(batch, b, t);
            for (size_t j = 0; j < W; j++) {
                real v = h[r * W + j];
                if (t > 0 && !(v > pooled[b * W + j])) continue;
                pooled[b * W + j] = v;
                row[b * W + j] = (uint32_t)r;
            }
        }
    }
}

/* Odd units by their mean; the even ones have their maximum. */
static void mixed_means(const rnn_batch *batch, size_t W, const real *h, real *pooled) {
    for (size_t i = 1; i < batch->sequences * W; i += 2) pooled[i] = 0;
    for (size_t t = 0; t < batch->steps; t++) {
        const real *rows = h + batch->offset[t] * W;
        for (size_t i = 1; i < batch->running[t] * W; i += 2) pooled[i] += rows[i];
    }
    for (size_t b = 0; b < batch->sequences; b++) {
        for (size_t j = 1; j < W; j += 2) pooled[b * W + j] /= (real)batch->length[b];
    }
}

void rnn_pool_scores(const rnn_net *net, size_t rows, rnn_workspace *w, const real *h) {
    const real *bias = net->parameter + net->pool_bias, *query = net->parameter + net->pool_query;
    size_t W = net->directions * net->state;
    for (size_t r = 0; r < rows; r++) memcpy(w->pool_hidden + r * W, bias, W * sizeof *bias);
    rnn_gemm_nt(rows, W, W, h, W, net->parameter + net->pool_weight, W, 1, w->pool_hidden, W);
    rnn_kernels_get()->rnn_forward(rows, W, 0, w->pool_hidden, w->pool_hidden, W);
    for (size_t r = 0; r < rows; r++) {
        real sum = 0;
        for (size_t j = 0; j < W; j++) sum += query[j] * w->pool_hidden[r * W + j];
        w->pool_share[r] = sum;
    }
}

static void attention_forward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                              size_t W, const real *h, real *pooled) {
    rnn_pool_scores(net, batch->rows, w, h);
    memset(pooled, 0, batch->sequences * W * sizeof *pooled);
    for (size_t b = 0; b < batch->sequences; b++) {
        double most = -INFINITY, sum = 0;
        for (size_t t = 0; t < batch->length[b]; t++) {
            most = fmax(most, (double)w->pool_share[rnn_batch_row(batch, b, t)]);
        }
        for (size_t t = 0; t < batch->length[b]; t++) {
            sum += exp((double)w->pool_share[rnn_batch_row(batch, b, t)] - most);
        }
        for (size_t t = 0; t < batch->length[b]; t++) {
            size_t r = rnn_batch_row(batch, b, t);
            real share = (real)(exp((double)w->pool_share[r] - most) / sum);
            w->pool_share[r] = share;
            for (size_t j = 0; j < W; j++) pooled[b * W + j] += share * h[r * W + j];
        }
    }
}

void rnn_pool_forward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, const real *h,
                      real *pooled) {
    size_t W = net->directions * net->state;
    switch (net->spec.pooling) {
    case RNN_POOL_NONE: break;
    case RNN_POOL_LAST: last_forward(net, batch, W, h, pooled); break;
    case RNN_POOL_MEAN: mean_forward(batch, W, h, pooled); break;
    case RNN_POOL_MAX:
    case RNN_POOL_MIXED:
        if (w->training) {
            max_forward(batch, W, h, w->pool_row, pooled);
        } else {
            max_score(batch, W, h, pooled);
        }
        if (net->spec.pooling == RNN_POOL_MIXED) mixed_means(batch, W, h, pooled);
        break;
    case RNN_POOL_ATTENTION: attention_forward(net, batch, w, W, h, pooled); break;
    }
}

/* With u = tanh(W h + b), s = q . u, a = softmax(s), d = gradient of the pooled vector:
**   da_t = d . h_t,  ds_t = a_t (da_t - sum a da),  dq += ds_t u_t,  du_t = ds_t q (1 -
**                    u_t^2),  dh_t = a_t d + du_t W */
static void attention_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                               size_t W, const real *h, const real *d_pooled, real *d_h,
                               real *gradient) {
    const real *query = net->parameter + net->pool_query;
    real *d_query = gradient + net->pool_query, *d_bias = gradient + net->pool_bias;
    for (size_t b = 0; b < batch->sequences; b++) {
        const real *d = d_pooled + b * W;
        real mean = 0;
        for (size_t t = 0; t < batch->length[b]; t++) {
            size_t r = rnn_batch_row(batch, b, t);
            for (size_t j = 0; j < W; j++) mean += w->pool_share[r] * d[j] * h[r * W + j];
        }
        for (size_t t = 0; t < batch->length[b]; t++) {
            size_t r = rnn_batch_row(batch, b, t);
            real share = w->pool_share[r], d_share = 0, *u = w->pool_hidden + r * W;
            for (size_t j = 0; j < W; j++) d_share += d[j] * h[r * W + j];
            real d_score = share * (d_share - mean);
            for (size_t j = 0; j < W; j++) {
                d_h[r * W + j] = share * d[j];
                d_query[j] += d_score * u[j];
                u[j] = d_score * query[j] * (1 - u[j] * u[j]);
                d_bias[j] += u[j];
            }
        }
    }
    rnn_gemm_add_tn(W, W, batch->rows, w->pool_hidden, W, h, W, gradient + net->pool_weight, W);
    rnn_gemm_nn(batch->rows, W, W, w->pool_hidden, W, net->parameter + net->pool_weight, W, 1, d_h,
                W);
}

void rnn_pool_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, const real *h,
                       const real *d_pooled, real *d_h, real *gradient) {
    size_t W = net->directions * net->state, B = batch->sequences;
    int mixed = net->spec.pooling == RNN_POOL_MIXED;
    memset(d_h, 0, batch->rows * W * sizeof *d_h);
    if (net->spec.pooling == RNN_POOL_ATTENTION)
        attention_backward(net, batch, w, W, h, d_pooled, d_h, gradient);
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < W; j++) {
            real d = d_pooled[b * W + j];
            if (net->spec.pooling == RNN_POOL_LAST) d_h[last_row(net, batch, b, j) * W + j] += d;
            if (net->spec.pooling == RNN_POOL_MAX || (mixed && j % 2 == 0))
                d_h[w->pool_row[b * W + j] * W + j] += d;
        }
    }
    if (net->spec.pooling != RNN_POOL_MEAN && !mixed) return;
    for (size_t t = 0; t < batch->steps; t++) {
        for (size_t b = 0; b < batch->running[t]; b++) {
            real share = 1 / (real)batch->length[b], *to = d_h + rnn_batch_row(batch, b, t) * W;
            for (size_t j = mixed ? 1 : 0; j < W; j += mixed ? 2 : 1)
                to[j] = share * d_pooled[b * W + j];
        }
    }
}
