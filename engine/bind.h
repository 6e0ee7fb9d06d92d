/* bind.h - a model that is for any series (recipe.any_step: the pretrained forecaster), made one
** for the series at hand: their time step, season and sign are taken from the rows, as training
** takes them. Nothing is trained; it takes about as long as reading the rows.
*/
#ifndef RNN_BIND_H
#define RNN_BIND_H

#include "model.h"

/* Longest horizon that it forecasts at once; beyond, it continues from its own forecasts. */
enum { RNN_BOUND_HORIZON = 36 };

/* `horizon` 0: one season, 4 to 36 steps. *out borrows the networks of `base`, which must outlive
** it; rnn_unbind frees the rest. RNN_DATA: rows with inputs, which it does not take, and what
** rnn_series_learn refuses. */
rnn_status rnn_bind(rnn_context *ctx, const char *function, const rnn_model *base,
                    const rnn_table *rows, int64_t horizon, rnn_model **out);
void rnn_unbind(rnn_model *bound);

#endif
