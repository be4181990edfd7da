/* Any bytes as the body of a request in any protocol, in any pieces, and as a file of a batch: the
 * loopback endpoint must not crash, and must read the same however the body is cut. The first byte
 * chooses the protocol, the second how large the pieces are. */
#include "sim/batch_desk.h"
#include "sim/route.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sim_wire *const wires[] = {
    &wire_openai_chat, &wire_openai_responses, &wire_anthropic,
    &wire_gemini,      &wire_bedrock_converse, &wire_bedrock_invoke,
};

static const struct batch_form *const forms[] = {
    &batch_shape_openai.file,
    &batch_shape_anthropic.together,
    &batch_shape_gemini.together,
};

static int read_body(const struct sim_wire *wire, struct str body, size_t piece,
                     struct request *request)
{
    struct err err;
    int rc = 0;

    request_init(request, wire->form, STR("m"));
    while (rc == 0 && body.len != 0) {
        rc = request_feed(request, str_take(body, piece), &err);
        body = str_skip(body, piece);
    }
    return rc == 0 ? request_finish(request, &err) : rc;
}

static int take_item(void *context, const struct batch_item *item, struct err *err)
{
    struct str body = item->body;

    (void)err;
    /* A body is an object or array of the text, brackets included. */
    if (body.len == 1 || (body.len != 0 && body.p[0] != '{' && body.p[0] != '[')) {
        abort();
    }
    *(size_t *)context += body.len;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request whole;
    struct request pieces;
    struct sim_match match;
    struct err err;
    size_t bytes = 0;
    struct str body;

    if (size < 2) {
        return 0;
    }
    body = (struct str){(const char *)data + 2, size - 2};
    if (read_body(wires[data[0] % 6], body, size, &whole) !=
            read_body(wires[data[0] % 6], body, data[1] % 16U + 1, &pieces) ||
        !str_equal(conversation_whole(&whole.conversation),
                   conversation_whole(&pieces.conversation))) {
        abort();
    }
    conversation_keep_last(&whole.conversation, data[1]);
    conversation_keep_first(&pieces.conversation, data[1]);
    request_release(&whole);
    request_release(&pieces);
    (void)batch_split(forms[data[0] % 3], body, take_item, &bytes, &err);
    sim_route_find(STR("POST"), body, &match);
    return 0;
}
