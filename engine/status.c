/* status.c - messages and accounted, aligned memory (see status.h).
**
** Every block the engine hands out looks like this:
**
**   raw                      user - 16     user (64-byte aligned)
**   | 0 ... 63 bytes unused  | size, shift | n bytes
**
** size is n, shift is user - raw. The host's allocator need not align beyond 8 bytes
** (sqlite3_malloc64 does not), so the slack is paid always; a block that realloc moved to another
** remainder modulo 64 has its contents moved once more. What is counted against memory_limit is
** what the host was asked for, slack included.
*/
#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise */
#include <sys/mman.h>
#endif
#include "status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE_BLOCK = 4 << 20, ALIGNMENT = 64, HEADER = 16, OVERHEAD = HEADER + ALIGNMENT };

/* Larger requests than this are refused before any arithmetic on them can wrap. */
#define LARGEST_BLOCK ((uint64_t)PTRDIFF_MAX - 2 * OVERHEAD)

typedef struct block_header {
    uint64_t size;
    uint64_t shift;
} block_header;

_Static_assert(sizeof(block_header) == HEADER, "the header must fit in front of the user pointer");

const char *rnn_status_text(rnn_status status) {
    static const char *const text[] = {
#define STATUS_TEXT(name, words) [name] = words,
        RNN_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    };
    size_t i = (size_t)status;
    return i < sizeof text / sizeof text[0] ? text[i] : "unknown status";
}

/* Length of s without a UTF-8 character that was cut off at its end. */
static size_t whole_characters(const char *s, size_t n) {
    size_t start = n, tail = 0, expected;
    unsigned char lead;
    while (start > 0 && tail < 4 && ((unsigned char)s[start - 1] & 0xC0u) == 0x80u) {
        start--;
        tail++;
    }
    if (start == 0) return n;
    lead = (unsigned char)s[start - 1];
    expected = lead >= 0xF0u ? 3 : lead >= 0xE0u ? 2 : lead >= 0xC0u ? 1 : 0;
    return tail < expected ? start - 1 : n;
}

rnn_status rnn_fail(rnn_context *ctx, rnn_status status, const char *format, ...) {
    /* Formatted aside first: an argument may be ctx->message itself, which then gets a prefix. */
    char text[sizeof ctx->message];
    va_list arguments;
    int length;
    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) snprintf(text, sizeof text, "%s", rnn_status_text(status));
    if (length >= (int)sizeof text) text[whole_characters(text, sizeof text - 1)] = '\0';
    memcpy(ctx->message, text, strlen(text) + 1);
    ctx->status = status;
    return status;
}

rnn_status rnn_check(rnn_context *ctx) {
    if (ctx->check != NULL && ctx->check(ctx->check_arg) != 0)
        return rnn_fail(ctx, RNN_INTERRUPT, "interrupted");
    return RNN_OK;
}

int rnn_mul_overflow(uint64_t a, uint64_t b, uint64_t *out) {
    if (b != 0 && a > UINT64_MAX / b) return 1;
    *out = a * b;
    return 0;
}

static void *host_realloc(rnn_context *ctx, void *p, uint64_t n) {
    if (ctx->allocate != NULL) return ctx->allocate(ctx->allocate_arg, p, n);
    if (n == 0) {
        free(p);
        return NULL;
    }
    return n > SIZE_MAX ? NULL : realloc(p, (size_t)n);
}

/* Linux: pages of 2 MB for a large block, where the system leaves that to programs: a training run
** or a model then starts without a page fault every 4 KB. A wish: what it answers does not matter. */
static void ask_for_large_pages(char *block, uint64_t n) {
#ifdef MADV_HUGEPAGE
    const uintptr_t page = (uintptr_t)2 << 20, at = (uintptr_t)block;
    uintptr_t first = (at + page - 1) & ~(page - 1), end = (at + (uintptr_t)n) & ~(page - 1);
    if (end > first) (void)madvise(block + (first - at), end - first, MADV_HUGEPAGE);
#else
    (void)block, (void)n;
#endif
}

static block_header *header_of(void *user) {
    return (block_header *)(void *)((char *)user - HEADER);
}

/* May the context's use change from `release` to `gross` bytes more than the rest? */
static rnn_status allow(rnn_context *ctx, uint64_t n, uint64_t release) {
    uint64_t rest = ctx->memory_used - release;
    if (n > LARGEST_BLOCK)
        return rnn_fail(ctx, RNN_NOMEM, "out of memory: %llu bytes are more than any machine has",
                        (unsigned long long)n);
    if (ctx->memory_limit != 0 &&
        (rest > ctx->memory_limit || n + OVERHEAD > ctx->memory_limit - rest))
        return rnn_fail(ctx, RNN_LIMIT,
                        "memory limit exceeded: %llu bytes are needed beside %llu in use, and "
                        "memory_limit is %llu; raise memory_limit",
                        (unsigned long long)n, (unsigned long long)rest,
                        (unsigned long long)ctx->memory_limit);
    return RNN_OK;
}

/* p is NULL or a block of this context; contents move along. */
static void *resize(rnn_context *ctx, void *p, uint64_t n) {
    uint64_t old_size = 0, old_gross = 0, old_shift = 0, shift;
    char *raw = NULL, *user;
    if (p != NULL) {
        old_size = header_of(p)->size;
        old_shift = header_of(p)->shift;
        old_gross = old_size + OVERHEAD;
        raw = (char *)p - old_shift;
    }
    if (allow(ctx, n, old_gross) != RNN_OK) return NULL;
    raw = host_realloc(ctx, raw, n + OVERHEAD);
    if (raw == NULL) {
        rnn_fail(ctx, RNN_NOMEM, "out of memory: %llu bytes were asked for with %llu in use",
                 (unsigned long long)n, (unsigned long long)ctx->memory_used);
        return NULL;
    }
    if (n >= LARGE_BLOCK) ask_for_large_pages(raw, n);
    shift = HEADER + (ALIGNMENT - ((uintptr_t)raw + HEADER) % ALIGNMENT) % ALIGNMENT;
    user = raw + shift;
    if (p != NULL && shift != old_shift)
        memmove(user, raw + old_shift, (size_t)(old_size < n ? old_size : n));
    header_of(user)->size = n;
    header_of(user)->shift = shift;
    ctx->memory_used = ctx->memory_used - old_gross + n + OVERHEAD;
    if (ctx->memory_used > ctx->memory_peak) ctx->memory_peak = ctx->memory_used;
    return user;
}

void *rnn_alloc(rnn_context *ctx, uint64_t n) { return resize(ctx, NULL, n); }

void *rnn_alloc_zero(rnn_context *ctx, uint64_t n) {
    void *p = resize(ctx, NULL, n);
    if (p != NULL) memset(p, 0, (size_t)n);
    return p;
}

/* n x size, or UINT64_MAX, which `allow` refuses. */
static uint64_t array_bytes(uint64_t n, uint64_t size) {
    uint64_t bytes = UINT64_MAX;
    return rnn_mul_overflow(n, size, &bytes) ? UINT64_MAX : bytes;
}

void *rnn_alloc_array(rnn_context *ctx, uint64_t n, uint64_t size) {
    return rnn_alloc(ctx, array_bytes(n, size));
}

void *rnn_alloc_array_zero(rnn_context *ctx, uint64_t n, uint64_t size) {
    return rnn_alloc_zero(ctx, array_bytes(n, size));
}

void *rnn_realloc(rnn_context *ctx, void *p, uint64_t n) { return resize(ctx, p, n); }

void rnn_free(rnn_context *ctx, void *p) {
    if (p == NULL) return;
    ctx->memory_used -= header_of(p)->size + OVERHEAD;
    host_realloc(ctx, (char *)p - header_of(p)->shift, 0);
}

char *rnn_strndup(rnn_context *ctx, const char *s, size_t n) {
    char *copy = rnn_alloc(ctx, n == SIZE_MAX ? UINT64_MAX : (uint64_t)n + 1);
    if (copy == NULL) return NULL;
    if (n > 0) memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

int rnn_compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
