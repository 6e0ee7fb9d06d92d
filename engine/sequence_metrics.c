/* sequence_metrics.c - see sequence_metrics.h. */
#include "sequence_metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEAST_PROBABILITY = 1e-15;

/* NaN without anything to divide by. */
static double ratio(double sum, double n) { return n > 0 ? sum / n : NAN; }

/* ---- classes ---- */

rnn_status rnn_class_metrics_init(rnn_context *ctx, size_t classes, rnn_class_metrics *m) {
    *m = (rnn_class_metrics){.ctx = ctx, .classes = classes};
    m->hits = rnn_alloc_array_zero(ctx, classes, 3 * sizeof *m->hits);
    if (!m->hits) return ctx->status;
    m->actual = m->hits + classes;
    m->predicted = m->actual + classes;
    return RNN_OK;
}

void rnn_class_metrics_free(rnn_class_metrics *m) {
    if (!m->ctx) return;
    rnn_free(m->ctx, m->hits);
    rnn_free(m->ctx, m->scored);
    memset(m, 0, sizeof *m);
}

static rnn_status add_score(rnn_class_metrics *m, double p, int right) {
    if (m->scores == m->room) {
        size_t room = 2 * m->room + 256;
        rnn_scored *scored = rnn_realloc(m->ctx, m->scored, room * sizeof *scored);
        if (!scored) return m->ctx->status;
        m->scored = scored;
        m->room = room;
    }
    m->scored[m->scores++] = (rnn_scored){p, right};
    return RNN_OK;
}

rnn_status rnn_class_metrics_add(rnn_class_metrics *m, int64_t actual, size_t predicted,
                                 const double *p) {
    m->counted += 1;
    m->predicted[predicted] += 1;
    if (actual < 0) return RNN_OK;
    m->actual[actual] += 1;
    if ((size_t)actual == predicted) {
        m->right += 1;
        m->hits[actual] += 1;
    }
    m->log_loss -= log(fmax(p[actual], LEAST_PROBABILITY));
    m->logged += 1;
    return m->classes == 2 ? add_score(m, p[1], actual == 1) : RNN_OK;
}

double rnn_class_metrics_accuracy(const rnn_class_metrics *m) {
    return ratio(m->right, m->counted);
}

double rnn_class_metrics_macro_f1(const rnn_class_metrics *m) {
    double sum = 0, present = (double)m->unseen;
    for (size_t k = 0; k < m->classes; k++) {
        double both = m->actual[k] + m->predicted[k];
        if (!(both > 0)) continue;
        sum += 2 * m->hits[k] / both;
        present += 1;
    }
    return ratio(sum, present);
}

double rnn_class_metrics_log_loss(const rnn_class_metrics *m) {
    return ratio(m->log_loss, m->logged);
}

static int compare_scored(const void *a, const void *b) {
    double x = ((const rnn_scored *)a)->p, y = ((const rnn_scored *)b)->p;
    return (x > y) - (x < y);
}

double rnn_class_metrics_auc(rnn_class_metrics *m) {
    double ranks = 0, ones = 0, n = (double)m->scores;
    if (m->scores == 0) return NAN;
    qsort(m->scored, m->scores, sizeof *m->scored, compare_scored);
    for (size_t i = 0, end; i < m->scores; i = end) {
        double tied = 0;
        for (end = i; end < m->scores && m->scored[end].p == m->scored[i].p; end++)
            tied += m->scored[end].right;
        ranks += tied * ((double)(i + 1) + (double)end) / 2;
        ones += tied;
    }
    return ratio(ranks - ones * (ones + 1) / 2, ones * (n - ones));
}

/* ---- numbers ---- */

void rnn_number_metrics_add(rnn_number_metrics *m, double actual, double predicted) {
    double e = actual - predicted, off = actual - m->mean;
    m->counted += 1;
    m->absolute += fabs(e);
    m->squares += e * e;
    m->mean += off / m->counted; /* Welford 1962 */
    m->spread += off * (actual - m->mean);
}

double rnn_number_metrics_mae(const rnn_number_metrics *m) {
    return ratio(m->absolute, m->counted);
}

double rnn_number_metrics_rmse(const rnn_number_metrics *m) {
    return sqrt(ratio(m->squares, m->counted));
}

double rnn_number_metrics_r2(const rnn_number_metrics *m) {
    return 1 - ratio(m->squares, m->spread);
}

/* ---- texts ---- */

size_t rnn_edit_distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m,
                         size_t *scratch) {
    for (size_t j = 0; j <= m; j++) scratch[j] = j;
    for (size_t i = 0; i < n; i++) {
        size_t diagonal = scratch[0]; /* of the row before */
        scratch[0] = i + 1;
        for (size_t j = 0; j < m; j++) {
            size_t replaced = diagonal + (a[i] != b[j]), least = scratch[j] + 1;
            diagonal = scratch[j + 1];
            if (diagonal + 1 < least) least = diagonal + 1;
            scratch[j + 1] = replaced < least ? replaced : least;
        }
    }
    return scratch[m];
}
