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

/* `rows`, `vectors` and `turned` are constants at every call; turned: a lies there as a^T. */
static inline __attribute__((always_inline)) void block(size_t rows, size_t vectors, int turned,
                                                        BLOCK_ARGUMENTS) {
    size_t down = turned ? 1 : lda, right = turned ? lda : 1;
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
            UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] +=
                a[r * down + i * right] * row[v];
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
        block(R, V, 0, k, a, lda, w, start, ld_start, c, ldc);                                     \
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
static size_t panel_begin(size_t m, size_t p) {
    size_t narrow = row_vectors(m) / row_panels(m), wider = row_vectors(m) % row_panels(m);
    return p * narrow + (p < wider ? p : wider); /* the wider ones come first */
}

static void pack(size_t k, size_t m, size_t panel, const real *from, size_t down, size_t right,
                 real *data) {
    enum { AT_ONCE = 16 }; /* rows whose lines are filled while they are in the first cache */
    size_t first = panel_begin(m, panel) * LANES, end = panel_begin(m, panel + 1) * LANES;
    size_t width = end - first, columns = (end < m ? end : m) - first;
    real *to = data + first * k;
    from += first * right;
    for (size_t i = 0; i < k; i += AT_ONCE) {
        size_t last = i + AT_ONCE < k ? i + AT_ONCE : k;
        if (right == 1) {
            for (size_t r = i; r < last; r++)
                memcpy(to + r * width, from + r * down, columns * sizeof *to);
        } else {
            for (size_t j = 0; j < columns; j++) {
                for (size_t r = i; r < last; r++) to[r * width + j] = from[j * right + r * down];
            }
        }
        for (size_t r = i; columns < width && r < last; r++)
            memset(to + r * width + columns, 0, (width - columns) * sizeof *to);
    }
}

static const real zeros[BLOCK_VECTORS * LANES];

/* A block of which only `columns` columns exist. */
static void edge_block(size_t rows, size_t vectors, size_t columns, BLOCK_ARGUMENTS) {
    real out[BLOCK_ROWS * BLOCK_VECTORS * LANES] = {0};
    size_t width = vectors * LANES;
    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * width, start + r * ld_start, columns * sizeof *out);
    block_of[vectors - 1][rows - 1](k, a, lda, w, out, width, out, width);
    for (size_t r = 0; r < rows; r++) memcpy(c + r * ldc, out + r * width, columns * sizeof *out);
}

/* n rows of a by a piece of a panel. */
static void row_blocks(size_t n, size_t vectors, size_t columns, BLOCK_ARGUMENTS) {
    size_t parts = (n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    for (size_t p = 0; p < parts; p++) {
        size_t r = p * n / parts, rows = (p + 1) * n / parts - r;
        if (columns < vectors * LANES) {
            edge_block(rows, vectors, columns, k, a + r * lda, lda, w, start + r * ld_start,
                       ld_start, c + r * ldc, ldc);
        } else {
            block_of[vectors - 1][rows - 1](k, a + r * lda, lda, w, start + r * ld_start, ld_start,
                                            c + r * ldc, ldc);
        }
    }
}

/* One row by two panels of the same width, one behind the other in memory: a panel alone has too few
** sums under way to hide the time that a multiplication takes. */
static inline __attribute__((always_inline)) void row_pair(size_t vectors, size_t k, const real *a,
                                                           const real *w, const real *start,
                                                           size_t next, real *c) {
    vector sum[2][BLOCK_VECTORS];
    UNROLLED for (size_t v = 0; v < vectors; v++) {
        sum[0][v] = load(start + v * LANES);
        sum[1][v] = load(start + next + v * LANES);
    }
    const real *w1 = w + k * vectors * LANES;
    for (size_t i = 0; i < k; i++) {
        UNROLLED for (size_t v = 0; v < vectors; v++) {
            sum[0][v] += a[i] * load(w + v * LANES);
            sum[1][v] += a[i] * load(w1 + v * LANES);
        }
        w += vectors * LANES;
        w1 += vectors * LANES;
    }
    UNROLLED for (size_t v = 0; v < vectors; v++) {
        store(c + v * LANES, sum[0][v]);
        store(c + (vectors + v) * LANES, sum[1][v]);
    }
}

/* n = 1 of product: every sum runs along k as it does there. */
static void row_product(size_t k, size_t m, const real *a, const real *data, const real *start,
                        real *c) {
    size_t panels = row_panels(m), p = 0;
    while (p < panels) {
        size_t first = panel_begin(m, p), vectors = panel_begin(m, p + 1) - first;
        size_t column = first * LANES, width = vectors * LANES, columns = m - column;
        const real *w = data + column * k, *from = start ? start + column : zeros;
        size_t next = start ? width : 0;
        int pair = columns >= 2 * width && panel_begin(m, p + 2) - first == 2 * vectors;
        if (pair && vectors == BLOCK_VECTORS) {
            row_pair(BLOCK_VECTORS, k, a, w, from, next, c + column);
        } else if (pair && vectors == 2) {
            row_pair(2, k, a, w, from, next, c + column);
        } else {
            pair = 0;
            row_blocks(1, vectors, columns < width ? columns : width, k, a, k, w, from, 0,
                       c + column, m);
        }
        p += pair ? 2 : 1;
    }
}

static void product(size_t n, size_t k, size_t m, const real *a, size_t lda, const real *data,
                    const real *start, size_t ld_start, real *c, size_t ldc) {
    if (n == 1) {
        row_product(k, m, a, data, start, c);
        return;
    }
    size_t panels = row_panels(m), pieces = k / PIECE + 1, first = 0;
    for (size_t p = 0; p < panels; p++) {
        size_t end = panel_begin(m, p + 1), vectors = end - first, column = first * LANES;
        size_t columns = (end * LANES < m ? end * LANES : m) - column;
        const real *panel = data + column * k, *from = start ? start + column : zeros;
        size_t ld = start ? ld_start : 0;
        for (size_t i = 0; i < pieces; i++) {
            size_t begin = i * k / pieces, length = (i + 1) * k / pieces - begin;
            row_blocks(n, vectors, columns, length, a + begin, lda, panel + begin * vectors * LANES,
                       from, ld, c + column, ldc);
            from = c + column;
            ld = ldc;
        }
        first = end;
    }
}

#if defined(__AVX512F__)
#define TURNED(R, V)                                                                               \
    static void turned_##R##_##V(BLOCK_ARGUMENTS) {                                                \
        block(R, V, 1, k, a, lda, w, start, ld_start, c, ldc);                                     \
    }
#define ALL_TURNED(V) TURNED(1, V) TURNED(2, V) TURNED(3, V) TURNED(4, V) TURNED(5, V) TURNED(6, V)
#define TURNED_NAMES(V)                                                                            \
    { turned_1_##V, turned_2_##V, turned_3_##V, turned_4_##V, turned_5_##V, turned_6_##V }
ALL_TURNED(1)
ALL_TURNED(2)
ALL_TURNED(3)
ALL_TURNED(4)
static block_function *const turned_of[BLOCK_VECTORS][BLOCK_ROWS] = {
    TURNED_NAMES(1), TURNED_NAMES(2), TURNED_NAMES(3), TURNED_NAMES(4)};

/* All m columns of a by one panel w of b: c += a^T w, of which `columns` columns exist. */
static void turned_blocks(size_t m, size_t k, const real *a, size_t lda, const real *w,
                          size_t vectors, size_t columns, real *c, size_t ldc) {
    real edge[BLOCK_ROWS * BLOCK_VECTORS * LANES] = {0};
    size_t parts = (m + BLOCK_ROWS - 1) / BLOCK_ROWS, width = vectors * LANES;
    for (size_t p = 0; p < parts; p++) {
        size_t r = p * m / parts, rows = (p + 1) * m / parts - r;
        real *to = c + r * ldc;
        if (columns == width) {
            turned_of[vectors - 1][rows - 1](k, a + r, lda, w, to, ldc, to, ldc);
            continue;
        }
        for (size_t i = 0; i < rows; i++)
            memcpy(edge + i * width, to + i * ldc, columns * sizeof *edge);
        turned_of[vectors - 1][rows - 1](k, a + r, lda, w, edge, width, edge, width);
        for (size_t i = 0; i < rows; i++)
            memcpy(to + i * ldc, edge + i * width, columns * sizeof *edge);
    }
}

/* Pieces of PIECE rows of a and b; a panel of a piece of b is copied, so that its rows lie side by
** side and are whole registers. */
static void outer(size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
                  size_t ldb, real *c, size_t ldc) {
    real panel[PIECE * BLOCK_VECTORS * LANES];
    size_t panels = row_panels(n), pieces = (k + PIECE - 1) / PIECE;
    for (size_t i = 0; i < pieces; i++) {
        size_t begin = i * k / pieces, length = (i + 1) * k / pieces - begin;
        for (size_t p = 0; p < panels; p++) {
            size_t first = panel_begin(n, p), vectors = panel_begin(n, p + 1) - first;
            size_t column = first * LANES, width = vectors * LANES;
            size_t columns = n - column < width ? n - column : width;
            for (size_t r = 0; r < length; r++) {
                real *to = panel + r * width;
                memcpy(to, b + (begin + r) * ldb + column, columns * sizeof *to);
                for (size_t j = columns; j < width; j++) to[j] = 0;
            }
            turned_blocks(m, length, a + begin * lda, lda, panel, vectors, columns, c + column,
                          ldc);
        }
    }
}
#define OUTER outer
#else
#define OUTER NULL
#endif
