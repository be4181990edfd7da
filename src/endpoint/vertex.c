#include "endpoint/vertex.h"

#include "endpoint/anthropic.h"
#include "endpoint/gemini.h"
#include "endpoint/google_error.h"
#include "endpoint/openai_error.h"
#include "endpoint/sse.h"

#include <string.h>

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* A location is part of a host name: letters, digits and hyphens. */
static int check_region(const struct endpoint *endpoint, struct err *err)
{
    if (!is_given(endpoint->region)) {
        return err_set(err, ERR_USAGE, "Vertex needs a location, for instance us-east5 or global");
    }
    for (const char *at = endpoint->region; *at != '\0'; at++) {
        if ((*at < 'a' || *at > 'z') && (*at < '0' || *at > '9') && *at != '-') {
            return err_set(err, ERR_USAGE, "'%s' is not a location of Google Cloud",
                           endpoint->region);
        }
    }
    return 0;
}

static int append_base_url(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    const char *region = endpoint->region;
    int rc = check_region(endpoint, err);

    if (rc != 0) {
        return rc;
    }
    if (strcmp(region, "global") == 0) {
        buf_append(out, STR("https://aiplatform.googleapis.com/v1"));
    } else if (strcmp(region, "us") == 0 || strcmp(region, "eu") == 0) {
        buf_appendf(out, "https://aiplatform.%s.rep.googleapis.com/v1", region);
    } else {
        buf_appendf(out, "https://%s-aiplatform.googleapis.com/v1", region);
    }
    return 0;
}

/* `out` holds the base URL, which may name project and location itself. */
static int append_place(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    int rc = 0;

    if (str_find(buf_str(out), STR("/projects/")) != SIZE_MAX) {
        return 0;
    }
    rc = check_region(endpoint, err);
    if (rc == 0 && !is_given(endpoint->project)) {
        rc = err_set(err, ERR_USAGE, "Vertex needs a project of Google Cloud");
    }
    if (rc == 0) {
        buf_append(out, STR("/projects/"));
        protocol_append_segment(out, str_from(endpoint->project));
        buf_appendf(out, "/locations/%s", endpoint->region);
    }
    return rc;
}

static int append_model_path(const struct endpoint *endpoint, const char *publisher,
                             const char *method, struct buf *out, struct err *err)
{
    int rc = append_place(endpoint, out, err);

    if (rc == 0) {
        buf_appendf(out, "/publishers/%s/models/", publisher);
        protocol_append_segment(out, str_from(endpoint->model));
        buf_append(out, str_from(method));
    }
    return rc;
}

static int append_gemini_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    return append_model_path(endpoint, "google", ":streamGenerateContent?alt=sse", out, err);
}

static int append_anthropic_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    return append_model_path(endpoint, "anthropic", ":streamRawPredict", out, err);
}

/* The model is in the path, and the version, a header elsewhere, in the body. */
static int build_anthropic_frame(const struct endpoint *endpoint, struct request_json *request,
                                 struct body_frame *out, struct err *err)
{
    request_json_own(request, "anthropic_version", "\"vertex-2023-10-16\"");
    request_json_own(request, "stream", "true");
    return anthropic_frame_messages(endpoint, request, out, err);
}

/* Claude's own errors, and those of Google's gate before it. */
static struct protocol_verdict classify_anthropic(const struct protocol_error *error,
                                                  struct reply *reply)
{
    return str_find(error->body, STR("\"status\"")) != SIZE_MAX
               ? google_error_classify(error, reply)
               : openai_error_classify(error, reply);
}

const struct protocol vertex_gemini = {
    .name = "vertex-gemini",
    .framing = &sse_framing,
    .auth = QUIRK_AUTH_BEARER,
    .base_url = append_base_url,
    .path = append_gemini_path,
    .frame = gemini_frame,
    .on_event = gemini_event,
    .classify = google_error_classify,
    .complete_at_end = gemini_complete_at_end,
};

const struct protocol vertex_anthropic = {
    .name = "vertex-anthropic",
    .framing = &sse_framing,
    .request_id_header = "request-id",
    .auth = QUIRK_AUTH_BEARER,
    .base_url = append_base_url,
    .path = append_anthropic_path,
    .frame = build_anthropic_frame,
    .on_event = anthropic_event,
    .classify = classify_anthropic,
    .complete_at_end = anthropic_complete_at_end,
};
