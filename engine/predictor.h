/* predictor.h - using a model of sequences: classes, numbers and texts for rows, or for one
** sequence at a time, and how good they were.
**
** Rows at once (rnn_predictor): sequences are sorted by length, packed into batches without
** padding and run on all cores; results come back in the order of the keys' rows (a sequence a row)
** or of (series, time). One sequence (rnn_single): what the scalar functions call for each row of a
** scan; it keeps its buffers from call to call.
*/
#ifndef RNN_PREDICTOR_H
#define RNN_PREDICTOR_H

#include "sequences.h"

typedef struct rnn_prediction {
    rnn_value key, series, time; /* the rows' cells; NULL where the shape has none */
    rnn_value prediction;        /* class, number or text; NULL for a sequence without steps */
    double probability;          /* of the prediction; NaN = NULL (numbers) */
} rnn_prediction;

typedef struct rnn_predictor rnn_predictor; /* predictor.c */

/* `rows` and `model` are borrowed until the predictor is freed. RNN_MISUSE for a model of the wrong
** task, naming the function that fits. options: threads. */
rnn_status rnn_predictor_create(rnn_context *ctx, const char *function, const rnn_model *model,
                                const rnn_table *rows, const rnn_options *options,
                                rnn_predictor **out);
void rnn_predictor_free(rnn_predictor *p);
/* The next row; RNN_DONE at the end. Values live until the next call. */
rnn_status rnn_predictor_next(rnn_predictor *p, rnn_prediction *row);
/* JSON object class -> probability of the row given last (NULL for other tasks); built only when
** asked for, lives until the next row. NULL with ctx->status on failure. */
const char *rnn_predictor_probabilities(rnn_predictor *p);

/* ---- one sequence ---- */

typedef struct rnn_single rnn_single; /* single.c */

/* A reader of single sequences; ctx must outlive it. */
rnn_status rnn_single_create(rnn_context *ctx, const rnn_model *model, rnn_single **out);
void rnn_single_free(rnn_single *s);
/* Class, number or text for the sequence given by `inputs` [n] values (n = the model's inputs: one
** text, array or BLOB; or numbers). The value lives until the next call. A NULL input gives NULL.
** The context for messages is that of the call. */
rnn_status rnn_single_predict(rnn_single *s, rnn_context *call, const char *function,
                              const rnn_value *inputs, size_t n, rnn_value *prediction);
/* Probability of a class: NaN for one the model has never seen, or a NULL input. */
rnn_status rnn_single_probability(rnn_single *s, rnn_context *call, const char *function,
                                  const rnn_value *class_value, const rnn_value *inputs, size_t n,
                                  double *probability);

/* Outputs [O] for a series of a model that reads whole ones (rnn_model_is_whole): numbers [steps x
** rnn_model_numbers], at least one step. Borrowed until the next call. */
rnn_status rnn_single_series(rnn_single *s, const real *numbers, size_t steps, const real **out);

/* ---- metrics ---- */

enum { RNN_MAX_SEQUENCE_METRICS = 4 };
/* classify accuracy macro_f1 log_loss (two classes: auc); regress mae rmse r2; generate
** cross_entropy perplexity bits_per_token; seq2seq exact_match token_accuracy edit_distance. */
typedef struct rnn_sequence_metric {
    const char *name;
    double value; /* NaN = undefined */
} rnn_sequence_metric;
rnn_status rnn_sequence_evaluate(rnn_context *ctx, const char *function, const rnn_model *model,
                                 const rnn_table *rows, const rnn_options *options,
                                 rnn_sequence_metric metric[RNN_MAX_SEQUENCE_METRICS],
                                 size_t *count);

#endif
