/* test_distribution.c - special functions and quantiles against SciPy 1.10 (scipy.special,
** scipy.stats). */
#include "testing.h"

#include "distribution.h"

/* x, gammaln(x), digamma(x) */
static void gamma_functions(void **state) {
    (void)state;
    static const double row[][3] = {
        {0.001, 6.9071788853838534, -1000.5755719318103},
        {0.1, 2.252712651734206, -10.423754940411076},
        {0.5, 0.57236494292469997, -1.9635100260214235},
        {1, 0, -0.57721566490153287},
        {1.5, -0.12078223763524526, 0.03648997397857652},
        {2, 0, 0.42278433509846713},
        {3.7, 1.4280723266653881, 1.1671535393615113},
        {9.99, 12.779315214350195, 2.2507003728312012},
        {10, 12.801827480081469, 2.2517525890667209},
        {25.5, 56.389167643719937, 3.2189424728839198},
        {1000.0, 5905.2204232091808, 6.907255195648812},
        {100000000.0, 1742068066.1038349, 18.420680738952367},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        assert_near(rnn_log_gamma(row[i][0]), row[i][1], 2e-14);
        assert_near(rnn_digamma(row[i][0]), row[i][2], 2e-14);
    }
}

/* The definition where it can be computed, the limit where it cannot, and the derivative by
** differences. */
static void log_rising(void **state) {
    (void)state;
    static const double r[] = {0.01, 0.7, 3, 9.9, 10.1, 200}, y[] = {0, 0.5, 1, 7.3, 120};
    for (size_t i = 0; i < COUNT(r); i++)
        for (size_t j = 0; j < COUNT(y); j++) {
            double by_r, h = 1e-5 * r[i];
            double want = rnn_log_gamma(r[i] + y[j]) - rnn_log_gamma(r[i]) - y[j] * log(r[i]);
            assert_near(rnn_log_rising(r[i], y[j], &by_r), want, 1e-12);
            double above = rnn_log_rising(r[i] + h, y[j], NULL);
            double below = rnn_log_rising(r[i] - h, y[j], NULL);
            assert_near(by_r, (above - below) / (2 * h), 1e-7);
        }
    /* y (y - 1) / (2 r) for large r */
    assert_near(rnn_log_rising(1e8, 100, NULL) / (9900 / 2e8), 1, 1e-6);
}

/* a, b, x, betainc(a, b, x) */
static void incomplete_beta(void **state) {
    (void)state;
    static const double row[][4] = {
        {0.5, 0.5, 0.3, 0.36901011956554541},          {2, 3, 0.9, 0.99629999999999996},
        {10000.0, 10000.0, 0.501, 0.6113500478574172}, {1, 1000000.0, 1e-06, 0.63212074276846264},
        {30, 0.5, 0.99, 0.43933436890525102},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        double a = row[i][0], b = row[i][1], x = row[i][2];
        assert_near(rnn_incomplete_beta(a, b, x, 1 - x), row[i][3], 1e-12);
        assert_near(rnn_incomplete_beta(b, a, 1 - x, x), 1 - row[i][3], 1e-12);
    }
    assert_true(rnn_incomplete_beta(2, 3, 0, 1) == 0 && rnn_incomplete_beta(2, 3, 1, 0) == 1);
}

/* p, norm.ppf(p) */
static void normal_quantile(void **state) {
    (void)state;
    static const double row[][2] = {
        {1e-300, -37.047096299361201},
        {1e-20, -9.2623400897984087},
        {1e-08, -5.6120012441747891},
        {0.001, -3.0902323061678132},
        {0.025, -1.9599639845400545},
        {0.3, -0.52440051270804089},
        {0.5, 0},
        {0.8, 0.8416212335729143},
        {0.975, 1.959963984540054},
        {0.9999, 3.7190164854557088},
    };
    for (size_t i = 0; i < COUNT(row); i++)
        assert_near(rnn_normal_quantile(row[i][0]), row[i][1], 4e-15);
    assert_true(rnn_normal_quantile(0) == -INFINITY && rnn_normal_quantile(1) == INFINITY);
    assert_true(isnan(rnn_normal_quantile(NAN)));
}

/* degrees, p, the quantile by mpmath 1.2 with 40 digits: SciPy 1.10 has but 9 */
static void student_quantile(void **state) {
    (void)state;
    static const double row[][3] = {
        {1, 1e-08, -31830988.618379056},
        {1, 0.001, -318.30883898555044},
        {1, 0.025, -12.706204736174704},
        {1, 0.3, -0.72654252800536094},
        {1, 0.499, -0.0031416029890561589},
        {1, 0.9, 3.0776835371752541},
        {1, 0.9995, 636.61924876878973},
        {2, 1e-08, -7071.0677057994576},
        {2, 0.001, -22.327124770119875},
        {2, 0.025, -4.3026527297494637},
        {2, 0.3, -0.61721339984836768},
        {2, 0.499, -0.0028284327816174127},
        {2, 0.9, 1.885618083164127},
        {2, 0.9995, 31.599054576445363},
        {2.5, 1e-08, -1389.2275830275381},
        {2.5, 0.001, -13.822193110865965},
        {2.5, 0.025, -3.5746548420036831},
        {2.5, 0.3, -0.59730773825231749},
        {2.5, 0.499, -0.0027638962690653825},
        {2.5, 0.9, 1.7302509288071768},
        {2.5, 0.9995, 18.277893528131458},
        {3, 1e-08, -479.52506957973828},
        {3, 0.001, -10.214531852407386},
        {3, 0.025, -3.1824463052837095},
        {3, 0.3, -0.58438972743981871},
        {3, 0.499, -0.002720703521734023},
        {3, 0.9, 1.6377443536962103},
        {3, 0.9995, 12.923978636687964},
        {7.3, 1e-08, -25.679425650359134},
        {7.3, 0.001, -4.6888659935383738},
        {7.3, 0.025, -2.3450667365477036},
        {7.3, 0.3, -0.54806289794217738},
        {7.3, 0.499, -0.0025936899757562962},
        {7.3, 0.9, 1.4089223177480422},
        {7.3, 0.9995, 5.2832117589394974},
        {30, 1e-08, -7.5565346518854014},
        {30, 0.001, -3.3851848668293051},
        {30, 0.025, -2.0422724563012383},
        {30, 0.3, -0.53001900390650451},
        {30, 0.499, -0.0025276030072151389},
        {30, 0.9, 1.3104150253913957},
        {30, 0.9995, 3.6459586350420628},
        {1000, 1e-08, -5.6579123376791052},
        {1000, 0.001, -3.0984021639129229},
        {1000, 0.025, -1.9623390808264085},
        {1000, 0.3, -0.52456770730922693},
        {1000, 0.499, -0.0025072576394709744},
        {1000, 0.9, 1.2823987214609246},
        {1000, 0.9995, 3.3002826484239442},
        {99999, 1e-08, -5.6124571794413855},
        {99999, 0.001, -3.090313810242298},
        {99999, 0.025, -1.9599877077718448},
        {99999, 0.3, -0.52440218425026121},
        {99999, 0.499, -0.0025066371662588896},
        {99999, 0.9, 1.2815600315340216},
        {99999, 0.9995, 3.2906240323849487},
        {1000000.0, 1e-08, -5.6120468343692815},
        {1000000.0, 0.001, -3.0902404563165196},
        {1000000.0, 0.025, -1.959966356814107},
        {1000000.0, 0.3, -0.52440067986020892},
        {1000000.0, 0.499, -0.0025066315262335069},
        {1000000.0, 0.9, 1.2815524121299386},
        {1000000.0, 0.9995, 3.2905364612487221},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        double got = rnn_student_quantile(row[i][1], row[i][0]);
        assert_near(got / row[i][2], 1, 1e-12);
        /* the mirror image: exactly where 1 - p is exact enough to ask for it */
        if (row[i][1] > 0.01)
            assert_near(rnn_student_quantile(1 - row[i][1], row[i][0]), -got, 1e-9);
    }
    assert_true(rnn_student_quantile(0.5, 3) == 0);
    assert_true(rnn_student_quantile(0, 3) == -INFINITY);
    /* falls towards the normal, across the change of method */
    for (int i = 1; i < 40; i++)
        assert_true(rnn_student_quantile(0.99, exp2(i)) >= rnn_student_quantile(0.99, exp2(i + 1)));
}

/* mean, dispersion, p, nbinom.ppf(p, 1/dispersion, 1/(1 + dispersion mean)) */
static void negative_binomial_quantile(void **state) {
    (void)state;
    static const double row[][4] = {
        {0.3, 0.5, 0.01, 0.0},
        {0.3, 0.5, 0.05, 0.0},
        {0.3, 0.5, 0.5, 0.0},
        {0.3, 0.5, 0.9, 1.0},
        {0.3, 0.5, 0.999, 4.0},
        {4, 1e-08, 0.01, 0.0},
        {4, 1e-08, 0.05, 1.0},
        {4, 1e-08, 0.5, 4.0},
        {4, 1e-08, 0.9, 7.0},
        {4, 1e-08, 0.999, 11.0},
        {4, 0.25, 0.01, 0.0},
        {4, 0.25, 0.05, 0.0},
        {4, 0.25, 0.5, 3.0},
        {4, 0.25, 0.9, 8.0},
        {4, 0.25, 0.999, 17.0},
        {20, 3, 0.01, 0.0},
        {20, 3, 0.05, 0.0},
        {20, 3, 0.5, 6.0},
        {20, 3, 0.9, 58.0},
        {20, 3, 0.999, 288.0},
        {1000, 0.01, 0.01, 772.0},
        {1000, 0.01, 0.05, 834.0},
        {1000, 0.01, 0.5, 997.0},
        {1000, 0.01, 0.9, 1136.0},
        {1000, 0.01, 0.999, 1354.0},
        {1000000.0, 1e-08, 0.01, 997663.0},
        {1000000.0, 1e-08, 0.05, 998347.0},
        {1000000.0, 1e-08, 0.5, 1000000.0},
        {1000000.0, 1e-08, 0.9, 1001288.0},
        {1000000.0, 1e-08, 0.999, 1003107.0},
        {100000.0, 2, 0.01, 15.0},
        {100000.0, 2, 0.05, 393.0},
        {100000.0, 2, 0.5, 45494.0},
        {100000.0, 2, 0.9, 270555.0},
        {100000.0, 2, 0.999, 1082759.0},
        {5, 10000.0, 0.01, 0.0},
        {5, 10000.0, 0.05, 0.0},
        {5, 10000.0, 0.5, 0.0},
        {5, 10000.0, 0.9, 0.0},
        {5, 10000.0, 0.999, 1.0},
    };
    for (size_t i = 0; i < COUNT(row); i++)
        assert_near(rnn_negative_binomial_quantile(row[i][2], row[i][0], row[i][1]), row[i][3], 0);
    assert_true(rnn_negative_binomial_quantile(0.9, 0, 1) == 0);
    assert_true(rnn_negative_binomial_quantile(0, 5, 1) == 0);
    assert_true(rnn_negative_binomial_quantile(1, 5, 1) == INFINITY);
    assert_true(rnn_negative_binomial_quantile(0.9, 1e300, 1) <= 9007199254740992.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_functions),  cmocka_unit_test(log_rising),
        cmocka_unit_test(incomplete_beta),  cmocka_unit_test(normal_quantile),
        cmocka_unit_test(student_quantile), cmocka_unit_test(negative_binomial_quantile),
    };
    return cmocka_run_group_tests_name("distribution", tests, NULL, NULL);
}
