#include "endpoint/google_error.h"

#include "endpoint/failure.h"
#include "endpoint/wire_json.h"
#include "endpoint/wire_time.h"

static const json_t *error_of(const json_t *object)
{
    const json_t *error = json_object_get(object, "error");

    return json_is_null(error) ? NULL : error;
}

const json_t *google_error_find(const json_t *body)
{
    const json_t *error = error_of(body);

    for (size_t i = 0; error == NULL && i < json_array_size(body); i++) {
        error = error_of(json_array_get(body, i));
    }
    return error;
}

bool google_error_is(struct str body)
{
    json_t *json = wire_json_parse(body);
    bool is_google = wire_json_string(google_error_find(json), "status").len != 0;

    json_decref(json);
    return is_google;
}

/* A quota for the day counts for more than one for the minute that failed with it. */
static void take_violations(const json_t *violations, struct failure *failure)
{
    for (size_t i = 0; i < json_array_size(violations); i++) {
        struct str quota = wire_json_string(json_array_get(violations, i), "quotaId");

        if (failure->detail.len == 0 || str_contains(quota, STR("PerDay"))) {
            failure->reason = quota;
            failure->detail = quota;
        }
    }
}

static void take_detail(const json_t *detail, struct failure *failure)
{
    struct str type = wire_json_string(detail, "@type");

    if (str_ends(type, STR("google.rpc.RetryInfo"))) {
        failure->wait_s = wire_duration_s(wire_json_string(detail, "retryDelay"));
    } else if (str_ends(type, STR("google.rpc.QuotaFailure"))) {
        take_violations(json_object_get(detail, "violations"), failure);
    } else if (str_ends(type, STR("google.rpc.ErrorInfo")) && failure->reason.len == 0) {
        failure->reason = wire_json_string(detail, "reason");
    }
}

static struct failure read_failure(long http_status, const json_t *body)
{
    const json_t *error = google_error_find(body);
    const json_t *details = json_object_get(error, "details");
    int64_t status = wire_json_count(error, "code", 0);
    struct failure failure = {
        .http_status = http_status,
        .code = wire_json_string(error, "status"),
        .message =
            json_is_string(error) ? wire_json_text(error) : wire_json_string(error, "message"),
    };

    if (http_status == PROTOCOL_IN_STREAM && status >= 400 && status <= 599) {
        failure.stream_status = (long)status;
    }
    for (size_t i = 0; i < json_array_size(details); i++) {
        take_detail(json_array_get(details, i), &failure);
    }
    return failure;
}

struct protocol_verdict google_error_classify(const struct protocol_error *error,
                                              struct reply *reply)
{
    json_t *json = wire_json_parse(error->body);
    struct failure failure = read_failure(error->http_status, json);
    struct protocol_verdict verdict;

    if (failure.message.len == 0) {
        failure.message = error->body;
    }
    verdict = failure_conclude(&failure, reply);
    json_decref(json);
    return verdict;
}
