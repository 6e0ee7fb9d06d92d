/* test_linear.c - linear models over hashed features, and the mixing of several models' logits. */
#include "testing.h"
#include "values_testing.h"

#include "blend.h"
#include "linear.h"
#include "rng.h"

enum { TEXTS = 300, MOST = 6 };

/* Texts of MOST features: key 1000 + class in all of a class, others at random; 3 classes. */
typedef struct corpus {
    uint32_t key[TEXTS][MOST];
    rnn_keys text[TEXTS];
    double target[TEXTS], weight[TEXTS];
    rnn_linear_data data;
} corpus;

static void make_corpus(corpus *c) {
    for (size_t i = 0; i < TEXTS; i++) {
        c->target[i] = (double)(i % 3);
        c->weight[i] = 1;
        for (size_t j = 0; j + 1 < MOST; j++) /* ascending, below 1000 */
            c->key[i][j] = (uint32_t)(190 * j + rnn_below(rnn_stream(7, 0, i), j, 190));
        c->key[i][MOST - 1] = 1000 + (uint32_t)(i % 3);
        c->text[i] = (rnn_keys){c->key[i], MOST};
    }
    c->data = (rnn_linear_data){TEXTS, c->text, c->target, c->weight};
}

static size_t likeliest(const rnn_linear *m, const rnn_keys *text) {
    real o[3];
    rnn_linear_logits(m, text, o);
    return o[1] > o[0] ? (o[2] > o[1] ? 2 : 1) : (o[2] > o[0] ? 2 : 0);
}

static void test_learns(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static corpus c;
    rnn_linear m, again;
    (void)state;
    make_corpus(&c);
    memset(&m, 0, sizeof m);
    assert_int_equal(rnn_linear_train(&ctx, &c.data, 3, 1, &m), RNN_OK);
    for (size_t i = 0; i < TEXTS; i++)
        assert_int_equal(likeliest(&m, &c.text[i]), (size_t)c.target[i]);
    /* One feature is enough, and unknown ones change nothing. */
    for (uint32_t k = 0; k < 3; k++) {
        uint32_t some[] = {1000 + k, 5000, 4000000000u};
        rnn_keys known = {some, 1}, more = {some, 3};
        real a[3], b[3];
        assert_int_equal(likeliest(&m, &known), k);
        rnn_linear_logits(&m, &known, a);
        rnn_linear_logits(&m, &more, b);
        assert_memory_equal(a, b, sizeof a);
    }
    /* Nothing known: the biases, which equal classes leave about equal. */
    rnn_keys none = {NULL, 0};
    real o[3];
    rnn_linear_logits(&m, &none, o);
    assert_memory_equal(o, m.bias, sizeof o);
    memset(&again, 0, sizeof again);
    assert_int_equal(rnn_linear_train(&ctx, &c.data, 3, 1, &again), RNN_OK);
    assert_memory_equal(m.theta, again.theta, m.rows * 3 * sizeof *m.theta);
    rnn_linear_free(&ctx, &m);
    rnn_linear_free(&ctx, &again);
    testing_no_leak(&ctx, &host);
}

/* Texts of weight 0 are as if they were not there: neither features nor classes. */
static void test_weights(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static corpus c;
    rnn_linear m = {0}, fewer = {0};
    (void)state;
    make_corpus(&c);
    for (size_t i = TEXTS / 2; i < TEXTS; i++) c.weight[i] = 0;
    assert_int_equal(rnn_linear_train(&ctx, &c.data, 3, 1, &m), RNN_OK);
    c.data.count = TEXTS / 2;
    assert_int_equal(rnn_linear_train(&ctx, &c.data, 3, 1, &fewer), RNN_OK);
    assert_int_equal(m.rows, fewer.rows);
    assert_memory_equal(m.key, fewer.key, m.rows * sizeof *m.key);
    assert_memory_equal(m.theta, fewer.theta, m.rows * 3 * sizeof *m.theta);
    rnn_linear_free(&ctx, &m);
    rnn_linear_free(&ctx, &fewer);
    testing_no_leak(&ctx, &host);
}

static void test_format(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    static corpus c;
    rnn_linear m = {0}, back;
    rnn_writer w;
    rnn_reader r;
    (void)state;
    make_corpus(&c);
    assert_int_equal(rnn_linear_train(&ctx, &c.data, 3, 1, &m), RNN_OK);
    rnn_writer_init(&w, &ctx);
    rnn_linear_write(&m, &w);
    for (size_t size = 0; size <= w.size; size += size + 64 < w.size ? 61 : 1) {
        rnn_reader_init(&r, w.data, size);
        rnn_status status = rnn_linear_read(&ctx, &r, &back);
        assert_int_equal(status, size == w.size ? RNN_OK : RNN_MODEL);
        if (status == RNN_OK)
            for (size_t i = 0; i < TEXTS; i++)
                assert_int_equal(likeliest(&back, &c.text[i]), (size_t)c.target[i]);
        rnn_linear_free(&ctx, &back);
    }
    w.data[16 + 4] ^= 0xff; /* the second key: no longer ascending, or it changes nothing */
    w.data[16 + 7] ^= 0xff;
    rnn_reader_init(&r, w.data, w.size);
    assert_int_equal(rnn_linear_read(&ctx, &r, &back), RNN_MODEL);
    rnn_writer_free(&w);
    rnn_linear_free(&ctx, &m);
    testing_no_leak(&ctx, &host);
}

/* ---- blending ---- */

/* Part 0 says nothing, part 1 is right 4 times of 5, part 2 the logits of the truth. */
static void test_shares(void **state) {
    enum { N = 500, K = 3 };
    static real logits[RNN_BLEND_PARTS][N * K];
    double target[N], weight[N], scratch[2 * K], share[] = {1, 1, 1};
    (void)state;
    for (size_t i = 0; i < N; i++) {
        target[i] = (double)(i % K);
        weight[i] = 1;
        for (size_t k = 0; k < K; k++) {
            logits[0][i * K + k] = (real)rnn_normal(3, i * K + k);
            logits[1][i * K + k] = k == (i % 5 ? i % K : (i + 1) % K) ? 2 : 0;
            logits[2][i * K + k] = (real)rnn_normal(4, i * K + k) + (k == i % K ? 3 : 0);
        }
    }
    rnn_blend_data data = {N, K, {logits[0], logits[1], logits[2]}, target, weight};
    const double center[] = {1, 1, 1};
    double loss = rnn_blend_fit(&data, 1e-6, center, share, scratch);
    assert_true(share[0] < 0.15);
    assert_true(share[1] > 0.5 && share[2] > 0.5);
    /* A minimum: no step to either side is better, but below 0. */
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) {
        for (int side = -1; side <= 1; side += 2) {
            double moved[] = {share[0], share[1], share[2]};
            moved[p] = fmax(moved[p] + side * 0.01, 0);
            double still[] = {moved[0], moved[1], moved[2]};
            assert_true(rnn_blend_fit(&data, 1e12, moved, still, scratch) >= loss - 1e-9);
        }
    }
    /* A strong prior leaves the shares where they were; texts of weight 0 count nothing. */
    const double strong[] = {0.3, 0.5, 0.7};
    double held[] = {0.3, 0.5, 0.7};
    rnn_blend_fit(&data, 1e12, strong, held, scratch);
    assert_near(held[0], 0.3, 1e-6);
    memset(weight, 0, sizeof weight);
    double same[] = {0.3, 0.5, 0.7};
    assert_true(isnan(rnn_blend_fit(&data, 1, strong, same, scratch)));
    assert_near(same[2], 0.7, 1e-12);
}

/* Numbers: three parts that say something, weights between 0.5 and 1.5; `against` 1: part 1 says
** the opposite. */
enum { SAID = 200 };
typedef struct said {
    real part[RNN_BLEND_PARTS][SAID];
    double target[SAID], weight[SAID];
    rnn_blend_data data;
} said;

static void say_numbers(said *s, int against) {
    for (size_t i = 0; i < SAID; i++) {
        double y = rnn_normal(5, i);
        s->target[i] = y;
        s->weight[i] = 0.5 + rnn_uniform(6, i);
        s->part[0][i] = (real)(y + rnn_normal(7, i));
        s->part[1][i] = (real)((against ? -y : y) + 0.5 * rnn_normal(8, i));
        s->part[2][i] = (real)(0.5 * y + 0.3 * rnn_normal(9, i));
    }
    s->data = (rnn_blend_data){SAID, 1, {s->part[0], s->part[1], s->part[2]}, s->target, s->weight};
}

static double squared_error(const said *s, const double share[RNN_BLEND_PARTS]) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < SAID; i++) {
        double miss = -s->target[i];
        for (size_t p = 0; p < RNN_BLEND_PARTS; p++) miss += share[p] * (double)s->part[p][i];
        sum += s->weight[i] * miss * miss;
        weight += s->weight[i];
    }
    return sum / weight;
}

/* Shares of the parts that `used` names: the normal equations of sum w (z share - y)^2 / 2 unit +
** prior |share - center|^2, by elimination. */
static void least_squares(const said *s, const int used[RNN_BLEND_PARTS], double prior,
                          const double center[RNN_BLEND_PARTS], double share[RNN_BLEND_PARTS]) {
    enum { P = RNN_BLEND_PARTS };
    double a[P][P] = {{0}}, unit = squared_error(s, center);
    for (size_t p = 0; p < P; p++) {
        share[p] = used[p] ? 2 * prior * center[p] : 0;
        a[p][p] = used[p] ? 2 * prior : 1;
        for (size_t i = 0; i < SAID && used[p]; i++) {
            double w = s->weight[i] / unit * (double)s->part[p][i];
            share[p] += w * s->target[i];
            for (size_t q = 0; q < P; q++) a[p][q] += used[q] ? w * (double)s->part[q][i] : 0;
        }
    }
    for (size_t p = 0; p < P; p++) {
        for (size_t r = p + 1; r < P; r++) {
            double f = a[r][p] / a[p][p];
            for (size_t q = p; q < P; q++) a[r][q] -= f * a[p][q];
            share[r] -= f * share[p];
        }
    }
    for (size_t p = P; p-- > 0;) {
        for (size_t q = p + 1; q < P; q++) share[p] -= a[p][q] * share[q];
        share[p] /= a[p][p];
    }
}

/* Least squares, drawn to the center by the prior; the mean squared error is what they have. It
** ends where a step gains less than 1e-9 of the objective. */
static void test_numbers(void **state) {
    static const double priors[] = {1e-9, 20, 500};
    static const int all[] = {1, 1, 1};
    static said s;
    (void)state;
    say_numbers(&s, 0);
    for (size_t i = 0; i < COUNT(priors); i++) {
        const double center[] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
        double share[] = {1.0 / 3, 1.0 / 3, 1.0 / 3}, want[3], scratch[2];
        double error = rnn_blend_fit(&s.data, priors[i], center, share, scratch);
        least_squares(&s, all, priors[i], center, want);
        for (size_t p = 0; p < 3; p++) assert_near(share[p], want[p], 1e-6);
        assert_near(error, squared_error(&s, share), 1e-12);
    }
    /* The loss is in units of the center's: the scale of the numbers changes nothing. */
    const double center[] = {0.2, 0.5, 0.5};
    double share[] = {0.2, 0.5, 0.5}, scaled[] = {0.2, 0.5, 0.5}, scratch[2];
    rnn_blend_fit(&s.data, 20, center, share, scratch);
    for (size_t i = 0; i < SAID; i++) {
        s.target[i] *= 1024;
        for (size_t p = 0; p < 3; p++) s.part[p][i] *= 1024;
    }
    rnn_blend_fit(&s.data, 20, center, scaled, scratch);
    for (size_t p = 0; p < 3; p++) assert_near(scaled[p], share[p], 1e-9);
}

/* A part that says the opposite gets nothing, and the others what they get without it. */
static void test_numbers_against(void **state) {
    static const int used[] = {1, 0, 1};
    const double center[] = {1, 0, 1};
    double share[] = {1, 1, 1}, want[3], scratch[2];
    static said s;
    (void)state;
    say_numbers(&s, 1);
    rnn_blend_fit(&s.data, 1e-9, center, share, scratch);
    least_squares(&s, used, 1e-9, center, want);
    for (size_t p = 0; p < 3; p++) assert_near(share[p], want[p], 1e-6);
    assert_true(share[1] == 0);
    /* Numbers of weight 0 count nothing. */
    double before[] = {share[0], share[1], share[2]};
    for (size_t i = 0; i < SAID; i++) {
        s.weight[i] = i < SAID / 2 ? s.weight[i] : 0;
        if (i >= SAID / 2) s.target[i] = NAN;
    }
    rnn_blend_fit(&s.data, 1e-9, center, share, scratch);
    assert_true(isfinite(share[0]) && share[0] != before[0]);
    memset(s.weight, 0, sizeof s.weight);
    assert_true(isnan(rnn_blend_fit(&s.data, 1, center, before, scratch)));
}

/* Parts that are right, or say nothing at all. */
static void test_numbers_exact(void **state) {
    const double center[] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    static said s;
    (void)state;
    say_numbers(&s, 0);
    for (size_t i = 0; i < SAID; i++) {
        s.target[i] = (double)s.part[0][i];
        s.part[1][i] = s.part[2][i] = 0;
    }
    double share[] = {1.0 / 3, 1.0 / 3, 1.0 / 3}, scratch[2];
    assert_near(rnn_blend_fit(&s.data, 1e-9, center, share, scratch), 0, 1e-9);
    assert_near(share[0], 1, 1e-6);
    assert_near(share[1], 1.0 / 3, 1e-9); /* nothing speaks against the center */
    for (size_t p = 0; p < 3; p++) memcpy(s.part[p], s.part[0], sizeof s.part[0]);
    rnn_blend_fit(&s.data, 1e-9, center, share, scratch);
    assert_near(share[0] + share[1] + share[2], 1, 1e-6);
}

static void test_blend(void **state) {
    const real a[] = {1, 2}, b[] = {3, 5}, c[] = {-1, 1};
    const real *const parts[] = {a, b, c};
    const double share[] = {0.5, 1, 2};
    real out[2];
    (void)state;
    rnn_blend(share, parts, 2, out);
    assert_near((double)out[0], 1.5, 1e-6);
    assert_near((double)out[1], 8, 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_format),        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_numbers_against),
        cmocka_unit_test(test_numbers_exact), cmocka_unit_test(test_blend)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
