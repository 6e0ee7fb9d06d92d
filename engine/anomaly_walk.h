/* anomaly_walk.h - along a series one step ahead, with what does not belong to it taken out: the
** windows of rnn_anomalies (anomalies.h says why).
**
** A walk forecasts each known target from what precedes it and may change what later windows see
** (its track, baseline.h):
**
** Outliers. A value that is more than OUT_MISS deviations off is unknown to the later windows: its
** own forecast takes its place, so that it neither shifts nor widens what follows. At most MOST_OUT
** of the last OUT_REACH steps are taken out: what happens that often is how the series is.
**
** Shifts. Where the last 3 to 8 misses go one way, further than chance would have it even without
** the largest of them, the series has a new level. From the first of them on their median is
** subtracted before the network sees the series, and added to its forecasts: what is known of
** season, drift and spread stays usable, and the new level is the usual one at once (the level
** shift of Chen & Liu 1993, found with the past alone). Until LEARN steps after the shift each step
** improves the amount.
**
** Going back. What looked like a shift may have been a season that the network had not learned yet,
** and a wrong shift makes the misses that the next one is found in. So each position is also
** forecast from the series as it is, once before all walks, and where the recent misses of a walk
** have become clearly worse than those, its track becomes the series as it is. Each time that
** happens the evidence asked for a shift of this series grows by DOUBT, so that it ends: after four
** times no misses are enough, as each counts MOST_MISS at most.
**
** So a window depends on the misses before it. Windows are nevertheless scored in batches, a chunk
** of each series at a time as if nothing happened in it; where the track changes, what comes after
** is scored again. Results do not depend on the number of threads.
*/
#ifndef RNN_ANOMALY_WALK_H
#define RNN_ANOMALY_WALK_H

#include "windows.h"

/* In deviations: a miss of an outlier. */
#define RNN_OUT_MISS 4.5

/* What became of a position. */
enum { RNN_FATE_USED, RNN_FATE_OUT, RNN_FATE_SHIFTED };

/* A position: its forecast and the spread that goes with it, in the recipe's transform, and how far
** the target is from it (NaN: not judged). */
typedef struct rnn_verdict {
    double center, spread, off;
    double raw; /* how far it is from a forecast from the series as it is; NaN likewise */
    uint8_t fate;
} rnn_verdict;

typedef struct rnn_walk rnn_walk; /* anomaly_walk.c */

/* Series, their verdicts, and the yardstick of misses, which the caller sets before rnn_walker_run:
** typical, trust, deviation, caution. */
typedef struct rnn_walker {
    rnn_context *ctx;
    const rnn_model *model;
    const rnn_series_set *set;
    rnn_windows *windows;
    rnn_scorer *scorer;
    size_t *start;        /* [series + 1] where a series' verdicts begin */
    size_t *from;         /* [series] first position that is judged; its known positions: none is */
    rnn_verdict *verdict; /* [start[series]] */
    double *typical;      /* [series] spread of most of its forecasts */
    double trust;         /* 0...1: how much of the differences from it is real */
    double deviation[2];  /* of misses downwards and upwards */
    double caution;       /* factor on the evidence of shifts: misses may go together */
    rnn_walk *walks;      /* [WALKS] under way */
    rnn_window *list;     /* [list_room] windows under way */
    size_t list_size, list_room;
} rnn_walker;

/* Makes the windows of a set and room for its verdicts (unset). set, model and pool are borrowed
** until rnn_walker_free, which is the caller's to call on failure too; a zeroed walker is fine. */
rnn_status rnn_walker_create(rnn_context *ctx, const rnn_model *model, const rnn_series_set *set,
                             rnn_pool *pool, rnn_walker *w);
void rnn_walker_free(rnn_walker *w);

/* Forecast every position from the series as it is: verdicts, all RNN_FATE_USED, with off = raw.
** Once, before any walk. */
rnn_status rnn_walker_raw(rnn_walker *w);
/* Walk along all series from their beginning: verdicts anew. */
rnn_status rnn_walker_run(rnn_walker *w);

static inline rnn_verdict *rnn_walker_verdicts(const rnn_walker *w, size_t series) {
    return w->verdict + w->start[series];
}
/* Spread that the misses of a series are measured in where a forecast's own is `spread`. */
double rnn_walker_scale(const rnn_walker *w, size_t series, const rnn_verdict *v);
/* How far a target is off in that. */
double rnn_walker_miss(const rnn_walker *w, size_t series, const rnn_verdict *v);

#endif
