/* OpenAI's roles and errors, as both of its protocols and all compatible servers have them. */
#include "sim/wire.h"

const struct request_role openai_roles[] = {
    {"system", ROLE_SYSTEM},       {"developer", ROLE_SYSTEM}, {"user", ROLE_USER},
    {"assistant", ROLE_ASSISTANT}, {NULL, ROLE_USER},
};

#define INVALID "invalid_request_error"

const struct sim_failure_row openai_failures[FAILURE_KINDS] = {
    [FAILURE_INVALID] = {400, INVALID, NULL, "The request is invalid."},
    [FAILURE_URL] = {404, INVALID, "unknown_url", "Unknown request URL."},
    [FAILURE_METHOD] = {405, INVALID, "method_not_supported", "Not allowed."},
    [FAILURE_MODEL] = {404, INVALID, "model_not_found", "The model '{model}' does not exist here."},
    [FAILURE_KEY] = {401, INVALID, "invalid_api_key", "Incorrect API key provided."},
    [FAILURE_QUOTA] = {429, "insufficient_quota", "insufficient_quota",
                       "You exceeded your current quota, please check your plan and billing "
                       "details."},
    [FAILURE_RATE] = {429, "tokens", "rate_limit_exceeded",
                      "Rate limit reached for {model} on tokens per min (TPM): Limit 2000000, "
                      "Used 2000000, Requested {prompt}.{retry}"},
    [FAILURE_TOKENS] = {429, "tokens", "rate_limit_exceeded",
                        "Request too large for {model} on tokens per min (TPM): Limit {window}, "
                        "Requested {prompt}. The input or output tokens must be reduced in order "
                        "to run successfully."},
    [FAILURE_TOO_LONG] = {400, INVALID, "context_length_exceeded",
                          "This model's maximum context length is {window} tokens. However, your "
                          "messages resulted in {prompt} tokens. Please reduce the length of the "
                          "messages."},
    [FAILURE_BODY] = {413, INVALID, "request_too_large", "The body of the request is too large."},
    [FAILURE_UNSUPPORTED] = {400, INVALID, "unsupported_parameter",
                             "Unsupported parameter: '{param}' is not supported with this model."
                             "{instead}"},
    [FAILURE_BLOCKED] = {400, INVALID, "content_filter",
                         "The response was filtered due to the prompt triggering the content "
                         "management policy."},
    [FAILURE_OVERLOADED] = {503, "service_unavailable_error", "server_is_overloaded",
                            "The server is overloaded. Please try again later."},
    [FAILURE_SERVER] = {500, "server_error", NULL,
                        "The server had an error while processing your request."},
};

json_t *openai_error(const struct sim_failure *failure, const struct sim_failure_row *row,
                     const char *message)
{
    return json_pack("{s:{s:s, s:s, s:s?, s:s?}}", "error", "message", message, "type", row->type,
                     "param", failure->param, "code",
                     failure->code != NULL ? failure->code : row->code);
}
