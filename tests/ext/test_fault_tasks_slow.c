/* The N-th allocation fails, as in test_fault_slow.c, for the tasks classify, regress, generate and
** seq2seq: training, going on with training, every function that uses a model, and rnn_score,
** rnn_advance, rnn_output and rnn_anomalies. "slow": left out under valgrind (ASan runs it).
*/
#include <string.h>

#include "fault.h"

#define OPTIONS "(SELECT options FROM task WHERE name = "
#define REVIEWS "(SELECT rnn_rows(label, body) FROM review)"
#define WALKS "(SELECT rnn_rows(series, time, tag, word, x) FROM walk)"
#define STORIES "(SELECT rnn_rows(body) FROM story)"
#define PAIRS "(SELECT rnn_rows(target, source) FROM pair)"
#define SERIES "rnn_advance('walk', NULL, time, word, x)"

static const char *const training[] = {
    "SELECT rnn_train(" OPTIONS "'review'), label, body) FROM review",
    "SELECT rnn_train(" OPTIONS "'shape'), label, body) FROM shape",
    "SELECT rnn_train(" OPTIONS "'walk'), series, time, tag, word, x) FROM walk",
    "SELECT rnn_train(" OPTIONS "'level'), series, time, x, word) FROM walk",
    "SELECT rnn_train(" OPTIONS "'story'), body) FROM story",
    "SELECT rnn_train(" OPTIONS "'token'), series, time, word) FROM walk",
    "SELECT rnn_train(" OPTIONS "'pair'), target, source) FROM pair",
    "SELECT rnn_train(" OPTIONS "'point'), target, a, b) FROM pair",
};

static const char *const resuming[] = {
    "SELECT * FROM rnn_fit(" REVIEWS ", '{\"task\":\"classify\",\"epochs\":1}', 'review')",
    "SELECT * FROM rnn_fit(" WALKS ", '{\"task\":\"classify\",\"epochs\":1}', 'walk')",
    "SELECT * FROM rnn_fit(" STORIES ", '{\"task\":\"generate\",\"epochs\":1}', 'story')",
    "SELECT * FROM rnn_fit(" PAIRS ", '{\"task\":\"seq2seq\",\"epochs\":1}', 'pair')",
};

static const char *const predicting[] = {
    "SELECT rnn_predict('review', body), rnn_probability('review', 'good', body) FROM review",
    "SELECT rnn_predict('shape', body) FROM shape",
    "SELECT rnn_predict('pair', source), rnn_predict('point', a, b) FROM pair LIMIT 2",
    "SELECT * FROM rnn_predict('review', " REVIEWS ")",
    "SELECT * FROM rnn_predict('walk', " WALKS ")",
    "SELECT * FROM rnn_predict('pair', " PAIRS ", '{\"threads\":2}')",
    "SELECT * FROM rnn_evaluate('review', " REVIEWS ")",
    "SELECT * FROM rnn_evaluate('level', (SELECT rnn_rows(series, time, x, word) FROM walk))",
    "SELECT * FROM rnn_evaluate('story', " STORIES ")",
    "SELECT * FROM rnn_evaluate('pair', " PAIRS ")",
    "SELECT * FROM rnn_anomalies('series', " ROWS ")",
    "SELECT * FROM rnn_states('review', " REVIEWS ")",
    "SELECT * FROM rnn_states('pair', " PAIRS ")",
    "SELECT * FROM rnn_states('series', " ROWS ")",
    "SELECT * FROM rnn_gradients('walk', " WALKS ")",
    "SELECT * FROM rnn_gradients('series', " ROWS ")",
    "SELECT rnn_info(model) FROM rnn_models WHERE name IN ('review', 'pair')",
    "SELECT * FROM rnn_vocabulary('review')",
    "SELECT * FROM rnn_neighbors('review', 'great - dull + fun', 3)",
    "SELECT rnn_predict('review', 1, 2)", /* an error */
};

static const char *const writing[] = {
    "SELECT rnn_generate('story', 'abc', '{\"length\":9,\"stop\":\"never\"}')",
    "SELECT * FROM rnn_generate('story', NULL, '{\"length\":3,\"beam\":2}')",
    "SELECT * FROM rnn_generate('token', 'dog1 runs0', '{\"length\":3,\"top_p\":0.9}')",
    "SELECT rnn_generate('pair', 'cat', '{\"length\":3,\"temperature\":1}')",
    "SELECT * FROM rnn_suggest('story', 'ab')",
    "SELECT * FROM rnn_suggest('token', 'dog1 ru', 2)",
};

static const char *const streaming[] = {
    "SELECT rnn_score('walk', time, word, x) OVER (PARTITION BY series ORDER BY time) FROM walk",
    "SELECT rnn_score('mood', time, word, x) OVER (ORDER BY time ROWS 1 PRECEDING) FROM walk "
    "WHERE series = 1",
    "SELECT rnn_score('level', time, word) FROM walk GROUP BY series",
    "SELECT rnn_score('token', time, word) FROM walk GROUP BY series",
    "SELECT rnn_output('walk', rnn_advance('walk', " SERIES ", time + 1, word, x)) FROM walk",
};

static void sweep_all(const char *const *statements, size_t n) {
    char path[256];
    sqlite3 *db;

    temporary_path(path, sizeof path);
    db = open_with_tasks(path);
    run(db, "INSERT INTO rnn_models(name, model) SELECT 'series', rnn_train('" TINY
            "', series, time, y) FROM t");
    close_database(db);
    for (size_t i = 0; i < n; i++) {
        fault_result expected = strstr(statements[i], ", 1, 2)") ? FAULT_FAILS : FAULT_SUCCEEDS;
        fault_sweep(path, statements[i], expected, TASK_MODELS + 1);
    }
    delete_database(path);
}

#define SWEEP(list)                                                                                \
    static void every_allocation_of_##list(void **state) {                                         \
        (void)state;                                                                               \
        sweep_all(list, sizeof list / sizeof list[0]);                                             \
    }
SWEEP(training)
SWEEP(resuming)
SWEEP(predicting)
SWEEP(writing)
SWEEP(streaming)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_training),
        cmocka_unit_test(every_allocation_of_resuming),
        cmocka_unit_test(every_allocation_of_predicting),
        cmocka_unit_test(every_allocation_of_writing),
        cmocka_unit_test(every_allocation_of_streaming),
    };
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
