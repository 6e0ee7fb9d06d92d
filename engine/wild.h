/* wild.h - single values that can only be errors: a typing error of a hundred times, -9999 for
** "missing".
**
** A value is wild where it lies further outside of all that was seen before than ten times their
** range; of a series without negative values, a negative one once the range is enough. It counts as
** missing, and so does the one after it if that is wild too; from the third on the series is taken
** to have changed. A positive one about as large as an earlier one, and not twenty times the others,
** is none: peaks come again. The first values of a series are judged against each other.
**
** Everything depends on the past alone, but for the first BEGIN values.
*/
#ifndef RNN_WILD_H
#define RNN_WILD_H

#include <stddef.h>

typedef struct rnn_wild {
    double low, high; /* of the values that count */
    size_t count;     /* of them */
    size_t run;       /* wild ones since the last of them */
    double odd;       /* the last wild one; 0: none yet */
} rnn_wild;

/* Start with the known values of y[0 ... n), NaN = missing; first[i] = 1 for each of the first
** values that is wild. Returns how many positions were judged; rnn_wild_next judges the rest. */
enum { RNN_WILD_BEGIN = 12 };
size_t rnn_wild_begin(rnn_wild *w, const double *y, size_t n, unsigned char first[RNN_WILD_BEGIN]);
/* 1 if y, the value after those seen so far, is wild; NaN is not. */
int rnn_wild_next(rnn_wild *w, double y);

#endif
