/* packed.c - see packed.h.
**
** A task packs one panel of one matrix. Tasks are dealt out through `next`; a thread that finds none
** left waits for `done` to reach their number. Both start again at zero when the parameters change.
*/
#include "packed.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Panels of some of the matrices. */
typedef struct packing_part {
    size_t first, end; /* matrices */
    size_t tasks;
    atomic_size_t next, done;
} packing_part;

struct rnn_packing {
    rnn_packed *matrix;
    real *memory;
    size_t matrices;
    packing_part part[2]; /* forward, backward */
    /* Whose panels these are, and whether a thread is about to change that. */
    _Atomic(const rnn_kernels *) kernels;
    atomic_flag changing;
};

/* Whole cache lines, whatever the registers. */
uint64_t rnn_packed_size(size_t k, size_t m) { return (uint64_t)k * ((m + 15) / 16 * 16); }

rnn_status rnn_packing_create(rnn_context *ctx, const rnn_packed *matrix, size_t matrices,
                              size_t forward, rnn_packing **out) {
    *out = NULL;
    rnn_packing *p = rnn_alloc_zero(ctx, sizeof *p);
    if (!p) return ctx->status;
    uint64_t reals = 0;
    for (size_t i = 0; i < matrices; i++) reals += rnn_packed_size(matrix[i].k, matrix[i].m);
    p->matrix = rnn_alloc_array(ctx, matrices, sizeof *p->matrix);
    if (p->matrix) p->memory = rnn_alloc_array(ctx, reals, sizeof *p->memory);
    if (!p->memory) {
        rnn_packing_free(ctx, p);
        return ctx->status;
    }
    real *at = p->memory;
    for (size_t i = 0; i < matrices; i++) {
        p->matrix[i] = matrix[i];
        p->matrix[i].data = at;
        at += rnn_packed_size(matrix[i].k, matrix[i].m);
    }
    p->matrices = matrices;
    p->part[0].end = p->part[1].first = forward;
    p->part[1].end = matrices;
    atomic_flag_clear(&p->changing);
    *out = p;
    return RNN_OK;
}

void rnn_packing_free(rnn_context *ctx, rnn_packing *p) {
    if (!p) return;
    rnn_free(ctx, p->matrix);
    rnn_free(ctx, p->memory);
    rnn_free(ctx, p);
}

void rnn_packing_stale(rnn_packing *p) {
    atomic_store_explicit(&p->kernels, NULL, memory_order_release);
}

static void breathe(void) {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

/* The set in use now is not the one the matrices were packed for, or they are stale. */
static void begin(rnn_packing *p, const rnn_kernels *kernels) {
    while (atomic_flag_test_and_set_explicit(&p->changing, memory_order_acquire)) breathe();
    if (atomic_load_explicit(&p->kernels, memory_order_relaxed) != kernels) {
        for (size_t i = 0; i < 2; i++) {
            packing_part *part = &p->part[i];
            part->tasks = 0;
            for (size_t k = part->first; k < part->end; k++)
                if (p->matrix[k].k) part->tasks += kernels->panels(p->matrix[k].m);
            atomic_store_explicit(&part->next, 0, memory_order_relaxed);
            atomic_store_explicit(&part->done, 0, memory_order_relaxed);
        }
        atomic_store_explicit(&p->kernels, kernels, memory_order_release);
    }
    atomic_flag_clear_explicit(&p->changing, memory_order_release);
}

static void run_task(const rnn_packing *p, const packing_part *part, const rnn_kernels *kernels,
                     const real *parameter, size_t task) {
    for (size_t i = part->first; i < part->end; i++) {
        const rnn_packed *m = &p->matrix[i];
        size_t panels = m->k ? kernels->panels(m->m) : 0;
        if (task < panels) {
            kernels->pack(m->k, m->m, task, parameter + m->source, m->down, m->right, m->data);
            return;
        }
        task -= panels;
    }
}

void rnn_packing_refresh(rnn_packing *p, const real *parameter, int backward) {
    const rnn_kernels *kernels = rnn_kernels_get();
    packing_part *part = &p->part[backward ? 1 : 0];
    if (atomic_load_explicit(&p->kernels, memory_order_acquire) != kernels) begin(p, kernels);
    if (atomic_load_explicit(&part->done, memory_order_acquire) == part->tasks) return;
    for (;;) {
        size_t task = atomic_fetch_add_explicit(&part->next, 1, memory_order_relaxed);
        if (task >= part->tasks) break;
        run_task(p, part, kernels, parameter, task);
        atomic_fetch_add_explicit(&part->done, 1, memory_order_release);
    }
    while (atomic_load_explicit(&part->done, memory_order_acquire) != part->tasks) breathe();
}

const rnn_packed *rnn_packing_matrix(const rnn_packing *p, size_t i) { return &p->matrix[i]; }
