/* word_gates.c - see word_gates.h. */
#include "word_gates.h"

#include <string.h>

#include "gemm.h"
#include "net_internal.h"

enum { BLOCK = 256 /* words of a task */ };

struct rnn_word_gates {
    rnn_context *ctx;
    rnn_net **member;
    size_t members, words;
    const rnn_bags *bags;
    const uint32_t *word, *place;
    real *rows; /* [members x D x words x G*H] */
    /* while it is made */
    real *x;    /* [words x I] of the member under way */
    size_t now; /* that member */
};

int rnn_word_gates_possible(const rnn_net_spec *s) {
    return s->categories == 1 && s->numbers == 0 && !s->skip;
}

uint64_t rnn_word_gates_bytes(const rnn_net_spec *s, size_t members) {
    uint64_t row = (uint64_t)rnn_spec_gates(s) * s->hidden * sizeof(real);
    return members * rnn_spec_directions(s) * row + rnn_spec_inputs(s) * sizeof(real);
}

static size_t gate_width(const rnn_net *net) { return net->gates * net->spec.hidden; }

static real *table_of(const rnn_word_gates *g, size_t member, size_t direction) {
    const rnn_net *net = g->member[member];
    return g->rows + (member * net->directions + direction) * g->words * gate_width(net);
}

/* Task: a block of words of one member. */
static void make_rows(void *arg, size_t task) {
    const rnn_word_gates *g = arg;
    const rnn_net *net = g->member[g->now];
    size_t first = task * BLOCK, n = g->words - first < BLOCK ? g->words - first : BLOCK;
    size_t I = net->inputs, GH = gate_width(net);
    real *x = g->x + first * I;
    rnn_embed_words(net, g->bags, g->word + first, n, x);
    for (size_t k = 0; k < net->directions; k++) {
        const rnn_slots *s = &net->layer[0].direction[k];
        real *to = table_of(g, g->now, k) + first * GH;
        for (size_t r = 0; r < n; r++) rnn_input_bias(net, s, to + r * GH);
        rnn_gemm_nt(n, GH, I, x, I, net->parameter + s->w_ih, I, 1, to, GH);
    }
}

rnn_status rnn_word_gates_create(rnn_context *ctx, rnn_net **member, size_t members, rnn_pool *pool,
                                 const rnn_bags *bags, const uint32_t *word, size_t words,
                                 const uint32_t *place, rnn_word_gates **out) {
    const rnn_net *net = member[0];
    size_t tables = members * net->directions, GH = gate_width(net);
    *out = NULL;
    rnn_word_gates *g = rnn_alloc_zero(ctx, sizeof *g);
    if (!g) return ctx->status;
    *g = (rnn_word_gates){ctx, member, members, words, bags, word, place, NULL, NULL, 0};
    g->rows = rnn_alloc_array(ctx, (uint64_t)tables * words, GH * sizeof(real));
    if (g->rows) g->x = rnn_alloc_array(ctx, words, net->inputs * sizeof(real));
    if (!g->x) {
        rnn_word_gates_free(g);
        return ctx->status;
    }
    for (; g->now < members; g->now++)
        rnn_pool_run(pool, (words + BLOCK - 1) / BLOCK, make_rows, g);
    rnn_free(ctx, g->x);
    g->x = NULL;
    *out = g;
    return RNN_OK;
}

void rnn_word_gates_free(rnn_word_gates *g) {
    if (!g) return;
    rnn_context *ctx = g->ctx;
    rnn_free(ctx, g->rows);
    rnn_free(ctx, g->x);
    rnn_free(ctx, g);
}

void rnn_workspace_look_up(rnn_workspace *w, const rnn_word_gates *g, size_t member) {
    w->words = g;
    w->words_member = member;
}

void rnn_word_gates_place(const rnn_workspace *w, const rnn_batch *batch) {
    for (size_t r = 0; r < batch->rows; r++) w->ids[r] = w->words->place[batch->ids[r]];
}

/* Rows are anywhere in a large table: those ahead are on the way while others are copied. */
void rnn_word_gates_look_up(const rnn_workspace *w, size_t direction, size_t row0, size_t row1,
                            real *to) {
    enum { AHEAD = 3, LINE = 64 / sizeof(real) };
    const real *table = table_of(w->words, w->words_member, direction);
    size_t GH = gate_width(w->words->member[w->words_member]);
    for (size_t r = row0; r < row1; r++) {
        const real *ahead = table + w->ids[r + AHEAD < row1 ? r + AHEAD : r] * GH;
        for (size_t j = 0; j < GH; j += LINE) __builtin_prefetch(ahead + j);
        memcpy(to + (r - row0) * GH, table + w->ids[r] * GH, GH * sizeof *to);
    }
}
