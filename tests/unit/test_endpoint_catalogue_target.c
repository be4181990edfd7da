/* Where the installed catalogue says that a model is found, and how its server is spoken to. */
#include "catalogue_fixture.h"
#include "suite.h"

#include "endpoint/protocol.h"
#include "replay.h"

#include <string.h>

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
        ck_assert(str_equal(target_of(names[i]).model_name, str_cut(str_from(names[i]), '/').tail));
    }
}

static void expect_unknown(const char *name)
{
    struct catalogue_target target = target_of(name);

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
    ck_assert_str_eq(target_of("openai/gpt-5.5").protocol, "openai-chat");
    ck_assert_str_eq(target_of("openai/gpt-5.5-pro").protocol, "openai-responses");
    ck_assert_str_eq(target_of("vertex/gemini-2.5-pro").protocol, "vertex-gemini");
    ck_assert_str_eq(target_of("vertex/claude-of-tomorrow").protocol, "vertex-anthropic");
    ck_assert_str_eq(target_of("bedrock/us.anthropic.claude-opus-5").protocol, "bedrock-converse");
    ck_assert_str_eq(model_of("anthropic/claude-sonnet-4-5")->headers.items[0],
                     "anthropic-beta: context-1m-2025-08-07");
    ck_assert_uint_eq(model_of("anthropic/claude-opus-4-7")->headers.count, 0);
}

START_TEST(one_vendors_models_can_be_reached_in_several_ways)
{
    struct catalogue_target target = target_of("bedrock-anthropic/eu.anthropic.claude-opus-4-7");

    ck_assert_str_eq(target.model->id, "bedrock/us.anthropic.claude-opus-4-7");
    ck_assert_str_eq(target.provider->name, "bedrock-anthropic");
    ck_assert_str_eq(target.protocol, "anthropic-messages");
    ck_assert_int_eq(catalogue_quirks(&target).auth, QUIRK_AUTH_BEARER);
    ck_assert_str_eq(target_of("azure-legacy/gpt-5.5").model->id, "azure/gpt-5.5");
    ck_assert_str_eq(target_of("bedrock-invoke/x").protocol, "bedrock-invoke");
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

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"user\",\"content\":"        \
    "\"t\\\"wo\"},{\"role\":\"assistant\",\"content\":\"three\"}]}"

START_TEST(servers_differ_by_their_entry_in_the_catalogue)
{
    static const struct {
        const char *name;
        const char *base_url;
        const char *request;
    } servers[] = {
        {"vllm/m", "http://localhost:8000/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_completion_tokens\":9,"
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
        {"ollama/m", "http://localhost:11434/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,"
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
        {"llamacpp/m", "http://localhost:8080/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,\"return_progress\":true,"
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
        {"sglang/m", "http://localhost:30000/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_completion_tokens\":9,"
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
        {"deepseek/m", "https://api.deepseek.com",
         "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,"
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
        {"mistral/m", "https://api.mistral.ai/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9," MESSAGES},
        {"together/m", "https://api.together.xyz/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,"
         "\"context_length_exceeded_behavior\":\"error\","
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
        {"openrouter/m", "https://openrouter.ai/api/v1",
         "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,"
         "\"plugins\":[{\"id\":\"context-compression\",\"enabled\":false}],"
         "\"stream_options\":{\"include_usage\":true}," MESSAGES},
    };

    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        struct catalogue_target target = target_of(servers[i].name);
        struct quirks quirks = catalogue_quirks(&target);
        struct endpoint endpoint = {.protocol = target.protocol,
                                    .base_url = target.provider->base_url,
                                    .model = "m",
                                    .max_output_tokens = 9,
                                    .quirks = &quirks};

        ck_assert_str_eq(endpoint.base_url, servers[i].base_url);
        ck_assert_int_eq(catalogue_parameters(&target, NULL, &arena, &endpoint.parameters, &err),
                         0);
        replay_expect_request(&endpoint, servers[i].request);
    }
}

START_TEST(some_servers_count_reasoning_apart)
{
    struct catalogue_target apart = target_of("xai/m");
    struct catalogue_target within = target_of("openai/m");

    ck_assert_str_eq(apart.protocol,
                     "openai-responses"); /* its Chat Completions are on their way out */
    ck_assert(catalogue_quirks(&apart).counts_reasoning_apart);
    ck_assert(!catalogue_quirks(&within).counts_reasoning_apart);
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
    struct catalogue_target target = target_of(name);
    const char *url = "";

    (void)catalogue_base_url(&target, look_up, &arena, &url, &err);
    ck_assert_msg(strcmp(url, wanted) == 0, "%s: %s (%s)", name, url, err.text);
}

static void expect_place(const char *name, const char *placeholder, const char *wanted)
{
    struct catalogue_target target = target_of(name);
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
    struct catalogue_target target = target_of("bedrock/x");
    const char *url = NULL;

    ck_assert_int_eq(catalogue_base_url(&target, look_up, &arena, &url, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "bedrock needs its region: set AWS_REGION");
    target = target_of("compatible/x");
    ck_assert_int_eq(catalogue_base_url(&target, look_up, &arena, &url, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "compatible/… needs --base-url, e.g. http://localhost:8000/v1");
}

START_TEST(nothing_may_shorten_a_prompt_unless_the_user_says_so)
{
    static const char *const mine[] = {"top_k=1", "plugins=[]", NULL};
    struct catalogue_target target = target_of("openrouter/x/y");
    const char *const *parameters = NULL;

    ck_assert_int_eq(catalogue_parameters(&target, NULL, &arena, &parameters, &err), 0);
    ck_assert_str_eq(parameters[0], "plugins=[{\"id\":\"context-compression\",\"enabled\":false}]");
    ck_assert_ptr_null(parameters[1]);
    ck_assert_int_eq(catalogue_parameters(&target, mine, &arena, &parameters, &err), 0);
    ck_assert_str_eq(parameters[0], "top_k=1");
    ck_assert_str_eq(parameters[1], "plugins=[]");
    ck_assert_ptr_null(parameters[2]);
}

int main(void)
{
    Suite *suite = suite_create("endpoint.catalogue_target");
    TCase *tests = suite_case(suite, "installed");

    tcase_add_checked_fixture(tests, catalogue_set_up_installed, catalogue_tear_down);
    tcase_add_test(tests, snapshots_and_aliases_are_the_model);
    tcase_add_test(tests, a_model_that_is_not_known_has_the_providers_ways_but_no_price);
    tcase_add_test(tests, what_is_no_provider_is_told_with_those_known);
    tcase_add_test(tests, a_model_can_have_a_protocol_of_its_own);
    tcase_add_test(tests, one_vendors_models_can_be_reached_in_several_ways);
    tcase_add_test(tests, every_protocol_named_is_one_that_the_program_speaks);
    tcase_add_test(tests, servers_differ_by_their_entry_in_the_catalogue);
    tcase_add_test(tests, some_servers_count_reasoning_apart);
    tcase_add_test(tests, addresses_are_filled_in_from_the_environment);
    tcase_add_test(tests, an_address_that_lacks_something_says_what);
    tcase_add_test(tests, nothing_may_shorten_a_prompt_unless_the_user_says_so);
    return suite_run(suite);
}
