/* lesson: what an endpoint has taught us about its requests: the parameters it refuses.
 *
 * A refusal comes after the whole prompt was sent. Learning it once for each endpoint, and not for
 * each trial, saves a million tokens of upload every time.
 */
#ifndef ENDPOINT_LESSON_H
#define ENDPOINT_LESSON_H

#include "base/arena.h"
#include "base/err.h"
#include "endpoint/endpoint.h"
#include "endpoint/request_json.h"

#include <stdbool.h>

struct lesson {
    struct lesson *next;
    struct str base_url; /* empty for an endpoint without one */
    struct str protocol;
    struct str model;
    struct request_refused refused;
};

/* A zeroed one is valid and empty. */
struct lessons {
    struct arena arena; /* owns all of them */
    struct lesson *first;
};

void lessons_release(struct lessons *lessons);

/* The lesson of the endpoint, new and empty at the first time. It stays valid until release. */
int lessons_find(struct lessons *lessons, const struct endpoint *endpoint, struct lesson **out,
                 struct err *err);

/* Adds a path. False when it was known before, or when there is no room for it: then the endpoint
 * cannot be pleased. */
bool lesson_learn(struct lessons *lessons, struct lesson *lesson, struct str path);

#endif
