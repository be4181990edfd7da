#include "dataset/parquet_meta.h"
#include "dataset/parquet_page.h"
#include "dataset/parquet_values.h"

#include <stdlib.h>

enum { LEVEL_BYTES_MAX = 64 << 20, PREFIX_BYTES = 4, VALUES_MAX = 1 << 24 };

/* Repetition or definition levels of a page. */
struct levels {
    struct buf bytes;
    struct rle rle;
};

/* An entry of a column: a value, a null or an empty list. */
struct entry {
    uint32_t definition;
    uint32_t repetition; /* 0 begins a row */
};

struct parquet_cursor {
    const struct parquet *parquet;
    const struct parquet_column *column;
    size_t index;

    bool is_begun; /* `group` is being read; false again after an error */
    size_t group;
    uint64_t row;          /* the row that the next entry belongs to */
    uint64_t page_offset;  /* of the next page's head */
    uint64_t chunk_left;   /* entries in the pages not begun yet */
    uint64_t entries_left; /* of the page at hand */
    struct levels repetition;
    struct levels definition;
    struct page_bytes bytes;
    struct parquet_dictionary dictionary;
    struct parquet_values values;
    bool has_entry; /* `entry` is read and not yet used */
    struct entry entry;

    /* The cell that was asked for. */
    struct buf text;
    struct parquet_value *items;
    size_t item_count;
    size_t item_cap;
};

static const struct parquet_group *group_at(const struct parquet_cursor *cursor)
{
    return &cursor->parquet->groups[cursor->group];
}

static const struct parquet_chunk *chunk_at(const struct parquet_cursor *cursor)
{
    return &group_at(cursor)->chunks[cursor->index];
}

int parquet_cursor_new(struct parquet_cursor **out, const struct parquet *parquet, size_t column,
                       struct err *err)
{
    const struct parquet_column *about = &parquet->columns[column];
    struct parquet_cursor *cursor = NULL;

    if (about->is_nested) {
        return err_set(err, ERR_INPUT, "%s: column '%.*s': nested columns are not supported",
                       parquet->file.path, STR_ARG(about->name));
    }
    if (about->type == PARQUET_INT96 || about->type == PARQUET_FIXED_BYTES) {
        return err_set(err, ERR_INPUT, "%s: column '%.*s': type %s is not supported",
                       parquet->file.path, STR_ARG(about->name), parquet_type_name(about->type));
    }
    cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL) {
        return err_memory(err);
    }
    cursor->parquet = parquet;
    cursor->column = about;
    cursor->index = column;
    buf_init(&cursor->text, PARQUET_CELL_BYTES_MAX);
    buf_init(&cursor->repetition.bytes, LEVEL_BYTES_MAX);
    buf_init(&cursor->definition.bytes, LEVEL_BYTES_MAX);
    *out = cursor;
    return 0;
}

void parquet_cursor_free(struct parquet_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    parquet_values_release(&cursor->values);
    parquet_dictionary_release(&cursor->dictionary);
    page_bytes_release(&cursor->bytes);
    buf_release(&cursor->repetition.bytes);
    buf_release(&cursor->definition.bytes);
    buf_release(&cursor->text);
    free(cursor->items);
    free(cursor);
}

static int begin_group(struct parquet_cursor *cursor, uint64_t row, struct err *err)
{
    const struct parquet *parquet = cursor->parquet;
    size_t low = 0;
    size_t high = parquet->group_count;

    /* The last group that begins at or before the row; empty groups share their first row with the
     * next one, so it is not empty. */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (parquet->groups[middle].first_row <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    cursor->group = low;
    cursor->row = group_at(cursor)->first_row;
    cursor->page_offset = chunk_at(cursor)->offset;
    cursor->chunk_left = chunk_at(cursor)->values;
    cursor->entries_left = 0;
    cursor->has_entry = false;
    parquet_dictionary_release(&cursor->dictionary);
    if (!cursor->column->is_list && chunk_at(cursor)->values != group_at(cursor)->rows) {
        return err_set(err, ERR_INPUT, "%llu values in a group of %llu rows",
                       (unsigned long long)chunk_at(cursor)->values,
                       (unsigned long long)group_at(cursor)->rows);
    }
    cursor->is_begun = true;
    return page_codec_check(chunk_at(cursor)->codec, err);
}

/* Levels up to 1 take one bit, up to 3 two. */
static unsigned level_width(unsigned level_max)
{
    return level_max > 1 ? 2 : level_max;
}

static int take_levels(struct levels *levels, struct page_bytes *bytes, uint64_t count,
                       unsigned level_max, struct err *err)
{
    int rc = 0;

    buf_reset(&levels->bytes);
    rc = page_bytes_append(bytes, count, &levels->bytes, err);
    rle_init(&levels->rle, buf_str(&levels->bytes), level_width(level_max));
    return rc;
}

/* In a v1 page each kind of level says its length; one whose maximum is 0 is not there. */
static int take_levels_v1(struct levels *levels, struct page_bytes *bytes, int64_t encoding,
                          unsigned level_max, struct err *err)
{
    char prefix[PREFIX_BYTES];
    uint64_t count = 0;
    int rc = 0;

    if (level_max == 0) {
        rle_init(&levels->rle, (struct str){0}, 0);
        return 0;
    }
    if (encoding != PARQUET_RLE) {
        return err_set(err, ERR_INPUT, "levels in encoding %s are not supported",
                       parquet_encoding_name(encoding));
    }
    rc = page_bytes_read(bytes, prefix, sizeof prefix, err);
    for (size_t i = 0; i < sizeof prefix; i++) {
        count |= (uint64_t)(unsigned char)prefix[i] << (8 * i);
    }
    return rc != 0 ? rc : take_levels(levels, bytes, count, level_max, err);
}

static int open_v1(struct parquet_cursor *cursor, const struct parquet_page *page, struct err *err)
{
    const struct parquet_column *column = cursor->column;
    int rc = page_bytes_open(&cursor->bytes, &cursor->parquet->file, &page->place, err);

    if (rc == 0) {
        rc = take_levels_v1(&cursor->repetition, &cursor->bytes, page->repetition_encoding,
                            column->repetition_max, err);
    }
    if (rc == 0) {
        rc = take_levels_v1(&cursor->definition, &cursor->bytes, page->definition_encoding,
                            column->definition_max, err);
    }
    return rc;
}

/* In a v2 page the levels are stored before the values, which may be compressed. */
static int open_v2(struct parquet_cursor *cursor, const struct parquet_page *page, struct err *err)
{
    uint64_t level_bytes = page->repetition_bytes + page->definition_bytes;
    struct page_place levels = page->place;
    struct page_place values = page->place;
    int rc = 0;

    levels.codec = PAGE_UNCOMPRESSED;
    levels.compressed = level_bytes;
    levels.uncompressed = level_bytes;
    values.offset += level_bytes;
    values.compressed -= level_bytes;
    values.uncompressed -= level_bytes;
    rc = page_bytes_open(&cursor->bytes, &cursor->parquet->file, &levels, err);
    if (rc == 0) {
        rc = take_levels(&cursor->repetition, &cursor->bytes, page->repetition_bytes,
                         cursor->column->repetition_max, err);
    }
    if (rc == 0) {
        rc = take_levels(&cursor->definition, &cursor->bytes, page->definition_bytes,
                         cursor->column->definition_max, err);
    }
    return rc != 0 ? rc : page_bytes_open(&cursor->bytes, &cursor->parquet->file, &values, err);
}

static int open_data_page(struct parquet_cursor *cursor, const struct parquet_page *page,
                          struct err *err)
{
    int rc =
        page->type == PARQUET_PAGE_DATA ? open_v1(cursor, page, err) : open_v2(cursor, page, err);

    cursor->entries_left = page->values;
    return rc != 0 ? rc
                   : parquet_values_open(&cursor->values, cursor->column->type, page->encoding,
                                         &cursor->bytes, &cursor->dictionary, err);
}

/* Takes one page of any kind. Of a flat column, one without the row wanted is passed over. */
static int next_page(struct parquet_cursor *cursor, uint64_t wanted, struct err *err)
{
    struct parquet_page page;
    int rc = 0;

    if (cursor->page_offset >= chunk_at(cursor)->end) {
        return err_set(err, ERR_INPUT, "its pages end before its values do");
    }
    rc = parquet_page_read(cursor->parquet, chunk_at(cursor), cursor->page_offset, &page, err);
    if (rc != 0) {
        return rc;
    }
    cursor->page_offset = page.place.offset + page.place.compressed;
    if (page.type == PARQUET_PAGE_DICTIONARY) {
        return parquet_dictionary_open(&cursor->dictionary, &cursor->parquet->file, &page,
                                       cursor->column->type, err);
    }
    if (page.type != PARQUET_PAGE_DATA && page.type != PARQUET_PAGE_DATA_V2) {
        return 0;
    }
    if (page.values > cursor->chunk_left) {
        return err_set(err, ERR_INPUT, "more values in its pages than in all");
    }
    cursor->chunk_left -= page.values;
    if (!cursor->column->is_list && page.values <= wanted - cursor->row) {
        cursor->row += page.values;
        return 0;
    }
    return open_data_page(cursor, &page, err);
}

/* Makes cursor->entry the next one, unless the row group ends: then has_entry stays false. */
static int look_ahead(struct parquet_cursor *cursor, uint64_t wanted, struct err *err)
{
    const struct parquet_column *column = cursor->column;
    struct entry *entry = &cursor->entry;
    int rc = 0;

    if (cursor->has_entry) {
        return 0;
    }
    while (rc == 0 && cursor->entries_left == 0 && cursor->chunk_left != 0) {
        rc = next_page(cursor, wanted, err);
    }
    if (rc != 0 || cursor->entries_left == 0) {
        return rc;
    }
    if (!rle_next(&cursor->repetition.rle, &entry->repetition) ||
        !rle_next(&cursor->definition.rle, &entry->definition) ||
        entry->repetition > column->repetition_max || entry->definition > column->definition_max) {
        return err_set(err, ERR_INPUT, "a page's levels are damaged");
    }
    cursor->entries_left--;
    cursor->has_entry = true;
    return 0;
}

static struct parquet_value *add_item(struct parquet_cursor *cursor, struct err *err)
{
    if (cursor->item_count == cursor->item_cap) {
        size_t cap = cursor->item_cap != 0 ? 2 * cursor->item_cap : 16;
        struct parquet_value *grown = NULL;

        if (cap > VALUES_MAX) {
            (void)err_set(err, ERR_LIMIT, "a list of more than %d items", VALUES_MAX);
            return NULL;
        }
        grown = realloc(cursor->items, cap * sizeof *grown);
        if (grown == NULL) {
            (void)err_memory(err);
            return NULL;
        }
        cursor->items = grown;
        cursor->item_cap = cap;
    }
    return &cursor->items[cursor->item_count++];
}

/* Reads the value of the entry at hand, if it has one, or passes over it. */
static int take_entry(struct parquet_cursor *cursor, bool is_wanted, struct err *err)
{
    const struct parquet_column *column = cursor->column;
    struct parquet_value *item = NULL;

    cursor->has_entry = false;
    if (cursor->entry.definition < column->definition_max) {
        return cursor->entry.definition < column->item_definition
                   ? 0
                   : err_set(err, ERR_INPUT, "a null in a list is not supported");
    }
    if (!is_wanted) {
        return parquet_values_skip(&cursor->values, err);
    }
    item = add_item(cursor, err);
    return item != NULL ? parquet_values_next(&cursor->values, item, &cursor->text, err)
                        : (int)err->code;
}

static int take_row(struct parquet_cursor *cursor, bool is_wanted, bool *is_null, struct err *err)
{
    const struct parquet_column *column = cursor->column;
    uint32_t null_below = column->is_list ? column->item_definition - 1 : column->definition_max;
    int rc = 0;

    if (cursor->entry.repetition != 0) {
        return err_set(err, ERR_INPUT, "a page's levels are damaged");
    }
    *is_null = cursor->entry.definition < null_below;
    do {
        rc = take_entry(cursor, is_wanted, err);
        if (rc == 0 && column->is_list) {
            rc = look_ahead(cursor, cursor->row, err);
        }
    } while (rc == 0 && cursor->has_entry && cursor->entry.repetition != 0);
    cursor->row++;
    return rc;
}

/* Rows of the group before the one wanted are passed over. */
static int find_row(struct parquet_cursor *cursor, uint64_t row, bool *is_null, struct err *err)
{
    int rc = 0;

    if (!cursor->is_begun || row < cursor->row ||
        row - group_at(cursor)->first_row >= group_at(cursor)->rows) {
        rc = begin_group(cursor, row, err);
    }
    while (rc == 0 && cursor->row <= row) {
        rc = look_ahead(cursor, row, err);
        if (rc == 0 && !cursor->has_entry) {
            rc = err_set(err, ERR_INPUT, "its row group ends before its rows do");
        }
        if (rc == 0) {
            rc = take_row(cursor, cursor->row == row, is_null, err);
        }
    }
    return rc;
}

void parquet_cursor_forget(struct parquet_cursor *cursor)
{
    buf_release(&cursor->text);
    cursor->item_count = 0;
}

int parquet_cursor_read(struct parquet_cursor *cursor, uint64_t row, struct parquet_cell *cell,
                        struct err *err)
{
    const char *text = NULL;
    bool is_null = false;
    int rc = 0;

    cursor->item_count = 0;
    buf_reset(&cursor->text);
    rc = find_row(cursor, row, &is_null, err);
    if (rc != 0) {
        cursor->is_begun = false;
        return err_wrap(err, "%s: row %llu: column '%.*s'", cursor->parquet->file.path,
                        (unsigned long long)row, STR_ARG(cursor->column->name));
    }
    text = cursor->text.p;
    for (size_t i = 0; i < cursor->item_count; i++) {
        size_t length = cursor->items[i].text.len;

        cursor->items[i].text.p = text;
        text = length != 0 ? text + length : text;
    }
    *cell = (struct parquet_cell){is_null, cursor->item_count, cursor->items};
    return 0;
}
