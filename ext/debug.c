/* debug.c - rnn_version() and rnn_debug(): what this build is and what it runs on. */
#include <string.h>

#include "../engine/gemm.h"
#include "../engine/kernels.h"
#include "../engine/pool.h"
#include "functions.h"
#include "version.h"

/* The Makefile writes build_info.h; a build by hand does without. */
#if defined(__has_include)
#if __has_include("build_info.h")
#include "build_info.h"
#endif
#endif
#ifndef RNN_BUILD_COMMIT
#define RNN_BUILD_COMMIT "unknown"
#endif
#ifndef RNN_BUILD_DATE
#define RNN_BUILD_DATE "unknown"
#endif
#ifndef RNN_BUILD_BLAS
#define RNN_BUILD_BLAS ""
#endif
#ifndef RNN_BUILD_COMPILER
#ifdef __VERSION__
#define RNN_BUILD_COMPILER __VERSION__
#else
#define RNN_BUILD_COMPILER "unknown"
#endif
#endif

/* OpenBLAS's own name comes with blanks around it. */
static const char *trim(const char *s, int *n) {
    while (*s == ' ') s++;
    *n = (int)strlen(s);
    while (*n > 0 && s[*n - 1] == ' ') --*n;
    return s;
}

static void version(sqlite3_context *out, int argc, sqlite3_value **argv) {
    (void)argc, (void)argv;
    sqlite3_result_text(out, RNN_VERSION, -1, SQLITE_STATIC);
}

static void debug(sqlite3_context *out, int argc, sqlite3_value **argv) {
    const char *linked = RNN_BUILD_BLAS;
    int n;
    const char *blas = trim(rnn_blas_name(), &n);
    char *text = sqlite3_mprintf("sqlite-rnn %s\n"
                                 "build date: %s\n"
                                 "commit: %s\n"
                                 "compiler: %s\n"
                                 "blas: %.*s%s%s\n"
                                 "threads: %llu\n"
                                 "instruction set: %s\n"
                                 "sqlite: %s (built with %s)",
                                 RNN_VERSION, RNN_BUILD_DATE, RNN_BUILD_COMMIT, RNN_BUILD_COMPILER,
                                 n, blas, linked[0] != '\0' ? "; linked: " : "", linked,
                                 (sqlite3_uint64)rnn_core_count(), rnn_kernels_name(),
                                 sqlite3_libversion(), SQLITE_VERSION);

    (void)argc, (void)argv;
    if (text == NULL)
        sqlite3_result_error_nomem(out);
    else
        sqlite3_result_text(out, text, -1, sqlite3_free);
}

const rnnx_function rnnx_version_function = {
    .name = "rnn_version",
    .flags = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    .call = version,
};

const rnnx_function rnnx_debug_function = {
    .name = "rnn_debug",
    .flags = SQLITE_INNOCUOUS,
    .call = debug,
};
