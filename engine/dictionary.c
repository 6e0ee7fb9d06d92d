/* dictionary.c - see dictionary.h. */
#include "dictionary.h"

#include <math.h>
#include <string.h>

enum { FIRST_SLOTS = 64, FIRST_ENTRIES = 16, FIRST_BLOCK = 1024, LARGEST_BLOCK = 1 << 20 };

typedef struct entry {
    union {
        int64_t i;
        double d;
        const char *p;
    } as;
    uint32_t n;    /* bytes of text or blob */
    uint32_t type; /* rnn_value_type */
} entry;

/* A block of text; `text` follows. */
typedef struct block {
    struct block *next;
    size_t used, size;
    char text[];
} block;

struct rnn_dictionary {
    rnn_context *ctx;
    entry *entries;
    size_t count, capacity;
    uint32_t *slots;   /* ids, RNN_NO_ID where free; NULL before the first add */
    size_t slot_count; /* a power of two */
    block *blocks;
    uint64_t bytes;
    uint64_t key[2];
};

/* ---- hashing --------------------------------------------------------------------------------- */

typedef struct sip_state {
    uint64_t v0, v1, v2, v3;
} sip_state;

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

static void sip_round(sip_state *s) {
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static uint64_t sip_hash(const uint64_t key[2], const char *p, size_t n, unsigned type) {
    sip_state s = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                   key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t word, last = 0;
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        s.v3 ^= word;
        sip_round(&s);
        s.v0 ^= word;
    }
    if (left > 0) memcpy(&last, p, left);
    last ^= (uint64_t)n << 59 ^ (uint64_t)type << 56;
    s.v3 ^= last;
    sip_round(&s);
    s.v0 ^= last;
    s.v2 ^= 0xFF;
    for (int i = 0; i < 3; i++) sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static uint64_t hash_entry(const rnn_dictionary *d, const entry *e) {
    if (e->type == RNN_TEXT || e->type == RNN_BLOB) return sip_hash(d->key, e->as.p, e->n, e->type);
    return sip_hash(d->key, (const char *)&e->as.i, sizeof e->as.i, e->type);
}

static int same(const entry *a, const entry *b) {
    if (a->type != b->type || a->n != b->n) return 0;
    if (a->type == RNN_INT) return a->as.i == b->as.i;
    if (a->type == RNN_FLOAT) return a->as.d == b->as.d;
    return a->n == 0 || memcmp(a->as.p, b->as.p, a->n) == 0;
}

/* The slot of e, or the free slot where it belongs. */
static size_t slot_of(const rnn_dictionary *d, const entry *e) {
    size_t mask = d->slot_count - 1;
    size_t i = (size_t)hash_entry(d, e) & mask;
    while (d->slots[i] != RNN_NO_ID && !same(&d->entries[d->slots[i]], e)) i = (i + 1) & mask;
    return i;
}

/* An index of `slots` slots over all entries; of equal entries (a forged dictionary) the first
** counts. */
static rnn_status build_index(rnn_dictionary *d, size_t slots) {
    uint32_t *made = rnn_alloc_array(d->ctx, slots, sizeof *made);
    if (made == NULL) return d->ctx->status;
    memset(made, 0xFF, slots * sizeof *made);
    rnn_free(d->ctx, d->slots);
    d->slots = made;
    d->slot_count = slots;
    for (size_t id = 0; id < d->count; id++) {
        size_t i = slot_of(d, &d->entries[id]);
        if (made[i] == RNN_NO_ID) made[i] = (uint32_t)id;
    }
    return RNN_OK;
}

/* ---- entries --------------------------------------------------------------------------------- */

rnn_dictionary *rnn_dictionary_create(rnn_context *ctx) {
    rnn_dictionary *d = rnn_alloc_zero(ctx, sizeof *d);
    if (d == NULL) return NULL;
    d->ctx = ctx;
    /* Addresses are as random as the loader makes them; nothing but time depends on the key. */
    d->key[0] = (uint64_t)(uintptr_t)d * UINT64_C(0x9E3779B97F4A7C15);
    d->key[1] = ~(uint64_t)(uintptr_t)ctx * UINT64_C(0xD1B54A32D192ED03);
    return d;
}

void rnn_dictionary_free(rnn_dictionary *d) {
    if (d == NULL) return;
    while (d->blocks != NULL) {
        block *next = d->blocks->next;
        rnn_free(d->ctx, d->blocks);
        d->blocks = next;
    }
    rnn_free(d->ctx, d->entries);
    rnn_free(d->ctx, d->slots);
    rnn_free(d->ctx, d);
}

size_t rnn_dictionary_count(const rnn_dictionary *d) { return d->count; }

uint64_t rnn_dictionary_bytes(const rnn_dictionary *d) { return d->bytes; }

/* v as an entry, its bytes still borrowed; whole REALs become INTs. */
static entry entry_of(const rnn_value *v) {
    const double exact = 9007199254740992.0; /* 2^53 */
    entry e = {.type = (uint32_t)v->type};
    if (v->type == RNN_INT) {
        e.as.i = v->i;
    } else if (v->type == RNN_FLOAT) {
        e.as.d = v->d;
        if (v->d >= -exact && v->d <= exact && floor(v->d) == v->d) {
            e.type = RNN_INT;
            e.as.i = (int64_t)v->d;
        }
    } else {
        e.as.p = v->p;
        e.n = (uint32_t)v->n;
    }
    return e;
}

/* A copy of n bytes that stays where it is. */
static const char *keep_text(rnn_dictionary *d, const char *p, size_t n) {
    block *b = d->blocks;
    char *to;
    if (n == 0) return "";
    if (b == NULL || n > b->size - b->used) {
        size_t size = b == NULL                      ? FIRST_BLOCK
                      : b->size >= LARGEST_BLOCK / 2 ? LARGEST_BLOCK
                                                     : 2 * b->size;
        if (size < n) size = n;
        b = rnn_alloc(d->ctx, (uint64_t)sizeof *b + size);
        if (b == NULL) return NULL;
        b->size = size;
        b->used = 0;
        b->next = d->blocks;
        d->blocks = b;
    }
    to = b->text + b->used;
    memcpy(to, p, n);
    b->used += n;
    return to;
}

/* Append e, copying its text. */
static rnn_status push(rnn_dictionary *d, entry e) {
    if (d->count >= RNN_NO_ID - 1)
        return rnn_fail(d->ctx, RNN_DATA, "a column has more than %lu distinct values",
                        (unsigned long)(RNN_NO_ID - 1));
    if (d->count == d->capacity) {
        size_t capacity = d->capacity == 0 ? FIRST_ENTRIES : d->capacity + d->capacity / 2;
        entry *grown;
        uint64_t bytes;
        if (rnn_mul_overflow(capacity, sizeof *grown, &bytes)) bytes = UINT64_MAX;
        grown = rnn_realloc(d->ctx, d->entries, bytes);
        if (grown == NULL) return d->ctx->status;
        d->entries = grown;
        d->capacity = capacity;
    }
    if (e.type == RNN_TEXT || e.type == RNN_BLOB) {
        e.as.p = keep_text(d, e.as.p, e.n);
        if (e.as.p == NULL) return d->ctx->status;
        d->bytes += e.n;
    }
    d->entries[d->count++] = e;
    d->bytes += 9; /* type, and number or length */
    return RNN_OK;
}

static rnn_status check_size(rnn_dictionary *d, const rnn_value *v) {
    if ((v->type == RNN_TEXT || v->type == RNN_BLOB) && v->n > UINT32_MAX)
        return rnn_fail(d->ctx, RNN_DATA, "a value of %zu bytes is too long; at most 4294967295",
                        v->n);
    return RNN_OK;
}

rnn_status rnn_dictionary_append(rnn_dictionary *d, const rnn_value *v) {
    if (check_size(d, v) != RNN_OK) return d->ctx->status;
    rnn_free(d->ctx, d->slots); /* made anew by the next add */
    d->slots = NULL;
    d->slot_count = 0;
    return push(d, entry_of(v));
}

rnn_status rnn_dictionary_add(rnn_dictionary *d, const rnn_value *v, uint32_t *id) {
    entry e = entry_of(v);
    size_t i;
    if (check_size(d, v) != RNN_OK) return d->ctx->status;
    if (d->slots == NULL || (d->count + 1) + (d->count + 1) / 2 > d->slot_count) {
        size_t slots = FIRST_SLOTS;
        while (slots / 2 < d->count + 1) slots *= 2;
        if (build_index(d, slots) != RNN_OK) return d->ctx->status;
    }
    i = slot_of(d, &e);
    if (d->slots[i] == RNN_NO_ID) {
        if (push(d, e) != RNN_OK) return d->ctx->status;
        d->slots[i] = (uint32_t)(d->count - 1);
    }
    *id = d->slots[i];
    return RNN_OK;
}

uint32_t rnn_dictionary_find(const rnn_dictionary *d, const rnn_value *v) {
    entry e = entry_of(v);
    return d->slots == NULL ? RNN_NO_ID : d->slots[slot_of(d, &e)];
}

rnn_value rnn_dictionary_value(const rnn_dictionary *d, uint32_t id) {
    rnn_value v = {.type = RNN_NULL};
    const entry *e;
    if (id >= d->count) return v;
    e = &d->entries[id];
    v.type = (rnn_value_type)e->type;
    if (e->type == RNN_INT) {
        v.i = e->as.i;
        v.d = (double)e->as.i;
    } else if (e->type == RNN_FLOAT) {
        v.d = e->as.d;
    } else {
        v.p = e->as.p;
        v.n = e->n;
    }
    return v;
}
