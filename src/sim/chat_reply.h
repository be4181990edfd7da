/* chat_reply: the wire form of an answer in OpenAI's Chat Completions: one JSON object, or a stream
 * of server-sent events, or an error.
 */
#ifndef SIM_CHAT_REPLY_H
#define SIM_CHAT_REPLY_H

#include "base/buf.h"
#include "base/err.h"
#include "sim/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHAT_REPLY_BYTES_MAX = 8 * 1024 * 1024 }; /* of a reply in wire form, or one event of it */

/* What comes next in the stream. */
enum chat_stage { CHAT_BEGIN, CHAT_TEXT, CHAT_FINISH, CHAT_USAGE, CHAT_DONE, CHAT_ENDED };

struct chat_reply {
    char id[48];
    const char *model; /* static */
    int64_t created_s; /* seconds since 1970 */
    bool include_usage;
    uint64_t prompt_tokens;
    struct sim_answer answer; /* owned; released with sim_answer_release */

    enum chat_stage stage;
    size_t text_sent; /* bytes of the answer that were put into events */
};

/* Appends the next event of the stream, "data: …" and an empty line; *is_more is false, and nothing
 * appended, after the last. The answer comes in pieces of a few words. */
int chat_reply_next(struct chat_reply *reply, struct buf *out, bool *is_more, struct err *err);

/* Appends the whole reply as one JSON object. */
int chat_reply_whole(const struct chat_reply *reply, struct buf *out, struct err *err);

/* Appends {"error": …}. `param` and `code` may be NULL. */
int chat_reply_error(const char *message, const char *type, const char *param, const char *code,
                     struct buf *out, struct err *err);

/* Appends the list of models, as GET /v1/models gives it. */
int chat_reply_models(struct buf *out, struct err *err);

#endif
