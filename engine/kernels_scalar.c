/* kernels_scalar.c - kernels.h for the instruction set "scalar"; the Makefile adds its compiler
** flags. */
#define RNN_KERNELS_TABLE rnn_kernels_scalar
#define RNN_KERNELS_NAME "scalar"
#include "kernels_impl.h"
