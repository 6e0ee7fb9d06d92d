/* blend.h - one set of logits from several models: networks and linear models of a classifier.
**
**   z = w_0 (mean of the networks' logits) + w_1 (words and pairs) + w_2 (parts of words)
**
** Which of them is right how often depends on the data, so the shares w are fitted on held-out texts
** (stacking: Wolpert 1992): they minimise the cross-entropy plus `prior` times the squared distance
** from the shares to start from, as if that many texts spoke for those. Newton's method on a convex
** function of three variables.
*/
#ifndef RNN_BLEND_H
#define RNN_BLEND_H

#include "status.h"

enum { RNN_BLEND_PARTS = 3 };

/* Held-out texts: logits of each part [count x classes], class of each. */
typedef struct rnn_blend_data {
    size_t count, classes;
    const real *logits[RNN_BLEND_PARTS];
    const double *target, *weight; /* [count]; weight 0: left out */
} rnn_blend_data;

/* out [classes] = sum of share x logits of the parts. out may be one of them. */
void rnn_blend(const double share[RNN_BLEND_PARTS], const real *const logits[RNN_BLEND_PARTS],
               size_t classes, real *out);
/* Fit the shares, from those in `share`. Returns the mean cross-entropy with them. scratch
** [2 x classes]. */
double rnn_blend_fit(const rnn_blend_data *data, double prior, double share[RNN_BLEND_PARTS],
                     double *scratch);

#endif
