/* sqlite3_interrupt() and progress handlers stop every long call, wherever they come, and
** nothing is stored. */
#include <stdio.h>
#include <string.h>

#include "extension.h"

#define LONG "json_set('" TINY "', '$.epochs', 1000000, '$.patience', 0)"

/* A progress handler that stops the n-th time it is called, and from then on. */
typedef struct countdown {
    sqlite3 *db;
    long calls, stop_at;
    int by_interrupt; /* 1: call sqlite3_interrupt() instead of returning 1 */
    int committed;    /* 1: the statement's transaction has been committed */
    int too_late;     /* 1: it had been when the handler said stop */
} countdown;

static int on_commit(void *arg) {
    ((countdown *)arg)->committed = 1;
    return 0;
}

static int on_progress(void *arg) {
    countdown *c = arg;

    if (++c->calls < c->stop_at) return 0;
    if (c->calls == c->stop_at) c->too_late = c->committed;
    if (!c->by_interrupt) return 1;
    sqlite3_interrupt(c->db);
    return 0;
}

static const char *const statements[] = {
    "INSERT INTO rnn_models(name, model) SELECT 'new', rnn_train('" TINY
    "', series, time, y) FROM t",
    "SELECT * FROM rnn_fit(" ROWS ", '" TINY "')",
    "SELECT * FROM rnn_forecast('m', " ROWS ", 40)",
    "SELECT * FROM rnn_backtest('m', " ROWS ", '{\"origins\":5}')",
    "SELECT * FROM rnn_evaluate('m', " ROWS ", '{\"origins\":5}')",
};

/* Run a statement that the handler stops at its c->stop_at-th call. */
static int run_stopped(sqlite3 *db, const char *sql, countdown *c) {
    int rc;

    sqlite3_progress_handler(db, 20, on_progress, c);
    sqlite3_commit_hook(db, on_commit, c);
    rc = try_sql(db, sql);
    sqlite3_commit_hook(db, NULL, NULL);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    return rc;
}

/* Stop at the 1st, 2nd, ... call of the handler (further apart later on) until the statement
** gets through. Nothing may be stored then, but where SQLite calls the handler once more after
** the statement has done and committed its work: it says SQLITE_INTERRUPT of that, too. */
static void stop_everywhere(sqlite3 *db, const char *sql, int by_interrupt) {
    sqlite3_int64 models = get_int(db, "SELECT count(*) FROM rnn_models");
    int stopped = 1;

    for (long n = 1; stopped; n += 1 + n / 8) {
        countdown c = {.db = db, .stop_at = n, .by_interrupt = by_interrupt};
        int rc = run_stopped(db, sql, &c);

        if (rc != SQLITE_OK && rc != SQLITE_INTERRUPT)
            fail_msg("%s: stopped at %ld gave %d (%s)", sql, n, rc, sqlite3_errmsg(db));
        if (rc == SQLITE_OK) assert_true(c.calls < n || by_interrupt);
        stopped = rc == SQLITE_INTERRUPT && !c.too_late;
        if (stopped)
            assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_models"), models);
        else
            assert_true(n > 3); /* it was stopped on the way */
    }
    run(db, "DELETE FROM rnn_models WHERE name = 'new'");
}

static void stopped_at_many_points(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    run(db, "INSERT INTO rnn_models(name, model) SELECT 'm', rnn_train('" TINY
            "', series, time, y) FROM t");
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        for (int by_interrupt = 0; by_interrupt <= 1; by_interrupt++)
            stop_everywhere(db, statements[i], by_interrupt);
    close_database(db);
}

/* The other tasks: training of each, and every function that works through rows or tokens. The
** option threads makes rounds of a seq2seq model small. */
#define MANY(columns, table)                                                                       \
    "(SELECT rnn_rows(" columns ") FROM " table ", (WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL "   \
    "SELECT i + 1 FROM n WHERE i < 199) SELECT i FROM n))"
#define NEW(model, columns, table)                                                                 \
    "INSERT INTO rnn_models(name, model) SELECT 'new', rnn_train(json_set(options, '$.epochs', "   \
    "9), " columns ") FROM " table ", task WHERE name = '" model "'"

static const char *const task_statements[] = {
    NEW("review", "label, body", "review"),
    NEW("shape", "label, body", "shape"),
    NEW("walk", "series, time, tag, word, x", "walk"),
    NEW("level", "series, time, x, word", "walk"),
    NEW("story", "body", "story"),
    NEW("token", "series, time, word", "walk"),
    NEW("pair", "target, source", "pair"),
    NEW("point", "target, a, b", "pair"),
    "SELECT * FROM rnn_fit(" MANY("label, body",
                                  "review") ", "
                                            "'{\"task\":\"classify\",\"epochs\":2}', 'review')",
    "SELECT * FROM rnn_predict('review', " MANY("label, body", "review") ")",
    "SELECT * FROM rnn_predict('walk', " MANY("i * 10 + series, time, tag, word, x", "walk") ")",
    "SELECT * FROM rnn_predict('pair', " MANY("target, source", "pair") ", '{\"threads\":1}')",
    "SELECT * FROM rnn_evaluate('review', " MANY("label, body", "review") ")",
    "SELECT * FROM rnn_evaluate('story', " MANY("body", "story") ")",
    "SELECT * FROM rnn_evaluate('pair', " MANY("target, source", "pair") ", '{\"threads\":1}')",
    "SELECT count(h) FROM rnn_states('review', " MANY("label, body", "review") ")",
    "SELECT * FROM rnn_gradients('walk', " MANY("i * 10 + series, time, tag, word, x", "walk") ")",
    "SELECT rnn_generate('story', 'a', '{\"length\":500,\"temperature\":50}')",
    "SELECT rnn_generate('story', 'a', '{\"length\":100,\"beam\":3}')",
    "SELECT sum(length(token)) FROM rnn_generate('story', 'a', '{\"length\":500}')",
    "SELECT sum(x), sum(length(embedding)) FROM rnn_vocabulary('review')",
    "SELECT * FROM rnn_vocabulary('review') v, rnn_neighbors('review', v.token) WHERE v.id > 3",
    "SELECT * FROM rnn_anomalies('m', " MANY(
        "i * 2 + series, time, y", "(SELECT unicode(series) % 2 AS series, time, y FROM t)") ")",
};

static void other_tasks_are_stopped(void **state) {
    sqlite3 *db = open_with_tasks(":memory:");

    (void)state;
    run(db, "INSERT INTO rnn_models(name, model) SELECT 'm', rnn_train('" TINY
            "', series, time, y) FROM t");
    for (size_t i = 0; i < sizeof task_statements / sizeof task_statements[0]; i++)
        stop_everywhere(db, task_statements[i], i % 2);
    close_database(db);
}

/* Hosts set handlers to every 1000 or 100000 machine steps: training must reach them too. */
static void sparse_handlers_are_called(void **state) {
    static const int interval[] = {1, 1000, 10000};
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    for (size_t i = 0; i < sizeof interval / sizeof interval[0]; i++) {
        countdown c = {.db = db, .stop_at = 5};
        sqlite3_progress_handler(db, interval[i], on_progress, &c);
        expect_error(db, "SELECT rnn_train(" LONG ", series, time, y) FROM t", SQLITE_INTERRUPT,
                     "interrupted");
    }
    sqlite3_progress_handler(db, 0, NULL, NULL);
    close_database(db);
}

/* The connection is as good as new afterwards, and an open transaction's other work is SQLite's
** to keep or undo. */
static void connection_survives(void **state) {
    sqlite3 *db = open_with_data(":memory:");
    countdown c = {.db = db, .stop_at = 50, .by_interrupt = 1};

    (void)state;
    sqlite3_progress_handler(db, 100, on_progress, &c);
    expect_error(db, "SELECT rnn_train(" LONG ", series, time, y) FROM t", SQLITE_INTERRUPT, NULL);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    assert_int_equal(get_int(db, "SELECT rnn_train('" TINY "', series, time, y) = "
                                 "(SELECT rnn_train('" TINY "', series, time, y) FROM t) FROM t"),
                     1);
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_at_many_points),
        cmocka_unit_test(other_tasks_are_stopped),
        cmocka_unit_test(sparse_handlers_are_called),
        cmocka_unit_test(connection_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
