/* score.c - rnn_score, rnn_advance, rnn_output: a model over rows as they come.
**
** All three work on an rnn_stream (engine/stream.h). One is kept with each decoded model, on the
** connection: rnn_advance loads a state into it, pushes a row and saves the state, which costs
** about what the network's step does. rnn_score needs a stream for as long as its rows last, so it
** takes the kept one away and gives it back; whoever finds none there (two windows in one SELECT, a
** trigger that fires in the middle of a scan) makes another, which is freed if that place is taken
** when it is given back.
**
** As a window function rnn_score is best called with the name of a model: SQLite writes all
** arguments of all rows of a partition to a table of its own first, a BLOB of megabytes, too.
*/
#include <string.h>

#include "../engine/columns.h"
#include "../engine/stream.h"
#include "cache.h"
#include "error.h"
#include "frame.h"
#include "functions.h"
#include "value.h"

/* ---- streams that stay with a model ---- */

typedef struct stream_place {
    rnn_context *ctx;
    const rnn_model *model;
    rnn_stream *stream; /* NULL while someone has it */
} stream_place;

static rnn_status place_create(rnn_context *ctx, const rnn_model *model, void **out) {
    stream_place *place = rnn_alloc_zero(ctx, sizeof *place);

    *out = place;
    if (place == NULL) return ctx->status;
    place->ctx = ctx;
    place->model = model;
    return RNN_OK;
}

static void place_free(void *p) {
    stream_place *place = p;
    rnn_stream_free(place->stream);
    rnn_free(place->ctx, place);
}

/* A stream has the connection's context: its errors become the call's. */
static rnn_status pass_on(rnnx_call *call, rnn_status status) {
    if (status == RNN_OK) return RNN_OK;
    return rnn_fail(&call->context, status, "%s", call->connection->context.message);
}

static rnn_status take_stream(rnnx_call *call, rnnx_model *model, stream_place **out,
                              rnn_stream **stream) {
    void *place = NULL;
    rnn_status status =
        rnnx_model_attachment(call, model, RNNX_STREAM, place_create, place_free, &place);

    *stream = NULL;
    *out = place;
    if (status != RNN_OK) return status;
    *stream = (*out)->stream;
    (*out)->stream = NULL;
    if (*stream == NULL)
        status =
            pass_on(call, rnn_stream_create((*out)->ctx, call->function, (*out)->model, stream));
    if (status != RNN_OK) return status;
    rnn_stream_set_function(*stream, call->function);
    rnn_stream_reset(*stream);
    return RNN_OK;
}

static void give_back(stream_place *place, rnn_stream *stream) {
    if (stream == NULL) return;
    if (place->stream == NULL)
        place->stream = stream;
    else
        rnn_stream_free(stream);
}

/* ---- rnn_advance, rnn_output ---- */

enum { MOST_VALUES = 2 + RNN_MAX_INPUTS }; /* of a row: time, target, inputs */

/* The stream as the state argument has it. */
static rnn_status load_state(rnnx_call *call, rnn_stream *stream, sqlite3_value *v) {
    rnn_value state;
    rnn_status status = rnnx_value_from(call, v, &state);
    char given[80];

    if (status != RNN_OK || state.type == RNN_NULL) return status;
    if (state.type != RNN_BLOB)
        return rnn_fail(&call->context, RNN_DATA,
                        "the state is %s; give NULL to start, or the BLOB that rnn_advance() gave "
                        "for the row before",
                        rnnx_value_describe(v, given, sizeof given));
    return pass_on(call, rnn_stream_load(stream, state.p, state.n));
}

static rnn_status read_row(rnnx_call *call, int argc, sqlite3_value **argv, rnn_value *row) {
    rnn_status status = RNN_OK;

    if (argc > MOST_VALUES)
        return rnn_fail(&call->context, RNN_DATA,
                        "a row of %d values; at most %d: time, target and "
                        "%d inputs",
                        argc, (int)MOST_VALUES, (int)RNN_MAX_INPUTS);
    for (int i = 0; i < argc && status == RNN_OK; i++)
        status = rnnx_value_from(call, argv[i], &row[i]);
    return status;
}

static rnn_status advance(rnnx_call *call, rnn_stream *stream, int argc, sqlite3_value **argv,
                          rnn_writer *w) {
    rnn_value row[MOST_VALUES];
    rnn_status status = pass_on(call, rnn_stream_check_state(stream));

    if (status == RNN_OK) status = read_row(call, argc - 2, argv + 2, row);
    if (status == RNN_OK) status = load_state(call, stream, argv[1]);
    if (status == RNN_OK) status = pass_on(call, rnn_stream_push(stream, row, (size_t)argc - 2));
    if (status == RNN_OK) status = rnn_stream_save(stream, w);
    return status;
}

static void advance_call(sqlite3_context *out, int argc, sqlite3_value **argv) {
    rnnx_call call;
    rnnx_model *model = NULL;
    stream_place *place = NULL;
    rnn_stream *stream = NULL;
    rnn_writer w;
    rnn_status status;

    if (argc < 3) {
        sqlite3_result_error(out,
                             "rnn_advance: too few arguments; usage: rnn_advance(model, state, "
                             "time, [target,] input...)",
                             -1);
        return;
    }
    rnnx_call_begin(&call, sqlite3_user_data(out), "rnn_advance");
    rnn_writer_init(&w, &call.context);
    status = rnnx_model_acquire(&call, argv[0], &model);
    if (status == RNN_OK) status = take_stream(&call, model, &place, &stream);
    if (status == RNN_OK) status = advance(&call, stream, argc, argv, &w);
    if (status == RNN_OK)
        sqlite3_result_blob64(out, w.data, w.size, SQLITE_TRANSIENT);
    else
        rnnx_result_error(out, &call, status);
    rnn_writer_free(&w);
    give_back(place, stream);
    rnnx_model_release(model);
    rnnx_call_end(&call);
}

static void output_call(sqlite3_context *out, int argc, sqlite3_value **argv) {
    rnnx_call call;
    rnnx_model *model = NULL;
    stream_place *place = NULL;
    rnn_stream *stream = NULL;
    rnn_value value = {0};
    rnn_status status;

    (void)argc;
    rnnx_call_begin(&call, sqlite3_user_data(out), "rnn_output");
    status = rnnx_model_acquire(&call, argv[0], &model);
    if (status == RNN_OK) status = take_stream(&call, model, &place, &stream);
    if (status == RNN_OK) status = pass_on(&call, rnn_stream_check_state(stream));
    if (status == RNN_OK) status = load_state(&call, stream, argv[1]);
    if (status == RNN_OK) status = pass_on(&call, rnn_stream_output(stream, &value));
    if (status == RNN_OK)
        rnnx_result_value(out, &value);
    else
        rnnx_result_error(out, &call, status);
    give_back(place, stream);
    rnnx_model_release(model);
    rnnx_call_end(&call);
}

/* Not DETERMINISTIC: a name means what rnn_models says now. */
const rnnx_function rnnx_advance_function = {
    .name = "rnn_advance",
    .arguments = -1,
    .flags = SQLITE_INNOCUOUS,
    .call = advance_call,
};

const rnnx_function rnnx_output_function = {
    .name = "rnn_output",
    .arguments = 2,
    .flags = SQLITE_INNOCUOUS,
    .call = output_call,
};

/* ---- rnn_score ----
**
** xStep only keeps the row; xValue and xFinal push the rows that were not read yet, sorted by time,
** to the stream. With the default frame that is one row a call; as a plain aggregate it is all
** rows; where rows have left the frame it is the whole frame from the start.
*/

enum { CHECK_ROWS = 0xff, MODEL_PREFIX = 24 };

typedef struct scoring {
    rnnx_call call;
    rnnx_model *model;
    stream_place *place;
    rnn_stream *stream;
    int type;                     /* of the model argument of the first row */
    char *name;                   /* TEXT */
    size_t size;                  /* bytes of the name or the BLOB */
    uint8_t prefix[MODEL_PREFIX]; /* BLOB: its first bytes, checksum and size among them */
    rnnx_frame frame;
    rnn_value *row; /* [columns] */
} scoring;

static void scoring_free(scoring *s) {
    if (s == NULL) return;
    rnnx_frame_free(&s->frame);
    rnn_free(&s->call.context, s->name);
    rnn_free(&s->call.context, s->row);
    give_back(s->place, s->stream);
    rnnx_model_release(s->model);
    rnnx_call_end(&s->call);
    sqlite3_free(s);
}

/* Everything that the first row of a partition tells. */
static rnn_status start(scoring *s, int argc, sqlite3_value **argv) {
    rnn_context *ctx = &s->call.context;
    rnn_value model;
    rnn_status status;

    if (argc < 2)
        return rnn_fail(ctx, RNN_DATA,
                        "too few arguments; usage: rnn_score(model, time, [target,] input...) "
                        "OVER (PARTITION BY series ORDER BY time)");
    status = rnnx_model_acquire(&s->call, argv[0], &s->model);
    if (status == RNN_OK) status = take_stream(&s->call, s->model, &s->place, &s->stream);
    if (status == RNN_OK) status = rnnx_value_from(&s->call, argv[0], &model);
    if (status != RNN_OK) return status;
    s->type = (int)model.type;
    s->size = model.n;
    if (model.type == RNN_TEXT) {
        s->name = rnn_strndup(ctx, model.p, model.n);
        if (s->name == NULL) return ctx->status;
    } else {
        memcpy(s->prefix, model.p, MODEL_PREFIX); /* a model has more */
    }
    s->row = rnn_alloc_array(ctx, (uint64_t)argc - 1, sizeof *s->row);
    if (s->row == NULL) return ctx->status;
    return rnnx_frame_init(ctx, (size_t)argc - 1, &s->frame);
}

/* RNN_MODEL if this row has another model than the first one. */
static rnn_status check_same_model(scoring *s, sqlite3_value *v) {
    rnn_value model;
    rnn_status status = rnnx_value_from(&s->call, v, &model);
    char given[80];

    if (status != RNN_OK) return status;
    if ((int)model.type == s->type && model.n == s->size &&
        (model.type == RNN_TEXT ? memcmp(model.p, s->name, model.n) == 0
                                : memcmp(model.p, s->prefix, MODEL_PREFIX) == 0))
        return RNN_OK;
    return rnn_fail(&s->call.context, RNN_MODEL,
                    "the model changes inside a series, to %s; it is one for all rows (for a model "
                    "a series, PARTITION BY the series)",
                    rnnx_value_describe(v, given, sizeof given));
}

static rnn_status add_row(scoring *s, sqlite3_value **argv) {
    double time;
    rnn_status status = RNN_OK;

    for (size_t i = 0; i < s->frame.columns && status == RNN_OK; i++)
        status = rnnx_value_from(&s->call, argv[i], &s->row[i]);
    if (status == RNN_OK) status = pass_on(&s->call, rnn_stream_time(s->stream, &s->row[0], &time));
    return status == RNN_OK ? rnnx_frame_add(&s->frame, time, s->row) : status;
}

static void score_step(sqlite3_context *out, int argc, sqlite3_value **argv) {
    scoring **slot = sqlite3_aggregate_context(out, sizeof *slot);
    scoring *s;
    rnn_status status;

    if (slot == NULL) {
        sqlite3_result_error_nomem(out);
        return;
    }
    s = *slot;
    if (s == NULL) {
        s = sqlite3_malloc64(sizeof *s);
        if (s == NULL) {
            sqlite3_result_error_nomem(out);
            return;
        }
        memset(s, 0, sizeof *s);
        rnnx_call_begin(&s->call, sqlite3_user_data(out), "rnn_score");
        *slot = s;
        status = start(s, argc, argv);
    } else {
        status = check_same_model(s, argv[0]);
    }
    if (status == RNN_OK) status = add_row(s, argv + 1);
    if (status != RNN_OK) {
        rnnx_result_error(out, &s->call, status);
        scoring_free(s);
        *slot = NULL;
    }
}

/* The stream has read all rows of the frame. */
static rnn_status read_rows(scoring *s) {
    size_t count;
    int restart;
    rnn_status status = rnnx_frame_sort(&s->frame, &count, &restart);

    if (status == RNN_OK && restart) rnn_stream_reset(s->stream);
    for (size_t i = 0; i < count && status == RNN_OK; i++) {
        if ((i & CHECK_ROWS) == CHECK_ROWS) status = rnn_check(&s->call.context);
        if (status == RNN_OK)
            status = pass_on(&s->call, rnn_stream_push(s->stream, rnnx_frame_cell(&s->frame, i),
                                                       s->frame.columns));
    }
    if (status == RNN_OK) rnnx_frame_done(&s->frame);
    return status;
}

static void result(sqlite3_context *out, scoring *s) {
    rnn_value value = {0};
    rnn_status status = read_rows(s);

    if (status == RNN_OK) status = pass_on(&s->call, rnn_stream_score(s->stream, &value));
    if (status == RNN_OK)
        rnnx_result_value(out, &value);
    else
        rnnx_result_error(out, &s->call, status);
}

static void score_value(sqlite3_context *out) {
    scoring **slot = sqlite3_aggregate_context(out, 0);

    if (slot != NULL && *slot != NULL) result(out, *slot); /* no rows: NULL */
}

static void score_inverse(sqlite3_context *out, int argc, sqlite3_value **argv) {
    scoring **slot = sqlite3_aggregate_context(out, 0);
    rnn_status status;

    (void)argc, (void)argv;
    if (slot == NULL || *slot == NULL) return;
    status = rnnx_frame_drop(&(*slot)->frame);
    if (status != RNN_OK) rnnx_result_error(out, &(*slot)->call, status);
}

static void score_final(sqlite3_context *out) {
    scoring **slot = sqlite3_aggregate_context(out, 0);

    if (slot == NULL || *slot == NULL) return; /* no rows: NULL */
    result(out, *slot);
    scoring_free(*slot);
    *slot = NULL;
}

const rnnx_function rnnx_score_function = {
    .name = "rnn_score",
    .arguments = -1,
    .flags = SQLITE_INNOCUOUS,
    .step = score_step,
    .final = score_final,
    .value = score_value,
    .inverse = score_inverse,
};
