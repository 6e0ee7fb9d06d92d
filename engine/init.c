/* init.c - initial weights; see net.h.
**
**   glorot      uniform within sqrt(6 / (fan in + fan out)), each gate's block on its
**               own      Glorot & Bengio 2010
**   orthogonal  recurrent blocks orthogonal (Gram-Schmidt of a normal matrix), inputs Glorot   Saxe
**               2014
**   uniform     everything recurrent within 1/sqrt(H), as PyTorch does
**   identity    the recurrent block of the candidate (LSTM g, GRU n, RNN the only one) is the
**               identity    Le 2015
** LSTM: the forget gate's bias b_ih is forget_bias and its b_hh zero (Jozefowicz 2015). Learned initial
** states start at zero, layer norm at gain 1. Each number is a function of (seed, tensor, element).
**
** Embeddings of tokens alone, the decoder's too, are standard normal, id 0 (unknown) zero: as inputs
** that are not small against what the layers add to them, tokens are told apart from the first step
** on. On a character language model the loss after three epochs was 1.49 nats instead of 1.55 with
** deviation 1/sqrt(E). That smaller one is for tables tied to the head, so that the first outputs,
** products of E terms, are of size 1; for words beside numbers; and for words that have parts: of
** many thousand words most are rare, and large random rows of these are noise (labels of words: 0.958
** right instead of 0.966). Parts have it too, so that words with common parts are alike from the
** start.
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

double rnn_word_deviation(size_t width, int small) { return small ? 1 / sqrt((double)width) : 1; }

/* The tables of each category: id 0 (unknown) is zero, which in a tied head says nothing. */
static void init_embeddings(rnn_net *net, uint64_t seed) {
    for (size_t c = 0; c < net->spec.categories; c++) {
        const rnn_lookup *words = &net->embedding[c], *parts = &net->subword[c];
        int tied = c == 0 && net->spec.tied && !net->spec.target_vocabulary;
        int small = tied || parts->rows > 0 || net->spec.numbers > 0;
        double deviation = rnn_word_deviation(words->width, small), bound = sqrt(3.0) * deviation;
        real *p = net->parameter + words->offset;
        uint64_t key = rnn_stream(seed, 1, c);
        if (net->spec.one_hot) {
            for (size_t i = 0; i < words->rows; i++) p[i * words->width + i] = 1;
            continue;
        }
        for (size_t i = words->width; i < words->rows * words->width; i++)
            p[i] = (real)(rnn_normal(key, i) * deviation);
        p = net->parameter + parts->offset;
        key = rnn_stream(seed, 5, c);
        for (size_t i = 0; i < parts->rows * parts->width; i++)
            p[i] = (real)(bound * (2 * (double)rnn_uniform_at(key, i) - 1));
    }
}

static void init_head(rnn_net *net, uint64_t seed) {
    real *p = net->parameter;
    size_t width = rnn_head_width(net);
    if (net->project != RNN_NO_SLOT) {
        fill_glorot(p + net->project, 1, net->spec.embedding[0], width, rnn_stream(seed, 3, 1));
    } else if (!net->spec.tied) {
        if (net->spec.target_vocabulary) width = net->spec.target_embedding;
        fill_glorot(p + net->head_weight, 1, net->spec.outputs, width, rnn_stream(seed, 3, 0));
    }
}

void rnn_net_initialise(rnn_net *net, uint64_t seed) {
    const rnn_net_spec *s = &net->spec;
    real *p = rnn_net_parameters(net);
    memset(p, 0, net->parameters * sizeof(real));
    init_embeddings(net, seed);
    for (size_t l = 0; l < rnn_spec_all_layers(s); l++) {
        const rnn_layer_slots *ls = &net->layer[l];
        size_t directions = l < s->layers ? net->directions : 1;
        for (size_t k = 0; k < directions; k++) {
            init_direction(net, &ls->direction[k], ls->inputs, rnn_stream(seed, 2, l * 2 + k));
        }
        for (size_t j = 0; s->layer_norm && j < directions * net->state; j++)
            p[ls->norm_weight + j] = 1;
    }
    if (s->pooling == RNN_POOL_ATTENTION) {
        size_t width = net->directions * net->state;
        fill_glorot(p + net->pool_weight, 1, width, width, rnn_stream(seed, 4, 0));
        fill_glorot(p + net->pool_query, 1, 1, width, rnn_stream(seed, 4, 1));
    }
    init_head(net, seed);
    if (s->target_vocabulary) rnn_decoder_initialise(net, seed);
}
