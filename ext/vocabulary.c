/* vocabulary.c - the words of a model and their vectors: rnn_vocabulary, rnn_neighbors. */
#include <string.h>

#include "../engine/neighbors.h"
#include "../engine/principal.h"
#include "cache.h"
#include "error.h"
#include "functions.h"
#include "value.h"

/* ---- rnn_vocabulary(model) ----
**
** Principal components cost more than everything else; they are found when x or y is first read.
*/

typedef struct vocabulary_state {
    rnnx_model *model;
    rnn_embedding embedding; /* of the current column */
    rnn_principal principal; /* likewise; empty until it is asked for */
    rnn_writer data;
    size_t columns, column; /* column: of the current one, from 1 */
    size_t at;              /* of the current entry, from 1 */
} vocabulary_state;

static rnn_status vocabulary_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    vocabulary_state *s = cursor->state;
    rnn_status status;

    rnn_writer_init(&s->data, &cursor->call.context);
    status = rnnx_model_acquire(&cursor->call, arg[0], &s->model);
    if (status == RNN_OK) s->columns = rnn_embedding_columns(rnnx_model_get(s->model));
    return status;
}

static void leave_column(vocabulary_state *s) {
    rnn_principal_free(&s->principal);
    rnn_embedding_close(&s->embedding);
}

static rnn_status vocabulary_next(rnnx_cursor *cursor) {
    vocabulary_state *s = cursor->state;
    rnn_status status;

    s->at++;
    while (s->at > s->embedding.count) {
        leave_column(s);
        if (s->column == s->columns) return RNN_DONE;
        status = rnn_embedding_open(&cursor->call.context, rnnx_model_get(s->model), s->column,
                                    &s->embedding);
        if (status != RNN_OK) return status;
        s->column++;
        s->at = 1;
    }
    return RNN_OK;
}

static void result_vector(rnnx_cursor *cursor, sqlite3_context *out, const real *v, size_t n) {
    vocabulary_state *s = cursor->state;

    s->data.size = 0; /* its memory serves for every row */
    rnn_write_reals(&s->data, v, n);
    if (s->data.status == RNN_OK)
        sqlite3_result_blob64(out, s->data.data, s->data.size, SQLITE_TRANSIENT);
    else
        rnnx_result_error(out, &cursor->call, s->data.status);
}

/* The components are those of the tokens; specials, which hardly train, are only projected. */
static void result_component(rnnx_cursor *cursor, sqlite3_context *out, const real *v, int axis) {
    vocabulary_state *s = cursor->state;
    const rnn_embedding *e = &s->embedding;
    rnn_status status = RNN_OK;

    if (s->principal.width == 0)
        status = rnn_principal_find(&cursor->call.context, e->vectors + e->specials * e->width,
                                    e->count - e->specials, e->width, &s->principal);
    if (status == RNN_OK)
        rnnx_result_real(out, rnn_principal_project(&s->principal, v, axis));
    else
        rnnx_result_error(out, &cursor->call, status);
}

static void vocabulary_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    vocabulary_state *s = cursor->state;
    const rnn_embedding *e = &s->embedding;
    const real *vector = e->vectors + (s->at - 1) * e->width;
    rnn_value token = rnn_embedding_token(e, s->at - 1);
    int64_t count = rnn_embedding_count(e, s->at - 1);

    switch (column) {
    case 0: sqlite3_result_text(out, e->column, -1, SQLITE_TRANSIENT); break;
    case 1: sqlite3_result_int64(out, (sqlite3_int64)(s->at - 1)); break;
    case 2: rnnx_result_value(out, &token); break;
    case 3:
        if (count >= 0) sqlite3_result_int64(out, count);
        break;
    case 4: result_vector(cursor, out, vector, e->width); break;
    case 5: result_component(cursor, out, vector, 0); break;
    default: result_component(cursor, out, vector, 1); break;
    }
}

static void vocabulary_close(rnnx_cursor *cursor) {
    vocabulary_state *s = cursor->state;

    leave_column(s);
    rnn_writer_free(&s->data);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_vocabulary = {
    .name = "rnn_vocabulary",
    .usage = "rnn_vocabulary(model)",
    .columns = "\"column\" TEXT, id INTEGER, token TEXT, count INTEGER, embedding BLOB, x REAL, "
               "y REAL",
    .column_count = 7,
    .arguments = "model",
    .required = 1,
    .argument_count = 1,
    .state_size = sizeof(vocabulary_state),
    .open = vocabulary_open,
    .next = vocabulary_next,
    .column = vocabulary_column,
    .close = vocabulary_close,
};

/* ---- rnn_neighbors(model, token [, k]) ---- */

enum { NEIGHBORS = 10 };

typedef struct neighbors_state {
    rnnx_model *model;
    rnn_neighbors found;
    size_t at; /* of the current one, from 1 */
} neighbors_state;

static rnn_status read_k(rnnx_call *call, sqlite3_value *v, size_t *k) {
    char shown[80];

    *k = NEIGHBORS;
    if (v == NULL) return RNN_OK;
    if (sqlite3_value_type(v) != SQLITE_INTEGER || sqlite3_value_int64(v) < 1)
        return rnn_fail(&call->context, RNN_OPTION,
                        "k, the number of neighbors, is %s; allowed is an INTEGER from 1 on",
                        rnnx_value_describe(v, shown, sizeof shown));
    *k = (uint64_t)sqlite3_value_int64(v) < SIZE_MAX ? (size_t)sqlite3_value_int64(v) : SIZE_MAX;
    return RNN_OK;
}

/* The token as text, borrowed from v; numbers as SQLite prints them. */
static rnn_status read_token(rnnx_call *call, sqlite3_value *v, const char **p, size_t *n) {
    int type = sqlite3_value_type(v);
    char shown[80];

    if (type == SQLITE_NULL || type == SQLITE_BLOB)
        return rnn_fail(
            &call->context, RNN_DATA,
            "the token is %s; it is a TEXT: a token of the model, or an expression such "
            "as 'king - man + woman'",
            rnnx_value_describe(v, shown, sizeof shown));
    *p = (const char *)sqlite3_value_text(v);
    *n = (size_t)sqlite3_value_bytes(v);
    if (*p == NULL)
        return rnn_fail(&call->context, RNN_NOMEM, "out of memory while reading a text");
    return RNN_OK;
}

static rnn_status neighbors_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    neighbors_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    const char *token = NULL;
    size_t n = 0, k;
    rnn_status status = read_k(call, arg[2], &k);

    if (status == RNN_OK) status = read_token(call, arg[1], &token, &n);
    if (status == RNN_OK) status = rnnx_model_acquire(call, arg[0], &s->model);
    if (status != RNN_OK) return status;
    return rnn_neighbors_find(&call->context, call->function, rnnx_model_get(s->model), token, n, k,
                              &s->found);
}

static rnn_status neighbors_next(rnnx_cursor *cursor) {
    neighbors_state *s = cursor->state;
    return s->at++ < s->found.count ? RNN_OK : RNN_DONE;
}

static void neighbors_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const neighbors_state *s = cursor->state;
    const rnn_neighbor *neighbor = &s->found.item[s->at - 1];
    rnn_value token = rnn_embedding_token(&s->found.embedding, neighbor->id);

    switch (column) {
    case 0: sqlite3_result_int64(out, (sqlite3_int64)s->at); break;
    case 1: rnnx_result_value(out, &token); break;
    default: rnnx_result_real(out, neighbor->similarity); break;
    }
}

static void neighbors_close(rnnx_cursor *cursor) {
    neighbors_state *s = cursor->state;

    rnn_neighbors_free(&s->found);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_neighbors = {
    .name = "rnn_neighbors",
    .usage = "rnn_neighbors(model, token [, k])",
    .columns = "rank INTEGER, token TEXT, similarity REAL",
    .column_count = 3,
    .arguments = "model, token, k",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(neighbors_state),
    .open = neighbors_open,
    .next = neighbors_next,
    .column = neighbors_column,
    .close = neighbors_close,
};
