/* decode.c - see decode.h. Sampling first, then beam search. */
#include "decode.h"

#include <math.h>
#include <string.h>

#include "rng.h"

/* Random stream of the draws. */
enum { DRAW_STREAM = 900 };

/* Weights out of a forged model can make any number; NaN counts as the least. */
static double finite(real logit) { return fmin(fmax((double)logit, -1e30), 1e30); }

static int allowed(const uint8_t *banned, size_t token) { return !(banned && banned[token]); }

static double largest_logit(const real *logits, const uint8_t *banned, size_t outputs) {
    double largest = -INFINITY;
    for (size_t i = 0; i < outputs; i++) {
        if (allowed(banned, i)) largest = fmax(largest, finite(logits[i]));
    }
    return largest;
}

/* p = exp((logit - largest) / temperature), not yet divided by its sum, which is returned. */
static double exponentials(double temperature, const real *logits, const uint8_t *banned,
                           size_t outputs, double *p) {
    double largest = largest_logit(logits, banned, outputs), sum = 0;
    for (size_t i = 0; i < outputs; i++) {
        p[i] = allowed(banned, i) ? exp((finite(logits[i]) - largest) / temperature) : 0;
        sum += p[i];
    }
    return sum;
}

/* Whether token a comes before b: likelier, or as likely with a lower id. */
static int before(const double *p, uint32_t a, uint32_t b) {
    if (p[a] != p[b]) return p[a] > p[b];
    return a < b;
}

/* Restores the heap of n tokens, the first one in front, after its entry `at` has changed. */
static void sift(const double *p, uint32_t *heap, size_t n, size_t at) {
    uint32_t moved = heap[at];
    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && before(p, heap[child + 1], heap[child])) child++;
        if (!before(p, heap[child], moved)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Sets p to 0 but for the likeliest tokens: at most `most`, and no more than are needed to reach
** `mass`. Returns their sum. A heap gives them one by one, best first: the cost is that of those
** kept, not of a sort of all. */
static double cut(double *p, size_t outputs, size_t most, double mass, uint32_t *heap) {
    size_t left = outputs;
    double sum = 0;
    for (size_t i = 0; i < outputs; i++) heap[i] = (uint32_t)i;
    for (size_t i = outputs / 2; i-- > 0;) sift(p, heap, outputs, i);
    while (left > 0 && outputs - left < most && (left == outputs || sum < mass)) {
        sum += p[heap[0]];
        heap[0] = heap[--left];
        if (left > 0) sift(p, heap, left, 0);
    }
    for (size_t i = 0; i < left; i++) p[heap[i]] = 0;
    return sum;
}

void rnn_sampling_distribution(const rnn_sampling *s, const real *logits, const uint8_t *banned,
                               size_t outputs, double *p, uint32_t *scratch) {
    double sum = exponentials(s->temperature > 0 ? s->temperature : 1, logits, banned, outputs, p);
    if (s->top_k > 0 && s->top_k < outputs) sum = cut(p, outputs, s->top_k, INFINITY, scratch);
    if (s->top_p < 1) sum = cut(p, outputs, outputs, s->top_p * sum, scratch);
    for (size_t i = 0; i < outputs && sum > 0; i++) p[i] /= sum;
}

uint32_t rnn_sampling_choose(const rnn_sampling *s, const double *p, size_t outputs,
                             uint64_t position) {
    uint32_t chosen = 0;
    if (!(s->temperature > 0)) {
        for (uint32_t i = 1; i < outputs; i++) chosen = p[i] > p[chosen] ? i : chosen;
        return chosen;
    }
    double left = rnn_uniform(rnn_stream(s->seed, DRAW_STREAM, 0), position);
    for (uint32_t i = 0; i < outputs; i++) {
        if (!(p[i] > 0)) continue;
        chosen = i; /* rounding may leave a little behind the last one */
        if (left < p[i]) break;
        left -= p[i];
    }
    return chosen;
}

size_t rnn_sampling_top(const double *p, size_t outputs, size_t k, uint32_t *token) {
    size_t n = 0;
    for (uint32_t i = 0; i < outputs && k > 0; i++) {
        if (!(p[i] > 0) || (n == k && !(p[i] > p[token[n - 1]]))) continue;
        size_t at = n < k ? n++ : n - 1;
        for (; at > 0 && p[i] > p[token[at - 1]]; at--) token[at] = token[at - 1];
        token[at] = i;
    }
    return n;
}

/* A way to go on from a live hypothesis. */
typedef struct candidate {
    double score; /* sum of the log-probabilities so far */
    size_t parent;
    uint32_t token;
} candidate;

struct rnn_beam {
    rnn_context *ctx;
    rnn_stepper *stepper;
    size_t outputs, beam, most, state_size;
    int check;
    size_t live, finished;    /* hypotheses under way; ended, which keep their places */
    double *score;            /* [beam] of the live ones */
    real *memory;             /* [2 x beam x state_size] */
    real **state, **next;     /* [beam] their states; those of the step after */
    uint32_t *last;           /* [beam] their last tokens */
    real *logits;             /* [beam x O] */
    candidate *candidate;     /* [beam] best first */
    uint32_t *token, *parent; /* [most x beam] token of a hypothesis at a step, and whose child */
    double best, best_score;  /* of the ended: log-probability by length; log-probability */
    size_t best_count;
};

rnn_status rnn_beam_create(rnn_context *ctx, rnn_stepper *stepper, size_t outputs, size_t beam,
                           size_t most, rnn_beam **out) {
    *out = NULL;
    rnn_beam *b = rnn_alloc_zero(ctx, sizeof *b);
    if (!b) return ctx->status;
    *b = (rnn_beam){.ctx = ctx, .stepper = stepper, .outputs = outputs, .beam = beam, .most = most};
    b->check = 1;
    b->state_size = rnn_stepper_state_size(stepper);
    uint64_t steps = (uint64_t)beam * most;
    b->score = rnn_alloc_array(ctx, beam, sizeof *b->score);
    if (b->score)
        b->memory = rnn_alloc_array(ctx, 2 * (uint64_t)beam, b->state_size * sizeof *b->memory);
    if (b->memory) b->state = rnn_alloc_array(ctx, beam, sizeof *b->state);
    if (b->state) b->next = rnn_alloc_array(ctx, beam, sizeof *b->next);
    if (b->next) b->last = rnn_alloc_array(ctx, beam, sizeof *b->last);
    if (b->last) b->logits = rnn_alloc_array(ctx, beam, outputs * sizeof *b->logits);
    if (b->logits) b->candidate = rnn_alloc_array(ctx, beam, sizeof *b->candidate);
    if (b->candidate) b->token = rnn_alloc_array(ctx, steps, sizeof *b->token);
    if (b->token) b->parent = rnn_alloc_array(ctx, steps, sizeof *b->parent);
    if (!b->parent) {
        rnn_beam_free(b);
        return ctx->status;
    }
    *out = b;
    return RNN_OK;
}

void rnn_beam_free(rnn_beam *b) {
    if (!b) return;
    rnn_context *ctx = b->ctx;
    rnn_free(ctx, b->score);
    rnn_free(ctx, b->memory);
    rnn_free(ctx, b->state);
    rnn_free(ctx, b->next);
    rnn_free(ctx, b->last);
    rnn_free(ctx, b->logits);
    rnn_free(ctx, b->candidate);
    rnn_free(ctx, b->token);
    rnn_free(ctx, b->parent);
    rnn_free(ctx, b);
}

void rnn_beam_set_check(rnn_beam *b, int check) { b->check = check; }

/* The `room` best ways to go on, of all live hypotheses and tokens; equals in the order of the
** hypotheses, then of the tokens. */
static size_t find_candidates(rnn_beam *b, const uint8_t *banned, size_t room) {
    size_t n = 0;
    for (size_t h = 0; h < b->live; h++) {
        const real *logits = b->logits + h * b->outputs;
        double largest = largest_logit(logits, banned, b->outputs), sum = 0;
        for (size_t i = 0; i < b->outputs; i++) {
            if (allowed(banned, i)) sum += exp(finite(logits[i]) - largest);
        }
        if (!(sum > 0)) continue; /* all banned */
        double base = b->score[h] - largest - log(sum);
        for (size_t i = 0; i < b->outputs; i++) {
            double score = base + finite(logits[i]);
            if (!allowed(banned, i) || (n == room && !(score > b->candidate[n - 1].score)))
                continue;
            size_t at = n < room ? n++ : n - 1;
            for (; at > 0 && score > b->candidate[at - 1].score; at--)
                b->candidate[at] = b->candidate[at - 1];
            b->candidate[at] = (candidate){score, h, (uint32_t)i};
        }
    }
    return n;
}

/* The text of hypothesis `h` of `count` tokens, if it is the best of those that have ended.
** `length` is what its log-probability is divided by. */
static void finish(rnn_beam *b, size_t h, size_t count, double score, size_t length,
                   uint32_t *token) {
    double value = score / (double)length;
    if (b->finished > 0 && !(value > b->best)) return;
    b->best = value;
    b->best_score = score;
    b->best_count = count;
    for (size_t t = count; t-- > 0;) {
        token[t] = b->token[t * b->beam + h];
        h = b->parent[t * b->beam + h];
    }
}

/* The candidates become the live hypotheses of step t; those that end do not. */
static void advance(rnn_beam *b, size_t t, size_t candidates, uint32_t end, uint32_t *token) {
    size_t live = 0;
    for (size_t i = 0; i < candidates; i++) {
        const candidate *c = &b->candidate[i];
        if (c->token == end) {
            finish(b, c->parent, t, c->score, t + 1, token);
            b->finished++;
            continue;
        }
        memcpy(b->next[live], b->state[c->parent], b->state_size * sizeof(real));
        b->score[live] = c->score;
        b->last[live] = c->token;
        b->token[t * b->beam + live] = c->token;
        b->parent[t * b->beam + live++] = (uint32_t)c->parent;
    }
    b->live = live;
    real **swap = b->state;
    b->state = b->next;
    b->next = swap;
}

/* Whether no live hypothesis can still pass the best that has ended: its log-probability only
** falls, and is divided by most + 1 at best. */
static int settled(const rnn_beam *b, size_t most) {
    return b->finished > 0 && b->score[0] / (double)(most + 1) <= b->best;
}

rnn_status rnn_beam_run(rnn_beam *b, const real *state, uint32_t first, uint32_t end,
                        const uint8_t *banned, size_t most, uint32_t *token, size_t *count,
                        double *log_probability) {
    size_t t = 0;
    *count = 0;
    *log_probability = 0;
    if (most > b->most) most = b->most;
    for (size_t i = 0; i < b->beam; i++) {
        b->state[i] = b->memory + 2 * i * b->state_size;
        b->next[i] = b->state[i] + b->state_size;
    }
    memcpy(b->state[0], state, b->state_size * sizeof *state);
    b->last[0] = first;
    b->score[0] = 0;
    b->live = 1;
    b->finished = 0;
    b->best_count = 0;
    b->best_score = 0;
    for (; t < most && b->live > 0 && !settled(b, most); t++) {
        rnn_status status = b->check ? rnn_check(b->ctx) : RNN_OK;
        if (status) return status;
        rnn_stepper_step(b->stepper, b->live, NULL, b->last, NULL, b->state, b->logits);
        size_t n = find_candidates(b, banned, b->beam - b->finished);
        advance(b, t, n, end, token);
    }
    if (b->finished == 0 && b->live > 0) finish(b, 0, t, b->score[0], t ? t : 1, token);
    *count = b->best_count;
    *log_probability = b->best_score;
    return RNN_OK;
}
