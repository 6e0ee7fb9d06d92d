/* pass.c - a forward or backward pass through the whole network; see net.h.
**
**   forward:   x = [numbers, embeddings] -> layers -> gather the output rows, or pool -> head
**   backward:  head -> scatter, or pool -> layers, last to first -> embeddings
**
** With a decoder, decoder.c takes the place of what is between the layers and the outputs.
*/
#include <string.h>

#include "gemm.h"
#include "net_internal.h"

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

const real *rnn_pass_layers(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                            rnn_workspace *w) {
    if (w->words) {
        rnn_word_gates_place(w, batch);
    } else if (net->spec.categories) {
        rnn_embed_forward(net, batch, pass, w);
    }
    const real *in = input_rows(net, batch, w);
    for (size_t l = 0; l < net->spec.layers; l++) {
        rnn_layer_forward(net, l, batch, pass, w, in);
        in = w->layer[l].out;
    }
    return in;
}

void rnn_affine(const rnn_net *net, size_t weight, size_t bias, size_t n, size_t width,
                const real *in, size_t columns, real *out) {
    const real *b = net->parameter + bias;
    for (size_t i = 0; i < n; i++) memcpy(out + i * columns, b, columns * sizeof(real));
    rnn_gemm_nt(n, columns, width, in, width, net->parameter + weight, width, 1, out, columns);
}

void rnn_affine_backward(const rnn_net *net, size_t weight, size_t bias, size_t n, size_t width,
                         const real *in, size_t columns, const real *d_out, int add, real *d_in,
                         real *gradient) {
    real *d_bias = gradient + bias;
    rnn_gemm_add_tn(columns, width, n, d_out, columns, in, width, gradient + weight, width);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < columns; j++) d_bias[j] += d_out[i * columns + j];
    }
    rnn_gemm_nn(n, width, columns, d_out, columns, net->parameter + weight, width, add ? 1 : 0,
                d_in, width);
}

void rnn_pass_head(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, real *out) {
    size_t n = batch->outputs, width = rnn_head_width(net);
    const real *in = w->head_in;
    if (net->project != RNN_NO_SLOT) {
        size_t E = net->spec.embedding[0];
        rnn_affine(net, net->project, net->project_bias, n, width, in, E, w->project);
        in = w->project;
        width = E;
    }
    rnn_affine(net, net->head_weight, net->head_bias, n, width, in, net->spec.outputs, out);
}

/* w->d_head_in from d_out. */
static void head_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                          const real *d_out, rnn_gradient *gradient) {
    size_t n = batch->outputs, width = rnn_head_width(net), O = net->spec.outputs;
    if (net->project == RNN_NO_SLOT) {
        rnn_affine_backward(net, net->head_weight, net->head_bias, n, width, w->head_in, O, d_out,
                            0, w->d_head_in, gradient->dense);
        return;
    }
    size_t E = net->spec.embedding[0];
    rnn_affine_backward(net, net->head_weight, net->head_bias, n, E, w->project, O, d_out, 0,
                        w->d_project, gradient->dense);
    rnn_affine_backward(net, net->project, net->project_bias, n, width, w->head_in, E, w->d_project,
                        0, w->d_head_in, gradient->dense);
}

void rnn_net_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                     rnn_workspace *w, real *out) {
    const real *h = rnn_pass_layers(net, batch, pass, w);
    if (net->spec.target_vocabulary) {
        rnn_decoder_forward(net, batch, pass, w, h, out);
        return;
    }
    if (net->spec.pooling) {
        rnn_pool_forward(net, batch, w, h, w->head_in);
    } else {
        gather(net, batch, w, h, input_rows(net, batch, w));
    }
    rnn_pass_head(net, batch, w, out);
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

/* d_h [R x DP]: gradient of the last layer's outputs. */
static void outputs_backward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                             rnn_workspace *w, const real *d_out, real *d_h,
                             rnn_gradient *gradient) {
    const real *h = w->layer[net->spec.layers - 1].out;
    if (net->spec.target_vocabulary) {
        rnn_decoder_backward(net, batch, pass, w, h, d_out, d_h, gradient);
        return;
    }
    head_backward(net, batch, w, d_out, gradient);
    if (net->spec.pooling) {
        rnn_pool_backward(net, batch, w, h, w->d_head_in, d_h, gradient->dense);
    } else {
        scatter(net, batch, w, d_h);
    }
}

void rnn_net_backward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                      rnn_workspace *w, const real *d_out, real *d_state, rnn_gradient *gradient) {
    real *upper = w->d_upper, *lower = w->d_lower;
    const real *x = input_rows(net, batch, w);
    outputs_backward(net, batch, pass, w, d_out, upper, gradient);
    for (size_t l = net->spec.layers; l-- > 0;) {
        int wanted = l > 0 || net->spec.categories > 0;
        rnn_layer_backward(net, l, batch, pass, w, l ? w->layer[l - 1].out : x, upper,
                           wanted ? lower : NULL, d_state, gradient->dense);
        real *swap = upper;
        upper = lower;
        lower = swap;
    }
    if (net->spec.categories == 0) return;
    if (w->d_skip) {
        for (size_t i = 0; i < batch->rows * net->inputs; i++) upper[i] += w->d_skip[i];
    }
    rnn_embed_backward(net, batch, w, upper, gradient);
}
