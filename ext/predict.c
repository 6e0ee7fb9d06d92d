/* predict.c - rnn_predict, for one sequence and for rows, and rnn_probability.
**
** The scalar functions are called once a row of a scan: what they need beside the model is kept
** with it on the connection (cache.h), so that a row costs its network and little else.
*/
#include "../engine/columns.h"
#include "../engine/predictor.h"

#include "cache.h"
#include "error.h"
#include "functions.h"
#include "options_json.h"
#include "rows.h"
#include "value.h"

/* No model has more. */
enum { MOST_INPUTS = RNN_MAX_INPUTS };

/* ---- one sequence ---- */

static rnn_status attach_single(rnn_context *ctx, const rnn_model *model, void **out) {
    rnn_single *s = NULL;
    rnn_status status = rnn_single_create(ctx, model, &s);
    *out = s;
    return status;
}

static void detach_single(void *attachment) { rnn_single_free(attachment); }

/* A call of rnn_predict (no class) or rnn_probability. */
typedef struct single_call {
    rnnx_call call;
    rnnx_model *model;
    rnn_single *single;
    rnn_value input[MOST_INPUTS];
    size_t inputs;
} single_call;

static rnn_status single_begin(single_call *c, sqlite3_value *model, sqlite3_value **argv, int n) {
    rnnx_call *call = &c->call;
    void *single = NULL;
    rnn_status status = rnnx_model_acquire(call, model, &c->model);

    if (status == RNN_OK)
        status = rnnx_model_attachment(call, c->model, RNNX_SINGLE, attach_single, detach_single,
                                       &single);
    c->single = single;
    c->inputs = (size_t)n;
    if (status == RNN_OK && n > MOST_INPUTS)
        status = rnn_fail(&call->context, RNN_DATA, "%d inputs are too many; at most %d", n,
                          (int)MOST_INPUTS);
    for (int i = 0; i < n && status == RNN_OK; i++)
        status = rnnx_value_from(call, argv[i], &c->input[i]);
    return status;
}

static void single_end(single_call *c) {
    rnnx_model_release(c->model);
    rnnx_call_end(&c->call);
}

static void predict(sqlite3_context *out, int argc, sqlite3_value **argv) {
    single_call c;
    rnn_value prediction;
    rnn_status status;

    if (argc < 2) {
        sqlite3_result_error(out,
                             "rnn_predict: arguments are missing; usage: rnn_predict(model, "
                             "input...), or in FROM rnn_predict(model, rows [, options])",
                             -1);
        return;
    }
    c.model = NULL;
    rnnx_call_begin(&c.call, sqlite3_user_data(out), "rnn_predict");
    status = single_begin(&c, argv[0], argv + 1, argc - 1);
    if (status == RNN_OK)
        status = rnn_single_predict(c.single, &c.call.context, c.call.function, c.input, c.inputs,
                                    &prediction);
    if (status == RNN_OK)
        rnnx_result_value(out, &prediction);
    else
        rnnx_result_error(out, &c.call, status);
    single_end(&c);
}

static void probability(sqlite3_context *out, int argc, sqlite3_value **argv) {
    single_call c;
    rnn_value class_value;
    double p = 0;
    rnn_status status;

    if (argc < 3) {
        sqlite3_result_error(out,
                             "rnn_probability: arguments are missing; usage: "
                             "rnn_probability(model, class, input...)",
                             -1);
        return;
    }
    c.model = NULL;
    rnnx_call_begin(&c.call, sqlite3_user_data(out), "rnn_probability");
    status = single_begin(&c, argv[0], argv + 2, argc - 2);
    if (status == RNN_OK) status = rnnx_value_from(&c.call, argv[1], &class_value);
    if (status == RNN_OK)
        status = rnn_single_probability(c.single, &c.call.context, c.call.function, &class_value,
                                        c.input, c.inputs, &p);
    if (status == RNN_OK)
        rnnx_result_real(out, p);
    else
        rnnx_result_error(out, &c.call, status);
    single_end(&c);
}

/* Not DETERMINISTIC: a name means what rnn_models says now. */
const rnnx_function rnnx_predict_function = {
    .name = "rnn_predict",
    .arguments = -1,
    .flags = SQLITE_INNOCUOUS,
    .call = predict,
};

const rnnx_function rnnx_probability_function = {
    .name = "rnn_probability",
    .arguments = -1,
    .flags = SQLITE_INNOCUOUS,
    .call = probability,
};

/* ---- rows ---- */

enum { COLUMN_KEY, COLUMN_PREDICTION, COLUMN_PROBABILITY, COLUMN_PROBABILITIES, COLUMN_SERIES };

typedef struct predict_state {
    rnn_options options;
    rnnx_model *model;
    rnn_table *table;
    rnn_predictor *predictor;
    rnn_prediction row;
} predict_state;

static rnn_status predict_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    predict_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    rnn_status status = rnnx_options_parse(call, arg[2], RNN_FOR_PREDICT, &s->options);

    if (status == RNN_OK) status = rnnx_model_acquire(call, arg[0], &s->model);
    if (status == RNN_OK) status = rnnx_rows_decode(call, arg[1], &s->table);
    if (status == RNN_OK)
        status = rnn_predictor_create(&call->context, call->function, rnnx_model_get(s->model),
                                      s->table, &s->options, &s->predictor);
    return status;
}

static rnn_status predict_next(rnnx_cursor *cursor) {
    predict_state *s = cursor->state;
    return rnn_predictor_next(s->predictor, &s->row);
}

static void result_probabilities(rnnx_cursor *cursor, sqlite3_context *out) {
    predict_state *s = cursor->state;
    rnn_context *ctx = &cursor->call.context;
    const char *json;

    ctx->status = RNN_OK;
    json = rnn_predictor_probabilities(s->predictor);
    if (json != NULL)
        sqlite3_result_text(out, json, -1, SQLITE_TRANSIENT);
    else if (ctx->status != RNN_OK)
        rnnx_result_error(out, &cursor->call, ctx->status);
}

static void predict_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const predict_state *s = cursor->state;

    switch (column) {
    case COLUMN_KEY: rnnx_result_value(out, &s->row.key); break;
    case COLUMN_PREDICTION: rnnx_result_value(out, &s->row.prediction); break;
    case COLUMN_PROBABILITY: rnnx_result_real(out, s->row.probability); break;
    case COLUMN_PROBABILITIES: result_probabilities(cursor, out); break;
    case COLUMN_SERIES: rnnx_result_value(out, &s->row.series); break;
    default: rnnx_result_value(out, &s->row.time); break;
    }
}

static void predict_close(rnnx_cursor *cursor) {
    predict_state *s = cursor->state;

    rnn_predictor_free(s->predictor);
    rnn_table_free(s->table);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_predict = {
    .name = "rnn_predict",
    .usage = "rnn_predict(model, rows [, options])",
    .columns = "\"key\", prediction, probability REAL, probabilities TEXT, series, time",
    .column_count = COLUMN_SERIES + 2,
    .arguments = "model, rows, options",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(predict_state),
    .open = predict_open,
    .next = predict_next,
    .column = predict_column,
    .close = predict_close,
};
