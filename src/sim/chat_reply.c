#include "sim/chat_reply.h"

#include "base/utf8.h"

#include <jansson.h>

enum { PIECE_BYTES_MAX = 32 }; /* of one delta: some six tokens */

static int append_chunk(const char *bytes, size_t size, void *context)
{
    struct buf *out = context;

    buf_append(out, (struct str){bytes, size});
    return out->failure;
}

/* Appends and frees `json`, which is NULL where building it failed. */
static int append_json(json_t *json, struct buf *out, struct err *err)
{
    int rc = 0;

    if (json == NULL) {
        return err_memory(err);
    }
    (void)json_dump_callback(json, append_chunk, out, JSON_COMPACT);
    json_decref(json);
    rc = buf_check(out, "the reply", err);
    return rc;
}

static json_t *text_json(struct str text)
{
    return json_stringn(text.len != 0 ? text.p : "", text.len);
}

static const char *finish_reason(const struct chat_reply *reply)
{
    return reply->answer.finish == SIM_LENGTH ? "length" : "stop";
}

/* The details are zeros because nothing is cached and nothing reasons. */
static json_t *usage_json(const struct chat_reply *reply)
{
    json_int_t prompt = (json_int_t)reply->prompt_tokens;
    json_int_t completion = (json_int_t)sim_tokens(reply->answer.text.len);

    return json_pack("{s:I, s:I, s:I, s:{s:i}, s:{s:i}}", "prompt_tokens", prompt,
                     "completion_tokens", completion, "total_tokens", prompt + completion,
                     "prompt_tokens_details", "cached_tokens", 0, "completion_tokens_details",
                     "reasoning_tokens", 0);
}

/* An event with the given choices; steals both. A NULL `usage` is sent as null. */
static int append_event(const struct chat_reply *reply, json_t *choices, json_t *usage,
                        struct buf *out, struct err *err)
{
    int rc = 0;

    buf_append(out, STR("data: "));
    rc = append_json(json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:o*}", "id", reply->id, "object",
                               "chat.completion.chunk", "created", (json_int_t)reply->created_s,
                               "model", reply->model, "system_fingerprint", "simulated", "choices",
                               choices, "usage", usage),
                     out, err);
    buf_append(out, STR("\n\n"));
    return rc != 0 ? rc : buf_check(out, "the reply", err);
}

/* One choice with a delta, which is stolen, and perhaps the reason for the end. */
static int append_delta(const struct chat_reply *reply, json_t *delta, const char *reason,
                        struct buf *out, struct err *err)
{
    return append_event(reply,
                        json_pack("[{s:i, s:o, s:n, s:s?}]", "index", 0, "delta", delta, "logprobs",
                                  "finish_reason", reason),
                        NULL, out, err);
}

static int append_text(struct chat_reply *reply, struct buf *out, struct err *err)
{
    struct str rest = str_skip(buf_str(&reply->answer.text), reply->text_sent);
    struct str piece = utf8_take(rest, PIECE_BYTES_MAX);
    const char *name = reply->answer.is_refusal ? "refusal" : "content";

    reply->text_sent += piece.len;
    return append_delta(reply, json_pack("{s:o}", name, text_json(piece)), NULL, out, err);
}

int chat_reply_next(struct chat_reply *reply, struct buf *out, bool *is_more, struct err *err)
{
    *is_more = reply->stage != CHAT_ENDED;
    if (reply->stage == CHAT_TEXT && reply->text_sent == reply->answer.text.len) {
        reply->stage = CHAT_FINISH;
    }
    if (reply->stage == CHAT_USAGE && !reply->include_usage) {
        reply->stage = CHAT_DONE;
    }
    switch (reply->stage) {
    case CHAT_BEGIN:
        reply->stage = CHAT_TEXT;
        return append_delta(
            reply, json_pack("{s:s, s:s, s:n}", "role", "assistant", "content", "", "refusal"),
            NULL, out, err);
    case CHAT_TEXT:
        return append_text(reply, out, err);
    case CHAT_FINISH:
        reply->stage = CHAT_USAGE;
        return append_delta(reply, json_object(), finish_reason(reply), out, err);
    case CHAT_USAGE:
        reply->stage = CHAT_DONE;
        return append_event(reply, json_array(), usage_json(reply), out, err);
    case CHAT_DONE:
        reply->stage = CHAT_ENDED;
        buf_append(out, STR("data: [DONE]\n\n"));
        return buf_check(out, "the reply", err);
    case CHAT_ENDED:
        break;
    }
    return 0;
}

int chat_reply_whole(const struct chat_reply *reply, struct buf *out, struct err *err)
{
    json_t *text = text_json(buf_str(&reply->answer.text));
    bool refuses = reply->answer.is_refusal;
    json_t *message =
        json_pack("{s:s, s:o, s:o}", "role", "assistant", "content", refuses ? json_null() : text,
                  "refusal", refuses ? text : json_null());

    return append_json(json_pack("{s:s, s:s, s:I, s:s, s:s, s:[{s:i, s:o, s:n, s:s}], s:o}", "id",
                                 reply->id, "object", "chat.completion", "created",
                                 (json_int_t)reply->created_s, "model", reply->model,
                                 "system_fingerprint", "simulated", "choices", "index", 0,
                                 "message", message, "logprobs", "finish_reason",
                                 finish_reason(reply), "usage", usage_json(reply)),
                       out, err);
}

int chat_reply_error(const char *message, const char *type, const char *param, const char *code,
                     struct buf *out, struct err *err)
{
    return append_json(json_pack("{s:{s:s, s:s, s:s?, s:s?}}", "error", "message", message, "type",
                                 type, "param", param, "code", code),
                       out, err);
}

int chat_reply_models(struct buf *out, struct err *err)
{
    json_t *data = json_array();

    for (const struct sim_model *model = sim_models; model->name != NULL; model++) {
        (void)json_array_append_new(data, json_pack("{s:s, s:s, s:i, s:s}", "id", model->name,
                                                    "object", "model", "created", 0, "owned_by",
                                                    "haymaker-simulated"));
    }
    return append_json(json_pack("{s:s, s:o}", "object", "list", "data", data), out, err);
}
