#include "endpoint/retry.h"

#include "endpoint/connection.h"
#include "endpoint/wire_time.h"

#include <math.h>

enum { OVERLOAD_FACTOR = 4 };

enum retry_fault retry_fault_of(CURLcode code)
{
    /* libcurl's list is long and grows; whatever is not named here is a connection that broke. */
    switch ((int)code) {
    case CURLE_OK:
        return RETRY_FAULT_NONE;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT: /* only the connect timer is libcurl's; the others are ours */
        return RETRY_FAULT_UNREACHABLE;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
        return RETRY_FAULT_FINAL;
    default:
        return RETRY_FAULT_BROKEN;
    }
}

/* Decimal seconds of a header; negative when it is not a number. */
static double header_number(struct str text)
{
    struct str_pair parts = str_cut(str_trim(text), '.');
    uint64_t whole = 0;
    uint64_t fraction = 0;

    if (!str_to_u64(parts.head, &whole)) {
        return -1.0;
    }
    if (parts.ok && str_to_u64(str_take(parts.tail, 9), &fraction)) {
        return (double)whole + (double)fraction / pow(10.0, (double)str_take(parts.tail, 9).len);
    }
    return (double)whole;
}

void retry_case_read(struct retry_case *failed, CURL *easy, const struct clock *clock)
{
    failed->retry_after_ms = connection_header(easy, "retry-after-ms");
    failed->retry_after = connection_header(easy, "retry-after");
    failed->should_retry = connection_header(easy, "x-should-retry");
    failed->wall_s =
        wire_time_there_s(connection_header(easy, "date"), clock->wall_s(clock->context));
}

/* Seconds until an HTTP date; negative when it is none or is over. */
static double header_date(struct str text, int64_t wall_s)
{
    int64_t when_s = wire_http_date_s(text);

    return when_s < 0 ? -1.0 : (double)(when_s - wall_s);
}

/* The most precise of what the server said: milliseconds, seconds, a date, its words. A wait of 0
 * says nothing: it would be a busy loop. */
static double asked_wait_s(const struct retry_case *failed)
{
    double wait_s = header_number(failed->retry_after_ms) / 1000.0;

    if (wait_s <= 0.0) {
        wait_s = header_number(failed->retry_after);
    }
    if (wait_s <= 0.0) {
        wait_s = header_date(failed->retry_after, failed->wall_s);
    }
    if (wait_s <= 0.0 && failed->fault == RETRY_FAULT_NONE) {
        wait_s = failed->verdict.wait_s;
    }
    return wait_s > 0.0 ? wait_s : -1.0;
}

/* Would another attempt make sense, however many were made? */
static bool may_help(const struct retry_case *failed)
{
    switch (failed->fault) {
    case RETRY_FAULT_NONE:
        if (str_equal(failed->should_retry, STR("false"))) {
            return false;
        }
        return failed->verdict.retry == PROTOCOL_RETRY_HELPS ||
               failed->verdict.retry == PROTOCOL_RETRY_LATER ||
               (failed->verdict.retry == PROTOCOL_RETRY_IF_ASKED &&
                str_equal(failed->should_retry, STR("true")));
    case RETRY_FAULT_UNREACHABLE:
        return failed->attempts < RETRY_UNREACHABLE_MAX;
    case RETRY_FAULT_BROKEN:
    case RETRY_FAULT_UPLOAD_STALLED:
    case RETRY_FAULT_IDLE:
        return true;
    case RETRY_FAULT_SILENT:
    case RETRY_FAULT_ENDLESS:
    case RETRY_FAULT_FINAL:
        return false;
    }
    return false;
}

struct retry_decision retry_decide(const struct retry_case *failed,
                                   const struct client_limits *limits, struct random *random)
{
    struct retry_decision decision = {.asked_s = asked_wait_s(failed)};

    if (!may_help(failed) || failed->attempts >= limits->attempts_max ||
        decision.asked_s * 1000.0 > (double)limits->pause_max_ms) {
        return decision;
    }
    decision.again = true;
    if (decision.asked_s > 0.0) {
        /* Up to a tenth later, so that requests sent back together do not return together. */
        decision.wait_s = decision.asked_s * (1.0 + 0.1 * random_unit(random));
    } else {
        bool is_overloaded =
            failed->fault == RETRY_FAULT_NONE && failed->verdict.retry == PROTOCOL_RETRY_LATER;
        double base_s =
            (double)limits->pause_base_ms / 1000.0 * (is_overloaded ? OVERLOAD_FACTOR : 1);
        double doubled = ldexp(base_s, (int)failed->attempts - 1);

        decision.wait_s = fmin(doubled, RETRY_PAUSE_MAX_S) * (1.0 - 0.25 * random_unit(random));
    }
    return decision;
}
