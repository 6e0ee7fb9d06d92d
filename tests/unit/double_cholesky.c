/* double_cholesky.c - test_cholesky.c in the double build: the same within its roundoff. */
#include "test_cholesky.c"
