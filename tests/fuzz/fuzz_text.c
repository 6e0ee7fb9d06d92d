/* fuzz_text.c - texts from a stranger: cut, joined again, made into features.
**
** The first byte says how: two bits for the kind of tokens, one each for lowercase, for which end
** stays and for a limit of three tokens. The seeds in tests/fuzz/corpus/text begin with it.
*/
#include "forge.h"

#include "grams.h"
#include "json.h"

enum { LIMIT = 3, ORDER = 3, BUCKETS = 1000 };

/* Words and characters are UTF-8 whatever the text was. */
static void check_token(const rnn_token *t, rnn_tokens kind) {
    FORGE_REQUIRE(t->n > 0);
    for (size_t at = 0, length; kind != RNN_TOKENS_BYTE && at < t->n; at += length) {
        length = rnn_utf8_length(t->p + at, t->n - at);
        FORGE_REQUIRE(length > 0);
    }
}

static void make_features(rnn_context *ctx, const rnn_tokenizer *t) {
    const rnn_gram_settings g = RNN_GRAM_DEFAULT;
    size_t most = ORDER * t->count;
    for (size_t i = 0; i < t->count; i++) {
        size_t parts = rnn_word_grams_most(&g, t->token[i].n);
        if (most < parts) most = parts;
    }
    uint32_t *out = rnn_alloc_array(ctx, most + 1, 2 * sizeof *out);
    if (out == NULL) return;
    for (size_t i = 0; i < t->count; i++) {
        size_t n = rnn_word_grams(&g, t->token[i].p, t->token[i].n, BUCKETS, out, most);
        for (size_t k = 0; k < n; k++) FORGE_REQUIRE(out[k] < BUCKETS);
    }
    size_t n = rnn_wide_features(t->token, t->count, ORDER, 0, BUCKETS, out, most);
    for (size_t k = 1; k < n; k++) FORGE_REQUIRE(out[k - 1] < out[k] && out[k] < BUCKETS);
    rnn_free(ctx, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rnn_context ctx = {.memory_limit = FORGE_MEMORY};
    unsigned how = size > 0 ? data[0] : 0;
    rnn_text_settings s = {(rnn_tokens)(how % 4 % 3), (how & 4) != 0, (how & 16) ? LIMIT : 0,
                           (how & 8) ? RNN_TRUNCATE_TAIL : RNN_TRUNCATE_HEAD};
    rnn_tokenizer t;
    rnn_writer w;
    rnn_tokenizer_init(&t, &ctx, &s);
    rnn_writer_init(&w, &ctx);
    if (size > 0 && rnn_tokenize(&t, (const char *)data + 1, size - 1) == RNN_OK) {
        FORGE_REQUIRE(s.max_tokens == 0 || t.count <= s.max_tokens);
        for (size_t i = 0; i < t.count; i++) check_token(&t.token[i], s.kind);
        rnn_text_join(s.kind, t.token, t.count, &w);
        make_features(&ctx, &t);
    }
    rnn_writer_free(&w);
    rnn_tokenizer_free(&t);
    FORGE_REQUIRE(ctx.memory_used == 0);
    return 0;
}
