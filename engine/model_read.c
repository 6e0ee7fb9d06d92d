/* model_read.c - a model from bytes nobody vouches for.
**
** A checksum finds accidents, not forgers. So after the header every value is checked for what the
** code that uses it takes for granted: enumerations and flags in range, figures finite, sizes no
** larger than the bytes that are there, and in the end the parts against each other (check_parts):
** the network and the number of its weights follow from the options, columns and sections
** (model_spec.c), so that nothing that scores with a model which was read, or trains it further,
** can step out of its arrays.
*/
#include "calendar.h"
#include "calibrate.h"
#include "model_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)RNN_MAX_OPTION_SEASONS == (int)RNN_MAX_SEASONS, "one limit, two layers");

/* Bytes of an epoch; of a column, at least. */
enum { EPOCH_BYTES = 49, COLUMN_BYTES = 18, MOST_MEMBERS = 1024, DAY = 86400 };

rnn_status rnn_model_corrupt(rnn_context *ctx, const char *what) {
    return rnn_fail(
        ctx, RNN_MODEL,
        "the model is corrupt: its %s contradicts itself; take it from a backup or train it again",
        what);
}

/* ---- small parts: each sets r->failed where a value is out of range -------------------------- */

int rnn_part_choice(rnn_reader *r, int last) {
    int v = rnn_read_u8(r);
    if (v > last) r->failed = 1;
    return r->failed ? 0 : v;
}

int rnn_part_flag(rnn_reader *r) { return rnn_part_choice(r, 1); }

double rnn_part_between(rnn_reader *r, double low, double high) {
    double v = rnn_read_f64(r);
    if (!(v >= low && v <= high)) r->failed = 1;
    return r->failed ? low : v;
}

size_t rnn_part_size(rnn_reader *r, uint64_t most) {
    uint64_t v = rnn_read_u64(r);
    if (v > most) r->failed = 1;
    return r->failed ? 0 : (size_t)v;
}

/* n doubles within [low, high] that belong to the model; NULL on failure or for n = 0. */
static double *read_doubles(rnn_context *ctx, rnn_reader *r, size_t n, double low, double high) {
    double *v;
    if (n == 0 || n > rnn_reader_left(r) / sizeof *v) {
        r->failed |= n != 0;
        return NULL;
    }
    v = rnn_alloc_array(ctx, n, sizeof *v);
    if (v == NULL) return NULL;
    rnn_read_doubles(r, v, n);
    for (size_t i = 0; i < n; i++)
        if (!(v[i] >= low && v[i] <= high)) r->failed = 1;
    return v;
}

/* ---- sections -------------------------------------------------------------------------------- */

static rnn_status read_options(rnn_model *m, rnn_reader *r) {
    return rnn_options_read(m->ctx, r, &m->options);
}

static rnn_status read_words(rnn_model *m, rnn_reader *r, rnn_input_column *c) {
    size_t specials = c->kind == RNN_INPUT_TEXT ? RNN_TEXT_SPECIALS : RNN_CATEGORY_SPECIALS;
    rnn_status status = rnn_vocabulary_read(m->ctx, r, specials, &c->vocabulary);
    if (status == RNN_OK && (c->vocabulary.count > 0) != rnn_input_has_words(c->kind))
        return rnn_model_corrupt(m->ctx, "vocabulary");
    return status;
}

static rnn_status read_column(rnn_model *m, rnn_reader *r, rnn_input_column *c) {
    c->kind = (rnn_input_kind)rnn_part_choice(r, RNN_INPUT_SEQUENCE);
    c->known_ahead = rnn_part_flag(r);
    c->width = rnn_part_size(r, rnn_reader_left(r));
    if (r->failed || rnn_input_has_words(c->kind) != (c->width == 0) ||
        ((c->kind == RNN_INPUT_NUMBER || c->kind == RNN_INPUT_SEQUENCE) && c->width != 1))
        return rnn_model_corrupt(m->ctx, "list of columns");
    if (c->width > 0) {
        c->mean = read_doubles(m->ctx, r, c->width, -HUGE_VAL, HUGE_VAL);
        c->scale = read_doubles(m->ctx, r, c->width, 0, HUGE_VAL);
        if (r->failed) return rnn_model_corrupt(m->ctx, "list of columns");
        if (c->mean == NULL || c->scale == NULL) return m->ctx->status;
    }
    for (size_t i = 0; i < c->width; i++)
        if (!isfinite(c->mean[i]) || !isfinite(c->scale[i]) || c->scale[i] <= 0)
            return rnn_model_corrupt(m->ctx, "list of columns");
    return read_words(m, r, c);
}

static rnn_status read_columns(rnn_model *m, rnn_reader *r) {
    size_t count = rnn_read_count(r, COLUMN_BYTES);
    rnn_status status = r->failed ? rnn_model_corrupt(m->ctx, "list of columns") : RNN_OK;
    if (status != RNN_OK || count == 0) return status;
    m->input = rnn_alloc_array_zero(m->ctx, count, sizeof *m->input);
    if (m->input == NULL) return m->ctx->status;
    m->inputs = count;
    for (size_t i = 0; status == RNN_OK && i < count; i++) status = read_column(m, r, &m->input[i]);
    return status;
}

static rnn_status read_report(rnn_model *m, rnn_reader *r) {
    rnn_report *report = &m->report;
    const char *reason;
    size_t n;
    report->rows = rnn_read_u64(r);
    report->series = rnn_read_u64(r);
    report->series_skipped = rnn_read_u64(r);
    report->missing_targets = rnn_read_u64(r);
    report->filled_steps = rnn_read_u64(r);
    reason = rnn_read_string(r, &n);
    if (r->failed || n >= sizeof report->reason || memchr(reason, '\0', n) != NULL)
        return rnn_model_corrupt(m->ctx, "report of rows");
    memcpy(report->reason, reason, n);
    if (rnn_reader_left(r) > 0) report->slice = rnn_read_u64(r);
    return RNN_OK;
}

static rnn_status read_history(rnn_model *m, rnn_reader *r) {
    size_t count;
    m->best_epoch = rnn_read_i64(r);
    count = rnn_read_count(r, EPOCH_BYTES);
    if (r->failed || m->best_epoch < 0 || (uint64_t)m->best_epoch > count)
        return rnn_model_corrupt(m->ctx, "history");
    m->history = rnn_alloc_array_zero(m->ctx, count, sizeof *m->history);
    if (m->history == NULL) return m->ctx->status;
    m->epochs = count;
    for (size_t i = 0; i < count; i++) {
        rnn_epoch *e = &m->history[i];
        e->epoch = rnn_read_i64(r);
        e->train_loss = rnn_read_f64(r);
        e->valid_loss = rnn_read_f64(r);
        e->metric = rnn_read_f64(r);
        e->learning_rate = rnn_read_f64(r);
        e->gradient_norm = rnn_read_f64(r);
        e->best = rnn_part_flag(r);
        e->steps_per_second = e->seconds = NAN;
        if (r->failed || e->epoch < 1) return rnn_model_corrupt(m->ctx, "history");
    }
    return RNN_OK;
}

void rnn_part_style(rnn_reader *r, rnn_time_style *style) {
    int64_t offset;
    int separator;
    style->kind = (rnn_time_kind)rnn_part_choice(r, RNN_TIME_STAMP);
    separator = rnn_read_u8(r);
    if (separator != 0 && separator != ' ' && separator != 'T') r->failed = 1;
    style->separator = (char)separator;
    style->seconds = rnn_part_flag(r);
    style->fraction = rnn_part_choice(r, 6);
    style->zone = rnn_part_choice(r, RNN_ZONE_HOURS);
    offset = rnn_read_i64(r);
    if (offset <= -24 * 60 || offset >= 24 * 60) r->failed = 1;
    style->offset = r->failed ? 0 : (int)offset;
}

static void read_frequency(rnn_reader *r, const rnn_time_style *style, rnn_frequency *f) {
    int text = style->kind >= RNN_TIME_MONTH;
    f->unit = (rnn_step_unit)rnn_part_choice(r, RNN_STEP_MONTH);
    f->size = rnn_part_between(r, 1e-300, 1e300);
    f->weekdays = rnn_read_u8(r);
    f->month_end = (uint8_t)rnn_part_flag(r);
    f->shift = rnn_part_between(r, -2 * DAY, 2 * DAY);
    if (f->unit == RNN_STEP_MONTH && (f->size != floor(f->size) || f->size > 1e6)) r->failed = 1;
    if (f->weekdays > 0x7f || (f->unit == RNN_STEP_DAY && f->weekdays == 0)) r->failed = 1;
    /* A calendar needs times that are dates, plain units need numbers. */
    if (f->unit >= RNN_STEP_SECOND ? !text : f->unit == RNN_STEP_NUMBER && text) r->failed = 1;
}

static rnn_status read_keys(rnn_model *m, rnn_reader *r) {
    rnn_forecast_model *f = &m->forecast;
    size_t count = rnn_read_count(r, 1);
    if (count == 0) return RNN_OK;
    f->series_key = rnn_alloc_array_zero(m->ctx, count, sizeof *f->series_key);
    if (f->series_key == NULL) return m->ctx->status;
    for (; f->series < count && !r->failed; f->series++) {
        rnn_value *key = &f->series_key[f->series], v = rnn_value_read(r);
        if (v.type == RNN_TEXT || v.type == RNN_BLOB) {
            v.p = rnn_strndup(m->ctx, v.p, v.n);
            if (v.p == NULL) return m->ctx->status;
        }
        *key = v;
    }
    return RNN_OK;
}

static rnn_status read_calibration(rnn_model *m, rnn_reader *r) {
    rnn_calibration *c = &m->forecast.calibration;
    size_t count = rnn_part_size(r, RNN_MAX_LIST), groups = rnn_part_size(r, RNN_MAX_LIST);
    if (r->failed || (count == 0) != (groups == 0)) return rnn_model_corrupt(m->ctx, "calibration");
    if (count == 0) return RNN_OK;
    c->probability = read_doubles(m->ctx, r, count, 0, 1);
    if (c->probability != NULL) c->factor = read_doubles(m->ctx, r, groups * count, -1e30, 1e30);
    if (r->failed) return rnn_model_corrupt(m->ctx, "calibration");
    if (c->factor == NULL) return m->ctx->status;
    c->count = count;
    c->groups = groups;
    return RNN_OK;
}

static rnn_status read_forecast(rnn_model *m, rnn_reader *r) {
    rnn_forecast_model *f = &m->forecast;
    rnn_status status;
    rnn_part_style(r, &f->style);
    read_frequency(r, &f->style, &f->frequency);
    f->seasons = rnn_part_size(r, RNN_MAX_SEASONS);
    for (size_t i = 0; i < f->seasons; i++) {
        f->season[i] = rnn_part_size(r, (uint64_t)rnn_option_at(RNN_KEY_season)->maximum);
        if (f->season[i] < 2) r->failed = 1;
    }
    f->calendar = rnn_read_u32(r);
    if (f->calendar != 0 && f->style.kind < RNN_TIME_MONTH) r->failed = 1;
#define ALL_BITS(bit, name, width) | 1u << (bit)
    if ((f->calendar & ~(0u RNN_CALENDAR_LIST(ALL_BITS))) != 0) r->failed = 1;
#undef ALL_BITS
    if (rnn_recipe_read(r, &f->recipe) != 0) r->failed = 1;
    if (f->recipe.anniversary && f->style.kind < RNN_TIME_MONTH) r->failed = 1;
    f->integer_target = rnn_part_flag(r);
    f->nonnegative = rnn_part_flag(r);
    f->center = rnn_part_between(r, -1e300, 1e300);
    f->spread = rnn_part_between(r, 1e-300, 1e300);
    if (r->failed) return rnn_model_corrupt(m->ctx, "description of the series");
    status = read_keys(m, r);
    if (r->failed) return rnn_model_corrupt(m->ctx, "list of series");
    return status == RNN_OK ? read_calibration(m, r) : status;
}

static rnn_status read_mixture(rnn_model *m, rnn_reader *r) {
    if (rnn_recipe_read_more(r, &m->forecast.recipe) != 0)
        return rnn_model_corrupt(m->ctx, "baseline");
    return RNN_OK;
}

static rnn_status read_spec(rnn_model *m, rnn_reader *r) {
    rnn_net_spec *s = &m->spec;
    s->cell = (rnn_cell)rnn_part_choice(r, RNN_CELL_RNN);
    s->activation = (rnn_activation)rnn_part_choice(r, RNN_RELU);
    s->reset = (rnn_reset)rnn_part_choice(r, RNN_RESET_BEFORE);
    s->init = (rnn_init)rnn_part_choice(r, RNN_INIT_IDENTITY);
    s->pooling = (rnn_pooling)rnn_part_choice(r, RNN_POOL_MIXED);
    s->bidirectional = rnn_part_flag(r);
    s->peephole = rnn_part_flag(r);
    s->layer_norm = rnn_part_flag(r);
    s->learned_initial = rnn_part_flag(r);
    s->skip = rnn_part_flag(r);
    s->average_gradient = rnn_part_flag(r);
    s->layers = rnn_part_size(r, UINT32_MAX);
    s->hidden = rnn_part_size(r, UINT32_MAX);
    s->projection = rnn_part_size(r, UINT32_MAX);
    s->numbers = rnn_part_size(r, UINT32_MAX);
    s->outputs = rnn_part_size(r, UINT32_MAX);
    s->forget_bias = rnn_part_between(r, -1e30, 1e30);
    s->dropout = rnn_part_between(r, 0, 0.99);
    s->recurrent_dropout = rnn_part_between(r, 0, 0.99);
    s->embedding_dropout = rnn_part_between(r, 0, 0.99);
    s->tied = rnn_part_flag(r);
    s->attention = rnn_part_flag(r);
    s->target_vocabulary = rnn_part_size(r, UINT32_MAX);
    s->target_embedding = rnn_part_size(r, UINT32_MAX);
    s->one_hot = m->options.one_hot;
    s->categories = rnn_part_size(r, RNN_MAX_CATEGORIES);
    for (size_t i = 0; i < s->categories; i++) {
        s->vocabulary[i] = rnn_part_size(r, UINT32_MAX);
        s->embedding[i] = rnn_part_size(r, UINT32_MAX);
        s->subwords[i] = rnn_part_size(r, UINT32_MAX);
    }
    return r->failed || rnn_spec_parameters(s) == 0 ? rnn_model_corrupt(m->ctx, "network") : RNN_OK;
}

static rnn_status read_networks(rnn_model *m, rnn_reader *r) {
    size_t members = rnn_part_size(r, MOST_MEMBERS);
    uint64_t parameters = rnn_read_u64(r);
    if (r->failed || members == 0 || parameters != rnn_spec_parameters(&m->spec) ||
        parameters > rnn_reader_left(r) / 4 / members)
        return rnn_model_corrupt(m->ctx, "number of weights");
    m->member = rnn_alloc_array_zero(m->ctx, members, sizeof *m->member);
    if (m->member == NULL) return m->ctx->status;
    m->members = members;
    for (size_t i = 0; i < members; i++) {
        rnn_status status = rnn_net_create(m->ctx, &m->spec, &m->member[i]);
        real *v = status == RNN_OK ? rnn_net_parameters(m->member[i]) : NULL;
        if (status == RNN_OK) status = rnn_check(m->ctx);
        if (status != RNN_OK) return status;
        rnn_read_reals(r, v, (size_t)parameters);
        for (uint64_t k = 0; k < parameters; k++)
            if (!isfinite(v[k])) return rnn_model_corrupt(m->ctx, "list of weights");
    }
    return RNN_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The columns' flags are those that option known_ahead asks for. */
static int known_ahead_fits(const rnn_model *m) {
    const rnn_list *list = &m->options.known_ahead;
    size_t known = 0;
    for (size_t i = 0; i < m->inputs; i++) known += m->input[i].known_ahead != 0;
    if (list->all) return known == m->inputs;
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i] > (double)m->inputs || !m->input[(size_t)list->v[i] - 1].known_ahead)
            return 0;
    return known == list->n;
}

static int seasons_fit(const rnn_model *m) {
    const rnn_list *list = &m->options.season;
    if (list->n != m->forecast.seasons) return 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i] != (double)m->forecast.season[i]) return 0;
    return 1;
}

static int calibration_fits(const rnn_model *m) {
    const rnn_calibration *c = &m->forecast.calibration;
    const rnn_list *list = &m->options.quantiles;
    if (c->count == 0) return 1;
    if (c->count != list->n || c->groups != rnn_calibration_groups(m)) return 0;
    for (size_t i = 0; i < list->n; i++)
        if (c->probability[i] != list->v[i]) return 0;
    return 1;
}

/* A model for any series has nothing that only rows of its own could give it: bind.h. */
static int any_step_fits(const rnn_model *m) {
    const rnn_forecast_model *f = &m->forecast;
    return !f->recipe.any_step ||
           (m->inputs == 0 && f->calendar == 0 && f->series == 0 && f->seasons == 0 &&
            m->options.series_embedding == 0 && f->recipe.smoothing.profile_length == 0 &&
            !f->recipe.annual && !f->recipe.anniversary);
}

static int mixture_fits(const rnn_model *m) {
    const rnn_recipe *r = &m->forecast.recipe;
    size_t groups = rnn_calibration_groups(m);
    if (r->share_groups > 0 && r->share_groups != groups) return 0;
    if (r->mixture && groups > RNN_STEP_GROUPS) return 0;
    if (!any_step_fits(m)) return 0;
    return !r->mixture ||
           (m->options.scale == RNN_SCALE_WINDOW && m->options.loss != RNN_LOSS_NEGATIVE_BINOMIAL);
}

static rnn_status check_forecast(rnn_model *m) {
    const rnn_options *o = &m->options;
    if (o->horizon < 1 || o->context < 1 || o->quantiles.n == 0 || !known_ahead_fits(m) ||
        !seasons_fit(m))
        return rnn_model_corrupt(m->ctx, "options");
    for (size_t i = 0; i < m->inputs; i++)
        if (m->input[i].kind > RNN_INPUT_VECTOR)
            return rnn_model_corrupt(m->ctx, "list of columns");
    if (!rnn_model_spec_fits(m)) return rnn_model_corrupt(m->ctx, "network");
    if (!mixture_fits(m)) return rnn_model_corrupt(m->ctx, "baseline");
    return calibration_fits(m) ? RNN_OK : rnn_model_corrupt(m->ctx, "calibration");
}

/* Nothing may be taken from the options that the rest of the model was not made by: training goes
** on from them. */
static rnn_status check_parts(rnn_model *m) {
    if (m->members != (size_t)m->options.ensemble)
        return rnn_model_corrupt(m->ctx, "number of networks");
    return m->options.task == RNN_TASK_FORECAST ? check_forecast(m) : rnn_sequence_check(m);
}

static rnn_status read_sections(rnn_model *m, rnn_reader *r) {
    static const struct {
        const char *tag;
        rnn_status (*read)(rnn_model *m, rnn_reader *r);
    } sections[RNN_MODEL_SECTIONS] = {{"OPTS", read_options},
                                      {"COLS", read_columns},
                                      {"REPT", read_report},
                                      {"HIST", read_history},
                                      {"FCST", read_forecast},
                                      {"MIXT", read_mixture},
                                      {"SEQS", rnn_sequence_section_read},
                                      {"SERS", rnn_series_section_read},
                                      {"SPEC", read_spec},
                                      {"NETS", read_networks}};
    for (size_t i = 0; i < RNN_MODEL_SECTIONS; i++) {
        const uint8_t *tag;
        uint64_t length;
        rnn_status status;
        rnn_reader part;
        if (!rnn_model_has_section(m, sections[i].tag)) continue;
        tag = rnn_read_bytes(r, 4);
        length = rnn_read_u64(r);
        if (r->failed || memcmp(tag, sections[i].tag, 4) != 0 || length > rnn_reader_left(r))
            return rnn_model_corrupt(m->ctx, "list of sections");
        rnn_reader_init(&part, rnn_read_bytes(r, (size_t)length), (size_t)length);
        status = sections[i].read(m, &part);
        if (status != RNN_OK) return status;
        if (part.failed || rnn_reader_left(&part) != 0)
            return rnn_model_corrupt(m->ctx, "list of sections");
    }
    if (rnn_reader_left(r) != 0) return rnn_model_corrupt(m->ctx, "list of sections");
    return check_parts(m);
}

int rnn_model_sniff(const void *data, size_t size) {
    return size >= 8 && memcmp(data, RNN_MODEL_MAGIC, 8) == 0;
}

static rnn_status check_header(rnn_context *ctx, rnn_reader *r, uint32_t *format,
                               uint32_t *checksum) {
    uint32_t version, crc;
    uint64_t total;
    if (!rnn_model_sniff(r->data, r->size))
        return rnn_fail(ctx, RNN_MODEL,
                        "a BLOB of %zu bytes is not a model made by rnn_train or rnn_fit%s",
                        r->size,
                        r->size >= 7 && memcmp(r->data, "RNNROWS", 7) == 0
                            ? "; it is rows made by rnn_rows: are the arguments in the wrong order?"
                            : "; give one of those, or the name of one in rnn_models");
    r->at = 8;
    *format = version = rnn_read_u32(r);
    *checksum = crc = rnn_read_u32(r);
    total = rnn_read_u64(r);
    if (r->failed || (version <= RNN_MODEL_VERSION && total > r->size))
        return rnn_fail(
            ctx, RNN_MODEL,
            "the model is truncated: it has %zu bytes and says %llu; copy it again as a whole",
            r->size, r->failed ? (unsigned long long)RNN_MODEL_HEADER : (unsigned long long)total);
    if (version > RNN_MODEL_VERSION)
        return rnn_fail(
            ctx, RNN_MODEL,
            "the model needs a newer sqlite-rnn: it has format version %lu, this one reads "
            "up to %d",
            (unsigned long)version, (int)RNN_MODEL_VERSION);
    if (version == 0 || total != r->size ||
        rnn_crc32(0, r->data + RNN_MODEL_HEADER, r->size - RNN_MODEL_HEADER) != crc)
        return rnn_fail(
            ctx, RNN_MODEL,
            "the model is corrupt: its checksum does not match its %zu bytes; take it from "
            "a backup or train it again",
            r->size);
    return RNN_OK;
}

rnn_status rnn_model_read(rnn_context *ctx, const void *data, size_t size, rnn_model **out) {
    rnn_reader r;
    rnn_model *m = NULL;
    rnn_status status;
    uint32_t version = 0, checksum = 0;
    *out = NULL;
    rnn_reader_init(&r, data, size);
    status = check_header(ctx, &r, &version, &checksum);
    if (status != RNN_OK) goto done;
    m = rnn_model_create(ctx);
    if (m != NULL) m->version = version;
    status = m == NULL ? ctx->status : read_sections(m, &r);
    if (status != RNN_OK) goto done;
    m->bytes = size;
    m->checksum = checksum;
    *out = m;
    m = NULL;
done:
    rnn_model_free(m);
    return status;
}
