/* series.h - rows of (series, time, target, input...) as sorted series on a regular time grid.
**
** Rows may arrive in any order; row_order.h sorts them by (series, time) and refuses two rows with
** one (series, time). Series whose times are all NULL keep arrival order; a series that mixes NULL
** and other times is an error.
**
** The grid of a series has a position for every step from its first to its last row. Steps without
** a row have a NaN target and missing inputs ("gaps":"fill"), are an error that names the first of
** them ("error"), or do not exist, because every row simply is the next position (RNN_STEP_ROW:
** "skip", irregular times, no times). A row between two steps (10:07 in hourly data) goes to the
** nearest one; two rows on one step are an error. If most rows of a series miss the grid that
** starts at its first row, the grid is moved to where more of them lie. The number of positions is
** bounded by RNN_GRID_SPARSE (grid.h) times the rows: past that, an inferred frequency gives way to
** RNN_STEP_ROW when learning, and a given or learned one is an error, so that two rows fifty years
** apart do not become 1.6 billion seconds.
**
** Inputs (columns.h) become `number_width` reals and `categories` ids a position. Number and vector
** columns lie side by side in the order of the arguments, each followed by one mask that is 1 where
** the value is missing:
**
**   numbers row = [x_1 ... x_w, mask] of the first number or vector column, the same of the next...
**   ids row     = one id of each category column, 0 = unknown or missing
**
** Values are standardised with the training rows' mean and standard deviation (so 0 is the mean),
** cut at +-RNN_INPUT_CUT. The masks are always there, so that the layout is a function of the
** columns' kinds alone. rnn_series_input() tells where a column lies, and a window that hides the
** future of an input writes zeros and a mask of 1 there.
**
** In messages the user's arguments are counted as in the function that took the rows:
** rnn_train(options, series, time, target, input...) for "rnn_train", rnn_rows(series, time,
** target, input...) for every other function.
*/
#ifndef RNN_SERIES_H
#define RNN_SERIES_H

#include "model.h"

typedef struct rnn_series {
    rnn_value key;    /* borrowed from the table */
    double origin;    /* time of position 0 */
    double last_time; /* time of the last position */
    size_t length;    /* positions, future rows included */
    size_t known;     /* positions up to and with the last known target; 0: none known */
    double *target;   /* [length] NaN = unknown */
    real *numbers;    /* [length x number_width] see above; NULL if that is 0 */
    uint32_t *ids;    /* [length x categories]; NULL if there are none */
    double *time;     /* RNN_STEP_ROW only: [length] times (ranks if ordered); NULL otherwise */
    /* Of the mixture (smoothing.h), and the longer one whose last cycle is an input (windows.h); 0:
    ** the model's. */
    size_t season, long_season;
    uint32_t id; /* for the series embedding: 0 unknown, else 1 + index in the model */
    /* First position whose inputs that are not known ahead are hidden; 0: none. Forecasts that continue
    ** from their own values set it: their origin moves on, what was known does not. */
    size_t hidden_from;
    int ordered; /* 1: its times are all NULL; they are ranks from 0, printed as integers */
} rnn_series;

/* A window: origin is the position of the last step that is known. */
typedef struct rnn_window {
    size_t series;
    int64_t origin;
} rnn_window;

typedef struct rnn_series_set {
    rnn_context *ctx;
    rnn_time_style style; /* of these rows; the model's where all times are NULL */
    size_t count;
    rnn_series *series; /* sorted by key */
    size_t number_width, categories;
    rnn_report report; /* of these rows; series: with a known target, series_skipped: without one */
    double *targets, *times; /* storage of all series: the pointers above point into these */
    real *numbers;
    uint32_t *ids;
} rnn_series_set;

/* Where input k (from 0) of the model lies in a position's inputs. */
typedef struct rnn_input_place {
    int category; /* 1: ids[first]; 0: numbers[first...], then the mask at first + width */
    size_t first, width;
} rnn_input_place;

/* Learn the columns from training rows. Fills model->input, forecast.style, .frequency,
** .integer_target, .nonnegative, .series and .series_key (only with option series_embedding; series
** with a known target), options.gaps and the report. `options` resolved by forecast.c as far as
** needed (frequency, gaps, known_ahead, series_embedding). `function` ("rnn_train") goes into
** messages. RNN_DATA: fewer than 3 columns, no rows, no known target, and whatever row_order.h,
** columns.h and the grid refuse; RNN_OPTION: frequency, known_ahead. A model whose learning failed
** is to be freed. */
rnn_status rnn_series_learn(rnn_context *ctx, const char *function, const rnn_table *rows,
                            const rnn_options *options, rnn_model *model);
/* Build the set with the columns of `model` (its kinds, vocabularies, scalers, frequency,
** options.gaps): training rows and rows to forecast alike. No rows give an empty set; a series
** without a known target has known = 0. `rows` are borrowed as long as the set lives. On failure
** *out is empty. */
rnn_status rnn_series_build(rnn_context *ctx, const char *function, const rnn_table *rows,
                            const rnn_model *model, rnn_series_set *out);
/* Free the set's storage; a zeroed set or NULL is fine. */
void rnn_series_set_free(rnn_series_set *s);

/* Numbers a position (masks included) and ids a position, and where column k lies. */
size_t rnn_series_number_width(const rnn_model *model);
size_t rnn_series_categories(const rnn_model *model);
rnn_input_place rnn_series_input(const rnn_model *model, size_t k);

/* Time of position p (past the end too) of a series as a number: seconds, the time itself, or a
** rank. With RNN_STEP_ROW positions past the end go on in steps of frequency.size from the last
** time (calendar months where that is what it is). */
double rnn_series_time_at(const rnn_model *model, const rnn_series *s, size_t position);
/* The same as a value in the rows' style; buf as in rnn_time_format. */
rnn_value rnn_series_time(const rnn_series_set *set, const rnn_model *model, const rnn_series *s,
                          size_t position, char *buf, size_t size);

#endif
