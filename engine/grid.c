/* grid.c - see grid.h. */
#include "grid.h"

#include <math.h>
#include <string.h>

static int is_ranked(const rnn_row_order *order, const rnn_frequency *f, size_t s) {
    return f->unit == RNN_STEP_ROW || rnn_row_order_untimed(order, s);
}

/* Steps from the first to the last row of series s, both counted. */
static uint64_t count_steps(const rnn_row_order *order, const rnn_frequency *f, size_t s) {
    size_t first = order->start[s], last = order->start[s + 1] - 1;
    int64_t steps;
    if (is_ranked(order, f, s)) return last - first + 1;
    steps = rnn_frequency_position(f, order->time[first], order->time[last], NULL);
    return steps < 0 ? 1 : (uint64_t)steps + 1;
}

static uint64_t most_positions(const rnn_row_order *order) {
    uint64_t most = (uint64_t)order->rows * RNN_GRID_SPARSE + RNN_GRID_FREE;
    return most < UINT32_MAX - 2 ? most : UINT32_MAX - 2;
}

int rnn_grid_too_sparse(const rnn_row_order *order, const rnn_frequency *f) {
    uint64_t total = 0, most = most_positions(order);
    for (size_t s = 0; s < order->series && total <= most; s++) total += count_steps(order, f, s);
    return total > most;
}

/* ---- messages ---- */

/* The time cell of sorted row i, printed. */
static const char *print_time(const rnn_row_order *order, const rnn_table *rows, size_t i,
                              char buf[RNN_VALUE_LABEL]) {
    rnn_value v = rnn_table_get(rows, rnn_row_order_at(order, i), RNN_ROW_TIME);
    return rnn_value_print(&v, buf, RNN_VALUE_LABEL);
}

static const char *print_key(const rnn_row_order *order, const rnn_table *rows, size_t s,
                             char buf[RNN_VALUE_LABEL]) {
    size_t row = rnn_row_order_at(order, order->start[s]);
    rnn_value v = rnn_table_get(rows, row, RNN_ROW_SERIES);
    return rnn_value_print(&v, buf, RNN_VALUE_LABEL);
}

static rnn_status fail_sparse(const rnn_row_order *order, const char *function,
                              const rnn_table *rows, const rnn_frequency *f) {
    char column[RNN_COLUMN_LABEL], key[RNN_VALUE_LABEL], first[RNN_VALUE_LABEL],
        last[RNN_VALUE_LABEL];
    char step[RNN_FREQUENCY_TEXT_BYTES];
    size_t worst = 0;
    uint64_t most = 0;
    for (size_t s = 0; s < order->series; s++) {
        uint64_t steps = count_steps(order, f, s);
        if (steps > most) worst = s;
        if (steps > most) most = steps;
    }
    return rnn_fail(
        order->ctx, RNN_DATA,
        "%s: %s: series %s goes from %s to %s, %llu steps of \"%s\" for %zu rows; train with a "
        "longer step in \"frequency\", with \"gaps\":\"skip\", or without the stray rows",
        function, rnn_column_label(function, RNN_ROW_TIME, column),
        print_key(order, rows, worst, key), print_time(order, rows, order->start[worst], first),
        print_time(order, rows, order->start[worst + 1] - 1, last), (unsigned long long)most,
        rnn_frequency_print(f, step, sizeof step), order->start[worst + 1] - order->start[worst]);
}

/* Sorted rows i - 1 and i of series s fall on one step. */
static rnn_status fail_shared(const rnn_row_order *order, const char *function,
                              const rnn_table *rows, const rnn_frequency *f, size_t s, size_t i) {
    char column[RNN_COLUMN_LABEL], key[RNN_VALUE_LABEL], one[RNN_VALUE_LABEL], two[RNN_VALUE_LABEL];
    char step[RNN_FREQUENCY_TEXT_BYTES];
    return rnn_fail(
        order->ctx, RNN_DATA,
        "%s: %s: %s and %s of series %s fall on one step of \"%s\"; train with a shorter step in "
        "\"frequency\" or with \"gaps\":\"skip\", or aggregate the rows",
        function, rnn_column_label(function, RNN_ROW_TIME, column),
        print_time(order, rows, i - 1, one), print_time(order, rows, i, two),
        print_key(order, rows, s, key), rnn_frequency_print(f, step, sizeof step));
}

/* Steps are missing before sorted row i of series s, the first of them at `missing`. */
static rnn_status fail_gap(const rnn_row_order *order, const char *function, const rnn_table *rows,
                           double missing, size_t s, size_t i) {
    char column[RNN_COLUMN_LABEL], key[RNN_VALUE_LABEL], one[RNN_VALUE_LABEL], two[RNN_VALUE_LABEL];
    char buf[RNN_TIME_TEXT_BYTES], gone[RNN_VALUE_LABEL];
    rnn_value v = rnn_time_format(&order->style, missing, buf, sizeof buf);
    return rnn_fail(
        order->ctx, RNN_DATA,
        "%s: %s: series %s has no row for %s, between %s and %s; \"gaps\" is \"error\": add the "
        "row, or train with \"gaps\":\"fill\" or \"skip\"",
        function, rnn_column_label(function, RNN_ROW_TIME, column), print_key(order, rows, s, key),
        rnn_value_print(&v, gone, sizeof gone), print_time(order, rows, i - 1, one),
        print_time(order, rows, i, two));
}

/* ---- placing ---- */

/* Positions of series s on the grid through `anchor`, counted from its first row; *origin = time of
** position 0. Returns how many rows lie on that grid exactly. */
static size_t place_on(const rnn_row_order *order, const rnn_frequency *f, size_t s, double anchor,
                       uint32_t *position, double *origin) {
    size_t first = order->start[s], exact_rows = 0;
    int64_t base = rnn_frequency_position(f, anchor, order->time[first], NULL);
    for (size_t i = first; i < order->start[s + 1]; i++) {
        int exact;
        int64_t p = rnn_frequency_position(f, anchor, order->time[i], &exact) - base;
        position[i] = p < 0 ? 0 : p < UINT32_MAX - 1 ? (uint32_t)p : UINT32_MAX - 1;
        exact_rows += exact != 0;
    }
    *origin = base == 0 ? anchor : rnn_frequency_time(f, anchor, base);
    return exact_rows;
}

/* The grid starts at the first row, unless most rows miss it: then at the row of a few that most
** rows agree with. */
static void place_series(const rnn_row_order *order, const rnn_frequency *f, size_t s,
                         uint32_t *position, double *origin) {
    size_t first = order->start[s], last = order->start[s + 1] - 1, n = last - first + 1;
    size_t most = place_on(order, f, s, order->time[first], position, origin), best = first;
    size_t anchor[3] = {first + n / 3, first + n / 2, last}, chosen = first;
    if (2 * most >= n) return;
    for (size_t a = 0; a < 3; a++) {
        size_t exact = place_on(order, f, s, order->time[anchor[a]], position, origin);
        chosen = anchor[a];
        if (exact > most) {
            most = exact;
            best = chosen;
        }
    }
    if (best != chosen) place_on(order, f, s, order->time[best], position, origin);
}

/* How far, in steps, the time of row i lies behind position p (negative: before it). */
static double steps_off(const rnn_row_order *order, const rnn_frequency *f, double origin,
                        uint32_t p, size_t i) {
    double here = rnn_frequency_time(f, origin, p),
           next = rnn_frequency_time(f, origin, (int64_t)p + 1);
    return (order->time[i] - here) / (next - here);
}

/* Rows i - 1 and i are on one step: move one of them to a free step beside it. 0 if neither can. */
static int part_rows(const rnn_row_order *order, const rnn_frequency *f, size_t s, double origin,
                     uint32_t *position, size_t i) {
    uint32_t p = position[i - 1];
    int free_after = i + 1 == order->start[s + 1] || position[i + 1] > p + 1;
    int free_before = i - 1 > order->start[s] && position[i - 2] + 1 < p;
    if (free_after && steps_off(order, f, origin, p, i) >= RNN_GRID_OFF_STEP) {
        position[i] = p + 1;
        return 1;
    }
    if (free_before && steps_off(order, f, origin, p, i - 1) <= -RNN_GRID_OFF_STEP) {
        position[i - 1] = p - 1;
        return 1;
    }
    return 0;
}

static rnn_status settle_series(const rnn_row_order *order, const char *function,
                                const rnn_table *rows, const rnn_frequency *f, rnn_gaps gaps,
                                size_t s, rnn_grid *g) {
    uint32_t *position = g->position;
    size_t first = order->start[s], end = order->start[s + 1];
    if (is_ranked(order, f, s)) {
        for (size_t i = first; i < end; i++) position[i] = (uint32_t)(i - first);
        g->origin[s] = rnn_row_order_untimed(order, s) ? 0 : order->time[first];
    } else {
        place_series(order, f, s, position, &g->origin[s]);
        for (size_t i = first + 1; i < end; i++) {
            if (position[i] > position[i - 1]) continue;
            if (!part_rows(order, f, s, g->origin[s], position, i)) {
                return fail_shared(order, function, rows, f, s, i);
            }
        }
        for (size_t i = first + 1; i < end && gaps == RNN_GAPS_ERROR; i++) {
            int64_t next = (int64_t)position[i - 1] + 1;
            if (position[i] == next) continue;
            return fail_gap(order, function, rows, rnn_frequency_time(f, g->origin[s], next), s, i);
        }
    }
    g->length[s] = (size_t)position[end - 1] + 1;
    g->total += g->length[s];
    return RNN_OK;
}

rnn_status rnn_grid_create(const rnn_row_order *order, const char *function, const rnn_table *rows,
                           const rnn_frequency *f, rnn_gaps gaps, rnn_grid *out) {
    rnn_grid g = {order->ctx, NULL, NULL, NULL, 0};
    rnn_status status = RNN_OK;
    size_t unchecked = 0;

    memset(out, 0, sizeof *out);
    if (rnn_grid_too_sparse(order, f)) return fail_sparse(order, function, rows, f);
    g.position = rnn_alloc_array(g.ctx, order->rows, sizeof *g.position);
    g.origin = g.position ? rnn_alloc_array(g.ctx, order->series, sizeof *g.origin) : NULL;
    g.length = g.origin ? rnn_alloc_array(g.ctx, order->series, sizeof *g.length) : NULL;
    if (!g.length) {
        status = g.ctx->status;
        goto done;
    }
    for (size_t s = 0; s < order->series && status == RNN_OK; s++) {
        status = settle_series(order, function, rows, f, gaps, s, &g);
        unchecked += order->start[s + 1] - order->start[s];
        if (status == RNN_OK && unchecked >= 65536) {
            unchecked = 0;
            status = rnn_check(g.ctx);
        }
    }
done:
    if (status != RNN_OK)
        rnn_grid_free(&g);
    else
        *out = g;
    return status;
}

void rnn_grid_free(rnn_grid *g) {
    if (!g || !g->ctx) return;
    rnn_free(g->ctx, g->position);
    rnn_free(g->ctx, g->origin);
    rnn_free(g->ctx, g->length);
    memset(g, 0, sizeof *g);
}
