/* registry.h - rnn_models: named, versioned models in the database.
**
** A virtual table that everyone writes to, over a plain table that holds the rows:
**
**   CREATE TABLE main._rnn_models(name, version, active, task, cell, parameters, bytes, valid_loss,
**       metric, created_at, options, checksum, model, PRIMARY KEY(name, version))
**
** The plain table is made by the first INSERT, so loading the extension and reading rnn_models
** change nothing. Because all state is in ordinary rows, transactions, savepoints, dumps, backups
** and replication need nothing of us, and a database without the extension still shows its models.
** The registry is that of the main database; models of an attached database are used as BLOBs:
** rnn_forecast((SELECT model FROM other._rnn_models WHERE ...), ...).
**
**   INSERT(name, model)   the next version of that name, and the active one; the other columns are
**                         read from the model
**   UPDATE active         1 makes this version the active one of its name; 0 leaves none active
**   DELETE                drops a version; if it was the active one, the newest left becomes active
**
** rnn_models is DIRECTONLY, as it writes: a view or trigger that is to read models reads
** _rnn_models. `checksum` is 64 bits of the model's content, computed by INSERT; it lets a
** connection trust a model it has decoded without reading the BLOB again (cache.h). created_at is
** UTC by SQLite's datetime('now').
*/
#ifndef RNN_REGISTRY_H
#define RNN_REGISTRY_H

#include "connection.h"

/* A row of _rnn_models, without its model. */
typedef struct rnnx_registered {
    sqlite3_int64 rowid, version, checksum, bytes;
    int has_checksum;
} rnnx_registered;

/* Find 'name' (its active version) or 'name@version'. RNN_MODEL that says what there is instead. */
rnn_status rnnx_registry_find(rnnx_call *call, const char *name, size_t n, rnnx_registered *row);
/* A statement standing on the row's model, column 0; the caller finalises it. NULL on failure. */
rnn_status rnnx_registry_open(rnnx_call *call, const rnnx_registered *row, sqlite3_stmt **out);
/* *exists = 1 if main._rnn_models does. */
rnn_status rnnx_registry_exists(rnnx_call *call, int *exists);

#endif
