/* rnn_score over frames that grow and slide: what a row costs in memory does not depend on the rows
** before it, and where rows of a frame are no longer kept, a row that leaves is an error. */
#include <stdio.h>
#include <string.h>

#include "extension.h"

#define MODEL                                                                                      \
    "INSERT INTO rnn_models(name, model) SELECT 'm', rnn_train('{\"task\":\"regress\","            \
    "\"hidden\":4,\"epochs\":1,\"ensemble\":1,\"bidirectional\":false,\"threads\":1}', series, "   \
    "time, y, y) FROM t"
/* Numbers 1 to ?1 as rows, scored over a frame. */
#define SCORE(frame)                                                                               \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "                \
    "SELECT rnn_score('m', i, i % 7) OVER (ORDER BY i ROWS " frame ") FROM n"

enum { KEPT = 65536 };

static void get_status(int op, sqlite3_int64 *value) {
    sqlite3_int64 highest;
    assert_int_equal(sqlite3_status64(op, value, &highest, 0), SQLITE_OK);
}

static void growing_frames_cost_the_same(void **state) {
    static const int at[] = {2000, 10000, 60000, 70000, 90000};
    enum { POINTS = sizeof at / sizeof at[0] };
    sqlite3 *db = open_with_data(":memory:");
    sqlite3_stmt *s;
    sqlite3_int64 used[POINTS], blocks[POINTS];
    int row = 0;

    (void)state;
    run(db, MODEL);
    run(db, "PRAGMA temp_store = FILE; PRAGMA cache_size = 10"); /* what SQLite itself keeps */
    assert_int_equal(sqlite3_prepare_v2(db, SCORE("UNBOUNDED PRECEDING"), -1, &s, NULL), SQLITE_OK);
    sqlite3_bind_int(s, 1, 90000);
    for (int i = 0; i < POINTS; i++) {
        for (; row < at[i]; row++) assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_int_equal(sqlite3_column_type(s, 0), SQLITE_FLOAT);
        get_status(SQLITE_STATUS_MEMORY_USED, &used[i]);
        get_status(SQLITE_STATUS_MALLOC_COUNT, &blocks[i]);
        print_message("# row %d: %lld bytes in %lld blocks\n", at[i], (long long)used[i],
                      (long long)blocks[i]);
    }
    for (int i = 1; i < POINTS; i++) {
        assert_true(blocks[i] - blocks[0] < 20);
        /* The rows of the frame are kept, in some 40 bytes each, as long as they are not too many. */
        assert_true(used[i] - used[0] < 100 * (sqlite3_int64)at[i]);
    }
    assert_true(used[4] - used[0] < 100000);
    sqlite3_finalize(s);
    close_database(db);
}

/* Of a window that slides over `size` rows: the result code and how many rows came. */
static int slide(sqlite3 *db, const char *sql, int rows, int *came) {
    sqlite3_stmt *s;
    int rc;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    sqlite3_bind_int(s, 1, rows);
    *came = 0;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) ++*came;
    sqlite3_finalize(s);
    return rc;
}

static void rows_that_are_not_kept_cannot_leave(void **state) {
    sqlite3 *db = open_with_data(":memory:");
    int came;

    (void)state;
    run(db, MODEL);
    assert_int_equal(slide(db, SCORE("BETWEEN 65535 PRECEDING AND CURRENT ROW"), KEPT + 2, &came),
                     SQLITE_DONE);
    assert_int_equal(came, KEPT + 2);
    assert_int_equal(slide(db, SCORE("BETWEEN 65536 PRECEDING AND CURRENT ROW"), KEPT + 1, &came),
                     SQLITE_DONE);
    assert_int_equal(slide(db, SCORE("BETWEEN 65536 PRECEDING AND CURRENT ROW"), KEPT + 2, &came),
                     SQLITE_ERROR);
    assert_non_null(strstr(sqlite3_errmsg(db), "more than 65536 rows"));
    assert_non_null(strstr(sqlite3_errmsg(db), "use a shorter frame"));
    close_database(db);
}

/* An interrupt stops an aggregate over many rows, on the way and when all have come: then they are
** read, unless someone wants it stopped. */
static int on_progress(void *left) { return --*(int *)left < 0; }

static void an_interrupt_stops_it(void **state) {
    sqlite3 *db = open_with_data(":memory:");
    int came = 0;

    (void)state;
    run(db, MODEL);
    for (int calls = 1; calls < 100000; calls *= 7) {
        int left = calls;
        sqlite3_progress_handler(db, 5, on_progress, &left);
        expect_error(db,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                     "100000) SELECT rnn_score('m', i, i % 7) FROM n",
                     SQLITE_INTERRUPT, NULL);
        left = calls;
        sqlite3_progress_handler(db, 50, on_progress, &left);
        assert_int_equal(slide(db, SCORE("BETWEEN 9 PRECEDING AND CURRENT ROW"), 20000, &came),
                         SQLITE_INTERRUPT);
        sqlite3_progress_handler(db, 0, NULL, NULL);
    }
    assert_true(came > 100); /* the last time it was well under way */
    run(db, "SELECT rnn_score('m', 1, 2)");
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing_frames_cost_the_same),
        cmocka_unit_test(rows_that_are_not_kept_cannot_leave),
        cmocka_unit_test(an_interrupt_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
