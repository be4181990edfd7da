#include "dataset/parquet_page.h"

#include "base/buf.h"
#include "dataset/thrift.h"

enum {
    HEAD_BYTES_FIRST = 1024,   /* enough unless a writer put long statistics in */
    HEAD_BYTES_MAX = 64 << 20, /* two statistics of the longest value */
    HEAD_GROWTH = 16
};

const char *parquet_encoding_name(int64_t encoding)
{
    static const char *const names[] = {"PLAIN",
                                        "unknown",
                                        "PLAIN_DICTIONARY",
                                        "RLE",
                                        "BIT_PACKED",
                                        "DELTA_BINARY_PACKED",
                                        "DELTA_LENGTH_BYTE_ARRAY",
                                        "DELTA_BYTE_ARRAY",
                                        "RLE_DICTIONARY",
                                        "BYTE_STREAM_SPLIT"};

    return encoding >= 0 && encoding < (int64_t)(sizeof names / sizeof *names) ? names[encoding]
                                                                               : "unknown";
}

/* Lengths as the head says them, before they are checked. */
struct lengths {
    int64_t uncompressed;
    int64_t compressed;
    int64_t values;
    int64_t definition;
    int64_t repetition;
    bool is_stored; /* v2: not compressed, whatever the column's codec */
};

static void read_data_head(struct thrift *thrift, struct parquet_page *page,
                           struct lengths *lengths)
{
    struct thrift_field field = {0};

    while (thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1:
            lengths->values = thrift_int(thrift, field.type);
            break;
        case 2:
            page->encoding = thrift_int(thrift, field.type);
            break;
        case 3:
            page->definition_encoding = thrift_int(thrift, field.type);
            break;
        case 4:
            page->repetition_encoding = thrift_int(thrift, field.type);
            break;
        default:
            thrift_skip(thrift, field.type);
            break;
        }
    }
}

static void read_dictionary_head(struct thrift *thrift, struct parquet_page *page,
                                 struct lengths *lengths)
{
    struct thrift_field field = {0};

    while (thrift_next(thrift, &field)) {
        if (field.id == 1) {
            lengths->values = thrift_int(thrift, field.type);
        } else if (field.id == 2) {
            page->encoding = thrift_int(thrift, field.type);
        } else {
            thrift_skip(thrift, field.type);
        }
    }
}

static void read_data_head_v2(struct thrift *thrift, struct parquet_page *page,
                              struct lengths *lengths)
{
    struct thrift_field field = {0};

    while (thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1:
            lengths->values = thrift_int(thrift, field.type);
            break;
        case 4:
            page->encoding = thrift_int(thrift, field.type);
            break;
        case 5:
            lengths->definition = thrift_int(thrift, field.type);
            break;
        case 6:
            lengths->repetition = thrift_int(thrift, field.type);
            break;
        case 7:
            lengths->is_stored = !thrift_bool(thrift, field.type);
            break;
        default:
            thrift_skip(thrift, field.type);
            break;
        }
    }
}

/* The part of the head that belongs to the page's type. */
static int page_part(int64_t type)
{
    switch (type) {
    case PARQUET_PAGE_DATA:
        return 5;
    case PARQUET_PAGE_DICTIONARY:
        return 7;
    case PARQUET_PAGE_DATA_V2:
        return 8;
    default:
        return 0;
    }
}

static void read_head(struct thrift *thrift, struct parquet_page *page, struct lengths *lengths)
{
    struct thrift_field field = {0};

    *page = (struct parquet_page){.type = -1, .encoding = -1};
    *lengths = (struct lengths){.uncompressed = -1, .compressed = -1, .values = -1};
    while (thrift_next(thrift, &field)) {
        if (field.id == 1) {
            page->type = thrift_int(thrift, field.type);
        } else if (field.id == 2) {
            lengths->uncompressed = thrift_int(thrift, field.type);
        } else if (field.id == 3) {
            lengths->compressed = thrift_int(thrift, field.type);
        } else if (field.type == THRIFT_STRUCT && field.id == page_part(page->type)) {
            if (page->type == PARQUET_PAGE_DATA) {
                read_data_head(thrift, page, lengths);
            } else if (page->type == PARQUET_PAGE_DICTIONARY) {
                read_dictionary_head(thrift, page, lengths);
            } else {
                read_data_head_v2(thrift, page, lengths);
            }
        } else {
            thrift_skip(thrift, field.type);
        }
    }
}

static int damaged(uint64_t offset, struct err *err)
{
    return err_set(err, ERR_INPUT, "the head of the page at %llu is damaged",
                   (unsigned long long)offset);
}

/* The levels of a v2 page stand before its values and are never compressed. */
static int place_page(const struct parquet_chunk *chunk, const struct lengths *lengths,
                      uint64_t offset, uint64_t head_bytes, struct parquet_page *page,
                      struct err *err)
{
    uint64_t room = chunk->end - offset - head_bytes;
    int64_t levels = 0;

    if (lengths->uncompressed < 0 || lengths->compressed < 0 ||
        (uint64_t)lengths->compressed > room || lengths->definition < 0 ||
        lengths->repetition < 0 || lengths->definition > INT32_MAX ||
        lengths->repetition > INT32_MAX) {
        return damaged(offset, err);
    }
    levels = lengths->definition + lengths->repetition;
    if (levels > lengths->compressed || levels > lengths->uncompressed ||
        (page->type != PARQUET_PAGE_INDEX && lengths->values < 0)) {
        return damaged(offset, err);
    }
    page->values = lengths->values > 0 ? (uint64_t)lengths->values : 0;
    page->definition_bytes = (uint64_t)lengths->definition;
    page->repetition_bytes = (uint64_t)lengths->repetition;
    page->place = (struct page_place){
        .offset = offset + head_bytes,
        .compressed = (uint64_t)lengths->compressed,
        .uncompressed = (uint64_t)lengths->uncompressed,
        .codec = lengths->is_stored ? PAGE_UNCOMPRESSED : (enum page_codec)chunk->codec,
    };
    if (page->place.codec == PAGE_UNCOMPRESSED &&
        page->place.compressed != page->place.uncompressed) {
        return damaged(offset, err);
    }
    return 0;
}

int parquet_page_read(const struct parquet *parquet, const struct parquet_chunk *chunk,
                      uint64_t offset, struct parquet_page *page, struct err *err)
{
    struct thrift thrift = {.state = THRIFT_SHORT};
    struct lengths lengths = {0};
    struct buf head;
    size_t bytes = HEAD_BYTES_FIRST;
    int rc = 0;

    buf_init(&head, HEAD_BYTES_MAX + 1);
    while (rc == 0 && thrift.state == THRIFT_SHORT && head.len < chunk->end - offset &&
           head.len < HEAD_BYTES_MAX) {
        uint64_t room = chunk->end - offset;

        bytes = bytes < room ? bytes : (size_t)room;
        bytes = bytes < HEAD_BYTES_MAX ? bytes : HEAD_BYTES_MAX;
        buf_reset(&head);
        rc = buf_reserve(&head, bytes) != NULL
                 ? byte_file_read(&parquet->file, offset, head.p, bytes, err)
                 : err_memory(err);
        head.len = bytes;
        thrift = (struct thrift){buf_str(&head), THRIFT_FINE};
        if (rc == 0) {
            read_head(&thrift, page, &lengths);
        }
        bytes *= HEAD_GROWTH;
    }
    if (rc == 0 && thrift.state != THRIFT_FINE) {
        rc = damaged(offset, err);
    }
    if (rc == 0) {
        rc = place_page(chunk, &lengths, offset, head.len - thrift.rest.len, page, err);
    }
    buf_release(&head);
    return rc;
}
