/* pretrained.c - see pretrained.h. */
#include "pretrained.h"

#include <string.h>

/* The Makefile writes pretrained_models.h: an array rnn_pretrained_NAME for each model, a string
** literal, and X(NAME) of all of them. A build by hand does without. */
#if defined(__has_include)
#if __has_include("pretrained_models.h")
#include "pretrained_models.h"
#endif
#endif
#ifndef RNN_PRETRAINED_MODELS
#define RNN_PRETRAINED_MODELS(X)
#endif

/* Without the NUL that ends a literal. */
#define PRETRAINED_ENTRY(name) {#name, rnn_pretrained_##name, sizeof rnn_pretrained_##name - 1},
static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t size;
} models[] = {RNN_PRETRAINED_MODELS(PRETRAINED_ENTRY){NULL, NULL, 0}};

#define PRETRAINED_NAME(name) ", '" #name "'"
static const char names[] = "" RNN_PRETRAINED_MODELS(PRETRAINED_NAME);

const uint8_t *rnn_pretrained(const char *name, size_t *size) {
    size_t i = 0;
    while (models[i].name != NULL && strcmp(models[i].name, name) != 0) i++;
    *size = models[i].size;
    return models[i].bytes;
}

int rnn_pretrained_has(const void *bytes, size_t size) {
    for (size_t i = 0; models[i].name != NULL; i++)
        if (models[i].bytes == bytes && models[i].size == size) return 1;
    return 0;
}

const char *rnn_pretrained_names(void) { return &names[names[0] == ',' ? 2 : 0]; }
