#include "base/utf8.h"
#include "dataset/parquet.h"
#include "dataset/table_kind.h"

#include <stdlib.h>

struct table_parquet {
    struct table table;
    struct parquet *parquet;
    struct parquet_cursor *cursors[TABLE_COLUMNS_MAX]; /* NULL: not in the file */
    struct str *texts[TABLE_COLUMNS_MAX];              /* owned; of lists */
    size_t texts_cap[TABLE_COLUMNS_MAX];
    uint64_t next_row;
};

static void close_table(struct table *table)
{
    struct table_parquet *self = (struct table_parquet *)table;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        parquet_cursor_free(self->cursors[i]);
        free(self->texts[i]);
    }
    parquet_close(self->parquet);
    free(self);
}

static bool fits(enum table_type wanted, const struct parquet_column *column)
{
    bool is_integer = column->type == PARQUET_INT32 || column->type == PARQUET_INT64;

    if (column->is_nested || column->is_list != (wanted == TABLE_TEXTS)) {
        return column->is_nested; /* the cursor says it better */
    }
    return wanted == TABLE_INTEGER ? is_integer : column->type == PARQUET_BYTES;
}

static int open_column(struct table_parquet *self, size_t index, struct err *err)
{
    static const char *const names[] = {"text", "whole numbers", "lists of text"};
    const struct table_column *wanted = &self->table.columns[index];
    size_t found = parquet_find_column(self->parquet, str_from(wanted->name));
    const struct parquet_column *column = NULL;

    if (found == SIZE_MAX) {
        return wanted->is_optional
                   ? 0
                   : err_set(err, ERR_INPUT, "%s: no column '%s'", self->table.path, wanted->name);
    }
    column = parquet_column_at(self->parquet, found);
    if (!fits(wanted->type, column)) {
        return err_set(err, ERR_INPUT, "%s: column '%s': %s%s where %s are expected",
                       self->table.path, wanted->name, column->is_list ? "lists of " : "",
                       parquet_type_name(column->type), names[wanted->type]);
    }
    return parquet_cursor_new(&self->cursors[index], self->parquet, found, err);
}

static int take_texts(struct table_parquet *self, size_t index, const struct parquet_cell *from,
                      struct err *err)
{
    struct table_cell *cell = &self->table.cells[index];

    if (from->count > self->texts_cap[index]) {
        struct str *grown = realloc(self->texts[index], from->count * sizeof *grown);

        if (grown == NULL) {
            return err_memory(err);
        }
        self->texts[index] = grown;
        self->texts_cap[index] = from->count;
    }
    for (size_t i = 0; i < from->count; i++) {
        self->texts[index][i] = from->values[i].text;
    }
    cell->texts = self->texts[index];
    cell->text_count = from->count;
    return 0;
}

static int read_cell(struct table_parquet *self, size_t index, uint64_t row, struct err *err)
{
    struct table_cell *cell = &self->table.cells[index];
    struct parquet_cell found = {.is_null = true};
    int rc = 0;

    *cell = (struct table_cell){.is_null = true};
    if (self->cursors[index] != NULL) {
        rc = parquet_cursor_read(self->cursors[index], row, &found, err);
    }
    if (rc != 0 || found.is_null) {
        return rc;
    }
    cell->is_null = false;
    if (self->table.columns[index].type == TABLE_TEXTS) {
        rc = take_texts(self, index, &found, err);
    } else {
        cell->text = found.values[0].text;
        cell->integer = found.values[0].integer;
    }
    for (size_t i = 0; rc == 0 && i < found.count; i++) {
        if (utf8_invalid_at(found.values[i].text) != SIZE_MAX) {
            rc = err_set(err, ERR_INPUT, "%s: row %llu: column '%s': not UTF-8", self->table.path,
                         (unsigned long long)row, self->table.columns[index].name);
        }
    }
    return rc;
}

static int read_row(struct table *table, const struct table_place *place, struct err *err)
{
    struct table_parquet *self = (struct table_parquet *)table;
    int rc = 0;

    if (place->row >= parquet_row_count(self->parquet)) {
        return err_set(err, ERR_INPUT, "%s: no row %llu", table->path,
                       (unsigned long long)place->row);
    }
    for (size_t i = 0; rc == 0 && i < table->column_count; i++) {
        rc = read_cell(self, i, place->row, err);
    }
    if (rc == 0 && table_check_nulls(table, err) != 0) {
        rc = table_row_error(table, place->row, err);
    }
    return rc;
}

static int next_row(struct table *table, struct table_place *place, struct err *err)
{
    struct table_parquet *self = (struct table_parquet *)table;
    int rc = 0;

    if (self->next_row == parquet_row_count(self->parquet)) {
        return 0;
    }
    *place = (struct table_place){.row = self->next_row++};
    rc = read_row(table, place, err);
    return rc != 0 ? rc : 1;
}

static void forget_row(struct table *table)
{
    struct table_parquet *self = (struct table_parquet *)table;

    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
        if (self->cursors[i] != NULL) {
            parquet_cursor_forget(self->cursors[i]);
        }
    }
}

int table_parquet_open(struct table **out, const struct table *base, struct err *err)
{
    static const struct table_kind kind = {next_row, read_row, forget_row, close_table};
    struct table_parquet *self = calloc(1, sizeof *self);
    int rc = 0;

    if (self == NULL) {
        return err_memory(err);
    }
    self->table = *base;
    self->table.kind = &kind;
    rc = parquet_open(&self->parquet, base->path, err);
    for (size_t i = 0; rc == 0 && i < base->column_count; i++) {
        rc = open_column(self, i, err);
    }
    if (rc != 0) {
        close_table(&self->table);
        return rc;
    }
    *out = &self->table;
    return 0;
}
