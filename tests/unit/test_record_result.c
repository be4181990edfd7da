#include "folder.h"
#include "suite.h"

#include "record/plan.h"
#include "record/result.h"

#include <math.h>

static struct folder folder;
static struct err err;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    folder_make(&folder);
}

static void tear_down(void)
{
    folder_remove(&folder);
}

static struct str models[] = {{"sim/perfect", 11}, {"openai/gpt-5.5", 14}};
static struct str task_options[] = {{"depth=3", 7}};
static uint64_t needles[] = {2, 8};
static uint64_t lengths[] = {8192, 65536, 1048576};
static uint64_t depths[] = {0, 50, 100};

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
                 .needle_count = 2,
                 .lengths = lengths,
                 .length_count = 3,
                 .samples = 4,
                 .seed = 7,
                 .task_options = task_options,
                 .task_option_count = 1,
                 .fill = CASE_FILL_UNIFORM},
    };
}

static struct result_trial sample_trial(void)
{
    return (struct result_trial){
        .model = STR("sim/perfect"),
        .task = STR("mrcr"),
        .needles = 8,
        .length_tokens = 65536,
        .sample = 3,
        .depth_percent = CASE_DEPTH_BY_DESIGN,
        .depth = 0.1234567890123,
        .wanted = 4,
        .fingerprint = STR("00112233445566778899aabbccddeeff"),
        .prompt_tokens = 65000,
        .answer_tokens = 370,
        .prompt_bytes = 300000,
        .outcome = OUTCOME_WRONG_NEEDLE,
        .mark = {.score = 1.0 / 3.0,
                 .lenient = 0.5,
                 .precision = 0.25,
                 .recall = 0.75,
                 .prefix_found = true,
                 .nearest_needle = 0},
        .input_tokens = 66000,
        .cached_tokens = -1,
        .cost_picodollars = INT64_C(1234567890123),
        .output_tokens = 12,
        .reasoning_tokens = 0,
        .upload_end_ms = 1.5,
        .first_byte_ms = 2.5,
        .first_text_ms = -1.0,
        .longest_gap_ms = 3.25,
        .end_ms = 10.0,
        .http_status = 200,
        .attempts = 2,
        .finish_reason = STR("stop"),
        .served_model = STR("m"),
        .request_id = STR("r"),
        .error = STR(""),
        .reply = STR("line\n\"two\" \xF0\x9F\x90\xA6 </script>"),
    };
}

START_TEST(a_saved_result_loads_to_the_same_values)
{
    struct result saved = sample_result();
    struct result_trial trial = sample_trial();
    struct result_cell cell = {.model = STR("sim/perfect"),
                               .task = STR("mrcr"),
                               .needles = 8,
                               .length_tokens = 65536,
                               .planned = 4,
                               .ended = 1,
                               .counted = 1,
                               .mean = 1.0 / 3.0,
                               .low = (double)NAN,
                               .high = (double)NAN,
                               .median_first_text_ms = (double)NAN};
    struct result loaded;
    const char *path = folder_file(&folder, "result.json");

    cell.outcomes[OUTCOME_WRONG_NEEDLE] = 1;
    saved.trials = &trial;
    saved.trial_count = 1;
    saved.cells = &cell;
    saved.cell_count = 1;
    ck_assert_msg(result_save(&saved, path, &err) == 0, "%s", err.text);
    ck_assert_msg(result_load(&loaded, path, &err) == 0, "%s", err.text);
    ck_assert(str_equal(loaded.path, str_from(path)));
    ck_assert(loaded.simulated && loaded.plan.fill == CASE_FILL_UNIFORM);
    ck_assert_uint_eq(loaded.plan.seed, 7);
    ck_assert_uint_eq(loaded.plan.length_count, 3);
    ck_assert_uint_eq(loaded.plan.lengths[2], 1048576);
    ck_assert(str_equal(loaded.plan.models[1], models[1]));
    ck_assert_uint_eq(loaded.plan.task_option_count, 1);
    ck_assert(str_equal(loaded.plan.task_options[0], task_options[0]));
    ck_assert_uint_eq(loaded.trial_count, 1);
    ck_assert(loaded.trials[0].mark.score == trial.mark.score); /* the same bits */
    ck_assert(loaded.trials[0].depth == trial.depth);
    ck_assert_double_eq(loaded.trials[0].longest_gap_ms, 3.25);
    ck_assert_int_eq(loaded.trials[0].wanted, 4);
    ck_assert_int_eq(loaded.trials[0].mark.nearest_needle, 0);
    ck_assert_double_eq(loaded.trials[0].mark.precision, 0.25);
    ck_assert_double_eq(loaded.trials[0].mark.recall, 0.75);
    ck_assert_int_eq(loaded.trials[0].depth_percent, CASE_DEPTH_BY_DESIGN);
    ck_assert_int_eq(loaded.trials[0].cost_picodollars, INT64_C(1234567890123));
    ck_assert(loaded.trials[0].cached_tokens < 0 && loaded.trials[0].first_text_ms < 0.0);
    ck_assert_int_eq((int)loaded.trials[0].outcome, OUTCOME_WRONG_NEEDLE);
    ck_assert(str_equal(loaded.trials[0].reply, trial.reply));
    ck_assert(isnan(loaded.cells[0].low) && loaded.cells[0].mean == cell.mean);
    ck_assert_uint_eq(loaded.cells[0].outcomes[OUTCOME_WRONG_NEEDLE], 1);
    result_release(&loaded);
}

START_TEST(foreign_files_are_refused_with_the_place)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "/r.json: line 1:"},
        {"{\n\"kind\": \n}", "/r.json: line 3:"},
        {"[1]", "/r.json: not a Haymaker result"},
        {"{\"kind\": \"other\"}", "/r.json: not a Haymaker result"},
        {"{\"kind\": \"haymaker-result\", \"schema\": 99}", "/r.json: schema 99"},
        {"{\"kind\": \"haymaker-result\", \"schema\": 1}",
         "/r.json: field \"program_version\" is missing"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct result loaded;

        folder_write(&folder, "r.json", str_from(cases[i].text));
        ck_assert_int_eq(result_load(&loaded, folder.file, &err), ERR_INPUT);
        ck_assert_msg(strstr(err.text, cases[i].says) != NULL, "%s", err.text);
    }
}

START_TEST(replies_that_are_not_utf8_are_kept_readable)
{
    struct result saved = sample_result();
    struct result_trial trial = sample_trial();
    struct result loaded;

    trial.reply = STR("a\xFF"
                      "b");
    saved.trials = &trial;
    saved.trial_count = 1;
    ck_assert_int_eq(result_save(&saved, folder_file(&folder, "r.json"), &err), 0);
    ck_assert_int_eq(result_load(&loaded, folder.file, &err), 0);
    ck_assert(str_equal(loaded.trials[0].reply, STR("a\xEF\xBF\xBD"
                                                    "b")));
    result_release(&loaded);
}

START_TEST(every_trial_of_a_plan_has_its_own_place)
{
    struct result result = sample_result();
    struct result_trial outside = {0};

    for (int with_depths = 0; with_depths < 2; with_depths++) {
        result.plan.depths_percent = depths;
        result.plan.depth_count = with_depths != 0 ? 3 : 0;
        result.plan.trials = with_depths != 0 ? 5 : 0;
        ck_assert_uint_eq(plan_trial_count(&result.plan), with_depths != 0 ? 720 : 48);
        for (size_t i = 0; i < plan_trial_count(&result.plan); i++) {
            struct result_trial trial = {0};

            plan_trial_at(&result.plan, i, &trial);
            ck_assert_uint_eq(plan_trial_index(&result.plan, &trial), i);
        }
    }
    plan_trial_at(&result.plan, 0, &outside);
    outside.sample = 4;
    ck_assert_uint_eq(plan_trial_index(&result.plan, &outside), SIZE_MAX);
    outside.sample = 0;
    outside.repeat = 5;
    ck_assert_uint_eq(plan_trial_index(&result.plan, &outside), SIZE_MAX);
}

int main(void)
{
    Suite *suite = suite_create("record.result");
    TCase *tests = suite_case(suite, "result");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_saved_result_loads_to_the_same_values);
    tcase_add_test(tests, foreign_files_are_refused_with_the_place);
    tcase_add_test(tests, replies_that_are_not_utf8_are_kept_readable);
    tcase_add_test(tests, every_trial_of_a_plan_has_its_own_place);
    return suite_run(suite);
}
