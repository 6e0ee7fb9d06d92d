/* stepper.h - an ensemble one step at a time: streaming, generation, beam search.
**
** Training and scoring see whole sequences; a stream sees one row, then the next. A stepper holds
** the workspaces for that, made once; the recurrent states of each lane live outside it, in the
** caller's memory, so that they can be copied (beam search), stored (rnn_advance) or dropped. A
** step allocates nothing and costs the same however many came before.
**
** A state [rnn_stepper_state_size] holds, member after member: the state of the recurrent layers
** (net.h) and, with pooling, what the pool needs of the past:
**
**   mean       sum of h, number of steps
**   max        maximum of h by unit
**   attention  the largest score so far m, sum of exp(score - m), sum of exp(score - m) h
**   last       nothing: the h of the step itself
**
** so that the output after a step is that of a whole pass over the steps so far. Bidirectional
** networks cannot stream: a stepper refuses them. Encoder-decoder networks step in their decoder:
** the state is made by rnn_stepper_encode from a source of any length, both directions allowed.
**
** With attention the source's states are needed at each step; they stay in the stepper, so all
** lanes of a step belong to the source encoded last.
*/
#ifndef RNN_STEPPER_H
#define RNN_STEPPER_H

#include "net.h"

typedef struct rnn_stepper rnn_stepper; /* stepper.c */

/* A stepper for up to `lanes` parallel sequences; with a decoder, for sources of up to
** `source_steps` steps. RNN_MISUSE for a bidirectional network without a decoder. Members are
** borrowed, with their array, and only read: several steppers, each used by one thread at a time,
** may share them. */
rnn_status rnn_stepper_create(rnn_context *ctx, rnn_net *const *member, size_t members,
                              size_t lanes, size_t source_steps, rnn_stepper **out);
void rnn_stepper_free(rnn_stepper *s);
/* Reals of one lane's state. */
size_t rnn_stepper_state_size(const rnn_stepper *s);
/* The state before the first step: zero or learned; of a max or attention pool partly -infinity,
** which the first step replaces. Not for encoder-decoder networks. */
void rnn_stepper_start(const rnn_stepper *s, real *state);
/* Encoder-decoder networks: read a source (a batch of one sequence of at most source_steps steps;
** its decoder is not looked at) and write the state that a lane starts from. */
void rnn_stepper_encode(rnn_stepper *s, const rnn_batch *source, real *state);
/* One step of `lanes` sequences. numbers [lanes x N] and ids [lanes x C] (decoder: ids [lanes], the
** token before) are this step's inputs, bags as in rnn_batch. state[lane] is read and overwritten. out [lanes x O]: mean of the members'
** raw outputs; with pooling, of the pool so far. */
void rnn_stepper_step(rnn_stepper *s, size_t lanes, const real *numbers, const uint32_t *ids,
                      const rnn_bags *bags, real *const *state, real *out);

#endif
