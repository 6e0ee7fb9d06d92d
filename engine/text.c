/* text.c - see text.h. */
#include "text.h"

#include <string.h>
#include <utf8proc.h>

#include "json.h"

enum {
    MOST_MARKS = 30, /* combining marks in a row, of the Stream-Safe Text Format */
    GRAPHEME_JOINER = 0x34F,
    ZERO_WIDTH_SPACE = 0x200B,
    MIDDLE_DOT = 0xB7,
    FIRST_TOKENS = 64
};

void rnn_tokenizer_init(rnn_tokenizer *t, rnn_context *ctx, const rnn_text_settings *settings) {
    memset(t, 0, sizeof *t);
    t->ctx = ctx;
    t->settings = *settings;
}

void rnn_tokenizer_free(rnn_tokenizer *t) {
    if (t == NULL || t->ctx == NULL) return;
    rnn_free(t->ctx, t->token);
    rnn_free(t->ctx, t->text);
    rnn_free(t->ctx, t->byte);
    memset(t, 0, sizeof *t);
}

/* Room for `need` elements of `size` bytes in *buffer, which grows by half at least. */
static rnn_status reserve(rnn_context *ctx, void **buffer, size_t *capacity, size_t need,
                          size_t size) {
    size_t grown = *capacity + *capacity / 2;
    uint64_t bytes;
    void *made;
    if (need <= *capacity && *buffer != NULL) return RNN_OK;
    if (grown < need) grown = need;
    if (grown < FIRST_TOKENS) grown = FIRST_TOKENS;
    if (rnn_mul_overflow(grown, size, &bytes)) bytes = UINT64_MAX;
    made = rnn_realloc(ctx, *buffer, bytes);
    if (made == NULL) return ctx->status;
    *buffer = made;
    *capacity = grown;
    return RNN_OK;
}

static rnn_status reserve_text(rnn_tokenizer *t, size_t need) {
    void *p = t->text;
    rnn_status status = reserve(t->ctx, &p, &t->text_capacity, need, sizeof *t->text);
    t->text = p;
    return status;
}

static rnn_status reserve_bytes(rnn_tokenizer *t, size_t need) {
    void *p = t->byte;
    rnn_status status = reserve(t->ctx, &p, &t->byte_capacity, need, 1);
    t->byte = p;
    return status;
}

static rnn_status reserve_tokens(rnn_tokenizer *t, size_t need) {
    void *p = t->token;
    rnn_status status = reserve(t->ctx, &p, &t->token_capacity, need, sizeof *t->token);
    t->token = p;
    return status;
}

static char fold_ascii(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* ---- normalised code points ------------------------------------------------------------------ */

static int32_t code_point(const char *p, size_t n) {
    utf8proc_int32_t c = 0;
    utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &c);
    return c;
}

static size_t encode(int32_t c, char *to) {
    return (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)to);
}

static size_t encoded_length(int32_t c) {
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* The text as stream-safe UTF-8 into `to`; NULL only counts. Returns its bytes. */
static size_t clean(const char *text, size_t n, char *to) {
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t size = 0, marks = 0;
    for (size_t i = 0; i < n;) {
        size_t length = rnn_utf8_length(text + i, n - i);
        const char *p = length == 0 ? replacement : text + i;
        size_t bytes = length == 0 ? 3 : length;
        if (length > 1 && utf8proc_get_property(code_point(p, length))->combining_class != 0)
            marks++;
        else
            marks = 0;
        if (marks > MOST_MARKS) {
            if (to != NULL) encode(GRAPHEME_JOINER, to + size);
            size += 2;
            marks = 1;
        }
        if (to != NULL) memcpy(to + size, p, bytes);
        size += bytes;
        i += length == 0 ? 1 : length;
    }
    return size;
}

static int is_ascii(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] >= 0x80) return 0;
    return 1;
}

/* t->text gets the normalised code points, *length how many. ASCII is normalised already. */
static rnn_status normalise(rnn_tokenizer *t, const char *text, size_t n, size_t *length) {
    int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    int lowercase = t->settings.lowercase;
    utf8proc_ssize_t found, size;
    if (t->settings.kind == RNN_TOKENS_WORD) options |= UTF8PROC_COMPAT | UTF8PROC_LUMP;
    if (lowercase) options |= UTF8PROC_CASEFOLD;
    if (is_ascii(text, n)) {
        if (reserve_text(t, n) != RNN_OK) return t->ctx->status;
        for (size_t i = 0; i < n; i++) t->text[i] = lowercase ? fold_ascii(text[i]) : text[i];
        *length = n;
        return RNN_OK;
    }
    size = (utf8proc_ssize_t)clean(text, n, NULL);
    if (reserve_bytes(t, (size_t)size) != RNN_OK || reserve_text(t, (size_t)size) != RNN_OK)
        return t->ctx->status;
    clean(text, n, t->byte);
    for (;;) {
        found = utf8proc_decompose((const utf8proc_uint8_t *)t->byte, size, t->text,
                                   (utf8proc_ssize_t)t->text_capacity, (utf8proc_option_t)options);
        if (found < 0)
            return rnn_fail(t->ctx, RNN_LIMIT, "a text of %zu bytes is too long to be read", n);
        if ((size_t)found <= t->text_capacity) break;
        if (reserve_text(t, (size_t)found) != RNN_OK) return t->ctx->status;
    }
    found = utf8proc_normalize_utf32(t->text, found, (utf8proc_option_t)options);
    *length = found < 0 ? 0 : (size_t)found;
    return RNN_OK;
}

/* ---- words ----------------------------------------------------------------------------------- */

typedef enum char_class {
    CHAR_SPACE,
    CHAR_DROPPED, /* invisible, does not separate */
    CHAR_LETTER,
    CHAR_DIGIT,
    CHAR_MARK,
    CHAR_WIDE, /* a letter that is a word of its own */
    CHAR_SYMBOL
} char_class;

static int is_hangul(const utf8proc_property_t *p) {
    return p->boundclass >= UTF8PROC_BOUNDCLASS_L && p->boundclass <= UTF8PROC_BOUNDCLASS_LVT;
}

static char_class format_class(int32_t c, const utf8proc_property_t *p) {
    if (p->boundclass == UTF8PROC_BOUNDCLASS_EXTEND || p->boundclass == UTF8PROC_BOUNDCLASS_ZWJ)
        return CHAR_MARK;
    if (p->boundclass == UTF8PROC_BOUNDCLASS_PREPEND) return CHAR_SYMBOL;
    return c == ZERO_WIDTH_SPACE || !p->ignorable ? CHAR_SPACE : CHAR_DROPPED;
}

static char_class class_of(int32_t c) {
    const utf8proc_property_t *p = utf8proc_get_property(c);
    switch (p->category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return p->charwidth == 2 && !is_hangul(p) ? CHAR_WIDE : CHAR_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CHAR_DIGIT;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return CHAR_MARK;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CS: return CHAR_SPACE;
    case UTF8PROC_CATEGORY_CF: return format_class(c, p);
    default: return CHAR_SYMBOL;
    }
}

/* Does c, between a character of class `before` and one of class `after`, belong to their word? */
static int joins(int32_t c, char_class before, char_class after) {
    if (c == '\'' || c == MIDDLE_DOT) return before == CHAR_LETTER && after == CHAR_LETTER;
    return (c == '.' || c == ',') && before == CHAR_DIGIT && after == CHAR_DIGIT;
}

/* End of the word that begins at `at` with a character of class `first`. */
static size_t end_of_word(const int32_t *text, size_t length, size_t at, char_class first) {
    char_class before = first; /* the last letter or digit */
    for (at++; at < length; at++) {
        char_class c = class_of(text[at]);
        if (c == CHAR_LETTER || c == CHAR_DIGIT)
            before = c;
        else if (c != CHAR_MARK && c != CHAR_DROPPED &&
                 (at + 1 == length || !joins(text[at], before, class_of(text[at + 1]))))
            break;
    }
    return at;
}

/* End of the grapheme cluster that begins at `at`. */
static size_t end_of_cluster(const int32_t *text, size_t length, size_t at) {
    utf8proc_int32_t state = 0;
    for (at++; at < length; at++) {
        char_class c = class_of(text[at]);
        if (c != CHAR_MARK && c != CHAR_SYMBOL) break;
        if (utf8proc_grapheme_break_stateful(text[at - 1], text[at], &state)) break;
    }
    return at;
}

static size_t end_of_marks(const int32_t *text, size_t length, size_t at) {
    do at++;
    while (at < length && class_of(text[at]) == CHAR_MARK);
    return at;
}

/* One token of the code points [from, to), encoded at *byte. */
static rnn_status push(rnn_tokenizer *t, size_t from, size_t to, char **byte) {
    char *p = *byte;
    if (reserve_tokens(t, t->count + 1) != RNN_OK) return t->ctx->status;
    for (size_t i = from; i < to; i++) /* alone it is a token of kind char */
        if (to - from == 1 || class_of(t->text[i]) != CHAR_DROPPED) p += encode(t->text[i], p);
    t->token[t->count++] = (rnn_token){*byte, (size_t)(p - *byte)};
    *byte = p;
    return RNN_OK;
}

static rnn_status cut_words(rnn_tokenizer *t, size_t length, size_t most, char *byte) {
    rnn_status status = RNN_OK;
    for (size_t at = 0, end; at < length && t->count < most && status == RNN_OK; at = end) {
        char_class c = class_of(t->text[at]);
        end = c == CHAR_LETTER || c == CHAR_DIGIT    ? end_of_word(t->text, length, at, c)
              : c == CHAR_WIDE                       ? end_of_marks(t->text, length, at)
              : c == CHAR_SPACE || c == CHAR_DROPPED ? at + 1
                                                     : end_of_cluster(t->text, length, at);
        if (c != CHAR_SPACE && c != CHAR_DROPPED) status = push(t, at, end, &byte);
    }
    return status;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

/* The part of `length` units that stays of a text whose units are its tokens. */
static void keep(const rnn_text_settings *s, size_t length, size_t *from, size_t *to) {
    size_t most = s->max_tokens == 0 || s->max_tokens > length ? length : s->max_tokens;
    *from = s->truncate == RNN_TRUNCATE_TAIL ? length - most : 0;
    *to = *from + most;
}

static rnn_status cut_bytes(rnn_tokenizer *t, const char *text, size_t n) {
    size_t from, to;
    keep(&t->settings, n, &from, &to);
    if (reserve_bytes(t, to - from) != RNN_OK || reserve_tokens(t, to - from) != RNN_OK)
        return t->ctx->status;
    for (size_t i = from; i < to; i++) {
        char *p = t->byte + (i - from);
        *p = t->settings.lowercase ? fold_ascii(text[i]) : text[i];
        t->token[t->count++] = (rnn_token){p, 1};
    }
    return RNN_OK;
}

static rnn_status cut_chars(rnn_tokenizer *t, size_t from, size_t to) {
    char *byte = t->byte;
    rnn_status status = reserve_tokens(t, to - from);
    for (size_t i = from; i < to && status == RNN_OK; i++) status = push(t, i, i + 1, &byte);
    return status;
}

rnn_status rnn_tokenize(rnn_tokenizer *t, const char *text, size_t n) {
    const rnn_text_settings *s = &t->settings;
    size_t length = 0, size = 0, from, to;
    rnn_status status;
    t->count = 0;
    if (n == 0) return RNN_OK;
    if (s->kind == RNN_TOKENS_BYTE) return cut_bytes(t, text, n);
    status = normalise(t, text, n, &length);
    for (size_t i = 0; i < length; i++) size += encoded_length(t->text[i]);
    if (status == RNN_OK) status = reserve_bytes(t, size);
    if (status != RNN_OK) return status;
    if (s->kind == RNN_TOKENS_CHAR) {
        keep(s, length, &from, &to);
        return cut_chars(t, from, to);
    }
    status = cut_words(
        t, length,
        s->max_tokens == 0 || s->truncate == RNN_TRUNCATE_TAIL ? SIZE_MAX : s->max_tokens, t->byte);
    keep(s, t->count, &from, &to);
    if (from > 0) memmove(t->token, t->token + from, (to - from) * sizeof *t->token);
    t->count = to - from;
    return status;
}

/* ---- text again ------------------------------------------------------------------------------ */

static int32_t first_of(const rnn_token *t) {
    size_t length = rnn_utf8_length(t->p, t->n);
    return length == 0 ? 0xFFFD : code_point(t->p, length);
}

static int32_t last_of(const rnn_token *t) {
    size_t at = t->n - 1;
    while (at > 0 && t->n - at < 4 && ((unsigned char)t->p[at] & 0xC0) == 0x80) at--;
    return first_of(&(rnn_token){t->p + at, t->n - at});
}

/* Of a script, or its punctuation, that is written without spaces. */
static int unspaced(int32_t c) {
    const utf8proc_property_t *p = utf8proc_get_property(c);
    return p->charwidth == 2 && !is_hangul(p) && p->category != UTF8PROC_CATEGORY_SO;
}

int rnn_token_space(const rnn_token *before, const rnn_token *token) {
    int32_t last, first;
    if (before->n == 0 || token->n == 0) return 0;
    last = last_of(before);
    first = first_of(token);
    if (first < 0x80 && first != 0 && strchr(",.;:!?%'", (int)first) != NULL) return 0;
    if (utf8proc_category(first) == UTF8PROC_CATEGORY_PE) return 0;
    if (utf8proc_category(last) == UTF8PROC_CATEGORY_PS) return 0;
    return !(unspaced(last) && unspaced(first));
}

void rnn_text_join(rnn_tokens kind, const rnn_token *token, size_t count, rnn_writer *w) {
    for (size_t i = 0; i < count; i++) {
        if (kind == RNN_TOKENS_WORD && i > 0 && rnn_token_space(&token[i - 1], &token[i]))
            rnn_write_text(w, " ");
        rnn_write_bytes(w, token[i].p, token[i].n);
    }
}
