/* frequency_text.c - the option `frequency` as text: reading and printing; see frequency.h. */
#include "frequency.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY 86400.0

typedef struct unit_name {
    const char *name; /* lower case, singular */
    rnn_step_unit unit;
    double size;
} unit_name;

static const unit_name names[] = {{"year", RNN_STEP_MONTH, 12.0},
                                  {"yearly", RNN_STEP_MONTH, 12.0},
                                  {"annual", RNN_STEP_MONTH, 12.0},
                                  {"y", RNN_STEP_MONTH, 12.0},
                                  {"quarter", RNN_STEP_MONTH, 3.0},
                                  {"quarterly", RNN_STEP_MONTH, 3.0},
                                  {"q", RNN_STEP_MONTH, 3.0},
                                  {"month", RNN_STEP_MONTH, 1.0},
                                  {"monthly", RNN_STEP_MONTH, 1.0},
                                  {"week", RNN_STEP_SECOND, 7.0 * DAY},
                                  {"weekly", RNN_STEP_SECOND, 7.0 * DAY},
                                  {"w", RNN_STEP_SECOND, 7.0 * DAY},
                                  {"day", RNN_STEP_SECOND, DAY},
                                  {"daily", RNN_STEP_SECOND, DAY},
                                  {"d", RNN_STEP_SECOND, DAY},
                                  {"business day", RNN_STEP_DAY, 1.0},
                                  {"b", RNN_STEP_DAY, 1.0},
                                  {"hour", RNN_STEP_SECOND, 3600.0},
                                  {"hourly", RNN_STEP_SECOND, 3600.0},
                                  {"h", RNN_STEP_SECOND, 3600.0},
                                  {"minute", RNN_STEP_SECOND, 60.0},
                                  {"min", RNN_STEP_SECOND, 60.0},
                                  {"second", RNN_STEP_SECOND, 1.0},
                                  {"sec", RNN_STEP_SECOND, 1.0},
                                  {"s", RNN_STEP_SECOND, 1.0}};

static const char *const weekday_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* ---- reading --------------------------------------------------------------------------------- */

/* A leading decimal number; returns the bytes it took, 0 (and *value as it was) if there is none.
** No locale, no exponent. */
static size_t scan_number(const char *text, double *value) {
    double v = 0.0, scale = 1.0;
    size_t i = 0, digits = 0;
    int point = 0;
    for (;; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            v = v * 10.0 + (text[i] - '0');
            scale *= point ? 10.0 : 1.0;
            digits++;
        } else if (text[i] == '.' && !point) {
            point = 1;
        } else {
            break;
        }
    }
    if (digits > 0) {
        *value = v / scale;
    }
    return digits > 0 ? i : 0;
}

static const unit_name *find_unit(const char *word) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i].name);
        if (strncmp(word, names[i].name, n) == 0 &&
            (word[n] == 0 || (n > 2 && word[n] == 's' && word[n + 1] == 0))) {
            return &names[i];
        }
    }
    return NULL;
}

/* "mon tue thu": a mask, 0 if it is anything else. */
static uint8_t scan_weekdays(const char *text) {
    unsigned mask = 0;
    for (size_t at = 0; text[at] != 0;) {
        int day = 0;
        while (day < 7 && strncmp(text + at, weekday_names[day], 3) != 0) {
            day++;
        }
        if (day == 7 || (text[at + 3] != 0 && text[at + 3] != ' ')) {
            return 0;
        }
        mask |= 1u << day;
        at += text[at + 3] == ' ' ? 4 : 3;
    }
    return (uint8_t)mask;
}

/* Lower case, one blank between words, none around them. 0 if it does not fit or holds anything but
** printable ASCII. */
static int normalise(const char *text, size_t n, char *out, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c < ' ' || c > '~' || used + 2 > size) {
            return 0;
        }
        if (c == ' ' && (used == 0 || out[used - 1] == ' ')) {
            continue;
        }
        out[used++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    while (used > 0 && out[used - 1] == ' ') {
        used--;
    }
    out[used] = 0;
    return 1;
}

static rnn_status no_frequency(rnn_context *ctx, const rnn_value *given) {
    char shown[96];
    return rnn_fail(ctx, RNN_OPTION,
                    "option frequency: %s is not a step; use \"year\", \"quarter\", \"month\", "
                    "\"week\", \"day\", "
                    "\"business day\", \"hour\", \"15 minutes\", \"second\", \"irregular\", or a "
                    "number for numeric times",
                    rnn_value_print(given, shown, sizeof shown));
}

/* Does the step go with the way times are written? */
static rnn_status check_fit(rnn_context *ctx, const rnn_frequency *f, const rnn_time_style *style,
                            const rnn_value *given) {
    const char *why = NULL;
    char shown[96];
    if (f->unit != RNN_STEP_NUMBER && f->unit != RNN_STEP_ROW && style->kind <= RNN_TIME_REAL) {
        why = "these times are numbers or NULL: give the step as a number, or pass times as text";
    } else if (f->unit == RNN_STEP_NUMBER && style->kind >= RNN_TIME_MONTH) {
        why = "these times are text: name the unit, such as \"day\" or \"15 minutes\"";
    } else if (f->unit == RNN_STEP_NUMBER && style->kind == RNN_TIME_ORDER) {
        why = "these times are NULL and only have an order: leave the option out";
    } else if (f->unit != RNN_STEP_MONTH && style->kind == RNN_TIME_MONTH) {
        why = "these times are months (YYYY-MM): use \"month\", \"quarter\" or \"year\"";
    } else if (f->unit == RNN_STEP_SECOND && style->kind == RNN_TIME_DATE &&
               fmod(f->size, DAY) != 0.0) {
        why = "these times are dates without hours: use \"day\" or longer";
    }
    if (why == NULL) {
        return RNN_OK;
    }
    return rnn_fail(ctx, RNN_OPTION, "option frequency: %s does not fit; %s",
                    rnn_value_print(given, shown, sizeof shown), why);
}

/* Fill *f from normalised text; 0 if it is no step. `month` is 1 if the unit was written as a
** capital M. */
static int read_step(const char *word, int month, rnn_frequency *f) {
    double count = 1.0;
    size_t number = scan_number(word, &count);
    const unit_name *unit;
    if (strcmp(word, "irregular") == 0) {
        f->unit = RNN_STEP_ROW;
        return 1;
    }
    f->weekdays = scan_weekdays(word);
    if (f->weekdays != 0) {
        f->unit = RNN_STEP_DAY;
        f->size = 1.0;
        return 1;
    }
    f->weekdays = 0x7f;
    if (!(count > 0.0 && count <= 1e12)) {
        return 0;
    }
    word += number;
    word += *word == ' ';
    if (*word == 0 && number > 0) {
        f->unit = RNN_STEP_NUMBER;
        f->size = count;
        return 1;
    }
    unit = strcmp(word, "m") == 0 && month ? find_unit("month") : find_unit(word);
    if (unit == NULL) {
        return 0;
    }
    f->unit = unit->unit;
    f->size = unit->size * count;
    if (f->unit == RNN_STEP_DAY) {
        f->weekdays = 0x1f;
        return count == 1.0;
    }
    return f->unit != RNN_STEP_MONTH || (f->size == floor(f->size) && f->size <= 12000.0);
}

rnn_status rnn_frequency_parse(rnn_context *ctx, const char *text, size_t n,
                               const rnn_time_style *style, rnn_frequency *out) {
    rnn_frequency f = rnn_frequency_natural(style);
    rnn_value given = {0};
    rnn_status status;
    char word[64] = {0}, shown[96];
    int month;

    *out = f;
    given.type = RNN_TEXT;
    given.p = text;
    given.n = n;
    if (!normalise(text, n, word, sizeof word)) {
        return no_frequency(ctx, &given);
    }
    month = n > 0 && text[n - 1] == 'M';
    if (!month && word[0] != 0 && word[strlen(word) - 1] == 'm' && find_unit(word) == NULL) {
        return rnn_fail(
            ctx, RNN_OPTION,
            "option frequency: %s can mean months or minutes; use \"month\" or \"minute\"",
            rnn_value_print(&given, shown, sizeof shown));
    }
    if (!read_step(word, month, &f)) {
        return no_frequency(ctx, &given);
    }
    status = check_fit(ctx, &f, style, &given);
    if (status == RNN_OK) {
        *out = f;
    }
    return status;
}

/* ---- printing -------------------------------------------------------------------------------- */

static const char *print_count(double count, const char *unit, char *buf, size_t size) {
    if (count == 1.0) {
        snprintf(buf, size, "%s", unit);
    } else {
        snprintf(buf, size, "%.12g %ss", count, unit);
    }
    return buf;
}

static const char *print_weekdays(uint8_t mask, char *buf, size_t size) {
    size_t used = 0;
    if (mask == 0x1f) {
        return print_count(1.0, "business day", buf, size);
    }
    buf[0] = 0;
    for (int i = 0; i < 7; i++) {
        if (mask >> i & 1) {
            const char *name = weekday_names[i];
            int n = snprintf(buf + used, size - used, "%s%c%s", used ? " " : "",
                             name[0] - 'a' + 'A', name + 1);
            used += n > 0 ? (size_t)n : 0;
        }
    }
    return buf;
}

const char *rnn_frequency_print(const rnn_frequency *f, char *buf, size_t size) {
    static const struct {
        const char *name;
        double seconds;
    } clock[] = {{"week", 7.0 * DAY}, {"day", DAY}, {"hour", 3600.0}, {"minute", 60.0}};
    if (size < RNN_FREQUENCY_TEXT_BYTES) {
        return "";
    }
    switch (f->unit) {
    case RNN_STEP_ROW: snprintf(buf, size, "irregular"); return buf;
    case RNN_STEP_NUMBER: snprintf(buf, size, "%.12g", f->size); return buf;
    case RNN_STEP_DAY: return print_weekdays(f->weekdays & 0x7f, buf, size);
    case RNN_STEP_MONTH:
        if (fmod(f->size, 12.0) == 0.0) {
            return print_count(f->size / 12.0, "year", buf, size);
        }
        return f->size == 3.0 ? print_count(1.0, "quarter", buf, size)
                              : print_count(f->size, "month", buf, size);
    case RNN_STEP_SECOND: break;
    }
    for (size_t i = 0; i < sizeof clock / sizeof clock[0]; i++) {
        if (fmod(f->size, clock[i].seconds) == 0.0) {
            return print_count(f->size / clock[i].seconds, clock[i].name, buf, size);
        }
    }
    return print_count(f->size, "second", buf, size);
}
