/* fuzz_model.c - model BLOBs from a stranger: read, show, write, use, look inside and train further
** what was accepted.
**
** The rows fit the seed models (tests/fuzz/corpus/model): months with a number, a category and a
** vector of two for the forecast model; use.h makes those of the others from their columns. Make the
** seeds anew with RNN_WRITE_CORPUS=tests/fuzz/corpus build/tests/unit/test_model when the format or the
** networks' inputs change.
*/
#include <math.h>
#include <stdio.h>

#include "forecast.h"
#include "gradient_lag.h"
#include "neighbors.h"
#include "patches.h"
#include "principal.h"
#include "states.h"
#include "trainer.h"
#include "use.h"

enum { MONTHS = 30, COLUMNS = 6 };

/* What is looked at: rows of states, entries of a vocabulary, bytes of a term. */
enum { STATES = 400, ENTRIES = 40, NEIGHBORS = 3, TERM = 64 };

/* A model without inputs gets the first three columns. */
static rnn_table *months(rnn_context *ctx, size_t inputs) {
    rnn_table *t;
    if (rnn_table_create(ctx, inputs ? COLUMNS : COLUMNS - 3, &t) != RNN_OK) return NULL;
    for (int i = 0; i < MONTHS; i++) {
        char time[16];
        rnn_value row[COLUMNS] = {
            {.type = RNN_TEXT, .p = "north", .n = 5},
            {.type = RNN_TEXT, .p = time, .n = 7},
            {.type = RNN_INT, .i = 100 + i * i % 12, .d = 100 + i * i % 12},
            {.type = RNN_FLOAT, .d = i * 0.5},
            {.type = RNN_TEXT, .p = i % 3 ? "rain" : "sun", .n = i % 3 ? 4 : 3},
            {.type = RNN_TEXT, .p = "[1,2]", .n = 5}};
        snprintf(time, sizeof time, "%04d-%02d", 2000 + i / 12, 1 + i % 12);
        if (rnn_table_append(t, row) != RNN_OK) break;
    }
    return t;
}

static void forecast(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_forecaster *f;
    rnn_forecast_row row;
    rnn_options o;
    rnn_options_default(&o);
    o.threads = 1;
    o.horizon = 5;
    if (rnn_forecaster_create(ctx, "rnn_forecast", m, rows, &o, 0, &f) != RNN_OK) {
        FORGE_REQUIRE(f == NULL && ctx->message[0] != '\0');
        return;
    }
    for (int i = 0; i < 20 && rnn_forecaster_next(f, &row) == RNN_OK; i++)
        FORGE_REQUIRE(row.step >= 1 && row.step <= 5);
    rnn_forecaster_free(f);
}

/* What is worth a fuzzer's time: a beam search of a long text over a large network is not. */
static int is_small(const rnn_model *m) {
    uint64_t steps = 64, most = 1 << 22;
    if (m->options.task == RNN_TASK_SEQ2SEQ)
        steps = m->sequence.target_steps * (uint64_t)(m->options.beam > 0 ? m->options.beam : 4);
    return steps < most && steps * rnn_model_parameters(m) < most;
}

/* Rows as sequences have the widths that the network reads, or that its patches are made of. */
static void build(rnn_context *ctx, const rnn_model *m) {
    rnn_table *t = use_rows(ctx, m);
    rnn_sequence_set set = {0};
    if (t == NULL) return;
    if (rnn_sequences_build(ctx, "rnn_predict", t, m, RNN_FIRST_KEY, &set) == RNN_OK)
        FORGE_REQUIRE(set.number_width == rnn_model_numbers(m) + m->sequence.derived &&
                      rnn_patch_numbers(m) == m->spec.numbers &&
                      set.categories == m->spec.categories);
    else
        FORGE_REQUIRE(set.count == 0 && ctx->message[0] != '\0');
    rnn_sequence_set_free(&set);
    rnn_table_free(t);
}

/* A gate is a share, or NaN where the cell has none or a forged weight was too large. */
static void check_state(const rnn_model *m, const rnn_state_row *row) {
    const double gate[] = {row->input_gate, row->forget_gate, row->output_gate, row->update_gate,
                           row->reset_gate};
    FORGE_REQUIRE(row->step >= 1 && row->unit >= 1 && row->layer >= 1);
    if (row->direction != RNN_STATE_DECODER) FORGE_REQUIRE(row->layer <= m->spec.layers);
    for (size_t i = 0; i < sizeof gate / sizeof *gate; i++) use_probability(gate[i]);
    FORGE_REQUIRE(!(row->candidate < -1 || row->candidate > 1));
    if (row->token.type == RNN_TEXT) FORGE_REQUIRE(row->token.n == 0 || row->token.p != NULL);
}

static void look_at_states(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_states *states = NULL;
    rnn_state_row row;
    if (use_ok(ctx, rnn_states_create(ctx, "rnn_states", m, rows, &states)))
        for (int i = 0; i < STATES && use_ok(ctx, rnn_states_next(states, &row)); i++)
            check_state(m, &row);
    else
        FORGE_REQUIRE(states == NULL);
    rnn_states_free(states);
}

static void look_at_gradients(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    rnn_gradient_lags g = {0};
    if (use_ok(ctx, rnn_gradient_lags_measure(ctx, "rnn_gradients", m, rows, &g))) {
        FORGE_REQUIRE(g.layers == m->spec.layers);
        for (size_t i = 0; i < g.layers * g.lags; i++) FORGE_REQUIRE(!(g.norm[i] < 0));
    } else {
        FORGE_REQUIRE(g.norm == NULL && g.lags == 0);
    }
    rnn_gradient_lags_free(ctx, &g);
}

static void ask(rnn_context *ctx, const rnn_model *m, const char *text, size_t n) {
    rnn_neighbors found = {0};
    if (use_ok(ctx, rnn_neighbors_find(ctx, "rnn_neighbors", m, text, n, NEIGHBORS, &found))) {
        const rnn_embedding *e = &found.embedding;
        FORGE_REQUIRE(found.count <= NEIGHBORS);
        for (size_t i = 0; i < found.count; i++) {
            const rnn_neighbor *item = &found.item[i];
            FORGE_REQUIRE(item->id >= e->specials && item->id < e->count);
            FORGE_REQUIRE(item->similarity >= -1 && item->similarity <= 1);
            FORGE_REQUIRE(i == 0 || item->similarity <= found.item[i - 1].similarity);
        }
    } else {
        FORGE_REQUIRE(found.item == NULL && found.count == 0);
    }
    rnn_neighbors_free(&found);
}

/* An entry as rnn_vocabulary shows it; its own name finds it, alone and in expressions. */
static void look_at_entry(const rnn_embedding *e, size_t id, const rnn_principal *p) {
    const real *vector = e->vectors + id * e->width;
    rnn_value v = rnn_embedding_token(e, id);
    char text[2 * TERM + 8];
    uint32_t same = 0;
    if (p->width > 0)
        for (int axis = 0; axis < 2; axis++)
            FORGE_REQUIRE(isfinite(rnn_principal_project(p, vector, axis)));
    FORGE_REQUIRE(rnn_embedding_count(e, id) >= -1);
    if (v.type != RNN_TEXT || v.n > TERM) return;
    if (use_ok(e->ctx, rnn_embedding_find(e, v.p, v.n, &same)))
        FORGE_REQUIRE(same == 0 || (same >= e->specials && same < e->count));
    ask(e->ctx, e->model, v.p, v.n);
    int n = snprintf(text, sizeof text, "%.*s + %.*s - x", (int)v.n, v.p, (int)v.n, v.p);
    ask(e->ctx, e->model, text, (size_t)n);
}

static void look_at_words(rnn_context *ctx, const rnn_model *m) {
    size_t columns = rnn_embedding_columns(m);
    ask(ctx, m, "good - rain + x", 15);
    ask(ctx, m, "", 0);
    for (size_t c = 0; c < columns; c++) {
        rnn_embedding e;
        rnn_principal p = {0};
        if (!use_ok(ctx, rnn_embedding_open(ctx, m, c, &e))) continue;
        FORGE_REQUIRE(e.specials <= e.count && e.column[0] != '\0');
        if (e.count * e.width * e.width < 1 << 20 && e.width > 0)
            use_ok(ctx, rnn_principal_find(ctx, e.vectors + e.specials * e.width,
                                           e.count - e.specials, e.width, &p));
        for (size_t id = 0; id < e.count && id < ENTRIES; id++) look_at_entry(&e, id, &p);
        rnn_principal_free(&p);
        rnn_embedding_close(&e);
    }
}

/* Everything that shows what a model has inside. */
static void look(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    look_at_states(ctx, m, rows);
    look_at_gradients(ctx, m, rows);
    look_at_words(ctx, m);
}

/* An epoch of rnn_fit, from the model on; what comes out is a model. */
static void train(rnn_context *ctx, const rnn_model *m, const rnn_table *rows) {
    static const rnn_option_key given[] = {RNN_KEY_epochs, RNN_KEY_batch, RNN_KEY_threads};
    rnn_trainer *t = NULL;
    rnn_model *back = NULL;
    rnn_options o;
    rnn_epoch epoch;
    uint8_t *bytes = NULL;
    size_t size = 0;
    rnn_options_default(&o);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) o.given[given[i]] = 1;
    o.epochs = o.threads = 1;
    o.batch = 2;
    o.memory_limit = FORGE_MEMORY;
    if (use_ok(ctx, rnn_trainer_create(ctx, "rnn_fit", rows, &o, m, 0, &t)) &&
        use_ok(ctx, rnn_trainer_step(t, &epoch)) &&
        use_ok(ctx, rnn_trainer_model(t, 1, &bytes, &size)) &&
        use_ok(ctx, rnn_model_read(ctx, bytes, size, &back))) /* large steps make no weights */
        FORGE_REQUIRE(m->forecast.recipe.any_step ||          /* where a new one starts */
                      (back->members == m->members && back->epochs == m->epochs + 1));
    rnn_model_free(back);
    rnn_free(ctx, bytes);
    rnn_trainer_free(t);
    ctx->memory_limit = FORGE_MEMORY;
}

static void use(const uint8_t *data, size_t size) {
    rnn_context ctx = {.memory_limit = FORGE_MEMORY};
    rnn_table *rows = NULL;
    rnn_model *m;
    rnn_writer w;
    if (rnn_model_read(&ctx, data, size, &m) != RNN_OK) {
        FORGE_REQUIRE(m == NULL && ctx.message[0] != '\0' && ctx.memory_used == 0);
        return;
    }
    rnn_writer_init(&w, &ctx);
    (void)rnn_model_info(m, &w);
    rnn_writer_free(&w);
    rnn_writer_init(&w, &ctx);
    if (rnn_model_write(m, &w) == RNN_OK) FORGE_REQUIRE(w.size > FORGE_HEADER);
    rnn_writer_free(&w);
    if (m->options.task == RNN_TASK_FORECAST) {
        rows = months(&ctx, m->inputs);
        if (rows != NULL) forecast(&ctx, m, rows);
    } else {
        build(&ctx, m);
        if (is_small(m)) use_sequences(&ctx, m);
        rows = use_rows(&ctx, m);
    }
    if (rows != NULL && is_small(m)) {
        look(&ctx, m, rows);
        train(&ctx, m, rows);
    }
    rnn_table_free(rows);
    rnn_model_free(m);
    FORGE_REQUIRE(ctx.memory_used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *sealed = forge_sealed(data, size);
    use(data, size);
    if (sealed != NULL) use(sealed, size);
    free(sealed);
    return 0;
}
