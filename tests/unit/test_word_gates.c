/* test_word_gates.c - scoring with rows looked up: the outputs of the plain pass, for every cell and
** direction, whatever the number of threads. */
#include "net_testing.h"

#include "word_gates.h"

/* Words beyond ROWS are unknown ones with parts of their own; not all ids come up. */
enum { MEMBERS = 2, ROWS = 300, WORDS = 700, USED = 601, PARTS = 11, SEQUENCES = 9, MOST = 12 };

static rnn_net_spec words_spec(rnn_cell cell, size_t hidden) {
    rnn_net_spec s = testing_spec();
    s.cell = cell;
    s.hidden = hidden;
    s.numbers = 0;
    s.categories = 1;
    s.vocabulary[0] = ROWS;
    s.embedding[0] = 5;
    s.subwords[0] = PARTS;
    s.bidirectional = 1;
    s.pooling = RNN_POOL_MAX;
    s.outputs = 3;
    return s;
}

/* Two parts a word, none for every seventh. */
static void make_bags(uint32_t *start, uint32_t *item, rnn_bags *bags) {
    uint32_t n = 0;
    for (uint32_t w = 0; w < WORDS; w++) {
        start[w] = n;
        for (uint32_t k = 0; w % 7 && k < 2; k++) item[n++] = (w * 3 + k * 5) % PARTS;
    }
    start[WORDS] = n;
    *bags = (rnn_bags){start, item, WORDS};
}

/* Outputs [MEMBERS x SEQUENCES x O] of the batch, with rows looked up where threads > 0. */
static void score(const rnn_net_spec *s, rnn_net **member, const rnn_batch *b, size_t threads,
                  real *out) {
    rnn_context ctx = {0};
    rnn_pass pass = {0, 0, 0, NULL, NULL};
    rnn_pool *pool = NULL;
    rnn_word_gates *gates = NULL;
    static uint32_t word[USED], place[WORDS];
    memset(place, 0xff, sizeof place);
    for (uint32_t i = 0; i < USED; i++) { /* in another order than the ids' */
        word[i] = (i * 10 + 3) % USED + WORDS - USED;
        place[word[i]] = i;
    }
    rnn_workspace *w = testing_workspace(&ctx, s, b, 0);
    if (threads) {
        testing_ok(&ctx, rnn_pool_create(&ctx, threads, &pool));
        testing_ok(&ctx, rnn_word_gates_create(&ctx, member, MEMBERS, pool, b->bags, word, USED,
                                               place, &gates));
    }
    for (size_t m = 0; m < MEMBERS; m++) {
        rnn_workspace_look_up(w, gates, m);
        rnn_net_forward(member[m], b, &pass, w, out + m * SEQUENCES * s->outputs);
    }
    rnn_word_gates_free(gates);
    rnn_pool_free(pool);
    rnn_workspace_free(w);
    testing_no_leak(&ctx);
}

static void check(const char *what, const rnn_net_spec *s) {
    static const size_t lengths[SEQUENCES] = {MOST, 11, 11, 9, 8, 5, 3, 2, 1};
    static uint32_t start[WORDS + 1], item[2 * WORDS];
    enum { N = MEMBERS * SEQUENCES * 3 };
    real plain[N], one[N], many[N];
    rnn_context ctx = {0};
    rnn_net *member[MEMBERS];
    rnn_bags bags;
    rnn_batch b;
    uint64_t state = 5;
    assert_true(rnn_word_gates_possible(s));
    for (size_t m = 0; m < MEMBERS; m++) member[m] = testing_net(&ctx, s, 0.5, m + 1);
    make_bags(start, item, &bags);
    testing_batch(&ctx, &b, s, lengths, SEQUENCES, 0, 3);
    for (size_t r = 0; r < b.rows; r++)
        b.ids[r] = (uint32_t)(WORDS - USED + testing_below(&state, USED));
    b.bags = &bags;
    b.outputs = SEQUENCES;
    score(s, member, &b, 0, plain);
    score(s, member, &b, 1, one);
    score(s, member, &b, 3, many);
    assert_memory_equal(one, many, sizeof one);
    testing_near(what, one, plain, N, 1e-5);
    rnn_batch_free(&ctx, &b);
    for (size_t m = 0; m < MEMBERS; m++) rnn_net_free(member[m]);
    testing_no_leak(&ctx);
}

static void test_cells(void **state) {
    (void)state;
    static const size_t hidden[] = {1, 7, 16, 37};
    for (size_t i = 0; i < TESTING_COUNT(hidden); i++) {
        rnn_net_spec s = words_spec(RNN_CELL_GRU, hidden[i]);
        check("gru, reset after", &s);
        s.reset = RNN_RESET_BEFORE;
        check("gru, reset before", &s);
        s = words_spec(RNN_CELL_LSTM, hidden[i]);
        check("lstm", &s);
        s = words_spec(RNN_CELL_RNN, hidden[i]);
        check("rnn", &s);
    }
}

static void test_layers(void **state) {
    (void)state;
    rnn_net_spec s = words_spec(RNN_CELL_GRU, 6);
    s.layers = 2;
    s.learned_initial = s.layer_norm = 1;
    check("two layers", &s);
    s.bidirectional = 0;
    s.pooling = RNN_POOL_MEAN;
    check("one direction", &s);
}

/* Steps that read more than a word, and a head that reads the word again. */
static void test_possible(void **state) {
    (void)state;
    rnn_net_spec s = words_spec(RNN_CELL_GRU, 6);
    s.numbers = 1;
    assert_false(rnn_word_gates_possible(&s));
    s.numbers = 0;
    s.categories = 2;
    assert_false(rnn_word_gates_possible(&s));
    s.categories = 0;
    assert_false(rnn_word_gates_possible(&s));
    s.categories = 1;
    s.skip = 1;
    assert_false(rnn_word_gates_possible(&s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
