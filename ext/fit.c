/* fit.c - rnn_fit(rows, options [, model]): training as a table, one row as each epoch ends. */
#include <string.h>

#include "../engine/trainer.h"
#include "cache.h"
#include "error.h"
#include "functions.h"
#include "options_json.h"
#include "progress.h"
#include "rows.h"
#include "value.h"

enum {
    COLUMN_EPOCH,
    COLUMN_TRAIN_LOSS,
    COLUMN_VALID_LOSS,
    COLUMN_METRIC,
    COLUMN_LEARNING_RATE,
    COLUMN_GRADIENT_NORM,
    COLUMN_STEPS_PER_SECOND,
    COLUMN_SECONDS,
    COLUMN_BEST,
    COLUMN_MODEL
};

typedef struct fit_state {
    rnn_options options;
    rnn_table *table;
    rnn_trainer *trainer;
    rnnx_progress progress;
    rnn_epoch epoch;
    uint8_t *model; /* this epoch's checkpoint, once the query has read it */
    size_t model_size;
} fit_state;

static rnn_status fit_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    fit_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    rnnx_model *base = NULL;
    rnn_status status = rnnx_options_parse(call, arg[1], RNN_FOR_TRAIN, &s->options);

    if (status == RNN_OK) status = rnnx_rows_decode(call, arg[0], &s->table);
    if (status == RNN_OK && arg[2] != NULL && sqlite3_value_type(arg[2]) != SQLITE_NULL)
        status = rnnx_model_acquire(call, arg[2], &base);
    if (status == RNN_OK && base == NULL) /* a base model has its task */
        status = rnn_options_require(&call->context, &s->options, call->function, RNN_KEY_task);
    if (status == RNN_OK)
        status = rnnx_rows_check_columns(
            call, base != NULL ? rnnx_model_get(base)->options.task : s->options.task,
            rnn_table_columns(s->table), 0);
    if (status == RNN_OK) {
        rnnx_progress_start(&s->progress, call->function, s->options.progress);
        status = rnn_trainer_create(&call->context, call->function, s->table, &s->options,
                                    base != NULL ? rnnx_model_get(base) : NULL, 0, &s->trainer);
    }
    rnnx_model_release(base);
    return status;
}

static void drop_model(rnnx_cursor *cursor) {
    fit_state *s = cursor->state;

    rnn_free(&cursor->call.context, s->model);
    s->model = NULL;
}

static rnn_status fit_next(rnnx_cursor *cursor) {
    fit_state *s = cursor->state;
    rnn_status status;

    drop_model(cursor);
    status = rnn_trainer_step(s->trainer, &s->epoch);
    if (status == RNN_OK)
        rnnx_progress_epoch(&s->progress, &s->epoch, rnn_trainer_epochs(s->trainer));
    return status;
}

static void result_model(rnnx_cursor *cursor, sqlite3_context *out) {
    fit_state *s = cursor->state;

    if (s->model == NULL) {
        rnn_status status = rnn_trainer_model(s->trainer, 0, &s->model, &s->model_size);
        if (status != RNN_OK) {
            rnnx_result_error(out, &cursor->call, status);
            return;
        }
    }
    sqlite3_result_blob64(out, s->model, s->model_size, SQLITE_TRANSIENT);
}

static void fit_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const fit_state *s = cursor->state;
    const double value[] = {
        [COLUMN_TRAIN_LOSS] = s->epoch.train_loss,
        [COLUMN_VALID_LOSS] = s->epoch.valid_loss,
        [COLUMN_METRIC] = s->epoch.metric,
        [COLUMN_LEARNING_RATE] = s->epoch.learning_rate,
        [COLUMN_GRADIENT_NORM] = s->epoch.gradient_norm,
        [COLUMN_STEPS_PER_SECOND] = s->epoch.steps_per_second,
        [COLUMN_SECONDS] = s->epoch.seconds,
    };

    switch (column) {
    case COLUMN_EPOCH: sqlite3_result_int64(out, s->epoch.epoch); break;
    case COLUMN_BEST: sqlite3_result_int(out, s->epoch.best); break;
    case COLUMN_MODEL: result_model(cursor, out); break;
    default: rnnx_result_real(out, value[column]); break;
    }
}

static void fit_close(rnnx_cursor *cursor) {
    fit_state *s = cursor->state;

    rnnx_progress_end(&s->progress);
    drop_model(cursor);
    rnn_trainer_free(s->trainer);
    rnn_table_free(s->table);
}

const rnnx_table_function rnnx_fit = {
    .name = "rnn_fit",
    .usage = "rnn_fit(rows, options [, model])",
    .columns = "epoch INTEGER, train_loss REAL, valid_loss REAL, metric REAL, learning_rate REAL, "
               "gradient_norm REAL, "
               "steps_per_second REAL, seconds REAL, best INTEGER, model BLOB",
    .column_count = COLUMN_MODEL + 1,
    .arguments = "rows, options, base",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(fit_state),
    .open = fit_open,
    .next = fit_next,
    .column = fit_column,
    .close = fit_close,
};
