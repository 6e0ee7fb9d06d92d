/* test_stepper.c - a network step by step gives what a whole pass over the steps so far gives, for
** every cell and pooling, in any company of lanes and members; encoder-decoder networks likewise in
** their decoder; and a step allocates nothing. */
#include "stepper.h"

#include "decoder_testing.h"

enum { STEPS = 6, LANES = 3, MEMBERS = 2, MOST_OUT = 8 };

/* Both sides add up the same numbers in another order. */
#define TOLERANCE (64 * TESTING_ROUNDOFF)

typedef struct cell_row {
    const char *name;
    rnn_net_spec spec;
} cell_row;

static const cell_row CELLS[] = {
    {"lstm", {.cell = RNN_CELL_LSTM}},
    {"lstm, peephole, projection", {.cell = RNN_CELL_LSTM, .peephole = 1, .projection = 3}},
    {"lstm, layer norm, learned initial", {.layer_norm = 1, .learned_initial = 1}},
    {"gru", {.cell = RNN_CELL_GRU}},
    {"gru before", {.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE, .learned_initial = 1}},
    {"rnn", {.cell = RNN_CELL_RNN}},
    {"rnn relu", {.cell = RNN_CELL_RNN, .activation = RNN_RELU}},
};

static const char *const POOLINGS[] = {"no", "last", "mean", "max", "attention", "mixed"};

typedef struct combination {
    char name[96];
    rnn_net_spec spec;
} combination;

static combination combine(size_t cell, size_t pooling, size_t layers) {
    combination c;
    rnn_net_spec *s = &c.spec;
    *s = CELLS[cell].spec;
    s->pooling = (rnn_pooling)pooling;
    s->skip = pooling == RNN_POOL_NONE && layers == 2;
    s->layers = layers;
    s->hidden = 4;
    s->numbers = 2;
    s->categories = 1;
    s->vocabulary[0] = 5;
    s->embedding[0] = 3;
    s->outputs = 5;
    s->tied = pooling == RNN_POOL_NONE && layers == 1;
    snprintf(c.name, sizeof c.name, "%s, %zu layer%s, %s pooling", CELLS[cell].name, layers,
             layers > 1 ? "s" : "", POOLINGS[pooling]);
    return c;
}

/* Mean of the members' outputs of the first `steps` steps of the sequence, by a whole pass; without
** pooling that of the last of them. */
static void whole_pass(rnn_context *ctx, rnn_net **net, const rnn_net_spec *s, const rnn_batch *all,
                       size_t lane, size_t steps, real *out) {
    rnn_batch b;
    const rnn_pass pass = {0};
    real one[MOST_OUT];
    testing_ok(ctx, rnn_batch_init(ctx, &b, 1, steps, s->numbers, s->categories, 1));
    rnn_batch_layout(&b, &steps, 1);
    for (size_t t = 0; t < steps; t++) {
        size_t row = rnn_batch_row(all, lane, t);
        memcpy(b.numbers + t * s->numbers, all->numbers + row * s->numbers,
               s->numbers * sizeof(real));
        b.ids[t] = all->ids[row];
    }
    b.outputs = 1;
    b.out_row[0] = (uint32_t)steps - 1;
    rnn_workspace *w = testing_workspace(ctx, s, &b, 0);
    memset(out, 0, s->outputs * sizeof *out);
    for (size_t m = 0; m < MEMBERS; m++) {
        rnn_net_forward(net[m], &b, &pass, w, one);
        for (size_t o = 0; o < s->outputs; o++) out[o] += one[o] / MEMBERS;
    }
    rnn_workspace_free(w);
    rnn_batch_free(ctx, &b);
}

/* All lanes at once, lane by lane, or a changing number of them. */
enum { TOGETHER, ALONE, CHANGING, WAYS };

static void run_lanes(rnn_stepper *stepper, const rnn_net_spec *s, const rnn_batch *all, size_t t,
                      size_t first, size_t lanes, real *const *state, real *out) {
    size_t row = rnn_batch_row(all, first, t);
    rnn_stepper_step(stepper, lanes, all->numbers + row * s->numbers, all->ids + row, NULL,
                     state + first, out + first * s->outputs);
}

static void check_steps(const rnn_net_spec *s, int way) {
    static const size_t lengths[LANES] = {STEPS, STEPS, STEPS};
    rnn_context ctx = {0};
    rnn_net *net[MEMBERS];
    rnn_batch all;
    rnn_stepper *stepper = NULL;
    real *state[LANES], out[LANES * MOST_OUT], want[MOST_OUT];
    for (size_t m = 0; m < MEMBERS; m++) net[m] = testing_net(&ctx, s, 0.8, 20 + m);
    testing_batch(&ctx, &all, s, lengths, LANES, 0, 4);
    testing_ok(&ctx, rnn_stepper_create(&ctx, net, MEMBERS, LANES, 0, &stepper));
    for (size_t i = 0; i < LANES; i++) {
        state[i] = rnn_alloc_array(&ctx, rnn_stepper_state_size(stepper), sizeof(real));
        assert_non_null(state[i]);
        rnn_stepper_start(stepper, state[i]);
    }
    for (size_t t = 0; t < STEPS; t++) {
        uint64_t used = ctx.memory_used;
        size_t lanes = way == TOGETHER ? LANES : way == ALONE ? 1 : 1 + t % LANES;
        for (size_t i = 0; i < LANES; i += lanes) {
            if (lanes > LANES - i) lanes = LANES - i;
            run_lanes(stepper, s, &all, t, i, lanes, state, out);
        }
        assert_int_equal(ctx.memory_used, used);
        for (size_t i = 0; i < LANES; i++) {
            whole_pass(&ctx, net, s, &all, i, t + 1, want);
            testing_near("output of a step", out + i * s->outputs, want, s->outputs, TOLERANCE);
        }
    }
    for (size_t i = 0; i < LANES; i++) rnn_free(&ctx, state[i]);
    for (size_t m = 0; m < MEMBERS; m++) rnn_net_free(net[m]);
    rnn_stepper_free(stepper);
    rnn_batch_free(&ctx, &all);
    testing_no_leak(&ctx);
}

static void test_combination(void **state) {
    const combination *c = *state;
    for (int way = 0; way < WAYS; way++) check_steps(&c->spec, way);
}

static void test_bidirectional(void **state) {
    combination c = combine(0, RNN_POOL_LAST, 1);
    rnn_context ctx = {0};
    rnn_stepper *stepper = (rnn_stepper *)&c;
    (void)state;
    c.spec.bidirectional = 1;
    rnn_net *net = testing_net(&ctx, &c.spec, 0.8, 3);
    assert_int_equal(rnn_stepper_create(&ctx, &net, 1, 1, 0, &stepper), RNN_MISUSE);
    assert_null(stepper);
    assert_non_null(strstr(ctx.message, "bidirectional"));
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

/* Source i of the batch alone. */
static void one_source(rnn_context *ctx, const rnn_net_spec *s, const rnn_batch *all, size_t i,
                       rnn_batch *b) {
    testing_ok(ctx, rnn_batch_init(ctx, b, 1, all->length[i], s->numbers, s->categories, 0));
    rnn_batch_layout(b, &all->length[i], 1);
    for (size_t t = 0; t < b->steps; t++) {
        b->numbers[t] = all->numbers[rnn_batch_row(all, i, t)];
        b->ids[t] = all->ids[rnn_batch_row(all, i, t)];
    }
}

/* The decoder step by step, two hypotheses at a time of which the first is the target's own,
** against the rows of a whole pass over all pairs. */
static void test_decoder(void **state) {
    const decoder_case *c = *state;
    const rnn_net_spec *s = &c->spec;
    rnn_context ctx = {0};
    rnn_net *net[MEMBERS];
    rnn_batch all, one;
    const rnn_pass pass = {0};
    rnn_stepper *stepper = NULL;
    real whole[MEMBERS][16 * MOST_OUT], first[64], other[64], *at[2] = {first, other};
    for (size_t m = 0; m < MEMBERS; m++) net[m] = testing_net(&ctx, s, 0.8, 20 + m);
    decoder_batch(&ctx, &all, s, 8);
    rnn_workspace *w = testing_workspace(&ctx, s, &all, 0);
    for (size_t m = 0; m < MEMBERS; m++) rnn_net_forward(net[m], &all, &pass, w, whole[m]);
    testing_ok(&ctx, rnn_stepper_create(&ctx, net, MEMBERS, 2, all.steps, &stepper));
    assert_true(rnn_stepper_state_size(stepper) <= TESTING_COUNT(first));
    for (size_t b = 0; b < all.decoder->sequences; b++) {
        one_source(&ctx, s, &all, all.source[b], &one);
        uint64_t used = ctx.memory_used;
        rnn_stepper_encode(stepper, &one, first);
        memcpy(other, first, sizeof other);
        for (size_t t = 0; t < all.decoder->length[b]; t++) {
            size_t row = rnn_batch_row(all.decoder, b, t), lanes = 1 + (b + t) % 2;
            const uint32_t ids[2] = {all.decoder->ids[row], 1};
            real out[2 * MOST_OUT], want[MOST_OUT];
            rnn_stepper_step(stepper, lanes, NULL, ids, NULL, at, out);
            for (size_t o = 0; o < s->outputs; o++)
                want[o] = (whole[0][row * s->outputs + o] + whole[1][row * s->outputs + o]) / 2;
            testing_near("output of a step", out, want, s->outputs, TOLERANCE);
        }
        assert_int_equal(ctx.memory_used, used);
        rnn_batch_free(&ctx, &one);
    }
    rnn_stepper_free(stepper);
    rnn_workspace_free(w);
    for (size_t m = 0; m < MEMBERS; m++) rnn_net_free(net[m]);
    rnn_batch_free(&ctx, &all);
    testing_no_leak(&ctx);
}

int main(void) {
    enum { STEPPED = TESTING_COUNT(CELLS) * TESTING_COUNT(POOLINGS) * 2 };
    static combination all[STEPPED];
    static decoder_case decoders[DECODER_CASES];
    static struct CMUnitTest tests[1 + STEPPED + DECODER_CASES] = {
        cmocka_unit_test(test_bidirectional),
    };
    size_t n = 1;
    for (size_t i = 0; i < STEPPED; i++) {
        all[i] =
            combine(i / 2 / TESTING_COUNT(POOLINGS), i / 2 % TESTING_COUNT(POOLINGS), 1 + i % 2);
        tests[n++] = (struct CMUnitTest){all[i].name, test_combination, NULL, NULL, &all[i]};
    }
    for (size_t i = 0; i < DECODER_CASES; i++) {
        decoder_make_case(&decoders[i], i);
        tests[n++] = (struct CMUnitTest){decoders[i].name, test_decoder, NULL, NULL, &decoders[i]};
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("stepper", tests, n, NULL, NULL);
}
