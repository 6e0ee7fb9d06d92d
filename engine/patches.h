/* patches.h - a numeric series as patches: what a network reads that has the whole series.
**
** A few hundred steps one by one are too long a way for a gradient, and say little each. So a step
** of the network is a patch of `width` steps of the series, and the next one begins `stride` steps
** later (Nie et al. 2023 cut series for a transformer so). Patch p of a series of n steps covers
**
**   from(p) = p * stride - (width - stride) / 2   ...   from(p) + width - 1,   p < ceil(n / stride)
**
** so that every step is in the middle of some patch; beyond the ends the first and the last step
** are repeated. With own_scale a value is read as (x - mean) / deviation of its own series, which
** tells shapes apart that come at any level and size; without, as the training rows standardise it,
** which is better where level and size tell more. Two numbers in every patch say where they were:
**
**   of each input column: width values for each of its numbers, one by one in order of the steps,
**                         then the share of the patch's steps where it is missing
**   of each number:       its series' mean and the logarithm of its deviation, as the training rows
**                         measure them (standardised)
**
** In training the values can be disturbed: see rnn_patch_noise.
*/
#ifndef RNN_PATCHES_H
#define RNN_PATCHES_H

#include "batch.h"
#include "model.h"

enum { RNN_MOST_PATCH = 4096 };

/* Steps of the network for so many of a series: 1 for 1. Steps themselves without patches. */
size_t rnn_patch_steps(const rnn_model *model, size_t steps);
/* The step of a series of n steps in the middle of patch p; p itself without patches. */
size_t rnn_patch_place(const rnn_model *model, size_t patch, size_t steps);
/* Numbers a step of the network. */
size_t rnn_patch_numbers(const rnn_model *model);
/* Values a step: numbers of the inputs without their masks. */
size_t rnn_value_count(const rnn_model *model);

/* Noise on a series, a function of its key: each value gets deviation[v] times a normal number, the
** same in all patches that have it, and the whole of it a factor of 1 + `factor` times one. */
typedef struct rnn_patch_noise {
    uint64_t key;
    const double *deviation; /* [values] in units of what is read */
    double factor;
} rnn_patch_noise;

/* Writes the patches of a series, numbers [steps x rnn_model_numbers], as sequence `sequence` of a
** batch that is laid out for them. noise may be NULL. */
void rnn_patch_fill(const rnn_model *model, const real *numbers, size_t steps,
                    const rnn_patch_noise *noise, size_t sequence, rnn_batch *batch);
/* The mean of value `at` of the steps where it is known (mask `mask`), and its deviation, 1 of a
** constant; numbers of a step are `stride` apart. */
void rnn_patch_scale(const real *numbers, size_t stride, size_t steps, size_t at, size_t mask,
                     double *mean, double *deviation);

#endif
