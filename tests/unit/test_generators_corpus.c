/* The writers' corpus as it is installed: its formats and topics, and the replies it makes. */
#include "suite.h"
#include "writer_tokens.h"

#include "base/file.h"

#include <math.h>
#include <string.h>

static struct grammar *load_corpus(struct buf *problems)
{
    struct grammar *grammar = NULL;
    struct buf path;
    struct err err = {0};

    buf_init(&path, 4096);
    ck_assert_int_eq(file_data_path("corpora/writers", &path, &err), 0);
    ck_assert_msg(grammar_load(&grammar, path.p, problems, &err) == 0, "%s", err.text);
    buf_release(&path);
    return grammar;
}

START_TEST(the_corpus_has_its_formats_and_topics_and_nothing_unused)
{
    struct buf problems;
    struct grammar *grammar = NULL;

    buf_init(&problems, 65536);
    grammar = load_corpus(&problems);
    ck_assert_msg(problems.len == 0, "%s", problems.p);
    ck_assert_uint_ge(grammar->format_count, 10);
    ck_assert_uint_ge(grammar->topic_count, 430);
    buf_release(&problems);
    grammar_free(grammar);
}

/* Writes a reply of a format about some topic and returns its tokens; *target is what was asked. */
static uint64_t write_sized(const struct grammar *grammar, const struct tokenizer *tokenizer,
                            size_t format, uint64_t index, uint32_t *target)
{
    struct random random = random_stream(format, STR("size"), index);
    struct writer_task task = {format, random_below(&random, grammar->topic_count), 0};
    struct buf out;
    uint64_t tokens = 0;
    struct err err = {0};

    task.target_tokens = writer_draw_target(&grammar->formats[format], &random);
    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    writer_reply(grammar, &task, random, &out);
    ck_assert_int_eq(tokenizer_count(tokenizer, buf_str(&out), &tokens, &err), 0);
    buf_release(&out);
    *target = task.target_tokens;
    return tokens;
}

START_TEST(replies_are_as_long_as_asked)
{
    enum { REPLIES = 200, SMALLEST = 80, LARGEST = 700 };
    struct grammar *grammar = load_corpus(NULL);
    struct tokenizer *tokenizer = NULL;
    struct err err = {0};

    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err), 0);
    for (size_t f = 0; f < grammar->format_count; f++) {
        double wanted = 0;
        double written = 0;

        for (uint64_t i = 0; i < REPLIES; i++) {
            uint32_t target = 0;
            uint64_t tokens = write_sized(grammar, tokenizer, f, i, &target);

            ck_assert_msg(tokens >= SMALLEST && tokens <= LARGEST, "%.*s: %d tokens, wanted %u",
                          STR_ARG(grammar->formats[f].name), (int)tokens, target);
            wanted += target;
            written += (double)tokens;
        }
        ck_assert_msg(fabs(written / wanted - 1) < 0.1, "%.*s: %.0f for %.0f",
                      STR_ARG(grammar->formats[f].name), written / REPLIES, wanted / REPLIES);
    }
    tokenizer_free(tokenizer);
    grammar_free(grammar);
}

static void check_tidy(const char *reply)
{
    static const char *const untidy[] = {"  ", " \n", "\n\n\n", "{", "}", "\t", " ,", " ."};
    struct str text = str_from(reply);

    ck_assert(str_equal(str_trim(text), text));
    for (size_t i = 0; i < sizeof untidy / sizeof *untidy; i++) {
        ck_assert_msg(strstr(reply, untidy[i]) == NULL, "'%s' in: %s", untidy[i], reply);
    }
}

/* Reply `index` of a stream, a string the caller frees. */
static char *write_some(const struct grammar *grammar, const char *stream, uint64_t index)
{
    struct random random = random_stream(2, str_from(stream), index);
    struct writer_task task = {index % grammar->format_count,
                               random_below(&random, grammar->topic_count), 0};
    struct buf out;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    writer_reply(grammar, &task, random, &out);
    ck_assert_int_eq(out.failure, 0);
    return out.p;
}

static void check_reply(const struct grammar *grammar, uint64_t index)
{
    char *reply = write_some(grammar, "one", index);
    char *again = write_some(grammar, "one", index);
    char *other = write_some(grammar, "other", index);

    check_tidy(reply);
    ck_assert(strcmp(reply, again) == 0);
    ck_assert(strcmp(reply, other) != 0);
    free(reply);
    free(again);
    free(other);
}

START_TEST(replies_are_tidy_and_follow_from_their_stream)
{
    struct grammar *grammar = load_corpus(NULL);

    for (uint64_t i = 0; i < 3000; i++) {
        check_reply(grammar, i);
    }
    grammar_free(grammar);
}

START_TEST(the_tokens_of_replies_are_what_the_tokenizer_counts)
{
    check_all_tokens(load_corpus(NULL), 5000);
}

int main(void)
{
    Suite *suite = suite_create("generators_corpus");
    TCase *tests = suite_case(suite, "corpus");

    tcase_add_test(tests, the_corpus_has_its_formats_and_topics_and_nothing_unused);
    tcase_add_test(tests, replies_are_as_long_as_asked);
    tcase_add_test(tests, replies_are_tidy_and_follow_from_their_stream);
    tcase_add_test(tests, the_tokens_of_replies_are_what_the_tokenizer_counts);
    return suite_run(suite);
}
