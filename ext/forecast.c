/* forecast.c - rnn_forecast and rnn_backtest: a model and rows in, rows out. */
#include "../engine/answer.h"
#include "../engine/forecast.h"

#include <string.h>

#include "cache.h"
#include "error.h"
#include "functions.h"
#include "options_json.h"
#include "rows.h"
#include "value.h"

typedef struct use_state {
    rnn_options options;
    rnnx_model *model;
    rnn_table *table;
    rnn_forecaster *forecaster;
    rnn_forecast_row row;
} use_state;

/* The arguments both have: model, rows, options. */
static rnn_status open_arguments(rnnx_cursor *cursor, sqlite3_value **arg, unsigned scope) {
    use_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    rnn_status status = rnnx_options_parse(call, arg[2], scope, &s->options);

    if (status == RNN_OK) status = rnnx_model_acquire(call, arg[0], &s->model);
    if (status == RNN_OK)
        status = rnn_answer_check_model(&call->context, call->function, rnnx_model_get(s->model),
                                        1u << RNN_TASK_FORECAST);
    if (status == RNN_OK) status = rnnx_rows_decode(call, arg[1], &s->table);
    if (status == RNN_OK)
        status = rnnx_rows_check_columns(call, RNN_TASK_FORECAST, rnn_table_columns(s->table), 0);
    return status;
}

static void use_close(rnnx_cursor *cursor) {
    use_state *s = cursor->state;

    rnn_forecaster_free(s->forecaster);
    rnn_table_free(s->table);
    rnnx_model_release(s->model);
}

static rnn_status forecast_next(rnnx_cursor *cursor) {
    use_state *s = cursor->state;
    return rnn_forecaster_next(s->forecaster, &s->row);
}

static void result_text(sqlite3_context *out, const char *s) {
    if (s != NULL) sqlite3_result_text(out, s, -1, SQLITE_TRANSIENT);
}

/* ---- rnn_forecast ---- */

static void result_mixture(rnnx_cursor *cursor, sqlite3_context *out) {
    const use_state *s = cursor->state;
    rnn_writer w;

    rnn_writer_init(&w, &cursor->call.context);
    rnn_status status = rnn_forecaster_mixture(s->forecaster, &w);
    if (status != RNN_OK)
        rnnx_result_error(out, &cursor->call, status);
    else if (w.size > 0)
        sqlite3_result_text64(out, (const char *)w.data, w.size, SQLITE_TRANSIENT, SQLITE_UTF8);
    rnn_writer_free(&w);
}

static rnn_status forecast_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    use_state *s = cursor->state;
    rnn_status status = open_arguments(cursor, arg, RNN_FOR_FORECAST);

    if (status == RNN_OK)
        status = rnn_forecaster_create(&cursor->call.context, cursor->call.function,
                                       rnnx_model_get(s->model), s->table, &s->options, 0,
                                       &s->forecaster);
    return status;
}

static void forecast_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const rnn_forecast_row *row = &((const use_state *)cursor->state)->row;

    switch (column) {
    case 0: rnnx_result_value(out, &row->series); break;
    case 1: rnnx_result_value(out, &row->time); break;
    case 2: sqlite3_result_int64(out, row->step); break;
    case 3: rnnx_result_real(out, row->forecast); break;
    case 4: rnnx_result_real(out, row->lower); break;
    case 5: rnnx_result_real(out, row->upper); break;
    case 6: rnnx_result_real(out, row->level); break;
    case 7: result_text(out, row->quantiles); break;
    case 8: result_text(out, row->status); break;
    case 9: rnnx_result_real(out, row->baseline); break;
    default: result_mixture(cursor, out); break;
    }
}

const rnnx_table_function rnnx_forecast = {
    .name = "rnn_forecast",
    .usage = "rnn_forecast(model, rows [, options or horizon])",
    .columns = "series, time, step INTEGER, forecast REAL, lower_bound REAL, upper_bound REAL, "
               "level REAL, "
               "quantiles TEXT, status TEXT",
    .column_count = 9,
    .arguments = "model, rows, options",
    .required = 2,
    .argument_count = 3,
    .more = "baseline REAL, mixture TEXT",
    .more_count = 2,
    .state_size = sizeof(use_state),
    .open = forecast_open,
    .next = forecast_next,
    .column = forecast_column,
    .close = use_close,
};

/* ---- rnn_backtest ---- */

static rnn_status backtest_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    use_state *s = cursor->state;
    rnn_status status = open_arguments(cursor, arg, RNN_FOR_BACKTEST);

    if (status == RNN_OK)
        status = rnn_forecaster_create(&cursor->call.context, cursor->call.function,
                                       rnnx_model_get(s->model), s->table, &s->options, 1,
                                       &s->forecaster);
    return status;
}

static void backtest_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const rnn_forecast_row *row = &((const use_state *)cursor->state)->row;

    switch (column) {
    case 0: rnnx_result_value(out, &row->series); break;
    case 1: rnnx_result_value(out, &row->origin); break;
    case 2: rnnx_result_value(out, &row->time); break;
    case 3: sqlite3_result_int64(out, row->step); break;
    case 4: rnnx_result_real(out, row->actual); break;
    case 5: rnnx_result_real(out, row->forecast); break;
    case 6: rnnx_result_real(out, row->lower); break;
    default: rnnx_result_real(out, row->upper); break;
    }
}

const rnnx_table_function rnnx_backtest = {
    .name = "rnn_backtest",
    .usage = "rnn_backtest(model, rows [, options])",
    .columns = "series, origin, time, step INTEGER, actual REAL, forecast REAL, lower_bound REAL, "
               "upper_bound REAL",
    .column_count = 8,
    .arguments = "model, rows, options",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(use_state),
    .open = backtest_open,
    .next = forecast_next,
    .column = backtest_column,
    .close = use_close,
};
