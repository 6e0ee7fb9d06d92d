/* functions.h - every SQL function and table the extension registers; rnn_ext.c has the list.
**
** A function is described where it is written and registered in one place, so that a registration
** that fails half-way can be taken back.
*/
#ifndef RNN_FUNCTIONS_H
#define RNN_FUNCTIONS_H

#include "tvf.h"

/* A scalar function (call), an aggregate (step, final), or one that is a window function, too (and
** value, inverse); sqlite3_user_data() is the rnnx_connection. */
typedef struct rnnx_function {
    const char *name;
    int arguments; /* -1: any number */
    int flags;     /* SQLITE_DETERMINISTIC, SQLITE_INNOCUOUS, ... */
    void (*call)(sqlite3_context *, int, sqlite3_value **);
    void (*step)(sqlite3_context *, int, sqlite3_value **);
    void (*final)(sqlite3_context *);
    void (*value)(sqlite3_context *);
    void (*inverse)(sqlite3_context *, int, sqlite3_value **);
} rnnx_function;

extern const rnnx_function rnnx_rows_function;    /* rnn_rows(column...)            rows.c */
extern const rnnx_function rnnx_train_function;   /* rnn_train(options, column...)  train.c */
extern const rnnx_function rnnx_info_function;    /* rnn_info(model)                inspect.c */
extern const rnnx_function rnnx_predict_function; /* rnn_predict(model, input...)   predict.c */
/* rnn_probability(model, class, input...)                                          predict.c */
extern const rnnx_function rnnx_probability_function;
/* rnn_score(model, time, [target,] input...) and the two of a stored state         score.c */
extern const rnnx_function rnnx_score_function;
extern const rnnx_function rnnx_advance_function;  /* rnn_advance(model, state, time...) */
extern const rnnx_function rnnx_output_function;   /* rnn_output(model, state) */
extern const rnnx_function rnnx_generate_function; /* rnn_generate(model, prompt)    generate.c */
extern const rnnx_function rnnx_generate_options_function; /* ... (model, prompt, options) */
extern const rnnx_function rnnx_pretrained_function; /* rnn_pretrained(name)         pretrained.c */
extern const rnnx_function rnnx_version_function;    /* rnn_version()                  debug.c */
extern const rnnx_function rnnx_debug_function;      /* rnn_debug()                    debug.c */

extern const rnnx_table_function rnnx_fit;        /* fit.c */
extern const rnnx_table_function rnnx_forecast;   /* forecast.c */
extern const rnnx_table_function rnnx_backtest;   /* forecast.c */
extern const rnnx_table_function rnnx_predict;    /* predict.c */
extern const rnnx_table_function rnnx_evaluate;   /* evaluate.c */
extern const rnnx_table_function rnnx_generate;   /* generate.c */
extern const rnnx_table_function rnnx_suggest;    /* generate.c */
extern const rnnx_table_function rnnx_anomalies;  /* anomalies.c */
extern const rnnx_table_function rnnx_history;    /* inspect.c */
extern const rnnx_table_function rnnx_tensors;    /* inspect.c */
extern const rnnx_table_function rnnx_vocabulary; /* vocabulary.c */
extern const rnnx_table_function rnnx_neighbors;  /* vocabulary.c */
extern const rnnx_table_function rnnx_states;     /* states.c */
extern const rnnx_table_function rnnx_gradients;  /* states.c */

/* rnn_models (registry.c); its client data is the rnnx_connection. */
extern const sqlite3_module rnnx_registry_module;

#endif
