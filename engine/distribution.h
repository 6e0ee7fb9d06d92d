/* distribution.h - the special functions that losses and forecast distributions need, in double.
**
** The C library's lgamma() writes a global (signgam) and its accuracy differs between systems;
** digamma, the incomplete beta function and inverse distribution functions it does not have. So
** they are here: pure functions without state, safe on any thread. Accuracy was checked against
** SciPy (tests/unit/test_distribution.c).
*/
#ifndef RNN_DISTRIBUTION_H
#define RNN_DISTRIBUTION_H

#include "status.h"

/* log Gamma(x), x > 0: Stirling's series (Abramowitz & Stegun 6.1.41) after the recurrence up to x
** >= 10. Absolute error below 1e-14 (1 + |log Gamma(x)|). */
double rnn_log_gamma(double x);
/* d log Gamma(x) / dx, x > 0: asymptotic series (Abramowitz & Stegun 6.3.18) after the recurrence
** up to x >= 10, as in Bernardo's AS 103 (1976). */
double rnn_digamma(double x);
/* log(Gamma(r + y) / (Gamma(r) r^y)), r > 0, y >= 0, and its derivative by r in *by_r (may be
** NULL). Goes to 0 as r grows; the differences of large numbers that the definition shows are not
** formed. */
double rnn_log_rising(double r, double y, double *by_r);

/* Regularised incomplete beta function I_x(a, b), a, b > 0, given x and y = 1 - x (both, so that
** neither tail loses digits): continued fraction by Lentz's method (DLMF 8.17.22). */
double rnn_incomplete_beta(double a, double b, double x, double y);

/* Inverse of the standard normal distribution function: Wichura's AS 241 (1988), relative error
** 1e-15. p <= 0 and p >= 1 give infinities. */
double rnn_normal_quantile(double p);
/* Inverse of Student's t distribution function, degrees >= 0.5, relative error below 1e-12: Newton
** steps on the logarithm of the tail; from 1e5 degrees on, the Cornish-Fisher expansion (Abramowitz
** & Stegun 26.7.5). */
double rnn_student_quantile(double p, double degrees);
/* Smallest count k with P(K <= k) >= p for the negative binomial of mean m >= 0 and dispersion a >
** 0 (variance m + a m^2): search by doubling and halving. p >= 1 gives infinity. */
double rnn_negative_binomial_quantile(double p, double mean, double dispersion);

#endif
