/* rnn_generate is lazy and can be stopped: a LIMIT ends the work, an interrupt ends it between two
** tokens, while the prompt is read and inside a beam search. */
#include "extension.h"

#define MODEL                                                                                      \
    "INSERT INTO rnn_models(name, model) SELECT 'm', rnn_train('{\"task\":\"generate\","           \
    "\"tokens\":\"char\",\"hidden\":4,\"epochs\":1,\"ensemble\":1,\"threads\":1}', body) "         \
    "FROM (SELECT 'abcabcabc' AS body UNION ALL SELECT 'bcabcabca')"
/* Greedy: with so little training the text does not end. */
#define ENDLESS "'{\"length\":1000000,\"temperature\":0}'"

/* A progress handler that stops the n-th time it is called, and from then on. */
static int on_progress(void *left) { return --*(int *)left < 0; }

static void expect_interrupt(sqlite3 *db, const char *sql) {
    for (int calls = 1; calls < 300; calls *= 6) {
        int left = calls;
        sqlite3_progress_handler(db, 20, on_progress, &left);
        expect_error(db, sql, SQLITE_INTERRUPT, NULL);
        sqlite3_progress_handler(db, 0, NULL, NULL);
    }
}

static void interrupts_stop_generation(void **state) {
    sqlite3 *db = open_database(":memory:");

    (void)state;
    run(db, MODEL);
    expect_interrupt(db, "SELECT rnn_generate('m', 'a', " ENDLESS ")");
    expect_interrupt(db, "SELECT * FROM rnn_generate('m', 'a', " ENDLESS ")");
    expect_interrupt(db, "SELECT rnn_generate('m', printf('%.*c', 1000000, 'a'))");
    expect_interrupt(db, "SELECT * FROM rnn_suggest('m', printf('%.*c', 1000000, 'a'))");
    expect_interrupt(db, "SELECT rnn_generate('m', 'a', '{\"beam\":200,\"length\":100000}')");
    assert_int_equal(get_int(db, "SELECT length(rnn_generate('m', 'a', '{\"length\":1}')) < 2"), 1);
    close_database(db);
}

/* A few steps for a few tokens, not a million: counted by the checks between tokens. */
static int on_check(void *count) {
    ++*(int *)count;
    return 0;
}

static void a_limit_stops_the_work(void **state) {
    sqlite3 *db = open_database(":memory:");
    int few = 0, more = 0;

    (void)state;
    run(db, MODEL);
    sqlite3_progress_handler(db, 1, on_check, &few);
    run(db, "SELECT * FROM rnn_generate('m', 'a', " ENDLESS ") LIMIT 3");
    sqlite3_progress_handler(db, 1, on_check, &more);
    run(db, "SELECT * FROM rnn_generate('m', 'a', " ENDLESS ") LIMIT 300");
    sqlite3_progress_handler(db, 0, NULL, NULL);
    assert_true(more > 10 * few);
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupts_stop_generation),
        cmocka_unit_test(a_limit_stops_the_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
