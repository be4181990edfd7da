#include "endpoint/vertex_gemini.h"

#include "endpoint/gemini.h"
#include "endpoint/google_error.h"
#include "endpoint/sse.h"
#include "endpoint/vertex.h"

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    (void)err;
    vertex_append_path(endpoint, "google", "streamGenerateContent?alt=sse", out);
    return 0;
}

const struct protocol vertex_gemini = {
    .name = "vertex-gemini",
    .framing = &sse_framing,
    .auth = QUIRK_AUTH_BEARER,
    .base_url = vertex_base_url,
    .path = append_path,
    .frame = gemini_frame,
    .on_event = gemini_event,
    .classify = google_error_classify,
    .complete_at_end = gemini_complete_at_end,
};
