/* fault.h - the N-th allocation fails: what the tests of failing allocations share.
**
** Every allocation of SQLite and of the extension goes through SQLITE_CONFIG_MALLOC, so both kinds
** fail in turn. Each N is tried with that one allocation failing and with all from it on, each time
** on a new connection (so that nothing is cached), inside a transaction that is rolled back.
*/
#ifndef RNN_TEST_FAULT_H
#define RNN_TEST_FAULT_H

#include "extension.h"

/* What a statement may end with. */
typedef enum fault_result {
    FAULT_SUCCEEDS, /* or runs out of memory */
    FAULT_FAILS     /* it fails anyway, or runs out of memory first */
} fault_result;

/* Before anything else is done with SQLite. */
void fault_install(void);
/* The n-th allocation from here on fails (0: none), and all after it if `persistent`. */
void fault_at(long n, int persistent);
/* Allocations, and bytes of them, since fault_at(). */
long fault_calls(void);
uint64_t fault_bytes(void);
/* Run sql on the database file `path` until no allocation has to fail any more: it gives
** SQLITE_NOMEM or what is expected, leaks nothing and leaves `models` models in rnn_models. */
void fault_sweep(const char *path, const char *sql, fault_result expected, int models);

#endif
