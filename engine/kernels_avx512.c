/* kernels_avx512.c - kernels.h for the instruction set "avx512"; the Makefile adds its compiler
** flags. */
#define RNN_KERNELS_TABLE rnn_kernels_avx512
#define RNN_KERNELS_NAME "avx512"
#include "kernels_impl.h"
