/* request_json: the members of a request's JSON beside the messages: the program's own and those
 * the user asked for, each with a dotted path ("reasoning.effort") and a JSON value that is sent as
 * it was written.
 *
 * The user's word counts for more than a default, and what the program needs for itself it does
 * not let go of. A member that the endpoint has refused before is left out or, if it has another
 * name, tried under that.
 */
#ifndef ENDPOINT_REQUEST_JSON_H
#define ENDPOINT_REQUEST_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REQUEST_JSON_MAX = 1024 * 1024,
    REQUEST_MEMBERS_MAX = 96,
    REQUEST_DEPTH_MAX = 8,   /* segments of a path */
    REQUEST_REFUSED_MAX = 12 /* members that may be given up for one endpoint */
};

/* Paths that an endpoint has refused, in the order it did. */
struct request_refused {
    struct str paths[REQUEST_REFUSED_MAX];
    size_t count;
};

enum request_origin {
    REQUEST_OWN,     /* needed: the user cannot set it, the endpoint not refuse it */
    REQUEST_LIMIT,   /* needed, but it has another name if the endpoint refuses this one */
    REQUEST_DEFAULT, /* may be overridden and left out */
    REQUEST_USER     /* may be left out */
};

struct request_member {
    struct str path;
    struct str json;
    enum request_origin origin;
    bool is_sent; /* false: refused before, overridden, or only reserved */
};

/* Failure is sticky: after one, further calls do nothing and request_json_head tells it. A zeroed
 * request with its two borrowed members set is valid, empty and for a streamed answer. */
struct request_json {
    struct arena *arena;                   /* texts are put here */
    const struct request_refused *refused; /* NULL: nothing */
    bool answer_is_whole; /* the answer is not to be streamed: "stream" and "stream_options" are
                           * left out, whoever set them */
    struct request_member members[REQUEST_MEMBERS_MAX];
    size_t count;
    struct err failure;
};

/* Where an option that vendors share under a name lives in one vendor's JSON. */
struct request_home {
    const char *name; /* "top_p" */
    const char *path; /* "generationConfig.topP" */
};

/* Add members. Texts of program and caller are borrowed as long as the request lives. */
void request_json_own(struct request_json *request, const char *path, const char *json);
void request_json_own_string(struct request_json *request, const char *path, const char *text,
                             const char *what); /* `what` names it in errors: "the model's name" */
void request_json_default(struct request_json *request, const char *path, const char *json);

/* The output limit; nothing for a count of 0. Servers disagree about its name: when they refused
 * `path` it is sent as `other_path` (NULL: it has no other), and never left out, since costs are
 * reckoned with it. */
void request_json_limit(struct request_json *request, const char *path, const char *other_path,
                        int64_t count);

/* Adds each "name=JSON" of the NULL-terminated `parameters` (NULL: none). Names found in `homes`
 * (ends with a row without a name; NULL: none) move to the path given there. ERR_USAGE for what is
 * not NAME=JSON, for a name given twice and for one the program itself sets: which of the two
 * counts would be the server's choice. */
void request_json_parameters(struct request_json *request, const char *const *parameters,
                             const struct request_home *homes);

/* The body's text up to the list of messages: '{', the members, and `list` ("\"messages\":["), in
 * the arena. Tells the failure, if there was one; ERR_USAGE for a member with the list's name. */
int request_json_head(const struct request_json *request, const char *list, struct str *head,
                      struct err *err);

/* The member that may be given up and that the endpoint's words name first, or NULL. A name counts
 * where it stands in quotes or opens them. */
const struct request_member *request_json_blamed(const struct request_json *request,
                                                 struct str words);

#endif
