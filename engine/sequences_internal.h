/* sequences_internal.h - shared by sequences.c and the sequence_*.c files that read rows; single.c and
** stream.c read words and derive inputs through it. Nobody else includes it. */
#ifndef RNN_SEQUENCES_INTERNAL_H
#define RNN_SEQUENCES_INTERNAL_H

#include "columns.h"
#include "pool.h"
#include "sequences.h"

/* Which rows are being read, for what. */
typedef struct rnn_sequence_job {
    rnn_context *ctx;
    const char *function;
    const rnn_table *rows;
    rnn_pool *pool; /* or NULL */
} rnn_sequence_job;

/* Learning and building for each shape. learn: model->input and the rest of model->sequence but
** the targets. */
rnn_status rnn_steps_learn(const rnn_sequence_job *job, rnn_model *model);
rnn_status rnn_steps_build(const rnn_sequence_job *job, const rnn_model *model,
                           rnn_sequence_set *set);
rnn_status rnn_texts_learn(const rnn_sequence_job *job, rnn_model *model);
rnn_status rnn_texts_build(const rnn_sequence_job *job, const rnn_model *model,
                           rnn_first_cell first, rnn_sequence_set *set);

/* A sequence a row (sequence_rows.c). *out [rows] (rnn_free): table rows, sorted by their cells or
** as they are. */
rnn_status rnn_rows_order(const rnn_sequence_job *job, int sorted, uint32_t **out);
/* Numbers and vectors as columns of row-per-step data, one step a row, in the given order: what
** columns.h reads. To be freed with rnn_table_free. */
rnn_status rnn_rows_view(const rnn_sequence_job *job, const uint32_t *order, rnn_table **out);

/* Targets (sequences.c): the cell of a table row and column as class index or scaled number; NaN
** for NULL and for an unknown class. RNN_DATA for a target that is no number (regress). */
rnn_status rnn_sequence_target(const rnn_sequence_job *job, const rnn_model *model, size_t row,
                               size_t column, double *target);
/* Classes, or mean and scale, from the target cells of a column. */
rnn_status rnn_targets_learn(const rnn_sequence_job *job, rnn_model *model, size_t column);

/* Room for `sequences` sequences and `steps` steps with the model's widths; ids 0, numbers 0. */
rnn_status rnn_sequence_set_reserve(rnn_sequence_set *set, size_t sequences, size_t steps);

/* The token of a cell as text, borrowed from v or buf: numbers as they are printed. 0 for NULL. */
int rnn_token_text(const rnn_value *v, char *buf, size_t size, const char **p, size_t *n);

/* Derived inputs of all steps of a sequence. */
void rnn_derive_sequence(const rnn_model *model, const rnn_sequence *q, rnn_sequence_set *set);

/* Words as ids and bags (sequence_words.c): unknown words get ids from the vocabulary's size on,
** each with the parts it is made of. */
typedef struct rnn_word_reader {
    rnn_context *ctx;
    const rnn_vocabulary *vocabulary;
    size_t subwords;         /* 0: unknown words are all id 0 */
    rnn_dictionary *unknown; /* words that are not in the vocabulary */
} rnn_word_reader;
rnn_status rnn_word_reader_init(rnn_context *ctx, rnn_word_reader *r,
                                const rnn_vocabulary *vocabulary, size_t subwords);
void rnn_word_reader_free(rnn_word_reader *r);
rnn_status rnn_word_reader_id(rnn_word_reader *r, const char *p, size_t n, uint32_t *id);
/* The id of a word that is known not to be in the vocabulary, where there are subwords. */
rnn_status rnn_word_reader_add(rnn_word_reader *r, const char *p, size_t n, uint32_t *id);
/* Bags of the vocabulary's words and of the unknown ones met; to be freed with rnn_bags_free. */
rnn_status rnn_word_reader_bags(const rnn_word_reader *r, const rnn_gram_settings *grams,
                                rnn_bags *bags);
void rnn_bags_free(rnn_context *ctx, rnn_bags *bags);

/* Texts cut into tokens, kept one after the other (sequence_texts.c). */
typedef struct rnn_text_place {
    size_t token, byte; /* where a text begins in the arrays below */
} rnn_text_place;
typedef struct rnn_text_store {
    rnn_context *ctx;
    size_t texts;
    rnn_text_place *text; /* [room + 1] */
    uint32_t *length;     /* bytes of each token */
    char *byte;
    size_t token_room, byte_room;
} rnn_text_store;
/* Room for so many texts; rnn_text_store_free also after a failure. */
rnn_status rnn_text_store_init(rnn_text_store *s, rnn_context *ctx, size_t texts);
void rnn_text_store_free(rnn_text_store *s);
/* The next text, copied. */
rnn_status rnn_text_store_add(rnn_text_store *s, const rnn_token *token, size_t count);
/* Text i is sequence i of the set: its ids and its features for the linear models. */
rnn_status rnn_text_store_read(const rnn_text_store *store, rnn_pool *pool, const rnn_model *model,
                               rnn_word_reader *words, rnn_sequence_set *set);

#endif
