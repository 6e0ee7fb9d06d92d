/* test_scorer.c - an ensemble over sequences of different lengths: every sequence's outputs are
** those it has alone, averaged over the members, in order, whatever the batch and the number of
** threads. */
#include "net_testing.h"

#include "scorer.h"

enum { SEQUENCES = 53, MEMBERS = 3, STEPS = 9, LAST = 2 };

static rnn_net_spec spec;
static rnn_net *members[MEMBERS];

static size_t length_of(const rnn_sampler *s, int valid, size_t i) {
    (void)s;
    return LAST + (i * 7 + (size_t)valid * 3) % (STEPS - LAST + 1);
}

/* Outputs at the last two steps of each sequence, whose numbers are functions of its number. */
static void fill(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                 rnn_batch *b) {
    (void)seed;
    assert_true(n == b->sequences && n > 0);
    b->outputs = 0;
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++) {
            size_t row = rnn_batch_row(b, i, t);
            uint64_t state = item[i] * 1000 + t * 2 + (uint64_t)valid;
            assert_int_equal(b->length[i], s->length(s, valid, item[i]));
            testing_draw(b->numbers + row * 2, 2, 1, &state);
            if (t + LAST < b->length[i]) continue;
            b->out_row[b->outputs] = (uint32_t)row;
            b->target[b->outputs] = b->weight[b->outputs] = b->unit[b->outputs] = 1;
            b->outputs++;
        }
    }
}

static const rnn_sampler sampler = {.train_count = SEQUENCES,
                                    .valid_count = SEQUENCES,
                                    .max_steps = STEPS,
                                    .max_outputs = LAST,
                                    .length = length_of,
                                    .fill = fill};

/* What a run gave: [sequence][output of it], and how often a sequence was seen. */
typedef struct seen {
    real out[SEQUENCES][LAST][2];
    size_t count[SEQUENCES],
        next; /* next: first sequence number of the batch that must come next */
    int ordered;
} seen;

static void observe(void *arg, const size_t *item, const rnn_batch *b, const real *out) {
    seen *s = arg;
    size_t lowest = SIZE_MAX, o = 0, given[STEPS * SEQUENCES] = {0};
    for (size_t i = 0; i < b->sequences; i++) {
        s->count[item[i]]++;
        lowest = item[i] < lowest ? item[i] : lowest;
        if (i > 0 && b->length[i] == b->length[i - 1] && item[i] < item[i - 1]) s->ordered = 0;
    }
    if (lowest != s->next) s->ordered = 0;
    s->next = lowest + b->sequences;
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++) {
            if (t + LAST < b->length[i]) continue;
            memcpy(s->out[item[i]][given[i]++], out + o++ * 2, 2 * sizeof(real));
        }
    }
}

static void score(seen *s, size_t threads, size_t batch, int valid, size_t first, size_t count) {
    rnn_context ctx = {0};
    rnn_pool *pool = NULL;
    rnn_scorer *scorer = NULL;
    memset(s, 0, sizeof *s);
    s->next = first;
    s->ordered = 1;
    testing_ok(&ctx, rnn_pool_create(&ctx, threads, &pool));
    uint64_t before = ctx.memory_used;
    testing_ok(&ctx, rnn_scorer_create(&ctx, members, MEMBERS, pool, &sampler, batch, 0, &scorer));
    uint64_t told = rnn_scorer_bytes(&spec, MEMBERS, rnn_pool_threads(pool), &sampler, batch, 0),
             used = ctx.memory_used - before;
    /* The overhead of the blocks and small arrays are left out of the estimate. */
    uint64_t small = 80 * 60 + 200 + (batch * 4 + 2 * STEPS) * 8;
    if (used > told + small * rnn_pool_threads(pool) || told > 2 * used) {
        fail_msg("a scorer of %zu threads and batch %zu has %llu bytes, not %llu", threads, batch,
                 (unsigned long long)used, (unsigned long long)told);
    }
    testing_ok(&ctx, rnn_scorer_run(scorer, valid, NULL, first, count, observe, s));
    rnn_scorer_free(scorer);
    rnn_pool_free(pool);
    testing_no_leak(&ctx);
}

/* The mean of the members' outputs for each sequence by itself. */
static void expect(seen *want, int valid) {
    rnn_context ctx = {0};
    rnn_pass pass = {0, 0, 0, NULL, NULL};
    memset(want, 0, sizeof *want);
    for (size_t i = 0; i < SEQUENCES; i++) {
        rnn_batch b;
        size_t length = length_of(&sampler, valid, i);
        testing_ok(&ctx, rnn_batch_init(&ctx, &b, 1, STEPS, 2, 0, LAST));
        rnn_batch_layout(&b, &length, 1);
        fill(&sampler, valid, &i, 1, 0, &b);
        rnn_workspace *w = testing_workspace(&ctx, &spec, &b, 0);
        for (size_t m = 0; m < MEMBERS; m++) {
            real out[LAST][2];
            rnn_net_forward(members[m], &b, &pass, w, out[0]);
            for (size_t k = 0; k < LAST * 2; k++)
                want->out[i][k / 2][k % 2] += out[k / 2][k % 2] / MEMBERS;
        }
        rnn_workspace_free(w);
        rnn_batch_free(&ctx, &b);
    }
    testing_no_leak(&ctx);
}

static int set_up(void **state) {
    static rnn_context ctx;
    (void)state;
    spec = testing_spec();
    spec.outputs = 2;
    for (size_t m = 0; m < MEMBERS; m++) members[m] = testing_net(&ctx, &spec, 0.5, m + 1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t m = 0; m < MEMBERS; m++) rnn_net_free(members[m]);
    return 0;
}

/* A product of another shape may round differently: a few roundoffs of numbers below 3. */
static const double TOLERANCE = 64 * 0x1p-24;

static void test_scores(void **state) {
    (void)state;
    static seen want, got;
    static const size_t batches[] = {1, 2, 7, 32, 100}, threads[] = {1, 2, 5};
    for (int valid = 0; valid < 2; valid++) {
        expect(&want, valid);
        for (size_t i = 0; i < TESTING_COUNT(batches) * TESTING_COUNT(threads); i++) {
            score(&got, threads[i % 3], batches[i / 3], valid, 0, SEQUENCES);
            assert_int_equal(got.ordered, 1);
            for (size_t k = 0; k < SEQUENCES; k++) assert_int_equal(got.count[k], 1);
            testing_near("out", got.out[0][0], want.out[0][0], SEQUENCES * LAST * 2, TOLERANCE);
        }
    }
}

/* The same bits for any number of threads. */
static void test_threads(void **state) {
    (void)state;
    static seen one, more;
    score(&one, 1, 8, 1, 0, SEQUENCES);
    for (size_t threads = 2; threads < 7; threads++) {
        score(&more, threads, 8, 1, 0, SEQUENCES);
        assert_memory_equal(one.out, more.out, sizeof one.out);
    }
}

static void test_ranges(void **state) {
    (void)state;
    static seen all, got;
    score(&got, 2, 8, 1, 5, 0);
    for (size_t k = 0; k < SEQUENCES; k++) assert_int_equal(got.count[k], 0);
    score(&all, 2, 8, 1, 0, SEQUENCES);
    score(&got, 2, 8, 1, 11, 20);
    for (size_t k = 0; k < SEQUENCES; k++) assert_int_equal(got.count[k], k >= 11 && k < 31);
    testing_near("out", got.out[11][0], all.out[11][0], 20 * LAST * 2, TOLERANCE);
}

static int stop(void *arg) {
    int *left = arg;
    return --*left < 0;
}

static void test_interrupt(void **state) {
    (void)state;
    static seen got;
    rnn_context ctx = {0};
    rnn_scorer *scorer = NULL;
    int left = 3;
    memset(&got, 0, sizeof got);
    testing_ok(&ctx, rnn_scorer_create(&ctx, members, MEMBERS, NULL, &sampler, 4, 0, &scorer));
    ctx.check = stop;
    ctx.check_arg = &left;
    assert_int_equal(rnn_scorer_run(scorer, 1, NULL, 0, SEQUENCES, observe, &got), RNN_INTERRUPT);
    for (size_t k = 0; k < SEQUENCES; k++) assert_int_equal(got.count[k], k < 12);
    /* It may be run again. */
    ctx.check = NULL;
    memset(&got, 0, sizeof got);
    testing_ok(&ctx, rnn_scorer_run(scorer, 1, NULL, 0, SEQUENCES, observe, &got));
    rnn_scorer_free(scorer);
    rnn_scorer_free(NULL);
    testing_no_leak(&ctx);
}

static void test_no_memory(void **state) {
    (void)state;
    for (uint64_t limit = 1;; limit = limit * 3 / 2 + 1) {
        rnn_context ctx = {0};
        rnn_scorer *scorer = (rnn_scorer *)&ctx;
        ctx.memory_limit = limit;
        rnn_status status =
            rnn_scorer_create(&ctx, members, MEMBERS, NULL, &sampler, 4, 0, &scorer);
        if (status == RNN_OK) {
            rnn_scorer_free(scorer);
            testing_no_leak(&ctx);
            break;
        }
        assert_int_equal(status, RNN_LIMIT);
        assert_null(scorer);
        testing_no_leak(&ctx);
    }
}

static void test_sort(void **state) {
    (void)state;
    size_t item[SEQUENCES], length[SEQUENCES];
    for (size_t i = 0; i < SEQUENCES; i++) item[i] = i * 20 % SEQUENCES;
    rnn_sort_by_length(&sampler, 0, item, SEQUENCES, length);
    for (size_t i = 0; i < SEQUENCES; i++) {
        assert_int_equal(length[i], length_of(&sampler, 0, item[i]));
        if (i == 0) continue;
        assert_true(length[i] <= length[i - 1]);
        /* Ties in the order given: 20 x = number modulo 53, 8 being the inverse of 20. */
        if (length[i] == length[i - 1])
            assert_true(item[i - 1] * 8 % SEQUENCES < item[i] * 8 % SEQUENCES);
    }
    rnn_sort_by_length(&sampler, 0, item, 0, length);
}

/* ---- chunks, order ---- */

/* What a run gave by sequence and step, and the calls in the order in which they came. */
typedef struct parts {
    const rnn_batch *whole;
    real out[SEQUENCES][LAST][2];
    size_t count[SEQUENCES], calls, most_steps;
    uint64_t trace; /* a hash of all that was seen, in its order */
} parts;

static void observe_part(void *arg, const size_t *item, const rnn_batch *b, const real *out) {
    parts *p = arg;
    p->calls++;
    if (b->steps > p->most_steps) p->most_steps = b->steps;
    for (size_t o = 0; o < b->outputs; o++) {
        size_t row = b->out_row[o] - b->first_row, t = 0;
        while (b->offset[t + 1] <= row) t++;
        size_t i = item[row - b->offset[t]];
        memcpy(p->out[i][p->count[i]++], out + o * 2, 2 * sizeof(real));
        p->trace = p->trace * 31 + i * 7 + p->count[i];
    }
}

static void score_parts(parts *p, rnn_net_spec *s, size_t threads, size_t chunk,
                        const size_t *order, size_t first, size_t count) {
    rnn_context ctx = {0};
    rnn_pool *pool = NULL;
    rnn_scorer *scorer = NULL;
    rnn_net *net[MEMBERS];
    memset(p, 0, sizeof *p);
    testing_ok(&ctx, rnn_pool_create(&ctx, threads, &pool));
    for (size_t m = 0; m < MEMBERS; m++) net[m] = testing_net(&ctx, s, 0.6, m + 50);
    uint64_t before = ctx.memory_used;
    testing_ok(&ctx, rnn_scorer_create(&ctx, net, MEMBERS, pool, &sampler, 6, chunk, &scorer));
    uint64_t told = rnn_scorer_bytes(s, MEMBERS, rnn_pool_threads(pool), &sampler, 6, chunk);
    uint64_t used = ctx.memory_used - before;
    if (used > told + 8192 * (threads > 4 ? threads : 4) || told > 2 * used)
        fail_msg("%llu bytes, not %llu", (unsigned long long)used, (unsigned long long)told);
    testing_ok(&ctx, rnn_scorer_run(scorer, 1, order, first, count, observe_part, p));
    rnn_scorer_free(scorer);
    for (size_t m = 0; m < MEMBERS; m++) rnn_net_free(net[m]);
    rnn_pool_free(pool);
    testing_no_leak(&ctx);
}

/* In chunks of any length the outputs are those of the whole pass, and come in the same order on
** any number of threads. */
static void test_chunks(void **state) {
    (void)state;
    static parts whole, cut, again;
    for (int cell = RNN_CELL_LSTM; cell <= RNN_CELL_RNN; cell++) {
        rnn_net_spec s = spec;
        s.cell = (rnn_cell)cell;
        s.layers = 2;
        score_parts(&whole, &s, 2, 0, NULL, 0, SEQUENCES);
        assert_int_equal(whole.most_steps, STEPS);
        for (size_t chunk = 1; chunk <= STEPS; chunk += 2) {
            score_parts(&cut, &s, 1, chunk, NULL, 0, SEQUENCES);
            assert_int_equal(cut.most_steps, chunk);
            for (size_t i = 0; i < SEQUENCES; i++) assert_int_equal(cut.count[i], LAST);
            testing_near("chunked output", cut.out[0][0], whole.out[0][0], SEQUENCES * LAST * 2,
                         64 * TESTING_ROUNDOFF * (1 + testing_largest(whole.out[0][0], 8)));
            for (size_t threads = 2; threads <= 4; threads += 2) {
                score_parts(&again, &s, threads, chunk, NULL, 0, SEQUENCES);
                assert_memory_equal(&again, &cut, sizeof cut);
            }
        }
    }
}

/* What cannot be cut is scored whole. */
static void test_not_cut(void **state) {
    (void)state;
    static parts whole, cut;
    rnn_net_spec s = spec;
    s.bidirectional = 1;
    score_parts(&whole, &s, 2, 0, NULL, 0, SEQUENCES);
    score_parts(&cut, &s, 2, 4, NULL, 0, SEQUENCES);
    assert_memory_equal(&whole, &cut, sizeof cut);
    assert_int_equal(cut.most_steps, STEPS);
}

/* An order names the sequences of a range, whatever they are. */
static void test_order(void **state) {
    (void)state;
    static parts all, some;
    size_t order[SEQUENCES];
    for (size_t i = 0; i < SEQUENCES; i++) order[i] = (i * 20 + 3) % SEQUENCES;
    score_parts(&all, &spec, 2, 0, NULL, 0, SEQUENCES);
    score_parts(&some, &spec, 2, 0, order, 10, 25);
    for (size_t k = 0; k < SEQUENCES; k++) {
        size_t i = order[k];
        int wanted = k >= 10 && k < 35;
        assert_int_equal(some.count[i], wanted ? LAST : 0);
        if (wanted)
            testing_near("ordered output", some.out[i][0], all.out[i][0], LAST * 2,
                         64 * TESTING_ROUNDOFF * (1 + testing_largest(all.out[i][0], LAST * 2)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),    cmocka_unit_test(test_threads),
        cmocka_unit_test(test_ranges),    cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_sort),
        cmocka_unit_test(test_chunks),    cmocka_unit_test(test_not_cut),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
