/* net.h - the network: embeddings, stacked recurrent layers, a linear head.
**
**   e_ct = E_c[id_ct] + mean of S_c[g] over the bag of the word      embed.c; S: parts of words
**        (hashed character n-grams), with spec.subwords (Bojanowski 2017)
**   x_t  = [numbers_t, e_1t, e_2t ...]                               I inputs
**   h_t  = layer_L( ... layer_1(x) )_t                               each: lstm.c, gru.c or
**        vanilla.c, one or two directions
**   o_t  = W_head [h_t, x_t if skip] + b_head                        O outputs, at the rows in
**        batch.out_row,
**          or one of each sequence from a pooled h (rnn_pooling)
**   tied:  o_t = E_1 (W_project h_t + b_project) + b_head            Press & Wolf 2017
**
** With a decoder (spec.target_vocabulary) this is an encoder-decoder network, decoder.c: the layers
** above read the source, a second stack of spec.layers layers reads the target's tokens so far and
** starts from the encoder's final state; outputs are the target's next tokens:
**
**   a    = the last layer's final states, both directions            [D P]
**   s_0l = tanh(W_bridge_l a + b_bridge_l)                           [P], LSTM: and [H] for c
**   s_t  = decoder layers (F[y_{t-1}])                               y_{-1}: begin
**   attention, "general" (Luong 2015), with spec.attention:
**        w_ti = softmax_i(s_t . W_query h_i),   c_t = sum_i w_ti h_i
**        u_t  = tanh(W_combine [c_t, s_t] + b_combine)               [U], U = target_embedding
**   without: u_t = tanh(W_combine s_t + b_combine)
**   o_t  = W_head u_t + b_head;   tied: W_head = F
**
** The attention feeds nothing back into the recurrence, so that a whole batch of targets, known in
** training, is one packed pass like any other.
**
** Parameters live in one flat buffer, gradients in another of the same layout, so that clipping,
** the optimiser, averaging and storage are loops over one array. The tensors in it have PyTorch's
** names, shapes and gate orders.
*/
#ifndef RNN_NET_H
#define RNN_NET_H

#include "batch.h"
#include "gradient.h"
#include "options.h"

enum { RNN_MAX_CATEGORIES = 126 };

/* What the head sees of a sequence. With NONE it sees single steps, those in batch.out_row; with
** the others one vector a sequence, and output o belongs to sequence o of the batch (batch.outputs
** = batch.sequences, out_row is not looked at).
**   LAST       the state after the last step; of the reverse direction, after the first
**   MEAN, MAX  over the sequence's own steps, unit by unit
**   ATTENTION  sum_t a_t h_t, a = softmax_t(q . tanh(W h_t + b))                       Yang 2016
**   MIXED      every other unit by its MAX, those between by their MEAN: whether something occurs,
**              and how much of it */
typedef enum rnn_pooling {
    RNN_POOL_NONE,
    RNN_POOL_LAST,
    RNN_POOL_MEAN,
    RNN_POOL_MAX,
    RNN_POOL_ATTENTION,
    RNN_POOL_MIXED
} rnn_pooling;

typedef struct rnn_net_spec {
    rnn_cell cell;
    rnn_activation activation; /* RNN_CELL_RNN */
    rnn_reset reset;           /* RNN_CELL_GRU */
    int bidirectional, peephole, layer_norm, learned_initial;
    size_t layers, hidden, projection; /* projection 0: none */
    size_t numbers;                    /* N: real inputs a step */
    size_t categories;                 /* C */
    size_t vocabulary[RNN_MAX_CATEGORIES], embedding[RNN_MAX_CATEGORIES];
    size_t subwords[RNN_MAX_CATEGORIES]; /* rows of S_c; 0: none */
    rnn_pooling pooling;
    int skip; /* head sees the step's inputs too; only without pooling */
    /* Words enter as unit vectors: their tables are the identity and are not trained. */
    int one_hot;
    int tied;       /* head weights are the (target) embedding; then outputs is its vocabulary */
    size_t outputs; /* O; with a decoder target_vocabulary */
    size_t target_vocabulary, target_embedding; /* decoder: rows and width of F; 0: no decoder */
    int attention;
    rnn_init init;
    double forget_bias;
    double dropout, recurrent_dropout, embedding_dropout;
    int average_gradient;
} rnn_net_spec;

/* A named tensor inside the parameter buffer. */
typedef struct rnn_tensor {
    /* "rnn.weight_ih_l0", "rnn.bias_hh_l1_reverse", "embedding.0.weight", "head.bias" ... */
    char name[64];
    size_t offset;        /* first element in the flat buffer */
    size_t rows, columns; /* columns 0: a vector of `rows` elements */
    int decay; /* 1: weight decay applies (matrices, not embeddings, biases, norms or initial states) */
    /* 1: a pass touches few of its rows, whose gradient is kept by row (gradient.h). Large
    ** embeddings and tables of parts of words; they lie behind all others. */
    int sparse;
} rnn_tensor;

typedef struct rnn_net rnn_net; /* net.c */

/* Derived sizes. */
size_t rnn_spec_gates(const rnn_net_spec *s);      /* G */
size_t rnn_spec_directions(const rnn_net_spec *s); /* D */
size_t rnn_spec_inputs(const rnn_net_spec *s);     /* I = numbers + embeddings */
size_t rnn_spec_state(const rnn_net_spec *s); /* size of h of one direction: projection or hidden */
/* Number of parameters, 0 on overflow or a spec out of range (every reader of a spec calls this
** before using it). */
uint64_t rnn_spec_parameters(const rnn_net_spec *s);

/* A network with zero weights. */
rnn_status rnn_net_create(rnn_context *ctx, const rnn_net_spec *spec, rnn_net **out);
void rnn_net_free(rnn_net *net);
/* Initialise the weights; random numbers are a function of (seed, tensor, element). */
void rnn_net_initialise(rnn_net *net, uint64_t seed);
const rnn_net_spec *rnn_net_get_spec(const rnn_net *net);
size_t rnn_net_parameter_count(const rnn_net *net);
/* Flat buffer, owned by net. Passes use a copy of some weights (packed.h), made by the first pass
** after a call of this function: who writes into the buffer after a pass calls it again first. Not
** while a pass runs. */
real *rnn_net_parameters(rnn_net *net);
size_t rnn_net_tensor_count(const rnn_net *net);
const rnn_tensor *rnn_net_tensor(const rnn_net *net, size_t i);
/* Parameters of the tensors that are not sparse: the first ones of the buffer. */
size_t rnn_net_dense_count(const rnn_net *net);
/* Rows of all sparse tensors, one tensor after the other, and the widest one's columns. */
size_t rnn_net_sparse_rows(const rnn_net *net);
size_t rnn_net_sparse_width(const rnn_net *net);
/* The tensor that sparse row r, below rnn_net_sparse_rows, belongs to, and where the row begins in
** the buffer. */
const rnn_tensor *rnn_net_sparse_row(const rnn_net *net, size_t r, size_t *at);

/* x [embedding[c]]: the vector of word `id` of category c, given the rows of its parts (`part` [n],
** below subwords[c]; n is 0 without them). An id beyond the vocabulary is unknown. */
void rnn_net_word_vector(const rnn_net *net, size_t c, uint32_t id, const uint32_t *part, size_t n,
                         real *x);
/* Embeddings, borrowed, to be read only: of category c, [vocabulary[c] x embedding[c]] without the
** parts of words; of the target's tokens, [target_vocabulary x target_embedding], NULL without a
** decoder. */
const real *rnn_net_category_vectors(const rnn_net *net, size_t c);
const real *rnn_net_target_vectors(const rnn_net *net);

/* Scratch for one forward/backward pass of up to the given size; one per thread and shard. */
typedef struct rnn_workspace rnn_workspace;
typedef struct rnn_workspace_size {
    size_t sequences, steps, rows, outputs;
    size_t target_steps, target_rows; /* of the decoder; 0 without one */
} rnn_workspace_size;
rnn_status rnn_workspace_create(rnn_context *ctx, const rnn_net_spec *spec,
                                const rnn_workspace_size *size, int training, rnn_workspace **out);
void rnn_workspace_free(rnn_workspace *w);
/* Bytes rnn_workspace_create would allocate. */
uint64_t rnn_workspace_bytes(const rnn_net_spec *spec, const rnn_workspace_size *size,
                             int training);

/* Recurrent state of a batch's sequences: for each layer and direction h [B x P] and, for LSTM, c
** [B x H], in one buffer of rnn_state_size(spec) values a sequence: [L][D][h..., c...] with
** sequences outermost. */
size_t rnn_state_size(const rnn_net_spec *spec);

/* Dropout of a pass: rate 0 in scoring. */
typedef struct rnn_pass {
    int training;  /* 1: dropout on, activations kept for backward */
    uint64_t seed; /* random stream of this pass: a function of (seed, member, step) */
    /* number of the first sequence of this shard in its batch, so that masks do not depend on
    ** the sharding */
    uint64_t first;
    const real *state_in; /* [B x state_size] or NULL: the initial state */
    /* [B x state_size] or NULL: state after the last step of each sequence. May equal state_in. */
    real *state_out;
} rnn_pass;

/* out [outputs x O]: the head's raw outputs at batch->out_row. Cannot fail. `net` is only read:
** many threads may run it, each with its own workspace. */
void rnn_net_forward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                     rnn_workspace *w, real *out);
/* After a training forward on the same batch, pass and workspace: adds d loss/d parameters to
** `gradient` (the caller clears it), given d_out [outputs x O]. d_state NULL: the gradient does not
** flow into state_in (truncated backpropagation). Otherwise, for networks of one direction without
** a decoder, d_state [B x state_size] is that of the state after each sequence's last step, and is
** set to that of state_in; where state_in is NULL it is left as it is. */
void rnn_net_backward(const rnn_net *net, const rnn_batch *batch, const rnn_pass *pass,
                      rnn_workspace *w, const real *d_out, real *d_state, rnn_gradient *gradient);

#endif
