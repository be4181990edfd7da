#include "cli/gold.h"

#include "cli/recorded_cases.h"
#include "cli/task.h"

#include <stdlib.h>

enum { PATH_BYTES_MAX = 4096 };

/* Excerpts of one result, by case, so that each case is generated once for all models. */
struct span {
    struct excerpt **items;
    size_t count;
    const struct result_plan *plan; /* of the result, with where its cases are */
};

/* What is the same for all results. */
struct filling {
    struct excerpts *excerpts;
    const char *cases;
    struct progress *progress;
    const volatile sig_atomic_t *interrupted;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_cases(const struct result_trial *a, const struct result_trial *b)
{
    int order = compare_numbers(a->length_tokens, b->length_tokens);

    if (order == 0) {
        order = compare_numbers(a->needles, b->needles);
    }
    if (order == 0) {
        order = (a->depth_percent > b->depth_percent) - (a->depth_percent < b->depth_percent);
    }
    if (order == 0) {
        order = compare_numbers(a->sample, b->sample);
    }
    return order != 0 ? order : compare_numbers(a->probe, b->probe);
}

static const struct result_trial *trial_of(const struct excerpt *excerpt)
{
    return &excerpt->result->trials[excerpt->trial_index];
}

static int compare_excerpts(const void *a, const void *b)
{
    return compare_cases(trial_of(*(struct excerpt *const *)a),
                         trial_of(*(struct excerpt *const *)b));
}

static bool has_fingerprint(const struct test_case *test_case, struct str expected)
{
    char fingerprint[FINGERPRINT_HEX + 1];

    fingerprint_hex(test_case->measure.fingerprint, fingerprint);
    return str_equal(str_from(fingerprint), expected);
}

/* The same words for all excerpts from `from` on that have none yet. */
static int refuse(struct excerpts *excerpts, struct span *span, size_t from, size_t until,
                  struct str why, struct err *err)
{
    struct str kept = arena_copy(&excerpts->arena, why);

    for (size_t i = from; i < until; i++) {
        span->items[i]->gold_missing = kept;
    }
    return kept.p != NULL ? 0 : err_memory(err);
}

static int keep_answer(struct excerpts *excerpts, struct span *span, size_t from, size_t until,
                       const struct test_case *test_case, struct err *err)
{
    struct str gold = arena_copy(&excerpts->arena, test_case->key.answer);

    for (size_t i = from; i < until; i++) {
        if (has_fingerprint(test_case, trial_of(span->items[i])->fingerprint)) {
            span->items[i]->gold = gold;
        } else {
            span->items[i]->gold_missing =
                STR("this version and corpus give another prompt than the one that was sent");
        }
    }
    return gold.p != NULL ? 0 : err_memory(err);
}

/* The gold that an excerpt of another result was given for the same prompt of the same task. */
static struct str known_gold(const struct excerpts *excerpts, const struct result_trial *trial)
{
    for (size_t i = 0; i < excerpts->count; i++) {
        const struct result_trial *other = trial_of(&excerpts->items[i]);

        if (excerpts->items[i].gold.p != NULL && str_equal(other->task, trial->task) &&
            str_equal(other->fingerprint, trial->fingerprint)) {
            return excerpts->items[i].gold;
        }
    }
    return (struct str){NULL, 0};
}

static bool fill_from_known(const struct excerpts *excerpts, struct span *span, size_t from,
                            size_t until)
{
    bool all = true;

    for (size_t i = from; i < until; i++) {
        span->items[i]->gold = known_gold(excerpts, trial_of(span->items[i]));
        all = all && span->items[i]->gold.p != NULL;
    }
    return all;
}

/* The excerpts [from, until) are of one case. */
static int fill_case(struct excerpts *excerpts, struct span *span, size_t from, size_t until,
                     const struct task *task, struct err *err)
{
    const struct excerpt *first = span->items[from];
    struct err reason = {ERR_NONE, ""};
    struct test_case *test_case = NULL;
    int rc = 0;

    if (fill_from_known(excerpts, span, from, until)) {
        return 0;
    }
    if (task_open_trial(task, span->plan, trial_of(first), &test_case, &reason) != 0) {
        return refuse(excerpts, span, from, until, str_from(reason.text), err);
    }
    rc = keep_answer(excerpts, span, from, until, test_case, err);
    test_case_free(test_case);
    return rc;
}

static int fill_cases(const struct filling *filling, struct span *span, const struct task *task,
                      struct err *err)
{
    size_t until = 0;
    int rc = 0;

    for (size_t from = 0; rc == 0 && from < span->count; from = until) {
        until = from + 1;
        while (until < span->count &&
               compare_excerpts(&span->items[from], &span->items[until]) == 0) {
            until++;
        }
        rc = fill_case(filling->excerpts, span, from, until, task, err);
        filling->progress->trials_ended += until - from;
        progress_draw(filling->progress, 0, false);
        if (rc == 0 && *filling->interrupted != 0) {
            rc = err_set(err, ERR_INTERRUPTED, "interrupted");
        }
    }
    return rc;
}

/* Tells the plan where its cases are, if they are rows of public data. */
static int find_cases(const struct filling *filling, const struct result *result,
                      struct result_plan *plan, struct buf *path, struct err *err)
{
    int rc = 0;

    if (plan->dataset.name.len == 0) {
        return 0;
    }
    rc = recorded_cases_find(result, filling->cases, path, err);
    plan->dataset.path = path->p;
    return rc;
}

/* `count` excerpts of one result, which are together in the list. */
static int fill_result(const struct filling *filling, struct excerpt *first, size_t count,
                       struct err *err)
{
    struct result_plan plan = first->result->plan;
    struct span span = {
        .items = calloc(count, sizeof(struct excerpt *)), .count = count, .plan = &plan};
    struct err reason = {ERR_NONE, ""};
    struct task task = {0};
    struct buf path;
    int rc = 0;

    if (span.items == NULL) {
        return err_memory(err);
    }
    buf_init(&path, PATH_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        span.items[i] = &first[i];
    }
    qsort(span.items, count, sizeof(struct excerpt *), compare_excerpts);
    if (find_cases(filling, first->result, &plan, &path, &reason) == 0 &&
        task_load(&task, &plan, &reason) == 0) {
        rc = fill_cases(filling, &span, &task, err);
        task_release(&task);
    } else {
        rc = refuse(filling->excerpts, &span, 0, count, str_from(reason.text), err);
    }
    buf_release(&path);
    free(span.items);
    return rc;
}

int gold_fill(struct excerpts *excerpts, const char *cases, struct progress *progress,
              const volatile sig_atomic_t *interrupted, struct err *err)
{
    const struct filling filling = {excerpts, cases, progress, interrupted};
    size_t until = 0;
    int rc = 0;

    progress->noun = "gold answers";
    progress->trials_planned = excerpts->count;
    for (size_t from = 0; rc == 0 && from < excerpts->count; from = until) {
        until = from + 1;
        while (until < excerpts->count &&
               excerpts->items[until].result == excerpts->items[from].result) {
            until++;
        }
        rc = fill_result(&filling, &excerpts->items[from], until - from, err);
    }
    progress_clear(progress);
    return rc;
}
