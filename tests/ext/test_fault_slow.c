/* The N-th allocation fails, for every N until none does: a clear SQLITE_NOMEM or the right result,
** never a crash, a leak or a half-stored model. Also: that a model is decoded once a connection,
** counted in bytes allocated.
**
** Here forecasts and the registry; the other tasks are in test_fault_tasks_slow.c. "slow": left out
** under valgrind (ASan runs it).
*/
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static const char *const statements[] = {
    "SELECT rnn_rows(series, time, y) FROM t",
    "SELECT rnn_train('" TINY "', series, time, y) FROM t",
    "SELECT * FROM rnn_fit(" ROWS ", '" TINY "')",
    "SELECT * FROM rnn_fit(" ROWS ", '{\"task\":\"forecast\",\"epochs\":1}', 'm')",
    "SELECT * FROM rnn_forecast('m', " ROWS ", 3)",
    "SELECT * FROM rnn_forecast((SELECT model FROM _rnn_models), " ROWS ", '{\"level\":0.8}')",
    "SELECT * FROM rnn_backtest('m', " ROWS ", '{\"origins\":2}')",
    "SELECT * FROM rnn_evaluate('m', " ROWS ")",
    "SELECT rnn_score('m', time, y) OVER (PARTITION BY series ORDER BY time ROWS 3 PRECEDING) "
    "FROM t WHERE time % 5 = 1",
    "SELECT rnn_score('m', time, y) FROM t GROUP BY series",
    "SELECT rnn_output('m', rnn_advance('m', NULL, time, y)) FROM t LIMIT 2",
    "SELECT rnn_info('m')",
    "SELECT * FROM rnn_history('m')",
    "SELECT * FROM rnn_tensors('m')",
    "SELECT * FROM rnn_models",
    "SELECT rnn_info(rnn_pretrained('forecast'))",
    "SELECT * FROM rnn_forecast(rnn_pretrained('forecast'), " ROWS ", 3)",
    "SELECT rnn_info('nobody')",
    "SELECT rnn_pretrained('nobody')",
    "SELECT rnn_train('not json', series, time, y) FROM t",
    "INSERT INTO rnn_models(name, model) SELECT 'n', model FROM rnn_models",
    "UPDATE rnn_models SET active = 1",
    "DELETE FROM rnn_models",
};

/* Statements that are to fail anyway. */
static int is_error(const char *sql) {
    return strstr(sql, "nobody") != NULL || strstr(sql, "not json") != NULL;
}

static void every_allocation(void **state) {
    char path[256];
    sqlite3 *db;

    (void)state;
    temporary_path(path, sizeof path);
    db = open_with_data(path);
    run(db, "INSERT INTO rnn_models(name, model) SELECT 'm', rnn_train('" TINY
            "', series, time, y) FROM t");
    close_database(db);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        fault_sweep(path, statements[i], is_error(statements[i]) ? FAULT_FAILS : FAULT_SUCCEEDS, 1);
    delete_database(path);
}

/* Loading the extension itself. */
static void every_allocation_of_loading(void **state) {
    int done = 0;

    (void)state;
    for (long n = 1; !done; n++) {
        sqlite3 *db = NULL;
        char *error = NULL;
        int rc;
        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        sqlite3_enable_load_extension(db, 1);
        fault_at(n, 0);
        rc = sqlite3_load_extension(db, getenv("RNN_EXTENSION"), "sqlite3_rnn_init", &error);
        done = fault_calls() < n;
        fault_at(0, 0);
        assert_true(rc == SQLITE_OK || rc == SQLITE_NOMEM || rc == SQLITE_ERROR);
        if (done) assert_int_equal(rc, SQLITE_OK);
        sqlite3_free(error);
        close_database(db);
    }
}

static uint64_t bytes_of(sqlite3 *db, const char *sql) {
    fault_at(0, 0);
    assert_int_equal(try_sql(db, sql), SQLITE_OK);
    return fault_bytes();
}

/* A model with 200 kB of weights: the first use decodes it, the next 100 must not. */
static void decoded_once(void **state) {
    static const char *const uses[] = {
        "SELECT sum(length(rnn_info('m'))) FROM generate",
        "SELECT sum(length(rnn_info((SELECT model FROM _rnn_models WHERE i > 0)))) FROM generate",
        "SELECT sum(length(rnn_info(model))) FROM generate, _rnn_models",
    };
    /* Sizes of the model that may be allocated: 100 copies of the BLOB are SQLite's own for a
    ** subquery; the rest is room for the JSON. Decoding at each call would add 100 and more. */
    static const uint64_t copies[] = {20, 130, 20};
    sqlite3 *db = open_with_data(":memory:");
    sqlite3_int64 size;

    (void)state;
    run(db, "CREATE TABLE generate(i);"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
            "INSERT INTO generate SELECT i FROM n;"
            "INSERT INTO rnn_models(name, model) SELECT 'm', rnn_train(json_set('" TINY
            "', '$.hidden', 100, '$.epochs', 1), series, time, y) FROM t");
    size = get_int(db, "SELECT bytes FROM rnn_models");
    assert_true(size > 100000);
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        uint64_t all = bytes_of(db, uses[i]);
        if (all > copies[i] * (uint64_t)size)
            fail_msg("%s: %llu bytes allocated for a model of %lld", uses[i],
                     (unsigned long long)all, size);
    }
    close_database(db);
}

/* The library's own models are neither copied nor decoded anew: a hundred uses allocate less than a
** tenth of what a hundred copies would. */
static void pretrained_is_not_copied(void **state) {
    static const char *const uses[] = {
        "SELECT sum(length(rnn_pretrained(name))) FROM generate",
        "SELECT count(*) FROM generate, rnn_history(rnn_pretrained(name))",
        "SELECT count(*) FROM generate, rnn_history((SELECT rnn_pretrained(name)))",
        "SELECT count(*) FROM (SELECT rnn_pretrained(name) AS m FROM generate) JOIN rnn_history(m)",
    };
    sqlite3 *db = open_with_data(":memory:");
    uint64_t size;

    (void)state;
    run(db, "CREATE TABLE generate AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
            "n WHERE i < 100) SELECT 'forecast' AS name FROM n;"
            "SELECT rnn_info(rnn_pretrained('forecast'))");
    size = (uint64_t)get_int(db, "SELECT length(rnn_pretrained('forecast'))");
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        uint64_t all = bytes_of(db, uses[i]);
        if (all > 10 * size)
            fail_msg("%s: %llu bytes allocated for a model of %llu", uses[i],
                     (unsigned long long)all, (unsigned long long)size);
    }
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_loading),
        cmocka_unit_test(decoded_once),
        cmocka_unit_test(pretrained_is_not_copied),
        cmocka_unit_test(every_allocation),
    };
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
