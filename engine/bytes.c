/* bytes.c - little-endian writing and bounds-checked reading (see bytes.h). */
#include "bytes.h"

#include <math.h>
#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

void rnn_writer_init(rnn_writer *w, rnn_context *ctx) {
    memset(w, 0, sizeof *w);
    w->ctx = ctx;
    w->status = RNN_OK;
}

void rnn_writer_free(rnn_writer *w) {
    rnn_free(w->ctx, w->data);
    w->data = NULL;
    w->size = w->capacity = 0;
}

/* Room for at least n more bytes, in steps of `growth` at least. */
static void make_room(rnn_writer *w, uint64_t n, size_t growth) {
    uint64_t capacity = (uint64_t)w->capacity + growth;
    uint8_t *data;
    if (w->status != RNN_OK || (w->data != NULL && n <= w->capacity - w->size)) return;
    if (n > SIZE_MAX / 2 - w->size) {
        w->status = rnn_fail(w->ctx, RNN_NOMEM, "out of memory: a value of more than %zu bytes",
                             SIZE_MAX / 2);
        return;
    }
    if (capacity < w->size + n) capacity = w->size + n;
    data = rnn_realloc(w->ctx, w->data, capacity);
    if (data == NULL) {
        w->status = w->ctx->status;
        return;
    }
    w->data = data;
    w->capacity = (size_t)capacity;
}

void rnn_writer_reserve(rnn_writer *w, uint64_t n) { make_room(w, n, 0); }

/* n more bytes, appended: their address, or NULL once the writer has failed. */
static uint8_t *extend(rnn_writer *w, size_t n) {
    make_room(w, n, w->capacity / 2 + 64);
    if (w->status != RNN_OK) return NULL;
    w->size += n;
    return w->data + w->size - n;
}

/* Compilers turn these into one store or load where the machine is little-endian itself. */
static void store_u32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static void store_u64(uint8_t *p, uint64_t v) {
    store_u32(p, (uint32_t)v);
    store_u32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t load_u64(const uint8_t *p) {
    return (uint64_t)load_u32(p) | (uint64_t)load_u32(p + 4) << 32;
}

/* The sign and payload of a NaN differ between compilers and libraries; what is written must not.
** */
static uint32_t bits_of_float(float v) {
    uint32_t bits;
    if (isnan(v)) return 0x7FC00000u;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static uint64_t bits_of_double(double v) {
    uint64_t bits;
    if (isnan(v)) return UINT64_C(0x7FF8000000000000);
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static float float_of_bits(uint32_t bits) {
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static double double_of_bits(uint64_t bits) {
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

void rnn_write_bytes(rnn_writer *w, const void *p, size_t n) {
    uint8_t *to = extend(w, n);
    if (to != NULL && n > 0) memcpy(to, p, n);
}

void rnn_write_u8(rnn_writer *w, uint8_t v) {
    uint8_t *to = extend(w, 1);
    if (to != NULL) *to = v;
}

void rnn_write_u32(rnn_writer *w, uint32_t v) {
    uint8_t *to = extend(w, 4);
    if (to != NULL) store_u32(to, v);
}

void rnn_write_u64(rnn_writer *w, uint64_t v) {
    uint8_t *to = extend(w, 8);
    if (to != NULL) store_u64(to, v);
}

void rnn_write_i64(rnn_writer *w, int64_t v) { rnn_write_u64(w, (uint64_t)v); }

void rnn_write_f32(rnn_writer *w, float v) { rnn_write_u32(w, bits_of_float(v)); }

void rnn_write_f64(rnn_writer *w, double v) { rnn_write_u64(w, bits_of_double(v)); }

void rnn_write_string(rnn_writer *w, const char *s, size_t n) {
    if (s == NULL) n = 0;
    rnn_write_u64(w, n);
    rnn_write_bytes(w, s, n);
}

/* Bytes of n elements; SIZE_MAX where the product wraps, which neither writer nor reader has room
** for. */
static size_t bytes_of(size_t n, size_t size) { return n > SIZE_MAX / size ? SIZE_MAX : n * size; }

void rnn_write_u32s(rnn_writer *w, const uint32_t *v, size_t n) {
    uint8_t *to = extend(w, bytes_of(n, 4));
    if (to == NULL) return;
    for (size_t i = 0; i < n; i++) store_u32(to + 4 * i, v[i]);
}

void rnn_write_u64s(rnn_writer *w, const uint64_t *v, size_t n) {
    uint8_t *to = extend(w, bytes_of(n, 8));
    if (to == NULL) return;
    for (size_t i = 0; i < n; i++) store_u64(to + 8 * i, v[i]);
}

void rnn_write_reals(rnn_writer *w, const real *v, size_t n) {
    uint8_t *to = extend(w, bytes_of(n, 4));
    if (to == NULL) return;
    for (size_t i = 0; i < n; i++) store_u32(to + 4 * i, bits_of_float((float)v[i]));
}

void rnn_write_doubles(rnn_writer *w, const double *v, size_t n) {
    uint8_t *to = extend(w, bytes_of(n, 8));
    if (to == NULL) return;
    for (size_t i = 0; i < n; i++) store_u64(to + 8 * i, bits_of_double(v[i]));
}

void rnn_patch_u32(rnn_writer *w, size_t at, uint32_t v) {
    if (w->status == RNN_OK && at <= w->size && w->size - at >= 4) store_u32(w->data + at, v);
}

void rnn_patch_u64(rnn_writer *w, size_t at, uint64_t v) {
    if (w->status == RNN_OK && at <= w->size && w->size - at >= 8) store_u64(w->data + at, v);
}

/* ---- reading --------------------------------------------------------------------------------- */

void rnn_reader_init(rnn_reader *r, const void *data, size_t size) {
    r->data = data;
    r->size = data == NULL ? 0 : size;
    r->at = 0;
    r->failed = 0;
}

size_t rnn_reader_left(const rnn_reader *r) { return r->failed ? 0 : r->size - r->at; }

const uint8_t *rnn_read_bytes(rnn_reader *r, size_t n) {
    static const uint8_t none = 0;
    const uint8_t *p;
    if (r->failed || n > r->size - r->at) {
        r->failed = 1;
        return NULL;
    }
    /* No bytes of no data are a valid pointer too: only failure is NULL. */
    p = r->data == NULL ? &none : r->data + r->at;
    r->at += n;
    return p;
}

uint8_t rnn_read_u8(rnn_reader *r) {
    const uint8_t *p = rnn_read_bytes(r, 1);
    return p == NULL ? (uint8_t)0 : *p;
}

uint32_t rnn_read_u32(rnn_reader *r) {
    const uint8_t *p = rnn_read_bytes(r, 4);
    return p == NULL ? 0 : load_u32(p);
}

uint64_t rnn_read_u64(rnn_reader *r) {
    const uint8_t *p = rnn_read_bytes(r, 8);
    return p == NULL ? 0 : load_u64(p);
}

int64_t rnn_read_i64(rnn_reader *r) {
    uint64_t bits = rnn_read_u64(r);
    int64_t v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

float rnn_read_f32(rnn_reader *r) { return float_of_bits(rnn_read_u32(r)); }

double rnn_read_f64(rnn_reader *r) { return double_of_bits(rnn_read_u64(r)); }

const char *rnn_read_string(rnn_reader *r, size_t *n) {
    size_t length = rnn_read_count(r, 1);
    const uint8_t *p = rnn_read_bytes(r, length);
    *n = p == NULL ? 0 : length;
    return (const char *)p;
}

size_t rnn_read_count(rnn_reader *r, size_t each) {
    uint64_t count = rnn_read_u64(r);
    size_t left = rnn_reader_left(r);
    if (each == 0) each = 1;
    if (count > left / each) {
        r->failed = 1;
        return 0;
    }
    return (size_t)count;
}

void rnn_read_u32s(rnn_reader *r, uint32_t *v, size_t n) {
    const uint8_t *p = rnn_read_bytes(r, bytes_of(n, 4));
    for (size_t i = 0; i < n; i++) v[i] = p == NULL ? 0 : load_u32(p + 4 * i);
}

void rnn_read_u64s(rnn_reader *r, uint64_t *v, size_t n) {
    const uint8_t *p = rnn_read_bytes(r, bytes_of(n, 8));
    for (size_t i = 0; i < n; i++) v[i] = p == NULL ? 0 : load_u64(p + 8 * i);
}

void rnn_read_reals(rnn_reader *r, real *v, size_t n) {
    const uint8_t *p = rnn_read_bytes(r, bytes_of(n, 4));
    for (size_t i = 0; i < n; i++)
        v[i] = p == NULL ? (real)0 : (real)float_of_bits(load_u32(p + 4 * i));
}

void rnn_read_doubles(rnn_reader *r, double *v, size_t n) {
    const uint8_t *p = rnn_read_bytes(r, bytes_of(n, 8));
    for (size_t i = 0; i < n; i++) v[i] = p == NULL ? 0.0 : double_of_bits(load_u64(p + 8 * i));
}
