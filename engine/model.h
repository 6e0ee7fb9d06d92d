/* model.h - a trained model: everything needed to use it again, and its byte format.
**
** A model is a list of networks with one spec (the ensemble), the resolved options, what the task
** learned about the data (input columns with their scalers and vocabularies; for forecasts
** frequency, seasons, calibration; for the other tasks classes, the target's scale, how text is
** cut), the history of the training and a report of the rows used. It holds no clock, no path and
** no pointer: the same training gives the same bytes. The layout is in docs/formats.md: header
** (magic "RNNMODEL", format version, total size, checksum), then tagged sections.
*/
#ifndef RNN_MODEL_H
#define RNN_MODEL_H

#include "baseline.h"
#include "convolutions.h"
#include "frequency.h"
#include "blend.h"
#include "grams.h"
#include "linear.h"
#include "net.h"
#include "options.h"
#include "ridge.h"
#include "season.h"
#include "text.h"
#include "vocabulary.h"

/* The newest format; a model that needs nothing of it is written as the one before. */
enum { RNN_MODEL_VERSION = 3 };

/* One row of the training history, as rnn_fit and rnn_history show it. NaN = NULL. */
typedef struct rnn_epoch {
    int64_t epoch; /* from 1 */
    double train_loss, valid_loss, metric, learning_rate, gradient_norm;
    double steps_per_second, seconds; /* not stored: no clock in a model */
    int best;                         /* 1: lowest valid_loss (train_loss without a split) so far */
} rnn_epoch;

/* An input column of the training rows, as it was. The numbers are part of the format.
**
**   NUMBER, VECTOR   `width` numbers a step and a mask that is 1 where they are missing
**   CATEGORY         one id a step; the vocabulary of text cells
**   TEXT             one id a step: the tokens of a text, a step each. Of task generate the text
**                    itself, and in row-per-step data the token column
**   SEQUENCE         a numeric sequence in one cell: numbers and mask as NUMBER, a step for each
**                    element; width is 1
** Forecasts have the first three. */
typedef enum rnn_input_kind {
    RNN_INPUT_NUMBER = 0,
    RNN_INPUT_CATEGORY = 1,
    RNN_INPUT_VECTOR = 2,
    RNN_INPUT_TEXT = 3,
    RNN_INPUT_SEQUENCE = 4
} rnn_input_kind;
typedef struct rnn_input_column {
    rnn_input_kind kind;
    int known_ahead;           /* values of future steps are given */
    size_t width;              /* real inputs; 0 for CATEGORY and TEXT */
    double *mean, *scale;      /* [width] standardisation */
    rnn_vocabulary vocabulary; /* CATEGORY and TEXT; count 0 for the others */
} rnn_input_column;
static inline int rnn_input_has_words(rnn_input_kind kind) {
    return kind == RNN_INPUT_CATEGORY || kind == RNN_INPUT_TEXT;
}

/* Calibration of intervals: for learned quantile q[j], the factor that moves the forecast quantile
** from the median so that on held-out data the share below it is q[j]. See calibrate.h. */
typedef struct rnn_calibration {
    size_t count;        /* quantiles; 0: not calibrated */
    size_t groups;       /* groups of horizon steps */
    double *probability; /* [count] */
    double *factor;      /* [groups][count] */
} rnn_calibration;

/* Rows of the training table: used, and skipped for a reason. */
typedef struct rnn_report {
    uint64_t rows, series, series_skipped;
    uint64_t missing_targets, filled_steps;
    char reason[160]; /* why series were skipped: "" or e.g. "2 series have no known target" */
    /* How, not what: steps whose activations were kept at a time in training (checkpoint.h); 0: all
    */
    uint64_t slice;
} rnn_report;

/* What the forecast task stores beside the networks. */
typedef struct rnn_forecast_model {
    rnn_time_style style;
    rnn_frequency frequency;
    size_t seasons;
    size_t season[RNN_MAX_SEASONS];
    unsigned calendar;  /* calendar.h mask */
    rnn_recipe recipe;  /* baseline.h; written and read by rnn_recipe_write and rnn_recipe_read */
    int integer_target; /* 1: all training targets were INTEGER (only for rnn_info) */
    int nonnegative;    /* 1: no training target below zero: forecasts are cut at zero */
    double center,
        spread; /* scale standard, robust, minmax, mean: the global figures; window: spread is the
                           ** median unit of the training series, in levels (for series too young to
                           ** have one) */
    size_t series;         /* series embedding: known series */
    rnn_value *series_key; /* [series] owned copies */
    rnn_calibration calibration;
} rnn_forecast_model;

/* Rows of the training table. The numbers are part of the format. */
typedef enum rnn_row_shape {
    RNN_SHAPE_STEPS = 0,    /* series, time, then a step a row */
    RNN_SHAPE_SEQUENCES = 1 /* a whole sequence a row */
} rnn_row_shape;

/* What every task but forecast stores beside the networks. */
enum { RNN_WIDE_PARTS = RNN_BLEND_PARTS - 1 }; /* wide_features.h */
typedef struct rnn_sequence_model {
    rnn_row_shape shape;
    int every;            /* classify, regress: 1: a prediction for every step (option output) */
    rnn_time_style style; /* SHAPE_STEPS: how times are printed */
    /* Numbers a step beside those of the inputs, made by sequences.c from them; it refuses a model
    ** for which it would make another number. */
    size_t derived;
    /* Numeric series with one prediction each that are read as patches (patches.h), `patch_stride`
    ** steps apart. 0: all steps, one by one. Then also, with `wide_series`, linear models beside the
    ** networks (series_wide.h). */
    size_t patch_width, patch_stride;
    int own_scale; /* 1: each series is standardised by itself */
    int wide_series;
    rnn_convolutions *convolutions;
    rnn_ridge ridge[RNN_CONVOLUTION_PARTS];
    size_t classes;         /* classify */
    rnn_value *class_value; /* [classes] owned; ascending values, all different, no NULL */
    uint64_t *class_count;  /* [classes] labelled training sequences (every: steps) */
    double target_mean, target_scale; /* regress: prediction = mean + scale x output */
    int integer_target;               /* regress: all training targets were INTEGER */
    rnn_text_settings text;           /* TEXT inputs: how they are cut */
    rnn_text_settings target_text;    /* seq2seq: target texts */
    rnn_vocabulary target_vocabulary; /* seq2seq; count 0 for the other tasks */
    size_t target_steps;     /* seq2seq: longest target in training, end included: the most made */
    rnn_gram_settings grams; /* parts of words, where spec.subwords of an input is not 0 */
    size_t wide_order;       /* longest run of tokens in wide features; 0: no linear models */
    /* classify, texts: linear models beside the networks, with wide_order. */
    rnn_linear linear[RNN_WIDE_PARTS];
    double share[RNN_BLEND_PARTS]; /* of the networks and the linear models (blend.h) */
} rnn_sequence_model;

typedef struct rnn_model {
    rnn_context *ctx;
    rnn_options options; /* resolved */
    size_t inputs;
    rnn_input_column *input; /* [inputs] */
    rnn_report report;
    size_t epochs;
    rnn_epoch *history; /* [epochs] */
    int64_t best_epoch;
    rnn_forecast_model forecast; /* RNN_TASK_FORECAST alone */
    rnn_sequence_model sequence; /* the other tasks */
    rnn_net_spec spec;
    size_t members;
    rnn_net **member;  /* [members], each with its own weights */
    uint32_t version;  /* of its format, as read */
    uint64_t bytes;    /* size of the BLOB it was read from; 0 for one never serialised */
    uint32_t checksum; /* of that BLOB */
} rnn_model;

rnn_model *rnn_model_create(rnn_context *ctx);
void rnn_model_free(rnn_model *m);
rnn_status rnn_model_write(const rnn_model *m, rnn_writer *w);
/* RNN_MODEL with a message that says which: no model at all, truncated, corrupt, newer version. The
** model keeps ctx. */
rnn_status rnn_model_read(rnn_context *ctx, const void *data, size_t size, rnn_model **out);
/* What tells the model from others, for states that belong to it: checksum and size of its bytes.
** A model that was never serialised is, for it: messages and memory are ctx's. */
rnn_status rnn_model_fingerprint(rnn_context *ctx, const rnn_model *m, uint64_t *fingerprint);
/* 1 if the model reads whole series, as patches: it cannot take rows as they come at a cost that does
** not grow. */
int rnn_model_is_whole(const rnn_model *m);
/* Version of the format that the model is written in. */
uint32_t rnn_model_format(const rnn_model *m);
/* Cheap look: 1 if the bytes start as a model does. */
int rnn_model_sniff(const void *data, size_t size);
/* JSON for rnn_info: task, cell, sizes, parameters, bytes, options, columns, best epoch, metrics,
** rows and series used and skipped with the reason, format version; for forecasts frequency,
** seasons, baseline, for the other tasks shape of the rows, output, tokens, vocabulary sizes,
** classes with their counts. */
rnn_status rnn_model_info(const rnn_model *m, rnn_writer *w);
/* JSON object of a mixture's kinds and weights of a hundredth and more, the heaviest first. */
void rnn_smoothing_write_json(const double weight[RNN_SMOOTHING_COUNT], rnn_writer *w);
/* Numbers a step that the inputs have: a value for each element of the numeric columns and a mask
** for each of these columns (series.h). For tasks other than forecast spec.numbers is this and
** sequence.derived. */
size_t rnn_model_numbers(const rnn_model *m);
/* Columns of the inputs that have words: the first categories of the network, in their order. */
size_t rnn_model_categories(const rnn_model *m);
/* The network that options, columns and sections of the model ask for; `spec` may be m->spec. */
void rnn_model_spec(const rnn_model *m, rnn_net_spec *spec);
/* Name of the figure in rnn_epoch.metric: mase, accuracy, rmse, perplexity, exact_match. */
const char *rnn_model_metric(const rnn_model *m);
/* Total number of trained values over all members. */
uint64_t rnn_model_parameters(const rnn_model *m);

#endif
