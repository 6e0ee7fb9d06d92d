/* How the functions are called: arguments, wrong arguments, closing early, loading twice. */
#define _POSIX_C_SOURCE 200809L /* dup2 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extension.h"

#define MODEL "(SELECT rnn_train('" TINY "', series, time, y) FROM t)"

static const struct {
    const char *sql, *part;
} wrong[] = {
    {"SELECT rnn_train()", "rnn_train: no arguments"},
    {"SELECT rnn_train('" TINY "') FROM t", "rnn_train: the series (argument 2) is missing"},
    {"SELECT rnn_train('" TINY "', series) FROM t", "rnn_train: the time (argument 3) is missing"},
    {"SELECT rnn_train('" TINY "', series, time) FROM t",
     "rnn_train: the target (argument 4) is missing"},
    {"SELECT rnn_train('" TINY "', series, time, y) FROM t WHERE 0", "rnn_train: no rows"},
    {"SELECT rnn_train('{\"task\":forecast}', series, time, y) FROM t",
     "rnn_train: the options are not JSON"},
    {"SELECT rnn_train('', series, time, y) FROM t", "rnn_train: the options are not JSON"},
    {"SELECT rnn_train('[1]', series, time, y) FROM t", "rnn_train: the options are a JSON array"},
    {"SELECT rnn_train('null', series, time, y) FROM t", "rnn_train: the options are a JSON null"},
    {"SELECT rnn_train(5, series, time, y) FROM t", "rnn_train: the options are INTEGER 5"},
    {"SELECT rnn_train(x'7B7D', series, time, y) FROM t",
     "rnn_train: the options are a BLOB of 2 bytes"},
    {"SELECT rnn_train(NULL, series, time, y) FROM t", "task"},
    {"SELECT rnn_train('{\"task\":\"forecast\",\"hiden\":3}', series, time, y) FROM t", "hidden"},
    {"SELECT rnn_train('{\"task\":\"forecast\",\"seed\":1,\"seed\":2}', series, time, y) FROM t",
     "seed"},
    {"SELECT rnn_train('{\"task\":\"forecast\",\"hidden\":\"many\"}', series, time, y) FROM t",
     "many"},
    {"SELECT rnn_train('{\"task\":\"forecast\",\"season\":[7,\"x\"]}', series, time, y) FROM t",
     "season"},
    {"SELECT rnn_train(iif(time = 7, '{}', '" TINY "'), series, time, y) FROM t",
     "rnn_train: the options change at row"},
    {"SELECT rnn_rows() FROM t", "rnn_rows: no columns"},
    {"SELECT * FROM rnn_fit(" ROWS ")",
     "rnn_fit: argument 2, options, is missing; usage: rnn_fit(rows, options"},
    {"SELECT * FROM rnn_fit", "rnn_fit: argument 1, rows, is missing"},
    {"SELECT * FROM rnn_fit(NULL, '" TINY "')", "rnn_fit: the rows are NULL"},
    {"SELECT * FROM rnn_fit('abc', '" TINY "')", "rnn_fit: the rows are TEXT 'abc'"},
    {"SELECT * FROM rnn_fit(12, '" TINY "')", "rnn_fit: the rows are INTEGER 12"},
    {"SELECT * FROM rnn_fit(x'00', '" TINY "')", "rnn_fit: "},
    {"SELECT * FROM rnn_fit((SELECT rnn_rows(series, time) FROM t), '" TINY "')",
     "the target (column 3) is missing"},
    {"SELECT * FROM rnn_fit(" ROWS ", '" TINY "', 5)", "rnn_fit: the model is INTEGER 5"},
    {"SELECT * FROM rnn_fit(" ROWS ", '" TINY "', 'nobody')",
     "rnn_fit: no model is called 'nobody'"},
    {"SELECT * FROM rnn_forecast(NULL, " ROWS ")", "rnn_forecast: the model is NULL"},
    {"SELECT * FROM rnn_forecast(1.5, " ROWS ")", "rnn_forecast: the model is REAL 1.5"},
    {"SELECT * FROM rnn_forecast(x'', " ROWS ")", "rnn_forecast: "},
    {"SELECT * FROM rnn_forecast(x'000102', " ROWS ")", "rnn_forecast: "},
    {"SELECT * FROM rnn_forecast('m', NULL)", "rnn_forecast: no model is called 'm'"},
    {"SELECT * FROM rnn_forecast(" MODEL ", NULL)", "rnn_forecast: the rows are NULL"},
    {"SELECT * FROM rnn_forecast(" MODEL ")", "rnn_forecast: argument 2, rows, is missing"},
    {"SELECT * FROM rnn_forecast(" MODEL ", " ROWS ", 2.5)",
     "rnn_forecast: the options are REAL 2.5"},
    {"SELECT * FROM rnn_forecast(" MODEL ", " ROWS ", 0)", "horizon"},
    {"SELECT * FROM rnn_forecast(" MODEL ", " ROWS ", '{\"origins\":2}')", "origins"},
    {"SELECT * FROM rnn_backtest(" MODEL ", " ROWS ", 3)",
     "rnn_backtest: the options are INTEGER 3"},
    {"SELECT * FROM rnn_evaluate(" MODEL ", " ROWS ", '{\"level\":2}')", "level"},
    {"SELECT rnn_info(NULL)", "rnn_info: the model is NULL"},
    {"SELECT * FROM rnn_history(x'00')", "rnn_history: "},
    {"SELECT * FROM rnn_tensors('nobody')", "rnn_tensors: no model is called 'nobody'"},
    {"SELECT * FROM rnn_forecast(f.x, " ROWS ") f", "no such column"},
};

static void wrong_calls_say_so(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_error(db, wrong[i].sql, SQLITE_ERROR, wrong[i].part);
    assert_int_equal(get_int(db, "SELECT count(*) FROM sqlite_schema WHERE name = '_rnn_models'"),
                     0);
    close_database(db);
}

static void columns_are_the_contract(void **state) {
    static const struct {
        const char *table, *columns;
    } contract[] = {
        {"rnn_fit", "epoch,train_loss,valid_loss,metric,learning_rate,gradient_norm,steps_per_"
                    "second,seconds,best,model"},
        {"rnn_forecast",
         "series,time,step,forecast,lower_bound,upper_bound,level,quantiles,status"},
        {"rnn_backtest", "series,origin,time,step,actual,forecast,lower_bound,upper_bound"},
        {"rnn_evaluate", "metric,value"},
        {"rnn_history", "epoch,train_loss,valid_loss,metric,learning_rate,gradient_norm,best"},
        {"rnn_tensors", "name,shape,count,min,max,mean,std,data"},
        {"rnn_models", "name,version,active,task,cell,parameters,bytes,valid_loss,metric,created_"
                       "at,options,model"},
    };
    sqlite3 *db = open_database(":memory:");
    char sql[256];

    (void)state;
    for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++) {
        /* pragma_table_info leaves the hidden columns, the arguments, out */
        snprintf(sql, sizeof sql, "SELECT group_concat(name) FROM pragma_table_info('%s')",
                 contract[i].table);
        assert_string_equal(get_text(db, sql), contract[i].columns);
    }
    assert_string_equal(get_text(db, "SELECT rnn_version()"), "0.1.0");
    assert_int_equal(
        get_int(db, "SELECT rnn_debug() LIKE '%commit: %blas: %threads: %instruction set: %'"), 1);
    close_database(db);
}

static void model_is_passed_any_way(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    run(db, "CREATE TABLE m AS SELECT " MODEL
            " AS model; INSERT INTO rnn_models(name, model) SELECT 'm', model FROM m");
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_forecast('m', " ROWS ")"), 4);
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_forecast('m@1', " ROWS ", 5)"), 10);
    assert_int_equal(
        get_int(db, "SELECT count(*) FROM rnn_forecast('m', " ROWS ", '{\"horizon\":1}')"), 2);
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_forecast('m', " ROWS ", NULL)"), 4);
    assert_int_equal(
        get_int(db, "SELECT count(*) FROM rnn_forecast((SELECT model FROM m), " ROWS ")"), 4);
    /* joined columns, in either order of the join; one call for each row */
    assert_int_equal(get_int(db, "SELECT count(*) FROM m, rnn_forecast(m.model, " ROWS ")"), 4);
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_forecast(m.model, " ROWS ") JOIN m"), 4);
    assert_int_equal(get_int(db, "SELECT count(*) FROM m LEFT JOIN rnn_history(m.model)"), 2);
    assert_int_equal(
        get_int(
            db,
            "SELECT count(DISTINCT s) FROM (SELECT DISTINCT series AS s FROM t) q, "
            "rnn_forecast('m', "
            "(SELECT rnn_rows(series, time, y) FROM t WHERE series = q.s)) f WHERE f.series = q.s"),
        2);
    assert_int_equal(
        get_int(db, "SELECT count(*) FROM rnn_backtest('m', " ROWS ", '{\"origins\":3}')"), 12);
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_evaluate('m', " ROWS ")"), 7);
    assert_int_equal(get_int(db, "SELECT sum(count) = json_extract(rnn_info('m'), '$.parameters') "
                                 "FROM rnn_tensors('m')"),
                     1);
    assert_int_equal(get_int(db, "SELECT min(length(data) = 4 * count) FROM rnn_tensors('m')"), 1);
    assert_string_equal(get_text(db, "SELECT json_type(json_object('i', rnn_info('m')), '$.i')"),
                        "object");
    close_database(db);
}

/* rnn_fit: a row an epoch, its model is that epoch's, and what is not asked for is not done. */
static void fit_is_lazy(void **state) {
    sqlite3 *db = open_with_data(":memory:");
    sqlite3_stmt *s;

    (void)state;
    assert_int_equal(get_int(db, "SELECT max(epoch) FROM rnn_fit(" ROWS ", '" TINY "')"), 2);
    assert_int_equal(get_int(db, "SELECT count(DISTINCT model) FROM rnn_fit(" ROWS ", '" TINY "')"),
                     2);
    assert_int_equal(
        get_int(db, "SELECT count(*) FROM rnn_fit(" ROWS ", '" TINY "') f, rnn_history(f.model)"),
        3);
    assert_int_equal(get_int(db,
                             "SELECT count(*) FROM (SELECT * FROM rnn_fit(" ROWS ", json_set('" TINY
                             "', '$.epochs', 1000000, '$.patience', 0)) LIMIT 3)"),
                     3);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT epoch FROM rnn_fit(" ROWS ", json_set('" TINY
                                        "', '$.epochs', 1000000, '$.patience', 0))",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_int_equal(sqlite3_close(db), SQLITE_BUSY); /* the statement is ours */
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(s, 0), 2);
    assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
    close_database(db);
}

static void train_is_the_best_of_fit(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    run(db, "CREATE TABLE m AS SELECT " MODEL " AS model");
    assert_int_equal(get_int(db, "SELECT " MODEL " = model FROM m"), 1); /* byte for byte */
    assert_int_equal(get_int(db, "SELECT (SELECT rnn_train('" TINY
                                 "', series, time, y) FROM (SELECT * FROM t "
                                 "ORDER BY random())) = model FROM m"),
                     1);
    assert_int_equal(get_int(db, "SELECT count(DISTINCT m) FROM (SELECT rnn_train('" TINY
                                 "', series, time, y) AS m "
                                 "FROM t GROUP BY series)"),
                     2);
    /* going on from a model */
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_fit(" ROWS
                                 ", '{\"task\":\"forecast\",\"epochs\":1}', "
                                 "(SELECT model FROM m))"),
                     1);
    close_database(db);
}

static void rows_limit(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    assert_string_equal(get_text(db, "SELECT rnn_rows(series, time, y) FROM t WHERE 0"), "NULL");
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 500);
    expect_error(db, "SELECT rnn_rows(series, time, y) FROM t", SQLITE_NOMEM,
                 "rnn_rows: 80 rows take");
    expect_error(db, "SELECT rnn_rows(series, time, y) FROM t", SQLITE_NOMEM, "rnn_train()");
    close_database(db);
}

static void memory_limit(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    expect_error(db,
                 "SELECT rnn_train(json_set('" TINY
                 "', '$.memory_limit', 20000), series, time, y) FROM t",
                 SQLITE_NOMEM, "memory_limit");
    expect_error(db,
                 "SELECT * FROM rnn_fit(" ROWS ", json_set('" TINY "', '$.memory_limit', 20000))",
                 SQLITE_NOMEM, "memory_limit");
    assert_int_equal(get_int(db, "SELECT rnn_train(json_set('" TINY
                                 "', '$.memory_limit', 1000000000), series, time, y) "
                                 "IS NOT NULL FROM t"),
                     1);
    close_database(db);
}

static void flags(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    run(db, "PRAGMA trusted_schema = OFF"); /* only INNOCUOUS functions work in views now */
    run(db,
        "CREATE TABLE m AS SELECT " MODEL " AS model;"
        "CREATE VIEW r AS SELECT rnn_rows(series, time, y) AS rows, rnn_version() AS v FROM t;"
        "CREATE VIEW f AS SELECT * FROM rnn_forecast((SELECT model FROM m), (SELECT rows FROM r));"
        "CREATE VIEW i AS SELECT rnn_info(model) AS j FROM m;");
    assert_int_equal(get_int(db, "SELECT count(*) FROM f"), 4);
    assert_int_equal(get_int(db, "SELECT json_valid(j) FROM i"), 1);
    expect_error(db, "CREATE VIRTUAL TABLE x USING rnn_fit", SQLITE_ERROR, "no such module");
    expect_error(db, "DELETE FROM rnn_fit", SQLITE_ERROR, "may not be modified");
    close_database(db);
}

static void load_twice(void **state) {
    sqlite3 *a = open_with_data(":memory:"), *b = open_with_data(":memory:");

    (void)state;
    assert_int_equal(get_int(a, "SELECT count(*) FROM rnn_models"), 0);
    assert_int_equal(sqlite3_load_extension(a, getenv("RNN_EXTENSION"), "sqlite3_rnn_init", NULL),
                     SQLITE_OK);
    assert_int_equal(get_int(a, "SELECT count(*) FROM rnn_models"), 0);
    assert_int_equal(get_int(a, "SELECT length(" MODEL ") > 0"), 1);
    close_database(a);
    assert_int_equal(get_int(b, "SELECT length(" MODEL ") > 0"), 1);
    close_database(b);
}

/* A database in UTF-16: every text that comes in is converted. */
static void utf16_database(void **state) {
    sqlite3 *db = open_database(":memory:");

    (void)state;
    run(db, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(series, time, y);"
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39) "
            "INSERT INTO t SELECT 'Zürich', date('2024-01-01', i || ' days'), 5 + i % 7 FROM n;"
            "INSERT INTO rnn_models(name, model) SELECT 'Modell ü', "
            "rnn_train('" TINY "', series, time, y) FROM t;");
    assert_string_equal(get_text(db, "PRAGMA encoding"), "UTF-16le");
    assert_string_equal(get_text(db, "SELECT min(series) || ' ' || min(time) "
                                     "FROM rnn_forecast('Modell ü', " ROWS ")"),
                        "Zürich 2024-02-10");
    expect_error(db, "SELECT rnn_info('Modell u')", SQLITE_ERROR, "'Modell ü'");
    expect_error(db, "SELECT rnn_train('{\"task\":\"fürcast\"}', series, time, y) FROM t",
                 SQLITE_ERROR, "fürcast");
    close_database(db);
}

/* Off a terminal: a line an epoch on standard error, nothing without the option. */
static void progress_lines(void **state) {
    sqlite3 *db = open_with_data(":memory:");
    char path[256], text[4096] = {0};
    int saved = dup(STDERR_FILENO);
    FILE *file;

    (void)state;
    temporary_path(path, sizeof path);
    file = fopen(path, "w+");
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    run(db, "SELECT rnn_train('" TINY "', series, time, y) FROM t;"
            "SELECT rnn_train(json_set('" TINY
            "', '$.progress', json('true')), series, time, y) FROM t;");
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    delete_database(path);
    assert_memory_equal(text, "rnn_train: epoch 1/2  train_loss ", 33);
    assert_non_null(strstr(text, "\nrnn_train: epoch 2/2  train_loss "));
    assert_non_null(strstr(text, "ETA 0:00"));
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_calls_say_so),
        cmocka_unit_test(columns_are_the_contract),
        cmocka_unit_test(model_is_passed_any_way),
        cmocka_unit_test(fit_is_lazy),
        cmocka_unit_test(train_is_the_best_of_fit),
        cmocka_unit_test(rows_limit),
        cmocka_unit_test(memory_limit),
        cmocka_unit_test(flags),
        cmocka_unit_test(load_twice),
        cmocka_unit_test(utf16_database),
        cmocka_unit_test(progress_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
