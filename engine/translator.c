/* translator.c - see translator.h. */
#include "translator.h"

#include <string.h>

#include "decode.h"

enum { DEFAULT_BEAM = 4 };

struct rnn_translator {
    rnn_context *ctx;
    const rnn_model *model;
    rnn_batch source; /* of one sequence */
    rnn_stepper *stepper;
    rnn_beam *beam;
    real *state;     /* what the encoder makes of the source */
    uint8_t *banned; /* [target vocabulary] 1: never written */
};

size_t rnn_translator_beam(const rnn_model *model) {
    return model->options.beam > 0 ? (size_t)model->options.beam : DEFAULT_BEAM;
}

size_t rnn_translator_most(const rnn_model *model) {
    return model->sequence.target_steps ? model->sequence.target_steps : 1;
}

static rnn_status make(rnn_translator *t, size_t steps) {
    const rnn_model *m = t->model;
    rnn_context *ctx = t->ctx;
    size_t beam = rnn_translator_beam(m);
    size_t words = m->spec.target_vocabulary;
    rnn_status status =
        rnn_batch_init(ctx, &t->source, 1, steps, m->spec.numbers, m->spec.categories, 1);
    if (status == RNN_OK)
        status = rnn_stepper_create(ctx, m->member, m->members, beam, steps, &t->stepper);
    if (status == RNN_OK)
        status = rnn_beam_create(ctx, t->stepper, words, beam, rnn_translator_most(m), &t->beam);
    if (status) return status;
    rnn_beam_set_check(t->beam, 0);
    t->state = rnn_alloc_array(ctx, rnn_stepper_state_size(t->stepper), sizeof *t->state);
    if (t->state) t->banned = rnn_alloc_array_zero(ctx, words, sizeof *t->banned);
    if (!t->banned) return ctx->status;
    for (size_t i = 0; i < RNN_WORD_END && i < words; i++) t->banned[i] = 1;
    return RNN_OK;
}

rnn_status rnn_translator_create(rnn_context *ctx, const rnn_model *model, size_t steps,
                                 rnn_translator **out) {
    *out = NULL;
    rnn_translator *t = rnn_alloc_zero(ctx, sizeof *t);
    if (!t) return ctx->status;
    t->ctx = ctx;
    t->model = model;
    rnn_status status = make(t, steps);
    if (status == RNN_OK) {
        *out = t;
    } else {
        rnn_translator_free(t);
    }
    return status;
}

void rnn_translator_free(rnn_translator *t) {
    if (!t) return;
    rnn_context *ctx = t->ctx;
    rnn_batch_free(ctx, &t->source);
    rnn_beam_free(t->beam);
    rnn_stepper_free(t->stepper);
    rnn_free(ctx, t->state);
    rnn_free(ctx, t->banned);
    rnn_free(ctx, t);
}

void rnn_translator_run(rnn_translator *t, size_t steps, const real *numbers, const uint32_t *ids,
                        const rnn_bags *bags, uint32_t *token, size_t *count,
                        double *log_probability) {
    const rnn_net_spec *s = &t->model->spec;
    rnn_batch *b = &t->source;
    rnn_batch_layout(b, &steps, 1);
    if (s->numbers) memcpy(b->numbers, numbers, steps * s->numbers * sizeof *numbers);
    if (s->categories) memcpy(b->ids, ids, steps * s->categories * sizeof *ids);
    b->bags = bags;
    rnn_stepper_encode(t->stepper, b, t->state);
    rnn_beam_run(t->beam, t->state, RNN_WORD_BEGIN, RNN_WORD_END, t->banned,
                 rnn_translator_most(t->model), token, count, log_probability);
}

void rnn_translator_text(const rnn_model *model, const uint32_t *token, size_t count,
                         rnn_token *scratch, rnn_writer *w) {
    const rnn_vocabulary *v = &model->sequence.target_vocabulary;
    for (size_t i = 0; i < count; i++)
        scratch[i].p = rnn_vocabulary_word(v, token[i], &scratch[i].n);
    rnn_text_join(model->sequence.target_text.kind, scratch, count, w);
}
