/* test_golden.c - the network computes what PyTorch does: outputs, final states and all
** gradients, with every instruction set's kernels that this machine has.
**
** The figures are files made by tests/golden/make_golden.py, which describes their format. They
** are found in GOLDEN_DIRECTORY, or in the directory given as the argument. */
#include "kernels.h"
#include "net_testing.h"

#ifndef GOLDEN_DIRECTORY
#define GOLDEN_DIRECTORY "tests/golden"
#endif

enum { MAX_TENSORS = 64, MAX_SEQUENCES = 8, MAX_WORD = 64 };

static const char *golden_directory = GOLDEN_DIRECTORY;

static char cases[][MAX_WORD] = {
    "lstm",
    "lstm_packed",
    "lstm_stacked",
    "lstm_bidirectional",
    "lstm_bidirectional_stacked",
    "lstm_projection",
    "lstm_projection_stacked",
    "lstm_learned_initial",
    "lstm_embedding_skip",
    "lstm_peephole",
    "lstm_peephole_stacked",
    "lstm_peephole_projection",
    "lstm_layer_norm",
    "gru",
    "gru_packed",
    "gru_bidirectional_stacked",
    "gru_stacked",
    "gru_before",
    "gru_before_stacked",
    "gru_layer_norm",
    "rnn_tanh",
    "rnn_tanh_bidirectional_stacked",
    "rnn_relu",
    "rnn_relu_bidirectional_stacked",
};

/* A tensor of the file. */
typedef struct golden_tensor {
    char group[MAX_WORD], name[MAX_WORD];
    size_t rows, columns, count;
    real *value;
} golden_tensor;

typedef struct golden {
    rnn_net_spec spec;
    size_t sequences, lengths[MAX_SEQUENCES];
    size_t outputs;
    uint32_t out_row[256];
    size_t tensors;
    golden_tensor tensor[2 * MAX_TENSORS];
} golden;

/* ---- reading ---- */

/* A spec line's field: enumerations by name, the others as numbers. */
static void set_spec(rnn_net_spec *s, const char *key, const char *value) {
    const struct {
        const char *key;
        size_t *field;
    } sizes[] = {{"layers", &s->layers},   {"hidden", &s->hidden},   {"projection", &s->projection},
                 {"numbers", &s->numbers}, {"outputs", &s->outputs}, {"categories", NULL}};
    const struct {
        const char *key;
        int *field;
    } flags[] = {{"bidirectional", &s->bidirectional},
                 {"peephole", &s->peephole},
                 {"layer_norm", &s->layer_norm},
                 {"learned_initial", &s->learned_initial},
                 {"skip", &s->skip}};
    for (size_t i = 0; i < TESTING_COUNT(sizes); i++) {
        if (strcmp(key, sizes[i].key)) continue;
        if (sizes[i].field) *sizes[i].field = (size_t)strtoul(value, NULL, 10);
        return; /* categories: counted by the category lines */
    }
    for (size_t i = 0; i < TESTING_COUNT(flags); i++) {
        if (strcmp(key, flags[i].key)) continue;
        *flags[i].field = atoi(value);
        return;
    }
    if (!strcmp(key, "cell")) {
        s->cell = !strcmp(value, "lstm")  ? RNN_CELL_LSTM
                  : !strcmp(value, "gru") ? RNN_CELL_GRU
                                          : RNN_CELL_RNN;
    } else if (!strcmp(key, "activation")) {
        s->activation = strcmp(value, "relu") ? RNN_TANH : RNN_RELU;
    } else if (!strcmp(key, "reset")) {
        s->reset = strcmp(value, "before") ? RNN_RESET_AFTER : RNN_RESET_BEFORE;
    } else {
        fail_msg("spec %s is unknown", key);
    }
}

static void read_tensor(FILE *f, golden *g) {
    golden_tensor *t = &g->tensor[g->tensors];
    assert_true(g->tensors++ < TESTING_COUNT(g->tensor));
    assert_int_equal(fscanf(f, "%63s %63s %zu %zu", t->group, t->name, &t->rows, &t->columns), 4);
    t->count = t->rows * (t->columns ? t->columns : 1);
    t->value = malloc(t->count * sizeof *t->value);
    assert_non_null(t->value);
    for (size_t i = 0; i < t->count; i++) {
        double v;
        if (fscanf(f, "%lf", &v) != 1)
            fail_msg("%s %s has %zu numbers of %zu", t->group, t->name, i, t->count);
        t->value[i] = (real)v;
    }
}

static void read_golden(const char *name, golden *g) {
    char path[512], word[MAX_WORD], value[MAX_WORD];
    size_t n, width;
    memset(g, 0, sizeof *g);
    snprintf(path, sizeof path, "%s/%s.txt", golden_directory, name);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("cannot open %s; run from the top directory or give the directory as the argument",
                 path);
    while (fscanf(f, "%63s", word) == 1) {
        if (word[0] == '#') {
            assert_int_equal(fscanf(f, "%*[^\n]"), 0);
        } else if (!strcmp(word, "spec")) {
            assert_int_equal(fscanf(f, "%63s", word), 1);
            if (!strcmp(word, "category")) {
                assert_int_equal(fscanf(f, "%zu %zu", &n, &width), 2);
                g->spec.vocabulary[g->spec.categories] = n;
                g->spec.embedding[g->spec.categories++] = width;
            } else {
                assert_int_equal(fscanf(f, "%63s", value), 1);
                set_spec(&g->spec, word, value);
            }
        } else if (!strcmp(word, "lengths")) {
            while (g->sequences < MAX_SEQUENCES && fscanf(f, "%zu", &n) == 1)
                g->lengths[g->sequences++] = n;
        } else if (!strcmp(word, "out_row")) {
            while (fscanf(f, "%zu", &n) == 1) g->out_row[g->outputs++] = (uint32_t)n;
        } else {
            assert_string_equal(word, "tensor");
            read_tensor(f, g);
        }
    }
    fclose(f);
}

static void free_golden(golden *g) {
    for (size_t i = 0; i < g->tensors; i++) free(g->tensor[i].value);
}

/* Tensor by group and name; NULL if there is none and it may be missing. */
static const golden_tensor *find(const golden *g, const char *group, const char *name, int needed) {
    for (size_t i = 0; i < g->tensors; i++) {
        const golden_tensor *t = &g->tensor[i];
        if (!strcmp(t->group, group) && !strcmp(t->name, name)) return t;
    }
    if (needed) fail_msg("there is no %s %s", group, name);
    return NULL;
}

/* ---- comparing ---- */

/* The figures have 12 digits. A result is a sum of some hundred rounded products at most (a
** gradient: rows x steps), so a hundred roundoffs of the tensor's largest value is what
** arithmetic alone can explain. */
static double tolerance_for(const golden_tensor *want) {
    double largest = testing_largest(want->value, want->count);
    return fmax(largest, 1e-2) * fmax(100 * TESTING_ROUNDOFF, 5e-12);
}

static void expect(const golden_tensor *want, const real *got, size_t count) {
    char what[2 * MAX_WORD + 1];
    if (count != want->count)
        fail_msg("%s has %zu numbers, expected %zu", want->name, count, want->count);
    snprintf(what, sizeof what, "%s %s", want->group, want->name);
    testing_near(what, got, want->value, count, tolerance_for(want));
}

/* Copy the weights into the network: every tensor of one is in the other, in the same shape. */
static void load_weights(const golden *g, rnn_net *net) {
    size_t weights = 0;
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        const golden_tensor *from = find(g, "weight", t->name, 1);
        if (from->rows != t->rows || from->columns != t->columns) {
            fail_msg("%s is [%zu x %zu], expected [%zu x %zu]", t->name, t->rows, t->columns,
                     from->rows, from->columns);
        }
        memcpy(rnn_net_parameters(net) + t->offset, from->value, from->count * sizeof(real));
    }
    for (size_t i = 0; i < g->tensors; i++) weights += !strcmp(g->tensor[i].group, "weight");
    assert_int_equal(rnn_net_tensor_count(net), weights);
}

static void load_batch(rnn_context *ctx, const golden *g, rnn_batch *b) {
    const golden_tensor *numbers = find(g, "data", "numbers", 1), *ids = find(g, "data", "ids", 0);
    testing_batch(ctx, b, &g->spec, g->lengths, g->sequences, 1, 1);
    assert_int_equal(numbers->count, b->rows * g->spec.numbers);
    memcpy(b->numbers, numbers->value, numbers->count * sizeof(real));
    for (size_t i = 0; ids && i < ids->count; i++) b->ids[i] = (uint32_t)ids->value[i];
    assert_true(g->outputs <= b->out_capacity);
    b->outputs = g->outputs;
    memcpy(b->out_row, g->out_row, g->outputs * sizeof *b->out_row);
}

/* Scoring and training passes, and the gradient, against the figures. */
static void check_passes(rnn_context *ctx, const golden *g, rnn_net *net, const rnn_batch *batch) {
    const golden_tensor *state_in = find(g, "data", "state_in", 0),
                        *state_out = find(g, "data", "state_out", 1);
    size_t parameters = rnn_net_parameter_count(net),
           states = g->sequences * rnn_state_size(&g->spec);
    real *out = rnn_alloc_array_zero(ctx, g->outputs * g->spec.outputs, sizeof *out);
    real *end = rnn_alloc_array_zero(ctx, states, sizeof *end);
    real *gradient = rnn_alloc_array_zero(ctx, parameters, sizeof *gradient);
    assert_true(out && end && gradient);
    for (int training = 0; training <= 1; training++) {
        rnn_workspace *w = testing_workspace(ctx, &g->spec, batch, training);
        rnn_pass pass = {
            .training = training, .state_in = state_in ? state_in->value : NULL, .state_out = end};
        rnn_net_forward(net, batch, &pass, w, out);
        expect(find(g, "data", "out", 1), out, g->outputs * g->spec.outputs);
        expect(state_out, end, states);
        if (training)
            testing_backward(ctx, net, batch, &pass, w, find(g, "data", "d_out", 1)->value,
                             gradient);
        rnn_workspace_free(w);
    }
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        expect(find(g, "gradient", t->name, 1), gradient + t->offset,
               t->rows * (t->columns ? t->columns : 1));
    }
    rnn_free(ctx, out);
    rnn_free(ctx, end);
    rnn_free(ctx, gradient);
}

static void test_case(void **state) {
    static const char *const kernels[] = {"scalar", "avx2", "avx512", "neon",
                                          NULL}; /* NULL: the best, last */
    static golden g;
    rnn_context ctx = {0};
    rnn_net *net = NULL;
    rnn_batch batch;
    read_golden(*state, &g);
    testing_ok(&ctx, rnn_net_create(&ctx, &g.spec, &net));
    assert_int_equal(rnn_spec_parameters(&g.spec), rnn_net_parameter_count(net));
    load_weights(&g, net);
    load_batch(&ctx, &g, &batch);
    for (size_t i = 0; i < TESTING_COUNT(kernels); i++) {
        if (rnn_kernels_force(kernels[i]) == 0) check_passes(&ctx, &g, net, &batch);
    }
    rnn_batch_free(&ctx, &batch);
    rnn_net_free(net);
    free_golden(&g);
    testing_no_leak(&ctx);
}

int main(int argc, char **argv) {
    struct CMUnitTest tests[TESTING_COUNT(cases)];
    memset(tests, 0, sizeof tests);
    if (argc > 1) golden_directory = argv[1];
    for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
        tests[i].name = cases[i];
        tests[i].test_func = test_case;
        tests[i].initial_state = cases[i];
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
