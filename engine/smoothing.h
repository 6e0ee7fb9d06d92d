/* smoothing.h - exponential smoothing: a mixture of simple forecasters, weighted by what each would
** have missed so far.
**
** Every forecaster is a seasonal adjustment and a trend on the adjusted values v (error-correction
** form; Hyndman, Koehler, Ord, Snyder 2008):
**
**   adjustment   none; none, of log z; additive: v = z - s(p); of logarithms, which is a
**                multiplicative season: v = log z - s(p); shared: v = log z - b g(p) with the
**                profile g of the model and the series' own strength b (positive values only)
**   season       s(p) += max(GAMMA, 1/cycles) (z - level - s(p)), phase p; at first the mean of
**                two detrended cycles (classical decomposition)
**   trend        for a gain a of 0.1, 0.3, 1, at least 1/steps seen:  e = v - l - phi b,
**                l += phi b + a e,  b = phi b + a max(0.1, 1/(steps + 1)) e;  forecast of step k:
**       simple     l                                (phi = 0, b = 0; a = 1: the last value)
**       damped     l + (phi + ... + phi^k) b        (phi = 0.9; Gardner, McKenzie 1985)
**       theta      l + (k + c) slope/2, l + (k + c) slope    (least squares slope of v over the
**                  past, c = (1 - a)/a the steps that l is behind it: the method of Assimakopoulos
**                  and Nikolopoulos 2000, and its line as it is)
**
** Trends of logarithms begin with the fifth value and lead up tenfold at most: three values are no
** exponential growth.
**
** An error beyond CLIP times its running mean counts as CLIP times that, unless the one before it
** was as large on the same side: one wild value moves little, a new level is followed at once
** (Gelper, Fried, Croux 2010).
**
** Weights, at origin o: E_j is the sum of j's absolute errors over all earlier origins i and the
** steps 1, 2, 3, 5, 8, 13 ... horizon whose targets are known, each times LAMBDA^(o - i); E_0 the
** mean of the same over the forecasters of the first adjustment, and c how many origins those are:
**
**   r_j = c/(c + KAPPA) log(E_j / E_0) + KAPPA/(c + KAPPA) prior_j      w_j ~ exp(-r_j / T)
**
** Origins count from two seasons on, when there are seasonal forecasters; with a shared season
** there is one from the start. prior_j is the same figure of the series the model was made with.
** Nothing at origin o depends on later values. What lies far back is forgotten in whole blocks: the
** pass over the values that ends in origin o starts at block * floor((o - reach)/block), reach =
** max(8 seasons, 96), block = reach/2; so a stream that keeps the last rnn_smoothing_reach() values
** gives the same forecasts.
*/
#ifndef RNN_SMOOTHING_H
#define RNN_SMOOTHING_H

#include "status.h"

enum {
    RNN_SMOOTHING_ADJUSTMENTS = 5,
    RNN_SMOOTHING_TRENDS = 12,
    RNN_SMOOTHING_COUNT = RNN_SMOOTHING_ADJUSTMENTS * RNN_SMOOTHING_TRENDS,
    RNN_SMOOTHING_TRUST = 6,  /* KAPPA below */
    RNN_SMOOTHING_SEASON = 64 /* longest season; of a longer one nothing is adjusted */
};

/* What all series of a model share. */
typedef struct rnn_smoothing {
    double prior[RNN_SMOOTHING_COUNT];
    /* Mean weights at the end of the series that the model was made with: to look at. */
    double weight[RNN_SMOOTHING_COUNT];
    size_t profile_length; /* of `profile`: the season it is of; 0: none */
    double profile[RNN_SMOOTHING_SEASON];
} rnn_smoothing;

/* A series: z[0 ... n), whose first value has position `before` of the whole and phase `phase` of
** the shared profile. season: 1 or more. */
typedef struct rnn_smoothing_series {
    const double *z;
    size_t n, before, season, phase;
} rnn_smoothing_series;

/* What is known at an origin, beside base[steps] and spread[steps]: the mixture's forecasts and
** the mean distance of its forecasters from them, weighted. */
typedef struct rnn_smoothing_origin {
    double unit;     /* usual absolute error of the mixture, one step ahead */
    double seasonal; /* weight of the forecasters with a season, 0...1 */
    double trending; /* weight of those with a trend */
    /* [count] figures of the forecasters: log(E_j/E_0), NaN where there is none, and c */
    double relative[RNN_SMOOTHING_COUNT], seen[RNN_SMOOTHING_ADJUSTMENTS];
    double weight[RNN_SMOOTHING_COUNT];
} rnn_smoothing_origin;

/* Positions before and with an origin that its forecasts may depend on. */
size_t rnn_smoothing_reach(size_t season);

typedef void (*rnn_smoothing_fn)(void *arg, size_t origin, const rnn_smoothing_origin *at,
                                 const double *base, const double *spread);

/* Memory for passes of one horizon, to be used again and again. */
typedef struct rnn_smoother rnn_smoother;
rnn_status rnn_smoother_create(rnn_context *ctx, size_t horizon, size_t steps, rnn_smoother **out);
void rnn_smoother_free(rnn_context *ctx, rnn_smoother *p);

/* Call visit for the origins first...last (places in z) in order, once each, with base and spread
** of `steps` <= horizon steps. The arrays are borrowed for the call. RNN_NOMEM, RNN_LIMIT,
** RNN_INTERRUPT. */
rnn_status rnn_smoother_run(rnn_context *ctx, rnn_smoother *p, const rnn_smoothing *s,
                            const rnn_smoothing_series *series, size_t first, size_t last,
                            rnn_smoothing_fn visit, void *arg);
/* The same with memory of its own. */
rnn_status rnn_smoothing_run(rnn_context *ctx, const rnn_smoothing *s,
                             const rnn_smoothing_series *series, size_t horizon, size_t steps,
                             size_t first, size_t last, rnn_smoothing_fn visit, void *arg);

/* The forecasters' kinds, those of all gains together: adjustment and trend. */
enum { RNN_SMOOTHING_KINDS = RNN_SMOOTHING_ADJUSTMENTS * 4 };
/* "additive season, damped trend". */
const char *rnn_smoothing_name(size_t kind);
/* Weight of each kind, from those of the forecasters. */
void rnn_smoothing_kinds(const double weight[RNN_SMOOTHING_COUNT],
                         double kind[RNN_SMOOTHING_KINDS]);

#endif
