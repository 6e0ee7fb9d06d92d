/* test_net.c - packing, carried state, shapes and initial weights of the network.
**
** What the numbers themselves must be is in test_golden.c and double_gradients.c; dropout is in
** test_dropout.c. */
#include "net_testing.h"

/* Networks that every property below must hold for; two layers of 5 units each. */
typedef struct variant {
    const char *name;
    rnn_net_spec change;
    int streams; /* 1: can be run in pieces */
} variant;

static const variant VARIANTS[] = {
    {"lstm", {.cell = RNN_CELL_LSTM}, 1},
    {"lstm two directions", {.cell = RNN_CELL_LSTM, .bidirectional = 1}, 0},
    {"lstm peephole projection", {.cell = RNN_CELL_LSTM, .peephole = 1, .projection = 3}, 1},
    {"lstm layer_norm learned initial",
     {.cell = RNN_CELL_LSTM, .layer_norm = 1, .learned_initial = 1},
     1},
    {"gru", {.cell = RNN_CELL_GRU}, 1},
    {"gru two directions, skip", {.cell = RNN_CELL_GRU, .bidirectional = 1, .skip = 1}, 0},
    {"gru before", {.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE}, 1},
    {"gru before two directions",
     {.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE, .bidirectional = 1},
     0},
    {"rnn tanh two directions learned initial",
     {.cell = RNN_CELL_RNN, .bidirectional = 1, .learned_initial = 1},
     0},
    {"rnn relu embeddings",
     {.cell = RNN_CELL_RNN,
      .activation = RNN_RELU,
      .categories = 2,
      .vocabulary = {5, 3},
      .embedding = {3, 2},
      .skip = 1},
     1},
};

static rnn_net_spec variant_spec(const variant *v) {
    rnn_net_spec s = v->change;
    s.layers = 2;
    s.hidden = 5;
    s.numbers = 3;
    s.outputs = 2;
    return s;
}

/* A sequence run in another batch is other shapes to the matrix products, which may add in
** another order: outputs of size one after some ten steps of some ten products. */
#define SHAPE_TOLERANCE (64 * TESTING_ROUNDOFF)

/* Forward with a workspace of its own; out [outputs x O]. */
static void run(rnn_context *ctx, const rnn_net *net, const rnn_batch *b, const rnn_pass *pass,
                real *out) {
    rnn_workspace *w = testing_workspace(ctx, rnn_net_get_spec(net), b, pass->training);
    rnn_net_forward(net, b, pass, w, out);
    rnn_workspace_free(w);
}

/* ---- batches ---- */

static void test_layout(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_batch b;
    size_t lengths[3] = {3, 2, 1}, offset[4], length[3];
    testing_ok(&ctx, rnn_batch_init(&ctx, &b, 3, 5, 2, 1, 15));
    rnn_batch_layout(&b, lengths, 3);
    assert_int_equal(b.rows, 6);
    assert_int_equal(b.steps, 3);
    assert_int_equal(b.sequences, 3);
    assert_int_equal(b.offset[0], 0);
    assert_int_equal(b.offset[1], 3);
    assert_int_equal(b.offset[2], 5);
    assert_int_equal(b.offset[3], 6);
    for (size_t t = 0; t < 3; t++) assert_int_equal(b.running[t], 3 - t);
    assert_int_equal(rnn_batch_row(&b, 1, 1), 4);

    b.outputs = 3;
    b.out_row[0] = 1;
    b.out_row[1] = 4;
    b.out_row[2] = 5;
    rnn_batch s = rnn_batch_slice(&b, 1, 3, offset, length);
    assert_int_equal(s.steps, 2);
    assert_int_equal(s.sequences, 2);
    assert_int_equal(s.rows, 3);
    assert_int_equal(s.length[0], 2);
    assert_int_equal(s.length[1], 1);
    assert_int_equal(s.offset[0], 0);
    assert_int_equal(s.offset[1], 2);
    assert_int_equal(s.offset[2], 3);
    assert_int_equal(s.running[0], 2);
    assert_int_equal(s.running[1], 1);
    assert_ptr_equal(s.numbers, b.numbers + 3 * 2);
    assert_ptr_equal(s.ids, b.ids + 3);
    assert_int_equal(s.outputs, 2);
    assert_ptr_equal(s.out_row, b.out_row + 1);

    size_t one = 1;
    rnn_batch_layout(&b, &one, 1); /* again, smaller */
    assert_int_equal(b.rows, 1);
    assert_int_equal(b.steps, 1);
    rnn_batch_free(&ctx, &b);
    testing_no_leak(&ctx);
}

/* A sequence's outputs do not depend on what else is in its batch. */
static void check_padding(const variant *v) {
    static const size_t lengths[] = {9, 7, 7, 4, 1};
    enum { B = TESTING_COUNT(lengths) };
    rnn_context ctx = {0};
    rnn_net_spec s = variant_spec(v);
    rnn_net *net = testing_net(&ctx, &s, 0.6, 3);
    rnn_batch all, alone;
    real out[9 * B * 2], single[9 * 2], expected[9 * 2], end[B * 40], single_end[40];
    rnn_pass pass = {.state_out = end};
    assert_true(rnn_state_size(&s) <= 40);
    testing_batch(&ctx, &all, &s, lengths, B, 1, 4);
    run(&ctx, net, &all, &pass, out);
    for (size_t i = 0; i < B; i++) {
        testing_batch(&ctx, &alone, &s, &lengths[i], 1, 1, 5);
        for (size_t t = 0; t < lengths[i]; t++) {
            size_t row = rnn_batch_row(&all, i, t);
            memcpy(alone.numbers + t * s.numbers, all.numbers + row * s.numbers,
                   s.numbers * sizeof(real));
            for (size_t c = 0; c < s.categories; c++) {
                alone.ids[t * s.categories + c] = all.ids[row * s.categories + c];
            }
            memcpy(expected + t * 2, out + row * 2, 2 * sizeof(real));
        }
        pass.state_out = single_end;
        run(&ctx, net, &alone, &pass, single);
        testing_near(v->name, single, expected, lengths[i] * 2, SHAPE_TOLERANCE);
        testing_near(v->name, single_end, end + i * rnn_state_size(&s), rnn_state_size(&s),
                     SHAPE_TOLERANCE);
        rnn_batch_free(&ctx, &alone);
    }
    rnn_batch_free(&ctx, &all);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

static void test_padding(void **state) {
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(VARIANTS); i++) check_padding(&VARIANTS[i]);
}

/* ---- carried state ---- */

/* Slices of a batch with the state carried over, in place, give what one pass gives; so do their
** final states. */
static void check_slices(const variant *v) {
    static const size_t lengths[] = {11, 8, 5, 5, 2};
    static const size_t cut[] = {0, 4, 5, 8, 11};
    enum { B = TESTING_COUNT(lengths) };
    rnn_context ctx = {0};
    rnn_net_spec s = variant_spec(v);
    rnn_net *net = testing_net(&ctx, &s, 0.6, 6);
    rnn_batch b;
    real whole[11 * B * 2], pieces[11 * B * 2], end[B * 40], carried[B * 40];
    size_t offset[12], length[B], done = 0;
    rnn_pass pass = {.state_out = end};
    assert_true(rnn_state_size(&s) <= 40);
    testing_batch(&ctx, &b, &s, lengths, B, 1, 7);
    run(&ctx, net, &b, &pass, whole);
    for (size_t i = 0; i + 1 < TESTING_COUNT(cut); i++) {
        rnn_batch slice = rnn_batch_slice(&b, cut[i], cut[i + 1], offset, length);
        pass.state_in = i ? carried : NULL;
        pass.state_out = carried;
        run(&ctx, net, &slice, &pass, pieces + done * 2);
        done += slice.outputs;
    }
    assert_int_equal(done, b.outputs);
    testing_near(v->name, pieces, whole, b.outputs * 2, SHAPE_TOLERANCE);
    testing_near(v->name, carried, end, B * rnn_state_size(&s), SHAPE_TOLERANCE);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

static void test_slices(void **state) {
    (void)state;
    for (size_t i = 0; i < TESTING_COUNT(VARIANTS); i++) {
        if (VARIANTS[i].streams) check_slices(&VARIANTS[i]);
    }
}

/* With one slice the truncated gradient is the full one; the sum over slices is what two batches
** would give. */
static void test_slice_gradient(void **state) {
    (void)state;
    static const size_t lengths[] = {6, 4};
    rnn_context ctx = {0};
    rnn_net_spec s = variant_spec(&VARIANTS[0]);
    rnn_net *net = testing_net(&ctx, &s, 0.6, 6);
    rnn_batch b, second;
    real out[20], d_out[20], carried[2 * 40], kept[2 * 40];
    size_t offset[7], length[2], n = rnn_net_parameter_count(net), tail[2] = {3, 1};
    uint64_t random = 8;
    real *sum = rnn_alloc_array_zero(&ctx, n, sizeof *sum),
         *want = rnn_alloc_array_zero(&ctx, n, sizeof *want);
    assert_true(sum && want);
    testing_batch(&ctx, &b, &s, lengths, 2, 1, 9);
    testing_draw(d_out, 20, 1, &random);
    rnn_workspace *w = testing_workspace(&ctx, &s, &b, 1);
    rnn_batch slice = rnn_batch_slice(&b, 0, 3, offset, length);
    rnn_pass pass = {.training = 1, .state_out = carried};
    rnn_net_forward(net, &slice, &pass, w, out);
    testing_backward(&ctx, net, &slice, &pass, w, d_out, sum);
    memcpy(want, sum, n * sizeof *want);
    memcpy(kept, carried, sizeof kept);

    slice = rnn_batch_slice(&b, 3, 6, offset, length);
    pass.state_in = carried;
    rnn_net_forward(net, &slice, &pass, w, out);
    testing_backward(&ctx, net, &slice, &pass, w, d_out + 12, sum);

    testing_batch(&ctx, &second, &s, tail, 2, 1, 10);
    memcpy(second.numbers, b.numbers + 6 * s.numbers, 4 * s.numbers * sizeof(real));
    pass.state_in = kept;
    rnn_net_forward(net, &second, &pass, w, out);
    testing_backward(&ctx, net, &second, &pass, w, d_out + 12, want);
    testing_near("gradient", sum, want, n, SHAPE_TOLERANCE * testing_largest(want, n));
    rnn_free(&ctx, sum);
    rnn_free(&ctx, want);
    rnn_workspace_free(w);
    rnn_batch_free(&ctx, &b);
    rnn_batch_free(&ctx, &second);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

/* ---- specs and tensors ---- */

/* A spec that a corrupted model could hold: nothing may be computed or allocated from it. */
static void test_forged_specs(void **state) {
    (void)state;
    const rnn_net_spec good = testing_spec();
    rnn_net_spec bad[32];
    size_t n = 0;
#define FORGE(change)                                                                              \
    do {                                                                                           \
        rnn_net_spec *s = &bad[n++];                                                               \
        *s = good;                                                                                 \
        change;                                                                                    \
    } while (0)
    FORGE(s->cell = (rnn_cell)3);
    FORGE(s->cell = (rnn_cell)-1);
    FORGE((s->cell = RNN_CELL_GRU, s->reset = (rnn_reset)2));
    FORGE((s->cell = RNN_CELL_RNN, s->activation = (rnn_activation)9));
    FORGE(s->layers = 0);
    FORGE(s->layers = 65);
    FORGE(s->layers = SIZE_MAX);
    FORGE(s->hidden = 0);
    FORGE(s->hidden = 65537);
    FORGE(s->hidden = SIZE_MAX);
    FORGE(s->hidden = SIZE_MAX / 4);
    FORGE(s->projection = SIZE_MAX);
    FORGE(
        (s->cell = RNN_CELL_GRU, s->projection = 2)); /* projections and peepholes are the LSTM's */
    FORGE((s->cell = RNN_CELL_RNN, s->peephole = 1));
    FORGE(s->dropout = 1);
    FORGE(s->recurrent_dropout = -0.1);
    FORGE(s->embedding_dropout = NAN);
    FORGE(s->outputs = 0);
    FORGE(s->outputs = SIZE_MAX);
    FORGE(s->outputs = SIZE_MAX / 8);
    FORGE(s->numbers = 0);
    FORGE(s->numbers = SIZE_MAX);
    FORGE(s->numbers = SIZE_MAX / 16);
    FORGE(s->categories = RNN_MAX_CATEGORIES + 1);
    for (size_t c = 0; c < RNN_MAX_CATEGORIES; c++)
        bad[n - 1].vocabulary[c] = bad[n - 1].embedding[c] = 1;
    bad[n - 1].skip = 1; /* what lies behind the arrays could pass for a category, too */
    FORGE(s->categories = SIZE_MAX);
    FORGE(s->categories = 1);                         /* of no words */
    FORGE((s->categories = 1, s->vocabulary[0] = 5)); /* of no width */
    FORGE((s->categories = 1, s->vocabulary[0] = SIZE_MAX, s->embedding[0] = 2));
    FORGE((s->categories = 1, s->vocabulary[0] = 2, s->embedding[0] = SIZE_MAX));
    FORGE((s->categories = 1, s->vocabulary[0] = SIZE_MAX / 2 + 1, s->embedding[0] = 4096));
#undef FORGE
    assert_true(rnn_spec_parameters(&good) > 0);
    for (size_t i = 0; i < n; i++) {
        rnn_context ctx = {0};
        rnn_net *net = NULL;
        if (rnn_spec_parameters(&bad[i]) != 0) fail_msg("forged spec %zu was accepted", i);
        assert_int_not_equal(rnn_net_create(&ctx, &bad[i], &net), RNN_OK);
        assert_null(net);
        assert_true(ctx.message[0] != 0);
        testing_no_leak(&ctx);
    }
}

/* Tensors tile the parameter buffer, in order; their names are different; decay is for matrices. */
static void test_tensors(void **state) {
    (void)state;
    for (size_t v = 0; v < TESTING_COUNT(VARIANTS); v++) {
        rnn_context ctx = {0};
        rnn_net_spec s = variant_spec(&VARIANTS[v]);
        rnn_net *net = testing_net(&ctx, &s, 1, 1);
        size_t next = 0;
        for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
            const rnn_tensor *t = rnn_net_tensor(net, i);
            int matrix = strstr(t->name, "weight_ih") || strstr(t->name, "weight_hh") ||
                         strstr(t->name, "weight_hr") || !strcmp(t->name, "head.weight");
            int never = strstr(t->name, "bias") || strstr(t->name, "norm") ||
                        strstr(t->name, "h0") || strstr(t->name, "c0");
            assert_int_equal(t->offset, next);
            next += t->rows * (t->columns ? t->columns : 1);
            if (matrix) assert_true(t->decay);
            if (never) assert_false(t->decay);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(t->name, rnn_net_tensor(net, j)->name);
        }
        assert_int_equal(next, rnn_net_parameter_count(net));
        assert_int_equal(next, rnn_spec_parameters(&s));
        rnn_net_free(net);
        testing_no_leak(&ctx);
    }
}

/* Bytes of a workspace are what the estimate says, but for some pointers. */
static void test_workspace_bytes(void **state) {
    (void)state;
    static const size_t lengths[] = {7, 5, 2};
    for (size_t v = 0; v < TESTING_COUNT(VARIANTS); v++) {
        for (int training = 0; training <= 1; training++) {
            rnn_context ctx = {0};
            rnn_net_spec s = variant_spec(&VARIANTS[v]);
            rnn_batch b;
            testing_batch(&ctx, &b, &s, lengths, 3, 1, 1);
            uint64_t before = ctx.memory_used;
            rnn_workspace *w = testing_workspace(&ctx, &s, &b, training);
            uint64_t used = ctx.memory_used - before;
            rnn_workspace_size size = {b.sequences, b.steps, b.rows, b.outputs, 0, 0};
            uint64_t told = rnn_workspace_bytes(&s, &size, training);
            if (told + 1024 < used || told > used + 1024) {
                fail_msg("%s: %llu bytes, estimated %llu", VARIANTS[v].name,
                         (unsigned long long)used, (unsigned long long)told);
            }
            rnn_workspace_free(w);
            rnn_batch_free(&ctx, &b);
            testing_no_leak(&ctx);
        }
    }
}

/* ---- allocation ---- */

static void test_allocation_failures(void **state) {
    (void)state;
    rnn_net_spec s = variant_spec(&VARIANTS[8]);
    for (int allowed = 0;; allowed++) {
        int left = allowed;
        rnn_context ctx = {.allocate = testing_failing_realloc, .allocate_arg = &left};
        rnn_net *net = NULL;
        rnn_workspace *w = NULL;
        rnn_workspace_size size = {3, 4, 12, 12, 0, 0};
        rnn_batch b;
        assert_true(allowed < 1000);
        rnn_status status = rnn_batch_init(&ctx, &b, 3, 4, s.numbers, 0, 12);
        if (!status) status = rnn_net_create(&ctx, &s, &net);
        if (!status) status = rnn_workspace_create(&ctx, &s, &size, 1, &w);
        assert_true(status == RNN_OK || status == RNN_NOMEM);
        assert_int_equal(status == RNN_OK, w != NULL);
        rnn_workspace_free(w);
        rnn_net_free(net);
        rnn_batch_free(&ctx, &b);
        testing_no_leak(&ctx);
        if (status == RNN_OK) break;
    }
}

/* ---- initial weights ---- */

static const real *tensor_values(rnn_net *net, const char *name) {
    return rnn_net_parameters(net) + testing_tensor(net, name)->offset;
}

static double dot(const real *a, const real *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static void test_initialise(void **state) {
    (void)state;
    enum { H = 6 };
    for (int init = RNN_INIT_GLOROT; init <= RNN_INIT_IDENTITY; init++) {
        rnn_context ctx = {0};
        rnn_net_spec s = testing_spec();
        rnn_net *net, *other;
        s.init = (rnn_init)init;
        s.hidden = H;
        s.forget_bias = 1.5;
        net = testing_net(&ctx, &s, 1, 1);
        other = testing_net(&ctx, &s, 1, 2);
        size_t n = rnn_net_parameter_count(net);
        rnn_net_initialise(net, 7);
        rnn_net_initialise(other, 7);
        assert_memory_equal(rnn_net_parameters(net), rnn_net_parameters(other), n * sizeof(real));
        rnn_net_initialise(other, 8);
        assert_memory_not_equal(rnn_net_parameters(net), rnn_net_parameters(other),
                                n * sizeof(real));
        const real *w = tensor_values(net, "rnn.weight_hh_l0");
        const real *bi = tensor_values(net, "rnn.bias_ih_l0"),
                   *bh = tensor_values(net, "rnn.bias_hh_l0");
        assert_true(testing_largest(w, 4 * H * H) > 0);
        for (size_t j = H; init != RNN_INIT_UNIFORM && j < 2 * H; j++) {
            assert_true(fabs((double)(bi[j] + bh[j]) - 1.5) < 1e-6);
        }
        for (size_t i = 0; i < H * H; i++) {
            double identity = i / H == i % H;
            const real *candidate = w + 2 * H * H;
            if (init == RNN_INIT_IDENTITY) assert_true((double)candidate[i] == identity);
            for (size_t g = 0; g < 4 && init == RNN_INIT_ORTHOGONAL; g++) {
                double product = dot(w + (g * H + i / H) * H, w + (g * H + i % H) * H, H);
                assert_true(fabs(product - identity) < 1e-5);
            }
        }
        if (init == RNN_INIT_UNIFORM)
            assert_true(testing_largest(w, 4 * H * H) <= 1 / sqrt(H) + 1e-6);
        rnn_net_free(net);
        rnn_net_free(other);
        testing_no_leak(&ctx);
    }
}

/* Root of the mean square of a tensor's rows after the first. */
static double row_size(rnn_net *net, const char *name) {
    const rnn_tensor *t = testing_tensor(net, name);
    const real *v = tensor_values(net, name) + t->columns;
    size_t n = (t->rows - 1) * t->columns;
    return sqrt(dot(v, v, n) / (double)n);
}

/* Tokens alone have deviation 1; words tied to the head, with parts or beside numbers 1/sqrt(E), as
** have parts; the unknown word is zero. */
static void test_initial_embeddings(void **state) {
    (void)state;
    enum { WORDS = 2000, E = 16 };
    const double small = 0.25; /* 1/sqrt(E) */
    for (int kind = 0; kind < 16; kind++) {
        int tied = kind & 1, decoder = kind >> 1 & 1, parts = kind >> 2 & 1, numbers = kind >> 3;
        rnn_context ctx = {0};
        rnn_net_spec s = testing_spec();
        s.categories = 1;
        s.vocabulary[0] = s.outputs = WORDS;
        s.subwords[0] = parts ? WORDS : 0;
        s.numbers = (size_t)numbers;
        s.embedding[0] = E;
        s.tied = tied;
        if (decoder) {
            s.target_vocabulary = WORDS;
            s.target_embedding = E;
        }
        rnn_net *net = testing_net(&ctx, &s, 1, 1);
        rnn_net_initialise(net, 7);
        double want = (tied && !decoder) || parts || numbers ? small : 1;
        assert_true(fabs(row_size(net, "embedding.0.weight") - want) < 0.05 * want);
        assert_true(testing_largest(tensor_values(net, "embedding.0.weight"), E) == 0);
        if (parts)
            assert_true(fabs(row_size(net, "embedding.0.subword.weight") - small) < 0.05 * small);
        if (decoder) {
            want = tied ? small : 1;
            assert_true(fabs(row_size(net, "decoder.embedding.weight") - want) < 0.05 * want);
        }
        rnn_net_free(net);
        testing_no_leak(&ctx);
    }
}

/* ---- gradients with a rule of their own ---- */

/* Gradient of sum(out * d_out) with the row of d_out of sequence `only` alone (SIZE_MAX: of
** all). */
static void gradient_of(rnn_context *ctx, rnn_net *net, const rnn_batch *b, size_t only,
                        const real *state_in, real *gradient) {
    real out[64], d_out[64];
    uint64_t random = 12;
    rnn_workspace *w = testing_workspace(ctx, rnn_net_get_spec(net), b, 1);
    rnn_pass pass = {.training = 1, .state_in = state_in};
    assert_true(b->outputs * 2 <= 64);
    testing_draw(d_out, 64, 1, &random);
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t] && only != SIZE_MAX; i++) {
            size_t row = rnn_batch_row(b, i, t);
            if (i != only) d_out[row * 2] = d_out[row * 2 + 1] = 0;
        }
    }
    memset(gradient, 0, rnn_net_parameter_count(net) * sizeof *gradient);
    rnn_net_forward(net, b, &pass, w, out);
    testing_backward(ctx, net, b, &pass, w, d_out, gradient);
    rnn_workspace_free(w);
}

/* average_gradient: each sequence's part of a recurrent layer's gradient is divided by its
** length; the head's and the embeddings' are not. */
static void test_average_gradient(void **state) {
    (void)state;
    static const size_t lengths[] = {5, 3, 2};
    for (size_t v = 0; v < TESTING_COUNT(VARIANTS); v++) {
        rnn_context ctx = {0};
        rnn_net_spec s = variant_spec(&VARIANTS[v]);
        rnn_batch b;
        rnn_net *plain = testing_net(&ctx, &s, 0.6, 3);
        s.average_gradient = 1;
        rnn_net *averaging = testing_net(&ctx, &s, 0.6, 3);
        size_t n = rnn_net_parameter_count(plain);
        real *part = rnn_alloc_array(&ctx, n, sizeof *part),
             *got = rnn_alloc_array(&ctx, n, sizeof *got);
        real *want = rnn_alloc_array_zero(&ctx, n, sizeof *want);
        assert_true(part && got && want);
        testing_batch(&ctx, &b, &s, lengths, 3, 1, 4);
        gradient_of(&ctx, averaging, &b, SIZE_MAX, NULL, got);
        for (size_t only = 0; only < 3; only++) {
            gradient_of(&ctx, plain, &b, only, NULL, part);
            for (size_t i = 0; i < rnn_net_tensor_count(plain); i++) {
                const rnn_tensor *t = rnn_net_tensor(plain, i);
                int recurrent = strstr(t->name, "rnn.weight") || strstr(t->name, "rnn.bias");
                size_t end = t->offset + t->rows * (t->columns ? t->columns : 1);
                for (size_t j = t->offset; j < end; j++) {
                    want[j] += recurrent ? part[j] / (real)lengths[only] : part[j];
                }
            }
        }
        testing_near(VARIANTS[v].name, got, want, n, SHAPE_TOLERANCE * testing_largest(want, n));
        rnn_free(&ctx, part);
        rnn_free(&ctx, got);
        rnn_free(&ctx, want);
        rnn_batch_free(&ctx, &b);
        rnn_net_free(plain);
        rnn_net_free(averaging);
        testing_no_leak(&ctx);
    }
}

/* A state given takes the learned one's place, and its gradient. */
static void test_state_over_learned(void **state) {
    (void)state;
    static const size_t lengths[] = {4, 3};
    rnn_context ctx = {0};
    rnn_net_spec s = variant_spec(&VARIANTS[3]);
    rnn_net *net = testing_net(&ctx, &s, 0.6, 3);
    rnn_batch b;
    real carried[2 * 40], out[16], zeroed[16];
    rnn_pass pass = {.state_in = carried};
    size_t n = rnn_net_parameter_count(net);
    real *gradient = rnn_alloc_array(&ctx, n, sizeof *gradient);
    assert_non_null(gradient);
    assert_true(rnn_state_size(&s) <= 40);
    memset(carried, 0, sizeof carried);
    testing_batch(&ctx, &b, &s, lengths, 2, 1, 4);
    run(&ctx, net, &b, &pass, out);
    gradient_of(&ctx, net, &b, SIZE_MAX, carried, gradient);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        if (!strstr(t->name, "h0") && !strstr(t->name, "c0")) continue;
        assert_true(testing_largest(gradient + t->offset, t->rows) == 0);
        memset(rnn_net_parameters(net) + t->offset, 0, t->rows * sizeof(real));
    }
    pass.state_in = NULL;
    run(&ctx, net, &b, &pass, zeroed);
    testing_near("outputs", zeroed, out, b.outputs * 2, 0);
    rnn_free(&ctx, gradient);
    rnn_batch_free(&ctx, &b);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),           cmocka_unit_test(test_padding),
        cmocka_unit_test(test_slices),           cmocka_unit_test(test_slice_gradient),
        cmocka_unit_test(test_forged_specs),     cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_workspace_bytes),  cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_initialise),       cmocka_unit_test(test_initial_embeddings),
        cmocka_unit_test(test_average_gradient), cmocka_unit_test(test_state_over_learned),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
