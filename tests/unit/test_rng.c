/* test_rng.c - Philox against its published vectors; the distributions against their moments.
**
** Statistical bounds are five standard errors: all numbers are fixed by their keys, so that a test
** that passes once passes for ever.
*/
#include "testing.h"

#include "rng.h"

/* kat_vectors of the Random123 distribution (Salmon 2011), rows "philox4x32 10". */
static void known_answers(void **state) {
    (void)state;
    static const struct {
        uint64_t low, high, key;
        uint32_t want[4];
    } row[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x85a308d3243f6a88,
         0x0370734413198a2e,
         0x299f31d0a4093822,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        rnn_random_block b = rnn_philox(row[i].key, row[i].low, row[i].high);
        assert_memory_equal(b.word, row[i].want, sizeof b.word);
    }
}

/* First outputs of SplitMix64 from state 1234567, as its author's program prints them. */
static void split_mix(void **state) {
    (void)state;
    static const uint64_t want[] = {6457827717110365317u, 3203168211198807973u,
                                    9817491932198370423u, 4593380528125082431u,
                                    16408922859458223821u};
    for (size_t i = 0; i < COUNT(want); i++)
        assert_true(rnn_uniform_at(1234567, i) == (real)((double)(want[i] >> 40) / 16777216.0));
}

static void streams_differ(void **state) {
    (void)state;
    uint64_t key = rnn_stream(1, 2, 3);
    assert_true(key == rnn_stream(1, 2, 3));
    assert_true(key != rnn_stream(2, 2, 3));
    assert_true(key != rnn_stream(1, 3, 3));
    assert_true(key != rnn_stream(1, 2, 4));
    assert_true(key != rnn_stream(1, 3, 2));
    assert_true(rnn_uniform(key, 0) != rnn_uniform(key, 1));
}

typedef double (*draw_fn)(uint64_t key, uint64_t index);

static double draw_fast(uint64_t key, uint64_t index) { return (double)rnn_uniform_at(key, index); }

enum { DRAWS = 200000 };

/* Mean, variance, correlation of neighbours, and the shares below some points. */
static void check_moments(draw_fn draw, uint64_t key, double mean, double variance, double fourth) {
    double sum = 0, square = 0, neighbour = 0, before = 0, error = 1 / sqrt((double)DRAWS);
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = draw(key, i) - mean;
        sum += x;
        square += x * x;
        neighbour += i ? x * before : 0;
        before = x;
    }
    assert_true(fabs(sum / DRAWS) < 5 * error * sqrt(variance));
    assert_true(fabs(square / DRAWS - variance) < 5 * error * sqrt(fourth - variance * variance));
    assert_true(fabs(neighbour / DRAWS) < 5 * error * variance);
}

static void uniform_is_uniform(void **state) {
    (void)state;
    draw_fn draw[] = {rnn_uniform, draw_fast};
    for (size_t k = 0; k < COUNT(draw); k++) {
        size_t bin[64] = {0};
        check_moments(draw[k], rnn_stream(7, k, 0), 0.5, 1.0 / 12, 1.0 / 80);
        for (uint64_t i = 0; i < DRAWS; i++) {
            double u = draw[k](rnn_stream(8, k, 0), i);
            assert_true(u >= 0 && u < 1);
            bin[(size_t)(u * 64)]++;
        }
        double square = 0, expected = DRAWS / 64.0;
        for (size_t i = 0; i < 64; i++)
            square += ((double)bin[i] - expected) * ((double)bin[i] - expected) / expected;
        assert_true(square < 63 + 5 * sqrt(2.0 * 63)); /* chi-square, 63 degrees of freedom */
    }
}

static void normal_is_normal(void **state) {
    (void)state;
    uint64_t key = rnn_stream(9, 0, 0);
    check_moments(rnn_normal, key, 0, 1, 3);
    size_t below = 0;
    for (uint64_t i = 0; i < DRAWS; i++) below += rnn_normal(key, i) < -1.6448536269514722;
    assert_true(fabs((double)below / DRAWS - 0.05) < 5 * sqrt(0.05 * 0.95 / DRAWS));
}

static void below_stays_below(void **state) {
    (void)state;
    assert_true(rnn_below(1, 1, 0) == 0 && rnn_below(1, 1, 1) == 0);
    size_t count[3] = {0};
    for (uint64_t i = 0; i < 30000; i++) count[rnn_below(5, i, 3)]++;
    for (size_t k = 0; k < 3; k++)
        assert_true(fabs((double)count[k] - 10000) < 5 * sqrt(30000 * 2.0 / 9));
    /* the whole range: the product needs all 128 bits */
    uint64_t largest = 0, n = UINT64_C(0xfedcba9876543210);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t x = rnn_below(6, i, n);
        assert_true(x < n);
        largest = x > largest ? x : largest;
    }
    assert_true(largest > n / 100 * 98);
}

static void shuffle_is_fair(void **state) {
    (void)state;
    size_t seen[6] = {0};
    for (uint64_t key = 0; key < 6000; key++) {
        size_t item[3] = {0, 1, 2};
        rnn_shuffle(rnn_stream(key, 1, 0), item, 3);
        assert_true(item[0] + item[1] + item[2] == 3 && item[0] != item[1] && item[1] != item[2]);
        seen[item[0] * 2 + (item[1] > item[2])]++;
    }
    for (size_t k = 0; k < 6; k++)
        assert_true(fabs((double)seen[k] - 1000) < 5 * sqrt(6000 * 5.0 / 36));
    size_t one = 4;
    rnn_shuffle(1, &one, 1);
    rnn_shuffle(1, NULL, 0);
    assert_true(one == 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),    cmocka_unit_test(split_mix),
        cmocka_unit_test(streams_differ),   cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(normal_is_normal), cmocka_unit_test(below_stays_below),
        cmocka_unit_test(shuffle_is_fair),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
