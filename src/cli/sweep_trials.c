#include "cli/sweep_trials.h"

#include "record/plan.h"
#include "score/classify.h"

#include <math.h>

static int keep_text(struct arena *arena, struct str text, struct str *out, struct err *err)
{
    *out = arena_copy(arena, text);
    return out->p != NULL ? 0 : err_memory(err);
}

static struct price_terms terms_of(const struct sweep *sweep)
{
    return (struct price_terms){
        .is_batch = sweep->is_batch,
        .hour_utc = (int)(sweep->clock->wall_s(sweep->clock->context) / 3600 % 24),
    };
}

static int64_t saved_by_cache(const struct sweep *sweep, const struct sweep_answer *answer)
{
    const struct model *model = &sweep->models->models[answer->index % sweep->models->count];
    const struct price_terms terms = terms_of(sweep);

    return model->has_price ? price_cache_saved(&model->price, &answer->reply->usage, &terms)
                            : PRICE_UNKNOWN;
}

/* Everything about the trial but its mark. */
static int describe(const struct sweep *sweep, const struct sweep_answer *answer,
                    struct result_trial *trial, struct err *err)
{
    const struct test_case *test_case = answer->test_case;
    const struct reply *reply = answer->reply;
    struct arena *arena = &sweep->result->arena;
    char fingerprint[FINGERPRINT_HEX + 1];
    char haystack[FINGERPRINT_HEX + 1];
    int rc = 0;

    plan_trial_at(&sweep->result->plan, answer->index, trial);
    trial->depth = test_case->depth;
    trial->wanted = (int)test_case->key.wanted;
    trial->prompt_tokens = (int64_t)test_case->measure.tokens;
    trial->answer_tokens = (int64_t)test_case->answer_tokens;
    trial->prompt_bytes = (int64_t)test_case->measure.bytes;
    trial->input_tokens = reply->usage.input_tokens;
    trial->cached_tokens = reply->usage.cached_tokens;
    trial->cache_written_tokens = reply->usage.cache_written_tokens;
    trial->output_tokens = reply->usage.output_tokens;
    trial->reasoning_tokens = reply->usage.reasoning_tokens;
    trial->cost_picodollars = answer->cost;
    trial->cache_saved_picodollars = saved_by_cache(sweep, answer);
    trial->limit_tokens = reply->limit_tokens;
    trial->counted_tokens = reply->counted_tokens;
    trial->upload_end_ms = reply->timing.upload_end_ms;
    trial->first_byte_ms = reply->timing.first_byte_ms;
    trial->first_reasoning_ms = reply->timing.first_reasoning_ms;
    trial->first_text_ms = reply->timing.first_text_ms;
    trial->end_ms = reply->timing.end_ms;
    trial->http_status = (int)reply->http_status;
    trial->attempts = (int)reply->attempts;
    fingerprint_hex(test_case->measure.fingerprint, fingerprint);
    fingerprint_hex(test_case->haystack, haystack);
    rc = keep_text(arena, str_from(fingerprint), &trial->fingerprint, err);
    if (rc == 0) {
        rc = keep_text(arena, str_from(haystack), &trial->haystack, err);
    }
    if (rc == 0) {
        rc = keep_text(arena, str_from(reply->finish_reason), &trial->finish_reason, err);
    }
    if (rc == 0) {
        rc = keep_text(arena, str_from(reply->model), &trial->served_model, err);
    }
    if (rc == 0) {
        rc = keep_text(arena, str_from(reply->request_id), &trial->request_id, err);
    }
    if (rc == 0) {
        rc = keep_text(arena, str_from(reply->dropped_parameters), &trial->dropped_parameters, err);
    }
    if (rc == 0) {
        rc = keep_text(arena, str_from(reply->error.text), &trial->error, err);
    }
    if (rc == 0) {
        rc = keep_text(arena, buf_str(&reply->text), &trial->reply, err);
    }
    return rc;
}

static int grade(const struct sweep *sweep, const struct sweep_answer *answer,
                 struct result_trial *trial, struct err *err)
{
    const struct answer_key *key = &answer->test_case->key;
    int rc = grader_mark(sweep->grader, key, buf_str(&answer->reply->text), &trial->mark, err);

    if (rc != 0) {
        return rc;
    }
    trial->outcome = classify_outcome(key, answer->reply, &trial->mark);
    if (!outcome_counts(trial->outcome)) {
        trial->mark = (struct mark){.score = (double)NAN,
                                    .lenient = (double)NAN,
                                    .precision = (double)NAN,
                                    .recall = (double)NAN,
                                    .nearest_needle = MARK_NO_NEEDLE};
    }
    return 0;
}

static void count(struct progress *progress, const struct result_trial *trial)
{
    progress->trials_ended++;
    if (outcome_counts(trial->outcome)) {
        progress->trials_counted++;
        progress->score_sum += trial->mark.score;
    } else {
        progress->trials_failed++;
    }
}

int sweep_trial_record(const struct sweep *sweep, const struct sweep_answer *answer,
                       struct result_trial *trial, struct err *err)
{
    int rc = describe(sweep, answer, trial, err);

    if (rc == 0) {
        rc = grade(sweep, answer, trial, err);
    }
    if (rc == 0) {
        rc = journal_append(sweep->journal, trial, err);
    }
    if (rc == 0) {
        sweep->slots->trials[answer->index] = *trial;
        sweep->slots->ended[answer->index] = true;
        count(sweep->progress, trial);
        sweep->progress->tokens_ended += trial->length_tokens;
    }
    return rc;
}

/* Failed trials of an earlier run are tried again; what they ended with stays in the journal. */
static void reopen_failed(const struct sweep *sweep)
{
    struct trial_slots *slots = sweep->slots;

    for (size_t i = 0; i < slots->count; i++) {
        bool may_be_sent = sweep->holds[i] == TRIAL_FREE || sweep->holds[i] == TRIAL_BATCHED;

        if (slots->ended[i] && !outcome_counts(slots->trials[i].outcome) && may_be_sent) {
            slots->ended[i] = false;
        }
    }
}

void sweep_trials_begin(const struct sweep *sweep)
{
    struct progress *progress = sweep->progress;

    reopen_failed(sweep);
    for (size_t i = 0; i < sweep->slots->count; i++) {
        struct result_trial trial = {0};

        if (sweep->holds[i] == TRIAL_ELSEWHERE) {
            continue;
        }
        progress->trials_planned++;
        if (sweep->slots->ended[i]) {
            count(progress, &sweep->slots->trials[i]);
        } else if (sweep->holds[i] != TRIAL_UNKNOWN) {
            plan_trial_at(&sweep->result->plan, i, &trial);
            progress->tokens_planned += trial.length_tokens;
        }
    }
}

bool sweep_trial_is_due(const struct sweep *sweep, size_t index)
{
    return !sweep->slots->ended[index] && sweep->holds[index] == TRIAL_FREE;
}

int64_t sweep_trial_cost(const struct sweep *sweep, size_t index, const struct reply *reply)
{
    const struct model *model = &sweep->models->models[index % sweep->models->count];
    const struct price_terms terms = terms_of(sweep);

    return model->has_price ? price_cost(&model->price, &reply->usage, &terms) : PRICE_UNKNOWN;
}

struct tally {
    size_t planned;
    size_t missing; /* not sent, or without an outcome */
    size_t failed;
    size_t unknown;
};

static struct tally tally_trials(const struct sweep *sweep)
{
    const struct trial_slots *slots = sweep->slots;
    struct tally tally = {0};

    for (size_t i = 0; i < slots->count; i++) {
        if (sweep->holds[i] == TRIAL_ELSEWHERE) {
            continue;
        }
        tally.planned++;
        if (sweep->holds[i] == TRIAL_UNKNOWN) {
            tally.unknown++;
        } else if (!slots->ended[i]) {
            tally.missing++;
        } else if (!outcome_counts(slots->trials[i].outcome)) {
            tally.failed++;
        }
    }
    return tally;
}

int sweep_trials_verdict(const struct sweep *sweep, bool is_capped, struct err *err)
{
    struct tally tally = tally_trials(sweep);

    if (is_capped) {
        return err_set(err, ERR_INCOMPLETE,
                       "the cap on cost is reached: %zu of %zu trials were not sent; go on with a "
                       "higher --max-cost",
                       tally.missing, tally.planned);
    }
    if (tally.missing + tally.failed != 0) {
        return err_set(err, ERR_INCOMPLETE, "%zu of %zu trials have no answer",
                       tally.missing + tally.failed + tally.unknown, tally.planned);
    }
    if (tally.unknown != 0) {
        return err_set(err, ERR_INCOMPLETE,
                       "%zu of %zu trials were not sent again, since they may have been paid for; "
                       "--retry-unknown sends them",
                       tally.unknown, tally.planned);
    }
    return 0;
}
