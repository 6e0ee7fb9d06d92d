/* trainer_pretrained.c - training that starts from the forecaster of the library; see
** trainer_internal.h. */
#include <string.h>

#include "options_internal.h"
#include "pretrained.h"
#include "trainer_internal.h"

/* Options that the pretrained network was made with. A user who sets one to another value wants
** another network. */
static const rnn_option_key FIXED[] = {
    RNN_KEY_cell,       RNN_KEY_hidden,        RNN_KEY_layers,   RNN_KEY_bidirectional,
    RNN_KEY_activation, RNN_KEY_reset,         RNN_KEY_peephole, RNN_KEY_projection,
    RNN_KEY_layer_norm, RNN_KEY_initial_state, RNN_KEY_loss,     RNN_KEY_quantiles,
    RNN_KEY_scale,      RNN_KEY_decoder};
enum { FIXED_COUNT = sizeof FIXED / sizeof *FIXED };

/* A caller of the engine may set a size without saying that it is given. */
static int is_set(const rnn_options *o, rnn_option_key key) {
    return key == RNN_KEY_hidden && o->hidden > 0;
}

static const char *contradiction(const rnn_options *o, const rnn_options *pretrained) {
    for (size_t i = 0; i < FIXED_COUNT; i++)
        if ((o->given[FIXED[i]] || is_set(o, FIXED[i])) &&
            !rnn_option_equal(o, pretrained, FIXED[i]))
            return rnn_option_at(FIXED[i])->key;
    return NULL;
}

/* A copy of what training starts from; NULL if there is nothing. */
static rnn_status read_start(rnn_trainer *t, rnn_model **out) {
    size_t size;
    const uint8_t *bytes = rnn_pretrained("forecast", &size);
    *out = NULL;
    if (!t->start) return bytes ? rnn_model_read(t->ctx, bytes, size, out) : RNN_OK;
    rnn_writer w;
    rnn_writer_init(&w, t->ctx);
    rnn_status status = rnn_model_write(t->start, &w);
    if (status == RNN_OK) status = rnn_model_read(t->ctx, w.data, w.size, out);
    rnn_writer_free(&w);
    return status;
}

rnn_status rnn_trainer_pretrained(rnn_trainer *t, rnn_model **out) {
    const rnn_options *o = &t->model->options;
    rnn_model *m = NULL;
    *out = NULL;
    if (o->pretrained == 0) return RNN_OK;
    rnn_status status = read_start(t, &m);
    if (status) return status;
    const char *wrong = m ? contradiction(o, &m->options) : NULL;
    if (o->pretrained == 1 && (!m || wrong)) {
        rnn_model_free(m);
        if (!wrong)
            return rnn_fail(t->ctx, RNN_OPTION,
                            "%s: option \"pretrained\" is true, but this build of the extension "
                            "has no pretrained forecaster",
                            t->function);
        return rnn_fail(t->ctx, RNN_OPTION,
                        "%s: option \"%s\" asks for another network than the pretrained one; "
                        "leave it out, or %s",
                        t->function, wrong,
                        t->start ? "train without that model" : "set pretrained to false");
    }
    if (wrong) {
        rnn_model_free(m);
        return RNN_OK;
    }
    *out = m;
    return RNN_OK;
}

void rnn_trainer_take_options(const rnn_model *pretrained, rnn_options *o) {
    for (size_t i = 0; i < FIXED_COUNT; i++) rnn_option_copy(o, &pretrained->options, FIXED[i]);
    if (!o->given[RNN_KEY_context]) o->context = pretrained->options.context;
}

/* A tensor into one with as many rows and as many columns or more: what is more is zero. */
static void copy_tensor(const rnn_tensor *from, const real *v, const rnn_tensor *to, real *w) {
    size_t narrow = from->columns ? from->columns : 1, wide = to->columns ? to->columns : 1;
    for (size_t r = 0; r < to->rows; r++) { /* of a vector, too */
        real *row = w + to->offset + r * wide;
        memset(row, 0, wide * sizeof *row);
        memcpy(row, v + from->offset + r * narrow, narrow * sizeof *row);
    }
}

void rnn_trainer_take_weights(const rnn_model *pretrained, size_t member, rnn_net *net) {
    rnn_net *source = pretrained->member[member % pretrained->members];
    for (size_t i = 0; i < rnn_net_tensor_count(net); i++) {
        const rnn_tensor *to = rnn_net_tensor(net, i);
        for (size_t k = 0; k < rnn_net_tensor_count(source); k++) {
            const rnn_tensor *from = rnn_net_tensor(source, k);
            if (strcmp(from->name, to->name) != 0) continue;
            if (from->rows == to->rows && from->columns <= to->columns)
                copy_tensor(from, rnn_net_parameters(source), to, rnn_net_parameters(net));
        }
    }
}
