/* What every task promises of probes, cold haystacks and canaries. */
#include "generators/generator.h"

#include "base/buf.h"
#include "suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 1 << 26, NEEDLES = 8, TIMEOUT_S = 240, SALT_BYTES = 29 };

static const char *const tasks[] = {"mrcr", "niah"};
enum { TASKS = sizeof tasks / sizeof tasks[0] };

static struct tokenizer *tokenizer;
static const struct generator *generator;
static void *bank;

static void open_tokenizer(void)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
}

static void close_tokenizer(void)
{
    tokenizer_free(tokenizer);
}

static void use_task(const char *name)
{
    struct generator_settings settings = {0};
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(generator_find(str_from(name), &generator, &err), 0);
    ck_assert_msg(generator->load(generator, &bank, &settings, tokenizer, &err) == 0, "%s",
                  err.text);
}

static void leave_task(void)
{
    generator->unload(bank);
    bank = NULL;
}

static struct case_recipe recipe_of(uint64_t length, uint32_t sample, uint32_t probes)
{
    return (struct case_recipe){
        .task = str_from(generator->name),
        .seed = 23,
        .sample = sample,
        .needles = NEEDLES,
        .length_tokens = length,
        .depth_percent = CASE_DEPTH_BY_DESIGN,
        .probes = probes,
    };
}

static struct test_case *open_case(const struct case_recipe *recipe)
{
    struct test_case *test_case = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(generator->open(bank, recipe, &test_case, &err) == 0, "%s", err.text);
    return test_case;
}

static uint64_t tokens_of(struct str text)
{
    struct err err = {ERR_NONE, ""};
    uint64_t tokens = 0;

    ck_assert_int_eq(tokenizer_count(tokenizer, text, &tokens, &err), 0);
    return tokens;
}

/* All of a prompt: each message is a byte for its role, its text and a line feed. The question is
 * the last message or the last paragraph; it begins at `question`. */
struct whole {
    struct buf text;
    size_t question;
    uint64_t tokens;
};

static size_t last_paragraph(struct str text)
{
    size_t at = text.len;

    while (at > 2 && !(text.p[at - 1] == '\n' && text.p[at - 2] == '\n')) {
        at--;
    }
    return at;
}

static struct whole read_whole(struct test_case *test_case)
{
    bool is_talk = test_case->measure.messages[PROMPT_ASSISTANT] != 0;
    struct whole whole = {0};
    struct prompt_piece piece;
    struct err err = {ERR_NONE, ""};
    int rc = 0;

    buf_init(&whole.text, TEXT_BYTES_MAX);
    prompt_rewind(test_case->prompt);
    while ((rc = prompt_next(test_case->prompt, &piece, &err)) > 0) {
        if (piece.opens_message && whole.text.len != 0) {
            buf_append_char(&whole.text, '\n');
        }
        if (piece.opens_message) {
            buf_append_char(&whole.text, piece.role == PROMPT_USER ? 'u' : 'a');
            whole.question = whole.text.len;
        }
        buf_append(&whole.text, piece.text);
        whole.tokens += tokens_of(piece.text);
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(whole.text.failure, 0);
    if (!is_talk) {
        whole.question = last_paragraph(buf_str(&whole.text));
    }
    return whole;
}

static struct str haystack_of(const struct whole *whole)
{
    return str_take(buf_str(&whole->text), whole->question);
}

static bool are_equal(struct fingerprint a, struct fingerprint b)
{
    return a.high == b.high && a.low == b.low;
}

/* --- Probes. --- */

static void check_measure(struct test_case *test_case, const struct whole *whole)
{
    struct prompt_measure again;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(prompt_measure(test_case->prompt, tokenizer, &again, &err), 0);
    ck_assert(are_equal(again.fingerprint, test_case->measure.fingerprint));
    ck_assert_uint_eq(again.tokens, test_case->measure.tokens);
    ck_assert_uint_eq(again.tokens, whole->tokens);
    ck_assert_uint_le(whole->tokens + test_case->answer_tokens, test_case->recipe.length_tokens);
}

static void check_needle_differs(const struct test_case *test_case, bool seen[NEEDLES])
{
    ck_assert_uint_lt(test_case->key.wanted, NEEDLES);
    ck_assert(!seen[test_case->key.wanted]);
    seen[test_case->key.wanted] = true;
    ck_assert(str_ends(test_case->key.answer, test_case->key.needles[test_case->key.wanted]));
}

/* Opens all probes of a recipe; the longest of them fills the length. */
static void check_probes(struct case_recipe recipe)
{
    struct test_case *first_case = open_case(&recipe);
    struct whole first = read_whole(first_case);
    bool seen[NEEDLES] = {false};
    uint64_t most = 0;

    for (recipe.probe = 0; recipe.probe < recipe.probes; recipe.probe++) {
        struct test_case *test_case = open_case(&recipe);
        struct whole whole = read_whole(test_case);
        uint64_t total = whole.tokens + test_case->answer_tokens;

        ck_assert(str_equal(haystack_of(&whole), haystack_of(&first)));
        ck_assert(are_equal(test_case->haystack, first_case->haystack));
        ck_assert_int_eq(are_equal(test_case->measure.fingerprint, first_case->measure.fingerprint),
                         recipe.probe == 0);
        check_needle_differs(test_case, seen);
        check_measure(test_case, &whole);
        most = total > most ? total : most;
        buf_release(&whole.text);
        test_case_free(test_case);
    }
    ck_assert_uint_ge(most * 1000, recipe.length_tokens * 995);
    buf_release(&first.text);
    test_case_free(first_case);
}

static const uint32_t probe_counts[] = {2, 3, 5, 8};

START_TEST(probes_share_every_byte_but_the_question_and_want_different_needles)
{
    static const uint64_t lengths[] = {8192, 65536};

    use_task(tasks[_i % TASKS]);
    for (size_t i = 0; i < sizeof probe_counts / sizeof *probe_counts; i++) {
        for (uint32_t sample = 0; sample < 3; sample++) {
            struct case_recipe recipe = recipe_of(lengths[_i / TASKS % 2], sample, probe_counts[i]);

            recipe.canary = _i / TASKS / 2 != 0;
            check_probes(recipe);
        }
    }
    leave_task();
}

START_TEST(the_first_probe_asks_what_an_only_one_asks)
{
    use_task(tasks[_i]);
    for (uint32_t sample = 0; sample < 5; sample++) {
        struct case_recipe alone = recipe_of(16384, sample, 1);
        struct case_recipe first = recipe_of(16384, sample, 4);
        struct test_case *only = open_case(&alone);
        struct test_case *of_four = open_case(&first);

        ck_assert(str_equal(only->key.answer, of_four->key.answer));
        ck_assert_uint_eq(only->key.wanted, of_four->key.wanted);
        test_case_free(only);
        test_case_free(of_four);
    }
    leave_task();
}

START_TEST(one_probe_gives_the_bytes_of_a_recipe_that_names_none)
{
    struct case_recipe none;
    struct case_recipe one;
    struct test_case *of_none = NULL;
    struct test_case *of_one = NULL;

    use_task(tasks[_i]);
    none = recipe_of(16384, 2, 0);
    one = recipe_of(16384, 2, 1);
    of_none = open_case(&none);
    of_one = open_case(&one);
    ck_assert(are_equal(of_none->measure.fingerprint, of_one->measure.fingerprint));
    ck_assert(are_equal(of_none->haystack, of_one->haystack));
    test_case_free(of_none);
    test_case_free(of_one);
    leave_task();
}

/* Over as many samples as there are needles, each probe asks for each ordinal once. */
START_TEST(every_probe_of_mrcr_asks_for_every_ordinal_equally_often)
{
    unsigned asked[NEEDLES] = {0};
    uint32_t probes = probe_counts[_i];

    use_task("mrcr");
    for (uint32_t sample = 0; sample < NEEDLES; sample++) {
        struct case_recipe recipe = recipe_of(8192, sample, probes);

        for (recipe.probe = 0; recipe.probe < probes; recipe.probe++) {
            struct test_case *test_case = open_case(&recipe);

            asked[test_case->key.wanted] |= 1U << recipe.probe;
            test_case_free(test_case);
        }
    }
    for (size_t i = 0; i < NEEDLES; i++) {
        ck_assert_uint_eq(asked[i], (1U << probes) - 1);
    }
    leave_task();
}

/* One probe in each K-th of the text, and over samples evenly spread within it. */
START_TEST(the_depths_of_the_probes_divide_the_text)
{
    enum { PROBES = 4, SAMPLES = 24, HALVES = 2 * PROBES };
    unsigned in_half[HALVES] = {0};

    use_task(tasks[_i]);
    for (uint32_t sample = 0; sample < SAMPLES; sample++) {
        struct case_recipe recipe = recipe_of(131072, sample, PROBES);
        double lowest = 1;
        double highest = 0;

        for (recipe.probe = 0; recipe.probe < PROBES; recipe.probe++) {
            struct test_case *test_case = open_case(&recipe);

            lowest = fmin(lowest, test_case->depth);
            highest = fmax(highest, test_case->depth);
            in_half[(size_t)(test_case->depth * HALVES)]++;
            test_case_free(test_case);
        }
        ck_assert_double_eq_tol(highest - lowest, (PROBES - 1.0) / PROBES, 0.03);
    }
    for (size_t i = 0; i < HALVES; i++) {
        ck_assert_uint_ge(in_half[i], SAMPLES / 2 - 3);
        ck_assert_uint_le(in_half[i], SAMPLES / 2 + 3);
    }
    leave_task();
}

static void check_refused(const struct case_recipe *recipe, const char *says)
{
    struct test_case *test_case = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(generator->open(bank, recipe, &test_case, &err), ERR_USAGE);
    ck_assert_ptr_null(test_case);
    ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
}

START_TEST(more_probes_than_needles_and_probes_at_one_depth_are_refused)
{
    struct case_recipe recipe;

    use_task(tasks[_i]);
    recipe = recipe_of(16384, 0, NEEDLES + 1);
    check_refused(&recipe, "need as many needles, not 8");
    recipe = recipe_of(16384, 0, 2);
    recipe.depth_percent = 50;
    check_refused(&recipe, "--depths");
    recipe = recipe_of(16384, 0, 2);
    recipe.probe = 2;
    check_refused(&recipe, "probe 3 of 2");
    leave_task();
}

/* --- Cold haystacks. --- */

/* After the byte for the role. */
static struct str salt_of(const struct whole *whole)
{
    return str_take(str_skip(buf_str(&whole->text), 1), SALT_BYTES);
}

START_TEST(cold_probes_differ_in_their_salt_alone)
{
    struct case_recipe recipe;
    struct test_case *first_case = NULL;
    struct whole first;

    use_task(tasks[_i]);
    recipe = recipe_of(16384, 1, 4);
    recipe.cold = true;
    first_case = open_case(&recipe);
    first = read_whole(first_case);
    ck_assert(str_starts(salt_of(&first), STR("Session ")));
    ck_assert(str_ends(salt_of(&first), STR(".\n\n")));
    for (recipe.probe = 1; recipe.probe < recipe.probes; recipe.probe++) {
        struct test_case *test_case = open_case(&recipe);
        struct whole whole = read_whole(test_case);

        ck_assert(!str_equal(salt_of(&whole), salt_of(&first)));
        ck_assert_uint_eq(tokens_of(salt_of(&whole)), tokens_of(salt_of(&first)));
        ck_assert(str_equal(str_skip(haystack_of(&whole), 1 + SALT_BYTES),
                            str_skip(haystack_of(&first), 1 + SALT_BYTES)));
        ck_assert(are_equal(test_case->haystack, first_case->haystack));
        check_measure(test_case, &whole);
        buf_release(&whole.text);
        test_case_free(test_case);
    }
    buf_release(&first.text);
    test_case_free(first_case);
    leave_task();
}

START_TEST(no_two_cold_prompts_begin_alike)
{
    enum { RECIPES = 6 };
    struct case_recipe recipes[RECIPES];
    struct str salts[RECIPES];
    struct whole wholes[RECIPES];

    use_task(tasks[_i]);
    for (size_t i = 0; i < RECIPES; i++) {
        recipes[i] = recipe_of(8192, 0, 1);
        recipes[i].cold = true;
    }
    recipes[1].sample = 1;
    recipes[2].length_tokens = 16384;
    recipes[3].depth_percent = 0;
    recipes[4].seed = 24;
    recipes[5].needles = 4;
    for (size_t i = 0; i < RECIPES; i++) {
        struct test_case *test_case = open_case(&recipes[i]);
        uint64_t total = 0;

        wholes[i] = read_whole(test_case);
        salts[i] = salt_of(&wholes[i]);
        total = wholes[i].tokens + test_case->answer_tokens;
        ck_assert_uint_ge(total * 1000, recipes[i].length_tokens * 995);
        check_measure(test_case, &wholes[i]);
        for (size_t j = 0; j < i; j++) {
            ck_assert(!str_equal(salts[i], salts[j]));
        }
        test_case_free(test_case);
    }
    for (size_t i = 0; i < RECIPES; i++) {
        buf_release(&wholes[i].text);
    }
    leave_task();
}

/* --- Canaries. --- */

/* Where the code stands, 0 … 1 of the haystack; it must stand there once and nowhere else. */
static double place_of(const struct whole *whole, struct str code)
{
    struct str text = buf_str(&whole->text);
    size_t at = str_find(text, code);

    ck_assert_uint_eq(code.len, 6);
    ck_assert_uint_lt(at, whole->question);
    ck_assert_uint_eq(str_find(str_skip(text, at + 1), code), SIZE_MAX);
    return (double)at / (double)whole->question;
}

START_TEST(a_canary_stands_at_start_middle_and_end_and_is_asked_for)
{
    use_task(tasks[_i]);
    for (uint32_t sample = 0; sample < 6; sample++) {
        struct case_recipe recipe = recipe_of(sample % 2 != 0 ? 8192 : 65536, sample, 1);
        struct test_case *test_case = NULL;
        struct whole whole;
        struct str *codes = NULL;
        double tolerance = 600.0 / (double)recipe.length_tokens;

        recipe.canary = true;
        recipe.cold = sample % 3 == 0;
        test_case = open_case(&recipe);
        whole = read_whole(test_case);
        codes = test_case->key.canary;
        ck_assert_double_le(place_of(&whole, codes[CANARY_START]), tolerance / 3);
        ck_assert_double_eq_tol(place_of(&whole, codes[CANARY_MIDDLE]), 0.5, tolerance);
        ck_assert_double_ge(place_of(&whole, codes[CANARY_END]), 1 - tolerance / 3);
        ck_assert_uint_ne(
            str_find(str_skip(buf_str(&whole.text), whole.question), STR("\"Checkpoints:\"")),
            SIZE_MAX);
        ck_assert_uint_gt(test_case->answer_tokens, tokens_of(test_case->key.answer));
        ck_assert_uint_ge((whole.tokens + test_case->answer_tokens) * 1000,
                          recipe.length_tokens * 995);
        check_measure(test_case, &whole);
        buf_release(&whole.text);
        test_case_free(test_case);
    }
    leave_task();
}

START_TEST(a_canary_is_outside_of_needles_at_both_ends)
{
    use_task("niah");
    for (int percent = 0; percent <= 100; percent += 100) {
        struct case_recipe recipe = recipe_of(8192, 0, 1);
        struct test_case *test_case = NULL;
        struct whole whole;
        size_t needle = 0;

        recipe.needles = 1;
        recipe.depth_percent = percent;
        recipe.canary = true;
        test_case = open_case(&recipe);
        whole = read_whole(test_case);
        needle = str_find(buf_str(&whole.text), test_case->key.answer);
        ck_assert_uint_gt(needle,
                          str_find(buf_str(&whole.text), test_case->key.canary[CANARY_START]));
        ck_assert_uint_lt(needle,
                          str_find(buf_str(&whole.text), test_case->key.canary[CANARY_END]));
        buf_release(&whole.text);
        test_case_free(test_case);
    }
    leave_task();
}

START_TEST(without_a_canary_there_are_no_codes)
{
    struct case_recipe recipe;
    struct test_case *test_case = NULL;
    struct whole whole;

    use_task(tasks[_i]);
    recipe = recipe_of(8192, 0, 1);
    test_case = open_case(&recipe);
    whole = read_whole(test_case);
    for (int i = 0; i < CANARY_PLACES; i++) {
        ck_assert_uint_eq(test_case->key.canary[i].len, 0);
    }
    ck_assert_uint_eq(str_find(buf_str(&whole.text), STR("Checkpoint")), SIZE_MAX);
    ck_assert_uint_eq(test_case->answer_tokens, tokens_of(test_case->key.answer));
    buf_release(&whole.text);
    test_case_free(test_case);
    leave_task();
}

int main(void)
{
    Suite *suite = suite_create("generators_probes");
    TCase *rules = suite_case(suite, "rules");

    tcase_set_timeout(rules, TIMEOUT_S);
    tcase_add_unchecked_fixture(rules, open_tokenizer, close_tokenizer);
    tcase_add_loop_test(rules, probes_share_every_byte_but_the_question_and_want_different_needles,
                        0, TASKS * 4);
    tcase_add_loop_test(rules, the_first_probe_asks_what_an_only_one_asks, 0, TASKS);
    tcase_add_loop_test(rules, one_probe_gives_the_bytes_of_a_recipe_that_names_none, 0, TASKS);
    tcase_add_loop_test(rules, every_probe_of_mrcr_asks_for_every_ordinal_equally_often, 0, 4);
    tcase_add_loop_test(rules, the_depths_of_the_probes_divide_the_text, 0, TASKS);
    tcase_add_loop_test(rules, more_probes_than_needles_and_probes_at_one_depth_are_refused, 0,
                        TASKS);
    tcase_add_loop_test(rules, cold_probes_differ_in_their_salt_alone, 0, TASKS);
    tcase_add_loop_test(rules, no_two_cold_prompts_begin_alike, 0, TASKS);
    tcase_add_loop_test(rules, a_canary_stands_at_start_middle_and_end_and_is_asked_for, 0, TASKS);
    tcase_add_test(rules, a_canary_is_outside_of_needles_at_both_ends);
    tcase_add_loop_test(rules, without_a_canary_there_are_no_codes, 0, TASKS);
    return suite_run(suite);
}
