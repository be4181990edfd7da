/* Any bytes, in any pieces: the parser must not crash, and the events must be those of the same
 * bytes fed whole. The first byte says how large the pieces are. */
#include "endpoint/sse.h"

#include <stdlib.h>

enum { EVENT_MAX = 1024, SEEN_MAX = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *seen, struct stream_event event)
{
    buf_append(seen, event.type);
    buf_append_char(seen, '=');
    buf_append(seen, event.data);
    buf_append_char(seen, '|');
}

static void parse(struct str bytes, size_t piece, struct buf *seen)
{
    struct stream_event event;
    struct sse sse;
    struct err err;
    int rc = 0;

    sse_init(&sse, EVENT_MAX);
    while (rc == 0 && bytes.len != 0) {
        struct str part = str_take(bytes, piece);

        bytes = str_skip(bytes, piece);
        while ((rc = sse_next(&sse, &part, &event, &err)) > 0) {
            note(seen, event);
        }
    }
    if (rc == 0 && sse_end(&sse, &event, &err) > 0) {
        note(seen, event);
    }
    sse_release(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0};
    struct buf pieces = {0};

    if (size < 1) {
        return 0;
    }
    buf_init(&whole, SEEN_MAX);
    buf_init(&pieces, SEEN_MAX);
    parse((struct str){(const char *)data + 1, size - 1}, size, &whole);
    parse((struct str){(const char *)data + 1, size - 1}, data[0] % 16U + 1, &pieces);
    if (!str_equal(buf_str(&whole), buf_str(&pieces))) {
        abort();
    }
    buf_release(&whole);
    buf_release(&pieces);
    return 0;
}
