/* model_sequence.c - the part of a model that every task but forecast has: classes, the target's
** scale, how text is cut (rnn_sequence_model in model.h). */
#include "json.h"
#include "model_internal.h"
#include "sequences.h"

#include <math.h>
#include <string.h>

/* Bytes of a stored class, at least: type and count. */
enum { CLASS_BYTES = 9, MOST_TOKENS = 1000000, MOST_DERIVED = 1 << 20 };

void rnn_sequence_section_free(rnn_model *m) {
    rnn_sequence_model *s = &m->sequence;
    for (size_t i = 0; s->class_value != NULL && i < s->classes; i++)
        if (s->class_value[i].type == RNN_TEXT || s->class_value[i].type == RNN_BLOB)
            rnn_free(m->ctx, (void *)s->class_value[i].p);
    rnn_free(m->ctx, s->class_value);
    rnn_free(m->ctx, s->class_count);
    rnn_vocabulary_free(&s->target_vocabulary);
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) rnn_linear_free(m->ctx, &s->linear[p]);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_settings(const rnn_text_settings *t, rnn_writer *w) {
    rnn_write_u8(w, (uint8_t)t->kind);
    rnn_write_u8(w, t->lowercase != 0);
    rnn_write_u64(w, t->max_tokens);
    rnn_write_u8(w, (uint8_t)t->truncate);
}

void rnn_sequence_section_write(const rnn_model *m, rnn_writer *w) {
    const rnn_sequence_model *s = &m->sequence;
    rnn_write_u8(w, (uint8_t)s->shape);
    rnn_write_u8(w, s->every != 0);
    rnn_part_style_write(&s->style, w);
    rnn_write_u64(w, s->derived);
    rnn_write_u64(w, s->classes);
    for (size_t i = 0; i < s->classes; i++) {
        rnn_value_write(&s->class_value[i], w);
        rnn_write_u64(w, s->class_count[i]);
    }
    rnn_write_f64(w, s->target_mean);
    rnn_write_f64(w, s->target_scale);
    rnn_write_u8(w, s->integer_target != 0);
    write_settings(&s->text, w);
    write_settings(&s->target_text, w);
    rnn_vocabulary_write(&s->target_vocabulary, w);
    rnn_write_u64(w, s->target_steps);
    rnn_write_u64(w, s->grams.shortest);
    rnn_write_u64(w, s->grams.longest);
    rnn_write_u64(w, s->wide_order);
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) rnn_write_f64(w, s->share[p]);
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) rnn_linear_write(&s->linear[p], w);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void read_settings(rnn_reader *r, rnn_text_settings *t) {
    t->kind = (rnn_tokens)rnn_part_choice(r, RNN_TOKENS_BYTE);
    t->lowercase = rnn_part_flag(r);
    t->max_tokens = rnn_part_size(r, MOST_TOKENS);
    t->truncate = (rnn_truncate)rnn_part_choice(r, RNN_TRUNCATE_TAIL);
}

static rnn_status read_classes(rnn_model *m, rnn_reader *r) {
    rnn_sequence_model *s = &m->sequence;
    size_t count = rnn_read_count(r, CLASS_BYTES);
    if (count == 0) return RNN_OK;
    s->class_value = rnn_alloc_array_zero(m->ctx, count, sizeof *s->class_value);
    if (s->class_value != NULL)
        s->class_count = rnn_alloc_array_zero(m->ctx, count, sizeof *s->class_count);
    if (s->class_count == NULL) return m->ctx->status;
    for (; s->classes < count && !r->failed; s->classes++) {
        rnn_value *to = &s->class_value[s->classes], v = rnn_value_read(r);
        if (v.type == RNN_NULL) r->failed = 1;
        if (s->classes > 0 && rnn_value_compare(to - 1, &v) >= 0) r->failed = 1;
        if (v.type == RNN_TEXT || v.type == RNN_BLOB) {
            v.p = rnn_strndup(m->ctx, v.p, v.n);
            if (v.p == NULL) return m->ctx->status;
        }
        *to = v;
        s->class_count[s->classes] = rnn_read_u64(r);
    }
    return RNN_OK;
}

rnn_status rnn_sequence_section_read(rnn_model *m, rnn_reader *r) {
    rnn_sequence_model *s = &m->sequence;
    rnn_status status;
    s->shape = (rnn_row_shape)rnn_part_choice(r, RNN_SHAPE_SEQUENCES);
    s->every = rnn_part_flag(r);
    rnn_part_style(r, &s->style);
    s->derived = rnn_part_size(r, MOST_DERIVED);
    status = read_classes(m, r);
    if (r->failed) return rnn_model_corrupt(m->ctx, "list of classes");
    if (status != RNN_OK) return status;
    s->target_mean = rnn_part_between(r, -1e300, 1e300);
    s->target_scale = rnn_part_between(r, 1e-300, 1e300);
    s->integer_target = rnn_part_flag(r);
    read_settings(r, &s->text);
    read_settings(r, &s->target_text);
    if (r->failed) return rnn_model_corrupt(m->ctx, "description of the sequences");
    status = rnn_vocabulary_read(m->ctx, r, RNN_TEXT_SPECIALS, &s->target_vocabulary);
    if (status != RNN_OK) return status;
    s->target_steps = rnn_part_size(r, MOST_TOKENS + 1);
    s->grams.shortest = rnn_part_size(r, RNN_MAX_GRAM);
    s->grams.longest = rnn_part_size(r, RNN_MAX_GRAM);
    s->wide_order = rnn_part_size(r, RNN_MAX_WIDE_ORDER);
    if (s->grams.shortest < 1 || s->grams.shortest > s->grams.longest) r->failed = 1;
    for (size_t p = 0; p < RNN_BLEND_PARTS; p++) s->share[p] = rnn_part_between(r, 0, 1e6);
    if (r->failed) return rnn_model_corrupt(m->ctx, "description of the sequences");
    for (size_t p = 0; p < RNN_WIDE_PARTS && status == RNN_OK; p++)
        status = rnn_linear_read(m->ctx, r, &s->linear[p]);
    return status;
}

/* ---- do the parts agree? --------------------------------------------------------------------- */

/* Kinds of inputs that the shape of the rows allows. */
static int inputs_fit(const rnn_model *m) {
    int sequences = m->sequence.shape == RNN_SHAPE_SEQUENCES;
    if (m->inputs < 1) return 0;
    if (m->options.task == RNN_TASK_GENERATE)
        return m->inputs == 1 && m->input[0].kind == RNN_INPUT_TEXT;
    for (size_t i = 0; i < m->inputs; i++) {
        rnn_input_kind kind = m->input[i].kind;
        if (sequences ? kind == RNN_INPUT_CATEGORY : kind == RNN_INPUT_SEQUENCE) return 0;
        if ((kind == RNN_INPUT_TEXT || kind == RNN_INPUT_SEQUENCE) && sequences && m->inputs != 1)
            return 0;
    }
    return sequences || m->options.task != RNN_TASK_SEQ2SEQ;
}

/* Numbers that are made from the inputs. */
static int derived_fits(const rnn_model *m) {
    size_t derived = m->sequence.derived;
    return derived == 0 || derived == rnn_derived_width(m);
}

static int settings_fit(const rnn_options *o, int tokens, int lowercase,
                        const rnn_text_settings *t) {
    return (int)t->kind == tokens && t->lowercase == lowercase &&
           t->max_tokens == (uint64_t)o->max_tokens && (int)t->truncate == o->truncate;
}

static int vocabulary_fits(const rnn_options *o, const rnn_vocabulary *v) {
    return v->count <= v->specials + (size_t)o->vocabulary;
}

/* Whole texts are cut as the options say. */
static int texts_fit(const rnn_model *m) {
    const rnn_options *o = &m->options;
    const rnn_sequence_model *q = &m->sequence;
    for (size_t i = 0; i < m->inputs; i++)
        if (!vocabulary_fits(o, &m->input[i].vocabulary)) return 0;
    if (q->shape == RNN_SHAPE_SEQUENCES && m->input[0].kind == RNN_INPUT_TEXT &&
        !settings_fit(o, o->tokens.source, o->lowercase, &q->text))
        return 0;
    return o->task != RNN_TASK_SEQ2SEQ ||
           (vocabulary_fits(o, &q->target_vocabulary) &&
            settings_fit(o, o->tokens.target, o->lowercase > 0, &q->target_text));
}

/* Linear models, with wide_order, are of texts, and of all classes. */
static int linear_models_fit(const rnn_model *m) {
    const rnn_sequence_model *s = &m->sequence;
    for (size_t p = 0; p < RNN_WIDE_PARTS; p++) {
        const rnn_linear *linear = &s->linear[p]; /* without rows: no text had a feature */
        if (linear->rows > 0 && (s->wide_order == 0 || linear->classes != s->classes)) return 0;
    }
    if ((s->wide_order > 0 || s->wide_series) != (m->options.wide > 0)) return 0;
    return s->wide_order == 0 ||
           (m->options.task == RNN_TASK_CLASSIFY && s->shape == RNN_SHAPE_SEQUENCES &&
            m->input[0].kind == RNN_INPUT_TEXT);
}

/* Pooling where there is one prediction a sequence, and nowhere else. */
static int label_fits(const rnn_model *m) {
    const rnn_sequence_model *q = &m->sequence;
    int classify = m->options.task == RNN_TASK_CLASSIFY, loss = m->options.loss;
    if ((q->classes > 0) != classify || q->target_vocabulary.count != 0) return 0;
    if (classify ? loss != RNN_LOSS_CROSS_ENTROPY : loss > RNN_LOSS_HUBER) return 0;
    if (m->options.output != (q->every ? RNN_OUTPUT_EVERY : RNN_OUTPUT_LAST)) return 0;
    if (q->every && q->shape == RNN_SHAPE_SEQUENCES) return 0;
    return (m->spec.pooling != RNN_POOL_NONE) != q->every;
}

static int writer_fits(const rnn_model *m) {
    const rnn_sequence_model *q = &m->sequence;
    size_t target = q->target_vocabulary.count;
    if (q->classes != 0 || q->every || m->options.loss != RNN_LOSS_CROSS_ENTROPY) return 0;
    if (m->options.task == RNN_TASK_SEQ2SEQ) return target > 0 && q->target_steps > 0;
    return target == 0 && !m->spec.bidirectional;
}

rnn_status rnn_sequence_check(rnn_model *m) {
    int label = m->options.task == RNN_TASK_CLASSIFY || m->options.task == RNN_TASK_REGRESS;
    if (!inputs_fit(m)) return rnn_model_corrupt(m->ctx, "list of columns");
    if (!linear_models_fit(m)) return rnn_model_corrupt(m->ctx, "linear models");
    if (!texts_fit(m)) return rnn_model_corrupt(m->ctx, "description of the texts");
    if (!rnn_series_section_fits(m)) return rnn_model_corrupt(m->ctx, "description of the series");
    if (!derived_fits(m) || !(label ? label_fits(m) : writer_fits(m)) || !rnn_model_spec_fits(m))
        return rnn_model_corrupt(m->ctx, "network");
    return RNN_OK;
}
