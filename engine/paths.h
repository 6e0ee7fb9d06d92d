/* paths.h - what the mixture of smoothing.h forecasts from the origins of windows, computed once
** and looked up by window. */
#ifndef RNN_PATHS_H
#define RNN_PATHS_H

#include "recipe.h"

typedef struct rnn_paths rnn_paths;

/* From one origin. */
typedef struct rnn_path {
    double unit, seasonal, trending; /* smoothing.h */
    const double *base, *spread;     /* [ahead] of steps 1 ... ahead */
} rnn_path;

/* Paths of `ahead` steps; none yet. *out is the caller's. RNN_NOMEM, RNN_LIMIT. */
rnn_status rnn_paths_create(rnn_context *ctx, const rnn_model *model, size_t ahead,
                            rnn_paths **out);
/* Those of the windows of a list, in place of what was there, from the tracks as they are now;
** misses of the `context` positions before and with each origin. Memory is used again. Every
** origin from the first of a series, less the context, to its last costs time. RNN_NOMEM,
** RNN_LIMIT, RNN_INTERRUPT. */
rnn_status rnn_paths_compute(rnn_paths *p, const rnn_model *model, const rnn_series_set *set,
                             const rnn_track *tracks, const rnn_window *list, size_t count,
                             size_t context);
void rnn_paths_free(rnn_context *ctx, rnn_paths *p);
/* Bytes a window. */
uint64_t rnn_paths_bytes(size_t ahead);
/* The path of a window of the list. */
rnn_path rnn_paths_find(const rnn_paths *p, rnn_window at);
/* z - what was forecast a step before, at position `at`; 0 where nothing was. */
double rnn_paths_miss(const rnn_paths *p, size_t series, int64_t at);
/* Season that the mixture takes for a series: 1 or more. */
size_t rnn_paths_season(const rnn_model *model, const rnn_series *series);
/* A longer season, whose last cycle the network is shown: a multiple of the mixture's, such as 168
** for hours and 364 for days; 0: none. */
size_t rnn_paths_long_season(const rnn_model *model, const rnn_series *series);
/* The series as smoothing.h sees it: the first n values of its track. */
rnn_smoothing_series rnn_paths_series(const rnn_model *model, const rnn_series *series,
                                      const rnn_track *track, size_t n);

#endif
