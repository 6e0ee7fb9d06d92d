/* kernels_impl.h - the kernels of kernels.h in plain C, compiled once for each instruction set.
**
** Included by kernels_<set>.c, which defines RNN_KERNELS_TABLE (name of the table) and
** RNN_KERNELS_NAME. Loops have no calls and no branches on data, so that compilers vectorise them.
*/
#include "kernels.h"

#include <math.h>
#include <string.h>

#if defined(__clang__)
#define EACH_UNIT _Pragma("clang loop vectorize(enable)") for (size_t u = 0; u < H; u++)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define EACH_UNIT _Pragma("GCC ivdep") for (size_t u = 0; u < H; u++)
#define UNROLLED _Pragma("GCC unroll 8")
#endif

enum { CACHE_LINE = 64 };

#include "kernels_product.h"

#include "kernels_convolve.h"

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
                         real *c, real *h, size_t ldh) {
    for (size_t r = 0; r < n; r++) {
        real *restrict i = gates + r * 4 * H, *restrict f = i + H, *restrict g = f + H,
                       *restrict o = g + H;
        const real *cp = c_prev + r * H; /* may be c: each unit is read before it is written */
        real *cr = c + r * H, *restrict hr = h + r * ldh;
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
            real cell = f[u] * cp[u] + i[u] * g[u];
            cr[u] = cell;
            hr[u] = o[u] * k_tanh(cell);
        }
    }
}

/* `peepholes` and `outer` are constants at every call, so that each gets a loop without a branch. */
static inline __attribute__((always_inline)) void lstm_backward_rows(
    int peepholes, int outer, size_t n, size_t H, real *gates, const real *c_prev, const real *c,
    const real *peephole, const real *dh, const real *d_out, size_t ld_out, real *dc) {
    for (size_t r = 0; r < n; r++) {
        real *restrict i = gates + r * 4 * H, *restrict f = i + H, *restrict g = f + H,
                       *restrict o = g + H;
        const real *restrict cp = c_prev + r * H, *restrict cr = c + r * H;
        const real *restrict dhr = dh + r * H, *restrict dor = d_out + r * ld_out;
        real *restrict dcr = dc + r * H;
        EACH_UNIT {
            real d = outer ? dhr[u] + dor[u] : dhr[u], tc = k_tanh(cr[u]);
            real d_o = d * tc * o[u] * (1 - o[u]);
            real d_c = dcr[u] + d * o[u] * (1 - tc * tc);
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
                          const real *peephole, const real *dh, const real *d_out, size_t ld_out,
                          real *dc) {
    if (d_out && !peephole) {
        lstm_backward_rows(0, 1, n, H, gates, c_prev, c, NULL, dh, d_out, ld_out, dc);
    } else if (d_out) {
        lstm_backward_rows(1, 1, n, H, gates, c_prev, c, peephole, dh, d_out, ld_out, dc);
    } else if (!peephole) {
        lstm_backward_rows(0, 0, n, H, gates, c_prev, c, NULL, dh, dh, 0, dc);
    } else {
        lstm_backward_rows(1, 0, n, H, gates, c_prev, c, peephole, dh, dh, 0, dc);
    }
}

static void lstm_peephole_gradient(size_t n, size_t H, const real *gates, const real *c_prev,
                                   const real *c, real *restrict d_peephole) {
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

static void gru_after_forward(size_t n, size_t H, real *x, const real *candidate,
                              const real *h_prev, size_t ld_prev, real *h, size_t ldh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict z = r + H, *restrict c = z + H;
        const real *restrict uc = candidate + row * H, *restrict hp = h_prev + row * ld_prev;
        real *restrict hr = h + row * ldh;
        EACH_UNIT {
            r[u] = k_sigmoid(r[u]);
            z[u] = k_sigmoid(z[u]);
            c[u] = k_tanh(c[u] + r[u] * uc[u]);
            hr[u] = (1 - z[u]) * c[u] + z[u] * hp[u];
        }
    }
}

static void gru_after_backward(size_t n, size_t H, real *x, real *candidate, const real *h_prev,
                               size_t ld_prev, real *dh, const real *d_out, size_t ld_out) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict z = r + H, *restrict c = z + H;
        real *restrict uc = candidate + row * H, *restrict d = dh + row * H;
        const real *restrict hp = h_prev + row * ld_prev, *restrict dor = d_out + row * ld_out;
        EACH_UNIT {
            real whole = d[u] + dor[u];
            real d_n = whole * (1 - z[u]) * (1 - c[u] * c[u]);
            real d_z = whole * (hp[u] - c[u]) * z[u] * (1 - z[u]);
            real d_r = d_n * uc[u] * r[u] * (1 - r[u]);
            d[u] = whole * z[u];
            uc[u] = d_n * r[u];
            r[u] = d_r;
            z[u] = d_z;
            c[u] = d_n;
        }
    }
}

static void gru_before_gates(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                             real *rh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict z = r + H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict out = rh + row * H;
        EACH_UNIT {
            r[u] = k_sigmoid(r[u]);
            z[u] = k_sigmoid(z[u]);
            out[u] = r[u] * hp[u];
        }
    }
}

static void gru_before_output(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                              real *h, size_t ldh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict z = x + row * 3 * H + H, *restrict c = z + H;
        const real *restrict hp = h_prev + row * ld_prev;
        real *restrict hr = h + row * ldh;
        EACH_UNIT {
            c[u] = k_tanh(c[u]);
            hr[u] = (1 - z[u]) * c[u] + z[u] * hp[u];
        }
    }
}

static void gru_before_output_back(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                                   real *dh, const real *d_out, size_t ld_out) {
    for (size_t row = 0; row < n; row++) {
        real *restrict z = x + row * 3 * H + H, *restrict c = z + H, *restrict d = dh + row * H;
        const real *restrict hp = h_prev + row * ld_prev, *restrict dor = d_out + row * ld_out;
        EACH_UNIT {
            real whole = d[u] + dor[u];
            real d_n = whole * (1 - z[u]) * (1 - c[u] * c[u]);
            real d_z = whole * (hp[u] - c[u]) * z[u] * (1 - z[u]);
            d[u] = whole * z[u];
            z[u] = d_z;
            c[u] = d_n;
        }
    }
}

static void gru_before_gates_back(size_t n, size_t H, real *x, const real *h_prev, size_t ld_prev,
                                  const real *d_rh, real *dh) {
    for (size_t row = 0; row < n; row++) {
        real *restrict r = x + row * 3 * H, *restrict d = dh + row * H;
        const real *restrict hp = h_prev + row * ld_prev, *restrict dr = d_rh + row * H;
        EACH_UNIT {
            d[u] += dr[u] * r[u];
            r[u] = dr[u] * hp[u] * r[u] * (1 - r[u]);
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

/* `outer` is a constant at both calls. */
static inline __attribute__((always_inline)) void rnn_backward_rows(
    int outer, size_t n, size_t H, int relu, real *gates, const real *h, size_t ldh, const real *dh,
    const real *d_out, size_t ld_out) {
    for (size_t r = 0; r < n; r++) {
        real *restrict g = gates + r * H;
        const real *restrict hr = h + r * ldh, *restrict d = dh + r * H;
        const real *restrict dor = d_out + r * ld_out;
        if (relu) {
            EACH_UNIT g[u] = hr[u] > 0 ? (outer ? d[u] + dor[u] : d[u]) : 0;
        } else {
            EACH_UNIT g[u] = (outer ? d[u] + dor[u] : d[u]) * (1 - hr[u] * hr[u]);
        }
    }
}

static void rnn_backward(size_t n, size_t H, int relu, real *gates, const real *h, size_t ldh,
                         const real *dh, const real *d_out, size_t ld_out) {
    if (d_out) {
        rnn_backward_rows(1, n, H, relu, gates, h, ldh, dh, d_out, ld_out);
    } else {
        rnn_backward_rows(0, n, H, relu, gates, h, ldh, dh, dh, 0);
    }
}

static void add_rows(size_t n, size_t H, const real *from, size_t ld, real *restrict to) {
    size_t r = 0;
    for (; r + 4 <= n; r += 4) {
        const real *a = from + r * ld, *b = a + ld, *c = b + ld, *d = c + ld;
        EACH_UNIT to[u] += (a[u] + b[u]) + (c[u] + d[u]);
    }
    for (; r < n; r++) {
        const real *a = from + r * ld;
        EACH_UNIT to[u] += a[u];
    }
}

static void maximum(size_t H, const real *from, real *to) {
    EACH_UNIT to[u] = from[u] > to[u] ? from[u] : to[u];
}

const rnn_kernels RNN_KERNELS_TABLE = {
    RNN_KERNELS_NAME,
    row_panels,
    pack,
    product,
    OUTER,
    lstm_forward,
    lstm_backward,
    lstm_peephole_gradient,
    gru_after_forward,
    gru_after_backward,
    gru_before_gates,
    gru_before_output,
    gru_before_output_back,
    gru_before_gates_back,
    rnn_forward,
    rnn_backward,
    add_rows,
    maximum,
    convolve_count,
    convolve_contest,
};
