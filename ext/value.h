/* value.h - sqlite3_value to rnn_value and back. */
#ifndef RNN_VALUE_H
#define RNN_VALUE_H

#include "../engine/table.h"
#include "connection.h"

/* *out borrows the text or BLOB bytes of v, valid as long as SQLite says. Fails only without memory
** (text that has to be converted from UTF-16). */
rnn_status rnnx_value_from(rnnx_call *call, sqlite3_value *v, rnn_value *out);
/* Make a value a result; bytes are copied. */
void rnnx_result_value(sqlite3_context *out, const rnn_value *v);
/* A number, NULL for NaN. */
void rnnx_result_real(sqlite3_context *out, double v);
/* Type and value of v for a message: "TEXT 'abc'", "INTEGER 5", "NULL", "a BLOB of 20 bytes".
** Returns buf. */
const char *rnnx_value_describe(sqlite3_value *v, char *buf, size_t size);

#endif
