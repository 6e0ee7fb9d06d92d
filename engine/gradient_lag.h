/* gradient_lag.h - the gradient of the loss by its distance in time: rnn_gradients.
**
** Backpropagation through time multiplies the gradient of a state by the same Jacobian at every
** step back, so that it shrinks or grows geometrically (Hochreiter 1991; Bengio, Simard & Frasconi
** 1994; Pascanu 2013). Here it is seen: for each sequence the loss of a single output is
** differentiated, with dropout off and no truncation, by the states h of every layer,
**
**   norm[layer][lag] = mean over the sequences of  || d loss / d h_{s - lag} ||_2,
**
** the whole gradient, along all paths; h is the cell's output before layer norm. The mean is over
** those sequences that are long enough to have the lag. Which loss, and the step s it belongs to:
**
**   output last       the sequence's loss; s is its last step. With pooling mean, max or attention
**                     the loss also reads the earlier states directly
**   output every      the loss of the last step with a known target alone; s is that step
**   generate          that of the end of the text; s is the step that reads the last token
**   forecast          that of the last step of the horizon; s is that step of the window
**   seq2seq           that of the first token written; s is the source's last step, and the states
**                     are the encoder's
**
** The lag is counted in the order in which the network reads: in the reverse direction of a
** bidirectional network the state at s + lag is `lag` steps away (where the loss belongs to the
** whole sequence, the one at step lag, as that direction ends at step 0). The norm is over both
** directions then. Weights of classes and of forecast steps are left out: the loss is that of one
** output, of weight 1. Numbers below 1e-38 are 0 (pool.h).
**
** Sequences are worked on one at a time; of an ensemble the first network.
*/
#ifndef RNN_GRADIENT_LAG_H
#define RNN_GRADIENT_LAG_H

#include "model.h"

typedef struct rnn_gradient_lags {
    size_t layers, lags; /* lags: those that at least one sequence has, from 0 */
    double *norm;        /* [layers x lags] */
} rnn_gradient_lags;

/* rnn_gradient_lags_free when done; on failure *out is empty. RNN_DATA: rows that do not fit the
** model, none with a known target. */
rnn_status rnn_gradient_lags_measure(rnn_context *ctx, const char *function, const rnn_model *model,
                                     const rnn_table *rows, rnn_gradient_lags *out);
void rnn_gradient_lags_free(rnn_context *ctx, rnn_gradient_lags *g);

#endif
