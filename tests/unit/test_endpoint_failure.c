/* Errors in the words of real servers, and what each means for the trial. */
#include "suite.h"

#include "endpoint/failure.h"
#include "endpoint/openai_error.h"

#include <math.h>
#include <string.h>

struct error_case {
    long http_status;
    const char *body;
    enum reply_end end;
    enum protocol_retry retry;
    double wait_s;
    const char *says; /* a part of the line shown */
};

static const struct error_case cases[] = {
    {401,
     "{\"error\":{\"message\":\"Incorrect API key provided: sk-1***2.\",\"type\":"
     "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "HTTP 401 (invalid_api_key): Incorrect API key"},
    {403,
     "{\"error\":{\"message\":\"Country not supported\",\"code\":"
     "\"unsupported_country_region_territory\"}}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "Country not supported"},
    {402, "{\"error\":{\"code\":402,\"message\":\"Insufficient credits\"}}", REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, -1, "HTTP 402 (402): Insufficient credits"},
    {429,
     "{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":"
     "\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "insufficient_quota"},
    {403, "{\"error\":{\"code\":403,\"message\":\"Input flagged by moderation\"}}", REPLY_FILTERED,
     PROTOCOL_RETRY_NEVER, -1, "flagged"},
    {404, "{\"error\":{\"message\":\"The model does not exist\",\"code\":\"model_not_found\"}}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "does not exist"},
    {400,
     "{\"error\":{\"message\":\"This model's maximum context length is 1047576 tokens. "
     "However, your messages resulted in 1100000 tokens.\",\"type\":\"invalid_request_error\","
     "\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "resulted in 1100000 tokens"},
    {400,
     "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens. However, "
     "your request has 9000 input tokens.\",\"type\":\"BadRequestError\",\"param\":null,"
     "\"code\":400}}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "9000 input tokens"},
    {400,
     "{\"error\":{\"code\":400,\"message\":\"request (13392 tokens) exceeds the available "
     "context size (8192 tokens), try increasing it\",\"type\":\"exceed_context_size_error\","
     "\"n_prompt_tokens\":13392,\"n_ctx\":8192}}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "13392 tokens"},
    {400,
     "{\"object\":\"error\",\"message\":\"This model's maximum context length is 4096\","
     "\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "4096"},
    {500,
     "{\"error\":{\"message\":\"Your input exceeds the context window of this model.\","
     "\"type\":\"server_error\"}}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "context window"},
    {413, "<html>413 Request Entity Too Large</html>", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1,
     "HTTP 413: <html>413"},
    {429,
     "{\"error\":{\"message\":\"Request too large for gpt-4.1 in organization org-x on tokens "
     "per min (TPM): Limit 30000, Requested 56336.\",\"type\":\"tokens\",\"code\":"
     "\"rate_limit_exceeded\"}}",
     REPLY_FAILED, PROTOCOL_RETRY_NEVER, -1, "Limit 30000, Requested 56336"},
    {429,
     "{\"error\":{\"message\":\"Rate limit reached. Please try again in 11.054s.\",\"type\":"
     "\"tokens\",\"code\":\"rate_limit_exceeded\"}}",
     REPLY_FAILED, PROTOCOL_RETRY_HELPS, 11.054, "Rate limit reached"},
    {200,
     "{\"error\":{\"message\":\"Rate limit reached. Please try again in 6m0s\",\"code\":"
     "\"rate_limit_exceeded\"}}",
     REPLY_FAILED, PROTOCOL_RETRY_HELPS, 360, "error in the stream (rate_limit_exceeded)"},
    {200,
     "{\"error\":{\"code\":502,\"message\":\"Provider returned error\",\"metadata\":{\"raw\":"
     "\"upstream connect error\"}}}",
     REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, "Provider returned error: upstream connect error"},
    {200, "{\"error\":{\"code\":401,\"message\":\"No auth\"}}", REPLY_DENIED, PROTOCOL_RETRY_NEVER,
     -1, "No auth"},
    {200, "{\"error\":{\"message\":\"boom\"}}", REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, "boom"},
    {400,
     "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens'\",\"param\":\"max_tokens\","
     "\"code\":\"unsupported_parameter\"}}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "unsupported_parameter"},
    {400, "{\"error\":{\"message\":\"The response was filtered\",\"code\":\"content_filter\"}}",
     REPLY_FILTERED, PROTOCOL_RETRY_NEVER, -1, "filtered"},
    {400, "{\"error\":\"something\",\"code\":\"invalid-argument\"}", REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, -1, "HTTP 400 (invalid-argument): something"},
    {422, "{\"detail\":[{\"loc\":[\"body\",\"model\"],\"msg\":\"field required\"}]}", REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, -1, "HTTP 422: field required"},
    {422, "{\"detail\":\"no such thing\"}", REPLY_FAILED, PROTOCOL_RETRY_IF_ASKED, -1,
     "HTTP 422: no such thing"},
    {400, "[{\"error\":{\"code\":400,\"message\":\"in a list\"}}]", REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, -1, "HTTP 400 (400): in a list"},
    {503, "{\"error\":{\"message\":\"Loading model\",\"type\":\"unavailable_error\",\"code\":503}}",
     REPLY_FAILED, PROTOCOL_RETRY_LATER, -1, "Loading model"},
    {529, "", REPLY_FAILED, PROTOCOL_RETRY_LATER, -1, "HTTP 529"},
    {502, "<html>\r\n<head><title>502 Bad Gateway</title></head>", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, -1, "HTTP 502: <html>  <head><title>502 Bad"},
    {408, "{}", REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, "HTTP 408: {}"},
    {418, "tea\x1B[31m\x07pot", REPLY_FAILED, PROTOCOL_RETRY_IF_ASKED, -1,
     "HTTP 418: tea\xEF\xBF\xBD[31m\xEF\xBF\xBDpot"},
};

START_TEST(an_error_means_what_its_words_say)
{
    const struct error_case *wanted = &cases[_i];
    struct protocol_error error = {.http_status = wanted->http_status,
                                   .body = str_from(wanted->body)};
    struct reply reply;
    struct protocol_verdict verdict;

    reply_init(&reply);
    verdict = openai_error_classify(&error, &reply);
    ck_assert_msg(verdict.end == wanted->end, "%s: %s", wanted->body, reply_end_name(verdict.end));
    ck_assert_msg(verdict.retry == wanted->retry, "%s: %d", wanted->body, (int)verdict.retry);
    ck_assert_msg(fabs(verdict.wait_s - wanted->wait_s) < 1e-9, "%s: %f", wanted->body,
                  verdict.wait_s);
    ck_assert_msg(strstr(reply.error.text, wanted->says) != NULL, "%s", reply.error.text);
    ck_assert_msg(strchr(reply.error.text, '\n') == NULL, "%s", reply.error.text);
    reply_release(&reply);
}

START_TEST(a_wait_is_read_from_words_in_any_unit)
{
    static const struct {
        const char *words;
        double wait_s;
    } waits[] = {
        {"Please try again in 20ms.", 0.02},
        {"please TRY AGAIN IN 1.5s", 1.5},
        {"try again in 6m0s", 360},
        {"try again in 1h2m3.5s.", 3723.5},
        {"Please retry after 20 seconds.", 20},
        {"retry after 2 minutes", 120},
        {"retry after 7", 7},
        {"try again in 250 milliseconds", 0.25},
        {"try again in 3 fortnights", -1},
        {"try again in a moment", -1},
        {"try again later", -1},
        {"", -1},
    };

    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        double wait_s = failure_wait_s(str_from(waits[i].words));

        ck_assert_msg(fabs(wait_s - waits[i].wait_s) < 1e-9, "%s: %f", waits[i].words, wait_s);
    }
}

START_TEST(a_long_message_is_cut_between_characters)
{
    char message[4096];
    struct failure failure = {.http_status = 500};
    struct err err;

    for (size_t i = 0; i + 2 < sizeof message; i += 2) {
        memcpy(message + i, "\xC3\xA9", 2);
    }
    failure.message = (struct str){message, sizeof message - 2};
    failure_describe(&failure, REPLY_FAILED, &err);
    ck_assert_uint_lt(strlen(err.text), 600);
    ck_assert_ptr_null(strstr(err.text, "\xEF\xBF\xBD"));
    ck_assert_ptr_nonnull(strstr(err.text, "\xE2\x80\xA6")); /* an ellipsis says so */
}

int main(void)
{
    Suite *suite = suite_create("endpoint_failure");
    TCase *tests = suite_case(suite, "failure");

    tcase_add_loop_test(tests, an_error_means_what_its_words_say, 0,
                        (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, a_wait_is_read_from_words_in_any_unit);
    tcase_add_test(tests, a_long_message_is_cut_between_characters);
    return suite_run(suite);
}
