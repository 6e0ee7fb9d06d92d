/* options_io.c - options as JSON and as a part of a model's bytes (layout in docs/formats.md). */
#include "json.h"
#include "options_internal.h"

#include <string.h>

/* A boolean that is still to be chosen. */
enum { AUTOMATIC_FLAG = 2 };

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

static void write_choice_json(rnn_writer *w, rnn_option_key key, int value) {
    const char *text = rnn_option_choice(key, value);
    rnn_write_json_string(w, text, strlen(text));
}

static void write_tokens_json(rnn_writer *w, rnn_option_key key, const rnn_token_pair *pair) {
    if (pair->source == pair->target) {
        write_choice_json(w, key, pair->source);
        return;
    }
    rnn_write_text(w, "{");
    if (pair->source >= 0) {
        rnn_write_json_key(w, "source");
        write_choice_json(w, key, pair->source);
    }
    if (pair->target >= 0) {
        rnn_write_json_key(w, "target");
        write_choice_json(w, key, pair->target);
    }
    rnn_write_text(w, "}");
}

static void write_weights_json(rnn_writer *w, const rnn_class_weights *weights) {
    if (weights->n == 0) {
        const char *name = rnn_weighing_name(weights->kind);
        rnn_write_json_string(w, name, strlen(name));
        return;
    }
    for (size_t i = 0; i < weights->n; i++) {
        rnn_write_text(w, i == 0 ? "{" : ",");
        rnn_write_json_string(w, weights->name[i].s, weights->name[i].n);
        rnn_write_text(w, ":");
        rnn_write_json_number(w, weights->weight[i]);
    }
    rnn_write_text(w, "}");
}

/* A number below its range stands for "chosen from the data", as does an empty list nobody gave. */
static int is_automatic(const rnn_options *o, rnn_option_key key) {
    const rnn_option_info *info = rnn_option_at(key);
    const void *field = rnn_option_field_of(o, key);
    const rnn_list *list = field;
    const rnn_token_pair *pair = field;
    switch (info->type) {
    case RNN_OPT_INT: return (double)*(const int64_t *)field < info->minimum;
    case RNN_OPT_REAL: return *(const double *)field < info->minimum;
    case RNN_OPT_LIST: return list->n == 0 && !list->all && !o->given[key];
    case RNN_OPT_TEXT: return *(const char *)field == '\0';
    case RNN_OPT_BOOL: return *(const int *)field < 0;
    case RNN_OPT_TOKENS: return pair->source < 0 && pair->target < 0;
    case RNN_OPT_ENUM:
    case RNN_OPT_WEIGHTS:
    case RNN_OPT_TEXTS: break;
    }
    return 0;
}

static void write_value_json(rnn_writer *w, const rnn_options *o, rnn_option_key key) {
    const void *field = rnn_option_field_of(o, key);
    const char *text = field;
    if (is_automatic(o, key)) {
        rnn_write_text(w, "null");
        return;
    }
    switch (rnn_option_at(key)->type) {
    case RNN_OPT_INT: rnn_write_json_integer(w, *(const int64_t *)field); break;
    case RNN_OPT_REAL: rnn_write_json_number(w, *(const double *)field); break;
    case RNN_OPT_BOOL: rnn_write_json_bool(w, *(const int *)field); break;
    case RNN_OPT_ENUM: write_choice_json(w, key, *(const int *)field); break;
    case RNN_OPT_LIST: write_list_json(w, field); break;
    case RNN_OPT_TEXT: rnn_write_json_string(w, text, strlen(text)); break;
    case RNN_OPT_TOKENS: write_tokens_json(w, key, field); break;
    case RNN_OPT_WEIGHTS: write_weights_json(w, field); break;
    case RNN_OPT_TEXTS: break; /* not stored */
    }
}

rnn_status rnn_options_json(const rnn_options *o, rnn_writer *w) {
    rnn_write_text(w, "{");
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        rnn_option_key key = (rnn_option_key)i;
        if (!rnn_option_is_stored(key, o->task)) continue;
        rnn_write_json_key(w, rnn_option_at(key)->key);
        write_value_json(w, o, key);
    }
    rnn_write_text(w, "}");
    return w->status;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void write_name(rnn_writer *w, rnn_option_key key, int choice) {
    const char *name = choice < 0 ? "" : rnn_option_choice(key, choice);
    rnn_write_string(w, name, strlen(name));
}

static void write_weights(rnn_writer *w, const rnn_class_weights *weights) {
    rnn_write_u8(w, (uint8_t)weights->kind);
    rnn_write_u64(w, weights->n);
    for (size_t i = 0; i < weights->n; i++) {
        rnn_write_string(w, weights->name[i].s, weights->name[i].n);
        rnn_write_f64(w, weights->weight[i]);
    }
}

static void write_value(rnn_writer *w, const rnn_options *o, rnn_option_key key) {
    const void *field = rnn_option_field_of(o, key);
    const rnn_list *list = field;
    const rnn_token_pair *pair = field;
    const char *text = field;
    int flag;
    switch (rnn_option_at(key)->type) {
    case RNN_OPT_INT: rnn_write_i64(w, *(const int64_t *)field); break;
    case RNN_OPT_REAL: rnn_write_f64(w, *(const double *)field); break;
    case RNN_OPT_BOOL:
        flag = *(const int *)field;
        rnn_write_u8(w, flag < 0 ? AUTOMATIC_FLAG : flag != 0);
        break;
    case RNN_OPT_ENUM: write_name(w, key, *(const int *)field); break;
    case RNN_OPT_TOKENS:
        write_name(w, key, pair->source);
        write_name(w, key, pair->target);
        break;
    case RNN_OPT_WEIGHTS: write_weights(w, field); break;
    case RNN_OPT_TEXTS: break; /* not stored */
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
        count += rnn_option_is_stored((rnn_option_key)i, o->task) ? 1u : 0u;
    rnn_write_u32(w, count);
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        rnn_option_key key = (rnn_option_key)i;
        const char *name = rnn_option_at(key)->key;
        if (!rnn_option_is_stored(key, o->task)) continue;
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

/* Room for what a JSON value points to. */
typedef struct value_parts {
    double items[RNN_MAX_LIST];
    rnn_json_member members[RNN_MAX_CLASS_WEIGHTS];
} value_parts;

static void read_text(rnn_reader *r, rnn_option_text *text) {
    size_t n;
    const char *p = rnn_read_string(r, &n);
    memset(text, 0, sizeof *text);
    if (n > RNN_OPTION_BYTES) r->failed = 1;
    if (r->failed) return;
    memcpy(text->s, p, n);
    text->n = n;
}

static int read_list(rnn_reader *r, rnn_json_value *v, value_parts *parts) {
    int all = rnn_read_u8(r);
    v->type = all ? RNN_JSON_BOOL : RNN_JSON_ARRAY;
    v->number = all;
    v->items = parts->items;
    v->item_count = rnn_read_count(r, sizeof *parts->items);
    if (v->item_count > RNN_MAX_LIST || all > 1 || (all && v->item_count > 0)) {
        r->failed = 1;
        return 0;
    }
    rnn_read_doubles(r, parts->items, v->item_count);
    return !all && v->item_count == 0;
}

static int read_tokens(rnn_reader *r, rnn_json_value *v, value_parts *parts) {
    static const char *const names[2] = {"source", "target"};
    v->type = RNN_JSON_OBJECT;
    v->member = parts->members;
    for (size_t i = 0; i < 2; i++) {
        rnn_json_member *m = &parts->members[v->member_count];
        memset(m, 0, sizeof *m);
        m->type = RNN_JSON_TEXT;
        m->key.n = strlen(names[i]);
        memcpy(m->key.s, names[i], m->key.n);
        read_text(r, &m->text);
        if (m->text.n > 0) v->member_count++;
    }
    return v->member_count == 0;
}

static int read_weights(rnn_reader *r, rnn_json_value *v, value_parts *parts) {
    int kind = rnn_read_u8(r);
    size_t count = rnn_read_count(r, sizeof(uint64_t) + sizeof(double));
    if (kind > RNN_WEIGHTS_SQRT || (kind && count > 0)) {
        r->failed = 1;
        return 0;
    }
    v->type = kind ? RNN_JSON_TEXT : RNN_JSON_OBJECT;
    v->text = rnn_weighing_name((rnn_weighing)kind);
    v->n = strlen(v->text);
    v->member = parts->members;
    if (count > RNN_MAX_CLASS_WEIGHTS) {
        r->failed = 1;
        return 0;
    }
    for (; v->member_count < count; v->member_count++) {
        rnn_json_member *m = &parts->members[v->member_count];
        memset(m, 0, sizeof *m);
        m->type = RNN_JSON_REAL;
        read_text(r, &m->key);
        m->number = rnn_read_f64(r);
    }
    return !kind && count == 0;
}

/* Read a value as the JSON it could have come from. 1 if it is the default, which needs no check.
** */
static int read_value(rnn_reader *r, const rnn_option_info *info, rnn_json_value *v,
                      value_parts *parts) {
    memset(v, 0, sizeof *v);
    v->type = RNN_JSON_REAL;
    switch (info->type) {
    case RNN_OPT_INT: v->number = (double)rnn_read_i64(r); break;
    case RNN_OPT_REAL: v->number = rnn_read_f64(r); break;
    case RNN_OPT_BOOL:
        v->number = rnn_read_u8(r);
        if (v->number == AUTOMATIC_FLAG) v->number = -1;
        break;
    case RNN_OPT_LIST: return read_list(r, v, parts);
    case RNN_OPT_TOKENS: return read_tokens(r, v, parts);
    case RNN_OPT_WEIGHTS: return read_weights(r, v, parts);
    case RNN_OPT_TEXTS: r->failed = 1; break;
    case RNN_OPT_ENUM:
    case RNN_OPT_TEXT:
        v->type = RNN_JSON_TEXT;
        v->text = rnn_read_string(r, &v->n);
        return info->type == RNN_OPT_TEXT && v->n == 0;
    }
    return v->number == info->fallback;
}

/* Is the option in models of some task? */
static int stored_somewhere(rnn_option_key key) {
    for (int task = 0; task < RNN_TASKS; task++)
        if (rnn_option_is_stored(key, task)) return 1;
    return 0;
}

static rnn_status read_option(rnn_context *ctx, rnn_reader *r, rnn_options *o,
                              uint8_t seen[RNN_OPTION_COUNT]) {
    value_parts parts;
    rnn_json_value value;
    rnn_option_key key;
    rnn_status status = RNN_OK;
    size_t n;
    int as_default;
    const char *name = rnn_read_string(r, &n);
    uint8_t type = rnn_read_u8(r), given = rnn_read_u8(r);
    if (r->failed || given > 1) return corrupt(ctx);
    key = rnn_option_find(name, n);
    if (key == RNN_OPTION_COUNT || !stored_somewhere(key) || type != rnn_option_at(key)->type)
        return rnn_fail(ctx, RNN_MODEL,
                        "the model needs a newer sqlite-rnn: its option \"%.*s\" is unknown here",
                        (int)(n < 40 ? n : 40), name);
    if (seen[key]++) return corrupt(ctx);
    as_default = read_value(r, rnn_option_at(key), &value, &parts);
    if (r->failed) return corrupt(ctx);
    if (!as_default) status = rnn_option_assign(ctx, o, "option of the model", key, &value);
    if (status != RNN_OK &&
        (rnn_option_at(key)->type == RNN_OPT_ENUM || rnn_option_at(key)->type == RNN_OPT_TOKENS))
        return rnn_fail(ctx, RNN_MODEL, "the model needs a newer sqlite-rnn (%s)", ctx->message);
    if (status != RNN_OK)
        return rnn_fail(ctx, RNN_MODEL, "the model is corrupt (%s)", ctx->message);
    o->given[key] = given;
    /* Whoever asks for what was given counts on a value. */
    return given && is_automatic(o, key) ? corrupt(ctx) : RNN_OK;
}

rnn_status rnn_options_read(rnn_context *ctx, rnn_reader *r, rnn_options *o) {
    uint8_t seen[RNN_OPTION_COUNT] = {0};
    uint32_t count = rnn_read_u32(r);
    rnn_status status = r->failed ? corrupt(ctx) : RNN_OK;
    rnn_options_default(o);
    for (uint32_t i = 0; status == RNN_OK && i < count; i++) status = read_option(ctx, r, o, seen);
    for (int i = 0; i < RNN_OPTION_COUNT && status == RNN_OK; i++)
        if (seen[i] && !rnn_option_is_stored((rnn_option_key)i, o->task)) status = corrupt(ctx);
    if (status == RNN_OK && rnn_options_check_lists(ctx, o, "option of the model") != RNN_OK)
        status = rnn_fail(ctx, RNN_MODEL, "the model is corrupt (%s)", ctx->message);
    if (status != RNN_OK) rnn_options_default(o);
    return status;
}
