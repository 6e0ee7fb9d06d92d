/* Models whose options disagree with the rest of them: each option that rnn_fit goes on from is
** changed in a model that was trained, the checksum made right. What the network was built from is
** refused; nothing else that is changed may do harm, which ASan looks after.
**
** The engine in this program forges; the extension that is loaded is the one that must refuse.
*/
#include "extension.h"

#include "../fuzz/forge.h"
#include "model.h"
#include "options_internal.h"

#include <stdio.h>
#include <string.h>

enum { MOST_VALUES = 8 };

/* A model, its rows, and where they come from. */
static const struct {
    const char *name, *rows;
} models[] = {
    {"t", ROWS},
    {"series", ROWS},
    {"weather", "(SELECT rnn_rows(series, time, y, y * 2, series) FROM t)"},
    {"review", "(SELECT rnn_rows(label, body) FROM review)"},
    {"shape", "(SELECT rnn_rows(label, body) FROM shape)"},
    {"walk", "(SELECT rnn_rows(series, time, tag, word, x) FROM walk)"},
    {"mood", "(SELECT rnn_rows(series, time, series > 2, word, x) FROM walk)"},
    {"level", "(SELECT rnn_rows(series, time, x, word) FROM walk)"},
    {"story", "(SELECT rnn_rows(body) FROM story)"},
    {"token", "(SELECT rnn_rows(series, time, word) FROM walk)"},
    {"pair", "(SELECT rnn_rows(target, source) FROM pair)"},
    {"point", "(SELECT rnn_rows(target, a, b) FROM pair)"},
};
enum { MODELS = sizeof models / sizeof models[0] };

static sqlite3 *open_models(void) {
    sqlite3 *db = open_with_tasks(":memory:");
    run(db, "INSERT INTO rnn_models(name, model) SELECT 't', rnn_train('" TINY
            "', series, time, y) FROM t;"
            "INSERT INTO rnn_models(name, model) SELECT 'series', rnn_train(json_set('" TINY
            "', '$.series_embedding', 2, '$.ensemble', 2, '$.bidirectional', json('true')), "
            "series, time, y) FROM t;"
            "INSERT INTO rnn_models(name, model) SELECT 'weather', rnn_train(json_set('" TINY
            "', '$.known_ahead', 1, '$.embedding', 3, '$.layers', 2, '$.projection', 1), "
            "series, time, y, y * 2, series) FROM t;");
    return db;
}

/* ---- what is changed ---- */

/* Groups that rnn_fit may not change; the values of the others are nobody else's business. */
static int is_fixed(rnn_option_key key) {
    static const char *const groups[] = {"task", "network", "text", "initialisation", "loss"};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strcmp(rnn_option_at(key)->group, groups[i]) == 0) return key != RNN_KEY_task;
    return 0;
}

static int whole_texts(const rnn_model *m) {
    return m->options.task != RNN_TASK_FORECAST && m->sequence.shape == RNN_SHAPE_SEQUENCES &&
           m->input[0].kind == RNN_INPUT_TEXT;
}

/* Does something in this model follow from the option, whatever its value? */
static int is_bound(const rnn_model *m, rnn_option_key key) {
    int words = rnn_model_categories(m) > 0, target = m->spec.target_vocabulary > 0;
    switch (key) {
    case RNN_KEY_cell:
    case RNN_KEY_hidden:
    case RNN_KEY_layers:
    case RNN_KEY_bidirectional:
    case RNN_KEY_activation:
    case RNN_KEY_reset:
    case RNN_KEY_peephole:
    case RNN_KEY_projection:
    case RNN_KEY_layer_norm:
    case RNN_KEY_initial_state:
    case RNN_KEY_ensemble:
    case RNN_KEY_init:
    case RNN_KEY_forget_bias:
    case RNN_KEY_season:
    case RNN_KEY_known_ahead:
    case RNN_KEY_quantiles:
    case RNN_KEY_series_embedding:
    case RNN_KEY_output:
    case RNN_KEY_attention:
    case RNN_KEY_tie_embedding:
    case RNN_KEY_wide: return 1;
    case RNN_KEY_loss: return m->options.task != RNN_TASK_REGRESS;
    case RNN_KEY_embedding: return words || target;
    case RNN_KEY_one_hot:
    case RNN_KEY_subwords: return words;
    case RNN_KEY_pooling: return !m->sequence.every;
    case RNN_KEY_tokens:
    case RNN_KEY_lowercase:
    case RNN_KEY_max_tokens:
    case RNN_KEY_truncate: return whole_texts(m);
    default: return 0;
    }
}

/* Value number `i` of an option, another one than it has; 0 if there are no more, -1 to skip it. */
static int change(rnn_options *o, rnn_option_key key, int i) {
    const rnn_option_info *info = rnn_option_at(key);
    void *field = rnn_option_field(o, key);
    rnn_list *list = field;
    int *choice = field;
    int64_t *whole = field, was;
    switch (info->type) {
    case RNN_OPT_INT:
        was = *whole;
        *whole = (int64_t[]){0,
                             1,
                             was + 1,
                             was - 1,
                             2 * was,
                             512,
                             (int64_t)info->minimum,
                             (int64_t)info->maximum}[i];
        return i == MOST_VALUES - 1 ? 0 : *whole == was || *whole < 0 ? -1 : 1;
    case RNN_OPT_REAL: *(double *)field += i + 1; return i < 2;
    case RNN_OPT_BOOL:
    case RNN_OPT_ENUM:
        if (i >= (info->type == RNN_OPT_BOOL ? 2 : rnn_option_choices(key))) return 0;
        if (*choice == i) return -1;
        *choice = i;
        return 1;
    case RNN_OPT_TOKENS:
        if (i >= rnn_option_choices(key)) return 0;
        if (choice[0] == i) return -1;
        choice[0] = i; /* the source */
        return 1;
    case RNN_OPT_LIST: /* one more, one less, another */
        if (i == 0) list->v[list->n++] = key == RNN_KEY_quantiles ? 0.999 : 5;
        if (i == 1 && list->n-- == 0) return 0;
        if (i == 2 && list->n == 0) return 0;
        if (i == 2) list->v[0] += key == RNN_KEY_quantiles ? 0.001 : 1;
        return i < 3;
    default: return 0;
    }
}

/* ---- reading and going on ---- */

static rnn_model *load(sqlite3 *db, rnn_context *ctx, const char *name) {
    sqlite3_stmt *s;
    rnn_model *m;
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT model FROM rnn_models WHERE name = ?", -1, &s, NULL),
        SQLITE_OK);
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    if (rnn_model_read(ctx, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), &m) !=
        RNN_OK)
        fail_msg("%s: %s", name, ctx->message);
    sqlite3_finalize(s);
    return m;
}

/* rnn_fit goes on from the model; its message, "" if it could. */
static const char *go_on(sqlite3 *db, sqlite3_stmt *fit, const rnn_model *m) {
    static char message[512];
    rnn_writer w;
    int code;
    rnn_writer_init(&w, m->ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    sqlite3_bind_blob(fit, 1, w.data, (int)w.size, SQLITE_STATIC);
    while ((code = sqlite3_step(fit)) == SQLITE_ROW) {}
    snprintf(message, sizeof message, "%s", code == SQLITE_DONE ? "" : sqlite3_errmsg(db));
    sqlite3_reset(fit);
    rnn_writer_free(&w);
    return message;
}

static sqlite3_stmt *prepare_fit(sqlite3 *db, const char *rows) {
    sqlite3_stmt *s;
    char *sql = sqlite3_mprintf("SELECT length(model) FROM rnn_fit(%s, '{\"epochs\":1,\"batch\":2,"
                                "\"threads\":1}', ?1)",
                                rows);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    sqlite3_free(sql);
    return s;
}

/* All values of one option; returns how many were refused. */
static int forge_option(sqlite3 *db, sqlite3_stmt *fit, const char *name, rnn_model *m,
                        rnn_option_key key) {
    rnn_options genuine = m->options;
    int refused = 0, more = 1;
    for (int i = 0; i < MOST_VALUES && more; i++) {
        more = change(&m->options, key, i);
        const char *message = more > 0 ? go_on(db, fit, m) : "";
        m->options = genuine;
        if (more <= 0) continue;
        if (is_bound(m, key) && strstr(message, "rnn_fit: the model is corrupt") != message)
            fail_msg("%s, option %s, value %d: '%s'", name, rnn_option_at(key)->key, i, message);
        refused += message[0] != '\0';
    }
    return refused;
}

static void options_that_disagree(void **state) {
    sqlite3 *db = open_models();
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        rnn_context ctx = {0};
        rnn_model *m = load(db, &ctx, models[i].name);
        sqlite3_stmt *fit = prepare_fit(db, models[i].rows);
        int refused = 0;
        assert_string_equal(go_on(db, fit, m), "");
        for (int k = 0; k < RNN_OPTION_COUNT; k++) {
            rnn_option_key key = (rnn_option_key)k;
            if (rnn_option_is_stored(key, m->options.task) && is_fixed(key))
                refused += forge_option(db, fit, models[i].name, m, key);
        }
        assert_true(refused >= 40);
        sqlite3_finalize(fit);
        rnn_model_free(m);
        assert_int_equal(ctx.memory_used, 0);
    }
    close_database(db);
}

/* Fewer words than the vocabulary has, a horizon with other groups of factors. */
static void limits_that_disagree(void **state) {
    sqlite3 *db = open_models();
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        rnn_context ctx = {0};
        rnn_model *m = load(db, &ctx, models[i].name);
        sqlite3_stmt *fit = prepare_fit(db, models[i].rows);
        int forecast = m->options.task == RNN_TASK_FORECAST;
        if (forecast)
            m->options.horizon = 4;
        else
            m->options.vocabulary = 1;
        const char *message = go_on(db, fit, m);
        if ((forecast || rnn_model_categories(m) > 0) && strstr(message, "is corrupt") == NULL)
            fail_msg("%s: '%s'", models[i].name, message);
        sqlite3_finalize(fit);
        rnn_model_free(m);
    }
    close_database(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_disagree),
        cmocka_unit_test(limits_that_disagree),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
