/* test_sequences.c - rows as sequences, and batches of them: shapes, order, targets, inputs, lanes. */
#include "testing.h"
#include "values_testing.h"

#include "automatic_sequence.h"
#include "sequence_sampler.h"

static rnn_value text(const char *s) {
    return (rnn_value){.type = RNN_TEXT, .p = s, .n = strlen(s)};
}
static rnn_value number(double d) { return (rnn_value){.type = RNN_FLOAT, .d = d}; }
static rnn_value whole(int64_t i) { return (rnn_value){.type = RNN_INT, .i = i, .d = (double)i}; }
static rnn_value null(void) { return (rnn_value){.type = RNN_NULL}; }

static rnn_table *make_table(rnn_context *ctx, size_t columns, const rnn_value *cells,
                             size_t rows) {
    rnn_table *t;
    assert_int_equal(rnn_table_create(ctx, columns, &t), RNN_OK);
    for (size_t i = 0; i < rows; i++)
        assert_int_equal(rnn_table_append(t, cells + i * columns), RNN_OK);
    return t;
}

/* A model that has learned from rows, with `task` and what `set` changes. */
static rnn_model *learn(rnn_context *ctx, rnn_task task, const rnn_table *rows,
                        void (*set)(rnn_options *o)) {
    rnn_model *m = rnn_model_create(ctx);
    m->options.task = task;
    if (set) set(&m->options);
    rnn_automatic_reading(&m->options);
    if (rnn_sequences_learn(ctx, "rnn_train", rows, m) != RNN_OK) fail_msg("%s", ctx->message);
    rnn_automatic_shape(m);
    return m;
}

static void build(rnn_context *ctx, const rnn_model *m, const rnn_table *rows, rnn_first_cell first,
                  rnn_sequence_set *set) {
    if (rnn_sequences_build(ctx, "rnn_train", rows, m, first, set) != RNN_OK)
        fail_msg("%s", ctx->message);
}

/* ---- texts ---- */

static void test_texts(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    const rnn_value cells[] = {
        text("good"),       text("very good"), text("bad"), text("bad, bad"), null(),
        text("good value"), text("bad"),       text(""),    text("good"),     null()};
    rnn_sequence_set set;
    rnn_table *rows = make_table(&ctx, 2, cells, 5);
    rnn_model *m = learn(&ctx, RNN_TASK_CLASSIFY, rows, NULL);
    assert_int_equal(m->sequence.shape, RNN_SHAPE_SEQUENCES);
    assert_int_equal(m->sequence.classes, 2);
    assert_int_equal(m->sequence.text.kind, RNN_TOKENS_WORD);
    assert_int_equal(m->options.bidirectional, 1);
    /* Specials, then bad 2, good 2, "," very value 1 each. */
    assert_int_equal(m->input[0].vocabulary.count, 4 + 5);
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    /* In the order of the texts: NULL, "", "bad, bad", "good value", "very good". */
    const size_t steps[] = {0, 1, 3, 2, 2};
    const double target[] = {1, 0, 0, NAN, 1};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(set.sequence[i].steps, steps[i]);
        assert_true(isnan(target[i]) ? isnan(set.target[i]) : set.target[i] == target[i]);
    }
    assert_int_equal(set.ids[set.sequence[1].first], RNN_WORD_UNKNOWN);
    assert_int_equal(set.ids[set.sequence[2].first], 4);
    assert_int_equal(set.keys[0][2].count, 2 + 2); /* bad "," and the pairs */
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    /* To predict: the order of the rows, any key; an unknown word has parts of its own. */
    const rnn_value more[] = {whole(7), text("goodness"), whole(3), text("bad")};
    rows = make_table(&ctx, 2, more, 2);
    build(&ctx, m, rows, RNN_FIRST_KEY, &set);
    assert_int_equal(set.sequence[0].key.i, 7);
    assert_null(set.target);
    size_t id = set.ids[0];
    assert_int_equal(id, m->input[0].vocabulary.count);
    assert_true(set.bags[0].start[id + 1] - set.bags[0].start[id] > 8);
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_short_texts_are_characters(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    const rnn_value cells[] = {text("it"), text("Rossi"), text("de"), text("M\xc3\xbcller")};
    rnn_table *rows = make_table(&ctx, 2, cells, 2);
    rnn_model *m = learn(&ctx, RNN_TASK_CLASSIFY, rows, NULL);
    rnn_sequence_set set;
    assert_int_equal(m->sequence.text.kind, RNN_TOKENS_CHAR);
    assert_int_equal(m->sequence.text.lowercase, 0);
    assert_int_equal(m->sequence.wide_order, 0);
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    assert_int_equal(set.sequence[0].steps, 6); /* code points */
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- numbers ---- */

static void one_way(rnn_options *o) {
    o->bidirectional = 0;
    o->given[RNN_KEY_bidirectional] = 1;
}

/* Arrays are read whole: what is derived is left to the patches. */
static void test_arrays(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    const rnn_value cells[] = {whole(1), text("[1, 3]"), whole(2), text("[5]"), whole(1), null()};
    rnn_table *rows = make_table(&ctx, 2, cells, 3);
    rnn_model *m = learn(&ctx, RNN_TASK_CLASSIFY, rows, NULL);
    rnn_sequence_set set;
    double deviation = sqrt(8.0 / 3);
    assert_int_equal(m->input[0].kind, RNN_INPUT_SEQUENCE);
    assert_near(m->input[0].mean[0], 3, 1e-12);
    assert_near(m->input[0].scale[0], deviation, 1e-12);
    assert_int_equal(m->options.bidirectional, 1);
    assert_int_equal(m->sequence.patch_width, 1); /* until the lengths are known */
    assert_int_equal(m->sequence.wide_series, 1);
    assert_int_equal(m->sequence.derived, 0);
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    assert_int_equal(set.number_width, 2);
    const real *x = set.numbers + set.sequence[1].first * set.number_width; /* [1, 3] */
    const double want[] = {-2 / deviation, 0, 0, 0};
    for (size_t i = 0; i < 4; i++) assert_near((double)x[i], want[i], 1e-6);
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* Read as they come: value, mask, change, then the patch without the step itself, the six before,
** of which the first is repeated. */
static void test_arrays_one_way(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    const rnn_value cells[] = {whole(1), text("[1, 3]"), whole(2), text("[5]"), whole(1), null()};
    rnn_table *rows = make_table(&ctx, 2, cells, 3);
    rnn_model *m = learn(&ctx, RNN_TASK_CLASSIFY, rows, one_way);
    rnn_sequence_set set;
    double deviation = sqrt(8.0 / 3);
    assert_int_equal(m->sequence.patch_width, 0);
    assert_int_equal(m->sequence.wide_series, 0);
    assert_int_equal(m->sequence.derived, RNN_PATCH);
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    assert_int_equal(set.number_width, 2 + RNN_PATCH);
    const double first[] = {-2, 0, 0, -2, -2, -2, -2, -2, -2},
                 second[] = {0, 0, 2, -2, -2, -2, -2, -2, -2};
    const real *x = set.numbers + set.sequence[1].first * set.number_width;
    for (size_t i = 0; i < 9; i++) {
        double scale = i == 1 ? 1 : deviation;
        assert_near((double)x[i] * scale, first[i], 1e-6);
        assert_near((double)x[9 + i] * scale, second[i], 1e-6);
    }
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- steps ---- */

static rnn_model *learn_steps(rnn_context *ctx, int changes, void (*option)(rnn_options *o),
                              rnn_sequence_set *set) {
    const rnn_value cells[] = {text("b"), whole(2),  whole(changes), number(4), text("a"), whole(1),
                               whole(5),  number(1), text("b"),      whole(1),  whole(0),  null(),
                               text("a"), whole(2),  null(),         number(3)};
    rnn_table *rows = make_table(ctx, 4, cells, 4);
    rnn_model *m = learn(ctx, RNN_TASK_CLASSIFY, rows, option);
    build(ctx, m, rows, RNN_FIRST_TARGET, set);
    assert_int_equal(set->count, 2);
    assert_int_equal(set->sequence[1].steps, 2);
    assert_int_equal(set->row[2], 2);                                   /* b, time 1, came third */
    assert_near((double)set->numbers[2 * set->number_width + 1], 1, 0); /* its input is missing */
    rnn_table_free(rows);
    return m;
}

static void test_steps(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_sequence_set set;
    (void)state;
    /* No target changes inside a series: one prediction each, and series are read whole, */
    rnn_model *m = learn_steps(&ctx, 0, NULL, &set);
    assert_int_equal(m->options.output, RNN_OUTPUT_LAST);
    assert_int_equal(m->options.bidirectional, 1);
    assert_int_equal(m->sequence.patch_width, 1);
    assert_int_equal(set.number_width, 2);
    assert_true(set.target[0] == 1 && set.target[1] == 0);
    rnn_sequence_set_free(&set);
    rnn_model_free(m);
    m = learn_steps(&ctx, 0, one_way, &set); /* unless rows are to be read as they come. */
    assert_int_equal(m->options.output, RNN_OUTPUT_LAST);
    assert_int_equal(m->sequence.patch_width, 0);
    assert_int_equal(set.number_width, 2 + RNN_PATCH);
    assert_true(set.target[0] == 1 && set.target[1] == 0);
    rnn_sequence_set_free(&set);
    rnn_model_free(m);
    m = learn_steps(&ctx, 5, NULL, &set);
    assert_int_equal(m->options.output, RNN_OUTPUT_EVERY);
    assert_int_equal(m->options.bidirectional, 0);
    assert_int_equal(m->sequence.patch_width, 0);
    assert_int_equal(set.number_width, 2);
    assert_true(set.target[0] == 1 && isnan(set.target[1]) && set.target[2] == 0);
    rnn_sequence_set_free(&set);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- batches ---- */

static void as_words(rnn_options *o) { o->tokens.source = o->tokens.target = RNN_TOKENS_WORD; }

static void test_pairs(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    const rnn_value cells[] = {text("a a a"), text("x y"), text("b a"), text("y")};
    rnn_table *rows = make_table(&ctx, 2, cells, 2);
    rnn_model *m = learn(&ctx, RNN_TASK_SEQ2SEQ, rows, as_words);
    rnn_sequence_set set;
    rnn_sequence_sampler *s;
    rnn_batch b;
    const size_t list[] = {0, 1}, item[] = {0, 1}, length[] = {2, 1};
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    m->spec.categories = 1;
    m->spec.target_vocabulary = m->sequence.target_vocabulary.count;
    assert_int_equal(rnn_sequence_sampler_create(&ctx, m, &set, list, 2, NULL, 0, 0, &s), RNN_OK);
    assert_int_equal(s->sampler.max_targets, 4);
    assert_int_equal(rnn_sampler_batch(&ctx, &s->sampler, &m->spec, 2, &b), RNN_OK);
    rnn_batch_layout(&b, length, 2);
    s->sampler.fill(&s->sampler, 0, item, 2, 1, &b);
    /* Targets: a a a end, b a end; a is 4, b is 5. Rows by step: both, both, both, the first. */
    const uint32_t before[] = {2, 2, 4, 5, 4, 4, 4};
    const double want[] = {4, 5, 4, 4, 4, 3, 3};
    assert_int_equal(b.outputs, 7);
    assert_int_equal(b.source[0], 0);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(b.decoder->ids[i], before[i]);
        assert_near((double)b.target[i], want[i], 0);
    }
    rnn_batch_free(&ctx, &b);
    rnn_sequence_sampler_free(s);
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* Lanes of training are one stream, each text closed, begun anywhere; validation begins where it
** begins and is complete. */
static void test_lanes(void **state) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    (void)state;
    const rnn_value cells[] = {text("abcabcabc"), text("bbbbb")};
    rnn_table *rows = make_table(&ctx, 1, cells, 2);
    rnn_model *m = learn(&ctx, RNN_TASK_GENERATE, rows, NULL);
    rnn_sequence_set set;
    rnn_sequence_sampler *s;
    rnn_batch b;
    const size_t list[] = {0}, held[] = {1}, item[] = {0, 1};
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    m->spec.categories = 1;
    assert_int_equal(rnn_sequence_sampler_create(&ctx, m, &set, list, 1, held, 1, 2, &s), RNN_OK);
    assert_int_equal(s->lane_steps[0], 5); /* 9 characters and the end */
    for (uint64_t seed = 0; seed < 20; seed++) {
        size_t length[] = {5, 5}, count[8] = {0};
        assert_int_equal(rnn_sampler_batch(&ctx, &s->sampler, &m->spec, 2, &b), RNN_OK);
        rnn_batch_layout(&b, length, 2);
        s->sampler.fill(&s->sampler, 0, item, 2, seed, &b);
        for (size_t t = 0; t < 5; t++) {
            for (size_t i = 0; i < 2; i++) {
                size_t row = rnn_batch_row(&b, i, t), token = (size_t)b.target[row];
                count[token]++;
                if (t == 0) assert_int_equal(b.ids[row], RNN_WORD_BEGIN);
                if (t + 1 < 5)
                    assert_int_equal(b.ids[rnn_batch_row(&b, i, t + 1)],
                                     token == RNN_WORD_END ? RNN_WORD_BEGIN : token);
            }
        }
        assert_int_equal(count[RNN_WORD_END], 1);
        assert_int_equal(count[4] + count[5] + count[6], 9);
        rnn_batch_free(&ctx, &b);
    }
    double weight = 0;
    size_t length[] = {s->lane_steps[1], s->lane_steps[1]};
    assert_int_equal(rnn_sampler_batch(&ctx, &s->sampler, &m->spec, 2, &b), RNN_OK);
    rnn_batch_layout(&b, length, 2);
    s->sampler.fill(&s->sampler, 1, item, 2, 0, &b);
    for (size_t o = 0; o < b.outputs; o++) weight += (double)b.weight[o];
    assert_near(weight, 6, 0); /* five characters and the end */
    rnn_batch_free(&ctx, &b);
    rnn_sequence_sampler_free(s);
    rnn_sequence_set_free(&set);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

/* ---- labelled steps cut into lanes ---- */

enum { STEPS = 100, SHORT = 7 };

static void every(rnn_options *o) { o->output = RNN_OUTPUT_EVERY; }

/* A series of 100 steps and one of 7; the input of a step is its number, the target twice that. */
static rnn_table *long_series(rnn_context *ctx) {
    rnn_value cells[(STEPS + SHORT) * 4];
    for (int64_t i = 0; i < STEPS + SHORT; i++) {
        int64_t s = i >= STEPS, t = s ? i - STEPS : i;
        const rnn_value row[] = {whole(s), whole(t), number(2 * (double)i), number((double)i)};
        memcpy(cells + i * 4, row, sizeof row);
    }
    return make_table(ctx, 4, cells, STEPS + SHORT);
}

/* The inputs and targets of a lane: in order, those of the warm-up without an output. */
static void check_lane(rnn_context *ctx, const rnn_model *m, const rnn_sequence_sampler *s,
                       size_t item, size_t *seen) {
    const rnn_sampler *sampler = &s->sampler;
    const rnn_sequence *q = &s->set->sequence[s->list[0][item]];
    size_t length = sampler->length(sampler, 0, item);
    rnn_batch b;
    assert_int_equal(length, q->warm + q->steps);
    assert_int_equal(rnn_sampler_batch(ctx, sampler, &m->spec, 1, &b), RNN_OK);
    rnn_batch_layout(&b, &length, 1);
    sampler->fill(sampler, 0, &item, 1, 1, &b);
    assert_int_equal(b.outputs, q->steps);
    for (size_t t = 0; t < length; t++) {
        double x = (double)b.numbers[t * m->spec.numbers] * m->input[0].scale[0];
        assert_near(x + m->input[0].mean[0], (double)(q->first - q->warm + t), 1e-4);
    }
    for (size_t o = 0; o < b.outputs; o++) {
        size_t step = q->first + o;
        double y = (double)b.target[o] * m->sequence.target_scale + m->sequence.target_mean;
        assert_int_equal(b.out_row[o], q->warm + o);
        assert_near(y, 2 * (double)step, 1e-3);
        seen[step]++;
    }
    rnn_batch_free(ctx, &b);
}

/* Every step is an output of one lane; what was held out stays so. */
static void check_cut(size_t batch, size_t tbptt, size_t lanes, size_t warm_steps) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *rows = long_series(&ctx);
    rnn_model *m = learn(&ctx, RNN_TASK_REGRESS, rows, every);
    rnn_sequence_set set;
    rnn_sequence_sampler *s;
    size_t *list = rnn_alloc_array(&ctx, 2, sizeof *list), count = 1, warm = 0;
    size_t seen[STEPS + SHORT] = {0};
    build(&ctx, m, rows, RNN_FIRST_TARGET, &set);
    m->spec.numbers = rnn_model_numbers(m);
    list[0] = 0;
    list[1] = 1;
    for (uint64_t fail = 1; fail <= 2 && lanes > 1; fail++) { /* nothing is changed, nothing lost */
        host.fail_at = host.requests + fail;
        assert_int_equal(rnn_sequence_lanes(&set, batch, tbptt, &list, &count, 1), RNN_NOMEM);
        assert_int_equal(set.sequence[0].steps, STEPS);
        assert_int_equal(count, 1);
        host.fail_at = 0;
        ctx.status = RNN_OK;
    }
    assert_int_equal(rnn_sequence_lanes(&set, batch, tbptt, &list, &count, 1), RNN_OK);
    assert_int_equal(count, lanes);
    assert_int_equal(list[count], 1);
    assert_int_equal(set.sequence[1].steps, SHORT);
    assert_int_equal(
        rnn_sequence_sampler_create(&ctx, m, &set, list, count, list + count, 1, 0, &s), RNN_OK);
    for (size_t i = 0; i < count; i++) {
        check_lane(&ctx, m, s, i, seen);
        warm += set.sequence[list[i]].warm;
    }
    for (size_t t = 0; t < STEPS; t++) assert_int_equal(seen[t], 1);
    assert_int_equal(warm, warm_steps);
    rnn_sequence_sampler_free(s);
    rnn_sequence_set_free(&set);
    rnn_free(&ctx, list);
    rnn_table_free(rows);
    rnn_model_free(m);
    testing_no_leak(&ctx, &host);
}

static void test_label_lanes(void **state) {
    (void)state;
    check_cut(1, 3, 1, 0);
    check_cut(3, 4, 3, 8);
    check_cut(8, 4, 3, 8); /* lanes of at least 8 chunks */
    check_cut(100, 1, 12, 11);
    check_cut(4, 1000, 1, 0);
}

/* ---- refusals ---- */

static void expect_refused(rnn_task task, size_t columns, const rnn_value *cells, size_t rows,
                           const char *part) {
    testing_host host;
    rnn_context ctx = testing_context(&host);
    rnn_table *table = make_table(&ctx, columns, cells, rows);
    rnn_model *m = rnn_model_create(&ctx);
    m->options.task = task;
    rnn_automatic_reading(&m->options);
    assert_int_equal(rnn_sequences_learn(&ctx, "rnn_train", table, m), RNN_DATA);
    if (!strstr(ctx.message, part)) fail_msg("'%s' is not in: %s", part, ctx.message);
    rnn_model_free(m);
    rnn_table_free(table);
    testing_no_leak(&ctx, &host);
}

static void test_refusals(void **state) {
    (void)state;
    const rnn_value three[] = {whole(1), whole(2), whole(3)};
    expect_refused(RNN_TASK_CLASSIFY, 3, three, 1,
                   "3 columns; task \"classify\" takes either class");
    expect_refused(RNN_TASK_GENERATE, 2, three, 1, "takes either text");
    expect_refused(RNN_TASK_SEQ2SEQ, 1, three, 1, "target text, then the source");
    const rnn_value one[] = {text("a"), text("x y"), text("a"), text("y z")};
    expect_refused(RNN_TASK_CLASSIFY, 2, one, 2, "needs two classes or more");
    expect_refused(RNN_TASK_REGRESS, 2, one, 2, "takes a finite number");
    const rnn_value mixed[] = {text("a"), text("x"), text("b"), whole(3)};
    expect_refused(RNN_TASK_CLASSIFY, 2, mixed, 2, "column 2 of row 2 is 3; an input is a text");
    const rnn_value nothing[] = {text("a"), null(), text("b"), null()};
    expect_refused(RNN_TASK_CLASSIFY, 2, nothing, 2, "NULL in all 2 rows");
    const rnn_value empty[] = {text("a"), text(""), text("b"), text(" ")};
    expect_refused(RNN_TASK_CLASSIFY, 2, empty, 2, "are empty");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),   cmocka_unit_test(test_short_texts_are_characters),
        cmocka_unit_test(test_arrays),  cmocka_unit_test(test_arrays_one_way),
        cmocka_unit_test(test_steps),   cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_lanes),   cmocka_unit_test(test_label_lanes),
        cmocka_unit_test(test_refusals)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
