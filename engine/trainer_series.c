/* trainer_series.c - the linear models of numeric series (series_wide.h): trained once, before the
** networks, on all sequences that are learned from; for the shares, what they say of the validation
** part without it. */
#include <math.h>
#include <string.h>

#include "cholesky.h"
#include "patches.h"
#include "rng.h"
#include "series_wide.h"
#include "trainer_sequence.h"

/* Shares before anything is measured, of classes and of numbers, and how many sequences they are
** worth. */
static const double PRIOR = 10;
static const double CLASS_SHARE[RNN_BLEND_PARTS] = {0.2, 0.5, 0.5};
static const double NUMBER_SHARE[RNN_BLEND_PARTS] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
/* What a ridge model's outputs, 1 for right and -1 for wrong, are as logits before it is measured,
** and how many sequences say so. */
static const double FIRST_SCALE = 4, SCALE_PRIOR = 0.5;
/* Penalties that are tried where there are many sequences. */
static const double LAMBDAS[] = {1e-4, 1e-2, 1};

enum {
    FEW_BIASES = 32, /* of each kernel, with many sequences; else: */
    BIASES = 64,
    FEW_GROUPS = 16,
    GROUPS = 32,
    BIAS_SERIES = 256, /* that biases are drawn from */
    TRIED = sizeof LAMBDAS / sizeof *LAMBDAS,
    BLOCK = 1024,  /* sequences whose features are held at a time */
    STEPS = 65536, /* of sequences read between two looks at the interrupt flag, about */
    MOST_JUDGED = 2048,
    SCALE_SERIES = 512 /* that the scale is decided on */
};
/* Series are standardised each by itself, unless that costs more than so much. */
static const double OWN_SCALE_FIRST = 1.02;

typedef struct series_job {
    rnn_trainer *t;
    rnn_convolution_part part;
    size_t F, K;
    const size_t *list;                            /* sequences under way */
    size_t count, begin, end, scratch_size, tasks; /* begin ... end: those being read */
    real *x, *scratch;                             /* [count x F]; [tasks x scratch_size] */
    double *y, *weight, *penalty;
} series_job;

static const rnn_sequence_set *set_of(const rnn_trainer *t) {
    return &((const rnn_sequence_task *)t->task)->set;
}

/* Task: the features of one in job->tasks sequences. */
static void read_some(void *arg, size_t task) {
    const series_job *job = arg;
    const rnn_sequence_set *set = set_of(job->t);
    for (size_t i = job->begin + task; i < job->end; i += job->tasks) {
        const rnn_sequence *q = &set->sequence[job->list[i]];
        rnn_series_wide_features(job->t->model, job->part,
                                 set->numbers + q->first * set->number_width, set->number_width,
                                 q->steps, job->scratch + task * job->scratch_size,
                                 job->x + i * job->F);
    }
}

/* Features, targets and weights of some sequences, at most as many as there is room for. */
static rnn_status read_block(series_job *job, const size_t *list, size_t count) {
    const rnn_trainer *t = job->t;
    const rnn_sequence_task *task = t->task;
    rnn_status status = RNN_OK;
    job->list = list;
    job->count = count;
    for (job->begin = 0; job->begin < count && status == RNN_OK; job->begin = job->end) {
        size_t steps = 0;
        for (job->end = job->begin; job->end < count && steps < STEPS; job->end++)
            steps += task->set.sequence[list[job->end]].steps;
        rnn_pool_run(t->pool, job->tasks, read_some, job);
        status = rnn_check(t->ctx);
    }
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        double target = task->set.target[list[i]];
        job->weight[i] = task->class_weight ? task->class_weight[(size_t)target] : 1;
        if (!(job->weight[i] > 0)) job->weight[i] = 1e-6;
        if (job->K == 1) job->y[i] = target;
        for (size_t k = 0; job->K > 1 && k < job->K; k++)
            job->y[i * job->K + k] = k == (size_t)target ? 1 : -1;
    }
    return RNN_OK;
}

static rnn_ridge_data data_of(const series_job *job) {
    const rnn_sequence_task *task = job->t->task;
    return (rnn_ridge_data){
        job->count, job->F,      job->K,       job->x,
        job->y,     job->weight, job->penalty, task->folds ? RNN_TRAINER_FOLDS : 0};
}

static void job_free(series_job *job) {
    rnn_context *ctx = job->t->ctx;
    rnn_free(ctx, job->x);
    rnn_free(ctx, job->scratch);
    rnn_free(ctx, job->y);
    rnn_free(ctx, job->weight);
    rnn_free(ctx, job->penalty);
}

static rnn_status job_init(series_job *job, rnn_trainer *t, rnn_convolution_part part, size_t room,
                           size_t longest) {
    memset(job, 0, sizeof *job);
    job->t = t;
    job->part = part;
    job->F = rnn_series_wide_count(t->model, part);
    job->K = t->model->spec.outputs;
    job->tasks = 2 * rnn_pool_threads(t->pool);
    job->scratch_size = rnn_series_wide_scratch(t->model, longest);
    job->x = rnn_alloc_array(t->ctx, (uint64_t)room * job->F, sizeof *job->x);
    if (job->x)
        job->scratch =
            rnn_alloc_array(t->ctx, (uint64_t)job->tasks * job->scratch_size, sizeof *job->scratch);
    if (job->scratch) job->y = rnn_alloc_array(t->ctx, (uint64_t)room * job->K, sizeof *job->y);
    if (job->y) job->weight = rnn_alloc_array(t->ctx, room, sizeof *job->weight);
    if (job->weight) job->penalty = rnn_alloc_array(t->ctx, job->F, sizeof *job->penalty);
    if (!job->penalty) return t->ctx->status;
    rnn_series_wide_penalty(t->model, part, job->penalty);
    return RNN_OK;
}

/* Steps of the first n sequences of the task's list, and of the longest of them. */
static size_t count_steps(const rnn_trainer *t, size_t n, size_t *longest) {
    const rnn_sequence_task *task = t->task;
    size_t steps = 0;
    *longest = 1;
    for (size_t i = 0; i < n; i++) {
        size_t length = task->set.sequence[task->list[i]].steps;
        steps += length;
        if (length > *longest) *longest = length;
    }
    return steps;
}

/* A ridge model of the first n sequences of the task's list, as many as the job has room for, and in
** *left_out (rnn_free) what each gets from the others. */
static rnn_status fit_ridge(series_job *job, size_t n, rnn_ridge *ridge, double **left_out) {
    const rnn_trainer *t = job->t;
    *left_out = rnn_alloc_array(t->ctx, (uint64_t)n * job->K, sizeof **left_out);
    if (!*left_out) return t->ctx->status;
    rnn_status status = read_block(job, ((const rnn_sequence_task *)t->task)->list, n);
    if (status) return status;
    const rnn_ridge_data data = data_of(job);
    return rnn_ridge_train(t->ctx, t->pool, &data, ridge, *left_out);
}

/* ---- shares ---- */

/* Outputs of a ridge model as logits: one factor, found on sequences it has not seen. said [count x
** K] becomes logits, and so does what the model says from now on. */
static rnn_status scale_logits(const series_job *job, rnn_ridge *ridge, size_t count, real *said,
                               const double *target, const double *weight) {
    rnn_context *ctx = job->t->ctx;
    size_t K = job->K;
    double center[RNN_BLEND_PARTS] = {FIRST_SCALE}, share[RNN_BLEND_PARTS] = {FIRST_SCALE};
    if (K == 1) return RNN_OK;
    real *none = rnn_alloc_array_zero(ctx, (uint64_t)count * K, sizeof *none);
    double *scratch = none ? rnn_alloc_array(ctx, K, 2 * sizeof *scratch) : NULL;
    if (scratch) {
        const rnn_blend_data data = {count, K, {said, none, none}, target, weight};
        rnn_blend_fit(&data, SCALE_PRIOR, center, share, scratch);
        for (size_t i = 0; i < count * K; i++) said[i] *= (real)share[0];
        for (size_t i = 0; i < ridge->features * K; i++) ridge->weight[i] *= (real)share[0];
        for (size_t k = 0; k < K; k++) ridge->bias[k] *= (real)share[0];
    }
    rnn_free(ctx, none);
    rnn_free(ctx, scratch);
    return scratch ? RNN_OK : ctx->status;
}

/* ---- few sequences ---- */

/* What each sequence gets from the others, as logits: into the study where it is there. */
static rnn_status use_left_out(series_job *job, rnn_ridge *ridge, const double *left_out) {
    rnn_trainer *t = job->t;
    rnn_sequence_task *task = t->task;
    size_t n = job->count, K = job->K;
    size_t first = task->folds ? 0 : task->train_count;
    real *said = rnn_alloc_array(t->ctx, (uint64_t)n * K, sizeof *said);
    double *target = said ? rnn_alloc_array(t->ctx, n, sizeof *target) : NULL;
    rnn_status status = target ? RNN_OK : t->ctx->status;
    for (size_t i = 0; target && i < n * K; i++) said[i] = (real)left_out[i];
    for (size_t i = 0; target && i < n; i++) target[i] = task->set.target[job->list[i]];
    if (status == RNN_OK) status = scale_logits(job, ridge, n, said, target, job->weight);
    if (status == RNN_OK)
        memcpy(task->study.logits[job->part + 1], said + first * K,
               task->study.count * K * sizeof *said);
    rnn_free(t->ctx, said);
    rnn_free(t->ctx, target);
    return status;
}

static rnn_status train_few(rnn_trainer *t, rnn_convolution_part part, size_t n, size_t longest) {
    rnn_ridge *ridge = &t->model->sequence.ridge[part];
    series_job job;
    double *left_out = NULL;
    rnn_status status = job_init(&job, t, part, n, longest);
    rnn_ridge_free(t->ctx, ridge);
    if (status == RNN_OK) status = fit_ridge(&job, n, ridge, &left_out);
    if (status == RNN_OK) status = use_left_out(&job, ridge, left_out);
    rnn_free(t->ctx, left_out);
    job_free(&job);
    return status;
}

/* ---- many ---- */

/* What a model says of `count` sequences, block by block: said [count x K]. */
static rnn_status predict_list(series_job *job, const rnn_ridge *ridge, const size_t *list,
                               size_t count, real *said) {
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < count && status == RNN_OK; i += BLOCK) {
        size_t some = count - i < BLOCK ? count - i : BLOCK;
        status = read_block(job, list + i, some);
        for (size_t r = 0; r < some && status == RNN_OK; r++)
            rnn_ridge_predict(ridge, job->x + r * job->F, said + (i + r) * job->K);
    }
    return status;
}

static rnn_status add_list(series_job *job, rnn_ridge_sums **sums, const size_t *list,
                           size_t count) {
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < count && status == RNN_OK; i += BLOCK) {
        size_t some = count - i < BLOCK ? count - i : BLOCK;
        status = read_block(job, list + i, some);
        rnn_ridge_data data = data_of(job);
        if (status == RNN_OK && !*sums)
            status = rnn_ridge_sums_create(job->t->ctx, job->t->pool, &data, sums);
        if (status == RNN_OK) rnn_ridge_sums_add(*sums, &data);
    }
    return status;
}

/* Mean squared error of the classes' or the numbers' targets on what was judged. */
static double squared_error(const rnn_trainer *t, size_t count, size_t K, const real *said) {
    const rnn_sequence_task *task = t->task;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double target = task->set.target[task->list[task->train_count + i]];
        for (size_t k = 0; k < K; k++) {
            double y = K == 1 ? target : k == (size_t)target ? 1 : -1;
            double miss = (double)said[i * K + k] - y;
            sum += miss * miss;
        }
    }
    return sum;
}

/* The penalty that does best on the validation part, whose outputs with it are kept in `best`. */
static rnn_status choose_lambda(series_job *job, rnn_ridge_sums *sums, size_t judged, real *said,
                                real *best, double *lambda) {
    rnn_trainer *t = job->t;
    const rnn_sequence_task *task = t->task;
    double least = INFINITY;
    rnn_status status = RNN_OK;
    *lambda = LAMBDAS[1];
    for (size_t i = 0; judged && i < TRIED && status == RNN_OK; i++) {
        rnn_ridge ridge;
        status = rnn_ridge_sums_solve(sums, LAMBDAS[i], &ridge);
        if (status == RNN_OK)
            status = predict_list(job, &ridge, task->list + task->train_count, judged, said);
        rnn_ridge_free(t->ctx, &ridge);
        double error = status ? INFINITY : squared_error(t, judged, job->K, said);
        if (!(error < least)) continue;
        least = error;
        *lambda = LAMBDAS[i];
        memcpy(best, said, judged * job->K * sizeof *best);
    }
    return status;
}

static rnn_status train_many(rnn_trainer *t, rnn_convolution_part part, size_t longest) {
    rnn_sequence_task *task = t->task;
    rnn_ridge *ridge = &t->model->sequence.ridge[part];
    size_t judged = task->valid_count < MOST_JUDGED ? task->valid_count : MOST_JUDGED;
    series_job job;
    rnn_ridge_sums *sums = NULL;
    double lambda = 0;
    real *said = NULL, *best = task->study.logits[part + 1];
    rnn_status status = job_init(&job, t, part, BLOCK, longest);
    if (status == RNN_OK) {
        said = rnn_alloc_array(t->ctx, (uint64_t)judged * job.K, sizeof *said);
        status = said ? add_list(&job, &sums, task->list, task->train_count) : t->ctx->status;
    }
    if (status == RNN_OK) status = choose_lambda(&job, sums, judged, said, best, &lambda);
    if (status == RNN_OK)
        status = add_list(&job, &sums, task->list + task->train_count, task->valid_count);
    if (status == RNN_OK) {
        rnn_ridge_free(t->ctx, ridge);
        status = rnn_ridge_sums_solve(sums, lambda, ridge);
    }
    task->study.count = judged;
    if (status == RNN_OK)
        status = scale_logits(&job, ridge, judged, best, task->study.target, task->study.weight);
    rnn_ridge_sums_free(sums);
    rnn_free(t->ctx, said);
    job_free(&job);
    return status;
}

/* ---- all of it ---- */

/* Biases from a sample of the sequences. */
static rnn_status learn_biases(rnn_trainer *t, size_t n) {
    const rnn_sequence_task *task = t->task;
    const rnn_sequence_set *set = &task->set;
    rnn_convolutions *c = t->model->sequence.convolutions;
    size_t count = n < BIAS_SERIES ? n : BIAS_SERIES, values = 0, longest = 1;
    size_t channels = rnn_convolutions_spec(c)->channels;
    size_t *sample = rnn_alloc_array(t->ctx, n, sizeof *sample);
    if (!sample) return t->ctx->status;
    memcpy(sample, task->list, n * sizeof *sample);
    rnn_shuffle(rnn_stream((uint64_t)t->model->options.seed, 31, 0), sample, n);
    for (size_t i = 0; i < count; i++) {
        size_t steps = set->sequence[sample[i]].steps;
        values += channels * steps;
        if (steps > longest) longest = steps;
    }
    size_t each = rnn_convolutions_scratch(c, longest), tasks = rnn_convolutions_tasks(c);
    real *value = rnn_alloc_array(t->ctx, values + tasks * each, sizeof *value);
    rnn_channels *series = value ? rnn_alloc_array(t->ctx, count, sizeof *series) : NULL;
    for (size_t i = 0, at = 0; series && i < count; i++) {
        const rnn_sequence *q = &set->sequence[sample[i]];
        series[i] = (rnn_channels){value + at, q->steps};
        rnn_series_wide_channels(t->model, set->numbers + q->first * set->number_width,
                                 set->number_width, q->steps, value + at);
        at += channels * q->steps;
    }
    rnn_status status = series ? RNN_OK : t->ctx->status;
    if (status == RNN_OK) rnn_convolutions_learn(c, t->pool, series, count, value + values, each);
    rnn_free(t->ctx, series);
    rnn_free(t->ctx, value);
    rnn_free(t->ctx, sample);
    return status;
}

static size_t mean_length(size_t n, size_t steps) {
    size_t mean = n ? (steps + n - 1) / n : 1;
    return mean < RNN_MOST_LENGTH ? mean : RNN_MOST_LENGTH;
}

/* Bytes that training takes at its most, about: one part after the other, the models of both. */
static uint64_t needed(const rnn_trainer *t, size_t n, size_t longest) {
    uint64_t most = 0, models = 0, K = t->model->spec.outputs, few = n <= RNN_RIDGE_DUAL;
    uint64_t scratch = 2 * (uint64_t)rnn_pool_threads(t->pool) *
                       rnn_series_wide_scratch(t->model, longest) * sizeof(real);
    for (int p = 0; p < RNN_CONVOLUTION_PARTS; p++) {
        uint64_t F = rnn_series_wide_count(t->model, (rnn_convolution_part)p);
        uint64_t reals = few ? n * F + 3 * (uint64_t)n * n : BLOCK * F + 2 * F * F;
        uint64_t doubles = (few ? n : F) * K * 7 + 4 * F;
        reals += rnn_cholesky_scratch((size_t)(few ? n : F));
        if (few) doubles += (uint64_t)n * n / (RNN_TRAINER_FOLDS * RNN_TRAINER_FOLDS);
        uint64_t bytes = reals * sizeof(real) + doubles * sizeof(double);
        if (bytes > most) most = bytes;
        models += F * K * sizeof(real);
    }
    return most + models + scratch;
}

/* The convolutions: as many as there is memory for. */
static rnn_status make_convolutions(rnn_trainer *t, size_t n, size_t steps, size_t longest) {
    static const size_t biases[] = {BIASES, BIASES / 2, FEW_BIASES},
                        groups[] = {GROUPS, GROUPS, FEW_GROUPS};
    rnn_sequence_model *s = &t->model->sequence;
    uint64_t limit = t->ctx->memory_limit, need = 0;
    rnn_convolution_spec spec = {.seed = rnn_stream((uint64_t)t->model->options.seed, 32, 0),
                                 .channels = rnn_value_count(t->model),
                                 .length = mean_length(n, steps)};
    for (size_t i = n <= RNN_RIDGE_DUAL ? 0 : 2; i < 3; i++) {
        spec.biases = biases[i];
        spec.groups = groups[i];
        rnn_convolutions_free(s->convolutions);
        s->convolutions = NULL;
        rnn_status status = rnn_convolutions_create(t->model->ctx, &spec, &s->convolutions);
        if (status == RNN_LIMIT) continue;
        if (status) return status;
        need = t->ctx->memory_used + needed(t, n, longest);
        if (limit == 0 || need <= limit) return learn_biases(t, n);
    }
    if (need == 0) need = 2 * limit; /* not even the smallest were made */
    return rnn_fail(t->ctx, RNN_LIMIT,
                    "%s: the linear models beside the networks need about %llu bytes, memory_limit "
                    "is %llu; raise it, or set wide to false",
                    t->function, (unsigned long long)need, (unsigned long long)limit);
}

/* ---- the scale ---- */

/* Sum over the targets of the squared errors that sequences of the list get from the others, their
** values scaled as the model says. */
static rnn_status judge_scale(rnn_trainer *t, size_t n, size_t steps, size_t longest,
                              double *error) {
    rnn_sequence_model *s = &t->model->sequence;
    const rnn_convolution_spec spec = {.seed = rnn_stream((uint64_t)t->model->options.seed, 32, 1),
                                       .channels = rnn_value_count(t->model),
                                       .length = mean_length(n, steps),
                                       .biases = 1,
                                       .groups = FEW_GROUPS};
    rnn_ridge ridge = {0};
    series_job job = {.t = t};
    double *left_out = NULL;
    *error = 0;
    rnn_status status = rnn_convolutions_create(t->model->ctx, &spec, &s->convolutions);
    if (status == RNN_OK) status = job_init(&job, t, RNN_CONTESTS, n, longest);
    if (status == RNN_OK) status = fit_ridge(&job, n, &ridge, &left_out);
    for (size_t i = 0; status == RNN_OK && i < n * job.K; i++)
        *error += (left_out[i] - job.y[i]) * (left_out[i] - job.y[i]);
    rnn_free(t->ctx, left_out);
    rnn_ridge_free(t->ctx, &ridge);
    job_free(&job);
    rnn_convolutions_free(s->convolutions);
    s->convolutions = NULL;
    return status;
}

rnn_status rnn_trainer_series_scale(rnn_trainer *t) {
    const rnn_sequence_task *task = t->task;
    rnn_sequence_model *s = &t->model->sequence;
    size_t n = task->train_count < SCALE_SERIES ? task->train_count : SCALE_SERIES;
    size_t longest, steps = count_steps(t, n, &longest);
    double own, common;
    s->own_scale = 1;
    if (n < 3) return RNN_OK;
    rnn_status status = judge_scale(t, n, steps, longest, &own);
    s->own_scale = 0;
    if (status == RNN_OK) status = judge_scale(t, n, steps, longest, &common);
    s->own_scale = status != RNN_OK || own <= OWN_SCALE_FIRST * common;
    return status == RNN_LIMIT ? RNN_OK : status; /* no memory to find out */
}

rnn_status rnn_trainer_series(rnn_trainer *t) {
    rnn_sequence_task *task = t->task;
    rnn_sequence_model *s = &t->model->sequence;
    size_t n = task->train_count + (task->folds ? 0 : task->valid_count);
    size_t longest, steps = count_steps(t, n, &longest);
    int few = n <= RNN_RIDGE_DUAL;
    rnn_status status = rnn_trainer_study(t, s->classes ? CLASS_SHARE : NUMBER_SHARE, PRIOR);
    /* A model that is trained further keeps its shares, unless a validation part fits them, and its
    ** convolutions, unless they are too many for so many series. */
    int resumed = s->convolutions != NULL;
    if (resumed) {
        memcpy(task->study.share, s->share, sizeof s->share);
        memcpy(task->study.best, s->share, sizeof s->share);
    } else {
        memcpy(s->share, task->study.center, sizeof s->share);
    }
    int fits = resumed && (few || rnn_convolutions_spec(s->convolutions)->biases <= FEW_BIASES);
    if (status == RNN_OK && !fits) status = make_convolutions(t, n, steps, longest);
    for (int p = 0; p < RNN_CONVOLUTION_PARTS && status == RNN_OK; p++) {
        rnn_convolution_part part = (rnn_convolution_part)p;
        status = few ? train_few(t, part, n, longest) : train_many(t, part, longest);
    }
    return status;
}
