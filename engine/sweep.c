/* sweep.c - see sweep.h. */
#include "sweep.h"

#include <string.h>

#include "answer.h"
#include "sequence_sampler.h"
#include "translator.h"

enum {
    BATCH = 64,              /* sequences of a batch at most */
    BATCH_ROWS = 8192,       /* steps of a batch, where it has more than one sequence */
    BATCH_OUTPUTS = 1 << 21, /* values of its outputs */
    PART = 1024,             /* steps scored at a time, where the state can be carried over */
    LEAST_PART = 16,
    CHUNK_ROWS = 65536,      /* predictions of a chunk */
    WIDE_STEPS = 131072,     /* steps of a chunk's series where there are linear models, about */
    CHUNK_OUTPUTS = 1 << 22, /* values of its outputs; tokens of its texts */
    WORD_BYTES = 64 << 20,   /* of what is computed once a word */
    WORD_USES = 2,           /* tokens a word, from which on that is worth it */
    ROUND = 4                /* texts a thread writes, series it reads, between two looks at the
                             ** interrupt flag */
};

static size_t at_least(size_t v, size_t least) { return v > least ? v : least; }
static size_t at_most(size_t v, size_t most) { return v < most ? v : most; }

/* ---- scoring a list ---- */

/* The group under way. */
typedef struct group {
    const size_t *list;
    size_t sequence[BATCH];
    rnn_sweep_fn observe;
    void *arg;
} group;

static void observe_group(void *arg, const size_t *item, const rnn_batch *batch, const real *out) {
    group *g = arg;
    for (size_t i = 0; i < batch->sequences; i++) g->sequence[i] = g->list[item[i]];
    g->observe(g->arg, g->sequence, batch, out);
}

/* By length, longest first, ties as they are: counted, as lengths are few. */
static rnn_status sort_list(const rnn_sweep_job *job, size_t *list, size_t n) {
    const rnn_sequence *sequence = job->set->sequence;
    size_t longest = 0;
    for (size_t i = 0; i < n; i++) longest = at_least(sequence[list[i]].steps, longest);
    size_t *sorted = rnn_alloc_array(job->ctx, n, sizeof *sorted);
    size_t *at = sorted ? rnn_alloc_array_zero(job->ctx, (uint64_t)longest + 2, sizeof *at) : NULL;
    if (at) {
        /* at[k]: where sequences k steps shorter than the longest begin */
        for (size_t i = 0; i < n; i++) at[longest - sequence[list[i]].steps + 1]++;
        for (size_t k = 0; k <= longest; k++) at[k + 1] += at[k];
        for (size_t i = 0; i < n; i++) sorted[at[longest - sequence[list[i]].steps]++] = list[i];
        memcpy(list, sorted, n * sizeof *list);
    }
    rnn_free(job->ctx, at);
    rnn_free(job->ctx, sorted);
    return at ? RNN_OK : job->ctx->status;
}

static rnn_status score_group(const rnn_sweep_job *job, const rnn_word_gates *words,
                              const size_t *list, size_t n, rnn_sweep_fn observe, void *arg) {
    const rnn_model *m = job->model;
    rnn_sequence_sampler *sampler;
    rnn_scorer *scorer = NULL;
    group g = {.list = list, .observe = observe, .arg = arg};
    rnn_status status =
        rnn_sequence_sampler_create(job->ctx, m, job->set, list, n, NULL, 0, 0, &sampler);
    if (status) return status;
    sampler->predicting = job->predicting;
    const rnn_sampler *s = &sampler->sampler;
    size_t outputs = BATCH_OUTPUTS / m->spec.outputs; /* of a batch */
    size_t batch = at_most(BATCH_ROWS / at_least(s->max_steps, 1),
                           outputs / at_least(rnn_sampler_outputs(s), 1));
    batch = at_most(at_least(batch, 1), BATCH);
    size_t part = at_most(at_least(outputs / batch, LEAST_PART), PART);
    status = rnn_scorer_create(job->ctx, m->member, m->members, job->pool, s, batch, part, &scorer);
    if (status == RNN_OK) {
        rnn_scorer_look_up(scorer, words);
        status = rnn_scorer_run(scorer, 0, NULL, 0, n, observe_group, &g);
    }
    rnn_scorer_free(scorer);
    rnn_sequence_sampler_free(sampler);
    return status;
}

/* A sorted list, group by group. */
static rnn_status score_groups(const rnn_sweep_job *job, const rnn_word_gates *words,
                               const size_t *list, size_t n, rnn_sweep_fn observe, void *arg) {
    const rnn_sequence *sequence = job->set->sequence;
    rnn_status status = RNN_OK;
    for (size_t first = 0, end; first < n && status == RNN_OK; first = end) {
        size_t longest = sequence[list[first]].steps;
        for (end = first + 1; end < n && sequence[list[end]].steps > longest / 2;) end++;
        status = score_group(job, words, list + first, end - first, observe, arg);
    }
    return status;
}

/* The distinct words of some sequences. */
typedef struct words {
    uint32_t *word;  /* [count] their ids */
    uint32_t *place; /* [ids] the number of each among them */
    size_t count, tokens;
} words;

/* Words of the first sequences of a list, as many as there is memory for; returns how many. */
static size_t find_words(const rnn_sweep_job *job, const size_t *list, size_t n, size_t ids,
                         words *w) {
    const rnn_sequence_set *set = job->set;
    size_t i = 0, most = WORD_BYTES / rnn_word_gates_bytes(&job->model->spec, job->model->members);
    w->count = w->tokens = 0;
    memset(w->place, 0xff, ids * sizeof *w->place);
    for (; i < n && (w->count < most || i == 0); i++) {
        const rnn_sequence *q = &set->sequence[list[i]];
        for (size_t t = 0; t < q->steps; t++) {
            uint32_t id = set->ids[q->first + t];
            if (w->place[id] != UINT32_MAX) continue;
            w->place[id] = (uint32_t)w->count;
            w->word[w->count++] = id;
        }
        w->tokens += q->steps;
    }
    return i;
}

/* A sorted list, whose words are looked up where they come often enough. */
static rnn_status score_words(const rnn_sweep_job *job, const size_t *list, size_t n,
                              rnn_sweep_fn observe, void *arg) {
    const rnn_model *m = job->model;
    rnn_context *ctx = job->ctx;
    const rnn_bags *bags = job->set->bags;
    size_t ids = 1;
    for (size_t i = 0; i < job->set->steps; i++) ids = at_least((size_t)job->set->ids[i] + 1, ids);
    words w = {.word = rnn_alloc_array(ctx, ids, sizeof *w.word)};
    if (w.word) w.place = rnn_alloc_array(ctx, ids, sizeof *w.place);
    rnn_status status = w.place ? RNN_OK : ctx->status;
    for (size_t first = 0, some; first < n && status == RNN_OK; first += some) {
        rnn_word_gates *gates = NULL;
        some = find_words(job, list + first, n - first, ids, &w);
        if (w.tokens >= WORD_USES * w.count)
            status = rnn_word_gates_create(ctx, m->member, m->members, job->pool, bags, w.word,
                                           w.count, w.place, &gates);
        if (status == RNN_OK) status = score_groups(job, gates, list + first, some, observe, arg);
        rnn_word_gates_free(gates);
    }
    rnn_free(ctx, w.word);
    rnn_free(ctx, w.place);
    return status;
}

rnn_status rnn_sweep_score(const rnn_sweep_job *job, size_t *list, size_t n, rnn_sweep_fn observe,
                           void *arg) {
    const rnn_model *m = job->model;
    rnn_status status = sort_list(job, list, n);
    if (status) return status;
    /* A text that is generated is read with a step more, and mostly spent on its outputs. */
    if (m->options.task != RNN_TASK_GENERATE && rnn_word_gates_possible(&m->spec))
        return score_words(job, list, n, observe, arg);
    return score_groups(job, NULL, list, n, observe, arg);
}

/* ---- predictions in the order of the set ---- */

struct rnn_sweep {
    rnn_sweep_job job;
    size_t threads;
    size_t capacity;   /* sequences of a chunk at most */
    size_t first, end; /* sequences of the chunk */
    size_t *at;        /* [capacity + 1] first prediction of each of its sequences */
    size_t *seen;      /* [capacity] predictions observed so far */
    size_t *list;      /* [capacity] those with steps */
    size_t listed;
    real *out; /* [predictions x O] */
    size_t out_room;
    real *spread; /* [threads x spread_size] scratch of the mixture */
    size_t spread_size;
    /* seq2seq */
    rnn_translator **translator; /* [threads] */
    uint32_t *token;             /* [capacity x most] */
    size_t *tokens;              /* [capacity] */
    double *log_probability;     /* [capacity] */
    size_t round, round_end;     /* texts of the round under way, in the list */
    size_t sequence, step;       /* the prediction that comes next */
};

static int writes(const rnn_sweep *s) { return s->job.model->options.task == RNN_TASK_SEQ2SEQ; }

/* Numbers and vectors that are all NULL say nothing, as a text that is NULL. */
static int is_empty(const rnn_sweep *s, const rnn_sequence *q) {
    const rnn_model *m = s->job.model;
    if (q->steps == 0 || m->sequence.shape == RNN_SHAPE_STEPS) return q->steps == 0;
    for (size_t k = 0; k < m->inputs; k++) {
        if (rnn_table_get(s->job.set->rows, q->row, k + 1).type != RNN_NULL) return 0;
    }
    return 1;
}

static size_t predictions(const rnn_sweep *s, size_t sequence) {
    return s->job.model->sequence.every ? s->job.set->sequence[sequence].steps : 1;
}

static void observe_outputs(void *arg, const size_t *sequence, const rnn_batch *b,
                            const real *out) {
    rnn_sweep *s = arg;
    size_t O = s->job.model->spec.outputs;
    if (!s->job.model->sequence.every) {
        for (size_t o = 0; o < b->outputs; o++)
            memcpy(s->out + s->at[sequence[o] - s->first] * O, out + o * O, O * sizeof *out);
        return;
    }
    for (size_t t = 0; t < b->steps; t++) {
        for (size_t i = 0; i < b->running[t]; i++, out += O) {
            size_t q = sequence[i] - s->first;
            memcpy(s->out + (s->at[q] + s->seen[q]++) * O, out, O * sizeof *out);
        }
    }
}

/* Task: the outputs of every so-manieth sequence of the chunk. */
static void blend_some(void *arg, size_t task) {
    rnn_sweep *s = arg;
    const rnn_model *m = s->job.model;
    const rnn_sequence_set *set = s->job.set;
    size_t O = m->spec.outputs;
    for (size_t i = s->round + task; i < s->round_end; i += s->threads) {
        size_t q = s->list[i];
        const rnn_sequence *from = &set->sequence[q];
        rnn_wide_input in = {.numbers = set->numbers + from->first * set->number_width,
                             .stride = set->number_width,
                             .steps = from->steps};
        for (size_t p = 0; p < RNN_WIDE_PARTS; p++)
            in.keys[p] = set->keys[p] ? &set->keys[p][q] : NULL;
        rnn_answer_blend(m, &in, s->spread + task * s->spread_size,
                         s->out + s->at[q - s->first] * O);
    }
}

static void write_some(void *arg, size_t task) {
    rnn_sweep *s = arg;
    const rnn_sequence_set *set = s->job.set;
    for (size_t i = s->round + task; i < s->round_end; i += s->threads) {
        size_t q = s->list[i] - s->first;
        const rnn_sequence *from = &set->sequence[s->list[i]];
        rnn_translator_run(s->translator[task], from->steps,
                           set->numbers + from->first * set->number_width,
                           set->ids + from->first * set->categories, set->bags,
                           s->token + q * rnn_translator_most(s->job.model), &s->tokens[q],
                           &s->log_probability[q]);
    }
}

/* All of the list, `each` sequences a thread at a time. */
static rnn_status run_rounds(rnn_sweep *s, size_t each, rnn_task_fn some) {
    rnn_status status = RNN_OK;
    for (s->round = 0; s->round < s->listed && status == RNN_OK; s->round = s->round_end) {
        s->round_end = at_most(s->round + s->threads * each, s->listed);
        status = rnn_check(s->job.ctx);
        if (status == RNN_OK) rnn_pool_run(s->job.pool, s->threads, some, s);
    }
    return status;
}

static rnn_status label_chunk(rnn_sweep *s) {
    const rnn_model *m = s->job.model;
    size_t n = s->at[s->end - s->first];
    if (n > s->out_room) {
        rnn_free(s->job.ctx, s->out);
        s->out = rnn_alloc_array(s->job.ctx, n, m->spec.outputs * sizeof *s->out);
        s->out_room = s->out ? n : 0;
        if (!s->out) return s->job.ctx->status;
    }
    memset(s->seen, 0, (s->end - s->first) * sizeof *s->seen);
    rnn_status status = rnn_sweep_score(&s->job, s->list, s->listed, observe_outputs, s);
    if (status || !rnn_answer_is_blended(m)) return status;
    return run_rounds(s, m->sequence.wide_series ? ROUND : CHUNK_ROWS, blend_some);
}

/* Predictions of the next sequences: as many as a chunk holds, at least one. */
static rnn_status next_chunk(rnn_sweep *s) {
    const rnn_sequence_set *set = s->job.set;
    size_t total = 0, n = 0;
    s->first = s->end;
    s->listed = 0;
    for (; s->end < set->count && n < s->capacity; s->end++, n++) {
        size_t more = predictions(s, s->end);
        if (n > 0 && total + more > s->capacity) break;
        s->at[n] = total;
        total += more;
        if (!is_empty(s, &set->sequence[s->end])) s->list[s->listed++] = s->end;
        s->tokens[n] = SIZE_MAX; /* nothing to write, until it is written */
    }
    s->at[n] = total;
    return writes(s) ? run_rounds(s, ROUND, write_some) : label_chunk(s);
}

static rnn_status make_translators(rnn_sweep *s) {
    const rnn_sequence_set *set = s->job.set;
    rnn_context *ctx = s->job.ctx;
    size_t longest = 1, most = rnn_translator_most(s->job.model);
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < set->count; i++) longest = at_least(set->sequence[i].steps, longest);
    s->token = rnn_alloc_array(ctx, (uint64_t)s->capacity * most, sizeof *s->token);
    if (s->token)
        s->log_probability = rnn_alloc_array_zero(ctx, s->capacity, sizeof *s->log_probability);
    if (s->log_probability)
        s->translator = rnn_alloc_array_zero(ctx, s->threads, sizeof(rnn_translator *));
    if (!s->translator) return ctx->status;
    for (size_t i = 0; i < s->threads && status == RNN_OK; i++)
        status = rnn_translator_create(ctx, s->job.model, longest, &s->translator[i]);
    return status;
}

static size_t longest(const rnn_sequence_set *set) {
    size_t steps = 1;
    for (size_t i = 0; i < set->count; i++) steps = at_least(set->sequence[i].steps, steps);
    return steps;
}

static rnn_status make(rnn_sweep *s) {
    const rnn_model *m = s->job.model;
    rnn_context *ctx = s->job.ctx;
    size_t each = writes(s) ? rnn_translator_most(m) : m->spec.outputs;
    size_t total = m->sequence.every ? s->job.set->steps : s->job.set->count;
    s->capacity = at_most(at_least(CHUNK_OUTPUTS / each, 1), CHUNK_ROWS);
    if (m->sequence.wide_series) /* whose features take their time */
        s->capacity =
            at_most(s->capacity, 1 + WIDE_STEPS / (s->job.set->steps / at_least(total, 1) + 1));
    s->capacity = at_least(at_most(s->capacity, total), 1);
    s->at = rnn_alloc_array(ctx, (uint64_t)s->capacity + 1, sizeof *s->at);
    if (s->at) s->seen = rnn_alloc_array(ctx, s->capacity, sizeof *s->seen);
    if (s->seen) s->list = rnn_alloc_array(ctx, s->capacity, sizeof *s->list);
    if (s->list) s->tokens = rnn_alloc_array(ctx, s->capacity, sizeof *s->tokens);
    s->spread_size = rnn_answer_scratch(m, longest(s->job.set));
    if (s->tokens)
        s->spread = rnn_alloc_array(ctx, (uint64_t)s->threads * s->spread_size, sizeof *s->spread);
    if (!s->spread) return ctx->status;
    return writes(s) ? make_translators(s) : RNN_OK;
}

rnn_status rnn_sweep_create(const rnn_sweep_job *job, rnn_sweep **out) {
    *out = NULL;
    rnn_sweep *s = rnn_alloc_zero(job->ctx, sizeof *s);
    if (!s) return job->ctx->status;
    s->job = *job;
    s->job.predicting = 1;
    s->threads = rnn_pool_threads(job->pool);
    rnn_status status = make(s);
    if (status == RNN_OK) {
        *out = s;
    } else {
        rnn_sweep_free(s);
    }
    return status;
}

void rnn_sweep_free(rnn_sweep *s) {
    if (!s) return;
    rnn_context *ctx = s->job.ctx;
    for (size_t i = 0; s->translator && i < s->threads; i++) rnn_translator_free(s->translator[i]);
    rnn_free(ctx, s->translator);
    rnn_free(ctx, s->token);
    rnn_free(ctx, s->tokens);
    rnn_free(ctx, s->log_probability);
    rnn_free(ctx, s->at);
    rnn_free(ctx, s->seen);
    rnn_free(ctx, s->list);
    rnn_free(ctx, s->out);
    rnn_free(ctx, s->spread);
    rnn_free(ctx, s);
}

rnn_status rnn_sweep_next(rnn_sweep *s, rnn_swept *row) {
    const rnn_sequence_set *set = s->job.set;
    memset(row, 0, sizeof *row);
    if (s->sequence == set->count) return RNN_DONE;
    if (s->sequence == s->end) {
        rnn_status status = next_chunk(s);
        if (status) return status;
    }
    size_t q = s->sequence - s->first;
    row->sequence = s->sequence;
    row->step = s->step;
    if (writes(s) && s->tokens[q] != SIZE_MAX) {
        row->token = s->token + q * rnn_translator_most(s->job.model);
        row->tokens = s->tokens[q];
        row->log_probability = s->log_probability[q];
    } else if (!writes(s) && !is_empty(s, &set->sequence[s->sequence])) {
        row->out = s->out + (s->at[q] + s->step) * s->job.model->spec.outputs;
    }
    if (++s->step == predictions(s, s->sequence)) {
        s->sequence++;
        s->step = 0;
    }
    return RNN_OK;
}
