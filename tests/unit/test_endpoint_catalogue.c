#include "suite.h"

#include "base/file.h"
#include "endpoint/catalogue.h"
#include "endpoint/protocol.h"

#include <stdio.h>
#include <string.h>

static struct catalogue catalogue;
static struct arena arena;
static struct err err;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
}

static void set_up_installed(void)
{
    struct buf path;
    struct buf bytes;
    struct catalogue_source source;

    set_up();
    buf_init(&path, 4096);
    buf_init(&bytes, 1U << 24);
    ck_assert_msg(file_data_path("models.json", &path, &err) == 0, "%s", err.text);
    ck_assert_msg(file_read(path.p, &bytes, &err) == 0, "%s", err.text);
    source = (struct catalogue_source){path.p, buf_str(&bytes)};
    ck_assert_msg(catalogue_read(&catalogue, &source, 1, &err) == 0, "%s", err.text);
    buf_release(&path);
    buf_release(&bytes);
}

static void tear_down(void)
{
    catalogue_release(&catalogue);
    arena_release(&arena);
}

static struct catalogue_target found(const char *name)
{
    struct catalogue_target target = {NULL};

    ck_assert_msg(catalogue_find(&catalogue, str_from(name), &target, &err) == 0, "%s", err.text);
    return target;
}

static const struct catalogue_model *model_of(const char *name)
{
    struct catalogue_target target = found(name);

    ck_assert_msg(target.model != NULL, "%s is not in the catalogue", name);
    return target.model;
}

/* What the price lists said on 2026-11-22, in dollars per million tokens: input, output, cache
 * read, cache write; then what the longest prompts pay and from which length on. 0: not stated. */
#define UNSTATED 0.0

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

static int64_t rate(double dollars)
{
    return dollars == UNSTATED ? PRICE_UNKNOWN : (int64_t)(dollars * 1e6 + 0.5);
}

static bool same_rates(const struct price_rates *rates, const double *dollars, size_t count)
{
    const int64_t found_rates[] = {rates->input, rates->output, rates->cache_read,
                                   rates->cache_write_5m};
    bool same = true;

    for (size_t i = 0; i < count; i++) {
        same = same && found_rates[i] == rate(dollars[i]);
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

static int64_t input_rate_at(const char *name, const char *day, int64_t input_tokens)
{
    const struct catalogue_price *price = catalogue_price_on(model_of(name), str_from(day));

    return price != NULL ? price_rates_at(&price->price, input_tokens).input : PRICE_UNKNOWN;
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
                  rate(vendors[i].below));
        ck_assert(input_rate_at(vendors[i].name, "2026-11-22", vendors[i].last_below + 1) ==
                  rate(vendors[i].above));
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
        ck_assert_msg(input_rate_at(days[i].name, days[i].day, 1000) == rate(days[i].dollars),
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

START_TEST(snapshots_and_aliases_are_the_model)
{
    static const char *const names[] = {"openai/gpt-5.5",
                                        "openai/gpt-5.5-2026-04-23",
                                        "openai/gpt-5.5-20260423",
                                        "openai/gpt-5.6",
                                        "anthropic/claude-opus-4-7-20260416",
                                        "vertex/claude-opus-4-7@x",
                                        "xai/grok-4-fast-reasoning"};
    static const char *const ids[] = {"openai/gpt-5.5",
                                      "openai/gpt-5.5",
                                      "openai/gpt-5.5",
                                      "openai/gpt-5.6-sol",
                                      "anthropic/claude-opus-4-7",
                                      "vertex/claude-opus-4-7",
                                      "xai/grok-4-fast"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_str_eq(model_of(names[i])->id, ids[i]);
        ck_assert(str_equal(found(names[i]).model_name, str_cut(str_from(names[i]), '/').tail));
    }
}

static void expect_unknown(const char *name)
{
    struct catalogue_target target = found(name);

    ck_assert_msg(target.model == NULL, "%s is known", name);
    ck_assert(str_equal(str_from(target.protocol), STR("openai-chat")));
    ck_assert(target.max_output_parameter == NULL && target.tokens_per_o200k > 0.9);
}

START_TEST(a_model_that_is_not_known_has_the_providers_ways_but_no_price)
{
    expect_unknown("openai/gpt-5");
    expect_unknown("openai/gpt-5.50");
    expect_unknown("openai/gpt-5.5-2026");
    expect_unknown("openai/gpt-5.5-2026-04-2x");
    expect_unknown("openai/g/p/t");
    ck_assert(catalogue_price_on(NULL, STR("2026-11-22")) == NULL);
    ck_assert(catalogue_input_room(NULL, 10) == CATALOGUE_UNKNOWN);
}

START_TEST(what_is_no_provider_is_told_with_those_known)
{
    static const char *const names[] = {"", "openai", "openai/", "nobody/x", "/x"};
    struct catalogue_target target;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int rc = catalogue_find(&catalogue, str_from(names[i]), &target, &err);

        ck_assert_msg(rc == ERR_USAGE && strstr(err.text, "openai, anthropic, google") != NULL,
                      "'%s': %s", names[i], err.text);
    }
}

START_TEST(a_model_can_have_a_protocol_of_its_own)
{
    ck_assert_str_eq(found("openai/gpt-5.5").protocol, "openai-chat");
    ck_assert_str_eq(found("openai/gpt-5.5-pro").protocol, "openai-responses");
    ck_assert_str_eq(found("vertex/gemini-2.5-pro").protocol, "vertex-gemini");
    ck_assert_str_eq(found("vertex/claude-of-tomorrow").protocol, "vertex-anthropic");
    ck_assert_str_eq(found("bedrock/us.anthropic.claude-opus-5").protocol, "bedrock-converse");
    ck_assert_str_eq(model_of("anthropic/claude-sonnet-4-5")->headers.items[0],
                     "anthropic-beta: context-1m-2025-08-07");
    ck_assert_uint_eq(model_of("anthropic/claude-opus-4-7")->headers.count, 0);
}

START_TEST(one_vendors_models_can_be_reached_in_several_ways)
{
    struct catalogue_target target = found("bedrock-anthropic/eu.anthropic.claude-opus-4-7");

    ck_assert_str_eq(target.model->id, "bedrock/us.anthropic.claude-opus-4-7");
    ck_assert_str_eq(target.provider->name, "bedrock-anthropic");
    ck_assert_str_eq(target.protocol, "anthropic-messages");
    ck_assert_int_eq(catalogue_quirks(&target).auth, QUIRK_AUTH_BEARER);
    ck_assert_str_eq(found("azure-legacy/gpt-5.5").model->id, "azure/gpt-5.5");
    ck_assert_str_eq(found("bedrock-invoke/x").protocol, "bedrock-invoke");
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && str_equal(str_from(a), str_from(b));
}

static bool same_parameters(const struct catalogue_texts *a, const char *const *b)
{
    size_t i = 0;

    while (i < a->count && b != NULL && b[i] != NULL && same_text(a->items[i], b[i])) {
        i++;
    }
    return i == a->count && (b == NULL || b[i] == NULL);
}

static void expect_protocol(const char *name, const char *of)
{
    const struct protocol *protocol = NULL;

    ck_assert_msg(name == NULL || protocol_find(name, &protocol, &err) == 0, "%s: %s", of,
                  err.text);
}

START_TEST(every_protocol_named_is_one_that_the_program_speaks)
{
    for (size_t i = 0; i < catalogue.provider_count; i++) {
        const struct catalogue_provider *provider = &catalogue.providers[i];

        expect_protocol(provider->protocol, provider->name);
        for (size_t j = 0; j < provider->route_count; j++) {
            expect_protocol(provider->routes[j].protocol, provider->name);
        }
    }
    for (size_t i = 0; i < catalogue.model_count; i++) {
        expect_protocol(catalogue.models[i].protocol, catalogue.models[i].id);
    }
}

/* Two tables say how servers differ, the program's and the catalogue's: they may not drift. */
START_TEST(the_catalogue_and_the_quirk_table_agree)
{
    for (const struct quirks *row = quirks_table; row->name != NULL; row++) {
        bool is_renamed = same_text(row->name, "llama.cpp");
        char name[64];
        struct catalogue_target target;
        struct quirks quirks;

        (void)snprintf(name, sizeof name, "%s/x", is_renamed ? "llamacpp" : row->name);
        target = found(name);
        quirks = catalogue_quirks(&target);
        ck_assert_msg(same_text(quirks.max_tokens_name, row->max_tokens_name) &&
                          same_text(target.provider->base_url, row->base_url) &&
                          same_parameters(&target.provider->parameters, row->parameters) &&
                          quirks.auth == row->auth &&
                          quirks.tells_usage_unasked == row->tells_usage_unasked &&
                          quirks.counts_reasoning_apart == row->counts_reasoning_apart &&
                          quirks.roles_alternate == row->roles_alternate,
                      "%s", row->name);
    }
}

START_TEST(a_shared_window_leaves_less_for_the_prompt)
{
    /* OpenAI: 922,000 of 1,050,000 are input; Anthropic shares all of 1,000,000; Gemini does not.
     */
    ck_assert_int_eq(catalogue_input_room(model_of("openai/gpt-5.5"), 4096), 922000);
    ck_assert_int_eq(catalogue_input_room(model_of("openai/gpt-5.5"), 128001), 921999);
    ck_assert_int_eq(catalogue_input_room(model_of("anthropic/claude-opus-4-7"), 4096), 995904);
    ck_assert_int_eq(catalogue_input_room(model_of("google/gemini-2.5-pro"), 65535), 1048576);
    ck_assert_int_eq(catalogue_input_room(model_of("anthropic/claude-opus-4-7"), 2000000), 0);
}

/* An environment for the tests: the last one set by the test at hand. */
static const char *variables[8][2];

static const char *look_up(const char *variable)
{
    for (size_t i = 0; i < 8 && variables[i][0] != NULL; i++) {
        if (strcmp(variables[i][0], variable) == 0) {
            return variables[i][1];
        }
    }
    return NULL;
}

static void expect_url(const char *name, const char *wanted)
{
    struct catalogue_target target = found(name);
    const char *url = "";

    (void)catalogue_base_url(&target, look_up, &arena, &url, &err);
    ck_assert_msg(strcmp(url, wanted) == 0, "%s: %s (%s)", name, url, err.text);
}

static void expect_place(const char *name, const char *placeholder, const char *wanted)
{
    struct catalogue_target target = found(name);
    const char *value = "";

    (void)catalogue_place(&target, str_from(placeholder), look_up, &arena, &value, &err);
    ck_assert_msg((value == NULL) == (wanted == NULL) &&
                      str_equal(str_from(value), str_from(wanted)),
                  "%s of %s: %s", placeholder, name, value);
}

START_TEST(addresses_are_filled_in_from_the_environment)
{
    variables[0][0] = "GOOGLE_CLOUD_PROJECT";
    variables[0][1] = "my-project";
    variables[1][0] = "AZURE_OPENAI_ENDPOINT";
    variables[1][1] = "https://mine.openai.azure.com//\n";
    variables[2][0] = "AWS_DEFAULT_REGION";
    variables[2][1] = "eu-west-1";
    expect_url("openai/gpt-5.5", "https://api.openai.com/v1");
    expect_url("azure/x", "https://mine.openai.azure.com");
    expect_url("bedrock/x", "https://bedrock-runtime.eu-west-1.amazonaws.com");
    expect_url("vertex/x", "https://aiplatform.googleapis.com/v1");
    expect_place("vertex/x", "region", "global");
    expect_place("vertex/x", "project", "my-project");
    expect_place("bedrock/x", "region", "eu-west-1");
    expect_place("openai/x", "region", NULL);
    variables[3][0] = "GOOGLE_CLOUD_LOCATION";
    variables[3][1] = "eu";
    expect_url("vertex/x", "https://aiplatform.eu.rep.googleapis.com/v1");
    variables[3][1] = "us-east5";
    expect_url("vertex/x", "https://us-east5-aiplatform.googleapis.com/v1");
    expect_place("vertex/x", "region", "us-east5");
    /* The first variable named is the one that counts. */
    variables[4][0] = "AWS_REGION";
    variables[4][1] = "us-west-2";
    expect_url("bedrock/x", "https://bedrock-runtime.us-west-2.amazonaws.com");
}

START_TEST(an_address_that_lacks_something_says_what)
{
    struct catalogue_target target = found("bedrock/x");
    const char *url = NULL;

    ck_assert_int_eq(catalogue_base_url(&target, look_up, &arena, &url, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "bedrock needs its region: set AWS_REGION");
    target = found("compatible/x");
    ck_assert_int_eq(catalogue_base_url(&target, look_up, &arena, &url, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "compatible/… needs --base-url, e.g. http://localhost:8000/v1");
}

START_TEST(nothing_may_shorten_a_prompt_unless_the_user_says_so)
{
    static const char *const mine[] = {"top_k=1", "plugins=[]", NULL};
    struct catalogue_target target = found("openrouter/x/y");
    const char *const *parameters = NULL;

    ck_assert_int_eq(catalogue_parameters(&target, NULL, &arena, &parameters, &err), 0);
    ck_assert_str_eq(parameters[0], "plugins=[{\"id\":\"context-compression\",\"enabled\":false}]");
    ck_assert_ptr_null(parameters[1]);
    ck_assert_int_eq(catalogue_parameters(&target, mine, &arena, &parameters, &err), 0);
    ck_assert_str_eq(parameters[0], "top_k=1");
    ck_assert_str_eq(parameters[1], "plugins=[]");
    ck_assert_ptr_null(parameters[2]);
}

/* A small catalogue to lay things over. */
#define BASE                                                                                       \
    "{\"schema\":1,\"providers\":[{\"name\":\"p\",\"protocol\":\"openai-chat\","                   \
    "\"batch_discount_percent\":50}],\"models\":[{\"id\":\"p/m\",\"window_input_tokens\":1000,"    \
    "\"window_output_tokens\":100,\"aliases\":[\"mm\"],\"note\":\"n\",\"prices\":[{\"input\":1,"   \
    "\"output\":2,\"cache_read\":0.003625,\"as_of\":\"2026-01-01\",\"source\":\"s\","              \
    "\"tiers\":[{\"above_input_tokens\":500,\"input\":2.5,\"output\":3}]}]}]}"

static int read_over(const char *over)
{
    const struct catalogue_source sources[] = {{"base.json", str_from(BASE)},
                                               {"mine.json", str_from(over)}};

    return catalogue_read(&catalogue, sources, 2, &err);
}

static void expect_read_over(const char *over)
{
    ck_assert_msg(read_over(over) == 0, "%s", err.text);
}

START_TEST(an_entry_of_the_user_changes_just_what_it_states)
{
    const struct catalogue_model *model = NULL;

    expect_read_over("{\"schema\":1,\"providers\":[{\"name\":\"p\",\"base_url\":\"https://x/v1\"}],"
                     "\"models\":[{\"id\":\"p/m\",\"window_input_tokens\":2000}]}");
    model = model_of("p/m");
    ck_assert_uint_eq(catalogue.model_count, 1);
    ck_assert_int_eq(model->window_input_tokens, 2000);
    ck_assert_int_eq(model->window_output_tokens, 100);
    ck_assert_str_eq(model->note, "n");
    ck_assert_int_eq(model->prices[0].price.rates.cache_read, 3625);
    ck_assert_int_eq(model->prices[0].price.batch_discount_percent, 50);
    ck_assert_str_eq(model->provider->base_url, "https://x/v1");
    ck_assert_str_eq(model->provider->protocol, "openai-chat");
}

START_TEST(the_users_prices_take_the_place_of_all_others)
{
    expect_read_over("{\"schema\":1,\"models\":[{\"id\":\"p/m\",\"prices\":[{\"input\":7,"
                     "\"output\":8,\"as_of\":\"2026-11-22\",\"source\":\"our contract\","
                     "\"batch_discount_percent\":0}]}]}");
    ck_assert_uint_eq(model_of("p/m")->price_count, 1);
    ck_assert_int_eq(input_rate_at("p/m", "2026-11-22", 900), rate(7));
    ck_assert_int_eq(model_of("p/m")->prices[0].price.batch_discount_percent, 0);
}

START_TEST(a_model_can_be_said_to_be_the_same_as_another)
{
    const struct catalogue_model *model = NULL;

    expect_read_over("{\"schema\":1,\"providers\":[{\"name\":\"q\",\"protocol\":\"gemini\"}],"
                     "\"models\":[{\"id\":\"q/b\",\"same_as\":\"q/a\"},{\"id\":\"q/a\","
                     "\"same_as\":\"p/m\",\"price_percent\":110,\"window_output_tokens\":50}]}");
    model = model_of("q/b");
    ck_assert_int_eq(model->window_input_tokens, 1000);
    ck_assert_int_eq(model->window_output_tokens, 50);
    ck_assert_uint_eq(model->aliases.count, 0);
    ck_assert_int_eq(input_rate_at("q/b", "2026-11-22", 500), rate(1.1));
    ck_assert_int_eq(input_rate_at("q/b", "2026-11-22", 501), rate(2.75));
    /* 3,625 × 1.1 = 3,987.5: a fraction of a micro-dollar is rounded up. */
    ck_assert_int_eq(model->prices[0].price.rates.cache_read, 3988);
    ck_assert_int_eq(model->prices[0].price.batch_discount_percent, 0);
    ck_assert_str_eq(found("q/b").protocol, "gemini");
}

#define MODEL(fields) "{\"schema\":1,\"models\":[{\"id\":\"p/x\"," fields "}]}"
#define PRICE_OF(fields)                                                                           \
    MODEL(                                                                                         \
        "\"prices\":[{\"input\":1,\"output\":1,\"as_of\":\"2026-01-01\",\"source\":\"s\"," fields  \
        "}]")

static const char *const wrong[][2] = {
    {"{", "mine.json: line 1: "},
    {"[]", "mine.json: not an object"},
    {"{}", "mine.json: field \"schema\" is missing"},
    {"{\"schema\":2}", "mine.json: schema 2 is not the one this program reads (1)"},
    {"{\"schema\":1,\"schema\":1}", "mine.json: line 1: duplicate object key"},
    {"{\"schema\":1,\"modles\":[]}", "mine.json: unknown field \"modles\""},
    {"{\"schema\":1,\"models\":{}}", "mine.json: field \"models\" is not a list"},
    {"{\"schema\":1,\"models\":[7]}", "mine.json: models[0]: not an object"},
    {"{\"schema\":1,\"models\":[{\"note\":\"x\"}]}",
     "mine.json: models[0]: field \"id\" is missing"},
    {"{\"schema\":1,\"models\":[{\"id\":\"x\"}]}",
     "mine.json: model \"x\": its id is not PROVIDER/MODEL"},
    {"{\"schema\":1,\"models\":[{\"id\":\"z/x\"}]}",
     "mine.json: model \"z/x\": there is no provider \"z\""},
    {"{\"schema\":1,\"models\":[{\"id\":\"p/x\"},{\"id\":\"p/x\"}]}",
     "mine.json: model \"p/x\": it is there twice"},
    {"{\"schema\":1,\"providers\":[{\"name\":\"z\"}]}",
     "mine.json: provider \"z\": field \"protocol\" is missing"},
    {"{\"schema\":1,\"providers\":[{\"name\":\"a/b\",\"protocol\":\"x\"}]}",
     "mine.json: provider \"a/b\": a provider's name has no '/'"},
    {"{\"schema\":1,\"providers\":[{\"name\":\"p\",\"base_url\":\"https://{host}/\"}]}",
     "mine.json: provider \"p\": base_url https://{host}/: {host} is not among the placeholders"},
    {"{\"schema\":1,\"providers\":[{\"name\":\"p\",\"regions\":[{\"placeholder\":\"r\",\"value\":"
     "\"x\",\"base_url\":\"u\"}]}]}",
     "mine.json: provider \"p\": regions[0]: no placeholder \"r\""},
    {"{\"schema\":1,\"providers\":[{\"name\":\"p\",\"usage\":\"odd\"}]}",
     "mine.json: provider \"p\": field \"usage\" is not one of \"inclusive\", \"reasoning-apart\""},
    {"{\"schema\":1,\"providers\":[{\"name\":\"p\",\"key_header\":\"cookie\"}]}",
     "mine.json: provider \"p\": key_header \"cookie\" is not one that carries a key"},
    {"{\"schema\":1,\"providers\":[{\"name\":\"p\",\"models_of\":\"z\"}]}",
     "mine.json: provider \"p\": models_of: there is no provider \"z\""},
    {"{\"schema\":1,\"providers\":[{\"name\":\"p\",\"limits\":{\"path\":7}}]}",
     "mine.json: provider \"p\": limits: field \"path\" is not a text"},
    {MODEL("\"window\":1"), "mine.json: model \"p/x\": unknown field \"window\""},
    {MODEL("\"window_input_tokens\":0"),
     "mine.json: model \"p/x\": field \"window_input_tokens\" is not a whole number from 1 to "},
    {MODEL("\"window_input_tokens\":1e6"),
     "mine.json: model \"p/x\": field \"window_input_tokens\" is not a whole number"},
    {MODEL("\"window_input_tokens\":9,\"window_total_tokens\":8"),
     "mine.json: model \"p/x\": window_input_tokens is more than window_total_tokens"},
    {MODEL("\"aliases\":[\"a\",1]"),
     "mine.json: model \"p/x\": field \"aliases\" is not a list of"},
    {MODEL("\"note\":\"\""), "mine.json: model \"p/x\": field \"note\" is not a text"},
    {MODEL("\"note\":null"), "mine.json: model \"p/x\": field \"note\" is not a text"},
    {MODEL("\"retired\":\"2026-1-1\""),
     "mine.json: model \"p/x\": field \"retired\" is not a day like \"2026-11-22\""},
    {MODEL("\"tokens_per_o200k\":0"),
     "mine.json: model \"p/x\": field \"tokens_per_o200k\" is not a number above 0"},
    {MODEL("\"prices\":[{\"input\":1}]"),
     "mine.json: model \"p/x\": prices[0]: field \"output\" is missing"},
    {MODEL("\"prices\":[{\"input\":1,\"output\":1,\"source\":\"s\"}]"),
     "mine.json: model \"p/x\": prices[0]: field \"as_of\" is missing"},
    {MODEL("\"prices\":[{\"input\":1,\"output\":1,\"as_of\":\"2026-01-01\"}]"),
     "mine.json: model \"p/x\": prices[0]: field \"source\" is missing"},
    {PRICE_OF("\"cache_read\":\"1\""),
     "mine.json: model \"p/x\": prices[0]: field \"cache_read\" is not dollars per million tokens"},
    {PRICE_OF("\"cache_read\":-1"),
     "mine.json: model \"p/x\": prices[0]: field \"cache_read\" is not dollars per million tokens"},
    {PRICE_OF("\"cache_read\":0.0000001"),
     "mine.json: model \"p/x\": prices[0]: field \"cache_read\" is not dollars per million tokens"},
    {PRICE_OF("\"lower_bound\":1"),
     "mine.json: model \"p/x\": prices[0]: field \"lower_bound\" is not true or false"},
    {PRICE_OF("\"from\":\"2026-02-02\",\"until\":\"2026-02-01\""),
     "mine.json: model \"p/x\": prices[0]: it ends (2026-02-01) before it begins (2026-02-02)"},
    {PRICE_OF("\"tiers\":[{\"input\":1,\"output\":1}]"),
     "mine.json: model \"p/x\": prices[0]: tiers[0]: field \"above_input_tokens\" or"},
    {PRICE_OF("\"tiers\":[{\"above_input_tokens\":8,\"input\":1,\"output\":1},"
              "{\"from_input_tokens\":9,\"input\":1,\"output\":1}]"),
     "mine.json: model \"p/x\": prices[0]: tiers[1] does not begin after the one before"},
    {PRICE_OF("\"peaks\":[{\"from_hour_utc\":1,\"until_hour_utc\":25,\"percent\":200}]"),
     "mine.json: model \"p/x\": prices[0]: peaks[0]: field \"until_hour_utc\" is not a whole"},
    {PRICE_OF("\"batch_discount_percent\":101"),
     "mine.json: model \"p/x\": prices[0]: field \"batch_discount_percent\" is not a whole number"},
    {MODEL("\"prices\":[{\"input\":1,\"output\":1,\"as_of\":\"2026-01-01\",\"source\":\"s\","
           "\"until\":\"2026-05-05\"},{\"input\":1,\"output\":1,\"as_of\":\"2026-01-01\","
           "\"source\":\"s\",\"from\":\"2026-05-05\"}]"),
     "mine.json: model \"p/x\": prices[0] and prices[1] hold on the same day"},
    {MODEL("\"same_as\":\"p/none\""), "mine.json: model \"p/x\": same_as: there is no model"},
    {MODEL("\"same_as\":\"p/x\""), "mine.json: model \"p/x\": same_as leads in a circle"},
    {"{\"schema\":1,\"models\":[{\"id\":\"p/m\",\"window_total_tokens\":10}]}",
     "mine.json: model \"p/m\": window_input_tokens is more than window_total_tokens"},
    {"{\"schema\":1,\"models\":[{\"id\":\"p/m\",\"prices\":[{\"inptu\":1}]}]}",
     "mine.json: model \"p/m\": prices[0]: unknown field \"inptu\""},
    {"{\"schema\":1,\"models\":[{\"id\":\"p/x\",\"same_as\":\"p/m\",\"price_percent\":1000,"
     "\"prices\":[{\"input\":3000,\"output\":1,\"as_of\":\"2026-01-01\",\"source\":\"s\"}]}]}",
     "mine.json: model \"p/x\": price_percent makes it dearer than can be counted"},
};

enum { WRONG = sizeof wrong / sizeof wrong[0] };

START_TEST(what_is_wrong_is_told_with_file_entry_and_field)
{
    int rc = read_over(wrong[_i][0]);

    ck_assert_msg(rc == ERR_INPUT && str_starts(str_from(err.text), str_from(wrong[_i][1])),
                  "%s\n  %s\n  %s", wrong[_i][0], err.text, wrong[_i][1]);
    ck_assert_uint_eq(catalogue.model_count, 0);
}

int main(void)
{
    Suite *suite = suite_create("endpoint.catalogue");
    TCase *installed = suite_case(suite, "installed");
    TCase *layers = suite_case(suite, "layers");

    tcase_add_checked_fixture(installed, set_up_installed, tear_down);
    tcase_add_loop_test(installed, the_models_of_the_price_lists_are_all_there_with_their_numbers,
                        0, LISTED);
    tcase_add_test(installed, tiers_begin_where_each_vendor_says);
    tcase_add_test(installed, a_price_holds_from_its_first_day_to_its_last);
    tcase_add_test(installed, a_million_tokens_cost_what_a_hand_computes);
    tcase_add_test(installed, every_model_has_a_price_and_every_provider_its_way);
    tcase_add_test(installed, snapshots_and_aliases_are_the_model);
    tcase_add_test(installed, a_model_that_is_not_known_has_the_providers_ways_but_no_price);
    tcase_add_test(installed, what_is_no_provider_is_told_with_those_known);
    tcase_add_test(installed, a_model_can_have_a_protocol_of_its_own);
    tcase_add_test(installed, one_vendors_models_can_be_reached_in_several_ways);
    tcase_add_test(installed, every_protocol_named_is_one_that_the_program_speaks);
    tcase_add_test(installed, the_catalogue_and_the_quirk_table_agree);
    tcase_add_test(installed, a_shared_window_leaves_less_for_the_prompt);
    tcase_add_test(installed, addresses_are_filled_in_from_the_environment);
    tcase_add_test(installed, an_address_that_lacks_something_says_what);
    tcase_add_test(installed, nothing_may_shorten_a_prompt_unless_the_user_says_so);
    tcase_add_checked_fixture(layers, set_up, tear_down);
    tcase_add_test(layers, an_entry_of_the_user_changes_just_what_it_states);
    tcase_add_test(layers, the_users_prices_take_the_place_of_all_others);
    tcase_add_test(layers, a_model_can_be_said_to_be_the_same_as_another);
    tcase_add_loop_test(layers, what_is_wrong_is_told_with_file_entry_and_field, 0, WRONG);
    return suite_run(suite);
}
