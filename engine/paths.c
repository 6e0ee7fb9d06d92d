/* paths.c - see paths.h. */
#include "paths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT, SEASONAL, TRENDING, FIGURES };
/* Longest season that is taken from the unit alone. */
enum { MOST_LONG = 1000 };

/* Memory that grows and is used again. */
typedef struct room {
    void *p;
    uint64_t bytes;
} room;

struct rnn_paths {
    rnn_context *ctx;
    size_t ahead, width;
    size_t series, *start; /* [series + 1] of each series' windows in `origin` */
    int64_t *origin;       /* [count] ascending within a series */
    double *record;        /* [count][FIGURES + 2 ahead] */
    size_t *miss_start;    /* [series + 1] */
    int64_t *miss_first;   /* [series] position of the first miss */
    double *miss;
    int log;        /* tracks are of logarithms; the mixture is of the values */
    double *values; /* of the longest track, then */
    double *bases;  /* [ahead] */
    double *spreads;
    rnn_smoother *smoother;
    room rooms[8]; /* of all arrays but the smoother's */
};

/* n elements for array number i; NULL where there is no memory. What was in it is lost. */
static void *take(rnn_paths *p, size_t i, uint64_t n, size_t size) {
    room *r = &p->rooms[i];
    uint64_t bytes;
    if (rnn_mul_overflow(n, size, &bytes)) bytes = UINT64_MAX;
    if (r->p && bytes <= r->bytes) return r->p;
    rnn_free(p->ctx, r->p);
    r->bytes = 0;
    r->p = rnn_alloc(p->ctx, bytes);
    if (r->p) r->bytes = bytes;
    return r->p;
}

uint64_t rnn_paths_bytes(size_t ahead) {
    return (FIGURES + 2 * (uint64_t)ahead + 1) * sizeof(double) + 2 * sizeof(rnn_window);
}

size_t rnn_paths_season(const rnn_model *model, const rnn_series *series) {
    size_t m = series->season ? series->season : model->forecast.recipe.base.season;
    return m > 1 && m <= RNN_SMOOTHING_SEASON ? m : 1;
}

size_t rnn_paths_long_season(const rnn_model *model, const rnn_series *series) {
    const rnn_forecast_model *f = &model->forecast;
    size_t m = rnn_paths_season(model, series), most = 0;
    double natural[4];
    if (series->long_season || series->season) return series->long_season;
    for (size_t i = 0; i < f->seasons; i++)
        if (f->season[i] > m && !most) most = f->season[i];
    size_t n = rnn_frequency_seasons(&f->frequency, natural);
    for (size_t i = 0; i < n && !most; i++)
        if (natural[i] > (double)m && natural[i] < MOST_LONG) most = (size_t)natural[i];
    return most / m * m; /* the same weekday */
}

rnn_smoothing_series rnn_paths_series(const rnn_model *model, const rnn_series *series,
                                      const rnn_track *track, size_t n) {
    const rnn_forecast_model *f = &model->forecast;
    rnn_smoothing_series s = {track->z, n, track->before, rnn_paths_season(model, series), 0};
    size_t length = f->recipe.smoothing.profile_length;
    if (length > 1)
        s.phase =
            (rnn_frequency_phase(&f->frequency, series->origin, length) + track->before) % length;
    return s;
}

static int compare_windows(const void *a, const void *b) {
    const rnn_window *x = a, *y = b;
    if (x->series != y->series) return x->series < y->series ? -1 : 1;
    return x->origin < y->origin ? -1 : x->origin > y->origin;
}

/* First and last origin that a series is walked along for its windows. */
static int walk_range(const rnn_paths *p, const rnn_track *t, size_t s, size_t context,
                      int64_t *first, int64_t *last) {
    if (p->start[s] == p->start[s + 1]) return 0;
    *last = p->origin[p->start[s + 1] - 1];
    *first = p->origin[p->start[s]] - (int64_t)context;
    if (*first < (int64_t)t->first) *first = (int64_t)t->first;
    return 1;
}

/* Sorts the list into start and origin, each window once. */
static rnn_status index_windows(rnn_paths *p, const rnn_window *list, size_t count) {
    rnn_window *sorted = take(p, 0, count, sizeof *sorted);
    size_t n = 0;
    if (sorted) p->start = take(p, 1, (uint64_t)p->series + 1, sizeof *p->start);
    if (sorted && p->start) p->origin = take(p, 2, count, sizeof *p->origin);
    if (!sorted || !p->start || !p->origin) return p->ctx->status;
    memset(p->start, 0, (p->series + 1) * sizeof *p->start);
    if (count) memcpy(sorted, list, count * sizeof *sorted);
    int ordered = 1;
    for (size_t i = 1; i < count && ordered; i++)
        ordered = compare_windows(&sorted[i - 1], &sorted[i]) < 0;
    if (!ordered) qsort(sorted, count, sizeof *sorted, compare_windows);
    for (size_t i = 0; i < count; i++) {
        if (i && compare_windows(&sorted[i - 1], &sorted[i]) == 0) continue;
        p->origin[n++] = sorted[i].origin;
        p->start[sorted[i].series + 1] = n;
    }
    for (size_t s = 0; s < p->series; s++)
        if (p->start[s + 1] < p->start[s]) p->start[s + 1] = p->start[s];
    return RNN_OK;
}

typedef struct walking {
    rnn_paths *p;
    const rnn_track *t;
    size_t next, end, series;
    int64_t last;
} walking;

static void keep(void *arg, size_t origin, const rnn_smoothing_origin *at, const double *base,
                 const double *spread) {
    walking *w = arg;
    rnn_paths *p = w->p;
    double unit = at->unit;
    if (p->log) { /* as logarithms, and what is small beside a value in shares of it */
        for (size_t k = 0; k < p->ahead; k++) {
            double b = fmax(base[k], w->t->floor);
            p->bases[k] = log(b);
            p->spreads[k] = spread[k] / b;
        }
        unit = at->unit / fmax(base[0], w->t->floor);
        base = p->bases;
        spread = p->spreads;
    }
    if ((int64_t)origin < w->last) {
        size_t place = (size_t)((int64_t)origin + 1 - p->miss_first[w->series]);
        p->miss[p->miss_start[w->series] + place] = w->t->z[origin + 1] - base[0];
    }
    if (w->next == w->end || p->origin[w->next] != (int64_t)origin) return;
    double *r = p->record + w->next * p->width;
    r[UNIT] = unit;
    r[SEASONAL] = at->seasonal;
    r[TRENDING] = at->trending;
    memcpy(r + FIGURES, base, p->ahead * sizeof *r);
    memcpy(r + FIGURES + p->ahead, spread, p->ahead * sizeof *r);
    w->next++;
}

static rnn_status walk(rnn_paths *p, const rnn_model *model, const rnn_series_set *set,
                       const rnn_track *tracks, size_t context) {
    rnn_status status = RNN_OK;
    for (size_t s = 0; s < p->series && status == RNN_OK; s++) {
        int64_t first, last;
        if (!walk_range(p, &tracks[s], s, context, &first, &last)) continue;
        rnn_smoothing_series series =
            rnn_paths_series(model, &set->series[s], &tracks[s], tracks[s].known);
        if (p->log) {
            for (size_t i = 0; i < series.n; i++) p->values[i] = exp(series.z[i]);
            series.z = p->values;
        }
        walking w = {p, &tracks[s], p->start[s], p->start[s + 1], s, last};
        status = rnn_smoother_run(p->ctx, p->smoother, &model->forecast.recipe.smoothing, &series,
                                  (size_t)first, (size_t)last, keep, &w);
    }
    return status;
}

/* Room for what the windows' walks give. */
static rnn_status make_room(rnn_paths *p, const rnn_track *tracks, size_t context) {
    size_t total = 0, longest = 0;
    p->miss_start = take(p, 3, (uint64_t)p->series + 1, sizeof *p->miss_start);
    if (p->miss_start) p->miss_first = take(p, 4, p->series, sizeof *p->miss_first);
    if (!p->miss_start || !p->miss_first) return p->ctx->status;
    for (size_t s = 0; s < p->series; s++) {
        int64_t first, last;
        p->miss_start[s] = total;
        p->miss_first[s] = 0;
        longest = tracks[s].known > longest ? tracks[s].known : longest;
        if (!walk_range(p, &tracks[s], s, context, &first, &last)) continue;
        p->miss_first[s] = first;
        total += (size_t)(last - first) + 1;
    }
    p->miss_start[p->series] = total;
    p->miss = take(p, 5, total, sizeof *p->miss);
    if (p->miss) p->record = take(p, 6, p->start[p->series], p->width * sizeof *p->record);
    if (p->miss && p->record)
        p->values = take(p, 7, (uint64_t)longest + 2 * p->ahead, sizeof *p->values);
    if (!p->miss || !p->record || !p->values) return p->ctx->status;
    memset(p->miss, 0, total * sizeof *p->miss);
    p->bases = p->values + longest;
    p->spreads = p->bases + p->ahead;
    return RNN_OK;
}

rnn_status rnn_paths_create(rnn_context *ctx, const rnn_model *model, size_t ahead,
                            rnn_paths **out) {
    *out = NULL;
    rnn_paths *p = rnn_alloc_zero(ctx, sizeof *p);
    if (!p) return ctx->status;
    p->ctx = ctx;
    p->ahead = ahead;
    p->width = FIGURES + 2 * ahead;
    p->log = model->forecast.recipe.log;
    size_t horizon =
        model->options.decoder == RNN_DECODER_RECURSIVE ? 1 : (size_t)model->options.horizon;
    rnn_status status = rnn_smoother_create(ctx, horizon, ahead, &p->smoother);
    if (status) {
        rnn_paths_free(ctx, p);
        return status;
    }
    *out = p;
    return RNN_OK;
}

rnn_status rnn_paths_compute(rnn_paths *p, const rnn_model *model, const rnn_series_set *set,
                             const rnn_track *tracks, const rnn_window *list, size_t count,
                             size_t context) {
    p->series = set->count;
    rnn_status status = index_windows(p, list, count);
    if (status == RNN_OK) status = make_room(p, tracks, context);
    return status ? status : walk(p, model, set, tracks, context);
}

void rnn_paths_free(rnn_context *ctx, rnn_paths *p) {
    if (!p) return;
    for (size_t i = 0; i < sizeof p->rooms / sizeof *p->rooms; i++) rnn_free(ctx, p->rooms[i].p);
    rnn_smoother_free(ctx, p->smoother);
    rnn_free(ctx, p);
}

rnn_path rnn_paths_find(const rnn_paths *p, rnn_window at) {
    size_t low = p->start[at.series], high = p->start[at.series + 1];
    size_t guess = low + (size_t)(at.origin - p->origin[low]); /* most lists have all of them */
    if (guess < high && p->origin[guess] == at.origin) {
        low = guess;
    } else {
        while (high - low > 1) {
            size_t middle = (low + high) / 2;
            if (p->origin[middle] <= at.origin) {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
    const double *r = p->record + low * p->width;
    return (rnn_path){r[UNIT], r[SEASONAL], r[TRENDING], r + FIGURES, r + FIGURES + p->ahead};
}

double rnn_paths_miss(const rnn_paths *p, size_t series, int64_t at) {
    int64_t place = at - p->miss_first[series];
    size_t n = p->miss_start[series + 1] - p->miss_start[series];
    if (place < 0 || place >= (int64_t)n) return 0;
    return p->miss[p->miss_start[series] + (size_t)place];
}
