/* How texts are written from small grammars, and what is told of one that is wrong. */
#include "suite.h"
#include "writer_tokens.h"

#include "base/file_draft.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char topics[] =
    "tapirs | p | snout, calf/calves, river bank | shy, odd | wade/wades, sleep/sleeps | here, "
    "there | guide, vet\n"
    "patience | s | queue, kettle, box | quiet, rare | wait/waits, grow/grows | at home, outside | "
    "angler, nurse\n";

/* A folder with a grammar, removed after each test. */
static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    struct err err = {0};

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(file_replace(path, str_from(text), FILE_FOR_ALL, &err), 0);
}

static void setup(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/test_writer_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_file("topics.txt", topics);
}

static void teardown(void)
{
    static const char *const names[] = {"topics.txt", "banks-a.txt", "note.txt", "verse.txt"};
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static struct grammar *load(void)
{
    struct grammar *grammar = NULL;
    struct err err = {0};

    ck_assert_msg(grammar_load(&grammar, folder, NULL, &err) == 0, "%s", err.text);
    return grammar;
}

/* A format whose replies are `open` alone, up to a fixed body and close. */
static struct grammar *load_note(const char *open, const char *more)
{
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "format: note\ntokens: 1 1\n@open\n%s\\n\n@body\n-\n@close\n-\n%s", open, more);
    write_file("note.txt", text);
    return load();
}

static void write_note(const struct grammar *grammar, const char *topic, uint64_t index,
                       struct buf *out)
{
    struct writer_task task = {0, grammar_find_topic(grammar, str_from(topic)), 1};

    ck_assert_uint_ne(task.topic, SIZE_MAX);
    buf_reset(out);
    writer_reply(grammar, &task, random_stream(1, STR("test"), index), out);
    ck_assert_int_eq(out->failure, 0);
}

/* What `open` writes about a topic, with more rules in the file. */
static void check_note_with(const char *open, const char *more, const char *topic,
                            const char *expected)
{
    struct grammar *grammar = load_note(open, more);
    char whole[512];
    struct buf out;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    write_note(grammar, topic, 0, &out);
    (void)snprintf(whole, sizeof whole, "%s\n- -", expected);
    ck_assert_str_eq(out.p, whole);
    buf_release(&out);
    grammar_free(grammar);
}

static void check_note(const char *open, const char *topic, const char *expected)
{
    check_note_with(open, "", topic, expected);
}

START_TEST(verbs_agree_with_the_topic)
{
    check_note("{topic} [is|are] <old>", "tapirs", "tapirs are old");
    check_note("{topic} [is|are] <old>", "patience", "patience is old");
}

START_TEST(a_capital_is_given_to_the_next_letter)
{
    check_note("^\"{topic}", "tapirs", "\"Tapirs");
    check_note("^{a} x", "tapirs", "A x");
    check_note("^{number:7-7} cats", "tapirs", "7 cats");
}

START_TEST(escapes_stand_for_the_characters)
{
    check_note("\\#\\@\\{\\<\\[\\^\\|\\]\\>\\}\\\\ a\\nb", "tapirs", "#@{<[^|]>}\\ a\nb");
}

START_TEST(blanks_around_an_empty_choice_become_one)
{
    check_note("the <> end<> .", "tapirs", "the end .");
}

static const struct {
    const char *word;
    const char *article;
} articles[] = {
    {"apple", "an"},   {"hour", "an"},     {"honest man", "an"}, {"heirloom", "an"},
    {"owl", "an"},     {"umbrella", "an"}, {"unripe", "an"},     {"uninvited", "an"},
    {"usher", "an"},   {"11", "an"},       {"18", "an"},         {"80", "an"},
    {"onerous", "an"}, {"ounce", "an"},    {"utter", "an"},      {"tapir", "a"},
    {"house", "a"},    {"unique", "a"},    {"uniform", "a"},     {"user", "a"},
    {"useful", "a"},   {"one-eyed", "a"},  {"one", "a"},         {"once", "a"},
    {"ewe", "a"},      {"European", "a"},  {"110", "a"},         {"7", "a"},
    {"usual", "a"},    {"union", "a"},     {"\"odd\"", "an"},    {"Eel", "an"},
    {"utensil", "a"},  {"unit", "a"},
};

START_TEST(the_article_suits_the_next_word)
{
    char open[128];
    char expected[128];

    (void)snprintf(open, sizeof open, "{a} <%s>", articles[_i].word);
    (void)snprintf(expected, sizeof expected, "%s %s", articles[_i].article, articles[_i].word);
    check_note(open, "tapirs", expected);
}

START_TEST(regular_plurals_are_formed)
{
    static const char *const known[] = {"queues", "kettles", "boxes"};
    struct grammar *grammar = load_note("x", "");
    size_t index = grammar_find_topic(grammar, STR("patience"));
    const struct grammar_words *plurals = &grammar->topics[index].lists[GRAMMAR_THINGS];

    ck_assert_uint_eq(plurals->count, 3);
    for (uint32_t i = 0; i < plurals->count; i++) {
        ck_assert(str_equal(plurals->words[i], str_from(known[i])));
    }
    index = grammar_find_topic(grammar, STR("tapirs"));
    ck_assert(str_equal(grammar->topics[index].lists[GRAMMAR_THINGS].words[1], STR("calves")));
    grammar_free(grammar);
}

START_TEST(a_remembered_text_stays_the_same_and_two_differ)
{
    struct grammar *grammar =
        load_note("^{$A:name} {$B:name} {$A:name} {$B:name}.", "@name\nanna\nbruno\nclara\n");
    struct buf out;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    for (uint64_t i = 0; i < 200; i++) {
        struct str_pair first;
        struct str_pair second;

        write_note(grammar, "tapirs", i, &out);
        first = str_cut(buf_str(&out), ' ');
        second = str_cut(first.tail, ' ');
        out.p[0] = (char)(out.p[0] - 'A' + 'a');
        ck_assert(!str_equal(first.head, second.head));
        ck_assert(str_starts(second.tail, first.head));
        ck_assert(str_starts(str_skip(second.tail, first.head.len + 1), second.head));
    }
    buf_release(&out);
    grammar_free(grammar);
}

START_TEST(a_remembered_text_may_remember_another)
{
    check_note_with("{$WHO:guest} and {$WHO:guest}, {$NAME:name}.",
                    "@guest\n{$NAME:name} the baker\n@name\nMina\n", "tapirs",
                    "Mina the baker and Mina the baker, Mina.");
}

START_TEST(a_reply_keeps_to_a_few_of_a_rule)
{
    struct grammar *grammar = load_note("{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}{w}",
                                        "@w few 3\n{x}{x}\n{x}-\n@x\na\nb\nc\nd\ne\nf\ng\nh\n");
    unsigned all = 0;
    struct buf out;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    for (uint64_t i = 0; i < 100; i++) {
        char seen[3][2];
        size_t count = 0;

        write_note(grammar, "tapirs", i, &out);
        for (size_t at = 0; at < 32; at += 2) {
            size_t j = 0;

            while (j < count && memcmp(seen[j], out.p + at, 2) != 0) {
                j++;
            }
            ck_assert_uint_lt(j, 3);
            memcpy(seen[j], out.p + at, 2);
            count = j == count ? count + 1 : count;
            all |= 1U << (out.p[at] - 'a');
        }
    }
    ck_assert_uint_eq(all, 255); /* another reply, another few */
    buf_release(&out);
    grammar_free(grammar);
}

START_TEST(a_title_has_capitals_until_the_line_ends)
{
    check_note("x ^^a {topic} and the <sad \\(old> end\\n{topic}", "tapirs",
               "x A Tapirs and the Sad (Old End\ntapirs");
}

START_TEST(numbers_cover_their_range)
{
    struct grammar *grammar = load_note("{number:8-11}", "");
    bool seen[12] = {false};
    struct buf out;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t number = 0;

        write_note(grammar, "tapirs", i, &out);
        ck_assert(str_to_u64(str_cut(buf_str(&out), '\n').head, &number));
        ck_assert(number >= 8 && number <= 11);
        seen[number] = true;
    }
    ck_assert(seen[8] && seen[9] && seen[10] && seen[11]);
    buf_release(&out);
    grammar_free(grammar);
}

START_TEST(no_topic_word_and_no_bank_word_comes_twice_in_a_row)
{
    struct grammar *grammar =
        load_note("{thing} {thing} {things} {w} {w} {w}", "@w\none\ntwo\nthree\n");
    struct buf out;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    for (uint64_t i = 0; i < 200; i++) {
        struct str_pair words = {.ok = true};
        struct str last = {0};

        write_note(grammar, "patience", i, &out);
        words.tail = str_cut(buf_str(&out), '\n').head;
        while (words.ok) {
            words = str_cut(words.tail, ' ');
            ck_assert(last.len == 0 || !str_starts(words.head, last));
            last = words.head;
        }
    }
    buf_release(&out);
    grammar_free(grammar);
}

START_TEST(no_body_part_returns_before_all_were_used)
{
    static const char verse[] = "format: verse\ntokens: 40 40\n@open\n:\n@body\na\nb\nc\nd\ne\n"
                                "@close\n.\n";
    struct grammar *grammar = NULL;
    struct writer_task task = {0};
    struct buf out;

    write_file("verse.txt", verse);
    grammar = load();
    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    for (uint64_t i = 0; i < 50; i++) {
        size_t at = 0;

        buf_reset(&out);
        task.target_tokens = 60;
        writer_reply(grammar, &task, random_stream(3, STR("t"), i), &out);
        ck_assert_uint_gt(out.len, 24);
        for (at = 2; at + 10 <= out.len - 1; at += 10) {
            unsigned seen = 0;

            for (size_t j = 0; j < 5; j++) {
                seen |= 1U << (out.p[at + 2 * j] - 'a');
            }
            ck_assert_uint_eq(seen, 31);
        }
    }
    buf_release(&out);
    grammar_free(grammar);
}

static const struct {
    const char *lines; /* after "@name" and "x", the sixth line */
    const char *mistake;
} mistakes[] = {
    {"{nope}", "note.txt:8: unknown rule {nope}"},
    {"<a|b", "note.txt:8: unbalanced '<'"},
    {"[is|are", "note.txt:8: unbalanced '['"},
    {"{name", "note.txt:8: unbalanced '{'"},
    {"a > b", "note.txt:8: unbalanced '>'"},
    {"a | b", "note.txt:8: unbalanced '|'"},
    {"[one|two|three]", "note.txt:8: [singular|plural] has 3 forms"},
    {"{number:4}", "note.txt:8: {number:4} is no range"},
    {"{number:9-3}", "note.txt:8: {number:9-3} is no range"},
    {"{$A}", "note.txt:8: {$A} is not of the form"},
    {"{Name}", "note.txt:8: '{Name}' is no rule name"},
    {"a1b2c3d4e5", "note.txt:8: a word of 10 or more letters and digits"},
    {"@w few 0\nx", "note.txt:8: '@w few 0' is neither"},
    {"@two words\nx", "note.txt:8: '@two words' is neither"},
    {"@empty\n@other\nx", "note.txt:8: rule 'empty' has no alternatives"},
    {"@name\nx", "note.txt:8: rule 'name' is defined twice (also at note.txt:6)"},
    {"@open\n{open}\n@body\nx\n@close\nx", "rule 'open' nests deeper than 24 levels"},
    {"@open\nx\n@body\nx", "note.txt:1: format 'note' has no rule @close"},
};

START_TEST(a_mistake_is_named_with_file_and_line)
{
    char text[512];
    struct grammar *grammar = NULL;
    struct buf problems;
    struct err err = {0};

    (void)snprintf(text, sizeof text, "# a comment\nformat: note\n\ntokens: 1 2\n\n@name\nx\n%s\n",
                   mistakes[_i].lines);
    write_file("note.txt", text);
    buf_init(&problems, 65536);
    ck_assert_int_eq(grammar_load(&grammar, folder, &problems, &err), ERR_INPUT);
    ck_assert_ptr_null(grammar);
    ck_assert_msg(str_contains(buf_str(&problems), str_from(mistakes[_i].mistake)),
                  "expected '%s' in: %s", mistakes[_i].mistake, problems.p);
    ck_assert_msg(str_starts(buf_str(&problems), str_from(err.text)), "'%s' is not the first of %s",
                  err.text, problems.p);
    buf_release(&problems);
}

static const struct {
    const char *line;
    const char *mistake;
} topic_mistakes[] = {
    {"bees | p | a, b | c, d | e/f, g/h | i, j", "topics.txt:1: a topic has 7 fields"},
    {"bees | q | aa, bb | c, d | e/f, g/h | i, j | k, l", "'q' is neither s nor p"},
    {"bees | p | aa | c, d | e/f, g/h | i, j | k, l", "fewer than two entries: 'aa'"},
    {"bees | p | aa, , bb | c, d | e/f, g/h | i, j | k, l", "empty entry"},
    {"bees | p | aa, bb | c, d | e, g/h | i, j | k, l", "deed 'e' is not"},
};

START_TEST(a_mistaken_topic_is_named)
{
    struct grammar *grammar = NULL;
    struct err err = {0};

    write_file("topics.txt", topic_mistakes[_i].line);
    write_file("note.txt", "format: note\ntokens: 1 1\n@open\nx\n@body\nx\n@close\nx\n");
    ck_assert_int_eq(grammar_load(&grammar, folder, NULL, &err), ERR_INPUT);
    ck_assert_msg(strstr(err.text, topic_mistakes[_i].mistake) != NULL, "%s", err.text);
}

START_TEST(bytes_that_are_no_text_are_refused)
{
    struct grammar *grammar = NULL;
    struct err err = {0};

    write_file("note.txt", "format: note\ntokens: 1 1\n@open\n\xff\n@body\nx\n@close\nx\n");
    ck_assert_int_eq(grammar_load(&grammar, folder, NULL, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "note.txt: not text in UTF-8"));
}

START_TEST(an_unused_rule_is_remarked_but_no_mistake)
{
    struct grammar *grammar = NULL;
    struct buf problems;
    struct err err = {0};

    write_file("note.txt", "format: note\ntokens: 1 1\n@open\nx\n@body\nx\n@close\nx\n@spare\nx\n");
    buf_init(&problems, 65536);
    ck_assert_int_eq(grammar_load(&grammar, folder, &problems, &err), 0);
    ck_assert_str_eq(problems.p, "note.txt:9: rule 'spare' is never used\n");
    buf_release(&problems);
    grammar_free(grammar);
}

START_TEST(a_rule_of_the_file_hides_one_of_the_banks)
{
    write_file("banks-a.txt", "@hidden\nbank\n@seen\nfrom the {hidden}\n");
    check_note_with("{hidden} {seen}", "@hidden\nown\n", "tapirs", "own from the bank");
}

START_TEST(the_hash_changes_with_any_file)
{
    struct grammar *grammar = load_note("x", "");
    uint64_t before = grammar->hash;

    grammar_free(grammar);
    grammar = load_note("y", "");
    ck_assert_uint_ne(grammar->hash, before);
    grammar_free(grammar);
    grammar = load_note("x", "");
    ck_assert_uint_eq(grammar->hash, before);
    grammar_free(grammar);
}

START_TEST(the_tokens_of_awkward_texts_are_what_the_tokenizer_counts)
{
    check_all_tokens(
        load_note(
            "<^|^^|><It|it's|a |\\n|{a} ><apple|'s| x|/x|\"|...|  |12|caf\u00e9> {topic}<'s|-|.>"
            "<\\n|\\n\\n| \\n|./\\n|' \\n|,><s|'re|/|34|{$N:n} {$N:n}{$M:m}|>{number:5-4000}{m}",
            "@n\n<Mr |dr >Hay\n old <|stack>\n@m few 2\n{n}'<s|ll>\n <a|> \n"),
        4000);
}

START_TEST(the_tokens_of_names_and_titles_are_what_the_tokenizer_counts)
{
    check_all_tokens(
        load_note(
            "^^<a|the|of> {topic}<'s|-and-| of the> {$N:n} <in|\"in> {$M:m}<\\n|: |s>{$N:n}'s "
            "<.\\n\\n|. |(|\"{a} >^{$M:m}<'s|s|-> ^{$N:n}",
            "@n\n<Mr |old >Hay\n<fort|lake> clay\nstack\n"
            "@m few 2\nmy <aunt|neighbor>\nCaptain {n}\n"),
        4000);
}

int main(void)
{
    Suite *suite = suite_create("generators_writer");
    TCase *tests = suite_case(suite, "small grammars");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, verbs_agree_with_the_topic);
    tcase_add_test(tests, a_capital_is_given_to_the_next_letter);
    tcase_add_test(tests, escapes_stand_for_the_characters);
    tcase_add_test(tests, blanks_around_an_empty_choice_become_one);
    tcase_add_loop_test(tests, the_article_suits_the_next_word, 0,
                        (int)(sizeof articles / sizeof *articles));
    tcase_add_test(tests, regular_plurals_are_formed);
    tcase_add_test(tests, a_remembered_text_stays_the_same_and_two_differ);
    tcase_add_test(tests, a_remembered_text_may_remember_another);
    tcase_add_test(tests, a_reply_keeps_to_a_few_of_a_rule);
    tcase_add_test(tests, a_title_has_capitals_until_the_line_ends);
    tcase_add_test(tests, the_tokens_of_awkward_texts_are_what_the_tokenizer_counts);
    tcase_add_test(tests, the_tokens_of_names_and_titles_are_what_the_tokenizer_counts);
    tcase_add_test(tests, numbers_cover_their_range);
    tcase_add_test(tests, no_topic_word_and_no_bank_word_comes_twice_in_a_row);
    tcase_add_test(tests, no_body_part_returns_before_all_were_used);
    tcase_add_loop_test(tests, a_mistake_is_named_with_file_and_line, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_loop_test(tests, a_mistaken_topic_is_named, 0,
                        (int)(sizeof topic_mistakes / sizeof *topic_mistakes));
    tcase_add_test(tests, bytes_that_are_no_text_are_refused);
    tcase_add_test(tests, an_unused_rule_is_remarked_but_no_mistake);
    tcase_add_test(tests, a_rule_of_the_file_hides_one_of_the_banks);
    tcase_add_test(tests, the_hash_changes_with_any_file);
    return suite_run(suite);
}
