/* vectors.h - a vector in a cell: a JSON array of numbers, or a BLOB of little-endian float32.
**
** Numbers follow the JSON grammar (RFC 8259) and are read without the C library's locale; at most
** 19 significant digits count. Elements must be finite.
*/
#ifndef RNN_VECTORS_H
#define RNN_VECTORS_H

#include "table.h"

/* 1 if the text begins with [ and ends with ], white space aside. */
int rnn_vector_looks_like(const char *p, size_t n);
/* Read a cell: *width = its number of elements, the first `room` of them into out. Returns NULL, or
** a static text that says what is wrong, to go after "...; ". */
const char *rnn_vector_read(const rnn_value *v, double *out, size_t room, size_t *width);

#endif
