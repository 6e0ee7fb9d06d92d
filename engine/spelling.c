/* spelling.c - see spelling.h. */
#include "spelling.h"

#include <stdint.h>

enum { LONGEST = 40 };

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '-' || c == ' ' ? '_' : c;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Damerau-Levenshtein distance in its restricted form (optimal string alignment): insertions,
** deletions, substitutions and swaps of neighbours that make b from a. Texts longer than
** LONGEST are cut. */
static size_t distance(const char *a, size_t n, const char *b, size_t m) {
    size_t row[3][LONGEST + 1]; /* of i - 2, i - 1 and i, in turns */
    n = least(n, LONGEST);
    m = least(m, LONGEST);
    for (size_t j = 0; j <= m; j++) row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t differ = lower(a[i - 1]) != lower(b[j - 1]);
            now[j] = least(before[j - 1] + differ, least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return row[n % 3][m];
}

/* What was written is the first letters of the words of `name`: "lr". */
static int are_initials(const char *written, size_t n, const char *name, size_t m) {
    size_t words = 0;
    for (size_t i = 0; i < m; i++) {
        if (i > 0 && name[i - 1] != '_') continue;
        if (words == n || lower(written[words]) != name[i]) return 0;
        words++;
    }
    return n > 1 && words == n;
}

size_t rnn_spelling_distance(const char *written, size_t n, const char *name, size_t m) {
    size_t longer = n > m ? n : m, shorter = n > m ? m : n;
    if (n > LONGEST) return SIZE_MAX;
    if (3 * (longer - shorter) <= longer + 1) { /* else it cannot be near */
        size_t d = distance(written, n, name, m);
        if (3 * d <= longer + 1) return d;
    }
    if (n > 2 && n < m && distance(written, n, name, n) == 0) return LONGEST + m - n;
    if (are_initials(written, n, name, m)) return LONGEST;
    if (m < 4 || n <= m) return SIZE_MAX;
    for (size_t at = 0; at + m <= n; at++)
        if (distance(written + at, m, name, m) == 0) return LONGEST + n - m;
    return SIZE_MAX;
}
