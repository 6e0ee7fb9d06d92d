/* sequence_texts.c - the words and features of texts on all cores; see sequences_internal.h.
**
** Texts are cut into tokens one after the other, because that grows buffers, and their tokens kept
** in a compact form: one length each, and the bytes. What takes longer, finding them in the
** vocabulary and hashing and sorting the features of the linear models, needs no memory beyond what
** is known before, and is shared out by text. Unknown words are numbered last, in the order of the
** texts: nothing depends on the number of threads.
*/
#include <string.h>

#include "sequences_internal.h"
#include "wide_features.h"

enum { ROUND = 1024 /* texts between two looks at the interrupt flag */ };

/* What a thread works with. */
typedef struct scratch {
    rnn_token *token; /* [longest] */
    uint32_t *key;    /* [2 x most keys] */
} scratch;

typedef struct reading {
    const rnn_model *model;
    const rnn_text_store *store;
    rnn_sequence_set *set;
    rnn_word_reader *words;
    size_t threads, first, end;    /* texts of the round */
    size_t *place[RNN_WIDE_PARTS]; /* [texts] where the features of each lie in the set's */
    scratch *scratch;              /* [threads] */
    size_t longest, most;          /* tokens of a text; features of a part of one */
} reading;

rnn_status rnn_text_store_init(rnn_text_store *s, rnn_context *ctx, size_t texts) {
    memset(s, 0, sizeof *s);
    s->ctx = ctx;
    s->text = rnn_alloc_array_zero(ctx, (uint64_t)texts + 1, sizeof *s->text);
    return s->text ? RNN_OK : ctx->status;
}

void rnn_text_store_free(rnn_text_store *s) {
    if (!s->ctx) return;
    rnn_free(s->ctx, s->text);
    rnn_free(s->ctx, s->length);
    rnn_free(s->ctx, s->byte);
}

rnn_status rnn_text_store_add(rnn_text_store *s, const rnn_token *token, size_t count) {
    size_t bytes = 0, at = s->text[s->texts].token, byte = s->text[s->texts].byte;
    for (size_t i = 0; i < count; i++) bytes += token[i].n;
    if (at + count > s->token_room || !s->length) {
        size_t room = 2 * (at + count) + 64;
        uint32_t *length = rnn_realloc(s->ctx, s->length, room * sizeof *length);
        if (!length) return s->ctx->status;
        s->length = length;
        s->token_room = room;
    }
    if (byte + bytes > s->byte_room || !s->byte) {
        size_t room = 2 * (byte + bytes) + 64;
        char *data = rnn_realloc(s->ctx, s->byte, room);
        if (!data) return s->ctx->status;
        s->byte = data;
        s->byte_room = room;
    }
    for (size_t i = 0; i < count; i++) {
        s->length[at + i] = (uint32_t)token[i].n;
        memcpy(s->byte + byte, token[i].p, token[i].n);
        byte += token[i].n;
    }
    s->text[++s->texts] = (rnn_text_place){at + count, byte};
    return RNN_OK;
}

/* Tokens of a text into token[]; returns how many. */
static size_t stored_tokens(const rnn_text_store *s, size_t text, rnn_token *token) {
    size_t first = s->text[text].token, n = s->text[text + 1].token - first;
    const char *p = s->byte + s->text[text].byte;
    for (size_t i = 0; i < n; i++) {
        token[i] = (rnn_token){p, s->length[first + i]};
        p += token[i].n;
    }
    return n;
}

/* Task: every so-manieth text of the round: ids of known words, and features. */
static void read_some(void *arg, size_t task) {
    const reading *r = arg;
    const scratch *own = &r->scratch[task];
    rnn_sequence_set *set = r->set;
    for (size_t s = r->first + task; s < r->end; s += r->threads) {
        size_t n = stored_tokens(r->store, s, own->token);
        uint32_t *id = set->ids + set->sequence[s].first;
        for (size_t i = 0; i < n; i++)
            id[i] = rnn_vocabulary_find(r->words->vocabulary, own->token[i].p, own->token[i].n);
        for (int p = 0; p < RNN_WIDE_PARTS && r->place[p]; p++) {
            uint32_t *to = set->key_data[p] + r->place[p][s];
            size_t keys =
                rnn_wide_keys(r->model, (rnn_wide_part)p, own->token, n, own->key, r->most);
            if (keys) memcpy(to, own->key, keys * sizeof *to);
            set->keys[p][s] = (rnn_keys){to, keys};
        }
    }
}

/* Ids of the unknown words of the round. */
static rnn_status number_unknown(reading *r) {
    for (size_t s = r->first; s < r->end && r->words->subwords; s++) {
        size_t n = stored_tokens(r->store, s, r->scratch[0].token);
        uint32_t *id = r->set->ids + r->set->sequence[s].first;
        for (size_t i = 0; i < n; i++) {
            const rnn_token *t = &r->scratch[0].token[i];
            if (id[i] != RNN_WORD_UNKNOWN) continue;
            rnn_status status = rnn_word_reader_add(r->words, t->p, t->n, &id[i]);
            if (status) return status;
        }
    }
    return RNN_OK;
}

/* Longest text; with linear models room for as many features as there can be. */
static rnn_status measure(reading *r, rnn_token **token) {
    rnn_sequence_set *set = r->set;
    rnn_context *ctx = set->ctx;
    size_t texts = r->store->texts, total[RNN_WIDE_PARTS] = {0};
    for (size_t s = 0; s < texts; s++) {
        size_t n = r->store->text[s + 1].token - r->store->text[s].token;
        if (n > r->longest) r->longest = n;
    }
    *token = rnn_alloc_array(ctx, r->longest, sizeof **token);
    if (!*token) return ctx->status;
    for (int p = 0; p < RNN_WIDE_PARTS && r->model->sequence.wide_order; p++) {
        r->place[p] = rnn_alloc_array(ctx, texts, sizeof *r->place[p]);
        if (r->place[p]) set->keys[p] = rnn_alloc_array_zero(ctx, texts, sizeof *set->keys[p]);
        if (!set->keys[p]) return ctx->status;
        for (size_t s = 0; s < texts; s++) {
            size_t n = stored_tokens(r->store, s, *token);
            size_t most = rnn_wide_most(r->model, (rnn_wide_part)p, *token, n);
            r->place[p][s] = total[p];
            total[p] += most;
            if (most > r->most) r->most = most;
        }
        set->key_data[p] = rnn_alloc_array(ctx, total[p], sizeof *set->key_data[p]);
        if (!set->key_data[p]) return ctx->status;
    }
    return RNN_OK;
}

static rnn_status make_scratch(reading *r) {
    rnn_context *ctx = r->set->ctx;
    r->scratch = rnn_alloc_array_zero(ctx, r->threads, sizeof *r->scratch);
    for (size_t i = 0; r->scratch && i < r->threads; i++) {
        r->scratch[i].token = rnn_alloc_array(ctx, r->longest, sizeof(rnn_token));
        if (r->scratch[i].token)
            r->scratch[i].key = rnn_alloc_array(ctx, r->most, 2 * sizeof(uint32_t));
        if (!r->scratch[i].key) return ctx->status;
    }
    return r->scratch ? RNN_OK : ctx->status;
}

rnn_status rnn_text_store_read(const rnn_text_store *store, rnn_pool *pool, const rnn_model *model,
                               rnn_word_reader *words, rnn_sequence_set *set) {
    reading r = {.model = model, .store = store, .set = set, .words = words};
    rnn_context *ctx = set->ctx;
    rnn_token *token = NULL;
    r.threads = pool ? rnn_pool_threads(pool) : 1;
    rnn_status status = measure(&r, &token);
    if (status == RNN_OK) status = make_scratch(&r);
    for (; r.first < store->texts && status == RNN_OK; r.first = r.end) {
        r.end = store->texts - r.first < ROUND ? store->texts : r.first + ROUND;
        rnn_pool_run(pool, r.threads, read_some, &r);
        status = number_unknown(&r);
        if (status == RNN_OK) status = rnn_check(ctx);
    }
    for (size_t i = 0; r.scratch && i < r.threads; i++) {
        rnn_free(ctx, r.scratch[i].token);
        rnn_free(ctx, r.scratch[i].key);
    }
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) rnn_free(ctx, r.place[p]);
    rnn_free(ctx, r.scratch);
    rnn_free(ctx, token);
    return status;
}
