/* test_trainer.c - training by epochs: what it learns, what it returns, when it stops, what it
** refuses. */
#include "forecast_testing.h"

#include "forecast.h"
#include "trainer.h"

/* A training from rows that a function makes. */
typedef struct run {
    rnn_context ctx;
    rnn_options options;
    rnn_table *rows;
    rnn_trainer *trainer;
    rnn_epoch epoch[64];
    size_t epochs;
    uint8_t *bytes;
    size_t size;
} run;

static double wave(size_t s, size_t t) {
    return 500 + 0.8 * (double)t + 40 * sin(6.283185307179586 * (double)t / 17 + (double)s) +
           gauss(s + 1, t);
}

static void prepare(run *r, size_t series, size_t length, value_fn value) {
    memset(r, 0, sizeof *r);
    r->options = small_options();
    r->options.horizon = 6;
    r->options.context = 24;
    r->options.batch = 32;
    r->options.epochs = 4;
    set_seasons(&r->options, 0, NULL);
    r->rows = rows_of(&r->ctx, series, length, value);
}

static rnn_status create(run *r, const rnn_model *base, size_t holdback) {
    return rnn_trainer_create(&r->ctx, TRAIN, r->rows, &r->options, base, holdback, &r->trainer);
}

static void start(run *r, const rnn_model *base, size_t holdback) {
    if (create(r, base, holdback) != RNN_OK) fail_msg("%s", r->ctx.message);
}

/* At most `most` epochs; RNN_OK after that many, RNN_DONE before. */
static rnn_status steps(run *r, size_t most) {
    rnn_status status = RNN_OK;
    while (status == RNN_OK && r->epochs < most && r->epochs < 64) {
        status = rnn_trainer_step(r->trainer, &r->epoch[r->epochs]);
        if (status == RNN_OK) r->epochs++;
    }
    if (status != RNN_OK && status != RNN_DONE) fail_msg("%s", r->ctx.message);
    return status;
}

static void serialise(run *r, int best) {
    rnn_free(&r->ctx, r->bytes);
    if (rnn_trainer_model(r->trainer, best, &r->bytes, &r->size) != RNN_OK)
        fail_msg("%s", r->ctx.message);
}

static rnn_model *model_of(run *r, int best) {
    rnn_model *m = NULL;
    serialise(r, best);
    if (rnn_model_read(&r->ctx, r->bytes, r->size, &m) != RNN_OK) fail_msg("%s", r->ctx.message);
    return m;
}

static void finish(run *r) {
    rnn_free(&r->ctx, r->bytes);
    rnn_trainer_free(r->trainer);
    rnn_table_free(r->rows);
    assert_int_equal(r->ctx.memory_used, 0);
}

/* The best epoch of a whole training. */
static void train(run *r) {
    start(r, NULL, 0);
    assert_int_equal(steps(r, 64), RNN_DONE);
    serialise(r, 1);
}

/* ---- learning ---- */

/* A sine of a period that no season tells of, on a trend: the last 24 steps, never seen, are
** forecast much better than by the baseline, and nearly all lie within the interval. */
static void test_learns(void **state) {
    (void)state;
    enum { N = 324, H = 6 };
    run r;
    prepare(&r, 2, N, wave);
    r.options.hidden = 16;
    r.options.epochs = 25;
    r.options.learning_rate = 5e-3;
    r.options.given[RNN_KEY_learning_rate] = 1;
    start(&r, NULL, 24);
    assert_int_equal(steps(&r, 64), RNN_DONE);
    rnn_model *m = model_of(&r, 1);
    rnn_options use;
    rnn_forecaster *f;
    rnn_forecast_row row;
    rnn_series_set set;
    rnn_track *tracks;
    rnn_options_default(&use);
    use.origins = 4;
    use.stride = 6;
    use.threads = 1;
    assert_int_equal(rnn_series_build(&r.ctx, FORECAST, r.rows, m, &set), RNN_OK);
    assert_int_equal(rnn_tracks_create(&r.ctx, &set, m, NULL, &tracks), RNN_OK);
    if (rnn_forecaster_create(&r.ctx, "rnn_backtest", m, r.rows, &use, 1, &f) != RNN_OK)
        fail_msg("%s", r.ctx.message);
    double error = 0, baseline = 0, within = 0, n = 0;
    while (rnn_forecaster_next(f, &row) == RNN_OK) {
        double base =
            rnn_track_base(&tracks[row.series.i], &m->forecast.recipe.base, row.origin.i, row.step);
        error += fabs(row.forecast - row.actual);
        baseline += fabs(rnn_recipe_restore(&m->forecast.recipe, base) - row.actual);
        within += row.actual >= row.lower && row.actual <= row.upper;
        n += 1;
    }
    assert_true(n == 2 * 4 * H);
    if (!(error < 0.4 * baseline)) fail_msg("mean error %g, baseline %g", error / n, baseline / n);
    assert_true(within / n > 0.7);
    rnn_forecaster_free(f);
    rnn_tracks_free(&r.ctx, tracks, set.count);
    rnn_series_set_free(&set);
    rnn_model_free(m);
    finish(&r);
}

/* ---- epochs, history, the best ---- */

static int same_weights(const rnn_model *a, const rnn_model *b) {
    int same = a->members == b->members;
    for (size_t i = 0; same && i < a->members; i++) {
        size_t n = rnn_net_parameter_count(a->member[i]);
        same = memcmp(rnn_net_parameters(a->member[i]), rnn_net_parameters(b->member[i]),
                      n * sizeof(real)) == 0;
    }
    return same;
}

static void test_history(void **state) {
    (void)state;
    run r;
    rnn_epoch untouched = {.epoch = -7};
    prepare(&r, 3, 120, wave);
    r.options.epochs = 8;
    start(&r, NULL, 0);
    assert_int_equal(rnn_trainer_epochs(r.trainer), 8);
    assert_int_equal(steps(&r, 64), RNN_DONE);
    assert_int_equal(rnn_trainer_step(r.trainer, &untouched), RNN_DONE);
    assert_int_equal(untouched.epoch, -7);
    assert_int_equal(r.epochs, 8);
    rnn_model *m = model_of(&r, 1);
    double lowest = INFINITY, seconds = 0;
    int64_t best = 0;
    assert_int_equal(m->epochs, 8);
    for (size_t i = 0; i < 8; i++) {
        const rnn_epoch *e = &r.epoch[i], *h = &m->history[i];
        assert_int_equal(e->epoch, (int64_t)i + 1);
        assert_int_equal(e->best, e->valid_loss < lowest);
        if (e->best) best = e->epoch;
        lowest = fmin(lowest, e->valid_loss);
        assert_true(e->train_loss > 0 && e->metric > 0 && e->gradient_norm > 0 &&
                    e->learning_rate > 0);
        assert_true(e->seconds >= seconds && e->steps_per_second > 0);
        seconds = e->seconds;
        assert_true(h->train_loss == e->train_loss && h->valid_loss == e->valid_loss &&
                    h->metric == e->metric);
        assert_true(h->epoch == e->epoch && h->best == e->best &&
                    h->gradient_norm == e->gradient_norm);
    }
    assert_int_equal(m->best_epoch, best);
    assert_true(m->forecast.calibration.count == m->options.quantiles.n &&
                m->forecast.calibration.groups == 3);
    rnn_model_free(m);
    finish(&r);
}

/* A rate so high that later epochs are worse: what comes back is the weights of the best one, not
** of the last. */
static void test_best(void **state) {
    (void)state;
    run all, one;
    for (int i = 0; i < 2; i++) {
        run *r = i ? &one : &all;
        prepare(r, 2, 100, wave);
        r->options.epochs = 12;
        r->options.learning_rate = 0.5;
        r->options.schedule = RNN_SCHEDULE_CONSTANT;
        r->options.given[RNN_KEY_learning_rate] = r->options.given[RNN_KEY_patience] = 1;
        start(r, NULL, 0);
    }
    steps(&all, 64);
    rnn_model *best = model_of(&all, 1), *last = model_of(&all, 0);
    assert_true(best->best_epoch < 12);
    steps(&one, (size_t)best->best_epoch);
    rnn_model *then = model_of(&one, 0);
    assert_true(same_weights(best, then));
    assert_false(same_weights(best, last));
    /* Asking for a model changes nothing: training goes on as if it had not been asked for. */
    steps(&one, 64);
    rnn_model *again = model_of(&one, 0);
    assert_true(same_weights(again, last));
    rnn_model_free(best);
    rnn_model_free(last);
    rnn_model_free(then);
    rnn_model_free(again);
    finish(&all);
    finish(&one);
}

static void test_patience(void **state) {
    (void)state;
    run r;
    prepare(&r, 2, 100, wave);
    r.options.epochs = 60;
    r.options.patience = 2;
    r.options.learning_rate = 0.3;
    r.options.given[RNN_KEY_learning_rate] = r.options.given[RNN_KEY_patience] = 1;
    train(&r);
    int64_t best = 0;
    for (size_t i = 0; i < r.epochs; i++) best = r.epoch[i].best ? r.epoch[i].epoch : best;
    assert_true(r.epochs < 60);
    assert_int_equal(r.epochs, best + 2);
    finish(&r);
}

static void test_time_limit(void **state) {
    (void)state;
    run r;
    prepare(&r, 1, 100, wave);
    r.options.epochs = 60;
    r.options.time_limit = 1e-9;
    train(&r);
    assert_int_equal(r.epochs, 1);
    finish(&r);
}

/* No validation part: no validation loss, the training loss chooses, intervals are calibrated all
** the same. */
static void test_no_validation(void **state) {
    (void)state;
    run r;
    prepare(&r, 2, 100, wave);
    r.options.validation = 0;
    r.options.given[RNN_KEY_validation] = 1;
    start(&r, NULL, 0);
    steps(&r, 64);
    rnn_model *m = model_of(&r, 1);
    double lowest = INFINITY;
    for (size_t i = 0; i < r.epochs; i++) {
        assert_true(isnan(r.epoch[i].valid_loss) && isnan(r.epoch[i].metric));
        assert_int_equal(r.epoch[i].best, r.epoch[i].train_loss < lowest);
        lowest = fmin(lowest, r.epoch[i].train_loss);
    }
    assert_true(m->forecast.calibration.count > 0);
    rnn_model_free(m);
    finish(&r);
}

/* ---- the same bytes ---- */

static void test_threads(void **state) {
    (void)state;
    static const int64_t threads[] = {1, 2, 4};
    run r[3];
    for (size_t i = 0; i < 3; i++) {
        prepare(&r[i], 5, 80, wave);
        r[i].options.threads = threads[i];
        r[i].options.ensemble = 2;
        r[i].options.dropout = 0.3;
        r[i].options.given[RNN_KEY_dropout] = 1;
        train(&r[i]);
        assert_int_equal(r[i].size, r[0].size);
        assert_memory_equal(r[i].bytes, r[0].bytes, r[0].size);
    }
    for (size_t i = 0; i < 3; i++) finish(&r[i]);
}

/* Another order of the rows: the same model. Another seed: another one. */
static void test_order_and_seed(void **state) {
    (void)state;
    run a, b, c;
    prepare(&a, 3, 60, wave);
    prepare(&b, 0, 0, wave);
    prepare(&c, 3, 60, wave);
    for (size_t i = 0; i < 180; i++) {
        size_t at = i * 77 % 180, s = at / 60, t = at % 60;
        rnn_value row[3] = {int_cell((int64_t)s), int_cell((int64_t)t), real_cell(wave(s, t))};
        assert_int_equal(rnn_table_append(b.rows, row), RNN_OK);
    }
    c.options.seed = 2;
    train(&a);
    train(&b);
    train(&c);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    assert_true(a.size != c.size || memcmp(a.bytes, c.bytes, a.size) != 0);
    finish(&a);
    finish(&b);
    finish(&c);
}

/* Steps held back are not looked at. */
static double changed_end(size_t s, size_t t) {
    return t >= 88 ? 3 + 900 * chance(s, t) : wave(s, t);
}

static void test_holdback(void **state) {
    (void)state;
    run a, b;
    prepare(&a, 2, 100, wave);
    prepare(&b, 2, 100, changed_end);
    start(&a, NULL, 12);
    start(&b, NULL, 12);
    steps(&a, 64);
    steps(&b, 64);
    serialise(&a, 1);
    serialise(&b, 1);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    finish(&a);
    finish(&b);
}

/* ---- continuing ---- */

static void test_continue(void **state) {
    (void)state;
    run a, b;
    prepare(&a, 2, 100, wave);
    start(&a, NULL, 0);
    steps(&a, 64);
    rnn_model *base = model_of(&a, 1);
    prepare(&b, 2, 110, wave);
    rnn_options_default(&b.options); /* nothing given but the epochs */
    b.options.threads = 1;
    b.options.epochs = 3;
    b.options.given[RNN_KEY_epochs] = 1;
    start(&b, base, 0);
    assert_int_equal(rnn_trainer_epochs(b.trainer), 7);
    rnn_model *before = model_of(&b, 0);
    assert_true(same_weights(before, base));
    assert_int_equal(before->options.hidden, base->options.hidden);
    assert_int_equal(steps(&b, 64), RNN_DONE);
    assert_int_equal(b.epochs, 3);
    rnn_model *m = model_of(&b, 1);
    assert_int_equal(m->epochs, 7);
    for (size_t i = 0; i < 7; i++) assert_int_equal(m->history[i].epoch, (int64_t)i + 1);
    assert_true(m->best_epoch >= 5 && m->best_epoch <= 7);
    assert_false(same_weights(m, base));
    assert_int_equal(m->options.horizon, base->options.horizon);
    rnn_model_free(m);
    rnn_model_free(before);
    rnn_model_free(base);
    finish(&a);
    finish(&b);
}

static void test_contradiction(void **state) {
    (void)state;
    run a, b;
    prepare(&a, 2, 100, wave);
    start(&a, NULL, 0);
    steps(&a, 1);
    rnn_model *base = model_of(&a, 0);
    prepare(&b, 2, 100, wave);
    b.options.hidden = 7;
    b.options.given[RNN_KEY_hidden] = 1;
    assert_int_equal(create(&b, base, 0), RNN_OPTION);
    assert_null(b.trainer);
    assert_message(&b.ctx, "\"hidden\"|contradicts");
    rnn_model_free(base);
    finish(&a);
    finish(&b);
}

/* ---- refusals ---- */

static void refuse_training(run *r, rnn_status expected, const char *parts) {
    rnn_status status = create(r, NULL, 0);
    if (status != expected)
        fail_msg("status %d instead of %d: %s", (int)status, (int)expected, r->ctx.message);
    assert_null(r->trainer);
    assert_message(&r->ctx, parts);
    finish(r);
}

static double unknown(size_t s, size_t t) { return s + t < 2000 ? NAN : 0; }

static void test_refused(void **state) {
    (void)state;
    run r;
    prepare(&r, 2, 7, wave);
    refuse_training(&r, RNN_DATA, "rnn_train|horizon 6|at least 8 steps|longest has 7");
    prepare(&r, 1, 2, wave);
    r.options.horizon = 0;
    refuse_training(&r, RNN_DATA, "rnn_train|3 or more");
    prepare(&r, 1, 0, wave);
    refuse_training(&r, RNN_DATA, "rnn_train|rows");
    prepare(&r, 1, 50, unknown);
    refuse_training(&r, RNN_DATA, "rnn_train|target");
}

/* The figures, before the memory is taken; what is accepted stays within the limit, the model's
** bytes included. */
static void test_memory_limit(void **state) {
    (void)state;
    int refused = 0, estimated = 0, trained = 0;
    for (int64_t limit = 20000; !trained; limit = limit * 5 / 4) {
        run r;
        prepare(&r, 2, 100, wave);
        r.options.epochs = 1;
        r.options.hidden = 64;
        r.options.memory_limit = limit;
        rnn_status status = create(&r, NULL, 0);
        if (status == RNN_OK) {
            trained = 1;
            steps(&r, 64);
            if (rnn_trainer_model(r.trainer, 1, &r.bytes, &r.size) != RNN_OK) trained = 0;
        } else {
            char figure[40];
            assert_int_equal(status, RNN_LIMIT);
            snprintf(figure, sizeof figure, "%lld", (long long)limit);
            assert_message(&r.ctx, "memory_limit");
            assert_message(&r.ctx, figure);
            estimated += strstr(r.ctx.message, "training needs about") != NULL;
            refused++;
        }
        assert_true(r.ctx.memory_peak <= (uint64_t)limit);
        finish(&r);
    }
    assert_true(refused > 3 && estimated > 0);
}

/* ---- interrupts ---- */

static int stop(void *arg) {
    int *left = arg;
    return --*left < 0;
}

static void test_interrupt(void **state) {
    (void)state;
    int done = 0;
    for (int calls = 0; !done; calls = calls * 3 / 2 + 1) {
        run r;
        rnn_epoch epoch;
        int left = calls;
        prepare(&r, 2, 60, wave);
        r.options.epochs = 2;
        r.ctx.check = stop;
        r.ctx.check_arg = &left;
        rnn_status status = create(&r, NULL, 0);
        if (status == RNN_OK) {
            while (status == RNN_OK) status = rnn_trainer_step(r.trainer, &epoch);
            if (status == RNN_DONE) status = rnn_trainer_model(r.trainer, 1, &r.bytes, &r.size);
        } else {
            assert_null(r.trainer);
        }
        done = status == RNN_OK;
        if (!done) assert_int_equal(status, RNN_INTERRUPT);
        if (!done) assert_null(r.bytes);
        finish(&r);
    }
}

/* ---- scales ---- */

/* 0 ... 99 in a shuffled order, and one value out, but not so far that it can only be an error. */
static double outlier(size_t s, size_t t) {
    return s + t == 50 ? 1000 : (double)((t * 37 + 11) % 101);
}
/* This one can, and is missing. */
static double error(size_t s, size_t t) { return s + t == 50 ? 1e6 : outlier(s, t); }

static void test_scales(void **state) {
    (void)state;
    static const rnn_scale kinds[] = {RNN_SCALE_NONE, RNN_SCALE_STANDARD, RNN_SCALE_ROBUST,
                                      RNN_SCALE_MINMAX, RNN_SCALE_MEAN};
    double sum = 0, squares = 0;
    for (size_t t = 0; t < 101; t++) {
        sum += outlier(0, t);
        squares += outlier(0, t) * outlier(0, t);
    }
    double mean = sum / 101, deviation = sqrt(squares / 101 - mean * mean);
    const double want[5][2] = {{0, 1}, {mean, deviation}, {50, 50 / 1.349}, {0, 1000}, {0, mean}};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        run r;
        prepare(&r, 1, 101, outlier);
        r.options.epochs = 1;
        r.options.scale = (int)kinds[i];
        r.options.validation = 0;
        r.options.given[RNN_KEY_validation] = 1;
        start(&r, NULL, 0);
        steps(&r, 64);
        rnn_model *m = model_of(&r, 1);
        double off = kinds[i] == RNN_SCALE_ROBUST ? 0.05 : 1e-9;
        assert_near(m->forecast.center, want[i][0], off);
        assert_near(m->forecast.spread, want[i][1], off);
        rnn_model_free(m);
        finish(&r);
    }
}

static void test_error_is_missing(void **state) {
    (void)state;
    run r;
    prepare(&r, 1, 101, error);
    r.options.epochs = 1;
    r.options.scale = RNN_SCALE_MINMAX;
    r.options.validation = 0;
    r.options.given[RNN_KEY_validation] = 1;
    start(&r, NULL, 0);
    steps(&r, 64);
    rnn_model *m = model_of(&r, 1);
    assert_near(m->forecast.center, 0, 1e-9);
    assert_near(m->forecast.spread, 100, 1e-9);
    rnn_model_free(m);
    finish(&r);
}

/* ---- the edges ---- */

static double constant(size_t s, size_t t) {
    (void)t;
    return (double)s * 5;
}
static double huge(size_t s, size_t t) { return 1e300 * (1 + 0.1 * gauss(s, t)); }
static double tiny(size_t s, size_t t) { return 1e-300 * (1 + 0.1 * gauss(s, t)); }
static double mixed(size_t s, size_t t) { return wave(s, t) * (s ? 1e12 : 1e-9); }
static double sparse(size_t s, size_t t) { return chance(s, t) < 0.8 ? 0 : 3 * chance(s + 9, t); }
static double gaps(size_t s, size_t t) { return chance(s, t) < 0.4 ? NAN : wave(s, t); }
static double late_start(size_t s, size_t t) { return t < 30 ? NAN : wave(s, t); }

/* It trains, is finite and can be read back, or says why not. */
static void test_edges(void **state) {
    (void)state;
    static const value_fn values[] = {constant, huge, tiny, mixed, sparse, gaps, late_start};
    static const rnn_loss_kind losses[] = {RNN_LOSS_QUANTILE, RNN_LOSS_MSE, RNN_LOSS_GAUSSIAN,
                                           RNN_LOSS_NEGATIVE_BINOMIAL};
    for (size_t i = 0; i < COUNT(values) * COUNT(losses) * 3; i++) {
        run r;
        size_t kind = i % COUNT(values), shape = i / COUNT(values) % 3;
        prepare(&r, shape == 1 ? 12 : 2, shape == 2 ? 41 : 60, values[kind]);
        r.options.epochs = 1;
        r.options.context = shape == 2 ? 500 : 16; /* longer than the series */
        r.options.horizon = shape == 2 ? 1 : 4;
        r.options.loss = (int)losses[i / COUNT(values) / 3];
        if (shape == 2) r.options.scale = RNN_SCALE_STANDARD;
        rnn_status status = create(&r, NULL, 0);
        if (status == RNN_OK) {
            rnn_epoch e;
            status = rnn_trainer_step(r.trainer, &e);
            if (status == RNN_OK) {
                assert_true(isfinite(e.train_loss));
                rnn_model_free(model_of(&r, 1));
            }
        }
        if (status != RNN_OK) {
            print_message("# data %zu, loss %d: %s\n", kind, r.options.loss, r.ctx.message);
            assert_int_equal(status, RNN_DATA);
        }
        finish(&r);
    }
}

/* The horizon left open is one that the rows have. */
static void test_open_horizon(void **state) {
    (void)state;
    for (size_t length = 3; length < 40; length += 4) {
        run r;
        prepare(&r, 1, length, wave);
        r.options.horizon = r.options.context = 0;
        r.options.epochs = 1;
        train(&r);
        finish(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),        cmocka_unit_test(test_history),
        cmocka_unit_test(test_best),          cmocka_unit_test(test_patience),
        cmocka_unit_test(test_time_limit),    cmocka_unit_test(test_no_validation),
        cmocka_unit_test(test_threads),       cmocka_unit_test(test_order_and_seed),
        cmocka_unit_test(test_holdback),      cmocka_unit_test(test_continue),
        cmocka_unit_test(test_contradiction), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_memory_limit),  cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_edges),         cmocka_unit_test(test_open_horizon),
        cmocka_unit_test(test_scales),        cmocka_unit_test(test_error_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
