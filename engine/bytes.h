/* bytes.h - the only way bytes leave the engine or come back: a growing writer and a bounds-checked
** reader.
**
** All numbers are little-endian on disk whatever the machine. A reader never reads past its end:
** the first read that would do so (or a length that cannot fit) sets `failed`, and every later read
** returns zeros, so that a caller checks `failed` once after a group of reads. Lengths are checked
** against the bytes that are left before anything is allocated, so a forged length cannot make the
** engine allocate more than the input's own size (times the element's expansion). A reader of a
** part (a section) is a reader over rnn_read_bytes of the whole's.
*/
#ifndef RNN_BYTES_H
#define RNN_BYTES_H

#include "status.h"

typedef struct rnn_writer {
    rnn_context *ctx;
    uint8_t *data; /* owned; released with rnn_writer_free or taken by the caller */
    size_t size, capacity;
    rnn_status status; /* first failure; later writes are ignored; the message is in ctx */
} rnn_writer;

void rnn_writer_init(rnn_writer *w, rnn_context *ctx);
void rnn_writer_free(rnn_writer *w);
/* Room for n more bytes in one allocation, where the size is known beforehand. */
void rnn_writer_reserve(rnn_writer *w, uint64_t n);
void rnn_write_bytes(rnn_writer *w, const void *p, size_t n);
void rnn_write_u8(rnn_writer *w, uint8_t v);
void rnn_write_u32(rnn_writer *w, uint32_t v);
void rnn_write_u64(rnn_writer *w, uint64_t v);
void rnn_write_i64(rnn_writer *w, int64_t v);
void rnn_write_f32(rnn_writer *w, float v);
void rnn_write_f64(rnn_writer *w, double v);
/* u64 byte length, then the bytes; NULL s writes length 0. */
void rnn_write_string(rnn_writer *w, const char *s, size_t n);
/* n values, no length in front. */
void rnn_write_u32s(rnn_writer *w, const uint32_t *v, size_t n);
void rnn_write_u64s(rnn_writer *w, const uint64_t *v, size_t n);
/* n reals as float32 / n doubles as float64, no length in front. A NaN is written with the same
** bits whatever it was. */
void rnn_write_reals(rnn_writer *w, const real *v, size_t n);
void rnn_write_doubles(rnn_writer *w, const double *v, size_t n);
/* Overwrite 4 or 8 bytes written before at `at` (sizes and checksums known only at the end);
** nothing happens where that is beyond the end. */
void rnn_patch_u32(rnn_writer *w, size_t at, uint32_t v);
void rnn_patch_u64(rnn_writer *w, size_t at, uint64_t v);

typedef struct rnn_reader {
    const uint8_t *data; /* borrowed */
    size_t size, at;
    int failed;
} rnn_reader;

void rnn_reader_init(rnn_reader *r, const void *data, size_t size);
uint8_t rnn_read_u8(rnn_reader *r);
uint32_t rnn_read_u32(rnn_reader *r);
uint64_t rnn_read_u64(rnn_reader *r);
int64_t rnn_read_i64(rnn_reader *r);
float rnn_read_f32(rnn_reader *r);
double rnn_read_f64(rnn_reader *r);
/* n bytes in place (borrowed), or NULL and failed. */
const uint8_t *rnn_read_bytes(rnn_reader *r, size_t n);
/* u64 length then bytes, borrowed; *n = length. Not NUL-terminated. */
const char *rnn_read_string(rnn_reader *r, size_t *n);
/* A count for elements of at least `each` bytes: fails if count*each passes what is left. */
size_t rnn_read_count(rnn_reader *r, size_t each);
/* n values; zeros where fewer are left. */
void rnn_read_u32s(rnn_reader *r, uint32_t *v, size_t n);
void rnn_read_u64s(rnn_reader *r, uint64_t *v, size_t n);
void rnn_read_reals(rnn_reader *r, real *v, size_t n);
void rnn_read_doubles(rnn_reader *r, double *v, size_t n);
size_t rnn_reader_left(const rnn_reader *r);

/* CRC-32 (IEEE 802.3, as in zlib) of n bytes, continuing from `crc` (0 to start). Every error burst
** of up to 32 bits is found. At least 1 GB/s. In crc32.c. */
uint32_t rnn_crc32(uint32_t crc, const void *p, size_t n);

#endif
