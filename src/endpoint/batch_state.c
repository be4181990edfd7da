#include "endpoint/batch.h"

#include "base/utf8.h"
#include "endpoint/batch_vendor.h"
#include "endpoint/wire_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const phase_names[BATCH_PHASE_COUNT] = {
    [BATCH_WRITTEN] = "written",     [BATCH_UPLOADED] = "uploaded",   [BATCH_CREATING] = "creating",
    [BATCH_RUNNING] = "running",     [BATCH_ENDED] = "ended",         [BATCH_FAILED] = "failed",
    [BATCH_EXPIRED] = "expired",     [BATCH_CANCELLED] = "cancelled", [BATCH_LOST] = "lost",
    [BATCH_COLLECTED] = "collected",
};

/* The texts of a batch under their names in JSON. */
struct text_field {
    const char *name;
    char *text;
    size_t size;
};

enum { TEXT_FIELDS = 7, COUNT_FIELDS = 5 };

static void list_texts(struct batch *batch, struct text_field out[TEXT_FIELDS])
{
    const struct text_field fields[TEXT_FIELDS] = {
        {"path", batch->path, sizeof batch->path},
        {"tag", batch->tag, sizeof batch->tag},
        {"file", batch->file_id, sizeof batch->file_id},
        {"batch", batch->id, sizeof batch->id},
        {"output", batch->output_id, sizeof batch->output_id},
        {"errors", batch->errors_id, sizeof batch->errors_id},
        {"error", batch->error, sizeof batch->error},
    };

    memcpy(out, fields, sizeof fields);
}

struct count_field {
    const char *name;
    uint64_t *count;
};

static void list_counts(struct batch *batch, struct count_field out[COUNT_FIELDS])
{
    const struct count_field fields[COUNT_FIELDS] = {
        {"requests", &batch->requests}, {"bytes", &batch->bytes},   {"tokens", &batch->tokens},
        {"answered", &batch->answered}, {"failed", &batch->failed},
    };

    memcpy(out, fields, sizeof fields);
}

void batch_release(struct batch *batch)
{
    free(batch->spans);
    *batch = (struct batch){0};
}

const char *batch_phase_name(enum batch_phase phase)
{
    return phase < BATCH_PHASE_COUNT ? phase_names[phase] : "unknown";
}

bool batch_is_over(const struct batch *batch)
{
    return batch->phase >= BATCH_ENDED;
}

void batch_set_error(struct batch *batch, struct str words)
{
    struct buf line = {0};

    buf_init(&line, ERR_TEXT_MAX);
    utf8_append_printable(&line, str_take(words, BATCH_ERROR_MAX));
    wire_json_copy(batch->error, sizeof batch->error, buf_str(&line));
    buf_release(&line);
}

/* "0-43,45": ranges as people write them, since a line of the journal should stay readable. */
static void append_spans(struct buf *out, const struct batch *batch)
{
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct batch_span *span = &batch->spans[i];

        buf_appendf(out, "%s%" PRIu64, i != 0 ? "," : "", span->first);
        if (span->count > 1) {
            buf_appendf(out, "-%" PRIu64, span->first + span->count - 1);
        }
    }
}

void batch_append_json(struct buf *out, const struct batch *batch)
{
    struct batch copy = *batch; /* the lists point into it */
    struct text_field texts[TEXT_FIELDS];
    struct count_field counts[COUNT_FIELDS];

    list_texts(&copy, texts);
    list_counts(&copy, counts);
    buf_appendf(out, "{\"phase\":\"%s\"", batch_phase_name(batch->phase));
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        if (texts[i].text[0] != '\0') {
            buf_appendf(out, ",\"%s\":\"", texts[i].name);
            json_append_escaped(out, str_from(texts[i].text));
            buf_append_char(out, '"');
        }
    }
    for (size_t i = 0; i < COUNT_FIELDS; i++) {
        buf_appendf(out, ",\"%s\":%" PRIu64, counts[i].name, *counts[i].count);
    }
    buf_appendf(out, ",\"asked_s\":%" PRId64 ",\"queue_is_full\":%s,\"indexes\":\"", batch->asked_s,
                batch->queue_is_full ? "true" : "false");
    append_spans(out, batch);
    buf_append(out, STR("\"}"));
}

static int compare_spans(const void *a, const void *b)
{
    const struct batch_span *left = a;
    const struct batch_span *right = b;

    return (left->first > right->first) - (left->first < right->first);
}

int batch_sort_spans(struct batch_span *spans, size_t count)
{
    if (count != 0) {
        qsort(spans, count, sizeof *spans, compare_spans);
    }
    for (size_t i = 1; i < count; i++) {
        if (spans[i].first - spans[i - 1].first < spans[i - 1].count) {
            return -1;
        }
    }
    return 0;
}

static bool read_span(struct str text, struct batch_span *out)
{
    struct str_pair ends = str_cut(text, '-');
    uint64_t last = 0;

    if (!str_to_u64(ends.head, &out->first)) {
        return false;
    }
    last = out->first;
    if ((ends.ok && !str_to_u64(ends.tail, &last)) || last < out->first ||
        last - out->first >= BATCH_REQUESTS_MAX) {
        return false;
    }
    out->count = last - out->first + 1;
    return true;
}

/* The text is a line of ours: memory goes with its length, and it cannot claim more requests than
 * any batch has. */
static int read_spans(struct str text, struct batch *out, struct err *err)
{
    struct str_pair parts = {.tail = text, .ok = text.len != 0};
    uint64_t total = 0;
    size_t room = 1;

    for (size_t i = 0; i < text.len; i++) {
        room += text.p[i] == ',' ? 1 : 0;
    }
    out->spans = calloc(room, sizeof *out->spans);
    if (out->spans == NULL) {
        return err_memory(err);
    }
    while (parts.ok) {
        struct batch_span *span = &out->spans[out->span_count];

        parts = str_cut(parts.tail, ',');
        if (!read_span(parts.head, span)) {
            return err_set(err, ERR_INPUT, "a batch's indexes are not ranges");
        }
        total += span->count;
        out->span_count++;
    }
    if (total != out->requests || total > BATCH_REQUESTS_MAX ||
        batch_sort_spans(out->spans, out->span_count) != 0) {
        return err_set(err, ERR_INPUT, "a batch's indexes are not as many as its requests");
    }
    return 0;
}

static int read_phase(struct str name, enum batch_phase *out, struct err *err)
{
    for (int i = 0; i < BATCH_PHASE_COUNT; i++) {
        if (str_equal(name, str_from(phase_names[i]))) {
            *out = (enum batch_phase)i;
            return 0;
        }
    }
    return err_set(err, ERR_INPUT, "a batch's phase '%.*s' is not known", STR_ARG(name));
}

static int read_fields(const json_t *json, struct batch *out, struct err *err)
{
    struct text_field texts[TEXT_FIELDS];
    struct count_field counts[COUNT_FIELDS];

    list_texts(out, texts);
    list_counts(out, counts);
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        struct str text = wire_json_string(json, texts[i].name);

        wire_json_copy(texts[i].text, texts[i].size, text);
        if (!str_equal(str_from(texts[i].text), text)) {
            return err_set(err, ERR_INPUT, "a batch's '%s' is too long", texts[i].name);
        }
    }
    for (size_t i = 0; i < COUNT_FIELDS; i++) {
        *counts[i].count = (uint64_t)wire_json_count(json, counts[i].name, 0);
    }
    out->asked_s = wire_json_count(json, "asked_s", 0);
    out->queue_is_full = json_is_true(json_object_get(json, "queue_is_full"));
    if (out->path[0] == '\0' || out->tag[0] == '\0' || out->requests == 0) {
        return err_set(err, ERR_INPUT, "a batch has no file, no tag or no requests");
    }
    return read_spans(wire_json_string(json, "indexes"), out, err);
}

int batch_from_json(struct str text, struct batch *out, struct err *err)
{
    json_t *json = wire_json_parse(text);
    int rc = 0;

    *out = (struct batch){0};
    if (!json_is_object(json)) {
        rc = err_set(err, ERR_INPUT, "a batch's state is not a JSON object");
    }
    if (rc == 0) {
        rc = read_phase(wire_json_string(json, "phase"), &out->phase, err);
    }
    if (rc == 0) {
        rc = read_fields(json, out, err);
    }
    if (rc != 0) {
        batch_release(out);
    }
    json_decref(json);
    return rc;
}
