/* fuzz_rows.c - rows BLOBs from a stranger: read, look at every cell, append, write, read again. */
#include "forge.h"
#include "table.h"

static void look(const rnn_table *t) {
    for (size_t c = 0; c < rnn_table_columns(t); c++) {
        for (size_t r = 0; r < rnn_table_rows(t); r++) {
            rnn_value v = rnn_table_get(t, r, c);
            char buf[96];
            FORGE_REQUIRE(rnn_value_compare(&v, &v) == 0);
            FORGE_REQUIRE(strlen(rnn_value_print(&v, buf, sizeof buf)) < sizeof buf);
        }
    }
}

/* A row of texts changes the kind of every column. */
static void append_texts(rnn_context *ctx, rnn_table *t) {
    size_t n = rnn_table_columns(t);
    rnn_value *row = calloc(n, sizeof *row);
    for (size_t i = 0; row != NULL && i < n; i++)
        row[i] = (rnn_value){.type = RNN_TEXT, .p = "text", .n = 4};
    if (row != NULL && rnn_table_append(t, row) != RNN_OK) FORGE_REQUIRE(ctx->status == RNN_LIMIT);
    free(row);
}

static void use(const uint8_t *data, size_t size) {
    rnn_context ctx = {.memory_limit = FORGE_MEMORY};
    rnn_table *t, *again;
    rnn_writer w;
    if (rnn_table_read(&ctx, data, size, &t) != RNN_OK) {
        FORGE_REQUIRE(t == NULL && ctx.message[0] != '\0' && ctx.memory_used == 0);
        return;
    }
    look(t);
    append_texts(&ctx, t);
    rnn_writer_init(&w, &ctx);
    if (rnn_table_write(t, &w) == RNN_OK &&
        rnn_table_read(&ctx, w.data, w.size, &again) == RNN_OK) {
        FORGE_REQUIRE(w.size == rnn_table_bytes(t));
        look(again);
        rnn_table_free(again);
    }
    rnn_writer_free(&w);
    rnn_table_free(t);
    FORGE_REQUIRE(ctx.memory_used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *sealed = forge_sealed(data, size);
    use(data, size);
    if (sealed != NULL) use(sealed, size);
    free(sealed);
    return 0;
}
