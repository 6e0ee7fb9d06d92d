/* fuzz_model.c - model BLOBs from a stranger: read, show, write, and use what was accepted.
**
** The rows fit the seed models (tests/fuzz/corpus/model): months with a number, a category and a
** vector of two for the forecast model; use.h makes those of the others from their columns. Make the seeds anew
** with RNN_WRITE_CORPUS=tests/fuzz/corpus build/tests/unit/test_model when the format or the
** networks' inputs change.
*/
#include <stdio.h>

#include "forecast.h"
#include "use.h"

enum { MONTHS = 30, COLUMNS = 6 };

static rnn_table *months(rnn_context *ctx) {
    rnn_table *t;
    if (rnn_table_create(ctx, COLUMNS, &t) != RNN_OK) return NULL;
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

/* Rows as sequences have the widths that the network reads. */
static void build(rnn_context *ctx, const rnn_model *m) {
    rnn_table *t = use_rows(ctx, m);
    rnn_sequence_set set = {0};
    if (t == NULL) return;
    if (rnn_sequences_build(ctx, "rnn_predict", t, m, RNN_FIRST_KEY, &set) == RNN_OK)
        FORGE_REQUIRE(set.number_width == m->spec.numbers && set.categories == m->spec.categories);
    else
        FORGE_REQUIRE(set.count == 0 && ctx->message[0] != '\0');
    rnn_sequence_set_free(&set);
    rnn_table_free(t);
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
        rows = months(&ctx);
        if (rows != NULL) forecast(&ctx, m, rows);
        rnn_table_free(rows);
    } else {
        build(&ctx, m);
        if (is_small(m)) use_sequences(&ctx, m);
    }
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
