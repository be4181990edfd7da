#include "endpoint/batch_writer.h"

#include "base/file.h"
#include "endpoint/batch_vendor.h"
#include "endpoint/survey.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 64 * 1024, LINE_HEAD_MAX = 1024 };

struct batch_writer {
    struct batch_writer_setting setting;
    struct batch_limits limits;
    uint32_t number;    /* of the next file */
    int file;           /* -1: none is open */
    struct batch batch; /* what is in the open file */
    uint64_t highest;   /* index in it */
    size_t span_room;
    bool is_broken; /* an error after which the open file cannot be used */
    char chunk[CHUNK_BYTES];
};

static int check_tag(const char *tag, struct err *err)
{
    size_t len = strspn(tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    if (len == 0 || tag[len] != '\0' || len > BATCH_TAG_MAX) {
        return err_set(err, ERR_USAGE,
                       "the tag of a batch is 1 to %d letters, digits or '_', not '%.80s'",
                       BATCH_TAG_MAX, tag);
    }
    return 0;
}

static uint64_t smaller(uint64_t wanted, uint64_t max)
{
    return wanted != 0 && wanted < max ? wanted : max;
}

int batch_writer_new(struct batch_writer **out, const struct batch_writer_setting *setting,
                     struct err *err)
{
    const struct batch_limits *most = &setting->service->vendor->limits;
    struct batch_writer *writer = NULL;

    if (check_tag(setting->tag, err) != 0) {
        return err->code;
    }
    writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return err_memory(err);
    }
    writer->setting = *setting;
    writer->limits.bytes_max = smaller(setting->limits.bytes_max, most->bytes_max);
    writer->limits.requests_max = smaller(setting->limits.requests_max, most->requests_max);
    writer->limits.tokens_max =
        setting->limits.tokens_max != 0 ? setting->limits.tokens_max : UINT64_MAX;
    writer->number = setting->number;
    writer->file = -1;
    *out = writer;
    return 0;
}

static void drop_file(struct batch_writer *writer)
{
    if (writer->file >= 0) {
        (void)close(writer->file);
        (void)unlink(writer->batch.path);
        writer->file = -1;
    }
    batch_release(&writer->batch);
    writer->span_room = 0;
}

void batch_writer_free(struct batch_writer *writer)
{
    if (writer != NULL) {
        drop_file(writer);
        free(writer);
    }
}

static int system_error(const struct batch_writer *writer, struct err *err)
{
    return err_system(err, "%s", writer->batch.path);
}

static int write_all(const struct batch_writer *writer, struct str bytes, struct err *err)
{
    while (bytes.len != 0) {
        ssize_t put = write(writer->file, bytes.p, bytes.len);

        if (put < 0 && errno != EINTR) {
            return system_error(writer, err);
        }
        bytes = str_skip(bytes, put > 0 ? (size_t)put : 0);
    }
    return 0;
}

static int open_file(struct batch_writer *writer, struct err *err)
{
    struct batch *batch = &writer->batch;
    int len = snprintf(batch->path, sizeof batch->path, "%s.batch-%04" PRIu32 ".jsonl",
                       writer->setting.stem, writer->number);

    if (len < 0 || (size_t)len >= sizeof batch->path) {
        return err_set(err, ERR_USAGE, "the path of the batch files is too long");
    }
    if (file_make_parent_folders(batch->path, err) != 0) {
        return err->code;
    }
    /* One that is there was left by a run that did not live to hand it over. */
    writer->file = file_open_own(batch->path, O_WRONLY | O_CREAT | O_TRUNC, 0644, err);
    if (writer->file < 0) {
        return writer->file;
    }
    (void)snprintf(batch->tag, sizeof batch->tag, "%s", writer->setting.tag);
    writer->number++;
    return 0;
}

/* Flushes the file to disk and hands it over. */
static int close_file(struct batch_writer *writer, struct err *err)
{
    struct batch done = {0};
    int file = writer->file;

    if (file < 0) {
        return 0;
    }
    (void)batch_sort_spans(writer->batch.spans, writer->batch.span_count);
    writer->is_broken = true; /* unless all goes well */
    if (fsync(file) != 0) {
        return system_error(writer, err);
    }
    writer->file = -1;
    if (close(file) != 0) {
        return system_error(writer, err);
    }
    writer->is_broken = false;
    done = writer->batch;
    writer->batch = (struct batch){0};
    writer->span_room = 0;
    return writer->setting.on_file(writer->setting.context, &done, err);
}

/* Plans are written in their order, so that the look at the highest is enough. */
static bool has_index(const struct batch_writer *writer, uint64_t index)
{
    const struct batch *batch = &writer->batch;

    for (size_t i = 0; index <= writer->highest && i < batch->span_count; i++) {
        if (index >= batch->spans[i].first &&
            index - batch->spans[i].first < batch->spans[i].count) {
            return true;
        }
    }
    return false;
}

/* Makes room for one more span, so that nothing can fail once a line is written. */
static int reserve_span(struct batch_writer *writer, struct err *err)
{
    struct batch *batch = &writer->batch;
    size_t room = writer->span_room == 0 ? 16 : writer->span_room * 2;
    struct batch_span *more = NULL;

    if (batch->span_count < writer->span_room) {
        return 0;
    }
    more = realloc(batch->spans, room * sizeof *more);
    if (more == NULL) {
        return err_memory(err);
    }
    batch->spans = more;
    writer->span_room = room;
    return 0;
}

static void note_request(struct batch_writer *writer, uint64_t index, uint64_t line_bytes,
                         uint64_t tokens)
{
    struct batch *batch = &writer->batch;
    struct batch_span *last = batch->span_count != 0 ? &batch->spans[batch->span_count - 1] : NULL;

    assert(batch->spans != NULL); /* room was reserved */
    if (last != NULL && index == last->first + last->count) {
        last->count++;
    } else {
        batch->spans[batch->span_count++] = (struct batch_span){index, 1};
    }
    writer->highest = batch->requests == 0 || index > writer->highest ? index : writer->highest;
    batch->requests++;
    batch->bytes += line_bytes;
    batch->tokens += tokens;
}

/* A line end between two members of the user's parameters would end the line; inside texts there
 * are none, they are escaped. */
static void remove_line_ends(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            text[i] = ' ';
        }
    }
}

static int write_body(struct batch_writer *writer, struct body_reader *reader, uint64_t length,
                      struct err *err)
{
    uint64_t written = 0;
    int64_t got = 0;
    int rc = 0;

    while (rc == 0 && (got = body_reader_read(reader, writer->chunk, CHUNK_BYTES, err)) > 0) {
        remove_line_ends(writer->chunk, (size_t)got);
        rc = write_all(writer, (struct str){writer->chunk, (size_t)got}, err);
        written += (uint64_t)got;
    }
    if (rc == 0 && got < 0) {
        rc = (int)got;
    }
    if (rc == 0 && written != length) {
        rc = err_set(err, ERR_INPUT, "the prompt's second pass has another length than its first");
    }
    return rc;
}

/* Bytes of lines in one file. */
static uint64_t room_bytes(const struct batch_writer *writer)
{
    const struct batch_vendor *vendor = writer->setting.service->vendor;
    const uint64_t around = vendor->file_head.len + vendor->file_tail.len;

    return writer->limits.bytes_max > around ? writer->limits.bytes_max - around : 0;
}

/* Whether the open file has room for a line of so many bytes, which is not too long for any. */
static bool fits(const struct batch_writer *writer, uint64_t line_bytes, uint64_t tokens)
{
    const struct batch *batch = &writer->batch;
    const struct batch_limits *limits = &writer->limits;

    return batch->requests == 0 ||
           (batch->requests < limits->requests_max &&
            batch->bytes <= room_bytes(writer) - line_bytes && tokens <= limits->tokens_max &&
            batch->tokens <= limits->tokens_max - tokens);
}

/* Writes head, body and tail of one line; `head` is all that is known of it beforehand. */
static int write_line(struct batch_writer *writer, struct str head, struct body_reader *reader,
                      uint64_t length, struct err *err)
{
    int rc = write_all(writer, head, err);

    if (rc == 0) {
        rc = write_body(writer, reader, length, err);
    }
    if (rc == 0) {
        rc = write_all(writer, writer->setting.service->vendor->line_tail, err);
    }
    if (rc != 0) { /* the lines before it are good */
        const off_t end = (off_t)writer->batch.bytes;

        writer->is_broken =
            ftruncate(writer->file, end) != 0 || lseek(writer->file, end, SEEK_SET) != end;
    }
    return rc;
}

static int body_bytes(const struct batch_service *service, struct body_reader *reader,
                      const struct prompt_measure *measure, uint64_t *out, struct err *err)
{
    struct survey found;
    int rc = 0;

    if (body_length_follows(&service->route.frame, measure)) {
        *out = body_length(&service->route.frame, measure);
        return 0;
    }
    rc = survey_body(reader, &found, err);
    *out = found.length;
    return rc;
}

/* Closes the file if the line does not fit, and opens one if none is open. A single prompt beyond
 * the wanted number of tokens gets a file for itself. */
static int make_room(struct batch_writer *writer, uint64_t line_bytes, uint64_t tokens,
                     struct err *err)
{
    int rc = 0;

    if (line_bytes > room_bytes(writer)) {
        return err_set(err, ERR_LIMIT,
                       "a request of %" PRIu64 " bytes is more than a batch file may hold "
                       "(%" PRIu64 ")",
                       line_bytes, writer->limits.bytes_max);
    }
    if (writer->file >= 0 && !fits(writer, line_bytes, tokens)) {
        rc = close_file(writer, err);
    }
    return rc == 0 && writer->file < 0 ? open_file(writer, err) : rc;
}

int batch_writer_add(struct batch_writer *writer, uint64_t index, struct prompt *prompt,
                     const struct prompt_measure *measure, struct err *err)
{
    const struct batch_service *service = writer->setting.service;
    char custom_id[BATCH_CUSTOM_ID_MAX];
    struct body_reader *reader = NULL;
    struct buf head = {0};
    uint64_t length = 0;
    uint64_t line_bytes = 0;
    int rc = 0;

    if (writer->is_broken) {
        return err_set(err, ERR_USAGE, "the batch file is broken off");
    }
    if (has_index(writer, index)) {
        return err_set(err, ERR_USAGE, "request %" PRIu64 " is in the batch already", index);
    }
    buf_init(&head, LINE_HEAD_MAX);
    batch_custom_id(custom_id, writer->setting.tag, index);
    service->vendor->append_line_head(service, str_from(custom_id), &head);
    rc = buf_check(&head, "the line's head", err);
    if (rc == 0) {
        rc = body_reader_new(&reader, &service->route.frame, prompt, measure->fingerprint, err);
    }
    if (rc == 0) {
        rc = body_bytes(service, reader, measure, &length, err);
    }
    if (rc == 0) {
        line_bytes = head.len + length + service->vendor->line_tail.len;
        rc = make_room(writer, line_bytes, measure->tokens, err);
    }
    if (rc == 0) {
        rc = reserve_span(writer, err);
    }
    if (rc == 0) {
        rc = write_line(writer, buf_str(&head), reader, length, err);
    }
    if (rc == 0) {
        note_request(writer, index, line_bytes, measure->tokens);
    }
    body_reader_free(reader);
    buf_release(&head);
    return rc;
}

int batch_writer_finish(struct batch_writer *writer, struct err *err)
{
    if (writer->is_broken) {
        return err_set(err, ERR_USAGE, "the batch file is broken off");
    }
    return close_file(writer, err);
}
