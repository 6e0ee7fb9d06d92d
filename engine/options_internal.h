/* options_internal.h - how options.c, options_set.c, options_io.c and automatic.c reach a field of
** rnn_options by its key. */
#ifndef RNN_OPTIONS_INTERNAL_H
#define RNN_OPTIONS_INTERNAL_H

#include "options.h"

/* The field of an option; its type is the one of the option's type (RNN_OPTION_FIELD_...). */
void *rnn_option_field(rnn_options *o, rnn_option_key key);
const void *rnn_option_field_of(const rnn_options *o, rnn_option_key key);
/* The key of that name, or RNN_OPTION_COUNT. */
rnn_option_key rnn_option_find(const char *key, size_t n);
/* 1: a LIST of whole numbers. */
int rnn_option_whole(const rnn_option_info *info);
/* Number of choices of an ENUM or of TOKENS. */
int rnn_option_choices(rnn_option_key key);
/* Is the option's value the same in both? */
int rnn_option_equal(const rnn_options *a, const rnn_options *b, rnn_option_key key);
/* Give an option of `to` the value it has in `from`. */
void rnn_option_copy(rnn_options *to, const rnn_options *from, rnn_option_key key);
/* Set the value of a known key, whatever the scope; the option is untouched on failure. */
rnn_status rnn_option_assign(rnn_context *ctx, rnn_options *o, const char *function,
                             rnn_option_key key, const rnn_json_value *value);

#endif
