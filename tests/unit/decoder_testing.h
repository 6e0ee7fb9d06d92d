/* decoder_testing.h - what the tests of encoder-decoder networks share: small ones, and batches of
** sources and targets of unequal lengths. */
#ifndef RNN_DECODER_TESTING_H
#define RNN_DECODER_TESTING_H

#include "net_testing.h"

/* A variant of the decoder, and its name in the output. */
typedef struct decoder_case {
    char name[96];
    rnn_net_spec spec;
} decoder_case;

enum { DECODER_CASES = 4 * 2 * 2 * 2 * 2 };

/* Case i of every cell x directions x layers x attention x tied. */
TESTING_UNUSED static void decoder_make_case(decoder_case *c, size_t i) {
    static const char *const cells[] = {"lstm", "gru", "gru before", "rnn"};
    static const rnn_cell kinds[] = {RNN_CELL_LSTM, RNN_CELL_GRU, RNN_CELL_GRU, RNN_CELL_RNN};
    rnn_net_spec *s = &c->spec;
    size_t cell = i / 16;
    memset(s, 0, sizeof *s);
    s->cell = kinds[cell];
    s->reset = cell == 2 ? RNN_RESET_BEFORE : RNN_RESET_AFTER;
    s->bidirectional = (int)(i & 1);
    s->layers = 1 + (i >> 1 & 1);
    s->attention = (int)(i >> 2 & 1);
    s->tied = (int)(i >> 3 & 1);
    s->hidden = 4;
    s->numbers = 1;
    s->categories = 1;
    s->vocabulary[0] = 6;
    s->embedding[0] = 2;
    s->outputs = s->target_vocabulary = 5;
    s->target_embedding = 3;
    snprintf(c->name, sizeof c->name, "%s, %s, %zu layer%s%s%s", cells[cell],
             s->bidirectional ? "two directions" : "one direction", s->layers,
             s->layers > 1 ? "s" : "", s->attention ? ", attention" : "", s->tied ? ", tied" : "");
}

/* Sources of lengths 5 4 4 1 and targets of 4 3 2 2, in another order; one output a target row, of
** uneven weights, one of them 0. */
TESTING_UNUSED static void decoder_batch(rnn_context *ctx, rnn_batch *b, const rnn_net_spec *s,
                                         uint64_t seed) {
    static const size_t lengths[4] = {5, 4, 4, 1}, targets[4] = {4, 3, 2, 2};
    static const uint32_t source[4] = {2, 0, 3, 1};
    testing_batch(ctx, b, s, lengths, 4, 0, seed);
    testing_ok(ctx, rnn_batch_add_decoder(ctx, b, targets[0]));
    rnn_batch_layout(b->decoder, targets, 4);
    memcpy(b->source, source, sizeof source);
    b->outputs = b->decoder->rows;
    for (size_t r = 0; r < b->outputs; r++) {
        b->decoder->ids[r] = (uint32_t)testing_below(&seed, s->target_vocabulary);
        b->out_row[r] = (uint32_t)r;
        b->target[r] = (real)testing_below(&seed, s->target_vocabulary);
        b->weight[r] = r == 2 ? 0 : (real)(0.5 + 0.25 * (double)(r % 4));
        b->unit[r] = 1;
    }
}

#endif
