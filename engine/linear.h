/* linear.h - logistic regression over sparse features of texts, scaled by naive Bayes.
**
** On a few thousand short texts, which words and pairs of words occur says more than a recurrent
** network can find out about their order. This model knows only that, and is trained in a second;
** a text classifier mixes its logits with those of its networks (blend.h).
**
**   logit_k = b_k + v sum over the features f of the text of r_kf w_kf,   v = n^(-1/4)
**   r_kf    = log((c_kf + a) / sum_g (c_kg + a)) - log((d_kf + a) / sum_g (d_kg + a))
**
** n features of the text are known, c_kf texts of class k have feature f, d_kf texts of all other
** classes, a = 0.3: the log-count ratio of naive Bayes as a scale, what logistic regression learns
** on top of it (Wang & Manning 2012, "Baselines and bigrams"). v lies between plain features (long
** texts shout) and unit length (long texts whisper). Cross-entropy is minimised by Adagrad (Duchi
** 2011), 10 epochs of minibatches with a cosine schedule from 1.2 / N^(3/4), N features a text on
** average; w starts at 0. What is kept is theta = r w, so that using the model needs no counts.
**
** A feature is a 32-bit hash (grams.h). Those seen in training are kept by that key; others are
** unknown and left out, which does better than letting them share a row with known ones. More than
** RNN_LINEAR_MOST, or than make RNN_LINEAR_WEIGHTS of all classes, are cut to those that occur in
** more texts.
**
** Training is one thread's work and a function of the features, the targets and the seed.
*/
#ifndef RNN_LINEAR_H
#define RNN_LINEAR_H

#include "bytes.h"

enum { RNN_LINEAR_MOST = 1 << 20, RNN_LINEAR_WEIGHTS = 1 << 24 };

/* The features of a text: keys, ascending, none twice. */
typedef struct rnn_keys {
    const uint32_t *key;
    size_t count;
} rnn_keys;

typedef struct rnn_linear {
    size_t rows, classes; /* rows 0: there is no model */
    uint32_t *key;        /* [rows] ascending */
    uint32_t *start;      /* [2^bits + 1] first row whose key's highest bits are at least these */
    unsigned bits;
    real *theta; /* [rows x classes] */
    real *bias;  /* [classes] */
} rnn_linear;

/* Texts to learn from: features, class (a whole number) and weight (0: left out) of each. */
typedef struct rnn_linear_data {
    size_t count;
    const rnn_keys *text;          /* [count] */
    const double *target, *weight; /* [count] */
} rnn_linear_data;

/* Train a model; *m is empty before, and on failure. RNN_INTERRUPT between minibatches. */
rnn_status rnn_linear_train(rnn_context *ctx, const rnn_linear_data *data, size_t classes,
                            uint64_t seed, rnn_linear *m);
/* A zeroed model is fine. */
void rnn_linear_free(rnn_context *ctx, rnn_linear *m);
/* out [classes] = logits of a text. Any thread. */
void rnn_linear_logits(const rnn_linear *m, const rnn_keys *text, real *out);
/* docs/formats.md */
void rnn_linear_write(const rnn_linear *m, rnn_writer *w);
/* RNN_MODEL for bytes that are none. On failure *m is empty. */
rnn_status rnn_linear_read(rnn_context *ctx, rnn_reader *r, rnn_linear *m);

#endif
