/* trainer.h - training a model from rows, an epoch at a time: what rnn_train and rnn_fit drive.
**
**   rnn_trainer_create(rows, options[, base model]) -> rnn_trainer_step() until RNN_DONE ->
**   rnn_trainer_model()
*/
#ifndef RNN_TRAINER_H
#define RNN_TRAINER_H

#include "model.h"

typedef struct rnn_trainer rnn_trainer;

/* `function` ("rnn_train") goes into messages. `rows` are borrowed until the trainer is freed.
** `base` (may be NULL, borrowed only during the call) continues from that model: an option given
** that contradicts it is RNN_OPTION. `holdback` known steps at the end of each series are not
** looked at (0; backtests with refit). Sets ctx->memory_limit. */
rnn_status rnn_trainer_create(rnn_context *ctx, const char *function, const rnn_table *rows,
                              const rnn_options *options, const rnn_model *base, size_t holdback,
                              rnn_trainer **out);
void rnn_trainer_free(rnn_trainer *t);
/* Train one epoch: RNN_OK with *epoch filled, RNN_DONE when epochs, patience or time are used up
** (then *epoch is untouched). */
rnn_status rnn_trainer_step(rnn_trainer *t, rnn_epoch *epoch);
/* Epochs planned, for a progress bar (0: unknown). */
int64_t rnn_trainer_epochs(const rnn_trainer *t);
/* Serialise the model as it is now (best = 0: after the last epoch) or its best epoch so far (best
** = 1), calibrated; the bytes belong to the caller (rnn_free). */
rnn_status rnn_trainer_model(rnn_trainer *t, int best, uint8_t **bytes, size_t *size);

#endif
