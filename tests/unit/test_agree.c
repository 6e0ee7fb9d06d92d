/* test_agree.c - the float build computes what the double build does, on networks of a working
** size.
**
** One source, two programs. Called with the argument "figures" either prints what it computes:
** outputs, final states and gradients of some networks (50 steps, 32 units, two layers, both
** directions, dropout on), all from the same weights and inputs. Without it, the float build
** runs the double build (double_agree, in its own directory) and compares; the double build
** tests that figures repeat to the last digit.
**
** What rounding may do: a preactivation is a sum of K = 100 products, so about sqrt(K) roundoffs
** u off; the weights are below 1/sqrt(H), so the recurrence passes errors on without blowing
** them up, and T steps forward and T back collect at most 2 T of them: 2 T sqrt(K) u = 6e-5 of a
** tensor's largest value. */
#define _POSIX_C_SOURCE 200809L
#include "net_testing.h"

#include "loss.h"

enum {
    STEPS = 50,
    HIDDEN = 32,
    SEQUENCES = 6,
    INPUTS = 8,
    OUTPUTS = 3,
    MAX_FIGURES = 400000,
    PRODUCTS = 100
};

typedef struct figure {
    char name[96];
    size_t first, count;
} figure;

/* All figures of one build. */
typedef struct figures {
    figure *list;
    size_t n, values;
    double *value;
} figures;

static const struct {
    const char *name;
    rnn_net_spec change;
} NETWORKS[] = {
    {"lstm", {.cell = RNN_CELL_LSTM}},
    {"lstm with everything",
     {.cell = RNN_CELL_LSTM,
      .peephole = 1,
      .projection = 20,
      .layer_norm = 1,
      .learned_initial = 1,
      .skip = 1}},
    {"gru", {.cell = RNN_CELL_GRU}},
    {"gru reset before", {.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE}},
    {"rnn", {.cell = RNN_CELL_RNN}},
};

static void figures_init(figures *f) {
    memset(f, 0, sizeof *f);
    f->list = calloc(256, sizeof *f->list);
    f->value = malloc(MAX_FIGURES * sizeof *f->value);
    assert_true(f->list && f->value);
}

static void figures_free(figures *f) {
    free(f->list);
    free(f->value);
}

static void figures_add(figures *f, const char *network, const char *what, const real *v,
                        size_t n) {
    figure *to = &f->list[f->n++];
    assert_true(f->n <= 256 && f->values + n <= MAX_FIGURES);
    snprintf(to->name, sizeof to->name, "%s: %s", network, what);
    to->first = f->values;
    to->count = n;
    for (size_t i = 0; i < n; i++) f->value[f->values++] = (double)v[i];
}

static void compute_network(const char *name, rnn_net_spec spec, figures *f) {
    static const size_t lengths[SEQUENCES] = {STEPS, STEPS, 41, 30, 17, 2};
    rnn_context ctx = {0};
    rnn_batch batch;
    uint64_t state = 11;
    spec.layers = 2;
    spec.bidirectional = 1;
    spec.hidden = HIDDEN;
    spec.numbers = INPUTS;
    spec.outputs = OUTPUTS;
    spec.dropout = 0.25;
    spec.recurrent_dropout = 0.25;
    rnn_net *net = testing_net(&ctx, &spec, 1 / sqrt(HIDDEN), 21);
    testing_batch(&ctx, &batch, &spec, lengths, SEQUENCES, 1, 31);
    rnn_workspace *w = testing_workspace(&ctx, &spec, &batch, 1);
    size_t parameters = rnn_net_parameter_count(net), states = SEQUENCES * rnn_state_size(&spec);
    size_t outputs = batch.outputs * OUTPUTS;
    real *out = rnn_alloc_array(&ctx, outputs, sizeof *out),
         *d_out = rnn_alloc_array(&ctx, outputs, sizeof *d_out);
    real *gradient = rnn_alloc_array_zero(&ctx, parameters, sizeof *gradient);
    real *end = rnn_alloc_array_zero(&ctx, states, sizeof *end);
    assert_true(out && d_out && gradient && end);
    testing_draw(d_out, outputs, 1.0, &state);

    rnn_pass pass = {.training = 1, .seed = 41, .state_out = end};
    rnn_net_forward(net, &batch, &pass, w, out);
    testing_backward(&ctx, net, &batch, &pass, w, d_out, gradient);
    figures_add(f, name, "outputs", out, outputs);
    figures_add(f, name, "final states", end, states);
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *t = rnn_net_tensor(net, i);
        figures_add(f, name, t->name, gradient + t->offset,
                    t->rows * (t->columns ? t->columns : 1));
    }

    rnn_free(&ctx, out);
    rnn_free(&ctx, d_out);
    rnn_free(&ctx, gradient);
    rnn_free(&ctx, end);
    rnn_workspace_free(w);
    rnn_batch_free(&ctx, &batch);
    rnn_net_free(net);
    testing_no_leak(&ctx);
}

static void compute(figures *f) {
    figures_init(f);
    for (size_t i = 0; i < TESTING_COUNT(NETWORKS); i++)
        compute_network(NETWORKS[i].name, NETWORKS[i].change, f);
}

static int print_figures(void) {
    figures f;
    compute(&f);
    for (size_t i = 0; i < f.n; i++) {
        printf("%zu %s\n", f.list[i].count, f.list[i].name);
        for (size_t j = 0; j < f.list[i].count; j++)
            printf("%.17g\n", f.value[f.list[i].first + j]);
    }
    figures_free(&f);
    return 0;
}

/* What print_figures of the program at `path` printed. */
static void read_figures(const char *path, figures *f) {
    char command[1024];
    size_t count;
    figures_init(f);
    snprintf(command, sizeof command, "'%s' figures", path);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    while (f->n < 256 && fscanf(in, "%zu %95[^\n]", &count, f->list[f->n].name) == 2) {
        figure *to = &f->list[f->n++];
        to->first = f->values;
        to->count = count;
        assert_true(f->values + count <= MAX_FIGURES);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(fscanf(in, "%lf", &f->value[f->values++]), 1);
    }
    if (pclose(in) != 0 || f->n == 0) fail_msg("%s did not run; build it first", path);
}

/* ours against theirs: every figure within `tolerance` of its tensor's largest value. */
static void compare(const figures *ours, const figures *theirs, double tolerance) {
    assert_int_equal(ours->n, theirs->n);
    for (size_t i = 0; i < ours->n; i++) {
        const figure *a = &ours->list[i], *b = &theirs->list[i];
        double largest = 0, worst = 0;
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->count, b->count);
        for (size_t j = 0; j < a->count; j++) {
            double x = ours->value[a->first + j], y = theirs->value[b->first + j];
            largest = fmax(largest, fabs(y));
            worst = fmax(worst, isfinite(x) && isfinite(y) ? fabs(x - y) : INFINITY);
        }
        if (!(worst <= tolerance * largest)) {
            fail_msg("%s is off by %.3g of its largest value; allowed is %.3g", a->name,
                     worst / largest, tolerance);
        }
    }
}

static void test_agrees(void **state) {
    figures ours, theirs;
    char path[900], *slash;
    snprintf(path, sizeof path, "%s", (const char *)*state);
    slash = strrchr(path, '/');
    size_t at = slash ? (size_t)(slash + 1 - path) : 0;
    snprintf(path + at, sizeof path - at, "double_agree");
    compute(&ours);
    read_figures(path, &theirs);
    compare(&ours, &theirs, 2 * STEPS * sqrt(PRODUCTS) * TESTING_ROUNDOFF);
    figures_free(&ours);
    figures_free(&theirs);
}

static void test_repeats(void **state) {
    figures once, again;
    (void)state;
    compute(&once);
    compute(&again);
    compare(&once, &again, 0);
    figures_free(&once);
    figures_free(&again);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats),
        cmocka_unit_test_prestate(test_agrees, argv[0]),
    };
    if (argc > 1 && !strcmp(argv[1], "figures")) return print_figures();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    size_t n = sizeof(real) == sizeof(float) ? 2 : 1;
    return _cmocka_run_group_tests("agreement of float and double", tests, n, NULL, NULL);
}
