/* optimizer.c - update rules: see optimizer.h for the formulas.
**
** One loop a rule, without branches inside, over pointers that do not alias: compilers vectorise
** each. All operations in them (+ * / sqrt) round correctly, so an element's result does not depend
** on how the buffer is cut.
*/
#include "optimizer.h"

#include <math.h>
#include <string.h>

static const double MOMENTUM = 0.9;             /* momentum */
static const double SQUARE_DECAY = 0.99;        /* rmsprop */
static const double BETA1 = 0.9, BETA2 = 0.999; /* adam, adamw */
static const double EPSILON = 1e-8;             /* rmsprop, adam, adamw */
static const double ADAGRAD_EPSILON = 1e-10;

/* sqrt in the precision of real: float builds must not go through double in a vector loop. */
static inline real root(real x) { return _Generic(x, float : sqrtf, double : sqrt)(x); }

size_t rnn_optimizer_state(rnn_optimizer_kind kind) {
    switch (kind) {
    case RNN_SGD: return 0;
    case RNN_MOMENTUM:
    case RNN_RMSPROP:
    case RNN_ADAGRAD: return 1;
    case RNN_ADAM:
    case RNN_ADAMW: return 2;
    }
    return 0;
}

void rnn_optimizer_init(rnn_optimizer *o, rnn_optimizer_kind kind, size_t parameters, real *state,
                        const rnn_decay_range *range, size_t ranges) {
    memset(o, 0, sizeof *o);
    o->kind = kind;
    o->parameters = parameters;
    o->state = state;
    o->range = range;
    o->ranges = ranges;
    size_t count = rnn_optimizer_state(kind) * parameters;
    if (count > 0) memset(state, 0, count * sizeof *state);
}

static void update_sgd(size_t n, real rate, real scale, real decay, const real *restrict g,
                       real *restrict p) {
    for (size_t i = 0; i < n; i++) p[i] -= rate * (g[i] * scale + decay * p[i]);
}

static void update_momentum(size_t n, real rate, real scale, real decay, const real *restrict g,
                            real *restrict p, real *restrict b) {
    const real keep = (real)MOMENTUM;
    for (size_t i = 0; i < n; i++) {
        b[i] = keep * b[i] + (g[i] * scale + decay * p[i]);
        p[i] -= rate * b[i];
    }
}

static void update_rmsprop(size_t n, real rate, real scale, real decay, const real *restrict g,
                           real *restrict p, real *restrict v) {
    const real keep = (real)SQUARE_DECAY, take = (real)(1.0 - SQUARE_DECAY), eps = (real)EPSILON;
    for (size_t i = 0; i < n; i++) {
        real d = g[i] * scale + decay * p[i];
        v[i] = keep * v[i] + take * d * d;
        p[i] -= rate * d / (root(v[i]) + eps);
    }
}

static void update_adagrad(size_t n, real rate, real scale, real decay, const real *restrict g,
                           real *restrict p, real *restrict v) {
    const real eps = (real)ADAGRAD_EPSILON;
    for (size_t i = 0; i < n; i++) {
        real d = g[i] * scale + decay * p[i];
        v[i] += d * d;
        p[i] -= rate * d / (root(v[i]) + eps);
    }
}

/* adam: shrink 1 and decay w; adamw: shrink 1 - r w and decay 0. */
typedef struct adam_factors {
    real scale, decay, shrink; /* of gradient; L2; decoupled */
    real rate;                 /* r / (1 - 0.9^t) */
    real root_factor;          /* 1 / sqrt(1 - 0.999^t) */
} adam_factors;

static void update_adam(size_t n, adam_factors f, const real *restrict g, real *restrict p,
                        real *restrict m, real *restrict v) {
    const real keep1 = (real)BETA1, take1 = (real)(1.0 - BETA1);
    const real keep2 = (real)BETA2, take2 = (real)(1.0 - BETA2), eps = (real)EPSILON;
    for (size_t i = 0; i < n; i++) {
        real d = g[i] * f.scale + f.decay * p[i];
        m[i] = keep1 * m[i] + take1 * d;
        v[i] = keep2 * v[i] + take2 * d * d;
        p[i] = p[i] * f.shrink - f.rate * m[i] / (root(v[i]) * f.root_factor + eps);
    }
}

void rnn_optimizer_apply_row(const rnn_optimizer *o, size_t first, size_t n, double decay,
                             const real *g, real *parameter) {
    real *p = parameter + first;
    real *s = o->kind == RNN_SGD ? p : o->state + first; /* sgd has none */
    real rate = (real)o->rate, scale = (real)o->scale, w = (real)decay;
    switch (o->kind) {
    case RNN_SGD: update_sgd(n, rate, scale, w, g, p); break;
    case RNN_MOMENTUM: update_momentum(n, rate, scale, w, g, p, s); break;
    case RNN_RMSPROP: update_rmsprop(n, rate, scale, w, g, p, s); break;
    case RNN_ADAGRAD: update_adagrad(n, rate, scale, w, g, p, s); break;
    case RNN_ADAM:
    case RNN_ADAMW: {
        int decoupled = o->kind == RNN_ADAMW;
        adam_factors f = {scale, decoupled ? 0 : w, decoupled ? (real)(1.0 - o->rate * decay) : 1,
                          (real)(o->rate / o->first_moment), (real)(1.0 / sqrt(o->second_moment))};
        update_adam(n, f, g, p, s, s + o->parameters);
        break;
    }
    }
}

void rnn_optimizer_begin(rnn_optimizer *o, double rate, double scale) {
    o->steps++;
    o->rate = rate;
    o->scale = scale;
    o->first_moment = 1.0 - pow(BETA1, (double)o->steps);
    o->second_moment = 1.0 - pow(BETA2, (double)o->steps);
}

void rnn_optimizer_apply(const rnn_optimizer *o, size_t first, size_t count, const real *gradient,
                         real *parameter) {
    size_t at = first, end = first + count;
    for (size_t i = 0; i < o->ranges && at < end; i++) {
        const rnn_decay_range *r = &o->range[i];
        size_t from = r->offset < at ? at : r->offset, to = r->offset + r->count;
        if (to > end) to = end;
        if (from >= to) continue;
        rnn_optimizer_apply_row(o, at, from - at, 0, gradient + at, parameter);
        rnn_optimizer_apply_row(o, from, to - from, r->decay, gradient + from, parameter);
        at = to;
    }
    rnn_optimizer_apply_row(o, at, end - at, 0, gradient + at, parameter);
}

void rnn_optimizer_step(rnn_optimizer *o, double rate, double scale, const real *gradient,
                        real *parameter) {
    rnn_optimizer_begin(o, rate, scale);
    rnn_optimizer_apply(o, 0, o->parameters, gradient, parameter);
}

void rnn_clip_value(size_t n, real *gradient, double limit) {
    if (!(limit > 0)) return;
    const real high = (real)limit, low = -high;
    for (size_t i = 0; i < n; i++) {
        real g = gradient[i];
        g = g > high ? high : g; /* comparisons with NaN are false: it stays */
        gradient[i] = g < low ? low : g;
    }
}

double rnn_gradient_squares(size_t n, const real *gradient) {
    /* Eight sums of their own let the compiler vectorise without changing the order. */
    enum { LANES = 8 };
    double sum[LANES] = {0};
    size_t whole = n - n % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sum[k] += (double)gradient[i + k] * (double)gradient[i + k];
    for (size_t i = whole; i < n; i++) sum[i - whole] += (double)gradient[i] * (double)gradient[i];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

double rnn_gradient_norm(size_t n, const real *gradient) {
    return sqrt(rnn_gradient_squares(n, gradient));
}

double rnn_clip_norm(double norm, double limit) {
    if (!isfinite(norm)) return 0;
    if (!(limit > 0)) return 1;
    double scale = limit / (norm + 1e-6);
    return scale < 1 ? scale : 1;
}
