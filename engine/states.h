/* states.h - the hidden state over time, step by step and unit by unit: rnn_states.
**
** A trained network is run over each sequence of the rows as in training, with dropout off, and
** what its cells keep is given back as rows, one for each (sequence, step, layer, direction, unit),
** in that order: h, c and the activated gates. h is the cell's output before layer norm. With a
** projection h has `projection` units and c and the gates have `hidden`; a unit has what there is.
** The cell's gates:
**
**   LSTM  input i, forget f, output o, candidate g     c' = f c + i g,  h' = o tanh(c')
**   GRU   reset r, update z, candidate n               h' = (1 - z) n + z h: z near 1 keeps the old
**                                                      state (texts where z updates have 1 - z)
**   RNN   none
**
** A step is the network's: a row, a token, an element, or for forecasts a step of the window that
** ends with the last known target, and the steps of the horizon after it. Task generate reads
** "<begin>" in front of each text. Of seq2seq models both halves are given: first the encoder's rows
** of a sequence, then the decoder's, with steps of their own from 1; the decoder reads "<begin>" and
** then the text that the model writes for the source (beam search, all networks).
**
** An ensemble has several networks: these are the states of the first, the one whose weights
** rnn_tensors gives plain names. Linear models beside a text classifier have no states.
**
** Sequences are worked on one at a time, those of networks that only read forwards in parts of
** PART steps with the state carried over, so that memory does not grow with the rows and a caller
** who stops early has paid for what he saw.
*/
#ifndef RNN_STATES_H
#define RNN_STATES_H

#include "model.h"

typedef enum rnn_state_direction {
    RNN_STATE_FORWARD,
    RNN_STATE_BACKWARD,
    RNN_STATE_DECODER
} rnn_state_direction;

typedef struct rnn_state_row {
    rnn_value key, series, time; /* RNN_NULL where the rows have none; borrowed */
    rnn_value token;             /* what the step reads (probe.h); RNN_NULL for numbers */
    size_t step, layer, unit;    /* from 1 */
    rnn_state_direction direction;
    double h, c; /* NaN where there is none, as below */
    double input_gate, forget_gate, output_gate, candidate, update_gate, reset_gate;
} rnn_state_row;

typedef struct rnn_states rnn_states; /* states.c */

/* `function`, `model` and `rows` are borrowed until the end. RNN_DATA: rows that do not fit. */
rnn_status rnn_states_create(rnn_context *ctx, const char *function, const rnn_model *model,
                             const rnn_table *rows, rnn_states **out);
void rnn_states_free(rnn_states *s);
/* The next row; RNN_DONE at the end. Values live until the next call. */
rnn_status rnn_states_next(rnn_states *s, rnn_state_row *row);

#endif
