#include "record/result.h"

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_SCORED] = "scored",
    [OUTCOME_WRONG_NEEDLE] = "wrong-needle",
    [OUTCOME_NO_PREFIX] = "no-prefix",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_FILTERED] = "filtered",
    [OUTCOME_CUT] = "cut",
    [OUTCOME_EMPTY] = "empty",
    [OUTCOME_TOO_LONG] = "too-long",
    [OUTCOME_TRUNCATED] = "truncated-by-server",
    [OUTCOME_TIMEOUT] = "timeout",
    [OUTCOME_ENDPOINT_ERROR] = "endpoint-error",
};

const char *outcome_name(enum outcome outcome)
{
    return outcome < OUTCOME_COUNT ? outcome_names[outcome] : "unknown";
}

bool outcome_from_name(struct str name, enum outcome *out)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (str_equal(name, str_from(outcome_names[i]))) {
            *out = (enum outcome)i;
            return true;
        }
    }
    return false;
}

bool outcome_counts(enum outcome outcome)
{
    return outcome != OUTCOME_TIMEOUT && outcome != OUTCOME_ENDPOINT_ERROR;
}

bool outcome_is_answer(enum outcome outcome)
{
    return outcome == OUTCOME_SCORED || outcome == OUTCOME_WRONG_NEEDLE ||
           outcome == OUTCOME_NO_PREFIX;
}

bool model_is_simulated(struct str model)
{
    return str_starts(model, STR("sim/"));
}
