/* columns.h - input columns of row-per-step data: what kind each is, and their cells as network
** inputs.
**
** The kind of a column is found once, from the training rows, and kept in the model:
**
**   number    INTEGER and REAL cells (and columns of NULLs alone)
**   category  TEXT cells, whole; the vocabulary (vocabulary.h) has id 0 for unknown and missing
**             words, then the RNN_MAX_WORDS most frequent words
**   vector    BLOBs of little-endian float32, or TEXT cells that are all JSON arrays of numbers;
**             all of one width
**
** Anything between is an error that names a cell: text where numbers belong, numbers where text
** does, vectors of another width, infinities, elements that are no numbers. Numbers and the
** elements of vectors are standardised with the mean and the standard deviation of the training
** rows (1 if constant), summed in the order of (series, time), so that the arrival order of rows
** changes nothing.
*/
#ifndef RNN_COLUMNS_H
#define RNN_COLUMNS_H

#include "model.h"
#include "row_order.h"

enum {
    RNN_MAX_INPUTS = 126,   /* known_ahead counts to here; so do SQL functions' arguments */
    RNN_MAX_WORDS = 50000,  /* of a vocabulary, id 0 not counted */
    RNN_MAX_VECTOR = 65536, /* elements of a vector */
    RNN_INPUT_CUT =
        1000 /* standardised values are cut at +- this: a typo must not become infinity */
};

/* What the targets of training rows are. */
typedef struct rnn_target_summary {
    size_t series;  /* with a known target */
    size_t missing; /* NULL targets before the last known one of their series */
    int integer, nonnegative;
} rnn_target_summary;

/* Value of a target cell: NaN for NULL. RNN_DATA for text, BLOBs and infinities, naming the row. */
rnn_status rnn_target_read(rnn_context *ctx, const char *function, const rnn_table *rows,
                           size_t row, double *value);
/* Read all targets. known [series]: 1 where a series has a known target. RNN_DATA if none has
** and one is needed. */
rnn_status rnn_target_learn(const rnn_row_order *order, const char *function, const rnn_table *rows,
                            int needed, uint8_t *known, rnn_target_summary *out);

/* Learn every input column (table columns from 3) into model->input; model->inputs must be 0.
** known_ahead from `options`. On failure what is in model->input is consistent and goes with
** rnn_model_free. */
rnn_status rnn_columns_learn(const rnn_row_order *order, const char *function,
                             const rnn_table *rows, const rnn_options *options, rnn_model *model);

/* Reads the inputs of rows with the columns of a model. */
typedef struct rnn_column_reader {
    rnn_context *ctx;
    const char *function;
    const rnn_table *rows;
    const rnn_model *model;
    uint32_t **id_of; /* [inputs] categories: vocabulary id of each dictionary id; NULL otherwise */
    double *values;   /* scratch for the widest column */
} rnn_column_reader;

/* Open; RNN_DATA where a column of `rows` cannot be what it was in training. On failure *out is
** empty. */
rnn_status rnn_column_reader_open(rnn_context *ctx, const char *function, const rnn_table *rows,
                                  const rnn_model *model, rnn_column_reader *out);
void rnn_column_reader_close(rnn_column_reader *r);
/* Write the inputs of a table row in the layout of series.h: numbers (values and masks) and ids.
** Both are expected to hold the missing pattern (0, mask 1, id 0) already, which stays where the
** cell is NULL. */
rnn_status rnn_column_reader_read(const rnn_column_reader *r, size_t row, real *numbers,
                                  uint32_t *ids);

/* ---- shared by columns.c and column_reader.c ---- */

/* RNN_DATA "rnn_train: input 2 (argument 6) is 'abc' (series 'A', time '2014-01-31'); <advice>". */
rnn_status rnn_bad_cell(rnn_context *ctx, const char *function, const rnn_table *rows, size_t row,
                        size_t column, const char *advice);
/* Values of a number or vector cell into x[0...width): 1, or 0 for NULL, or -1 for an error in ctx.
** */
int rnn_column_values(rnn_context *ctx, const char *function, const rnn_table *rows, size_t row,
                      size_t column, rnn_input_kind kind, double *x, size_t width);

#endif
