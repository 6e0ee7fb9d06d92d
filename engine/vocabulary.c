/* vocabulary.c - see vocabulary.h. */
#include "vocabulary.h"

#include <string.h>

#include "row_order.h"

/* Bytes of a stored word, at least: length and count. */
enum { WORD_BYTES = 16, FIRST_COUNTS = 64 };

/* ---- counting -------------------------------------------------------------------------------- */

rnn_status rnn_word_counter_init(rnn_context *ctx, rnn_word_counter *c) {
    memset(c, 0, sizeof *c);
    c->ctx = ctx;
    c->words = rnn_dictionary_create(ctx);
    return c->words != NULL ? RNN_OK : ctx->status;
}

void rnn_word_counter_free(rnn_word_counter *c) {
    if (c == NULL || c->ctx == NULL) return;
    rnn_dictionary_free(c->words);
    rnn_free(c->ctx, c->counts);
    memset(c, 0, sizeof *c);
}

static rnn_value text_value(const char *p, size_t n) {
    rnn_value v = {.type = RNN_TEXT, .p = p, .n = n};
    return v;
}

rnn_status rnn_word_counter_add(rnn_word_counter *c, const char *p, size_t n, uint64_t times) {
    rnn_value v = text_value(p, n);
    uint32_t id;
    if (rnn_dictionary_add(c->words, &v, &id) != RNN_OK) return c->ctx->status;
    if (id >= c->capacity) {
        size_t capacity = c->capacity == 0 ? FIRST_COUNTS : 2 * c->capacity;
        uint64_t bytes = (uint64_t)capacity * sizeof *c->counts; /* ids are 32 bits */
        uint64_t *grown = rnn_realloc(c->ctx, c->counts, bytes);
        if (grown == NULL) return c->ctx->status;
        memset(grown + c->capacity, 0, (capacity - c->capacity) * sizeof *grown);
        c->counts = grown;
        c->capacity = capacity;
    }
    c->counts[id] += times;
    return RNN_OK;
}

size_t rnn_word_counter_distinct(const rnn_word_counter *c) {
    return rnn_dictionary_count(c->words);
}

/* ---- building -------------------------------------------------------------------------------- */

/* Count of a word; one whose count could not be kept, for want of memory, has 0. */
static uint64_t times(const rnn_word_counter *c, uint32_t id) {
    return id < c->capacity ? c->counts[id] : 0;
}

static int more_frequent(const void *arg, uint32_t a, uint32_t b) {
    const rnn_word_counter *c = arg;
    uint64_t x = times(c, a), y = times(c, b);
    rnn_value v, w;
    if (x != y) return x > y;
    v = rnn_dictionary_value(c->words, a);
    w = rnn_dictionary_value(c->words, b);
    return rnn_value_compare(&v, &w) < 0;
}

static rnn_status reserve(rnn_context *ctx, rnn_vocabulary *v, size_t specials, size_t count) {
    memset(v, 0, sizeof *v);
    v->ctx = ctx;
    v->counts = rnn_alloc_array_zero(ctx, count, sizeof *v->counts);
    if (v->counts == NULL) return ctx->status;
    v->words = rnn_dictionary_create(ctx);
    if (v->words == NULL) return ctx->status;
    v->count = v->specials = specials;
    return RNN_OK;
}

/* The next word; there is room for its count. */
static rnn_status append(rnn_vocabulary *v, const char *p, size_t n, uint64_t count) {
    rnn_value word = text_value(p, n);
    uint32_t id;
    rnn_status status = rnn_dictionary_add(v->words, &word, &id);
    if (status != RNN_OK) return status;
    if (id + v->specials != v->count)
        return rnn_fail(v->ctx, RNN_MODEL,
                        "the model is corrupt: its vocabulary has a word twice; take it from a "
                        "backup or train it again");
    v->counts[v->count++] = count;
    return RNN_OK;
}

rnn_status rnn_vocabulary_build(const rnn_word_counter *c, size_t specials, size_t limit,
                                uint64_t min_count, rnn_vocabulary *out) {
    size_t distinct = rnn_word_counter_distinct(c), kept = 0;
    uint32_t *index = rnn_alloc_array(c->ctx, distinct, 2 * sizeof *index);
    rnn_status status;
    memset(out, 0, sizeof *out);
    if (index == NULL) return c->ctx->status;
    for (size_t i = 0; i < distinct; i++) index[i] = (uint32_t)i;
    rnn_sort_index(index, index + distinct, distinct, more_frequent, c);
    if (min_count == 0) min_count = 1;
    while (kept < distinct && kept < limit && times(c, index[kept]) >= min_count) kept++;
    status = reserve(c->ctx, out, specials, specials + kept);
    for (size_t i = 0; i < kept && status == RNN_OK; i++) {
        rnn_value v = rnn_dictionary_value(c->words, index[i]);
        status = append(out, v.p, v.n, times(c, index[i]));
    }
    if (status == RNN_OK) {
        out->counts[RNN_WORD_UNKNOWN] = c->unknown;
        for (size_t i = kept; i < distinct; i++)
            out->counts[RNN_WORD_UNKNOWN] += times(c, index[i]);
    }
    rnn_free(c->ctx, index);
    if (status != RNN_OK) rnn_vocabulary_free(out);
    return status;
}

rnn_status rnn_vocabulary_copy(rnn_context *ctx, const rnn_vocabulary *from, rnn_vocabulary *to) {
    rnn_status status = RNN_OK;
    memset(to, 0, sizeof *to);
    if (from->count == 0) return RNN_OK;
    status = reserve(ctx, to, from->specials, from->count);
    for (size_t id = from->specials; id < from->count && status == RNN_OK; id++) {
        size_t n;
        const char *p = rnn_vocabulary_word(from, id, &n);
        status = append(to, p, n, from->counts[id]);
    }
    if (status == RNN_OK)
        memcpy(to->counts, from->counts, from->count * sizeof *to->counts);
    else
        rnn_vocabulary_free(to);
    return status;
}

/* ---- using ----------------------------------------------------------------------------------- */

void rnn_vocabulary_free(rnn_vocabulary *v) {
    if (v == NULL || v->ctx == NULL) return;
    rnn_dictionary_free(v->words);
    rnn_free(v->ctx, v->counts);
    memset(v, 0, sizeof *v);
}

uint32_t rnn_vocabulary_find(const rnn_vocabulary *v, const char *p, size_t n) {
    rnn_value word = text_value(p, n);
    uint32_t id;
    if (v->count <= v->specials || n > UINT32_MAX) return RNN_WORD_UNKNOWN;
    id = rnn_dictionary_find(v->words, &word);
    return id == RNN_NO_ID ? RNN_WORD_UNKNOWN : id + (uint32_t)v->specials;
}

const char *rnn_vocabulary_word(const rnn_vocabulary *v, size_t id, size_t *n) {
    rnn_value word;
    *n = 0;
    if (id < v->specials || id >= v->count) return "";
    word = rnn_dictionary_value(v->words, (uint32_t)(id - v->specials));
    *n = word.n;
    return word.p;
}

const char *rnn_special_name(const rnn_vocabulary *v, size_t id) {
    static const char *const names[] = {"<unknown>", "<padding>", "<begin>", "<end>"};
    return id < v->specials ? names[id] : NULL;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

void rnn_vocabulary_write(const rnn_vocabulary *v, rnn_writer *w) {
    rnn_write_u64(w, v->count);
    for (size_t id = 0; id < v->count; id++) {
        size_t n;
        const char *p = rnn_vocabulary_word(v, id, &n);
        rnn_write_string(w, p, n);
        rnn_write_u64(w, v->counts[id]);
    }
}

rnn_status rnn_vocabulary_read(rnn_context *ctx, rnn_reader *r, size_t specials,
                               rnn_vocabulary *out) {
    size_t count = rnn_read_count(r, WORD_BYTES);
    rnn_status status = RNN_OK;
    memset(out, 0, sizeof *out);
    if (!r->failed && count == 0) return RNN_OK;
    if (r->failed || count < specials || count > UINT32_MAX) goto corrupt;
    status = reserve(ctx, out, specials, count);
    for (size_t id = 0; id < count && status == RNN_OK; id++) {
        size_t n;
        const char *p = rnn_read_string(r, &n);
        uint64_t occurrences = rnn_read_u64(r);
        if (r->failed || (id < specials && n != 0)) goto corrupt;
        if (id < specials)
            out->counts[id] = occurrences;
        else
            status = append(out, p, n, occurrences);
    }
    if (status != RNN_OK) rnn_vocabulary_free(out);
    return status;
corrupt:
    rnn_vocabulary_free(out);
    return rnn_fail(
        ctx, RNN_MODEL,
        "the model is corrupt: its vocabulary contradicts itself; take it from a backup "
        "or train it again");
}
