/* sqlite_api.h - SQLite as every file of ext/ sees it.
**
** A loadable extension calls SQLite through a table of function pointers that the host hands to the
** entry point; sqlite3ext.h turns each sqlite3_xxx() into a call through it. rnn_ext.c defines the
** table's pointer, this header declares it. With -DSQLITE_CORE (the static library) the calls are
** plain calls.
**
** Nothing newer than SQLite 3.38 is called without looking at sqlite3_libversion_number() first.
*/
#ifndef RNN_SQLITE_API_H
#define RNN_SQLITE_API_H

#include <sqlite3ext.h>

#ifndef SQLITE_CORE
extern const sqlite3_api_routines *sqlite3_api;
#endif

/* Needed since 3.45 by functions that set a subtype; older versions ignore the bit. */
#ifndef SQLITE_RESULT_SUBTYPE
#define SQLITE_RESULT_SUBTYPE 0x001000000
#endif

#endif
