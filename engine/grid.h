/* grid.h - which position of its series' regular grid each row takes; the rules are in series.h.
**
** Where the unit is RNN_STEP_ROW, or a series has no times, a row's position is its rank. Otherwise
** it is the step nearest to its time. Of two rows nearest to one step, one moves to the step beside
** it if that is free and the row is at least a quarter of a step off, as measurements that drift
** around their schedule are; else they are an error that names both.
*/
#ifndef RNN_GRID_H
#define RNN_GRID_H

#include "frequency.h"
#include "options.h"
#include "row_order.h"

/* At most RNN_GRID_SPARSE x rows + RNN_GRID_FREE positions. */
enum { RNN_GRID_SPARSE = 20, RNN_GRID_FREE = 10000 };

/* Of a step: a row this far off its step may move to the one beside it. */
static const double RNN_GRID_OFF_STEP = 0.25;

typedef struct rnn_grid {
    rnn_context *ctx;
    uint32_t *position; /* [rows] of each sorted row, ascending in each series */
    double *origin;     /* [series] time of position 0 */
    size_t *length;     /* [series] positions, up to the last row */
    size_t total;       /* positions of all series */
} rnn_grid;

/* 1 if the grid would have more positions than the rows allow. */
int rnn_grid_too_sparse(const rnn_row_order *order, const rnn_frequency *f);
/* Place all rows; `rows` is the table of `order`, for messages. RNN_DATA: two rows on one step, a
** missing step with RNN_GAPS_ERROR, too sparse. On failure *out is empty. */
rnn_status rnn_grid_create(const rnn_row_order *order, const char *function, const rnn_table *rows,
                           const rnn_frequency *f, rnn_gaps gaps, rnn_grid *out);
void rnn_grid_free(rnn_grid *g);

#endif
