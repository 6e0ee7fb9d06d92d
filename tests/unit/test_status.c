/* test_status.c - memory and messages of a context. */
#include "values_testing.h"

static void test_alignment_and_contents(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (uint64_t n = 0; n < 300; n += 7) {
        unsigned char *p = rnn_alloc(&ctx, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        for (uint64_t i = 0; i < n; i++) p[i] = (unsigned char)(i * 31 + n);
        /* Up, then down: the host moves blocks to other remainders modulo 64. */
        for (uint64_t m = n; m < 5000; m = 2 * m + 13) {
            p = rnn_realloc(&ctx, p, m);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 64, 0);
            for (uint64_t i = 0; i < n; i++) assert_int_equal(p[i], (unsigned char)(i * 31 + n));
        }
        p = rnn_realloc(&ctx, p, n / 2);
        assert_int_equal((uintptr_t)p % 64, 0);
        for (uint64_t i = 0; i < n / 2; i++) assert_int_equal(p[i], (unsigned char)(i * 31 + n));
        rnn_free(&ctx, p);
    }
    rnn_free(&ctx, NULL);
    testing_no_leak(&ctx, &host);
}

static void test_zero_and_arrays(void **state) {
    rnn_context ctx = {0}; /* the C library's allocator */
    unsigned char *p;
    (void)state;
    p = rnn_alloc(&ctx, 4096);
    memset(p, 0xAB, 4096);
    rnn_free(&ctx, p);
    p = rnn_alloc_array_zero(&ctx, 64, 64);
    for (size_t i = 0; i < 4096; i++) assert_int_equal(p[i], 0);
    rnn_free(&ctx, p);
    p = rnn_alloc_zero(&ctx, 10);
    for (size_t i = 0; i < 10; i++) assert_int_equal(p[i], 0);
    rnn_free(&ctx, p);
    assert_null(rnn_alloc_array(&ctx, UINT64_MAX / 2, 3));
    assert_int_equal(ctx.status, RNN_NOMEM);
    assert_non_null(strstr(ctx.message, "out of memory"));
    assert_null(rnn_alloc_array_zero(&ctx, UINT64_C(1) << 63, 2));
    assert_int_equal(ctx.memory_used, 0);
}

static void test_absurd_sizes(void **state) {
    static const uint64_t sizes[] = {UINT64_MAX, UINT64_MAX - 79, UINT64_MAX - 80,
                                     INT64_MAX,  INT64_MAX - 80,  UINT64_C(1) << 62};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    void *kept = rnn_alloc(&ctx, 100);
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ctx.message[0] = '\0';
        host.fail_at = 1; /* what is let through must not be tried in earnest */
        assert_null(rnn_alloc(&ctx, sizes[i]));
        assert_int_equal(ctx.status, RNN_NOMEM);
        assert_true(strlen(ctx.message) > 10);
        assert_null(rnn_realloc(&ctx, kept, sizes[i]));
        assert_null(rnn_alloc_zero(&ctx, sizes[i]));
    }
    rnn_free(&ctx, kept);
    testing_no_leak(&ctx, &host);
}

static void test_limit(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    char *p, *q;
    (void)state;
    ctx.memory_limit = 10000;
    p = rnn_alloc(&ctx, 6000);
    assert_non_null(p);
    memset(p, 7, 6000);
    q = rnn_alloc(&ctx, 5000);
    assert_null(q);
    assert_int_equal(ctx.status, RNN_LIMIT);
    assert_string_equal(
        ctx.message,
        "memory limit exceeded: 5000 bytes are needed beside 6080 in use, and memory_limit is "
        "10000; raise memory_limit");
    /* The block that grows does not count twice. */
    p = rnn_realloc(&ctx, p, 9000);
    assert_non_null(p);
    assert_null(rnn_realloc(&ctx, p, 9921));
    assert_int_equal(ctx.status, RNN_LIMIT);
    assert_int_equal(p[5999], 7);
    p = rnn_realloc(&ctx, p, 9920);
    assert_non_null(p);
    assert_int_equal(ctx.memory_used, 10000);
    assert_int_equal(ctx.memory_peak, 10000);
    /* A limit below what is in use lets nothing grow, but everything shrink and go. */
    ctx.memory_limit = 100;
    assert_null(rnn_alloc(&ctx, 0));
    rnn_free(&ctx, p);
    assert_int_equal(ctx.memory_peak, 10000);
    testing_no_leak(&ctx, &host);
}

static void test_host_failure(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    char *p = rnn_alloc(&ctx, 10);
    (void)state;
    memcpy(p, "123456789", 10);
    host.fail_at = host.requests + 1;
    assert_null(rnn_alloc(&ctx, 10));
    assert_int_equal(ctx.status, RNN_NOMEM);
    assert_null(rnn_realloc(&ctx, p, 1000000));
    assert_string_equal(p, "123456789");
    assert_null(rnn_strndup(&ctx, "abc", 3));
    rnn_free(&ctx, p);
    testing_no_leak(&ctx, &host);
}

static void test_strndup(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    char *p = rnn_strndup(&ctx, "abcdef", 3);
    (void)state;
    assert_string_equal(p, "abc");
    rnn_free(&ctx, p);
    p = rnn_strndup(&ctx, NULL, 0);
    assert_string_equal(p, "");
    rnn_free(&ctx, p);
    assert_null(rnn_strndup(&ctx, "a", SIZE_MAX));
    testing_no_leak(&ctx, &host);
}

static void test_messages(void **state) {
    rnn_context ctx = {0};
    char text[1200];
    (void)state;
    assert_int_equal(rnn_fail(&ctx, RNN_DATA, "row %d is %s", 3, "odd"), RNN_DATA);
    assert_int_equal(ctx.status, RNN_DATA);
    assert_string_equal(ctx.message, "row 3 is odd");
    /* A message can be wrapped in another. */
    rnn_fail(&ctx, RNN_MODEL, "rnn_info: %s (%s)", ctx.message, ctx.message);
    assert_string_equal(ctx.message, "rnn_info: row 3 is odd (row 3 is odd)");
    /* Cut where a character ends: three bytes each, at every offset. */
    for (int shift = 0; shift < 3; shift++) {
        size_t n = 0;
        for (int i = 0; i < shift; i++) text[n++] = 'x';
        while (n + 3 < sizeof text) {
            memcpy(text + n, "\xE2\x82\xAC", 3);
            n += 3;
        }
        text[n] = '\0';
        rnn_fail(&ctx, RNN_DATA, "%s", text);
        n = strlen(ctx.message);
        assert_true(n >= sizeof ctx.message - 3 && n < sizeof ctx.message);
        assert_int_equal((n - (size_t)shift) % 3, 0);
    }
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rnn_fail(&ctx, RNN_DATA, "%s", text);
    assert_int_equal(strlen(ctx.message), sizeof ctx.message - 1);
}

static void test_status_text(void **state) {
    (void)state;
    assert_string_equal(rnn_status_text(RNN_OK), "no error");
    assert_string_equal(rnn_status_text(RNN_INTERRUPT), "interrupted");
    assert_string_equal(rnn_status_text((rnn_status)99), "unknown status");
}

static void test_check(void **state) {
    rnn_context ctx = {0};
    int left = 2;
    (void)state;
    assert_int_equal(rnn_check(&ctx), RNN_OK);
    ctx.check = testing_stop;
    ctx.check_arg = &left;
    assert_int_equal(rnn_check(&ctx), RNN_OK);
    assert_int_equal(rnn_check(&ctx), RNN_INTERRUPT);
    assert_string_equal(ctx.message, "interrupted");
}

static void test_mul_overflow(void **state) {
    uint64_t out = 5;
    (void)state;
    assert_int_equal(rnn_mul_overflow(UINT64_MAX, 2, &out), 1);
    assert_int_equal(out, 5);
    assert_int_equal(rnn_mul_overflow(UINT64_C(1) << 32, UINT64_C(1) << 32, &out), 1);
    assert_int_equal(rnn_mul_overflow(UINT64_MAX, 1, &out), 0);
    assert_true(out == UINT64_MAX);
    assert_int_equal(rnn_mul_overflow(UINT64_MAX, 0, &out), 0);
    assert_int_equal(out, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment_and_contents),
        cmocka_unit_test(test_zero_and_arrays),
        cmocka_unit_test(test_absurd_sizes),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_host_failure),
        cmocka_unit_test(test_strndup),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_status_text),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_mul_overflow),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
