/* test_frequency.c - the step of a time column: found, read, printed, stepped; all data is
** generated. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frequency.h"

#define DAY 86400.0
enum { MOST = 40000 };

static double times[MOST];

static rnn_time_style style_of(rnn_time_kind kind) {
    rnn_time_style s = {0};
    s.kind = kind;
    return s;
}

/* A small generator, the same on every platform. */
static uint32_t noise_state = 1;
static double noise(void) { /* 0...1 */
    noise_state = noise_state * 1664525u + 1013904223u;
    return (double)(noise_state >> 8) / 16777216.0;
}

static rnn_frequency infer(size_t n, rnn_time_kind kind) {
    size_t starts[2] = {0, n};
    rnn_time_style s = style_of(kind);
    return rnn_frequency_infer(times, starts, 1, &s);
}

static void assert_printed(const rnn_frequency *f, const char *expected) {
    char buf[RNN_FREQUENCY_TEXT_BYTES];
    assert_string_equal(rnn_frequency_print(f, buf, sizeof buf), expected);
}

static void assert_inferred(size_t n, rnn_time_kind kind, const char *expected) {
    rnn_frequency f = infer(n, kind);
    assert_printed(&f, expected);
}

static double at(const char *text) {
    rnn_context ctx = {0};
    rnn_time_style style;
    rnn_value v = {0};
    double t = NAN;
    v.type = RNN_TEXT;
    v.p = text;
    v.n = strlen(text);
    assert_int_equal(rnn_time_parse(&ctx, &v, &t, &style), RNN_OK);
    return t;
}

static void assert_dates(const rnn_frequency *f, const char *origin, int64_t from,
                         const char *const *expected, size_t n) {
    rnn_time_style style = style_of(RNN_TIME_DATE);
    char buf[RNN_TIME_TEXT_BYTES];
    for (size_t i = 0; i < n; i++) {
        double t = rnn_frequency_time(f, at(origin), from + (int64_t)i);
        rnn_value v = rnn_time_format(&style, t, buf, sizeof buf);
        int exact = 0;
        buf[v.n] = 0;
        assert_string_equal(buf, expected[i]);
        assert_int_equal(rnn_frequency_position(f, at(origin), t, &exact), from + (int64_t)i);
        assert_true(exact);
    }
}

static void months_have_their_lengths(void **state) {
    static const char *const dates[] = {"2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31",
                                        "2024-04-30"};
    static const char *const ends[] = {"2023-01-31", "2023-02-28", "2023-03-31"};
    rnn_frequency f = {RNN_STEP_MONTH, 1.0, 0x7f, 0, 0.0};
    (void)state;
    assert_dates(&f, "2024-01-31", -1, dates, 5);
    f.month_end = 1;
    assert_dates(&f, "2023-02-28", -1, ends, 3);
    for (int i = 0; i < 24; i++) {
        times[i] = rnn_civil_seconds(2022, 3 + i, 0); /* ends of February 2022 ... */
    }
    f = infer(24, RNN_TIME_DATE);
    assert_printed(&f, "month");
    assert_int_equal(f.month_end, 1);
    for (int i = 0; i < 5; i++) {
        times[i] = rnn_frequency_time(&f, at("2024-01-31"), i);
    }
    assert_inferred(5, RNN_TIME_DATE, "month");
}

static void calendar_units_are_found(void **state) {
    (void)state;
    for (int i = 0; i < 60; i++) {
        times[i] = rnn_civil_seconds(2001, 1 + i, 1);
    }
    assert_inferred(60, RNN_TIME_MONTH, "month");
    assert_inferred(60, RNN_TIME_DATE, "month");
    times[30] = times[59];
    assert_inferred(31, RNN_TIME_MONTH, "month"); /* a long gap */
    for (int i = 0; i < 30; i++) {
        times[i] = rnn_civil_seconds(2001 + i, 7, 4);
    }
    assert_inferred(30, RNN_TIME_DATE, "year");
    for (int i = 0; i < 30; i++) {
        times[i] = rnn_civil_seconds(2001, 3 * i + 4, 0);
    }
    assert_inferred(30, RNN_TIME_DATE, "quarter");
    for (int i = 0; i < 30; i++) {
        times[i] = rnn_civil_seconds(2001, 1, 5 + 28 * i);
    }
    assert_inferred(30, RNN_TIME_DATE, "4 weeks");
    for (int i = 0; i < 300; i++) {
        times[i] = rnn_civil_seconds(2001, 1, 5 + 7 * i);
    }
    assert_inferred(300, RNN_TIME_DATE, "week");
    for (int i = 0; i < 3000; i++) {
        times[i] = rnn_civil_seconds(2001, 1, 5 + i);
    }
    assert_inferred(3000, RNN_TIME_DATE, "day");
}

static void jitter_is_seen_through(void **state) {
    rnn_frequency f;
    (void)state;
    for (int i = 0; i < 200; i++) { /* a Friday, now and then the Thursday before */
        times[i] = rnn_civil_seconds(2001, 1, 5 + 7 * i) - (i % 9 == 4 ? DAY : 0.0);
    }
    assert_inferred(200, RNN_TIME_DATE, "week");
    for (int i = 0; i < 400; i++) { /* somewhere within two days around it */
        times[i] = rnn_civil_seconds(2001, 1, 5 + 7 * i) + floor(noise() * 3.0 - 1.0) * DAY;
    }
    times[0] = rnn_civil_seconds(2001, 1, 5);
    assert_inferred(400, RNN_TIME_DATE, "week");
    for (int i = 0; i < 500; i++) { /* a meter read at about the full hour */
        times[i] = 3600.0 * i + floor(noise() * 90.0);
    }
    assert_inferred(500, RNN_TIME_STAMP, "hour");
    for (int i = 0; i < 100; i++) { /* last business day of a month */
        double t = rnn_civil_seconds(2010, 2 + i, 0);
        int weekday = rnn_civil_from_seconds(t).weekday;
        times[i] = t - (weekday > 4 ? weekday - 4 : 0) * DAY;
    }
    f = infer(100, RNN_TIME_DATE);
    assert_printed(&f, "month");
    assert_int_equal(f.month_end, 1);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rnn_frequency_position(&f, times[0], times[i], NULL), i);
    }
}

static void gaps_do_not_change_the_step(void **state) {
    size_t n = 0;
    rnn_frequency f;
    (void)state;
    for (int i = 0; i < 48; i++) {
        if (i != 17) {
            times[n++] = 3600.0 * i;
        }
    }
    f = infer(n, RNN_TIME_STAMP);
    assert_printed(&f, "hour");
    assert_int_equal(rnn_frequency_position(&f, 0.0, times[n - 1], NULL), 47);
    assert_true(rnn_frequency_time(&f, 0.0, 48) == 48 * 3600.0);
    n = 0;
    for (int i = 0; i < 17544; i++) { /* many gaps, some of them days long */
        if (i % 113 != 7 && !(i > 5000 && i < 5036)) {
            times[n++] = 3600.0 * i;
        }
    }
    assert_inferred(n, RNN_TIME_STAMP, "hour");
    n = 0;
    for (int i = 0; i < 3000;
         i++) { /* 15 minutes, of which two thirds are missing: 30 minutes is as frequent */
        if (i == 0 || noise() < 0.33) {
            times[n++] = 900.0 * i;
        }
    }
    assert_inferred(n, RNN_TIME_STAMP, "15 minutes");
    n = 0;
    for (int i = 0; i < 1000; i++) { /* shop hours */
        if (i % 24 >= 9 && i % 24 < 17) {
            times[n++] = 3600.0 * i;
        }
    }
    assert_inferred(n, RNN_TIME_STAMP, "hour");
    for (int i = 0; i < 1000; i++) { /* one reading at half past */
        times[i] = 300.0 * i + (i == 500 ? 150.0 : 0.0);
    }
    assert_inferred(1000, RNN_TIME_STAMP, "5 minutes");
}

static void business_days_are_stepped_over(void **state) {
    static const char *const dates[] = {"2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"};
    size_t n = 0;
    rnn_frequency f;
    double season[4];
    int exact = 1;
    (void)state;
    for (int i = 0; i < 300; i++) {
        if (i % 7 < 5 && i % 37 != 3) { /* 2024-01-01 was a Monday; some holidays */
            times[n++] = rnn_civil_seconds(2024, 1, 1 + i);
        }
    }
    f = infer(n, RNN_TIME_DATE);
    assert_printed(&f, "business day");
    assert_dates(&f, "2024-01-01", 3, dates, 4);
    assert_int_equal(rnn_frequency_position(&f, at("2024-01-01"), at("2024-01-06"), &exact), 4);
    assert_false(exact);
    assert_int_equal(rnn_frequency_position(&f, at("2024-01-05"), at("2024-01-01"), NULL), -4);
    assert_int_equal(rnn_frequency_seasons(&f, season), 2);
    assert_true(season[0] == 5.0 && season[1] == 261.0);
    n = 0;
    for (int i = 0; i < 60; i++) {
        if (i % 7 == 1 || i % 7 == 3) {
            times[n++] = rnn_civil_seconds(2024, 1, 1 + i);
        }
    }
    assert_inferred(n, RNN_TIME_DATE, "Tue Thu");
    times[0] = at("2024-01-01");
    times[1] = at("2024-01-02");
    times[2] = at("2024-01-03");
    assert_inferred(3, RNN_TIME_DATE, "day"); /* three days say nothing of weekends */
}

static void numbers_have_steps(void **state) {
    rnn_frequency f;
    (void)state;
    for (int i = 0; i < 50; i++) {
        times[i] = 1949 + i;
    }
    assert_inferred(50, RNN_TIME_INTEGER, "1");
    for (int i = 0; i < 50; i++) {
        times[i] = 1700000000 + 3600 * i + (i > 20 ? 7200 : 0);
    }
    assert_inferred(50, RNN_TIME_INTEGER, "3600");
    for (int i = 0; i < 1000; i++) {
        times[i] = 0.1 * i;
    }
    f = infer(1000, RNN_TIME_REAL);
    assert_printed(&f, "0.1");
    assert_true(f.size == 0.1);
    assert_true(rnn_frequency_time(&f, 0.0, 3) == 0.3);
    for (int i = 0; i < 1000; i++) { /* hours as Julian days */
        int exact = 0;
        times[i] = 2460310.5 + i / 24.0;
        f.size = 1.0 / 24.0;
        assert_int_equal(rnn_frequency_position(&f, times[0], times[i], &exact), i);
        assert_true(exact);
    }
    f = infer(1000, RNN_TIME_REAL);
    assert_int_equal(f.unit, RNN_STEP_NUMBER);
    assert_true(f.size == 1.0 / 24.0);
}

static void irregular_times_are_rows(void **state) {
    rnn_frequency f;
    (void)state;
    times[0] = 0.0;
    for (int i = 1; i < 500; i++) {
        times[i] = times[i - 1] + 1.0 + floor(noise() * 100000.0);
    }
    f = infer(500, RNN_TIME_STAMP);
    assert_int_equal(f.unit, RNN_STEP_ROW);
    assert_true(f.size > 30000.0 && f.size < 70000.0);
    f = infer(500, RNN_TIME_INTEGER);
    assert_int_equal(f.unit, RNN_STEP_ROW);
    f = infer(500, RNN_TIME_ORDER);
    assert_int_equal(f.unit, RNN_STEP_ROW);
    assert_true(f.size == 1.0);
}

static void several_series_share_a_step(void **state) {
    size_t starts[5] = {0, 100, 100, 101, 201}; /* one is empty, one has a single row */
    rnn_time_style style = style_of(RNN_TIME_STAMP);
    rnn_frequency f;
    (void)state;
    for (int i = 0; i < 100; i++) {
        times[i] = 3600.0 * i;
        times[101 + i] = 1800.0 + 3600.0 * i; /* another phase */
    }
    times[100] = 17.0;
    f = rnn_frequency_infer(times, starts, 4, &style);
    assert_printed(&f, "hour");
}

static void no_difference_gives_the_natural_unit(void **state) {
    (void)state;
    times[0] = at("2024-01-01");
    assert_inferred(1, RNN_TIME_MONTH, "month");
    assert_inferred(1, RNN_TIME_DATE, "day");
    assert_inferred(0, RNN_TIME_INTEGER, "1");
    times[0] = at("2024-01-01 12:00");
    assert_inferred(1, RNN_TIME_STAMP, "hour");
    times[0] = at("2024-01-01 12:05");
    assert_inferred(1, RNN_TIME_STAMP, "minute");
}

static void local_days_count(void **state) {
    size_t starts[2] = {0, 24};
    rnn_time_style style = style_of(RNN_TIME_STAMP);
    rnn_frequency f;
    (void)state;
    style.zone = RNN_ZONE_COLON;
    style.offset = 120;
    for (int i = 0; i < 24; i++) {
        times[i] = rnn_civil_seconds(2024, 1 + i, 1) - 7200.0; /* midnight east of Greenwich */
    }
    f = rnn_frequency_infer(times, starts, 1, &style);
    assert_printed(&f, "month");
    assert_true(f.shift == 7200.0);
    assert_true(rnn_frequency_time(&f, times[0], 25) == rnn_civil_seconds(2026, 2, 1) - 7200.0);
}

static void options_are_read_and_printed(void **state) {
    static const char *const same[] = {"year",         "2 years",     "quarter",     "month",
                                       "2 months",     "week",        "2 weeks",     "day",
                                       "business day", "hour",        "3 hours",     "30 minutes",
                                       "second",       "0.5 seconds", "Mon Wed Fri", "irregular"};
    static const char *const other[][2] = {{"Y", "year"},
                                           {"q", "quarter"},
                                           {"M", "month"},
                                           {"3M", "quarter"},
                                           {" Monthly ", "month"},
                                           {"W", "week"},
                                           {"7 days", "week"},
                                           {"B", "business day"},
                                           {"D", "day"},
                                           {"24 h", "day"},
                                           {"15min", "15 minutes"},
                                           {"60 s", "minute"},
                                           {"business days", "business day"},
                                           {"weeks", "week"}};
    rnn_time_style stamp = style_of(RNN_TIME_STAMP);
    rnn_context ctx = {0};
    rnn_frequency f;
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_int_equal(rnn_frequency_parse(&ctx, same[i], strlen(same[i]), &stamp, &f), RNN_OK);
        assert_printed(&f, same[i]);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_int_equal(rnn_frequency_parse(&ctx, other[i][0], strlen(other[i][0]), &stamp, &f),
                         RNN_OK);
        assert_printed(&f, other[i][1]);
    }
}

static void assert_refused(const char *text, rnn_time_kind kind) {
    rnn_time_style style = style_of(kind);
    rnn_context ctx = {0};
    rnn_frequency f;
    if (rnn_frequency_parse(&ctx, text, strlen(text), &style, &f) != RNN_OPTION) {
        fail_msg("accepted '%s'", text);
    }
    assert_non_null(strstr(ctx.message, "frequency"));
    assert_true(f.size > 0.0);
}

static void wrong_options_are_refused(void **state) {
    static const char *const wrong[] = {
        "",
        " ",
        "fortnight",
        "0 days",
        "-1 day",
        "day day",
        "1.5 months",
        "2 business days",
        "m",
        "5m",
        "1e3 days",
        "hours 2",
        "Mon Tues",
        "1 2",
        "99999999999999999999 days",
        "d\xc3\xa9j\xc3\xa0",
        "3",
        "a very long text that is longer than any name of a step that there could be"};
    rnn_time_style style = style_of(RNN_TIME_INTEGER);
    rnn_context ctx = {0};
    rnn_frequency f;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i], RNN_TIME_STAMP);
    }
    assert_refused("month", RNN_TIME_INTEGER);
    assert_refused("day", RNN_TIME_MONTH);
    assert_refused("hour", RNN_TIME_DATE);
    assert_refused("1", RNN_TIME_ORDER);
    assert_int_equal(rnn_frequency_parse(&ctx, "0.25", 4, &style, &f), RNN_OK);
    assert_true(f.unit == RNN_STEP_NUMBER && f.size == 0.25);
}

static void assert_seasons(const char *step, size_t n, double a, double b, double c) {
    rnn_time_style style = style_of(
        step[0] >= '0' && step[0] <= '9' && !strchr(step, ' ') ? RNN_TIME_INTEGER : RNN_TIME_STAMP);
    rnn_context ctx = {0};
    rnn_frequency f;
    double season[4] = {0.0, 0.0, 0.0, 0.0};
    assert_int_equal(rnn_frequency_parse(&ctx, step, strlen(step), &style, &f), RNN_OK);
    assert_int_equal(rnn_frequency_seasons(&f, season), n);
    assert_true(season[0] == a && season[1] == b && season[2] == c);
}

static void steps_suggest_seasons(void **state) {
    (void)state;
    assert_seasons("month", 1, 12, 0, 0);
    assert_seasons("quarter", 1, 4, 0, 0);
    assert_seasons("week", 1, 52, 0, 0);
    assert_seasons("day", 2, 7, 365, 0);
    assert_seasons("hour", 3, 24, 168, 8766);
    assert_seasons("30 minutes", 3, 48, 336, 17532);
    assert_seasons("15 minutes", 3, 96, 672, 35064);
    assert_seasons("5 minutes", 3, 12, 288, 2016);
    assert_seasons("minute", 3, 60, 1440, 10080);
    assert_seasons("second", 4, 60, 3600, 86400);
    assert_seasons("3600", 3, 24, 168, 8766);
    assert_seasons("1", 0, 0, 0, 0);
}

static void far_positions_stay_finite(void **state) {
    static const rnn_step_unit units[] = {RNN_STEP_NUMBER, RNN_STEP_SECOND, RNN_STEP_DAY,
                                          RNN_STEP_MONTH};
    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        rnn_frequency f = {units[i], 1.0, 0x1f, 0, 0.0};
        assert_true(isfinite(rnn_frequency_time(&f, 0.0, INT64_MAX)));
        assert_true(isfinite(rnn_frequency_time(&f, 0.0, INT64_MIN)));
        rnn_frequency_position(&f, 0.0, 9e15, NULL);
        rnn_frequency_position(&f, 0.0, NAN, NULL);
        rnn_frequency_position(&f, -1e300, 1e300, NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_have_their_lengths),
        cmocka_unit_test(calendar_units_are_found),
        cmocka_unit_test(jitter_is_seen_through),
        cmocka_unit_test(gaps_do_not_change_the_step),
        cmocka_unit_test(business_days_are_stepped_over),
        cmocka_unit_test(numbers_have_steps),
        cmocka_unit_test(irregular_times_are_rows),
        cmocka_unit_test(several_series_share_a_step),
        cmocka_unit_test(no_difference_gives_the_natural_unit),
        cmocka_unit_test(local_days_count),
        cmocka_unit_test(options_are_read_and_printed),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(steps_suggest_seasons),
        cmocka_unit_test(far_positions_stay_finite),
    };
    return cmocka_run_group_tests_name("frequency", tests, NULL, NULL);
}
