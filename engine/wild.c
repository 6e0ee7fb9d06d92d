/* wild.c - see wild.h. */
#include "wild.h"

#include <math.h>
#include <string.h>

/* Values that the next one can be judged by; of the first ones, less than half as many. */
enum { LEAST = RNN_WILD_BEGIN, LEAST_OTHERS = 5, MOST_RUN = 2 };

/* Ranges; values of a peak. */
static const double FAR = 10, MOST_PEAK = 20;

static void take(rnn_wild *w, double y) {
    if (w->count == 0 || y < w->low) w->low = y;
    if (w->count == 0 || y > w->high) w->high = y;
    w->count++;
    w->run = 0;
}

static int is_outside(const rnn_wild *w, double y) {
    double range = w->high - w->low;
    if (!(range > 0)) return 0;
    if (w->low >= 0 && y < 0) return -y > range;
    return y > w->high + FAR * range || y < w->low - FAR * range;
}

/* Between half and twice as large as the last one that was wild, and not a hundred times the others:
** it comes again, as every December does. */
static int comes_again(const rnn_wild *w, double y) {
    return w->odd > 0 && y > 0.5 * w->odd && y < 2 * w->odd && y < MOST_PEAK * w->high;
}

int rnn_wild_next(rnn_wild *w, double y) {
    if (isnan(y)) return 0;
    if (w->count >= LEAST && is_outside(w, y) && w->run < MOST_RUN && !comes_again(w, y)) {
        w->run++;
        w->odd = y;
        return 1;
    }
    take(w, y);
    return 0;
}

size_t rnn_wild_begin(rnn_wild *w, const double *y, size_t n, unsigned char first[RNN_WILD_BEGIN]) {
    size_t end = n < RNN_WILD_BEGIN ? n : RNN_WILD_BEGIN, wild = 0;
    memset(first, 0, RNN_WILD_BEGIN);
    for (size_t i = 0; i < end; i++) {
        rnn_wild others = {0, 0, 0, 0, 0};
        for (size_t k = 0; k < end; k++)
            if (k != i && !isnan(y[k])) take(&others, y[k]);
        first[i] = !isnan(y[i]) && others.count >= LEAST_OTHERS && is_outside(&others, y[i]);
        wild += first[i];
    }
    if (wild > 1) memset(first, 0, RNN_WILD_BEGIN);
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < end; i++) {
        if (first[i]) w->odd = y[i];
        if (!first[i] && !isnan(y[i])) take(w, y[i]);
    }
    return end;
}
