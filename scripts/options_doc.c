/* options_doc.c - prints docs/options.md from the table of options (engine/option_table.h). `make docs` runs it. */
#include <stdio.h>
#include <string.h>

#include "options.h"

static const char *const HEAD =
    "# Options\n"
    "\n"
    "Written by `make docs` from `engine/option_table.h`; do not edit.\n"
    "\n"
    "Options are a JSON object, given as text. A key that is unknown, a value of the wrong type or "
    "out of\n"
    "range is an error that says what is allowed; `null` stands for the default. *auto* is chosen "
    "from the data;\n"
    "`rnn_info(model)` shows what was chosen. An option that is not one of the task's is an "
    "error.\n";

static const struct {
    const char *group, *title;
} GROUPS[] = {
    {"task", "Task"},
    {"network", "Network"},
    {"text", "Text"},
    {"initialisation", "Initialisation"},
    {"regularisation", "Regularisation"},
    {"loss", "Loss"},
    {"optimisation", "Optimisation"},
    {"stopping", "Stopping"},
    {"running", "Running"},
    {"use", "Forecasting and testing"},
    {"generation", "Generating"},
};

static const struct {
    unsigned scope;
    const char *names;
} FUNCTIONS[] = {
    {RNN_FOR_TRAIN, "train"},         {RNN_FOR_FORECAST, "forecast"},
    {RNN_FOR_BACKTEST, "backtest"},   {RNN_FOR_EVALUATE, "evaluate"},
    {RNN_FOR_PREDICT, "predict"},     {RNN_FOR_GENERATE, "generate"},
    {RNN_FOR_ANOMALIES, "anomalies"},
};

/* Text inside a cell of a table. */
static void print_cell(const char *s) {
    for (; *s; s++) {
        if (*s == '|') putchar('\\');
        putchar(*s);
    }
}

static void print_allowed(const rnn_option_info *o) {
    switch (o->type) {
    case RNN_OPT_INT: printf("integer, %.0f to %.0f", o->minimum, o->maximum); break;
    case RNN_OPT_REAL: printf("number, %.10g to %.10g", o->minimum, o->maximum); break;
    case RNN_OPT_BOOL: printf("true, false"); break;
    case RNN_OPT_LIST: printf("list of numbers, %.10g to %.10g", o->minimum, o->maximum); break;
    case RNN_OPT_TEXT: printf("text"); break;
    case RNN_OPT_WEIGHTS:
        printf("`none`, `sqrt`, `balanced`, object of numbers, %.10g to %.10g", o->minimum,
               o->maximum);
        break;
    case RNN_OPT_TEXTS: printf("text, array of texts"); break;
    case RNN_OPT_TOKENS:
    case RNN_OPT_ENUM:
        for (const char *c = o->choices; *c;) {
            size_t n = strcspn(c, "|");
            printf("%s`%.*s`", c == o->choices ? "" : ", ", (int)n, c);
            c += n + (c[n] == '|');
        }
        if (o->type == RNN_OPT_TOKENS) printf(", object");
        break;
    }
}

static void print_functions(unsigned scope) {
    const char *separator = "";
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        if (!(scope & FUNCTIONS[i].scope)) continue;
        printf("%s%s", separator, FUNCTIONS[i].names);
        separator = ", ";
    }
}

static void print_tasks(unsigned tasks) {
    const char *separator = "";
    if (tasks == (1u << RNN_TASKS) - 1) {
        printf("all");
        return;
    }
    for (int task = 0; task < RNN_TASKS; task++) {
        if (!(tasks >> task & 1u)) continue;
        printf("%s%s", separator, rnn_option_choice(RNN_KEY_task, task));
        separator = ", ";
    }
}

static void print_group(const char *group, const char *title) {
    printf("\n## %s\n\n| key | allowed | default | tasks | given to | meaning |\n"
           "|---|---|---|---|---|---|\n",
           title);
    for (int key = 0; key < RNN_OPTION_COUNT; key++) {
        const rnn_option_info *o = rnn_option_at((rnn_option_key)key);
        if (strcmp(o->group, group) != 0) continue;
        printf("| `%s` | ", o->key);
        print_allowed(o);
        printf(" | ");
        print_cell(o->fallback_text);
        printf(" | ");
        print_tasks(o->tasks);
        printf(" | ");
        print_functions(o->scope);
        printf(" | ");
        print_cell(o->doc);
        printf(" |\n");
    }
}

int main(void) {
    fputs(HEAD, stdout);
    for (size_t i = 0; i < sizeof GROUPS / sizeof GROUPS[0]; i++) {
        print_group(GROUPS[i].group, GROUPS[i].title);
    }
    puts("\n*train*: `rnn_train`, `rnn_fit`; *forecast*: `rnn_forecast`; *backtest*: "
         "`rnn_backtest`; "
         "*evaluate*: `rnn_evaluate`; *predict*: `rnn_predict`; *generate*: `rnn_generate`; "
         "*anomalies*: `rnn_anomalies`.");
    return ferror(stdout) != 0;
}
