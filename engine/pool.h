/* pool.h - persistent worker threads that run numbered tasks.
**
** rnn_pool_run(n tasks) hands out task numbers 0...n-1 to the workers and the calling thread and
** returns when all are done. Which thread runs which task is not fixed, so a task must not depend
** on it, nor on the other tasks of its run. What a task wrote may be read after rnn_pool_run
** returns, and by the tasks of later runs.
**
** Tasks are short (tens of microseconds), so waking a thread for them must not cost more than they
** do: after its last task a worker watches for the next run for a moment before it sleeps; a
** sleeping pool costs nothing. No run waits for a worker that did not get a task: a worker that
** wakes late finds none left.
**
** Workers block all signals, never allocate through an rnn_context, never touch SQLite. A pool is
** used from one thread at a time, and not from inside its tasks. With one thread, and where threads
** cannot be started, everything runs on the caller.
**
** Tasks run in one floating-point mode on every thread, whatever the host has set: round to
** nearest, no traps, and (x86, ARM64) subnormal numbers flushed to zero, which spares small
** gradients and old moments the hundredfold price of subnormal arithmetic. The caller's mode is
** restored when the run returns. For results that do not depend on the number of threads, do all
** arithmetic of one kind in tasks or none of it.
*/
#ifndef RNN_POOL_H
#define RNN_POOL_H

#include "status.h"

enum { RNN_POOL_MAX_THREADS = 256 };

typedef struct rnn_pool rnn_pool;
typedef void (*rnn_task_fn)(void *arg, size_t task);

/* `threads` counts the caller too; 0: one a core; more than RNN_POOL_MAX_THREADS are not started.
** Fewer threads than asked for are no error (rnn_pool_threads tells). Fails for want of memory
** alone. */
rnn_status rnn_pool_create(rnn_context *ctx, size_t threads, rnn_pool **out);
/* Ends the workers and waits for them. NULL is fine. */
void rnn_pool_free(rnn_pool *p);
/* Threads that run tasks, the caller among them: at least 1. */
size_t rnn_pool_threads(const rnn_pool *p);
/* Run fn(arg, 0) ... fn(arg, tasks - 1); returns when all have returned. p == NULL: on the caller.
** */
void rnn_pool_run(rnn_pool *p, size_t tasks, rnn_task_fn fn, void *arg);
/* Cores this process may run on, at least 1. */
size_t rnn_core_count(void);

#endif
