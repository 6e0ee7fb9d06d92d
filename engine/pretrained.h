/* pretrained.h - models that are part of the library.
**
** models/NAME.rnn in the repository is a model as rnn_train gives one; the build turns each into a
** constant array (scripts/embed), so that a single file to load is all there is to install. The
** bytes are there once, are never copied and never change: whoever has their address may compare it
** instead of them.
*/
#ifndef RNN_PRETRAINED_H
#define RNN_PRETRAINED_H

#include <stddef.h>
#include <stdint.h>

/* The model of that name ("forecast"), NUL-terminated; *size its bytes. NULL and 0 if there is none
** of it. Valid as long as the library is loaded. */
const uint8_t *rnn_pretrained(const char *name, size_t *size);
/* 1 if these very bytes, at this address, are one of the models. */
int rnn_pretrained_has(const void *bytes, size_t size);
/* All names, for messages: "'forecast'", separated by commas; "" in a build without models. */
const char *rnn_pretrained_names(void);

#endif
