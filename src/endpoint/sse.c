#include "endpoint/sse.h"

#include <stdlib.h>

static const char bom[] = "\xEF\xBB\xBF";
enum { BOM_LEN = 3, BOM_DONE = BOM_LEN };

void sse_init(struct sse *sse, size_t event_bytes_max)
{
    *sse = (struct sse){0};
    buf_init(&sse->line, event_bytes_max);
    buf_init(&sse->type, event_bytes_max);
    buf_init(&sse->data, event_bytes_max);
    buf_init(&sse->stray, SSE_STRAY_MAX);
}

void sse_release(struct sse *sse)
{
    buf_release(&sse->line);
    buf_release(&sse->type);
    buf_release(&sse->data);
    buf_release(&sse->stray);
}

void sse_reset(struct sse *sse)
{
    buf_reset(&sse->line);
    buf_reset(&sse->type);
    buf_reset(&sse->data);
    buf_reset(&sse->stray);
    sse->skip_lf = false;
    sse->given_out = false;
    sse->bom_len = 0;
}

/* Only a whole mark is dropped: the bytes of half a mark were the first line's after all. */
static void skip_byte_order_mark(struct sse *sse, struct str *rest)
{
    while (sse->bom_len < BOM_LEN && rest->len != 0) {
        if (rest->p[0] != bom[sse->bom_len]) {
            buf_append(&sse->line, (struct str){bom, sse->bom_len});
            sse->bom_len = BOM_DONE;
            return;
        }
        *rest = str_skip(*rest, 1);
        sse->bom_len++;
    }
}

/* Moves bytes from *rest to the line; true when the line is complete. A CR ends it at once, without
 * waiting for the LF that may follow: waiting would hold the event back until the next packet. */
static bool complete_line(struct sse *sse, struct str *rest)
{
    size_t len = 0;

    if (sse->skip_lf && rest->len != 0) {
        sse->skip_lf = false;
        if (rest->p[0] == '\n') {
            *rest = str_skip(*rest, 1);
        }
    }
    while (len < rest->len && rest->p[len] != '\n' && rest->p[len] != '\r') {
        len++;
    }
    buf_append(&sse->line, str_take(*rest, len));
    if (len == rest->len) {
        *rest = str_skip(*rest, len);
        return false;
    }
    sse->skip_lf = rest->p[len] == '\r';
    *rest = str_skip(*rest, len + 1);
    return true;
}

static bool is_other_field(struct str name)
{
    return name.len == 0 || str_equal(name, STR("id")) || str_equal(name, STR("retry"));
}

static void take_field(struct sse *sse, struct str line)
{
    struct str_pair field = str_cut(line, ':');

    if (str_starts(field.tail, STR(" "))) {
        field.tail = str_skip(field.tail, 1);
    }
    if (str_equal(field.head, STR("data"))) {
        buf_append(&sse->data, field.tail);
        buf_append_char(&sse->data, '\n');
    } else if (str_equal(field.head, STR("event"))) {
        buf_reset(&sse->type);
        buf_append(&sse->type, field.tail);
    } else if (!is_other_field(field.head)) {
        buf_append(&sse->stray, line);
        buf_append_char(&sse->stray, '\n');
    }
}

/* True when the open event has data and is now *event; without data it is dropped. */
static bool give_out(struct sse *sse, struct stream_event *event)
{
    sse->given_out = true;
    if (sse->data.len == 0) {
        return false;
    }
    *event = (struct stream_event){
        .type = sse->type.len != 0 ? buf_str(&sse->type) : STR("message"),
        .data = str_take(buf_str(&sse->data), sse->data.len - 1),
    };
    return true;
}

static void forget_given_out(struct sse *sse)
{
    if (sse->given_out) {
        buf_reset(&sse->type);
        buf_reset(&sse->data);
        sse->given_out = false;
    }
}

static int check(const struct sse *sse, struct err *err)
{
    int rc = buf_check(&sse->line, "a line of the event stream", err);

    if (rc == 0) {
        rc = buf_check(&sse->type, "an event type", err);
    }
    return rc != 0 ? rc : buf_check(&sse->data, "an event of the stream", err);
}

int sse_next(struct sse *sse, struct str *rest, struct stream_event *event, struct err *err)
{
    int rc = 0;

    skip_byte_order_mark(sse, rest);
    while (rc == 0 && rest->len != 0) {
        bool line_done = false;

        forget_given_out(sse);
        line_done = complete_line(sse, rest);
        if (line_done) {
            bool blank = sse->line.len == 0 && sse->line.failure == 0;

            if (blank && give_out(sse, event)) {
                return 1;
            }
            take_field(sse, buf_str(&sse->line));
        }
        rc = check(sse, err);
        if (line_done) {
            buf_reset(&sse->line);
        }
    }
    return rc;
}

int sse_end(struct sse *sse, struct stream_event *event, struct err *err)
{
    int rc = 0;

    forget_given_out(sse);
    if (sse->line.len != 0) {
        take_field(sse, buf_str(&sse->line));
        rc = check(sse, err);
        buf_reset(&sse->line);
    }
    if (rc != 0) {
        return rc;
    }
    return give_out(sse, event) ? 1 : 0;
}

static void *create_decoder(size_t event_bytes_max)
{
    struct sse *sse = malloc(sizeof *sse);

    if (sse != NULL) {
        sse_init(sse, event_bytes_max);
    }
    return sse;
}

static void free_decoder(void *decoder)
{
    if (decoder != NULL) {
        sse_release(decoder);
        free(decoder);
    }
}

static void reset_decoder(void *decoder)
{
    sse_reset(decoder);
}

static int decode_next(void *decoder, struct str *rest, struct stream_event *event, struct err *err)
{
    return sse_next(decoder, rest, event, err);
}

static int decode_end(void *decoder, struct stream_event *event, struct err *err)
{
    const struct sse *sse = decoder;
    int rc = sse_end(decoder, event, err);

    if (rc == 0 && sse->stray.len != 0) {
        *event = (struct stream_event){.type = STR("message"), .data = buf_str(&sse->stray)};
        rc = 1;
    }
    return rc;
}

/* Small servers leave the content type out; the first bytes tell a stream from a page. */
static enum framing_guess guess(struct str bytes)
{
    static const char *const starts[] = {"data:", "event:", "id:", "retry:", ":"};

    if (str_starts(bytes, STR("\xEF\xBB\xBF"))) {
        bytes = str_skip(bytes, BOM_LEN);
    }
    bytes = str_trim(bytes);
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct str start = str_from(starts[i]);

        if (str_starts(bytes, start)) {
            return FRAMING_YES;
        }
        if (str_starts(start, bytes)) {
            return FRAMING_UNDECIDED;
        }
    }
    return FRAMING_NO;
}

const struct framing sse_framing = {
    .media_type = "text/event-stream",
    .create = create_decoder,
    .free = free_decoder,
    .reset = reset_decoder,
    .next = decode_next,
    .end = decode_end,
    .guess = guess,
};
