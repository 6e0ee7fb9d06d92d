/* test_optimizer.c - update rules against PyTorch 1.13, clipping, and updates in pieces. */
#include "testing.h"

#include "optimizer.h"

#include <string.h>

enum { SIX = 6, STEPS = 5 };

/* torch.optim in float64: SGD, SGD(momentum=0.9), RMSprop, Adagrad, Adam, AdamW with lr=0.05,
** defaults otherwise; parameters [0.5, -1] in a group with weight_decay 0.1 and [2] in one without;
** gradient of parameter i at step t = 1...5: (i + 1) cos(t (i + 1)). */
static const double torch_result[SIX][3] = {
    {0.54898384138359, -0.866746203439863, 2.12851796389416},
    {0.610777715100076, -0.693248008748713, 2.35664315870187},
    {0.773689297556989, -0.118077252570247, 2.39041835174344},
    {0.527237001309294, -0.908702494026264, 2.03895741737095},
    {0.509737753761767, -0.871644676803583, 2.07265903221937},
    {0.511307752385117, -0.858686101311219, 2.07265903221937},
};

static void same_as_torch(void **state) {
    (void)state;
    const rnn_decay_range range = {0, 2, 0.1};
    for (int kind = 0; kind < SIX; kind++) {
        real p[3] = {(real)0.5, -1, 2}, moments[6];
        rnn_optimizer o;
        rnn_optimizer_init(&o, (rnn_optimizer_kind)kind, 3, moments, &range, 1);
        for (int t = 1; t <= STEPS; t++) {
            real g[3];
            for (int i = 0; i < 3; i++) g[i] = (real)(4 * (i + 1) * cos(t * (i + 1)));
            rnn_optimizer_step(&o, 0.05, 0.25, g, p); /* a clipping factor that undoes the 4 */
        }
        /* 5 steps of a few roundings each, figures up to 2.4 */
        for (int i = 0; i < 3; i++) assert_near((double)p[i], torch_result[kind][i], 2e-6);
    }
}

static void fill(real *v, size_t n, double factor) {
    for (size_t i = 0; i < n; i++) v[i] = (real)(factor * sin((double)i * 1.7 + factor));
}

/* Pieces of any size, in any order, give the bits of the whole; ranges are honoured across cuts. */
static void pieces_equal_whole(void **state) {
    (void)state;
    enum { N = 103 };
    const rnn_decay_range range[] = {{0, 7, 0.2}, {11, 40, 0.1}, {51, 2, 0.05}, {90, 13, 0.3}};
    static const size_t cut[] = {0, 1, 12, 50, 52, 77, 103};
    for (int kind = 0; kind < SIX; kind++) {
        real whole[N], pieces[N], g[N], moments_a[2 * N], moments_b[2 * N];
        rnn_optimizer a, b;
        fill(whole, N, 1);
        memcpy(pieces, whole, sizeof whole);
        rnn_optimizer_init(&a, (rnn_optimizer_kind)kind, N, moments_a, range, COUNT(range));
        rnn_optimizer_init(&b, (rnn_optimizer_kind)kind, N, moments_b, range, COUNT(range));
        for (int t = 1; t <= 4; t++) {
            fill(g, N, t);
            rnn_optimizer_step(&a, 0.01, 0.5, g, whole);
            rnn_optimizer_begin(&b, 0.01, 0.5);
            for (size_t k = COUNT(cut) - 1; k > 0; k--)
                rnn_optimizer_apply(&b, cut[k - 1], cut[k] - cut[k - 1], g, pieces);
        }
        assert_memory_equal(whole, pieces, sizeof whole);
    }
}

/* With no gradient, weight decay alone moves: elements outside the ranges stay. */
static void decay_only_in_ranges(void **state) {
    (void)state;
    const rnn_decay_range range[] = {{1, 2, 0.5}};
    real p[4] = {1, 1, 1, 1};
    const real g[4] = {0}, want[4] = {1, (real)0.95, (real)0.95, 1};
    rnn_optimizer o;
    rnn_optimizer_init(&o, RNN_SGD, 4, NULL, range, 1);
    rnn_optimizer_step(&o, 0.1, 1, g, p);
    for (size_t i = 0; i < 4; i++) assert_near((double)p[i], (double)want[i], 1e-7);
}

static void clip_by_value(void **state) {
    (void)state;
    real g[5] = {-3, (real)-0.5, 0, 2, NAN};
    rnn_clip_value(5, g, 0);
    assert_true(g[0] == -3 && g[3] == 2);
    rnn_clip_value(5, g, 1);
    assert_true(g[0] == -1 && g[1] == (real)-0.5 && g[2] == 0 && g[3] == 1 && isnan(g[4]));
}

static void norm_and_clip_by_norm(void **state) {
    (void)state;
    enum { N = 1003 };
    real g[N];
    for (size_t i = 0; i < N; i++) g[i] = (real)1e30; /* its square is beyond float */
    for (size_t n = 0; n < 20; n++)
        assert_near(rnn_gradient_norm(n, g) / 1e30, sqrt((double)n), 1e-6);
    assert_near(rnn_gradient_norm(N, g) / 1e30, sqrt((double)N), 1e-6);
    g[1000] = (real)INFINITY;
    assert_true(isinf(rnn_gradient_norm(N, g)));
    g[1000] = NAN;
    assert_true(isnan(rnn_gradient_norm(N, g)));
    assert_true(rnn_clip_norm(5, 0) == 1);
    assert_true(rnn_clip_norm(0.5, 1) == 1);
    assert_near(rnn_clip_norm(5, 1), 1 / (5 + 1e-6), 1e-15);
    assert_true(rnn_clip_norm(NAN, 1) == 0 && rnn_clip_norm(INFINITY, 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_torch),         cmocka_unit_test(pieces_equal_whole),
        cmocka_unit_test(decay_only_in_ranges),  cmocka_unit_test(clip_by_value),
        cmocka_unit_test(norm_and_clip_by_norm),
    };
    return cmocka_run_group_tests_name("optimizer", tests, NULL, NULL);
}
