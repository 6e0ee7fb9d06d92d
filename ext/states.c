/* states.c - rnn_states and rnn_gradients: what a recurrent network remembers, and how far back a
** loss reaches. */
#include "../engine/gradient_lag.h"
#include "../engine/states.h"

#include "cache.h"
#include "functions.h"
#include "rows.h"
#include "value.h"

/* Both begin with a model and rows for it. */
static rnn_status take_arguments(rnnx_call *call, sqlite3_value **arg, rnnx_model **model,
                                 rnn_table **table) {
    rnn_status status = rnnx_model_acquire(call, arg[0], model);

    if (status == RNN_OK) status = rnnx_rows_decode(call, arg[1], table);
    if (status == RNN_OK && rnnx_model_get(*model)->options.task == RNN_TASK_FORECAST)
        status = rnnx_rows_check_columns(call, RNN_TASK_FORECAST, rnn_table_columns(*table), 0);
    return status;
}

/* ---- rnn_states(model, rows) ---- */

typedef struct states_state {
    rnnx_model *model;
    rnn_table *table;
    rnn_states *states;
    rnn_state_row row;
} states_state;

static rnn_status states_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    states_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    rnn_status status = take_arguments(call, arg, &s->model, &s->table);

    if (status == RNN_OK)
        status = rnn_states_create(&call->context, call->function, rnnx_model_get(s->model),
                                   s->table, &s->states);
    return status;
}

static rnn_status states_next(rnnx_cursor *cursor) {
    states_state *s = cursor->state;
    return rnn_states_next(s->states, &s->row);
}

static void states_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    static const char *const direction[] = {"forward", "backward", "decoder"};
    const rnn_state_row *row = &((const states_state *)cursor->state)->row;
    const double number[] = {row->h,           row->c,         row->input_gate,  row->forget_gate,
                             row->output_gate, row->candidate, row->update_gate, row->reset_gate};

    switch (column) {
    case 0: rnnx_result_value(out, &row->series); break;
    case 1: rnnx_result_value(out, &row->time); break;
    case 2: rnnx_result_value(out, &row->key); break;
    case 3: sqlite3_result_int64(out, (sqlite3_int64)row->step); break;
    case 4: rnnx_result_value(out, &row->token); break;
    case 5: sqlite3_result_int64(out, (sqlite3_int64)row->layer); break;
    case 6: sqlite3_result_text(out, direction[row->direction], -1, SQLITE_STATIC); break;
    case 7: sqlite3_result_int64(out, (sqlite3_int64)row->unit); break;
    default: rnnx_result_real(out, number[column - 8]); break;
    }
}

static void states_close(rnnx_cursor *cursor) {
    states_state *s = cursor->state;

    rnn_states_free(s->states);
    rnn_table_free(s->table);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_states = {
    .name = "rnn_states",
    .usage = "rnn_states(model, rows)",
    .columns = "series, time, \"key\", step INTEGER, token TEXT, layer INTEGER, direction TEXT, "
               "unit INTEGER, h REAL, c REAL, input_gate REAL, forget_gate REAL, output_gate REAL, "
               "candidate REAL, update_gate REAL, reset_gate REAL",
    .column_count = 16,
    .arguments = "model, rows",
    .required = 2,
    .argument_count = 2,
    .state_size = sizeof(states_state),
    .open = states_open,
    .next = states_next,
    .column = states_column,
    .close = states_close,
};

/* ---- rnn_gradients(model, rows) ---- */

typedef struct gradients_state {
    rnnx_model *model;
    rnn_table *table;
    rnn_gradient_lags lags;
    size_t next; /* number of the row that comes next, from 0 */
} gradients_state;

static rnn_status gradients_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    gradients_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    rnn_status status = take_arguments(call, arg, &s->model, &s->table);

    if (status == RNN_OK)
        status = rnn_gradient_lags_measure(&call->context, call->function, rnnx_model_get(s->model),
                                           s->table, &s->lags);
    return status;
}

static rnn_status gradients_next(rnnx_cursor *cursor) {
    gradients_state *s = cursor->state;
    return s->next++ < s->lags.layers * s->lags.lags ? RNN_OK : RNN_DONE;
}

static void gradients_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const gradients_state *s = cursor->state;
    size_t row = s->next - 1;

    switch (column) {
    case 0: sqlite3_result_int64(out, (sqlite3_int64)(row / s->lags.lags) + 1); break;
    case 1: sqlite3_result_int64(out, (sqlite3_int64)(row % s->lags.lags)); break;
    default: rnnx_result_real(out, s->lags.norm[row]); break;
    }
}

static void gradients_close(rnnx_cursor *cursor) {
    gradients_state *s = cursor->state;

    rnn_gradient_lags_free(&cursor->call.context, &s->lags);
    rnn_table_free(s->table);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_gradients = {
    .name = "rnn_gradients",
    .usage = "rnn_gradients(model, rows)",
    .columns = "layer INTEGER, lag INTEGER, norm REAL",
    .column_count = 3,
    .arguments = "model, rows",
    .required = 2,
    .argument_count = 2,
    .state_size = sizeof(gradients_state),
    .open = gradients_open,
    .next = gradients_next,
    .column = gradients_column,
    .close = gradients_close,
};
