/* test_anomalies.c - planted spikes and level shifts: found, and little else; what a spike or a
** shift does to its neighbours; which rows there are.
**
** RNN_ANOMALY_SEEDS=12 prints the table of recall and false alarms over more series. */
#include "forecast_testing.h"
#include "values_testing.h"

#include "anomalies.h"
#include "trainer.h"

static const char FUNCTION[] = "rnn_anomalies";

enum { MOST = 4096, STEPS = 600, HOURLY = 8 * 168, AFTER_SHIFT = 5 };

static testing_host host;
static rnn_context ctx;

/* ---- series with planted events ---- */

typedef enum kind { TREND, WEEK, WALK, AUTOREGRESSION, HOURS, KINDS } kind;
static const char *const kind_name[KINDS] = {"trend", "week", "walk", "autoregression", "hours"};

/* A day's course that weekdays have more of: seasons of 24 and 168 steps. */
static double hour_value(size_t t) {
    int workday = t / 24 % 7 < 5;
    return 8 * sin(6.283185307179586 * (double)(t % 24) / 24) * (workday ? 1.5 : 0.5) + 6 * workday;
}

/* A series in units of sigma: what happens by chance, and what was planted. */
typedef struct planted {
    double value[MOST];
    uint8_t spike[MOST], shift[MOST]; /* shift: one of the first steps at a new level */
    size_t n;
} planted;

static planted now;
static double sigma;
static double planted_value(size_t s, size_t t) {
    (void)s;
    return sigma * now.value[t];
}

/* Spikes of 6 to 10 sigma on 1.5 % of the steps, shifts of 3 to 8 sigma every 200 steps or so, up
** and down; none in the first steps: with a season of 168, none in the first cycle. */
static void plant(planted *p, kind k, uint64_t seed, size_t n, int events) {
    static const double week[7] = {0, 2, 3, 1, -1, -4, -5};
    double x = 0, level = 0;
    size_t last = 0, quiet = k == HOURS ? 210 : 40;
    memset(p, 0, sizeof *p);
    p->n = n;
    for (size_t t = 0; t < n; t++) {
        double e = gauss(10 * seed + 1, t), spike = 0;
        if (k == WALK) x += e;
        if (k == AUTOREGRESSION) x = 0.7 * x + e;
        p->value[t] = k == TREND   ? 50 + 0.02 * (double)t + e
                      : k == WEEK  ? 80 + week[t % 7] + e
                      : k == HOURS ? 100 + hour_value(t) + e
                                   : 60 + x;
        if (!events) continue;
        if (t > quiet + 20 && t > last + 120 && chance(10 * seed + 2, t) < 0.012) {
            last = t;
            level += (3 + 5 * chance(10 * seed + 3, t)) * (chance(10 * seed + 4, t) < 0.5 ? -1 : 1);
        }
        p->shift[t] = last && t < last + AFTER_SHIFT;
        if (t > quiet && !(last && t < last + 6) && chance(10 * seed + 5, t) < 0.015) {
            p->spike[t] = 1;
            spike = (6 + 4 * chance(10 * seed + 6, t)) * (chance(10 * seed + 7, t) < 0.5 ? -1 : 1);
        }
        p->value[t] += level + spike;
    }
}

/* ---- running ---- */

static rnn_model *train_on(const rnn_table *rows, rnn_options o) {
    rnn_trainer *t = NULL;
    rnn_epoch e;
    rnn_model *m = NULL;
    uint8_t *bytes = NULL;
    size_t size;
    rnn_status status = rnn_trainer_create(&ctx, TRAIN, rows, &o, NULL, 0, &t);
    while (status == RNN_OK) status = rnn_trainer_step(t, &e);
    if (status == RNN_DONE) status = rnn_trainer_model(t, 1, &bytes, &size);
    if (status == RNN_OK) status = rnn_model_read(&ctx, bytes, size, &m);
    if (status) fail_msg("%s", ctx.message);
    rnn_free(&ctx, bytes);
    rnn_trainer_free(t);
    return m;
}

static rnn_options options(int64_t horizon) {
    rnn_options o = small_options();
    o.horizon = horizon;
    o.hidden = 12;
    o.epochs = 8;
    return o;
}

static rnn_model *train_values(value_fn value, size_t series, size_t n, rnn_options o) {
    rnn_table *rows = rows_of(&ctx, series, n, value);
    rnn_model *m = train_on(rows, o);
    rnn_table_free(rows);
    return m;
}

typedef struct judged {
    int64_t series, time;
    double actual, forecast, lower, upper, probability;
    int anomaly;
} judged;
typedef struct result {
    judged row[MOST];
    size_t n;
} result;

static rnn_options use_options(double level) {
    rnn_options o;
    rnn_options_default(&o);
    o.threads = 1;
    o.level = level;
    return o;
}

static rnn_status run_status(result *r, const rnn_model *m, const rnn_table *rows,
                             const rnn_options *o) {
    rnn_anomalies *a = NULL;
    rnn_anomaly_row row;
    rnn_status status = rnn_anomalies_create(&ctx, FUNCTION, m, rows, o, &a);
    r->n = 0;
    while (status == RNN_OK && (status = rnn_anomalies_next(a, &row)) == RNN_OK) {
        assert_true(r->n < MOST);
        r->row[r->n++] = (judged){row.series.i, row.time.i, row.actual,      row.forecast,
                                  row.lower,    row.upper,  row.probability, row.anomaly};
    }
    rnn_anomalies_free(a);
    return status;
}

static void run(result *r, const rnn_model *m, value_fn value, size_t series, size_t n,
                double level) {
    rnn_table *rows = rows_of(&ctx, series, n, value);
    rnn_options o = use_options(level);
    if (run_status(r, m, rows, &o) != RNN_DONE) fail_msg("%s", ctx.message);
    rnn_table_free(rows);
}

/* ---- recall and false alarms ---- */

typedef struct score {
    double spikes, found, usual, false_alarms, width;
} score;

static void count(score *s, const result *r) {
    for (size_t i = 0; i < r->n; i++) {
        const judged *j = &r->row[i];
        size_t t = (size_t)j->time;
        if (isnan(j->forecast)) continue;
        if (now.spike[t]) {
            s->spikes += 1;
            s->found += j->anomaly;
        } else if (!now.shift[t]) {
            s->usual += 1;
            s->false_alarms += j->anomaly;
            s->width += 0.5 * (j->upper - j->lower) / sigma;
        }
    }
}

/* Half the interval's width is 2.58 sigma where the noise is all there is to miss. */
static void show(const char *trained, const char *name, int64_t horizon, const score *s) {
    if (!getenv("RNN_ANOMALY_SEEDS")) return;
    printf("# trained on %s data, horizon %d, %-14s  recall %.3f of %3.0f  false alarms %.2f %% of "
           "%.0f  half width %.2f sigma\n",
           trained, (int)horizon, name, s->found / s->spikes, s->spikes,
           100 * s->false_alarms / s->usual, s->usual, s->width / s->usual);
}

static rnn_options kind_options(int k, uint64_t seed) {
    static const double hourly[2] = {24, 168};
    rnn_options o = options(k == HOURS ? 24 : k % 2 ? 7 : 1);
    o.seed = (int64_t)seed;
    if (k == HOURS) set_seasons(&o, 2, hourly);
    return o;
}

static void test_planted(void **state) {
    static const double sigmas[4] = {0.1, 1, 10, 100};
    static result r;
    (void)state;
    uint64_t seeds =
        getenv("RNN_ANOMALY_SEEDS") ? strtoull(getenv("RNN_ANOMALY_SEEDS"), NULL, 10) : 4;
    for (int dirty = 0; dirty < 2; dirty++) {
        for (int k = 0; k < KINDS; k++) {
            score s = {0, 0, 0, 0, 0};
            size_t steps = k == HOURS ? HOURLY : STEPS;
            for (uint64_t seed = 1; seed <= seeds; seed++) {
                rnn_options o = kind_options(k, seed);
                sigma = sigmas[seed % 4];
                plant(&now, (kind)k, seed + 100 * (uint64_t)k + (dirty ? 0 : 1000), steps, dirty);
                rnn_model *m = train_values(planted_value, 1, steps, o);
                plant(&now, (kind)k, seed + 100 * (uint64_t)k, steps, 1);
                run(&r, m, planted_value, 1, steps, 0.99);
                count(&s, &r);
                rnn_model_free(m);
            }
            show(dirty ? "contaminated" : "clean", kind_name[k], kind_options(k, 1).horizon, &s);
            /* A network that saw two seasons and no shift is less sure of what comes after one. */
            double least = k == HOURS && !dirty ? 0.9 : 0.95;
            if (s.found < least * s.spikes || s.false_alarms > 0.01 * s.usual)
                fail_msg("%s: %g of %g spikes, %g false alarms in %g steps", kind_name[k], s.found,
                         s.spikes, s.false_alarms, s.usual);
            assert_true(s.spikes > 20);
        }
    }
}

/* Before a long season is known nothing is judged, and if it never will be, all but a quarter is;
** where nothing happens there is little to find. */
static void test_long_season(void **state) {
    static const size_t length[4] = {HOURLY, 336, 252, 150}, first[4] = {192, 192, 192, 37};
    static result r;
    (void)state;
    sigma = 1;
    plant(&now, HOURS, 3, HOURLY, 0);
    rnn_model *m = train_values(planted_value, 1, HOURLY, kind_options(HOURS, 3));
    assert_int_equal(m->forecast.recipe.base.season, 168);
    for (size_t i = 0; i < 4; i++) {
        run(&r, m, planted_value, 1, length[i], 0.99);
        size_t begun = 0, alarms = 0;
        while (isnan(r.row[begun].forecast)) begun++;
        for (size_t k = 0; k < r.n; k++) alarms += r.row[k].anomaly == 1;
        if (begun < first[i] || begun > first[i] + 12 || alarms > 2 + (length[i] - begun) / 100)
            fail_msg("%zu steps, judged from %zu: %zu alarms", length[i], begun, alarms);
    }
    rnn_model_free(m);
}

/* Without any event the intervals hold what they say, whatever the noise is like. */
static double heavy_noise(size_t s, size_t t) {
    double sum = 0;
    (void)s;
    for (uint64_t k = 1; k <= 3; k++) sum += gauss(40 + k, t) * gauss(40 + k, t);
    return 40 + gauss(40, t) / sqrt(sum / 3);
}

static double restless(size_t s, size_t t) {
    (void)s;
    return 100 + gauss(50, t) * (t / 100 % 2 ? 4 : 1);
}

static double counts(size_t s, size_t t) {
    double product = 1, limit = exp(-4.0);
    int k = -1;
    (void)s;
    while (product > limit) product *= chance(60, 50 * t + (size_t)++k);
    return k;
}

static double growth(size_t s, size_t t) {
    (void)s;
    return 100 * exp(0.003 * (double)t + 0.05 * gauss(70, t));
}

static void test_calibrated(void **state) {
    static const value_fn values[4] = {heavy_noise, restless, counts, growth};
    static result r;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rnn_model *m = train_values(values[i], 1, 1500, options(1));
        run(&r, m, values[i], 1, 1500, 0.99);
        double n = 0, outside = 0, alarms = 0;
        for (size_t k = 0; k < r.n; k++) {
            const judged *j = &r.row[k];
            if (isnan(j->forecast)) continue;
            n += 1;
            alarms += j->anomaly;
            outside += j->actual < j->lower || j->actual > j->upper;
        }
        assert_true(outside == alarms);
        /* 1 % of 1,484 is 15 +- 4 */
        if (outside < 1 || outside > 0.017 * n) fail_msg("noise %zu: %g of %g", i, outside, n);
        rnn_model_free(m);
    }
}

/* ---- what events do to their neighbours ---- */

static double spike_size, shift_size;
static size_t event_at;
static double eventful(size_t s, size_t t) {
    double v = sigma * now.value[t];
    (void)s;
    if (t == event_at) v += sigma * spike_size;
    return t >= event_at ? v + sigma * shift_size : v;
}

static void test_spike_leaves_no_trace(void **state) {
    static result without, with;
    (void)state;
    sigma = 1;
    spike_size = shift_size = 0;
    for (int k = 0; k < HOURS; k++) {
        plant(&now, (kind)k, 500 + (uint64_t)k, STEPS, 0);
        rnn_model *m = train_values(planted_value, 1, STEPS, options(1));
        event_at = 400;
        spike_size = 0;
        run(&without, m, eventful, 1, STEPS, 0.99);
        spike_size = k % 2 ? 9 : -9;
        run(&with, m, eventful, 1, STEPS, 0.99);
        assert_int_equal(with.n, without.n);
        double moved = 0, wider = 0;
        for (size_t i = 0; i < with.n; i++) {
            const judged *a = &with.row[i], *b = &without.row[i];
            if (a->time == (int64_t)event_at) assert_int_equal(a->anomaly, 1);
            if (a->time <= (int64_t)event_at || a->time > (int64_t)event_at + 20) continue;
            moved += fabs(a->forecast - b->forecast) / 20;
            wider = fmax(wider, (a->upper - a->lower) / (b->upper - b->lower));
            /* A neighbour that was near the bound may pass it. */
            if (a->anomaly > b->anomaly) assert_true(b->probability > 0.95);
        }
        if (moved > 0.3 || wider > 1.15) fail_msg("%s: %g %g", kind_name[k], moved, wider);
        rnn_model_free(m);
    }
}

static void test_shift_is_accepted(void **state) {
    static result r;
    (void)state;
    sigma = 10;
    spike_size = 0;
    for (int k = 0; k < HOURS; k++) {
        plant(&now, (kind)k, 600 + (uint64_t)k, STEPS, 0);
        rnn_model *m = train_values(planted_value, 1, STEPS, options(7));
        static const double sizes[] = {-8, -4, 4, 8};
        for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
            shift_size = sizes[size];
            event_at = 300;
            run(&r, m, eventful, 1, STEPS, 0.99);
            size_t early = 0, late = 0;
            for (size_t i = 0; i < r.n; i++) {
                int64_t after = r.row[i].time - (int64_t)event_at;
                if (!r.row[i].anomaly) continue;
                early += after >= 0 && after < AFTER_SHIFT;
                late += after >= AFTER_SHIFT && after < 40;
            }
            if (late > 4) /* of 35 */
                fail_msg("%s, %g: %zu alarms, then %zu", kind_name[k], shift_size, early, late);
            if (fabs(shift_size) == 8) assert_true(early > 0);
        }
        rnn_model_free(m);
    }
}

/* ---- rows ---- */

static double several(size_t s, size_t t) {
    if (s == 2) return NAN;                       /* nothing known */
    if (s == 3 && (t < 8 || t >= 40)) return NAN; /* begins late, ends early */
    if (t % 19 == 18) return NAN;                 /* gaps */
    double size = s == 1 ? 1e6 : 1;
    return size * (30 + 5 * sin((double)t / 3) + gauss(80 + s, t) + (t == 150 ? 12 : 0));
}

static void test_rows(void **state) {
    static result r;
    (void)state;
    rnn_model *m = train_values(several, 2, 200, options(3));
    run(&r, m, several, 4, 200, 0.99);
    size_t at = 0;
    for (size_t s = 0; s < 4; s++) {
        size_t known = 0, judged_rows = 0;
        for (size_t t = 0; t < 200; t++) {
            if (isnan(several(s, t))) continue;
            const judged *j = &r.row[at++];
            assert_int_equal(j->series, s);
            assert_int_equal(j->time, t);
            assert_true(j->actual == several(s, t));
            known++;
            if (isnan(j->forecast)) { /* the first ones alone, and nothing is said of them */
                assert_int_equal(judged_rows, 0);
                assert_true(isnan(j->lower) && isnan(j->upper) && isnan(j->probability));
                assert_int_equal(j->anomaly, 0);
                continue;
            }
            judged_rows++;
            assert_true(j->lower <= j->forecast && j->forecast <= j->upper);
            assert_true(j->probability >= 0 && j->probability <= 1);
            assert_int_equal(j->anomaly, j->probability > 0.99);
            assert_int_equal(j->anomaly, j->actual < j->lower || j->actual > j->upper);
            if (t == 150) assert_int_equal(j->anomaly, 1);
        }
        if (known) assert_true(judged_rows >= known * 3 / 4 - 1 && judged_rows < known);
    }
    assert_int_equal(at, r.n);
    rnn_model_free(m);
}

/* The level moves the bounds and nothing else. */
static void test_level(void **state) {
    static result low, high;
    (void)state;
    rnn_model *m = train_values(several, 2, 200, options(1));
    run(&low, m, several, 2, 200, 0.8);
    run(&high, m, several, 2, 200, 0.999);
    size_t alarms[2] = {0, 0};
    for (size_t i = 0; i < low.n; i++) {
        const judged *a = &low.row[i], *b = &high.row[i];
        alarms[0] += a->anomaly == 1;
        alarms[1] += b->anomaly == 1;
        if (isnan(a->forecast)) continue;
        assert_true(a->forecast == b->forecast && a->probability == b->probability);
        assert_true(b->lower < a->lower && b->upper > a->upper);
        assert_true(a->anomaly >= b->anomaly);
    }
    assert_true(alarms[0] > 3 * alarms[1] && alarms[1] >= 2);
    rnn_model_free(m);
}

static double negative(size_t s, size_t t) { return s == 1 ? -5 : growth(s, t); }
static double no_rows(size_t s, size_t t) {
    (void)s, (void)t;
    return NAN;
}

static void test_edges(void **state) {
    static result r;
    (void)state;
    rnn_model *m = train_values(growth, 1, 300, options(1));
    assert_true(m->forecast.recipe.log);
    run(&r, m, negative, 2, 50, 0.99); /* a logarithm of nothing */
    assert_int_equal(r.n, 100);
    for (size_t i = 0; i < r.n; i++) {
        if (r.row[i].series == 1) assert_true(isnan(r.row[i].forecast) && !r.row[i].anomaly);
    }
    for (size_t n = 1; n <= 6; n++) { /* too short to judge: four steps go before */
        run(&r, m, growth, 1, n, 0.99);
        assert_int_equal(r.n, n);
        for (size_t i = 0; i < n; i++) assert_int_equal(isnan(r.row[i].forecast) != 0, i < 4);
    }
    run(&r, m, no_rows, 3, 20, 0.99);
    assert_int_equal(r.n, 0);
    run(&r, m, growth, 0, 0, 0.99);
    assert_int_equal(r.n, 0);
    rnn_model_free(m);
}

/* Every kind of model has a one-step forecast. */
static void test_other_models(void **state) {
    static result r;
    (void)state;
    for (int i = 0; i < 6; i++) {
        rnn_options o = options(5);
        o.epochs = 3;
        if (i == 0) o.decoder = RNN_DECODER_RECURSIVE;
        if (i == 1) o.bidirectional = 1;
        if (i == 2) o.loss = RNN_LOSS_MSE;
        if (i == 3) o.loss = RNN_LOSS_STUDENT_T;
        if (i == 4) o.loss = RNN_LOSS_NEGATIVE_BINOMIAL;
        if (i == 5) o.scale = RNN_SCALE_STANDARD;
        rnn_model *m = train_values(counts, 1, 300, o);
        run(&r, m, counts, 1, 300, 0.99);
        size_t n = 0, alarms = 0;
        for (size_t k = 0; k < r.n; k++) {
            n += isnan(r.row[k].forecast) ? 0 : 1;
            alarms += r.row[k].anomaly == 1;
        }
        assert_true(n > 250);
        if (alarms > n / 40) fail_msg("model %d: %zu alarms of %zu", i, alarms, n);
        rnn_model_free(m);
    }
}

/* ---- threads, memory, interrupts ---- */

static void test_threads(void **state) {
    static result one, other;
    (void)state;
    sigma = 1;
    plant(&now, WEEK, 7, STEPS, 1);
    rnn_table *rows = rows_of(&ctx, 5, STEPS, planted_value);
    rnn_model *m = train_values(planted_value, 1, STEPS, options(7));
    rnn_options o = use_options(0.99);
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    assert_int_equal(run_status(&one, m, rows, &o), RNN_DONE);
    o.threads = 3;
    assert_int_equal(run_status(&other, m, rows, &o), RNN_DONE);
    assert_memory_equal(&one, &other, sizeof one);
    rnn_table_free(rows);
    rnn_model_free(m);
}

static void test_failures(void **state) {
    static result r;
    (void)state;
    rnn_table *rows = rows_of(&ctx, 3, 120, several);
    rnn_options o = use_options(0.99);
    rnn_model *m = train_values(several, 2, 120, options(1));
    uint64_t before = ctx.memory_used;
    rnn_status status = RNN_NOMEM;
    for (uint64_t n = 1; status == RNN_NOMEM; n++) {
        host.fail_at = host.requests + n;
        status = run_status(&r, m, rows, &o);
        host.fail_at = 0;
        assert_int_equal(ctx.memory_used, before);
    }
    assert_int_equal(status, RNN_DONE);
    status = RNN_INTERRUPT;
    for (int n = 1; status == RNN_INTERRUPT; n++) {
        int left = n;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        status = run_status(&r, m, rows, &o);
        ctx.check = NULL;
        assert_int_equal(ctx.memory_used, before);
    }
    assert_int_equal(status, RNN_DONE);
    rnn_table_free(rows);
    rnn_model_free(m);
}

static int set_up(void **state) {
    (void)state;
    ctx = testing_context(&host);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return ctx.memory_used != 0 || host.blocks != 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_planted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_season, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_calibrated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_spike_leaves_no_trace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shift_is_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_edges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_models, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
