/* options_testing.h - JSON values as options get them, setting them, and what is refused. */
#ifndef RNN_OPTIONS_TESTING_H
#define RNN_OPTIONS_TESTING_H

#include "values_testing.h"

#include <math.h>

#include "options.h"

static inline rnn_json_value json_number(double x) {
    return (rnn_json_value){.type = floor(x) == x ? RNN_JSON_INT : RNN_JSON_REAL, .number = x};
}
static inline rnn_json_value json_text(const char *s) {
    return (rnn_json_value){.type = RNN_JSON_TEXT, .text = s, .n = strlen(s)};
}
static inline rnn_json_value json_bool(int v) {
    return (rnn_json_value){.type = RNN_JSON_BOOL, .number = v};
}
static inline rnn_json_value json_null(void) { return (rnn_json_value){.type = RNN_JSON_NULL}; }
static inline rnn_json_value json_array(const char *s, const double *items, size_t n) {
    return (rnn_json_value){
        .type = RNN_JSON_ARRAY, .text = s, .n = strlen(s), .items = items, .item_count = n};
}
static inline rnn_json_value json_object(const char *s) {
    return (rnn_json_value){.type = RNN_JSON_OBJECT, .text = s, .n = strlen(s)};
}

static inline rnn_status train(rnn_context *ctx, rnn_options *o, const char *key,
                               rnn_json_value v) {
    return rnn_options_set(ctx, o, "rnn_train", RNN_FOR_TRAIN, key, strlen(key), &v);
}

/* The option is refused with exactly this message and left alone. */
static inline void refuse(const char *function, unsigned scope, const char *key, rnn_json_value v,
                          const char *message) {
    rnn_context ctx = {0};
    rnn_options o, untouched;
    rnn_options_default(&o);
    rnn_options_default(&untouched);
    assert_int_equal(rnn_options_set(&ctx, &o, function, scope, key, strlen(key), &v), RNN_OPTION);
    assert_string_equal(ctx.message, message);
    assert_memory_equal(&o, &untouched, sizeof o);
}

static inline void refuse_train(const char *key, rnn_json_value v, const char *message) {
    refuse("rnn_train", RNN_FOR_TRAIN, key, v, message);
}

/* Set `key` on top of `o` and expect this from the checks (NULL: fine). */
static inline void check_with(rnn_options o, const char *key, rnn_json_value v,
                              const char *message) {
    rnn_context ctx = {0};
    assert_int_equal(train(&ctx, &o, key, v), RNN_OK);
    if (message == NULL) {
        if (rnn_options_check(&ctx, &o, "rnn_train", RNN_FOR_TRAIN) != RNN_OK)
            fail_msg("%s", ctx.message);
        return;
    }
    assert_int_equal(rnn_options_check(&ctx, &o, "rnn_train", RNN_FOR_TRAIN), RNN_OPTION);
    assert_string_equal(ctx.message, message);
}

#endif
