/* tvf.h - table-valued functions as a description each: columns, arguments, and four callbacks.
**
** SQLite has no table-valued functions as such: an eponymous virtual table with hidden columns is
** one; the arguments of FROM f(a, b) arrive as equality constraints on the hidden columns, in
** order. The framework declares the table, asks the planner for the arguments (xBestIndex), keeps a
** rnnx_call for each scan and turns engine errors into SQLite's. What is left to a function is:
** open with the arguments, step to the next row, give a column, close.
**
** The tables are read-only, INNOCUOUS (pure functions of their arguments and of rnn_models) and
** have no order.
*/
#ifndef RNN_TVF_H
#define RNN_TVF_H

#include "connection.h"

enum { RNNX_MAX_ARGUMENTS = 8 };

typedef struct rnnx_cursor rnnx_cursor;

typedef struct rnnx_table_function {
    const char *name;      /* "rnn_forecast" */
    const char *usage;     /* "rnn_forecast(model, rows [, options])" */
    const char *columns;   /* SQL of the visible columns */
    int column_count;      /* how many they are */
    const char *arguments; /* SQL names of the arguments, separated by ", " */
    int required;          /* of them, from the left */
    int argument_count;    /* at most */
    /* SQL of columns that are given to those who name them and are no part of `*`, or NULL;
    ** `column` has them behind the visible ones. No equality can be asked of them: it is how SQLite
    ** passes an argument too many. */
    const char *more;
    int more_count;
    size_t state_size; /* bytes of cursor->state, zeroed before open */
    /* Start a scan; arg[i] is NULL where not given. Values are valid only during the call. */
    rnn_status (*open)(rnnx_cursor *cursor, sqlite3_value **arg);
    /* Move to the next row, the first one too; RNN_DONE after the last. */
    rnn_status (*next)(rnnx_cursor *cursor);
    /* Give a column of the current row. */
    void (*column)(rnnx_cursor *cursor, sqlite3_context *out, int column);
    /* Free what the state holds; called also after a failed open. */
    void (*close)(rnnx_cursor *cursor);
} rnnx_table_function;

struct rnnx_cursor {
    sqlite3_vtab_cursor base; /* SQLite's; must be first */
    const rnnx_table_function *function;
    rnnx_call call; /* of the current scan */
    int open;       /* 1 between open and close */
    int eof;
    sqlite3_int64 row; /* from 1 */
    void *state;
};

/* Register a function on a connection; SQLite result code. */
int rnnx_table_function_register(rnnx_connection *connection, const rnnx_table_function *function);

#endif
