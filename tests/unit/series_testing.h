/* series_testing.h - tables written as text, and a model learned from one, for tests of the series
** code. */
#ifndef RNN_SERIES_TESTING_H
#define RNN_SERIES_TESTING_H

#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

#define TRAIN "rnn_train"
#define FORECAST "rnn_forecast"

/* A cell: nothing is NULL, 'x is the text x, #1,2 a BLOB of float32, what reads as a number is one,
** and the rest is text. */
static inline rnn_value cell_of(char *s, float *floats) {
    rnn_value v = {RNN_TEXT, 0, 0, s, strlen(s)};
    char *end;
    if (*s == 0) {
        v.type = RNN_NULL;
    } else if (*s == '\'') {
        v.p++;
        v.n--;
    } else if (*s == '#') {
        v.type = RNN_BLOB;
        v.p = (const char *)floats;
        v.n = 0;
        for (s++; *s; s = *end ? end + 1 : end) {
            floats[v.n++ / 4] = strtof(s, &end);
            v.n += 3;
        }
    } else if ((v.i = strtoll(s, &end, 10)), *end == 0) {
        v.type = RNN_INT;
        v.d = (double)v.i;
    } else if ((v.d = strtod(s, &end)), *end == 0) {
        v.type = RNN_FLOAT;
        v.i = 0;
    }
    return v;
}

/* Append a line: cells with | between. */
static inline rnn_status append_line(rnn_table *t, const char *line, size_t n) {
    char copy[512], *at = copy;
    float floats[16];
    rnn_value row[16];
    size_t columns = rnn_table_columns(t);
    assert_true(n < sizeof copy && columns <= 16);
    memcpy(copy, line, n);
    copy[n] = 0;
    for (size_t i = 0; i < columns; i++) {
        char *end = at + strcspn(at, "|");
        int last = *end == 0;
        *end = 0;
        row[i] = cell_of(at, floats);
        at = last ? end : end + 1;
    }
    return rnn_table_append(t, row);
}

/* A table of lines that end with \n; every cell of a row but one may be a BLOB. */
static inline rnn_table *table_of(rnn_context *ctx, size_t columns, const char *lines) {
    rnn_table *t = NULL;
    assert_int_equal(rnn_table_create(ctx, columns, &t), RNN_OK);
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        assert_int_equal(append_line(t, lines, n), RNN_OK);
        lines += n + (lines[n] != 0);
    }
    return t;
}

/* What a test works with: rows, a model learned from them, and their series. */
typedef struct fixture {
    rnn_context ctx;
    rnn_options options;
    rnn_table *rows;
    rnn_model *model;
    rnn_series_set set;
} fixture;

static inline rnn_status learn_status(fixture *f, size_t columns, const char *lines) {
    f->rows = table_of(&f->ctx, columns, lines);
    f->model = rnn_model_create(&f->ctx);
    assert_non_null(f->model);
    return rnn_series_learn(&f->ctx, TRAIN, f->rows, &f->options, f->model);
}

/* Learn and build; f->options may have been set before. */
static inline void learn(fixture *f, size_t columns, const char *lines) {
    rnn_status status = learn_status(f, columns, lines);
    if (status == RNN_OK) {
        status = rnn_series_build(&f->ctx, TRAIN, f->rows, f->model, &f->set);
    }
    if (status != RNN_OK) fail_msg("%s", f->ctx.message);
}

/* Build other rows with the model of f; the fixture's own rows and series are replaced. */
static inline rnn_status rebuild_status(fixture *f, size_t columns, const char *lines) {
    rnn_series_set_free(&f->set);
    rnn_table_free(f->rows);
    f->rows = table_of(&f->ctx, columns, lines);
    return rnn_series_build(&f->ctx, FORECAST, f->rows, f->model, &f->set);
}

static inline void rebuild(fixture *f, size_t columns, const char *lines) {
    if (rebuild_status(f, columns, lines) != RNN_OK) fail_msg("%s", f->ctx.message);
}

/* Free everything; nothing may be left. */
static inline void drop(fixture *f) {
    rnn_series_set_free(&f->set);
    rnn_model_free(f->model);
    rnn_table_free(f->rows);
    assert_int_equal(f->ctx.memory_used, 0);
}

/* The message holds every one of the parts, which are separated by |. */
static inline void assert_message(const rnn_context *ctx, const char *parts) {
    char copy[512];
    assert_true(strlen(parts) < sizeof copy);
    strcpy(copy, parts);
    for (char *part = strtok(copy, "|"); part; part = strtok(NULL, "|")) {
        if (!strstr(ctx->message, part)) fail_msg("\"%s\" is not in: %s", part, ctx->message);
    }
}

/* Learning these rows fails with this status and message. */
static inline void refuse_with(fixture *f, rnn_status expected, size_t columns, const char *lines,
                               const char *parts) {
    rnn_status status = learn_status(f, columns, lines);
    if (status == RNN_OK) {
        status = rnn_series_build(&f->ctx, TRAIN, f->rows, f->model, &f->set);
    }
    if (status != expected) fail_msg("status %d instead of %d", (int)status, (int)expected);
    assert_message(&f->ctx, parts);
    drop(f);
}

static inline void refuse(size_t columns, const char *lines, const char *parts) {
    fixture f = {0};
    refuse_with(&f, RNN_DATA, columns, lines, parts);
}

/* Forecasting these rows with a model of the others fails with this message. */
static inline void refuse_rows(size_t columns, const char *lines, size_t other_columns,
                               const char *other, const char *parts) {
    fixture f = {0};
    learn(&f, columns, lines);
    assert_int_equal(rebuild_status(&f, other_columns, other), RNN_DATA);
    assert_int_equal(f.set.count, 0);
    assert_message(&f.ctx, parts);
    drop(&f);
}

static inline void assert_time(const fixture *f, size_t series, size_t position,
                               const char *expected) {
    char buf[64], shown[64];
    const rnn_series *s = &f->set.series[series];
    rnn_value v = rnn_series_time(&f->set, f->model, s, position, buf, sizeof buf);
    rnn_value_print(&v, shown, sizeof shown);
    if (strcmp(shown, expected) != 0) fail_msg("time %zu is %s, not %s", position, shown, expected);
}

/* Targets of a series, as text: "1 . 3" with . for unknown. */
static inline void assert_targets(const fixture *f, size_t series, const char *expected) {
    char got[512] = "", one[32];
    const rnn_series *s = &f->set.series[series];
    for (size_t p = 0; p < s->length; p++) {
        if (isnan(s->target[p]))
            snprintf(one, sizeof one, "%s.", p ? " " : "");
        else
            snprintf(one, sizeof one, "%s%g", p ? " " : "", s->target[p]);
        if (strlen(got) + strlen(one) < sizeof got) strcat(got, one);
    }
    assert_string_equal(got, expected);
}

#endif
