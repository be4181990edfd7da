/* Haystacks are sized by adding up the tokens of their pieces. Here every message is counted again
 * as a whole. */
#include "generators/generator.h"

#include "base/buf.h"
#include "base/random.h"
#include "suite.h"

#include <check.h>

enum { TASKS_AT_1M = 2, MESSAGE_BYTES_MAX = 64 * 1024 * 1024 };

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

static uint64_t count_again(struct prompt *prompt)
{
    struct err err = {ERR_NONE, ""};
    struct prompt_piece piece;
    struct buf message;
    uint64_t tokens = 0;

    buf_init(&message, MESSAGE_BYTES_MAX);
    prompt_rewind(prompt);
    while (prompt_next(prompt, &piece, &err) > 0) {
        if (piece.opens_message) {
            tokens += count(buf_str(&message));
            buf_reset(&message);
        }
        buf_append(&message, piece.text);
    }
    ck_assert_int_eq(buf_check(&message, "message", &err), 0);
    tokens += count(buf_str(&message));
    buf_release(&message);
    return tokens;
}

/* Not every task has a canary. */
static struct test_case *open_case(const struct generator *generator, const void *bank,
                                   struct case_recipe *recipe)
{
    struct test_case *test_case = NULL;
    struct err err = {ERR_NONE, ""};
    int rc = generator->open(bank, recipe, &test_case, &err);

    if (rc == ERR_USAGE && recipe->canary) {
        recipe->canary = false;
        rc = generator->open(bank, recipe, &test_case, &err);
    }
    ck_assert_msg(rc == 0, "%s: %s", generator->name, err.text);
    return test_case;
}

static void check_case(const struct generator *generator, const void *bank,
                       struct case_recipe *recipe)
{
    struct test_case *test_case = open_case(generator, bank, recipe);
    struct prompt_measure measure;
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(count_again(test_case->prompt) == test_case->measure.tokens,
                  "%s, length %llu, seed %llu", generator->name,
                  (unsigned long long)recipe->length_tokens, (unsigned long long)recipe->seed);
    ck_assert_int_eq(prompt_measure(test_case->prompt, tokenizer, &measure, &err), 0);
    ck_assert_mem_eq(&measure, &test_case->measure, sizeof measure);
    test_case_free(test_case);
}

/* 8k and 128k, some cold, some with a canary; the first tasks, whose texts the others share, at 1m.
 */
START_TEST(every_task_has_the_tokens_it_states_at_every_length)
{
    static const uint64_t lengths[] = {8192, 131072, 1048576};
    const struct generator *generator = generators[_i];
    struct generator_settings settings = {0};
    struct random random = random_stream(17, STR("additive"), (uint64_t)_i);
    struct err err = {ERR_NONE, ""};
    void *bank = NULL;
    int rc = generator->load(generator, &bank, &settings, tokenizer, &err);

    if (rc == ERR_USAGE) {
        return; /* it needs data that we do not have */
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths - (_i < TASKS_AT_1M ? 0 : 1); i++) {
        for (uint32_t variant = 0; variant < (i == 0 ? 4 : 1); variant++) {
            struct case_recipe recipe = {
                .task = str_from(generator->name),
                .seed = random_u64(&random),
                .sample = variant,
                .needles = generator->needles_default,
                .length_tokens = lengths[i],
                .depth_percent = CASE_DEPTH_BY_DESIGN,
                .cold = variant % 2 == 1,
                .canary = variant >= 2,
            };

            check_case(generator, bank, &recipe);
        }
    }
    generator->unload(bank);
}

int main(void)
{
    Suite *suite = suite_create("additive");
    TCase *tests = suite_case(suite, "additive");
    int count_of_tasks = 0;

    while (generators[count_of_tasks] != NULL) {
        count_of_tasks++;
    }
    tcase_add_checked_fixture(tests, open_tokenizer, close_tokenizer);
    tcase_add_loop_test(tests, every_task_has_the_tokens_it_states_at_every_length, 0,
                        count_of_tasks);
    return suite_run(suite);
}
