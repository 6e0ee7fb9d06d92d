/* forecast_stream.h - a forecast model that is fed one row at a time: rnn_score, rnn_advance,
** rnn_output.
**
** A stream is one series as a model sees it, up to the last row pushed. It keeps the tail of that
** series and nothing else that grows: a window reads `context` steps, and the seasonal terms of its
** baseline and inputs read a few seasons before them, so that a row costs the same however many
** came before. What a window needs of the whole past (mean, typical change, drift) are sums that
** are carried along. Forecasts are those of a rolling origin with horizon 1 (rnn_backtest with
** "stride":1) up to rounding:
**
**   push(row 1), push(row 2), ... push(row t)        last = forecast of row t's step from rows < t
**                                                    next = forecast of the step after row t
**
** A row is time, target, inputs, as in rnn_rows() without the series. Its target is not looked at
** by `last`; of its inputs only those known ahead are. A NULL target is replaced by that forecast,
** and counts as known from then on (where there is none yet, it stays unknown). Forecasts run
** the network only when they are asked for (or a NULL target needs one): feeding rows is cheap.
**
** Times ascend. Steps without a row between two rows are filled as the grid fills them (series.h):
** unknown targets, missing inputs; with "gaps":"error" they are an error. The grid starts at the
** first row; a row nearest to the step of the row before it moves to the next step if it is at
** least a quarter of a step off, as in grid.h. At most RNN_GRID_FREE + RNN_GRID_SPARSE steps a row
** kept are filled at once. A model of rows without times takes NULL times, and so may every other
** model: then each row is the next step. NULL and other times do not mix in one stream.
**
** Differences from rnn_backtest: a NULL target counts as its forecast instead of a gap; the series
** is an unknown one to a series embedding; what is told apart by the logarithm's floor is what was
** seen so far; the grid is never moved to where most rows lie; an error among the first values is
** not seen, as those after it are not known (wild.h).
**
** After warm-up (the tail has its full length) nothing is allocated. A bidirectional network works
** here, as each window is read as a whole; whether it is to be refused is the caller's business.
** One thread at a time; no worker threads are used.
**
** State (rnn_forecast_stream_write), little-endian:
**
**   magic "RNNFSTRM", u32 version, u32 CRC-32 of what follows the size, u64 size of the whole
**   u64 fingerprint of the model (rnn_model_fingerprint)
**   u8 flags: 1 times are NULL, 2 a target is known, 4 a value was above zero
**   u64 rows, u64 positions before the tail, u64 n positions of the tail, u64 the first of them
**       with a known target, u64 the first above zero
**   f64 time of position 0, f64 of the last row, f64 floor of logarithms, f64 sum of the first
**       season, f64 sum before the tail, f64 sum of all moves
**   where values that can only be errors count as missing (recipe.careful): f64 least, f64 greatest
**       of the values that count, u64 how many they are, u64 wild ones since (wild.h)
**   n x f64 values, n x numbers f32, n x ids u32 (widths of series.h)
*/
#ifndef RNN_FORECAST_STREAM_H
#define RNN_FORECAST_STREAM_H

#include "model.h"

typedef struct rnn_forecast_stream rnn_forecast_stream;

/* An empty stream. `model` (task forecast) is borrowed; ctx is kept for memory and messages. Keep a
** stream and reset it, or read another state into it, rather than making one a row. */
rnn_status rnn_forecast_stream_create(rnn_context *ctx, const rnn_model *model,
                                      rnn_forecast_stream **out);
void rnn_forecast_stream_free(rnn_forecast_stream *s);
/* As after creation; memory stays for the next series. */
void rnn_forecast_stream_reset(rnn_forecast_stream *s);

/* Add a row of n values: time, target, then the model's inputs. `function` goes into messages.
** RNN_DATA, the stream as it was: a wrong number of values, a time that is not after the last
** row's, on its step, of another kind or too far ahead, a target or input that the model cannot
** take. After RNN_NOMEM, RNN_LIMIT and RNN_INTERRUPT the stream is to be reset or freed. */
rnn_status rnn_forecast_stream_push(rnn_forecast_stream *s, const char *function,
                                    const rnn_value *row, size_t n);
/* Rows pushed so far, those of the state it was read from included. */
uint64_t rnn_forecast_stream_rows(const rnn_forecast_stream *s);
/* The median forecast of the last row's step, made from the rows before it; NaN (NULL) where there
** is none: no row, no known target before it, a model of logarithms before any value above zero,
** values too large. */
rnn_status rnn_forecast_stream_last(rnn_forecast_stream *s, double *forecast);
/* The median forecast of the step after the last row, its inputs unknown; NaN likewise. */
rnn_status rnn_forecast_stream_next(rnn_forecast_stream *s, double *forecast);

/* Append the state to w. */
rnn_status rnn_forecast_stream_write(const rnn_forecast_stream *s, rnn_writer *w);
/* Replace the stream's content by a state. RNN_DATA with a message that says which: no state,
** truncated or corrupt, of a newer version, of another model; the stream is empty then. Any bytes
** are safe. */
rnn_status rnn_forecast_stream_read(rnn_forecast_stream *s, const char *function, const void *data,
                                    size_t size);
/* 1 if the bytes start as a state of a forecast stream does. */
int rnn_forecast_stream_sniff(const void *data, size_t size);
/* Steps of the past that the model may look at: the longest tail. */
size_t rnn_forecast_stream_reach(const rnn_model *model);

#endif
