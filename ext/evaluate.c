/* evaluate.c - rnn_evaluate(model, rows [, options]): the metrics of the model's task. */
#include <string.h>

#include "../engine/forecast.h"
#include "../engine/predictor.h"
#include "cache.h"
#include "functions.h"
#include "options_json.h"
#include "rows.h"
#include "value.h"

enum { MOST_METRICS = RNN_FORECAST_METRICS };

typedef struct evaluate_state {
    const char *name[MOST_METRICS];
    double value[MOST_METRICS];
    size_t count;
    size_t at; /* of the current metric, from 1 */
} evaluate_state;

/* What is needed until the metrics are there. */
typedef struct evaluation {
    rnn_options options;
    rnnx_model *model;
    rnn_table *table;
} evaluation;

static rnn_status evaluate_forecast(rnnx_call *call, const evaluation *e, evaluate_state *s) {
    rnn_metric metric[RNN_FORECAST_METRICS];
    rnn_status status =
        rnnx_rows_check_columns(call, RNN_TASK_FORECAST, rnn_table_columns(e->table), 0);

    if (status == RNN_OK)
        status = rnn_forecast_evaluate(&call->context, call->function, rnnx_model_get(e->model),
                                       e->table, &e->options, metric);
    for (size_t i = 0; i < RNN_FORECAST_METRICS && status == RNN_OK; i++) {
        s->name[i] = metric[i].name;
        s->value[i] = metric[i].value;
        s->count = i + 1;
    }
    return status;
}

static rnn_status evaluate_sequences(rnnx_call *call, const evaluation *e, evaluate_state *s) {
    rnn_sequence_metric metric[RNN_MAX_SEQUENCE_METRICS];
    size_t count = 0;
    rnn_status status =
        rnn_sequence_evaluate(&call->context, call->function, rnnx_model_get(e->model), e->table,
                              &e->options, metric, &count);

    for (size_t i = 0; i < count && status == RNN_OK; i++) {
        s->name[i] = metric[i].name;
        s->value[i] = metric[i].value;
        s->count = i + 1;
    }
    return status;
}

static rnn_status evaluate_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    evaluate_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    evaluation e = {.model = NULL};
    rnn_status status = rnnx_options_parse(call, arg[2], RNN_FOR_EVALUATE, &e.options);

    if (status == RNN_OK) status = rnnx_model_acquire(call, arg[0], &e.model);
    if (status == RNN_OK) status = rnnx_rows_decode(call, arg[1], &e.table);
    if (status == RNN_OK)
        status = rnnx_model_get(e.model)->options.task == RNN_TASK_FORECAST
                     ? evaluate_forecast(call, &e, s)
                     : evaluate_sequences(call, &e, s);
    rnn_table_free(e.table);
    rnnx_model_release(e.model);
    return status;
}

static rnn_status evaluate_next(rnnx_cursor *cursor) {
    evaluate_state *s = cursor->state;
    return s->at++ < s->count ? RNN_OK : RNN_DONE;
}

static void evaluate_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const evaluate_state *s = cursor->state;

    if (column == 0)
        sqlite3_result_text(out, s->name[s->at - 1], -1, SQLITE_STATIC);
    else
        rnnx_result_real(out, s->value[s->at - 1]);
}

static void evaluate_close(rnnx_cursor *cursor) { (void)cursor; }

const rnnx_table_function rnnx_evaluate = {
    .name = "rnn_evaluate",
    .usage = "rnn_evaluate(model, rows [, options])",
    .columns = "metric TEXT, value REAL",
    .column_count = 2,
    .arguments = "model, rows, options",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(evaluate_state),
    .open = evaluate_open,
    .next = evaluate_next,
    .column = evaluate_column,
    .close = evaluate_close,
};
