/* net_internal.h - shared by the network's own files: net.c, init.c, workspace.c, pass.c, embed.c,
** layer.c, pooling.c, decoder.c, attention.c and stepper.c; nobody else includes it. */
#ifndef RNN_NET_INTERNAL_H
#define RNN_NET_INTERNAL_H

#include "cell.h"
#include "decoder_internal.h"
#include "net.h"
#include "packed.h"
#include "word_gates.h"

#define RNN_NO_SLOT SIZE_MAX

/* Rows that a pass goes over at a time, unless one step has more: enough for the products that are
** merged over time, few enough for their gates to stay in the second cache. */
enum { RNN_BLOCK_ROWS = 512 };

/* Packed matrices of a direction: rnn_net_packed. */
enum { RNN_PACKED_INPUT, RNN_PACKED_HIDDEN, RNN_PACKED_CANDIDATE, RNN_PACKED_PROJECT, RNN_PACKED };

/* A table of which a pass looks up rows: an embedding, or parts of words. */
typedef struct rnn_lookup {
    size_t offset;      /* of row 0 in the parameter buffer */
    size_t rows, width; /* rows 0: there is no such table */
    size_t first;       /* number of row 0 among the sparse rows; RNN_NO_SLOT: dense */
} rnn_lookup;

/* Where the tensors of one direction of one layer begin in the flat parameter (and gradient)
** buffer. */
typedef struct rnn_slots {
    size_t w_ih, w_hh, b_ih, b_hh; /* [G*H x In] [G*H x P] [G*H] [G*H] */
    size_t w_hr, peephole;         /* [P x H] [3 x H] or RNN_NO_SLOT */
    size_t h0, c0;                 /* [P] [H] or RNN_NO_SLOT */
} rnn_slots;

typedef struct rnn_layer_slots rnn_layer_slots;
struct rnn_layer_slots {
    size_t inputs; /* In: width of the layer's input */
    rnn_slots direction[2];
    size_t norm_weight, norm_bias; /* [D*P] or RNN_NO_SLOT */
};

struct rnn_net {
    rnn_context *ctx;
    rnn_net_spec spec;
    size_t gates, directions, inputs, state; /* G, D, I, P */
    size_t parameters, dense;                /* dense: those before the sparse tensors */
    real *parameter;                         /* [parameters] */
    rnn_packing *packing;                    /* of the layers' weights */
    size_t tensors, sparse_tensors;          /* the sparse ones are the last */
    size_t sparse_rows;
    rnn_tensor *tensor;     /* [tensors] */
    rnn_layer_slots *layer; /* [layers], with a decoder [2 layers] */
    rnn_lookup embedding[RNN_MAX_CATEGORIES], subword[RNN_MAX_CATEGORIES];
    /* [O x head width] and [O]; tied: the weight is that of embedding[0] (or the decoder's), behind
    ** project [E x head width] and project_bias [E] (or RNN_NO_SLOT) */
    size_t head_weight, head_bias, project, project_bias;
    rnn_decoder_slots decoder;                 /* with spec.target_vocabulary */
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
    size_t target_steps, target_rows;
    int training;
    rnn_layer_space *layer; /* [layers], with a decoder [2 layers], as the two below */
    real **mask;            /* [layers x 2] recurrent dropout, [B x P] each */
    real **out_mask;        /* [layers] output dropout, [B x DP] each */
    real *x;                /* [R x I] with embeddings; NULL without categories */
    uint32_t *ids;          /* [R x C] ids after embedding dropout (embed.c) */
    real *head_in;          /* [outputs x head width]; none with a decoder */
    real *d_head_in;        /* likewise */
    real *project;          /* [outputs x E] with tied: head_in projected */
    real *d_project;        /* likewise */
    real *bias;             /* [G*H] what the input product starts from */
    real *history;          /* [block x P] h_{t-1} of a block's rows */
    real *bias_sum;         /* [(G+1) H] gradient of the biases */
    uint32_t *pool_row;     /* [B x DP] max pooling: row of each maximum */
    real *pool_share;       /* [R] attention: a_t */
    /* [R x DP] attention: tanh(W h + b); after backward the gradient of its argument */
    real *pool_hidden;
    real *d_upper,
        *d_lower; /* [R x max(DP, I)] gradients between layers; d_lower if there are any */
    real *d_skip; /* [R x I] gradient of x through the head's skip path, with categories */
    rnn_decoder_space decoder;
    const rnn_word_gates *words; /* scoring with rows looked up, or NULL */
    size_t words_member;
};

/* Recurrent layers, those of the decoder among them: length of net->layer and w->layer. */
size_t rnn_spec_all_layers(const rnn_net_spec *s);
/* Packed matrix of that kind, k = 0 where there is none. */
const rnn_packed *rnn_net_packed(const rnn_net *net, size_t layer, size_t direction, int kind,
                                 int backward);
/* Rows of a block of a workspace for `rows` rows and `sequences` sequences. */
size_t rnn_block_rows(size_t sequences, size_t rows);
/* Width of the head's input. */
size_t rnn_head_width(const rnn_net *net);
/* Gradient of a table's row, to be added to. */
static inline real *rnn_lookup_gradient(const rnn_lookup *t, rnn_gradient *g, size_t row) {
    return t->first == RNN_NO_SLOT ? g->dense + t->offset + row * t->width
                                   : rnn_gradient_row(g, t->first + row, t->width);
}
/* Standard deviation of a word's initial embedding (init.c says which are small). */
double rnn_word_deviation(size_t width, int small);
/* w->x = [numbers, embeddings] of the batch's rows, and w->ids (embed.c). */
void rnn_embed_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                       rnn_workspace *w);
/* The same for words alone: x [n x I] of the ids, in networks without other inputs. */
void rnn_embed_words(const rnn_net *net, const rnn_bags *bags, const uint32_t *id, size_t n,
                     real *x);
/* word_gates.c, where w->words is set: w->ids, the rows of the batch's words; what the first
** layer's input product of the packed rows [row0, row1) would give, to [rows x G*H]. */
void rnn_word_gates_place(const rnn_workspace *w, const rnn_batch *batch);
void rnn_word_gates_look_up(const rnn_workspace *w, size_t direction, size_t row0, size_t row1,
                            real *to);
/* layer.c. What the input product of a direction starts from: to [G*H] = b_ih, and b_hh where the
** cell does not add it itself (GRU, reset after: that of n). */
void rnn_input_bias(const rnn_net *net, const rnn_slots *s, real *to);
/* Adds the gradients of the tables, given d_x [R x I]. */
void rnn_embed_backward(const rnn_net *net, const rnn_batch *batch, const rnn_workspace *w,
                        const real *d_x, rnn_gradient *gradient);
/* pass.c. out [n x columns] = in [n x width] W^T + b, W [columns x width] and b at these offsets of
** the parameters. */
void rnn_affine(const rnn_net *net, size_t weight, size_t bias, size_t n, size_t width,
                const real *in, size_t columns, real *out);
/* d_in [n x width] is set, or with `add` added to; the gradients of W and b are added to. */
void rnn_affine_backward(const rnn_net *net, size_t weight, size_t bias, size_t n, size_t width,
                         const real *in, size_t columns, const real *d_out, int add, real *d_in,
                         real *gradient);
/* pass.c, for stepper.c: embeddings and the encoder's (or only) layers; returns the last layer's
** outputs [R x D P], in w. */
const real *rnn_pass_layers(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                            rnn_workspace *w);
/* pass.c, for stepper.c: out [outputs x O] from w->head_in [outputs x head width], which the caller
** has filled: projection and head. Not with a decoder. */
void rnn_pass_head(const rnn_net *net, const rnn_batch *batch, rnn_workspace *w, real *out);
/* pooling.c, for stepper.c: scores q . tanh(W h + b) of the rows of h [rows x D P] into
** w->pool_share. */
void rnn_pool_scores(const rnn_net *net, size_t rows, rnn_workspace *w, const real *h);
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
/* d_out [R x DP] is overwritten; d_in [R x In] is set, or may be NULL; d_state as in
** rnn_net_backward; gradient is added to. */
void rnn_layer_backward(const rnn_net *net, size_t layer, const rnn_batch *batch,
                        const rnn_pass *pass, rnn_workspace *w, const real *in, real *d_out,
                        real *d_in, real *d_state, real *gradient);

#endif
