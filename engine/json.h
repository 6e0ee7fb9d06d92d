/* json.h - writing JSON by hand: text, escaped strings and numbers that read back as they were.
**
** The engine writes JSON (rnn_info, options, quantiles) but never reads it. Everything goes into an
** rnn_writer, so that a failed allocation is found once, in its status, at the end. Numbers do not
** depend on the host's locale: printf's %g writes a decimal comma where the host called setlocale,
** these functions never do.
*/
#ifndef RNN_JSON_H
#define RNN_JSON_H

#include "bytes.h"

/* NUL-terminated text as it is: punctuation, keys that need no escaping. */
void rnn_write_text(rnn_writer *w, const char *s);
/* n bytes of s in quotes. Quotes, backslashes and control characters are escaped; bytes that are
** not UTF-8 become U+FFFD, so that the result is JSON whatever was stored. */
void rnn_write_json_string(rnn_writer *w, const char *s, size_t n);
/* The shortest of 15 to 17 digits that reads back as the same double; null for NaN and infinities.
** */
void rnn_write_json_number(rnn_writer *w, double v);
void rnn_write_json_integer(rnn_writer *w, int64_t v);
void rnn_write_json_bool(rnn_writer *w, int v);

/* A member of an object: the separator (a comma unless it is the first after '{'), the quoted key,
** a colon. The key needs no escaping. */
void rnn_write_json_key(rnn_writer *w, const char *key);

/* v with `digits` significant digits in buf (at least 32 bytes) and a decimal point in every
** locale: "0.1", "1e+20", "nan", "inf". Returns buf. For messages as well as for JSON. */
const char *rnn_print_number(double v, int digits, char *buf, size_t size);
/* The shortest of 15 to 17 digits that reads back as v, in the same way. */
const char *rnn_print_shortest(double v, char *buf, size_t size);

/* Length (1 to 4) of the UTF-8 character at s, of which n bytes are left; 0 if there is none:
** overlong, surrogate, above U+10FFFF, cut off, or a stray byte. */
size_t rnn_utf8_length(const char *s, size_t n);

#endif
