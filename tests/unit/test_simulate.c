/* test_simulate.c - the generator of series: the same for the same numbers, within its promises,
** and of the kinds it says. Bounds on shares are five standard errors or more: everything is fixed
** by its seed, so that a test that passes once passes for ever.
*/
#include "testing.h"
#include "values_testing.h"

#include "season.h"
#include "simulate.h"

enum { SEED = 20, SERIES = 3000 };

static rnn_simulated draw(rnn_context *ctx, uint64_t seed, uint64_t number) {
    rnn_simulated s;
    assert_int_equal(rnn_simulate(ctx, seed, number, &s), RNN_OK);
    assert_non_null(s.value);
    return s;
}

static int equal(const rnn_simulated *a, const rnn_simulated *b) {
    return a->length == b->length && memcmp(a->season, b->season, sizeof a->season) == 0 &&
           memcmp(a->value, b->value, a->length * sizeof *a->value) == 0;
}

static void same_numbers_same_series(void **state) {
    rnn_context ctx = {0};
    (void)state;
    for (uint64_t i = 0; i < 300; i++) {
        rnn_simulated a = draw(&ctx, SEED, i), other = draw(&ctx, SEED, i + 1);
        rnn_simulated b = draw(&ctx, SEED, i), seed = draw(&ctx, SEED + 1, i);
        assert_true(equal(&a, &b));
        assert_false(equal(&a, &other));
        assert_false(equal(&a, &seed));
        rnn_simulated_free(&ctx, &a);
        rnn_simulated_free(&ctx, &b);
        rnn_simulated_free(&ctx, &other);
        rnn_simulated_free(&ctx, &seed);
        assert_null(a.value);
    }
    assert_int_equal(ctx.memory_used, 0);
}

/* Steps that are to be forecast at least, by nominal season. */
static size_t horizon(const rnn_simulated *s) {
    static const size_t of[][2] = {{12, 18}, {4, 8}, {52, 13}, {7, 14}, {24, 48}};
    for (size_t i = 0; i < COUNT(of); i++) {
        if (s->season[0] == of[i][0]) return of[i][1];
    }
    return 6;
}

typedef struct tally {
    size_t missing, negative, constant, whole, huge, shorter, longer;
} tally;

/* Count what series s is; check what holds for each. */
static void count(const rnn_simulated *s, tally *t) {
    size_t missing = 0, n = s->length, later = horizon(s);
    double least = INFINITY, most = -INFINITY;
    int whole = 1;
    assert_in_range(n, RNN_SIMULATED_SHORTEST, RNN_SIMULATED_LONGEST);
    assert_true(s->season[0] >= 1 && s->season[1] >= 1 && n >= later + 3);
    assert_true(s->season[1] == 1 || s->season[1] == 7 * s->season[0]);
    for (size_t i = 0; i < n; i++) {
        if (isnan(s->value[i])) {
            assert_true(i > 0 && i + 1 < n - later);
            missing++;
            continue;
        }
        assert_true(fabs(s->value[i]) < 1e15);
        least = fmin(least, s->value[i]);
        most = fmax(most, s->value[i]);
        whole = whole && s->value[i] == floor(s->value[i]);
    }
    assert_true(missing <= n / 2);
    t->missing += missing > 0;
    t->negative += least < 0.0;
    t->constant += least == most;
    t->whole += (size_t)whole;
    t->huge += most > 1e6;
    t->shorter += n < 40;
    t->longer += n > 400;
}

static void assert_share(size_t count_of, double least, double most) {
    double share = (double)count_of / SERIES;
    if (share < least || share > most) fail_msg("%g is not in %g ... %g", share, least, most);
}

static void values_are_plausible(void **state) {
    rnn_context ctx = {0};
    tally t = {0};
    (void)state;
    for (uint64_t i = 0; i < SERIES; i++) {
        rnn_simulated s = draw(&ctx, SEED, i);
        count(&s, &t);
        rnn_simulated_free(&ctx, &s);
    }
    assert_share(t.missing, 0.02, 0.07);
    assert_share(t.negative, 0.005, 0.06);
    assert_share(t.constant, 0.0005, 0.02);
    assert_share(t.whole, 0.3, 0.8);
    assert_share(t.huge, 0.05, 0.3);
    assert_share(t.shorter, 0.1, 0.35);
    assert_share(t.longer, 0.05, 0.3);
}

static void units_have_their_shares(void **state) {
    static const struct {
        size_t season[2];
        double share;
    } want[] = {{{12, 1}, 0.3}, {{4, 1}, 0.15}, {{1, 1}, 0.17},
                {{52, 1}, 0.1}, {{7, 1}, 0.12}, {{24, 168}, 0.05}};
    size_t seen[COUNT(want)] = {0};
    rnn_context ctx = {0};
    (void)state;
    for (uint64_t i = 0; i < SERIES; i++) {
        rnn_simulated s = draw(&ctx, SEED, i);
        for (size_t k = 0; k < COUNT(want); k++) {
            seen[k] += memcmp(s.season, want[k].season, sizeof s.season) == 0;
        }
        rnn_simulated_free(&ctx, &s);
    }
    for (size_t k = 0; k < COUNT(want); k++) {
        double p = want[k].share, error = sqrt(p * (1 - p) / SERIES);
        assert_share(seen[k], p - 5 * error, p + 5 * error);
    }
}

/* Of series long enough, this share repeats after a nominal season, once its changes from step to
** step are looked at (a trend repeats, too). */
static double share_with_season(size_t season) {
    static double change[RNN_SIMULATED_LONGEST];
    size_t seen = 0, strong = 0;
    rnn_context ctx = {0};
    for (uint64_t i = 0; i < SERIES; i++) {
        rnn_simulated s = draw(&ctx, SEED, i);
        if (s.season[0] == season && s.length >= 6 * season) {
            for (size_t t = 1; t < s.length; t++) change[t - 1] = s.value[t] - s.value[t - 1];
            seen++;
            strong += rnn_autocorrelation(change, s.length - 1, season) > 0.3;
        }
        rnn_simulated_free(&ctx, &s);
    }
    assert_true(seen > 50);
    return (double)strong / (double)seen;
}

static void seasons_are_there(void **state) {
    static const size_t season[] = {4, 7, 12, 24};
    (void)state;
    for (size_t i = 0; i < COUNT(season); i++) {
        double share = share_with_season(season[i]);
        if (share < 0.3 || share > 0.8) fail_msg("season %zu: %g", season[i], share);
    }
}

static void failing_allocations(void **state) {
    testing_host host;
    (void)state;
    for (uint64_t number = 0; number < 20; number++) {
        rnn_status status = RNN_NOMEM;
        for (uint64_t n = 1; status == RNN_NOMEM; n++) {
            rnn_context ctx = testing_context(&host);
            rnn_simulated s;
            host.fail_at = n;
            status = rnn_simulate(&ctx, SEED, number, &s);
            assert_true(status == RNN_OK || (s.value == NULL && s.length == 0));
            rnn_simulated_free(&ctx, &s);
            testing_no_leak(&ctx, &host);
            assert_true(n < 10);
        }
        assert_int_equal(status, RNN_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_numbers_same_series), cmocka_unit_test(values_are_plausible),
        cmocka_unit_test(units_have_their_shares),  cmocka_unit_test(seasons_are_there),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
