/* test_bytes.c - the writer, the bounds-checked reader, the checksum and the JSON writer. */
#include "values_testing.h"

#include <locale.h>
#include <math.h>

#include "json.h"

static void test_round_trip(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    const double doubles[3] = {1.5, -0.0, INFINITY};
    const real reals[2] = {(real)0.25, (real)-3};
    const uint32_t words[2] = {1, UINT32_MAX};
    const uint64_t longs[2] = {7, UINT64_MAX};
    double d[3];
    real f[2];
    uint32_t u[2];
    uint64_t l[2];
    rnn_writer w;
    rnn_reader r;
    size_t n;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_write_u8(&w, 200);
    rnn_write_u32(&w, 0x12345678u);
    rnn_write_u64(&w, UINT64_C(0x1122334455667788));
    rnn_write_i64(&w, INT64_MIN);
    rnn_write_f32(&w, 0.5f);
    rnn_write_f64(&w, -1e300);
    rnn_write_string(&w, "h\0i", 3);
    rnn_write_string(&w, NULL, 9);
    rnn_write_reals(&w, reals, 2);
    rnn_write_doubles(&w, doubles, 3);
    rnn_write_u32s(&w, words, 2);
    rnn_write_u64s(&w, longs, 2);
    assert_int_equal(w.status, RNN_OK);
    /* Little-endian on every machine. */
    assert_memory_equal(w.data, "\xC8\x78\x56\x34\x12\x88\x77\x66\x55\x44\x33\x22\x11", 13);
    rnn_reader_init(&r, w.data, w.size);
    assert_int_equal(rnn_read_u8(&r), 200);
    assert_int_equal(rnn_read_u32(&r), 0x12345678u);
    assert_true(rnn_read_u64(&r) == UINT64_C(0x1122334455667788));
    assert_true(rnn_read_i64(&r) == INT64_MIN);
    assert_true(rnn_read_f32(&r) == 0.5f);
    assert_true(rnn_read_f64(&r) == -1e300);
    assert_memory_equal(rnn_read_string(&r, &n), "h\0i", 3);
    assert_int_equal(n, 3);
    assert_non_null(rnn_read_string(&r, &n));
    assert_int_equal(n, 0);
    rnn_read_reals(&r, f, 2);
    rnn_read_doubles(&r, d, 3);
    rnn_read_u32s(&r, u, 2);
    rnn_read_u64s(&r, l, 2);
    assert_memory_equal(f, reals, sizeof f);
    assert_memory_equal(d, doubles, sizeof d);
    assert_memory_equal(u, words, sizeof u);
    assert_memory_equal(l, longs, sizeof l);
    assert_int_equal(rnn_reader_left(&r), 0);
    assert_int_equal(r.failed, 0);
    assert_int_equal(rnn_read_u8(&r), 0);
    assert_int_equal(r.failed, 1);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* A NaN of any sign and payload is written alike. */
static void test_nan(void **state) {
    const double nans[3] = {NAN, -NAN, nan("77")};
    rnn_context ctx = {0};
    rnn_writer w;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_write_doubles(&w, nans, 3);
    for (size_t i = 0; i < 3; i++) rnn_write_f32(&w, (float)nans[i]);
    assert_memory_equal(w.data, "\0\0\0\0\0\0\xF8\x7F", 8);
    assert_memory_equal(w.data + 8, w.data, 8);
    assert_memory_equal(w.data + 16, w.data, 8);
    assert_memory_equal(w.data + 24, "\0\0\xC0\x7F", 4);
    assert_memory_equal(w.data + 28, w.data + 24, 4);
    rnn_writer_free(&w);
}

static void test_bounds(void **state) {
    static const uint8_t bytes[16] = {3,   0,   0,   0,   0,   0,   0,   0,
                                      'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};
    rnn_reader r;
    size_t n;
    double d[2] = {1, 1};
    (void)state;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint8_t *copy = testing_copy(bytes, size);
        const char *s;
        rnn_reader_init(&r, copy, size);
        s = rnn_read_string(&r, &n);
        assert_int_equal(r.failed, size < 11);
        assert_int_equal(n, size < 11 ? 0 : 3);
        if (size < 11) assert_null(s);
        free(copy);
    }
    /* What cannot fit fails, whatever the product wraps to, and everything after it gives zeros. */
    rnn_reader_init(&r, bytes, sizeof bytes);
    assert_null(rnn_read_bytes(&r, SIZE_MAX));
    assert_int_equal(r.failed, 1);
    assert_int_equal(rnn_reader_left(&r), 0);
    assert_int_equal(rnn_read_u8(&r), 0);
    rnn_read_doubles(&r, d, 2);
    assert_true(d[0] == 0 && d[1] == 0);
    /* The count 3: elements of 2 bytes fit into the 8 that follow, those of 3 do not. */
    rnn_reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(rnn_read_count(&r, 2), 3);
    rnn_reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(rnn_read_count(&r, 3), 0);
    assert_int_equal(r.failed, 1);
    rnn_reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(rnn_read_count(&r, SIZE_MAX), 0);
    assert_int_equal(r.failed, 1);
    rnn_reader_init(&r, NULL, 5);
    assert_non_null(rnn_read_bytes(&r, 0));
    assert_int_equal(rnn_read_u8(&r), 0);
    assert_int_equal(r.failed, 1);
}

static void test_writer_failure(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_writer w;
    (void)state;
    for (uint64_t fail_at = 1; fail_at < 20; fail_at++) {
        size_t before;
        host.requests = 0;
        host.fail_at = fail_at;
        rnn_writer_init(&w, &ctx);
        for (int i = 0; i < 100000; i++) rnn_write_u64(&w, (uint64_t)i);
        assert_int_equal(w.status, RNN_NOMEM);
        before = w.size;
        host.fail_at = 0; /* the failure stays although there is memory again */
        rnn_write_u8(&w, 1);
        rnn_writer_reserve(&w, 10);
        rnn_patch_u32(&w, 0, 7);
        assert_int_equal(w.size, before);
        rnn_writer_free(&w);
    }
    rnn_writer_init(&w, &ctx);
    rnn_write_reals(&w, NULL, SIZE_MAX);
    assert_int_equal(w.status, RNN_NOMEM);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

static void test_patch_and_reserve(void **state) {
    rnn_context ctx = {0};
    rnn_writer w;
    const uint8_t *data;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_writer_reserve(&w, 1000);
    data = w.data;
    for (int i = 0; i < 125; i++) rnn_write_u64(&w, 0);
    assert_ptr_equal(w.data, data);
    rnn_patch_u32(&w, 0, 0x01020304u);
    rnn_patch_u64(&w, 992, 9);
    rnn_patch_u32(&w, 997, UINT32_MAX); /* beyond the end: nothing */
    rnn_patch_u64(&w, SIZE_MAX, 1);
    assert_memory_equal(w.data, "\x04\x03\x02\x01\0", 5);
    assert_memory_equal(w.data + 992, "\x09\0\0\0\0\0\0\0", 8);
    rnn_writer_free(&w);
}

/* The checksum's definition, a bit at a time. */
static uint32_t slow_crc(uint32_t crc, const uint8_t *p, size_t n) {
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1u) ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

static void test_crc(void **state) {
    uint8_t data[4096];
    uint64_t random = 42;
    (void)state;
    assert_int_equal(rnn_crc32(0, "123456789", 9), 0xCBF43926u);
    assert_int_equal(rnn_crc32(0, "", 0), 0);
    /* Every byte value in every lane: all entries of all tables. */
    for (size_t lane = 0; lane < 8; lane++) {
        for (unsigned v = 0; v < 256; v++) {
            uint8_t word[8] = {0};
            word[lane] = (uint8_t)v;
            assert_int_equal(rnn_crc32(0, word, 8), slow_crc(0, word, 8));
        }
    }
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(testing_random(&random) >> 56);
    /* Up to several blocks of 64 bytes, and what is left over. */
    for (size_t n = 0; n < 400; n++)
        assert_int_equal(rnn_crc32(0, data + n % 9, n), slow_crc(0, data + n % 9, n));
    assert_int_equal(rnn_crc32(0, data, sizeof data), slow_crc(0, data, sizeof data));
    /* In pieces as in one. */
    for (size_t cut = 0; cut < 64; cut += 5) {
        uint32_t crc = rnn_crc32(0, data, cut);
        assert_int_equal(rnn_crc32(crc, data + cut, sizeof data - cut),
                         rnn_crc32(0, data, sizeof data));
    }
}

static void check_json(const char *s, size_t n, const char *expected) {
    rnn_context ctx = {0};
    rnn_writer w;
    rnn_writer_init(&w, &ctx);
    rnn_write_json_string(&w, s, n);
    rnn_write_u8(&w, 0);
    assert_string_equal((const char *)w.data, expected);
    rnn_writer_free(&w);
}

static void test_json_strings(void **state) {
    (void)state;
    check_json("plain", 5, "\"plain\"");
    check_json("", 0, "\"\"");
    check_json("a\"b\\c\n\r\t\x01\x7f", 10, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\"");
    check_json("z\0z", 3, "\"z\\u0000z\"");
    check_json("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9,
               "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    /* Not UTF-8: a stray byte, overlong, a surrogate, beyond U+10FFFF, cut off. */
    check_json("a\x80z", 3, "\"a\xEF\xBF\xBDz\"");
    check_json("\xC0\xAF", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_json("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_json("\xF4\x90\x80\x80", 4, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_json("\xE2\x82", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_json_numbers(void **state) {
    static const double values[] = {
        0, 1, -1, 0.1, 1.0 / 3, 1e300, 5e-324, 9007199254740993.0, 123456.789};
    static const char *const locales[] = {"C", "de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    char buf[40], old[64];
    rnn_context ctx = {0};
    rnn_writer w;
    (void)state;
    snprintf(old, sizeof old, "%s", setlocale(LC_NUMERIC, NULL));
    for (size_t k = 0; k < sizeof locales / sizeof locales[0]; k++) {
        if (setlocale(LC_NUMERIC, locales[k]) == NULL) continue; /* not on this machine */
        assert_string_equal(rnn_print_number(1234.5, 6, buf, sizeof buf), "1234.5");
        assert_string_equal(rnn_print_shortest(0.1, buf, sizeof buf), "0.1");
        assert_string_equal(rnn_print_shortest(-1e-7, buf, sizeof buf), "-1e-07");
    }
    setlocale(LC_NUMERIC, old);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_true(strtod(rnn_print_shortest(values[i], buf, sizeof buf), NULL) == values[i]);
    rnn_writer_init(&w, &ctx);
    rnn_write_text(&w, "{");
    rnn_write_json_key(&w, "a");
    rnn_write_json_number(&w, NAN);
    rnn_write_json_key(&w, "b");
    rnn_write_json_number(&w, INFINITY);
    rnn_write_json_key(&w, "c");
    rnn_write_json_integer(&w, INT64_MIN);
    rnn_write_json_key(&w, "d");
    rnn_write_json_bool(&w, 1);
    rnn_write_json_key(&w, "e");
    rnn_write_json_number(&w, 2.5);
    rnn_write_text(&w, "}");
    rnn_write_u8(&w, 0);
    assert_string_equal((const char *)w.data,
                        "{\"a\":null,\"b\":null,\"c\":-9223372036854775808,\"d\":true,\"e\":2.5}");
    rnn_writer_free(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_writer_failure),
        cmocka_unit_test(test_patch_and_reserve),
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_json_strings),
        cmocka_unit_test(test_json_numbers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
