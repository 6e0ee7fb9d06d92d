/* rnn_models: versions, activation, transactions, and that no connection ever sees a stale
** model. */
#include <stdio.h>
#include <string.h>

#include "extension.h"

/* INSERT of a model trained with a seed that can be read back. */
static void insert_model(sqlite3 *db, const char *name, int seed) {
    char sql[512];

    snprintf(sql, sizeof sql,
             "INSERT INTO rnn_models(name, model) SELECT '%s', "
             "rnn_train(json_set('" TINY "', '$.seed', %d), series, time, y) FROM t",
             name, seed);
    run(db, sql);
}

/* Seed of the model that a name means now. */
static sqlite3_int64 seed_of(sqlite3 *db, const char *name) {
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT json_extract(rnn_info('%s'), '$.options.seed')", name);
    return get_int(db, sql);
}

static const char *versions(sqlite3 *db) {
    return get_text(
        db, "SELECT coalesce(group_concat(name || version || iif(active, '*', ''), ' '), 'none') "
            "FROM (SELECT * FROM rnn_models ORDER BY name, version)");
}

static void reading_creates_nothing(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    assert_string_equal(versions(db), "none");
    assert_int_equal(get_int(db, "SELECT count(*) FROM sqlite_schema WHERE name = '_rnn_models'"),
                     0);
    expect_error(db, "SELECT rnn_info('demand')", SQLITE_ERROR,
                 "rnn_info: no model is called 'demand'");
    expect_error(db, "DELETE FROM _rnn_models", SQLITE_ERROR, "no such table");
    run(db, "DELETE FROM rnn_models");
    run(db, "UPDATE rnn_models SET active = 1");
    close_database(db);
}

static void versions_follow_inserts(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    insert_model(db, "demand", 11);
    insert_model(db, "demand", 12);
    insert_model(db, "sales", 13);
    assert_string_equal(versions(db), "demand1 demand2* sales1*");
    assert_int_equal(seed_of(db, "demand"), 12);
    assert_int_equal(seed_of(db, "demand@1"), 11);
    assert_int_equal(seed_of(db, "sales"), 13);
    expect_error(db, "SELECT rnn_info('demand@9')", SQLITE_ERROR, "no version 9; it has 2, 1");
    expect_error(db, "SELECT rnn_info('deman')", SQLITE_ERROR, "rnn_models has 'demand', 'sales'");
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_models WHERE name = 'demand'"), 2);
    assert_int_equal(
        get_int(db,
                "SELECT version FROM rnn_models WHERE name = 'DEMAND' COLLATE NOCASE AND active"),
        2);
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_models WHERE version = 1"), 2);
    assert_int_equal(
        get_int(db, "SELECT count(*) FROM rnn_models WHERE name = 'demand' AND version = 2"), 1);
    assert_int_equal(get_int(db, "SELECT bytes = length(model) FROM rnn_models LIMIT 1"), 1);
    assert_string_equal(get_text(db, "SELECT task || ' ' || cell FROM rnn_models LIMIT 1"),
                        "forecast lstm");
    assert_int_equal(
        get_int(db, "SELECT json_extract(options, '$.seed') FROM rnn_models WHERE name = 'sales'"),
        13);
    assert_int_equal(
        get_int(db,
                "SELECT abs(julianday('now') - julianday(created_at)) < 1 FROM rnn_models LIMIT 1"),
        1);
    close_database(db);
}

static void active_is_one_version(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    for (int seed = 1; seed <= 3; seed++) insert_model(db, "m", seed);
    insert_model(db, "other", 9);
    run(db, "UPDATE rnn_models SET active = 1 WHERE name = 'm' AND version = 1");
    assert_string_equal(versions(db), "m1* m2 m3 other1*");
    assert_int_equal(seed_of(db, "m"), 1);
    run(db, "UPDATE rnn_models SET active = (version = 2) WHERE name = 'm'");
    assert_string_equal(versions(db), "m1 m2* m3 other1*");
    run(db,
        "DELETE FROM rnn_models WHERE name = 'm' AND version = 2"); /* the newest left takes over */
    assert_string_equal(versions(db), "m1 m3* other1*");
    assert_int_equal(seed_of(db, "m"), 3);
    run(db, "DELETE FROM rnn_models WHERE name = 'm' AND version = 1");
    assert_string_equal(versions(db), "m3* other1*");
    insert_model(db, "m", 4);
    assert_string_equal(versions(db), "m3 m4* other1*");
    run(db, "UPDATE rnn_models SET active = 0 WHERE name = 'm'");
    expect_error(db, "SELECT rnn_info('m')", SQLITE_ERROR, "has no active version");
    assert_int_equal(seed_of(db, "m@3"), 3);
    run(db, "DELETE FROM rnn_models");
    assert_string_equal(versions(db), "none");
    close_database(db);
}

static void wrong_writes_are_refused(void **state) {
    static const struct {
        const char *sql, *part;
    } wrong[] = {
        {"INSERT INTO rnn_models(name, model) VALUES('x', x'00')", "rnn_models: "},
        {"INSERT INTO rnn_models(name, model) VALUES('x', NULL)", "the model is NULL"},
        {"INSERT INTO rnn_models(name, model) VALUES('x', 'text')", "the model is TEXT 'text'"},
        {"INSERT INTO rnn_models(name, model) VALUES('x', x'')", "rnn_models: "},
        {"INSERT INTO rnn_models(name, model) SELECT '', model FROM rnn_models",
         "the name is empty"},
        {"INSERT INTO rnn_models(name, model) SELECT NULL, model FROM rnn_models",
         "the name is NULL"},
        {"INSERT INTO rnn_models(name, model) SELECT 5, model FROM rnn_models",
         "the name is INTEGER 5"},
        {"INSERT INTO rnn_models(name, model) SELECT 'a@1', model FROM rnn_models", "'@'"},
        {"INSERT INTO rnn_models(name, version, model) SELECT 'a', 7, model FROM rnn_models",
         "column version"},
        {"INSERT INTO rnn_models(rowid, name, model) SELECT 9, 'a', model FROM rnn_models",
         "rowid"},
        {"UPDATE rnn_models SET name = 'y'", "column name cannot be changed"},
        {"UPDATE rnn_models SET model = x'00'", "column model cannot be changed"},
        {"UPDATE rnn_models SET options = '{}'", "column options cannot be changed"},
        {"UPDATE rnn_models SET active = 2", "active is INTEGER 2; allowed is 0 or 1"},
        {"UPDATE rnn_models SET active = NULL", "active is NULL"},
        {"UPDATE rnn_models SET rowid = 99", "rowid"},
    };
    sqlite3 *db = open_with_data(":memory:");
    char before[1024];

    (void)state;
    insert_model(db, "m", 1);
    snprintf(before, sizeof before, "%s", versions(db));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_error(db, wrong[i].sql, SQLITE_ERROR, wrong[i].part);
    assert_string_equal(versions(db), before);
    run(db, "UPDATE rnn_models SET name = name, active = active"); /* no change is fine */
    run(db, "CREATE VIEW v AS SELECT * FROM rnn_models");
    expect_error(db, "SELECT * FROM v", SQLITE_ERROR, "unsafe use");
    close_database(db);
}

/* A statement that fails in the middle leaves nothing, in a transaction and outside of one. */
static void failed_statement_leaves_nothing(void **state) {
    static const char failing[] = "INSERT INTO rnn_models(name, model) "
                                  "SELECT 'a', model FROM keep UNION ALL SELECT 'b', x'00'";
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    run(db, "CREATE TABLE keep AS SELECT rnn_train('" TINY "', series, time, y) AS model FROM t");
    expect_error(db, failing, SQLITE_ERROR, "rnn_models: ");
    assert_string_equal(versions(db), "none");
    run(db, "BEGIN");
    expect_error(db, failing, SQLITE_ERROR, "rnn_models: ");
    assert_string_equal(versions(db), "none");
    run(db, "INSERT INTO rnn_models(name, model) SELECT 'c', model FROM keep");
    assert_string_equal(versions(db), "c1*");
    expect_error(db, failing, SQLITE_ERROR, "rnn_models: ");
    run(db, "COMMIT");
    assert_string_equal(versions(db), "c1*");
    assert_string_equal(get_text(db, "PRAGMA integrity_check"), "ok");
    close_database(db);
}

static void transactions_hold(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    run(db, "BEGIN");
    insert_model(db, "m", 1);
    assert_int_equal(seed_of(db, "m"), 1);
    run(db, "ROLLBACK");
    assert_int_equal(get_int(db, "SELECT count(*) FROM sqlite_schema WHERE name = '_rnn_models'"),
                     0);
    expect_error(db, "SELECT rnn_info('m')", SQLITE_ERROR, "no model is called 'm'");

    insert_model(db, "m", 2);
    run(db, "BEGIN; SAVEPOINT one");
    insert_model(db, "m", 3);
    assert_int_equal(seed_of(db, "m"), 3);
    run(db, "SAVEPOINT two; DELETE FROM rnn_models WHERE version = 2");
    assert_int_equal(seed_of(db, "m"), 2);
    run(db, "ROLLBACK TO two");
    assert_int_equal(seed_of(db, "m"), 3);
    run(db, "ROLLBACK TO one");
    assert_int_equal(seed_of(db, "m"), 2);
    insert_model(db, "m", 4); /* version 2 again, with other content */
    assert_int_equal(seed_of(db, "m"), 4);
    assert_int_equal(seed_of(db, "m@2"), 4);
    run(db, "COMMIT");
    assert_int_equal(seed_of(db, "m"), 4);
    close_database(db);
}

static void other_connections_are_seen(void **state) {
    char path[256];
    sqlite3 *a, *b;

    (void)state;
    temporary_path(path, sizeof path);
    a = open_with_data(path);
    b = open_database(path);
    insert_model(a, "m", 1);
    assert_int_equal(seed_of(b, "m"), 1);
    insert_model(a, "m", 2);
    assert_int_equal(seed_of(b, "m"), 2);
    run(b, "UPDATE rnn_models SET active = (version = 1)");
    assert_int_equal(seed_of(a, "m"), 1);
    run(a, "BEGIN");
    insert_model(a, "m", 3);
    assert_int_equal(seed_of(a, "m"), 3);
    assert_int_equal(seed_of(b, "m"), 1); /* not committed */
    run(a, "ROLLBACK");
    assert_int_equal(seed_of(a, "m"), 1);
    run(b, "DELETE FROM rnn_models");
    expect_error(a, "SELECT rnn_info('m')", SQLITE_ERROR, "rnn_models is empty");
    close_database(a);
    close_database(b);
    delete_database(path);
}

static void read_only_database(void **state) {
    char path[256];
    sqlite3 *db;

    (void)state;
    temporary_path(path, sizeof path);
    db = open_with_data(path);
    insert_model(db, "m", 1);
    run(db, "PRAGMA query_only = 1");
    expect_error(db, "INSERT INTO rnn_models(name, model) SELECT 'n', model FROM rnn_models",
                 SQLITE_READONLY, NULL);
    expect_error(db, "DELETE FROM rnn_models", SQLITE_READONLY, NULL);
    assert_int_equal(seed_of(db, "m"), 1);
    close_database(db);

    db = open_database_as(path, SQLITE_OPEN_READONLY); /* the file itself */
    expect_error(db, "INSERT INTO rnn_models(name, model) SELECT 'n', model FROM rnn_models",
                 SQLITE_READONLY, "readonly");
    expect_error(db,
                 "INSERT INTO rnn_models(name, model) SELECT 'n', "
                 "rnn_train('" TINY "', series, time, y) FROM t",
                 SQLITE_READONLY, "readonly");
    expect_error(db, "UPDATE rnn_models SET active = 0", SQLITE_READONLY, "readonly");
    assert_int_equal(seed_of(db, "m"), 1);
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_forecast('m', " ROWS ")"), 4);
    close_database(db);
    delete_database(path);
}

/* The plain table is all there is: it copies with SQL, and what it holds is used from there. */
static void plain_table_replicates(void **state) {
    sqlite3 *db = open_with_data(":memory:");

    (void)state;
    insert_model(db, "m", 5);
    run(db, "ATTACH ':memory:' AS copy; CREATE TABLE copy._rnn_models AS SELECT * FROM _rnn_models;"
            "DELETE FROM rnn_models; INSERT INTO _rnn_models SELECT * FROM copy._rnn_models;");
    assert_int_equal(seed_of(db, "m"), 5);
    assert_int_equal(
        get_int(db, "SELECT json_extract(rnn_info(model), '$.options.seed') FROM copy._rnn_models"),
        5);
    run(db, "UPDATE _rnn_models SET checksum = NULL"); /* a row made by hand is read each time */
    assert_int_equal(seed_of(db, "m"), 5);
    run(db, "UPDATE _rnn_models SET model = x'010203'");
    expect_error(db, "SELECT rnn_info('m')", SQLITE_ERROR, "rnn_info: ");
    run(db, "UPDATE _rnn_models SET model = 'text'");
    expect_error(db, "SELECT rnn_info('m')", SQLITE_ERROR, "holds no model BLOB");
    run(db, "DROP TABLE _rnn_models; CREATE TABLE _rnn_models(x)"); /* somebody else's table */
    expect_error(db, "SELECT rnn_info('m')", SQLITE_ERROR, "no such column");
    expect_error(db, "SELECT * FROM rnn_models", SQLITE_ERROR, "rnn_models: ");
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_creates_nothing),
        cmocka_unit_test(versions_follow_inserts),
        cmocka_unit_test(active_is_one_version),
        cmocka_unit_test(wrong_writes_are_refused),
        cmocka_unit_test(failed_statement_leaves_nothing),
        cmocka_unit_test(transactions_hold),
        cmocka_unit_test(other_connections_are_seen),
        cmocka_unit_test(read_only_database),
        cmocka_unit_test(plain_table_replicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
