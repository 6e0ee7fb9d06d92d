/* surprise.c - see surprise.h. */
#include "surprise.h"

#include <math.h>
#include <stdlib.h>

#include "distribution.h"

/* Misses that the held-out part counts like, for c and for nu, and what it says of nu. */
static const double PRIOR = 20, PRIOR_TAIL = 60, PRIOR_DEGREES = 10;
enum { BOTH = -1 };
static const double LEAST_DEGREES = 2, MOST_DEGREES = 1000, LEAST_SCALE = 1e-3;

/* Quantile p of |T|. */
static double folded_quantile(double p, double degrees) {
    return rnn_student_quantile(0.5 + 0.5 * p, degrees);
}

/* Degrees of freedom for which the `high` quantile of |T| is `ratio` times its median. */
static double degrees_for(double ratio, double high) {
    double low = 1 / MOST_DEGREES, top = 1 / LEAST_DEGREES; /* bisection over 1 / nu */
    for (int i = 0; i < 30; i++) {
        double middle = 0.5 * (low + top), nu = 1 / middle;
        if (folded_quantile(high, nu) < ratio * folded_quantile(0.5, nu)) {
            low = middle;
        } else {
            top = middle;
        }
    }
    return 2 / (low + top);
}

/* Quantile p of sorted values. */
static double sample_quantile(const double *v, size_t n, double p) {
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}

/* |u| / c of one direction or of both, sorted; returns how many. */
static size_t collect(const double *u, size_t n, int direction, const rnn_surprise *s, double *v) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        int up = u[i] > 0;
        if (direction != BOTH && up != direction) continue;
        v[count++] = fabs(u[i]) / s->scale[up];
    }
    qsort(v, count, sizeof *v, rnn_compare_doubles);
    return count;
}

/* nu of all misses in units of their direction's median. */
static double fit_degrees(const double *v, size_t n, double high) {
    double middle = n ? sample_quantile(v, n, 0.5) : 0;
    double found =
        middle > 0 ? degrees_for(sample_quantile(v, n, high) / middle, high) : LEAST_DEGREES;
    double weight = n ? (double)n / ((double)n + PRIOR_TAIL) : 0;
    return 1 / (weight / found + (1 - weight) / PRIOR_DEGREES);
}

/* c of sorted misses, where both quantiles agree with nu as well as they can; `usual` is what PRIOR
** more misses say. */
static double fit_scale(const double *v, size_t n, double high, double degrees, double usual) {
    if (n == 0) return usual;
    double middle = sample_quantile(v, n, 0.5) / folded_quantile(0.5, degrees),
           tail = sample_quantile(v, n, high) / folded_quantile(high, degrees),
           weight = (double)n / ((double)n + PRIOR);
    /* Misses that are mostly zero (counts) have a tail alone. */
    double found = middle > 0.1 * tail ? sqrt(middle * tail) : tail;
    if (!(found > LEAST_SCALE)) found = LEAST_SCALE;
    return exp(weight * log(found) + (1 - weight) * log(usual));
}

rnn_surprise rnn_surprise_fit(const double *u, size_t n, double high, double *scratch) {
    rnn_surprise s = {{1, 1}, PRIOR_DEGREES};
    size_t count[2];
    for (int d = 0; d < 2; d++) {
        count[d] = collect(u, n, d, &s, scratch); /* c is still 1 */
        double middle = count[d] ? sample_quantile(scratch, count[d], 0.5) : 0;
        s.scale[d] = middle > 0 ? middle : 1;
    }
    s.degrees = fit_degrees(scratch, collect(u, n, BOTH, &s, scratch), high);
    s.scale[0] = s.scale[1] = 1;
    double both = fit_scale(scratch, collect(u, n, BOTH, &s, scratch), high, s.degrees, 1);
    for (int d = 0; d < 2; d++) {
        collect(u, n, d, &s, scratch); /* not yet that of this direction */
        s.scale[d] = fit_scale(scratch, count[d], high, s.degrees, both) *
                     (1 + 1 / sqrt((double)count[d] + PRIOR));
    }
    return s;
}

double rnn_surprise_probability(const rnn_surprise *s, double u) {
    double t = fabs(u) / s->scale[u > 0], square = t * t, sum = s->degrees + square;
    if (!(square > 0)) return 0;
    if (!isfinite(sum)) return 1;
    return rnn_incomplete_beta(0.5, 0.5 * s->degrees, square / sum, s->degrees / sum);
}

double rnn_surprise_bound(const rnn_surprise *s, double level, int direction) {
    double t = s->scale[direction] * folded_quantile(level, s->degrees);
    return direction ? t : -t;
}

double rnn_surprise_deviation(const rnn_surprise *s, int direction) {
    return s->scale[direction] * folded_quantile(0.5, s->degrees) / rnn_normal_quantile(0.75);
}
