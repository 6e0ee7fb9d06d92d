/* test_kernels.c - the elementwise kernels: the scalar set against the formulas of kernels.h in
** double, every other set of this machine against the scalar one, tanh against libm.
**
** Tolerances: a kernel's tanh is off by at most 3e-7 (kernels_impl.h), sums and products of a few
** numbers up to 3 multiply that by less than 8. Sets differ in rounding only: tanh is about 20
** operations, each of half a unit roundoff or one, and the cell adds products of at most four such
** figures: less than 128 roundoffs of 1 + |value|.
*/
#include "net_testing.h"

#include "kernels.h"

static const char *const sets[] = {"scalar", "avx2", "avx512", "neon"};
static const size_t widths[] = {1, 3, 7, 8, 15, 16, 17, 33};

enum { ROWS = 3, MOST = 33, PAD = 5, LD = MOST + PAD, ALL = ROWS * 4 * LD };

/* Set of that name, or NULL. */
static const rnn_kernels *kernels_of(const char *name) {
    const rnn_kernels *k = NULL;
    if (rnn_kernels_force(name) == 0) {
        k = rnn_kernels_get();
        assert_string_equal(k->name, name);
        assert_string_equal(rnn_kernels_name(), name);
    }
    assert_int_equal(rnn_kernels_force(NULL), 0);
    return k;
}

/* Every array of every kernel; a is the first (gates, x), the rest as a call needs them. */
typedef struct arrays {
    real a[ALL], u[ALL], prev[ALL], c[ALL], up[ALL], h[ALL], dh[ALL], dc[ALL], peep[3 * MOST],
        d_peep[3 * MOST];
} arrays;

/* Gates in (0, 1) and tanh values in (-1, 1) where a kernel expects activated ones. */
static void draw_arrays(arrays *x, int activated, uint64_t seed) {
    real *v = (real *)x;
    testing_draw(v, sizeof *x / sizeof(real), activated ? 0.99 : 3, &seed);
    for (size_t i = 0; activated && i < ALL; i++) x->a[i] = (real)(0.5 + 0.5 * (double)x->a[i]);
}

/* One call of one kernel; ld: distance of rows of prev and h. */
typedef enum call {
    LSTM_FORWARD,
    LSTM_PEEPHOLE,
    LSTM_BACKWARD,
    LSTM_BACKWARD_PEEPHOLE,
    PEEPHOLE_GRADIENT,
    AFTER_FORWARD,
    AFTER_BACKWARD,
    BEFORE_GATES,
    BEFORE_OUTPUT,
    BEFORE_OUTPUT_BACK,
    BEFORE_GATES_BACK,
    TANH_FORWARD,
    RELU_FORWARD,
    TANH_BACKWARD,
    RELU_BACKWARD,
    ADD_ROWS,
    CALLS
} call;

static int wants_activated(call which) {
    switch (which) {
    case LSTM_BACKWARD:
    case LSTM_BACKWARD_PEEPHOLE:
    case AFTER_BACKWARD:
    case BEFORE_OUTPUT_BACK:
    case BEFORE_GATES_BACK:
    case TANH_BACKWARD: return 1;
    default: return 0;
    }
}

static void run(const rnn_kernels *k, call which, size_t n, size_t H, size_t ld, arrays *x) {
    switch (which) {
    case LSTM_FORWARD: k->lstm_forward(n, H, x->a, x->prev, NULL, x->c, x->h, ld); break;
    case LSTM_PEEPHOLE: k->lstm_forward(n, H, x->a, x->c, x->peep, x->c, x->h, ld); break;
    case LSTM_BACKWARD:
        k->lstm_backward(n, H, x->a, x->prev, x->c, NULL, x->dh, x->up, ld, x->dc);
        break;
    case LSTM_BACKWARD_PEEPHOLE:
        k->lstm_backward(n, H, x->a, x->prev, x->c, x->peep, x->dh, NULL, 0, x->dc);
        break;
    case PEEPHOLE_GRADIENT: k->lstm_peephole_gradient(n, H, x->a, x->prev, x->c, x->d_peep); break;
    case AFTER_FORWARD: k->gru_after_forward(n, H, x->a, x->u, x->prev, ld, x->h, ld); break;
    case AFTER_BACKWARD:
        k->gru_after_backward(n, H, x->a, x->u, x->prev, ld, x->dh, x->up, ld);
        break;
    case BEFORE_GATES: k->gru_before_gates(n, H, x->a, x->prev, ld, x->c); break;
    case BEFORE_OUTPUT: k->gru_before_output(n, H, x->a, x->prev, ld, x->h, ld); break;
    case BEFORE_OUTPUT_BACK:
        k->gru_before_output_back(n, H, x->a, x->prev, ld, x->dh, x->up, ld);
        break;
    case BEFORE_GATES_BACK: k->gru_before_gates_back(n, H, x->a, x->prev, ld, x->dc, x->dh); break;
    case TANH_FORWARD: k->rnn_forward(n, H, 0, x->a, x->h, ld); break;
    case RELU_FORWARD: k->rnn_forward(n, H, 1, x->a, x->h, ld); break;
    case TANH_BACKWARD: k->rnn_backward(n, H, 0, x->a, x->h, ld, x->dh, x->up, ld); break;
    case RELU_BACKWARD: k->rnn_backward(n, H, 1, x->a, x->h, ld, x->dh, NULL, 0); break;
    case ADD_ROWS: k->add_rows(n, H, x->prev, ld, x->d_peep); break;
    case CALLS: break;
    }
}

/* ---- the formulas, in double ---- */

static double sigma(double x) { return 1 / (1 + exp(-x)); }

/* One unit of one row. G: the gates' distance; the i-th gate of row r at a[(r * gates + i) * H +
** u]. */
static void reference(call which, size_t r, size_t u, size_t H, size_t ld, const arrays *x,
                      arrays *y) {
    size_t s = r * H + u, p = r * ld + u, g4 = r * 4 * H + u, g3 = r * 3 * H + u;
#define A4(i) ((double)x->a[g4 + (i)*H])
#define A3(i) ((double)x->a[g3 + (i)*H])
    double dh = (double)x->dh[s], prev = (double)x->prev[p], cell = (double)x->prev[s];
    double up = (double)x->up[p], u_n = (double)x->u[s];
    switch (which) {
    case LSTM_FORWARD:
    case LSTM_PEEPHOLE: {
        int peep = which == LSTM_PEEPHOLE;
        double pi = peep ? (double)x->peep[u] : 0, pf = peep ? (double)x->peep[H + u] : 0,
               po = peep ? (double)x->peep[2 * H + u] : 0;
        if (peep) cell = (double)x->c[s]; /* c may be c_prev */
        double i = sigma(A4(0) + pi * cell), f = sigma(A4(1) + pf * cell), g = tanh(A4(2)),
               c = f * cell + i * g;
        double o = sigma(A4(3) + po * c);
        y->a[g4] = (real)i;
        y->a[g4 + H] = (real)f;
        y->a[g4 + 2 * H] = (real)g;
        y->a[g4 + 3 * H] = (real)o;
        y->c[s] = (real)c;
        y->h[p] = (real)(o * tanh(c));
        break;
    }
    case LSTM_BACKWARD:
    case LSTM_BACKWARD_PEEPHOLE: {
        int peep = which == LSTM_BACKWARD_PEEPHOLE;
        double pi = peep ? (double)x->peep[u] : 0, pf = peep ? (double)x->peep[H + u] : 0,
               po = peep ? (double)x->peep[2 * H + u] : 0;
        double i = A4(0), f = A4(1), g = A4(2), o = A4(3), t = tanh((double)x->c[s]);
        if (!peep) dh += up;
        double d_o = dh * t * o * (1 - o), dc = (double)x->dc[s] + dh * o * (1 - t * t) + po * d_o;
        double d_i = dc * g * i * (1 - i), d_f = dc * cell * f * (1 - f);
        y->a[g4] = (real)d_i;
        y->a[g4 + H] = (real)d_f;
        y->a[g4 + 2 * H] = (real)(dc * i * (1 - g * g));
        y->a[g4 + 3 * H] = (real)d_o;
        y->dc[s] = (real)(dc * f + pi * d_i + pf * d_f);
        break;
    }
    case PEEPHOLE_GRADIENT:
        y->d_peep[u] += (real)(A4(0) * cell);
        y->d_peep[H + u] += (real)(A4(1) * cell);
        y->d_peep[2 * H + u] += (real)(A4(3) * (double)x->c[s]);
        break;
    case AFTER_FORWARD: {
        double gate = sigma(A3(0)), z = sigma(A3(1)), n = tanh(A3(2) + gate * u_n);
        y->a[g3] = (real)gate;
        y->a[g3 + H] = (real)z;
        y->a[g3 + 2 * H] = (real)n;
        y->h[p] = (real)((1 - z) * n + z * prev);
        break;
    }
    case AFTER_BACKWARD: {
        double gate = A3(0), z = A3(1), n = A3(2), d_n = (dh + up) * (1 - z) * (1 - n * n);
        y->a[g3] = (real)(d_n * u_n * gate * (1 - gate));
        y->a[g3 + H] = (real)((dh + up) * (prev - n) * z * (1 - z));
        y->a[g3 + 2 * H] = (real)d_n;
        y->u[s] = (real)(d_n * gate);
        y->dh[s] = (real)((dh + up) * z);
        break;
    }
    case BEFORE_GATES: {
        double gate = sigma(A3(0));
        y->a[g3] = (real)gate;
        y->a[g3 + H] = (real)sigma(A3(1));
        y->c[s] = (real)(gate * prev);
        break;
    }
    case BEFORE_OUTPUT: {
        double z = A3(1), n = tanh(A3(2));
        y->a[g3 + 2 * H] = (real)n;
        y->h[p] = (real)((1 - z) * n + z * prev);
        break;
    }
    case BEFORE_OUTPUT_BACK: {
        double z = A3(1), n = A3(2);
        y->a[g3 + H] = (real)((dh + up) * (prev - n) * z * (1 - z));
        y->a[g3 + 2 * H] = (real)((dh + up) * (1 - z) * (1 - n * n));
        y->dh[s] = (real)((dh + up) * z);
        break;
    }
    case BEFORE_GATES_BACK: {
        double gate = A3(0), d_rh = (double)x->dc[s];
        y->a[g3] = (real)(d_rh * prev * gate * (1 - gate));
        y->dh[s] = (real)(dh + d_rh * gate);
        break;
    }
    case TANH_FORWARD: y->h[p] = (real)tanh((double)x->a[s]); break;
    case RELU_FORWARD: y->h[p] = x->a[s] > 0 ? x->a[s] : 0; break;
    case TANH_BACKWARD:
        y->a[s] = (real)((dh + up) * (1 - (double)x->h[p] * (double)x->h[p]));
        break;
    case RELU_BACKWARD: y->a[s] = x->h[p] > 0 ? x->dh[s] : 0; break;
    case ADD_ROWS: y->d_peep[u] += x->prev[p]; break;
    case CALLS: break;
    }
#undef A4
#undef A3
}

/* All of the structs alike, what a call must not touch included. */
static void compare(const char *set, call which, size_t H, const arrays *got, const arrays *want,
                    double tolerance) {
    const real *g = (const real *)got, *w = (const real *)want;
    for (size_t i = 0; i < sizeof *got / sizeof(real); i++) {
        double off = fabs((double)g[i] - (double)w[i]);
        if (!(off <= tolerance * (1 + fabs((double)w[i])))) {
            fail_msg("%s, call %d, H = %zu: element %zu is %.9g, not %.9g", set, (int)which, H, i,
                     (double)g[i], (double)w[i]);
        }
    }
}

static void test_formulas(void **state) {
    (void)state;
    static arrays in, got, want;
    const rnn_kernels *scalar = kernels_of("scalar");
    assert_non_null(scalar);
    for (call which = 0; which < CALLS; which++) {
        for (size_t i = 0; i < TESTING_COUNT(widths); i++) {
            size_t H = widths[i], ld = H + i % 3 * 2;
            draw_arrays(&in, wants_activated(which), which * 100 + H);
            got = want = in;
            run(scalar, which, ROWS, H, ld, &got);
            for (size_t r = 0; r < ROWS; r++) {
                for (size_t u = 0; u < H; u++) reference(which, r, u, H, ld, &in, &want);
            }
            compare("scalar", which, H, &got, &want, 8 * 3e-7);
        }
    }
}

static void test_sets_agree(void **state) {
    (void)state;
    static arrays in, got, want;
    const rnn_kernels *scalar = kernels_of("scalar");
    for (size_t k = 1; k < TESTING_COUNT(sets); k++) {
        const rnn_kernels *set = kernels_of(sets[k]);
        if (!set) {
            print_message("# this machine has no %s\n", sets[k]);
            continue;
        }
        for (call which = 0; which < CALLS; which++) {
            for (size_t i = 0; i < TESTING_COUNT(widths) * 3; i++) {
                size_t H = widths[i % TESTING_COUNT(widths)], ld = H + i / TESTING_COUNT(widths);
                draw_arrays(&in, wants_activated(which), which * 1000 + i);
                got = want = in;
                run(set, which, ROWS, H, ld, &got);
                run(scalar, which, ROWS, H, ld, &want);
                compare(sets[k], which, H, &got, &want, 128 * TESTING_ROUNDOFF);
            }
        }
    }
}

/* No row: nothing is touched. A unit's result does not depend on its neighbours: a row alone gives
** the same bits. */
static void test_rows(void **state) {
    (void)state;
    static arrays in, all, one;
    for (size_t k = 0; k < TESTING_COUNT(sets); k++) {
        const rnn_kernels *set = kernels_of(sets[k]);
        for (call which = 0; set && which < CALLS; which++) {
            draw_arrays(&in, wants_activated(which), which);
            all = in;
            run(set, which, 0, 17, 20, &all);
            assert_memory_equal(&all, &in, sizeof in);
            run(set, which, ROWS, 17, 20, &all);
            one = in;
            run(set, which, 1, 17, 20, &one);
            size_t gates = which <= PEEPHOLE_GRADIENT ? 4 : which < TANH_FORWARD ? 3 : 1;
            assert_memory_equal(all.a, one.a, 17 * gates * sizeof(real));
            assert_memory_equal(all.h, one.h, 17 * sizeof(real));
            assert_memory_equal(all.dh, one.dh, 17 * sizeof(real));
        }
    }
}

/* tanh over [-20, 20]; no more than 1, odd, NaN stays NaN, infinities are one. */
static void test_tanh(void **state) {
    (void)state;
    enum { N = 400001 };
    static real x[N], h[N];
    for (size_t i = 0; i < N; i++) x[i] = (real)(-20 + 40.0 * (double)i / (N - 1));
    for (size_t k = 0; k < TESTING_COUNT(sets); k++) {
        const rnn_kernels *set = kernels_of(sets[k]);
        if (!set) continue;
        set->rnn_forward(1, N, 0, x, h, N);
        for (size_t i = 0; i < N; i++) {
            double off = fabs((double)h[i] - tanh((double)x[i]));
            if (!(off <= 5e-7))
                fail_msg("%s: tanh(%.9g) is %.9g: off by %g", sets[k], (double)x[i], (double)h[i],
                         off);
        }
        real odd[34], out[34];
        for (size_t i = 0; i < 34; i++) odd[i] = NAN;
        odd[1] = INFINITY;
        odd[2] = -INFINITY;
        odd[3] = 0;
        odd[4] = (real)1e-30;
        odd[5] = (real)3e38;
        set->rnn_forward(2, 17, 0, odd, out, 17);
        for (size_t i = 0; i < 34; i++) assert_int_equal(isnan(out[i]) != 0, i == 0 || i > 5);
        double tolerance = 5e-7;
        assert_true(fabs((double)out[1] - 1) <= tolerance && fabs((double)out[2] + 1) <= tolerance);
        assert_true(out[3] == 0 && fabs((double)out[4] / 1e-30 - 1) <= 1e-6 &&
                    fabs((double)out[5] - 1) <= tolerance);
    }
}

/* A NaN in any input of the gates is seen in the state. */
static void test_nan(void **state) {
    (void)state;
    static arrays in, x;
    for (size_t k = 0; k < TESTING_COUNT(sets); k++) {
        const rnn_kernels *set = kernels_of(sets[k]);
        for (size_t gate = 0; set && gate < 4; gate++) {
            draw_arrays(&in, 0, gate);
            x = in;
            x.a[gate * 16 + 11] = NAN;
            run(set, LSTM_FORWARD, 1, 16, 16, &x);
            assert_true(isnan(x.h[11]) && !isnan(x.h[10]) && !isnan(x.h[12]));
            if (gate == 3) continue;
            x = in;
            x.a[gate * 16 + 11] = NAN;
            run(set, AFTER_FORWARD, 1, 16, 16, &x);
            assert_true(isnan(x.h[11]) && !isnan(x.h[10]) && !isnan(x.h[12]));
        }
    }
}

/* The larger of two numbers. */
static void test_maximum(void **state) {
    (void)state;
    static arrays in, x;
    for (size_t k = 0; k < TESTING_COUNT(sets); k++) {
        const rnn_kernels *set = kernels_of(sets[k]);
        for (size_t i = 0; set && i < TESTING_COUNT(widths); i++) {
            size_t H = widths[i];
            draw_arrays(&in, 0, H);
            x = in;
            set->maximum(H, in.a, x.u);
            for (size_t u = 0; u < H; u++)
                assert_true(x.u[u] == (in.a[u] > in.u[u] ? in.a[u] : in.u[u]));
            assert_true(x.u[H] == in.u[H]);
        }
    }
}

static void test_force(void **state) {
    (void)state;
    const char *best = rnn_kernels_name();
    assert_int_equal(rnn_kernels_force("mmx"), 1);
    assert_string_equal(rnn_kernels_name(), best);
    assert_int_equal(rnn_kernels_force("scalar"), 0);
    assert_string_equal(rnn_kernels_name(), "scalar");
    assert_int_equal(rnn_kernels_force(NULL), 0);
    assert_string_equal(rnn_kernels_name(), best);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas), cmocka_unit_test(test_sets_agree),
        cmocka_unit_test(test_rows),     cmocka_unit_test(test_tanh),
        cmocka_unit_test(test_nan),      cmocka_unit_test(test_force),
        cmocka_unit_test(test_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
