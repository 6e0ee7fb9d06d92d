/* test_model_series.c - models of series that are read whole, as bytes: which need the newer
** format, what comes back, and fields of their section that a forger changed. */
#include "model_testing.h"
#include "testing.h"

static rnn_writer written(const rnn_model *m) {
    rnn_writer w;
    rnn_writer_init(&w, m->ctx);
    if (rnn_model_write(m, &w) != RNN_OK) fail_msg("%s", m->ctx->message);
    return w;
}

static rnn_model *read_back(rnn_context *ctx, const rnn_writer *w) {
    rnn_model *m;
    if (rnn_model_read(ctx, w->data, w->size, &m) != RNN_OK) fail_msg("%s", ctx->message);
    return m;
}

/* ---- versions ---- */

/* The model's bytes have this version, and so has what is read from them. */
static void expect_version(rnn_model *m, uint8_t version) {
    rnn_writer w = written(m);
    rnn_model *back = read_back(m->ctx, &w);
    assert_int_equal(w.data[8], version);
    assert_int_equal(back->version, version);
    assert_int_equal(rnn_model_format(back), version);
    assert_int_equal(rnn_model_format(m), version);
    rnn_model_free(back);
    rnn_model_free(m);
    rnn_writer_free(&w);
}

/* Only what older programs could not use has the newer format: patches, and pooling mixed. */
static void test_versions(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (int task = 0; task < SAMPLES; task++)
        expect_version(sample_task(&ctx, task), task == SAMPLE_WHOLE ? 2 : 1);
    rnn_model *m = sample_regress(&ctx);
    assert_int_equal(rnn_model_is_whole(m), 0);
    m->options.pooling = RNN_POOL_MIXED;
    m->spec.pooling = RNN_POOL_MIXED;
    expect_version(m, 2);
    m = sample_whole(&ctx);
    assert_int_equal(rnn_model_is_whole(m), 1);
    expect_version(m, 2);
    testing_no_leak(&ctx, &host);
}

/* The version says which sections there are, and nothing else does. */
static void test_other_versions(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    for (int task = RNN_TASK_CLASSIFY; task < SAMPLES; task++) {
        rnn_model *m = sample_task(&ctx, task);
        rnn_writer w = written(m);
        w.data[8] = w.data[8] == 1 ? 2 : 1;
        expect_refused(&ctx, w.data, w.size, "list of sections");
        rnn_writer_free(&w);
        rnn_model_free(m);
    }
    testing_no_leak(&ctx, &host);
}

/* ---- round trips ---- */

/* Everything that predictions depend on; the same bytes once more. */
static void check_round_trip(rnn_model *m) {
    const rnn_sequence_model *s = &m->sequence, *t;
    rnn_writer w = written(m), again;
    rnn_model *back = read_back(m->ctx, &w);
    t = &back->sequence;
    assert_int_equal(t->patch_width, s->patch_width);
    assert_int_equal(t->patch_stride, s->patch_stride);
    assert_int_equal(t->own_scale, s->own_scale);
    assert_int_equal(t->wide_series, s->wide_series);
    assert_int_equal(t->convolutions != NULL, s->wide_series);
    if (s->wide_series)
        assert_memory_equal(rnn_convolutions_spec(t->convolutions),
                            rnn_convolutions_spec(s->convolutions), sizeof(rnn_convolution_spec));
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
        const rnn_ridge *a = &s->ridge[p], *b = &t->ridge[p];
        assert_int_equal(b->features, a->features);
        assert_int_equal(b->outputs, a->outputs);
        assert_true(b->lambda == a->lambda);
        if (!a->features) continue;
        assert_memory_equal(b->weight, a->weight, a->features * a->outputs * sizeof(real));
        assert_memory_equal(b->bias, a->bias, a->outputs * sizeof(real));
        assert_true(t->share[p + 1] == s->share[p + 1]);
    }
    again = written(back);
    assert_int_equal(again.size, w.size);
    assert_memory_equal(again.data, w.data, w.size);
    rnn_model_free(back);
    rnn_model_free(m);
    rnn_writer_free(&w);
    rnn_writer_free(&again);
}

static void test_round_trips(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    check_round_trip(sample_whole(&ctx));
    check_round_trip(sample_whole_of(&ctx, RNN_TASK_REGRESS, RNN_SHAPE_STEPS, 2));
    rnn_model *m = sample_whole_of(&ctx, RNN_TASK_REGRESS, RNN_SHAPE_SEQUENCES, 1);
    m->sequence.own_scale = 0;
    check_round_trip(m);
    m = sample_whole_of(&ctx, RNN_TASK_CLASSIFY, RNN_SHAPE_SEQUENCES, 1);
    rnn_sequence_model *s = &m->sequence; /* patches without linear models */
    s->wide_series = 0;
    m->options.wide = 0;
    rnn_convolutions_free(s->convolutions);
    s->convolutions = NULL;
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) rnn_ridge_free(&ctx, &s->ridge[p]);
    check_round_trip(m);
    testing_no_leak(&ctx, &host);
}

/* ---- forgeries ---- */

/* Where the section's content begins. */
static size_t find_section(const rnn_writer *w) {
    for (size_t at = 24; at + 12 < w->size; at++)
        if (memcmp(w->data + at, "SERS", 4) == 0) return at + 12;
    fail_msg("there is no section SERS");
    return 0;
}

/* Fields of the section, of 8 bytes but for OWN and WIDE; after the seed those of the convolutions,
** then come the biases and the first ridge model. */
enum {
    WIDTH = 0,
    STRIDE_AT = 8,
    OWN = 16,
    WIDE = 17,
    CHANNELS = 26,
    LENGTH = 34,
    BIASES = 42,
    GROUPS = 50,
    FIRST_BIAS = 58,
    RIDGE = FIRST_BIAS + 12 * 16 * 4, /* 12 blocks of 16 */
    OUTPUTS = RIDGE + 8
};

static const struct {
    size_t at;
    uint64_t value;
    const char *why;
} FORGED[] = {
    {WIDTH, 0, "series"},
    {WIDTH, 1, "series"}, /* below the stride */
    {WIDTH, 6, "series"}, /* not what the option says */
    {WIDTH, RNN_MOST_PATCH + 1, "series"},
    {WIDTH, UINT64_MAX, "series"},
    {STRIDE_AT, 0, "series"},
    {STRIDE_AT, 6, "series"},
    {STRIDE_AT, UINT64_MAX, "series"},
    {CHANNELS, 0, "convolutions"},
    {CHANNELS, 2, "series"}, /* of three */
    {CHANNELS, UINT64_MAX, "convolutions"},
    {LENGTH, 0, "convolutions"},
    {LENGTH, 100, "corrupt"},             /* more biases than there are */
    {LENGTH, RNN_MOST_LENGTH, "corrupt"}, /* the same */
    {LENGTH, RNN_MOST_LENGTH + 1, "convolutions"},
    {LENGTH, UINT64_C(1) << 32, "convolutions"},
    {BIASES, 0, "convolutions"},
    {BIASES, 1, "corrupt"},
    {BIASES, 3, "corrupt"},
    {BIASES, RNN_MOST_BIASES + 1, "convolutions"},
    {GROUPS, 0, "convolutions"},
    {GROUPS, 17, "convolutions"},
    {GROUPS, 32, "series"}, /* more features than weights */
    {GROUPS, RNN_MOST_GROUPS + 16, "convolutions"},
    {FIRST_BIAS, UINT64_C(0x7fc000007fc00000), "convolutions"}, /* NaN */
    {RIDGE, 0, "ridge"},
    {RIDGE, 197, "corrupt"},
    {RIDGE, 199, "corrupt"},
    {RIDGE, UINT64_MAX, "ridge"},
    {OUTPUTS, 0, "ridge"},
    {OUTPUTS, 2, "corrupt"},
    {OUTPUTS, UINT64_MAX, "ridge"},
};

static void test_forged_fields(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole(&ctx);
    rnn_writer w = written(m);
    size_t section = find_section(&w);
    (void)state;
    for (size_t i = 0; i < COUNT(FORGED); i++) {
        uint8_t *data = testing_copy(w.data, w.size);
        for (size_t b = 0; b < 8; b++)
            data[section + FORGED[i].at + b] = (uint8_t)(FORGED[i].value >> (8 * b));
        testing_seal(data, w.size);
        expect_refused(&ctx, data, w.size, FORGED[i].why);
        free(data);
    }
    for (int own = 2; own < 256; own++) {
        w.data[section + OWN] = (uint8_t)own;
        testing_seal(w.data, w.size);
        expect_refused(&ctx, w.data, w.size, "series");
    }
    w.data[section + OWN] = 1;
    for (int wide = 0; wide < 256; wide += 2) { /* 0: bytes are left over */
        w.data[section + WIDE] = (uint8_t)wide;
        testing_seal(w.data, w.size);
        expect_refused(&ctx, w.data, w.size, wide ? "series" : "list of sections");
    }
    rnn_writer_free(&w);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* Every bit of the section but those of numbers, one at a time: refused, or a model that can be
** written. */
static void test_forged_bits(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_whole(&ctx), *back;
    rnn_writer w = written(m);
    size_t section = find_section(&w);
    (void)state;
    for (size_t bit = 0; bit < 8 * (RIDGE + 16); bit++) {
        if (bit == 8 * FIRST_BIAS + 64) bit = 8 * RIDGE; /* some biases will do */
        w.data[section + bit / 8] ^= (uint8_t)(1u << (bit % 8));
        testing_seal(w.data, w.size);
        uint8_t *copy = testing_copy(w.data, w.size);
        if (rnn_model_read(&ctx, copy, w.size, &back) == RNN_OK) {
            rnn_writer again = written(back);
            rnn_writer_free(&again);
        } else {
            assert_null(back);
            assert_int_equal(ctx.status, RNN_MODEL);
        }
        rnn_model_free(back);
        free(copy);
        w.data[section + bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    rnn_writer_free(&w);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),    cmocka_unit_test(test_other_versions),
        cmocka_unit_test(test_round_trips), cmocka_unit_test(test_forged_fields),
        cmocka_unit_test(test_forged_bits),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
