/* test_season.c - seasons: found where they are, nowhere else; all data is generated. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "season.h"

#define TURN 6.283185307179586
enum { MOST = 60000 };

static double values[MOST];

/* A small generator, the same on every platform. */
static uint32_t noise_state = 1;
static double noise(void) { /* mean 0, deviation 1, near normal */
    double sum = 0.0;
    for (int i = 0; i < 12; i++) {
        noise_state = noise_state * 1664525u + 1013904223u;
        sum += (double)(noise_state >> 8) / 16777216.0;
    }
    return sum - 6.0;
}

typedef struct found {
    size_t season[RNN_MAX_SEASONS], count;
    double strength[RNN_MAX_SEASONS];
} found;

static found detect_many(const double *const *v, const size_t *length, size_t series,
                         const char *step) {
    rnn_context ctx = {0};
    rnn_season_input in = {v, length, series};
    rnn_time_style style = {0};
    rnn_frequency f;
    found r = {{0}, 0, {0.0}};
    style.kind = strcmp(step, "1") == 0 ? RNN_TIME_INTEGER : RNN_TIME_STAMP;
    assert_int_equal(rnn_frequency_parse(&ctx, step, strlen(step), &style, &f), RNN_OK);
    assert_int_equal(rnn_season_detect(&ctx, &in, &f, 0, r.season, r.strength, &r.count), RNN_OK);
    assert_true(ctx.memory_used == 0);
    for (size_t i = 0; i < r.count; i++) {
        assert_true(r.strength[i] >= 0.0 && r.strength[i] <= 1.0);
    }
    return r;
}

static found detect(size_t n, const char *step) {
    const double *v = values;
    return detect_many(&v, &n, 1, step);
}

static void assert_found(size_t n, const char *step, size_t count, size_t a, size_t b) {
    found r = detect(n, step);
    assert_int_equal(r.count, count);
    if (count > 0) {
        assert_int_equal(r.season[0], a);
    }
    if (count > 1) {
        assert_int_equal(r.season[1], b);
    }
}

static double wave(size_t i, double cycle) { return sin(TURN * (double)i / cycle); }

static void autocorrelation_is_as_defined(void **state) {
    static const double v[] = {1, -1, 1, -1, NAN, -1, 1, -1};
    (void)state;
    assert_true(isnan(rnn_autocorrelation(v, 8, 6)));
    assert_true(isnan(rnn_autocorrelation(v, 0, 0)));
    for (size_t i = 0; i < 100; i++) {
        values[i] = 1e6 + wave(i, 10.0);
    }
    assert_true(fabs(rnn_autocorrelation(values, 100, 10) - 1.0) < 1e-6);
    assert_true(fabs(rnn_autocorrelation(values, 100, 5) + 1.0) < 1e-6);
    values[7] = NAN;
    assert_true(rnn_autocorrelation(values, 100, 10) > 0.99);
    for (size_t i = 0; i < 100; i++) {
        values[i] = 3.3;
    }
    assert_true(isnan(rnn_autocorrelation(values, 100, 10)));
}

static void a_growing_year_of_months(void **state) {
    (void)state;
    for (size_t i = 0; i < 100; i++) { /* trend and multiplicative season */
        values[i] =
            100.0 * exp(0.01 * (double)i) * (1.0 + 0.2 * wave(i, 12.0) + 0.1 * wave(i, 6.0)) +
            noise();
    }
    assert_found(100, "month", 1, 12, 0);
    assert_found(100, "1", 1, 12, 0);
    assert_found(36, "month", 1, 12, 0);
    for (size_t i = 50; i < 100; i++) { /* a level shift */
        values[i] += 500.0;
    }
    assert_found(100, "month", 1, 12, 0);
}

static void days_have_a_week_and_a_year(void **state) {
    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        values[i] = wave(i, 365.25) + (i % 7 > 4 ? -2.0 : 0.0) + 0.5 * noise();
    }
    assert_found(3000, "day", 2, 7, 364);
    assert_found(3000, "1", 2, 7, 364);
    for (size_t i = 0; i < 3000; i++) {
        values[i] = wave(i, 365.25) + noise();
    }
    assert_found(3000, "day", 1, 365, 0);
}

static void hours_have_a_day_and_a_week(void **state) {
    (void)state;
    for (size_t i = 0; i < 4000; i++) {
        double open = i / 24 % 7 < 5 ? 1.0 : 0.3;
        values[i] = i % 101 == 5 ? NAN : open * exp(wave(i, 24.0)) + 0.2 * noise();
    }
    assert_found(4000, "hour", 2, 24, 168);
    assert_found(4000, "1", 2, 24, 168);
    for (size_t i = 0; i < 4000; i++) { /* a day whose height wanders: no week */
        values[i] = (2.0 + wave(i, 1100.0)) * wave(i, 24.0) + 0.3 * noise();
    }
    assert_found(4000, "hour", 1, 24, 0);
}

static void minutes_have_a_day(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        values[i] = wave(i, 1440.0) + (i / 1440 % 7 < 5 ? 1.0 : 0.0) + noise();
    }
    assert_found(MOST, "minute", 2, 1440, 10080);
    assert_found(4 * 1440, "minute", 1, 1440, 0);
    for (size_t i = 0; i < 9000; i++) {
        values[i] = wave(i, 288.0) + noise();
    }
    assert_found(9000, "5 minutes", 1, 288, 0);
}

static void odd_cycles_are_searched_for(void **state) {
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        values[i] = (i % 10 == 3 ? 5.0 : 0.0) + 0.02 * (double)i + 0.5 * noise();
    }
    assert_found(400, "1", 1, 10, 0);
    for (size_t i = 0; i < 400; i++) { /* none of the seasons of the unit */
        values[i] = (i % 11 == 3 ? 5.0 : 0.0) + 0.5 * noise();
    }
    assert_found(400, "second", 1, 11, 0);
    for (size_t i = 0; i < 1300; i++) {
        values[i] = 5.0 * wave(i, 52.0) + noise();
    }
    assert_found(1300, "1", 1, 52, 0);
}

static void nothing_is_found_in_nothing(void **state) {
    static const char *const steps[] = {"month", "week", "day", "hour", "minute", "1"};
    (void)state;
    for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
        int wrong = 0;
        assert_found(0, steps[k], 0, 0, 0);
        for (size_t i = 0; i < 600; i++) {
            values[i] = 42.0;
        }
        assert_found(600, steps[k], 0, 0, 0);
        values[300] = 43.0;
        assert_found(600, steps[k], 0, 0, 0);
        for (size_t i = 0; i < 600; i++) {
            values[i] = 0.1 * (double)i;
        }
        assert_found(600, steps[k], 0, 0, 0);
        for (size_t i = 0; i < 600; i++) {
            values[i] = NAN;
        }
        assert_found(600, steps[k], 0, 0, 0);
        for (int run = 0; run < 60; run++) { /* white noise and random walks in turn */
            double level = 0.0;
            for (size_t i = 0; i < 600; i++) {
                level = run % 2 ? level + noise() : noise();
                values[i] = level;
            }
            wrong += detect(600, steps[k]).count > 0;
        }
        assert_true(wrong <=
                    4); /* 1 % of single series are expected; P(more than 4 of 60) < 0.001 */
    }
}

static void many_series_vote(void **state) {
    const double *v[100];
    size_t length[100];
    found r;
    (void)state;
    for (size_t s = 0; s < 100; s++) {
        v[s] = values + s * 200;
        length[s] = s % 10 == 0 ? 9 : 200; /* some are too short to say anything */
        for (size_t i = 0; i < 200; i++) {
            values[s * 200 + i] = noise() + (s % 2 ? 3.0 * wave(i, 12.0) : 0.0);
        }
    }
    r = detect_many(v, length, 100, "month");
    assert_int_equal(r.count, 1);
    assert_int_equal(r.season[0], 12);
    for (size_t i = 0; i < 20000; i++) {
        values[i] = noise();
    }
    r = detect_many(v, length, 100, "month");
    assert_int_equal(r.count, 0);
    r = detect_many(v, length, 0, "month");
    assert_int_equal(r.count, 0);
}

static int stop(void *arg) {
    int *left = arg;
    return (*left)-- <= 0;
}

static void it_stops_and_fails_cleanly(void **state) {
    const double *v = values;
    size_t length = 1000, season[RNN_MAX_SEASONS], count = 9;
    double strength[RNN_MAX_SEASONS];
    rnn_season_input in = {&v, &length, 1};
    rnn_frequency f = {RNN_STEP_NUMBER, 1.0, 0x7f, 0, 0.0};
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        values[i] = noise();
    }
    for (int left = 0; left < 20; left += 5) {
        rnn_context ctx = {0};
        int checks = left;
        ctx.check = stop;
        ctx.check_arg = &checks;
        assert_int_equal(rnn_season_detect(&ctx, &in, &f, 0, season, strength, &count),
                         RNN_INTERRUPT);
        assert_int_equal(count, 0);
        assert_true(ctx.memory_used == 0);
    }
    for (uint64_t limit = 1; limit < 60000; limit += 5000) {
        rnn_context ctx = {0};
        rnn_status status;
        ctx.memory_limit = limit;
        status = rnn_season_detect(&ctx, &in, &f, 0, season, strength, &count);
        assert_true(status == RNN_LIMIT || status == RNN_OK);
        assert_true(ctx.memory_used == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(autocorrelation_is_as_defined),
        cmocka_unit_test(a_growing_year_of_months),
        cmocka_unit_test(days_have_a_week_and_a_year),
        cmocka_unit_test(hours_have_a_day_and_a_week),
        cmocka_unit_test(minutes_have_a_day),
        cmocka_unit_test(odd_cycles_are_searched_for),
        cmocka_unit_test(nothing_is_found_in_nothing),
        cmocka_unit_test(many_series_vote),
        cmocka_unit_test(it_stops_and_fails_cleanly),
    };
    return cmocka_run_group_tests_name("season", tests, NULL, NULL);
}
