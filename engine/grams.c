/* grams.c - see grams.h. */
#include "grams.h"

#include "json.h"
#include "row_order.h"

/* ---- hashing --------------------------------------------------------------------------------- */

#define FNV_OFFSET UINT64_C(0xCBF29CE484222325)
#define FNV_PRIME UINT64_C(0x100000001B3)

static uint64_t start(uint64_t seed) { return FNV_OFFSET ^ seed; }

static uint64_t go_on(uint64_t h, const char *p, size_t n) {
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)p[i]) * FNV_PRIME;
    return h;
}

static uint64_t finish(uint64_t h) {
    h = (h ^ h >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    h = (h ^ h >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return h ^ h >> 33;
}

uint64_t rnn_hash_bytes(uint64_t seed, const void *p, size_t n) {
    return finish(go_on(start(seed), p, n));
}

/* ---- parts of words -------------------------------------------------------------------------- */

size_t rnn_word_grams_most(const rnn_gram_settings *g, size_t n) {
    size_t lengths = g->longest - g->shortest + 1, points = n + 2;
    return points < g->shortest ? 0 : points > SIZE_MAX / lengths ? SIZE_MAX : points * lengths;
}

/* Bytes of the code point at position `at` of the word in its marks: '<' at 0, '>' at n + 1. */
static size_t point_at(const char *word, size_t n, size_t at, const char **p) {
    size_t length;
    *p = at == 0 ? "<" : ">";
    if (at == 0 || at > n) return 1;
    *p = word + at - 1;
    length = rnn_utf8_length(*p, n + 1 - at);
    return length == 0 ? 1 : length;
}

size_t rnn_word_grams(const rnn_gram_settings *g, const char *word, size_t n, size_t buckets,
                      uint32_t *out, size_t capacity) {
    size_t count = 0, from = 0;
    while (from <= n + 1) {
        uint64_t h = start(0);
        size_t at = from, next = from;
        for (size_t length = 1; length <= g->longest && at <= n + 1; length++) {
            const char *p;
            size_t bytes = point_at(word, n, at, &p);
            h = go_on(h, p, bytes);
            at += bytes;
            if (length == 1) next = at;
            if (length < g->shortest) continue;
            if (count == capacity) return count;
            out[count++] = (uint32_t)(finish(h) % buckets);
        }
        from = next;
    }
    return count;
}

/* ---- wide features --------------------------------------------------------------------------- */

static int lower(const void *arg, uint32_t a, uint32_t b) {
    (void)arg;
    return a < b;
}

size_t rnn_wide_features(const rnn_token *token, size_t count, size_t order, uint64_t column,
                         size_t buckets, uint32_t *out, size_t capacity) {
    uint64_t run[RNN_MAX_WIDE_ORDER]; /* run[k]: of the k + 1 tokens that end here, not finished */
    size_t n = 0, unique = 0;
    for (size_t i = 0; i < count; i++) {
        size_t longest = i + 1 < order ? i + 1 : order;
        for (size_t k = longest; k-- > 0;) {
            /* What ends here is what ended one token before, a mark no text has, and this token. */
            run[k] = k == 0 ? start(column) : (run[k - 1] ^ 0x100) * FNV_PRIME;
            run[k] = go_on(run[k], token[i].p, token[i].n);
        }
        for (size_t k = 0; k < longest && n < capacity; k++)
            out[n++] = (uint32_t)(finish(run[k]) % buckets);
    }
    if (n == 0) return 0;
    rnn_sort_index(out, out + capacity, n, lower, NULL);
    for (size_t i = 0; i < n; i++)
        if (unique == 0 || out[i] != out[unique - 1]) out[unique++] = out[i];
    return unique;
}
