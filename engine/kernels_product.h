/* kernels_product.h - the product with packed weights, part of kernels_impl.h.
**
** c [n x m] = start + a [n x k] W. A block of `rows` by `vectors` registers holds sums while they run
** along k: in every round one row of the panel is loaded, and each element of a is spread over a
** register and multiplied with it. Blocks are functions of their own, one for each size, so that the
** compiler knows how many registers there are.
**
** A panel is gone through in pieces of PIECE rows, each of which stays in the first cache while all
** rows of a use it. Rows are dealt out evenly: 16 rows are 6 + 5 + 5, not 6 + 6 + 4.
*/

/* Registers of sums: as many as there are, less those of the operands. */
#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64, BLOCK_ROWS = 6, BLOCK_VECTORS = 4 };
#elif defined(__AVX2__)
enum { VECTOR_BYTES = 32, BLOCK_ROWS = 4, BLOCK_VECTORS = 3 };
#else
enum { VECTOR_BYTES = 16, BLOCK_ROWS = 4, BLOCK_VECTORS = 3 };
#endif
enum {
    LANES = VECTOR_BYTES / sizeof(real),
    PIECE = 32768 / (BLOCK_VECTORS * VECTOR_BYTES), /* rows of a panel in 32 KB */
};
typedef real vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

static inline vector load(const real *p) { return *(const vector *)(const void *)p; }
static inline void store(real *p, vector v) { *(vector *)(void *)p = v; }

#define BLOCK_ARGUMENTS                                                                            \
    size_t k, const real *a, size_t lda, const real *w, const real *start, size_t ld_start,        \
        real *c, size_t ldc

/* `rows` and `vectors` are constants at every call. */
static inline __attribute__((always_inline)) void block(size_t rows, size_t vectors,
                                                        BLOCK_ARGUMENTS) {
    vector sum[BLOCK_ROWS][BLOCK_VECTORS];
    UNROLLED for (size_t r = 0; r < rows; r++) {
        UNROLLED for (size_t v = 0; v < vectors; v++) {
            sum[r][v] = load(start + r * ld_start + v * LANES);
        }
    }
    for (size_t i = 0; i < k; i++) {
        vector row[BLOCK_VECTORS];
        UNROLLED for (size_t v = 0; v < vectors; v++) row[v] = load(w + v * LANES);
        UNROLLED for (size_t r = 0; r < rows; r++) {
            UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] += a[r * lda + i] * row[v];
        }
        w += vectors * LANES;
    }
    UNROLLED for (size_t r = 0; r < rows; r++) {
        UNROLLED for (size_t v = 0; v < vectors; v++) store(c + r * ldc + v * LANES, sum[r][v]);
    }
}

typedef void block_function(BLOCK_ARGUMENTS);

#define BLOCK(R, V)                                                                                \
    static void block_##R##_##V(BLOCK_ARGUMENTS) {                                                 \
        block(R, V, k, a, lda, w, start, ld_start, c, ldc);                                        \
    }
#define BLOCKS(V) BLOCK(1, V) BLOCK(2, V) BLOCK(3, V) BLOCK(4, V) MORE_BLOCKS(V)
#define NAMES(V)                                                                                   \
    { block_1_##V, block_2_##V, block_3_##V, block_4_##V MORE_NAMES(V) }
#if defined(__AVX512F__)
#define MORE_BLOCKS(V) BLOCK(5, V) BLOCK(6, V)
#define MORE_NAMES(V) , block_5_##V, block_6_##V
#else
#define MORE_BLOCKS(V)
#define MORE_NAMES(V)
#endif

BLOCKS(1)
BLOCKS(2)
BLOCKS(3)
#if defined(__AVX512F__)
BLOCKS(4)
static block_function *const block_of[BLOCK_VECTORS][BLOCK_ROWS] = {NAMES(1), NAMES(2), NAMES(3),
                                                                    NAMES(4)};
#else
static block_function *const block_of[BLOCK_VECTORS][BLOCK_ROWS] = {NAMES(1), NAMES(2), NAMES(3)};
#endif

/* Registers of a row of m columns; panels they are cut into; register that panel p begins with. */
static size_t row_vectors(size_t m) { return (m + LANES - 1) / LANES; }
static size_t row_panels(size_t m) { return (row_vectors(m) + BLOCK_VECTORS - 1) / BLOCK_VECTORS; }
static size_t panel_begin(size_t m, size_t p) { return p * row_vectors(m) / row_panels(m); }

static void pack(size_t k, size_t m, size_t panel, const real *from, size_t down, size_t right,
                 real *data) {
    size_t first = panel_begin(m, panel) * LANES, end = panel_begin(m, panel + 1) * LANES;
    size_t width = end - first, columns = (end < m ? end : m) - first;
    real *to = data + first * k;
    if (right == 1) {
        for (size_t i = 0; i < k; i++) {
            memcpy(to + i * width, from + i * down + first, columns * sizeof *to);
        }
    } else {
        for (size_t j = 0; j < columns; j++) {
            const real *column = from + (first + j) * right;
            for (size_t i = 0; i < k; i++) to[i * width + j] = column[i * down];
        }
    }
    for (size_t i = 0; columns < width && i < k; i++)
        memset(to + i * width + columns, 0, (width - columns) * sizeof *to);
}

static const real zeros[BLOCK_VECTORS * LANES];

/* All rows by one panel that is full: `vectors` registers wide. */
static void full_panel(size_t n, size_t vectors, BLOCK_ARGUMENTS) {
    block_function *const *blocks = block_of[vectors - 1];
    size_t parts = (n + BLOCK_ROWS - 1) / BLOCK_ROWS, pieces = k / PIECE + 1;
    for (size_t i = 0; i < pieces; i++) {
        size_t begin = i * k / pieces, length = (i + 1) * k / pieces - begin;
        const real *panel = w + begin * vectors * LANES;
        for (size_t p = 0; p < parts; p++) {
            size_t r = p * n / parts, rows = (p + 1) * n / parts - r;
            blocks[rows - 1](length, a + r * lda + begin, lda, panel, start + r * ld_start,
                             ld_start, c + r * ldc, ldc);
        }
        start = c;
        ld_start = ldc;
    }
}

/* The same for the last one, of which only `columns` columns exist. */
static void edge_panel(size_t n, size_t vectors, size_t columns, BLOCK_ARGUMENTS) {
    real out[BLOCK_ROWS * BLOCK_VECTORS * LANES];
    size_t width = vectors * LANES;
    for (size_t r = 0; r < n; r += BLOCK_ROWS) {
        size_t rows = n - r < BLOCK_ROWS ? n - r : BLOCK_ROWS;
        for (size_t i = 0; i < rows; i++) {
            memcpy(out + i * width, start + (r + i) * ld_start, columns * sizeof *out);
            memset(out + i * width + columns, 0, (width - columns) * sizeof *out);
        }
        block_of[vectors - 1][rows - 1](k, a + r * lda, lda, w, out, width, out, width);
        for (size_t i = 0; i < rows; i++)
            memcpy(c + (r + i) * ldc, out + i * width, columns * sizeof *out);
    }
}

static void product(size_t n, size_t k, size_t m, const real *a, size_t lda, const real *data,
                    const real *start, size_t ld_start, real *c, size_t ldc) {
    size_t panels = row_panels(m), first = 0;
    if (!start) ld_start = 0;
    for (size_t p = 0; p < panels && n > 0; p++) {
        size_t end = panel_begin(m, p + 1), vectors = end - first, column = first * LANES;
        const real *from = start ? start + column : zeros;
        if (end * LANES <= m) {
            full_panel(n, vectors, k, a, lda, data + column * k, from, ld_start, c + column, ldc);
        } else {
            edge_panel(n, vectors, m - column, k, a, lda, data + column * k, from, ld_start,
                       c + column, ldc);
        }
        first = end;
    }
}
