/* kernels_convolve.h - random convolutions of series, part of kernels_impl.h; see convolutions.h.
**
** RNN_CONVOLVE_LANES kernels side by side: a value of the series is spread over registers that hold
** one weight of each. What a convolution gives is looked at and forgotten, nothing is stored.
*/

enum { CONVOLVE_VECTORS = RNN_CONVOLVE_LANES / LANES };

/* Numbers of a register's lanes as a mask: all bits 1 where a comparison holds. */
typedef __typeof__(_Generic((real)0, float : (int32_t)0, double : (int64_t)0)) lane_mask;
typedef lane_mask vector_mask __attribute__((vector_size(VECTOR_BYTES)));

static inline vector spread(real v) { return (vector){0} + v; }
/* a where the mask holds, else b. */
static inline vector choose(vector_mask m, vector a, vector b) {
    return (vector)(((vector_mask)a & m) | ((vector_mask)b & ~m));
}

/* The convolution at a place, one vector of kernels. */
static inline vector convolve(const real *x, size_t dilation, const vector w[RNN_CONVOLVE_TAPS]) {
    vector sum = spread(x[0]) * w[0];
    UNROLLED for (size_t j = 1; j < RNN_CONVOLVE_TAPS; j++) sum += spread(x[j * dilation]) * w[j];
    return sum;
}

static void convolve_count(size_t n, const real *x, size_t dilation, const real *weight,
                           const real *bias, real *out) {
    const vector zero = spread(0), one = spread(1);
    for (size_t v = 0; v < CONVOLVE_VECTORS; v++) {
        vector w[RNN_CONVOLVE_TAPS], b = load(bias + v * LANES), count = zero;
        UNROLLED for (size_t j = 0; j < RNN_CONVOLVE_TAPS; j++) w[j] =
            load(weight + j * RNN_CONVOLVE_LANES + v * LANES);
        for (size_t i = 0; i < n; i++) count += choose(convolve(x + i, dilation, w) > b, one, zero);
        store(out + v * LANES, count);
    }
}

static void convolve_contest(size_t n, const real *x, size_t dilation, const real *weight,
                             real *out) {
    enum { K = RNN_CONTEST_KERNELS, TILE = RNN_CONVOLVE_TAPS * RNN_CONVOLVE_LANES };
    for (size_t v = 0; v < CONVOLVE_VECTORS; v++) {
        vector won[K], lost[K];
        for (size_t k = 0; k < K; k++) won[k] = lost[k] = spread(0);
        for (size_t i = 0; i < n; i++) {
            vector z[K], most, least;
            UNROLLED for (size_t k = 0; k < K; k++) {
                vector w[RNN_CONVOLVE_TAPS];
                UNROLLED for (size_t j = 0; j < RNN_CONVOLVE_TAPS; j++) w[j] =
                    load(weight + k * TILE + j * RNN_CONVOLVE_LANES + v * LANES);
                z[k] = convolve(x + i, dilation, w);
            }
            most = least = z[0];
            UNROLLED for (size_t k = 1; k < K; k++) {
                most = choose(z[k] > most, z[k], most);
                least = choose(z[k] < least, z[k], least);
            }
            UNROLLED for (size_t k = 0; k < K; k++) {
                won[k] += choose(z[k] == most, most, spread(0));
                lost[k] += choose(z[k] == least, spread(1), spread(0));
            }
        }
        for (size_t k = 0; k < K; k++) {
            store(out + k * RNN_CONVOLVE_LANES + v * LANES, won[k]);
            store(out + (K + k) * RNN_CONVOLVE_LANES + v * LANES, lost[k]);
        }
    }
}
