/* test_table.c - columns of typed cells, and the rows BLOB. */
#include "values_testing.h"

#include <math.h>

#include "table.h"

static rnn_value integer(int64_t i) { return (rnn_value){.type = RNN_INT, .i = i, .d = (double)i}; }
static rnn_value number(double d) { return (rnn_value){.type = RNN_FLOAT, .d = d}; }
static rnn_value text(const char *s) {
    return (rnn_value){.type = RNN_TEXT, .p = s, .n = strlen(s)};
}
static rnn_value blob(const char *s, size_t n) {
    return (rnn_value){.type = RNN_BLOB, .p = s, .n = n};
}
static rnn_value null(void) { return (rnn_value){.type = RNN_NULL}; }

/* Same type and contents; INT and FLOAT are different here. */
static int same(rnn_value a, rnn_value b) {
    return a.type == b.type && rnn_value_compare(&a, &b) == 0;
}

/* A table of one column with these values. */
static rnn_table *column_of(rnn_context *ctx, const rnn_value *v, size_t n) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 1, &t), RNN_OK);
    for (size_t i = 0; i < n; i++) assert_int_equal(rnn_table_append(t, &v[i]), RNN_OK);
    assert_int_equal(rnn_table_rows(t), n);
    return t;
}

static void expect_column(const rnn_table *t, rnn_column_kind kind, const rnn_value *v, size_t n) {
    assert_int_equal(rnn_table_kind(t, 0), kind);
    for (size_t i = 0; i < n; i++) assert_true(same(rnn_table_get(t, i, 0), v[i]));
}

/* Write, compare the size with what was promised, read back, compare every cell, write again: the
** same bytes. */
static void check_round_trip(rnn_context *ctx, const rnn_table *t) {
    rnn_writer w, again;
    rnn_table *copy;
    rnn_writer_init(&w, ctx);
    rnn_writer_init(&again, ctx);
    assert_int_equal(rnn_table_write(t, &w), RNN_OK);
    assert_int_equal(w.size, rnn_table_bytes(t));
    assert_int_equal(rnn_table_read(ctx, w.data, w.size, &copy), RNN_OK);
    assert_int_equal(rnn_table_rows(copy), rnn_table_rows(t));
    assert_int_equal(rnn_table_columns(copy), rnn_table_columns(t));
    for (size_t c = 0; c < rnn_table_columns(t); c++) {
        assert_int_equal(rnn_table_kind(copy, c), rnn_table_kind(t, c));
        assert_int_equal(rnn_table_distinct(copy, c), rnn_table_distinct(t, c));
        for (size_t row = 0; row < rnn_table_rows(t); row++) {
            if (!same(rnn_table_get(copy, row, c), rnn_table_get(t, row, c))) fail();
            if (rnn_table_dict_id(copy, row, c) != rnn_table_dict_id(t, row, c)) fail();
        }
    }
    assert_int_equal(rnn_table_write(copy, &again), RNN_OK);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    rnn_table_free(copy);
    rnn_writer_free(&again);
    rnn_writer_free(&w);
}

#define CHECK_COLUMN(ctx, kind, expected, ...)                                                     \
    do {                                                                                           \
        const rnn_value given_[] = {__VA_ARGS__};                                                  \
        rnn_table *t_ = column_of(ctx, given_, sizeof given_ / sizeof given_[0]);                  \
        expect_column(t_, kind, expected, sizeof given_ / sizeof given_[0]);                       \
        check_round_trip(ctx, t_);                                                                 \
        rnn_table_free(t_);                                                                        \
    } while (0)

static void test_kinds(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    const int64_t wide = (INT64_C(1) << 53) + 1;
    (void)state;
    const rnn_value nulls[] = {null(), null()};
    CHECK_COLUMN(&ctx, RNN_COLUMN_EMPTY, nulls, null(), null());
    const rnn_value ints[] = {null(), integer(INT64_MIN), integer(5), null()};
    CHECK_COLUMN(&ctx, RNN_COLUMN_INT, ints, null(), integer(INT64_MIN), integer(5), null());
    const rnn_value reals[] = {number(1), null(), number(2.5), number(-INFINITY)};
    CHECK_COLUMN(&ctx, RNN_COLUMN_REAL, reals, integer(1), null(), number(2.5), number(-INFINITY));
    CHECK_COLUMN(&ctx, RNN_COLUMN_REAL, reals, number(1), number(NAN), number(2.5),
                 number(-INFINITY));
    /* Integers that are no exact doubles keep their value: the column becomes a dictionary. */
    const rnn_value exact[] = {integer(wide), number(0.5), integer(1), null()};
    CHECK_COLUMN(&ctx, RNN_COLUMN_DICT, exact, integer(wide), number(0.5), number(1), null());
    const rnn_value later[] = {number(0.5), integer(1), null(), integer(wide)};
    CHECK_COLUMN(&ctx, RNN_COLUMN_DICT, later, number(0.5), integer(1), null(), integer(wide));
    const rnn_value mixed[] = {integer(3), text("3"), null(), blob("3", 1), text(""), blob("", 0)};
    CHECK_COLUMN(&ctx, RNN_COLUMN_DICT, mixed, integer(3), text("3"), null(), blob("3", 1),
                 text(""), blob("", 0));
    testing_no_leak(&ctx, &host);
}

/* A negative zero is a zero: 0.0 and -0.0 are one series. */
static void test_negative_zero(void **state) {
    rnn_context ctx = {0};
    const rnn_value v[] = {number(-0.0)};
    rnn_table *t = column_of(&ctx, v, 1);
    (void)state;
    assert_false(signbit(rnn_table_get(t, 0, 0).d));
    rnn_table_free(t);
}

/* Whatever the order of arrival, a column ends up with the same kind and its cells with the same
** values. */
static void test_arrival_order(void **state) {
    rnn_context ctx = {0};
    const rnn_value pool[] = {integer(1), number(1), number(2.5),   integer((INT64_C(1) << 53) + 1),
                              text("1"),  null(),    number(1e300), integer(-7)};
    enum { N = sizeof pool / sizeof pool[0] };
    (void)state;
    for (unsigned subset = 1; subset < 1u << N; subset++) {
        size_t order[N], n = 0;
        rnn_table *forward, *backward;
        for (size_t i = 0; i < N; i++)
            if (subset >> i & 1u) order[n++] = i;
        assert_int_equal(rnn_table_create(&ctx, 1, &forward), RNN_OK);
        assert_int_equal(rnn_table_create(&ctx, 1, &backward), RNN_OK);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(rnn_table_append(forward, &pool[order[i]]), RNN_OK);
            assert_int_equal(rnn_table_append(backward, &pool[order[n - 1 - i]]), RNN_OK);
        }
        assert_int_equal(rnn_table_kind(forward, 0), rnn_table_kind(backward, 0));
        assert_int_equal(rnn_table_distinct(forward, 0), rnn_table_distinct(backward, 0));
        for (size_t i = 0; i < n; i++)
            assert_true(same(rnn_table_get(forward, i, 0), rnn_table_get(backward, n - 1 - i, 0)));
        rnn_table_free(forward);
        rnn_table_free(backward);
    }
}

/* Row r of the big table: kinds change in the middle, every chunk boundary is crossed. */
static void big_row(size_t r, rnn_value row[5], char buf[32]) {
    row[0] = r % 7 == 3 ? null() : integer((int64_t)r - 500);
    row[1] = r < 9000 ? (r % 5 == 0 ? null() : integer((int64_t)r)) : number((double)r + 0.5);
    snprintf(buf, 32, "key %zu", r % 1000);
    row[2] = r < 6000 ? (r % 11 == 0 ? null() : number((double)(r % 300) / 4)) : text(buf);
    row[3] = r < 5000 ? null() : integer((int64_t)r % 3);
    row[4] = null();
}

static rnn_status build_big(rnn_context *ctx, size_t rows, rnn_table **out) {
    rnn_status status = rnn_table_create(ctx, 5, out);
    for (size_t r = 0; status == RNN_OK && r < rows; r++) {
        rnn_value row[5];
        char buf[32];
        big_row(r, row, buf);
        status = rnn_table_append(*out, row);
    }
    return status;
}

static void test_chunks(void **state) {
    static const size_t sizes[] = {0, 1, 63, 64, 65, 255, 257, 4095, 4096, 4097, 8192, 12345};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        rnn_table *t;
        assert_int_equal(build_big(&ctx, sizes[k], &t), RNN_OK);
        for (size_t r = 0; r < sizes[k]; r++) {
            rnn_value row[5];
            char buf[32];
            big_row(r, row, buf);
            for (size_t c = 0; c < 5; c++) {
                rnn_value v = rnn_table_get(t, r, c);
                if (rnn_value_compare(&v, &row[c]) != 0) fail_msg("row %zu column %zu", r, c);
            }
        }
        check_round_trip(&ctx, t);
        rnn_table_free(t);
    }
    testing_no_leak(&ctx, &host);
}

/* Ids count distinct values from 0 in the order of their arrival. */
static void test_dictionary(void **state) {
    rnn_context ctx = {0};
    rnn_table *t;
    char buf[32];
    (void)state;
    assert_int_equal(rnn_table_create(&ctx, 1, &t), RNN_OK);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            snprintf(buf, sizeof buf, "%d", i * 7919);
            rnn_value v = text(buf);
            assert_int_equal(rnn_table_append(t, &v), RNN_OK);
            assert_int_equal(rnn_table_dict_id(t, rnn_table_rows(t) - 1, 0), i);
        }
    }
    assert_int_equal(rnn_table_distinct(t, 0), 5000);
    assert_true(same(rnn_table_dict_value(t, 0, 1), text("7919")));
    assert_int_equal(rnn_table_dict_value(t, 0, 5000).type, RNN_NULL);
    assert_int_equal(rnn_table_dict_value(t, 0, RNN_NO_ID).type, RNN_NULL);
    rnn_table_free(t);
}

/* Rows can be appended to a table that was read. */
static void test_append_after_read(void **state) {
    rnn_context ctx = {0};
    rnn_table *t, *copy;
    rnn_writer w;
    rnn_value row[5];
    char buf[32];
    (void)state;
    assert_int_equal(build_big(&ctx, 7000, &t), RNN_OK);
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_table_write(t, &w), RNN_OK);
    assert_int_equal(rnn_table_read(&ctx, w.data, w.size, &copy), RNN_OK);
    for (size_t r = 7000; r < 10000; r++) {
        big_row(r, row, buf);
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
        assert_int_equal(rnn_table_append(copy, row), RNN_OK);
    }
    rnn_writer_free(&w);
    for (size_t c = 0; c < 5; c++) {
        assert_int_equal(rnn_table_kind(t, c), rnn_table_kind(copy, c));
        assert_int_equal(rnn_table_distinct(t, c), rnn_table_distinct(copy, c));
        for (size_t r = 0; r < 10000; r++)
            if (!same(rnn_table_get(t, r, c), rnn_table_get(copy, r, c))) fail();
    }
    rnn_table_free(t);
    rnn_table_free(copy);
}

static void test_limits(void **state) {
    rnn_context ctx = {0};
    rnn_table *t;
    (void)state;
    assert_int_equal(rnn_table_create(&ctx, 0, &t), RNN_DATA);
    assert_null(t);
    assert_int_equal(rnn_table_create(&ctx, RNN_TABLE_MAX_COLUMNS + 1, &t), RNN_DATA);
    assert_string_equal(ctx.message, "rows have 2001 columns; allowed are 1 to 2000");
    assert_int_equal(rnn_table_create(&ctx, RNN_TABLE_MAX_COLUMNS, &t), RNN_OK);
    rnn_table_free(t);
    rnn_table_free(NULL);
    ctx.memory_limit = 100000;
    assert_int_equal(build_big(&ctx, 100000, &t), RNN_LIMIT);
    assert_non_null(strstr(ctx.message, "memory_limit"));
    rnn_table_free(t);
    assert_int_equal(ctx.memory_used, 0);
}

/* Fail the N-th request of everything a table does, for every N. */
static void test_allocation_failures(void **state) {
    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_table *t = NULL, *copy = NULL;
        rnn_writer w;
        rnn_status status;
        host.fail_at = fail_at;
        rnn_writer_init(&w, &ctx);
        status = build_big(&ctx, 10000, &t);
        if (status != RNN_OK && t != NULL) {
            /* The rows before the failure are all there, and the next append works. */
            size_t rows = rnn_table_rows(t);
            rnn_value row[5];
            char buf[32];
            for (size_t r = 0; r < rows; r++) {
                big_row(r, row, buf);
                for (size_t c = 0; c < 5; c++) {
                    rnn_value v = rnn_table_get(t, r, c);
                    if (rnn_value_compare(&v, &row[c]) != 0) fail_msg("row %zu column %zu", r, c);
                }
            }
            host.fail_at = 0;
            big_row(rows, row, buf);
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
            check_round_trip(&ctx, t);
        }
        if (status == RNN_OK) status = rnn_table_write(t, &w);
        if (status == RNN_OK) status = rnn_table_read(&ctx, w.data, w.size, &copy);
        if (status != RNN_OK) assert_null(copy);
        rnn_table_free(t);
        rnn_table_free(copy);
        rnn_writer_free(&w);
        testing_no_leak(&ctx, &host);
        if (status == RNN_OK) break;
        assert_int_equal(status, RNN_NOMEM);
        assert_true(fail_at < 10000);
    }
}

/* Likewise an interrupt at every check. */
static void test_interrupts(void **state) {
    (void)state;
    for (int stop_at = 1;; stop_at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_table *t = NULL, *copy = NULL;
        rnn_writer w;
        rnn_status status;
        int left = stop_at;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        rnn_writer_init(&w, &ctx);
        status = build_big(&ctx, 10000, &t);
        if (status == RNN_OK) status = rnn_table_write(t, &w);
        if (status == RNN_OK) status = rnn_table_read(&ctx, w.data, w.size, &copy);
        if (status != RNN_OK) assert_int_equal(status, RNN_INTERRUPT);
        rnn_table_free(t);
        rnn_table_free(copy);
        rnn_writer_free(&w);
        testing_no_leak(&ctx, &host);
        if (status == RNN_OK) break;
        assert_true(stop_at < 1000);
    }
}

/* A small BLOB with every kind of column. */
static void small_blob(rnn_context *ctx, rnn_writer *w) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 5, &t), RNN_OK);
    for (int i = 0; i < 20; i++) {
        const rnn_value row[5] = {text(i % 2 ? "north" : "south"), integer(i / 2),
                                  i == 7 ? null() : number(i * 1.25),
                                  i == 3 ? null() : integer(i % 4), null()};
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    rnn_writer_init(w, ctx);
    assert_int_equal(rnn_table_write(t, w), RNN_OK);
    rnn_table_free(t);
}

static void expect_refused(rnn_context *ctx, const uint8_t *data, size_t size, const char *why) {
    uint8_t *copy = testing_copy(data, size);
    rnn_table *t;
    assert_int_equal(rnn_table_read(ctx, copy, size, &t), RNN_DATA);
    assert_null(t);
    assert_non_null(strstr(ctx->message, "is not rows made by rnn_rows()"));
    if (strstr(ctx->message, why) == NULL) fail_msg("'%s' lacks '%s'", ctx->message, why);
    free(copy);
}

static void test_damage(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_writer w;
    uint8_t *data;
    (void)state;
    small_blob(&ctx, &w);
    expect_refused(&ctx, NULL, 0, "does not start as rows do");
    expect_refused(&ctx, (const uint8_t *)"hello", 5, "does not start");
    expect_refused(&ctx, (const uint8_t *)"RNNMODEL123456789012345678901234567890", 38,
                   "it is a model");
    for (size_t size = 0; size < w.size; size++)
        expect_refused(&ctx, w.data, size, size < 8 ? "" : "truncated");
    data = malloc(w.size + 1);
    memcpy(data, w.data, w.size);
    data[w.size] = 0;
    expect_refused(&ctx, data, w.size + 1, "corrupt");
    for (size_t bit = 0; bit < 8 * w.size; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        expect_refused(&ctx, data, w.size, "");
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    data[8] = 9;
    expect_refused(&ctx, data, w.size, "newer sqlite-rnn");
    free(data);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* Read what a forger sealed; whatever is accepted must be usable. No more memory than the input
** justifies. */
static void use_forged(rnn_context *ctx, const uint8_t *data, size_t size) {
    uint8_t *copy = testing_copy(data, size);
    rnn_table *t;
    ctx->memory_peak = 0;
    if (rnn_table_read(ctx, copy, size, &t) == RNN_OK) {
        for (size_t c = 0; c < rnn_table_columns(t); c++) {
            for (size_t r = 0; r < rnn_table_rows(t); r++) {
                rnn_value v = rnn_table_get(t, r, c);
                char buf[96];
                rnn_value_print(&v, buf, sizeof buf);
            }
        }
        check_round_trip(ctx, t);
        rnn_table_free(t);
    }
    /* A column's head of 8 bytes costs its struct, a chunk and their overhead. */
    assert_true(ctx->memory_peak < 65536 + 400 * size);
    free(copy);
}

static void test_forged(void **state) {
    static const uint64_t interesting[] = {
        0, 1, 2, UINT64_MAX, INT64_MAX, 0xFFFFFFFFu, 0x7FFFFFFFu, 0x100000000u, 21, 19};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    uint64_t random = 7;
    rnn_writer w;
    (void)state;
    small_blob(&ctx, &w);
    testing_write_seed("rows/small.bin", w.data, w.size);
    /* Every 8 bytes replaced by a number that lengths go wrong with. */
    for (size_t at = 24; at + 8 <= w.size; at++) {
        for (size_t k = 0; k < sizeof interesting / sizeof interesting[0]; k++) {
            uint8_t *data = testing_copy(w.data, w.size);
            for (int i = 0; i < 8; i++) data[at + (size_t)i] = (uint8_t)(interesting[k] >> (8 * i));
            testing_seal(data, w.size);
            use_forged(&ctx, data, w.size);
            free(data);
        }
    }
    for (int round = 0; round < 20000; round++) {
        size_t size =
            round % 3 == 0 ? 24 + (size_t)(testing_random(&random) % (w.size - 23)) : w.size;
        uint8_t *data = testing_copy(w.data, size);
        for (uint64_t k = testing_random(&random) % 5; size > 24 && k > 0; k--)
            data[24 + testing_random(&random) % (size - 24)] =
                (uint8_t)(testing_random(&random) >> 32);
        testing_seal(data, size);
        use_forged(&ctx, data, size);
        free(data);
    }
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* The format is a promise: a BLOB of version 1 as it was first written. */
static void test_golden(void **state) {
    static const char golden[] = "RNNROWS\n"
                                 "\1\0\0\0"
                                 "\x8a\x1a\xf5\x3d"
                                 "\x63\0\0\0\0\0\0\0"
                                 "\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
                                 "\3\0\0\0\0\0\0\0"
                                 "\1\0\0\0\0\0\0\0\3\1\0\0\0\0\0\0\0a"
                                 "\0\0\0\0\xff\xff\xff\xff"
                                 "\2\0\0\0\1\0\0\0\2"
                                 "\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\0\0";
    rnn_context ctx = {0};
    const rnn_value rows[2][2] = {{text("a"), number(1.5)}, {null(), null()}};
    rnn_table *t;
    rnn_writer w;
    (void)state;
    assert_int_equal(rnn_table_create(&ctx, 2, &t), RNN_OK);
    assert_int_equal(rnn_table_append(t, rows[0]), RNN_OK);
    assert_int_equal(rnn_table_append(t, rows[1]), RNN_OK);
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_table_write(t, &w), RNN_OK);
    testing_write_seed("rows/golden.bin", w.data, w.size);
    assert_int_equal(w.size, sizeof golden - 1);
    assert_memory_equal(w.data, golden, w.size);
    rnn_table_free(t);
    rnn_writer_free(&w);
}

static void test_compare(void **state) {
    /* In ascending order, with neighbours that a conversion to double would confuse. */
    const rnn_value order[] = {null(),
                               number(-INFINITY),
                               number(-1e19),
                               integer(INT64_MIN),
                               integer(-1),
                               number(-0.5),
                               integer(0),
                               number(0.5),
                               integer((INT64_C(1) << 53)),
                               integer((INT64_C(1) << 53) + 1),
                               number(9007199254740994.0),
                               integer(INT64_MAX),
                               number(9223372036854775808.0),
                               number(INFINITY),
                               text(""),
                               text("a"),
                               text("a "),
                               text("b"),
                               text("\xC3\xA9"),
                               blob("", 0),
                               blob("\0", 1),
                               blob("a", 1)};
    const rnn_value one = integer(1), same_one = number(1);
    enum { N = sizeof order / sizeof order[0] };
    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            int expected = i < j ? -1 : i > j;
            if (rnn_value_compare(&order[i], &order[j]) != expected) fail_msg("%zu %zu", i, j);
        }
    assert_int_equal(rnn_value_compare(&one, &same_one), 0);
}

static void expect_print(rnn_value v, size_t size, const char *expected) {
    char buf[128];
    assert_ptr_equal(rnn_value_print(&v, buf, size), buf);
    assert_string_equal(buf, expected);
}

static void test_print(void **state) {
    (void)state;
    expect_print(null(), 128, "NULL");
    expect_print(integer(-42), 128, "-42");
    expect_print(number(1), 128, "1.0");
    expect_print(number(0.1), 128, "0.1");
    expect_print(number(1e20), 128, "1.0e+20");
    expect_print(number(1.5e-9), 128, "1.5e-09");
    expect_print(number(-INFINITY), 128, "-Inf");
    expect_print(text("abc"), 128, "'abc'");
    expect_print(text("it's\n"), 128, "'it''s?'");
    expect_print(blob("\x01\xFF", 2), 128, "x'01ff'");
    expect_print(text("0123456789012345678901234567890123456789"), 128,
                 "'0123456789012345678901234567890123456789'");
    expect_print(text("01234567890123456789012345678901234567890"), 128,
                 "'0123456789012345678901234567890123456789...'");
    /* Never half a character: the euro sign would end at byte 41. */
    expect_print(text("01234567890123456789012345678901234567\xE2\x82\xAC"), 128,
                 "'01234567890123456789012345678901234567...'");
    expect_print(blob("0123456789012345678901", 22), 128,
                 "x'3031323334353637383930313233343536373839...'");
    expect_print(text("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"), 16, "'\xE2\x82\xAC...'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_negative_zero),
        cmocka_unit_test(test_arrival_order), cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_dictionary),    cmocka_unit_test(test_append_after_read),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_interrupts),    cmocka_unit_test(test_damage),
        cmocka_unit_test(test_forged),        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_compare),       cmocka_unit_test(test_print),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
