/* chat_request: the body of an OpenAI Chat Completions request, read while it arrives.
 *
 * Kept are the texts of the messages and the few members that change the answer; everything else is
 * checked for being JSON and forgotten, as compatible servers do with parameters they do not know.
 */
#ifndef SIM_CHAT_REQUEST_H
#define SIM_CHAT_REQUEST_H

#include "base/err.h"
#include "base/str.h"
#include "sim/conversation.h"
#include "sim/json_reader.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHAT_WORD_MAX = 128 }; /* model names, roles and part types are shorter */

enum chat_field {
    CHAT_IGNORED,
    CHAT_ROOT,
    CHAT_MODEL,
    CHAT_STREAM,
    CHAT_STREAM_OPTIONS,
    CHAT_INCLUDE_USAGE,
    CHAT_OUTPUT_MAX,
    CHAT_MESSAGES,
    CHAT_MESSAGE,
    CHAT_ROLE,
    CHAT_CONTENT,
    CHAT_PART,
    CHAT_PART_TYPE,
    CHAT_PART_TEXT
};

struct chat_request {
    struct conversation conversation;
    char model[CHAT_WORD_MAX]; /* "" until it was named */
    bool is_stream;
    bool include_usage;         /* a last chunk of the stream tells the usage */
    uint64_t output_tokens_max; /* 0: no limit was given */

    /* After a failure: what OpenAI's error body says beside the message. Static, or NULL. */
    const char *error_code;
    const char *error_param;

    /* The state of the reading. */
    struct json_reader reader;
    enum chat_field path[JSON_DEPTH_MAX]; /* which field each open object or array is */
    size_t depth;
    enum chat_field next; /* the member whose value comes next, or the string being read */
    bool has_messages;
    bool has_role; /* of the message being read */
    char word[CHAT_WORD_MAX];
    size_t word_len;
};

/* The request must stay where it is until its release. */
void chat_request_init(struct chat_request *request);
void chat_request_release(struct chat_request *request);

int chat_request_feed(struct chat_request *request, struct str chunk, struct err *err);

/* The body ends here: checks that nothing is missing. */
int chat_request_finish(struct chat_request *request, struct err *err);

#endif
