/* double_golden.c - test_golden.c in the double build, where all twelve digits of the figures
** must be right. */
#include "test_golden.c"
