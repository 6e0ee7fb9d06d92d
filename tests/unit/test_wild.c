/* test_wild.c - which values can only be errors, and which are only unusual. */
#include "forecast_testing.h"

#include "wild.h"

enum { MOST = 200 };

/* Marks of all values of a series, as tracks and training take them. */
static size_t judge(const double *y, size_t n, unsigned char mark[MOST]) {
    rnn_wild w;
    unsigned char first[RNN_WILD_BEGIN];
    size_t judged = rnn_wild_begin(&w, y, n, first), wild = 0;
    assert_int_equal(judged, n < RNN_WILD_BEGIN ? n : RNN_WILD_BEGIN);
    for (size_t p = 0; p < n; p++) {
        mark[p] = p < judged ? first[p] : (unsigned char)rnn_wild_next(&w, y[p]);
        wild += mark[p];
    }
    return wild;
}

static double season(size_t s, size_t t) {
    return 200 + 30 * sin(6.283185307179586 * (double)t / 12) + 8 * gauss(s + 1, t);
}
static double crossing(size_t s, size_t t) { return season(s, t) - 200; }
static double growth(size_t s, size_t t) {
    return exp(0.08 * (double)t) * (1 + 0.1 * gauss(s + 2, t));
}
static double doubling(size_t s, size_t t) {
    (void)s;
    return pow(2, (double)t);
}
/* Most of the time nothing. */
static double intermittent(size_t s, size_t t) {
    return chance(s + 3, t) < 0.8 ? 0 : floor(1 + 9 * chance(s + 4, t));
}
static double counts(size_t s, size_t t) { return floor(6 * chance(s + 5, t)); }
static double heavy(size_t s, size_t t) { return pow(1 - chance(s + 6, t), -0.5); }
static double walk(size_t s, size_t t) {
    double y = 0;
    for (size_t i = 0; i <= t; i++) y += gauss(s + 7, i);
    return y;
}
static double constant(size_t s, size_t t) {
    (void)s;
    (void)t;
    return 5;
}

/* Nothing in ordinary series, however skewed. */
static void test_ordinary(void **state) {
    (void)state;
    static const value_fn values[] = {season, crossing, growth,   doubling, intermittent,
                                      counts, heavy,    constant, walk};
    for (size_t i = 0; i < COUNT(values) * 20; i++) {
        double y[MOST];
        unsigned char mark[MOST];
        for (size_t t = 0; t < 120; t++) y[t] = values[i % COUNT(values)](i / COUNT(values), t);
        size_t wild = judge(y, 120, mark);
        if (wild) fail_msg("data %zu, series %zu: %zu", i % COUNT(values), i / COUNT(values), wild);
    }
}

/* A typing error, or a code for "missing", wherever it stands. */
static void test_errors(void **state) {
    (void)state;
    static const size_t places[] = {0, 1, 2, 5, 11, 12, 13, 30, 60, 94, 95};
    for (size_t i = 0; i < COUNT(places) * 4; i++) {
        double y[MOST];
        unsigned char mark[MOST];
        size_t at = places[i % COUNT(places)];
        for (size_t t = 0; t < 96; t++) y[t] = season(1, t);
        y[at] = (double[]){100 * y[at], -9999, -999, 1e300}[i / COUNT(places)];
        assert_int_equal(judge(y, 96, mark), 1);
        assert_int_equal(mark[at], 1);
    }
}

/* A series that goes below zero has values there. */
static void test_negative(void **state) {
    (void)state;
    double y[MOST];
    unsigned char mark[MOST];
    for (size_t t = 0; t < 96; t++) y[t] = crossing(1, t);
    y[50] = -150;
    assert_int_equal(judge(y, 96, mark), 0);
    y[50] = -9999;
    assert_int_equal(judge(y, 96, mark), 1);
    assert_int_equal(mark[50], 1);
    /* One that does not may come to: a little below is no error. */
    for (size_t t = 0; t < 96; t++) y[t] = season(1, t);
    y[50] = -20;
    assert_int_equal(judge(y, 96, mark), 0);
}

/* Two in a row are errors; from the third on the series has changed, and what it was before is no
** error either. */
static void test_new_level(void **state) {
    (void)state;
    for (size_t at = 12; at < 90; at += 13) {
        double y[MOST];
        unsigned char mark[MOST];
        for (size_t t = 0; t < 96; t++) y[t] = season(2, t) * (t < at ? 1 : 50);
        assert_int_equal(judge(y, 96, mark), 2);
        assert_true(mark[at] && mark[at + 1]);
        y[at + 6] /= 50;
        assert_int_equal(judge(y, 96, mark), 2);
    }
    /* An ordinary one is never missed. */
    double y[MOST];
    unsigned char mark[MOST];
    for (size_t t = 0; t < 96; t++) y[t] = season(2, t) * (t < 40 ? 1 : 1.5);
    assert_int_equal(judge(y, 96, mark), 0);
}

/* Two errors apart from each other; the one after a good value counts anew. */
static void test_apart(void **state) {
    (void)state;
    double y[MOST];
    unsigned char mark[MOST];
    for (size_t t = 0; t < 96; t++) y[t] = season(3, t);
    for (size_t t = 20; t < 96; t += 9) y[t] *= 100;
    assert_int_equal(judge(y, 96, mark), 9);
    for (size_t t = 0; t < 96; t++) assert_int_equal(mark[t], t >= 20 && t % 9 == 2);
}

/* What is not there is no error, and nothing is judged by it. */
static void test_missing(void **state) {
    (void)state;
    double y[MOST];
    unsigned char mark[MOST];
    for (size_t t = 0; t < 96; t++) y[t] = t % 3 ? NAN : season(4, t);
    assert_int_equal(judge(y, 96, mark), 0);
    y[60] = -9999;
    assert_int_equal(judge(y, 96, mark), 1);
    y[60] = NAN;
    y[3] = 1e6; /* four others among the first ones are not enough */
    assert_int_equal(judge(y, 96, mark), 0);
    for (size_t t = 0; t < 96; t++) y[t] = NAN;
    assert_int_equal(judge(y, 96, mark), 0);
    y[50] = 1e300;
    assert_int_equal(judge(y, 96, mark), 0);
}

/* Among the first ones: one, or none can be told; of short series hardly any. */
static void test_first(void **state) {
    (void)state;
    double y[MOST];
    unsigned char mark[MOST];
    for (size_t t = 0; t < 96; t++) y[t] = season(5, t);
    y[2] *= 100;
    y[7] *= 100;
    judge(y, 96, mark);
    assert_false(mark[2] || mark[7]);
    y[7] /= 100;
    for (size_t n = 0; n <= 12; n++) {
        size_t wild = judge(y, n, mark);
        assert_int_equal(wild, n >= 6);
        if (n >= 6) assert_int_equal(mark[2], 1);
    }
    assert_int_equal(judge(y, 0, mark), 0);
}

/* Every December is no error, nor is an order of fourteen now and then; what is a hundred times the
** others stays one, as often as it comes. */
static void test_peaks_come_again(void **state) {
    (void)state;
    double y[96];
    unsigned char mark[MOST];
    for (size_t t = 0; t < 96; t++) y[t] = t % 12 == 11 ? 250 : 100 + 4 * chance(8, t);
    assert_int_equal(judge(y, 96, mark), 1);
    assert_int_equal(mark[11], 1);
    for (size_t t = 0; t < 96; t++) y[t] = t % 19 == 18 ? 14 + chance(9, t) : (double)(t % 3 == 0);
    assert_int_equal(judge(y, 96, mark), 1);
    for (size_t t = 0; t < 96; t++) y[t] = season(6, t) * (t == 40 || t == 70 ? 100 : 1);
    assert_int_equal(judge(y, 96, mark), 2);
    for (size_t t = 0; t < 96; t++) y[t] = t == 40 || t == 70 ? -9999 : season(6, t);
    assert_int_equal(judge(y, 96, mark), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_negative), cmocka_unit_test(test_new_level),
        cmocka_unit_test(test_apart),    cmocka_unit_test(test_missing),
        cmocka_unit_test(test_first),    cmocka_unit_test(test_peaks_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
