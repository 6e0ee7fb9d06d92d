/* test_calibrate.c - quantiles that hold: a network whose outputs are known constants is calibrated
** on one part of made data and counted on another.
**
** Windows are one step apart and look one step ahead, so that what is counted is independent: a
** share p of n points is off by more than four standard deviations sqrt(p (1-p) / n) once in
** 16,000; the calibration part has as many points and as much error.
*/
#include "forecast_testing.h"

#include "calibrate.h"

enum { LENGTH = 6000, SERIES = 2, PART = 2000 };

/* What the constants are: head.bias. */
typedef struct bench {
    fixture f;
    rnn_windows *windows;
    rnn_scorer *scorer;
    rnn_window list[SERIES * PART], test[SERIES * PART];
    size_t n;
} bench;

static const double probability[] = {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95};

static double steps(size_t s, size_t t) {
    static double y[SERIES][LENGTH];
    static int made;
    for (size_t i = 0; !made && i < SERIES * LENGTH; i++) {
        size_t k = i / LENGTH, p = i % LENGTH;
        y[k][p] = (p ? y[k][p - 1] : 0) + (k ? 100 : 0.01) * gauss(k + 1, p);
    }
    made = 1;
    return y[s][t];
}

/* A network that says `bias` whatever it reads. */
static void add_network(bench *b, const double *bias) {
    rnn_model *m = b->f.model;
    m->spec = (rnn_net_spec){
        .cell = RNN_CELL_GRU, .layers = 1, .hidden = 1, .numbers = rnn_windows_width(m)};
    m->spec.outputs = rnn_loss_outputs((rnn_loss_kind)m->options.loss, m->options.quantiles.n, 0);
    m->member = rnn_alloc_array_zero(&b->f.ctx, 1, sizeof *m->member);
    m->members = 1;
    assert_int_equal(rnn_net_create(&b->f.ctx, &m->spec, &m->member[0]), RNN_OK);
    for (size_t i = 0; i < rnn_net_tensor_count(m->member[0]); i++) {
        const rnn_tensor *t = rnn_net_tensor(m->member[0], i);
        for (size_t k = 0; strcmp(t->name, "head.bias") == 0 && k < t->rows; k++) {
            rnn_net_parameters(m->member[0])[t->offset + k] = (real)bias[k];
        }
    }
}

static void open_bench(bench *b, size_t length, value_fn value, rnn_loss_kind loss, int64_t horizon,
                       const double *bias) {
    memset(b, 0, sizeof *b);
    fixture *f = &b->f;
    f->options = small_options();
    f->options.horizon = horizon;
    f->options.context = 8;
    f->options.loss = (int)loss;
    f->options.quantiles.n = COUNT(probability);
    memcpy(f->options.quantiles.v, probability, sizeof probability);
    set_seasons(&f->options, 0, NULL);
    learn_rows(f, rows_of(&f->ctx, SERIES, length, value));
    choose(f, 0);
    f->model->forecast.recipe =
        (rnn_recipe){.base = {1, 1, 0, 0}, .scale_lag = 1, .scale_floor = 1, .shrink = 1};
    add_network(b, bias);
    size_t ends[SERIES] = {length / 3, length / 3};
    assert_int_equal(rnn_windows_create(&f->ctx, &f->set, f->model, ends, &b->windows), RNN_OK);
    assert_int_equal(rnn_scorer_create(&f->ctx, f->model->member, 1, NULL, &b->windows->sampler, 64,
                                       0, &b->scorer),
                     RNN_OK);
    /* Odd origins to calibrate, even ones to count. */
    for (size_t p = length / 3 / 2 * 2; p + 2 + (size_t)horizon < length; p += 2) {
        for (size_t s = 0; s < SERIES && b->n < SERIES * PART; s++) {
            b->list[b->n] = (rnn_window){s, (int64_t)p + 1};
            b->test[b->n++] = (rnn_window){s, (int64_t)p};
        }
    }
    rnn_windows_set_list(b->windows, b->list, b->n);
}

static void measure(bench *b) {
    rnn_status status = rnn_calibrate_measure(&b->f.ctx, b->f.model, b->windows, b->scorer);
    if (status != RNN_OK) fail_msg("%s", b->f.ctx.message);
}

static void close_bench(bench *b) {
    rnn_scorer_free(b->scorer);
    rnn_windows_free(b->windows);
    drop(&b->f);
}

/* Share of the test points of step k below each quantile. */
static void count_below(const bench *b, const double *bias, int64_t k, double *share) {
    real out[8];
    for (size_t i = 0; i < COUNT(out) && i < b->f.model->spec.outputs; i++) out[i] = (real)bias[i];
    for (size_t i = 0; i < COUNT(probability); i++) share[i] = 0;
    for (size_t j = 0; j < b->n; j++) {
        double q[RNN_MAX_LIST],
            y = b->f.set.series[b->test[j].series].target[b->test[j].origin + k];
        rnn_calibrate_quantiles(b->windows, b->test[j], k, out, q);
        for (size_t i = 0; i < COUNT(probability); i++) {
            if (i) assert_true(q[i] >= q[i - 1]);
            share[i] += (y <= q[i]) / (double)b->n;
        }
    }
}

static void check_shares(const bench *b, const double *bias, int64_t k, double spread) {
    double share[COUNT(probability)];
    count_below(b, bias, k, share);
    for (size_t i = 0; i < COUNT(probability); i++) {
        double p = probability[i], off = spread * 4 * sqrt(2 * p * (1 - p) / (double)b->n);
        if (fabs(share[i] - p) > off)
            fail_msg("step %d: %g of the values are below quantile %g", (int)k, share[i], p);
    }
}

/* Far too narrow, too wide, lopsided: of the stated share after calibration, at any size of the
** series. */
static void test_quantile_shares(void **state) {
    (void)state;
    static const double biases[][COUNT(probability)] = {
        {-1.0, -0.8, -0.4, 0, 0.4, 0.8, 1.0},
        {-4.0, -3.0, -1.6, 0, 1.6, 3.0, 4.0},
        {-3.0, -2.4, -1.1, 0, 0.5, 0.9, 1.2},
    };
    for (size_t i = 0; i < COUNT(biases); i++) {
        static bench b;
        double before[COUNT(probability)];
        open_bench(&b, LENGTH, steps, RNN_LOSS_QUANTILE, 1, biases[i]);
        count_below(&b, biases[i], 1, before);
        assert_true(fabs(before[6] - 0.95) > 0.02);
        measure(&b);
        check_shares(&b, biases[i], 1, 1);
        assert_int_equal(b.f.model->forecast.calibration.count, COUNT(probability));
        assert_int_equal(b.f.model->forecast.calibration.groups, 1);
        close_bench(&b);
    }
}

/* A loss that learns a point only, and one that learns a spread. */
static void test_other_losses(void **state) {
    (void)state;
    static bench b;
    static const double zero[3] = {0, -2, 3};
    static const rnn_loss_kind kinds[] = {RNN_LOSS_MSE, RNN_LOSS_MAE, RNN_LOSS_HUBER,
                                          RNN_LOSS_GAUSSIAN, RNN_LOSS_STUDENT_T};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        double bias[3] = {0, i >= 3 ? 0.5 : 0, 3};
        open_bench(&b, LENGTH, steps, kinds[i], 1, i >= 3 ? bias : zero);
        measure(&b);
        check_shares(&b, i >= 3 ? bias : zero, 1, 1);
        close_bench(&b);
    }
}

/* A random walk spreads with the root of the step: each group of steps gets factors of its own. */
static void test_step_groups(void **state) {
    (void)state;
    static bench b;
    static const double bias[] = {-1.8, -1.4, -0.8, 0, 0.8, 1.4, 1.8};
    open_bench(&b, LENGTH, steps, RNN_LOSS_QUANTILE, 4, bias);
    measure(&b);
    const rnn_calibration *c = &b.f.model->forecast.calibration;
    assert_int_equal(c->groups, 3); /* 1, 2-3, 4 */
    for (size_t i = 0; i < COUNT(probability); i++)
        assert_true(c->probability[i] == probability[i]);
    /* Windows overlap: as much information as a quarter of them. */
    check_shares(&b, bias, 1, 1);
    check_shares(&b, bias, 4, 2);
    for (size_t g = 1; g < 3; g++)
        assert_true(c->factor[g * 7 + 6] > 1.1 * c->factor[(g - 1) * 7 + 6]);
    close_bench(&b);
}

/* A median that is worse than the baseline is not followed; one that is right is. */
static void test_shrink(void **state) {
    (void)state;
    static bench b;
    static const double wrong[] = {0.5, 0.8, 1.5, 2, 2.5, 3.0, 3.5};
    open_bench(&b, LENGTH, steps, RNN_LOSS_QUANTILE, 1, wrong);
    measure(&b);
    assert_true(b.f.model->forecast.recipe.shrink == 0);
    check_shares(&b, wrong, 1, 1);
    close_bench(&b);
}

static double climb(size_t s, size_t t) { return (double)t * 5 + (s ? 2 : 1) * gauss(s + 9, t); }

static void test_no_shrink(void **state) {
    (void)state;
    static bench b;
    static const double right[] = {
        -0.5, -0.2, 0.5, 1, 1.5, 2.0, 2.5}; /* a step up, which the baseline does not know of */
    open_bench(&b, LENGTH, climb, RNN_LOSS_QUANTILE, 1, right);
    measure(&b);
    assert_true(b.f.model->forecast.recipe.shrink >= 0.75);
    check_shares(&b, right, 1, 1);
    close_bench(&b);
}

/* Nothing held out: the network as it is. */
static void test_nothing_held(void **state) {
    (void)state;
    static bench b;
    static const double bias[] = {-3, -2, -1, 0.5, 1, 2, 3};
    open_bench(&b, 300, steps, RNN_LOSS_QUANTILE, 2, bias);
    rnn_windows_set_list(b.windows, b.list, 0);
    measure(&b);
    real out[7];
    double q[RNN_MAX_LIST];
    for (size_t i = 0; i < 7; i++) out[i] = (real)bias[i];
    rnn_window at = {0, 50};
    rnn_window_scale scale = rnn_windows_scale(b.windows, at);
    rnn_calibrate_quantiles(b.windows, at, 1, out, q);
    for (size_t i = 0; i < 7; i++) assert_near(q[i], scale.level + scale.unit * bias[i], 1e-6);
    close_bench(&b);
}

/* The pretrained network's own spread counts; a model from before there was one, which does not say
** what it started from, is not taken for it. */
static void test_pretrained(void **state) {
    (void)state;
    static bench b;
    static const double bias[] = {-1.0, -0.8, -0.4, 0, 0.4, 0.8, 1.0};
    double factor[3];
    open_bench(&b, LENGTH, steps, RNN_LOSS_QUANTILE, 1, bias);
    for (int pretrained = -1; pretrained <= 1; pretrained++) {
        b.f.model->options.pretrained = pretrained;
        measure(&b);
        factor[pretrained + 1] = b.f.model->forecast.calibration.factor[0];
    }
    assert_true(factor[0] == factor[1]);
    assert_true(factor[2] < factor[1] && factor[2] > 1);
    close_bench(&b);
}

/* Calibration at an origin looks at nothing after it: nor does it at the order of the quantile
** outputs. */
static void test_cut_and_order(void **state) {
    (void)state;
    static bench b;
    static const double bias[] = {-3, -2, -1, 0, 1, 2, 3};
    open_bench(&b, 300, steps, RNN_LOSS_QUANTILE, 1, bias);
    real crossed[7] = {-1, -2, -3, 0, 3, 2, 1};
    double q[RNN_MAX_LIST];
    b.f.model->forecast.nonnegative = 1;
    rnn_calibrate_quantiles(b.windows, (rnn_window){1, 5}, 1, crossed, q);
    for (size_t i = 0; i < 7; i++) assert_true(q[i] >= 0 && (i == 0 || q[i] >= q[i - 1]));
    close_bench(&b);
}

/* Between quantiles: a line over the normal score, whatever the size of the numbers. */
static void test_between(void **state) {
    (void)state;
    rnn_model m;
    memset(&m, 0, sizeof m);
    rnn_options_default(&m.options);
    m.options.quantiles.n = COUNT(probability);
    memcpy(m.options.quantiles.v, probability, sizeof probability);
    m.spec.outputs = COUNT(probability);
    static const double sizes[] = {1, 1e-300, 1e300, 1e-3, 1e12};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double q[COUNT(probability)], middle = i == 4 ? 5e12 : 0;
        for (size_t k = 0; k < COUNT(q); k++)
            q[k] = middle + sizes[i] * rnn_normal_quantile(probability[k]);
        for (int step = 0; step < 140; step++) {
            double p = 0.01 + 0.007 * step;
            double got = (rnn_calibrate_between(&m, q, p) - middle) / sizes[i],
                   want = rnn_normal_quantile(p);
            if (!(fabs(got - want) <= 2e-6))
                fail_msg("size %g, p = %g: %g, not %g", sizes[i], p, got, want);
        }
        for (size_t k = 0; k < COUNT(q); k++)
            assert_true(rnn_calibrate_between(&m, q, probability[k]) == q[k]);
    }
    double flat[COUNT(probability)] = {7, 7, 7, 7, 7, 7, 7};
    assert_true(rnn_calibrate_between(&m, flat, 0.33) == 7);
    double low[COUNT(probability)] = {0, 0, 0, 1, 2, 3, 4};
    m.forecast.nonnegative = 1;
    assert_true(rnn_calibrate_between(&m, low, 0.001) == 0);
    flat[0] = NAN;
    assert_true(isnan(rnn_calibrate_between(&m, flat, 0.33)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantile_shares), cmocka_unit_test(test_other_losses),
        cmocka_unit_test(test_step_groups),     cmocka_unit_test(test_shrink),
        cmocka_unit_test(test_no_shrink),       cmocka_unit_test(test_nothing_held),
        cmocka_unit_test(test_cut_and_order),   cmocka_unit_test(test_between),
        cmocka_unit_test(test_pretrained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
