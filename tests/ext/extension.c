#define _POSIX_C_SOURCE 200809L

#include "extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

sqlite3 *open_database_as(const char *path, int flags) {
    sqlite3 *db = NULL;
    char *error = NULL;
    const char *extension = getenv("RNN_EXTENSION");

    if (extension == NULL) fail_msg("the environment variable RNN_EXTENSION names no extension");
    assert_int_equal(sqlite3_open_v2(path, &db, flags, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_enable_load_extension(db, 1), SQLITE_OK);
    if (sqlite3_load_extension(db, extension, "sqlite3_rnn_init", &error) != SQLITE_OK)
        fail_msg("loading %s: %s", extension, error);
    return db;
}

sqlite3 *open_database(const char *path) {
    return open_database_as(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

sqlite3 *open_with_data(const char *path) {
    sqlite3 *db = open_database(path);

    run(db, "CREATE TABLE t(series, time, y);"
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39) "
            "INSERT INTO t SELECT s.value, i, 10.0 + (1 + s.key) * (i % 4) + 0.1 * i FROM n, "
            "json_each('[\"a\",\"b\"]') s;");
    return db;
}

#define SMALL "\"hidden\":2,\"epochs\":1,\"ensemble\":1,\"embedding\":2,\"threads\":1}"

/* A model, its options, and the aggregate's columns with where they come from. */
static const struct {
    const char *name, *options, *columns, *from;
} task_models[] = {
    {"review", "{\"task\":\"classify\",\"subwords\":20," SMALL, "label, body", "review"},
    {"shape", "{\"task\":\"classify\"," SMALL, "label, body", "shape"},
    {"walk", "{\"task\":\"classify\",\"output\":\"every\",\"bidirectional\":false," SMALL,
     "series, time, tag, word, x", "walk"},
    {"mood", "{\"task\":\"classify\",\"output\":\"last\",\"bidirectional\":false," SMALL,
     "series, time, series > 2, word, x", "walk"},
    {"level", "{\"task\":\"regress\",\"bidirectional\":false," SMALL, "series, time, x, word",
     "walk"},
    {"story", "{\"task\":\"generate\",\"tokens\":\"char\"," SMALL, "body", "story"},
    {"token", "{\"task\":\"generate\",\"tbptt\":3,\"batch\":2," SMALL, "series, time, word",
     "walk"},
    {"pair", "{\"task\":\"seq2seq\",\"tokens\":\"char\"," SMALL, "target, source", "pair"},
    {"point", "{\"task\":\"seq2seq\",\"tokens\":\"char\"," SMALL, "target, a, b", "pair"},
};
_Static_assert(sizeof task_models / sizeof task_models[0] == TASK_MODELS, "all are counted");

sqlite3 *open_with_tasks(const char *path) {
    sqlite3 *db = open_with_data(path);

    run(db, "CREATE TABLE review(label, body);"
            "INSERT INTO review VALUES ('good', 'a great film'), ('bad', 'a dull film'),"
            "('good', 'great fun'), ('bad', 'dull'), ('good', 'fun'), ('bad', 'not fun at all');"
            "CREATE TABLE shape(label, body);"
            "INSERT INTO shape VALUES (1, '[1, 2, 3]'), (2, '[3, 2, 1, 0]'), (1, '[2, 4]'),"
            "(2, '[4, 3.5]'), (1, '[0, 1]');"
            "CREATE TABLE walk(series, time, tag, word, x);"
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19) "
            "INSERT INTO walk SELECT 1 + i / 5, i % 5, iif(i % 3, 'N', 'V'),"
            "iif(i % 3, 'dog', 'runs') || (i % 2), i % 4 FROM n;"
            "CREATE TABLE story(body);"
            "INSERT INTO story VALUES ('abcabcabc'), ('bcabcabca'), ('cab');"
            "CREATE TABLE pair(target, source, a, b);"
            "INSERT INTO pair VALUES ('cats', 'cat', 1, 2), ('dogs', 'dog', 2, 1),"
            "('ants', 'ant', 3, 0), ('bees', 'bee', 0, 3);"
            "CREATE TABLE task(name, options);");
    for (size_t i = 0; i < TASK_MODELS; i++) {
        char *sql =
            sqlite3_mprintf("INSERT INTO task VALUES (%Q, %Q);"
                            "INSERT INTO rnn_models(name, model) "
                            "SELECT %Q, rnn_train(%Q, %s) FROM %s",
                            task_models[i].name, task_models[i].options, task_models[i].name,
                            task_models[i].options, task_models[i].columns, task_models[i].from);
        run(db, sql);
        sqlite3_free(sql);
    }
    return db;
}

void close_database(sqlite3 *db) { assert_int_equal(sqlite3_close(db), SQLITE_OK); }

const char *temporary_path(char *buffer, size_t size) {
    const char *folder = getenv("TMPDIR");
    int file;

    snprintf(buffer, size, "%s/rnn-test-XXXXXX", folder != NULL ? folder : "/tmp");
    file = mkstemp(buffer);
    assert_true(file >= 0);
    close(file);
    return buffer;
}

void delete_database(const char *path) {
    static const char *const suffix[] = {"", "-journal", "-wal", "-shm"};
    char name[512];

    for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffix[i]);
        unlink(name);
    }
}

void run(sqlite3 *db, const char *sql) {
    char *error = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
}

static sqlite3_stmt *first_row(sqlite3 *db, const char *sql) {
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    return s;
}

sqlite3_int64 get_int(sqlite3 *db, const char *sql) {
    sqlite3_stmt *s = first_row(db, sql);
    sqlite3_int64 v;

    if (sqlite3_column_type(s, 0) != SQLITE_INTEGER)
        fail_msg("%s: no integer but %s", sql, (const char *)sqlite3_column_text(s, 0));
    v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return v;
}

const char *get_text(sqlite3 *db, const char *sql) {
    static char text[8192];
    sqlite3_stmt *s = first_row(db, sql);
    const char *v = (const char *)sqlite3_column_text(s, 0);

    snprintf(text, sizeof text, "%s", v != NULL ? v : "NULL");
    sqlite3_finalize(s);
    return text;
}

int try_sql(sqlite3 *db, const char *sql) {
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

    if (rc != SQLITE_OK) return rc;
    while (sqlite3_step(s) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(s); i++) (void)sqlite3_column_blob(s, i);
    return sqlite3_finalize(s);
}

void expect_error(sqlite3 *db, const char *sql, int code, const char *part) {
    int rc = try_sql(db, sql);

    if (rc != code) fail_msg("%s: gave %d (%s), not %d", sql, rc, sqlite3_errmsg(db), code);
    if (part != NULL && strstr(sqlite3_errmsg(db), part) == NULL)
        fail_msg("%s: the message is \"%s\", without \"%s\"", sql, sqlite3_errmsg(db), part);
}
