#include "value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

rnn_status rnnx_value_from(rnnx_call *call, sqlite3_value *v, rnn_value *out) {
    memset(out, 0, sizeof *out);
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        out->type = RNN_INT;
        out->i = sqlite3_value_int64(v);
        out->d = (double)out->i;
        break;
    case SQLITE_FLOAT:
        out->type = RNN_FLOAT;
        out->d = sqlite3_value_double(v);
        break;
    case SQLITE_TEXT:
        out->type = RNN_TEXT;
        out->p = (const char *)sqlite3_value_text(v);
        out->n = (size_t)sqlite3_value_bytes(v);
        if (out->p == NULL)
            return rnn_fail(&call->context, RNN_NOMEM, "out of memory while reading a text");
        break;
    case SQLITE_BLOB:
        out->type = RNN_BLOB;
        out->p = sqlite3_value_blob(v);
        out->n = (size_t)sqlite3_value_bytes(v);
        if (out->p == NULL) {
            if (out->n > 0) /* zeroblob() that could not be expanded */
                return rnn_fail(&call->context, RNN_NOMEM, "out of memory while reading a BLOB");
            out->p = "";
        }
        break;
    default: out->type = RNN_NULL; break;
    }
    return RNN_OK;
}

void rnnx_result_value(sqlite3_context *out, const rnn_value *v) {
    switch (v->type) {
    case RNN_INT: sqlite3_result_int64(out, v->i); break;
    case RNN_FLOAT: rnnx_result_real(out, v->d); break;
    case RNN_TEXT: sqlite3_result_text64(out, v->p, v->n, SQLITE_TRANSIENT, SQLITE_UTF8); break;
    case RNN_BLOB: sqlite3_result_blob64(out, v->p, v->n, SQLITE_TRANSIENT); break;
    default: sqlite3_result_null(out); break;
    }
}

void rnnx_result_real(sqlite3_context *out, double v) {
    if (isnan(v))
        sqlite3_result_null(out);
    else
        sqlite3_result_double(out, v);
}

const char *rnnx_value_describe(sqlite3_value *v, char *buf, size_t size) {
    char text[64];
    rnn_value value = {0};

    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        snprintf(buf, size, "INTEGER %lld", (long long)sqlite3_value_int64(v));
        break;
    case SQLITE_FLOAT:
        value.type = RNN_FLOAT;
        value.d = sqlite3_value_double(v);
        snprintf(buf, size, "REAL %s", rnn_value_print(&value, text, sizeof text));
        break;
    case SQLITE_TEXT:
        value.type = RNN_TEXT;
        value.p = (const char *)sqlite3_value_text(v);
        value.n = value.p != NULL ? (size_t)sqlite3_value_bytes(v) : 0;
        snprintf(buf, size, "TEXT %s", rnn_value_print(&value, text, sizeof text));
        break;
    case SQLITE_BLOB: snprintf(buf, size, "a BLOB of %d bytes", sqlite3_value_bytes(v)); break;
    default: snprintf(buf, size, "NULL"); break;
    }
    return buf;
}
