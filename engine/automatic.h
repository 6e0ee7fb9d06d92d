/* automatic.h - options that the user left open, chosen from the training data's size.
**
** Found by measurement on the validation parts of the data sets in docs/accuracy.md; see there for
** what each choice gave.
*/
#ifndef RNN_AUTOMATIC_H
#define RNN_AUTOMATIC_H

#include "model.h"

/* Sizes of the training part that the choices depend on. */
typedef struct rnn_data_size {
    size_t values; /* known targets */
    size_t series;
    size_t windows; /* training windows */
    int pretrained; /* 1: training starts from the pretrained network */
} rnn_data_size;

/* Fill hidden, ensemble, dropout, weight_decay, learning_rate, batch, epochs, patience, embedding,
** quantiles where they are open. Returns the number of training windows an epoch draws. */
size_t rnn_automatic_options(rnn_options *o, const rnn_data_size *size);

/* Options to continue training a model with: `resolved` (the model's own) takes from `given` what
** may change (groups regularisation, optimisation, stopping, running); RNN_OPTION for any other
** option given with a value that is not the model's. */
rnn_status rnn_options_continue(rnn_context *ctx, rnn_options *resolved, const rnn_options *given,
                                const char *function);

#endif
