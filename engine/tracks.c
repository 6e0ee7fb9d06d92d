/* tracks.c - series prepared for baselines and windows: gaps filled, transformed, summed; see
** recipe.h. */
#include <math.h>
#include <string.h>

#include "recipe.h"

/* A series with fewer values than YOUNG has no unit of its own to speak of. */
enum { EFFECT_REACH = 14, YOUNG = 4 };
/* Cycles, and values before, that stand in for a missing one. */
enum { FILL_CYCLES = 3, FILL_NEAR = 6 };

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

static size_t fill_season(const rnn_forecast_model *f) {
    if (f->seasons) return f->season[0];
    return f->recipe.mixture ? f->recipe.base.season : 1;
}

/* Mean change of the `near` values before p, a cycle of m each. */
static double change_before(const double *z, size_t p, size_t m, size_t near) {
    double sum = 0;
    for (size_t i = 1; i <= near; i++) sum += z[p - i] - z[p - i - m];
    return near ? sum / (double)near : 0;
}

double rnn_track_filled(const rnn_forecast_model *f, const rnn_track *t) {
    size_t m = fill_season(f), p = t->known, past = p - t->first;
    if (m < 1 || p < m + t->first || (m == 1 && f->recipe.careful)) return t->z[p - 1];
    if (!f->recipe.careful) return t->z[p - m];
    double sum = 0;
    size_t cycles = 0;
    for (size_t j = 1; j <= FILL_CYCLES && j * m <= past; j++) {
        size_t near = past - j * m < FILL_NEAR ? past - j * m : FILL_NEAR;
        if (j > 1 && near < FILL_NEAR) break;
        sum += t->z[p - j * m] + change_before(t->z, p, j * m, near);
        cycles++;
    }
    return sum / (double)cycles;
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

/* What a value among the first ones becomes that can only be an error: nothing before it tells of
** the season, so the cycle after it does. NaN where that is not known either. */
static double filled_early(const rnn_forecast_model *f, const rnn_series *series, size_t known,
                           size_t p) {
    size_t m = fill_season(f), pairs = 0;
    const double *y = series->target;
    double change = 0;
    if (m < 2 || p + m >= known) return NAN;
    for (size_t i = 0; i < m && i + m < known; i++) {
        if (i == p || isnan(y[i]) || isnan(y[i + m])) continue;
        change += y[i + m] - y[i];
        pairs++;
    }
    return pairs ? y[p + m] - change / (double)pairs : NAN;
}

/* Missing values come from the past; before the first known value, that one stands. */
static void fill_values(const rnn_series *series, const rnn_forecast_model *f, size_t known,
                        rnn_track *t) {
    size_t first = 0, judged = 0;
    unsigned char wild[RNN_WILD_BEGIN];
    if (f->recipe.careful) judged = rnn_wild_begin(&t->wild, series->target, known, wild);
    while (first < known && (isnan(series->target[first]) || (first < judged && wild[first])))
        first++;
    t->first = first;
    t->known = 0;
    t->sum[0] = 0;
    if (t->moves) t->moves[0] = 0;
    while (t->known < known) {
        size_t p = t->known;
        double y = series->target[p < first ? first : p];
        int judge = p > first;
        if (judge && p < judged) {
            if (wild[p]) y = filled_early(f, series, known, p);
        } else if (judge && f->recipe.careful && rnn_wild_next(&t->wild, y)) {
            y = NAN;
        }
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

/* A unit from a mean change over n values: a constant series has no change of its own but a trace
** of its level, so that it can be divided by; a young one takes what is usual for its level. */
static double usable_unit(const rnn_forecast_model *f, double change, double level, size_t n) {
    double unit = fmax(change, 1e-9 * fabs(level));
    if (n < YOUNG) unit = fmax(unit, f->spread * (f->recipe.log ? 1 : fabs(level)));
    return unit > 0 ? unit : 1e-9;
}

/* size, in the data's units: of the log's differences, times the level, it is close enough for
** weights. */
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
