/* test_options.c - setting options, what is refused and how, JSON and the stored form. */
#include "options_testing.h"

static void test_defaults(void **state) {
    rnn_options o;
    (void)state;
    memset(&o, 0xAB, sizeof o);
    rnn_options_default(&o);
    assert_int_equal(o.task, RNN_TASK_FORECAST);
    assert_int_equal(o.seed, 1);
    assert_true(o.level == 0.9);
    assert_int_equal(o.quantiles.n, 0);
    assert_int_equal(o.cell, (int)rnn_option_at(RNN_KEY_cell)->fallback);
    assert_true(o.validation == rnn_option_at(RNN_KEY_validation)->fallback);
    for (int key = 0; key < RNN_OPTION_COUNT; key++) assert_int_equal(o.given[key], 0);
}

/* The table itself: every row has what messages and documentation need. */
static void test_table(void **state) {
    (void)state;
    for (int key = 0; key < RNN_OPTION_COUNT; key++) {
        const rnn_option_info *info = rnn_option_at((rnn_option_key)key);
        int choices = 0;
        assert_true(strlen(info->key) > 1 && strlen(info->key) < 40);
        assert_true(strlen(info->doc) > 10 && strlen(info->fallback_text) > 0);
        assert_true(info->scope > 0 && info->scope < 128);
        assert_true(info->tasks > 0 && info->tasks < 1u << RNN_TASKS);
        for (const char *c = info->choices; *c != '\0'; c++) choices += *c == '|';
        if (info->type == RNN_OPT_ENUM) {
            assert_string_not_equal(rnn_option_choice((rnn_option_key)key, choices), "?");
            assert_string_equal(rnn_option_choice((rnn_option_key)key, choices + 1), "?");
            assert_true(info->fallback >= 0 && info->fallback <= choices);
        } else if (info->type != RNN_OPT_TEXT && info->type != RNN_OPT_TOKENS &&
                   info->type != RNN_OPT_TEXTS) {
            assert_true(info->minimum < info->maximum);
        }
    }
    assert_string_equal(rnn_option_choice(RNN_KEY_cell, RNN_CELL_GRU), "gru");
    assert_string_equal(rnn_option_choice(RNN_KEY_loss, RNN_LOSS_NEGATIVE_BINOMIAL),
                        "negative_binomial");
    assert_string_equal(rnn_option_choice(RNN_KEY_scale, RNN_SCALE_MEAN), "mean");
    assert_string_equal(rnn_option_choice(RNN_KEY_init, RNN_INIT_IDENTITY), "identity");
    assert_string_equal(rnn_option_choice(RNN_KEY_gaps, RNN_GAPS_ERROR), "error");
    assert_string_equal(rnn_option_choice(RNN_KEY_cell, -1), "?");
    assert_string_equal(rnn_option_at(RNN_KEY_cell)->choices, "lstm|gru|rnn");
}

static void test_accepted(void **state) {
    rnn_context ctx = {0};
    rnn_options o;
    const double items[3] = {0.1, 0.5, 0.9}, seasons[2] = {24, 168};
    (void)state;
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "hidden", json_number(32)), RNN_OK);
    assert_int_equal(
        train(&ctx, &o, "layers", (rnn_json_value){.type = RNN_JSON_REAL, .number = 3.0}), RNN_OK);
    assert_int_equal(train(&ctx, &o, "dropout", json_number(0.25)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "bidirectional", json_bool(1)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "layer_norm", json_number(1)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "peephole", json_number(0)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "cell", json_text("gru")), RNN_OK);
    assert_int_equal(train(&ctx, &o, "frequency", json_text("30 minutes")), RNN_OK);
    assert_int_equal(train(&ctx, &o, "quantiles", json_array("[0.1,0.5,0.9]", items, 3)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "season", json_array("[24,168]", seasons, 2)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "known_ahead", json_number(2)), RNN_OK);
    assert_int_equal(o.hidden, 32);
    assert_int_equal(o.layers, 3);
    assert_true(o.dropout == 0.25);
    assert_int_equal(o.bidirectional + o.layer_norm, 2);
    assert_int_equal(o.peephole, 0);
    assert_int_equal(o.cell, RNN_CELL_GRU);
    assert_string_equal(o.frequency.s, "30 minutes");
    assert_int_equal(o.quantiles.n, 3);
    assert_true(o.quantiles.v[2] == 0.9);
    assert_int_equal(o.season.n, 2);
    assert_int_equal(o.known_ahead.n, 1);
    assert_true(o.known_ahead.v[0] == 2);
    assert_int_equal(o.given[RNN_KEY_peephole], 1);
    assert_int_equal(o.given[RNN_KEY_epochs], 0);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "known_ahead", json_bool(1)), RNN_OK);
    assert_int_equal(o.known_ahead.all, 1);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "known_ahead", json_bool(0)), RNN_OK);
    assert_int_equal(o.known_ahead.all, 0);
    assert_int_equal(o.given[RNN_KEY_known_ahead], 1);
    assert_int_equal(train(&ctx, &o, "season", json_array("[]", NULL, 0)), RNN_OK);
    assert_int_equal(o.given[RNN_KEY_season], 1);
    assert_int_equal(o.season.n, 0);
    assert_int_equal(train(&ctx, &o, "frequency", json_number(0.25)), RNN_OK);
    assert_string_equal(o.frequency.s, "0.25");
    /* null is as if the key had not been there. */
    assert_int_equal(train(&ctx, &o, "forget_bias", json_null()), RNN_OK);
    assert_true(o.forget_bias == 1);
    assert_int_equal(o.given[RNN_KEY_forget_bias], 0);
}

/* A boolean with a third state, which stands for "not given". */
static void test_pretrained(void **state) {
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    rnn_options_default(&o);
    assert_int_equal(o.pretrained, -1);
    assert_int_equal(train(&ctx, &o, "pretrained", json_bool(1)), RNN_OK);
    assert_int_equal(o.pretrained, 1);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "pretrained", json_number(0)), RNN_OK);
    assert_int_equal(o.pretrained, 0);
    assert_int_equal(o.given[RNN_KEY_pretrained], 1);
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "pretrained", json_null()), RNN_OK);
    assert_int_equal(o.pretrained, -1);
    assert_int_equal(o.given[RNN_KEY_pretrained], 0);
    refuse_train("pretrained", json_text("yes"),
                 "rnn_train: option \"pretrained\" is \"yes\"; allowed is true or false");
    refuse_train("pretrain", json_bool(1),
                 "rnn_train: option \"pretrain\" is unknown; did you mean \"pretrained\"?");
    refuse("rnn_forecast", RNN_FOR_FORECAST, "pretrained", json_bool(1),
           "rnn_forecast: option \"pretrained\" belongs to rnn_train, rnn_fit");
}

static void test_unknown_keys(void **state) {
    const rnn_json_value one = json_number(1);
    char message[256], longest[600];
    (void)state;
    static const char *const slips[][2] = {{"hiden", "hidden"},
                                           {"Hidden", "hidden"},
                                           {"hidden_size", "hidden"},
                                           {"ihdden", "hidden"},
                                           {"learningRate", "learning_rate"},
                                           {"learning-rate", "learning_rate"},
                                           {"epoch", "epochs"},
                                           {"batch_size", "batch"},
                                           {"drop_out", "dropout"},
                                           {"optimiser", "optimizer"},
                                           {"quantile", "quantiles"},
                                           {"clipnorm", "clip_norm"},
                                           {"biderectional", "bidirectional"},
                                           {"clip", "clip_norm"},
                                           {"learn", "learning_rate"},
                                           {"lr", "learning_rate"},
                                           {"WD", "weight_decay"}};
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        snprintf(message, sizeof message,
                 "rnn_train: option \"%s\" is unknown; did you mean \"%s\"?", slips[i][0],
                 slips[i][1]);
        refuse_train(slips[i][0], one, message);
    }
    refuse_train("xyzzy", one,
                 "rnn_train: option \"xyzzy\" is unknown; docs/options.md lists what is allowed, "
                 "such as horizon, "
                 "hidden, epochs");
    refuse("rnn_forecast", RNN_FOR_FORECAST, "xyzzy", one,
           "rnn_forecast: option \"xyzzy\" is unknown; allowed are horizon, threads, level");
    refuse("rnn_forecast", RNN_FOR_FORECAST, "levl", one,
           "rnn_forecast: option \"levl\" is unknown; did you mean \"level\"?");
    /* Only keys of the function's own are suggested. */
    refuse("rnn_forecast", RNN_FOR_FORECAST, "refitt", one,
           "rnn_forecast: option \"refitt\" is unknown; allowed are horizon, threads, level");
    refuse_train("", one,
                 "rnn_train: option \"\" is unknown; docs/options.md lists what is allowed, such "
                 "as horizon, "
                 "hidden, epochs");
    memset(longest, 'h', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    refuse_train(longest, one,
                 "rnn_train: option \"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh...\" is unknown; "
                 "docs/options.md lists "
                 "what is allowed, such as horizon, hidden, epochs");
}

static void test_scope(void **state) {
    (void)state;
    refuse_train("level", json_number(0.5),
                 "rnn_train: option \"level\" belongs to rnn_forecast, rnn_backtest, rnn_evaluate, "
                 "rnn_anomalies");
    refuse("rnn_fit", RNN_FOR_TRAIN, "refit", json_bool(1),
           "rnn_fit: option \"refit\" belongs to rnn_backtest");
    refuse("rnn_forecast", RNN_FOR_FORECAST, "cell", json_text("gru"),
           "rnn_forecast: option \"cell\" belongs to rnn_train, rnn_fit");
    refuse("rnn_forecast", RNN_FOR_FORECAST, "origins", json_number(2),
           "rnn_forecast: option \"origins\" belongs to rnn_backtest, rnn_evaluate");
}

static void test_refused_values(void **state) {
    const double unordered[1] = {2}, many[65] = {1};
    (void)state;
    refuse_train("dropout", json_number(1.5),
                 "rnn_train: option \"dropout\" is 1.5; allowed is a number from 0 to 0.95");
    refuse_train("dropout", json_number(-0.1),
                 "rnn_train: option \"dropout\" is -0.1; allowed is a number from 0 to 0.95");
    refuse_train("dropout", json_number(NAN),
                 "rnn_train: option \"dropout\" is nan; allowed is a number from 0 to 0.95");
    refuse_train("dropout", json_text("0.5"),
                 "rnn_train: option \"dropout\" is \"0.5\"; allowed is a number from 0 to 0.95");
    refuse_train("hidden", json_number(3.5),
                 "rnn_train: option \"hidden\" is 3.5; allowed is a whole number from 1 to 8192");
    refuse_train("hidden", json_number(0),
                 "rnn_train: option \"hidden\" is 0; allowed is a whole number from 1 to 8192");
    refuse_train(
        "hidden", json_number(1e300),
        "rnn_train: option \"hidden\" is 1e+300; allowed is a whole number from 1 to 8192");
    refuse_train("hidden", json_bool(1),
                 "rnn_train: option \"hidden\" is true; allowed is a whole number from 1 to 8192");
    refuse_train(
        "seed", json_number(-1),
        "rnn_train: option \"seed\" is -1; allowed is a whole number from 0 to 9007199254740991");
    refuse_train("bidirectional", json_text("yes"),
                 "rnn_train: option \"bidirectional\" is \"yes\"; allowed is true or false");
    refuse_train("bidirectional", json_number(2),
                 "rnn_train: option \"bidirectional\" is 2; allowed is true or false");
    refuse_train("cell", json_text("ltsm"),
                 "rnn_train: option \"cell\" is \"ltsm\"; allowed is one of lstm, gru, rnn; did "
                 "you mean \"lstm\"?");
    refuse_train("cell", json_text("LSTM"),
                 "rnn_train: option \"cell\" is \"LSTM\"; allowed is one of lstm, gru, rnn; did "
                 "you mean \"lstm\"?");
    refuse_train("cell", json_text("transformer"),
                 "rnn_train: option \"cell\" is \"transformer\"; allowed is one of lstm, gru, rnn");
    refuse_train("cell", json_number(1),
                 "rnn_train: option \"cell\" is 1; allowed is one of lstm, gru, rnn");
    refuse_train("loss", json_text("crossentropy"),
                 "rnn_train: option \"loss\" is \"crossentropy\"; allowed is one of mse, mae, "
                 "huber, quantile, gaussian, student_t, negative_binomial, cross_entropy; did you "
                 "mean \"cross_entropy\"?");
    refuse_train("task", json_object("{\"a\":1}"),
                 "rnn_train: option \"task\" is {\"a\":1}; allowed is one of forecast, classify, "
                 "regress, generate, seq2seq");
    refuse_train("task", json_text("classification"),
                 "rnn_train: option \"task\" is \"classification\"; allowed is one of forecast, "
                 "classify, regress, generate, seq2seq");
    refuse_train("season", json_number(1),
                 "rnn_train: option \"season\" is 1; allowed is a whole number from 2 to 1000000 "
                 "or an array of up to "
                 "4 of them");
    refuse_train("season", json_number(7.5),
                 "rnn_train: option \"season\" is 7.5; allowed is a whole number from 2 to 1000000 "
                 "or an array of up "
                 "to 4 of them");
    refuse_train("season", json_bool(1),
                 "rnn_train: option \"season\" is true; allowed is a whole number from 2 to "
                 "1000000 or an array of up "
                 "to 4 of them");
    refuse_train("quantiles", json_array("[2]", unordered, 1),
                 "rnn_train: option \"quantiles\" is [2]; allowed is a number from 0.0001 to "
                 "0.9999 or an array of "
                 "up to 64 of them");
    refuse_train("known_ahead", json_array("[\"price\"]", NULL, 0),
                 "rnn_train: option \"known_ahead\" is [\"price\"]; allowed is true, false, a "
                 "whole number from 1 to "
                 "126 or an array of up to 64 of them");
    refuse_train("known_ahead",
                 json_array("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", many, 65),
                 "rnn_train: option \"known_ahead\" is "
                 "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1...; allowed is true, "
                 "false, a whole number from 1 to 126 or an array of up to 64 of them");
    refuse_train(
        "frequency", json_text(""),
        "rnn_train: option \"frequency\" is \"\"; allowed is a text of 1 to 47 bytes or a number");
    refuse_train("frequency", json_text("0123456789012345678901234567890123456789 fortnight"),
                 "rnn_train: option \"frequency\" is "
                 "\"0123456789012345678901234567890123456789...\"; allowed is a "
                 "text of 1 to 47 bytes or a number");
}

static void test_twice(void **state) {
    rnn_context ctx = {0};
    rnn_options o;
    (void)state;
    rnn_options_default(&o);
    assert_int_equal(train(&ctx, &o, "hidden", json_number(3)), RNN_OK);
    assert_int_equal(train(&ctx, &o, "hidden", json_number(3)), RNN_OPTION);
    assert_string_equal(ctx.message, "rnn_train: option \"hidden\" is given twice; give it once");
}

static void test_checks(void **state) {
    rnn_context ctx = {0};
    rnn_options lstm, gru, counts, both, quantiles;
    const double good[3] = {0.1, 0.5, 0.9}, down[3] = {0.5, 0.4, 0.9}, bare[2] = {0.1, 0.9},
                 twice[2] = {7, 7}, five[5] = {2, 3, 4, 5, 6};
    (void)state;
    rnn_options_default(&lstm);
    lstm.cell = RNN_CELL_LSTM;
    gru = counts = both = quantiles = lstm;
    gru.cell = RNN_CELL_GRU;
    counts.loss = RNN_LOSS_NEGATIVE_BINOMIAL;
    both.bidirectional = 1;
    check_with(lstm, "peephole", json_bool(1), NULL);
    check_with(gru, "peephole", json_bool(1),
               "rnn_train: option \"peephole\" needs \"cell\":\"lstm\", but cell is \"gru\"; leave "
               "out peephole or "
               "change cell");
    check_with(gru, "peephole", json_bool(0),
               NULL); /* the default: rnn_info's options can be given back */
    check_with(gru, "forget_bias", json_number(2),
               "rnn_train: option \"forget_bias\" needs \"cell\":\"lstm\", but cell is \"gru\"; "
               "leave out forget_bias "
               "or change cell");
    check_with(lstm, "reset", json_text("before"),
               "rnn_train: option \"reset\" needs \"cell\":\"gru\", but cell is \"lstm\"; leave "
               "out reset or change "
               "cell");
    check_with(gru, "reset", json_text("before"), NULL);
    check_with(gru, "activation", json_text("relu"),
               "rnn_train: option \"activation\" needs \"cell\":\"rnn\", but cell is \"gru\"; "
               "leave out activation or "
               "change cell");
    lstm.hidden = 16;
    check_with(lstm, "projection", json_number(8), NULL);
    check_with(lstm, "projection", json_number(16),
               "rnn_train: option \"projection\" is 16, but hidden is 16; allowed is a whole "
               "number below hidden, or "
               "0 for none");
    check_with(lstm, "tbptt", json_number(8), NULL);
    check_with(both, "tbptt", json_number(8),
               "rnn_train: option \"tbptt\" is 8, but bidirectional is true; the backward "
               "direction has no state to "
               "carry over a cut: leave one of them out");
    check_with(counts, "scale", json_text("mean"), NULL);
    check_with(counts, "scale", json_text("standard"),
               "rnn_train: option \"scale\" is \"standard\", but loss is \"negative_binomial\", "
               "which is for counts "
               "from 0; allowed are window, none and mean");
    check_with(quantiles, "quantiles", json_array("[..]", good, 3), NULL);
    check_with(quantiles, "quantiles", json_array("[..]", down, 3),
               "rnn_train: option \"quantiles\" has 0.4 after 0.5; write them in ascending order");
    check_with(quantiles, "quantiles", json_array("[..]", bare, 2),
               "rnn_train: option \"quantiles\" is without 0.5, the forecast itself; add 0.5");
    check_with(quantiles, "quantiles", json_array("[]", NULL, 0),
               "rnn_train: option \"quantiles\" is without 0.5, the forecast itself; add 0.5");
    check_with(quantiles, "season", json_array("[..]", twice, 2),
               "rnn_train: option \"season\" has 7 twice; give it once");
    check_with(quantiles, "known_ahead", json_array("[..]", twice, 2),
               "rnn_train: option \"known_ahead\" has 7 twice; give it once");
    check_with(quantiles, "season", json_array("[..]", five, 5),
               "rnn_train: option \"season\" has 5 values; allowed are up to 4");
    assert_int_equal(rnn_options_require(&ctx, &lstm, "rnn_train", RNN_KEY_task), RNN_OPTION);
    assert_string_equal(
        ctx.message, "rnn_train: option \"task\" is missing; allowed is one of forecast, classify, "
                     "regress, generate, seq2seq, as in "
                     "{\"task\":\"forecast\"}");
    lstm.given[RNN_KEY_task] = 1;
    assert_int_equal(rnn_options_require(&ctx, &lstm, "rnn_train", RNN_KEY_task), RNN_OK);
}

/* Options far from the defaults in every type. */
static void sample(rnn_options *o) {
    rnn_context ctx = {0};
    const double q[3] = {0.1, 0.5, 0.9};
    rnn_options_default(o);
    assert_int_equal(train(&ctx, o, "task", json_text("forecast")), RNN_OK);
    assert_int_equal(train(&ctx, o, "cell", json_text("gru")), RNN_OK);
    assert_int_equal(train(&ctx, o, "hidden", json_number(77)), RNN_OK);
    assert_int_equal(train(&ctx, o, "dropout", json_number(0.1)), RNN_OK);
    assert_int_equal(train(&ctx, o, "frequency", json_text("day \"x\"")), RNN_OK);
    assert_int_equal(train(&ctx, o, "quantiles", json_array("[..]", q, 3)), RNN_OK);
    assert_int_equal(train(&ctx, o, "known_ahead", json_bool(1)), RNN_OK);
    assert_int_equal(train(&ctx, o, "season", json_array("[]", NULL, 0)), RNN_OK);
    assert_int_equal(train(&ctx, o, "seed", json_number(9007199254740991.0)), RNN_OK);
}

static void test_json(void **state) {
    rnn_context ctx = {0};
    rnn_options o;
    rnn_writer w;
    const char *s;
    (void)state;
    sample(&o);
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_options_json(&o, &w), RNN_OK);
    rnn_write_u8(&w, 0);
    s = (const char *)w.data;
    assert_int_equal(strncmp(s, "{\"task\":\"forecast\",\"horizon\":null,", 34), 0);
    assert_non_null(
        strstr(s, "\"known_ahead\":true,\"frequency\":\"day \\\"x\\\"\",\"season\":[],"));
    assert_non_null(strstr(s, "\"cell\":\"gru\",\"hidden\":77,"));
    assert_non_null(strstr(s, "\"dropout\":0.1,"));
    assert_non_null(strstr(s, "\"quantiles\":[0.1,0.5,0.9],"));
    assert_non_null(strstr(s, "\"seed\":9007199254740991,"));
    assert_non_null(strstr(s, "\"validation\":null,"));
    assert_null(strstr(s, "threads"));
    assert_null(strstr(s, "level"));
    assert_int_equal(s[w.size - 2], '}');
    rnn_writer_free(&w);
}

static void test_stored(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_options o, back;
    rnn_writer w, other;
    rnn_reader r;
    (void)state;
    rnn_writer_init(&w, &ctx);
    rnn_writer_init(&other, &ctx);
    sample(&o);
    assert_int_equal(rnn_options_write(&o, &w), RNN_OK);
    rnn_reader_init(&r, w.data, w.size);
    assert_int_equal(rnn_options_read(&ctx, &r, &back), RNN_OK);
    assert_int_equal(rnn_reader_left(&r), 0);
    assert_memory_equal(&back, &o, sizeof o);
    /* Where it ran and how it was watched leaves no trace. */
    o.threads = 7;
    o.progress = 1;
    o.given[RNN_KEY_threads] = 1;
    assert_int_equal(rnn_options_write(&o, &other), RNN_OK);
    assert_int_equal(other.size, w.size);
    assert_memory_equal(other.data, w.data, w.size);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *copy = testing_copy(w.data, size);
        rnn_reader_init(&r, copy, size);
        assert_int_equal(rnn_options_read(&ctx, &r, &back), RNN_MODEL);
        free(copy);
    }
    rnn_writer_free(&w);
    rnn_writer_free(&other);
    testing_no_leak(&ctx, &host);
}

/* One stored option; the type byte, whether it was given, the value as bytes. */
static void expect_stored_as(const char *key, uint8_t type, uint8_t given, const void *value,
                             size_t n, const char *message) {
    rnn_context ctx = {0};
    rnn_options o, untouched;
    rnn_writer w;
    rnn_reader r;
    rnn_writer_init(&w, &ctx);
    rnn_write_u32(&w, 1);
    rnn_write_string(&w, key, strlen(key));
    rnn_write_u8(&w, type);
    rnn_write_u8(&w, given);
    rnn_write_bytes(&w, value, n);
    rnn_reader_init(&r, w.data, w.size);
    if (message == NULL) {
        assert_int_equal(rnn_options_read(&ctx, &r, &o), RNN_OK);
    } else {
        assert_int_equal(rnn_options_read(&ctx, &r, &o), RNN_MODEL);
        if (strstr(ctx.message, message) == NULL) fail_msg("%s", ctx.message);
        rnn_options_default(&untouched);
        assert_memory_equal(&o, &untouched, sizeof o);
    }
    rnn_writer_free(&w);
}

static void expect_stored(const char *key, uint8_t type, const void *value, size_t n,
                          const char *message) {
    expect_stored_as(key, type, 1, value, n, message);
}

static void test_stored_values(void **state) {
    (void)state;
    expect_stored("hidden", RNN_OPT_INT, "\5\0\0\0\0\0\0\0", 8, NULL);
    /* Automatic is what nobody gave. */
    expect_stored_as("hidden", RNN_OPT_INT, 0, "\0\0\0\0\0\0\0\0", 8, NULL);
    expect_stored("hidden", RNN_OPT_INT, "\0\0\0\0\0\0\0\0", 8, "damaged");
    expect_stored("validation", RNN_OPT_REAL, "\0\0\0\0\0\0\xf0\xbf", 8, "damaged");
    expect_stored("frequency", RNN_OPT_TEXT, "\0\0\0\0\0\0\0\0", 8, "damaged");
    expect_stored("hidden", RNN_OPT_INT, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "corrupt");
    expect_stored("hidden", RNN_OPT_REAL, "\5\0\0\0\0\0\0\0", 8, "newer sqlite-rnn");
    expect_stored("hovercraft", RNN_OPT_INT, "\5\0\0\0\0\0\0\0", 8, "newer sqlite-rnn");
    expect_stored("threads", RNN_OPT_INT, "\5\0\0\0\0\0\0\0", 8, "newer sqlite-rnn");
    expect_stored("dropout", RNN_OPT_REAL, "\0\0\0\0\0\0\xf8\x7f", 8, "corrupt");
    expect_stored("dropout", RNN_OPT_REAL, "\0\0\0\0\0\0\xf0\x7f", 8, "corrupt");
    expect_stored("bidirectional", RNN_OPT_BOOL, "\2", 1, "corrupt");
    expect_stored("pretrained", RNN_OPT_BOOL, "\1", 1, NULL);
    expect_stored_as("pretrained", RNN_OPT_BOOL, 0, "\2", 1, NULL);
    expect_stored("pretrained", RNN_OPT_BOOL, "\2", 1, "damaged");
    expect_stored("pretrained", RNN_OPT_BOOL, "\3", 1, "corrupt");
    expect_stored("pooling", RNN_OPT_ENUM, "\4\0\0\0\0\0\0\0mean", 12, "corrupt"); /* classify */
    expect_stored("stop", RNN_OPT_TEXTS, "\0", 1, "newer sqlite-rnn");
    expect_stored("cell", RNN_OPT_ENUM, "\3\0\0\0\0\0\0\0gru", 11, NULL);
    expect_stored("cell", RNN_OPT_ENUM, "\3\0\0\0\0\0\0\0GRU", 11, "newer sqlite-rnn");
    expect_stored("season", RNN_OPT_LIST, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c\x40", 17, NULL);
    expect_stored("season", RNN_OPT_LIST, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\x3f", 17, "corrupt");
    expect_stored("season", RNN_OPT_LIST, "\1\0\0\0\0\0\0\0\0", 9, "corrupt");
    expect_stored("season", RNN_OPT_LIST, "\0\x41\0\0\0\0\0\0\0", 9, "corrupt");
    expect_stored("season", RNN_OPT_LIST, "\0\xff\xff\xff\xff\xff\xff\xff\xff", 9, "corrupt");
    expect_stored("known_ahead", RNN_OPT_LIST, "\1\0\0\0\0\0\0\0\0", 9, NULL);
    expect_stored("frequency", RNN_OPT_TEXT, "\3\0\0\0\0\0\0\0day", 11, NULL);
    expect_stored("frequency", RNN_OPT_TEXT, "\3\0\0\0\0\0\0\0d\1y", 11, "corrupt");
    expect_stored("quantiles", RNN_OPT_LIST, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\xd0\x3f", 17,
                  "without 0.5");
}

/* Damaged bytes are refused or give options that are all allowed: those can be written and read
** again. */
static void test_stored_damage(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    uint64_t random = 3;
    rnn_options o, back;
    rnn_writer w, again;
    rnn_reader r;
    (void)state;
    sample(&o);
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_options_write(&o, &w), RNN_OK);
    for (int round = 0; round < 30000; round++) {
        uint8_t *data = testing_copy(w.data, w.size);
        for (uint64_t k = 1 + testing_random(&random) % 3; k > 0; k--)
            data[testing_random(&random) % w.size] = (uint8_t)(testing_random(&random) >> 40);
        rnn_reader_init(&r, data, w.size);
        if (rnn_options_read(&ctx, &r, &o) == RNN_OK) {
            rnn_writer_init(&again, &ctx);
            assert_int_equal(rnn_options_write(&o, &again), RNN_OK);
            rnn_reader_init(&r, again.data, again.size);
            assert_int_equal(rnn_options_read(&ctx, &r, &back), RNN_OK);
            assert_memory_equal(&o, &back, sizeof o);
            rnn_writer_free(&again);
        }
        free(data);
    }
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),       cmocka_unit_test(test_table),
        cmocka_unit_test(test_accepted),       cmocka_unit_test(test_pretrained),
        cmocka_unit_test(test_unknown_keys),   cmocka_unit_test(test_scope),
        cmocka_unit_test(test_refused_values), cmocka_unit_test(test_twice),
        cmocka_unit_test(test_checks),         cmocka_unit_test(test_json),
        cmocka_unit_test(test_stored),         cmocka_unit_test(test_stored_values),
        cmocka_unit_test(test_stored_damage),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
