/* table.h - rows as a value: a columnar store of typed cells, and its byte format (the rows BLOB).
**
** rnn_rows(...) and rnn_train(...) push one SQL row at a time; every task reads columns. A column
** is held once, in 8 bytes a value for numbers and 4 for anything else:
**
**   RNN_COLUMN_EMPTY   only NULLs so far
**   RNN_COLUMN_INT     int64 cells
**   RNN_COLUMN_REAL    double cells
**   RNN_COLUMN_DICT    uint32 ids into a dictionary of distinct typed values (text, BLOB, mixtures)
**
** An INT column turns REAL when a REAL arrives, if all its integers lie within +-2^53; an integer
** beyond that among REALs, or anything that is no number, turns a column DICT. The kind that a
** column ends up with and the values of its cells do not depend on the order of arrival; ids do.
** Values are the same if they are equal numbers or equal bytes of one type: 1 and 1.0 are one
** series.
**
** NULLs are a bitmap. Cells live in chunks of RNN_TABLE_CHUNK rows, so growing copies nothing. NaN
** cannot come from SQLite (it is NULL there, and here); infinities can, and are kept: the task
** refuses them by name. Text is kept as the bytes it is, UTF-8 or not.
*/
#ifndef RNN_TABLE_H
#define RNN_TABLE_H

#include "bytes.h"

enum { RNN_TABLE_CHUNK = 4096, RNN_TABLE_MAX_COLUMNS = 2000 };

/* The numbers are part of the rows format. */
typedef enum rnn_value_type {
    RNN_NULL = 0,
    RNN_INT = 1,
    RNN_FLOAT = 2,
    RNN_TEXT = 3,
    RNN_BLOB = 4
} rnn_value_type;

/* A typed value; text and blob bytes are borrowed and live as long as what they came from says. */
typedef struct rnn_value {
    rnn_value_type type;
    int64_t i;     /* RNN_INT */
    double d;      /* RNN_FLOAT; for RNN_INT the same number as a double */
    const char *p; /* RNN_TEXT (UTF-8, not NUL-terminated), RNN_BLOB */
    size_t n;      /* bytes at p */
} rnn_value;

typedef enum rnn_column_kind {
    RNN_COLUMN_EMPTY = 0,
    RNN_COLUMN_INT = 1,
    RNN_COLUMN_REAL = 2,
    RNN_COLUMN_DICT = 3
} rnn_column_kind;

typedef struct rnn_table rnn_table; /* opaque: table.c */

/* An empty table of `columns` columns; RNN_DATA past RNN_TABLE_MAX_COLUMNS. */
rnn_status rnn_table_create(rnn_context *ctx, size_t columns, rnn_table **out);
void rnn_table_free(rnn_table *t);
/* Append a row of exactly `columns` values; bytes are copied. On failure the table has the rows it
** had (a column's kind may have widened, a dictionary may have a value that no row uses). */
rnn_status rnn_table_append(rnn_table *t, const rnn_value *row);
size_t rnn_table_rows(const rnn_table *t);
size_t rnn_table_columns(const rnn_table *t);
rnn_column_kind rnn_table_kind(const rnn_table *t, size_t column);
/* The cell; bytes are borrowed from the table. */
rnn_value rnn_table_get(const rnn_table *t, size_t row, size_t column);
/* For DICT columns: number of distinct values, value of an id, id of a cell (RNN_NO_ID for NULL).
** */
#define RNN_NO_ID UINT32_MAX
size_t rnn_table_distinct(const rnn_table *t, size_t column);
rnn_value rnn_table_dict_value(const rnn_table *t, size_t column, uint32_t id);
uint32_t rnn_table_dict_id(const rnn_table *t, size_t row, size_t column);

/* Bytes that rnn_table_write would produce. */
uint64_t rnn_table_bytes(const rnn_table *t);
/* Serialise (format in docs/formats.md: magic, version, sizes, checksum, columns). */
rnn_status rnn_table_write(const rnn_table *t, rnn_writer *w);
/* Parse; RNN_DATA "... is not rows made by rnn_rows() ..." for anything that is not a complete,
** intact rows BLOB. */
rnn_status rnn_table_read(rnn_context *ctx, const void *data, size_t size, rnn_table **out);

/* Total order over values: NULL < numbers (by value, INT and FLOAT together) < TEXT (bytes) < BLOB
** (bytes). */
int rnn_value_compare(const rnn_value *a, const rnn_value *b);
/* One byte of type, then 8 bytes of number or a string: how values are stored in rows and models.
** */
void rnn_value_write(const rnn_value *v, rnn_writer *w);
/* Bytes are borrowed from the reader's. An unknown type or a NaN sets r->failed and gives a NULL.
** */
rnn_value rnn_value_read(rnn_reader *r);
/* A short printable form for messages: 'text' in quotes, numbers as SQLite prints them, NULL,
** x'..'; cut at 40 bytes with '...', never in the middle of a UTF-8 character. Returns buf. */
const char *rnn_value_print(const rnn_value *v, char *buf, size_t size);

#endif
