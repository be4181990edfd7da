#include "endpoint/batch_answer.h"

#include "record/json_text.h"

static void judge(const struct protocol *protocol, const struct protocol_error *error,
                  struct reply *reply)
{
    reply->end = protocol->classify(error, reply).end;
}

static void lack_memory(struct reply *reply)
{
    reply->end = REPLY_FAILED;
    (void)err_memory(&reply->error);
}

void batch_answer_error(const struct protocol *protocol, long http_status, const json_t *body,
                        struct reply *reply)
{
    bool is_wrapped = json_object_get(body, "error") != NULL;
    struct buf text;

    buf_init(&text, SIZE_MAX / 2);
    buf_append(&text, is_wrapped ? STR("") : STR("{\"error\":"));
    json_text_write(body, JSON_COMPACT, &text);
    buf_append(&text, is_wrapped ? STR("") : STR("}"));
    if (text.failure != 0) {
        lack_memory(reply);
    } else {
        judge(protocol,
              &(struct protocol_error){.http_status = http_status, .body = buf_str(&text)}, reply);
    }
    buf_release(&text);
}

/* What the protocol made of the whole answer, brought to an end. */
static void conclude(const struct protocol *protocol, enum protocol_event told,
                     const struct stream_event *answer, struct reply *reply)
{
    if (told == PROTOCOL_ERROR) {
        judge(protocol,
              &(struct protocol_error){.http_status = PROTOCOL_IN_STREAM, .body = answer->data},
              reply);
    } else if (reply->text.failure == ERR_LIMIT) {
        reply->end = REPLY_CUT;
        (void)err_set(&reply->error, ERR_LIMIT, "the answer is longer than %d bytes",
                      REPLY_TEXT_BYTES_MAX);
    } else if (reply->text.failure != 0) {
        lack_memory(reply);
    } else if (told != PROTOCOL_FINAL && !protocol->complete_at_end(reply)) {
        reply->end = REPLY_FAILED;
        (void)err_set(&reply->error, ERR_INCOMPLETE, "the result is JSON, but not an answer");
    }
}

void batch_answer_read(const struct protocol *protocol, const struct endpoint *endpoint,
                       const json_t *answer, struct reply *reply)
{
    struct stream_event event = {.type = STR("message")};
    struct buf text;

    buf_init(&text, SIZE_MAX / 2);
    json_text_write(answer, JSON_COMPACT, &text);
    event.data = buf_str(&text);
    if (text.failure != 0) {
        lack_memory(reply);
    } else {
        conclude(protocol, protocol->on_event(endpoint, &event, reply), &event, reply);
    }
    buf_release(&text);
}
