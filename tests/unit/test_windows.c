/* test_windows.c - windows against the description in windows.h: inputs and targets by hand,
** nothing from after the origin, where training windows lie and how they are drawn. */
#include "forecast_testing.h"

#include "calendar.h"
#include "windows.h"

enum { LENGTH = 60, CONTEXT = 12, H = 5 };

/* Two inputs known ahead (a number, a text) and one that is not. */
static double demand(size_t t) {
    return 200 + 3 * (double)t + 10 * sin((double)(t % 7)) + 2 * gauss(1, t);
}
static double price(size_t t) { return 5 + (double)(t % 3); }
static double weather(size_t t) { return gauss(2, t); }

static size_t changed_after; /* SIZE_MAX: nothing */
static double other(double v, size_t t) { return t > changed_after ? 1 + 900 * chance(7, t) : v; }

/* LENGTH rows with a target and H future ones. */
static rnn_table *rows_with_inputs(rnn_context *ctx) {
    static const char *const words[] = {"red", "green", "blue"};
    rnn_table *t = NULL;
    assert_int_equal(rnn_table_create(ctx, 6, &t), RNN_OK);
    for (size_t p = 0; p < LENGTH + H; p++) {
        rnn_value row[6] = {int_cell(0),
                            int_cell((int64_t)p),
                            real_cell(p < LENGTH ? other(demand(p), p) : NAN),
                            real_cell(price(p)),
                            real_cell(other(weather(p), p)),
                            text_cell(words[p % 3])};
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    return t;
}

static rnn_options window_options(void) {
    rnn_options o = small_options();
    double week = 7;
    o.horizon = H;
    o.context = CONTEXT;
    set_seasons(&o, 1, &week);
    o.known_ahead = (rnn_list){0, 2, {1, 3}};
    o.given[RNN_KEY_known_ahead] = 1;
    return o;
}

/* A model with a recipe that the tests below know by heart. */
static void learn_inputs(fixture *f) {
    f->options = window_options();
    learn_rows(f, rows_with_inputs(&f->ctx));
    choose(f, 30);
    f->model->forecast.recipe =
        (rnn_recipe){.base = {7, 1, 1, 1}, .scale_lag = 1, .scale_floor = 0.3, .shrink = 1};
    f->model->forecast.calendar = 0;
}

static rnn_windows *windows_of(fixture *f, size_t end) {
    rnn_windows *w = NULL;
    size_t ends[64];
    assert_true(f->set.count <= 64);
    for (size_t s = 0; s < f->set.count; s++)
        ends[s] = end < f->set.series[s].known ? end : f->set.series[s].known;
    if (rnn_windows_create(&f->ctx, &f->set, f->model, ends, &w) != RNN_OK)
        fail_msg("%s", f->ctx.message);
    return w;
}

/* The batch of a list of windows, sorted as the sampler wants it. */
static rnn_batch batch_of(fixture *f, rnn_windows *w, const rnn_window *list, size_t n,
                          size_t *item) {
    rnn_batch b;
    size_t length[16];
    assert_true(n <= 16);
    rnn_windows_set_list(w, list, n);
    for (size_t i = 0; i < n; i++) item[i] = i;
    rnn_sort_by_length(&w->sampler, 1, item, n, length);
    assert_int_equal(rnn_batch_init(&f->ctx, &b, n, w->sampler.max_steps, w->width,
                                    f->set.categories, n * w->sampler.max_outputs),
                     RNN_OK);
    rnn_batch_layout(&b, length, n);
    w->sampler.fill(&w->sampler, 1, item, n, 0, &b);
    return b;
}

static double cut(double v) {
    return v > RNN_FEATURE_CUT ? RNN_FEATURE_CUT : v < -RNN_FEATURE_CUT ? -RNN_FEATURE_CUT : v;
}

/* ---- every input of a window, by hand ---- */

static void test_inputs(void **state) {
    (void)state;
    fixture f = {0};
    changed_after = SIZE_MAX;
    learn_inputs(&f);
    rnn_windows *w = windows_of(&f, 30);
    size_t item[1], o = 40;
    rnn_window at = {0, (int64_t)o};
    rnn_batch b = batch_of(&f, w, &at, 1, item);
    const rnn_series *series = &f.set.series[0];
    const double *y = series->target;
    double unit = 0, whole = 0, drift = 0;
    for (size_t p = o - CONTEXT + 1; p <= o; p++) unit += fabs(y[p] - y[p - 1]) / CONTEXT;
    for (size_t p = 1; p < 30; p++) whole += fabs(y[p] - y[p - 1]) / 29;
    for (size_t i = 0; i < 7; i++) drift += (y[o - i] - y[i]) / 7 * 7 / (double)(o + 1 - 7);
    rnn_window_scale scale = rnn_windows_scale(w, at);
    assert_near(scale.unit, unit, 1e-12);
    assert_near(scale.level, y[o], 1e-12);
    assert_int_equal(b.steps, CONTEXT + H);
    assert_int_equal(w->width, 3 + RNN_RECENT + 3 + 3 + 2 * 2);
    assert_int_equal(rnn_windows_width(f.model), w->width);
    for (size_t step = 0; step < b.steps; step++) {
        const real *x = b.numbers + step * w->width;
        size_t p = o - CONTEXT + 1 + step, k = p > o ? p - o : 0;
        /* One season back (twice for a step more than a season ahead; H is less than one). */
        double term = y[p - 7] - y[o - 7];
        double base = y[o] + term + drift * (double)k / 7;
        assert_near((double)x[0], cut(((k ? base : y[p]) - y[o]) / unit), 1e-6);
        assert_true((double)x[1] == (k > 0));
        assert_near((double)x[2], (double)k / H, 1e-6);
        for (size_t i = 0; i < RNN_RECENT; i++)
            assert_near((double)x[3 + i], cut((y[(k ? o : p - 1) - i] - y[o]) / unit), 1e-6);
        const real *season = x + 3 + RNN_RECENT, *rest = season + 3, *inputs = rest + 3;
        assert_near((double)season[0], cut(term / unit), 1e-6);
        double three = 0;
        for (size_t j = 1; j <= 3; j++) three += (y[p - 7 * j] - y[o - 7 * j]) / 3;
        assert_near((double)season[1], cut(three / unit), 1e-6);
        assert_true((double)season[2] == 1);
        assert_near((double)rest[0], cut(drift * (double)k / (7 * unit)), 1e-6);
        assert_near((double)rest[1], 0.5 * log(unit / whole), 1e-6);
        assert_near((double)rest[2], 0.5 * log(unit / y[o]), 1e-6);
        /* Known ahead, with its mask; not known ahead: hidden behind the origin; the word. */
        assert_true((double)inputs[0] == (double)series->numbers[p * 4] && inputs[1] == 0);
        assert_true((double)inputs[2] == (k ? 0 : (double)series->numbers[p * 4 + 2]) &&
                    inputs[3] == (k > 0));
        assert_int_equal(b.ids[step], series->ids[p]);
        assert_true(b.ids[step] > 0);
        if (!k) continue;
        size_t out = k - 1;
        assert_int_equal(b.out_row[out], step);
        assert_near((double)b.target[out], (y[p] - base) / unit, 1e-5);
        assert_near((double)b.weight[out], fmin(fmax(unit / whole, 0.05), 5), 1e-6);
        assert_near((double)b.unit[out], unit, 1e-6);
        assert_near(rnn_windows_base(w, at, scale, (int64_t)k), (base - y[o]) / unit, 1e-10);
    }
    assert_int_equal(b.outputs, H);
    rnn_batch_free(&f.ctx, &b);
    rnn_windows_free(w);
    drop(&f);
}

/* Past the last row even inputs known ahead are hidden, and targets have no weight. */
static void test_past_the_end(void **state) {
    (void)state;
    fixture f = {0};
    changed_after = SIZE_MAX;
    learn_inputs(&f);
    rnn_windows *w = windows_of(&f, 30);
    rnn_window list[3] = {{0, LENGTH + 1 - H}, {0, LENGTH - 1}, {0, 2}};
    size_t item[3];
    f.set.series[0].length = LENGTH + 2; /* as if there were two future rows */
    rnn_batch b = batch_of(&f, w, list, 3, item);
    assert_int_equal(item[2], 2); /* the youngest window is the shortest */
    assert_int_equal(b.length[2], 3 + H);
    for (size_t o = 0; o < b.outputs; o++) {
        size_t row = b.out_row[o], step = 0;
        while (b.offset[step + 1] <= row) step++;
        size_t i = row - b.offset[step], k = step + H + 1 - b.length[i];
        size_t p = (size_t)list[item[i]].origin + k;
        const real *inputs = b.numbers + row * w->width + w->width - 4;
        assert_int_equal(b.weight[o] > 0, p < LENGTH);
        if (p >= LENGTH) assert_true(b.target[o] == 0);
        assert_int_equal(inputs[1] == 1, p >= LENGTH + 2);
        assert_int_equal(b.ids[row] == 0, p >= LENGTH + 2);
    }
    rnn_batch_free(&f.ctx, &b);
    f.set.series[0].length = LENGTH + H;
    rnn_windows_free(w);
    drop(&f);
}

/* ---- nothing from after the origin ---- */

/* All inputs of the window at `origin`, whose training part ends there too, are the same whatever
** follows. */
static void same_inputs(fixture *a, fixture *b, size_t origin) {
    rnn_windows *w[2] = {windows_of(a, origin + 1), windows_of(b, origin + 1)};
    rnn_window at = {0, (int64_t)origin};
    rnn_batch batch[2];
    size_t item[1];
    batch[0] = batch_of(a, w[0], &at, 1, item);
    batch[1] = batch_of(b, w[1], &at, 1, item);
    assert_int_equal(batch[0].rows, batch[1].rows);
    assert_memory_equal(batch[0].numbers, batch[1].numbers,
                        batch[0].rows * w[0]->width * sizeof(real));
    assert_memory_equal(batch[0].ids, batch[1].ids,
                        batch[0].rows * a->set.categories * sizeof(uint32_t));
    assert_memory_equal(batch[0].unit, batch[1].unit, batch[0].outputs * sizeof(real));
    assert_memory_equal(batch[0].weight, batch[1].weight, batch[0].outputs * sizeof(real));
    rnn_window_scale s = rnn_windows_scale(w[0], at), t = rnn_windows_scale(w[1], at);
    assert_memory_equal(&s, &t, sizeof s);
    for (int64_t k = 1; k <= 3 * H; k++) {
        double x = rnn_windows_base(w[0], at, s, k), y = rnn_windows_base(w[1], at, t, k);
        assert_memory_equal(&x, &y, sizeof x);
    }
    rnn_batch_free(&a->ctx, &batch[0]);
    rnn_batch_free(&b->ctx, &batch[1]);
    rnn_windows_free(w[0]);
    rnn_windows_free(w[1]);
}

static void test_past_only(void **state) {
    (void)state;
    static const rnn_baseline kinds[] = {{7, 1, 1, 1}, {7, 7, 8, 1}, {1, 28, 0, 0}, {1, 1, 0, 0}};
    for (size_t origin = 0; origin < LENGTH - H; origin += origin < 10 ? 1 : 7) {
        for (size_t i = 0; i < COUNT(kinds) * 2; i++) {
            fixture f[2];
            memset(f, 0, sizeof f);
            changed_after = SIZE_MAX;
            learn_inputs(&f[0]);
            changed_after = origin;
            learn_inputs(&f[1]);
            changed_after = SIZE_MAX;
            for (size_t k = 0; k < 2; k++) {
                rnn_recipe *r = &f[k].model->forecast.recipe;
                r->base = kinds[i / 2];
                r->scale_lag = r->base.level == 7 ? 7 : 1;
                r->log = i % 2;
                r->log_floor = 0.1;
                /* What a column's standardisation is made of is training data. */
                for (size_t c = 0; c < 2; c++) {
                    f[1].model->input[c].mean[0] = f[0].model->input[c].mean[0];
                    f[1].model->input[c].scale[0] = f[0].model->input[c].scale[0];
                }
            }
            rnn_series_set_free(&f[1].set);
            assert_int_equal(rnn_series_build(&f[1].ctx, TRAIN, f[1].rows, f[1].model, &f[1].set),
                             RNN_OK);
            same_inputs(&f[0], &f[1], origin);
            drop(&f[0]);
            drop(&f[1]);
        }
    }
}

/* The same with yearly lags, anniversaries and the calendar. */
static double yearly(size_t s, size_t t) {
    rnn_civil d = rnn_civil_from_seconds(rnn_civil_seconds(2001, 1, 1) + 86400.0 * (double)t);
    int off = (d.month == 12 && d.day >= 25) || (d.day == 17 && d.month % 2 == 0);
    return other(100 + (t % 7 >= 5 ? 20 : 0) + gauss(s + 3, t) - (off ? 60 : 0), t);
}

static void test_past_only_yearly(void **state) {
    (void)state;
    enum { DAYS = 4 * 365 };
    for (size_t origin = 300; origin < DAYS - H; origin += 97) {
        fixture f[2];
        memset(f, 0, sizeof f);
        for (size_t i = 0; i < 2; i++) {
            changed_after = i ? origin : SIZE_MAX;
            f[i].options = small_options();
            f[i].options.horizon = H;
            f[i].options.context = CONTEXT;
            learn_rows(&f[i], daily_rows(&f[i].ctx, DAYS, yearly));
            rnn_forecast_model *m = &f[i].model->forecast;
            m->seasons = 1;
            m->season[0] = 7;
            m->calendar = RNN_CALENDAR_WEEKDAY_ONEHOT | RNN_CALENDAR_YEAR_ANGLE;
            m->recipe = (rnn_recipe){.base = {7, 7, 3, 0},
                                     .scale_lag = 7,
                                     .scale_floor = 1,
                                     .annual = 1,
                                     .anniversary = 1,
                                     .shrink = 1};
        }
        changed_after = SIZE_MAX;
        same_inputs(&f[0], &f[1], origin);
        drop(&f[0]);
        drop(&f[1]);
    }
}

/* ---- training windows ---- */

static double plain(size_t s, size_t t) { return 50 + 5 * gauss(s + 4, t); }
static double late(size_t s, size_t t) { return s == 0 && t < 40 ? NAN : plain(s, t); }
static double uneven(size_t s, size_t t) { return t < (s + 1) * (s + 1) * 20 ? plain(s, t) : NAN; }

static void learn_plain(fixture *f, size_t series, size_t length, value_fn value) {
    memset(f, 0, sizeof *f);
    f->options = small_options();
    f->options.horizon = H;
    f->options.context = CONTEXT;
    set_seasons(&f->options, 0, NULL);
    learn_rows(f, rows_of(&f->ctx, series, length, value));
    choose(f, 0);
}

/* Targets of training windows lie before the ends; origins not before the first known value. */
static void test_training_part(void **state) {
    (void)state;
    fixture f;
    learn_plain(&f, 3, 100, late);
    for (size_t end = 0; end <= 100; end += 5) {
        rnn_windows *w = windows_of(&f, end);
        size_t total = 0;
        for (size_t s = 0; s < 3; s++) {
            int64_t earliest = s == 0 ? 40 : 0;
            if (w->last[s] >= w->first[s]) {
                assert_true(w->last[s] + H < (int64_t)end && w->first[s] >= earliest);
                total += (size_t)(w->last[s] - w->first[s]) + 1;
            } else {
                assert_true((int64_t)end - H - 1 < earliest);
            }
        }
        assert_int_equal(w->sampler.train_count, total);
        /* The sampler's windows are these, in order. */
        for (size_t i = 0; i < total; i++)
            assert_true(w->sampler.length(&w->sampler, 0, i) <= CONTEXT + H);
        for (uint64_t i = 0; total && i < 1000; i++)
            assert_true(w->sampler.draw(&w->sampler, 3, i) < total);
        rnn_windows_free(w);
    }
    drop(&f);
    rnn_windows *w;
    learn_plain(&f, 3, 100, plain);
    assert_int_equal(rnn_windows_create(&f.ctx, &f.set, f.model, NULL, &w), RNN_OK);
    assert_int_equal(w->sampler.train_count, 0);
    rnn_windows_free(w);
    drop(&f);
}

/* Draws: a series by the root of its number of windows, in it an origin whose density rises from
** zero in a line: P(x) = x^2. */
static void test_draws(void **state) {
    (void)state;
    enum { N = 40000 };
    fixture f;
    learn_plain(&f, 4, 400, uneven);
    rnn_windows *w = windows_of(&f, 400);
    double roots = 0, count[4] = {0}, below[4][4] = {{0}};
    for (size_t s = 0; s < 4; s++) roots += sqrt((double)(w->start[s + 1] - w->start[s]));
    for (uint64_t i = 0; i < N; i++) {
        size_t item = w->sampler.draw(&w->sampler, 42, i), s = 0;
        while (w->start[s + 1] <= item) s++;
        size_t n = w->start[s + 1] - w->start[s];
        count[s]++;
        for (size_t q = 0; q < 4; q++)
            below[s][q] += (double)(item - w->start[s]) < (double)n * 0.25 * (double)(q + 1);
        if (i < 100) assert_int_equal(w->sampler.draw(&w->sampler, 42, i), item);
    }
    for (size_t s = 0; s < 4; s++) {
        double n = (double)(w->start[s + 1] - w->start[s]), share = sqrt(n) / roots;
        if (n == 0) {
            assert_true(count[s] == 0);
            continue;
        }
        /* Five standard deviations; origins are whole. */
        assert_true(fabs(count[s] / N - share) < 5 * sqrt(share / N));
        for (size_t q = 0; q < 4; q++) {
            double x = ceil(n * 0.25 * (double)(q + 1)) / n, off = below[s][q] / count[s] - x * x;
            if (fabs(off) > 5 * 0.5 / sqrt(count[s]))
                fail_msg("series %zu: quarter %zu is off by %g", s, q, off);
        }
    }
    rnn_windows_free(w);
    drop(&f);
}

/* ---- visiting ---- */

typedef struct visits {
    const rnn_batch *b;
    const rnn_window *list;
    size_t count;
} visits;

static void visit(void *arg, size_t item, rnn_window at, int64_t k, size_t output) {
    visits *v = arg;
    assert_int_equal(output, v->count++);
    assert_true(at.series == v->list[item].series && at.origin == v->list[item].origin);
    size_t row = v->b->out_row[output], step = 0;
    while (v->b->offset[step + 1] <= row) step++;
    assert_int_equal(k, (int64_t)(step + H + 1 - v->b->length[row - v->b->offset[step]]));
    assert_true(k >= 1 && k <= H);
}

static void test_visit(void **state) {
    (void)state;
    fixture f;
    learn_plain(&f, 2, 60, plain);
    rnn_windows *w = windows_of(&f, 60);
    rnn_window list[4] = {{1, 3}, {0, 30}, {1, 0}, {0, 7}};
    size_t item[4];
    rnn_batch b = batch_of(&f, w, list, 4, item);
    visits v = {&b, list, 0};
    assert_int_equal(b.outputs, 4 * H);
    for (size_t o = 1; o < b.outputs; o++) assert_true(b.out_row[o] > b.out_row[o - 1]);
    rnn_windows_visit(w, 1, item, &b, visit, &v);
    assert_int_equal(v.count, 4 * H);
    rnn_batch_free(&f.ctx, &b);
    rnn_windows_free(w);
    drop(&f);
}

/* ---- other scales, the edges ---- */

static double constant(size_t s, size_t t) {
    (void)t;
    return s == 1 ? 0 : 5;
}
static double huge(size_t s, size_t t) { return 1e300 * (1 + 0.1 * gauss(s, t)); }
static double minus(size_t s, size_t t) { return -plain(s, t); }

static void check_finite(fixture *f, size_t origin) {
    rnn_windows *w = windows_of(f, f->set.series[0].known);
    rnn_window at = {0, (int64_t)origin};
    size_t item[1];
    rnn_batch b = batch_of(f, w, &at, 1, item);
    for (size_t i = 0; i < b.rows * w->width; i++)
        assert_true(fabs((double)b.numbers[i]) <= RNN_FEATURE_CUT);
    for (size_t o = 0; o < b.outputs; o++) assert_true(fabs((double)b.target[o]) <= RNN_TARGET_CUT);
    assert_true(rnn_windows_scale(w, at).unit > 0);
    rnn_batch_free(&f->ctx, &b);
    rnn_windows_free(w);
}

static void test_edges(void **state) {
    (void)state;
    static const value_fn values[] = {constant, huge, plain, minus};
    static const size_t lengths[] = {1, 2, 8, 40};
    for (size_t i = 0; i < COUNT(values) * COUNT(lengths) * 2; i++) {
        fixture f;
        learn_plain(&f, 2, lengths[i / 2 % COUNT(lengths)], values[i / 2 / COUNT(lengths)]);
        if (i % 2) f.model->options.loss = RNN_LOSS_NEGATIVE_BINOMIAL;
        for (size_t o = 0; o < f.set.series[0].known; o += 3) check_finite(&f, o);
        drop(&f);
    }
}

static void test_global_scale(void **state) {
    (void)state;
    fixture f;
    learn_plain(&f, 1, 60, plain);
    f.model->options.scale = RNN_SCALE_STANDARD;
    f.model->forecast.center = 50;
    f.model->forecast.spread = 4;
    rnn_windows *w = windows_of(&f, 60);
    rnn_window at = {0, 30};
    rnn_window_scale scale = rnn_windows_scale(w, at);
    assert_true(scale.level == 50 && scale.unit == 4 && rnn_windows_base(w, at, scale, 3) == 0);
    size_t item[1];
    rnn_batch b = batch_of(&f, w, &at, 1, item);
    for (size_t o = 0; o < H; o++) {
        assert_near((double)b.target[o], (f.set.series[0].target[31 + o] - 50) / 4, 1e-5);
        assert_true(b.weight[o] == 1);
    }
    rnn_batch_free(&f.ctx, &b);
    rnn_windows_free(w);
    drop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs),        cmocka_unit_test(test_past_the_end),
        cmocka_unit_test(test_past_only),     cmocka_unit_test(test_past_only_yearly),
        cmocka_unit_test(test_training_part), cmocka_unit_test(test_draws),
        cmocka_unit_test(test_visit),         cmocka_unit_test(test_edges),
        cmocka_unit_test(test_global_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
