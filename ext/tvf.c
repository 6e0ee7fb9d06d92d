#include "tvf.h"

#include <string.h>

#include "error.h"

/* What a module keeps: its function and a reference to the connection. */
typedef struct module_data {
    rnnx_connection *connection;
    const rnnx_table_function *function;
} module_data;

typedef struct function_table {
    sqlite3_vtab base;
    module_data *module; /* outlives the table: SQLite destroys modules after their tables */
} function_table;

static void module_data_free(void *p) {
    module_data *m = p;
    rnnx_connection_release(m->connection);
    sqlite3_free(m);
}

/* `count` of the names, which ", " separates, as hidden columns. */
static void add_hidden(sqlite3_str *s, const char *prefix, const char *name, int count) {
    for (int i = 0; i < count; i++) {
        int n = (int)strcspn(name, ",");
        sqlite3_str_appendf(s, ", %s%.*s HIDDEN", prefix, n, name);
        name += n + (name[n] == ',' ? 2 : 0);
    }
}

/* CREATE TABLE x(column..., arg_argument HIDDEN...): the prefix keeps a user's own column `model` or `rows` from
** being ambiguous beside the function. */
static char *declaration(const rnnx_table_function *f) {
    sqlite3_str *s = sqlite3_str_new(NULL);

    sqlite3_str_appendf(s, "CREATE TABLE x(%s", f->columns);
    add_hidden(s, "arg_", f->arguments, f->argument_count);
    add_hidden(s, "", f->more, f->more_count);
    sqlite3_str_appendall(s, ")");
    return sqlite3_str_finish(s);
}

static int table_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **out, char **error) {
    module_data *module = aux;
    function_table *t = NULL;
    char *sql = declaration(module->function);
    int rc = sql != NULL ? sqlite3_declare_vtab(db, sql) : SQLITE_NOMEM;

    (void)argc, (void)argv, (void)error;
    sqlite3_free(sql);
    if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    if (rc == SQLITE_OK) {
        t = sqlite3_malloc64(sizeof *t);
        rc = t != NULL ? SQLITE_OK : SQLITE_NOMEM;
    }
    if (rc == SQLITE_OK) {
        memset(t, 0, sizeof *t);
        t->module = module;
    }
    *out = t != NULL ? &t->base : NULL;
    return rc;
}

static int table_disconnect(sqlite3_vtab *table) {
    sqlite3_free(table);
    return SQLITE_OK;
}

static int fail_missing(sqlite3_vtab *table, const rnnx_table_function *f, int argument) {
    const char *name = f->arguments;

    for (int i = 0; i < argument; i++) name += strcspn(name, ",") + 2;
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("%s: argument %d, %.*s, is missing; usage: %s", f->name,
                                     argument + 1, (int)strcspn(name, ","), name, f->usage);
    return table->zErrMsg != NULL ? SQLITE_ERROR : SQLITE_NOMEM;
}

static int complete(const rnnx_table_function *f, int given) {
    int required = (1 << f->required) - 1;
    return (given & required) == required;
}

/* Cost of a plan without its arguments. SQLite asks for one for each term of `WHERE step = 1 OR
** step = 7`, without the arguments; it must get an answer and never take it. Where they are missing
** indeed it takes it, and xFilter says so. */
static const double NEVER = 1e99;

/* idxNum is a mask of the arguments given; their values arrive in the order of the arguments. */
static int table_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
    const rnnx_table_function *f = ((function_table *)table)->module->function;
    int slot[RNNX_MAX_ARGUMENTS];
    int unusable = 0, given = 0, next = 1;

    for (int i = 0; i < info->nConstraint; i++) {
        const struct sqlite3_index_constraint *c = &info->aConstraint[i];
        int argument = c->iColumn - f->column_count;
        if (argument >= f->argument_count && c->op == SQLITE_INDEX_CONSTRAINT_EQ) {
            sqlite3_free(table->zErrMsg);
            table->zErrMsg =
                sqlite3_mprintf("%s: too many arguments; usage: %s", f->name, f->usage);
            return SQLITE_ERROR;
        }
        if (argument < 0 || argument >= f->argument_count || c->op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!c->usable) {
            unusable |= 1 << argument;
            continue;
        }
        given |= 1 << argument;
        slot[argument] = i;
    }
    if ((unusable & ~given) !=
        0) /* it depends on a table to the right: another order of the join */
        return SQLITE_CONSTRAINT;
    for (int i = 0; i < f->argument_count; i++) {
        if ((given & (1 << i)) != 0) {
            info->aConstraintUsage[slot[i]].argvIndex = next++;
            info->aConstraintUsage[slot[i]].omit = 1;
        }
    }
    info->idxNum = given;
    info->estimatedCost = complete(f, given) ? 1e6 : NEVER;
    info->estimatedRows = 1000;
    return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
    const rnnx_table_function *f = ((function_table *)table)->module->function;
    rnnx_cursor *c = sqlite3_malloc64(sizeof *c + f->state_size);

    *out = NULL;
    if (c == NULL) return SQLITE_NOMEM;
    memset(c, 0, sizeof *c + f->state_size);
    c->function = f;
    c->state = c + 1;
    *out = &c->base;
    return SQLITE_OK;
}

static void scan_end(rnnx_cursor *c) {
    if (!c->open) return;
    c->function->close(c);
    rnnx_call_end(&c->call);
    c->open = 0;
    c->eof = 1;
}

static int cursor_close(sqlite3_vtab_cursor *cursor) {
    scan_end((rnnx_cursor *)cursor);
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *cursor) {
    rnnx_cursor *c = (rnnx_cursor *)cursor;
    rnn_status status = c->function->next(c);

    c->row++;
    if (status == RNN_OK) return SQLITE_OK;
    c->eof = 1;
    if (status == RNN_DONE) /* memory is given back at once, not when the statement is reset */
        scan_end(c);
    return status == RNN_DONE ? SQLITE_OK : rnnx_vtab_error(cursor->pVtab, &c->call, status);
}

static int cursor_filter(sqlite3_vtab_cursor *cursor, int mask, const char *text, int argc,
                         sqlite3_value **argv) {
    rnnx_cursor *c = (rnnx_cursor *)cursor;
    module_data *module = ((function_table *)cursor->pVtab)->module;
    sqlite3_value *arg[RNNX_MAX_ARGUMENTS] = {NULL};
    rnn_status status;
    int next = 0;

    (void)text, (void)argc;
    for (int i = 0; i < c->function->required; i++)
        if ((mask & (1 << i)) == 0) return fail_missing(cursor->pVtab, c->function, i);
    for (int i = 0; i < c->function->argument_count; i++)
        if ((mask & (1 << i)) != 0) arg[i] = argv[next++];
    scan_end(c);
    memset(c->state, 0, c->function->state_size);
    rnnx_call_begin(&c->call, module->connection, c->function->name);
    c->open = 1;
    c->eof = 0;
    c->row = 0;
    status = c->function->open(c, arg);
    if (status == RNN_OK) return cursor_next(cursor);
    c->eof = 1;
    return rnnx_vtab_error(cursor->pVtab, &c->call, status);
}

static int cursor_eof(sqlite3_vtab_cursor *cursor) { return ((rnnx_cursor *)cursor)->eof; }

static int cursor_column(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int column) {
    rnnx_cursor *c = (rnnx_cursor *)cursor;

    const rnnx_table_function *f = c->function;

    /* Arguments read back as NULL: rows may be a gigabyte. */
    if (column < f->column_count)
        f->column(c, out, column);
    else if (column >= f->column_count + f->argument_count)
        f->column(c, out, column - f->argument_count);
    return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out) {
    *out = ((rnnx_cursor *)cursor)->row;
    return SQLITE_OK;
}

/* No xCreate: the tables exist by their names alone, CREATE VIRTUAL TABLE is refused. No
** xUpdate: read-only. */
static const sqlite3_module function_module = {
    .iVersion = 0,
    .xConnect = table_connect,
    .xBestIndex = table_best_index,
    .xDisconnect = table_disconnect,
    .xOpen = cursor_open,
    .xClose = cursor_close,
    .xFilter = cursor_filter,
    .xNext = cursor_next,
    .xEof = cursor_eof,
    .xColumn = cursor_column,
    .xRowid = cursor_rowid,
};

int rnnx_table_function_register(rnnx_connection *connection, const rnnx_table_function *function) {
    module_data *m = sqlite3_malloc64(sizeof *m);
    if (m == NULL) return SQLITE_NOMEM;
    m->connection = rnnx_connection_retain(connection);
    m->function = function;
    return sqlite3_create_module_v2(connection->db, function->name, &function_module, m,
                                    module_data_free);
}
