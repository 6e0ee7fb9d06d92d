/* registry.c - rnn_models as a virtual table. See registry.h for what it does. */
#include "registry.h"

#include <math.h>
#include <string.h>

#include "../engine/model.h"
#include "error.h"
#include "functions.h"
#include "value.h"

enum { COLUMN_NAME, COLUMN_VERSION, COLUMN_ACTIVE, COLUMN_MODEL = 11, COLUMN_COUNT = 12 };
enum { BY_NAME = 1, BY_VERSION = 2 };

#define COLUMNS                                                                                    \
    "name, version, active, task, cell, parameters, bytes, valid_loss, metric, created_at, "       \
    "options"

static const char DECLARATION[] =
    "CREATE TABLE x(name TEXT, version INTEGER, active INTEGER, task TEXT, cell TEXT, parameters "
    "INTEGER, bytes INTEGER, "
    "valid_loss REAL, metric REAL, created_at TEXT, options TEXT, model BLOB)";
static const char *const COLUMN_NAMES[] = {"name",   "version",    "active",  "task",
                                           "cell",   "parameters", "bytes",   "valid_loss",
                                           "metric", "created_at", "options", "model"};
static const char CREATE[] =
    "CREATE TABLE IF NOT EXISTS main._rnn_models(name TEXT NOT NULL, version INTEGER NOT NULL, "
    "active INTEGER NOT NULL, task TEXT, cell TEXT, parameters INTEGER, bytes INTEGER, valid_loss "
    "REAL, metric REAL, "
    "created_at TEXT, options TEXT, checksum INTEGER, model BLOB NOT NULL, PRIMARY KEY(name, "
    "version))";

typedef struct registry_table {
    sqlite3_vtab base;
    rnnx_connection *connection; /* owned by the module */
} registry_table;

typedef struct registry_cursor {
    sqlite3_vtab_cursor base;
    rnnx_call call;
    sqlite3_stmt *scan;  /* rowid, then the columns without the model; NULL at the end */
    sqlite3_stmt *model; /* the model of a rowid: read only where the query does */
} registry_cursor;

static int registry_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                            sqlite3_vtab **out, char **error) {
    registry_table *t = NULL;
    int rc = sqlite3_declare_vtab(db, DECLARATION);

    (void)argc, (void)argv, (void)error;
    if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    if (rc == SQLITE_OK) {
        t = sqlite3_malloc64(sizeof *t);
        rc = t != NULL ? SQLITE_OK : SQLITE_NOMEM;
    }
    if (rc == SQLITE_OK) {
        memset(t, 0, sizeof *t);
        t->connection = aux;
    }
    *out = t != NULL ? &t->base : NULL;
    return rc;
}

static int registry_disconnect(sqlite3_vtab *table) {
    sqlite3_free(table);
    return SQLITE_OK;
}

/* ---- reading ---- */

/* idxNum: BY_NAME and BY_VERSION, their values in that order. */
static int registry_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
    int slot[2] = {-1, -1}, next = 1;

    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        const struct sqlite3_index_constraint *c = &info->aConstraint[i];
        if (!c->usable || c->op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
        /* Under another collation than the plain table's, an index lookup would miss rows. */
        if (c->iColumn == COLUMN_NAME && strcmp(sqlite3_vtab_collation(info, i), "BINARY") == 0)
            slot[0] = i;
        if (c->iColumn == COLUMN_VERSION) slot[1] = i;
    }
    for (int i = 0; i < 2; i++) {
        if (slot[i] < 0) continue;
        info->aConstraintUsage[slot[i]].argvIndex =
            next++; /* not omitted: SQLite compares once more */
        info->idxNum |= 1 << i;
    }
    info->estimatedRows = info->idxNum == (BY_NAME | BY_VERSION) ? 1
                          : info->idxNum == BY_NAME              ? 4
                                                                 : 100;
    info->estimatedCost = (double)info->estimatedRows;
    return SQLITE_OK;
}

static int registry_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
    registry_cursor *c = sqlite3_malloc64(sizeof *c);

    *out = NULL;
    if (c == NULL) return SQLITE_NOMEM;
    memset(c, 0, sizeof *c);
    rnnx_call_begin(&c->call, ((registry_table *)table)->connection, "rnn_models");
    *out = &c->base;
    return SQLITE_OK;
}

static void scan_end(registry_cursor *c) {
    sqlite3_finalize(c->scan);
    sqlite3_finalize(c->model);
    c->scan = c->model = NULL;
}

static int registry_close(sqlite3_vtab_cursor *cursor) {
    registry_cursor *c = (registry_cursor *)cursor;

    scan_end(c);
    rnnx_call_end(&c->call);
    sqlite3_free(c);
    return SQLITE_OK;
}

static int registry_next(sqlite3_vtab_cursor *cursor) {
    registry_cursor *c = (registry_cursor *)cursor;
    int rc = sqlite3_step(c->scan);

    if (rc == SQLITE_ROW) return SQLITE_OK;
    if (rc != SQLITE_DONE)
        rc = rnnx_vtab_error(cursor->pVtab, &c->call,
                             rnnx_fail_sql(&c->call, "reading _rnn_models"));
    scan_end(c);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int registry_filter(sqlite3_vtab_cursor *cursor, int by, const char *text, int argc,
                           sqlite3_value **argv) {
    static const char *const sql[] = {
        "SELECT rowid, " COLUMNS " FROM main._rnn_models ORDER BY name, version",
        "SELECT rowid, " COLUMNS " FROM main._rnn_models WHERE name = ?1 ORDER BY version",
        "SELECT rowid, " COLUMNS " FROM main._rnn_models WHERE version = ?1 ORDER BY name",
        "SELECT rowid, " COLUMNS " FROM main._rnn_models WHERE name = ?1 AND version = ?2",
    };
    registry_cursor *c = (registry_cursor *)cursor;
    int exists;
    rnn_status status = rnnx_registry_exists(&c->call, &exists);

    (void)text;
    scan_end(c);
    if (status == RNN_OK && !exists) return SQLITE_OK; /* nothing was stored yet: no rows */
    if (status == RNN_OK) {
        c->scan = rnnx_prepare(&c->call, sql[by], "reading _rnn_models");
        if (c->scan == NULL) status = c->call.context.status;
    }
    if (status != RNN_OK) return rnnx_vtab_error(cursor->pVtab, &c->call, status);
    for (int i = 0; i < argc; i++) {
        int rc = sqlite3_bind_value(c->scan, i + 1, argv[i]);
        if (rc != SQLITE_OK) return rc;
    }
    return registry_next(cursor);
}

static int registry_eof(sqlite3_vtab_cursor *cursor) {
    return ((registry_cursor *)cursor)->scan == NULL;
}

static int result_model(registry_cursor *c, sqlite3_context *out) {
    if (c->model == NULL)
        c->model = rnnx_prepare(&c->call, "SELECT model FROM main._rnn_models WHERE rowid = ?1",
                                "reading a model");
    if (c->model != NULL) {
        sqlite3_bind_int64(c->model, 1, sqlite3_column_int64(c->scan, 0));
        if (sqlite3_step(c->model) == SQLITE_ROW)
            sqlite3_result_value(out, sqlite3_column_value(c->model, 0));
        if (sqlite3_reset(c->model) == SQLITE_OK) return SQLITE_OK;
        rnnx_fail_sql(&c->call, "reading a model");
    }
    return rnnx_vtab_error(c->base.pVtab, &c->call, c->call.context.status);
}

static int registry_column(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int column) {
    registry_cursor *c = (registry_cursor *)cursor;

    if (sqlite3_vtab_nochange(out)) /* UPDATE of another column: no need to read this one */
        return SQLITE_OK;
    if (column == COLUMN_MODEL) return result_model(c, out);
    sqlite3_result_value(out, sqlite3_column_value(c->scan, column + 1));
    return SQLITE_OK;
}

static int registry_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out) {
    *out = sqlite3_column_int64(((registry_cursor *)cursor)->scan, 0);
    return SQLITE_OK;
}

/* ---- writing ---- */

/* Run a statement with ?1 = rowid or name. */
static rnn_status run(rnnx_call *call, const char *sql, sqlite3_value *v) {
    sqlite3_stmt *s = rnnx_prepare(call, sql, "writing _rnn_models");
    rnn_status status = RNN_OK;

    if (s == NULL) return call->context.status;
    if ((v != NULL && sqlite3_bind_value(s, 1, v) != SQLITE_OK) || sqlite3_step(s) != SQLITE_DONE)
        status = rnnx_fail_sql(call, "writing _rnn_models");
    sqlite3_finalize(s);
    return status;
}

static rnn_status delete_row(rnnx_call *call, sqlite3_value *rowid) {
    rnn_status status = run(
        call,
        "UPDATE main._rnn_models SET active = 1 WHERE rowid = (SELECT o.rowid "
        "FROM main._rnn_models d JOIN main._rnn_models o ON o.name = d.name AND o.rowid <> d.rowid "
        "WHERE d.rowid = ?1 AND d.active = 1 ORDER BY o.version DESC LIMIT 1)",
        rowid);
    if (status == RNN_OK)
        status = run(call, "DELETE FROM main._rnn_models WHERE rowid = ?1", rowid);
    return status;
}

/* 1 if the new value of a column is the stored one. */
static rnn_status is_stored(rnnx_call *call, sqlite3_value *rowid, int column, sqlite3_value *v,
                            int *same) {
    char *sql = sqlite3_mprintf("SELECT %s IS ?2 FROM main._rnn_models WHERE rowid = ?1",
                                COLUMN_NAMES[column]);
    sqlite3_stmt *s = NULL;
    rnn_status status = RNN_OK;

    *same = 0;
    if (sql == NULL) return rnn_fail(&call->context, RNN_NOMEM, "out of memory");
    s = rnnx_prepare(call, sql, "reading _rnn_models");
    sqlite3_free(sql);
    if (s == NULL) return call->context.status;
    if (sqlite3_bind_value(s, 1, rowid) == SQLITE_OK && sqlite3_bind_value(s, 2, v) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        *same = sqlite3_column_int(s, 0);
    else
        status = rnnx_fail_sql(call, "reading _rnn_models");
    sqlite3_finalize(s);
    return status;
}

/* argv: old rowid, new rowid, the columns. Only `active` may change. */
static rnn_status update_row(rnnx_call *call, sqlite3_value **argv) {
    sqlite3_value *active = argv[2 + COLUMN_ACTIVE];
    char given[80];

    if (sqlite3_value_int64(argv[0]) != sqlite3_value_int64(argv[1]))
        return rnn_fail(&call->context, RNN_OPTION, "the rowid cannot be changed; only active can");
    for (int i = 0; i < COLUMN_COUNT; i++) {
        rnn_status status;
        int same = 1;
        if (i == COLUMN_ACTIVE || sqlite3_value_nochange(argv[2 + i])) continue;
        status = is_stored(call, argv[0], i, argv[2 + i], &same);
        if (status != RNN_OK) return status;
        if (!same)
            return rnn_fail(&call->context, RNN_OPTION,
                            "column %s cannot be changed; only active can (to rename or replace a "
                            "model, INSERT it "
                            "under its new name and DELETE the old one)",
                            COLUMN_NAMES[i]);
    }
    if (sqlite3_value_nochange(active)) return RNN_OK;
    if (sqlite3_value_type(active) != SQLITE_INTEGER ||
        (sqlite3_value_int64(active) & ~(sqlite3_int64)1) != 0)
        return rnn_fail(&call->context, RNN_OPTION, "active is %s; allowed is 0 or 1",
                        rnnx_value_describe(active, given, sizeof given));
    if (sqlite3_value_int64(active) == 0)
        return run(call, "UPDATE main._rnn_models SET active = 0 WHERE rowid = ?1", argv[0]);
    return run(call,
               "UPDATE main._rnn_models SET active = (rowid = ?1) "
               "WHERE name = (SELECT name FROM main._rnn_models WHERE rowid = ?1)",
               argv[0]);
}

/* A name, and nothing else but a model. */
static rnn_status check_insert(rnnx_call *call, sqlite3_value **column) {
    rnn_context *ctx = &call->context;
    rnn_value name;
    rnn_status status;
    char given[80];

    for (int i = COLUMN_NAME + 1; i < COLUMN_MODEL; i++)
        if (sqlite3_value_type(column[i]) != SQLITE_NULL)
            return rnn_fail(ctx, RNN_OPTION,
                            "column %s is filled in by INSERT; give name and model only",
                            COLUMN_NAMES[i]);
    if (sqlite3_value_type(column[COLUMN_NAME]) != SQLITE_TEXT)
        return rnn_fail(ctx, RNN_OPTION, "the name is %s; it must be a TEXT such as 'demand'",
                        rnnx_value_describe(column[COLUMN_NAME], given, sizeof given));
    status = rnnx_value_from(call, column[COLUMN_NAME], &name);
    if (status != RNN_OK) return status;
    if (name.n == 0)
        return rnn_fail(ctx, RNN_OPTION,
                        "the name is empty; give the model a name such as 'demand'");
    if (memchr(name.p, '@', name.n) != NULL)
        return rnn_fail(ctx, RNN_OPTION,
                        "the name is %s; a name has no '@' in it, that is how a version is named",
                        rnnx_value_describe(column[COLUMN_NAME], given, sizeof given));
    if (sqlite3_value_type(column[COLUMN_MODEL]) != SQLITE_BLOB)
        return rnn_fail(ctx, RNN_MODEL,
                        "the model is %s; give a BLOB made by rnn_train() or rnn_fit()",
                        rnnx_value_describe(column[COLUMN_MODEL], given, sizeof given));
    return RNN_OK;
}

/* 64 bits of the content, the same on every machine: a multiply and shift for each little-endian
** word of 8 bytes. */
static uint64_t checksum(const uint8_t *p, size_t n) {
    uint64_t h = 0x9E3779B97F4A7C15u ^ (uint64_t)n;

    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = 0;
        for (size_t k = 0; k < 8 && i + k < n; k++) word |= (uint64_t)p[i + k] << (8 * k);
        h = (h ^ word) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    return h;
}

static int bind_real(sqlite3_stmt *s, int at, double v) {
    return isnan(v) ? sqlite3_bind_null(s, at) : sqlite3_bind_double(s, at, v);
}

/* Store a valid model as the next version. */
static rnn_status store(rnnx_call *call, const rnn_model *model, const rnn_value *blob,
                        sqlite3_value **column, sqlite3_int64 *rowid) {
    const rnn_epoch *best = NULL;
    rnn_status status = RNN_OK;
    rnn_writer options;
    sqlite3_stmt *s = NULL;
    int rc;

    for (size_t i = 0; i < model->epochs; i++)
        if (model->history[i].epoch == model->best_epoch) best = &model->history[i];
    rnn_writer_init(&options, &call->context);
    status = rnn_options_json(&model->options, &options);
    if (status != RNN_OK) goto done;
    s = rnnx_prepare(call,
                     "INSERT INTO main._rnn_models(" COLUMNS ", checksum, model) "
                     "SELECT ?1, (SELECT coalesce(max(version), 0) + 1 FROM main._rnn_models WHERE "
                     "name = ?1), 1, ?2, ?3, "
                     "?4, ?5, ?6, ?7, datetime('now'), ?8, ?9, ?10",
                     "writing _rnn_models");
    if (s == NULL) {
        status = call->context.status;
        goto done;
    }
    rc = sqlite3_bind_value(s, 1, column[COLUMN_NAME]);
    rc |= sqlite3_bind_text(s, 2, rnn_option_choice(RNN_KEY_task, model->options.task), -1,
                            SQLITE_STATIC);
    rc |= sqlite3_bind_text(s, 3, rnn_option_choice(RNN_KEY_cell, model->options.cell), -1,
                            SQLITE_STATIC);
    rc |= sqlite3_bind_int64(s, 4, (sqlite3_int64)rnn_model_parameters(model));
    rc |= sqlite3_bind_int64(s, 5, (sqlite3_int64)blob->n);
    rc |= bind_real(s, 6, best == NULL ? NAN : best->valid_loss);
    rc |= bind_real(s, 7, best == NULL ? NAN : best->metric);
    rc |= sqlite3_bind_text64(s, 8, (const char *)options.data, options.size, SQLITE_STATIC,
                              SQLITE_UTF8);
    rc |= sqlite3_bind_int64(s, 9, (sqlite3_int64)checksum((const uint8_t *)blob->p, blob->n));
    rc |= sqlite3_bind_value(s, 10, column[COLUMN_MODEL]);
    if (rc != SQLITE_OK || sqlite3_step(s) != SQLITE_DONE)
        status = rnnx_fail_sql(call, "writing _rnn_models");
    else
        *rowid = sqlite3_last_insert_rowid(call->connection->db);
done:
    sqlite3_finalize(s);
    rnn_writer_free(&options);
    return status;
}

static rnn_status insert_row(rnnx_call *call, sqlite3_value **column, sqlite3_int64 *rowid) {
    rnn_model *model = NULL;
    rnn_value blob;
    rnn_status status = check_insert(call, column);

    if (status == RNN_OK) status = rnnx_value_from(call, column[COLUMN_MODEL], &blob);
    if (status == RNN_OK) status = rnn_model_read(&call->context, blob.p, blob.n, &model);
    if (status == RNN_OK) status = run(call, CREATE, NULL);
    if (status == RNN_OK)
        status = run(call, "UPDATE main._rnn_models SET active = 0 WHERE name = ?1 AND active <> 0",
                     column[COLUMN_NAME]);
    if (status == RNN_OK) status = store(call, model, &blob, column, rowid);
    rnn_model_free(model);
    return status;
}

static int registry_update(sqlite3_vtab *table, int argc, sqlite3_value **argv,
                           sqlite3_int64 *rowid) {
    rnnx_call call;
    rnn_status status;
    int rc = SQLITE_OK;

    rnnx_call_begin(&call, ((registry_table *)table)->connection, "rnn_models");
    if (argc == 1)
        status = delete_row(&call, argv[0]);
    else if (sqlite3_value_type(argv[0]) != SQLITE_NULL)
        status = update_row(&call, argv);
    else if (sqlite3_value_type(argv[1]) != SQLITE_NULL)
        status = rnn_fail(&call.context, RNN_OPTION,
                          "the rowid is filled in by INSERT; give name and model only");
    else
        status = insert_row(&call, argv + 2, rowid);
    if (status != RNN_OK) rc = rnnx_vtab_error(table, &call, status);
    rnnx_call_end(&call);
    return rc;
}

const sqlite3_module rnnx_registry_module = {
    .iVersion = 0,
    .xConnect = registry_connect,
    .xBestIndex = registry_best_index,
    .xDisconnect = registry_disconnect,
    .xOpen = registry_open,
    .xClose = registry_close,
    .xFilter = registry_filter,
    .xNext = registry_next,
    .xEof = registry_eof,
    .xColumn = registry_column,
    .xRowid = registry_rowid,
    .xUpdate = registry_update,
};
