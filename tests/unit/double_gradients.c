/* double_gradients.c - backward is the derivative of forward, by central differences in double.
**
** Every combination of cell x directions x layers x feature is a network on a batch of different
** lengths; each is checked under several losses, in sampled elements of every parameter tensor.
** The difference is the fourth-order one, (8 [f(h) - f(-h)] - [f(2h) - f(-2h)]) / 12h: at h =
** 1e-4 its truncation is far below, and its rounding below, 2e-11 of the loss. That is the
** absolute part of what is allowed; the relative part is 1e-6.
**
** relu and the losses quantile, mae, huber have kinks. Where one lies between the points of a
** difference, that is no derivative: such elements (the difference disagrees with the one at
** h/4) are left out there, at most a fifth of them. Nothing is left out where everything is
** smooth. */
#ifndef RNN_REAL
#define RNN_REAL double
#endif
#include "net_testing.h"

#include "loss.h"

enum { SAMPLES = 5, SEQUENCES = 4, QUANTILES = 3 };
#define STEP 1e-4
#define RELATIVE 1e-6

typedef struct cell_row {
    const char *name;
    rnn_cell cell;
    rnn_reset reset;
    rnn_activation activation;
    int kinks;
} cell_row;

static const cell_row CELLS[] = {
    {"lstm", RNN_CELL_LSTM, RNN_RESET_AFTER, RNN_TANH, 0},
    {"gru", RNN_CELL_GRU, RNN_RESET_AFTER, RNN_TANH, 0},
    {"gru before", RNN_CELL_GRU, RNN_RESET_BEFORE, RNN_TANH, 0},
    {"rnn tanh", RNN_CELL_RNN, RNN_RESET_AFTER, RNN_TANH, 0},
    {"rnn relu", RNN_CELL_RNN, RNN_RESET_AFTER, RNN_RELU, 1},
};

typedef struct feature_row {
    const char *name;
    int lstm_only;
    rnn_net_spec change; /* fields to add to the plain network */
} feature_row;

static const feature_row FEATURES[] = {
    {"plain", 0, {.layers = 0}},
    {"peephole", 1, {.peephole = 1}},
    {"projection", 1, {.projection = 2}},
    {"peephole projection", 1, {.peephole = 1, .projection = 3}},
    {"layer_norm", 0, {.layer_norm = 1}},
    {"learned initial", 0, {.learned_initial = 1}},
    {"embeddings", 0, {.categories = 2, .vocabulary = {4, 3}, .embedding = {2, 1}}},
    {"skip", 0, {.skip = 1, .categories = 1, .vocabulary = {4}, .embedding = {2}}},
    {"pooling last", 0, {.pooling = RNN_POOL_LAST}},
    {"pooling mean", 0, {.pooling = RNN_POOL_MEAN}},
    {"pooling max", 0, {.pooling = RNN_POOL_MAX}},
    {"pooling mixed", 0, {.pooling = RNN_POOL_MIXED}},
    {"pooling attention, dropout", 0, {.pooling = RNN_POOL_ATTENTION, .dropout = 0.2}},
    {"dropout", 0, {.dropout = 0.3}},
    {"recurrent dropout", 0, {.recurrent_dropout = 0.4}},
    {"embedding dropout",
     0,
     {.categories = 2, .vocabulary = {4, 3}, .embedding = {2, 1}, .embedding_dropout = 0.4}},
    {"all dropouts, skip, layer_norm, learned initial",
     0,
     {.dropout = 0.2,
      .recurrent_dropout = 0.2,
      .embedding_dropout = 0.3,
      .skip = 1,
      .layer_norm = 1,
      .learned_initial = 1,
      .categories = 1,
      .vocabulary = {4},
      .embedding = {2}}},
    {"parts of words",
     0,
     {.categories = 2, .vocabulary = {4, 3}, .embedding = {2, 1}, .subwords = {5, 2}}},
    {"parts of words, embedding dropout",
     0,
     {.categories = 2,
      .vocabulary = {4, 3},
      .embedding = {2, 1},
      .subwords = {5, 0},
      .embedding_dropout = 0.4}},
    {"tied", 0, {.tied = 1, .categories = 2, .vocabulary = {4, 3}, .embedding = {3, 1}}},
    {"tied, skip, parts of words",
     0,
     {.tied = 1, .skip = 1, .categories = 1, .vocabulary = {4}, .embedding = {3}, .subwords = {6}}},
    {"all of lstm",
     1,
     {.peephole = 1,
      .projection = 3,
      .layer_norm = 1,
      .learned_initial = 1,
      .dropout = 0.2,
      .recurrent_dropout = 0.3,
      .skip = 1}},
};

typedef struct loss_row {
    const char *name;
    rnn_loss_kind kind;
    size_t outputs;
    int kinks, every_network; /* every_network 0: with the plain feature only */
} loss_row;

static const loss_row LOSSES[] = {
    {"mse", RNN_LOSS_MSE, 1, 0, 1},
    {"quantile", RNN_LOSS_QUANTILE, QUANTILES, 1, 1},
    {"student_t", RNN_LOSS_STUDENT_T, 3, 0, 1},
    {"cross_entropy", RNN_LOSS_CROSS_ENTROPY, 4, 0, 1},
    {"mae", RNN_LOSS_MAE, 1, 1, 0},
    {"huber", RNN_LOSS_HUBER, 1, 1, 0},
    {"gaussian", RNN_LOSS_GAUSSIAN, 2, 0, 0},
    {"negative_binomial", RNN_LOSS_NEGATIVE_BINOMIAL, 2, 0, 0},
};

/* One network under one loss. */
typedef struct problem {
    rnn_context ctx;
    rnn_net_spec spec;
    rnn_net *net;
    rnn_batch batch;
    rnn_workspace *work;
    rnn_pass pass;
    rnn_loss loss;
    real quantile[QUANTILES];
    uint32_t start[2][8], part[2][24];
    rnn_bags bags[2];
    real *out, *d_out, *gradient;
} problem;

/* A combination, and its name in the output. */
typedef struct combination {
    char name[96];
    const cell_row *cell;
    const feature_row *feature;
    int bidirectional;
    size_t layers;
} combination;

static real loss_value(problem *p, real *d_out) {
    const rnn_batch *b = &p->batch;
    rnn_net_forward(p->net, b, &p->pass, p->work, p->out);
    return (real)rnn_loss_evaluate(&p->loss, b->outputs, p->out, b->target, b->weight, b->unit,
                                   0.25, d_out) *
           (real)0.25;
}

/* Targets of the kind the loss takes; uneven weights, and one row without a target. */
static void set_targets(problem *p) {
    rnn_batch *b = &p->batch;
    uint64_t state = 77;
    for (size_t i = 0; i < b->outputs; i++) {
        if (p->loss.kind == RNN_LOSS_CROSS_ENTROPY)
            b->target[i] = (real)testing_below(&state, p->loss.outputs);
        if (p->loss.kind == RNN_LOSS_NEGATIVE_BINOMIAL)
            b->target[i] = (real)testing_below(&state, 9);
        b->unit[i] = (real)(1 + 0.5 * (double)(i % 3));
        b->weight[i] = (real)(0.5 + 0.25 * (double)(i % 4));
    }
    b->weight[2] = 0;
    b->target[2] = (real)NAN;
}

/* Parts of words, some of them of words beyond the vocabulary. */
static void set_sparse(problem *p) {
    rnn_batch *b = &p->batch;
    size_t C = p->spec.categories;
    for (size_t c = 0; c < C; c++) {
        size_t words = p->spec.vocabulary[c] + 2;
        if (p->spec.subwords[c] == 0) continue;
        p->bags[c] = testing_bags(p->start[c], p->part[c], words, p->spec.subwords[c], 31);
        b->bags = p->bags;
        for (size_t r = c; r < b->rows; r += 3) b->ids[r * C + c] = (uint32_t)(words - 1 - r % 2);
    }
}

static void set_up(problem *p, const combination *c, const loss_row *loss) {
    static const size_t lengths[SEQUENCES] = {5, 4, 4, 1};
    memset(p, 0, sizeof *p);
    p->spec = c->feature->change;
    p->spec.cell = c->cell->cell;
    p->spec.reset = c->cell->reset;
    p->spec.activation = c->cell->activation;
    p->spec.bidirectional = c->bidirectional;
    p->spec.layers = c->layers;
    p->spec.hidden = 4;
    p->spec.numbers = 2;
    p->spec.outputs = loss->outputs;
    if (p->spec.tied) p->spec.vocabulary[0] = loss->outputs;
    p->loss.kind = loss->kind;
    p->loss.outputs = loss->outputs;
    for (size_t q = 0; q < QUANTILES; q++) p->quantile[q] = (real)(0.1 + 0.4 * (double)q);
    p->loss.quantile = p->quantile;
    p->net = testing_net(&p->ctx, &p->spec, 0.8, 5);
    testing_batch(&p->ctx, &p->batch, &p->spec, lengths, SEQUENCES, !p->spec.pooling, 9);
    set_targets(p);
    set_sparse(p);
    p->pass.training = 1;
    p->pass.seed = 1234;
    p->work = testing_workspace(&p->ctx, &p->spec, &p->batch, 1);
    p->out = rnn_alloc_array(&p->ctx, p->batch.outputs * p->spec.outputs, sizeof(real));
    p->d_out = rnn_alloc_array(&p->ctx, p->batch.outputs * p->spec.outputs, sizeof(real));
    p->gradient = rnn_alloc_array_zero(&p->ctx, rnn_net_parameter_count(p->net), sizeof(real));
    assert_true(p->out && p->d_out && p->gradient);
}

static void tear_down(problem *p) {
    rnn_free(&p->ctx, p->out);
    rnn_free(&p->ctx, p->d_out);
    rnn_free(&p->ctx, p->gradient);
    rnn_workspace_free(p->work);
    rnn_batch_free(&p->ctx, &p->batch);
    rnn_net_free(p->net);
    testing_no_leak(&p->ctx);
}

static double difference(problem *p, size_t element, double h) {
    real *v = &rnn_net_parameters(p->net)[element], keep = *v;
    double f[4];
    static const double at[4] = {-2, -1, 1, 2};
    for (size_t i = 0; i < 4; i++) {
        rnn_net_parameters(p->net); /* is about to change */
        *v = keep + (real)(at[i] * h);
        f[i] = (double)loss_value(p, NULL);
    }
    *v = keep;
    return (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * h);
}

static int near(double a, double b, double loss) {
    return fabs(a - b) <= RELATIVE * fmax(fabs(a), fabs(b)) + 2e-11 * (1 + fabs(loss));
}

static void check_problem(const combination *c, const loss_row *row) {
    problem p;
    size_t checked = 0, left_out = 0;
    uint64_t state = 3;
    set_up(&p, c, row);
    double loss = (double)loss_value(&p, p.d_out);
    testing_backward(&p.ctx, p.net, &p.batch, &p.pass, p.work, p.d_out, p.gradient);
    for (size_t i = 0; i < rnn_net_tensor_count(p.net); i++) {
        const rnn_tensor *t = rnn_net_tensor(p.net, i);
        size_t count = t->rows * (t->columns ? t->columns : 1);
        for (size_t s = 0; s < SAMPLES; s++) {
            size_t element = testing_below(&state, count);
            double got = (double)p.gradient[t->offset + element],
                   want = difference(&p, t->offset + element, STEP);
            checked++;
            if (near(got, want, loss)) continue;
            if ((row->kinks || c->cell->kinks) &&
                !near(want, difference(&p, t->offset + element, STEP / 4), loss)) {
                left_out++;
                continue;
            }
            fail_msg("loss %s, %s[%zu]: backward gives %.12g, differences give %.12g", row->name,
                     t->name, element, got, want);
        }
    }
    if (left_out * 5 > checked) fail_msg("%zu of %zu elements are at a kink", left_out, checked);
    tear_down(&p);
}

static void test_combination(void **state) {
    const combination *c = *state;
    for (size_t i = 0; i < TESTING_COUNT(LOSSES); i++) {
        if (LOSSES[i].every_network || c->feature == FEATURES) check_problem(c, &LOSSES[i]);
    }
}

/* Calling backward twice adds: shards and slices rely on it. */
static void test_accumulates(void **state) {
    combination c = {.cell = CELLS, .feature = FEATURES, .bidirectional = 1, .layers = 2};
    problem p;
    (void)state;
    set_up(&p, &c, LOSSES);
    size_t n = rnn_net_parameter_count(p.net);
    real *once = rnn_alloc_array(&p.ctx, n, sizeof *once);
    assert_non_null(once);
    for (int i = 0; i < 2; i++) {
        loss_value(&p, p.d_out);
        testing_backward(&p.ctx, p.net, &p.batch, &p.pass, p.work, p.d_out, p.gradient);
        if (!i) memcpy(once, p.gradient, n * sizeof *once);
    }
    for (size_t i = 0; i < n; i++) once[i] *= 2;
    testing_near("gradient added twice", p.gradient, once, n, 1e-14 * testing_largest(once, n));
    rnn_free(&p.ctx, once);
    tear_down(&p);
}

int main(void) {
    enum { MOST = TESTING_COUNT(CELLS) * TESTING_COUNT(FEATURES) * 4 };
    static combination all[MOST];
    static struct CMUnitTest tests[MOST + 1];
    size_t n = 0;
    for (size_t i = 0; i < MOST; i++) {
        combination *c = &all[n];
        c->cell = &CELLS[i / 4 / TESTING_COUNT(FEATURES)];
        c->feature = &FEATURES[i / 4 % TESTING_COUNT(FEATURES)];
        c->bidirectional = (int)(i & 1);
        c->layers = 1 + (i >> 1 & 1);
        if (c->feature->lstm_only && c->cell->cell != RNN_CELL_LSTM) continue;
        snprintf(c->name, sizeof c->name, "%s, %s, %zu layer%s: %s", c->cell->name,
                 c->bidirectional ? "two directions" : "one direction", c->layers,
                 c->layers > 1 ? "s" : "", c->feature->name);
        tests[n].name = c->name;
        tests[n].test_func = test_combination;
        tests[n++].initial_state = c;
    }
    tests[n].name = "backward adds to the gradient";
    tests[n++].test_func = test_accumulates;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("gradients", tests, n, NULL, NULL);
}
