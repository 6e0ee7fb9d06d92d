/* test_states.c - states, gates and gradients by lag against a network written down once more, in
** plain loops and double, from the tensors by their names; derivatives of that one by central
** differences. Every cell, both directions, two layers, long sequences in parts. */
#include "model_testing.h"

#include "gradient_lag.h"
#include "states.h"

enum { LAYERS = 2, MOST_UNITS = 4, INPUTS = 4, CLASSES = 3 };
static const char FUNCTION[] = "rnn_states";

/* ---- the model and its rows ---- */

typedef struct variant {
    const char *name;
    rnn_net_spec spec; /* fields to add */
    int every;
} variant;

static const variant VARIANTS[] = {
    {"lstm", {.cell = RNN_CELL_LSTM}, 0},
    {"lstm, both directions, every step", {.cell = RNN_CELL_LSTM, .bidirectional = 1}, 1},
    {"lstm, peephole, projection",
     {.cell = RNN_CELL_LSTM, .peephole = 1, .projection = 2, .bidirectional = 1},
     0},
    {"lstm, wide projection", {.cell = RNN_CELL_LSTM, .projection = 4}, 1},
    {"gru", {.cell = RNN_CELL_GRU}, 1},
    {"gru, both directions", {.cell = RNN_CELL_GRU, .bidirectional = 1}, 0},
    {"gru, reset before", {.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE, .bidirectional = 1}, 0},
    {"rnn tanh", {.cell = RNN_CELL_RNN}, 0},
    {"rnn relu", {.cell = RNN_CELL_RNN, .activation = RNN_RELU, .bidirectional = 1}, 1},
    {"layer norm", {.cell = RNN_CELL_GRU, .layer_norm = 1}, 0},
};

/* Steps of a number and a word; classes of the sequence or of its steps. */
static rnn_model *make_model(rnn_context *ctx, const variant *v) {
    rnn_model *m = sample_start(ctx, RNN_TASK_CLASSIFY);
    uint64_t seed = 7;
    sample_steps(m);
    sample_classes(m);
    rnn_net_spec base;
    rnn_model_spec(m, &base);
    m->spec = v->spec;
    m->spec.layers = LAYERS;
    m->spec.hidden = 3;
    m->spec.categories = base.categories;
    memcpy(m->spec.vocabulary, base.vocabulary, sizeof base.vocabulary);
    memcpy(m->spec.embedding, base.embedding, sizeof base.embedding);
    m->spec.numbers = rnn_model_numbers(m);
    m->spec.outputs = CLASSES;
    m->spec.dropout = m->spec.recurrent_dropout = 0.5; /* must be off */
    m->sequence.every = v->every;
    m->options.output = v->every ? RNN_OUTPUT_EVERY : RNN_OUTPUT_LAST;
    if (!v->every) m->spec.pooling = RNN_POOL_LAST;
    sample_members(m, 2);
    for (size_t k = 0; k < 2; k++) {
        real *p = rnn_net_parameters(m->member[k]);
        for (size_t i = 0; i < rnn_net_parameter_count(m->member[k]); i++)
            p[i] = (real)((double)(testing_random(&seed) >> 40) * 0x1p-23 - 1) * (real)0.9;
    }
    return m;
}

static double value_of(size_t series, size_t t) {
    return 3 + 4 * sin(0.7 * (double)t + (double)series);
}

static size_t word_of(size_t series, size_t t) { return (series + t * t) % 3; }

/* Series 0, 1, ... of the given lengths; words on, off and one that is unknown. With output last
** every row has its class; with every the last row has none. */
static rnn_table *make_rows(rnn_context *ctx, const size_t *length, size_t series, int every) {
    static const char *const words[3] = {"other", "on", "off"};
    static const char spam[] = "spam";
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, 5, &t), RNN_OK);
    for (size_t s = 0; s < series; s++) {
        for (size_t i = 0; i < length[s]; i++) {
            const char *word = words[word_of(s, i)];
            double x = value_of(s, i);
            rnn_value row[5] = {{.type = RNN_INT, .i = (int64_t)s, .d = (double)s},
                                {.type = RNN_INT, .i = (int64_t)i, .d = (double)i},
                                {.type = RNN_TEXT, .p = spam, .n = 4},
                                {.type = RNN_FLOAT, .d = x},
                                {.type = RNN_TEXT, .p = word, .n = strlen(word)}};
            if (every && i + 1 == length[s]) row[2] = (rnn_value){.type = RNN_NULL};
            assert_int_equal(rnn_table_append(t, row), RNN_OK);
        }
    }
    return t;
}

/* ---- the network once more ---- */

typedef struct plain_cell {
    double h[MOST_UNITS], c[MOST_UNITS], gate[4][MOST_UNITS]; /* in the order of the tensors */
} plain_cell;

typedef struct plain {
    rnn_net *net;
    const rnn_net_spec *s;
    size_t T, H, P, D;
    double (*x)[INPUTS];
    plain_cell *cell; /* [LAYERS][2][T] */
    /* A number added to one h: of layer, direction, step, unit. */
    size_t at[4];
    double add;
} plain;

static const real *tensor(const plain *p, const char *format, size_t layer, size_t direction) {
    char name[64];
    snprintf(name, sizeof name, format, layer, direction ? "_reverse" : "");
    for (size_t i = 0; i < rnn_net_tensor_count(p->net); i++) {
        const rnn_tensor *t = rnn_net_tensor(p->net, i);
        if (strcmp(t->name, name) == 0) return rnn_net_parameters(p->net) + t->offset;
    }
    fail_msg("there is no tensor %s", name);
    return NULL;
}

static plain_cell *cell_at(const plain *p, size_t layer, size_t direction, size_t step) {
    return &p->cell[(layer * 2 + direction) * p->T + step];
}

static double dot(const real *row, const double *v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)row[i] * v[i];
    return sum;
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* The weights of a layer and direction, and what a step reads. */
typedef struct plain_step {
    const real *w_ih, *w_hh, *b_ih, *b_hh;
    const double *in;
    size_t inputs;
    const double *h, *c; /* of the step before */
} plain_step;

/* Input part and recurrent part of gate g, unit u. */
static double input_part(const plain *p, const plain_step *w, size_t g, size_t u) {
    size_t row = g * p->H + u;
    return dot(w->w_ih + row * w->inputs, w->in, w->inputs) + (double)w->b_ih[row];
}

static double recurrent_part(const plain *p, const plain_step *w, size_t g, size_t u,
                             const double *h) {
    size_t row = g * p->H + u;
    return dot(w->w_hh + row * p->P, h, p->P) + (double)w->b_hh[row];
}

static void lstm_step(const plain *p, const plain_step *w, const real *peephole, const real *w_hr,
                      plain_cell *o) {
    double raw[MOST_UNITS];
    for (size_t u = 0; u < p->H; u++) {
        double a[4];
        for (size_t g = 0; g < 4; g++)
            a[g] = input_part(p, w, g, u) + recurrent_part(p, w, g, u, w->h);
        if (peephole) {
            a[0] += (double)peephole[u] * w->c[u];
            a[1] += (double)peephole[p->H + u] * w->c[u];
        }
        o->gate[0][u] = sigmoid(a[0]);
        o->gate[1][u] = sigmoid(a[1]);
        o->gate[2][u] = tanh(a[2]);
        o->c[u] = o->gate[1][u] * w->c[u] + o->gate[0][u] * o->gate[2][u];
        if (peephole) a[3] += (double)peephole[2 * p->H + u] * o->c[u];
        o->gate[3][u] = sigmoid(a[3]);
        raw[u] = o->gate[3][u] * tanh(o->c[u]);
        if (!w_hr) o->h[u] = raw[u];
    }
    for (size_t j = 0; w_hr && j < p->P; j++) o->h[j] = dot(w_hr + j * p->H, raw, p->H);
}

static void gru_step(const plain *p, const plain_step *w, plain_cell *o) {
    double reset_h[MOST_UNITS];
    for (size_t u = 0; u < p->H; u++) {
        for (size_t g = 0; g < 2; g++)
            o->gate[g][u] = sigmoid(input_part(p, w, g, u) + recurrent_part(p, w, g, u, w->h));
        reset_h[u] = o->gate[0][u] * w->h[u];
    }
    for (size_t u = 0; u < p->H; u++) {
        double inner = p->s->reset == RNN_RESET_BEFORE
                           ? recurrent_part(p, w, 2, u, reset_h)
                           : o->gate[0][u] * recurrent_part(p, w, 2, u, w->h);
        o->gate[2][u] = tanh(input_part(p, w, 2, u) + inner);
        o->h[u] = (1 - o->gate[1][u]) * o->gate[2][u] + o->gate[1][u] * w->h[u];
    }
}

static void rnn_step(const plain *p, const plain_step *w, plain_cell *o) {
    for (size_t u = 0; u < p->H; u++) {
        double a = input_part(p, w, 0, u) + recurrent_part(p, w, 0, u, w->h);
        o->h[u] = p->s->activation == RNN_RELU ? (a > 0 ? a : 0) : tanh(a);
    }
}

static void run_direction(const plain *p, size_t l, size_t k, const double *in, size_t inputs) {
    static const double zero[MOST_UNITS];
    const rnn_net_spec *s = p->s;
    const real *peephole = s->peephole ? tensor(p, "rnn.weight_peephole_l%zu%s", l, k) : NULL;
    const real *w_hr = s->projection ? tensor(p, "rnn.weight_hr_l%zu%s", l, k) : NULL;
    plain_step w = {tensor(p, "rnn.weight_ih_l%zu%s", l, k),
                    tensor(p, "rnn.weight_hh_l%zu%s", l, k),
                    tensor(p, "rnn.bias_ih_l%zu%s", l, k),
                    tensor(p, "rnn.bias_hh_l%zu%s", l, k),
                    NULL,
                    inputs,
                    zero,
                    zero};
    for (size_t i = 0; i < p->T; i++) {
        size_t t = k ? p->T - 1 - i : i;
        plain_cell *o = cell_at(p, l, k, t);
        w.in = in + t * inputs;
        if (s->cell == RNN_CELL_LSTM) lstm_step(p, &w, peephole, w_hr, o);
        if (s->cell == RNN_CELL_GRU) gru_step(p, &w, o);
        if (s->cell == RNN_CELL_RNN) rnn_step(p, &w, o);
        if (p->at[0] == l && p->at[1] == k && p->at[2] == t) o->h[p->at[3]] += p->add;
        w.h = o->h;
        w.c = o->c;
    }
}

/* Outputs of a layer, both directions side by side, normalised: what the next one reads. */
static void layer_outputs(const plain *p, size_t l, double *out) {
    size_t W = p->D * p->P;
    for (size_t t = 0; t < p->T; t++) {
        double *o = out + t * W, mean = 0, variance = 0;
        for (size_t j = 0; j < W; j++) o[j] = cell_at(p, l, j / p->P, t)->h[j % p->P];
        if (!p->s->layer_norm) continue;
        const real *gain = tensor(p, "rnn.norm_l%zu.weight%s", l, 0);
        const real *bias = tensor(p, "rnn.norm_l%zu.bias%s", l, 0);
        for (size_t j = 0; j < W; j++) mean += o[j] / (double)W;
        for (size_t j = 0; j < W; j++) variance += (o[j] - mean) * (o[j] - mean) / (double)W;
        for (size_t j = 0; j < W; j++)
            o[j] = (double)gain[j] * (o[j] - mean) / sqrt(variance + 1e-5) + (double)bias[j];
    }
}

/* Cross-entropy of class 2 ("spam") at step `at`, or of the state after the last step. */
static double run_plain(const plain *p, int every, size_t at) {
    size_t W = p->D * p->P;
    double *out = calloc(p->T * W, sizeof *out), *below = calloc(p->T * W, sizeof *below);
    double last[2 * MOST_UNITS], logit[CLASSES], sum = 0;
    assert_true(out && below);
    for (size_t l = 0; l < LAYERS; l++) {
        const double *in = l ? below : p->x[0];
        for (size_t k = 0; k < p->D; k++) run_direction(p, l, k, in, l ? W : INPUTS);
        layer_outputs(p, l, out);
        memcpy(below, out, p->T * W * sizeof *out);
    }
    for (size_t j = 0; j < W; j++) last[j] = out[(every ? at : j < p->P ? p->T - 1 : 0) * W + j];
    for (size_t c = 0; c < CLASSES; c++) {
        logit[c] = dot(tensor(p, "head.weight%.0zu%s", 0, 0) + c * W, last, W) +
                   (double)tensor(p, "head.bias%.0zu%s", 0, 0)[c];
        sum += exp(logit[c]);
    }
    free(out);
    free(below);
    return log(sum) - logit[2];
}

static plain plain_start(const rnn_model *m, size_t series, size_t T) {
    plain p = {.net = m->member[0], .s = &m->spec, .T = T, .H = m->spec.hidden, .at = {LAYERS}};
    p.P = rnn_spec_state(p.s);
    p.D = rnn_spec_directions(p.s);
    p.x = calloc(T, sizeof *p.x);
    p.cell = calloc(LAYERS * 2 * T, sizeof *p.cell);
    assert_true(p.x && p.cell);
    const real *words = tensor(&p, "embedding.%zu.weight%s", 0, 0);
    for (size_t t = 0; t < T; t++) {
        p.x[t][0] = (value_of(series, t) - 3) / 4;
        for (size_t j = 0; j < 2; j++) p.x[t][2 + j] = (double)words[word_of(series, t) * 2 + j];
    }
    return p;
}

static void plain_end(plain *p) {
    free(p->x);
    free(p->cell);
}

/* ---- states ---- */

static void near(const char *what, double got, double want) {
    if (isnan(want) ? isnan(got) : fabs(got - want) < 2e-5) return;
    fail_msg("%s is %.9g, not %.9g", what, got, want);
}

static double part(const double *v, size_t unit, size_t width) {
    return v && unit < width ? v[unit] : NAN;
}

static void check_row(const plain *p, const rnn_state_row *row, size_t step) {
    const plain_cell *c = cell_at(p, row->layer - 1, row->direction == RNN_STATE_BACKWARD, step);
    int lstm = p->s->cell == RNN_CELL_LSTM, gru = p->s->cell == RNN_CELL_GRU;
    size_t u = row->unit - 1, H = p->H;
    near("h", row->h, part(c->h, u, p->P));
    near("c", row->c, part(lstm ? c->c : NULL, u, H));
    near("input gate", row->input_gate, part(lstm ? c->gate[0] : NULL, u, H));
    near("forget gate", row->forget_gate, part(lstm ? c->gate[1] : NULL, u, H));
    near("output gate", row->output_gate, part(lstm ? c->gate[3] : NULL, u, H));
    near("candidate", row->candidate, part(lstm || gru ? c->gate[2] : NULL, u, H));
    near("reset gate", row->reset_gate, part(gru ? c->gate[0] : NULL, u, H));
    near("update gate", row->update_gate, part(gru ? c->gate[1] : NULL, u, H));
}

static void check_states(const variant *v, const size_t *length, size_t series) {
    static const char *const words[3] = {"<unknown>", "on", "off"};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, v);
    rnn_table *rows = make_rows(&ctx, length, series, v->every);
    rnn_states *states;
    rnn_state_row row;
    if (rnn_states_create(&ctx, FUNCTION, m, rows, &states) != RNN_OK) fail_msg("%s", ctx.message);
    for (size_t s = 0; s < series; s++) {
        plain p = plain_start(m, s, length[s]);
        size_t units = p.P > p.H ? p.P : p.H;
        run_plain(&p, v->every, 0);
        for (size_t n = 0; n < length[s] * LAYERS * p.D * units; n++) {
            size_t step = n / (LAYERS * p.D * units);
            const char *word = words[word_of(s, step)];
            assert_int_equal(rnn_states_next(states, &row), RNN_OK);
            assert_int_equal(row.unit, n % units + 1);
            assert_int_equal(row.direction, n / units % p.D);
            assert_int_equal(row.layer, n / (units * p.D) % LAYERS + 1);
            assert_int_equal(row.step, step + 1);
            assert_true(row.key.type == RNN_NULL && row.series.i == (int64_t)s);
            assert_int_equal(row.time.i, step);
            assert_int_equal(row.token.n, strlen(word));
            assert_memory_equal(row.token.p, word, row.token.n);
            check_row(&p, &row, step);
        }
        plain_end(&p);
    }
    assert_int_equal(rnn_states_next(states, &row), RNN_DONE);
    rnn_states_free(states);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void states_of_a_variant(void **state) {
    static const size_t length[] = {5, 1, 8};
    check_states(*state, length, 3);
}

/* Longer than a part, and an exact multiple of one. */
static void states_of_long_sequences(void **state) {
    static const size_t length[] = {2500, 2048, 3};
    (void)state;
    check_states(&VARIANTS[0], length, 3);
    check_states(&VARIANTS[4], length, 3);
    check_states(&VARIANTS[5], length, 1);
}

/* ---- gradients ---- */

/* Norm of d loss / d h over both directions at a lag; 0 where no step is so far away. */
static int difference(plain *p, int every, size_t layer, size_t lag, size_t at, double *norm) {
    double squares = 0;
    int any = 0;
    for (size_t k = 0; k < p->D; k++) {
        size_t reverse = every ? at : 0, end = every ? at : p->T - 1;
        if (k == 0 ? lag > end : reverse + lag >= p->T) continue;
        any = 1;
        for (size_t u = 0; u < p->P; u++) {
            double loss[2];
            p->at[0] = layer;
            p->at[1] = k;
            p->at[2] = k == 0 ? end - lag : reverse + lag;
            p->at[3] = u;
            for (int sign = 0; sign < 2; sign++) {
                p->add = sign ? 1e-5 : -1e-5;
                loss[sign] = run_plain(p, every, at);
            }
            squares += pow((loss[1] - loss[0]) / 2e-5, 2);
        }
    }
    *norm = sqrt(squares);
    return any;
}

static void gradients_of_a_variant(void **state) {
    static const size_t length[] = {5, 2, 8};
    const variant *v = *state;
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, v);
    rnn_table *rows = make_rows(&ctx, length, 3, v->every);
    rnn_gradient_lags lags;
    size_t seen = 0;
    if (rnn_gradient_lags_measure(&ctx, FUNCTION, m, rows, &lags) != RNN_OK)
        fail_msg("%s", ctx.message);
    assert_int_equal(lags.layers, LAYERS);
    for (size_t l = 0; l < LAYERS; l++) {
        for (size_t lag = 0; lag < lags.lags; lag++) {
            double sum = 0, count = 0, norm;
            for (size_t s = 0; s < 3; s++) {
                plain p = plain_start(m, s, length[s]);
                if (difference(&p, v->every, l, lag, length[s] - 2, &norm)) {
                    sum += norm;
                    count += 1;
                }
                plain_end(&p);
            }
            assert_true(count > 0);
            double got = lags.norm[l * lags.lags + lag], want = sum / count;
            if (!(fabs(got - want) <= 1e-4 * want + 1e-6))
                fail_msg("layer %zu, lag %zu: %.9g, not %.9g", l, lag, got, want);
            seen++;
        }
    }
    /* The loss of every step is at the last but one. */
    assert_int_equal(seen, LAYERS * (v->every ? 7 : 8));
    rnn_gradient_lags_free(&ctx, &lags);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- every task ---- */

/* A caller who stops early has not paid for the rest: after the first row the interrupt flag has
** been looked at for one sequence. */
static void later_sequences_wait(void **state) {
    static const size_t length[] = {4, 4, 4};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, &VARIANTS[0]);
    rnn_table *rows = make_rows(&ctx, length, 3, 0);
    rnn_states *states;
    rnn_state_row row;
    int left = 2;
    (void)state;
    assert_int_equal(rnn_states_create(&ctx, FUNCTION, m, rows, &states), RNN_OK);
    ctx.check = testing_stop;
    ctx.check_arg = &left;
    for (size_t n = 0; n < 4 * LAYERS * 3; n++)
        assert_int_equal(rnn_states_next(states, &row), RNN_OK);
    assert_int_equal(left, 1);
    assert_int_equal(rnn_states_next(states, &row), RNN_INTERRUPT);
    rnn_states_free(states);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* A model whose rows have nothing to learn from. */
static void no_known_target(void **state) {
    static const size_t length[] = {1};
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_model *m = make_model(&ctx, &VARIANTS[4]);
    rnn_table *rows = make_rows(&ctx, length, 1, 1);
    rnn_gradient_lags lags;
    (void)state;
    assert_int_equal(rnn_gradient_lags_measure(&ctx, FUNCTION, m, rows, &lags), RNN_DATA);
    assert_non_null(strstr(ctx.message, "known target"));
    assert_null(lags.norm);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

int main(void) {
    enum { COUNT = sizeof VARIANTS / sizeof VARIANTS[0] };
    static char name[2 * COUNT][96];
    struct CMUnitTest tests[2 * COUNT + 3] = {
        cmocka_unit_test(states_of_long_sequences),
        cmocka_unit_test(later_sequences_wait),
        cmocka_unit_test(no_known_target),
    };
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(name[2 * i], sizeof name[0], "states: %s", VARIANTS[i].name);
        snprintf(name[2 * i + 1], sizeof name[0], "gradients: %s", VARIANTS[i].name);
        tests[3 + 2 * i] =
            (struct CMUnitTest){name[2 * i], states_of_a_variant, NULL, NULL, (void *)&VARIANTS[i]};
        tests[4 + 2 * i] = (struct CMUnitTest){name[2 * i + 1], gradients_of_a_variant, NULL, NULL,
                                               (void *)&VARIANTS[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
