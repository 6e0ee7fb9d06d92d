/* ridge_internal.h - what ridge.c and ridge_sums.c share; nobody else includes it. */
#ifndef RNN_RIDGE_INTERNAL_H
#define RNN_RIDGE_INTERNAL_H

#include "ridge.h"

/* Mean of each feature, and the factor that standardises it and carries its penalty (0 for a
** constant): [features] both. */
void rnn_ridge_measure(rnn_pool *pool, const rnn_ridge_data *data, double *mean, double *factor);
/* data->x becomes root(weight) factor (x - mean). */
void rnn_ridge_scale(rnn_pool *pool, const rnn_ridge_data *data, const double *mean,
                     const double *factor);
/* Weights of standardised features, and the targets' means [outputs], to those of features as they
** are. */
void rnn_ridge_fold(rnn_ridge *m, const double *mean, const double *factor, const double *mean_y);

#endif
