/* simulate.h - made-up time series, from which a forecaster is pretrained.
**
** A recurrent network that has to be good, without training, on series it has never seen is trained
** on series like these: business figures by month, quarter and year, sales by week and day, loads
** by hour, counts, intermittent demand. No real series is in them, so that a test on real ones
** stays honest, there is no licence to mind, and there are as many as training can use. What is
** drawn, with its distributions, is in docs/pretraining.md ("The generator"); the idea, in other
** words:
**   Dooley, Khurana, Mohapatra, Naidu, White: ForecastPFN: synthetically-trained zero-shot
**   forecasting. NeurIPS 2023;
**   Hyndman, Koehler, Ord, Snyder: Forecasting with exponential smoothing. Springer 2008;
**   Harvey: Forecasting, structural time series models and the Kalman filter. 1989.
**
** A series is a pure function of (seed, number), see rng.h: any thread can draw any of them, and a
** collection needs no memory.
*/
#ifndef RNN_SIMULATE_H
#define RNN_SIMULATE_H

#include "status.h"

/* Bounds of rnn_simulated.length. The last steps are meant to be forecast: of a series of months at
** least 18, of weeks 13, of days 14, of hours 48, of anything 6; before them are at least 3. */
enum { RNN_SIMULATED_SHORTEST = 9, RNN_SIMULATED_LONGEST = 2000 };

typedef struct rnn_simulated {
    size_t length;
    size_t season[2]; /* nominal lengths of the step's unit: 12 for months, {24, 168} for hours; 1 =
                         none. The series itself need not have a season */
    double *value;    /* [length], NaN = missing, otherwise finite */
} rnn_simulated;

/* Series number `number` of the collection `seed`: the same bytes for the same two. RNN_NOMEM or
** RNN_LIMIT otherwise, *out is zero then. */
rnn_status rnn_simulate(rnn_context *ctx, uint64_t seed, uint64_t number, rnn_simulated *out);
/* Free what rnn_simulate gave; of a zero one, too. */
void rnn_simulated_free(rnn_context *ctx, rnn_simulated *s);

#endif
