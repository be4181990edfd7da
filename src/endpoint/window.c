#include "endpoint/window.h"

#include "endpoint/http_job.h"
#include "endpoint/protocol.h"
#include "endpoint/route.h"
#include "record/json_text.h"

#include <jansson.h>
#include <string.h>

enum { WINDOW_URL_MAX = 4096, WINDOW_ATTEMPTS_MAX = 3 };

/* A path may begin with "/..": beside the version that ends the base URL, not below it. */
static void append_base(struct buf *url, struct str base, struct str *path)
{
    while (base.len != 0 && base.p[base.len - 1] == '/') {
        base.len--;
    }
    while (str_starts(*path, STR("/.."))) {
        while (base.len != 0 && base.p[base.len - 1] != '/') {
            base.len--;
        }
        base.len -= base.len != 0 ? 1 : 0;
        *path = str_skip(*path, 3);
    }
    buf_append(url, base);
}

static int build_url(const struct endpoint *endpoint, const char *limits_path, struct buf *url,
                     struct err *err)
{
    static const struct str placeholder = STR_INIT("{model}");
    struct str path = str_from(limits_path);
    size_t at = 0;

    append_base(url, str_from(endpoint->base_url), &path);
    at = str_find(path, placeholder);
    buf_append(url, at == SIZE_MAX ? path : str_take(path, at));
    if (at != SIZE_MAX) {
        protocol_append_segment(url, str_from(endpoint->model));
        buf_append(url, str_skip(path, at + placeholder.len));
    }
    return buf_check(url, "the address", err);
}

/* "a.b" is member b of member a; NULL when there is none. */
static const json_t *find_member(const json_t *object, struct str path)
{
    struct str_pair rest = {.tail = path, .ok = true};

    while (object != NULL && rest.ok) {
        char name[128];

        rest = str_cut(rest.tail, '.');
        if (rest.head.len >= sizeof name) {
            return NULL;
        }
        memcpy(name, rest.head.p, rest.head.len);
        name[rest.head.len] = '\0';
        object = json_object_get(object, name);
    }
    return object;
}

static int64_t find_number(const json_t *object, const char *path)
{
    const json_t *value = path != NULL ? find_member(object, str_from(path)) : NULL;

    return json_is_integer(value) && json_integer_value(value) > 0 ? json_integer_value(value)
                                                                   : CATALOGUE_UNKNOWN;
}

static const json_t *find_model(const json_t *root, const char *list, const char *model)
{
    const json_t *array = list != NULL ? json_object_get(root, list) : NULL;

    if (list == NULL) {
        return root;
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *entry = json_array_get(array, i);
        const char *id = json_string_value(json_object_get(entry, "id"));

        if (id != NULL && strcmp(id, model) == 0) {
            return entry;
        }
    }
    return NULL;
}

static int read_answer(struct str answer, const char *url, const struct endpoint *endpoint,
                       const struct catalogue_limits *limits, struct window *out, struct err *err)
{
    json_t *root = json_text_read(answer, 0, NULL, err);
    const json_t *entry = find_model(root, limits->list, endpoint->model);
    int rc = 0;

    if (root == NULL) {
        rc = err->code == ERR_MEMORY ? ERR_MEMORY
                                     : err_set(err, ERR_INPUT, "%s: the answer is not JSON", url);
    } else if (entry == NULL) {
        rc = err_set(err, ERR_INPUT, "%s: the answer does not name %s", url, endpoint->model);
    } else {
        out->input_tokens = find_number(entry, limits->input_field);
        out->output_tokens = find_number(entry, limits->output_field);
    }
    json_decref(root);
    return rc;
}

int window_ask(const struct endpoint *endpoint, const struct catalogue_limits *limits,
               const struct clock *clock, struct window *out, struct err *err)
{
    struct client_limits patience = client_limits_default;
    struct route route = {0};
    struct buf url;
    struct http_job job = {.method = "GET"};
    int rc = 0;

    if (limits->path == NULL || endpoint->base_url == NULL) {
        return err_set(err, ERR_USAGE, "this provider cannot be asked for its models' limits");
    }
    buf_init(&url, WINDOW_URL_MAX);
    patience.attempts_max = WINDOW_ATTEMPTS_MAX;
    rc = route_init(&route, endpoint, NULL, err);
    if (rc == 0) {
        rc = build_url(endpoint, limits->path, &url, err);
    }
    if (rc == 0) {
        struct http_setting setting = {
            .route = &route,
            .limits = &patience,
            .clock = clock,
            .random = random_stream(clock_ns(clock), STR("endpoint.window"), 0),
        };

        job.url = url.p;
        rc = http_job_run(&setting, &job, err);
    }
    if (rc == 0) {
        rc = read_answer(buf_str(&job.response), url.p, endpoint, limits, out, err);
    }
    http_job_release(&job);
    route_release(&route);
    buf_release(&url);
    return rc;
}
