/* dictionary.h - distinct typed values with ids in the order of their first appearance (a DICT
** column of table.h).
**
** Entries take 16 bytes and their text lives in blocks that never move, so that values handed out
** stay valid while the dictionary grows. The index is an open-addressing table of ids, at most two
** thirds full. Its hash is SipHash-1-3 (Aumasson & Bernstein 2012) under a key that differs from
** dictionary to dictionary: text chosen to collide cannot make adding quadratic. Ids depend on the
** order of arrival alone, never on the hash.
**
** 1 and 1.0 are one value here: a REAL that is a whole number within +-2^53 is kept as the INTEGER
** it equals, so that what a column holds does not depend on the order in which its rows arrived.
*/
#ifndef RNN_DICTIONARY_H
#define RNN_DICTIONARY_H

#include "table.h"

typedef struct rnn_dictionary rnn_dictionary;

/* Empty; NULL on failure (ctx->status). */
rnn_dictionary *rnn_dictionary_create(rnn_context *ctx);
void rnn_dictionary_free(rnn_dictionary *d);
/* The id of v, added (its bytes copied) if it is new. v is not NULL and not NaN. */
rnn_status rnn_dictionary_add(rnn_dictionary *d, const rnn_value *v, uint32_t *id);
/* Append v as the next id without looking whether it is there: for readers of stored dictionaries.
** The index is made when rnn_dictionary_add is first called. */
rnn_status rnn_dictionary_append(rnn_dictionary *d, const rnn_value *v);
/* The id of v, which has been added before; RNN_NO_ID if it has not. Cannot fail after an add. */
uint32_t rnn_dictionary_find(const rnn_dictionary *d, const rnn_value *v);
size_t rnn_dictionary_count(const rnn_dictionary *d);
/* The value of an id; bytes borrowed. RNN_NULL for an id that is out of range. */
rnn_value rnn_dictionary_value(const rnn_dictionary *d, uint32_t id);
/* Bytes that its entries take in the rows format. */
uint64_t rnn_dictionary_bytes(const rnn_dictionary *d);

#endif
