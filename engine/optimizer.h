/* optimizer.h - update rules over one flat parameter buffer, and gradient clipping.
**
** All parameters of a network lie in one array of n reals, their gradient in another, the
** optimiser's state in a third: an update is a loop over arrays, whatever the network looks like.
** With p the parameters, g the gradient (times the clipping scale), r the learning rate, w the
** weight decay, t the step from 1:
**
**   sgd       g += w p;  p -= r g                                        Robbins & Monro 1951
**   momentum  g += w p;  b = 0.9 b + g;  p -= r b                        Polyak 1964
**   rmsprop   g += w p;  v = 0.99 v + 0.01 g^2
**             p -= r g / (sqrt v + 1e-8)                                 Tieleman & Hinton 2012
**   adagrad   g += w p;  v += g^2;  p -= r g / (sqrt v + 1e-10)          Duchi 2011
**   adam      g += w p;  m = 0.9 m + 0.1 g;  v = 0.999 v + 0.001 g^2
**             p -= r (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)
**                                                                        Kingma & Ba 2015
**   adamw     p -= r w p;  then adam without w                           Loshchilov & Hutter 2019
**
** Constants and results are those of PyTorch's torch.optim; tests/unit/test_optimizer.c holds its
** figures.
**
** Weight decay differs by element (matrices shrink, biases do not), so it is given as ranges;
** between them it is zero. Clipping by norm does not touch the gradient: it is a factor that the
** update multiplies by, which saves a pass over memory.
**
** A step:  norm  = rnn_gradient_norm(n, g);                          figure to report
**          if (limit > 0) { rnn_clip_value(n, g, limit); norm = rnn_gradient_norm(n, g); }
**          scale = rnn_clip_norm(norm, clip_norm);
**          rnn_optimizer_step(&o, rate, scale, g, p);
*/
#ifndef RNN_OPTIMIZER_H
#define RNN_OPTIMIZER_H

#include "options.h"

/* Weight decay of elements [offset, offset + count). */
typedef struct rnn_decay_range {
    size_t offset, count;
    double decay;
} rnn_decay_range;

/* Fields are set by the functions below; a copy of a value shares its arrays. */
typedef struct rnn_optimizer {
    rnn_optimizer_kind kind;
    size_t parameters;            /* n */
    real *state;                  /* borrowed [n x rnn_optimizer_state], first moments first */
    const rnn_decay_range *range; /* borrowed */
    size_t ranges;
    uint64_t steps;                     /* taken so far */
    double rate, scale;                 /* of the step begun last */
    double first_moment, second_moment; /* adam, adamw: 1 - 0.9^t, 1 - 0.999^t */
} rnn_optimizer;

/* Reals of state that each parameter needs: 0 (sgd), 1 or 2 (adam, adamw). */
size_t rnn_optimizer_state(rnn_optimizer_kind kind);

/* Start at step 0. `state` has rnn_optimizer_state(kind) * parameters reals and is zeroed here (may
** be NULL where that is 0). Ranges ascend, do not overlap and end at or before `parameters`. The
** optimiser owns nothing: there is nothing to free. */
void rnn_optimizer_init(rnn_optimizer *o, rnn_optimizer_kind kind, size_t parameters, real *state,
                        const rnn_decay_range *range, size_t ranges);

/* One update of all parameters. `scale` multiplies the gradient (rnn_clip_norm; 1 for none), which
** is only read. Non-finite gradients make non-finite parameters: check the norm first. */
void rnn_optimizer_step(rnn_optimizer *o, double rate, double scale, const real *gradient,
                        real *parameter);

/* The same step in pieces: begin once, then apply to ranges that cover [0, n) once, in any order
** and on any threads. gradient and parameter point at element 0 of the whole buffers. */
void rnn_optimizer_begin(rnn_optimizer *o, double rate, double scale);
void rnn_optimizer_apply(const rnn_optimizer *o, size_t first, size_t count, const real *gradient,
                         real *parameter);

/* The same for elements [first, first + count), which share one decay and whose gradient is at
** gradient[0 ... count): a row of a sparse tensor. Elements that no call of a step covers keep their
** value and their moments: their decay, too, waits until they are touched. */
void rnn_optimizer_apply_row(const rnn_optimizer *o, size_t first, size_t count, double decay,
                             const real *gradient, real *parameter);

/* Cut every element to [-limit, limit]; limit <= 0: no limit. NaN stays NaN. */
void rnn_clip_value(size_t n, real *gradient, double limit);
/* Euclidean norm, summed in double in an order that depends on n alone. Infinite or NaN exactly
** where the gradient holds such a value. */
double rnn_gradient_norm(size_t n, const real *gradient);
/* Its square: what is added up where a gradient is looked at in parts. */
double rnn_gradient_squares(size_t n, const real *gradient);
/* Factor that brings a gradient of norm `norm` to at most `limit` (Pascanu 2013): limit / (norm +
** 1e-6), at most 1; limit <= 0: 1. A norm that is not finite gives 0: take no step. */
double rnn_clip_norm(double norm, double limit);

#endif
