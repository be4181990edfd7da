#include "score/grader.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two texts without a letter in common, so that every mark below can be worked out by hand. */
#define GOLD   "ABCDEFGHIJKLMNOPQRST"
#define OTHER  "abcdefghijklmnopqrst"
#define PREFIX "h7Kd02mQxZ"

static const struct str needles[] = {{OTHER, 20}, {GOLD, 20}};

static const struct answer_key mrcr_key = {
    .answer = {PREFIX GOLD, 30},
    .prefix = {PREFIX, 10},
    .needles = needles,
    .needle_count = 2,
    .wanted = 1,
};

static struct mark mark_of(const char *grader_name, const struct answer_key *key, const char *reply)
{
    struct err err = {ERR_NONE, ""};
    const struct grader *grader = NULL;
    struct mark mark;

    ck_assert_int_eq(grader_find(str_from(grader_name), &grader, &err), 0);
    ck_assert_int_eq(grader->grade(key, str_from(reply), &mark, &err), 0);
    return mark;
}

START_TEST(the_gold_answer_scores_one_with_every_mrcr_grader)
{
    static const char *const names[] = {"openai-mrcr", "gdm-mrcr"};
    struct mark mark = mark_of(names[_i], &mrcr_key, PREFIX GOLD);

    ck_assert_double_eq(mark.score, 1.0);
    ck_assert_double_eq(mark.lenient, 1.0);
    ck_assert(mark.prefix_found);
    ck_assert(mark.exact);
    ck_assert_int_eq(mark.nearest_needle, 1);
}

START_TEST(openai_forgives_nothing_before_the_prefix_but_lenient_does)
{
    struct mark newline = mark_of("openai-mrcr", &mrcr_key, "\n\n" PREFIX GOLD);
    struct mark preamble = mark_of("openai-mrcr", &mrcr_key, "Sure! " PREFIX ": no, " PREFIX GOLD);

    ck_assert_double_eq(newline.score, 0.0);
    ck_assert_double_eq(newline.lenient, 1.0);
    ck_assert(!newline.prefix_found);
    ck_assert(!newline.exact);
    ck_assert_int_eq(newline.nearest_needle, 1);
    ck_assert_double_eq(preamble.score, 0.0);
    ck_assert_double_eq(preamble.lenient, 1.0);
}

START_TEST(lenient_is_never_below_the_score)
{
    struct mark mark = mark_of("openai-mrcr", &mrcr_key, PREFIX GOLD PREFIX);

    ck_assert_double_eq(mark.score, 40.0 / 50.0);
    ck_assert_double_eq(mark.lenient, 40.0 / 50.0);
    ck_assert(mark.prefix_found);
}

START_TEST(a_reply_without_prefix_scores_zero_and_still_names_its_needle)
{
    struct mark strict = mark_of("openai-mrcr", &mrcr_key, OTHER);
    struct mark google = mark_of("gdm-mrcr", &mrcr_key, OTHER);

    ck_assert_double_eq(strict.score, 0.0);
    ck_assert_double_eq(strict.lenient, 0.0);
    ck_assert_int_eq(strict.nearest_needle, 0);
    ck_assert_double_eq(google.score, 0.0);
    ck_assert(!google.prefix_found);
    ck_assert_int_eq(google.nearest_needle, 0);
}

START_TEST(another_needle_is_told_from_no_needle)
{
    ck_assert_int_eq(mark_of("openai-mrcr", &mrcr_key, PREFIX OTHER).nearest_needle, 0);
    ck_assert_int_eq(mark_of("openai-mrcr", &mrcr_key, PREFIX "0123456789").nearest_needle,
                     MARK_NO_NEEDLE);
    /* Ratios of 2 * 6 / 26 and 2 * 7 / 27: below and above NEEDLE_RATIO_MIN. */
    ck_assert_int_eq(mark_of("openai-mrcr", &mrcr_key, PREFIX "abcdef").nearest_needle,
                     MARK_NO_NEEDLE);
    ck_assert_int_eq(mark_of("openai-mrcr", &mrcr_key, PREFIX "abcdefg").nearest_needle, 0);
}

START_TEST(of_equal_needles_the_wanted_one_is_named)
{
    static const struct str twins[] = {{GOLD, 20}, {GOLD, 20}, {GOLD, 20}};
    struct answer_key key = mrcr_key;

    key.needles = twins;
    key.needle_count = 3;
    ck_assert_int_eq(mark_of("openai-mrcr", &key, PREFIX GOLD).nearest_needle, 1);
}

START_TEST(with_one_needle_there_is_no_other_to_name)
{
    struct answer_key key = mrcr_key;

    key.needle_count = 1;
    key.wanted = 0;
    ck_assert_int_eq(mark_of("openai-mrcr", &key, PREFIX OTHER).nearest_needle, MARK_NO_NEEDLE);
}

START_TEST(google_takes_the_last_12_characters_prefix_anywhere)
{
    /* The first 12 characters of the answer are the prefix and "AB". */
    struct mark mark =
        mark_of("gdm-mrcr", &mrcr_key,
                "Here: " PREFIX "AB wrong " PREFIX "AB \xC2\xA0 CDEFGHIJKLMNOPQRST\n");

    ck_assert_double_eq(mark.score, 1.0);
    ck_assert(mark.prefix_found);
    ck_assert(!mark.exact);
    ck_assert_double_eq(mark_of("gdm-mrcr", &mrcr_key, PREFIX "CDEFGHIJKLMNOPQRST").score, 0.0);
}

START_TEST(google_gives_nothing_for_a_target_below_12_characters)
{
    struct answer_key key = {.answer = STR("  \xF0\x9F\x90\xA6"
                                           "234567890\xC3\xA9 ")};

    ck_assert_double_eq(mark_of("gdm-mrcr", &key,
                                "\xF0\x9F\x90\xA6"
                                "234567890\xC3\xA9")
                            .score,
                        0.0);
    key.answer = STR("\xF0\x9F\x90\xA6"
                     "2345678901\xC3\xA9");
    ck_assert_double_eq(mark_of("gdm-mrcr", &key,
                                "\xF0\x9F\x90\xA6"
                                "2345678901\xC3\xA9")
                            .score,
                        1.0);
}

START_TEST(an_empty_reply_scores_zero)
{
    static const char *const names[] = {"openai-mrcr", "gdm-mrcr", "niah"};
    struct mark mark = mark_of(names[_i], &mrcr_key, "");

    ck_assert_double_eq(mark.score, 0.0);
    ck_assert(!mark.exact);
    ck_assert_int_eq(mark.nearest_needle, MARK_NO_NEEDLE);
}

START_TEST(niah_wants_the_expected_text_as_whole_words)
{
    struct answer_key key = {.answer = STR("4417093")};
    struct mark found = mark_of("niah", &key, "The number is **4417093**.");

    ck_assert_double_eq(found.score, 1.0);
    ck_assert_double_eq(found.lenient, 1.0);
    ck_assert(found.prefix_found);
    ck_assert(!found.exact);
    ck_assert(mark_of("niah", &key, "4417093").exact);
    ck_assert_double_eq(mark_of("niah", &key, "44170931").score, 0.0);
}

START_TEST(niah_scores_the_share_of_expected_lines)
{
    struct answer_key key = {.answer = STR("red\r\n\ngreen\nblue\nwhite")};

    ck_assert_double_eq(mark_of("niah", &key, "Blue, then RED.").score, 0.5);
    ck_assert_double_eq(mark_of("niah", &key, "green white red blue").score, 1.0);
    key.answer = STR("\n");
    ck_assert_double_eq(mark_of("niah", &key, "\n").score, 0.0);
}

static const char *const containing[] = {"niah", "contains", "ruler-all", "ruler-part"};

START_TEST(a_grader_of_contained_texts_names_the_needle_of_another_answer)
{
    static const struct str values[] = {{"111", 3}, {"222", 3}, {"333", 3}};
    struct answer_key key = {
        .answer = STR("222"), .needles = values, .needle_count = 3, .wanted = 1};

    ck_assert_int_eq(mark_of(containing[_i], &key, "333").nearest_needle, 2);
    ck_assert_int_eq(mark_of(containing[_i], &key, "111 or 222").nearest_needle, 1);
    ck_assert_int_eq(mark_of(containing[_i], &key, "no idea").nearest_needle, MARK_NO_NEEDLE);
}

START_TEST(without_a_wanted_needle_the_first_that_is_contained_is_named)
{
    static const struct str values[] = {{"", 0}, {"111", 3}, {"222", 3}};
    struct answer_key key = {
        .answer = STR("444"), .needles = values, .needle_count = 3, .wanted = 3};

    ck_assert_int_eq(mark_of(containing[_i], &key, "222, 111").nearest_needle, 1);
    ck_assert_int_eq(mark_of(containing[_i], &key, "444").nearest_needle, MARK_NO_NEEDLE);
}

START_TEST(contains_finds_parts_of_words_and_minds_case)
{
    struct answer_key key = {.answer = STR("4417093")};

    ck_assert_double_eq(mark_of("contains", &key, "x44170931").score, 1.0);
    key.answer = STR("Oslo\nBergen");
    ck_assert_double_eq(mark_of("contains", &key, "oslo, Bergen").score, 0.5);
}

START_TEST(a_value_given_for_an_absent_fact_names_its_needle)
{
    static const struct str values[] = {{"111", 3}, {"222", 3}};
    struct answer_key key = {.answer = STR("NOT STATED"),
                             .needles = values,
                             .needle_count = 2,
                             .wanted = 2,
                             .answers = values,
                             .answer_count = 2};
    struct mark retrieved = mark_of("abstain", &key, "It is 222.");
    struct mark abstained = mark_of("abstain", &key, "not stated");

    ck_assert_double_eq(retrieved.score, 0.0);
    ck_assert_int_eq(retrieved.nearest_needle, 1);
    ck_assert_double_eq(abstained.score, 1.0);
    ck_assert_int_eq(abstained.nearest_needle, MARK_NO_NEEDLE);
}

START_TEST(abstaining_in_other_words_is_forgiven_by_lenient_only)
{
    static const struct str values[] = {{"111", 3}};
    struct answer_key key = {.answer = STR("NOT STATED"), .answers = values, .answer_count = 1};
    struct mark mark = mark_of("abstain", &key, "The text does not mention it.");

    ck_assert_double_eq(mark.score, 0.0);
    ck_assert_double_eq(mark.lenient, 1.0);
    ck_assert_double_eq(mark_of("abstain", &key, "Not mentioned; perhaps 111.").lenient, 0.0);
}

START_TEST(a_list_has_precision_and_recall)
{
    static const struct str values[] = {{"111", 3}, {"222", 3}};
    struct answer_key key = {.answer = STR("111\n222"), .answers = values, .answer_count = 2};
    struct mark mark = mark_of("set-f1", &key, "* 111\n* 333\n* 444\n* 555");

    ck_assert_double_eq(mark.precision, 0.25);
    ck_assert_double_eq(mark.recall, 0.5);
    ck_assert_double_eq(mark.score, 1.0 / 3.0);
    ck_assert(mark_of("set-f1", &key, "111\n222").exact);
}

START_TEST(lenient_takes_a_list_of_sentences)
{
    static const struct str values[] = {{"111", 3}, {"222", 3}};
    struct answer_key key = {.answer = STR("111\n222"), .answers = values, .answer_count = 2};
    struct mark mark = mark_of("set-f1", &key, "Ana has 111\nBo has 222");

    ck_assert_double_eq(mark.score, 0.0);
    ck_assert_double_eq(mark.lenient, 1.0);
    ck_assert_double_eq(mark_of("set-f1", &key, "Ana has 111\nBo has 333").lenient, 0.5);
}

START_TEST(only_graders_of_lists_give_precision)
{
    struct err err = {ERR_NONE, ""};
    const struct grader *grader = NULL;
    struct mark mark;

    ck_assert_int_eq(grader_find(STR("openai-mrcr"), &grader, &err), 0);
    ck_assert_int_eq(grader_mark(grader, &mrcr_key, str_from(PREFIX GOLD), &mark, &err), 0);
    ck_assert(isnan(mark.precision) && isnan(mark.recall));
}

START_TEST(an_unknown_grader_is_a_usage_error_that_names_the_known)
{
    struct err err = {ERR_NONE, ""};
    const struct grader *grader = NULL;

    ck_assert_int_eq(grader_find(STR("bleu"), &grader, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "unknown grader 'bleu'; known: openai-mrcr, gdm-mrcr") != NULL,
                  "%s", err.text);
    for (size_t i = 0; graders[i] != NULL; i++) {
        ck_assert_msg(strstr(err.text, graders[i]->name) != NULL, "%s", err.text);
    }
}

int main(void)
{
    Suite *suite = suite_create("score_graders");
    TCase *tcase = tcase_create("graders");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_loop_test(tcase, the_gold_answer_scores_one_with_every_mrcr_grader, 0, 2);
    tcase_add_test(tcase, openai_forgives_nothing_before_the_prefix_but_lenient_does);
    tcase_add_test(tcase, lenient_is_never_below_the_score);
    tcase_add_test(tcase, a_reply_without_prefix_scores_zero_and_still_names_its_needle);
    tcase_add_test(tcase, another_needle_is_told_from_no_needle);
    tcase_add_test(tcase, of_equal_needles_the_wanted_one_is_named);
    tcase_add_test(tcase, with_one_needle_there_is_no_other_to_name);
    tcase_add_test(tcase, google_takes_the_last_12_characters_prefix_anywhere);
    tcase_add_test(tcase, google_gives_nothing_for_a_target_below_12_characters);
    tcase_add_loop_test(tcase, an_empty_reply_scores_zero, 0, 3);
    tcase_add_test(tcase, niah_wants_the_expected_text_as_whole_words);
    tcase_add_test(tcase, niah_scores_the_share_of_expected_lines);
    tcase_add_loop_test(tcase, a_grader_of_contained_texts_names_the_needle_of_another_answer, 0,
                        4);
    tcase_add_loop_test(tcase, without_a_wanted_needle_the_first_that_is_contained_is_named, 0, 4);
    tcase_add_test(tcase, contains_finds_parts_of_words_and_minds_case);
    tcase_add_test(tcase, a_value_given_for_an_absent_fact_names_its_needle);
    tcase_add_test(tcase, abstaining_in_other_words_is_forgiven_by_lenient_only);
    tcase_add_test(tcase, a_list_has_precision_and_recall);
    tcase_add_test(tcase, lenient_takes_a_list_of_sentences);
    tcase_add_test(tcase, only_graders_of_lists_give_precision);
    tcase_add_test(tcase, an_unknown_grader_is_a_usage_error_that_names_the_known);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
