/* anomalies.c - rnn_anomalies: what a forecast model would not have expected of the rows. */
#include "../engine/anomalies.h"

#include "cache.h"
#include "functions.h"
#include "options_json.h"
#include "rows.h"
#include "value.h"

typedef struct anomalies_state {
    rnnx_model *model;
    rnn_table *table;
    rnn_anomalies *anomalies;
    rnn_anomaly_row row;
} anomalies_state;

static rnn_status check_task(rnnx_call *call, const rnn_model *model) {
    int task = model->options.task;
    if (task == RNN_TASK_FORECAST) return RNN_OK;
    return rnn_fail(&call->context, RNN_MISUSE,
                    "%s: the model's task is \"%s\", but anomalies are misses of one-step "
                    "forecasts; train a model with \"task\":\"forecast\", or use rnn_predict, "
                    "whose probability tells how sure this one is",
                    call->function, rnn_option_choice(RNN_KEY_task, task));
}

static rnn_status anomalies_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    anomalies_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    rnn_options options;
    rnn_status status = rnnx_options_parse(call, arg[2], RNN_FOR_ANOMALIES, &options);

    if (status == RNN_OK) status = rnnx_model_acquire(call, arg[0], &s->model);
    if (status == RNN_OK) status = check_task(call, rnnx_model_get(s->model));
    if (status == RNN_OK) status = rnnx_rows_decode(call, arg[1], &s->table);
    if (status == RNN_OK)
        status = rnnx_rows_check_columns(call, RNN_TASK_FORECAST, rnn_table_columns(s->table), 0);
    if (status == RNN_OK)
        status = rnn_anomalies_create(&call->context, call->function, rnnx_model_get(s->model),
                                      s->table, &options, &s->anomalies);
    return status;
}

static rnn_status anomalies_next(rnnx_cursor *cursor) {
    anomalies_state *s = cursor->state;
    return rnn_anomalies_next(s->anomalies, &s->row);
}

static void anomalies_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const rnn_anomaly_row *row = &((const anomalies_state *)cursor->state)->row;

    switch (column) {
    case 0: rnnx_result_value(out, &row->series); break;
    case 1: rnnx_result_value(out, &row->time); break;
    case 2: rnnx_result_real(out, row->actual); break;
    case 3: rnnx_result_real(out, row->forecast); break;
    case 4: rnnx_result_real(out, row->lower); break;
    case 5: rnnx_result_real(out, row->upper); break;
    case 6: rnnx_result_real(out, row->probability); break;
    default: sqlite3_result_int(out, row->anomaly); break;
    }
}

static void anomalies_close(rnnx_cursor *cursor) {
    anomalies_state *s = cursor->state;

    rnn_anomalies_free(s->anomalies);
    rnn_table_free(s->table);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_anomalies = {
    .name = "rnn_anomalies",
    .usage = "rnn_anomalies(model, rows [, options])",
    .columns = "series, time, actual REAL, forecast REAL, lower_bound REAL, upper_bound REAL, "
               "probability REAL, anomaly INTEGER",
    .column_count = 8,
    .arguments = "model, rows, options",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(anomalies_state),
    .open = anomalies_open,
    .next = anomalies_next,
    .column = anomalies_column,
    .close = anomalies_close,
};
