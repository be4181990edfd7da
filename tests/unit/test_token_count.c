#include "suite.h"

#include "base/buf.h"
#include "base/random.h"
#include "token/token.h"

#include <pthread.h>
#include <string.h>

enum { IDS_MAX = 24 };

static struct tokenizer *tokenizers[2]; /* by enum token_encoding */
static struct err err;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    ck_assert_msg(tokenizer_open(&tokenizers[0], TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
    ck_assert_msg(tokenizer_open(&tokenizers[1], TOKEN_CL100K_BASE, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
    tokenizer_free(tokenizers[0]);
    tokenizer_free(tokenizers[1]);
}

static uint64_t count_of(enum token_encoding encoding, struct str text)
{
    uint64_t tokens = 0;

    ck_assert_int_eq(tokenizer_count(tokenizers[encoding], text, &tokens, &err), 0);
    return tokens;
}

/* Ids by npm tiktoken 1.0.22. */
static const struct {
    enum token_encoding encoding;
    const char *text;
    uint32_t ids[IDS_MAX]; /* up to the first 0 */
} known[] = {
    {TOKEN_O200K_BASE, "hello world", {24912, 2375}},
    {TOKEN_O200K_BASE, "<|endoftext|>", {27, 91, 419, 1440, 919, 91, 29}},
    {TOKEN_O200K_BASE,
     "It's 12345 tokens, isn't it?\n\n    def f(x):\r\n",
     {15834, 220, 7633, 2548, 20290, 11, 12471, 480, 1715, 271, 1056, 285, 4061, 12517}},
    {TOKEN_O200K_BASE, "\u65E5\u672C\u8A9E\u306E\u6587\u7AE0", {9048, 40909, 3385, 26474}},
    {TOKEN_O200K_BASE,
     "\U0001F468\u200D\U0001F469\u200D\U0001F467 na\u00EFve \u0416\u0438\u0437\u043D\u044C",
     {28823, 101, 2524, 28823, 102, 2524, 28823, 100, 153475, 737, 16318, 17979, 615}},
    {TOKEN_CL100K_BASE, "hello world", {15339, 1917}},
    {TOKEN_CL100K_BASE, "<|endoftext|>", {27, 91, 8862, 728, 428, 91, 29}},
    {TOKEN_CL100K_BASE,
     "It's 12345 tokens, isn't it?\n\n    def f(x):\r\n",
     {2181, 596, 220, 4513, 1774, 11460, 11, 4536, 956, 433, 1980, 262, 711, 282, 2120, 5903}},
    {TOKEN_CL100K_BASE,
     "\u65E5\u672C\u8A9E\u306E\u6587\u7AE0",
     {9080, 22656, 45918, 252, 16144, 83125}},
    {TOKEN_CL100K_BASE,
     "\U0001F468\u200D\U0001F469\u200D\U0001F467 na\u00EFve \u0416\u0438\u0437\u043D\u044C",
     {9468, 239, 101, 378,   235, 9468, 239, 102,   378,  235,
      9468, 239, 100, 95980, 588, 1301, 244, 41873, 2156, 4929}},
};

START_TEST(known_texts_have_tiktoken_s_ids)
{
    struct token_ids ids = {0};
    size_t wanted = 0;

    while (wanted < IDS_MAX && known[_i].ids[wanted] != 0) {
        wanted++;
    }
    ck_assert_int_eq(
        tokenizer_encode(tokenizers[known[_i].encoding], str_from(known[_i].text), &ids, &err), 0);
    ck_assert_uint_eq(ids.count, wanted);
    ck_assert_mem_eq(ids.ids, known[_i].ids, wanted * sizeof ids.ids[0]);
    token_ids_release(&ids);
}

START_TEST(an_empty_text_has_no_tokens)
{
    struct token_ids ids = {0};

    ck_assert_uint_eq(count_of(TOKEN_O200K_BASE, (struct str){NULL, 0}), 0);
    ck_assert_uint_eq(count_of(TOKEN_CL100K_BASE, STR("")), 0);
    ck_assert_int_eq(tokenizer_encode(tokenizers[0], STR(""), &ids, &err), 0);
    ck_assert_uint_eq(ids.count, 0);
    token_ids_release(&ids);
}

START_TEST(ids_are_appended)
{
    struct token_ids ids = {0};

    ck_assert_int_eq(tokenizer_encode(tokenizers[0], STR("hello"), &ids, &err), 0);
    ck_assert_int_eq(tokenizer_encode(tokenizers[0], STR(" world"), &ids, &err), 0);
    ck_assert_uint_eq(ids.count, 2);
    ck_assert_uint_eq(ids.ids[0], 24912);
    ck_assert_uint_eq(ids.ids[1], 2375);
    token_ids_release(&ids);
}

/* Every cut of a text, most of them inside a character, in memory that ends where the text ends. */
START_TEST(a_count_is_the_number_of_ids_however_a_text_is_cut)
{
    static const char text[] = "Caf\u00E9s, na\u00EFve  \u65E5\u672C\u8A9E 12345\r\n\t "
                               "\U0001F468\u200D\U0001F469 don'\u017F abcdefghijklmnopqrstuvwxyz"
                               "\xFF\xED\xA0\x80 end   ";

    for (size_t len = 0; len < sizeof text; len++) {
        char *exact = malloc(len != 0 ? len : 1);

        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, len);
        for (size_t i = 0; i < 2; i++) {
            struct token_ids ids = {0};
            struct str cut = {exact, len};

            ck_assert_int_eq(tokenizer_encode(tokenizers[i], cut, &ids, &err), 0);
            ck_assert_uint_eq(ids.count, count_of((enum token_encoding)i, cut));
            token_ids_release(&ids);
        }
        free(exact);
    }
}

/* Each a single piece of a megabyte. tiktoken gives the same figure per byte at 20,000. */
static const struct {
    const char *unit;
    uint64_t bytes;
    uint64_t tokens; /* o200k_base */
} long_pieces[] = {{"a", 1000000, 125000}, {"\u4E00", 999999, 333333}, {" ", 1 << 20, 1 << 13}};

START_TEST(a_piece_of_a_megabyte_is_merged_in_moments)
{
    size_t unit_len = strlen(long_pieces[_i].unit);
    char *text = malloc(long_pieces[_i].bytes);

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < long_pieces[_i].bytes; i++) {
        text[i] = long_pieces[_i].unit[i % unit_len];
    }
    ck_assert_uint_eq(count_of(TOKEN_O200K_BASE, (struct str){text, long_pieces[_i].bytes}),
                      long_pieces[_i].tokens);
    free(text);
}

/* Words of letters that no vocabulary has whole, many of them again and again. */
static void make_words(struct buf *text, size_t words)
{
    struct random random = random_stream(3, STR("words"), 0);

    for (size_t i = 0; i < words; i++) {
        struct random letters = random_stream(4, STR("letters"), random_below(&random, words / 2));

        for (uint64_t left = 1 + random_below(&letters, 30); left != 0; left--) {
            buf_append_char(text, (char)('a' + random_below(&letters, 26)));
        }
        buf_append(text, random_below(&random, 9) == 0 ? STR("\u65E5\u672C. ") : STR(" "));
    }
}

/* One that has room for everything, and one that forgets after every few words. */
START_TEST(a_session_gives_the_same_as_none)
{
    static const size_t memory[] = {1 << 26, 20000, 1};
    struct token_session *session = NULL;
    struct token_ids wanted = {0};
    struct buf text;

    buf_init(&text, 1 << 20);
    make_words(&text, 8000);
    ck_assert_int_eq(tokenizer_encode(tokenizers[0], buf_str(&text), &wanted, &err), 0);
    ck_assert_int_eq(token_session_new(&session, tokenizers[0], memory[_i], &err), 0);
    for (int pass = 0; pass < 2; pass++) {
        struct token_ids ids = {0};
        uint64_t tokens = 0;

        ck_assert_int_eq(token_session_encode(session, buf_str(&text), &ids, &err), 0);
        ck_assert_uint_eq(ids.count, wanted.count);
        ck_assert_mem_eq(ids.ids, wanted.ids, wanted.count * sizeof *wanted.ids);
        ck_assert_int_eq(token_session_count(session, buf_str(&text), &tokens, &err), 0);
        ck_assert_uint_eq(tokens, wanted.count);
        token_ids_release(&ids);
    }
    token_session_free(session);
    token_ids_release(&wanted);
    buf_release(&text);
}

static void *count_in_thread(void *text)
{
    struct err thread_err = {ERR_NONE, ""};
    uint64_t *tokens = calloc(1, sizeof *tokens);

    if (tokens != NULL) {
        (void)tokenizer_count(tokenizers[0], buf_str(text), tokens, &thread_err);
    }
    return tokens;
}

START_TEST(threads_share_a_tokenizer)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct buf text;

    buf_init(&text, 1 << 20);
    make_words(&text, 8000);
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_in_thread, &text), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *tokens = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &tokens), 0);
        ck_assert_ptr_nonnull(tokens);
        ck_assert_uint_eq(*(uint64_t *)tokens, count_of(TOKEN_O200K_BASE, buf_str(&text)));
        free(tokens);
    }
    buf_release(&text);
}

/* What the generators rely on: a line end before a letter is always a joint of two pieces. */
START_TEST(counts_add_up_where_a_line_end_meets_a_letter)
{
    static const char *const heads[] = {"said.\n\n", "x \n",   "9\n",        "\u65E5\n",
                                        "//\n",      "'s\r\n", "\xE2\x82\n", " \t\n"};
    static const char *const tails[] = {"The end", "d'accord", "it's", "\u00E9t\u00E9", "A1"};

    for (size_t i = 0; i < sizeof heads / sizeof heads[0] * 5 * 2; i++) {
        struct str head = str_from(heads[i / 10]);
        struct str tail = str_from(tails[i / 2 % 5]);
        enum token_encoding encoding = i % 2 == 0 ? TOKEN_O200K_BASE : TOKEN_CL100K_BASE;
        char both[64];

        memcpy(both, head.p, head.len);
        memcpy(both + head.len, tail.p, tail.len);
        ck_assert_uint_eq(count_of(encoding, (struct str){both, head.len + tail.len}),
                          count_of(encoding, head) + count_of(encoding, tail));
    }
}

START_TEST(encodings_are_found_by_name)
{
    enum token_encoding encoding = TOKEN_O200K_BASE;

    ck_assert_int_eq(token_encoding_from_name(STR("cl100k_base"), &encoding, &err), 0);
    ck_assert_int_eq(encoding, TOKEN_CL100K_BASE);
    ck_assert_str_eq(token_encoding_name(TOKEN_O200K_BASE), "o200k_base");
    ck_assert_int_eq(token_encoding_from_name(STR("o200k_harmony"), &encoding, &err), 0);
    ck_assert_int_eq(encoding, TOKEN_O200K_BASE);
    ck_assert_int_eq(token_encoding_from_name(STR("gpt2"), &encoding, &err), ERR_USAGE);
    ck_assert_str_eq(err.text,
                     "unknown encoding 'gpt2'; known: o200k_base, o200k_harmony, cl100k_base");
}

int main(void)
{
    Suite *suite = suite_create("token.count");
    TCase *tests = suite_case(suite, "count");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, known_texts_have_tiktoken_s_ids, 0, sizeof known / sizeof known[0]);
    tcase_add_test(tests, an_empty_text_has_no_tokens);
    tcase_add_test(tests, ids_are_appended);
    tcase_add_test(tests, a_count_is_the_number_of_ids_however_a_text_is_cut);
    tcase_add_loop_test(tests, a_piece_of_a_megabyte_is_merged_in_moments, 0,
                        sizeof long_pieces / sizeof long_pieces[0]);
    tcase_add_loop_test(tests, a_session_gives_the_same_as_none, 0, 3);
    tcase_add_test(tests, threads_share_a_tokenizer);
    tcase_add_test(tests, counts_add_up_where_a_line_end_meets_a_letter);
    tcase_add_test(tests, encodings_are_found_by_name);
    return suite_run(suite);
}
