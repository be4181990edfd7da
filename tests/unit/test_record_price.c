#include "suite.h"

#include "record/price.h"

/* Dollars per million tokens, as price lists print them, to a rate. */
#define RATE(dollars) ((int64_t)((dollars)*1e6 + 0.5))
#define NONE          PRICE_UNKNOWN

/* The shapes of real price lists: OpenAI's from 272,000 on, Anthropic's, Qwen's four tiers with a
 * cache rate in the last alone, DeepSeek's with hours. */
static const struct price_tier openai_tiers[] = {
    {272000, {RATE(10), RATE(45), RATE(1), NONE, NONE}},
};
static const struct price openai = {
    .rates = {RATE(5), RATE(30), RATE(0.5), RATE(6.25), NONE},
    .tiers = openai_tiers,
    .tier_count = 1,
    .batch_discount_percent = 50,
};
static const struct price anthropic = {
    .rates = {RATE(5), RATE(25), RATE(0.5), RATE(6.25), RATE(10)},
    .batch_discount_percent = 50,
};
static const struct price_tier qwen_tiers[] = {
    {32001, {RATE(1.8), RATE(9), NONE, NONE, NONE}},
    {128001, {RATE(3), RATE(15), NONE, NONE, NONE}},
    {256001, {RATE(6), RATE(60), RATE(0.6), NONE, NONE}},
};
static const struct price qwen = {
    .rates = {RATE(1), RATE(5), RATE(0.1), NONE, NONE},
    .tiers = qwen_tiers,
    .tier_count = 3,
};
static const struct price_peak deepseek_peaks[] = {{1, 4, 200}, {6, 10, 200}};
static const struct price deepseek = {
    .rates = {RATE(0.66), RATE(1.98), RATE(0.022), NONE, NONE},
    .peaks = deepseek_peaks,
    .peak_count = 2,
};

static const struct price_terms at_noon = {.hour_utc = 12};

static int64_t cost_of(const struct price *price, int64_t input, int64_t output)
{
    const struct reply_usage usage = {
        .input_tokens = input,
        .cached_tokens = REPLY_TOKENS_UNKNOWN,
        .cache_written_tokens = REPLY_TOKENS_UNKNOWN,
        .output_tokens = output,
        .reasoning_tokens = REPLY_TOKENS_UNKNOWN,
    };

    return price_cost(price, &usage, &at_noon);
}

START_TEST(a_trial_costs_its_tokens_at_their_rates)
{
    /* 1,000,000 at $5 and 500 at $25 per million: $5.0125. */
    ck_assert_int_eq(cost_of(&anthropic, 1000000, 500), 5012500000000);
    /* One token of a million at $0.66 and none at $1.98. */
    ck_assert_int_eq(cost_of(&deepseek, 1, 0), 660000);
    ck_assert_int_eq(cost_of(&anthropic, 0, 0), 0);
}

START_TEST(the_whole_request_is_repriced_from_the_threshold_on)
{
    /* 271,999 × $5 + 1,000 × $30 per million = $1.359995 + $0.03. */
    ck_assert_int_eq(cost_of(&openai, 271999, 1000), 1389995000000);
    /* 272,000 × $10 + 1,000 × $45 per million = $2.72 + $0.045. */
    ck_assert_int_eq(cost_of(&openai, 272000, 1000), 2765000000000);
}

START_TEST(the_highest_tier_reached_counts)
{
    static const int64_t inputs[] = {32000, 32001, 128000, 128001, 256000, 256001, 1000000};
    static const int64_t rates[] = {1000000, 1800000, 1800000, 3000000, 3000000, 6000000, 6000000};

    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        ck_assert_int_eq(price_rates_at(&qwen, inputs[i]).input, rates[i]);
    }
}

START_TEST(what_a_tier_leaves_out_follows_its_input_rate)
{
    ck_assert_int_eq(price_rates_at(&qwen, 50000).cache_read, RATE(0.18));
    ck_assert_int_eq(price_rates_at(&qwen, 200000).cache_read, RATE(0.3));
    ck_assert_int_eq(price_rates_at(&qwen, 900000).cache_read, RATE(0.6));
    ck_assert_int_eq(price_rates_at(&openai, 900000).cache_write_5m, RATE(12.5));
}

START_TEST(rates_that_are_not_stated_are_never_cheaper_than_plain_input)
{
    struct price_rates rates = price_rates_at(&deepseek, 1000);

    ck_assert_int_eq(rates.cache_write_5m, RATE(0.66));
    ck_assert_int_eq(rates.cache_write_1h, RATE(0.66));
    ck_assert_int_eq(price_rates_at(&openai, 1000).cache_write_1h, RATE(6.25));
}

START_TEST(cached_and_written_tokens_are_parts_of_the_input)
{
    /* 900,000 read at $.50, 50,000 written, 50,000 plain at $5, 200 out at $25 per million:
     * $0.45 + $0.3125 + $0.25 + $0.005; written for an hour it is $0.50 instead of $0.3125. */
    const struct reply_usage usage = {.input_tokens = 1000000,
                                      .cached_tokens = 900000,
                                      .cache_written_tokens = 50000,
                                      .output_tokens = 200,
                                      .reasoning_tokens = 150};
    const struct price_terms for_an_hour = {.caches_for_1h = true, .hour_utc = 12};

    ck_assert_int_eq(price_cost(&anthropic, &usage, &at_noon), 1017500000000);
    ck_assert_int_eq(price_cost(&anthropic, &usage, &for_an_hour), 1205000000000);
}

START_TEST(parts_larger_than_the_whole_are_cut_to_it)
{
    /* 1,000 read at $.50 per million: the rest of the claim is ignored. */
    const struct reply_usage usage = {
        .input_tokens = 1000, .cached_tokens = 5000, .cache_written_tokens = 5000};

    ck_assert_int_eq(price_cost(&anthropic, &usage, &at_noon), 500000000);
}

START_TEST(a_batch_costs_less_and_a_busy_hour_more)
{
    const struct reply_usage usage = {.input_tokens = 1000000, .output_tokens = 1000};
    const struct price_terms batch = {.is_batch = true, .hour_utc = 12};
    struct price_terms at = {.hour_utc = 3};

    ck_assert_int_eq(price_cost(&anthropic, &usage, &batch), 2512500000000);
    ck_assert_int_eq(price_cost(&deepseek, &usage, &batch), 661980000000);
    ck_assert_int_eq(price_cost(&deepseek, &usage, &at), 1323960000000);
    at.hour_utc = 4;
    ck_assert_int_eq(price_cost(&deepseek, &usage, &at), 661980000000);
    at.hour_utc = PRICE_HOUR_UNKNOWN;
    ck_assert_int_eq(price_cost(&deepseek, &usage, &at), 1323960000000);
}

START_TEST(a_discount_rounds_up_to_the_next_pico_dollar)
{
    const struct price odd = {.rates = {3625, 0, NONE, NONE, NONE}, .batch_discount_percent = 50};
    const struct reply_usage usage = {.input_tokens = 1};
    const struct price_terms batch = {.is_batch = true, .hour_utc = 0};

    ck_assert_int_eq(price_cost(&odd, &usage, &batch), 1813);
}

START_TEST(the_worst_case_writes_the_cache_and_answers_to_the_limit)
{
    /* 1,000,000 × $12.50 + 128,000 × $45 per million = $12.50 + $5.76. */
    ck_assert_int_eq(price_cost_at_worst(&openai, 1000000, 128000, &at_noon), 18260000000000);
    /* Qwen charges nothing for writing: 1,000,000 × $6 + 65,536 × $60 per million. */
    ck_assert_int_eq(price_cost_at_worst(&qwen, 1000000, 65536, &at_noon), 9932160000000);
}

START_TEST(what_is_unknown_stays_unknown)
{
    const struct price none = {.rates = {NONE, NONE, NONE, NONE, NONE}};

    ck_assert_int_eq(cost_of(&none, 10, 10), PRICE_UNKNOWN);
    ck_assert_int_eq(cost_of(&openai, REPLY_TOKENS_UNKNOWN, 10), PRICE_UNKNOWN);
    ck_assert_int_eq(cost_of(&openai, 10, REPLY_TOKENS_UNKNOWN), PRICE_UNKNOWN);
    ck_assert_int_eq(price_add(PRICE_UNKNOWN, 5), PRICE_UNKNOWN);
}

START_TEST(absurd_counts_stop_at_the_largest_cost)
{
    ck_assert_int_eq(cost_of(&openai, INT64_MAX, INT64_MAX), PRICE_COST_MAX);
    ck_assert_int_eq(price_add(PRICE_COST_MAX, 1), PRICE_COST_MAX);
}

static struct price parsed(const char *text)
{
    struct price price = {.rates = {0}};
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(price_parse(str_from(text), &price, &err) == 0, "%s", err.text);
    return price;
}

static void expect_rates(struct price_rates found, struct price_rates wanted)
{
    ck_assert(found.input == wanted.input && found.output == wanted.output);
    ck_assert(found.cache_read == wanted.cache_read);
    ck_assert(found.cache_write_5m == wanted.cache_write_5m);
    ck_assert(found.cache_write_1h == wanted.cache_write_1h);
}

START_TEST(a_price_is_read_as_people_write_it)
{
    expect_rates(parsed("in=5,out=30").rates,
                 (struct price_rates){RATE(5), RATE(30), NONE, NONE, NONE});
    expect_rates(parsed("out=.87,cache-write-1h=10,cache-write=6.25,cache-read=.003625,in=0").rates,
                 (struct price_rates){0, RATE(0.87), 3625, RATE(6.25), RATE(10)});
    ck_assert_uint_eq(parsed("in=5,out=30").tier_count, 0);
}

START_TEST(a_price_that_cannot_be_read_is_refused_with_the_part_that_is_wrong)
{
    static const char *const pairs[][2] = {
        {"", "'' is not a price"},
        {"in=5", "'in=5' has no out=PRICE"},
        {"out=5", "'out=5' has no in=PRICE"},
        {"in=5,out=30,", "'' is not a price"},
        {"in=5,out=30,cached=1", "'cached=1' is not a price"},
        {"in=5,in=6,out=30", "'in' is given twice"},
        {"in=five,out=30", "in: 'five' is not a decimal number"},
        {"in=5,out", "out: '' is not a decimal number"},
        {"in=5,out=3000.01", "out: '3000.01' is not a decimal number from 0 to 3000"},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct price price = {.rates = {0}};
        struct err err = {ERR_NONE, ""};
        int rc = price_parse(str_from(pairs[i][0]), &price, &err);

        ck_assert_msg(rc == ERR_USAGE && str_starts(str_from(err.text), str_from(pairs[i][1])),
                      "'%s': %s", pairs[i][0], err.text);
    }
}

static void expect_cost_text(int64_t cost, const char *wanted)
{
    struct buf out;

    buf_init(&out, 64);
    price_append_cost(&out, cost);
    ck_assert_str_eq(out.p, wanted);
    buf_release(&out);
}

START_TEST(costs_read_as_dollars)
{
    expect_cost_text(PRICE_UNKNOWN, "-");
    expect_cost_text(0, "$0.00");
    expect_cost_text(1, "<$0.0001");
    expect_cost_text(PRICE_DOLLAR / 10000, "$0.0001");
    expect_cost_text(4249999999, "$0.0042");
    expect_cost_text(999960000000, "$1.0000");
    expect_cost_text(5012500000000, "$5.01");
    expect_cost_text(12345000000000, "$12.35");
    expect_cost_text(PRICE_COST_MAX, "$9223372.04");
}

START_TEST(what_a_cache_saved_is_the_difference_to_reading_all_anew)
{
    const struct price price = {.rates = {5000000, 30000000, 500000, 6250000, PRICE_UNKNOWN},
                                .batch_discount_percent = 50};
    const struct reply_usage usage = {.input_tokens = 1000,
                                      .cached_tokens = 600,
                                      .cache_written_tokens = 100,
                                      .output_tokens = 10};
    const struct reply_usage unknown = {.input_tokens = -1, .cached_tokens = 600};
    struct price_terms terms = {.hour_utc = PRICE_HOUR_UNKNOWN};

    ck_assert_int_eq(price_cache_saved(&price, &usage, &terms), INT64_C(600) * 4500000);
    terms.is_batch = true;
    ck_assert_int_eq(price_cache_saved(&price, &usage, &terms), INT64_C(600) * 4500000 / 2);
    ck_assert_int_eq(price_cache_saved(&price, &unknown, &terms), PRICE_UNKNOWN);
}

int main(void)
{
    Suite *suite = suite_create("record.price");
    TCase *tests = suite_case(suite, "price");

    tcase_add_test(tests, a_trial_costs_its_tokens_at_their_rates);
    tcase_add_test(tests, the_whole_request_is_repriced_from_the_threshold_on);
    tcase_add_test(tests, the_highest_tier_reached_counts);
    tcase_add_test(tests, what_a_tier_leaves_out_follows_its_input_rate);
    tcase_add_test(tests, rates_that_are_not_stated_are_never_cheaper_than_plain_input);
    tcase_add_test(tests, cached_and_written_tokens_are_parts_of_the_input);
    tcase_add_test(tests, parts_larger_than_the_whole_are_cut_to_it);
    tcase_add_test(tests, a_batch_costs_less_and_a_busy_hour_more);
    tcase_add_test(tests, a_discount_rounds_up_to_the_next_pico_dollar);
    tcase_add_test(tests, the_worst_case_writes_the_cache_and_answers_to_the_limit);
    tcase_add_test(tests, what_is_unknown_stays_unknown);
    tcase_add_test(tests, absurd_counts_stop_at_the_largest_cost);
    tcase_add_test(tests, a_price_is_read_as_people_write_it);
    tcase_add_test(tests, a_price_that_cannot_be_read_is_refused_with_the_part_that_is_wrong);
    tcase_add_test(tests, costs_read_as_dollars);
    tcase_add_test(tests, what_a_cache_saved_is_the_difference_to_reading_all_anew);
    return suite_run(suite);
}
