#include "suite.h"

#include "endpoint/retry.h"

static struct random dice;
static const struct client_limits limits = {
    .attempts_max = 6, .pause_base_ms = 2000, .pause_max_ms = 600 * 1000};

static void set_up(void)
{
    dice = random_stream(1, STR("test"), 0);
}

static struct retry_case answered(enum protocol_retry retry, uint32_t attempts)
{
    return (struct retry_case){
        .verdict = {.end = REPLY_FAILED, .retry = retry, .wait_s = -1.0},
        .attempts = attempts,
    };
}

static struct retry_case broken(enum retry_fault fault, uint32_t attempts)
{
    return (struct retry_case){.fault = fault, .verdict = {.wait_s = -1.0}, .attempts = attempts};
}

static bool again(struct retry_case failed)
{
    return retry_decide(&failed, &limits, &dice).again;
}

static double wait_s(struct retry_case failed)
{
    struct retry_decision decision = retry_decide(&failed, &limits, &dice);

    ck_assert(decision.again);
    return decision.wait_s;
}

START_TEST(the_verdict_decides_and_a_header_may_overrule_doubt)
{
    struct retry_case failed = answered(PROTOCOL_RETRY_HELPS, 1);

    ck_assert(again(failed));
    failed.should_retry = STR("false");
    ck_assert(!again(failed));

    failed = answered(PROTOCOL_RETRY_IF_ASKED, 1);
    ck_assert(!again(failed));
    failed.should_retry = STR("true");
    ck_assert(again(failed));

    failed = answered(PROTOCOL_RETRY_NEVER, 1);
    failed.should_retry = STR("true");
    ck_assert(!again(failed));
}

START_TEST(the_last_attempt_is_the_last)
{
    ck_assert(again(answered(PROTOCOL_RETRY_HELPS, 5)));
    ck_assert(!again(answered(PROTOCOL_RETRY_HELPS, 6)));
    ck_assert(!again(broken(RETRY_FAULT_BROKEN, 6)));
}

START_TEST(a_break_is_tried_again_but_silence_after_a_whole_upload_is_not)
{
    ck_assert(again(broken(RETRY_FAULT_BROKEN, 1)));
    ck_assert(again(broken(RETRY_FAULT_UPLOAD_STALLED, 1)));
    ck_assert(again(broken(RETRY_FAULT_IDLE, 1)));
    ck_assert(!again(broken(RETRY_FAULT_SILENT, 1)));
    ck_assert(!again(broken(RETRY_FAULT_ENDLESS, 1)));
    ck_assert(!again(broken(RETRY_FAULT_FINAL, 1)));
}

START_TEST(an_address_where_nobody_answers_is_given_up_sooner)
{
    ck_assert(again(broken(RETRY_FAULT_UNREACHABLE, RETRY_UNREACHABLE_MAX - 1)));
    ck_assert(!again(broken(RETRY_FAULT_UNREACHABLE, RETRY_UNREACHABLE_MAX)));
}

START_TEST(pauses_double_up_to_a_minute_with_jitter_below)
{
    static const double most[] = {2, 4, 8, 16, 32};
    struct client_limits patient = limits;
    struct retry_case late = answered(PROTOCOL_RETRY_HELPS, 30);

    for (uint32_t attempts = 1; attempts <= 5; attempts++) {
        for (int i = 0; i < 100; i++) {
            double pause = wait_s(answered(PROTOCOL_RETRY_HELPS, attempts));

            ck_assert_double_le(pause, most[attempts - 1]);
            ck_assert_double_ge(pause, most[attempts - 1] * 0.75);
        }
    }
    patient.attempts_max = 100;
    ck_assert_double_le(retry_decide(&late, &patient, &dice).wait_s, 60.0);
    ck_assert_double_ge(retry_decide(&late, &patient, &dice).wait_s, 45.0);
}

START_TEST(what_the_server_asks_is_waited_for_and_the_most_precise_word_counts)
{
    struct retry_case failed = answered(PROTOCOL_RETRY_HELPS, 1);
    double pause = 0.0;

    failed.verdict.wait_s = 100.0;
    pause = wait_s(failed);
    ck_assert(pause >= 100.0 && pause <= 110.0);

    failed.retry_after = STR("7");
    pause = wait_s(failed);
    ck_assert(pause >= 7.0 && pause <= 7.7);

    failed.retry_after = STR(" 0.5 ");
    pause = wait_s(failed);
    ck_assert(pause >= 0.5 && pause <= 0.55);

    failed.retry_after_ms = STR("1500");
    pause = wait_s(failed);
    ck_assert(pause >= 1.5 && pause <= 1.65);
}

START_TEST(a_date_is_waited_for_and_a_past_one_is_not)
{
    struct retry_case failed = answered(PROTOCOL_RETRY_HELPS, 1);
    double pause = 0.0;

    failed.wall_s = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT, the standard's own example */
    failed.retry_after = STR("Sun, 06 Nov 1994 08:50:37 GMT");
    pause = wait_s(failed);
    ck_assert(pause >= 60.0 && pause <= 66.0);

    failed.retry_after = STR("Sun, 06 Nov 1994 08:49:30 GMT");
    pause = wait_s(failed);
    ck_assert(pause <= 2.0);
}

START_TEST(words_that_are_no_wait_leave_the_usual_pause)
{
    static const char *const words[] = {
        "", "0", "-5", "soon", "1e9999", "99999999999999999999999999999999", "\xFF"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct retry_case failed = answered(PROTOCOL_RETRY_HELPS, 1);

        failed.retry_after = str_from(words[i]);
        failed.retry_after_ms = str_from(words[i]);
        ck_assert_double_le(wait_s(failed), 2.0);
    }
}

START_TEST(a_wait_above_the_limit_ends_it)
{
    struct retry_case failed = answered(PROTOCOL_RETRY_HELPS, 1);

    failed.retry_after = STR("601");
    ck_assert(!again(failed));
    ck_assert_double_eq(retry_decide(&failed, &limits, &dice).asked_s, 601.0);
    failed.retry_after = STR("600");
    ck_assert(again(failed));
}

START_TEST(results_of_libcurl_fall_into_their_classes)
{
    ck_assert_int_eq(retry_fault_of(CURLE_OK), RETRY_FAULT_NONE);
    ck_assert_int_eq(retry_fault_of(CURLE_COULDNT_CONNECT), RETRY_FAULT_UNREACHABLE);
    ck_assert_int_eq(retry_fault_of(CURLE_COULDNT_RESOLVE_HOST), RETRY_FAULT_UNREACHABLE);
    ck_assert_int_eq(retry_fault_of(CURLE_RECV_ERROR), RETRY_FAULT_BROKEN);
    ck_assert_int_eq(retry_fault_of(CURLE_SEND_ERROR), RETRY_FAULT_BROKEN);
    ck_assert_int_eq(retry_fault_of(CURLE_SEND_FAIL_REWIND), RETRY_FAULT_BROKEN);
    ck_assert_int_eq(retry_fault_of(CURLE_GOT_NOTHING), RETRY_FAULT_BROKEN);
    ck_assert_int_eq(retry_fault_of(CURLE_PARTIAL_FILE), RETRY_FAULT_BROKEN);
    ck_assert_int_eq(retry_fault_of(CURLE_PEER_FAILED_VERIFICATION), RETRY_FAULT_FINAL);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_retry");
    TCase *tests = suite_case(suite, "retry");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, the_verdict_decides_and_a_header_may_overrule_doubt);
    tcase_add_test(tests, the_last_attempt_is_the_last);
    tcase_add_test(tests, a_break_is_tried_again_but_silence_after_a_whole_upload_is_not);
    tcase_add_test(tests, an_address_where_nobody_answers_is_given_up_sooner);
    tcase_add_test(tests, pauses_double_up_to_a_minute_with_jitter_below);
    tcase_add_test(tests, what_the_server_asks_is_waited_for_and_the_most_precise_word_counts);
    tcase_add_test(tests, a_date_is_waited_for_and_a_past_one_is_not);
    tcase_add_test(tests, words_that_are_no_wait_leave_the_usual_pause);
    tcase_add_test(tests, a_wait_above_the_limit_ends_it);
    tcase_add_test(tests, results_of_libcurl_fall_into_their_classes);
    return suite_run(suite);
}
