/* test_update.c - an optimiser step: rows that are touched get the step they would get in a dense
** tensor, others stay, and the average of all of them is the one taken eagerly. */
#include "net_testing.h"

#include "update.h"

/* A vocabulary of DENSE words of WIDTH has a dense table, one of SPARSE a sparse one. */
enum { WIDTH = 4, DENSE = 4096, SPARSE = DENSE + 1, STEPS = 40, TOUCHED = 6 };

static const char TABLE[] = "embedding.0.weight", OTHER[] = "rnn.weight_hh_l0";

static rnn_net_spec table_spec(size_t rows) {
    rnn_net_spec s = testing_spec();
    s.categories = 1;
    s.vocabulary[0] = rows;
    s.embedding[0] = WIDTH;
    return s;
}

static rnn_options step_options(rnn_optimizer_kind kind) {
    rnn_options o;
    rnn_options_default(&o);
    o.optimizer = (int)kind;
    o.weight_decay = 0.1;
    o.clip_norm = 0.5;
    o.clip_value = 0.4;
    return o;
}

/* A network, its average and its optimiser; table is the offset of the words' table. */
typedef struct subject {
    rnn_net *net, *average;
    rnn_update update;
    rnn_gradient gradient;
    size_t table;
} subject;

static void set_up(rnn_context *ctx, subject *s, size_t rows, const rnn_options *o) {
    rnn_net_spec spec = table_spec(rows);
    s->net = testing_net(ctx, &spec, 0.5, 1);
    testing_ok(ctx, rnn_net_create(ctx, &spec, &s->average));
    s->table = testing_tensor(s->net, TABLE)->offset;
    uint64_t before = ctx->memory_used, told = rnn_update_bytes(s->net, 1, o);
    testing_ok(ctx, rnn_update_init(ctx, &s->update, s->net, s->average, o));
    assert_true(ctx->memory_used - before >= told && ctx->memory_used - before <= told + 4096);
    testing_gradient(ctx, s->net, &s->gradient);
}

static void tear_down(rnn_context *ctx, subject *s) {
    rnn_update_free(ctx, &s->update);
    rnn_gradient_free(ctx, &s->gradient);
    rnn_net_free(s->net);
    rnn_net_free(s->average);
}

static real *row_of(subject *s, size_t row) {
    return rnn_net_parameters(s->net) + s->table + row * WIDTH;
}

/* The gradient of one row, wherever it is kept. */
static real *gradient_row(subject *s, size_t row) {
    if (rnn_net_sparse_rows(s->net)) return rnn_gradient_row(&s->gradient, row, WIDTH);
    return s->gradient.dense + s->table + row * WIDTH;
}

static int is_touched(size_t step, size_t k) { return k < 2 || (step * 7 + k) % 5 < 2; }

/* One step of a subject with random gradients: of the dense tensors, and of rows 11 k. */
static void step(subject *s, size_t number, int always) {
    uint64_t random = number + 1;
    real part[WIDTH];
    rnn_gradient_clear(&s->gradient);
    testing_draw(s->gradient.dense + testing_tensor(s->net, OTHER)->offset, 20, 1, &random);
    for (size_t k = 0; k < TOUCHED; k++) {
        testing_draw(part, WIDTH, 0.5, &random);
        if (always || is_touched(number, k)) {
            memcpy(gradient_row(s, 11 * k), part, sizeof part);
        }
    }
    rnn_gradient *one = &s->gradient;
    rnn_update_step(&s->update, 0.05, &one, 1);
}

/* Both networks and their averages get the weights of `a`, whatever the order of their tensors. */
static void start_alike(subject *a, subject *b) {
    testing_copy_tensors(a->net, rnn_net_parameters(a->net), b->net, rnn_net_parameters(b->net));
    testing_copy_tensors(b->net, rnn_net_parameters(b->net), b->average,
                         rnn_net_parameters(b->average));
}

/* Rows touched in every step, and the dense tensors, take the same path in both kinds of table. */
static void test_same_steps(void **state) {
    (void)state;
    for (int kind = RNN_SGD; kind <= RNN_ADAMW; kind++) {
        rnn_context ctx = {0};
        rnn_options o = step_options((rnn_optimizer_kind)kind);
        subject dense, sparse;
        real untouched[WIDTH];
        set_up(&ctx, &dense, DENSE, &o);
        set_up(&ctx, &sparse, SPARSE, &o);
        assert_int_equal(rnn_net_sparse_rows(dense.net), 0);
        assert_int_equal(rnn_net_sparse_rows(sparse.net), SPARSE);
        start_alike(&dense, &sparse);
        memcpy(untouched, row_of(&sparse, 5), sizeof untouched);
        for (size_t i = 0; i < STEPS; i++) {
            step(&dense, i, 1);
            step(&sparse, i, 1);
            /* Summed in another order, and one that is clipped. */
            assert_true(fabs(dense.update.norm - sparse.update.norm) <= 1e-12 * dense.update.norm);
            assert_true(dense.update.norm > o.clip_norm);
        }
        rnn_update_flush(&sparse.update);
        for (size_t i = 0; i < rnn_net_tensor_count(sparse.net); i++) {
            const rnn_tensor *t = rnn_net_tensor(sparse.net, i);
            if (t->sparse) continue;
            testing_near(t->name, rnn_net_parameters(sparse.net) + t->offset,
                         rnn_net_parameters(dense.net) + testing_tensor(dense.net, t->name)->offset,
                         t->rows * (t->columns ? t->columns : 1), 1e-6);
        }
        for (size_t k = 0; k < TOUCHED; k++) {
            testing_near("touched row", row_of(&sparse, 11 * k), row_of(&dense, 11 * k), WIDTH,
                         1e-6);
            testing_near("its average", rnn_net_parameters(sparse.average) + sparse.table + 44 * k,
                         rnn_net_parameters(dense.average) + dense.table + 44 * k, WIDTH, 1e-6);
        }
        testing_near("untouched row", row_of(&sparse, 5), untouched, WIDTH, 0);
        tear_down(&ctx, &dense);
        tear_down(&ctx, &sparse);
        testing_no_leak(&ctx);
    }
}

/* adamw by hand for one element that is touched now and then: moments wait, the bias correction is
** that of the step at hand, and tables do not decay. */
static void test_lazy_adamw(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_options o = step_options(RNN_ADAMW);
    o.clip_norm = o.clip_value = 0;
    subject s;
    set_up(&ctx, &s, SPARSE, &o);
    double p = (double)row_of(&s, 33)[1], m = 0, v = 0;
    int touches = 0;
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t random = i + 1;
        real part[20];
        step(&s, i, 0);
        if (is_touched(i, 3)) {
            testing_draw(part, 20, 1, &random);
            for (int k = 0; k <= 3; k++) testing_draw(part, WIDTH, 0.5, &random);
            double g = (double)part[1], t = (double)i + 1;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            p -= 0.05 * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-8);
            touches++;
        }
        assert_true(fabs((double)row_of(&s, 33)[1] - p) <= 1e-5);
    }
    assert_true(touches > 5 && touches < STEPS - 5);
    tear_down(&ctx, &s);
    testing_no_leak(&ctx);
}

/* After a flush, at any time and as often as one likes, averages are the eager ones. */
static void test_averages(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_options o = step_options(RNN_ADAM);
    subject s;
    static double eager[DENSE * WIDTH];
    set_up(&ctx, &s, SPARSE, &o);
    real *p = rnn_net_parameters(s.net), *a = rnn_net_parameters(s.average);
    size_t n = 70 * WIDTH; /* rows 0 ... 69: touched often, seldom, never */
    for (size_t i = 0; i < n; i++) eager[i] = (double)p[s.table + i];
    for (size_t t = 0; t < 3 * STEPS; t++) {
        step(&s, t, 0);
        double decay = fmin(0.995, (2 + (double)t) / (11 + (double)t)), largest = 0;
        for (size_t i = 0; i < n; i++)
            eager[i] = decay * eager[i] + (1 - decay) * (double)p[s.table + i];
        if (t % 50 != 30 && t % 50 != 31 && t + 1 < 3 * STEPS) continue;
        rnn_update_flush(&s.update);
        for (size_t i = 0; i < n; i++)
            largest = fmax(largest, fabs((double)a[s.table + i] - eager[i]));
        if (!(largest < 1e-5)) fail_msg("step %zu: an average is off by %g", t, largest);
    }
    assert_true(fabs((double)a[s.table] - (double)p[s.table]) > 1e-4); /* it does lag behind */
    tear_down(&ctx, &s);
    testing_no_leak(&ctx);
}

/* A gradient that is no number changes nothing, nor does it count as a step. */
static void test_not_finite(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_options o = step_options(RNN_ADAMW);
    o.clip_value = 0;
    subject s;
    set_up(&ctx, &s, SPARSE, &o);
    size_t bytes = rnn_net_parameter_count(s.net) * sizeof(real);
    void *before = rnn_alloc(&ctx, bytes);
    assert_non_null(before);
    memcpy(before, rnn_net_parameters(s.net), bytes);
    rnn_gradient_row(&s.gradient, 9, WIDTH)[2] = (real)NAN;
    rnn_gradient *one = &s.gradient;
    rnn_update_step(&s.update, 0.1, &one, 1);
    assert_true(isnan(s.update.norm));
    assert_int_equal(s.update.optimizer.steps, 0);
    assert_memory_equal(before, rnn_net_parameters(s.net), bytes);
    rnn_free(&ctx, before);
    tear_down(&ctx, &s);
    testing_no_leak(&ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_steps),
        cmocka_unit_test(test_lazy_adamw),
        cmocka_unit_test(test_averages),
        cmocka_unit_test(test_not_finite),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
