/* model.h - a trained model: everything needed to use it again, and its byte format.
**
** A model is a list of networks with one spec (the ensemble), the resolved options, what the task
** learned about the data (for forecasts: frequency, seasons, scalers, vocabularies, calibration),
** the history of the training and a report of the rows used. It holds no clock, no path and no
** pointer: the same training gives the same bytes. The layout is in docs/formats.md: header (magic
** "RNNMODEL", format version, total size, checksum), then tagged sections.
*/
#ifndef RNN_MODEL_H
#define RNN_MODEL_H

#include "baseline.h"
#include "frequency.h"
#include "net.h"
#include "options.h"
#include "season.h"

enum { RNN_MODEL_VERSION = 1 };

/* One row of the training history, as rnn_fit and rnn_history show it. NaN = NULL. */
typedef struct rnn_epoch {
    int64_t epoch; /* from 1 */
    double train_loss, valid_loss, metric, learning_rate, gradient_norm;
    double steps_per_second, seconds; /* not stored: no clock in a model */
    int best;                         /* 1: lowest valid_loss (train_loss without a split) so far */
} rnn_epoch;

/* An input column of the training rows, as it was. */
/* The numbers are part of the format. */
typedef enum rnn_input_kind {
    RNN_INPUT_NUMBER = 0,
    RNN_INPUT_CATEGORY = 1,
    RNN_INPUT_VECTOR = 2
} rnn_input_kind;
typedef struct rnn_input_column {
    rnn_input_kind kind;
    int known_ahead;      /* values of future steps are given */
    size_t width;         /* real inputs: 1, or the vector's length; 0 for a category */
    double *mean, *scale; /* [width] standardisation of numbers and vectors */
    size_t vocabulary;    /* CATEGORY: entries including id 0 = unknown or missing */
    char **words;         /* [vocabulary] text of each id; words[0] = "" */
    size_t *word_bytes;   /* [vocabulary] */
    uint64_t *counts;     /* [vocabulary] occurrences in training */
} rnn_input_column;

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

typedef struct rnn_model {
    rnn_context *ctx;
    rnn_options options; /* resolved */
    size_t inputs;
    rnn_input_column *input; /* [inputs] */
    rnn_report report;
    size_t epochs;
    rnn_epoch *history; /* [epochs] */
    int64_t best_epoch;
    rnn_forecast_model forecast;
    rnn_net_spec spec;
    size_t members;
    rnn_net **member; /* [members], each with its own weights */
    uint64_t bytes;   /* size of the BLOB it was read from; 0 for one never serialised */
} rnn_model;

rnn_model *rnn_model_create(rnn_context *ctx);
void rnn_model_free(rnn_model *m);
rnn_status rnn_model_write(const rnn_model *m, rnn_writer *w);
/* RNN_MODEL with a message that says which: no model at all, truncated, corrupt, newer version. The
** model keeps ctx. */
rnn_status rnn_model_read(rnn_context *ctx, const void *data, size_t size, rnn_model **out);
/* Cheap look: 1 if the bytes start as a model does. */
int rnn_model_sniff(const void *data, size_t size);
/* JSON for rnn_info: task, cell, sizes, parameters, bytes, options, columns, seasons, frequency,
** best epoch, metrics, rows and series used and skipped with the reason, format version. */
rnn_status rnn_model_info(const rnn_model *m, rnn_writer *w);
/* Largest batch of parameters: total number of trained values over all members. */
uint64_t rnn_model_parameters(const rnn_model *m);

#endif
