/* train.c - rnn_train(options, column...): an aggregate that collects rows and gives a model.
**
** The options are read with the first row, so that a misspelt key is reported before a million rows
** are read; they must be the same on every row. Training itself happens in xFinal, when the rows
** are complete: the engine sorts them.
**
** SQLite calls xFinal also to clean up when a statement fails in the middle of its scan, and says
** no different then. After a failed xStep of its own the state is gone and xFinal returns at once;
** after an interrupt the trainer's first check stops it. After an error elsewhere in the statement
** the rows so far are trained for nothing.
*/
#include <string.h>

#include "../engine/trainer.h"
#include "error.h"
#include "functions.h"
#include "options_json.h"
#include "progress.h"
#include "rows.h"
#include "value.h"

typedef struct training {
    rnnx_call call;
    rnnx_rows rows;
    rnn_options options;
    int has_text; /* options of the first row: 0 for NULL */
    char *text;
    size_t text_n;
} training;

static void training_free(training *t) {
    if (t == NULL) return;
    rnnx_rows_free(&t->call, &t->rows);
    rnn_free(&t->call.context, t->text);
    rnnx_call_end(&t->call);
    sqlite3_free(t);
}

/* Everything that the first row tells: the options and the number of columns. */
static rnn_status start(training *t, int argc, sqlite3_value **argv) {
    rnn_context *ctx = &t->call.context;
    rnn_value text;
    rnn_status status;

    if (argc == 0)
        return rnn_fail(
            ctx, RNN_OPTION,
            "no arguments; usage: rnn_train(options, column...): series, time, target, input... "
            "for a step a row, target, input for a sequence a row");
    status = rnnx_options_parse(&t->call, argv[0], RNN_FOR_TRAIN, &t->options);
    if (status == RNN_OK)
        status = rnn_options_require(ctx, &t->options, t->call.function, RNN_KEY_task);
    if (status != RNN_OK) return status;
    status = rnnx_rows_check_columns(&t->call, t->options.task, (size_t)argc - 1, 2);
    if (status != RNN_OK) return status;
    if (sqlite3_value_type(argv[0]) == SQLITE_TEXT) {
        status = rnnx_value_from(&t->call, argv[0], &text);
        if (status != RNN_OK) return status;
        t->text = rnn_strndup(ctx, text.p, text.n);
        if (t->text == NULL) return ctx->status;
        t->text_n = text.n;
        t->has_text = 1;
    }
    return rnnx_rows_create(&t->call, (size_t)argc - 1, &t->rows);
}

/* RNN_OPTION if the options of this row are not those of the first. */
static rnn_status check_same_options(training *t, sqlite3_value *v) {
    rnn_value text = {0};
    rnn_status status = rnnx_value_from(&t->call, v, &text);
    char given[80];

    if (status != RNN_OK) return status;
    if (t->has_text
            ? text.type == RNN_TEXT && text.n == t->text_n && memcmp(text.p, t->text, text.n) == 0
            : text.type == RNN_NULL)
        return RNN_OK;
    return rnn_fail(&t->call.context, RNN_OPTION,
                    "the options change at row %zu, to %s; they are one value for all rows (for "
                    "one model a group, "
                    "use GROUP BY)",
                    rnn_table_rows(t->rows.table) + 1, rnnx_value_describe(v, given, sizeof given));
}

static void train_step(sqlite3_context *out, int argc, sqlite3_value **argv) {
    training **slot = sqlite3_aggregate_context(out, sizeof *slot);
    training *t;
    rnn_status status;

    if (slot == NULL) {
        sqlite3_result_error_nomem(out);
        return;
    }
    t = *slot;
    if (t == NULL) {
        t = sqlite3_malloc64(sizeof *t);
        if (t == NULL) {
            sqlite3_result_error_nomem(out);
            return;
        }
        memset(t, 0, sizeof *t);
        rnnx_call_begin(&t->call, sqlite3_user_data(out), "rnn_train");
        *slot = t;
        status = start(t, argc, argv);
    } else {
        status = check_same_options(t, argv[0]);
    }
    if (status == RNN_OK) status = rnnx_rows_append(&t->call, &t->rows, argv + 1);
    if (status != RNN_OK) {
        rnnx_result_error(out, &t->call, status);
        training_free(t);
        *slot = NULL;
    }
}

/* Train to the end; *bytes (rnn_free) is the best epoch's model. */
static rnn_status run(training *t, uint8_t **bytes, size_t *size) {
    rnn_trainer *trainer = NULL;
    rnnx_progress progress;
    rnn_epoch epoch;
    rnn_status status;

    rnnx_progress_start(&progress, t->call.function, t->options.progress);
    status = rnn_trainer_create(&t->call.context, t->call.function, t->rows.table, &t->options,
                                NULL, 0, &trainer);
    if (status != RNN_OK) goto done;
    while ((status = rnn_trainer_step(trainer, &epoch)) == RNN_OK)
        rnnx_progress_epoch(&progress, &epoch, rnn_trainer_epochs(trainer));
    if (status == RNN_DONE) status = rnn_trainer_model(trainer, 1, bytes, size);
done:
    rnnx_progress_end(&progress);
    rnn_trainer_free(trainer);
    return status;
}

static void train_final(sqlite3_context *out) {
    training **slot = sqlite3_aggregate_context(out, 0);
    training *t = slot != NULL ? *slot : NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    rnn_status status;

    if (t == NULL) {
        sqlite3_result_error(
            out, "rnn_train: no rows to train on; check the FROM and WHERE of the query", -1);
        return;
    }
    status = run(t, &bytes, &size);
    if (status == RNN_OK)
        sqlite3_result_blob64(out, bytes, size, SQLITE_TRANSIENT);
    else
        rnnx_result_error(out, &t->call, status);
    rnn_free(&t->call.context, bytes);
    training_free(t);
    *slot = NULL;
}

const rnnx_function rnnx_train_function = {
    .name = "rnn_train",
    .arguments = -1,
    .flags = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    .step = train_step,
    .final = train_final,
};
