/* test_model.c - a model as bytes: round trips, what is refused, forgeries, rnn_info. */
#include "model_testing.h"

static rnn_writer written(rnn_context *ctx, int task) {
    rnn_model *m = sample_task(ctx, task);
    rnn_writer w;
    rnn_writer_init(&w, ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    rnn_model_free(m);
    return w;
}

static void test_round_trip(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_model(&ctx), *back;
    rnn_writer w, again;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_writer_init(&again, &ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    testing_write_seed("model/lstm.bin", w.data, w.size);
    if (rnn_model_read(&ctx, w.data, w.size, &back) != RNN_OK) fail_msg("%s", ctx.message);
    assert_int_equal(back->bytes, w.size);
    assert_memory_equal(&back->options, &m->options, sizeof m->options);
    assert_memory_equal(&back->report, &m->report, sizeof m->report);
    assert_int_equal(back->inputs, 3);
    assert_int_equal(back->input[1].vocabulary.count, 3);
    assert_word(&back->input[1].vocabulary, 2, "s\xC3\xBCn");
    assert_int_equal(back->input[1].vocabulary.counts[1], 20);
    assert_true(back->input[2].scale[1] == 3);
    assert_int_equal(back->epochs, 2);
    assert_true(isnan(back->history[0].valid_loss) && isnan(back->history[1].seconds));
    assert_true(back->history[1].train_loss == 0.4);
    assert_int_equal(back->best_epoch, 2);
    assert_int_equal(back->forecast.frequency.unit, RNN_STEP_MONTH);
    assert_int_equal(back->forecast.season[0], 12);
    assert_int_equal(back->forecast.recipe.base.drift, 1);
    assert_true(back->forecast.recipe.shrink == 0.75);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            rnn_value_compare(&back->forecast.series_key[i], &m->forecast.series_key[i]), 0);
    assert_true(back->forecast.calibration.factor[5] == 1.4);
    assert_int_equal(rnn_model_parameters(back), rnn_model_parameters(m));
    for (size_t i = 0; i < 2; i++)
        assert_memory_equal(rnn_net_parameters(back->member[i]), rnn_net_parameters(m->member[i]),
                            rnn_net_parameter_count(m->member[i]) * sizeof(real));
    /* What was read writes the same bytes. */
    assert_int_equal(rnn_model_write(back, &again), RNN_OK);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    rnn_model_free(back);
    rnn_model_free(m);
    rnn_model_free(NULL);
    rnn_writer_free(&w);
    rnn_writer_free(&again);
    testing_no_leak(&ctx, &host);
}

static void expect_same_settings(const rnn_text_settings *a, const rnn_text_settings *b) {
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->lowercase, b->lowercase);
    assert_int_equal(a->max_tokens, b->max_tokens);
    assert_int_equal(a->truncate, b->truncate);
}

/* What tasks other than forecast keep comes back, and writes the same bytes again. */
static void test_round_trip_tasks(void **state) {
    static const char *const names[SAMPLES] = {"",        "classify", "regress", "generate",
                                               "seq2seq", "tags",     "whole"};
    (void)state;
    for (int task = RNN_TASK_CLASSIFY; task < SAMPLES; task++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_model *m = sample_task(&ctx, task), *back;
        const rnn_sequence_model *s = &m->sequence, *t;
        char name[64];
        rnn_writer w, again;
        rnn_writer_init(&w, &ctx);
        rnn_writer_init(&again, &ctx);
        assert_int_equal(rnn_model_write(m, &w), RNN_OK);
        snprintf(name, sizeof name, "model/%s.bin", names[task]);
        testing_write_seed(name, w.data, w.size);
        if (rnn_model_read(&ctx, w.data, w.size, &back) != RNN_OK)
            fail_msg("%s: %s", names[task], ctx.message);
        t = &back->sequence;
        assert_memory_equal(&back->options, &m->options, sizeof m->options);
        assert_int_equal(back->spec.tied, m->spec.tied);
        assert_int_equal(back->spec.subwords[0], m->spec.subwords[0]);
        assert_int_equal(back->spec.attention, m->spec.attention);
        assert_int_equal(back->spec.target_embedding, m->spec.target_embedding);
        assert_int_equal(t->shape, s->shape);
        assert_int_equal(t->every, s->every);
        assert_int_equal(t->style.kind, s->style.kind);
        assert_int_equal(t->derived, s->derived);
        assert_int_equal(t->classes, s->classes);
        for (size_t i = 0; i < s->classes; i++) {
            assert_int_equal(rnn_value_compare(&t->class_value[i], &s->class_value[i]), 0);
            assert_int_equal(t->class_value[i].type, s->class_value[i].type);
            assert_int_equal(t->class_count[i], s->class_count[i]);
        }
        assert_true(t->target_mean == s->target_mean && t->target_scale == s->target_scale);
        assert_int_equal(t->integer_target, s->integer_target);
        assert_int_equal(t->patch_width, s->patch_width);
        assert_int_equal(t->patch_stride, s->patch_stride);
        assert_int_equal(t->own_scale, s->own_scale);
        assert_int_equal(t->wide_series, s->wide_series);
        expect_same_settings(&t->text, &s->text);
        expect_same_settings(&t->target_text, &s->target_text);
        assert_int_equal(t->target_vocabulary.count, s->target_vocabulary.count);
        assert_int_equal(t->target_steps, s->target_steps);
        assert_int_equal(t->grams.longest, 5);
        assert_int_equal(t->wide_order, s->wide_order);
        for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
            size_t weights = s->linear[p].rows * s->linear[p].classes;
            assert_int_equal(t->linear[p].rows, s->linear[p].rows);
            assert_true(t->share[p + 1] == s->share[p + 1]);
            if (weights)
                assert_memory_equal(t->linear[p].theta, s->linear[p].theta, weights * sizeof(real));
        }
        if (back->input[0].kind == RNN_INPUT_TEXT)
            assert_int_equal(rnn_vocabulary_find(&back->input[0].vocabulary, "good", 4), 4);
        assert_int_equal(rnn_model_write(back, &again), RNN_OK);
        assert_int_equal(again.size, w.size);
        assert_memory_equal(again.data, w.data, w.size);
        rnn_model_free(back);
        rnn_model_free(m);
        rnn_writer_free(&w);
        rnn_writer_free(&again);
        testing_no_leak(&ctx, &host);
    }
}

/* No clock, no thread count, no sign of a NaN gets into the bytes. */
static void test_deterministic(void **state) {
    rnn_context ctx = {0};
    rnn_writer w = written(&ctx, RNN_TASK_FORECAST), other;
    rnn_model *m = sample_model(&ctx);
    (void)state;
    m->history[0].valid_loss = -NAN;
    m->history[0].seconds = 99;
    m->options.threads = 4;
    m->options.progress = 1;
    rnn_writer_init(&other, &ctx);
    assert_int_equal(rnn_model_write(m, &other), RNN_OK);
    assert_int_equal(other.size, w.size);
    assert_memory_equal(other.data, w.data, w.size);
    rnn_model_free(m);
    rnn_writer_free(&w);
    rnn_writer_free(&other);
}

/* A model is written behind other bytes too. */
static void test_offset(void **state) {
    rnn_context ctx = {0};
    rnn_model *m = sample_model(&ctx), *back;
    rnn_writer w;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_write_u8(&w, 1);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    assert_int_equal(rnn_model_read(&ctx, w.data + 1, w.size - 1, &back), RNN_OK);
    rnn_model_free(back);
    rnn_model_free(m);
    rnn_writer_free(&w);
}

static void test_damage(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_writer w = written(&ctx, RNN_TASK_FORECAST);
    uint8_t *data = malloc(w.size + 1);
    char newer[80];
    (void)state;
    expect_refused(&ctx, NULL, 0, "is not a model made by rnn_train or rnn_fit");
    expect_refused(&ctx, (const uint8_t *)"demand", 6, "a BLOB of 6 bytes is not a model made by");
    expect_refused(&ctx, (const uint8_t *)"RNNROWS\n................", 24,
                   "it is rows made by rnn_rows");
    for (size_t size = 0; size < w.size; size += size < 100 ? 1 : 37)
        expect_refused(&ctx, w.data, size, size < 8 ? "is not a model" : "truncated: it has");
    memcpy(data, w.data, w.size);
    data[w.size] = 0;
    expect_refused(&ctx, data, w.size + 1, "corrupt");
    for (size_t bit = 0; bit < 8 * w.size; bit += bit < 8 * 64 ? 1 : 13) {
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        expect_refused(&ctx, data, w.size, "");
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    data[w.size / 2] ^= 4;
    expect_refused(&ctx, data, w.size, "checksum does not match");
    data[8] = RNN_MODEL_VERSION + 1;
    snprintf(newer, sizeof newer, "needs a newer sqlite-rnn: it has format version %d", data[8]);
    expect_refused(&ctx, data, w.size, newer);
    assert_int_equal(rnn_model_sniff(w.data, w.size), 1);
    assert_int_equal(rnn_model_sniff(w.data, 7), 0);
    assert_int_equal(rnn_model_sniff("RNNROWS\n", 8), 0);
    free(data);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

/* Read what a forger sealed; what is accepted is consistent and can be written, shown, freed. */
static int use_forged(rnn_context *ctx, const uint8_t *data, size_t size) {
    uint8_t *copy = testing_copy(data, size);
    rnn_model *m;
    rnn_writer w;
    int accepted;
    ctx->memory_peak = 0;
    accepted = rnn_model_read(ctx, copy, size, &m) == RNN_OK;
    /* An input of a few bytes costs its allocations' overhead; nothing costs more than that. */
    assert_true(ctx->memory_peak < 200000 + 400 * size);
    free(copy);
    if (!accepted) {
        assert_null(m);
        assert_int_equal(ctx->status, RNN_MODEL);
        return 0;
    }
    rnn_writer_init(&w, ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    assert_int_equal(rnn_model_info(m, &w), RNN_OK);
    if (m->options.task == RNN_TASK_FORECAST)
        assert_int_equal(m->spec.numbers, rnn_windows_width(m));
    else
        assert_int_equal(m->spec.numbers, rnn_patch_numbers(m));
    for (size_t i = 0, c = 0; i < m->inputs; i++)
        if (rnn_input_has_words(m->input[i].kind))
            assert_true(m->spec.vocabulary[c++] >= m->input[i].vocabulary.count);
    rnn_writer_free(&w);
    rnn_model_free(m);
    return 1;
}

static void forge(int task) {
    static const uint64_t interesting[] = {0,
                                           1,
                                           UINT64_MAX,
                                           INT64_MAX,
                                           0xFFFFFFFFu,
                                           0x7FF0000000000000u,
                                           0x7FF8000000000000u,
                                           0x100000000u,
                                           5};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_writer w = written(&ctx, task);
    uint64_t random = 11;
    size_t end = w.size < 4000 ? w.size : 4000;
    int accepted = 0;
    for (size_t at = 24; at + 8 <= end; at++) {
        for (size_t k = 0; k < sizeof interesting / sizeof interesting[0]; k++) {
            uint8_t *data = testing_copy(w.data, w.size);
            for (int i = 0; i < 8; i++) data[at + (size_t)i] = (uint8_t)(interesting[k] >> (8 * i));
            testing_seal(data, w.size);
            accepted += use_forged(&ctx, data, w.size);
            free(data);
        }
    }
    for (int round = 0; round < 8000; round++) {
        size_t size =
            round % 4 == 0 ? 24 + (size_t)(testing_random(&random) % (w.size - 23)) : w.size;
        uint8_t *data = testing_copy(w.data, size);
        for (uint64_t k = testing_random(&random) % 4; size > 24 && k > 0; k--)
            data[24 + testing_random(&random) % (size - 24)] ^=
                (uint8_t)(1u << (testing_random(&random) >> 61));
        testing_seal(data, size);
        accepted += use_forged(&ctx, data, size);
        free(data);
    }
    assert_true(accepted > 100); /* weights, losses, words: much may change and still be a model */
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

static void test_forged(void **state) {
    (void)state;
    for (int task = 0; task < SAMPLES; task++) forge(task);
}

static void fail_allocations(int task) {
    rnn_context plain = {0};
    rnn_writer w = written(&plain, task);
    for (uint64_t fail_at = 1;; fail_at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_model *m = NULL;
        rnn_writer out;
        rnn_status status;
        host.fail_at = fail_at;
        rnn_writer_init(&out, &ctx);
        status = rnn_model_read(&ctx, w.data, w.size, &m);
        if (status == RNN_OK) status = rnn_model_write(m, &out);
        if (status == RNN_OK) status = rnn_model_info(m, &out);
        rnn_model_free(m);
        rnn_writer_free(&out);
        testing_no_leak(&ctx, &host);
        if (status == RNN_OK) break;
        assert_int_equal(status, RNN_NOMEM);
        assert_true(fail_at < 1000);
    }
    rnn_writer_free(&w);
}

static void test_allocation_failures(void **state) {
    (void)state;
    for (int task = 0; task < SAMPLES; task++) fail_allocations(task);
}

static void test_interrupts(void **state) {
    rnn_context plain = {0};
    rnn_writer w = written(&plain, RNN_TASK_FORECAST);
    (void)state;
    for (int stop_at = 1;; stop_at++) {
        testing_host host;
        rnn_context ctx = testing_context(&host);
        rnn_model *m;
        rnn_status status;
        int left = stop_at;
        ctx.check = testing_stop;
        ctx.check_arg = &left;
        status = rnn_model_read(&ctx, w.data, w.size, &m);
        rnn_model_free(m);
        testing_no_leak(&ctx, &host);
        if (status == RNN_OK) break;
        assert_int_equal(status, RNN_INTERRUPT);
        assert_true(stop_at < 100);
    }
    rnn_writer_free(&w);
}

/* The model's JSON has all of these parts, and is balanced. */
static void expect_info(int task, const char *const *parts, size_t n) {
    rnn_context ctx = {0};
    rnn_model *m = sample_task(&ctx, task);
    rnn_writer w;
    int depth = 0;
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_model_info(m, &w), RNN_OK);
    rnn_write_u8(&w, 0);
    for (size_t i = 0; i < n; i++)
        if (strstr((const char *)w.data, parts[i]) == NULL)
            fail_msg("%s lacks %s", (char *)w.data, parts[i]);
    for (const char *s = (const char *)w.data; *s != '\0'; s++)
        depth += (*s == '{' || *s == '[') - (*s == '}' || *s == ']');
    assert_int_equal(depth, 0);
    rnn_model_free(m);
    rnn_writer_free(&w);
}

static void test_info_tasks(void **state) {
    static const char *const classify[] = {
        "{\"task\":\"classify\",\"cell\":\"gru\",",
        "\"rows\":\"sequences\",\"output\":\"last\",\"pooling\":\"attention\","
        "\"linear\":{\"features\":[5,5],\"shares\":[0.5,1.5,2.5]},"
        "\"source\":{\"tokens\":\"word\",\"lowercase\":true,\"max_tokens\":50,"
        "\"truncate\":\"tail\",\"vocabulary\":7},"
        "\"classes\":[{\"class\":0,\"count\":5},{\"class\":1.5,\"count\":6},"
        "{\"class\":\"spam\",\"count\":7}],",
        "{\"input\":1,\"kind\":\"text\",\"vocabulary\":7,\"subwords\":7}]",
        "\"accuracy\":0.9}",
        "\"class_weights\":{\"spam\":2.5}",
        "\"tokens\":\"word\"",
    };
    static const char *const regress[] = {
        "\"rows\":\"steps\",\"output\":\"last\",\"pooling\":\"mean\","
        "\"target\":\"integer\",\"target_mean\":-2,\"target_scale\":0.25,",
        "{\"input\":1,\"kind\":\"number\",\"width\":1},"
        "{\"input\":2,\"kind\":\"category\",\"vocabulary\":3}]",
        "\"rmse\":0.9}",
    };
    static const char *const tags[] = {
        "\"rows\":\"steps\",\"output\":\"every\",\"pooling\":\"none\",\"classes\":["};
    static const char *const whole[] = {
        "\"rows\":\"steps\",\"output\":\"last\",\"pooling\":\"mixed\",\"patch\":5,\"stride\":2,"
        "\"own_scale\":true,\"linear\":{\"features\":[198,518],\"shares\":[0.5,1.5,2.5]},"
        "\"classes\":[",
        "\"format_version\":2,", "\"wide\":true"};
    static const char *const generate[] = {
        "\"rows\":\"sequences\",\"source\":{\"tokens\":\"char\",", "\"perplexity\":0.9}"};
    static const char *const seq2seq[] = {
        "\"target\":{\"tokens\":\"char\",\"lowercase\":true,\"max_tokens\":50,"
        "\"truncate\":\"tail\",\"vocabulary\":6},\"attention\":true,",
        "\"exact_match\":0.9}", "\"tokens\":{\"source\":\"word\",\"target\":\"char\"}",
        "\"beam\":4"};
    (void)state;
    expect_info(RNN_TASK_CLASSIFY, classify, sizeof classify / sizeof *classify);
    expect_info(RNN_TASK_REGRESS, regress, sizeof regress / sizeof *regress);
    expect_info(SAMPLE_TAGS, tags, sizeof tags / sizeof *tags);
    expect_info(SAMPLE_WHOLE, whole, sizeof whole / sizeof *whole);
    expect_info(RNN_TASK_GENERATE, generate, sizeof generate / sizeof *generate);
    expect_info(RNN_TASK_SEQ2SEQ, seq2seq, sizeof seq2seq / sizeof *seq2seq);
}

static void test_info(void **state) {
    static const char *const parts[] = {
        "{\"task\":\"forecast\",\"cell\":\"lstm\",\"hidden\":4,\"layers\":1,",
        "\"ensemble\":2,\"parameters\":",
        "\"format_version\":1,\"horizon\":3,\"context\":6,\"frequency\":\"month\",\"seasons\":[12],"
        "\"calendar\":[\"month_onehot\"],",
        "{\"input\":1,\"kind\":\"number\",\"known_ahead\":true,\"width\":1},"
        "{\"input\":2,\"kind\":\"category\",\"known_ahead\":false,\"vocabulary\":3},"
        "{\"input\":3,\"kind\":\"vector\",\"known_ahead\":false,\"width\":2}]",
        "\"epochs\":2,\"best_epoch\":2,\"metrics\":{\"train_loss\":0.4,\"valid_loss\":0.45,"
        "\"mase\":0.9}",
        "\"rows\":100,\"series\":2,\"series_skipped\":1,\"reason\":\"1 series has no known "
        "target\"",
        "\"options\":{\"task\":\"forecast\",\"horizon\":3,"};
    (void)state;
    expect_info(RNN_TASK_FORECAST, parts, sizeof parts / sizeof *parts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_round_trip_tasks),
        cmocka_unit_test(test_info_tasks), cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_offset),     cmocka_unit_test(test_damage),
        cmocka_unit_test(test_forged),     cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_interrupts), cmocka_unit_test(test_info),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
