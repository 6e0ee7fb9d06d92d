/* test_metrics.c - forecast metrics against figures worked out by hand. */
#include "testing.h"

#include "metrics.h"

#define EXACT 1e-12 /* sums of a few small numbers */

static void test_empty(void **state) {
    (void)state;
    rnn_metrics m;
    rnn_metrics_init(&m);
    for (int k = 0; k < RNN_METRIC_COUNT; k++) {
        assert_true(isnan(rnn_metrics_result(&m, (rnn_metric_kind)k)));
    }
    rnn_metrics_add(&m, NAN, 1, 0, 2, 1);
    rnn_metrics_add(&m, 1, NAN, 0, 2, 1);
    for (int k = 0; k < RNN_METRIC_COUNT; k++) {
        assert_true(isnan(rnn_metrics_result(&m, (rnn_metric_kind)k)));
    }
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(rnn_metric_name(RNN_METRIC_MAE), "mae");
    assert_string_equal(rnn_metric_name(RNN_METRIC_COVERAGE), "coverage");
    assert_string_equal(rnn_metric_name(RNN_METRIC_COUNT), "");
}

static void test_points(void **state) {
    (void)state;
    rnn_metrics m;
    rnn_metrics_init(&m);
    rnn_metrics_add(&m, 10, 8, 7, 9, 4);   /* error 2, outside, scaled 0.5 */
    rnn_metrics_add(&m, -5, -1, -6, 0, 2); /* error 4, inside, scaled 2 */
    assert_near(rnn_metrics_result(&m, RNN_METRIC_MAE), 3, EXACT);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_RMSE), sqrt(10), EXACT);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_MAPE), 100 * (0.2 + 0.8) / 2, EXACT);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_SMAPE), 100 * (4.0 / 18 + 8.0 / 6) / 2, EXACT);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_MASE), 1.25, EXACT);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_COVERAGE), 0.5, EXACT);
    assert_true(isnan(rnn_metrics_result(&m, RNN_METRIC_PINBALL)));
}

static void test_zeros(void **state) {
    (void)state;
    rnn_metrics m;
    rnn_metrics_init(&m);
    rnn_metrics_add(&m, 0, 0, 0, 0,
                    0); /* both zero; no MAPE, no MASE; the ends belong to the interval */
    assert_true(isnan(rnn_metrics_result(&m, RNN_METRIC_MAPE)));
    assert_true(isnan(rnn_metrics_result(&m, RNN_METRIC_MASE)));
    assert_near(rnn_metrics_result(&m, RNN_METRIC_SMAPE), 0, 0);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_COVERAGE), 1, 0);
    rnn_metrics_add(&m, 0, 3, NAN, 5, NAN); /* no interval, no scale */
    assert_near(rnn_metrics_result(&m, RNN_METRIC_SMAPE), 100, EXACT);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_COVERAGE), 1, 0);
    assert_true(isnan(rnn_metrics_result(&m, RNN_METRIC_MASE)));
    rnn_metrics_add(&m, 2, 1, 0, 3, 1);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_MAPE), 50, EXACT);
}

static void test_pinball(void **state) {
    (void)state;
    static const double p[3] = {0.1, 0.5, 0.9}, q[3] = {1, 2, 6}, holes[3] = {NAN, 2, NAN};
    rnn_metrics m;
    rnn_metrics_init(&m);
    rnn_metrics_add_quantiles(&m, 4, p, q, 3); /* 0.1 x 3, 0.5 x 2, 0.1 x 2 */
    assert_near(rnn_metrics_result(&m, RNN_METRIC_PINBALL), (0.3 + 1 + 0.2) / 3, EXACT);
    rnn_metrics_add_quantiles(&m, NAN, p, q, 3);
    rnn_metrics_add_quantiles(&m, 4, p, holes, 3);
    assert_near(rnn_metrics_result(&m, RNN_METRIC_PINBALL), (0.3 + 1 + 0.2 + 1) / 4, EXACT);
}

static void test_scale(void **state) {
    (void)state;
    static const double y[6] = {1, 3, 6, 10, 15, 21}, holes[5] = {1, NAN, 4, 8, NAN};
    assert_near(rnn_mase_scale(y, 6, 1), 4, EXACT);
    assert_near(rnn_mase_scale(y, 6, 0), 4, EXACT);
    assert_near(rnn_mase_scale(y, 6, 2), (5 + 7 + 9 + 11) / 4.0, EXACT);
    assert_near(rnn_mase_scale(y, 6, 5), 20, EXACT);
    assert_true(isnan(rnn_mase_scale(y, 6, 6)));
    assert_true(isnan(rnn_mase_scale(y, 0, 1)));
    assert_near(rnn_mase_scale(holes, 5, 1), 4, EXACT); /* only 4 -> 8 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty), cmocka_unit_test(test_names),   cmocka_unit_test(test_points),
        cmocka_unit_test(test_zeros), cmocka_unit_test(test_pinball), cmocka_unit_test(test_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
