#include "connection.h"

#include <string.h>
#include <time.h>

#include "cache.h"

/* Turns of the counting loop for each second since the last check, and at most. A turn is 17
** machine steps and 0.15 us: one percent of the time, about a million machine steps a second. */
static const double TURNS_PER_SECOND = 70000;
enum { MOST_TURNS = 1000000 };

static void *allocate(void *arg, void *p, uint64_t n) {
    (void)arg;
    if (n == 0) {
        sqlite3_free(p);
        return NULL;
    }
    return sqlite3_realloc64(p, n);
}

void rnnx_bytes_free(void *p) {
    rnn_context context = {.allocate = allocate}; /* who counted them may be gone */
    rnn_free(&context, p);
}

rnnx_connection *rnnx_connection_create(sqlite3 *db) {
    rnnx_connection *c = sqlite3_malloc64(sizeof *c);
    if (c == NULL) return NULL;
    memset(c, 0, sizeof *c);
    c->db = db;
    c->references = 1;
    c->context.allocate = allocate;
    return c;
}

rnnx_connection *rnnx_connection_retain(rnnx_connection *c) {
    c->references++;
    return c;
}

void rnnx_connection_release(void *p) {
    rnnx_connection *c = p;
    if (c == NULL || --c->references > 0) return;
    rnnx_cache_free(c);
    sqlite3_free(c);
}

static double now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Where no statement can be prepared (an authorizer that refuses every SELECT), only the flag is
** left to ask. */
static int interrupted_flag(sqlite3 *db) {
#if SQLITE_VERSION_NUMBER >= 3041000
    if (sqlite3_libversion_number() >= 3041000) return sqlite3_is_interrupted(db);
#endif
    (void)db;
    return 0;
}

/* Length of the next run of the loop. A clock that was set back counts as no time. */
static int turns_since(rnnx_call *call) {
    double t = now(), turns = 1;

    if (call->probed > 0 && t > call->probed) turns += (t - call->probed) * TURNS_PER_SECOND;
    call->probed = t;
    return turns < MOST_TURNS ? (int)turns : MOST_TURNS;
}

/* The engine's check callback: 1 stops the work. */
static int check(void *arg) {
    rnnx_call *call = arg;
    sqlite3 *db = call->connection->db;
    int rc = SQLITE_OK;

    if (call->probe == NULL)
        rc = sqlite3_prepare_v3(
            db,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
            "SELECT count(*) FROM n",
            -1, SQLITE_PREPARE_PERSISTENT, &call->probe, NULL);
    if (call->probe != NULL) {
        sqlite3_bind_int(call->probe, 1, turns_since(call));
        sqlite3_step(call->probe);
        rc = sqlite3_reset(call->probe);
    }
    if (rc == SQLITE_OK) return 0;
    if (rc == SQLITE_INTERRUPT || rc == SQLITE_NOMEM) {
        call->sqlite_code = rc;
        return 1;
    }
    return interrupted_flag(db);
}

void rnnx_call_begin(rnnx_call *call, rnnx_connection *connection, const char *function) {
    memset(call, 0, sizeof *call);
    call->connection = rnnx_connection_retain(connection);
    call->function = function;
    call->context.allocate = allocate;
    call->context.check = check;
    call->context.check_arg = call;
}

void rnnx_call_end(rnnx_call *call) {
    sqlite3_finalize(call->probe);
    call->probe = NULL;
    rnnx_connection_release(call->connection);
    call->connection = NULL;
}

rnn_status rnnx_fail_sql(rnnx_call *call, const char *what) {
    sqlite3 *db = call->connection->db;
    int rc = sqlite3_errcode(db);
    if (rc == SQLITE_OK || rc == SQLITE_ROW ||
        rc == SQLITE_DONE) /* a value that could not be fetched */
        rc = SQLITE_NOMEM;
    call->sqlite_code = rc;
    if (rc == SQLITE_NOMEM)
        return rnn_fail(&call->context, RNN_NOMEM, "out of memory while %s", what);
    if (rc == SQLITE_INTERRUPT)
        return rnn_fail(&call->context, RNN_INTERRUPT, "interrupted while %s", what);
    return rnn_fail(&call->context, RNN_DATA, "%s failed: %s", what, sqlite3_errmsg(db));
}

sqlite3_stmt *rnnx_prepare(rnnx_call *call, const char *sql, const char *what) {
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(call->connection->db, sql, -1, &s, NULL) != SQLITE_OK) {
        rnnx_fail_sql(call, what);
        return NULL;
    }
    return s;
}
