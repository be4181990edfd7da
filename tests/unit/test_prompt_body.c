/* The reference for JSON is jansson: what the reader produces must parse to the prompt's texts. */
#include "suite.h"

#include "base/buf.h"
#include "base/random.h"
#include "base/utf8.h"
#include "prompt/body.h"
#include "token/token.h"

#include <jansson.h>
#include <string.h>

/* A prompt over an array of pieces. */
struct listed_prompt {
    struct prompt prompt;
    const struct prompt_piece *pieces;
    size_t count;
    size_t at;
};

static int listed_next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct listed_prompt *listed = (struct listed_prompt *)prompt;

    (void)err;
    if (listed->at == listed->count) {
        return 0;
    }
    *piece = listed->pieces[listed->at++];
    return 1;
}

static void listed_rewind(struct prompt *prompt)
{
    ((struct listed_prompt *)prompt)->at = 0;
}

static void listed_free(struct prompt *prompt)
{
    (void)prompt; /* on the stack */
}

static const struct prompt_ops listed_ops = {listed_next, listed_rewind, listed_free};

static const struct body_frame frame = {
    .head = STR_INIT("{\"messages\":["),
    .open = {STR_INIT("{\"role\":\"user\",\"content\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":\"")},
    .close = STR_INIT("\"}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
};

static struct tokenizer *tokenizer;
static struct err err;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
    tokenizer_free(tokenizer);
}

static const struct prompt_piece conversation[] = {
    {{"one\n\"quoted\" \\ back", 19}, PROMPT_USER, true, false},
    {{"second user turn \x01\x1F\t", 20}, PROMPT_USER, true, false},
    {{"The reply", 9}, PROMPT_ASSISTANT, true, false},
    {{" goes on \xF0\x9F\x90\xA6.", 14}, PROMPT_ASSISTANT, false, false},
    {{"", 0}, PROMPT_USER, true, false},
    {{"last\r\f\b", 7}, PROMPT_USER, true, false},
};
enum { CONVERSATION_PIECES = sizeof conversation / sizeof conversation[0] };

/* Reads the whole body in pieces of `room` bytes. */
static void read_framed(const struct body_frame *as, struct listed_prompt *listed,
                        const struct prompt_measure *measure, size_t room, struct buf *out)
{
    struct body_reader *reader = NULL;
    char chunk[4096];
    int64_t got = 0;

    ck_assert_int_eq(body_reader_new(&reader, as, &listed->prompt, measure->fingerprint, &err), 0);
    while ((got = body_reader_read(reader, chunk, room, &err)) > 0) {
        buf_append(out, (struct str){chunk, (size_t)got});
    }
    ck_assert_msg(got == 0, "%s", err.text);
    body_reader_free(reader);
}

static void read_body(struct listed_prompt *listed, const struct prompt_measure *measure,
                      size_t room, struct buf *out)
{
    read_framed(&frame, listed, measure, room, out);
}

START_TEST(the_body_is_the_same_in_pieces_of_any_size)
{
    struct listed_prompt listed = {{&listed_ops}, conversation, CONVERSATION_PIECES, 0};
    struct prompt_measure measure = {0};
    struct buf whole;
    struct buf parts;

    buf_init(&whole, 10000);
    buf_init(&parts, 10000);
    ck_assert_int_eq(prompt_measure(&listed.prompt, tokenizer, &measure, &err), 0);
    read_body(&listed, &measure, 4096, &whole);
    ck_assert_uint_eq(whole.len, body_length(&frame, &measure));
    for (size_t room = 1; room < 200; room++) {
        buf_reset(&parts);
        read_body(&listed, &measure, room, &parts);
        ck_assert(str_equal(buf_str(&parts), buf_str(&whole)));
    }
    buf_release(&whole);
    buf_release(&parts);
}

START_TEST(the_body_parses_to_the_texts)
{
    struct listed_prompt listed = {{&listed_ops}, conversation, CONVERSATION_PIECES, 0};
    struct prompt_measure measure = {0};
    struct buf whole;
    json_t *root = NULL;
    const json_t *messages = NULL;
    static const char *const roles[] = {"user", "user", "assistant", "user", "user"};
    static const struct str texts[] = {{"one\n\"quoted\" \\ back", 19},
                                       {"second user turn \x01\x1F\t", 20},
                                       {"The reply goes on \xF0\x9F\x90\xA6.", 23},
                                       {"", 0},
                                       {"last\r\f\b", 7}};

    buf_init(&whole, 10000);
    ck_assert_int_eq(prompt_measure(&listed.prompt, tokenizer, &measure, &err), 0);
    read_body(&listed, &measure, 4096, &whole);
    root = json_loadb(whole.p, whole.len, 0, NULL);
    ck_assert_ptr_nonnull(root);
    messages = json_object_get(root, "messages");
    ck_assert_uint_eq(json_array_size(messages), 5);
    for (size_t i = 0; i < 5; i++) {
        const json_t *message = json_array_get(messages, i);
        const json_t *content = json_object_get(message, "content");

        ck_assert_str_eq(json_string_value(json_object_get(message, "role")), roles[i]);
        ck_assert(str_equal((struct str){json_string_value(content), json_string_length(content)},
                            texts[i]));
    }
    ck_assert_uint_eq(measure.messages[PROMPT_USER], 4);
    ck_assert_uint_eq(measure.messages[PROMPT_ASSISTANT], 1);
    ck_assert_uint_eq(measure.code_points, 19 + 20 + 20 + 7);
    json_decref(root);
    buf_release(&whole);
}

START_TEST(escaping_agrees_with_jansson_on_random_text)
{
    struct random random = random_stream(11, STR("escape"), 0);

    for (int round = 0; round < 2000; round++) {
        struct buf text;
        struct buf escaped;
        json_t *parsed = NULL;

        buf_init(&text, 1000);
        buf_init(&escaped, 10000);
        for (uint64_t i = random_below(&random, 60); i != 0; i--) {
            static const uint32_t ranges[] = {0x20, 0x80, 0x800, 0xD800, 0x20000};
            uint32_t code = (uint32_t)random_below(&random, ranges[random_below(&random, 5)]);
            char bytes[4];

            if (code != 0 && !(code >= 0xD800 && code <= 0xDFFF)) {
                buf_append(&text, (struct str){bytes, utf8_encode(code, bytes)});
            }
        }
        buf_append_char(&escaped, '"');
        json_append_escaped(&escaped, buf_str(&text));
        buf_append_char(&escaped, '"');
        ck_assert_uint_eq(escaped.len, json_escaped_length(buf_str(&text)) + 2);
        parsed = json_loadb(escaped.p, escaped.len, JSON_DECODE_ANY, NULL);
        ck_assert_ptr_nonnull(parsed);
        ck_assert(str_equal((struct str){json_string_value(parsed), json_string_length(parsed)},
                            buf_str(&text)));
        json_decref(parsed);
        buf_release(&text);
        buf_release(&escaped);
    }
}

START_TEST(a_second_pass_that_differs_is_an_error)
{
    struct listed_prompt listed = {{&listed_ops}, conversation, CONVERSATION_PIECES, 0};
    struct prompt_measure measure = {0};
    struct body_reader *reader = NULL;
    char chunk[4096];

    ck_assert_int_eq(prompt_measure(&listed.prompt, tokenizer, &measure, &err), 0);
    listed.count--; /* the last message is gone */
    ck_assert_int_eq(body_reader_new(&reader, &frame, &listed.prompt, measure.fingerprint, &err),
                     0);
    ck_assert_int_eq(body_reader_read(reader, chunk, sizeof chunk, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "differs"));
    body_reader_free(reader);
}

START_TEST(the_fingerprint_sees_roles_and_message_boundaries_but_not_pieces)
{
    static const struct prompt_piece joined[] = {{{"ab", 2}, PROMPT_USER, true, false}};
    static const struct prompt_piece pieces[] = {{{"a", 1}, PROMPT_USER, true, false},
                                                 {{"b", 1}, PROMPT_USER, false, false}};
    static const struct prompt_piece messages[] = {{{"a", 1}, PROMPT_USER, true, false},
                                                   {{"b", 1}, PROMPT_USER, true, false}};
    static const struct prompt_piece roles[] = {{{"ab", 2}, PROMPT_ASSISTANT, true, false}};
    const struct prompt_piece *const lists[] = {joined, pieces, messages, roles};
    const size_t counts[] = {1, 2, 2, 1};
    struct fingerprint found[4];

    for (int i = 0; i < 4; i++) {
        struct fingerprint_state *state = fingerprint_new();

        ck_assert_ptr_nonnull(state);
        for (size_t k = 0; k < counts[i]; k++) {
            fingerprint_add(state, &lists[i][k]);
        }
        found[i] = fingerprint_finish(state);
        fingerprint_free(state);
    }
    ck_assert(found[0].low == found[1].low && found[0].high == found[1].high);
    ck_assert(found[0].low != found[2].low && found[0].low != found[3].low);
}

/* The body parsed, after it was the same in pieces of any size. */
static json_t *parse_framed(const struct body_frame *as)
{
    struct listed_prompt listed = {{&listed_ops}, conversation, CONVERSATION_PIECES, 0};
    struct prompt_measure measure = {0};
    struct buf whole;
    struct buf parts;
    json_t *root = NULL;

    buf_init(&whole, 10000);
    buf_init(&parts, 10000);
    ck_assert_int_eq(prompt_measure(&listed.prompt, tokenizer, &measure, &err), 0);
    ck_assert(!body_length_follows(as, &measure));
    read_framed(as, &listed, &measure, 4096, &whole);
    for (size_t room = 1; room < 200; room++) {
        buf_reset(&parts);
        read_framed(as, &listed, &measure, room, &parts);
        ck_assert(str_equal(buf_str(&parts), buf_str(&whole)));
    }
    root = json_loadb(whole.p, whole.len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(root != NULL, "%s", whole.p);
    buf_release(&whole);
    buf_release(&parts);
    return root;
}

START_TEST(messages_of_one_role_in_a_row_can_be_parts_of_one)
{
    static const struct body_frame joining = {
        .head = STR_INIT("{\"m\":["),
        .open = {STR_INIT("{\"user\":[\""), STR_INIT("{\"assistant\":[\"")},
        .close = STR_INIT("\"]}"),
        .between = STR_INIT(","),
        .tail = STR_INIT("]}"),
        .join = STR_INIT("\",\""),
    };
    json_t *found = parse_framed(&joining);
    json_t *wanted =
        json_pack("{s:[{s:[s,s]},{s:[s]},{s:[s,s]}]}", "m", "user", "one\n\"quoted\" \\ back",
                  "second user turn \x01\x1F\t", "assistant", "The reply goes on \xF0\x9F\x90\xA6.",
                  "user", "", "last\r\f\b");

    ck_assert_ptr_nonnull(wanted);
    ck_assert(json_equal(found, wanted));
    json_decref(found);
    json_decref(wanted);
}

START_TEST(a_long_text_can_be_split_between_characters)
{
    enum { PART_MAX = 5 };
    static const struct body_frame splitting = {
        .head = STR_INIT("["),
        .open = {STR_INIT("[\"user\",\""), STR_INIT("[\"assistant\",\"")},
        .close = STR_INIT("\"]"),
        .between = STR_INIT(","),
        .tail = STR_INIT("]"),
        .split = {STR_INIT("\",\""), STR_INIT("\",\"")},
        .part_bytes_max = PART_MAX,
    };
    static const char *const texts[] = {"one\n\"quoted\" \\ back", "second user turn \x01\x1F\t",
                                        "The reply goes on \xF0\x9F\x90\xA6.", "", "last\r\f\b"};
    json_t *found = parse_framed(&splitting);

    ck_assert_uint_eq(json_array_size(found), 5);
    for (size_t i = 0; i < 5; i++) {
        const json_t *message = json_array_get(found, i);
        struct str rest = str_from(texts[i]);

        for (size_t k = 1; k < json_array_size(message); k++) {
            struct str part = str_from(json_string_value(json_array_get(message, k)));

            ck_assert_uint_le(part.len, PART_MAX);
            ck_assert(part.len != 0 || rest.len == 0);
            ck_assert(str_starts(rest, part));
            rest = str_skip(rest, part.len);
        }
        ck_assert_uint_eq(rest.len, 0);
    }
    json_decref(found);
}

START_TEST(the_haystack_is_marked_where_the_question_begins)
{
    static const struct body_frame marking = {
        .head = STR_INIT("["),
        .open = {STR_INIT("[\"user\",\""), STR_INIT("[\"assistant\",\"")},
        .close = STR_INIT("\"]"),
        .between = STR_INIT(","),
        .tail = STR_INIT("]"),
        .marked_close = STR_INIT("\",true]"),
        .mark = STR_INIT("\",true,\""),
    };
    static const struct prompt_piece inside[] = {
        {{"hay", 3}, PROMPT_USER, true, false},
        {{"stack ", 6}, PROMPT_USER, false, false},
        {{"question", 8}, PROMPT_USER, false, true},
        {{"?", 1}, PROMPT_USER, false, false},
    };
    static const struct prompt_piece apart[] = {
        {{"hay", 3}, PROMPT_USER, true, false},
        {{"stack", 5}, PROMPT_ASSISTANT, true, false},
        {{"question", 8}, PROMPT_USER, true, true},
        {{"?", 1}, PROMPT_USER, false, false},
    };
    static const struct {
        const struct prompt_piece *pieces;
        const char *body;
    } cases[] = {
        {inside, "[[\"user\",\"haystack \",true,\"question?\"]]"},
        {apart, "[[\"user\",\"hay\"],[\"assistant\",\"stack\",true],[\"user\",\"question?\"]]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct listed_prompt listed = {{&listed_ops}, cases[i].pieces, 4, 0};
        struct prompt_measure measure = {0};

        ck_assert_int_eq(prompt_measure(&listed.prompt, tokenizer, &measure, &err), 0);
        ck_assert(!body_length_follows(&marking, &measure));
        for (size_t room = 1; room < 100; room += 7) {
            struct buf body;

            buf_init(&body, 1000);
            read_framed(&marking, &listed, &measure, room, &body);
            ck_assert_str_eq(body.p, cases[i].body);
            buf_release(&body);
        }
    }
}

int main(void)
{
    Suite *suite = suite_create("prompt.body");
    TCase *tests = suite_case(suite, "body");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_body_is_the_same_in_pieces_of_any_size);
    tcase_add_test(tests, the_body_parses_to_the_texts);
    tcase_add_test(tests, escaping_agrees_with_jansson_on_random_text);
    tcase_add_test(tests, a_second_pass_that_differs_is_an_error);
    tcase_add_test(tests, the_fingerprint_sees_roles_and_message_boundaries_but_not_pieces);
    tcase_add_test(tests, messages_of_one_role_in_a_row_can_be_parts_of_one);
    tcase_add_test(tests, a_long_text_can_be_split_between_characters);
    tcase_add_test(tests, the_haystack_is_marked_where_the_question_begins);
    return suite_run(suite);
}
