/* rows.h - collecting SQL rows into an rnn_table, and rows as a BLOB.
**
** rnn_rows(column...) is an aggregate that gives all its rows as one BLOB; over no rows it gives
** NULL, as SQLite's own aggregates do. rnn_train() collects through the same rnnx_rows.
*/
#ifndef RNN_ROWS_H
#define RNN_ROWS_H

#include "../engine/options.h"
#include "connection.h"

/* A table being filled from SQL values. */
typedef struct rnnx_rows {
    rnn_table *table;
    rnn_value *row; /* [columns] scratch */
    size_t columns;
} rnnx_rows;

/* Start an empty table of `columns` columns with the call's context. */
rnn_status rnnx_rows_create(rnnx_call *call, size_t columns, rnnx_rows *rows);
/* Append one row of rows->columns values. */
rnn_status rnnx_rows_append(rnnx_call *call, rnnx_rows *rows, sqlite3_value **values);
void rnnx_rows_free(rnnx_call *call, rnnx_rows *rows);

/* The table in a rows BLOB; errors say what was given instead of one. */
rnn_status rnnx_rows_decode(rnnx_call *call, sqlite3_value *v, rnn_table **table);
/* RNN_DATA if there are too few columns for a task: for a forecast the message names the first one
** missing of series, time and target. `first` is the number of the function's argument that is the series, from 1; 0: the
** columns are those of a rows BLOB. */
rnn_status rnnx_rows_check_columns(rnnx_call *call, int task, size_t columns, size_t first);

#endif
