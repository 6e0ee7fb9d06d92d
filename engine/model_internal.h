/* model_internal.h - what model.c and model_read.c agree on; docs/formats.md says it in words. */
#ifndef RNN_MODEL_INTERNAL_H
#define RNN_MODEL_INTERNAL_H

#include "model.h"

#define RNN_MODEL_MAGIC "RNNMODEL"

enum {
    RNN_MODEL_HEADER = 24,   /* magic, version, checksum, total size */
    RNN_SECTION_HEADER = 12, /* tag, length */
    RNN_MODEL_SECTIONS = 7
};

#endif
