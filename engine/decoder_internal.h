/* decoder_internal.h - the decoder of an encoder-decoder network (equations in net.h), as the
** network's own files see it: net.c places its tensors, workspace.c its activations, pass.c runs it
** where other networks have pooling and head. net_internal.h includes this file before it defines
** rnn_net and rnn_workspace.
**
** The decoder's recurrent layers are layers L ... 2L-1 of the network (L = spec.layers):
** net->layer, w->layer, w->mask, w->masked and w->out_mask have 2L layers where
** spec.target_vocabulary is not 0, and rnn_layer_forward takes their numbers. They have one
** direction, whatever the encoder has, and no learned initial state: theirs comes out of the
** bridge.
**
** Letters as in batch.h, with a dash for the target: B' sequences, T' steps of the longest, R'
** rows; U = spec.target_embedding, V = spec.target_vocabulary = O, D P = width of the encoder's
** outputs. S = L (P + H for LSTM) values are the decoder's state: [L][h, c].
*/
#ifndef RNN_DECODER_INTERNAL_H
#define RNN_DECODER_INTERNAL_H

#include "net.h"

/* net.c: a tensor behind the last one, or just counted; returns its offset. `format` takes a and b,
** as in "rnn.weight_ih_l%zu%s". */
typedef struct rnn_layout rnn_layout;
size_t rnn_layout_tensor(rnn_layout *l, size_t rows, size_t columns, int decay, const char *format,
                         size_t a, const char *b);
/* net.c: the tensors of one recurrent layer: weights, biases, projection, peepholes, layer norm,
** and learned initial states. `stack` "rnn" or "decoder" is what their names begin with, `number`
** the layer's number in its stack; a decoder's layer has one direction and no initial states. slots
** may be scratch. */
struct rnn_layer_slots;
void rnn_layout_layer(rnn_layout *l, const rnn_net_spec *s, const char *stack, size_t number,
                      size_t inputs, struct rnn_layer_slots *slots);
/* workspace.c: room for rows x width reals, 64-byte aligned; NULL while only counting. */
typedef struct rnn_cursor rnn_cursor;
real *rnn_cursor_take(rnn_cursor *c, uint64_t rows, uint64_t width);

/* Where the decoder's tensors begin in the parameter buffer: rnn_net.decoder. With spec.tied the
** head's weight is the embedding (net->head_weight = net->decoder.embedding; no "head.weight");
** else head.weight is [O x U]. head.bias [O] is there in both cases. All are dense. */
typedef struct rnn_decoder_slots {
    size_t embedding;                    /* F: decoder.embedding.weight [V x U] */
    size_t query;                        /* attention.query.weight [P x D P], or RNN_NO_SLOT */
    size_t combine_weight, combine_bias; /* [U x (D P + P)], without attention [U x P]; [U] */
    size_t bridge;                       /* first of the bridge's tensors, layer after layer: */
    /* bridge.weight_l# [P x D P], bridge.bias_l# [P], for LSTM bridge.cell_weight_l# [H x D P],
    ** bridge.cell_bias_l# [H] */
} rnn_decoder_slots;

/* Activations: rnn_workspace.decoder. Capacities: B' = w->sequences, R' = w->target_rows, T' =
** w->target_steps, T = w->steps. Those of backward are NULL unless w->training. */
typedef struct rnn_decoder_space {
    uint32_t *ids;    /* [R'] ids after embedding dropout */
    real *x;          /* [R' x U] embedded */
    real *last;       /* [B' x D P] final states of the encoder, in the decoder's order */
    real *initial;    /* [B' x S] states out of the bridge */
    real *bridge;     /* [B' x max(P, H)] one tensor of them */
    real *query;      /* [R' x D P] attention: W_query^T s_t; then the gradient of it */
    real *combine_in; /* [R' x (D P + P)] c_t, s_t; without attention only s_t */
    real *combined;   /* [R' x U] u_t */
    /* Attention of one sequence at a time: */
    real *source;  /* [T x D P] its source's states */
    real *target;  /* [T' x D P] its queries */
    real *context; /* [T' x D P] */
    real *share;   /* [T' x T] w_ti */

    real *d_combined;        /* [R' x U] */
    real *d_combine_in;      /* [R' x (D P + P)] */
    real *d_upper, *d_lower; /* [R' x max(P, U)] gradients between layers */
    real *d_last;            /* [B' x D P] */
    real *d_source;          /* [T x D P] */
    real *d_share;           /* [T' x T] */
} rnn_decoder_space;

/* Tensors of the decoder, in this order: embedding, layers, bridge, attention, combine; the head is
** the caller's. `layers` [L]: slots of the decoder's layers, or NULL while counting (`slots` may
** then be scratch). Called by net.c between the encoder's tensors and the head's. */
void rnn_decoder_place(rnn_layout *l, const rnn_net_spec *s, rnn_decoder_slots *slots,
                       struct rnn_layer_slots *layers);
/* The parts of `space`; sizes from w. The decoder's layers are workspace.c's own work: their
** buffers must not share memory with the encoder's last outputs, in scoring neither. */
void rnn_decoder_place_space(rnn_cursor *c, const rnn_net_spec *s, const rnn_workspace *w,
                             rnn_decoder_space *space);
/* Initial weights (init.c calls it; the decoder's layers are initialised by init.c as any layer):
** embedding as other embeddings (init.c), row 0 zero unless tied; bridge, query and combine
** Glorot, biases zero. `seed` is the network's. */
void rnn_decoder_initialise(rnn_net *net, uint64_t seed);

/* out [R' x O] raw outputs of all rows of batch->decoder; encoder_out [R x D P] are the outputs of
** the encoder's last layer. */
void rnn_decoder_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                         rnn_workspace *w, const real *encoder_out, real *out);
/* After a training forward: d_encoder [R x D P] is set; gradients of the decoder's and the head's
** tensors are added to. */
void rnn_decoder_backward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                          rnn_workspace *w, const real *encoder_out, const real *d_out,
                          real *d_encoder, rnn_gradient *gradient);

/* decoder.c, for stepper.c. S. */
size_t rnn_decoder_state_size(const rnn_net_spec *s);
/* state [B' x S] from last [B' x D P]. */
void rnn_decoder_bridge(const rnn_net *net, size_t sequences, rnn_workspace *w, const real *last,
                        real *state);
/* Final states of sequence b: last [D P] from encoder_out. The forward direction's are those of its
** last step, the reverse direction's of its first. Being the layer's outputs, they have been
** through layer norm and dropout. */
void rnn_decoder_last(const rnn_net *net, const rnn_batch *batch, size_t b, const real *encoder_out,
                      real *last);
/* One step of decoder->sequences hypotheses (decoder->steps = 1) on one source, whose states are
** source [steps x D P]; pass has their states. out [sequences x O]. w->target_steps and
** w->target_rows are at least the number of hypotheses. */
void rnn_decoder_step(const rnn_net *net, const rnn_batch *decoder, const rnn_pass *pass,
                      rnn_workspace *w, const real *source, size_t steps, real *out);

/* attention.c. Contexts c_t of all rows into w->decoder.combine_in, from the states s_t in it. */
void rnn_attention_forward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                           const real *encoder_out);
/* From the gradient of contexts in w->decoder.d_combine_in: adds to that of the states there, to
** d_encoder and to the query's gradient. */
void rnn_attention_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w,
                            const real *encoder_out, real *d_encoder, real *gradient);
/* Contexts of `rows` states, all of one source [steps x D P], in w->decoder.combine_in. */
void rnn_attention_step(const rnn_net *net, size_t rows, rnn_workspace *w, const real *source,
                        size_t steps);

#endif
