/* simulate_internal.h - what the files of the generator of series share; see simulate.h.
**
**   simulate.c           the unit of a step, length, kind of process; scale, rounding, gaps
**   simulate_process.c   the processes
**   simulate_parts.c     what most of them are made of: level, trend, cycle, noise; events
**   simulate_season.c    seasons and the calendar
**   simulate_draws.c     distributions
**
** Parts are in "relative units": 0.05 is five percent of the level. They are added up, and become
** values about 1 by exp(x) (a multiplicative series) or 1 + x (an additive one); the scale comes
** last.
*/
#ifndef RNN_SIMULATE_INTERNAL_H
#define RNN_SIMULATE_INTERNAL_H

#include "rng.h"

/* ---- distributions (simulate_draws.c) -------------------------------------------------------- */

/* Numbers are drawn one after the other from the key of one series: there is no state outside. An
** expression has no two draws whose order C leaves open: it would be another series with another
** compiler. */
typedef struct rnn_draws {
    uint64_t key, next;
} rnn_draws;

double rnn_draw_uniform(rnn_draws *d, double least, double most);
/* exp of a uniform between log least and log most, both > 0. */
double rnn_draw_log_uniform(rnn_draws *d, double least, double most);
double rnn_draw_normal(rnn_draws *d);
/* Lognormal with this median: median * exp(spread * normal), cut at least ... most. */
double rnn_draw_lognormal(rnn_draws *d, double median, double spread, double least, double most);
/* 1 with probability p. */
int rnn_draw_chance(rnn_draws *d, double p);
/* -1 or 1. */
double rnn_draw_sign(rnn_draws *d);
/* A whole number in least ... most. */
size_t rnn_draw_between(rnn_draws *d, size_t least, size_t most);
/* An index below n with probability weight[i] / sum. */
size_t rnn_draw_weighted(rnn_draws *d, const double *weight, size_t n);
/* Gamma with this shape > 0 and mean 1. */
double rnn_draw_gamma(rnn_draws *d, double shape);
double rnn_draw_poisson(rnn_draws *d, double mean);
/* Student's t with so many degrees of freedom. */
double rnn_draw_student(rnn_draws *d, double freedom);

/* ---- one series ------------------------------------------------------------------------------ */

/* What a step is. */
typedef enum rnn_sim_calendar { RNN_SIM_NONE, RNN_SIM_MONTHS, RNN_SIM_DAYS } rnn_sim_calendar;

typedef struct rnn_sim_unit {
    double weight;             /* of the draw */
    size_t season[2];          /* nominal; 1 = none */
    size_t shortest, longest;  /* history */
    size_t usual[2];           /* four of five histories are between these */
    size_t horizon;            /* further steps */
    double year;               /* steps a year, 0: not a thing of years */
    rnn_sim_calendar calendar; /* and */
    double step;               /* months or days of a step */
    double noise;              /* median of the one-step error, relative to the level */
    double amplitude;          /* median of the season's deviation, relative to the level */
    double level;              /* share of series whose level moves much */
} rnn_sim_unit;

typedef struct rnn_sim {
    rnn_draws draws;
    const rnn_sim_unit *unit;
    size_t length, horizon;
    double start;      /* MONTHS: months since year 0; DAYS: days since 1970 */
    size_t phase;      /* place of the first step in the nominal season */
    int seasonal;      /* has it any season? */
    double noise;      /* deviation of the one-step error */
    double smoothness; /* alpha of exponential smoothing that would suit it, 0 ... 1 */
    int nonnegative;   /* values below zero make no sense */
    int counts;        /* whole numbers already: no scale, no rounding */
    double *value;     /* [length] */
    double *part;      /* [length] sum of parts */
    double *work;      /* [length] */
} rnn_sim;

/* ---- parts: each is added to x[length] ------------------------------------------------------- */

/* e = errors of variance about 1: normal, Student, skewed; of steady or changing variance. */
void rnn_sim_errors(rnn_sim *s, double *e);
/* White noise, AR(1), MA(1) or ARMA(1, 1) of this deviation; uses s->work. */
void rnn_sim_add_noise(rnn_sim *s, double *x, double deviation);
/* Random walk: `share` of the usual smoothness. */
void rnn_sim_add_level(rnn_sim *s, double *x, double share);
void rnn_sim_add_trend(rnn_sim *s, double *x);
/* Business cycle: AR(2) with complex roots; in one of four series. */
void rnn_sim_add_cycle(rnn_sim *s, double *x);
/* Mean-reverting: AR(1) with this deviation and coefficient. */
void rnn_sim_add_reverting(rnn_sim *s, double *x, double deviation, double phi);
/* Every season of the unit, if s->seasonal, times `share`, and what the calendar does. */
void rnn_sim_add_season(rnn_sim *s, double *x, double share);
/* Profile of one nominal season of m steps: mean 0, deviation 1. */
void rnn_sim_profile(rnn_sim *s, double *profile, size_t m);
/* The usual deviation of a season. */
double rnn_sim_amplitude(rnn_sim *s);
/* Level shifts, outliers, temporary changes in s->value. */
void rnn_sim_add_events(rnn_sim *s);

/* ---- processes ------------------------------------------------------------------------------- */

/* Draw a kind of process and run it: s->value about 1, or counts. */
void rnn_sim_run(rnn_sim *s);

enum { RNN_SIM_PROFILE = 366 }; /* most places of a season */

#endif
