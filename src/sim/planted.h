/* planted: what the strategies share for sentences that are planted in prose: the last paragraph
 * asks, everything before it is the haystack, and a fact reads "The KEY is VALUE."
 */
#ifndef SIM_PLANTED_H
#define SIM_PLANTED_H

#include "base/str.h"
#include "sim/conversation.h"

#include <stdbool.h>
#include <stddef.h>

enum { PLANTED_SENTENCE_BYTES_MAX = 2000 }; /* what runs on for longer is no sentence */

/* Borrowed from the conversation. */
struct planted_question {
    struct str text;     /* the last paragraph, without a request for checkpoints */
    struct str haystack; /* everything before it */
};

/* False when the conversation does not end in a user's question. */
bool planted_split(const struct conversation *conversation, struct planted_question *out);

/* What stands between `before` and `after` in a text; empty where they do not stand. */
struct str planted_between(struct str text, struct str before, struct str after);

/* Whether the sentence that contains text.p[at] ends there. */
bool planted_ends_sentence(struct str text, size_t at);

/* The bytes from the start of `text` to the end of its first sentence, without its stop. */
struct str planted_until_stop(struct str text);

/* Goes through the facts "HEAD … is VALUE." of a text, where HEAD is "The KEY is " or a part of it.
 */
struct planted_fact {
    struct str value;
    double depth; /* where the fact begins, 0 … 1 of the haystack's bytes */
};

/* Takes the next sentence that begins with `head` and has " is " in or after it off *rest, a tail
 * of `haystack`; false at the end. */
bool planted_next_fact(struct str haystack, struct str head, struct str *rest,
                       struct planted_fact *out);

#endif
