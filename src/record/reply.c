#include "record/reply.h"

static void forget(struct reply *reply)
{
    reply->end = REPLY_FAILED;
    reply->finish_reason[0] = '\0';
    reply->model[0] = '\0';
    reply->request_id[0] = '\0';
    reply->http_status = 0;
    reply->usage = (struct reply_usage){
        .input_tokens = REPLY_TOKENS_UNKNOWN,
        .cached_tokens = REPLY_TOKENS_UNKNOWN,
        .cache_written_tokens = REPLY_TOKENS_UNKNOWN,
        .output_tokens = REPLY_TOKENS_UNKNOWN,
        .reasoning_tokens = REPLY_TOKENS_UNKNOWN,
    };
    reply->timing = (struct reply_timing){-1.0, -1.0, -1.0, -1.0, -1.0, -1.0};
    reply->limit_tokens = REPLY_TOKENS_UNKNOWN;
    reply->counted_tokens = REPLY_TOKENS_UNKNOWN;
    reply->dropped_parameters[0] = '\0';
    reply->error = (struct err){ERR_NONE, ""};
}

void reply_init(struct reply *reply)
{
    buf_init(&reply->text, REPLY_TEXT_BYTES_MAX);
    reply->attempts = 0;
    forget(reply);
}

void reply_release(struct reply *reply)
{
    buf_release(&reply->text);
}

void reply_reset(struct reply *reply)
{
    buf_reset(&reply->text);
    forget(reply);
}

const char *reply_end_name(enum reply_end end)
{
    switch (end) {
    case REPLY_COMPLETE:
        return "complete";
    case REPLY_CUT:
        return "cut";
    case REPLY_REFUSED:
        return "refused";
    case REPLY_FILTERED:
        return "filtered";
    case REPLY_TOO_LONG:
        return "too-long";
    case REPLY_DENIED:
        return "denied";
    case REPLY_TIMED_OUT:
        return "timeout";
    case REPLY_FAILED:
        return "failed";
    case REPLY_CANCELLED:
        return "cancelled";
    }
    return "unknown";
}
