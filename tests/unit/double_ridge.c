/* double_ridge.c - test_ridge.c in the double build: the same within its roundoff. */
#include "test_ridge.c"
