#include "prompt/joint.h"

#include "base/buf.h"
#include "base/random.h"
#include "suite.h"
#include "token/token.h"

#include <check.h>

enum { PAIRS = 400000, CHARS_MAX = 7 };

static struct tokenizer *tokenizer;

static void open_tokenizer(void)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
}

static void close_tokenizer(void)
{
    tokenizer_free(tokenizer);
}

static uint64_t count(struct str text)
{
    struct err err = {ERR_NONE, ""};
    uint64_t tokens = 0;

    ck_assert_int_eq(tokenizer_count(tokenizer, text, &tokens, &err), 0);
    return tokens;
}

/* Characters of every class that the pattern knows, those that it treats in a way of their own, and
 * bytes that are no UTF-8. */
static void append_text(struct buf *out, struct random *random)
{
    static const char *const chars[] = {
        "a",      "s",      "t",      "l",      "r",      "e",          "v",      "S",
        "A",      "Z",      "1",      "9",      "0",      ".",          ",",      "\"",
        "'",      "'",      "(",      "-",      "/",      "/",          " ",      " ",
        " ",      "\n",     "\n",     "\r",     "\t",     "\x01",       "é",      "Ж",
        "\u65E5", "\u0301", "\u2014", "\u2019", "\u00A0", "\u3000",     "\u2028", "\u017F",
        "\u01C5", "\u02B0", "\u0663", "\u00BD", "\uFEFF", "\U0001F600", "\xFF",   "\xC3",
    };
    uint64_t length = random_below(random, CHARS_MAX + 1);

    for (uint64_t i = 0; i < length; i++) {
        buf_append(out, str_from(chars[random_below(random, sizeof chars / sizeof *chars)]));
    }
}

START_TEST(tokens_add_up_at_every_joint_that_is_called_additive)
{
    struct random random = random_stream(5, STR("joints"), 0);
    uint32_t seen[JOINT_LEFT_COUNT][JOINT_RIGHT_COUNT] = {{0}};
    struct buf both;

    buf_init(&both, 1024);
    for (int i = 0; i < PAIRS; i++) {
        struct str left;
        struct str right;
        size_t cut = 0;

        buf_reset(&both);
        append_text(&both, &random);
        cut = both.len;
        append_text(&both, &random);
        left = str_take(buf_str(&both), cut);
        right = str_skip(buf_str(&both), cut);
        if (!joint_is_additive(left, right)) {
            continue;
        }
        seen[joint_left_of(left)][joint_right_of(right)]++;
        ck_assert_msg(count(buf_str(&both)) == count(left) + count(right), "'%.*s' + '%.*s'",
                      STR_ARG(left), STR_ARG(right));
    }
    for (unsigned left = 0; left < JOINT_LEFT_COUNT; left++) {
        for (unsigned right = 0; right < JOINT_RIGHT_COUNT; right++) {
            ck_assert_msg(!joint_is_safe(left, right) || seen[left][right] > 10, "%u + %u", left,
                          right);
        }
    }
    buf_release(&both);
}

START_TEST(joints_that_tokens_may_cross_are_not_additive)
{
    static const char *const pairs[][2] = {
        {"hay", "stack"}, {"it", "'s"},   {"12", "34"},    {"end.", "\n"},   {"a\n", "/b"},
        {"a ", "b"},      {"a\n", "\nb"}, {"(", "word"},   {".", "\""},      {"\t", "b"},
        {"\u65E5", "x"},  {"a ", "\n"},   {"\u00A0", "x"}, {"a\n\n", "\tb"},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_msg(!joint_is_additive(str_from(pairs[i][0]), str_from(pairs[i][1])),
                      "'%s' + '%s'", pairs[i][0], pairs[i][1]);
    }
}

START_TEST(the_joints_that_haystacks_are_made_of_are_additive)
{
    static const char *const pairs[][2] = {
        {"the", " end"}, {"end", "."},       {"end.", " The"},  {"end.\n\n", "The"},
        {"end", "\n\n"}, {"\u65E5", " x"},   {"a\n\n", "日本"}, {" (", "word"},
        {"1", "st"},     {"end.", " \"Why"}, {"x ", " y"},      {"", "anything"},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_msg(joint_is_additive(str_from(pairs[i][0]), str_from(pairs[i][1])),
                      "'%s' + '%s'", pairs[i][0], pairs[i][1]);
    }
}

int main(void)
{
    Suite *suite = suite_create("joint");
    TCase *tests = suite_case(suite, "joint");

    tcase_add_checked_fixture(tests, open_tokenizer, close_tokenizer);
    tcase_add_test(tests, tokens_add_up_at_every_joint_that_is_called_additive);
    tcase_add_test(tests, joints_that_tokens_may_cross_are_not_additive);
    tcase_add_test(tests, the_joints_that_haystacks_are_made_of_are_additive);
    return suite_run(suite);
}
