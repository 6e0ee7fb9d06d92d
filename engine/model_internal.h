/* model_internal.h - what model.c, model_read.c, model_spec.c and model_sequence.c agree on, and the
** parts that states (stream.c) have in common with models; docs/formats.md says it in words. */
#ifndef RNN_MODEL_INTERNAL_H
#define RNN_MODEL_INTERNAL_H

#include "model.h"

#define RNN_MODEL_MAGIC "RNNMODEL"

enum {
    RNN_MODEL_CHECKSUM = 12, /* where it is in the header */
    RNN_MODEL_HEADER = 24,   /* magic, version, checksum, total size */
    RNN_SECTION_HEADER = 12, /* tag, length */
    RNN_MODEL_SECTIONS = 10
};

/* Is the section part of a model of this one's task? */
int rnn_model_has_section(const rnn_model *m, const char *tag);

/* RNN_MODEL: "the model is corrupt: its <what> contradicts itself; ...". */
rnn_status rnn_model_corrupt(rnn_context *ctx, const char *what);

/* ---- small parts; each sets r->failed, and gives the lowest value, where one is out of range ---- */

int rnn_part_choice(rnn_reader *r, int last); /* u8 in 0 ... last */
int rnn_part_flag(rnn_reader *r);
double rnn_part_between(rnn_reader *r, double low, double high);
size_t rnn_part_size(rnn_reader *r, uint64_t most); /* u64 */
void rnn_part_style(rnn_reader *r, rnn_time_style *style);
void rnn_part_style_write(const rnn_time_style *style, rnn_writer *w);

/* model_spec.c: is m->spec the network that rnn_model_spec describes? `categories` of m->spec is in
** range. */
int rnn_model_spec_fits(const rnn_model *m);

/* ---- model_series.c: how numeric series are read, and their linear models ---- */

void rnn_series_section_free(rnn_model *m);
void rnn_series_section_write(const rnn_model *m, rnn_writer *w);
rnn_status rnn_series_section_read(rnn_model *m, rnn_reader *r);
int rnn_series_section_fits(const rnn_model *m);

/* ---- model_sequence.c: what tasks other than forecast keep ---- */

void rnn_sequence_section_free(rnn_model *m);
void rnn_sequence_section_write(const rnn_model *m, rnn_writer *w);
rnn_status rnn_sequence_section_read(rnn_model *m, rnn_reader *r);
/* After everything was read: do options, columns, section and network agree? */
rnn_status rnn_sequence_check(rnn_model *m);

#endif
