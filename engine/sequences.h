/* sequences.h - rows as sequences for the tasks classify, regress, generate and seq2seq.
**
** Two shapes of rows (docs/sql.md): a step a row (series, time, target, input...), sorted here into
** one sequence a series; or a whole sequence a row (target, input), whose input cell is a text that
** becomes tokens, a JSON array or a BLOB of float32 that becomes numeric steps, or numbers that
** become a single step. Whatever the shape, a set is one array of steps:
**
**   numbers [steps x N]   standardised values and masks, as in series.h
**   ids [steps x C]       words; from the vocabulary's size on: unknown words, with a bag of
**                         their own
**   target                of each step (output every) or of each sequence (last): class index,
**                         scaled number; NaN where it is unknown
**   tokens                generate: the text itself is the target; seq2seq: target texts as ids
**
** A text classifier also has sparse features for its linear models, sequence by sequence.
**
** Nothing depends on the order in which rows arrive: sequences are sorted by series, or, a sequence
** a row, by what is in the row. `row` tells where each step or sequence came from.
*/
#ifndef RNN_SEQUENCES_H
#define RNN_SEQUENCES_H

#include "model.h"
#include "pool.h"
#include "wide_features.h"

typedef struct rnn_sequence {
    rnn_value key;       /* the series; a sequence a row: its first cell. Borrowed from the rows */
    size_t first, steps; /* in the set's arrays; steps may be 0 (empty text) */
    size_t warm;         /* steps before `first` that are read without an output: of a lane or a
                         ** held-out end of a longer sequence (sequence_sampler.h); else 0 */
    size_t row;          /* a sequence a row: its table row */
} rnn_sequence;

typedef struct rnn_sequence_set {
    rnn_context *ctx;
    const rnn_table *rows;  /* borrowed */
    rnn_time_style style;   /* of the time column, a step a row */
    size_t count, steps;    /* sequences; steps of all */
    rnn_sequence *sequence; /* [count] */
    size_t number_width, categories;
    real *numbers;       /* [steps x number_width] */
    uint32_t *ids;       /* [steps x categories] */
    size_t *row;         /* [steps] a step a row: table row of each step */
    double *time;        /* [steps] likewise; NaN without times */
    double *target;      /* [count] output last, [steps] output every; NULL for generate, seq2seq */
    uint32_t *tokens;    /* seq2seq: targets of all sequences, without begin and end */
    size_t *token_first; /* [count + 1] */
    rnn_bags *bags;      /* [categories] parts of the words; without subwords empty */
    /* Features for the linear models (wide_features.h), by part: of each text, or with output every
    ** of each step; NULL without them. */
    rnn_keys *keys[RNN_WIDE_PARTS];     /* [count] or [steps] */
    uint32_t *key_data[RNN_WIDE_PARTS]; /* what they point into */
    rnn_report report;
} rnn_sequence_set;

/* Learn columns, vocabularies, classes and scales from training rows into model->input, ->sequence
** and ->report, and settle options.output. `model->options` as given. RNN_DATA: wrong number of
** columns for the task (the message lists the shapes the task takes), no known target, a single
** class, cells of another kind. */
rnn_status rnn_sequences_learn(rnn_context *ctx, const char *function, const rnn_table *rows,
                               rnn_model *model);
/* What a set needs of its rows' first column, a sequence a row: the target, or a key to give back.
** */
typedef enum rnn_first_cell { RNN_FIRST_TARGET, RNN_FIRST_KEY } rnn_first_cell;
/* Rows as sequences of `model`: training, evaluation (RNN_FIRST_TARGET) and prediction. A class the
** model has never seen is an unknown target. On failure *out is empty. */
rnn_status rnn_sequences_build(rnn_context *ctx, const char *function, const rnn_table *rows,
                               const rnn_model *model, rnn_first_cell first, rnn_sequence_set *out);
/* The same with a share of the work on a pool's threads (NULL: on the caller). */
rnn_status rnn_sequences_build_on(rnn_pool *pool, rnn_context *ctx, const char *function,
                                  const rnn_table *rows, const rnn_model *model,
                                  rnn_first_cell first, rnn_sequence_set *out);
void rnn_sequence_set_free(rnn_sequence_set *s);

/* Class index of a target value, -1 for an unknown class. */
int64_t rnn_class_find(const rnn_model *model, const rnn_value *v);

/* ---- single steps, for streams and disturbed copies ---- */

/* Steps around one that its derived inputs look at: a patch, as a convolution in front of the
** network. Centred, or the last ones in networks of one direction, which must not see what comes. */
enum { RNN_PATCH = 7 };
/* Derived numbers of a model that has them, with output last: the change of each value since the
** step before, and the other values of the patch. 0: none. */
size_t rnn_derived_width(const rnn_model *model);
/* Steps of the patch before the step itself: 3 or 6. */
size_t rnn_patch_before(const rnn_model *model);
/* The pattern of a step whose inputs are all missing: values 0, masks 1. */
void rnn_missing_inputs(const rnn_model *model, real *numbers);
/* Writes the derived numbers of a step behind those of its inputs: around[RNN_PATCH] are the inputs
** of the steps of the patch; beyond the ends of the sequence, those of its first or last step. */
void rnn_derive_inputs(const rnn_model *model, const real *const around[RNN_PATCH], real *numbers);

#endif
