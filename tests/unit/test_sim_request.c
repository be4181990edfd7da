#include "sim/wire.h"

#include "suite.h"

#include <check.h>
#include <string.h>

static int read_body(const struct sim_wire *wire, struct request *request, struct str body,
                     size_t chunk, struct err *err)
{
    int rc = 0;

    request_init(request, wire->form, (struct str){0});
    while (rc == 0 && body.len != 0) {
        rc = request_feed(request, str_take(body, chunk), err);
        body = str_skip(body, chunk);
    }
    return rc == 0 ? request_finish(request, err) : rc;
}

static void assert_word(const char *word, const char *expected)
{
    ck_assert_pstr_eq(word, expected);
}

static void assert_message(const struct request *request, size_t index, enum role role,
                           const char *text)
{
    const struct conversation *conversation = &request->conversation;

    ck_assert_uint_lt(index, conversation->count);
    ck_assert_int_eq(conversation->messages[index].role, role);
    ck_assert_msg(str_equal(conversation_text(conversation, index), str_from(text)),
                  "message %zu is '%.*s'", index, STR_ARG(conversation_text(conversation, index)));
}

static void assert_rejected(const char *body, const char *param, const char *code,
                            const char *message)
{
    struct request request;
    struct err err = {0};

    ck_assert_int_eq(read_body(&wire_openai_chat, &request, str_from(body), 5, &err), ERR_INPUT);
    assert_word(err.text, message);
    assert_word(request.error_param, param != NULL ? param : "");
    assert_word(request.error_code, code);
    request_release(&request);
}

START_TEST(messages_are_read_the_same_however_the_body_is_cut)
{
    struct str body =
        STR("{\"messages\":[{\"role\":\"system\",\"content\":\"be\\nbrief\"},"
            "{\"content\":\"r\xC3\xA9ply\",\"role\":\"assistant\",\"name\":\"content\"},"
            "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one \"},"
            "{\"text\":\"two\",\"type\":\"text\"}]},{\"role\":\"assistant\",\"content\":null}],"
            "\"model\":\"perfect\",\"stream\":true,\"stream_options\":{\"include_usage\":true,"
            "\"include_obfuscation\":false},\"max_completion_tokens\":77,\"seed\":1,"
            "\"metadata\":{\"messages\":[{\"role\":\"user\"}],\"model\":\"other\"}}");

    for (size_t chunk = 1; chunk <= body.len; chunk++) {
        struct request request;
        struct err err = {0};

        ck_assert_msg(read_body(&wire_openai_chat, &request, body, chunk, &err) == 0, "%s",
                      err.text);
        ck_assert_uint_eq(request.conversation.count, 4);
        assert_message(&request, 0, ROLE_SYSTEM, "be\nbrief");
        assert_message(&request, 1, ROLE_ASSISTANT, "réply");
        assert_message(&request, 2, ROLE_USER, "one two");
        assert_message(&request, 3, ROLE_ASSISTANT, "");
        assert_word(request.model, "perfect");
        ck_assert(request.is_stream);
        ck_assert(request.is_usage_wanted);
        ck_assert_uint_eq(request.output_tokens_max, 77);
        request_release(&request);
    }
}

START_TEST(messages_stand_in_one_text_with_blank_lines_between)
{
    struct request request;
    struct err err = {0};

    ck_assert_int_eq(read_body(&wire_openai_chat, &request,
                               STR("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                                   "\"a\"},{\"role\":\"user\",\"content\":\"b\"}]}"),
                               9, &err),
                     0);
    ck_assert(str_equal(conversation_whole(&request.conversation), STR("a\n\nb")));
    request_release(&request);
}

START_TEST(what_is_missing_or_of_the_wrong_kind_is_named)
{
    assert_rejected("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "model",
                    "missing_required_parameter", "You must provide a model parameter.");
    assert_rejected("{\"model\":\"m\"}", "messages", "missing_required_parameter",
                    "Missing required parameter: 'messages'.");
    assert_rejected("{\"model\":\"m\",\"messages\":[]}", "messages", "empty_array",
                    "Invalid 'messages': empty array. At least one message is expected.");
    assert_rejected("{\"model\":\"m\",\"messages\":\"hi\"}", "messages", "invalid_type",
                    "Invalid type for 'messages'.");
    assert_rejected("{\"model\":\"m\",\"messages\":[\"hi\"]}", "messages", "invalid_type",
                    "Invalid type for 'messages'.");
    assert_rejected("{\"model\":\"m\",\"messages\":[{\"content\":\"x\"}]}", "messages.role",
                    "missing_required_parameter", "Missing required parameter: 'messages.role'.");
    assert_rejected("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":3}]}",
                    "messages.content", "invalid_type", "Invalid type for 'messages.content'.");
    assert_rejected("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                    "[{\"type\":\"image_url\"}]}]}",
                    "messages.content.type", "invalid_value",
                    "Only text can be read here: 'messages.content.type' cannot be 'image_url'.");
    assert_rejected("{\"model\":\"m\",\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]}",
                    "messages.role", "invalid_value",
                    "Invalid value for 'messages.role': 'king' is not a role here.");
    assert_rejected("{\"model\":[]}", "model", "invalid_type", "Invalid type for 'model'.");
    assert_rejected("{\"stream\":\"yes\"}", "stream", "invalid_type", "Invalid type for 'stream'.");
    assert_rejected("{\"max_tokens\":0}", "max_completion_tokens", "invalid_value",
                    "The limit of output tokens must be a whole number above 0.");
    assert_rejected("[]", NULL, "invalid_type", "The body of the request must be a JSON object.");
}

START_TEST(a_body_that_is_no_json_is_named_by_its_byte)
{
    assert_rejected("", NULL, NULL,
                    "We could not parse the JSON body of your request: byte 0: the text ends too "
                    "early");
    assert_rejected("{\"model\":\"m\"", NULL, NULL,
                    "We could not parse the JSON body of your request: byte 12: the text ends too "
                    "early");
}

START_TEST(a_name_that_is_too_long_is_cut_between_characters)
{
    struct request request;
    struct err err = {0};
    struct buf body;

    buf_init(&body, 4096);
    buf_append(&body, STR("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"model\":\"a"));
    for (int i = 0; i < 200; i++) {
        buf_append(&body, STR("é"));
    }
    buf_append(&body, STR("\"}"));
    ck_assert_int_eq(read_body(&wire_openai_chat, &request, buf_str(&body), 1000, &err), 0);
    ck_assert_uint_eq(strlen(request.model), REQUEST_WORD_MAX - 1);
    request_release(&request);
    buf_release(&body);
}

int main(void)
{
    Suite *suite = suite_create("sim_request");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, messages_are_read_the_same_however_the_body_is_cut);
    tcase_add_test(rules, messages_stand_in_one_text_with_blank_lines_between);
    tcase_add_test(rules, what_is_missing_or_of_the_wrong_kind_is_named);
    tcase_add_test(rules, a_body_that_is_no_json_is_named_by_its_byte);
    tcase_add_test(rules, a_name_that_is_too_long_is_cut_between_characters);
    return suite_run(suite);
}
