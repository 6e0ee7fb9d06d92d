/* single.c - one sequence at a time; see predictor.h.
**
** What sequence_build.c does for a table of rows is done here for one row into buffers that stay:
** they grow to the longest sequence so far, then nothing is allocated. The input of the last call is
** kept with its outputs, so that the class and several probabilities of one text cost one pass.
*/
#include <math.h>
#include <string.h>

#include "answer.h"
#include "cells.h"
#include "patches.h"
#include "pool.h"
#include "predictor.h"
#include "sequences_internal.h"
#include "translator.h"
#include "vectors.h"

struct rnn_single {
    rnn_context *ctx;
    const rnn_model *model;
    rnn_tokenizer tokenizer;
    uint32_t *bag_start, *bag_item; /* of the vocabulary, then of this text's unknown words */
    size_t bag_words, bag_items;    /* of the vocabulary */
    size_t word_room, item_room;    /* beyond those */
    rnn_bags bags;                  /* view of them */
    size_t unknown;                 /* words of this text that have bags */
    rnn_batch batch;                /* the sequence */
    rnn_workspace *work;
    rnn_translator *translator;  /* seq2seq */
    size_t steps;                /* room of the three above */
    real *out, *logits, *spread; /* [O] of a member; of all; scratch of the mixture */
    double *p;                   /* [classes] */
    size_t best;                 /* likeliest class */
    uint32_t *key[RNN_WIDE_PARTS];
    size_t key_room[RNN_WIDE_PARTS];
    rnn_keys keys[RNN_WIDE_PARTS];
    real *raw; /* [raw_room] numbers of an array */
    size_t raw_room, spread_room;
    rnn_wide_input wide; /* what the linear models read */
    double *x;           /* [x_room] elements of an array; values of a vector input */
    size_t x_room;
    uint32_t *token; /* seq2seq: [most] the text written */
    size_t tokens;
    rnn_token *word; /* [most] */
    rnn_writer text;
    char *last; /* bytes of the last input; valid where the outputs are its */
    size_t last_room, last_size;
    rnn_value_type last_type;
};

static int task_of(const rnn_single *s) { return s->model->options.task; }

/* An error of the reader's own context becomes one of the call. */
static rnn_status pass_on(const rnn_single *s, rnn_context *call, rnn_status status) {
    return status ? rnn_fail(call, status, "%s", s->ctx->message) : RNN_OK;
}

/* *buffer has room for n elements; what was in it is lost where it grows. */
static rnn_status grow(rnn_context *ctx, void *buffer, size_t *room, size_t n, size_t size) {
    void **at = buffer;
    if (*at && n <= *room) return RNN_OK;
    rnn_free(ctx, *at);
    *at = rnn_alloc_array(ctx, n, 2 * size);
    *room = *at ? 2 * n : 0;
    return *at ? RNN_OK : ctx->status;
}

/* ---- words ---- */

/* The parts of the vocabulary's words, once. */
static rnn_status make_bags(rnn_single *s) {
    const rnn_model *m = s->model;
    rnn_word_reader reader;
    rnn_bags bags;
    if (m->input[0].kind != RNN_INPUT_TEXT || !m->spec.subwords[0]) return RNN_OK;
    rnn_status status =
        rnn_word_reader_init(s->ctx, &reader, &m->input[0].vocabulary, m->spec.subwords[0]);
    if (status) return status;
    status = rnn_word_reader_bags(&reader, &m->sequence.grams, &bags);
    rnn_word_reader_free(&reader);
    if (status) return status;
    s->bag_start = (uint32_t *)bags.start; /* made for us: not const */
    s->bag_item = (uint32_t *)bags.item;
    s->bag_words = bags.words;
    s->bag_items = bags.start[bags.words];
    return RNN_OK;
}

/* Room for the parts of all tokens of the text, behind those of the vocabulary. */
static rnn_status reserve_bags(rnn_single *s) {
    const rnn_tokenizer *t = &s->tokenizer;
    size_t words = t->count, items = 0;
    for (size_t i = 0; i < words; i++)
        items += rnn_word_grams_most(&s->model->sequence.grams, t->token[i].n);
    if (words > s->word_room) {
        uint64_t room = s->bag_words + 2 * (uint64_t)words;
        uint32_t *start = rnn_realloc(s->ctx, s->bag_start, (room + 1) * sizeof *start);
        if (!start) return s->ctx->status;
        s->bag_start = start;
        s->word_room = 2 * words;
    }
    if (items > s->item_room) {
        uint64_t room = s->bag_items + 2 * (uint64_t)items;
        uint32_t *item = rnn_realloc(s->ctx, s->bag_item, room * sizeof *item);
        if (!item) return s->ctx->status;
        s->bag_item = item;
        s->item_room = 2 * items;
    }
    return RNN_OK;
}

static uint32_t word_id(rnn_single *s, const rnn_token *t) {
    const rnn_model *m = s->model;
    uint32_t id = rnn_vocabulary_find(&m->input[0].vocabulary, t->p, t->n);
    if (id != RNN_WORD_UNKNOWN || !s->bag_start) return id;
    size_t w = s->bag_words + s->unknown++, at = s->bag_start[w];
    size_t n = rnn_word_grams(&m->sequence.grams, t->p, t->n, m->spec.subwords[0], s->bag_item + at,
                              s->bag_items + s->item_room - at);
    s->bag_start[w + 1] = (uint32_t)(at + n);
    return (uint32_t)w;
}

/* Features of the text for the linear models. */
static rnn_status find_keys(rnn_single *s) {
    const rnn_tokenizer *t = &s->tokenizer;
    for (int p = 0; p < RNN_WIDE_PARTS && s->model->sequence.wide_order; p++) {
        rnn_wide_part part = (rnn_wide_part)p;
        size_t most = rnn_wide_most(s->model, part, t->token, t->count);
        rnn_status status = grow(s->ctx, &s->key[p], &s->key_room[p], most, 2 * sizeof **s->key);
        if (status) return status;
        size_t n = rnn_wide_keys(s->model, part, t->token, t->count, s->key[p], s->key_room[p]);
        s->keys[p] = (rnn_keys){s->key[p], n};
    }
    return RNN_OK;
}

/* ---- room ---- */

static rnn_status make_room(rnn_single *s, size_t steps) {
    const rnn_model *m = s->model;
    const rnn_net_spec *spec = &m->spec;
    rnn_status status;
    if (s->steps && steps <= s->steps) return RNN_OK;
    steps = steps < 16 ? 16 : steps + steps / 2;
    rnn_batch_free(s->ctx, &s->batch);
    rnn_workspace_free(s->work);
    rnn_translator_free(s->translator);
    s->work = NULL;
    s->translator = NULL;
    s->steps = 0;
    status = rnn_batch_init(s->ctx, &s->batch, 1, steps, spec->numbers, spec->categories, 1);
    if (status) return status;
    if (task_of(s) == RNN_TASK_SEQ2SEQ) {
        status = rnn_translator_create(s->ctx, m, steps, &s->translator);
    } else {
        rnn_workspace_size size = {1, steps, steps, 1, 0, 0};
        status = rnn_workspace_create(s->ctx, spec, &size, 0, &s->work);
    }
    if (status == RNN_OK) s->steps = steps;
    return status;
}

/* ---- reading ---- */

static rnn_status bad_input(rnn_context *call, const char *function, const rnn_value *v,
                            const char *advice) {
    char shown[RNN_VALUE_LABEL];
    return rnn_fail(call, RNN_DATA, "%s: the input is %s; %s", function,
                    rnn_value_print(v, shown, sizeof shown), advice);
}

static rnn_status read_text(rnn_single *s, rnn_context *call, const char *function,
                            const rnn_value *v, size_t *steps) {
    if (v->type != RNN_TEXT)
        return bad_input(
            call, function, v,
            "the model reads text: use CAST(... AS TEXT), or NULL where there is none");
    rnn_tokenizer *t = &s->tokenizer;
    rnn_status status = rnn_tokenize(t, v->p, v->n);
    *steps = t->count ? t->count : 1; /* an empty text is one unknown word */
    if (status == RNN_OK) status = make_room(s, *steps);
    if (status == RNN_OK && s->bag_start) status = reserve_bags(s);
    if (status == RNN_OK) status = find_keys(s);
    if (status) return pass_on(s, call, status);
    s->unknown = 0;
    s->batch.ids[0] = RNN_WORD_UNKNOWN;
    for (size_t i = 0; i < t->count; i++) s->batch.ids[i] = word_id(s, &t->token[i]);
    if (s->bag_start) s->bags = (rnn_bags){s->bag_start, s->bag_item, s->bag_words + s->unknown};
    return RNN_OK;
}

/* A numeric sequence, numbers [*steps x width], into the batch: as it is, or cut into patches, of
** which *steps then says how many. */
static rnn_status set_series(rnn_single *s, const real *numbers, size_t width, size_t *steps) {
    const rnn_model *m = s->model;
    size_t raw = *steps, read = rnn_patch_steps(m, raw);
    rnn_status status = make_room(s, read);
    if (status == RNN_OK)
        status = grow(s->ctx, &s->spread, &s->spread_room, rnn_answer_scratch(m, raw),
                      sizeof *s->spread);
    *steps = read;
    if (status || read == 0) return status;
    s->wide.numbers = numbers;
    s->wide.stride = width;
    s->wide.steps = raw;
    rnn_batch_layout(&s->batch, &read, 1);
    if (rnn_model_is_whole(m)) {
        rnn_patch_fill(m, numbers, raw, NULL, 0, &s->batch);
    } else {
        memcpy(s->batch.numbers, numbers, raw * width * sizeof *numbers);
    }
    return RNN_OK;
}

static rnn_status read_array(rnn_single *s, rnn_context *call, const char *function,
                             const rnn_value *v, size_t *steps) {
    const rnn_model *m = s->model;
    const rnn_input_column *in = &m->input[0];
    size_t width = rnn_model_numbers(m) + m->sequence.derived;
    const char *wrong = rnn_vector_read(v, s->x, s->x_room, steps);
    if (wrong) return bad_input(call, function, v, wrong);
    rnn_status status = grow(s->ctx, &s->raw, &s->raw_room, *steps * width, sizeof *s->raw);
    if (status == RNN_OK && *steps > s->x_room) {
        status = grow(s->ctx, &s->x, &s->x_room, *steps, sizeof *s->x);
        if (status == RNN_OK) rnn_vector_read(v, s->x, s->x_room, steps);
    }
    if (status) return pass_on(s, call, status);
    for (size_t i = 0; i < *steps; i++) {
        double z = (s->x[i] - in->mean[0]) / in->scale[0];
        real *to = s->raw + i * width;
        to[0] = (real)fmin(fmax(z, -RNN_INPUT_CUT), RNN_INPUT_CUT);
        to[1] = 0;
    }
    rnn_sequence_set set = {.numbers = s->raw, .number_width = width};
    rnn_derive_sequence(m, &(rnn_sequence){.steps = *steps}, &set);
    return pass_on(s, call, set_series(s, s->raw, width, steps));
}

/* The sequence into s->batch; *steps 0: all inputs are NULL. */
static rnn_status read_inputs(rnn_single *s, rnn_context *call, const char *function,
                              const rnn_value *inputs, size_t n, size_t *steps) {
    rnn_input_kind kind = s->model->input[0].kind;
    size_t known = 0;
    *steps = 0;
    for (size_t k = 0; k < n; k++) known += inputs[k].type != RNN_NULL;
    if (known == 0) return RNN_OK;
    if (kind == RNN_INPUT_TEXT) return read_text(s, call, function, inputs, steps);
    if (kind == RNN_INPUT_SEQUENCE) return read_array(s, call, function, inputs, steps);
    rnn_status status = make_room(s, 1);
    if (status == RNN_OK)
        status = grow(s->ctx, &s->x, &s->x_room, rnn_cells_widest(s->model), sizeof *s->x);
    if (status) return pass_on(s, call, status);
    *steps = 1;
    memset(s->batch.numbers, 0, s->batch.number_width * sizeof(real));
    return rnn_cells_read(call, function, s->model, inputs, s->x, s->batch.numbers, s->batch.ids);
}

/* ---- running ---- */

static void forward(rnn_single *s) {
    const rnn_model *m = s->model;
    const rnn_pass pass = {0, 0, 0, NULL, NULL};
    size_t O = m->spec.outputs;
    memset(s->logits, 0, O * sizeof *s->logits);
    for (size_t i = 0; i < m->members; i++) {
        rnn_net_forward(m->member[i], &s->batch, &pass, s->work, s->out);
        for (size_t k = 0; k < O; k++) s->logits[k] += s->out[k];
    }
    for (size_t k = 0; k < O; k++) s->logits[k] /= (real)m->members;
}

/* Task: the network's arithmetic happens in the mode of pool tasks, here as for whole tables. */
static void run(void *arg, size_t task) {
    rnn_single *s = arg;
    const rnn_bags *bags = s->bag_start ? &s->bags : NULL;
    double log_probability;
    (void)task;
    if (s->translator) {
        rnn_translator_run(s->translator, s->batch.steps, s->batch.numbers, s->batch.ids, bags,
                           s->token, &s->tokens, &log_probability);
        return;
    }
    s->batch.bags = bags;
    s->batch.outputs = 1;
    s->batch.out_row[0] = 0; /* pooled: not looked at */
    forward(s);
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) s->wide.keys[p] = &s->keys[p];
    rnn_answer_blend(s->model, &s->wide, s->spread, s->logits);
    if (task_of(s) != RNN_TASK_CLASSIFY) return;
    s->best = rnn_answer_class(s->model, s->logits, s->p);
}

static int is_last(const rnn_single *s, const rnn_value *v, size_t n) {
    return n == 1 && s->last_type == v->type && (v->type == RNN_TEXT || v->type == RNN_BLOB) &&
           v->n == s->last_size && memcmp(v->p, s->last, v->n) == 0;
}

/* Remember the input that the outputs belong to. */
static rnn_status keep_last(rnn_single *s, const rnn_value *v, size_t n) {
    if (n != 1 || (v->type != RNN_TEXT && v->type != RNN_BLOB)) return RNN_OK;
    rnn_status status = grow(s->ctx, &s->last, &s->last_room, v->n, 1);
    if (status) return status;
    if (v->n) memcpy(s->last, v->p, v->n);
    s->last_size = v->n;
    s->last_type = v->type;
    return RNN_OK;
}

static rnn_status check_use(const rnn_single *s, rnn_context *call, const char *function,
                            unsigned tasks, size_t n) {
    const rnn_model *m = s->model;
    rnn_status status = rnn_answer_check_model(call, function, m, tasks);
    if (status) return status;
    if (m->sequence.shape == RNN_SHAPE_STEPS) {
        return rnn_fail(call, RNN_MISUSE,
                        "%s: the model was trained on a step a row; use rnn_predict(model, rows) "
                        "in FROM, or rnn_score(model, time, input...) as a window function",
                        function);
    }
    if (n == m->inputs) return RNN_OK;
    return rnn_fail(call, RNN_DATA,
                    "%s: %zu input%s given; the model was trained with %zu, and takes them without "
                    "the target",
                    function, n, n == 1 ? " is" : "s are", m->inputs);
}

/* Outputs for the inputs; *empty: all of them are NULL. */
static rnn_status answer(rnn_single *s, rnn_context *call, const char *function,
                         const rnn_value *inputs, size_t n, int *empty) {
    size_t steps;
    *empty = 0;
    if (is_last(s, inputs, n)) return RNN_OK;
    s->last_type = RNN_NULL;
    rnn_status status = read_inputs(s, call, function, inputs, n, &steps);
    *empty = steps == 0;
    if (status || *empty) return status;
    rnn_batch_layout(&s->batch, &steps, 1);
    rnn_pool_run(NULL, 1, run, s);
    return pass_on(s, call, keep_last(s, inputs, n));
}

/* ---- predictor.h ---- */

static rnn_status make(rnn_single *s) {
    const rnn_model *m = s->model;
    rnn_context *ctx = s->ctx;
    size_t O = m->spec.outputs, K = m->sequence.classes;
    rnn_tokenizer_init(&s->tokenizer, ctx, &m->sequence.text);
    rnn_writer_init(&s->text, ctx);
    /* Models that it is not for are refused when it is used, with the function's name. */
    if (m->options.task == RNN_TASK_FORECAST) return RNN_OK;
    if (m->sequence.shape == RNN_SHAPE_STEPS && !rnn_model_is_whole(m)) return RNN_OK;
    if (m->options.task == RNN_TASK_SEQ2SEQ) {
        s->token = rnn_alloc_array(ctx, rnn_translator_most(m), sizeof *s->token);
        if (s->token) s->word = rnn_alloc_array(ctx, rnn_translator_most(m), sizeof *s->word);
        if (!s->word) return ctx->status;
    } else {
        s->out = rnn_alloc_array(ctx, O, sizeof *s->out);
        if (s->out) s->logits = rnn_alloc_array(ctx, O, sizeof *s->logits);
        if (s->logits && grow(ctx, &s->spread, &s->spread_room, RNN_WIDE_PARTS * O, sizeof(real)))
            return ctx->status;
        if (s->spread) s->p = rnn_alloc_array(ctx, K, sizeof *s->p);
        if (!s->p) return ctx->status;
    }
    return make_bags(s);
}

rnn_status rnn_single_create(rnn_context *ctx, const rnn_model *model, rnn_single **out) {
    *out = NULL;
    rnn_single *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->model = model;
    rnn_status status = make(s);
    if (status == RNN_OK) {
        *out = s;
    } else {
        rnn_single_free(s);
    }
    return status;
}

void rnn_single_free(rnn_single *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    rnn_tokenizer_free(&s->tokenizer);
    rnn_writer_free(&s->text);
    rnn_batch_free(ctx, &s->batch);
    rnn_workspace_free(s->work);
    rnn_translator_free(s->translator);
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) rnn_free(ctx, s->key[p]);
    rnn_free(ctx, s->bag_start);
    rnn_free(ctx, s->bag_item);
    rnn_free(ctx, s->out);
    rnn_free(ctx, s->logits);
    rnn_free(ctx, s->spread);
    rnn_free(ctx, s->raw);
    rnn_free(ctx, s->p);
    rnn_free(ctx, s->x);
    rnn_free(ctx, s->token);
    rnn_free(ctx, s->word);
    rnn_free(ctx, s->last);
    rnn_free(ctx, s);
}

rnn_status rnn_single_predict(rnn_single *s, rnn_context *call, const char *function,
                              const rnn_value *inputs, size_t n, rnn_value *prediction) {
    const rnn_model *m = s->model;
    unsigned tasks = 1u << RNN_TASK_CLASSIFY | 1u << RNN_TASK_REGRESS | 1u << RNN_TASK_SEQ2SEQ;
    int empty = 0;
    *prediction = (rnn_value){.type = RNN_NULL};
    rnn_status status = check_use(s, call, function, tasks, n);
    if (status == RNN_OK) status = answer(s, call, function, inputs, n, &empty);
    if (status || empty) return status;
    if (m->options.task == RNN_TASK_CLASSIFY) {
        *prediction = m->sequence.class_value[s->best];
    } else if (m->options.task == RNN_TASK_REGRESS) {
        *prediction = rnn_answer_number(m, s->logits);
    } else {
        s->text.size = 0;
        rnn_translator_text(m, s->token, s->tokens, s->word, &s->text);
        const char *p = s->text.size ? (const char *)s->text.data : "";
        *prediction = (rnn_value){.type = RNN_TEXT, .p = p, .n = s->text.size};
        if (s->text.status) status = s->text.status;
        s->text.status = RNN_OK;
    }
    return pass_on(s, call, status);
}

rnn_status rnn_single_series(rnn_single *s, const real *numbers, size_t steps, const real **out) {
    *out = s->logits;
    s->last_type = RNN_NULL;
    rnn_status status = set_series(s, numbers, rnn_model_numbers(s->model), &steps);
    if (status == RNN_OK) rnn_pool_run(NULL, 1, run, s);
    return status;
}

rnn_status rnn_single_probability(rnn_single *s, rnn_context *call, const char *function,
                                  const rnn_value *class_value, const rnn_value *inputs, size_t n,
                                  double *probability) {
    int empty = 0;
    *probability = NAN;
    rnn_status status = check_use(s, call, function, 1u << RNN_TASK_CLASSIFY, n);
    if (status) return status;
    int64_t k = rnn_class_find(s->model, class_value);
    if (k < 0) return RNN_OK;
    status = answer(s, call, function, inputs, n, &empty);
    if (status == RNN_OK && !empty) *probability = s->p[k];
    return status;
}
