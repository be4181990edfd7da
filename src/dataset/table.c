#include "dataset/table.h"

#include "dataset/byte_file.h"
#include "dataset/parquet.h"
#include "dataset/table_kind.h"

static int first_bytes(const char *path, char out[4], struct str *found, struct err *err)
{
    struct byte_file file;
    int rc = byte_file_open(&file, path, err);

    if (rc != 0) {
        return rc;
    }
    *found = (struct str){out, file.size < 4 ? (size_t)file.size : 4};
    rc = byte_file_read(&file, 0, out, found->len, err);
    byte_file_close(&file);
    return rc;
}

int table_open(struct table **out, const char *path, const struct table_column *columns,
               size_t column_count, struct err *err)
{
    const struct table base = {.path = path, .columns = columns, .column_count = column_count};
    char bytes[4] = {0};
    struct str start = {0};
    int rc = first_bytes(path, bytes, &start, err);

    if (rc != 0) {
        return rc;
    }
    if (start.len == 0) {
        return err_set(err, ERR_INPUT, "%s: empty", path);
    }
    if (parquet_recognises(start)) {
        return table_parquet_open(out, &base, err);
    }
    return str_starts(str_trim(start), STR("{")) ? table_jsonl_open(out, &base, err)
                                                 : table_csv_open(out, &base, err);
}

void table_close(struct table *table)
{
    if (table != NULL) {
        table->kind->close(table);
    }
}

int table_next(struct table *table, const struct table_cell **cells, struct table_place *place,
               struct err *err)
{
    *cells = table->cells;
    return table->kind->next(table, place, err);
}

int table_read(struct table *table, const struct table_place *place,
               const struct table_cell **cells, struct err *err)
{
    *cells = table->cells;
    return table->kind->read(table, place, err);
}

void table_forget(struct table *table)
{
    table->kind->forget(table);
}

size_t table_column_index(const struct table *table, struct str name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (str_equal(name, str_from(table->columns[i].name))) {
            return i;
        }
    }
    return SIZE_MAX;
}

int table_row_error(const struct table *table, uint64_t row, struct err *err)
{
    return err_wrap(err, "%s: row %llu", table->path, (unsigned long long)row);
}

int table_check_nulls(const struct table *table, struct err *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->cells[i].is_null && !table->columns[i].is_optional) {
            return err_set(err, ERR_INPUT, "column '%s': no value", table->columns[i].name);
        }
    }
    return 0;
}
