/* What the protocols' tables say: addresses, where requests hold their prompt, frames. */
#include "sim/wire.h"

#include "sim/frame.h"
#include "sim/prefix_cache.h"
#include "sim/route.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void assert_route(const char *method, const char *target, const struct sim_wire *wire,
                         bool is_stream, const char *name)
{
    struct sim_match match;

    sim_route_find(str_from(method), str_from(target), &match);
    ck_assert_msg(match.route != NULL, "%s", target);
    ck_assert(!match.is_method_wrong);
    ck_assert_str_eq(match.route->wire->name, wire->name);
    ck_assert_int_eq(match.route->is_stream, is_stream);
    ck_assert_str_eq(match.name, name);
}

START_TEST(every_vendors_addresses_are_known)
{
    assert_route("POST", "/v1/chat/completions", &wire_openai_chat, false, "");
    assert_route("POST", "/openai/v1/chat/completions?api-version=preview", &wire_openai_chat,
                 false, "");
    assert_route("POST", "/openai/deployments/d-1/chat/completions?api-version=2024-10-21",
                 &wire_openai_chat, false, "d-1");
    assert_route("POST", "/v1/responses", &wire_openai_responses, false, "");
    assert_route("POST", "/v1/messages", &wire_anthropic, false, "");
    assert_route("POST", "/v1/messages/count_tokens", &wire_anthropic, false, "");
    assert_route("POST",
                 "/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict",
                 &wire_anthropic, true, "m");
    assert_route("POST", "/v1beta/models/m:streamGenerateContent?alt=sse", &wire_gemini, true, "m");
    assert_route("POST", "/v1/models/m:generateContent", &wire_gemini, false, "m");
    assert_route("POST", "/v1/projects/p/locations/l/publishers/google/models/m:countTokens",
                 &wire_gemini, false, "m");
    assert_route("POST", "/model/us.a-v1%3A0/converse-stream", &wire_bedrock_converse, true,
                 "us.a-v1:0");
    assert_route("POST", "/model/arn%3Aaws%2Fm/invoke-with-response-stream", &wire_bedrock_invoke,
                 true, "arn:aws/m");
    assert_route("GET", "/v1/models", &wire_openai_chat, false, "");
    assert_route("GET", "/v1beta/models/perfect%2Bwindow=5", &wire_gemini, false,
                 "perfect+window=5");
    assert_route("POST", "/v1beta/batches/sim-1:cancel", &wire_gemini, false, "sim-1");
}

START_TEST(other_addresses_and_methods_are_not)
{
    static const char *const targets[] = {
        "/",
        "",
        "/v1",
        "/v1/messages/",
        "/model//converse",
        "/v1/projects/p/locations/l/q/publishers/google/models/m:x"};
    struct sim_match match;

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        sim_route_find(STR("POST"), str_from(targets[i]), &match);
        ck_assert_msg(match.route == NULL, "%s", targets[i]);
    }
    sim_route_find(STR("GET"), STR("/v1/messages"), &match);
    ck_assert(match.route != NULL && match.is_method_wrong);
}

START_TEST(names_in_addresses_are_text_whatever_was_sent)
{
    assert_route("POST", "/model/a%ff%00%zz%4/converse", &wire_bedrock_converse, false,
                 "a?%00%zz%4");
}

struct prompt_row {
    const struct sim_wire *wire;
    const char *model; /* of the address */
    const char *body;
};

/* The same prompt in every protocol: a system message, an ask of two parts, a reply, a question. */
static const struct prompt_row prompts[] = {
    {&wire_openai_chat, "",
     "{\"model\":\"m\",\"reasoning_effort\":\"low\",\"max_completion_tokens\":7,\"messages\":["
     "{\"role\":\"developer\",\"content\":\"rules\"},{\"role\":\"user\",\"content\":"
     "[{\"type\":\"text\",\"text\":\"ask\"}]},{\"role\":\"assistant\",\"content\":\"reply\"},"
     "{\"role\":\"user\",\"content\":\"question\"}]}"},
    {&wire_openai_responses, "",
     "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
     "\"text\":\"ask\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
     "\"text\":\"reply\"}]},{\"role\":\"user\",\"content\":\"question\"}],"
     "\"instructions\":\"rules\",\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"},"
     "\"max_output_tokens\":7}"},
    {&wire_anthropic, "",
     "{\"model\":\"m\",\"max_tokens\":7,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
     "\"text\",\"text\":\"ask\",\"cache_control\":{\"type\":\"ephemeral\"}}]},{\"role\":"
     "\"assistant\",\"content\":\"reply\"},{\"role\":\"user\",\"content\":\"question\"}],"
     "\"thinking\":{\"type\":\"adaptive\"},\"system\":[{\"type\":\"text\",\"text\":\"ru\"},"
     "{\"type\":\"text\",\"text\":\"les\"}]}"},
    {&wire_gemini, "m",
     "{\"contents\":[{\"parts\":[{\"text\":\"ask\"}]},{\"role\":\"model\",\"parts\":[{\"text\":"
     "\"reply\"}]},{\"role\":\"user\",\"parts\":[{\"text\":\"question\"}]}],"
     "\"systemInstruction\":{\"parts\":[{\"text\":\"rules\"}]},\"generationConfig\":{"
     "\"maxOutputTokens\":7,\"thinkingConfig\":{\"thinkingBudget\":-1}}}"},
    {&wire_gemini, "m",
     "{\"generateContentRequest\":{\"model\":\"models/m\",\"systemInstruction\":{\"parts\":"
     "[{\"text\":\"rules\"}]},\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"ask\"}]},"
     "{\"role\":\"model\",\"parts\":[{\"text\":\"reply\"}]},{\"parts\":[{\"text\":"
     "\"question\"}]}],\"generationConfig\":{\"maxOutputTokens\":7,\"thinkingConfig\":"
     "{\"thinkingLevel\":\"low\"}}}}"},
    {&wire_bedrock_converse, "m",
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"ask\"}]},{\"role\":\"assistant\","
     "\"content\":[{\"text\":\"reply\"}]},{\"role\":\"user\",\"content\":[{\"text\":"
     "\"question\"}]}],\"system\":[{\"text\":\"rules\"},{\"cachePoint\":{\"type\":\"default\"}}],"
     "\"inferenceConfig\":{\"maxTokens\":7},\"additionalModelRequestFields\":{\"thinking\":"
     "{\"type\":\"enabled\"}}}"},
    {&wire_bedrock_invoke, "m",
     "{\"anthropic_version\":\"bedrock-2023-05-31\",\"system\":\"rules\",\"messages\":[{\"role\":"
     "\"user\",\"content\":\"ask\"},{\"role\":\"assistant\",\"content\":\"reply\"},{\"role\":"
     "\"user\",\"content\":\"question\"}],\"max_tokens\":7,\"thinking\":{\"type\":\"enabled\"}}"},
};
enum { PROMPTS = sizeof prompts / sizeof prompts[0] };

START_TEST(the_same_prompt_is_read_from_every_protocol_however_it_is_cut)
{
    static const char *const texts[] = {"rules", "ask", "reply", "question"};
    static const enum role roles[] = {ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT, ROLE_USER};
    const struct prompt_row *row = &prompts[_i];

    for (size_t chunk = 1; chunk < 40; chunk++) {
        struct str body = str_from(row->body);
        struct request request;
        struct err err = {0};
        int rc = 0;

        request_init(&request, row->wire->form, str_from(row->model));
        for (; body.len != 0 && rc == 0; body = str_skip(body, chunk)) {
            rc = request_feed(&request, str_take(body, chunk), &err);
        }
        rc = rc == 0 ? request_finish(&request, &err) : rc;
        ck_assert_msg(rc == 0, "%s: %s", row->wire->name, err.text);
        ck_assert_uint_eq(request.conversation.count, 4);
        for (size_t i = 0; i < 4; i++) {
            ck_assert(str_equal(conversation_text(&request.conversation, i), str_from(texts[i])));
            ck_assert_int_eq(request.conversation.messages[i].role, roles[i]);
        }
        ck_assert_str_eq(request.model, "m");
        ck_assert(request.reasons);
        ck_assert_uint_eq(request.output_tokens_max, 7);
        request_release(&request);
    }
}

START_TEST(a_key_that_looks_like_a_path_is_none)
{
    static const char *const bodies[] = {
        "{\"messages[].role\":\"user\",\"messages[].content\":\"x\"}",
        "{\"messages\":[],\"messages[].content[].text\":\"x\"}",
        "{\"messages[]\":{\"content\":\"x\"}}",
        "{\"system[].text\":\"x\"}",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct request request;
        struct err err = {0};

        request_init(&request, wire_anthropic.form, STR("m"));
        ck_assert_int_eq(request_feed(&request, str_from(bodies[i]), &err), 0);
        ck_assert_int_eq(request_finish(&request, &err), ERR_INPUT);
        ck_assert_uint_eq(request.conversation.count, 0);
        request_release(&request);
    }
}

START_TEST(a_system_message_in_parts_stands_before_all_others)
{
    struct request request;
    struct err err = {0};

    request_init(&request, wire_anthropic.form, STR("m"));
    ck_assert_int_eq(
        request_feed(
            &request,
            STR("{\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":"
                "\"a\"},{\"text\":\"b\"}]}],\"system\":[{\"text\":\"c\"},{\"text\":\"d\"}]}"),
            &err),
        0);
    ck_assert_int_eq(request_finish(&request, &err), 0);
    ck_assert(str_equal(conversation_whole(&request.conversation), STR("cd\n\na\n\nb")));
    ck_assert_uint_eq(request.conversation.count, 3);
    request_release(&request);
}

START_TEST(settings_of_a_request_are_known_by_their_names)
{
    struct request request;
    struct err err = {0};

    request_init(&request, wire_gemini.form, STR("m"));
    ck_assert_int_eq(request_feed(&request,
                                  STR("{\"generationConfig\":{\"temperature\":0,\"topP\":1},"
                                      "\"contents\":[{\"seed\":1,\"parts\":[{\"text\":\"x\"}]}]}"),
                                  &err),
                     0);
    ck_assert(request_has_parameter(&request, STR("temperature")));
    ck_assert(request_has_parameter(&request, STR("topP")));
    ck_assert(!request_has_parameter(&request, STR("top")));
    ck_assert(!request_has_parameter(&request, STR("seed"))); /* of a message, not of the request */
    request_release(&request);
}

/* The test vector of the event stream's format: protocols' appendix A.2, computed by Amazon's own
 * codec and by Python's struct and zlib. */
START_TEST(a_frame_has_the_bytes_that_others_give_it)
{
    static const char wanted[] =
        "0000007b0000004b0a2e96af0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d747970"
        "650700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b2262"
        "79746573223a2265794a306558426c496a6f6963476c755a794a39227d3bea0f10";
    struct sim_events events;
    struct buf hex;

    sim_events_init(&events, FRAMING_FRAMES);
    sim_events_add(&events, "chunk", json_pack("{s:s}", "bytes", "eyJ0eXBlIjoicGluZyJ9"));
    buf_init(&hex, 1024);
    for (size_t i = 0; i < events.out.len; i++) {
        buf_appendf(&hex, "%02x", (unsigned)(unsigned char)events.out.p[i]);
    }
    ck_assert_str_eq(hex.p, wanted);
    buf_release(&hex);
    sim_events_release(&events);
}

START_TEST(events_stand_on_the_wire_as_their_framing_wants)
{
    struct sim_events events;

    sim_events_init(&events, FRAMING_NAMED);
    sim_events_add(&events, "ping", json_pack("{s:i}", "a", 1));
    events.uses_crlf = true;
    sim_events_add(&events, "ping", json_pack("{s:i}", "b", 2));
    events.breaks_next = true;
    sim_events_add(&events, "ping", json_pack("{s:i}", "c", 3));
    ck_assert_str_eq(events.out.p, "event: ping\ndata: {\"a\":1}\n\n"
                                   "event: ping\r\ndata: {\"b\":2}\r\n\r\n"
                                   "event: ping\r\ndata: {\"c\r\n\r\n");
    ck_assert_uint_eq(events.count, 3);
    sim_events_release(&events);
}

START_TEST(a_prompt_is_cached_as_far_as_its_beginning_was_read_before)
{
    struct prefix_cache cache;
    struct err err = {0};
    size_t size = 5120 * 10 + 17;
    size_t blocks = 0;
    char *text = malloc(size);

    ck_assert_ptr_nonnull(text);
    memset(text, 'x', size);
    ck_assert_int_eq(prefix_cache_init(&cache, &err), 0);
    ck_assert_uint_eq(prefix_cache_read(&cache, STR("m"), (struct str){text, 100}, &blocks), 0);
    ck_assert_uint_eq(blocks, 0);
    ck_assert_uint_eq(prefix_cache_read(&cache, STR("m"), (struct str){text, size}, &blocks), 0);
    ck_assert_uint_eq(blocks, 51200);
    ck_assert_uint_eq(prefix_cache_read(&cache, STR("m"), (struct str){text, size}, &blocks),
                      51200);
    text[20480] = 'y';
    ck_assert_uint_eq(prefix_cache_read(&cache, STR("m"), (struct str){text, size}, &blocks),
                      20480);
    ck_assert_uint_eq(prefix_cache_read(&cache, STR("n"), (struct str){text, size}, &blocks), 0);
    prefix_cache_release(&cache);
    free(text);
}

int main(void)
{
    Suite *suite = suite_create("sim_wire");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, every_vendors_addresses_are_known);
    tcase_add_test(rules, other_addresses_and_methods_are_not);
    tcase_add_test(rules, names_in_addresses_are_text_whatever_was_sent);
    tcase_add_loop_test(rules, the_same_prompt_is_read_from_every_protocol_however_it_is_cut, 0,
                        PROMPTS);
    tcase_add_test(rules, a_key_that_looks_like_a_path_is_none);
    tcase_add_test(rules, a_system_message_in_parts_stands_before_all_others);
    tcase_add_test(rules, settings_of_a_request_are_known_by_their_names);
    tcase_add_test(rules, a_frame_has_the_bytes_that_others_give_it);
    tcase_add_test(rules, events_stand_on_the_wire_as_their_framing_wants);
    tcase_add_test(rules, a_prompt_is_cached_as_far_as_its_beginning_was_read_before);
    return suite_run(suite);
}
