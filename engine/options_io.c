/* options_io.c - options as JSON and as a part of a model's bytes (layout in docs/formats.md). */
#include "json.h"
#include "options_internal.h"

#include <string.h>

/* ---- JSON ------------------------------------------------------------------------------------ */

static void write_list_json(rnn_writer *w, const rnn_list *list) {
    if (list->all) {
        rnn_write_json_bool(w, 1);
        return;
    }
    rnn_write_text(w, "[");
    for (size_t i = 0; i < list->n; i++) {
        if (i > 0) rnn_write_text(w, ",");
        rnn_write_json_number(w, list->v[i]);
    }
    rnn_write_text(w, "]");
}

/* A number below its range stands for "chosen from the data", as does an empty list nobody gave. */
static void write_value_json(rnn_writer *w, const rnn_options *o, rnn_option_key key) {
    const rnn_option_info *info = rnn_option_at(key);
    const void *field = rnn_option_field_of(o, key);
    const rnn_list *list = field;
    const char *text = field;
    int automatic = 0;
    switch (info->type) {
    case RNN_OPT_INT: automatic = (double)*(const int64_t *)field < info->minimum; break;
    case RNN_OPT_REAL: automatic = *(const double *)field < info->minimum; break;
    case RNN_OPT_LIST: automatic = list->n == 0 && !list->all && !o->given[key]; break;
    case RNN_OPT_TEXT: automatic = text[0] == '\0'; break;
    case RNN_OPT_BOOL:
    case RNN_OPT_ENUM: break;
    }
    if (automatic) {
        rnn_write_text(w, "null");
        return;
    }
    switch (info->type) {
    case RNN_OPT_INT: rnn_write_json_integer(w, *(const int64_t *)field); break;
    case RNN_OPT_REAL: rnn_write_json_number(w, *(const double *)field); break;
    case RNN_OPT_BOOL: rnn_write_json_bool(w, *(const int *)field); break;
    case RNN_OPT_ENUM:
        text = rnn_option_choice(key, *(const int *)field);
        rnn_write_json_string(w, text, strlen(text));
        break;
    case RNN_OPT_LIST: write_list_json(w, list); break;
    case RNN_OPT_TEXT: rnn_write_json_string(w, text, strlen(text)); break;
    }
}

rnn_status rnn_options_json(const rnn_options *o, rnn_writer *w) {
    rnn_write_text(w, "{");
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        rnn_option_key key = (rnn_option_key)i;
        if (!rnn_option_is_stored(key)) continue;
        rnn_write_json_key(w, rnn_option_at(key)->key);
        write_value_json(w, o, key);
    }
    rnn_write_text(w, "}");
    return w->status;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void write_value(rnn_writer *w, const rnn_options *o, rnn_option_key key) {
    const void *field = rnn_option_field_of(o, key);
    const rnn_list *list = field;
    const char *text = field;
    switch (rnn_option_at(key)->type) {
    case RNN_OPT_INT: rnn_write_i64(w, *(const int64_t *)field); break;
    case RNN_OPT_REAL: rnn_write_f64(w, *(const double *)field); break;
    case RNN_OPT_BOOL: rnn_write_u8(w, *(const int *)field != 0); break;
    case RNN_OPT_ENUM:
        text = rnn_option_choice(key, *(const int *)field);
        rnn_write_string(w, text, strlen(text));
        break;
    case RNN_OPT_LIST:
        rnn_write_u8(w, list->all != 0);
        rnn_write_u64(w, list->n);
        rnn_write_doubles(w, list->v, list->n);
        break;
    case RNN_OPT_TEXT: rnn_write_string(w, text, strlen(text)); break;
    }
}

rnn_status rnn_options_write(const rnn_options *o, rnn_writer *w) {
    uint32_t count = 0;
    for (int i = 0; i < RNN_OPTION_COUNT; i++)
        count += rnn_option_is_stored((rnn_option_key)i) ? 1u : 0u;
    rnn_write_u32(w, count);
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        rnn_option_key key = (rnn_option_key)i;
        const char *name = rnn_option_at(key)->key;
        if (!rnn_option_is_stored(key)) continue;
        rnn_write_string(w, name, strlen(name));
        rnn_write_u8(w, (uint8_t)rnn_option_at(key)->type);
        rnn_write_u8(w, o->given[key] != 0);
        write_value(w, o, key);
    }
    return w->status;
}

static rnn_status corrupt(rnn_context *ctx) {
    return rnn_fail(ctx, RNN_MODEL, "the model is corrupt: its options are damaged");
}

/* Read a value as the JSON it could have come from. 1 if it is the default, which needs no check.
** */
static int read_value(rnn_reader *r, const rnn_option_info *info, rnn_json_value *v,
                      double items[RNN_MAX_LIST]) {
    int all;
    memset(v, 0, sizeof *v);
    switch (info->type) {
    case RNN_OPT_INT: v->number = (double)rnn_read_i64(r); break;
    case RNN_OPT_REAL: v->number = rnn_read_f64(r); break;
    case RNN_OPT_BOOL: v->number = rnn_read_u8(r); break;
    case RNN_OPT_LIST:
        all = rnn_read_u8(r);
        v->type = all ? RNN_JSON_BOOL : RNN_JSON_ARRAY;
        v->number = all;
        v->items = items;
        v->item_count = rnn_read_count(r, sizeof *items);
        if (v->item_count > RNN_MAX_LIST || all > 1 || (all && v->item_count > 0)) {
            r->failed = 1;
            return 0;
        }
        rnn_read_doubles(r, items, v->item_count);
        return !all && v->item_count == 0;
    case RNN_OPT_ENUM:
    case RNN_OPT_TEXT:
        v->type = RNN_JSON_TEXT;
        v->text = rnn_read_string(r, &v->n);
        return info->type == RNN_OPT_TEXT && v->n == 0;
    }
    v->type = RNN_JSON_REAL;
    return v->number == info->fallback;
}

static rnn_status read_option(rnn_context *ctx, rnn_reader *r, rnn_options *o,
                              uint8_t seen[RNN_OPTION_COUNT]) {
    double items[RNN_MAX_LIST];
    rnn_json_value value;
    rnn_option_key key;
    rnn_status status = RNN_OK;
    size_t n;
    int as_default;
    const char *name = rnn_read_string(r, &n);
    uint8_t type = rnn_read_u8(r), given = rnn_read_u8(r);
    if (r->failed || given > 1) return corrupt(ctx);
    key = rnn_option_find(name, n);
    if (key == RNN_OPTION_COUNT || !rnn_option_is_stored(key) || type != rnn_option_at(key)->type)
        return rnn_fail(ctx, RNN_MODEL,
                        "the model needs a newer sqlite-rnn: its option \"%.*s\" is unknown here",
                        (int)(n < 40 ? n : 40), name);
    if (seen[key]++) return corrupt(ctx);
    as_default = read_value(r, rnn_option_at(key), &value, items);
    if (r->failed) return corrupt(ctx);
    if (!as_default) status = rnn_option_assign(ctx, o, "option of the model", key, &value);
    if (status != RNN_OK && rnn_option_at(key)->type == RNN_OPT_ENUM)
        return rnn_fail(ctx, RNN_MODEL, "the model needs a newer sqlite-rnn (%s)", ctx->message);
    if (status != RNN_OK)
        return rnn_fail(ctx, RNN_MODEL, "the model is corrupt (%s)", ctx->message);
    o->given[key] = given;
    return RNN_OK;
}

rnn_status rnn_options_read(rnn_context *ctx, rnn_reader *r, rnn_options *o) {
    uint8_t seen[RNN_OPTION_COUNT] = {0};
    uint32_t count = rnn_read_u32(r);
    rnn_status status = r->failed ? corrupt(ctx) : RNN_OK;
    rnn_options_default(o);
    for (uint32_t i = 0; status == RNN_OK && i < count; i++) status = read_option(ctx, r, o, seen);
    if (status == RNN_OK && rnn_options_check_lists(ctx, o, "option of the model") != RNN_OK)
        status = rnn_fail(ctx, RNN_MODEL, "the model is corrupt (%s)", ctx->message);
    if (status != RNN_OK) rnn_options_default(o);
    return status;
}
