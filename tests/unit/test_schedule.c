/* test_schedule.c - learning rates: one-cycle against PyTorch, the shapes of the others. */
#include "testing.h"

#include "schedule.h"

/* torch.optim.lr_scheduler.OneCycleLR(max_lr=0.1, total_steps=20), PyTorch 1.13. */
static void one_cycle_is_torchs(void **state) {
    (void)state;
    static const double want[20] = {0.004,
                                    0.01316718427,
                                    0.03716718427,
                                    0.06683281573,
                                    0.09083281573,
                                    0.1,
                                    0.0987464006235,
                                    0.0950484632013,
                                    0.0890916177571,
                                    0.081174565395,
                                    0.0716943001791,
                                    0.0611262021936,
                                    0.0500002,
                                    0.0388741978064,
                                    0.0283060998209,
                                    0.018825834605,
                                    0.0109087822429,
                                    0.00495193679865,
                                    0.00125399937649,
                                    4e-07};
    for (uint64_t s = 0; s < 20; s++)
        assert_near(rnn_schedule_rate(RNN_SCHEDULE_ONE_CYCLE, 0.1, s, 20), want[s], 1e-11);
}

static void cosine_warms_up_and_falls(void **state) {
    (void)state;
    rnn_schedule k = RNN_SCHEDULE_COSINE;
    for (uint64_t s = 0; s < 10; s++) /* w = 200 / 20 */
        assert_near(rnn_schedule_rate(k, 1, s, 200), ((double)s + 1) / 11, 1e-12);
    assert_near(rnn_schedule_rate(k, 1, 10, 200), 1, 1e-12);
    assert_near(rnn_schedule_rate(k, 1, 105, 200), 0.5, 1e-12);
    for (uint64_t s = 11; s < 200; s++)
        assert_true(rnn_schedule_rate(k, 1, s, 200) < rnn_schedule_rate(k, 1, s - 1, 200));
    assert_true(rnn_schedule_rate(k, 1, 199, 200) > 0);
    /* the warm-up of a long training is no longer than 500 steps */
    assert_near(rnn_schedule_rate(k, 1, 500, 1000000), 1, 1e-12);
}

/* Whatever the length: positive, at most the peak, and defined after the end. */
static void always_within_the_peak(void **state) {
    (void)state;
    static const rnn_schedule kind[] = {RNN_SCHEDULE_CONSTANT, RNN_SCHEDULE_COSINE,
                                        RNN_SCHEDULE_PLATEAU, RNN_SCHEDULE_ONE_CYCLE};
    for (size_t k = 0; k < COUNT(kind); k++) {
        assert_true(rnn_schedule_rate(kind[k], 0.3, 5, 0) == 0.3);
        for (uint64_t steps = 1; steps < 60; steps++)
            for (uint64_t s = 0; s < steps + 3; s++) {
                double rate = rnn_schedule_rate(kind[k], 0.3, s, steps);
                assert_true(rate > 0 && rate <= 0.3);
                if (s >= steps)
                    assert_true(rate == rnn_schedule_rate(kind[k], 0.3, steps - 1, steps));
            }
    }
}

static void plateau_halves(void **state) {
    (void)state;
    static const struct {
        double loss, factor;
    } epoch[] = {{10, 1},    {9, 1},     {9, 1},     {8.9999, 1}, /* not better by 0.01 %... */
                 {9, 0.5},   {8, 0.5},   {NAN, 0.5}, {8, 0.5},    {8, 0.25},
                 {-1, 0.25}, {-1, 0.25}, {-1, 0.25}, {-2, 0.25}};
    rnn_plateau p;
    rnn_plateau_init(&p, 3);
    for (size_t i = 0; i < COUNT(epoch); i++)
        assert_true(rnn_plateau_epoch(&p, epoch[i].loss) == epoch[i].factor);
    rnn_plateau_init(&p, 0); /* as 1 */
    rnn_plateau_epoch(&p, 1);
    for (int i = 0; i < 40; i++) rnn_plateau_epoch(&p, 1);
    assert_true(p.factor == 1.0 / 1024);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cycle_is_torchs),
        cmocka_unit_test(cosine_warms_up_and_falls),
        cmocka_unit_test(always_within_the_peak),
        cmocka_unit_test(plateau_halves),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
