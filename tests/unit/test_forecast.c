/* test_forecast.c - forecasts, backtests and metrics of a small trained model: order, statuses,
** what an origin may know, the way past the trained horizon, refitting. */
#include "forecast_testing.h"

#include "forecast.h"
#include "trainer.h"

enum { H = 6, LENGTH = 90, MOST_ROWS = 4096 };

/* A row with copies of what it borrows. */
typedef struct kept {
    int64_t series, step;
    char time[32], origin[32], status[64], quantiles[512];
    double actual, forecast, lower, upper, level;
} kept;

typedef struct result {
    kept row[MOST_ROWS];
    size_t n;
} result;

static rnn_context ctx;
static rnn_model *model;  /* of three series, quantile loss */
static rnn_model *steady; /* the same with a decoder that goes step by step */

static double wave(size_t s, size_t t) {
    return 100 * (double)(s + 1) + 0.5 * (double)t + 20 * sin(6.283185307179586 * (double)t / 11) +
           2 * gauss(s + 1, t);
}

static size_t changed_from = SIZE_MAX;
static double changed(size_t s, size_t t) {
    return t >= changed_from ? 5 + 999 * chance(s, t) : wave(s, t);
}

static rnn_model *train(rnn_options o, const rnn_table *rows, size_t holdback) {
    rnn_trainer *t = NULL;
    rnn_epoch e;
    rnn_model *m = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    rnn_status status = rnn_trainer_create(&ctx, TRAIN, rows, &o, NULL, holdback, &t);
    while (status == RNN_OK) status = rnn_trainer_step(t, &e);
    if (status == RNN_DONE) status = rnn_trainer_model(t, 1, &bytes, &size);
    if (status == RNN_OK) status = rnn_model_read(&ctx, bytes, size, &m);
    if (status != RNN_OK) fail_msg("%s", ctx.message);
    rnn_free(&ctx, bytes);
    rnn_trainer_free(t);
    return m;
}

static rnn_options train_options(void) {
    rnn_options o = small_options();
    double season = 11;
    o.horizon = H;
    o.context = 22;
    o.batch = 16;
    set_seasons(&o, 1, &season);
    return o;
}

static int set_up(void **state) {
    (void)state;
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    rnn_options o = train_options();
    model = train(o, rows, 0);
    o.decoder = RNN_DECODER_RECURSIVE;
    steady = train(o, rows, 0);
    rnn_table_free(rows);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rnn_model_free(model);
    rnn_model_free(steady);
    return ctx.memory_used != 0;
}

static rnn_options use_options(void) {
    rnn_options o;
    rnn_options_default(&o);
    o.threads = 1;
    return o;
}

static void keep_text(char *to, size_t size, const rnn_value *v) {
    if (v->type == RNN_TEXT) {
        snprintf(to, size, "%.*s", (int)v->n, v->p);
    } else {
        rnn_value_print(v, to, size);
    }
}

static void run(result *r, const rnn_model *m, const rnn_table *rows, const rnn_options *o,
                int backtest) {
    rnn_forecaster *f = NULL;
    rnn_forecast_row row;
    rnn_status status = rnn_forecaster_create(&ctx, FORECAST, m, rows, o, backtest, &f);
    r->n = 0;
    while (status == RNN_OK && (status = rnn_forecaster_next(f, &row)) == RNN_OK) {
        assert_true(r->n < MOST_ROWS);
        kept *k = &r->row[r->n++];
        memset(k, 0, sizeof *k);
        k->series = row.series.i;
        k->step = row.step;
        k->actual = row.actual;
        k->forecast = row.forecast;
        k->lower = row.lower;
        k->upper = row.upper;
        k->level = row.level;
        keep_text(k->time, sizeof k->time, &row.time);
        keep_text(k->origin, sizeof k->origin, &row.origin);
        snprintf(k->status, sizeof k->status, "%s", row.status);
        snprintf(k->quantiles, sizeof k->quantiles, "%s", row.quantiles ? row.quantiles : "");
    }
    if (status != RNN_DONE) fail_msg("%s", ctx.message);
    rnn_forecaster_free(f);
}

static void assert_same_forecast(const kept *a, const kept *b) {
    if (memcmp(&a->forecast, &b->forecast, sizeof a->forecast) ||
        memcmp(&a->lower, &b->lower, sizeof a->lower) ||
        memcmp(&a->upper, &b->upper, sizeof a->upper)) {
        fail_msg("step %d: %.17g, not %.17g", (int)a->step, a->forecast, b->forecast);
    }
}

/* ---- rows ---- */

static void test_rows(void **state) {
    (void)state;
    static result r;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    run(&r, model, rows, &o, 0);
    assert_int_equal(r.n, 3 * H);
    for (size_t i = 0; i < r.n; i++) {
        const kept *k = &r.row[i];
        char time[8];
        assert_int_equal(k->series, (int64_t)(i / H));
        assert_int_equal(k->step, (int64_t)(i % H) + 1);
        snprintf(time, sizeof time, "%d", (int)(LENGTH + i % H));
        assert_string_equal(k->time, time);
        assert_string_equal(k->status, "ok");
        assert_true(isnan(k->actual) && k->level == 0.9);
        assert_true(k->lower < k->forecast && k->forecast < k->upper);
        /* The JSON's figures are the columns', and ascend. */
        double last = -INFINITY;
        const char *at = k->quantiles;
        for (size_t q = 0; q < model->options.quantiles.n; q++) {
            double p, v;
            at = strchr(at, '"');
            assert_non_null(at);
            assert_int_equal(sscanf(at, "\"%lf\":%lf", &p, &v), 2);
            assert_near(p, model->options.quantiles.v[q], 1e-5);
            assert_true(v >= last);
            last = v;
            if (fabs(p - 0.5) < 1e-9) assert_near(v, k->forecast, 1e-8);
            if (fabs(p - 0.05) < 1e-9) assert_near(v, k->lower, 1e-8);
            if (fabs(p - 0.95) < 1e-9) assert_near(v, k->upper, 1e-8);
            at = strchr(at, ':');
        }
        assert_null(strchr(at, '"'));
    }
    /* A shorter horizon and another level: the same median, a narrower interval. */
    static result less;
    o.horizon = 2;
    o.level = 0.5;
    run(&less, model, rows, &o, 0);
    assert_int_equal(less.n, 6);
    for (size_t i = 0; i < 6; i++) {
        const kept *a = &less.row[i], *b = &r.row[i / 2 * H + i % 2];
        assert_true(a->forecast == b->forecast && a->lower > b->lower && a->upper < b->upper &&
                    a->level == 0.5);
    }
    rnn_table_free(rows);
}

/* Series that cannot be forecast have a row that says why; short and unseen ones are forecast. */
static double odd_ones(size_t s, size_t t) {
    if (s == 1) return NAN;
    if (s == 3) return t == 0 ? 42 : NAN;
    return wave(s, t);
}

static void test_statuses(void **state) {
    (void)state;
    static result r;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 5, 30, odd_ones);
    run(&r, model, rows, &o, 0);
    assert_int_equal(r.n, 4 * H + 1);
    const kept *none = &r.row[H];
    assert_string_equal(none->status, "no known target");
    assert_true(isnan(none->forecast) && isnan(none->lower) && isnan(none->upper) &&
                none->quantiles[0] == 0);
    assert_int_equal(none->step, 1);
    for (size_t i = 0; i < r.n; i++) {
        if (i == H) continue;
        assert_string_equal(r.row[i].status, "ok");
        assert_true(isfinite(r.row[i].forecast));
    }
    const kept *single = &r.row[2 * H + 1];
    assert_int_equal(single->series, 3);
    assert_near(single->forecast, 42, 1e-3);
    assert_string_equal(single->time, "1");
    rnn_table_free(rows);
    /* No rows at all: no rows. */
    rows = rows_of(&ctx, 0, 0, wave);
    run(&r, model, rows, &o, 0);
    assert_int_equal(r.n, 0);
    rnn_table_free(rows);
}

/* More series than are computed at a time: each as it is among few. */
static double many(size_t s, size_t t) { return wave(s % 3, t) * (s % 7 == 6 ? NAN : 1); }

static void test_many_series(void **state) {
    (void)state;
    static result r, few;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 600, 25, many), *three = rows_of(&ctx, 3, 25, wave);
    run(&r, model, rows, &o, 0);
    run(&few, model, three, &o, 0);
    size_t at = 0;
    for (size_t s = 0; s < 600; s++) {
        for (size_t k = 0; k < (s % 7 == 6 ? 1 : H); k++, at++) {
            assert_int_equal(r.row[at].series, (int64_t)s);
            assert_int_equal(r.row[at].step, (int64_t)k + 1);
            /* Products of other batches may round differently. */
            if (s % 7 != 6) assert_near(r.row[at].forecast, few.row[s % 3 * H + k].forecast, 1e-5);
        }
    }
    assert_int_equal(r.n, at);
    /* Threads change nothing. */
    o.threads = 3;
    run(&few, model, rows, &o, 0);
    for (size_t i = 0; i < r.n; i++) assert_same_forecast(&r.row[i], &few.row[i]);
    rnn_table_free(rows);
    rnn_table_free(three);
}

/* ---- past the trained horizon ---- */

static void test_continued(void **state) {
    (void)state;
    static result block, far;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    run(&block, model, rows, &o, 0);
    o.horizon = 4 * H + 1;
    run(&far, model, rows, &o, 0);
    assert_int_equal(far.n, 3 * (4 * H + 1));
    for (size_t s = 0; s < 3; s++) {
        for (size_t k = 0; k < 4 * H + 1; k++) {
            const kept *row = &far.row[s * (4 * H + 1) + k];
            char time[8];
            snprintf(time, sizeof time, "%d", (int)(LENGTH + k));
            assert_string_equal(row->time, time);
            assert_string_equal(row->status, "ok");
            assert_true(row->lower < row->forecast && row->forecast < row->upper);
            /* It stays with the series. */
            assert_true(fabs(row->forecast - wave(s, LENGTH + k)) < 60);
            if (k < H) assert_same_forecast(row, &block.row[s * H + k]);
            /* What a block's end is off by stays with all that follows. */
            size_t end = k / H * H;
            const kept *before = row - (k - end) - 1;
            if (end > 0)
                assert_true(row->upper - row->lower > 0.99 * (before->upper - before->lower));
        }
        const kept *end = &far.row[s * (4 * H + 1) + 4 * H];
        assert_true(end->upper - end->lower > 1.5 * (end[-4 * H].upper - end[-4 * H].lower));
    }
    rnn_table_free(rows);
}

/* Step by step: the first step does not depend on how many are asked for. */
static void test_recursive(void **state) {
    (void)state;
    static result one, all;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    o.horizon = 1;
    run(&one, steady, rows, &o, 0);
    o.horizon = 0;
    run(&all, steady, rows, &o, 0);
    assert_int_equal(all.n, 3 * H);
    for (size_t s = 0; s < 3; s++) assert_same_forecast(&one.row[s], &all.row[s * H]);
    for (size_t i = 0; i < all.n; i++) assert_true(all.row[i].lower < all.row[i].upper);
    rnn_table_free(rows);
}

/* Future rows after the last target: the way past the horizon reads only what it has (a sanitizer
** sees more). */
static double with_future(size_t s, size_t t) { return t < 60 ? wave(s, t) : NAN; }

static void test_future_rows(void **state) {
    (void)state;
    static result a, b;
    rnn_options o = use_options();
    rnn_table *with = rows_of(&ctx, 2, 60 + 5 * H, with_future),
              *without = rows_of(&ctx, 2, 60, wave);
    o.horizon = 2 * H + 1;
    run(&a, model, with, &o, 0);
    run(&b, model, without, &o, 0);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) {
        assert_same_forecast(&a.row[i], &b.row[i]);
        assert_string_equal(a.row[i].time, b.row[i].time);
    }
    o.origins = 5;
    o.stride = 1;
    run(&a, model, with, &o, 1);
    run(&b, model, without, &o, 1);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) assert_same_forecast(&a.row[i], &b.row[i]);
    rnn_table_free(with);
    rnn_table_free(without);
}

/* ---- backtests ---- */

static void test_backtest(void **state) {
    (void)state;
    static result r;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    o.origins = 4;
    o.stride = 5;
    run(&r, model, rows, &o, 1);
    assert_int_equal(r.n, 3 * 4 * H);
    for (size_t i = 0; i < r.n; i++) {
        size_t s = i / (4 * H), origin = LENGTH - 1 - H - 5 * (3 - i / H % 4), k = i % H + 1;
        char time[8], from[8];
        snprintf(from, sizeof from, "%d", (int)origin);
        snprintf(time, sizeof time, "%d", (int)(origin + k));
        assert_int_equal(r.row[i].series, (int64_t)s);
        assert_string_equal(r.row[i].origin, from);
        assert_string_equal(r.row[i].time, time);
        assert_int_equal(r.row[i].step, (int64_t)k);
        assert_true(r.row[i].actual == wave(s, origin + k));
    }
    rnn_table_free(rows);
}

/* From an origin the same is forecast as from rows that end there; later origins know no more of
** each other. */
static void test_origin_knows_the_past(void **state) {
    (void)state;
    static result back, cut, other;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    for (int more = 0; more < 2; more++) {
        o.horizon = more ? 2 * H + 1 : 0;
        size_t h = more ? 2 * H + 1 : H;
        o.origins = 1;
        rnn_table *shorter = rows_of(&ctx, 3, LENGTH - h, wave);
        run(&back, model, rows, &o, 1);
        run(&cut, model, shorter, &o, 0);
        assert_int_equal(back.n, cut.n);
        for (size_t i = 0; i < cut.n; i++) assert_same_forecast(&back.row[i], &cut.row[i]);
        rnn_table_free(shorter);
        o.origins = 3;
        run(&back, model, rows, &o, 1);
        for (size_t i = 0; i < 3; i++) {
            changed_from = LENGTH - h * (3 - i);
            rnn_table *later = rows_of(&ctx, 3, LENGTH, changed);
            run(&other, model, later, &o, 1);
            for (size_t s = 0; s < 3; s++) {
                for (size_t k = 0; k < (i + 1) * h; k++)
                    assert_same_forecast(&back.row[s * 3 * h + k], &other.row[s * 3 * h + k]);
            }
            rnn_table_free(later);
        }
        changed_from = SIZE_MAX;
    }
    rnn_table_free(rows);
}

/* Origins before a series has a known value are none of its own. */
static double late(size_t s, size_t t) {
    return s == 1 && t < 70 ? NAN : s == 2 && t < 87 ? NAN : wave(s, t);
}

static void test_young_series(void **state) {
    (void)state;
    static result r;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, late);
    o.origins = 5;
    run(&r, model, rows, &o, 1);
    /* Series 0: five origins; 1: known from 70, origins 83 and 77 and 71; 2: none, which one row
    ** says. */
    assert_int_equal(r.n, 5 * H + 3 * H + 1);
    assert_string_equal(r.row[5 * H].origin, "71");
    assert_string_equal(r.row[8 * H].status, "shorter than the horizon");
    for (size_t i = 0; i < 8 * H; i++) assert_true(isfinite(r.row[i].forecast));
    rnn_table_free(rows);
    /* More origins than there are steps. */
    rows = rows_of(&ctx, 2, 20, wave);
    o.origins = 1000000;
    o.stride = 1;
    run(&r, model, rows, &o, 1);
    assert_int_equal(r.n, 2 * (20 - H) * H);
    rnn_table_free(rows);
}

/* ---- refitting ---- */

/* Each origin is forecast by a model that was trained on what precedes it. */
static void test_refit(void **state) {
    (void)state;
    static result r, one;
    rnn_options o = use_options(), use = use_options();
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    o.origins = 2;
    o.refit = 1;
    run(&r, model, rows, &o, 1);
    assert_int_equal(r.n, 3 * 2 * H);
    for (size_t i = 0; i < 2; i++) {
        rnn_model *then = train(model->options, rows, H * (2 - i));
        rnn_table *shorter = rows_of(&ctx, 3, LENGTH - H * (2 - i), wave);
        run(&one, then, shorter, &use, 0);
        for (size_t k = 0; k < one.n; k++) {
            size_t found = 0;
            for (size_t j = 0; j < r.n; j++) {
                if (r.row[j].series != one.row[k].series ||
                    strcmp(r.row[j].time, one.row[k].time) != 0)
                    continue;
                assert_same_forecast(&r.row[j], &one.row[k]);
                found++;
            }
            assert_int_equal(found, 1);
        }
        rnn_table_free(shorter);
        rnn_model_free(then);
    }
    rnn_table_free(rows);
}

/* A text input with fewer words in the rows than the model was trained on: the refitted model has
** ids of its own. */
static rnn_table *rows_with_words(size_t words, size_t first) {
    rnn_table *t = NULL;
    char word[8];
    assert_int_equal(rnn_table_create(&ctx, 4, &t), RNN_OK);
    for (size_t p = 0; p < LENGTH; p++) {
        snprintf(word, sizeof word, "w%d", (int)(first + p % words));
        rnn_value row[4] = {int_cell(0), int_cell((int64_t)p), real_cell(wave(0, p)),
                            text_cell(word)};
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    return t;
}

static void test_refit_words(void **state) {
    (void)state;
    static result r, same;
    rnn_options o = use_options(), learned = train_options();
    rnn_table *rows = rows_with_words(40, 0), *fewer = rows_with_words(2, 37);
    learned.given[RNN_KEY_known_ahead] = 1;
    learned.known_ahead.all = 1;
    rnn_model *big = train(learned, rows, 0), *small = train(learned, fewer, H);
    o.refit = 1;
    run(&r, big, fewer, &o, 1);
    o.refit = 0;
    run(&same, small, fewer, &o, 1);
    assert_int_equal(r.n, H);
    for (size_t i = 0; i < H; i++) assert_same_forecast(&r.row[i], &same.row[i]);
    rnn_model_free(big);
    rnn_model_free(small);
    rnn_table_free(rows);
    rnn_table_free(fewer);
}

/* ---- metrics ---- */

static void test_evaluate(void **state) {
    (void)state;
    static result r;
    rnn_options o = use_options();
    rnn_metric metric[RNN_FORECAST_METRICS];
    rnn_table *rows = rows_of(&ctx, 3, LENGTH, wave);
    o.origins = 3;
    run(&r, model, rows, &o, 1);
    assert_int_equal(rnn_forecast_evaluate(&ctx, "rnn_evaluate", model, rows, &o, metric), RNN_OK);
    double mae = 0, square = 0, mape = 0, smape = 0, mase = 0, inside = 0, pinball = 0, pairs = 0;
    for (size_t i = 0; i < r.n; i++) {
        const kept *k = &r.row[i];
        size_t s = (size_t)k->series,
               first = LENGTH - 3 * H; /* steps before the first origin's forecasts */
        double e = fabs(k->actual - k->forecast), past = 0;
        for (size_t t = 11; t < first; t++)
            past += fabs(wave(s, t) - wave(s, t - 11)) / (double)(first - 11);
        mae += e;
        square += e * e;
        mape += 100 * e / fabs(k->actual);
        smape += 200 * e / (fabs(k->actual) + fabs(k->forecast));
        mase += e / past;
        inside += k->actual >= k->lower && k->actual <= k->upper;
        const char *at = k->quantiles;
        for (double p, v; (at = strchr(at, '"')) && sscanf(at, "\"%lf\":%lf", &p, &v) == 2;
             at = strchr(at, ':')) {
            pinball += fmax(p * (k->actual - v), (p - 1) * (k->actual - v));
            pairs += 1;
        }
    }
    double n = (double)r.n;
    double want[RNN_FORECAST_METRICS] = {mae / n,  sqrt(square / n), mape / n,  smape / n,
                                         mase / n, pinball / pairs,  inside / n};
    static const char *const names[] = {"mae",  "rmse",    "mape",    "smape",
                                        "mase", "pinball", "coverage"};
    for (size_t i = 0; i < RNN_FORECAST_METRICS; i++) {
        assert_string_equal(metric[i].name, names[i]);
        assert_near(metric[i].value, want[i], 1e-6);
    }
    rnn_table_free(rows);
}

/* ---- the edges ---- */

static double huge(size_t s, size_t t) { return 1e300 * (1 + 0.1 * gauss(s, t)); }
static double largest(size_t s, size_t t) { return s + t < 3 ? 1e308 : 1.7e308; }
static double constant(size_t s, size_t t) {
    (void)s;
    (void)t;
    return 7;
}
static double zero(size_t s, size_t t) {
    (void)s;
    (void)t;
    return 0;
}

/* Numbers or a status, never NaN with "ok". */
static void test_edges(void **state) {
    (void)state;
    static const value_fn values[] = {huge, largest, constant, zero, wave};
    static const size_t lengths[] = {1, 2, H, H + 1, 50};
    static result r;
    for (size_t i = 0; i < COUNT(values) * COUNT(lengths) * 4; i++) {
        rnn_options o = use_options();
        size_t length = lengths[i / 4 % COUNT(lengths)];
        rnn_table *rows = rows_of(&ctx, 2, length, values[i / 4 / COUNT(lengths)]);
        o.horizon = i % 2 ? 2 * H : 1;
        o.level = i % 4 < 2 ? 0.9 : 0.77;
        run(&r, i % 3 ? model : steady, rows, &o, 0);
        assert_int_equal(r.n, 2 * (size_t)o.horizon);
        for (size_t k = 0; k < r.n; k++) {
            int ok = strcmp(r.row[k].status, "ok") == 0;
            assert_int_equal(isfinite(r.row[k].forecast) != 0, ok);
            if (ok)
                assert_true(r.row[k].lower <= r.row[k].forecast &&
                            r.row[k].forecast <= r.row[k].upper);
            if (values[i / 4 / COUNT(lengths)] == constant) assert_near(r.row[k].forecast, 7, 1e-6);
        }
        rnn_table_free(rows);
    }
}

static int stop(void *arg) {
    int *left = arg;
    return --*left < 0;
}

/* Stopped anywhere: RNN_INTERRUPT, nothing left behind. */
static void test_interrupt(void **state) {
    (void)state;
    rnn_options o = use_options();
    rnn_table *rows = rows_of(&ctx, 300, 12, wave);
    uint64_t before = ctx.memory_used;
    int done = 0;
    ctx.check = stop;
    for (int calls = 0; !done; calls = calls * 3 / 2 + 1) {
        rnn_forecaster *f = NULL;
        rnn_forecast_row row;
        int left = calls;
        ctx.check_arg = &left;
        rnn_status status = rnn_forecaster_create(&ctx, FORECAST, model, rows, &o, 0, &f);
        while (status == RNN_OK) status = rnn_forecaster_next(f, &row);
        rnn_forecaster_free(f);
        done = status == RNN_DONE;
        if (!done) assert_int_equal(status, RNN_INTERRUPT);
        assert_int_equal(ctx.memory_used, before);
    }
    ctx.check = NULL;
    rnn_table_free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_many_series),  cmocka_unit_test(test_continued),
        cmocka_unit_test(test_recursive),    cmocka_unit_test(test_future_rows),
        cmocka_unit_test(test_backtest),     cmocka_unit_test(test_origin_knows_the_past),
        cmocka_unit_test(test_young_series), cmocka_unit_test(test_refit),
        cmocka_unit_test(test_refit_words),  cmocka_unit_test(test_evaluate),
        cmocka_unit_test(test_edges),        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
