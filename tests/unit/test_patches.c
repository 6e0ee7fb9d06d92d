/* test_patches.c - a series as patches: how many, where they are, what is in them, noise. */
#include "net_testing.h"

#include "columns.h"
#include "patches.h"
#include "rng.h"

enum { STEPS = 11, MOST = 64 };

/* A model of a number, and then, with `columns` 2, a vector of two; not more than patches look
** at. */
static rnn_model *make_model(rnn_context *ctx, size_t columns, size_t width, size_t stride) {
    rnn_model *m = rnn_model_create(ctx);
    assert_non_null(m);
    m->options.task = RNN_TASK_CLASSIFY;
    m->input = rnn_alloc_array_zero(ctx, columns, sizeof *m->input);
    assert_non_null(m->input);
    m->inputs = columns;
    m->input[0].width = 1;
    if (columns > 1) m->input[1] = (rnn_input_column){.kind = RNN_INPUT_VECTOR, .width = 2};
    m->sequence.patch_width = width;
    m->sequence.patch_stride = stride;
    m->sequence.own_scale = 1;
    return m;
}

/* ---- how many, where ---- */

static void test_steps(void **state) {
    static const struct {
        size_t stride, steps, patches;
    } rows[] = {{1, 1, 1}, {1, 7, 7}, {3, 1, 1}, {3, 3, 1}, {3, 4, 2}, {3, 9, 3}, {8, 0, 0}};
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 1, 8, 1);
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(rows); i++) {
        m->sequence.patch_stride = rows[i].stride;
        assert_int_equal(rnn_patch_steps(m, rows[i].steps), rows[i].patches);
    }
    /* The middle of the stride of each, the last step where that is beyond the end. */
    m->sequence.patch_stride = 4;
    assert_int_equal(rnn_patch_place(m, 0, 9), 2);
    assert_int_equal(rnn_patch_place(m, 1, 9), 6);
    assert_int_equal(rnn_patch_place(m, 2, 9), 8);
    assert_int_equal(rnn_patch_place(m, 0, 1), 0);
    /* Without patches steps are steps. */
    m->sequence.patch_width = m->sequence.patch_stride = 0;
    assert_int_equal(rnn_patch_steps(m, 9), 9);
    assert_int_equal(rnn_patch_steps(m, 0), 0);
    assert_int_equal(rnn_patch_place(m, 5, 9), 5);
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

/* Of each value the patch, its mean and its size; of each column the share that is missing. */
static void test_numbers(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 2, 5, 2);
    (void)state;
    assert_int_equal(rnn_value_count(m), 3);
    assert_int_equal(rnn_patch_numbers(m), 3 * 5 + 2 + 3 * 2);
    m->sequence.patch_width = m->sequence.patch_stride = 0;
    assert_int_equal(rnn_patch_numbers(m), 3 + 2);
    m->sequence.derived = 21;
    assert_int_equal(rnn_patch_numbers(m), 3 + 2 + 21);
    m->sequence.derived = 0;
    m->input[1] = (rnn_input_column){.kind = RNN_INPUT_CATEGORY};
    assert_int_equal(rnn_value_count(m), 1);
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

/* ---- scales ---- */

static void test_scale(void **state) {
    /* Value, mask, and another number. */
    const real x[] = {1, 0, 9, 7, 1, 9, 3, 0, 9, 5, 0, 9}, flat[] = {4, 0, 4, 0};
    double mean, deviation;
    (void)state;
    rnn_patch_scale(x, 3, 4, 0, 1, &mean, &deviation); /* 1, 3, 5 */
    assert_true(fabs(mean - 3) < 1e-12 && fabs(deviation - sqrt(8.0 / 3)) < 1e-12);
    rnn_patch_scale(x + 3, 3, 1, 0, 1, &mean, &deviation); /* all are missing */
    assert_true(mean == 0 && deviation == 1);
    rnn_patch_scale(flat, 2, 2, 0, 1, &mean, &deviation);
    assert_true(mean == 4 && deviation == 1);
    rnn_patch_scale(x, 3, 0, 0, 1, &mean, &deviation); /* no steps */
    assert_true(mean == 0 && deviation == 1);
}

/* ---- contents ---- */

/* The patches of one series of `steps`, among shorter and longer ones of a batch: rows [patches x
** numbers], returned. */
static size_t fill(rnn_context *ctx, const rnn_model *m, const real *numbers, size_t steps,
                   const rnn_patch_noise *noise, real *out) {
    size_t N = rnn_patch_numbers(m), patches = rnn_patch_steps(m, steps);
    const size_t length[3] = {patches + 2, patches, 1};
    rnn_batch b;
    testing_ok(ctx, rnn_batch_init(ctx, &b, 3, patches + 2, N, 0, 1));
    rnn_batch_layout(&b, length, 3);
    for (size_t i = 0; i < b.rows * N; i++) b.numbers[i] = (real)NAN;
    rnn_patch_fill(m, numbers, steps, noise, 1, &b);
    for (size_t p = 0; p < patches; p++)
        memcpy(out + p * N, b.numbers + rnn_batch_row(&b, 1, p) * N, N * sizeof *out);
    for (size_t p = 0; p < patches + 2; p++) /* the others are left alone */
        assert_true(isnan(b.numbers[rnn_batch_row(&b, 0, p) * N]));
    rnn_batch_free(ctx, &b);
    return patches;
}

static void expect_row(const real *got, const double *want, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!(fabs((double)got[i] - want[i]) < 1e-6))
            fail_msg("number %zu is %.9g, not %.9g", i, (double)got[i], want[i]);
    }
}

/* 1 3 (missing) 5 7: mean 4, deviation sqrt 5. Patches of 4 begin 2 apart, and 1 before the series:
** the first sees 1 1 3 -, the second 3 - 5 7, the last 7 and what follows, which is 7. */
static void test_by_hand(void **state) {
    const real numbers[] = {1, 0, 3, 0, 0, 1, 5, 0, 7, 0};
    const double d = sqrt(5), size = log(d);
    const double want[3][7] = {{-3 / d, -3 / d, -1 / d, 0, 0.25, 4, size},
                               {-1 / d, 0, 1 / d, 3 / d, 0.25, 4, size},
                               {1 / d, 3 / d, 3 / d, 3 / d, 0, 4, size}};
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 1, 4, 2);
    real got[3 * 7];
    (void)state;
    assert_int_equal(rnn_patch_numbers(m), 7);
    assert_int_equal(fill(&ctx, m, numbers, 5, NULL, got), 3);
    for (size_t p = 0; p < 3; p++) expect_row(got + 7 * p, want[p], 7);
    /* As the training rows measure the values: the same, not scaled. */
    const double common[3][7] = {
        {1, 1, 3, 0, 0.25, 4, size}, {3, 0, 5, 7, 0.25, 4, size}, {5, 7, 7, 7, 0, 4, size}};
    m->sequence.own_scale = 0;
    assert_int_equal(fill(&ctx, m, numbers, 5, NULL, got), 3);
    for (size_t p = 0; p < 3; p++) expect_row(got + 7 * p, common[p], 7);
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

/* A number, its mask, a vector of two, its mask; missing now and then. */
static void draw_series(real *numbers, size_t steps, uint64_t seed) {
    for (size_t t = 0; t < steps; t++) {
        real *x = numbers + t * 5;
        for (size_t i = 0; i < 5; i++) x[i] = (real)(testing_uniform(&seed) * (double)(i + 1));
        x[1] = t % 4 == 2;
        x[4] = t % 3 == 1;
        if (x[1] != 0) x[0] = 0;
        if (x[4] != 0) x[2] = x[3] = 0;
    }
}

/* Row p as patches.h says it. */
static void plain_row(const rnn_model *m, const real *numbers, size_t steps, size_t p,
                      double *row) {
    static const size_t at[] = {0, 2, 3}, mask[] = {1, 4, 4}, column[] = {0, 1, 1};
    size_t width = m->sequence.patch_width, stride = m->sequence.patch_stride;
    int own = m->sequence.own_scale;
    ptrdiff_t from = (ptrdiff_t)(p * stride) - (ptrdiff_t)(width - stride) / 2;
    for (size_t v = 0; v < 3; v++) {
        double mean, deviation, missing = 0;
        rnn_patch_scale(numbers, 5, steps, at[v], mask[v], &mean, &deviation);
        for (size_t j = 0; j < width; j++) {
            ptrdiff_t t = from + (ptrdiff_t)j, last = (ptrdiff_t)steps - 1;
            const real *x = numbers + (t < 0 ? 0 : t > last ? last : t) * 5;
            missing += (double)x[mask[v]];
            double z = own ? ((double)x[at[v]] - mean) / deviation : (double)x[at[v]];
            row[v * width + column[v] + j] = x[mask[v]] != 0 ? 0 : z;
        }
        row[column[v] ? 3 * width + 1 : width] = missing / (double)width;
        row[3 * width + 2 + 2 * v] = mean;
        row[3 * width + 2 + 2 * v + 1] = log(deviation);
    }
}

/* Widths that are no multiple of the stride, strides above a step, series shorter than a patch,
** with a scale of their own and without. */
static void test_columns(void **state) {
    static const struct {
        size_t width, stride, steps;
    } rows[] = {{1, 1, STEPS}, {4, 1, STEPS}, {7, 3, STEPS}, {8, 3, STEPS},
                {5, 5, STEPS}, {5, 4, 2},     {13, 2, 1},    {32, 4, STEPS}};
    rnn_context ctx = {0};
    real numbers[STEPS * 5], got[STEPS * (3 * 32 + 8)];
    double want[3 * 32 + 8];
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(rows); i++) {
        rnn_model *m = make_model(&ctx, 2, rows[i].width, rows[i].stride);
        size_t N = rnn_patch_numbers(m);
        draw_series(numbers, rows[i].steps, i);
        for (m->sequence.own_scale = 0; m->sequence.own_scale < 2; m->sequence.own_scale++) {
            size_t patches = fill(&ctx, m, numbers, rows[i].steps, NULL, got);
            assert_int_equal(patches, (rows[i].steps + rows[i].stride - 1) / rows[i].stride);
            for (size_t p = 0; p < patches; p++) {
                plain_row(m, numbers, rows[i].steps, p, want);
                expect_row(got + p * N, want, N);
            }
        }
        rnn_model_free(m);
    }
    testing_no_leak(&ctx);
}

/* Patches see shapes; level and size are in two numbers alone. */
static void test_level_and_size(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 1, 4, 1);
    real a[2 * STEPS], b[2 * STEPS], one[STEPS * 7], other[STEPS * 7];
    (void)state;
    for (size_t t = 0; t < STEPS; t++) {
        a[2 * t] = (real)(t * t % 7);
        b[2 * t] = 8 * a[2 * t] + 100;
        a[2 * t + 1] = b[2 * t + 1] = 0;
    }
    fill(&ctx, m, a, STEPS, NULL, one);
    fill(&ctx, m, b, STEPS, NULL, other);
    for (size_t p = 0; p < STEPS; p++) {
        testing_near("patch", other + 7 * p, one + 7 * p, 5, 1e-6);
        assert_true(fabs((double)other[7 * p + 5] - 8 * (double)one[7 * p + 5] - 100) < 1e-4);
        assert_true(fabs((double)(other[7 * p + 6] - one[7 * p + 6]) - log(8)) < 1e-6);
    }
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

/* A level that no training row came near is cut, and so are the values where they are at it. */
static void test_cut(void **state) {
    const real far[] = {2 * RNN_INPUT_CUT, 0, 2 * RNN_INPUT_CUT, 0};
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 1, 1, 1);
    real got[2 * 4];
    (void)state;
    assert_int_equal(fill(&ctx, m, far, 2, NULL, got), 2);
    expect_row(got, (const double[]){0, 0, RNN_INPUT_CUT, 0}, 4);
    m->sequence.own_scale = 0;
    assert_int_equal(fill(&ctx, m, far, 2, NULL, got), 2);
    expect_row(got, (const double[]){RNN_INPUT_CUT, 0, RNN_INPUT_CUT, 0}, 4);
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

/* ---- noise ---- */

/* What was added to value v of step t, from the first patch that has it; all others must agree. */
static void noise_of(const rnn_model *m, const real *clean, const real *noisy, size_t v,
                     double *e) {
    size_t W = m->sequence.patch_width, S = m->sequence.patch_stride, N = rnn_patch_numbers(m);
    size_t at = v * W + (v > 0);
    for (size_t t = 0; t < STEPS; t++) e[t] = NAN;
    for (size_t p = 0; p < rnn_patch_steps(m, STEPS); p++) {
        for (size_t j = 0; j < W; j++) {
            ptrdiff_t t = (ptrdiff_t)(p * S + j) - (ptrdiff_t)(W - S) / 2;
            double added = (double)noisy[p * N + at + j] - (double)clean[p * N + at + j];
            if (t < 0) t = 0;
            if (t >= STEPS) t = STEPS - 1;
            if (isnan(e[t])) e[t] = added;
            assert_true(e[t] == added);
        }
    }
}

/* Each known value gets noise of its own, the same in all patches that have it; shares of what is
** missing, levels and sizes stay. */
static void check_noise(int own_scale) {
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 2, 7, 3);
    const double deviation[] = {0.5, 0, 0.25};
    const rnn_patch_noise noise = {.key = 5, .deviation = deviation, .factor = 0};
    size_t N = rnn_patch_numbers(m);
    real numbers[STEPS * 5], clean[4 * MOST], noisy[4 * MOST], again[4 * MOST];
    double e[STEPS];
    m->sequence.own_scale = own_scale;
    draw_series(numbers, STEPS, 3);
    assert_int_equal(fill(&ctx, m, numbers, STEPS, NULL, clean), 4);
    fill(&ctx, m, numbers, STEPS, &noise, noisy);
    fill(&ctx, m, numbers, STEPS, &noise, again);
    assert_memory_equal(noisy, again, 4 * N * sizeof *noisy);
    for (size_t v = 0; v < 3; v++) {
        noise_of(m, clean, noisy, v, e);
        for (size_t t = 0; t < STEPS; t++) {
            int missing = numbers[t * 5 + (v ? 4 : 1)] != 0;
            assert_int_equal(e[t] == 0, missing || v == 1);
            for (size_t s = 0; s < t && e[t] != 0; s++) assert_true(e[s] != e[t]);
        }
    }
    for (size_t p = 0; p < 4; p++) {
        for (size_t i = 0; i < N; i++)
            if (i == 7 || i >= 3 * 7 + 1) assert_true(noisy[p * N + i] == clean[p * N + i]);
    }
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

static void test_noise(void **state) {
    (void)state;
    check_noise(0);
    check_noise(1);
}

/* Over many keys the noise has the deviation that it should: of 32 x 8 normal numbers the mean
** square is off by a quarter in a case of 200. */
static void test_noise_size(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 2, 7, 3);
    const double deviation[] = {0.5, 0.5, 0.5};
    real numbers[STEPS * 5], clean[4 * MOST], noisy[4 * MOST];
    double squares = 0, count = 0;
    (void)state;
    draw_series(numbers, STEPS, 3);
    fill(&ctx, m, numbers, STEPS, NULL, clean);
    for (uint64_t key = 0; key < 32; key++) {
        const rnn_patch_noise noise = {.key = key, .deviation = deviation, .factor = 0};
        double e[STEPS];
        fill(&ctx, m, numbers, STEPS, &noise, noisy);
        noise_of(m, clean, noisy, 0, e);
        for (size_t t = 0; t < STEPS; t++) {
            squares += e[t] * e[t];
            count += e[t] != 0;
        }
    }
    assert_true(count == 32 * 8);
    assert_true(fabs(squares / count / 0.25 - 1) < 0.25);
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

/* The factor is one for all of a value. */
static void test_factor(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = make_model(&ctx, 2, 7, 3);
    const double none[] = {0, 0, 0};
    rnn_patch_noise noise = {.key = 6, .deviation = none, .factor = 0.5};
    size_t N = rnn_patch_numbers(m);
    real numbers[STEPS * 5], clean[4 * MOST], noisy[4 * MOST];
    double factor[3];
    (void)state;
    draw_series(numbers, STEPS, 3);
    fill(&ctx, m, numbers, STEPS, NULL, clean);
    fill(&ctx, m, numbers, STEPS, &noise, noisy);
    for (size_t v = 0; v < 3; v++) {
        factor[v] = 0;
        for (size_t p = 0; p < 4; p++) {
            for (size_t j = 0; j < 7; j++) {
                size_t at = p * N + v * 7 + (v > 0) + j;
                if (clean[at] == 0) continue;
                double f = (double)noisy[at] / (double)clean[at];
                if (factor[v] == 0) factor[v] = f;
                assert_true(fabs(f - factor[v]) < 1e-5);
            }
        }
        assert_true(fabs(factor[v] - 1) > 1e-3);
        for (size_t u = 0; u < v; u++) assert_true(fabs(factor[v] - factor[u]) > 1e-3);
    }
    noise.key++;
    fill(&ctx, m, numbers, STEPS, &noise, clean);
    assert_true(memcmp(clean, noisy, 4 * N * sizeof *clean) != 0);
    rnn_model_free(m);
    testing_no_leak(&ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),      cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_scale),      cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_columns),    cmocka_unit_test(test_level_and_size),
        cmocka_unit_test(test_cut),        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_noise_size), cmocka_unit_test(test_factor),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
