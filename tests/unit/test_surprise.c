/* test_surprise.c - the distribution of misses: what is fitted, and that outliers do not move it. */
#include "forecast_testing.h"

#include "surprise.h"

enum { N = 4000 };
static double u[N], scratch[N];

/* Student's t with 3 degrees of freedom, of scale 1. */
static double heavy(uint64_t stream, size_t i) {
    double sum = 0;
    for (uint64_t k = 1; k <= 3; k++) sum += gauss(stream + k, i) * gauss(stream + k, i);
    return gauss(stream, i) / sqrt(sum / 3);
}

/* Share of u[0...n) whose probability passes the level. */
static double share_beyond(const rnn_surprise *s, size_t n, double level) {
    size_t beyond = 0;
    for (size_t i = 0; i < n; i++) beyond += rnn_surprise_probability(s, u[i]) > level;
    return (double)beyond / (double)n;
}

static void test_normal(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) u[i] = 2.5 * gauss(1, i);
    rnn_surprise s = rnn_surprise_fit(u, N, 0.97, scratch);
    assert_true(s.scale[0] > 2.3 && s.scale[0] < 2.8 && s.scale[1] > 2.3 && s.scale[1] < 2.8);
    assert_true(s.degrees > 15);
    assert_true(fabs(rnn_surprise_deviation(&s, 1) - 2.5) < 0.2);
    /* 1 % of 4,000: 40 +- 6; on the careful side */
    double beyond = share_beyond(&s, N, 0.99);
    assert_true(beyond > 0.004 && beyond <= 0.012);
}

static void test_heavy_tails(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) u[i] = heavy(10, i);
    rnn_surprise s = rnn_surprise_fit(u, N, 0.97, scratch);
    assert_true(s.degrees > 2 && s.degrees < 5);
    double beyond = share_beyond(&s, N, 0.99);
    assert_true(beyond > 0.004 && beyond <= 0.012);
    assert_true(share_beyond(&s, N, 0.9) > 0.07 && share_beyond(&s, N, 0.9) < 0.12);
}

static void test_directions(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) u[i] = gauss(2, i) * (gauss(2, i) > 0 ? 3 : 1);
    rnn_surprise s = rnn_surprise_fit(u, N, 0.97, scratch);
    assert_true(s.scale[1] / s.scale[0] > 2.6 && s.scale[1] / s.scale[0] < 3.4);
    assert_true(rnn_surprise_bound(&s, 0.9, 0) < 0 && rnn_surprise_bound(&s, 0.9, 1) > 0);
}

static void test_outliers(void **state) {
    (void)state;
    for (size_t i = 0; i < N; i++) u[i] = gauss(3, i);
    rnn_surprise clean = rnn_surprise_fit(u, N, 0.9, scratch);
    for (size_t i = 0; i < N; i += 25) u[i] = i % 2 ? 30 : -30;
    rnn_surprise dirty = rnn_surprise_fit(u, N, 0.9, scratch);
    for (int d = 0; d < 2; d++)
        assert_true(
            fabs(log(rnn_surprise_deviation(&dirty, d) / rnn_surprise_deviation(&clean, d))) < 0.1);
}

/* Few misses move c little from 1, none not at all; all alike are no reason to fail. */
static void test_few(void **state) {
    (void)state;
    rnn_surprise s = rnn_surprise_fit(u, 0, 0.97, scratch);
    for (int d = 0; d < 2; d++) assert_true(s.scale[d] >= 1 && s.scale[d] < 1.3);
    assert_true(rnn_surprise_probability(&s, 2) < 0.95 && rnn_surprise_probability(&s, 6) > 0.99);
    u[0] = 4;
    u[1] = -4;
    rnn_surprise two = rnn_surprise_fit(u, 2, 0.97, scratch);
    assert_true(two.scale[1] > 0.9 && two.scale[1] < 2);
    for (size_t i = 0; i < N; i++) u[i] = 0;
    s = rnn_surprise_fit(u, N, 0.97, scratch);
    assert_true(s.scale[0] > 0 && s.scale[1] > 0 && s.degrees > 0);
    assert_true(rnn_surprise_probability(&s, 1) > 0.99);
    /* Counts: mostly hit, now and then off by one. */
    for (size_t i = 0; i < N; i++) u[i] = chance(4, i) < 0.04 ? 1 : 0;
    s = rnn_surprise_fit(u, N, 0.97, scratch);
    assert_true(rnn_surprise_probability(&s, 10) > 0.99);
}

static void test_probability(void **state) {
    (void)state;
    static const rnn_surprise cases[3] = {{{1, 1}, 1000}, {{0.5, 2}, 3}, {{1e-3, 1e3}, 2.1}};
    for (size_t c = 0; c < 3; c++) {
        const rnn_surprise *s = &cases[c];
        assert_true(rnn_surprise_probability(s, 0) == 0);
        assert_true(rnn_surprise_probability(s, INFINITY) == 1);
        for (int d = 0; d < 2; d++) {
            double before = 0;
            for (int i = -60; i < 90; i++) {
                double x = pow(10, i / 10.0), p = rnn_surprise_probability(s, d ? x : -x);
                assert_true(p >= before && p <= 1);
                before = p;
            }
            for (int i = 1; i < 100; i += 5) {
                double level = i / 100.0, bound = rnn_surprise_bound(s, level, d);
                assert_true((bound > 0) == d);
                assert_near(rnn_surprise_probability(s, bound), level, 1e-9);
            }
        }
    }
    /* The normal distribution's 1.96. */
    assert_near(rnn_surprise_bound(&cases[0], 0.95, 1), 1.9623, 1e-3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal),     cmocka_unit_test(test_heavy_tails),
        cmocka_unit_test(test_directions), cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_few),        cmocka_unit_test(test_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
