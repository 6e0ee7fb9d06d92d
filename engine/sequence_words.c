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
    if (*id != RNN_WORD_UNKNOWN || !r->subwords) return RNN_OK;
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

rnn_status rnn_key_writer_init(rnn_key_writer *w, rnn_sequence_set *set, size_t outputs) {
    memset(w, 0, sizeof *w);
    w->set = set;
    w->outputs = outputs;
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
        set->keys[p] = rnn_alloc_array_zero(set->ctx, outputs, sizeof *set->keys[p]);
        if (!set->keys[p]) return set->ctx->status;
    }
    return RNN_OK;
}

rnn_status rnn_key_writer_reserve(rnn_key_writer *w, size_t most) {
    if (most <= w->wide_room) return RNN_OK;
    uint32_t *wide = rnn_realloc(w->set->ctx, w->wide, 4 * most * sizeof *wide);
    if (!wide) return w->set->ctx->status;
    w->wide = wide;
    w->wide_room = 2 * most;
    return RNN_OK;
}

rnn_status rnn_key_writer_add(rnn_key_writer *w, size_t part, size_t o, size_t n) {
    rnn_sequence_set *set = w->set;
    size_t at = w->count[part];
    if (at + n > w->room[part]) {
        size_t room = 2 * (at + n);
        uint32_t *data = rnn_realloc(set->ctx, set->key_data[part], room * sizeof *data);
        if (!data) return set->ctx->status;
        set->key_data[part] = data;
        w->room[part] = room;
    }
    if (n) memcpy(set->key_data[part] + at, w->wide, n * sizeof *w->wide);
    set->keys[part][o].count += n;
    w->count[part] = at + n;
    return RNN_OK;
}

void rnn_key_writer_finish(rnn_key_writer *w) {
    rnn_sequence_set *set = w->set;
    for (size_t p = 0; set && p < RNN_WIDE_PARTS && set->keys[p]; p++) {
        for (size_t o = 0, at = 0; o < w->outputs; o++) {
            set->keys[p][o].key = set->key_data[p] + at;
            at += set->keys[p][o].count;
        }
    }
    if (set) rnn_free(set->ctx, w->wide);
}
