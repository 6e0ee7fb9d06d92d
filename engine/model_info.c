/* model_info.c - rnn_info: what a model is, as JSON. */
#include "calendar.h"
#include "json.h"
#include "model.h"

#include <math.h>
#include <string.h>

static void key_text(rnn_writer *w, const char *key, const char *text) {
    rnn_write_json_key(w, key);
    rnn_write_json_string(w, text, strlen(text));
}

static void key_count(rnn_writer *w, const char *key, uint64_t count) {
    rnn_write_json_key(w, key);
    rnn_write_json_integer(w, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static void key_number(rnn_writer *w, const char *key, double number) {
    rnn_write_json_key(w, key);
    rnn_write_json_number(w, number);
}

static void key_bool(rnn_writer *w, const char *key, int value) {
    rnn_write_json_key(w, key);
    rnn_write_json_bool(w, value);
}

static void separate(rnn_writer *w, size_t i) {
    if (i > 0) rnn_write_text(w, ",");
}

static void write_network(const rnn_model *m, rnn_writer *w) {
    const rnn_net_spec *s = &m->spec;
    key_text(w, "cell", rnn_option_choice(RNN_KEY_cell, (int)s->cell));
    key_count(w, "hidden", s->hidden);
    key_count(w, "layers", s->layers);
    key_bool(w, "bidirectional", s->bidirectional);
    key_count(w, "projection", s->projection);
    key_count(w, "inputs", rnn_spec_inputs(s));
    key_count(w, "outputs", s->outputs);
    key_count(w, "ensemble", m->members);
    key_count(w, "parameters", rnn_model_parameters(m));
}

static void write_calendar(unsigned mask, rnn_writer *w) {
    static const struct {
        unsigned bit;
        const char *name;
    } features[] = {
#define FEATURE(bit, name, width) {1u << (bit), #name},
        RNN_CALENDAR_LIST(FEATURE)
#undef FEATURE
    };
    size_t written = 0;
    rnn_write_json_key(w, "calendar");
    rnn_write_text(w, "[");
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        char name[32] = "";
        if ((mask & features[i].bit) == 0) continue;
        for (size_t k = 0; k + 1 < sizeof name && features[i].name[k] != '\0'; k++) {
            char c = features[i].name[k];
            name[k] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        separate(w, written++);
        rnn_write_json_string(w, name, strlen(name));
    }
    rnn_write_text(w, "]");
}

/* Mean share of the network over all kinds of series and groups of steps. */
static double mean_share(const rnn_recipe *r) {
    double sum = 0;
    if (r->share_groups == 0) return r->shrink;
    for (size_t i = 0; i < RNN_SERIES_KINDS * r->share_groups; i++)
        sum += r->share[i % RNN_SERIES_KINDS][i / RNN_SERIES_KINDS];
    return sum / (double)(RNN_SERIES_KINDS * r->share_groups);
}

void rnn_smoothing_write_json(const double weight[RNN_SMOOTHING_COUNT], rnn_writer *w) {
    double kind[RNN_SMOOTHING_KINDS];
    rnn_smoothing_kinds(weight, kind);
    rnn_write_text(w, "{");
    for (size_t left = RNN_SMOOTHING_KINDS; left > 0; left--) { /* the heaviest first */
        size_t most = 0;
        for (size_t k = 1; k < RNN_SMOOTHING_KINDS; k++)
            if (kind[k] > kind[most]) most = k;
        if (kind[most] < 0.01) break;
        rnn_write_json_key(w, rnn_smoothing_name(most));
        rnn_write_json_number(w, round(kind[most] * 1000) / 1000);
        kind[most] = 0;
    }
    rnn_write_text(w, "}");
}

static void write_mixture(const rnn_smoothing *s, rnn_writer *w) {
    key_bool(w, "shared_season", s->profile_length > 0);
    rnn_write_json_key(w, "mixture");
    rnn_smoothing_write_json(s->weight, w);
}

static void write_forecast(const rnn_model *m, rnn_writer *w) {
    const rnn_forecast_model *f = &m->forecast;
    const rnn_baseline *b = &f->recipe.base;
    char frequency[RNN_FREQUENCY_TEXT_BYTES];
    key_count(w, "horizon", (uint64_t)m->options.horizon);
    key_count(w, "context", (uint64_t)m->options.context);
    key_text(w, "frequency", rnn_frequency_print(&f->frequency, frequency, sizeof frequency));
    rnn_write_json_key(w, "seasons");
    rnn_write_text(w, "[");
    for (size_t i = 0; i < f->seasons; i++) {
        separate(w, i);
        rnn_write_json_integer(w, (int64_t)f->season[i]);
    }
    rnn_write_text(w, "]");
    write_calendar(f->calendar, w);
    key_bool(w, "logarithm", f->recipe.log);
    rnn_write_json_key(w, "baseline");
    rnn_write_text(w, "{");
    key_count(w, "season", b->terms > 0 || (f->recipe.mixture && b->season > 1) ? b->season : 0);
    key_count(w, "cycles", b->terms);
    key_count(w, "level", b->level);
    key_bool(w, "drift", b->drift);
    key_number(w, "share_of_network", mean_share(&f->recipe));
    if (f->recipe.mixture) write_mixture(&f->recipe.smoothing, w);
    rnn_write_text(w, "}");
    key_text(w, "target", f->integer_target ? "integer" : "real");
    key_bool(w, "nonnegative", f->nonnegative);
}

/* "source":{"tokens":"word","lowercase":true,...} */
static void write_text(const char *key, const rnn_text_settings *t, const rnn_vocabulary *v,
                       rnn_writer *w) {
    rnn_write_json_key(w, key);
    rnn_write_text(w, "{");
    key_text(w, "tokens", rnn_option_choice(RNN_KEY_tokens, (int)t->kind));
    key_bool(w, "lowercase", t->lowercase);
    if (t->max_tokens > 0) key_count(w, "max_tokens", t->max_tokens);
    key_text(w, "truncate", rnn_option_choice(RNN_KEY_truncate, (int)t->truncate));
    key_count(w, "vocabulary", v->count);
    rnn_write_text(w, "}");
}

/* Classes keep their type; counts in a list beside them, since a key would be text. */
static void write_classes(const rnn_sequence_model *s, rnn_writer *w) {
    rnn_write_json_key(w, "classes");
    rnn_write_text(w, "[");
    for (size_t i = 0; i < s->classes; i++) {
        const rnn_value *v = &s->class_value[i];
        separate(w, i);
        rnn_write_text(w, "{\"class\":");
        if (v->type == RNN_INT)
            rnn_write_json_integer(w, v->i);
        else if (v->type == RNN_FLOAT)
            rnn_write_json_number(w, v->d);
        else
            rnn_write_json_string(w, v->p, v->n);
        key_count(w, "count", s->class_count[i]);
        rnn_write_text(w, "}");
    }
    rnn_write_text(w, "]");
}

/* "linear":{"features":[...],"shares":[...]}: of words and pairs, of parts of words; or of shapes and
** of contests of series. The first share is that of the networks. */
static void write_linear(const rnn_sequence_model *s, rnn_writer *w) {
    rnn_write_json_key(w, "linear");
    rnn_write_text(w, "{\"features\":[");
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
        separate(w, p);
        rnn_write_json_integer(
            w, (int64_t)(s->wide_series ? s->ridge[p].features : s->linear[p].rows));
    }
    rnn_write_text(w, "],\"shares\":[");
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) {
        separate(w, p);
        rnn_write_json_number(w, s->share[p]);
    }
    rnn_write_text(w, "]}");
}

static void write_sequence(const rnn_model *m, rnn_writer *w) {
    const rnn_sequence_model *s = &m->sequence;
    int label = m->options.task == RNN_TASK_CLASSIFY || m->options.task == RNN_TASK_REGRESS;
    key_text(w, "rows", s->shape == RNN_SHAPE_STEPS ? "steps" : "sequences");
    if (label) {
        key_text(w, "output",
                 rnn_option_choice(RNN_KEY_output, s->every ? RNN_OUTPUT_EVERY : RNN_OUTPUT_LAST));
        key_text(w, "pooling",
                 m->spec.pooling == RNN_POOL_NONE
                     ? "none"
                     : rnn_option_choice(RNN_KEY_pooling, (int)m->spec.pooling));
    }
    if (s->patch_width > 0) {
        key_count(w, "patch", s->patch_width);
        key_count(w, "stride", s->patch_stride);
        key_bool(w, "own_scale", s->own_scale);
    }
    if (s->wide_order > 0 || s->wide_series) write_linear(s, w);
    if (s->shape == RNN_SHAPE_SEQUENCES && m->inputs == 1 && m->input[0].kind == RNN_INPUT_TEXT)
        write_text("source", &s->text, &m->input[0].vocabulary, w);
    if (s->target_vocabulary.count > 0) {
        write_text("target", &s->target_text, &s->target_vocabulary, w);
        key_bool(w, "attention", m->spec.attention);
    }
    if (m->options.task == RNN_TASK_REGRESS) {
        key_text(w, "target", s->integer_target ? "integer" : "real");
        key_number(w, "target_mean", s->target_mean);
        key_number(w, "target_scale", s->target_scale);
    }
    if (s->classes > 0) write_classes(s, w);
}

/* Inputs in the order of the arguments. */
static void write_columns(const rnn_model *m, rnn_writer *w) {
    static const char *const kinds[] = {"number", "category", "vector", "text", "sequence"};
    size_t category = 0;
    rnn_write_json_key(w, "columns");
    rnn_write_text(w, "[");
    for (size_t i = 0; i < m->inputs; i++) {
        const rnn_input_column *c = &m->input[i];
        separate(w, i);
        rnn_write_text(w, "{");
        key_count(w, "input", i + 1);
        key_text(w, "kind", kinds[c->kind]);
        if (m->options.task == RNN_TASK_FORECAST) key_bool(w, "known_ahead", c->known_ahead);
        if (rnn_input_has_words(c->kind)) {
            key_count(w, "vocabulary", c->vocabulary.count);
            if (m->spec.subwords[category] > 0)
                key_count(w, "subwords", m->spec.subwords[category]);
            category++;
        } else {
            key_count(w, "width", c->width);
        }
        rnn_write_text(w, "}");
    }
    rnn_write_text(w, "]");
}

static void write_training(const rnn_model *m, rnn_writer *w) {
    const rnn_epoch *best = NULL;
    for (size_t i = 0; i < m->epochs; i++)
        if (m->history[i].epoch == m->best_epoch) best = &m->history[i];
    key_count(w, "epochs", m->epochs);
    key_count(w, "best_epoch", (uint64_t)m->best_epoch);
    if (m->report.slice) key_count(w, "checkpointing", m->report.slice);
    rnn_write_json_key(w, "metrics");
    rnn_write_text(w, "{");
    if (best != NULL) {
        key_number(w, "train_loss", best->train_loss);
        key_number(w, "valid_loss", best->valid_loss);
        key_number(w, rnn_model_metric(m), best->metric);
    }
    rnn_write_text(w, "}");
}

static void write_report(const rnn_report *r, rnn_writer *w) {
    rnn_write_json_key(w, "data");
    rnn_write_text(w, "{");
    key_count(w, "rows", r->rows);
    key_count(w, "series", r->series);
    key_count(w, "series_skipped", r->series_skipped);
    if (r->reason[0] != '\0') key_text(w, "reason", r->reason);
    key_count(w, "missing_targets", r->missing_targets);
    key_count(w, "filled_steps", r->filled_steps);
    rnn_write_text(w, "}");
}

rnn_status rnn_model_info(const rnn_model *m, rnn_writer *w) {
    rnn_write_text(w, "{");
    key_text(w, "task", rnn_option_choice(RNN_KEY_task, m->options.task));
    write_network(m, w);
    key_count(w, "bytes", m->bytes);
    key_count(w, "format_version", rnn_model_format(m));
    if (m->options.task == RNN_TASK_FORECAST)
        write_forecast(m, w);
    else
        write_sequence(m, w);
    write_columns(m, w);
    write_training(m, w);
    write_report(&m->report, w);
    rnn_write_json_key(w, "options");
    rnn_options_json(&m->options, w);
    rnn_write_text(w, "}");
    return w->status;
}
