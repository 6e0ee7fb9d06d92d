#include "rows.h"

#include <string.h>

#include "error.h"
#include "functions.h"
#include "value.h"

/* The size is compared with SQLite's limit this often, so that a hopeless table does not fill
** the memory first. */
enum { SIZE_CHECK_ROWS = 65536 };

rnn_status rnnx_rows_create(rnnx_call *call, size_t columns, rnnx_rows *rows) {
    rnn_status status;

    memset(rows, 0, sizeof *rows);
    rows->columns = columns;
    status = rnn_table_create(&call->context, columns, &rows->table);
    if (status != RNN_OK) return status;
    rows->row = rnn_alloc_array(&call->context, columns, sizeof *rows->row);
    if (rows->row == NULL) {
        rnnx_rows_free(call, rows);
        return call->context.status;
    }
    return RNN_OK;
}

rnn_status rnnx_rows_append(rnnx_call *call, rnnx_rows *rows, sqlite3_value **values) {
    for (size_t i = 0; i < rows->columns; i++) {
        rnn_status status = rnnx_value_from(call, values[i], &rows->row[i]);
        if (status != RNN_OK) return status;
    }
    return rnn_table_append(rows->table, rows->row);
}

void rnnx_rows_free(rnnx_call *call, rnnx_rows *rows) {
    rnn_table_free(rows->table);
    rnn_free(&call->context, rows->row);
    memset(rows, 0, sizeof *rows);
}

rnn_status rnnx_rows_decode(rnnx_call *call, sqlite3_value *v, rnn_table **table) {
    rnn_value value;
    rnn_status status;
    char given[80];

    *table = NULL;
    if (sqlite3_value_type(v) == SQLITE_NULL)
        return rnn_fail(
            &call->context, RNN_DATA,
            "the rows are NULL: rnn_rows() was given no row; check the FROM and WHERE it reads");
    if (sqlite3_value_type(v) != SQLITE_BLOB)
        return rnn_fail(&call->context, RNN_DATA,
                        "the rows are %s; give a BLOB made by rnn_rows(), such as "
                        "(SELECT rnn_rows(series, time, target) FROM t)",
                        rnnx_value_describe(v, given, sizeof given));
    status = rnnx_value_from(call, v, &value);
    if (status != RNN_OK) return status;
    return rnn_table_read(&call->context, value.p, value.n, table);
}

rnn_status rnnx_rows_check_columns(rnnx_call *call, int task, size_t columns, size_t first) {
    static const char *const role[] = {"series", "time", "target"};

    if (columns >= (task == RNN_TASK_FORECAST ? 3 : 1)) return RNN_OK;
    if (task != RNN_TASK_FORECAST)
        return rnn_fail(&call->context, RNN_DATA,
                        "there are no columns; a %s model is made from %s",
                        rnn_option_choice(RNN_KEY_task, task),
                        task == RNN_TASK_GENERATE ? "text" : "target, input");
    if (first > 0)
        return rnn_fail(&call->context, RNN_DATA,
                        "the %s (argument %zu) is missing; a forecast model is made by %s(options, "
                        "series, time, target, "
                        "input...)",
                        role[columns], first + columns, call->function);
    return rnn_fail(&call->context, RNN_DATA,
                    "the rows have %zu column%s, the %s (column %zu) is missing; collect them with "
                    "rnn_rows(series, time, "
                    "target, input...)",
                    columns, columns == 1 ? "" : "s", role[columns], columns + 1);
}

/* ---- rnn_rows ---- */

typedef struct collector {
    rnnx_call call;
    rnnx_rows rows;
} collector;

static void collector_free(collector *c) {
    if (c == NULL) return;
    rnnx_rows_free(&c->call, &c->rows);
    rnnx_call_end(&c->call);
    sqlite3_free(c);
}

static rnn_status check_size(collector *c) {
    uint64_t limit = (uint64_t)sqlite3_limit(c->call.connection->db, SQLITE_LIMIT_LENGTH, -1);
    uint64_t bytes = rnn_table_bytes(c->rows.table);

    if (bytes <= limit) return RNN_OK;
    return rnn_fail(&c->call.context, RNN_LIMIT,
                    "%zu rows take %llu bytes, more than the %llu that a BLOB may have here; "
                    "rnn_train() takes the "
                    "same columns and has no such limit, or give fewer rows",
                    rnn_table_rows(c->rows.table), (unsigned long long)bytes,
                    (unsigned long long)limit);
}

static void rows_step(sqlite3_context *out, int argc, sqlite3_value **argv) {
    collector **slot = sqlite3_aggregate_context(out, sizeof *slot);
    collector *c;
    rnn_status status = RNN_OK;

    if (slot == NULL) {
        sqlite3_result_error_nomem(out);
        return;
    }
    if (argc == 0) {
        sqlite3_result_error(
            out, "rnn_rows: no columns; usage: rnn_rows(series, time, target, input...)", -1);
        return;
    }
    c = *slot;
    if (c == NULL) {
        c = sqlite3_malloc64(sizeof *c);
        if (c == NULL) {
            sqlite3_result_error_nomem(out);
            return;
        }
        memset(c, 0, sizeof *c);
        rnnx_call_begin(&c->call, sqlite3_user_data(out), "rnn_rows");
        status = rnnx_rows_create(&c->call, (size_t)argc, &c->rows);
        *slot = c;
    }
    if (status == RNN_OK) status = rnnx_rows_append(&c->call, &c->rows, argv);
    if (status == RNN_OK && rnn_table_rows(c->rows.table) % SIZE_CHECK_ROWS == 0)
        status = check_size(c);
    if (status != RNN_OK) {
        rnnx_result_error(out, &c->call, status);
        collector_free(c);
        *slot = NULL;
    }
}

static void rows_final(sqlite3_context *out) {
    collector **slot = sqlite3_aggregate_context(out, 0);
    collector *c = slot != NULL ? *slot : NULL;
    rnn_writer w;
    rnn_status status;

    if (c == NULL) return; /* no rows: NULL */
    rnn_writer_init(&w, &c->call.context);
    status = check_size(c);
    if (status == RNN_OK) status = rnn_table_write(c->rows.table, &w);
    if (status == RNN_OK) {
        sqlite3_result_blob64(out, w.data, w.size, rnnx_bytes_free);
    } else {
        rnnx_result_error(out, &c->call, status);
        rnn_writer_free(&w);
    }
    collector_free(c);
    *slot = NULL;
}

const rnnx_function rnnx_rows_function = {
    .name = "rnn_rows",
    .arguments = -1,
    .flags = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    .step = rows_step,
    .final = rows_final,
};
