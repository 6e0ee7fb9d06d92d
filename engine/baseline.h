/* baseline.h - simple forecasts that the network starts from: level, season, drift.
**
** The network of a forecast model does not learn the series itself but what a simple forecast
** leaves over, in units of the window's own spread. Networks cannot extrapolate a level they have
** not seen; a baseline can, and a small network on top of it learns from 100 values what it could
** never learn from raw ones (ES-RNN, Smyl 2020, won the M4 competition this way).
**
** With z the series (or its logarithm), o the origin (last known position), k = 1... the step
** ahead, m a season:
**
**   level(o, w)    mean of the last w values up to and including o
**   season(o, p)   mean over j = 0...n-1 of  z[p - (c+j) m] - level of the same cycle,   c = max(1,
**                  ceil((p - o)/m)) whole cycles back
**   drift(o, m)    mean change a cycle over the whole history:  m (mean of last m - mean of first
**                  m) / (o + 1 - m); 0 before two cycles (and three values) are known
**   base_k         level(o, w) + season(o, o+k) + drift(o, m) x (cycles ahead)
**
** Everything at origin o depends on values up to o only.
*/
#ifndef RNN_BASELINE_H
#define RNN_BASELINE_H

#include "bytes.h"
#include "smoothing.h"
#include "wild.h"

/* Series without and with a season; groups of steps that a horizon can have. */
enum { RNN_SERIES_KINDS = 2, RNN_STEP_GROUPS = 16 };

/* A kind of baseline. terms 0: no season; season 1: none either. */
typedef struct rnn_baseline {
    size_t season; /* m */
    size_t level;  /* w */
    size_t terms;  /* n: cycles averaged */
    int drift;
} rnn_baseline;

/* What recipe.c decided; stored in the model (model.c calls the two functions below for its bytes).
*/
typedef struct rnn_recipe {
    int log;          /* 1: z = log(max(y, floor of its series)) */
    double log_floor; /* highest floor, > 0: a tenth of the lowest training value */
    rnn_baseline base;
    size_t scale_lag;   /* a window's unit is the mean |z_t - z_{t-lag}| of its context ... */
    double scale_floor; /* ... but at least this share of the series' own */
    int annual;         /* 1: yearly lags are inputs */
    int anniversary;    /* 1: the anniversary effect is an input */
    /* the median moves this share of the way from the baseline to the network's median ... */
    double shrink;
    /* ... or, where groups of steps have shares of their own, this one: by the kind of the series
    ** at the origin (windows.h) and the group (calibrate.h) */
    size_t share_groups;
    double share[RNN_SERIES_KINDS][RNN_STEP_GROUPS];
    /* 1: the baseline is the mixture of smoothing.h; of `base` the windows then use season and
    ** level alone */
    int mixture;
    rnn_smoothing smoothing;
    int careful; /* 1: values that can only be errors count as missing (wild.h) */
    /* 1: of a model that is for any series: step and seasons are taken from the rows (bind.h) */
    int any_step;
} rnn_recipe;
void rnn_recipe_write(const rnn_recipe *r, rnn_writer *w);
/* 0, or 1 if a value is out of range. Reads exactly what rnn_recipe_write writes. */
int rnn_recipe_read(rnn_reader *r, rnn_recipe *out);
/* The same for what format version 3 adds: shares by step, the mixture, care. */
void rnn_recipe_write_more(const rnn_recipe *r, rnn_writer *w);
int rnn_recipe_read_more(rnn_reader *r, rnn_recipe *out);

/* A series as the baseline and the windows see it. */
typedef struct rnn_track {
    size_t known; /* positions with a past: up to and with the last known target */
    double floor; /* with logarithms: lowest value that is told apart (recipe.h) */
    /* position of the first known target; no origin lies before it: what is filled in there
    ** comes from it */
    size_t first;
    double *z; /* [known] values, missing ones filled from the past, log where the recipe says so */
    double *sum; /* [known+1] sums of z before each position */
    /* [known] anniversary effect at each position (recipe.h), NaN where unknown; NULL if not
    ** used */
    double *effect;
    /* typical |z_t - z_{t-lag}| of the past: the unit of scaled values where a window is too
    ** short */
    double unit;
    /* [known+1] sums of |z_t - z_{t-lag}| before each position where the unit is wanted at every
    ** origin (scoring); NULL where `unit` holds for all of them (training) */
    double *moves;
    double size; /* the same in the data's own units, for loss weights */
    /* Positions that were dropped in front of z[0] where only the tail of a series is kept
    ** (forecast_stream.h); `sum` and `moves` go on counting them. A tail is long enough that
    ** nothing but the drift asks for what is gone: head is the sum of the first season's values. */
    size_t before;
    double head;
    rnn_wild wild; /* what is usual so far */
} rnn_track;

/* Mean of the last w values up to o >= 0. */
double rnn_track_level(const rnn_track *t, int64_t o, size_t w);
/* Seasonal term for position p (before or after o), averaged over `terms` cycles, and over the
** neighbours within `around` too; *available = 0 and the term 0 where no past cycle is known. */
double rnn_track_season(const rnn_track *t, int64_t o, int64_t p, size_t m, size_t level,
                        size_t terms, int around, int *available);
double rnn_track_drift(const rnn_track *t, int64_t o, size_t m);
/* Baseline of step k >= 1 after o. */
double rnn_track_base(const rnn_track *t, const rnn_baseline *b, int64_t o, int64_t k);

#endif
