#include "folder.h"
#include "suite.h"

#include "generators/qa_set.h"

#include "base/file_draft.h"

#include <string.h>

static struct folder folder;
static struct err err;
static struct qa_set *set;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    folder_make(&folder);
    set = NULL;
}

static void tear_down(void)
{
    qa_set_free(set);
    folder_remove(&folder);
}

static int load(const char *text, enum qa_format format)
{
    const char *path = folder_file(&folder, "set.json");

    ck_assert_int_eq(file_replace(path, str_from(text), FILE_FOR_ALL, &err), 0);
    return qa_set_load(&set, path, format, &err);
}

static void check(struct str text, const char *expected)
{
    ck_assert_msg(str_equal(text, str_from(expected)), "'%.*s' is not '%s'", STR_ARG(text),
                  expected);
}

START_TEST(squad_is_read_whatever_the_order_of_members)
{
    struct qa_question question;

    ck_assert_msg(
        load("{\"version\": \"v2.0\", \"data\": [{\"title\": \"t\", \"paragraphs\": ["
             "{\"qas\": [{\"answers\": [{\"text\": \"a1\", \"answer_start\": 3}, {\"text\": "
             "\"a2\"}], \"question\": \"q1\", \"is_impossible\": false}, {\"question\": \"q2\", "
             "\"plausible_answers\": [{\"text\": \"no\"}], \"answers\": [], \"is_impossible\": "
             "true}, {\"question\": \"q3\", \"answers\": [{\"text\": \"x\"}], \"is_impossible\": "
             "true}], \"context\": \"one\"}, {\"context\": \"two \\u00e9\", \"qas\": "
             "[{\"question\": "
             "\"q4\", \"answers\": [{\"text\": \"a4\"}]}]}]}, {\"paragraphs\": [{\"context\": "
             "\"one\", \"qas\": []}, {\"context\": \"three\", \"qas\": [{\"question\": \"q5\", "
             "\"answers\": [{\"text\": \"a5\"}]}]}]}]}",
             QA_SQUAD) == 0,
        "%s", err.text);
    ck_assert_uint_eq(qa_set_question_count(set), 3);
    ck_assert_uint_eq(qa_set_document_count(set), 3); /* "one" is there twice */
    question = qa_set_question(set, 0);
    check(question.text, "q1");
    ck_assert_uint_eq(question.answer_count, 2);
    check(question.answers[1], "a2");
    ck_assert_uint_eq(question.document_count, 1);
    check(qa_set_document(set, question.documents[0]), "one");
    ck_assert_uint_eq(question.related_count, 2);
    check(qa_set_document(set, question.related[1]), "two \xC3\xA9");
    question = qa_set_question(set, 2);
    check(question.text, "q5");
    check(qa_set_document(set, question.documents[0]), "three");
    ck_assert_uint_eq(question.related_count, 2);
    check(qa_set_document(set, question.related[0]), "one");
    ck_assert_uint_eq(qa_set_document_bytes_max(set), strlen("two \xC3\xA9"));
}

START_TEST(hotpot_documents_are_title_and_sentences)
{
    struct qa_question question;

    ck_assert_msg(
        load("[{\"_id\": \"1\", \"answer\": \"yes\", \"question\": \"q\", "
             "\"supporting_facts\": [[\"T1\", 0], [\"T2\", 1]], \"context\": [[\"T1\", "
             "[\"A.\", \" B.\"]], [\"T2\", [\"C.\"]]], \"type\": \"bridge\"}, {\"context\": "
             "[[\"T2\", [\"C.\"]], [\"T3\", []]], \"question\": \"r\", \"answer\": \"no\"}]",
             QA_HOTPOT) == 0,
        "%s", err.text);
    ck_assert_uint_eq(qa_set_question_count(set), 2);
    ck_assert_uint_eq(qa_set_document_count(set), 3);
    question = qa_set_question(set, 1);
    check(question.text, "r");
    check(question.answers[0], "no");
    ck_assert_uint_eq(question.document_count, 2);
    ck_assert_uint_eq(question.related_count, 0);
    check(qa_set_document(set, question.documents[0]), "T2\nC.");
    check(qa_set_document(set, question.documents[1]), "T3\n");
    check(qa_set_document(set, 0), "T1\nA. B.");
}

struct fault {
    const char *text;
    const char *says;
};

static const struct fault faults[] = {
    {"", "set.json: "},
    {"{\"data\": [", "set.json: "},
    {"{\"data\": []}", "this is not SQuAD's JSON"},
    {"[[[[[[[[[[[[\"deep\"]]]]]]]]]]]]", "this is not SQuAD's JSON"},
    {"{\"data\": [{\"paragraphs\": [{\"qas\": [{\"question\": \"q\", \"answers\": [{\"text\": "
     "\"a\"}]}]}]}]}",
     "this is not SQuAD's JSON"}, /* no context */
    {"{\"data\": {\"context\": \"a\", \"qas\": [{\"question\": \"q\", \"answers\": [{\"text\": "
     "\"a\"}]}]}}",
     "this is not SQuAD's JSON"},
};

START_TEST(other_files_are_input_errors)
{
    ck_assert_int_eq(load(faults[_i].text, QA_SQUAD), ERR_INPUT);
    ck_assert_msg(strstr(err.text, faults[_i].says) != NULL, "%s", err.text);
}

int main(void)
{
    Suite *suite = suite_create("generators_qa_set");
    TCase *tests = suite_case(suite, "qa_set");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, squad_is_read_whatever_the_order_of_members);
    tcase_add_test(tests, hotpot_documents_are_title_and_sentences);
    tcase_add_loop_test(tests, other_files_are_input_errors, 0, sizeof faults / sizeof *faults);
    return suite_run(suite);
}
