/* tracks.c - series prepared for baselines and windows: gaps filled, transformed, summed; see
** recipe.h. */
#include <math.h>
#include <string.h>

#include "recipe.h"

/* A series with fewer values than YOUNG has no unit of its own to speak of. */
enum { EFFECT_REACH = 14, YOUNG = 4 };

double rnn_recipe_transform(const rnn_recipe *r, const rnn_track *t, double y) {
    return r->log ? log(y > t->floor ? y : t->floor) : y;
}

double rnn_recipe_restore(const rnn_recipe *r, double z) {
    return r->log ? exp(z > 700 ? 700 : z) : z;
}

/* A series of another size than those of the training needs a floor of its own: a tenth of its
** lowest positive value. */
static double log_floor(const rnn_recipe *r, const rnn_series *series, size_t end) {
    double floor = r->log_floor;
    for (size_t p = 0; p < end; p++) {
        double y = series->target[p];
        if (y > 0 && 0.1 * y < floor) floor = 0.1 * y;
    }
    return floor;
}

double rnn_track_filled(const rnn_forecast_model *f, const rnn_track *t) {
    size_t m = f->seasons ? f->season[0] : 0, p = t->known;
    return m && p >= m + t->first ? t->z[p - m] : t->z[p - 1];
}

static double median4(double a, double b, double c, double d) {
    double low = fmin(fmin(a, b), fmin(c, d)), high = fmax(fmax(a, b), fmax(c, d));
    return (a + b + c + d - low - high) / 2;
}

void rnn_track_append(const rnn_recipe *r, rnn_track *t, double z) {
    size_t p = t->known++, lag = r->scale_lag;
    double *v = t->z;
    v[p] = z;
    t->sum[p + 1] = t->sum[p] + z;
    if (t->moves) t->moves[p + 1] = t->moves[p] + (p >= lag ? fabs(z - v[p - lag]) : 0);
    if (!t->effect) return;
    /* z - median of the same weekday one and two weeks before and after: known only once those two
    ** weeks are. */
    t->effect[p] = NAN;
    if (p < 2 * EFFECT_REACH) return;
    size_t q = p - EFFECT_REACH;
    t->effect[q] = v[q] - median4(v[q - 14], v[q - 7], v[q + 7], v[q + 14]);
}

/* Missing values come from the past; before the first known value, that one stands. */
static void fill_values(const rnn_series *series, const rnn_forecast_model *f, size_t known,
                        rnn_track *t) {
    size_t first = 0;
    while (first < known && isnan(series->target[first])) first++;
    t->first = first;
    t->known = 0;
    t->sum[0] = 0;
    if (t->moves) t->moves[0] = 0;
    while (t->known < known) {
        double y = series->target[t->known < first ? first : t->known];
        rnn_track_append(&f->recipe, t,
                         isnan(y) ? rnn_track_filled(f, t)
                                  : rnn_recipe_transform(&f->recipe, t, y));
    }
}

/* Mean |v_t - v_{t-lag}| of the first n values; lag 1 where the series is too short for it. */
static double mean_change(const double *v, size_t n, size_t lag) {
    double sum = 0;
    if (lag >= n) lag = 1;
    for (size_t p = lag; p < n; p++) sum += fabs(v[p] - v[p - lag]);
    return n > lag ? sum / (double)(n - lag) : 0;
}

/* A unit from a mean change over n values: a constant series has no change of its own but a trace of its level, so that it can
** be divided by; a young one takes what is usual for its level. */
static double usable_unit(const rnn_forecast_model *f, double change, double level, size_t n) {
    double unit = fmax(change, 1e-9 * fabs(level));
    if (n < YOUNG) unit = fmax(unit, f->spread * (f->recipe.log ? 1 : fabs(level)));
    return unit > 0 ? unit : 1e-9;
}

/* size, in the data's units: of the log's differences, times the level, it is close enough for weights. */
static void measure(const rnn_forecast_model *f, size_t end, rnn_track *t) {
    const rnn_recipe *r = &f->recipe;
    size_t n = end < t->known ? end : t->known;
    double level = n ? rnn_track_level(t, (int64_t)n - 1, n) : 0;
    t->unit = usable_unit(f, mean_change(t->z, n, r->scale_lag), level, n);
    t->size = r->log ? t->unit * rnn_recipe_restore(r, level) : t->unit;
}

double rnn_track_unit(const rnn_forecast_model *f, const rnn_track *t, int64_t o) {
    size_t at = (size_t)o + 1, n = at + t->before, lag = f->recipe.scale_lag;
    if (!t->moves) return t->unit;
    double change = n > lag ? t->moves[at] / (double)(n - lag) : mean_change(t->z, n, lag);
    return usable_unit(f, change, n > 1 ? t->sum[at] / (double)n : t->z[o], n);
}

rnn_status rnn_tracks_create(rnn_context *ctx, const rnn_series_set *set, const rnn_model *model,
                             const size_t *ends, rnn_track **out) {
    const rnn_recipe *r = &model->forecast.recipe;
    *out = NULL;
    rnn_track *tracks = rnn_alloc_array_zero(ctx, set->count, sizeof *tracks);
    if (!tracks) return ctx->status;
    for (size_t s = 0; s < set->count; s++) {
        rnn_track *t = &tracks[s];
        t->known = set->series[s].known;
        t->z = rnn_alloc_array(ctx, t->known, sizeof *t->z);
        if (t->z) t->sum = rnn_alloc_array(ctx, (uint64_t)t->known + 1, sizeof *t->sum);
        if (t->sum && !ends)
            t->moves = rnn_alloc_array(ctx, (uint64_t)t->known + 1, sizeof *t->moves);
        if (t->sum && r->anniversary) t->effect = rnn_alloc_array(ctx, t->known, sizeof *t->effect);
        rnn_status status = !t->sum || (r->anniversary && !t->effect) || (!ends && !t->moves)
                                ? ctx->status
                                : rnn_check(ctx);
        if (status) {
            rnn_tracks_free(ctx, tracks, set->count);
            return status;
        }
        t->floor = log_floor(r, &set->series[s], ends ? ends[s] : t->known);
        fill_values(&set->series[s], &model->forecast, t->known, t);
        measure(&model->forecast, ends ? ends[s] : t->known, t);
    }
    *out = tracks;
    return RNN_OK;
}

void rnn_tracks_free(rnn_context *ctx, rnn_track *tracks, size_t count) {
    for (size_t s = 0; tracks && s < count; s++) {
        rnn_free(ctx, tracks[s].z);
        rnn_free(ctx, tracks[s].sum);
        rnn_free(ctx, tracks[s].moves);
        rnn_free(ctx, tracks[s].effect);
    }
    rnn_free(ctx, tracks);
}
