/* recipe.h - what a forecast model decides from the training rows before a network sees them.
**
** Decided once per model and stored in it: seasons, logarithm or not, the baseline, calendar
** inputs, window length and scaling. Every decision is made by measurement on the known steps,
** which include those that training holds out later; no network is fitted here:
**
**   seasons     season.h, or the option `season`
**   baseline    the candidate with the lowest error over rolling origins in the second half of each
**               series, in units of the mean absolute difference of its series: last value,
**               trailing means, last value with drift; for each season m its seasonal mean over 1,
**               3 or 8 cycles, on the last value or on the mean of the last cycle, with and without
**               drift; or, unless that is clearly better, the mixture of smoothing.h, whose priors
**               and shared season are learned here (mixture.h). Daily values whose year repeats and
**               100,000 values or more have a simple one
**   logarithm   each candidate is tried on the values and on their logarithms (if all are positive
**               and none are near zero beside the median); where both do within 2 %, the slope of
**               log |difference| against log level decides
**   calendar    a group (weekday, month, day of the month) is kept where a one-way analysis of
**               variance finds it at work in z_t - level(t-1, 28)
**   annual      daily steps whose changes repeat after 364 or 365 days: the same weekday and the
**               same date a year before become inputs, and with a week also the anniversary effect:
**               mean over up to 5 years of z - median(z 7 and 14 days before and after) on the same
**               date (holidays)
*/
#ifndef RNN_RECIPE_H
#define RNN_RECIPE_H

#include "baseline.h"
#include "series.h"

/* Lags that `annual` adds. */
enum { RNN_ANNUAL_WEEKDAY = 364, RNN_ANNUAL_DATE = 365 };

/* Decide season, log, baseline, calendar, annual, scale of model->forecast (recipe.smoothing.prior
** is where that of the mixture starts from), and resolve options.horizon, .context and .season.
** ends[s]: positions of series s that may be looked at. */
rnn_status rnn_recipe_choose(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                             rnn_model *model);

/* Confirmed seasons (season.h) of the first ends[s] positions of each series; NULL: of all known. */
rnn_status rnn_recipe_seasons(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                              const rnn_frequency *frequency, size_t season[RNN_MAX_SEASONS],
                              size_t *count);

/* Tracks of all series of a set for a model whose recipe is known; unit and size from the
** first ends[s] positions (NULL: all known, and at each origin from what precedes it). Caller
** frees. */
rnn_status rnn_tracks_create(rnn_context *ctx, const rnn_series_set *set, const rnn_model *model,
                             const size_t *ends, rnn_track **out);
/* Grow a track by a value: z at position t->known, the sums and effects that go with it. There is
** room for it. Tracks are grown value by value, so that one which is cut (t->known lowered) and
** grown again is the same as one made from the new values. */
void rnn_track_append(const rnn_recipe *r, rnn_track *t, double z);
/* What an unknown value at position t->known >= 1 becomes: a season ago, else the value before. In
** a careful recipe the mean of up to three cycles, each with what the last values changed since. */
double rnn_track_filled(const rnn_forecast_model *f, const rnn_track *t);
/* Typical change of the series as it was known at origin o. */
double rnn_track_unit(const rnn_forecast_model *f, const rnn_track *t, int64_t o);
void rnn_tracks_free(rnn_context *ctx, rnn_track *tracks, size_t count);

/* Transform and back. */
double rnn_recipe_transform(const rnn_recipe *r, const rnn_track *t, double y);
double rnn_recipe_restore(const rnn_recipe *r, double z);

#endif
