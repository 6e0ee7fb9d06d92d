/* test_model_mixture.c - models whose baseline is the mixture, format version 3: round trips, forgeries,
** the pretrained one too; binding those for any series to rows. */
#include "model_testing.h"

#include "bind.h"
#include "forecast.h"
#include "pretrained.h"
#include "trainer.h"

/* The sample model with the mixture as its baseline. */
static rnn_model *sample_mixture(rnn_context *ctx) {
    rnn_model *m = rnn_model_create(ctx);
    assert_non_null(m);
    sample_options(&m->options);
    sample_columns(m);
    sample_series(m);
    sample_history(m);
    rnn_recipe *r = &m->forecast.recipe;
    r->mixture = r->careful = 1;
    r->base = (rnn_baseline){12, 12, 0, 0};
    r->share_groups = 2;
    for (size_t i = 0; i < 4; i++) r->share[i % 2][i / 2] = 0.25 * (double)i;
    for (size_t j = 0; j < RNN_SMOOTHING_COUNT; j++) {
        r->smoothing.prior[j] = 0.1 * (double)j - 3;
        r->smoothing.weight[j] = 1.0 / RNN_SMOOTHING_COUNT;
    }
    r->smoothing.profile_length = 12;
    for (size_t i = 0; i < 12; i++) r->smoothing.profile[i] = 0.01 * (double)i;
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    return m;
}

/* A small one for any series. */
static rnn_model *sample_any(rnn_context *ctx) {
    rnn_model *m = rnn_model_create(ctx);
    assert_non_null(m);
    sample_options(&m->options);
    m->options.known_ahead.n = m->options.season.n = 0;
    m->options.series_embedding = 0;
    rnn_forecast_model *f = &m->forecast;
    f->frequency = (rnn_frequency){RNN_STEP_ROW, 1, 0x7f, 0, 0};
    f->spread = 0.1;
    f->recipe.base = (rnn_baseline){1, 1, 0, 0};
    f->recipe.scale_lag = 1;
    f->recipe.scale_floor = f->recipe.shrink = 1;
    f->recipe.mixture = f->recipe.careful = f->recipe.any_step = 1;
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    return m;
}

static rnn_writer written(rnn_context *ctx, rnn_model *m) {
    rnn_writer w;
    rnn_writer_init(&w, ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    rnn_model_free(m);
    return w;
}

static void expect_same_bytes(rnn_context *ctx, const rnn_writer *w) {
    rnn_model *back;
    rnn_writer again;
    if (rnn_model_read(ctx, w->data, w->size, &back) != RNN_OK) fail_msg("%s", ctx->message);
    assert_int_equal(back->version, 3);
    rnn_writer_init(&again, ctx);
    assert_int_equal(rnn_model_write(back, &again), RNN_OK);
    assert_int_equal(again.size, w->size);
    assert_memory_equal(again.data, w->data, w->size);
    rnn_writer_free(&again);
    rnn_model_free(back);
}

static void test_round_trip(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_mixture(&ctx), *back;
    (void)state;
    rnn_recipe want = m->forecast.recipe;
    rnn_writer w = written(&ctx, m);
    testing_write_seed("model/mixture.bin", w.data, w.size);
    assert_int_equal(w.data[8], 3);
    if (rnn_model_read(&ctx, w.data, w.size, &back) != RNN_OK) fail_msg("%s", ctx.message);
    const rnn_recipe *r = &back->forecast.recipe;
    assert_int_equal(r->mixture, 1);
    assert_int_equal(r->careful, 1);
    assert_int_equal(r->any_step, 0);
    assert_int_equal(r->share_groups, 2);
    for (size_t i = 0; i < 4; i++) assert_true(r->share[i % 2][i / 2] == want.share[i % 2][i / 2]);
    assert_memory_equal(&r->smoothing, &want.smoothing, sizeof want.smoothing);
    rnn_model_free(back);
    expect_same_bytes(&ctx, &w);
    rnn_writer_free(&w);
    w = written(&ctx, sample_any(&ctx));
    testing_write_seed("model/any.bin", w.data, w.size);
    expect_same_bytes(&ctx, &w);
    rnn_writer_free(&w);
    /* Careful with a simple baseline: the new format, without what the mixture has. */
    m = sample_mixture(&ctx);
    rnn_recipe *simple = &m->forecast.recipe;
    simple->mixture = 0;
    simple->base.terms = 1;
    for (size_t i = 0; i < m->members; i++) rnn_net_free(m->member[i]);
    rnn_free(&ctx, m->member);
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    w = written(&ctx, m);
    expect_same_bytes(&ctx, &w);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* Models of before go on to be written as they were. */
static void test_old_format(void **state) {
    rnn_context ctx = {0};
    rnn_writer w = written(&ctx, sample_model(&ctx));
    rnn_model *back;
    (void)state;
    assert_int_equal(w.data[8], 1);
    assert_int_equal(rnn_model_read(&ctx, w.data, w.size, &back), RNN_OK);
    assert_int_equal(back->forecast.recipe.careful, 0);
    rnn_model_free(back);
    /* Without its section it is not of the new format. */
    w.data[8] = 3;
    testing_seal(w.data, w.size);
    expect_refused(&ctx, w.data, w.size, "list of sections");
    rnn_writer_free(&w);
}

/* ---- parts that contradict each other ---- */

static void expect_broken(rnn_model *(*make)(rnn_context *), void (*break_it)(rnn_model *),
                          const char *why) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make(&ctx);
    break_it(m);
    rnn_writer w = written(&ctx, m);
    expect_refused(&ctx, w.data, w.size, why);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

static rnn_recipe *recipe(rnn_model *m) { return &m->forecast.recipe; }
static void break_groups(rnn_model *m) { recipe(m)->share_groups = 3; }
static void break_share(rnn_model *m) { recipe(m)->share[1][1] = 1.5; }
static void break_share_nan(rnn_model *m) { recipe(m)->share[0][0] = NAN; }
static void break_prior(rnn_model *m) { recipe(m)->smoothing.prior[7] = NAN; }
static void break_prior_size(rnn_model *m) { recipe(m)->smoothing.prior[59] = -101; }
static void break_weight(rnn_model *m) { recipe(m)->smoothing.weight[0] = INFINITY; }
static void break_profile(rnn_model *m) { recipe(m)->smoothing.profile[11] = NAN; }
static void break_scale(rnn_model *m) { m->options.scale = RNN_SCALE_STANDARD; }
static void break_no_mixture(rnn_model *m) { recipe(m)->mixture = 0; }
static void break_any(rnn_model *m) { recipe(m)->any_step = 1; } /* with inputs, a calendar ... */
static void break_any_season(rnn_model *m) {
    m->forecast.seasons = 1;
    m->forecast.season[0] = 12;
    m->options.season.n = 1;
    m->options.season.v[0] = 12;
}
static void break_any_profile(rnn_model *m) { recipe(m)->smoothing.profile_length = 5; }
static void break_any_annual(rnn_model *m) { recipe(m)->annual = 1; }

static void test_inconsistent(void **state) {
    (void)state;
    expect_broken(sample_mixture, break_groups, "baseline");
    expect_broken(sample_mixture, break_share, "baseline");
    expect_broken(sample_mixture, break_share_nan, "baseline");
    expect_broken(sample_mixture, break_prior, "baseline");
    expect_broken(sample_mixture, break_prior_size, "baseline");
    expect_broken(sample_mixture, break_weight, "baseline");
    expect_broken(sample_mixture, break_profile, "baseline");
    expect_broken(sample_mixture, break_scale, "baseline");
    expect_broken(sample_mixture, break_no_mixture, "network");
    expect_broken(sample_mixture, break_any, "baseline");
    expect_broken(sample_any, break_any_season, "baseline");
    expect_broken(sample_any, break_any_profile, "baseline");
    expect_broken(sample_any, break_any_annual, "baseline");
    expect_broken(sample_any, break_no_mixture, "baseline");
}

/* ---- the section byte by byte ---- */

/* Where the section lies; *size: its bytes behind tag and length. */
static size_t section(const rnn_writer *w, size_t *size) {
    for (size_t at = 24; at + 12 < w->size; at++) {
        if (memcmp(w->data + at, "MIXT", 4) != 0) continue;
        *size = 0;
        for (size_t i = 0; i < 8; i++) *size |= (size_t)w->data[at + 4 + i] << (8 * i);
        return at + 12;
    }
    fail_msg("no section MIXT");
    return 0;
}

static void expect_patched(rnn_context *ctx, const rnn_writer *w, size_t at, const uint8_t *bytes,
                           size_t n, const char *why) {
    uint8_t *data = testing_copy(w->data, w->size);
    memcpy(data + at, bytes, n);
    testing_seal(data, w->size);
    expect_refused(ctx, data, w->size, why);
    free(data);
}

static void test_section(void **state) {
    static const uint8_t two[1] = {2}, none[8] = {0}, seventeen[8] = {17}, wide[8] = {65},
                         most[8] = {255, 255, 255, 255, 255, 255, 255, 255},
                         nan[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0x7f};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_writer w = written(&ctx, sample_mixture(&ctx));
    size_t size, at = section(&w, &size), shares = at + 10, flag = shares + 4 * 8, prior = flag + 1,
                 length = prior + (size_t)2 * 8 * RNN_SMOOTHING_COUNT;
    (void)state;
    assert_int_equal(size, length + 8 + 12 * 8 - at);
    expect_patched(&ctx, &w, at, two, 1, "baseline");
    expect_patched(&ctx, &w, at + 1, two, 1, "baseline");
    expect_patched(&ctx, &w, at + 2, seventeen, 8, "baseline");
    expect_patched(&ctx, &w, at + 2, most, 8, "baseline");
    expect_patched(&ctx, &w, at + 2, none, 8, "");
    expect_patched(&ctx, &w, shares, nan, 8, "baseline");
    expect_patched(&ctx, &w, flag, two, 1, "baseline");
    expect_patched(&ctx, &w, prior, nan, 8, "baseline");
    expect_patched(&ctx, &w, length, wide, 8, "baseline");
    expect_patched(&ctx, &w, length, most, 8, "baseline");
    expect_patched(&ctx, &w, length, none, 8, "list of sections"); /* bytes are left over */
    expect_patched(&ctx, &w, length + 8, nan, 8, "baseline");
    expect_patched(&ctx, &w, at - 12, (const uint8_t *)"MIXX", 4, "list of sections");
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* Months of two series, with the inputs of the sample where it has any. */
static rnn_table *months(rnn_context *ctx, size_t columns) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, columns, &t), RNN_OK);
    for (int i = 0; i < 80; i++) {
        char time[16];
        int series = i / 40;
        rnn_value row[6] = {{.type = RNN_INT, .i = series, .d = series},
                            {.type = RNN_TEXT, .p = time, .n = 7},
                            {.type = RNN_FLOAT, .d = 100 + 30 * sin(i * 0.5236) + i % 7},
                            {.type = RNN_FLOAT, .d = i * 0.5},
                            {.type = RNN_TEXT, .p = "rain", .n = 4},
                            {.type = RNN_TEXT, .p = "[1,2]", .n = 5}};
        snprintf(time, sizeof time, "%04d-%02d", 2000 + i % 40 / 12, 1 + i % 40 % 12);
        assert_int_equal(rnn_table_append(t, row), RNN_OK);
    }
    return t;
}

/* What is read can be written, shown and asked for a forecast, which is finite or says why not. */
static int use(rnn_context *ctx, const uint8_t *data, size_t size, rnn_table *rows) {
    rnn_model *m;
    rnn_forecaster *f;
    rnn_forecast_row row;
    rnn_options o;
    rnn_writer w;
    rnn_status status = rnn_model_read(ctx, data, size, &m);
    if (status != RNN_OK) {
        assert_null(m);
        assert_int_equal(status, RNN_MODEL);
        assert_true(ctx->message[0] != '\0');
        return 0;
    }
    rnn_writer_init(&w, ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    assert_int_equal(rnn_model_info(m, &w), RNN_OK);
    rnn_writer_free(&w);
    rnn_options_default(&o);
    o.threads = 1;
    o.horizon = 5;
    if (m->options.horizon < 1000 && m->options.context < 1000) {
        status = rnn_forecaster_create(ctx, "rnn_forecast", m, rows, &o, 0, &f);
        while (status == RNN_OK && (status = rnn_forecaster_next(f, &row)) == RNN_OK)
            assert_true(isfinite(row.forecast) || strcmp(row.status, "ok") != 0);
        if (f) rnn_forecaster_free(f);
        assert_true(status == RNN_DONE || ctx->message[0] != '\0');
    }
    rnn_model_free(m);
    return 1;
}

/* Every byte of everything but most of the weights, changed in three ways. */
static void flip(rnn_model *(*make)(rnn_context *), size_t columns) {
    static const uint8_t change[3] = {0x01, 0x80, 0xff};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_writer w = written(&ctx, make(&ctx));
    rnn_table *rows = months(&ctx, columns);
    size_t accepted = 0, end = w.size < 4000 ? w.size : 4000;
    for (size_t at = 0; at < end; at++) {
        uint8_t *data = testing_copy(w.data, w.size);
        data[at] ^= change[at % 3];
        if (at >= 24) testing_seal(data, w.size);
        accepted += (size_t)use(&ctx, data, w.size, rows);
        free(data);
    }
    assert_true(accepted > 100);
    assert_int_equal(use(&ctx, w.data, w.size, rows), 1);
    rnn_table_free(rows);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

static void test_flipped(void **state) {
    (void)state;
    flip(sample_mixture, 6);
    flip(sample_any, 3);
}

/* The library's own: everything in front of the weights, and cut anywhere. */
static void test_pretrained(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    size_t size, accepted = 0;
    const uint8_t *bytes = rnn_pretrained("forecast", &size);
    rnn_table *rows = months(&ctx, 3);
    (void)state;
    assert_int_equal(bytes[8], 3);
    assert_int_equal(use(&ctx, bytes, size, rows), 1);
    uint8_t *data = testing_copy(bytes, size);
    for (size_t at = 24; at < 2400; at += 7) {
        uint8_t was = data[at];
        data[at] ^= (uint8_t)(1u << (at % 8));
        testing_seal(data, size);
        accepted += (size_t)use(&ctx, data, size, rows);
        data[at] = was;
    }
    free(data);
    for (size_t n = 0; n < size; n += n < 3000 ? 131 : 30011) {
        uint8_t *cut = testing_copy(bytes, n);
        testing_seal(cut, n);
        assert_int_equal(use(&ctx, cut, n, rows), 0);
        free(cut);
    }
    assert_true(accepted > 10);
    rnn_table_free(rows);
    testing_no_leak(&ctx, &host);
}

/* ---- binding ---- */

static void test_bind(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_any(&ctx), *bound;
    rnn_table *rows = months(&ctx, 3), *inputs = months(&ctx, 4);
    (void)state;
    assert_int_equal(rnn_bind(&ctx, "rnn_forecast", m, rows, 0, &bound), RNN_OK);
    assert_int_equal(bound->forecast.frequency.unit, RNN_STEP_MONTH);
    assert_int_equal(bound->forecast.recipe.any_step, 0);
    assert_int_equal(bound->forecast.recipe.base.season, 12);
    assert_int_equal(bound->options.horizon, 12);
    assert_int_equal(bound->forecast.nonnegative, 1);
    assert_ptr_equal(bound->member, m->member);
    rnn_unbind(bound);
    /* The model is as it was. */
    assert_int_equal(m->forecast.frequency.unit, RNN_STEP_ROW);
    assert_int_equal(m->forecast.recipe.any_step, 1);
    static const int64_t horizons[][2] = {{1, 1}, {5, 5}, {36, 36}, {37, 36}, {1000, 36}};
    for (size_t i = 0; i < sizeof horizons / sizeof *horizons; i++) {
        assert_int_equal(rnn_bind(&ctx, "rnn_forecast", m, rows, horizons[i][0], &bound), RNN_OK);
        assert_int_equal(bound->options.horizon, horizons[i][1]);
        rnn_unbind(bound);
    }
    assert_int_equal(rnn_bind(&ctx, "rnn_forecast", m, inputs, 0, &bound), RNN_DATA);
    assert_null(bound);
    assert_non_null(strstr(ctx.message, "takes no inputs"));
    rnn_unbind(NULL);
    rnn_table_free(inputs);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_bind_failing_allocations(void **state) {
    rnn_context plain = {0};
    rnn_model *m = sample_any(&plain), *bound;
    rnn_table *rows = months(&plain, 3);
    rnn_status status = RNN_NOMEM;
    (void)state;
    for (uint64_t n = 1; status != RNN_OK; n++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        host.fail_at = n;
        status = rnn_bind(&ctx, "rnn_forecast", m, rows, 0, &bound);
        if (status != RNN_OK) {
            assert_int_equal(status, RNN_NOMEM);
            assert_null(bound);
        }
        rnn_unbind(bound);
        testing_no_leak(&ctx, &host);
        assert_true(n < 1000);
    }
    rnn_table_free(rows);
    rnn_model_free(m);
}

/* The whole of it: training that starts from a small model for any series. */
static rnn_status train(rnn_context *ctx, const rnn_model *start, const rnn_table *rows,
                        uint8_t **bytes, size_t *size) {
    rnn_options o;
    rnn_trainer *t;
    rnn_epoch e;
    rnn_options_default_for(&o, RNN_FOR_TRAIN);
    o.task = RNN_TASK_FORECAST;
    o.horizon = 3;
    o.epochs = 2;
    o.threads = 1;
    o.given[RNN_KEY_epochs] = 1;
    rnn_status status = rnn_trainer_create(ctx, "rnn_fit", rows, &o, start, 0, &t);
    while (status == RNN_OK) status = rnn_trainer_step(t, &e);
    if (status == RNN_DONE) status = rnn_trainer_model(t, 1, bytes, size);
    rnn_trainer_free(t);
    return status;
}

static void test_training_failing_allocations(void **state) {
    rnn_context plain = {0};
    rnn_model *m = sample_any(&plain), *made;
    rnn_table *rows = months(&plain, 3);
    rnn_status status = RNN_NOMEM;
    (void)state;
    for (uint64_t n = 1; status != RNN_OK; n += n < 150 ? 1 : 3) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        uint8_t *bytes = NULL;
        size_t size = 0;
        host.fail_at = n;
        status = train(&ctx, m, rows, &bytes, &size);
        if (status != RNN_OK) assert_int_equal(status, RNN_NOMEM);
        if (status == RNN_OK) {
            assert_int_equal(rnn_model_read(&plain, bytes, size, &made), RNN_OK);
            assert_int_equal(made->options.hidden, m->options.hidden);
            assert_int_equal(made->forecast.recipe.any_step, 0);
            rnn_model_free(made);
        }
        rnn_free(&ctx, bytes);
        testing_no_leak(&ctx, &host);
        assert_true(n < 5000);
    }
    rnn_table_free(rows);
    rnn_model_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_old_format),
        cmocka_unit_test(test_inconsistent),
        cmocka_unit_test(test_section),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_pretrained),
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_bind_failing_allocations),
        cmocka_unit_test(test_training_failing_allocations),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
