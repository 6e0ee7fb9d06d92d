/* table_internal.h - how table.c and table_io.c hold a table.
**
** A chunk is a bitmap of NULLs (512 bytes, bit set = NULL) and then the cells: int64, double or
** uint32. The first chunk starts with room for 64 rows and is grown by realloc up to
** RNN_TABLE_CHUNK; later ones are made whole, so that a small table is small and a large one is
** never copied. A cell that no row has reached yet is a NULL.
*/
#ifndef RNN_TABLE_INTERNAL_H
#define RNN_TABLE_INTERNAL_H

#include "dictionary.h"

enum { RNN_CHUNK_NULLS = RNN_TABLE_CHUNK / 8 };

typedef struct rnn_column {
    rnn_column_kind kind;
    int wide;        /* an INT column has a value beyond +-2^53 */
    size_t nulls;    /* NULLs among the table's rows */
    uint8_t **chunk; /* [chunks]; none in an EMPTY column */
    size_t chunks, chunk_slots;
    size_t capacity;            /* rows there is room for */
    rnn_dictionary *dictionary; /* DICT */
} rnn_column;

struct rnn_table {
    rnn_context *ctx;
    size_t columns, rows;
    rnn_column *column; /* [columns] */
};

/* Bytes of a cell. */
static inline size_t rnn_cell_size(rnn_column_kind kind) {
    return kind == RNN_COLUMN_DICT ? sizeof(uint32_t) : sizeof(int64_t);
}
static inline uint8_t *rnn_chunk_nulls(const rnn_column *c, size_t row) {
    return c->chunk[row / RNN_TABLE_CHUNK];
}
static inline uint8_t *rnn_chunk_cells(const rnn_column *c, size_t row) {
    return c->chunk[row / RNN_TABLE_CHUNK] + RNN_CHUNK_NULLS;
}
/* Make room for `rows` rows in a column that is not EMPTY. */
rnn_status rnn_column_reserve(rnn_context *ctx, rnn_column *c, size_t rows);

#endif
