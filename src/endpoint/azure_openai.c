#include "endpoint/azure_openai.h"

#include "endpoint/openai_chat.h"
#include "endpoint/openai_error.h"
#include "endpoint/openai_responses.h"
#include "endpoint/sse.h"

static void cut_end(struct buf *out, struct str end)
{
    if (str_ends(buf_str(out), end)) {
        out->len -= end.len;
    }
}

/* `out` holds the base URL; what people copy from the portal may have more of the path. */
static void append_openai(struct buf *out)
{
    cut_end(out, STR("/v1"));
    cut_end(out, STR("/openai"));
    buf_append(out, STR("/openai"));
}

static bool is_dated(struct str version)
{
    return version.len != 0 && version.p[0] >= '0' && version.p[0] <= '9';
}

static int append_chat_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    (void)err;
    if (!str_contains(buf_str(out), STR("/openai/deployments/"))) {
        append_openai(out);
        if (is_dated(str_from(endpoint->api_version))) {
            buf_append(out, STR("/deployments/"));
            protocol_append_segment(out, str_from(endpoint->model));
        } else {
            buf_append(out, STR("/v1"));
        }
    }
    buf_append(out, STR("/chat/completions"));
    protocol_append_version(out, endpoint);
    return 0;
}

static int append_responses_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    if (is_dated(str_from(endpoint->api_version))) {
        return err_set(err, ERR_USAGE,
                       "Azure's Responses API is asked without an API version, or with 'preview' "
                       "(not '%s')",
                       endpoint->api_version);
    }
    append_openai(out);
    buf_append(out, STR("/v1/responses"));
    protocol_append_version(out, endpoint);
    return 0;
}

const struct protocol azure_openai = {
    .name = "azure-openai",
    .framing = &sse_framing,
    .request_id_header = "apim-request-id",
    .auth = QUIRK_AUTH_API_KEY,
    .path = append_chat_path,
    .frame = openai_chat_frame,
    .on_event = openai_chat_event,
    .classify = openai_error_classify,
    .complete_at_end = openai_chat_complete_at_end,
};

const struct protocol azure_openai_responses = {
    .name = "azure-openai-responses",
    .framing = &sse_framing,
    .request_id_header = "apim-request-id",
    .auth = QUIRK_AUTH_API_KEY,
    .path = append_responses_path,
    .frame = openai_responses_frame,
    .on_event = openai_responses_event,
    .classify = openai_error_classify,
    .complete_at_end = openai_responses_complete_at_end,
};
