/* generator.c - see generator.h.
**
** The state never holds the last token before the text: a step reads it and gives the logits of
** what comes next. So a beam search can start from the same place (decode.h), and a suggestion for
** an unfinished word finds the logits of the step before still there.
*/
#include "generator.h"

#include <string.h>

#include "answer.h"
#include "cells.h"
#include "pool.h"
#include "row_order.h"
#include "translator.h"

enum { CHECK_TOKENS = 64, TOKENS_LENGTH = 200, WORDS_LENGTH = 50 };

/* A token that was produced and not yet given: where it is in the text. */
typedef struct queued {
    size_t start, word, end; /* the space in front of it, itself, what follows */
    double probability;
} queued;

struct rnn_generator {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model;
    const rnn_vocabulary *words;
    rnn_tokens kind;
    int spaced; /* row-per-step data: tokens are joined by spaces */
    rnn_tokenizer tokenizer;
    rnn_batch source; /* seq2seq */
    rnn_stepper *stepper;
    rnn_beam *beam; /* NULL: tokens are drawn */
    real *state;
    size_t outputs;
    real *out;         /* [outputs] logits of the last step */
    double *p;         /* [outputs] */
    uint32_t *scratch; /* [outputs] */
    uint8_t *banned;   /* [outputs] */
    uint32_t last;     /* token before the text */
    char *prompt;      /* spaced: a copy, into which the next two may point */
    rnn_token before;  /* the same as text; NULL where no space can follow */
    rnn_token prefix;  /* the unfinished word at the prompt's end; NULL: none */
    rnn_sampling sampling;
    rnn_text_list stop;
    size_t length, produced;
    uint32_t *found; /* [length] by the beam search */
    size_t found_count;
    int searched, ended;
    rnn_writer text;                     /* of the queued tokens */
    queued *queue;                       /* [capacity] */
    size_t queue_first, count, capacity; /* [queue_first ... count) are to be given */
    int64_t position;
};

/* ---- steps ---- */

/* Task: arithmetic is done in the mode of pool tasks, as that of whole tables is. */
static void step_task(void *arg, size_t task) {
    rnn_generator *g = arg;
    real *state[1] = {g->state};
    (void)task;
    rnn_stepper_step(g->stepper, 1, NULL, &g->last, NULL, state, g->out);
}

/* Reads the last token: logits of the next one in g->out. */
static void step(rnn_generator *g) { rnn_pool_run(NULL, 1, step_task, g); }

static void encode_task(void *arg, size_t task) {
    rnn_generator *g = arg;
    (void)task;
    rnn_stepper_encode(g->stepper, &g->source, g->state);
}

static void feed(rnn_generator *g, uint32_t token) {
    step(g);
    g->last = token;
}

/* ---- the prompt of task generate ---- */

static rnn_status bad_prompt(const rnn_generator *g, const rnn_value *v, const char *advice) {
    char shown[RNN_VALUE_LABEL];
    return rnn_fail(g->ctx, RNN_DATA, "%s: the prompt is %s; %s", g->function,
                    rnn_value_print(v, shown, sizeof shown), advice);
}

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The next run of bytes that are no white space, from *at on; 0 at the end. */
static int next_run(const rnn_value *text, size_t *at, rnn_token *run) {
    while (*at < text->n && is_space(text->p[*at])) ++*at;
    run->p = text->p + *at;
    while (*at < text->n && !is_space(text->p[*at])) ++*at;
    run->n = (size_t)(text->p + *at - run->p);
    return run->n > 0;
}

/* Whether a letter behind the prompt would belong to its last word: then no token is added. */
static rnn_status ends_inside_word(rnn_generator *g, const rnn_value *text, int *inside) {
    rnn_tokenizer t;
    size_t from = text->n, count = 0;
    char *tail;
    *inside = 0;
    while (from > 0 && !is_space(text->p[from - 1])) from--;
    if (from == text->n) return RNN_OK;
    if (g->spaced) *inside = 1;
    if (g->spaced) return RNN_OK;
    tail = rnn_strndup(g->ctx, text->p + from, text->n - from);
    if (!tail) return g->ctx->status;
    rnn_tokenizer_init(&t, g->ctx, &g->tokenizer.settings);
    rnn_status status = rnn_tokenize(&t, tail, text->n - from);
    count = t.count;
    tail[text->n - from] = 'x'; /* in place of the NUL */
    if (status == RNN_OK) status = rnn_tokenize(&t, tail, text->n - from + 1);
    *inside = status == RNN_OK && t.count == count;
    rnn_tokenizer_free(&t);
    rnn_free(g->ctx, tail);
    return status;
}

static rnn_status read_token(rnn_generator *g, size_t i, const rnn_token *token) {
    feed(g, rnn_vocabulary_find(g->words, token->p, token->n));
    g->before = *token;
    return i % CHECK_TOKENS == CHECK_TOKENS - 1 ? rnn_check(g->ctx) : RNN_OK;
}

static rnn_status read_prompt(rnn_generator *g, const rnn_value *prompt) {
    rnn_status status = RNN_OK;
    int inside = 0;
    rnn_stepper_start(g->stepper, g->state);
    g->last = RNN_WORD_BEGIN;
    if (prompt->type == RNN_NULL) return RNN_OK;
    if (prompt->type != RNN_TEXT)
        return bad_prompt(g, prompt, "it is a TEXT (CAST(... AS TEXT)), or NULL for none");
    if (g->spaced) {
        rnn_token run;
        rnn_value own = *prompt;
        own.p = g->prompt = rnn_strndup(g->ctx, prompt->p, prompt->n);
        if (!g->prompt) return g->ctx->status;
        for (size_t at = 0, i = 0; status == RNN_OK && next_run(&own, &at, &run); i++)
            status = read_token(g, i, &run);
    } else {
        status = rnn_tokenize(&g->tokenizer, prompt->p, prompt->n);
        for (size_t i = 0; i < g->tokenizer.count && status == RNN_OK; i++)
            status = read_token(g, i, &g->tokenizer.token[i]);
    }
    if (status || !g->before.p) return status;
    if (g->kind == RNN_TOKENS_WORD || g->spaced) status = ends_inside_word(g, prompt, &inside);
    if (inside) g->prefix = g->before;
    if (is_space(prompt->p[prompt->n - 1])) g->before.p = NULL;
    return status;
}

/* ---- the source of task seq2seq ---- */

static rnn_status read_text_source(rnn_generator *g, const rnn_value *source, size_t *steps) {
    if (source->type != RNN_TEXT)
        return bad_prompt(g, source, "the model reads a text as its source: CAST(... AS TEXT)");
    rnn_status status = rnn_tokenize(&g->tokenizer, source->p, source->n);
    *steps = g->tokenizer.count ? g->tokenizer.count : 1; /* an empty text is one unknown word */
    if (status == RNN_OK) status = rnn_batch_init(g->ctx, &g->source, 1, *steps, 0, 1, 1);
    if (status) return status;
    g->source.ids[0] = RNN_WORD_UNKNOWN;
    for (size_t i = 0; i < g->tokenizer.count; i++) {
        const rnn_token *t = &g->tokenizer.token[i];
        g->source.ids[i] = rnn_vocabulary_find(&g->model->input[0].vocabulary, t->p, t->n);
    }
    return RNN_OK;
}

static rnn_status read_number_source(rnn_generator *g, const rnn_value *source) {
    const rnn_model *m = g->model;
    rnn_status status = rnn_batch_init(g->ctx, &g->source, 1, 1, m->spec.numbers, 0, 1);
    if (status) return status;
    double *x = rnn_alloc_array(g->ctx, rnn_cells_widest(m), sizeof *x);
    if (!x) return g->ctx->status;
    status = rnn_cells_read(g->ctx, g->function, m, source, x, g->source.numbers, g->source.ids);
    rnn_free(g->ctx, x);
    return status;
}

/* The source in g->source; *steps 0 if it is NULL. */
static rnn_status read_source(rnn_generator *g, const rnn_value *source, size_t count,
                              size_t *steps) {
    size_t inputs = g->model->inputs, known = 0;
    *steps = 0;
    if (count != inputs) {
        return rnn_fail(g->ctx, RNN_DATA,
                        "%s: the source has %zu value%s; the model was trained on %zu%s",
                        g->function, count, count == 1 ? "" : "s", inputs,
                        inputs > 1 ? ": use rnn_predict(model, input...)" : "");
    }
    for (size_t k = 0; k < count; k++) known += source[k].type != RNN_NULL;
    if (known == 0) return RNN_OK;
    *steps = 1;
    if (g->model->input[0].kind == RNN_INPUT_TEXT) return read_text_source(g, source, steps);
    return read_number_source(g, source);
}

/* ---- life ---- */

static rnn_status check_model(const rnn_generator *g) {
    const rnn_model *m = g->model;
    rnn_status status = rnn_answer_check_model(g->ctx, g->function, m,
                                               1u << RNN_TASK_GENERATE | 1u << RNN_TASK_SEQ2SEQ);
    if (status || m->options.task == RNN_TASK_SEQ2SEQ || !m->spec.bidirectional) return status;
    return rnn_fail(g->ctx, RNN_MISUSE,
                    "%s: the model is bidirectional: it reads a text from its end, too, and cannot "
                    "say how one goes on; train it with \"bidirectional\":false",
                    g->function);
}

/* How tokens are chosen; *beam is 1 where they are drawn. */
static rnn_status settle(rnn_generator *g, const rnn_options *o, size_t *beam) {
    int seq2seq = g->model->options.task == RNN_TASK_SEQ2SEQ;
    int drawn = o->given[RNN_KEY_temperature] || o->given[RNN_KEY_top_k] || o->given[RNN_KEY_top_p];
    *beam = o->given[RNN_KEY_beam] ? (size_t)o->beam
            : seq2seq && !drawn    ? rnn_translator_beam(g->model)
                                   : 1;
    if (*beam > 1 && drawn) {
        return rnn_fail(g->ctx, RNN_OPTION,
                        "%s: option \"beam\" is %zu, which looks for the likeliest text; "
                        "\"temperature\", \"top_k\" and \"top_p\" draw one: give either",
                        g->function, *beam);
    }
    g->sampling = (rnn_sampling){.temperature = seq2seq && !drawn ? 0 : o->temperature,
                                 .top_k = (size_t)o->top_k,
                                 .top_p = o->top_p,
                                 .seed = (uint64_t)o->seed};
    g->stop = o->stop;
    if (o->given[RNN_KEY_length])
        g->length = (size_t)o->length;
    else if (seq2seq)
        g->length = rnn_translator_most(g->model);
    else
        g->length = g->kind == RNN_TOKENS_WORD || g->spaced ? WORDS_LENGTH : TOKENS_LENGTH;
    return RNN_OK;
}

static rnn_status make_buffers(rnn_generator *g, size_t beam, size_t source_steps) {
    const rnn_model *m = g->model;
    rnn_context *ctx = g->ctx;
    size_t O = g->outputs = m->spec.outputs;
    rnn_status status =
        rnn_stepper_create(ctx, m->member, m->members, beam, source_steps, &g->stepper);
    if (status == RNN_OK && beam > 1) {
        status = rnn_beam_create(ctx, g->stepper, O, beam, g->length, &g->beam);
        if (status == RNN_OK) g->found = rnn_alloc_array(ctx, g->length, sizeof *g->found);
        if (status == RNN_OK && !g->found) status = ctx->status;
    }
    if (status) return status;
    g->state = rnn_alloc_array(ctx, rnn_stepper_state_size(g->stepper), sizeof *g->state);
    if (g->state) g->out = rnn_alloc_array(ctx, O, sizeof *g->out);
    if (g->out) g->p = rnn_alloc_array(ctx, O, sizeof *g->p);
    if (g->p) g->scratch = rnn_alloc_array(ctx, O, sizeof *g->scratch);
    if (g->scratch) g->banned = rnn_alloc_array_zero(ctx, O, sizeof *g->banned);
    if (!g->banned) return ctx->status;
    for (size_t i = 0; i < RNN_WORD_END && i < O; i++) g->banned[i] = 1;
    return RNN_OK;
}

static rnn_status start(rnn_generator *g, const rnn_value *prompt, size_t count,
                        const rnn_options *options) {
    const rnn_sequence_model *q = &g->model->sequence;
    rnn_options defaults;
    size_t beam, steps = 0;
    rnn_status status = check_model(g);
    if (status) return status;
    int seq2seq = g->model->options.task == RNN_TASK_SEQ2SEQ;
    rnn_text_settings settings = q->text;
    if (!seq2seq) settings.max_tokens = 0; /* how a long prompt ends is what counts */
    rnn_tokenizer_init(&g->tokenizer, g->ctx, &settings);
    g->words = seq2seq ? &q->target_vocabulary : &g->model->input[0].vocabulary;
    g->kind = seq2seq ? q->target_text.kind : q->text.kind;
    g->spaced = q->shape == RNN_SHAPE_STEPS;
    if (!options) rnn_options_default(&defaults);
    status = settle(g, options ? options : &defaults, &beam);
    if (status == RNN_OK && seq2seq) status = read_source(g, prompt, count, &steps);
    if (status == RNN_OK) status = make_buffers(g, beam, steps ? steps : 1);
    if (status) return status;
    if (!seq2seq) return read_prompt(g, prompt);
    g->last = RNN_WORD_BEGIN;
    g->ended = steps == 0;
    if (g->ended) return RNN_OK;
    rnn_batch_layout(&g->source, &steps, 1);
    rnn_pool_run(NULL, 1, encode_task, g);
    return RNN_OK;
}

rnn_status rnn_generator_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                const rnn_value *prompt, size_t count, const rnn_options *options,
                                rnn_generator **out) {
    *out = NULL;
    rnn_generator *g = rnn_alloc_zero(ctx, sizeof *g);
    if (!g) return ctx->status;
    g->ctx = ctx;
    g->function = function;
    g->model = model;
    rnn_writer_init(&g->text, ctx);
    rnn_status status = start(g, prompt, count, options);
    if (status == RNN_OK) {
        *out = g;
    } else {
        rnn_generator_free(g);
    }
    return status;
}

void rnn_generator_free(rnn_generator *g) {
    if (!g) return;
    rnn_context *ctx = g->ctx;
    rnn_tokenizer_free(&g->tokenizer);
    rnn_batch_free(ctx, &g->source);
    rnn_beam_free(g->beam);
    rnn_stepper_free(g->stepper);
    rnn_writer_free(&g->text);
    rnn_free(ctx, g->prompt);
    rnn_free(ctx, g->state);
    rnn_free(ctx, g->out);
    rnn_free(ctx, g->p);
    rnn_free(ctx, g->scratch);
    rnn_free(ctx, g->banned);
    rnn_free(ctx, g->found);
    rnn_free(ctx, g->queue);
    rnn_free(ctx, g);
}

/* ---- producing tokens ---- */

/* Probabilities of the next token without temperature and cuts. */
static void plain_distribution(rnn_generator *g) {
    const rnn_sampling plain = {.temperature = 1, .top_p = 1};
    rnn_sampling_distribution(&plain, g->out, g->banned, g->outputs, g->p, g->scratch);
}

static rnn_status search(rnn_generator *g) {
    double log_probability;
    g->searched = 1;
    return rnn_beam_run(g->beam, g->state, g->last, RNN_WORD_END, g->banned, g->length, g->found,
                        &g->found_count, &log_probability);
}

/* The next token of the text, the end token at its end. */
static rnn_status choose(rnn_generator *g, uint32_t *token, double *probability) {
    const rnn_sampling *s = &g->sampling;
    rnn_status status = rnn_check(g->ctx);
    *token = RNN_WORD_END;
    if (status || g->produced == g->length) return status;
    if (g->beam && !g->searched && (status = search(g)) != RNN_OK) return status;
    if (g->beam && g->produced == g->found_count) return RNN_OK;
    step(g);
    if (g->beam) {
        *token = g->found[g->produced];
        plain_distribution(g);
    } else {
        rnn_sampling_distribution(s, g->out, g->banned, g->outputs, g->p, g->scratch);
        *token = rnn_sampling_choose(s, g->p, g->outputs, g->produced);
        if (s->top_k || s->top_p < 1 || (s->temperature > 0 && s->temperature != 1))
            plain_distribution(g);
    }
    if (*token >= g->words->count || *token < g->words->specials) *token = RNN_WORD_END;
    *probability = g->p[*token];
    return RNN_OK;
}

/* Drops from the text and the queue what was given. */
static void forget_given(rnn_generator *g) {
    size_t from = g->queue_first < g->count ? g->queue[g->queue_first].start : g->text.size;
    if (g->queue_first == 0) return;
    g->count -= g->queue_first;
    memmove(g->queue, g->queue + g->queue_first, g->count * sizeof *g->queue);
    for (size_t i = 0; i < g->count; i++) {
        g->queue[i].start -= from;
        g->queue[i].word -= from;
        g->queue[i].end -= from;
    }
    g->text.size -= from;
    if (g->text.size) memmove(g->text.data, g->text.data + from, g->text.size);
    g->queue_first = 0;
}

static rnn_status enqueue(rnn_generator *g, const rnn_token *t, double probability) {
    queued q = {.start = g->text.size, .probability = probability};
    if (g->count == g->capacity) {
        size_t capacity = 2 * g->capacity + 8;
        queued *grown = rnn_realloc(g->ctx, g->queue, capacity * sizeof *grown);
        if (!grown) return g->ctx->status;
        g->queue = grown;
        g->capacity = capacity;
    }
    if (g->before.p &&
        (g->spaced || (g->kind == RNN_TOKENS_WORD && rnn_token_space(&g->before, t))))
        rnn_write_u8(&g->text, ' ');
    q.word = g->text.size;
    rnn_write_bytes(&g->text, t->p, t->n);
    q.end = g->text.size;
    g->queue[g->count++] = q;
    g->before = *t;
    return g->text.status;
}

/* Whether the text goes on from `at` with a stop text, with a part of it up to its end. */
typedef struct agreement {
    int whole, part;
} agreement;

static agreement find_stop(const rnn_generator *g, size_t at) {
    agreement a = {0, 0};
    for (size_t i = 0; i < g->stop.n; i++) {
        const rnn_option_text *stop = &g->stop.v[i];
        size_t left = g->text.size - at, n = left < stop->n ? left : stop->n;
        if (memcmp(g->text.data + at, stop->s, n) != 0) continue;
        a.whole |= n == stop->n;
        a.part |= n < stop->n;
    }
    return a;
}

/* Ends the text before a stop text that is in it. */
static void stop_at(rnn_generator *g, size_t at) {
    g->ended = 1;
    while (g->count > g->queue_first && g->queue[g->count - 1].word >= at) g->count--;
    if (g->count > g->queue_first && g->queue[g->count - 1].end > at)
        g->queue[g->count - 1].end = at;
}

/* Bytes of the text that no stop text can reach any more. Ends the text where there is one. */
static size_t settled(rnn_generator *g) {
    size_t end = g->text.size;
    for (size_t at = 0; g->stop.n && at < g->text.size && !g->ended; at++) {
        agreement a = find_stop(g, at);
        if (a.whole) stop_at(g, at);
        if (a.part && at < end) end = at;
    }
    return end;
}

static rnn_status produce(rnn_generator *g) {
    uint32_t token;
    double probability = 0;
    rnn_token t;
    forget_given(g);
    rnn_status status = choose(g, &token, &probability);
    if (status) return status;
    g->ended = token == RNN_WORD_END;
    if (g->ended) return RNN_OK;
    g->last = token;
    g->produced++;
    t.p = rnn_vocabulary_word(g->words, token, &t.n);
    return enqueue(g, &t, probability);
}

/* The next token that is surely part of the text. */
static rnn_status take(rnn_generator *g, queued *out) {
    for (;;) {
        size_t end = settled(g);
        if (g->queue_first < g->count && (g->ended || g->queue[g->queue_first].end <= end)) {
            *out = g->queue[g->queue_first++];
            return RNN_OK;
        }
        if (g->ended) return RNN_DONE;
        rnn_status status = produce(g);
        if (status) return status;
    }
}

rnn_status rnn_generator_next(rnn_generator *g, rnn_generated *token) {
    queued q;
    memset(token, 0, sizeof *token);
    rnn_status status = take(g, &q);
    if (status) return status;
    *token = (rnn_generated){++g->position, (const char *)g->text.data + q.word, q.end - q.word,
                             q.probability};
    return RNN_OK;
}

rnn_status rnn_generator_text(rnn_generator *g, size_t most_bytes, char **text, size_t *n) {
    rnn_writer w;
    rnn_status status;
    queued q;
    *text = NULL;
    *n = 0;
    rnn_writer_init(&w, g->ctx);
    while ((status = take(g, &q)) == RNN_OK) {
        rnn_write_bytes(&w, g->text.data + q.start, q.end - q.start);
        if (w.size > most_bytes)
            status = rnn_fail(g->ctx, RNN_LIMIT,
                              "%s: the text has passed %zu bytes, the most that a text may have "
                              "here; give a smaller \"length\", or read tokens in FROM",
                              g->function, most_bytes);
        if (status == RNN_OK) status = w.status;
        if (status) break;
    }
    if (status == RNN_DONE) {
        rnn_write_u8(&w, 0);
        status = w.status;
    }
    if (status) {
        rnn_writer_free(&w);
        return status;
    }
    *n = w.size - 1;
    *text = (char *)w.data;
    return RNN_OK;
}

/* ---- suggestions ---- */

rnn_status rnn_generator_suggest(rnn_generator *g, size_t k, rnn_generated *token, size_t *count) {
    *count = 0;
    if (g->model->options.task != RNN_TASK_GENERATE) {
        return rnn_fail(g->ctx, RNN_MISUSE,
                        "%s: the model's task is seq2seq: a source has no next token; use "
                        "rnn_generate or rnn_predict",
                        g->function);
    }
    if (!g->prefix.p) step(g);
    /* Suggestions are tokens: the end of the text is none. */
    for (size_t i = 0; i < g->outputs; i++) {
        size_t n;
        const char *p = rnn_vocabulary_word(g->words, i, &n);
        g->banned[i] =
            i < RNN_TEXT_SPECIALS ||
            (g->prefix.p && (n < g->prefix.n || memcmp(p, g->prefix.p, g->prefix.n) != 0));
    }
    plain_distribution(g);
    size_t n = rnn_sampling_top(g->p, g->outputs, k, g->scratch);
    for (size_t i = 0; i < n; i++) {
        token[i].position = (int64_t)i + 1;
        token[i].text = rnn_vocabulary_word(g->words, g->scratch[i], &token[i].n);
        token[i].probability = g->p[g->scratch[i]];
    }
    *count = n;
    return RNN_OK;
}
