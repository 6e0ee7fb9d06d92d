/* pretrained.c - rnn_pretrained(name): a model that is part of the extension.
**
** The result is the library's own constant memory. SQLite hands it on without a copy to whatever
** function it is an argument of, and the cache (cache.h) knows it by its address.
*/
#include "../engine/pretrained.h"

#include <string.h>

#include "error.h"
#include "functions.h"
#include "value.h"

/* rnn_pretrained ends at a NUL; a text may have one inside. */
static const uint8_t *find(const rnn_value *name, size_t *size) {
    *size = 0;
    if (memchr(name->p, '\0', name->n) != NULL) return NULL;
    return rnn_pretrained(name->p, size);
}

static rnn_status fail_unknown(rnnx_call *call, sqlite3_value *name) {
    const char *all = rnn_pretrained_names();
    char given[80];

    return rnn_fail(&call->context, RNN_MODEL, "the name is %s; %s%s",
                    rnnx_value_describe(name, given, sizeof given),
                    all[0] != '\0' ? "allowed is " : "this build has no pretrained models", all);
}

static void pretrained(sqlite3_context *out, int argc, sqlite3_value **argv) {
    rnnx_call call;
    rnn_value name;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    rnn_status status;

    (void)argc;
    if (sqlite3_value_type(argv[0]) == SQLITE_NULL) return;
    rnnx_call_begin(&call, sqlite3_user_data(out), "rnn_pretrained");
    status = rnnx_value_from(&call, argv[0], &name);
    if (status == RNN_OK && name.type == RNN_TEXT) bytes = find(&name, &size);
    if (status == RNN_OK && bytes == NULL) status = fail_unknown(&call, argv[0]);
    if (status == RNN_OK)
        sqlite3_result_blob64(out, bytes, size, SQLITE_STATIC);
    else
        rnnx_result_error(out, &call, status);
    rnnx_call_end(&call);
}

const rnnx_function rnnx_pretrained_function = {
    .name = "rnn_pretrained",
    .arguments = 1,
    .flags = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    .call = pretrained,
};
