#include "sim/fault.h"

#include "sim/wire.h"
#include "suite.h"

#include <check.h>

static struct sim_spec spec;
static struct sim_attempts attempts;

static void parse(const char *name)
{
    struct err err = {0};

    ck_assert_msg(sim_spec_parse(str_from(name), &spec, &err) == 0, "%s", err.text);
}

static void assert_unknown(const char *name, const char *message)
{
    struct err err = {0};

    ck_assert_int_eq(sim_model_check(str_from(name), &err), ERR_INPUT);
    ck_assert_str_eq(err.text, message);
}

/* The faults of the next attempts at one prompt, "-" for none. */
static void assert_attempts(uint64_t key, const char *const *names)
{
    for (; *names != NULL; names++) {
        const struct sim_fault *fault = sim_attempts_next(&attempts, &spec, key);

        ck_assert_str_eq(fault != NULL ? fault->name : "-", *names);
    }
}

START_TEST(a_name_is_a_model_and_its_faults)
{
    parse("decay");
    ck_assert_str_eq(spec.model->name, "decay");
    ck_assert_uint_eq(spec.count, 0);
    parse("perfect+503=3+crlf+window=128000");
    ck_assert_uint_eq(spec.count, 3);
    ck_assert_uint_eq(spec.faults[0].argument, 3);
    ck_assert_ptr_nonnull(sim_spec_find(&spec, EFFECT_CRLF));
    ck_assert_uint_eq(sim_spec_find(&spec, EFFECT_WINDOW)->argument, 128000);
    ck_assert_ptr_null(sim_spec_find(&spec, EFFECT_ONE_BYTE));
    parse("perfect+unsupported=top_p");
    ck_assert_str_eq(spec.parameter, "top_p");
    parse("perfect+unsupported");
    ck_assert_str_eq(spec.parameter, "temperature");
}

START_TEST(what_is_unknown_in_a_name_is_named)
{
    assert_unknown("oracle", "there is no simulated model 'oracle'");
    assert_unknown("", "there is no simulated model ''");
    assert_unknown("perfect+", "there is no fault ''");
    assert_unknown("perfect+404", "there is no fault '404'");
    assert_unknown("perfect+503=x", "fault '503=x' needs a whole number");
    assert_unknown("perfect+cut+cut+cut+cut+cut+cut+cut+cut+cut", "a model has at most 8 faults");
}

START_TEST(every_fault_that_is_described_can_be_asked_for)
{
    const char *name = NULL;
    const char *purpose = NULL;
    size_t count = 0;

    for (; sim_fault_describe(count, &name, &purpose); count++) {
        char whole[64];

        (void)snprintf(whole, sizeof whole, "perfect+%s", name);
        parse(whole);
        ck_assert_str_eq(spec.faults[0].fault->purpose, purpose);
    }
    ck_assert_uint_gt(count, 20);
}

START_TEST(passing_faults_spoil_so_many_attempts_of_each_prompt_one_after_the_other)
{
    struct err err = {0};

    ck_assert_int_eq(sim_attempts_init(&attempts, &err), 0);
    parse("perfect+503=2+crlf+cut");
    assert_attempts(1, (const char *const[]){"503", "503", "cut", "-", "503", NULL});
    assert_attempts(2, (const char *const[]){"503", "503", "cut", "-", NULL});
    assert_attempts(1, (const char *const[]){"503", "cut", "-", "503", NULL});
    parse("perfect+500=0");
    assert_attempts(3, (const char *const[]){"500", "500", "500", "500", NULL});
    parse("perfect+crlf");
    assert_attempts(4, (const char *const[]){"-", "-", NULL});
    sim_attempts_release(&attempts);
}

START_TEST(attempts_are_counted_for_more_prompts_than_there_is_room_for)
{
    struct err err = {0};

    ck_assert_int_eq(sim_attempts_init(&attempts, &err), 0);
    parse("perfect+503");
    for (uint64_t key = 1; key < 5000; key++) {
        assert_attempts(key, (const char *const[]){"503", NULL});
    }
    assert_attempts(4999, (const char *const[]){"-", NULL});
    assert_attempts(1, (const char *const[]){"503", NULL}); /* given up meanwhile */
    sim_attempts_release(&attempts);
}

START_TEST(failures_are_said_in_each_protocols_words)
{
    static const struct {
        const struct sim_wire *wire;
        const char *message;
    } rows[] = {
        {&wire_openai_chat,
         "This model's maximum context length is 1000 tokens. However, your messages resulted in "
         "1234 tokens. Please reduce the length of the messages."},
        {&wire_anthropic, "prompt is too long: 1234 tokens > 1000 maximum"},
        {&wire_gemini, "The input token count (1234) exceeds the maximum number of tokens allowed "
                       "(1000)."},
        {&wire_bedrock_converse, "Input is too long for requested model. prompt is too long: 1234 "
                                 "tokens > 1000 maximum"},
    };
    const struct sim_failure failure = {
        .kind = FAILURE_TOO_LONG, .model = "m", .prompt_tokens = 1234, .window_tokens = 1000};
    struct buf text;

    buf_init(&text, 1024);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&text);
        sim_failure_message(&failure, rows[i].wire->failures, &text);
        ck_assert_str_eq(text.p, rows[i].message);
    }
    buf_release(&text);
}

START_TEST(every_protocol_has_a_status_and_words_for_every_failure)
{
    static const struct sim_wire *const wires[] = {
        &wire_openai_chat, &wire_openai_responses, &wire_anthropic,
        &wire_gemini,      &wire_bedrock_converse, &wire_bedrock_invoke,
    };

    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        for (int kind = 0; kind < FAILURE_KINDS; kind++) {
            const struct sim_failure failure = {.kind = (enum sim_failure_kind)kind, .model = "m"};
            json_t *json = sim_wire_error(wires[i], &failure);

            ck_assert_uint_ge(sim_wire_status(wires[i], &failure), 400);
            ck_assert_ptr_nonnull(wires[i]->failures[kind].type);
            ck_assert_ptr_nonnull(json);
            json_decref(json);
        }
    }
}

START_TEST(a_delay_is_told_in_the_message_only_where_that_is_asked_for)
{
    struct sim_failure failure = {.kind = FAILURE_RATE, .model = "m", .delay = DELAY_TEXT};
    struct buf text;

    buf_init(&text, 1024);
    sim_failure_message(&failure, openai_failures, &text);
    ck_assert_uint_ne(str_find(buf_str(&text), STR("Please try again in 1.2s.")), SIZE_MAX);
    buf_reset(&text);
    failure.delay = DELAY_SECONDS;
    sim_failure_message(&failure, openai_failures, &text);
    ck_assert_uint_eq(str_find(buf_str(&text), STR("try again")), SIZE_MAX);
    buf_release(&text);
}

int main(void)
{
    Suite *suite = suite_create("sim_fault");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, a_name_is_a_model_and_its_faults);
    tcase_add_test(rules, what_is_unknown_in_a_name_is_named);
    tcase_add_test(rules, every_fault_that_is_described_can_be_asked_for);
    tcase_add_test(rules, passing_faults_spoil_so_many_attempts_of_each_prompt_one_after_the_other);
    tcase_add_test(rules, attempts_are_counted_for_more_prompts_than_there_is_room_for);
    tcase_add_test(rules, failures_are_said_in_each_protocols_words);
    tcase_add_test(rules, every_protocol_has_a_status_and_words_for_every_failure);
    tcase_add_test(rules, a_delay_is_told_in_the_message_only_where_that_is_asked_for);
    return suite_run(suite);
}
