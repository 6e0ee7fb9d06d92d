/* probe.h - one sequence of the rows at a time, laid out as the model's networks read it: what
** states.h and gradient_lag.h walk through.
**
** Sequences are those of the task: a series or a row (sequences.h), in the order in which
** rnn_predict answers; for forecasts a window of each series, its context and the steps of the
** horizon behind it (windows.h): where there is nothing to compare it with the one that rnn_forecast
** uses, which ends with the last known step; with targets the last one whose whole horizon is known.
** Sequences without steps are left out.
*/
#ifndef RNN_PROBE_H
#define RNN_PROBE_H

#include "sequence_sampler.h"
#include "series.h"
#include "windows.h"

typedef struct rnn_probe {
    rnn_context *ctx;
    const rnn_model *model; /* `bound`, where the one given was for any series */
    rnn_model *bound;
    rnn_sequence_set set;            /* every task but forecast */
    rnn_sequence_sampler *sequences; /* likewise */
    size_t *list;                    /* likewise [count] */
    rnn_series_set series;           /* forecast */
    rnn_windows *windows;            /* likewise */
    rnn_window *window;              /* likewise [count] */
    const rnn_sampler *sampler;      /* of one of the two */
    size_t count, next;              /* sequences; number of the one that comes next */
    rnn_batch batch;                 /* of one sequence */
    rnn_tokenizer tokenizer;
    char time[48];
} rnn_probe;

/* Reads the rows. `targets` 1: their first column, a sequence a row, is the target, and sequences
** without a known one are left out; 0: it is a key. Borrowed until rnn_probe_close, which is the
** caller's to call on failure too: function, model, rows. RNN_DATA: rows that do not fit the model;
** with targets, none known. */
rnn_status rnn_probe_open(rnn_context *ctx, const char *function, const rnn_model *model,
                          const rnn_table *rows, int targets, rnn_probe *p);
/* A zeroed probe is fine. */
void rnn_probe_close(rnn_probe *p);
/* The next sequence into p->batch; RNN_DONE after the last. Encoder-decoder networks: with targets
** the decoder's part too. Looks at the interrupt flag. */
rnn_status rnn_probe_next(rnn_probe *p);

/* Of the sequence under way: its key (a sequence a row), or its series and a step's time; RNN_NULL
** where the rows have none. Borrowed; a time until the next one. */
rnn_value rnn_probe_key(const rnn_probe *p);
rnn_value rnn_probe_series(const rnn_probe *p);
rnn_value rnn_probe_time(rnn_probe *p, size_t step);
/* The word that a step reads: of a text, or of the first input with words. An unknown word is itself
** where the network reads the parts it is made of, else "<unknown>"; what stands before a text that
** is generated is "<begin>". RNN_NULL for inputs without words. Borrowed until the next sequence. */
rnn_value rnn_probe_token(const rnn_probe *p, size_t step);

#endif
