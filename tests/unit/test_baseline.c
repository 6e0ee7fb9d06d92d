/* test_baseline.c - levels, seasons and drift against loops over the formulas of baseline.h, and
** that nothing looks past the origin. */
#include "forecast_testing.h"

enum { LONGEST = 120 };

/* A track over its own storage. */
typedef struct made_track {
    rnn_track track;
    double z[LONGEST], sum[LONGEST + 1];
} made_track;

static void make_track(made_track *m, size_t n, uint64_t stream) {
    memset(m, 0, sizeof *m);
    for (size_t p = 0; p < n; p++) {
        m->z[p] = 50 + 0.3 * (double)p + 5 * gauss(stream, p);
        m->sum[p + 1] = m->sum[p] + m->z[p];
    }
    m->track.known = n;
    m->track.z = m->z;
    m->track.sum = m->sum;
    m->track.unit = m->track.size = 1;
}

/* ---- the formulas, by loops ---- */

static double naive_level(const double *z, long o, long w) {
    double sum = 0, n = 0;
    for (long p = o; p > o - w && p >= 0; p--) {
        sum += z[p];
        n += 1;
    }
    return sum / n;
}

/* Level of the same cycle: with a level of a whole cycle, the mean of the cycle that the value lies
** in where the origin is its last step; otherwise the level where the origin lay that many cycles
** ago. Terms whose level is not whole do not count. */
static double naive_season(const double *z, long o, long p, long m, long w, long n,
                           int *available) {
    double sum = 0, count = 0;
    long c = 1;
    while (o + c * m < p) c++;
    for (long j = 0; j < n; j++) {
        long q = p - (c + j) * m, at = w == m && m > 1 ? o - j * m : o - (c + j) * m;
        if (at < 0 || at - w + 1 < 0) break;
        if (q < 0 || q > o) continue;
        sum += z[q] - naive_level(z, at, w);
        count += 1;
    }
    *available = count > 0;
    return count > 0 ? sum / count : 0;
}

static double naive_drift(const double *z, long o, long m) {
    double last = 0, first = 0;
    for (long i = 0; i < m; i++) {
        last += z[o - i] / (double)m;
        first += z[i] / (double)m;
    }
    return (double)m * (last - first) / (double)(o + 1 - m);
}

static const long seasons[] = {1, 2, 4, 7, 12}, counts[] = {1, 3, 8}, levels[] = {1, 4, 7, 28};

static void test_level(void **state) {
    (void)state;
    made_track m;
    make_track(&m, LONGEST, 1);
    for (long o = 0; o < LONGEST; o++) {
        for (long w = 1; w < 150; w += 7) {
            assert_near(rnn_track_level(&m.track, o, (size_t)w), naive_level(m.z, o, w), 1e-12);
        }
    }
}

static void test_season(void **state) {
    (void)state;
    made_track m;
    make_track(&m, LONGEST, 2);
    for (size_t i = 0; i < COUNT(seasons); i++) {
        for (size_t k = 0; k < COUNT(counts) * (COUNT(levels) + 1); k++) {
            long n = counts[k % COUNT(counts)], s = seasons[i];
            long w = k / COUNT(counts) < COUNT(levels) ? levels[k / COUNT(counts)] : s;
            for (long o = 0; o < LONGEST; o += 3) {
                for (long p = o > 20 ? o - 20 : 0; p < o + 40; p++) {
                    int got, want;
                    double term =
                        rnn_track_season(&m.track, o, p, (size_t)s, (size_t)w, (size_t)n, 0, &got);
                    assert_near(term, naive_season(m.z, o, p, s, w, n, &want), 1e-12);
                    assert_int_equal(got, want);
                }
            }
        }
    }
}

/* With neighbours: the mean over three values of each cycle. */
static void test_season_around(void **state) {
    (void)state;
    made_track m;
    int available;
    make_track(&m, LONGEST, 3);
    long o = 100, p = 103, s = 50;
    double want = (m.z[52] + m.z[53] + m.z[54]) / 3 - m.z[50];
    assert_near(rnn_track_season(&m.track, o, p, (size_t)s, 1, 1, 1, &available), want, 1e-12);
    /* The neighbour after the origin is not looked at. */
    want = (m.z[99] + m.z[100]) / 2 - m.z[50];
    assert_near(rnn_track_season(&m.track, o, 150, (size_t)s, 1, 1, 1, &available), want, 1e-12);
    assert_int_equal(available, 1);
}

static void test_drift(void **state) {
    (void)state;
    made_track m;
    make_track(&m, LONGEST, 4);
    for (size_t i = 0; i < COUNT(seasons); i++) {
        for (long o = 2 * seasons[i]; o < LONGEST; o++) {
            assert_near(rnn_track_drift(&m.track, o, (size_t)seasons[i]),
                        naive_drift(m.z, o, seasons[i]), 1e-11);
        }
    }
    /* Too short for a season: a finite figure all the same. */
    for (long o = 0; o < 24; o++) assert_true(isfinite(rnn_track_drift(&m.track, o, 1000000)));
}

/* A line is continued exactly; so is a seasonal pattern with steps from cycle to cycle. */
static void test_base(void **state) {
    (void)state;
    made_track m;
    rnn_baseline line = {1, 1, 0, 1}, cycles = {12, 12, 1, 1}, naive = {12, 1, 1, 0};
    make_track(&m, LONGEST, 5);
    for (size_t p = 0; p < LONGEST; p++) {
        m.z[p] = 3 + 0.5 * (double)p;
        m.sum[p + 1] = m.sum[p] + m.z[p];
    }
    for (long k = 1; k < 60; k++)
        assert_near(rnn_track_base(&m.track, &line, 80, k), 3 + 0.5 * (80.0 + (double)k), 1e-12);
    for (size_t p = 0; p < LONGEST; p++) {
        size_t cycle = p / 12;
        m.z[p] = 7 * (double)cycle + sin((double)(p % 12));
        m.sum[p + 1] = m.sum[p] + m.z[p];
    }
    for (long k = 1; k <= 36; k++) {
        long cycle = (83 + k) / 12;
        double want = 7 * (double)cycle + sin((double)((83 + k) % 12));
        assert_near(rnn_track_base(&m.track, &cycles, 83, k), want, 1e-12);
    }
    /* On the last value: what the last cycle did from the same phase on. */
    for (long k = 1; k <= 12; k++) {
        assert_near(rnn_track_base(&m.track, &naive, 80, k), m.z[80] + m.z[80 + k - 12] - m.z[68],
                    1e-12);
    }
}

/* Whatever comes after the origin: every figure is the same, bit for bit. */
static void test_past_only(void **state) {
    (void)state;
    made_track a, b;
    make_track(&a, LONGEST, 6);
    for (long o = 0; o < LONGEST; o += 5) {
        make_track(&b, LONGEST, 6);
        for (long p = o + 1; p < LONGEST; p++) b.z[p] = NAN;
        for (long p = o + 2; p <= LONGEST; p++) b.sum[p] = NAN;
        for (size_t i = 0; i < COUNT(seasons); i++) {
            for (long k = 1; k <= 30; k++) {
                size_t s = (size_t)seasons[i];
                rnn_baseline kinds[3] = {{s, 1, 3, 0}, {s, s, 8, 1}, {s, 28, 0, 1}};
                for (size_t j = 0; j < COUNT(kinds); j++) {
                    double x = rnn_track_base(&a.track, &kinds[j], o, k),
                           y = rnn_track_base(&b.track, &kinds[j], o, k);
                    assert_memory_equal(&x, &y, sizeof x);
                }
                int m, n;
                double x = rnn_track_season(&a.track, o, o + k - 15, s, 1, 3, 1, &m);
                double y = rnn_track_season(&b.track, o, o + k - 15, s, 1, 3, 1, &n);
                assert_memory_equal(&x, &y, sizeof x);
                assert_int_equal(m, n);
            }
        }
    }
}

/* One step, and seasons longer than the series: the last value. */
static void test_shortest(void **state) {
    (void)state;
    made_track m;
    rnn_baseline kinds[] = {{1, 1, 0, 0},  {1, 28, 0, 0},  {1, 1, 0, 1},
                            {12, 1, 8, 0}, {12, 12, 3, 1}, {1000000, 1000000, 8, 1}};
    make_track(&m, 1, 7);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (long k = 1; k < 100; k += 11)
            assert_near(rnn_track_base(&m.track, &kinds[i], 0, k), m.z[0], 1e-15);
    }
}

/* ---- bytes ---- */

static rnn_recipe some_recipe(void) {
    return (rnn_recipe){.log = 1,
                        .log_floor = 0.25,
                        .base = {12, 7, 3, 1},
                        .scale_lag = 24,
                        .scale_floor = 0.3,
                        .annual = 1,
                        .anniversary = 1,
                        .shrink = 0.75};
}

/* What reading the bytes of r says. */
static int read_status(const rnn_recipe *r, rnn_recipe *out) {
    rnn_context ctx = {0};
    rnn_writer w;
    rnn_reader reader;
    rnn_writer_init(&w, &ctx);
    rnn_recipe_write(r, &w);
    rnn_reader_init(&reader, w.data, w.size);
    int status = rnn_recipe_read(&reader, out);
    if (status == 0) assert_int_equal(reader.at, w.size);
    rnn_writer_free(&w);
    return status;
}

static void test_bytes(void **state) {
    (void)state;
    rnn_recipe r = some_recipe(), out;
    assert_int_equal(read_status(&r, &out), 0);
    assert_int_equal(out.log, 1);
    assert_true(out.log_floor == 0.25 && out.scale_floor == 0.3 && out.shrink == 0.75);
    assert_true(out.base.season == 12 && out.base.level == 7 && out.base.terms == 3 &&
                out.base.drift == 1);
    assert_true(out.scale_lag == 24 && out.annual == 1 && out.anniversary == 1);
    r.log_floor = 1e307; /* a tenth of the lowest value of any series */
    assert_int_equal(read_status(&r, &out), 0);
}

static void test_bad_bytes(void **state) {
    (void)state;
    rnn_recipe bad[14], out;
    for (size_t i = 0; i < COUNT(bad); i++) bad[i] = some_recipe();
    bad[0].base.season = 0;
    bad[1].base.season = (size_t)1 << 40;
    bad[2].base.level = 0;
    bad[3].base.level = SIZE_MAX;
    bad[4].base.terms = 101;
    bad[5].scale_lag = 0;
    bad[6].scale_lag = SIZE_MAX;
    bad[7].log_floor = NAN;
    bad[8].log_floor = INFINITY;
    bad[9].scale_floor = -1;
    bad[10].scale_floor = NAN;
    bad[11].shrink = 1.5;
    bad[12].shrink = NAN;
    bad[13].log_floor = 0; /* of a logarithm */
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (!read_status(&bad[i], &out)) fail_msg("bad recipe %zu was read", i);
    }
    /* Cut anywhere. */
    rnn_context ctx = {0};
    rnn_writer w;
    rnn_recipe r = some_recipe();
    rnn_writer_init(&w, &ctx);
    rnn_recipe_write(&r, &w);
    for (size_t n = 0; n < w.size; n++) {
        rnn_reader reader;
        rnn_reader_init(&reader, w.data, n);
        assert_int_equal(rnn_recipe_read(&reader, &out), 1);
    }
    rnn_writer_free(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level),         cmocka_unit_test(test_season),
        cmocka_unit_test(test_season_around), cmocka_unit_test(test_drift),
        cmocka_unit_test(test_base),          cmocka_unit_test(test_past_only),
        cmocka_unit_test(test_shortest),      cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bad_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
