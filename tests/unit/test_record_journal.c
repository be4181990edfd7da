#include "folder.h"
#include "suite.h"

#include "record/journal.h"
#include "record/plan.h"
#include "record/price.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct folder folder;
static struct err err;
static struct result result;
static struct result_trial trials[12];
static bool ended[12];
static struct journal_attempt attempts[12];
static struct journal_past past;
static struct trial_slots slots;

static struct str models[] = {{"sim/perfect", 11}};
static uint64_t needles[] = {2};
static uint64_t lengths[] = {8192, 16384, 32768};

static void reset_run(void)
{
    result_release(&result);
    result = (struct result){
        .program_version = STR("0.1.0"),
        .created = STR("2026-11-22T14:04:18Z"),
        .generator_version = STR("1"),
        .corpus_hash = STR("0123456789abcdef"),
        .plan = {.models = models,
                 .model_count = 1,
                 .task = STR("mrcr"),
                 .grader = STR("openai-mrcr"),
                 .needles = needles,
                 .needle_count = 1,
                 .lengths = lengths,
                 .length_count = 3,
                 .samples = 4,
                 .seed = 1},
    };
    memset(ended, 0, sizeof ended);
    memset(attempts, 0, sizeof attempts);
    slots = (struct trial_slots){trials, ended, attempts, 12};
}

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    folder_make(&folder);
    reset_run();
}

static void tear_down(void)
{
    result_release(&result);
    folder_remove(&folder);
}

static struct result_trial trial_at(size_t index, double score)
{
    struct result_trial trial = {
        .fingerprint = STR("00112233445566778899aabbccddeeff"),
        .outcome = OUTCOME_SCORED,
        .mark = {.score = score},
        .attempts = 1,
        .reply = STR("reply"),
    };

    plan_trial_at(&result.plan, index, &trial);
    return trial;
}

/* A journal with the trials 0 … count-1. */
static void write_journal(size_t count)
{
    struct journal *journal = NULL;

    ck_assert_msg(journal_open(&journal, folder_file(&folder, "sub/j.jsonl"), &result, &slots,
                               &past, &err) == 0,
                  "%s", err.text);
    for (size_t i = 0; i < count; i++) {
        struct result_trial trial = trial_at(i, 0.25 * (double)i);

        ck_assert_int_eq(journal_append(journal, &trial, &err), 0);
    }
    journal_close(journal);
}

static size_t count_ended(void)
{
    size_t count = 0;

    for (size_t i = 0; i < slots.count; i++) {
        count += ended[i];
    }
    return count;
}

static int reopen(void)
{
    struct journal *journal = NULL;
    int rc = 0;

    rc = journal_open(&journal, folder_file(&folder, "sub/j.jsonl"), &result, &slots, &past, &err);
    journal_close(journal);
    return rc;
}

START_TEST(what_was_appended_is_there_again)
{
    write_journal(3);
    reset_run();
    result.created = STR("2027-01-01T00:00:00Z");
    ck_assert_msg(reopen() == 0, "%s", err.text);
    ck_assert_uint_eq(count_ended(), 3);
    ck_assert(trials[2].mark.score == 0.5);
    ck_assert(str_equal(trials[1].reply, STR("reply")));
    ck_assert(str_equal(result.created, STR("2026-11-22T14:04:18Z"))); /* when it began */
}

START_TEST(a_later_line_replaces_an_earlier_one)
{
    struct journal *journal = NULL;
    struct result_trial again = trial_at(1, 1.0);

    write_journal(2);
    ck_assert_int_eq(
        journal_open(&journal, folder_file(&folder, "sub/j.jsonl"), &result, &slots, &past, &err),
        0);
    ck_assert_int_eq(journal_append(journal, &again, &err), 0);
    journal_close(journal);
    reset_run();
    ck_assert_int_eq(reopen(), 0);
    ck_assert_uint_eq(count_ended(), 2);
    ck_assert(trials[1].mark.score == 1.0);
}

START_TEST(a_journal_cut_anywhere_loses_at_most_its_last_line)
{
    struct buf whole;
    size_t head = 0;

    write_journal(3);
    buf_init(&whole, 1U << 20);
    {
        FILE *file = fopen(folder_file(&folder, "sub/j.jsonl"), "rb");
        int c = 0;

        while ((c = getc(file)) != EOF) {
            buf_append_char(&whole, (char)c);
        }
        (void)fclose(file);
    }
    head = str_find(buf_str(&whole), STR("\n")) - 61;
    /* Every cut costs flushes to disk, so the long first line is cut in fewer places. */
    for (size_t cut = 0; cut <= whole.len; cut += cut < head ? 61 : 3) {
        size_t lines = 0;

        for (size_t i = 0; i < cut; i++) {
            lines += whole.p[i] == '\n';
        }
        folder_write(&folder, "sub/j.jsonl", (struct str){whole.p, cut});
        reset_run();
        ck_assert_msg(reopen() == 0, "cut at %zu: %s", cut, err.text);
        ck_assert_uint_eq(count_ended(), lines > 1 ? lines - 1 : 0);
        reset_run();
        ck_assert_int_eq(reopen(), 0); /* what was cut off is gone for good */
        ck_assert_uint_eq(count_ended(), lines > 1 ? lines - 1 : 0);
    }
    buf_release(&whole);
}

START_TEST(damage_before_the_last_line_is_refused_by_line)
{
    write_journal(1);
    {
        FILE *file = fopen(folder_file(&folder, "sub/j.jsonl"), "ab");

        (void)fputs("not json\n", file);
        (void)fclose(file);
    }
    reset_run();
    ck_assert_int_eq(reopen(), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "j.jsonl: line 3:"));
}

START_TEST(another_sweeps_journal_is_refused_with_the_difference)
{
    write_journal(1);
    reset_run();
    result.plan.seed = 2;
    ck_assert_int_eq(reopen(), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "its seed is 1, yours 2"));
    reset_run();
    result.corpus_hash = STR("ffffffffffffffff");
    ck_assert_int_eq(reopen(), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "corpus_hash"));
}

START_TEST(a_journal_without_trials_is_begun_anew)
{
    write_journal(0);
    reset_run();
    result.plan.seed = 2;
    ck_assert_msg(reopen() == 0, "%s", err.text);
    ck_assert_uint_eq(count_ended(), 0);
    reset_run();
    result.plan.seed = 2;
    write_journal(1);
    reset_run();
    ck_assert_int_eq(reopen(), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "its seed is 2, yours 1"));
}

START_TEST(a_second_process_is_locked_out)
{
    struct journal *journal = NULL;
    pid_t child = -1;
    int status = 0;

    ck_assert_int_eq(
        journal_open(&journal, folder_file(&folder, "sub/j.jsonl"), &result, &slots, &past, &err),
        0);
    child = fork();
    if (child == 0) {
        _exit(reopen() == ERR_USAGE && strstr(err.text, "another haymaker") != NULL ? 0 : 1);
    }
    ck_assert_int_eq((int)waitpid(child, &status, 0), (int)child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    journal_close(journal);
}

static struct journal *open_journal(void)
{
    struct journal *journal = NULL;

    ck_assert_msg(journal_open(&journal, folder_file(&folder, "sub/j.jsonl"), &result, &slots,
                               &past, &err) == 0,
                  "%s", err.text);
    return journal;
}

/* Each of the trials 0 … 4 was begun; then, in their order: answered, failed unbilled, failed and
 * maybe billed, nothing more is known, begun again after that. */
static void write_attempts(void)
{
    struct journal *journal = open_journal();
    struct result_trial answered = trial_at(0, 1.0);

    answered.cost_picodollars = 5;
    for (size_t i = 0; i < 5; i++) {
        const struct journal_attempt attempt = {1, true, PRICE_DOLLAR << i};

        ck_assert_int_eq(journal_start(journal, i, &attempt, true, &err), 0);
    }
    ck_assert_int_eq(journal_append(journal, &answered, &err), 0);
    ck_assert_int_eq(journal_end(journal, 1, false, &err), 0);
    ck_assert_int_eq(journal_end(journal, 2, true, &err), 0);
    ck_assert_int_eq(
        journal_start(journal, 4, &(struct journal_attempt){2, true, PRICE_DOLLAR}, false, &err),
        0);
    journal_close(journal);
}

START_TEST(requests_with_a_start_and_no_end_are_known)
{
    write_attempts();
    reset_run();
    ck_assert_msg(reopen() == 0, "%s", err.text);
    for (size_t i = 0; i < 12; i++) {
        ck_assert_int_eq(attempts[i].is_open, i == 3 || i == 4);
    }
    ck_assert_uint_eq(attempts[4].number, 2);
    ck_assert_int_eq(attempts[3].worst_cost, 8 * PRICE_DOLLAR);
    ck_assert_uint_eq(count_ended(), 1);
}

START_TEST(what_may_have_been_billed_is_summed_at_its_worst)
{
    struct journal *journal = NULL;

    write_attempts();
    reset_run();
    journal = open_journal();
    ck_assert_int_eq(past.spent, 5);
    ck_assert_int_eq(past.possibly_paid, (4 + 16) * PRICE_DOLLAR); /* trial 2, trial 4's first */
    ck_assert_uint_eq(past.possibly_paid_attempts, 2);
    ck_assert_int_eq(journal_note_possibly_paid(journal, PRICE_DOLLAR, 50, &err), 0);
    journal_close(journal);
    reset_run();
    ck_assert_int_eq(reopen(), 0);
    ck_assert_int_eq(past.possibly_paid, 21 * PRICE_DOLLAR);
    ck_assert_uint_eq(past.possibly_paid_attempts, 52);
}

START_TEST(a_replaced_trial_was_paid_all_the_same)
{
    struct journal *journal = open_journal();
    struct result_trial trial = trial_at(0, 0.0);

    trial.cost_picodollars = 7;
    ck_assert_int_eq(journal_append(journal, &trial, &err), 0);
    trial.cost_picodollars = 8;
    ck_assert_int_eq(journal_append(journal, &trial, &err), 0);
    journal_close(journal);
    reset_run();
    ck_assert_int_eq(reopen(), 0);
    ck_assert_int_eq(past.spent, 15);
}

START_TEST(the_last_state_of_each_batch_is_there_again)
{
    struct journal *journal = open_journal();
    struct journal_batch batch = {1, STR("openai/m"), STR("openai-chat"), STR("https://x/v1"),
                                  STR("{\"phase\":\"written\"}")};

    ck_assert_int_eq(journal_note_batch(journal, &batch, &err), 0);
    batch.number = 2;
    ck_assert_int_eq(journal_note_batch(journal, &batch, &err), 0);
    batch.number = 1;
    batch.state = STR("{\"phase\":\"running\"}");
    ck_assert_int_eq(journal_note_batch(journal, &batch, &err), 0);
    journal_close(journal);
    reset_run();
    ck_assert_msg(reopen() == 0, "%s", err.text);
    ck_assert_uint_eq(past.batch_count, 2);
    ck_assert_uint_eq(past.batches[0].number, 1);
    ck_assert(str_equal(past.batches[0].state, STR("{\"phase\":\"running\"}")));
    ck_assert(str_equal(past.batches[0].base_url, STR("https://x/v1")));
    ck_assert(str_equal(past.batches[1].state, STR("{\"phase\":\"written\"}")));
}

START_TEST(a_run_keeps_its_name_and_shares_it_with_no_other)
{
    char first[32];
    struct journal *journal = NULL;

    write_journal(1);
    reset_run();
    journal = open_journal();
    (void)snprintf(first, sizeof first, "%s", journal_run(journal));
    ck_assert_uint_eq(strlen(first), 16);
    journal_close(journal);
    reset_run();
    journal = open_journal();
    ck_assert_str_eq(journal_run(journal), first);
    journal_close(journal);
    ck_assert_int_eq(remove(folder_file(&folder, "sub/j.jsonl")), 0);
    reset_run();
    journal = open_journal();
    ck_assert_str_ne(journal_run(journal), first);
    journal_close(journal);
}

START_TEST(a_line_of_a_newer_program_is_named)
{
    FILE *file = NULL;

    write_journal(1);
    file = fopen(folder_file(&folder, "sub/j.jsonl"), "ab");
    ck_assert_ptr_nonnull(file);
    (void)fputs("{\"weather\": {}}\n{\"trial\": {}}\n", file);
    ck_assert_int_eq(fclose(file), 0);
    reset_run();
    ck_assert_int_eq(reopen(), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "j.jsonl: line 3: 'weather'"));
}

/* A full disk: the file may not grow. */
START_TEST(a_line_that_does_not_fit_leaves_no_part_behind)
{
    struct journal *journal = open_journal();
    struct result_trial trial = trial_at(0, 1.0);
    struct rlimit before;
    struct rlimit tight;
    struct stat info;

    ck_assert_int_eq(journal_append(journal, &trial, &err), 0);
    ck_assert_int_eq(stat(folder_file(&folder, "sub/j.jsonl"), &info), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)info.st_size + 20;
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
    trial = trial_at(1, 1.0);
    ck_assert_int_eq(journal_append(journal, &trial, &err), ERR_SYSTEM);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    trial = trial_at(2, 1.0);
    ck_assert_int_eq(journal_append(journal, &trial, &err), 0);
    journal_close(journal);
    reset_run();
    ck_assert_msg(reopen() == 0, "%s", err.text);
    ck_assert(ended[0] && !ended[1] && ended[2]);
}

int main(void)
{
    Suite *suite = suite_create("record.journal");
    TCase *tests = suite_case(suite, "journal");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_was_appended_is_there_again);
    tcase_add_test(tests, a_later_line_replaces_an_earlier_one);
    tcase_add_test(tests, a_journal_cut_anywhere_loses_at_most_its_last_line);
    tcase_add_test(tests, damage_before_the_last_line_is_refused_by_line);
    tcase_add_test(tests, another_sweeps_journal_is_refused_with_the_difference);
    tcase_add_test(tests, a_journal_without_trials_is_begun_anew);
    tcase_add_test(tests, a_second_process_is_locked_out);
    tcase_add_test(tests, requests_with_a_start_and_no_end_are_known);
    tcase_add_test(tests, what_may_have_been_billed_is_summed_at_its_worst);
    tcase_add_test(tests, a_replaced_trial_was_paid_all_the_same);
    tcase_add_test(tests, the_last_state_of_each_batch_is_there_again);
    tcase_add_test(tests, a_run_keeps_its_name_and_shares_it_with_no_other);
    tcase_add_test(tests, a_line_of_a_newer_program_is_named);
    tcase_add_test(tests, a_line_that_does_not_fit_leaves_no_part_behind);
    return suite_run(suite);
}
