/* simulate_draws.c - distributions, drawn one after the other; see simulate_internal.h. */
#include "simulate_internal.h"

#include <math.h>

double rnn_draw_uniform(rnn_draws *d, double least, double most) {
    return least + (most - least) * rnn_uniform(d->key, d->next++);
}

double rnn_draw_log_uniform(rnn_draws *d, double least, double most) {
    return exp(rnn_draw_uniform(d, log(least), log(most)));
}

double rnn_draw_normal(rnn_draws *d) { return rnn_normal(d->key, d->next++); }

double rnn_draw_lognormal(rnn_draws *d, double median, double spread, double least, double most) {
    double x = median * exp(spread * rnn_draw_normal(d));
    return x < least ? least : x > most ? most : x;
}

int rnn_draw_chance(rnn_draws *d, double p) { return rnn_uniform(d->key, d->next++) < p; }

double rnn_draw_sign(rnn_draws *d) { return rnn_draw_chance(d, 0.5) ? 1.0 : -1.0; }

size_t rnn_draw_between(rnn_draws *d, size_t least, size_t most) {
    return least + (size_t)rnn_below(d->key, d->next++, most - least + 1);
}

size_t rnn_draw_weighted(rnn_draws *d, const double *weight, size_t n) {
    double sum = 0.0, at;
    for (size_t i = 0; i < n; i++) sum += weight[i];
    at = sum * rnn_uniform(d->key, d->next++);
    for (size_t i = 0; i + 1 < n; i++) {
        at -= weight[i];
        if (at < 0.0) return i;
    }
    return n - 1;
}

/* Marsaglia and Tsang: A simple method for generating gamma variables. TOMS 2000. Shapes below 1
** by the power of a uniform. */
double rnn_draw_gamma(rnn_draws *d, double shape) {
    double more = shape < 1.0 ? shape + 1.0 : shape, a = more - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * a);
    double boost = shape < 1.0 ? pow(1.0 - rnn_draw_uniform(d, 0.0, 1.0), 1.0 / shape) : 1.0;
    for (;;) {
        double x = rnn_draw_normal(d), v = 1.0 + c * x, u = 1.0 - rnn_draw_uniform(d, 0.0, 1.0);
        if (v <= 0.0) continue;
        v = v * v * v;
        if (log(u) < 0.5 * x * x + a - a * v + a * log(v)) return boost * a * v / shape;
    }
}

/* By inversion; a rounded normal where the two can no longer be told apart. */
double rnn_draw_poisson(rnn_draws *d, double mean) {
    double u, p, sum;
    if (!(mean > 0.0)) return 0.0;
    if (mean > 40.0) {
        double x = floor(mean + sqrt(mean) * rnn_draw_normal(d) + 0.5);
        return x > 0.0 ? x : 0.0;
    }
    u = rnn_draw_uniform(d, 0.0, 1.0);
    p = sum = exp(-mean);
    for (int k = 0; k < 200; k++) {
        if (u < sum) return k;
        p *= mean / (k + 1);
        sum += p;
    }
    return 200.0;
}

double rnn_draw_student(rnn_draws *d, double freedom) {
    double x = rnn_draw_normal(d);
    return x / sqrt(rnn_draw_gamma(d, 0.5 * freedom));
}
