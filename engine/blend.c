/* blend.c - see blend.h. */
#include "blend.h"

#include <math.h>
#include <string.h>

enum { P = RNN_BLEND_PARTS, STEPS = 20, HALVINGS = 10 };

void rnn_blend(const double share[P], const real *const logits[P], size_t classes, real *out) {
    for (size_t k = 0; k < classes; k++) {
        double z = 0;
        for (size_t p = 0; p < P; p++) z += share[p] * (double)logits[p][k];
        out[k] = (real)z;
    }
}

/* Cross-entropy, its gradient and second derivatives by the shares. */
typedef struct slope {
    double loss, weight, g[P], h[P][P];
} slope;

static void add_text(const rnn_blend_data *d, size_t i, const double share[P], double *z,
                     slope *s) {
    size_t K = d->classes, right = (size_t)d->target[i];
    const real *part[P];
    double largest = -INFINITY, sum = 0, mean[P] = {0}, w = d->weight[i];
    for (size_t p = 0; p < P; p++) part[p] = d->logits[p] + i * K;
    for (size_t k = 0; k < K; k++) {
        z[k] = 0;
        for (size_t p = 0; p < P; p++) z[k] += share[p] * (double)part[p][k];
        largest = fmax(largest, z[k]);
    }
    for (size_t k = 0; k < K; k++) sum += exp(z[k] - largest);
    s->loss += w * (largest + log(fmax(sum, 1)) - z[right]); /* the largest adds 1 to the sum */
    s->weight += w;
    for (size_t k = 0; k < K; k++) {
        double q = exp(z[k] - largest) / sum;
        for (size_t p = 0; p < P; p++) {
            mean[p] += q * (double)part[p][k];
            for (size_t r = 0; r <= p; r++)
                s->h[p][r] += w * q * (double)part[p][k] * (double)part[r][k];
        }
    }
    for (size_t p = 0; p < P; p++) {
        s->g[p] += w * (mean[p] - (double)part[p][right]);
        for (size_t r = 0; r <= p; r++) s->h[p][r] -= w * mean[p] * mean[r];
    }
}

/* Half the squared error, over `unit`. */
static void add_number(const rnn_blend_data *d, size_t i, const double share[P], double unit,
                       slope *s) {
    double miss = -d->target[i], w = d->weight[i] / unit;
    for (size_t p = 0; p < P; p++) miss += share[p] * (double)d->logits[p][i];
    s->loss += w * miss * miss / 2;
    s->weight += d->weight[i];
    for (size_t p = 0; p < P; p++) {
        s->g[p] += w * miss * (double)d->logits[p][i];
        for (size_t r = 0; r <= p; r++)
            s->h[p][r] += w * (double)d->logits[p][i] * (double)d->logits[r][i];
    }
}

static slope measure(const rnn_blend_data *d, const double share[P], double unit, double *z) {
    slope s;
    memset(&s, 0, sizeof s);
    for (size_t i = 0; i < d->count; i++) {
        if (!(d->weight[i] > 0)) continue;
        if (d->classes > 1) {
            add_text(d, i, share, z, &s);
        } else {
            add_number(d, i, share, unit, &s);
        }
    }
    return s;
}

/* What the loss of numbers is measured by: the mean squared error of these shares. */
static double find_unit(const rnn_blend_data *d, const double share[P], double *z) {
    if (d->classes > 1) return 1;
    slope s = measure(d, share, 1, z);
    double unit = s.weight > 0 ? 2 * s.loss / s.weight : 0;
    return unit > 1e-12 ? unit : 1e-12;
}

/* x = h^-1 g by Cholesky's decomposition; h is symmetric, positive definite, lower half given. */
static void solve(double h[P][P], const double g[P], double x[P]) {
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = h[i][j];
            for (size_t k = 0; k < j; k++) sum -= h[i][k] * h[j][k];
            h[i][j] = i == j ? sqrt(fmax(sum, 1e-12)) : sum / h[j][j];
        }
    }
    for (size_t i = 0; i < P; i++) {
        x[i] = g[i];
        for (size_t k = 0; k < i; k++) x[i] -= h[i][k] * x[k];
        x[i] /= h[i][i];
    }
    for (size_t i = P; i-- > 0;) {
        for (size_t k = i + 1; k < P; k++) x[i] -= h[k][i] * x[k];
        x[i] /= h[i][i];
    }
}

/* Shares at 0 that would go below stay there: take them out of the system. */
static void hold_at_zero(slope *s, const double share[P]) {
    for (size_t p = 0; p < P; p++) {
        if (share[p] > 0 || s->g[p] <= 0) continue;
        for (size_t r = 0; r < P; r++) s->h[p > r ? p : r][p > r ? r : p] = 0;
        s->h[p][p] = 1;
        s->g[p] = 0;
    }
}

static double objective(const slope *s, double prior, const double share[P],
                        const double center[P]) {
    double sum = s->loss;
    for (size_t p = 0; p < P; p++) sum += prior * (share[p] - center[p]) * (share[p] - center[p]);
    return sum;
}

double rnn_blend_fit(const rnn_blend_data *data, double prior, const double center[P],
                     double share[P], double *scratch) {
    double next[P], move[P], unit = find_unit(data, center, scratch);
    slope s = measure(data, share, unit, scratch);
    for (int step = 0; step < STEPS; step++) {
        for (size_t p = 0; p < P; p++) {
            s.g[p] += 2 * prior * (share[p] - center[p]);
            s.h[p][p] += 2 * prior;
        }
        hold_at_zero(&s, share);
        solve(s.h, s.g, move);
        double now = objective(&s, prior, share, center);
        slope tried = s;
        int halved = 0;
        for (; halved < HALVINGS; halved++) {
            for (size_t p = 0; p < P; p++) /* no share below 0: a part is right or left out */
                next[p] = fmax(share[p] - ldexp(move[p], -halved), 0);
            tried = measure(data, next, unit, scratch);
            if (objective(&tried, prior, next, center) <= now) break;
        }
        if (halved == HALVINGS) break;
        memcpy(share, next, sizeof next);
        double gain = now - objective(&tried, prior, share, center);
        s = tried;
        if (!(gain > 1e-9 * (1 + now))) break;
    }
    if (!(s.weight > 0)) return NAN;
    return s.loss / s.weight * (data->classes > 1 ? 1 : 2 * unit);
}
