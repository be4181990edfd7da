#include "generators/generator.h"

#include "base/file.h"

#include <check.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES_MAX = 8192, SMALL_CORPUS_SEED = 5 };

static const struct generator *generator;
static struct tokenizer *tokenizer;
static void *bank;

static void setup(void)
{
    struct generator_settings settings = {0};
    struct err err = {0};

    ck_assert_int_eq(generator_find(STR("mrcr"), &generator, &err), 0);
    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
    ck_assert_msg(generator->load(generator, &bank, &settings, tokenizer, &err) == 0, "%s",
                  err.text);
}

static void teardown(void)
{
    generator->unload(bank);
    tokenizer_free(tokenizer);
}

static struct case_recipe recipe_of(uint32_t needles, uint64_t length, uint32_t sample)
{
    return (struct case_recipe){
        .task = STR("mrcr"),
        .seed = 7,
        .sample = sample,
        .needles = needles,
        .length_tokens = length,
        .depth_percent = CASE_DEPTH_BY_DESIGN,
    };
}

static struct test_case *open_case(const struct case_recipe *recipe)
{
    struct test_case *test_case = NULL;
    struct err err = {0};

    ck_assert_msg(generator->open(bank, recipe, &test_case, &err) == 0, "%s", err.text);
    return test_case;
}

/* The messages of a prompt, as a reader sees them: copies, one string each. */
struct conversation {
    struct arena arena;
    struct str texts[MESSAGES_MAX];
    enum prompt_role roles[MESSAGES_MAX];
    size_t count;
};

static struct conversation *read_conversation(struct test_case *test_case)
{
    struct conversation *out = calloc(1, sizeof *out);
    struct prompt_piece piece;
    struct err err = {0};

    ck_assert_ptr_nonnull(out);
    prompt_rewind(test_case->prompt);
    while (prompt_next(test_case->prompt, &piece, &err) > 0) {
        ck_assert(piece.opens_message); /* one piece a message */
        ck_assert_uint_lt(out->count, MESSAGES_MAX);
        out->texts[out->count] = arena_copy(&out->arena, piece.text);
        out->roles[out->count++] = piece.role;
    }
    ck_assert_uint_ge(out->count, 4);
    return out;
}

static void free_conversation(struct conversation *conversation)
{
    arena_release(&conversation->arena);
    free(conversation);
}

/* The question in its parts; checks its form. */
struct question {
    struct str prefix;
    uint64_t ordinal; /* 1-based */
    struct str what;  /* "poem about tapirs" */
};

static struct question parse_question(struct str text)
{
    static const char end[] = ". Do not include any other text in your response.";
    struct question out = {0};
    struct str_pair cut;
    size_t digits = 0;

    ck_assert(str_starts(text, STR("Prepend ")));
    ck_assert(str_ends(text, STR(". Do not include any other text in your response.")));
    cut = str_cut(str_skip(text, 8), ' ');
    out.prefix = cut.head;
    ck_assert(str_starts(cut.tail, STR("to the ")));
    cut.tail = str_skip(cut.tail, 7);
    while (isdigit((unsigned char)cut.tail.p[digits])) {
        digits++;
    }
    ck_assert(str_to_u64(str_take(cut.tail, digits), &out.ordinal));
    cut.tail = str_skip(cut.tail, digits + 2);
    ck_assert(str_starts(cut.tail, STR(" (1 indexed) ")));
    cut.tail = str_skip(cut.tail, 13);
    out.what = str_take(cut.tail, cut.tail.len - (sizeof end - 1));
    return out;
}

/* Whether message i asks for `what`. */
static bool is_ask_for(const struct conversation *talk, size_t i, struct str what)
{
    ck_assert(str_starts(talk->texts[i], STR("write a ")));
    return str_equal(str_skip(talk->texts[i], 8), what);
}

static void check_shape(const struct conversation *talk, const struct test_case *test_case)
{
    ck_assert_uint_eq(talk->count % 2, 0);
    ck_assert_int_eq(talk->roles[0], PROMPT_USER);
    for (size_t i = 1; i < talk->count; i++) {
        ck_assert_int_eq(talk->roles[i], i % 2 == 1 ? PROMPT_USER : PROMPT_ASSISTANT);
    }
    ck_assert_uint_eq(test_case->measure.messages[PROMPT_USER], talk->count / 2 + 1);
    ck_assert_uint_eq(test_case->measure.messages[PROMPT_ASSISTANT], talk->count / 2 - 1);
    ck_assert(
        str_starts(talk->texts[0],
                   STR("Here are some examples of conversations succeeded by a follow-up "
                       "question answered correctly:\n\n======EXAMPLE======\nUser: write a ")));
    ck_assert(str_ends(talk->texts[0], STR("\n\n======END EXAMPLE======\n")));
}

/* Needle number `found` of the key is the pair at message i, and unlike those before it. */
static void check_needle(const struct conversation *talk, const struct test_case *test_case,
                         size_t found, size_t i)
{
    const struct answer_key *key = &test_case->key;

    ck_assert_uint_lt(found, key->needle_count);
    ck_assert_uint_eq(test_case->needle_messages[found], i);
    ck_assert(str_equal(key->needles[found], talk->texts[i + 1]));
    for (size_t j = 0; j < found; j++) {
        ck_assert(!str_equal(key->needles[j], key->needles[found]));
    }
}

/* Solves the case from its text alone and compares with the key. */
static void check_answer(const struct conversation *talk, const struct test_case *test_case)
{
    const struct answer_key *key = &test_case->key;
    struct question question = parse_question(talk->texts[talk->count - 1]);
    struct str solved = {0};
    size_t found = 0;

    for (size_t i = 1; i + 1 < talk->count; i += 2) {
        if (is_ask_for(talk, i, question.what)) {
            check_needle(talk, test_case, found, i);
            found++;
            solved = found == question.ordinal ? talk->texts[i + 1] : solved;
        }
    }
    ck_assert_uint_eq(key->needle_count, test_case->recipe.needles);
    ck_assert_uint_eq(found, key->needle_count);
    ck_assert_uint_eq(key->wanted + 1, question.ordinal);
    ck_assert(str_equal(key->prefix, question.prefix));
    ck_assert(str_starts(key->answer, question.prefix));
    ck_assert(str_equal(str_skip(key->answer, question.prefix.len), solved));
}

static void check_prefix(const struct conversation *talk)
{
    struct str prefix = parse_question(talk->texts[talk->count - 1]).prefix;
    size_t digits = 0;

    ck_assert_uint_eq(prefix.len, 10);
    for (size_t i = 0; i < prefix.len; i++) {
        ck_assert(isalnum((unsigned char)prefix.p[i]));
        digits += isdigit((unsigned char)prefix.p[i]) ? 1 : 0;
    }
    ck_assert(digits >= 2 && digits <= 8);
    for (size_t i = 0; i + 1 < talk->count; i++) {
        ck_assert(str_find(talk->texts[i], prefix) == SIZE_MAX);
    }
}

static uint64_t count_tokens(struct str text)
{
    uint64_t tokens = 0;
    struct err err = {0};

    ck_assert_int_eq(tokenizer_count(tokenizer, text, &tokens, &err), 0);
    return tokens;
}

/* Counts again, message by message, and compares with the case's own figures. */
static void check_size(const struct conversation *talk, const struct test_case *test_case)
{
    const struct case_recipe *recipe = &test_case->recipe;
    uint64_t answer = count_tokens(test_case->key.answer);
    uint64_t tokens = 0;
    uint64_t before = 0;

    for (size_t i = 0; i < talk->count; i++) {
        before = i == test_case->needle_messages[test_case->key.wanted] ? tokens : before;
        tokens += count_tokens(talk->texts[i]);
    }
    ck_assert_uint_eq(test_case->measure.tokens, tokens);
    ck_assert_uint_eq(test_case->answer_tokens, answer);
    ck_assert_double_eq_tol(test_case->depth, (double)before / (double)tokens, 1e-12);
    ck_assert_uint_le(tokens + answer, recipe->length_tokens);
    ck_assert_double_ge((double)(tokens + answer), (recipe->fill == CASE_FILL_EXACT ? 0.995 : 0.5) *
                                                       (double)recipe->length_tokens);
}

/* The measure that came with the case equals one taken by reading the prompt again. */
static void check_replay(struct test_case *test_case)
{
    struct prompt_measure again;
    struct err err = {0};

    ck_assert_int_eq(prompt_measure(test_case->prompt, tokenizer, &again, &err), 0);
    ck_assert_uint_eq(again.tokens, test_case->measure.tokens);
    ck_assert_uint_eq(again.bytes, test_case->measure.bytes);
    ck_assert_uint_eq(again.escaped_bytes, test_case->measure.escaped_bytes);
    ck_assert_uint_eq(again.code_points, test_case->measure.code_points);
    ck_assert_uint_eq(again.fingerprint.high, test_case->measure.fingerprint.high);
    ck_assert_uint_eq(again.fingerprint.low, test_case->measure.fingerprint.low);
}

static void check_case(const struct case_recipe *recipe)
{
    struct test_case *test_case = open_case(recipe);
    struct conversation *talk = read_conversation(test_case);

    check_shape(talk, test_case);
    check_answer(talk, test_case);
    check_prefix(talk);
    check_size(talk, test_case);
    check_replay(test_case);
    free_conversation(talk);
    test_case_free(test_case);
}

static const uint64_t lengths[] = {4096, 4100, 5000, 8191, 8192, 16384, 65536};

START_TEST(every_case_is_solvable_from_its_text_and_has_the_stated_size)
{
    for (uint32_t needles = 1; needles <= 8; needles *= 2) {
        for (uint32_t sample = 0; sample < 5; sample++) {
            struct case_recipe recipe = recipe_of(needles, lengths[_i], sample);

            recipe.seed = sample % 3;
            check_case(&recipe);
            if (lengths[_i] >= 8192) {
                recipe.fill = CASE_FILL_UNIFORM;
                check_case(&recipe);
            }
        }
    }
}

START_TEST(a_million_tokens_are_filled_as_exactly)
{
    struct case_recipe recipe = recipe_of(8, 1048576, 0);

    check_case(&recipe);
    recipe.fill = CASE_FILL_UNIFORM;
    recipe.needles = 2;
    check_case(&recipe);
}

START_TEST(many_needles_are_all_different_and_all_asked_for_alike)
{
    struct case_recipe recipe = recipe_of(300, 262144, 3);

    check_case(&recipe);
}

static int compare_texts(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;
    size_t shared = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->p, right->p, shared);

    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

START_TEST(no_two_replies_of_a_million_tokens_are_equal)
{
    struct case_recipe recipe = recipe_of(4, 1048576, 1);
    struct test_case *test_case = open_case(&recipe);
    struct conversation *talk = read_conversation(test_case);
    size_t replies = 0;

    for (size_t i = 2; i + 1 < talk->count; i += 2) {
        talk->texts[replies++] = talk->texts[i];
    }
    ck_assert_uint_gt(replies, 1000);
    qsort(talk->texts, replies, sizeof *talk->texts, compare_texts);
    for (size_t i = 1; i < replies; i++) {
        ck_assert(!str_equal(talk->texts[i - 1], talk->texts[i]));
    }
    free_conversation(talk);
    test_case_free(test_case);
}

START_TEST(distractors_share_format_or_topic_as_documented)
{
    struct case_recipe recipe = recipe_of(1, 1048576, 2);
    struct test_case *test_case = open_case(&recipe);
    struct conversation *talk = read_conversation(test_case);
    struct str what = parse_question(talk->texts[talk->count - 1]).what;
    size_t about = str_find(what, STR(" about "));
    double same_format = 0;
    double same_topic = 0;
    double others = 0;

    for (size_t i = 1; i + 1 < talk->count; i += 2) {
        struct str ask = str_skip(talk->texts[i], 8);

        if (str_starts(ask, str_take(what, about + 7))) {
            same_format++;
        } else if (str_ends(ask, str_skip(what, about))) {
            same_topic++;
        } else {
            others++;
        }
    }
    ck_assert_double_eq_tol(same_format / (same_format + same_topic + others), 0.375, 0.05);
    ck_assert_double_eq_tol(same_topic / (same_format + same_topic + others), 0.125, 0.04);
    free_conversation(talk);
    test_case_free(test_case);
}

START_TEST(ordinals_and_formats_are_asked_for_equally_often)
{
    enum { NEEDLES = 8, BLOCKS = 10 };
    unsigned seen[NEEDLES] = {0};
    unsigned in_block = 0;

    for (uint32_t sample = 0; sample < NEEDLES * BLOCKS; sample++) {
        struct case_recipe recipe = recipe_of(NEEDLES, 8192, sample);
        struct test_case *test_case = open_case(&recipe);

        seen[test_case->key.wanted]++;
        in_block |= 1U << test_case->key.wanted;
        if (sample % NEEDLES == NEEDLES - 1) {
            ck_assert_uint_eq(in_block, 255);
            in_block = 0;
        }
        test_case_free(test_case);
    }
    for (size_t i = 0; i < NEEDLES; i++) {
        ck_assert_uint_eq(seen[i], BLOCKS);
    }
}

START_TEST(depths_are_spread_evenly_and_apart_from_ordinals)
{
    enum { SAMPLES = 80, BINS = 8 };
    unsigned bins[BINS] = {0};
    double by_ordinal[4] = {0};

    for (uint32_t sample = 0; sample < SAMPLES; sample++) {
        struct case_recipe recipe = recipe_of(4, 65536, sample);
        struct test_case *test_case = open_case(&recipe);

        bins[(size_t)(test_case->depth * BINS)]++;
        by_ordinal[test_case->key.wanted] += test_case->depth / (SAMPLES / 4.0);
        test_case_free(test_case);
    }
    for (size_t i = 0; i < BINS; i++) {
        ck_assert_uint_ge(bins[i], SAMPLES / BINS - 3);
        ck_assert_uint_le(bins[i], SAMPLES / BINS + 3);
    }
    for (size_t i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(by_ordinal[i], 0.5, 0.25);
    }
}

START_TEST(a_depth_that_is_set_is_used_as_far_as_there_is_room)
{
    for (int percent = 0; percent <= 100; percent += 10) {
        for (uint32_t sample = 0; sample < 8; sample++) {
            struct case_recipe recipe = recipe_of(4, 65536, sample);
            struct test_case *test_case = NULL;
            double least = 0;
            double most = 0;

            recipe.depth_percent = percent;
            test_case = open_case(&recipe);
            /* Examples and up to three needles before it, itself and up to three after it; beside
             * half a reply of other text. */
            least = percent / 100.0 - 0.008;
            most = percent / 100.0 + 0.008;
            ck_assert_double_ge(test_case->depth, fmin(least, 0.95));
            ck_assert_double_le(test_case->depth, fmax(most, 0.05));
            test_case_free(test_case);
        }
    }
}

START_TEST(the_same_recipe_gives_the_same_bytes_and_any_other_does_not)
{
    struct case_recipe recipes[] = {recipe_of(4, 16384, 0), recipe_of(4, 16384, 0),
                                    recipe_of(4, 16384, 1), recipe_of(2, 16384, 0),
                                    recipe_of(4, 16385, 0), recipe_of(4, 16384, 0)};
    struct fingerprint first = {0};

    recipes[5].seed++;
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        struct test_case *test_case = open_case(&recipes[i]);
        struct fingerprint found = test_case->measure.fingerprint;

        if (i == 0) {
            first = found;
        }
        ck_assert_int_eq(found.high == first.high && found.low == first.low, i < 2);
        test_case_free(test_case);
    }
}

START_TEST(a_sample_asks_for_the_same_at_every_length)
{
    struct case_recipe short_recipe = recipe_of(4, 32768, 5);
    struct case_recipe long_recipe = recipe_of(4, 65536, 5);
    struct test_case *at_short = open_case(&short_recipe);
    struct test_case *at_long = open_case(&long_recipe);

    ck_assert(str_equal(at_short->key.answer, at_long->key.answer));
    ck_assert_double_eq_tol(at_short->depth, at_long->depth, 0.02);
    for (size_t i = 0; i < 4; i++) {
        ck_assert(str_equal(at_short->key.needles[i], at_long->key.needles[i]));
    }
    test_case_free(at_short);
    test_case_free(at_long);
}

START_TEST(what_a_case_keeps_does_not_grow_with_its_length)
{
    struct case_recipe short_recipe = recipe_of(4, 32768, 5);
    struct case_recipe long_recipe = recipe_of(4, 1048576, 5);
    struct test_case *at_short = open_case(&short_recipe);
    struct test_case *at_long = open_case(&long_recipe);

    ck_assert_uint_eq(at_short->arena.bytes, at_long->arena.bytes);
    test_case_free(at_short);
    test_case_free(at_long);
}

START_TEST(a_length_that_is_too_small_is_refused_and_the_named_one_will_do)
{
    static const uint32_t needles[] = {1, 8, 60};

    for (uint32_t sample = 0; sample < 6; sample++) {
        struct case_recipe recipe = recipe_of(needles[_i], 600, sample);
        struct test_case *test_case = NULL;
        struct err err = {0};
        const char *named = NULL;

        ck_assert_int_eq(generator->open(bank, &recipe, &test_case, &err), ERR_USAGE);
        ck_assert_ptr_null(test_case);
        named = strstr(err.text, " needs ");
        ck_assert_msg(named != NULL, "%s", err.text);
        ck_assert(str_to_u64(str_from(named + 7), &recipe.length_tokens));
        test_case_free(open_case(&recipe));
        recipe.length_tokens -= 1;
        ck_assert_int_eq(generator->open(bank, &recipe, &test_case, &err), ERR_USAGE);
    }
}

START_TEST(no_needles_and_a_missing_corpus_are_refused)
{
    struct case_recipe recipe = recipe_of(0, 8192, 0);
    struct generator_settings settings = {.corpus = "/nonexistent"};
    struct test_case *test_case = NULL;
    void *other = NULL;
    struct err err = {0};

    ck_assert_int_eq(generator->open(bank, &recipe, &test_case, &err), ERR_USAGE);
    ck_assert_int_eq(generator->load(generator, &other, &settings, tokenizer, &err), ERR_SYSTEM);
    ck_assert_ptr_null(other);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent"));
}

/* The figure was read off the first run: it shows that every machine writes these bytes, and that a
 * change to them is noticed (generator_mrcr.version goes with it). */
START_TEST(bytes_are_the_same_on_every_machine)
{
    static const char expected[] = "570bb8b3e06df810b83343c0de83d09d";
    const char *source = getenv("HAYMAKER_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
    struct generator_settings settings = {0};
    struct case_recipe recipe = recipe_of(4, 8192, 3);
    struct test_case *test_case = NULL;
    char path[1024];
    char found[FINGERPRINT_HEX + 1];
    void *small = NULL;
    struct err err = {0};

    (void)snprintf(path, sizeof path, "%s/tests/data/writers", source);
    settings.corpus = path;
    recipe.seed = SMALL_CORPUS_SEED;
    ck_assert_msg(generator->load(generator, &small, &settings, tokenizer, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(generator->open(small, &recipe, &test_case, &err) == 0, "%s", err.text);
    fingerprint_hex(test_case->measure.fingerprint, found);
    ck_assert_str_eq(found, expected);
    test_case_free(test_case);
    generator->unload(small);
}

START_TEST(chance_is_near_the_published_floors)
{
    /* README of Google's MRCR v2: 51, 27 and 15 % for 2, 4 and 8 needles. */
    ck_assert_double_eq_tol(generator->chance(2), 0.51, 0.01);
    ck_assert_double_eq_tol(generator->chance(4), 0.27, 0.01);
    ck_assert_double_eq_tol(generator->chance(8), 0.15, 0.01);
    ck_assert_double_eq(generator->chance(1), 1);
}

int main(void)
{
    Suite *suite = suite_create("generators mrcr");
    TCase *tcase = tcase_create("mrcr");
    SRunner *runner = NULL;
    int failed = 0;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, every_case_is_solvable_from_its_text_and_has_the_stated_size, 0,
                        (int)(sizeof lengths / sizeof *lengths));
    tcase_add_test(tcase, a_million_tokens_are_filled_as_exactly);
    tcase_add_test(tcase, many_needles_are_all_different_and_all_asked_for_alike);
    tcase_add_test(tcase, no_two_replies_of_a_million_tokens_are_equal);
    tcase_add_test(tcase, distractors_share_format_or_topic_as_documented);
    tcase_add_test(tcase, ordinals_and_formats_are_asked_for_equally_often);
    tcase_add_test(tcase, depths_are_spread_evenly_and_apart_from_ordinals);
    tcase_add_test(tcase, a_depth_that_is_set_is_used_as_far_as_there_is_room);
    tcase_add_test(tcase, the_same_recipe_gives_the_same_bytes_and_any_other_does_not);
    tcase_add_test(tcase, a_sample_asks_for_the_same_at_every_length);
    tcase_add_test(tcase, what_a_case_keeps_does_not_grow_with_its_length);
    tcase_add_loop_test(tcase, a_length_that_is_too_small_is_refused_and_the_named_one_will_do, 0,
                        3);
    tcase_add_test(tcase, no_needles_and_a_missing_corpus_are_refused);
    tcase_add_test(tcase, bytes_are_the_same_on_every_machine);
    tcase_add_test(tcase, chance_is_near_the_published_floors);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
