/* cells.h - the inputs of one row, given as values, in the layout of series.h: for streams, which
** get rows one by one and have no table of them (columns.h reads those).
*/
#ifndef RNN_CELLS_H
#define RNN_CELLS_H

#include "model.h"

/* Values the widest input column of the model has: the scratch that rnn_cells_read needs. */
size_t rnn_cells_widest(const rnn_model *model);
/* Write the model's inputs cell[0...model->inputs) as numbers (values and masks) and ids. scratch
** [rnn_cells_widest]. RNN_DATA, naming the input, its value and what is allowed. Allocates
** nothing. */
rnn_status rnn_cells_read(rnn_context *ctx, const char *function, const rnn_model *model,
                          const rnn_value *cell, double *scratch, real *numbers, uint32_t *ids);
/* A target cell of a forecast: NaN for NULL; RNN_DATA for what is no finite number. */
rnn_status rnn_cells_target(rnn_context *ctx, const char *function, const rnn_value *cell,
                            double *target);

#endif
