#include "generators/niah.h"

#include "generators/invented_facts.h"
#include "generators/prose_split.h"

#include "base/random.h"
#include "folder.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct tokenizer *tokenizer;
static void *bank;
static struct folder folder;

static void load(const struct generator_settings *settings)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(generator_niah.load(&generator_niah, &bank, settings, tokenizer, &err) == 0, "%s",
                  err.text);
}

static void open_tokenizer(void)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
    folder_make(&folder);
    bank = NULL;
}

static void open_addresses(void)
{
    struct generator_settings settings = {0};

    open_tokenizer();
    load(&settings);
}

static void close_all(void)
{
    generator_niah.unload(bank);
    tokenizer_free(tokenizer);
    folder_remove(&folder);
}

static struct case_recipe recipe_of(uint64_t length, uint32_t sample)
{
    return (struct case_recipe){
        .task = STR("niah"),
        .seed = 11,
        .sample = sample,
        .needles = 1,
        .length_tokens = length,
        .depth_percent = CASE_DEPTH_BY_DESIGN,
    };
}

static struct test_case *open_case(const struct case_recipe *recipe)
{
    struct test_case *test_case = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(generator_niah.open(bank, recipe, &test_case, &err) == 0, "%s", err.text);
    return test_case;
}

static void check_fault(const struct case_recipe *recipe, const char *says)
{
    struct test_case *test_case = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(generator_niah.open(bank, recipe, &test_case, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
}

/* The one user message of a prompt. The caller releases it. */
static struct buf read_message(struct test_case *test_case)
{
    struct prompt_piece piece;
    struct err err = {ERR_NONE, ""};
    struct buf text;
    bool is_first = true;

    buf_init(&text, 1 << 26);
    prompt_rewind(test_case->prompt);
    while (prompt_next(test_case->prompt, &piece, &err) > 0) {
        ck_assert_int_eq(piece.opens_message, is_first);
        ck_assert_int_eq(piece.role, PROMPT_USER);
        is_first = false;
        buf_append(&text, piece.text);
    }
    ck_assert_int_eq(text.failure, 0);
    ck_assert_uint_eq(text.len, test_case->measure.bytes);
    return text;
}

static uint64_t tokens_of(struct str text)
{
    struct err err = {ERR_NONE, ""};
    uint64_t tokens = 0;

    ck_assert_int_eq(tokenizer_count(tokenizer, text, &tokens, &err), 0);
    return tokens;
}

static struct str last_paragraph(struct str text)
{
    size_t at = text.len;

    while (at > 2 && !(text.p[at - 1] == '\n' && text.p[at - 2] == '\n')) {
        at--;
    }
    return str_skip(text, at);
}

/* Where "The KEY is " stands for the KEY of "What is the KEY?"; it must stand there once. */
static size_t find_needle(struct str text, struct str *value)
{
    struct str question = last_paragraph(text);
    struct str key = {0};
    struct buf start;
    size_t at = 0;

    ck_assert(str_starts(question, STR("What is the ")));
    key = str_cut(str_skip(question, STR("What is the ").len), '?').head;
    ck_assert_uint_eq(str_find(key, STR(" is ")), SIZE_MAX);
    buf_init(&start, 1024);
    buf_appendf(&start, "The %.*s is ", STR_ARG(key));
    at = str_find(text, buf_str(&start));
    ck_assert_uint_ne(at, SIZE_MAX);
    *value = str_cut(str_skip(text, at + start.len), '.').head;
    ck_assert_uint_eq(str_find(str_skip(text, at + 1), buf_str(&start)), SIZE_MAX);
    buf_release(&start);
    return at;
}

static void check_length(const struct test_case *test_case, struct str text)
{
    uint64_t total = test_case->measure.tokens + test_case->answer_tokens;
    uint64_t length = test_case->recipe.length_tokens;

    ck_assert_uint_eq(tokens_of(text), test_case->measure.tokens);
    ck_assert_uint_eq(tokens_of(test_case->key.answer), test_case->answer_tokens);
    ck_assert_uint_le(total, length);
    ck_assert_uint_ge(total * 1000, length * 995);
}

static const uint64_t lengths[] = {4096, 5000, 8192, 16384, 65536, 262144, 1048576, 2000000};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

START_TEST(a_case_has_its_exact_length_and_can_be_solved_from_its_text)
{
    /* The long ones are there to show that length does not matter; one of each is enough. */
    for (uint32_t sample = 0; sample < (lengths[_i] < 100000 ? 5 : 1); sample++) {
        struct case_recipe recipe = recipe_of(lengths[_i], sample);
        struct test_case *test_case = open_case(&recipe);
        struct buf text = read_message(test_case);
        struct str value = {0};
        size_t at = find_needle(buf_str(&text), &value);

        check_length(test_case, buf_str(&text));
        ck_assert(str_equal(value, test_case->key.answer));
        ck_assert_double_eq_tol((double)tokens_of(str_take(buf_str(&text), at)) /
                                    (double)test_case->measure.tokens,
                                test_case->depth, 2.0 / (double)recipe.length_tokens);
        buf_release(&text);
        test_case_free(test_case);
    }
}

/* The wanted sentence begins within half a sentence of where it should. */
START_TEST(depths_are_exact_to_the_nearest_sentence)
{
    struct case_recipe recipe = recipe_of(_i % 2 == 0 ? 65536 : 4096, 5);
    struct test_case *test_case = NULL;
    struct buf text;
    struct str value = {0};
    size_t at = 0;
    double prose = 0.0;
    double before = 0.0;

    recipe.depth_percent = 5 * (_i / 2);
    test_case = open_case(&recipe);
    text = read_message(test_case);
    at = find_needle(buf_str(&text), &value);
    prose = (double)(test_case->measure.tokens - tokens_of(last_paragraph(buf_str(&text))));
    before = (double)tokens_of(str_take(buf_str(&text), at));
    ck_assert_double_eq_tol(before, prose * recipe.depth_percent / 100.0, 150.0);
    if (recipe.depth_percent == 0) {
        ck_assert_uint_eq(at, 0);
    }
    if (recipe.depth_percent == 100) {
        ck_assert(str_starts(str_skip(buf_str(&text), (size_t)(value.p - text.p) + value.len),
                             STR(".\n\nWhat is the ")));
    }
    buf_release(&text);
    test_case_free(test_case);
}

static int compare_texts(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->p, right->p, len);

    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

START_TEST(no_sentence_occurs_twice)
{
    struct case_recipe recipe = recipe_of(2000000, 1);
    struct test_case *test_case = open_case(&recipe);
    struct buf message = read_message(test_case);
    struct str rest = buf_str(&message);
    struct str *sentences = calloc(200000, sizeof *sentences);
    bool after_break = false;
    size_t count = 0;

    ck_assert_ptr_nonnull(sentences);
    while (prose_split_next(&rest, &sentences[count], &after_break)) {
        ck_assert_uint_lt(++count, 200000);
    }
    ck_assert_uint_gt(count, 50000);
    qsort(sentences, count, sizeof *sentences, compare_texts);
    for (size_t i = 1; i < count; i++) {
        ck_assert_msg(!str_equal(sentences[i - 1], sentences[i]), "%.*s", STR_ARG(sentences[i]));
    }
    free(sentences);
    buf_release(&message);
    test_case_free(test_case);
}

static struct fingerprint fingerprint_of(const struct case_recipe *recipe)
{
    struct test_case *test_case = open_case(recipe);
    struct fingerprint out = test_case->measure.fingerprint;

    test_case_free(test_case);
    return out;
}

static bool are_equal(struct fingerprint a, struct fingerprint b)
{
    return a.high == b.high && a.low == b.low;
}

START_TEST(the_same_recipe_gives_the_same_bytes_and_another_gives_others)
{
    struct case_recipe recipe = recipe_of(16384, 2);
    struct case_recipe other = recipe;
    struct fingerprint first = fingerprint_of(&recipe);

    ck_assert(are_equal(first, fingerprint_of(&recipe)));
    other.sample = 3;
    ck_assert(!are_equal(first, fingerprint_of(&other)));
    other = recipe;
    other.seed = 12;
    ck_assert(!are_equal(first, fingerprint_of(&other)));
}

/* What an endpoint has cached of one prompt must not help with another. */
START_TEST(prompts_of_one_sample_begin_apart_but_ask_for_the_same)
{
    struct case_recipe recipe = recipe_of(16384, 2);
    struct test_case *shorter = open_case(&recipe);
    struct test_case *longer = NULL;
    struct buf short_text = read_message(shorter);
    struct buf long_text;

    recipe.length_tokens = 32768;
    longer = open_case(&recipe);
    long_text = read_message(longer);
    ck_assert(!str_equal(str_take(buf_str(&short_text), 100), str_take(buf_str(&long_text), 100)));
    ck_assert(str_equal(last_paragraph(buf_str(&short_text)), last_paragraph(buf_str(&long_text))));
    ck_assert(str_equal(shorter->key.answer, longer->key.answer));
    buf_release(&short_text);
    buf_release(&long_text);
    test_case_free(shorter);
    test_case_free(longer);
}

START_TEST(several_needles_are_of_one_kind_and_divide_the_text_evenly)
{
    static const uint32_t counts[] = {2, 4, 8, INVENTED_FACTS_MAX};
    struct case_recipe recipe = recipe_of(65536, 4);
    struct test_case *test_case = NULL;
    struct buf text;
    struct str value = {0};
    size_t last = 0;
    size_t at = 0;

    recipe.needles = counts[_i];
    test_case = open_case(&recipe);
    text = read_message(test_case);
    check_length(test_case, buf_str(&text));
    (void)find_needle(buf_str(&text), &value);
    ck_assert(str_equal(value, test_case->key.answer));
    ck_assert(str_equal(value, test_case->key.needles[test_case->key.wanted]));
    ck_assert_uint_eq(test_case->key.needle_count, recipe.needles);
    for (size_t i = 0; i < test_case->key.needle_count; i++) {
        struct str needle = test_case->key.needles[i];

        at = str_find(buf_str(&text), needle);
        ck_assert_uint_ne(at, SIZE_MAX);
        ck_assert_uint_eq(str_find(str_skip(buf_str(&text), at + 1), needle), SIZE_MAX);
        if (i != 0) {
            ck_assert_double_eq_tol((double)(at - last) / (double)text.len, 1.0 / recipe.needles,
                                    0.01);
        }
        last = at;
    }
    buf_release(&text);
    test_case_free(test_case);
}

START_TEST(depths_by_design_cover_the_text_evenly)
{
    enum { SAMPLES = 40, TENTHS = 10 };
    int found[TENTHS] = {0};

    for (uint32_t sample = 0; sample < SAMPLES; sample++) {
        struct case_recipe recipe = recipe_of(8192, sample);
        struct test_case *test_case = open_case(&recipe);

        found[(int)(test_case->depth * TENTHS)]++;
        test_case_free(test_case);
    }
    for (int i = 0; i < TENTHS; i++) {
        ck_assert_int_ge(found[i], 2);
        ck_assert_int_le(found[i], 6);
    }
}

START_TEST(a_uniform_fill_stays_in_the_upper_half)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    for (uint32_t sample = 0; sample < 20; sample++) {
        struct case_recipe recipe = recipe_of(32768, sample);
        struct test_case *test_case = NULL;
        uint64_t total = 0;

        recipe.fill = CASE_FILL_UNIFORM;
        test_case = open_case(&recipe);
        total = test_case->measure.tokens + test_case->answer_tokens;
        ck_assert_uint_gt(total, 16384);
        ck_assert_uint_le(total, 32768);
        least = total < least ? total : least;
        most = total > most ? total : most;
        test_case_free(test_case);
    }
    ck_assert_uint_lt(least, 20000);
    ck_assert_uint_gt(most, 29000);
}

START_TEST(what_cannot_be_built_is_a_usage_error_that_says_what_can)
{
    struct case_recipe recipe = recipe_of(4194304, 0);

    check_fault(&recipe, "the corpus has 2,0");
    recipe.length_tokens = 512;
    check_fault(&recipe, "1 needle, question and answer need a length of at least ");
    recipe.length_tokens = 65536;
    recipe.needles = INVENTED_FACTS_MAX + 1;
    check_fault(&recipe, "at most 128 needles");
    recipe.needles = 0;
    check_fault(&recipe, "at least one needle");
}

/* Texts of the user's need not be like ours: no stops at all, or nothing but long sentences. */
static void write_odd_corpus(int kind)
{
    static const char *const stops[] = {"", ". ", ".\n\n"};
    static const int words[] = {0, 7, 120};
    struct random random = random_stream(9, STR("corpus"), (uint64_t)kind);
    struct buf text;

    buf_init(&text, 1 << 20);
    for (int i = 1; i < 6500; i++) {
        buf_appendf(&text, "%c%llu ", (int)('A' + i % 26),
                    (unsigned long long)random_below(&random, 1000));
        if (words[kind] != 0 && i % words[kind] == 0) {
            buf_append(&text, str_from(stops[kind]));
        }
    }
    folder_write(&folder, "odd.txt", buf_str(&text));
    buf_release(&text);
}

START_TEST(the_users_needle_is_planted_and_asked_for)
{
    const struct generator_settings settings = {
        .corpus = folder.path,
        .needle = " /etc/hay says: the \xC3\xBC"
                  "ber-secret word is \"xylophone\"\n",
        .question = "/What is the secret word?",
        .expect = "xylophone",
    };
    struct case_recipe recipe = recipe_of(8192, (uint32_t)_i);
    struct test_case *test_case = NULL;
    struct str needle = str_trim(str_from(settings.needle));
    struct buf text;

    recipe.depth_percent = 10 * _i;
    write_odd_corpus(1);
    load(&settings);
    test_case = open_case(&recipe);
    text = read_message(test_case);
    check_length(test_case, buf_str(&text));
    ck_assert_uint_ne(str_find(buf_str(&text), needle), SIZE_MAX);
    ck_assert(str_equal(last_paragraph(buf_str(&text)), str_from(settings.question)));
    ck_assert(str_equal(test_case->key.answer, STR("xylophone")));
    buf_release(&text);
    test_case_free(test_case);
    recipe.needles = 2;
    check_fault(&recipe, "--needles must be 1");
}

START_TEST(sotu_is_the_name_of_the_built_in_corpus)
{
    static const struct generator_settings named = {.corpus = "sotu"};
    static const struct generator_settings unnamed = {0};
    uint64_t hash = 0;

    load(&named);
    hash = generator_niah.corpus_hash(bank);
    generator_niah.unload(bank);
    load(&unnamed);
    ck_assert_uint_eq(generator_niah.corpus_hash(bank), hash);
}

START_TEST(half_a_users_needle_is_a_usage_error)
{
    static const struct generator_settings faulty[] = {
        {.needle = "The word is hay."},
        {.needle = "The word is hay.", .question = "Which?"},
        {.needle = " ", .question = "Which?", .expect = "hay"},
        {.needle = "The word is \xFF.", .question = "Which?", .expect = "hay"},
    };
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(generator_niah.load(&generator_niah, &bank, &faulty[_i], tokenizer, &err),
                     ERR_USAGE);
    ck_assert_uint_ne(strlen(err.text), 0);
    bank = NULL;
}

START_TEST(lengths_are_exact_on_any_corpus)
{
    struct generator_settings settings = {.corpus = folder.path};

    write_odd_corpus(_i);
    load(&settings);
    for (uint64_t length = 2048; length < 12000; length += 731) {
        struct case_recipe recipe = recipe_of(length, (uint32_t)length);
        struct test_case *test_case = open_case(&recipe);
        struct buf text = read_message(test_case);

        check_length(test_case, buf_str(&text));
        buf_release(&text);
        test_case_free(test_case);
    }
}

/* The longest length that the error names can be built; all of the corpus is in it. */
START_TEST(a_window_goes_around_the_whole_corpus_once)
{
    struct generator_settings settings = {.corpus = folder.path};
    struct case_recipe recipe = recipe_of(100000, 0);
    struct test_case *test_case = NULL;
    struct err err = {ERR_NONE, ""};
    struct buf text;
    struct str digits = {0};
    uint64_t longest = 0;

    write_odd_corpus(1);
    load(&settings);
    ck_assert_int_eq(generator_niah.open(bank, &recipe, &test_case, &err), ERR_USAGE);
    digits = str_from(strstr(err.text, "length is ") + strlen("length is "));
    for (size_t i = 0; i < digits.len; i++) {
        longest = digits.p[i] == ',' ? longest : longest * 10 + (uint64_t)(digits.p[i] - '0');
    }
    recipe.length_tokens = longest;
    test_case = open_case(&recipe);
    text = read_message(test_case);
    check_length(test_case, buf_str(&text));
    buf_release(&text);
    test_case_free(test_case);
}

int main(void)
{
    enum { DEPTHS = 2 * 21, ODD_CORPORA = 3, TIMEOUT_S = 240 };
    Suite *suite = suite_create("generators_niah");
    TCase *addresses = suite_case(suite, "addresses");
    TCase *others = suite_case(suite, "others");

    tcase_set_timeout(addresses, TIMEOUT_S);
    tcase_set_timeout(others, TIMEOUT_S);
    tcase_add_unchecked_fixture(addresses, open_addresses, close_all);
    tcase_add_loop_test(addresses, a_case_has_its_exact_length_and_can_be_solved_from_its_text, 0,
                        LENGTHS);
    tcase_add_loop_test(addresses, depths_are_exact_to_the_nearest_sentence, 0, DEPTHS);
    tcase_add_test(addresses, no_sentence_occurs_twice);
    tcase_add_test(addresses, the_same_recipe_gives_the_same_bytes_and_another_gives_others);
    tcase_add_test(addresses, prompts_of_one_sample_begin_apart_but_ask_for_the_same);
    tcase_add_loop_test(addresses, several_needles_are_of_one_kind_and_divide_the_text_evenly, 0,
                        4);
    tcase_add_test(addresses, depths_by_design_cover_the_text_evenly);
    tcase_add_test(addresses, a_uniform_fill_stays_in_the_upper_half);
    tcase_add_test(addresses, what_cannot_be_built_is_a_usage_error_that_says_what_can);
    tcase_add_checked_fixture(others, open_tokenizer, close_all);
    tcase_add_loop_test(others, the_users_needle_is_planted_and_asked_for, 0, 11);
    tcase_add_test(others, sotu_is_the_name_of_the_built_in_corpus);
    tcase_add_loop_test(others, half_a_users_needle_is_a_usage_error, 0, 4);
    tcase_add_loop_test(others, lengths_are_exact_on_any_corpus, 0, ODD_CORPORA);
    tcase_add_test(others, a_window_goes_around_the_whole_corpus_once);
    return suite_run(suite);
}
