/* forge.h - what the targets share: a checksum that always matches.
**
** Random changes never survive a CRC, so a fuzzer would only ever test the header. Each input is
** therefore tried as it is, and once more with the size and the checksum it should have.
*/
#ifndef RNN_FUZZ_FORGE_H
#define RNN_FUZZ_FORGE_H

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FORGE_HEADER = 24, FORGE_MEMORY = 256 << 20 };

/* Write the size and the checksum of what is behind the header. */
static inline void forge_seal(uint8_t *data, size_t size) {
    uint32_t crc = rnn_crc32(0, data + FORGE_HEADER, size - FORGE_HEADER);
    for (int i = 0; i < 4; i++) data[12 + i] = (uint8_t)(crc >> (8 * i));
    for (int i = 0; i < 8; i++) data[16 + i] = (uint8_t)((uint64_t)size >> (8 * i));
}

/* A sealed copy of exactly `size` bytes; NULL where there is nothing to seal. The caller frees it.
** */
static inline uint8_t *forge_sealed(const uint8_t *data, size_t size) {
    uint8_t *copy = size > FORGE_HEADER ? malloc(size) : NULL;
    if (copy == NULL) return NULL;
    memcpy(copy, data, size);
    forge_seal(copy, size);
    return copy;
}

/* What must hold is checked even where assert is compiled out. */
#define FORGE_REQUIRE(condition)                                                                   \
    do {                                                                                           \
        if (!(condition)) abort();                                                                 \
    } while (0)

#endif
