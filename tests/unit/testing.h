/* testing.h - what small unit tests share: cmocka with what it needs in front, and comparison of
** numbers. */
#ifndef RNN_TESTING_H
#define RNN_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* |got - want| <= tolerance (1 + |want|), or both the same infinity. */
#define assert_near(got, want, tolerance)                                                          \
    assert_near_at((got), (want), (tolerance), #got, __FILE__, __LINE__)

static inline void assert_near_at(double got, double want, double tolerance, const char *what,
                                  const char *file, int line) {
    if (got == want || fabs(got - want) <= tolerance * (1 + fabs(want))) return;
    print_error("%s is %.17g, not %.17g\n", what, got, want);
    _fail(file, line);
}

#endif
