/* What the installed catalogue says that models take and cost. */
#include "catalogue_fixture.h"
#include "suite.h"

#include <string.h>

/* What the price lists said on 2026-11-22, in dollars per million tokens: input, output, cache
 * read, cache write; then what the longest prompts pay and from which length on. 0: not stated. */
struct listed {
    const char *id;
    int64_t context; /* the window as vendors advertise it */
    int64_t output;
    double rates[4];
    int64_t from;
    double tier[3];
};

static const struct listed listed[] = {
    {"openai/gpt-4.1", 1047576, 32768, {2, 8, .5, UNSTATED}, 0, {0}},
    {"openai/gpt-4.1-mini", 1047576, 32768, {.4, 1.6, .1, UNSTATED}, 0, {0}},
    {"openai/gpt-4.1-nano", 1047576, 32768, {.1, .4, .025, UNSTATED}, 0, {0}},
    {"openai/gpt-5.4", 1050000, 128000, {2.5, 15, .25, UNSTATED}, 272000, {5, 22.5, .5}},
    {"openai/gpt-5.4-pro", 1050000, 128000, {30, 180, 3, UNSTATED}, 272000, {60, 270, 6}},
    {"openai/gpt-5.5", 1050000, 128000, {5, 30, .5, UNSTATED}, 272000, {10, 45, 1}},
    {"openai/gpt-5.5-pro", 1050000, 128000, {30, 180, 3, UNSTATED}, 272000, {60, 270, 6}},
    {"openai/gpt-5.6", 1050000, 128000, {4, 20, .4, 5}, 272000, {8, 30, .8}},
    {"openai/gpt-5.6-terra", 1050000, 128000, {2, 12, .2, 2.5}, 272000, {4, 18, .4}},
    {"openai/gpt-5.6-luna", 1050000, 128000, {.2, 1.2, .02, .25}, 272000, {.4, 1.8, .04}},
    {"openai/gpt-6-astra", 1050000, 128000, {10, 50, 1, 12.5}, 272000, {20, 75, 2}},
    {"openai/gpt-6-sol", 1050000, 128000, {2, 10, .2, 2.5}, 272001, {4, 15, .4}},
    {"openai/gpt-6.1-sol", 1050000, 128000, {2, 10, .1, 2.5}, 272001, {4, 15, .2}},
    {"openai/gpt-6-luna", 1050000, 128000, {.1, .5, .01, .125}, 272001, {.2, .75, .02}},
    {"anthropic/claude-opus-4-6", 1000000, 128000, {5, 25, .5, 6.25}, 0, {0}},
    {"anthropic/claude-opus-4-7", 1000000, 128000, {5, 25, .5, 6.25}, 0, {0}},
    {"anthropic/claude-opus-4-8", 1000000, 128000, {5, 25, .5, 6.25}, 0, {0}},
    {"anthropic/claude-opus-5", 1000000, 128000, {5, 25, .5, 6.25}, 0, {0}},
    {"anthropic/claude-opus-5-5", 1000000, 128000, {4, 20, .2, 5}, 0, {0}},
    {"anthropic/claude-sonnet-4-6", 1000000, 64000, {3, 15, .3, 3.75}, 0, {0}},
    {"anthropic/claude-sonnet-5", 1000000, 128000, {2, 10, .2, 2.5}, 0, {0}},
    {"anthropic/claude-sonnet-5-5", 1000000, 128000, {2, 10, .2, 2.5}, 0, {0}},
    {"anthropic/claude-sonnet-4", 1000000, 64000, {3, 15, .3, 3.75}, 200001, {6, 22.5, .6}},
    {"anthropic/claude-sonnet-4-5", 1000000, 64000, {3, 15, .3, 3.75}, 200001, {6, 22.5, .6}},
    {"anthropic/claude-fable-5", 1000000, 128000, {10, 50, 1, 12.5}, 0, {0}},
    {"anthropic/claude-fable-5-1", 1000000, 128000, {10, 50, .25, 12.5}, 0, {0}},
    {"anthropic/claude-haiku-5-5", 1000000, 128000, {.1, .5, UNSTATED, UNSTATED}, 0, {0}},
    {"google/gemini-2.5-pro", 1048576, 65535, {1.25, 10, .125, 0}, 200001, {2.5, 15, .25}},
    {"google/gemini-2.5-flash", 1048576, 65535, {.3, 2.5, .03, UNSTATED}, 0, {0}},
    {"google/gemini-2.5-flash-lite", 1048576, 65535, {.1, .4, .01, UNSTATED}, 0, {0}},
    {"google/gemini-3-pro-preview", 1048576, 65535, {2, 12, .2, 0}, 200001, {4, 18, .4}},
    {"google/gemini-3.1-pro-preview", 1048576, 65536, {2, 12, .2, 0}, 200001, {4, 18, .4}},
    {"google/gemini-3-flash-preview", 1048576, 65535, {.5, 3, .05, UNSTATED}, 0, {0}},
    {"google/gemini-3.1-flash-lite", 1048576, 65536, {.25, 1.5, .025, UNSTATED}, 0, {0}},
    {"google/gemini-3.5-flash", 1048576, 65535, {1.5, 9, .15, UNSTATED}, 0, {0}},
    {"google/gemini-3.5-flash-lite", 1048576, 65536, {.3, 2.5, .03, UNSTATED}, 0, {0}},
    {"google/gemini-3.6-flash", 1048576, 65536, {.75, 3.75, .075, UNSTATED}, 0, {0}},
    {"google/gemini-3.7-flash", 1048576, 65536, {.75, 3.75, .075, UNSTATED}, 0, {0}},
    {"google/gemini-3.8-flash", 1048576, 65536, {.75, 3.75, .075, UNSTATED}, 0, {0}},
    {"google/gemini-4-argon", 1048576, 65536, {2, 10, .1, UNSTATED}, 0, {0}},
    {"xai/grok-4.3", 1000000, -1, {1.25, 2.5, .2, UNSTATED}, 200000, {2.5, 5, .4}},
    {"xai/grok-4.20", 1000000, -1, {1.25, 2.5, .2, UNSTATED}, 200000, {2.5, 5, .4}},
    {"xai/grok-4-1-fast", 2000000, -1, {.2, .5, .05, UNSTATED}, 128001, {.4, 1, UNSTATED}},
    {"xai/grok-4-fast", 2000000, -1, {.2, .5, .05, UNSTATED}, 128001, {.4, 1, UNSTATED}},
    {"xai/grok-4.6", 500000, -1, {2, 6, .5, UNSTATED}, 200000, {4, 12, 1}},
    {"deepseek/deepseek-v4-pro", 1000000, 384000, {.66, 1.98, .022, UNSTATED}, 0, {0}},
    {"deepseek/deepseek-v4-flash", 1000000, 384000, {.22, .66, .007, UNSTATED}, 0, {0}},
    {"azure/DeepSeek-V4-Pro", 1048576, 384000, {1.74, 3.48, .145, UNSTATED}, 0, {0}},
    {"minimax/MiniMax-M3", 1000000, 128000, {.3, 1.2, .06, 0}, 512001, {.6, 2.4, .12}},
    {"minimax/MiniMax-M2.1", 1000000, 8192, {.3, 1.2, .03, .375}, 0, {0}},
    {"minimax/MiniMax-M2.5", 1000000, 8192, {.3, 1.2, .03, .375}, 0, {0}},
    {"moonshot/kimi-k3", 1048576, -1, {3, 15, .3, UNSTATED}, 0, {0}},
    {"meta/muse-spark-1.1", 1048576, 131072, {1.25, 4.25, .15, UNSTATED}, 0, {0}},
    {"deepinfra/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
     1048576,
     16384,
     {.15, .6, UNSTATED, UNSTATED},
     0,
     {0}},
    {"azure/Llama-4-Scout-17B-16E-Instruct", 10000000, 8192, {.2, .78, 0, 0}, 0, {0}},
    {"openrouter/qwen/qwen3.6-plus", 1000000, 65536, {.325, 1.95, UNSTATED, UNSTATED}, 0, {0}},
    {"openrouter/qwen/qwen3.5-flash", 1000000, 65536, {.1, .4, UNSTATED, UNSTATED}, 0, {0}},
    {"alibaba/qwen3.5-plus", 991808, 65536, {.4, 2.4, 0, 0}, 256001, {.5, 3, UNSTATED}},
    {"alibaba/qwen3-coder-plus", 997952, 65536, {1, 5, .1, 0}, 256001, {6, 60, .6}},
    {"alibaba/qwen3-coder-flash", 997952, 65536, {.3, 1.5, .08, 0}, 256001, {1.6, 9.6, .4}},
    {"alibaba/qwen-plus-latest", 997952, 32768, {.4, 1.2, 0, 0}, 256001, {1.2, 3.6, UNSTATED}},
    {"alibaba/qwen-flash", 997952, 32768, {.05, .4, 0, 0}, 256001, {.25, 2, UNSTATED}},
    {"fireworks/accounts/fireworks/models/glm-5p2", 1048576, 131072, {1.4, 4.4, .14, 0}, 0, {0}},
    {"xiaomi/mimo-v2.5-pro", 1048576, 16384, {1, 3, .2, UNSTATED}, 0, {0}},
    {"xiaomi/mimo-v2.5", 1048576, 131072, {.4, 2, .08, UNSTATED}, 0, {0}},
    {"bedrock/amazon.nova-2-lite-v1:0", 1000000, 64000, {.3, 2.5, .075, UNSTATED}, 0, {0}},
    {"bedrock/us.amazon.nova-2-lite-v1:0", 1000000, 64000, {.33, 2.75, .0825, 0}, 0, {0}},
    {"bedrock/amazon.nova-premier-v1:0", 1000000, 10000, {2.5, 12.5, .625, UNSTATED}, 0, {0}},
    {"azure/gpt-5.5", 1050000, 128000, {5, 30, .5, UNSTATED}, 272000, {10, 45, 1}},
    {"vertex/claude-opus-4-7", 1000000, 128000, {5, 25, .5, 6.25}, 0, {0}},
    {"bedrock/global.anthropic.claude-opus-4-7", 1000000, 128000, {5, 25, .5, 6.25}, 0, {0}},
    {"bedrock/eu.anthropic.claude-opus-4-7", 1000000, 128000, {5.5, 27.5, .55, 6.875}, 0, {0}},
};

enum { LISTED = sizeof listed / sizeof listed[0] };

static bool same_rates(const struct price_rates *rates, const double *dollars, size_t count)
{
    const int64_t found_rates[] = {rates->input, rates->output, rates->cache_read,
                                   rates->cache_write_5m};
    bool same = true;

    for (size_t i = 0; i < count; i++) {
        same = same && found_rates[i] == rate_of(dollars[i]);
    }
    return same;
}

static bool same_window(const struct catalogue_model *model, const struct listed *wanted)
{
    int64_t context = model->window_total_tokens != CATALOGUE_UNKNOWN ? model->window_total_tokens
                                                                      : model->window_input_tokens;

    return context == wanted->context && model->window_output_tokens == wanted->output;
}

START_TEST(the_models_of_the_price_lists_are_all_there_with_their_numbers)
{
    const struct listed *wanted = &listed[_i];
    const struct catalogue_model *model = model_of(wanted->id);
    const struct catalogue_price *price = catalogue_price_on(model, STR("2026-11-22"));
    size_t tiers = price != NULL ? price->price.tier_count : 0;

    ck_assert_msg(same_window(model, wanted), "%s: window", wanted->id);
    ck_assert_msg(price != NULL && same_rates(&price->price.rates, wanted->rates, 4), "%s: price",
                  wanted->id);
    ck_assert_msg((tiers != 0) == (wanted->from != 0), "%s: tiers", wanted->id);
    if (tiers != 0) {
        const struct price_tier *tier = &price->price.tiers[tiers - 1];

        ck_assert_msg(tier->from_input_tokens == wanted->from &&
                          same_rates(&tier->rates, wanted->tier, 3),
                      "%s: tier", wanted->id);
    }
}

START_TEST(tiers_begin_where_each_vendor_says)
{
    static const struct {
        const char *name;
        int64_t last_below;
        double below;
        double above;
    } vendors[] = {{"openai/gpt-5.5", 271999, 5, 10},
                   {"openai/gpt-6-sol", 272000, 2, 4},
                   {"google/gemini-3.1-pro-preview", 200000, 2, 4},
                   {"xai/grok-4.3", 199999, 1.25, 2.5},
                   {"minimax/MiniMax-M3", 512000, .3, .6},
                   {"alibaba/qwen3-coder-plus", 128000, 1.8, 3}};

    for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++) {
        ck_assert(input_rate_at(vendors[i].name, "2026-11-22", vendors[i].last_below) ==
                  rate_of(vendors[i].below));
        ck_assert(input_rate_at(vendors[i].name, "2026-11-22", vendors[i].last_below + 1) ==
                  rate_of(vendors[i].above));
    }
}

START_TEST(a_price_holds_from_its_first_day_to_its_last)
{
    static const struct {
        const char *name;
        const char *day;
        double dollars;
    } days[] = {{"openai/gpt-5.6-sol", "2026-08-20", 5},
                {"openai/gpt-5.6-sol", "2026-08-21", 4},
                {"deepseek/deepseek-v4-pro", "2026-08-16", .435},
                {"deepseek/deepseek-v4-pro", "2026-08-17", .66},
                {"google/gemini-4-argon", "2026-11-30", 2},
                {"google/gemini-4-argon", "2026-12-01", 4},
                {"google/gemini-3.6-flash", "2026-12-31", .75},
                {"google/gemini-3.6-flash", "2027-01-01", 1.5},
                {"anthropic/claude-opus-4-6", "2026-03-12", UNSTATED},
                {"anthropic/claude-opus-4-6", "2026-03-13", 5}};

    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        ck_assert_msg(input_rate_at(days[i].name, days[i].day, 1000) == rate_of(days[i].dollars),
                      "%s on %s", days[i].name, days[i].day);
    }
}

START_TEST(a_million_tokens_cost_what_a_hand_computes)
{
    const struct reply_usage usage = {.input_tokens = 900000, .output_tokens = 2000};
    const struct price_terms busy = {.hour_utc = 7};
    const struct price_terms batch = {.is_batch = true, .hour_utc = 12};
    const struct price *gpt =
        &catalogue_price_on(model_of("openai/gpt-5.5"), STR("2026-11-22"))->price;
    const struct price *deepseek =
        &catalogue_price_on(model_of("deepseek/deepseek-v4-pro"), STR("2026-11-22"))->price;
    const struct price *grok =
        &catalogue_price_on(model_of("xai/grok-4.3"), STR("2026-11-22"))->price;

    /* 0.9 × $10 + 0.002 × $45 = $9.09, half of it in a batch. */
    ck_assert_int_eq(price_cost(gpt, &usage, &busy), 9090000000000);
    ck_assert_int_eq(price_cost(gpt, &usage, &batch), 4545000000000);
    /* (0.9 × $0.66 + 0.002 × $1.98) × 2 = $1.19592; no batches. */
    ck_assert_int_eq(price_cost(deepseek, &usage, &busy), 1195920000000);
    ck_assert_int_eq(price_cost(deepseek, &usage, &batch), 597960000000);
    /* (0.9 × $2.50 + 0.002 × $5) less 20 % = $1.808. */
    ck_assert_int_eq(price_cost(grok, &usage, &batch), 1808000000000);
}

START_TEST(every_model_has_a_price_and_every_provider_its_way)
{
    for (size_t i = 0; i < catalogue.provider_count; i++) {
        const struct catalogue_provider *provider = &catalogue.providers[i];
        bool is_anywhere = provider->base_url == NULL;

        ck_assert(is_anywhere == (strcmp(provider->name, "compatible") == 0 ||
                                  strcmp(provider->name, "sim") == 0));
        ck_assert(!provider->key_required || provider->key_variables.count != 0);
    }
    for (size_t i = 0; i < catalogue.model_count; i++) {
        const struct catalogue_model *model = &catalogue.models[i];

        ck_assert_msg(model->price_count != 0 && model->window_input_tokens > 0, "%s", model->id);
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint.catalogue_prices");
    TCase *tests = suite_case(suite, "installed");

    tcase_add_checked_fixture(tests, catalogue_set_up_installed, catalogue_tear_down);
    tcase_add_loop_test(tests, the_models_of_the_price_lists_are_all_there_with_their_numbers, 0,
                        LISTED);
    tcase_add_test(tests, tiers_begin_where_each_vendor_says);
    tcase_add_test(tests, a_price_holds_from_its_first_day_to_its_last);
    tcase_add_test(tests, a_million_tokens_cost_what_a_hand_computes);
    tcase_add_test(tests, every_model_has_a_price_and_every_provider_its_way);
    return suite_run(suite);
}
