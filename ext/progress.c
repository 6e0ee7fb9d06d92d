#define _POSIX_C_SOURCE 200809L /* isatty, fileno */

#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif

enum { BAR_WIDTH = 24 };

void rnnx_progress_start(rnnx_progress *p, const char *function, int enabled) {
    memset(p, 0, sizeof *p);
    p->function = function;
    p->enabled = enabled;
    p->terminal = enabled && isatty(fileno(stderr));
}

static void print_loss(const char *name, double v) {
    if (!isnan(v)) fprintf(stderr, "  %s %.4g", name, v);
}

/* Seconds as m:ss. */
static void print_time(const char *name, double seconds) {
    long s = seconds > 0 && seconds < 1e8 ? lround(seconds) : 0;
    fprintf(stderr, "  %s %ld:%02ld", name, s / 60, s % 60);
}

static void print_bar(const rnn_epoch *e, int64_t planned) {
    int full = planned > 0 ? (int)(BAR_WIDTH * (double)e->epoch / (double)planned) : 0;
    char bar[BAR_WIDTH + 1];

    if (full > BAR_WIDTH) full = BAR_WIDTH;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)full);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, " [%s]", bar);
}

void rnnx_progress_epoch(rnnx_progress *p, const rnn_epoch *e, int64_t planned) {
    if (!p->enabled) return;
    fprintf(stderr, p->terminal ? "\r%s" : "%s:", p->function);
    if (p->terminal && planned > 0) print_bar(e, planned);
    fprintf(stderr, " epoch %lld", (long long)e->epoch);
    if (planned > 0) fprintf(stderr, "/%lld", (long long)planned);
    print_loss("train_loss", e->train_loss);
    print_loss("valid_loss", e->valid_loss);
    print_loss("metric", e->metric);
    print_time("elapsed", e->seconds);
    if (planned > 0)
        print_time("ETA", e->seconds / (double)e->epoch * (double)(planned - e->epoch));
    fputs(e->best ? "  best" : "      ", stderr);
    fputs(p->terminal ? "\033[K" : "\n", stderr); /* clear what a longer line left */
    fflush(stderr);
    p->drawn = 1;
}

void rnnx_progress_end(rnnx_progress *p) {
    if (p->terminal && p->drawn) fputc('\n', stderr);
    p->drawn = 0;
}
