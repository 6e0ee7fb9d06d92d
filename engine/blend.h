/* blend.h - one set of outputs from several models: networks and the linear models beside them.
**
**   z = w_0 (mean of the networks' outputs) + w_1 (one linear model) + w_2 (another)
**
** of logits of classes, or of a number. Which of them is right how often depends on the data, so the
** shares w are fitted on held-out sequences (stacking: Wolpert 1992): they minimise the cross-entropy
** plus `prior` times the squared distance from the shares in `center`, as if that many sequences
** spoke for those. Of numbers it is the squared error, in units of the one that `center` gives,
** halved. Newton's method on a convex function of three variables.
*/
#ifndef RNN_BLEND_H
#define RNN_BLEND_H

#include "status.h"

enum { RNN_BLEND_PARTS = 3 };

/* Held-out sequences: outputs of each part [count x classes], class of each. */
typedef struct rnn_blend_data {
    size_t count, classes; /* classes 1: numbers */
    const real *logits[RNN_BLEND_PARTS];
    const double *target, *weight; /* [count]; weight 0: left out */
} rnn_blend_data;

/* out [classes] = sum of share x logits of the parts. out may be one of them. */
void rnn_blend(const double share[RNN_BLEND_PARTS], const real *const logits[RNN_BLEND_PARTS],
               size_t classes, real *out);
/* Fit the shares, from those in `share`. Returns the mean cross-entropy, or squared error, with
** them. scratch [2 x classes]. */
double rnn_blend_fit(const rnn_blend_data *data, double prior, const double center[RNN_BLEND_PARTS],
                     double share[RNN_BLEND_PARTS], double *scratch);

#endif
