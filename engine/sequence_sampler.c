/* sequence_sampler.c - see sequence_sampler.h. */
#include "sequence_sampler.h"

#include <math.h>
#include <string.h>

#include "patches.h"
#include "rng.h"

static const rnn_sequence_sampler *self(const rnn_sampler *s) {
    return (const rnn_sequence_sampler *)s; /* its first member */
}

static const rnn_sequence *sequence_of(const rnn_sequence_sampler *s, int valid, size_t item) {
    return &s->set->sequence[s->list[valid][item]];
}

static int task_of(const rnn_sequence_sampler *s) { return s->model->options.task; }

static size_t item_length(const rnn_sampler *sampler, int valid, size_t item) {
    const rnn_sequence_sampler *s = self(sampler);
    if (s->lanes[valid]) return s->lane_steps[valid];
    const rnn_sequence *q = sequence_of(s, valid, item);
    return q->warm + rnn_patch_steps(s->model, q->steps) + (task_of(s) == RNN_TASK_GENERATE);
}

/* ---- labels ---- */

static void copy_inputs(const rnn_sequence_sampler *s, const size_t *item, size_t n, int valid,
                        rnn_batch *b) {
    size_t N = s->set->number_width, C = s->set->categories;
    for (size_t i = 0; i < n; i++) {
        const rnn_sequence *q = sequence_of(s, valid, item[i]);
        for (size_t t = 0; t < q->warm + q->steps; t++) {
            size_t to = rnn_batch_row(b, i, t), from = q->first - q->warm + t;
            memcpy(b->numbers + to * N, s->set->numbers + from * N, N * sizeof(real));
            memcpy(b->ids + to * C, s->set->ids + from * C, C * sizeof *b->ids);
        }
    }
    b->bags = s->set->bags;
}

/* Noise on the values of sequence i of the batch; missing ones stay. The derived inputs follow. */
static void disturb(const rnn_sequence_sampler *s, size_t i, uint64_t seed, rnn_batch *b) {
    const rnn_model *m = s->model;
    size_t N = s->set->number_width, inputs = rnn_model_numbers(m), before = rnn_patch_before(m);
    uint64_t noise = rnn_stream(seed, 1, i), factor = rnn_stream(seed, 2, i);
    for (size_t t = 0; t < b->length[i]; t++) {
        real *x = b->numbers + rnn_batch_row(b, i, t) * N;
        for (size_t k = 0, at = 0, value = 0; k < m->inputs; k++) {
            size_t width = m->input[k].width;
            if (rnn_input_has_words(m->input[k].kind)) continue;
            for (size_t j = 0; j < width; j++, value++) {
                if (x[at + width] != 0) continue;
                double f = 1 + RNN_FACTOR_NOISE * rnn_normal(factor, at + j);
                double e = s->noise[value] * rnn_normal(noise, t * inputs + at + j);
                x[at + j] = (real)(f * (double)x[at + j] + e);
            }
            at += width + 1;
        }
    }
    for (size_t t = 0; m->sequence.derived && t < b->length[i]; t++) {
        const real *around[RNN_PATCH];
        for (size_t j = 0; j < RNN_PATCH; j++) {
            size_t at = t + j < before ? 0 : t + j - before;
            around[j] =
                b->numbers + rnn_batch_row(b, i, at < b->length[i] ? at : b->length[i] - 1) * N;
        }
        rnn_derive_inputs(m, around, b->numbers + rnn_batch_row(b, i, t) * N);
    }
}

static void fill_patches(const rnn_sequence_sampler *s, const size_t *item, size_t n, int valid,
                         uint64_t seed, rnn_batch *b) {
    int noisy = s->noise && !valid && !s->predicting;
    for (size_t i = 0; i < n; i++) {
        const rnn_sequence *q = sequence_of(s, valid, item[i]);
        const rnn_patch_noise noise = {rnn_stream(seed, 1, i), s->noise, RNN_FACTOR_NOISE};
        rnn_patch_fill(s->model, s->set->numbers + q->first * s->set->number_width, q->steps,
                       noisy ? &noise : NULL, i, b);
    }
}

static void set_output(const rnn_sequence_sampler *s, rnn_batch *b, size_t row, double target) {
    size_t o = b->outputs++;
    b->out_row[o] = (uint32_t)row;
    b->target[o] = isnan(target) ? 0 : (real)target;
    b->weight[o] = isnan(target) ? 0 : s->class_weight ? (real)s->class_weight[(size_t)target] : 1;
    b->unit[o] = 1;
}

static void fill_labels(const rnn_sequence_sampler *s, const size_t *item, size_t n, int valid,
                        uint64_t seed, rnn_batch *b) {
    const rnn_sequence_set *set = s->set;
    if (s->model->sequence.patch_width) {
        fill_patches(s, item, n, valid, seed, b);
    } else {
        copy_inputs(s, item, n, valid, b);
    }
    for (size_t i = 0;
         !s->model->sequence.patch_width && s->noise && !valid && !s->predicting && i < n; i++)
        disturb(s, i, seed, b);
    if (!s->model->sequence.every) {
        for (size_t i = 0; i < n; i++) {
            size_t q = s->list[valid][item[i]];
            set_output(s, b, i, set->target ? set->target[q] : NAN);
        }
        return;
    }
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++) {
            const rnn_sequence *q = sequence_of(s, valid, item[i]);
            if (t < q->warm) continue;
            double target = set->target[q->first - q->warm + t];
            if (s->predicting || !isnan(target)) set_output(s, b, rnn_batch_row(b, i, t), target);
        }
    }
}

/* ---- seq2seq ---- */

static size_t target_steps(const rnn_sequence_sampler *s, size_t sequence) {
    return s->set->token_first[sequence + 1] - s->set->token_first[sequence] + 1;
}

/* order[0...n): sequences of the batch by target length, longest first; insertion sort. */
static void sort_targets(const rnn_sequence_sampler *s, const size_t *item, size_t n, int valid,
                         uint32_t *order) {
    for (size_t i = 0; i < n; i++) {
        size_t length = target_steps(s, s->list[valid][item[i]]), j = i;
        for (; j > 0 && target_steps(s, s->list[valid][item[order[j - 1]]]) < length; j--)
            order[j] = order[j - 1];
        order[j] = (uint32_t)i;
    }
}

static void fill_targets(const rnn_sequence_sampler *s, const size_t *item, size_t n, int valid,
                         rnn_batch *b) {
    rnn_batch *d = b->decoder;
    const rnn_sequence_set *set = s->set;
    copy_inputs(s, item, n, valid, b);
    sort_targets(s, item, n, valid, b->source);
    for (size_t j = 0; j < n; j++) /* d->length is written in place by the layout */
        d->length[j] = target_steps(s, s->list[valid][item[b->source[j]]]);
    rnn_batch_layout(d, d->length, n);
    for (size_t t = 0; t < d->steps; t++) {
        for (size_t j = 0; j < d->running[t]; j++) {
            size_t q = s->list[valid][item[b->source[j]]], row = rnn_batch_row(d, j, t);
            size_t at = set->token_first[q] + t; /* tokens is NULL where no target is known */
            d->ids[row] = t ? set->tokens[at - 1] : RNN_WORD_BEGIN;
            set_output(s, b, row, t + 1 < d->length[j] ? set->tokens[at] : RNN_WORD_END);
        }
    }
}

/* ---- generate ---- */

static void fill_texts(const rnn_sequence_sampler *s, const size_t *item, int valid, rnn_batch *b) {
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++) {
            const rnn_sequence *q = sequence_of(s, valid, item[i]);
            size_t row = rnn_batch_row(b, i, t), at = q->first + t; /* ids: NULL of empty texts */
            b->ids[row] = t ? s->set->ids[at - 1] : RNN_WORD_BEGIN;
            set_output(s, b, row, t < q->steps ? s->set->ids[at] : RNN_WORD_END);
        }
    }
}

static void fill_lanes(const rnn_sequence_sampler *s, const size_t *item, int valid, uint64_t seed,
                       rnn_batch *b) {
    size_t total = s->stream_count[valid], steps = s->lane_steps[valid];
    size_t offset = valid ? 0 : (size_t)rnn_below(seed, 0, total);
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++) {
            size_t at = item[i] * steps + t;
            uint32_t before = RNN_WORD_BEGIN, token = RNN_WORD_END;
            size_t row = rnn_batch_row(b, i, t);
            if (t > 0) before = s->stream[valid][(offset + at - 1) % total];
            if (at < total) token = s->stream[valid][(offset + at) % total];
            b->ids[row] = before == RNN_WORD_END ? RNN_WORD_BEGIN : before;
            /* The last lane of the validation part may be cut short. */
            set_output(s, b, row, at < total ? (double)token : NAN);
        }
    }
}

static void fill(const rnn_sampler *sampler, int valid, const size_t *item, size_t n, uint64_t seed,
                 rnn_batch *b) {
    const rnn_sequence_sampler *s = self(sampler);
    b->outputs = 0;
    if (task_of(s) == RNN_TASK_SEQ2SEQ) {
        fill_targets(s, item, n, valid, b);
    } else if (task_of(s) != RNN_TASK_GENERATE) {
        fill_labels(s, item, n, valid, seed, b);
    } else if (s->lanes[valid]) {
        fill_lanes(s, item, valid, seed, b);
    } else {
        fill_texts(s, item, valid, b);
    }
}

/* ---- lanes of labelled steps ---- */

/* Lanes of a sequence of so many steps, of `total` in all. None is so short that warming it up would
** be more than an eighth of the work. */
static size_t lane_count(size_t steps, size_t total, size_t batch, size_t tbptt) {
    size_t share = (size_t)((double)batch * (double)steps / (double)total);
    size_t most = steps / RNN_LANE_CHUNKS / tbptt;
    if (share > most) share = most;
    return share > 1 ? share : 1;
}

/* all[at] becomes the first of `count` lanes, the others go to all[next...]. */
static void cut_sequence(rnn_sequence *all, size_t at, size_t next, size_t count, size_t tbptt) {
    const rnn_sequence whole = all[at];
    size_t each = whole.steps / count;
    all[at].steps = count > 1 ? each : whole.steps;
    for (size_t k = 1; k < count; k++) {
        rnn_sequence *lane = &all[next + k - 1];
        *lane = whole;
        lane->first += k * each;
        lane->steps = k + 1 < count ? each : whole.steps - k * each;
        lane->warm = tbptt;
    }
}

rnn_status rnn_sequence_lanes(rnn_sequence_set *set, size_t batch, size_t tbptt, size_t **list,
                              size_t *train_count, size_t valid_count) {
    rnn_context *ctx = set->ctx;
    size_t total = 0, lanes = 0, n = *train_count, filled = 0;
    for (size_t i = 0; i < n; i++) total += set->sequence[(*list)[i]].steps;
    for (size_t i = 0; i < n; i++)
        lanes += lane_count(set->sequence[(*list)[i]].steps, total, batch, tbptt);
    if (lanes == n) return RNN_OK;
    rnn_sequence *all = rnn_alloc_array(ctx, set->count + lanes - n, sizeof *all);
    size_t *cut = all ? rnn_alloc_array(ctx, lanes + valid_count, sizeof *cut) : NULL;
    if (!cut) {
        rnn_free(ctx, all);
        return ctx->status;
    }
    memcpy(all, set->sequence, set->count * sizeof *all);
    for (size_t i = 0, next = set->count; i < n; i++) {
        size_t at = (*list)[i], count = lane_count(all[at].steps, total, batch, tbptt);
        cut_sequence(all, at, next, count, tbptt);
        cut[filled++] = at;
        for (size_t k = 1; k < count; k++) cut[filled++] = next++;
    }
    memcpy(cut + filled, *list + n, valid_count * sizeof *cut);
    rnn_free(ctx, set->sequence);
    rnn_free(ctx, *list);
    set->sequence = all;
    set->count += lanes - n;
    *list = cut;
    *train_count = lanes;
    return RNN_OK;
}

/* ---- life ---- */

static rnn_status make_stream(rnn_sequence_sampler *s, int valid, const size_t *list, size_t count,
                              size_t lanes) {
    size_t total = count, at = 0;
    if (count == 0) return RNN_OK;
    for (size_t i = 0; i < count; i++) total += s->set->sequence[list[i]].steps;
    uint32_t *stream = s->stream[valid] = rnn_alloc_array(s->ctx, total, sizeof *stream);
    if (!stream) return s->ctx->status;
    for (size_t i = 0; i < count; i++) {
        const rnn_sequence *q = &s->set->sequence[list[i]];
        memcpy(stream + at, s->set->ids + q->first, q->steps * sizeof *stream);
        at += q->steps;
        stream[at++] = RNN_WORD_END;
    }
    s->stream_count[valid] = total;
    s->lanes[valid] = lanes < total ? lanes : total;
    /* Training leaves out what does not fill the lanes, elsewhere each epoch; validation needs all. */
    s->lane_steps[valid] = valid ? (total + s->lanes[1] - 1) / s->lanes[1] : total / s->lanes[0];
    return RNN_OK;
}

/* Longest item, most outputs, most rows of sparse tables that one touches. */
static void measure(rnn_sequence_sampler *s, int valid, size_t count) {
    rnn_sampler *r = &s->sampler;
    const rnn_sequence_set *set = s->set;
    const rnn_net_spec *spec = &s->model->spec;
    int task = task_of(s), single = (task == RNN_TASK_CLASSIFY || task == RNN_TASK_REGRESS) &&
                                    !s->model->sequence.every;
    for (size_t i = 0; i < count; i++) {
        size_t steps = item_length(r, valid, i), touched = steps * spec->categories;
        size_t outputs = single ? 1 : steps;
        if (task == RNN_TASK_SEQ2SEQ) {
            outputs = target_steps(s, s->list[valid][i]);
            if (outputs > r->max_targets) r->max_targets = outputs;
        }
        for (size_t c = 0; !s->lanes[valid] && task != RNN_TASK_GENERATE && c < spec->categories;
             c++) {
            const rnn_bags *bags = &set->bags[c];
            const rnn_sequence *q = sequence_of(s, valid, i);
            for (size_t t = 0; bags->words && t < steps; t++) {
                uint32_t id = set->ids[(q->first - q->warm + t) * set->categories + c];
                touched += bags->start[id + 1] - bags->start[id];
            }
        }
        if (steps > r->max_steps) r->max_steps = steps;
        if (outputs > r->max_outputs) r->max_outputs = outputs;
        if (touched > r->max_touched) r->max_touched = touched;
    }
}

rnn_status rnn_sequence_sampler_create(rnn_context *ctx, const rnn_model *model,
                                       const rnn_sequence_set *set, const size_t *train,
                                       size_t train_count, const size_t *valid, size_t valid_count,
                                       size_t lanes, rnn_sequence_sampler **out) {
    *out = NULL;
    rnn_sequence_sampler *s = rnn_alloc_zero(ctx, sizeof *s);
    if (!s) return ctx->status;
    s->sampler.length = item_length;
    s->sampler.fill = fill;
    s->ctx = ctx;
    s->model = model;
    s->set = set;
    s->list[0] = train;
    s->list[1] = valid;
    s->sampler.train_count = train_count;
    s->sampler.valid_count = valid_count;
    if (lanes) {
        rnn_status status = make_stream(s, 0, train, train_count, lanes);
        if (status == RNN_OK) status = make_stream(s, 1, valid, valid_count, lanes);
        if (status) {
            rnn_sequence_sampler_free(s);
            return status;
        }
        s->sampler.train_count = s->lanes[0];
        s->sampler.valid_count = s->lanes[1];
    }
    measure(s, 0, s->sampler.train_count);
    measure(s, 1, s->sampler.valid_count);
    *out = s;
    return RNN_OK;
}

void rnn_sequence_sampler_free(rnn_sequence_sampler *s) {
    if (!s) return;
    rnn_free(s->ctx, s->stream[0]);
    rnn_free(s->ctx, s->stream[1]);
    rnn_free(s->ctx, s);
}
