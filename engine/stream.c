/* stream.c - see stream.h. */
#include "stream.h"

#include <math.h>
#include <string.h>

#include "answer.h"
#include "cells.h"
#include "forecast_stream.h"
#include "model_internal.h"
#include "pool.h"
#include "predictor.h"
#include "sequences_internal.h"
#include "stepper.h"

#define MAGIC "RNNSTATE"

enum { VERSION = 1, CHECKSUM_AT = 12, SIZE_AT = 16, HEADER = 24 };

/* Parts of the words of one category, with a place behind them for those of an unknown word. */
typedef struct word_parts {
    uint32_t *start, *item;
    size_t words, known; /* entries of the vocabulary; items of theirs */
    size_t room;         /* items behind them */
} word_parts;

struct rnn_stream {
    rnn_context *ctx;
    const char *function;
    const rnn_model *model;
    rnn_forecast_stream *forecast; /* task forecast; the rest is of the others */
    rnn_single *whole; /* reads the series so far anew for each output; no stepper then */
    real *series;      /* [series_room x width] */
    size_t series_room;
    int current; /* 1: `answer` is of all rows so far */
    rnn_stepper *stepper;
    uint64_t fingerprint, rows;
    rnn_time_style style;
    double time; /* of the last row; NaN: NULL */
    size_t state_size, width, words, outputs;
    real *initial, *state; /* [state_size] before the first row, now */
    real *numbers;         /* [width] of the step, derived ones included */
    real *patch;           /* [RNN_PATCH x width] the last steps' inputs, in turn */
    size_t newest;         /* of them */
    uint32_t *ids;         /* [words] */
    real *out;             /* [outputs] */
    double *scratch;
    word_parts *parts; /* [words] */
    rnn_bags *bags;    /* [words] views of them */
    double answer;     /* number; class; token */
};

static int task_of(const rnn_stream *s) { return s->model->options.task; }

/* ---- life ---- */

static rnn_status refuse_model(rnn_context *ctx, const char *function, const rnn_model *m) {
    static const char *const fits[RNN_TASKS] = {
        [RNN_TASK_FORECAST] = "rnn_forecast(model, rows), rnn_backtest(model, rows)",
        [RNN_TASK_CLASSIFY] = "rnn_predict(model, input), rnn_predict(model, rows)",
        [RNN_TASK_REGRESS] = "rnn_predict(model, input), rnn_predict(model, rows)",
        [RNN_TASK_GENERATE] = "rnn_generate(model, prompt)",
        [RNN_TASK_SEQ2SEQ] = "rnn_generate(model, source), rnn_predict(model, source)",
    };
    int task = m->options.task, bidirectional = m->spec.bidirectional;
    if (m->forecast.recipe.any_step)
        return rnn_fail(
            ctx, RNN_MISUSE,
            "%s: this model takes its time step from the rows, which come one by one "
            "here; make one of your data with rnn_train('{\"task\":\"forecast\"}', ...) "
            "first, or use rnn_forecast(model, rows)",
            function);
    if (task == RNN_TASK_FORECAST || m->sequence.shape == RNN_SHAPE_STEPS) {
        if (!bidirectional || rnn_model_is_whole(m)) return RNN_OK;
        return rnn_fail(ctx, RNN_MISUSE,
                        "%s: the model is bidirectional: it reads a series from its end, too, and "
                        "cannot take rows as they come; use %s, or train it with "
                        "\"bidirectional\":false",
                        function,
                        task == RNN_TASK_FORECAST ? fits[task] : "rnn_predict(model, rows)");
    }
    return rnn_fail(ctx, RNN_MISUSE,
                    "%s: the model (task \"%s\") was trained on rows that are whole sequences, not "
                    "steps of a series; use %s",
                    function, rnn_option_choice(RNN_KEY_task, task), fits[task]);
}

/* Bags of the vocabulary's words, with room to add one. */
static rnn_status make_parts(rnn_stream *s, const rnn_vocabulary *v, size_t subwords,
                             word_parts *p) {
    rnn_word_reader reader;
    rnn_bags bags = {0};
    rnn_status status = rnn_word_reader_init(s->ctx, &reader, v, subwords);
    if (status == RNN_OK) status = rnn_word_reader_bags(&reader, &s->model->sequence.grams, &bags);
    rnn_word_reader_free(&reader);
    if (status) return status;
    p->start =
        (uint32_t *)bags.start; /* ours now: made here, and const only for those who borrow */
    p->item = (uint32_t *)bags.item;
    p->words = bags.words;
    p->known = bags.start[bags.words];
    uint32_t *start = rnn_realloc(s->ctx, p->start, (bags.words + 2) * sizeof *start);
    if (!start) return s->ctx->status;
    p->start = start;
    start[bags.words + 1] = start[bags.words];
    return RNN_OK;
}

static void show_bags(rnn_stream *s, size_t c) {
    const word_parts *p = &s->parts[c];
    s->bags[c] = (rnn_bags){p->start, p->item, p->words + 1};
}

static rnn_status make_words(rnn_stream *s) {
    const rnn_model *m = s->model;
    rnn_status status = RNN_OK;
    s->parts = rnn_alloc_array_zero(s->ctx, s->words, sizeof *s->parts);
    if (s->parts) s->bags = rnn_alloc_array_zero(s->ctx, s->words, sizeof *s->bags);
    if (!s->bags) return s->ctx->status;
    for (size_t k = 0, c = 0; k < m->inputs && status == RNN_OK; k++) {
        if (!rnn_input_has_words(m->input[k].kind)) continue;
        if (m->spec.subwords[c]) {
            status = make_parts(s, &m->input[k].vocabulary, m->spec.subwords[c], &s->parts[c]);
            if (status == RNN_OK) show_bags(s, c);
        }
        c++;
    }
    return status;
}

/* Task: arithmetic is done in the mode of pool tasks, as that of whole tables is. */
static void step_task(void *arg, size_t task) {
    rnn_stream *s = arg;
    real *state[1] = {s->state};
    (void)task;
    rnn_stepper_step(s->stepper, 1, s->numbers, s->ids, s->bags, state, s->out);
}

static void step(rnn_stream *s) { rnn_pool_run(NULL, 1, step_task, s); }

/* A model that reads whole series: rows are kept. */
static rnn_status make_whole(rnn_stream *s) {
    const rnn_model *m = s->model;
    s->width = rnn_model_numbers(m);
    s->outputs = m->spec.outputs;
    s->numbers = rnn_alloc_array_zero(s->ctx, s->width, sizeof *s->numbers);
    if (s->numbers) s->ids = rnn_alloc_array_zero(s->ctx, 1, sizeof *s->ids);
    if (s->ids) s->scratch = rnn_alloc_array(s->ctx, rnn_cells_widest(m), sizeof *s->scratch);
    if (!s->scratch) return s->ctx->status;
    return rnn_single_create(s->ctx, m, &s->whole);
}

static rnn_status make_network(rnn_stream *s) {
    const rnn_model *m = s->model;
    rnn_context *ctx = s->ctx;
    if (rnn_model_is_whole(m)) return make_whole(s);
    rnn_status status = rnn_stepper_create(ctx, m->member, m->members, 1, 0, &s->stepper);
    if (status) return status;
    s->state_size = rnn_stepper_state_size(s->stepper);
    s->width = rnn_model_numbers(m);
    s->words = rnn_model_categories(m);
    s->outputs = m->spec.outputs;
    s->initial = rnn_alloc_array(ctx, s->state_size, sizeof *s->initial);
    if (s->initial) s->state = rnn_alloc_array(ctx, s->state_size, sizeof *s->state);
    if (s->state) s->out = rnn_alloc_array(ctx, s->outputs, sizeof *s->out);
    if (s->out) s->numbers = rnn_alloc_array_zero(ctx, m->spec.numbers, sizeof *s->numbers);
    if (s->numbers) s->patch = rnn_alloc_array(ctx, RNN_PATCH * s->width, sizeof *s->patch);
    if (s->patch) s->ids = rnn_alloc_array_zero(ctx, s->words, sizeof *s->ids);
    if (s->ids) s->scratch = rnn_alloc_array(ctx, rnn_cells_widest(m), sizeof *s->scratch);
    if (!s->scratch) return ctx->status;
    if ((status = make_words(s)) != RNN_OK) return status;
    rnn_stepper_start(s->stepper, s->state);
    if (task_of(s) == RNN_TASK_GENERATE) {
        s->ids[0] = RNN_WORD_BEGIN;
        step(s);
    }
    memcpy(s->initial, s->state, s->state_size * sizeof *s->state);
    return RNN_OK;
}

rnn_status rnn_stream_create(rnn_context *ctx, const char *function, const rnn_model *model,
                             rnn_stream **out) {
    *out = NULL;
    rnn_status status = refuse_model(ctx, function, model);
    if (status) return status;
    rnn_stream *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->function = function;
    s->model = model;
    if (task_of(s) == RNN_TASK_FORECAST) {
        status = rnn_forecast_stream_create(ctx, model, &s->forecast);
    } else {
        status = rnn_answer_check_model(ctx, function, model, ~0u);
        if (status == RNN_OK) status = rnn_model_fingerprint(ctx, model, &s->fingerprint);
        if (status == RNN_OK) status = make_network(s);
    }
    if (status == RNN_OK) {
        rnn_stream_reset(s);
        *out = s;
    } else {
        rnn_stream_free(s);
    }
    return status;
}

void rnn_stream_free(rnn_stream *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    for (size_t c = 0; s->parts && c < s->words; c++) {
        rnn_free(ctx, s->parts[c].start);
        rnn_free(ctx, s->parts[c].item);
    }
    rnn_forecast_stream_free(s->forecast);
    rnn_single_free(s->whole);
    rnn_free(ctx, s->series);
    rnn_stepper_free(s->stepper);
    rnn_free(ctx, s->initial);
    rnn_free(ctx, s->state);
    rnn_free(ctx, s->numbers);
    rnn_free(ctx, s->patch);
    rnn_free(ctx, s->ids);
    rnn_free(ctx, s->out);
    rnn_free(ctx, s->scratch);
    rnn_free(ctx, s->parts);
    rnn_free(ctx, s->bags);
    rnn_free(ctx, s);
}

void rnn_stream_set_function(rnn_stream *s, const char *function) { s->function = function; }

void rnn_stream_reset(rnn_stream *s) {
    if (s->forecast) {
        rnn_forecast_stream_reset(s->forecast);
        return;
    }
    if (s->state) memcpy(s->state, s->initial, s->state_size * sizeof *s->state);
    s->rows = 0;
    s->time = NAN;
    memset(&s->style, 0, sizeof s->style);
}

uint64_t rnn_stream_rows(const rnn_stream *s) {
    return s->forecast ? rnn_forecast_stream_rows(s->forecast) : s->rows;
}

/* ---- a row ---- */

rnn_status rnn_stream_time(rnn_stream *s, const rnn_value *time, double *number) {
    rnn_time_style style;
    *number = NAN;
    return time->type == RNN_NULL ? RNN_OK : rnn_time_parse(s->ctx, time, number, &style);
}

/* The time of the row before, for a message. */
static const char *print_time(const rnn_stream *s, char buf[RNN_VALUE_LABEL]) {
    char text[RNN_TIME_TEXT_BYTES];
    rnn_value v = rnn_time_format(&s->style, s->time, text, sizeof text);
    return rnn_value_print(&v, buf, RNN_VALUE_LABEL);
}

/* A time that may follow; *style is then that of all times. */
static rnn_status read_time(const rnn_stream *s, const rnn_value *v, double *time,
                            rnn_time_style *style) {
    rnn_time_style own = {0};
    char before[RNN_VALUE_LABEL], shown[RNN_VALUE_LABEL];
    *time = NAN;
    *style = s->style;
    if (v->type != RNN_NULL) {
        rnn_status status = rnn_time_parse(s->ctx, v, time, &own);
        if (status == RNN_OK) status = rnn_time_merge(s->ctx, style, &own, v);
        if (status) return status;
    }
    if (s->rows == 0 || *time > s->time || (isnan(*time) && isnan(s->time))) return RNN_OK;
    rnn_value_print(v, shown, sizeof shown);
    if (isnan(*time) || isnan(s->time)) {
        return rnn_fail(s->ctx, RNN_DATA,
                        "%s: time %s follows time %s; give all rows of a series a time, or none",
                        s->function, shown, print_time(s, before));
    }
    return rnn_fail(s->ctx, RNN_DATA,
                    "%s: time %s follows time %s; the rows of a series come in ascending time, "
                    "each time once; several series need PARTITION BY or GROUP BY, or a state of "
                    "their own each",
                    s->function, shown, print_time(s, before));
}

/* The first of the row's inputs, or NULL with the error in the context. */
static const rnn_value *find_inputs(const rnn_stream *s, const rnn_value *row, size_t n) {
    size_t inputs = s->model->inputs;
    if (n == 1 + inputs) return row + 1;
    if (task_of(s) == RNN_TASK_GENERATE) {
        rnn_fail(s->ctx, RNN_DATA,
                 "%s: a row of %zu values; this model (task \"generate\") takes "
                 "2: time, token",
                 s->function, n);
        return NULL;
    }
    if (n == 2 + inputs) return row + 2;
    rnn_fail(s->ctx, RNN_DATA,
             "%s: a row of %zu value%s; this model takes time, target and %zu input%s, %zu values, "
             "or without the target %zu",
             s->function, n, n == 1 ? "" : "s", inputs, inputs == 1 ? "" : "s", inputs + 2,
             inputs + 1);
    return NULL;
}

/* The bag of a word that the vocabulary of category c lacks. */
static rnn_status set_unknown(rnn_stream *s, size_t c, const rnn_value *word) {
    word_parts *p = &s->parts[c];
    const rnn_gram_settings *grams = &s->model->sequence.grams;
    size_t most = rnn_word_grams_most(grams, word->n);
    if (most > p->room) {
        uint32_t *item = rnn_realloc(s->ctx, p->item, (p->known + 2 * most) * sizeof *item);
        if (!item) return s->ctx->status;
        p->item = item;
        p->room = 2 * most;
        show_bags(s, c);
    }
    size_t n = rnn_word_grams(grams, word->p, word->n, s->model->spec.subwords[c],
                              p->item + p->known, p->room);
    p->start[p->words + 1] = (uint32_t)(p->known + n);
    s->ids[c] = (uint32_t)p->words;
    return RNN_OK;
}

static rnn_status read_words(rnn_stream *s, const rnn_value *input) {
    const rnn_model *m = s->model;
    rnn_status status = RNN_OK;
    for (size_t k = 0, c = 0; k < m->inputs && status == RNN_OK; k++) {
        if (!rnn_input_has_words(m->input[k].kind)) continue;
        if (s->parts[c].start && s->ids[c] == RNN_WORD_UNKNOWN && input[k].type == RNN_TEXT)
            status = set_unknown(s, c, &input[k]);
        c++;
    }
    return status;
}

/* The inputs of the step in s->numbers as the newest of the patch, and what derives from it. */
static void derive(rnn_stream *s) {
    const real *around[RNN_PATCH];
    size_t bytes = s->width * sizeof *s->patch;
    if (!s->model->sequence.derived) return;
    for (size_t j = 0; s->rows == 0 && j < RNN_PATCH; j++)
        memcpy(s->patch + j * s->width, s->numbers, bytes);
    s->newest = (s->newest + 1) % RNN_PATCH;
    memcpy(s->patch + s->newest * s->width, s->numbers, bytes);
    for (size_t j = 0; j < RNN_PATCH; j++)
        around[j] = s->patch + (s->newest + 1 + j) % RNN_PATCH * s->width;
    rnn_derive_inputs(s->model, around, s->numbers);
}

static rnn_status read_inputs(rnn_stream *s, const rnn_value *input) {
    char buf[RNN_VALUE_LABEL];
    const char *p;
    size_t n;
    if (task_of(s) == RNN_TASK_GENERATE) {
        s->ids[0] = rnn_token_text(input, buf, sizeof buf, &p, &n)
                        ? rnn_vocabulary_find(&s->model->input[0].vocabulary, p, n)
                        : RNN_WORD_UNKNOWN;
        return RNN_OK;
    }
    rnn_status status =
        rnn_cells_read(s->ctx, s->function, s->model, input, s->scratch, s->numbers, s->ids);
    if (status || s->whole) return status;
    status = read_words(s, input);
    if (status == RNN_OK) derive(s);
    return status;
}

static void answer(rnn_stream *s, const real *out) {
    if (task_of(s) == RNN_TASK_REGRESS) {
        rnn_value v = rnn_answer_number(s->model, out);
        s->answer = v.type == RNN_NULL ? NAN : v.d;
        return;
    }
    /* The specials of a vocabulary are no answer: a row will follow, and it is no unknown one. */
    size_t best = task_of(s) == RNN_TASK_GENERATE ? RNN_TEXT_SPECIALS : 0;
    for (size_t k = best + 1; k < s->outputs; k++) best = out[k] > out[best] ? k : best;
    s->answer = (double)best;
}

/* The row joins the series. */
static rnn_status keep_row(rnn_stream *s) {
    size_t rows = (size_t)s->rows;
    if (rows == s->series_room) {
        size_t room = 2 * rows + 64;
        real *series = rnn_realloc(s->ctx, s->series, (uint64_t)room * s->width * sizeof *series);
        if (!series) return s->ctx->status;
        s->series = series;
        s->series_room = room;
    }
    memcpy(s->series + rows * s->width, s->numbers, s->width * sizeof *s->numbers);
    s->current = 0;
    return RNN_OK;
}

/* The answer for all rows so far. */
static rnn_status read_series(rnn_stream *s) {
    const real *out;
    if (!s->whole || s->current) return RNN_OK;
    rnn_status status = rnn_single_series(s->whole, s->series, (size_t)s->rows, &out);
    if (status) return status;
    answer(s, out);
    s->current = 1;
    return RNN_OK;
}

rnn_status rnn_stream_push(rnn_stream *s, const rnn_value *row, size_t n) {
    rnn_time_style style;
    double time;
    if (s->forecast) return rnn_forecast_stream_push(s->forecast, s->function, row, n);
    const rnn_value *input = find_inputs(s, row, n);
    if (!input) return s->ctx->status;
    rnn_status status = read_time(s, &row[0], &time, &style);
    if (status == RNN_OK) status = read_inputs(s, input);
    if (status == RNN_OK && s->whole) status = keep_row(s);
    if (status) return status;
    if (!s->whole) step(s);
    s->rows++;
    s->time = time;
    s->style = style;
    if (!s->whole) answer(s, s->out);
    return RNN_OK;
}

/* ---- output ---- */

static void show_number(double d, rnn_value *out) {
    out->type = isnan(d) ? RNN_NULL : RNN_FLOAT;
    out->d = d;
}

rnn_status rnn_stream_output(rnn_stream *s, rnn_value *out) {
    const rnn_model *m = s->model;
    memset(out, 0, sizeof *out);
    if (s->forecast) {
        double forecast = NAN;
        rnn_status status = rnn_forecast_stream_next(s->forecast, &forecast);
        show_number(forecast, out);
        return status;
    }
    if (s->rows == 0) return RNN_OK;
    rnn_status status = read_series(s);
    if (status) return status;
    if (task_of(s) == RNN_TASK_REGRESS) {
        show_number(s->answer, out);
    } else if (task_of(s) == RNN_TASK_CLASSIFY) {
        *out = m->sequence.class_value[(size_t)s->answer];
    } else if (m->input[0].vocabulary.count > RNN_TEXT_SPECIALS) {
        out->type = RNN_TEXT;
        out->p = rnn_vocabulary_word(&m->input[0].vocabulary, (size_t)s->answer, &out->n);
    }
    return RNN_OK;
}

rnn_status rnn_stream_score(rnn_stream *s, rnn_value *out) {
    double forecast = NAN;
    if (!s->forecast) return rnn_stream_output(s, out);
    memset(out, 0, sizeof *out);
    rnn_status status = rnn_forecast_stream_last(s->forecast, &forecast);
    show_number(forecast, out);
    return status;
}

/* ---- state ---- */

rnn_status rnn_stream_check_state(const rnn_stream *s) {
    if (!s->whole) return RNN_OK;
    return rnn_fail(s->ctx, RNN_MISUSE,
                    "%s: the model is bidirectional: it reads series as a whole, and a state that "
                    "does not grow cannot hold one; use rnn_score(model, time, input...) or "
                    "rnn_predict(model, rows), or train it with \"bidirectional\":false",
                    s->function);
}

static size_t patch_reals(const rnn_stream *s) {
    return s->model->sequence.derived ? RNN_PATCH * s->width : 0;
}

rnn_status rnn_stream_save(rnn_stream *s, rnn_writer *w) {
    if (s->forecast) return rnn_forecast_stream_write(s->forecast, w);
    if (s->whole) return rnn_stream_check_state(s);
    size_t start = w->size;
    rnn_writer_reserve(w, HEADER + 80 + 4 * (uint64_t)(s->state_size + patch_reals(s)));
    rnn_write_bytes(w, MAGIC, 8);
    rnn_write_u32(w, VERSION);
    rnn_write_u32(w, 0); /* checksum and size: patched below */
    rnn_write_u64(w, 0);
    rnn_write_u64(w, s->fingerprint);
    rnn_write_u64(w, s->rows);
    rnn_part_style_write(&s->style, w);
    rnn_write_f64(w, s->time);
    rnn_write_f64(w, s->rows ? s->answer : 0);
    rnn_write_reals(w, s->state, s->state_size);
    for (size_t j = 1; j <= RNN_PATCH && patch_reals(s); j++)
        rnn_write_reals(w, s->patch + (s->newest + j) % RNN_PATCH * s->width, s->width);
    if (w->status != RNN_OK) return w->status;
    rnn_patch_u64(w, start + SIZE_AT, w->size - start);
    rnn_patch_u32(w, start + CHECKSUM_AT,
                  rnn_crc32(0, w->data + start + HEADER, w->size - start - HEADER));
    return RNN_OK;
}

static rnn_status fail_foreign(const rnn_stream *s) {
    return rnn_fail(s->ctx, RNN_DATA,
                    "%s: the state belongs to another model; a state can be used only with the "
                    "model that it was advanced with: start again with a NULL state, or name the "
                    "version of the model ('name@version')",
                    s->function);
}

static rnn_status fail_state(const rnn_stream *s, size_t size, const char *what) {
    return rnn_fail(s->ctx, RNN_DATA,
                    "%s: the state, a BLOB of %zu bytes, %s; give NULL to start, or what "
                    "rnn_advance() gave for the row before",
                    s->function, size, what);
}

static int is_state(const void *data, size_t size) {
    return size >= 8 && memcmp(data, MAGIC, 8) == 0;
}

static rnn_status check_header(const rnn_stream *s, rnn_reader *r) {
    if (rnn_forecast_stream_sniff(r->data, r->size)) return fail_foreign(s);
    if (!is_state(r->data, r->size)) return fail_state(s, r->size, "is no state of rnn_advance()");
    r->at = 8;
    uint32_t version = rnn_read_u32(r), checksum = rnn_read_u32(r);
    uint64_t total = rnn_read_u64(r);
    if (!r->failed && version > VERSION)
        return fail_state(s, r->size, "is of a newer version of sqlite-rnn");
    if (r->failed || version == 0 || total != r->size ||
        rnn_crc32(0, r->data + HEADER, r->size - HEADER) != checksum)
        return fail_state(s, r->size, "is truncated or corrupt");
    return rnn_read_u64(r) == s->fingerprint ? RNN_OK : fail_foreign(s);
}

static int answer_fits(const rnn_stream *s) {
    const rnn_model *m = s->model;
    if (task_of(s) == RNN_TASK_REGRESS) return 1;
    double most = task_of(s) == RNN_TASK_CLASSIFY ? (double)m->sequence.classes
                                                  : (double)m->input[0].vocabulary.count;
    return s->answer >= 0 && s->answer < fmax(most, RNN_TEXT_SPECIALS + 1) &&
           s->answer == floor(s->answer) && (task_of(s) != RNN_TASK_CLASSIFY || s->answer < most);
}

rnn_status rnn_stream_load(rnn_stream *s, const void *data, size_t size) {
    rnn_reader r;
    rnn_stream_reset(s);
    if (s->forecast) {
        return is_state(data, size)
                   ? fail_foreign(s)
                   : rnn_forecast_stream_read(s->forecast, s->function, data, size);
    }
    if (s->whole) return rnn_stream_check_state(s);
    rnn_reader_init(&r, data, size);
    rnn_status status = check_header(s, &r);
    if (status) return status;
    s->rows = rnn_read_u64(&r);
    rnn_part_style(&r, &s->style);
    s->time = rnn_read_f64(&r);
    s->answer = rnn_read_f64(&r);
    rnn_read_reals(&r, s->state, s->state_size);
    rnn_read_reals(&r, s->patch, patch_reals(s));
    s->newest = RNN_PATCH - 1;
    if (!r.failed && rnn_reader_left(&r) == 0 && (s->rows == 0 || answer_fits(s))) return RNN_OK;
    rnn_stream_reset(s);
    return fail_state(s, size, "is corrupt");
}
