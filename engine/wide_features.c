/* wide_features.c - see wide_features.h. */
#include "wide_features.h"

static const size_t ALL = UINT32_MAX; /* buckets: the hash itself, but for one value */

size_t rnn_wide_most(const rnn_model *m, rnn_wide_part part, const rnn_token *token, size_t count) {
    size_t most = 0;
    if (part == RNN_WIDE_WORDS) return count * m->sequence.wide_order;
    for (size_t i = 0; i < count; i++) most += rnn_word_grams_most(&m->sequence.grams, token[i].n);
    return most;
}

enum { FEW = 24, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* v [n] ascending, by insertion. */
static void sort_few(uint32_t *v, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint32_t moved = v[i];
        size_t j = i;
        for (; j > 0 && v[j - 1] > moved; j--) v[j] = v[j - 1];
        v[j] = moved;
    }
}

/* v [n] ascending, a byte at a time, the lowest first. scratch [n]. */
static void sort_many(uint32_t *v, uint32_t *scratch, size_t n) {
    for (unsigned shift = 0; shift < 32; shift += DIGIT_BITS) {
        size_t at[DIGITS + 1] = {0};
        for (size_t i = 0; i < n; i++) at[(v[i] >> shift & (DIGITS - 1)) + 1]++;
        for (size_t d = 0; d < DIGITS; d++) at[d + 1] += at[d];
        for (size_t i = 0; i < n; i++) scratch[at[v[i] >> shift & (DIGITS - 1)]++] = v[i];
        uint32_t *swap = v; /* an even number of times in all */
        v = scratch;
        scratch = swap;
    }
}

/* out[0...n) ascending, each once; returns how many are left. out has room for 2 x capacity. */
static size_t sort_keys(uint32_t *out, size_t capacity, size_t n) {
    size_t kept = 0;
    if (n <= FEW) {
        sort_few(out, n);
    } else {
        sort_many(out, out + capacity, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || out[kept - 1] != out[i]) out[kept++] = out[i];
    }
    return kept;
}

size_t rnn_wide_keys(const rnn_model *m, rnn_wide_part part, const rnn_token *token, size_t count,
                     uint32_t *out, size_t capacity) {
    const rnn_sequence_model *s = &m->sequence;
    size_t n = 0;
    if (part == RNN_WIDE_WORDS)
        return rnn_wide_features(token, count, s->wide_order, 0, ALL, out, capacity);
    for (size_t i = 0; i < count; i++)
        n += rnn_word_grams(&s->grams, token[i].p, token[i].n, ALL, out + n, capacity - n);
    return sort_keys(out, capacity, n);
}
