/* kernels_avx2.c - kernels.h for the instruction set "avx2"; the Makefile adds its compiler flags.
*/
#define RNN_KERNELS_TABLE rnn_kernels_avx2
#define RNN_KERNELS_NAME "avx2"
#include "kernels_impl.h"
