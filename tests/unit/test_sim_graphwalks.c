#include "sim/strategy.h"

#include "sim_talk.h"
#include "suite.h"

#include <stdio.h>

static struct conversation talk;

static void begin(void)
{
    conversation_init(&talk);
}

static void end(void)
{
    conversation_release(&talk);
}

/* What is asked about a graph whose example has edges of its own. */
struct example {
    const char *operation;
    const char *answer;
};

static const struct example examples[] = {
    {"Find the parents of node c.", "Final Answer: [a, b]"},
    {"Find the parents of node a.", "Final Answer: [e]"},
    {"Find the parents of node x.", "Final Answer: []"},
    {"Find the parents of node d.", "Final Answer: [c]"}, /* not the node itself */
    {"Perform a BFS from node a with depth 1.", "Final Answer: [b, c]"},
    {"Perform a BFS from node a with depth 2.", "Final Answer: [d]"}, /* c is nearer */
    {"Perform a BFS from node a with depth 3.", "Final Answer: [e]"},
    {"Perform a BFS from node a with depth 4.", "Final Answer: []"}, /* the start is found */
    {"Perform a BFS from node x with depth 1.", "Final Answer: []"},
};

static void ask(const char *operation)
{
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "Instructions.\nThe graph has the following edges:\nx -> y\n\nOperation:\n"
                   "Find the parents of node y.\nFinal Answer: [x]\n\nThe graph has the following "
                   "edges:\na -> b\na -> c\nb -> c\nc -> d\nd -> d\na -> b\nd -> e\ne -> a\n\n\n"
                   "Operation:\n%s\n\nYou should immediately return the set of nodes.",
                   operation);
    talk_add(&talk, ROLE_USER, text);
}

START_TEST(the_graph_is_walked_and_the_example_is_not)
{
    struct reading reading = {0};

    ask(examples[_i].operation);
    ck_assert_ptr_eq(strategy_find(&talk, &reading), &strategy_graphwalks);
    ck_assert_msg(str_equal(reading.answer, str_from(examples[_i].answer)), "%s: '%.*s'",
                  examples[_i].operation, STR_ARG(reading.answer));
    reading_release(&reading);
}

START_TEST(other_operations_are_not_understood)
{
    static const char *const operations[] = {
        "Find the children of node c.", "Perform a BFS from node a with depth 0.",
        "Perform a BFS from node a with depth two.", "Perform a BFS from node a",
        "Find the parents of node "};
    struct reading reading = {0};

    ask(operations[_i]);
    ck_assert_ptr_ne(strategy_find(&talk, &reading), &strategy_graphwalks);
    reading_release(&reading);
}

START_TEST(a_mistake_is_the_examples_answer)
{
    struct random random = random_stream(1, STR("mistake"), 0);
    struct reading reading = {0};

    ask("Find the parents of node c.");
    ck_assert_ptr_nonnull(strategy_find(&talk, &reading));
    ck_assert(
        str_equal(strategy_graphwalks.mistake(&talk, &reading, &random), STR("Final Answer: [x]")));
    reading_release(&reading);
}

int main(void)
{
    Suite *suite = suite_create("sim_graphwalks");
    TCase *tests = suite_case(suite, "graphwalks");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, the_graph_is_walked_and_the_example_is_not, 0,
                        sizeof examples / sizeof *examples);
    tcase_add_loop_test(tests, other_operations_are_not_understood, 0, 5);
    tcase_add_test(tests, a_mistake_is_the_examples_answer);
    return suite_run(suite);
}
