#include "cache.h"

#include <string.h>

#include "../engine/pretrained.h"
#include "registry.h"
#include "value.h"

struct rnnx_model {
    rnnx_connection *connection;
    rnn_model *model;
    unsigned references; /* users, plus one while it is in the list */
    int by_name;
    const uint8_t *bytes; /* BLOB entries: what to compare with, `copy` or the library's */
    uint8_t *copy;
    size_t size;
    rnnx_registered row; /* entries by name */
    uint64_t cost;       /* bytes held, without the attachments */
    void *attachment[RNNX_ATTACHMENTS];
    rnnx_detach_fn detach[RNNX_ATTACHMENTS];
};

/* Most recently used first. */
typedef struct rnnx_cache {
    size_t count;
    uint64_t cost;
    rnnx_model *entry[RNNX_CACHE_ENTRIES];
} rnnx_cache;

const rnn_model *rnnx_model_get(const rnnx_model *m) { return m->model; }

void rnnx_model_release(rnnx_model *m) {
    rnn_context *ctx;

    if (m == NULL || --m->references > 0) return;
    ctx = &m->connection->context;
    for (int i = 0; i < RNNX_ATTACHMENTS; i++)
        if (m->attachment[i] != NULL) m->detach[i](m->attachment[i]);
    rnn_model_free(m->model);
    rnn_free(ctx, m->copy);
    rnn_free(ctx, m);
}

rnn_status rnnx_model_attachment(rnnx_call *call, rnnx_model *m, rnnx_attachment kind,
                                 rnnx_attach_fn create, rnnx_detach_fn destroy, void **out) {
    rnn_context *ctx = &m->connection->context;
    rnn_status status = RNN_OK;

    if (m->attachment[kind] == NULL) {
        status = create(ctx, m->model, &m->attachment[kind]);
        m->detach[kind] = destroy;
    }
    *out = m->attachment[kind];
    return status == RNN_OK ? RNN_OK : rnn_fail(&call->context, status, "%s", ctx->message);
}

static void drop(rnnx_cache *cache, size_t i) {
    rnnx_model *m = cache->entry[i];

    cache->count--;
    memmove(&cache->entry[i], &cache->entry[i + 1], (cache->count - i) * sizeof cache->entry[0]);
    cache->cost -= m->cost;
    rnnx_model_release(m);
}

void rnnx_cache_free(rnnx_connection *connection) {
    rnnx_cache *cache = connection->cache;

    if (cache == NULL) return;
    while (cache->count > 0) drop(cache, cache->count - 1);
    rnn_free(&connection->context, cache);
    connection->cache = NULL;
}

/* Put entry i in front and return it with a reference for the caller. */
static rnnx_model *use(rnnx_cache *cache, size_t i) {
    rnnx_model *m = cache->entry[i];

    memmove(&cache->entry[1], &cache->entry[0], i * sizeof cache->entry[0]);
    cache->entry[0] = m;
    m->references++;
    return m;
}

/* Enter a model that was just decoded. One that is larger than the whole budget is not kept. */
static void keep(rnnx_connection *connection, rnnx_model *m) {
    rnnx_cache *cache = connection->cache;

    if (cache == NULL) {
        cache = rnn_alloc_zero(&connection->context, sizeof *cache);
        if (cache == NULL) return; /* a cache is only speed */
        connection->cache = cache;
    }
    if (m->cost > RNNX_CACHE_BYTES) return;
    while (cache->count == RNNX_CACHE_ENTRIES ||
           (cache->count > 0 && cache->cost + m->cost > RNNX_CACHE_BYTES))
        drop(cache, cache->count - 1);
    memmove(&cache->entry[1], &cache->entry[0], cache->count * sizeof cache->entry[0]);
    cache->entry[0] = m;
    cache->count++;
    cache->cost += m->cost;
    m->references++;
}

/* What a BLOB's entry is found by. Bytes that are constant need no copy. */
static rnn_status keep_bytes(rnn_context *ctx, rnnx_model *m, const void *data, size_t size) {
    m->size = size;
    m->bytes = data;
    if (rnn_pretrained_has(data, size)) return RNN_OK;
    m->bytes = m->copy = rnn_alloc(ctx, size);
    if (m->copy == NULL) return ctx->status;
    memcpy(m->copy, data, size);
    return RNN_OK;
}

/* Decode into a new entry with one reference. Its memory is the connection's, errors go to the
** call. */
static rnn_status decode(rnnx_call *call, const void *data, size_t size, int by_name,
                         rnnx_model **out) {
    rnnx_connection *connection = call->connection;
    rnn_context *ctx = &connection->context;
    uint64_t before = ctx->memory_used;
    rnnx_model *m = rnn_alloc_zero(ctx, sizeof *m);
    rnn_status status = m != NULL ? RNN_OK : ctx->status;

    *out = NULL;
    if (status == RNN_OK) {
        m->connection = connection;
        m->references = 1;
        m->by_name = by_name;
        status = rnn_model_read(ctx, data, size, &m->model);
    }
    if (status == RNN_OK && !by_name) status = keep_bytes(ctx, m, data, size);
    if (status != RNN_OK) {
        rnnx_model_release(m);
        return rnn_fail(&call->context, status, "%s", ctx->message);
    }
    m->cost = ctx->memory_used - before;
    *out = m;
    return RNN_OK;
}

/* A copy of the cache's own has an address that no argument has: the same address means the
** library's constant bytes. */
static int same_bytes(const rnnx_model *m, const rnn_value *blob) {
    return !m->by_name && m->size == blob->n &&
           ((const void *)m->bytes == blob->p || memcmp(m->bytes, blob->p, blob->n) == 0);
}

static rnn_status acquire_blob(rnnx_call *call, sqlite3_value *v, rnnx_model **out) {
    rnnx_cache *cache = call->connection->cache;
    rnn_value blob;
    rnn_status status = rnnx_value_from(call, v, &blob);

    if (status != RNN_OK) return status;
    for (size_t i = 0; cache != NULL && i < cache->count; i++) {
        if (same_bytes(cache->entry[i], &blob)) {
            *out = use(cache, i);
            return RNN_OK;
        }
    }
    status = decode(call, blob.p, blob.n, 0, out);
    if (status == RNN_OK) keep(call->connection, *out);
    return status;
}

static int same_row(const rnnx_registered *a, const rnnx_registered *b) {
    return a->has_checksum && b->has_checksum && a->rowid == b->rowid && a->version == b->version &&
           a->checksum == b->checksum && a->bytes == b->bytes;
}

/* Column 0; never NULL, which SQLite gives for an empty BLOB. */
static const void *column_bytes(sqlite3_stmt *s) {
    const void *p = sqlite3_column_blob(s, 0);
    return p != NULL ? p : "";
}

static rnn_status acquire_name(rnnx_call *call, sqlite3_value *v, rnnx_model **out) {
    rnnx_cache *cache = call->connection->cache;
    rnnx_registered row;
    rnn_value name;
    sqlite3_stmt *blob = NULL;
    rnn_status status = rnnx_value_from(call, v, &name);

    if (status == RNN_OK) status = rnnx_registry_find(call, name.p, name.n, &row);
    if (status != RNN_OK) return status;
    for (size_t i = 0; cache != NULL && i < cache->count; i++) {
        if (cache->entry[i]->by_name && same_row(&cache->entry[i]->row, &row)) {
            *out = use(cache, i);
            return RNN_OK;
        }
    }
    status = rnnx_registry_open(call, &row, &blob);
    if (status == RNN_OK)
        status = decode(call, column_bytes(blob), (size_t)sqlite3_column_bytes(blob, 0), 1, out);
    sqlite3_finalize(blob);
    if (status != RNN_OK) return status;
    (*out)->row = row;
    if (row.has_checksum) keep(call->connection, *out);
    return RNN_OK;
}

rnn_status rnnx_model_acquire(rnnx_call *call, sqlite3_value *v, rnnx_model **out) {
    char given[80];

    *out = NULL;
    switch (sqlite3_value_type(v)) {
    case SQLITE_BLOB: return acquire_blob(call, v, out);
    case SQLITE_TEXT: return acquire_name(call, v, out);
    default:
        return rnn_fail(&call->context, RNN_MODEL,
                        "the model is %s; give a model BLOB or the name of one in rnn_models, such "
                        "as 'demand' or "
                        "'demand@3'",
                        rnnx_value_describe(v, given, sizeof given));
    }
}
