/* test_columns.c - inputs: kinds, vocabularies, scaling, masks, vectors, what is refused. */
#include "series_testing.h"
#include "words_testing.h"

#include "columns.h"
#include "vectors.h"

#define SINGLE 1e-6 /* float32 of a value of about one */

static const rnn_input_column *input(const fixture *f, size_t k) { return &f->model->input[k]; }

/* Value `i` of number or vector column k at a position of series 0; the mask is behind the last. */
static double value_at(const fixture *f, size_t k, size_t position, size_t i) {
    rnn_input_place place = rnn_series_input(f->model, k);
    assert_int_equal(place.category, 0);
    return f->set.series[0].numbers[position * f->set.number_width + place.first + i];
}

static uint32_t id_at(const fixture *f, size_t k, size_t position) {
    rnn_input_place place = rnn_series_input(f->model, k);
    assert_int_equal(place.category, 1);
    return f->set.series[0].ids[position * f->set.categories + place.first];
}

/* ---- numbers ---- */

static void test_numbers(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 5, "a|1|1|10|7\na|2|1||7\na|4|1|16|7\n"); /* mean 13, deviation 3; constant 7 */
    assert_int_equal(f.set.number_width, 4);
    assert_int_equal(f.set.categories, 0);
    assert_null(f.set.series[0].ids);
    assert_near(*input(&f, 0)->mean, 13, 0);
    assert_near(*input(&f, 0)->scale, 3, 1e-15);
    assert_near(*input(&f, 1)->scale, 1, 0);
    static const double first[4] = {-1, 0, 0, 1}, mask[4] = {0, 1, 1, 0};
    static const double constant_mask[4] = {0, 0, 1, 0};
    for (size_t p = 0; p < 4; p++) { /* position 2 is a gap */
        assert_near(value_at(&f, 0, p, 0), first[p], SINGLE);
        assert_near(value_at(&f, 0, p, 1), mask[p], 0);
        assert_near(value_at(&f, 1, p, 0), 0, 0);
        assert_near(value_at(&f, 1, p, 1), constant_mask[p], 0);
    }
    rebuild(&f, 5, "z|1|1|13.3|8\nz|2||1e300|-1e300\n");
    assert_near(value_at(&f, 0, 0, 0), 0.1, SINGLE);
    assert_near(value_at(&f, 1, 0, 0), 1, SINGLE);
    assert_near(value_at(&f, 0, 1, 0), RNN_INPUT_CUT, 0);
    assert_near(value_at(&f, 1, 1, 0), -RNN_INPUT_CUT, 0);
    drop(&f);
}

/* All NULL: a number that is always missing, and a number when rows to forecast bring one. */
static void test_all_null(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 4, "a|1|1|\na|2|1|\n");
    assert_int_equal(input(&f, 0)->kind, RNN_INPUT_NUMBER);
    assert_near(value_at(&f, 0, 0, 1), 1, 0);
    rebuild(&f, 4, "a|1|1|0.5\n");
    assert_near(value_at(&f, 0, 0, 0), 0.5, SINGLE);
    assert_near(value_at(&f, 0, 0, 1), 0, 0);
    assert_int_equal(rebuild_status(&f, 4, "a|1|1|red\n"), RNN_DATA);
    drop(&f);
}

/* Squares of such values overflow; nothing that comes out may be infinite or NaN. */
static void test_huge(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 4, "a|1|1|1e308\na|2|1|-1e308\na|3|1|1.7e308\na|4|1|5\n");
    for (size_t p = 0; p < 4; p++) assert_true(fabs(value_at(&f, 0, p, 0)) <= RNN_INPUT_CUT);
    drop(&f);
}

static void test_bad_numbers(void **state) {
    (void)state;
    refuse(5, "a|1|1|1|5\na|2|1|1|red\n",
           "rnn_train: input 2 (argument 6) is 'red' (series 'a', time 2)|numbers|CAST");
    refuse(4, "a|1|1|5\na|2|1|#1\n", "input 1 (argument 5) is x'|numbers");
    refuse(4, "a|1|1|[1]\na|2|1|3\n", "input 1 (argument 5) is '[1]'|numbers");
    refuse(4, "a|1|1|5\na|2014-01-01|1|inf\n", "time");
    refuse(4, "a|1|1|5\na||1|2\n", "time");
    refuse(4, "a|1|1|5\na|2|1|-inf\n", "input 1 (argument 5) is |series 'a', time 2|finite");
    refuse(4, "b||1|5\nb||1|-inf\n", "series 'b', row 2");
    refuse_rows(
        4, "a|1|1|5\na|2|1|6\n", 4, "a|1|1|5\na|2|1|red\n",
        "rnn_forecast: input 1 (argument 4 of rnn_rows) is 'red' (series 'a', time 2)|numbers");
    refuse_rows(4, "a|1|1|5\na|2|1|6\n", 4, "a|1|1|inf\n", "finite");
}

/* ---- categories ---- */

static void test_vocabulary(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 5,
          "a|1|1|red|1\na|2|1|blue|2\na|3|1||3\na|4|1|blue|4\na|5|1|'7|5\na|6|1|red|6\n"
          "a|7|1|[x]|7\na|9|1|blue|8\n");
    const rnn_input_column *in = input(&f, 0);
    static const char *const words[5] = {"", "blue", "red", "7", "[x]"};
    static const uint64_t counts[5] = {1, 3, 2, 1, 1};
    static const uint32_t ids[9] = {2, 1, 0, 1, 3, 2, 4, 0, 1}; /* position 7 is a gap */
    assert_int_equal(in->kind, RNN_INPUT_CATEGORY);
    assert_int_equal(in->vocabulary.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_word(&in->vocabulary, i, words[i]);
        assert_int_equal(in->vocabulary.counts[i], counts[i]);
    }
    assert_int_equal(f.set.categories, 1);
    assert_int_equal(f.set.number_width, 2);
    for (size_t p = 0; p < 9; p++) assert_int_equal(id_at(&f, 0, p), ids[p]);
    assert_near(value_at(&f, 1, 7, 1), 1, 0);
    rebuild(&f, 5, "a|1|1|green|1\na|2|1||1\na|3|1|[x]|1\na|4|1|blu|1\na|5|1|red|1\n");
    static const uint32_t other[5] = {0, 0, 4, 0, 2};
    for (size_t p = 0; p < 5; p++) assert_int_equal(id_at(&f, 0, p), other[p]);
    rebuild(&f, 5, "a|1|1||1\n");
    assert_int_equal(id_at(&f, 0, 0), 0);
    drop(&f);
}

static void test_bad_categories(void **state) {
    (void)state;
    refuse_rows(
        4, "a|1|1|red\na|2|1|blue\n", 4, "a|1|1|3\n",
        "rnn_forecast: input 1 (argument 4 of rnn_rows) is 3 (series 'a', time 1)|text|CAST");
    refuse_rows(4, "a|1|1|red\na|2|1|blue\n", 4, "a|1|1|red\na|3|1|#1\n", "is x'|time 3|text");
}

/* The most frequent words are kept; the others are unknown. */
static void test_many_words(void **state) {
    (void)state;
    rnn_context ctx = {0};
    rnn_options options = {0};
    rnn_series_set set = {0};
    rnn_table *rows = NULL;
    rnn_model *model = rnn_model_create(&ctx);
    enum { WORDS = RNN_MAX_WORDS + 10 };
    assert_int_equal(rnn_table_create(&ctx, 4, &rows), RNN_OK);
    for (int i = 0; i < WORDS + 10; i++) { /* the last 10 words come twice */
        char line[64];
        int n = snprintf(line, sizeof line, "a|%d|1|w%05d", i, i < WORDS ? i : i - 10);
        assert_int_equal(append_line(rows, line, (size_t)n), RNN_OK);
    }
    assert_int_equal(rnn_series_learn(&ctx, TRAIN, rows, &options, model), RNN_OK);
    assert_int_equal(model->input[0].vocabulary.count, RNN_MAX_WORDS + 1);
    assert_int_equal(model->input[0].vocabulary.counts[0], 10);
    assert_word(&model->input[0].vocabulary, 1, "w50000");
    assert_word(&model->input[0].vocabulary, 11, "w00000");
    assert_int_equal(rnn_series_build(&ctx, TRAIN, rows, model, &set), RNN_OK);
    assert_int_equal(set.series[0].ids[WORDS - 1], 10);
    assert_int_equal(set.series[0].ids[5], 16);
    assert_int_equal(set.series[0].ids[WORDS - 11], 0);
    rnn_series_set_free(&set);
    rnn_model_free(model);
    rnn_table_free(rows);
    assert_int_equal(ctx.memory_used, 0);
}

/* ---- vectors ---- */

static void test_vectors(void **state) {
    (void)state;
    fixture f = {0};
    learn(&f, 5, "a|1|1|[1, 10]|2\na|2|1||4\na|3|1|#3,30|2\na|4|1| [ 2,2e1 ] |4\n");
    const rnn_input_column *in = input(&f, 0);
    assert_int_equal(in->kind, RNN_INPUT_VECTOR);
    assert_int_equal(in->width, 2);
    assert_near(in->mean[0], 2, 1e-15);
    assert_near(in->mean[1], 20, 1e-15);
    assert_near(in->scale[1], sqrt(200.0 / 3), 1e-15);
    assert_int_equal(f.set.number_width, 5); /* 2 + mask, 1 + mask */
    assert_int_equal(rnn_series_input(f.model, 1).first, 3);
    assert_near(value_at(&f, 0, 2, 0), sqrt(1.5), SINGLE);
    assert_near(value_at(&f, 0, 2, 1), sqrt(1.5), SINGLE);
    assert_near(value_at(&f, 0, 3, 1), 0, SINGLE);
    assert_near(value_at(&f, 0, 1, 2), 1, 0);
    assert_near(value_at(&f, 0, 2, 2), 0, 0);
    assert_near(value_at(&f, 1, 3, 0), 1, SINGLE);
    drop(&f);
}

static void test_bad_vectors(void **state) {
    (void)state;
    refuse(
        4, "a|1|1|[1,2]\na|2|1|[1,2,3]\n",
        "rnn_train: input 1 (argument 5) is a vector of 3 (series 'a', time 2), others are of 2");
    refuse(4, "a|1|1|#1,2\na|2|1|#1\n", "is a vector of 1 |others are of 2");
    refuse(4, "a|1|1|[1,2]\na|2|1|[1,null]\n", "input 1 (argument 5) is '[1,null]'|time 2|number");
    refuse(4, "a|1|1|[\"x\"]\n", "every element of a vector is a number");
    refuse(4, "a|1|1|[]\n", "at least one");
    refuse(4, "a|1|1|[1,1e999]\n", "finite");
    refuse(4, "a|1|1|#1,inf\n", "finite");
    refuse(4, "a|1|1|#1\na|2|1|word\n", "is 'word' (series 'a', time 2)|vectors");
    refuse(4, "a|1|1|[1]\na|2|1|word\n", "is 'word' (series 'a', time 2)|vectors");
    refuse_rows(4, "a|1|1|[1,2]\na|2|1|[3,4]\n", 4, "a|1|1|[5]\n",
                "rnn_forecast: input 1 (argument 4 of rnn_rows) is a vector of 1 |others are of 2");
    refuse_rows(4, "a|1|1|[1,2]\na|2|1|[3,4]\n", 4, "a|1|1|5\n", "is 5|JSON array");
    refuse_rows(4, "a|1|1|[1,2]\na|2|1|[3,4]\n", 4, "a|1|1|x\n", "is 'x'|JSON array");
}

static double number_of(const char *json) {
    rnn_value v = {RNN_TEXT, 0, 0, json, strlen(json)};
    double x = NAN;
    size_t width;
    if (rnn_vector_read(&v, &x, 1, &width) || width != 1) return NAN;
    return x;
}

static void test_json_numbers(void **state) {
    (void)state;
    static const char *const good[] = {"0",
                                       "-0",
                                       "7",
                                       "-12.5",
                                       "0.1",
                                       "1e3",
                                       "1E+3",
                                       "2.5e-3",
                                       "1e308",
                                       "2.2250738585072014e-308",
                                       "4.9e-324",
                                       "1e-400",
                                       "123456789012345678901234567890",
                                       "0.000000000000000000000000001",
                                       "3.141592653589793238462643"};
    static const char *const bad[] = {"",    "01",  ".5",  "5.", "+5", "1e",  "1e+",  "0x10",
                                      "NaN", "--1", "1 2", "1,", ",1", "[1]", "true", "1e400"};
    char json[64];
    for (size_t i = 0; i < COUNT(good); i++) {
        snprintf(json, sizeof json, "[%s]", good[i]);
        assert_near(number_of(json), strtod(good[i], NULL), 4e-16);
        if (fabs(strtod(good[i], NULL)) > 1e-300) { /* and relative to small ones */
            assert_near(number_of(json) / strtod(good[i], NULL), 1, 4e-16);
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(json, sizeof json, "[%s]", bad[i]);
        assert_true(isnan(number_of(json)));
    }
    assert_true(isnan(number_of("[1")) && isnan(number_of("1]")) && isnan(number_of("[1]]")));
    assert_true(isnan(number_of("[1]x")) && isnan(number_of("")) && isnan(number_of("[")));
}

/* ---- known ahead ---- */

static void test_known_ahead(void **state) {
    (void)state;
    fixture f = {0};
    f.options.known_ahead.n = 1;
    f.options.known_ahead.v[0] = 2;
    learn(&f, 5, "a|1|1|1|2\na|2|1|2|3\na|3||2|3\n");
    assert_int_equal(input(&f, 0)->known_ahead, 0);
    assert_int_equal(input(&f, 1)->known_ahead, 1);
    assert_int_equal(f.set.series[0].known, 2); /* the future row keeps its inputs */
    assert_int_equal(f.set.series[0].length, 3);
    assert_near(value_at(&f, 1, 2, 1), 0, 0);
    drop(&f);
    memset(&f, 0, sizeof f);
    f.options.known_ahead.all = 1;
    learn(&f, 5, "a|1|1|1|2\na|2|1|2|3\n");
    assert_int_equal(input(&f, 0)->known_ahead, 1);
    drop(&f);
    memset(&f, 0, sizeof f);
    f.options.known_ahead.n = 1;
    f.options.known_ahead.v[0] = 3;
    refuse_with(&f, RNN_OPTION, 5, "a|1|1|1|2\n",
                "rnn_train: option \"known_ahead\" has 3|2 inputs");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_all_null),
        cmocka_unit_test(test_huge),        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_vocabulary),  cmocka_unit_test(test_bad_categories),
        cmocka_unit_test(test_many_words),  cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_bad_vectors), cmocka_unit_test(test_json_numbers),
        cmocka_unit_test(test_known_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
