/* How a user's catalogue is laid over another, and what is told of one that is wrong. */
#include "catalogue_fixture.h"
#include "suite.h"

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
    ck_assert_int_eq(input_rate_at("p/m", "2026-11-22", 900), rate_of(7));
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
    ck_assert_int_eq(input_rate_at("q/b", "2026-11-22", 500), rate_of(1.1));
    ck_assert_int_eq(input_rate_at("q/b", "2026-11-22", 501), rate_of(2.75));
    /* 3,625 × 1.1 = 3,987.5: a fraction of a micro-dollar is rounded up. */
    ck_assert_int_eq(model->prices[0].price.rates.cache_read, 3988);
    ck_assert_int_eq(model->prices[0].price.batch_discount_percent, 0);
    ck_assert_str_eq(target_of("q/b").protocol, "gemini");
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
    TCase *tests = suite_case(suite, "layers");

    tcase_add_checked_fixture(tests, catalogue_set_up, catalogue_tear_down);
    tcase_add_test(tests, an_entry_of_the_user_changes_just_what_it_states);
    tcase_add_test(tests, the_users_prices_take_the_place_of_all_others);
    tcase_add_test(tests, a_model_can_be_said_to_be_the_same_as_another);
    tcase_add_loop_test(tests, what_is_wrong_is_told_with_file_entry_and_field, 0, WRONG);
    return suite_run(suite);
}
