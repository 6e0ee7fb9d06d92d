/* blas_memory.c - makes a single-threaded OpenBLAS safe to call from several threads.
**
** Every product takes a packing buffer from a table inside OpenBLAS (blas_memory_alloc) and gives
** it back. A library built with USE_THREAD=0 and without USE_LOCKING=1, as Debian's serial flavour
** is, guards that table by nothing: two threads that multiply at the same time can get the same
** buffer, and wrong products. Where such a library is linked statically, the linker turns its calls
** into calls of the two functions below (--wrap, see scripts/config), which hold a lock around the
** originals, as USE_LOCKING=1 would. The table has 50 entries or more and OpenBLAS ends the program
** when they run out, so a thread waits while IN_FLIGHT products are under way.
**
** With any other BLAS this file is empty.
*/
#ifdef RNN_WRAP_OPENBLAS

#include <pthread.h>

enum { IN_FLIGHT = 40 };

void *__real_blas_memory_alloc(int position);
void __real_blas_memory_free(void *buffer);
void *__wrap_blas_memory_alloc(int position);
void __wrap_blas_memory_free(void *buffer);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back = PTHREAD_COND_INITIALIZER;
static int taken;

void *__wrap_blas_memory_alloc(int position) {
    void *buffer;
    pthread_mutex_lock(&lock);
    while (taken >= IN_FLIGHT) pthread_cond_wait(&given_back, &lock);
    taken++;
    buffer = __real_blas_memory_alloc(position);
    pthread_mutex_unlock(&lock);
    return buffer;
}

void __wrap_blas_memory_free(void *buffer) {
    pthread_mutex_lock(&lock);
    __real_blas_memory_free(buffer);
    taken--;
    pthread_cond_signal(&given_back);
    pthread_mutex_unlock(&lock);
}

#else

typedef int rnn_blas_memory_is_empty;

#endif
