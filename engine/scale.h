/* scale.h - center and spread of targets, for the values of option `scale` that are figures of all
** training targets (not of a window):
**
**   standard  mean, standard deviation          minmax  smallest value, range
**   robust    median, quartiles' distance / 1.349 (that of a normal distribution; where the quartiles
**             meet, the standard deviation)     mean    0, |mean|
**   none      0, 1
*/
#ifndef RNN_SCALE_H
#define RNN_SCALE_H

#include "options.h"

/* Of ascending values y[0...n): *spread is finite and above 0, *center finite, also for none. */
void rnn_scale_measure(rnn_scale scale, const double *y, size_t n, double *center, double *spread);

#endif
