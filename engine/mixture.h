/* mixture.h - the baseline of smoothing.h for a set of series: what the series of a model have in
** common, and whether it beats the simple baselines of recipe.h.
**
** Shared season: where at least five series of positive values cover a season of the calendar and a
** quarter of the next one, their common profile is, for each phase, the mean over series and cycles
** of log z - line, centred; the line of a series rises by what its values changed from one cycle to
** the next. It is kept if the mean series repeats after a season (autocorrelation of the second
** cycle with the first of at least a half). So 45 shops show a year in little more than one.
**
** Prior: mean over the series of log(E_j / E_0) at their end, each weighted by its trust, and
** GROUP times the prior that was there before (of the pretrained model).
*/
#ifndef RNN_MIXTURE_H
#define RNN_MIXTURE_H

#include "paths.h"

/* 1 if the mixture can be the baseline of so many values: with the options, and within memory, a
** quarter of ctx->memory_limit at most. */
int rnn_mixture_possible(const rnn_context *ctx, const rnn_model *model, const rnn_series_set *set);
/* 1 where there are so many values that the network does better with the last one as baseline. */
int rnn_mixture_is_late(const rnn_series_set *set);
/* Season of the mixture for a model whose step and seasons are known. */
size_t rnn_mixture_season(const rnn_forecast_model *f);
/* Fills recipe.smoothing from the first ends[s] values; recipe.base is the mixture's. */
rnn_status rnn_mixture_learn(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                             const rnn_track *tracks, rnn_model *model);
/* Sum over the trials of the mean absolute error over the horizon, each divided by the change of
** its series: comparable with that of other baselines. `trials` in order of series and origin. */
rnn_status rnn_mixture_error(rnn_context *ctx, const rnn_series_set *set, const rnn_track *tracks,
                             const rnn_model *model, const rnn_window *trials, size_t count,
                             const double *change, double *error);

#endif
