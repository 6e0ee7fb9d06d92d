/* baseline.c - see baseline.h. */
#include "baseline.h"

#include <math.h>

double rnn_track_level(const rnn_track *t, int64_t o, size_t w) {
    int64_t low = o - (int64_t)w + 1;
    if (o < 0) o = 0;
    if (w == 1) return t->z[o]; /* a difference of sums would lose digits */
    if (low < 0) low = 0;
    return (t->sum[o + 1] - t->sum[low]) / (double)(o - low + 1);
}

double rnn_track_season(const rnn_track *t, int64_t o, int64_t p, size_t m, size_t level,
                        size_t terms, int around, int *available) {
    int64_t cycle = (int64_t)m, ahead = p > o ? p - o : 0,
            cycles = ahead > 0 ? (ahead + cycle - 1) / cycle : 1;
    double total = 0, count = 0;
    for (size_t j = 0; j < terms; j++) {
        int64_t back = (cycles + (int64_t)j) * cycle;
        /* The level that the value of that cycle stood on: of the cycle before it where the level
        ** spans a whole cycle. */
        int64_t r = level == m && m > 1 ? o - (int64_t)j * cycle : o - back;
        if (r < (level == 1 ? 0 : (int64_t)level - 1)) break;
        for (int shift = -around; shift <= around; shift++) {
            int64_t q = p - back + shift;
            if (q < 0 || q > o) continue;
            total += t->z[q] - rnn_track_level(t, r, level);
            count += 1;
        }
    }
    *available = count > 0;
    return count > 0 ? total / count : 0;
}

double rnn_track_drift(const rnn_track *t, int64_t o, size_t m) {
    int64_t n = o + 1 + (int64_t)t->before;
    if (n < 3 || (size_t)n < 2 * m) return 0;
    int64_t half = n / 2 > 1 ? n / 2 : 1, width = (int64_t)m < half ? (int64_t)m : half;
    double last = (t->sum[o + 1] - t->sum[o + 1 - width]) / (double)width,
           first = (t->before ? t->head : t->sum[width]) / (double)width;
    int64_t between = n - width > 1 ? n - width : 1;
    return (last - first) / (double)between * (double)m;
}

double rnn_track_base(const rnn_track *t, const rnn_baseline *b, int64_t o, int64_t k) {
    int available;
    double base = rnn_track_level(t, o, b->level);
    if (b->terms)
        base += rnn_track_season(t, o, o + k, b->season, b->level, b->terms, 0, &available);
    if (b->drift) {
        int64_t m = b->season ? (int64_t)b->season : 1, begun = (k + m - 1) / m;
        double cycles = b->level > 1 ? (double)begun : (double)k / (double)m;
        base += rnn_track_drift(t, o, b->season) * cycles;
    }
    return base;
}

/* Far beyond any real season; keeps arithmetic on positions from overflowing. */
static const uint64_t MAX_SEASON = 1000000;

void rnn_recipe_write(const rnn_recipe *r, rnn_writer *w) {
    rnn_write_u8(w, (uint8_t)(r->log != 0));
    rnn_write_f64(w, r->log_floor);
    rnn_write_u64(w, r->base.season);
    rnn_write_u64(w, r->base.level);
    rnn_write_u64(w, r->base.terms);
    rnn_write_u8(w, (uint8_t)(r->base.drift != 0));
    rnn_write_u64(w, r->scale_lag);
    rnn_write_f64(w, r->scale_floor);
    rnn_write_u8(w, (uint8_t)(r->annual != 0));
    rnn_write_u8(w, (uint8_t)(r->anniversary != 0));
    rnn_write_f64(w, r->shrink);
}

int rnn_recipe_read(rnn_reader *r, rnn_recipe *out) {
    out->log = rnn_read_u8(r);
    out->log_floor = rnn_read_f64(r);
    uint64_t season = rnn_read_u64(r), level = rnn_read_u64(r), terms = rnn_read_u64(r);
    out->base.drift = rnn_read_u8(r);
    uint64_t lag = rnn_read_u64(r);
    out->scale_floor = rnn_read_f64(r);
    out->annual = rnn_read_u8(r);
    out->anniversary = rnn_read_u8(r);
    out->shrink = rnn_read_f64(r);
    out->base.season = (size_t)season;
    out->base.level = (size_t)level;
    out->base.terms = (size_t)terms;
    out->scale_lag = (size_t)lag;
    int sizes = season >= 1 && season <= MAX_SEASON && level >= 1 && level <= MAX_SEASON &&
                terms <= 100 && lag >= 1 && lag <= MAX_SEASON;
    int flags = out->log <= 1 && out->base.drift <= 1 && out->annual <= 1 && out->anniversary <= 1;
    int numbers =
        isfinite(out->log_floor) && (out->log_floor > 0 || (out->log_floor == 0 && !out->log)) &&
        out->scale_floor >= 0 && out->scale_floor <= 1e6 && out->shrink >= 0 && out->shrink <= 1;
    return r->failed || !sizes || !flags || !numbers;
}

void rnn_recipe_write_more(const rnn_recipe *r, rnn_writer *w) {
    const rnn_smoothing *s = &r->smoothing;
    rnn_write_u8(w, (uint8_t)(r->careful != 0));
    rnn_write_u8(w, (uint8_t)(r->any_step != 0));
    rnn_write_u64(w, r->share_groups);
    for (size_t i = 0; i < RNN_SERIES_KINDS; i++)
        rnn_write_doubles(w, r->share[i], r->share_groups);
    rnn_write_u8(w, (uint8_t)(r->mixture != 0));
    if (!r->mixture) return;
    rnn_write_doubles(w, s->prior, RNN_SMOOTHING_COUNT);
    rnn_write_doubles(w, s->weight, RNN_SMOOTHING_COUNT);
    rnn_write_u64(w, s->profile_length);
    rnn_write_doubles(w, s->profile, s->profile_length);
}

/* n doubles, all within -most...most. */
static int read_bounded(rnn_reader *r, double *v, size_t n, double most) {
    rnn_read_doubles(r, v, n);
    for (size_t i = 0; i < n && !r->failed; i++)
        if (!(fabs(v[i]) <= most)) return 0;
    return !r->failed;
}

int rnn_recipe_read_more(rnn_reader *r, rnn_recipe *out) {
    rnn_smoothing *s = &out->smoothing;
    out->careful = rnn_read_u8(r);
    out->any_step = rnn_read_u8(r);
    uint64_t groups = rnn_read_u64(r);
    if (r->failed || out->careful > 1 || out->any_step > 1 || groups > RNN_STEP_GROUPS) return 1;
    out->share_groups = (size_t)groups;
    for (size_t i = 0; i < RNN_SERIES_KINDS; i++)
        if (!read_bounded(r, out->share[i], out->share_groups, 1)) return 1;
    out->mixture = rnn_read_u8(r);
    if (r->failed || out->mixture > 1) return 1;
    if (!out->mixture) return out->any_step;
    if (!read_bounded(r, s->prior, RNN_SMOOTHING_COUNT, 100)) return 1;
    if (!read_bounded(r, s->weight, RNN_SMOOTHING_COUNT, 1)) return 1;
    uint64_t length = rnn_read_u64(r);
    if (r->failed || length > RNN_SMOOTHING_SEASON) return 1;
    s->profile_length = (size_t)length;
    return !read_bounded(r, s->profile, s->profile_length, 100);
}
