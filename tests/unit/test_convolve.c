/* test_convolve.c - the kernels of convolutions: the scalar set against the formulas of kernels.h
** in plain loops, every other set of this machine against the scalar one.
**
** Where a value is above its bias, and which is the largest, is a yes or no: rounding may not
** decide it. So the numbers of the first tests are short binary fractions. Products, sums of nine
** and sums over a series have less than 24 bits then, are exact in whatever order and with
** whatever fused operation, and everything is compared bit by bit. The last test has other
** numbers; its biases lie in the widest gaps between values, and it makes sure that the largest
** values are so by far.
*/
#include "net_testing.h"

#include "kernels.h"

enum {
    L = RNN_CONVOLVE_LANES,
    T = RNN_CONVOLVE_TAPS,
    K = RNN_CONTEST_KERNELS,
    MOST = 100, /* places */
    FAR = 5,    /* largest dilation */
    LONGEST = MOST + (T - 1) * FAR
};

static const char *const SETS[] = {"scalar", "avx2", "avx512", "neon"};
static const size_t PLACES[] = {0, 1, 2, 3, 7, 16, 33, MOST}, DILATIONS[] = {1, FAR};

/* Set of that name, or NULL. */
static const rnn_kernels *kernels_of(const char *name) {
    const rnn_kernels *k = NULL;
    if (rnn_kernels_force(name) == 0) k = rnn_kernels_get();
    assert_int_equal(rnn_kernels_force(NULL), 0);
    return k;
}

/* A series and kernels; the last of a group is its first once more, so that they share each
** place. */
typedef struct problem {
    real x[LONGEST], weight[K * T * L], bias[L];
} problem;

/* Multiples of 1/64 and 1/16 below 2, biases halfway between possible values. */
static void draw_short(problem *p, uint64_t seed) {
    for (size_t i = 0; i < LONGEST; i++)
        p->x[i] = (real)((double)testing_below(&seed, 256) / 64 - 2);
    for (size_t i = 0; i < K * T * L; i++)
        p->weight[i] = (real)((double)testing_below(&seed, 64) / 16 - 2);
    for (size_t l = 0; l < L; l++)
        p->bias[l] = (real)((double)testing_below(&seed, 8192) / 1024 - 4 + 1.0 / 2048);
    for (size_t j = 0; j < T * L; j++) p->weight[(K - 1) * T * L + j] = p->weight[j];
}

static double convolution(const problem *p, size_t kernel, size_t lane, size_t dilation, size_t i) {
    double z = 0;
    for (size_t j = 0; j < T; j++)
        z += (double)p->weight[(kernel * T + j) * L + lane] * (double)p->x[i + j * dilation];
    return z;
}

/* ---- the formulas ---- */

static void plain_count(const problem *p, size_t n, size_t dilation, real *out) {
    for (size_t l = 0; l < L; l++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            count += convolution(p, 0, l, dilation, i) > (double)p->bias[l];
        out[l] = (real)count;
    }
}

static void plain_contest(const problem *p, size_t n, size_t dilation, real *out) {
    memset(out, 0, 2 * K * L * sizeof *out);
    for (size_t l = 0; l < L; l++) {
        for (size_t i = 0; i < n; i++) {
            double z[K], most = -INFINITY, least = INFINITY;
            for (size_t k = 0; k < K; k++) {
                z[k] = convolution(p, k, l, dilation, i);
                most = fmax(most, z[k]);
                least = fmin(least, z[k]);
            }
            for (size_t k = 0; k < K; k++) {
                if (z[k] == most) out[k * L + l] += (real)most;
                if (z[k] == least) out[(K + k) * L + l] += 1;
            }
        }
    }
}

/* ---- exact ---- */

static void test_count(void **state) {
    (void)state;
    problem p;
    for (size_t s = 0; s < TESTING_COUNT(SETS); s++) {
        const rnn_kernels *set = kernels_of(SETS[s]);
        assert_true(set || s > 0);
        for (size_t i = 0; set && i < TESTING_COUNT(PLACES) * TESTING_COUNT(DILATIONS); i++) {
            size_t n = PLACES[i / 2], dilation = DILATIONS[i % 2];
            real got[L + 1], want[L];
            draw_short(&p, i);
            plain_count(&p, n, dilation, want);
            got[L] = -7;
            set->convolve_count(n, p.x, dilation, p.weight, p.bias, got);
            testing_near(SETS[s], got, want, L, 0);
            assert_true(got[L] == -7); /* nothing else is written */
        }
    }
}

static void test_contest(void **state) {
    (void)state;
    problem p;
    for (size_t s = 0; s < TESTING_COUNT(SETS); s++) {
        const rnn_kernels *set = kernels_of(SETS[s]);
        for (size_t i = 0; set && i < TESTING_COUNT(PLACES) * TESTING_COUNT(DILATIONS); i++) {
            size_t n = PLACES[i / 2], dilation = DILATIONS[i % 2];
            real got[2 * K * L], want[2 * K * L];
            draw_short(&p, i);
            plain_contest(&p, n, dilation, want);
            set->convolve_contest(n, p.x, dilation, p.weight, got);
            testing_near(SETS[s], got, want, 2 * K * L, 0);
            assert_memory_equal(got, got + (K - 1) * L, L * sizeof *got); /* twins */
        }
    }
}

/* What is at the bias is not above it; what is just above it is. */
static void test_edges(void **state) {
    (void)state;
    problem p;
    real out[L];
    for (size_t s = 0; s < TESTING_COUNT(SETS); s++) {
        const rnn_kernels *set = kernels_of(SETS[s]);
        if (!set) continue;
        draw_short(&p, 5);
        for (size_t i = 0; i < LONGEST; i++) p.x[i] = 1;
        for (size_t l = 0; l < L; l++) p.bias[l] = (real)convolution(&p, 0, l, 1, 0);
        set->convolve_count(MOST, p.x, 1, p.weight, p.bias, out);
        for (size_t l = 0; l < L; l++) assert_true(out[l] == 0);
        for (size_t l = 0; l < L; l++) p.bias[l] -= (real)(1.0 / 1024);
        set->convolve_count(MOST, p.x, 1, p.weight, p.bias, out);
        for (size_t l = 0; l < L; l++) assert_true(out[l] == MOST);
    }
}

/* ---- rounded ---- */

/* The middle of the widest gap among the middle half of the lane's values. */
static double widest_gap(const problem *p, size_t lane, size_t n) {
    double z[MOST], middle = 0, widest = 0;
    for (size_t i = 0; i < n; i++) z[i] = convolution(p, 0, lane, 1, i);
    qsort(z, n, sizeof *z, rnn_compare_doubles);
    for (size_t i = n / 4; i + 1 < n - n / 4; i++) {
        if (z[i + 1] - z[i] <= widest) continue;
        widest = z[i + 1] - z[i];
        middle = (z[i] + z[i + 1]) / 2;
    }
    assert_true(widest > 1e-3);
    return middle;
}

/* The largest and the smallest of each group are so by more than rounding, twins aside. */
static void check_margins(const problem *p, size_t n) {
    for (size_t l = 0; l < L; l++) {
        for (size_t i = 0; i < n; i++) {
            double z[K - 1];
            for (size_t k = 0; k + 1 < K; k++) z[k] = convolution(p, k, l, 1, i);
            qsort(z, K - 1, sizeof *z, rnn_compare_doubles);
            assert_true(z[1] - z[0] > 2e-5 && z[K - 2] - z[K - 3] > 2e-5);
        }
    }
}

/* Any numbers: nine products of numbers below 2 are off by less than 9 x 36 roundoffs, their sum
** over n places by n times that and n roundoffs of what it is. Counts are the same. */
static void test_sets_agree(void **state) {
    (void)state;
    enum { N = 40 };
    problem p;
    real want[L], got[L], won[2 * K * L], other[2 * K * L];
    uint64_t seed = 12;
    testing_draw(p.x, LONGEST, 1.9, &seed);
    testing_draw(p.weight, K * T * L, 1.7, &seed);
    memcpy(p.weight + (K - 1) * T * L, p.weight, T * L * sizeof *p.weight);
    for (size_t i = 0; i < K * T * L; i++) p.weight[i] /= 3; /* no short fractions */
    for (size_t l = 0; l < L; l++) p.bias[l] = (real)widest_gap(&p, l, N);
    check_margins(&p, N);
    const rnn_kernels *scalar = kernels_of("scalar");
    scalar->convolve_count(N, p.x, 1, p.weight, p.bias, want);
    scalar->convolve_contest(N, p.x, 1, p.weight, won);
    double tolerance = N * (9 * 36 + N * 12) * TESTING_ROUNDOFF;
    for (size_t s = 1; s < TESTING_COUNT(SETS); s++) {
        const rnn_kernels *set = kernels_of(SETS[s]);
        if (!set) continue;
        set->convolve_count(N, p.x, 1, p.weight, p.bias, got);
        set->convolve_contest(N, p.x, 1, p.weight, other);
        testing_near("counts", got, want, L, 0);
        testing_near("won", other, won, K * L, tolerance);
        testing_near("lost", other + K * L, won + K * L, K * L, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_contest),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_sets_agree),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
