/* double_checkpoint.c - a pass in slices gives the loss, the states and the gradients of a plain one.
**
** In double, where the order of a sum is the only difference: 1e-12 of the largest element. What the
** plain pass gives is checked by central differences in double_gradients.c. */
#ifndef RNN_REAL
#define RNN_REAL double
#endif
#include "net_testing.h"

#include "checkpoint.h"

enum { SEQUENCES = 5, STEPS = 11 };

static const size_t LENGTHS[SEQUENCES] = {STEPS, 8, 8, 3, 1};

typedef struct feature {
    const char *name;
    int lstm_only;
    rnn_net_spec change; /* fields to add to the plain network */
} feature;

static const feature FEATURES[] = {
    {"plain", 0, {.layers = 1}},
    {"two layers", 0, {.layers = 2}},
    {"peephole projection", 1, {.layers = 2, .peephole = 1, .projection = 3}},
    {"layer_norm", 0, {.layers = 2, .layer_norm = 1}},
    {"learned initial", 0, {.layers = 2, .learned_initial = 1}},
    {"skip, embedding dropout",
     0,
     {.layers = 1,
      .skip = 1,
      .categories = 1,
      .vocabulary = {4},
      .embedding = {2},
      .embedding_dropout = 0.3}},
    {"tied", 0, {.layers = 1, .tied = 1, .categories = 1, .vocabulary = {3}, .embedding = {2}}},
    {"dropout", 0, {.layers = 2, .dropout = 0.3, .recurrent_dropout = 0.4}},
    {"average_gradient", 0, {.layers = 1, .average_gradient = 1}},
    {"pooling last", 0, {.layers = 2, .pooling = RNN_POOL_LAST, .dropout = 0.2, .layer_norm = 1}},
};

/* A network, a batch, and what a pass over it gives. */
typedef struct problem {
    rnn_context ctx;
    rnn_net_spec spec;
    rnn_net *net;
    rnn_batch batch;
    rnn_loss loss;
    real *state_in; /* [B x state size] or NULL */
    size_t states, parameters;
} problem;

typedef struct result {
    double loss;
    real *state, *gradient; /* [states], with state_in; [parameters] */
} result;

static void set_up(problem *p, const feature *f, rnn_cell cell, rnn_reset reset, int carried) {
    memset(p, 0, sizeof *p);
    p->spec = f->change;
    p->spec.cell = cell;
    p->spec.reset = reset;
    p->spec.hidden = 4;
    p->spec.numbers = 2;
    p->spec.outputs = p->spec.tied ? 3 : 1;
    p->loss.kind = p->spec.tied ? RNN_LOSS_CROSS_ENTROPY : RNN_LOSS_MSE;
    p->loss.outputs = p->spec.outputs;
    p->net = testing_net(&p->ctx, &p->spec, 0.8, 5);
    testing_batch(&p->ctx, &p->batch, &p->spec, LENGTHS, SEQUENCES, !p->spec.pooling, 9);
    for (size_t i = 0; i < p->batch.outputs; i++) {
        if (p->spec.tied) p->batch.target[i] = (real)(i % 3);
        p->batch.weight[i] = (real)(0.5 + 0.25 * (double)(i % 4));
    }
    p->parameters = rnn_net_parameter_count(p->net);
    p->states = SEQUENCES * rnn_state_size(&p->spec);
    if (!carried) return;
    uint64_t seed = 3;
    p->state_in = rnn_alloc_array(&p->ctx, p->states, sizeof *p->state_in);
    assert_non_null(p->state_in);
    testing_draw(p->state_in, p->states, 0.9, &seed);
}

static void tear_down(problem *p) {
    rnn_free(&p->ctx, p->state_in);
    rnn_batch_free(&p->ctx, &p->batch);
    rnn_net_free(p->net);
    testing_no_leak(&p->ctx);
}

/* slice 0: plain. A carried state goes back to where it came from, as with tbptt. */
static result run(problem *p, size_t slice, real share) {
    size_t kept = slice ? slice : STEPS;
    rnn_workspace_size size = {SEQUENCES, kept, SEQUENCES * kept, SEQUENCES * kept, 0, 0};
    rnn_pass pass = {.training = 1, .seed = 1234, .first = 3};
    rnn_workspace *w = NULL;
    rnn_checkpoint c;
    rnn_gradient g;
    result r = {0};
    testing_ok(&p->ctx, rnn_workspace_create(&p->ctx, &p->spec, &size, 1, &w));
    testing_gradient(&p->ctx, p->net, &g);
    real *out = rnn_alloc_array(&p->ctx, size.outputs, p->spec.outputs * sizeof *out);
    real *d_out = rnn_alloc_array(&p->ctx, size.outputs, p->spec.outputs * sizeof *out);
    r.gradient = rnn_alloc_array_zero(&p->ctx, p->parameters, sizeof *r.gradient);
    r.state = rnn_alloc_array_zero(&p->ctx, p->states, sizeof *r.state);
    assert_true(out && d_out && r.gradient && r.state);
    if (p->state_in) {
        memcpy(r.state, p->state_in, p->states * sizeof *r.state);
        pass.state_in = pass.state_out = r.state;
    }
    const rnn_batch *b = &p->batch;
    if (slice) {
        uint64_t before = p->ctx.memory_used;
        testing_ok(&p->ctx, rnn_checkpoint_init(&p->ctx, &c, &p->spec, SEQUENCES, STEPS, slice));
        uint64_t used = p->ctx.memory_used - before,
                 told = rnn_checkpoint_bytes(&p->spec, SEQUENCES, STEPS, slice);
        assert_true(used >= told && used <= told + 1024);
        rnn_checkpoint_work work = {w, out, d_out, &p->loss, share, &g};
        r.loss = rnn_checkpoint_train(&c, p->net, b, &pass, &work);
        rnn_checkpoint_free(&p->ctx, &c);
    } else {
        rnn_net_forward(p->net, b, &pass, w, out);
        r.loss = rnn_loss_evaluate(&p->loss, b->outputs, out, b->target, b->weight, b->unit, share,
                                   d_out);
        rnn_net_backward(p->net, b, &pass, w, d_out, NULL, &g);
    }
    testing_flatten(p->net, &g, r.gradient);
    rnn_gradient_free(&p->ctx, &g);
    rnn_free(&p->ctx, out);
    rnn_free(&p->ctx, d_out);
    rnn_workspace_free(w);
    return r;
}

static void free_result(problem *p, result *r) {
    rnn_free(&p->ctx, r->state);
    rnn_free(&p->ctx, r->gradient);
}

static void compare(const char *name, size_t slice, problem *p, const result *got,
                    const result *want) {
    char what[200];
    double largest = testing_largest(want->gradient, p->parameters);
    assert_true(largest > 0);
    if (!(fabs(got->loss - want->loss) <= 1e-12 * fabs(want->loss)))
        fail_msg("%s, slices of %zu: loss %.15g instead of %.15g", name, slice, got->loss,
                 want->loss);
    snprintf(what, sizeof what, "%s, slices of %zu: gradient", name, slice);
    testing_near(what, got->gradient, want->gradient, p->parameters, 1e-12 * largest);
    snprintf(what, sizeof what, "%s, slices of %zu: state", name, slice);
    testing_near(what, got->state, want->state, p->states, 1e-14);
}

static const struct {
    const char *name;
    rnn_cell cell;
    rnn_reset reset;
} CELLS[] = {{"lstm", RNN_CELL_LSTM, RNN_RESET_AFTER},
             {"gru", RNN_CELL_GRU, RNN_RESET_AFTER},
             {"gru before", RNN_CELL_GRU, RNN_RESET_BEFORE},
             {"rnn", RNN_CELL_RNN, RNN_RESET_AFTER}};

/* Slices of one step, of all, and what does not divide the steps. */
static void test_same(void **state) {
    (void)state;
    static const size_t slices[] = {1, 2, 3, 4, 10, STEPS, STEPS + 5};
    for (size_t i = 0; i < TESTING_COUNT(CELLS) * TESTING_COUNT(FEATURES) * 2; i++) {
        const feature *f = &FEATURES[i / 2 % TESTING_COUNT(FEATURES)];
        size_t cell = i / 2 / TESTING_COUNT(FEATURES);
        problem p;
        char name[80];
        if (f->lstm_only && CELLS[cell].cell != RNN_CELL_LSTM) continue;
        snprintf(name, sizeof name, "%s, %s%s", CELLS[cell].name, f->name,
                 i % 2 ? ", carried" : "");
        set_up(&p, f, CELLS[cell].cell, CELLS[cell].reset, i % 2);
        result want = run(&p, 0, 0.25);
        for (size_t s = 0; s < TESTING_COUNT(slices); s++) {
            result got = run(&p, slices[s], 0.25);
            compare(name, slices[s], &p, &got, &want);
            free_result(&p, &got);
        }
        free_result(&p, &want);
        tear_down(&p);
    }
}

/* Without weights: the states go on, nothing else happens. */
static void test_forward_alone(void **state) {
    (void)state;
    problem p;
    set_up(&p, &FEATURES[1], RNN_CELL_GRU, RNN_RESET_AFTER, 1);
    result want = run(&p, 0, 1), got = run(&p, 3, 0);
    testing_near("state", got.state, want.state, p.states, 1e-14);
    assert_true(testing_largest(got.gradient, p.parameters) == 0 && got.loss == 0);
    free_result(&p, &want);
    free_result(&p, &got);
    tear_down(&p);
}

static void test_possible(void **state) {
    (void)state;
    rnn_net_spec s = testing_spec();
    assert_true(rnn_checkpoint_possible(&s));
    s.pooling = RNN_POOL_LAST;
    assert_true(rnn_checkpoint_possible(&s));
    s.pooling = RNN_POOL_MAX;
    assert_false(rnn_checkpoint_possible(&s));
    s.pooling = RNN_POOL_MIXED;
    assert_false(rnn_checkpoint_possible(&s));
    s = testing_spec();
    s.bidirectional = 1;
    assert_false(rnn_checkpoint_possible(&s));
    s = testing_spec();
    s.target_vocabulary = 5;
    assert_false(rnn_checkpoint_possible(&s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_forward_alone),
        cmocka_unit_test(test_possible),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("checkpointing", tests, NULL, NULL);
}
