/* trainer.c - see trainer.h; what differs between the tasks is in trainer_*.c. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <math.h>
#include <string.h>
#ifndef _WIN32
#include <unistd.h>
#endif

#include "automatic.h"
#include "rng.h"
#include "trainer_internal.h"

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

double rnn_trainer_seconds(const rnn_trainer *t) { return seconds_since(&t->started); }

static rnn_status create_networks(rnn_trainer *t, int resumed) {
    rnn_model *m = t->model;
    rnn_status status = RNN_OK;
    size_t members = (size_t)m->options.ensemble;
    if (!resumed) {
        m->member = rnn_alloc_array_zero(t->ctx, members, sizeof *m->member);
        if (!m->member) return t->ctx->status;
        m->members = members;
    }
    t->live = rnn_alloc_array_zero(t->ctx, m->members, sizeof *t->live);
    if (!t->live) return t->ctx->status;
    for (size_t i = 0; i < m->members && status == RNN_OK; i++) {
        if (!resumed) status = rnn_net_create(t->ctx, &m->spec, &m->member[i]);
        if (status == RNN_OK) status = rnn_net_create(t->ctx, &m->spec, &t->live[i]);
        if (status) break;
        if (resumed) {
            size_t n = rnn_net_parameter_count(t->live[i]);
            memcpy(rnn_net_parameters(t->live[i]), rnn_net_parameters(m->member[i]),
                   n * sizeof(real));
        } else {
            rnn_net_initialise(t->live[i], rnn_stream((uint64_t)m->options.seed, 1, i));
            if (t->ops->start) t->ops->start(t, t->live[i]);
        }
    }
    return status;
}

/* Bytes of the machine, of which other programs need some; UINT64_MAX where it does not say. */
static uint64_t machine_memory(void) {
#if defined(_SC_PHYS_PAGES) && defined(_SC_PAGESIZE)
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && size > 0) return (uint64_t)pages * (uint64_t)size / 4 * 3;
#endif
    return UINT64_MAX;
}

/* What could be changed beside what always can. */
static const char *remedy(const rnn_trainer *t) {
    const rnn_net_spec *s = &t->model->spec;
    if (s->bidirectional) return ", or set bidirectional to false: then fewer steps are kept";
    if (s->pooling > RNN_POOL_LAST) return ", or set pooling to last: then fewer steps are kept";
    if (s->pooling || s->target_vocabulary) return "";
    if (t->model->options.task == RNN_TASK_FORECAST) return "";
    return t->model->options.tbptt ? ", or tbptt" : ", or set tbptt";
}

/* Before anything is allocated: keep fewer steps where memory_limit, or the machine, asks for it;
** refuse what would pass memory_limit even so. */
static rnn_status fit_memory(rnn_trainer *t, rnn_fit_config *config) {
    rnn_context *ctx = t->ctx;
    uint64_t limit = ctx->memory_limit ? ctx->memory_limit : machine_memory();
    uint64_t parameters = rnn_net_parameter_count(t->live[0]) * t->model->members * sizeof(real);
    uint64_t rest = ctx->memory_used + parameters + (t->ops->bytes ? t->ops->bytes(t) : 0);
    rnn_fit_reduce(config, rest < limit ? limit - rest : 0);
    t->model->report.slice = config->slice;
    uint64_t need = rest + rnn_fit_bytes(config);
    if (ctx->memory_limit == 0 || need <= ctx->memory_limit) return RNN_OK;
    return rnn_fail(ctx, RNN_LIMIT,
                    "%s: training needs about %llu bytes, memory_limit is %llu; raise it, or lower "
                    "batch, context, hidden or ensemble%s",
                    t->function, (unsigned long long)need, (unsigned long long)ctx->memory_limit,
                    remedy(t));
}

static rnn_status create_fit(rnn_trainer *t) {
    rnn_model *m = t->model;
    rnn_fit_config config = {.options = &m->options,
                             .epoch_size = t->epoch_size,
                             .loss = t->loss,
                             .sampler = t->sampler,
                             .member = t->live,
                             .average = m->member,
                             .members = m->members,
                             .pool = t->pool,
                             .seed = (uint64_t)m->options.seed,
                             .slice_scores = m->options.task != RNN_TASK_FORECAST,
                             .look_first = t->look_first};
    if (m->options.time_limit > 0) {
        config.deadline =
            (double)t->started.tv_sec + 1e-9 * (double)t->started.tv_nsec + m->options.time_limit;
    }
    size_t parameters = rnn_net_parameter_count(t->live[0]);
    rnn_status status = fit_memory(t, &config);
    if (status == RNN_OK) status = rnn_fit_create(t->ctx, &config, &t->fit);
    if (status == RNN_OK && t->ops->ready) status = t->ops->ready(t);
    if (status) return status;
    t->best = rnn_alloc_array(t->ctx, m->members * parameters, sizeof *t->best);
    return t->best ? RNN_OK : t->ctx->status;
}

/* t->model = a copy of the base model; options given may not contradict it. */
static rnn_status copy_base(rnn_trainer *t, const rnn_options *options, const rnn_model *base) {
    rnn_writer w;
    rnn_writer_init(&w, t->ctx);
    rnn_status status = rnn_model_write(base, &w);
    if (status == RNN_OK) status = rnn_model_read(t->ctx, w.data, w.size, &t->model);
    rnn_writer_free(&w);
    if (status == RNN_OK)
        status = rnn_options_continue(t->ctx, &t->model->options, options, t->function);
    if (status == RNN_OK) t->first_epoch = t->epoch = (int64_t)t->model->epochs;
    return status;
}

/* t->model = an empty model. `start`, NULL or one for any series, has no columns, step or scale to
** go on with: its weights are where the new model starts. */
static rnn_status begin_model(rnn_trainer *t, const rnn_options *options, const rnn_model *start) {
    t->model = rnn_model_create(t->ctx);
    if (!t->model) return t->ctx->status;
    t->model->options = *options;
    if (!start) return RNN_OK;
    int other_task = options->task != RNN_TASK_FORECAST;
    if (other_task || options->pretrained == 0)
        return rnn_fail(t->ctx, RNN_OPTION,
                        "%s: option \"%s\" contradicts the model that training starts from; leave "
                        "it out, or train without that model",
                        t->function, other_task ? "task" : "pretrained");
    t->start = start;
    t->model->options.pretrained = 1;
    return RNN_OK;
}

static rnn_status prepare(rnn_trainer *t, const rnn_table *rows, const rnn_options *options,
                          const rnn_model *base, size_t holdback) {
    rnn_status status = rnn_pool_create(t->ctx, (size_t)options->threads, &t->pool);
    if (status) return status;
    int resumed = base && !base->forecast.recipe.any_step;
    status = resumed ? copy_base(t, options, base) : begin_model(t, options, base);
    if (status) return status;
    t->ops = t->model->options.task == RNN_TASK_FORECAST ? &rnn_forecast_ops : &rnn_sequence_ops;
    status = t->ops->prepare(t, rows, resumed, holdback);
    if (status == RNN_OK) status = create_networks(t, resumed);
    if (status == RNN_OK) status = create_fit(t);
    return status;
}

rnn_status rnn_trainer_create(rnn_context *ctx, const char *function, const rnn_table *rows,
                              const rnn_options *options, const rnn_model *base, size_t holdback,
                              rnn_trainer **out) {
    *out = NULL;
    rnn_trainer *t = rnn_alloc_zero(ctx, sizeof *t);
    if (!t) return ctx->status;
    t->ctx = ctx;
    t->function = function;
    t->best_loss = INFINITY;
    clock_gettime(CLOCK_MONOTONIC, &t->started);
    ctx->memory_limit = (uint64_t)options->memory_limit;
    rnn_status status = prepare(t, rows, options, base, holdback);
    if (status == RNN_OK) {
        *out = t;
    } else {
        rnn_trainer_free(t);
    }
    return status;
}

void rnn_trainer_free(rnn_trainer *t) {
    if (!t) return;
    rnn_context *ctx = t->ctx;
    rnn_fit_free(t->fit);
    for (size_t i = 0; t->live && i < t->model->members; i++) rnn_net_free(t->live[i]);
    rnn_free(ctx, t->live);
    if (t->ops) t->ops->free(t);
    rnn_pool_free(t->pool);
    rnn_free(ctx, t->best);
    rnn_model_free(t->model);
    rnn_free(ctx, t);
}

static void observe(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    rnn_trainer *t = arg;
    t->ops->observe(t, item, batch, out);
}

static rnn_status add_history(rnn_trainer *t, const rnn_epoch *epoch) {
    rnn_model *m = t->model;
    rnn_epoch *history = rnn_realloc(t->ctx, m->history, (m->epochs + 1) * sizeof *history);
    if (!history) return t->ctx->status;
    m->history = history;
    m->history[m->epochs++] = *epoch;
    return RNN_OK;
}

static void keep_best(rnn_trainer *t) {
    size_t n = rnn_net_parameter_count(t->live[0]);
    for (size_t i = 0; i < t->model->members; i++) {
        memcpy(t->best + i * n, rnn_net_parameters(t->model->member[i]), n * sizeof(real));
    }
    t->model->best_epoch = t->epoch;
    if (t->ops->best) t->ops->best(t);
}

static int finished(const rnn_trainer *t) {
    const rnn_options *o = &t->model->options;
    int64_t done = t->epoch - t->first_epoch, best = t->model->best_epoch - t->first_epoch;
    if (done >= o->epochs) return 1;
    if (o->patience > 0 && done > 0 && done - (best > 0 ? best : 0) >= o->patience) return 1;
    return o->time_limit > 0 && done > 0 && seconds_since(&t->started) >= o->time_limit;
}

rnn_status rnn_trainer_step(rnn_trainer *t, rnn_epoch *epoch) {
    rnn_fit_epoch result;
    if (finished(t)) return RNN_DONE;
    t->ops->reset(t);
    rnn_status status = rnn_fit_epoch_run(t->fit, &result, observe, t);
    if (status) return status;
    t->epoch++;
    t->steps += result.steps;
    memset(epoch, 0, sizeof *epoch);
    epoch->epoch = t->epoch;
    epoch->train_loss = result.train_loss;
    epoch->metric = t->ops->metric(t);
    epoch->valid_loss =
        t->ops->valid_loss ? t->ops->valid_loss(t, result.valid_loss) : result.valid_loss;
    epoch->learning_rate = result.learning_rate;
    epoch->gradient_norm = result.gradient_norm;
    epoch->seconds = seconds_since(&t->started);
    epoch->steps_per_second = t->steps / (epoch->seconds > 0 ? epoch->seconds : 1);
    double loss = isnan(epoch->valid_loss) ? epoch->train_loss : epoch->valid_loss;
    /* Without a validation part nothing says how good the start is. */
    int start = isnan(loss) && t->epoch == 1;
    if (start || loss < t->best_loss) {
        epoch->best = 1;
        if (!start) t->best_loss = loss;
        keep_best(t);
    }
    return add_history(t, epoch);
}

int64_t rnn_trainer_epochs(const rnn_trainer *t) {
    return t->first_epoch + t->model->options.epochs;
}

/* Exchange the averaged networks' weights with `stored` [members x parameters]. */
static void swap_weights(rnn_trainer *t, real *stored) {
    size_t n = rnn_net_parameter_count(t->live[0]);
    for (size_t i = 0; i < t->model->members; i++) {
        real *p = rnn_net_parameters(t->model->member[i]);
        for (size_t j = 0; j < n; j++) {
            real v = p[j];
            p[j] = stored[i * n + j];
            stored[i * n + j] = v;
        }
    }
}

rnn_status rnn_trainer_model(rnn_trainer *t, int best, uint8_t **bytes, size_t *size) {
    rnn_writer w;
    *bytes = NULL;
    *size = 0;
    int swap = best && t->model->best_epoch > t->first_epoch;
    if (swap) swap_weights(t, t->best);
    rnn_status status = t->ops->finish ? t->ops->finish(t, best) : RNN_OK;
    rnn_writer_init(&w, t->ctx);
    if (status == RNN_OK) status = rnn_model_write(t->model, &w);
    if (swap) swap_weights(t, t->best);
    if (t->ops->undo) t->ops->undo(t);
    if (status) {
        rnn_writer_free(&w);
        return status;
    }
    *bytes = w.data;
    *size = w.size;
    return RNN_OK;
}
