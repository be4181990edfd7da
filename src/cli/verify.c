#include "cli/verify.h"

#include "base/units.h"
#include "base/utf8.h"
#include "cli/summary.h"
#include "cli/task.h"
#include "cli/trial.h"
#include "record/difference.h"
#include "record/plan.h"

#include <stdlib.h>

enum { TOLD_BYTES_MAX = 1 << 20, FIELD_BYTES_MAX = 4096 };

struct checking {
    const struct result *result; /* as the file has it */
    struct result again;         /* as it should be; the same plan */
    struct trial_slots slots;    /* of again, by plan index */
    size_t *places;              /* plan index of each of result's trials */
    size_t *ranks;               /* by plan index: how many trials before it have ended */
    struct task task;
    const struct grader *grader;
    struct verification *out;
};

void verification_release(struct verification *verification)
{
    buf_release(&verification->told);
}

static void tell(struct checking *checking, const struct result_trial *trial, struct str what)
{
    struct buf *told = &checking->out->told;

    if (checking->out->findings++ >= VERIFY_FINDINGS_MAX) {
        return;
    }
    utf8_append_printable(told, trial->model);
    buf_appendf(told, ", %llu needles, ", (unsigned long long)trial->needles);
    units_append_length(told, trial->length_tokens);
    buf_appendf(told, ", sample %llu, probe %llu", (unsigned long long)trial->sample,
                (unsigned long long)trial->probe);
    if (trial->repeat != 0) {
        buf_appendf(told, ", repeat %llu", (unsigned long long)trial->repeat);
    }
    buf_append(told, STR(": "));
    utf8_append_printable(told, what);
    buf_append_char(told, '\n');
}

static void tell_of_cell(struct checking *checking, const struct result_cell *cell, struct str what)
{
    struct buf *told = &checking->out->told;

    if (checking->out->findings++ >= VERIFY_FINDINGS_MAX) {
        return;
    }
    buf_append(told, STR("summary of "));
    utf8_append_printable(told, cell->model);
    buf_appendf(told, ", %llu needles, ", (unsigned long long)cell->needles);
    units_append_length(told, cell->length_tokens);
    buf_append(told, STR(": "));
    utf8_append_printable(told, what);
    buf_append_char(told, '\n');
}

static int check_versions(const struct checking *checking, struct err *err)
{
    const struct result *result = checking->result;
    const struct generator *generator = checking->task.generator;
    char hash[17];

    (void)snprintf(hash, sizeof hash, "%016llx",
                   (unsigned long long)generator->corpus_hash(checking->task.bank));
    if (!str_equal(result->generator_version, str_from(generator->version))) {
        return err_set(err, ERR_INPUT,
                       "%.*s: its prompts were made by version %.*s of %s; this program has %s",
                       STR_ARG(result->path), STR_ARG(result->generator_version), generator->name,
                       generator->version);
    }
    if (!str_equal(result->corpus_hash, str_from(hash))) {
        return err_set(err, ERR_INPUT, "%.*s: its corpus (%.*s) is not the one that is here (%s)",
                       STR_ARG(result->path), STR_ARG(result->corpus_hash), hash);
    }
    return 0;
}

/* Where each trial belongs in the plan. */
static int place_trials(struct checking *checking, struct err *err)
{
    const struct result *result = checking->result;
    struct trial_slots *slots = &checking->slots;

    slots->count = plan_trial_count(&result->plan);
    slots->trials = calloc(slots->count, sizeof *slots->trials);
    slots->ended = calloc(slots->count, sizeof *slots->ended);
    checking->places = calloc(result->trial_count + 1, sizeof *checking->places);
    checking->ranks = calloc(slots->count, sizeof *checking->ranks);
    if (slots->trials == NULL || slots->ended == NULL || checking->places == NULL ||
        checking->ranks == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < result->trial_count; i++) {
        size_t place = plan_trial_index(&result->plan, &result->trials[i]);

        if (place >= slots->count) {
            return err_set(err, ERR_INPUT, "%.*s: trials[%zu] is not of its plan",
                           STR_ARG(result->path), i);
        }
        if (slots->ended[place]) {
            return err_set(err, ERR_INPUT, "%.*s: trials[%zu] is there twice",
                           STR_ARG(result->path), i);
        }
        slots->trials[place] = result->trials[i];
        slots->ended[place] = true;
        checking->places[i] = place;
    }
    for (size_t i = 1; i < slots->count; i++) {
        checking->ranks[i] = checking->ranks[i - 1] + (slots->ended[i - 1] ? 1 : 0);
    }
    return 0;
}

/* How the reply ended, as far as the outcome tells. */
static enum reply_end end_of(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_SCORED:
    case OUTCOME_WRONG_NEEDLE:
    case OUTCOME_NO_PREFIX:
    case OUTCOME_EMPTY:
    case OUTCOME_TRUNCATED: /* found anew when all trials are known */
        return REPLY_COMPLETE;
    case OUTCOME_CUT:
        return REPLY_CUT;
    case OUTCOME_REFUSED:
        return REPLY_REFUSED;
    case OUTCOME_FILTERED:
        return REPLY_FILTERED;
    case OUTCOME_TOO_LONG:
        return REPLY_TOO_LONG;
    case OUTCOME_TIMEOUT:
        return REPLY_TIMED_OUT;
    case OUTCOME_ENDPOINT_ERROR:
    case OUTCOME_COUNT:
        return REPLY_FAILED;
    }
    return REPLY_FAILED;
}

static int remake_trial(struct checking *checking, struct result_trial *trial,
                        const struct test_case *test_case, struct err *err)
{
    struct reply reply;
    int rc = trial_set_case(trial, test_case, &checking->again.arena, err);

    if (rc != 0) {
        return rc;
    }
    reply_init(&reply);
    reply.end = end_of(trial->outcome);
    buf_append(&reply.text, trial->reply);
    rc = buf_check(&reply.text, "a reply", err);
    if (rc == 0) {
        rc = trial_set_mark(trial, checking->grader, &test_case->key, &reply, err);
    }
    reply_release(&reply);
    return rc;
}

/* The trials of one case follow one another. */
static int remake_case(struct checking *checking, size_t first, struct err *err)
{
    const struct result_plan *plan = &checking->result->plan;
    struct trial_slots *slots = &checking->slots;
    struct test_case *test_case = NULL;
    int rc = 0;

    for (size_t i = first; rc == 0 && i < first + plan_prompt_trials(plan); i++) {
        if (slots->ended[i] && test_case == NULL) {
            rc = task_open_trial(&checking->task, plan, &slots->trials[i], &test_case, err);
            checking->out->prompts++;
        }
        if (rc == 0 && slots->ended[i]) {
            rc = remake_trial(checking, &slots->trials[i], test_case, err);
        }
    }
    test_case_free(test_case);
    return rc;
}

static int compare_trials(struct checking *checking, struct buf *what, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < checking->result->trial_count; i++) {
        const struct result_trial *is = &checking->result->trials[i];
        size_t rank = checking->ranks[checking->places[i]];

        buf_reset(what);
        rc = difference_of_trials(is, &checking->again.trials[rank], what, err);
        if (rc == 0 && what->len != 0) {
            tell(checking, is, buf_str(what));
        }
        checking->out->trials++;
    }
    return rc;
}

static int compare_cells(struct checking *checking, struct buf *what, struct err *err)
{
    const struct result *is = checking->result;
    const struct result *should = &checking->again;
    int rc = 0;

    if (is->cell_count != should->cell_count) {
        return err_set(err, ERR_INPUT, "%.*s: %zu summaries, where its plan has %zu cells",
                       STR_ARG(is->path), is->cell_count, should->cell_count);
    }
    for (size_t i = 0; rc == 0 && i < is->cell_count; i++) {
        buf_reset(what);
        rc = difference_of_cells(&is->cells[i], &should->cells[i], what, err);
        if (rc == 0 && what->len != 0) {
            tell_of_cell(checking, &is->cells[i], buf_str(what));
        }
    }
    return rc;
}

/* What a decided cell did not need is not missing. */
static void count_missing(struct checking *checking, struct result_cell *cell, size_t index)
{
    uint64_t missing = cell->planned - cell->ended;

    if (checking->result->stopping != NULL && index < checking->result->cell_count) {
        uint64_t spared = checking->result->cells[index].spared;

        cell->spared = spared < missing ? spared : missing;
    }
    checking->out->missing += (size_t)(missing - cell->spared);
}

static int check(struct checking *checking, struct progress *progress,
                 const volatile sig_atomic_t *interrupted, struct err *err)
{
    const struct result_plan *plan = &checking->result->plan;
    size_t step = plan_prompt_trials(plan);
    struct buf what;
    int rc = 0;

    progress->trials_planned = checking->slots.count;
    for (size_t i = 0; rc == 0 && i < checking->slots.count; i += step) {
        rc = remake_case(checking, i, err);
        progress->trials_ended += step;
        progress_draw(progress, 0, false);
        if (rc == 0 && *interrupted != 0) {
            rc = err_set(err, ERR_INTERRUPTED, "interrupted");
        }
    }
    progress_clear(progress);
    if (rc == 0) {
        rc = summary_build(&checking->again, &checking->slots, checking->result->stopping != NULL,
                           err);
    }
    for (size_t i = 0; rc == 0 && i < checking->again.cell_count; i++) {
        count_missing(checking, &checking->again.cells[i], i);
    }
    buf_init(&what, FIELD_BYTES_MAX);
    if (rc == 0) {
        rc = compare_trials(checking, &what, err);
    }
    if (rc == 0) {
        rc = compare_cells(checking, &what, err);
    }
    buf_release(&what);
    return rc;
}

int verify_result(const struct result *result, struct progress *progress,
                  const volatile sig_atomic_t *interrupted, struct verification *out,
                  struct err *err)
{
    struct checking checking = {.result = result, .out = out};
    int rc = grader_find(result->plan.grader, &checking.grader, err);

    *out = (struct verification){0};
    buf_init(&out->told, TOLD_BYTES_MAX);
    checking.again.plan = result->plan; /* its lists are borrowed */
    checking.again.shard = result->shard;
    if (rc == 0) {
        rc = place_trials(&checking, err);
    }
    if (rc == 0) {
        rc = task_load(&checking.task, &result->plan, err);
    }
    if (rc == 0) {
        rc = check_versions(&checking, err);
    }
    if (rc == 0) {
        rc = check(&checking, progress, interrupted, err);
    }
    task_release(&checking.task);
    free(checking.slots.trials);
    free(checking.slots.ended);
    free(checking.places);
    free(checking.ranks);
    result_release(&checking.again);
    return rc;
}
