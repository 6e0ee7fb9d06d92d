/* schedule.c - learning rates: see schedule.h for the formulas. */
#include "schedule.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* Half a cosine from `from` (share 0) to `to` (share 1). */
static double cosine_between(double from, double to, double share) {
    return to + (from - to) * 0.5 * (1.0 + cos(PI * share));
}

static double cosine_rate(double peak, uint64_t step, uint64_t steps) {
    uint64_t warm = steps / 20 < 500 ? steps / 20 : 500;
    if (step < warm) return peak * ((double)step + 1.0) / ((double)warm + 1.0);
    return cosine_between(peak, 0, (double)(step - warm) / (double)(steps - warm));
}

static double one_cycle_rate(double peak, uint64_t step, uint64_t steps) {
    const double start = peak / 25.0, end = start / 1e4;
    double top = 0.3 * (double)steps - 1.0, last = (double)steps - 1.0, s = (double)step;
    if (top < 0) /* fewer than 4 steps: no way up */
        top = 0;
    if (s <= top && top > 0) return cosine_between(start, peak, s / top);
    return last > top ? cosine_between(peak, end, (s - top) / (last - top)) : peak;
}

double rnn_schedule_rate(rnn_schedule kind, double peak, uint64_t step, uint64_t steps) {
    if (steps == 0) return peak;
    if (step >= steps) step = steps - 1;
    switch (kind) {
    case RNN_SCHEDULE_COSINE: return cosine_rate(peak, step, steps);
    case RNN_SCHEDULE_ONE_CYCLE: return one_cycle_rate(peak, step, steps);
    case RNN_SCHEDULE_CONSTANT:
    case RNN_SCHEDULE_PLATEAU: break;
    }
    return peak;
}

void rnn_plateau_init(rnn_plateau *p, int64_t patience) {
    p->best = INFINITY;
    p->factor = 1;
    p->bad = 0;
    p->patience = patience < 1 ? 1 : patience;
}

double rnn_plateau_epoch(rnn_plateau *p, double loss) {
    /* The margin is relative; losses that are log densities may be negative. */
    double margin = isfinite(p->best) ? 1e-4 * fabs(p->best) : 0;
    if (loss < p->best - margin) {
        p->best = loss;
        p->bad = 0;
    } else if (++p->bad >= p->patience) {
        p->bad = 0;
        if (p->factor > 1.0 / 1024.0) p->factor *= 0.5;
    }
    return p->factor;
}
