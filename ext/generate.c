/* generate.c - rnn_generate, as a scalar and in FROM, and rnn_suggest. */
#include "../engine/generator.h"

#include <string.h>

#include "cache.h"
#include "error.h"
#include "functions.h"
#include "options_json.h"
#include "value.h"

/* Model, prompt and options as the generator of them. The model is in *model on failure, too. */
static rnn_status open_generator(rnnx_call *call, sqlite3_value **arg, sqlite3_value *options,
                                 rnnx_model **model, rnn_generator **out) {
    rnn_options o;
    rnn_value prompt;
    rnn_status status = rnnx_options_parse(call, options, RNN_FOR_GENERATE, &o);

    *out = NULL;
    if (status == RNN_OK) status = rnnx_model_acquire(call, arg[0], model);
    if (status == RNN_OK) status = rnnx_value_from(call, arg[1], &prompt);
    if (status == RNN_OK)
        status = rnn_generator_create(&call->context, call->function, rnnx_model_get(*model),
                                      &prompt, 1, &o, out);
    return status;
}

/* ---- rnn_generate(model, prompt [, options]) as a scalar ---- */

/* A source that is not there has no translation; a prompt that is not there has a beginning. */
static int has_no_source(rnnx_model *model, sqlite3_value *prompt) {
    return sqlite3_value_type(prompt) == SQLITE_NULL &&
           rnnx_model_get(model)->options.task == RNN_TASK_SEQ2SEQ;
}

static void generate_call(sqlite3_context *out, int argc, sqlite3_value **argv) {
    rnnx_call call;
    rnnx_model *model = NULL;
    rnn_generator *generator = NULL;
    char *text = NULL;
    size_t n = 0, most;
    rnn_status status;

    rnnx_call_begin(&call, sqlite3_user_data(out), "rnn_generate");
    most = (size_t)sqlite3_limit(call.connection->db, SQLITE_LIMIT_LENGTH, -1);
    status = open_generator(&call, argv, argc > 2 ? argv[2] : NULL, &model, &generator);
    if (status == RNN_OK) status = rnn_generator_text(generator, most, &text, &n);
    if (status != RNN_OK)
        rnnx_result_error(out, &call, status);
    else if (!has_no_source(model, argv[1]))
        sqlite3_result_text64(out, text, n, SQLITE_TRANSIENT, SQLITE_UTF8);
    rnn_free(&call.context, text);
    rnn_generator_free(generator);
    rnnx_model_release(model);
    rnnx_call_end(&call);
}

/* Not DETERMINISTIC: a name means what rnn_models says now. */
const rnnx_function rnnx_generate_function = {
    .name = "rnn_generate",
    .arguments = 2,
    .flags = SQLITE_INNOCUOUS,
    .call = generate_call,
};
const rnnx_function rnnx_generate_options_function = {
    .name = "rnn_generate",
    .arguments = 3,
    .flags = SQLITE_INNOCUOUS,
    .call = generate_call,
};

/* ---- the same in FROM: a row a token, as it is made ---- */

typedef struct generate_state {
    rnnx_model *model;
    rnn_generator *generator;
    rnn_generated token;
    rnn_generated *suggestion; /* rnn_suggest: [count] */
    size_t count, at;          /* at: of the current one, from 1 */
} generate_state;

static rnn_status generate_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    generate_state *s = cursor->state;
    return open_generator(&cursor->call, arg, arg[2], &s->model, &s->generator);
}

static rnn_status generate_next(rnnx_cursor *cursor) {
    generate_state *s = cursor->state;
    return rnn_generator_next(s->generator, &s->token);
}

static void token_column(rnnx_cursor *cursor, sqlite3_context *out, int column) {
    const rnn_generated *t = &((const generate_state *)cursor->state)->token;

    switch (column) {
    case 0: sqlite3_result_int64(out, t->position); break;
    case 1: sqlite3_result_text64(out, t->text, t->n, SQLITE_TRANSIENT, SQLITE_UTF8); break;
    default: rnnx_result_real(out, t->probability); break;
    }
}

static void generate_close(rnnx_cursor *cursor) {
    generate_state *s = cursor->state;

    rnn_free(&cursor->call.context, s->suggestion);
    rnn_generator_free(s->generator);
    rnnx_model_release(s->model);
}

const rnnx_table_function rnnx_generate = {
    .name = "rnn_generate",
    .usage = "rnn_generate(model, prompt [, options])",
    .columns = "position INTEGER, token TEXT, probability REAL",
    .column_count = 3,
    .arguments = "model, prompt, options",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(generate_state),
    .open = generate_open,
    .next = generate_next,
    .column = token_column,
    .close = generate_close,
};

/* ---- rnn_suggest(model, prompt [, k]) ---- */

enum { SUGGESTIONS = 3, MOST_SUGGESTIONS = 10000 };

static rnn_status read_count(rnnx_call *call, sqlite3_value *v, size_t *k) {
    sqlite3_int64 given = v != NULL ? sqlite3_value_int64(v) : SUGGESTIONS;
    char shown[80];

    *k = SUGGESTIONS;
    if (v == NULL || sqlite3_value_type(v) == SQLITE_NULL) return RNN_OK;
    if (sqlite3_value_type(v) != SQLITE_INTEGER || given < 1 || given > MOST_SUGGESTIONS)
        return rnn_fail(&call->context, RNN_OPTION,
                        "the number of suggestions is %s; allowed is an INTEGER from 1 to %d",
                        rnnx_value_describe(v, shown, sizeof shown), (int)MOST_SUGGESTIONS);
    *k = (size_t)given;
    return RNN_OK;
}

static rnn_status suggest_open(rnnx_cursor *cursor, sqlite3_value **arg) {
    generate_state *s = cursor->state;
    rnnx_call *call = &cursor->call;
    size_t k;
    rnn_status status = read_count(call, arg[2], &k);

    if (status == RNN_OK) status = open_generator(call, arg, NULL, &s->model, &s->generator);
    if (status != RNN_OK) return status;
    s->suggestion = rnn_alloc_array(&call->context, k, sizeof *s->suggestion);
    if (s->suggestion == NULL) return call->context.status;
    return rnn_generator_suggest(s->generator, k, s->suggestion, &s->count);
}

static rnn_status suggest_next(rnnx_cursor *cursor) {
    generate_state *s = cursor->state;

    if (s->at == s->count) return RNN_DONE;
    s->token = s->suggestion[s->at++];
    return RNN_OK;
}

const rnnx_table_function rnnx_suggest = {
    .name = "rnn_suggest",
    .usage = "rnn_suggest(model, prompt [, k])",
    .columns = "rank INTEGER, token TEXT, probability REAL",
    .column_count = 3,
    .arguments = "model, prompt, k",
    .required = 2,
    .argument_count = 3,
    .state_size = sizeof(generate_state),
    .open = suggest_open,
    .next = suggest_next,
    .column = token_column,
    .close = generate_close,
};
