/* decode.h - choosing tokens one by one: sampling, greedy, beam search.
**
** Works on any stepper whose outputs are logits of the next token: language models and decoders.
** Probabilities come from softmax(logits / temperature), cut to the top_k likeliest and then to the
** smallest set that holds top_p of what is left (Holtzman 2020), and divided by their sum; of equal
** ones the lower id counts as likelier. A sample is a function of (seed, position): the same call
** gives the same text. temperature 0 is greedy; the distribution is then that of temperature 1, so
** that a probability can be told. Tokens that may not be produced (unknown, padding, begin) are
** never chosen. Logits of a forged model (NaN, infinite) give some distribution, never a crash.
**
** Beam search keeps the `beam` likeliest hypotheses. One that takes the end token is finished and
** keeps its place in the beam, so that the search grows narrower and ends when all are. It returns
** the finished one of the highest log-probability divided by its length, the end token counted (Wu
** 2016 with alpha 1); where none has finished within `most` tokens, the likeliest. Ties go to the
** earlier one: first in the beam, then lower id. A beam of 1 is greedy.
*/
#ifndef RNN_DECODE_H
#define RNN_DECODE_H

#include "stepper.h"

typedef struct rnn_sampling {
    double temperature; /* 0: the likeliest */
    size_t top_k;       /* 0: all */
    double top_p;       /* 1: all */
    uint64_t seed;
} rnn_sampling;

/* Probabilities of the next token from logits [O]: p [O] (double), `banned` [O] bytes or NULL: 1
** for tokens never chosen. Applies temperature, top_k, top_p; scratch [O] uint32_t. Where all are
** banned p is 0. */
void rnn_sampling_distribution(const rnn_sampling *s, const real *logits, const uint8_t *banned,
                               size_t outputs, double *p, uint32_t *scratch);
/* The token that the position-th draw takes from p; greedy where temperature is 0. */
uint32_t rnn_sampling_choose(const rnn_sampling *s, const double *p, size_t outputs,
                             uint64_t position);
/* The k likeliest tokens of p, best first, ties by id; returns how many (p > 0). */
size_t rnn_sampling_top(const double *p, size_t outputs, size_t k, uint32_t *token);

/* Beam search, made once for texts of up to `most` tokens. Borrows the stepper, whose lanes must be
** at least `beam` (>= 1) and whose outputs are `outputs`. */
typedef struct rnn_beam rnn_beam; /* decode.c; the hypotheses' states and scores */
rnn_status rnn_beam_create(rnn_context *ctx, rnn_stepper *stepper, size_t outputs, size_t beam,
                           size_t most, rnn_beam **out);
void rnn_beam_free(rnn_beam *b);
/* Search from `state` (the state of one lane, only read); `first` is the last token before the text
** (begin, or the prompt's last), not yet taken in by the state. Writes up to `most` tokens, their
** number and the log-probability of the text (its end included, banned tokens left out of the
** distributions); the end token itself is not written. `end` outside the outputs: texts do not end
** before `most`. RNN_INTERRUPT, with nothing found, when the check says so between steps; no other
** failure. */
rnn_status rnn_beam_run(rnn_beam *b, const real *state, uint32_t first, uint32_t end,
                        const uint8_t *banned, size_t most, uint32_t *token, size_t *count,
                        double *log_probability);
/* check 0: the context is not touched and rnn_beam_run cannot fail, for worker threads. 1 at first.
*/
void rnn_beam_set_check(rnn_beam *b, int check);

#endif
