/* probe.c - see probe.h. */
#include "probe.h"

#include <math.h>
#include <string.h>

#include "answer.h"
#include "bind.h"
#include "patches.h"
#include "row_order.h"
#include "translator.h"

static const rnn_value NONE = {.type = RNN_NULL};

static int is_forecast(const rnn_probe *p) { return p->model->options.task == RNN_TASK_FORECAST; }

static int is_generate(const rnn_probe *p) { return p->model->options.task == RNN_TASK_GENERATE; }

/* ---- reading the rows ---- */

static int is_known(const rnn_probe *p, size_t s) {
    const rnn_sequence_set *set = &p->set;
    const rnn_sequence *q = &set->sequence[s];
    if (is_generate(p)) return 1;
    if (p->model->options.task == RNN_TASK_SEQ2SEQ)
        return rnn_table_get(set->rows, q->row, 0).type == RNN_TEXT;
    if (!p->model->sequence.every) return !isnan(set->target[s]);
    for (size_t i = 0; i < q->steps; i++) {
        if (!isnan(set->target[q->first + i])) return 1;
    }
    return 0;
}

static rnn_status open_sequences(rnn_probe *p, const char *function, const rnn_table *rows,
                                 int targets) {
    rnn_context *ctx = p->ctx;
    const rnn_model *m = p->model;
    rnn_first_cell first = targets ? RNN_FIRST_TARGET : RNN_FIRST_KEY;
    rnn_status status = rnn_answer_check_model(ctx, function, m, ~0u);
    if (status == RNN_OK) status = rnn_sequences_build(ctx, function, rows, m, first, &p->set);
    if (status) return status;
    p->list = rnn_alloc_array(ctx, p->set.count, sizeof *p->list);
    if (!p->list) return ctx->status;
    for (size_t s = 0; s < p->set.count; s++) {
        if (p->set.sequence[s].steps && (!targets || is_known(p, s))) p->list[p->count++] = s;
    }
    if (m->options.task == RNN_TASK_SEQ2SEQ && !p->set.token_first) {
        /* Without targets the sampler sees empty texts. */
        p->set.token_first =
            rnn_alloc_array_zero(ctx, (uint64_t)p->set.count + 1, sizeof *p->set.token_first);
        if (!p->set.token_first) return ctx->status;
    }
    status =
        rnn_sequence_sampler_create(ctx, m, &p->set, NULL, 0, p->list, p->count, 0, &p->sequences);
    if (status) return status;
    if (m->spec.target_vocabulary && !targets) {
        /* Room for what the model itself writes, and its end. */
        p->sequences->sampler.max_targets = rnn_translator_most(m) + 1;
    }
    p->sampler = &p->sequences->sampler;
    return RNN_OK;
}

/* Origin of the window of a series; -1 if it has none. */
static int64_t window_origin(const rnn_probe *p, size_t s, int targets) {
    const rnn_series *series = &p->series.series[s];
    int64_t origin = (int64_t)series->known - 1;
    if (series->known == 0) return -1;
    if (targets) origin -= (int64_t)p->windows->ahead;
    return origin >= (int64_t)p->windows->tracks[s].first ? origin : -1;
}

static rnn_status open_windows(rnn_probe *p, const char *function, const rnn_table *rows,
                               int targets) {
    rnn_context *ctx = p->ctx;
    if (p->model->forecast.recipe.any_step) {
        rnn_status bound = rnn_bind(ctx, function, p->model, rows, 0, &p->bound);
        if (bound) return bound;
        p->model = p->bound;
    }
    rnn_status status = rnn_series_build(ctx, function, rows, p->model, &p->series);
    if (status == RNN_OK) status = rnn_windows_create(ctx, &p->series, p->model, NULL, &p->windows);
    if (status) return status;
    p->window = rnn_alloc_array(ctx, p->series.count, sizeof *p->window);
    if (!p->window) return ctx->status;
    for (size_t s = 0; s < p->series.count; s++) {
        int64_t origin = window_origin(p, s, targets);
        if (origin >= 0) p->window[p->count++] = (rnn_window){s, origin};
    }
    p->sampler = &p->windows->sampler;
    return rnn_windows_set_list(p->windows, p->window, p->count);
}

rnn_status rnn_probe_open(rnn_context *ctx, const char *function, const rnn_model *model,
                          const rnn_table *rows, int targets, rnn_probe *p) {
    memset(p, 0, sizeof *p);
    p->ctx = ctx;
    p->model = model;
    rnn_tokenizer_init(&p->tokenizer, ctx, &model->sequence.text);
    rnn_status status = is_forecast(p) ? open_windows(p, function, rows, targets)
                                       : open_sequences(p, function, rows, targets);
    if (status) return status;
    if (targets && p->count == 0) {
        return rnn_fail(ctx, RNN_DATA,
                        is_forecast(p)
                            ? "%s: none of the %zu rows belongs to a series with a known target "
                              "and a horizon of known targets behind it"
                            : "%s: none of the %zu rows has both an input and a known target, of "
                              "classes one that training has seen; the rows are those of training",
                        function, rnn_table_rows(rows));
    }
    return p->count ? rnn_sampler_batch(ctx, p->sampler, &model->spec, 1, &p->batch) : RNN_OK;
}

void rnn_probe_close(rnn_probe *p) {
    rnn_context *ctx = p->ctx;
    if (!ctx) return;
    rnn_batch_free(ctx, &p->batch);
    rnn_sequence_sampler_free(p->sequences);
    rnn_sequence_set_free(&p->set);
    rnn_windows_free(p->windows);
    rnn_series_set_free(&p->series);
    rnn_tokenizer_free(&p->tokenizer);
    rnn_unbind(p->bound);
    rnn_free(ctx, p->list);
    rnn_free(ctx, p->window);
    memset(p, 0, sizeof *p);
}

/* ---- sequence by sequence ---- */

static const rnn_sequence *sequence(const rnn_probe *p) {
    return &p->set.sequence[p->list[p->next - 1]];
}

/* 1 if the sequence has words that are not in the vocabulary but are read by their parts, in a text
** that has to be cut again to see them. */
static int has_unknown(const rnn_probe *p) {
    const rnn_model *m = p->model;
    if (is_forecast(p) || m->sequence.shape != RNN_SHAPE_SEQUENCES || p->set.categories == 0)
        return 0;
    for (size_t t = 0; t < p->batch.steps; t++) {
        if (p->batch.ids[t] >= m->input[0].vocabulary.count) return 1;
    }
    return 0;
}

rnn_status rnn_probe_next(rnn_probe *p) {
    rnn_batch *b = &p->batch;
    size_t item = p->next, length;
    if (item == p->count) return RNN_DONE;
    rnn_status status = rnn_check(p->ctx);
    if (status) return status;
    length = p->sampler->length(p->sampler, 1, item);
    rnn_batch_layout(b, &length, 1);
    p->sampler->fill(p->sampler, 1, &item, 1, 0, b);
    p->next++;
    p->tokenizer.count = 0;
    if (!has_unknown(p)) return RNN_OK;
    rnn_value text = rnn_table_get(p->set.rows, sequence(p)->row, !is_generate(p));
    return rnn_tokenize(&p->tokenizer, text.p, text.n);
}

static int has_steps(const rnn_probe *p) { return p->model->sequence.shape == RNN_SHAPE_STEPS; }

rnn_value rnn_probe_key(const rnn_probe *p) {
    return is_forecast(p) || has_steps(p) ? NONE : sequence(p)->key;
}

rnn_value rnn_probe_series(const rnn_probe *p) {
    if (is_forecast(p)) return p->series.series[p->window[p->next - 1].series].key;
    return has_steps(p) ? sequence(p)->key : NONE;
}

rnn_value rnn_probe_time(rnn_probe *p, size_t step) {
    if (is_forecast(p)) {
        rnn_window at = p->window[p->next - 1];
        size_t begin = (size_t)at.origin + 1 - rnn_windows_context(p->windows, at);
        return rnn_series_time(&p->series, p->model, &p->series.series[at.series], begin + step,
                               p->time, sizeof p->time);
    }
    if (!has_steps(p)) return NONE;
    if (is_generate(p)) { /* a step reads the token before it; the first one, where a text begins */
        if (step == 0) return NONE;
        step--;
    }
    step = rnn_patch_place(p->model, step, sequence(p)->steps);
    return rnn_table_get(p->set.rows, p->set.row[sequence(p)->first + step], RNN_ROW_TIME);
}

/* The input column with the words of the first ids; NULL if there is none. */
static const rnn_input_column *word_column(const rnn_probe *p, size_t *number) {
    for (size_t k = 0; k < p->model->inputs; k++) {
        *number = k;
        if (rnn_input_has_words(p->model->input[k].kind)) return &p->model->input[k];
    }
    return NULL;
}

static rnn_value text_value(const char *text, size_t n) {
    return (rnn_value){.type = RNN_TEXT, .p = text, .n = n};
}

rnn_value rnn_probe_token(const rnn_probe *p, size_t step) {
    size_t k, n;
    const rnn_input_column *in = word_column(p, &k);
    if (!in) return NONE;
    size_t id = p->batch.ids[step * p->batch.id_width];
    const char *special = rnn_special_name(&in->vocabulary, id);
    if (special) return text_value(special, strlen(special));
    if (id < in->vocabulary.count) {
        const char *word = rnn_vocabulary_word(&in->vocabulary, id, &n);
        return text_value(word, n);
    }
    if (!is_forecast(p) && has_steps(p))
        return rnn_table_get(p->set.rows, p->set.row[sequence(p)->first + step], RNN_ROW_INPUT + k);
    if (step >= p->tokenizer.count) return NONE;
    return text_value(p->tokenizer.token[step].p, p->tokenizer.token[step].n);
}
