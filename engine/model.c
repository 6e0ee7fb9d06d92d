/* model.c - making, freeing and writing models (see model.h; layout in docs/formats.md). */
#include "model_internal.h"

#include <string.h>

/* ---- life ------------------------------------------------------------------------------------ */

rnn_model *rnn_model_create(rnn_context *ctx) {
    rnn_model *m = rnn_alloc_zero(ctx, sizeof *m);
    if (m == NULL) return NULL;
    m->ctx = ctx;
    rnn_options_default(&m->options);
    m->forecast.spread = 1;
    m->sequence.target_scale = 1;
    m->sequence.grams = RNN_GRAM_DEFAULT;
    return m;
}

static void free_column(rnn_context *ctx, rnn_input_column *c) {
    rnn_vocabulary_free(&c->vocabulary);
    rnn_free(ctx, c->mean);
    rnn_free(ctx, c->scale);
}

static void free_forecast(rnn_context *ctx, rnn_forecast_model *f) {
    for (size_t i = 0; f->series_key != NULL && i < f->series; i++) {
        rnn_value *key = &f->series_key[i];
        /* The bytes are the model's own; values borrow theirs elsewhere, hence the const. */
        if (key->type == RNN_TEXT || key->type == RNN_BLOB) rnn_free(ctx, (void *)key->p);
    }
    rnn_free(ctx, f->series_key);
    rnn_free(ctx, f->calibration.probability);
    rnn_free(ctx, f->calibration.factor);
}

void rnn_model_free(rnn_model *m) {
    if (m == NULL) return;
    for (size_t i = 0; m->input != NULL && i < m->inputs; i++) free_column(m->ctx, &m->input[i]);
    for (size_t i = 0; m->member != NULL && i < m->members; i++) rnn_net_free(m->member[i]);
    free_forecast(m->ctx, &m->forecast);
    rnn_sequence_section_free(m);
    rnn_series_section_free(m);
    rnn_free(m->ctx, m->input);
    rnn_free(m->ctx, m->history);
    rnn_free(m->ctx, m->member);
    rnn_free(m->ctx, m);
}

uint64_t rnn_model_parameters(const rnn_model *m) {
    return (uint64_t)m->members * rnn_spec_parameters(&m->spec);
}

size_t rnn_model_numbers(const rnn_model *m) {
    size_t width = 0;
    for (size_t i = 0; i < m->inputs; i++)
        if (!rnn_input_has_words(m->input[i].kind)) width += m->input[i].width + 1;
    return width;
}

size_t rnn_model_categories(const rnn_model *m) {
    size_t categories = 0;
    for (size_t i = 0; i < m->inputs; i++)
        categories += rnn_input_has_words(m->input[i].kind) ? 1 : 0;
    return categories;
}

const char *rnn_model_metric(const rnn_model *m) {
    static const char *const names[RNN_TASKS] = {"mase", "accuracy", "rmse", "perplexity",
                                                 "exact_match"};
    return names[m->options.task];
}

int rnn_model_is_whole(const rnn_model *m) { return m->sequence.patch_width > 0; }

uint32_t rnn_model_format(const rnn_model *m) {
    const rnn_recipe *r = &m->forecast.recipe;
    if (m->options.task == RNN_TASK_FORECAST) return r->careful || r->mixture ? 3 : 1;
    int newer = rnn_model_is_whole(m) || m->spec.pooling == RNN_POOL_MIXED ||
                m->options.class_weights.kind == RNN_WEIGHTS_SQRT;
    return newer ? 2 : 1;
}

int rnn_model_has_section(const rnn_model *m, const char *tag) {
    int forecast = m->options.task == RNN_TASK_FORECAST;
    if (strcmp(tag, "FCST") == 0) return forecast;
    if (strcmp(tag, "MIXT") == 0) return forecast && m->version >= 3;
    if (strcmp(tag, "SERS") == 0) return !forecast && m->version >= 2;
    return strcmp(tag, "SEQS") == 0 ? !forecast : 1;
}

/* ---- sections -------------------------------------------------------------------------------- */

static void write_columns(const rnn_model *m, rnn_writer *w) {
    rnn_write_u64(w, m->inputs);
    for (size_t i = 0; i < m->inputs; i++) {
        const rnn_input_column *c = &m->input[i];
        rnn_write_u8(w, (uint8_t)c->kind);
        rnn_write_u8(w, c->known_ahead != 0);
        rnn_write_u64(w, c->width);
        rnn_write_doubles(w, c->mean, c->width);
        rnn_write_doubles(w, c->scale, c->width);
        rnn_vocabulary_write(&c->vocabulary, w);
    }
}

static void write_report(const rnn_model *m, rnn_writer *w) {
    const rnn_report *r = &m->report;
    rnn_write_u64(w, r->rows);
    rnn_write_u64(w, r->series);
    rnn_write_u64(w, r->series_skipped);
    rnn_write_u64(w, r->missing_targets);
    rnn_write_u64(w, r->filled_steps);
    rnn_write_string(w, r->reason, strlen(r->reason));
    if (r->slice) rnn_write_u64(w, r->slice);
}

static void write_history(const rnn_model *m, rnn_writer *w) {
    rnn_write_i64(w, m->best_epoch);
    rnn_write_u64(w, m->epochs);
    for (size_t i = 0; i < m->epochs; i++) {
        const rnn_epoch *e = &m->history[i];
        rnn_write_i64(w, e->epoch);
        rnn_write_f64(w, e->train_loss);
        rnn_write_f64(w, e->valid_loss);
        rnn_write_f64(w, e->metric);
        rnn_write_f64(w, e->learning_rate);
        rnn_write_f64(w, e->gradient_norm);
        rnn_write_u8(w, e->best != 0);
    }
}

void rnn_part_style_write(const rnn_time_style *style, rnn_writer *w) {
    rnn_write_u8(w, (uint8_t)style->kind);
    rnn_write_u8(w, (uint8_t)style->separator);
    rnn_write_u8(w, style->seconds != 0);
    rnn_write_u8(w, (uint8_t)style->fraction);
    rnn_write_u8(w, (uint8_t)style->zone);
    rnn_write_i64(w, style->offset);
}

static void write_time(const rnn_forecast_model *f, rnn_writer *w) {
    rnn_part_style_write(&f->style, w);
    rnn_write_u8(w, (uint8_t)f->frequency.unit);
    rnn_write_f64(w, f->frequency.size);
    rnn_write_u8(w, f->frequency.weekdays);
    rnn_write_u8(w, f->frequency.month_end);
    rnn_write_f64(w, f->frequency.shift);
}

static void write_forecast(const rnn_model *m, rnn_writer *w) {
    const rnn_forecast_model *f = &m->forecast;
    const rnn_calibration *c = &f->calibration;
    write_time(f, w);
    rnn_write_u64(w, f->seasons);
    for (size_t i = 0; i < f->seasons; i++) rnn_write_u64(w, f->season[i]);
    rnn_write_u32(w, f->calendar);
    rnn_recipe_write(&f->recipe, w);
    rnn_write_u8(w, f->integer_target != 0);
    rnn_write_u8(w, f->nonnegative != 0);
    rnn_write_f64(w, f->center);
    rnn_write_f64(w, f->spread);
    rnn_write_u64(w, f->series);
    for (size_t i = 0; i < f->series; i++) rnn_value_write(&f->series_key[i], w);
    rnn_write_u64(w, c->count);
    rnn_write_u64(w, c->groups);
    rnn_write_doubles(w, c->probability, c->count);
    rnn_write_doubles(w, c->factor, c->groups * c->count);
}

static void write_mixture(const rnn_model *m, rnn_writer *w) {
    rnn_recipe_write_more(&m->forecast.recipe, w);
}

static void write_spec(const rnn_model *m, rnn_writer *w) {
    const rnn_net_spec *s = &m->spec;
    rnn_write_u8(w, (uint8_t)s->cell);
    rnn_write_u8(w, (uint8_t)s->activation);
    rnn_write_u8(w, (uint8_t)s->reset);
    rnn_write_u8(w, (uint8_t)s->init);
    rnn_write_u8(w, (uint8_t)s->pooling);
    rnn_write_u8(w, s->bidirectional != 0);
    rnn_write_u8(w, s->peephole != 0);
    rnn_write_u8(w, s->layer_norm != 0);
    rnn_write_u8(w, s->learned_initial != 0);
    rnn_write_u8(w, s->skip != 0);
    rnn_write_u8(w, s->average_gradient != 0);
    rnn_write_u64(w, s->layers);
    rnn_write_u64(w, s->hidden);
    rnn_write_u64(w, s->projection);
    rnn_write_u64(w, s->numbers);
    rnn_write_u64(w, s->outputs);
    rnn_write_f64(w, s->forget_bias);
    rnn_write_f64(w, s->dropout);
    rnn_write_f64(w, s->recurrent_dropout);
    rnn_write_f64(w, s->embedding_dropout);
    rnn_write_u8(w, s->tied != 0);
    rnn_write_u8(w, s->attention != 0);
    rnn_write_u64(w, s->target_vocabulary);
    rnn_write_u64(w, s->target_embedding);
    rnn_write_u64(w, s->categories);
    for (size_t i = 0; i < s->categories; i++) {
        rnn_write_u64(w, s->vocabulary[i]);
        rnn_write_u64(w, s->embedding[i]);
        rnn_write_u64(w, s->subwords[i]);
    }
}

static void write_networks(const rnn_model *m, rnn_writer *w) {
    rnn_write_u64(w, m->members);
    rnn_write_u64(w, rnn_spec_parameters(&m->spec));
    for (size_t i = 0; i < m->members; i++)
        rnn_write_reals(w, rnn_net_parameters(m->member[i]), rnn_net_parameter_count(m->member[i]));
}

static void write_options(const rnn_model *m, rnn_writer *w) { rnn_options_write(&m->options, w); }

/* Is there such a section in what is written? */
static int is_written(const rnn_model *m, const char *tag) {
    if (strcmp(tag, "MIXT") == 0) return rnn_model_format(m) == 3;
    if (strcmp(tag, "SERS") == 0) return rnn_model_format(m) == 2;
    return rnn_model_has_section(m, tag);
}

rnn_status rnn_model_write(const rnn_model *m, rnn_writer *w) {
    static const struct {
        const char *tag;
        void (*write)(const rnn_model *m, rnn_writer *w);
    } sections[RNN_MODEL_SECTIONS] = {{"OPTS", write_options},
                                      {"COLS", write_columns},
                                      {"REPT", write_report},
                                      {"HIST", write_history},
                                      {"FCST", write_forecast},
                                      {"MIXT", write_mixture},
                                      {"SEQS", rnn_sequence_section_write},
                                      {"SERS", rnn_series_section_write},
                                      {"SPEC", write_spec},
                                      {"NETS", write_networks}};
    size_t start = w->size;
    rnn_write_bytes(w, RNN_MODEL_MAGIC, 8);
    rnn_write_u32(w, rnn_model_format(m));
    rnn_write_u32(w, 0); /* checksum and size: patched below */
    rnn_write_u64(w, 0);
    for (size_t i = 0; i < RNN_MODEL_SECTIONS; i++) {
        size_t at = w->size;
        if (!is_written(m, sections[i].tag)) continue;
        rnn_write_bytes(w, sections[i].tag, 4);
        rnn_write_u64(w, 0);
        sections[i].write(m, w);
        rnn_patch_u64(w, at + 4, w->size - at - RNN_SECTION_HEADER);
    }
    if (w->status != RNN_OK) return w->status;
    rnn_patch_u64(w, start + 16, w->size - start);
    rnn_patch_u32(
        w, start + RNN_MODEL_CHECKSUM,
        rnn_crc32(0, w->data + start + RNN_MODEL_HEADER, w->size - start - RNN_MODEL_HEADER));
    return RNN_OK;
}

static uint64_t fingerprint_of(uint32_t checksum, uint64_t bytes) {
    return (uint64_t)checksum << 32 ^ bytes;
}

rnn_status rnn_model_fingerprint(rnn_context *ctx, const rnn_model *m, uint64_t *fingerprint) {
    rnn_writer w;
    rnn_reader r;
    rnn_status status;
    *fingerprint = fingerprint_of(m->checksum, m->bytes);
    if (m->bytes > 0) return RNN_OK;
    rnn_writer_init(&w, ctx);
    status = rnn_model_write(m, &w);
    if (status == RNN_OK) {
        rnn_reader_init(&r, w.data + RNN_MODEL_CHECKSUM, sizeof(uint32_t));
        *fingerprint = fingerprint_of(rnn_read_u32(&r), w.size);
    }
    rnn_writer_free(&w);
    return status;
}
