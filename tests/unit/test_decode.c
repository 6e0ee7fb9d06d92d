/* test_decode.c - sampling has the probabilities it says, top-k and top-p keep the sets they say,
** and beam search finds what an exhaustive search finds. */
#include "decode.h"

#include "decoder_testing.h"

enum { VOCABULARY = 5, END = 1, MOST = 4, WIDE = 200, DRAWS = 20000 };

static const rnn_sampling PLAIN = {.temperature = 1, .top_k = 0, .top_p = 1, .seed = 3};

static const real LOGITS[6] = {1, (real)0.5, 3, -1, 3, (real)-0.25};

/* p of the six logits among `kept`, at that temperature. */
static void expect(const rnn_sampling *s, const uint8_t *banned, const char *kept) {
    double p[6], sum = 0;
    uint32_t scratch[6];
    rnn_sampling_distribution(s, LOGITS, banned, 6, p, scratch);
    for (size_t i = 0; i < 6; i++) {
        if (kept[i] == '1') sum += exp((double)LOGITS[i] / s->temperature);
    }
    for (size_t i = 0; i < 6; i++) {
        double want = kept[i] == '1' ? exp((double)LOGITS[i] / s->temperature) / sum : 0;
        if (!(fabs(p[i] - want) < 1e-12)) fail_msg("p[%zu] is %g, not %g", i, p[i], want);
    }
}

static void test_temperature(void **state) {
    static const uint8_t banned[6] = {0, 0, 1, 0, 0, 1};
    rnn_sampling s = PLAIN;
    (void)state;
    expect(&s, NULL, "111111");
    expect(&s, banned, "110110");
    s.temperature = 0.3;
    expect(&s, banned, "110110");
}

static void test_top_k(void **state) {
    static const uint8_t banned[6] = {0, 0, 1, 0, 0, 0};
    rnn_sampling s = PLAIN;
    (void)state;
    s.top_k = 1; /* of two equal ones the first */
    expect(&s, NULL, "001000");
    s.top_k = 3;
    expect(&s, NULL, "101010");
    expect(&s, banned, "110010");
    s.top_k = 6;
    expect(&s, NULL, "111111");
    s.top_k = 100;
    expect(&s, NULL, "111111");
}

/* The probabilities are about 0.40 0.40 0.055 0.033 0.016 0.0074. */
static void test_top_p(void **state) {
    rnn_sampling s = PLAIN;
    (void)state;
    s.top_p = 0;
    expect(&s, NULL, "001000");
    s.top_p = 0.5;
    expect(&s, NULL, "001010");
    s.top_p = 0.9;
    expect(&s, NULL, "101010");
    s.top_k = 2; /* top_p then is a share of what top_k has left */
    expect(&s, NULL, "001010");
    s.top_p = 0.4;
    expect(&s, NULL, "001000");
}

/* The cut of many logits keeps the likeliest ones, whatever their order. */
static void test_cut_many(void **state) {
    enum { N = 1000 };
    static real logits[N];
    static double p[N], all[N];
    static uint32_t scratch[N], best[N];
    uint64_t random = 5;
    (void)state;
    for (size_t round = 0; round < 20; round++) {
        rnn_sampling s = PLAIN;
        size_t k = 1 + testing_below(&random, N), kept = 0;
        /* Few values, so that there are ties. */
        for (size_t i = 0; i < N; i++) logits[i] = (real)testing_below(&random, 50) / 10;
        rnn_sampling_distribution(&s, logits, NULL, N, all, scratch);
        assert_int_equal(rnn_sampling_top(all, N, N, best), N);
        s.top_k = k;
        rnn_sampling_distribution(&s, logits, NULL, N, p, scratch);
        for (size_t i = 0; i < N; i++) kept += p[i] > 0;
        assert_int_equal(kept, k);
        for (size_t i = 0; i < k; i++) assert_true(p[best[i]] > 0);
    }
}

static void test_forged_logits(void **state) {
    const real logits[4] = {(real)NAN, (real)INFINITY, -(real)INFINITY, 1},
               none[2] = {(real)NAN, (real)NAN};
    static const uint8_t all[4] = {1, 1, 1, 1};
    rnn_sampling s = PLAIN;
    double p[4];
    uint32_t scratch[4];
    (void)state;
    rnn_sampling_distribution(&s, logits, NULL, 4, p, scratch);
    assert_true(p[0] == 0 && p[1] == 1 && p[2] == 0 && p[3] == 0);
    rnn_sampling_distribution(&s, none, NULL, 2, p, scratch);
    assert_true(p[0] == 0.5 && p[1] == 0.5);
    s.temperature = 1e-300;
    s.top_k = 2;
    rnn_sampling_distribution(&s, logits, NULL, 4, p, scratch);
    assert_true(p[1] == 1);
    rnn_sampling_distribution(&s, logits, all, 4, p, scratch);
    for (size_t i = 0; i < 4; i++) assert_true(p[i] == 0);
}

/* How often each token is drawn: within five deviations of its probability. */
static void test_frequencies(void **state) {
    double p[6];
    uint32_t scratch[6];
    size_t count[6] = {0};
    rnn_sampling s = PLAIN;
    (void)state;
    s.top_k = 5;
    rnn_sampling_distribution(&s, LOGITS, NULL, 6, p, scratch);
    for (uint64_t i = 0; i < DRAWS; i++) count[rnn_sampling_choose(&s, p, 6, i)]++;
    for (size_t i = 0; i < 6; i++) {
        double off = fabs((double)count[i] - DRAWS * p[i]);
        if (off > 5 * sqrt(DRAWS * p[i] * (1 - p[i])))
            fail_msg("token %zu: %zu of %d draws, p = %g", i, count[i], DRAWS, p[i]);
    }
}

/* A draw is a function of seed and position; another seed gives another text. */
static void test_seed(void **state) {
    double p[6];
    uint32_t scratch[6];
    size_t same = 0;
    rnn_sampling a = PLAIN, b = PLAIN, greedy = PLAIN;
    (void)state;
    b.seed = 4;
    greedy.temperature = 0;
    rnn_sampling_distribution(&a, LOGITS, NULL, 6, p, scratch);
    for (uint64_t i = 0; i < 100; i++) {
        uint32_t token = rnn_sampling_choose(&a, p, 6, i);
        assert_int_equal(token, rnn_sampling_choose(&a, p, 6, i));
        same += token == rnn_sampling_choose(&b, p, 6, i);
        assert_int_equal(rnn_sampling_choose(&greedy, p, 6, i), 2);
    }
    assert_true(same < 80);
}

static void test_top(void **state) {
    static const double p[6] = {0.1, 0.3, 0, 0.3, 0.05, 0.25};
    uint32_t token[6];
    (void)state;
    assert_int_equal(rnn_sampling_top(p, 6, 3, token), 3);
    assert_true(token[0] == 1 && token[1] == 3 && token[2] == 5);
    assert_int_equal(rnn_sampling_top(p, 6, 6, token), 5);
    assert_int_equal(token[4], 4);
    assert_int_equal(rnn_sampling_top(p, 6, 0, token), 0);
}

/* A language model of five tokens, of which 0 may not be produced and 1 ends a text. */
typedef struct model {
    rnn_context ctx;
    rnn_net *net;
    rnn_stepper *stepper;
    real *start;
    int stop; /* what the check callback says */
} model;

static const uint8_t BANNED[VOCABULARY] = {1, 0, 0, 0, 0};

static int check(void *arg) { return ((const model *)arg)->stop; }

static void set_up(model *m, uint64_t seed) {
    rnn_net_spec s = testing_spec();
    memset(m, 0, sizeof *m);
    m->ctx.check = check;
    m->ctx.check_arg = m;
    s.numbers = 0;
    s.categories = 1;
    s.vocabulary[0] = s.outputs = VOCABULARY;
    s.embedding[0] = 3;
    m->net = testing_net(&m->ctx, &s, 2.5, seed);
    testing_ok(&m->ctx, rnn_stepper_create(&m->ctx, &m->net, 1, WIDE, 0, &m->stepper));
    m->start = rnn_alloc_array(&m->ctx, rnn_stepper_state_size(m->stepper), sizeof(real));
    assert_non_null(m->start);
    rnn_stepper_start(m->stepper, m->start);
}

static void tear_down(model *m) {
    rnn_free(&m->ctx, m->start);
    rnn_stepper_free(m->stepper);
    rnn_net_free(m->net);
    testing_no_leak(&m->ctx);
}

/* log p of every next token after `state` has taken in `token`; banned ones -infinity. */
static void next(model *m, real *state, uint32_t token, double *log_p) {
    real out[VOCABULARY];
    double sum = 0;
    rnn_stepper_step(m->stepper, 1, NULL, &token, NULL, &state, out);
    for (size_t i = 1; i < VOCABULARY; i++) sum += exp((double)out[i]);
    log_p[0] = -INFINITY;
    for (size_t i = 1; i < VOCABULARY; i++) log_p[i] = (double)out[i] - log(sum);
}

typedef struct found {
    uint32_t token[MOST];
    size_t count;
    double log_p, value;
} found;

/* Every text of up to MOST - 1 tokens and its end, best by log p over length. */
static void exhaust(model *m, const real *state, found *f, size_t count, uint32_t last,
                    double log_p, found *best) {
    real copy[64];
    double log_next[VOCABULARY];
    memcpy(copy, state, rnn_stepper_state_size(m->stepper) * sizeof(real));
    next(m, copy, last, log_next);
    double value = (log_p + log_next[END]) / (double)(count + 1);
    if (value > best->value) {
        *best = *f;
        best->count = count;
        best->log_p = log_p + log_next[END];
        best->value = value;
    }
    for (uint32_t i = 2; i < VOCABULARY && count + 1 < MOST; i++) {
        f->token[count] = i;
        exhaust(m, copy, f, count + 1, i, log_p + log_next[i], best);
    }
}

static void test_exhaustive(void **state) {
    size_t empty = 0, longer = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        model m;
        rnn_beam *beam = NULL;
        uint32_t token[MOST];
        size_t count;
        double log_p;
        found best = {.value = -INFINITY}, f = {.count = 0};
        set_up(&m, seed);
        testing_ok(&m.ctx, rnn_beam_create(&m.ctx, m.stepper, VOCABULARY, WIDE, MOST, &beam));
        exhaust(&m, m.start, &f, 0, 2, 0, &best);
        testing_ok(&m.ctx,
                   rnn_beam_run(beam, m.start, 2, END, BANNED, MOST, token, &count, &log_p));
        assert_int_equal(count, best.count);
        assert_memory_equal(token, best.token, count * sizeof *token);
        assert_true(fabs(log_p - best.log_p) < 1e-4);
        empty += count == 0;
        longer += count > 1;
        rnn_beam_free(beam);
        tear_down(&m);
    }
    assert_true(empty > 0 && longer > 0); /* the models are of all kinds */
}

/* One hypothesis takes the likeliest token each time. */
static void test_greedy(void **state) {
    size_t ended = 0, cut = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        model m;
        rnn_beam *beam = NULL;
        uint32_t token[MOST + 1], last = 2;
        size_t count, n = 0;
        double log_p, sum = 0;
        real copy[64];
        set_up(&m, seed);
        testing_ok(&m.ctx, rnn_beam_create(&m.ctx, m.stepper, VOCABULARY, 1, MOST + 1, &beam));
        testing_ok(&m.ctx,
                   rnn_beam_run(beam, m.start, 2, END, BANNED, MOST, token, &count, &log_p));
        memcpy(copy, m.start, rnn_stepper_state_size(m.stepper) * sizeof(real));
        for (; n < MOST; n++) {
            double log_next[VOCABULARY];
            next(&m, copy, last, log_next);
            for (uint32_t i = 1, best = 0; i < VOCABULARY; i++) {
                if (log_next[i] > log_next[best]) last = best = i;
            }
            sum += log_next[last];
            if (last == END) break;
            assert_true(n < count);
            assert_int_equal(token[n], last);
        }
        assert_int_equal(count, n);
        assert_true(fabs(log_p - sum) < 1e-4);
        ended += n < MOST;
        cut += n == MOST;
        rnn_beam_free(beam);
        tear_down(&m);
    }
    assert_true(ended > 0 && cut > 0);
}

/* Beam search by its definition, hypothesis after hypothesis, all candidates sorted. */
typedef struct hypothesis {
    found text;
    uint32_t last;
    real state[64];
} hypothesis;

static int by_log_p(const void *a, const void *b) {
    double x = ((const hypothesis *)a)->text.log_p, y = ((const hypothesis *)b)->text.log_p;
    return x < y ? 1 : x > y ? -1 : 0;
}

static found slow_beam(model *m, size_t width) {
    static hypothesis live[WIDE], all[WIDE];
    size_t n = 1, size = rnn_stepper_state_size(m->stepper) * sizeof(real);
    found best = {.value = -INFINITY};
    memset(live, 0, sizeof *live);
    memcpy(live[0].state, m->start, size);
    live[0].last = 2;
    for (size_t t = 0; t < MOST && n > 0; t++) {
        size_t candidates = 0, kept = 0;
        for (size_t h = 0; h < n; h++) {
            double log_next[VOCABULARY];
            next(m, live[h].state, live[h].last, log_next);
            for (uint32_t i = 1; i < VOCABULARY; i++) {
                hypothesis *c = &all[candidates++];
                *c = live[h];
                c->text.log_p += log_next[i];
                c->text.token[t] = c->last = i;
                c->text.count = t;
                c->text.value = c->text.log_p / (double)(t + 1);
            }
        }
        qsort(all, candidates, sizeof *all, by_log_p);
        for (size_t i = 0; i < candidates && i < width; i++) {
            if (all[i].last != END) {
                live[kept++] = all[i];
            } else if (all[i].text.value > best.value) {
                best = all[i].text;
            }
        }
        width -= (width < candidates ? width : candidates) - kept;
        n = kept;
    }
    if (isfinite(best.value)) return best;
    live[0].text.count = MOST;
    return live[0].text;
}

static void test_narrow(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        model m;
        rnn_beam *beam = NULL;
        uint32_t token[MOST];
        size_t count, width = 1 + seed % 4;
        double log_p;
        set_up(&m, seed);
        testing_ok(&m.ctx, rnn_beam_create(&m.ctx, m.stepper, VOCABULARY, width, MOST, &beam));
        found want = slow_beam(&m, width);
        testing_ok(&m.ctx,
                   rnn_beam_run(beam, m.start, 2, END, BANNED, MOST, token, &count, &log_p));
        assert_int_equal(count, want.count);
        assert_memory_equal(token, want.token, count * sizeof *token);
        assert_true(fabs(log_p - want.log_p) < 1e-4);
        rnn_beam_free(beam);
        tear_down(&m);
    }
}

/* Of any width: the log-probability is that of the text, and the same again in the next run. */
static void test_widths(void **state) {
    (void)state;
    for (size_t width = 2; width < 8; width++) {
        model m;
        rnn_beam *beam = NULL;
        uint32_t token[MOST], again[MOST];
        size_t count, n;
        double log_p, twice, sum = 0;
        real copy[64];
        set_up(&m, 40 + width);
        testing_ok(&m.ctx, rnn_beam_create(&m.ctx, m.stepper, VOCABULARY, width, MOST, &beam));
        testing_ok(&m.ctx,
                   rnn_beam_run(beam, m.start, 3, UINT32_MAX, BANNED, MOST, token, &count, &log_p));
        assert_int_equal(count, MOST); /* nothing ends */
        memcpy(copy, m.start, rnn_stepper_state_size(m.stepper) * sizeof(real));
        for (size_t i = 0; i < count; i++) {
            double log_next[VOCABULARY];
            next(&m, copy, i ? token[i - 1] : 3, log_next);
            sum += log_next[token[i]];
        }
        assert_true(fabs(log_p - sum) < 1e-4);
        testing_ok(&m.ctx,
                   rnn_beam_run(beam, m.start, 3, UINT32_MAX, BANNED, MOST, again, &n, &twice));
        assert_true(n == count && twice == log_p);
        assert_memory_equal(token, again, count * sizeof *token);
        testing_ok(&m.ctx, rnn_beam_run(beam, m.start, 3, END, BANNED, 0, again, &n, &twice));
        assert_true(n == 0 && twice == 0);
        rnn_beam_free(beam);
        tear_down(&m);
    }
}

static void test_interrupt(void **state) {
    model m;
    rnn_beam *beam = NULL;
    uint32_t token[MOST];
    size_t count;
    double log_p;
    (void)state;
    set_up(&m, 2);
    testing_ok(&m.ctx, rnn_beam_create(&m.ctx, m.stepper, VOCABULARY, 3, MOST, &beam));
    m.stop = 1;
    assert_int_equal(rnn_beam_run(beam, m.start, 2, END, BANNED, MOST, token, &count, &log_p),
                     RNN_INTERRUPT);
    assert_int_equal(count, 0);
    rnn_beam_set_check(beam, 0);
    testing_ok(&m.ctx, rnn_beam_run(beam, m.start, 2, END, BANNED, MOST, token, &count, &log_p));
    rnn_beam_free(beam);
    tear_down(&m);
}

/* An allocator that gives `left` blocks. */
typedef struct short_memory {
    size_t left;
} short_memory;

static void *give(void *arg, void *p, uint64_t n) {
    short_memory *memory = arg;
    if (n == 0) {
        free(p);
        return NULL;
    }
    if (memory->left == 0) return NULL;
    memory->left--;
    return realloc(p, n);
}

/* Every allocation of a stepper and a beam fails once: an error, NULL, nothing left behind. */
static void test_out_of_memory(void **state) {
    decoder_case c;
    (void)state;
    decoder_make_case(&c, 7);
    for (size_t n = 0;; n++) {
        rnn_context ctx = {0};
        short_memory memory = {1000};
        rnn_stepper *stepper = NULL;
        rnn_beam *beam = NULL;
        ctx.allocate = give;
        ctx.allocate_arg = &memory;
        rnn_net *net = testing_net(&ctx, &c.spec, 0.8, 3);
        memory.left = n;
        rnn_status status = rnn_stepper_create(&ctx, &net, 1, 3, 5, &stepper);
        if (status == RNN_OK) status = rnn_beam_create(&ctx, stepper, 5, 3, 4, &beam);
        assert_true((status == RNN_OK) == (beam != NULL));
        assert_true(status == RNN_OK || status == RNN_NOMEM);
        rnn_beam_free(beam);
        rnn_stepper_free(stepper);
        rnn_net_free(net);
        testing_no_leak(&ctx);
        if (status == RNN_OK) break;
        assert_true(n < 500);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_temperature),   cmocka_unit_test(test_top_k),
        cmocka_unit_test(test_top_p),         cmocka_unit_test(test_cut_many),
        cmocka_unit_test(test_forged_logits), cmocka_unit_test(test_frequencies),
        cmocka_unit_test(test_seed),          cmocka_unit_test(test_top),
        cmocka_unit_test(test_exhaustive),    cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_narrow),        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_interrupt),     cmocka_unit_test(test_out_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
