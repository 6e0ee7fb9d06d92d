/* test_loss.c - values of the losses, their behaviour far out, and the quantiles of what they stand
** for. */
#include "testing.h"

#include "loss.h"

static double one_row(rnn_loss_kind kind, size_t outputs, const real *level, const real *o,
                      double target, double unit, real *d) {
    const rnn_loss loss = {kind, outputs, level};
    const real y = (real)target, weight = 1, u = (real)unit;
    return rnn_loss_evaluate(&loss, 1, o, &y, &weight, &u, 1, d);
}

static const real three_levels[3] = {(real)0.1, (real)0.5, (real)0.9};

/* By PyTorch 1.13 (mse, huber, cross_entropy), SciPy 1.10 (densities) and by hand (quantile). */
static void values(void **state) {
    (void)state;
    const real o[3] = {(real)0.2, (real)-0.5, (real)0.3}, far[1] = {-2};
    const real class_out[3] = {(real)0.1, (real)-0.4, (real)1.2};
    const real count_out[2] = {(real)0.4, (real)-0.5}, levels[3] = {(real)0.1, (real)0.5, 1};
    const double tolerance = 1e-6; /* inputs are rounded to float */
    assert_near(one_row(RNN_LOSS_MSE, 1, NULL, o, 0.7, 1, NULL), 0.25, tolerance);
    assert_near(one_row(RNN_LOSS_MAE, 1, NULL, o, 0.7, 1, NULL), 0.5, tolerance);
    assert_near(one_row(RNN_LOSS_HUBER, 1, NULL, o, 0.7, 1, NULL), 0.125, tolerance);
    assert_near(one_row(RNN_LOSS_HUBER, 1, NULL, far, 0.7, 1, NULL), 2.2, tolerance);
    assert_near(one_row(RNN_LOSS_QUANTILE, 3, three_levels, levels, 0.7, 1, NULL),
                0.0633333333333333, tolerance);
    assert_near(one_row(RNN_LOSS_GAUSSIAN, 2, NULL, o, 0.7, 1, NULL), 0.728705362596872, tolerance);
    assert_near(one_row(RNN_LOSS_STUDENT_T, 3, NULL, o, 0.7, 1, NULL), 0.892746654445565,
                tolerance);
    /* 3 units of 2: the count 6 */
    assert_near(one_row(RNN_LOSS_NEGATIVE_BINOMIAL, 2, NULL, count_out, 3, 2, NULL),
                3.80551882418959, tolerance);
    assert_near(one_row(RNN_LOSS_CROSS_ENTROPY, 3, NULL, class_out, 1, 1, NULL), 2.02837897002839,
                tolerance);
}

static void numbers_of_outputs(void **state) {
    (void)state;
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_MSE, 5, 7), 1);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_MAE, 5, 7), 1);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_HUBER, 5, 7), 1);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_QUANTILE, 5, 7), 5);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_GAUSSIAN, 5, 7), 2);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_STUDENT_T, 5, 7), 3);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_NEGATIVE_BINOMIAL, 5, 7), 2);
    assert_int_equal(rnn_loss_outputs(RNN_LOSS_CROSS_ENTROPY, 5, 7), 7);
}

static void weights_and_share(void **state) {
    (void)state;
    const rnn_loss loss = {RNN_LOSS_MSE, 1, NULL};
    const real out[3] = {1, 2, 3}, target[3] = {0, NAN, 1}, weight[3] = {1, 0, 3};
    real d[3] = {9, 9, 9};
    assert_near(rnn_loss_evaluate(&loss, 3, out, target, weight, NULL, (real)0.5, d), 13, 1e-12);
    assert_true(d[0] == 1 && d[1] == 0 && d[2] == 6);
    assert_true(rnn_loss_evaluate(&loss, 0, NULL, NULL, NULL, NULL, 1, NULL) == 0);
    /* NaN is not hidden: training has to notice */
    const real one = 1;
    assert_true(isnan(rnn_loss_evaluate(&loss, 1, &out[1], &target[1], &one, NULL, 1, d)));
    /* a class that does not exist takes no part */
    assert_true(one_row(RNN_LOSS_CROSS_ENTROPY, 3, NULL, out, 3, 1, d) == 0);
    assert_true(d[0] == 0 && d[1] == 0 && d[2] == 0);
    assert_true(one_row(RNN_LOSS_CROSS_ENTROPY, 3, NULL, out, -1, 1, d) == 0);
}

/* Raw outputs far outside what a network should give: loss and gradient stay numbers. */
static void finite_far_out(void **state) {
    (void)state;
    static const double value[] = {-1e4, -800, -100, -30, -1, 0, 1, 30, 100, 800, 1e4};
    static const double target[] = {0, 1, 2, -5, 1e4, 1e-6};
    for (int kind = RNN_LOSS_MSE; kind <= RNN_LOSS_CROSS_ENTROPY; kind++) {
        size_t outputs = rnn_loss_outputs((rnn_loss_kind)kind, 3, 3);
        for (size_t i = 0; i < COUNT(value) * COUNT(value) * COUNT(value); i++) {
            const real o[3] = {(real)value[i % 11], (real)value[i / 11 % 11], (real)value[i / 121]};
            for (size_t t = 0; t < COUNT(target); t++) {
                real d[3] = {0};
                double unit = t % 2 ? 1e-3 : 1e6;
                double loss =
                    one_row((rnn_loss_kind)kind, outputs, three_levels, o, target[t], unit, d);
                if (!isfinite(loss) || !isfinite(d[0]) || !isfinite(d[1]) || !isfinite(d[2]))
                    fail_msg("loss %d of (%g, %g, %g), target %g: %g, gradient (%g, %g, %g)", kind,
                             (double)o[0], (double)o[1], (double)o[2], target[t], loss,
                             (double)d[0], (double)d[1], (double)d[2]);
            }
        }
    }
}

static void quantiles_of_densities(void **state) {
    (void)state;
    const real o[3] = {(real)0.2, (real)-0.5, (real)0.3};
    rnn_loss loss = {RNN_LOSS_GAUSSIAN, 2, NULL};
    double scale = log1p(exp(-0.5)) + 1e-4, nu = 2 + log1p(exp(0.3));
    assert_near(rnn_loss_quantile(&loss, o, 1, 0.975), 0.2 + 1.959963984540054 * scale, 1e-6);
    assert_near(rnn_loss_quantile(&loss, o, 1, 0.5), 0.2, 1e-6);
    loss.kind = RNN_LOSS_STUDENT_T;
    loss.outputs = 3;
    assert_near(rnn_loss_quantile(&loss, o, 1, 0.1), 0.2 - rnn_student_quantile(0.9, nu) * scale,
                1e-6);
    loss.kind = RNN_LOSS_HUBER;
    assert_true(rnn_loss_quantile(&loss, o, 1, 0.9) == (double)o[0]);
    loss.kind = RNN_LOSS_CROSS_ENTROPY;
    assert_true(rnn_loss_quantile(&loss, o, 1, 0.9) == 2);
}

/* The loss gives P(0), P(1) ...: they sum to 1, and the quantile is where their sum passes p. */
static void counts_agree_with_their_loss(void **state) {
    (void)state;
    static const real o[][2] = {{1, 0}, {3, -2}, {(real)-1.5, 2}, {2, -30}};
    const double unit = 4;
    for (size_t i = 0; i < COUNT(o); i++) {
        const rnn_loss loss = {RNN_LOSS_NEGATIVE_BINOMIAL, 2, NULL};
        double sum = 0, p[] = {0.1, 0.5, 0.9, 0.99};
        size_t next = 0;
        for (int k = 0; k < 2000; k++) {
            sum += exp(-one_row(RNN_LOSS_NEGATIVE_BINOMIAL, 2, NULL, o[i], k / unit, unit, NULL));
            for (; next < COUNT(p) && sum >= p[next]; next++)
                assert_near(rnn_loss_quantile(&loss, o[i], unit, p[next]), k / unit, 0);
        }
        assert_near(sum, 1, 1e-9);
        assert_int_equal(next, COUNT(p));
    }
}

static void quantile_outputs(void **state) {
    (void)state;
    const rnn_loss loss = {RNN_LOSS_QUANTILE, 3, three_levels};
    /* those of a normal distribution of mean 5, deviation 2: between and beyond them too */
    real o[3];
    for (size_t k = 0; k < 3; k++)
        o[k] = (real)(5 + 2 * rnn_normal_quantile((double)three_levels[k]));
    for (int i = 0; i < 100; i++) {
        double p = (i + 0.5) / 100;
        assert_near(rnn_loss_quantile(&loss, o, 1, p), 5 + 2 * rnn_normal_quantile(p), 1e-6);
    }
    /* crossed: sorted first; never falling */
    const real crossed[3] = {3, 1, 2};
    assert_near(rnn_loss_quantile(&loss, crossed, 1, 0.5), 2, 1e-6);
    assert_near(rnn_loss_quantile(&loss, crossed, 1, 0.1), 1, 1e-6);
    double before = -INFINITY;
    for (int i = 1; i < 1000; i++) {
        double q = rnn_loss_quantile(&loss, crossed, 1, i / 1000.0);
        assert_true(q >= before);
        before = q;
    }
    const rnn_loss single = {RNN_LOSS_QUANTILE, 1, three_levels};
    assert_true(rnn_loss_quantile(&single, crossed, 1, 0.9) == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(numbers_of_outputs),
        cmocka_unit_test(weights_and_share),
        cmocka_unit_test(finite_far_out),
        cmocka_unit_test(quantiles_of_densities),
        cmocka_unit_test(counts_agree_with_their_loss),
        cmocka_unit_test(quantile_outputs),
    };
    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
