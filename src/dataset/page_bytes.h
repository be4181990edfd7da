/* page_bytes: the bytes of a Parquet page, decompressed as they are asked for.
 *
 * Whatever a page's size, no more than a window of it is in memory: its compressed bytes are read
 * 64 KiB at a time, and the decompressor keeps as far back as its codec can reach (zstd 32 MiB at
 * most, as its frame says; snappy 1 MiB; gzip 32 KiB). A page that gives fewer bytes than its
 * header promises is an error where they are missing; it cannot give more.
 */
#ifndef DATASET_PAGE_BYTES_H
#define DATASET_PAGE_BYTES_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "dataset/byte_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parquet's CompressionCodec. */
enum page_codec {
    PAGE_UNCOMPRESSED = 0,
    PAGE_SNAPPY = 1,
    PAGE_GZIP = 2,
    PAGE_ZSTD = 6,
    PAGE_CODEC_COUNT = 8
};

/* 0, or ERR_INPUT that names a codec which is not supported. */
int page_codec_check(int64_t codec, struct err *err);

/* Where a page lies. */
struct page_place {
    uint64_t offset;       /* in the file */
    uint64_t compressed;   /* bytes there */
    uint64_t uncompressed; /* bytes that they become */
    enum page_codec codec;
};

/* A zeroed one is valid, at the end of an empty page, and may be released. */
struct page_bytes {
    const struct byte_file *file;
    struct page_place rest; /* what is not read yet */
    struct str in;          /* compressed bytes that were read and not used */
    char *input;            /* owned; where `in` is */
    void *decoder;          /* owned; of the codec */
};

/* `file` is borrowed until the next open or the release. */
int page_bytes_open(struct page_bytes *page, const struct byte_file *file,
                    const struct page_place *place, struct err *err);
void page_bytes_release(struct page_bytes *page);

/* Exactly `count` bytes, or ERR_INPUT. */
int page_bytes_read(struct page_bytes *page, char *out, uint64_t count, struct err *err);
int page_bytes_skip(struct page_bytes *page, uint64_t count, struct err *err);

/* The same, appended to a buffer. Beyond 16 MiB it grows as the bytes come, not as a length says.
 */
int page_bytes_append(struct page_bytes *page, uint64_t count, struct buf *out, struct err *err);

#endif
