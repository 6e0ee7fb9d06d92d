/* pass.c - a forward or backward pass through the whole network; see net.h.
**
**   forward:   x = [numbers, embeddings] -> layers -> gather the output rows -> head
**   backward:  head -> scatter -> layers, last to first -> embeddings
*/
#include <string.h>

#include "gemm.h"
#include "net_internal.h"
#include "rng.h"

/* Random stream of embedding dropout; the layers use 1...64. */
enum { EMBEDDING_STREAM = 1000 };

/* x and ids of the batch; an id is replaced by 0 (unknown) at the rate of embedding_dropout. */
static void embed(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                  rnn_workspace *w) {
    const rnn_net_spec *s = &net->spec;
    size_t C = s->categories, N = s->numbers, I = net->inputs;
    real rate = pass->training ? (real)s->embedding_dropout : 0;
    uint64_t key = rnn_stream(pass->seed, EMBEDDING_STREAM, pass->first);
    for (size_t r = 0; r < batch->rows; r++) {
        real *x = w->x + r * I;
        memcpy(x, batch->numbers + r * N, N * sizeof(real));
        x += N;
        for (size_t c = 0; c < C; c++) {
            uint32_t id = batch->ids[r * C + c];
            if (id >= s->vocabulary[c] ||
                (rate > 0 && rnn_uniform_at(key, (batch->first_row + r) * C + c) < rate))
                id = 0;
            w->ids[r * C + c] = id;
            memcpy(x, net->parameter + net->embedding[c] + id * s->embedding[c],
                   s->embedding[c] * sizeof(real));
            x += s->embedding[c];
        }
    }
}

/* head_in = rows of h (and x) that have an output. */
static void gather(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, const real *h,
                   const real *x) {
    size_t width = net->directions * net->state, head = rnn_head_width(net), I = net->inputs;
    for (size_t o = 0; o < batch->outputs; o++) {
        size_t row = batch->out_row[o] - batch->first_row;
        memcpy(w->head_in + o * head, h + row * width, width * sizeof(real));
        if (net->spec.skip) memcpy(w->head_in + o * head + width, x + row * I, I * sizeof(real));
    }
}

/* The network's input rows: the batch's own numbers, or x with embeddings. */
static const real *input_rows(const rnn_net *net, const rnn_batch *batch, const rnn_workspace *w) {
    return net->spec.categories ? w->x : batch->numbers;
}

void rnn_net_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                     rnn_workspace *w, real *out) {
    size_t O = net->spec.outputs, head = rnn_head_width(net);
    const real *bias = net->parameter + net->head_bias;
    if (net->spec.categories) embed(net, batch, pass, w);
    const real *x = input_rows(net, batch, w), *in = x;
    for (size_t l = 0; l < net->spec.layers; l++) {
        rnn_layer_forward(net, l, batch, pass, w, in);
        in = w->layer[l].out;
    }
    if (net->spec.pooling) {
        rnn_pool_forward(net, batch, w, in, w->head_in);
    } else {
        gather(net, batch, w, in, x);
    }
    for (size_t o = 0; o < batch->outputs; o++) memcpy(out + o * O, bias, O * sizeof(real));
    rnn_gemm_nt(batch->outputs, O, head, w->head_in, head, net->parameter + net->head_weight, head,
                1, out, O);
}

/* Gradient of the rows of h (d_h) and of x through the skip path (w->d_skip) from d_head_in. */
static void scatter(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, real *d_h) {
    size_t width = net->directions * net->state, head = rnn_head_width(net), I = net->inputs;
    memset(d_h, 0, batch->rows * width * sizeof(real));
    if (w->d_skip) memset(w->d_skip, 0, batch->rows * I * sizeof(real));
    for (size_t o = 0; o < batch->outputs; o++) {
        size_t row = batch->out_row[o] - batch->first_row;
        const real *d = w->d_head_in + o * head;
        for (size_t j = 0; j < width; j++) d_h[row * width + j] += d[j];
        if (!w->d_skip) continue;
        for (size_t j = 0; j < I; j++) w->d_skip[row * I + j] += d[width + j];
    }
}

/* Add gradients of x to the embeddings' rows. */
static void embed_backward(const rnn_net *net, const rnn_batch *batch, const rnn_workspace *w,
                           const real *d_x, real *gradient) {
    const rnn_net_spec *s = &net->spec;
    for (size_t r = 0; r < batch->rows; r++) {
        const real *d = d_x + r * net->inputs + s->numbers;
        for (size_t c = 0; c < s->categories; c++) {
            size_t E = s->embedding[c];
            real *to = gradient + net->embedding[c] + w->ids[r * s->categories + c] * E;
            for (size_t j = 0; j < E; j++) to[j] += d[j];
            d += E;
        }
    }
}

void rnn_net_backward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                      rnn_workspace *w, const real *d_out, real *gradient) {
    size_t O = net->spec.outputs, head = rnn_head_width(net);
    real *upper = w->d_upper, *lower = w->d_lower, *d_bias = gradient + net->head_bias;
    const real *x = input_rows(net, batch, w);
    rnn_gemm_tn(O, head, batch->outputs, d_out, O, w->head_in, head, 1, gradient + net->head_weight,
                head);
    for (size_t o = 0; o < batch->outputs; o++) {
        for (size_t j = 0; j < O; j++) d_bias[j] += d_out[o * O + j];
    }
    rnn_gemm_nn(batch->outputs, head, O, d_out, O, net->parameter + net->head_weight, head, 0,
                w->d_head_in, head);
    if (net->spec.pooling) {
        rnn_pool_backward(net, batch, w, w->layer[net->spec.layers - 1].out, w->d_head_in, upper,
                          gradient);
    } else {
        scatter(net, batch, w, upper);
    }
    for (size_t l = net->spec.layers; l-- > 0;) {
        int wanted = l > 0 || net->spec.categories > 0;
        rnn_layer_backward(net, l, batch, pass, w, l ? w->layer[l - 1].out : x, upper,
                           wanted ? lower : NULL, gradient);
        real *swap = upper;
        upper = lower;
        lower = swap;
    }
    if (net->spec.categories == 0) return;
    if (w->d_skip) {
        for (size_t i = 0; i < batch->rows * net->inputs; i++) upper[i] += w->d_skip[i];
    }
    embed_backward(net, batch, w, upper, gradient);
}
