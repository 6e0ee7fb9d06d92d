/* trainer_folds.c - cross-validation, where too little is known to hold sequences out: what networks
** say of sequences that they have not seen decides their share beside the linear models. */
#include <math.h>
#include <string.h>

#include "rng.h"
#include "trainer_sequence.h"

enum { FOLDS = RNN_TRAINER_FOLDS, STREAM_FOLDS = 33 };
static const double EPOCHS = 0.6; /* of those that the model's own networks get */
static const double TIME = 0.4;   /* of time_limit */

/* Networks that are thrown away. */
typedef struct trial {
    rnn_net *live[FOLDS], *average[FOLDS];
    size_t folds;
    rnn_sequence_sampler *sampler;
    rnn_fit *fit;
} trial;

static void trial_free(trial *r) {
    rnn_fit_free(r->fit);
    for (size_t m = 0; m < FOLDS; m++) {
        rnn_net_free(r->live[m]);
        rnn_net_free(r->average[m]);
    }
    rnn_sequence_sampler_free(r->sampler);
}

static rnn_status make_networks(rnn_trainer *t, trial *r) {
    const rnn_net_spec *spec = &t->model->spec;
    uint64_t key = rnn_stream((uint64_t)t->model->options.seed, STREAM_FOLDS, 0);
    rnn_status status = RNN_OK;
    for (size_t m = 0; m < r->folds && status == RNN_OK; m++) {
        status = rnn_net_create(t->ctx, spec, &r->live[m]);
        if (status == RNN_OK) status = rnn_net_create(t->ctx, spec, &r->average[m]);
        if (status == RNN_OK) rnn_net_initialise(r->live[m], rnn_stream(key, 1, m));
    }
    return status;
}

/* What the networks are trained with; options and sampler are still to be set. */
static rnn_fit_config configure(const rnn_trainer *t) {
    const rnn_options *o = &t->model->options;
    rnn_fit_config config = {.loss = t->loss,
                             .folds = 1,
                             .pool = t->pool,
                             .seed = rnn_stream((uint64_t)o->seed, STREAM_FOLDS, 1)};
    if (o->time_limit > 0) {
        config.deadline =
            (double)t->started.tv_sec + 1e-9 * (double)t->started.tv_nsec + TIME * o->time_limit;
    }
    return config;
}

uint64_t rnn_trainer_folds_bytes(const rnn_trainer *t) {
    const rnn_sequence_task *task = t->task;
    size_t folds = FOLDS < task->train_count ? FOLDS : task->train_count;
    uint64_t weights = rnn_net_parameter_count(t->live[0]) * sizeof(real);
    rnn_sampler sampler = *t->sampler; /* the same sequences, and all of them to validate with */
    rnn_fit_config config = configure(t);
    sampler.valid_count = task->train_count;
    config.options = &t->model->options;
    config.sampler = &sampler;
    config.member = config.average = t->live;
    config.members = folds;
    return 2 * folds * weights + rnn_fit_bytes(&config);
}

static rnn_status make_fit(rnn_trainer *t, trial *r, const rnn_options *options) {
    const rnn_sequence_task *task = t->task;
    rnn_status status =
        rnn_sequence_sampler_create(t->ctx, t->model, &task->set, task->list, task->train_count,
                                    task->list, task->train_count, 0, &r->sampler);
    if (status) return status;
    r->sampler->class_weight = task->class_weight;
    r->sampler->noise = task->noise;
    rnn_fit_config config = configure(t);
    config.options = options;
    config.sampler = &r->sampler->sampler;
    config.member = r->live;
    config.average = r->average;
    config.members = r->folds;
    return rnn_fit_create(t->ctx, &config, &r->fit);
}

static void observe(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    rnn_trainer *t = arg;
    rnn_sequence_task *task = t->task;
    size_t O = task->study.outputs;
    for (size_t o = 0; o < batch->outputs; o++)
        memcpy(task->study.logits[0] + item[o] * O, out + o * O, O * sizeof *out);
}

rnn_status rnn_trainer_cross_validate(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    trial r = {.folds = FOLDS < task->train_count ? FOLDS : task->train_count};
    rnn_options options = t->model->options;
    if (r.folds < 2) return RNN_OK;
    options.epochs = (int64_t)ceil(EPOCHS * (double)options.epochs);
    rnn_status status = make_networks(t, &r);
    if (status == RNN_OK) status = make_fit(t, &r, &options);
    for (int64_t epoch = 0; epoch < options.epochs && status == RNN_OK; epoch++) {
        rnn_fit_epoch result;
        status = rnn_fit_epoch_run(r.fit, &result, observe, t);
        if (options.time_limit > 0 && rnn_trainer_seconds(t) > TIME * options.time_limit) break;
    }
    trial_free(&r);
    if (status) return status;
    rnn_trainer_blend(t);
    memcpy(task->study.best, task->study.share, sizeof task->study.best);
    memcpy(t->model->sequence.share, task->study.share, sizeof task->study.best);
    return RNN_OK;
}
