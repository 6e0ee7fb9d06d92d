/* use.h - using a model of sequences in every way there is, as fuzz_model.c and fuzz_state.c do:
** rows and values that fit its columns, and what must hold of every answer.
*/
#ifndef RNN_FUZZ_USE_H
#define RNN_FUZZ_USE_H

#include "forge.h"
#include "generator.h"
#include "predictor.h"
#include "stream.h"

enum { USE_COLUMNS = 16, USE_ROWS = 6, USE_TOKENS = 12 };

/* A cell for a column of some kind, in row i; every third one is odd. */
static inline rnn_value use_cell(rnn_input_kind kind, size_t width, int i) {
    static const char *const texts[] = {"good \xC3\xA4rger good", "", "x \xFF"};
    static const float floats[8] = {1, -2, 0.5f, 3, 4, 5, 1e30f, 7};
    const char *text = texts[i % 3];
    switch (kind) {
    case RNN_INPUT_NUMBER: return (rnn_value){.type = RNN_INT, .i = i, .d = i};
    case RNN_INPUT_VECTOR:
    case RNN_INPUT_SEQUENCE:
        if (kind == RNN_INPUT_SEQUENCE) width = 1 + (size_t)i;
        if (width > 8) return (rnn_value){.type = RNN_NULL};
        return (rnn_value){.type = RNN_BLOB, .p = (const char *)floats, .n = 4 * width};
    default: return (rnn_value){.type = RNN_TEXT, .p = text, .n = strlen(text)};
    }
}

/* The inputs of row i; a model that was read has at least one. 0: too many for a fuzzer. */
static inline size_t use_inputs(const rnn_model *m, int i, rnn_value *cell) {
    if (m->inputs + 3 > USE_COLUMNS) return 0;
    for (size_t k = 0; k < m->inputs; k++)
        cell[k] = use_cell(m->input[k].kind, m->input[k].width, i + (int)k);
    return m->inputs;
}

/* Rows of the shape that the model was trained on, with targets it may or may not know. */
static inline rnn_table *use_rows(rnn_context *ctx, const rnn_model *m) {
    int steps = m->sequence.shape == RNN_SHAPE_STEPS;
    int generate = m->options.task == RNN_TASK_GENERATE;
    size_t before = (steps ? 3 : 1) - (size_t)generate, columns = before + m->inputs;
    rnn_value row[USE_COLUMNS];
    rnn_table *t = NULL;
    if (use_inputs(m, 0, row) == 0 || rnn_table_create(ctx, columns, &t) != RNN_OK) return NULL;
    for (int i = 0; i < USE_ROWS; i++) {
        rnn_value target = {.type = RNN_INT, .i = i % 2, .d = i % 2};
        if (m->options.task == RNN_TASK_SEQ2SEQ) target = use_cell(RNN_INPUT_TEXT, 0, i + 1);
        if (m->sequence.classes > 0) target = m->sequence.class_value[0];
        if (i == 4) target.type = RNN_NULL;
        int series = i / 4;
        row[0] = (rnn_value){.type = RNN_INT, .i = series, .d = series};
        row[1] = (rnn_value){.type = RNN_INT, .i = i, .d = i};
        if (!generate) row[before - 1] = target;
        use_inputs(m, i, row + before);
        if (rnn_table_append(t, row) != RNN_OK) break;
    }
    return t;
}

static inline void use_probability(double p) { FORGE_REQUIRE(!(p < 0 || p > 1 + 1e-9)); }

/* What fails leaves a message. */
static inline int use_ok(const rnn_context *ctx, rnn_status status) {
    FORGE_REQUIRE(status == RNN_OK || status == RNN_DONE || ctx->message[0] != '\0');
    return status == RNN_OK;
}

static inline void use_predictor(rnn_context *ctx, const rnn_model *m, const rnn_table *rows,
                                 const rnn_options *o) {
    rnn_predictor *p = NULL;
    rnn_prediction row;
    size_t n = 0;
    if (use_ok(ctx, rnn_predictor_create(ctx, "rnn_predict", m, rows, o, &p))) {
        for (; use_ok(ctx, rnn_predictor_next(p, &row)); n++) {
            use_probability(row.probability);
            const char *all = rnn_predictor_probabilities(p);
            FORGE_REQUIRE(all == NULL || all[0] == '{');
        }
        FORGE_REQUIRE(n <= USE_ROWS);
    }
    rnn_predictor_free(p);
}

static inline void use_single(rnn_context *ctx, const rnn_model *m) {
    rnn_value cell[USE_COLUMNS], class = {.type = RNN_NULL}, got;
    rnn_context call = {.memory_limit = FORGE_MEMORY};
    rnn_single *s = NULL;
    size_t n;
    double p;
    if (!use_ok(ctx, rnn_single_create(ctx, m, &s))) return;
    if (m->sequence.classes > 0) class = m->sequence.class_value[0];
    for (int i = 0; i < USE_ROWS && (n = use_inputs(m, i, cell)) > 0; i++) {
        use_ok(&call, rnn_single_predict(s, &call, "rnn_predict", cell, n, &got));
        if (use_ok(&call, rnn_single_probability(s, &call, "rnn_probability", &class, cell, n, &p)))
            use_probability(p);
    }
    rnn_single_free(s);
}

/* Rows into a stream that may have read some; every second time it goes through its state. */
static inline void use_stream(rnn_context *ctx, rnn_stream *s, const rnn_model *m, double time) {
    int generate = m->options.task == RNN_TASK_GENERATE;
    int forecast = m->options.task == RNN_TASK_FORECAST;
    rnn_value row[USE_COLUMNS], out;
    for (int i = 0; i < USE_ROWS; i++) {
        size_t first = generate ? 1 : 2, n = use_inputs(m, i, row + first);
        rnn_writer w;
        if (n == 0 && !forecast) return;
        row[0] = (rnn_value){.type = RNN_FLOAT, .d = time + i};
        if (!generate) row[1] = (rnn_value){.type = i == 3 ? RNN_NULL : RNN_INT, .i = i, .d = i};
        use_ok(ctx, rnn_stream_push(s, row, first + n));
        use_ok(ctx, rnn_stream_score(s, &out));
        use_ok(ctx, rnn_stream_output(s, &out));
        rnn_writer_init(&w, ctx);
        /* Out of a forged state or model may come numbers that no state takes. */
        if (i % 2 && use_ok(ctx, rnn_stream_save(s, &w)) &&
            !use_ok(ctx, rnn_stream_load(s, w.data, w.size)))
            FORGE_REQUIRE(rnn_stream_rows(s) == 0);
        rnn_writer_free(&w);
    }
}

static inline void use_generator(rnn_context *ctx, const rnn_model *m, const rnn_options *o) {
    rnn_generated token, suggested[3];
    rnn_value cell[USE_COLUMNS];
    rnn_generator *g = NULL;
    size_t n = use_inputs(m, 0, cell), count = 0, length = 0;
    char *text = NULL;
    if (use_ok(ctx, rnn_generator_create(ctx, "rnn_generate", m, cell, n, o, &g))) {
        for (int i = 0; i < 3 && use_ok(ctx, rnn_generator_next(g, &token)); i++)
            use_probability(token.probability);
        if (use_ok(ctx, rnn_generator_text(g, 1 << 20, &text, &length)) && text != NULL)
            FORGE_REQUIRE(length <= 1 << 20);
        rnn_free(ctx, text);
    }
    rnn_generator_free(g);
    if (!use_ok(ctx, rnn_generator_create(ctx, "rnn_suggest", m, cell, n, o, &g))) return;
    if (use_ok(ctx, rnn_generator_suggest(g, 3, suggested, &count)))
        for (size_t i = 0; i < count; i++) use_probability(suggested[i].probability);
    rnn_generator_free(g);
}

/* Everything that a model of sequences is used for. */
static inline void use_sequences(rnn_context *ctx, const rnn_model *m) {
    rnn_sequence_metric metric[RNN_MAX_SEQUENCE_METRICS];
    rnn_table *rows = use_rows(ctx, m);
    rnn_stream *stream = NULL;
    rnn_options o;
    size_t count = 0;
    rnn_options_default(&o);
    o.threads = 1;
    if (rows != NULL) {
        use_predictor(ctx, m, rows, &o);
        use_ok(ctx, rnn_sequence_evaluate(ctx, "rnn_evaluate", m, rows, &o, metric, &count));
    }
    rnn_table_free(rows);
    use_single(ctx, m);
    if (use_ok(ctx, rnn_stream_create(ctx, "rnn_score", m, &stream))) use_stream(ctx, stream, m, 0);
    rnn_stream_free(stream);
    o.given[RNN_KEY_length] = 1;
    o.length = USE_TOKENS;
    use_generator(ctx, m, &o);
}

#endif
