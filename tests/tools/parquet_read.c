/* Reads a Parquet file for the tests.
 *
 *   parquet_read FILE                        every row as a JSON array, doubles as their 16 hex
 * digits parquet_read --backward FILE             the same from the last row to the first
 *   parquet_read --damage SEED ROUNDS FILE   flips bits of a copy, cuts it off, and reads what is
 * left
 */
#include "dataset/parquet.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/random.h"
#include "prompt/body.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS_MAX = 64, ROW_BYTES_MAX = 1 << 30 };

struct table {
    struct parquet *parquet;
    struct parquet_cursor *cursors[COLUMNS_MAX];
    size_t count;
};

static void table_close(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        parquet_cursor_free(table->cursors[i]);
    }
    parquet_close(table->parquet);
}

static int table_open(struct table *table, const char *path, struct err *err)
{
    int rc = parquet_open(&table->parquet, path, err);

    for (size_t i = 0; rc == 0 && i < COLUMNS_MAX && i < parquet_column_count(table->parquet);
         i++) {
        rc = parquet_cursor_new(&table->cursors[i], table->parquet, i, err);
        table->count += rc == 0;
    }
    return rc;
}

static void append_value(struct buf *out, enum parquet_type type, const struct parquet_value *value)
{
    uint64_t bits = 0;

    if (type == PARQUET_BYTES) {
        buf_append_char(out, '"');
        json_append_escaped(out, value->text);
        buf_append_char(out, '"');
    } else if (type == PARQUET_DOUBLE || type == PARQUET_FLOAT) {
        memcpy(&bits, &value->number, sizeof bits);
        buf_appendf(out, "\"%016" PRIx64 "\"", bits);
    } else if (type == PARQUET_BOOL) {
        buf_append(out, value->integer != 0 ? STR("true") : STR("false"));
    } else {
        buf_appendf(out, "%" PRId64, value->integer);
    }
}

static void append_cell(struct buf *out, const struct parquet_column *column,
                        const struct parquet_cell *cell)
{
    if (cell->is_null) {
        buf_append(out, STR("null"));
        return;
    }
    if (column->is_list) {
        buf_append_char(out, '[');
    }
    for (size_t i = 0; i < cell->count; i++) {
        buf_append(out, i != 0 ? STR(",") : STR(""));
        append_value(out, column->type, &cell->values[i]);
    }
    if (column->is_list) {
        buf_append_char(out, ']');
    }
}

static int read_row(const struct table *table, uint64_t row, struct buf *line, struct err *err)
{
    int rc = 0;

    buf_reset(line);
    buf_append_char(line, '[');
    for (size_t i = 0; rc == 0 && i < table->count; i++) {
        struct parquet_cell cell = {0};

        rc = parquet_cursor_read(table->cursors[i], row, &cell, err);
        if (rc == 0) {
            buf_append(line, i != 0 ? STR(",") : STR(""));
            append_cell(line, parquet_column_at(table->parquet, i), &cell);
        }
    }
    buf_append_char(line, ']');
    return rc != 0 ? rc : buf_check(line, "row", err);
}

static int read_rows(const struct table *table, bool is_backward, FILE *out, struct err *err)
{
    uint64_t count = parquet_row_count(table->parquet);
    struct buf line;
    int rc = 0;

    buf_init(&line, ROW_BYTES_MAX);
    for (uint64_t i = 0; rc == 0 && i < count; i++) {
        rc = read_row(table, is_backward ? count - 1 - i : i, &line, err);
        if (rc == 0 && out != NULL) {
            (void)fprintf(out, "%.*s\n", STR_ARG(buf_str(&line)));
        }
    }
    buf_release(&line);
    return rc;
}

static int read_file(const char *path, bool is_backward, FILE *out, struct err *err)
{
    struct table table = {0};
    int rc = table_open(&table, path, err);

    if (rc == 0) {
        rc = read_rows(&table, is_backward, out, err);
    }
    table_close(&table);
    return rc;
}

/* What a damaged copy gives: rows, or an error. Anything else ends the process. */
static int damage(const char *path, uint64_t seed, uint64_t rounds, struct err *err)
{
    struct random random = random_stream(seed, STR("damage"), 0);
    char copy[] = "/tmp/haymaker-damage-XXXXXX";
    int fd = mkstemp(copy);
    struct buf bytes;
    unsigned long long refused = 0;
    int rc = 0;

    buf_init(&bytes, 64U << 20);
    rc = fd < 0 ? err_system(err, "%s", copy) : file_read(path, &bytes, err);
    for (uint64_t i = 0; rc == 0 && i < rounds; i++) {
        size_t at = (size_t)random_below(&random, bytes.len);
        size_t length = i % 4 == 0 ? at : bytes.len;
        char flip = (char)(1U << random_below(&random, 8));
        struct err found = {ERR_NONE, ""};

        bytes.p[at] = (char)(bytes.p[at] ^ flip);
        if (pwrite(fd, bytes.p, bytes.len, 0) != (ssize_t)bytes.len ||
            ftruncate(fd, (off_t)length) != 0) {
            rc = err_system(err, "%s", copy);
        }
        bytes.p[at] = (char)(bytes.p[at] ^ flip);
        refused += read_file(copy, i % 2 == 0, NULL, &found) != 0;
        if (found.code != ERR_NONE && found.text[0] == '\0') {
            rc = err_set(err, ERR_INPUT, "an error without a text");
        }
    }
    if (rc == 0) {
        (void)printf("%llu of %llu refused\n", refused, (unsigned long long)rounds);
    }
    buf_release(&bytes);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(copy);
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {ERR_NONE, ""};
    uint64_t seed = 0;
    uint64_t rounds = 0;
    int rc = 0;

    if (argc == 5 && strcmp(argv[1], "--damage") == 0 && str_to_u64(str_from(argv[2]), &seed) &&
        str_to_u64(str_from(argv[3]), &rounds)) {
        rc = damage(argv[4], seed, rounds, &err);
    } else if (argc == 3 && strcmp(argv[1], "--backward") == 0) {
        rc = read_file(argv[2], true, stdout, &err);
    } else if (argc == 2) {
        rc = read_file(argv[1], false, stdout, &err);
    } else {
        rc = err_set(&err, ERR_USAGE,
                     "usage: parquet_read [--backward | --damage SEED ROUNDS] FILE");
    }
    if (rc != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    return rc != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
