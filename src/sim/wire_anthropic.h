/* wire_anthropic: what Anthropic's Messages are also within Bedrock's frames.
 */
#ifndef SIM_WIRE_ANTHROPIC_H
#define SIM_WIRE_ANTHROPIC_H

#include "sim/wire.h"

extern const struct request_form anthropic_form;

/* sim_wire's write and whole. */
void anthropic_write(const struct sim_reply *reply, enum sim_step step, struct str piece,
                     struct sim_events *out);
json_t *anthropic_whole(const struct sim_reply *reply);

#endif
