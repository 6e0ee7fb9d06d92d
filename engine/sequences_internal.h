/* sequences_internal.h - shared by sequences.c, sequence_steps.c, sequence_rows.c and
** sequence_words.c; nobody else includes it. */
#ifndef RNN_SEQUENCES_INTERNAL_H
#define RNN_SEQUENCES_INTERNAL_H

#include "columns.h"
#include "sequences.h"

/* Which rows are being read, for what. */
typedef struct rnn_sequence_job {
    rnn_context *ctx;
    const char *function;
    const rnn_table *rows;
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
/* Center and spread of ascending values under a scale other than window; spread > 0. */
void rnn_target_scale(rnn_scale scale, const double *y, size_t n, double *center, double *spread);
/* Classes, or mean and scale, from the target cells of a column. */
rnn_status rnn_targets_learn(const rnn_sequence_job *job, rnn_model *model, size_t column);

/* Room for `sequences` sequences and `steps` steps with the model's widths; ids 0, numbers 0. */
rnn_status rnn_sequence_set_reserve(rnn_sequence_set *set, size_t sequences, size_t steps);

/* The token of a cell as text, borrowed from v or buf: numbers as they are printed. 0 for NULL. */
int rnn_token_text(const rnn_value *v, char *buf, size_t size, const char **p, size_t *n);

/* Derived inputs of all steps of a sequence. */
void rnn_derive_sequence(const rnn_model *model, const rnn_sequence *q, rnn_sequence_set *set);

/* Collects the features of the linear models, one text or step after the other. */
typedef struct rnn_key_writer {
    rnn_sequence_set *set;
    size_t outputs; /* texts or steps */
    uint32_t *wide; /* scratch [2 x wide_room] */
    size_t wide_room, count[RNN_WIDE_PARTS], room[RNN_WIDE_PARTS];
} rnn_key_writer;
/* set->keys of so many outputs. */
rnn_status rnn_key_writer_init(rnn_key_writer *w, rnn_sequence_set *set, size_t outputs);
/* Scratch for `most` features, w->wide. */
rnn_status rnn_key_writer_reserve(rnn_key_writer *w, size_t most);
/* The first n of w->wide are the features of output o, or follow those it has. */
rnn_status rnn_key_writer_add(rnn_key_writer *w, size_t part, size_t o, size_t n);
/* All are there; frees the scratch. */
void rnn_key_writer_finish(rnn_key_writer *w);

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
/* Bags of the vocabulary's words and of the unknown ones met; to be freed with rnn_bags_free. */
rnn_status rnn_word_reader_bags(const rnn_word_reader *r, const rnn_gram_settings *grams,
                                rnn_bags *bags);
void rnn_bags_free(rnn_context *ctx, rnn_bags *bags);

#endif
