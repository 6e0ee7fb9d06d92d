/* neighbors.h - the tokens whose vectors lie nearest to a token's: rnn_neighbors.
**
** Likeness is the cosine of the angle between two vectors, 1 for the same direction, 0 for a right
** angle. What is asked for is a token or an expression of several,
**
**   king - man + woman     v = k/|k| - m/|m| + w/|w|
**
** each vector brought to unit length first, so that a frequent word with a long vector does not
** drown the others. The answer to "man is to woman as king is to ...?" is the token nearest to v
** that is no term itself (Mikolov, Yih, Zweig: Linguistic regularities in continuous space word
** representations. NAACL 2013; as word2vec's and gensim's tools do it).
**
** Terms are separated by " + " and " - ", a sign between single spaces. A text that is a token as a
** whole is that token, so that "-", "e - mail" and " " can be asked for where they are tokens.
** Where a model has several columns (embeddings.h), the first one that knows the text as a whole is
** taken, else the first one that knows all terms.
*/
#ifndef RNN_NEIGHBORS_H
#define RNN_NEIGHBORS_H

#include "embeddings.h"

typedef struct rnn_neighbor {
    uint32_t id;
    double similarity; /* -1 ... 1; 0 for a vector of zeros */
} rnn_neighbor;

typedef struct rnn_neighbors {
    rnn_embedding embedding; /* the column that was taken */
    size_t count;            /* at most k; fewer where the column has fewer tokens */
    rnn_neighbor *item;      /* nearest first; of equals the more frequent, whose id is lower */
} rnn_neighbors;

/* The k tokens nearest to `text` [n bytes], the terms themselves and the specials left out. Memory: 16
** bytes an entry of the column, and what rnn_embedding_open takes. RNN_DATA: the model has no
** vocabulary; a term is no token (the message suggests near ones); the terms cancel out. Looks for
** an interrupt every few thousand entries. *out is empty on failure. */
rnn_status rnn_neighbors_find(rnn_context *ctx, const char *function, const rnn_model *model,
                              const char *text, size_t n, size_t k, rnn_neighbors *out);
/* A zeroed one and NULL are fine. */
void rnn_neighbors_free(rnn_neighbors *n);

#endif
