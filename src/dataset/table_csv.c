#include "base/buf.h"
#include "base/utf8.h"
#include "dataset/byte_scan.h"
#include "dataset/table_kind.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_COLUMNS_MAX = 256, NAME_BYTES_MAX = 1024 };

/* RFC 4180, with LF or CRLF as line ends: fields in double quotes may hold line ends, commas, and
 * quotes written twice; others hold no quote. The first record names the columns. */
struct table_csv {
    struct table table;
    struct byte_scan scan;
    uint64_t next_row;
    bool is_broken; /* after an error nobody knows where the next record begins */
    size_t column_count;
    size_t wanted[FILE_COLUMNS_MAX]; /* the file's columns as indexes of the table's, or SIZE_MAX */
    struct buf texts[TABLE_COLUMNS_MAX];
    struct buf name;
};

static void close_table(struct table *table)
{
    struct table_csv *self = (struct table_csv *)table;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_release(&self->texts[i]);
    }
    buf_release(&self->name);
    byte_scan_close(&self->scan);
    free(self);
}

/* How a field ended. */
enum field_end { FIELD_COMMA, FIELD_LINE, FIELD_FILE };

/* The next byte without taking it, or -1 at the end of the file. */
static int peek(struct table_csv *self, int *byte, struct err *err)
{
    int rc = byte_scan_fill(&self->scan, err);

    *byte = rc == 0 && self->scan.rest.len != 0 ? (unsigned char)self->scan.rest.p[0] : -1;
    return rc;
}

static void append(struct buf *out, struct str text)
{
    if (out != NULL) {
        buf_append(out, text);
    }
}

/* Takes bytes up to one of `stops` (a NUL-terminated set), which is not taken. */
static int take_until(struct table_csv *self, const char *stops, struct buf *out, struct err *err)
{
    int rc = byte_scan_fill(&self->scan, err);

    while (rc == 0 && self->scan.rest.len != 0) {
        struct str rest = self->scan.rest;
        size_t count = 0;

        while (count < rest.len &&
               (rest.p[count] == '\0' || strchr(stops, rest.p[count]) == NULL)) {
            count++;
        }
        append(out, str_take(rest, count));
        byte_scan_take(&self->scan, count);
        if (count < rest.len) {
            return 0;
        }
        rc = byte_scan_fill(&self->scan, err);
    }
    return rc;
}

static int take_quoted(struct table_csv *self, struct buf *out, struct err *err)
{
    int byte = '"';
    int rc = 0;

    byte_scan_take(&self->scan, 1);
    while (rc == 0) {
        rc = take_until(self, "\"", out, err);
        if (rc == 0) {
            rc = peek(self, &byte, err);
        }
        if (rc == 0 && byte < 0) {
            return err_set(err, ERR_INPUT, "the file ends inside a quoted field");
        }
        if (rc == 0) {
            byte_scan_take(&self->scan, 1);
            rc = peek(self, &byte, err);
        }
        if (rc != 0 || byte != '"') {
            return rc;
        }
        append(out, STR("\""));
        byte_scan_take(&self->scan, 1);
    }
    return rc;
}

static int take_line_end(struct table_csv *self, int byte, struct err *err)
{
    int rc = 0;

    byte_scan_take(&self->scan, 1);
    if (byte == '\r') {
        rc = peek(self, &byte, err);
        if (rc == 0 && byte == '\n') {
            byte_scan_take(&self->scan, 1);
        }
    }
    return rc;
}

static int take_field(struct table_csv *self, struct buf *out, enum field_end *end, struct err *err)
{
    int byte = -1;
    int rc = peek(self, &byte, err);

    if (rc == 0) {
        rc = byte == '"' ? take_quoted(self, out, err) : take_until(self, ",\r\n\"", out, err);
    }
    if (rc == 0) {
        rc = peek(self, &byte, err);
    }
    if (rc != 0) {
        return rc;
    }
    if (byte == ',') {
        byte_scan_take(&self->scan, 1);
        *end = FIELD_COMMA;
        return 0;
    }
    if (byte == '\r' || byte == '\n') {
        *end = FIELD_LINE;
        return take_line_end(self, byte, err);
    }
    *end = FIELD_FILE;
    return byte < 0 ? 0 : err_set(err, ERR_INPUT, "a quote inside a field");
}

static int take_record(struct table_csv *self, struct err *err)
{
    enum field_end end = FIELD_COMMA;
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_reset(&self->texts[i]);
    }
    while (rc == 0 && end == FIELD_COMMA) {
        size_t wanted = count < self->column_count ? self->wanted[count] : SIZE_MAX;

        rc = take_field(self, wanted != SIZE_MAX ? &self->texts[wanted] : NULL, &end, err);
        count++;
        if (rc == 0 && wanted != SIZE_MAX) {
            rc = buf_check(&self->texts[wanted], self->table.columns[wanted].name, err);
        }
    }
    if (rc == 0 && count != self->column_count) {
        rc = err_set(err, ERR_INPUT, "%zu fields where the first record has %zu", count,
                     self->column_count);
    }
    return rc;
}

static int fill_cell(struct table_csv *self, size_t index, struct err *err)
{
    const struct table_column *column = &self->table.columns[index];
    struct str text = buf_str(&self->texts[index]);
    struct table_cell *cell = &self->table.cells[index];
    uint64_t number = 0;

    *cell = (struct table_cell){.is_null = text.len == 0 && column->is_optional, .text = text};
    if (utf8_invalid_at(text) != SIZE_MAX) {
        return err_set(err, ERR_INPUT, "column '%s': not UTF-8", column->name);
    }
    if (column->type == TABLE_INTEGER && !cell->is_null) {
        if (!str_to_u64(text, &number) || number > INT64_MAX) {
            return err_set(err, ERR_INPUT, "column '%s': not a whole number", column->name);
        }
        cell->integer = (int64_t)number;
    }
    return 0;
}

static int read_here(struct table_csv *self, struct table_place *place, struct err *err)
{
    int rc = 0;

    place->offset = self->scan.offset;
    rc = take_record(self, err);
    place->bytes = self->scan.offset - place->offset;
    self->is_broken = rc != 0;
    for (size_t i = 0; rc == 0 && i < self->table.column_count; i++) {
        rc = fill_cell(self, i, err);
    }
    return rc != 0 ? table_row_error(&self->table, place->row, err) : 0;
}

static int next_row(struct table *table, struct table_place *place, struct err *err)
{
    struct table_csv *self = (struct table_csv *)table;
    int byte = -1;
    int rc = self->is_broken ? 0 : peek(self, &byte, err);

    if (rc != 0 || byte < 0) {
        return rc;
    }
    *place = (struct table_place){.row = self->next_row++};
    rc = read_here(self, place, err);
    return rc != 0 ? rc : 1;
}

static int read_row(struct table *table, const struct table_place *place, struct err *err)
{
    struct table_csv *self = (struct table_csv *)table;
    struct table_place found = {.row = place->row};

    byte_scan_seek(&self->scan, place->offset);
    return read_here(self, &found, err);
}

static int check_columns(const struct table_csv *self, struct err *err)
{
    for (size_t i = 0; i < self->table.column_count; i++) {
        const struct table_column *column = &self->table.columns[i];
        bool is_found = false;

        for (size_t k = 0; k < self->column_count; k++) {
            is_found = is_found || self->wanted[k] == i;
        }
        if (!is_found && !column->is_optional) {
            return err_set(err, ERR_INPUT, "no column '%s' in its first record", column->name);
        }
        if (is_found && column->type == TABLE_TEXTS) {
            return err_set(err, ERR_INPUT, "column '%s': lists are not supported in CSV",
                           column->name);
        }
    }
    return 0;
}

static int read_names(struct table_csv *self, struct err *err)
{
    enum field_end end = FIELD_COMMA;
    int rc = byte_scan_fill(&self->scan, err);

    if (rc == 0 && str_starts(self->scan.rest, STR("\xEF\xBB\xBF"))) {
        byte_scan_take(&self->scan, 3); /* a byte order mark, as spreadsheets write it */
    }
    while (rc == 0 && end == FIELD_COMMA) {
        buf_reset(&self->name);
        rc = take_field(self, &self->name, &end, err);
        if (rc == 0) {
            rc = buf_check(&self->name, "a column's name", err);
        }
        if (rc == 0 && self->column_count == FILE_COLUMNS_MAX) {
            rc = err_set(err, ERR_INPUT, "more than %d columns", FILE_COLUMNS_MAX);
        }
        if (rc == 0) {
            self->wanted[self->column_count++] =
                table_column_index(&self->table, buf_str(&self->name));
        }
    }
    return rc != 0 ? rc : check_columns(self, err);
}

static void forget_row(struct table *table)
{
    struct table_csv *self = (struct table_csv *)table;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_release(&self->texts[i]);
    }
}

int table_csv_open(struct table **out, const struct table *base, struct err *err)
{
    static const struct table_kind kind = {next_row, read_row, forget_row, close_table};
    struct table_csv *self = calloc(1, sizeof *self);
    int rc = 0;

    if (self == NULL) {
        return err_memory(err);
    }
    self->table = *base;
    self->table.kind = &kind;
    buf_init(&self->name, NAME_BYTES_MAX);
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_init(&self->texts[i], TABLE_ROW_BYTES_MAX);
    }
    rc = byte_scan_open(&self->scan, base->path, err);
    if (rc != 0) {
        free(self);
        return rc;
    }
    rc = read_names(self, err);
    if (rc != 0) {
        close_table(&self->table);
        return err_wrap(err, "%s", base->path);
    }
    *out = &self->table;
    return 0;
}
