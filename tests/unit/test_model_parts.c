/* test_model_parts.c - models whose parts disagree, or lack what they need: none is read. */
#include "model_testing.h"

/* A model that `break_it` made inconsistent is refused when it is read back. */
static void expect_task_broken(int task, void (*break_it)(rnn_model *m), const char *why) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = sample_task(&ctx, task);
    rnn_writer w;
    break_it(m);
    rnn_writer_init(&w, &ctx);
    assert_int_equal(rnn_model_write(m, &w), RNN_OK);
    rnn_model_free(m);
    expect_refused(&ctx, w.data, w.size, why);
    rnn_writer_free(&w);
    testing_no_leak(&ctx, &host);
}

static void expect_broken(void (*break_it)(rnn_model *m), const char *why) {
    expect_task_broken(RNN_TASK_FORECAST, break_it, why);
}

static void break_given(rnn_model *m) { m->options.given[RNN_KEY_validation] = 1; } /* -1 */
static void break_horizon(rnn_model *m) { m->options.horizon = 0; }
static void break_quantiles(rnn_model *m) { m->options.quantiles.n = 0; }
static void break_loss(rnn_model *m) { m->options.loss = RNN_LOSS_GAUSSIAN; }
static void break_seasons(rnn_model *m) { m->forecast.seasons = 0; }
static void break_season(rnn_model *m) { m->forecast.season[0] = 1; }
static void break_calendar(rnn_model *m) { m->forecast.calendar |= 1u << 20; }
static void break_style(rnn_model *m) { m->forecast.style.kind = RNN_TIME_INTEGER; }
static void break_unit(rnn_model *m) { m->forecast.frequency.unit = RNN_STEP_NUMBER; }
static void break_size(rnn_model *m) { m->forecast.frequency.size = NAN; }
static void break_month(rnn_model *m) { m->forecast.frequency.size = 0.5; }
static void break_spread(rnn_model *m) { m->forecast.spread = 0; }
static void break_series(rnn_model *m) { m->options.series_embedding = 0; }
static void break_scale(rnn_model *m) { m->input[2].scale[1] = 0; }
static void break_mean(rnn_model *m) { m->input[0].mean[0] = INFINITY; }
static void break_vocabulary(rnn_model *m) { m->spec.vocabulary[0] = 2; }
static void break_weights(rnn_model *m) { rnn_net_parameters(m->member[1])[3] = (real)NAN; }
static void break_hidden(rnn_model *m) { m->spec.hidden = 5; }
static void break_cell(rnn_model *m) { m->spec.cell = (rnn_cell)77; }
static void break_factor(rnn_model *m) { m->forecast.calibration.factor[2] = NAN; }
static void break_epoch(rnn_model *m) { m->history[0].epoch = 0; }
static void break_best(rnn_model *m) { m->best_epoch = 3; } /* of two */
static void break_dropout(rnn_model *m) { m->spec.dropout = 1; }
static void break_ensemble(rnn_model *m) { m->options.ensemble = 3; }
static void break_groups(rnn_model *m) { m->options.horizon = 4; }
static void break_known_ahead(rnn_model *m) { m->input[2].known_ahead = 1; }
static void break_known_number(rnn_model *m) { m->options.known_ahead.v[0] = 4; }
static void break_season_option(rnn_model *m) { m->options.season.v[0] = 7; }
static void break_probability(rnn_model *m) { m->forecast.calibration.probability[0] = 0.2; }
static void break_key(rnn_model *m) {
    m->forecast.series_key[0] = (rnn_value){.type = RNN_FLOAT, .d = NAN};
}

static void test_inconsistent(void **state) {
    (void)state;
    expect_broken(break_given, "options are damaged");
    expect_broken(break_horizon, "options contradicts");
    expect_broken(break_quantiles, "options contradicts");
    expect_broken(break_loss, "network");
    expect_broken(break_seasons, "options");
    expect_broken(break_season, "series");
    expect_broken(break_calendar, "series");
    expect_broken(break_style, "series");
    expect_broken(break_unit, "series");
    expect_broken(break_size, "series");
    expect_broken(break_month, "series");
    expect_broken(break_spread, "series");
    expect_broken(break_series, "network");
    expect_broken(break_scale, "columns");
    expect_broken(break_mean, "columns");
    expect_broken(break_vocabulary, "corrupt");
    expect_broken(break_weights, "weights");
    expect_broken(break_hidden, "weights");
    expect_broken(break_cell, "network");
    expect_broken(break_factor, "calibration");
    expect_broken(break_epoch, "history");
    expect_broken(break_best, "history");
    expect_broken(break_dropout, "network");
    expect_broken(break_ensemble, "number of networks");
    expect_broken(break_groups, "calibration");
    expect_broken(break_probability, "calibration");
    expect_broken(break_known_ahead, "options");
    expect_broken(break_known_number, "options");
    expect_broken(break_season_option, "options");
    expect_broken(break_key, "list of series");
}

/* Networks of another spec than the options ask for, each whole in itself. */
static void other_networks(rnn_model *m) {
    size_t members = m->members;
    for (size_t i = 0; i < members; i++) rnn_net_free(m->member[i]);
    rnn_free(m->ctx, m->member);
    sample_members(m, members);
}
static void other_hidden(rnn_model *m) {
    m->spec.hidden += 2;
    other_networks(m);
}
static void other_layers(rnn_model *m) {
    m->spec.layers = 2;
    other_networks(m);
}
static void other_direction(rnn_model *m) {
    m->spec.bidirectional = !m->spec.bidirectional;
    other_networks(m);
}
static void other_cell(rnn_model *m) {
    m->spec.cell = RNN_CELL_RNN;
    other_networks(m);
}
static void other_init(rnn_model *m) { m->spec.init = RNN_INIT_ORTHOGONAL; }
static void other_skip(rnn_model *m) {
    m->spec.skip = !m->spec.skip;
    other_networks(m);
}
static void other_embedding(rnn_model *m) {
    m->spec.embedding[0]++;
    other_networks(m);
}
static void other_vocabulary(rnn_model *m) {
    m->spec.vocabulary[0]++;
    other_networks(m);
}
static void other_tie(rnn_model *m) {
    m->spec.tied = !m->spec.tied;
    other_networks(m);
}
static void other_attention(rnn_model *m) {
    m->spec.attention = !m->spec.attention;
    other_networks(m);
}
static void other_pooling(rnn_model *m) {
    m->spec.pooling = m->spec.pooling == RNN_POOL_MEAN ? RNN_POOL_MAX : RNN_POOL_MEAN;
    other_networks(m);
}
static void other_numbers(rnn_model *m) {
    m->spec.numbers++;
    other_networks(m);
}
static void other_subwords(rnn_model *m) {
    m->spec.subwords[0]++;
    other_networks(m);
}

static void test_other_networks(void **state) {
    (void)state;
    for (int task = 0; task < SAMPLES; task++) {
        expect_task_broken(task, other_hidden, "network");
        expect_task_broken(task, other_layers, "network");
        expect_task_broken(task, other_direction, task == SAMPLE_WHOLE ? "series" : "network");
        expect_task_broken(task, other_cell, "network");
        expect_task_broken(task, other_init, "network");
        if (task != SAMPLE_WHOLE) expect_task_broken(task, other_embedding, "network");
    }
    expect_task_broken(SAMPLE_WHOLE, other_numbers, "network");
    expect_task_broken(SAMPLE_WHOLE, other_pooling, "network");
    expect_task_broken(RNN_TASK_FORECAST, other_skip, "network");
    expect_task_broken(RNN_TASK_FORECAST, other_vocabulary, "network");
    expect_task_broken(SAMPLE_TAGS, other_skip, "network");
    expect_task_broken(SAMPLE_TAGS, other_vocabulary, "network");
    expect_task_broken(RNN_TASK_CLASSIFY, other_subwords, "network");
    expect_task_broken(RNN_TASK_CLASSIFY, other_pooling, "network");
    expect_task_broken(RNN_TASK_REGRESS, other_pooling, "network");
    expect_task_broken(RNN_TASK_GENERATE, other_tie, "network");
    expect_task_broken(RNN_TASK_SEQ2SEQ, other_tie, "network");
    expect_task_broken(RNN_TASK_SEQ2SEQ, other_attention, "network");
}

/* Parts of one task in a model of another, and parts that do not fit. */
static void break_classes(rnn_model *m) { /* one fewer than outputs */
    rnn_free(m->ctx, (void *)m->sequence.class_value[--m->sequence.classes].p);
}
static void break_class_order(rnn_model *m) {
    rnn_value first = m->sequence.class_value[0];
    m->sequence.class_value[0] = m->sequence.class_value[1];
    m->sequence.class_value[1] = first;
}
static void break_class_null(rnn_model *m) { m->sequence.class_value[0].type = RNN_NULL; }
static void break_outputs(rnn_model *m) { m->options.loss = RNN_LOSS_MSE; }
static void break_every(rnn_model *m) { m->sequence.every = !m->sequence.every; }
static void break_output(rnn_model *m) { m->options.output = RNN_OUTPUT_AUTO; }
static void break_pooling(rnn_model *m) { m->spec.pooling = RNN_POOL_NONE; }
static void break_shape(rnn_model *m) { m->sequence.shape = RNN_SHAPE_SEQUENCES; }
static void break_derived(rnn_model *m) { m->sequence.derived++; }
static void break_kind(rnn_model *m) { m->input[0].kind = RNN_INPUT_SEQUENCE; }
static void break_order(rnn_model *m) { m->sequence.wide_order = 0; }
static void break_share(rnn_model *m) { m->sequence.share[1] = NAN; }
static void break_grams(rnn_model *m) { m->sequence.grams.shortest = 6; }
static void break_no_gram(rnn_model *m) { m->sequence.grams.longest = 9; }
static void break_target_scale(rnn_model *m) { m->sequence.target_scale = 0; }
static void break_tokens(rnn_model *m) { m->sequence.text.kind = (rnn_tokens)3; }
static void break_token_option(rnn_model *m) { m->options.tokens.source = RNN_TOKENS_BYTE; }
static void break_target_option(rnn_model *m) { m->options.tokens.target = RNN_TOKENS_WORD; }
static void break_lowercase(rnn_model *m) { m->options.lowercase = 0; }
static void break_max_tokens(rnn_model *m) { m->options.max_tokens = 51; }
static void break_limit(rnn_model *m) { m->options.vocabulary = 1; } /* fewer than there are */
static void break_wide(rnn_model *m) { m->options.wide = 0; }
static void break_regress(rnn_model *m) { m->options.loss = RNN_LOSS_GAUSSIAN; }
static void break_both_ways(rnn_model *m) { m->spec.bidirectional = 1; }
static void break_target(rnn_model *m) { rnn_vocabulary_free(&m->sequence.target_vocabulary); }
static void break_steps(rnn_model *m) { m->sequence.target_steps = 0; }
static void break_inputs(rnn_model *m) {
    rnn_vocabulary_free(&m->input[0].vocabulary);
    m->inputs = 0;
}
static void break_task_classify(rnn_model *m) { m->options.task = RNN_TASK_CLASSIFY; }
static void break_task_regress(rnn_model *m) { m->options.task = RNN_TASK_REGRESS; }
static void break_task_generate(rnn_model *m) { m->options.task = RNN_TASK_GENERATE; }
static void break_task_forecast(rnn_model *m) { m->options.task = RNN_TASK_FORECAST; }

static void test_inconsistent_tasks(void **state) {
    (void)state;
    expect_task_broken(RNN_TASK_CLASSIFY, break_classes, "linear models");
    expect_task_broken(RNN_TASK_CLASSIFY, break_class_order, "classes");
    expect_task_broken(RNN_TASK_CLASSIFY, break_class_null, "classes");
    expect_task_broken(RNN_TASK_CLASSIFY, break_outputs, "network");
    expect_task_broken(RNN_TASK_CLASSIFY, break_every, "network");
    expect_task_broken(RNN_TASK_CLASSIFY, break_pooling, "corrupt");
    expect_task_broken(RNN_TASK_CLASSIFY, break_order, "linear models");
    expect_task_broken(RNN_TASK_CLASSIFY, break_share, "sequences");
    expect_task_broken(RNN_TASK_CLASSIFY, break_grams, "sequences");
    expect_task_broken(RNN_TASK_CLASSIFY, break_no_gram, "sequences");
    expect_task_broken(RNN_TASK_CLASSIFY, break_tokens, "sequences");
    expect_task_broken(RNN_TASK_CLASSIFY, break_token_option, "texts");
    expect_task_broken(RNN_TASK_CLASSIFY, break_lowercase, "texts");
    expect_task_broken(RNN_TASK_CLASSIFY, break_wide, "linear models");
    expect_task_broken(RNN_TASK_GENERATE, break_max_tokens, "texts");
    expect_task_broken(RNN_TASK_SEQ2SEQ, break_target_option, "texts");
    expect_task_broken(SAMPLE_TAGS, break_limit, "texts");
    expect_task_broken(RNN_TASK_SEQ2SEQ, break_limit, "texts");
    expect_task_broken(RNN_TASK_REGRESS, break_regress, "network");
    expect_task_broken(RNN_TASK_CLASSIFY, break_inputs, "columns");
    expect_task_broken(RNN_TASK_CLASSIFY, break_task_regress, "linear models");
    expect_task_broken(RNN_TASK_CLASSIFY, break_task_generate, "linear models");
    expect_task_broken(RNN_TASK_CLASSIFY, break_task_forecast, "");
    expect_task_broken(RNN_TASK_REGRESS, break_every, "network");
    expect_task_broken(SAMPLE_TAGS, break_every, "network");
    expect_task_broken(SAMPLE_TAGS, break_derived, "network");
    expect_task_broken(RNN_TASK_REGRESS, break_output, "network");
    expect_task_broken(RNN_TASK_REGRESS, break_shape, "columns");
    expect_task_broken(RNN_TASK_REGRESS, break_derived, "network");
    expect_task_broken(RNN_TASK_REGRESS, break_kind, "columns");
    expect_task_broken(RNN_TASK_REGRESS, break_target_scale, "sequences");
    expect_task_broken(RNN_TASK_REGRESS, break_task_classify, "network");
    expect_task_broken(RNN_TASK_GENERATE, break_both_ways, "corrupt");
    expect_task_broken(RNN_TASK_GENERATE, break_outputs, "network");
    expect_task_broken(RNN_TASK_GENERATE, break_task_classify, "network");
    expect_task_broken(RNN_TASK_SEQ2SEQ, break_target, "network");
    expect_task_broken(RNN_TASK_SEQ2SEQ, break_steps, "network");
    expect_task_broken(RNN_TASK_SEQ2SEQ, break_task_generate, "network");
    expect_task_broken(RNN_TASK_FORECAST, break_task_classify, "");
}

/* Series that are read whole: what cannot be, and linear models of other series. */
static void break_patch_option(rnn_model *m) { m->options.patch++; }
static void break_patch_width(rnn_model *m) { m->sequence.patch_width++; }
static void break_no_patch(rnn_model *m) { m->sequence.patch_width = m->sequence.patch_stride = 0; }
static void break_no_stride(rnn_model *m) { m->sequence.patch_stride = 0; }
static void break_wide_stride(rnn_model *m) { m->sequence.patch_stride = 6; }
static void break_whole_derived(rnn_model *m) { m->sequence.derived = 21; }
static void break_no_wide(rnn_model *m) { m->sequence.wide_series = 0; }
static void break_wide_words(rnn_model *m) { m->sequence.wide_order = 2; }
static void break_whole_kind(rnn_model *m) { m->input[0].kind = RNN_INPUT_SEQUENCE; }
static void break_whole_shape(rnn_model *m) { m->sequence.shape = RNN_SHAPE_SEQUENCES; }
static void break_channels(rnn_model *m) {
    rnn_convolution_spec spec = *rnn_convolutions_spec(m->sequence.convolutions);
    spec.channels--;
    rnn_convolutions_free(m->sequence.convolutions);
    assert_int_equal(rnn_convolutions_create(m->ctx, &spec, &m->sequence.convolutions), RNN_OK);
}
static void break_length(rnn_model *m) { /* other dilations: more features */
    rnn_convolution_spec spec = *rnn_convolutions_spec(m->sequence.convolutions);
    spec.length = 100;
    rnn_convolutions_free(m->sequence.convolutions);
    assert_int_equal(rnn_convolutions_create(m->ctx, &spec, &m->sequence.convolutions), RNN_OK);
}
static void break_features(rnn_model *m) { m->sequence.ridge[RNN_CONTESTS].features--; }
static void break_ridge_outputs(rnn_model *m) { m->sequence.ridge[RNN_SHAPES].outputs--; }
static void break_no_ridge(rnn_model *m) {
    rnn_ridge_free(m->ctx, &m->sequence.ridge[RNN_CONTESTS]);
}
static void break_ridge_weight(rnn_model *m) {
    m->sequence.ridge[RNN_SHAPES].weight[7] = (real)INFINITY;
}
static void break_whole_share(rnn_model *m) { m->sequence.share[2] = -1; }

static void test_inconsistent_series(void **state) {
    (void)state;
    expect_task_broken(SAMPLE_WHOLE, break_patch_option, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_patch_width, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_no_stride, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_wide_stride, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_whole_derived, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_channels, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_length, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_no_ridge, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_every, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_task_generate, "");
    expect_task_broken(SAMPLE_WHOLE, break_task_forecast, "");
    expect_task_broken(SAMPLE_WHOLE, break_no_patch, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_no_wide, "linear models");
    expect_task_broken(SAMPLE_WHOLE, break_wide, "linear models");
    expect_task_broken(SAMPLE_WHOLE, break_wide_words, "linear models");
    expect_task_broken(SAMPLE_WHOLE, break_features, "corrupt");
    expect_task_broken(SAMPLE_WHOLE, break_ridge_outputs, "corrupt");
    expect_task_broken(SAMPLE_WHOLE, break_ridge_weight, "ridge model is corrupt");
    expect_task_broken(SAMPLE_WHOLE, break_whole_kind, "columns");
    expect_task_broken(SAMPLE_WHOLE, break_whole_shape, "description of the series");
    expect_task_broken(SAMPLE_WHOLE, break_whole_share, "sequences");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inconsistent),
        cmocka_unit_test(test_inconsistent_tasks),
        cmocka_unit_test(test_inconsistent_series),
        cmocka_unit_test(test_other_networks),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
