/* cell.c - what the cells share; see cell.h. */
#include "cell.h"

#include <string.h>

size_t rnn_direction_step(const rnn_direction *d, size_t k, int backward) {
    return d->reverse != backward ? d->batch->steps - 1 - k : k;
}

void rnn_direction_enter(rnn_direction *d, size_t t) {
    size_t n = d->batch->running[t] * d->P, at = d->batch->offset[t] * d->P;
    memcpy(d->h_prev + at, d->h_state, n * sizeof(real));
    if (!d->mask) return;
    for (size_t i = 0; i < n; i++) d->h_masked[at + i] = d->h_state[i] * d->mask[i];
}

void rnn_direction_leave(rnn_direction *d, size_t t) {
    size_t n = d->batch->running[t], P = d->P;
    const real *h = d->h + d->batch->offset[t] * d->ld;
    for (size_t b = 0; b < n; b++) memcpy(d->h_state + b * P, h + b * d->ld, P * sizeof(real));
}

void rnn_direction_gather(const rnn_direction *d, size_t t, real *out) {
    size_t n = d->batch->running[t], P = d->P;
    const real *d_out = d->d_out + d->batch->offset[t] * d->ld;
    for (size_t b = 0; b < n; b++) {
        for (size_t j = 0; j < P; j++) out[b * P + j] = d->dh[b * P + j] + d_out[b * d->ld + j];
    }
}

void rnn_direction_mask(rnn_direction *d, size_t t) {
    if (!d->mask) return;
    size_t n = d->batch->running[t] * d->P;
    for (size_t i = 0; i < n; i++) d->dh[i] *= d->mask[i];
}
