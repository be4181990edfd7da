#include "dataset/page_bytes.h"

#include "dataset/snappy.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
    INPUT_BYTES = 64 * 1024,
    ZSTD_WINDOW_LOG_MAX = 25,
    GZIP_OR_ZLIB = 15 + 32, /* zlib's window bits: the largest, and the header tells the format */
    CHUNK_BYTES = 64 * 1024,
    ROOM_BYTES = 16 << 20
};

static const char *const codec_names[PAGE_CODEC_COUNT] = {[PAGE_UNCOMPRESSED] = "UNCOMPRESSED",
                                                          [PAGE_SNAPPY] = "SNAPPY",
                                                          [PAGE_GZIP] = "GZIP",
                                                          [3] = "LZO",
                                                          [4] = "BROTLI",
                                                          [5] = "LZ4",
                                                          [PAGE_ZSTD] = "ZSTD",
                                                          [7] = "LZ4_RAW"};

int page_codec_check(int64_t codec, struct err *err)
{
    if (codec == PAGE_UNCOMPRESSED || codec == PAGE_SNAPPY || codec == PAGE_GZIP ||
        codec == PAGE_ZSTD) {
        return 0;
    }
    if (codec >= 0 && codec < PAGE_CODEC_COUNT) {
        return err_set(err, ERR_INPUT,
                       "compression %s is not supported (UNCOMPRESSED, SNAPPY, GZIP, ZSTD are)",
                       codec_names[codec]);
    }
    return err_set(err, ERR_INPUT, "unknown compression %lld", (long long)codec);
}

static void free_decoder(struct page_bytes *page)
{
    if (page->decoder == NULL) {
        return;
    }
    switch (page->rest.codec) {
    case PAGE_SNAPPY:
        snappy_free(page->decoder);
        break;
    case PAGE_GZIP:
        (void)inflateEnd(page->decoder);
        free(page->decoder);
        break;
    case PAGE_ZSTD:
        (void)ZSTD_freeDStream(page->decoder);
        break;
    case PAGE_UNCOMPRESSED:
    case PAGE_CODEC_COUNT:
        break;
    }
    page->decoder = NULL;
}

void page_bytes_release(struct page_bytes *page)
{
    free_decoder(page);
    free(page->input);
    *page = (struct page_bytes){0};
}

static int new_gzip(struct page_bytes *page, struct err *err)
{
    z_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL || inflateInit2(stream, GZIP_OR_ZLIB) != Z_OK) {
        free(stream);
        return err_memory(err);
    }
    page->decoder = stream;
    return 0;
}

static int new_zstd(struct page_bytes *page, struct err *err)
{
    ZSTD_DStream *stream = ZSTD_createDStream();

    if (stream == NULL) {
        return err_memory(err);
    }
    page->decoder = stream;
    (void)ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    return 0;
}

static int new_decoder(struct page_bytes *page, struct err *err)
{
    struct snappy *snappy = NULL;
    int rc = 0;

    switch (page->rest.codec) {
    case PAGE_SNAPPY:
        rc = snappy_new(&snappy, page->rest.uncompressed, err);
        page->decoder = snappy;
        return rc;
    case PAGE_GZIP:
        return new_gzip(page, err);
    case PAGE_ZSTD:
        return new_zstd(page, err);
    case PAGE_UNCOMPRESSED:
    case PAGE_CODEC_COUNT:
        break;
    }
    return 0;
}

int page_bytes_open(struct page_bytes *page, const struct byte_file *file,
                    const struct page_place *place, struct err *err)
{
    free_decoder(page);
    page->file = file;
    page->rest = *place;
    page->in = (struct str){0};
    if (place->offset > file->size || place->compressed > file->size - place->offset) {
        page->rest.uncompressed = 0;
        return err_set(err, ERR_INPUT, "a page of %llu bytes at %llu reaches past the file's end",
                       (unsigned long long)place->compressed, (unsigned long long)place->offset);
    }
    if (page->input == NULL) {
        page->input = malloc(INPUT_BYTES);
    }
    if (page->input == NULL) {
        return err_memory(err);
    }
    page->in = (struct str){page->input, 0};
    return new_decoder(page, err);
}

static int refill(struct page_bytes *page, struct err *err)
{
    size_t count =
        page->rest.compressed < INPUT_BYTES ? (size_t)page->rest.compressed : INPUT_BYTES;
    int rc = byte_file_read(page->file, page->rest.offset, page->input, count, err);

    page->rest.offset += count;
    page->rest.compressed -= count;
    page->in = (struct str){page->input, rc == 0 ? count : 0};
    return rc;
}

static int inflate_some(struct page_bytes *page, char *out, size_t room, size_t *got,
                        struct err *err)
{
    z_stream *stream = page->decoder;
    int status = Z_OK;

    /* zlib's input is not const in its older header. It is not written to. */
    stream->next_in = (Bytef *)page->input + (page->in.p - page->input);
    stream->avail_in = (uInt)page->in.len;
    stream->next_out = (Bytef *)out;
    stream->avail_out = (uInt)room;
    status = inflate(stream, Z_NO_FLUSH);
    *got = room - stream->avail_out;
    page->in = str_skip(page->in, page->in.len - stream->avail_in);
    if (status == Z_STREAM_END) {
        status = inflateReset(stream); /* another member may follow */
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
        return err_set(err, ERR_INPUT, "gzip: %s", stream->msg != NULL ? stream->msg : "bad data");
    }
    return 0;
}

static int unzstd_some(struct page_bytes *page, void *out, size_t room, size_t *got,
                       struct err *err)
{
    ZSTD_inBuffer from = {page->in.p, page->in.len, 0};
    ZSTD_outBuffer to = {out, room, 0};
    size_t status = ZSTD_decompressStream(page->decoder, &to, &from);

    *got = to.pos;
    page->in = str_skip(page->in, from.pos);
    if (ZSTD_isError(status) != 0) {
        return err_set(err, ERR_INPUT, "zstd: %s", ZSTD_getErrorName(status));
    }
    return 0;
}

static int decode_some(struct page_bytes *page, char *out, size_t room, size_t *got,
                       struct err *err)
{
    switch (page->rest.codec) {
    case PAGE_SNAPPY:
        return snappy_read(page->decoder, &page->in, out, room, got, err);
    case PAGE_GZIP:
        return inflate_some(page, out, room, got, err);
    case PAGE_ZSTD:
        return unzstd_some(page, out, room, got, err);
    case PAGE_UNCOMPRESSED:
    case PAGE_CODEC_COUNT:
        break;
    }
    *got = page->in.len < room ? page->in.len : room;
    memcpy(out, page->in.p, *got);
    page->in = str_skip(page->in, *got);
    return 0;
}

static int read_some(struct page_bytes *page, char *out, size_t room, size_t *got, struct err *err)
{
    int rc = 0;

    *got = 0;
    while (rc == 0 && *got == 0) {
        size_t before = 0;

        if (page->in.len == 0 && page->rest.compressed != 0) {
            rc = refill(page, err);
        }
        before = page->in.len;
        if (rc == 0) {
            rc = decode_some(page, out, room, got, err);
        }
        if (rc == 0 && *got == 0 && page->in.len == before) {
            rc = err_set(err, ERR_INPUT, "a page ends before its values do");
        }
    }
    return rc;
}

static int check_count(const struct page_bytes *page, uint64_t count, struct err *err)
{
    if (count > page->rest.uncompressed) {
        return err_set(err, ERR_INPUT, "a value of %llu bytes where the page has %llu left",
                       (unsigned long long)count, (unsigned long long)page->rest.uncompressed);
    }
    return 0;
}

int page_bytes_read(struct page_bytes *page, char *out, uint64_t count, struct err *err)
{
    int rc = check_count(page, count, err);

    while (rc == 0 && count != 0) {
        size_t room = count < CHUNK_BYTES ? (size_t)count : CHUNK_BYTES;
        size_t got = 0;

        rc = read_some(page, out, room, &got, err);
        out += got;
        count -= got;
        page->rest.uncompressed -= got;
    }
    return rc;
}

/* What is stored as it is need not be read to be passed over. */
static void pass_over(struct page_bytes *page, uint64_t count)
{
    size_t buffered = count < page->in.len ? (size_t)count : page->in.len;

    page->in = str_skip(page->in, buffered);
    page->rest.uncompressed -= count;
    count -= buffered;
    page->rest.offset += count;
    page->rest.compressed -= count;
}

int page_bytes_skip(struct page_bytes *page, uint64_t count, struct err *err)
{
    char chunk[4096];
    int rc = check_count(page, count, err);

    if (rc == 0 && page->rest.codec == PAGE_UNCOMPRESSED &&
        count <= page->in.len + page->rest.compressed) {
        pass_over(page, count);
        return 0;
    }
    while (rc == 0 && count != 0) {
        size_t part = count < sizeof chunk ? (size_t)count : sizeof chunk;

        rc = page_bytes_read(page, chunk, part, err);
        count -= part;
    }
    return rc;
}

int page_bytes_append(struct page_bytes *page, uint64_t count, struct buf *out, struct err *err)
{
    int rc = check_count(page, count, err);

    /* Room for a usual prompt is taken at once, which spares copies as the buffer grows. */
    if (rc == 0 && count <= ROOM_BYTES && buf_reserve(out, (size_t)count) == NULL) {
        return buf_check(out, "a value", err);
    }
    while (rc == 0 && count != 0) {
        size_t part = count < CHUNK_BYTES ? (size_t)count : CHUNK_BYTES;
        char *to = buf_reserve(out, part);

        if (to == NULL) {
            return buf_check(out, "a value", err);
        }
        rc = page_bytes_read(page, to, part, err);
        out->len += rc == 0 ? part : 0;
        count -= part;
    }
    return rc;
}
