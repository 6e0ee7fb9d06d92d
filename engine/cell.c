/* cell.c - what the cells share; see cell.h. */
#include "cell.h"

#include <string.h>

size_t rnn_direction_step(const rnn_direction *d, size_t k, int backward) {
    return d->reverse != backward ? d->batch->steps - 1 - k : k;
}

size_t rnn_direction_block(const rnn_direction *d, size_t k, int backward, size_t most,
                           size_t *row0, size_t *row1) {
    const rnn_batch *b = d->batch;
    size_t begin = rnn_direction_step(d, k, backward), rows = b->running[begin], t = begin;
    for (k++; k < b->steps; k++) {
        size_t next = rnn_direction_step(d, k, backward);
        if (rows + b->running[next] > most) break;
        rows += b->running[next];
        t = next;
    }
    *row0 = b->offset[t < begin ? t : begin];
    *row1 = *row0 + rows;
    return k;
}

/* Sequences of step t that were running at the step before, and its number. */
static size_t continued(const rnn_direction *d, size_t t, size_t *before) {
    const rnn_batch *b = d->batch;
    *before = d->reverse ? t + 1 : t - 1;
    if (d->reverse) return t + 1 < b->steps ? b->running[t + 1] : 0;
    return t > 0 ? b->running[t] : 0;
}

/* h_masked of one part. */
static void mask_part(const rnn_direction *d, rnn_previous *p) {
    size_t P = d->P;
    if (!d->mask) {
        p->masked = p->h;
        p->ld_masked = p->ld;
        return;
    }
    const real *mask = d->mask + p->from * P;
    real *to = d->h_masked + p->from * P;
    for (size_t i = 0; i < p->n; i++) {
        for (size_t j = 0; j < P; j++) to[i * P + j] = p->h[i * p->ld + j] * mask[i * P + j];
    }
    p->masked = to;
    p->ld_masked = P;
}

size_t rnn_direction_previous(const rnn_direction *d, size_t t, rnn_previous part[2]) {
    size_t before, parts = 0, n = continued(d, t, &before), all = d->batch->running[t];
    if (n > 0) {
        size_t row = d->batch->offset[before];
        part[parts] = (rnn_previous){.n = n, .h = d->h + row * d->ld, .ld = d->ld};
        part[parts].c = d->c ? d->c + row * d->H : d->c_state;
        mask_part(d, &part[parts++]);
    }
    if (n < all) {
        part[parts] = (rnn_previous){.from = n, .n = all - n, .h = d->h_state + n * d->P};
        part[parts].ld = d->P;
        part[parts].c = d->c_state ? d->c_state + n * d->H : NULL;
        part[parts].zero = !d->started;
        mask_part(d, &part[parts++]);
    }
    return parts;
}

void rnn_direction_recur(const rnn_previous *part, const rnn_packed *w, const real *start,
                         size_t ld_start, real *out, size_t ld_out) {
    rnn_packed used = *w;
    if (part->zero && start == out) return;
    if (part->zero) used.k = 0;
    rnn_packed_product(&used, part->n, part->masked, part->ld_masked,
                       start ? start + part->from * ld_start : NULL, ld_start,
                       out + part->from * ld_out, ld_out);
}

void rnn_direction_keep(const rnn_direction *d, size_t t) {
    if (!d->d_h) return;
    size_t n = d->batch->running[t], at = d->batch->offset[t], P = d->P;
    for (size_t b = 0; b < n; b++) {
        const real *d_out = d->d_out + (at + b) * d->ld;
        real *to = d->d_h + (at + b) * P;
        for (size_t j = 0; j < P; j++) to[j] = d->dh[b * P + j] + d_out[j];
    }
}

size_t rnn_direction_wanted(const rnn_direction *d, size_t t) {
    size_t before;
    return d->started ? d->batch->running[t] : continued(d, t, &before);
}

void rnn_direction_mask(rnn_direction *d, size_t n) {
    if (!d->mask) return;
    for (size_t i = 0; i < n * d->P; i++) d->dh[i] *= d->mask[i];
}

const real *rnn_direction_history(const rnn_direction *d, size_t k0, size_t k1, real *scratch,
                                  size_t *ld) {
    const rnn_batch *b = d->batch;
    size_t s = rnn_direction_step(d, k0, 1), e = rnn_direction_step(d, k1 - 1, 1), before;
    size_t low = s < e ? s : e, high = s < e ? e : s;
    int plain = !d->mask;
    for (size_t t = low; t <= high && plain; t++)
        plain = continued(d, t, &before) == b->running[t] && b->running[before] == b->running[t];
    if (plain) {
        continued(d, low, &before);
        *ld = d->ld;
        return d->h + b->offset[before] * d->ld;
    }
    for (size_t t = low; t <= high; t++) {
        rnn_previous part[2];
        size_t parts = rnn_direction_previous(d, t, part), at = b->offset[t] - b->offset[low];
        for (size_t p = 0; p < parts; p++) {
            real *to = scratch + (at + part[p].from) * d->P;
            for (size_t i = 0; i < part[p].n; i++)
                memcpy(to + i * d->P, part[p].masked + i * part[p].ld_masked, d->P * sizeof *to);
        }
    }
    *ld = d->P;
    return scratch;
}

void rnn_direction_final(const rnn_direction *d, real *h, real *c, size_t stride) {
    const rnn_batch *b = d->batch;
    for (size_t i = 0; i < b->sequences; i++) {
        size_t row = rnn_batch_row(b, i, d->reverse ? 0 : b->length[i] - 1);
        memcpy(h + i * stride, d->h + row * d->ld, d->P * sizeof *h);
        if (!c) continue;
        const real *newest = d->c ? d->c + row * d->H : d->c_state + i * d->H;
        memcpy(c + i * stride, newest, d->H * sizeof *c);
    }
}
