/* database.c - times statements for scripts/bench: a program that answers lines, as engine.c does,
** so that the extension and its peers take turns within one run.
**
**   open FILE       a database file, on a new connection, with the extension $RNN_EXTENSION loaded
**   close
**   run SQL         statements, on one line                  -> the last one's first value
**   time SQL        the same                                 -> seconds, processor seconds
**
** Answers are one line each; "error ..." says what was wrong. */
#define _POSIX_C_SOURCE 200809L
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE = 1 << 16 };

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void close_database(sqlite3 **db) {
    sqlite3_close(*db);
    *db = NULL;
}

static int fail(sqlite3 *db) {
    printf("error %s\n", db ? sqlite3_errmsg(db) : "no database is open");
    return 1;
}

static void open_database(sqlite3 **db, const char *file) {
    const char *extension = getenv("RNN_EXTENSION");
    char *message = NULL;
    close_database(db);
    if (sqlite3_open(file, db) != SQLITE_OK) {
        fail(*db);
        close_database(db);
        return;
    }
    sqlite3_enable_load_extension(*db, 1);
    if (sqlite3_load_extension(*db, extension ? extension : "build/rnn", NULL, &message)) {
        printf("error %s\n", message ? message : "the extension cannot be loaded");
        sqlite3_free(message);
        close_database(db);
        return;
    }
    puts("ok");
}

/* Runs statements to their ends; *first is a copy of the last one's first value. Not 0 after an
** error, which is answered. */
static int run(sqlite3 *db, const char *sql, char **first) {
    *first = NULL;
    if (!db) return fail(db);
    while (*sql) {
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v2(db, sql, -1, &statement, &sql)) return fail(db);
        for (size_t row = 0; statement && sqlite3_step(statement) == SQLITE_ROW; row++) {
            if (row) continue;
            sqlite3_free(*first);
            *first = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
        }
        if (sqlite3_finalize(statement)) return fail(db);
    }
    return 0;
}

static void answer(sqlite3 **db, char *line) {
    char *first = NULL;
    if (strncmp(line, "open ", 5) == 0) {
        open_database(db, line + 5);
    } else if (strcmp(line, "close") == 0) {
        close_database(db);
        puts("ok");
    } else if (strncmp(line, "run ", 4) == 0) {
        if (run(*db, line + 4, &first) == 0) puts(first ? first : "");
    } else if (strncmp(line, "time ", 5) == 0) {
        double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        if (run(*db, line + 5, &first) == 0)
            printf("%.9g %.9g\n", seconds_of(CLOCK_MONOTONIC) - wall,
                   seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    } else {
        puts("error unknown command");
    }
    sqlite3_free(first);
}

int main(void) {
    static char line[LINE];
    sqlite3 *db = NULL;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        answer(&db, line);
        fflush(stdout);
    }
    close_database(&db);
    return 0;
}
