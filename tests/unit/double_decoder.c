/* double_decoder.c - backward of the encoder-decoder network is the derivative of its forward, by
** central differences in double: every cell x directions x layers x attention x tied, on sources
** and targets of unequal lengths, and the features of the layers on top of the fullest of them.
** Differences and tolerances as in double_gradients.c. */
#ifndef RNN_REAL
#define RNN_REAL double
#endif
#include "decoder_testing.h"

#include "loss.h"

enum { SAMPLES = 8 };
#define STEP 1e-4

static real loss_value(const rnn_net *net, const rnn_batch *b, const rnn_pass *pass,
                       rnn_workspace *w, real *out, real *d_out) {
    const rnn_loss loss = {.kind = RNN_LOSS_CROSS_ENTROPY,
                           .outputs = rnn_net_get_spec(net)->outputs};
    rnn_net_forward(net, b, pass, w, out);
    return (real)rnn_loss_evaluate(&loss, b->outputs, out, b->target, b->weight, b->unit, 1, d_out);
}

/* Backward against differences in sampled elements of every tensor. */
static void check(const rnn_net_spec *spec) {
    rnn_context ctx = {0};
    rnn_batch b;
    rnn_gradient g;
    rnn_pass pass = {.training = 1, .seed = 77, .first = 3};
    uint64_t state = 3;
    rnn_net *net = testing_net(&ctx, spec, 0.8, 5);
    decoder_batch(&ctx, &b, spec, 9);
    rnn_workspace *w = testing_workspace(&ctx, spec, &b, 1);
    real *out = rnn_alloc_array(&ctx, b.outputs * spec->outputs, 2 * sizeof *out);
    assert_non_null(out);
    real *d_out = out + b.outputs * spec->outputs;
    testing_ok(&ctx, rnn_gradient_init(&ctx, &g, rnn_net_dense_count(net), 0, 0, 0));
    double loss = (double)loss_value(net, &b, &pass, w, out, d_out);
    rnn_net_backward(net, &b, &pass, w, d_out, NULL, &g);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        double largest = 0;
        for (size_t k = 0; k < SAMPLES; k++) {
            size_t e = t->offset + testing_below(&state, t->rows * (t->columns ? t->columns : 1));
            real *v = &rnn_net_parameters(net)[e], keep = *v;
            double f[4], got = (double)g.dense[e];
            for (int j = 0; j < 4; j++) {
                rnn_net_parameters(net); /* is about to change */
                *v = keep + (real)((j < 2 ? j - 2 : j - 1) * STEP);
                f[j] = (double)loss_value(net, &b, &pass, w, out, NULL);
            }
            *v = keep;
            double want = (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * STEP);
            largest = fmax(largest, fabs(want));
            if (fabs(got - want) <= 1e-6 * fabs(want) + 1e-11 * (1 + fabs(loss))) continue;
            fail_msg("%s[%zu]: backward gives %.12g, differences give %.12g", t->name,
                     e - t->offset, got, want);
        }
        /* A tensor without any influence would pass unseen. */
        int dropped = spec->dropout + spec->recurrent_dropout + spec->embedding_dropout > 0;
        if (largest == 0 && !dropped && t->rows * t->columns > 12)
            fail_msg("%s has no gradient", t->name);
    }
    rnn_gradient_free(&ctx, &g);
    rnn_free(&ctx, out);
    rnn_workspace_free(w);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

static void test_case(void **state) {
    const decoder_case *c = *state;
    check(&c->spec);
}

/* LSTM, two directions, two layers, attention: with everything a layer can have. */
static rnn_net_spec full(void) {
    decoder_case c;
    decoder_make_case(&c, 7);
    return c.spec;
}

static void test_layer_norm(void **state) {
    rnn_net_spec s = full();
    (void)state;
    s.layer_norm = s.learned_initial = 1;
    check(&s);
}

static void test_projection(void **state) {
    rnn_net_spec s = full();
    (void)state;
    s.projection = 3;
    s.peephole = 1;
    check(&s);
}

static void test_dropouts(void **state) {
    rnn_net_spec s = full();
    (void)state;
    s.dropout = 0.2;
    s.recurrent_dropout = 0.2;
    s.embedding_dropout = 0.3;
    s.tied = 1;
    check(&s);
}

int main(void) {
    static decoder_case all[DECODER_CASES];
    static struct CMUnitTest tests[DECODER_CASES + 3] = {
        cmocka_unit_test(test_layer_norm),
        cmocka_unit_test(test_projection),
        cmocka_unit_test(test_dropouts),
    };
    for (size_t i = 0; i < DECODER_CASES; i++) {
        decoder_make_case(&all[i], i);
        tests[3 + i] = (struct CMUnitTest){all[i].name, test_case, NULL, NULL, &all[i]};
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("decoder gradients", tests, DECODER_CASES + 3, NULL, NULL);
}
