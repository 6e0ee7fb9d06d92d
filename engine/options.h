/* options.h - every option of every function, in one table.
**
** The table in option_table.h is the only place that knows an option's key, type, range, default,
** the functions and tasks it belongs to, and its documentation: the struct below, the parser's
** errors, rnn_info's JSON and docs/options.md all come from it. Options arrive as (key, value)
** pairs (ext/options_json.c reads the JSON with SQLite's own json_each) and are checked one by one.
** "auto" values (0, or unset lists) are resolved from the data by the task before training; a model
** stores the resolved options, so that what was used can be read back.
*/
#ifndef RNN_OPTIONS_H
#define RNN_OPTIONS_H

#include "bytes.h"
#include "table.h"

enum { RNN_MAX_LIST = 64, RNN_MAX_OPTION_SEASONS = 4 };

/* A list option: `all` is JSON true (known_ahead: every input), n is then 0. */
typedef struct rnn_list {
    int all;
    size_t n;
    double v[RNN_MAX_LIST];
} rnn_list;

/* A short text option (frequency). */
typedef struct rnn_short_text {
    char s[48];
} rnn_short_text;

enum { RNN_OPTION_BYTES = 64, RNN_MAX_STOPS = 8, RNN_MAX_CLASS_WEIGHTS = 32 };

/* A text option without a terminating NUL, which it may hold. */
typedef struct rnn_option_text {
    size_t n;
    char s[RNN_OPTION_BYTES];
} rnn_option_text;

/* `stop`: one text or several. */
typedef struct rnn_text_list {
    size_t n;
    rnn_option_text v[RNN_MAX_STOPS];
} rnn_text_list;

/* `tokens`: of the text, or of both texts of seq2seq; rnn_tokens, or -1 until the task has chosen.
** A text that is not seq2seq is the source. */
typedef struct rnn_token_pair {
    int source, target;
} rnn_token_pair;

/* `class_weights`: found from the classes (n is 0), or a weight for each class named; others have
** 1. The numbers are part of the format.
**
**   BALANCED   all classes have the same share in the loss
**   SQRT       the square roots of those weights, so that rare classes count more than their share,
**              and do not drown the others */
typedef enum rnn_weighing {
    RNN_WEIGHTS_NONE = 0,
    RNN_WEIGHTS_BALANCED = 1,
    RNN_WEIGHTS_SQRT = 2
} rnn_weighing;
typedef struct rnn_class_weights {
    rnn_weighing kind;
    size_t n;
    rnn_option_text name[RNN_MAX_CLASS_WEIGHTS];
    double weight[RNN_MAX_CLASS_WEIGHTS];
} rnn_class_weights;

const char *rnn_weighing_name(rnn_weighing kind);

/* Functions an option can be given to (bits); for messages and for checking. */
typedef enum rnn_option_scope {
    RNN_FOR_TRAIN = 1,     /* rnn_train, rnn_fit */
    RNN_FOR_FORECAST = 2,  /* rnn_forecast */
    RNN_FOR_BACKTEST = 4,  /* rnn_backtest */
    RNN_FOR_EVALUATE = 8,  /* rnn_evaluate */
    RNN_FOR_PREDICT = 16,  /* rnn_predict */
    RNN_FOR_GENERATE = 32, /* rnn_generate */
    RNN_FOR_ANOMALIES = 64 /* rnn_anomalies */
} rnn_option_scope;

/* Enumerations of the engine's vocabulary. The numbers are part of the model format; names in
** option_table.h. */
typedef enum rnn_task {
    RNN_TASK_FORECAST = 0,
    RNN_TASK_CLASSIFY,
    RNN_TASK_REGRESS,
    RNN_TASK_GENERATE,
    RNN_TASK_SEQ2SEQ
} rnn_task;
enum { RNN_TASKS = RNN_TASK_SEQ2SEQ + 1 };
/* AUTO until the task has chosen. Pooling as an option has the numbers of rnn_pooling (net.h), with
** NONE for AUTO. */
typedef enum rnn_output { RNN_OUTPUT_AUTO, RNN_OUTPUT_LAST, RNN_OUTPUT_EVERY } rnn_output;
typedef enum rnn_tokens { RNN_TOKENS_WORD, RNN_TOKENS_CHAR, RNN_TOKENS_BYTE } rnn_tokens;
typedef enum rnn_truncate { RNN_TRUNCATE_HEAD, RNN_TRUNCATE_TAIL } rnn_truncate;
typedef enum rnn_cell { RNN_CELL_LSTM, RNN_CELL_GRU, RNN_CELL_RNN } rnn_cell;
typedef enum rnn_activation { RNN_TANH, RNN_RELU } rnn_activation;
typedef enum rnn_reset { RNN_RESET_AFTER, RNN_RESET_BEFORE } rnn_reset;
typedef enum rnn_initial { RNN_INITIAL_ZERO, RNN_INITIAL_LEARNED } rnn_initial;
typedef enum rnn_decoder { RNN_DECODER_DIRECT, RNN_DECODER_RECURSIVE } rnn_decoder;
typedef enum rnn_gaps { RNN_GAPS_FILL, RNN_GAPS_SKIP, RNN_GAPS_ERROR } rnn_gaps;
typedef enum rnn_init {
    RNN_INIT_GLOROT,
    RNN_INIT_ORTHOGONAL,
    RNN_INIT_UNIFORM,
    RNN_INIT_IDENTITY
} rnn_init;
typedef enum rnn_loss_kind {
    RNN_LOSS_MSE,
    RNN_LOSS_MAE,
    RNN_LOSS_HUBER,
    RNN_LOSS_QUANTILE,
    RNN_LOSS_GAUSSIAN,
    RNN_LOSS_STUDENT_T,
    RNN_LOSS_NEGATIVE_BINOMIAL,
    RNN_LOSS_CROSS_ENTROPY
} rnn_loss_kind;
typedef enum rnn_scale {
    RNN_SCALE_WINDOW,
    RNN_SCALE_NONE,
    RNN_SCALE_STANDARD,
    RNN_SCALE_ROBUST,
    RNN_SCALE_MINMAX,
    RNN_SCALE_MEAN
} rnn_scale;
typedef enum rnn_optimizer_kind {
    RNN_SGD,
    RNN_MOMENTUM,
    RNN_RMSPROP,
    RNN_ADAGRAD,
    RNN_ADAM,
    RNN_ADAMW
} rnn_optimizer_kind;
typedef enum rnn_schedule {
    RNN_SCHEDULE_CONSTANT,
    RNN_SCHEDULE_COSINE,
    RNN_SCHEDULE_PLATEAU,
    RNN_SCHEDULE_ONE_CYCLE
} rnn_schedule;

/* Field types of the struct by option type. */
#define RNN_OPTION_FIELD_INT int64_t
#define RNN_OPTION_FIELD_REAL double
#define RNN_OPTION_FIELD_BOOL int
#define RNN_OPTION_FIELD_ENUM int
#define RNN_OPTION_FIELD_LIST rnn_list
#define RNN_OPTION_FIELD_TEXT rnn_short_text
#define RNN_OPTION_FIELD_TOKENS rnn_token_pair
#define RNN_OPTION_FIELD_WEIGHTS rnn_class_weights
#define RNN_OPTION_FIELD_TEXTS rnn_text_list

/* The numbers are part of the model format. */
typedef enum rnn_option_type {
    RNN_OPT_INT,
    RNN_OPT_REAL,
    RNN_OPT_BOOL,
    RNN_OPT_ENUM,
    RNN_OPT_LIST,
    RNN_OPT_TEXT,
    RNN_OPT_TOKENS,
    RNN_OPT_WEIGHTS,
    RNN_OPT_TEXTS
} rnn_option_type;

#include "option_table.h"

typedef enum rnn_option_key {
#define RNN_OPTION_ENUM(key, ...) RNN_KEY_##key,
    RNN_OPTION_TABLE(RNN_OPTION_ENUM)
#undef RNN_OPTION_ENUM
        RNN_OPTION_COUNT
} rnn_option_key;

typedef struct rnn_options {
#define RNN_OPTION_MEMBER(key, type, ...) RNN_OPTION_FIELD_##type key;
    RNN_OPTION_TABLE(RNN_OPTION_MEMBER)
#undef RNN_OPTION_MEMBER
    uint8_t given[RNN_OPTION_COUNT]; /* 1 where the user set it */
} rnn_options;

/* One row of the table, for generators of documentation and for messages. */
typedef struct rnn_option_info {
    const char *key;
    rnn_option_type type;
    double minimum, maximum; /* INT, REAL and LIST elements */
    double fallback;         /* default: number, boolean, enum value; none for LIST and TEXT */
    const char *choices;     /* ENUM: names separated by '|', in the order of the C enum, from 0 */
    unsigned scope;          /* rnn_option_scope bits */
    unsigned tasks;          /* bit 1 << task: the tasks it belongs to */
    const char *group, *fallback_text, *doc;
} rnn_option_info;
const rnn_option_info *rnn_option_at(rnn_option_key key);
/* Name of an ENUM option's value. */
const char *rnn_option_choice(rnn_option_key key, int value);

/* All defaults, nothing given. An option whose default is a matter of the task (cell,
** bidirectional, loss ...) has here that of forecasts; other tasks look at given[]. */
void rnn_options_default(rnn_options *o);
/* The same for a call of the function with that scope bit: `level` is 0.99 for RNN_FOR_ANOMALIES.
** */
void rnn_options_default_for(rnn_options *o, unsigned scope);

/* The JSON type of a value that is being set. */
typedef enum rnn_json_type {
    RNN_JSON_NULL,
    RNN_JSON_BOOL,
    RNN_JSON_INT,
    RNN_JSON_REAL,
    RNN_JSON_TEXT,
    RNN_JSON_ARRAY,
    RNN_JSON_OBJECT
} rnn_json_type;
/* A member of an OBJECT, or an element of an ARRAY without a key. */
typedef struct rnn_json_member {
    rnn_json_type type;
    double number; /* BOOL 0/1, INT, REAL */
    /* Texts longer than RNN_OPTION_BYTES have their length in n and nothing in s. */
    rnn_option_text key, text; /* text: TEXT only */
} rnn_json_member;
/* Members that are looked at: one more than any option takes, so that too many are noticed. */
enum { RNN_MAX_MEMBERS = RNN_MAX_CLASS_WEIGHTS + 1 };
typedef struct rnn_json_value {
    rnn_json_type type;
    double number;       /* BOOL 0/1, INT, REAL */
    const char *text;    /* TEXT (borrowed, no NUL needed); ARRAY/OBJECT: its JSON, for messages */
    size_t n;            /* bytes of text */
    const double *items; /* ARRAY of numbers only: its elements; NULL if an element is no number */
    size_t item_count;
    const rnn_json_member *member; /* ARRAY, OBJECT: the first RNN_MAX_MEMBERS */
    size_t member_count;
} rnn_json_value;

/* Check and set one option for function `function` (e.g. "rnn_train", for messages) with scope bit
** `scope`. RNN_OPTION, the option untouched, with messages like
**
**   rnn_train: option "hiden" is unknown; did you mean "hidden"?
**   rnn_train: option "level" belongs to rnn_forecast, rnn_backtest, rnn_evaluate
**   rnn_train: option "dropout" is 1.5; allowed is a number from 0 to 0.95
**   rnn_train: option "cell" is "ltsm"; allowed is one of lstm, gru, rnn; did you mean "lstm"?
**
** Whole numbers may be written 3.0, booleans 0 and 1, lists of one element without brackets. A JSON
** null gives back the default, as if the key had not been there. A key given twice is an error. */
rnn_status rnn_options_set(rnn_context *ctx, rnn_options *o, const char *function, unsigned scope,
                           const char *key, size_t key_n, const rnn_json_value *value);
/* Checks between options that need no data: options belong to the task, where one is given;
** peephole, projection and forget_bias need cell lstm, reset needs gru, activation needs rnn (each
** only where it is not the default, so that the options of rnn_info can be given back); a
** projection is smaller than hidden; tbptt and task generate exclude bidirectional; the loss is one
** of the task's; negative_binomial needs a scale without a shift, regress one that is not of a
** window; lists hold what their elements' ranges cannot say. */
rnn_status rnn_options_check(rnn_context *ctx, const rnn_options *o, const char *function,
                             unsigned scope);
/* The options given belong to `task`: for functions that get a model, once its task is known.
** RNN_OPTION: rnn_evaluate: option "origins" belongs to task forecast, but the task is "classify"
** ... */
rnn_status rnn_options_check_task(rnn_context *ctx, const rnn_options *o, const char *function,
                                  unsigned scope, rnn_task task);
/* Index in w of the class that a value is written as in JSON keys (text as it is, numbers as they
** are printed), or -1. */
int rnn_class_weights_find(const rnn_class_weights *w, const rnn_value *class_value);
/* RNN_OPTION "rnn_train: option "task" is missing; ..." unless it was given: for training without a
** base model. */
rnn_status rnn_options_require(rnn_context *ctx, const rnn_options *o, const char *function,
                               rnn_option_key key);
/* The lists alone: quantiles ascend strictly with 0.5 among them, season and known_ahead have no
** value twice, no more than RNN_MAX_OPTION_SEASONS seasons. Part of rnn_options_check and of
** rnn_options_read. */
rnn_status rnn_options_check_lists(rnn_context *ctx, const rnn_options *o, const char *function);

/* Options that a model of a task stores: those of training that belong to it, but for `threads` and
** `progress`, which must not change a model. */
int rnn_option_is_stored(rnn_option_key key, int task);
/* {"task":"forecast",...}: all stored options as JSON, for rnn_info and the registry; null where a
** value is still to be chosen from the data. rnn_options_set takes all of it back. */
rnn_status rnn_options_json(const rnn_options *o, rnn_writer *w);
/* Binary form inside a model: key names and values, so that adding options keeps old models
** readable (docs/formats.md). */
rnn_status rnn_options_write(const rnn_options *o, rnn_writer *w);
/* Reads it back; keys that are not there have their defaults. Every value is checked as
** rnn_options_set and rnn_options_check_lists do. RNN_MODEL: an unknown key or choice (the model is
** of a newer version), a value that is not allowed, none where one was given, the bytes end early.
*/
rnn_status rnn_options_read(rnn_context *ctx, rnn_reader *r, rnn_options *o);

#endif
