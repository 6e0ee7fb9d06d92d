/* neighbors.c - see neighbors.h. */
#include "neighbors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "row_order.h"
#include "spelling.h"

enum { CHECK_MASK = 0xfff, SUGGESTIONS = 3 };

/* A term of an expression. */
typedef struct term {
    const char *p; /* borrowed */
    size_t n;
    int sign;
    uint32_t id; /* in the column looked at; 0: not there */
} term;

typedef struct question {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model;
    rnn_token text;
    size_t terms;
    term *term; /* [terms] */
} question;

/* ---- the expression -------------------------------------------------------------------------- */

/* Where the sign that ends the term beginning at `from` stands, or n. A term has at least a byte. */
static size_t next_sign(const rnn_token *text, size_t from) {
    for (size_t i = from + 1; i + 2 < text->n; i++) {
        const char *p = text->p + i;
        if (p[0] == ' ' && (p[1] == '+' || p[1] == '-') && p[2] == ' ') return i + 1;
    }
    return text->n;
}

static rnn_status split(question *q) {
    size_t most = 1;
    for (size_t i = 0; i < q->text.n; i++) most += q->text.p[i] == '+' || q->text.p[i] == '-';
    q->term = rnn_alloc_array_zero(q->ctx, most, sizeof *q->term);
    if (!q->term) return q->ctx->status;
    int sign = 1;
    for (size_t from = 0; from <= q->text.n;) {
        size_t at = next_sign(&q->text, from), last = at == q->text.n;
        q->term[q->terms++] =
            (term){.p = q->text.p + from, .n = at - from - (last ? 0 : 1), .sign = sign};
        if (last) break;
        sign = q->text.p[at] == '-' ? -1 : 1;
        from = at + 2;
    }
    return RNN_OK;
}

/* The expression as a single term. */
static rnn_status whole(question *q) {
    q->term = rnn_alloc_array_zero(q->ctx, 1, sizeof *q->term);
    if (!q->term) return q->ctx->status;
    q->terms = 1;
    q->term[0] = (term){.p = q->text.p, .n = q->text.n, .sign = 1};
    return RNN_OK;
}

/* Ids of the terms in a column; *known is how many of the first are there, up to one that is not. */
static rnn_status find_terms(question *q, const rnn_embedding *e, size_t *known) {
    *known = 0;
    for (size_t i = 0; i < q->terms; i++) {
        rnn_status status = rnn_embedding_find(e, q->term[i].p, q->term[i].n, &q->term[i].id);
        if (status) return status;
        if (q->term[i].id == 0) break;
        ++*known;
        if ((i & CHECK_MASK) == CHECK_MASK && rnn_check(q->ctx) != RNN_OK) return q->ctx->status;
    }
    return RNN_OK;
}

/* The first column that knows all terms, in *e; *found 0 and *e empty if there is none. */
static rnn_status find_column(question *q, rnn_embedding *e, int *found) {
    size_t columns = rnn_embedding_columns(q->model), known;
    *found = 0;
    for (size_t c = 0; c < columns; c++) {
        rnn_status status = rnn_embedding_open(q->ctx, q->model, c, e);
        if (status == RNN_OK) status = find_terms(q, e, &known);
        *found = status == RNN_OK && known == q->terms;
        if (*found) return RNN_OK;
        rnn_embedding_close(e);
        if (status) return status;
    }
    return RNN_OK;
}

/* ---- what to say where there is no such token ------------------------------------------------ */

/* The entries nearest to a term by spelling, the nearest first. */
typedef struct suggestions {
    size_t count;
    rnn_value token[SUGGESTIONS];
    size_t distance[SUGGESTIONS];
} suggestions;

static void suggest(suggestions *s, const rnn_value *token, size_t distance) {
    size_t at = s->count;
    while (at > 0 && distance < s->distance[at - 1]) at--;
    if (at == SUGGESTIONS) return;
    if (s->count < SUGGESTIONS) s->count++;
    for (size_t i = s->count - 1; i > at; i--) {
        s->token[i] = s->token[i - 1];
        s->distance[i] = s->distance[i - 1];
    }
    s->token[at] = *token;
    s->distance[at] = distance;
}

static rnn_status suggest_from(const rnn_embedding *e, const term *t, suggestions *s) {
    for (size_t id = e->specials; id < e->count; id++) {
        rnn_value v = rnn_embedding_token(e, id);
        size_t d =
            v.type == RNN_TEXT && v.n > 0 ? rnn_spelling_distance(t->p, t->n, v.p, v.n) : SIZE_MAX;
        if (d != SIZE_MAX) suggest(s, &v, d);
        if ((id & CHECK_MASK) == CHECK_MASK && rnn_check(e->ctx) != RNN_OK) return e->ctx->status;
    }
    return RNN_OK;
}

/* "did you mean 'cat' or 'car'? ", or nothing. */
static void print_suggestions(const suggestions *s, char *to, size_t size) {
    char shown[RNN_VALUE_LABEL];
    size_t n = 0;
    to[0] = '\0';
    for (size_t i = 0; i < s->count && n < size; i++) {
        const char *before = i == 0 ? "did you mean " : i + 1 < s->count ? ", " : " or ";
        n += (size_t)snprintf(to + n, size - n, "%s%s", before,
                              rnn_value_print(&s->token[i], shown, sizeof shown));
    }
    if (s->count > 0 && n < size) snprintf(to + n, size - n, "? ");
}

/* What the user of a token that is not there may not know. */
static const char *explain(const question *q, const term *t) {
    const rnn_model *m = q->model;
    int text = m->options.task != RNN_TASK_FORECAST && m->input[0].kind == RNN_INPUT_TEXT;
    if (t->n > 0 && t->p[0] == '<') return "entries in angle brackets have no neighbors; ";
    if (memchr(t->p, '+', t->n) || memchr(t->p, '-', t->n))
        return "in an expression + and - stand between two tokens, with spaces around; ";
    if (text && m->sequence.text.kind != RNN_TOKENS_WORD)
        return "this model reads single characters, train with \"tokens\":\"word\" for words; ";
    return "";
}

/* The first term that the column which knows the most of the first ones lacks. */
static rnn_status refuse(question *q) {
    size_t columns = rnn_embedding_columns(q->model), best = 0, known;
    char name[RNN_COLUMN_NAME] = "", shown[RNN_VALUE_LABEL], near[4 * RNN_VALUE_LABEL];
    rnn_embedding e = {0};
    suggestions s = {0};
    rnn_status status = RNN_OK;
    for (size_t c = 0; c < columns && status == RNN_OK; c++) {
        status = rnn_embedding_open(q->ctx, q->model, c, &e);
        if (status == RNN_OK) status = find_terms(q, &e, &known);
        if (status == RNN_OK && (c == 0 || known > best)) {
            memcpy(name, e.column, sizeof name);
            best = known;
            s.count = 0;
        }
        if (status == RNN_OK && known == best) status = suggest_from(&e, &q->term[best], &s);
        rnn_embedding_close(&e);
    }
    if (status) return status;
    rnn_value v = {.type = RNN_TEXT, .p = q->term[best].p, .n = q->term[best].n};
    print_suggestions(&s, near, sizeof near);
    return rnn_fail(q->ctx, RNN_DATA,
                    "%s: the token %s is not in column \"%s\"%s; %s%srnn_vocabulary(model) lists "
                    "all tokens",
                    q->function, rnn_value_print(&v, shown, sizeof shown), name,
                    columns > 1 ? ", and no other column has all of the expression" : "", near,
                    explain(q, &q->term[best]));
}

static rnn_status refuse_model(const question *q) {
    return rnn_fail(q->ctx, RNN_DATA,
                    "%s: the model has no vocabulary: what it reads are numbers; a column of words "
                    "or a text has one",
                    q->function);
}

/* ---- likeness -------------------------------------------------------------------------------- */

static double length_of(const real *v, size_t n) {
    double squares = 0;
    for (size_t j = 0; j < n; j++) squares += (double)v[j] * (double)v[j];
    return sqrt(squares);
}

/* v [E] of unit length: the sum of the terms. */
static rnn_status add_terms(const question *q, const rnn_embedding *e, double *v) {
    double squares = 0, error = 1e-12 * (double)q->terms;
    memset(v, 0, e->width * sizeof *v);
    for (size_t i = 0; i < q->terms; i++) {
        const real *x = e->vectors + q->term[i].id * e->width;
        double length = length_of(x, e->width);
        for (size_t j = 0; j < e->width && length > 0; j++)
            v[j] += q->term[i].sign * ((double)x[j] / length);
        if ((i & CHECK_MASK) == CHECK_MASK && rnn_check(q->ctx) != RNN_OK) return q->ctx->status;
    }
    for (size_t j = 0; j < e->width; j++) squares += v[j] * v[j];
    if (sqrt(squares) <= error)
        return rnn_fail(q->ctx, RNN_DATA,
                        "%s: the vectors of the expression cancel out: nothing lies near their sum",
                        q->function);
    for (size_t j = 0; j < e->width; j++) v[j] /= sqrt(squares);
    return RNN_OK;
}

static double similarity(const double *v, const real *x, size_t n) {
    double product = 0, length = length_of(x, n);
    if (!(length > 0)) return 0;
    for (size_t j = 0; j < n; j++) product += v[j] * (double)x[j];
    product /= length;
    return product > 1 ? 1 : product < -1 ? -1 : product;
}

static int nearer(const void *a, const void *b) {
    const rnn_neighbor *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity > y->similarity ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Below any cosine: not to be shown. */
static const double TERM = -2;

/* Likeness of all entries but the specials to v; the terms' own is TERM. */
static rnn_status compare(const question *q, const double *v, rnn_neighbors *out) {
    const rnn_embedding *e = &out->embedding;
    size_t count = e->count - e->specials;
    for (size_t i = 0; i < count; i++)
        out->item[i] = (rnn_neighbor){.id = (uint32_t)(e->specials + i)};
    for (size_t i = 0; i < q->terms; i++) out->item[q->term[i].id - e->specials].similarity = TERM;
    for (size_t i = 0; i < count; i++) {
        if ((i & CHECK_MASK) == 0 && rnn_check(q->ctx) != RNN_OK) return q->ctx->status;
        if (out->item[i].similarity > TERM)
            out->item[i].similarity =
                similarity(v, e->vectors + out->item[i].id * e->width, e->width);
    }
    qsort(out->item, count, sizeof *out->item, nearer);
    while (count > 0 && out->item[count - 1].similarity <= TERM) count--;
    out->count = count;
    return RNN_OK;
}

static rnn_status rank(const question *q, size_t k, rnn_neighbors *out) {
    const rnn_embedding *e = &out->embedding;
    double *v = rnn_alloc_array(q->ctx, e->width, sizeof *v);
    rnn_status status = v ? add_terms(q, e, v) : q->ctx->status;
    if (status == RNN_OK) {
        out->item = rnn_alloc_array(q->ctx, e->count, sizeof *out->item);
        status = out->item ? compare(q, v, out) : q->ctx->status;
    }
    rnn_free(q->ctx, v);
    out->count = out->count < k ? out->count : k;
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

rnn_status rnn_neighbors_find(rnn_context *ctx, const char *function, const rnn_model *model,
                              const char *text, size_t n, size_t k, rnn_neighbors *out) {
    question q = {.ctx = ctx, .function = function, .model = model, .text = {text, n}};
    int found = 0;
    rnn_status status;
    memset(out, 0, sizeof *out);
    if (rnn_embedding_columns(model) == 0) return refuse_model(&q);
    status = whole(&q);
    if (status == RNN_OK) status = find_column(&q, &out->embedding, &found);
    if (status == RNN_OK && !found) {
        rnn_free(ctx, q.term);
        q.term = NULL;
        q.terms = 0;
        status = split(&q);
        if (status == RNN_OK && q.terms > 1) status = find_column(&q, &out->embedding, &found);
    }
    if (status == RNN_OK) status = found ? rank(&q, k, out) : refuse(&q);
    rnn_free(ctx, q.term);
    if (status) rnn_neighbors_free(out);
    return status;
}

void rnn_neighbors_free(rnn_neighbors *n) {
    if (!n || !n->embedding.ctx) return;
    rnn_free(n->embedding.ctx, n->item);
    rnn_embedding_close(&n->embedding);
    memset(n, 0, sizeof *n);
}
