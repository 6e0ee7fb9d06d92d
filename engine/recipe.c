/* recipe.c - see recipe.h. */
#include "recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "metrics.h"
#include "mixture.h"
#include "season.h"

enum { MAX_CANDIDATES = 64, MAX_ORIGINS = 600, SERIES_ORIGINS = 60, MAX_GROUPS = 32 };

static const double ANNUAL_CORRELATION = 0.2;
/* A simple baseline has to be better than the mixture by a share: this, and so much over the root
** of the trials. */
static const double LEAST_MARGIN = 0.05, MARGIN = 0.4, LEAST_APART = 2;

/* What the choice works with. */
typedef struct chooser {
    rnn_context *ctx;
    const rnn_series_set *set;
    const size_t *ends;
    rnn_model *model;
    rnn_window *trials; /* origins at which candidates are tried */
    size_t count;
    double *change; /* [series] mean |y_t - y_{t-1}| of the training part */
    rnn_baseline candidate[MAX_CANDIDATES];
    size_t candidates;
} chooser;

static size_t clamp(size_t v, size_t low, size_t high) {
    return v < low ? low : v > high ? high : v;
}

/* Autocorrelation of cut first differences at `lag`, mean over the series that have 2 x lag steps:
** a yearly swing of the level alone gives 0, dates and weekdays that repeat give more. */
static rnn_status change_correlation(chooser *c, size_t lag, double *correlation) {
    double sum = 0, n = 0;
    size_t longest = 1;
    for (size_t s = 0; s < c->set->count; s++)
        longest = c->ends[s] > longest ? c->ends[s] : longest;
    double *d = rnn_alloc_array(c->ctx, longest, sizeof *d);
    if (!d) return c->ctx->status;
    for (size_t s = 0; s < c->set->count; s++) {
        const double *y = c->set->series[s].target;
        double limit = 4 * rnn_mase_scale(y, c->ends[s], 1);
        if (c->ends[s] < 2 * lag || !(limit > 0)) continue;
        for (size_t p = 1; p < c->ends[s]; p++)
            d[p - 1] = fmin(fmax(y[p] - y[p - 1], -limit), limit);
        for (size_t p = 1; p < c->ends[s]; p++) {
            if (isnan(y[p]) || isnan(y[p - 1])) d[p - 1] = NAN;
        }
        double r = rnn_autocorrelation(d, c->ends[s] - 1, lag);
        if (isnan(r)) continue;
        sum += r;
        n += 1;
    }
    rnn_free(c->ctx, d);
    *correlation = n > 0 ? sum / n : 0;
    return RNN_OK;
}

rnn_status rnn_recipe_seasons(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                              const rnn_frequency *frequency, size_t season[RNN_MAX_SEASONS],
                              size_t *count) {
    double strength[RNN_MAX_SEASONS];
    const double **values = rnn_alloc_array(ctx, set->count, sizeof *values);
    size_t *length = values ? rnn_alloc_array(ctx, set->count, sizeof *length) : NULL;
    rnn_status status = length ? RNN_OK : ctx->status;
    for (size_t s = 0; length && s < set->count; s++) {
        values[s] = set->series[s].target;
        length[s] = ends ? ends[s] : set->series[s].known;
    }
    if (status == RNN_OK) {
        rnn_season_input in = {(const double *const *)values, length, set->count};
        status = rnn_season_detect(ctx, &in, frequency, 0, season, strength, count);
    }
    rnn_free(ctx, values);
    rnn_free(ctx, length);
    return status;
}

/* Seasons given or found. */
static rnn_status choose_seasons(chooser *c) {
    rnn_forecast_model *f = &c->model->forecast;
    rnn_options *o = &c->model->options;
    size_t found[RNN_MAX_SEASONS], count = 0;
    if (o->given[RNN_KEY_season]) {
        for (size_t i = 0; i < o->season.n && count < RNN_MAX_SEASONS; i++)
            found[count++] = (size_t)o->season.v[i];
    } else {
        rnn_status status =
            rnn_recipe_seasons(c->ctx, c->set, c->ends, &f->frequency, found, &count);
        if (status) return status;
    }
    int daily = f->frequency.unit == RNN_STEP_SECOND && f->frequency.size == 86400 &&
                !o->given[RNN_KEY_season];
    double weekday = 0, date = 0;
    if (daily) {
        rnn_status status = change_correlation(c, RNN_ANNUAL_WEEKDAY, &weekday);
        if (status == RNN_OK) status = change_correlation(c, RNN_ANNUAL_DATE, &date);
        if (status) return status;
        f->recipe.annual = fmax(weekday, date) > ANNUAL_CORRELATION;
    }
    f->seasons = 0;
    for (size_t i = 0; i < count; i++) {
        /* The year of daily data is in the calendar inputs and, where dates repeat, in the yearly
        ** lags. */
        int year = daily && found[i] >= RNN_ANNUAL_WEEKDAY && found[i] <= RNN_ANNUAL_DATE + 1;
        if (!year) f->season[f->seasons++] = found[i];
    }
    f->recipe.anniversary = f->recipe.annual && f->seasons == 1 && f->season[0] == 7;
    return RNN_OK;
}

/* horizon, context and season of the options where they are automatic. */
static void resolve_lengths(chooser *c) {
    rnn_options *o = &c->model->options;
    const rnn_forecast_model *f = &c->model->forecast;
    size_t h = (size_t)o->horizon, longest = 0, n = 0, total = 0;
    for (size_t s = 0; s < c->set->count; s++) {
        if (c->ends[s] == 0) continue;
        total += c->ends[s];
        n++;
        if (c->ends[s] > longest) longest = c->ends[s];
    }
    /* A season, but no more than leaves a window to learn from and one to validate on. */
    if (!h)
        h = clamp(f->seasons ? clamp(f->season[0], 4, 48) : 10, 1,
                  longest > 4 ? (longest - 2) / 2 : 1);
    o->horizon = (int64_t)h;
    if (!o->context) {
        /* 64 steps in all, at least half of the window: what lies a season or more back is among
        ** the inputs. */
        size_t typical = n ? total / n : longest;
        size_t wanted = clamp(h < 64 ? 64 - h : 0, h, h > 48 ? h : 48);
        size_t most = typical / 3 > 12 ? typical / 3 : 12;
        o->context = (int64_t)clamp(wanted < most ? wanted : most, 1, 256);
    }
    if (o->given[RNN_KEY_season]) return;
    o->season.n = f->seasons;
    for (size_t i = 0; i < f->seasons; i++) o->season.v[i] = (double)f->season[i];
}

static void add_candidate(chooser *c, size_t season, size_t level, size_t terms, int drift) {
    if (c->candidates < MAX_CANDIDATES)
        c->candidate[c->candidates++] = (rnn_baseline){season, level, terms, drift};
}

static void list_candidates(chooser *c) {
    static const size_t terms[3] = {1, 3, 8};
    const rnn_forecast_model *f = &c->model->forecast;
    add_candidate(c, 1, 1, 0, 0);
    add_candidate(c, 1, 7, 0, 0);
    add_candidate(c, 1, 28, 0, 0);
    add_candidate(c, 1, 1, 0, 1);
    for (size_t i = 0; i < f->seasons; i++) {
        for (size_t k = 0; k < 3; k++) {
            add_candidate(c, f->season[i], 1, terms[k], 0);
            add_candidate(c, f->season[i], f->season[0], terms[k], 0);
            add_candidate(c, f->season[i], f->season[0], terms[k], 1);
        }
    }
}

/* Origins, evenly over the second half of each series' training part. */
static rnn_status place_trials(chooser *c) {
    const rnn_forecast_model *f = &c->model->forecast;
    size_t h = (size_t)c->model->options.horizon, used = c->set->count, stride = 1, each;
    if (used > MAX_ORIGINS / 2) stride = (used + MAX_ORIGINS / 2 - 1) / (MAX_ORIGINS / 2);
    each = clamp(MAX_ORIGINS * stride / (used ? used : 1), 2, SERIES_ORIGINS);
    c->trials = rnn_alloc_array(c->ctx, (used / stride + 1) * each, sizeof *c->trials);
    c->change = rnn_alloc_array_zero(c->ctx, used, sizeof *c->change);
    if (!c->trials || !c->change) return c->ctx->status;
    for (size_t s = 0; s < used; s += stride) {
        const double *y = c->set->series[s].target;
        size_t n = c->ends[s], pairs = 0;
        for (size_t p = 1; p < n; p++) {
            if (isnan(y[p]) || isnan(y[p - 1])) continue;
            c->change[s] += fabs(y[p] - y[p - 1]);
            pairs++;
        }
        if (pairs) c->change[s] /= (double)pairs;
        if (n < h + 2 || !(c->change[s] > 0)) continue;
        size_t last = n - h - 1, warm = 3 * (f->seasons ? f->season[0] : 8),
               first = n / 2 > warm ? n / 2 : warm;
        if (first > last) first = last;
        size_t here = last - first + 1 < each ? last - first + 1 : each;
        for (size_t i = 0; i < here; i++) {
            size_t at = here > 1 ? first + (last - first) * i / (here - 1) : last;
            c->trials[c->count++] = (rnn_window){s, (int64_t)at};
        }
    }
    return RNN_OK;
}

/* Mean scaled absolute error of one candidate over all trials. */
static double try_candidate(const chooser *c, const rnn_track *tracks, const rnn_baseline *b) {
    const rnn_recipe *r = &c->model->forecast.recipe;
    int64_t h = c->model->options.horizon;
    double total = 0;
    for (size_t i = 0; i < c->count; i++) {
        const rnn_window *at = &c->trials[i];
        const double *y = c->set->series[at->series].target;
        double error = 0;
        size_t n = 0;
        for (int64_t k = 1; k <= h; k++) {
            double actual = y[at->origin + k];
            if (isnan(actual)) continue;
            error +=
                fabs(rnn_recipe_restore(r, rnn_track_base(&tracks[at->series], b, at->origin, k)) -
                     actual);
            n++;
        }
        if (n) total += error / (double)n / c->change[at->series];
    }
    return total;
}

/* Best candidate on values or logs; *error its error. */
static rnn_status try_all(chooser *c, int log, rnn_baseline *best, double *error) {
    rnn_track *tracks;
    c->model->forecast.recipe.log = log;
    rnn_status status = rnn_tracks_create(c->ctx, c->set, c->model, c->ends, &tracks);
    if (status) return status;
    *error = INFINITY;
    *best = c->candidate[0];
    for (size_t i = 0; i < c->candidates && status == RNN_OK; i++) {
        double e = try_candidate(c, tracks, &c->candidate[i]);
        if (e < *error) {
            *error = e;
            *best = c->candidate[i];
        }
        status = rnn_check(c->ctx);
    }
    rnn_tracks_free(c->ctx, tracks, c->set->count);
    return status;
}

/* Logs are possible: everything positive, and in half the series the lowest hundredth is no less
** than 5 % of the median. */
static rnn_status log_possible(chooser *c, int *possible) {
    rnn_recipe *r = &c->model->forecast.recipe;
    double lowest = INFINITY;
    size_t longest = 0, good = 0, used = 0;
    *possible = 0;
    for (size_t s = 0; s < c->set->count; s++)
        longest = c->ends[s] > longest ? c->ends[s] : longest;
    double *sorted = rnn_alloc_array(c->ctx, longest, sizeof *sorted);
    if (!sorted) return c->ctx->status;
    for (size_t s = 0; s < c->set->count; s++) {
        size_t n = 0;
        for (size_t p = 0; p < c->ends[s]; p++) {
            double y = c->set->series[s].target[p];
            if (!isnan(y)) sorted[n++] = y;
        }
        if (n == 0) continue;
        qsort(sorted, n, sizeof *sorted, rnn_compare_doubles);
        if (sorted[0] < lowest) lowest = sorted[0];
        used++;
        good += sorted[n / 100] >= 0.05 * sorted[n / 2];
    }
    rnn_free(c->ctx, sorted);
    *possible = lowest > 0 && 2 * good >= used && c->model->options.scale == RNN_SCALE_WINDOW &&
                c->model->options.loss != RNN_LOSS_NEGATIVE_BINOMIAL;
    r->log_floor = lowest > 0 && isfinite(lowest) ? 0.1 * lowest : 0;
    return RNN_OK;
}

/* Sums of a regression within series. */
typedef struct slope_sums {
    double xx, xy, yy;
} slope_sums;

/* Slope of log mean |difference| on log mean level over chunks of one series, added to the sums. */
static void add_slope(const double *y, size_t n, size_t chunk, slope_sums *sums) {
    double a[64], b[64], ma = 0, mb = 0;
    size_t count = 0;
    for (size_t start = 1; start + chunk <= n && count < 64; start += chunk) {
        double level = 0, change = 0;
        size_t pairs = 0;
        for (size_t p = start; p < start + chunk; p++) {
            if (isnan(y[p]) || isnan(y[p - 1])) continue;
            level += y[p];
            change += fabs(y[p] - y[p - 1]);
            pairs++;
        }
        if (pairs < 2) continue;
        a[count] = log(level / (double)pairs);
        b[count] = log(change / (double)pairs + 1e-9 * level);
        ma += a[count];
        mb += b[count++];
    }
    for (size_t i = 0; i < count; i++) {
        double x = a[i] - ma / (double)count, v = b[i] - mb / (double)count;
        sums->xx += x * x;
        sums->xy += x * v;
        sums->yy += v * v;
    }
}

/* 1 if changes grow with the level: slope and correlation of at least a half. */
static int multiplicative(const chooser *c) {
    const rnn_forecast_model *f = &c->model->forecast;
    slope_sums sums = {0, 0, 0};
    for (size_t s = 0; s < c->set->count; s++) {
        size_t n = c->ends[s], chunk = f->seasons && f->season[0] < 50 ? 2 * f->season[0] : 12;
        if (chunk < 12) chunk = 12;
        if (chunk < n / 40) chunk = n / 40;
        add_slope(c->set->series[s].target, n, chunk, &sums);
    }
    if (!(sums.xx > 0 && sums.yy > 0)) return 0;
    return sums.xy / sums.xx >= 0.5 && sums.xy / sqrt(sums.xx * sums.yy) >= 0.5;
}

static rnn_status choose_base(chooser *c, double *error) {
    rnn_recipe *r = &c->model->forecast.recipe;
    rnn_baseline raw, logarithmic;
    double raw_error, log_error;
    int possible;
    list_candidates(c);
    rnn_status status = place_trials(c);
    if (status == RNN_OK) status = log_possible(c, &possible);
    if (status == RNN_OK) status = try_all(c, 0, &raw, &raw_error);
    if (status == RNN_OK) {
        r->log = 0;
        r->base = raw;
        *error = raw_error;
    }
    if (status || !possible || c->count == 0) return status;
    status = try_all(c, 1, &logarithmic, &log_error);
    if (status) return status;
    int tie = fabs(log_error - raw_error) <= 0.02 * fmin(log_error, raw_error);
    r->log = tie ? multiplicative(c) : log_error < raw_error;
    r->base = r->log ? logarithmic : raw;
    *error = fmin(log_error, raw_error);
    return RNN_OK;
}

/* Trials that would fit side by side. */
static double trials_apart(const chooser *c) {
    double apart = 0, h = (double)c->model->options.horizon;
    for (size_t i = 0; i < c->count; i++) {
        int first = i == 0 || c->trials[i - 1].series != c->trials[i].series;
        double step = first ? h : (double)(c->trials[i].origin - c->trials[i - 1].origin);
        apart += step < h ? step / h : 1;
    }
    return apart;
}

/* The mixture takes the place of the best simple baseline, whose error is given, unless that is
** clearly better: of dozens of candidates one fits a few trials well by chance. */
static rnn_status try_mixture(chooser *c, double error) {
    rnn_recipe *r = &c->model->forecast.recipe;
    rnn_recipe simple = *r;
    rnn_track *tracks;
    size_t m = rnn_mixture_season(&c->model->forecast);
    double own = INFINITY;
    int asked = c->model->options.pretrained == 1;
    if (!rnn_mixture_possible(c->ctx, c->model, c->set)) return RNN_OK;
    if (!asked && (r->annual || rnn_mixture_is_late(c->set))) return RNN_OK;
    int logs = r->log;
    r->log = 0;
    r->mixture = 1;
    r->base = (rnn_baseline){m, m, 0, 0};
    rnn_status status = rnn_tracks_create(c->ctx, c->set, c->model, c->ends, &tracks);
    if (status) return status;
    status = rnn_mixture_learn(c->ctx, c->set, c->ends, tracks, c->model);
    if (status == RNN_OK && c->count > 0)
        status = rnn_mixture_error(c->ctx, c->set, tracks, c->model, c->trials, c->count, c->change,
                                   &own);
    rnn_tracks_free(c->ctx, tracks, c->set->count);

    /* Who asks for the pretrained network asks for what it stands on. */
    r->log = logs;
    double apart = trials_apart(c), margin = LEAST_MARGIN + MARGIN / sqrt(1 + apart);
    int clear = apart >= LEAST_APART && error < (1 - margin) * own;
    if (clear && !asked) *r = simple;
    return status;
}

/* One-way analysis of variance of u over groups: 1 if they differ more than chance would. */
typedef struct variance_groups {
    double n[MAX_GROUPS], sum[MAX_GROUPS], squares;
} variance_groups;

static int groups_differ(const variance_groups *g) {
    double between = 0, total = 0, n = 0, groups = 0, within = g->squares;
    for (size_t i = 0; i < MAX_GROUPS; i++) {
        if (g->n[i] < 3) continue;
        total += g->sum[i];
        n += g->n[i];
        groups += 1;
    }
    if (groups < 2 || n <= groups) return 0;
    for (size_t i = 0; i < MAX_GROUPS; i++) {
        if (g->n[i] < 3) {
            continue;
        }
        double mean = g->sum[i] / g->n[i], off = mean - total / n;
        between += g->n[i] * off * off;
        within -= g->n[i] * mean * mean;
    }
    double df = groups - 1, f = (between / df) / (within / (n - groups) + 1e-300);
    return f > 1 + 3.1 * sqrt(2 / df);
}

/* Bits of `mask` that the data answers to: weekday, month and day of the month are tested, angles
** and hours are kept. */
static unsigned tested_calendar(const chooser *c, const rnn_track *tracks, unsigned mask) {
    static const unsigned bits[3] = {RNN_CALENDAR_WEEKDAY_ONEHOT, RNN_CALENDAR_MONTH_ONEHOT,
                                     RNN_CALENDAR_MONTHDAY_ONEHOT};
    variance_groups groups[3];
    memset(groups, 0, sizeof groups);
    size_t stride = c->set->count / 50 + 1;
    for (size_t s = 0; s < c->set->count; s += stride) {
        const rnn_series *series = &c->set->series[s];
        for (size_t p = 28; p < c->ends[s]; p++) {
            double unit = tracks[s].unit;
            double u = (tracks[s].z[p] - rnn_track_level(&tracks[s], (int64_t)p - 1, 28)) / unit;
            double now =
                rnn_series_time_at(c->model, series, p) + c->model->forecast.frequency.shift;
            rnn_civil d = rnn_civil_from_seconds(now);
            size_t key[3] = {(size_t)d.weekday, (size_t)d.month, (size_t)d.day};
            for (size_t k = 0; k < 3; k++) {
                groups[k].n[key[k] % MAX_GROUPS] += 1;
                groups[k].sum[key[k] % MAX_GROUPS] += u;
                groups[k].squares += u * u;
            }
        }
    }
    for (size_t k = 0; k < 3; k++) {
        if (!groups_differ(&groups[k])) mask &= ~bits[k];
    }
    return mask;
}

static rnn_status choose_calendar(chooser *c) {
    rnn_forecast_model *f = &c->model->forecast;
    rnn_track *tracks;
    size_t longest = 0;
    for (size_t s = 0; s < c->set->count; s++)
        longest = c->ends[s] > longest ? c->ends[s] : longest;
    f->calendar = f->style.kind >= RNN_TIME_MONTH ? rnn_calendar_choose(&f->frequency, longest) : 0;
    if (f->calendar == 0 || f->recipe.annual) return RNN_OK;
    rnn_status status = rnn_tracks_create(c->ctx, c->set, c->model, c->ends, &tracks);
    if (status) return status;
    f->calendar = tested_calendar(c, tracks, f->calendar);
    rnn_tracks_free(c->ctx, tracks, c->set->count);
    return RNN_OK;
}

/* Lag and floor of a window's unit. */
static void choose_scale(chooser *c) {
    rnn_forecast_model *f = &c->model->forecast;
    rnn_recipe *r = &f->recipe;
    if (r->mixture) return;
    r->scale_lag = r->base.level > 1 && r->base.season > 1 ? f->season[0] : 1;
    r->scale_floor = c->set->count >= 10 ? 0.3 : 1;
}

rnn_status rnn_recipe_choose(rnn_context *ctx, const rnn_series_set *set, const size_t *ends,
                             rnn_model *model) {
    chooser c;
    memset(&c, 0, sizeof c);
    c.ctx = ctx;
    c.set = set;
    c.ends = ends;
    c.model = model;
    rnn_recipe *r = &model->forecast.recipe;
    rnn_smoothing begun = r->smoothing;
    double error = INFINITY;
    memset(r, 0, sizeof *r);
    r->smoothing = begun;
    r->careful = 1;
    r->shrink = 1;
    r->scale_lag = 1;
    model->forecast.spread = 0;
    rnn_status status = choose_seasons(&c);
    if (status == RNN_OK) {
        resolve_lengths(&c);
        status = choose_base(&c, &error);
        if (status == RNN_OK) status = try_mixture(&c, error);
    }
    if (status == RNN_OK) {
        choose_scale(&c);
        status = choose_calendar(&c);
    }
    rnn_free(ctx, c.trials);
    rnn_free(ctx, c.change);
    return status;
}
