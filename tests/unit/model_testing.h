/* model_testing.h - small models made by hand: a forecast model with a bit of everything (three kinds
** of columns, two series with an embedding, a calibration, a history, two networks), and one for
** each of the other tasks.
*/
#ifndef RNN_MODEL_TESTING_H
#define RNN_MODEL_TESTING_H

#include "words_testing.h"

#include <math.h>

#include "calendar.h"
#include "loss.h"
#include "patches.h"
#include "sequences.h"
#include "series_wide.h"
#include "model.h"
#include "windows.h"

static inline void *sample_doubles(rnn_context *ctx, const double *v, size_t n) {
    double *copy = rnn_alloc_array(ctx, n, sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, v, n * sizeof *v);
    return copy;
}

static inline void sample_columns(rnn_model *m) {
    static const char *const words[2] = {"rain", "s\xC3\xBCn"};
    static const double mean[2] = {1.5, -2}, scale[2] = {0.5, 3};
    rnn_context *ctx = m->ctx;
    rnn_input_column *c;
    m->input = rnn_alloc_array_zero(ctx, 3, sizeof *m->input);
    assert_non_null(m->input);
    m->inputs = 3;
    c = &m->input[0];
    c->kind = RNN_INPUT_NUMBER;
    c->known_ahead = 1;
    c->width = 1;
    c->mean = sample_doubles(ctx, mean, 1);
    c->scale = sample_doubles(ctx, scale, 1);
    c = &m->input[1];
    c->kind = RNN_INPUT_CATEGORY;
    testing_vocabulary(ctx, RNN_CATEGORY_SPECIALS, words, 2, &c->vocabulary);
    c = &m->input[2];
    c->kind = RNN_INPUT_VECTOR;
    c->width = 2;
    c->mean = sample_doubles(ctx, mean, 2);
    c->scale = sample_doubles(ctx, scale, 2);
}

static inline void sample_series(rnn_model *m) {
    static const double p[3] = {0.1, 0.5, 0.9}, factor[6] = {1.1, 1, 1.2, 1.3, 1, 1.4};
    rnn_forecast_model *f = &m->forecast;
    f->style.kind = RNN_TIME_MONTH;
    f->frequency = (rnn_frequency){.unit = RNN_STEP_MONTH, .size = 1, .weekdays = 0x7f};
    f->seasons = 1;
    f->season[0] = 12;
    f->calendar = RNN_CALENDAR_MONTH_ONEHOT;
    f->recipe.log_floor = 0.5;
    f->recipe.base = (rnn_baseline){.season = 12, .level = 1, .terms = 1, .drift = 1};
    f->recipe.scale_lag = 1;
    f->recipe.scale_floor = 0.5;
    f->recipe.shrink = 0.75;
    f->integer_target = 1;
    f->nonnegative = 1;
    f->center = 3;
    f->spread = 2;
    f->series_key = rnn_alloc_array_zero(m->ctx, 2, sizeof *f->series_key);
    assert_non_null(f->series_key);
    f->series = 2;
    f->series_key[0] = (rnn_value){.type = RNN_INT, .i = 7, .d = 7};
    f->series_key[1] = (rnn_value){.type = RNN_TEXT, .p = rnn_strndup(m->ctx, "north", 5), .n = 5};
    f->calibration.count = 3;
    f->calibration.groups = 2;
    f->calibration.probability = sample_doubles(m->ctx, p, 3);
    f->calibration.factor = sample_doubles(m->ctx, factor, 6);
}

static inline void sample_options(rnn_options *o) {
    o->given[RNN_KEY_task] = 1;
    o->horizon = 3;
    o->context = 6;
    o->cell = RNN_CELL_LSTM;
    o->loss = RNN_LOSS_QUANTILE;
    o->scale = RNN_SCALE_WINDOW;
    o->hidden = 4;
    o->embedding = o->series_embedding = 2;
    o->known_ahead.n = 1;
    o->known_ahead.v[0] = 1;
    o->season.n = 1;
    o->season.v[0] = 12;
    o->quantiles.n = 3;
    o->quantiles.v[0] = 0.1;
    o->quantiles.v[1] = 0.5;
    o->quantiles.v[2] = 0.9;
}

static inline void sample_history(rnn_model *m) {
    m->history = rnn_alloc_array_zero(m->ctx, 2, sizeof *m->history);
    assert_non_null(m->history);
    m->epochs = 2;
    m->best_epoch = 2;
    for (int i = 0; i < 2; i++)
        m->history[i] = (rnn_epoch){.epoch = i + 1,
                                    .train_loss = 0.5 - 0.1 * i,
                                    .valid_loss = i == 0 ? NAN : 0.45,
                                    .metric = 0.9,
                                    .learning_rate = 0.01,
                                    .gradient_norm = 1.25,
                                    .steps_per_second = 1e6 * i,
                                    .seconds = 17 + i,
                                    .best = 1};
    m->report = (rnn_report){.rows = 100, .series = 2, .series_skipped = 1, .missing_targets = 4};
    snprintf(m->report.reason, sizeof m->report.reason, "1 series has no known target");
}

/* `members` networks of the model's spec, from different seeds. */
static inline void sample_members(rnn_model *m, size_t members) {
    m->member = rnn_alloc_array_zero(m->ctx, members, sizeof *m->member);
    assert_non_null(m->member);
    m->members = members;
    m->options.ensemble = (int64_t)members;
    for (size_t i = 0; i < members; i++) {
        if (rnn_net_create(m->ctx, &m->spec, &m->member[i]) != RNN_OK)
            fail_msg("%s", m->ctx->message);
        rnn_net_initialise(m->member[i], i + 1);
    }
}

/* A forecast model; freed with rnn_model_free. */
static inline rnn_model *sample_model(rnn_context *ctx) {
    rnn_model *m = rnn_model_create(ctx);
    assert_non_null(m);
    sample_options(&m->options);
    sample_columns(m);
    sample_series(m);
    sample_history(m);
    rnn_model_spec(m, &m->spec);
    sample_members(m, 2);
    return m;
}

/* ---- the other tasks ---- */

static inline void sample_text_input(rnn_model *m, rnn_input_column *c) {
    static const char *const words[3] = {"good",
                                         "b\xC3\xA4"
                                         "d",
                                         "\xF0\x9F\x98\x80"};
    c->kind = RNN_INPUT_TEXT;
    testing_vocabulary(m->ctx, RNN_TEXT_SPECIALS, words, 3, &c->vocabulary);
    m->sequence.text = (rnn_text_settings){RNN_TOKENS_WORD, 1, 50, RNN_TRUNCATE_TAIL};
    m->options.tokens.source = RNN_TOKENS_WORD;
    m->options.lowercase = 1;
    m->options.max_tokens = 50;
    m->options.truncate = RNN_TRUNCATE_TAIL;
}

/* Classes 0, 1.5 and 'spam', counted 5, 6 and 7. */
static inline void sample_classes(rnn_model *m) {
    rnn_sequence_model *s = &m->sequence;
    s->class_value = rnn_alloc_array_zero(m->ctx, 3, sizeof *s->class_value);
    s->class_count = rnn_alloc_array_zero(m->ctx, 3, sizeof *s->class_count);
    assert_true(s->class_value != NULL && s->class_count != NULL);
    s->classes = 3;
    s->class_value[0] = (rnn_value){.type = RNN_INT};
    s->class_value[1] = (rnn_value){.type = RNN_FLOAT, .d = 1.5};
    s->class_value[2] = (rnn_value){.type = RNN_TEXT, .p = rnn_strndup(m->ctx, "spam", 4), .n = 4};
    for (size_t i = 0; i < 3; i++) s->class_count[i] = 5 + i;
}

static inline rnn_model *sample_start(rnn_context *ctx, rnn_task task) {
    rnn_model *m = rnn_model_create(ctx);
    assert_non_null(m);
    m->options.task = (int)task;
    m->options.given[RNN_KEY_task] = 1;
    m->options.loss = RNN_LOSS_CROSS_ENTROPY;
    m->options.hidden = 3;
    m->options.embedding = 2;
    m->options.vocabulary = 100;
    m->spec = (rnn_net_spec){.cell = RNN_CELL_GRU, .layers = 1, .hidden = 3, .forget_bias = 1};
    sample_history(m);
    return m;
}

/* One category in front of the network, of input `in`. */
static inline void sample_category(rnn_model *m, const rnn_input_column *in, size_t subwords) {
    rnn_net_spec *s = &m->spec;
    s->vocabulary[s->categories] = in->vocabulary.count;
    s->subwords[s->categories] = subwords;
    s->embedding[s->categories++] = 2;
}

static inline rnn_input_column *sample_inputs(rnn_model *m, size_t n) {
    m->input = rnn_alloc_array_zero(m->ctx, n, sizeof *m->input);
    assert_non_null(m->input);
    m->inputs = n;
    return m->input;
}

/* Linear models of both parts, from a text of each class. */
static inline void sample_linear(rnn_model *m) {
    static const uint32_t keys[] = {3, 5, 8, 5, 13, 21};
    static const double target[3] = {0, 1, 2}, weight[3] = {1, 1, 1};
    const rnn_keys text[3] = {{keys, 3}, {keys + 3, 2}, {keys + 4, 2}};
    const rnn_linear_data data = {3, text, target, weight};
    m->sequence.wide_order = 2;
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++)
        assert_int_equal(rnn_linear_train(m->ctx, &data, 3, 1, &m->sequence.linear[p]), RNN_OK);
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) m->sequence.share[p] = 0.5 + (double)p;
}

/* Texts with classes: pooling, parts of words, linear models, class weights. */
static inline rnn_model *sample_classify(rnn_context *ctx) {
    rnn_model *m = sample_start(ctx, RNN_TASK_CLASSIFY);
    rnn_option_text *spam = &m->options.class_weights.name[0];
    sample_text_input(m, sample_inputs(m, 1));
    sample_classes(m);
    m->options.output = RNN_OUTPUT_LAST;
    m->options.tokens.target = RNN_TOKENS_WORD;
    m->options.bidirectional = 1;
    m->options.pooling = RNN_POOL_ATTENTION;
    m->options.subwords = 7;
    m->options.class_weights.n = 1;
    m->options.class_weights.weight[0] = 2.5;
    memcpy(spam->s, "spam", 4);
    spam->n = 4;
    m->sequence.shape = RNN_SHAPE_SEQUENCES;
    m->options.wide = 1;
    sample_linear(m);
    rnn_model_spec(m, &m->spec);
    sample_members(m, 2);
    return m;
}

/* Steps of a number and a word. */
static inline void sample_steps(rnn_model *m) {
    static const double mean[1] = {3}, scale[1] = {4};
    static const char *const words[2] = {"on", "off"};
    rnn_context *ctx = m->ctx;
    rnn_input_column *c = sample_inputs(m, 2);
    c[0].kind = RNN_INPUT_NUMBER;
    c[0].width = 1;
    c[0].mean = sample_doubles(ctx, mean, 1);
    c[0].scale = sample_doubles(ctx, scale, 1);
    c[1].kind = RNN_INPUT_CATEGORY;
    testing_vocabulary(ctx, RNN_CATEGORY_SPECIALS, words, 2, &c[1].vocabulary);
    m->sequence.shape = RNN_SHAPE_STEPS;
    m->sequence.style.kind = RNN_TIME_DATE;
}

/* A number for a sequence of steps, with derived inputs. */
static inline rnn_model *sample_regress(rnn_context *ctx) {
    rnn_model *m = sample_start(ctx, RNN_TASK_REGRESS);
    sample_steps(m);
    m->options.loss = RNN_LOSS_HUBER;
    m->options.output = RNN_OUTPUT_LAST;
    m->options.pooling = RNN_POOL_MEAN;
    m->sequence.target_mean = -2;
    m->sequence.target_scale = 0.25;
    m->sequence.integer_target = 1;
    m->sequence.derived = rnn_derived_width(m);
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    return m;
}

/* A class for every step. */
static inline rnn_model *sample_tags(rnn_context *ctx) {
    rnn_model *m = sample_start(ctx, RNN_TASK_CLASSIFY);
    sample_steps(m);
    sample_classes(m);
    m->options.output = RNN_OUTPUT_EVERY;
    m->sequence.every = 1;
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    return m;
}

/* Characters that go on, with tied embeddings. */
static inline rnn_model *sample_generate(rnn_context *ctx) {
    rnn_model *m = sample_start(ctx, RNN_TASK_GENERATE);
    sample_text_input(m, sample_inputs(m, 1));
    m->sequence.text.kind = RNN_TOKENS_CHAR;
    m->sequence.shape = RNN_SHAPE_SEQUENCES;
    m->options.tokens.source = RNN_TOKENS_CHAR;
    m->options.tie_embedding = 1;
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    return m;
}

/* Text to text with attention; words in, characters out. */
static inline rnn_model *sample_seq2seq(rnn_context *ctx) {
    static const char *const characters[2] = {"x", "y"};
    rnn_model *m = sample_start(ctx, RNN_TASK_SEQ2SEQ);
    rnn_sequence_model *s = &m->sequence;
    sample_text_input(m, sample_inputs(m, 1));
    m->options.tokens.target = RNN_TOKENS_CHAR;
    m->options.bidirectional = 1;
    m->options.attention = 1;
    m->options.tie_embedding = 0;
    m->options.beam = 4;
    s->shape = RNN_SHAPE_SEQUENCES;
    s->target_text = (rnn_text_settings){RNN_TOKENS_CHAR, 1, 50, RNN_TRUNCATE_TAIL};
    s->target_steps = 12;
    testing_vocabulary(ctx, RNN_TEXT_SPECIALS, characters, 2, &s->target_vocabulary);
    rnn_model_spec(m, &m->spec);
    sample_members(m, 1);
    return m;
}

/* ---- series that are read whole ---- */

/* Uniform in [-scale, scale). */
static inline void sample_reals(real *v, size_t n, double scale, uint64_t seed) {
    for (size_t i = 0; i < n; i++)
        v[i] = (real)(scale * ((double)(testing_random(&seed) >> 40) * 0x1p-23 - 1));
}

/* Convolutions with biases of a series, and linear models of random weights. */
static inline void sample_wide_series(rnn_model *m) {
    enum { LENGTH = 12 };
    rnn_context *ctx = m->ctx;
    rnn_sequence_model *s = &m->sequence;
    const rnn_convolution_spec spec = {7, rnn_value_count(m), 9, 2, 16};
    assert_int_equal(rnn_convolutions_create(ctx, &spec, &s->convolutions), RNN_OK);
    size_t each = rnn_convolutions_scratch(s->convolutions, LENGTH);
    real *value = rnn_alloc_array(ctx, spec.channels * LENGTH, sizeof *value);
    real *scratch =
        rnn_alloc_array(ctx, rnn_convolutions_tasks(s->convolutions), each * sizeof(real));
    assert_true(value && scratch);
    sample_reals(value, spec.channels * LENGTH, 2, 3);
    const rnn_channels series = {value, LENGTH};
    rnn_convolutions_learn(s->convolutions, NULL, &series, 1, scratch, each);
    rnn_free(ctx, value);
    rnn_free(ctx, scratch);
    for (size_t p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
        rnn_ridge *r = &s->ridge[p];
        size_t n = rnn_series_wide_count(m, (rnn_convolution_part)p), K = m->spec.outputs;
        assert_int_equal(rnn_ridge_init(ctx, r, n, K), RNN_OK);
        r->lambda = 0.1;
        sample_reals(r->weight, n * K, 0.2, 4 + p);
        for (size_t k = 0; k < K; k++) r->bias[k] = (real)(0.5 * (double)k);
    }
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) s->share[p] = 0.5 + (double)p;
}

/* Classes or numbers for series of numbers; a step a row of `inputs` columns, a number and then a
** vector of two, or arrays. */
static inline rnn_model *sample_whole_of(rnn_context *ctx, rnn_task task, rnn_row_shape shape,
                                         size_t inputs) {
    static const double mean[2] = {3, -1}, scale[2] = {4, 2};
    rnn_model *m = sample_start(ctx, task);
    rnn_input_column *c = sample_inputs(m, inputs);
    for (size_t k = 0; k < inputs; k++) {
        c[k].kind = k                          ? RNN_INPUT_VECTOR
                    : shape == RNN_SHAPE_STEPS ? RNN_INPUT_NUMBER
                                               : RNN_INPUT_SEQUENCE;
        c[k].width = k + 1;
        c[k].mean = sample_doubles(ctx, mean, k + 1);
        c[k].scale = sample_doubles(ctx, scale, k + 1);
    }
    if (task == RNN_TASK_CLASSIFY) sample_classes(m);
    if (task == RNN_TASK_REGRESS) m->options.loss = RNN_LOSS_MSE;
    m->sequence.target_mean = -2;
    m->sequence.target_scale = 0.25;
    m->sequence.shape = shape;
    if (shape == RNN_SHAPE_STEPS) m->sequence.style.kind = RNN_TIME_INTEGER;
    m->options.output = RNN_OUTPUT_LAST;
    m->options.pooling = RNN_POOL_MIXED;
    m->options.bidirectional = m->options.wide = 1;
    m->options.patch = 5;
    m->sequence.patch_width = 5;
    m->sequence.patch_stride = 2;
    m->sequence.wide_series = m->sequence.own_scale = 1;
    rnn_model_spec(m, &m->spec);
    sample_wide_series(m);
    sample_members(m, 2);
    return m;
}

static inline rnn_model *sample_whole(rnn_context *ctx) {
    return sample_whole_of(ctx, RNN_TASK_CLASSIFY, RNN_SHAPE_STEPS, 2);
}

/* The model of a task; SAMPLE_TAGS, SAMPLE_WHOLE: of other kinds. */
enum { SAMPLE_TAGS = RNN_TASKS, SAMPLE_WHOLE, SAMPLES };
static inline rnn_model *sample_task(rnn_context *ctx, int task) {
    static rnn_model *(*const make[SAMPLES])(rnn_context *) = {
        sample_model,   sample_classify, sample_regress, sample_generate,
        sample_seq2seq, sample_tags,     sample_whole};
    return make[task](ctx);
}

/* The bytes are no model; the message says why. */
static inline void expect_refused(rnn_context *ctx, const uint8_t *data, size_t size,
                                  const char *why) {
    uint8_t *copy = testing_copy(data, size);
    rnn_model *m = (rnn_model *)(void *)ctx;
    assert_int_equal(rnn_model_read(ctx, copy, size, &m), RNN_MODEL);
    assert_null(m);
    if (strstr(ctx->message, why) == NULL) fail_msg("'%s' lacks '%s'", ctx->message, why);
    free(copy);
}

#endif
