/* automatic.c - see automatic.h. */
#include "automatic.h"

#include <math.h>
#include <string.h>

/* Optimiser steps of a whole training, and the rest of what goes with a size. */
typedef struct plan {
    size_t below; /* known targets less than this */
    int64_t hidden, batch, steps, ensemble;
    double learning_rate, dropout;
} plan;

static const plan plans[] = {
    {1000, 32, 64, 600, 5, 3e-3, 0.2},
    {4000, 32, 64, 1000, 3, 2e-3, 0.2},
    {100000, 48, 64, 2000, 3, 3e-3, 0.1},
    {SIZE_MAX, 48, 128, 1500, 3, 3e-3, 0.1},
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
    const plan *p = plans;
    while (size->values >= p->below) p++;
    if (!o->hidden) o->hidden = p->hidden;
    if (!o->ensemble) o->ensemble = p->ensemble;
    if (!o->batch) o->batch = p->batch;
    if (!o->given[RNN_KEY_dropout]) o->dropout = p->dropout;
    if (!o->given[RNN_KEY_weight_decay]) o->weight_decay = 0.01;
    if (!o->given[RNN_KEY_learning_rate]) {
        /* Plain gradient steps need a larger one than Adam's normalised steps. */
        o->learning_rate = o->optimizer == RNN_SGD || o->optimizer == RNN_MOMENTUM
                               ? 10 * p->learning_rate
                               : p->learning_rate;
    }
    if (!o->embedding) o->embedding = 8;
    size_t batch = (size_t)o->batch,
           batches = clamp(size->windows / batch, LEAST_BATCHES, MOST_BATCHES);
    if (!o->epochs) {
        size_t epochs = ((size_t)p->steps + batches - 1) / batches;
        o->epochs = (int64_t)(epochs > LEAST_EPOCHS ? epochs : LEAST_EPOCHS);
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

/* Equality of two values of each option type. */
static int same_INT(const int64_t *a, const int64_t *b) { return *a == *b; }

static int same_REAL(const double *a, const double *b) { return *a == *b; }

static int same_BOOL(const int *a, const int *b) { return *a == *b; }

static int same_ENUM(const int *a, const int *b) { return *a == *b; }

static int same_TEXT(const rnn_short_text *a, const rnn_short_text *b) {
    return strcmp(a->s, b->s) == 0;
}

static int same_LIST(const rnn_list *a, const rnn_list *b) {
    if (a->all != b->all || a->n != b->n) return 0;
    for (size_t i = 0; i < a->n; i++) {
        if (a->v[i] != b->v[i]) return 0;
    }
    return 1;
}

rnn_status rnn_options_continue(rnn_context *ctx, rnn_options *resolved, const rnn_options *given,
                                const char *function) {
    const char *wrong = NULL;
#define RNN_CONTINUE(key, type, ...)                                                               \
    if (given->given[RNN_KEY_##key] && may_change(rnn_option_at(RNN_KEY_##key)->group)) {          \
        resolved->key = given->key;                                                                \
        resolved->given[RNN_KEY_##key] = 1;                                                        \
    } else if (given->given[RNN_KEY_##key] && !same_##type(&resolved->key, &given->key)) {         \
        wrong = #key;                                                                              \
    }
    RNN_OPTION_TABLE(RNN_CONTINUE)
#undef RNN_CONTINUE
    if (!given->given[RNN_KEY_epochs]) resolved->epochs = 0;
    if (!given->given[RNN_KEY_patience]) resolved->given[RNN_KEY_patience] = 0;
    if (!wrong) return RNN_OK;
    return rnn_fail(
        ctx, RNN_OPTION,
        "%s: option \"%s\" contradicts the model that training continues from; leave it "
        "out, or train a new model",
        function, wrong);
}
