/* test_automatic.c - options chosen from the data's size, and options to continue a training with.
*/
#include "forecast_testing.h"

#include "automatic.h"

static rnn_options defaults(void) {
    rnn_options o;
    memset(&o, 0, sizeof o);
    rnn_options_default(&o);
    return o;
}

/* Everything open is filled within the options' own ranges, whatever the size. */
static void test_filled(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 100, 999, 1000, 5000, 100000, 10000000, SIZE_MAX - 1};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        rnn_options o = defaults();
        rnn_data_size size = {sizes[i], 1 + sizes[i] / 100, sizes[i] / 2 + 1, 0};
        size_t windows = rnn_automatic_options(&o, &size);
        assert_true(o.hidden >= 1 && o.ensemble >= 1 && o.batch >= 1 && o.epochs >= 1 &&
                    o.embedding >= 1);
        assert_true(o.dropout >= 0 && o.dropout <= 0.95 && o.weight_decay >= 0 &&
                    o.learning_rate > 0);
        assert_true(o.patience >= 1 && o.patience <= o.epochs);
        assert_true(windows >= (size_t)o.batch && windows % (size_t)o.batch == 0);
        rnn_context ctx = {0};
        assert_int_equal(rnn_options_check_lists(&ctx, &o, TRAIN), RNN_OK);
        assert_true(o.quantiles.n >= 3 && o.quantiles.v[0] <= 0.05 &&
                    o.quantiles.v[o.quantiles.n - 1] >= 0.95);
    }
}

/* More data: no smaller a network. */
static void test_grows(void **state) {
    (void)state;
    int64_t before = 0;
    for (size_t values = 50; values < 10000000; values *= 3) {
        rnn_options o = defaults();
        rnn_data_size size = {values, 1, values, 0};
        rnn_automatic_options(&o, &size);
        assert_true(o.hidden >= before);
        before = o.hidden;
    }
}

/* What was given stays; so do zeros that were given. */
static void test_given(void **state) {
    (void)state;
    rnn_options o = defaults();
    rnn_data_size size = {5000, 3, 4000, 0};
    o.hidden = 5;
    o.ensemble = 2;
    o.batch = 9;
    o.epochs = 4;
    o.embedding = 3;
    o.dropout = o.weight_decay = 0;
    o.learning_rate = 0.5;
    o.patience = 0;
    o.quantiles = (rnn_list){0, 1, {0.5}};
    static const rnn_option_key keys[] = {RNN_KEY_dropout, RNN_KEY_weight_decay,
                                          RNN_KEY_learning_rate, RNN_KEY_patience};
    for (size_t i = 0; i < COUNT(keys); i++) o.given[keys[i]] = 1;
    rnn_options before = o;
    size_t windows = rnn_automatic_options(&o, &size);
    assert_memory_equal(&o, &before, sizeof o);
    assert_int_equal(windows % 9, 0);
}

/* ---- continuing ---- */

static void test_continue(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_options resolved = defaults(), given = defaults();
    rnn_data_size size = {5000, 3, 4000, 0};
    rnn_automatic_options(&resolved, &size);
    int64_t hidden = resolved.hidden;
    given.learning_rate = 0.125;
    given.given[RNN_KEY_learning_rate] = 1;
    given.clip_norm = 3;
    given.given[RNN_KEY_clip_norm] = 1;
    given.epochs = 2;
    given.given[RNN_KEY_epochs] = 1;
    given.hidden = hidden; /* the same as the model's: no contradiction */
    given.given[RNN_KEY_hidden] = 1;
    assert_int_equal(rnn_options_continue(&ctx, &resolved, &given, "rnn_fit"), RNN_OK);
    assert_true(resolved.learning_rate == 0.125 && resolved.clip_norm == 3);
    assert_int_equal(resolved.epochs, 2);
    assert_int_equal(resolved.hidden, hidden);
}

/* Nothing given: the epochs are to be planned anew. */
static void test_continue_open(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_options resolved = defaults(), given = defaults();
    rnn_data_size size = {5000, 3, 4000, 0};
    rnn_automatic_options(&resolved, &size);
    double rate = resolved.learning_rate;
    int64_t epochs = resolved.epochs;
    assert_int_equal(rnn_options_continue(&ctx, &resolved, &given, "rnn_fit"), RNN_OK);
    rnn_automatic_options(&resolved, &size);
    assert_int_equal(resolved.epochs, epochs);
    assert_true(resolved.learning_rate == rate);
}

static void contradict(rnn_option_key key, rnn_options *given, const char *name) {
    rnn_context ctx = {0};
    rnn_options resolved = defaults();
    char parts[100];
    rnn_data_size size = {5000, 3, 4000, 0};
    resolved.horizon = 12;
    resolved.context = 24;
    rnn_automatic_options(&resolved, &size);
    given->given[key] = 1;
    assert_int_equal(rnn_options_continue(&ctx, &resolved, given, "rnn_fit"), RNN_OPTION);
    snprintf(parts, sizeof parts, "rnn_fit|\"%s\"", name);
    assert_message(&ctx, parts);
}

static void test_contradictions(void **state) {
    (void)state;
    rnn_options o = defaults();
    o.hidden = 3;
    contradict(RNN_KEY_hidden, &o, "hidden");
    o = defaults();
    o.cell = RNN_CELL_LSTM;
    contradict(RNN_KEY_cell, &o, "cell");
    o = defaults();
    o.horizon = 13;
    contradict(RNN_KEY_horizon, &o, "horizon");
    o = defaults();
    o.season = (rnn_list){0, 1, {7}};
    contradict(RNN_KEY_season, &o, "season");
    o = defaults();
    memcpy(o.frequency.s, "month", 6);
    contradict(RNN_KEY_frequency, &o, "frequency");
    o = defaults();
    o.seed = 2;
    contradict(RNN_KEY_seed, &o, "seed");
    o = defaults();
    o.loss = RNN_LOSS_MSE;
    contradict(RNN_KEY_loss, &o, "loss");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filled),        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_given),         cmocka_unit_test(test_continue),
        cmocka_unit_test(test_continue_open), cmocka_unit_test(test_contradictions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
