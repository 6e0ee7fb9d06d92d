/* generator_testing.h - small models of text for the tests of the generator, and their text. */
#ifndef RNN_GENERATOR_TESTING_H
#define RNN_GENERATOR_TESTING_H

#include "generator.h"

#include "model_testing.h"
#include "testing.h"

static inline rnn_value text_value(const char *s) {
    return (rnn_value){.type = RNN_TEXT, .p = s, .n = strlen(s)};
}

static const rnn_value NOTHING = {.type = RNN_NULL};

/* The end token cannot come; so only the length ends a text. */
static inline void forbid_end(rnn_model *m) {
    for (size_t i = 0; i < m->members; i++) {
        for (size_t t = 0; t < rnn_net_tensor_count(m->member[i]); t++) {
            const rnn_tensor *tensor = rnn_net_tensor(m->member[i], t);
            if (strcmp(tensor->name, "head.bias") == 0)
                rnn_net_parameters(m->member[i])[tensor->offset + RNN_WORD_END] = -1000;
        }
    }
}

/* Texts of `kind`, or rows that are steps. Weights are large enough for tokens to differ. */
static inline rnn_model *make_model(rnn_context *ctx, rnn_tokens kind, rnn_row_shape shape) {
    static const char *const characters[6] = {"a", "b", "c", " ", "\n", "\xC3\xA9"};
    static const char *const words[8] = {"go", "going", "gone", "you", "are", ",", "good", "!"};
    rnn_model *m = sample_start(ctx, RNN_TASK_GENERATE);
    rnn_input_column *c = sample_inputs(m, 1);
    int by_word = kind == RNN_TOKENS_WORD;
    c[0].kind = RNN_INPUT_TEXT;
    testing_vocabulary(ctx, RNN_TEXT_SPECIALS, by_word ? words : characters, by_word ? 8 : 6,
                       &c[0].vocabulary);
    sample_category(m, &c[0], 0);
    m->sequence.text = (rnn_text_settings){kind, by_word, 2, RNN_TRUNCATE_HEAD};
    m->sequence.shape = shape;
    m->spec.cell = RNN_CELL_LSTM;
    m->spec.hidden = 6;
    m->spec.outputs = c[0].vocabulary.count;
    sample_members(m, 2);
    for (size_t i = 0; i < m->members; i++) {
        real *w = rnn_net_parameters(m->member[i]);
        for (size_t j = 0; j < rnn_net_parameter_count(m->member[i]); j++) w[j] *= 3;
    }
    return m;
}

static inline rnn_options make_options(void) {
    rnn_options o;
    rnn_options_default_for(&o, RNN_FOR_GENERATE);
    return o;
}

static inline rnn_options with_length(int64_t length) {
    rnn_options o = make_options();
    o.length = length;
    o.given[RNN_KEY_length] = 1;
    return o;
}

static inline rnn_options greedy(int64_t length) {
    rnn_options o = with_length(length);
    o.temperature = 0;
    o.given[RNN_KEY_temperature] = 1;
    return o;
}

static inline void add_stop(rnn_options *o, const char *s, size_t n) {
    rnn_option_text *to = &o->stop.v[o->stop.n++];
    to->n = n;
    memcpy(to->s, s, n);
    o->given[RNN_KEY_stop] = 1;
}

static inline rnn_generator *open_generator(rnn_context *ctx, const rnn_model *m,
                                            const rnn_value *prompt, const rnn_options *o) {
    rnn_generator *g;
    if (rnn_generator_create(ctx, "rnn_generate", m, prompt, 1, o, &g) != RNN_OK)
        fail_msg("%s", ctx->message);
    return g;
}

/* All text; a copy to be freed. */
static inline char *whole_text(rnn_context *ctx, const rnn_model *m, const char *prompt,
                               const rnn_options *o) {
    rnn_value v = prompt ? text_value(prompt) : NOTHING;
    rnn_generator *g = open_generator(ctx, m, &v, o);
    char *text, *copy;
    size_t n;
    if (rnn_generator_text(g, 1000000, &text, &n) != RNN_OK) fail_msg("%s", ctx->message);
    assert_int_equal(strlen(text), n);
    copy = (char *)testing_copy((const uint8_t *)text, n + 1);
    rnn_free(ctx, text);
    rnn_generator_free(g);
    return copy;
}

/* The tokens one by one, joined without spaces. */
static inline char *joined_tokens(rnn_context *ctx, const rnn_model *m, const char *prompt,
                                  const rnn_options *o) {
    static char all[4096];
    rnn_value v = prompt ? text_value(prompt) : NOTHING;
    rnn_generator *g = open_generator(ctx, m, &v, o);
    rnn_generated t;
    size_t n = 0;
    rnn_status status;
    int64_t count = 0;
    while ((status = rnn_generator_next(g, &t)) == RNN_OK) {
        assert_int_equal(t.position, ++count);
        assert_true(t.n > 0 && t.probability > 0 && t.probability <= 1 && n + t.n < sizeof all);
        memcpy(all + n, t.text, t.n);
        n += t.n;
    }
    assert_int_equal(status, RNN_DONE);
    all[n] = '\0';
    rnn_generator_free(g);
    return all;
}

#endif
