/* spelling.h - how likely a name is what somebody meant to write: "did you mean ...?".
**
** Names are compared by their optimal string alignment distance: insertions, deletions,
** substitutions and swaps of neighbours that make one from the other (Damerau 1964), ASCII letters
** without regard to case, `-` and space as `_`. Bytes, not code points: an accent is two.
*/
#ifndef RNN_SPELLING_H
#define RNN_SPELLING_H

#include <stddef.h>

/* How far `name` [m] is from what was `written` [n]: 0 is the same. SIZE_MAX if it is no likely slip: a
** third of the letters may be wrong, and more than 40 bytes are no name. After all of those come
** known names that are a part of what was written ("hidden_size"), begin with it ("clip") or are
** meant by it ("lr"). */
size_t rnn_spelling_distance(const char *written, size_t n, const char *name, size_t m);

#endif
