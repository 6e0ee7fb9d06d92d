/* options_set.c - checking and setting one option, and the messages about what is wrong with it. */
#include "json.h"
#include "options_internal.h"
#include "spelling.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 40, SHOWN_SIZE = SHOWN + 16, ALLOWED_SIZE = 240 };

/* ---- the nearest name ------------------------------------------------------------------------ */

static const char *nearest_key(const char *key, size_t n, unsigned scope) {
    const char *found = NULL;
    size_t best = SIZE_MAX;
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        const rnn_option_info *info = rnn_option_at((rnn_option_key)i);
        size_t d = (info->scope & scope) == 0
                       ? SIZE_MAX
                       : rnn_spelling_distance(key, n, info->key, strlen(info->key));
        if (d < best) {
            best = d;
            found = info->key;
        }
    }
    return found;
}

static const char *nearest_choice(rnn_option_key key, const char *text, size_t n) {
    const char *found = NULL;
    size_t best = SIZE_MAX;
    for (int i = 0; i < rnn_option_choices(key); i++) {
        const char *choice = rnn_option_choice(key, i);
        size_t d = rnn_spelling_distance(text, n, choice, strlen(choice));
        if (d < best) {
            best = d;
            found = choice;
        }
    }
    return found;
}

/* ---- words for messages ---------------------------------------------------------------------- */

/* Append to a text of `size` bytes; what has no room is cut. */
static void append(char *to, size_t size, const char *text) {
    size_t n = strlen(to);
    if (n < size) snprintf(to + n, size - n, "%s", text);
}

/* At most SHOWN bytes of s, whole characters, control characters as '?'; buf has SHOWN_SIZE bytes.
** */
static const char *excerpt(const char *s, size_t n, char *buf) {
    size_t at = 0, to = 0;
    while (at < n) {
        size_t length = rnn_utf8_length(s + at, n - at);
        if (at + (length == 0 ? 1 : length) > SHOWN) break;
        if (length == 0 || (unsigned char)s[at] < 0x20u || s[at] == 0x7F) {
            buf[to++] = '?';
            length = 1;
        } else {
            memcpy(buf + to, s + at, length);
            to += length;
        }
        at += length;
    }
    memcpy(buf + to, at < n ? "..." : "", at < n ? 4 : 1);
    return buf;
}

/* The value as JSON. */
static const char *show(const rnn_json_value *v, char buf[SHOWN_SIZE + 2]) {
    char text[SHOWN_SIZE];
    switch (v->type) {
    case RNN_JSON_NULL: return "null";
    case RNN_JSON_BOOL: return v->number != 0 ? "true" : "false";
    case RNN_JSON_INT:
    case RNN_JSON_REAL: return rnn_print_shortest(v->number, buf, SHOWN_SIZE);
    case RNN_JSON_TEXT:
        snprintf(buf, SHOWN_SIZE + 2, "\"%s\"", excerpt(v->text, v->n, text));
        return buf;
    case RNN_JSON_ARRAY:
    case RNN_JSON_OBJECT: break;
    }
    return excerpt(v->text, v->n, buf);
}

static void append_range(char *to, const rnn_option_info *info) {
    char number[40];
    append(to, ALLOWED_SIZE, " from ");
    append(to, ALLOWED_SIZE, rnn_print_shortest(info->minimum, number, sizeof number));
    append(to, ALLOWED_SIZE, " to ");
    append(to, ALLOWED_SIZE, rnn_print_shortest(info->maximum, number, sizeof number));
}

/* "a whole number from 1 to 8192", "one of lstm, gru, rnn" ... */
static const char *allowed(rnn_option_key key, char to[ALLOWED_SIZE]) {
    const rnn_option_info *info = rnn_option_at(key);
    to[0] = '\0';
    switch (info->type) {
    case RNN_OPT_INT:
    case RNN_OPT_REAL:
        append(to, ALLOWED_SIZE, info->type == RNN_OPT_INT ? "a whole number" : "a number");
        append_range(to, info);
        break;
    case RNN_OPT_BOOL: append(to, ALLOWED_SIZE, "true or false"); break;
    case RNN_OPT_ENUM:
    case RNN_OPT_TOKENS:
        append(to, ALLOWED_SIZE, rnn_option_choices(key) > 1 ? "one of " : "");
        for (int i = 0; i < rnn_option_choices(key); i++) {
            append(to, ALLOWED_SIZE, i > 0 ? ", " : "");
            append(to, ALLOWED_SIZE, rnn_option_choice(key, i));
        }
        if (info->type == RNN_OPT_TOKENS)
            append(to, ALLOWED_SIZE, ", or an object with one for source and one for target");
        break;
    case RNN_OPT_WEIGHTS:
        append(to, ALLOWED_SIZE,
               "none, sqrt, balanced, or an object that gives up to 32 classes (64 bytes at most) "
               "each a "
               "number");
        append_range(to, info);
        break;
    case RNN_OPT_TEXTS:
        append(to, ALLOWED_SIZE, "a text of 1 to 64 bytes or an array of up to 8 of them");
        break;
    case RNN_OPT_LIST:
        if (key == RNN_KEY_known_ahead) append(to, ALLOWED_SIZE, "true, false, ");
        append(to, ALLOWED_SIZE, rnn_option_whole(info) ? "a whole number" : "a number");
        append_range(to, info);
        append(to, ALLOWED_SIZE,
               key == RNN_KEY_season ? " or an array of up to 4 of them"
                                     : " or an array of up to 64 of them");
        break;
    case RNN_OPT_TEXT: append(to, ALLOWED_SIZE, "a text of 1 to 47 bytes or a number"); break;
    }
    return to;
}

/* The value is not what the option allows. */
static rnn_status refuse(rnn_context *ctx, const char *function, rnn_option_key key,
                         const rnn_json_value *value) {
    char shown[SHOWN_SIZE + 2], range[ALLOWED_SIZE];
    const char *near = NULL;
    if (rnn_option_choices(key) > 0 && value->type == RNN_JSON_TEXT)
        near = nearest_choice(key, value->text, value->n);
    return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" is %s; allowed is %s%s%s%s", function,
                    rnn_option_at(key)->key, show(value, shown), allowed(key, range),
                    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                    near != NULL ? "\"?" : "");
}

/* "rnn_forecast, rnn_backtest" */
static const char *owners(unsigned scope, char *to, size_t size) {
    static const struct {
        rnn_option_scope scope;
        const char *names;
    } functions[] = {{RNN_FOR_TRAIN, "rnn_train, rnn_fit"}, {RNN_FOR_FORECAST, "rnn_forecast"},
                     {RNN_FOR_BACKTEST, "rnn_backtest"},    {RNN_FOR_EVALUATE, "rnn_evaluate"},
                     {RNN_FOR_PREDICT, "rnn_predict"},      {RNN_FOR_GENERATE, "rnn_generate"},
                     {RNN_FOR_ANOMALIES, "rnn_anomalies"}};
    to[0] = '\0';
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if ((scope & (unsigned)functions[i].scope) == 0) continue;
        append(to, size, to[0] == '\0' ? "" : ", ");
        append(to, size, functions[i].names);
    }
    return to;
}

/* There is no such option; near ones and, where they are few, all of them. */
static rnn_status refuse_key(rnn_context *ctx, const char *function, unsigned scope,
                             const char *key, size_t n) {
    const char *near = nearest_key(key, n, scope);
    char text[SHOWN_SIZE], list[ALLOWED_SIZE] = "";
    excerpt(key, n, text);
    if (near != NULL)
        return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" is unknown; did you mean \"%s\"?",
                        function, text, near);
    if ((scope & RNN_FOR_TRAIN) != 0)
        return rnn_fail(
            ctx, RNN_OPTION,
            "%s: option \"%s\" is unknown; docs/options.md lists what is allowed, such as "
            "horizon, hidden, epochs",
            function, text);
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        if ((rnn_option_at((rnn_option_key)i)->scope & scope) == 0) continue;
        append(list, sizeof list, list[0] == '\0' ? "" : ", ");
        append(list, sizeof list, rnn_option_at((rnn_option_key)i)->key);
    }
    return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" is unknown; allowed are %s", function, text,
                    list);
}

rnn_status rnn_options_require(rnn_context *ctx, const rnn_options *o, const char *function,
                               rnn_option_key key) {
    char range[ALLOWED_SIZE];
    const char *name = rnn_option_at(key)->key;
    if (o->given[key]) return RNN_OK;
    return rnn_fail(ctx, RNN_OPTION,
                    "%s: option \"%s\" is missing; allowed is %s, as in {\"%s\":\"%s\"}", function,
                    name, allowed(key, range), name, rnn_option_choice(key, 0));
}

/* ---- setting --------------------------------------------------------------------------------- */

static int is_number(const rnn_json_value *v) {
    return v->type == RNN_JSON_INT || v->type == RNN_JSON_REAL;
}

static int in_range(const rnn_option_info *info, double x, int whole) {
    return x >= info->minimum && x <= info->maximum && (!whole || floor(x) == x);
}

/* 1 if the value became *list. */
static int make_list(rnn_option_key key, const rnn_json_value *v, rnn_list *list) {
    const rnn_option_info *info = rnn_option_at(key);
    const double *items = v->type == RNN_JSON_ARRAY ? v->items : &v->number;
    size_t n = v->type == RNN_JSON_ARRAY ? v->item_count : 1;
    memset(list, 0, sizeof *list);
    if (key == RNN_KEY_known_ahead && v->type == RNN_JSON_BOOL) {
        list->all = v->number != 0;
        return 1;
    }
    if (v->type != RNN_JSON_ARRAY && !is_number(v)) return 0;
    if (v->type == RNN_JSON_ARRAY && n == 0) {
        /* "[]" has no items, as has an array of something else: the text tells them apart. */
        for (size_t i = 0; i < v->n; i++)
            if (strchr("[] \t\r\n", v->text[i]) == NULL) return 0;
        return 1;
    }
    if (items == NULL || n > RNN_MAX_LIST) return 0;
    for (size_t i = 0; i < n; i++)
        if (!in_range(info, items[i], rnn_option_whole(info))) return 0;
    memcpy(list->v, items, n * sizeof *items);
    list->n = n;
    return 1;
}

/* 1 if the value became *text. */
static int make_text(const rnn_json_value *v, rnn_short_text *text) {
    memset(text, 0, sizeof *text);
    if (is_number(v)) {
        rnn_print_shortest(v->number, text->s, sizeof text->s);
        return isfinite(v->number) != 0;
    }
    if (v->type != RNN_JSON_TEXT || v->n == 0 || v->n >= sizeof text->s) return 0;
    for (size_t i = 0; i < v->n; i++)
        if ((unsigned char)v->text[i] < 0x20u) return 0;
    memcpy(text->s, v->text, v->n);
    return 1;
}

/* 1 if the value became *choice. */
static int make_choice(rnn_option_key key, const rnn_json_value *v, int *choice) {
    if (v->type != RNN_JSON_TEXT) return 0;
    for (*choice = 0; *choice < rnn_option_choices(key); ++*choice) {
        const char *name = rnn_option_choice(key, *choice);
        if (strlen(name) == v->n && memcmp(name, v->text, v->n) == 0) return 1;
    }
    return 0;
}

static int is_text(const rnn_option_text *text, const char *name) {
    size_t n = strlen(name);
    return text->n == n && memcmp(text->s, name, n) == 0;
}

/* 1 if the value became *pair: one kind for all, or {"source":...,"target":...}. */
static int make_tokens(rnn_option_key key, const rnn_json_value *v, rnn_token_pair *pair) {
    pair->source = pair->target = -1;
    if (v->type != RNN_JSON_OBJECT) {
        int good = make_choice(key, v, &pair->source);
        pair->target = pair->source;
        return good;
    }
    for (size_t i = 0; i < v->member_count; i++) {
        const rnn_json_member *m = &v->member[i];
        rnn_json_value part = {.type = m->type, .text = m->text.s, .n = m->text.n};
        int *to = is_text(&m->key, "source")   ? &pair->source
                  : is_text(&m->key, "target") ? &pair->target
                                               : NULL;
        if (to == NULL || *to >= 0 || m->text.n > RNN_OPTION_BYTES || !make_choice(key, &part, to))
            return 0;
    }
    return v->member_count > 0;
}

const char *rnn_weighing_name(rnn_weighing kind) {
    static const char *const names[] = {"none", "balanced", "sqrt"};
    return names[kind];
}

/* 1 if the value became *w. */
static int make_weights(rnn_option_key key, const rnn_json_value *v, rnn_class_weights *w) {
    memset(w, 0, sizeof *w);
    if (v->type == RNN_JSON_TEXT) {
        for (int k = RNN_WEIGHTS_NONE; k <= RNN_WEIGHTS_SQRT; k++) {
            const char *name = rnn_weighing_name((rnn_weighing)k);
            w->kind = (rnn_weighing)k;
            if (v->n == strlen(name) && memcmp(v->text, name, v->n) == 0) return 1;
        }
        return 0;
    }
    if (v->type != RNN_JSON_OBJECT || v->member_count > RNN_MAX_CLASS_WEIGHTS) return 0;
    for (; w->n < v->member_count; w->n++) {
        const rnn_json_member *m = &v->member[w->n];
        if (m->type != RNN_JSON_INT && m->type != RNN_JSON_REAL) return 0;
        if (m->key.n > RNN_OPTION_BYTES || !in_range(rnn_option_at(key), m->number, 0)) return 0;
        for (size_t i = 0; i < w->n; i++)
            if (w->name[i].n == m->key.n && memcmp(w->name[i].s, m->key.s, m->key.n) == 0) return 0;
        w->name[w->n] = m->key;
        w->weight[w->n] = m->number;
    }
    return 1;
}

int rnn_class_weights_find(const rnn_class_weights *w, const rnn_value *class_value) {
    char number[40];
    const char *p = class_value->p;
    size_t n = class_value->n;
    if (class_value->type == RNN_INT || class_value->type == RNN_FLOAT) {
        if (class_value->type == RNN_INT)
            snprintf(number, sizeof number, "%lld", (long long)class_value->i);
        else
            rnn_print_shortest(class_value->d, number, sizeof number);
        p = number;
        n = strlen(number);
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->name[i].n == n && (n == 0 || memcmp(w->name[i].s, p, n) == 0)) return (int)i;
    return -1;
}

/* 1 if the value became *list: one text, or an array of some. */
static int make_texts(const rnn_json_value *v, rnn_text_list *list) {
    memset(list, 0, sizeof *list);
    if (v->type == RNN_JSON_TEXT) {
        if (v->n == 0 || v->n > RNN_OPTION_BYTES) return 0;
        memcpy(list->v[0].s, v->text, v->n);
        list->v[0].n = v->n;
        list->n = 1;
        return 1;
    }
    if (v->type != RNN_JSON_ARRAY || v->member_count > RNN_MAX_STOPS) return 0;
    for (; list->n < v->member_count; list->n++) {
        const rnn_json_member *m = &v->member[list->n];
        if (m->type != RNN_JSON_TEXT || m->text.n == 0 || m->text.n > RNN_OPTION_BYTES) return 0;
        list->v[list->n] = m->text;
    }
    return 1;
}

rnn_status rnn_option_assign(rnn_context *ctx, rnn_options *o, const char *function,
                             rnn_option_key key, const rnn_json_value *value) {
    const rnn_option_info *info = rnn_option_at(key);
    void *field = rnn_option_field(o, key);
    double x = value->number;
    int choice = 0, good = 0;
    rnn_list list;
    rnn_short_text text;
    rnn_token_pair pair;
    rnn_class_weights weights;
    rnn_text_list texts;
    switch (info->type) {
    case RNN_OPT_INT:
        good = is_number(value) && in_range(info, x, 1);
        if (good) *(RNN_OPTION_FIELD_INT *)field = (int64_t)x;
        break;
    case RNN_OPT_REAL:
        good = is_number(value) && in_range(info, x, 0);
        if (good) *(RNN_OPTION_FIELD_REAL *)field = x;
        break;
    case RNN_OPT_BOOL:
        good = (value->type == RNN_JSON_BOOL || is_number(value)) && (x == 0 || x == 1);
        if (good) *(RNN_OPTION_FIELD_BOOL *)field = x != 0;
        break;
    case RNN_OPT_ENUM:
        good = make_choice(key, value, &choice);
        if (good) *(RNN_OPTION_FIELD_ENUM *)field = choice;
        break;
    case RNN_OPT_LIST:
        good = make_list(key, value, &list);
        if (good) *(RNN_OPTION_FIELD_LIST *)field = list;
        break;
    case RNN_OPT_TEXT:
        good = make_text(value, &text);
        if (good) *(RNN_OPTION_FIELD_TEXT *)field = text;
        break;
    case RNN_OPT_TOKENS:
        good = make_tokens(key, value, &pair);
        if (good) *(RNN_OPTION_FIELD_TOKENS *)field = pair;
        break;
    case RNN_OPT_WEIGHTS:
        good = make_weights(key, value, &weights);
        if (good) *(RNN_OPTION_FIELD_WEIGHTS *)field = weights;
        break;
    case RNN_OPT_TEXTS:
        good = make_texts(value, &texts);
        if (good) *(RNN_OPTION_FIELD_TEXTS *)field = texts;
        break;
    }
    if (!good) return refuse(ctx, function, key, value);
    o->given[key] = 1;
    return RNN_OK;
}

rnn_status rnn_options_set(rnn_context *ctx, rnn_options *o, const char *function, unsigned scope,
                           const char *key, size_t key_n, const rnn_json_value *value) {
    rnn_option_key found = rnn_option_find(key, key_n);
    char names[128];
    if (found == RNN_OPTION_COUNT) return refuse_key(ctx, function, scope, key, key_n);
    if ((rnn_option_at(found)->scope & scope) == 0)
        return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" belongs to %s", function,
                        rnn_option_at(found)->key,
                        owners(rnn_option_at(found)->scope, names, sizeof names));
    if (o->given[found])
        return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" is given twice; give it once", function,
                        rnn_option_at(found)->key);
    if (value->type == RNN_JSON_NULL) {
        rnn_options untouched;
        rnn_options_default_for(&untouched, scope);
        rnn_option_copy(o, &untouched, found);
        return RNN_OK;
    }
    return rnn_option_assign(ctx, o, function, found, value);
}
