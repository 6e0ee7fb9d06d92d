/* values_testing.h - what the tests of status, bytes, tables, options and models share: an
** allocator that fails on demand and gives no better alignment than it must, and a deterministic
** stream of numbers to damage bytes with.
*/
#ifndef RNN_VALUES_TESTING_H
#define RNN_VALUES_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* A host allocator: every block is at 8 modulo 16, request number `fail_at` (from 1; 0: none) and
** all after it fail. */
typedef struct testing_host {
    uint64_t requests, fail_at;
    int64_t blocks; /* outstanding */
} testing_host;

static inline void *testing_realloc(void *arg, void *p, uint64_t n) {
    testing_host *host = arg;
    char *raw = p == NULL ? NULL : (char *)p - 8, *moved;
    if (n == 0) {
        if (raw != NULL) host->blocks--;
        free(raw);
        return NULL;
    }
    host->requests++;
    if (host->fail_at != 0 && host->requests >= host->fail_at) return NULL;
    moved = realloc(raw, (size_t)n + 8);
    if (moved == NULL) return NULL;
    if (raw == NULL) host->blocks++;
    return moved + 8;
}

static inline rnn_context testing_context(testing_host *host) {
    rnn_context ctx = {0};
    memset(host, 0, sizeof *host);
    ctx.allocate = testing_realloc;
    ctx.allocate_arg = host;
    return ctx;
}

/* Everything was given back. */
#define testing_no_leak(ctx, host)                                                                 \
    do {                                                                                           \
        assert_int_equal((ctx)->memory_used, 0);                                                   \
        assert_int_equal((host)->blocks, 0);                                                       \
    } while (0)

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t testing_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* A copy of exactly `size` bytes, so that sanitizers see a read past its end. */
static inline uint8_t *testing_copy(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    if (size > 0) memcpy(copy, data, size);
    return copy;
}

/* Make size and checksum of a rows or model BLOB right again, as a forger would. */
static inline void testing_seal(uint8_t *data, size_t size) {
    uint64_t total = size;
    uint32_t crc;
    if (size < 24) return;
    crc = rnn_crc32(0, data + 24, size - 24);
    for (int i = 0; i < 8; i++) data[16 + i] = (uint8_t)(total >> (8 * i));
    for (int i = 0; i < 4; i++) data[12 + i] = (uint8_t)(crc >> (8 * i));
}

/* A check callback that stops at call number *(int *)arg. */
static inline int testing_stop(void *arg) {
    int *left = arg;
    return --*left <= 0;
}

/* Write a seed of a fuzz corpus if RNN_WRITE_CORPUS names its folder (tests/fuzz/corpus). */
static inline void testing_write_seed(const char *name, const uint8_t *data, size_t size) {
    const char *folder = getenv("RNN_WRITE_CORPUS");
    char path[512];
    FILE *f;
    if (folder == NULL) return;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

#endif
