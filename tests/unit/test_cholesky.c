/* test_cholesky.c - factors, inverses and solutions against products written out in plain loops,
** of sizes around the block's; what is not positive definite; the same bits on any number of
** threads. double_cholesky.c runs it in the double build.
**
** The matrices are I + M M^T / n with elements of M below 1: their eigenvalues are between 1 and
** 3, and elements at most 2. A factor's error is then at most n + 1 roundoffs of 2 (Higham 2002,
** theorem 10.3), times a small constant because panels are multiplied with a rounded inverse of
** their block.
*/
#include "net_testing.h"

#include "cholesky.h"

static const size_t SIZES[] = {1, 2, 63, 64, 65, 128, 200};

enum { COLUMNS = 3 };

/* A matrix and what becomes of it. The upper half of `l`, which nobody may read, is NaN before. */
typedef struct problem {
    rnn_context ctx;
    rnn_pool *pool;
    size_t n;
    real *a, *l, *inverse, *scratch;
} problem;

static void set_up(problem *p, size_t n, size_t threads) {
    uint64_t seed = n;
    memset(p, 0, sizeof *p);
    p->n = n;
    testing_ok(&p->ctx, rnn_pool_create(&p->ctx, threads, &p->pool));
    p->a = rnn_alloc_array(&p->ctx, n * n, sizeof(real));
    p->l = rnn_alloc_array(&p->ctx, n * n, sizeof(real));
    p->inverse = rnn_alloc_array(&p->ctx, n * n, sizeof(real));
    p->scratch = rnn_alloc_array(&p->ctx, rnn_cholesky_scratch(n), sizeof(real));
    real *m = rnn_alloc_array(&p->ctx, n * n, sizeof(real));
    assert_true(p->a && p->l && p->inverse && p->scratch && m);
    testing_draw(m, n * n, 1, &seed);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = i == j ? 1 : 0;
            for (size_t k = 0; k < n; k++)
                sum += (double)m[i * n + k] * (double)m[j * n + k] / (double)n;
            p->a[i * n + j] = (real)sum;
            p->l[i * n + j] = j > i ? (real)NAN : (real)sum;
        }
    }
    rnn_free(&p->ctx, m);
}

static void tear_down(problem *p) {
    rnn_pool_free(p->pool);
    rnn_free(&p->ctx, p->a);
    rnn_free(&p->ctx, p->l);
    rnn_free(&p->ctx, p->inverse);
    rnn_free(&p->ctx, p->scratch);
    testing_no_leak(&p->ctx);
}

static double tolerance(const problem *p) { return 8 * (double)(p->n + 1) * TESTING_ROUNDOFF; }

static void expect_near(const problem *p, const char *what, size_t i, size_t j, double got,
                        double want) {
    if (!(fabs(got - want) <= tolerance(p)))
        fail_msg("n = %zu: %s [%zu][%zu] is %.17g, not %.17g", p->n, what, i, j, got, want);
}

/* L L^T = A. */
static void test_factor(void **state) {
    (void)state;
    for (size_t s = 0; s < TESTING_COUNT(SIZES); s++) {
        problem p;
        set_up(&p, SIZES[s], 1);
        assert_int_equal(rnn_cholesky(p.pool, p.n, p.l, p.scratch), 0);
        for (size_t i = 0; i < p.n; i++) {
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t k = 0; k <= j; k++)
                    sum += (double)p.l[i * p.n + k] * (double)p.l[j * p.n + k];
                expect_near(&p, "L L^T", i, j, sum, (double)p.a[i * p.n + j]);
            }
            assert_true(p.l[i * p.n + i] > 0);
        }
        tear_down(&p);
    }
}

/* L L^-1 = I, and zeros above. */
static void test_inverse(void **state) {
    (void)state;
    for (size_t s = 0; s < TESTING_COUNT(SIZES); s++) {
        problem p;
        set_up(&p, SIZES[s], 1);
        size_t n = p.n;
        assert_int_equal(rnn_cholesky(p.pool, n, p.l, p.scratch), 0);
        for (size_t i = 0; i < n * n; i++) p.inverse[i] = (real)NAN;
        rnn_cholesky_invert(p.pool, n, p.l, p.inverse);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t k = j; k <= i; k++)
                    sum += (double)p.l[i * n + k] * (double)p.inverse[k * n + j];
                expect_near(&p, "L L^-1", i, j, sum, i == j);
            }
            for (size_t j = i + 1; j < n; j++) assert_true(p.inverse[i * n + j] == 0);
        }
        tear_down(&p);
    }
}

/* A x = b, for several b at once. */
static void test_solve(void **state) {
    (void)state;
    for (size_t s = 0; s < TESTING_COUNT(SIZES); s++) {
        problem p;
        set_up(&p, SIZES[s], 1);
        size_t n = p.n;
        uint64_t seed = 5;
        double *x = rnn_alloc_array(&p.ctx, n * COLUMNS, 2 * sizeof *x), *b = x + n * COLUMNS;
        assert_non_null(x);
        for (size_t i = 0; i < n * COLUMNS; i++) x[i] = b[i] = testing_uniform(&seed);
        assert_int_equal(rnn_cholesky(p.pool, n, p.l, p.scratch), 0);
        rnn_cholesky_solve(NULL, n, p.l, COLUMNS, x);
        for (size_t i = 0; i < n; i++) {
            for (size_t c = 0; c < COLUMNS; c++) {
                double sum = 0;
                for (size_t k = 0; k < n; k++) sum += (double)p.a[i * n + k] * x[k * COLUMNS + c];
                expect_near(&p, "A x", i, c, sum, b[i * COLUMNS + c]);
            }
        }
        rnn_free(&p.ctx, x);
        tear_down(&p);
    }
}

/* A row that is too long for its element of the diagonal, in any block: with eigenvalues of the
** rest below 3, what is left of it is at most 0.5 - 0.9^2 at / 3. Zeros; what is no number. */
static void test_not_definite(void **state) {
    (void)state;
    for (size_t at = 0; at < 130; at += 43) {
        problem p;
        set_up(&p, 130, 2);
        for (size_t k = 0; k < at; k++) p.l[at * p.n + k] = (real)0.9;
        p.l[at * p.n + at] = at ? (real)0.5 : 0;
        assert_int_equal(rnn_cholesky(p.pool, p.n, p.l, p.scratch), 1);
        tear_down(&p);
        set_up(&p, 130, 1);
        p.l[at * p.n + at] = (real)NAN;
        assert_int_equal(rnn_cholesky(p.pool, p.n, p.l, p.scratch), 1);
        memset(p.l, 0, p.n * p.n * sizeof *p.l);
        assert_int_equal(rnn_cholesky(p.pool, p.n, p.l, p.scratch), 1);
        tear_down(&p);
    }
}

static void expect_same(const problem *a, const problem *b) {
    for (size_t i = 0; i < a->n; i++)
        assert_memory_equal(a->l + i * a->n, b->l + i * a->n, (i + 1) * sizeof(real));
    assert_memory_equal(a->inverse, b->inverse, a->n * a->n * sizeof(real));
}

/* The same bits with one thread, four, and without a pool. */
static void test_threads(void **state) {
    (void)state;
    problem p[3];
    for (size_t i = 0; i < 3; i++) {
        set_up(&p[i], 200, i == 1 ? 4 : 1);
        rnn_pool *pool = i == 2 ? NULL : p[i].pool;
        assert_int_equal(rnn_cholesky(pool, p[i].n, p[i].l, p[i].scratch), 0);
        rnn_cholesky_invert(pool, p[i].n, p[i].l, p[i].inverse);
    }
    expect_same(&p[0], &p[1]);
    expect_same(&p[0], &p[2]);
    for (size_t i = 0; i < 3; i++) tear_down(&p[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor),  cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_solve),   cmocka_unit_test(test_not_definite),
        cmocka_unit_test(test_threads),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
