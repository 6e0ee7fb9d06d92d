/* net_internal.h - shared by net.c, init.c, layer.c, pooling.c, pass.c and workspace.c; nobody else
** includes it. */
#ifndef RNN_NET_INTERNAL_H
#define RNN_NET_INTERNAL_H

#include "cell.h"
#include "net.h"

#define RNN_NO_SLOT SIZE_MAX

/* Where the tensors of one direction of one layer begin in the flat parameter (and gradient)
** buffer. */
typedef struct rnn_slots {
    size_t w_ih, w_hh, b_ih, b_hh; /* [G*H x In] [G*H x P] [G*H] [G*H] */
    size_t w_hr, peephole;         /* [P x H] [3 x H] or RNN_NO_SLOT */
    size_t h0, c0;                 /* [P] [H] or RNN_NO_SLOT */
} rnn_slots;

typedef struct rnn_layer_slots {
    size_t inputs; /* In: width of the layer's input */
    rnn_slots direction[2];
    size_t norm_weight, norm_bias; /* [D*P] or RNN_NO_SLOT */
} rnn_layer_slots;

struct rnn_net {
    rnn_context *ctx;
    rnn_net_spec spec;
    size_t gates, directions, inputs, state; /* G, D, I, P */
    size_t parameters;
    real *parameter; /* [parameters] */
    size_t tensors;
    rnn_tensor *tensor;     /* [tensors] */
    rnn_layer_slots *layer; /* [layers] */
    size_t embedding[RNN_MAX_CATEGORIES];
    size_t head_weight, head_bias;
    size_t pool_weight, pool_bias, pool_query; /* attention: [DP x DP] [DP] [DP], or RNN_NO_SLOT */
};

/* Activations of one layer. */
typedef struct rnn_layer_space {
    real *h;      /* [R x DP] outputs of the cells */
    real *spare;  /* [R x DP] for outputs after norm and dropout; NULL where neither can happen */
    real *out;    /* [R x DP] what the next layer sees: h or spare, set by each forward pass */
    real *normed; /* [R x DP] (h - mean) / deviation, with layer_norm */
    real *scale;  /* [R] 1 / deviation */
    rnn_direction direction[2];
} rnn_layer_space;

struct rnn_workspace {
    rnn_context *ctx;
    real *memory;
    size_t sequences, steps, rows, outputs; /* capacities */
    int training;
    rnn_layer_space *layer; /* [layers] */
    real **mask;            /* [layers x 2] recurrent dropout, [B x P] each */
    real **masked;          /* [layers x 2] masked h_{t-1}, [R x P] each */
    real **out_mask;        /* [layers] output dropout, [B x DP] each */
    real *x;                /* [R x I] with embeddings; NULL without categories */
    uint32_t *ids;          /* [R x C] ids after embedding dropout */
    real *head_in;          /* [outputs x head width] */
    real *d_head_in;        /* likewise */
    real *bias;             /* [G*H] b_ih + b_hh */
    uint32_t *pool_row;     /* [B x DP] max pooling: row of each maximum */
    real *pool_share;       /* [R] attention: a_t */
    /* [R x DP] attention: tanh(W h + b); after backward the gradient of its argument */
    real *pool_hidden;
    real *d_upper, *d_lower; /* [R x max(DP, I)] gradients between layers */
    real *d_skip; /* [R x I] gradient of x through the head's skip path, with categories */
};

/* Width of the head's input. */
size_t rnn_head_width(const rnn_net *net);
/* pooled [B x DP] from h [R x DP] (pooling.c). */
void rnn_pool_forward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, const real *h,
                      real *pooled);
/* d_h [R x DP] = gradient of h, given d_pooled [B x DP]; gradients of the attention are added to.
*/
void rnn_pool_backward(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, const real *h,
                       const real *d_pooled, real *d_h, real *gradient);
/* One layer over a batch: `in` [R x In] -> space->out. */
void rnn_layer_forward(const rnn_net *net, size_t layer, const rnn_batch *batch,
                       const rnn_pass *pass, rnn_workspace *w, const real *in);
/* d_out [R x DP] is overwritten; d_in [R x In] is set, or may be NULL; gradient is added to. */
void rnn_layer_backward(const rnn_net *net, size_t layer, const rnn_batch *batch,
                        const rnn_pass *pass, rnn_workspace *w, const real *in, real *d_out,
                        real *d_in, real *gradient);

#endif
