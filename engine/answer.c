/* answer.c - see answer.h. */
#include "answer.h"

#include <math.h>
#include <string.h>

#include "decode.h"
#include "sequences.h"
#include "series_wide.h"

/* No temperature, no cuts. */
static const rnn_sampling PLAIN = {.temperature = 1, .top_p = 1}, GREEDY = {.top_p = 1};

int rnn_answer_is_blended(const rnn_model *model) {
    return model->sequence.wide_order > 0 || model->sequence.wide_series;
}

/* Features of the larger part. */
static size_t most_features(const rnn_model *model) {
    size_t shapes = rnn_series_wide_count(model, RNN_SHAPES);
    size_t contests = rnn_series_wide_count(model, RNN_CONTESTS);
    return shapes > contests ? shapes : contests;
}

size_t rnn_answer_scratch(const rnn_model *model, size_t steps) {
    size_t n = RNN_WIDE_PARTS * model->spec.outputs;
    if (!model->sequence.wide_series) return n;
    return n + most_features(model) + rnn_series_wide_scratch(model, steps);
}

static void say_of_text(const rnn_model *model, const rnn_keys *keys, size_t p, real *out) {
    const rnn_linear *linear = &model->sequence.linear[p];
    size_t K = model->sequence.classes;
    memset(out, 0, K * sizeof *out);
    if (keys && linear->rows && linear->classes == K) rnn_linear_logits(linear, keys, out);
}

void rnn_answer_blend(const rnn_model *model, const rnn_wide_input *in, real *scratch, real *out) {
    size_t K = model->spec.outputs;
    const real *part[RNN_BLEND_PARTS] = {out};
    real *rest = scratch + RNN_WIDE_PARTS * K;
    if (!rnn_answer_is_blended(model)) return;
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
        real *to = scratch + p * K;
        part[p + 1] = to;
        if (model->sequence.wide_series) {
            rnn_series_wide_predict(model, (rnn_convolution_part)p, in->numbers, in->stride,
                                    in->steps, rest + most_features(model), rest, to);
        } else {
            say_of_text(model, in->keys[p], p, to);
        }
    }
    rnn_blend(model->sequence.share, part, K, out);
}

size_t rnn_answer_class(const rnn_model *model, const real *logits, double *p) {
    size_t K = model->sequence.classes;
    rnn_sampling_distribution(&PLAIN, logits, NULL, K, p, NULL);
    return rnn_sampling_choose(&GREEDY, p, K, 0);
}

rnn_value rnn_answer_number(const rnn_model *model, const real *o) {
    const rnn_sequence_model *s = &model->sequence;
    double y = s->target_mean + s->target_scale * (double)o[0];
    return isfinite(y) ? (rnn_value){.type = RNN_FLOAT, .d = y} : (rnn_value){.type = RNN_NULL};
}

rnn_status rnn_answer_check_model(rnn_context *ctx, const char *function, const rnn_model *model,
                                  unsigned tasks) {
    static const char *const fits[RNN_TASKS] = {
        [RNN_TASK_FORECAST] = "rnn_forecast, rnn_backtest or rnn_anomalies",
        [RNN_TASK_CLASSIFY] = "rnn_predict or rnn_probability",
        [RNN_TASK_REGRESS] = "rnn_predict",
        [RNN_TASK_GENERATE] = "rnn_generate or rnn_suggest",
        [RNN_TASK_SEQ2SEQ] = "rnn_predict or rnn_generate",
    };
    int task = model->options.task;
    if (tasks & 1u << task) {
        size_t derived = model->sequence.derived;
        if (derived == 0 || derived == rnn_derived_width(model)) return RNN_OK;
        return rnn_fail(ctx, RNN_MODEL, "%s: the model is corrupt: it has %zu derived inputs",
                        function, derived);
    }
    return rnn_fail(ctx, RNN_MISUSE, "%s: the model's task is %s; use %s", function,
                    rnn_option_choice(RNN_KEY_task, task), fits[task]);
}
