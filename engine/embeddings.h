/* embeddings.h - the vectors of words that a model has learned, column by column: rnn_vocabulary,
** and what neighbors.h compares.
**
** A column is whatever has ids and an embedding, in this order:
**
**   column    task                     tokens                     vectors
**   text      classify, regress,       of the texts               embedding.0
**             generate (a text a row)
**   token     generate (a step a row)  cells of the third column  embedding.0
**   input 2   a step a row             cells of a TEXT input, counted from 1 as rnn_info does
**   source    seq2seq of texts         of the source texts        embedding.0
**   target    seq2seq                  of the written texts       decoder.embedding
**   series    forecast, with option series_embedding: the series
**
** A vector is what the network reads for the token: its row of the embedding, and with parts of
** words (subwords) the mean of its parts' rows added. Tied embeddings are the same numbers in
** another role. Networks of an ensemble have learned a space each, which have nothing to do with
** one another: the first network's is given, the one that has PyTorch's plain names in rnn_tensors.
*/
#ifndef RNN_EMBEDDINGS_H
#define RNN_EMBEDDINGS_H

#include "model.h"

enum { RNN_COLUMN_NAME = 32 }; /* bytes of a column's name */

typedef struct rnn_embedding {
    rnn_context *ctx;
    const rnn_model *model;       /* borrowed */
    char column[RNN_COLUMN_NAME]; /* "text", "input 2" ...*/
    size_t count, width;          /* entries, specials included; E */
    size_t specials;              /* of the count: ids of no token */
    const real *vectors;          /* [count x width] the network's table, or `own` */
    real *own;                    /* with parts of words */
    const rnn_vocabulary *words;  /* NULL: series */
    /* How a text becomes a token: NULL where a token is a whole cell. */
    const rnn_text_settings *text;
} rnn_embedding;

/* Columns of a model that have an embedding; 0 for one of numbers alone. */
size_t rnn_embedding_columns(const rnn_model *model);
/* Column `column`, below rnn_embedding_columns. Memory is taken for `own` alone. *out is empty on
** failure. */
rnn_status rnn_embedding_open(rnn_context *ctx, const rnn_model *model, size_t column,
                              rnn_embedding *out);
/* A zeroed one and NULL are fine. */
void rnn_embedding_close(rnn_embedding *e);

/* Entry `id`: a TEXT, of series the key as it was; specials are "<unknown>" and so on. Borrowed. */
rnn_value rnn_embedding_token(const rnn_embedding *e, size_t id);
/* Occurrences in training, or -1 where they were not counted (series). */
int64_t rnn_embedding_count(const rnn_embedding *e, size_t id);
/* *id: the entry that n bytes mean, or 0 if there is none: no token of the column, or not exactly
** one. Where tokens are cut from texts the bytes go through the same tokenizer (normalisation, case
** folding). Specials are never found. Series and numbers among tokens are found as they are printed.
*/
rnn_status rnn_embedding_find(const rnn_embedding *e, const char *p, size_t n, uint32_t *id);

#endif
