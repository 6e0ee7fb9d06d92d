/* bind.c - see bind.h. */
#include "bind.h"

#include <math.h>

#include "mixture.h"
#include "series.h"

static rnn_status learn(rnn_context *ctx, const char *function, const rnn_table *rows,
                        int64_t horizon, rnn_model *m) {
    rnn_forecast_model *f = &m->forecast;
    rnn_series_set set = {0};
    rnn_status status = rnn_series_learn(ctx, function, rows, &m->options, m);
    if (status == RNN_OK) status = rnn_series_build(ctx, function, rows, m, &set);
    if (status == RNN_OK)
        status = rnn_recipe_seasons(ctx, &set, NULL, &f->frequency, f->season, &f->seasons);
    rnn_series_set_free(&set);
    if (status) return status;
    size_t season = rnn_mixture_season(f);
    m->options.season.n = f->seasons;
    for (size_t i = 0; i < f->seasons; i++) m->options.season.v[i] = (double)f->season[i];
    f->recipe.base.season = f->recipe.base.level = season;
    f->recipe.any_step = 0;
    if (!horizon) horizon = season < 4 ? 4 : (int64_t)season;
    m->options.horizon = horizon < RNN_BOUND_HORIZON ? horizon : RNN_BOUND_HORIZON;
    return RNN_OK;
}

rnn_status rnn_bind(rnn_context *ctx, const char *function, const rnn_model *base,
                    const rnn_table *rows, int64_t horizon, rnn_model **out) {
    *out = NULL;
    if (rnn_table_columns(rows) > 3)
        return rnn_fail(ctx, RNN_DATA,
                        "%s: the pretrained forecaster takes no inputs; give rows of series, time "
                        "and target alone, or train a model on these with rnn_train",
                        function);
    rnn_model *m = rnn_alloc(ctx, sizeof *m);
    if (!m) return ctx->status;
    *m = *base;
    m->ctx = ctx;
    m->report = (rnn_report){0};
    m->forecast.series = 0;
    m->forecast.series_key = NULL;
    m->inputs = 0;
    m->input = NULL;
    rnn_status status = learn(ctx, function, rows, horizon, m);
    if (status) {
        rnn_unbind(m);
        return status;
    }
    *out = m;
    return RNN_OK;
}

void rnn_unbind(rnn_model *bound) {
    if (!bound) return;
    rnn_free(bound->ctx, bound->input);
    rnn_free(bound->ctx, bound);
}
