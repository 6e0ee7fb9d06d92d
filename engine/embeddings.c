/* embeddings.c - see embeddings.h. */
#include "embeddings.h"

#include <stdio.h>
#include <string.h>

enum { CHECK_MASK = 0xfff };

/* ---- which columns there are ----------------------------------------------------------------- */

static int has_series(const rnn_model *m) {
    return m->options.task == RNN_TASK_FORECAST && m->options.series_embedding > 0;
}

static int has_target(const rnn_model *m) { return m->spec.target_vocabulary > 0; }

size_t rnn_embedding_columns(const rnn_model *model) {
    if (model->members == 0) return 0;
    return rnn_model_categories(model) + (size_t)(has_target(model) || has_series(model));
}

/* The input of category c of the network, below rnn_model_categories. */
static size_t input_of(const rnn_model *m, size_t c) {
    size_t k = 0;
    while (!rnn_input_has_words(m->input[k].kind) || c-- > 0) k++;
    return k;
}

static void name_column(rnn_embedding *e, const char *name) {
    snprintf(e->column, sizeof e->column, "%s", name);
}

static void describe_input(rnn_embedding *e, const rnn_model *m, size_t k) {
    int generate = m->options.task == RNN_TASK_GENERATE;
    int steps = m->options.task == RNN_TASK_FORECAST || m->sequence.shape == RNN_SHAPE_STEPS;
    e->words = &m->input[k].vocabulary;
    e->count = e->words->count;
    e->specials = e->words->specials;
    if (!steps) e->text = &m->sequence.text;
    if (steps && !generate)
        snprintf(e->column, sizeof e->column, "input %zu", k + 1);
    else
        name_column(e, steps ? "token" : m->options.task == RNN_TASK_SEQ2SEQ ? "source" : "text");
}

static void describe_target(rnn_embedding *e, const rnn_model *m) {
    e->words = &m->sequence.target_vocabulary;
    e->count = e->words->count;
    e->specials = e->words->specials;
    e->text = &m->sequence.target_text;
    e->width = m->spec.target_embedding;
    e->vectors = rnn_net_target_vectors(m->member[0]);
    name_column(e, "target");
}

/* ---- vectors --------------------------------------------------------------------------------- */

/* Room for the parts of the longest word. */
static rnn_status reserve_parts(const rnn_embedding *e, size_t *room, uint32_t **part) {
    *room = 0;
    for (size_t id = e->specials; id < e->count; id++) {
        size_t n;
        rnn_vocabulary_word(e->words, id, &n);
        size_t most = rnn_word_grams_most(&e->model->sequence.grams, n);
        *room = most > *room ? most : *room;
    }
    *part = rnn_alloc_array(e->ctx, *room, sizeof **part);
    return *part ? RNN_OK : e->ctx->status;
}

/* Each entry's vector with its parts, into memory of its own. */
static rnn_status add_parts(rnn_embedding *e, const rnn_net *net, size_t c) {
    const rnn_model *m = e->model;
    uint32_t *part;
    size_t room;
    rnn_status status = reserve_parts(e, &room, &part);
    if (status) return status;
    e->own = rnn_alloc_array(e->ctx, (uint64_t)e->count * e->width, sizeof *e->own);
    if (!e->own) status = e->ctx->status;
    for (size_t id = 0; id < e->count && status == RNN_OK; id++) {
        size_t n, parts = 0;
        const char *word = rnn_vocabulary_word(e->words, id, &n);
        if (id >= e->specials)
            parts = rnn_word_grams(&m->sequence.grams, word, n, m->spec.subwords[c], part, room);
        rnn_net_word_vector(net, c, (uint32_t)id, part, parts, e->own + id * e->width);
        if ((id & CHECK_MASK) == CHECK_MASK) status = rnn_check(e->ctx);
    }
    rnn_free(e->ctx, part);
    e->vectors = e->own;
    return status;
}

rnn_status rnn_embedding_open(rnn_context *ctx, const rnn_model *model, size_t column,
                              rnn_embedding *out) {
    size_t categories = rnn_model_categories(model);
    rnn_status status = RNN_OK;
    memset(out, 0, sizeof *out);
    out->ctx = ctx;
    out->model = model;
    if (column == categories && has_target(model)) {
        describe_target(out, model);
        return RNN_OK;
    }
    if (column < categories) {
        describe_input(out, model, input_of(model, column));
    } else {
        out->count = model->forecast.series + 1;
        out->specials = 1;
        name_column(out, "series");
    }
    out->width = model->spec.embedding[column];
    out->vectors = rnn_net_category_vectors(model->member[0], column);
    if (model->spec.subwords[column] > 0) status = add_parts(out, model->member[0], column);
    if (status) rnn_embedding_close(out);
    return status;
}

void rnn_embedding_close(rnn_embedding *e) {
    if (!e || !e->ctx) return;
    rnn_free(e->ctx, e->own);
    memset(e, 0, sizeof *e);
}

/* ---- entries --------------------------------------------------------------------------------- */

rnn_value rnn_embedding_token(const rnn_embedding *e, size_t id) {
    rnn_value v = {.type = RNN_TEXT};
    if (id < e->specials)
        v.p = e->words ? rnn_special_name(e->words, id) : "<unknown>";
    else if (e->words)
        v.p = rnn_vocabulary_word(e->words, id, &v.n);
    else
        return e->model->forecast.series_key[id - e->specials];
    if (id < e->specials) v.n = strlen(v.p);
    return v;
}

int64_t rnn_embedding_count(const rnn_embedding *e, size_t id) {
    if (!e->words) return -1;
    uint64_t n = e->words->counts[id];
    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* A series by its key as text. */
static uint32_t find_series(const rnn_embedding *e, const char *p, size_t n) {
    for (size_t id = e->specials; id < e->count; id++) {
        rnn_value key = rnn_embedding_token(e, id);
        char number[64];
        if (key.type == RNN_INT || key.type == RNN_FLOAT) {
            key.p = rnn_value_print(&key, number, sizeof number);
            key.n = strlen(number);
        }
        if (key.type != RNN_NULL && key.n == n && memcmp(key.p, p, n) == 0) return (uint32_t)id;
    }
    return 0;
}

rnn_status rnn_embedding_find(const rnn_embedding *e, const char *p, size_t n, uint32_t *id) {
    rnn_tokenizer t;
    rnn_text_settings settings;
    *id = 0;
    if (!e->words) *id = find_series(e, p, n);
    if (e->words && !e->text) *id = rnn_vocabulary_find(e->words, p, n);
    if (!e->words || !e->text) return RNN_OK;
    settings = *e->text;
    settings.max_tokens = 0; /* one too many has to be seen */
    rnn_tokenizer_init(&t, e->ctx, &settings);
    rnn_status status = rnn_tokenize(&t, p, n);
    if (status == RNN_OK && t.count == 1)
        *id = rnn_vocabulary_find(e->words, t.token[0].p, t.token[0].n);
    rnn_tokenizer_free(&t);
    return status;
}
