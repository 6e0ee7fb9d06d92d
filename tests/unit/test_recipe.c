/* test_recipe.c - decisions of recipe.h on data whose answer is known, and the tracks made from
** them. */
#include "forecast_testing.h"

#include "calendar.h"
#include "mixture.h"

static rnn_recipe *recipe(fixture *f) { return &f->model->forecast.recipe; }

/* Make a fixture with a recipe for one or more series on integer times. Without the mixture the
** simple baselines are left: it does not go with the scale of a whole series. */
static void decide_among(fixture *f, size_t series, size_t length, value_fn value, double season,
                         int64_t horizon, int mixture) {
    memset(f, 0, sizeof *f);
    f->options = small_options();
    if (!mixture) f->options.scale = RNN_SCALE_STANDARD;
    if (season >= 0) set_seasons(&f->options, season > 0, &season);
    f->options.horizon = horizon;
    learn_rows(f, rows_of(&f->ctx, series, length, value));
    choose(f, 0);
    if (!mixture) assert_int_equal(recipe(f)->mixture, 0);
}

static void decide(fixture *f, size_t series, size_t length, value_fn value, double season,
                   int64_t horizon) {
    decide_among(f, series, length, value, season, horizon, 1);
}

/* ---- baseline ---- */

static double walk(size_t s, size_t t) {
    double y = 1000;
    for (size_t i = 0; i <= t; i++) y += gauss(s + 1, i);
    return y;
}
static double noise(size_t s, size_t t) { return 100 + 30 * gauss(s + 11, t); }
static double line(size_t s, size_t t) { return 1000 + 3 * (double)t + 0.5 * gauss(s + 21, t); }
static double cycles(size_t s, size_t t) {
    return 1000 + 50 * sin((double)(t % 12) * 0.5235987756) + 5 * gauss(s + 31, t);
}
static double rising_cycles(size_t s, size_t t) { return 2 * (double)t + cycles(s, t); }

/* Mean absolute error of a baseline over every origin of the second half, by loops. */
static double rolling_error(const fixture *f, const rnn_track *tracks, rnn_baseline b, size_t h) {
    double sum = 0, n = 0;
    for (size_t s = 0; s < f->set.count; s++) {
        const rnn_series *series = &f->set.series[s];
        for (size_t o = series->known / 2; o + h < series->known; o++) {
            for (size_t k = 1; k <= h; k++) {
                double z = rnn_track_base(&tracks[s], &b, (int64_t)o, (int64_t)k);
                sum +=
                    fabs(rnn_recipe_restore(&f->model->forecast.recipe, z) - series->target[o + k]);
                n += 1;
            }
        }
    }
    return sum / n;
}

/* The mixture's mean error over the same origins. */
static double mixture_error(fixture *f, const rnn_track *tracks, size_t h) {
    rnn_window trials[512];
    double change[2] = {1, 1}, sum;
    size_t n = 0;
    assert_true(f->set.count <= COUNT(change));
    for (size_t s = 0; s < f->set.count; s++)
        for (size_t o = f->set.series[s].known / 2; o + h < f->set.series[s].known; o++)
            trials[n++] = (rnn_window){s, (int64_t)o};
    assert_true(n <= COUNT(trials));
    if (rnn_mixture_error(&f->ctx, &f->set, tracks, f->model, trials, n, change, &sum) != RNN_OK)
        fail_msg("%s", f->ctx.message);
    return sum / (double)n;
}

/* The choice is hardly worse than any candidate that recipe.h lists, tried at every origin. */
static void test_best_candidate(void **state) {
    (void)state;
    static const value_fn values[] = {walk, noise, line, cycles, rising_cycles};
    for (size_t i = 0; i < COUNT(values); i++) {
        fixture f;
        decide_among(&f, 2, 240, values[i], i < 3 ? 0 : 12, 8, 0);
        rnn_track *tracks;
        assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &tracks), RNN_OK);
        rnn_baseline list[13] = {{1, 1, 0, 0}, {1, 7, 0, 0}, {1, 28, 0, 0}, {1, 1, 0, 1}};
        size_t n = 4;
        for (size_t terms = 1; i >= 3 && terms <= 8; terms += terms == 1 ? 2 : 5) {
            list[n++] = (rnn_baseline){12, 1, terms, 0};
            list[n++] = (rnn_baseline){12, 12, terms, 0};
            list[n++] = (rnn_baseline){12, 12, terms, 1};
        }
        double chosen = rolling_error(&f, tracks, recipe(&f)->base, 8);
        for (size_t k = 0; k < n; k++) {
            double other = rolling_error(&f, tracks, list[k], 8);
            if (chosen > 1.1 * other)
                fail_msg("data %zu: candidate %zu has %g, the chosen one %g", i, k, other, chosen);
        }
        rnn_tracks_free(&f.ctx, tracks, f.set.count);
        drop(&f);
    }
}

/* The mixture stands in for all of them unless one is clearly better. */
static void test_mixture_is_hardly_worse(void **state) {
    (void)state;
    static const value_fn values[] = {walk, noise, line, cycles, rising_cycles};
    for (size_t i = 0; i < COUNT(values); i++) {
        fixture f, simple;
        decide(&f, 2, 240, values[i], i < 3 ? 0 : 12, 8);
        decide_among(&simple, 2, 240, values[i], i < 3 ? 0 : 12, 8, 0);
        if (recipe(&f)->mixture) {
            rnn_track *own, *other;
            recipe(&f)->log = 0; /* the mixture is of the values */
            assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &own), RNN_OK);
            assert_int_equal(
                rnn_tracks_create(&simple.ctx, &simple.set, simple.model, NULL, &other), RNN_OK);
            double error = mixture_error(&f, own, 8),
                   least = rolling_error(&simple, other, recipe(&simple)->base, 8);
            if (error > 1.2 * least) fail_msg("data %zu: mixture %g, simple %g", i, error, least);
            rnn_tracks_free(&f.ctx, own, f.set.count);
            rnn_tracks_free(&simple.ctx, other, simple.set.count);
        } else {
            assert_memory_equal(&recipe(&f)->base, &recipe(&simple)->base, 3 * sizeof(size_t));
        }
        drop(&f);
        drop(&simple);
    }
}

static double long_cycle(size_t s, size_t t) {
    return 1000 + 100 * chance(3, t % 100) + 2 * gauss(s + 81, t);
}

static void test_mixture_or_not(void **state) {
    (void)state;
    fixture f;
    decide(&f, 2, 240, cycles, 12, 8);
    assert_int_equal(recipe(&f)->mixture, 1);
    assert_int_equal(recipe(&f)->base.season, 12);
    drop(&f);
    decide(&f, 2, 240, walk, 0, 8);
    assert_int_equal(recipe(&f)->mixture, 1);
    assert_int_equal(recipe(&f)->base.season, 1);
    drop(&f);
    /* Longer than any that the mixture adjusts: a simple baseline is clearly better. */
    decide(&f, 1, 1200, long_cycle, 100, 20);
    assert_int_equal(recipe(&f)->mixture, 0);
    assert_int_equal(recipe(&f)->base.season, 100);
    assert_true(recipe(&f)->base.terms > 0);
    drop(&f);
    /* Who asks for the pretrained network gets it all the same. */
    memset(&f, 0, sizeof f);
    double season = 100;
    f.options = small_options();
    f.options.pretrained = 1;
    f.options.horizon = 20;
    set_seasons(&f.options, 1, &season);
    learn_rows(&f, rows_of(&f.ctx, 1, 1200, long_cycle));
    choose(&f, 0);
    assert_int_equal(recipe(&f)->mixture, 1);
    drop(&f);
}

static void test_known_answers(void **state) {
    (void)state;
    fixture f;
    decide_among(&f, 1, 400, walk, 0, 5, 0);
    assert_int_equal(recipe(&f)->base.level, 1);
    assert_int_equal(recipe(&f)->base.terms, 0);
    drop(&f);
    decide_among(&f, 1, 400, noise, 0, 5, 0);
    assert_int_equal(recipe(&f)->base.level, 28);
    drop(&f);
    decide_among(&f, 1, 400, line, 0, 20, 0);
    assert_int_equal(recipe(&f)->base.drift, 1);
    drop(&f);
    decide_among(&f, 1, 240, rising_cycles, 12, 24, 0);
    assert_int_equal(recipe(&f)->base.season, 12);
    assert_true(recipe(&f)->base.terms >= 1 && recipe(&f)->base.drift);
    drop(&f);
}

/* ---- logarithm ---- */

static double growth(size_t s, size_t t) {
    return 100 * exp(0.01 * (double)t + 0.3 * sin((double)(t % 12)) + 0.02 * gauss(s + 41, t));
}
static double growth_with_zero(size_t s, size_t t) { return t == 100 ? 0 : growth(s, t); }
static double negative_growth(size_t s, size_t t) { return -growth(s, t); }

static void test_logarithm(void **state) {
    (void)state;
    static const struct {
        value_fn value;
        int log;
    } rows[] = {
        {growth, 1}, {growth_with_zero, 0}, {negative_growth, 0}, {rising_cycles, 0}, {walk, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        fixture f;
        decide(&f, 1, 200, rows[i].value, 12, 12);
        if (recipe(&f)->log != rows[i].log) fail_msg("data %zu: log is %d", i, recipe(&f)->log);
        if (recipe(&f)->log) assert_true(recipe(&f)->log_floor > 0 && recipe(&f)->log_floor < 100);
        drop(&f);
    }
    /* Only where the window is what scales, and not for counts. */
    fixture f = {0};
    double season = 12;
    f.options = small_options();
    f.options.scale = RNN_SCALE_STANDARD;
    f.options.horizon = 12;
    set_seasons(&f.options, 1, &season);
    learn_rows(&f, rows_of(&f.ctx, 1, 200, growth));
    choose(&f, 0);
    assert_int_equal(recipe(&f)->log, 0);
    drop(&f);
}

static void test_transform(void **state) {
    (void)state;
    rnn_recipe r = {.log = 1, .log_floor = 0.5};
    rnn_track t = {.floor = 0.5};
    for (int power = 0; power < 300; power++) {
        double y = 0.5 * pow(10, power);
        assert_near(rnn_recipe_restore(&r, rnn_recipe_transform(&r, &t, y)) / y, 1, 1e-12);
    }
    assert_near(rnn_recipe_transform(&r, &t, -3), log(0.5), 1e-15);
    assert_true(isfinite(rnn_recipe_restore(&r, 1e6)) && isnan(rnn_recipe_restore(&r, NAN)));
    r.log = 0;
    for (int tenth = -10; tenth < 10; tenth++) {
        double y = 1e299 * tenth;
        assert_true(rnn_recipe_restore(&r, rnn_recipe_transform(&r, &t, y)) == y);
    }
}

/* ---- lengths ---- */

static void test_lengths(void **state) {
    (void)state;
    fixture f;
    decide(&f, 1, 240, cycles, 12, 0);
    assert_int_equal(f.model->options.horizon, 12);
    assert_true(f.model->options.context >= 24 && f.model->options.context <= 240 / 3);
    assert_int_equal(f.model->forecast.seasons, 1);
    drop(&f);
    decide(&f, 1, 240, walk, 0, 0);
    assert_int_equal(f.model->options.horizon, 10);
    assert_int_equal(f.model->forecast.seasons, 0);
    drop(&f);
    decide(&f, 1, 240, cycles, -1, 0); /* found */
    assert_int_equal(f.model->forecast.seasons, 1);
    assert_int_equal(f.model->forecast.season[0], 12);
    assert_true(f.model->options.season.n == 1 && f.model->options.season.v[0] == 12);
    drop(&f);
    decide(&f, 1, 240, cycles, 1000, 7); /* longer than the series */
    assert_int_equal(f.model->options.horizon, 7);
    assert_int_equal(recipe(&f)->base.terms == 0 || recipe(&f)->base.season == 1000, 1);
    drop(&f);
}

/* ---- calendar, years ---- */

static double weekly(size_t s, size_t t) { return 100 + (t % 7 >= 5 ? 20 : 0) + gauss(s + 51, t); }
static double daily_noise(size_t s, size_t t) { return 100 + gauss(s + 61, t); }
/* A week, and a drop on the same dates of every year. */
static double holidays(size_t s, size_t t) {
    rnn_civil d = rnn_civil_from_seconds(rnn_civil_seconds(2001, 1, 1) + 86400.0 * (double)t);
    int off = (d.month == 12 && d.day >= 25) || (d.month == 7 && d.day == 4) ||
              (d.day == 17 && d.month % 2 == 0);
    return weekly(s, t) - (off ? 60 : 0);
}

static void decide_daily(fixture *f, size_t length, value_fn value) {
    memset(f, 0, sizeof *f);
    f->options = small_options();
    f->options.horizon = 7;
    learn_rows(f, daily_rows(&f->ctx, length, value));
    choose(f, 0);
}

static void test_calendar(void **state) {
    (void)state;
    fixture f;
    decide_daily(&f, 400, weekly);
    assert_true(f.model->forecast.calendar & RNN_CALENDAR_WEEKDAY_ONEHOT);
    assert_false(f.model->forecast.calendar & RNN_CALENDAR_MONTHDAY_ONEHOT);
    assert_int_equal(f.model->forecast.season[0], 7);
    assert_int_equal(recipe(&f)->annual, 0);
    drop(&f);
    decide_daily(&f, 800, daily_noise);
    assert_false(f.model->forecast.calendar &
                 (RNN_CALENDAR_WEEKDAY_ONEHOT | RNN_CALENDAR_MONTHDAY_ONEHOT));
    drop(&f);
}

static void test_annual(void **state) {
    (void)state;
    fixture f;
    decide_daily(&f, 4 * 365, holidays);
    assert_int_equal(recipe(&f)->annual, 1);
    assert_int_equal(recipe(&f)->anniversary, 1);
    rnn_track *t;
    assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &t), RNN_OK);
    for (size_t p = 0; p < t->known; p++) {
        if (p < 14 || p + 14 >= t->known) {
            assert_true(isnan(t->effect[p]));
            continue;
        }
        /* z less the median of the same weekday one and two weeks off. */
        double v[4] = {t->z[p - 14], t->z[p - 7], t->z[p + 7], t->z[p + 14]};
        for (int i = 1; i < 4; i++) {
            for (int j = i; j > 0 && v[j - 1] > v[j]; j--) {
                double swap = v[j];
                v[j] = v[j - 1];
                v[j - 1] = swap;
            }
        }
        assert_near(t->effect[p], t->z[p] - (v[1] + v[2]) / 2, 1e-12);
    }
    rnn_tracks_free(&f.ctx, t, 1);
    drop(&f);
}

/* ---- nothing after the ends ---- */

static size_t changed_from; /* 0: nothing is changed */
static double changed(size_t s, size_t t) {
    if (changed_from && t >= changed_from) return 7 + 1000 * chance(99, t);
    return rising_cycles(s, t);
}

/* What comes after the ends decides nothing. */
static void test_past_only(void **state) {
    (void)state;
    fixture f[2];
    memset(f, 0, sizeof f);
    for (size_t i = 0; i < 2; i++) {
        changed_from = i ? 150 : 0;
        f[i].options = small_options();
        learn_rows(&f[i], rows_of(&f[i].ctx, 3, 200, changed));
        choose(&f[i], 150);
    }
    changed_from = 0;
    const rnn_forecast_model *a = &f[0].model->forecast, *b = &f[1].model->forecast;
    assert_int_equal(a->seasons, b->seasons);
    assert_int_equal(a->season[0], b->season[0]);
    assert_int_equal(f[0].model->options.horizon, f[1].model->options.horizon);
    assert_int_equal(f[0].model->options.context, f[1].model->options.context);
    assert_int_equal(a->calendar, b->calendar);
    assert_true(a->recipe.log == b->recipe.log && a->recipe.log_floor == b->recipe.log_floor);
    assert_memory_equal(&a->recipe.base, &b->recipe.base, 3 * sizeof(size_t));
    assert_int_equal(a->recipe.base.drift, b->recipe.base.drift);
    assert_int_equal(a->recipe.scale_lag, b->recipe.scale_lag);
    drop(&f[0]);
    drop(&f[1]);
}

/* ---- tracks ---- */

static double gappy(size_t s, size_t t) {
    (void)s;
    return t < 3 || t == 5 || t == 9 || t == 10 ? NAN : (double)(t * t);
}

/* Missing: a season ago, else the value before; at the start, the first known one. */
static void test_fill(void **state) {
    (void)state;
    fixture f;
    decide(&f, 1, 14, gappy, 4, 2);
    rnn_track *t;
    size_t end = 9;
    rnn_recipe r = *recipe(&f);
    *recipe(&f) = (rnn_recipe){.base = {1, 1, 0, 0}, .scale_lag = 2, .shrink = 1};
    assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, &end, &t), RNN_OK);
    static const double want[14] = {9, 9, 9, 9, 16, 16, 36, 49, 64, 16, 36, 121, 144, 169};
    assert_int_equal(t->known, 14);
    assert_int_equal(t->first, 3);
    double sum = 0, change = 0;
    for (size_t p = 0; p < 14; p++) {
        assert_true(t->z[p] == want[p]);
        assert_near(t->sum[p], sum, 1e-15);
        sum += want[p];
        if (p >= 2 && p < end) change += fabs(want[p] - want[p - 2]);
    }
    assert_near(t->sum[14], sum, 1e-15);
    assert_near(t->unit, change / 7, 1e-6);
    assert_near(t->size, change / 7, 1e-6);
    rnn_tracks_free(&f.ctx, t, 1);
    rnn_tracks_free(&f.ctx, NULL, 1);
    *recipe(&f) = r;
    drop(&f);
}

/* ---- the edges ---- */

static double constant(size_t s, size_t t) {
    (void)s;
    (void)t;
    return 5;
}
static double huge(size_t s, size_t t) { return 1e300 * (1 + 0.1 * gauss(s, t)); }
static double tiny(size_t s, size_t t) { return 1e-300 * (1 + 0.1 * gauss(s, t)); }

static void test_edges(void **state) {
    (void)state;
    static const value_fn values[] = {constant, huge, tiny, walk};
    static const size_t lengths[] = {1, 2, 3, 5, 30};
    for (size_t i = 0; i < COUNT(values) * COUNT(lengths); i++) {
        for (int season = 0; season < 2; season++) {
            size_t length = lengths[i / COUNT(values)];
            fixture f;
            decide(&f, 1 + i % 3, length, values[i % COUNT(values)], season * 12, i % 2 ? 1 : 4);
            rnn_track *t;
            assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &t), RNN_OK);
            for (size_t s = 0; s < f.set.count; s++) {
                assert_true(t[s].unit > 0 && isfinite(t[s].unit) && t[s].size > 0 &&
                            isfinite(t[s].size));
                for (int64_t k = 1; k < 30; k++) {
                    int64_t o = (int64_t)t[s].known - 1;
                    assert_true(isfinite(rnn_track_base(&t[s], &recipe(&f)->base, o, k)));
                }
            }
            rnn_tracks_free(&f.ctx, t, f.set.count);
            drop(&f);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_candidate), cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_mixture_or_not), cmocka_unit_test(test_mixture_is_hardly_worse),
        cmocka_unit_test(test_logarithm),      cmocka_unit_test(test_transform),
        cmocka_unit_test(test_lengths),        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_annual),         cmocka_unit_test(test_past_only),
        cmocka_unit_test(test_fill),           cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
