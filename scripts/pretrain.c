/* pretrain.c - trains the forecaster that is part of the library and writes it to a file. `make
** pretrain` runs it.
**
**   pretrain FILE SEED SERIES STEPS
**
** Kernels of different instruction sets differ in the last bits, and training makes the last bits
** the first. So that every x86-64 machine with AVX2 writes the same file, this program always takes
** the AVX2 kernels, and the Makefile has OpenBLAS take those of Haswell (OPENBLAS_CORETYPE, read
** before main). What is left is the compiler, the C library's exp and log, and the version of
** OpenBLAS.
*/
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gemm.h"
#include "kernels.h"
#include "pretrain.h"

static const char KERNELS[] = "avx2";

/* Time of the start. */
static time_t began;

static void show(void *arg, const rnn_epoch *epoch) {
    (void)arg;
    fprintf(stderr,
            "epoch %" PRId64
            ": %.0f s, training loss %.5f, held-out loss %.5f, gradient norm %.3g\n",
            epoch->epoch, difftime(time(NULL), began), epoch->train_loss, epoch->valid_loss,
            epoch->gradient_norm);
}

/* A whole number; 0 on success. */
static int parse(const char *text, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0') return 0;
    fprintf(stderr, "pretrain: \"%s\" is no whole number\n", text);
    return 1;
}

/* Under another name first: a file that is there stays whole until the new one is. */
static int save(const char *path, const uint8_t *bytes, size_t size) {
    char part[4096];
    FILE *f = NULL;
    int n = snprintf(part, sizeof part, "%s.part", path), saved = 0;

    if (n > 0 && (size_t)n < sizeof part) f = fopen(part, "wb");
    if (f != NULL) {
        saved = fwrite(bytes, 1, size, f) == size;
        saved = fclose(f) == 0 && saved && rename(part, path) == 0;
    }
    if (!saved) fprintf(stderr, "pretrain: %s could not be written: %s\n", path, strerror(errno));
    return saved ? 0 : 1;
}

/* What is going to be run on what. */
static void announce(char **argv) {
    const char *core = getenv("OPENBLAS_CORETYPE");

    if (rnn_kernels_force(KERNELS) != 0)
        fprintf(stderr, "pretrain: no %s kernels here: not the bytes that other machines get\n",
                KERNELS);
    fprintf(stderr, "pretrain: seed %s, %s series, %s steps; %s kernels, %s, %s\n", argv[2],
            argv[3], argv[4], rnn_kernels_name(), rnn_blas_name(),
            core != NULL ? core : "its kernels as the processor has them");
}

int main(int argc, char **argv) {
    rnn_context ctx = {0};
    rnn_pretrain_plan plan = {.progress = show};
    uint64_t series, steps;
    uint8_t *bytes = NULL;
    size_t size = 0;
    int failed;

    if (argc != 5) {
        fputs("usage: pretrain FILE SEED SERIES STEPS\n", stderr);
        return 2;
    }
    if (parse(argv[2], &plan.seed) || parse(argv[3], &series) || parse(argv[4], &steps)) return 2;
    plan.series = (size_t)series;
    plan.steps = (size_t)steps;
    announce(argv);
    began = time(NULL);
    failed = rnn_pretrain(&ctx, &plan, &bytes, &size) != RNN_OK;
    if (failed)
        fprintf(stderr, "pretrain: %s\n", ctx.message);
    else
        failed = save(argv[1], bytes, size);
    if (!failed) fprintf(stderr, "pretrain: %s has %zu bytes\n", argv[1], size);
    rnn_free(&ctx, bytes);
    return failed;
}
