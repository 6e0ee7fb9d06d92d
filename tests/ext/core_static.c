/* The static library: the same extension linked in, -DSQLITE_CORE, given to
** sqlite3_auto_extension(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

int sqlite3_rnn_init(sqlite3 *db, char **error, const struct sqlite3_api_routines *api);

static void auto_extension(void **state) {
    sqlite3 *db;
    sqlite3_stmt *s;

    (void)state;
    assert_int_equal(sqlite3_auto_extension((void (*)(void))sqlite3_rnn_init), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_int_equal(
            sqlite3_prepare_v2(db, "SELECT rnn_version(), count(*) FROM rnn_models", -1, &s, NULL),
            SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(s, 0), "0.1.0");
        assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
    sqlite3_reset_auto_extension();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(auto_extension)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
