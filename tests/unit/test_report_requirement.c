/* Requirements and claims, judged by intervals. */
#include "comparison_fixture.h"
#include "folder.h"
#include "report/claims.h"
#include "report/requirement.h"
#include "suite.h"

#include <math.h>
#include <string.h>

static const char *const models[] = {"openai/gpt-5.5", "compatible/own"};

/* Cells' intervals are mean ± 5: 90 % at 8k, 80 % at 16k, 70 % at 32k. */
static double falling(size_t model, size_t length, uint64_t sample)
{
    (void)model;
    return sample % 10 < 9 - length ? 1.0 : 0.0;
}

struct fixture {
    struct result result;
    struct comparison comparison;
    struct arena arena;
};

static void set_up(struct fixture *fixture)
{
    static const struct comparison_settings settings = {.seed = 1, .threshold = 0.7};
    struct scored_result recipe = {"a.json", "2026-03-01T00:00:00Z", models, 2, 3, 20, 1, falling};
    struct err err = {ERR_NONE, ""};

    *fixture = (struct fixture){.result = scored_result_make(&recipe)};
    ck_assert_int_eq(comparison_build(&fixture->comparison, &fixture->result, 1, &settings, &err),
                     0);
}

static void tear_down(struct fixture *fixture)
{
    arena_release(&fixture->arena);
    comparison_release(&fixture->comparison);
    result_release(&fixture->result);
}

static struct requirement parsed(const char *text)
{
    struct requirement requirement;
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(requirement_parse(str_from(text), &requirement, &err) == 0, "%s", err.text);
    return requirement;
}

START_TEST(requirements_are_read)
{
    struct requirement got = parsed("  mrcr 8 needles 512k >= 70 ");

    ck_assert(str_equal(got.task, STR("mrcr")));
    ck_assert_uint_eq(got.needles, 8);
    ck_assert_int_eq(got.where, REQUIREMENT_AT_LENGTH);
    ck_assert_uint_eq(got.length_tokens, 524288);
    ck_assert_double_eq_tol(got.least, 0.7, 1e-12);
    ck_assert_uint_eq(got.model.len, 0);
    got = parsed("bedrock/x-v1:0: niah overall >= 99.5%");
    ck_assert(str_equal(got.model, STR("bedrock/x-v1:0")));
    ck_assert_uint_eq(got.needles, 0);
    ck_assert_int_eq(got.where, REQUIREMENT_OVERALL);
    ck_assert_double_eq_tol(got.least, 0.995, 1e-12);
    ck_assert_int_eq(parsed("mrcr 1 needle auc@1m >= 50").where, REQUIREMENT_AUC_1M);
    ck_assert_double_eq(parsed("mrcr effective >= 256k").least, 262144.0);
}

START_TEST(what_is_no_requirement_is_refused)
{
    static const char *const bad[] = {
        "",
        "mrcr",
        "mrcr 512k",
        "mrcr 512k > 70",
        "mrcr 512k >= 101",
        "mrcr x >= 70",
        "mrcr 512k >= -1",
        "mrcr 512k >= 70 80",
        "mrcr 0 needles 512k >= 70",
    };
    struct requirement requirement;
    struct err err = {ERR_NONE, ""};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(requirement_parse(str_from(bad[i]), &requirement, &err) == ERR_USAGE, "%s",
                      bad[i]);
        ck_assert_ptr_nonnull(strstr(err.text, "requirement"));
    }
}

START_TEST(a_file_has_one_a_line_and_comments)
{
    struct requirement requirements[REQUIREMENTS_MAX];
    struct err err = {ERR_NONE, ""};
    size_t count = 0;

    ck_assert_int_eq(requirements_parse_lines(STR("# ours\n\nmrcr 8k >= 70\r\nmrcr 16k >= 60"),
                                              requirements, &count, &err),
                     0);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(
        requirements_parse_lines(STR("mrcr 8k >= 70\nnonsense"), requirements, &count, &err),
        ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "line 2"));
}

static enum requirement_state state_of(struct fixture *fixture, const char *text)
{
    struct requirement requirement = parsed(text);
    struct requirement_finding *findings = NULL;
    struct err err = {ERR_NONE, ""};
    size_t count = 0;

    ck_assert_int_eq(requirements_judge(&requirement, 1, &fixture->comparison, &fixture->arena,
                                        &findings, &count, &err),
                     0);
    ck_assert_uint_ge(count, 1);
    return findings[count - 1].state;
}

START_TEST(the_interval_decides_not_the_mean)
{
    struct fixture fixture;

    set_up(&fixture);
    ck_assert_int_eq(state_of(&fixture, "mrcr 8 needles 8k >= 84"), REQUIREMENT_PASSED);
    ck_assert_int_eq(state_of(&fixture, "mrcr 8 needles 8k >= 88"), REQUIREMENT_UNDECIDED);
    ck_assert_int_eq(state_of(&fixture, "mrcr 8 needles 8k >= 92"), REQUIREMENT_UNDECIDED);
    ck_assert_int_eq(state_of(&fixture, "mrcr 8 needles 8k >= 96"), REQUIREMENT_FAILED);
    ck_assert_int_eq(state_of(&fixture, "mrcr overall >= 77"), REQUIREMENT_PASSED);
    ck_assert_int_eq(state_of(&fixture, "mrcr effective >= 16k"), REQUIREMENT_PASSED);
    ck_assert_int_eq(state_of(&fixture, "mrcr effective >= 32k"), REQUIREMENT_UNDECIDED);
    ck_assert_int_eq(state_of(&fixture, "mrcr 8 needles 1m >= 10"), REQUIREMENT_NOT_MEASURED);
    ck_assert_int_eq(state_of(&fixture, "mrcr 2 needles 8k >= 10"), REQUIREMENT_NOT_MEASURED);
    ck_assert_int_eq(state_of(&fixture, "x/other: mrcr 8k >= 10"), REQUIREMENT_NOT_MEASURED);
    ck_assert_int_eq(state_of(&fixture, "mrcr auc@1m >= 10"), REQUIREMENT_NOT_MEASURED);
    tear_down(&fixture);
}

START_TEST(a_requirement_is_asked_of_every_model_or_of_one)
{
    struct requirement requirements[] = {parsed("mrcr 8k >= 50"),
                                         parsed("compatible/own: mrcr 8k >= 50")};
    struct requirement_finding *findings = NULL;
    struct err err = {ERR_NONE, ""};
    struct fixture fixture;
    size_t count = 0;

    set_up(&fixture);
    ck_assert_int_eq(requirements_judge(requirements, 2, &fixture.comparison, &fixture.arena,
                                        &findings, &count, &err),
                     0);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(findings[2].contender, 1);
    ck_assert_uint_eq(findings[2].trials, 20);
    tear_down(&fixture);
}

START_TEST(failed_outweighs_undecided_and_undecided_is_not_met)
{
    struct requirement_finding findings[3] = {{.state = REQUIREMENT_PASSED},
                                              {.state = REQUIREMENT_UNDECIDED},
                                              {.state = REQUIREMENT_FAILED}};
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(requirements_verdict(findings, 0, &err), 0);
    ck_assert_int_eq(requirements_verdict(findings, 1, &err), 0);
    ck_assert_int_eq(requirements_verdict(findings, 2, &err), ERR_INCOMPLETE);
    ck_assert_int_eq(requirements_verdict(findings, 3, &err), ERR_REQUIREMENT);
    findings[0].state = REQUIREMENT_NOT_MEASURED;
    ck_assert_int_eq(requirements_verdict(findings, 1, &err), ERR_INCOMPLETE);
}

START_TEST(installed_claims_are_complete_and_fall_into_the_published_bins)
{
    struct claims claims;
    struct err err = {ERR_NONE, ""};
    bool has_opus = false;

    ck_assert_msg(claims_load(&claims, NULL, &err) == 0, "%s", err.text);
    ck_assert_uint_ge(claims.count, 10);
    for (size_t i = 0; i < claims.count; i++) {
        const struct claim *claim = &claims.claims[i];

        ck_assert_uint_ge(claim->model_count, 1);
        ck_assert_uint_ge(claim->caveat_count, 1);
        ck_assert_uint_ge(claim->source.len, 10);
        ck_assert_uint_eq(claim->read_on.len, 10);
        for (size_t j = 0; j < claim->bin_count; j++) { /* bins double: (8k, 16k] … */
            uint64_t above = claim->bins[j].above_tokens;

            ck_assert_uint_eq(claim->bins[j].up_to_tokens, (above + above % 2) * 2);
        }
        has_opus = has_opus || (str_equal(claim->name, STR("Claude Opus 4.7")) &&
                                fabs(claim->bins[1].score - 0.322) < 1e-12 &&
                                claim->bins[1].up_to_tokens == 1048576);
    }
    ck_assert(has_opus);
    claims_release(&claims);
}

START_TEST(claims_are_held_against_lengths_in_their_bins)
{
    static const struct claim_alias alias = {{"compatible/own", 14}, {"gpt-5.5", 7}};
    struct claim_finding *findings = NULL;
    struct claims claims;
    struct fixture fixture;
    struct err err = {ERR_NONE, ""};
    size_t count = 0;

    set_up(&fixture);
    ck_assert_int_eq(claims_load(&claims, NULL, &err), 0);
    ck_assert_int_eq(claims_judge(&claims, &fixture.comparison, NULL, 0, &fixture.arena, &findings,
                                  &count, &err),
                     0);
    ck_assert_uint_eq(count, 3); /* GPT-5.5: 98.1, 93.0, 96.5; measured 90, 80, 70 ± 5 */
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(findings[i].contender, 0);
        ck_assert_uint_eq(findings[i].bin, i);
        ck_assert_int_eq(findings[i].state, CLAIM_NOT_REACHED);
    }
    claims.claims[findings[0].claim].bins[0].score = 0.88;
    claims.claims[findings[0].claim].bins[1].score = 0.70;
    ck_assert_int_eq(claims_judge(&claims, &fixture.comparison, &alias, 1, &fixture.arena,
                                  &findings, &count, &err),
                     0);
    ck_assert_uint_eq(count, 6); /* the own model stands for it as well */
    ck_assert_int_eq(findings[0].state, CLAIM_CONSISTENT);
    ck_assert_int_eq(findings[1].state, CLAIM_EXCEEDED);
    ck_assert_uint_eq(findings[5].contender, 1);
    claims_release(&claims);
    tear_down(&fixture);
}

START_TEST(bad_claims_are_refused_by_name)
{
    static const char *const bad[] = {
        "[",
        "{}",
        "{\"claims\": [{}]}",
        "{\"claims\": [{\"name\": \"x\", \"task\": \"mrcr\", \"needles\": 8, \"dataset\": \"d\", "
        "\"tokenizer\": \"t\", \"said_by\": \"v\", \"source\": \"s\", \"read_on\": \"2026-01-01\", "
        "\"models\": [\"x\"], \"bins\": [{\"above\": 8, \"up_to\": 4, \"percent\": 5}]}]}",
    };
    struct folder folder;

    folder_make(&folder);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct claims claims;
        struct err err = {ERR_NONE, ""};

        folder_write(&folder, "claims.json", str_from(bad[i]));
        ck_assert_int_eq(claims_load(&claims, folder_file(&folder, "claims.json"), &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "claims.json"));
    }
    folder_remove(&folder);
}

int main(void)
{
    Suite *suite = suite_create("report_requirement");
    TCase *tests = suite_case(suite, "requirement");

    tcase_add_test(tests, requirements_are_read);
    tcase_add_test(tests, what_is_no_requirement_is_refused);
    tcase_add_test(tests, a_file_has_one_a_line_and_comments);
    tcase_add_test(tests, the_interval_decides_not_the_mean);
    tcase_add_test(tests, a_requirement_is_asked_of_every_model_or_of_one);
    tcase_add_test(tests, failed_outweighs_undecided_and_undecided_is_not_met);
    tcase_add_test(tests, installed_claims_are_complete_and_fall_into_the_published_bins);
    tcase_add_test(tests, claims_are_held_against_lengths_in_their_bins);
    tcase_add_test(tests, bad_claims_are_refused_by_name);
    return suite_run(suite);
}
