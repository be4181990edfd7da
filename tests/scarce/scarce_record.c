/* The journal and the result without memory: nothing torn, and what was taken stays. */
#include "folder.h"
#include "scarce.h"
#include "suite.h"

#include "base/file.h"
#include "record/journal.h"
#include "record/plan.h"
#include "record/same_sweep.h"

enum { TRIALS = 2 };

static struct folder folder;
static char path[sizeof folder.file];
static struct err err;

static struct str models[] = {{"sim/perfect", 11}, {"openai/gpt-5.5", 14}};
static struct str options[] = {{"depth=3", 7}};
static uint64_t needles[] = {2};
static uint64_t lengths[] = {8192};
static struct result_pair pair = {.first = STR_INIT("sim/perfect"),
                                  .second = STR_INIT("openai/gpt-5.5"),
                                  .verdict = RESULT_FIRST_BETTER,
                                  .samples = 4,
                                  .difference = -0.5,
                                  .low = -0.9,
                                  .high = -0.1};
static struct result_decision decision = {.needles = 2,
                                          .length_tokens = 8192,
                                          .is_decided = true,
                                          .samples = 4,
                                          .samples_planned = 4,
                                          .pairs = &pair,
                                          .pair_count = 1};
static struct result_stopping stopping = {
    .error_rate = 0.05, .spared_picodollars = -1, .decisions = &decision, .decision_count = 1};
static struct result_endpoint endpoints[] = {{.model = STR_INIT("sim/perfect"),
                                              .protocol = STR_INIT("openai-chat"),
                                              .price_as_of = STR_INIT("")},
                                             {.model = STR_INIT("openai/gpt-5.5"),
                                              .protocol = STR_INIT("openai-chat"),
                                              .price_as_of = STR_INIT("")}};

static void set_up(void)
{
    folder_make(&folder);
    (void)snprintf(path, sizeof path, "%s", folder_file(&folder, "r.json"));
}

static void tear_down(void)
{
    folder_remove(&folder);
}

static struct result sample_result(void)
{
    return (struct result){
        .program_version = STR("0.1.0"),
        .created = STR("2026-11-22T14:04:18Z"),
        .generator_version = STR("1"),
        .corpus_hash = STR("0123456789abcdef"),
        .simulated = true,
        .plan = {.models = models,
                 .model_count = 2,
                 .task = STR("mrcr"),
                 .grader = STR("openai-mrcr"),
                 .needles = needles,
                 .needle_count = 1,
                 .lengths = lengths,
                 .length_count = 1,
                 .samples = TRIALS / 2,
                 .seed = 7,
                 .task_options = options,
                 .task_option_count = 1},
        .endpoints = endpoints,
        .endpoint_count = 2,
        .stopping = &stopping,
    };
}

static struct result_trial trial_at(const struct result_plan *plan, size_t index)
{
    struct result_trial trial = {
        .fingerprint = STR("00112233445566778899aabbccddeeff"),
        .outcome = OUTCOME_SCORED,
        .mark = {.score = 0.125 * (double)index, .nearest_needle = -1},
        .depth_percent = CASE_DEPTH_BY_DESIGN,
        .cost_picodollars = 1000,
        .attempts = 1,
        .finish_reason = STR("stop"),
        .reply = STR("line\n\"two\" \xF0\x9F\x90\xA6 </script>"),
    };

    plan_trial_at(plan, index, &trial);
    return trial;
}

/* A whole result in a file; `trials` has room for TRIALS. */
static struct result fill_result(struct result_trial *trials, struct result_cell *cell)
{
    struct result result = sample_result();

    for (size_t i = 0; i < TRIALS; i++) {
        trials[i] = trial_at(&result.plan, i);
    }
    *cell = (struct result_cell){
        .model = models[0], .task = STR("mrcr"), .needles = 2, .length_tokens = 8192};
    result.trials = trials;
    result.trial_count = TRIALS;
    result.cells = cell;
    result.cell_count = 1;
    return result;
}

static int save(void *context, struct err *error)
{
    return result_save(context, path, error);
}

static void check_saved(void *context, int rc)
{
    struct buf text;

    (void)context;
    buf_init(&text, 1U << 20);
    ck_assert_int_eq(file_read(path, &text, &err), 0);
    ck_assert(rc == 0 ? text.len > 1000 && text.p[text.len - 1] == '\n'
                      : str_equal(buf_str(&text), STR("old")));
    buf_release(&text);
    folder_write(&folder, "r.json", STR("old"));
}

START_TEST(a_result_is_saved_whole_or_the_old_one_stays)
{
    struct result_trial trials[TRIALS];
    struct result_cell cell;
    struct result result = fill_result(trials, &cell);

    folder_write(&folder, "r.json", STR("old"));
    scarce_try(&(struct scarce_work){
        .name = "result_save", .run = save, .check = check_saved, .context = &result});
}

static int load_two(void *context, struct err *error)
{
    struct result first = {0};
    struct result second = {0};
    int rc = result_load(&first, path, error);

    (void)context;
    if (rc == 0) {
        rc = result_load(&second, path, error);
        if (rc == 0) {
            rc = same_sweep_check(&first, &second, error);
            result_release(&second);
        }
        result_release(&first);
    }
    return rc;
}

START_TEST(a_result_that_does_not_fit_into_memory_is_an_error)
{
    struct result_trial trials[TRIALS];
    struct result_cell cell;
    struct result result = fill_result(trials, &cell);

    ck_assert_msg(result_save(&result, path, &err) == 0, "%s", err.text);
    scarce_try(&(struct scarce_work){.name = "result_load", .run = load_two});
}

/* A run of a sweep from its journal's side, and which of its lines were taken. */
struct run {
    bool was_taken[TRIALS];
    bool had_begun; /* the journal was there before */
};

static int note_trial(struct journal *journal, const struct result *result, size_t index,
                      struct err *error)
{
    struct journal_attempt attempt = {.number = 1, .is_open = true, .worst_cost = 5000};
    struct result_trial trial = trial_at(&result->plan, index);
    int rc = journal_start(journal, index, &attempt, true, error);

    if (rc == 0 && index % 2 == 1) {
        rc = journal_end(journal, index, true, error);
    }
    return rc == 0 ? journal_append(journal, &trial, error) : rc;
}

/* The run goes on after a line that could not be written, as a sweep does to its end. */
static int run_sweep(void *context, struct err *error)
{
    struct run *run = context;
    struct result result = sample_result();
    struct trial_slots slots = {0};
    struct journal_past past = {0};
    struct journal *journal = NULL;
    struct journal_batch batch = {.number = 1,
                                  .model = models[0],
                                  .protocol = STR("openai-chat"),
                                  .base_url = STR("http://127.0.0.1/v1"),
                                  .state = STR("{\"phase\":\"running\"}")};
    int rc = trial_slots_init(&slots, &result.plan, error);

    if (rc == 0) {
        rc = journal_open(&journal, path, &result, &slots, &past, error);
    }
    for (size_t i = 0; journal != NULL && i < TRIALS; i++) {
        int taken = slots.ended[i] ? 0 : note_trial(journal, &result, i, error);

        run->was_taken[i] = run->was_taken[i] || taken == 0;
        rc = rc != 0 ? rc : taken;
    }
    if (rc == 0) {
        rc = journal_note_batch(journal, &batch, error);
    }
    if (rc == 0) {
        rc = journal_note_possibly_paid(journal, 7, 1, error);
    }
    journal_close(journal);
    trial_slots_release(&slots);
    arena_release(&result.arena);
    return rc;
}

static void check_run(void *context, int rc)
{
    struct run *run = context;
    struct result result = sample_result();
    struct trial_slots slots = {0};
    struct journal_past past = {0};
    struct journal *journal = NULL;

    ck_assert_int_eq(trial_slots_init(&slots, &result.plan, &err), 0);
    ck_assert_msg(journal_open(&journal, path, &result, &slots, &past, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < TRIALS; i++) {
        ck_assert_msg(slots.ended[i] == run->was_taken[i], "trial %zu", i);
        ck_assert(rc != 0 || slots.ended[i]);
        ck_assert(!slots.ended[i] || slots.trials[i].mark.score == 0.125 * (double)i);
    }
    ck_assert(rc != 0 || past.batch_count == 1);
    journal_close(journal);
    trial_slots_release(&slots);
    arena_release(&result.arena);
    if (!run->had_begun) {
        ck_assert_int_eq(unlink(path), 0);
        memset(run->was_taken, 0, sizeof run->was_taken);
    }
}

START_TEST(a_journal_keeps_every_answer_that_it_took)
{
    struct run run = {.had_begun = false};

    scarce_try(&(struct scarce_work){
        .name = "journal", .run = run_sweep, .check = check_run, .context = &run, .is_long = true});
}

START_TEST(a_resume_without_memory_leaves_the_journal_as_it_is)
{
    struct run run = {.had_begun = true};
    struct buf before;
    struct buf after;

    buf_init(&before, 1U << 20);
    buf_init(&after, 1U << 20);
    ck_assert_msg(run_sweep(&run, &err) == 0, "%s", err.text);
    ck_assert_int_eq(file_read(path, &before, &err), 0);
    scarce_try(&(struct scarce_work){
        .name = "resume", .run = run_sweep, .check = check_run, .context = &run, .is_long = true});
    ck_assert_int_eq(file_read(path, &after, &err), 0);
    ck_assert(str_starts(buf_str(&after), buf_str(&before)));
    buf_release(&before);
    buf_release(&after);
}

int main(void)
{
    Suite *suite = suite_create("scarce.record");
    TCase *tests = suite_case(suite, "record");

    scarce_take_over();
    tcase_set_timeout(tests, 300.0);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_result_is_saved_whole_or_the_old_one_stays);
    tcase_add_test(tests, a_result_that_does_not_fit_into_memory_is_an_error);
    tcase_add_test(tests, a_journal_keeps_every_answer_that_it_took);
    tcase_add_test(tests, a_resume_without_memory_leaves_the_journal_as_it_is);
    return suite_run(suite);
}
