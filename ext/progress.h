/* progress.h - training progress on standard error, where option progress asks for it.
**
** On a terminal one line is drawn over and over: a bar, the losses and the time left. Elsewhere (a
** log, a pipe) each epoch is a line of its own. Nothing else in the extension prints.
*/
#ifndef RNN_PROGRESS_H
#define RNN_PROGRESS_H

#include "../engine/model.h"

typedef struct rnnx_progress {
    const char *function; /* what the lines start with */
    int enabled, terminal, drawn;
} rnnx_progress;

void rnnx_progress_start(rnnx_progress *p, const char *function, int enabled);
/* Show an epoch that has ended; `planned` epochs in all, 0 if unknown. */
void rnnx_progress_epoch(rnnx_progress *p, const rnn_epoch *epoch, int64_t planned);
/* Finish the line. */
void rnnx_progress_end(rnnx_progress *p);

#endif
