/* sequence_words.c - words as ids of a vocabulary, and the parts that unknown words still have; see
** sequences_internal.h. */
#include <string.h>

#include "sequences_internal.h"

rnn_status rnn_word_reader_init(rnn_context *ctx, rnn_word_reader *r,
                                const rnn_vocabulary *vocabulary, size_t subwords) {
    memset(r, 0, sizeof *r);
    r->ctx = ctx;
    r->vocabulary = vocabulary;
    r->subwords = subwords;
    if (!subwords) return RNN_OK;
    r->unknown = rnn_dictionary_create(ctx);
    return r->unknown ? RNN_OK : ctx->status;
}

void rnn_word_reader_free(rnn_word_reader *r) { rnn_dictionary_free(r->unknown); }

rnn_status rnn_word_reader_id(rnn_word_reader *r, const char *p, size_t n, uint32_t *id) {
    *id = rnn_vocabulary_find(r->vocabulary, p, n);
    return *id != RNN_WORD_UNKNOWN || !r->subwords ? RNN_OK : rnn_word_reader_add(r, p, n, id);
}

rnn_status rnn_word_reader_add(rnn_word_reader *r, const char *p, size_t n, uint32_t *id) {
    rnn_value word = {.type = RNN_TEXT, .p = p, .n = n};
    rnn_status status = rnn_dictionary_add(r->unknown, &word, id);
    *id += (uint32_t)r->vocabulary->count;
    return status;
}

/* Bytes of word w: of the vocabulary, then of the unknown ones. */
static const char *word_at(const rnn_word_reader *r, size_t w, size_t *n) {
    if (w < r->vocabulary->count) return rnn_vocabulary_word(r->vocabulary, w, n);
    rnn_value v = rnn_dictionary_value(r->unknown, (uint32_t)(w - r->vocabulary->count));
    *n = v.n;
    return v.p;
}

rnn_status rnn_word_reader_bags(const rnn_word_reader *r, const rnn_gram_settings *grams,
                                rnn_bags *bags) {
    size_t words = r->vocabulary->count + rnn_dictionary_count(r->unknown), most = 0;
    memset(bags, 0, sizeof *bags);
    for (size_t w = r->vocabulary->specials; w < words; w++) {
        size_t n;
        word_at(r, w, &n);
        most += rnn_word_grams_most(grams, n);
    }
    uint32_t *start = rnn_alloc_array(r->ctx, (uint64_t)words + 1, sizeof *start);
    uint32_t *item = start ? rnn_alloc_array(r->ctx, most, sizeof *item) : NULL;
    bags->start = start;
    bags->item = item;
    if (!item) {
        rnn_bags_free(r->ctx, bags);
        return r->ctx->status;
    }
    bags->words = words;
    size_t at = 0;
    for (size_t w = 0; w < words; w++) {
        size_t n;
        const char *p = word_at(r, w, &n);
        start[w] = (uint32_t)at;
        if (w < r->vocabulary->specials) continue;
        at += rnn_word_grams(grams, p, n, r->subwords, item + at, most - at);
    }
    start[words] = (uint32_t)at;
    return RNN_OK;
}

void rnn_bags_free(rnn_context *ctx, rnn_bags *bags) {
    rnn_free(ctx, (void *)bags->start); /* the set's own; batches only borrow them */
    rnn_free(ctx, (void *)bags->item);
    memset(bags, 0, sizeof *bags);
}
