/* windows.c - see windows.h. */
#include "windows.h"

#include <math.h>
#include <string.h>

#include "calendar.h"
#include "rng.h"

/* Seasons so long that neighbours of a past value say as much as the value itself. */
enum { LONG_SEASON = 50, SHORT_CONTEXT = 8, ANNIVERSARIES = 5, MIXTURE_WARM = 5 };

/* Least unit, in usual changes of the series: where the mixture has never been wrong. Of so few
** values that it could not be, all of them. */
enum { YOUNG = 3 };
static const double LEAST_UNIT = 0.02;
static const double BENT = 3;

/* A date's effect is known this many steps after it; a year is at least so many before a date. */
enum { EFFECT_KNOWN = 14, YEAR_BEFORE = 365 };

/* Bytes that dates may take; so many between two looks at whether to go on. */
enum { MOST_DATES = 64 << 20, CHECK_DATES = 4096 };

static const rnn_forecast_model *task(const rnn_windows *w) { return &w->model->forecast; }

static int per_window(const rnn_windows *w) { return w->model->options.scale == RNN_SCALE_WINDOW; }

/* Counts are scaled by the window's mean alone: their distribution lives on 0, 1, 2 ... (Salinas
** 2017). */
static int counts(const rnn_windows *w) {
    return w->model->options.loss == RNN_LOSS_NEGATIVE_BINOMIAL;
}

size_t rnn_windows_horizon(const rnn_model *model) {
    const rnn_options *o = &model->options;
    return o->decoder == RNN_DECODER_RECURSIVE ? 1 : (size_t)o->horizon;
}

size_t rnn_windows_width(const rnn_model *model) {
    const rnn_forecast_model *f = &model->forecast;
    if (f->recipe.mixture)
        return RNN_MIXTURE_NUMBERS + rnn_calendar_width(f->calendar) +
               rnn_series_number_width(model);
    size_t width = 3 + RNN_RECENT + 3 * f->seasons + (f->recipe.annual ? 4 : 0) + 3 +
                   (f->recipe.anniversary ? 1 : 0);
    return width + rnn_calendar_width(f->calendar) + rnn_series_number_width(model);
}

size_t rnn_windows_context(const rnn_windows *w, rnn_window at) {
    size_t past = (size_t)at.origin + 1;
    return past < w->context ? past : w->context;
}

/* Season of the mixture. */
static size_t season_of(const rnn_windows *w, size_t series) {
    return rnn_paths_season(w->model, &w->set->series[series]);
}

rnn_window_scale rnn_windows_scale(const rnn_windows *w, rnn_window at) {
    const rnn_recipe *r = &task(w)->recipe;
    const rnn_track *t = &w->tracks[at.series];
    double usual = rnn_track_unit(task(w), t, at.origin);
    rnn_window_scale scale = {task(w)->center, task(w)->spread, usual};
    if (!per_window(w)) return scale;
    if (r->mixture) {
        rnn_path path = rnn_paths_find(w->paths, at);
        scale.level = path.base[0];
        int young = (size_t)(at.origin - (int64_t)t->first) + t->before + 1 < YOUNG;
        scale.unit =
            fmax(path.unit, fmax((young ? 1 : LEAST_UNIT) * usual, 1e-9 * fabs(scale.level)));
        return scale;
    }
    size_t n = rnn_windows_context(w, at), lag = r->scale_lag, pairs = 0;
    double sum = 0;
    for (int64_t p = at.origin - (int64_t)n + 1; p <= at.origin; p++) {
        if (p < (int64_t)lag) continue;
        sum += fabs(t->z[p] - t->z[p - (int64_t)lag]);
        pairs++;
    }
    scale.level = counts(w) ? 0 : rnn_track_level(t, at.origin, r->base.level);
    scale.unit = pairs >= SHORT_CONTEXT ? sum / (double)pairs : usual;
    if (scale.unit < r->scale_floor * usual) scale.unit = r->scale_floor * usual;
    if (counts(w)) scale.unit = fmax(rnn_track_level(t, at.origin, n), 0) + 0.1;
    return scale;
}

double rnn_windows_base(const rnn_windows *w, rnn_window at, rnn_window_scale scale, int64_t k) {
    if (!per_window(w) || counts(w)) return 0;
    if (task(w)->recipe.mixture)
        return (rnn_paths_find(w->paths, at).base[k - 1] - scale.level) / scale.unit;
    const rnn_track *t = &w->tracks[at.series];
    return (rnn_track_base(t, &task(w)->recipe.base, at.origin, k) - scale.level) / scale.unit;
}

static real cut(double v) {
    if (!(v > -RNN_FEATURE_CUT)) return isnan(v) ? 0 : -RNN_FEATURE_CUT;
    return v < RNN_FEATURE_CUT ? (real)v : RNN_FEATURE_CUT;
}

/* As it is up to 3, then its logarithm: 20 is 8.7, 200 is 15.6. */
static real bend(double v) {
    double size = fabs(v);
    return cut(size <= BENT ? v : copysign(BENT + BENT * log(size / BENT), v));
}

static real squash(const rnn_windows *w, double v) {
    return task(w)->recipe.mixture ? bend(v) : cut(v);
}

/* Seconds on the clock where the series was recorded. */
static double local_time(const rnn_windows *w, const rnn_series *series, int64_t p) {
    return rnn_series_time_at(w->model, series, (size_t)p) + task(w)->frequency.shift;
}

/* The place of a position among the dates kept, or SIZE_MAX. */
static size_t kept_date(const rnn_windows *w, size_t series, int64_t p) {
    const size_t *start = w->dates.start;
    return start && (uint64_t)p < start[series + 1] - start[series] ? start[series] + (size_t)p
                                                                    : SIZE_MAX;
}

/* Mean effect on the same date of up to five years before, as far as it was known at the origin; 0
** if never. */
static double anniversary(const rnn_windows *w, rnn_window at, int64_t p) {
    const rnn_series *series = &w->set->series[at.series];
    size_t kept = kept_date(w, at.series, p);
    if (kept != SIZE_MAX && p - YEAR_BEFORE + EFFECT_KNOWN <= at.origin)
        return w->dates.anniversary[kept];
    const rnn_track *t = &w->tracks[at.series];
    double now = local_time(w, series, p), sum = 0, n = 0;
    rnn_civil date = rnn_civil_from_seconds(now);
    for (int years = 1; years <= ANNIVERSARIES; years++) {
        int day = date.day, last = rnn_days_in_month(date.year - years, date.month);
        double then = rnn_civil_seconds(date.year - years, date.month, day < last ? day : last);
        int64_t q = p - (int64_t)floor((now - then) / 86400 + 0.5);
        if (q < 0 || q + EFFECT_KNOWN > at.origin || isnan(t->effect[q])) continue;
        sum += t->effect[q];
        n += 1;
    }
    return n > 0 ? sum / n : 0;
}

/* Seasonal and yearly terms; returns the next free place. */
static real *write_seasons(const rnn_windows *w, rnn_window at, double unit, int64_t p, real *x) {
    const rnn_forecast_model *f = task(w);
    const rnn_track *t = &w->tracks[at.series];
    size_t level = f->recipe.base.level, long_level = level > 7 ? level : 7;
    size_t blurred = level == 1 ? LONG_SEASON : SIZE_MAX;
    int available;
    for (size_t i = 0; i < f->seasons; i++) {
        size_t m = f->season[i];
        int around = m >= blurred;
        *x++ = cut(rnn_track_season(t, at.origin, p, m, level, 1, 0, &available) / unit);
        *x++ = cut(rnn_track_season(t, at.origin, p, m, level, 3, around, &available) / unit);
        *x++ = (real)available;
    }
    if (!f->recipe.annual) return x;
    for (size_t lag = RNN_ANNUAL_WEEKDAY; lag <= RNN_ANNUAL_DATE; lag++) {
        *x++ = cut(rnn_track_season(t, at.origin, p, lag, long_level, 1, 0, &available) / unit);
        *x++ = (real)available;
    }
    return x;
}

/* The user's inputs at position p; those not known ahead are masked behind the origin. */
static void write_inputs(const rnn_windows *w, rnn_window at, int64_t p, real *x, uint32_t *ids) {
    const rnn_series *series = &w->set->series[at.series];
    size_t width = w->set->number_width, categories = w->set->categories;
    int exists = p < (int64_t)series->length;
    for (size_t k = 0; k < w->model->inputs; k++) {
        rnn_input_place place = rnn_series_input(w->model, k);
        int past = p <= at.origin && (series->hidden_from == 0 || p < (int64_t)series->hidden_from);
        int seen = exists && (past || w->model->input[k].known_ahead);
        if (place.category) {
            ids[place.first] = seen ? series->ids[(size_t)p * categories + place.first] : 0;
        } else if (seen) {
            memcpy(x + place.first, series->numbers + (size_t)p * width + place.first,
                   (place.width + 1) * sizeof *x);
        } else {
            memset(x + place.first, 0, place.width * sizeof *x);
            x[place.first + place.width] = 1;
        }
    }
    if (w->model->options.series_embedding > 0) ids[categories] = series->id;
}

/* Calendar, and the user's inputs. */
static void write_known(const rnn_windows *w, rnn_window at, int64_t p, real *x, uint32_t *ids) {
    const rnn_forecast_model *f = task(w);
    if (f->calendar) {
        size_t width = rnn_calendar_width(f->calendar), kept = kept_date(w, at.series, p);
        if (kept == SIZE_MAX) {
            rnn_calendar_write(f->calendar, local_time(w, &w->set->series[at.series], p), x);
        } else {
            memcpy(x, w->dates.calendar + kept * width, width * sizeof *x);
        }
        x += width;
    }
    write_inputs(w, at, p, x, ids);
}

/* The last values known at position p; those of the step before, if there is one, but for the
** newest. */
static void write_recent(const rnn_windows *w, rnn_window at, rnn_window_scale scale, int64_t p,
                         const real *before, real *x) {
    const rnn_track *t = &w->tracks[at.series];
    if (before && p > at.origin + 1) {
        memcpy(x, before + 3, RNN_RECENT * sizeof *x);
    } else if (before) {
        x[0] = before[0];
        memcpy(x + 1, before + 3, (RNN_RECENT - 1) * sizeof *x);
    } else {
        for (int64_t j = 0, q = p > at.origin ? at.origin : p - 1; j < RNN_RECENT; j++, q--)
            x[j] = q >= 0 ? squash(w, (t->z[q] - scale.level) / scale.unit) : 0;
    }
}

/* Inputs that are the same at all steps of a window but for a factor. */
typedef struct window_terms {
    double drift; /* a cycle */
    real change, size;
    real known, season; /* with the mixture */
    size_t long_season;
} window_terms;

static window_terms measure_terms(const rnn_windows *w, rnn_window at, rnn_window_scale scale) {
    const rnn_recipe *r = &task(w)->recipe;
    double unit = scale.unit, level = fmax(fabs(scale.level), 1e-3 * unit);
    if (r->mixture) {
        double known = (double)at.origin + 1 + (double)w->tracks[at.series].before;
        return (window_terms){0,
                              cut(0.5 * log(fmax(scale.usual, 1e-3 * unit) / unit)),
                              cut(0.5 * log(r->log ? unit : unit / level)),
                              (real)(log(known) / 4 - 1),
                              (real)(log((double)season_of(w, at.series)) / 4),
                              rnn_paths_long_season(w->model, &w->set->series[at.series])};
    }
    return (window_terms){rnn_track_drift(&w->tracks[at.series], at.origin, r->base.season),
                          cut(0.5 * log(unit / scale.usual)),
                          cut(0.5 * (r->log ? log(unit) : log(unit / level))),
                          0,
                          0,
                          0};
}

/* All inputs of the step at position p, where the baseline is the mixture. */
static void write_mixture_step(const rnn_windows *w, rnn_window at, rnn_window_scale scale,
                               const window_terms *terms, int64_t p, const real *before, real *x,
                               uint32_t *ids) {
    const rnn_track *t = &w->tracks[at.series];
    rnn_path path = rnn_paths_find(w->paths, at);
    int64_t k = p > at.origin ? p - at.origin : 0;
    double unit = scale.unit, base = k ? path.base[k - 1] : 0, value;
    size_t m = season_of(w, at.series);
    int around = m >= LONG_SEASON, available;
    *x++ = bend(((k ? base : t->z[p]) - scale.level) / unit);
    *x++ = k > 0;
    *x++ = (real)(log(1 + (double)k) / 4);
    write_recent(w, at, scale, p, before, x);
    x += RNN_RECENT;
    *x++ = bend(rnn_track_season(t, at.origin, p, m, 1, 1, 0, &available) / unit);
    *x++ = bend(rnn_track_season(t, at.origin, p, m, 1, 3, around, &available) / unit);
    *x++ = (real)available;
    value = terms->long_season
                ? rnn_track_season(t, at.origin, p, terms->long_season, 1, 1, 0, &available)
                : 0;
    *x++ = bend(value / unit);
    *x++ = (real)(terms->long_season && available);
    *x++ = bend((k ? 0 : rnn_paths_miss(w->paths, at.series, p)) / unit);
    *x++ = k ? bend(path.spread[k - 1] / unit) : 0;
    *x++ = terms->change;
    *x++ = terms->size;
    *x++ = terms->known;
    *x++ = terms->season;
    *x++ = (real)path.seasonal;
    *x++ = (real)path.trending;
    *x++ = k ? bend((base - path.base[0]) / unit) : 0;
    *x++ = (real)(task(w)->recipe.log != 0);
    write_known(w, at, p, x, ids);
}

/* All inputs of the step at position p; before: those of the step before it, or NULL. */
static void write_step(const rnn_windows *w, rnn_window at, rnn_window_scale scale,
                       const window_terms *terms, int64_t p, const real *before, real *x,
                       uint32_t *ids) {
    const rnn_forecast_model *f = task(w);
    const rnn_track *t = &w->tracks[at.series];
    if (f->recipe.mixture) {
        write_mixture_step(w, at, scale, terms, p, before, x, ids);
        return;
    }
    int64_t k = p > at.origin ? p - at.origin : 0;
    double unit = scale.unit, value;
    value = k ? rnn_windows_base(w, at, scale, k) : (t->z[p] - scale.level) / unit;
    *x++ = cut(value);
    *x++ = k > 0;
    *x++ = (real)((double)k / (double)w->horizon);
    write_recent(w, at, scale, p, before, x);
    x += RNN_RECENT;
    x = write_seasons(w, at, unit, p, x);
    size_t m = f->recipe.base.season;
    *x++ = k ? cut(terms->drift * (double)k / ((double)m * unit)) : 0;
    *x++ = terms->change;
    *x++ = terms->size;
    if (f->recipe.anniversary) *x++ = cut(anniversary(w, at, p) / unit);
    write_known(w, at, p, x, ids);
}

/* Target and weight of step k; weight 0 where it is unknown. */
static void write_target(const rnn_windows *w, rnn_window at, rnn_window_scale scale, int64_t k,
                         real *target, real *weight) {
    const rnn_recipe *r = &task(w)->recipe;
    const rnn_series *series = &w->set->series[at.series];
    const rnn_track *t = &w->tracks[at.series];
    int64_t p = at.origin + k;
    double y = p < (int64_t)series->length ? series->target[p] : NAN, v;
    *target = 0;
    *weight = 0;
    if (isnan(y)) return;
    v = (rnn_recipe_transform(r, t, y) - scale.level) / scale.unit -
        rnn_windows_base(w, at, scale, k);
    v = v > RNN_TARGET_CUT ? RNN_TARGET_CUT : v < -RNN_TARGET_CUT ? -RNN_TARGET_CUT : v;
    double size = scale.unit * (r->log ? rnn_recipe_restore(r, scale.level) : 1) / t->size;
    *target = (real)v;
    *weight = per_window(w) ? (real)fmin(fmax(size, 0.05), 5) : 1;
}

/* The windows of a batch under fill. */
static rnn_window window_at(const rnn_windows *w, int valid, size_t item) {
    if (valid) return w->list[item];
    size_t low = 0, high = w->set->count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (w->start[middle] <= item) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (rnn_window){low, w->first[low] + (int64_t)(item - w->start[low])};
}

static size_t window_length(const rnn_sampler *s, int valid, size_t item) {
    const rnn_windows *w = (const rnn_windows *)s;
    return rnn_windows_context(w, window_at(w, valid, item)) + w->ahead;
}

static void fill(const rnn_sampler *s, int valid, const size_t *item, size_t n, uint64_t seed,
                 rnn_batch *b) {
    const rnn_windows *w = (const rnn_windows *)s;
    (void)seed;
    for (size_t i = 0; i < n; i++) {
        rnn_window at = window_at(w, valid, item[i]);
        rnn_window_scale scale = rnn_windows_scale(w, at);
        window_terms terms = measure_terms(w, at, scale);
        int64_t begin = at.origin - (int64_t)rnn_windows_context(w, at) + 1;
        const real *before = NULL;
        for (size_t step = 0; step < b->length[i]; step++) {
            size_t row = rnn_batch_row(b, i, step);
            real *x = b->numbers + row * b->number_width;
            write_step(w, at, scale, &terms, begin + (int64_t)step, before, x,
                       b->ids + row * b->id_width);
            before = x;
        }
    }
    /* Outputs in the order of their rows: step by step, as slices of a batch need them. */
    for (size_t step = 0; step < b->steps; step++) {
        for (size_t i = 0; i < b->running[step]; i++) {
            size_t past = b->length[i] - w->ahead;
            if (step < past) continue;
            rnn_window at = window_at(w, valid, item[i]);
            rnn_window_scale scale = rnn_windows_scale(w, at);
            size_t o = b->outputs++;
            b->out_row[o] = (uint32_t)rnn_batch_row(b, i, step);
            b->unit[o] = (real)scale.unit;
            write_target(w, at, scale, (int64_t)(step - past) + 1, &b->target[o], &b->weight[o]);
        }
    }
}

/* Series by share, then an origin; how often one is drawn grows linearly from the first to the
** last. */
static size_t draw(const rnn_sampler *s, uint64_t key, uint64_t index) {
    const rnn_windows *w = (const rnn_windows *)s;
    double u = rnn_uniform(key, 2 * index), v = sqrt(rnn_uniform(key, 2 * index + 1));
    size_t low = 0, high = w->set->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (w->share[middle] > u) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    size_t n = w->start[low + 1] - w->start[low], at = (size_t)(v * (double)n);
    return w->start[low] + (at < n ? at : n - 1);
}

/* Origins of the training windows and the share of each series: the root of its number of windows.
*/
static void place_training(rnn_windows *w, const size_t *ends) {
    const rnn_forecast_model *f = task(w);
    size_t warm = f->seasons && f->season[0] < LONG_SEASON ? 2 * f->season[0] : 16,
           n = w->set->count;
    if (f->recipe.mixture && warm > MIXTURE_WARM) warm = MIXTURE_WARM;
    double total = 0;
    w->start[0] = 0;
    for (size_t s = 0; s < n; s++) {
        int64_t end = ends ? (int64_t)ends[s] : 0, h = (int64_t)w->horizon;
        int64_t from = (int64_t)(f->recipe.annual && end > 4 * 365 ? 731 : warm);
        w->last[s] = end - h - 1;
        w->first[s] = from < w->last[s] ? from : w->last[s];
        if (w->first[s] < (int64_t)w->tracks[s].first) w->first[s] = (int64_t)w->tracks[s].first;
        size_t windows = w->last[s] >= w->first[s] ? (size_t)(w->last[s] - w->first[s]) + 1 : 0;
        w->start[s + 1] = w->start[s] + windows;
        total += sqrt((double)windows);
        w->share[s] = total;
    }
    for (size_t s = 0; s < n; s++) w->share[s] = total > 0 ? w->share[s] / total : 1;
    w->sampler.train_count = w->start[n];
}

void rnn_windows_visit(const rnn_windows *w, int valid, const size_t *item, const rnn_batch *b,
                       rnn_visit_fn visit, void *arg) {
    size_t o = 0;
    for (size_t step = 0; step < b->steps; step++) {
        for (size_t i = 0; i < b->running[step]; i++) {
            size_t past = b->length[i] - w->ahead;
            if (step >= past)
                visit(arg, item[i], window_at(w, valid, item[i]), (int64_t)(step - past) + 1, o++);
        }
    }
}

/* The calendar and anniversary effects of all positions of the series and a horizon behind them,
** where they take little memory. */
static rnn_status keep_dates(rnn_windows *w) {
    const rnn_forecast_model *f = task(w);
    rnn_context *ctx = w->ctx;
    rnn_window_dates *d = &w->dates;
    size_t width = rnn_calendar_width(f->calendar), n = w->set->count, total = 0;
    if (!f->calendar && !f->recipe.anniversary) return RNN_OK;
    for (size_t s = 0; s < n; s++) total += w->set->series[s].known + w->horizon;
    uint64_t bytes = (uint64_t)total * (width * sizeof(real) + sizeof(double));
    if (bytes > MOST_DATES || (ctx->memory_limit && bytes > ctx->memory_limit / 16)) return RNN_OK;
    d->calendar = rnn_alloc_array(ctx, total, width * sizeof *d->calendar);
    if (d->calendar) d->anniversary = rnn_alloc_array(ctx, total, sizeof *d->anniversary);
    size_t *start = d->anniversary ? rnn_alloc_array(ctx, (uint64_t)n + 1, sizeof *start) : NULL;
    if (!start) return ctx->status;
    size_t at = 0;
    for (size_t s = 0; s < n; s++) {
        size_t positions = w->set->series[s].known + w->horizon;
        rnn_window last = {s, (int64_t)w->set->series[s].known - 1};
        start[s] = at;
        for (size_t p = 0; p < positions; p++, at++) {
            double now = local_time(w, &w->set->series[s], (int64_t)p);
            rnn_calendar_write(f->calendar, now, d->calendar + at * width);
            d->anniversary[at] = f->recipe.anniversary ? anniversary(w, last, (int64_t)p) : 0;
            if (at % CHECK_DATES == 0 && rnn_check(ctx) != RNN_OK) {
                rnn_free(ctx, start);
                return ctx->status;
            }
        }
    }
    start[n] = at;
    d->start = start;
    return RNN_OK;
}

rnn_status rnn_windows_create(rnn_context *ctx, const rnn_series_set *set, const rnn_model *model,
                              const size_t *ends, rnn_windows **out) {
    *out = NULL;
    rnn_windows *w = rnn_alloc_zero(ctx, sizeof *w);
    if (!w) return ctx->status;
    w->ctx = ctx;
    w->model = model;
    w->set = set;
    w->horizon = rnn_windows_horizon(model);
    w->ahead = w->horizon;
    w->context = (size_t)model->options.context;
    w->width = rnn_windows_width(model);
    w->first = rnn_alloc_array(ctx, set->count, sizeof *w->first);
    if (w->first) w->last = rnn_alloc_array(ctx, set->count, sizeof *w->last);
    if (w->last) w->share = rnn_alloc_array(ctx, set->count, sizeof *w->share);
    if (w->share) w->start = rnn_alloc_array(ctx, (uint64_t)set->count + 1, sizeof *w->start);
    rnn_status status =
        w->start ? rnn_tracks_create(ctx, set, model, ends, &w->tracks) : ctx->status;
    if (status) {
        rnn_windows_free(w);
        return status;
    }
    place_training(w, ends);
    size_t longest = 1; /* no window is longer than the series are */
    for (size_t s = 0; s < set->count; s++) {
        if (set->series[s].known > longest) longest = set->series[s].known;
    }
    w->sampler.max_steps = (w->context < longest ? w->context : longest) + w->horizon;
    w->sampler.max_outputs = w->horizon;
    w->sampler.length = window_length;
    w->sampler.draw = draw;
    w->sampler.fill = fill;
    *out = w;
    return RNN_OK;
}

void rnn_windows_shorten(rnn_windows *w, size_t steps) {
    if (w->model->spec.bidirectional || steps >= w->ahead) return;
    w->sampler.max_steps -= w->ahead - steps;
    w->sampler.max_outputs = w->ahead = steps;
}

void rnn_windows_free(rnn_windows *w) {
    if (!w) return;
    rnn_context *ctx = w->ctx;
    if (w->tracks) rnn_tracks_free(ctx, w->tracks, w->set->count);
    rnn_paths_free(ctx, w->paths);
    rnn_free(ctx, w->first);
    rnn_free(ctx, w->last);
    rnn_free(ctx, w->share);
    rnn_free(ctx, w->start);
    rnn_free(ctx, w->dates.start);
    rnn_free(ctx, w->dates.calendar);
    rnn_free(ctx, w->dates.anniversary);
    rnn_free(ctx, w);
}

rnn_status rnn_windows_set_list(rnn_windows *w, const rnn_window *list, size_t count) {
    w->list = list;
    w->sampler.valid_count = count;
    if (!task(w)->recipe.mixture || w->learned) return RNN_OK;
    rnn_status status = RNN_OK;
    if (!w->paths) status = rnn_paths_create(w->ctx, w->model, w->ahead, &w->paths);
    if (status == RNN_OK)
        status = rnn_paths_compute(w->paths, w->model, w->set, w->tracks, list, count, w->context);
    if (status) w->sampler.valid_count = 0;
    return status;
}

rnn_status rnn_windows_learn(rnn_windows *w) {
    size_t total = 0, n = 0;
    rnn_status status = keep_dates(w);
    if (status || !task(w)->recipe.mixture) return status;
    for (size_t s = 0; s < w->set->count; s++) total += w->set->series[s].known;
    rnn_window *all = rnn_alloc_array(w->ctx, total, sizeof *all);
    if (!all) return w->ctx->status;
    for (size_t s = 0; s < w->set->count; s++) {
        int64_t first =
            w->first[s] > (int64_t)w->tracks[s].first ? w->first[s] : (int64_t)w->tracks[s].first;
        for (int64_t p = first; p < (int64_t)w->set->series[s].known; p++)
            all[n++] = (rnn_window){s, p};
    }
    status = rnn_windows_set_list(w, all, n);
    w->learned = status == RNN_OK;
    rnn_free(w->ctx, all);
    w->list = NULL;
    w->sampler.valid_count = 0;
    return status;
}

uint64_t rnn_windows_learn_bytes(const rnn_series_set *set, size_t horizon) {
    uint64_t total = 0;
    for (size_t s = 0; s < set->count; s++) total += set->series[s].known;
    return total * rnn_paths_bytes(horizon);
}

size_t rnn_windows_kind(const rnn_windows *w, rnn_window at) {
    return task(w)->recipe.mixture && rnn_paths_find(w->paths, at).seasonal >= 0.5;
}
