#include "endpoint/failure.h"

#include "base/utf8.h"
#include "endpoint/wire_json.h"
#include "endpoint/wire_time.h"

#include <string.h>

enum { MESSAGE_SHOWN_MAX = 480, CODE_SHOWN_MAX = 64, LINE_BYTES_MAX = 4096 };

struct rule {
    const char *words;
    enum reply_end end;
    enum protocol_retry retry;
};

/* Error codes and types, compared whole, that leave no doubt. */
static const struct rule final_codes[] = {
    {"insufficient_quota", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"credit_balance_exhausted", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"billing_error", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"billing_hard_limit_reached", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"invalid_api_key", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"authentication_error", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"permission_error", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"unsupported_country_region_territory", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"model_not_found", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"not_found_error", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"API_KEY_INVALID", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"UNAUTHENTICATED", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"PERMISSION_DENIED", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"NOT_FOUND", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"FAILED_PRECONDITION", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"unsupported_parameter", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"unsupported_value", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"unknown_parameter", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"context_length_exceeded", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"exceed_context_size_error", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"string_above_max_length", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"request_too_large", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"content_filter", REPLY_FILTERED, PROTOCOL_RETRY_NEVER},
    {"content_policy_violation", REPLY_FILTERED, PROTOCOL_RETRY_NEVER},
    {"invalid_prompt", REPLY_FILTERED, PROTOCOL_RETRY_NEVER},
    /* AWS; "AccessDeniedException" and its like also come inside streams, without a status. */
    {"AccessDeniedException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"ExpiredTokenException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"InvalidSignatureException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"IncompleteSignatureException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"UnrecognizedClientException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"ResourceNotFoundException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"ServiceQuotaExceededException", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {NULL, REPLY_FAILED, PROTOCOL_RETRY_NEVER},
};

/* Phrases anywhere in the words, in small letters; compared without regard to case. */
static const struct rule final_phrases[] = {
    {"maximum context length", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"exceeds the context window", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"exceeds the available context", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"exceeds the maximum number of tokens", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"model only supports up to", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"content filtering policy", REPLY_FILTERED, PROTOCOL_RETRY_NEVER},
    {"payload size exceeds the limit", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"exceed context limit", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"prompt is too long", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"input is too long", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"context_length_exceeded", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    /* Bedrock: its own words, and those of the models behind it. */
    {"too many input tokens", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"expected maxlength", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER},
    {"too many tokens per day", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"model identifier is invalid", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {"with on-demand throughput isn", REPLY_DENIED, PROTOCOL_RETRY_NEVER},
    {NULL, REPLY_FAILED, PROTOCOL_RETRY_NEVER},
};

/* Codes and types of states that pass. They are asked last: "server_error" is also the type under
 * which some servers say that a prompt is too long. */
static const struct rule passing_codes[] = {
    {"rate_limit_exceeded", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"rate_limit_error", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"RESOURCE_EXHAUSTED", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"server_error", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"api_error", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"timeout_error", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"INTERNAL", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"DEADLINE_EXCEEDED", REPLY_FAILED, PROTOCOL_RETRY_HELPS},
    {"slow_down", REPLY_FAILED, PROTOCOL_RETRY_LATER},
    {"server_is_overloaded", REPLY_FAILED, PROTOCOL_RETRY_LATER},
    {"overloaded_error", REPLY_FAILED, PROTOCOL_RETRY_LATER},
    {"UNAVAILABLE", REPLY_FAILED, PROTOCOL_RETRY_LATER},
    {"ServiceUnavailableException", REPLY_FAILED, PROTOCOL_RETRY_LATER},
    {NULL, REPLY_FAILED, PROTOCOL_RETRY_HELPS},
};

/* Codes, and phrases as above, that say: the request holds a parameter it should not hold. A value
 * out of range is not among them: that is for the user to put right. */
static const char *const parameter_codes[] = {"unsupported_parameter", "unsupported_value",
                                              "unknown_parameter", NULL};
static const char *const parameter_phrases[] = {"not supported",
                                                "unsupported",
                                                "does not support",
                                                "deprecated",
                                                "not permitted",
                                                "unrecognized",
                                                "unknown name",
                                                "unknown field",
                                                "unknown parameter",
                                                "cannot find field",
                                                "not allowed",
                                                "unexpected keyword",
                                                NULL};

static bool says(const struct failure *failure, const char *phrase)
{
    struct str words = str_from(phrase);

    return str_find_caseless(failure->message, words) != SIZE_MAX ||
           str_find_caseless(failure->detail, words) != SIZE_MAX;
}

static struct protocol_verdict verdict(enum reply_end end, enum protocol_retry retry)
{
    return (struct protocol_verdict){.end = end, .retry = retry, .wait_s = -1.0};
}

/* An error in a stream may carry the status it would have had as its code. */
static long effective_status(const struct failure *failure)
{
    uint64_t number = 0;

    if (failure->http_status != PROTOCOL_IN_STREAM) {
        return failure->http_status;
    }
    if (failure->stream_status != 0) {
        return failure->stream_status;
    }
    if (str_to_u64(failure->code, &number) && number >= 400 && number <= 599) {
        return (long)number;
    }
    if (str_equal(failure->type, STR("invalid_request_error")) ||
        str_equal(failure->code, STR("INVALID_ARGUMENT")) ||
        str_equal(failure->code, STR("ValidationException"))) {
        return 400;
    }
    return failure->http_status;
}

static struct protocol_verdict judge_status(long status)
{
    switch (status) {
    case 401: /* key */
    case 402: /* money */
    case 403: /* permission */
    case 404: /* no such path or model: the next trial would meet the same */
    case 405:
    case 410:
        return verdict(REPLY_DENIED, PROTOCOL_RETRY_NEVER);
    case 413:
        return verdict(REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER);
    case PROTOCOL_IN_STREAM:
    case 408:
    case 409:
    case 424:
    case 425:
    case 429:
        return verdict(REPLY_FAILED, PROTOCOL_RETRY_HELPS);
    case 503:
    case 529:
        return verdict(REPLY_FAILED, PROTOCOL_RETRY_LATER);
    default:
        return verdict(REPLY_FAILED,
                       status >= 500 ? PROTOCOL_RETRY_HELPS : PROTOCOL_RETRY_IF_ASKED);
    }
}

static const struct rule *find_code(const struct rule *rules, const struct failure *failure)
{
    for (; rules->words != NULL; rules++) {
        struct str words = str_from(rules->words);

        if (str_equal(failure->code, words) || str_equal(failure->type, words) ||
            str_equal(failure->reason, words)) {
            return rules;
        }
    }
    return NULL;
}

static const struct rule *find_final_phrase(const struct failure *failure)
{
    const struct rule *rule = final_phrases;

    while (rule->words != NULL && !says(failure, rule->words)) {
        rule++;
    }
    return rule->words != NULL ? rule : NULL;
}

static struct protocol_verdict judge(const struct failure *failure)
{
    long status = effective_status(failure);
    const struct rule *rule = find_code(final_codes, failure);

    if (rule != NULL) {
        return verdict(rule->end, rule->retry);
    }
    /* Money, or a quota for the day: minutes do not help. */
    if (str_find_caseless(failure->code, STR("spend_limit")) != SIZE_MAX ||
        str_find_caseless(failure->reason, STR("spend_limit")) != SIZE_MAX ||
        str_find_caseless(failure->reason, STR("perday")) != SIZE_MAX) {
        return verdict(REPLY_DENIED, PROTOCOL_RETRY_NEVER);
    }
    if (status == 403 && (says(failure, "moderation") || says(failure, "flagged"))) {
        return verdict(REPLY_FILTERED, PROTOCOL_RETRY_NEVER);
    }
    /* A single request above the limit per minute is refused however long one waits. */
    if (status == 429 && says(failure, "request too large")) {
        return verdict(REPLY_FAILED, PROTOCOL_RETRY_NEVER);
    }
    rule = find_final_phrase(failure);
    if (rule == NULL) {
        rule = find_code(passing_codes, failure);
    }
    return rule != NULL ? verdict(rule->end, rule->retry) : judge_status(status);
}

static bool blames_parameter(const struct failure *failure, const struct protocol_verdict *out)
{
    long status = effective_status(failure);

    if (out->end == REPLY_TOO_LONG || out->end == REPLY_FILTERED) {
        return false;
    }
    for (const char *const *code = parameter_codes; *code != NULL; code++) {
        if (str_equal(failure->code, str_from(*code))) {
            return true;
        }
    }
    for (const char *const *phrase = parameter_phrases; *phrase != NULL; phrase++) {
        if ((status == 400 || status == 422) && says(failure, *phrase)) {
            return true;
        }
    }
    return false;
}

struct protocol_verdict failure_judge(const struct failure *failure)
{
    struct protocol_verdict out = judge(failure);

    out.blames_parameter = blames_parameter(failure, &out);
    out.wait_s = failure->wait_s > 0.0 ? failure->wait_s : failure_wait_s(failure->message);
    if (out.wait_s < 0.0) {
        out.wait_s = failure_wait_s(failure->detail);
    }
    return out;
}

enum err_code failure_err_code(enum reply_end end)
{
    switch (end) {
    case REPLY_DENIED:
        return ERR_ENDPOINT;
    case REPLY_TOO_LONG:
        return ERR_LIMIT;
    case REPLY_CANCELLED:
        return ERR_INTERRUPTED;
    case REPLY_COMPLETE:
    case REPLY_CUT:
    case REPLY_REFUSED:
    case REPLY_FILTERED:
    case REPLY_TIMED_OUT:
    case REPLY_FAILED:
        break;
    }
    return ERR_INCOMPLETE;
}

static void append_shown(struct buf *out, struct str text, size_t bytes_max)
{
    struct str shown = str_take(str_trim(text), bytes_max);

    /* A cut inside a character would show as a replacement character. */
    while (shown.len < str_trim(text).len && shown.len != 0 &&
           ((unsigned char)shown.p[shown.len] & 0xC0U) == 0x80U) {
        shown.len--;
    }
    utf8_append_printable(out, shown);
    if (shown.len < str_trim(text).len) {
        buf_append(out, STR("…"));
    }
}

void failure_describe(const struct failure *failure, enum reply_end end, struct err *out)
{
    struct buf line = {0};
    struct str name = failure->code.len != 0 ? failure->code : failure->type;

    buf_init(&line, LINE_BYTES_MAX);
    if (failure->http_status == PROTOCOL_IN_STREAM) {
        buf_append(&line, STR("error in the stream"));
    } else {
        buf_appendf(&line, "HTTP %ld", failure->http_status);
    }
    if (name.len != 0) {
        buf_append(&line, STR(" ("));
        append_shown(&line, name, CODE_SHOWN_MAX);
        buf_append(&line, STR(")"));
    }
    if (str_trim(failure->message).len != 0) {
        buf_append(&line, STR(": "));
        append_shown(&line, failure->message, MESSAGE_SHOWN_MAX);
    }
    if (str_trim(failure->detail).len != 0) {
        buf_append(&line, STR(": "));
        append_shown(&line, failure->detail, MESSAGE_SHOWN_MAX);
    }
    (void)err_set(out, failure_err_code(end), "%s", line.p != NULL ? line.p : "out of memory");
    buf_release(&line);
}

double failure_wait_s(struct str message)
{
    static const char *const leads[] = {"try again in ", "retry after ", "retry in "};

    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        struct str lead = str_from(leads[i]);
        size_t at = str_find_caseless(message, lead);

        if (at != SIZE_MAX) {
            double wait_s = wire_duration_s(str_skip(message, at + lead.len));

            if (wait_s >= 0.0) {
                return wait_s;
            }
        }
    }
    return -1.0;
}

/* The number after the lead, thousands separated by commas or not; or REPLY_TOKENS_UNKNOWN. */
static int64_t number_after(struct str message, const char *lead)
{
    size_t at = str_find_caseless(message, str_from(lead));
    int64_t number = REPLY_TOKENS_UNKNOWN;

    if (at == SIZE_MAX) {
        return number;
    }
    for (message = str_skip(message, at + strlen(lead)); message.len != 0;
         message = str_skip(message, 1)) {
        char c = message.p[0];

        if (c >= '0' && c <= '9' && number < WIRE_JSON_COUNT_MAX) {
            number = (number < 0 ? 0 : number) * 10 + (c - '0');
        } else if (c != ',' || number < 0) {
            break;
        }
    }
    return number <= WIRE_JSON_COUNT_MAX ? number : REPLY_TOKENS_UNKNOWN;
}

static int64_t first_number(struct str message, const char *const *leads)
{
    int64_t number = REPLY_TOKENS_UNKNOWN;

    for (; *leads != NULL && number < 0; leads++) {
        number = number_after(message, *leads);
    }
    return number;
}

void failure_read_counts(struct str message, int64_t *limit_tokens, int64_t *counted_tokens)
{
    static const char *const limit_leads[] = {"maximum context length is ",
                                              "maximum number of tokens allowed (",
                                              "available context size (",
                                              "model only supports up to ",
                                              " > ",
                                              NULL};
    static const char *const counted_leads[] = {
        "resulted in ",        "request has ",           "you requested ",
        "input token count (", "token count is ",        "too long: ",
        "request (",           "exceed context limit: ", NULL};

    *limit_tokens = first_number(message, limit_leads);
    *counted_tokens = first_number(message, counted_leads);
}

struct protocol_verdict failure_conclude(const struct failure *failure, struct reply *reply)
{
    struct protocol_verdict out = failure_judge(failure);

    failure_describe(failure, out.end, &reply->error);
    if (out.end == REPLY_TOO_LONG) {
        failure_read_counts(failure->message, &reply->limit_tokens, &reply->counted_tokens);
        if (failure->limit_tokens > 0) {
            reply->limit_tokens = failure->limit_tokens;
        }
        if (failure->counted_tokens > 0) {
            reply->counted_tokens = failure->counted_tokens;
        }
    }
    return out;
}
