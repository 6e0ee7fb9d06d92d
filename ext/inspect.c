/* inspect.c - looking inside a model: rnn_info, rnn_history, rnn_tensors. */
#include <math.h>
#include <string.h>

#include "cache.h"
#include "error.h"
#include "functions.h"
#include "value.h"

/* ---- rnn_info(model): JSON ---- */

static void info(sqlite3_context *out, int argc, sqlite3_value **argv) {
    rnnx_call call;
    rnnx_model *model = NULL;
    rnn_writer w;
    rnn_status status;

    (void)argc;
    rnnx_call_begin(&call, sqlite3_user_data(out), "rnn_info");
    rnn_writer_init(&w, &call.context);
    status = rnnx_model_acquire(&call, argv[0], &model);
    if (status == RNN_OK) status = rnn_model_info(rnnx_model_get(model), &w);
    if (status == RNN_OK) {
        sqlite3_result_text64(out, (const char *)w.data, w.size, SQLITE_TRANSIENT, SQLITE_UTF8);
        sqlite3_result_subtype(out, 'J'); /* JSON, so that json_object() nests it */
    } else {
        rnnx_result_error(out, &call, status);
    }
    rnn_writer_free(&w);
    rnnx_model_release(model);
    rnnx_call_end(&call);
}

/* Not DETERMINISTIC: a name means what rnn_models says now. */
const rnnx_function rnnx_info_function = {
    .name = "rnn_info",
    .arguments = 1,
    .flags = SQLITE_INNOCUOUS | SQLITE_RESULT_SUBTYPE,
    .call = info,
};

/* ---- rnn_history(model) ---- */

typedef struct inspect_state {
    rnnx_model *model;
    size_t at;     /* history: of the current epoch, from 1 */
    size_t member; /* tensors: of the current network, from 0 */
    size_t tensor; /* tensors: of the current tensor in it, from 1 */
    rnn_writer data;
} inspect_state;

static rnn_status inspect_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    inspect_state *s = cursor->state;

    rnn_writer_init(&s->data, &cursor->call.context);
    return rnnx_model_acquire(&cursor->call, arg[0], &s->model);
}

static void inspect_close(rnnx_cursor *cursor) {
    inspect_state *s = cursor->state;

    rnn_writer_free(&s->data);
    rnnx_model_release(s->model);
}

static rnn_status history_next(rnnx_cursor *cursor) {
    inspect_state *s = cursor->state;
    return s->at++ < rnnx_model_get(s->model)->epochs ? RNN_OK : RNN_DONE;
}

static void history_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const inspect_state *s = cursor->state;
    const rnn_epoch *e = &rnnx_model_get(s->model)->history[s->at - 1];
    const double value[] = {0,         e->train_loss,    e->valid_loss,
                            e->metric, e->learning_rate, e->gradient_norm};

    if (column == 0)
        sqlite3_result_int64(out, e->epoch);
    else if (column == 6)
        sqlite3_result_int(out, e->best);
    else
        rnnx_result_real(out, value[column]);
}

const rnnx_table_function rnnx_history = {
    .name = "rnn_history",
    .usage = "rnn_history(model)",
    .columns = "epoch INTEGER, train_loss REAL, valid_loss REAL, metric REAL, learning_rate REAL, "
               "gradient_norm REAL, "
               "best INTEGER",
    .column_count = 7,
    .arguments = "model",
    .required = 1,
    .argument_count = 1,
    .state_size = sizeof(inspect_state),
    .open = inspect_open,
    .next = history_next,
    .column = history_column,
    .close = inspect_close,
};

/* ---- rnn_tensors(model) ----
**
** An ensemble's first network has PyTorch's plain names (rnn.weight_ih_l0), so that a query by name
** works whatever the number of networks; the others follow as members.1.rnn.weight_ih_l0 and so on.
*/

static rnn_status tensors_next(rnnx_cursor *cursor) {
    inspect_state *s = cursor->state;
    const rnn_model *m = rnnx_model_get(s->model);

    s->tensor++;
    while (s->member < m->members && s->tensor > rnn_net_tensor_count(m->member[s->member])) {
        s->member++;
        s->tensor = 1;
    }
    return s->member < m->members ? RNN_OK : RNN_DONE;
}

typedef struct summary {
    double minimum, maximum, mean,
        deviation; /* standard deviation over all elements (n, not n - 1) */
} summary;

static summary summarise(const real *v, size_t n) {
    summary s = {NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;

    if (n == 0) return s;
    s.minimum = s.maximum = (double)v[0];
    for (size_t i = 0; i < n; i++) {
        double x = (double)v[i];
        s.minimum = x < s.minimum ? x : s.minimum;
        s.maximum = x > s.maximum ? x : s.maximum;
        sum += x;
    }
    s.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += ((double)v[i] - s.mean) * ((double)v[i] - s.mean);
    s.deviation = sqrt(squares / (double)n);
    return s;
}

/* The text of sqlite3_mprintf as a result; it takes text over. */
static void result_printed(sqlite3_context *out, char *text) {
    if (text == NULL)
        sqlite3_result_error_nomem(out);
    else
        sqlite3_result_text(out, text, -1, sqlite3_free);
}

static void result_data(rnnx_cursor *cursor, sqlite3_context *out, const real *v, size_t n) {
    inspect_state *s = cursor->state;

    rnn_writer_free(&s->data);
    rnn_writer_init(&s->data, &cursor->call.context);
    rnn_write_reals(&s->data, v, n);
    if (s->data.status == RNN_OK)
        sqlite3_result_blob64(out, s->data.data, s->data.size, SQLITE_TRANSIENT);
    else
        rnnx_result_error(out, &cursor->call, s->data.status);
}

static void tensors_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const inspect_state *s = cursor->state;
    rnn_net *net = rnnx_model_get(s->model)->member[s->member];
    const rnn_tensor *t = rnn_net_tensor(net, s->tensor - 1);
    const real *v = rnn_net_parameters(net) + t->offset;
    size_t n = t->columns > 0 ? t->rows * t->columns : t->rows;

    switch (column) {
    case 0:
        result_printed(out, s->member == 0
                                ? sqlite3_mprintf("%s", t->name)
                                : sqlite3_mprintf("members.%d.%s", (int)s->member, t->name));
        break;
    case 1:
        result_printed(out, t->columns > 0 ? sqlite3_mprintf("[%llu,%llu]", (sqlite3_uint64)t->rows,
                                                             (sqlite3_uint64)t->columns)
                                           : sqlite3_mprintf("[%llu]", (sqlite3_uint64)t->rows));
        break;
    case 2: sqlite3_result_int64(out, (sqlite3_int64)n); break;
    case 3: rnnx_result_real(out, summarise(v, n).minimum); break;
    case 4: rnnx_result_real(out, summarise(v, n).maximum); break;
    case 5: rnnx_result_real(out, summarise(v, n).mean); break;
    case 6: rnnx_result_real(out, summarise(v, n).deviation); break;
    default: result_data(cursor, out, v, n); break;
    }
}

const rnnx_table_function rnnx_tensors = {
    .name = "rnn_tensors",
    .usage = "rnn_tensors(model)",
    .columns =
        "name TEXT, shape TEXT, count INTEGER, min REAL, max REAL, mean REAL, std REAL, data BLOB",
    .column_count = 8,
    .arguments = "model",
    .required = 1,
    .argument_count = 1,
    .state_size = sizeof(inspect_state),
    .open = inspect_open,
    .next = tensors_next,
    .column = tensors_column,
    .close = inspect_close,
};
