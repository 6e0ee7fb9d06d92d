/* ridge.h - linear models of many dense features, with a penalty on their weights.
**
**   f(x) = b + sum_j w_j (x_j - mean_j) / deviation_j,   W = argmin sum_i v_i |y_i - f(x_i)|^2
**                                                              + lambda |W|^2
**
** Ridge regression (Hoerl, Kennard 1970) of one or more targets at once; for classes the targets
** are 1 for the class of a row and -1 for the others. Features that never change are left out. Two
** ways to the same solution:
**
**   few rows    n <= RNN_RIDGE_DUAL: W = Z^T (Z Z^T + lambda)^-1 Y, a system of n unknowns however
**               many features there are. What rows would get from a model of all others follows
**               from the same factor (Allen 1974): with G = (Z Z^T + lambda)^-1 and c = G Y, the
**               rows of a fold F that is left out miss G_FF^-1 c_F. lambda is the one of seven whose
**               such errors are smallest. Means and deviations remain those of all rows
**   many rows   sums over the rows, Z^T Z and Z^T Y, are added up as rows come; lambda is tried on
**               rows that were held back
*/
#ifndef RNN_RIDGE_H
#define RNN_RIDGE_H

#include "bytes.h"
#include "pool.h"

enum { RNN_RIDGE_DUAL = 1024 };

typedef struct rnn_ridge {
    size_t features, outputs; /* 0: there is no model */
    real *weight;             /* [features x outputs] of features as they are */
    real *bias;               /* [outputs] */
    double lambda;            /* chosen, as a share of the number of features */
} rnn_ridge;

typedef struct rnn_ridge_data {
    size_t count, features, outputs;
    real *x;               /* [count x features]; overwritten in training */
    const double *y;       /* [count x outputs] */
    const double *weight;  /* [count] of the rows, above 0; NULL: all 1 */
    const double *penalty; /* [features] factor on each weight's lambda; NULL: all 1 */
    size_t folds;          /* few rows: row i is in fold i mod folds; 0: each in one of its own */
} rnn_ridge_data;

/* Few rows: a model, and left_out [count x outputs], what each row gets from those of other folds.
** *m is empty before, and on failure. */
rnn_status rnn_ridge_train(rnn_context *ctx, rnn_pool *pool, const rnn_ridge_data *data,
                           rnn_ridge *m, double *left_out);

/* Many rows: sums, to be fed with blocks of rows. */
typedef struct rnn_ridge_sums rnn_ridge_sums; /* ridge_sums.c */
/* data: the first block; its rows give the means and deviations that features are measured by. They
** are not added yet; the penalties count from here on. */
rnn_status rnn_ridge_sums_create(rnn_context *ctx, rnn_pool *pool, const rnn_ridge_data *data,
                                 rnn_ridge_sums **out);
void rnn_ridge_sums_free(rnn_ridge_sums *s);
/* Add rows. data->x is overwritten. */
void rnn_ridge_sums_add(rnn_ridge_sums *s, const rnn_ridge_data *data);
/* The model of the rows so far, with this lambda (a share of the number of features), or the first
** of its tenfolds that the rounding of the sums leaves a solution for. */
rnn_status rnn_ridge_sums_solve(rnn_ridge_sums *s, double lambda, rnn_ridge *m);

/* A zeroed model is fine. */
void rnn_ridge_free(rnn_context *ctx, rnn_ridge *m);
/* out [outputs] for features x. Any thread. */
void rnn_ridge_predict(const rnn_ridge *m, const real *x, real *out);
/* Room for a model of such sizes, zeroed. */
rnn_status rnn_ridge_init(rnn_context *ctx, rnn_ridge *m, size_t features, size_t outputs);
/* docs/formats.md; reading gives RNN_MODEL for bytes that are none. On failure *m is empty. */
void rnn_ridge_write(const rnn_ridge *m, rnn_writer *w);
rnn_status rnn_ridge_read(rnn_context *ctx, rnn_reader *r, rnn_ridge *m);

#endif
