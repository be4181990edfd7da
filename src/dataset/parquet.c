#include "dataset/parquet_meta.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

/* The file begins and ends with a magic; before the last one are the footer and its length. */
static const char magic[4] = {'P', 'A', 'R', '1'};
static const char magic_encrypted[4] = {'P', 'A', 'R', 'E'};
enum { TAIL_BYTES = 8 };

const char *parquet_type_name(enum parquet_type type)
{
    static const char *const names[PARQUET_TYPE_COUNT] = {
        "BOOLEAN", "INT32",  "INT64",      "INT96",
        "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};

    return type < PARQUET_TYPE_COUNT ? names[type] : "unknown";
}

bool parquet_recognises(struct str first_bytes)
{
    return str_starts(first_bytes, (struct str){magic, sizeof magic}) ||
           str_starts(first_bytes, (struct str){magic_encrypted, sizeof magic_encrypted});
}

static int read_footer(struct parquet *parquet, struct buf *footer, struct err *err)
{
    const struct byte_file *file = &parquet->file;
    char head[sizeof magic];
    char tail[TAIL_BYTES];
    uint64_t length = 0;
    int rc = 0;

    if (file->size < sizeof head + TAIL_BYTES) {
        return err_set(err, ERR_INPUT, "%s: too short for a Parquet file", file->path);
    }
    rc = byte_file_read(file, 0, head, sizeof head, err);
    if (rc == 0) {
        rc = byte_file_read(file, file->size - TAIL_BYTES, tail, TAIL_BYTES, err);
    }
    if (rc != 0) {
        return rc;
    }
    if (memcmp(tail + 4, magic_encrypted, 4) == 0) {
        return err_set(err, ERR_INPUT, "%s: its metadata is encrypted", file->path);
    }
    if (memcmp(head, magic, 4) != 0 || memcmp(tail + 4, magic, 4) != 0) {
        return err_set(err, ERR_INPUT,
                       "%s: not a Parquet file, or cut off (no PAR1 at both of its ends)",
                       file->path);
    }
    for (size_t i = 0; i < 4; i++) {
        length |= (uint64_t)(unsigned char)tail[i] << (8 * i);
    }
    if (length > file->size - sizeof head - TAIL_BYTES || length > PARQUET_FOOTER_BYTES_MAX) {
        return err_set(err, ERR_INPUT, "%s: its metadata would have %llu bytes", file->path,
                       (unsigned long long)length);
    }
    buf_init(footer, length + 1);
    if (buf_reserve(footer, length) == NULL) {
        return err_memory(err);
    }
    footer->len = length;
    return byte_file_read(file, file->size - TAIL_BYTES - length, footer->p, length, err);
}

int parquet_open(struct parquet **out, const char *path, struct err *err)
{
    struct parquet *parquet = calloc(1, sizeof *parquet);
    struct buf footer = {0};
    int rc = 0;

    if (parquet == NULL) {
        return err_memory(err);
    }
    rc = byte_file_open(&parquet->file, path, err);
    if (rc != 0) {
        free(parquet);
        return rc;
    }
    rc = read_footer(parquet, &footer, err);
    if (rc == 0) {
        rc = parquet_meta_read(parquet, buf_str(&footer), err);
        if (rc != 0) {
            (void)err_wrap(err, "%s", path);
        }
    }
    buf_release(&footer);
    if (rc != 0) {
        parquet_close(parquet);
        return rc;
    }
    *out = parquet;
    return 0;
}

void parquet_close(struct parquet *parquet)
{
    if (parquet != NULL) {
        byte_file_close(&parquet->file);
        arena_release(&parquet->arena);
        free(parquet);
    }
}

uint64_t parquet_row_count(const struct parquet *parquet)
{
    return parquet->rows;
}

size_t parquet_column_count(const struct parquet *parquet)
{
    return parquet->column_count;
}

const struct parquet_column *parquet_column_at(const struct parquet *parquet, size_t index)
{
    return &parquet->columns[index];
}

size_t parquet_find_column(const struct parquet *parquet, struct str name)
{
    for (size_t i = 0; i < parquet->column_count; i++) {
        if (str_equal(parquet->columns[i].name, name)) {
            return i;
        }
    }
    return SIZE_MAX;
}
