#include "error.h"

#include <string.h>

int rnnx_error_code(const rnnx_call *call, rnn_status status) {
    if (call->sqlite_code != SQLITE_OK) return call->sqlite_code;
    switch (status) {
    case RNN_NOMEM:
    case RNN_LIMIT: return SQLITE_NOMEM;
    case RNN_INTERRUPT: return SQLITE_INTERRUPT;
    default: return SQLITE_ERROR;
    }
}

char *rnnx_error_message(const rnnx_call *call, rnn_status status) {
    const char *message = call->context.message;
    size_t n = strlen(call->function);

    if (message[0] == '\0') message = rnn_status_text(status);
    if (strncmp(message, call->function, n) == 0 && message[n] == ':')
        return sqlite3_mprintf("%s", message);
    return sqlite3_mprintf("%s: %s", call->function, message);
}

void rnnx_result_error(sqlite3_context *out, const rnnx_call *call, rnn_status status) {
    int code = rnnx_error_code(call, status);
    char *message;

    if (code == SQLITE_INTERRUPT) { /* as every interrupted statement says it */
        sqlite3_result_error_code(out, code);
        return;
    }
    message = rnnx_error_message(call, status);
    if (message == NULL) {
        sqlite3_result_error_nomem(out);
        return;
    }
    sqlite3_result_error(out, message, -1);
    sqlite3_result_error_code(out, code);
    sqlite3_free(message);
}

int rnnx_vtab_error(sqlite3_vtab *table, const rnnx_call *call, rnn_status status) {
    int code = rnnx_error_code(call, status);

    sqlite3_free(table->zErrMsg);
    table->zErrMsg = code == SQLITE_INTERRUPT ? NULL : rnnx_error_message(call, status);
    return code;
}
