/* vectors.c - see vectors.h. */
#include "vectors.h"

#include <math.h>

#include "bytes.h"

typedef struct scanner {
    const char *p, *end;
} scanner;

static int at_digit(const scanner *s) { return s->p < s->end && *s->p >= '0' && *s->p <= '9'; }

static void skip_space(scanner *s) {
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static int take(scanner *s, char c) {
    if (s->p == s->end || *s->p != c) return 0;
    s->p++;
    return 1;
}

/* Digits into a mantissa; those past the 19th only count in *exponent. Returns how many there were.
** */
static size_t take_digits(scanner *s, uint64_t *mantissa, int64_t *exponent, int fraction) {
    size_t n = 0;
    for (; at_digit(s); s->p++, n++) {
        if (*mantissa < UINT64_C(1000000000000000000)) {
            *mantissa = *mantissa * 10 + (uint64_t)(*s->p - '0');
            *exponent -= fraction;
        } else {
            *exponent += !fraction;
        }
    }
    return n;
}

/* The part after e or E; 0 if it is malformed. */
static int take_exponent(scanner *s, int64_t *exponent) {
    int64_t value = 0;
    int minus;
    if (!take(s, 'e') && !take(s, 'E')) return 1;
    minus = take(s, '-');
    if (!minus) take(s, '+');
    if (!at_digit(s)) return 0;
    for (; at_digit(s); s->p++) {
        if (value < 100000) value = value * 10 + (*s->p - '0');
    }
    *exponent += minus ? -value : value;
    return 1;
}

/* mantissa x 10^exponent, correct to the last bit or so. */
static double compose(uint64_t mantissa, int64_t exponent) {
    if (mantissa == 0 || exponent < -400) return 0;
    if (exponent > 400) return (double)INFINITY;
    if (exponent >= -22 && exponent <= 22 && mantissa < UINT64_C(1) << 53) { /* both exact */
        double power = pow(10, (double)(exponent < 0 ? -exponent : exponent));
        return exponent < 0 ? (double)mantissa / power : (double)mantissa * power;
    }
    return (double)((long double)mantissa * powl(10.0L, (long double)exponent));
}

/* A number of the JSON grammar; 0 if there is none. */
static int take_number(scanner *s, double *out) {
    uint64_t mantissa = 0;
    int64_t exponent = 0;
    int minus = take(s, '-');
    if (!take(s, '0') && take_digits(s, &mantissa, &exponent, 0) == 0) return 0;
    if (take(s, '.') && take_digits(s, &mantissa, &exponent, 1) == 0) return 0;
    if (!take_exponent(s, &exponent)) return 0;
    *out = compose(mantissa, exponent);
    if (minus) *out = -*out;
    return 1;
}

static const char *read_array(scanner s, double *out, size_t room, size_t *width) {
    skip_space(&s);
    if (!take(&s, '[')) return "a vector is a JSON array of numbers or a BLOB of float32";
    do {
        double value;
        skip_space(&s);
        if (!take_number(&s, &value)) {
            return "every element of a vector is a number, and there is at least one";
        }
        if (!isfinite(value)) return "the elements of a vector are finite";
        if (*width < room) out[*width] = value;
        ++*width;
        skip_space(&s);
    } while (take(&s, ','));
    if (!take(&s, ']')) return "every element of a vector is a number, with commas between";
    skip_space(&s);
    return s.p == s.end ? NULL : "a vector ends with its ]";
}

static const char *read_blob(const rnn_value *v, double *out, size_t room, size_t *width) {
    rnn_reader r;
    if (v->n == 0 || v->n % 4 != 0) {
        return "a vector BLOB holds float32 values, 4 bytes each, and at least one";
    }
    rnn_reader_init(&r, v->p, v->n);
    for (*width = 0; *width < v->n / 4; ++*width) {
        double value = (double)rnn_read_f32(&r);
        if (!isfinite(value)) return "the elements of a vector are finite (float32, little-endian)";
        if (*width < room) out[*width] = value;
    }
    return NULL;
}

const char *rnn_vector_read(const rnn_value *v, double *out, size_t room, size_t *width) {
    scanner s = {v->p, v->p + v->n};
    *width = 0;
    if (v->type == RNN_BLOB) return read_blob(v, out, room, width);
    if (v->type == RNN_TEXT) return read_array(s, out, room, width);
    return "a vector is a JSON array of numbers or a BLOB of float32";
}

int rnn_vector_looks_like(const char *p, size_t n) {
    scanner s = {p, p + n};
    skip_space(&s);
    while (s.end > s.p &&
           (s.end[-1] == ' ' || s.end[-1] == '\t' || s.end[-1] == '\n' || s.end[-1] == '\r')) {
        s.end--;
    }
    return s.end - s.p >= 2 && *s.p == '[' && s.end[-1] == ']';
}
