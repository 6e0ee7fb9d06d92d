/* cache.h - models decoded once a connection, however they are passed.
**
** A model argument is a BLOB or the name of a model in rnn_models. Decoding a megabyte of weights
** for each row of a scan would cost more than using them, and SQLite's own per-statement cache
** (sqlite3_set_auxdata) helps only for literals and parameters, not for a subquery or a joined
** column. So the connection keeps the models used last:
**
**   BLOB   found by size and memcmp with the copy that the entry keeps: no hash to collide, a few
**          10 us a megabyte.
**          The models of the library (rnn_pretrained) are constant memory: an entry keeps no copy
**          of them, and their address tells them
**   name   the row of _rnn_models is looked up on every call; an entry is trusted only if row,
**          version, checksum and size are those of the row as this connection sees it now. So
**          updates, rollbacks, savepoints and writes of other connections show at once. A row
**          without a checksum (written by hand) is decoded anew each time.
**
** The least recently used go first, past RNNX_CACHE_ENTRIES entries or RNNX_CACHE_BYTES bytes; an
** entry in use is dropped from the list at once and freed with its last user.
*/
#ifndef RNN_CACHE_H
#define RNN_CACHE_H

#include "../engine/model.h"
#include "connection.h"

enum { RNNX_CACHE_ENTRIES = 16 };
#define RNNX_CACHE_BYTES ((uint64_t)256 << 20)

typedef struct rnnx_model rnnx_model;

/* The model that an argument means (BLOB or TEXT name), decoded. On success *out must be released;
** on failure it is NULL and the message says what was given. */
rnn_status rnnx_model_acquire(rnnx_call *call, sqlite3_value *v, rnnx_model **out);
const rnn_model *rnnx_model_get(const rnnx_model *m);
/* NULL is fine. Before the end of the call that acquired it. */
void rnnx_model_release(rnnx_model *m);

/* What a function keeps with a cached model from row to row, made when it is first asked for and
** freed with the entry: one of each kind. It may keep the model, and memory of the context it is
** made with, which is the connection's. */
typedef enum rnnx_attachment { RNNX_SINGLE, RNNX_STREAM, RNNX_ATTACHMENTS } rnnx_attachment;
typedef rnn_status (*rnnx_attach_fn)(rnn_context *ctx, const rnn_model *model, void **out);
typedef void (*rnnx_detach_fn)(void *attachment);
/* The model's attachment of a kind, in *out; on failure NULL, with the error in the call. It is
** valid until the model is released, and anyone's who acquires the model after that. */
rnn_status rnnx_model_attachment(rnnx_call *call, rnnx_model *m, rnnx_attachment kind,
                                 rnnx_attach_fn create, rnnx_detach_fn destroy, void **out);

/* Free the cache of a connection, with its last reference. */
void rnnx_cache_free(rnnx_connection *connection);

#endif
