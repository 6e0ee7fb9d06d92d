/* pretrain.c - see pretrain.h. */
#include "pretrain.h"

rnn_status rnn_pretrain(rnn_context *ctx, const rnn_pretrain_plan *plan, uint8_t **bytes,
                        size_t *size) {
    (void)plan;
    *bytes = NULL;
    *size = 0;
    return rnn_fail(ctx, RNN_MISUSE, "pretraining is not there yet");
}
