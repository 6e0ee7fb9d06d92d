/* fit_testing.h - toy tasks for tests of the training loop.
**
** A toy's sequences are functions of their number, so any number of threads may ask for them in
** any order. */
#ifndef RNN_FIT_TESTING_H
#define RNN_FIT_TESTING_H

#include <stdatomic.h>

#include "net_testing.h"

#include "fit.h"

enum { MAX_MEMBERS = 3, TRAIN = 160, VALID = 48, BATCH = 20 };

/* What a toy asks of each sequence of numbers x in [-1, 1). */
typedef enum toy_task {
    TOY_SUM,   /* the sum, at the last step */
    TOY_FIRST, /* the first number, at every step */
    TOY_SINE,  /* the next value of a sine of its own phase and frequency, at every step */
    TOY_CLASS, /* whether the sum is above 0: class 1, else 0 */
    TOY_SAME   /* every step is the same */
} toy_task;

typedef struct toy {
    rnn_sampler sampler; /* first: the loop hands it back */
    toy_task task;
    size_t shortest;
    int poisoned; /* 1: one training target is NaN */
    int one_part; /* 1: the validation part is the training part */
    size_t moved; /* with one_part: number of the sequence whose inputs are others, from 1 */
    atomic_size_t *fills; /* training sequences filled so far */
} toy;

TESTING_UNUSED static uint64_t toy_seed(int valid, size_t item) {
    return (uint64_t)item * 2 + (uint64_t)valid;
}

TESTING_UNUSED static size_t toy_length(const rnn_sampler *s, int valid, size_t i) {
    const toy *t = (const toy *)s;
    uint64_t seed = toy_seed(valid && !t->one_part, i) + 1000000;
    return t->shortest + testing_below(&seed, s->max_steps - t->shortest + 1);
}

/* Input x[step] and target y[step] of one sequence. */
static void toy_sequence(const toy *t, int valid, size_t item, size_t length, double *x,
                         double *y) {
    uint64_t seed = toy_seed(valid && !t->one_part, item) + (t->moved == item + 1 ? 77777 : 0);
    double sum = 0, phase = 3 * testing_uniform(&seed),
           frequency = 0.7 + 0.3 * testing_uniform(&seed);
    for (size_t i = 0; i < length; i++) {
        x[i] = t->task == TOY_SINE ? sin(phase + frequency * (double)i) : testing_uniform(&seed);
        sum += x[i];
        y[i] = t->task == TOY_SUM     ? sum
               : t->task == TOY_FIRST ? x[0]
               : t->task == TOY_CLASS ? sum > 0
                                      : 0;
        if (t->task == TOY_SAME) {
            x[i] = 0.5;
            y[i] = 1;
        }
        if (t->task == TOY_SINE) y[i] = sin(phase + frequency * (double)(i + 1));
    }
}

TESTING_UNUSED static void toy_fill(const rnn_sampler *s, int valid, const size_t *item, size_t n,
                                    uint64_t seed, rnn_batch *b) {
    const toy *t = (const toy *)s;
    double x[64], y[64];
    (void)seed;
    if (!valid) atomic_fetch_add(t->fills, n);
    b->outputs = 0;
    for (size_t step = 0; step < b->steps; step++) {
        for (size_t i = 0; i < b->running[step]; i++) {
            size_t row = rnn_batch_row(b, i, step), out = b->outputs;
            toy_sequence(t, valid, item[i], b->length[i], x, y);
            b->numbers[row] = (real)x[step];
            if (s->max_outputs == 1 && step + 1 < b->length[i]) continue;
            b->out_row[out] = (uint32_t)row;
            b->target[out] = (real)(t->poisoned && !valid && item[i] == 7 ? (double)NAN : y[step]);
            b->weight[out] = 1;
            b->unit[out] = 1;
            b->outputs++;
        }
    }
}

/* One training: everything rnn_fit_create needs. */
typedef struct training {
    rnn_context ctx;
    toy toy;
    atomic_size_t fills;
    rnn_net_spec spec;
    rnn_options options;
    size_t members, threads, epoch_size, slice;
    int folds;
    rnn_loss loss;
    rnn_net *net[MAX_MEMBERS];
    rnn_pool *pool;
    rnn_fit_config config;
    rnn_fit *fit;
} training;

/* Defaults, to be changed before start(). */
TESTING_UNUSED static void prepare(training *t, toy_task task) {
    memset(t, 0, sizeof *t);
    atomic_init(&t->fills, 0);
    t->toy.task = task;
    t->toy.shortest = 4;
    t->toy.fills = &t->fills;
    t->toy.sampler.train_count = TRAIN;
    t->toy.sampler.valid_count = VALID;
    t->toy.sampler.max_steps = 10;
    t->toy.sampler.max_outputs = task == TOY_SUM || task == TOY_CLASS ? 1 : 10;
    t->toy.sampler.length = toy_length;
    t->toy.sampler.fill = toy_fill;
    t->spec = testing_spec();
    t->spec.hidden = 8;
    t->spec.numbers = 1;
    t->spec.outputs = task == TOY_CLASS ? 2 : 1;
    t->members = t->threads = 1;
    t->loss.kind = task == TOY_CLASS ? RNN_LOSS_CROSS_ENTROPY : RNN_LOSS_MSE;
    t->loss.outputs = t->spec.outputs;
    rnn_options_default(&t->options);
    t->options.batch = BATCH;
    t->options.epochs = 30;
    t->options.learning_rate = 0.02;
    t->options.weight_decay = 0;
    t->options.optimizer = RNN_ADAM;
    t->options.schedule = RNN_SCHEDULE_CONSTANT;
    t->options.clip_norm = 1;
}

TESTING_UNUSED static void start(training *t) {
    testing_ok(&t->ctx, rnn_pool_create(&t->ctx, t->threads, &t->pool));
    for (size_t m = 0; m < t->members; m++) {
        testing_ok(&t->ctx, rnn_net_create(&t->ctx, &t->spec, &t->net[m]));
        rnn_net_initialise(t->net[m], m + 1);
    }
    t->config = (rnn_fit_config){.options = &t->options,
                                 .epoch_size = t->epoch_size,
                                 .loss = t->loss,
                                 .sampler = &t->toy.sampler,
                                 .member = t->net,
                                 .members = t->members,
                                 .folds = t->folds,
                                 .pool = t->pool,
                                 .seed = 1,
                                 .slice = t->slice};
    testing_ok(&t->ctx, rnn_fit_create(&t->ctx, &t->config, &t->fit));
}

TESTING_UNUSED static void finish(training *t) {
    rnn_fit_free(t->fit);
    for (size_t m = 0; m < t->members; m++) rnn_net_free(t->net[m]);
    rnn_pool_free(t->pool);
    testing_no_leak(&t->ctx);
}

/* Create the loop anew with every allocation failing once, `*left` being what the context's
** allocator counts: nothing is left behind. Returns the bytes in use without the loop. */
TESTING_UNUSED static uint64_t create_fails_cleanly(training *t, int *left) {
    rnn_status status = RNN_NOMEM;
    rnn_fit_free(t->fit);
    t->fit = NULL;
    uint64_t before = t->ctx.memory_used;
    for (int allowed = 0; status != RNN_OK; allowed++) {
        assert_true(allowed < 2000);
        *left = allowed;
        status = rnn_fit_create(&t->ctx, &t->config, &t->fit);
        assert_true(status == RNN_OK || (status == RNN_NOMEM && t->fit == NULL));
        if (status != RNN_OK) assert_int_equal(t->ctx.memory_used, before);
    }
    return before;
}

TESTING_UNUSED static rnn_fit_epoch epoch(training *t) {
    rnn_fit_epoch e;
    testing_ok(&t->ctx, rnn_fit_epoch_run(t->fit, &e, NULL, NULL));
    return e;
}

/* Train all epochs; *first and the result are what the first and the last gave. */
TESTING_UNUSED static rnn_fit_epoch train(training *t, rnn_fit_epoch *first) {
    rnn_fit_epoch e = {0};
    start(t);
    for (int64_t i = 0; i < t->options.epochs; i++) {
        e = epoch(t);
        if (i == 0) *first = e;
    }
    finish(t);
    return e;
}

/* Collects what an observer is shown: which items, outputs, and the loss they give. */
typedef struct observed {
    const training *t;
    size_t seen[VALID];
    real out[VALID];
    double loss, weight;
} observed;

/* Collects the loss of what an observer is shown. */
TESTING_UNUSED static void observe_loss(void *arg, const size_t *item, const rnn_batch *batch,
                                        const real *out) {
    observed *o = arg;
    (void)item;
    for (size_t i = 0; i < batch->outputs; i++) o->weight += (double)batch->weight[i];
    o->loss += rnn_loss_evaluate(&o->t->loss, batch->outputs, out, batch->target, batch->weight,
                                 batch->unit, 1, NULL);
}

#endif
