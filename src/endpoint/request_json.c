#include "endpoint/request_json.h"

#include "base/utf8.h"
#include "prompt/body.h"

#include <jansson.h>
#include <stdbool.h>

int request_json_append_string(struct buf *out, struct str text, const char *what, struct err *err)
{
    if (utf8_invalid_at(text) != SIZE_MAX) {
        return err_set(err, ERR_USAGE, "%s is not UTF-8", what);
    }
    buf_append_char(out, '"');
    json_append_escaped(out, text);
    buf_append_char(out, '"');
    return 0;
}

static bool is_json(struct str text)
{
    json_t *value =
        text.len != 0 ? json_loadb(text.p, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    bool valid = value != NULL;

    json_decref(value);
    return valid;
}

static bool is_taken(const char *const *taken, struct str name)
{
    for (; *taken != NULL; taken++) {
        if (str_equal(str_from(*taken), name)) {
            return true;
        }
    }
    return false;
}

static bool is_repeated(const char *const *parameters, const char *const *last, struct str name)
{
    for (; parameters != last; parameters++) {
        if (str_equal(str_cut(str_from(*parameters), '=').head, name)) {
            return true;
        }
    }
    return false;
}

int request_json_append_parameters(struct buf *out, const char *const *parameters,
                                   const char *const *taken, struct err *err)
{
    for (const char *const *at = parameters; at != NULL && *at != NULL; at++) {
        struct str_pair parameter = str_cut(str_from(*at), '=');
        int rc = 0;

        if (!parameter.ok || parameter.head.len == 0) {
            return err_set(err, ERR_USAGE, "parameter '%s' is not NAME=JSON", *at);
        }
        if (is_taken(taken, parameter.head)) {
            return err_set(err, ERR_USAGE, "parameter '%.*s' is set by the program itself",
                           STR_ARG(parameter.head));
        }
        if (is_repeated(parameters, at, parameter.head)) {
            return err_set(err, ERR_USAGE, "parameter '%.*s' is given twice",
                           STR_ARG(parameter.head));
        }
        if (!is_json(parameter.tail)) {
            return err_set(err, ERR_USAGE,
                           "parameter '%s': what follows the '=' is not JSON (a text needs its "
                           "quotes)",
                           *at);
        }
        buf_append_char(out, ',');
        rc = request_json_append_string(out, parameter.head, "the name of a parameter", err);
        if (rc != 0) {
            return rc;
        }
        buf_append_char(out, ':');
        buf_append(out, parameter.tail);
    }
    return 0;
}
