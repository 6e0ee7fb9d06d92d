/* options_json.h - options as SQL gives them: a JSON object, or for rnn_forecast an integer
** horizon.
**
** The JSON is read with the host's own json_each(), so no second parser is shipped; on SQLite 3.42
** and later that means JSON5 too. Keys, types and ranges are checked by engine/options.c, one (key,
** value) at a time.
*/
#ifndef RNN_OPTIONS_JSON_H
#define RNN_OPTIONS_JSON_H

#include "../engine/options.h"
#include "connection.h"

/* Fill *options with the defaults and what v says. v may be NULL (argument not given) or an SQL
** NULL: no options. `scope` is one of rnn_option_scope; with RNN_FOR_FORECAST an INTEGER is the
** horizon. Also sets the call's memory limit from option memory_limit. RNN_OPTION for anything
** wrong. */
rnn_status rnnx_options_parse(rnnx_call *call, sqlite3_value *v, unsigned scope,
                              rnn_options *options);

#endif
