/* test_decoder.c - the forward pass of encoder-decoder networks against a reference that knows no
** batches, buffers or products: each target sequence on its own, number by number from net.h's
** equations, in double. What the layers can do beyond the plain cells is held by test_golden.c. */
#include "decoder_testing.h"

enum { MOST = 16, STEPS = 8 };

/* The tensor of that name; the test fails if there is none of that size. */
static const real *tensor(rnn_net *net, size_t count, const char *format, ...) {
    char name[64];
    va_list list;
    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        if (strcmp(t->name, name) != 0) continue;
        if (t->rows * (t->columns ? t->columns : 1) != count)
            fail_msg("%s is [%zu x %zu], not of %zu numbers", name, t->rows, t->columns, count);
        return rnn_net_parameters(net) + t->offset;
    }
    fail_msg("no tensor %s", name);
    return NULL;
}

/* y = M x + b; b may be NULL. */
static void affine(const real *m, const real *b, size_t rows, size_t columns, const double *x,
                   double *y) {
    for (size_t i = 0; i < rows; i++) {
        y[i] = b ? (double)b[i] : 0;
        for (size_t j = 0; j < columns; j++) y[i] += (double)m[i * columns + j] * x[j];
    }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* One step of a layer: h [H], c [H] in and out. */
static void cell_step(rnn_net *net, const char *stack, size_t layer, const char *suffix, size_t in,
                      const double *x, double *h, double *c) {
    const rnn_net_spec *s = rnn_net_get_spec(net);
    size_t H = s->hidden, G = rnn_spec_gates(s);
    double a[4 * MOST], u[4 * MOST], r[MOST] = {0};
    const real *w_hh = tensor(net, G * H * H, "%s.weight_hh_l%zu%s", stack, layer, suffix),
               *b_hh = tensor(net, G * H, "%s.bias_hh_l%zu%s", stack, layer, suffix);
    affine(tensor(net, G * H * in, "%s.weight_ih_l%zu%s", stack, layer, suffix),
           tensor(net, G * H, "%s.bias_ih_l%zu%s", stack, layer, suffix), G * H, in, x, a);
    affine(w_hh, b_hh, G * H, H, h, u);
    for (size_t j = 0; j < H; j++) r[j] = sigmoid(a[j] + u[j]) * h[j];
    if (s->cell == RNN_CELL_GRU && s->reset == RNN_RESET_BEFORE)
        affine(w_hh + 2 * H * H, b_hh + 2 * H, H, H, r, u + 2 * H);
    for (size_t j = 0; j < H; j++) {
        if (s->cell == RNN_CELL_LSTM) {
            c[j] = sigmoid(a[H + j] + u[H + j]) * c[j] +
                   sigmoid(a[j] + u[j]) * tanh(a[2 * H + j] + u[2 * H + j]);
            h[j] = sigmoid(a[3 * H + j] + u[3 * H + j]) * tanh(c[j]);
        } else if (s->cell == RNN_CELL_GRU) {
            double z = sigmoid(a[H + j] + u[H + j]);
            double gate = s->reset == RNN_RESET_BEFORE ? 1 : sigmoid(a[j] + u[j]);
            h[j] = (1 - z) * tanh(a[2 * H + j] + gate * u[2 * H + j]) + z * h[j];
        } else {
            h[j] = tanh(a[j] + u[j]);
        }
    }
}

/* out [T x D H] of the encoder for sequence b. */
static void encode(rnn_net *net, const rnn_batch *batch, size_t b, double out[STEPS][MOST]) {
    const rnn_net_spec *s = rnn_net_get_spec(net);
    size_t T = batch->length[b], H = s->hidden, D = rnn_spec_directions(s), in = 3;
    const real *table = tensor(net, s->vocabulary[0] * s->embedding[0], "embedding.0.weight");
    double x[STEPS][MOST];
    for (size_t t = 0; t < T; t++) {
        size_t row = rnn_batch_row(batch, b, t);
        x[t][0] = (double)batch->numbers[row];
        for (size_t j = 0; j < 2; j++) x[t][1 + j] = (double)table[batch->ids[row] * 2 + j];
    }
    for (size_t l = 0; l < s->layers; l++) {
        for (size_t k = 0; k < D; k++) {
            double h[MOST] = {0}, c[MOST] = {0};
            for (size_t i = 0; i < T; i++) {
                size_t t = k ? T - 1 - i : i;
                cell_step(net, "rnn", l, k ? "_reverse" : "", in, x[t], h, c);
                memcpy(out[t] + k * H, h, H * sizeof *h);
            }
        }
        in = D * H;
        memcpy(x, out, sizeof x);
    }
}

/* c_t from s_t: the weights are softmax(s_t . W_query h_i). */
static void attend(rnn_net *net, size_t T, double source[STEPS][MOST], const double *s,
                   double *context) {
    const rnn_net_spec *spec = rnn_net_get_spec(net);
    size_t H = spec->hidden, W = rnn_spec_directions(spec) * H;
    double weight[STEPS], sum = 0, key[MOST];
    for (size_t i = 0; i < T; i++) {
        affine(tensor(net, H * W, "attention.query.weight"), NULL, H, W, source[i], key);
        double score = 0;
        for (size_t j = 0; j < H; j++) score += s[j] * key[j];
        sum += weight[i] = exp(score);
    }
    memset(context, 0, W * sizeof *context);
    for (size_t i = 0; i < T; i++) {
        for (size_t j = 0; j < W; j++) context[j] += weight[i] / sum * source[i][j];
    }
}

/* Initial states of the decoder's layers. */
static void bridge(rnn_net *net, size_t T, double source[STEPS][MOST], double h[2][MOST],
                   double c[2][MOST]) {
    const rnn_net_spec *s = rnn_net_get_spec(net);
    size_t H = s->hidden, W = rnn_spec_directions(s) * H;
    double last[MOST];
    for (size_t j = 0; j < W; j++) last[j] = source[j < H ? T - 1 : 0][j];
    for (size_t l = 0; l < s->layers; l++) {
        affine(tensor(net, H * W, "bridge.weight_l%zu", l), tensor(net, H, "bridge.bias_l%zu", l),
               H, W, last, h[l]);
        for (size_t j = 0; j < H; j++) h[l][j] = tanh(h[l][j]);
        if (s->cell != RNN_CELL_LSTM) continue;
        affine(tensor(net, H * W, "bridge.cell_weight_l%zu", l),
               tensor(net, H, "bridge.cell_bias_l%zu", l), H, W, last, c[l]);
        for (size_t j = 0; j < H; j++) c[l][j] = tanh(c[l][j]);
    }
}

/* Outputs [O] at each step of target sequence b. */
static void reference(rnn_net *net, const rnn_batch *batch, size_t b, double out[STEPS][MOST]) {
    const rnn_net_spec *s = rnn_net_get_spec(net);
    size_t H = s->hidden, U = s->target_embedding, V = s->outputs,
           T = batch->length[batch->source[b]];
    size_t W = rnn_spec_directions(s) * H, width = s->attention ? W + H : H;
    const real *table = tensor(net, V * U, "decoder.embedding.weight");
    double source[STEPS][MOST], h[2][MOST], c[2][MOST], joined[2 * MOST], u[MOST];
    encode(net, batch, batch->source[b], source);
    bridge(net, T, source, h, c);
    for (size_t t = 0; t < batch->decoder->length[b]; t++) {
        double x[MOST];
        uint32_t id = batch->decoder->ids[rnn_batch_row(batch->decoder, b, t)];
        for (size_t j = 0; j < U; j++) x[j] = (double)table[(id < V ? id : 0) * U + j];
        for (size_t l = 0; l < s->layers; l++)
            cell_step(net, "decoder", l, "", l ? H : U, l ? h[l - 1] : x, h[l], c[l]);
        if (s->attention) attend(net, T, source, h[s->layers - 1], joined);
        memcpy(joined + width - H, h[s->layers - 1], H * sizeof *joined);
        affine(tensor(net, U * width, "combine.weight"), tensor(net, U, "combine.bias"), U, width,
               joined, u);
        for (size_t j = 0; j < U; j++) u[j] = tanh(u[j]);
        affine(s->tied ? table : tensor(net, V * U, "head.weight"), tensor(net, V, "head.bias"), V,
               U, u, out[t]);
    }
}

/* All rows of a scoring pass against the reference; the tolerance is float's after a few hundred
** operations on numbers around 1. */
static void check_batch(rnn_net *net, const rnn_batch *batch, rnn_workspace *w, int training) {
    size_t O = rnn_net_get_spec(net)->outputs;
    const rnn_pass pass = {.training = training};
    real out[STEPS * STEPS * MOST];
    rnn_net_forward(net, batch, &pass, w, out);
    for (size_t b = 0; b < batch->decoder->sequences; b++) {
        double want[STEPS][MOST];
        reference(net, batch, b, want);
        for (size_t t = 0; t < batch->decoder->length[b]; t++) {
            const real *got = out + rnn_batch_row(batch->decoder, b, t) * O;
            for (size_t o = 0; o < O; o++) {
                if (fabs((double)got[o] - want[t][o]) <= 100 * TESTING_ROUNDOFF) continue;
                fail_msg("target %zu, step %zu, output %zu is %.9g, expected %.9g", b, t, o,
                         (double)got[o], want[t][o]);
            }
        }
    }
}

static void test_case(void **state) {
    const decoder_case *c = *state;
    rnn_context ctx = {0};
    rnn_batch b;
    rnn_net *net = testing_net(&ctx, &c->spec, 0.8, 11);
    decoder_batch(&ctx, &b, &c->spec, 4);
    b.decoder->ids[3] = 1000; /* not in the vocabulary: unknown */
    for (int training = 0; training < 2; training++) {
        rnn_workspace *w = testing_workspace(&ctx, &c->spec, &b, training);
        check_batch(net, &b, w, training);
        rnn_workspace_free(w);
    }
    /* Two targets of one source, and a source without any. */
    b.source[1] = b.source[0];
    rnn_workspace *w = testing_workspace(&ctx, &c->spec, &b, 0);
    check_batch(net, &b, w, 0);
    rnn_workspace_free(w);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

/* A vector as the source: one step, whose attention weight is 1 whatever the query says. */
static void test_vector(void **state) {
    decoder_case c;
    rnn_context ctx = {0};
    rnn_batch b;
    static const size_t ones[4] = {1, 1, 1, 1};
    (void)state;
    decoder_make_case(&c, 4);
    rnn_net *net = testing_net(&ctx, &c.spec, 0.8, 11);
    decoder_batch(&ctx, &b, &c.spec, 4);
    rnn_batch_layout(&b, ones, 4);
    b.outputs = b.decoder->rows;
    rnn_workspace *w = testing_workspace(&ctx, &c.spec, &b, 0);
    check_batch(net, &b, w, 0);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        if (strcmp(t->name, "attention.query.weight") == 0)
            rnn_net_parameters(net)[t->offset] = 100;
    }
    check_batch(net, &b, w, 0);
    rnn_workspace_free(w);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

/* Names and order of the tensors, which files hold; and that initial weights are there. */
static void test_tensors(void **state) {
    static const char *const names[] = {
        "embedding.0.weight",
        "rnn.weight_ih_l0",
        "rnn.weight_hh_l0",
        "rnn.bias_ih_l0",
        "rnn.bias_hh_l0",
        "decoder.embedding.weight",
        "decoder.weight_ih_l0",
        "decoder.weight_hh_l0",
        "decoder.bias_ih_l0",
        "decoder.bias_hh_l0",
        "bridge.weight_l0",
        "bridge.bias_l0",
        "bridge.cell_weight_l0",
        "bridge.cell_bias_l0",
        "attention.query.weight",
        "combine.weight",
        "combine.bias",
        "head.weight",
        "head.bias",
    };
    decoder_case c;
    rnn_context ctx = {0};
    rnn_net *net = NULL;
    (void)state;
    decoder_make_case(&c, 4);
    testing_ok(&ctx, rnn_net_create(&ctx, &c.spec, &net));
    assert_int_equal(rnn_net_tensor_count(net), TESTING_COUNT(names));
    rnn_net_initialise(net, 7);
    size_t at = 0;
    for (size_t i = 0; i < TESTING_COUNT(names); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        const real *v = rnn_net_parameters(net) + t->offset;
        size_t count = t->rows * (t->columns ? t->columns : 1);
        assert_string_equal(t->name, names[i]);
        assert_int_equal(t->offset, at);
        at += count;
        if (t->columns && !(testing_largest(v + t->columns, count - t->columns) > 0))
            fail_msg("%s starts at zero", t->name);
    }
    assert_int_equal(at, rnn_net_parameter_count(net));
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

int main(void) {
    static decoder_case all[DECODER_CASES];
    static struct CMUnitTest tests[DECODER_CASES + 2] = {
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_vector),
    };
    for (size_t i = 0; i < DECODER_CASES; i++) {
        decoder_make_case(&all[i], i);
        tests[2 + i] = (struct CMUnitTest){all[i].name, test_case, NULL, NULL, &all[i]};
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("decoder", tests, DECODER_CASES + 2, NULL, NULL);
}
