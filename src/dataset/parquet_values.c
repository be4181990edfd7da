#include "dataset/parquet_values.h"

#include <stdlib.h>
#include <string.h>

enum { RUN_BYTES_MAX = 64 << 20, PREFIX_BYTES = 4 };

/* The bytes of a PLAIN value, or 0 where they depend on the value. */
static size_t plain_width(enum parquet_type type)
{
    switch (type) {
    case PARQUET_INT32:
    case PARQUET_FLOAT:
        return 4;
    case PARQUET_INT64:
    case PARQUET_DOUBLE:
        return 8;
    case PARQUET_BOOL:
    case PARQUET_INT96:
    case PARQUET_BYTES:
    case PARQUET_FIXED_BYTES:
    case PARQUET_TYPE_COUNT:
        break;
    }
    return 0;
}

static uint64_t little_endian(const char *bytes, size_t count)
{
    uint64_t value = 0;

    for (size_t i = 0; i < count; i++) {
        value |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    }
    return value;
}

static void decode_number(enum parquet_type type, const char *bytes, struct parquet_value *value)
{
    float single = 0;

    switch (type) {
    case PARQUET_INT32:
        value->integer = (int32_t)little_endian(bytes, 4);
        break;
    case PARQUET_INT64:
        value->integer = (int64_t)little_endian(bytes, 8);
        break;
    case PARQUET_FLOAT:
        memcpy(&single, &(uint32_t){(uint32_t)little_endian(bytes, 4)}, sizeof single);
        value->number = (double)single;
        break;
    case PARQUET_DOUBLE:
        memcpy(&value->number, &(uint64_t){little_endian(bytes, 8)}, sizeof value->number);
        break;
    case PARQUET_BOOL:
    case PARQUET_INT96:
    case PARQUET_BYTES:
    case PARQUET_FIXED_BYTES:
    case PARQUET_TYPE_COUNT:
        break;
    }
}

/* A PLAIN value that is no boolean. */
static int read_plain(struct page_bytes *bytes, enum parquet_type type, struct parquet_value *value,
                      struct buf *text, struct err *err)
{
    size_t width = plain_width(type);
    char raw[8] = {0};
    int rc = page_bytes_read(bytes, raw, width != 0 ? width : PREFIX_BYTES, err);

    if (rc != 0 || width != 0) {
        decode_number(type, raw, value);
        return rc;
    }
    value->text = (struct str){NULL, (size_t)little_endian(raw, PREFIX_BYTES)};
    return page_bytes_append(bytes, value->text.len, text, err);
}

static int skip_plain(struct page_bytes *bytes, enum parquet_type type, struct err *err)
{
    size_t width = plain_width(type);
    char raw[PREFIX_BYTES] = {0};
    int rc = 0;

    if (width != 0) {
        return page_bytes_skip(bytes, width, err);
    }
    rc = page_bytes_read(bytes, raw, PREFIX_BYTES, err);
    return rc != 0 ? rc : page_bytes_skip(bytes, little_endian(raw, PREFIX_BYTES), err);
}

/* Finds where each text of the kept dictionary begins. */
static int index_kept(struct parquet_dictionary *dictionary, struct err *err)
{
    struct str rest = buf_str(&dictionary->kept);

    dictionary->starts = calloc((size_t)dictionary->count + 1, sizeof *dictionary->starts);
    if (dictionary->starts == NULL) {
        return err_memory(err);
    }
    for (uint64_t i = 0; i < dictionary->count; i++) {
        uint64_t length = 0;

        dictionary->starts[i] = (uint32_t)(dictionary->kept.len - rest.len);
        if (rest.len >= PREFIX_BYTES) {
            length = little_endian(rest.p, PREFIX_BYTES);
        }
        if (rest.len < PREFIX_BYTES || length > rest.len - PREFIX_BYTES) {
            return err_set(err, ERR_INPUT, "dictionary value %llu reaches past its page",
                           (unsigned long long)i);
        }
        rest = str_skip(rest, PREFIX_BYTES + (size_t)length);
    }
    return 0;
}

static int keep_dictionary(struct parquet_dictionary *dictionary, struct err *err)
{
    uint64_t size = dictionary->place.uncompressed;
    size_t width = plain_width(dictionary->type);
    int rc = page_bytes_open(&dictionary->bytes, dictionary->file, &dictionary->place, err);

    if (dictionary->count > size / (width != 0 ? width : PREFIX_BYTES)) {
        return err_set(err, ERR_INPUT, "a dictionary of %llu values in %llu bytes",
                       (unsigned long long)dictionary->count, (unsigned long long)size);
    }
    buf_init(&dictionary->kept, (size_t)size + 1);
    if (rc == 0) {
        rc = page_bytes_append(&dictionary->bytes, size, &dictionary->kept, err);
    }
    if (rc == 0 && width == 0) {
        rc = index_kept(dictionary, err);
    }
    dictionary->is_begun = true;
    return rc;
}

int parquet_dictionary_open(struct parquet_dictionary *dictionary, const struct byte_file *file,
                            const struct parquet_page *page, enum parquet_type type,
                            struct err *err)
{
    parquet_dictionary_release(dictionary);
    if (page->encoding != PARQUET_PLAIN && page->encoding != PARQUET_PLAIN_DICTIONARY) {
        return err_set(err, ERR_INPUT, "a dictionary in encoding %s is not supported",
                       parquet_encoding_name(page->encoding));
    }
    if (type == PARQUET_BOOL) {
        return err_set(err, ERR_INPUT, "a dictionary of booleans is not supported");
    }
    dictionary->is_there = true;
    dictionary->file = file;
    dictionary->place = page->place;
    dictionary->type = type;
    dictionary->count = page->values;
    return 0;
}

void parquet_dictionary_release(struct parquet_dictionary *dictionary)
{
    page_bytes_release(&dictionary->bytes);
    buf_release(&dictionary->kept);
    free(dictionary->starts);
    *dictionary = (struct parquet_dictionary){0};
}

static int read_kept(struct parquet_dictionary *dictionary, uint64_t index,
                     struct parquet_value *value, struct buf *text, struct err *err)
{
    const char *bytes = dictionary->kept.p;
    size_t width = plain_width(dictionary->type);

    if (width != 0) {
        decode_number(dictionary->type, bytes + width * (size_t)index, value);
        return 0;
    }
    bytes += dictionary->starts[index];
    value->text = (struct str){NULL, (size_t)little_endian(bytes, PREFIX_BYTES)};
    buf_append(text, (struct str){bytes + PREFIX_BYTES, value->text.len});
    return buf_check(text, "a value", err);
}

static int read_dictionary(struct parquet_dictionary *dictionary, uint64_t index,
                           struct parquet_value *value, struct buf *text, struct err *err)
{
    int rc = 0;

    if (index >= dictionary->count) {
        return err_set(err, ERR_INPUT, "value %llu of a dictionary of %llu",
                       (unsigned long long)index, (unsigned long long)dictionary->count);
    }
    if (dictionary->place.uncompressed <= PARQUET_DICTIONARY_KEPT) {
        rc = dictionary->is_begun ? 0 : keep_dictionary(dictionary, err);
        return rc != 0 ? rc : read_kept(dictionary, index, value, text, err);
    }
    if (!dictionary->is_begun || index < dictionary->next) {
        rc = page_bytes_open(&dictionary->bytes, dictionary->file, &dictionary->place, err);
        dictionary->is_begun = true;
        dictionary->next = 0;
    }
    for (; rc == 0 && dictionary->next < index; dictionary->next++) {
        rc = skip_plain(&dictionary->bytes, dictionary->type, err);
    }
    if (rc == 0) {
        rc = read_plain(&dictionary->bytes, dictionary->type, value, text, err);
        dictionary->next++;
    }
    return rc;
}

/* Runs are short beside the values they stand for, so all of a page's are taken into memory. */
static int open_runs(struct parquet_values *values, uint64_t bytes, unsigned width, struct err *err)
{
    int rc = 0;

    buf_init(&values->runs, RUN_BYTES_MAX);
    rc = page_bytes_append(values->bytes, bytes, &values->runs, err);
    rle_init(&values->rle, buf_str(&values->runs), width);
    return rc;
}

static int open_indexes(struct parquet_values *values, struct err *err)
{
    char width = 0;
    int rc = 0;

    if (!values->dictionary->is_there) {
        return err_set(err, ERR_INPUT, "indexes of a dictionary that is not there");
    }
    if (values->bytes->rest.uncompressed == 0) {
        return 0; /* all of the page's values are null */
    }
    rc = page_bytes_read(values->bytes, &width, 1, err);
    if (rc == 0 && (unsigned char)width > RLE_WIDTH_MAX) {
        rc = err_set(err, ERR_INPUT, "dictionary indexes of %u bits", (unsigned char)width);
    }
    return rc != 0 ? rc
                   : open_runs(values, values->bytes->rest.uncompressed, (unsigned char)width, err);
}

static int open_rle_booleans(struct parquet_values *values, struct err *err)
{
    char length[PREFIX_BYTES];
    int rc = 0;

    if (values->bytes->rest.uncompressed == 0) {
        return 0;
    }
    rc = page_bytes_read(values->bytes, length, sizeof length, err);
    return rc != 0 ? rc : open_runs(values, little_endian(length, sizeof length), 1, err);
}

int parquet_values_open(struct parquet_values *values, enum parquet_type type, int64_t encoding,
                        struct page_bytes *bytes, struct parquet_dictionary *dictionary,
                        struct err *err)
{
    parquet_values_release(values);
    *values = (struct parquet_values){
        .type = type, .encoding = encoding, .bytes = bytes, .dictionary = dictionary};
    switch (encoding) {
    case PARQUET_PLAIN:
        return 0;
    case PARQUET_PLAIN_DICTIONARY:
    case PARQUET_RLE_DICTIONARY:
        values->encoding = PARQUET_RLE_DICTIONARY;
        return open_indexes(values, err);
    case PARQUET_RLE:
        if (type == PARQUET_BOOL) {
            return open_rle_booleans(values, err);
        }
        break;
    default:
        break;
    }
    return err_set(err, ERR_INPUT,
                   "encoding %s of %s is not supported (PLAIN, PLAIN_DICTIONARY and "
                   "RLE_DICTIONARY are)",
                   parquet_encoding_name(encoding), parquet_type_name(type));
}

void parquet_values_release(struct parquet_values *values)
{
    buf_release(&values->runs);
    *values = (struct parquet_values){0};
}

static int next_plain_bit(struct parquet_values *values, struct parquet_value *value,
                          struct err *err)
{
    char byte = 0;

    if (values->bit_count == 0) {
        int rc = page_bytes_read(values->bytes, &byte, 1, err);

        if (rc != 0) {
            return rc;
        }
        values->bits = (unsigned char)byte;
        values->bit_count = 8;
    }
    value->integer = values->bits & 1U;
    values->bits >>= 1;
    values->bit_count--;
    return 0;
}

static int next_run(struct parquet_values *values, uint32_t *number, struct err *err)
{
    return rle_next(&values->rle, number)
               ? 0
               : err_set(err, ERR_INPUT, "a page ends before its values do");
}

int parquet_values_next(struct parquet_values *values, struct parquet_value *value,
                        struct buf *text, struct err *err)
{
    uint32_t number = 0;
    int rc = 0;

    *value = (struct parquet_value){0};
    if (values->encoding == PARQUET_PLAIN) {
        return values->type == PARQUET_BOOL
                   ? next_plain_bit(values, value, err)
                   : read_plain(values->bytes, values->type, value, text, err);
    }
    rc = next_run(values, &number, err);
    if (rc == 0 && values->encoding == PARQUET_RLE) {
        value->integer = number;
        return 0;
    }
    return rc != 0 ? rc : read_dictionary(values->dictionary, number, value, text, err);
}

int parquet_values_skip(struct parquet_values *values, struct err *err)
{
    struct parquet_value ignored;
    uint32_t number = 0;

    if (values->encoding != PARQUET_PLAIN) {
        return next_run(values, &number, err);
    }
    return values->type == PARQUET_BOOL ? next_plain_bit(values, &ignored, err)
                                        : skip_plain(values->bytes, values->type, err);
}
