/* extension.h - what the C tests of the extension share: a connection with the extension loaded,
** SQL that must work, SQL that must fail with a given code and message, and a tiny training table.
**
** The tests link SQLite and load the extension named by the environment variable RNN_EXTENSION, as
** a host would.
*/
#ifndef RNN_TEST_EXTENSION_H
#define RNN_TEST_EXTENSION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

/* Options for networks that train in a few milliseconds. */
#define TINY                                                                                       \
    "{\"task\":\"forecast\",\"horizon\":2,\"cell\":\"lstm\",\"hidden\":2,\"epochs\":2,"            \
    "\"context\":4,\"ensemble\":1,"                                                                \
    "\"threads\":1}"
/* The rows of open_with_data() as a BLOB. */
#define ROWS "(SELECT rnn_rows(series, time, y) FROM t)"

/* Open `path` (":memory:") and load the extension; fails the test otherwise. */
sqlite3 *open_database(const char *path);
/* The same with flags of sqlite3_open_v2(). */
sqlite3 *open_database_as(const char *path, int flags);
/* The same with a table t(series, time, y): two series of 40 steps. */
sqlite3 *open_with_data(const char *path);
/* The same with rows of every other task, a few each, and tiny models of them in rnn_models:
**
**   review(label, body)                 model review: classify, texts with linear models
**   shape(label, body)                  model shape: classify, numeric sequences
**   walk(series, time, tag, word, x)    models walk: classify, the tag of every step; mood: the
**                                       series' tag; level: regress x of every step by the word
**   story(body)                         model story: generate; token: generate, walk's words
**   pair(target, source, a, b)          models pair: seq2seq; point: from the numbers a, b
**
** Table task(name, options) has the options of each. */
enum { TASK_MODELS = 9 };
sqlite3 *open_with_tasks(const char *path);
/* sqlite3_close() must give SQLITE_OK: no statement may be left behind. */
void close_database(sqlite3 *db);
/* A new file name below the system's temporary directory; delete_database() removes it and its
** journals. */
const char *temporary_path(char *buffer, size_t size);
void delete_database(const char *path);

/* Run SQL that must succeed. */
void run(sqlite3 *db, const char *sql);
/* First column of the first row: must be an integer, a text (copied into a static buffer), or
** NULL ("NULL"). */
sqlite3_int64 get_int(sqlite3 *db, const char *sql);
const char *get_text(sqlite3 *db, const char *sql);
/* Run SQL to its end, without looking at the rows; the result code (SQLITE_OK at the end). */
int try_sql(sqlite3 *db, const char *sql);
/* Run SQL that must fail with `code` and a message that has `part` in it (NULL: any). */
void expect_error(sqlite3 *db, const char *sql, int code, const char *part);

#endif
