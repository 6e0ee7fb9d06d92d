/* test_dropout.c - what dropout does to the outputs: masks, rates, shards, none in scoring.
**
** The networks here are made so that their outputs are their masks. That backward sees the same
** masks as forward is in double_gradients.c. */
#include "net_testing.h"

enum {
    DROP_UNITS = 8,
    DROP_SEQUENCES = 400,
    DROP_STEPS = 4,
    DROP_OUTPUTS = DROP_SEQUENCES * DROP_STEPS
};
#define DROP_RATE 0.3

/* A network that shows its masks: relu units that each see the input 1 with weight 1 (category 1
** where there are categories), the recurrent matrix `loop` times the identity, and outputs that
** are the units. */
static rnn_net *mask_net(rnn_context *ctx, rnn_net_spec *s, real loop) {
    rnn_net *net = NULL;
    s->cell = RNN_CELL_RNN;
    s->activation = RNN_RELU;
    s->layers = 1;
    s->hidden = s->outputs = DROP_UNITS;
    testing_ok(ctx, rnn_net_create(ctx, s, &net));
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        real *v = rnn_net_parameters(net) + t->offset;
        if (!strcmp(t->name, "embedding.0.weight")) v[1] = 1;
        for (size_t j = 0; j < DROP_UNITS; j++) {
            if (!strcmp(t->name, "rnn.weight_ih_l0")) v[j] = 1;
            if (!strcmp(t->name, "rnn.weight_hh_l0")) v[j * DROP_UNITS + j] = loop;
            if (!strcmp(t->name, "head.weight")) v[j * DROP_UNITS + j] = 1;
        }
    }
    return net;
}

/* Outputs [step] [sequence] [unit] of `sequences` equal sequences, as a shard whose first one is
** number `first`. */
static void show_masks(rnn_net_spec s, real loop, int training, uint64_t seed, size_t first,
                       size_t sequences, real *out) {
    rnn_context ctx = {0};
    rnn_batch b;
    size_t lengths[DROP_SEQUENCES];
    rnn_net *net = mask_net(&ctx, &s, loop);
    for (size_t i = 0; i < sequences; i++) lengths[i] = DROP_STEPS;
    testing_batch(&ctx, &b, &s, lengths, sequences, 1, 1);
    for (size_t r = 0; r < b.rows * s.numbers; r++) b.numbers[r] = 1;
    for (size_t r = 0; r < b.rows * s.categories; r++) b.ids[r] = 1;
    rnn_workspace *w = testing_workspace(&ctx, &s, &b, 1);
    rnn_pass pass = {.training = training, .seed = seed, .first = first};
    rnn_net_forward(net, &b, &pass, w, out);
    rnn_workspace_free(w);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

static int close_to(double a, double b) { return fabs(a - b) <= 64 * TESTING_ROUNDOFF * fabs(b); }

/* `hits` of `n` independent draws at `rate` are within five standard deviations of what is
** expected. */
static void check_rate(size_t hits, size_t n, double rate) {
    double deviation = sqrt((double)n * rate * (1 - rate));
    if (fabs((double)hits - (double)n * rate) > 5 * deviation)
        fail_msg("%zu of %zu dropped at rate %g", hits, n, rate);
}

/* Every unit of a sequence has one mask at all steps: 0, or 1/(1-rate) at a share 1-rate of
** them. With `recurrent`, unit j is 1 + mask times the unit one step before. */
static void check_masks(const real *out, int recurrent) {
    size_t dropped = 0, rows = DROP_SEQUENCES * DROP_UNITS;
    for (size_t i = 0; i < rows; i++) {
        double mask = (double)out[recurrent ? rows + i : i] - recurrent, before = 0;
        if (mask != 0 && !close_to(mask, 1 / (1 - DROP_RATE))) fail_msg("a mask is %g", mask);
        dropped += mask == 0;
        for (size_t t = 0; t < DROP_STEPS; t++) {
            double got = (double)out[t * rows + i], want = recurrent ? 1 + mask * before : mask;
            if (!close_to(got, want))
                fail_msg("step %zu is %g, expected %g: the mask changed", t, got, want);
            before = got;
        }
    }
    check_rate(dropped, rows, DROP_RATE);
}

static void test_dropout(void **state) {
    (void)state;
    static real out[DROP_OUTPUTS * DROP_UNITS], other[DROP_OUTPUTS * DROP_UNITS];
    for (int recurrent = 0; recurrent <= 1; recurrent++) {
        rnn_net_spec s = {.numbers = 1};
        size_t row = DROP_UNITS, half = DROP_SEQUENCES / 2;
        *(recurrent ? &s.recurrent_dropout : &s.dropout) = DROP_RATE;
        show_masks(s, (real)recurrent, 1, 5, 0, DROP_SEQUENCES, out);
        check_masks(out, recurrent);

        show_masks(s, (real)recurrent, 1, 6, 0, DROP_SEQUENCES, other);
        assert_memory_not_equal(out, other, sizeof out);
        /* The second half of the sequences as a shard of their own. */
        show_masks(s, (real)recurrent, 1, 5, half, DROP_SEQUENCES - half, other);
        for (size_t t = 0; t < DROP_STEPS; t++) {
            testing_near("shard", other + t * half * row, out + (t * DROP_SEQUENCES + half) * row,
                         half * row, 1e-5);
        }
        /* No dropout in scoring, nor at rate 0. */
        show_masks(s, 0, 0, 5, 0, DROP_SEQUENCES, out);
        s.dropout = s.recurrent_dropout = 0;
        show_masks(s, 0, 1, 5, 0, DROP_SEQUENCES, other);
        for (size_t i = 0; i < DROP_OUTPUTS * DROP_UNITS; i++)
            assert_true(out[i] == 1 && other[i] == 1);
    }
}

/* A category is replaced by number 0 (unknown) at the rate, unscaled; so is one outside the
** vocabulary. */
static void test_embedding_dropout(void **state) {
    (void)state;
    static real out[DROP_OUTPUTS * DROP_UNITS];
    rnn_net_spec s = {
        .categories = 1, .vocabulary = {2}, .embedding = {1}, .embedding_dropout = DROP_RATE};
    size_t dropped = 0;
    show_masks(s, 0, 1, 5, 0, DROP_SEQUENCES, out);
    for (size_t i = 0; i < DROP_OUTPUTS; i++) {
        real v = out[i * DROP_UNITS];
        assert_true(v == 0 || v == 1);
        dropped += v == 0;
    }
    check_rate(dropped, DROP_OUTPUTS, DROP_RATE);
    show_masks(s, 0, 0, 5, 0, DROP_SEQUENCES, out);
    for (size_t i = 0; i < DROP_OUTPUTS; i++) assert_true(out[i * DROP_UNITS] == 1);
}

static void test_unknown_category(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_net_spec s = {.categories = 1, .vocabulary = {2}, .embedding = {1}};
    rnn_net *net = mask_net(&ctx, &s, 0);
    rnn_batch b;
    real out[2 * DROP_UNITS];
    size_t two = 2;
    rnn_pass pass = {.training = 0};
    testing_batch(&ctx, &b, &s, &two, 1, 1, 1);
    b.ids[0] = 2;
    b.ids[1] = UINT32_MAX;
    rnn_workspace *w = testing_workspace(&ctx, &s, &b, 0);
    rnn_net_forward(net, &b, &pass, w, out);
    rnn_workspace_free(w);
    for (size_t i = 0; i < 2 * DROP_UNITS; i++) assert_true(out[i] == 0);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_embedding_dropout),
        cmocka_unit_test(test_unknown_category),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
