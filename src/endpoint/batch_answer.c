#include "endpoint/batch_answer.h"

#include "endpoint/wire_json.h"

#include <stdlib.h>
#include <string.h>

/* Where the events go until one of them ends the answer. */
struct player {
    const struct protocol *protocol;
    const struct endpoint *endpoint;
    struct reply *reply;
    enum protocol_event told; /* by the last event that was played */
};

static void conclude_error(const struct protocol *protocol, const struct protocol_error *error,
                           struct reply *reply)
{
    reply->end = protocol->classify(error, reply).end;
}

void batch_answer_error(const struct protocol *protocol, long http_status, const json_t *body,
                        struct reply *reply)
{
    char *text = json_dumps(body, JSON_COMPACT);
    const struct protocol_error error = {.http_status = http_status, .body = str_from(text)};

    if (text == NULL) {
        (void)err_memory(&reply->error);
    } else {
        conclude_error(protocol, &error, reply);
    }
    free(text);
}

static void play_text(struct player *player, struct str type, const char *text)
{
    const struct stream_event event = {.type = type, .data = str_from(text)};

    player->told = player->protocol->on_event(player->endpoint, &event, player->reply);
    if (player->told == PROTOCOL_ERROR || player->told == PROTOCOL_UNREADABLE) {
        const struct protocol_error error = {
            .http_status = PROTOCOL_IN_STREAM, .type = type, .body = event.data};

        conclude_error(player->protocol, &error, player->reply);
        player->told = PROTOCOL_ERROR;
    }
}

/* Plays an event and releases its JSON; NULL, when memory was short, ends the answer. */
static void play(struct player *player, struct str type, json_t *event)
{
    char *text = NULL;

    if (player->told == PROTOCOL_ERROR || player->told == PROTOCOL_FINAL) {
        json_decref(event);
        return;
    }
    text = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;
    if (text == NULL) {
        (void)err_memory(&player->reply->error);
        player->told = PROTOCOL_ERROR;
    } else {
        play_text(player, type, text);
    }
    free(text);
    json_decref(event);
}

static json_t *borrow(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);

    return value != NULL ? json_incref(value) : json_null();
}

/* Anthropic Messages: a message that begins, its texts, how it ends. */
static void play_message(struct player *player, const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    json_t *start = json_object();
    const json_t *block = NULL;
    size_t i = 0;

    (void)json_object_set_new(start, "id", borrow(message, "id"));
    (void)json_object_set_new(start, "model", borrow(message, "model"));
    (void)json_object_set_new(start, "usage", borrow(message, "usage"));
    play(player, STR("message_start"),
         json_pack("{s:s,s:o}", "type", "message_start", "message", start));
    json_array_foreach(content, i, block)
    {
        if (str_equal(wire_json_string(block, "type"), STR("text"))) {
            play(player, STR("content_block_delta"),
                 json_pack("{s:s,s:i,s:{s:s,s:o}}", "type", "content_block_delta", "index", (int)i,
                           "delta", "type", "text_delta", "text", borrow(block, "text")));
        }
    }
    play(player, STR("message_delta"),
         json_pack("{s:s,s:{s:o,s:o,s:o},s:o}", "type", "message_delta", "delta", "stop_reason",
                   borrow(message, "stop_reason"), "stop_sequence",
                   borrow(message, "stop_sequence"), "stop_details",
                   borrow(message, "stop_details"), "usage", borrow(message, "usage")));
    if (wire_json_string(message, "stop_reason").len != 0) {
        play(player, STR("message_stop"), json_pack("{s:s}", "type", "message_stop"));
    }
}

static void play_part(struct player *player, const json_t *part)
{
    struct str type = wire_json_string(part, "type");

    if (str_equal(type, STR("output_text"))) {
        play(player, STR("response.output_text.delta"),
             json_pack("{s:s,s:o}", "type", "response.output_text.delta", "delta",
                       borrow(part, "text")));
    } else if (str_equal(type, STR("refusal"))) {
        play(player, STR("response.refusal.delta"),
             json_pack("{s:s,s:o}", "type", "response.refusal.delta", "delta",
                       borrow(part, "refusal")));
    }
}

/* OpenAI Responses: the texts of its messages, then the event its status is named after. */
static void play_response(struct player *player, json_t *response)
{
    const json_t *item = NULL;
    const json_t *part = NULL;
    struct buf type = {0};
    size_t i = 0;
    size_t k = 0;

    json_array_foreach(json_object_get(response, "output"), i, item)
    {
        json_array_foreach(json_object_get(item, "content"), k, part)
        {
            if (str_equal(wire_json_string(item, "type"), STR("message"))) {
                play_part(player, part);
            }
        }
    }
    buf_init(&type, 128);
    buf_appendf(&type, "response.%.*s", STR_ARG(wire_json_string(response, "status")));
    play(player, buf_str(&type),
         json_pack("{s:s#,s:O}", "type", type.p != NULL ? type.p : "", (int)type.len, "response",
                   response));
    buf_release(&type);
}

/* What the events left open. */
static void conclude(struct player *player)
{
    struct reply *reply = player->reply;

    if (reply->text.failure == ERR_LIMIT) {
        reply->end = REPLY_CUT;
        (void)err_set(&reply->error, ERR_LIMIT, "the answer is longer than %d bytes",
                      REPLY_TEXT_BYTES_MAX);
    } else if (reply->text.failure != 0) {
        reply->end = REPLY_FAILED;
        (void)err_memory(&reply->error);
    } else if (player->told != PROTOCOL_FINAL && player->told != PROTOCOL_ERROR &&
               !player->protocol->complete_at_end(reply)) {
        reply->end = REPLY_FAILED;
        (void)err_set(&reply->error, ERR_INCOMPLETE,
                      "the result is JSON, but not a finished answer");
    }
}

void batch_answer_read(const struct protocol *protocol, const struct endpoint *endpoint,
                       const json_t *answer, struct reply *reply)
{
    struct player player = {protocol, endpoint, reply, PROTOCOL_MORE};
    json_t *whole = json_incref((json_t *)(uintptr_t)answer); /* jansson counts on all it holds */

    if (strcmp(protocol->name, "anthropic-messages") == 0) {
        play_message(&player, whole);
    } else if (strcmp(protocol->name, "openai-responses") == 0) {
        play_response(&player, whole);
    } else { /* chat completions and Gemini have one form for both */
        play(&player, STR("message"), json_incref(whole));
    }
    conclude(&player);
    json_decref(whole);
}
