/* request: the body of a request in any of the protocols, read while it arrives.
 *
 * A protocol is a table of the members that matter here: where the messages and their texts are,
 * and the few settings that change the answer. Everything else is checked for being JSON and
 * forgotten, as compatible servers do with parameters they do not know.
 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include "base/err.h"
#include "base/json_reader.h"
#include "base/str.h"
#include "sim/conversation.h"
#include "sim/json_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REQUEST_WORD_MAX = 256,       /* model names, roles and part types are shorter */
    REQUEST_PARAMETERS_MAX = 1024 /* the names of all settings of a request */
};

enum request_kind {
    KIND_OBJECT = 1 << 0,
    KIND_ARRAY = 1 << 1,
    KIND_TEXT = 1 << 2,
    KIND_NUMBER = 1 << 3,
    KIND_TRUTH = 1 << 4,
    KIND_NULL = 1 << 5
};

/* What a member means. */
enum request_action {
    REQUEST_CHECK, /* nothing: only its kind is checked */
    REQUEST_MODEL,
    REQUEST_STREAM,       /* true: the reply is to be streamed */
    REQUEST_USAGE_WANTED, /* true: a stream of OpenAI's chat ends with the usage */
    REQUEST_OUTPUT_MAX,   /* the limit of output tokens */
    REQUEST_MESSAGES,     /* the array of messages; as a plain string, one message of the user */
    REQUEST_MESSAGE,      /* begins a message */
    REQUEST_ROLE,
    REQUEST_TEXT,   /* text of the message at hand */
    REQUEST_SYSTEM, /* the system message, which stands outside of the messages: text or parts */
    REQUEST_PART_TYPE,
    REQUEST_REASONS, /* how much to reason; "none", "disabled", false and 0 mean not at all */
    REQUEST_SHOWS_REASONING, /* true or a word: reasoning is streamed; "omitted" hides it */
    REQUEST_CACHE            /* its presence marks the prompt for the cache */
};

/* A member by its path: "messages[].content[].text". The key names the member in errors. */
struct request_field {
    const char *path;
    enum request_action action;
    int kinds; /* of enum request_kind */
};

struct request_role {
    const char *name;
    enum role role;
};

struct request_form {
    const struct request_field *fields; /* ends with a NULL path */
    const struct request_role *roles;   /* ends with a NULL name */
    const char *messages;               /* the member of the messages, for errors */
    const char *output_max;             /* the member of the output limit, for errors */
    const char *part_types;             /* text parts are of these types: " a b "; NULL: any */
    const char *wrapper;                /* a path to leave out where it comes first; or NULL */
    bool is_role_optional;              /* a message without one is the user's */
    bool blocks_are_messages;           /* roles must alternate, so that turns of one role in a row
                                         * come as blocks of one message: each is a turn */
    bool is_output_max_required;
    bool shows_reasoning; /* unless told otherwise */
};

struct request {
    const struct request_form *form;
    struct conversation conversation;
    char model[REQUEST_WORD_MAX]; /* "" until it was named */
    bool is_count; /* set by the caller: the tokens are only counted, which takes less */
    bool is_stream;
    bool is_usage_wanted;
    bool reasons;
    bool shows_reasoning;
    bool is_cache_marked;
    uint64_t output_tokens_max;              /* 0: no limit was given */
    char parameters[REQUEST_PARAMETERS_MAX]; /* names of the settings: " model temperature " */

    /* After a failure: the kind of mistake in OpenAI's words, static or NULL, and the member that
     * it is about, or "". */
    const char *error_code;
    char error_param[64];

    /* The state of the reading. */
    struct json_reader reader;
    bool has_model; /* the address named it: the body's is ignored */
    bool has_messages;
    bool has_role;       /* of the message being read */
    size_t system_index; /* of the message from REQUEST_SYSTEM, or SIZE_MAX */
    struct json_path path;
    const struct request_field *open[JSON_DEPTH_MAX]; /* of the open objects and arrays */
    const struct request_field *field;                /* of the string being read */
    char word[REQUEST_WORD_MAX];
    size_t word_len;
};

/* `model` is from the address, or empty where the body names it. The form is borrowed. The request
 * must stay where it is until its release. */
void request_init(struct request *request, const struct request_form *form, struct str model);
void request_release(struct request *request);

int request_feed(struct request *request, struct str chunk, struct err *err);

/* The body ends here: checks that nothing is missing. */
int request_finish(struct request *request, struct err *err);

/* Whether the request has a setting of that name, at the top or in a group of settings. */
bool request_has_parameter(const struct request *request, struct str name);

#endif
