/* test_convolutions.c - features of series from random convolutions: how many, against their
** definition in plain loops, what they do not see, biases, bytes.
**
** Series and weights of shapes are short binary fractions, so that a value above its bias is so
** whatever the order of the sum.
*/
#include "testing.h"
#include "values_testing.h"

#include "convolutions.h"
#include "rng.h"

enum {
    LANES = RNN_CONVOLVE_LANES,
    TAPS = RNN_CONVOLVE_TAPS,
    KERNELS = 84,
    TILES = 6,      /* of LANES kernels, the last one not full */
    HEADER = 5 * 8, /* bytes before the biases */
    STEPS = 40
};

/* A series that convolutions of up to 17 steps see at dilations 1 and 2. */
static const rnn_convolution_spec SMALL = {
    .seed = 3, .channels = 1, .length = 17, .biases = 4, .groups = 16};

static rnn_convolutions *create(rnn_context *ctx, rnn_convolution_spec spec) {
    rnn_convolutions *c;
    if (rnn_convolutions_create(ctx, &spec, &c) != RNN_OK) fail_msg("%s", ctx->message);
    return c;
}

/* Multiples of 1/16 in [-2, 2). */
static void draw_series(real *x, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++)
        x[i] = (real)((double)rnn_below(rnn_stream(seed, 0, 0), i, 64) / 16 - 2);
}

/* Features of a part, in new memory. */
static real *features(rnn_context *ctx, const rnn_convolutions *c, rnn_convolution_part part,
                      const real *x, size_t steps) {
    const rnn_channels series = {x, steps};
    size_t n = rnn_convolutions_count(c, part);
    real *out = rnn_alloc_array(ctx, n, sizeof *out);
    real *scratch = rnn_alloc_array(ctx, rnn_convolutions_scratch(c, steps), sizeof *scratch);
    assert_true(out && scratch);
    for (size_t i = 0; i < n; i++) out[i] = (real)NAN;
    rnn_convolutions_features(c, part, &series, scratch, out);
    for (size_t i = 0; i < n; i++) assert_true(isfinite(out[i]));
    rnn_free(ctx, scratch);
    return out;
}

static void learn(rnn_context *ctx, rnn_convolutions *c, size_t threads, const real *x,
                  size_t steps, size_t count) {
    rnn_pool *pool;
    rnn_channels series[8];
    size_t each = rnn_convolutions_scratch(c, steps), channels = rnn_convolutions_spec(c)->channels;
    real *scratch = rnn_alloc_array(ctx, rnn_convolutions_tasks(c) * each, sizeof *scratch);
    assert_non_null(scratch);
    assert_int_equal(rnn_pool_create(ctx, threads, &pool), RNN_OK);
    for (size_t i = 0; i < count; i++) series[i] = (rnn_channels){x + i * channels * steps, steps};
    rnn_convolutions_learn(c, pool, series, count, scratch, each);
    rnn_pool_free(pool);
    rnn_free(ctx, scratch);
}

static rnn_writer written(rnn_context *ctx, const rnn_convolutions *c) {
    rnn_writer w;
    rnn_writer_init(&w, ctx);
    rnn_convolutions_write(c, &w);
    assert_int_equal(w.status, RNN_OK);
    return w;
}

/* ---- how many ---- */

/* Dilations: powers of two, or of its root for shapes of 12 biases and more, up to an eighth of the
** length less one, ten at most. Of the shapes a number for each kernel, in tiles of 16, and bias;
** of the contests eight kernels a group with two numbers each; twice, for the differences. */
static void test_counts(void **state) {
    static const struct {
        size_t length, biases, groups, shapes, contests; /* dilations of both */
    } rows[] = {
        {1, 1, 16, 1, 1},
        {9, 3, 16, 1, 1},
        {16, 3, 16, 1, 1},
        {17, 1, 16, 2, 2},
        {17, 4, 16, 2, 2},
        {100, 11, 16, 4, 4},
        {100, 12, 16, 6, 4},
        {100, 24, 32, 6, 4},
        {1000, 64, 32, 9, 7},
        {1000000, 6, 16, 10, 10},
        {RNN_MOST_LENGTH, RNN_MOST_BIASES, RNN_MOST_GROUPS, 10, 10},
    };
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const rnn_convolution_spec spec = {1, 1, rows[i].length, rows[i].biases, rows[i].groups};
        rnn_convolutions *c = create(&ctx, spec);
        size_t levels = rows[i].biases / rows[i].shapes;
        if (levels == 0) levels = 1;
        assert_int_equal(rnn_convolutions_count(c, RNN_SHAPES),
                         rows[i].shapes * levels * TILES * LANES);
        assert_int_equal(rnn_convolutions_count(c, RNN_CONTESTS),
                         2 * rows[i].contests * rows[i].groups * RNN_CONTEST_KERNELS * 2);
        assert_memory_equal(rnn_convolutions_spec(c), &spec, sizeof spec);
        rnn_convolutions_free(c);
    }
    rnn_convolutions_free(NULL);
    testing_no_leak(&ctx, &host);
}

/* ---- shapes by their definition ---- */

/* Weight of a tap of kernel k: the k-th choice of three of nine taps has 2, the others -1. */
static double shape_weight(size_t kernel, size_t tap) {
    size_t k = 0;
    for (size_t a = 0; a < TAPS; a++)
        for (size_t b = a + 1; b < TAPS; b++)
            for (size_t c = b + 1; c < TAPS; c++)
                if (k++ == kernel) return tap == a || tap == b || tap == c ? 2 : -1;
    return 0;
}

/* The places of a kernel's values on a series: z [*n]. */
static void plain_values(const real *x, size_t steps, int inside, size_t dilation, size_t kernel,
                         double *z, size_t *n) {
    size_t span = (TAPS - 1) * dilation;
    inside = inside && steps > span;
    *n = inside ? steps - span : steps;
    for (size_t i = 0; i < *n; i++) {
        z[i] = 0;
        for (size_t j = 0; j < TAPS; j++) {
            size_t at = i + j * dilation, before = inside ? 0 : span / 2;
            if (at >= before && at - before < steps)
                z[i] += shape_weight(kernel, j) * (double)x[at - before];
        }
    }
}

/* Biases that are stored. */
static void read_biases(rnn_context *ctx, const rnn_convolutions *c, real *bias, size_t n) {
    rnn_writer w = written(ctx, c);
    rnn_reader r;
    assert_int_equal(w.size, HEADER + n * sizeof(float));
    rnn_reader_init(&r, w.data + HEADER, w.size - HEADER);
    rnn_read_reals(&r, bias, n);
    rnn_writer_free(&w);
}

/* Few biases, powers of two; many, those of its root as well. */
typedef struct shape_case {
    rnn_convolution_spec spec;
    size_t dilations, dilation[5], levels; /* biases at each */
} shape_case;

static const shape_case CASES[] = {
    {{3, 1, 17, 4, 16}, 2, {1, 2}, 2},
    {{3, 1, 50, 11, 16}, 3, {1, 2, 4}, 3},
    {{3, 1, 50, 12, 16}, 4, {1, 2, 4, 5}, 3},
    {{3, 1, 65, 19, 16}, 5, {1, 2, 4, 5, 8}, 3},
};
enum { MOST_BLOCKS = 5 * 3 * TILES };

static size_t count_blocks(const shape_case *of) { return of->dilations * of->levels * TILES; }

/* The blocks in order: dilations, their biases, tiles. Every other one looks inside. */
typedef struct plain_block {
    size_t dilation, tile;
    int inside;
} plain_block;

static plain_block plain_block_of(const shape_case *of, size_t number) {
    size_t level = number / TILES % of->levels, d = number / TILES / of->levels;
    return (plain_block){of->dilation[d], number % TILES, (level + d) % 2 == 1};
}

/* The values of kernel `i` of all blocks on a series: z [*n]. */
static void plain_kernel(const shape_case *of, size_t i, const real *x, size_t steps, double *z,
                         size_t *n) {
    plain_block b = plain_block_of(of, i / LANES);
    plain_values(x, steps, b.inside, b.dilation, b.tile * LANES + i % LANES, z, n);
}

/* All features of a series, of any length down to a step: shares above the bias. */
static void check_shapes(rnn_context *ctx, const shape_case *of, const rnn_convolutions *c,
                         size_t steps) {
    real x[STEPS], bias[MOST_BLOCKS * LANES], *got;
    size_t kernels = count_blocks(of) * LANES;
    draw_series(x, steps, 100 + steps);
    read_biases(ctx, c, bias, kernels);
    assert_int_equal(rnn_convolutions_count(c, RNN_SHAPES), kernels);
    got = features(ctx, c, RNN_SHAPES, x, steps);
    for (size_t i = 0; i < kernels; i++) {
        double z[STEPS];
        size_t n, above = 0;
        plain_kernel(of, i, x, steps, z, &n);
        for (size_t t = 0; t < n; t++) above += z[t] > (double)bias[i];
        assert_true(got[i] == (real)above / (real)n);
    }
    rnn_free(ctx, got);
}

static void test_shapes(void **state) {
    static const size_t lengths[] = {1, 2, 5, 8, 9, 10, 16, 17, 18, STEPS};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    real x[STEPS];
    (void)state;
    draw_series(x, STEPS, 1);
    for (size_t k = 0; k < COUNT(CASES); k++) {
        rnn_convolutions *c = create(&ctx, CASES[k].spec);
        for (size_t i = 0; i < COUNT(lengths); i++) check_shapes(&ctx, &CASES[k], c, lengths[i]);
        learn(&ctx, c, 1, x, STEPS, 1);
        for (size_t i = 0; i < COUNT(lengths); i++) check_shapes(&ctx, &CASES[k], c, lengths[i]);
        rnn_convolutions_free(c);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- biases ---- */

/* Quantiles of a kernel's values on a training series, at levels that the golden ratio spreads. */
static void check_biases(const shape_case *of) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolutions *c = create(&ctx, of->spec);
    real x[STEPS], bias[MOST_BLOCKS * LANES];
    size_t kernels = count_blocks(of) * LANES;
    read_biases(&ctx, c, bias, kernels);
    for (size_t i = 0; i < kernels; i++) assert_true(bias[i] == 0);
    draw_series(x, STEPS, 1);
    learn(&ctx, c, 1, x, STEPS, 1);
    read_biases(&ctx, c, bias, kernels);
    for (size_t i = 0; i < kernels; i++) {
        double z[STEPS], level = fmod((double)(i + 1) * (sqrt(5) - 1) / 2, 1);
        size_t n;
        plain_kernel(of, i, x, STEPS, z, &n);
        qsort(z, n, sizeof *z, rnn_compare_doubles);
        assert_true((double)bias[i] == z[(size_t)(level * (double)n)]);
    }
    rnn_convolutions_free(c);
    testing_no_leak(&ctx, &host);
}

static void test_biases(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT(CASES); k++) check_biases(&CASES[k]);
}

/* The same bits on any number of threads, from any series. */
static void test_threads(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static real x[8 * 3 * STEPS];
    rnn_convolution_spec spec = {5, 3, STEPS, 12, 16};
    rnn_writer first = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(x); i++) x[i] = (real)rnn_normal(9, i);
    for (size_t threads = 1; threads <= 5; threads += 2) {
        rnn_convolutions *c = create(&ctx, spec);
        learn(&ctx, c, threads, x, STEPS, 8);
        rnn_writer w = written(&ctx, c);
        if (threads == 1) {
            first = w;
        } else {
            assert_int_equal(w.size, first.size);
            assert_memory_equal(w.data, first.data, w.size);
            rnn_writer_free(&w);
        }
        rnn_convolutions_free(c);
    }
    rnn_writer_free(&first);
    testing_no_leak(&ctx, &host);
}

/* ---- what they see ---- */

/* A series of zeros is nowhere above a bias of 0; in a contest all kernels are the smallest. */
static void test_nothing(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolutions *c = create(&ctx, SMALL);
    const real x[STEPS] = {0};
    (void)state;
    real *shapes = features(&ctx, c, RNN_SHAPES, x, STEPS);
    real *contests = features(&ctx, c, RNN_CONTESTS, x, STEPS);
    for (size_t i = 0; i < rnn_convolutions_count(c, RNN_SHAPES); i++) assert_true(shapes[i] == 0);
    for (size_t i = 0; i < rnn_convolutions_count(c, RNN_CONTESTS); i++)
        assert_true(contests[i] == (i / (RNN_CONTEST_KERNELS * LANES) % 2 ? 1 : 0));
    rnn_free(&ctx, shapes);
    rnn_free(&ctx, contests);
    rnn_convolutions_free(c);
    testing_no_leak(&ctx, &host);
}

/* Weights add up to 0: where a series is on the whole is seen at its ends alone, where zeros are
** next to it, and every second block does not look there. */
static void test_level(void **state) {
    const shape_case *of = &CASES[0];
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolutions *c = create(&ctx, of->spec);
    real x[STEPS], moved[STEPS];
    (void)state;
    draw_series(x, STEPS, 2);
    learn(&ctx, c, 1, x, STEPS, 1);
    draw_series(x, STEPS, 4);
    for (size_t t = 0; t < STEPS; t++) moved[t] = x[t] + 3;
    real *a = features(&ctx, c, RNN_SHAPES, x, STEPS);
    real *b = features(&ctx, c, RNN_SHAPES, moved, STEPS);
    for (size_t i = 0; i < count_blocks(of); i++) {
        int same = memcmp(a + i * LANES, b + i * LANES, LANES * sizeof *a) == 0;
        assert_int_equal(same, plain_block_of(of, i).inside);
    }
    rnn_free(&ctx, a);
    rnn_free(&ctx, b);
    rnn_convolutions_free(c);
    testing_no_leak(&ctx, &host);
}

/* Contests are about sizes: twice the series, the same smallest ones, and values of root two. */
static void test_contests(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolutions *c = create(&ctx, SMALL);
    enum { GROUP = RNN_CONTEST_KERNELS * LANES };
    real x[STEPS], twice[STEPS];
    (void)state;
    draw_series(x, STEPS, 2);
    for (size_t t = 0; t < STEPS; t++) twice[t] = 2 * x[t];
    real *a = features(&ctx, c, RNN_CONTESTS, x, STEPS);
    real *b = features(&ctx, c, RNN_CONTESTS, twice, STEPS);
    for (size_t i = 0; i < rnn_convolutions_count(c, RNN_CONTESTS); i += 2 * GROUP) {
        for (size_t lane = 0; lane < LANES; lane++) {
            double lost = 0;
            for (size_t k = 0; k < RNN_CONTEST_KERNELS; k++) {
                size_t at = i + k * LANES + lane;
                assert_near((double)b[at], sqrt(2) * (double)a[at], 1e-6);
                assert_true(a[at + GROUP] == b[at + GROUP]);
                lost += (double)a[at + GROUP] * (double)a[at + GROUP];
            }
            assert_near(lost, 1, 1e-6); /* one of the group at each place */
        }
    }
    rnn_free(&ctx, a);
    rnn_free(&ctx, b);
    rnn_convolutions_free(c);
    testing_no_leak(&ctx, &host);
}

/* A block looks at the sum of some channels: with all but one silent, it gives what it gives for
** that one alone, or for silence. Each channel is looked at by some and not by all. */
static void test_channels(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolution_spec many = SMALL;
    real x[3 * STEPS];
    (void)state;
    many.channels = 3;
    rnn_convolutions *one = create(&ctx, SMALL), *three = create(&ctx, many);
    for (int p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
        rnn_convolution_part part = (rnn_convolution_part)p;
        size_t n = rnn_convolutions_count(one, part), seen[3] = {0};
        size_t each = part == RNN_SHAPES ? (size_t)LANES : (size_t)2 * RNN_CONTEST_KERNELS * LANES;
        assert_int_equal(rnn_convolutions_count(three, part), n);
        for (size_t k = 0; k < 3; k++) {
            memset(x, 0, sizeof x);
            real *none = features(&ctx, one, part, x, STEPS);
            draw_series(x + k * STEPS, STEPS, 6);
            real *alone = features(&ctx, one, part, x + k * STEPS, STEPS);
            real *got = features(&ctx, three, part, x, STEPS);
            for (size_t i = 0; i < n; i += each) {
                int heard = memcmp(got + i, alone + i, each * sizeof *got) == 0;
                seen[k] += heard ? 1 : 0;
                if (!heard) assert_memory_equal(got + i, none + i, each * sizeof *got);
            }
            assert_true(seen[k] > 0 && seen[k] < n / each);
            rnn_free(&ctx, none);
            rnn_free(&ctx, alone);
            rnn_free(&ctx, got);
        }
        assert_true(seen[0] + seen[1] + seen[2] > n / each); /* some at several */
    }
    rnn_convolutions_free(one);
    rnn_convolutions_free(three);
    testing_no_leak(&ctx, &host);
}

/* The same spec, the same features; another seed, other contests. */
static void test_seeds(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolution_spec other = SMALL;
    real x[STEPS];
    (void)state;
    other.seed++;
    draw_series(x, STEPS, 7);
    rnn_convolutions *c[] = {create(&ctx, SMALL), create(&ctx, SMALL), create(&ctx, other)};
    real *f[3];
    size_t bytes = rnn_convolutions_count(c[0], RNN_CONTESTS) * sizeof(real);
    for (size_t i = 0; i < 3; i++) f[i] = features(&ctx, c[i], RNN_CONTESTS, x, STEPS);
    assert_memory_equal(f[0], f[1], bytes);
    assert_true(memcmp(f[0], f[2], bytes) != 0);
    for (size_t i = 0; i < 3; i++) {
        rnn_free(&ctx, f[i]);
        rnn_convolutions_free(c[i]);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- bytes ---- */

static void expect_read(rnn_context *ctx, const uint8_t *data, size_t size, rnn_status want,
                        rnn_convolutions **out) {
    uint8_t *copy = testing_copy(data, size);
    rnn_reader r;
    rnn_reader_init(&r, copy, size);
    *out = (rnn_convolutions *)(void *)ctx;
    assert_int_equal(rnn_convolutions_read(ctx, &r, out), want);
    if (want == RNN_OK) assert_int_equal(r.at, size);
    if (want != RNN_OK) assert_null(*out);
    free(copy);
}

static void test_round_trip(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    /* More channels than any sensible model: vectors are channels, too. */
    static const rnn_convolution_spec specs[] = {
        {3, 1, 17, 4, 16}, {UINT64_MAX, 2, 1, 1, 64}, {0, 5000, 20, 2, 16}};
    (void)state;
    for (size_t s = 0; s < COUNT(specs); s++) {
        size_t steps = s == 2 ? 4 : STEPS, n = specs[s].channels * steps;
        rnn_convolutions *c = create(&ctx, specs[s]), *back;
        real *x = rnn_alloc_array(&ctx, n, sizeof *x);
        assert_non_null(x);
        draw_series(x, n, 5);
        learn(&ctx, c, 1, x, steps, 1);
        rnn_writer w = written(&ctx, c), again;
        expect_read(&ctx, w.data, w.size, RNN_OK, &back);
        assert_memory_equal(rnn_convolutions_spec(back), &specs[s], sizeof *specs);
        for (int p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
            real *a = features(&ctx, c, (rnn_convolution_part)p, x, steps);
            real *b = features(&ctx, back, (rnn_convolution_part)p, x, steps);
            assert_memory_equal(a, b,
                                rnn_convolutions_count(c, (rnn_convolution_part)p) * sizeof *a);
            rnn_free(&ctx, a);
            rnn_free(&ctx, b);
        }
        again = written(&ctx, back);
        assert_int_equal(again.size, w.size);
        assert_memory_equal(again.data, w.data, w.size);
        rnn_writer_free(&w);
        rnn_writer_free(&again);
        rnn_free(&ctx, x);
        rnn_convolutions_free(c);
        rnn_convolutions_free(back);
    }
    testing_no_leak(&ctx, &host);
}

/* The largest model of one channel. */
static void test_largest(void **state) {
    static const rnn_convolution_spec spec = {1, 1, RNN_MOST_LENGTH, RNN_MOST_BIASES,
                                              RNN_MOST_GROUPS};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolutions *c = create(&ctx, spec), *back;
    rnn_writer w = written(&ctx, c);
    (void)state;
    expect_read(&ctx, w.data, w.size, RNN_OK, &back);
    assert_memory_equal(rnn_convolutions_spec(back), &spec, sizeof spec);
    rnn_writer_free(&w);
    rnn_convolutions_free(c);
    rnn_convolutions_free(back);
    testing_no_leak(&ctx, &host);
}

static const struct {
    size_t field; /* channels, length, biases, groups: 1 ... 4 */
    uint64_t value;
} FORGED[] = {
    {1, 0},
    {1, RNN_MOST_CHANNELS + 1},
    {1, UINT64_MAX},
    {2, 0},
    {2, RNN_MOST_LENGTH + 1},
    {2, UINT64_C(1) << 32},
    {2, UINT64_MAX},
    {3, 0},
    {3, RNN_MOST_BIASES + 1},
    {3, UINT64_MAX},
    {4, 0},
    {4, 8},
    {4, 24},
    {4, RNN_MOST_GROUPS + 16},
    {4, UINT64_MAX},
};

static void test_forged(void **state) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_convolutions *c = create(&ctx, SMALL), *back;
    rnn_writer w = written(&ctx, c);
    (void)state;
    for (size_t size = 0; size < w.size; size++) expect_read(&ctx, w.data, size, RNN_MODEL, &back);
    for (size_t i = 0; i < COUNT(FORGED); i++) {
        uint8_t *data = testing_copy(w.data, w.size);
        for (size_t b = 0; b < 8; b++)
            data[8 * FORGED[i].field + b] = (uint8_t)(FORGED[i].value >> (8 * b));
        expect_read(&ctx, data, w.size, RNN_MODEL, &back);
        assert_non_null(strstr(ctx.message, "the convolutions are corrupt"));
        free(data);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        rnn_writer number;
        uint8_t *data = testing_copy(w.data, w.size);
        rnn_writer_init(&number, &ctx);
        rnn_write_f32(&number, bad[i]);
        memcpy(data + w.size - 4 * (i * 70 + 1), number.data, 4);
        expect_read(&ctx, data, w.size, RNN_MODEL, &back);
        rnn_writer_free(&number);
        free(data);
    }
    rnn_writer_free(&w);
    rnn_convolutions_free(c);
    testing_no_leak(&ctx, &host);
}

/* Each allocation fails once. */
static void test_no_memory(void **state) {
    rnn_context plain = {0};
    rnn_convolutions *c = create(&plain, SMALL);
    rnn_writer w = written(&plain, c);
    (void)state;
    for (int reading = 0; reading < 2; reading++) {
        rnn_status status = RNN_NOMEM;
        for (uint64_t fail_at = 1; status != RNN_OK; fail_at++) {
            testing_host host;
            rnn_context ctx = testing_context(&host);
            rnn_convolutions *out = NULL;
            rnn_reader r;
            host.fail_at = fail_at;
            rnn_reader_init(&r, w.data, w.size);
            status = reading ? rnn_convolutions_read(&ctx, &r, &out)
                             : rnn_convolutions_create(&ctx, &SMALL, &out);
            assert_true(status == RNN_OK || (status == RNN_NOMEM && !out));
            assert_true(status != RNN_OK || fail_at > 5);
            rnn_convolutions_free(out);
            testing_no_leak(&ctx, &host);
        }
    }
    rnn_writer_free(&w);
    rnn_convolutions_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),    cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_biases),    cmocka_unit_test(test_threads),
        cmocka_unit_test(test_nothing),   cmocka_unit_test(test_level),
        cmocka_unit_test(test_contests),  cmocka_unit_test(test_channels),
        cmocka_unit_test(test_seeds),     cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_largest),   cmocka_unit_test(test_forged),
        cmocka_unit_test(test_no_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
