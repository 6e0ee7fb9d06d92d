/* model_spec.c - the network that a model's options, columns and sections ask for: what training
** builds, and what a model that is read must have.
**
** One description serves both. Training goes on from a model by building the network anew from its
** options; if they asked for another one than the weights belong to, it would step out of them.
*/
#include "loss.h"
#include "model_internal.h"
#include "patches.h"
#include "sequences.h"
#include "windows.h"

#include <string.h>

/* The parts that are options, whatever the task. */
static void describe_layers(const rnn_options *o, rnn_net_spec *s) {
    s->cell = (rnn_cell)o->cell;
    s->activation = (rnn_activation)o->activation;
    s->reset = (rnn_reset)o->reset;
    s->bidirectional = o->bidirectional;
    s->peephole = o->peephole;
    s->layer_norm = o->layer_norm;
    s->learned_initial = o->initial_state == RNN_INITIAL_LEARNED;
    s->layers = (size_t)o->layers;
    s->hidden = (size_t)o->hidden;
    s->projection = (size_t)o->projection;
    s->init = (rnn_init)o->init;
    s->forget_bias = o->forget_bias;
    s->dropout = o->dropout;
    s->recurrent_dropout = o->recurrent_dropout;
    s->embedding_dropout = o->embedding_dropout;
    s->average_gradient = o->average_gradient;
}

/* More of them than a network has are counted all the same: rnn_spec_parameters refuses them. */
static void add_category(rnn_net_spec *s, size_t vocabulary, size_t width, size_t subwords) {
    if (s->categories < RNN_MAX_CATEGORIES) {
        s->vocabulary[s->categories] = vocabulary;
        s->embedding[s->categories] = width;
        s->subwords[s->categories] = subwords;
    }
    s->categories++;
}

static void describe_categories(const rnn_model *m, rnn_net_spec *s) {
    const rnn_options *o = &m->options;
    size_t subwords = o->subwords > 0 ? (size_t)o->subwords : 0;
    for (size_t k = 0; k < m->inputs; k++) {
        size_t words = m->input[k].vocabulary.count;
        if (!rnn_input_has_words(m->input[k].kind)) continue;
        add_category(s, words, o->one_hot ? words : (size_t)o->embedding, subwords);
    }
    if (o->task == RNN_TASK_FORECAST && o->series_embedding > 0)
        add_category(s, m->forecast.series + 1, (size_t)o->series_embedding, 0);
}

void rnn_model_spec(const rnn_model *m, rnn_net_spec *s) {
    const rnn_options *o = &m->options;
    const rnn_sequence_model *q = &m->sequence;
    rnn_loss_kind loss = (rnn_loss_kind)o->loss;
    memset(s, 0, sizeof *s);
    describe_layers(o, s);
    describe_categories(m, s);
    s->one_hot = o->one_hot;
    s->numbers = rnn_patch_numbers(m);
    switch (o->task) {
    case RNN_TASK_FORECAST:
        s->numbers = rnn_windows_width(m);
        s->skip = 1;
        s->outputs = rnn_loss_outputs(loss, o->quantiles.n, 0);
        break;
    case RNN_TASK_SEQ2SEQ:
        s->target_vocabulary = s->outputs = q->target_vocabulary.count;
        s->target_embedding = (size_t)o->embedding;
        s->attention = o->attention;
        s->tied = o->tie_embedding;
        break;
    case RNN_TASK_GENERATE:
        s->outputs = m->input[0].vocabulary.count;
        s->tied = o->tie_embedding;
        break;
    default:
        s->outputs = rnn_loss_outputs(loss, o->quantiles.n, q->classes);
        s->pooling = q->every ? RNN_POOL_NONE : (rnn_pooling)o->pooling;
    }
}

static int same_layers(const rnn_net_spec *a, const rnn_net_spec *b) {
    return a->cell == b->cell && a->activation == b->activation && a->reset == b->reset &&
           a->bidirectional == b->bidirectional && a->peephole == b->peephole &&
           a->layer_norm == b->layer_norm && a->learned_initial == b->learned_initial &&
           a->layers == b->layers && a->hidden == b->hidden && a->projection == b->projection &&
           a->init == b->init && a->forget_bias == b->forget_bias;
}

static int same_inputs(const rnn_net_spec *a, const rnn_net_spec *b) {
    if (a->numbers != b->numbers || a->categories != b->categories) return 0;
    for (size_t c = 0; c < a->categories; c++)
        if (a->vocabulary[c] != b->vocabulary[c] || a->embedding[c] != b->embedding[c] ||
            a->subwords[c] != b->subwords[c])
            return 0;
    return a->one_hot == b->one_hot;
}

static int same_outputs(const rnn_net_spec *a, const rnn_net_spec *b) {
    return a->outputs == b->outputs && a->pooling == b->pooling && a->skip == b->skip &&
           a->tied == b->tied && a->attention == b->attention &&
           a->target_vocabulary == b->target_vocabulary &&
           a->target_embedding == b->target_embedding;
}

/* All but dropout and averaged gradients: they may change where training goes on. */
int rnn_model_spec_fits(const rnn_model *m) {
    rnn_net_spec wanted;
    rnn_model_spec(m, &wanted);
    return same_inputs(&m->spec, &wanted) && same_layers(&m->spec, &wanted) &&
           same_outputs(&m->spec, &wanted);
}
