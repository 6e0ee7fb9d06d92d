/* cells.c - see cells.h. */
#include "cells.h"

#include <math.h>
#include <string.h>

#include "columns.h"
#include "vectors.h"

size_t rnn_cells_widest(const rnn_model *model) {
    size_t widest = 1;
    for (size_t k = 0; k < model->inputs; k++) {
        if (model->input[k].width > widest) widest = model->input[k].width;
    }
    return widest;
}

static rnn_status bad_input(rnn_context *ctx, const char *function, size_t k, const rnn_value *cell,
                            const char *expected) {
    char shown[RNN_VALUE_LABEL];
    return rnn_fail(ctx, RNN_DATA, "%s: input %zu is %s; %s", function, k + 1,
                    rnn_value_print(cell, shown, sizeof shown), expected);
}

/* What is wrong with a number or vector cell that is not NULL; NULL: it is in x. */
static const char *read_values(const rnn_input_column *in, const rnn_value *cell, double *x,
                               size_t *found) {
    *found = 1;
    if (in->kind == RNN_INPUT_VECTOR) return rnn_vector_read(cell, x, in->width, found);
    if (cell->type != RNN_INT && cell->type != RNN_FLOAT)
        return "the training rows hold numbers in this column; give a number, or NULL where it is "
               "unknown";
    if (!isfinite(cell->d)) return "give a finite number, or NULL where it is unknown";
    x[0] = cell->d;
    return NULL;
}

static rnn_status read_numbers(rnn_context *ctx, const char *function, const rnn_model *model,
                               size_t k, const rnn_value *cell, double *x, real *out) {
    const rnn_input_column *in = &model->input[k];
    size_t found;
    memset(out, 0, in->width * sizeof *out);
    out[in->width] = 1;
    if (cell->type == RNN_NULL) return RNN_OK;
    const char *wrong = read_values(in, cell, x, &found);
    if (wrong) return bad_input(ctx, function, k, cell, wrong);
    if (found != in->width)
        return rnn_fail(ctx, RNN_DATA,
                        "%s: input %zu is a vector of %zu; the model was trained on vectors of %zu",
                        function, k + 1, found, in->width);
    for (size_t i = 0; i < in->width; i++) {
        double z = (x[i] - in->mean[i]) / in->scale[i];
        out[i] = (real)fmin(fmax(z, -RNN_INPUT_CUT), RNN_INPUT_CUT);
    }
    out[in->width] = 0;
    return RNN_OK;
}

rnn_status rnn_cells_read(rnn_context *ctx, const char *function, const rnn_model *model,
                          const rnn_value *cell, double *scratch, real *numbers, uint32_t *ids) {
    rnn_status status = RNN_OK;
    for (size_t k = 0; k < model->inputs && status == RNN_OK; k++) {
        const rnn_input_column *in = &model->input[k];
        if (!rnn_input_has_words(in->kind)) {
            status = read_numbers(ctx, function, model, k, &cell[k], scratch, numbers);
            numbers += in->width + 1;
        } else if (cell[k].type == RNN_NULL || cell[k].type == RNN_TEXT) {
            *ids++ = cell[k].type == RNN_TEXT
                         ? rnn_vocabulary_find(&in->vocabulary, cell[k].p, cell[k].n)
                         : 0;
        } else {
            status = bad_input(ctx, function, k, &cell[k],
                               "the training rows hold text in this column; use CAST(... AS "
                               "TEXT), or NULL where it is unknown");
        }
    }
    return status;
}

rnn_status rnn_cells_target(rnn_context *ctx, const char *function, const rnn_value *cell,
                            double *target) {
    char shown[RNN_VALUE_LABEL];
    *target = NAN;
    if (cell->type == RNN_NULL) return RNN_OK;
    if ((cell->type == RNN_INT || cell->type == RNN_FLOAT) && isfinite(cell->d)) {
        *target = cell->d;
        return RNN_OK;
    }
    return rnn_fail(ctx, RNN_DATA,
                    "%s: the target is %s; a target is a finite number, or NULL where it is "
                    "unknown; a number stored as text needs CAST(nullif(..., '') AS REAL)",
                    function, rnn_value_print(cell, shown, sizeof shown));
}
