/* windows.h - from series to packed batches: each window is one sequence of the network.
**
** A window is the last C known positions of a series up to an origin o (fewer where the series is
** younger) and the h steps after it. In the part before o the network reads what happened, in the
** part after it what is known ahead; outputs are taken at the h steps. Values are scaled by the
** window's own level and spread, so that series of any size share one network:
**
**   level = trailing mean at o (baseline.h)        unit = mean |z_t - z_{t-lag}| of the context
**   target of step k = (z_{o+k} - base_k) / unit
**
** Inputs of a step at position p (k = p - o; terms are cut at +-RNN_FEATURE_CUT):
**
**   1      (z_p - level)/unit for k <= 0, (base_k - level)/unit for k > 0
**   2, 3   1 for k > 0; k/h
**   7      the values before p, at most up to o: (z - level)/unit, a linear autoregression beside
**          the recurrent path
**   3 each season: seasonal term of 1 cycle, of 3 cycles (in units), 1 if there is one
**   2 each yearly lag, 364 and 365 days (recipe.annual): seasonal term, 1 if there is one
**   3      drift a step ahead x k, log(unit / the series' unit)/2, log unit against level
**   1      anniversary effect (recipe.anniversary)
**   rest   calendar.h, the user's numeric inputs (those not known ahead masked for k > 0)
**
** With the mixture as baseline (recipe.mixture; path is of paths.h) they are, all of them in every
** model, so that networks can be taken from one to another:
**
**   level = base_1      unit = the mixture's usual error, one step ahead
**
**   1      (z_p - level)/unit for k <= 0, (base_k - level)/unit for k > 0
**   2, 3   1 for k > 0; log(1 + k)/4
**   7      the values before p, at most up to o
**   3      of the season: term of 1 cycle, of 3 cycles, as changes since the origin of those
**          cycles; 1 if there is one
**   2      of a longer season, 168 hours, 364 days: term of 1 cycle likewise, 1 if there is one
**   1      (z_p - base_1 of the origin before)/unit for k <= 0
**   1      spread of the mixture's forecasters at step k, in units
**   5      log(mean |z_t - z_{t-1}| / unit)/2, log unit against level, log of the values known,
**          log of the season, weight of the season and of a trend in the mixture
**   1      (base_k - base_1)/unit
**   1      1 with logarithms
**   rest   calendar.h, the user's numeric inputs
**
** Category inputs, and the series itself with option series_embedding, are ids for the network's
** embeddings. With option scale other than "window" level and unit are figures of the training
** series and the base is the level.
*/
#ifndef RNN_WINDOWS_H
#define RNN_WINDOWS_H

#include "paths.h"
#include "recipe.h"
#include "scorer.h"

enum { RNN_FEATURE_CUT = 20, RNN_TARGET_CUT = 60, RNN_RECENT = 7 };
enum { RNN_MIXTURE_NUMBERS = 3 + RNN_RECENT + 15 };

/* What the inputs of a step owe to its time alone, kept by position (rnn_windows_learn). */
typedef struct rnn_window_dates {
    size_t *start;       /* [series + 1] positions before each series; NULL: none are kept */
    real *calendar;      /* [positions x calendar width] */
    double *anniversary; /* [positions] where all its dates are known; 0 without the effect */
} rnn_window_dates;

/* Level and unit of a window and what they do to numbers. */
typedef struct rnn_window_scale {
    double level, unit;
    double usual; /* unit of the series as it was known at the origin */
} rnn_window_scale;

typedef struct rnn_windows {
    /* training part: all origins first[s]...last[s]; validation part: `list` */
    rnn_sampler sampler;
    rnn_context *ctx;
    const rnn_model *model;
    const rnn_series_set *set;
    rnn_track *tracks;              /* [series] owned */
    size_t context, horizon, width; /* C, h, numbers a step */
    size_t ahead;                   /* steps after the origin that a window has: h, or fewer */
    int64_t *first, *last;          /* [series] training origins; last < first: none */
    double *share;                  /* [series] cumulative share of the series in the draws */
    size_t *start;                  /* [series + 1] number of training windows before each series */
    const rnn_window *list;         /* borrowed */
    rnn_paths *paths; /* of the mixture: of `list`, or with `learned` of all training windows too */
    int learned;
    rnn_window_dates dates; /* of a training part, whose steps are asked for many times */
} rnn_windows;

/* Steps that a window forecasts at once: the horizon, or one of a recursive decoder. */
size_t rnn_windows_horizon(const rnn_model *model);
/* Network inputs of a model: numbers a step. */
size_t rnn_windows_width(const rnn_model *model);
/* Borrowed: set, model, list. ends[s]: training targets lie before this position (NULL: no training
** part). */
rnn_status rnn_windows_create(rnn_context *ctx, const rnn_series_set *set, const rnn_model *model,
                              const size_t *ends, rnn_windows **out);
void rnn_windows_free(rnn_windows *w);
/* The windows to score as the validation part. Their baselines are computed from the tracks as they
** are now, but where rnn_windows_learn came before. Cannot fail then, or without a mixture. */
rnn_status rnn_windows_set_list(rnn_windows *w, const rnn_window *list, size_t count);
/* Keep what training asks for again and again: the calendar of all positions, where it takes little
** memory, and a mixture's baselines of all origins from the first training window on. Once.
** RNN_NOMEM, RNN_LIMIT, RNN_INTERRUPT. */
rnn_status rnn_windows_learn(rnn_windows *w);
/* Bytes of the baselines that rnn_windows_learn keeps. */
uint64_t rnn_windows_learn_bytes(const rnn_series_set *set, size_t horizon);
/* Kind of the series at a window's origin: 1 where the mixture has a season, else 0. */
size_t rnn_windows_kind(const rnn_windows *w, rnn_window at);
/* From here on windows end `steps` <= h steps after their origin. For unidirectional networks, whose
** outputs do not depend on later steps, where no more than these are wanted; with others nothing
** happens. Before a scorer is made. */
void rnn_windows_shorten(rnn_windows *w, size_t steps);
rnn_window_scale rnn_windows_scale(const rnn_windows *w, rnn_window at);
/* Baseline of step k in scaled units, above the level. */
double rnn_windows_base(const rnn_windows *w, rnn_window at, rnn_window_scale scale, int64_t k);
/* Call visit for each output of a batch that `fill` made: the item's number, its window, step k and
** the output's number. */
typedef void (*rnn_visit_fn)(void *arg, size_t item, rnn_window at, int64_t k, size_t output);
void rnn_windows_visit(const rnn_windows *w, int valid, const size_t *item, const rnn_batch *b,
                       rnn_visit_fn visit, void *arg);
/* Steps of the context of a window. */
size_t rnn_windows_context(const rnn_windows *w, rnn_window at);

#endif
