/* kernels_impl.h - the kernels of kernels.h in plain C, compiled once for each instruction set.
**
** Included by kernels_<set>.c, which defines RNN_KERNELS_TABLE (name of the table) and
** RNN_KERNELS_NAME. Loops have no calls and no branches on data, so that compilers vectorise them.
*/
#include "kernels.h"

#include <math.h>

#if defined(__clang__)
#define EACH_UNIT _Pragma("clang loop vectorize(enable)") for (size_t u = 0; u < H; u++)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define EACH_UNIT _Pragma("GCC ivdep") for (size_t u = 0; u < H; u++)
#define UNROLLED _Pragma("GCC unroll 8")
#endif

/* A register of the instruction set, and the block of outputs, rows by registers, that `affine`
** keeps in registers while it runs along k: as many as there are, less those of the operands. */
#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64, BLOCK_ROWS = 8, BLOCK_VECTORS = 3 };
#elif defined(__AVX2__)
enum { VECTOR_BYTES = 32, BLOCK_ROWS = 4, BLOCK_VECTORS = 3 };
#else
enum { VECTOR_BYTES = 16, BLOCK_ROWS = 4, BLOCK_VECTORS = 3 };
#endif
enum { LANES = VECTOR_BYTES / sizeof(real), CACHE_LINE = 64, AHEAD = 3 };
typedef real vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

/* tanh as a ratio of odd and even polynomials on |x| <= 7.905 (beyond, tanh is 1 in float);
** absolute error below 3e-7. Coefficients as in Eigen's generic_fast_tanh_float. The double build
** is for gradient checks and calls libm. */
static inline real k_tanh(real x) {
    if (sizeof(real) != sizeof(float)) return (real)tanh((double)x);
    const real limit = (real)7.90531110763549805;
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    real s = x * x;
    real p = (real)-2.76076847742355e-16;
    p = p * s + (real)2.00018790482477e-13;
    p = p * s + (real)-8.60467152213735e-11;
    p = p * s + (real)5.12229709037114e-08;
    p = p * s + (real)1.48572235717979e-05;
    p = p * s + (real)6.37261928875436e-04;
    p = p * s + (real)4.89352455891786e-03;
    real q = (real)1.19825839466702e-06;
    q = q * s + (real)1.18534705686654e-04;
    q = q * s + (real)2.26843463243900e-03;
    q = q * s + (real)4.89352518554385e-03;
    return x * p / q;
}

static inline real k_sigmoid(real x) { return (real)0.5 + (real)0.5 * k_tanh((real)0.5 * x); }

static void lstm_forward(size_t n, size_t H, real *gates, const real *c_prev, const real *peephole,
                         real *c, real *tanh_c, real *h, size_t ldh) {
    for (size_t r = 0; r < n; r++) {
        real *restrict i = gates + r * 4 * H, *restrict f = i + H, *restrict g = f + H,
                       *restrict o = g + H;
        const real *restrict cp = c_prev + r * H;
        real *restrict cr = c + r * H, *restrict tr = tanh_c + r * H, *restrict hr = h + r * ldh;
        if (peephole) {
            const real *pi = peephole, *pf = peephole + H, *po = peephole + 2 * H;
            EACH_UNIT {
                i[u] += pi[u] * cp[u];
                f[u] += pf[u] * cp[u];
                real cell = k_sigmoid(f[u]) * cp[u] + k_sigmoid(i[u]) * k_tanh(g[u]);
                o[u] += po[u] * cell;
            }
        }
        EACH_UNIT {
            i[u] = k_sigmoid(i[u]);
            f[u] = k_sigmoid(f[u]);
            g[u] = k_tanh(g[u]);
            o[u] = k_sigmoid(o[u]);
            cr[u] = f[u] * cp[u] + i[u] * g[u];
            tr[u] = k_tanh(cr[u]);
            hr[u] = o[u] * tr[u];
        }
    }
}

/* `peepholes` is a constant at both calls, so that each gets a loop without a branch. */
static inline void lstm_backward_rows(int peepholes, size_t n, size_t H, real *gates,
                                      const real *c_prev, const real *tanh_c, const real *peephole,
                                      const real *dh, real *dc) {
    for (size_t r = 0; r < n; r++) {
        real *restrict i = gates + r * 4 * H, *restrict f = i + H, *restrict g = f + H,
                       *restrict o = g + H;
        const real *restrict cp = c_prev + r * H, *restrict tr = tanh_c + r * H;
        const real *restrict dhr = dh + r * H;
        real *restrict dcr = dc + r * H;
        EACH_UNIT {
            real d_o = dhr[u] * tr[u] * o[u] * (1 - o[u]);
            real d_c = dcr[u] + dhr[u] * o[u] * (1 - tr[u] * tr[u]);
            if (peepholes) d_c += d_o * peephole[2 * H + u];
            real d_i = d_c * g[u] * i[u] * (1 - i[u]);
            real d_f = d_c * cp[u] * f[u] * (1 - f[u]);
            real d_g = d_c * i[u] * (1 - g[u] * g[u]);
            real d_prev = d_c * f[u];
            if (peepholes) d_prev += d_i * peephole[u] + d_f * peephole[H + u];
            dcr[u] = d_prev;
            i[u] = d_i;
            f[u] = d_f;
            g[u] = d_g;
            o[u] = d_o;
        }
    }
}

static void lstm_backward(size_t n, size_t H, real *gates, const real *c_prev, const real *c,
                          const real *tanh_c, const real *peephole, const real *dh, real *dc,
                          real *d_peephole) {
    if (!peephole) {
        lstm_backward_rows(0, n, H, gates, c_prev, tanh_c, NULL, dh, dc);
        return;
    }
    lstm_backward_rows(1, n, H, gates, c_prev, tanh_c, peephole, dh, dc);
    for (size_t r = 0; r < n; r++) {
        const real *i = gates + r * 4 * H, *f = i + H, *o = f + 2 * H, *cp = c_prev + r * H,
                   *cr = c + r * H;
        EACH_UNIT {
            d_peephole[u] += i[u] * cp[u];
            d_peephole[H + u] += f[u] * cp[u];
            d_peephole[2 * H + u] += o[u] * cr[u];
        }
    }
}

static void gru_after_forward(size_t n, size_t H, real *x, const real *u_all, const real *h_prev,
                              size_t ld_prev, real *h, size_t ldh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict z = r + H, *restrict c = z + H;
        const real *restrict ur = u_all + row * 3 * H, *restrict uz = ur + H, *restrict uc = uz + H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict hr = h + row * ldh;
        EACH_UNIT {
            r[u] = k_sigmoid(r[u] + ur[u]);
            z[u] = k_sigmoid(z[u] + uz[u]);
            c[u] = k_tanh(c[u] + r[u] * uc[u]);
            hr[u] = (1 - z[u]) * c[u] + z[u] * hp[u];
        }
    }
}

static void gru_after_backward(size_t n, size_t H, real *x, real *u_all, const real *h_prev,
                               size_t ld_prev, real *dh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict z = r + H, *restrict c = z + H;
        real *restrict ur = u_all + row * 3 * H, *restrict uz = ur + H, *restrict uc = uz + H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict d = dh + row * H;
        EACH_UNIT {
            real d_n = d[u] * (1 - z[u]) * (1 - c[u] * c[u]);
            real d_z = d[u] * (hp[u] - c[u]) * z[u] * (1 - z[u]);
            real d_r = d_n * uc[u] * r[u] * (1 - r[u]);
            d[u] *= z[u];
            ur[u] = d_r;
            uz[u] = d_z;
            uc[u] = d_n * r[u];
            r[u] = d_r;
            z[u] = d_z;
            c[u] = d_n;
        }
    }
}

static void gru_before_gates(size_t n, size_t H, real *x, const real *u_all, const real *h_prev,
                             size_t ld_prev, real *rh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict z = r + H;
        const real *restrict ur = u_all + row * 3 * H, *restrict uz = ur + H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict out = rh + row * H;
        EACH_UNIT {
            r[u] = k_sigmoid(r[u] + ur[u]);
            z[u] = k_sigmoid(z[u] + uz[u]);
            out[u] = r[u] * hp[u];
        }
    }
}

static void gru_before_output(size_t n, size_t H, real *x, const real *u_all, const real *h_prev,
                              size_t ld_prev, real *h, size_t ldh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict z = x + row * 3 * H + H, *restrict c = z + H;
        const real *restrict uc = u_all + row * 3 * H + 2 * H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict hr = h + row * ldh;
        EACH_UNIT {
            c[u] = k_tanh(c[u] + uc[u]);
            hr[u] = (1 - z[u]) * c[u] + z[u] * hp[u];
        }
    }
}

static void gru_before_output_back(size_t n, size_t H, real *x, real *u_all, const real *h_prev,
                                   size_t ld_prev, real *dh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict z = x + row * 3 * H + H, *restrict c = z + H;
        real *restrict uz = u_all + row * 3 * H + H, *restrict uc = uz + H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict d = dh + row * H;
        EACH_UNIT {
            real d_n = d[u] * (1 - z[u]) * (1 - c[u] * c[u]);
            real d_z = d[u] * (hp[u] - c[u]) * z[u] * (1 - z[u]);
            d[u] *= z[u];
            z[u] = d_z;
            uz[u] = d_z;
            c[u] = d_n;
            uc[u] = d_n;
        }
    }
}

static void gru_before_gates_back(size_t n, size_t H, real *x, real *u_all, const real *h_prev,
                                  size_t ld_prev, const real *d_rh, real *dh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict ur = u_all + row * 3 * H;
        const real *restrict hp = h_prev + row * ld_prev, *restrict dr = d_rh + row * H;
        real *restrict d = dh + row * H;
        EACH_UNIT {
            d[u] += dr[u] * r[u];
            real d_r = dr[u] * hp[u] * r[u] * (1 - r[u]);
            r[u] = d_r;
            ur[u] = d_r;
        }
    }
}

static void rnn_forward(size_t n, size_t H, int relu, const real *gates, real *h, size_t ldh) {
    for (size_t r = 0; r < n; r++) {
        const real *g = gates + r * H; /* may be h: each unit is read before it is written */
        real *hr = h + r * ldh;
        if (relu) {
            EACH_UNIT hr[u] = g[u] > 0 ? g[u] : 0;
        } else {
            EACH_UNIT hr[u] = k_tanh(g[u]);
        }
    }
}

static void rnn_backward(size_t n, size_t H, int relu, real *gates, const real *h, size_t ldh,
                         const real *dh) {
    for (size_t r = 0; r < n; r++) {
        real *restrict g = gates + r * H;
        const real *restrict hr = h + r * ldh, *restrict d = dh + r * H;
        if (relu) {
            EACH_UNIT g[u] = hr[u] > 0 ? d[u] : 0;
        } else {
            EACH_UNIT g[u] = d[u] * (1 - hr[u] * hr[u]);
        }
    }
}

/* A block of `rows` by `vectors` registers: both are constants at every call. */
static inline __attribute__((always_inline)) void affine_block(size_t rows, size_t vectors,
                                                               size_t m, size_t k, const real *a,
                                                               size_t lda, const real *w,
                                                               const real *b, real *out) {
    vector sum[BLOCK_ROWS][BLOCK_VECTORS];
    UNROLLED for (size_t r = 0; r < rows; r++) {
        UNROLLED for (size_t v = 0; v < vectors; v++) {
            sum[r][v] = *(const vector *)(const void *)(b + v * LANES);
        }
    }
    for (size_t i = 0; i < k; i++) {
        vector column[BLOCK_VECTORS];
        UNROLLED for (size_t v = 0; v < vectors; v++) {
            column[v] = *(const vector *)(const void *)(w + i * m + v * LANES);
        }
        UNROLLED for (size_t r = 0; r < rows; r++) {
            UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] += a[r * lda + i] * column[v];
        }
    }
    UNROLLED for (size_t r = 0; r < rows; r++) {
        UNROLLED for (size_t v = 0; v < vectors; v++) {
            *(vector *)(void *)(out + r * m + v * LANES) = sum[r][v];
        }
    }
}

/* All columns of `rows` rows. */
static inline __attribute__((always_inline)) void affine_rows(size_t rows, size_t m, size_t k,
                                                              const real *a, size_t lda,
                                                              const real *w, const real *b,
                                                              real *out) {
    size_t j = 0;
    for (; j + BLOCK_VECTORS * LANES <= m; j += BLOCK_VECTORS * LANES)
        affine_block(rows, BLOCK_VECTORS, m, k, a, lda, w + j, b + j, out + j);
    for (; j + LANES <= m; j += LANES) affine_block(rows, 1, m, k, a, lda, w + j, b + j, out + j);
    for (; j < m; j++) {
        for (size_t r = 0; r < rows; r++) {
            real sum = b[j];
            for (size_t i = 0; i < k; i++) sum += a[r * lda + i] * w[i * m + j];
            out[r * m + j] = sum;
        }
    }
}

static void affine(size_t n, size_t m, size_t k, const real *a, size_t lda, const real *w,
                   const real *b, real *out) {
    size_t r = 0;
    for (; r + BLOCK_ROWS <= n; r += BLOCK_ROWS)
        affine_rows(BLOCK_ROWS, m, k, a + r * lda, lda, w, b, out + r * m);
    for (; r + 2 <= n; r += 2) affine_rows(2, m, k, a + r * lda, lda, w, b, out + r * m);
    if (r < n) affine_rows(1, m, k, a + r * lda, lda, w, b, out + r * m);
}

static void gru_after_score(size_t n, size_t H, const real *x, const uint32_t *word,
                            const real *u_all, real *state, real *h, size_t ldh) {
    for (size_t row = 0; row < n; row++) {
        /* Rows are anywhere in a large table: on the way while others are worked on. */
        const real *ahead = x + word[row + AHEAD < n ? row + AHEAD : row] * 3 * H;
        for (size_t u = 0; u < 3 * H; u += CACHE_LINE / sizeof(real)) __builtin_prefetch(ahead + u);
        const real *restrict r = x + word[row] * 3 * H, *restrict z = r + H, *restrict c = z + H;
        const real *restrict ur = u_all + row * 3 * H, *restrict uz = ur + H, *restrict uc = uz + H;
        real *restrict s = state + row * H, *restrict hr = h + row * ldh;
        EACH_UNIT {
            real keep = k_sigmoid(z[u] + uz[u]);
            real candidate = k_tanh(c[u] + k_sigmoid(r[u] + ur[u]) * uc[u]);
            s[u] = hr[u] = (1 - keep) * candidate + keep * s[u];
        }
    }
}

static void maximum(size_t H, const real *from, real *to) {
    EACH_UNIT to[u] = from[u] > to[u] ? from[u] : to[u];
}

const rnn_kernels RNN_KERNELS_TABLE = {
    RNN_KERNELS_NAME,      lstm_forward,     lstm_backward,     gru_after_forward,
    gru_after_backward,    gru_before_gates, gru_before_output, gru_before_output_back,
    gru_before_gates_back, rnn_forward,      rnn_backward,      affine,
    gru_after_score,       maximum,
};
