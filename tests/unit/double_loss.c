/* double_loss.c - the gradient of every loss against central differences, in double.
**
** Step h = 1e-5: the difference is off by h^2 f'''/6 (1e-10 times a few) and by rounding, 1e-16 |f|
** / h.
*/
#include "testing.h"

#include "loss.h"

enum { ROWS = 5, MOST_OUTPUTS = 5 };

typedef struct loss_case {
    const char *name;
    rnn_loss_kind kind;
    size_t outputs;
    double spread, shift[MOST_OUTPUTS]; /* outputs are shift + spread * something in [-1, 1] */
    double target[ROWS];
    double tolerance;
} loss_case;

static const double level[MOST_OUTPUTS] = {0.05, 0.25, 0.5, 0.75, 0.95};

static const loss_case cases[] = {
    {"mse", RNN_LOSS_MSE, 1, 2, {0}, {0.3, -1, 2, 5, 0}, 1e-8},
    {"mae", RNN_LOSS_MAE, 1, 2, {0}, {0.3, -1, 2, 5, 0}, 1e-8},
    {"huber", RNN_LOSS_HUBER, 1, 2, {0}, {0.3, -1, 2, 5, 0}, 1e-8},
    {"quantile", RNN_LOSS_QUANTILE, 5, 1, {0}, {0.3, -1, 2, 0.7, -0.2}, 1e-8},
    {"gaussian", RNN_LOSS_GAUSSIAN, 2, 2, {0}, {0.3, -1, 2, 5, 0}, 1e-8},
    {"gaussian, narrow", RNN_LOSS_GAUSSIAN, 2, 0.01, {0, -5}, {0, -0.01, 0.02, 0, 0.1}, 1e-6},
    {"student_t", RNN_LOSS_STUDENT_T, 3, 2, {0}, {0.3, -1, 2, 50, 0}, 1e-8},
    {"student_t, many degrees", RNN_LOSS_STUDENT_T, 3, 2, {0, 0, 300}, {0.3, -1, 2, 5, 0}, 1e-8},
    {"student_t, two degrees", RNN_LOSS_STUDENT_T, 3, 2, {0, 0, -20}, {0.3, -1, 2, 5, 0}, 1e-8},
    {"negative_binomial", RNN_LOSS_NEGATIVE_BINOMIAL, 2, 2, {0}, {0, 1, 4, 30, 0.5}, 1e-7},
    {"negative_binomial, wide", RNN_LOSS_NEGATIVE_BINOMIAL, 2, 2, {0, 20}, {0, 1, 4, 30, 2}, 1e-7},
    {"nearly Poisson", RNN_LOSS_NEGATIVE_BINOMIAL, 2, 1, {2, -16}, {0, 1, 4, 9, 2}, 1e-5},
    {"hardly a mean", RNN_LOSS_NEGATIVE_BINOMIAL, 2, 1, {-40, 0}, {0, 1, 4, 9, 2}, 1e-7},
    {"cross_entropy", RNN_LOSS_CROSS_ENTROPY, 4, 3, {0}, {0, 3, 2, 1, 2}, 1e-8},
};

static void check_case(const loss_case *c, const real *unit) {
    const rnn_loss loss = {c->kind, c->outputs, level};
    const real weight[ROWS] = {1, 0.5, 2, 0, 1.25}, share = 0.125;
    real out[ROWS * MOST_OUTPUTS], d[ROWS * MOST_OUTPUTS], target[ROWS];
    size_t count = ROWS * c->outputs;
    for (size_t i = 0; i < count; i++)
        out[i] = c->shift[i % c->outputs] + c->spread * sin((double)i * 2.3 + 1);
    for (size_t i = 0; i < ROWS; i++) target[i] = weight[i] == 0 ? NAN : c->target[i];
    double value = rnn_loss_evaluate(&loss, ROWS, out, target, weight, unit, share, d);
    assert_true(value == rnn_loss_evaluate(&loss, ROWS, out, target, weight, unit, share, NULL));
    for (size_t i = 0; i < count; i++) {
        const double h = 1e-5, at = out[i];
        out[i] = at + h;
        double above = rnn_loss_evaluate(&loss, ROWS, out, target, weight, unit, share, NULL);
        out[i] = at - h;
        double below = rnn_loss_evaluate(&loss, ROWS, out, target, weight, unit, share, NULL);
        out[i] = at;
        double want = share * (above - below) / (2 * h);
        if (fabs(d[i] - want) > c->tolerance * (1 + fabs(want)))
            print_error("%s: output %zu: %.12g, difference %.12g\n", c->name, i, d[i], want);
        assert_near(d[i], want, c->tolerance);
        if (weight[i / c->outputs] == 0) assert_true(d[i] == 0);
    }
}

static void gradients_are_differences(void **state) {
    (void)state;
    const real unit[ROWS] = {1, 2, 0.5, 1, 10};
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_case(&cases[i], NULL);
        check_case(&cases[i], unit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_are_differences)};
    return cmocka_run_group_tests_name("loss, double", tests, NULL, NULL);
}
