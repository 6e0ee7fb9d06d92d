/* engine.c - times the engine alone for scripts/bench: training, scoring, one step at a time, and
** the SGEMM that bounds them. A program that answers lines, so that scripts/bench can take turns
** between it and its peers within one run:
**
**   shape CELL B T I H L LENGTHS THREADS   a network and data: cell lstm, gru or rnn; LENGTHS fixed
**                                          or uniform (in 10...T); one output from the last step,
**                                          squared error, clip_norm 1, Adam    -> steps of an epoch
**   train SECONDS    minibatches for about so long    -> seconds of a minibatch, each epoch's mean
**   score SECONDS    forward passes, as many batches  -> seconds of a batch, each pass's mean
**   stream SECONDS   one sequence, one step a call    -> seconds of a step
**   weights          the parameters, as PyTorch names them: name count values...
**   output           the network's outputs for the first batch, without dropout
**   inputs           its numbers, sequence by sequence: length, then T x I numbers
**   sgemm N THREADS SECONDS                           -> GFLOP/s of N x N x N products, one a thread
**   kernels NAME                                      -> forces an instruction set
**   limit BYTES     options.memory_limit of the shapes that follow; 0: none
**   memory          two epochs; in a fresh process    -> bytes by which the peak of the resident
**                   memory passes what was there with the data alone, seconds of a minibatch
**
** Answers are one line each; "error ..." says what was wrong. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fit.h"
#include "gemm.h"
#include "kernels.h"
#include "rng.h"
#include "stepper.h"

/* Minibatches of an epoch: enough that its sorting and its shuffle are as in real training. */
enum { MINIBATCHES = 8, SHORTEST = 10, MOST_ANSWERS = 4096 };

typedef struct bench {
    rnn_sampler sampler; /* first: the loop hands it back */
    rnn_context ctx;
    rnn_net_spec spec;
    rnn_options options;
    size_t B, T;
    int uniform;
    rnn_loss loss;
    rnn_net *net;
    rnn_pool *pool;
    rnn_fit *fit;
    rnn_scorer *scorer;
    real *number;    /* [train_count x T x I] */
    double resident; /* bytes, with the data and before anything else */
    uint64_t limit;  /* stays from shape to shape */
} bench;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Bytes of memory in use; NaN where there is no /proc. */
static double resident(void) {
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    int found = f && fscanf(f, "%*u %llu", &pages) == 1;
    if (f) fclose(f);
    return found ? (double)pages * (double)sysconf(_SC_PAGESIZE) : NAN;
}

static double resident_peak(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * (double)usage.ru_maxrss;
}

/* ---- data ---- */

static size_t bench_length(const rnn_sampler *s, int valid, size_t i) {
    const bench *b = (const bench *)s;
    (void)valid;
    if (!b->uniform || b->T <= SHORTEST) return b->T;
    return SHORTEST + rnn_below(7, i, b->T - SHORTEST + 1);
}

static void bench_fill(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                       rnn_batch *batch) {
    const bench *b = (const bench *)s;
    size_t I = b->spec.numbers;
    (void)valid, (void)seed;
    for (size_t t = 0; t < batch->steps; t++) {
        for (size_t i = 0; i < batch->running[t]; i++)
            memcpy(batch->numbers + rnn_batch_row(batch, i, t) * I,
                   b->number + (item[i] * b->T + t) * I, I * sizeof(real));
    }
    batch->outputs = n;
    for (size_t i = 0; i < n; i++) {
        batch->target[i] = b->number[item[i] * b->T * I];
        batch->weight[i] = batch->unit[i] = 1;
    }
}

/* ---- life ---- */

static void bench_close(bench *b) {
    rnn_fit_free(b->fit);
    rnn_scorer_free(b->scorer);
    rnn_net_free(b->net);
    rnn_pool_free(b->pool);
    free(b->number);
    *b = (bench){.limit = b->limit};
}

static void describe(bench *b, rnn_cell cell, size_t I, size_t H, size_t L) {
    b->spec = (rnn_net_spec){.cell = cell,
                             .layers = L,
                             .hidden = H,
                             .numbers = I,
                             .pooling = RNN_POOL_LAST,
                             .outputs = 1,
                             .init = RNN_INIT_UNIFORM};
    b->loss = (rnn_loss){.kind = RNN_LOSS_MSE, .outputs = 1};
    b->sampler = (rnn_sampler){.train_count = b->B * MINIBATCHES,
                               .max_steps = b->T,
                               .max_outputs = 1,
                               .length = bench_length,
                               .fill = bench_fill};
    rnn_options_default(&b->options);
    b->options.batch = (int64_t)b->B;
    b->options.epochs = 1000000;
    b->options.learning_rate = 1e-4;
    b->options.optimizer = RNN_ADAM;
    b->options.weight_decay = 0;
    b->options.schedule = RNN_SCHEDULE_CONSTANT;
    b->options.clip_norm = 1;
    b->options.memory_limit = (int64_t)b->limit;
    b->ctx.memory_limit = b->limit;
}

static rnn_status build(bench *b, size_t threads) {
    size_t count = b->sampler.train_count * b->T * b->spec.numbers;
    b->number = malloc(count * sizeof *b->number);
    if (!b->number) return RNN_NOMEM;
    for (size_t i = 0; i < count; i++) b->number[i] = (real)(2 * rnn_uniform(11, i) - 1);
    b->resident = resident();
    rnn_status status = rnn_pool_create(&b->ctx, threads, &b->pool);
    if (status == RNN_OK) status = rnn_net_create(&b->ctx, &b->spec, &b->net);
    if (status) return status;
    rnn_net_initialise(b->net, 1);
    rnn_fit_config config = {.options = &b->options,
                             .loss = b->loss,
                             .sampler = &b->sampler,
                             .member = &b->net,
                             .members = 1,
                             .pool = b->pool,
                             .seed = 1};
    size_t used = (size_t)b->ctx.memory_used;
    if (b->limit > used) rnn_fit_reduce(&config, b->limit - used); /* as the trainer does */
    return rnn_fit_create(&b->ctx, &config, &b->fit);
}

static int find_cell(const char *name, rnn_cell *cell) {
    static const char *const names[] = {"lstm", "gru", "rnn"};
    static const rnn_cell cells[] = {RNN_CELL_LSTM, RNN_CELL_GRU, RNN_CELL_RNN};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *cell = cells[i];
            return 1;
        }
    }
    return 0;
}

static void answer_shape(bench *b, const char *line) {
    char name[8], lengths[8];
    size_t I, H, L, threads, steps = 0;
    rnn_cell cell;
    bench_close(b);
    if (sscanf(line, "shape %7s %zu %zu %zu %zu %zu %7s %zu", name, &b->B, &b->T, &I, &H, &L,
               lengths, &threads) != 8 ||
        !find_cell(name, &cell)) {
        puts("error shape CELL B T I H L LENGTHS THREADS");
        return;
    }
    b->uniform = strcmp(lengths, "uniform") == 0;
    describe(b, cell, I, H, L);
    if (build(b, threads)) {
        printf("error %s\n", b->ctx.message);
        bench_close(b);
        return;
    }
    for (size_t i = 0; i < b->sampler.train_count; i++) steps += bench_length(&b->sampler, 0, i);
    printf("%zu\n", steps);
}

/* ---- timing ---- */

static void ignore(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    (void)arg, (void)item, (void)batch, (void)out;
}

static rnn_status train_once(bench *b) {
    rnn_fit_epoch epoch;
    return rnn_fit_epoch_run(b->fit, &epoch, NULL, NULL);
}

/* The first `n` sequences; a scorer is made when it is first needed, so that `memory` has none. */
static rnn_status score(bench *b, size_t n, rnn_observe_fn observe) {
    rnn_status status = RNN_OK;
    if (!b->scorer)
        status = rnn_scorer_create(&b->ctx, &b->net, 1, b->pool, &b->sampler, b->B, 0, &b->scorer);
    return status ? status : rnn_scorer_run(b->scorer, 0, NULL, 0, n, observe, NULL);
}

static rnn_status score_once(bench *b) { return score(b, b->sampler.train_count, ignore); }

/* Runs `work` until `seconds` have passed and prints what each run took, divided by `parts`. */
static void answer_times(bench *b, rnn_status (*work)(bench *b), double seconds, double parts) {
    double begin = now(), before = begin;
    size_t n = 0;
    do {
        if (work(b)) {
            printf("error %s\n", b->ctx.message);
            return;
        }
        double after = now();
        printf("%s%.9g", n ? " " : "", (after - before) / parts);
        before = after;
    } while (++n < MOST_ANSWERS && before - begin < seconds);
    putchar('\n');
}

static void answer_memory(bench *b) {
    double begin = 0;
    for (int epoch = 0; epoch < 2; epoch++) {
        begin = now();
        if (train_once(b)) {
            printf("error %s\n", b->ctx.message);
            return;
        }
    }
    printf("%.9g %.9g\n", resident_peak() - b->resident, (now() - begin) / MINIBATCHES);
}

enum { STREAM_STEPS = 2000 };

static void answer_stream(bench *b, double seconds) {
    rnn_net_spec spec = b->spec;
    rnn_net *net = NULL;
    rnn_stepper *stepper = NULL;
    spec.pooling = RNN_POOL_NONE;
    rnn_status status = rnn_net_create(&b->ctx, &spec, &net);
    if (status == RNN_OK) status = rnn_stepper_create(&b->ctx, &net, 1, 1, 0, &stepper);
    if (status) {
        printf("error %s\n", b->ctx.message);
        rnn_net_free(net);
        return;
    }
    rnn_net_initialise(net, 1);
    real *state = malloc(rnn_stepper_state_size(stepper) * sizeof *state), out[1];
    double begin = now(), before = begin;
    size_t runs = 0;
    if (state) rnn_stepper_start(stepper, state);
    while (state && before - begin < seconds && runs++ < MOST_ANSWERS) {
        for (size_t i = 0; i < STREAM_STEPS; i++)
            rnn_stepper_step(stepper, 1, b->number + i % b->T * spec.numbers, NULL, NULL, &state,
                             out);
        double after = now();
        printf("%.9g ", (after - before) / STREAM_STEPS);
        before = after;
    }
    putchar('\n');
    free(state);
    rnn_stepper_free(stepper);
    rnn_net_free(net);
}

/* ---- what peers are compared with ---- */

static void answer_weights(bench *b) {
    real *p = rnn_net_parameters(b->net);
    for (size_t i = 0; i < rnn_net_tensor_count(b->net); i++) {
        const rnn_tensor *t = rnn_net_tensor(b->net, i);
        size_t n = t->rows * (t->columns ? t->columns : 1);
        printf("%s %zu", t->name, n);
        for (size_t k = 0; k < n; k++) printf(" %.9g", (double)p[t->offset + k]);
        putchar(' ');
    }
    putchar('\n');
}

static void print_outputs(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    (void)arg;
    for (size_t i = 0; i < batch->outputs; i++) printf("%zu %.9g ", item[i], (double)out[i]);
}

static void answer_output(bench *b) {
    if (score(b, b->B, print_outputs)) printf("error %s", b->ctx.message);
    putchar('\n');
}

static void answer_inputs(bench *b) {
    size_t width = b->T * b->spec.numbers;
    for (size_t i = 0; i < b->B; i++) {
        printf("%zu", bench_length(&b->sampler, 0, i));
        for (size_t k = 0; k < width; k++) printf(" %.9g", (double)b->number[i * width + k]);
        putchar(' ');
    }
    putchar('\n');
}

/* ---- the ceiling ---- */

typedef struct product {
    size_t n;
    real *a; /* three matrices a thread */
} product;

static void multiply(void *arg, size_t task) {
    const product *p = arg;
    real *a = p->a + task * 3 * p->n * p->n, *b = a + p->n * p->n, *c = b + p->n * p->n;
    rnn_gemm_nn(p->n, p->n, p->n, a, p->n, b, p->n, 0, c, p->n);
}

static void answer_sgemm(const char *line) {
    size_t n = 0, threads = 0;
    double seconds = 0, best = 0;
    rnn_context ctx = {0};
    rnn_pool *pool = NULL;
    if (sscanf(line, "sgemm %zu %zu %lf", &n, &threads, &seconds) != 3 || n < 1 || threads < 1) {
        puts("error sgemm N THREADS SECONDS");
        return;
    }
    product p = {n, malloc(threads * 3 * n * n * sizeof(real))};
    if (!p.a || rnn_pool_create(&ctx, threads, &pool)) {
        puts("error no memory");
        free(p.a);
        return;
    }
    for (size_t i = 0; i < threads * 3 * n * n; i++) p.a[i] = (real)rnn_uniform(3, i);
    double flops = 2.0 * (double)threads * (double)n * (double)n * (double)n, begin = now();
    for (double before = begin; before - begin < seconds;) {
        rnn_pool_run(pool, threads, multiply, &p);
        double after = now(), rate = flops / (after - before) * 1e-9;
        if (rate > best) best = rate;
        before = after;
    }
    printf("%.6g\n", best);
    rnn_pool_free(pool);
    free(p.a);
}

static void answer(bench *b, char *line) {
    double seconds = 0;
    unsigned long long limit = 0;
    char name[16];
    if (strncmp(line, "shape ", 6) == 0) {
        answer_shape(b, line);
    } else if (strncmp(line, "sgemm ", 6) == 0) {
        answer_sgemm(line);
    } else if (sscanf(line, "kernels %15s", name) == 1) {
        puts(rnn_kernels_force(name) ? "error this machine has no such kernels" : name);
    } else if (sscanf(line, "limit %llu", &limit) == 1) {
        b->limit = limit;
        puts("ok");
    } else if (!b->net) {
        puts("error no shape");
    } else if (sscanf(line, "train %lf", &seconds) == 1) {
        answer_times(b, train_once, seconds, MINIBATCHES);
    } else if (sscanf(line, "score %lf", &seconds) == 1) {
        answer_times(b, score_once, seconds, MINIBATCHES);
    } else if (sscanf(line, "stream %lf", &seconds) == 1) {
        answer_stream(b, seconds);
    } else if (strcmp(line, "memory") == 0) {
        answer_memory(b);
    } else if (strcmp(line, "weights") == 0) {
        answer_weights(b);
    } else if (strcmp(line, "output") == 0) {
        answer_output(b);
    } else if (strcmp(line, "inputs") == 0) {
        answer_inputs(b);
    } else {
        puts("error unknown command");
    }
}

int main(void) {
    char line[256];
    bench b;
    memset(&b, 0, sizeof b);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        answer(&b, line);
        fflush(stdout);
    }
    bench_close(&b);
    return 0;
}
