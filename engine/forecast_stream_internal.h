/* forecast_stream_internal.h - shared by forecast_stream.c (rows, forecasts) and forecast_state.c
** (bytes).
**
** The tail is a series set of one series and its track (windows.h), grown in place: positions
** 0...known of them are the positions before...before + known of the whole series. When the arrays
** are full the last `reach` positions move to the front; the arrays hold twice as many, so that
** this is rare. Behind the tail lie `ahead` steps with missing inputs, for the forecast of the next
** step.
*/
#ifndef RNN_FORECAST_STREAM_INTERNAL_H
#define RNN_FORECAST_STREAM_INTERNAL_H

#include "forecast_stream.h"
#include "windows.h"

/* A series of more steps is none; doubles count that far. */
#define RNN_STREAM_STEPS ((uint64_t)1 << 53)

struct rnn_forecast_stream {
    rnn_context *ctx;
    const rnn_model *model;
    uint64_t fingerprint;
    size_t reach, ahead, room; /* positions kept; steps behind them; positions there is room for */
    rnn_series series;
    rnn_series_set set;
    rnn_windows *windows; /* its one track is the tail's */
    rnn_scorer *scorer;   /* for windows of up to scorer_steps steps */
    size_t scorer_steps;
    rnn_window window;
    double *vector;    /* scratch for the widest input */
    real *row_numbers; /* inputs of the row under way */
    uint32_t *row_ids;
    /* What there is: */
    int untimed, known, positive; /* times are NULL; a target is known; one is above zero */
    uint64_t rows;
    double last_time;
    size_t first_positive; /* position of the first value above zero, 0 if before the tail */
    int has_last;          /* `last` was computed already */
    double last;
};

/* The tail's values. */
static inline rnn_track *rnn_tail_track(const rnn_forecast_stream *s) {
    return &s->windows->tracks[0];
}
/* Inputs of `n` positions from p on are missing. */
void rnn_tail_missing(rnn_forecast_stream *s, size_t p, size_t n);
/* Room for `room` positions and the steps ahead of them. */
rnn_status rnn_tail_room(rnn_forecast_stream *s, size_t room);
/* Time of position p, or of a step behind the tail. */
double rnn_tail_time_at(const rnn_forecast_stream *s, size_t p);

#endif
