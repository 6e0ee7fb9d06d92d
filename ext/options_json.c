#include "options_json.h"

#include <stdio.h>
#include <string.h>

#include "value.h"

static const char READING[] = "reading the options";

/* One JSON text bound to a statement over json_each(). */
static sqlite3_stmt *prepare_over(rnnx_call *call, const char *sql, const char *json, size_t n) {
    sqlite3_stmt *s = rnnx_prepare(call, sql, READING);
    if (s == NULL) return NULL;
    if (sqlite3_bind_text64(s, 1, json, n, SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) {
        rnnx_fail_sql(call, READING);
        sqlite3_finalize(s);
        return NULL;
    }
    return s;
}

/* At most 40 bytes of JSON, cut between characters and marked where cut, for a message. */
static const char *excerpt(const char *s, size_t n, char *buf, size_t size) {
    size_t end = n < 40 ? n : 40;
    while (end > 0 && end < n && ((unsigned char)s[end] & 0xC0) == 0x80) end--;
    snprintf(buf, size, "%.*s%s", (int)end, s, end < n ? "..." : "");
    return buf;
}

/* Character at which the host's parser gave up, from 1; 0 where it cannot tell (before 3.42) or
** will not. */
static long long error_position(rnnx_call *call, const char *json, size_t n) {
    sqlite3_stmt *s;
    long long at = 0;

    if (sqlite3_libversion_number() < 3042000) return 0;
    s = prepare_over(call, "SELECT json_error_position(?1)", json, n);
    if (s != NULL && sqlite3_step(s) == SQLITE_ROW) at = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    call->sqlite_code = SQLITE_OK;
    return at;
}

static rnn_status fail_not_json(rnnx_call *call, const char *json, size_t n) {
    char text[64], rest[64];
    long long at = error_position(call, json, n);
    size_t i = 0;

    excerpt(json, n, text, sizeof text);
    for (long long c = 1; c < at && i < n; c++) { /* characters to bytes */
        i++;
        while (i < n && ((unsigned char)json[i] & 0xC0) == 0x80) i++;
    }
    if (at > 0 && i < n)
        return rnn_fail(
            &call->context, RNN_OPTION,
            "the options are not JSON: at character %lld, before '%s', in '%s'; names and "
            "texts need double quotes",
            at, excerpt(json + i, n - i, rest, sizeof rest), text);
    return rnn_fail(&call->context, RNN_OPTION,
                    "the options are not JSON: '%s'; write an object such as {\"horizon\":12}",
                    text);
}

/* RNN_OK if json is a JSON object. */
static rnn_status check_object(rnnx_call *call, const char *json, size_t n) {
    sqlite3_stmt *s = prepare_over(call, "SELECT json_type(?1)", json, n);
    rnn_status status = RNN_OK;
    char text[64];
    int rc;

    if (s == NULL) return call->context.status;
    rc = sqlite3_step(s);
    if (rc != SQLITE_ROW) {
        rc = sqlite3_reset(s);
        status = rc == SQLITE_NOMEM || rc == SQLITE_INTERRUPT ? rnnx_fail_sql(call, READING)
                                                              : fail_not_json(call, json, n);
    } else {
        const char *type = (const char *)sqlite3_column_text(s, 0);
        if (type == NULL)
            status = fail_not_json(call, json, n);
        else if (strcmp(type, "object") != 0)
            status = rnn_fail(
                &call->context, RNN_OPTION,
                "the options are a JSON %s: '%s'; write an object such as {\"horizon\":12}", type,
                excerpt(json, n, text, sizeof text));
    }
    sqlite3_finalize(s);
    return status;
}

static rnn_json_type json_type(const char *name) {
    static const struct {
        const char *name;
        rnn_json_type type;
    } types[] = {{"null", RNN_JSON_NULL},   {"true", RNN_JSON_BOOL},    {"false", RNN_JSON_BOOL},
                 {"integer", RNN_JSON_INT}, {"real", RNN_JSON_REAL},    {"text", RNN_JSON_TEXT},
                 {"array", RNN_JSON_ARRAY}, {"object", RNN_JSON_OBJECT}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (name != NULL && strcmp(name, types[i].name) == 0) return types[i].type;
    return RNN_JSON_NULL;
}

/* What an array or an object has inside. One more than the engine takes is enough for it to refuse
** the whole. */
typedef struct value_parts {
    double items[RNN_MAX_LIST + 1];
    rnn_json_member members[RNN_MAX_MEMBERS];
} value_parts;

static rnn_status out_of_memory(rnnx_call *call) {
    return rnn_fail(&call->context, RNN_NOMEM, "out of memory while %s", READING);
}

/* A text column of the current row; one that is too long keeps its length alone. */
static rnn_status read_text(rnnx_call *call, sqlite3_stmt *s, int column, rnn_option_text *text) {
    const char *p = (const char *)sqlite3_column_text(s, column);
    if (p == NULL) return out_of_memory(call);
    text->n = (size_t)sqlite3_column_bytes(s, column);
    if (text->n <= sizeof text->s) memcpy(text->s, p, text->n);
    return RNN_OK;
}

/* The current row of json_each() as a part of `value`. */
static rnn_status read_part(rnnx_call *call, sqlite3_stmt *s, rnn_json_value *value,
                            value_parts *parts) {
    const char *name = (const char *)sqlite3_column_text(s, 1);
    rnn_json_member m = {0};
    rnn_status status = name != NULL ? RNN_OK : out_of_memory(call);

    m.type = json_type(name);
    m.number = m.type == RNN_JSON_BOOL ? name[0] == 't' : sqlite3_column_double(s, 2);
    if (status == RNN_OK && value->type == RNN_JSON_OBJECT) status = read_text(call, s, 0, &m.key);
    if (status == RNN_OK && m.type == RNN_JSON_TEXT) status = read_text(call, s, 2, &m.text);
    if (status != RNN_OK) return status;
    if (value->member_count < RNN_MAX_MEMBERS) parts->members[value->member_count++] = m;
    if (m.type != RNN_JSON_INT && m.type != RNN_JSON_REAL)
        value->items = NULL;
    else if (value->item_count <= RNN_MAX_LIST)
        parts->items[value->item_count++] = m.number;
    return RNN_OK;
}

/* Elements of a JSON array, members of an object. An element that is no number leaves value->items
** NULL. */
static rnn_status read_parts(rnnx_call *call, rnn_json_value *value, value_parts *parts) {
    enum { ENOUGH = RNN_MAX_LIST + 1 };
    sqlite3_stmt *s =
        prepare_over(call, "SELECT key, type, atom FROM json_each(?1)", value->text, value->n);
    rnn_status status = RNN_OK;
    int rc = SQLITE_OK;

    if (s == NULL) return call->context.status;
    value->items = parts->items;
    value->member = parts->members;
    for (int i = 0; i < ENOUGH && status == RNN_OK && sqlite3_step(s) == SQLITE_ROW; i++)
        status = read_part(call, s, value, parts);
    rc = sqlite3_reset(s);
    if (status == RNN_OK && rc != SQLITE_OK) status = rnnx_fail_sql(call, READING);
    sqlite3_finalize(s);
    return status;
}

/* The current row of json_each() as an option. */
static rnn_status set_from_row(rnnx_call *call, sqlite3_stmt *s, unsigned scope,
                               rnn_options *options) {
    value_parts parts;
    const char *type_name = (const char *)sqlite3_column_text(s, 1);
    const char *key = (const char *)sqlite3_column_text(s, 0);
    size_t key_n = (size_t)sqlite3_column_bytes(s, 0);
    rnn_json_value value = {0};
    rnn_status status = RNN_OK;

    if (key == NULL || type_name == NULL) return rnnx_fail_sql(call, READING);
    value.type = json_type(type_name);
    value.number = value.type == RNN_JSON_BOOL ? type_name[0] == 't' : sqlite3_column_double(s, 2);
    if (value.type == RNN_JSON_TEXT || value.type == RNN_JSON_ARRAY ||
        value.type == RNN_JSON_OBJECT) {
        value.text = (const char *)sqlite3_column_text(s, 3);
        value.n = (size_t)sqlite3_column_bytes(s, 3);
        if (value.text == NULL) return out_of_memory(call);
    }
    if (value.type == RNN_JSON_ARRAY || value.type == RNN_JSON_OBJECT)
        status = read_parts(call, &value, &parts);
    if (status == RNN_OK)
        status =
            rnn_options_set(&call->context, options, call->function, scope, key, key_n, &value);
    return status;
}

static rnn_status parse_text(rnnx_call *call, const char *json, size_t n, unsigned scope,
                             rnn_options *options) {
    sqlite3_stmt *s = NULL;
    rnn_status status = check_object(call, json, n);
    int rc = SQLITE_OK;

    if (status != RNN_OK) return status;
    s = prepare_over(call, "SELECT key, type, atom, value FROM json_each(?1)", json, n);
    if (s == NULL) return call->context.status;
    while (status == RNN_OK && (rc = sqlite3_step(s)) == SQLITE_ROW)
        status = set_from_row(call, s, scope, options);
    if (status == RNN_OK && rc != SQLITE_DONE) status = rnnx_fail_sql(call, READING);
    sqlite3_finalize(s);
    return status;
}

static rnn_status set_horizon(rnnx_call *call, sqlite3_int64 horizon, unsigned scope,
                              rnn_options *options) {
    rnn_json_value value = {0};
    value.type = RNN_JSON_INT;
    value.number = (double)horizon;
    return rnn_options_set(&call->context, options, call->function, scope, "horizon", 7, &value);
}

rnn_status rnnx_options_parse(rnnx_call *call, sqlite3_value *v, unsigned scope,
                              rnn_options *options) {
    int type = v != NULL ? sqlite3_value_type(v) : SQLITE_NULL;
    rnn_status status = RNN_OK;
    rnn_value text;
    char given[80];

    rnn_options_default_for(options, scope);
    if (type == SQLITE_TEXT) {
        status = rnnx_value_from(call, v, &text);
        if (status == RNN_OK) status = parse_text(call, text.p, text.n, scope, options);
    } else if (type == SQLITE_INTEGER && scope == RNN_FOR_FORECAST) {
        status = set_horizon(call, sqlite3_value_int64(v), scope, options);
    } else if (type != SQLITE_NULL) {
        status = rnn_fail(&call->context, RNN_OPTION,
                          "the options are %s; they are a JSON object in a TEXT%s",
                          rnnx_value_describe(v, given, sizeof given),
                          scope == RNN_FOR_FORECAST ? ", or an INTEGER, the horizon" : "");
    }
    if (status == RNN_OK)
        status = rnn_options_check(&call->context, options, call->function, scope);
    if (status == RNN_OK) call->context.memory_limit = (uint64_t)options->memory_limit;
    return status;
}
