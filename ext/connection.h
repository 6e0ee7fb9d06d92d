/* connection.h - what a connection keeps, and what a single call into the extension needs.
**
** A rnnx_connection is made when the extension is loaded into a connection and shared, by reference
** counting, by every function and virtual table registered there; the last one that SQLite destroys
** frees it. It owns the cache of decoded models. SQLite serialises all calls of a connection, so
** there are no locks here.
**
** A rnnx_call is one scalar call, one aggregate or one scan of a virtual table: the engine's
** context (memory through sqlite3_malloc64, message, memory limit) and the way to notice that the
** host wants the work stopped.
**
** Interrupts. sqlite3_is_interrupted() came with 3.41 and says nothing of progress handlers. What
** works everywhere is stepping a prepared statement: it returns SQLITE_INTERRUPT after
** sqlite3_interrupt() and runs the progress handler each time its own count of virtual-machine
** steps passes the handler's interval. So the call keeps one small statement, a counting loop, and
** each check runs it for one percent of the time since the last check: a handler set to every 1000
** machine steps is called each millisecond of training, one set to every 100000 ten times a second.
** The statement lives no longer than the call: one that outlived it would make sqlite3_close()
** return SQLITE_BUSY.
*/
#ifndef RNN_CONNECTION_H
#define RNN_CONNECTION_H

#include "../engine/status.h"
#include "sqlite_api.h"

struct rnnx_cache;

typedef struct rnnx_connection {
    sqlite3 *db;
    unsigned references;
    rnn_context context;      /* for what outlives a call: decoded models */
    struct rnnx_cache *cache; /* cache.h; NULL until the first model */
} rnnx_connection;

/* A connection state with one reference, or NULL without memory. */
rnnx_connection *rnnx_connection_create(sqlite3 *db);
/* One more reference; returns c. */
rnnx_connection *rnnx_connection_retain(rnnx_connection *c);
/* Drop a reference; void * because SQLite calls it as a destructor. */
void rnnx_connection_release(void *c);

typedef struct rnnx_call {
    rnnx_connection *connection; /* a reference */
    const char *function;        /* "rnn_train": what messages start with; static */
    rnn_context context;
    int sqlite_code; /* result code of a nested statement that failed; 0: from the status alone */
    sqlite3_stmt *probe; /* the counting loop; prepared by the first check */
    double probed;       /* seconds; time of the last check, 0 before the first */
} rnnx_call;

/* Start a call. It must not move in memory until rnnx_call_end: objects made with its context
** point to it. */
void rnnx_call_begin(rnnx_call *call, rnnx_connection *connection, const char *function);
/* End it, after everything allocated through its context is freed. Ending twice, or a zeroed
** call, is fine. */
void rnnx_call_end(rnnx_call *call);
/* Frees bytes that were allocated through a call's or a connection's context and now belong to
** SQLite: the destructor of a result that is handed over and not copied. */
void rnnx_bytes_free(void *p);

/* Prepare SQL on the host connection for this call; NULL with the error in the call on failure.
** `what` says in a message what was being done ("reading rnn_models"). */
sqlite3_stmt *rnnx_prepare(rnnx_call *call, const char *sql, const char *what);
/* Record the connection's last error in the call: NOMEM and INTERRUPT stay themselves, the rest is
** RNN_DATA with SQLite's message; SQLite's result code is kept for the host. Returns the status. */
rnn_status rnnx_fail_sql(rnnx_call *call, const char *what);

#endif
