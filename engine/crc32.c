/* crc32.c - CRC-32 by slicing: eight bytes a step through eight tables (Kounavis & Berry 2005); on
** x86-64 processors that multiply without carries, 64 bytes a step by folding (Gopal et al., "Fast
** CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel 2009).
**
** crc_table[k][b] is what byte b contributes when k more bytes follow it. A CRC is linear over
** GF(2), so an entry is the exclusive or of the entries of the bits set in b: the tables are
** written by the preprocessor from 64 constants (crc_table[k][1 << i]), and are read-only data that
** no thread has to initialise.
**
** Folding takes 16 bytes to bytes 16 or 64 further on without changing the remainder of the whole:
** their two halves, times x^d modulo the polynomial for the distance d of each, are added there.
** What is left in the end are 16 bytes with the remainder of all, which the tables take.
*/
#include "bytes.h"

/* Byte b of the table whose single-bit entries are c0...c7. */
#define BIT(b, i, c) (((b) >> (i)&1u) ? UINT32_C(c) : 0u)
#define ENTRY(b, c0, c1, c2, c3, c4, c5, c6, c7)                                                   \
    (BIT(b, 0, c0) ^ BIT(b, 1, c1) ^ BIT(b, 2, c2) ^ BIT(b, 3, c3) ^ BIT(b, 4, c4) ^               \
     BIT(b, 5, c5) ^ BIT(b, 6, c6) ^ BIT(b, 7, c7))
#define FOUR(b, ...)                                                                               \
    ENTRY(b, __VA_ARGS__), ENTRY((b) + 1, __VA_ARGS__), ENTRY((b) + 2, __VA_ARGS__),               \
        ENTRY((b) + 3, __VA_ARGS__)
#define SIXTEEN(b, ...)                                                                            \
    FOUR(b, __VA_ARGS__), FOUR((b) + 4, __VA_ARGS__), FOUR((b) + 8, __VA_ARGS__),                  \
        FOUR((b) + 12, __VA_ARGS__)
#define SIXTY_FOUR(b, ...)                                                                         \
    SIXTEEN(b, __VA_ARGS__), SIXTEEN((b) + 16, __VA_ARGS__), SIXTEEN((b) + 32, __VA_ARGS__),       \
        SIXTEEN((b) + 48, __VA_ARGS__)
#define TABLE(...)                                                                                 \
    {                                                                                              \
        SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__), SIXTY_FOUR(128, __VA_ARGS__),     \
            SIXTY_FOUR(192, __VA_ARGS__)                                                           \
    }

/* The reflected polynomial 0xEDB88320 of IEEE 802.3. test_bytes.c recomputes every entry bit by
** bit. */
static const uint32_t crc_table[8][256] = {
    TABLE(0x77073096, 0xEE0E612C, 0x076DC419, 0x0EDB8832, 0x1DB71064, 0x3B6E20C8, 0x76DC4190,
          0xEDB88320),
    TABLE(0x191B3141, 0x32366282, 0x646CC504, 0xC8D98A08, 0x4AC21251, 0x958424A2, 0xF0794F05,
          0x3B83984B),
    TABLE(0x01C26A37, 0x0384D46E, 0x0709A8DC, 0x0E1351B8, 0x1C26A370, 0x384D46E0, 0x709A8DC0,
          0xE1351B80),
    TABLE(0xB8BC6765, 0xAA09C88B, 0x8F629757, 0xC5B428EF, 0x5019579F, 0xA032AF3E, 0x9B14583D,
          0xED59B63B),
    TABLE(0x3D6029B0, 0x7AC05360, 0xF580A6C0, 0x30704BC1, 0x60E09782, 0xC1C12F04, 0x58F35849,
          0xB1E6B092),
    TABLE(0xCB5CD3A5, 0x4DC8A10B, 0x9B914216, 0xEC53826D, 0x03D6029B, 0x07AC0536, 0x0F580A6C,
          0x1EB014D8),
    TABLE(0xA6770BB4, 0x979F1129, 0xF44F2413, 0x33EF4E67, 0x67DE9CCE, 0xCFBD399C, 0x440B7579,
          0x8816EAF2),
    TABLE(0xCCAA009E, 0x4225077D, 0x844A0EFA, 0xD3E51BB5, 0x7CBB312B, 0xF9766256, 0x299DC2ED,
          0x533B85DA),
};

static uint32_t load_word(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* From register to register: without the complements before and after. */
static uint32_t slice(uint32_t crc, const uint8_t *b, size_t n) {
    for (; n >= 8; n -= 8, b += 8) {
        uint32_t low = load_word(b) ^ crc, high = load_word(b + 4);
        crc = crc_table[7][low & 255] ^ crc_table[6][low >> 8 & 255] ^
              crc_table[5][low >> 16 & 255] ^ crc_table[4][low >> 24] ^ crc_table[3][high & 255] ^
              crc_table[2][high >> 8 & 255] ^ crc_table[1][high >> 16 & 255] ^
              crc_table[0][high >> 24];
    }
    for (; n > 0; n--, b++) crc = crc >> 8 ^ crc_table[0][(crc ^ *b) & 255];
    return crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

enum { FOLDED = 64 };

#define FOLDING __attribute__((target("sse2,pclmul")))

FOLDING static __m128i load_16(const uint8_t *p) { return _mm_loadu_si128((const void *)p); }

/* a, moved by the distance that k stands for, plus b. */
FOLDING static __m128i fold(__m128i a, __m128i k, __m128i b) {
    __m128i low = _mm_clmulepi64_si128(a, k, 0x00), high = _mm_clmulepi64_si128(a, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), b);
}

/* As slice(), over a multiple of 64 bytes. */
FOLDING static uint32_t fold_all(uint32_t crc, const uint8_t *p, size_t n) {
    /* The bits of x^(d+32) and x^(d-32) modulo the polynomial, reflected, for d = 512 and 128. */
    const __m128i by_64 = _mm_set_epi64x(0x1C6E41596, 0x154442BD4);
    const __m128i by_16 = _mm_set_epi64x(0x0CCAA009E, 0x1751997D0);
    uint8_t rest[16];
    __m128i a = _mm_xor_si128(load_16(p), _mm_cvtsi32_si128((int)crc)), b = load_16(p + 16),
            c = load_16(p + 32), d = load_16(p + 48);
    for (n -= FOLDED, p += FOLDED; n > 0; n -= FOLDED, p += FOLDED) {
        a = fold(a, by_64, load_16(p));
        b = fold(b, by_64, load_16(p + 16));
        c = fold(c, by_64, load_16(p + 32));
        d = fold(d, by_64, load_16(p + 48));
    }
    a = fold(fold(fold(a, by_16, b), by_16, c), by_16, d);
    _mm_storeu_si128((void *)rest, a);
    return slice(0, rest, sizeof rest);
}

static uint32_t run(uint32_t crc, const uint8_t *p, size_t n) {
    size_t folded = n - n % FOLDED;
    if (folded == 0 || !__builtin_cpu_supports("pclmul")) return slice(crc, p, n);
    return slice(fold_all(crc, p, folded), p + folded, n - folded);
}
#else
static uint32_t run(uint32_t crc, const uint8_t *p, size_t n) { return slice(crc, p, n); }
#endif

uint32_t rnn_crc32(uint32_t crc, const void *p, size_t n) { return ~run(~crc, p, n); }
