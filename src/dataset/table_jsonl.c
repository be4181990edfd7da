#include "base/buf.h"
#include "base/json_reader.h"
#include "dataset/byte_scan.h"
#include "dataset/table_kind.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1 << 20 };

/* What a row's object has said of a column. */
struct jsonl_cell {
    struct buf text; /* of a list: its items one after another */
    size_t *ends;    /* owned; where in `text` each item ends */
    size_t count;
    size_t cap;
    struct str *texts; /* owned; the items as views, as many as `cap` */
    int64_t integer;
    bool is_found;
    bool is_null;
};

struct table_jsonl {
    struct table table;
    struct byte_scan scan;
    uint64_t next_row;
    struct jsonl_cell cells[TABLE_COLUMNS_MAX];

    /* Of the row being read. */
    struct json_reader reader;
    int depth;
    size_t column; /* that the value at hand belongs to, or SIZE_MAX */
};

static void close_table(struct table *table)
{
    struct table_jsonl *self = (struct table_jsonl *)table;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_release(&self->cells[i].text);
        free(self->cells[i].ends);
        free(self->cells[i].texts);
    }
    byte_scan_close(&self->scan);
    free(self);
}

static int end_item(struct jsonl_cell *cell, struct err *err)
{
    if (cell->count == cell->cap) {
        size_t cap = cell->cap != 0 ? 2 * cell->cap : 16;
        size_t *ends = cap <= ITEMS_MAX ? realloc(cell->ends, cap * sizeof *ends) : NULL;
        struct str *texts = NULL;

        if (ends == NULL) {
            return cap > ITEMS_MAX
                       ? err_set(err, ERR_LIMIT, "a list of more than %d items", ITEMS_MAX)
                       : err_memory(err);
        }
        cell->ends = ends;
        texts = realloc(cell->texts, cap * sizeof *texts);
        if (texts == NULL) {
            return err_memory(err);
        }
        cell->texts = texts;
        cell->cap = cap;
    }
    cell->ends[cell->count++] = cell->text.len;
    return 0;
}

static int wrong_type(const struct table_jsonl *self, struct err *err)
{
    static const char *const names[] = {"a text", "a whole number", "a list of texts"};
    const struct table_column *column = &self->table.columns[self->column];

    return err_set(err, ERR_INPUT, "column '%s': not %s", column->name, names[column->type]);
}

static int take_number(struct table_jsonl *self, struct jsonl_cell *cell, struct str bytes,
                       struct err *err)
{
    bool is_negative = str_starts(bytes, STR("-"));
    uint64_t value = 0;

    if (self->table.columns[self->column].type != TABLE_INTEGER || self->depth != 1 ||
        !str_to_u64(str_skip(bytes, is_negative ? 1 : 0), &value) || value > INT64_MAX) {
        return wrong_type(self, err);
    }
    cell->integer = is_negative ? -(int64_t)value : (int64_t)value;
    return 0;
}

/* A value, or a part of one, of a column that is wanted. */
static int take_value(struct table_jsonl *self, enum json_event event, struct str bytes,
                      struct err *err)
{
    struct jsonl_cell *cell = &self->cells[self->column];
    enum table_type type = self->table.columns[self->column].type;
    bool is_item = type == TABLE_TEXTS && self->depth == 2;

    switch (event) {
    case JSON_READ_TEXT:
        return is_item || (type == TABLE_TEXT && self->depth == 1) ? 0 : wrong_type(self, err);
    case JSON_READ_PIECE:
        buf_append(&cell->text, bytes);
        return buf_check(&cell->text, "a value", err);
    case JSON_READ_TEXT_END:
        return is_item ? end_item(cell, err) : 0;
    case JSON_READ_ARRAY:
    case JSON_READ_ARRAY_END:
        return type == TABLE_TEXTS && self->depth <= 2 ? 0 : wrong_type(self, err);
    case JSON_READ_NUMBER:
        return take_number(self, cell, bytes, err);
    case JSON_READ_NULL:
        cell->is_null = self->depth == 1;
        return cell->is_null ? 0 : wrong_type(self, err);
    case JSON_READ_OBJECT:
    case JSON_READ_OBJECT_END:
    case JSON_READ_KEY:
    case JSON_READ_TRUE:
    case JSON_READ_FALSE:
        break;
    }
    return wrong_type(self, err);
}

/* A member's name: the value that follows belongs to its column. Of two the last counts. */
static void take_name(struct table_jsonl *self, struct str name)
{
    struct jsonl_cell *cell = NULL;

    self->column = table_column_index(&self->table, name);
    if (self->column == SIZE_MAX) {
        return;
    }
    cell = &self->cells[self->column];
    buf_reset(&cell->text);
    cell->count = 0;
    cell->is_found = true;
    cell->is_null = false;
}

static int take_event(void *context, enum json_event event, struct str bytes, struct err *err)
{
    struct table_jsonl *self = context;
    bool closes = event == JSON_READ_OBJECT_END || event == JSON_READ_ARRAY_END;
    int rc = 0;

    self->depth += event == JSON_READ_OBJECT || event == JSON_READ_ARRAY;
    if (self->depth == 1 && event == JSON_READ_KEY) {
        take_name(self, bytes);
    } else if (self->depth == 0 || (self->depth == 1 && event == JSON_READ_ARRAY)) {
        rc = err_set(err, ERR_INPUT, "not a JSON object");
    } else if (self->column != SIZE_MAX && !(closes && self->depth == 1)) {
        rc = take_value(self, event, bytes, err);
    }
    self->depth -= closes;
    return rc;
}

static void begin_row(struct table_jsonl *self)
{
    json_reader_init(&self->reader, take_event, self);
    self->depth = 0;
    self->column = SIZE_MAX;
    for (size_t i = 0; i < self->table.column_count; i++) {
        buf_reset(&self->cells[i].text);
        self->cells[i].count = 0;
        self->cells[i].is_found = false;
        self->cells[i].is_null = false;
    }
}

static int end_row(struct table_jsonl *self, struct err *err)
{
    int rc = json_reader_finish(&self->reader, err);

    for (size_t i = 0; rc == 0 && i < self->table.column_count; i++) {
        struct jsonl_cell *from = &self->cells[i];
        size_t start = 0;

        for (size_t k = 0; k < from->count; k++) {
            from->texts[k] = (struct str){from->text.p + start, from->ends[k] - start};
            start = from->ends[k];
        }
        self->table.cells[i] = (struct table_cell){.is_null = !from->is_found || from->is_null,
                                                   .text = buf_str(&from->text),
                                                   .integer = from->integer,
                                                   .texts = from->texts,
                                                   .text_count = from->count};
    }
    return rc != 0 ? rc : table_check_nulls(&self->table, err);
}

/* Takes the scan to the end of the line, feeding it to the reader. After an error the rest of the
 * line is passed over. */
static int feed_line(struct table_jsonl *self, uint64_t *bytes, struct err *err)
{
    struct byte_scan *scan = &self->scan;
    bool is_end = false;
    int rc = 0;

    *bytes = 0;
    while (!is_end) {
        const char *end = NULL;
        size_t count = 0;
        int filled = byte_scan_fill(scan, err);

        if (filled != 0) {
            return filled;
        }
        end = scan->rest.len != 0 ? memchr(scan->rest.p, '\n', scan->rest.len) : NULL;
        is_end = end != NULL || scan->rest.len == 0;
        count = end != NULL ? (size_t)(end - scan->rest.p) : scan->rest.len;
        rc = rc == 0 ? json_reader_feed(&self->reader, str_take(scan->rest, count), err) : rc;
        *bytes += count;
        byte_scan_take(scan, count + (end != NULL ? 1 : 0));
        if (rc == 0 && *bytes > TABLE_ROW_BYTES_MAX) {
            rc = err_set(err, ERR_LIMIT, "longer than %d bytes", TABLE_ROW_BYTES_MAX);
        }
    }
    return rc;
}

static int read_here(struct table_jsonl *self, struct table_place *place, struct err *err)
{
    int rc = 0;

    place->offset = self->scan.offset;
    begin_row(self);
    rc = feed_line(self, &place->bytes, err);
    if (rc == 0) {
        rc = end_row(self, err);
    }
    return rc != 0 ? table_row_error(&self->table, place->row, err) : 0;
}

static int skip_blank_lines(struct byte_scan *scan, struct err *err)
{
    int rc = byte_scan_fill(scan, err);

    while (rc == 0 && scan->rest.len != 0 && memchr(" \t\r\n", scan->rest.p[0], 4) != NULL) {
        byte_scan_take(scan, 1);
        rc = byte_scan_fill(scan, err);
    }
    return rc;
}

static int next_row(struct table *table, struct table_place *place, struct err *err)
{
    struct table_jsonl *self = (struct table_jsonl *)table;
    int rc = skip_blank_lines(&self->scan, err);

    if (rc != 0 || self->scan.rest.len == 0) {
        return rc;
    }
    *place = (struct table_place){.row = self->next_row++};
    rc = read_here(self, place, err);
    return rc != 0 ? rc : 1;
}

static int read_row(struct table *table, const struct table_place *place, struct err *err)
{
    struct table_jsonl *self = (struct table_jsonl *)table;
    struct table_place found = {.row = place->row};

    byte_scan_seek(&self->scan, place->offset);
    return read_here(self, &found, err);
}

static void forget_row(struct table *table)
{
    struct table_jsonl *self = (struct table_jsonl *)table;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_release(&self->cells[i].text);
    }
}

int table_jsonl_open(struct table **out, const struct table *base, struct err *err)
{
    static const struct table_kind kind = {next_row, read_row, forget_row, close_table};
    struct table_jsonl *self = calloc(1, sizeof *self);
    int rc = 0;

    if (self == NULL) {
        return err_memory(err);
    }
    self->table = *base;
    self->table.kind = &kind;
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        buf_init(&self->cells[i].text, TABLE_ROW_BYTES_MAX);
    }
    rc = byte_scan_open(&self->scan, base->path, err);
    if (rc != 0) {
        free(self);
        return rc;
    }
    *out = &self->table;
    return 0;
}
