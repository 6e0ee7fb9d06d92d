/* automatic.c - see automatic.h. */
#include "automatic.h"

#include <math.h>
#include <string.h>

#include "options_internal.h"

/* Optimiser steps of a whole training, and the rest of what goes with a size. */
typedef struct plan {
    size_t below; /* known targets less than this */
    int64_t hidden, batch, steps, ensemble;
    double learning_rate, dropout;
} plan;

static const plan plans[] = {
    {1000, 32, 64, 600, 5, 3e-3, 0.2},
    {4000, 32, 64, 1000, 3, 2e-3, 0.2},
    {100000, 48, 64, 1500, 3, 8e-3, 0.1},
    {SIZE_MAX, 96, 128, 3000, 3, 4e-3, 0.1},
};

/* From the pretrained network on. The first epoch looks at it as it is, and on few values is all
** there is: more training of them made forecasts no better (docs/accuracy.md). */
static const plan tuning[] = {
    {500, 0, 64, 0, 1, 1e-3, 0.1},
    {4000, 0, 64, 400, 3, 3e-4, 0.1},
    {100000, 0, 64, 800, 3, 3e-4, 0.1},
    {SIZE_MAX, 0, 128, 3000, 1, 2e-3, 0.1},
};

/* Minibatches an epoch: enough for validation not to dominate, few enough to choose the best epoch
** well. */
enum { LEAST_BATCHES = 15, MOST_BATCHES = 75, LEAST_EPOCHS = 8 };

static const double default_quantiles[] = {0.025, 0.05, 0.1, 0.2, 0.3,  0.4,  0.5,
                                           0.6,   0.7,  0.8, 0.9, 0.95, 0.975};

static size_t clamp(size_t v, size_t low, size_t high) {
    return v < low ? low : v > high ? high : v;
}

size_t rnn_automatic_options(rnn_options *o, const rnn_data_size *size) {
    const plan *p = size->pretrained ? tuning : plans;
    while (size->values >= p->below) p++;
    if (!o->hidden) o->hidden = p->hidden;
    if (!o->ensemble) o->ensemble = p->ensemble;
    if (!o->batch) o->batch = p->batch;
    if (!o->given[RNN_KEY_dropout]) o->dropout = p->dropout;
    if (!o->given[RNN_KEY_weight_decay]) o->weight_decay = 0.01;
    if (!o->given[RNN_KEY_learning_rate]) {
        /* Plain gradient steps need a larger one than Adam's normalised steps; so do those of
        ** Adagrad, which shrink with all gradients so far. */
        o->learning_rate = p->learning_rate;
        if (o->optimizer == RNN_SGD || o->optimizer == RNN_MOMENTUM || o->optimizer == RNN_ADAGRAD)
            o->learning_rate *= 10;
    }
    if (!o->embedding) o->embedding = 8;
    size_t batch = (size_t)o->batch,
           batches = clamp(size->windows / batch, LEAST_BATCHES, MOST_BATCHES);
    if (!o->epochs) {
        size_t epochs = ((size_t)p->steps + batches - 1) / batches;
        o->epochs = (int64_t)(epochs > LEAST_EPOCHS || !p->steps ? epochs : LEAST_EPOCHS);
        if (size->pretrained) o->epochs++;
    }
    if (!o->given[RNN_KEY_patience]) o->patience = o->epochs / 3 > 5 ? o->epochs / 3 : 5;
    if (o->quantiles.n == 0) {
        o->quantiles.n = sizeof default_quantiles / sizeof *default_quantiles;
        memcpy(o->quantiles.v, default_quantiles, sizeof default_quantiles);
    }
    return batch * batches;
}

static int may_change(const char *group) {
    return strcmp(group, "regularisation") == 0 || strcmp(group, "optimisation") == 0 ||
           strcmp(group, "stopping") == 0 || strcmp(group, "running") == 0;
}

rnn_status rnn_options_continue(rnn_context *ctx, rnn_options *resolved, const rnn_options *given,
                                const char *function) {
    const char *wrong = NULL;
    for (int k = 0; k < RNN_OPTION_COUNT; k++) {
        rnn_option_key key = (rnn_option_key)k;
        if (!given->given[key]) continue;
        if (may_change(rnn_option_at(key)->group)) {
            rnn_option_copy(resolved, given, key);
            resolved->given[key] = 1;
        } else if (!rnn_option_equal(resolved, given, key)) {
            wrong = rnn_option_at(key)->key;
        }
    }
    if (!given->given[RNN_KEY_epochs]) resolved->epochs = 0;
    if (!given->given[RNN_KEY_patience]) resolved->given[RNN_KEY_patience] = 0;
    if (!wrong) return RNN_OK;
    return rnn_fail(
        ctx, RNN_OPTION,
        "%s: option \"%s\" contradicts the model that training continues from; leave it "
        "out, or train a new model",
        function, wrong);
}
