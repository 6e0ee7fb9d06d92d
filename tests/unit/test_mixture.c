/* test_mixture.c - what a set of series shares: the season that many show and none alone, the prior;
** and paths, looked up by window, against the mixture asked directly. */
#include "forecast_testing.h"

#include "mixture.h"
#include "values_testing.h"

enum { WEEKS = 117, YEAR = 52, STORES = 45 };

/* ---- series of weeks ---- */

/* What the panels have in common, by the week's number since 1970; zero in the mean. */
static double year(size_t week) {
    double v = 0;
    for (size_t k = 1; k <= 3; k++)
        v += 0.12 * sin(6.283185307179586 * (double)(k * (week % YEAR)) / YEAR + (double)k) /
             (double)k;
    return v;
}

static size_t week_number(size_t week) {
    return (size_t)(rnn_civil_seconds(2001, 1, 1) / 86400 / 7) + week;
}

static double stores(size_t s, size_t week) {
    double level = 50 + 900 * chance(7, s), trend = 0.004 * (chance(8, s) - 0.5);
    return level * exp(trend * (double)week + year(week_number(week)) + 0.08 * gauss(s + 20, week));
}
static double noise(size_t s, size_t week) {
    return (50 + 900 * chance(7, s)) * exp(0.08 * gauss(s + 20, week));
}
static double trend(size_t s, size_t week) {
    return (50 + 900 * chance(7, s)) * exp(0.01 * (double)week + 0.08 * gauss(s + 20, week));
}
static double negative(size_t s, size_t week) { return -stores(s, week); }

/* Series s begins `late` x (s % 20) weeks after the first. */
static void weekly(fixture *f, size_t series, size_t late, value_fn value) {
    rnn_table *t = NULL;
    char buf[16];
    memset(f, 0, sizeof *f);
    f->options = small_options();
    f->options.horizon = 26;
    assert_int_equal(rnn_table_create(&f->ctx, 3, &t), RNN_OK);
    for (size_t s = 0; s < series; s++) {
        for (size_t w = late * (s % 20); w < WEEKS; w++) {
            rnn_value row[3] = {int_cell((int64_t)s), text_cell(day_text(7 * w, buf)),
                                real_cell(value(s, w))};
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    learn_rows(f, t);
}

/* The mixture as the baseline, learned from all that is known. */
static void mix(fixture *f) {
    rnn_recipe *r = &f->model->forecast.recipe;
    size_t ends[512];
    rnn_track *tracks;
    memset(r, 0, sizeof *r);
    r->mixture = r->careful = 1;
    r->scale_lag = 1;
    r->scale_floor = r->shrink = 1;
    r->base.season = r->base.level = rnn_mixture_season(&f->model->forecast);
    assert_true(f->set.count <= COUNT(ends));
    for (size_t s = 0; s < f->set.count; s++) ends[s] = f->set.series[s].known;
    assert_int_equal(rnn_tracks_create(&f->ctx, &f->set, f->model, ends, &tracks), RNN_OK);
    assert_int_equal(rnn_mixture_learn(&f->ctx, &f->set, ends, tracks, f->model), RNN_OK);
    rnn_tracks_free(&f->ctx, tracks, f->set.count);
}

static const rnn_smoothing *shared(const fixture *f) {
    return &f->model->forecast.recipe.smoothing;
}

/* The common year is found to a few percent, at the right weeks, whenever the series begin. */
static void test_profile(void **state) {
    (void)state;
    for (size_t late = 0; late <= 2; late++) {
        fixture f;
        weekly(&f, STORES, late, stores);
        mix(&f);
        assert_int_equal(f.model->forecast.recipe.base.season, YEAR);
        assert_int_equal(shared(&f)->profile_length, YEAR);
        double mean = 0, off = 0, size = 0;
        for (size_t p = 0; p < YEAR; p++) {
            mean += shared(&f)->profile[p] / YEAR;
            off += fabs(shared(&f)->profile[p] - year(p)) / YEAR;
            size += fabs(year(p)) / YEAR;
        }
        assert_near(mean, 0, 1e-9);
        if (off > 0.2 * size) fail_msg("late %zu: off by %g of %g", late, off, size);
        /* And it is where the weight is, for each series at its own phase. */
        double seasonal = 0;
        for (size_t j = 4 * RNN_SMOOTHING_TRENDS; j < RNN_SMOOTHING_COUNT; j++)
            seasonal += shared(&f)->weight[j];
        assert_true(seasonal > 0.25); /* of three adjustments */
        drop(&f);
    }
}

static void expect_none(size_t series, size_t late, value_fn value) {
    fixture f;
    weekly(&f, series, late, value);
    mix(&f);
    assert_int_equal(shared(&f)->profile_length, 0);
    drop(&f);
}

static void test_no_profile(void **state) {
    (void)state;
    expect_none(STORES, 0, noise);
    expect_none(STORES, 0, trend);
    expect_none(STORES, 1, trend);
    expect_none(4, 0, stores);
    expect_none(STORES, 0, negative);
    expect_none(STORES, 3, noise);
    /* Integer times have no season of their own. */
    fixture f = {0};
    f.options = small_options();
    f.options.horizon = 26;
    learn_rows(&f, rows_of(&f.ctx, STORES, WEEKS, stores));
    mix(&f);
    assert_int_equal(shared(&f)->profile_length, 0);
    drop(&f);
}

/* Forecasts of the second year's end: the shared year is worth having. */
static void test_profile_helps(void **state) {
    (void)state;
    fixture f;
    double change[STORES], error[2];
    rnn_window trials[STORES];
    weekly(&f, STORES, 0, stores);
    mix(&f);
    for (size_t s = 0; s < STORES; s++) {
        change[s] = f.set.series[s].target[0];
        trials[s] = (rnn_window){s, WEEKS - 27};
    }
    for (size_t i = 0; i < 2; i++) {
        rnn_track *tracks;
        if (i) f.model->forecast.recipe.smoothing.profile_length = 0;
        assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &tracks), RNN_OK);
        assert_int_equal(
            rnn_mixture_error(&f.ctx, &f.set, tracks, f.model, trials, STORES, change, &error[i]),
            RNN_OK);
        rnn_tracks_free(&f.ctx, tracks, STORES);
    }
    if (error[0] > 0.8 * error[1]) fail_msg("%g with, %g without", error[0], error[1]);
    drop(&f);
}

/* ---- the prior ---- */

static void copy_figures(void *arg, size_t origin, const rnn_smoothing_origin *at,
                         const double *base, const double *spread) {
    (void)origin;
    (void)base;
    (void)spread;
    memcpy(arg, at, sizeof *at);
}

static double monthly(size_t s, size_t t) {
    return 300 + 40 * sin(0.5235987756 * (double)t + (double)s) + 8 * gauss(s, t);
}

static void test_prior(void **state) {
    (void)state;
    fixture f;
    memset(&f, 0, sizeof f);
    f.options = small_options();
    f.options.horizon = 6;
    double season = 12;
    set_seasons(&f.options, 1, &season);
    learn_rows(&f, rows_of(&f.ctx, 3, 70, monthly));
    f.model->forecast.seasons = 1;
    f.model->forecast.season[0] = 12;
    mix(&f);
    double sum[RNN_SMOOTHING_COUNT] = {0}, trust[RNN_SMOOTHING_COUNT] = {0},
           weight[RNN_SMOOTHING_COUNT] = {0};
    rnn_smoothing none = {0};
    for (size_t s = 0; s < 3; s++) {
        rnn_smoothing_origin at;
        rnn_smoothing_series series = {f.set.series[s].target, 70, 0, 12, 0};
        assert_int_equal(rnn_smoothing_run(&f.ctx, &none, &series, 6, 1, 69, 69, copy_figures, &at),
                         RNN_OK);
        for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
            double c = at.seen[j / RNN_SMOOTHING_TRENDS];
            weight[j] += at.weight[j] / 3;
            if (isnan(at.relative[j])) continue;
            sum[j] += c / (c + 6) * at.relative[j];
            trust[j] += c / (c + 6);
        }
    }
    for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
        assert_near(shared(&f)->prior[j], sum[j] / (10 + trust[j]), 1e-12);
        assert_near(shared(&f)->weight[j], weight[j], 1e-12);
    }
    drop(&f);
}

/* ---- paths ---- */

static double late_start(size_t s, size_t t) {
    return s == 1 && t < 9 ? NAN : t % 17 == 13 ? NAN : monthly(s, t);
}

enum { PATH_SERIES = 3, PATH_LENGTH = 149, AHEAD = 8, CONTEXT = 20 };

static void path_fixture(fixture *f, int log) {
    memset(f, 0, sizeof *f);
    f->options = small_options();
    f->options.horizon = AHEAD;
    double season = 12;
    set_seasons(&f->options, 1, &season);
    learn_rows(f, rows_of(&f->ctx, PATH_SERIES, PATH_LENGTH, late_start));
    f->model->forecast.seasons = 1;
    f->model->forecast.season[0] = 12;
    mix(f);
    f->model->forecast.recipe.log = log;
    f->model->forecast.recipe.log_floor = log ? 1 : 0;
}

typedef struct one_path {
    double base[AHEAD], spread[AHEAD];
    rnn_smoothing_origin at;
} one_path;

static void copy_path(void *arg, size_t origin, const rnn_smoothing_origin *at, const double *base,
                      const double *spread) {
    one_path *p = arg;
    (void)origin;
    p->at = *at;
    memcpy(p->base, base, sizeof p->base);
    memcpy(p->spread, spread, sizeof p->spread);
}

/* The mixture asked for one origin. */
static one_path ask(fixture *f, const rnn_track *tracks, rnn_window at) {
    double z[PATH_LENGTH];
    one_path p;
    const rnn_track *t = &tracks[at.series];
    rnn_smoothing_series s =
        rnn_paths_series(f->model, &f->set.series[at.series], t, (size_t)at.origin + 1);
    for (size_t i = 0; i < s.n; i++) z[i] = f->model->forecast.recipe.log ? exp(t->z[i]) : t->z[i];
    s.z = z;
    assert_int_equal(rnn_smoothing_run(&f->ctx, shared(f), &s, AHEAD, AHEAD, (size_t)at.origin,
                                       (size_t)at.origin, copy_path, &p),
                     RNN_OK);
    return p;
}

static void expect_paths(fixture *f, const rnn_paths *p, const rnn_track *tracks,
                         const rnn_window *list, size_t n) {
    int logs = f->model->forecast.recipe.log;
    for (size_t i = 0; i < n; i++) {
        one_path want = ask(f, tracks, list[i]);
        rnn_path got = rnn_paths_find(p, list[i]);
        for (size_t k = 0; k < AHEAD; k++) {
            assert_near(got.base[k], logs ? log(want.base[k]) : want.base[k], 1e-12);
            assert_near(got.spread[k], logs ? want.spread[k] / want.base[k] : want.spread[k],
                        1e-12);
        }
        assert_near(got.unit, logs ? want.at.unit / want.base[0] : want.at.unit, 1e-12);
        assert_near(got.seasonal, want.at.seasonal, 1e-12);
        assert_near(got.trending, want.at.trending, 1e-12);
        /* Misses of the positions with and before it. */
        for (int64_t q = list[i].origin; q > list[i].origin - CONTEXT; q--) {
            if (q - 1 < (int64_t)tracks[list[i].series].first) break;
            one_path before = ask(f, tracks, (rnn_window){list[i].series, q - 1});
            double base = logs ? log(before.base[0]) : before.base[0];
            assert_near(rnn_paths_miss(p, list[i].series, q), tracks[list[i].series].z[q] - base,
                        1e-10);
        }
    }
}

/* Any order, windows twice, one alone, all of them; memory is used again. */
static void test_paths(void **state) {
    (void)state;
    for (int log = 0; log <= 1; log++) {
        fixture f;
        rnn_paths *p;
        rnn_track *tracks;
        rnn_window list[40];
        path_fixture(&f, log);
        assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &tracks), RNN_OK);
        assert_int_equal(tracks[1].first, 9);
        assert_int_equal(rnn_paths_create(&f.ctx, f.model, AHEAD, &p), RNN_OK);
        for (size_t round = 0; round < 4; round++) {
            size_t n = (size_t[]){40, 1, 7, 40}[round];
            for (size_t i = 0; i < n; i++) {
                size_t s = (i * 7 + round) % PATH_SERIES, from = tracks[s].first;
                if (round == 2) s = 2;              /* nothing of the others */
                size_t at = i % 5 == 4 ? i - 1 : i; /* some twice */
                list[i] = (rnn_window){
                    s, (int64_t)(from + (at * 53 + 11 * round) % (PATH_LENGTH - from))};
            }
            assert_int_equal(rnn_paths_compute(p, f.model, &f.set, tracks, list, n, CONTEXT),
                             RNN_OK);
            expect_paths(&f, p, tracks, list, n);
        }
        assert_true(rnn_paths_miss(p, 0, -1) == 0 && rnn_paths_miss(p, 0, 100000) == 0);
        assert_int_equal(rnn_paths_compute(p, f.model, &f.set, tracks, list, 0, CONTEXT), RNN_OK);
        assert_true(rnn_paths_miss(p, 0, 50) == 0);
        rnn_paths_free(&f.ctx, p);
        rnn_paths_free(&f.ctx, NULL);
        rnn_tracks_free(&f.ctx, tracks, f.set.count);
        drop(&f);
    }
}

/* One after the other, as they stand in the series. */
static void test_all_windows(void **state) {
    (void)state;
    fixture f;
    rnn_paths *p;
    rnn_track *tracks;
    rnn_window list[PATH_SERIES * PATH_LENGTH];
    size_t n = 0;
    path_fixture(&f, 0);
    assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &tracks), RNN_OK);
    for (size_t s = 0; s < PATH_SERIES; s++)
        for (size_t o = tracks[s].first; o < tracks[s].known; o++)
            list[n++] = (rnn_window){s, (int64_t)o};
    assert_int_equal(rnn_paths_create(&f.ctx, f.model, AHEAD, &p), RNN_OK);
    assert_int_equal(rnn_paths_compute(p, f.model, &f.set, tracks, list, n, CONTEXT), RNN_OK);
    for (size_t i = 0; i < n; i += 41) expect_paths(&f, p, tracks, &list[i], 1);
    rnn_paths_free(&f.ctx, p);
    rnn_tracks_free(&f.ctx, tracks, f.set.count);
    drop(&f);
}

static void test_seasons(void **state) {
    (void)state;
    fixture f;
    path_fixture(&f, 0);
    rnn_series s = {0};
    assert_int_equal(rnn_paths_season(f.model, &s), 12);
    assert_int_equal(rnn_paths_long_season(f.model, &s), 0);
    s.season = 7; /* of its own */
    s.long_season = 364;
    assert_int_equal(rnn_paths_season(f.model, &s), 7);
    assert_int_equal(rnn_paths_long_season(f.model, &s), 364);
    s.season = 65; /* longer than any that is adjusted */
    assert_int_equal(rnn_paths_season(f.model, &s), 1);
    s = (rnn_series){0};
    f.model->forecast.seasons = 2;
    f.model->forecast.season[1] = 31; /* whole cycles of the mixture's */
    assert_int_equal(rnn_paths_long_season(f.model, &s), 24);
    drop(&f);
}

/* The N-th allocation fails and all from it on: an error, nothing is left. */
static void test_failing_allocations(void **state) {
    (void)state;
    fixture f;
    rnn_track *tracks;
    rnn_window list[12];
    path_fixture(&f, 1);
    assert_int_equal(rnn_tracks_create(&f.ctx, &f.set, f.model, NULL, &tracks), RNN_OK);
    for (size_t i = 0; i < 12; i++) list[i] = (rnn_window){i % 3, (int64_t)(148 - 7 * i)};
    int done = 0;
    for (uint64_t n = 1; !done; n++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_paths *p = NULL;
        host.fail_at = n;
        rnn_status status = rnn_paths_create(&ctx, f.model, AHEAD, &p);
        if (status == RNN_OK)
            status = rnn_paths_compute(p, f.model, &f.set, tracks, list, 4, CONTEXT);
        if (status == RNN_OK) /* more than there is room for */
            status = rnn_paths_compute(p, f.model, &f.set, tracks, list, 12, CONTEXT);
        done = status == RNN_OK;
        if (!done) assert_int_equal(status, RNN_NOMEM);
        rnn_paths_free(&ctx, p);
        testing_no_leak(&ctx, &host);
        assert_true(n < 100);
    }
    rnn_tracks_free(&f.ctx, tracks, f.set.count);
    drop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profile),       cmocka_unit_test(test_no_profile),
        cmocka_unit_test(test_profile_helps), cmocka_unit_test(test_prior),
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_all_windows),
        cmocka_unit_test(test_seasons),       cmocka_unit_test(test_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
