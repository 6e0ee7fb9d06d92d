/* season.c - see season.h. */
#include "season.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VALUES 20000   /* of a series, after block means */
#define MAX_BLOCKS 400     /* of a cycle */
#define SEARCH_VALUES 4096 /* of a series, while searching */
#define SEARCH_SERIES 32
#define WALK_VARIANCE                                                                              \
    0.30 /* variance of r at lag m for a filtered random walk, times (cycles - 1): by simulation */
#define CERTAIN 0.9       /* an autocorrelation that always passes */
#define ENOUGH_WEIGHT 0.3 /* share of the series' weight that must pass */
#define ENOUGH_LONG 0.1   /* share of all weight in series long enough */

/* How strict a test is: factors on Bartlett's standard error and on that of a random walk, smallest
** autocorrelation, and whether it must last (r at 2m). By simulation the first pair is wrong about
** noise, random walks and AR(1) in 1-2 % of the series, the second about never, although it is
** tried at every length. */
typedef struct strictness {
    double noise, walk, least;
    int lasting;
} strictness;

static const strictness of_calendar = {2.8, 2.2, 0.10, 0};
static const strictness of_search = {4.0, 4.0, 0.30, 1};

typedef struct detector {
    rnn_context *ctx;
    const rnn_season_input *in;
    size_t sample;    /* series looked at, evenly spread */
    size_t limit;     /* values of a series */
    double *value;    /* [MAX_VALUES] block means; owns the four below */
    double *rest;     /* [MAX_VALUES] without trend and shorter seasons */
    double *smooth;   /* [MAX_VALUES] */
    double *sum;      /* [MAX_VALUES + 1] prefix sums */
    double *present;  /* [MAX_VALUES + 1] prefix counts */
    double *strength; /* [sample] */
    size_t season[RNN_MAX_SEASONS];
    double power[RNN_MAX_SEASONS];
    size_t count;
} detector;

double rnn_autocorrelation(const double *v, size_t n, size_t lag) {
    double mean = 0.0, variance = 0.0, product = 0.0;
    size_t present = 0, pairs = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(v[i])) {
            mean += v[i];
            present++;
        }
    }
    mean = present ? mean / (double)present : 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(v[i])) {
            variance += (v[i] - mean) * (v[i] - mean);
        }
    }
    for (size_t i = lag; i < n; i++) {
        double p = (v[i] - mean) * (v[i - lag] - mean);
        if (!isnan(p)) {
            product += p;
            pairs++;
        }
    }
    if (pairs < 3 || !(variance > 1e-20 * mean * mean * (double)present)) {
        return NAN;
    }
    return product / (double)pairs / (variance / (double)present);
}

/* ---- preparing one series -------------------------------------------------------------------- */

/* Block length for cycles of m steps: at most MAX_BLOCKS blocks a cycle; one that divides the cycle
** and keeps the confirmed seasons whole (or averages over them) where there is one. */
static size_t block_length(const detector *d, size_t m) {
    size_t least = (m + MAX_BLOCKS - 1) / MAX_BLOCKS, divides = 0;
    for (size_t b = least; b <= 4 * least; b++) {
        int keeps = 1;
        if (m % b != 0) {
            continue;
        }
        divides = divides ? divides : b;
        for (size_t k = 0; k < d->count; k++) {
            keeps &= d->season[k] % b == 0 || b % d->season[k] == 0;
        }
        if (keeps) {
            return b;
        }
    }
    return divides ? divides : least;
}

/* Means of blocks of b values into d->value, the last block ending at the series' end. Returns
** their number. */
static size_t take_blocks(detector *d, size_t series, size_t b) {
    const double *v = d->in->values[series];
    size_t length = d->in->length[series], n = length / b;
    n = n < d->limit ? n : d->limit;
    v += length - n * b;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        size_t present = 0;
        for (size_t j = 0; j < b; j++) {
            double x = v[i * b + j];
            if (isfinite(x)) {
                sum += x;
                present++;
            }
        }
        d->value[i] = present ? sum / (double)present : NAN;
    }
    return n;
}

static void prefix_sums(detector *d, const double *v, size_t n) {
    d->sum[0] = d->present[0] = 0.0;
    for (size_t i = 0; i < n; i++) {
        int there = !isnan(v[i]);
        d->sum[i + 1] = d->sum[i] + (there ? v[i] : 0.0);
        d->present[i + 1] = d->present[i] + there;
    }
}

/* Mean of the present values in [from, to); NaN if there are none. */
static double window_mean(const detector *d, size_t from, size_t to) {
    double count = d->present[to] - d->present[from];
    return count > 0.0 ? (d->sum[to] - d->sum[from]) / count : NAN;
}

/* d->rest = d->value minus a centred moving average over m; the half cycles at both ends get it
** continued by a line through the cycle next to them. n >= 2m. The values must be centred first, or
** prefix sums lose digits. */
static void remove_trend(detector *d, size_t n, size_t m) {
    double *trend = d->smooth;
    size_t half = m / 2, even = m % 2 == 0, first = half, last = n - m + half - even, reach;
    double slope;
    prefix_sums(d, d->value, n);
    for (size_t i = first; i <= last; i++) {
        trend[i] = window_mean(d, i - half, i - half + m);
        if (even) { /* the mean of the two windows around i */
            trend[i] = 0.5 * (trend[i] + window_mean(d, i - half + 1, i - half + m + 1));
        }
        trend[i] = isnan(trend[i]) ? 0.0 : trend[i];
    }
    reach = last - first < m ? last - first : m;
    slope = reach ? (trend[first + reach] - trend[first]) / (double)reach : 0.0;
    for (size_t i = 0; i < first; i++) {
        trend[i] = trend[first] - slope * (double)(first - i);
    }
    slope = reach ? (trend[last] - trend[last - reach]) / (double)reach : 0.0;
    for (size_t i = last + 1; i < n; i++) {
        trend[i] = trend[last] + slope * (double)(i - last);
    }
    for (size_t i = 0; i < n; i++) {
        d->rest[i] = d->value[i] - trend[i];
    }
}

static void remove_season(detector *d, size_t n, size_t m) {
    for (size_t phase = 0; phase < m; phase++) {
        double sum = 0.0;
        size_t present = 0;
        for (size_t i = phase; i < n; i += m) {
            if (!isnan(d->rest[i])) {
                sum += d->rest[i];
                present++;
            }
        }
        for (size_t i = phase; present && i < n; i += m) {
            d->rest[i] -= sum / (double)present;
        }
    }
}

/* Mean 0, extreme values cut (twice, at four mean absolute deviations: a level shift leaves a saw
** tooth that would drown the rest), missing values 0 (the mean: they take no part in sums). Returns
** how many values are there; 0 where they do not vary by more than `noise`. */
static size_t standardise(double *v, size_t n, double noise) {
    double mean = 0.0, cut = INFINITY;
    size_t present = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(v[i])) {
            mean += v[i];
            present++;
        }
    }
    mean = present ? mean / (double)present : 0.0;
    for (size_t i = 0; i < n; i++) {
        v[i] = isnan(v[i]) ? 0.0 : v[i] - mean;
    }
    for (int pass = 0; pass < 3; pass++) {
        double deviation = 0.0;
        for (size_t i = 0; i < n; i++) {
            v[i] = v[i] > cut ? cut : v[i] < -cut ? -cut : v[i];
            deviation += fabs(v[i]);
        }
        deviation = present ? deviation / (double)present : 0.0;
        if (!(deviation > noise) || !isfinite(deviation)) {
            return 0;
        }
        cut = 4.0 * deviation;
    }
    return present;
}

/* Centre d->value for exact sums; returns the deviation below which what is left of it is rounding
** noise. */
static double centre(detector *d, size_t n) {
    double mean = 0.0, magnitude = 0.0, range = 0.0;
    size_t present = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(d->value[i])) {
            mean += d->value[i];
            present++;
            magnitude = fmax(magnitude, fabs(d->value[i]));
        }
    }
    mean = present ? mean / (double)present : 0.0;
    for (size_t i = 0; i < n; i++) {
        d->value[i] -= mean;
        range = isnan(d->value[i]) ? range : fmax(range, fabs(d->value[i]));
    }
    return 1e-10 * range + 1e-14 * magnitude;
}

/* ---- testing one series ---------------------------------------------------------------------- */

/* Autocorrelation of standardised values; missing ones are 0, `scale` makes up for them. */
static double correlation(const double *v, size_t n, size_t lag, double energy) {
    double sum = 0.0;
    for (size_t i = lag; i < n; i++) {
        sum += v[i] * v[i - lag];
    }
    return sum / energy * (double)n / (double)(n - lag);
}

/* Does lag m of v pass? *r = its autocorrelation. `shorter`: the longest confirmed season that
** divides m, or 0. */
static int lag_passes(const double *v, size_t n, size_t present, size_t m, size_t shorter,
                      const strictness *how, double *r) {
    size_t stride = m / 32 + 1, aside = shorter ? shorter : m / 6 + 1;
    double energy = 0.0, squares = 0.0, cycles = (double)n / (double)m;
    double below, above, limit, variance, walk;

    for (size_t i = 0; i < n; i++) {
        energy += v[i] * v[i];
    }
    *r = correlation(v, n, m, energy);
    if (!(*r > (m == 2 ? 0.5 : how->least))) { /* 2: the filter itself leaves 1/6 in white noise */
        return 0;
    }
    below = m > aside + 1 ? correlation(v, n, m - aside, energy) : -1.0;
    above = n > 2 * aside + m ? correlation(v, n, m + aside, energy) : -1.0;
    if (shorter ? *r < 0.5 * (below + above) + 0.1 || *r < fmax(below, above)
                : *r < fmax(below, above)) {
        return 0;
    }
    for (size_t lag = stride; lag < m; lag += stride) {
        double x = correlation(v, n, lag, energy);
        squares += x * x * (double)stride;
    }
    variance = (1.0 + 2.0 * squares) / ((double)(n - m) * (double)present / (double)n);
    walk = WALK_VARIANCE / fmax(cycles - 1.0, 0.5);
    limit = fmin(how->noise * sqrt(variance), how->walk * sqrt(walk));
    if (*r < fmin(limit, CERTAIN)) {
        return 0;
    }
    for (size_t k = 2; k <= 3;
         k++) { /* half or a third of a longer season; or gone after one cycle */
        double x = n >= (k + 1) * m ? correlation(v, n, k * m, energy) : *r;
        if (x > *r + 0.15 || (how->lasting && k == 2 && x < 0.6 * *r)) {
            return 0;
        }
    }
    return 1;
}

/* d->rest = the last values of a series in blocks of b steps without the trend over `cycle` blocks
** and without confirmed seasons, standardised. *n = blocks; 0 if they are less than two cycles.
** *shorter = the longest confirmed season, in blocks, that divides the cycle, or 0. Returns the
** number of values that are there, 0 where nothing is left that varies. */
static size_t prepare(detector *d, size_t series, size_t b, size_t cycle, size_t *n,
                      size_t *shorter) {
    double noise;
    size_t present;
    *shorter = 0;
    *n = take_blocks(d, series, b);
    if (*n < 2 * cycle || *n < 6) {
        *n = 0;
        return 0;
    }
    noise = centre(d, *n);
    remove_trend(d, *n, cycle);
    for (size_t k = 0; k < d->count; k++) {
        size_t s = d->season[k] / b;
        if (d->season[k] % b == 0 && s >= 2) {
            remove_season(d, *n, s);
            *shorter = cycle % s == 0 ? s : *shorter;
        }
    }
    present = standardise(d->rest, *n, noise);
    return present < *n / 4 || present < 6 ? 0 : present;
}

/* Test a cycle of m steps on one series. Returns -1 if it is too short, else whether it passes; *r
** as above. */
static int series_passes(detector *d, size_t series, size_t m, const strictness *how, double *r) {
    size_t b = block_length(d, m), cycle = (m + b / 2) / b, width = cycle / 24, shorter, n, present;
    int passes;

    *r = 0.0;
    if (d->in->length[series] / 2 < m) {
        return -1;
    }
    present = prepare(d, series, b, cycle, &n, &shorter);
    if (present == 0) {
        return n == 0 ? -1 : 0;
    }
    passes = lag_passes(d->rest, n, present, cycle, shorter, how, r);
    if (!passes && width >= 2) {
        double smoothed;
        prefix_sums(d, d->rest, n);
        for (size_t i = 0; i + width <= n; i++) {
            d->smooth[i] = window_mean(d, i, i + width);
        }
        if (standardise(d->smooth, n - width + 1, 0.0) > 0) {
            passes = lag_passes(d->smooth, n - width + 1, present, cycle, shorter, how, &smoothed);
            *r = fmax(*r, smoothed);
        }
    }
    return passes;
}

/* ---- all series ------------------------------------------------------------------------------ */

static size_t longest_series(const rnn_season_input *in) {
    size_t longest = 0;
    for (size_t s = 0; s < in->series; s++) {
        longest = in->length[s] > longest ? in->length[s] : longest;
    }
    return longest;
}

enum { PEAKS = 6, REFINE = 24 }; /* lengths to try; lengths to either side of each */

/* Index of the i-th series of an evenly spread sample. */
static size_t sampled_series(const detector *d, size_t i, size_t sample) {
    return (size_t)((double)i * (double)d->in->series / (double)sample);
}

typedef struct verdict {
    double share;    /* of the weight of series long enough, that passed */
    double strength; /* median autocorrelation of the series long enough */
    int confirmed;
} verdict;

/* Test a cycle of m steps on `sample` series. */
static rnn_status test_cycle(detector *d, size_t m, size_t sample, const strictness *how,
                             verdict *out) {
    double passed = 0.0, enough = 0.0, all = 0.0;
    size_t tested = 0;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sample; i++) {
        size_t s = sampled_series(d, i, sample);
        double weight = (double)d->in->length[s], r;
        int result;
        if (rnn_check(d->ctx) != RNN_OK) {
            return RNN_INTERRUPT;
        }
        all += weight;
        result = series_passes(d, s, m, how, &r);
        if (result >= 0) {
            enough += weight;
            passed += result ? weight : 0.0;
            d->strength[tested++] = r;
        }
    }
    if (tested == 0) {
        return RNN_OK;
    }
    qsort(d->strength, tested, sizeof d->strength[0], rnn_compare_doubles);
    out->strength = fmin(1.0, fmax(0.0, d->strength[tested / 2]));
    out->share = passed / enough;
    out->confirmed = out->share >= ENOUGH_WEIGHT && enough >= ENOUGH_LONG * all;
    return RNN_OK;
}

/* Cycles this close to one another are the same. */
static int near(size_t a, size_t b, double tolerance) {
    return fabs((double)a - (double)b) <= tolerance * (double)b;
}

/* A long cycle that is almost a whole number of a confirmed shorter one is that number: 365 days
** with a week are 364. */
static size_t fit_to_shorter(const detector *d, size_t m) {
    for (size_t k = d->count; k-- > 0;) {
        size_t s = d->season[k], whole = (m + s / 2) / s * s;
        if (m >= 10 * s && near(whole, m, 0.01)) {
            return whole;
        }
    }
    return m;
}

static rnn_status try_cycle(detector *d, size_t m, const strictness *how) {
    verdict v;
    rnn_status status = RNN_OK;
    for (size_t k = 0; k < d->count; k++) {
        if (near(m, d->season[k], 0.05)) {
            return RNN_OK;
        }
    }
    if (m < 2 || d->count == RNN_MAX_SEASONS) {
        return RNN_OK;
    }
    status = test_cycle(d, m, d->sample, how, &v);
    if (status == RNN_OK && v.confirmed) {
        size_t fitted = fit_to_shorter(d, m), at = d->count++;
        for (; at > 0 && d->season[at - 1] > fitted; at--) { /* a second search may find less */
            d->season[at] = d->season[at - 1];
            d->power[at] = d->power[at - 1];
        }
        d->season[at] = fitted;
        d->power[at] = v.strength;
    }
    return status;
}

/* Seasons people would name. */
static const size_t usual[] = {12, 24, 48, 52, 96, 144, 168, 288, 336, 365, 1440, 10080};

/* A peak found beside one of them is that one. */
static size_t usual_cycle(size_t m) {
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (near(m, usual[i], m < 40 ? 0.0 : 0.03)) {
            return usual[i];
        }
    }
    return m;
}

/* The length near m (within 6 %) that repeats best over up to four cycles: lags of several cycles
** tell lengths apart that one cycle does not. */
static size_t refine_cycle(detector *d, size_t m, size_t sample) {
    double total[2 * REFINE + 1] = {0.0};
    size_t b = block_length(d, m), cycle = (m + b / 2) / b, span = cycle * 6 / 100, best = 0;
    span = span < REFINE ? span : REFINE;
    for (size_t i = 0; i < sample && span > 0; i++) {
        size_t s = sampled_series(d, i, sample), n, shorter;
        double energy = 0.0;
        if (prepare(d, s, b, cycle, &n, &shorter) == 0) {
            continue;
        }
        for (size_t j = 0; j < n; j++) {
            energy += d->rest[j] * d->rest[j];
        }
        for (size_t k = 0; k <= 2 * span; k++) {
            size_t lag = cycle + k - span;
            for (size_t times = 1; times <= 4 && (times + 1) * (cycle + span) <= n; times++) {
                total[k] += correlation(d->rest, n, times * lag, energy) * (double)n;
            }
        }
    }
    for (size_t k = 1; k <= 2 * span; k++) {
        best = total[k] > total[best] ? k : best;
    }
    return span > 0 ? (cycle + best - span) * b : m;
}

/* Is m a whole multiple, twice or more, of a? */
static int multiple_of(size_t m, size_t a) {
    size_t times = (m + a / 2) / a;
    return times >= 2 && near(times * a, m, 0.03);
}

/* Put (m, value) among the best peaks; lengths come in ascending. Neighbours of a better one are
** dropped, and multiples of one that is about as good, or they would crowd out everything else. */
static void keep_peak(size_t peak[PEAKS], double score[PEAKS], size_t m, double value) {
    size_t at = PEAKS;
    for (size_t i = 0; i < PEAKS; i++) {
        if (peak[i] && multiple_of(m, peak[i]) && score[i] >= value - 0.2) {
            return;
        }
    }
    for (size_t i = 0; i < PEAKS; i++) {
        if (peak[i] && near(m, peak[i], 0.12)) {
            if (score[i] >= value) {
                return;
            }
            peak[i] = 0;
            score[i] = 0.0;
        }
    }
    for (size_t i = 0; i < PEAKS; i++) {
        at = at == PEAKS || score[i] < score[at] ? i : at;
    }
    if (value > score[at]) {
        peak[at] = m;
        score[at] = value;
    }
}

static int compare_sizes(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* One search over all cycles up to a third of the longest series, every length to 64 and then in
** steps of 2 %; what it finds is confirmed on the whole sample, shortest first. */
static rnn_status search_once(detector *d) {
    size_t peak[PEAKS] = {0}, longest = longest_series(d->in),
           sample = d->sample < SEARCH_SERIES ? d->sample : SEARCH_SERIES;
    double score[PEAKS] = {0.0};
    rnn_status status = RNN_OK;
    verdict v;

    d->limit = SEARCH_VALUES;
    for (size_t m = 2; m <= longest / 3 && status == RNN_OK; m += m < 64 ? 1 : m / 50) {
        status = test_cycle(d, m, sample, &of_search, &v);
        if (status == RNN_OK && v.share > 0.0) {
            keep_peak(peak, score, m, v.share + v.strength);
        }
    }
    d->limit = MAX_VALUES;
    for (size_t i = 0; i < PEAKS; i++) {
        peak[i] = usual_cycle(peak[i] ? refine_cycle(d, peak[i], sample) : 0);
    }
    qsort(peak, PEAKS, sizeof peak[0], compare_sizes);
    for (size_t i = 0; i < PEAKS && status == RNN_OK; i++) {
        status = try_cycle(d, peak[i], &of_search);
    }
    return status;
}

/* Search again without what was found: a strong week crowds out the year behind it. The search
** looks at few series; the usual cycles are tried on all of the sample, for a cycle that only some
** series of a panel have. */
static rnn_status search(detector *d) {
    rnn_status status = search_once(d);
    if (status == RNN_OK && d->count > 0 && d->count < RNN_MAX_SEASONS) {
        status = search_once(d);
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0] && status == RNN_OK; i++) {
        status = try_cycle(d, usual[i], &of_search);
    }
    return status;
}

static rnn_status detector_init(detector *d) {
    size_t longest = longest_series(d->in);
    size_t n = (longest < MAX_VALUES ? longest : MAX_VALUES) + 1;
    d->limit = MAX_VALUES;
    d->value = rnn_alloc_array(d->ctx, 5 * n, sizeof(double));
    d->strength = d->value ? rnn_alloc_array(d->ctx, d->sample, sizeof(double)) : NULL;
    if (d->strength == NULL) {
        return d->ctx->status;
    }
    d->rest = d->value + n;
    d->smooth = d->rest + n;
    d->sum = d->smooth + n;
    d->present = d->sum + n;
    return RNN_OK;
}

rnn_status rnn_season_detect(rnn_context *ctx, const rnn_season_input *in,
                             const rnn_frequency *frequency, size_t sample,
                             size_t season[RNN_MAX_SEASONS], double strength[RNN_MAX_SEASONS],
                             size_t *count) {
    detector d = {0};
    double candidate[4];
    size_t candidates = rnn_frequency_seasons(frequency, candidate);
    rnn_status status;

    *count = 0;
    d.ctx = ctx;
    d.in = in;
    d.sample = sample ? sample : 200;
    d.sample = d.sample < in->series ? d.sample : in->series;
    status = detector_init(&d);
    if (status != RNN_OK) {
        goto done;
    }
    for (size_t i = 0; i < candidates && status == RNN_OK; i++) {
        status = try_cycle(&d, (size_t)candidate[i], &of_calendar);
    }
    if (status == RNN_OK && d.count == 0) {
        status = search(&d);
    }
    if (status == RNN_OK) {
        memcpy(season, d.season, sizeof d.season);
        memcpy(strength, d.power, sizeof d.power);
        *count = d.count;
    }
done:
    rnn_free(ctx, d.value);
    rnn_free(ctx, d.strength);
    return status;
}
