/* registry_find.c - looking a model up by name. */
#include "../engine/pretrained.h"

#include <stdio.h>
#include <string.h>

#include "registry.h"

static const char LOOKING[] = "looking for a model in rnn_models";

rnn_status rnnx_registry_exists(rnnx_call *call, int *exists) {
    int rc = sqlite3_table_column_metadata(call->connection->db, "main", "_rnn_models", NULL, NULL,
                                           NULL, NULL, NULL, NULL);
    *exists = rc == SQLITE_OK;
    return rc == SQLITE_OK || rc == SQLITE_ERROR ? RNN_OK : rnnx_fail_sql(call, LOOKING);
}

/* 'name@12' -> the length of the name and the version; a name alone -> version 0. */
static size_t split_version(const char *name, size_t n, sqlite3_int64 *version) {
    size_t at = n;
    sqlite3_int64 v = 0;

    *version = 0;
    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9') at--;
    if (at == n || at < 2 || name[at - 1] != '@' || n - at > 18) return n;
    for (size_t i = at; i < n; i++) v = 10 * v + (name[i] - '0');
    *version = v;
    return at - 1;
}

/* Run `sql` with ?1 = name and put its one text into buf, "" if there is none. */
static void describe(rnnx_call *call, const char *sql, const char *name, size_t n, char *buf,
                     size_t size) {
    sqlite3_stmt *s = rnnx_prepare(call, sql, LOOKING);

    buf[0] = '\0';
    if (s == NULL) return;
    sqlite3_bind_text64(s, 1, name, n, SQLITE_STATIC, SQLITE_UTF8);
    if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0) != NULL)
        snprintf(buf, size, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
}

/* The bytes of the model of that name that is part of the library, or NULL. */
static const void *pretrained_of(const char *name, size_t n) {
    char asked[32];
    size_t size;

    if (n >= sizeof asked) return NULL;
    memcpy(asked, name, n);
    asked[n] = '\0';
    return rnn_pretrained(asked, &size);
}

static rnn_status fail_empty(rnnx_call *call, const char *name, size_t n) {
    if (pretrained_of(name, n) != NULL)
        return rnn_fail(&call->context, RNN_MODEL,
                        "no model is called '%.*s' in rnn_models; the one that is part of the "
                        "extension is rnn_pretrained('%.*s')",
                        (int)n, name, (int)n, name);
    return rnn_fail(
        &call->context, RNN_MODEL,
        "no model is called '%.*s': rnn_models is empty; INSERT INTO rnn_models(name, model) first",
        n > 80 ? 80 : (int)n, name);
}

/* The error for a name that is not there: what is there instead. */
static rnn_status fail_unknown(rnnx_call *call, const char *name, size_t n, sqlite3_int64 version) {
    rnn_context *ctx = &call->context;
    int shown = n > 80 ? 80 : (int)n;
    char there[200];

    if (pretrained_of(name, n) != NULL) return fail_empty(call, name, n);
    describe(call,
             "SELECT group_concat(version, ', ') FROM (SELECT version FROM main._rnn_models WHERE "
             "name = ?1 "
             "ORDER BY version DESC LIMIT 8)",
             name, n, there, sizeof there);
    if (there[0] != '\0' && version > 0)
        return rnn_fail(ctx, RNN_MODEL, "model '%.*s' has no version %lld; it has %s", shown, name,
                        (long long)version, there);
    if (there[0] != '\0')
        return rnn_fail(ctx, RNN_MODEL,
                        "model '%.*s' has no active version; name one of %s as '%.*s@version' or "
                        "UPDATE rnn_models "
                        "SET active = 1",
                        shown, name, there, shown, name);
    describe(
        call,
        "WITH n(name) AS (SELECT DISTINCT name FROM main._rnn_models) "
        "SELECT group_concat(quote(name), ', ') || "
        "iif(count(*) < (SELECT count(*) FROM n), printf(' and %d more', (SELECT count(*) FROM n) "
        "- count(*)), '') "
        "FROM (SELECT name FROM n ORDER BY substr(name, 1, 3) <> substr(?1, 1, 3), name LIMIT 5)",
        name, n, there, sizeof there);
    if (there[0] == '\0') return fail_empty(call, name, n);
    return rnn_fail(ctx, RNN_MODEL, "no model is called '%.*s'; rnn_models has %s", shown, name,
                    there);
}

static void read_row(sqlite3_stmt *s, rnnx_registered *row) {
    row->rowid = sqlite3_column_int64(s, 0);
    row->version = sqlite3_column_int64(s, 1);
    row->has_checksum = sqlite3_column_type(s, 2) == SQLITE_INTEGER;
    row->checksum = sqlite3_column_int64(s, 2);
    row->bytes = sqlite3_column_int64(s, 3);
}

rnn_status rnnx_registry_find(rnnx_call *call, const char *name, size_t n, rnnx_registered *row) {
    sqlite3_int64 version;
    size_t name_n = split_version(name, n, &version);
    sqlite3_stmt *s = NULL;
    int exists, rc;
    rnn_status status = rnnx_registry_exists(call, &exists);

    memset(row, 0, sizeof *row);
    if (status != RNN_OK) return status;
    if (!exists) return fail_empty(call, name, name_n);
    /* length() of a BLOB reads no content. */
    s = rnnx_prepare(call,
                     version > 0
                         ? "SELECT rowid, version, checksum, length(model) FROM main._rnn_models "
                           "WHERE name = ?1 AND version = ?2"
                         : "SELECT rowid, version, checksum, length(model) FROM main._rnn_models "
                           "WHERE name = ?1 AND active = 1 ORDER BY version DESC",
                     LOOKING);
    if (s == NULL) return call->context.status;
    sqlite3_bind_text64(s, 1, name, name_n, SQLITE_STATIC, SQLITE_UTF8);
    if (version > 0) sqlite3_bind_int64(s, 2, version);
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) read_row(s, row);
    sqlite3_finalize(s);
    if (rc == SQLITE_ROW) return RNN_OK;
    return rc == SQLITE_DONE ? fail_unknown(call, name, name_n, version)
                             : rnnx_fail_sql(call, LOOKING);
}

rnn_status rnnx_registry_open(rnnx_call *call, const rnnx_registered *row, sqlite3_stmt **out) {
    sqlite3_stmt *s =
        rnnx_prepare(call, "SELECT model FROM main._rnn_models WHERE rowid = ?1", LOOKING);
    int rc;

    *out = NULL;
    if (s == NULL) return call->context.status;
    sqlite3_bind_int64(s, 1, row->rowid);
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW && sqlite3_column_type(s, 0) == SQLITE_BLOB &&
        (sqlite3_column_blob(s, 0) != NULL || sqlite3_column_bytes(s, 0) == 0)) {
        *out = s;
        return RNN_OK;
    }
    rc = sqlite3_reset(s);
    if (rc != SQLITE_OK || sqlite3_errcode(call->connection->db) == SQLITE_NOMEM)
        rnnx_fail_sql(call, LOOKING);
    else
        rnn_fail(&call->context, RNN_MODEL, "version %lld in _rnn_models holds no model BLOB",
                 (long long)row->version);
    sqlite3_finalize(s);
    return call->context.status;
}
