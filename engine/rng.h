/* rng.h - random numbers that are functions, not streams: the same (key, index) gives the same
** number on every thread, in any order, on every machine.
**
** Weights, minibatch order, dropout masks and augmentation draw their numbers by name: a key says
** what they are for, an index says which one. Nothing is shared or advanced, so cutting the work
** into other shards or running it on other threads cannot change a result, and a checkpoint has no
** generator to store.
**
** The generator is Philox4x32-10: ten rounds of a keyed bijection on a 128-bit counter.
**   Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.
** It passes TestU01's BigCrush for every key and counter; tests/unit/test_rng.c holds its published
** known-answer vectors.
**
** A key is made by rnn_stream() from the model's seed, a stream (what the numbers are for: a
** tensor, a member, the shuffle) and a step. Keys are 64 bits: two of a billion streams meet with
** probability 0.03. The kinds of numbers below are independent of each other even with the same key
** and index.
*/
#ifndef RNN_RNG_H
#define RNN_RNG_H

#include "status.h"

/* Four random words: Philox4x32-10 of a 128-bit counter (words 0 and 1 are counter_low, 2 and 3
** counter_high, low halves first) under a 64-bit key (likewise). */
typedef struct rnn_random_block {
    uint32_t word[4];
} rnn_random_block;
rnn_random_block rnn_philox(uint64_t key, uint64_t counter_low, uint64_t counter_high);

/* The key of numbers for `stream` at `step` under `seed`. Feed the result back in as a seed for a
** further level of names: rnn_stream(rnn_stream(seed, member, 0), tensor, 0). */
uint64_t rnn_stream(uint64_t seed, uint64_t stream, uint64_t step);

/* Uniform in [0, 1), 53 random bits. */
double rnn_uniform(uint64_t key, uint64_t index);
/* Standard normal (Box and Muller 1958); always finite, |x| < 8.6. */
double rnn_normal(uint64_t key, uint64_t index);
/* Uniform integer in 0 ... n-1 (0 for n = 0). The bias is below n / 2^64: nothing that could be
** seen. */
uint64_t rnn_below(uint64_t key, uint64_t index, uint64_t n);
/* Put item[0 ... n-1] into a random order, each of the n! with the same probability (Fisher and
** Yates, Durstenfeld 1964). */
void rnn_shuffle(uint64_t key, size_t *item, size_t n);

/* Uniform in [0, 1), 24 random bits: for dropout masks, where one number an element has to cost
** next to nothing. Element `index` of the SplitMix64 sequence that starts at `key` (Steele, Lea,
** Flood: Fast splittable pseudorandom number generators. OOPSLA 2014). The same value in float and
** double builds. */
static inline real rnn_uniform_at(uint64_t key, uint64_t index) {
    uint64_t z = key + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (real)(int32_t)(z >> 40) * (real)(1.0 / 16777216.0);
}

#endif
