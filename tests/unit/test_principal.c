/* test_principal.c - principal components against values worked out by hand, and what defines them
** where hands are too slow. */
#include "testing.h"
#include "values_testing.h"

#include "principal.h"
#include "rng.h"

static void find(rnn_context *ctx, const real *v, size_t n, size_t width, rnn_principal *p) {
    if (rnn_principal_find(ctx, v, n, width, p) != RNN_OK) fail_msg("%s", ctx->message);
}

/* Four points around (3, 4): variances 2 and 1/2 along the axes. */
static void test_by_hand(void **state) {
    static const real v[] = {5, 4, 1, 4, 3, 5, 3, 3};
    static const double x[] = {2, -2, 0, 0}, y[] = {0, 0, 1, -1};
    rnn_context ctx = {0};
    rnn_principal p;
    (void)state;
    find(&ctx, v, 4, 2, &p);
    assert_near(p.mean[0], 3, 1e-15);
    assert_near(p.mean[1], 4, 1e-15);
    assert_near(p.variance[0], 2, 1e-12);
    assert_near(p.variance[1], 0.5, 1e-12);
    for (size_t i = 0; i < 4; i++) {
        assert_near(rnn_principal_project(&p, v + 2 * i, 0), x[i], 1e-12);
        assert_near(rnn_principal_project(&p, v + 2 * i, 1), y[i], 1e-12);
    }
    rnn_principal_free(&p);
    assert_int_equal(ctx.memory_used, 0);
}

/* The same turned by 45 degrees and mirrored: axes (-1, 1)/sqrt 2 and (1, 1)/sqrt 2. The element of
** largest magnitude is positive; here both are as large, so what counts is that one of them is, and
** that the mirror image has the same axes. */
static void test_turned(void **state) {
    static const real v[] = {2, -2, -2, 2, 1, 1, -1, -1};
    rnn_context ctx = {0};
    rnn_principal p;
    (void)state;
    for (int mirror = 0; mirror < 2; mirror++) {
        real w[8];
        for (size_t i = 0; i < 8; i++) w[i] = mirror ? -v[i] : v[i];
        find(&ctx, w, 4, 2, &p);
        assert_near(p.variance[0], 4, 1e-12);
        assert_near(p.variance[1], 1, 1e-12);
        assert_near(p.axis[0][0] * p.axis[0][1], -0.5, 1e-12);
        assert_near(p.axis[1][0], sqrt(0.5), 1e-12);
        assert_near(p.axis[1][1], sqrt(0.5), 1e-12);
        rnn_principal_free(&p);
    }
}

/* The sign is that of the largest element. */
static void test_sign(void **state) {
    static const real up[] = {1, -3, 0, -1, 3, 0}, down[] = {-1, 3, 0, 1, -3, 0};
    rnn_context ctx = {0};
    rnn_principal p;
    (void)state;
    for (int i = 0; i < 2; i++) {
        find(&ctx, i ? up : down, 2, 3, &p);
        assert_near(p.axis[0][0], -1 / sqrt(10), 1e-12);
        assert_near(p.axis[0][1], 3 / sqrt(10), 1e-12);
        assert_near(p.variance[0], 10, 1e-12);
        assert_near(p.variance[1], 0, 1e-12);
        rnn_principal_free(&p);
    }
}

/* Nothing to find: no vectors, one, equal ones, zeros, one element. */
static void test_nothing(void **state) {
    static const real v[] = {7, 8, 7, 8, 7, 8}, line[] = {1, 2, 6};
    rnn_context ctx = {0};
    rnn_principal p;
    (void)state;
    for (size_t n = 0; n <= 3; n++) {
        find(&ctx, v, n, 2, &p);
        assert_near(p.variance[0], 0, 1e-12);
        for (size_t i = 0; i < n; i++) {
            assert_near(rnn_principal_project(&p, v, 0), 0, 1e-12);
            assert_near(rnn_principal_project(&p, v, 1), 0, 1e-12);
        }
        rnn_principal_free(&p);
    }
    find(&ctx, line, 3, 1, &p);
    assert_near(p.variance[0], 14.0 / 3, 1e-12);
    assert_near(rnn_principal_project(&p, line + 2, 0), 3, 1e-12);
    assert_true(rnn_principal_project(&p, line + 2, 1) == 0);
    rnn_principal_free(&p);
    rnn_principal_free(&p);
    rnn_principal_free(NULL);
    assert_int_equal(ctx.memory_used, 0);
}

/* n vectors of E normal numbers, of element j `deviation`[j] (1 beyond the second). */
static real *normal_vectors(size_t n, size_t E, const double deviation[2]) {
    real *v = malloc(n * E * sizeof *v);
    assert_non_null(v);
    for (size_t i = 0; i < n * E; i++)
        v[i] = (real)((i % E < 2 ? deviation[i % E] : 1) * rnn_normal(5, i) + (double)(i % E));
    return v;
}

/* What the components are by definition, for any number of elements: x and y have mean 0 and the
** variances given, are uncorrelated, and no other direction has more variance. */
static void expect_components(size_t n, size_t E, const double deviation[2], int whole) {
    rnn_context ctx = {0};
    rnn_principal p;
    real *v = normal_vectors(n, E, deviation);
    double sum[2] = {0}, xx = 0, yy = 0, xy = 0, other = 0;
    find(&ctx, v, n, E, &p);
    for (size_t i = 0; i < n; i++) {
        double x = rnn_principal_project(&p, v + i * E, 0),
               y = rnn_principal_project(&p, v + i * E, 1), z = 0;
        sum[0] += x;
        sum[1] += y;
        xx += x * x / (double)n;
        yy += y * y / (double)n;
        xy += x * y / (double)n;
        z = ((double)v[i * E] - p.mean[0]) * 0.6 + ((double)v[i * E + 1] - p.mean[1]) * 0.8;
        other += z * z / (double)n;
    }
    assert_near(sum[0] / (double)n, 0, 1e-10);
    assert_near(sum[1] / (double)n, 0, 1e-10);
    assert_near(xx, p.variance[0], 1e-10);
    assert_near(yy, p.variance[1], 1e-10);
    assert_near(xy, 0, 1e-10);
    assert_true(xx >= yy);
    assert_true(xx >= other);
    for (size_t k = 0; k < 2 && whole; k++) /* planted far above the noise */
        assert_true(fabs(p.axis[k][k]) > 0.99);
    rnn_principal_free(&p);
    free(v);
}

static void test_definition(void **state) {
    static const double planted[2] = {20, 10}, noise[2] = {1, 1};
    (void)state;
    expect_components(400, 60, planted, 1);
    expect_components(400, 60, noise, 0);
    expect_components(300, 250, planted, 1); /* more elements than steps */
    expect_components(300, 250, noise, 0);
    expect_components(20, 250, noise, 0); /* fewer vectors than steps */
    expect_components(3, 90, noise, 0);
}

/* A case with known eigenvalues: those of the 3 x 3 covariance 1/4 [[2, 1, 0], [1, 2, 1],
** [0, 1, 2]] are (2 +- sqrt 2) / 4 and 1/2. Vectors +-L_k, the columns of its Cholesky factor. */
static void test_known_eigenvalues(void **state) {
    const double a = sqrt(2), b = sqrt(1.5), c = sqrt(4.0 / 3);
    const double column[3][3] = {{a, 1 / a, 0}, {0, b, 1 / b}, {0, 0, c}};
    rnn_context ctx = {0};
    rnn_principal p;
    real v[18];
    (void)state;
    for (size_t k = 0; k < 6; k++) {
        for (size_t j = 0; j < 3; j++)
            v[3 * k + j] = (real)(column[k / 2][j] * (k % 2 ? -1 : 1) * sqrt(3) / 2);
    }
    find(&ctx, v, 6, 3, &p);
    assert_near(p.variance[0], (2 + a) / 4, 1e-6);
    assert_near(p.variance[1], 0.5, 1e-6);
    assert_near(p.axis[0][0], 0.5, 1e-6);
    assert_near(p.axis[0][1], a / 2, 1e-6);
    assert_near(p.axis[0][2], 0.5, 1e-6);
    rnn_principal_free(&p);
}

static void test_allocations(void **state) {
    static const double noise[2] = {1, 1};
    real *v = normal_vectors(10, 6, noise);
    testing_host host;
    rnn_status status = RNN_NOMEM;
    (void)state;
    for (uint64_t n = 1; status != RNN_OK; n++) {
        rnn_context ctx = testing_context(&host);
        rnn_principal p;
        host.fail_at = n;
        status = rnn_principal_find(&ctx, v, 10, 6, &p);
        assert_true(status == RNN_OK || (status == RNN_NOMEM && p.width == 0));
        rnn_principal_free(&p);
        testing_no_leak(&ctx, &host);
    }
    free(v);
}

static void test_interrupts(void **state) {
    static const double noise[2] = {1, 1};
    real *v = normal_vectors(10, 6, noise);
    rnn_status status = RNN_INTERRUPT;
    int calls = 0;
    (void)state;
    while (status == RNN_INTERRUPT) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_principal p;
        int left = ++calls;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        status = rnn_principal_find(&ctx, v, 10, 6, &p);
        rnn_principal_free(&p);
        testing_no_leak(&ctx, &host);
    }
    assert_int_equal(status, RNN_OK);
    assert_true(calls > 6); /* each pass */
    free(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),     cmocka_unit_test(test_turned),
        cmocka_unit_test(test_sign),        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_definition),  cmocka_unit_test(test_known_eigenvalues),
        cmocka_unit_test(test_allocations), cmocka_unit_test(test_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
