#include "endpoint/vertex_anthropic.h"

#include "endpoint/anthropic.h"
#include "endpoint/google_error.h"
#include "endpoint/openai_error.h"
#include "endpoint/sse.h"
#include "endpoint/vertex.h"

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    (void)err;
    vertex_append_path(endpoint, "anthropic", "streamRawPredict", out);
    return 0;
}

static int build_frame(const struct endpoint *endpoint, struct request_json *request,
                       struct body_frame *out, struct err *err)
{
    request_json_own(request, "anthropic_version", "\"vertex-2023-10-16\"");
    request_json_own(request, "stream", "true");
    return anthropic_frame_messages(endpoint, request, out, err);
}

/* Claude's own errors, and those of Google's gate before it. */
static struct protocol_verdict classify(const struct protocol_error *error, struct reply *reply)
{
    return google_error_is(error->body) ? google_error_classify(error, reply)
                                        : openai_error_classify(error, reply);
}

const struct protocol vertex_anthropic = {
    .name = "vertex-anthropic",
    .framing = &sse_framing,
    .request_id_header = "request-id",
    .auth = QUIRK_AUTH_BEARER,
    .base_url = vertex_base_url,
    .path = append_path,
    .frame = build_frame,
    .caching = anthropic_caching,
    .on_event = anthropic_event,
    .classify = classify,
    .complete_at_end = anthropic_complete_at_end,
};
