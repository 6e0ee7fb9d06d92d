/* row_order.h - the rows of a table in the order of (series, time), and how messages name a row.
**
** Every series is a run of rows in ascending time. Rows that arrive sorted (the usual SELECT) are
** found to be so in one pass and nothing is moved; otherwise they are put in order by a counting
** sort over series and a merge sort inside each series that needs it: O(n log n) with integer keys,
** whatever the keys are in the table. Nothing here depends on the order in which rows arrived,
** except for series without times, whose rows keep it.
**
** Series keys that compare equal (1 and 1.0) are one series. Two rows with one (series, time) are
** RNN_DATA that names both; so is a series in which some times are NULL and others are not.
*/
#ifndef RNN_ROW_ORDER_H
#define RNN_ROW_ORDER_H

#include "timestamp.h"

/* Columns of row-per-step data; inputs follow. */
enum { RNN_ROW_SERIES = 0, RNN_ROW_TIME = 1, RNN_ROW_TARGET = 2, RNN_ROW_INPUT = 3 };

typedef struct rnn_row_order {
    rnn_context *ctx;
    size_t rows, series;
    rnn_time_style style; /* of all times; RNN_TIME_ORDER if all are NULL */
    size_t timed_row;     /* a row of the table whose time is not NULL; `rows` if there is none */
    size_t *start;        /* [series + 1] first sorted row of each series, ascending by key */
    uint32_t *row;        /* [rows] table row of each sorted row; NULL: they are in order already */
    double *time;         /* [rows] time of each sorted row; NaN in a series without times */
} rnn_row_order;

/* Order the rows of a table that has the three columns. `function` goes into messages. On failure
** *out is empty. */
rnn_status rnn_row_order_create(rnn_context *ctx, const char *function, const rnn_table *rows,
                                rnn_row_order *out);
void rnn_row_order_free(rnn_row_order *o);

/* Table row of sorted row i. */
static inline size_t rnn_row_order_at(const rnn_row_order *o, size_t i) {
    return o->row ? o->row[i] : i;
}
/* 1 if series s has no times. */
static inline int rnn_row_order_untimed(const rnn_row_order *o, size_t s) {
    return o->time[o->start[s]] != o->time[o->start[s]];
}

/* Order of two elements a and b, as numbers in an index: nonzero if a comes before b. */
typedef int (*rnn_before_fn)(const void *arg, uint32_t a, uint32_t b);
/* Stable merge sort of index[0...n); scratch holds n elements. No allocation, no recursion. */
void rnn_sort_index(uint32_t *index, uint32_t *scratch, size_t n, rnn_before_fn before,
                    const void *arg);

/* The name of a column for messages, as the user counts arguments: "input 2 (argument 6)" for
** rnn_train, whose first argument is the options, "input 2 (argument 5 of rnn_rows)" for every
** other function. Returns buf. */
enum { RNN_COLUMN_LABEL = 64 };
const char *rnn_column_label(const char *function, size_t column, char buf[RNN_COLUMN_LABEL]);
/* The place of a row for messages: "series 'A', time '2014-01-31'", or "series 'A', row 17" (from
** 1, as they arrived) where it has no time. Returns buf. */
enum { RNN_ROW_LABEL = 160 };
const char *rnn_row_label(const rnn_table *rows, size_t row, char buf[RNN_ROW_LABEL]);
/* Bytes that a printed value takes in a message. */
enum { RNN_VALUE_LABEL = 64 };

#endif
