/* test_forecast_stream.c - a forecast model fed row by row: forecasts are those of a backtest with
** horizon 1, whatever the series' length, its gaps and its inputs; states go out and back; times
** that do not fit, rows of the wrong kind and forged states are refused; no memory after warm-up. */
#include "forecast_testing.h"
#include "values_testing.h"

#include "forecast.h"
#include "forecast_stream.h"
#include "trainer.h"

static const char SCORE[] = "rnn_score";

static testing_host host;
static rnn_context ctx;

/* ---- models and rows ---- */

enum { MOST_COLUMNS = 8 };

/* Cells of row t of a series: time, target, inputs. 0: the step has no row. */
typedef int (*row_fn)(size_t t, rnn_value *cell, char *buf);

static rnn_table *table_from(row_fn row, size_t columns, size_t from, size_t to) {
    rnn_table *t = NULL;
    assert_int_equal(rnn_table_create(&ctx, columns + 1, &t), RNN_OK);
    for (size_t i = from; i < to; i++) {
        rnn_value cell[MOST_COLUMNS + 1] = {int_cell(7)};
        char buf[64];
        if (row(i, cell + 1, buf)) assert_int_equal(rnn_table_append(t, cell), RNN_OK);
    }
    return t;
}

static rnn_model *train_on(const rnn_table *rows, rnn_options o) {
    rnn_trainer *t = NULL;
    rnn_epoch e;
    rnn_model *m = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    rnn_status status = rnn_trainer_create(&ctx, TRAIN, rows, &o, NULL, 0, &t);
    while (status == RNN_OK) status = rnn_trainer_step(t, &e);
    if (status == RNN_DONE) status = rnn_trainer_model(t, 1, &bytes, &size);
    if (status == RNN_OK) status = rnn_model_read(&ctx, bytes, size, &m);
    if (status) fail_msg("%s", ctx.message);
    rnn_free(&ctx, bytes);
    rnn_trainer_free(t);
    return m;
}

static rnn_model *train(row_fn row, size_t columns, size_t n, rnn_options o) {
    rnn_table *rows = table_from(row, columns, 0, n);
    rnn_model *m = train_on(rows, o);
    rnn_table_free(rows);
    return m;
}

static rnn_options options(int64_t horizon) {
    rnn_options o = small_options();
    o.horizon = horizon;
    o.context = 16;
    o.batch = 16;
    o.epochs = 2;
    return o;
}

static rnn_forecast_stream *stream_of(const rnn_model *m) {
    rnn_forecast_stream *s = NULL;
    if (rnn_forecast_stream_create(&ctx, m, &s)) fail_msg("%s", ctx.message);
    return s;
}

static void push(rnn_forecast_stream *s, const rnn_value *cell, size_t n) {
    if (rnn_forecast_stream_push(s, SCORE, cell, n)) fail_msg("%s", ctx.message);
}

static double last(rnn_forecast_stream *s) {
    double v;
    if (rnn_forecast_stream_last(s, &v)) fail_msg("%s", ctx.message);
    return v;
}

static double next(rnn_forecast_stream *s) {
    double v;
    if (rnn_forecast_stream_next(s, &v)) fail_msg("%s", ctx.message);
    return v;
}

/* Forecasts are floats of a network times a unit. */
static void assert_same(double a, double b, double size, const char *what, size_t t) {
    if (isnan(a) && isnan(b)) return;
    if (!(fabs(a - b) <= 1e-5 * size)) fail_msg("%s of row %zu is %.9g, not %.9g", what, t, a, b);
}

/* ---- equality with a backtest ---- */

/* Forecasts of every step by rolling origins, by the time's number; NaN where there is none. */
static void backtest(const rnn_model *m, const rnn_table *rows, double *forecast, size_t n) {
    rnn_options o;
    rnn_forecaster *f = NULL;
    rnn_forecast_row row;
    rnn_options_default(&o);
    o.threads = 1;
    o.horizon = o.stride = 1;
    o.origins = 1000000;
    for (size_t i = 0; i < n; i++) forecast[i] = NAN;
    rnn_status status = rnn_forecaster_create(&ctx, "rnn_backtest", m, rows, &o, 1, &f);
    for (size_t i = 0; status == RNN_OK; i++) {
        status = rnn_forecaster_next(f, &row);
        if (status) break;
        /* Origins are successive positions, the last one just before the last known step. */
        memmove(forecast, forecast + 1, (n - 1) * sizeof *forecast);
        forecast[n - 1] = row.forecast;
    }
    if (status != RNN_DONE) fail_msg("%s", ctx.message);
    rnn_forecaster_free(f);
}

/* Push rows 0...n, of which the last has a known target, through the stream and, every `store`
** rows, through its bytes; compare each forecast. */
static void compare(const rnn_model *m, row_fn row, size_t columns, size_t n, size_t store) {
    rnn_table *rows = table_from(row, columns, 0, n);
    double *expected = malloc(n * sizeof *expected), *after = malloc(n * sizeof *after), size = 0;
    rnn_forecast_stream *s = stream_of(m);
    size_t compared = 0;
    backtest(m, rows, expected, n);
    for (size_t i = 0; i < n; i++) size = fmax(size, isnan(expected[i]) ? 0 : fabs(expected[i]));
    for (size_t i = 0; i < n; i++) after[i] = NAN;
    for (size_t i = 0; i < n; i++) {
        rnn_value cell[MOST_COLUMNS];
        char buf[64];
        if (!row(i, cell, buf)) continue;
        push(s, cell, columns);
        if (store && i % store == store - 1) {
            rnn_writer w;
            rnn_writer_init(&w, &ctx);
            assert_int_equal(rnn_forecast_stream_write(s, &w), RNN_OK);
            if (rnn_forecast_stream_read(s, SCORE, w.data, w.size)) fail_msg("%s", ctx.message);
            rnn_writer_free(&w);
        }
        assert_same(last(s), expected[i], size, "forecast", i);
        compared += isnan(expected[i]) ? 0 : 1;
        if (m->inputs == 0 && i + 1 < n) after[i + 1] = next(s);
        if (i > 0 && !isnan(after[i])) assert_same(last(s), after[i], size, "next step", i);
    }
    assert_true(compared > n / 2);
    rnn_forecast_stream_free(s);
    rnn_table_free(rows);
    free(expected);
    free(after);
}

static double weekly(size_t t) {
    return 50 + 0.01 * (double)t + 8 * sin(6.283185307179586 * (double)t / 7) + 2 * gauss(3, t);
}

static int plain_row(size_t t, rnn_value *cell, char *buf) {
    (void)buf;
    cell[0] = int_cell((int64_t)t);
    cell[1] = real_cell(weekly(t));
    return 1;
}

static void test_same_as_backtest(void **state) {
    (void)state;
    for (int64_t horizon = 1; horizon <= 5; horizon += 4) {
        rnn_model *m = train(plain_row, 2, 200, options(horizon));
        assert_true(1200 > 4 * rnn_forecast_stream_reach(m)); /* the tail moves several times */
        compare(m, plain_row, 2, 1200, 0);
        compare(m, plain_row, 2, 1200, 97);
        rnn_model_free(m);
    }
}

static void test_recursive_and_bidirectional(void **state) {
    (void)state;
    rnn_options o = options(4);
    o.decoder = RNN_DECODER_RECURSIVE;
    rnn_model *m = train(plain_row, 2, 150, o);
    compare(m, plain_row, 2, 300, 0);
    rnn_model_free(m);
    o = options(4);
    o.bidirectional = 1;
    m = train(plain_row, 2, 150, o);
    compare(m, plain_row, 2, 300, 50);
    rnn_model_free(m);
}

/* Growing numbers: logarithms, with a few zeros below every floor. */
static int growing_row(size_t t, rnn_value *cell, char *buf) {
    (void)buf;
    cell[0] = real_cell((double)t / 4);
    cell[1] = real_cell(exp(3 + 0.02 * (double)t + 0.1 * gauss(4, t)));
    if (t > 200 && t % 50 == 0) cell[1] = real_cell(0);
    return 1;
}

static void test_logarithms(void **state) {
    (void)state;
    rnn_model *m = train(growing_row, 2, 200, options(3));
    assert_true(m->forecast.recipe.log);
    compare(m, growing_row, 2, 400, 30);
    rnn_model_free(m);
}

/* An error, two of them, and a level thirty times as high that stays: whoever forgets between rows
** what was usual, or that the row before was far from it too, never follows. */
static int jumping_row(size_t t, rnn_value *cell, char *buf) {
    (void)buf;
    cell[0] = int_cell((int64_t)t);
    cell[1] = real_cell(weekly(t) * (t >= 100 ? 30 : 1));
    if (t == 40 || t == 60 || t == 61) cell[1] = real_cell(-9999);
    return 1;
}

static void test_errors_and_a_new_level(void **state) {
    (void)state;
    rnn_model *m = train(plain_row, 2, 100, options(3));
    assert_true(m->forecast.recipe.careful);
    rnn_forecast_stream *s = stream_of(m);
    rnn_value cell[MOST_COLUMNS];
    compare(m, jumping_row, 2, 160, 0);
    compare(m, jumping_row, 2, 160, 1);
    for (size_t t = 0; t < 120; t++) {
        rnn_writer w;
        jumping_row(t, cell, NULL);
        push(s, cell, 2);
        rnn_writer_init(&w, &ctx);
        assert_int_equal(rnn_forecast_stream_write(s, &w), RNN_OK);
        assert_int_equal(rnn_forecast_stream_read(s, SCORE, w.data, w.size), RNN_OK);
        rnn_writer_free(&w);
        assert_true(t < 13 || (next(s) > 20 && next(s) < (t < 102 ? 100 : 3000)));
    }
    assert_true(next(s) > 1000);
    rnn_forecast_stream_free(s);
    rnn_model_free(m);
}

/* Days with a price known ahead, a word, a vector that is not, and gaps: missing rows in the
** middle, and days of no row at all. */
static int daily_row(size_t t, rnn_value *cell, char *buf) {
    static const char *const word[4] = {"red", "green", "blue", "never seen"};
    if (t % 23 == 11 || (t > 90 && t < 95)) return 0;
    double price = t % 5 ? 1 : -1;
    cell[0] = text_cell(day_text(t, buf));
    cell[1] = real_cell(weekly(t) + 5 * price);
    cell[2] = real_cell(t % 31 == 30 ? NAN : price);
    cell[3] = t % 17 == 16 ? real_cell(NAN) : text_cell(word[t < 150 ? t % 3 : t % 4]);
    int n = snprintf(buf + 16, 48, "[%.3f, %.3f]", gauss(5, t), gauss(6, t));
    cell[4] = t % 13 == 12 ? real_cell(NAN)
                           : (rnn_value){.type = RNN_TEXT, .p = buf + 16, .n = (size_t)n};
    return 1;
}

static void test_inputs_and_gaps(void **state) {
    (void)state;
    rnn_options o = options(3);
    o.known_ahead.n = 1;
    o.known_ahead.v[0] = 1;
    rnn_model *m = train(daily_row, 5, 150, o);
    assert_int_equal(m->inputs, 3);
    assert_true(m->input[0].known_ahead && !m->input[1].known_ahead);
    compare(m, daily_row, 5, 400, 37);
    rnn_model_free(m);
}

/* Years of days with holidays: yearly lags and the anniversary effect look back furthest. */
static int holiday_row(size_t t, rnn_value *cell, char *buf) {
    rnn_civil d = rnn_civil_from_seconds(rnn_civil_seconds(2001, 1, 1) + 86400.0 * (double)t);
    int off = (d.month == 12 && d.day >= 25) || (d.month == 7 && d.day == 4) ||
              (d.day == 17 && d.month % 2 == 0);
    cell[0] = text_cell(day_text(t, buf));
    cell[1] = real_cell(200 + 30 * (double)(t % 7 < 2) + 2 * gauss(8, t) - 60 * off);
    return 1;
}

static void test_years(void **state) {
    (void)state;
    rnn_options o = options(2);
    o.epochs = 1;
    rnn_model *m = train(holiday_row, 2, 1800, o);
    assert_true(m->forecast.recipe.anniversary);
    size_t reach = rnn_forecast_stream_reach(m);
    assert_true(reach > 5 * 366 && reach < 2200);
    compare(m, holiday_row, 2, 2 * reach + 400, 1111);
    rnn_model_free(m);
}

/* Month ends: the day of the anchor must survive the tail's moving on. */
static int month_row(size_t t, rnn_value *cell, char *buf) {
    static const int length[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1950 + (int)(t / 12), month = (int)(t % 12),
        leap = month == 1 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    snprintf(buf, 64, "%04d-%02d-%02d", year, month + 1, length[month] + leap);
    cell[0] = text_cell(buf);
    cell[1] = real_cell(100 + 10 * sin(6.283185307179586 * (double)t / 12) + gauss(9, t));
    return 1;
}

static void test_months(void **state) {
    (void)state;
    rnn_model *m = train(month_row, 2, 120, options(2));
    assert_int_equal(m->forecast.frequency.unit, RNN_STEP_MONTH);
    assert_true(m->forecast.calendar != 0);
    compare(m, month_row, 2, 600, 70);
    rnn_model_free(m);
}

static int untimed_row(size_t t, rnn_value *cell, char *buf) {
    plain_row(t, cell, buf);
    cell[0] = real_cell(NAN);
    return 1;
}

/* Times of no pattern: every row is the next step. */
static int irregular_row(size_t t, rnn_value *cell, char *buf) {
    plain_row(t, cell, buf);
    cell[0] = real_cell((double)t * (double)t + chance(2, t));
    return 1;
}

static void test_times_of_no_grid(void **state) {
    (void)state;
    rnn_model *m = train(untimed_row, 2, 150, options(2));
    compare(m, untimed_row, 2, 300, 70);
    rnn_model_free(m);
    m = train(irregular_row, 2, 150, options(2));
    assert_int_equal(m->forecast.frequency.unit, RNN_STEP_ROW);
    compare(m, irregular_row, 2, 300, 70);
    rnn_model_free(m);
    m = train(plain_row, 2, 150, options(2)); /* times in training, none now */
    compare(m, untimed_row, 2, 200, 70);
    rnn_model_free(m);
}

/* ---- unknown targets ---- */

static size_t unknown_from, unknown_to;
static int partly_row(size_t t, rnn_value *cell, char *buf) {
    plain_row(t, cell, buf);
    if (t >= unknown_from && t < unknown_to) cell[1] = real_cell(NAN);
    return 1;
}

/* Before the first known target there is no forecast; what precedes it takes its value, as in the
** grid. */
static void test_late_start(void **state) {
    (void)state;
    rnn_model *m = train(plain_row, 2, 150, options(2));
    unknown_from = 0;
    unknown_to = 5;
    compare(m, partly_row, 2, 200, 0);
    unknown_to = 60;
    compare(m, partly_row, 2, 200, 13);
    /* More unknown steps than the tail has. */
    size_t reach = rnn_forecast_stream_reach(m);
    unknown_to = 3 * reach;
    compare(m, partly_row, 2, 8 * reach, 201);
    rnn_model_free(m);
}

/* A NULL is its forecast: the same as giving that number. */
static void test_null_is_its_forecast(void **state) {
    (void)state;
    rnn_model *m = train(plain_row, 2, 150, options(3));
    rnn_forecast_stream *a = stream_of(m), *b = stream_of(m);
    for (size_t t = 0; t < 100; t++) {
        rnn_value cell[2];
        plain_row(t, cell, NULL);
        int null = t % 9 == 8 || (t > 40 && t < 50);
        double forecast = next(b);
        if (null) cell[1] = real_cell(NAN);
        push(a, cell, 2);
        if (null) cell[1] = real_cell(forecast);
        push(b, cell, 2);
        assert_same(last(a), last(b), 100, "forecast", t);
        if (t > 0) assert_same(last(a), forecast, 100, "next step", t);
    }
    assert_true(isfinite(next(a)));
    rnn_forecast_stream_free(a);
    rnn_forecast_stream_free(b);
    rnn_model_free(m);
}

static void test_nothing_known(void **state) {
    (void)state;
    rnn_model *m = train(growing_row, 2, 200, options(2));
    rnn_forecast_stream *s = stream_of(m);
    assert_true(isnan(last(s)) && isnan(next(s)));
    assert_true(m->forecast.recipe.log);
    for (size_t t = 0; t < 6; t++) { /* a model of logarithms needs a value above zero */
        rnn_value cell[2] = {real_cell((double)t / 4), real_cell(t < 4 ? -1.0 : 5.0)};
        push(s, cell, 2);
        assert_int_equal(isnan(last(s)), t <= 4);
        assert_int_equal(isnan(next(s)), t < 4);
    }
    assert_int_equal(rnn_forecast_stream_rows(s), 6);
    rnn_forecast_stream_reset(s);
    assert_int_equal(rnn_forecast_stream_rows(s), 0);
    assert_true(isnan(last(s)) && isnan(next(s)));
    rnn_forecast_stream_free(s);
    rnn_model_free(m);
}

/* ---- memory and reuse ---- */

static void test_no_allocation_after_warm_up(void **state) {
    (void)state;
    rnn_model *m = train(daily_row, 5, 150, options(2));
    rnn_forecast_stream *s = stream_of(m);
    size_t warm = 2 * rnn_forecast_stream_reach(m) + 10, t = 0;
    uint64_t requests = 0;
    for (; t < 2 * warm; t++) {
        rnn_value cell[MOST_COLUMNS];
        char buf[64];
        if (t == warm) requests = host.requests;
        if (!daily_row(t, cell, buf)) continue;
        if (t % 10 == 3) cell[1] = real_cell(NAN);
        push(s, cell, 5);
        last(s);
        next(s);
    }
    assert_int_equal(host.requests, requests);
    /* Nor for the next series. */
    double first[40] = {0}, again[40] = {0};
    for (int round = 0; round < 2; round++) {
        rnn_forecast_stream_reset(s);
        for (t = 0; t < 40; t++) {
            rnn_value cell[MOST_COLUMNS];
            char buf[64];
            if (daily_row(t, cell, buf)) push(s, cell, 5);
            (round ? again : first)[t] = last(s);
        }
    }
    assert_memory_equal(first, again, sizeof first);
    assert_int_equal(host.requests, requests);
    rnn_forecast_stream_free(s);
    rnn_model_free(m);
}

static void test_failing_allocations(void **state) {
    (void)state;
    rnn_model *m = train(plain_row, 2, 100, options(2));
    uint64_t before = ctx.memory_used;
    int64_t blocks = host.blocks;
    for (uint64_t n = 1;; n++) {
        rnn_forecast_stream *s = NULL;
        rnn_writer w;
        double v;
        rnn_writer_init(&w, &ctx);
        host.fail_at = host.requests + n;
        rnn_status status = rnn_forecast_stream_create(&ctx, m, &s);
        for (size_t t = 0; t < 200 && status == RNN_OK; t++) {
            rnn_value cell[2];
            plain_row(t, cell, NULL);
            status = rnn_forecast_stream_push(s, SCORE, cell, 2);
            if (status == RNN_OK) status = rnn_forecast_stream_last(s, &v);
        }
        if (status == RNN_OK) status = rnn_forecast_stream_write(s, &w);
        if (status == RNN_OK) status = rnn_forecast_stream_read(s, SCORE, w.data, w.size);
        host.fail_at = 0;
        rnn_writer_free(&w);
        rnn_forecast_stream_free(s);
        assert_int_equal(ctx.memory_used, before);
        assert_int_equal(host.blocks, blocks);
        if (status == RNN_OK) break;
        assert_int_equal(status, RNN_NOMEM);
    }
    rnn_model_free(m);
}

/* ---- rows that do not fit ---- */

static void refuse_cells(rnn_forecast_stream *s, rnn_value *cell, size_t n, const char *parts) {
    double before = next(s);
    uint64_t rows = rnn_forecast_stream_rows(s);
    assert_int_equal(rnn_forecast_stream_push(s, SCORE, cell, n), RNN_DATA);
    assert_message(&ctx, parts);
    assert_message(&ctx, "rnn_score: ");
    assert_int_equal(rnn_forecast_stream_rows(s), rows);
    assert_true(next(s) == before || isnan(before));
}

static void refuse_time(rnn_forecast_stream *s, const char *time, const char *parts) {
    rnn_value cell[MOST_COLUMNS] = {text_cell(time), real_cell(50), real_cell(1), text_cell("red"),
                                    text_cell("[1,2]")};
    refuse_cells(s, cell, 5, parts);
}

static void test_bad_rows(void **state) {
    (void)state;
    rnn_model *m = train(daily_row, 5, 150, options(2));
    rnn_forecast_stream *s = stream_of(m);
    rnn_value cell[MOST_COLUMNS] = {text_cell("2001-01-05"), real_cell(50), real_cell(1),
                                    text_cell("red"), text_cell("[1,2]")};
    push(s, cell, 5);
    refuse_time(s, "2001-01-05", "'2001-01-05'|rows come in ascending time");
    refuse_time(s, "2001-01-04", "'2001-01-04'|the row before it has '2001-01-05'");
    refuse_time(s, "2001-01-05 04:00", "'2001-01-05 04:00'|fall on one step of \"day\"");
    refuse_time(s, "2999-01-05", "'2999-01-05'|364512 steps of \"day\" later|start a new series");
    refuse_time(s, "2001-02", "'2001-02'|not of the form of the training rows");
    refuse_time(s, "tomorrow", "'tomorrow'");
    cell[0] = real_cell(NAN);
    refuse_cells(s, cell, 5, "the time is NULL|give every row of a series a time, or none");
    cell[0] = int_cell(7);
    refuse_cells(s, cell, 5, "the time is not of the form of the training rows|7");
    cell[0] = text_cell("2001-01-06");
    refuse_cells(s, cell, 4, "4 values|a time, a target and 3 inputs");
    cell[1] = text_cell("many");
    refuse_cells(s, cell, 5, "the target is 'many'|CAST");
    cell[1] = real_cell(INFINITY);
    refuse_cells(s, cell, 5, "the target is |finite");
    cell[1] = int_cell(3);
    cell[2] = text_cell("dear");
    refuse_cells(s, cell, 5, "input 1 is 'dear'|the training rows hold numbers");
    cell[2] = real_cell(1);
    cell[3] = int_cell(4);
    refuse_cells(s, cell, 5, "input 2 is 4|the training rows hold text");
    cell[3] = text_cell("red");
    cell[4] = text_cell("[1,2,3]");
    refuse_cells(s, cell, 5, "input 3 is a vector of 3|vectors of 2");
    cell[4] = text_cell("[1,");
    refuse_cells(s, cell, 5, "input 3 is '[1,'");
    cell[4] = real_cell(NAN);
    push(s, cell, 5);
    assert_int_equal(rnn_forecast_stream_rows(s), 2);
    rnn_forecast_stream_free(s);
    rnn_model_free(m);
}

static void test_gaps_error(void **state) {
    (void)state;
    rnn_options o = options(2);
    o.gaps = RNN_GAPS_ERROR;
    rnn_model *m = train(plain_row, 2, 100, o);
    rnn_forecast_stream *s = stream_of(m);
    rnn_value cell[2] = {int_cell(5), real_cell(1)};
    push(s, cell, 2);
    cell[0] = int_cell(7);
    refuse_cells(s, cell, 2, "the time is 7|the row before it has 5|\"gaps\" is \"error\"");
    cell[0] = int_cell(6);
    push(s, cell, 2);
    rnn_forecast_stream_free(s);
    rnn_model_free(m);
}

static void test_model_without_times(void **state) {
    (void)state;
    rnn_model *m = train(untimed_row, 2, 100, options(2));
    rnn_forecast_stream *s = stream_of(m);
    rnn_value cell[2] = {int_cell(5), real_cell(1)};
    refuse_cells(s, cell, 2, "the time is 5|trained on rows without times; pass NULL");
    rnn_forecast_stream_free(s);
    rnn_model_free(m);
}

/* ---- states ---- */

static rnn_writer state_after(const rnn_model *m, row_fn row, size_t columns, size_t n) {
    rnn_writer w;
    rnn_forecast_stream *s = stream_of(m);
    rnn_writer_init(&w, &ctx);
    for (size_t t = 0; t < n; t++) {
        rnn_value cell[MOST_COLUMNS];
        char buf[64];
        if (row(t, cell, buf)) push(s, cell, columns);
    }
    assert_int_equal(rnn_forecast_stream_write(s, &w), RNN_OK);
    rnn_forecast_stream_free(s);
    return w;
}

static void refuse_state(rnn_forecast_stream *s, const void *data, size_t size, const char *parts) {
    assert_int_equal(rnn_forecast_stream_read(s, "rnn_advance", data, size), RNN_DATA);
    assert_message(&ctx, parts);
    assert_int_equal(rnn_forecast_stream_rows(s), 0);
}

static void test_states(void **state) {
    (void)state;
    rnn_model *m = train(plain_row, 2, 120, options(2)),
              *other = train(plain_row, 2, 119, options(2));
    size_t reach = rnn_forecast_stream_reach(m);
    rnn_writer empty = state_after(m, plain_row, 2, 0), some = state_after(m, plain_row, 2, 60),
               full = state_after(m, plain_row, 2, 10 * reach),
               longer = state_after(m, plain_row, 2, 20 * reach);
    rnn_forecast_stream *s = stream_of(m), *t = stream_of(other);
    assert_true(rnn_forecast_stream_sniff(some.data, some.size));
    assert_int_equal(full.size, longer.size); /* it has stopped growing */
    assert_true(full.size < 8 * reach + 200);
    assert_int_equal(rnn_forecast_stream_read(s, SCORE, empty.data, empty.size), RNN_OK);
    assert_true(isnan(next(s)));
    assert_int_equal(rnn_forecast_stream_read(s, SCORE, some.data, some.size), RNN_OK);
    assert_int_equal(rnn_forecast_stream_rows(s), 60);
    refuse_state(t, some.data, some.size, "rnn_advance: |another model|start with NULL");
    refuse_state(s, "no state at all", 15, "none that rnn_advance makes");
    refuse_state(s, some.data, some.size - 1, "truncated or corrupt");
    refuse_state(s, some.data, 20, "truncated or corrupt");
    some.data[8] = 2;
    refuse_state(s, some.data, some.size, "newer version");
    some.data[8] = 1;
    for (size_t i = 0; i < some.size; i++) { /* every damaged byte is noticed */
        some.data[i] ^= 0x10;
        assert_int_equal(rnn_forecast_stream_read(s, SCORE, some.data, some.size), RNN_DATA);
        some.data[i] ^= 0x10;
    }
    rnn_writer_free(&empty);
    rnn_writer_free(&some);
    rnn_writer_free(&full);
    rnn_writer_free(&longer);
    rnn_forecast_stream_free(s);
    rnn_forecast_stream_free(t);
    rnn_model_free(m);
    rnn_model_free(other);
}

/* Bytes changed by someone who knows how to make the checksum right: refused or used, nothing
** else (under the sanitizers: no read past an end either). */
static void forge(const rnn_model *m, row_fn row, size_t columns, size_t n, uint64_t seed) {
    rnn_writer w = state_after(m, row, columns, n);
    rnn_forecast_stream *s = stream_of(m);
    size_t used = 0, header = 24 + 8; /* the fingerprint stays */
    for (size_t i = 0; i < 1000; i++) {
        size_t size = testing_random(&seed) % 8 ? w.size : testing_random(&seed) % (w.size + 1);
        uint8_t *copy = testing_copy(w.data, size);
        for (size_t k = testing_random(&seed) % 4 + 1; k-- > 0 && size > header;) {
            size_t range = i % 2 ? size - header : 97 < size - header ? 97 : size - header;
            size_t at = header + testing_random(&seed) % range;
            copy[at] = (uint8_t)testing_random(&seed);
        }
        testing_seal(copy, size);
        if (rnn_forecast_stream_read(s, SCORE, copy, size) == RNN_OK) {
            rnn_value cell[MOST_COLUMNS];
            char buf[64];
            used++;
            last(s);
            next(s);
            for (size_t t = n; t < n + 3; t++) {
                if (row(t, cell, buf)) rnn_forecast_stream_push(s, SCORE, cell, columns);
                last(s);
            }
        }
        free(copy);
    }
    assert_true(used > 33 && used < 967);
    rnn_writer_free(&w);
    rnn_forecast_stream_free(s);
}

static void test_forged_states(void **state) {
    (void)state;
    rnn_model *m = train(daily_row, 5, 120, options(2));
    forge(m, daily_row, 5, 3, 1);
    forge(m, daily_row, 5, 60, 2);
    forge(m, daily_row, 5, 300, 3);
    rnn_model_free(m);
    m = train(growing_row, 2, 120, options(2));
    forge(m, growing_row, 2, 300, 4);
    rnn_model_free(m);
    m = train(month_row, 2, 120, options(2));
    forge(m, month_row, 2, 300, 5);
    rnn_model_free(m);
}

static int set_up(void **state) {
    (void)state;
    ctx = testing_context(&host);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return ctx.memory_used != 0 || host.blocks != 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_as_backtest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_recursive_and_bidirectional, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_logarithms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors_and_a_new_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inputs_and_gaps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_years, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_months, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_times_of_no_grid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_null_is_its_forecast, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_allocation_after_warm_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failing_allocations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gaps_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_model_without_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forged_states, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
