/* rng.c - Philox4x32-10 and the distributions over it: see rng.h. */
#include "rng.h"

#include <math.h>

/* The high half of the counter says what a block is used for, so that kinds never share a block. */
enum { USE_UNIFORM = 0, USE_NORMAL = 1, USE_BELOW = 2 };

/* Derived keys come from another key than numbers drawn with the seed itself as key: pi in
** hexadecimal, a number with nothing up its sleeve. */
#define STREAM_KEY UINT64_C(0x243f6a8885a308d3)

rnn_random_block rnn_philox(uint64_t key, uint64_t counter_low, uint64_t counter_high) {
    const uint64_t m0 = 0xd2511f53u, m1 = 0xcd9e8d57u;
    const uint32_t w0 = 0x9e3779b9u, w1 = 0xbb67ae85u; /* golden ratio, sqrt(3) - 1 */
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t x0 = (uint32_t)counter_low, x1 = (uint32_t)(counter_low >> 32);
    uint32_t x2 = (uint32_t)counter_high, x3 = (uint32_t)(counter_high >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = m0 * x0, p1 = m1 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p0;
        k0 += w0;
        k1 += w1;
    }
    return (rnn_random_block){{x0, x1, x2, x3}};
}

static uint64_t low_half(const rnn_random_block *b) {
    return (uint64_t)b->word[1] << 32 | b->word[0];
}

static uint64_t high_half(const rnn_random_block *b) {
    return (uint64_t)b->word[3] << 32 | b->word[2];
}

/* The top 53 bits as a number in [0, 1): every step exact in double. */
static double unit_interval(uint64_t bits) { return (double)(int64_t)(bits >> 11) * 0x1p-53; }

/* High 64 bits of the 128-bit product, in halves: C11 has no 128-bit integer. */
static uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t carry = a0 * b1 + (uint32_t)middle;
    return a1 * b1 + (middle >> 32) + (carry >> 32);
}

uint64_t rnn_stream(uint64_t seed, uint64_t stream, uint64_t step) {
    rnn_random_block b = rnn_philox(seed ^ STREAM_KEY, stream, step);
    return low_half(&b);
}

double rnn_uniform(uint64_t key, uint64_t index) {
    rnn_random_block b = rnn_philox(key, index, USE_UNIFORM);
    return unit_interval(low_half(&b));
}

double rnn_normal(uint64_t key, uint64_t index) {
    const double two_pi = 6.283185307179586476925287;
    rnn_random_block b = rnn_philox(key, index, USE_NORMAL);
    double u = 1.0 - unit_interval(low_half(&b)); /* (0, 1]: the logarithm is finite */
    return sqrt(-2.0 * log(u)) * cos(two_pi * unit_interval(high_half(&b)));
}

uint64_t rnn_below(uint64_t key, uint64_t index, uint64_t n) {
    /* n * (64 random bits) / 2^64 (Lemire 2019, without the rejection: a pure function draws once)
    ** */
    rnn_random_block b = rnn_philox(key, index, USE_BELOW);
    return multiply_high(low_half(&b), n);
}

void rnn_shuffle(uint64_t key, size_t *item, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rnn_below(key, i, i);
        size_t moved = item[i - 1];
        item[i - 1] = item[j];
        item[j] = moved;
    }
}
