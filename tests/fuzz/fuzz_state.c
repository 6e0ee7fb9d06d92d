/* fuzz_state.c - states from a stranger: loaded, asked for their output, fed rows, saved, loaded
** again.
**
** The first byte of an input says of which model the rest is a state: models trained here, whose
** weights may differ from machine to machine. Each input is tried as it is, and once more with the
** fingerprint, the size and the checksum it should have. Make the seeds anew, after a change of a
** state's format, by RNN_WRITE_CORPUS=tests/fuzz/corpus build/tests/fuzz/replay_state FOLDER.
*/
#include <stdio.h>

#include "trainer.h"
#include "use.h"

enum { MODELS = 7, FINGERPRINT = 24, TRAINED = 24 };

/* What distinguishes the models. */
static const struct {
    int task, output, cell, pooling, words; /* words: the input is a word, too */
} kinds[MODELS] = {
    {RNN_TASK_FORECAST, 0, RNN_CELL_GRU, 0, 1},
    {RNN_TASK_CLASSIFY, RNN_OUTPUT_EVERY, RNN_CELL_LSTM, 0, 1},
    {RNN_TASK_CLASSIFY, RNN_OUTPUT_LAST, RNN_CELL_GRU, RNN_POOL_ATTENTION, 1},
    {RNN_TASK_CLASSIFY, RNN_OUTPUT_LAST, RNN_CELL_RNN, RNN_POOL_MAX, 0},
    {RNN_TASK_REGRESS, RNN_OUTPUT_LAST, RNN_CELL_GRU, RNN_POOL_MEAN, 0},
    {RNN_TASK_GENERATE, 0, RNN_CELL_LSTM, 0, 0},
    {RNN_TASK_REGRESS, RNN_OUTPUT_LAST, RNN_CELL_LSTM, RNN_POOL_MIXED, 1},
};

/* Its context outlives every input. */
static struct {
    rnn_context ctx;
    rnn_model *model;
    rnn_stream *stream;
    uint8_t fingerprint[8]; /* as in its states */
} models[MODELS];

static rnn_table *training_rows(rnn_context *ctx, int kind) {
    int generate = kinds[kind].task == RNN_TASK_GENERATE;
    rnn_table *t = NULL;
    FORGE_REQUIRE(rnn_table_create(ctx, generate ? 3 : kinds[kind].words ? 5 : 4, &t) == RNN_OK);
    for (int i = 0; i < 2 * TRAINED; i++) {
        int series = i / TRAINED, step = i % TRAINED;
        rnn_value word = {.type = RNN_TEXT, .p = i % 3 ? "good" : "bad", .n = i % 3 ? 4 : 3};
        int target = kinds[kind].output == RNN_OUTPUT_LAST ? series : step % 4;
        rnn_value row[5] = {{.type = RNN_INT, .i = series, .d = series},
                            {.type = RNN_INT, .i = step, .d = step},
                            {.type = RNN_INT, .i = target, .d = target},
                            {.type = RNN_FLOAT, .d = step * 0.5},
                            word};
        if (generate) row[2] = word;
        FORGE_REQUIRE(rnn_table_append(t, row) == RNN_OK);
    }
    return t;
}

static void set_options(rnn_options *o, int kind) {
    static const rnn_option_key given[] = {
        RNN_KEY_task,   RNN_KEY_cell,     RNN_KEY_hidden,  RNN_KEY_embedding,
        RNN_KEY_epochs, RNN_KEY_ensemble, RNN_KEY_threads, RNN_KEY_bidirectional};
    rnn_options_default(o);
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) o->given[given[i]] = 1;
    o->task = kinds[kind].task;
    o->cell = kinds[kind].cell;
    o->hidden = o->embedding = 2;
    o->epochs = o->ensemble = o->threads = 1;
    o->bidirectional = 0;
    if (o->task == RNN_TASK_FORECAST) {
        o->given[RNN_KEY_horizon] = o->given[RNN_KEY_context] = 1;
        o->horizon = 1;
        o->context = 4;
    }
    if (kinds[kind].output) {
        o->given[RNN_KEY_output] = 1;
        o->output = kinds[kind].output;
    }
    if (kinds[kind].pooling) {
        o->given[RNN_KEY_pooling] = 1;
        o->pooling = kinds[kind].pooling;
    }
}

static void train(int kind) {
    rnn_context *ctx = &models[kind].ctx;
    rnn_table *rows = training_rows(ctx, kind);
    rnn_trainer *t = NULL;
    rnn_options o;
    rnn_epoch epoch;
    rnn_writer w;
    uint8_t *bytes = NULL;
    size_t size = 0;
    set_options(&o, kind);
    FORGE_REQUIRE(rnn_trainer_create(ctx, "rnn_train", rows, &o, NULL, 0, &t) == RNN_OK);
    while (rnn_trainer_step(t, &epoch) == RNN_OK) {}
    FORGE_REQUIRE(rnn_trainer_model(t, 1, &bytes, &size) == RNN_OK);
    FORGE_REQUIRE(rnn_model_read(ctx, bytes, size, &models[kind].model) == RNN_OK);
    FORGE_REQUIRE(rnn_stream_create(ctx, "rnn_advance", models[kind].model, &models[kind].stream) ==
                  RNN_OK);
    rnn_writer_init(&w, ctx);
    FORGE_REQUIRE(rnn_stream_save(models[kind].stream, &w) == RNN_OK);
    memcpy(models[kind].fingerprint, w.data + FINGERPRINT, 8);
    rnn_writer_free(&w);
    rnn_free(ctx, bytes);
    rnn_trainer_free(t);
    rnn_table_free(rows);
    ctx->memory_limit = FORGE_MEMORY;
}

/* A state after a few rows as a seed of the corpus. */
static void write_seed(int kind, const char *folder) {
    rnn_writer w;
    char path[1024];
    uint8_t first = (uint8_t)kind;
    rnn_stream *s = models[kind].stream;
    use_stream(&models[kind].ctx, s, models[kind].model, 0);
    rnn_writer_init(&w, &models[kind].ctx);
    FORGE_REQUIRE(rnn_stream_save(s, &w) == RNN_OK);
    snprintf(path, sizeof path, "%s/state/%d.bin", folder, kind);
    FILE *f = fopen(path, "wb");
    if (f != NULL) {
        fwrite(&first, 1, 1, f);
        fwrite(w.data, 1, w.size, f);
        fclose(f);
    }
    rnn_writer_free(&w);
    rnn_stream_reset(s);
}

static void prepare(void) {
    const char *folder = getenv("RNN_WRITE_CORPUS");
    if (models[0].model != NULL) return;
    for (int i = 0; i < MODELS; i++) {
        train(i);
        if (folder != NULL) write_seed(i, folder);
    }
}

static void use(int kind, const uint8_t *data, size_t size) {
    rnn_context *ctx = &models[kind].ctx;
    rnn_stream *s = models[kind].stream;
    rnn_value out;
    ctx->message[0] = '\0';
    if (use_ok(ctx, rnn_stream_load(s, data, size))) {
        use_ok(ctx, rnn_stream_output(s, &out));
        use_ok(ctx, rnn_stream_score(s, &out));
        use_stream(ctx, s, models[kind].model, 1e5);
    } else {
        FORGE_REQUIRE(rnn_stream_rows(s) == 0);
    }
    rnn_stream_reset(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepare();
    if (size == 0) return 0;
    int kind = data[0] % MODELS;
    uint8_t *sealed = forge_sealed(data + 1, size - 1);
    use(kind, data + 1, size - 1);
    if (sealed != NULL && size - 1 >= FINGERPRINT + 8) {
        memcpy(sealed + FINGERPRINT, models[kind].fingerprint, 8);
        forge_seal(sealed, size - 1);
        use(kind, sealed, size - 1);
    }
    free(sealed);
    return 0;
}
