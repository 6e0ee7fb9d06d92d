/* series.c - see series.h. */
#include "series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "grid.h"

#define CHECK_MASK 0xffffu /* rows between two looks at the interrupt flag, minus 1 */
#define MONTH_SECONDS                                                                              \
    2629746.0 /* 365.2425 days / 12: stands for a calendar month in RNN_STEP_ROW */
#define GAP_SAMPLE 2048

/* ---- layout of the inputs ---- */

rnn_input_place rnn_series_input(const rnn_model *model, size_t k) {
    rnn_input_place place = {rnn_input_has_words(model->input[k].kind), 0, model->input[k].width};
    for (size_t i = 0; i < k; i++) {
        int category = rnn_input_has_words(model->input[i].kind);
        if (category == place.category) place.first += category ? 1 : model->input[i].width + 1;
    }
    return place;
}

size_t rnn_series_number_width(const rnn_model *model) { return rnn_model_numbers(model); }

size_t rnn_series_categories(const rnn_model *model) { return rnn_model_categories(model); }

/* ---- frequency ---- */

static int smaller(const void *arg, uint32_t a, uint32_t b) {
    const double *v = arg;
    return v[a] < v[b];
}

/* Median of a sample of the differences between successive times of a series; 1 without any. */
static double median_gap(const rnn_row_order *order) {
    double gap[GAP_SAMPLE];
    uint32_t index[GAP_SAMPLE], scratch[GAP_SAMPLE];
    size_t n = 0, every = order->rows / GAP_SAMPLE + 1;
    for (size_t s = 0; s < order->series; s++) {
        for (size_t i = order->start[s] + 1; i < order->start[s + 1] && n < GAP_SAMPLE; i++) {
            if (i % every != 0 || isnan(order->time[i])) continue;
            index[n] = (uint32_t)n;
            gap[n++] = order->time[i] - order->time[i - 1];
        }
    }
    if (n == 0) return 1;
    rnn_sort_index(index, scratch, n, smaller, gap);
    return gap[index[n / 2]];
}

/* rnn_frequency_infer over the series that have times. */
static rnn_status infer(const rnn_row_order *order, rnn_frequency *out) {
    size_t *start = NULL, series = 0, n = 0;
    double *time = NULL;
    rnn_status status = RNN_OK;
    size_t untimed = 0;

    for (size_t s = 0; s < order->series; s++) untimed += rnn_row_order_untimed(order, s) ? 1 : 0;
    if (untimed == 0) {
        *out = rnn_frequency_infer(order->time, order->start, order->series, &order->style);
        return RNN_OK;
    }
    time = rnn_alloc_array(order->ctx, order->rows, sizeof *time);
    start =
        time ? rnn_alloc_array_zero(order->ctx, (uint64_t)order->series + 1, sizeof *start) : NULL;
    if (!start) {
        status = order->ctx->status;
        goto done;
    }
    for (size_t s = 0; s < order->series; s++) {
        if (rnn_row_order_untimed(order, s)) continue;
        for (size_t i = order->start[s]; i < order->start[s + 1]; i++) time[n++] = order->time[i];
        start[++series] = n;
    }
    *out = rnn_frequency_infer(time, start, series, &order->style);
done:
    rnn_free(order->ctx, start);
    rnn_free(order->ctx, time);
    return status;
}

/* Positions become ranks; the size still says what future steps are. */
static void make_rows(rnn_frequency *f) {
    if (f->unit == RNN_STEP_MONTH) f->size *= MONTH_SECONDS;
    if (f->unit == RNN_STEP_DAY) f->size = 86400;
    f->unit = RNN_STEP_ROW;
}

/* The frequency of training rows, from the options frequency and gaps and from the times. */
static rnn_status choose_frequency(const rnn_row_order *order, const char *function,
                                   const rnn_options *options, rnn_frequency *out) {
    rnn_frequency found = rnn_frequency_natural(&order->style), f;
    size_t n = strlen(options->frequency.s);
    rnn_status status = infer(order, &found);
    if (status != RNN_OK) return status;
    f = found;
    if (n > 0) {
        status = rnn_frequency_parse(order->ctx, options->frequency.s, n, &order->style, &f);
        if (status != RNN_OK) {
            return rnn_fail(order->ctx, status, "%s: %s", function, order->ctx->message);
        }
        if (f.unit == RNN_STEP_MONTH && found.unit == RNN_STEP_MONTH) f.month_end = found.month_end;
        if (f.unit == RNN_STEP_ROW) f.size = median_gap(order);
    }
    if (order->style.kind == RNN_TIME_ORDER) {
        f.unit = RNN_STEP_ROW;
        f.size = 1;
    } else if (options->gaps == RNN_GAPS_SKIP) {
        make_rows(&f);
    } else if (n == 0 && rnn_grid_too_sparse(order, &f)) {
        f.unit = RNN_STEP_ROW;
        f.size = median_gap(order);
    }
    *out = f;
    return RNN_OK;
}

/* ---- learning ---- */

/* Keep copies of the keys of the series with a known target, in order, for the series embedding. */
static rnn_status learn_keys(const rnn_row_order *order, const rnn_table *rows,
                             const uint8_t *known, size_t count, rnn_model *model) {
    rnn_forecast_model *forecast = &model->forecast;
    forecast->series_key = rnn_alloc_array_zero(model->ctx, count, sizeof *forecast->series_key);
    if (!forecast->series_key) return model->ctx->status;
    for (size_t s = 0; s < order->series; s++) {
        rnn_value key =
            rnn_table_get(rows, rnn_row_order_at(order, order->start[s]), RNN_ROW_SERIES);
        if (!known[s]) continue;
        if (key.type == RNN_TEXT || key.type == RNN_BLOB) {
            key.p = rnn_strndup(model->ctx, key.p, key.n);
            if (!key.p) return model->ctx->status;
        }
        forecast->series_key[forecast->series++] = key;
    }
    return RNN_OK;
}

static void write_report(rnn_report *r, size_t rows, size_t series, size_t known, size_t missing,
                         size_t filled) {
    memset(r, 0, sizeof *r);
    r->rows = rows;
    r->series = known;
    r->series_skipped = series - known;
    r->missing_targets = missing;
    r->filled_steps = filled;
    if (r->series_skipped > 0) {
        snprintf(r->reason, sizeof r->reason, "%zu series ha%s no known target", series - known,
                 series - known == 1 ? "s" : "ve");
    }
}

static rnn_status check_table(rnn_context *ctx, const char *function, const rnn_table *rows) {
    size_t columns = rnn_table_columns(rows);
    if (columns < RNN_ROW_INPUT) {
        return rnn_fail(
            ctx, RNN_DATA,
            "%s: %zu column%s too few; a forecast needs series, time and target, and inputs "
            "after them where there are any",
            function, columns, columns == 1 ? " is" : "s are");
    }
    if (rnn_table_rows(rows) == 0) {
        return rnn_fail(ctx, RNN_DATA, "%s: no rows to learn from", function);
    }
    return RNN_OK;
}

rnn_status rnn_series_learn(rnn_context *ctx, const char *function, const rnn_table *rows,
                            const rnn_options *options, rnn_model *model) {
    rnn_row_order order = {0};
    rnn_grid grid = {0};
    rnn_target_summary target;
    uint8_t *known = NULL;
    rnn_forecast_model *forecast = &model->forecast;
    rnn_status status = check_table(ctx, function, rows);
    if (status != RNN_OK) goto done;
    if ((status = rnn_row_order_create(ctx, function, rows, &order)) != RNN_OK) goto done;
    known = rnn_alloc(ctx, order.series);
    if (!known) {
        status = ctx->status;
        goto done;
    }
    /* A model for any series may be asked about one of which nothing is known. */
    status = rnn_target_learn(&order, function, rows, !forecast->recipe.any_step, known, &target);
    if (status != RNN_OK) goto done;
    if (options->loss == RNN_LOSS_NEGATIVE_BINOMIAL && !target.nonnegative) {
        char label[RNN_COLUMN_LABEL];
        status =
            rnn_fail(ctx, RNN_DATA,
                     "%s: %s has negative values, but loss is \"negative_binomial\", which is for "
                     "counts from 0; use another loss, such as \"quantile\"",
                     function, rnn_column_label(function, RNN_ROW_TARGET, label));
        goto done;
    }
    if ((status = rnn_columns_learn(&order, function, rows, options, model)) != RNN_OK) goto done;
    status = choose_frequency(&order, function, options, &forecast->frequency);
    if (status != RNN_OK) goto done;
    status = rnn_grid_create(&order, function, rows, &forecast->frequency, (rnn_gaps)options->gaps,
                             &grid);
    if (status != RNN_OK) goto done;
    if (options->series_embedding > 0) {
        status = learn_keys(&order, rows, known, target.series, model);
        if (status != RNN_OK) goto done;
    }
    forecast->style = order.style;
    forecast->integer_target = target.integer;
    forecast->nonnegative = target.nonnegative;
    model->options.gaps = options->gaps;
    write_report(&model->report, order.rows, order.series, target.series, target.missing,
                 grid.total - order.rows);
done:
    rnn_free(ctx, known);
    rnn_grid_free(&grid);
    rnn_row_order_free(&order);
    return status;
}

/* ---- building ---- */

/* The style in which times of these rows come back: their own, widened where the model's steps need
** more of it. */
static rnn_status settle_style(const rnn_row_order *order, const char *function,
                               const rnn_table *rows, const rnn_model *model, rnn_time_style *out) {
    char column[RNN_COLUMN_LABEL], place[RNN_ROW_LABEL];
    rnn_time_style merged = model->forecast.style, own = order->style;
    rnn_value value;
    rnn_status status = RNN_OK;
    *out = merged;
    if (own.kind == RNN_TIME_ORDER) return RNN_OK;
    rnn_column_label(function, RNN_ROW_TIME, column);
    if (merged.kind == RNN_TIME_ORDER) {
        return rnn_fail(
            order->ctx, RNN_DATA,
            "%s: %s is not NULL (%s), but the model was trained on rows without times; pass "
            "NULL",
            function, column, rnn_row_label(rows, order->timed_row, place));
    }
    value = rnn_table_get(rows, order->timed_row, RNN_ROW_TIME);
    status = rnn_time_merge(order->ctx, &merged, &own, &value);
    if (status != RNN_OK) {
        return rnn_fail(order->ctx, status, "%s: %s is not of the form of the training rows: %s",
                        function, column, order->ctx->message);
    }
    if (own.kind == merged.kind) {
        merged.zone = own.zone;
        merged.offset = own.offset;
    }
    *out = merged;
    return RNN_OK;
}

/* 1 + index of the key among the model's series, 0 if it is not there. */
static uint32_t find_series_id(const rnn_forecast_model *forecast, const rnn_value *key) {
    size_t low = 0, high = forecast->series;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = rnn_value_compare(&forecast->series_key[middle], key);
        if (order == 0) return (uint32_t)middle + 1;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* Storage for all series, filled as if every step were missing. */
static rnn_status allocate_storage(rnn_series_set *set, const rnn_model *model, size_t total) {
    rnn_context *ctx = set->ctx;
    uint64_t numbers = (uint64_t)total * set->number_width, ids = (uint64_t)total * set->categories;
    set->series = rnn_alloc_array_zero(ctx, set->count, sizeof *set->series);
    if (!set->series) return ctx->status;
    set->targets = rnn_alloc_array(ctx, total, sizeof *set->targets);
    if (!set->targets) return ctx->status;
    for (size_t p = 0; p < total; p++) set->targets[p] = (double)NAN;
    if (model->forecast.frequency.unit == RNN_STEP_ROW) {
        set->times = rnn_alloc_array(ctx, total, sizeof *set->times);
        if (!set->times) return ctx->status;
    }
    if (ids > 0 && !(set->ids = rnn_alloc_array_zero(ctx, ids, sizeof *set->ids)))
        return ctx->status;
    if (numbers == 0) return RNN_OK;
    set->numbers = rnn_alloc_array_zero(ctx, numbers, sizeof *set->numbers);
    if (!set->numbers) return ctx->status;
    for (size_t k = 0; k < model->inputs; k++) {
        rnn_input_place place = rnn_series_input(model, k);
        real *mask = set->numbers + place.first + place.width;
        for (size_t p = 0; p < total && !place.category; p++) mask[p * set->number_width] = 1;
    }
    return RNN_OK;
}

/* Where a series lies in the storage, and what is known of it before its rows are read. */
static void lay_out_series(rnn_series_set *set, const rnn_row_order *order, const rnn_grid *grid,
                           const rnn_table *rows, const rnn_model *model, size_t s, size_t at) {
    rnn_series *one = &set->series[s];
    size_t first = order->start[s];
    one->key = rnn_table_get(rows, rnn_row_order_at(order, first), RNN_ROW_SERIES);
    one->id = find_series_id(&model->forecast, &one->key);
    one->origin = grid->origin[s];
    one->length = grid->length[s];
    one->ordered = rnn_row_order_untimed(order, s);
    one->target = set->targets + at;
    one->time = set->times ? set->times + at : NULL;
    one->numbers = set->numbers ? set->numbers + at * set->number_width : NULL;
    one->ids = set->ids ? set->ids + at * set->categories : NULL;
    for (size_t p = 0; p < one->length && one->time; p++) {
        one->time[p] = one->ordered ? (double)p : order->time[first + p];
    }
}

/* Copy the rows of series s to their positions; *missing = its NULL targets before the last known
** one. */
static rnn_status fill_series(rnn_series_set *set, const rnn_row_order *order, const rnn_grid *grid,
                              const rnn_column_reader *reader, size_t s, size_t *missing) {
    rnn_series *one = &set->series[s];
    size_t nulls = 0;
    rnn_status status = RNN_OK;
    *missing = 0;
    for (size_t i = order->start[s]; i < order->start[s + 1]; i++) {
        size_t p = grid->position[i], row = rnn_row_order_at(order, i);
        double *target = &one->target[p];
        status = rnn_target_read(set->ctx, reader->function, reader->rows, row, target);
        if (status == RNN_OK && reader->model->inputs > 0) {
            status = rnn_column_reader_read(
                reader, row, one->numbers ? one->numbers + p * set->number_width : NULL,
                one->ids ? one->ids + p * set->categories : NULL);
        }
        if (status == RNN_OK && (i & CHECK_MASK) == CHECK_MASK) status = rnn_check(set->ctx);
        if (status != RNN_OK) return status;
        if (isnan(*target)) {
            nulls++;
            continue;
        }
        *missing += nulls;
        nulls = 0;
        one->known = p + 1;
    }
    return RNN_OK;
}

static rnn_status fill_set(rnn_series_set *set, const rnn_row_order *order, const rnn_grid *grid,
                           const rnn_column_reader *reader) {
    size_t at = 0, known = 0, missing = 0;
    rnn_status status = allocate_storage(set, reader->model, grid->total);
    if (status != RNN_OK) return status;
    for (size_t s = 0; s < set->count; s++) {
        rnn_series *one = &set->series[s];
        size_t missed;
        lay_out_series(set, order, grid, reader->rows, reader->model, s, at);
        status = fill_series(set, order, grid, reader, s, &missed);
        if (status != RNN_OK) return status;
        one->last_time = rnn_series_time_at(reader->model, one, one->length - 1);
        at += one->length;
        missing += missed;
        known += one->known > 0;
    }
    write_report(&set->report, order->rows, set->count, known, missing, grid->total - order->rows);
    return RNN_OK;
}

rnn_status rnn_series_build(rnn_context *ctx, const char *function, const rnn_table *rows,
                            const rnn_model *model, rnn_series_set *out) {
    rnn_row_order order = {0};
    rnn_grid grid = {0};
    rnn_column_reader reader = {0};
    rnn_series_set set = {0};
    rnn_status status;

    memset(out, 0, sizeof *out);
    set.ctx = ctx;
    set.number_width = rnn_series_number_width(model);
    set.categories = rnn_series_categories(model);
    if ((status = rnn_column_reader_open(ctx, function, rows, model, &reader)) != RNN_OK) goto done;
    if ((status = rnn_row_order_create(ctx, function, rows, &order)) != RNN_OK) goto done;
    set.count = order.series;
    if ((status = settle_style(&order, function, rows, model, &set.style)) != RNN_OK) goto done;
    status = rnn_grid_create(&order, function, rows, &model->forecast.frequency,
                             (rnn_gaps)model->options.gaps, &grid);
    if (status != RNN_OK) goto done;
    status = fill_set(&set, &order, &grid, &reader);
done:
    rnn_column_reader_close(&reader);
    rnn_grid_free(&grid);
    rnn_row_order_free(&order);
    if (status != RNN_OK)
        rnn_series_set_free(&set);
    else
        *out = set;
    return status;
}

void rnn_series_set_free(rnn_series_set *s) {
    if (!s || !s->ctx) return;
    rnn_free(s->ctx, s->series);
    rnn_free(s->ctx, s->targets);
    rnn_free(s->ctx, s->times);
    rnn_free(s->ctx, s->numbers);
    rnn_free(s->ctx, s->ids);
    memset(s, 0, sizeof *s);
}

/* ---- times ---- */

/* RNN_STEP_ROW: `steps` steps behind `last`. Months of text times are calendar months. */
static double row_time(const rnn_model *model, double last, size_t steps) {
    rnn_frequency f = model->forecast.frequency;
    double months = round(f.size / MONTH_SECONDS);
    int is_month = model->forecast.style.kind >= RNN_TIME_MONTH && months >= 1 &&
                   months * MONTH_SECONDS == f.size;
    if (is_month || model->forecast.style.kind == RNN_TIME_MONTH) {
        f.unit = RNN_STEP_MONTH;
        f.size = months >= 1 ? months : 1;
    }
    return rnn_frequency_time(&f, last, (int64_t)steps);
}

double rnn_series_time_at(const rnn_model *model, const rnn_series *s, size_t position) {
    if (s->ordered) return (double)position;
    if (!s->time)
        return rnn_frequency_time(&model->forecast.frequency, s->origin, (int64_t)position);
    if (position < s->length) return s->time[position];
    return row_time(model, s->time[s->length - 1], position - (s->length - 1));
}

rnn_value rnn_series_time(const rnn_series_set *set, const rnn_model *model, const rnn_series *s,
                          size_t position, char *buf, size_t size) {
    static const rnn_time_style rank = {RNN_TIME_INTEGER, 0, 0, 0, 0, 0};
    return rnn_time_format(s->ordered ? &rank : &set->style, rnn_series_time_at(model, s, position),
                           buf, size);
}
