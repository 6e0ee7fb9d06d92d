/* forecast_state.c - a forecast stream as bytes and back; the layout is in forecast_stream.h. */
#include <math.h>
#include <string.h>

#include "columns.h"
#include "forecast_stream_internal.h"

static const char MAGIC[8] = {'R', 'N', 'N', 'F', 'S', 'T', 'R', 'M'};
enum { VERSION = 1, HEADER = 24 };
enum { UNTIMED = 1, KNOWN = 2, POSITIVE = 4 };

int rnn_forecast_stream_sniff(const void *data, size_t size) {
    return size >= sizeof MAGIC && memcmp(data, MAGIC, sizeof MAGIC) == 0;
}

rnn_status rnn_forecast_stream_write(const rnn_forecast_stream *s, rnn_writer *w) {
    const rnn_track *t = rnn_tail_track(s);
    size_t start = w->size, drop = t->known > s->reach ? t->known - s->reach : 0,
           n = t->known - drop, season = s->model->forecast.recipe.base.season;
    size_t width = s->set.number_width, categories = s->set.categories;
    rnn_write_bytes(w, MAGIC, sizeof MAGIC);
    rnn_write_u32(w, VERSION);
    rnn_write_u32(w, 0); /* checksum and size: patched below */
    rnn_write_u64(w, 0);
    rnn_write_u64(w, s->fingerprint);
    rnn_write_u8(w, (uint8_t)((s->untimed ? UNTIMED : 0) | (s->known ? KNOWN : 0) |
                              (s->positive ? POSITIVE : 0)));
    rnn_write_u64(w, s->rows);
    rnn_write_u64(w, t->before + drop);
    rnn_write_u64(w, n);
    rnn_write_u64(w, t->first > drop ? t->first - drop : 0);
    rnn_write_u64(w, s->first_positive > drop ? s->first_positive - drop : 0);
    rnn_write_f64(w, s->series.origin);
    rnn_write_f64(w, s->last_time);
    rnn_write_f64(w, t->floor);
    rnn_write_f64(w, t->before ? t->head : drop ? t->sum[season] : 0);
    rnn_write_f64(w, t->sum[drop]);
    rnn_write_f64(w, t->moves[t->known]);
    if (s->model->forecast.recipe.careful) {
        rnn_write_f64(w, t->wild.low);
        rnn_write_f64(w, t->wild.high);
        rnn_write_u64(w, t->wild.count);
        rnn_write_u64(w, t->wild.run);
        rnn_write_f64(w, t->wild.odd);
    }
    rnn_write_doubles(w, t->z + drop, n);
    if (width) rnn_write_reals(w, s->series.numbers + drop * width, n * width);
    if (categories) rnn_write_u32s(w, s->series.ids + drop * categories, n * categories);
    if (w->status) return w->status;
    rnn_patch_u64(w, start + 16, w->size - start);
    rnn_patch_u32(w, start + 12, rnn_crc32(0, w->data + start + HEADER, w->size - start - HEADER));
    return RNN_OK;
}

static rnn_status bad_state(rnn_forecast_stream *s, const char *function, const char *what) {
    rnn_forecast_stream_reset(s);
    return rnn_fail(s->ctx, RNN_DATA, "%s: the state %s", function, what);
}

/* What is wrong with the bytes as a whole; NULL: nothing. */
static const char *check_header(const rnn_forecast_stream *s, const void *data, size_t size,
                                rnn_reader *r) {
    static const char *const corrupt =
        "is truncated or corrupt; give the bytes as rnn_advance returned them";
    rnn_reader_init(r, data, size);
    if (!rnn_forecast_stream_sniff(data, size))
        return "is none that rnn_advance makes for a forecast model; start with NULL";
    rnn_read_bytes(r, sizeof MAGIC);
    uint32_t version = rnn_read_u32(r), crc = rnn_read_u32(r);
    uint64_t total = rnn_read_u64(r), fingerprint = rnn_read_u64(r);
    if (!r->failed && version > VERSION)
        return "was made by a newer version of this extension; update it, or start with NULL";
    if (r->failed || version == 0 || total != size ||
        crc != rnn_crc32(0, (const uint8_t *)data + HEADER, size - HEADER))
        return corrupt;
    if (fingerprint != s->fingerprint)
        return "belongs to another model; start with NULL, or use the model it was made with";
    return NULL;
}

static int number_within(double v, double most) { return v >= -most && v <= most; }

/* The figures of a state, as they are needed to fill the tail. */
typedef struct figures {
    uint8_t flags;
    uint64_t rows, before, n, first, first_positive;
    double origin, last_time, floor, head, sum, moves;
    double low, high, odd; /* rnn_wild */
    uint64_t judged, run;
} figures;

/* What is usual so far; 0 where it is out of range. */
static int read_wild(rnn_reader *r, figures *g) {
    g->low = rnn_read_f64(r);
    g->high = rnn_read_f64(r);
    g->judged = rnn_read_u64(r);
    g->run = rnn_read_u64(r);
    g->odd = rnn_read_f64(r);
    return !r->failed && isfinite(g->odd) && g->low >= -1e300 && g->low <= g->high &&
           g->high <= 1e300 && g->judged <= RNN_STREAM_STEPS && g->run <= g->judged;
}

/* 1 if they are in range and there are as many bytes as they say. */
static int read_figures(const rnn_forecast_stream *s, rnn_reader *r, figures *g) {
    const double most = 1e300;
    g->flags = rnn_read_u8(r);
    g->rows = rnn_read_u64(r);
    g->before = rnn_read_u64(r);
    g->n = rnn_read_u64(r);
    g->first = rnn_read_u64(r);
    g->first_positive = rnn_read_u64(r);
    g->origin = rnn_read_f64(r);
    g->last_time = rnn_read_f64(r);
    g->floor = rnn_read_f64(r);
    g->head = rnn_read_f64(r);
    g->sum = rnn_read_f64(r);
    g->moves = rnn_read_f64(r);
    if (s->model->forecast.recipe.careful && !read_wild(r, g)) return 0;
    if (r->failed || g->flags > (UNTIMED | KNOWN | POSITIVE)) return 0;
    int known = (g->flags & KNOWN) != 0, tail = g->before > 0 && g->n == s->reach;
    int sizes = g->n <= s->reach && g->before < RNN_STREAM_STEPS && (g->before == 0 || tail) &&
                g->rows <= g->before + g->n && (g->rows > 0) == (g->n > 0);
    int places = (known ? g->first < g->n : g->first == 0) && g->first_positive <= g->n;
    int numbers = number_within(g->origin, 1e17) && number_within(g->last_time, 1e17) &&
                  number_within(g->head, most) && number_within(g->sum, most) &&
                  number_within(g->moves, most) && number_within(g->floor, most) &&
                  (g->floor > 0 || !s->model->forecast.recipe.log);
    uint64_t each = sizeof(double) + 4 * ((uint64_t)s->set.number_width + s->set.categories);
    return sizes && places && numbers && rnn_reader_left(r) == g->n * each;
}

/* Values and inputs of the tail; 0 where one is out of range. */
static int read_tail(rnn_forecast_stream *s, rnn_reader *r, const figures *g) {
    const rnn_recipe *recipe = &s->model->forecast.recipe;
    rnn_track *t = rnn_tail_track(s);
    size_t n = (size_t)g->n, width = s->set.number_width, categories = s->set.categories;
    t->before = (size_t)g->before;
    t->sum[0] = g->sum;
    t->moves[0] = 0;
    for (t->known = 0; t->known < n;) {
        double z = rnn_read_f64(r);
        if (!number_within(z, 1e300)) return 0;
        rnn_track_append(recipe, t, z);
    }
    /* Of the tail's first moves a part is gone; the last ones are what windows look at. */
    double lost = g->moves - t->moves[n];
    for (size_t p = 0; p < n; p++) t->moves[p] += lost;
    t->moves[n] = g->moves;
    if (width) rnn_read_reals(r, s->series.numbers, n * width);
    for (size_t i = 0; i < n * width; i++) {
        if (!number_within((double)s->series.numbers[i], RNN_INPUT_CUT)) return 0;
    }
    if (categories) rnn_read_u32s(r, s->series.ids, n * categories);
    for (size_t i = 0; i < n * categories; i++) {
        if (s->series.ids[i] >= s->model->spec.vocabulary[i % categories]) return 0;
    }
    return !r->failed;
}

rnn_status rnn_forecast_stream_read(rnn_forecast_stream *s, const char *function, const void *data,
                                    size_t size) {
    static const char *const forged = "is corrupt: it contradicts itself; start with NULL";
    rnn_reader r;
    figures g = {0};
    rnn_forecast_stream_reset(s);
    const char *wrong = check_header(s, data, size, &r);
    if (wrong) return bad_state(s, function, wrong);
    if (!read_figures(s, &r, &g)) return bad_state(s, function, forged);
    if (g.n > s->room) {
        rnn_status status = rnn_tail_room(s, (size_t)g.n);
        if (status) return status;
    }
    rnn_track *t = rnn_tail_track(s);
    if (!read_tail(s, &r, &g)) return bad_state(s, function, forged);
    t->first = (size_t)g.first;
    t->floor = g.floor;
    t->head = g.head;
    t->wild = (rnn_wild){g.low, g.high, (size_t)g.judged, (size_t)g.run, g.odd};
    s->untimed = (g.flags & UNTIMED) != 0;
    s->known = (g.flags & KNOWN) != 0;
    s->positive = (g.flags & POSITIVE) != 0;
    s->rows = g.rows;
    s->first_positive = (size_t)g.first_positive;
    s->series.origin = g.origin;
    s->last_time = g.last_time;
    for (size_t p = 0; p < t->known; p++) s->series.time[p] = rnn_tail_time_at(s, p);
    rnn_tail_missing(s, t->known, s->ahead);
    return RNN_OK;
}
