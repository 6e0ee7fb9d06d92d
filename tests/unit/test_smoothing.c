/* test_smoothing.c - the mixture's forecasters against plain ones written here, its weights, and what
** its forecasts may depend on. */
#include "forecast_testing.h"

#include "smoothing.h"

enum { LONGEST = 1200, MOST_STEPS = 24, TRENDS = RNN_SMOOTHING_TRENDS };
/* Forecasters: adjustment, gain (0.1, 0.3, 1), trend. */
enum { PLAIN, LOGARITHM, ADDITIVE, MULTIPLICATIVE, SHARED };
enum { SIMPLE, DAMPED, THETA, LINE };
static const double gains[3] = {0.1, 0.3, 1};

static size_t forecaster(size_t adjustment, size_t gain, size_t trend) {
    return adjustment * TRENDS + gain * 4 + trend;
}

/* A run of the mixture and what it gave at its origins. */
typedef struct run {
    double z[LONGEST];
    rnn_smoothing shared;
    rnn_smoothing_series series;
    size_t horizon, steps, visits, next;
    double base[LONGEST][MOST_STEPS], spread[LONGEST][MOST_STEPS];
    rnn_smoothing_origin at[LONGEST];
} run;

static void keep(void *arg, size_t origin, const rnn_smoothing_origin *at, const double *base,
                 const double *spread) {
    run *r = arg;
    assert_int_equal(origin, r->next++); /* in order, once each */
    r->visits++;
    r->at[origin] = *at;
    memcpy(r->base[origin], base, r->steps * sizeof *base);
    memcpy(r->spread[origin], spread, r->steps * sizeof *spread);
}

static void walk_from(run *r, size_t first, size_t last) {
    rnn_context ctx = {0};
    r->visits = 0;
    r->next = first;
    if (!r->steps) r->steps = r->horizon;
    if (rnn_smoothing_run(&ctx, &r->shared, &r->series, r->horizon, r->steps, first, last, keep,
                          r) != RNN_OK)
        fail_msg("%s", ctx.message);
    assert_int_equal(r->visits, last - first + 1);
    assert_int_equal(ctx.memory_used, 0);
}

static run *run_of(value_fn value, size_t n, size_t season, size_t horizon) {
    run *r = test_calloc(1, sizeof *r);
    for (size_t t = 0; t < n; t++) r->z[t] = value(0, t);
    r->series = (rnn_smoothing_series){r->z, n, 0, season, 0};
    r->horizon = horizon;
    return r;
}

static run *walk(value_fn value, size_t n, size_t season, size_t horizon) {
    run *r = run_of(value, n, season, horizon);
    walk_from(r, 0, n - 1);
    return r;
}

/* ---- series ---- */

static double wobble(size_t s, size_t t) { return 2 * chance(s + 5, t) - 1; }
static double level(size_t s, size_t t) { return 100 + 5 * wobble(s, t); }
static double rising(size_t s, size_t t) { return 50 + 2 * (double)t + 5 * wobble(s, t); }
static double quarterly(size_t s, size_t t) {
    static const double season[4] = {20, -10, 5, -15};
    return 200 + (double)t + season[t % 4] + 3 * wobble(s, t);
}
static double growing(size_t s, size_t t) {
    static const double season[4] = {1.2, 0.9, 1.05, 0.85};
    return 100 * exp(0.02 * (double)t) * season[t % 4] * (1 + 0.02 * wobble(s, t));
}
static double monthly(size_t s, size_t t) {
    return 300 + 0.5 * (double)t + 40 * sin(6.283185307179586 * (double)t / 12) + 8 * gauss(s, t);
}
static double crossing(size_t s, size_t t) { return monthly(s, t) - 320; }
static double constant(size_t s, size_t t) {
    (void)s;
    (void)t;
    return 7;
}

/* ---- one forecaster, written plainly ---- */

/* Season of the first two cycles, then as it changes; v [n] the values without it, as the trends saw
** them last. */
static void plain_season(const double *z, size_t n, size_t m, double *s, double *v) {
    double first = 0, second = 0, mean = 0, l, b = 0;
    assert_true(m > 0 && n >= 2 * m);
    for (size_t i = 0; i < m; i++) {
        first += z[i] / (double)m;
        second += z[m + i] / (double)m;
    }
    double slope = (second - first) / (double)m;
    for (size_t i = 0; i < m; i++) {
        double off = slope * ((double)i - ((double)m - 1) / 2);
        s[i] = ((z[i] - first - off) + (z[m + i] - second - off)) / 2;
        mean += s[i] / (double)m;
    }
    for (size_t i = 0; i < m; i++) s[i] -= mean;
    for (size_t t = 0; t < 2 * m; t++) v[t] = z[t] - s[t % m];
    l = second;
    for (size_t t = m; t < n; t++) {
        size_t cycle = t / m + 1;
        double gain = cycle < 10 ? 1 / (double)cycle : 0.1;
        double e = z[t] - s[t % m] - l - b;
        l += b + 0.3 * e;
        b = 0.9 * b + 0.03 * e;
        if (t < 2 * m) continue; /* only level and trend learn from these */
        s[t % m] += gain * (z[t] - l - s[t % m]);
        v[t] = z[t] - s[t % m];
    }
}

/* Forecasts of steps 1 ... h of adjusted values, without the season. */
static void plain_trend(const double *v, size_t n, double gain, size_t trend, size_t h, int logs,
                        double *out) {
    double l = v[0], b = 0, mx = 0, my = 0, xx = 0, xy = 0, usual = 0;
    int cut = 0;
    for (size_t t = 0; t < n; t++) {
        double count = (double)t + 1, a = gain > 1 / count ? gain : 1 / count;
        double beta = 0.1 > 1 / (count + 1) ? 0.1 : 1 / (count + 1);
        double phi = trend == DAMPED ? 0.9 : 0, e = t ? v[t] - l - phi * b : 0;
        /* Beyond four times the usual, if it is the first on that side. */
        int side = t >= 4 && fabs(e) > 4 * usual ? (e > 0 ? 1 : -1) : 0;
        if (side && side != cut) e = 4 * usual * side;
        cut = side;
        usual += (t < 10 ? 1 / count : 0.1) * (fabs(e) - usual);
        l += phi * b + a * e;
        b = phi * b + (trend == DAMPED ? a * beta * e : 0);
        if (logs && t < 5) b = 0;
    }
    for (size_t t = 0; t < n; t++) {
        mx += (double)t / (double)n;
        my += v[t] / (double)n;
    }
    for (size_t t = 0; t < n; t++) {
        xx += ((double)t - mx) * ((double)t - mx);
        xy += ((double)t - mx) * (v[t] - my);
    }
    double slope = n > (logs ? 4u : 2u) ? xy / xx : 0, sum = 0, power = 1;
    double behind = fmin((1 - gain) / gain, (double)(n - 1) / 2);
    for (size_t k = 1; k <= h; k++) {
        power *= 0.9;
        sum += power;
        out[k - 1] = l + (trend == DAMPED  ? sum * b
                          : trend == THETA ? slope * ((double)k + behind) / 2
                          : trend == LINE  ? slope * ((double)k + behind)
                                           : 0);
    }
}

static void plain_forecast(const double *z, size_t n, size_t m, size_t adjustment, double gain,
                           size_t trend, size_t h, double *out) {
    double y[64], v[64] = {0}, s[64] = {0};
    int logs = adjustment == LOGARITHM || adjustment == MULTIPLICATIVE;
    for (size_t t = 0; t < n; t++) v[t] = y[t] = logs ? log(z[t]) : z[t];
    if (adjustment >= ADDITIVE) plain_season(y, n, m, s, v);
    plain_trend(v, n, gain, trend, h, logs, out);
    for (size_t k = 1; k <= h; k++) {
        if (adjustment >= ADDITIVE) out[k - 1] += s[(n - 1 + k) % m];
        if (logs) out[k - 1] = exp(out[k - 1]);
    }
}

/* All weight on one forecaster: its forecasts are the mixture's. */
static void expect_plain(value_fn value, size_t n, size_t m, size_t adjustment) {
    for (size_t i = 0; i < TRENDS; i++) {
        run *r = run_of(value, n, m, 6);
        double want[6];
        size_t only = adjustment * TRENDS + i;
        r->shared.prior[only] = -1e9;
        size_t first = adjustment >= ADDITIVE ? 2 * m - 1 : 0;
        walk_from(r, first, n - 1);
        for (size_t o = first; o < n; o++) {
            assert_true(r->at[o].weight[only] == 1);
            plain_forecast(r->z, o + 1, m, adjustment, gains[i / 4], i % 4, 6, want);
            for (size_t k = 0; k < 6; k++) {
                if (fabs(r->base[o][k] - want[k]) > 1e-9 * fabs(want[k]))
                    fail_msg("%s, gain %g, origin %zu, step %zu: %.12g, not %.12g",
                             rnn_smoothing_name(adjustment * 4 + i % 4), gains[i / 4], o, k + 1,
                             r->base[o][k], want[k]);
                assert_true(r->spread[o][k] == 0);
            }
        }
        test_free(r);
    }
}

static void test_forecasters(void **state) {
    (void)state;
    expect_plain(level, 40, 1, PLAIN);
    expect_plain(rising, 40, 1, PLAIN);
    expect_plain(growing, 40, 4, LOGARITHM);
    expect_plain(quarterly, 48, 4, ADDITIVE);
    expect_plain(growing, 48, 4, MULTIPLICATIVE);
}

/* A profile of the model that the values follow: of whatever strength, the forecasts do too. */
static void test_shared(void **state) {
    (void)state;
    static const double profile[4] = {0.3, -0.1, -0.05, -0.15};
    run *r = run_of(constant, 40, 1, 8);
    r->shared.profile_length = 4;
    memcpy(r->shared.profile, profile, sizeof profile);
    for (size_t j = 0; j < TRENDS; j++) r->shared.prior[SHARED * TRENDS + j] = -1e9;
    r->series.phase = 3;
    for (size_t t = 0; t < 40; t++) r->z[t] = 50 * exp(profile[(t + 3) % 4]);
    walk_from(r, 0, 39);
    for (size_t o = 0; o < 40; o++)
        for (size_t k = 0; k < 8; k++)
            assert_near(r->base[o][k], 50 * exp(profile[(o + 1 + k + 3) % 4]), 1e-9);
    assert_near(r->at[0].seasonal, 1, 1e-12);
    /* Twice as strong: from the first value on once, in the end nearly twice. */
    for (size_t t = 0; t < 40; t++) r->z[t] = 50 * exp(2 * profile[(t + 3) % 4]);
    walk_from(r, 0, 39);
    for (size_t k = 0; k < 8; k++) {
        double b = log(r->base[39][k] / 50) / profile[(40 + k + 3) % 4];
        assert_true(b > 1.4 && b < 2.1);
    }
    test_free(r);
}

/* ---- weights ---- */

static void test_weights(void **state) {
    (void)state;
    static const value_fn values[] = {level, quarterly, monthly, crossing, constant};
    for (size_t i = 0; i < COUNT(values); i++) {
        run *r = walk(values[i], 150, 12, 12);
        for (size_t o = 0; o < 150; o++) {
            const rnn_smoothing_origin *at = &r->at[o];
            double total = 0, season = 0, trend = 0, kind[RNN_SMOOTHING_KINDS], kinds = 0;
            for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
                assert_true(at->weight[j] >= 0 && at->weight[j] <= 1);
                total += at->weight[j];
                if (j / TRENDS >= ADDITIVE) season += at->weight[j];
                if (j % 4 != SIMPLE) trend += at->weight[j];
            }
            assert_near(total, 1, 1e-12);
            assert_near(at->seasonal, season, 1e-12);
            assert_near(at->trending, trend, 1e-12);
            if (o < 23) assert_true(at->seasonal == 0);
            assert_true(at->unit >= 0 && isfinite(at->unit));
            for (size_t k = 0; k < 12; k++)
                assert_true(isfinite(r->base[o][k]) && r->spread[o][k] >= 0);
            rnn_smoothing_kinds(at->weight, kind);
            for (size_t k = 0; k < RNN_SMOOTHING_KINDS; k++) kinds += kind[k];
            assert_near(kinds, 1, 1e-12);
        }
        if (values[i] == monthly) assert_true(r->at[149].seasonal > 0.9);
        if (values[i] == crossing) { /* no logarithms of what is not positive */
            for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
                size_t a = j / TRENDS;
                if (a == LOGARITHM || a >= MULTIPLICATIVE) assert_true(r->at[149].weight[j] == 0);
            }
            assert_true(r->at[149].seasonal > 0.9);
        }
        test_free(r);
    }
}

/* A prior decides where nothing is known, what was missed where much is. */
static void test_prior(void **state) {
    (void)state;
    size_t bad = forecaster(PLAIN, 2, LINE);
    run *r = run_of(level, 90, 1, 6);
    r->shared.prior[bad] = -1.5;
    walk_from(r, 0, 89);
    assert_true(r->at[2].weight[bad] > 0.99);
    assert_true(r->at[89].weight[bad] < 0.2);
    test_free(r);
}

/* ---- what forecasts may depend on ---- */

static void expect_same(const run *a, size_t at_a, const run *b, size_t at_b, double tolerance) {
    for (size_t k = 0; k < a->steps; k++) {
        assert_near(a->base[at_a][k], b->base[at_b][k], tolerance);
        assert_near(a->spread[at_a][k], b->spread[at_b][k], tolerance);
    }
    assert_near(a->at[at_a].unit, b->at[at_b].unit, tolerance);
    for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++)
        assert_near(a->at[at_a].weight[j], b->at[at_b].weight[j], tolerance);
}

static void test_past_only(void **state) {
    (void)state;
    static const size_t seasons[] = {1, 7, 12, 100};
    for (size_t i = 0; i < COUNT(seasons); i++) {
        run *a = walk(monthly, 300, seasons[i], 12), *b = run_of(monthly, 300, seasons[i], 12);
        for (size_t t = 200; t < 300; t++) b->z[t] = -1e6 * chance(3, t);
        walk_from(b, 0, 299);
        for (size_t o = 0; o < 200; o++) expect_same(a, o, b, o, 0);
        assert_true(b->base[200][0] != a->base[200][0]);
        test_free(a);
        test_free(b);
    }
}

/* A tail of what rnn_smoothing_reach tells gives what the whole series does; where the walk begins and
** whether it is one or many makes no difference. */
static void test_tail(void **state) {
    (void)state;
    static const size_t seasons[] = {1, 4, 12, 24, 52, 365};
    for (size_t i = 0; i < COUNT(seasons); i++) {
        size_t n = seasons[i] == 52 ? 1100 : 500, reach = rnn_smoothing_reach(seasons[i]);
        run *whole = walk(monthly, n, seasons[i], 6), *part = run_of(monthly, n, seasons[i], 6);
        for (size_t last = n - 60; last < n; last += 13) {
            size_t tail = reach + last % 5, before = last + 1 - tail;
            assert_true(tail <= last + 1);
            part->series = (rnn_smoothing_series){whole->z + before, tail, before, seasons[i], 0};
            walk_from(part, tail - 1, tail - 1);
            expect_same(whole, last, part, tail - 1, 0);
            part->series = whole->series;
            walk_from(part, last, n - 1);
            expect_same(whole, last, part, last, 0);
            expect_same(whole, n - 1, part, n - 1, 0);
        }
        test_free(whole);
        test_free(part);
    }
}

/* The profile's phase goes on behind what was dropped. */
static void test_tail_of_profile(void **state) {
    (void)state;
    run *whole = run_of(monthly, 400, 1, 6), *part = run_of(monthly, 400, 1, 6);
    whole->shared.profile_length = part->shared.profile_length = 12;
    for (size_t i = 0; i < 12; i++)
        whole->shared.profile[i] = part->shared.profile[i] = 0.1 * sin((double)i * 0.5235987756);
    whole->series.phase = 5;
    walk_from(whole, 0, 399);
    size_t tail = rnn_smoothing_reach(1), before = 400 - tail;
    part->series = (rnn_smoothing_series){whole->z + before, tail, before, 1, (5 + before) % 12};
    walk_from(part, tail - 1, tail - 1);
    expect_same(whole, 399, part, tail - 1, 0);
    assert_true(whole->at[399].seasonal > 0.5);
    test_free(whole);
    test_free(part);
}

/* Fewer steps than the horizon: the same first ones. */
static void test_fewer_steps(void **state) {
    (void)state;
    run *all = walk(monthly, 120, 12, 18), *few = run_of(monthly, 120, 12, 18);
    few->steps = 3;
    walk_from(few, 0, 119);
    for (size_t o = 0; o < 120; o++) expect_same(few, o, all, o, 0);
    test_free(all);
    test_free(few);
}

static void expect_scaled(value_fn value, double by) {
    run *one = walk(value, 130, 12, 12), *other = run_of(value, 130, 12, 12);
    for (size_t t = 0; t < 130; t++) other->z[t] *= by;
    walk_from(other, 0, 129);
    for (size_t o = 0; o < 130; o++) {
        for (size_t k = 0; k < 12; k++) {
            assert_near(other->base[o][k] / by, one->base[o][k], 1e-6);
            assert_near(other->spread[o][k] / by, one->spread[o][k], 1e-6);
        }
        assert_near(other->at[o].unit / by, one->at[o].unit, 1e-6);
    }
    test_free(one);
    test_free(other);
}

static void test_scale(void **state) {
    (void)state;
    expect_scaled(monthly, 1e6);
    expect_scaled(monthly, 1e-6);
    expect_scaled(crossing, 1e6);
    expect_scaled(crossing, 1e-100);
}

/* ---- the edges ---- */

static void test_constant(void **state) {
    (void)state;
    static const double values[] = {7, 0, -3, 1e300, 1e-300};
    for (size_t i = 0; i < COUNT(values); i++) {
        run *r = run_of(constant, 60, 12, 12);
        for (size_t t = 0; t < 60; t++) r->z[t] = values[i];
        walk_from(r, 0, 59);
        for (size_t o = 0; o < 60; o++) {
            for (size_t k = 0; k < 12; k++) {
                if (!(fabs(r->base[o][k] - values[i]) <= 1e-9 * fabs(values[i])))
                    fail_msg("%g, origin %zu: %g", values[i], o, r->base[o][k]);
                assert_true(r->spread[o][k] <= 1e-9 * fabs(values[i]));
            }
        }
        test_free(r);
    }
}

/* One value is its own forecast; two values and more are finite. */
static void test_short(void **state) {
    (void)state;
    for (size_t n = 1; n < 30; n++) {
        run *r = walk(monthly, n, 12, 12);
        for (size_t k = 0; k < 12; k++) {
            assert_true(isfinite(r->base[n - 1][k]));
            if (n == 1) assert_near(r->base[0][k], r->z[0], 1e-12);
        }
        if (n < 24) assert_true(r->at[n - 1].seasonal == 0);
        if (n >= 24) assert_true(r->at[n - 1].weight[forecaster(ADDITIVE, 0, SIMPLE)] > 0);
        test_free(r);
    }
}

/* Of a season beyond 64 nothing is adjusted, as if there were none. */
static void test_long_season(void **state) {
    (void)state;
    run *none = walk(monthly, 400, 1, 6), *one = walk(monthly, 400, RNN_SMOOTHING_SEASON + 1, 6);
    for (size_t o = 0; o < 400; o++) {
        expect_same(none, o, one, o, 0);
        assert_true(one->at[o].seasonal == 0);
    }
    assert_int_equal(rnn_smoothing_reach(65), rnn_smoothing_reach(1));
    test_free(none);
    test_free(one);
}

/* What was never below zero is not forecast below it. */
static double falling(size_t s, size_t t) {
    return t < 30 ? 100 - 3.3 * (double)t + wobble(s, t) : 0;
}

static void test_not_below_zero(void **state) {
    (void)state;
    run *r = walk(falling, 40, 4, 24);
    for (size_t o = 0; o < 40; o++)
        for (size_t k = 0; k < 24; k++) assert_true(r->base[o][k] >= 0);
    test_free(r);
    r = run_of(falling, 40, 4, 24);
    for (size_t t = 0; t < 40; t++) r->z[t] -= 90;
    walk_from(r, 0, 39);
    assert_true(r->base[29][0] < -50);
    test_free(r);
}

/* One wild value moves the forecasts after it by little, a new level is followed. */
static void test_wild_and_level(void **state) {
    (void)state;
    run *clean = walk(level, 120, 1, 6), *wild = run_of(level, 120, 1, 6);
    wild->z[80] = 1000;
    walk_from(wild, 0, 119);
    for (size_t k = 0; k < 6; k++) {
        assert_near(wild->base[119][k], clean->base[119][k], 0.02);
        assert_true(fabs(wild->base[81][k] - clean->base[81][k]) < 15); /* one value of 900 more */
    }
    for (size_t t = 80; t < 120; t++) wild->z[t] = clean->z[t] + 60;
    walk_from(wild, 0, 119);
    for (size_t k = 0; k < 6; k++)
        assert_true(fabs(wild->base[92][k] - clean->base[92][k] - 60) < 12);
    test_free(clean);
    test_free(wild);
}

static void test_names(void **state) {
    (void)state;
    for (size_t i = 0; i < RNN_SMOOTHING_KINDS; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rnn_smoothing_name(i), rnn_smoothing_name(k));
    assert_string_equal(rnn_smoothing_name(ADDITIVE * 4 + DAMPED), "additive season, damped trend");
}

/* ---- memory, interrupts ---- */

static int stop(void *arg) {
    (void)arg;
    return 1;
}

static void ignore(void *arg, size_t origin, const rnn_smoothing_origin *at, const double *base,
                   const double *spread) {
    (void)arg;
    (void)origin;
    (void)at;
    (void)base;
    (void)spread;
}

static void test_interrupt(void **state) {
    (void)state;
    run *r = run_of(monthly, 1000, 12, 6);
    rnn_context ctx = {.check = stop};
    assert_int_equal(rnn_smoothing_run(&ctx, &r->shared, &r->series, 6, 6, 0, 999, ignore, NULL),
                     RNN_INTERRUPT);
    assert_int_equal(ctx.memory_used, 0);
    test_free(r);
}

static void test_memory(void **state) {
    (void)state;
    run *r = run_of(monthly, 50, 12, 6);
    int done = 0;
    for (uint64_t limit = 1; !done; limit = limit * 3 / 2 + 1) {
        rnn_context ctx = {.memory_limit = limit};
        rnn_status status =
            rnn_smoothing_run(&ctx, &r->shared, &r->series, 6, 6, 0, 49, ignore, NULL);
        done = status == RNN_OK;
        assert_true(done || status == RNN_LIMIT);
        assert_int_equal(ctx.memory_used, 0);
    }
    test_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forecasters),     cmocka_unit_test(test_shared),
        cmocka_unit_test(test_weights),         cmocka_unit_test(test_prior),
        cmocka_unit_test(test_past_only),       cmocka_unit_test(test_tail),
        cmocka_unit_test(test_tail_of_profile), cmocka_unit_test(test_fewer_steps),
        cmocka_unit_test(test_scale),           cmocka_unit_test(test_constant),
        cmocka_unit_test(test_short),           cmocka_unit_test(test_long_season),
        cmocka_unit_test(test_not_below_zero),  cmocka_unit_test(test_wild_and_level),
        cmocka_unit_test(test_names),           cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
