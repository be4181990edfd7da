#include "sim/wire.h"

enum { MESSAGE_BYTES_MAX = 64 * 1024 };

json_t *sim_wire_error(const struct sim_wire *wire, const struct sim_failure *failure)
{
    struct buf message;
    json_t *json = NULL;

    buf_init(&message, MESSAGE_BYTES_MAX);
    sim_failure_message(failure, wire->failures, &message);
    buf_append_char(&message, '\0');
    if (message.failure == 0) {
        json = wire->error(failure, &wire->failures[failure->kind], message.p);
    }
    buf_release(&message);
    return json;
}

unsigned sim_wire_status(const struct sim_wire *wire, const struct sim_failure *failure)
{
    return failure->status != 0 ? failure->status : wire->failures[failure->kind].status;
}
