/* batch_answer: a reply from an answer that came whole, or from an error that came instead.
 *
 * Every protocol takes a whole answer as it takes an event of the stream, for servers that do not
 * stream after all; so what an answer means is said once in each.
 */
#ifndef ENDPOINT_BATCH_ANSWER_H
#define ENDPOINT_BATCH_ANSWER_H

#include "endpoint/protocol.h"

#include <jansson.h>

/* Fills a reply that was reset: text, usage, end and, when it is an error, the error. */
void batch_answer_read(const struct protocol *protocol, const struct endpoint *endpoint,
                       const json_t *answer, struct reply *reply);

/* The same of an error's body, by the protocol's own judgement; the envelope {"error":…} may be
 * missing. */
void batch_answer_error(const struct protocol *protocol, long http_status, const json_t *body,
                        struct reply *reply);

#endif
