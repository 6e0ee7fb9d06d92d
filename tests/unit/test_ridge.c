/* test_ridge.c - ridge models against the normal equations, solved by elimination in double:
** weights, what rows get from those of other folds, the choice of lambda; sums over blocks of rows;
** threads, bytes, failures. double_ridge.c runs it in the double build.
**
** Errors: the system is made of products of `real`s and has no eigenvalue below lambda, so that a
** solution is off by some roundoffs over lambda.
*/
#include "testing.h"
#include "values_testing.h"

#include "ridge.h"
#include "rng.h"

enum { MOST_F = 40, MOST_N = 130, K = 2, CONSTANT = 3 /* this feature never changes */ };
#define ROUNDOFF (sizeof(real) == sizeof(float) ? 0x1p-24 : 0x1p-53)

static const double LAMBDAS[] = {1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3};

/* ---- data ---- */

typedef struct problem {
    size_t n, F, folds; /* folds 0: each row alone */
    double x[MOST_N * MOST_F], y[MOST_N * K], weight[MOST_N], penalty[MOST_F];
    real copy[MOST_N * MOST_F]; /* for the engine, which overwrites it */
    rnn_ridge_data data;
} problem;

/* Features of all sizes at all levels; two targets, of some of them and of noise. */
static void draw(problem *p, size_t n, size_t F, double noise, uint64_t seed) {
    memset(p, 0, sizeof *p);
    p->n = n;
    p->F = F;
    for (size_t j = 0; j < F; j++) p->penalty[j] = j % 4 == 1 ? 0.25 : j % 4 == 2 ? 4 : 1;
    for (size_t i = 0; i < n; i++) {
        p->weight[i] = 0.5 + rnn_uniform(rnn_stream(seed, 1, 0), i);
        for (size_t j = 0; j < F; j++) {
            double size = ldexp(1, (int)(j % 7) - 3), z = rnn_normal(seed, i * F + j);
            if (j == CONSTANT) z = 1;
            p->x[i * F + j] = (double)(real)(size * (z + (double)(j % 5)));
            if (j < 5) p->y[i * K] += z;
            if (j > 2 && j < 9) p->y[i * K + 1] -= z / 2;
        }
        for (size_t k = 0; k < K; k++)
            p->y[i * K + k] += noise * rnn_normal(rnn_stream(seed, 2, k), i) + 3;
    }
}

/* Rows [first, first + count), as they were. */
static const rnn_ridge_data *rows_of(problem *p, size_t first, size_t count) {
    for (size_t i = 0; i < count * p->F; i++) p->copy[i] = (real)p->x[first * p->F + i];
    p->data = (rnn_ridge_data){count,      p->F,    K, p->copy, p->y + first * K, p->weight + first,
                               p->penalty, p->folds};
    return &p->data;
}

/* ---- the normal equations ---- */

typedef struct plain {
    double mean[MOST_F], factor[MOST_F]; /* z = factor (x - mean), 0 of a constant */
    double w[MOST_F][K], b[K];           /* of z */
} plain;

/* By the first `count` rows. */
static void plain_measure(const problem *p, size_t count, plain *m) {
    for (size_t j = 0; j < p->F; j++) {
        double total = 0, sum = 0, squares = 0;
        for (size_t i = 0; i < count; i++) {
            total += p->weight[i];
            sum += p->weight[i] * p->x[i * p->F + j];
        }
        m->mean[j] = sum / total;
        for (size_t i = 0; i < count; i++)
            squares += p->weight[i] * pow(p->x[i * p->F + j] - m->mean[j], 2);
        m->factor[j] = j == CONSTANT ? 0 : 1 / sqrt(squares / total * p->penalty[j]);
    }
}

/* a [n x n] x = b [n x K], by elimination; x in b. */
static void eliminate(double (*a)[MOST_F + 1], double (*b)[K], size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t r = i + 1; r < n; r++) {
            double f = a[r][i] / a[i][i];
            for (size_t c = i; c < n; c++) a[r][c] -= f * a[i][c];
            for (size_t k = 0; k < K; k++) b[r][k] -= f * b[i][k];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = 0; k < K; k++) {
            for (size_t c = i + 1; c < n; c++) b[i][k] -= a[i][c] * b[c][k];
            b[i][k] /= a[i][i];
        }
    }
}

static size_t folds_of(const problem *p) { return p->folds ? p->folds : p->n; }

/* Least squares of all rows but those of a fold (SIZE_MAX: of none), lambda F on the weights and
** nothing on the bias: row and column F of the system. */
static void plain_solve(const problem *p, double lambda, size_t fold, plain *m) {
    static double a[MOST_F + 1][MOST_F + 1], b[MOST_F + 1][K];
    size_t F = p->F;
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    for (size_t j = 0; j < F; j++) a[j][j] = lambda * (double)F;
    for (size_t i = 0; i < p->n; i++) {
        double z[MOST_F + 1];
        if (i % folds_of(p) == fold) continue;
        for (size_t j = 0; j < F; j++) z[j] = m->factor[j] * (p->x[i * F + j] - m->mean[j]);
        z[F] = 1;
        for (size_t j = 0; j <= F; j++) {
            for (size_t l = 0; l <= F; l++) a[j][l] += p->weight[i] * z[j] * z[l];
            for (size_t k = 0; k < K; k++) b[j][k] += p->weight[i] * z[j] * p->y[i * K + k];
        }
    }
    eliminate(a, b, F + 1);
    memcpy(m->w, b, F * sizeof *b);
    memcpy(m->b, b[F], sizeof *b);
}

static double plain_say(const problem *p, const plain *m, size_t row, size_t k) {
    double sum = m->b[k];
    for (size_t j = 0; j < p->F; j++)
        sum += m->w[j][k] * m->factor[j] * (p->x[row * p->F + j] - m->mean[j]);
    return sum;
}

/* Weights of features as they are, the bias, and what they say. */
static void expect_model(const problem *p, const rnn_ridge *got, const plain *want) {
    double off = 30 * ROUNDOFF * (1 + 1 / got->lambda);
    assert_int_equal(got->features, p->F);
    assert_int_equal(got->outputs, K);
    for (size_t j = 0; j < p->F; j++) {
        for (size_t k = 0; k < K; k++) {
            double w = (double)got->weight[j * K + k];
            if (j == CONSTANT) assert_true(w == 0);
            if (j != CONSTANT) assert_near(w / want->factor[j], want->w[j][k], off);
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        real x[MOST_F], out[K];
        for (size_t j = 0; j < p->F; j++) x[j] = (real)p->x[i * p->F + j];
        rnn_ridge_predict(got, x, out);
        for (size_t k = 0; k < K; k++)
            assert_near((double)out[k], plain_say(p, want, i, k), off * (double)p->F);
    }
}

/* ---- few rows ---- */

/* Squared errors of the rows, each from other folds; what they get. */
static double plain_error(const problem *p, double lambda, double *said) {
    plain m;
    double error = 0;
    plain_measure(p, p->n, &m);
    for (size_t fold = 0; fold < folds_of(p); fold++) {
        plain_solve(p, lambda, fold, &m);
        for (size_t i = fold; i < p->n; i += folds_of(p)) {
            for (size_t k = 0; k < K; k++) {
                said[i * K + k] = plain_say(p, &m, i, k);
                error += p->weight[i] * pow(said[i * K + k] - p->y[i * K + k], 2);
            }
        }
    }
    return error;
}

/* The lambda that is chosen, a larger one only for an error that is smaller by a tenth, which
** rounding does not decide; and the one of the least error. */
typedef struct choice {
    double chosen, best;
} choice;

static choice plain_choice(const problem *p) {
    static double said[MOST_N * K];
    double beaten = INFINITY, least = INFINITY;
    choice c = {0, 0};
    for (size_t i = 0; i < COUNT(LAMBDAS); i++) {
        double error = plain_error(p, LAMBDAS[i], said);
        if (error < least) c.best = LAMBDAS[i];
        least = fmin(error, least);
        assert_true(!(fabs(error / beaten - 0.9) < 1e-4));
        if (error >= 0.9 * beaten) continue;
        c.chosen = LAMBDAS[i];
        beaten = error;
    }
    return c;
}

static choice check_dual(size_t n, size_t F, double noise, size_t folds) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static problem p;
    static double left_out[MOST_N * K], said[MOST_N * K];
    rnn_ridge m = {0};
    plain want;
    draw(&p, n, F, noise, n + F);
    p.folds = folds;
    if (rnn_ridge_train(&ctx, NULL, rows_of(&p, 0, n), &m, left_out) != RNN_OK)
        fail_msg("%s", ctx.message);
    plain_measure(&p, n, &want);
    plain_solve(&p, m.lambda, SIZE_MAX, &want);
    expect_model(&p, &m, &want);
    choice c = plain_choice(&p);
    assert_true(m.lambda == c.chosen);
    plain_error(&p, m.lambda, said);
    for (size_t i = 0; i < n * K; i++)
        assert_near(left_out[i], said[i], 200 * ROUNDOFF * (1 + 1 / m.lambda));
    rnn_ridge_free(&ctx, &m);
    testing_no_leak(&ctx, &host);
    return c;
}

/* Fewer features than rows and more; rows in several blocks; little noise and much of it, which
** asks for a small lambda and for a large one, but not always for the one of the least error; rows
** left out one by one and in folds, not all of one size, or more than there are rows. */
static void test_dual(void **state) {
    static const size_t folds[] = {0, 3, 4, MOST_N + 1};
    (void)state;
    for (size_t f = 0; f < COUNT(folds); f++) {
        check_dual(30, 12, 0.5, folds[f]);
        choice c = check_dual(15, 40, 0.5, folds[f]);
        assert_true(LAMBDAS[0] < c.chosen && c.chosen < c.best);
        c = check_dual(MOST_N, 20, 0.01, folds[f]);
        assert_true(c.chosen == LAMBDAS[0]);
        c = check_dual(65, 20, 10, folds[f]);
        assert_true(c.chosen >= 1);
    }
}

/* Nothing but the order of sums depends on that of the rows. */
static void test_order(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static problem p, q;
    static double left_out[2][MOST_N * K];
    rnn_ridge m[2] = {{0}};
    (void)state;
    draw(&p, MOST_N, 12, 1, 5);
    q = p;
    for (size_t i = 0; i < p.n; i++) {
        size_t from = p.n - 1 - i;
        memcpy(q.x + i * p.F, p.x + from * p.F, p.F * sizeof *p.x);
        memcpy(q.y + i * K, p.y + from * K, K * sizeof *p.y);
        q.weight[i] = p.weight[from];
    }
    assert_int_equal(rnn_ridge_train(&ctx, NULL, rows_of(&p, 0, p.n), &m[0], left_out[0]), RNN_OK);
    assert_int_equal(rnn_ridge_train(&ctx, NULL, rows_of(&q, 0, p.n), &m[1], left_out[1]), RNN_OK);
    assert_true(m[0].lambda == m[1].lambda);
    double off = 400 * ROUNDOFF * (1 + 1 / m[0].lambda); /* both are off */
    for (size_t i = 0; i < p.n * K; i++)
        assert_near(left_out[1][(p.n - 1 - i / K) * K + i % K], left_out[0][i], off);
    for (size_t i = 0; i < p.F * K; i++)
        assert_near((double)m[1].weight[i], (double)m[0].weight[i], 2 * off);
    for (size_t i = 0; i < 2; i++) rnn_ridge_free(&ctx, &m[i]);
    testing_no_leak(&ctx, &host);
}

/* A row alone: there is nothing to learn from but its target. */
static void test_one_row(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static problem p;
    double left_out[K];
    real x[MOST_F] = {0}, out[K];
    rnn_ridge m = {0};
    (void)state;
    draw(&p, 1, 8, 1, 5);
    assert_int_equal(rnn_ridge_train(&ctx, NULL, rows_of(&p, 0, 1), &m, left_out), RNN_OK);
    rnn_ridge_predict(&m, x, out);
    for (size_t k = 0; k < K; k++) {
        assert_near((double)out[k], p.y[k], 8 * ROUNDOFF);
        assert_true(isfinite(left_out[k]));
    }
    rnn_ridge_free(&ctx, &m);
    testing_no_leak(&ctx, &host);
}

/* ---- many rows ---- */

static rnn_ridge_sums *sums_of(rnn_context *ctx, problem *p, size_t first) {
    rnn_ridge_sums *s;
    if (rnn_ridge_sums_create(ctx, NULL, rows_of(p, 0, first), &s) != RNN_OK)
        fail_msg("%s", ctx->message);
    return s;
}

/* With all rows in the first block, the same model as by the other way, for the same lambda. */
static void test_sums_are_the_same(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static problem p;
    static double left_out[MOST_N * K];
    rnn_ridge dual = {0}, sums = {0};
    (void)state;
    draw(&p, 100, 30, 2, 5);
    assert_int_equal(rnn_ridge_train(&ctx, NULL, rows_of(&p, 0, p.n), &dual, left_out), RNN_OK);
    rnn_ridge_sums *s = sums_of(&ctx, &p, p.n);
    rnn_ridge_sums_add(s, rows_of(&p, 0, p.n));
    assert_int_equal(rnn_ridge_sums_solve(s, dual.lambda, &sums), RNN_OK);
    assert_true(sums.lambda == dual.lambda);
    double off = 100 * ROUNDOFF * (1 + 1 / dual.lambda);
    for (size_t i = 0; i < p.F * K; i++)
        assert_near((double)sums.weight[i], (double)dual.weight[i], off);
    for (size_t k = 0; k < K; k++) assert_near((double)sums.bias[k], (double)dual.bias[k], off);
    rnn_ridge_sums_free(s);
    rnn_ridge_sums_free(NULL);
    rnn_ridge_free(&ctx, &dual);
    rnn_ridge_free(&ctx, &sums);
    testing_no_leak(&ctx, &host);
}

/* Blocks in any order, measured by the first one; every lambda from the same sums, which go on. */
static void test_blocks(void **state) {
    static const size_t orders[2][4] = {{0, 40, 41, 105}, {105, 0, 41, 40}};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static problem p;
    (void)state;
    draw(&p, MOST_N, 12, 0.5, 8);
    for (size_t o = 0; o < 2; o++) {
        rnn_ridge_sums *s = sums_of(&ctx, &p, 40);
        rnn_ridge m;
        plain want;
        plain_measure(&p, 40, &want);
        for (size_t i = 0; i < 4; i++) {
            size_t first = orders[o][i], end = first == 0    ? 40
                                               : first == 40 ? 41
                                               : first == 41 ? 105
                                                             : p.n;
            rnn_ridge_sums_add(s, rows_of(&p, first, end - first));
            if (i != 1) continue;
            assert_int_equal(rnn_ridge_sums_solve(s, 1, &m), RNN_OK); /* and goes on */
            rnn_ridge_free(&ctx, &m);
        }
        for (size_t i = 0; i < COUNT(LAMBDAS); i++) {
            assert_int_equal(rnn_ridge_sums_solve(s, LAMBDAS[i], &m), RNN_OK);
            plain_solve(&p, LAMBDAS[i], SIZE_MAX, &want);
            expect_model(&p, &m, &want);
            rnn_ridge_free(&ctx, &m);
        }
        rnn_ridge_sums_free(s);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- threads, outputs ---- */

enum { WIDE = 700, ROWS = 200, OUTPUTS = 20 };

static void draw_wide(real *x, double *y) {
    for (size_t i = 0; i < ROWS * WIDE; i++) x[i] = (real)rnn_normal(1, i);
    for (size_t i = 0; i < ROWS * OUTPUTS; i++) y[i] = rnn_normal(2, i);
}

/* Weights and errors of both ways on so many threads, behind each other. */
static void fit_wide(size_t threads, real *weights, double *left_out) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static real x[ROWS * WIDE];
    static double y[ROWS * OUTPUTS];
    rnn_ridge_data data = {ROWS, WIDE, OUTPUTS, x, y, NULL, NULL, 4};
    rnn_ridge m;
    rnn_ridge_sums *s;
    rnn_pool *pool;
    assert_int_equal(rnn_pool_create(&ctx, threads, &pool), RNN_OK);
    draw_wide(x, y);
    assert_int_equal(rnn_ridge_train(&ctx, pool, &data, &m, left_out), RNN_OK);
    memcpy(weights, m.weight, WIDE * OUTPUTS * sizeof *weights);
    rnn_ridge_free(&ctx, &m);
    draw_wide(x, y);
    assert_int_equal(rnn_ridge_sums_create(&ctx, pool, &data, &s), RNN_OK);
    rnn_ridge_sums_add(s, &data);
    assert_int_equal(rnn_ridge_sums_solve(s, 0.1, &m), RNN_OK);
    memcpy(weights + WIDE * OUTPUTS, m.weight, WIDE * OUTPUTS * sizeof *weights);
    rnn_ridge_free(&ctx, &m);
    rnn_ridge_sums_free(s);
    rnn_pool_free(pool);
    testing_no_leak(&ctx, &host);
}

static void test_threads(void **state) {
    static real one[2 * WIDE * OUTPUTS], many[2 * WIDE * OUTPUTS];
    static double errors[2][ROWS * OUTPUTS];
    (void)state;
    fit_wide(1, one, errors[0]);
    fit_wide(4, many, errors[1]);
    assert_memory_equal(one, many, sizeof one);
    assert_memory_equal(errors[0], errors[1], sizeof errors[0]);
}

/* More outputs than are summed at a time. */
static void test_predict(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_ridge m;
    real x[3] = {1, -2, (real)0.5}, out[OUTPUTS];
    (void)state;
    assert_int_equal(rnn_ridge_init(&ctx, &m, 3, OUTPUTS), RNN_OK);
    for (size_t k = 0; k < OUTPUTS; k++) {
        m.bias[k] = (real)k;
        for (size_t j = 0; j < 3; j++) m.weight[j * OUTPUTS + k] = (real)(k * (j + 1));
    }
    rnn_ridge_predict(&m, x, out);
    for (size_t k = 0; k < OUTPUTS; k++) assert_true(out[k] == (real)k * (real)(1 + 1 - 4 + 1.5));
    rnn_ridge_free(&ctx, &m);
    testing_no_leak(&ctx, &host);
}

/* ---- bytes ---- */

static rnn_status read_copy(rnn_context *ctx, const uint8_t *data, size_t size, rnn_ridge *m) {
    uint8_t *copy = testing_copy(data, size);
    rnn_reader r;
    rnn_reader_init(&r, copy, size);
    rnn_status status = rnn_ridge_read(ctx, &r, m);
    if (status == RNN_OK) assert_int_equal(r.at, size);
    if (status != RNN_OK) assert_true(!m->weight && !m->bias && m->features == 0);
    free(copy);
    return status;
}

/* Written numbers are floats. */
static void expect_same(const rnn_ridge *a, const rnn_ridge *b) {
    assert_int_equal(a->features, b->features);
    assert_int_equal(a->outputs, b->outputs);
    assert_true(a->lambda == b->lambda);
    for (size_t i = 0; i < a->features * a->outputs; i++)
        assert_true((float)a->weight[i] == (float)b->weight[i]);
    for (size_t k = 0; k < a->outputs; k++) assert_true((float)a->bias[k] == (float)b->bias[k]);
}

static rnn_ridge small_model(rnn_context *ctx) {
    static problem p;
    static double left_out[MOST_N * K];
    rnn_ridge m;
    draw(&p, 20, 6, 1, 5);
    assert_int_equal(rnn_ridge_train(ctx, NULL, rows_of(&p, 0, p.n), &m, left_out), RNN_OK);
    return m;
}

static void test_format(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_ridge m = small_model(&ctx), none = {0}, back;
    rnn_writer w;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_ridge_write(&m, &w);
    for (size_t size = 0; size < w.size; size++)
        assert_int_equal(read_copy(&ctx, w.data, size, &back), RNN_MODEL);
    assert_int_equal(read_copy(&ctx, w.data, w.size, &back), RNN_OK);
    expect_same(&back, &m);
    rnn_ridge_free(&ctx, &back);
    w.size = 0;
    rnn_ridge_write(&none, &w);
    assert_int_equal(read_copy(&ctx, w.data, w.size, &back), RNN_OK);
    expect_same(&back, &none);
    rnn_ridge_free(&ctx, &m);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* Sizes that the bytes do not have, of which one is 0; numbers that are none. */
static void test_forged(void **state) {
    static const uint64_t sizes[][2] = {{0, 2},
                                        {6, 0},
                                        {7, 2},
                                        {6, 3},
                                        {UINT64_MAX, 2},
                                        {1, 99},
                                        {6, UINT64_MAX},
                                        {UINT64_C(1) << 62, 4},
                                        {4, UINT64_C(1) << 62}};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_ridge m = small_model(&ctx), back;
    rnn_writer w, number;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_writer_init(&number, &ctx);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        w.size = 0;
        rnn_ridge_write(&m, &w);
        rnn_patch_u64(&w, 0, sizes[i][0]);
        rnn_patch_u64(&w, 8, sizes[i][1]);
        assert_int_equal(read_copy(&ctx, w.data, w.size, &back), RNN_MODEL);
        assert_non_null(strstr(ctx.message, "the ridge model is corrupt"));
    }
    for (size_t i = 0; i < 2 * COUNT(bad); i++) {
        w.size = number.size = 0;
        rnn_ridge_write(&m, &w);
        rnn_write_f32(&number, bad[i / 2]);
        memcpy(w.data + (i % 2 ? 24 : w.size - 4), number.data, 4); /* a bias, a weight */
        assert_int_equal(read_copy(&ctx, w.data, w.size, &back), RNN_MODEL);
    }
    rnn_writer_free(&w);
    rnn_writer_free(&number);
    rnn_ridge_free(&ctx, &m);
    testing_no_leak(&ctx, &host);
}

/* ---- failures ---- */

/* Train, add up, write, read: each allocation fails once. */
static rnn_status do_all(rnn_context *ctx, problem *p, double *left_out) {
    rnn_ridge m = {0}, sums = {0}, back = {0};
    rnn_ridge_sums *s = NULL;
    rnn_writer w;
    rnn_reader r;
    rnn_writer_init(&w, ctx);
    rnn_status status = rnn_ridge_train(ctx, NULL, rows_of(p, 0, p->n), &m, left_out);
    if (status != RNN_OK) assert_true(!m.weight && !m.bias && m.features == 0);
    if (status == RNN_OK) status = rnn_ridge_sums_create(ctx, NULL, rows_of(p, 0, p->n), &s);
    if (status == RNN_OK) {
        rnn_ridge_sums_add(s, rows_of(p, 0, p->n));
        status = rnn_ridge_sums_solve(s, 1, &sums);
        if (status != RNN_OK) assert_true(!sums.weight && !sums.bias);
    }
    rnn_ridge_write(&m, &w);
    if (status == RNN_OK) status = w.status;
    rnn_reader_init(&r, w.data, w.size);
    if (status == RNN_OK) status = rnn_ridge_read(ctx, &r, &back);
    rnn_writer_free(&w);
    rnn_ridge_sums_free(s);
    rnn_ridge_free(ctx, &m);
    rnn_ridge_free(ctx, &sums);
    rnn_ridge_free(ctx, &back);
    return status;
}

static void test_no_memory(void **state) {
    static problem p;
    static double left_out[MOST_N * K];
    rnn_status status = RNN_NOMEM;
    (void)state;
    draw(&p, 20, 6, 1, 5);
    for (uint64_t fail_at = 1; status != RNN_OK; fail_at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        host.fail_at = fail_at;
        status = do_all(&ctx, &p, left_out);
        assert_true(status == RNN_OK || status == RNN_NOMEM);
        assert_true(status != RNN_OK || fail_at > 15);
        testing_no_leak(&ctx, &host);
    }
}

/* Features that are no numbers have no solution; the host may say stop at any lambda. */
static void test_refusals(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static problem p;
    static double left_out[MOST_N * K];
    rnn_ridge m;
    (void)state;
    draw(&p, 20, 6, 1, 5);
    p.x[7] = NAN;
    assert_int_equal(rnn_ridge_train(&ctx, NULL, rows_of(&p, 0, p.n), &m, left_out), RNN_DATA);
    assert_non_null(strstr(ctx.message, "the linear model of 6 features has no solution"));
    assert_true(!m.weight && !m.bias);
    rnn_ridge_sums *s = sums_of(&ctx, &p, p.n);
    rnn_ridge_sums_add(s, rows_of(&p, 0, p.n));
    assert_int_equal(rnn_ridge_sums_solve(s, 1, &m), RNN_DATA);
    assert_true(!m.weight && !m.bias);
    rnn_ridge_sums_free(s);
    draw(&p, 20, 6, 1, 5);
    for (int at = 1; at <= (int)COUNT(LAMBDAS); at++) {
        int left = at;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        assert_int_equal(rnn_ridge_train(&ctx, NULL, rows_of(&p, 0, p.n), &m, left_out),
                         RNN_INTERRUPT);
        assert_true(!m.weight && !m.bias);
    }
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dual),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_one_row),  cmocka_unit_test(test_sums_are_the_same),
        cmocka_unit_test(test_blocks),   cmocka_unit_test(test_threads),
        cmocka_unit_test(test_predict),  cmocka_unit_test(test_format),
        cmocka_unit_test(test_forged),   cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_refusals),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
