/* row_order.c - see row_order.h. */
#include "row_order.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECK_MASK 0xffffu /* rows between two looks at the interrupt flag, minus 1 */

/* What a failed call left in ctx; never RNN_OK. */
static rnn_status failure(const rnn_context *ctx) {
    return ctx->status != RNN_OK ? ctx->status : RNN_NOMEM;
}

/* ---- messages ---- */

const char *rnn_column_label(const char *function, size_t column, char buf[RNN_COLUMN_LABEL]) {
    static const char *const role[] = {"series", "time", "target"};
    int train = strcmp(function, "rnn_train") == 0;
    size_t argument = column + (train ? 2 : 1);
    const char *of = train ? "" : " of rnn_rows";
    if (column < RNN_ROW_INPUT) {
        snprintf(buf, RNN_COLUMN_LABEL, "%s (argument %zu%s)", role[column], argument, of);
    } else {
        snprintf(buf, RNN_COLUMN_LABEL, "input %zu (argument %zu%s)", column - RNN_ROW_INPUT + 1,
                 argument, of);
    }
    return buf;
}

const char *rnn_row_label(const rnn_table *rows, size_t row, char buf[RNN_ROW_LABEL]) {
    char key[RNN_VALUE_LABEL], text[RNN_VALUE_LABEL];
    rnn_value series = rnn_table_get(rows, row, RNN_ROW_SERIES);
    rnn_value time = rnn_table_get(rows, row, RNN_ROW_TIME);
    rnn_value_print(&series, key, sizeof key);
    if (time.type == RNN_NULL) {
        snprintf(buf, RNN_ROW_LABEL, "series %s, row %zu", key, row + 1);
    } else {
        snprintf(buf, RNN_ROW_LABEL, "series %s, time %s", key,
                 rnn_value_print(&time, text, sizeof text));
    }
    return buf;
}

/* ---- sorting ---- */

static void merge_runs(const uint32_t *from, uint32_t *to, size_t low, size_t middle, size_t high,
                       rnn_before_fn before, const void *arg) {
    size_t a = low, b = middle;
    for (size_t k = low; k < high; k++) {
        int right = a == middle || (b < high && before(arg, from[b], from[a]));
        to[k] = right ? from[b++] : from[a++];
    }
}

void rnn_sort_index(uint32_t *index, uint32_t *scratch, size_t n, rnn_before_fn before,
                    const void *arg) {
    uint32_t *from = index, *to = scratch;
    for (size_t width = 1; width < n; width *= 2) {
        uint32_t *swap = from;
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = n - low > width ? low + width : n;
            size_t high = n - low > 2 * width ? low + 2 * width : n;
            merge_runs(from, to, low, middle, high, before, arg);
        }
        from = to;
        to = swap;
    }
    if (from != index) memcpy(index, from, n * sizeof *index);
}

static int earlier(const void *arg, uint32_t a, uint32_t b) {
    const double *time = arg;
    return time[a] < time[b];
}

/* ---- times ---- */

static int same_style(const rnn_time_style *a, const rnn_time_style *b) {
    return a->kind == b->kind && a->separator == b->separator && a->seconds == b->seconds &&
           a->fraction == b->fraction && a->zone == b->zone && a->offset == b->offset;
}

/* Parse one non-NULL time and merge its style into o's. */
static rnn_status parse_time(rnn_row_order *o, const char *function, const rnn_table *rows,
                             size_t row, const rnn_value *value, double *time) {
    char column[RNN_COLUMN_LABEL], key[RNN_VALUE_LABEL];
    rnn_time_style style;
    rnn_value series;
    rnn_status status = rnn_time_parse(o->ctx, value, time, &style);
    if (status == RNN_OK && !same_style(&style, &o->style)) {
        status = rnn_time_merge(o->ctx, &o->style, &style, value);
    }
    if (status == RNN_OK) {
        if (o->timed_row == o->rows) o->timed_row = row;
        return RNN_OK;
    }
    series = rnn_table_get(rows, row, RNN_ROW_SERIES);
    return rnn_fail(o->ctx, status, "%s: %s, series %s: %s", function,
                    rnn_column_label(function, RNN_ROW_TIME, column),
                    rnn_value_print(&series, key, sizeof key), o->ctx->message);
}

/* time[row] of every table row, NaN for NULL. Text is parsed once for each distinct value. */
static rnn_status read_times(rnn_row_order *o, const char *function, const rnn_table *rows,
                             double *time) {
    int dictionary = rnn_table_kind(rows, RNN_ROW_TIME) == RNN_COLUMN_DICT;
    size_t distinct = dictionary ? rnn_table_distinct(rows, RNN_ROW_TIME) : 0;
    double *known = NULL; /* [distinct] NaN: not parsed yet */
    rnn_status status = RNN_OK;

    if (dictionary) {
        known = rnn_alloc_array(o->ctx, distinct, sizeof *known);
        if (!known) return o->ctx->status;
        for (size_t i = 0; i < distinct; i++) known[i] = (double)NAN;
    }
    for (size_t row = 0; row < o->rows && status == RNN_OK; row++) {
        rnn_value value;
        uint32_t id = dictionary ? rnn_table_dict_id(rows, row, RNN_ROW_TIME) : RNN_NO_ID;
        time[row] = (double)NAN;
        if ((row & CHECK_MASK) == CHECK_MASK) status = rnn_check(o->ctx);
        if (id < distinct && !isnan(known[id])) {
            time[row] = known[id];
            continue;
        }
        value = rnn_table_get(rows, row, RNN_ROW_TIME);
        if (value.type == RNN_NULL || status != RNN_OK) continue;
        status = parse_time(o, function, rows, row, &value, &time[row]);
        if (status == RNN_OK && id < distinct) known[id] = time[row];
    }
    rnn_free(o->ctx, known);
    return status;
}

/* ---- series ---- */

/* Groups of rows with the same key. */
typedef struct groups {
    uint32_t count;
    uint32_t *of_row; /* [rows] group of each row */
    uint32_t *first;  /* [count] a row of each group */
    size_t first_capacity;
} groups;

static rnn_status new_group(rnn_context *ctx, groups *g, size_t row) {
    if (g->count == g->first_capacity) {
        size_t capacity = g->first_capacity ? 2 * g->first_capacity : 256;
        uint32_t *grown = rnn_realloc(ctx, g->first, capacity * sizeof *grown);
        if (!grown) return ctx->status;
        g->first = grown;
        g->first_capacity = capacity;
    }
    g->first[g->count++] = (uint32_t)row;
    return RNN_OK;
}

/* Text and mixed keys: the dictionary has told them apart already. */
static rnn_status group_dictionary(rnn_context *ctx, const rnn_table *rows, size_t n, groups *g) {
    size_t distinct = rnn_table_distinct(rows, RNN_ROW_SERIES);
    uint32_t *group = rnn_alloc_array(ctx, (uint64_t)distinct + 1, sizeof *group); /* last: NULL */
    rnn_status status = RNN_OK;
    if (!group) return ctx->status;
    for (size_t i = 0; i <= distinct; i++) group[i] = RNN_NO_ID;
    for (size_t row = 0; row < n && status == RNN_OK; row++) {
        uint32_t id = rnn_table_dict_id(rows, row, RNN_ROW_SERIES);
        uint32_t *slot = &group[id < distinct ? id : distinct];
        if (*slot == RNN_NO_ID) {
            *slot = g->count;
            status = new_group(ctx, g, row);
        }
        g->of_row[row] = *slot;
    }
    rnn_free(ctx, group);
    return status;
}

/* A hash table from numeric keys to groups: open addressing, at most half full. */
typedef struct number_slots {
    uint64_t *key;
    uint32_t *group; /* RNN_NO_ID: free */
    size_t size;     /* a power of two */
} number_slots;

/* The bits that stand for a number: 0.0 and -0.0 are one key. */
static uint64_t number_key(const rnn_value *v) {
    uint64_t bits = (uint64_t)v->i;
    double d = v->d + 0.0;
    if (v->type == RNN_FLOAT) memcpy(&bits, &d, sizeof bits);
    return bits;
}

static size_t find_slot(const number_slots *s, uint64_t key) {
    uint64_t hash = (key ^ key >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 20) & (s->size - 1);
    while (s->group[at] != RNN_NO_ID && s->key[at] != key) at = (at + 1) & (s->size - 1);
    return at;
}

static void free_slots(rnn_context *ctx, number_slots *s) {
    rnn_free(ctx, s->key);
    rnn_free(ctx, s->group);
    memset(s, 0, sizeof *s);
}

static rnn_status grow_slots(rnn_context *ctx, number_slots *s) {
    number_slots bigger = {NULL, NULL, s->size ? 4 * s->size : 1024};
    bigger.key = rnn_alloc_array(ctx, bigger.size, sizeof *bigger.key);
    bigger.group = bigger.key ? rnn_alloc_array(ctx, bigger.size, sizeof *bigger.group) : NULL;
    if (!bigger.key || !bigger.group) {
        free_slots(ctx, &bigger);
        return failure(ctx);
    }
    memset(bigger.group, 0xff, bigger.size * sizeof *bigger.group);
    for (size_t i = 0; i < s->size; i++) {
        size_t at;
        if (s->group[i] == RNN_NO_ID) continue;
        at = find_slot(&bigger, s->key[i]);
        bigger.key[at] = s->key[i];
        bigger.group[at] = s->group[i];
    }
    free_slots(ctx, s);
    *s = bigger;
    return RNN_OK;
}

/* Numeric keys (and a column of NULLs alone). */
static rnn_status group_numbers(rnn_context *ctx, const rnn_table *rows, size_t n, groups *g) {
    number_slots slots = {NULL, NULL, 0};
    uint32_t null_group = RNN_NO_ID, last = RNN_NO_ID;
    uint64_t last_key = 0;
    rnn_status status = grow_slots(ctx, &slots);
    for (size_t row = 0; row < n && status == RNN_OK; row++) {
        rnn_value v = rnn_table_get(rows, row, RNN_ROW_SERIES);
        uint64_t key = v.type == RNN_NULL ? 0 : number_key(&v);
        uint32_t *slot = &null_group;
        if (v.type != RNN_NULL) {
            size_t at;
            if (last != RNN_NO_ID && key == last_key) { /* runs are the usual case */
                g->of_row[row] = last;
                continue;
            }
            at = find_slot(&slots, key);
            slots.key[at] = key;
            slot = &slots.group[at];
        }
        if (*slot == RNN_NO_ID) {
            *slot = g->count;
            status = new_group(ctx, g, row);
        }
        g->of_row[row] = *slot;
        last = v.type == RNN_NULL ? RNN_NO_ID : *slot;
        last_key = key;
        if (status == RNN_OK && 2 * (size_t)g->count > slots.size) status = grow_slots(ctx, &slots);
    }
    free_slots(ctx, &slots);
    return status;
}

typedef struct key_sort {
    const rnn_table *rows;
    const uint32_t *first;
} key_sort;

static int key_before(const void *arg, uint32_t a, uint32_t b) {
    const key_sort *k = arg;
    rnn_value x = rnn_table_get(k->rows, k->first[a], RNN_ROW_SERIES);
    rnn_value y = rnn_table_get(k->rows, k->first[b], RNN_ROW_SERIES);
    return rnn_value_compare(&x, &y) < 0;
}

/* Replace each row's group by the rank of its key; *series = number of different keys. */
static rnn_status rank_groups(rnn_context *ctx, const rnn_table *rows, size_t n, groups *g,
                              size_t *series) {
    key_sort keys = {rows, g->first};
    uint32_t rank = 0, *rank_of;
    uint32_t *index = rnn_alloc_array(ctx, 3 * (uint64_t)g->count, sizeof *index);
    if (!index) return ctx->status;
    rank_of = index + 2 * (size_t)g->count;
    for (uint32_t i = 0; i < g->count; i++) index[i] = i;
    rnn_sort_index(index, index + g->count, g->count, key_before, &keys);
    for (size_t i = 0; i < g->count; i++) {
        if (i > 0 && key_before(&keys, index[i - 1], index[i])) rank++;
        rank_of[index[i]] = rank;
    }
    for (size_t row = 0; row < n; row++) g->of_row[row] = rank_of[g->of_row[row]];
    *series = g->count ? (size_t)rank + 1 : 0;
    rnn_free(ctx, index);
    return RNN_OK;
}

/* of_row[row] = rank of the series of each table row; o->series. */
static rnn_status find_series(rnn_row_order *o, const rnn_table *rows, uint32_t *of_row) {
    groups g = {0, of_row, NULL, 0};
    rnn_status status = rnn_table_kind(rows, RNN_ROW_SERIES) == RNN_COLUMN_DICT
                            ? group_dictionary(o->ctx, rows, o->rows, &g)
                            : group_numbers(o->ctx, rows, o->rows, &g);
    if (status == RNN_OK) status = rank_groups(o->ctx, rows, o->rows, &g, &o->series);
    rnn_free(o->ctx, g.first);
    return status;
}

/* ---- order ---- */

/* Are the rows in order as they are? NaN times are, among themselves. */
static int in_order(const uint32_t *series, const double *time, size_t n) {
    for (size_t i = 1; i < n; i++) {
        if (series[i] < series[i - 1]) return 0;
        if (series[i] == series[i - 1] && time[i] < time[i - 1]) return 0;
    }
    return 1;
}

/* Put o->row in the order of series, rows of one series as they arrived. o->start is complete. */
static rnn_status sort_by_series(rnn_row_order *o, const uint32_t *series) {
    size_t *next = rnn_alloc_array(o->ctx, o->series, sizeof *next);
    if (!next) return o->ctx->status;
    memcpy(next, o->start, o->series * sizeof *next);
    for (size_t row = 0; row < o->rows; row++) o->row[next[series[row]]++] = (uint32_t)row;
    rnn_free(o->ctx, next);
    return RNN_OK;
}

/* Sort the rows of each series by time; o->row, o->time from time[table row]. */
static rnn_status sort_by_time(rnn_row_order *o, const double *time) {
    rnn_status status = RNN_NOMEM;
    uint32_t *scratch = rnn_alloc_array(o->ctx, o->rows, sizeof *scratch);
    o->time = scratch ? rnn_alloc_array(o->ctx, o->rows, sizeof *o->time) : NULL;
    if (!scratch || !o->time) goto done;
    for (size_t s = 0; s < o->series; s++) {
        size_t first = o->start[s], n = o->start[s + 1] - first;
        int sorted = 1;
        if ((s & 0xff) == 0xff || n > CHECK_MASK) {
            if (rnn_check(o->ctx) != RNN_OK) goto done;
        }
        for (size_t i = first + 1; i < first + n && sorted; i++) {
            sorted = !earlier(time, o->row[i], o->row[i - 1]);
        }
        if (!sorted) rnn_sort_index(o->row + first, scratch, n, earlier, time);
        for (size_t i = first; i < first + n; i++) o->time[i] = time[o->row[i]];
    }
    status = RNN_OK;
done:
    rnn_free(o->ctx, scratch);
    return status == RNN_OK ? RNN_OK : failure(o->ctx);
}

/* No series has some NULL times and some others. */
static rnn_status check_nulls(const rnn_row_order *o, const char *function, const rnn_table *rows,
                              const uint32_t *series, const double *time) {
    char column[RNN_COLUMN_LABEL], label[RNN_ROW_LABEL];
    rnn_status status = RNN_OK;
    size_t *nulls = rnn_alloc_array_zero(o->ctx, o->series, sizeof *nulls);
    if (!nulls) return o->ctx->status;
    for (size_t row = 0; row < o->rows; row++) nulls[series[row]] += isnan(time[row]) ? 1 : 0;
    for (size_t row = 0; row < o->rows && status == RNN_OK; row++) {
        size_t s = series[row];
        if (nulls[s] == 0 || nulls[s] == o->start[s + 1] - o->start[s] || isnan(time[row]))
            continue;
        status =
            rnn_fail(o->ctx, RNN_DATA,
                     "%s: %s is NULL in %zu of the %zu rows of a series (not in %s); give every "
                     "row of a series a time, or none of them",
                     function, rnn_column_label(function, RNN_ROW_TIME, column), nulls[s],
                     o->start[s + 1] - o->start[s], rnn_row_label(rows, row, label));
    }
    rnn_free(o->ctx, nulls);
    return status;
}

static rnn_status check_duplicates(const rnn_row_order *o, const char *function,
                                   const rnn_table *rows) {
    for (size_t s = 0; s < o->series; s++) {
        for (size_t i = o->start[s] + 1; i < o->start[s + 1]; i++) {
            char key[RNN_VALUE_LABEL], one[RNN_VALUE_LABEL], two[RNN_VALUE_LABEL];
            rnn_value series, a, b;
            if (o->time[i] > o->time[i - 1] || isnan(o->time[i])) continue;
            series = rnn_table_get(rows, rnn_row_order_at(o, i), RNN_ROW_SERIES);
            a = rnn_table_get(rows, rnn_row_order_at(o, i - 1), RNN_ROW_TIME);
            b = rnn_table_get(rows, rnn_row_order_at(o, i), RNN_ROW_TIME);
            rnn_value_print(&series, key, sizeof key);
            rnn_value_print(&a, one, sizeof one);
            rnn_value_print(&b, two, sizeof two);
            return rnn_fail(
                o->ctx, RNN_DATA,
                "%s: two rows have series %s and time %s%s%s; check the order of the columns "
                "(series, time, target), or GROUP BY series and time",
                function, key, one, strcmp(one, two) ? " = " : "", strcmp(one, two) ? two : "");
        }
    }
    return RNN_OK;
}

/* Count rows a series, check them, and sort where they are not in order. Takes *time where it can
** be used as it is. */
static rnn_status arrange(rnn_row_order *o, const char *function, const rnn_table *rows,
                          const uint32_t *series, double **time) {
    rnn_status status;
    o->start = rnn_alloc_array_zero(o->ctx, (uint64_t)o->series + 1, sizeof *o->start);
    if (!o->start) return o->ctx->status;
    for (size_t row = 0; row < o->rows; row++) o->start[series[row] + 1]++;
    for (size_t s = 0; s < o->series; s++) o->start[s + 1] += o->start[s];
    if ((status = check_nulls(o, function, rows, series, *time)) != RNN_OK) return status;
    if ((status = rnn_check(o->ctx)) != RNN_OK) return status;
    if (in_order(series, *time, o->rows)) {
        o->time = *time;
        *time = NULL;
    } else {
        o->row = rnn_alloc_array(o->ctx, o->rows, sizeof *o->row);
        if (!o->row) return o->ctx->status;
        if ((status = sort_by_series(o, series)) != RNN_OK) return status;
        if ((status = sort_by_time(o, *time)) != RNN_OK) return status;
    }
    return check_duplicates(o, function, rows);
}

rnn_status rnn_row_order_create(rnn_context *ctx, const char *function, const rnn_table *rows,
                                rnn_row_order *out) {
    rnn_status status;
    uint32_t *series = NULL;
    double *time = NULL;

    memset(out, 0, sizeof *out);
    out->ctx = ctx;
    out->rows = out->timed_row = rnn_table_rows(rows);
    if (out->rows >= UINT32_MAX) {
        status = rnn_fail(ctx, RNN_LIMIT, "%s: %zu rows are too many; at most %lu can be used",
                          function, out->rows, (unsigned long)UINT32_MAX - 1);
        goto done;
    }
    series = rnn_alloc_array(ctx, out->rows, sizeof *series);
    time = series ? rnn_alloc_array(ctx, out->rows, sizeof *time) : NULL;
    if (!time) {
        status = ctx->status;
        goto done;
    }
    if ((status = read_times(out, function, rows, time)) != RNN_OK) goto done;
    if ((status = find_series(out, rows, series)) != RNN_OK) goto done;
    status = arrange(out, function, rows, series, &time);
done:
    rnn_free(ctx, series);
    rnn_free(ctx, time);
    if (status != RNN_OK) rnn_row_order_free(out);
    return status;
}

void rnn_row_order_free(rnn_row_order *o) {
    if (!o || !o->ctx) return;
    rnn_free(o->ctx, o->start);
    rnn_free(o->ctx, o->row);
    rnn_free(o->ctx, o->time);
    memset(o, 0, sizeof *o);
}
