/* batch_answer: a reply from an answer that came whole.
 *
 * What an answer means is said once in each protocol, of its stream. So a whole answer is taken
 * apart into the events it would have been streamed as, and those are given to the protocol.
 */
#ifndef ENDPOINT_BATCH_ANSWER_H
#define ENDPOINT_BATCH_ANSWER_H

#include "endpoint/protocol.h"

#include <jansson.h>

/* Fills a reply that was reset: text, usage, end and, when it is an error, the error. */
void batch_answer_read(const struct protocol *protocol, const struct endpoint *endpoint,
                       const json_t *answer, struct reply *reply);

/* The same of an error's body, by the protocol's own judgement. */
void batch_answer_error(const struct protocol *protocol, long http_status, const json_t *body,
                        struct reply *reply);

#endif
