#include "score/words.h"

#include <check.h>
#include <stdlib.h>

struct example {
    const char *text;
    const char *phrase;
    bool is_contained;
};

static const struct example examples[] = {
    {"the art of war", "art", true},
    {"start", "art", false},
    {"artful", "art", false},
    {"start, then art.", "art", true},
    {"", "art", false},
    {"art", "", false},
    {"art", " \n", false},
    {"art", "art and more", false},
    {"ART", "art", true},
    {"The number is 7,412.", "412", true},
    {"The number is 7412.", "412", false},
    {"**7412**", "7412", true},
    {"`7412`\n", "7412", true},
    {"\"7412\"", " 7412 ", true},
    {"it is _7412_!", "7412", true},
    {"value_7412", "7412", false},
    {"7412_b", "7412", false},
    {"in San\n  Francisco, of course", "san francisco", true},
    {"in San\xC2\xA0"
     "Francisco",
     "San Francisco", true},
    {"in SanFrancisco", "San Francisco", false},
    {"in San Franciscos", "San Francisco", false},
    {"\xC3\x89LAN VITAL", "\xC3\xA9lan vital", true}, /* É, é */
    {"caf\xC3\xA9s", "caf\xC3\xA9", false},           /* a letter goes on */
    {"cafe\xCC\x81", "cafe", false},                  /* so does a mark */
    {"na\xC3\xAFve \xE2\x80\x9C"                      /* curly quotes */
     "art\xE2\x80\x9D",
     "art", true},
    {"\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3", "\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82", true}, /* ΟΔΟΣ, οδος */
    {"\xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0",
     "\xD0\xBC\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0", true}, /* Москва */
    {"\xC5\x81\xC3\x93\xC4\x8E\xC5\xB9", "\xC5\x82\xC3\xB3\xC4\x8F\xC5\xBA", true}, /* ŁÓĎŹ */
    {"\xE7\xAD\x94\xE3\x81\x88\xE3\x81\xAF\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x81\xA7\xE3\x81\x99",
     "\xE6\x9D\xB1\xE4\xBA\xAC", true},         /* no spaces in 答えは東京です */
    {"\xFF\xFE art \xED\xA0\xBC", "art", true}, /* bytes that are no text */
    {"\xFF", "\xFE", false},
    {"a.b", "a.b", true},
    {"(a.b)c", "a.b)", true},
    {"aaab", "aab", false},
    {"aa aab", "aab", true},
};

START_TEST(phrases_are_found_as_whole_words)
{
    const struct example *example = &examples[_i];

    ck_assert_msg(words_contain(str_from(example->text), str_from(example->phrase)) ==
                      example->is_contained,
                  "'%s' in '%s'", example->phrase, example->text);
}

int main(void)
{
    Suite *suite = suite_create("score_words");
    TCase *tcase = tcase_create("words");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_loop_test(tcase, phrases_are_found_as_whole_words, 0,
                        (int)(sizeof examples / sizeof *examples));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
