#include "score/classify.h"

static bool is_empty(const struct reply *reply)
{
    return str_trim(buf_str(&reply->text)).len == 0;
}

static enum outcome judge_text(const struct answer_key *key, const struct reply *reply,
                               const struct mark *mark)
{
    if (is_empty(reply)) {
        return OUTCOME_EMPTY;
    }
    if (mark->nearest_needle != MARK_NO_NEEDLE && (size_t)mark->nearest_needle != key->wanted) {
        return OUTCOME_WRONG_NEEDLE;
    }
    return mark->prefix_found ? OUTCOME_SCORED : OUTCOME_NO_PREFIX;
}

enum outcome classify_outcome(const struct answer_key *key, const struct reply *reply,
                              const struct mark *mark)
{
    switch (reply->end) {
    case REPLY_COMPLETE:
        return judge_text(key, reply, mark);
    case REPLY_CUT: /* without any text it was reasoning that used the limit up */
        return is_empty(reply) ? OUTCOME_EMPTY : OUTCOME_CUT;
    case REPLY_REFUSED:
        return OUTCOME_REFUSED;
    case REPLY_FILTERED:
        return OUTCOME_FILTERED;
    case REPLY_TOO_LONG:
        return OUTCOME_TOO_LONG;
    case REPLY_TIMED_OUT:
        return OUTCOME_TIMEOUT;
    case REPLY_DENIED:
    case REPLY_FAILED:
    case REPLY_CANCELLED:
        return OUTCOME_ENDPOINT_ERROR;
    }
    return OUTCOME_ENDPOINT_ERROR;
}
