/* init.c - initial weights; see net.h.
**
**   glorot      uniform within sqrt(6 / (fan in + fan out)), each gate's block on its
**               own      Glorot & Bengio 2010
**   orthogonal  recurrent blocks orthogonal (Gram-Schmidt of a normal matrix), inputs Glorot   Saxe
**               2014
**   uniform     everything recurrent within 1/sqrt(H), as PyTorch does
**   identity    the recurrent block of the candidate (LSTM g, GRU n, RNN the only one) is the
**               identity    Le 2015
** LSTM: the forget gate's bias b_ih is forget_bias and its b_hh zero (Jozefowicz 2015). Embeddings:
** normal with deviation 1/sqrt(E), id 0 (unknown) zero. Learned initial states start at zero, layer
** norm at gain 1. Each number is a function of (seed, tensor, element).
*/
#include <math.h>
#include <string.h>

#include "net_internal.h"
#include "rng.h"

static void fill_uniform(real *w, size_t n, double bound, uint64_t key) {
    for (size_t i = 0; i < n; i++) w[i] = (real)(bound * (2 * rnn_uniform(key, i) - 1));
}

/* [blocks*rows x columns] with a Glorot bound for one block. */
static void fill_glorot(real *w, size_t blocks, size_t rows, size_t columns, uint64_t key) {
    fill_uniform(w, blocks * rows * columns, sqrt(6.0 / (double)(rows + columns)), key);
}

static double dot(const real *a, const real *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* One block [rows x columns] with orthonormal rows, as many as columns allow; further rows are
** orthonormal among themselves. */
static void fill_orthogonal(real *w, size_t rows, size_t columns, uint64_t key) {
    for (size_t i = 0; i < rows * columns; i++) w[i] = (real)rnn_normal(key, i);
    for (size_t r = 0; r < rows && columns > 0; r++) {
        real *row = w + r * columns;
        for (size_t k = r - r % columns; k < r; k++) {
            double share = dot(row, w + k * columns, columns);
            for (size_t j = 0; j < columns; j++) row[j] -= (real)share * w[k * columns + j];
        }
        double norm = sqrt(dot(row, row, columns));
        for (size_t j = 0; j < columns && norm > 0; j++) row[j] /= (real)norm;
    }
}

static void init_recurrent(rnn_net *net, real *w, uint64_t key) {
    size_t H = net->spec.hidden, P = net->state, G = net->gates;
    fill_glorot(w, G, H, P, key);
    if (net->spec.init == RNN_INIT_ORTHOGONAL) {
        for (size_t g = 0; g < G; g++) fill_orthogonal(w + g * H * P, H, P, rnn_stream(key, 1, g));
    } else if (net->spec.init == RNN_INIT_IDENTITY) {
        real *block = w + (net->spec.cell == RNN_CELL_RNN ? 0 : 2) * H * P;
        memset(block, 0, H * P * sizeof(real));
        for (size_t j = 0; j < H && j < P; j++) block[j * P + j] = 1;
    }
}

static void init_direction(rnn_net *net, const rnn_slots *s, size_t inputs, uint64_t key) {
    size_t H = net->spec.hidden, P = net->state, GH = net->gates * H;
    double bound = 1 / sqrt((double)H);
    real *p = net->parameter;
    if (net->spec.init == RNN_INIT_UNIFORM) {
        fill_uniform(p + s->w_ih, GH * inputs, bound, rnn_stream(key, 0, 0));
        fill_uniform(p + s->w_hh, GH * P, bound, rnn_stream(key, 1, 0));
        fill_uniform(p + s->b_ih, GH, bound, rnn_stream(key, 2, 0));
        fill_uniform(p + s->b_hh, GH, bound, rnn_stream(key, 3, 0));
    } else {
        fill_glorot(p + s->w_ih, net->gates, H, inputs, rnn_stream(key, 0, 0));
        init_recurrent(net, p + s->w_hh, rnn_stream(key, 1, 0));
    }
    if (s->w_hr != RNN_NO_SLOT) fill_glorot(p + s->w_hr, 1, P, H, rnn_stream(key, 4, 0));
    if (net->spec.cell != RNN_CELL_LSTM) return;
    for (size_t j = 0; j < H; j++) {
        p[s->b_ih + H + j] = (real)net->spec.forget_bias;
        p[s->b_hh + H + j] = 0;
    }
}

void rnn_net_initialise(rnn_net *net, uint64_t seed) {
    const rnn_net_spec *s = &net->spec;
    real *p = net->parameter;
    memset(p, 0, net->parameters * sizeof(real));
    for (size_t c = 0; c < s->categories; c++) {
        size_t E = s->embedding[c];
        uint64_t key = rnn_stream(seed, 1, c);
        for (size_t i = E; i < s->vocabulary[c] * E; i++) {
            p[net->embedding[c] + i] = (real)(rnn_normal(key, i) / sqrt((double)E));
        }
    }
    for (size_t l = 0; l < s->layers; l++) {
        const rnn_layer_slots *ls = &net->layer[l];
        for (size_t k = 0; k < net->directions; k++) {
            init_direction(net, &ls->direction[k], ls->inputs, rnn_stream(seed, 2, l * 2 + k));
        }
        for (size_t j = 0; s->layer_norm && j < net->directions * net->state; j++)
            p[ls->norm_weight + j] = 1;
    }
    if (s->pooling == RNN_POOL_ATTENTION) {
        size_t width = net->directions * net->state;
        fill_glorot(p + net->pool_weight, 1, width, width, rnn_stream(seed, 4, 0));
        fill_glorot(p + net->pool_query, 1, 1, width, rnn_stream(seed, 4, 1));
    }
    fill_glorot(p + net->head_weight, 1, s->outputs, rnn_head_width(net), rnn_stream(seed, 3, 0));
}
