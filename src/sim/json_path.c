#include "sim/json_path.h"

#include <string.h>

/* Stands for '.' and '[' in a key, so that {"a.b": 1} is not taken for {"a": {"b": 1}}. */
enum { NO_SEPARATOR = '?' };

static void extend(struct json_path *path, struct str text)
{
    text = str_take(text, sizeof path->text - path->len);
    if (text.len != 0) {
        memcpy(path->text + path->len, text.p, text.len);
        path->len += text.len;
    }
}

void json_path_key(struct json_path *path, struct str key)
{
    size_t from = 0;

    path->len = path->open[path->depth - 1];
    if (path->len != 0) {
        extend(path, STR("."));
    }
    from = path->len;
    extend(path, key);
    for (size_t i = from; i < path->len; i++) {
        if (path->text[i] == '.' || path->text[i] == '[') {
            path->text[i] = NO_SEPARATOR;
        }
    }
}

void json_path_enter(struct json_path *path, enum json_event event)
{
    if (event == JSON_READ_ARRAY) {
        extend(path, STR("[]"));
    }
    path->open[path->depth++] = path->len;
}

void json_path_leave(struct json_path *path)
{
    path->depth--;
    path->len = path->depth != 0 ? path->open[path->depth - 1] : 0;
}

struct str json_path_str(const struct json_path *path)
{
    return (struct str){path->text, path->len};
}

struct str json_path_container(const struct json_path *path)
{
    return (struct str){path->text, path->open[path->depth - 1]};
}
