/* value.c - order and printed form of typed values (declared in table.h). */
#include "json.h"
#include "table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Place of a type in the order of types. */
static int rank_of(const rnn_value *v) {
    switch (v->type) {
    case RNN_INT:
    case RNN_FLOAT: return 1;
    case RNN_TEXT: return 2;
    case RNN_BLOB: return 3;
    case RNN_NULL: break;
    }
    return 0;
}

/* Sign of i - d, exact: the double nearest to i need not compare as i does. NaN is below every
** number. */
static int compare_int_float(int64_t i, double d) {
    const double limit = 9223372036854775808.0; /* 2^63 */
    int64_t whole;
    if (isnan(d) || d < -limit) return 1;
    if (d >= limit) return -1;
    whole = (int64_t)d; /* towards zero */
    if (i != whole) return i < whole ? -1 : 1;
    d -= (double)whole; /* exact: a double with a fraction is below 2^53 */
    return d > 0 ? -1 : d < 0 ? 1 : 0;
}

static int compare_numbers(const rnn_value *a, const rnn_value *b) {
    if (a->type == RNN_INT && b->type == RNN_INT) return a->i < b->i ? -1 : a->i > b->i;
    if (a->type == RNN_INT) return compare_int_float(a->i, b->d);
    if (b->type == RNN_INT) return -compare_int_float(b->i, a->d);
    if (isnan(a->d) || isnan(b->d)) return (isnan(b->d) != 0) - (isnan(a->d) != 0);
    return a->d < b->d ? -1 : a->d > b->d;
}

int rnn_value_compare(const rnn_value *a, const rnn_value *b) {
    int rank = rank_of(a), other = rank_of(b), order = 0;
    size_t common;
    if (rank != other) return rank < other ? -1 : 1;
    if (rank == 0) return 0;
    if (rank == 1) return compare_numbers(a, b);
    common = a->n < b->n ? a->n : b->n;
    if (common > 0) order = memcmp(a->p, b->p, common);
    if (order != 0) return order < 0 ? -1 : 1;
    return a->n < b->n ? -1 : a->n > b->n;
}

void rnn_value_write(const rnn_value *v, rnn_writer *w) {
    rnn_write_u8(w, (uint8_t)v->type);
    if (v->type == RNN_INT) rnn_write_i64(w, v->i);
    if (v->type == RNN_FLOAT) rnn_write_f64(w, v->d);
    if (v->type == RNN_TEXT || v->type == RNN_BLOB) rnn_write_string(w, v->p, v->n);
}

rnn_value rnn_value_read(rnn_reader *r) {
    const rnn_value none = {.type = RNN_NULL};
    rnn_value v = none;
    uint8_t type = rnn_read_u8(r);
    if (type == RNN_INT) {
        v.i = rnn_read_i64(r);
        v.d = (double)v.i;
    } else if (type == RNN_FLOAT) {
        v.d = rnn_read_f64(r);
    } else if (type == RNN_TEXT || type == RNN_BLOB) {
        v.p = rnn_read_string(r, &v.n);
    }
    if (type > RNN_BLOB || isnan(v.d)) r->failed = 1;
    v.type = (rnn_value_type)type;
    return r->failed ? none : v;
}

/* As SQLite prints a REAL: 15 digits and always a point. */
static void print_float(double d, char *buf, size_t size) {
    char number[40], *exponent;
    if (isnan(d) || isinf(d)) {
        snprintf(buf, size, "%s", isnan(d) ? "NaN" : d < 0 ? "-Inf" : "Inf");
        return;
    }
    rnn_print_number(d, 15, number, sizeof number);
    exponent = strchr(number, 'e');
    if (strchr(number, '.') != NULL)
        snprintf(buf, size, "%s", number);
    else if (exponent == NULL)
        snprintf(buf, size, "%s.0", number);
    else
        snprintf(buf, size, "%.*s.0%s", (int)(exponent - number), number, exponent);
}

/* Bytes of a value that are shown, and room for them: each perhaps a doubled quote, and what is
** around. */
enum { SHOWN = 40, AROUND = 8, LONGEST = 2 * SHOWN + AROUND };

static void print_text(const rnn_value *v, size_t show, char *to) {
    size_t at = 0;
    *to++ = '\'';
    while (at < v->n) {
        size_t length = rnn_utf8_length(v->p + at, v->n - at);
        unsigned char c = (unsigned char)v->p[at];
        if (at + (length == 0 ? 1 : length) > show) break;
        if (length == 0 || c < 0x20u || c == 0x7Fu) {
            *to++ = '?';
            length = 1;
        } else {
            memcpy(to, v->p + at, length);
            to += length;
            if (c == '\'') *to++ = '\'';
        }
        at += length;
    }
    snprintf(to, 5, "%s", at < v->n ? "...'" : "'");
}

static void print_blob(const rnn_value *v, size_t show, char *to) {
    size_t shown = v->n < show / 2 ? v->n : show / 2;
    *to++ = 'x';
    *to++ = '\'';
    for (size_t i = 0; i < shown; i++, to += 2) snprintf(to, 3, "%02x", (unsigned char)v->p[i]);
    snprintf(to, 5, "%s", shown < v->n ? "...'" : "'");
}

const char *rnn_value_print(const rnn_value *v, char *buf, size_t size) {
    char text[LONGEST];
    size_t show = size >= LONGEST ? SHOWN : size > AROUND ? (size - AROUND) / 2 : 0;
    switch (v->type) {
    case RNN_INT: snprintf(text, sizeof text, "%" PRId64, v->i); break;
    case RNN_FLOAT: print_float(v->d, text, sizeof text); break;
    case RNN_TEXT: print_text(v, show, text); break;
    case RNN_BLOB: print_blob(v, show, text); break;
    case RNN_NULL: snprintf(text, sizeof text, "NULL"); break;
    }
    snprintf(buf, size, "%s", text);
    return buf;
}
