/* checkpoint.h - backpropagation through a long sequence in little memory.
**
** Backpropagation keeps what the forward pass of T steps has computed: for an LSTM 6 H numbers for
** each step, layer and sequence. Here only one slice of s steps keeps them at a time; of the other
** slices the recurrent state before their first step is kept, 2 H numbers a slice:
**
**   forward    slices 1 ... n - 1; keep the state before each, and before the last
**   backward   slices n ... 1: forward again from the kept state, now with outputs and loss, then
**              backward. The gradient of the state before a slice is where the slice before it
**              begins its backward pass
**
**   Gruslys, Munos, Danihelka, Lanctot, Graves: Memory-efficient backpropagation through time.
**   NIPS 2016. Theirs also places the states where they save most; equal slices are the simple case,
**   of Chen, Xu, Zhang, Guestrin: Training deep nets with sublinear memory cost. arXiv 1604.06174.
**
** Every step but those of the last slice runs forward twice: less than 4/3 of the work, 7/6 with two
** slices. Memory is s steps of activations and T/s states, least near s = sqrt(T). The gradients are
** those of plain backpropagation, the same sums in another order: alike but for rounding. Dropout
** masks are functions of the pass's seed and the sequence, so that both forward passes have the same.
** Nothing is cut: this is not truncated backpropagation, of whose chunks each may be run in slices
** too.
**
** It works for what a step needs no later step for: networks of one direction without a decoder,
** with outputs at single steps or pooled from the last one.
*/
#ifndef RNN_CHECKPOINT_H
#define RNN_CHECKPOINT_H

#include "loss.h"
#include "net.h"

/* The states of up to n slices, with what a pass needs; one per thread. */
typedef struct rnn_checkpoint {
    size_t slice;            /* steps of a slice; the last one may be shorter */
    size_t stride;           /* numbers from one slice's states to the next's: B x state size */
    real *kept;              /* [n x B x state size] before each slice */
    real *d_state;           /* [B x state size] gradient of the state behind a slice */
    real *weight;            /* [B] with pooling: weights of the sequences that end in a slice */
    size_t *offset, *length; /* [slice + 1] [B] scratch of a slice of the batch */
} rnn_checkpoint;

/* What a pass works with, borrowed. The workspace is a training one for B sequences of `slice`
** steps; out and d_out [outputs of a slice x O], with pooling a slice has B outputs. */
typedef struct rnn_checkpoint_work {
    rnn_workspace *workspace;
    real *out, *d_out;
    const rnn_loss *loss;
    real share; /* what rnn_loss_evaluate multiplies the gradient by; 0: forward alone */
    rnn_gradient *gradient;
} rnn_checkpoint_work;

/* Can a network of this spec be trained in slices? */
int rnn_checkpoint_possible(const rnn_net_spec *spec);
/* Room for batches of at most `sequences` sequences of `steps` steps. On failure everything is
** freed. */
rnn_status rnn_checkpoint_init(rnn_context *ctx, rnn_checkpoint *c, const rnn_net_spec *spec,
                               size_t sequences, size_t steps, size_t slice);
/* A zeroed one is fine. */
void rnn_checkpoint_free(rnn_context *ctx, rnn_checkpoint *c);
/* Bytes that rnn_checkpoint_init allocates. */
uint64_t rnn_checkpoint_bytes(const rnn_net_spec *spec, size_t sequences, size_t steps,
                              size_t slice);

/* Forward, loss and backward of a batch: what rnn_net_forward, rnn_loss_evaluate and
** rnn_net_backward do to pass->state_out and work->gradient. Returns the loss; with share 0 no
** gradient is added and the loss is 0. Cannot fail; any thread. */
double rnn_checkpoint_train(rnn_checkpoint *c, const rnn_net *net, const rnn_batch *batch,
                            const rnn_pass *pass, const rnn_checkpoint_work *work);

#endif
