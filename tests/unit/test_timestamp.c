/* test_timestamp.c - time values: what is read, what is refused, and that they come back as they
** were written. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "timestamp.h"

static rnn_value text_value(const char *s) {
    rnn_value v = {0};
    v.type = RNN_TEXT;
    v.p = s;
    v.n = strlen(s);
    return v;
}

static rnn_value int_value(int64_t i) {
    rnn_value v = {0};
    v.type = RNN_INT;
    v.i = i;
    v.d = (double)i;
    return v;
}

static rnn_value real_value(double d) {
    rnn_value v = {0};
    v.type = RNN_FLOAT;
    v.d = d;
    return v;
}

static double read_text(const char *s, rnn_time_style *style) {
    rnn_context ctx = {0};
    rnn_value v = text_value(s);
    double time = NAN;
    if (rnn_time_parse(&ctx, &v, &time, style) != RNN_OK) {
        fail_msg("%s: %s", s, ctx.message);
    }
    return time;
}

static void assert_text(const rnn_time_style *style, double time, const char *expected) {
    char buf[RNN_TIME_TEXT_BYTES];
    rnn_value v = rnn_time_format(style, time, buf, sizeof buf);
    assert_int_equal(v.type, RNN_TEXT);
    assert_int_equal(v.n, strlen(expected));
    assert_memory_equal(v.p, expected, v.n);
}

static void civil_days_go_both_ways(void **state) {
    (void)state;
    assert_true(rnn_civil_seconds(1970, 1, 1) == 0.0);
    assert_true(rnn_civil_seconds(2000, 3, 1) == 951868800.0);
    assert_true(rnn_civil_seconds(2021, 13, 1) == rnn_civil_seconds(2022, 1, 1));
    assert_true(rnn_civil_seconds(2021, 0, 1) == rnn_civil_seconds(2020, 12, 1));
    assert_int_equal(rnn_days_in_month(1900, 2), 28);
    assert_int_equal(rnn_days_in_month(2000, 2), 29);
    for (int day = -719528; day < 2932897; day += 61) { /* 0000-01-01 ... 9999-12-31 */
        rnn_civil c = rnn_civil_from_seconds(day * 86400.0 + 86399.5);
        assert_true(rnn_civil_seconds(c.year, c.month, c.day) == day * 86400.0);
        assert_int_equal(c.hour * 3600 + c.minute * 60 + c.second, 86399);
        assert_int_equal(c.weekday, ((day + 3) % 7 + 7) % 7);
        assert_true(rnn_civil_seconds(c.year, 1, 1 + c.yearday) == day * 86400.0);
    }
    rnn_civil_from_seconds(NAN);
    rnn_civil_from_seconds(1e300);
}

static void texts_come_back_as_written(void **state) {
    static const char *const texts[] = {"0000-01",
                                        "2024-02",
                                        "9999-12",
                                        "0001-01-01",
                                        "2024-02-29",
                                        "1969-12-31 23:59",
                                        "2024-01-31 23:59:58",
                                        "2024-01-31T23:59:58Z",
                                        "2024-01-31T23:59:58.5",
                                        "2024-01-31 00:00:00.001",
                                        "2024-01-31T23:59:58.123456+05:30",
                                        "2024-01-31 01:00-0330",
                                        "2024-01-31 00:00:00+00",
                                        "2024-03-01T00:30+02:00",
                                        "1900-01-01 00:00:00.999999"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rnn_time_style style;
        double time = read_text(texts[i], &style);
        assert_text(&style, time, texts[i]);
    }
}

static void texts_become_utc_seconds(void **state) {
    rnn_time_style style;
    (void)state;
    assert_true(read_text("1970-01-01 00:00:01.25", &style) == 1.25);
    assert_int_equal(style.fraction, 2);
    assert_true(read_text("1970-01-01T02:00+02:00", &style) == 0.0);
    assert_true(rnn_time_shift(&style) == 7200.0);
    assert_true(read_text("2024-03", &style) == rnn_civil_seconds(2024, 3, 1));
    assert_int_equal(style.kind, RNN_TIME_MONTH);
    assert_true(rnn_time_shift(&style) == 0.0);
}

static void wrong_texts_are_refused(void **state) {
    static const char *const texts[] = {"",
                                        " ",
                                        "2024",
                                        "2024-1",
                                        "2024-01-",
                                        "2024-1-1",
                                        "2024-13",
                                        "2024-00",
                                        "2024-02-30",
                                        "2023-02-29",
                                        "2024-01-00",
                                        "24-01-01",
                                        "01/02/2024",
                                        "2024/01/02",
                                        "2024-01-01 ",
                                        " 2024-01-01",
                                        "2024-01-01T",
                                        "2024-01-01 12",
                                        "2024-01-01 24:00",
                                        "2024-01-01 12:60",
                                        "2024-01-01 12:00:60",
                                        "2024-01-01 12:00:00.",
                                        "2024-01-01 12:00:00.1234567890",
                                        "2024-01-01 12:00 Z",
                                        "2024-01-01 12:00+24:00",
                                        "2024-01-01 12:00+5",
                                        "2024-01-01 12:00+05:3",
                                        "2024-01-01t12:00",
                                        "-2024-01",
                                        "2024-01-01 12:00:00ZZ",
                                        "tomorrow"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rnn_context ctx = {0};
        rnn_value v = text_value(texts[i]);
        rnn_time_style style;
        double time = 1.0;
        if (rnn_time_parse(&ctx, &v, &time, &style) != RNN_DATA) {
            fail_msg("accepted '%s'", texts[i]);
        }
        assert_non_null(strstr(ctx.message, texts[i]));
        assert_true(time == 0.0);
        assert_int_equal(style.kind, RNN_TIME_ORDER);
    }
}

static void bytes_behind_the_text_are_not_read(void **state) {
    rnn_context ctx = {0};
    rnn_value v = text_value("2024-01-31");
    rnn_time_style style;
    double time;
    (void)state;
    v.n = 7;
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_OK);
    assert_int_equal(style.kind, RNN_TIME_MONTH);
    v.n = 9;
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_DATA);
}

static void numbers_and_their_bounds(void **state) {
    rnn_context ctx = {0};
    rnn_value v = int_value(INT64_C(9007199254740992));
    rnn_time_style style;
    char buf[RNN_TIME_TEXT_BYTES];
    double time;
    (void)state;
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_OK);
    assert_int_equal(rnn_time_format(&style, time, buf, sizeof buf).i, v.i);
    v = int_value(INT64_C(9007199254740993));
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_DATA);
    v = int_value(INT64_MIN);
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_DATA);
    v = real_value(INFINITY);
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_DATA);
    v = real_value(2460000.5);
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_OK);
    assert_int_equal(rnn_time_format(&style, time, buf, sizeof buf).type, RNN_FLOAT);
    v = text_value("12.5");
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_DATA);
    assert_non_null(strstr(ctx.message, "CAST"));
    v.type = RNN_BLOB;
    assert_int_equal(rnn_time_parse(&ctx, &v, &time, &style), RNN_DATA);
}

/* Merge the styles of two values, in both orders; the results must be equal. */
static rnn_status merge(const rnn_value *a, const rnn_value *b, rnn_time_style *out) {
    rnn_context ctx = {0};
    rnn_time_style x, y, other = {0};
    double time;
    rnn_status status, reverse;
    assert_int_equal(rnn_time_parse(&ctx, a, &time, &x), RNN_OK);
    assert_int_equal(rnn_time_parse(&ctx, b, &time, &y), RNN_OK);
    *out = (rnn_time_style){0};
    assert_int_equal(rnn_time_merge(&ctx, out, &x, a), RNN_OK);
    status = rnn_time_merge(&ctx, out, &y, b);
    assert_int_equal(rnn_time_merge(&ctx, &other, &y, b), RNN_OK);
    reverse = rnn_time_merge(&ctx, &other, &x, a);
    assert_int_equal(status, reverse);
    if (status == RNN_OK) {
        assert_memory_equal(out, &other, sizeof other);
    } else {
        assert_true(ctx.message[0] != 0);
    }
    return status;
}

static rnn_status merge_texts(const char *a, const char *b, rnn_time_style *out) {
    rnn_value x = text_value(a), y = text_value(b);
    return merge(&x, &y, out);
}

static void styles_merge_or_are_refused(void **state) {
    rnn_time_style s;
    rnn_value i = int_value(3), d = real_value(3.5), t = text_value("2024-01-01");
    (void)state;
    assert_int_equal(merge(&i, &d, &s), RNN_OK);
    assert_int_equal(s.kind, RNN_TIME_REAL);
    assert_int_equal(merge(&i, &t, &s), RNN_DATA);
    assert_int_equal(merge_texts("2024-01", "2024-01-01", &s), RNN_DATA);
    assert_int_equal(merge_texts("2024-01-01 12:00", "2024-01-01 12:00Z", &s), RNN_DATA);
    assert_int_equal(merge_texts("2024-01-01", "2024-01-01 12:00Z", &s), RNN_DATA);
    assert_int_equal(merge_texts("2024-01-01", "2024-01-02T12:00:00.5", &s), RNN_OK);
    assert_text(&s, rnn_civil_seconds(2024, 1, 1), "2024-01-01T00:00:00.0");
    assert_int_equal(merge_texts("2024-01-01 12:00", "2024-01-01T12:00:30", &s), RNN_OK);
    assert_text(&s, 0.0, "1970-01-01T00:00:00");
    assert_int_equal(merge_texts("2024-01-01 12:00+01:00", "2024-07-01 12:00+02:00", &s), RNN_OK);
    assert_text(&s, 0.0, "1970-01-01 00:00Z");
    assert_int_equal(merge_texts("2024-01-01 12:00+0100", "2024-07-01 12:00+01:00", &s), RNN_OK);
    assert_text(&s, 0.0, "1970-01-01 01:00+01:00");
}

static void times_out_of_range_are_null(void **state) {
    rnn_time_style s;
    char buf[RNN_TIME_TEXT_BYTES];
    (void)state;
    read_text("2024-01-01", &s);
    assert_int_equal(rnn_time_format(&s, rnn_civil_seconds(10000, 1, 1), buf, sizeof buf).type,
                     RNN_NULL);
    assert_int_equal(rnn_time_format(&s, rnn_civil_seconds(0, 1, 1) - 1e6, buf, sizeof buf).type,
                     RNN_NULL);
    assert_int_equal(rnn_time_format(&s, NAN, buf, sizeof buf).type, RNN_NULL);
    assert_int_equal(rnn_time_format(&s, 1e300, buf, sizeof buf).type, RNN_NULL);
    assert_text(&s, rnn_civil_seconds(9999, 12, 31), "9999-12-31");
    read_text("2024-01-01 00:00:00.001", &s);
    assert_text(&s, 86399.9999, "1970-01-02 00:00:00.000"); /* rounding carries into the day */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_days_go_both_ways),
        cmocka_unit_test(texts_come_back_as_written),
        cmocka_unit_test(texts_become_utc_seconds),
        cmocka_unit_test(wrong_texts_are_refused),
        cmocka_unit_test(bytes_behind_the_text_are_not_read),
        cmocka_unit_test(numbers_and_their_bounds),
        cmocka_unit_test(styles_merge_or_are_refused),
        cmocka_unit_test(times_out_of_range_are_null),
    };
    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
