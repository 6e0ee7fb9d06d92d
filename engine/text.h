/* text.h - text as tokens, and tokens as text again.
**
** Three kinds of tokens (option `tokens`):
**
**   word  after NFKC normalisation (half and full width, ligatures and superscripts become what
**         they stand for, typographic apostrophes and dashes the plain ones), and full case folding
**         if `lowercase`:
**           a run of letters, digits and marks is one token; so is one with a single apostrophe or
**           middle dot between two letters (don't) or a single point or comma between two digits
**           (3.14);
**           a letter of a script that is written without spaces and takes two columns on a
**           terminal (Chinese characters, kana; not Hangul) is a token of its own, with its marks;
**           every other symbol is a token of its own, a whole grapheme cluster: an emoji with its
**           skin tone, a family joined by ZWJ, a flag are one token each;
**           spaces and control characters separate and are no tokens; invisible format characters
**           (soft hyphen, direction marks) are dropped and do not separate, but for the zero width
**           space, which is there to separate.
**         Thai, Lao, Khmer and Burmese have no spaces and letters of one column: there a run
**         without spaces is one token, and `char` is the better choice.
**   char  every code point after NFC normalisation (and full case folding if `lowercase`), spaces
**         and control characters too. Code points, not grapheme clusters: the vocabulary stays
**         small, and a mark that has no composed form is learned once for all letters.
**   byte  every byte as it is; `lowercase` folds A to Z alone.
**
** Case folding is Unicode's full, language-independent one: sharp s becomes ss, both Greek sigmas
** are one, a Turkish dotted capital I becomes i with a dot above.
**
** Text from SQL need not be UTF-8. For word and char each byte that belongs to no character
** (overlong, surrogate, above U+10FFFF, cut off, stray) stands for one U+FFFD; nothing is refused.
** NUL is a control character like others. Runs of more than 30 combining marks are split by U+034F
** as in the Stream-Safe Text Format (UAX #15), without which putting them in order takes quadratic
** time. Character data are those of utf8proc; nothing is listed here but the joiners above.
*/
#ifndef RNN_TEXT_H
#define RNN_TEXT_H

#include "bytes.h"
#include "options.h"

/* Bytes of a token; where they live is said by what gives it. */
typedef struct rnn_token {
    const char *p;
    size_t n;
} rnn_token;

/* How a text becomes tokens. Stored in models. */
typedef struct rnn_text_settings {
    rnn_tokens kind;
    int lowercase;
    size_t max_tokens; /* 0: all */
    rnn_truncate truncate;
} rnn_text_settings;

typedef struct rnn_tokenizer {
    rnn_context *ctx;
    rnn_text_settings settings;
    /* The result of rnn_tokenize. */
    rnn_token *token; /* [count] */
    size_t count;
    /* Buffers, kept from text to text. */
    size_t token_capacity, text_capacity, byte_capacity;
    int32_t *text; /* code points */
    char *byte;    /* what tokens point into */
} rnn_tokenizer;

/* No allocation. To be freed with rnn_tokenizer_free, which a zeroed tokenizer and NULL survive. */
void rnn_tokenizer_init(rnn_tokenizer *t, rnn_context *ctx, const rnn_text_settings *settings);
void rnn_tokenizer_free(rnn_tokenizer *t);
/* Tokens of n bytes of text into t->token and t->count, valid until the next call; the text itself
** may go. Allocates only where a buffer has to grow; memory is about 40 bytes a byte of the longest text. Fails only with what rnn_alloc fails with. */
rnn_status rnn_tokenize(rnn_tokenizer *t, const char *text, size_t n);

/* Whether tokens of kind `word` have a space between them in running text: none before closing
** punctuation, after opening brackets, between two letters of scripts without spaces. */
int rnn_token_space(const rnn_token *before, const rnn_token *token);
/* Appends tokens as text: words with spaces where rnn_token_space says so; characters and bytes as
** they are. */
void rnn_text_join(rnn_tokens kind, const rnn_token *token, size_t count, rnn_writer *w);

#endif
