/* options.c - the table of options and the checks between them (see options.h). */
#include "options_internal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CHOICES = 8, LONGEST_CHOICE = 24 };

/* ("a", "b", "c") of the table as "a|b|c" and as an array. */
#define JOIN_1(a) a
#define JOIN_2(a, b) a "|" b
#define JOIN_3(a, ...) a "|" JOIN_2(__VA_ARGS__)
#define JOIN_4(a, ...) a "|" JOIN_3(__VA_ARGS__)
#define JOIN_5(a, ...) a "|" JOIN_4(__VA_ARGS__)
#define JOIN_6(a, ...) a "|" JOIN_5(__VA_ARGS__)
#define JOIN_7(a, ...) a "|" JOIN_6(__VA_ARGS__)
#define JOIN_8(a, ...) a "|" JOIN_7(__VA_ARGS__)
#define PICK(_1, _2, _3, _4, _5, _6, _7, _8, name, ...) name
#define JOIN(...)                                                                                  \
    PICK(__VA_ARGS__, JOIN_8, JOIN_7, JOIN_6, JOIN_5, JOIN_4, JOIN_3, JOIN_2, JOIN_1, 0)           \
    (__VA_ARGS__)
#define ARRAY(...)                                                                                 \
    { __VA_ARGS__ }

static const rnn_option_info INFO[RNN_OPTION_COUNT] = {
#define INFO_ROW(key, type, minimum, maximum, fallback, choices, scope, tasks, ...)                \
    {#key, RNN_OPT_##type, minimum, maximum, fallback, JOIN choices, scope, tasks, __VA_ARGS__},
    RNN_OPTION_TABLE(INFO_ROW)
#undef INFO_ROW
};

static const char CHOICE[RNN_OPTION_COUNT][MOST_CHOICES][LONGEST_CHOICE] = {
#define CHOICE_ROW(key, type, minimum, maximum, fallback, choices, ...) ARRAY choices,
    RNN_OPTION_TABLE(CHOICE_ROW)
#undef CHOICE_ROW
};

static const size_t OFFSET[RNN_OPTION_COUNT] = {
#define OFFSET_ROW(key, ...) offsetof(rnn_options, key),
    RNN_OPTION_TABLE(OFFSET_ROW)
#undef OFFSET_ROW
};

/* ---- the table ------------------------------------------------------------------------------- */

const rnn_option_info *rnn_option_at(rnn_option_key key) { return &INFO[key]; }

int rnn_option_choices(rnn_option_key key) {
    int count = 0;
    while (count < MOST_CHOICES && CHOICE[key][count][0] != '\0') count++;
    return count;
}

const char *rnn_option_choice(rnn_option_key key, int value) {
    return value >= 0 && value < rnn_option_choices(key) ? CHOICE[key][value] : "?";
}

rnn_option_key rnn_option_find(const char *key, size_t n) {
    int i = 0;
    while (i < RNN_OPTION_COUNT && (strlen(INFO[i].key) != n || memcmp(INFO[i].key, key, n) != 0))
        i++;
    return (rnn_option_key)i;
}

int rnn_option_whole(const rnn_option_info *info) {
    return info->type == RNN_OPT_LIST && info->minimum >= 1;
}

/* The tasks that take an option in a function's call. Training takes `beam` for rnn_predict. */
static unsigned tasks_of(rnn_option_key key, unsigned scope) {
    if (key == RNN_KEY_beam && (scope & RNN_FOR_TRAIN) != 0) return 1u << RNN_TASK_SEQ2SEQ;
    return INFO[key].tasks;
}

int rnn_option_is_stored(rnn_option_key key, int task) {
    return (INFO[key].scope & RNN_FOR_TRAIN) != 0 && key != RNN_KEY_threads &&
           key != RNN_KEY_progress && (tasks_of(key, RNN_FOR_TRAIN) >> task & 1u) != 0;
}

/* ---- the struct ------------------------------------------------------------------------------ */

void *rnn_option_field(rnn_options *o, rnn_option_key key) { return (char *)o + OFFSET[key]; }

const void *rnn_option_field_of(const rnn_options *o, rnn_option_key key) {
    return (const char *)o + OFFSET[key];
}

static size_t field_size(rnn_option_type type) {
    switch (type) {
    case RNN_OPT_INT: return sizeof(RNN_OPTION_FIELD_INT);
    case RNN_OPT_REAL: return sizeof(RNN_OPTION_FIELD_REAL);
    case RNN_OPT_BOOL:
    case RNN_OPT_ENUM: return sizeof(RNN_OPTION_FIELD_ENUM);
    case RNN_OPT_LIST: return sizeof(RNN_OPTION_FIELD_LIST);
    case RNN_OPT_TEXT: return sizeof(RNN_OPTION_FIELD_TEXT);
    case RNN_OPT_TOKENS: return sizeof(RNN_OPTION_FIELD_TOKENS);
    case RNN_OPT_WEIGHTS: return sizeof(RNN_OPTION_FIELD_WEIGHTS);
    case RNN_OPT_TEXTS: return sizeof(RNN_OPTION_FIELD_TEXTS);
    }
    return 0;
}

void rnn_option_copy(rnn_options *to, const rnn_options *from, rnn_option_key key) {
    memcpy(rnn_option_field(to, key), rnn_option_field_of(from, key), field_size(INFO[key].type));
}

static void reset(rnn_options *o, rnn_option_key key) {
    const rnn_option_info *info = &INFO[key];
    void *field = rnn_option_field(o, key);
    memset(field, 0, field_size(info->type));
    if (info->type == RNN_OPT_INT) *(RNN_OPTION_FIELD_INT *)field = (int64_t)info->fallback;
    if (info->type == RNN_OPT_REAL) *(RNN_OPTION_FIELD_REAL *)field = info->fallback;
    if (info->type == RNN_OPT_BOOL) *(RNN_OPTION_FIELD_BOOL *)field = (int)info->fallback;
    if (info->type == RNN_OPT_ENUM) *(RNN_OPTION_FIELD_ENUM *)field = (int)info->fallback;
    if (info->type == RNN_OPT_TOKENS) {
        rnn_token_pair *pair = field;
        pair->source = pair->target = (int)info->fallback;
    }
}

void rnn_options_default(rnn_options *o) {
    memset(o, 0, sizeof *o);
    for (int key = 0; key < RNN_OPTION_COUNT; key++) reset(o, (rnn_option_key)key);
}

void rnn_options_default_for(rnn_options *o, unsigned scope) {
    const double alarm_level = 0.99;
    rnn_options_default(o);
    if (scope == RNN_FOR_ANOMALIES) o->level = alarm_level;
}

static int lists_equal(const rnn_list *a, const rnn_list *b) {
    if (a->all != b->all || a->n != b->n) return 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i] != b->v[i]) return 0;
    return 1;
}

static int texts_equal(const rnn_option_text *a, const rnn_option_text *b) {
    return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

static int text_lists_equal(const rnn_text_list *a, const rnn_text_list *b) {
    if (a->n != b->n) return 0;
    for (size_t i = 0; i < a->n; i++)
        if (!texts_equal(&a->v[i], &b->v[i])) return 0;
    return 1;
}

static int weights_equal(const rnn_class_weights *a, const rnn_class_weights *b) {
    if (a->kind != b->kind || a->n != b->n) return 0;
    for (size_t i = 0; i < a->n; i++)
        if (!texts_equal(&a->name[i], &b->name[i]) || a->weight[i] != b->weight[i]) return 0;
    return 1;
}

static int tokens_equal(const rnn_token_pair *a, const rnn_token_pair *b) {
    return a->source == b->source && a->target == b->target;
}

int rnn_option_equal(const rnn_options *a, const rnn_options *b, rnn_option_key key) {
    const void *x = rnn_option_field_of(a, key), *y = rnn_option_field_of(b, key);
    switch (INFO[key].type) {
    case RNN_OPT_REAL: return *(const double *)x == *(const double *)y;
    case RNN_OPT_LIST: return lists_equal(x, y);
    case RNN_OPT_TEXT:
        return strcmp(((const rnn_short_text *)x)->s, ((const rnn_short_text *)y)->s) == 0;
    case RNN_OPT_INT: return *(const int64_t *)x == *(const int64_t *)y;
    case RNN_OPT_TOKENS: return tokens_equal(x, y);
    case RNN_OPT_WEIGHTS: return weights_equal(x, y);
    case RNN_OPT_TEXTS: return text_lists_equal(x, y);
    case RNN_OPT_BOOL:
    case RNN_OPT_ENUM: break;
    }
    return *(const int *)x == *(const int *)y;
}

/* ---- checks between options ------------------------------------------------------------------ */

/* RNN_OPTION if `key` is not at its default and `cell` is not the one that has it. */
static rnn_status needs_cell(rnn_context *ctx, const rnn_options *o, const char *function,
                             rnn_option_key key, rnn_cell cell) {
    rnn_options untouched;
    if (o->cell == (int)cell) return RNN_OK;
    rnn_options_default(&untouched);
    if (rnn_option_equal(o, &untouched, key)) return RNN_OK;
    if (!o->given[RNN_KEY_cell] && o->task != RNN_TASK_FORECAST)
        return rnn_fail(
            ctx, RNN_OPTION, "%s: option \"%s\" needs \"cell\":\"%s\"; add that, or leave out %s",
            function, INFO[key].key, rnn_option_choice(RNN_KEY_cell, (int)cell), INFO[key].key);
    return rnn_fail(ctx, RNN_OPTION,
                    "%s: option \"%s\" needs \"cell\":\"%s\", but cell is \"%s\"; "
                    "leave out %s or change cell",
                    function, INFO[key].key, rnn_option_choice(RNN_KEY_cell, (int)cell),
                    rnn_option_choice(RNN_KEY_cell, o->cell), INFO[key].key);
}

static rnn_status check_network(rnn_context *ctx, const rnn_options *o, const char *function) {
    static const struct {
        rnn_option_key key;
        rnn_cell cell;
    } needs[] = {{RNN_KEY_peephole, RNN_CELL_LSTM},
                 {RNN_KEY_projection, RNN_CELL_LSTM},
                 {RNN_KEY_forget_bias, RNN_CELL_LSTM},
                 {RNN_KEY_reset, RNN_CELL_GRU},
                 {RNN_KEY_activation, RNN_CELL_RNN}};
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (needs_cell(ctx, o, function, needs[i].key, needs[i].cell) != RNN_OK) return ctx->status;
    if (o->projection > 0 && o->hidden > 0 && o->projection >= o->hidden)
        return rnn_fail(ctx, RNN_OPTION,
                        "%s: option \"projection\" is %lld, but hidden is %lld; allowed is a whole "
                        "number below hidden, or 0 for none",
                        function, (long long)o->projection, (long long)o->hidden);
    if (o->tbptt > 0 && o->bidirectional)
        return rnn_fail(ctx, RNN_OPTION,
                        "%s: option \"tbptt\" is %lld, but bidirectional is true; the backward "
                        "direction has no state to carry over a cut: leave one of them out",
                        function, (long long)o->tbptt);
    if (o->one_hot && (o->tie_embedding > 0 || o->subwords > 0))
        return rnn_fail(
            ctx, RNN_OPTION,
            "%s: option \"one_hot\" is true, but %s an embedding that is learned: leave "
            "one of them out",
            function, o->tie_embedding > 0 ? "tie_embedding needs" : "subwords need");
    if (o->task == RNN_TASK_GENERATE && o->bidirectional)
        return rnn_fail(
            ctx, RNN_OPTION,
            "%s: option \"bidirectional\" is true, but task generate writes a text from its "
            "beginning and cannot read it from its end; leave it out",
            function);
    return RNN_OK;
}

/* "x, y and z": the tasks of a mask. */
static const char *task_names(unsigned tasks, char *to, size_t size) {
    size_t at = 0;
    to[0] = '\0';
    for (int task = 0; task < RNN_TASKS; task++) {
        unsigned rest = tasks >> task;
        if ((rest & 1u) == 0) continue;
        if (at < size)
            at += (size_t)snprintf(to + at, size - at, "%s%s",
                                   at == 0           ? ""
                                   : (rest >> 1) > 0 ? ", "
                                                     : " and ",
                                   CHOICE[RNN_KEY_task][task]);
    }
    return to;
}

rnn_status rnn_options_check_task(rnn_context *ctx, const rnn_options *o, const char *function,
                                  unsigned scope, rnn_task task) {
    char names[80];
    for (int i = 0; i < RNN_OPTION_COUNT; i++) {
        unsigned tasks = tasks_of((rnn_option_key)i, scope);
        if (!o->given[i] || (tasks >> task & 1u) != 0) continue;
        return rnn_fail(ctx, RNN_OPTION,
                        "%s: option \"%s\" belongs to task%s %s, but the task is %s; leave it out",
                        function, INFO[i].key, (tasks & (tasks - 1)) != 0 ? "s" : "",
                        task_names(tasks, names, sizeof names), CHOICE[RNN_KEY_task][task]);
    }
    return RNN_OK;
}

/* RNN_OPTION: an option's value is not one for the task. */
static rnn_status refuse_value(rnn_context *ctx, const rnn_options *o, const char *function,
                               rnn_option_key key, const char *allowed) {
    int value = *(const int *)rnn_option_field_of(o, key);
    return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" is \"%s\"; with task %s allowed is %s",
                    function, INFO[key].key, rnn_option_choice(key, value),
                    CHOICE[RNN_KEY_task][o->task], allowed);
}

/* Values that only some tasks have. What was not given the task sets itself. */
static rnn_status check_values(rnn_context *ctx, const rnn_options *o, const char *function) {
    int loss = o->loss, classes = loss == RNN_LOSS_CROSS_ENTROPY;
    int numbers = loss == RNN_LOSS_MSE || loss == RNN_LOSS_MAE || loss == RNN_LOSS_HUBER;
    if (o->given[RNN_KEY_loss]) {
        if (o->task == RNN_TASK_FORECAST && classes)
            return refuse_value(ctx, o, function, RNN_KEY_loss, "any other loss");
        if (o->task == RNN_TASK_REGRESS && !numbers)
            return refuse_value(ctx, o, function, RNN_KEY_loss, "one of mse, mae, huber");
        if (o->task != RNN_TASK_FORECAST && o->task != RNN_TASK_REGRESS && !classes)
            return refuse_value(ctx, o, function, RNN_KEY_loss, "cross_entropy");
    }
    if (o->task == RNN_TASK_REGRESS && o->given[RNN_KEY_scale] && o->scale == RNN_SCALE_WINDOW)
        return refuse_value(ctx, o, function, RNN_KEY_scale,
                            "one of none, standard, robust, minmax, mean");
    if (o->task != RNN_TASK_SEQ2SEQ && o->tokens.source != o->tokens.target)
        return rnn_fail(ctx, RNN_OPTION,
                        "%s: option \"tokens\" is an object, which is for the two texts of task "
                        "seq2seq; with task %s allowed is one of word, char, byte",
                        function, CHOICE[RNN_KEY_task][o->task]);
    return RNN_OK;
}

static rnn_status check_loss(rnn_context *ctx, const rnn_options *o, const char *function) {
    int shifts = o->scale == RNN_SCALE_STANDARD || o->scale == RNN_SCALE_ROBUST ||
                 o->scale == RNN_SCALE_MINMAX;
    if (o->loss == RNN_LOSS_NEGATIVE_BINOMIAL && shifts)
        return rnn_fail(
            ctx, RNN_OPTION,
            "%s: option \"scale\" is \"%s\", but loss is \"negative_binomial\", which is for "
            "counts from 0; allowed are window, none and mean",
            function, rnn_option_choice(RNN_KEY_scale, o->scale));
    return RNN_OK;
}

/* No value twice. */
static rnn_status check_distinct(rnn_context *ctx, const rnn_list *list, const char *function,
                                 rnn_option_key key) {
    for (size_t i = 0; i < list->n; i++)
        for (size_t j = 0; j < i; j++)
            if (list->v[i] == list->v[j])
                return rnn_fail(ctx, RNN_OPTION, "%s: option \"%s\" has %.0f twice; give it once",
                                function, INFO[key].key, list->v[i]);
    return RNN_OK;
}

rnn_status rnn_options_check_lists(rnn_context *ctx, const rnn_options *o, const char *function) {
    const rnn_list *q = &o->quantiles;
    int median = 0;
    if (check_distinct(ctx, &o->season, function, RNN_KEY_season) != RNN_OK ||
        check_distinct(ctx, &o->known_ahead, function, RNN_KEY_known_ahead) != RNN_OK)
        return ctx->status;
    if (o->season.n > RNN_MAX_OPTION_SEASONS)
        return rnn_fail(ctx, RNN_OPTION,
                        "%s: option \"season\" has %zu values; allowed are up to %d", function,
                        o->season.n, (int)RNN_MAX_OPTION_SEASONS);
    for (size_t i = 0; i < q->n; i++) {
        if (i > 0 && !(q->v[i] > q->v[i - 1]))
            return rnn_fail(
                ctx, RNN_OPTION,
                "%s: option \"quantiles\" has %g after %g; write them in ascending order", function,
                q->v[i], q->v[i - 1]);
        median |= q->v[i] == 0.5;
    }
    if (!median && (q->n > 0 || o->given[RNN_KEY_quantiles]))
        return rnn_fail(ctx, RNN_OPTION,
                        "%s: option \"quantiles\" is without 0.5, the forecast itself; add 0.5",
                        function);
    return RNN_OK;
}

rnn_status rnn_options_check(rnn_context *ctx, const rnn_options *o, const char *function,
                             unsigned scope) {
    rnn_status status = RNN_OK;
    if ((scope & RNN_FOR_TRAIN) == 0) return RNN_OK;
    if (o->given[RNN_KEY_task]) {
        status = rnn_options_check_task(ctx, o, function, scope, (rnn_task)o->task);
        if (status == RNN_OK) status = check_values(ctx, o, function);
    }
    if (status == RNN_OK) status = check_network(ctx, o, function);
    if (status == RNN_OK) status = check_loss(ctx, o, function);
    if (status == RNN_OK) status = rnn_options_check_lists(ctx, o, function);
    return status;
}
