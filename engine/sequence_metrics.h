/* sequence_metrics.h - how good classes, numbers and texts were: sums over (actual, predicted), one
** at a time; rnn_sequence_evaluate (predictor.h) shows them.
**
** Classes, from the probabilities p of each prediction:
**
**   accuracy   share of predictions that are right
**   macro_f1   mean over the classes of 2 hits / (actual + predicted), each count that of a class
**   log_loss   mean of -log p(actual), p cut at 1e-15 from below
**   auc        with two classes, (sum of the ranks of p_1 where class 1 is right - n1 (n1 + 1) / 2)
**              / (n0 n1), equal p_1 sharing their mean rank: the probability that a random member
**              of class 1 gets a higher p_1 than a random member of class 0 (Mann & Whitney 1947)
**
** An actual class that the model has never seen is a wrong prediction, and a class of its own with
** an F1 of 0; it counts neither for log_loss nor for auc. Classes that occur neither as actual nor
** as predicted do not count for macro_f1.
**
** Numbers, e = actual - predicted: mae mean |e|, rmse sqrt(mean e^2), r2 = 1 - sum e^2 / sum
** (actual - mean actual)^2.
**
** A metric without anything to measure is NaN.
*/
#ifndef RNN_SEQUENCE_METRICS_H
#define RNN_SEQUENCE_METRICS_H

#include "status.h"

/* The score of class 1 and whether it was right. */
typedef struct rnn_scored {
    double p;
    int right;
} rnn_scored;

typedef struct rnn_class_metrics {
    rnn_context *ctx;
    size_t classes, unseen; /* unseen: distinct actual classes unknown to the model */
    double counted, right;
    double log_loss, logged;
    double *hits, *actual, *predicted; /* [classes] */
    rnn_scored *scored;                /* two classes: [scores] */
    size_t scores, room;
} rnn_class_metrics;

rnn_status rnn_class_metrics_init(rnn_context *ctx, size_t classes, rnn_class_metrics *m);
/* A zeroed one is fine. */
void rnn_class_metrics_free(rnn_class_metrics *m);
/* A prediction `predicted` with probabilities p [classes]; actual -1: a class never seen. The
** caller counts those in m->unseen, each once. */
rnn_status rnn_class_metrics_add(rnn_class_metrics *m, int64_t actual, size_t predicted,
                                 const double *p);
double rnn_class_metrics_accuracy(const rnn_class_metrics *m);
double rnn_class_metrics_macro_f1(const rnn_class_metrics *m);
double rnn_class_metrics_log_loss(const rnn_class_metrics *m);
/* Sorts what it has collected. */
double rnn_class_metrics_auc(rnn_class_metrics *m);

/* All zero at first. */
typedef struct rnn_number_metrics {
    double counted, absolute, squares; /* of e */
    double mean, spread;               /* of the actual ones; sum of squares around the mean */
} rnn_number_metrics;

void rnn_number_metrics_add(rnn_number_metrics *m, double actual, double predicted);
double rnn_number_metrics_mae(const rnn_number_metrics *m);
double rnn_number_metrics_rmse(const rnn_number_metrics *m);
double rnn_number_metrics_r2(const rnn_number_metrics *m);

/* Insertions, deletions and replacements that turn a [n] into b [m] (Levenshtein 1966), in n m
** steps. scratch [m + 1]. */
size_t rnn_edit_distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t *scratch);

#endif
