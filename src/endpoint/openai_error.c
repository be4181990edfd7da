#include "endpoint/openai_error.h"

#include "endpoint/failure.h"
#include "endpoint/wire_json.h"

#include <stdio.h>

enum { NUMBER_TEXT_MAX = 24 };

static bool is_given(const json_t *value)
{
    return value != NULL && !json_is_null(value);
}

static const json_t *outermost_object(const json_t *body)
{
    return json_is_array(body) ? json_array_get(body, 0) : body;
}

bool openai_error_is(const json_t *event)
{
    const json_t *outer = outermost_object(event);

    return is_given(json_object_get(outer, "error")) ||
           str_equal(wire_json_string(outer, "object"), STR("error"));
}

/* FastAPI's {"detail":"text"} or {"detail":[{"msg":"text"}]}. */
static struct str detail_text(const json_t *holder)
{
    const json_t *detail = json_object_get(holder, "detail");

    if (json_is_array(detail)) {
        return wire_json_string(json_array_get(detail, 0), "msg");
    }
    return wire_json_text(detail);
}

/* Codes come as words and as numbers (an HTTP status, usually). */
static struct str code_text(const json_t *holder, char number[NUMBER_TEXT_MAX])
{
    const json_t *code = json_object_get(holder, "code");

    if (json_is_integer(code)) {
        int len =
            snprintf(number, NUMBER_TEXT_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(code));

        return (struct str){number, len > 0 ? (size_t)len : 0};
    }
    return wire_json_text(code);
}

/* Where the words are: `error`, the `error` of a response that failed (OpenAI's Responses), or
 * the outermost object. */
static const json_t *find_holder(const json_t *outer)
{
    const json_t *error = json_object_get(outer, "error");
    const json_t *inner = json_object_get(json_object_get(outer, "response"), "error");

    if (json_is_object(error)) {
        return error;
    }
    return json_is_object(inner) ? inner : outer;
}

static struct failure read_failure(long http_status, const json_t *body,
                                   char number[NUMBER_TEXT_MAX])
{
    const json_t *outer = outermost_object(body);
    const json_t *error = json_object_get(outer, "error");
    const json_t *holder = find_holder(outer);
    struct failure failure = {.http_status = http_status};

    failure.message =
        json_is_string(error) ? wire_json_text(error) : wire_json_string(holder, "message");
    if (failure.message.len == 0) {
        failure.message = detail_text(outer);
    }
    failure.detail = wire_json_string(json_object_get(holder, "metadata"), "raw");
    failure.type = wire_json_string(holder, "type");
    failure.code = code_text(holder, number);
    failure.reason = wire_json_string(json_object_get(holder, "details"), "error_code");
    failure.limit_tokens = wire_json_count(holder, "n_ctx", 0);
    failure.counted_tokens = wire_json_count(holder, "n_prompt_tokens", 0);
    return failure;
}

struct protocol_verdict openai_error_classify(const struct protocol_error *error,
                                              struct reply *reply)
{
    char number[NUMBER_TEXT_MAX] = "";
    json_t *json = wire_json_parse(error->body);
    struct failure failure = read_failure(error->http_status, json, number);
    struct protocol_verdict verdict;

    if (failure.message.len == 0) {
        failure.message = error->body;
    }
    verdict = failure_conclude(&failure, reply);
    json_decref(json);
    return verdict;
}
