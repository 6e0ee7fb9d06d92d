#include "fault.h"

static sqlite3_mem_methods system_malloc;
static long calls, fail_at, outstanding; /* fail_at 0: never */
static int persistent;
static uint64_t bytes_allocated;

static int fails_now(int n) {
    bytes_allocated += (uint64_t)n;
    calls++;
    return fail_at > 0 && (persistent ? calls >= fail_at : calls == fail_at);
}

static void *fault_malloc(int n) {
    void *p = fails_now(n) ? NULL : system_malloc.xMalloc(n);
    outstanding += p != NULL;
    return p;
}

static void fault_free(void *p) {
    outstanding -= p != NULL;
    system_malloc.xFree(p);
}

static void *fault_realloc(void *p, int n) {
    return fails_now(n) ? NULL : system_malloc.xRealloc(p, n);
}

void fault_install(void) {
    sqlite3_mem_methods faulty;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_malloc);
    faulty = system_malloc;
    faulty.xMalloc = fault_malloc;
    faulty.xFree = fault_free;
    faulty.xRealloc = fault_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* small allocations count too */
}

void fault_at(long n, int all_from_it) {
    calls = 0;
    bytes_allocated = 0;
    fail_at = n;
    persistent = all_from_it;
}

long fault_calls(void) { return calls; }

uint64_t fault_bytes(void) { return bytes_allocated; }

/* The result code; *got_through: no allocation had to fail. */
static int run_with_fault(const char *path, const char *sql, int models, long n, int all_from_it,
                          int *got_through) {
    sqlite3 *db = open_database(path);
    int rc;

    run(db, "BEGIN");
    fault_at(n, all_from_it);
    rc = try_sql(db, sql);
    *got_through = calls < n;
    fault_at(0, 0);
    if (sqlite3_get_autocommit(db) == 0) run(db, "ROLLBACK");
    assert_int_equal(get_int(db, "SELECT count(*) FROM rnn_models"), models);
    close_database(db);
    return rc;
}

void fault_sweep(const char *path, const char *sql, fault_result expected, int models) {
    long before = outstanding;
    int done = 0, otherwise = expected == FAULT_FAILS ? SQLITE_ERROR : SQLITE_OK;

    for (long n = 1; !done; n++) {
        for (int all = 0; all <= 1; all++) {
            int rc = run_with_fault(path, sql, models, n, all, &done);
            if (rc != otherwise && rc != SQLITE_NOMEM && rc != SQLITE_IOERR_NOMEM)
                fail_msg("%s: allocation %ld failing gave %d", sql, n, rc);
            if (done && rc != otherwise) fail_msg("%s: gave %d", sql, rc);
            if (outstanding != before)
                fail_msg("%s: allocation %ld failing leaked %ld", sql, n, outstanding - before);
        }
    }
}
