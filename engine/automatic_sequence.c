/* automatic_sequence.c - see automatic_sequence.h. */
#include "automatic_sequence.h"

#include <math.h>

#include "patches.h"

/* What a kind of problem needs. */
typedef struct recipe {
    rnn_cell cell;
    int64_t hidden, embedding, batch, ensemble;
    int64_t steps, epochs; /* optimiser steps wanted, and the most epochs for them */
    double learning_rate, dropout, embedding_dropout;
    rnn_pooling pooling;
} recipe;

/* A few hundred series: small network, many epochs, noise (sequence_sampler.h). */
static const recipe series_recipe = {RNN_CELL_GRU, 32,  16, 16,           4, 400, 200,
                                     5e-3,         0.3, 0,  RNN_POOL_LAST};
/* The same read whole, as patches, beside linear models. */
static const recipe whole_recipe = {RNN_CELL_GRU,  32, 16, 16, 4, 2000, 150, 0.02, 0.3, 0,
                                    RNN_POOL_MIXED};
static const recipe words_recipe = {RNN_CELL_GRU, 48,  48,  32,          2, 1500, 6,
                                    3e-3,         0.3, 0.2, RNN_POOL_MAX};
static const recipe chars_recipe = {RNN_CELL_GRU, 128,  64,  64, 2,           3000,
                                    10,           3e-3, 0.4, 0,  RNN_POOL_MAX};
/* A label for every step. */
static const recipe tags_recipe = {RNN_CELL_LSTM, 128, 64,  32,           3, 4000, 8,
                                   5e-3,          0.5, 0.2, RNN_POOL_NONE};
static const recipe signal_recipe = {RNN_CELL_LSTM, 64,  16, 16,           1, 4000, 100,
                                     5e-3,          0.1, 0,  RNN_POOL_NONE};
static const recipe text_recipe = {RNN_CELL_LSTM, 256, 64, 32,           1, 4000, 20,
                                   8e-3,          0.3, 0,  RNN_POOL_NONE};
static const recipe pairs_recipe = {RNN_CELL_GRU, 128, 64, 32,           1, 3000, 30,
                                    3e-3,         0.3, 0,  RNN_POOL_NONE};

enum {
    LEAST_VALIDATION = 500, /* fewer sequences: all of them are trained on */
    LANE_STEPS = 200,       /* texts longer than this on average are read as lanes */
    LABEL_STEPS = 1000,     /* series with labels at each step, longer than this: tbptt */
    TBPTT = 64,
    PATCH_OVERLAP = 8,    /* patches that see a step */
    PATCH_NUMBERS = 1024, /* of a patch, over all channels */
    WIDE_CLASSES = 1000   /* the time of a linear model is features x classes */
};

static int has_words(const rnn_model *m) {
    return m->inputs > 0 && rnn_input_has_words(m->input[0].kind);
}

static int any_words(const rnn_model *m) { return rnn_model_categories(m) > 0; }

static const recipe *find_recipe(const rnn_model *m) {
    switch (m->options.task) {
    case RNN_TASK_GENERATE: return &text_recipe;
    case RNN_TASK_SEQ2SEQ: return &pairs_recipe;
    default: break;
    }
    if (m->sequence.every) return any_words(m) ? &tags_recipe : &signal_recipe;
    if (m->sequence.patch_width) return &whole_recipe;
    if (!has_words(m)) return &series_recipe;
    return m->sequence.shape == RNN_SHAPE_SEQUENCES && m->sequence.text.kind != RNN_TOKENS_WORD
               ? &chars_recipe
               : &words_recipe;
}

void rnn_automatic_reading(rnn_options *o) {
    if (!o->vocabulary) o->vocabulary = 50000;
    if (!o->min_count) o->min_count = 1;
    if (!o->max_tokens && o->task != RNN_TASK_GENERATE) /* which reads whole books */
        o->max_tokens = o->task == RNN_TASK_SEQ2SEQ ? 200 : 1000;
    if (!o->beam && o->task == RNN_TASK_SEQ2SEQ) o->beam = 4;
    if (!o->given[RNN_KEY_scale] && o->task == RNN_TASK_REGRESS) o->scale = RNN_SCALE_STANDARD;
    if (!o->given[RNN_KEY_loss])
        o->loss = o->task == RNN_TASK_REGRESS ? RNN_LOSS_MSE : RNN_LOSS_CROSS_ENTROPY;
    if (o->attention < 0) o->attention = 1;
}

static size_t clamp(size_t v, size_t low, size_t high) {
    return v < low ? low : v > high ? high : v;
}

/* Rows for the parts of words: a power of two, some eight rows a word of the largest vocabulary. */
static int64_t subword_rows(const rnn_model *m) {
    size_t words = 0, rows = 256;
    for (size_t k = 0; k < m->inputs; k++) {
        if (m->input[k].vocabulary.count > words) words = m->input[k].vocabulary.count;
    }
    while (rows < 16384 && rows < 8 * words) rows *= 2;
    return (int64_t)rows;
}

/* Series of numbers alone that have one prediction each, unless rows are to be read as they come. */
static int reads_whole(const rnn_model *m) {
    const rnn_options *o = &m->options;
    if (o->task != RNN_TASK_CLASSIFY && o->task != RNN_TASK_REGRESS) return 0;
    if (m->sequence.every || any_words(m) || o->tbptt) return 0;
    if (o->given[RNN_KEY_bidirectional] && !o->bidirectional) return 0;
    return m->sequence.shape == RNN_SHAPE_STEPS || m->input[0].kind == RNN_INPUT_SEQUENCE;
}

/* Ridge models answer with the mean: not where the absolute error asks for the median. */
static int is_squared(const rnn_model *m) {
    return m->sequence.classes > 0 || m->options.loss == RNN_LOSS_MSE;
}

/* Patches for series of `steps` steps on average: they overlap eightfold, and a series has at most
** some 128 of them. Many channels make them narrower. */
static void choose_patch(rnn_model *m, size_t steps) {
    rnn_options *o = &m->options;
    size_t values = rnn_value_count(m);
    if (!o->patch) {
        size_t stride = steps < 128 * 4 ? clamp(steps / 32, 1, 4) : steps / 128;
        size_t width = PATCH_OVERLAP * stride, most = PATCH_NUMBERS / values;
        o->patch = (int64_t)clamp(width < most ? width : most, 1, RNN_MOST_PATCH);
    }
    m->sequence.patch_width = (size_t)o->patch;
    m->sequence.patch_stride = ((size_t)o->patch + PATCH_OVERLAP - 1) / PATCH_OVERLAP;
}

void rnn_automatic_shape(rnn_model *m) {
    rnn_options *o = &m->options;
    int text = m->inputs > 0 && m->input[0].kind == RNN_INPUT_TEXT, words = any_words(m);
    int only_words = words && rnn_model_categories(m) == m->inputs;
    int label = o->task == RNN_TASK_CLASSIFY || o->task == RNN_TASK_REGRESS;
    int whole = reads_whole(m);
    /* Rows of steps with a label each may have to be scored as they come; texts, sentences a word a
    ** row, and series of one label are there whole. */
    if (!o->given[RNN_KEY_bidirectional])
        o->bidirectional =
            o->task == RNN_TASK_SEQ2SEQ || whole ||
            (label && !o->tbptt &&
             (m->sequence.shape == RNN_SHAPE_SEQUENCES || (only_words && m->sequence.every)));
    if (o->subwords < 0) {
        int whole_words = !text || m->sequence.text.kind == RNN_TOKENS_WORD;
        o->subwords = label && words && whole_words && !o->one_hot ? subword_rows(m) : 0;
    }
    m->sequence.patch_width = whole ? 1 : 0; /* for now: see choose_patch */
    m->sequence.patch_stride = 0;
    if (o->wide < 0)
        o->wide = (whole && m->sequence.classes <= WIDE_CLASSES && is_squared(m)) ||
                  (o->task == RNN_TASK_CLASSIFY && text &&
                   m->sequence.text.kind == RNN_TOKENS_WORD && m->sequence.classes <= WIDE_CLASSES);
    m->sequence.grams = RNN_GRAM_DEFAULT;
    m->sequence.wide_series = whole && o->wide;
    m->sequence.wide_order = o->wide && !whole ? 2 : 0;
    m->sequence.derived = 0;
    m->spec.bidirectional = o->bidirectional;
    for (size_t k = 0, c = 0; k < m->inputs; k++) {
        if (rnn_input_has_words(m->input[k].kind)) m->spec.subwords[c++] = (size_t)o->subwords;
    }
    m->sequence.derived = rnn_derived_width(m);
}

/* Generated text: a network that the text can fill. */
static void size_text(rnn_options *o, size_t steps) {
    if (!o->hidden) o->hidden = steps < 50000 ? 96 : steps < 400000 ? 192 : 256;
}

void rnn_automatic_training(rnn_model *m, const rnn_sequence_size *size) {
    rnn_options *o = &m->options;
    const recipe *r = find_recipe(m);
    if (m->sequence.patch_width && !m->sequence.patch_stride)
        choose_patch(m, size->sequences ? size->steps / size->sequences : 1);
    if (!o->given[RNN_KEY_cell]) o->cell = (int)r->cell;
    if (o->task == RNN_TASK_GENERATE) size_text(o, size->steps);
    if (!o->hidden) o->hidden = r->hidden;
    if (!o->embedding) o->embedding = r->embedding;
    if (!o->ensemble) o->ensemble = r->ensemble;
    if (!o->pooling && !m->sequence.every) o->pooling = (int)r->pooling;
    if (!o->given[RNN_KEY_dropout]) o->dropout = r->dropout;
    if (!o->given[RNN_KEY_embedding_dropout] && rnn_model_categories(m))
        o->embedding_dropout = r->embedding_dropout;
    if (!o->given[RNN_KEY_weight_decay]) o->weight_decay = 0.01;
    int resumed = m->members > 0;
    if (!resumed && !o->given[RNN_KEY_class_weights] && r == &signal_recipe && m->sequence.classes)
        o->class_weights.kind = RNN_WEIGHTS_SQRT;
    if (o->tie_embedding < 0) o->tie_embedding = 0;
    if (o->validation < 0) o->validation = size->sequences < LEAST_VALIDATION ? 0 : 0.1;
    int lanes = o->task == RNN_TASK_GENERATE && size->sequences > 0 &&
                size->steps / size->sequences >= LANE_STEPS;
    /* A long series with labels at its steps would be one update an epoch. */
    int cut = m->sequence.every && !o->bidirectional && size->sequences > 0 &&
              size->steps / size->sequences >= LABEL_STEPS;
    if ((lanes || cut) && o->validation == 0 && !o->given[RNN_KEY_validation]) o->validation = 0.1;
    if ((lanes || cut) && !o->given[RNN_KEY_tbptt]) o->tbptt = TBPTT;
    if (!o->batch && r == &whole_recipe)
        o->batch = (int64_t)clamp(size->sequences / 100, (size_t)r->batch, 64);
    if (!o->batch) o->batch = (int64_t)clamp(lanes ? size->steps / 20000 : (size_t)r->batch, 8, 64);
    if (!o->given[RNN_KEY_learning_rate]) {
        o->learning_rate = r->learning_rate;
        /* Plain gradient steps need a larger one than Adam's normalised steps; so do those of
        ** Adagrad, which shrink with all gradients so far. */
        if (o->optimizer == RNN_SGD || o->optimizer == RNN_MOMENTUM) o->learning_rate *= 20;
        if (o->optimizer == RNN_ADAGRAD) o->learning_rate *= 10;
    }
    size_t batches = size->sequences / (size_t)o->batch + 1;
    if (o->tbptt) { /* an update a chunk of each minibatch; a sequence may be cut into lanes */
        size_t chunks = size->steps / (size_t)(o->batch * o->tbptt) + 1;
        if (lanes || chunks > batches) batches = chunks;
    }
    if (!o->epochs)
        o->epochs =
            (int64_t)clamp(((size_t)r->steps + batches - 1) / batches, 4, (size_t)r->epochs);
    if (!o->given[RNN_KEY_patience]) o->patience = o->task == RNN_TASK_GENERATE ? 5 : 0;
}
