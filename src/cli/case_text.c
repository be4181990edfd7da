#include "cli/case_text.h"

#include "base/buf.h"
#include "cli/output.h"
#include "prompt/body.h"

#include <string.h>

enum { CHUNK_BYTES = 65536, ESCAPED_MAX = 8 };

static const struct body_frame messages_frame = {
    .head = STR_INIT("["),
    .open = {[PROMPT_USER] = STR_INIT("{\"role\": \"user\", \"content\": \""),
             [PROMPT_ASSISTANT] = STR_INIT("{\"role\": \"assistant\", \"content\": \"")},
    .close = STR_INIT("\"}"),
    .between = STR_INIT(", "),
    .tail = STR_INIT("]"),
};

/* RFC 4180: a quote is written twice. */
static void append_quoted(struct buf *out, struct str text)
{
    struct str_pair parts = str_cut(text, '"');

    while (parts.ok) {
        buf_append(out, parts.head);
        buf_append(out, STR("\"\""));
        parts = str_cut(parts.tail, '"');
    }
    buf_append(out, parts.head);
}

void case_text_append(struct buf *out, enum case_text_place place, struct str text)
{
    if (place == CASE_TEXT_IN_CSV) {
        append_quoted(out, text);
    } else {
        json_append_escaped(out, text);
    }
}

/* What the reader gives is JSON already: a value stays as it is, a text is escaped once more. */
static void append_json(struct buf *out, enum case_text_place place, struct str json)
{
    if (place == CASE_TEXT_IN_JSON) {
        buf_append(out, json);
    } else {
        case_text_append(out, place, json);
    }
}

int case_text_write(struct test_case *test_case, enum case_text_place place, FILE *out,
                    struct err *err)
{
    struct body_reader *reader = NULL;
    struct buf chunk;
    struct buf text;
    int64_t got = 0;
    int rc = body_reader_new(&reader, &messages_frame, test_case->prompt,
                             test_case->measure.fingerprint, err);

    buf_init(&chunk, CHUNK_BYTES + 1);
    buf_init(&text, (size_t)ESCAPED_MAX * CHUNK_BYTES);
    if (rc == 0 && buf_reserve(&chunk, CHUNK_BYTES) == NULL) {
        rc = err_memory(err);
    }
    while (rc == 0 && (got = body_reader_read(reader, chunk.p, CHUNK_BYTES, err)) > 0) {
        buf_reset(&text);
        append_json(&text, place, (struct str){chunk.p, (size_t)got});
        rc = buf_check(&text, "prompt", err);
        output_write(out, buf_str(&text));
    }
    if (rc == 0 && got < 0) {
        rc = (int)got;
    }
    body_reader_free(reader);
    buf_release(&text);
    buf_release(&chunk);
    return rc;
}
