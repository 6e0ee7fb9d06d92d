/* test_packed.c - products with packed weights: every set of kernels against sums in double, over
** many shapes, and the product for gradients; rows that do not depend on each other; packing that follows the parameters.
**
** Tolerance: a sum of k products of numbers up to 1, each rounded once: k roundoffs of their sum's
** size, below k, plus that of the start. */
#include <pthread.h>

#include "net_testing.h"

#include "packed.h"

static const char *const sets[] = {"scalar", "avx2", "avx512"};

enum { MOST_N = 33, MOST_M = 150, MOST_K = 700, PAD = 3 };

static real a[MOST_N * (MOST_K + PAD)], w[MOST_M * MOST_K], start[MOST_N * (MOST_M + PAD)],
    out[MOST_N * (MOST_M + PAD)], one[MOST_M + PAD];

/* A packing of one matrix [k x m], which parameters hold as [m x k] or, `backward`, [k x m]. */
static rnn_packing *make(rnn_context *ctx, size_t k, size_t m, int backward) {
    rnn_packed matrix[2] = {{k, m, 0, backward ? m : 1, backward ? 1 : k, NULL}};
    rnn_packing *p = NULL;
    testing_ok(ctx, rnn_packing_create(ctx, matrix, 2, 1, &p));
    rnn_packing_refresh(p, w, 0);
    return p;
}

typedef enum begin { ZERO, VECTOR, MATRIX, PLACE, BEGINS } begin;

static void check(const char *set, const rnn_packed *p, size_t n, begin from, int backward) {
    size_t k = p->k, m = p->m, lda = k + PAD, ldc = m + PAD;
    const real *s = from == ZERO ? NULL : from == PLACE ? out : start;
    size_t lds = from == VECTOR ? 0 : ldc;
    memcpy(out, start, sizeof start);
    rnn_packed_product(p, n, a, lda, s, lds, out, ldc);
    for (size_t r = 0; r < n; r++) {
        for (size_t j = 0; j < m; j++) {
            double sum = from == ZERO ? 0 : (double)start[r * lds + j];
            for (size_t i = 0; i < k; i++)
                sum += (double)a[r * lda + i] * (double)w[backward ? i * m + j : j * k + i];
            double off = fabs((double)out[r * ldc + j] - sum);
            if (!(off <= (double)(k + 2) * 2 * TESTING_ROUNDOFF)) {
                fail_msg("%s: n = %zu, k = %zu, m = %zu, start %d: [%zu][%zu] is %.9g, not %.9g",
                         set, n, k, m, (int)from, r, j, (double)out[r * ldc + j], sum);
            }
        }
        for (size_t j = m; j < ldc; j++) assert_true(out[r * ldc + j] == start[r * ldc + j]);
    }
    if (n < MOST_N) assert_true(out[n * ldc] == start[n * ldc]);
    for (size_t r = 0; r < n; r += 5) { /* a row alone */
        const real *own = from == ZERO ? NULL : start + r * lds;
        rnn_packed_product(p, 1, a + r * lda, lda, own, lds, one, ldc);
        assert_memory_equal(one, out + r * ldc, m * sizeof(real));
    }
}

static void check_shape(const char *set, size_t k, size_t m, size_t n_step) {
    rnn_context ctx = {0};
    for (int backward = 0; backward < 2; backward++) {
        rnn_packing *p = make(&ctx, k, m, backward);
        for (size_t n = 0; n <= MOST_N; n += n_step)
            check(set, rnn_packing_matrix(p, 0), n, (begin)((n + m) % BEGINS), backward);
        rnn_packing_free(&ctx, p);
    }
    testing_no_leak(&ctx);
}

static void test_product(void **state) {
    (void)state;
    uint64_t seed = 3;
    testing_draw(a, TESTING_COUNT(a), 1, &seed);
    testing_draw(w, TESTING_COUNT(w), 1, &seed);
    testing_draw(start, TESTING_COUNT(start), 1, &seed);
    for (size_t i = 0; i < TESTING_COUNT(sets); i++) {
        if (rnn_kernels_force(sets[i]) != 0) {
            print_message("# this machine has no %s\n", sets[i]);
            continue;
        }
        for (size_t m = 1; m <= 70; m += m < 20 ? 1 : 7) check_shape(sets[i], 1 + m % 9, m, 1);
        for (size_t m = 96; m <= MOST_M; m += 27) check_shape(sets[i], 40, m, 4);
        check_shape(sets[i], MOST_K, 64, 11);
        check_shape(sets[i], MOST_K, 65, 16);
        check_shape(sets[i], MOST_K - 1, 130, 16);
    }
    assert_int_equal(rnn_kernels_force(NULL), 0);
}

/* out [m x n] += a^T w, a [k x m], w [k x n]. */
static void check_outer(const char *set, size_t m, size_t n, size_t k) {
    const rnn_kernels *kernels = rnn_kernels_get();
    size_t lda = m + PAD, ldb = n + 1, ldc = n + PAD;
    memcpy(out, start, sizeof start);
    kernels->outer(m, n, k, a, lda, w, ldb, out, ldc);
    for (size_t r = 0; r < m; r++) {
        for (size_t j = 0; j < n; j++) {
            double sum = (double)start[r * ldc + j];
            for (size_t i = 0; i < k; i++) sum += (double)a[i * lda + r] * (double)w[i * ldb + j];
            double off = fabs((double)out[r * ldc + j] - sum);
            if (!(off <= (double)(k + 2) * 2 * TESTING_ROUNDOFF)) {
                fail_msg("%s: m = %zu, n = %zu, k = %zu: [%zu][%zu] is %.9g, not %.9g", set, m, n,
                         k, r, j, (double)out[r * ldc + j], sum);
            }
        }
        for (size_t j = n; j < ldc; j++) assert_true(out[r * ldc + j] == start[r * ldc + j]);
    }
    assert_true(out[m * ldc] == start[m * ldc]);
}

/* Gradients of weights, in the sets that have a product of their own for them. */
static void test_outer(void **state) {
    (void)state;
    uint64_t seed = 4;
    testing_draw(a, TESTING_COUNT(a), 1, &seed);
    testing_draw(w, TESTING_COUNT(w), 1, &seed);
    testing_draw(start, TESTING_COUNT(start), 1, &seed);
    for (size_t i = 0; i < TESTING_COUNT(sets); i++) {
        if (rnn_kernels_force(sets[i]) != 0 || !rnn_kernels_get()->outer) continue;
        for (size_t m = 1; m < MOST_N; m += m < 14 ? 1 : 9) {
            for (size_t n = 1; n <= MOST_M; n += n < 20 ? 3 : 16) check_outer(sets[i], m, n, 9);
            check_outer(sets[i], m, 65, 0);
            check_outer(sets[i], m, 64, 128);
            check_outer(sets[i], m, 130, 300);
        }
    }
    assert_int_equal(rnn_kernels_force(NULL), 0);
}

/* What is packed follows the parameters and the set of kernels. */
static void test_fresh(void **state) {
    (void)state;
    rnn_context ctx = {0};
    real in = 1, result;
    rnn_packing *p = make(&ctx, 1, 1, 0);
    for (size_t i = 0; i < 6; i++) {
        w[0] = (real)i;
        rnn_packing_stale(p);
        (void)rnn_kernels_force(sets[i % 3]);
        rnn_packing_refresh(p, w, 0);
        rnn_packed_product(rnn_packing_matrix(p, 0), 1, &in, 1, NULL, 0, &result, 1);
        assert_true(result == (real)i);
        (void)rnn_kernels_force(sets[(i + 1) % 3]);
        rnn_packing_refresh(p, w, 0);
        rnn_packed_product(rnn_packing_matrix(p, 0), 1, &in, 1, NULL, 0, &result, 1);
        assert_true(result == (real)i);
    }
    assert_int_equal(rnn_kernels_force(NULL), 0);
    rnn_packing_free(&ctx, p);
    testing_no_leak(&ctx);
}

static void *refresh(void *packing) {
    rnn_packing_refresh(packing, w, 0);
    return rnn_packing_matrix(packing, 0)->data;
}

/* Threads that need it at the same time. */
static void test_threads(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_packing *p = make(&ctx, 200, 150, 0);
    const rnn_packed *m = rnn_packing_matrix(p, 0);
    size_t bytes = (size_t)rnn_packed_size(200, 150) * sizeof(real);
    real *want = malloc(bytes);
    assert_non_null(want);
    memset(m->data, 0, bytes);
    rnn_packing_stale(p);
    rnn_packing_refresh(p, w, 0);
    memcpy(want, m->data, bytes);
    for (int i = 0; i < 200; i++) {
        pthread_t thread[3];
        void *data;
        memset(m->data, 0, bytes);
        rnn_packing_stale(p);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(pthread_create(&thread[k], NULL, refresh, p), 0);
        refresh(p);
        assert_memory_equal(m->data, want, bytes);
        for (size_t k = 0; k < 3; k++) pthread_join(thread[k], &data);
    }
    free(want);
    rnn_packing_free(&ctx, p);
    testing_no_leak(&ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_outer),
        cmocka_unit_test(test_fresh),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
