/* states.c - see states.h. */
#include "states.h"

#include <math.h>
#include <string.h>

#include "activations.h"
#include "pool.h"
#include "probe.h"
#include "translator.h"

enum { PART = 1024 };

struct rnn_states {
    rnn_context *ctx;
    const rnn_model *model;
    rnn_probe probe;
    rnn_workspace *workspace;
    real *state;             /* [state size] carried from part to part */
    rnn_batch part;          /* the steps under way, a view of probe.batch */
    size_t *offset, *length; /* of part */
    size_t most;             /* steps of a part */
    size_t begin;            /* first step of the part in its sequence */
    /* seq2seq */
    rnn_translator *translator;
    uint32_t *token; /* [translator's most] */
    size_t tokens;
    real *out; /* [most + 1 x O] */
    /* The row that was given last: numbers from 0. */
    int decoding; /* 1: in the decoder */
    size_t step, layer, direction, unit;
    rnn_cell_view view;
};

static int has_decoder(const rnn_states *s) { return s->model->spec.target_vocabulary > 0; }

/* ---- running the network ---- */

/* What the model writes for the source, as the decoder reads it: begin and the tokens. */
static void write_target(rnn_states *s) {
    rnn_batch *b = &s->probe.batch, *d = b->decoder;
    double log_probability;
    size_t length;
    rnn_translator_run(s->translator, b->steps, b->numbers, b->ids, b->bags, s->token, &s->tokens,
                       &log_probability);
    length = s->tokens + 1;
    rnn_batch_layout(d, &length, 1);
    d->ids[0] = RNN_WORD_BEGIN;
    for (size_t t = 0; t < s->tokens; t++) d->ids[t + 1] = s->token[t];
    b->source[0] = 0;
    b->outputs = length;
    for (size_t t = 0; t < length; t++) b->out_row[t] = (uint32_t)t;
}

/* A task for the floating-point mode that training has (pool.h). */
static void run_part(void *arg, size_t task) {
    rnn_states *s = arg;
    const rnn_net *net = s->model->member[0];
    rnn_batch *b = &s->probe.batch;
    rnn_pass pass = {.state_in = s->begin ? s->state : NULL, .state_out = s->state};
    (void)task;
    if (has_decoder(s)) {
        write_target(s);
        pass.state_out = NULL;
        s->part = *b;
        rnn_net_forward(net, b, &pass, s->workspace, s->out);
        return;
    }
    size_t end = b->steps - s->begin < s->most ? b->steps : s->begin + s->most;
    b->outputs = 0;
    s->part = rnn_batch_slice(b, s->begin, end, s->offset, s->length);
    rnn_activations_forward(net, &s->part, &pass, s->workspace);
}

/* The next steps: of the sequence, of its decoder, or of the next sequence. */
static rnn_status load(rnn_states *s) {
    s->step = s->layer = s->direction = s->unit = 0;
    if (has_decoder(s) && s->probe.next && !s->decoding) {
        s->decoding = 1;
        return RNN_OK;
    }
    s->decoding = 0;
    s->begin += s->part.steps;
    rnn_status status;
    if (s->part.steps && s->begin < s->probe.batch.steps) {
        status = rnn_check(s->ctx);
    } else {
        s->begin = 0;
        status = rnn_probe_next(&s->probe);
    }
    if (status == RNN_OK) rnn_pool_run(NULL, 1, run_part, s);
    return status;
}

/* ---- rows ---- */

static size_t steps(const rnn_states *s) {
    return s->decoding ? s->part.decoder->steps : s->part.steps;
}

/* To the next unit of what is loaded; 0 at the end of it. */
static int advance(rnn_states *s) {
    const rnn_net_spec *spec = &s->model->spec;
    size_t state = rnn_spec_state(spec), units = state > spec->hidden ? state : spec->hidden;
    if (++s->unit < units) return 1;
    s->unit = 0;
    if (++s->direction < (s->decoding ? 1 : rnn_spec_directions(spec))) return 1;
    s->direction = 0;
    if (++s->layer < spec->layers) return 1;
    s->layer = 0;
    return ++s->step < steps(s);
}

static double at(const real *v, size_t unit, size_t width) {
    return v && unit < width ? (double)v[unit] : NAN;
}

static rnn_value token(const rnn_states *s) {
    const rnn_vocabulary *v = &s->model->sequence.target_vocabulary;
    size_t n;
    if (!s->decoding) return rnn_probe_token(&s->probe, s->begin + s->step);
    if (s->step == 0) {
        const char *begin = rnn_special_name(v, RNN_WORD_BEGIN);
        return (rnn_value){.type = RNN_TEXT, .p = begin, .n = strlen(begin)};
    }
    const char *word = rnn_vocabulary_word(v, s->token[s->step - 1], &n);
    return (rnn_value){.type = RNN_TEXT, .p = word, .n = n};
}

rnn_status rnn_states_next(rnn_states *s, rnn_state_row *row) {
    const rnn_net_spec *spec = &s->model->spec;
    size_t H = spec->hidden, layer;
    rnn_status status = RNN_OK;
    if (s->probe.count == 0) return RNN_DONE;
    if (s->probe.next == 0 || !advance(s)) status = load(s);
    if (status) return status;
    layer = s->decoding ? spec->layers + s->layer : s->layer;
    if (s->unit == 0)
        s->view =
            rnn_activations_view(s->model->member[0], s->workspace, layer, s->direction, s->step);
    row->key = rnn_probe_key(&s->probe);
    row->series = rnn_probe_series(&s->probe);
    row->time = (rnn_value){.type = RNN_NULL};
    if (!s->decoding) row->time = rnn_probe_time(&s->probe, s->begin + s->step);
    row->token = token(s);
    row->step = (s->decoding ? 0 : s->begin) + s->step + 1;
    row->layer = s->layer + 1;
    row->unit = s->unit + 1;
    row->direction =
        s->decoding ? RNN_STATE_DECODER : (s->direction ? RNN_STATE_BACKWARD : RNN_STATE_FORWARD);
    row->h = at(s->view.h, s->unit, rnn_spec_state(spec));
    row->c = at(s->view.c, s->unit, H);
    row->input_gate = at(s->view.input_gate, s->unit, H);
    row->forget_gate = at(s->view.forget_gate, s->unit, H);
    row->output_gate = at(s->view.output_gate, s->unit, H);
    row->candidate = at(s->view.candidate, s->unit, H);
    row->update_gate = at(s->view.update_gate, s->unit, H);
    row->reset_gate = at(s->view.reset_gate, s->unit, H);
    return RNN_OK;
}

/* ---- life ---- */

static rnn_status make_decoder(rnn_states *s) {
    rnn_context *ctx = s->ctx;
    size_t most = rnn_translator_most(s->model);
    rnn_status status =
        rnn_translator_create(ctx, s->model, s->probe.sampler->max_steps, &s->translator);
    if (status) return status;
    s->token = rnn_alloc_array(ctx, most, sizeof *s->token);
    if (s->token)
        s->out = rnn_alloc_array(ctx, (uint64_t)most + 1, s->model->spec.outputs * sizeof *s->out);
    return s->out ? RNN_OK : ctx->status;
}

static rnn_status make(rnn_states *s, const char *function, const rnn_table *rows) {
    const rnn_net_spec *spec = &s->model->spec;
    rnn_context *ctx = s->ctx;
    rnn_status status = rnn_probe_open(ctx, function, s->model, rows, 0, &s->probe);
    s->model = s->probe.model;
    if (status || s->probe.count == 0) return status;
    int whole = spec->bidirectional || has_decoder(s);
    s->most = s->probe.sampler->max_steps;
    if (!whole && s->most > PART) s->most = PART;
    rnn_workspace_size size = {.sequences = 1, .steps = s->most, .rows = s->most};
    if (has_decoder(s)) {
        status = make_decoder(s);
        if (status) return status;
        size.target_steps = size.target_rows = size.outputs = s->probe.sampler->max_targets;
    }
    status = rnn_workspace_create(ctx, spec, &size, 1, &s->workspace);
    if (status) return status;
    s->state = rnn_alloc_array(ctx, rnn_state_size(spec), sizeof *s->state);
    if (s->state) s->offset = rnn_alloc_array(ctx, (uint64_t)s->most + 1, sizeof *s->offset);
    if (s->offset) s->length = rnn_alloc_array(ctx, 1, sizeof *s->length);
    return s->length ? RNN_OK : ctx->status;
}

rnn_status rnn_states_create(rnn_context *ctx, const char *function, const rnn_model *model,
                             const rnn_table *rows, rnn_states **out) {
    *out = NULL;
    rnn_states *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->ctx = ctx;
    s->model = model;
    rnn_status status = make(s, function, rows);
    if (status == RNN_OK) {
        *out = s;
    } else {
        rnn_states_free(s);
    }
    return status;
}

void rnn_states_free(rnn_states *s) {
    if (!s) return;
    rnn_context *ctx = s->ctx;
    rnn_probe_close(&s->probe);
    rnn_workspace_free(s->workspace);
    rnn_translator_free(s->translator);
    rnn_free(ctx, s->state);
    rnn_free(ctx, s->offset);
    rnn_free(ctx, s->length);
    rnn_free(ctx, s->token);
    rnn_free(ctx, s->out);
    rnn_free(ctx, s);
}
