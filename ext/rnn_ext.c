/* rnn_ext.c - the entry point: registers every function and table on a connection.
**
** Loaded as build/rnn.so, SQLite finds sqlite3_rnn_init() by the file's name. Linked in from
** build/librnn.a, made with -DSQLITE_CORE, it is called by hand or given to
** sqlite3_auto_extension().
*/
#include "sqlite_api.h"

SQLITE_EXTENSION_INIT1

#include "functions.h"

#ifdef _WIN32
#define RNN_EXPORT __declspec(dllexport)
#else
#define RNN_EXPORT __attribute__((visibility("default")))
#endif

enum { OLDEST_SQLITE = 3038000 };

static const char REGISTRY[] = "rnn_models";

static const rnnx_function *const functions[] = {
    &rnnx_rows_function,        &rnnx_train_function,    &rnnx_info_function,
    &rnnx_version_function,     &rnnx_debug_function,    &rnnx_predict_function,
    &rnnx_probability_function, &rnnx_score_function,    &rnnx_advance_function,
    &rnnx_output_function,      &rnnx_generate_function, &rnnx_generate_options_function,
    &rnnx_pretrained_function,
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static const rnnx_table_function *const table_functions[] = {
    &rnnx_fit,      &rnnx_forecast,  &rnnx_backtest,   &rnnx_predict,   &rnnx_evaluate,
    &rnnx_generate, &rnnx_suggest,   &rnnx_anomalies,  &rnnx_history,   &rnnx_tensors,
    &rnnx_states,   &rnnx_gradients, &rnnx_vocabulary, &rnnx_neighbors,
};
enum { TABLE_FUNCTIONS = sizeof table_functions / sizeof table_functions[0] };

/* Each registration holds a reference to the connection state; SQLite drops it with the function,
** also where the registration fails. */
static int register_all(rnnx_connection *connection) {
    int rc = sqlite3_create_module_v2(connection->db, REGISTRY, &rnnx_registry_module,
                                      rnnx_connection_retain(connection), rnnx_connection_release);

    for (size_t i = 0; rc == SQLITE_OK && i < FUNCTIONS; i++) {
        const rnnx_function *f = functions[i];
        rc = f->inverse != NULL
                 ? sqlite3_create_window_function(
                       connection->db, f->name, f->arguments, SQLITE_UTF8 | f->flags,
                       rnnx_connection_retain(connection), f->step, f->final, f->value, f->inverse,
                       rnnx_connection_release)
                 : sqlite3_create_function_v2(connection->db, f->name, f->arguments,
                                              SQLITE_UTF8 | f->flags,
                                              rnnx_connection_retain(connection), f->call, f->step,
                                              f->final, rnnx_connection_release);
    }
    for (size_t i = 0; rc == SQLITE_OK && i < TABLE_FUNCTIONS; i++)
        rc = rnnx_table_function_register(connection, table_functions[i]);
    return rc;
}

/* A load that failed is followed by dlclose(): nothing of it may stay registered. */
static void unregister_all(sqlite3 *db) {
    sqlite3_create_module_v2(db, REGISTRY, NULL, NULL, NULL);
    for (size_t i = 0; i < FUNCTIONS; i++)
        sqlite3_create_function_v2(db, functions[i]->name, functions[i]->arguments, SQLITE_UTF8,
                                   NULL, NULL, NULL, NULL, NULL);
    for (size_t i = 0; i < TABLE_FUNCTIONS; i++)
        sqlite3_create_module_v2(db, table_functions[i]->name, NULL, NULL, NULL);
}

RNN_EXPORT int sqlite3_rnn_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

int sqlite3_rnn_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
    rnnx_connection *connection;
    int rc;

    SQLITE_EXTENSION_INIT2(api)
    (void)api;
    if (sqlite3_libversion_number() < OLDEST_SQLITE) {
        *error = sqlite3_mprintf("sqlite-rnn needs SQLite 3.38 or later; this is %s",
                                 sqlite3_libversion());
        return SQLITE_ERROR;
    }
    connection = rnnx_connection_create(db);
    if (connection == NULL) return SQLITE_NOMEM;
    rc = register_all(connection);
    rnnx_connection_release(connection);
    if (rc != SQLITE_OK) {
        unregister_all(db);
        *error =
            sqlite3_mprintf("sqlite-rnn could not register its functions: %s", sqlite3_errstr(rc));
        return rc;
    }
#ifdef SQLITE_CORE
    return SQLITE_OK; /* sqlite3_auto_extension() takes anything else for an error */
#else
    /* Unloading a library that has had BLAS and worker threads running has hung hosts; it stays. */
    return SQLITE_OK_LOAD_PERMANENTLY;
#endif
}
