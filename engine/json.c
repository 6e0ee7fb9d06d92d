/* json.c - see json.h. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t rnn_utf8_length(const char *s, size_t n) {
    const unsigned char *p = (const unsigned char *)s;
    size_t length;
    uint32_t code;
    if (n == 0) return 0;
    if (p[0] < 0x80u) return 1;
    length = p[0] >= 0xF0u ? 4 : p[0] >= 0xE0u ? 3 : 2;
    if (p[0] < 0xC2u || p[0] > 0xF4u || length > n) return 0;
    code = p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0u) != 0x80u) return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    if (length == 3 && (code < 0x800u || (code >= 0xD800u && code <= 0xDFFFu))) return 0;
    if (length == 4 && (code < 0x10000u || code > 0x10FFFFu)) return 0;
    return length;
}

const char *rnn_print_number(double v, int digits, char *buf, size_t size) {
    char *to = buf;
    if (isnan(v)) {
        snprintf(buf, size, "nan");
        return buf;
    }
    snprintf(buf, size, "%.*g", digits, v);
    if (isinf(v)) return buf;
    /* Whatever stands for the decimal point in the host's locale, of however many bytes. */
    for (const char *from = buf; *from != '\0'; from++) {
        int usual = strchr("0123456789+-e", *from) != NULL;
        if (usual)
            *to++ = *from;
        else if (to == buf || to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
    return buf;
}

const char *rnn_print_shortest(double v, char *buf, size_t size) {
    char local[40];
    for (int digits = 15; digits < 17; digits++) {
        /* strtod and snprintf share the locale: compare before the comma is made a point. */
        snprintf(local, sizeof local, "%.*g", digits, v);
        if (strtod(local, NULL) == v) return rnn_print_number(v, digits, buf, size);
    }
    return rnn_print_number(v, 17, buf, size);
}

void rnn_write_text(rnn_writer *w, const char *s) { rnn_write_bytes(w, s, strlen(s)); }

/* The escape of an ASCII character, or NULL if it stands for itself. */
static const char *escape_of(unsigned char c, char buf[8]) {
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
    }
    if (c >= 0x20u && c != 0x7Fu) return NULL;
    snprintf(buf, 8, "\\u%04x", c);
    return buf;
}

void rnn_write_json_string(rnn_writer *w, const char *s, size_t n) {
    size_t plain = 0; /* start of the characters not written yet */
    rnn_write_text(w, "\"");
    for (size_t i = 0; i < n;) {
        char buf[8];
        size_t length = rnn_utf8_length(s + i, n - i);
        const char *instead = length == 0   ? "\xEF\xBF\xBD"
                              : length == 1 ? escape_of((unsigned char)s[i], buf)
                                            : NULL;
        if (instead != NULL) {
            rnn_write_bytes(w, s + plain, i - plain);
            rnn_write_text(w, instead);
            plain = i + 1;
        }
        i += length == 0 ? 1 : length;
    }
    if (plain < n) rnn_write_bytes(w, s + plain, n - plain);
    rnn_write_text(w, "\"");
}

void rnn_write_json_number(rnn_writer *w, double v) {
    char buf[40];
    rnn_write_text(w, isfinite(v) ? rnn_print_shortest(v, buf, sizeof buf) : "null");
}

void rnn_write_json_integer(rnn_writer *w, int64_t v) {
    char buf[32];
    snprintf(buf, sizeof buf, "%" PRId64, v);
    rnn_write_text(w, buf);
}

void rnn_write_json_bool(rnn_writer *w, int v) { rnn_write_text(w, v ? "true" : "false"); }

void rnn_write_json_key(rnn_writer *w, const char *key) {
    if (w->size > 0 && w->data[w->size - 1] != '{') rnn_write_text(w, ",");
    rnn_write_text(w, "\"");
    rnn_write_text(w, key);
    rnn_write_text(w, "\":");
}
