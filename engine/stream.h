/* stream.h - a model over rows that arrive one by one: rnn_score, rnn_advance, rnn_output.
**
** A stream reads the rows of one series in ascending time and has an output after each: the class
** or number of a `classify` or `regress` model of row-per-step data (with output `last`, of the
** rows so far), the likeliest next token of a `generate` model of such data, and for a forecast
** model the forecast of the step that comes next, made before its target is seen
** (forecast_stream.h). The cost of a row does not depend on the rows before it, and after the first
** rows nothing is allocated (a longer unknown word than all before makes room for its parts).
**
** Models that read a series as a whole (rnn_model_is_whole) keep its rows and read them anew where
** an output is asked for: that costs the more the longer the series is. They have no state that
** could be stored.
**
** The inputs of a step are those of training: values and ids as cells.h reads them, parts of
** unknown words, the patch of the last RNN_PATCH steps where the model has derived inputs; a
** `generate` model has read the begin token before the first row. Times are only compared: any form
** that one column may have is fine, whatever the training rows had. NULL times: order of arrival.
**
** The state can be stored. Forecast models: forecast_stream.h. All others, little-endian:
**
**   magic "RNNSTATE", u32 version, u32 CRC-32 of all from byte 24 on, u64 size
**   u64 fingerprint of the model (rnn_model_fingerprint), u64 rows
**   style of the times as in models (docs/formats.md), f64 time of the last row (NaN: NULLs)
**   f64 answer: the number; index of the class; id of the token
**   f32 recurrent states and pools of all members (stepper.h)
**   f32 inputs of the last RNN_PATCH steps, oldest first; only with derived inputs
**
** A state of another model, or bytes that are no state, are refused.
*/
#ifndef RNN_STREAM_H
#define RNN_STREAM_H

#include "model.h"

typedef struct rnn_stream rnn_stream; /* stream.c */

/* `model` is borrowed; `function`, static, goes into messages. RNN_MISUSE, naming what fits: a
** model of row-per-sequence data, an encoder-decoder, a bidirectional network. */
rnn_status rnn_stream_create(rnn_context *ctx, const char *function, const rnn_model *model,
                             rnn_stream **out);
void rnn_stream_free(rnn_stream *s);
/* Messages name this function from here on. */
void rnn_stream_set_function(rnn_stream *s, const char *function);
/* Back to before the first row. */
void rnn_stream_reset(rnn_stream *s);
/* Rows read since the start. */
uint64_t rnn_stream_rows(const rnn_stream *s);
/* The time of a row as a number, for sorting (NaN: NULL); RNN_DATA if it is no time. */
rnn_status rnn_stream_time(rnn_stream *s, const rnn_value *time, double *number);
/* One row: time, [target,] inputs. n counts them: forecast models need the target (NULL: the
** forecast stands in for it); others take the row with or without it and do not look at it; rows
** of `generate` models are time, token. RNN_DATA, the stream as it was: wrong n, a time not after
** the row before, cells of the wrong kind. */
rnn_status rnn_stream_push(rnn_stream *s, const rnn_value *row, size_t n);
/* Output after the last row (forecast models: of the next step). NULL before the first row. Value
** borrowed until the next push. */
rnn_status rnn_stream_output(rnn_stream *s, rnn_value *out);
/* Forecast models: the forecast of the row pushed last, made before it was seen; NULL if there was
** none. Others: as rnn_stream_output. This is what rnn_score shows. */
rnn_status rnn_stream_score(rnn_stream *s, rnn_value *out);
/* RNN_MISUSE for a model that reads whole series: a state of bounded size holds none. */
rnn_status rnn_stream_check_state(const rnn_stream *s);
/* The state as bytes appended to w; and back. RNN_MISUSE of a model that reads whole series; RNN_DATA, the stream before its first row: no state,
** corrupt, of another model. */
rnn_status rnn_stream_save(rnn_stream *s, rnn_writer *w);
rnn_status rnn_stream_load(rnn_stream *s, const void *data, size_t size);

#endif
