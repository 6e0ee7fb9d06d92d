/* test_pool.c - every task once, on any number of threads, awake or asleep.
**
** pool.c is compiled into this program, so that pthread_create can be made to fail after a number
** of threads.
*/
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

static size_t threads_granted = SIZE_MAX;

static int create_or_fail(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                          void *arg) {
    if (threads_granted == 0) return EAGAIN;
    threads_granted--;
    return pthread_create(thread, attr, start, arg);
}

#define pthread_create create_or_fail
#include "pool.c" /* NOLINT(bugprone-suspicious-include) */
#undef pthread_create

#include "testing.h"

#include <fenv.h>

enum { MOST_TASKS = 1000 };

static rnn_pool *make_pool(rnn_context *ctx, size_t threads) {
    rnn_pool *p = NULL;
    assert_int_equal(rnn_pool_create(ctx, threads, &p), RNN_OK);
    assert_non_null(p);
    return p;
}

static void pause_for(long nanosecond) {
    struct timespec t = {0, nanosecond};
    nanosleep(&t, NULL);
}

static void count_task(void *arg, size_t task) {
    int *count = arg;
    count[task]++; /* one task, one thread: no atomic needed; TSan would tell */
}

/* Runs of all sizes, back to back and with pauses in which the workers fall asleep. */
static void check_runs(rnn_pool *p) {
    static int count[MOST_TASKS];
    for (size_t run = 0; run < 600; run++) {
        size_t tasks = run % 7 == 0 ? run % 3 : run * 37 % MOST_TASKS;
        for (size_t i = 0; i < MOST_TASKS; i++) count[i] = 0;
        rnn_pool_run(p, tasks, count_task, count);
        for (size_t i = 0; i < MOST_TASKS; i++) assert_int_equal(count[i], i < tasks);
        if (run % 100 == 99) pause_for(1000000);
    }
}

static void every_task_once(void **state) {
    (void)state;
    static const size_t threads[] = {1, 2, 3, 8};
    for (size_t i = 0; i < COUNT(threads); i++) {
        rnn_context ctx = {0};
        rnn_pool *p = make_pool(&ctx, threads[i]);
        assert_int_equal(rnn_pool_threads(p), threads[i]);
        check_runs(p);
        rnn_pool_free(p);
        assert_true(ctx.memory_used == 0);
    }
}

static void no_pool_runs_here(void **state) {
    (void)state;
    check_runs(NULL);
    assert_int_equal(rnn_pool_threads(NULL), 1);
    rnn_pool_free(NULL);
}

static void made_and_ended_at_once(void **state) {
    (void)state;
    rnn_context ctx = {0};
    for (int i = 0; i < 50; i++) rnn_pool_free(make_pool(&ctx, 4));
}

static void few_threads_granted(void **state) {
    (void)state;
    for (size_t granted = 0; granted < 3; granted++) {
        rnn_context ctx = {0};
        threads_granted = granted;
        rnn_pool *p = make_pool(&ctx, 8);
        threads_granted = SIZE_MAX;
        assert_int_equal(rnn_pool_threads(p), granted + 1);
        check_runs(p);
        rnn_pool_free(p);
    }
}

static void no_memory(void **state) {
    (void)state;
    rnn_context ctx = {.memory_limit = 16};
    rnn_pool *p = (rnn_pool *)&ctx;
    assert_int_equal(rnn_pool_create(&ctx, 4, &p), RNN_LIMIT);
    assert_null(p);
}

static void cores_and_caps(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_pool *p = make_pool(&ctx, 0);
    assert_int_equal(rnn_pool_threads(p), rnn_core_count());
    rnn_pool_free(p);
    threads_granted = RNN_POOL_MAX_THREADS + 10;
    p = make_pool(&ctx, 100000);
    assert_true(rnn_pool_threads(p) <= RNN_POOL_MAX_THREADS);
    assert_true(threads_granted >= 11);
    check_runs(p);
    rnn_pool_free(p);
    threads_granted = SIZE_MAX;
#ifdef __linux__
    cpu_set_t before, one;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(rnn_core_count(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
#endif
}

/* What each task found: whether it ran on a worker, and what that worker is like. */
typedef struct finding {
    pthread_t caller;
    int on_worker[MOST_TASKS], unblocked[MOST_TASKS];
    volatile float tiny, one, little;
    float product[MOST_TASKS], sum[MOST_TASKS];
} finding;

static void look_around(void *arg, size_t task) {
    finding *f = arg;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    f->on_worker[task] = !pthread_equal(pthread_self(), f->caller);
    f->unblocked[task] = !sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM);
    f->product[task] = f->tiny * f->tiny; /* subnormal */
    f->sum[task] = f->one + f->little;    /* rounds */
    pause_for(100000);
}

static void workers_block_signals(void **state) {
    (void)state;
    static finding f;
    rnn_context ctx = {0};
    rnn_pool *p = make_pool(&ctx, 3);
    f.caller = pthread_self();
    rnn_pool_run(p, 100, look_around, &f);
    int workers = 0;
    for (size_t i = 0; i < 100; i++) {
        workers += f.on_worker[i];
        assert_int_equal(f.on_worker[i] && f.unblocked[i], 0);
        assert_int_equal(!f.on_worker[i] && !f.unblocked[i], 0); /* the caller's are as they were */
    }
    assert_true(workers > 0);
    rnn_pool_free(p);
}

/* A host that rounds upwards gets the same results on every thread, and its mode back. */
static void one_floating_point_mode(void **state) {
    (void)state;
    static finding f;
    rnn_context ctx = {0};
    rnn_pool *pool[2] = {NULL, NULL};
    f.caller = pthread_self();
    f.tiny = 1e-20f;
    f.one = 1;
    f.little = 1e-10f;
    assert_int_equal(fesetround(FE_UPWARD), 0);
    float upwards = f.one + f.little, subnormal = f.tiny * f.tiny;
    if (!(upwards > 1)) { /* valgrind has no rounding modes */
        fesetround(FE_TONEAREST);
        skip();
    }
    pool[1] = make_pool(&ctx, 3);
    for (size_t k = 0; k < COUNT(pool); k++) {
        rnn_pool_run(pool[k], 60, look_around, &f);
        float sum_after = f.one + f.little, product_after = f.tiny * f.tiny;
        assert_true(sum_after == upwards && product_after == subnormal);
        for (size_t i = 0; i < 60; i++) {
#if defined(__x86_64__) || defined(__aarch64__)
            assert_true(f.sum[i] == 1 && f.product[i] == 0);
#endif
        }
    }
    fesetround(FE_TONEAREST);
    rnn_pool_free(pool[1]);
}

/* An idle pool must not use the processor. */
static void idle_is_idle(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_pool *p = make_pool(&ctx, 0);
    static int count[MOST_TASKS];
    rnn_pool_run(p, 64, count_task, count);
    pause_for(20000000);
    clock_t before = clock();
    pause_for(200000000);
    assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 0.05);
    rnn_pool_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_once),
        cmocka_unit_test(no_pool_runs_here),
        cmocka_unit_test(made_and_ended_at_once),
        cmocka_unit_test(few_threads_granted),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(cores_and_caps),
        cmocka_unit_test(workers_block_signals),
        cmocka_unit_test(one_floating_point_mode),
        cmocka_unit_test(idle_is_idle),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
