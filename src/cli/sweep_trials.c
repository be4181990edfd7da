#include "cli/sweep_trials.h"

#include "cli/consent.h"
#include "cli/stopping.h"
#include "cli/trial.h"
#include "record/plan.h"

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

/* What the reply says of itself. */
static int describe_reply(const struct sweep *sweep, const struct sweep_answer *answer,
                          struct result_trial *trial, struct err *err)
{
    const struct reply *reply = answer->reply;
    struct arena *arena = &sweep->result->arena;
    int rc = 0;

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
    trial->longest_gap_ms = reply->timing.longest_gap_ms;
    trial->end_ms = reply->timing.end_ms;
    trial->http_status = (int)reply->http_status;
    trial->attempts = (int)reply->attempts;
    rc = keep_text(arena, str_from(reply->finish_reason), &trial->finish_reason, err);
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

/* It was on its way when its cell was decided. */
static void take_back_spared(const struct sweep *sweep, size_t index, uint64_t tokens)
{
    if (sweep->holds[index] == TRIAL_SPARED) {
        sweep->holds[index] = TRIAL_FREE;
        sweep->progress->trials_planned++;
        sweep->progress->tokens_planned += tokens;
    }
}

int sweep_trial_record(const struct sweep *sweep, const struct sweep_answer *answer,
                       struct result_trial *trial, struct err *err)
{
    int rc = 0;

    plan_trial_at(&sweep->result->plan, answer->index, trial);
    rc = trial_set_case(trial, answer->test_case, &sweep->result->arena, err);
    if (rc == 0) {
        rc = describe_reply(sweep, answer, trial, err);
    }
    if (rc == 0) {
        rc = trial_set_mark(trial, sweep->grader, &answer->test_case->key, answer->reply, err);
    }
    if (rc == 0) {
        rc = journal_append(sweep->journal, trial, err);
    }
    if (rc == 0) {
        sweep->slots->trials[answer->index] = *trial;
        sweep->slots->ended[answer->index] = true;
        take_back_spared(sweep, answer->index, trial->length_tokens);
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

/* What a decided cell has not got is not sent, and what failed of it is not tried again. */
static void spare_decided(const struct sweep *sweep)
{
    struct trial_slots *slots = sweep->slots;

    for (size_t i = 0; i < slots->count; i++) {
        (void)stopping_look(sweep->stopping, i);
    }
    for (size_t i = 0; i < slots->count; i++) {
        bool is_answered = slots->ended[i] && outcome_counts(slots->trials[i].outcome);

        if (!is_answered && sweep->holds[i] == TRIAL_FREE &&
            stopping_is_decided(sweep->stopping, i)) {
            sweep->holds[i] = TRIAL_SPARED;
        }
    }
}

int sweep_trials_begin(const struct sweep *sweep, struct err *err)
{
    struct progress *progress = sweep->progress;

    if (sweep->stopping != NULL) {
        spare_decided(sweep);
    }
    reopen_failed(sweep);
    if (sweep->stopping != NULL) {
        stopping_rewind(sweep->stopping);
    }
    for (size_t i = 0; i < sweep->slots->count; i++) {
        struct result_trial trial = {0};

        if (sweep->holds[i] == TRIAL_ELSEWHERE ||
            (sweep->holds[i] == TRIAL_SPARED && !sweep->slots->ended[i])) {
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
    return consent_ask(sweep, err);
}

bool sweep_trial_is_due(const struct sweep *sweep, size_t index)
{
    return !sweep->slots->ended[index] && sweep->holds[index] == TRIAL_FREE;
}

/* Appends what is due of a sample of a cell: of each depth the haystack's trials. */
static void list_sample(const struct sweep *sweep, struct plan_place place, size_t *indexes,
                        size_t *count)
{
    const struct result_plan *plan = &sweep->result->plan;
    size_t depths = plan->depth_count != 0 ? plan->depth_count : 1;
    size_t trials = plan_haystack_trials(plan);

    for (place.depth = 0; place.depth < depths; place.depth++) {
        size_t first = plan_place_index(plan, &place);

        for (size_t i = first; i < first + trials; i++) {
            if (sweep_trial_is_due(sweep, i)) {
                indexes[(*count)++] = i;
            }
        }
    }
}

/* Sample by sample through all cells, so that each is looked at as early as can be. */
static size_t list_by_samples(const struct sweep *sweep, size_t *indexes)
{
    const struct result_plan *plan = &sweep->result->plan;
    struct plan_place place = {0};
    size_t count = 0;

    for (place.sample = 0; place.sample < plan->samples; place.sample++) {
        for (place.length = 0; place.length < plan->length_count; place.length++) {
            for (place.needles = 0; place.needles < plan->needle_count; place.needles++) {
                if (place.sample < plan_cell_samples(plan, place.length, place.needles)) {
                    list_sample(sweep, place, indexes, &count);
                }
            }
        }
    }
    return count;
}

size_t sweep_trials_due(const struct sweep *sweep, size_t *indexes)
{
    size_t count = 0;

    if (sweep->stopping != NULL) {
        return list_by_samples(sweep, indexes);
    }
    for (size_t i = 0; i < sweep->slots->count; i++) {
        if (sweep_trial_is_due(sweep, i)) {
            indexes[count++] = i;
        }
    }
    return count;
}

bool sweep_trials_decide(const struct sweep *sweep, size_t index)
{
    struct plan_place cell = plan_place_of(&sweep->result->plan, index);

    if (sweep->stopping == NULL || !stopping_look(sweep->stopping, index)) {
        return false;
    }
    for (size_t i = 0; i < sweep->slots->count; i++) {
        struct plan_place place = plan_place_of(&sweep->result->plan, i);

        if (place.length == cell.length && place.needles == cell.needles &&
            sweep_trial_is_due(sweep, i)) {
            sweep->holds[i] = TRIAL_SPARED;
            sweep->progress->trials_planned--;
            sweep->progress->tokens_planned -= sweep->result->plan.lengths[place.length];
        }
    }
    return true;
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
        if (sweep->stopping != NULL && stopping_is_decided(sweep->stopping, i)) {
            continue;
        }
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
