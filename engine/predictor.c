/* predictor.c - predictions for rows; see predictor.h. The work is done in sweep.c. */
#include "predictor.h"

#include <math.h>
#include <stdio.h>

#include "answer.h"
#include "json.h"
#include "row_order.h"
#include "sweep.h"
#include "translator.h"

struct rnn_predictor {
    rnn_context *ctx;
    const rnn_model *model;
    rnn_sequence_set set;
    rnn_pool *pool;
    rnn_sweep *sweep;
    rnn_swept at;
    double *p;         /* [classes] of the current row */
    rnn_token *word;   /* [most] scratch */
    rnn_writer text;   /* the text written */
    rnn_writer object; /* probabilities as JSON; empty until asked for */
};

static rnn_status make(rnn_predictor *p, const char *function, const rnn_table *rows,
                       const rnn_options *options) {
    const rnn_model *m = p->model;
    rnn_context *ctx = p->ctx;
    rnn_sweep_job job = {.ctx = ctx, .model = m, .set = &p->set};
    rnn_status status = rnn_pool_create(ctx, (size_t)options->threads, &p->pool);
    job.pool = p->pool;
    if (status == RNN_OK)
        status = rnn_sequences_build_on(p->pool, ctx, function, rows, m, RNN_FIRST_KEY, &p->set);
    if (status == RNN_OK) status = rnn_sweep_create(&job, &p->sweep);
    if (status) return status;
    p->p = rnn_alloc_array(ctx, m->sequence.classes, sizeof *p->p);
    size_t most = m->options.task == RNN_TASK_SEQ2SEQ ? rnn_translator_most(m) : 0;
    if (p->p) p->word = rnn_alloc_array(ctx, most, sizeof *p->word);
    return p->word ? RNN_OK : ctx->status;
}

rnn_status rnn_predictor_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                const rnn_table *rows, const rnn_options *options,
                                rnn_predictor **out) {
    unsigned tasks = 1u << RNN_TASK_CLASSIFY | 1u << RNN_TASK_REGRESS | 1u << RNN_TASK_SEQ2SEQ;
    *out = NULL;
    rnn_status status = rnn_answer_check_model(ctx, function, model, tasks);
    if (status == RNN_OK)
        status = rnn_options_check_task(ctx, options, function, RNN_FOR_PREDICT,
                                        (rnn_task)model->options.task);
    if (status) return status;
    rnn_predictor *p = rnn_alloc_zero(ctx, sizeof *p);
    if (!p) return ctx->status;
    p->ctx = ctx;
    p->model = model;
    rnn_writer_init(&p->text, ctx);
    rnn_writer_init(&p->object, ctx);
    status = make(p, function, rows, options);
    if (status == RNN_OK) {
        *out = p;
    } else {
        rnn_predictor_free(p);
    }
    return status;
}

void rnn_predictor_free(rnn_predictor *p) {
    if (!p) return;
    rnn_context *ctx = p->ctx;
    rnn_sweep_free(p->sweep);
    rnn_pool_free(p->pool);
    rnn_sequence_set_free(&p->set);
    rnn_writer_free(&p->text);
    rnn_writer_free(&p->object);
    rnn_free(ctx, p->p);
    rnn_free(ctx, p->word);
    rnn_free(ctx, p);
}

/* Where the row is: its key; or the series and the time cell of the step, the last one where there
** is one prediction a series. */
static void set_place(rnn_predictor *p, rnn_prediction *row) {
    const rnn_sequence *q = &p->set.sequence[p->at.sequence];
    const rnn_value none = {.type = RNN_NULL};
    row->key = row->series = row->time = none;
    if (p->model->sequence.shape == RNN_SHAPE_SEQUENCES) {
        row->key = q->key;
        return;
    }
    size_t step = p->model->sequence.every ? p->at.step : q->steps - 1;
    row->series = q->key;
    row->time = rnn_table_get(p->set.rows, p->set.row[q->first + step], RNN_ROW_TIME);
}

static rnn_status set_text(rnn_predictor *p, rnn_prediction *row) {
    p->text.size = 0;
    rnn_translator_text(p->model, p->at.token, p->at.tokens, p->word, &p->text);
    row->prediction = (rnn_value){
        .type = RNN_TEXT, .p = p->text.size ? (const char *)p->text.data : "", .n = p->text.size};
    row->probability = exp(p->at.log_probability);
    return p->text.status;
}

rnn_status rnn_predictor_next(rnn_predictor *p, rnn_prediction *row) {
    const rnn_model *m = p->model;
    rnn_status status = rnn_sweep_next(p->sweep, &p->at);
    if (status) return status;
    p->object.size = 0;
    set_place(p, row);
    row->prediction = (rnn_value){.type = RNN_NULL};
    row->probability = NAN;
    if (p->at.token) return set_text(p, row);
    if (!p->at.out) return RNN_OK;
    if (m->options.task == RNN_TASK_CLASSIFY) {
        size_t k = rnn_answer_class(m, p->at.out, p->p);
        row->prediction = m->sequence.class_value[k];
        row->probability = p->p[k];
    } else {
        row->prediction = rnn_answer_number(m, p->at.out);
    }
    return RNN_OK;
}

/* A class as the key of a JSON object: text as it is, a number as it is printed, a BLOB as x'..'. */
static void write_class_key(rnn_writer *w, const rnn_value *v) {
    char number[32];
    if (v->type == RNN_TEXT) {
        rnn_write_json_string(w, v->p, v->n);
        return;
    }
    rnn_write_text(w, "\"");
    if (v->type == RNN_INT) rnn_write_json_integer(w, v->i);
    if (v->type == RNN_FLOAT) rnn_write_text(w, rnn_print_shortest(v->d, number, sizeof number));
    if (v->type == RNN_BLOB) {
        rnn_write_text(w, "x'");
        for (size_t i = 0; i < v->n; i++) {
            snprintf(number, sizeof number, "%02x", (unsigned char)v->p[i]);
            rnn_write_text(w, number);
        }
        rnn_write_text(w, "'");
    }
    rnn_write_text(w, "\"");
}

const char *rnn_predictor_probabilities(rnn_predictor *p) {
    const rnn_sequence_model *s = &p->model->sequence;
    rnn_writer *w = &p->object;
    if (s->classes == 0 || !p->at.out) return NULL;
    if (w->size) return (const char *)w->data;
    rnn_write_text(w, "{");
    for (size_t k = 0; k < s->classes; k++) {
        if (k) rnn_write_text(w, ",");
        write_class_key(w, &s->class_value[k]);
        rnn_write_text(w, ":");
        rnn_write_json_number(w, p->p[k]);
    }
    rnn_write_text(w, "}");
    rnn_write_u8(w, 0);
    return w->status ? NULL : (const char *)w->data;
}
