/* test_calendar.c - calendar features: which are chosen, and what they say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar.h"

static unsigned choose(rnn_step_unit unit, double size, size_t steps) {
    rnn_frequency f = {unit, size, unit == RNN_STEP_DAY ? 0x1f : 0x7f, 0, 0.0};
    return rnn_calendar_choose(&f, steps);
}

static void features_fit_step_and_span(void **state) {
    const unsigned days = RNN_CALENDAR_WEEKDAY_ONEHOT | RNN_CALENDAR_MONTHDAY_ONEHOT |
                          RNN_CALENDAR_MONTH_ONEHOT | RNN_CALENDAR_YEAR_ANGLE;
    (void)state;
    assert_int_equal(choose(RNN_STEP_NUMBER, 3600, 100000), 0);
    assert_int_equal(choose(RNN_STEP_ROW, 1, 100000), 0);
    assert_int_equal(choose(RNN_STEP_MONTH, 1, 100), RNN_CALENDAR_MONTH_ONEHOT);
    assert_int_equal(choose(RNN_STEP_MONTH, 1, 18), 0);
    assert_int_equal(choose(RNN_STEP_MONTH, 3, 40), RNN_CALENDAR_QUARTER_ONEHOT);
    assert_int_equal(choose(RNN_STEP_MONTH, 12, 100), 0);
    assert_int_equal(choose(RNN_STEP_SECOND, 604800, 300), RNN_CALENDAR_YEAR_ANGLE);
    assert_int_equal(choose(RNN_STEP_SECOND, 86400, 3000), days);
    assert_int_equal(choose(RNN_STEP_DAY, 1, 3000), days);
    assert_int_equal(choose(RNN_STEP_SECOND, 86400, 30), RNN_CALENDAR_WEEKDAY_ONEHOT);
    assert_int_equal(choose(RNN_STEP_SECOND, 86400, 9), 0);
    assert_int_equal(choose(RNN_STEP_SECOND, 3600, 14000),
                     RNN_CALENDAR_HOUR_ONEHOT | RNN_CALENDAR_WEEKDAY_ONEHOT);
    assert_int_equal(choose(RNN_STEP_SECOND, 900, 400), RNN_CALENDAR_MINUTE_ANGLE |
                                                            RNN_CALENDAR_HOUR_ONEHOT |
                                                            RNN_CALENDAR_HOUR_ANGLE);
    assert_int_equal(choose(RNN_STEP_SECOND, 1, 7200), RNN_CALENDAR_MINUTE_ANGLE);
}

static void width_is_what_is_written(void **state) {
    real out[RNN_CALENDAR_MAX_WIDTH + 1];
    (void)state;
    assert_int_equal(rnn_calendar_width(0), 0);
    assert_int_equal(rnn_calendar_width(~0u), RNN_CALENDAR_MAX_WIDTH);
    for (unsigned mask = 0; mask < 256; mask++) {
        size_t width = rnn_calendar_width(mask);
        for (size_t i = 0; i <= RNN_CALENDAR_MAX_WIDTH; i++) {
            out[i] = 77;
        }
        rnn_calendar_write(mask, rnn_civil_seconds(2024, 12, 31) + 86399.0, out);
        for (size_t i = 0; i < width; i++) {
            assert_true(out[i] >= -1 && out[i] <= 1);
        }
        assert_true(out[width] == 77);
    }
}

/* The place of the single 1. */
static int place_of(unsigned bit, double seconds) {
    real out[RNN_CALENDAR_MAX_WIDTH];
    int place = -1;
    rnn_calendar_write(bit, seconds, out);
    for (size_t i = 0; i < rnn_calendar_width(bit); i++) {
        if (out[i] == 1) {
            assert_int_equal(place, -1);
            place = (int)i;
        } else {
            assert_true(out[i] == 0);
        }
    }
    return place;
}

static void features_say_the_right_thing(void **state) {
    double t = rnn_civil_seconds(2024, 7, 1) + 6 * 3600.0 + 30 * 60.0; /* a Monday, 06:30 */
    real out[4];
    (void)state;
    assert_int_equal(place_of(RNN_CALENDAR_WEEKDAY_ONEHOT, t), 0);
    assert_int_equal(place_of(RNN_CALENDAR_HOUR_ONEHOT, t), 6);
    assert_int_equal(place_of(RNN_CALENDAR_MONTHDAY_ONEHOT, t), 0);
    assert_int_equal(place_of(RNN_CALENDAR_MONTH_ONEHOT, t), 6);
    assert_int_equal(place_of(RNN_CALENDAR_QUARTER_ONEHOT, t), 2);
    rnn_calendar_write(RNN_CALENDAR_MINUTE_ANGLE, t, out); /* half an hour: half a turn */
    assert_true(fabs((double)out[0]) < 1e-6 && fabs((double)out[1] + 1.0) < 1e-6);
    rnn_calendar_write(RNN_CALENDAR_HOUR_ANGLE, t - 1800.0, out); /* a quarter of a turn */
    assert_true(fabs((double)out[0] - 1.0) < 1e-6 && fabs((double)out[1]) < 1e-6);
    rnn_calendar_write(RNN_CALENDAR_YEAR_ANGLE, rnn_civil_seconds(2024, 1, 1), out);
    assert_true(fabs((double)out[0]) < 1e-6 && out[1] == 1 && fabs((double)out[2]) < 1e-6 &&
                out[3] == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_fit_step_and_span),
        cmocka_unit_test(width_is_what_is_written),
        cmocka_unit_test(features_say_the_right_thing),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
