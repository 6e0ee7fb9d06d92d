/* pool.c - worker threads: see pool.h for what a pool promises.
**
** One 64-bit word, the ticket, holds a run's number (high half) and its tasks not yet taken (low
** half). A thread takes a task by lowering the ticket with compare-and-swap. While that succeeds,
** the run it read fn and arg for is still the current one: a run ends only when all its tasks are
** taken and done, and the next one writes fn and arg before it sets the ticket. A worker that was
** late has either a ticket of 0 tasks or a stale one, whose swap fails. (It would have to sleep
** through exactly 2^32 runs between two instructions to be fooled.)
**
** `done` counts finished tasks. The caller, when it has run out of tasks, waits for it to reach
** their number: first watching, then asleep. Sleeping and waking go through one mutex, and every
** sleeper looks at the atomics again under that mutex before it sleeps, so no wake-up is lost.
*/
#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* _SC_NPROCESSORS_ONLN */
#endif

#include "pool.h"

#if defined(_WIN32) || defined(__STDC_NO_ATOMICS__)
#define RNN_SERIAL 1
#else
#define RNN_SERIAL 0
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif
#endif

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

/* The floating-point control register of this thread, where there is one that we set. */
typedef uint64_t float_mode;

static float_mode float_mode_set(void) {
#if defined(__x86_64__) || defined(_M_X64)
    float_mode before = _mm_getcsr();
    _mm_setcsr(0x9fc0u); /* default, and results (0x8000) and operands (0x0040) flushed to zero */
    return before;
#elif defined(__aarch64__) && !defined(_MSC_VER)
    float_mode before, mode = (float_mode)1 << 24; /* default, and FZ */
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
    return before;
#else
    return 0;
#endif
}

static void float_mode_restore(float_mode before) {
#if defined(__x86_64__) || defined(_M_X64)
    _mm_setcsr((unsigned)before);
#elif defined(__aarch64__) && !defined(_MSC_VER)
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
#else
    (void)before;
#endif
}

static void run_serial(size_t tasks, rnn_task_fn fn, void *arg) {
    float_mode before = float_mode_set();
    for (size_t i = 0; i < tasks; i++) fn(arg, i);
    float_mode_restore(before);
}

#if RNN_SERIAL

struct rnn_pool {
    rnn_context *ctx;
};

rnn_status rnn_pool_create(rnn_context *ctx, size_t threads, rnn_pool **out) {
    (void)threads;
    *out = rnn_alloc_zero(ctx, sizeof **out);
    if (!*out) return ctx->status;
    (*out)->ctx = ctx;
    return RNN_OK;
}

void rnn_pool_free(rnn_pool *p) {
    if (p) rnn_free(p->ctx, p);
}

size_t rnn_pool_threads(const rnn_pool *p) {
    (void)p;
    return 1;
}

void rnn_pool_run(rnn_pool *p, size_t tasks, rnn_task_fn fn, void *arg) {
    (void)p;
    run_serial(tasks, fn, arg);
}

size_t rnn_core_count(void) { return 1; }

#else

/* How long a thread watches before it sleeps: about one short task, so that watching costs no more
** than being woken would. */
enum { WATCH_NANOSECONDS = 50000, LOOKS_BETWEEN_CLOCKS = 32 };

/* What OpenBLAS and the network's loops need is far below this; some C libraries give 128 KB. */
enum { STACK_BYTES = 2 << 20 };

struct rnn_pool {
    /* What every task touches: 64 bytes, which rnn_alloc puts on one cache line. */
    _Atomic uint64_t ticket; /* run << 32 | tasks not yet taken */
    atomic_size_t done;      /* tasks of this run that have returned */
    /* The run's; written by the caller while the ticket has no tasks. */
    _Atomic(rnn_task_fn) fn;
    _Atomic(void *) arg;
    atomic_size_t tasks;
    atomic_int stop;
    int watch;      /* 0: more threads than cores, where watching takes time from those at work */
    size_t workers; /* started; the caller is one more thread */
    rnn_context *ctx;

    pthread_mutex_t mutex;
    pthread_cond_t wake;     /* to workers: tasks to take, or stop */
    pthread_cond_t finished; /* to the caller: all tasks done */
    size_t sleeping;         /* workers in wake; under mutex */
    pthread_t thread[RNN_POOL_MAX_THREADS - 1];
};

static uint32_t tasks_left(uint64_t ticket) { return (uint32_t)ticket; }

static void breathe(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int work_waits(rnn_pool *p) {
    return tasks_left(atomic_load_explicit(&p->ticket, memory_order_acquire)) > 0 ||
           atomic_load_explicit(&p->stop, memory_order_acquire);
}

static int run_finished(rnn_pool *p) {
    return atomic_load_explicit(&p->done, memory_order_acquire) ==
           atomic_load_explicit(&p->tasks, memory_order_relaxed);
}

/* Watch until ready(p) or until watching has lasted long enough; 1 if ready. */
static int watch(rnn_pool *p, int (*ready)(rnn_pool *p)) {
    if (!p->watch) return ready(p);
    int64_t end = nanoseconds() + WATCH_NANOSECONDS;
    do {
        for (int i = 0; i < LOOKS_BETWEEN_CLOCKS; i++) {
            if (ready(p)) return 1;
            breathe();
        }
    } while (nanoseconds() < end);
    return 0;
}

/* Take and run tasks until none is left to take. */
static void run_tasks(rnn_pool *p) {
    uint64_t ticket = atomic_load_explicit(&p->ticket, memory_order_acquire);
    while (tasks_left(ticket) > 0) {
        rnn_task_fn fn = atomic_load_explicit(&p->fn, memory_order_relaxed);
        void *arg = atomic_load_explicit(&p->arg, memory_order_relaxed);
        size_t tasks = atomic_load_explicit(&p->tasks, memory_order_relaxed);
        if (!atomic_compare_exchange_weak_explicit(&p->ticket, &ticket, ticket - 1,
                                                   memory_order_acq_rel, memory_order_acquire))
            continue; /* ticket is now what it really was */
        fn(arg, tasks - tasks_left(ticket));
        if (atomic_fetch_add_explicit(&p->done, 1, memory_order_acq_rel) + 1 == tasks) {
            pthread_mutex_lock(&p->mutex);
            pthread_cond_signal(&p->finished);
            pthread_mutex_unlock(&p->mutex);
        }
        ticket = atomic_load_explicit(&p->ticket, memory_order_acquire);
    }
}

static void *worker(void *arg) {
    rnn_pool *p = arg;
    float_mode_set();
    for (;;) {
        if (!watch(p, work_waits)) {
            pthread_mutex_lock(&p->mutex);
            p->sleeping++;
            while (!work_waits(p)) pthread_cond_wait(&p->wake, &p->mutex);
            p->sleeping--;
            pthread_mutex_unlock(&p->mutex);
        }
        if (atomic_load_explicit(&p->stop, memory_order_acquire)) return NULL;
        run_tasks(p);
    }
}

/* Start up to `workers` threads with every signal blocked; as many as the system grants. */
static void start_workers(rnn_pool *p, size_t workers) {
    sigset_t all, before;
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0) return;
    pthread_attr_setstacksize(&attr, STACK_BYTES); /* refused: the default will do */
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) == 0) {
        while (p->workers < workers &&
               pthread_create(&p->thread[p->workers], &attr, worker, p) == 0)
            p->workers++;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attr);
}

rnn_status rnn_pool_create(rnn_context *ctx, size_t threads, rnn_pool **out) {
    *out = NULL;
    size_t cores = rnn_core_count();
    if (threads == 0) threads = cores;
    if (threads > RNN_POOL_MAX_THREADS) threads = RNN_POOL_MAX_THREADS;
    rnn_pool *p = rnn_alloc_zero(ctx, sizeof *p);
    if (!p) return ctx->status;
    p->ctx = ctx;
    p->watch = threads <= cores;
    *out = p;
    if (threads == 1) return RNN_OK;
    if (pthread_mutex_init(&p->mutex, NULL) != 0) return RNN_OK; /* no workers: serial */
    if (pthread_cond_init(&p->wake, NULL) != 0) goto no_wake;
    if (pthread_cond_init(&p->finished, NULL) != 0) goto no_finished;
    start_workers(p, threads - 1);
    if (p->workers > 0) return RNN_OK;
    pthread_cond_destroy(&p->finished);
no_finished:
    pthread_cond_destroy(&p->wake);
no_wake:
    pthread_mutex_destroy(&p->mutex);
    return RNN_OK;
}

void rnn_pool_free(rnn_pool *p) {
    if (!p) return;
    if (p->workers > 0) {
        pthread_mutex_lock(&p->mutex);
        atomic_store_explicit(&p->stop, 1, memory_order_release);
        pthread_cond_broadcast(&p->wake);
        pthread_mutex_unlock(&p->mutex);
        for (size_t i = 0; i < p->workers; i++) pthread_join(p->thread[i], NULL);
        pthread_cond_destroy(&p->finished);
        pthread_cond_destroy(&p->wake);
        pthread_mutex_destroy(&p->mutex);
    }
    rnn_free(p->ctx, p);
}

size_t rnn_pool_threads(const rnn_pool *p) { return p ? p->workers + 1 : 1; }

/* Set the ticket and wake no more workers than there are tasks for. */
static void announce(rnn_pool *p, size_t tasks, rnn_task_fn fn, void *arg) {
    uint64_t run = (atomic_load_explicit(&p->ticket, memory_order_relaxed) >> 32) + 1;
    atomic_store_explicit(&p->fn, fn, memory_order_relaxed);
    atomic_store_explicit(&p->arg, arg, memory_order_relaxed);
    atomic_store_explicit(&p->tasks, tasks, memory_order_relaxed);
    atomic_store_explicit(&p->done, 0, memory_order_relaxed);
    atomic_store_explicit(&p->ticket, run << 32 | tasks, memory_order_release);
    pthread_mutex_lock(&p->mutex);
    for (size_t i = 0; i < p->sleeping && i + 1 < tasks; i++) pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->mutex);
}

void rnn_pool_run(rnn_pool *p, size_t tasks, rnn_task_fn fn, void *arg) {
    if (!p || p->workers == 0 || tasks < 2 || tasks > UINT32_MAX) {
        run_serial(tasks, fn, arg);
        return;
    }
    announce(p, tasks, fn, arg);
    float_mode before = float_mode_set();
    run_tasks(p);
    float_mode_restore(before);
    if (watch(p, run_finished)) return;
    pthread_mutex_lock(&p->mutex);
    while (!run_finished(p)) pthread_cond_wait(&p->finished, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}

size_t rnn_core_count(void) {
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (size_t)CPU_COUNT(&allowed);
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

#endif
