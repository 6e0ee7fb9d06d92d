/* test_sequence_metrics.c - metrics of classes, numbers and texts against values worked out by hand. */
#include "values_testing.h"

#include <math.h>

#include "sequence_metrics.h"

static void assert_close(double got, double want) {
    if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want)))) fail_msg("%.17g, not %.17g", got, want);
}

static void add(rnn_class_metrics *m, int64_t actual, size_t predicted, double p0, double p1,
                double p2) {
    const double p[3] = {p0, p1, p2};
    assert_int_equal(rnn_class_metrics_add(m, actual, predicted, p), RNN_OK);
}

/* Of three classes, the third neither predicted nor there; one class never seen. */
static void test_classes(void **state) {
    (void)state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_class_metrics m;
    assert_int_equal(rnn_class_metrics_init(&ctx, 3, &m), RNN_OK);
    assert_true(isnan(rnn_class_metrics_accuracy(&m)));
    assert_true(isnan(rnn_class_metrics_macro_f1(&m)));
    assert_true(isnan(rnn_class_metrics_log_loss(&m)));
    add(&m, 0, 0, 0.5, 0.25, 0.25);
    add(&m, 0, 1, 0.25, 0.5, 0.25);
    add(&m, 1, 1, 0, 1, 0);
    assert_close(rnn_class_metrics_accuracy(&m), 2 / 3.0);
    /* F1: class 0 2/3 (1 hit, 2 actual, 1 predicted), class 1 2/3. */
    assert_close(rnn_class_metrics_macro_f1(&m), 2 / 3.0);
    assert_close(rnn_class_metrics_log_loss(&m), log(2.0 * 4 * 1) / 3);
    m.unseen = 1;
    add(&m, -1, 1, 0.1, 0.8, 0.1);
    assert_close(rnn_class_metrics_accuracy(&m), 0.5);
    /* Class 1: 1 hit, 1 actual, 3 predicted; the unseen one 0. */
    assert_close(rnn_class_metrics_macro_f1(&m), (2 / 3.0 + 2 / 4.0 + 0) / 3);
    assert_close(rnn_class_metrics_log_loss(&m), log(8.0) / 3);
    /* A class that is predicted and never there has an F1 of 0, and no logarithm of 0. */
    add(&m, 1, 2, 0, 0, 1);
    assert_close(rnn_class_metrics_macro_f1(&m), (2 / 3.0 + 2 / 5.0 + 0 + 0) / 4);
    assert_close(rnn_class_metrics_log_loss(&m), (log(8.0) - log(1e-15)) / 4);
    rnn_class_metrics_free(&m);
    rnn_class_metrics_free(&m);
    testing_no_leak(&ctx, &host);
}

static double auc_of(const double *p, const int *right, size_t n) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_class_metrics m;
    assert_int_equal(rnn_class_metrics_init(&ctx, 2, &m), RNN_OK);
    for (size_t i = 0; i < n; i++) {
        const double both[2] = {1 - p[i], p[i]};
        assert_int_equal(rnn_class_metrics_add(&m, right[i], p[i] > 0.5, both), RNN_OK);
    }
    double auc = rnn_class_metrics_auc(&m);
    rnn_class_metrics_free(&m);
    testing_no_leak(&ctx, &host);
    return auc;
}

static void test_auc(void **state) {
    (void)state;
    const double p[] = {0.1, 0.4, 0.35, 0.8}, tied[] = {0.5, 0.5, 0.5, 0.9, 0.1};
    const int right[] = {0, 0, 1, 1}, wrong[] = {1, 1, 0, 0}, one[] = {1, 1, 1, 1};
    const int mixed[] = {0, 1, 1, 1, 0};
    assert_close(auc_of(p, right, 4), 0.75); /* 3 of 4 pairs */
    assert_close(auc_of(p, wrong, 4), 0.25);
    /* Pairs of class 1 (0.5, 0.5, 0.9) and class 0 (0.5, 0.1): 1/2 1 1/2 1 1 1. */
    assert_close(auc_of(tied, mixed, 5), 5 / 6.0);
    assert_true(isnan(auc_of(p, one, 4)));
    assert_true(isnan(auc_of(p, right, 0)));
}

/* Ranks against counting all pairs. */
static void test_auc_pairs(void **state) {
    (void)state;
    enum { N = 700 };
    static double p[N];
    static int right[N];
    uint64_t seed = 5;
    double above = 0, pairs = 0;
    for (size_t i = 0; i < N; i++) {
        right[i] = testing_random(&seed) % 3 == 0;
        p[i] = (double)(testing_random(&seed) % 40 + (right[i] ? 8 : 0)) / 50;
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            if (!right[i] || right[j]) continue;
            above += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
            pairs += 1;
        }
    }
    assert_close(auc_of(p, right, N), above / pairs);
}

static void test_numbers(void **state) {
    (void)state;
    rnn_number_metrics m = {0};
    assert_true(isnan(rnn_number_metrics_mae(&m)) && isnan(rnn_number_metrics_rmse(&m)));
    assert_true(isnan(rnn_number_metrics_r2(&m)));
    rnn_number_metrics_add(&m, 1, 2);
    assert_close(rnn_number_metrics_mae(&m), 1);
    assert_true(isnan(rnn_number_metrics_r2(&m))); /* a single target has no spread */
    rnn_number_metrics_add(&m, 3, 3);
    rnn_number_metrics_add(&m, 8, 4);
    assert_close(rnn_number_metrics_mae(&m), 5 / 3.0);
    assert_close(rnn_number_metrics_rmse(&m), sqrt(17 / 3.0));
    assert_close(rnn_number_metrics_r2(&m), 1 - 17 / 26.0); /* mean 4: 9 + 1 + 16 */
}

static void check_distance(const char *a, const char *b, size_t want) {
    uint32_t x[16], y[16];
    size_t n = strlen(a), m = strlen(b), scratch[17];
    for (size_t i = 0; i < n; i++) x[i] = (unsigned char)a[i];
    for (size_t i = 0; i < m; i++) y[i] = (unsigned char)b[i];
    assert_int_equal(rnn_edit_distance(x, n, y, m, scratch), want);
}

static void test_distance(void **state) {
    (void)state;
    check_distance("", "", 0);
    check_distance("abc", "", 3);
    check_distance("", "abc", 3);
    check_distance("abc", "abc", 0);
    check_distance("kitten", "sitting", 3);
    check_distance("sitting", "kitten", 3);
    check_distance("flaw", "lawn", 2);
    check_distance("intention", "execution", 5);
    check_distance("ab", "ba", 2);
}

static void test_no_memory(void **state) {
    (void)state;
    for (uint64_t fail = 1;; fail++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_class_metrics m;
        const double p[2] = {0.5, 0.5};
        host.fail_at = fail;
        rnn_status status = rnn_class_metrics_init(&ctx, 2, &m);
        for (size_t i = 0; i < 600 && status == RNN_OK; i++)
            status = rnn_class_metrics_add(&m, 1, 0, p);
        rnn_class_metrics_free(&m);
        testing_no_leak(&ctx, &host);
        if (status == RNN_OK) break;
        assert_int_equal(status, RNN_NOMEM);
        assert_true(fail < 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),   cmocka_unit_test(test_auc),
        cmocka_unit_test(test_auc_pairs), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_distance),  cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
