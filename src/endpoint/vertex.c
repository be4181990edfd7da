#include "endpoint/vertex.h"

#include "endpoint/protocol.h"

/* A location becomes part of a host name, so it must not be able to end that name. */
static bool is_location(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
            return false;
        }
    }
    return text.len != 0;
}

static void append_host(struct str location, struct buf *out)
{
    if (str_equal(location, STR("global"))) {
        buf_append(out, STR("aiplatform.googleapis.com"));
    } else if (str_equal(location, STR("us")) || str_equal(location, STR("eu"))) {
        buf_appendf(out, "aiplatform.%.*s.rep.googleapis.com", STR_ARG(location));
    } else {
        buf_appendf(out, "%.*s-aiplatform.googleapis.com", STR_ARG(location));
    }
}

int vertex_base_url(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    struct str location = str_from(endpoint->region);
    struct str project = str_from(endpoint->project);

    if (location.len == 0) {
        return err_set(err, ERR_USAGE, "Vertex needs a location, for instance us-east5 or global");
    }
    if (project.len == 0) {
        return err_set(err, ERR_USAGE, "Vertex needs a project of Google Cloud");
    }
    if (!is_location(location)) {
        return err_set(err, ERR_USAGE, "'%s' is not a location of Google Cloud", endpoint->region);
    }
    buf_append(out, STR("https://"));
    append_host(location, out);
    buf_append(out, STR("/v1/projects/"));
    protocol_append_segment(out, project);
    buf_appendf(out, "/locations/%.*s", STR_ARG(location));
    return 0;
}

void vertex_append_path(const struct endpoint *endpoint, const char *publisher, const char *method,
                        struct buf *out)
{
    buf_appendf(out, "/publishers/%s/models/", publisher);
    protocol_append_segment(out, str_from(endpoint->model));
    buf_appendf(out, ":%s", method);
}
