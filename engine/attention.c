/* attention.c - the decoder's attention over the source, "general" of Luong 2015.
**
**   q_t = W_query^T s_t,  w_t = softmax_i(q_t . h_i),  c_t = sum_i w_ti h_i
**
** One product for the queries of all rows; then sequence by sequence, because rows of a sequence do
** not lie next to each other in a packed batch: its n queries and T source states are gathered into
** blocks, and three small products do the rest:
**
**   scores [n x T] = Q H^T,  C = softmax(scores) H
**
** Backward, with dC given and the weights A computed again (they would take n T values a sequence
** to keep):
**   dA = dC H^T,  dS = A (dA - sum_i A dA),  dH = A^T dC + dS^T Q,  dQ = dS H
**   ds_t = W_query dq_t,  dW_query = sum_t s_t dq_t^T
*/
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "net_internal.h"

static real exponential(real x) {
    return sizeof(real) == sizeof(float) ? (real)expf((float)x) : (real)exp((double)x);
}

/* Block [length x width] = rows of sequence b, which are `ld` apart in the packed `from`. */
static void gather(const rnn_batch *batch, size_t b, size_t width, const real *from, size_t ld,
                   real *block) {
    for (size_t t = 0; t < batch->length[b]; t++) {
        memcpy(block + t * width, from + rnn_batch_row(batch, b, t) * ld, width * sizeof(real));
    }
}

static void scatter(const rnn_batch *batch, size_t b, size_t width, const real *block, real *to,
                    size_t ld) {
    for (size_t t = 0; t < batch->length[b]; t++) {
        memcpy(to + rnn_batch_row(batch, b, t) * ld, block + t * width, width * sizeof(real));
    }
}

/* share [n x T] = softmax of the n queries' products with the T states. */
static void weigh(size_t n, size_t T, size_t width, const real *query, const real *source,
                  real *share) {
    rnn_gemm_nt(n, T, width, query, width, source, width, 0, share, T);
    for (size_t r = 0; r < n; r++) {
        real *row = share + r * T, most = row[0], sum = 0;
        for (size_t i = 1; i < T; i++) most = row[i] > most ? row[i] : most;
        for (size_t i = 0; i < T; i++) {
            row[i] = exponential(row[i] - most);
            sum += row[i];
        }
        for (size_t i = 0; i < T; i++) row[i] /= sum;
    }
}

/* Queries of all rows from the states behind the contexts in combine_in. */
static void make_queries(const rnn_net *net, size_t rows, rnn_decoder_space *space) {
    size_t W = net->directions * net->state, P = net->state;
    rnn_gemm_nn(rows, W, P, space->combine_in + W, W + P, net->parameter + net->decoder.query, W, 0,
                space->query, W);
}

void rnn_attention_forward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                           const real *encoder_out) {
    const rnn_batch *decoder = batch->decoder;
    rnn_decoder_space *space = &w->decoder;
    size_t W = net->directions * net->state;
    make_queries(net, decoder->rows, space);
    for (size_t b = 0; b < decoder->sequences; b++) {
        size_t from = batch->source[b], T = batch->length[from], n = decoder->length[b];
        gather(batch, from, W, encoder_out, W, space->source);
        gather(decoder, b, W, space->query, W, space->target);
        weigh(n, T, W, space->target, space->source, space->share);
        rnn_gemm_nn(n, W, T, space->share, T, space->source, W, 0, space->context, W);
        scatter(decoder, b, W, space->context, space->combine_in, W + net->state);
    }
}

void rnn_attention_step(const rnn_net *net, size_t rows, rnn_workspace *w, const real *source,
                        size_t steps) {
    rnn_decoder_space *space = &w->decoder;
    size_t W = net->directions * net->state;
    make_queries(net, rows, space);
    weigh(rows, steps, W, space->query, source, space->share);
    rnn_gemm_nn(rows, W, steps, space->share, steps, source, W, 0, space->combine_in,
                W + net->state);
}

/* dS from A and dA, in place of dA. */
static void softmax_backward(size_t n, size_t T, const real *share, real *d_share) {
    for (size_t r = 0; r < n; r++) {
        const real *a = share + r * T;
        real *d = d_share + r * T, mean = 0;
        for (size_t i = 0; i < T; i++) mean += a[i] * d[i];
        for (size_t i = 0; i < T; i++) d[i] = a[i] * (d[i] - mean);
    }
}

/* One target sequence: d_encoder is added to, its queries in space->query become their gradient. */
static void sequence_backward(const rnn_net *net, const rnn_batch *batch, size_t b,
                              rnn_decoder_space *space, const real *encoder_out, real *d_encoder) {
    const rnn_batch *decoder = batch->decoder;
    size_t W = net->directions * net->state, from = batch->source[b];
    size_t T = batch->length[from], n = decoder->length[b];
    gather(batch, from, W, encoder_out, W, space->source);
    gather(decoder, b, W, space->query, W, space->target);
    gather(decoder, b, W, space->d_combine_in, W + net->state, space->context);
    weigh(n, T, W, space->target, space->source, space->share);
    rnn_gemm_nt(n, T, W, space->context, W, space->source, W, 0, space->d_share, T);
    rnn_gemm_tn(T, W, n, space->share, T, space->context, W, 0, space->d_source, W);
    softmax_backward(n, T, space->share, space->d_share);
    rnn_gemm_add_tn(T, W, n, space->d_share, T, space->target, W, space->d_source, W);
    rnn_gemm_nn(n, W, T, space->d_share, T, space->source, W, 0, space->target, W);
    scatter(decoder, b, W, space->target, space->query, W);
    for (size_t t = 0; t < T; t++) {
        real *to = d_encoder + rnn_batch_row(batch, from, t) * W;
        for (size_t j = 0; j < W; j++) to[j] += space->d_source[t * W + j];
    }
}

void rnn_attention_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                            const real *encoder_out, real *d_encoder, real *gradient) {
    rnn_decoder_space *space = &w->decoder;
    size_t W = net->directions * net->state, P = net->state, rows = batch->decoder->rows;
    const real *weight = net->parameter + net->decoder.query;
    for (size_t b = 0; b < batch->decoder->sequences; b++) {
        sequence_backward(net, batch, b, space, encoder_out, d_encoder);
    }
    rnn_gemm_nt(rows, P, W, space->query, W, weight, W, 1, space->d_combine_in + W, W + P);
    rnn_gemm_add_tn(P, W, rows, space->combine_in + W, W + P, space->query, W,
                    gradient + net->decoder.query, W);
}
