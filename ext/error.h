/* error.h - an engine status as SQLite reports errors.
**
** RNN_NOMEM and RNN_LIMIT become SQLITE_NOMEM, RNN_INTERRUPT becomes SQLITE_INTERRUPT, a failed
** nested statement keeps its own code (SQLITE_BUSY, SQLITE_READONLY, ...), the rest is
** SQLITE_ERROR. The engine's message is kept, NOMEM's too (it says how much was asked for and which
** limit stood against it). Every message starts with the function's name.
*/
#ifndef RNN_ERROR_H
#define RNN_ERROR_H

#include "connection.h"

/* SQLite's result code for a status of this call. */
int rnnx_error_code(const rnnx_call *call, rnn_status status);
/* The message, starting with the function's name; from sqlite3_malloc, NULL without memory. */
char *rnnx_error_message(const rnnx_call *call, rnn_status status);
/* Make the error the result of a function or a column. */
void rnnx_result_error(sqlite3_context *out, const rnnx_call *call, rnn_status status);
/* Leave the message in a virtual table; returns the code for the method to return. */
int rnnx_vtab_error(sqlite3_vtab *table, const rnnx_call *call, rnn_status status);

#endif
