/* distribution.c - special functions and inverse distribution functions: see distribution.h. */
#include "distribution.h"

#include <math.h>

static const double HALF_LOG_2PI = 0.91893853320467274178;

/* From here on the series below reach double precision. */
static const double SERIES_FROM = 10.0;

/* log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2) for x >= SERIES_FROM: sum B_2k / (2k (2k-1)
** x^(2k-1)). */
static double stirling_rest(double x) {
    static const double c[] = {1.0 / 12.0,   -1.0 / 360.0,      1.0 / 1260.0, -1.0 / 1680.0,
                               1.0 / 1188.0, -691.0 / 360360.0, 1.0 / 156.0};
    double w = 1.0 / (x * x), sum = 0;
    for (size_t i = sizeof c / sizeof *c; i-- > 0;) sum = sum * w + c[i];
    return sum / x;
}

/* digamma(x) - log x for x >= SERIES_FROM: -1/(2x) - sum B_2k / (2k x^2k). */
static double digamma_rest(double x) {
    static const double c[] = {1.0 / 12.0,  -1.0 / 120.0,     1.0 / 252.0, -1.0 / 240.0,
                               1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0};
    double w = 1.0 / (x * x), sum = 0;
    for (size_t i = sizeof c / sizeof *c; i-- > 0;) sum = sum * w + c[i];
    return -0.5 / x - sum * w;
}

double rnn_log_gamma(double x) {
    double product = 1; /* Gamma(x + n) / Gamma(x) = x (x+1) ... (x+n-1), at most 19!/9! */
    while (x < SERIES_FROM) {
        product *= x;
        x += 1;
    }
    return (x - 0.5) * log(x) - x + HALF_LOG_2PI + stirling_rest(x) - log(product);
}

double rnn_digamma(double x) {
    double sum = 0;
    while (x < SERIES_FROM) {
        sum += 1.0 / x;
        x += 1;
    }
    return log(x) + digamma_rest(x) - sum;
}

double rnn_log_rising(double r, double y, double *by_r) {
    if (r < SERIES_FROM) {
        if (by_r) *by_r = rnn_digamma(r + y) - rnn_digamma(r) - y / r;
        return rnn_log_gamma(r + y) - rnn_log_gamma(r) - y * log(r);
    }
    double grow = log1p(y / r);
    if (by_r) *by_r = (grow - y / r) + (digamma_rest(r + y) - digamma_rest(r));
    return (r + y - 0.5) * grow - y + (stirling_rest(r + y) - stirling_rest(r));
}

/* The continued fraction of I_x(a, b), even and odd parts of a step together. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= 200000; m++) { /* O(sqrt(max(a, b))) steps are needed */
        double n = m, even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        value *= d * c;
        double odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        value *= d * c;
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return value;
}

/* log x, given y = 1 - x: x itself has lost the digits that count where it is near 1. */
static double log_of(double x, double y) { return x < 0.5 ? log(x) : log1p(-y); }

double rnn_incomplete_beta(double a, double b, double x, double y) {
    if (!(x > 0)) return 0;
    if (!(y > 0)) return 1;
    double low = a < b ? a : b, high = a < b ? b : a;
    double front = exp(a * log_of(x, y) + b * log_of(y, x) + rnn_log_rising(high, low, NULL) +
                       low * log(high) - rnn_log_gamma(low));
    /* The fraction converges fast here; elsewhere its mirror image does. */
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

/* (n[0] + n[1] r + ... n[7] r^7) / (1 + d[0] r + ... d[6] r^7) */
static double rational(const double n[8], const double d[7], double r) {
    double top = n[7], bottom = d[6];
    for (int i = 6; i >= 0; i--) top = top * r + n[i];
    for (int i = 5; i >= 0; i--) bottom = bottom * r + d[i];
    return top / (bottom * r + 1);
}

double rnn_normal_quantile(double p) {
    static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                1.9715909503065514427e3, 1.3731693765509461125e4,
                                4.5921953931549871457e4, 6.7265770927008700853e4,
                                3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[7] = {4.2313330701600911252e1, 6.8718700749205790830e2,
                                5.3941960214247511077e3, 2.1213794301586595867e4,
                                3.9307895800092710610e4, 2.8729085735721942674e4,
                                5.2264952788528545610e3};
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[7] = {2.05319162663775882187e0,  1.67638483018380384940e0,
                                6.89767334985100004550e-1, 1.48103976427480074590e-1,
                                1.51986665636164571966e-2, 5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[7] = {5.99832206555887937690e-1, 1.36929880922735805310e-1,
                                1.48753612908506148525e-2, 7.86869131145613259100e-4,
                                1.84631831751005468180e-5, 1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    if (!(p > 0)) return isnan(p) ? p : -INFINITY;
    if (p >= 1) return INFINITY;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) return q * rational(a, b, 0.180625 - q * q);
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double z = r <= 5 ? rational(c, d, r - 1.6) : rational(e, f, r - 5);
    return q < 0 ? -z : z;
}

/* t of the upper tail probability q <= 1/2, expanded around the normal: error O(1 / degrees^4). */
static double student_expansion(double z, double degrees) {
    double s = z * z, n = degrees;
    double g1 = z * (s + 1) / 4;
    double g2 = z * ((5 * s + 16) * s + 3) / 96;
    double g3 = z * (((3 * s + 19) * s + 17) * s - 15) / 384;
    return z + (g1 + (g2 + g3 / n) / n) / n;
}

double rnn_student_quantile(double p, double degrees) {
    if (isnan(p) || !(p > 0) || p >= 1 || p == 0.5) return rnn_normal_quantile(p);
    double q = p < 0.5 ? p : 1 - p, n = degrees;
    double z = -rnn_normal_quantile(q);
    double t = z;
    if (n >= 1e5) {
        t = student_expansion(z, n);
    } else {
        /* log tail as a function of log t is concave and falls: from the left one Newton step
        ** overshoots, from the right they close in. The normal quantile is at or to the left of the
        ** root. */
        double log_scale = rnn_log_rising(0.5 * n, 0.5, NULL) - HALF_LOG_2PI;
        for (int i = 0; i < 100; i++) {
            double square = t * t, sum = n + square;
            double tail = 0.5 * rnn_incomplete_beta(0.5 * n, 0.5, n / sum, square / sum);
            double density = exp(log_scale - 0.5 * (n + 1) * log1p(square / n));
            double step = tail * log(tail / q) / (density * t);
            t *= exp(step);
            if (!(fabs(step) > 1e-12)) break;
        }
    }
    return p < 0.5 ? -t : t;
}

/* P(K <= k) */
static double negative_binomial_cdf(double k, double mean, double dispersion) {
    double am = dispersion * mean;
    return rnn_incomplete_beta(1 / dispersion, k + 1, 1 / (1 + am), am / (1 + am));
}

double rnn_negative_binomial_quantile(double p, double mean, double dispersion) {
    const double largest = 9007199254740992.0; /* 2^53: beyond it k + 1 == k */
    if (isnan(p) || p >= 1) return isnan(p) ? p : INFINITY;
    if (!(mean > 0) || negative_binomial_cdf(0, mean, dispersion) >= p) return 0;
    /* A normal guess, then a bracket (low, high] around the answer that doubles until it holds it.
    ** */
    double spread = sqrt(mean + dispersion * mean * mean);
    double guess = floor(mean + spread * rnn_normal_quantile(p));
    double low = guess > 0 ? guess : 0, high = low, reach = 1 + floor(0.1 * spread);
    if (low > largest) return largest;
    while (low > 0 && negative_binomial_cdf(low, mean, dispersion) >= p) {
        high = low;
        low = low > reach ? low - reach : 0;
        reach *= 2;
    }
    while (high == low || negative_binomial_cdf(high, mean, dispersion) < p) {
        if (high >= largest) return largest;
        if (high > low) low = high;
        high = low + reach < largest ? low + reach : largest;
        reach *= 2;
    }
    while (high - low > 1) {
        double middle = floor(0.5 * (low + high));
        if (negative_binomial_cdf(middle, mean, dispersion) >= p)
            high = middle;
        else
            low = middle;
    }
    return high;
}
