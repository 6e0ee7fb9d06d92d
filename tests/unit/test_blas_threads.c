/* test_blas_threads.c - products made by several threads at the same time are what one thread
** makes, bit for bit. A single-threaded OpenBLAS gives two threads the same packing buffer unless
** engine/blas_memory.c stands between. */
#include <stdlib.h>
#include <string.h>

#include "gemm.h"
#include "pool.h"
#include "testing.h"

enum { M = 48, N = 64, K = 40, TASKS = 64, REPEATS = 400, THREADS = 8 };

static real a[M * K], b[K * N], want[M * N];

static void multiply(real *c) {
    memset(c, 0, sizeof want);
    rnn_gemm_nn(M, N, K, a, K, b, N, 0, c, N);
}

/* Each task counts its wrong products into its own element. */
static void task(void *arg, size_t number) {
    int *wrong = arg;
    real c[M * N];
    for (int i = 0; i < REPEATS; i++) {
        multiply(c);
        wrong[number] += memcmp(c, want, sizeof want) != 0;
    }
}

static void test_concurrent_products(void **state) {
    rnn_context ctx = {0};
    rnn_pool *pool = NULL;
    int wrong[TASKS] = {0}, total = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(a); i++) a[i] = (real)(i % 17) / 7;
    for (size_t i = 0; i < COUNT(b); i++) b[i] = (real)(i % 23) / 11;
    assert_int_equal(rnn_pool_create(&ctx, THREADS, &pool), RNN_OK);
    multiply(want);
    rnn_pool_run(pool, TASKS, task, wrong);
    for (size_t i = 0; i < TASKS; i++) total += wrong[i];
    assert_int_equal(total, 0);
    rnn_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_concurrent_products)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
