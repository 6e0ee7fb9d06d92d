/* kernels.c - choice of the instruction set at run time; see kernels.h. */
#include "kernels.h"

#include <stdatomic.h>
#include <string.h>

extern const rnn_kernels rnn_kernels_scalar;
#if defined(__x86_64__)
extern const rnn_kernels rnn_kernels_avx2, rnn_kernels_avx512;
#endif

/* Set number i, or NULL: best first, only those this processor and its operating system can run. */
static const rnn_kernels *available(size_t i) {
    switch (i) {
#if defined(__x86_64__)
    case 0:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("fma")
                   ? &rnn_kernels_avx512
                   : NULL;
    case 1:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &rnn_kernels_avx2
                                                                               : NULL;
#endif
    case 2: return &rnn_kernels_scalar;
    default: return NULL;
    }
}

static const rnn_kernels *find(const char *name) {
    for (size_t i = 0; i < 3; i++) {
        const rnn_kernels *k = available(i);
        if (k && (!name || strcmp(k->name, name) == 0)) return k;
    }
    return NULL;
}

/* The only state of the engine that outlives a call: a pointer to constant data, the same for every
** thread. */
static _Atomic(const rnn_kernels *) chosen;

const rnn_kernels *rnn_kernels_get(void) {
    const rnn_kernels *k = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!k) {
        k = find(NULL);
        atomic_store_explicit(&chosen, k, memory_order_relaxed);
    }
    return k;
}

const char *rnn_kernels_name(void) { return rnn_kernels_get()->name; }

int rnn_kernels_force(const char *name) {
    const rnn_kernels *k = find(name);
    if (!k) return 1;
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
    return 0;
}
