/* convolutions.h - features of a numeric series from many fixed random convolutions.
**
** On a few hundred series no network can be trained to see all that may tell them apart. Random
** convolutions need no training: thousands of them, of all dilations, are slid over a series, what
** each gives is summed up in a number or two, and a linear model on these numbers (ridge.h) finds
** those that matter. It stands beside the recurrent networks of a model, as the linear models of
** words do for texts. Two kinds of numbers, each for a linear model of its own:
**
**   shapes    the share of places where w * x exceeds a bias, where w are the 84 kernels of 9 taps
**             that have three weights 2 and six -1, and the biases are quantiles of w * x of training
**             series (Dempster, Schmidt, Webb 2021, "MiniRocket")
**   contests  kernels of 9 normal weights in groups of 8: where a kernel's value is the largest of
**             its group, the sum of these values; how often it is the smallest; square roots of
**             both, as of counts (Dempster, Schmidt, Webb 2023, "Hydra")
**
** Contests look at the series and at its differences from step to step, shapes at the series. Both
** do at dilations up to an eighth of the length that training series have on average. Where there are
** several channels, a block of kernels looks at the sum of some of them. Ends are padded with zeros,
** or left out by every other block of shapes. All sums are divided by the number of places, so that
** lengths may differ.
**
** Kernels, dilations and channels follow from the seed, the length and the number of channels; a
** model stores those and the biases. An instruction set gives the same bits always.
*/
#ifndef RNN_CONVOLUTIONS_H
#define RNN_CONVOLUTIONS_H

#include "bytes.h"
#include "kernels.h"
#include "pool.h"

typedef enum rnn_convolution_part { RNN_SHAPES, RNN_CONTESTS } rnn_convolution_part;
enum {
    RNN_CONVOLUTION_PARTS = 2,
    RNN_MOST_CHANNELS = 1 << 16, /* no fewer than numbers that a network reads (net.c) */
    RNN_MOST_BIASES = 256,       /* a kernel, over all dilations */
    RNN_MOST_GROUPS = 64,
    RNN_MOST_LENGTH = 1 << 20
};

/* What they follow from. */
typedef struct rnn_convolution_spec {
    uint64_t seed;
    size_t channels, length; /* of the series, at least 1; steps on average */
    size_t biases;           /* of each kernel of the shapes, over all dilations: about so many */
    size_t groups; /* of the contests, a multiple of RNN_CONVOLVE_LANES; for the series and
                             ** for its differences as many each */
} rnn_convolution_spec;

typedef struct rnn_convolutions rnn_convolutions; /* convolutions.c */

rnn_status rnn_convolutions_create(rnn_context *ctx, const rnn_convolution_spec *spec,
                                   rnn_convolutions **out);
void rnn_convolutions_free(rnn_convolutions *c);
const rnn_convolution_spec *rnn_convolutions_spec(const rnn_convolutions *c);
/* Features of a part. */
size_t rnn_convolutions_count(const rnn_convolutions *c, rnn_convolution_part part);

/* A series: channel k's values [steps] at value + k * steps, none missing. */
typedef struct rnn_channels {
    const real *value;
    size_t steps; /* at least 1 */
} rnn_channels;

/* Choose the biases of the shapes from `count` training series, on the pool. Until then they are 0.
** scratch as below, one a task: `scratch` + i * scratch size, for rnn_convolutions_tasks(). */
void rnn_convolutions_learn(rnn_convolutions *c, rnn_pool *pool, const rnn_channels *series,
                            size_t count, real *scratch, size_t scratch_size);
size_t rnn_convolutions_tasks(const rnn_convolutions *c);
/* Numbers of scratch that series of up to so many steps need. */
size_t rnn_convolutions_scratch(const rnn_convolutions *c, size_t steps);
/* out [count of the part] = the features of a series. Any thread. */
void rnn_convolutions_features(const rnn_convolutions *c, rnn_convolution_part part,
                               const rnn_channels *series, real *scratch, real *out);

/* docs/formats.md */
void rnn_convolutions_write(const rnn_convolutions *c, rnn_writer *w);
/* RNN_MODEL for bytes that are none; *out is NULL then. */
rnn_status rnn_convolutions_read(rnn_context *ctx, rnn_reader *r, rnn_convolutions **out);

#endif
