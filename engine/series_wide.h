/* series_wide.h - the linear models of a model of numeric series: what they are given and give.
**
** Two ridge models (ridge.h), one for each kind of features of convolutions (convolutions.h), beside
** the recurrent networks; blend.h mixes what all three say. A series comes to them as each channel,
** a number of an input column, with own_scale standardised by itself; missing values lie on a line between their
** neighbours. Where the series' means and deviations were, two further features a channel, counts
** too: together they weigh as much as a fiftieth of the others.
*/
#ifndef RNN_SERIES_WIDE_H
#define RNN_SERIES_WIDE_H

#include "model.h"

/* Features of a part, those of level and size among them. */
size_t rnn_series_wide_count(const rnn_model *model, rnn_convolution_part part);
/* Factors on each feature's penalty: [count]. */
void rnn_series_wide_penalty(const rnn_model *model, rnn_convolution_part part, double *penalty);
/* Numbers of scratch for series of up to so many steps. */
size_t rnn_series_wide_scratch(const rnn_model *model, size_t steps);
/* channel [values x steps] = the channels of a series, numbers [steps x rnn_model_numbers] of which
** are `stride` apart. */
void rnn_series_wide_channels(const rnn_model *model, const real *numbers, size_t stride,
                              size_t steps, real *channel);
/* out [count] = the features of a series. Any thread. */
void rnn_series_wide_features(const rnn_model *model, rnn_convolution_part part,
                              const real *numbers, size_t stride, size_t steps, real *scratch,
                              real *out);
/* out [outputs] = what the part's model says of a series: logits of the classes, or the scaled
** number; 0 where there is none. feature [count] is scratch. Any thread. */
void rnn_series_wide_predict(const rnn_model *model, rnn_convolution_part part, const real *numbers,
                             size_t stride, size_t steps, real *scratch, real *feature, real *out);

#endif
