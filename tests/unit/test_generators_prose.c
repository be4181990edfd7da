#include "generators/prose.h"
#include "generators/prose_split.h"

#include "base/random.h"
#include "base/utf8.h"
#include "folder.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct tokenizer *tokenizer;
static struct folder folder;

static void setup(void)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
    folder_make(&folder);
}

static void teardown(void)
{
    folder_remove(&folder);
    tokenizer_free(tokenizer);
}

static struct prose *load(void)
{
    struct err err = {ERR_NONE, ""};
    struct prose *prose = NULL;

    ck_assert_msg(prose_load(&prose, folder.path, tokenizer, &err) == 0, "%s", err.text);
    return prose;
}

struct example {
    const char *text;
    const char *sentences; /* '|' between two, '#' between two paragraphs */
};

static const struct example examples[] = {
    {"", ""},
    {" \n\t\n", ""},
    {"One", "One"},
    {"One. Two! Three? Four", "One.|Two!|Three?|Four"},
    {"One.  Two.\nThree\nand more.", "One.|Two.|Three\nand more."},
    {"One.\n\nTwo\r\n\r\nThree \n \n Four", "One.#Two#Three#Four"},
    {"He paid 3.50 to Mr. J. Smith of the U.S. Navy. Then",
     "He paid 3.50 to Mr. J. Smith of the U.S. Navy.|Then"},
    {"See No. 7. Nothing", "See No. 7.|Nothing"},
    {"\"Go!\" he said. 'Why?' \"(Nay.)\" Yes", "\"Go!\" he said.|'Why?'|\"(Nay.)\"|Yes"},
    {"\xE2\x80\x9C"
     "Go.\xE2\x80\x9D She went\xE2\x80\xA6 He",
     "\xE2\x80\x9C"
     "Go.\xE2\x80\x9D|She went\xE2\x80\xA6|He"},
    {"It rose to 5. 7 men left.", "It rose to 5.|7 men left."},
    {"\xE6\x98\xA5\xE3\x80\x82\xE7\x9C\xA0\xEF\xBC\x9F\xE3\x80\x8D\xE4\xB8\x8D",
     "\xE6\x98\xA5\xE3\x80\x82|\xE7\x9C\xA0\xEF\xBC\x9F\xE3\x80\x8D|\xE4\xB8\x8D"},
    {"One.\xC2\xA0Two.\xE2\x80\xA9Three", "One.|Two.#Three"},
};

START_TEST(texts_are_split_at_the_ends_of_sentences)
{
    struct str rest = str_from(examples[_i].text);
    struct str sentence = {0};
    bool after_break = false;
    struct buf found;

    buf_init(&found, 1024);
    while (prose_split_next(&rest, &sentence, &after_break)) {
        if (found.len != 0) {
            buf_append_char(&found, after_break ? '#' : '|');
        }
        buf_append(&found, sentence);
    }
    ck_assert_msg(str_equal(buf_str(&found), str_from(examples[_i].sentences)), "'%s': '%.*s'",
                  examples[_i].text, STR_ARG(buf_str(&found)));
    buf_release(&found);
}

START_TEST(what_runs_on_is_cut_at_a_space_or_between_characters)
{
    struct str sentence = {0};
    struct buf text;
    struct str rest;
    bool after_break = false;
    size_t bytes = 0;

    buf_init(&text, 1 << 16);
    for (int i = 0; i < 1000; i++) {
        buf_append(&text, STR("word "));
    }
    for (int i = 0; i < 1000; i++) {
        buf_append(&text, STR("\xE6\x98\xA5"));
    }
    rest = buf_str(&text);
    while (prose_split_next(&rest, &sentence, &after_break)) {
        ck_assert_uint_le(sentence.len, PROSE_SENTENCE_BYTES_MAX);
        ck_assert_uint_eq(utf8_invalid_at(sentence), SIZE_MAX);
        bytes += sentence.len;
    }
    ck_assert_uint_ge(bytes, 1000 * 4 + 999 - 8 + 3000);
    buf_release(&text);
}

/* The text that a corpus makes, whole, and the sum of its sentences' tokens. */
static struct buf text_of(const struct prose *prose, uint64_t *tokens)
{
    struct buf text;

    buf_init(&text, 1 << 26);
    *tokens = 0;
    for (uint32_t i = 0; i < prose->count; i++) {
        buf_append(&text, prose_standing(&prose->sentences[i]));
        *tokens += prose->sentences[i].tokens;
    }
    ck_assert_int_eq(text.failure, 0);
    return text;
}

START_TEST(paragraphs_are_set_off_by_blank_lines_and_sentences_by_spaces)
{
    struct prose *prose = NULL;
    struct buf text;
    uint64_t tokens = 0;

    folder_write(&folder, "b.txt",
                 STR("\xEF\xBB\xBF"
                     "Three.\r\n  Four.\r\n"));
    folder_write(&folder, "a.md", STR("One.   Two.\n\n\n/ Slash. One. /x\n"));
    folder_write(&folder, "c.html", STR("Not a text."));
    prose = load();
    text = text_of(prose, &tokens);
    ck_assert_msg(str_equal(buf_str(&text), STR("One. Two. / Slash. /x\n\nThree. Four.\n\n")),
                  "'%s'", text.p);
    ck_assert_uint_eq(tokens, prose->tokens);
    buf_release(&text);
    prose_free(prose);
}

START_TEST(a_sentence_that_comes_again_is_left_out)
{
    struct prose *prose = NULL;

    folder_write(&folder, "a.txt", STR("One. Two. One. Three."));
    folder_write(&folder, "b.txt", STR("Two. Three. One."));
    prose = load();
    ck_assert_uint_eq(prose->count, 3);
    prose_free(prose);
}

START_TEST(long_texts_get_paragraphs)
{
    struct prose *prose = NULL;
    struct buf text;
    size_t paragraph = 0;

    buf_init(&text, 1 << 20);
    for (int i = 0; i < 500; i++) {
        buf_appendf(&text, "This is sentence number %d of a text without a blank line. ", i);
    }
    folder_write(&folder, "a.txt", buf_str(&text));
    prose = load();
    for (uint32_t i = 0; i < prose->count; i++) {
        paragraph = prose->sentences[i].opens_paragraph ? 0 : paragraph;
        ck_assert_uint_lt(paragraph, PROSE_PARAGRAPH_BYTES);
        paragraph += prose->sentences[i].len;
        ck_assert_int_eq(prose->sentences[i].closes_paragraph,
                         i + 1 == prose->count || prose->sentences[i + 1].opens_paragraph);
    }
    prose_free(prose);
    buf_release(&text);
}

/* Joints are only joints if the tokenizer, given the whole text, counts the same. */
START_TEST(tokens_of_sentences_add_up_to_those_of_the_text)
{
    static const char *const scraps[] = {"word",
                                         "Word",
                                         "WORD's",
                                         "7",
                                         "1,000",
                                         ".",
                                         "!",
                                         "?",
                                         "...",
                                         "/",
                                         "//x",
                                         "(a)",
                                         "\"q\"",
                                         "\n",
                                         "\n\n",
                                         "\r\n",
                                         "\t",
                                         "  ",
                                         "\xC2\xA0",
                                         "\xE3\x80\x82",
                                         "\xE6\x98\xA5\xE7\x9C\xA0",
                                         "\xCC\x81",
                                         "\xF0\x9F\x90\xA6",
                                         "\xE2\x80\x9D",
                                         "-",
                                         "'s",
                                         "\xE2\x80\xA8"};
    struct random random = random_stream(3, STR("prose"), (uint64_t)_i);
    struct err err = {ERR_NONE, ""};
    struct prose *prose = NULL;
    struct buf text;
    uint64_t sum = 0;
    uint64_t whole = 0;

    buf_init(&text, 1 << 20);
    buf_append_char(&text, '/');
    for (int i = 0; i < 4000; i++) {
        buf_append(&text, str_from(scraps[random_below(&random, sizeof scraps / sizeof *scraps)]));
        if (random_below(&random, 3) == 0) {
            buf_append_char(&text, ' ');
        }
    }
    folder_write(&folder, "a.txt", buf_str(&text));
    buf_release(&text);
    prose = load();
    text = text_of(prose, &sum);
    ck_assert_int_eq(tokenizer_count(tokenizer, buf_str(&text), &whole, &err), 0);
    ck_assert_uint_eq(sum, whole);
    buf_release(&text);
    prose_free(prose);
}

static void check_fault(enum err_code code, const char *says)
{
    struct err err = {ERR_NONE, ""};
    struct prose *prose = NULL;

    ck_assert_int_eq(prose_load(&prose, folder.path, tokenizer, &err), code);
    ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
}

START_TEST(bad_corpora_are_named_with_file_and_offset)
{
    check_fault(ERR_INPUT, "no .txt or .md file");
    folder_write(&folder, "blank.txt", STR(" \n"));
    check_fault(ERR_INPUT, "hold no text");
    folder_write(&folder, "nul.txt", STR("abc\0def"));
    check_fault(ERR_INPUT, "nul.txt: NUL at offset 3");
    folder_write(&folder, "bad.txt", STR("caf\xE9 au lait"));
    check_fault(ERR_INPUT, "bad.txt: byte 0xE9 at offset 3 is not UTF-8");
    (void)snprintf(folder.path, sizeof folder.path, "/tmp/haymaker-test-none");
    check_fault(ERR_SYSTEM, "haymaker-test-none");
}

int main(void)
{
    enum { RANDOM_TEXTS = 40 };
    Suite *suite = suite_create("generators_prose");
    TCase *split = suite_case(suite, "split");
    TCase *corpus = suite_case(suite, "corpus");

    tcase_add_loop_test(split, texts_are_split_at_the_ends_of_sentences, 0,
                        (int)(sizeof examples / sizeof *examples));
    tcase_add_test(split, what_runs_on_is_cut_at_a_space_or_between_characters);
    tcase_add_checked_fixture(corpus, setup, teardown);
    tcase_add_test(corpus, paragraphs_are_set_off_by_blank_lines_and_sentences_by_spaces);
    tcase_add_test(corpus, a_sentence_that_comes_again_is_left_out);
    tcase_add_test(corpus, long_texts_get_paragraphs);
    tcase_add_loop_test(corpus, tokens_of_sentences_add_up_to_those_of_the_text, 0, RANDOM_TEXTS);
    tcase_add_test(corpus, bad_corpora_are_named_with_file_and_offset);
    return suite_run(suite);
}
