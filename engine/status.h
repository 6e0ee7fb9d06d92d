/* status.h - status codes, the context every engine call gets, and memory.
**
** The engine never prints, exits or keeps global state. A function that can fail returns an
** rnn_status; anything but RNN_OK leaves a message for a person in ctx->message and its outputs
** NULL or zero. A context belongs to one thread at a time. Worker threads get no context: they
** cannot allocate or fail.
*/
#ifndef RNN_STATUS_H
#define RNN_STATUS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Type of weights, activations and losses inside the network code: float in the product. The test
** build compiles the engine a second time with -DRNN_REAL=double for gradient checks. Everything
** outside the network (series values, metrics, times) is double in both builds. */
#ifndef RNN_REAL
#define RNN_REAL float
#endif
typedef RNN_REAL real;

/* One list of all status codes: X(name, what a message starts with if there is nothing better). */
#define RNN_STATUS_LIST(X)                                                                         \
    X(RNN_OK, "no error")                                                                          \
    X(RNN_DONE, "finished")                  /* an iterator has no more; not an error */           \
    X(RNN_NOMEM, "out of memory")            /* the allocator said no */                           \
    X(RNN_LIMIT, "memory limit exceeded")    /* memory_limit would be passed; NOMEM in SQL */      \
    X(RNN_INTERRUPT, "interrupted")          /* the check callback said stop */                    \
    X(RNN_OPTION, "invalid option")          /* an option's key, type or value */                  \
    X(RNN_DATA, "invalid data")              /* rows, times, targets */                            \
    X(RNN_MODEL, "invalid model")            /* bytes: no model, truncated, corrupt, too new */    \
    X(RNN_MISUSE, "wrong use of a function") /* right model, wrong function; a bug in the caller */

typedef enum rnn_status {
#define RNN_STATUS_ENUM(name, text) name,
    RNN_STATUS_LIST(RNN_STATUS_ENUM)
#undef RNN_STATUS_ENUM
} rnn_status;

/* Static text of a status code. */
const char *rnn_status_text(rnn_status status);

/* realloc-like allocator: (arg, NULL, n) allocates, (arg, p, 0) frees, n bytes with 8-byte
** alignment or better. Returns NULL on failure, and p is then as it was. */
typedef void *(*rnn_realloc_fn)(void *arg, void *p, uint64_t n);

/* Called between minibatches and at least every few milliseconds of other long work, on the thread
** that called the engine. Nonzero stops the work with RNN_INTERRUPT. */
typedef int (*rnn_check_fn)(void *arg);

typedef struct rnn_context {
    rnn_realloc_fn allocate; /* NULL: the C library's realloc and free */
    void *allocate_arg;
    rnn_check_fn check; /* NULL: never interrupted */
    void *check_arg;
    uint64_t memory_used;  /* bytes now allocated through this context, 80 a block of overhead */
    uint64_t memory_peak;  /* highest memory_used so far */
    uint64_t memory_limit; /* 0: no limit */
    rnn_status status;     /* of the last rnn_fail() */
    char message[512];     /* UTF-8, NUL-terminated, no trailing newline or period */
} rnn_context;

/* Allocate n bytes (n x size for the _array form, with overflow check), 64-byte aligned, zeroed for
** the _zero forms. NULL on failure, with ctx->status and ctx->message set (RNN_NOMEM or RNN_LIMIT):
** a caller returns ctx->status. n == 0 gives a valid pointer. Only for the thread that owns ctx. */
void *rnn_alloc(rnn_context *ctx, uint64_t n);
void *rnn_alloc_zero(rnn_context *ctx, uint64_t n);
void *rnn_alloc_array(rnn_context *ctx, uint64_t n, uint64_t size);
void *rnn_alloc_array_zero(rnn_context *ctx, uint64_t n, uint64_t size);
/* Grow or shrink, keeping the alignment; contents up to the smaller size stay; p may be NULL; on
** failure NULL is returned and p is untouched. */
void *rnn_realloc(rnn_context *ctx, void *p, uint64_t n);
/* Free what the functions above returned, through the same context; NULL is fine. */
void rnn_free(rnn_context *ctx, void *p);
/* strdup through the context; n bytes of s plus a NUL. */
char *rnn_strndup(rnn_context *ctx, const char *s, size_t n);

/* Record status and a printf-formatted message (cut at a whole character where it is too long);
** returns status: `return rnn_fail(ctx, ...)` reads well. ctx->message may be an argument. */
rnn_status rnn_fail(rnn_context *ctx, rnn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* RNN_OK, or RNN_INTERRUPT with a message if the host wants the work stopped. */
rnn_status rnn_check(rnn_context *ctx);

/* *out = a*b; 0 on success, 1 on overflow (out untouched). */
int rnn_mul_overflow(uint64_t a, uint64_t b, uint64_t *out);

/* For qsort: doubles in ascending order; none may be NaN. */
int rnn_compare_doubles(const void *a, const void *b);

#endif
