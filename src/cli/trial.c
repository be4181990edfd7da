#include "cli/trial.h"

#include "score/classify.h"

#include <math.h>

static int keep_fingerprint(struct arena *arena, struct fingerprint fingerprint, struct str *out,
                            struct err *err)
{
    char hex[FINGERPRINT_HEX + 1];

    fingerprint_hex(fingerprint, hex);
    *out = arena_copy(arena, str_from(hex));
    return out->p != NULL ? 0 : err_memory(err);
}

int trial_set_case(struct result_trial *trial, const struct test_case *test_case,
                   struct arena *arena, struct err *err)
{
    int rc = keep_fingerprint(arena, test_case->measure.fingerprint, &trial->fingerprint, err);

    trial->depth = test_case->depth;
    trial->wanted = (int)test_case->key.wanted;
    trial->prompt_tokens = (int64_t)test_case->measure.tokens;
    trial->answer_tokens = (int64_t)test_case->answer_tokens;
    trial->prompt_bytes = (int64_t)test_case->measure.bytes;
    return rc != 0 ? rc : keep_fingerprint(arena, test_case->haystack, &trial->haystack, err);
}

int trial_set_mark(struct result_trial *trial, const struct grader *grader,
                   const struct answer_key *key, const struct reply *reply, struct err *err)
{
    int rc = grader_mark(grader, key, buf_str(&reply->text), &trial->mark, err);

    if (rc != 0) {
        return rc;
    }
    trial->outcome = classify_outcome(key, reply, &trial->mark);
    if (!outcome_counts(trial->outcome)) {
        trial->mark = (struct mark){.score = (double)NAN,
                                    .lenient = (double)NAN,
                                    .precision = (double)NAN,
                                    .recall = (double)NAN,
                                    .nearest_needle = MARK_NO_NEEDLE};
    }
    return 0;
}
