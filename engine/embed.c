/* embed.c - rows of the input: numbers and embeddings; see net.h.
**
**   x = [numbers, e_1, e_2 ...],  e_c = E_c[id] + mean of S_c[g] over the bag of the word
**
** The bag is what makes an unknown word, or one seen once, resemble the words it shares parts with:
** its E_c row is that of id 0 or hardly trained, those of its parts are.
**   Bojanowski, Grave, Joulin, Mikolov: Enriching word vectors with subword information. TACL 2017.
** Embedding dropout makes a word at a step unknown, its parts included: the network must not rely
** on any one word.
*/
#include <string.h>

#include "net_internal.h"
#include "rng.h"

/* Random stream of embedding dropout; the layers use 1...128. */
enum { EMBEDDING_STREAM = 1000 };

/* Id of a dropped word: above every vocabulary, so it is unknown, and above every bag. */
#define DROPPED UINT32_MAX

/* The parts of a word: `count` rows of subword[c]. */
static const uint32_t *word_parts(const rnn_net *net, const rnn_bags *bags, size_t c, uint32_t id,
                                  size_t *count) {
    *count = 0;
    if (!bags || net->subword[c].rows == 0 || id >= bags->words) return NULL;
    *count = bags->start[id + 1] - bags->start[id];
    return bags->item + bags->start[id];
}

/* Row of embedding[c]. */
static size_t word_row(const rnn_net *net, size_t c, uint32_t id) {
    return id < net->embedding[c].rows ? id : 0;
}

/* Those of category c. */
static const rnn_bags *bags_of(const rnn_batch *batch, size_t c) {
    return batch->bags ? &batch->bags[c] : NULL;
}

void rnn_net_word_vector(const rnn_net *net, size_t c, uint32_t id, const uint32_t *part, size_t n,
                         real *x) {
    const rnn_lookup *words = &net->embedding[c], *parts = &net->subword[c];
    size_t E = words->width;
    memcpy(x, net->parameter + words->offset + word_row(net, c, id) * E, E * sizeof(real));
    real share = 1 / (real)(n ? n : 1);
    for (size_t k = 0; k < n; k++) {
        const real *row = net->parameter + parts->offset + part[k] * E;
        for (size_t j = 0; j < E; j++) x[j] += share * row[j];
    }
}

static void embed_word(const rnn_net *net, const rnn_bags *bags, size_t c, uint32_t id, real *x) {
    size_t n;
    const uint32_t *part = word_parts(net, bags, c, id, &n);
    rnn_net_word_vector(net, c, id, part, n, x);
}

const real *rnn_net_category_vectors(const rnn_net *net, size_t c) {
    return net->parameter + net->embedding[c].offset;
}

const real *rnn_net_target_vectors(const rnn_net *net) {
    return net->spec.target_vocabulary ? net->parameter + net->decoder.embedding : NULL;
}

void rnn_embed_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                       rnn_workspace *w) {
    const rnn_net_spec *s = &net->spec;
    size_t C = s->categories, N = s->numbers;
    real rate = pass->training ? (real)s->embedding_dropout : 0;
    uint64_t key = rnn_stream(pass->seed, EMBEDDING_STREAM, pass->first);
    for (size_t r = 0; r < batch->rows; r++) {
        real *x = w->x + r * net->inputs;
        memcpy(x, batch->numbers + r * N, N * sizeof(real));
        x += N;
        for (size_t c = 0; c < C; c++) {
            uint32_t id = batch->ids[r * C + c];
            if (rate > 0 && rnn_uniform_at(key, (batch->first_row + r) * C + c) < rate)
                id = DROPPED;
            w->ids[r * C + c] = id;
            embed_word(net, bags_of(batch, c), c, id, x);
            x += s->embedding[c];
        }
    }
}

void rnn_embed_words(const rnn_net *net, const rnn_bags *bags, const uint32_t *id, size_t n,
                     real *x) {
    for (size_t i = 0; i < n; i++) embed_word(net, bags, 0, id[i], x + i * net->inputs);
}

static void embed_word_backward(const rnn_net *net, const rnn_batch *batch, size_t c, uint32_t id,
                                const real *d, rnn_gradient *gradient) {
    size_t E = net->embedding[c].width, n;
    real *to = rnn_lookup_gradient(&net->embedding[c], gradient, word_row(net, c, id));
    for (size_t j = 0; j < E; j++) to[j] += d[j];
    const uint32_t *part = word_parts(net, bags_of(batch, c), c, id, &n);
    real share = 1 / (real)(n ? n : 1);
    for (size_t k = 0; k < n; k++) {
        to = rnn_lookup_gradient(&net->subword[c], gradient, part[k]);
        for (size_t j = 0; j < E; j++) to[j] += share * d[j];
    }
}

void rnn_embed_backward(const rnn_net *net, const rnn_batch *batch, const rnn_workspace *w,
                        const real *d_x, rnn_gradient *gradient) {
    size_t C = net->spec.categories;
    if (net->spec.one_hot) return;
    for (size_t r = 0; r < batch->rows; r++) {
        const real *d = d_x + r * net->inputs + net->spec.numbers;
        for (size_t c = 0; c < C; c++) {
            embed_word_backward(net, batch, c, w->ids[r * C + c], d, gradient);
            d += net->embedding[c].width;
        }
    }
}
