#include "sim/strategy.h"

#include "sim_talk.h"
#include "suite.h"

#include <string.h>

static struct conversation talk;

static void begin(void)
{
    conversation_init(&talk);
}

static void end(void)
{
    conversation_release(&talk);
}

struct example {
    const char *text;
    const char *answer; /* "": the text does not hold it */
};

#define CODED                                                                                      \
    "Read the following coded text and track the frequency of each coded word. Find the three "    \
    "most frequently appeared coded words. "
#define CODED_QUESTION                                                                             \
    "\nQuestion: Do not provide any explanation. Please ignore the dots '....'. What are the "     \
    "three most frequently appeared words in the above coded text? Answer:"
#define LISTED          "Memorize the ones that appear most often.\n"
#define LISTED_QUESTION "\nQuestion: What are the 10 most common words in the above list? Answer:"

static const struct example examples[] = {
    {"One of the special magic numbers for a-b is: 1.\nOne of the special magic numbers for a-bc "
     "is: 2.\nWhat is the special magic number for a-bc mentioned in the provided text? The "
     "special magic number for a-bc mentioned in the provided text is",
     "2"},
    {"One of the special magic uuids for k is: 1-2. One of the special magic uuids for k is: 3.\n"
     "What are all the special magic uuids for k mentioned in the provided text?",
     "1-2, 3"},
    {"One of the special magic numbers for b is: 2. One of the special magic numbers for a is: 1.\n"
     "What are all the special magic numbers for a, c, and b mentioned in the provided text?",
     "1, 2"},
    {"Nothing.\nWhat is the special magic number for a mentioned in the provided text?", ""},
    {"VAR X = 5\nVAR C = VAR B \nnoise\nVAR B = VAR A \nVAR A = 7\nVAR Y = VAR X \nQuestion: Find "
     "all variables that are assigned the value 7 in the text above. Answer: …",
     "A, B, C"},
    {CODED "... b a ... a c b a ... c d a b ..." CODED_QUESTION, "a, b, c"},
    {LISTED "1. x 2. x" LISTED_QUESTION " 1. x\n" LISTED
            "1. a 2. b 3. c 4. d 5. e 6. f 7. g 8. h 9. i 10. j 11. a 12. b 13. c 14. d 15. e 16. "
            "f 17. g 18. h 19. i 20. a 21. b 22. c 23. d 24. e 25. f 26. g 27. h 28. a 29. b 30. c "
            "31. d 32. e 33. f 34. g 35. a 36. b 37. c 38. d 39. e 40. f 41. a 42. b 43. c 44. d "
            "45. e 46. a 47. b 48. c 49. d 50. a 51. b 52. c 53. a 54. b 55. a" LISTED_QUESTION,
     "a, b, c, d, e, f, g, h, i, j"},
};

START_TEST(the_answer_follows_from_the_text)
{
    struct reading reading = {0};

    talk_add(&talk, ROLE_USER, examples[_i].text);
    ck_assert_ptr_eq(strategy_find(&talk, &reading), &strategy_ruler);
    ck_assert_msg(str_equal(reading.answer, str_from(examples[_i].answer)), "'%.*s' is not '%s'",
                  STR_ARG(reading.answer), examples[_i].answer);
    reading_release(&reading);
}

START_TEST(a_mistake_is_another_lines_value_or_another_word)
{
    struct random random = random_stream(1, STR("mistake"), 0);
    struct reading reading = {0};

    talk_add(&talk, ROLE_USER, examples[0].text);
    ck_assert_ptr_nonnull(strategy_find(&talk, &reading));
    ck_assert(str_equal(strategy_ruler.mistake(&talk, &reading, &random), STR("1")));
    reading_release(&reading);
}

static const char *const other_texts[] = {
    "What is the special magic number for mentioned in the provided text?",
    "What is the special magic number?",
    "Find all variables that are assigned.",
    "What are the 10 most common words in the above list?",
    LISTED_QUESTION,
};

START_TEST(what_is_no_such_question_is_left_to_others)
{
    struct reading reading = {0};

    talk_add(&talk, ROLE_USER, other_texts[_i]);
    ck_assert_ptr_ne(strategy_find(&talk, &reading), &strategy_ruler);
    reading_release(&reading);
}

int main(void)
{
    Suite *suite = suite_create("sim_ruler");
    TCase *tests = suite_case(suite, "ruler");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, the_answer_follows_from_the_text, 0,
                        sizeof examples / sizeof *examples);
    tcase_add_test(tests, a_mistake_is_another_lines_value_or_another_word);
    tcase_add_loop_test(tests, what_is_no_such_question_is_left_to_others, 0,
                        sizeof other_texts / sizeof *other_texts);
    return suite_run(suite);
}
