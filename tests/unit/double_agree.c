/* double_agree.c - test_agree.c in the double build, whose figures the float build is measured
** by. */
#include "test_agree.c"
